//! Changing second factors: in the settings, and as a step of the onboarding. Where somebody has one, it was shown just now.

use core::time::Duration;

use keyward_core::id::FactorId;
use keyward_core::policy::Method;
use keyward_core::two_factor::webauthn::{self, Registering, WebauthnRefusal};
use keyward_core::two_factor::{self as decide, FactorRefusal, NewFactor, totp};
use keyward_core::{Decision, SessionFacts};
use keyward_saml::{Timestamp, base64};

use super::onboarding;
use super::two_factor::{Facts, answered, bound_to, facts, note};
use super::vault::to_sign_in;
use super::vault_keys::no;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::pages::{BackupCodes, EnrolApp, FactorView, TwoFactorApp, TwoFactorSettings, qr};
use crate::seal::{open, seal};
use crate::words as say;

/// Where somebody is who changes factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Settings,
    Onboarding,
}

impl At {
    fn of(form: &str) -> At {
        match field(form, "at").as_deref() {
            Some("onboarding") => At::Onboarding,
            _ => At::Settings,
        }
    }

    fn path(self) -> &'static str {
        match self {
            At::Settings => "/vault/two-factor",
            At::Onboarding => "/onboarding",
        }
    }
}

const FRESH: &str = "/two-factor?fresh=yes&to=/vault/two-factor";

/// `GET /vault/two-factor`.
pub(crate) async fn settings(host: &Host) -> Result<Reply, Failure> {
    let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(At::Settings.path())) };
    if let Some(hold) = facts.session.held(host.now) {
        return Err(Failure::Held(hold));
    }
    page(host, &facts, None)
}

fn page(host: &Host, facts: &Facts, problem: Option<FactorRefusal>) -> Result<Reply, Failure> {
    let holder = facts.session.holder();
    let allows = |method| holder.policy.methods.has(method);
    let shown = facts.factors.iter().map(|factor| FactorView {
        id: factor.id.as_str().to_owned(),
        name: factor.name.clone(),
        kind: say::method(factor.kind).to_owned(),
        added: say::time(factor.created_at),
        used: say::time(factor.last_used_at),
        is_allowed: allows(factor.kind),
    });
    let page = TwoFactorSettings {
        email: facts.session.user.email.as_str().to_owned(),
        organisation: facts.organisation.clone(),
        factors: shown.collect(),
        codes: facts.codes.len(),
        may_have_codes: allows(Method::BackupCode),
        may_add_app: allows(Method::Totp),
        may_add_passkey: allows(Method::Webauthn),
        is_required: holder.policy.is_required,
        is_fresh: holder.may_change(host.now).is_ok(),
        name: say::browser(host.visitor.user_agent.as_deref()),
        problem: problem.map(say::factor_refused),
    };
    let status = if problem.is_some() { 403 } else { 200 };
    Ok(Reply::page(status, &page)?.with_scripts())
}

/// How long somebody may take to set an app up.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

fn enrolment(session: &SessionFacts) -> String {
    format!(
        "{}|{}|{}|totp-enrolment",
        session.tenant.as_str(),
        session.user.id.as_str(),
        session.token.as_str()
    )
}

/// A new secret for an app: it is kept by nobody but the page, sealed, until its first code is right.
pub(super) async fn new_app(host: &Host, facts: &Facts) -> Result<EnrolApp, Failure> {
    let secret = totp::generate(&mut OsRandom);
    // Its ID is made here, so that a page that is sent twice adds one.
    let id = FactorId::generate(&mut OsRandom);
    let octets = [secret.as_slice(), &host.now.as_millis().to_be_bytes(), id.as_str().as_bytes()].concat();
    let sealed = seal(&host.settings.master_key, &enrolment(&facts.session), &octets).await;
    let sealed = sealed.ok_or(Failure::Key(crate::keys::KeyError::Refused))?;
    Ok(view(facts, sealed, &secret))
}

fn view(facts: &Facts, sealed: String, secret: &[u8]) -> EnrolApp {
    let uri = totp::uri(&facts.organisation, facts.session.user.email.as_str(), secret);
    let (path, size) = qr::path(&uri);
    let key = totp::base32(secret);
    let groups: Vec<&str> = key.as_bytes().chunks(4).filter_map(|it| str::from_utf8(it).ok()).collect();
    EnrolApp { sealed, path, size, key: groups.join(" "), uri }
}

