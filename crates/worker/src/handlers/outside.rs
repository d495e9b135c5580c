//! Sign-in outside single sign-on, and an admin's own password and recovery kit. What is typed is stretched in the page, so that
//! these take JSON of our own script; a no is a face with its reference.

use keyward_core::address::Email;
use keyward_core::id::TenantId;
use keyward_core::outside::{self as decide, CameIn, OwnFacts, OwnRefusal, StretchedKey, Visit};
use keyward_core::session::Hold;
use keyward_core::{Decision, Refused, ReturnTo, SessionFacts};
use serde::Deserialize;
use serde_json::json as object;

use super::two_factor::destination;
use super::vault::{resume, resume_held, to_sign_in};
use super::vault_keys::{json, no};
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::http::network::network;
use crate::http::{Reply, cookies};
use crate::pages;
use crate::store::load;
use crate::store::outside as store;

/// A no, once it is written down: its face, for the page to show. `None`: what it rests on has changed.
pub(super) async fn told(host: &Host, written: &Decision<Refused>) -> Result<Option<Reply>, Failure> {
    if host.commit(written).await? == Committed::Conflict {
        return Ok(None);
    }
    let Refused { face, reference, .. } = &written.outcome;
    let said = object!({
        "title": face.title(),
        "text": face.text(),
        "steps": face.steps(),
        "reference": reference.as_str(),
    });
    Ok(Some(json(403, &said)))
}

/// Where the console is.
fn console(to: Option<String>) -> ReturnTo {
    to.map_or_else(|| ReturnTo::parse("/admin").unwrap_or_else(ReturnTo::vault), |to| destination(Some(to)))
}

/// `GET /admin/sign-in`. Somebody who is signed in comes here for a fresh sign-in.
pub(crate) fn sign_in_page(host: &Host) -> Result<Reply, Failure> {
    let to = console(field(&host.head.query, "to"));
    let is_new = field(&host.head.query, "changed").is_some();
    let page = pages::OutsideSignIn { to: to.as_str().to_owned(), is_new };
    Ok(Reply::page(200, &page)?.with_worker())
}

