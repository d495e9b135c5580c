//! `/setup`: the first run with the deployer's secret, and the links by which somebody sets a password.

use keyward_core::address::Email;
use keyward_core::audit::Scope;
use keyward_core::outside::set_up::{self as decide, LinkFacts, NotAccepted};
use keyward_core::outside::{StretchedKey, Visit};
use keyward_core::{Refusal, Token};
use serde::Deserialize;
use serde_json::json as object;

use super::outside::told;
use super::vault_keys::{json, no};
use crate::api::views::SeatsRow;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::headers::is_same_origin;
use crate::http::network::network;
use crate::http::{Reply, cookies};
use crate::pages;
use crate::store::{Answers, admin_load, outside as store};

/// The longest name of an organisation, in characters, as everywhere.
const NAME: usize = 100;
/// The longest name of a person.
const PERSON: usize = 200;

/// `GET /setup`: the first run, where it is open.
pub(crate) async fn page(host: &Host) -> Result<Reply, Failure> {
    let facts = store::read_set_up(&mut host.database.batch(store::set_up()).await?)?;
    let is_open = facts.is_open && host.settings.set_up.is_some();
    let begun = facts.tenant.filter(|_| is_open).map(|(_, name)| name);
    Ok(Reply::page(200, &pages::SetUp { is_open, begun })?.with_plain_scripts())
}

fn named(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let is_name = text.chars().count() <= longest && !text.chars().any(char::is_control);
    is_name.then(|| text.to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeginBody {
    secret: String,
    name: String,
}

async fn refused(host: &Host, refusal: &Refusal, scope: Scope) -> Result<Reply, Failure> {
    let written = refusal.record(scope, host.now, &mut OsRandom);
    told(host, &written).await?.ok_or(Failure::Busy)
}

/// `POST /setup`: the secret, and what the organisation is called. The answer is where its first admin begins.
pub(crate) async fn begin(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Ok(sent) = serde_json::from_str::<BeginBody>(body) else { return Ok(no(400, "form-malformed")) };
    let Some(name) = named(&sent.name, NAME).filter(|name| !name.is_empty()) else {
        return Ok(no(400, "name-malformed"));
    };
    let shown = Token::parse(sent.secret.trim()).map(|token| token.hash());
    let is_right =
        host.settings.set_up.as_ref().zip(shown).is_some_and(|(known, shown)| known.matches(&shown));
    for _ in 0..ATTEMPTS {
        let facts = store::read_set_up(&mut host.database.batch(store::set_up()).await?)?;
        match decide::begin(&facts, is_right, &name, host.now, &mut OsRandom) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    let to = format!("/setup/{}", decision.outcome.reveal());
                    return Ok(json(201, &object!({ "to": to })));
                }
            }
            Err(refusal) => return refused(host, &refusal, Scope::default()).await,
        }
    }
    Err(Failure::Busy)
}

async fn link(host: &Host, token: &Token) -> Result<Option<LinkFacts>, Failure> {
    Ok(store::read_link(&mut host.database.batch(store::link(&token.hash())).await?)?)
}

/// `GET /setup/<token>`: whose password it sets. Nothing happens yet.
pub(crate) async fn link_page(host: &Host, token: &str) -> Result<Reply, Failure> {
    let unknown = Refusal::SetUpLinkUnknown;
    let Some(token) = Token::parse(token) else { return host.refuse(&unknown, Scope::default()).await };
    let Some(facts) = link(host, &token).await? else {
        return host.refuse(&unknown, Scope::default()).await;
    };
    if let Err(refusal) = facts.check(host.now) {
        return host.refuse(&refusal, facts.scope()).await;
    }
    let page = pages::SetUpAdmin {
        organisation: facts.tenant_name.clone(),
        token: token.reveal(),
        email: facts.email().map(|email| email.as_str().to_owned()),
    };
    Ok(Reply::page(200, &page)?.with_worker())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptBody {
    token: String,
    email: String,
    name: String,
    key: String,
}

/// `POST /setup/accept`: the password is set, and its owner signed in; a second factor comes next.
pub(crate) async fn accept(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Ok(sent) = serde_json::from_str::<AcceptBody>(body) else { return Ok(no(400, "form-malformed")) };
    let (email, key) = (Email::parse(&sent.email), StretchedKey::parse(&sent.key));
    let (Some(email), Some(key), Some(name)) = (email, key, named(&sent.name, PERSON)) else {
        return Ok(no(400, "form-malformed"));
    };
    let Some(token) = Token::parse(&sent.token) else {
        return refused(host, &Refusal::SetUpLinkUnknown, Scope::default()).await;
    };
    let (browser, cookie) = host.browser();
    let (browser, network) = (browser.hash(), network(host.visitor.ip.as_deref()));
    let visit = Visit { email: &email, browser: &browser, network: &network, from: host.from() };
    for _ in 0..ATTEMPTS {
        let Some(facts) = link(host, &token).await? else {
            return refused(host, &Refusal::SetUpLinkUnknown, Scope::default()).await;
        };
        // What was stretched was for the e-mail that the page showed.
        if facts.email().is_some_and(|known| *known != email) {
            return Ok(no(409, "email-changed"));
        }
        let seats = admin_load::seats(&facts.tenant, email.as_str());
        let seats = host.database.batch(vec![seats]).await?.row::<SeatsRow>()?;
        let is_taken = seats.is_some_and(|seats| seats.email_taken.0);
        let decision = match decide::accept(&facts, &visit, &name, is_taken, &key, host.now, &mut OsRandom) {
            Ok(decision) => decision,
            Err(NotAccepted::Refused(refusal)) => return refused(host, &refusal, facts.scope()).await,
            Err(NotAccepted::EmailTaken) => return Ok(no(409, "email-taken")),
            Err(NotAccepted::NoSeat) => return Ok(no(409, "out-of-seats")),
            Err(NotAccepted::TooMany) => return Ok(no(409, "too-many")),
        };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(json(201, &object!({ "to": "/setup/next" }))
                .with_cookie(cookies::set_session(&decision.outcome))
                .with_cookie_if(cookie));
        }
    }
    Err(Failure::Busy)
}
