//! What is written down about what happened.

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
    /// Somebody was given a link to claim an account.
    AccountClaimOffered,
    /// An account that existed outside a connection signs in by it from now on.
    AccountClaimed,
    /// A connection's accounts are found once by their e-mails, under their new names.
    ConnectionMigrated,
    /// An admin looked at a message of the SAML log.
    SamlMessageRead,
    /// A first sign-in was let make an account, by its connection.
    AutoInviteUser,
    /// An account was made.
    CreateUser,
    /// A device may open the vault.
    DeviceApproved,
    /// A device asked to be let in.
    DeviceApprovalRequested,
    /// An admin let a device in.
    DeviceApprovedByAdmin,
    /// A device was not let in, or is out again.
    DeviceDenied,
    /// Records came from a file of another program's.
    ImportedRecords,
    /// A vault went into a file.
    ExportedRecords,
    /// Somebody has a recovery phrase now.
    AccountRecoverySetup,
    /// A recovery phrase was used; with a code, it was none.
    AccountRecoveryUsed,
    /// The keys of a vault were changed.
    VaultKeysChanged,
    /// An admin let somebody begin a fresh vault.
    FreshVaultApproved,
    /// Somebody went back to the vault that a fresh one had taken the place of.
    FormerVaultReturned,
    /// An admin was given what opens a person's vault.
    EscrowOpened,
    /// The organisation's keys for escrow were made.
    EscrowKeysMade,
    /// They were changed.
    EscrowKeysChanged,
    /// Nobody held an organisation's keys any more: others began, which those before did not sign.
    EscrowKeysBegunAnew,
    /// A recovery kit was made of them.
    EscrowKitMade,
    /// An admin was given them.
    EscrowKeysShared,
    /// Somebody consented to escrow.
    AcceptTransfer,
    /// Somebody took that back.
    EscrowWithdrawn,
    /// A vault was handed over.
    VaultTransferred,
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
    /// Somebody did not sign in, since their roles do not let them come from there.
    LoginFailedIpAllowList,
    /// A node was made.
    NodeCreated,
    /// A node was renamed, or gives other roles by default.
    NodeChanged,
    /// A node is gone.
    NodeDeleted,
    /// The organisation was made or changed.
    TenantChanged,
    /// A token of the API was made.
    TokenCreated,
    /// It was ended.
    TokenRevoked,
    /// An account was moved or renamed, or opens in another way.
    UserChanged,
    /// Its owner may not sign in.
    LockUser,
    /// They may again.
    UnlockUser,
    /// An account is a tombstone.
    DeleteUser,
    /// A role was made.
    RoleCreated,
    /// A role carries something else.
    RoleEnforcementChanged,
    /// A role is gone.
    RoleDeleted,
    /// A connection's draft is what members sign in with.
    ConnectionActivated,
    /// A draft was tried; with a code, nobody could have signed in.
    ConnectionTested,
    /// Nobody signs in by a connection.
    ConnectionDisabled,
    /// A domain's record is looked for.
    DomainClaimed,
    /// A domain leads elsewhere.
    DomainChanged,
    /// Somebody has a second factor more.
    SetTwoFactorOn,
    /// One less, or none any longer.
    SetTwoFactorOff,
    /// Somebody can sign in outside single sign-on from now on.
    OutsideGiven,
    /// They cannot any longer.
    OutsideTaken,
    /// Who signs in outside has another password; with a code, they have not.
    PasswordChanged,
}

impl Event {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Login => "login",
            Event::LoginFailure => "login_failure",
            Event::Logout => "logout",
            Event::SsoUpdated => "sso_updated",
            Event::AccountClaimOffered => "account_claim_offered",
            Event::AccountClaimed => "account_claimed",
            Event::ConnectionMigrated => "connection_migrated",
            Event::SamlMessageRead => "saml_message_read",
            Event::AutoInviteUser => "auto_invite_user",
            Event::CreateUser => "create_user",
            Event::DeviceApproved => "device_approved",
            Event::DeviceApprovalRequested => "device_approval_requested",
            Event::DeviceApprovedByAdmin => "device_approved_by_admin",
            Event::FreshVaultApproved => "fresh_vault_approved",
            Event::FormerVaultReturned => "former_vault_returned",
            Event::EscrowOpened => "escrow_opened",
            Event::EscrowKeysMade => "escrow_keys_made",
            Event::EscrowKeysChanged => "escrow_keys_changed",
            Event::EscrowKeysBegunAnew => "escrow_keys_begun_anew",
            Event::EscrowKitMade => "escrow_kit_made",
            Event::EscrowKeysShared => "escrow_keys_shared",
            Event::AcceptTransfer => "accept_transfer",
            Event::EscrowWithdrawn => "escrow_withdrawn",
            Event::VaultTransferred => "vault_transferred",
            Event::DeviceDenied => "device_denied",
            Event::ImportedRecords => "imported_records",
            Event::ExportedRecords => "exported_records",
            Event::AccountRecoverySetup => "account_recovery_setup",
            Event::AccountRecoveryUsed => "account_recovery_used",
            Event::VaultKeysChanged => "vault_keys_changed",
            Event::AddedToRole => "added_to_role",
            Event::RemovedFromRole => "removed_from_role",
            Event::DomainReserved => "domain_reserved",
            Event::DomainLost => "domain_lost",
            Event::CertificateExpiring => "certificate_expiring",
            Event::MetadataRefreshed => "metadata_refreshed",
            Event::MetadataRefreshFailed => "metadata_refresh_failed",
            Event::OutOfSeats => "out_of_seats",
            Event::LoginFailedIpAllowList => "login_failed_ip_allow_list",
            Event::NodeCreated => "node_created",
            Event::NodeChanged => "node_changed",
            Event::NodeDeleted => "node_deleted",
            Event::TenantChanged => "tenant_changed",
            Event::TokenCreated => "token_created",
            Event::TokenRevoked => "token_revoked",
            Event::UserChanged => "user_changed",
            Event::LockUser => "lock_user",
            Event::UnlockUser => "unlock_user",
            Event::DeleteUser => "delete_user",
            Event::RoleCreated => "role_created",
            Event::RoleEnforcementChanged => "role_enforcement_changed",
            Event::RoleDeleted => "role_deleted",
            Event::ConnectionActivated => "connection_activated",
            Event::ConnectionTested => "connection_tested",
            Event::ConnectionDisabled => "connection_disabled",
            Event::DomainClaimed => "domain_claimed",
            Event::DomainChanged => "domain_changed",
            Event::SetTwoFactorOn => "set_two_factor_on",
            Event::SetTwoFactorOff => "set_two_factor_off",
            Event::OutsideGiven => "outside_sign_in_set_up",
            Event::OutsideTaken => "outside_sign_in_removed",
            Event::PasswordChanged => "password_changed",
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
            actor: Some(user.clone()),
            subject: Some(user.clone()),
            ..AuditEvent::of_system(event, scope, String::new(), now, rng)
        }
    }
}
