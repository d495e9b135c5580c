//! A decision as one batch: guards first, then writes in their order, then the audit log.

use keyward_core::audit::AuditEvent;
use keyward_core::decision::{NewConfirmation, NewSession};
use keyward_core::id::{ConnectionId, NodeId, TenantId, UserId};
use keyward_core::logout::IdpName;
use keyward_core::saml_log::{Failed, LoggedMessage, Proof};
use keyward_core::session::SessionsOf;
use keyward_core::upkeep::Horizons;
use keyward_core::vault::VaultWrite;
use keyward_core::{Decision, Guard, Reference, TokenHash, Write};
use keyward_saml::Timestamp;

use super::statement::statement;
use super::{Statement, admin, escrow, factors, mail, outside};

/// Where a request came from, for the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Visitor {
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    /// The session that it says it is of.
    pub(crate) session: Option<TokenHash>,
}

/// The statements; none where the decision changes nothing.
pub(crate) fn statements<T>(decision: &Decision<T>, visitor: &Visitor) -> Vec<Statement> {
    let guards = decision.guards.iter().map(guard);
    let writes = decision.writes.iter().map(|it| write(it, visitor));
    let audit = decision.audit.iter().map(|event| audit_event(event, visitor));
    guards.chain(writes).chain(audit).collect()
}

/// Removes a bounded number of the rows that nobody needs any longer.
pub(crate) fn clear(before: &Horizons) -> Vec<Statement> {
    vec![
        statement!("delete_expired_pending_login", before.pending),
        statement!("delete_expired_confirmation", before.pending),
        statement!("delete_expired_device_request", before.pending),
        statement!("delete_expired_claim", before.claims),
        statement!("delete_expired_factor_challenge", before.pending),
        statement!("delete_expired_factor_step", before.pending),
        statement!("delete_expired_factor_failure", before.pending),
        statement!("delete_expired_factor_browser", before.browsers),
        statement!("delete_expired_consumed_assertion", before.assertions),
        statement!("delete_expired_session", before.sessions),
        statement!("delete_nobodys_events", before.nobodys_events),
        statement!("delete_retired_sp_key", before.sp_keys),
        statement!("delete_expired_saml_message", before.saml_messages),
        statement!("delete_expired_pending_logout", before.pending),
        statement!("delete_expired_consumed_logout_request", before.assertions),
        statement!("delete_expired_idempotency_key", before.keys),
        statement!("delete_expired_operator_key", before.keys),
        statement!("delete_old_events", before.now),
        statement!("update_audit_cleared", before.now),
        statement!("delete_expired_api_token", before.api_tokens),
        statement!("delete_expired_trial", before.trials),
        statement!("delete_former_vault_parts", before.former_vaults),
        statement!("delete_former_vaults", before.former_vaults),
        statement!("delete_old_vault_notice", before.vault_notices),
        statement!("delete_old_mail", before.mail),
        statement!("delete_expired_outside_link", before.claims),
        statement!("delete_expired_outside_failure", before.pending),
        statement!("delete_expired_outside_refusal", before.pending),
    ]
}

