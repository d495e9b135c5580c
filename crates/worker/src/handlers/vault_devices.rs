//! Further devices: they ask and wait; a proven one answers, blocks, removes; or the recovery phrase lets them in. Answers are
//! JSON; a no is `{"code"}`.

use keyward_core::devices::{self as core_devices, Asking, At, Letting, RecoveryFacts, RequestFacts};
use keyward_core::id::DeviceId;
use keyward_core::items::ProvenSession;
use keyward_core::lock as core_lock;
use keyward_core::rotation::{self, NewKeys};
use keyward_core::vault::{self, PhraseLock, VaultRefusal};
use keyward_core::{Decision, SessionFacts};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json as object;

use super::vault::resume;
use super::vault_items::ChangeBody;
use super::vault_keys::{json, no, refused};
use super::vault_organisation::{GrantBody, grants, held};
use crate::devices;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::headers::is_same_origin;
use crate::http::{Reply, cookies};
use crate::store::load::{self, VaultKey};
use crate::store::load_devices::{self, Listed};
use crate::store::load_escrow;

/// What the decisions here look at.
pub(super) struct Facts {
    pub(super) session: SessionFacts,
    device: Option<DeviceId>,
    chain: Vec<String>,
    counter: Option<i64>,
    pub(super) requests: Vec<RequestFacts>,
    devices: Vec<Listed>,
    recovery: Option<RecoveryFacts>,
    keys: Option<VaultKey>,
    /// Whether the vault key is sealed to the organisation.
    has_escrow: bool,
    /// Whether a vault that was put aside has a recovery phrase.
    has_former_phrase: bool,
}

impl Facts {
    fn at(&self) -> At {
        At { counter: self.counter, sequence: i64::try_from(self.chain.len()).unwrap_or_default() }
    }

    fn proven(&self) -> Result<ProvenSession, VaultRefusal> {
        ProvenSession::of(self.session.clone(), self.device.clone())
    }
}

pub(super) async fn facts(host: &Host) -> Result<Option<Facts>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let mut answers = host.database.batch(load_devices::devices(&token.hash(), host.now)).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let device = load::read_session_device(&mut answers)?;
    let chain = load::read_vault_statements(&mut answers)?;
    let counter = load::read_vault_counter(&mut answers)?;
    let requests = load_devices::read_requests(&mut answers)?;
    let devices = load_devices::read_devices(&mut answers)?;
    let recovery = load_devices::read_recovery(&mut answers)?;
    let keys = load::read_vault_keys(&mut answers)?;
    let has_escrow = !load_escrow::read_escrow(&mut answers)?.is_empty();
    let has_former_phrase = !load_escrow::read_former_phrases(&mut answers)?.is_empty();
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(None) };
    Ok(Some(Facts {
        session,
        device,
        chain,
        counter,
        requests,
        devices,
        recovery,
        keys,
        has_escrow,
        has_former_phrase,
    }))
}

/// Loads, decides and commits; what was decided is answered by `say`.
async fn act<T>(
    host: &Host,
    decide: impl AsyncFn(&Facts) -> Result<Decision<T>, VaultRefusal>,
    say: impl Fn(&Facts, &T) -> Reply,
) -> Result<Reply, Failure> {
    for _ in 0..ATTEMPTS {
        if let Some(reply) = act_once(host, &decide, &say).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

/// The same once; `None`: somebody else was faster.
async fn act_once<T>(
    host: &Host,
    decide: impl AsyncFn(&Facts) -> Result<Decision<T>, VaultRefusal>,
    say: impl Fn(&Facts, &T) -> Reply,
) -> Result<Option<Reply>, Failure> {
    let Some(facts) = facts(host).await? else { return Ok(Some(no(401, "session-over"))) };
    let decision = match decide(&facts).await {
        Ok(decision) => decision,
        Err(refusal) => {
            if refusal == VaultRefusal::WrongPhrase {
                let event = core_devices::wrong_phrase(&facts.session, host.now, &mut OsRandom);
                // Nothing in it can conflict.
                let _: Committed = host.commit(&event).await?;
            }
            return Ok(Some(refused(refusal)));
        }
    };
    let is_done = host.commit(&decision).await? == Committed::Yes;
    Ok(is_done.then(|| say(&facts, &decision.outcome)))
}

pub(super) fn body<T: DeserializeOwned>(host: &Host, text: &str) -> Result<T, Reply> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Err(no(403, "cross-site"));
    }
    serde_json::from_str(text).map_err(|_| no(400, "vault-malformed"))
}

