//! The Cloudflare host: routes, load → decide → commit, pages, headers.
//!
//! Nothing is decided here. A handler loads facts in one round trip, has `keyward_core` decide, commits the decision in
//! another, and shows the outcome. What is secret never reaches a log: a failure is logged as its kind and its reference.

mod api;
mod demo_keys;
mod devices;
mod handlers;
mod host;
mod http;
mod keys;
mod outbound;
pub mod pages;
mod seal;
mod settings;
mod store;
mod words;

use core::future::poll_fn;
use core::pin::Pin;

use futures_core::Stream;
use keyward_core::{Reference, Token};
use keyward_saml::Timestamp;
use worker::{
    Context, Env, Headers, Request, Response, ResponseBody, ScheduleContext, ScheduledEvent, SendEmail,
    console_error, event,
};

use crate::api::ApiHead;
use crate::api::problem::{self, Problem, Stop};
use crate::handlers::acs::{self, Body};
use crate::handlers::connection::Public;
use crate::handlers::{
    admin, brand, claim, confirm, cron, factor_settings, health, logout, mail, metadata, onboarding, outside,
    sessions, set_up, start, two_factor, unlock, vault, vault_devices, vault_escrow, vault_items, vault_keys,
    vault_organisation,
};
use crate::host::{Failure, Host, Notices, OsRandom};
use crate::http::cookies::Cookies;
use crate::http::form::{ACS_BYTES, CHANGE_BYTES, FORM_BYTES};
use crate::http::headers::of_every_response;
use crate::http::network::network;
use crate::http::route::{self, Escrow, Limit, Method, NoRoute, Organisation, Route};
use crate::http::{Head, Reply};
use crate::settings::Settings;
use crate::store::commit::Visitor;
use crate::store::{Database, NOT_MIGRATED};

/// What wrangler.toml calls the platform's e-mail, where a deployment has it.
const MAIL_BINDING: &str = "MAIL";

/// Longer user agents are cut in the audit log.
const USER_AGENT_CHARS: usize = 300;

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let method = Method::parse(request.inner().method().as_str());
    let notices = Notices::default();
    let reply = match answer(method, request, &env, &context, &notices).await {
        Ok(reply) => reply,
        Err(Unable::Failure(failure)) if failure.is_not_migrated() => {
            console_error!("{failure}");
            Reply::page(503, &pages::NotMigrated)
                .unwrap_or_else(|_| Reply::text(503, "text/plain; charset=utf-8", String::new()))
        }
        Err(failure) => {
            let reference = Reference::generate(&mut OsRandom);
            console_error!("{} {failure}", reference.as_str());
            let page = pages::ServerError { reference: reference.as_str().to_owned() };
            Reply::page(500, &page)
                .unwrap_or_else(|_| Reply::text(500, "text/plain; charset=utf-8", String::new()))
        }
    };
    if notices.are_written() {
        context.wait_until(send_notices(env));
    }
    send(reply, method)
}

/// Sends what a request wrote, once it is answered. What is cut off, or not taken, is tried again by what runs by itself.
async fn send_notices(env: Env) {
    match of_nobody(&env) {
        Ok(host) => {
            if let Err(failure) = mail::send_due(&host, mail_binding(&env).as_ref()).await {
                console_error!("mail: {failure}");
            }
        }
        Err(unable) => console_error!("mail: {unable}"),
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    match of_nobody(&env) {
        Ok(host) => cron::run(&host, mail_binding(&env).as_ref()).await,
        Err(unable) => console_error!("cron: {unable}"),
    }
}

fn of_nobody(env: &Env) -> Result<Host, Unable> {
    let settings = settings(env).map_err(Unable::Settings)?;
    Ok(Host::of_nobody(settings, Database::new(env.d1("DB")?), now()))
}

/// The platform's e-mail, where a deployment has it.
fn mail_binding(env: &Env) -> Option<SendEmail> {
    env.get_binding(MAIL_BINDING).ok()
}

/// What the host could not even begin with.
#[derive(Debug)]
enum Unable {
    Host(worker::Error),
    Settings(settings::SettingsError),
    Failure(Failure),
}

impl core::fmt::Display for Unable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Unable::Host(error) => write!(f, "host: {error}"),
            Unable::Settings(error) => error.fmt(f),
            Unable::Failure(failure) => failure.fmt(f),
        }
    }
}

