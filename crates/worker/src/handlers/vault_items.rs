//! What is in a vault, sealed: what changed since a device looked, and the changes that it makes. Both are for a
//! [`ProvenSession`] only.

use keyward_core::Decision;
use keyward_core::escrow;
use keyward_core::items::{self, Change, ProvenSession, Put};
use keyward_core::vault::VaultRefusal;
use keyward_saml::Timestamp;
use serde::Deserialize;

use super::vault::resume;
use super::vault_keys::{json, no, refused};
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::store::load::{self, LoadedSession};
use crate::store::load_escrow;

/// Comes after every ID of ours.
const LAST: &str = "~";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    /// `[item, kind, revision, base64]`.
    put: Vec<(String, String, i64, String)>,
    /// `[item, revision]`.
    removed: Vec<(String, i64)>,
    /// `[item, kind, revision, base64]`.
    #[serde(default)]
    rewrapped: Vec<(String, String, i64, String)>,
    #[serde(default)]
    imported: Option<ImportedBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportedBody {
    from: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportedBody {
    #[serde(rename = "as")]
    form: String,
    records: u32,
}

impl ChangeBody {
    pub(super) fn read(self) -> Change {
        let put = |(item, kind, revision, sealed)| Put { item, kind, revision, sealed };
        Change {
            put: self.put.into_iter().map(put).collect(),
            removed: self.removed,
            rewrapped: self.rewrapped.into_iter().map(put).collect(),
            imported: self.imported.map(|imported| imported.from),
        }
    }
}

/// The session with its device, or the answer that says why there is none.
pub(super) async fn proven(
    host: &Host,
    session: Option<LoadedSession>,
    device: Option<keyward_core::id::DeviceId>,
) -> Result<Result<ProvenSession, Reply>, Failure> {
    let Some(loaded) = session else { return Ok(Err(no(401, "session-over"))) };
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(Err(no(401, "session-over"))) };
    Ok(ProvenSession::of(session, device).map_err(refused))
}

/// `GET /vault/changes?since=<counter>&after=<item>`: what changed after that place in the vault's history, in its order,
/// as much as one answer holds; the root comes last of all.
pub(crate) async fn changes(host: &Host) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let query = &host.head.query;
    let since = field(query, "since").and_then(|since| since.parse::<i64>().ok());
    let Some(since) = since.filter(|since| (0..1 << 53).contains(since)) else {
        return Ok(refused(VaultRefusal::Malformed { what: "since" }));
    };
    let after = field(query, "after").unwrap_or_else(|| LAST.to_owned());
    let mut answers = host.database.batch(load::proven_with_changes(&token.hash(), since, &after)).await?;
    let session = load::read_session(&mut answers)?;
    let device = load::read_session_device(&mut answers)?;
    let rows = load::read_vault_changes(&mut answers)?;
    let (counter, sequence) = load::read_vault_at(&mut answers)?.unwrap_or_default();
    let consent = load_escrow::read_consent(&mut answers)?;
    Ok(match proven(host, session, device).await? {
        Ok(session) if escrow::is_held(session.session(), &consent, host.now) => {
            refused(VaultRefusal::EscrowDue)
        }
        Ok(_) => json(200, &serde_json::json!({ "counter": counter, "sequence": sequence, "rows": rows })),
        Err(reply) => reply,
    })
}

/// `POST /vault/change`: the next state of the vault, whole or not at all.
pub(crate) async fn change(host: &Host, body: &str) -> Result<Reply, Failure> {
    take(host, body, |session, counter, change, now| {
        items::change(session, counter, change, now, &mut OsRandom)
    })
    .await
}

/// `POST /vault/keys/move`: a part of what is in the vault, under its new key.
pub(crate) async fn move_on(host: &Host, body: &str) -> Result<Reply, Failure> {
    take(host, body, items::move_on).await
}

type Decide = fn(&ProvenSession, Option<i64>, &Change, Timestamp) -> Result<Decision<i64>, VaultRefusal>;

async fn take(host: &Host, body: &str, decide: Decide) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let Ok(sent) = serde_json::from_str::<ChangeBody>(body) else { return Ok(no(400, "vault-malformed")) };
    let change = sent.read();
    for _ in 0..ATTEMPTS {
        let mut answers = host.database.batch(load::proven_with_counter(&token.hash())).await?;
        let session = load::read_session(&mut answers)?;
        let device = load::read_session_device(&mut answers)?;
        let counter = load::read_vault_counter(&mut answers)?;
        let consent = load_escrow::read_consent(&mut answers)?;
        let session = match proven(host, session, device).await? {
            Ok(session) => session,
            Err(reply) => return Ok(reply),
        };
        if escrow::is_held(session.session(), &consent, host.now) {
            return Ok(refused(VaultRefusal::EscrowDue));
        }
        let decision = match decide(&session, counter, &change, host.now) {
            Ok(decision) => decision,
            Err(refusal) => return Ok(refused(refusal)),
        };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(json(200, &serde_json::json!({ "counter": decision.outcome })));
        }
    }
    // The vault is where it was, and what was sent does not fit it: a revision is another, or there is no room.
    Ok(refused(VaultRefusal::Changed))
}

/// `POST /vault/exported`: whether the vault may go into a file now. That it did is written down.
pub(crate) async fn exported(host: &Host, body: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let Ok(sent) = serde_json::from_str::<ExportedBody>(body) else { return Ok(no(400, "vault-malformed")) };
    let mut answers = host.database.batch(load::proven_with_sign_in(&token.hash())).await?;
    let session = load::read_session(&mut answers)?;
    let device = load::read_session_device(&mut answers)?;
    let authenticated_at = load::read_authenticated_at(&mut answers)?;
    let session = match proven(host, session, device).await? {
        Ok(session) => session,
        Err(reply) => return Ok(reply),
    };
    let ExportedBody { form, records } = sent;
    let decision = items::export(&session, authenticated_at, &form, records, host.now, &mut OsRandom);
    match decision {
        Ok(decision) if host.commit(&decision).await? == Committed::Yes => {
            Ok(json(200, &serde_json::json!({})))
        }
        Ok(_) => Err(Failure::Busy),
        Err(refusal) => Ok(refused(refusal)),
    }
}