fn done<T>(_: &Facts, _: &T) -> Reply {
    json(200, &object!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskBody {
    device: String,
    name: String,
    encryption: String,
    signing: String,
    proof: String,
}

impl AskBody {
    pub(super) fn read(self) -> Result<(Asking, String), VaultRefusal> {
        let AskBody { device, name, encryption, signing, proof } = self;
        let device = DeviceId::parse(&device).ok_or(VaultRefusal::Malformed { what: "the device's ID" })?;
        Ok((Asking { device, name, encryption, signing }, proof))
    }
}

pub(super) async fn is_signed(host: &Host, session: &SessionFacts, asking: &Asking, proof: &str) -> bool {
    let text = vault::proof_text(session, &host.settings.origin, &asking.device);
    devices::signed(&asking.signing, &text, proof).await
}

/// `POST /vault/devices/ask`: this browser wants to be let in.
pub(crate) async fn ask(host: &Host, text: &str) -> Result<Reply, Failure> {
    let sent = body::<AskBody>(host, text).and_then(|sent| sent.read().map_err(refused));
    let (asking, proof) = match sent {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let decide = async |facts: &Facts| {
        let is_signed = is_signed(host, &facts.session, &asking, &proof).await;
        let exists = !facts.chain.is_empty();
        core_devices::ask(
            &facts.session,
            exists,
            &facts.requests,
            &asking,
            is_signed,
            host.now,
            &mut OsRandom,
        )
    };
    act(host, decide, |_, until| json(200, &object!({ "until": until.as_millis() }))).await
}

/// `GET /vault/devices`: for a proven device, all of them; for another session, which of its requests were approved. A
/// denial is not told.
pub(crate) async fn list(host: &Host) -> Result<Reply, Failure> {
    let Some(facts) = facts(host).await? else { return Ok(no(401, "session-over")) };
    if facts.proven().is_err() {
        // One that was let in and removed since has to ask anew. One that may begin a fresh vault is in none yet.
        let is_in = |it: &&RequestFacts| {
            it.wants_fresh || facts.devices.iter().any(|device| device.id == it.asking.device.as_str())
        };
        let approved = facts.requests.iter().filter(|it| it.approved == Some(true)).filter(is_in);
        let approved: Vec<&str> = approved.map(|it| it.asking.device.as_str()).collect();
        let has_phrase = facts.recovery.is_some() && facts.session.rules.may_have_phrase;
        let sequence = facts.at().sequence;
        let admin = facts.requests.iter().filter(|it| host.now < it.admin_expires_at).map(|it| {
            let until = it.admin_expires_at.as_millis();
            object!({ "device": it.asking.device.as_str(), "until": until, "fresh": it.wants_fresh })
        });
        return Ok(json(
            200,
            &object!({
                "approved": approved, "hasPhrase": has_phrase, "hasEscrow": facts.has_escrow,
                "mayAskAdmins": facts.session.rules.may_ask_admins, "hasFormerPhrase": facts.has_former_phrase && facts.session.rules.may_have_phrase, "admin": admin.collect::<Vec<_>>(),
                "sequence": sequence,
            }),
        ));
    }
    let open = facts.requests.iter().filter(|it| it.approved.is_none() && host.now < it.expires_at);
    let waiting = open.map(|it| {
        let Asking { device, name, encryption, signing } = &it.asking;
        object!({
            "device": device.as_str(), "name": name, "encryption": encryption, "signing": signing,
            "at": it.created_at.as_millis(), "until": it.expires_at.as_millis(),
        })
    });
    let listed = facts.devices.iter().map(
        |it| object!({ "id": it.id, "at": it.created_at, "used": it.last_used_at, "blocked": it.is_blocked }),
    );
    let rules = facts.session.rules;
    Ok(json(
        200,
        &object!({
            "this": facts.device.as_ref().map(DeviceId::as_str),
            "waiting": waiting.collect::<Vec<_>>(),
            "devices": listed.collect::<Vec<_>>(),
            "phraseSince": facts.recovery.as_ref().map(|it| it.created_at.as_millis()),
            "mayApprove": rules.may_approve_devices,
            "mayHavePhrase": rules.may_have_phrase,
        }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproveBody {
    device: String,
    wrap: String,
    share: String,
    change: ChangeBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceBody {
    device: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockBody {
    device: String,
    blocked: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveBody {
    device: String,
    change: ChangeBody,
}

fn id(device: &str) -> Result<DeviceId, VaultRefusal> {
    DeviceId::parse(device).ok_or(VaultRefusal::UnknownDevice)
}

/// `POST /vault/devices/approve`.
pub(crate) async fn approve(host: &Host, text: &str) -> Result<Reply, Failure> {
    let ApproveBody { device, wrap, share, change } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let (letting, change) = (Letting { wrap, share }, change.read());
    let decide = async |facts: &Facts| {
        let (session, device) = (facts.proven()?, id(&device)?);
        let (at, requests) = (facts.at(), &facts.requests);
        core_devices::approve(&session, at, requests, &device, &letting, &change, host.now, &mut OsRandom)
    };
    act(host, decide, done).await
}

/// `POST /vault/devices/deny`.
pub(crate) async fn deny(host: &Host, text: &str) -> Result<Reply, Failure> {
    let DeviceBody { device } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let decide = async |facts: &Facts| {
        core_devices::deny(&facts.proven()?, &facts.requests, &id(&device)?, host.now, &mut OsRandom)
    };
    act(host, decide, done).await
}

/// `POST /vault/devices/block`.
pub(crate) async fn block(host: &Host, text: &str) -> Result<Reply, Failure> {
    let BlockBody { device, blocked } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let decide = async |facts: &Facts| {
        core_devices::block(&facts.proven()?, &id(&device)?, blocked, host.now, &mut OsRandom)
    };
    act(host, decide, done).await
}

/// `POST /vault/devices/remove`.
pub(crate) async fn remove(host: &Host, text: &str) -> Result<Reply, Failure> {
    let RemoveBody { device, change } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let change = change.read();
    let decide = async |facts: &Facts| {
        let session = facts.proven()?;
        core_devices::remove(&session, facts.counter, &id(&device)?, &change, host.now, &mut OsRandom)
    };
    act(host, decide, done).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKeysBody {
    statement: String,
    /// `[device, wrap, share]`.
    wraps: Vec<(String, String, String)>,
    recovery: Option<String>,
    /// What the person holds of the organisation's keys.
    #[serde(default)]
    grants: Vec<GrantBody>,
    change: ChangeBody,
}

/// `POST /vault/keys/change`: new keys of the vault, for everybody who shall have them, in one step.
pub(crate) async fn rotate(host: &Host, text: &str) -> Result<Reply, Failure> {
    let NewKeysBody { statement, wraps, recovery, grants: sent, change } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let grants = match grants(sent) {
        Ok(grants) => grants,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let sent = NewKeys { statement, wraps, recovery, grants, change: change.read() };
    for _ in 0..ATTEMPTS {
        // Each time anew, as everything else that it rests on.
        let held = held(host).await?;
        let decide = async |facts: &Facts| {
            let (session, at) = (facts.proven()?, facts.at());
            let last = facts.chain.last().map(String::as_str).unwrap_or_default();
            let recovery = facts.recovery.as_ref();
            rotation::rotate(&session, at, last, recovery, &held, &sent, host.now, &mut OsRandom)
        };
        if let Some(reply) = act_once(host, decide, done).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

/// `POST /vault/lock`: the session ends, and the vault opens in this device for who signed in at the IdP since; or it goes on
/// for as long as the policy's grace.
pub(crate) async fn lock(host: &Host, text: &str) -> Result<Reply, Failure> {
    let LockBody { idle } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let decide = async |facts: &Facts| Ok(core_lock::lock(&facts.proven()?, idle, host.now, &mut OsRandom));
    // The cookie stays, and opens nothing where the session ended: this may arrive after the next sign-in's.
    act(host, decide, done).await
}

/// `POST /vault/devices/forget`: this browser is removed, and signed out.
pub(crate) async fn forget(host: &Host, text: &str) -> Result<Reply, Failure> {
    let ForgetBody { change } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let change = change.read();
    let decide = async |facts: &Facts| {
        let session = facts.proven()?;
        let others =
            facts.devices.iter().filter(|it| it.id != session.device().as_str() && !it.is_blocked).count();
        let has_phrase = facts.recovery.is_some() && facts.session.rules.may_have_phrase;
        core_devices::forget(&session, facts.counter, others, has_phrase, &change, host.now, &mut OsRandom)
    };
    Ok(signed_out(act(host, decide, done).await?))
}

/// A session that ended takes its cookie along.
fn signed_out(reply: Reply) -> Reply {
    if reply.status == 200 { reply.with_cookie(cookies::clear_session()) } else { reply }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockBody {
    /// It locked itself.
    #[serde(default)]
    idle: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgetBody {
    change: ChangeBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetRecoveryBody {
    locked: String,
    encryption: String,
    wrap: String,
    phrase: String,
    change: ChangeBody,
}

/// `POST /vault/recovery/set`: the vault key for who has a phrase that only its person has.
pub(crate) async fn set_recovery(host: &Host, text: &str) -> Result<Reply, Failure> {
    let SetRecoveryBody { locked, encryption, wrap, phrase, change } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let (lock, change) = (PhraseLock { locked, encryption, wrap }, change.read());
    let decide = async |facts: &Facts| {
        let (session, at) = (facts.proven()?, facts.at());
        core_devices::set_recovery(&session, at, &lock, &phrase, &change, host.now, &mut OsRandom)
    };
    act(host, decide, done).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenRecoveryBody {
    phrase: String,
}

/// `POST /vault/recovery/open`: what the phrase opens, for who shows that they have it.
pub(crate) async fn open_recovery(host: &Host, text: &str) -> Result<Reply, Failure> {
    let OpenRecoveryBody { phrase } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let decide = async |facts: &Facts| {
        let kept = core_devices::open_recovery(&facts.session, facts.recovery.as_ref(), &phrase)?;
        Ok(Decision::unchanged((kept.phrase.clone(), kept.since)))
    };
    act(host, decide, |facts, (phrase, since)| {
        let PhraseLock { locked, encryption, wrap } = phrase;
        let keys = facts.keys.as_ref().map(|it| object!({ "revision": it.revision, "sealed": it.sealed }));
        json(200, &object!({
                "chain": facts.chain, "since": since, "locked": locked, "encryption": encryption, "wrap": wrap,
                "keys": keys,
            }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoverBody {
    phrase: String,
    /// The number of the statement that the wrap is of.
    sequence: i64,
    device: String,
    name: String,
    encryption: String,
    signing: String,
    proof: String,
    wrap: String,
    share: String,
}

/// `POST /vault/recovery/use`: the device of who has the phrase is let in, and proven.
pub(crate) async fn recover(host: &Host, text: &str) -> Result<Reply, Failure> {
    let RecoverBody { phrase, sequence, device, name, encryption, signing, proof, wrap, share } =
        match body(host, text) {
            Ok(sent) => sent,
            Err(reply) => return Ok(reply),
        };
    let (asking, proof) = match (AskBody { device, name, encryption, signing, proof }).read() {
        Ok(read) => read,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let letting = Letting { wrap, share };
    let decide = async |facts: &Facts| {
        let is_signed = is_signed(host, &facts.session, &asking, &proof).await;
        let (session, kept) = (&facts.session, facts.recovery.as_ref());
        core_devices::recover(
            session,
            kept,
            &phrase,
            sequence,
            &asking,
            &letting,
            is_signed,
            host.now,
            &mut OsRandom,
        )
    };
    act(host, decide, done).await
}
