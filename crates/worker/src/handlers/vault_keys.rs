//! The vault's own page, and the three requests that it makes: what is there, begin, prove the device. Answers are JSON; a no
//! is `{"code"}`.

use keyward_core::SessionFacts;
use keyward_core::escrow;
use keyward_core::id::DeviceId;
use keyward_core::lock::LockFacts;
use keyward_core::vault::{self, Begin, VaultRefusal};
use keyward_saml::Timestamp;
use serde::{Deserialize, Serialize};

use super::vault::{resume, to_sign_in};
use crate::devices;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::headers::is_same_origin;
use crate::pages::{VaultDevices, VaultExport, VaultImport, VaultItems, VaultRecovery};
use crate::store::load::{self, VaultDevice, VaultKey};
use crate::store::load_escrow;

#[derive(Serialize)]
struct State<'a> {
    tenant: &'a str,
    user: &'a str,
    /// What a device signs: no other session has it, and it opens none.
    session: &'a str,
    chain: Vec<String>,
    rules: Rules,
    /// Where a fresh sign-in begins; the path to come back to follows.
    fresh: String,
    /// Whether a passkey unlocks it, too.
    passkey: bool,
}

/// What policies say of a vault, for the page to keep to; what the server can see to, it does as well.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    may_create_record: bool,
    may_create_folder: bool,
    clipboard_seconds: u32,
    trash_days: u32,
    idle_minutes: u64,
    /// For how long after it locked itself the same session opens the vault.
    grace_minutes: u64,
    may_import: bool,
    may_export: bool,
    mask_while_editing: bool,
    password_length: u32,
    /// Lower case, upper case, digits, symbols.
    password_classes: [bool; 4],
    /// Whether this browser may keep what opens the vault, to read it without a connection.
    may_read_offline: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeginBody {
    statement: String,
    keys: String,
    devices: String,
    root: String,
    device: String,
    encryption: String,
    signing: String,
    wrap: String,
    share: String,
    proof: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProveBody {
    device: String,
    proof: String,
    /// When this browser locked itself without the server having heard of it, in milliseconds since 1970.
    #[serde(default)]
    locked: Option<i64>,
}

#[derive(Serialize)]
struct Sealed {
    revision: i64,
    sealed: String,
}

#[derive(Serialize)]
struct Opening {
    chain: Vec<String>,
    wrap: String,
    share: String,
    keys: Option<Sealed>,
}

/// `GET /vault/items`: the page that the vault opens in.
pub(crate) async fn page(host: &Host) -> Result<Reply, Failure> {
    let page = page_of(host, "/vault/items", |email, organisation| {
        Reply::page(200, &VaultItems { email, organisation })
    });
    // Where it is a page, and not the way to one.
    page.await.map(|reply| if reply.status == 200 { reply.with_worker() } else { reply })
}

/// `GET /vault/devices`: the page where browsers are let in, named and removed.
pub(crate) async fn devices_page(host: &Host) -> Result<Reply, Failure> {
    page_of(host, "/vault/devices", |email, organisation| {
        Reply::page(200, &VaultDevices { email, organisation })
    })
    .await
}

/// `GET /vault/recovery`: the page of the recovery phrase.
pub(crate) async fn recovery_page(host: &Host) -> Result<Reply, Failure> {
    page_of(host, "/vault/recovery", |email, organisation| {
        Reply::page(200, &VaultRecovery { email, organisation })
    })
    .await
}

/// `GET /vault/import`: the page that brings files of other programs in.
pub(crate) async fn import_page(host: &Host) -> Result<Reply, Failure> {
    page_of(host, "/vault/import", |email, organisation| {
        Reply::page(200, &VaultImport { email, organisation })
    })
    .await
}

/// `GET /vault/export`: the page that lets a vault out.
pub(crate) async fn export_page(host: &Host) -> Result<Reply, Failure> {
    page_of(host, "/vault/export", |email, organisation| {
        Reply::page(200, &VaultExport { email, organisation })
    })
    .await
}

async fn page_of(
    host: &Host,
    path: &str,
    page: impl Fn(String, String) -> Result<Reply, askama::Error>,
) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(to_sign_in(path)) };
    let mut answers = host.database.batch(load::session(&token.hash())).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(to_sign_in(path)) };
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(to_sign_in(path)) };
    Ok(page(session.user.email.as_str().to_owned(), loaded.tenant_name)?.with_scripts())
}

/// `GET /vault/keys`: whose the vault is and which public keys it has.
pub(crate) async fn state(host: &Host) -> Result<Reply, Failure> {
    let Some((session, chain)) = session(host).await? else { return Ok(no(401, "session-over")) };
    let state = State {
        tenant: session.tenant.as_str(),
        user: session.user.id.as_str(),
        session: session.token.as_str(),
        chain,
        rules: Rules {
            may_create_record: session.rules.may_create_record,
            may_create_folder: session.rules.may_create_folder,
            clipboard_seconds: session.rules.clipboard_seconds,
            trash_days: session.rules.trash_days,
            idle_minutes: session.limits.idle.as_secs() / 60,
            grace_minutes: session.limits.grace.as_secs() / 60,
            may_import: session.rules.may_import,
            may_export: session.rules.may_export,
            mask_while_editing: session.rules.mask_while_editing,
            password_length: session.rules.password_length,
            password_classes: session.rules.password_classes,
            may_read_offline: session.rules.may_read_offline,
        },
        fresh: session.fresh_start(),
        passkey: session.has_passkey(),
    };
    Ok(json(200, &state))
}