fn guard(guard: &Guard) -> Statement {
    match guard {
        Guard::Admin(guard) => admin::guard(guard),
        Guard::Factor(guard) => factors::guard(guard),
        Guard::Escrow(guard) => escrow::guard(guard),
        Guard::Mail(guard) => mail::guard(guard),
        Guard::Outside(guard) => outside::guard(guard),
        Guard::ConnectionUnchanged { tenant, connection, version } => {
            statement!("guard_connection_unchanged", tenant.as_str(), connection.as_str(), *version)
        }
        Guard::ConnectionVersion { tenant, connection, version } => {
            statement!("guard_connection_version", tenant.as_str(), connection.as_str(), *version)
        }
        Guard::UserUnchanged { tenant, user, version } => {
            statement!("guard_user_unchanged", tenant.as_str(), user.as_str(), *version)
        }
        Guard::UserVersion { tenant, user, version } => {
            statement!("guard_user_claimable", tenant.as_str(), user.as_str(), *version)
        }
        Guard::ConfirmationStands { tenant, token } => {
            statement!("guard_confirmation_stands", tenant.as_str(), token.as_str())
        }
        Guard::IdentityMigrates { tenant, connection, user } => {
            statement!("guard_identity_migrates", tenant.as_str(), connection.as_str(), user.as_str())
        }
        Guard::DomainRoutes { tenant, domain, connection } => {
            statement!("guard_domain_routes", tenant.as_str(), domain.as_str(), connection.as_str())
        }
        Guard::IdentityUnpinned { tenant, connection, subject } => {
            statement!("guard_identity_unpinned", tenant.as_str(), connection.as_str(), subject.as_str(),)
        }
        Guard::DomainDue { tenant, domain, due_at } => {
            statement!("guard_domain_due", tenant.as_str(), domain.as_str(), *due_at)
        }
        Guard::MetadataDue { tenant, connection, due_at } => {
            statement!("guard_metadata_due", tenant.as_str(), connection.as_str(), *due_at)
        }
        Guard::CertificateDue { tenant, connection, fingerprint, due_at } => statement!(
            "guard_certificate_due",
            tenant.as_str(),
            connection.as_str(),
            fingerprint.as_str(),
            *due_at,
        ),
        Guard::DeviceTrusted { tenant, token, user, device } => statement!(
            "guard_device_trusted",
            tenant.as_str(),
            token.as_str(),
            user.as_str(),
            device.as_str(),
        ),
        Guard::DeviceThere { tenant, user, device } => {
            statement!("guard_device_there", tenant.as_str(), user.as_str(), device.as_str())
        }
        Guard::DeviceRequests { tenant, user, now, most } => {
            statement!("guard_device_requests", tenant.as_str(), user.as_str(), *now, *most)
        }
        Guard::VaultSequence { tenant, user, sequence } => {
            statement!("guard_vault_sequence", tenant.as_str(), user.as_str(), *sequence)
        }
        Guard::VaultAt { tenant, user, counter } => {
            statement!("guard_vault_at", tenant.as_str(), user.as_str(), *counter)
        }
        Guard::VaultRevisions { tenant, user, revisions } => {
            statement!("guard_vault_revisions", tenant.as_str(), user.as_str(), revisions.as_str())
        }
        Guard::VaultRoom { tenant, user, most } => {
            statement!("guard_vault_room", tenant.as_str(), user.as_str(), *most)
        }
        Guard::SeatFree { tenant } => statement!("guard_seat_free", tenant.as_str()),
    }
}

