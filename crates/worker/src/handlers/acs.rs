//! `POST /saml/<connection>/acs`: the answer of the IdP.
//!
//! Two round trips where the connection is at hand (facts, commit), three where it is not, or one of our keys has to be loaded.

use keyward_core::audit::Scope;
use keyward_core::facts::SpAddresses;
use keyward_core::id::ConnectionId;
use keyward_core::saml_log::{self, Brought, Direction, LoggedMessage, MessageKind};
use keyward_core::{AssertedIdentity, Connection, Login, Posted, Refusal, finish};
use keyward_saml::{
    Encoding, Job, Request, ResponseInput, Step as Engine, Unanswered, base64, verify_response,
};

use super::connection::{self, Known, LoadedConnection, Public};
use super::{admin, signed_in};
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::{ACS_BYTES, field};
use crate::keys::Owner;
use crate::pages;
use crate::settings::Settings;
use crate::store::load;

/// What was posted.
pub(crate) enum Body {
    /// A form.
    Form(String),
    /// More than [`ACS_BYTES`]: not read.
    TooLarge,
}

/// Answers the post.
pub(crate) async fn acs(
    host: &Host,
    public: &Public<'_>,
    id: Option<ConnectionId>,
    body: &Body,
) -> Result<Reply, Failure> {
    let Some(id) = id else {
        return host.refuse(&Refusal::ConnectionUnknown { id: None }, Scope::default()).await;
    };
    // A test's answer goes another way, on which there is no session to be had.
    if let Body::Form(form) = body
        && let Some(trial) = admin::answered(form)
    {
        return admin::arrive(host, &id, &trial, form).await;
    }
    let mut known = connection::find(host, public, &id).await?;
    for _ in 0..ATTEMPTS {
        let Some(Known { loaded, is_at_hand }) = known else {
            return host.refuse(&Refusal::ConnectionUnknown { id: Some(id) }, Scope::default()).await;
        };
        match attempt(host, &loaded, body).await {
            Ok(reply) => return Ok(reply),
            Err(Stop::Failure(failure)) => return Err(failure),
            Err(Stop::Refused(refusal)) if !is_at_hand => {
                let message = logged(host, &loaded.connection, body).await;
                return host.refuse_message(&refusal, loaded.connection.scope(), message).await;
            }
            // What is at hand may be what is wrong: a new certificate, another mapping.
            Err(Stop::Refused(_) | Stop::Again) => {
                known = connection::find_anew(host, Some(public), &loaded.connection).await?;
            }
        }
    }
    Err(Failure::Busy)
}

/// The message in a form, for the log.
async fn logged(host: &Host, connection: &Connection, body: &Body) -> LoggedMessage {
    let xml = match body {
        Body::Form(form) => field(form, "SAMLResponse").and_then(|text| base64::decode(text.as_bytes())),
        Body::TooLarge => None,
    };
    let of = (&connection.tenant, &connection.id);
    let xml = xml.unwrap_or_default();
    let request = saml_log::says_it_answers(&xml).map(str::to_owned);
    let brought = request
        .zip(host.cookies.browser.as_ref())
        .map(|(request, browser)| Brought { request, browser: browser.hash() });
    let message = host.logged(of, Direction::In, MessageKind::Response, &xml).await;
    LoggedMessage { brought, ..message }
}

/// Why a message of the IdP's gets no further.
pub(super) enum Stop {
    /// It is refused.
    Refused(Box<Refusal>),
    /// The connection has changed, a key of ours is wanted that is not at hand, or somebody was faster.
    Again,
    /// Not expected.
    Failure(Failure),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(Box::new(refusal))
    }
}

impl<E> From<E> for Stop
where
    Failure: From<E>,
{
    fn from(error: E) -> Stop {
        Stop::Failure(error.into())
    }
}

async fn attempt(host: &Host, loaded: &LoadedConnection, body: &Body) -> Result<Reply, Stop> {
    let connection = &loaded.connection;
    connection.check_active()?;
    let form = match body {
        Body::Form(form) => form,
        Body::TooLarge => {
            return Err(Refusal::from(keyward_saml::Refusal::TooLarge { limit: ACS_BYTES }).into());
        }
    };
    let response = field(form, "SAMLResponse").ok_or(Refusal::Form)?;
    let relay_state = field(form, "RelayState");
    let response = verify(host, loaded, &response).await?.ok_or(Stop::Again)?.map_err(Refusal::from)?;

    let sp_entity_id = SpAddresses::new(&host.settings.origin, &connection.id).entity_id;
    let asserted = AssertedIdentity::read(connection, &sp_entity_id, response.assertion()).ok();
    let (browser, cookie) = host.browser();
    let browser = browser.hash();
    let questions = load::login_facts(connection, &response, asserted.as_ref(), &browser);
    let mut answers = host.database.batch(questions).await?;
    let (facts, organisation) = load::read_login_facts(&mut answers)?.ok_or(Stop::Again)?;
    if facts.version != connection.version {
        return Err(Stop::Again);
    }

    let posted =
        Posted { response, browser: &browser, relay_state: relay_state.as_deref(), from: host.from() };
    let mut decision = finish(connection, &sp_entity_id, &facts, posted, host.now, &mut OsRandom)?;
    // Back and reload bring nothing new.
    if !matches!(decision.outcome, Login::AlreadySignedIn { .. }) {
        decision.writes.push(logged(host, connection, body).await.accepted());
    }
    if host.commit(&decision).await? == Committed::Conflict {
        return Err(Stop::Again);
    }
    Ok(match decision.outcome {
        Login::SignedIn { token, return_to, is_first } => {
            signed_in(&token, &return_to, is_first, connection.sso_name.as_ref())
        }
        Login::AlreadySignedIn { return_to } => Reply::see_other(return_to.as_str().to_owned()),
        Login::Confirm { token, email, name, other_account } => {
            let page = pages::Confirm { email, name, organisation, other_account, token: token.reveal() };
            Reply::page(200, &page)?.with_cookie_if(cookie)
        }
    })
}

/// The engine, with the platform's keys. `None`: one of ours is wanted, and none is at hand.
async fn verify(
    host: &Host,
    loaded: &LoadedConnection,
    response: &str,
) -> Result<Option<Result<Unanswered, keyward_saml::Refusal>>, Failure> {
    let LoadedConnection { connection, keys } = loaded;
    let decryption_keys = keys.as_ref().map(|keys| keys.decryption.as_slice());
    let Settings { origin, master_key, .. } = &host.settings;
    let owner = Owner { master_key, tenant: &connection.tenant, connection: &connection.id };
    let mut step = verify_response(&ResponseInput {
        response: response.as_bytes(),
        encoding: Encoding::Base64,
        now: host.now,
        idp: &connection.idp_trust(),
        sp: &connection.service_provider(origin),
        request: Request::Later,
        policy: &connection.policy(host.now),
    });
    loop {
        match step {
            Engine::Done(result) => return Ok(Some(*result)),
            Engine::Need(pending) => {
                let mut outcomes = Vec::with_capacity(pending.jobs().len());
                for job in pending.jobs() {
                    if matches!(job, Job::UnwrapKey(_)) && decryption_keys.is_none() {
                        return Ok(None);
                    }
                    outcomes.push(owner.answer(job, decryption_keys.unwrap_or_default()).await?);
                }
                step = pending.resume(outcomes);
            }
        }
    }
}
