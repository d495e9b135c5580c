//! Single logout (SAML Profiles §4.4): who signs out here is signed out at the IdP, and the other way round.
//!
//! What the IdP asks for, by the sessions that are open under the name it says:
//!
//! | SessionIndex                               | ends                         | the IdP is told |
//! |--------------------------------------------|------------------------------|-----------------|
//! | none                                       | all of that name             | Success |
//! | of that name                               | these, and those without one | Success |
//! | of nobody here: it is over, or never was   | nothing                      | Success |
//! | of that name, and of another one           | that name's                  | PartialLogout |
//! | of another name                            | nothing                      | RequestDenied |
//!
//! A session of ours ends first, whatever becomes of the IdP's.

use core::fmt;
use core::time::Duration;

use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::logout::{
    LogoutOutcome, LogoutRequest, LogoutResponse, NewLogoutRequest, NewLogoutResponse,
};
use keyward_saml::request::{Parameter, append_signature, redirect_query};
use keyward_saml::{Assertion, NameId, Timestamp, ToSign};

use crate::asserted::Subject;
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{Binding, Connection, ConnectionStatus, SpAddresses, SsoUrl, TenantStatus, check_active};
use crate::id::{ConnectionId, UserId};
use crate::random::{Random, RequestId, TokenHash};
use crate::refusal::Refusal;
use crate::saml_log::MessageKind;
use crate::session::SessionFacts;
use crate::start::RSA_SHA256;

/// How long an IdP may take to answer: it may have many others to tell.
pub const ANSWER_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long our requests count: they pass through a browser at once.
const REQUEST_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Bytes of a name that is kept with a session; Core §8.3.7 caps persistent ones at 256 characters.
const NAME_BYTES: usize = 1024;
/// Bytes of a RelayState that is handed back (Bindings §3.4.3 allows 80).
const RELAY_STATE_BYTES: usize = 1024;
/// More sessions than anybody has open under one name: a request ends so many, and says that it was not all.
pub const SESSIONS: usize = 100;

/// The name under which an IdP knows a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpName {
    /// As it was sent; a request of ours repeats it.
    sent: NameId,
    /// With what is left out filled in: what is left out one time is spelt out another.
    key: String,
}

impl IdpName {
    /// Of a NameID; `None` where it is longer than any that means somebody.
    pub fn new(name_id: &NameId, idp_entity_id: &str, sp_entity_id: &str) -> Option<IdpName> {
        let parts = [&name_id.format, &name_id.name_qualifier, &name_id.sp_name_qualifier];
        let longest = parts.into_iter().flatten().chain([&name_id.value]).map(String::len).max()?;
        let key = Subject::of_name_id(name_id, idp_entity_id, sp_entity_id).as_str().to_owned();
        (longest <= NAME_BYTES).then(|| IdpName { sent: name_id.clone(), key })
    }

    pub(crate) fn of(assertion: &Assertion, connection: &Connection, sp_entity_id: &str) -> Option<IdpName> {
        IdpName::new(assertion.name_id()?, &connection.idp_entity_id, sp_entity_id)
    }

    /// From the database.
    pub fn from_stored(sent: &str, key: String) -> Option<IdpName> {
        Some(IdpName { sent: read_name_id(sent)?, key })
    }

    /// As it was sent, for the database.
    pub fn sent(&self) -> String {
        let NameId { value, format, name_qualifier, sp_name_qualifier } = &self.sent;
        serde_json::json!([value, format, name_qualifier, sp_name_qualifier]).to_string()
    }

    /// To find it by.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Reads what [`IdpName::sent`] wrote.
pub fn read_name_id(json: &str) -> Option<NameId> {
    let (value, format, name_qualifier, sp_name_qualifier) = serde_json::from_str(json).ok()?;
    Some(NameId { value, format, name_qualifier, sp_name_qualifier })
}

/// Where an IdP takes messages for single logout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutService {
    /// Requests.
    pub url: SsoUrl,
    /// Responses.
    pub response_url: SsoUrl,
    /// How.
    pub binding: Binding,
}

/// A session as its IdP knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAtIdp {
    /// What people call the IdP.
    pub idp_name: String,
    /// Where it is told.
    pub service: LogoutService,
    /// Who.
    pub name_id: NameId,
    /// Which of the person's sessions; `None` where the IdP gave none.
    pub session_index: Option<String>,
}

/// A message that can be sent: always signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub to: SsoUrl,
    /// How.
    pub binding: Binding,
    /// What people call the IdP; empty where nobody has to be told.
    pub idp_name: String,
    relay_state: Option<String>,
    at: Timestamp,
    addresses: SpAddresses,
    id: RequestId,
    body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Body {
    Request { name_id: NameId, session_index: Option<String> },
    Response { in_response_to: String, outcome: LogoutOutcome },
}