fn write(write: &Write, visitor: &Visitor) -> Statement {
    match write {
        Write::Vault(write) => vault(write),
        Write::Admin(write) => admin::write(write),
        Write::Factor(write) => factors::write(write),
        Write::Onboarding(write) => factors::onboarding(write),
        Write::Escrow(write) => escrow::write(write),
        Write::Mail(write) => mail::write(write),
        Write::Outside(write) => outside::write(write),
        Write::CreateUser { tenant, user, node, email, name, at } => statement!(
            "insert_user",
            tenant.as_str(),
            user.as_str(),
            node.as_str(),
            email.as_str(),
            name.as_str(),
            *at,
        ),
        Write::CreateIdentity { tenant, connection, subject, user, pinned, at } => statement!(
            "insert_identity",
            tenant.as_str(),
            connection.as_str(),
            subject.as_str(),
            user.as_str(),
            pinned.as_deref(),
            *at,
        ),
        Write::AddRole { tenant, user, role, source, at } => statement!(
            "insert_user_role",
            tenant.as_str(),
            user.as_str(),
            role.as_str(),
            source.as_str(),
            *at,
        ),
        Write::RemoveGroupRole { tenant, user, role } => {
            statement!("delete_group_role", tenant.as_str(), user.as_str(), role.as_str())
        }
        Write::PinIdentity { tenant, connection, subject, pinned } => statement!(
            "update_identity_pinned",
            tenant.as_str(),
            connection.as_str(),
            subject.as_str(),
            pinned.as_str(),
        ),
        Write::UpdateProfile { tenant, user, email, name } => {
            statement!("update_user_profile", tenant.as_str(), user.as_str(), email.as_str(), name.as_str())
        }
        Write::ClaimDomain { tenant, domain, token, at } => {
            statement!("insert_domain", tenant.as_str(), domain.as_str(), token.as_str(), *at)
        }
        Write::UpdateDomain {
            tenant,
            domain,
            status,
            attempts,
            missing_since,
            checked_at,
            next_check_at,
        } => statement!(
            "update_domain_checked",
            tenant.as_str(),
            domain.as_str(),
            status.as_str(),
            *attempts,
            *missing_since,
            *checked_at,
            *next_check_at,
        ),
        Write::PinCertificate { tenant, connection, fingerprint, certificate, at } => statement!(
            "insert_certificate",
            tenant.as_str(),
            connection.as_str(),
            fingerprint.as_str(),
            certificate.as_str(),
            *at,
        ),
        Write::MarkCertificate { tenant, connection, fingerprint, missing_since } => statement!(
            "update_certificate_missing",
            tenant.as_str(),
            connection.as_str(),
            fingerprint.as_str(),
            *missing_since,
        ),
        Write::UnpinCertificate { tenant, connection, fingerprint } => {
            statement!("delete_certificate", tenant.as_str(), connection.as_str(), fingerprint.as_str())
        }
        Write::LookAtCertificate { tenant, connection, fingerprint, at, next_at } => statement!(
            "update_certificate_looked_at",
            tenant.as_str(),
            connection.as_str(),
            fingerprint.as_str(),
            *at,
            *next_at,
        ),
        Write::RenewConnection { tenant, connection } => {
            statement!("update_connection_version", tenant.as_str(), connection.as_str())
        }
        Write::CreateSpKey { tenant, connection, key, status, new, at } => statement!(
            "insert_sp_key",
            tenant.as_str(),
            connection.as_str(),
            key.as_str(),
            new.purpose.as_str(),
            status.as_str(),
            new.certificate.as_str(),
            new.wrapped.as_str(),
            *at,
        ),
        Write::ChangeSpKey { tenant, connection, key, status, at } => statement!(
            "update_sp_key_status",
            tenant.as_str(),
            connection.as_str(),
            key.as_str(),
            status.as_str(),
            *at,
        ),
        Write::DeleteSpKey { tenant, connection, key } => {
            statement!("delete_sp_key", tenant.as_str(), connection.as_str(), key.as_str())
        }
        Write::ActivateUser { tenant, user } => {
            statement!("update_user_claimed", tenant.as_str(), user.as_str())
        }
        Write::ConsumeClaim { tenant, token, at } => {
            statement!("insert_consumed_claim", tenant.as_str(), token.as_str(), *at)
        }
        Write::MigrateIdentity { tenant, connection, user, subject, pinned } => statement!(
            "update_identity_migrated",
            tenant.as_str(),
            connection.as_str(),
            user.as_str(),
            subject.as_str(),
            pinned.as_deref(),
        ),
        Write::LogMessage { message, failed, proof } => log_message(message, failed.as_ref(), *proof),
        Write::UpdateMetadata { tenant, connection, etag, failures, checked_at, next_check_at } => {
            statement!(
                "update_metadata_polled",
                tenant.as_str(),
                connection.as_str(),
                etag.as_deref(),
                *failures,
                *checked_at,
                *next_check_at,
            )
        }
        Write::RecordSignIn { tenant, user, at } => {
            statement!("update_user_last_sign_in", tenant.as_str(), user.as_str(), *at)
        }
        Write::ConsumeAssertion { tenant, issuer, assertion, at, expires_at } => statement!(
            "insert_consumed_assertion",
            tenant.as_str(),
            issuer.as_str(),
            assertion.as_str(),
            *at,
            *expires_at,
        ),
        Write::ConsumeRequest { tenant, request, session, at } => {
            statement!("insert_consumed_request", tenant.as_str(), request.as_str(), session.as_str(), *at)
        }
        Write::OpenSession(session) => open_session(session, visitor),
        Write::RevokeSession { tenant, token, at } => {
            statement!("update_session_revoked", tenant.as_str(), token.as_str(), *at)
        }
        Write::AwaitLogout { tenant, request, connection, browser, at, expires_at } => statement!(
            "insert_pending_logout",
            tenant.as_str(),
            request.as_str(),
            connection.as_str(),
            browser.as_str(),
            *at,
            *expires_at,
        ),
        Write::ConsumeLogoutAnswer { tenant, request, at } => {
            statement!("insert_consumed_logout_answer", tenant.as_str(), request.as_str(), *at)
        }
        Write::ConsumeLogoutRequest { tenant, connection, request, at, expires_at } => statement!(
            "insert_consumed_logout_request",
            tenant.as_str(),
            connection.as_str(),
            request.as_str(),
            *at,
            *expires_at,
        ),
        Write::EndSessions { tenant, of: SessionsOf::User(user), at } => {
            statement!("update_user_sessions_ended", tenant.as_str(), user.as_str(), *at)
        }
        Write::EndSessions { tenant, of: SessionsOf::Others { user, than }, at } => {
            statement!("update_other_sessions_revoked", tenant.as_str(), user.as_str(), than.as_str(), *at,)
        }
        Write::EndSessions { tenant, of: SessionsOf::Role(role), at } => {
            statement!("update_role_sessions_ended", tenant.as_str(), role.as_str(), *at)
        }
        Write::EndSessions { tenant, of: SessionsOf::Connection(connection), at } => {
            statement!("update_connection_sessions_ended", tenant.as_str(), connection.as_str(), *at)
        }
        Write::EndSessions { tenant, of: SessionsOf::Tenant, at } => {
            statement!("update_tenant_sessions_ended", tenant.as_str(), *at)
        }
        Write::TouchSession { tenant, token, at } => {
            statement!("update_session_last_seen", tenant.as_str(), token.as_str(), *at)
        }
        Write::CreateConfirmation(confirmation) => create_confirmation(confirmation),
        Write::ConsumeConfirmation { tenant, token, session, at } => statement!(
            "insert_consumed_confirmation",
            tenant.as_str(),
            token.as_str(),
            session.as_ref().map(TokenHash::as_str),
            *at,
        ),
    }
}

