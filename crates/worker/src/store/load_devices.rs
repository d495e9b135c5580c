//! Asking about a person's devices: those that they have, those that want to be let in, and the recovery phrase.

use keyward_core::TokenHash;
use keyward_core::devices::{RecoveryFacts, RequestFacts};
use keyward_core::vault::PhraseLock;
use keyward_saml::Timestamp;

use super::load::whole_session;
use super::load_escrow;
use super::rows::{DeviceRequestRow, DeviceRow, VaultRecoveryRow};
use super::statement::statement;
use super::{Answers, Statement, StoreError};

/// All of it, with the session, its device, the statements of its person's keys and the counter of their vault.
pub(crate) fn devices(token: &TokenHash, now: Timestamp) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        statement!("load_vault_statements", token.as_str()),
        statement!("load_vault_counter", token.as_str()),
        statement!("load_device_requests", token.as_str(), now),
        statement!("load_devices", token.as_str()),
        statement!("load_vault_recovery", token.as_str()),
        statement!("load_vault_keys", token.as_str()),
        statement!("load_escrow", token.as_str()),
        load_escrow::former_phrases(token),
    ]
}

/// The requests that have not expired.
pub(crate) fn read_requests(answers: &mut impl Answers) -> Result<Vec<RequestFacts>, StoreError> {
    answers.rows::<DeviceRequestRow>()?.into_iter().map(TryInto::try_into).collect()
}

/// A device, as lists show it.
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) created_at: i64,
    /// 0 where it was not used since it was let in.
    pub(crate) last_used_at: i64,
    pub(crate) is_blocked: bool,
}

/// The devices.
pub(crate) fn read_devices(answers: &mut impl Answers) -> Result<Vec<Listed>, StoreError> {
    let listed = |DeviceRow { id, created_at, last_used_at, blocked_at }| Listed {
        id,
        created_at,
        last_used_at,
        is_blocked: blocked_at.is_some(),
    };
    Ok(answers.rows::<DeviceRow>()?.into_iter().map(listed).collect())
}

/// What the recovery phrase opens.
pub(crate) fn read_recovery(answers: &mut impl Answers) -> Result<Option<RecoveryFacts>, StoreError> {
    let facts = |row: VaultRecoveryRow| RecoveryFacts {
        sequence: row.sequence,
        since: row.since,
        phrase: PhraseLock { locked: row.locked, encryption: row.encryption, wrap: row.wrap },
        proof: row.proof,
        created_at: Timestamp::from_millis(row.created_at),
    };
    Ok(answers.row::<VaultRecoveryRow>()?.map(facts))
}