impl From<worker::Error> for Unable {
    fn from(error: worker::Error) -> Unable {
        Unable::Host(error)
    }
}

impl From<Failure> for Unable {
    fn from(failure: Failure) -> Unable {
        Unable::Failure(failure)
    }
}

async fn answer(
    method: Method,
    request: Request,
    env: &Env,
    context: &Context,
    notices: &Notices,
) -> Result<Reply, Unable> {
    if let Some(path) = request.path().strip_prefix("/api/v1").filter(|path| path.starts_with('/')) {
        return api(path.to_owned(), request, env, notices).await;
    }
    let route = match route::find(method, &request.path()) {
        Ok(route) => route,
        Err(NoRoute::NotFound) => return not_found(),
        Err(NoRoute::Method { allow }) => {
            let mut reply = not_found()?;
            reply.status = 405;
            reply.headers.push(("allow", allow.to_owned()));
            return Ok(reply);
        }
    };
    let host = match host(&request, env, notices) {
        Err(Unable::Settings(error)) if matches!(route, Route::Health) => {
            return Ok(health::unwell(&error.to_string()));
        }
        host => host?,
    };
    if let Some(limit) = route.limit()
        && !is_within(limit, &host.visitor, env).await?
    {
        let mut reply = Reply::page(429, &pages::TooMany).map_err(Failure::from)?;
        reply.headers.push(("retry-after", "60".to_owned()));
        return Ok(reply);
    }
    // What a form sent is not sent again: whoever was held goes on from their account.
    let page = route.is_page().then(|| match method {
        Method::Post => "/vault".to_owned(),
        _ => request.path(),
    });
    let reply = match route {
        Route::SignInPage => start::sign_in_page(&host).await,
        Route::SignIn => start::sign_in(&host, &form(request).await?).await,
        Route::SsoName(name) => match start::sso_name(&host, &name).await? {
            Some(reply) => Ok(reply),
            None => return not_found(),
        },
        Route::Tile(connection) => start::tile(&host, connection).await,
        Route::Metadata(connection) => match metadata::metadata(&host, connection).await? {
            Some(reply) => Ok(reply),
            None => return not_found(),
        },
        Route::Acs(connection) => {
            let body = read(request, ACS_BYTES).await?.map_or(Body::TooLarge, Body::Form);
            acs::acs(&host, &Public { env, context }, connection, &body).await
        }
        Route::SingleLogout(connection) => {
            let post = match method {
                Method::Post => Some(read(request, ACS_BYTES).await?.map_or(Body::TooLarge, Body::Form)),
                _ => None,
            };
            logout::single_logout(&host, connection, post.as_ref()).await
        }
        Route::Confirm => confirm::confirm(&host, &form(request).await?).await,
        Route::ClaimPage(token) => claim::page(&host, &token).await,
        Route::Claim => claim::go(&host, &form(request).await?).await,
        Route::Console(path) => admin::console(&host, &path).await,
        Route::SetUp => set_up::page(&host).await,
        Route::SetUpBegin => set_up::begin(&host, &form(request).await?).await,
        Route::SetUpLink(token) => set_up::link_page(&host, &token).await,
        Route::SetUpAccept => set_up::accept(&host, &form(request).await?).await,
        Route::SetUpNext => outside::next(&host).await,
        Route::OutsideSignInPage => outside::sign_in_page(&host),
        Route::OutsideSalt => outside::salt(&host, &form(request).await?).await,
        Route::OutsideSignIn => outside::sign_in(&host, &form(request).await?).await,
        Route::OutsideRecoverPage => outside::recover_page(),
        Route::OutsideRecover => outside::recover(&host, &form(request).await?).await,
        Route::OutsidePasswordPage => outside::password_page(&host).await,
        Route::OutsidePassword => outside::change_password(&host, &form(request).await?).await,
        Route::OutsideKitPage => outside::kit_page(&host).await,
        Route::OutsideKit => outside::make_kit(&host).await,
        Route::Trial { connection, trial } => match admin::depart(&host, connection, &trial).await? {
            Some(reply) => Ok(reply),
            None => return not_found(),
        },
        Route::Vault => vault::vault(&host).await,
        Route::VaultItems => vault_keys::page(&host).await,
        Route::VaultKeys => vault_keys::state(&host).await,
        Route::VaultBegin => vault_keys::begin(&host, &form(request).await?).await,
        Route::VaultProve => vault_keys::prove(&host, &form(request).await?).await,
        Route::VaultChanges => vault_items::changes(&host).await,
        Route::VaultDevicesPage => vault_keys::devices_page(&host).await,
        Route::VaultImportPage => vault_keys::import_page(&host).await,
        Route::VaultExportPage => vault_keys::export_page(&host).await,
        Route::VaultExported => vault_items::exported(&host, &form(request).await?).await,
        Route::VaultDevices => vault_devices::list(&host).await,
        Route::OrganisationPage => Ok(Reply::see_other(admin::APPROVALS.to_owned())),
        Route::Organisation(which) => {
            let body = read(request, FORM_BYTES * 8).await?.unwrap_or_default();
            match which {
                Organisation::State => vault_organisation::state(&host).await,
                Organisation::Keys => vault_organisation::put_keys(&host, &body).await,
                Organisation::Person => vault_organisation::find_person(&host, &body).await,
                Organisation::Share => vault_organisation::share(&host, &body).await,
                Organisation::Kit => vault_organisation::kit(&host, &body).await,
                Organisation::Regain => vault_organisation::regain(&host, &body).await,
                Organisation::Rules => vault_organisation::rules(&host, &body).await,
                Organisation::Queue => vault_organisation::queue(&host).await,
                Organisation::Open => vault_organisation::open(&host, &body).await,
                Organisation::Approve => vault_organisation::approve(&host, &body).await,
                Organisation::Deny => vault_organisation::deny(&host, &body).await,
                Organisation::Leaver => vault_organisation::leaver(&host, &body).await,
                Organisation::Transfer => vault_organisation::transfer(&host, &body).await,
            }
        }
        Route::Escrow(which) => {
            let body = form(request).await?;
            match which {
                Escrow::Own => vault_escrow::own(&host).await,
                Escrow::Consent => vault_escrow::consent(&host, &body).await,
                Escrow::Withdraw => vault_escrow::withdraw(&host, &body).await,
                Escrow::Seen => vault_escrow::seen(&host, &body).await,
                Escrow::Handover => vault_escrow::handover(&host).await,
                Escrow::TookOver => vault_escrow::took_over(&host, &body).await,
                Escrow::BringBack => vault_escrow::bring_back(&host, &body).await,
                Escrow::AskAdmin => vault_escrow::ask_admin(&host, &body).await,
            }
        }
        Route::VaultAsk => vault_devices::ask(&host, &form(request).await?).await,
        Route::VaultDeny => vault_devices::deny(&host, &form(request).await?).await,
        Route::VaultBlock => vault_devices::block(&host, &form(request).await?).await,
        Route::RecoverySet => vault_devices::set_recovery(&host, &change(request).await?).await,
        Route::RecoveryOpen => vault_devices::open_recovery(&host, &form(request).await?).await,
        Route::RecoveryUse => vault_devices::recover(&host, &form(request).await?).await,
        Route::VaultLock => vault_devices::lock(&host, &form(request).await?).await,
        Route::VaultForget => vault_devices::forget(&host, &change(request).await?).await,
        Route::VaultApprove => vault_devices::approve(&host, &change(request).await?).await,
        Route::VaultRemove => vault_devices::remove(&host, &change(request).await?).await,
        Route::VaultChange => vault_items::change(&host, &change(request).await?).await,
        Route::VaultRotate => vault_devices::rotate(&host, &change(request).await?).await,
        Route::VaultMove => vault_items::move_on(&host, &change(request).await?).await,
        Route::Activity => vault::activity(&host).await,
        Route::Sessions => sessions::page(&host).await,
        Route::SessionsEnd => sessions::end(&host, &form(request).await?).await,
        Route::RecoveryPage => vault_keys::recovery_page(&host).await,
        Route::TwoFactor => two_factor::ask(&host).await,
        Route::TwoFactorCode => two_factor::code(&host, &form(request).await?).await,
        Route::TwoFactorPasskey => two_factor::passkey(&host, &form(request).await?).await,
        Route::TwoFactorChallenge => two_factor::challenge(&host, &form(request).await?).await,
        Route::Unlock => unlock::page(&host).await,
        Route::UnlockChallenge => unlock::challenge(&host, &form(request).await?).await,
        Route::UnlockByPasskey => unlock::passkey(&host, &form(request).await?).await,
        Route::FactorSettings => factor_settings::settings(&host).await,
        Route::FactorApp => factor_settings::app_page(&host).await,
        Route::FactorAddApp => factor_settings::add_app(&host, &form(request).await?).await,
        Route::FactorAddPasskey => factor_settings::add_passkey(&host, &form(request).await?).await,
        Route::FactorRemove => factor_settings::remove(&host, &form(request).await?).await,
        Route::FactorCodes => factor_settings::renew_codes(&host).await,
        Route::Onboarding => onboarding::page(&host).await,
        Route::OnboardingMark => onboarding::mark(&host, &form(request).await?).await,
        Route::SignOut => logout::sign_out(&host, &form(request).await?).await,
        Route::Logo(hash) => match brand::logo(&host, env, &hash).await? {
            Some(reply) => Ok(reply),
            None => return not_found(),
        },
        Route::Brand(accent) => match brand::stylesheet(&accent) {
            Some(reply) => Ok(reply),
            None => return not_found(),
        },
        Route::Health => health::health(&host).await,
    };
    match reply {
        Err(Failure::Held(hold)) => Ok(handlers::held(hold, page.as_deref())),
        reply => Ok(reply?),
    }
}