/// The secret of a page that we made for this session, and not long ago.
async fn pending(host: &Host, session: &SessionFacts, sealed: &str) -> Option<(Vec<u8>, FactorId)> {
    let octets = open(&host.settings.master_key, &enrolment(session), sealed).await?;
    let (secret, rest) = octets.split_at_checked(totp::SECRET)?;
    let (made, id) = rest.split_at_checked(8)?;
    let id = FactorId::parse(str::from_utf8(id).ok()?)?;
    let made = Timestamp::from_millis(i64::from_be_bytes(made.try_into().ok()?));
    (host.now < made.plus(PATIENCE)).then(|| (secret.to_vec(), id))
}

/// `GET /vault/two-factor/app`: the page that an app scans.
pub(crate) async fn app_page(host: &Host) -> Result<Reply, Failure> {
    let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(At::Settings.path())) };
    if let Some(hold) = facts.session.held(host.now) {
        return Err(Failure::Held(hold));
    }
    if facts.session.holder().may_change(host.now).is_err() {
        return Ok(Reply::see_other(FRESH.to_owned()));
    }
    let app = new_app(host, &facts).await?;
    app_reply(&facts, app, None)
}

fn app_reply(facts: &Facts, app: EnrolApp, problem: Option<FactorRefusal>) -> Result<Reply, Failure> {
    let page = TwoFactorApp {
        email: facts.session.user.email.as_str().to_owned(),
        organisation: facts.organisation.clone(),
        app,
        problem: problem.map(say::factor_refused),
    };
    let status = if problem.is_some() { 403 } else { 200 };
    Ok(Reply::page(status, &page)?.with_scripts())
}

/// What becomes of a change: the codes that came with it, shown once, or the page that it was made on.
fn done(facts: &Facts, at: At, codes: Vec<String>) -> Result<Reply, Failure> {
    if codes.is_empty() {
        return Ok(Reply::see_other(at.path().to_owned()));
    }
    let page = BackupCodes {
        email: facts.session.user.email.as_str().to_owned(),
        organisation: facts.organisation.clone(),
        codes,
        next: at.path().to_owned(),
    };
    Ok(Reply::page(200, &page)?.with_scripts())
}

/// `POST /vault/two-factor/add-app`: its first code.
pub(crate) async fn add_app(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let at = At::of(form);
    let (sealed, code) = (field(form, "sealed").unwrap_or_default(), field(form, "code").unwrap_or_default());
    let name = field(form, "name").unwrap_or_else(|| say::method(Method::Totp).to_owned());
    for _ in 0..ATTEMPTS {
        let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(at.path())) };
        if let Err(refusal) = facts.session.holder().may_change(host.now) {
            return unready(&facts, refusal);
        }
        // A page that was left open for too long, or of another session, begins anew.
        let Some((secret, id)) = pending(host, &facts.session, &sealed).await else {
            return Ok(Reply::see_other(at.path().to_owned()));
        };
        if facts.factors.iter().any(|factor| factor.id == id) {
            return Ok(Reply::see_other(at.path().to_owned()));
        }
        let kept = seal(&host.settings.master_key, &bound_to(&facts.session, id.as_str()), &secret).await;
        let kept = kept.ok_or(Failure::Key(crate::keys::KeyError::Refused))?;
        let new = NewFactor::App { secret: &secret, sealed: kept, code: &code };
        match decide::add(&facts.session.holder(), id, &name, new, host.now, &mut OsRandom) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return done(&facts, at, decision.outcome);
                }
            }
            Err(refusal) => {
                let app = view(&facts, sealed, &secret);
                return match at {
                    At::Settings => app_reply(&facts, app, Some(refusal)),
                    At::Onboarding => {
                        onboarding::two_factor_again(host, &facts, app, say::factor_refused(refusal))
                    }
                };
            }
        }
    }
    Err(Failure::Busy)
}

