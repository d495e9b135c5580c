//! What escrow's decisions are as statements.

use keyward_core::escrow::{EscrowGuard, EscrowWrite, ForgetStep, RestoreStep, RetireStep};
use keyward_core::id::{ConnectionId, DeviceId, UserId};

use super::Statement;
use super::statement::statement;

pub(super) fn guard(guard: &EscrowGuard) -> Statement {
    match guard {
        EscrowGuard::AdminRequests { tenant, user, device, now, most } => {
            statement!("guard_admin_requests", tenant.as_str(), user.as_str(), device.as_str(), *now, *most)
        }
        EscrowGuard::Asked { tenant, user, device, wants_fresh, until } => statement!(
            "guard_admin_asked",
            tenant.as_str(),
            user.as_str(),
            device.as_str(),
            *wants_fresh,
            *until
        ),
        EscrowGuard::FreshFor { tenant, user, device, encryption, signing } => statement!(
            "guard_fresh_for",
            tenant.as_str(),
            user.as_str(),
            device.as_str(),
            encryption.as_str(),
            signing.as_str()
        ),
        EscrowGuard::TenantSequence { tenant, sequence } => {
            statement!("guard_tenant_sequence", tenant.as_str(), *sequence)
        }
        EscrowGuard::NobodyHolds { tenant } => statement!("guard_nobody_holds", tenant.as_str()),
        EscrowGuard::GrantsHeld { tenant, admin, account, count } => {
            statement!("guard_grants_held", tenant.as_str(), admin.as_str(), *account, *count)
        }
        EscrowGuard::Former { tenant, user, ended_at } => {
            statement!("guard_former_vault", tenant.as_str(), user.as_str(), *ended_at)
        }
        EscrowGuard::Locked { tenant, user, version } => {
            statement!("guard_user_locked", tenant.as_str(), user.as_str(), *version)
        }
    }
}