/// A request of the API. Whatever becomes of it is told in its own form.
async fn api(path: String, request: Request, env: &Env, notices: &Notices) -> Result<Reply, Unable> {
    let host = host(&request, env, notices)?;
    let has_others_asked = request.inner().method() == "POST" && path.starts_with("/domains");
    if !is_within(Limit::Api, &host.visitor, env).await?
        || has_others_asked && !is_within(Limit::Domains, &host.visitor, env).await?
    {
        let problem = Problem::new(429, "too-many-requests", "Your network asks too much: wait a minute.");
        let mut reply = problem.reply();
        reply.headers.push(("retry-after", "60".to_owned()));
        return Ok(reply);
    }
    let header = |name: &str| request.headers().get(name);
    let head = ApiHead {
        method: request.inner().method(),
        path,
        authorization: header("authorization")?,
        content_type: header("content-type")?,
        if_match: header("if-match")?,
        idempotency_key: header("idempotency-key")?,
    };
    let body = read(request, api::BODY_BYTES).await?;
    match api::answer(&host, &head, body).await {
        Ok(reply) => Ok(reply),
        Err(Stop::Problem(problem)) => Ok(problem.reply()),
        Err(Stop::Failure(failure)) if failure.is_not_migrated() => {
            console_error!("{failure}");
            Ok(Problem::new(503, "not-migrated", NOT_MIGRATED).reply())
        }
        Err(Stop::Failure(failure)) => {
            let reference = Reference::generate(&mut OsRandom);
            console_error!("{} {failure}", reference.as_str());
            Ok(problem::failed(&reference))
        }
    }
}

