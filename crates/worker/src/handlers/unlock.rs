//! What is locked, opened by a passkey: the page that a session is sent to which waits for one, and the two requests of it and
//! of the vault's own page. Answers of these are JSON; a no is `{"code"}`.

use keyward_core::id::DeviceId;
use keyward_core::lock::{self, UnlockRefusal, Unlocking};
use keyward_core::two_factor::failed;
use keyward_core::two_factor::webauthn::{
    self, Asserting, Ceremony, Challenge, WebauthnRefusal, challenge_of, user_handle,
};
use keyward_core::vault::unlock_text;
use keyward_core::{Decision, SessionFacts, Token, TokenHash};
use keyward_saml::base64;
use serde::Deserialize;
use serde_json::json as object;

use super::two_factor::{destination, keep_challenge};
use super::vault::to_sign_in;
use super::vault_devices::body;
use super::vault_keys::{json, no, refused};
use crate::devices;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::pages::Unlock;
use crate::store::factors;
use crate::store::load::{self, VaultDevice};
use crate::store::rows::LoadedFactor;

/// A session that may be asleep, and what may open it again.
struct Facts {
    session: SessionFacts,
    factors: Vec<LoadedFactor>,
    challenge: Option<Challenge>,
    device: Option<VaultDevice>,
}

async fn facts(host: &Host, device: &DeviceId, challenge: &TokenHash) -> Result<Option<Facts>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let token = token.hash();
    let mut answers = host.database.batch(factors::unlocking(&token, device, challenge)).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let theirs = factors::read_factors(&mut answers)?;
    let challenge = factors::read_challenge(&mut answers, challenge)?;
    let device = load::read_vault_device(&mut answers)?;
    let session = loaded.facts.resume_locked(host.from(), host.now);
    Ok(session.map(|session| Facts { session, factors: theirs, challenge, device }))
}

/// `GET /unlock`: asks for a passkey, and back to where the person was.
pub(crate) async fn page(host: &Host) -> Result<Reply, Failure> {
    let to = destination(field(&host.head.query, "to"));
    let Some(token) = &host.cookies.session else { return Ok(to_sign_in(to.as_str())) };
    let mut answers = host.database.batch(load::session(&token.hash())).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(to_sign_in(to.as_str())) };
    if !loaded.facts.is_asleep(host.now) {
        return Ok(Reply::see_other(to.as_str().to_owned()));
    }
    let Some(session) = loaded.facts.resume_locked(host.from(), host.now) else {
        return Ok(to_sign_in(to.as_str()));
    };
    let page = Unlock {
        email: session.user.email.as_str().to_owned(),
        organisation: loaded.tenant_name,
        tenant: session.tenant.as_str().to_owned(),
        user: session.user.id.as_str().to_owned(),
        session: session.token.as_str().to_owned(),
        fresh: session.fresh_start(),
        to: to.as_str().to_owned(),
    };
    Ok(Reply::page(200, &page)?.with_scripts())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChallengeBody {
    device: String,
}

/// `POST /unlock/challenge`: what this browser asks an authenticator.
pub(crate) async fn challenge(host: &Host, text: &str) -> Result<Reply, Failure> {
    let ChallengeBody { device } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let Some(device) = DeviceId::parse(&device) else { return Ok(no(400, "vault-malformed")) };
    let none = Token::generate(&mut OsRandom).hash();
    let Some(facts) = facts(host, &device, &none).await? else { return Ok(no(401, "session-over")) };
    let decision = lock::challenge(&facts.session, &device, host.now, &mut OsRandom);
    keep_challenge(host, decision, &facts.factors, object!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct UnlockBody {
    device: String,
    /// The device's signature.
    proof: String,
    credential: String,
    client_data: String,
    data: String,
    signature: String,
    handle: String,
}

/// `POST /unlock/passkey`: the vault opens in this device, in this session.
pub(crate) async fn passkey(host: &Host, text: &str) -> Result<Reply, Failure> {
    let sent: UnlockBody = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let octets = |text: &str| base64::decode(text.as_bytes()).unwrap_or_default();
    let client_data = octets(&sent.client_data);
    let (Some(device), Some(answered)) = (DeviceId::parse(&sent.device), challenge_of(&client_data)) else {
        return Ok(no(400, "vault-malformed"));
    };
    let (data, signature, handle) = (octets(&sent.data), octets(&sent.signature), octets(&sent.handle));
    let asserting = Asserting {
        client_data: &client_data,
        authenticator_data: &data,
        signature: &signature,
        user_handle: &handle,
    };
    for _ in 0..ATTEMPTS {
        let facts = facts(host, &device, &answered.hash()).await?;
        let Some(facts) = facts else { return Ok(no(401, "session-over")) };
        let is_signed = match &facts.device {
            Some(known) => {
                let text = unlock_text(&facts.session, &host.settings.origin, &device, &answered);
                Some(devices::signed(&known.signing, &text, &sent.proof).await)
            }
            None => None,
        };
        match unlocked(host, &facts, &device, is_signed, asserting, &sent.credential) {
            Ok(decision) => {
                if host.commit(&decision).await? == Committed::Yes {
                    return Ok(json(200, &object!({})));
                }
            }
            Err(UnlockRefusal::Factor(refusal)) => {
                let decision = failed(&facts.session.holder(), refusal, host.now, &mut OsRandom);
                // Nothing in it can conflict.
                let _: Committed = host.commit(&decision).await?;
                return Ok(no(403, refusal.code()));
            }
            Err(UnlockRefusal::Vault(refusal)) => return Ok(refused(refusal)),
        }
    }
    Err(Failure::Busy)
}

fn unlocked(
    host: &Host,
    facts: &Facts,
    device: &DeviceId,
    is_signed: Option<bool>,
    sent: Asserting<'_>,
    credential: &str,
) -> Result<Decision<()>, UnlockRefusal> {
    let known = facts.factors.iter().find_map(|factor| {
        factor.credential.as_ref().map(|its| (factor, its)).filter(|(_, its)| its.id == credential)
    });
    let (factor, known) = known.ok_or(WebauthnRefusal::Credential)?;
    let handle = user_handle(&facts.session.tenant, &facts.session.user.id);
    let (origin, ceremony) = (&host.settings.origin, Ceremony::Unlock);
    let challenge = facts.challenge.as_ref();
    let asserted = webauthn::assert(origin, ceremony, challenge, known, &handle, sent, host.now)?;
    let is_right = asserted.job().answer_pure();
    let unlocking = Unlocking {
        device,
        is_signed,
        is_blocked: facts.device.as_ref().is_some_and(|it| it.lock.is_blocked),
        factor: &factor.id,
        challenge: challenge.ok_or(WebauthnRefusal::Challenge)?,
        shown: asserted.finish(is_right)?,
    };
    lock::unlock(&facts.session, &unlocking, host.now, &mut OsRandom)
}
