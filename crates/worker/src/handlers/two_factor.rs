//! Showing a second factor: the page that a held session is sent to, and what its forms send. A code works without JavaScript.

use keyward_core::policy::Method;
use keyward_core::two_factor::webauthn::{
    self, ALGORITHMS, Asserting, Ceremony, Challenge, WebauthnRefusal, challenge_of, rp_id, user_handle,
};
use keyward_core::two_factor::{
    self as decide, App, CHALLENGE_LIFETIME, FactorRefusal, Failures, Known, Typed, show_code, show_passkey,
};
use keyward_core::{Decision, ReturnTo, SessionFacts, Token, TokenHash};
use keyward_saml::base64;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json as object};

use super::vault::{resume_held, to_sign_in};
use super::vault_keys::{json, no};
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::http::network::network;
use crate::keys::KeyError;
use crate::pages::TwoFactor;
use crate::seal::open;
use crate::store::factors;
use crate::store::load;
use crate::store::rows::LoadedFactor;
use crate::words;

/// What everything about second factors looks at.
pub(super) struct Facts {
    pub(super) session: SessionFacts,
    pub(super) organisation: String,
    pub(super) factors: Vec<LoadedFactor>,
    pub(super) codes: Vec<String>,
    pub(super) failures: Failures,
    pub(super) challenge: Option<Challenge>,
}

/// The facts of a session that is live, held or not.
pub(super) async fn facts(host: &Host, challenge: Option<&TokenHash>) -> Result<Option<Facts>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let (token, network) = (token.hash(), network(host.visitor.ip.as_deref()));
    let statements = match challenge {
        None => factors::factors(&token, &network, host.now),
        Some(hash) => factors::factors_with_challenge(&token, &network, hash, host.now),
    };
    let mut answers = host.database.batch(statements).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let theirs = factors::read_factors(&mut answers)?;
    let codes = factors::read_codes(&mut answers)?;
    let failures = factors::read_failures(&mut answers)?;
    let challenge = match challenge {
        None => None,
        Some(hash) => factors::read_challenge(&mut answers, hash)?,
    };
    let Some(session) = resume_held(host, loaded.facts).await? else { return Ok(None) };
    let organisation = loaded.tenant_name;
    Ok(Some(Facts { session, organisation, factors: theirs, codes, failures, challenge }))
}

/// What an app's secret is sealed for.
pub(super) fn bound_to(session: &SessionFacts, id: &str) -> String {
    factors::bound_to(session.tenant.as_str(), session.user.id.as_str(), id)
}

/// Where a form says that it leads.
pub(super) fn destination(text: Option<String>) -> ReturnTo {
    text.as_deref().and_then(ReturnTo::parse).unwrap_or_else(ReturnTo::vault)
}

fn page(facts: &Facts, to: &ReturnTo, problem: Option<FactorRefusal>) -> Result<Reply, Failure> {
    let holder = facts.session.holder();
    let offered = holder.facts.offered(&holder.policy);
    let has = |method| offered.contains(&method);
    let page = TwoFactor {
        email: facts.session.user.email.as_str().to_owned(),
        organisation: facts.organisation.clone(),
        to: to.as_str().to_owned(),
        has_app: has(Method::Totp),
        has_passkey: has(Method::Webauthn),
        has_codes: has(Method::BackupCode),
        remember_days: Some(holder.policy.remember_days).filter(|days| *days > 0),
        problem: problem.map(words::factor_refused),
        is_spent: problem == Some(FactorRefusal::SessionSpent),
    };
    let status = match problem {
        None => 200,
        Some(FactorRefusal::TooMany | FactorRefusal::SessionSpent) => 429,
        Some(_) => 403,
    };
    let has_scripts = page.has_passkey;
    let reply = Reply::page(status, &page)?;
    Ok(if has_scripts { reply.with_scripts() } else { reply })
}

/// `GET /two-factor`: asks for one; `?fresh=yes` also where one was shown a while ago.
pub(crate) async fn ask(host: &Host) -> Result<Reply, Failure> {
    let to = destination(field(&host.head.query, "to"));
    let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(to.as_str())) };
    let holder = facts.session.holder();
    let wants_fresh = field(&host.head.query, "fresh").as_deref() == Some("yes")
        && !facts.factors.is_empty()
        && !holder.facts.is_fresh(&holder.policy, host.now);
    if !holder.facts.must_show(&holder.policy, host.now) && !wants_fresh {
        return Ok(Reply::see_other(to.as_str().to_owned()));
    }
    page(&facts, &to, None)
}

/// `POST /two-factor/code`: of an app, or a backup code.
pub(crate) async fn code(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let to = destination(field(form, "to"));
    let code = field(form, "code").unwrap_or_default();
    let network = network(host.visitor.ip.as_deref());
    let remember = field(form, "remember").as_deref() == Some("yes");
    for _ in 0..ATTEMPTS {
        let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(to.as_str())) };
        let mut apps = Vec::new();
        for factor in facts.factors.iter().filter(|factor| factor.kind == Method::Totp) {
            let bound_to = bound_to(&facts.session, factor.id.as_str());
            let secret = open(&host.settings.master_key, &bound_to, &factor.sealed).await;
            let secret = secret.ok_or(Failure::Key(KeyError::Refused))?;
            apps.push(App { id: factor.id.clone(), secret: secret.to_vec(), used: factor.used.clone() });
        }
        let known = Known { apps, codes: facts.codes.clone(), failures: facts.failures };
        let typed = Typed { code: &code, remember, network: &network };
        match show_code(&facts.session.holder(), &known, typed, host.now, &mut OsRandom) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return Ok(Reply::see_other(to.as_str().to_owned()));
                }
            }
            Err(refusal) => {
                if refusal == FactorRefusal::Wrong {
                    let counted = decide::wrong(&facts.session.holder(), typed, host.now, &mut OsRandom);
                    if host.commit(&counted).await? == Committed::Conflict {
                        continue;
                    }
                } else {
                    note(host, &facts, refusal).await?;
                }
                return page(&facts, &to, Some(refusal));
            }
        }
    }
    Err(Failure::Busy)
}