fn log_message(message: &LoggedMessage, failed: Option<&Failed>, proof: Proof) -> Statement {
    let ring = match proof {
        Proof::Signed => Some("signed"),
        Proof::Awaited => Some("awaited"),
        Proof::Unknown => None,
    };
    let brought = message.brought.as_ref();
    statement!(
        "insert_saml_message",
        message.tenant.as_str(),
        message.connection.as_str(),
        message.id.as_str(),
        message.at,
        message.direction.as_str(),
        message.kind.as_str(),
        failed.map(|failed| failed.stage.as_str()),
        failed.map(|failed| failed.code),
        failed.map(|failed| failed.reference.as_str()),
        message.sealed.as_deref(),
        ring,
        brought.map(|brought| brought.request.as_str()),
        brought.map(|brought| brought.browser.as_str()),
    )
}

fn open_session(session: &NewSession, visitor: &Visitor) -> Statement {
    statement!(
        "insert_session",
        session.tenant.as_str(),
        session.token.as_str(),
        session.user.as_str(),
        session.connection.as_ref().map(ConnectionId::as_str),
        session.browser.as_str(),
        session.session_index.as_deref(),
        session.created_user,
        session.previous_sign_in_at,
        session.at,
        session.expires_at,
        session.idp_name.as_ref().map(IdpName::sent).as_deref(),
        session.idp_name.as_ref().map(IdpName::key),
        session.authenticated_at.unwrap_or(Timestamp::from_millis(0)),
        visitor.ip.as_deref(),
        visitor.user_agent.as_deref(),
    )
}

