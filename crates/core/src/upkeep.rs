//! How long rows are kept that nobody needs any longer.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::sp_key::KEPT;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What may go: rows whose end, or whose time, is before these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizons {
    /// Requests and questions. A day more than they count: a late answer is told apart from one to nothing.
    pub pending: Timestamp,
    /// Links to claim accounts. A month more than they were good: whoever opens one late is told that it is over.
    pub claims: Timestamp,
    /// Used assertions. A day more than they could be presented: nobody's clock is off by that, and no policy grows by that.
    pub assertions: Timestamp,
    /// Sessions. A month more than they could last: the question whether this is you knows who was signed in here.
    pub sessions: Timestamp,
    /// Events that are nobody's: what strangers typed.
    pub nobodys_events: Timestamp,
    /// Messages in the SAML log.
    pub saml_messages: Timestamp,
    /// Keys of ours that are no longer in use.
    pub sp_keys: Timestamp,
    /// Idempotency-Keys: a request that is sent again is sent again soon.
    pub keys: Timestamp,
    /// Tokens of the API. A month more than they lasted: whoever looks for one in the list sees why it does nothing.
    pub api_tokens: Timestamp,
    /// Browsers in which somebody showed a factor: longer ago than any policy lets one be remembered.
    pub browsers: Timestamp,
    /// Test sign-ins with their reports, an hour after they could be answered: they are about a person.
    pub trials: Timestamp,
    /// Vaults that a fresh one took the place of: each says itself until when it is kept.
    pub former_vaults: Timestamp,
    /// What each organisation keeps of its audit log counts from here.
    pub now: Timestamp,
    /// Organisations that were deleted, with all that is left of them.
    pub deleted_tenants: Timestamp,
    /// Notices by mail, sent or not.
    pub mail: Timestamp,
    /// What admins did to a vault. A device that was not used for a year is told no more.
    pub vault_notices: Timestamp,
}

impl Horizons {
    /// Now.
    pub fn at(now: Timestamp) -> Horizons {
        Horizons {
            pending: now.minus(DAY),
            claims: now.minus(DAY * 30),
            assertions: now.minus(DAY),
            sessions: now.minus(DAY * 30),
            nobodys_events: now.minus(DAY * 30),
            saml_messages: now.minus(DAY * 30),
            sp_keys: now.minus(KEPT),
            keys: now.minus(DAY),
            api_tokens: now.minus(DAY * 30),
            browsers: now.minus(DAY * 365),
            trials: now.minus(DAY / 24),
            former_vaults: now,
            now,
            deleted_tenants: now.minus(DAY * 30),
            mail: now.minus(DAY * 30),
            vault_notices: now.minus(DAY * 365),
        }
    }
}
