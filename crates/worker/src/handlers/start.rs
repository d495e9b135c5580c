//! The way to the IdP: the first page, what is typed there, SSO names and tiles.

use keyward_core::address::SsoName;
use keyward_core::facts::Binding;
use keyward_core::id::ConnectionId;
use keyward_core::start::Ready;
use keyward_core::{Attempt, Departure, Entry, Refusal, ReturnTo, Who};
use keyward_saml::base64;

use crate::host::{Failure, Host, OsRandom, refused_page};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::{FormAction, is_same_origin};
use crate::keys::Owner;
use crate::pages::{Action, Continue, Look, Remembered, SignIn, SignedOut};
use crate::store::load;
use crate::words;

/// `GET /`: who is it? Somebody who is signed in is not asked.
pub(crate) async fn sign_in_page(host: &Host) -> Result<Reply, Failure> {
    let to = field(&host.head.query, "to");
    let mut statements = Vec::new();
    let session = host.cookies.session.as_ref().map(|token| load::session(&token.hash()));
    let remembered = host.cookies.organisation.as_ref().map(load::remembered);
    let (has_session, has_remembered) = (session.is_some(), remembered.is_some());
    statements.extend(session.into_iter().chain(remembered).flatten());
    let mut page = SignIn {
        to: to.as_deref().and_then(ReturnTo::parse).map(|to| to.as_str().to_owned()),
        signed_out: match field(&host.head.query, "signed-out").as_deref() {
            None => None,
            Some("everywhere") => Some(SignedOut::Everywhere),
            Some(_) => Some(SignedOut::Here),
        },
        ..SignIn::default()
    };
    if !statements.is_empty() {
        let mut answers = host.database.batch(statements).await?;
        let session = if has_session { load::read_session(&mut answers)? } else { None };
        if session.is_some_and(|session| session.facts.resume_held(host.from(), host.now).is_ok()) {
            return Ok(Reply::see_other(page.to.unwrap_or_else(|| ReturnTo::vault().as_str().to_owned())));
        }
        if has_remembered && let Some((organisation, brand)) = load::read_remembered(&mut answers)? {
            let sso_name = host.cookies.organisation.as_ref().map(|name| name.as_str().to_owned());
            page.remembered =
                sso_name.map(|sso_name| Remembered { organisation, sso_name, look: Look::from(&brand) });
        }
    }
    Ok(Reply::page(200, &page)?)
}

/// `POST /sign-in`: the form of the first page.
pub(crate) async fn sign_in(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return host.refuse(&Refusal::CrossSite, keyward_core::audit::Scope::default()).await;
    }
    let typed = field(form, "who").unwrap_or_default();
    let to = field(form, "to");
    match Who::parse(&typed) {
        Some(who) => depart(host, Entry::Who(who), to.as_deref(), Way::Page).await,
        None => {
            let page = SignIn {
                to: to.as_deref().and_then(ReturnTo::parse).map(|to| to.as_str().to_owned()),
                who: typed.chars().take(254).collect(),
                problem: Some(words::WHO_MALFORMED.to_owned()),
                ..SignIn::default()
            };
            Ok(Reply::page(422, &page)?)
        }
    }
}

/// `GET /sso/<name>`: the same continue page.
pub(crate) async fn sso_name(host: &Host, name: &str) -> Result<Option<Reply>, Failure> {
    let Some(name) = SsoName::parse(name) else { return Ok(None) };
    let to = field(&host.head.query, "to");
    depart(host, Entry::Who(Who::SsoName(name)), to.as_deref(), Way::Page).await.map(Some)
}

/// `GET /saml/<connection>/start`: the tile at the IdP. The person just clicked there and is not asked again.
pub(crate) async fn tile(host: &Host, connection: Option<ConnectionId>) -> Result<Reply, Failure> {
    match connection {
        None => {
            host.refuse(&Refusal::ConnectionUnknown { id: None }, keyward_core::audit::Scope::default()).await
        }
        Some(connection) => {
            let to = field(&host.head.query, "to");
            depart(host, Entry::Tile(connection), to.as_deref(), Way::Straight).await
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Page,
    Straight,
}

pub(super) async fn depart(host: &Host, entry: Entry, to: Option<&str>, way: Way) -> Result<Reply, Failure> {
    let (browser, cookie) = host.browser();
    let is_fresh = field(&host.head.query, "fresh").is_some();
    let attempt = Attempt::begin(entry, to, browser.hash(), host.now, &mut OsRandom).fresh(is_fresh);
    let mut answers = host.database.batch(load::start(&attempt, &host.visitor)).await?;
    let (route, wrapped) = load::read_route(&mut answers)?.unzip();
    match attempt.depart(route, &host.settings.origin) {
        Departure::RefusedAndRecorded(refused) => refused_page(&refused),
        Departure::Refused(refusal, scope) => host.refuse(&refusal, scope).await,
        Departure::Ready(ready) => {
            let action = action(host, &ready, wrapped.flatten().as_deref()).await?;
            let reply = match (&action, way) {
                (Action::Redirect { url }, Way::Straight) => Reply::see_other(url.clone()),
                _ => continue_page(host, &ready, action)?,
            };
            Ok(reply.with_cookie_if(cookie))
        }
    }
}

pub(super) async fn action(host: &Host, ready: &Ready, wrapped: Option<&str>) -> Result<Action, Failure> {
    let route = &ready.route;
    let master_key = &host.settings.master_key;
    let owner = Owner { master_key, tenant: &route.tenant, connection: &route.connection };
    let sign = async |octets: &[u8]| owner.sign(wrapped, octets).await;
    match route.binding {
        Binding::Redirect => {
            let query = ready.redirect_query();
            let signature = if route.sign_requests { Some(sign(query.as_bytes()).await?) } else { None };
            Ok(Action::Redirect { url: ready.redirect_url(query, signature.as_deref()) })
        }
        Binding::Post => {
            let message = if route.sign_requests {
                let to_sign = ready.to_sign().map_err(Failure::Request)?;
                let signature = sign(&to_sign.octets()).await?;
                to_sign.finish(&signature, None)
            } else {
                ready.xml()
            };
            let saml_request = base64::encode(message.as_bytes());
            Ok(Action::Post { url: ready.post_url(), saml_request, relay_state: None })
        }
    }
}

pub(super) fn continue_page(host: &Host, ready: &Ready, action: Action) -> Result<Reply, Failure> {
    let form_action = match action {
        Action::Redirect { .. } => FormAction::Own,
        Action::Post { .. } => FormAction::Idp { local: host.settings.local },
    };
    let route = &ready.route;
    let page = Continue {
        organisation: route.tenant_name.clone(),
        look: Look::from(&route.brand),
        verified_domain: route.verified_domain.as_ref().map(|domain| domain.as_str().to_owned()),
        idp_host: route.sso_url.host().to_owned(),
        idp_name: route.idp_name.clone(),
        email: ready.email.as_ref().map(|email| email.as_str().to_owned()),
        to: (ready.return_to != ReturnTo::vault()).then(|| ready.return_to.as_str().to_owned()),
        action,
    };
    Ok(Reply::page(200, &page)?.with_form_action(form_action))
}