/// `GET /admin/recover`.
pub(crate) fn recover_page() -> Result<Reply, Failure> {
    Ok(Reply::page(200, &pages::OutsideRecover)?.with_worker())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaltBody {
    email: String,
}

/// `POST /admin/sign-in/salt`: of any e-mail, in the same way.
pub(crate) async fn salt(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let sent = serde_json::from_str::<SaltBody>(body).ok();
    let Some(email) = sent.and_then(|sent| Email::parse(&sent.email)) else {
        return Ok(no(400, "email-malformed"));
    };
    let key = store::read_salt(&mut host.database.batch(store::salt()).await?)?;
    Ok(json(200, &object!({ "salt": decide::salt(&key, &email), "email": email.as_str() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    email: String,
    key: String,
    /// Where one password opens several organisations.
    tenant: Option<String>,
    to: Option<String>,
}

/// `POST /admin/sign-in`.
pub(crate) async fn sign_in(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Ok(sent) = serde_json::from_str::<SignInBody>(body) else { return Ok(no(400, "form-malformed")) };
    let (Some(email), Some(key)) = (Email::parse(&sent.email), StretchedKey::parse(&sent.key)) else {
        return Ok(no(400, "form-malformed"));
    };
    let tenant = sent.tenant.as_deref().and_then(TenantId::parse);
    let (browser, cookie) = host.browser();
    let (browser, network) = (browser.hash(), network(host.visitor.ip.as_deref()));
    let visit = Visit { email: &email, browser: &browser, network: &network, from: host.from() };
    for _ in 0..ATTEMPTS {
        let asked = store::sign_in(&email, &browser, &network, host.now);
        let facts = store::read_sign_in(&mut host.database.batch(asked).await?)?;
        let decision = match decide::sign_in(&facts, &visit, &key, tenant.as_ref(), host.now, &mut OsRandom) {
            Ok(decision) => decision,
            Err(not) => {
                let written = not.record(&facts, &visit, host.now, &mut OsRandom);
                match told(host, &written).await? {
                    Some(reply) => return Ok(reply),
                    None => continue,
                }
            }
        };
        if host.commit(&decision).await? == Committed::Conflict {
            continue;
        }
        return Ok(match decision.outcome {
            CameIn::Session(token) => {
                let to = console(sent.to);
                json(200, &object!({ "to": to.as_str() }))
                    .with_cookie(cookies::set_session(&token))
                    .with_cookie_if(cookie)
            }
            CameIn::Choose(all) => {
                let shown = all.iter().map(|(id, name)| object!({ "id": id.as_str(), "name": name }));
                json(200, &object!({ "choose": shown.collect::<Vec<_>>() }))
            }
        });
    }
    Err(Failure::Busy)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoverBody {
    email: String,
    code: String,
    key: String,
}

/// `POST /admin/recover`: a new password by the recovery code, and a session. The code is used up: the way leads to the next one.
pub(crate) async fn recover(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Ok(sent) = serde_json::from_str::<RecoverBody>(body) else { return Ok(no(400, "form-malformed")) };
    let (Some(email), Some(key)) = (Email::parse(&sent.email), StretchedKey::parse(&sent.key)) else {
        return Ok(no(400, "form-malformed"));
    };
    let (browser, cookie) = host.browser();
    let (browser, network) = (browser.hash(), network(host.visitor.ip.as_deref()));
    let visit = Visit { email: &email, browser: &browser, network: &network, from: host.from() };
    for _ in 0..ATTEMPTS {
        let asked = store::sign_in(&email, &browser, &network, host.now);
        let facts = store::read_sign_in(&mut host.database.batch(asked).await?)?;
        match decide::recover(&facts, &visit, &sent.code, &key, host.now, &mut OsRandom) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return Ok(json(200, &object!({ "to": "/admin/kit" }))
                        .with_cookie(cookies::set_session(&decision.outcome))
                        .with_cookie_if(cookie));
                }
            }
            Err(not) => {
                let written = not.record(&facts, &visit, host.now, &mut OsRandom);
                if let Some(reply) = told(host, &written).await? {
                    return Ok(reply);
                }
            }
        }
    }
    Err(Failure::Busy)
}

/// A session that is not held, with what its person signs in with outside; `Ok(None)`: there is no such session, or they do not.
async fn own(host: &Host) -> Result<Option<(SessionFacts, String, Email, OwnFacts)>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let mut statements = load::session(&token.hash());
    statements.push(store::own(&token.hash()));
    let mut answers = host.database.batch(statements).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let its = store::read_own(&mut answers)?;
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(None) };
    Ok(its.map(|(email, facts)| (session, loaded.tenant_name, email, facts)))
}

fn shown_again(path: &str) -> Reply {
    Reply::see_other(format!("/two-factor?fresh=yes&to={path}"))
}

/// `GET /admin/password`.
pub(crate) async fn password_page(host: &Host) -> Result<Reply, Failure> {
    let Some((session, organisation, email, _)) = own(host).await? else {
        return Ok(to_sign_in("/admin/password"));
    };
    if session.holder().may_change(host.now).is_err() {
        return Ok(shown_again("/admin/password"));
    }
    let page = pages::OutsidePassword { email: email.as_str().to_owned(), organisation };
    Ok(Reply::page(200, &page)?.with_worker())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    current: String,
    key: String,
}

/// `POST /admin/password`.
pub(crate) async fn change_password(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let sent = serde_json::from_str::<PasswordBody>(body).ok();
    let keys =
        sent.and_then(|sent| Some((StretchedKey::parse(&sent.current)?, StretchedKey::parse(&sent.key)?)));
    let Some((current, new)) = keys else { return Ok(no(400, "form-malformed")) };
    for _ in 0..ATTEMPTS {
        let Some((session, _, email, facts)) = own(host).await? else { return Ok(no(401, "session-over")) };
        // The browser that the session began in: who has the session could leave the cookie of theirs out, and count anew.
        let (browser, network) = (&session.browser, network(host.visitor.ip.as_deref()));
        let visit = Visit { email: &email, browser, network: &network, from: host.from() };
        // The e-mail they are counted by is only known by now.
        let asked = vec![store::failures(&email, browser, &network, host.now)];
        let failures = store::read_failures(&mut host.database.batch(asked).await?)?;
        let keys = (&current, &new);
        match decide::change_password(&session, &facts, failures, &visit, keys, host.now, &mut OsRandom) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    let done = json(200, &object!({ "to": "/admin/sign-in?changed" }));
                    return Ok(done.with_cookie(cookies::clear_session()));
                }
            }
            Err(refusal) => {
                if refusal == OwnRefusal::Wrong {
                    let counted = decide::wrong_password(&session, &visit, host.now, &mut OsRandom);
                    if host.commit(&counted).await? == Committed::Conflict {
                        continue;
                    }
                }
                return Ok(no(403, refusal.code()));
            }
        }
    }
    Err(Failure::Busy)
}