/// Somebody whose factor was not shown, or not just now.
fn unready(facts: &Facts, refusal: FactorRefusal) -> Result<Reply, Failure> {
    match refusal {
        FactorRefusal::NotShown => Err(Failure::Held(keyward_core::session::Hold::ShowFactor)),
        _ if facts.factors.is_empty() => Ok(Reply::see_other(At::Settings.path().to_owned())),
        _ => Ok(Reply::see_other(FRESH.to_owned())),
    }
}

/// `POST /vault/two-factor/add-passkey`: what an authenticator registered.
pub(crate) async fn add_passkey(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let at = At::of(form);
    let (client_data, challenge) = answered(form);
    let attestation = field(form, "attestation").and_then(|text| base64::decode(text.as_bytes()));
    let attestation = attestation.unwrap_or_default();
    let name = field(form, "name").unwrap_or_else(|| say::method(Method::Webauthn).to_owned());
    for _ in 0..ATTEMPTS {
        let Some(facts) = facts(host, challenge.as_ref()).await? else { return Ok(to_sign_in(at.path())) };
        // Before anything of theirs is shown.
        if let Err(refusal) = facts.session.holder().may_change(host.now) {
            return unready(&facts, refusal);
        }
        let sent = Registering { client_data: &client_data, attestation: &attestation };
        match registered(host, &facts, sent, &name) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return done(&facts, at, decision.outcome);
                }
            }
            Err(refusal) => {
                note(host, &facts, refusal).await?;
                return match at {
                    At::Settings => page(host, &facts, Some(refusal)),
                    At::Onboarding => onboarding::two_factor_again(
                        host,
                        &facts,
                        new_app(host, &facts).await?,
                        say::factor_refused(refusal),
                    ),
                };
            }
        }
    }
    Err(Failure::Busy)
}

fn registered(
    host: &Host,
    facts: &Facts,
    sent: Registering<'_>,
    name: &str,
) -> Result<Decision<Vec<String>>, FactorRefusal> {
    let challenge = facts.challenge.as_ref();
    let credential = webauthn::register(&host.settings.origin, challenge, sent, host.now)?;
    if facts
        .factors
        .iter()
        .any(|factor| factor.credential.as_ref().is_some_and(|its| its.id == credential.id))
    {
        return Err(FactorRefusal::Taken);
    }
    let challenge = challenge.ok_or(WebauthnRefusal::Challenge)?.hash.clone();
    let new = NewFactor::Passkey { credential, challenge };
    let id = FactorId::generate(&mut OsRandom);
    decide::add(&facts.session.holder(), id, name, new, host.now, &mut OsRandom)
}

/// `POST /vault/two-factor/remove`.
pub(crate) async fn remove(host: &Host, form: &str) -> Result<Reply, Failure> {
    let id = field(form, "id").as_deref().and_then(FactorId::parse);
    change(host, |facts| {
        let id = id.as_ref().ok_or(FactorRefusal::Unknown)?;
        let kind = facts.factors.iter().find(|factor| factor.id == *id).map(|factor| factor.kind);
        let decision = decide::remove(&facts.session.holder(), id, kind, host.now, &mut OsRandom)?;
        let Decision { guards, writes, audit, .. } = decision;
        Ok(Decision { outcome: Vec::new(), guards, writes, audit })
    })
    .await
}

/// `POST /vault/two-factor/codes`: ten new ones.
pub(crate) async fn renew_codes(host: &Host) -> Result<Reply, Failure> {
    change(host, |facts| decide::renew_codes(&facts.session.holder(), host.now, &mut OsRandom)).await
}

async fn change(
    host: &Host,
    act: impl Fn(&Facts) -> Result<Decision<Vec<String>>, FactorRefusal>,
) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    for _ in 0..ATTEMPTS {
        let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(At::Settings.path())) };
        // Before anything of theirs is shown.
        if let Err(refusal) = facts.session.holder().may_change(host.now) {
            return unready(&facts, refusal);
        }
        match act(&facts) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return done(&facts, At::Settings, decision.outcome);
                }
            }
            Err(refusal) => return page(host, &facts, Some(refusal)),
        }
    }
    Err(Failure::Busy)
}
