//! What decisions about admins outside single sign-on rest on and change.

use core::net::IpAddr;

use keyward_saml::Timestamp;

use crate::address::Email;
use crate::id::{EventId, TenantId, UserId};
use crate::random::{Reference, TokenHash};

/// What has to hold still.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of what each one names")]
pub enum OutsideGuard {
    /// The password and the recovery code are those that were judged.
    Credential { tenant: TenantId, user: UserId, version: i64 },
    /// Who of the organisation can sign in outside is as it was judged.
    Unchanged { tenant: TenantId, version: i64 },
    /// No more passwords were wrong than may be: in this browser, where it is known, and elsewhere without one.
    Failures { email: TokenHash, network: String, browser: Option<TokenHash>, now: Timestamp },
    /// The first run is open, and has made this organisation, or none.
    SetUp { tenant: Option<TenantId> },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of what each one names")]
pub enum OutsideWrite {
    /// Somebody can sign in outside from now on, or with another password.
    Put {
        tenant: TenantId,
        user: UserId,
        email: Email,
        verifier: TokenHash,
        from: Option<IpAddr>,
        at: Timestamp,
    },
    /// Another password, and the recovery code that is left.
    PutPassword {
        tenant: TenantId,
        user: UserId,
        verifier: TokenHash,
        recovery: Option<TokenHash>,
        at: Timestamp,
    },
    /// Another recovery code.
    PutRecovery { tenant: TenantId, user: UserId, recovery: TokenHash, at: Timestamp },
    /// They cannot any longer.
    Remove { tenant: TenantId, user: UserId },
    /// From where somebody signed in last, and when.
    CameFrom { tenant: TenantId, user: UserId, from: Option<IpAddr>, at: Timestamp },
    /// Who of the organisation can sign in outside may be others now.
    Renew { tenant: TenantId },
    /// A password was wrong.
    Fail { email: TokenHash, id: EventId, network: String, browser: TokenHash, at: Timestamp },
    /// A refusal is the first of its kind within an hour.
    Tell { email: TokenHash, code: &'static str, hour: Timestamp, event: EventId, reference: Reference },
    /// It came again.
    Again { event: EventId },
    /// A link by which somebody sets a password; `None`: whoever opens it makes the account.
    OfferLink {
        tenant: TenantId,
        token: TokenHash,
        user: Option<UserId>,
        at: Timestamp,
        expires_at: Timestamp,
    },
    /// The links before it are no longer good.
    WithdrawLinks { tenant: TenantId, user: Option<UserId> },
    /// It is used.
    UseLink { tenant: TenantId, token: TokenHash, at: Timestamp },
    /// The tokens of the API that set the organisation up do nothing any longer, nor those that they made.
    EndSetUpTokens { tenant: TenantId, at: Timestamp },
    /// The first run made this organisation.
    BeginSetUp { tenant: TenantId },
    /// It is over: where it was this organisation's, or in any case.
    CloseSetUp { tenant: Option<TenantId>, at: Timestamp },
}