pub(super) fn write(write: &EscrowWrite) -> Statement {
    match write {
        EscrowWrite::Statement { tenant, sequence, statement, is_anew, by, at } => statement!(
            "insert_tenant_statement",
            tenant.as_str(),
            *sequence,
            statement.as_str(),
            *is_anew,
            by.as_str(),
            *at
        ),
        EscrowWrite::Forget { tenant, step } => match step {
            ForgetStep::Escrow => statement!("delete_escrow_of_tenant", tenant.as_str()),
            ForgetStep::Consents => statement!("delete_consents_of_tenant", tenant.as_str()),
            ForgetStep::Grants => statement!("delete_grants_of_tenant", tenant.as_str()),
            ForgetStep::Statements => statement!("delete_tenant_statements", tenant.as_str()),
        },
        EscrowWrite::KitMade { tenant, sequence, at } => {
            statement!("update_tenant_kit", tenant.as_str(), *sequence, *at)
        }
        EscrowWrite::Grant { tenant, admin, sequence, purpose, admin_sequence, wrap, by, at } => statement!(
            "upsert_tenant_grant",
            tenant.as_str(),
            admin.as_str(),
            *sequence,
            purpose.as_str(),
            *admin_sequence,
            wrap.as_str(),
            by.as_str(),
            *at,
        ),
        EscrowWrite::Revoke { tenant, admin } => {
            statement!("delete_tenant_grants", tenant.as_str(), admin.as_str())
        }
        EscrowWrite::Asked { tenant, user, at } => {
            statement!("insert_escrow_asked", tenant.as_str(), user.as_str(), *at)
        }
        EscrowWrite::Consented { tenant, user, tenant_sequence, at } => {
            statement!("upsert_escrow_consent", tenant.as_str(), user.as_str(), *tenant_sequence, *at)
        }
        EscrowWrite::Seal { tenant, user, purpose, sequence, tenant_sequence, wrap, at } => statement!(
            "upsert_escrow",
            tenant.as_str(),
            user.as_str(),
            purpose.as_str(),
            *sequence,
            *tenant_sequence,
            wrap.as_str(),
            *at,
        ),
        EscrowWrite::Unseal { tenant, user } => {
            statement!("delete_escrow", tenant.as_str(), user.as_str())
        }
        EscrowWrite::Withdrawn { tenant, user } => {
            statement!("update_escrow_withdrawn", tenant.as_str(), user.as_str())
        }
        EscrowWrite::AskAdmin { tenant, user, device, wants_fresh, connection, expires_at } => statement!(
            "update_request_admin",
            tenant.as_str(),
            user.as_str(),
            device.as_str(),
            *wants_fresh,
            connection.as_ref().map(ConnectionId::as_str),
            *expires_at,
        ),
        EscrowWrite::ForgetVotes { tenant, user, device } => {
            statement!("delete_device_votes", tenant.as_str(), user.as_str(), device.as_str())
        }
        EscrowWrite::Vote { tenant, user, device, admin, at } => statement!(
            "insert_device_vote",
            tenant.as_str(),
            user.as_str(),
            device.as_str(),
            admin.as_str(),
            *at
        ),
        EscrowWrite::Answer { tenant, user, device, answer, admin, at } => statement!(
            "insert_device_answer",
            tenant.as_str(),
            user.as_str(),
            device.as_str(),
            *answer,
            admin.as_str(),
            *at,
        ),
        EscrowWrite::Notice { tenant, user, id, kind, admin, device, recipient, at } => statement!(
            "insert_vault_notice",
            tenant.as_str(),
            user.as_str(),
            id.as_str(),
            *kind,
            admin.as_str(),
            device.as_ref().map(DeviceId::as_str),
            recipient.as_ref().map(UserId::as_str),
            *at,
        ),
        EscrowWrite::Seen { tenant, user, notices, device, at } => statement!(
            "insert_vault_notices_seen",
            tenant.as_str(),
            user.as_str(),
            notices.as_str(),
            device.as_str(),
            *at
        ),
        EscrowWrite::Retired { tenant, user, at, clears_at, by } => {
            statement!("insert_former_vault", tenant.as_str(), user.as_str(), *at, *clears_at, by.as_str())
        }
        EscrowWrite::Retire { tenant, user, step, at, clears_at } => {
            let (tenant, user) = (tenant.as_str(), user.as_str());
            match step {
                RetireStep::Keep => {
                    statement!("insert_former_vault_parts", tenant, user, *at, *clears_at)
                }
                RetireStep::Proofs => statement!("delete_proofs_of_user", tenant, user),
                RetireStep::Devices => statement!("delete_devices_of_user", tenant, user),
                RetireStep::Recovery => statement!("delete_vault_recovery", tenant, user),
                RetireStep::Escrow => statement!("delete_escrow", tenant, user),
                RetireStep::Consent => statement!("update_escrow_withdrawn", tenant, user),
                RetireStep::Grants => statement!("delete_tenant_grants", tenant, user),
                RetireStep::Handovers => statement!("delete_handovers_of_user", tenant, user),
                RetireStep::Contents => statement!("delete_vault_contents", tenant, user),
                RetireStep::Statements => statement!("delete_vault_statements", tenant, user),
            }
        }
        EscrowWrite::Restore { tenant, user, step, ended_at } => {
            let (tenant, user) = (tenant.as_str(), user.as_str());
            match step {
                RestoreStep::Statements => statement!("insert_former_statements", tenant, user, *ended_at),
                RestoreStep::Devices => statement!("insert_former_devices", tenant, user, *ended_at),
                RestoreStep::Recovery => statement!("insert_former_recovery", tenant, user, *ended_at),
                RestoreStep::Contents => statement!("insert_former_contents", tenant, user, *ended_at),
                RestoreStep::Parts => statement!("delete_former_parts_of_user", tenant, user, *ended_at),
                RestoreStep::Gone => statement!("delete_former_vault", tenant, user, *ended_at),
            }
        }
        EscrowWrite::HandOver { tenant, owner, recipient, sequence, wrap, by, at } => statement!(
            "upsert_vault_handover",
            tenant.as_str(),
            owner.as_str(),
            recipient.as_str(),
            *sequence,
            wrap.as_str(),
            by.as_str(),
            *at,
        ),
        EscrowWrite::TakenOver { tenant, owner, recipient } => {
            statement!("delete_vault_handover", tenant.as_str(), owner.as_str(), recipient.as_str())
        }
        EscrowWrite::KeepsVault { tenant, owner } => {
            statement!("delete_handovers_of_owner", tenant.as_str(), owner.as_str())
        }
        EscrowWrite::TwoPersons { tenant, are_needed } => {
            statement!("update_tenant_two_persons", tenant.as_str(), *are_needed)
        }
        EscrowWrite::Published { tenant, domain, fingerprint } => {
            statement!("update_domain_escrow", tenant.as_str(), domain.as_str(), fingerprint.as_deref())
        }
    }
}