/// `GET /admin/kit`: what the recovery kit is, and whether there is one.
pub(crate) async fn kit_page(host: &Host) -> Result<Reply, Failure> {
    let Some((session, organisation, email, facts)) = own(host).await? else {
        return Ok(to_sign_in("/admin/kit"));
    };
    if session.holder().may_change(host.now).is_err() {
        return Ok(shown_again("/admin/kit"));
    }
    kit(host, organisation, &email, facts.recovery.is_some(), None)
}

fn kit(
    host: &Host,
    organisation: String,
    email: &Email,
    has_one: bool,
    code: Option<String>,
) -> Result<Reply, Failure> {
    let page = pages::OutsideKit {
        email: email.as_str().to_owned(),
        organisation,
        origin: host.settings.origin.clone(),
        made: crate::words::time(host.now),
        has_one,
        code,
    };
    Ok(Reply::page(200, &page)?.with_plain_scripts())
}

/// `POST /admin/kit`: a new recovery code, shown once.
pub(crate) async fn make_kit(host: &Host) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    for _ in 0..ATTEMPTS {
        let Some((session, organisation, email, facts)) = own(host).await? else {
            return Ok(to_sign_in("/admin/kit"));
        };
        match decide::renew_recovery(&session, &facts, host.now, &mut OsRandom) {
            Err(_) => return Ok(shown_again("/admin/kit")),
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return kit(host, organisation, &email, true, Some(decision.outcome));
                }
            }
        }
    }
    Err(Failure::Busy)
}

/// `GET /setup/next`: what an organisation begins with, and what of it is done.
pub(crate) async fn next(host: &Host) -> Result<Reply, Failure> {
    let here = "/setup/next";
    let Some(token) = &host.cookies.session else { return Ok(to_sign_in(here)) };
    let mut statements = load::session(&token.hash());
    statements.push(store::next_steps(&token.hash()));
    let mut answers = host.database.batch(statements).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(to_sign_in(here)) };
    let steps = store::read_next_steps(&mut answers)?;
    let Some(session) = resume_held(host, loaded.facts).await? else { return Ok(to_sign_in(here)) };
    match session.held(host.now) {
        Some(Hold::Onboarding) => return Ok(Reply::see_other("/onboarding".to_owned())),
        Some(hold) => return Err(Failure::Held(hold)),
        None => {}
    }
    let page = pages::NextSteps::new(
        session.user.email.as_str(),
        loaded.tenant_name,
        session.connection.is_none(),
        &steps,
    );
    Ok(Reply::page(200, &page)?)
}
