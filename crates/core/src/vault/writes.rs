//! What changes in the database where a vault does.

use core::fmt;

use keyward_saml::Timestamp;

use crate::devices::Asking;
use crate::id::{DeviceId, TenantId, UserId};
use crate::random::TokenHash;
use crate::session::SessionFacts;

/// A device as the server knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Whose.
    pub tenant: TenantId,
    /// Of whom.
    pub user: UserId,
    /// Its ID, which it made.
    pub id: DeviceId,
    /// Base64 of its ECDH key.
    pub encryption: String,
    /// Base64 of its ECDSA key.
    pub signing: String,
    /// The number of the statement that the vault key is of.
    pub sequence: i64,
    /// Base64 of the vault key for it.
    pub wrap: String,
    /// Base64 of what opens the wrap beside its key.
    pub share: String,
    /// When.
    pub at: Timestamp,
}

impl fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewDevice({})", self.id.as_str())
    }
}

/// What a recovery phrase opens, all base64.
#[derive(Clone, PartialEq, Eq)]
pub struct PhraseLock {
    /// The private half of a pair, under the phrase.
    pub locked: String,
    /// Its public half.
    pub encryption: String,
    /// The vault key for the pair.
    pub wrap: String,
}

impl fmt::Debug for PhraseLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhraseLock")
    }
}

/// One change of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultWrite {
    /// A statement of a person's keys.
    State {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Its number, from 1.
        sequence: i64,
        /// Base64 of it.
        statement: String,
        /// When.
        at: Timestamp,
    },
    /// The first revision of something sealed.
    Seal {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Its ID.
        item: &'static str,
        /// What it is.
        kind: &'static str,
        /// Base64 of it.
        sealed: String,
        /// When.
        at: Timestamp,
    },
    /// Things of a vault are removed.
    Remove {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// JSON `[item, …]`.
        items: String,
    },
    /// Things of a vault, new or in their next revisions.
    Put {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// JSON `[[item, kind, revision, base64], …]`.
        put: String,
        /// The vault's counter then.
        counter: i64,
        /// When.
        at: Timestamp,
    },
    /// A device, with a wrap of the vault key.
    AddDevice(NewDevice),
    /// A device was used.
    UseDevice {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// A session comes from no device any more.
    ForgetProof {
        /// Whose.
        tenant: TenantId,
        /// Which session.
        token: TokenHash,
    },
    /// The vault is locked in a device; at 0, it is not any more.
    LockDevice {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// A session does nothing more until a passkey was shown in it.
    LockSession {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// It goes on.
    WakeSession {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// A session comes from a device that it proved, and a passkey opened there what was locked.
    UnlockDevice {
        /// Which session.
        session: Box<SessionFacts>,
        /// Which device.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// A device asks to be let in.
    Ask {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// What it says of itself.
        asking: Asking,
        /// When.
        at: Timestamp,
        /// Until when it may be answered.
        expires_at: Timestamp,
    },
    /// It is answered.
    Answer {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which device asked.
        device: DeviceId,
        /// `approved` or `denied`.
        answer: &'static str,
        /// Which device answered.
        by: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// A device may not be used, or may again.
    Block {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        device: DeviceId,
        /// Since when; `None` where it may.
        since: Option<Timestamp>,
    },
    /// No session comes from a device any more.
    ForgetProofs {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which device.
        device: DeviceId,
    },
    /// A device is gone; what sessions proved of it went before.
    RemoveDevice {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        device: DeviceId,
    },
    /// A recovery phrase, and the vault key for it.
    SetRecovery {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The number of the statement that the vault key is of.
        sequence: i64,
        /// What the phrase opens, and the vault key for that.
        phrase: PhraseLock,
        /// The SHA-256 of the proof, hex.
        proof: String,
        /// When.
        at: Timestamp,
    },
    /// Every device that is to have the vault key of the new statement gets its wrap of it.
    Rewrap {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The number of the statement.
        sequence: i64,
        /// JSON `[[device, wrap, share], …]`.
        wraps: String,
    },
    /// No session comes any more from a device without a wrap of the new vault key.
    ForgetUnwrapped {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The number of the statement.
        sequence: i64,
    },
    /// Those devices are gone; what sessions proved of them went before.
    DropUnwrapped {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The number of the statement.
        sequence: i64,
    },
    /// The recovery phrase gets the vault key of the new statement, or is gone.
    RewrapRecovery {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The number of the statement.
        sequence: i64,
        /// Base64 of the wrap.
        wrap: Option<String>,
    },
    /// Who waits to be let in asks anew: their words stand for the keys that were.
    DropRequests {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
    },
    /// The session comes from a device.
    ProveDevice {
        /// The session.
        session: Box<SessionFacts>,
        /// The device.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
}
