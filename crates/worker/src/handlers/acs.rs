//! `POST /saml/<connection>/acs`: the answer of the IdP.
//!
//! Two round trips where the isolate remembers the connection (facts, commit), three where it does not. What is remembered
//! is good for one version of the connection, which the facts and a guard compare.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use keyward_core::audit::Scope;
use keyward_core::facts::SpAddresses;
use keyward_core::id::ConnectionId;
use keyward_core::saml_log::{Direction, LoggedMessage, MessageKind};
use keyward_core::{AssertedIdentity, Connection, Login, Posted, Refusal, finish};
use keyward_saml::{Encoding, Request, ResponseInput, Step as Engine, Unanswered, base64, verify_response};

use super::{admin, signed_in};
use crate::demo_keys::is_of_tests;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::{ACS_BYTES, field};
use crate::keys::Owner;
use crate::pages;
use crate::settings::Settings;
use crate::store::load::{self, LoadedConnection};

/// What was posted.
pub(crate) enum Body {
    /// A form.
    Form(String),
    /// More than [`ACS_BYTES`]: not read.
    TooLarge,
}

/// How many connections an isolate remembers.
const REMEMBERED: usize = 256;

thread_local! {
    static CONNECTIONS: RefCell<BTreeMap<ConnectionId, Rc<LoadedConnection>>> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) fn forget(id: &ConnectionId) {
    CONNECTIONS.with_borrow_mut(|connections| connections.remove(id));
}

/// A connection, and whether it was remembered. One that is not there is not remembered.
pub(super) async fn connection(
    host: &Host,
    id: &ConnectionId,
) -> Result<Option<(Rc<LoadedConnection>, bool)>, Failure> {
    if let Some(known) = CONNECTIONS.with_borrow(|connections| connections.get(id).cloned()) {
        return Ok(Some((known, true)));
    }
    let mut answers = host.database.batch(load::connection(id)).await?;
    let Some(mut loaded) = load::read_connection(&mut answers)? else { return Ok(None) };
    if !host.settings.local {
        loaded.connection.certificates.retain(|certificate| !is_of_tests(&certificate.sha256_fingerprint()));
    }
    let loaded = Rc::new(loaded);
    CONNECTIONS.with_borrow_mut(|connections| {
        if connections.len() >= REMEMBERED {
            connections.clear();
        }
        connections.insert(id.clone(), Rc::clone(&loaded));
    });
    Ok(Some((loaded, false)))
}

/// Answers the post.
pub(crate) async fn acs(host: &Host, id: Option<ConnectionId>, body: &Body) -> Result<Reply, Failure> {
    let Some(id) = id else {
        return host.refuse(&Refusal::ConnectionUnknown { id: None }, Scope::default()).await;
    };
    // A test's answer goes another way, on which there is no session to be had.
    if let Body::Form(form) = body
        && let Some(trial) = admin::answered(form)
    {
        return admin::arrive(host, &id, &trial, form).await;
    }
    for _ in 0..ATTEMPTS {
        let Some((loaded, was_remembered)) = connection(host, &id).await? else {
            return host.refuse(&Refusal::ConnectionUnknown { id: Some(id) }, Scope::default()).await;
        };
        let step = match attempt(host, &loaded, body).await? {
            // What was remembered may be what is wrong: a new certificate, another mapping.
            Step::Refused(_) if was_remembered => Step::Again,
            step => step,
        };
        match step {
            Step::Done(reply) => return Ok(*reply),
            Step::Refused(refusal) => {
                let message = logged(host, &loaded.connection, body).await;
                return host.refuse_message(&refusal, loaded.connection.scope(), message).await;
            }
            Step::Again => forget(&id),
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
    host.logged(of, Direction::In, MessageKind::Response, &xml.unwrap_or_default()).await
}

enum Step {
    Done(Box<Reply>),
    Refused(Box<Refusal>),
    /// The connection has changed, or somebody was faster.
    Again,
}

async fn attempt(host: &Host, loaded: &LoadedConnection, body: &Body) -> Result<Step, Failure> {
    let connection = &loaded.connection;
    let refused = |refusal: Refusal| Ok(Step::Refused(Box::new(refusal)));
    if let Err(refusal) = connection.check_active() {
        return refused(refusal);
    }
    let form = match body {
        Body::Form(form) => form,
        Body::TooLarge => return refused(keyward_saml::Refusal::TooLarge { limit: ACS_BYTES }.into()),
    };
    let Some(response) = field(form, "SAMLResponse") else { return refused(Refusal::Form) };
    let relay_state = field(form, "RelayState");
    let response = match verify(host, loaded, &response).await? {
        Ok(response) => response,
        Err(refusal) => return refused(refusal.into()),
    };

    let sp_entity_id = SpAddresses::new(&host.settings.origin, &connection.id).entity_id;
    let asserted = AssertedIdentity::read(connection, &sp_entity_id, response.assertion()).ok();
    let (browser, cookie) = host.browser();
    let browser = browser.hash();
    let questions = load::login_facts(connection, &response, asserted.as_ref(), &browser);
    let mut answers = host.database.batch(questions).await?;
    let Some(facts) = load::read_login_facts(&mut answers)? else { return Ok(Step::Again) };
    if facts.version != connection.version {
        return Ok(Step::Again);
    }

    let posted =
        Posted { response, browser: &browser, relay_state: relay_state.as_deref(), from: host.from() };
    let mut decision = match finish(connection, &sp_entity_id, &facts, posted, host.now, &mut OsRandom) {
        Ok(decision) => decision,
        Err(refusal) => return refused(refusal),
    };
    // Back and reload bring nothing new.
    if !matches!(decision.outcome, Login::AlreadySignedIn { .. }) {
        decision.writes.push(logged(host, connection, body).await.accepted());
    }
    if host.commit(&decision).await? == Committed::Conflict {
        return Ok(Step::Again);
    }
    let reply = match decision.outcome {
        Login::SignedIn { token, return_to, is_first } => {
            signed_in(&token, &return_to, is_first, connection.sso_name.as_ref())
        }
        Login::AlreadySignedIn { return_to } => Reply::see_other(return_to.as_str().to_owned()),
        Login::Confirm { token, email, name, other_account } => {
            let organisation = connection.tenant_name.clone();
            let page = pages::Confirm { email, name, organisation, other_account, token: token.reveal() };
            Reply::page(200, &page)?.with_cookie_if(cookie)
        }
    };
    Ok(Step::Done(Box::new(reply)))
}

/// The engine, with the platform's keys.
async fn verify(
    host: &Host,
    loaded: &LoadedConnection,
    response: &str,
) -> Result<Result<Unanswered, keyward_saml::Refusal>, Failure> {
    let LoadedConnection { connection, decryption_keys, .. } = loaded;
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
            Engine::Done(result) => return Ok(*result),
            Engine::Need(pending) => {
                let mut outcomes = Vec::with_capacity(pending.jobs().len());
                for job in pending.jobs() {
                    outcomes.push(owner.answer(job, decryption_keys).await?);
                }
                step = pending.resume(outcomes);
            }
        }
    }
}