fn not_found() -> Result<Reply, Unable> {
    Ok(Reply::page(404, &pages::NotFound).map_err(Failure::from)?)
}

/// Counts the request, and tells whether its network has not made too many. Nothing is written down: that is the point.
async fn is_within(limit: Limit, visitor: &Visitor, env: &Env) -> worker::Result<bool> {
    let limiter = env.rate_limiter(limit.binding())?;
    Ok(limiter.limit(network(visitor.ip.as_deref())).await?.success)
}

fn host(request: &Request, env: &Env, notices: &Notices) -> Result<Host, Unable> {
    let headers = request.headers();
    let settings = settings(env).map_err(Unable::Settings)?;
    let cookies = Cookies::read(headers.get("cookie")?.as_deref());
    Ok(Host {
        settings,
        database: Database::new(env.d1("DB")?),
        visitor: Visitor {
            ip: headers.get("cf-connecting-ip")?,
            user_agent: headers
                .get("user-agent")?
                .map(|agent| agent.chars().take(USER_AGENT_CHARS).collect()),
            session: cookies.session.as_ref().map(Token::hash),
        },
        cookies,
        head: Head {
            query: request
                .inner()
                .url()
                .split_once('?')
                .map(|(_, query)| query.to_owned())
                .unwrap_or_default(),
            origin: headers.get("origin")?,
            sec_fetch_site: headers.get("sec-fetch-site")?,
        },
        now: now(),
        notices: notices.clone(),
    })
}

