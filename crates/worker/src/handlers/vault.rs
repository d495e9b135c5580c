//! The signed-in pages.

use keyward_core::onboarding::Progress;
use keyward_core::session::Closed;
use keyward_core::{Decision, SessionFacts};

use crate::host::{Committed, Failure, Host};
use crate::http::{Reply, cookies};
use crate::pages::{Activity, ActivityEvent, Vault};
use crate::store::load::{self, LoadedSession};
use crate::words;

/// `GET /vault`: who signed in, where, and as what.
pub(crate) async fn vault(host: &Host) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(to_sign_in("/vault")) };
    let mut answers = host.database.batch(load::session_with_roles(&token.hash())).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(to_sign_in("/vault")) };
    let roles = load::read_roles(&mut answers)?;
    let LoadedSession { facts, tenant_name, node_name } = loaded;
    let Some(session) = resume(host, facts).await? else { return Ok(to_sign_in("/vault")) };
    let email = session.user.email.as_str().to_owned();
    let plan = session.plan(host.now);
    let unfinished = plan.steps.iter().find(|it| it.progress != Progress::Done);
    let page = Vault {
        has_second_step: !session.factors.kinds.is_empty(),
        unfinished: unfinished.map(|it| it.step.as_str().to_owned()),
        name: if session.user.name.is_empty() { email.clone() } else { session.user.name },
        email,
        organisation: tenant_name,
        node: node_name,
        roles,
        created: session.created_user,
        signed_in_at: words::time(session.created_at),
        last_sign_in: session.previous_sign_in_at.map(words::time),
    };
    Ok(Reply::page(200, &page)?)
}

/// `GET /vault/activity`: what happened to the account.
pub(crate) async fn activity(host: &Host) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(to_sign_in("/vault/activity")) };
    let mut answers = host.database.batch(load::session_with_activity(&token.hash())).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(to_sign_in("/vault/activity")) };
    let happenings = load::read_activity(&mut answers)?;
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(to_sign_in("/vault/activity")) };
    let events = happenings.into_iter().map(|happening| ActivityEvent {
        what: words::event(&happening.event, happening.code.is_some()).to_owned(),
        time: words::time(happening.time),
        browser: words::browser(happening.user_agent.as_deref()),
        address: happening.ip.unwrap_or_default(),
        refused: happening.code.is_some(),
    });
    let page = Activity {
        email: session.user.email.as_str().to_owned(),
        organisation: loaded.tenant_name,
        events: events.collect(),
    };
    Ok(Reply::page(200, &page)?)
}

/// The session, where it may be used; its use is noted. One that is held ends the request ([`Failure::Held`]).
pub(crate) async fn resume(host: &Host, facts: SessionFacts) -> Result<Option<SessionFacts>, Failure> {
    match facts.resume(host.from(), host.now) {
        Ok(decision) => noted(host, decision).await,
        Err(Closed::Over) => Ok(None),
        Err(Closed::Held(hold)) => Err(Failure::Held(hold)),
    }
}

/// The session, held or not: for what it is held by.
pub(super) async fn resume_held(host: &Host, facts: SessionFacts) -> Result<Option<SessionFacts>, Failure> {
    match facts.resume_held(host.from(), host.now) {
        Ok(decision) => noted(host, decision).await,
        Err(Closed::Over) => Ok(None),
        Err(Closed::Held(hold)) => Err(Failure::Held(hold)),
    }
}

async fn noted(host: &Host, decision: Decision<SessionFacts>) -> Result<Option<SessionFacts>, Failure> {
    match host.commit(&decision).await? {
        Committed::Yes => Ok(Some(decision.outcome)),
        Committed::Conflict => Err(Failure::Busy),
    }
}

pub(super) fn to_sign_in(path: &str) -> Reply {
    Reply::see_other(format!("/?to={path}")).with_cookie(cookies::clear_session())
}