impl Outgoing {
    fn with<T>(
        &self,
        request: impl FnOnce(&NewLogoutRequest<'_>) -> T,
        response: impl FnOnce(&NewLogoutResponse<'_>) -> T,
    ) -> T {
        let (id, issuer, destination) = (self.id.as_str(), &self.addresses.entity_id, self.to.as_str());
        match &self.body {
            Body::Request { name_id, session_index } => request(&NewLogoutRequest {
                id,
                issue_instant: self.at,
                destination,
                issuer,
                not_on_or_after: Some(self.at.plus(REQUEST_LIFETIME)),
                name_id,
                session_index: session_index.as_deref(),
            }),
            Body::Response { in_response_to, outcome } => response(&NewLogoutResponse {
                id,
                issue_instant: self.at,
                destination,
                issuer,
                in_response_to,
                outcome: *outcome,
            }),
        }
    }

    /// The field or parameter that carries it.
    pub fn parameter(&self) -> Parameter {
        match self.body {
            Body::Request { .. } => Parameter::SamlRequest,
            Body::Response { .. } => Parameter::SamlResponse,
        }
    }

    /// RelayState, handed back.
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// The message, unsigned.
    pub fn xml(&self) -> String {
        self.with(|request| request.to_xml(), |response| response.to_xml())
    }

    /// The query of the Redirect binding: the octets to sign.
    pub fn redirect_query(&self) -> String {
        redirect_query(self.parameter(), &self.xml(), self.relay_state(), Some(RSA_SHA256))
    }

    /// The address of the Redirect binding.
    pub fn redirect_url(&self, mut query: String, signature: &[u8]) -> String {
        append_signature(&mut query, signature);
        self.to.with_query(&query)
    }

    /// The message of the POST binding, to be signed.
    ///
    /// # Errors
    /// A defect of ours: every part of the message is checked before it gets here.
    pub fn to_sign(&self) -> Result<ToSign, keyward_saml::Refusal> {
        let algorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);
        self.with(|request| request.to_sign(algorithm), |response| response.to_sign(algorithm))
    }
}

/// Which of a person's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This browser's.
    This,
    /// All.
    Everywhere,
}

impl SessionFacts {
    /// Ends the session here, and makes the request that ends it at the IdP, where that is told. One that is over already
    /// stays as it is, and no IdP hears of it: whoever finds its cookie is not the person.
    pub fn leave(
        &self,
        extent: Extent,
        at_idp: Option<SessionAtIdp>,
        origin: &str,
        browser: &TokenHash,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Decision<Option<Outgoing>> {
        let ended = match extent {
            Extent::This => self.sign_out(now, rng),
            Extent::Everywhere => self.sign_out_everywhere(now, rng),
        };
        let Decision { guards, mut writes, audit, .. } = ended;
        let connection = self.connection.as_ref().map(|(id, _)| id);
        let outcome = at_idp.zip(connection).filter(|_| !writes.is_empty()).map(|(at_idp, connection)| {
            let id = RequestId::generate(rng);
            writes.push(Write::AwaitLogout {
                tenant: self.tenant.clone(),
                request: id.clone(),
                connection: connection.clone(),
                browser: browser.clone(),
                at: now,
                expires_at: now.plus(ANSWER_LIFETIME),
            });
            let SessionAtIdp { idp_name, service, name_id, session_index } = at_idp;
            // Without an index it is all of the person's sessions (Core §3.7.1).
            let session_index = session_index.filter(|_| extent == Extent::This);
            Outgoing {
                to: service.url,
                binding: service.binding,
                idp_name,
                relay_state: None,
                at: now,
                addresses: SpAddresses::new(origin, connection),
                id,
                body: Body::Request { name_id, session_index },
            }
        });
        Decision { outcome, guards, writes, audit }
    }
}

/// Why a message for single logout is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutRefusal {
    /// The message itself.
    Saml(keyward_saml::Refusal),
    /// There is neither a request nor a response, or both.
    Form,
    /// The connection's switch is off, or its IdP offers none.
    Off,
    /// The IdP's request has been followed.
    Replay {
        /// Its ID.
        request: String,
    },
    /// The SessionIndex is another person's.
    SessionOfAnother,
    /// InResponseTo names no request of ours to this IdP.
    AnswerUnknown,
    /// Another browser waits for the answer.
    AnswerOfAnotherBrowser,
    /// It took too long.
    AnswerExpired {
        /// When it expired.
        expired_at: Timestamp,
        /// The time it was judged at.
        now: Timestamp,
    },
    /// It has been answered.
    AnswerUsed,
    /// An answer that is not taken, in a browser whose session here was ended before it was asked for.
    Unconfirmed(Box<LogoutRefusal>),
}