/// `POST /vault/begin`: a vault and its first device, in one step.
pub(crate) async fn begin(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Ok(body) = serde_json::from_str::<BeginBody>(body) else { return Ok(no(400, "vault-malformed")) };
    let BeginBody { statement, keys, devices, root, device, encryption, signing, wrap, share, proof } = body;
    let sent = Begin { statement, keys, devices, root, device, encryption, signing, wrap, share };
    for _ in 0..ATTEMPTS {
        let Some((session, chain)) = session(host).await? else { return Ok(no(401, "session-over")) };
        let Some(device) = DeviceId::parse(&sent.device) else { return Ok(no(400, "vault-malformed")) };
        let text = vault::proof_text(&session, &host.settings.origin, &device);
        let is_proven = devices::signed(&sent.signing, &text, &proof).await;
        let decision =
            match vault::begin(&session, !chain.is_empty(), &sent, is_proven, host.now, &mut OsRandom) {
                Ok(decision) => decision,
                Err(refusal) => return Ok(refused(refusal)),
            };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(json(201, &serde_json::json!({})));
        }
    }
    Err(Failure::Busy)
}

/// `POST /vault/prove`: the session's device proves itself, and is given what opens the vault.
pub(crate) async fn prove(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let sent = serde_json::from_str::<ProveBody>(body).ok();
    let Some((device, proof, locked)) =
        sent.and_then(|sent| Some((DeviceId::parse(&sent.device)?, sent.proof, sent.locked)))
    else {
        return Ok(no(400, "vault-malformed"));
    };
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let mut answers = host.database.batch(load::vault_of_device(&token.hash(), &device)).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(no(401, "session-over")) };
    let chain = load::read_vault_statements(&mut answers)?;
    let known = load::read_vault_device(&mut answers)?;
    let keys = load::read_vault_keys(&mut answers)?;
    let former = load_escrow::read_former_device(&mut answers)?;
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(no(401, "session-over")) };
    if let (Err(refusal), Some(former)) = (escrow::replaced(known.is_some(), former.is_some()), former) {
        let (at, until) = (former.facts.ended_at.as_millis(), former.facts.clears_at.as_millis());
        let said =
            serde_json::json!({ "code": refusal.code(), "at": at, "until": until, "own": former.is_own });
        return Ok(json(403, &said));
    }
    let text = vault::proof_text(&session, &host.settings.origin, &device);
    let is_proven = match &known {
        Some(known) => Some(devices::signed(&known.signing, &text, &proof).await),
        None => None,
    };
    let never = Timestamp::from_millis(0);
    let lock = known.as_ref().map_or(
        LockFacts { locked_at: never, authenticated_at: never, unlocked_at: never, is_blocked: false },
        |known| known.lock,
    );
    let lock = lock.or_locked(locked.map_or(never, Timestamp::from_millis), host.now);
    let decision = match vault::prove(&session, !chain.is_empty(), &device, is_proven, lock, host.now) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let Some(VaultDevice { wrap, share, .. }) = known else { return Ok(no(409, "device-unknown")) };
    if host.commit(&decision).await? == Committed::Conflict {
        return Err(Failure::Busy);
    }
    let keys = keys.map(|VaultKey { revision, sealed }| Sealed { revision, sealed });
    Ok(json(200, &Opening { chain, wrap, share, keys }))
}

/// The session, where it may be used, and its person's statements.
async fn session(host: &Host) -> Result<Option<(SessionFacts, Vec<String>)>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let mut answers = host.database.batch(load::vault(&token.hash())).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let chain = load::read_vault_statements(&mut answers)?;
    Ok(resume(host, loaded.facts).await?.map(|session| (session, chain)))
}

pub(super) fn refused(refusal: VaultRefusal) -> Reply {
    let status = match refusal {
        VaultRefusal::Malformed { .. } | VaultRefusal::Elsewhere => 400,
        VaultRefusal::Exists | VaultRefusal::Missing | VaultRefusal::Changed => 409,
        VaultRefusal::Expired | VaultRefusal::Answered | VaultRefusal::LastDevice => 409,
        VaultRefusal::Locked | VaultRefusal::Blocked | VaultRefusal::SignInAgain => 403,
        VaultRefusal::TooMany => 429,
        VaultRefusal::WrongPhrase => 403,
        VaultRefusal::NoKeys | VaultRefusal::KeysHeld => 409,
        VaultRefusal::NoEscrow | VaultRefusal::NotLocked => 409,
        VaultRefusal::PrivilegeMissing
        | VaultRefusal::OwnRequest
        | VaultRefusal::EditedConnection
        | VaultRefusal::FirstOfTwo
        | VaultRefusal::NotHolder
        | VaultRefusal::EscrowDue
        | VaultRefusal::Replaced => 403,
        VaultRefusal::UnknownDevice | VaultRefusal::NotProven | VaultRefusal::Restricted { .. } => 403,
    };
    no(status, refusal.code())
}

pub(super) fn no(status: u16, code: &str) -> Reply {
    json(status, &serde_json::json!({ "code": code }))
}

pub(super) fn json(status: u16, body: &impl Serialize) -> Reply {
    // Plain data of our own always has a form in JSON.
    Reply::text(status, "application/json", serde_json::to_string(body).unwrap_or_default())
}
