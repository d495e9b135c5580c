//! One request's surroundings: settings, database, visitor, clock and randomness, and what every handler does with them.

use core::cell::Cell;
use core::fmt;
use core::net::IpAddr;
use std::rc::Rc;

use keyward_core::audit::Scope;
use keyward_core::id::{ConnectionId, TenantId};
use keyward_core::mail::MailWrite;
use keyward_core::saml_log::{self, Direction, LoggedMessage, MessageKind};
use keyward_core::session::Hold;
use keyward_core::{Decision, Face, Random, Refusal, Refused, Token, Write};
use keyward_saml::Timestamp;

use crate::http::cookies::{self, Cookies};
use crate::http::{Head, Reply};
use crate::keys::KeyError;
use crate::pages;
use crate::seal::seal;
use crate::settings::Settings;
use crate::store::commit::{self, Visitor};
use crate::store::{Database, StoreError};
use crate::words;

/// How often a decision is made again when others were faster.
pub(crate) const ATTEMPTS: usize = 4;

/// The operating system's randomness.
pub(crate) struct OsRandom;

impl Random for OsRandom {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret can be made: the request has to end here"
    )]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the platform has randomness");
    }
}

/// Something that nobody expects: the person gets a page with a reference, the log a line under it.
#[derive(Debug)]
pub(crate) enum Failure {
    Store(StoreError),
    Key(KeyError),
    Page(askama::Error),
    /// A request of ours could not be made.
    Request(keyward_saml::Refusal),
    /// Every attempt met a conflict.
    Busy,
    /// A session that may do nothing but what it is held by: no failure of ours, and shown as what is to be done.
    Held(Hold),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Store(error) => error.fmt(f),
            Failure::Key(error) => error.fmt(f),
            Failure::Page(error) => write!(f, "page: {error}"),
            // Its words may hold parts of the message.
            Failure::Request(refusal) => write!(f, "request: {}", refusal.code()),
            Failure::Busy => f.write_str("every attempt met a conflict"),
            Failure::Held(_) => f.write_str("the session is held"),
        }
    }
}

impl Failure {
    /// Whether the database is older than this code: the deployer can mend that.
    pub(crate) fn is_not_migrated(&self) -> bool {
        matches!(self, Failure::Store(StoreError::NotMigrated))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Failure {
        Failure::Key(error)
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Failure {
        Failure::Page(error)
    }
}

/// Whether a decision is in.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    Yes,
    /// Load and decide again.
    Conflict,
}

/// Whether a request wrote notices: they are sent once it is answered.
#[derive(Clone, Default)]
pub(crate) struct Notices(Rc<Cell<bool>>);

impl Notices {
    pub(crate) fn are_written(&self) -> bool {
        self.0.get()
    }

    fn write<T>(&self, decision: &Decision<T>) {
        let is_notice = |it: &Write| {
            matches!(
                it,
                Write::Mail(MailWrite::ToUser { .. } | MailWrite::Invite { .. } | MailWrite::ToAdmins { .. })
            )
        };
        self.0.set(self.0.get() || decision.writes.iter().any(is_notice));
    }
}

/// The surroundings of one request.
pub(crate) struct Host {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) visitor: Visitor,
    pub(crate) head: Head,
    pub(crate) cookies: Cookies,
    pub(crate) now: Timestamp,
    pub(crate) notices: Notices,
}

impl Host {
    /// What runs by itself: no request, no visitor.
    pub(crate) fn of_nobody(settings: Settings, database: Database, now: Timestamp) -> Host {
        Host {
            settings,
            database,
            visitor: Visitor::default(),
            head: Head::default(),
            cookies: Cookies::default(),
            now,
            notices: Notices::default(),
        }
    }

    /// The address that the request came from, where the platform says one.
    pub(crate) fn from(&self) -> Option<IpAddr> {
        self.visitor.ip.as_deref()?.parse().ok()
    }

    /// The browser, and the cookie to set where it is new to us.
    pub(crate) fn browser(&self) -> (Token, Option<String>) {
        match &self.cookies.browser {
            Some(token) => (token.clone(), None),
            None => {
                let token = Token::generate(&mut OsRandom);
                let cookie = cookies::set_browser(&token);
                (token, Some(cookie))
            }
        }
    }

    /// Commits a decision: one round trip, or none where nothing changes.
    pub(crate) async fn commit<T>(&self, decision: &Decision<T>) -> Result<Committed, StoreError> {
        let statements = commit::statements(decision, &self.visitor);
        if statements.is_empty() {
            return Ok(Committed::Yes);
        }
        match self.database.batch(statements).await {
            Ok(_) => {
                self.notices.write(decision);
                Ok(Committed::Yes)
            }
            Err(StoreError::Conflict) => Ok(Committed::Conflict),
            Err(error) => Err(error),
        }
    }

    /// A message of a connection, sealed for the SAML log.
    pub(crate) async fn logged(
        &self,
        (tenant, connection): (&TenantId, &ConnectionId),
        direction: Direction,
        kind: MessageKind,
        octets: &[u8],
    ) -> LoggedMessage {
        let message = LoggedMessage::new(tenant, connection, direction, kind, self.now, &mut OsRandom);
        let is_kept = !octets.is_empty() && octets.len() <= saml_log::MESSAGE_BYTES;
        let sealed =
            if is_kept { seal(&self.settings.master_key, &message.bound_to(), octets).await } else { None };
        LoggedMessage { sealed, ..message }
    }

    /// Writes a refusal down, with the message that it is about, and shows its face.
    pub(crate) async fn refuse_message(
        &self,
        refusal: &Refusal,
        scope: Scope,
        message: LoggedMessage,
    ) -> Result<Reply, Failure> {
        let mut decision = refusal.record(scope, self.now, &mut OsRandom);
        decision.writes.push(message.refused(refusal, &decision.outcome.reference));
        match self.commit(&decision).await? {
            Committed::Yes => refused_page(&decision.outcome),
            Committed::Conflict => Err(Failure::Busy),
        }
    }

    /// Writes a refusal down and shows its face.
    pub(crate) async fn refuse(&self, refusal: &Refusal, scope: Scope) -> Result<Reply, Failure> {
        let decision = refusal.record(scope, self.now, &mut OsRandom);
        match self.commit(&decision).await? {
            Committed::Yes => refused_page(&decision.outcome),
            Committed::Conflict => Err(Failure::Busy),
        }
    }
}

/// The page of a refusal that is written down.
pub(crate) fn refused_page(refused: &Refused) -> Result<Reply, Failure> {
    let face = refused.face;
    let page = pages::Refused {
        title: face.title().to_owned(),
        text: face.text().to_owned(),
        steps: face.steps().iter().map(|step| (*step).to_owned()).collect(),
        reference: refused.reference.as_str().to_owned(),
        time: words::time(refused.time),
        try_again: face.may_retry().then(|| "/".to_owned()),
    };
    let status = if face == Face::OrganisationNotFound { 404 } else { 403 };
    Ok(Reply::page(status, &page)?)
}