/// Writes down what was refused, but for what is refused unseen: that would have no end.
pub(super) async fn note(host: &Host, facts: &Facts, refusal: FactorRefusal) -> Result<(), Failure> {
    if matches!(refusal, FactorRefusal::Used | FactorRefusal::Webauthn(_)) {
        let decision = decide::failed(&facts.session.holder(), refusal, host.now, &mut OsRandom);
        // Nothing in it can conflict.
        let _: Committed = host.commit(&decision).await?;
    }
    Ok(())
}

fn octets(form: &str, name: &str) -> Vec<u8> {
    field(form, name).and_then(|text| base64::decode(text.as_bytes())).unwrap_or_default()
}

/// What an authenticator's form is about: the client data, and the challenge that it says it answers.
pub(super) fn answered(form: &str) -> (Vec<u8>, Option<TokenHash>) {
    let client_data = octets(form, "client-data");
    let challenge = challenge_of(&client_data).map(|token| token.hash());
    (client_data, challenge)
}

/// `POST /two-factor/passkey`.
pub(crate) async fn passkey(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let to = destination(field(form, "to"));
    let (client_data, challenge) = answered(form);
    let (data, signature) = (octets(form, "data"), octets(form, "signature"));
    let (handle, credential) = (octets(form, "handle"), field(form, "credential"));
    let remember = field(form, "remember").as_deref() == Some("yes");
    for _ in 0..ATTEMPTS {
        let Some(facts) = facts(host, challenge.as_ref()).await? else { return Ok(to_sign_in(to.as_str())) };
        let sent = Asserting {
            client_data: &client_data,
            authenticator_data: &data,
            signature: &signature,
            user_handle: &handle,
        };
        match shown(host, &facts, sent, credential.as_deref(), remember) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return Ok(Reply::see_other(to.as_str().to_owned()));
                }
            }
            Err(refusal) => {
                note(host, &facts, refusal).await?;
                return page(&facts, &to, Some(refusal));
            }
        }
    }
    Err(Failure::Busy)
}

fn shown(
    host: &Host,
    facts: &Facts,
    sent: Asserting<'_>,
    credential: Option<&str>,
    remember: bool,
) -> Result<Decision<Method>, FactorRefusal> {
    let holder = facts.session.holder();
    let known = facts.factors.iter().find_map(|factor| {
        factor
            .credential
            .as_ref()
            .map(|its| (factor, its))
            .filter(|(_, its)| Some(its.id.as_str()) == credential)
    });
    let (factor, known) = known.ok_or(WebauthnRefusal::Credential)?;
    let handle = user_handle(holder.tenant, holder.user);
    let challenge = facts.challenge.as_ref();
    let asserted =
        webauthn::assert(&host.settings.origin, Ceremony::Show, challenge, known, &handle, sent, host.now)?;
    let is_right = asserted.job().answer_pure();
    let shown = asserted.finish(is_right)?;
    let hash = &challenge.ok_or(WebauthnRefusal::Challenge)?.hash;
    show_passkey(&holder, &factor.id, hash, shown, remember, host.now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChallengeBody {
    ceremony: String,
}

/// `POST /two-factor/challenge`: what a browser asks an authenticator.
pub(crate) async fn challenge(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let sent = serde_json::from_str::<ChallengeBody>(body).ok();
    let Some(ceremony) = sent.and_then(|sent| Ceremony::parse(&sent.ceremony)) else {
        return Ok(no(400, "webauthn-malformed"));
    };
    let Some(facts) = facts(host, None).await? else { return Ok(no(401, "session-over")) };
    let holder = facts.session.holder();
    let decision = decide::challenge(&holder, ceremony, host.now, &mut OsRandom);
    let session = &facts.session;
    let (email, name) = (session.user.email.as_str(), session.user.name.as_str());
    let about = object!({
        "user": user_handle(&session.tenant, &session.user.id),
        "name": email,
        "display": if name.is_empty() { email } else { name },
        "algorithms": ALGORITHMS,
    });
    keep_challenge(host, decision, &facts.factors, about).await
}

/// What a browser asks an authenticator.
#[derive(Serialize)]
struct Asked<'a> {
    challenge: String,
    rp: &'a str,
    known: Vec<&'a str>,
    timeout: u128,
    #[serde(flatten)]
    about: Json,
}

/// Keeps a challenge, and tells a browser what to ask an authenticator of these; `about` is what else it is told.
pub(super) async fn keep_challenge(
    host: &Host,
    decision: Result<Decision<Token>, FactorRefusal>,
    factors: &[LoadedFactor],
    about: Json,
) -> Result<Reply, Failure> {
    let decision = match decision {
        Ok(decision) => decision,
        Err(refusal) => return Ok(no(403, refusal.code())),
    };
    if host.commit(&decision).await? == Committed::Conflict {
        return Ok(no(429, FactorRefusal::TooMany.code()));
    }
    let known = factors.iter().filter_map(|factor| Some(factor.credential.as_ref()?.id.as_str()));
    let asked = Asked {
        challenge: decision.outcome.reveal(),
        rp: rp_id(&host.settings.origin),
        known: known.collect(),
        timeout: CHALLENGE_LIFETIME.as_millis(),
        about,
    };
    Ok(json(200, &asked))
}