fn settings(env: &Env) -> Result<Settings, settings::SettingsError> {
    let var = |name: &str| env.var(name).ok().map(|value| value.to_string());
    Settings::read(
        var("KEYWARD_ORIGIN").as_deref(),
        var("KEYWARD_LOCAL").as_deref(),
        env.secret("KEYWARD_MASTER_KEY").ok().map(|value| value.to_string()).as_deref(),
        var("KEYWARD_RESOLVERS").as_deref(),
        env.secret("KEYWARD_OPERATOR_TOKEN").ok().map(|value| value.to_string()).as_deref(),
    )?
    .with_set_up(env.secret("KEYWARD_SETUP_SECRET").ok().map(|value| value.to_string()).as_deref())?
    .with_previous(env.secret("KEYWARD_MASTER_KEY_PREVIOUS").ok().map(|value| value.to_string()).as_deref())?
    .with_mail(
        var("KEYWARD_MAIL_FROM").as_deref(),
        var("KEYWARD_MAIL_URL").as_deref(),
        env.secret("KEYWARD_MAIL_SECRET").ok().map(|value| value.to_string()).as_deref(),
        || mail_binding(env).is_some(),
    )
}

fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX))
}

/// A small form; one that is too large is as good as empty.
async fn form(request: Request) -> worker::Result<String> {
    Ok(read(request, FORM_BYTES).await?.unwrap_or_default())
}

/// A change of a vault, as a browser sealed it; one that is too large is as good as empty.
async fn change(request: Request) -> worker::Result<String> {
    Ok(read(request, CHANGE_BYTES).await?.unwrap_or_default())
}

/// The body as text, never more of it than the limit: `None` where it is longer. What is not UTF-8 is no form of anybody's.
async fn read(mut request: Request, limit: usize) -> worker::Result<Option<String>> {
    let announced = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Ok(None);
    }
    if request.inner().body().is_none() {
        return Ok(Some(String::new()));
    }
    let mut stream = request.stream()?;
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        let chunk = chunk?;
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(String::from_utf8(body).unwrap_or_default()))
}

fn send(reply: Reply, method: Method) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", reply.content_type)?;
    for (name, value) in of_every_response(reply.form_action, reply.scripts) {
        headers.set(name, &value)?;
    }
    for (name, value) in reply.headers {
        // A reply may say otherwise than every response; only cookies may be several.
        match name {
            "set-cookie" => headers.append(name, &value)?,
            _ => headers.set(name, &value)?,
        }
    }
    let body = match method {
        Method::Head => ResponseBody::Empty,
        _ => ResponseBody::Body(reply.body),
    };
    Ok(Response::from_body(body)?.with_headers(headers).with_status(reply.status))
}