fn vault(write: &VaultWrite) -> Statement {
    match write {
        VaultWrite::State { tenant, user, sequence, statement, at } => {
            statement!(
                "insert_vault_statement",
                tenant.as_str(),
                user.as_str(),
                *sequence,
                statement.as_str(),
                *at
            )
        }
        VaultWrite::Seal { tenant, user, item, kind, sealed, at } => statement!(
            "insert_vault_sealed",
            tenant.as_str(),
            user.as_str(),
            *item,
            *kind,
            sealed.as_str(),
            *at,
        ),
        VaultWrite::Put { tenant, user, put, counter, at } => {
            statement!("upsert_vault_sealed", tenant.as_str(), user.as_str(), put.as_str(), *counter, *at)
        }
        VaultWrite::Remove { tenant, user, items } => {
            statement!("delete_vault_sealed", tenant.as_str(), user.as_str(), items.as_str())
        }
        VaultWrite::AddDevice(device) => statement!(
            "insert_vault_device",
            device.tenant.as_str(),
            device.user.as_str(),
            device.id.as_str(),
            device.encryption.as_str(),
            device.signing.as_str(),
            device.sequence,
            device.wrap.as_str(),
            device.share.as_str(),
            device.at,
        ),
        VaultWrite::UseDevice { tenant, user, device, at } => {
            statement!("update_device_used", tenant.as_str(), user.as_str(), device.as_str(), *at)
        }
        VaultWrite::ForgetProof { tenant, token } => {
            statement!("delete_session_proof", tenant.as_str(), token.as_str())
        }
        VaultWrite::LockDevice { tenant, user, device, at } => {
            statement!("update_device_locked", tenant.as_str(), user.as_str(), device.as_str(), *at)
        }
        VaultWrite::LockSession { tenant, token, at } => {
            statement!("update_session_locked", tenant.as_str(), token.as_str(), *at)
        }
        VaultWrite::WakeSession { tenant, token, at } => {
            statement!("update_session_awake", tenant.as_str(), token.as_str(), *at)
        }
        VaultWrite::UnlockDevice { session, device, at } => statement!(
            "upsert_session_device",
            session.tenant.as_str(),
            session.token.as_str(),
            session.user.id.as_str(),
            device.as_str(),
            *at,
        ),
        VaultWrite::Ask { tenant, user, asking, at, expires_at } => statement!(
            "insert_device_request",
            tenant.as_str(),
            user.as_str(),
            asking.device.as_str(),
            asking.name.as_str(),
            asking.encryption.as_str(),
            asking.signing.as_str(),
            *at,
            *expires_at,
        ),
        VaultWrite::Answer { tenant, user, device, answer, by, at } => statement!(
            "insert_device_answer",
            tenant.as_str(),
            user.as_str(),
            device.as_str(),
            *answer,
            by.as_str(),
            *at,
        ),
        VaultWrite::Block { tenant, user, device, since } => {
            statement!("update_device_blocked", tenant.as_str(), user.as_str(), device.as_str(), *since)
        }
        VaultWrite::ForgetProofs { tenant, user, device } => {
            statement!("delete_device_proofs", tenant.as_str(), user.as_str(), device.as_str())
        }
        VaultWrite::RemoveDevice { tenant, user, device } => {
            statement!("delete_device", tenant.as_str(), user.as_str(), device.as_str())
        }
        VaultWrite::SetRecovery { tenant, user, sequence, phrase, proof, at } => statement!(
            "upsert_vault_recovery",
            tenant.as_str(),
            user.as_str(),
            *sequence,
            phrase.locked.as_str(),
            phrase.encryption.as_str(),
            phrase.wrap.as_str(),
            proof.as_str(),
            *at,
        ),
        VaultWrite::Rewrap { tenant, user, sequence, wraps } => {
            statement!("update_device_wraps", tenant.as_str(), user.as_str(), *sequence, wraps.as_str())
        }
        VaultWrite::ForgetUnwrapped { tenant, user, sequence } => {
            statement!("delete_unwrapped_proofs", tenant.as_str(), user.as_str(), *sequence)
        }
        VaultWrite::DropUnwrapped { tenant, user, sequence } => {
            statement!("delete_unwrapped_devices", tenant.as_str(), user.as_str(), *sequence)
        }
        VaultWrite::RewrapRecovery { tenant, user, sequence, wrap: Some(wrap) } => {
            statement!("update_vault_recovery_wrap", tenant.as_str(), user.as_str(), *sequence, wrap.as_str())
        }
        VaultWrite::RewrapRecovery { tenant, user, sequence: _, wrap: None } => {
            statement!("delete_vault_recovery", tenant.as_str(), user.as_str())
        }
        VaultWrite::DropRequests { tenant, user } => {
            statement!("delete_open_device_requests", tenant.as_str(), user.as_str())
        }
        VaultWrite::ProveDevice { session, device, at } => statement!(
            "insert_session_device",
            session.tenant.as_str(),
            session.token.as_str(),
            session.user.id.as_str(),
            device.as_str(),
            *at,
        ),
    }
}

fn create_confirmation(confirmation: &NewConfirmation) -> Statement {
    statement!(
        "insert_confirmation",
        confirmation.tenant.as_str(),
        confirmation.token.as_str(),
        confirmation.browser.as_str(),
        confirmation.connection.as_str(),
        confirmation.connection_version,
        confirmation.user.as_str(),
        confirmation.created_user,
        confirmation.session_index.as_deref(),
        confirmation.session_not_on_or_after,
        confirmation.return_to.as_str(),
        confirmation.at,
        confirmation.expires_at,
        confirmation.idp_name.as_ref().map(IdpName::sent).as_deref(),
        confirmation.idp_name.as_ref().map(IdpName::key),
    )
}

fn audit_event(event: &AuditEvent, visitor: &Visitor) -> Statement {
    let scope = &event.scope;
    statement!(
        "insert_audit_event",
        event.id.as_str(),
        scope.tenant.as_ref().map(TenantId::as_str),
        event.time,
        event.event.as_str(),
        event.code,
        event.reference.as_ref().map(Reference::as_str),
        event.actor.as_ref().map(UserId::as_str),
        event.subject.as_ref().map(UserId::as_str),
        scope.connection.as_ref().map(ConnectionId::as_str),
        scope.node.as_ref().map(NodeId::as_str),
        visitor.ip.as_deref(),
        visitor.user_agent.as_deref(),
        event.detail.as_str(),
        visitor.session.as_ref().map(TokenHash::as_str),
    )
}
