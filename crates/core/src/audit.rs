//! What is written down about what happened (PRODUCT.md §9).

use keyward_saml::Timestamp;

use crate::id::{ConnectionId, EventId, NodeId, TenantId, UserId};
use crate::random::{Random, Reference};

/// The name of an event, as the field uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody signed in.
    Login,
    /// Somebody did not.
    LoginFailure,
    /// Somebody signed out.
    Logout,
    /// A connection was changed.
    SsoUpdated,
    /// An account was made.
    CreateUser,
    /// A device may open the vault.
    DeviceApproved,
    /// A role was given.
    AddedToRole,
    /// A role was taken.
    RemovedFromRole,
    /// A domain was proved to be the organisation's.
    DomainReserved,
    /// It no longer is; with a code, it will not be.
    DomainLost,
    /// An IdP's certificate ends soon, or has.
    CertificateExpiring,
    /// An IdP's certificates were taken over from its metadata.
    MetadataRefreshed,
    /// They were not.
    MetadataRefreshFailed,
    /// An account was not made, since no seat is free.
    OutOfSeats,
}

impl Event {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Login => "login",
            Event::LoginFailure => "login_failure",
            Event::Logout => "logout",
            Event::SsoUpdated => "sso_updated",
            Event::CreateUser => "create_user",
            Event::DeviceApproved => "device_approved",
            Event::AddedToRole => "added_to_role",
            Event::RemovedFromRole => "removed_from_role",
            Event::DomainReserved => "domain_reserved",
            Event::DomainLost => "domain_lost",
            Event::CertificateExpiring => "certificate_expiring",
            Event::MetadataRefreshed => "metadata_refreshed",
            Event::MetadataRefreshFailed => "metadata_refresh_failed",
            Event::OutOfSeats => "out_of_seats",
        }
    }
}

/// Whose log an event belongs to, and where in the tenant it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// `None`: nobody's, as with an unknown domain; the operator's to read.
    pub tenant: Option<TenantId>,
    /// The connection, where one is known.
    pub connection: Option<ConnectionId>,
    /// The node, where one is known.
    pub node: Option<NodeId>,
}

/// One entry of the audit log. The host adds the address and the user agent that the request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id.
    pub id: EventId,
    /// Where it belongs.
    pub scope: Scope,
    /// When.
    pub time: Timestamp,
    /// What.
    pub event: Event,
    /// The refusal's code; `None` where it succeeded.
    pub code: Option<&'static str>,
    /// What the person was shown.
    pub reference: Option<Reference>,
    /// Who did it.
    pub actor: Option<UserId>,
    /// Whom it was done to.
    pub subject: Option<UserId>,
    /// Why, in a sentence for admins; empty where the event says it all.
    pub detail: String,
}

impl AuditEvent {
    /// An event that nobody in particular did, of nobody in particular.
    pub(crate) fn of_system(
        event: Event,
        scope: &Scope,
        detail: String,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> AuditEvent {
        AuditEvent {
            id: EventId::generate(rng),
            scope: scope.clone(),
            time: now,
            event,
            code: None,
            reference: None,
            actor: None,
            subject: None,
            detail,
        }
    }

    /// An event that succeeded, of and by one person.
    pub(crate) fn of_user(
        event: Event,
        user: &UserId,
        scope: &Scope,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> AuditEvent {
        AuditEvent {
            id: EventId::generate(rng),
            scope: scope.clone(),
            time: now,
            event,
            code: None,
            reference: None,
            actor: Some(user.clone()),
            subject: Some(user.clone()),
            detail: String::new(),
        }
    }
}