impl LogoutRefusal {
    /// The stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            LogoutRefusal::Saml(refusal) => refusal.code(),
            LogoutRefusal::Form => "logout-form",
            LogoutRefusal::Off => "logout-off",
            LogoutRefusal::Replay { .. } => "logout-replay",
            LogoutRefusal::SessionOfAnother => "logout-session",
            LogoutRefusal::AnswerUnknown => "logout-answer-unknown",
            LogoutRefusal::AnswerOfAnotherBrowser => "logout-answer-browser",
            LogoutRefusal::AnswerExpired { .. } => "logout-answer-expired",
            LogoutRefusal::AnswerUsed => "logout-answer-used",
            LogoutRefusal::Unconfirmed(why) => why.code(),
        }
    }
}

impl From<LogoutRefusal> for Refusal {
    fn from(refusal: LogoutRefusal) -> Refusal {
        Refusal::Logout(refusal)
    }
}

impl fmt::Display for LogoutRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogoutRefusal::Saml(refusal) => refusal.fmt(f),
            LogoutRefusal::Form => f.write_str("What came carries neither a SAMLRequest nor a SAMLResponse, or both."),
            LogoutRefusal::Off => f.write_str(
                "Single logout is off for this connection, or the address at which its IdP takes it is not known.",
            ),
            LogoutRefusal::Replay { request } => {
                let shown: String = request.chars().filter(|c| !c.is_control()).take(80).collect();
                write!(f, "The request \u{201c}{shown}\u{201d} has been followed already.")
            }
            LogoutRefusal::SessionOfAnother => {
                f.write_str("The request names one person, and a session of another. Nothing was ended.")
            }
            LogoutRefusal::AnswerUnknown => {
                f.write_str("The response answers no request for logout that this connection sent, or one long ago.")
            }
            LogoutRefusal::AnswerOfAnotherBrowser => f.write_str(
                "The response answers a request for logout that another browser took along, or this one has lost its cookie since.",
            ),
            LogoutRefusal::AnswerExpired { expired_at, now } => {
                write!(f, "The request for logout was to be answered until {expired_at}, and was at {now}.")
            }
            LogoutRefusal::AnswerUsed => f.write_str("The request for logout has been answered already."),
            LogoutRefusal::Unconfirmed(why) => why.fmt(f),
        }
    }
}

/// A session that a request may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSession {
    /// Which.
    pub token: TokenHash,
    /// Whose.
    pub user: UserId,
    /// The IdP's name for it.
    pub session_index: Option<String>,
    /// Whether it is of the name that the request says; else the index alone is its.
    pub is_named: bool,
}

/// What a message for single logout rests on, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutFacts<T> {
    /// The organisation.
    pub tenant_status: TenantStatus,
    /// The connection.
    pub status: ConnectionStatus,
    /// Its version.
    pub version: i64,
    /// What the message is about.
    pub of: T,
}

/// What a LogoutRequest is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whether it was followed.
    pub is_consumed: bool,
    /// The open sessions of its name and of its indexes, [`SESSIONS`] and some at the most.
    pub sessions: Vec<NamedSession>,
}

/// The request of ours that a LogoutResponse is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLogout {
    /// To whose IdP.
    pub connection: ConnectionId,
    /// The browser that brings the answer.
    pub browser: TokenHash,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it was answered.
    pub is_consumed: bool,
}

/// Where a connection's messages for single logout go, where it is on.
///
/// # Errors
/// The refusal, where it is off or people may not sign in by the connection.
pub fn service(connection: &Connection) -> Result<&LogoutService, Refusal> {
    connection.check_active()?;
    connection.single_logout.as_ref().ok_or_else(|| LogoutRefusal::Off.into())
}

