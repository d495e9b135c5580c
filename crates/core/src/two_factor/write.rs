//! What decisions about second factors rest on and change.

use keyward_saml::Timestamp;

use crate::id::{DeviceId, EventId, FactorId, TenantId, UserId};
use crate::policy::Method;
use crate::random::TokenHash;

use super::webauthn::{Ceremony, Credential};

/// What has to hold still.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of what each one names")]
pub enum FactorGuard {
    /// The person has none yet.
    None { tenant: TenantId, user: UserId },
    /// No more codes were wrong than may be.
    Failures {
        tenant: TenantId,
        user: UserId,
        session: TokenHash,
        network: String,
        is_known_browser: bool,
        now: Timestamp,
    },
    /// The factor is there, and no later use of it was counted: a counter of 0 counts nothing.
    Counter { tenant: TenantId, user: UserId, id: FactorId, counter: i64 },
    /// The session has no more challenges than these.
    Challenges { tenant: TenantId, session: TokenHash, now: Timestamp, most: i64 },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of what each one names")]
pub enum FactorWrite {
    /// An authenticator app.
    AddApp { tenant: TenantId, user: UserId, id: FactorId, name: String, sealed: String, at: Timestamp },
    /// A passkey or a security key.
    AddPasskey {
        tenant: TenantId,
        user: UserId,
        id: FactorId,
        name: String,
        credential: Credential,
        at: Timestamp,
    },
    /// It was used; the counter of an app is 0.
    Use { tenant: TenantId, user: UserId, id: FactorId, counter: i64, at: Timestamp },
    /// A step's code is used up.
    UseStep { tenant: TenantId, user: UserId, id: FactorId, step: i64, at: Timestamp },
    /// A backup code is used up.
    UseCode { tenant: TenantId, user: UserId, hash: String, at: Timestamp },
    /// A challenge is used up.
    UseChallenge { tenant: TenantId, challenge: TokenHash, at: Timestamp },
    /// A challenge for an authenticator.
    Challenge {
        tenant: TenantId,
        challenge: TokenHash,
        session: TokenHash,
        ceremony: Ceremony,
        device: Option<DeviceId>,
        at: Timestamp,
        expires_at: Timestamp,
    },
    /// One is gone.
    Remove { tenant: TenantId, user: UserId, id: FactorId },
    /// All are.
    RemoveAll { tenant: TenantId, user: UserId },
    /// Backup codes; `hashes` is a JSON array.
    AddCodes { tenant: TenantId, user: UserId, hashes: String, at: Timestamp },
    /// None are left.
    RemoveCodes { tenant: TenantId, user: UserId },
    /// One was shown in a session.
    Show { tenant: TenantId, user: UserId, session: TokenHash, method: Method, at: Timestamp },
    /// What was shown in other sessions counts no more; `except` is empty where it is all.
    ForgetShown { tenant: TenantId, user: UserId, except: String },
    /// One was shown in a browser; `remembered_at` is 0 where it is asked again.
    KnowBrowser {
        tenant: TenantId,
        user: UserId,
        browser: TokenHash,
        method: Method,
        remembered_at: Timestamp,
        at: Timestamp,
    },
    /// No browser is known or remembered any more.
    ForgetBrowsers { tenant: TenantId, user: UserId },
    /// One is not any more.
    ForgetBrowser { tenant: TenantId, user: UserId, browser: TokenHash },
    /// None but one is.
    ForgetOtherBrowsers { tenant: TenantId, user: UserId, browser: TokenHash },
    /// A code was wrong.
    Fail {
        tenant: TenantId,
        user: UserId,
        id: EventId,
        session: TokenHash,
        network: String,
        is_unknown: bool,
        at: Timestamp,
    },
}