/// Follows a verified LogoutRequest by the table above. The outcome is the answer.
///
/// # Errors
/// The refusal of one that is not to be answered; nothing but its record is then written.
pub fn follow(
    connection: &Connection,
    origin: &str,
    facts: &LogoutFacts<Asked>,
    request: &LogoutRequest,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Outgoing>, Refusal> {
    check_active(facts.tenant_status, facts.status)?;
    let service = service(connection)?;
    if facts.of.is_consumed {
        return Err(LogoutRefusal::Replay { request: request.id.clone() }.into());
    }
    let is_meant = |session: &&NamedSession| {
        session.is_named
            && (request.session_indexes.is_empty()
                || session.session_index.as_ref().is_none_or(|index| request.session_indexes.contains(index)))
    };
    let meant: Vec<&NamedSession> = facts.of.sessions.iter().filter(is_meant).take(SESSIONS).collect();
    let others = facts.of.sessions.iter().any(|session| !session.is_named);
    let is_all = facts.of.sessions.iter().filter(is_meant).count() <= SESSIONS;
    let answer = |outcome, rng: &mut dyn Random| Outgoing {
        to: service.response_url.clone(),
        binding: service.binding,
        idp_name: String::new(),
        relay_state: request.relay_state.clone().filter(|state| state.len() <= RELAY_STATE_BYTES),
        at: now,
        addresses: SpAddresses::new(origin, &connection.id),
        id: RequestId::generate(rng),
        body: Body::Response { in_response_to: request.id.clone(), outcome },
    };
    if meant.is_empty() && others {
        let refusal = Refusal::from(LogoutRefusal::SessionOfAnother);
        let (_, event) = refusal.entry(connection.scope(), now, rng);
        return Ok(Decision {
            audit: vec![event],
            ..Decision::unchanged(answer(LogoutOutcome::Refused, rng))
        });
    }
    let (tenant, scope) = (&connection.tenant, connection.scope());
    let mut writes: Vec<Write> = meant
        .iter()
        .map(|session| Write::RevokeSession { tenant: tenant.clone(), token: session.token.clone(), at: now })
        .collect();
    writes.push(Write::ConsumeLogoutRequest {
        tenant: tenant.clone(),
        connection: connection.id.clone(),
        request: request.id.clone(),
        at: now,
        expires_at: request.not_on_or_after.plus(connection.policy(now).clock_skew),
    });
    let mut users: Vec<&UserId> = meant.iter().map(|session| &session.user).collect();
    users.dedup();
    let audit = users
        .into_iter()
        .map(|user| AuditEvent {
            detail: "The identity provider asked for it.".to_owned(),
            actor: None,
            ..AuditEvent::of_user(Event::Logout, user, &scope, now, rng)
        })
        .collect();
    let outcome = if others || !is_all { LogoutOutcome::Partial } else { LogoutOutcome::Success };
    Ok(Decision {
        outcome: answer(outcome, rng),
        guards: vec![Guard::ConnectionUnchanged {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            version: connection.version,
        }],
        writes,
        audit,
    })
}

/// Whether the IdP has ended all of its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtIdp {
    /// It says so.
    Ended,
    /// Not, or not all of them.
    NotAll,
}

/// Takes a verified LogoutResponse.
///
/// # Errors
/// The refusal; nothing but its record is then written. The session here is over in any case.
pub fn take_answer(
    connection: &Connection,
    facts: &LogoutFacts<Option<PendingLogout>>,
    response: &LogoutResponse,
    browser: Option<&TokenHash>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<AtIdp>, Refusal> {
    check_active(facts.tenant_status, facts.status)?;
    let pending = facts.of.as_ref().filter(|pending| pending.connection == connection.id);
    let pending = pending.ok_or(LogoutRefusal::AnswerUnknown)?;
    if browser != Some(&pending.browser) {
        return Err(LogoutRefusal::AnswerOfAnotherBrowser.into());
    }
    if pending.is_consumed {
        return Err(LogoutRefusal::AnswerUsed.into());
    }
    if now >= pending.expires_at {
        return Err(LogoutRefusal::AnswerExpired { expired_at: pending.expires_at, now }.into());
    }
    let write = Write::ConsumeLogoutAnswer {
        tenant: connection.tenant.clone(),
        request: RequestId::from_stored(response.in_response_to.clone()),
        at: now,
    };
    let mut audit = Vec::new();
    let outcome = match &response.status {
        None => AtIdp::Ended,
        Some(status) => {
            let said = status.second.as_deref().unwrap_or(&status.top);
            let said: String = said.chars().filter(|c| !c.is_control()).take(120).collect();
            let detail =
                format!("The session here is over. The identity provider did not end all of its own: {said}");
            let mut event = AuditEvent::of_system(Event::Logout, &connection.scope(), detail, now, rng);
            event.code = Some("logout-partial");
            audit.push(event);
            AtIdp::NotAll
        }
    };
    Ok(Decision { outcome, guards: Vec::new(), writes: vec![write], audit })
}

/// Why a message is refused, as its browser is told: whoever brings an answer that is not taken, such as one that is not signed,
/// and waits for one of this connection, was signed out here before. Nothing is taken and nothing changes by it.
///
/// `awaited` is the last request that this browser took along to the IdP.
pub fn refused(
    refusal: Refusal,
    kind: MessageKind,
    awaited: Option<&PendingLogout>,
    now: Timestamp,
) -> Refusal {
    let waits = awaited.is_some_and(|pending| !pending.is_consumed && now < pending.expires_at);
    match (refusal, kind) {
        (Refusal::Logout(why), MessageKind::LogoutResponse) if waits => {
            LogoutRefusal::Unconfirmed(Box::new(why)).into()
        }
        (refusal, _) => refusal,
    }
}

#[cfg(test)]
mod tests;
