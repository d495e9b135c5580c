//! Admins' decisions as statements.

use keyward_core::ReturnTo;
use keyward_core::address::SsoName;
use keyward_core::admin::{AdminGuard, AdminWrite, Configuration, Configured, Thing};
use keyward_core::brand::Accent;
use keyward_core::facts::{AttributeMapping, SsoUrl};
use keyward_core::id::{ConnectionId, NodeId, UserId};

use super::Statement;
use super::statement::statement;

pub(super) fn guard(guard: &AdminGuard) -> Statement {
    let (tenant, thing, id, version) = match guard {
        AdminGuard::Unchanged { tenant, thing, id, version } => {
            (tenant.as_str(), thing, id.as_str(), version)
        }
        AdminGuard::Holders { tenant, role, seen } => {
            let seen: Vec<_> = seen.iter().map(|(role, version)| (role.as_str(), version)).collect();
            let seen = serde_json::json!(seen).to_string();
            return statement!("guard_role_holders", tenant.as_str(), role.as_str(), seen.as_str());
        }
        AdminGuard::Trials { tenant, user, now, most } => {
            return statement!("guard_trials", tenant.as_str(), user.as_str(), *now, *most);
        }
    };
    match thing {
        Thing::Tenant => statement!("guard_tenant_version", id, *version),
        Thing::Node => statement!("guard_node_version", tenant, id, *version),
        Thing::Role => statement!("guard_role_version", tenant, id, *version),
        Thing::User => statement!("guard_user_version", tenant, id, *version),
        Thing::Connection => statement!("guard_connection_version", tenant, id, *version),
        Thing::Domain => statement!("guard_domain_version", tenant, id, *version),
    }
}

pub(super) fn write(write: &AdminWrite) -> Statement {
    match write {
        AdminWrite::CreateTenant { tenant, name, seats, at } => {
            statement!("insert_tenant", tenant.as_str(), name.as_str(), *seats, *at)
        }
        AdminWrite::LimitTenant { tenant, status, seats, at } => {
            statement!("update_tenant_limits", tenant.as_str(), status.as_str(), *seats, *at)
        }
        AdminWrite::UpdateTenant { tenant, name, group_privileges, audit_days, accent } => statement!(
            "update_tenant",
            tenant.as_str(),
            name.as_str(),
            *group_privileges,
            *audit_days,
            accent.map(Accent::hex).as_deref()
        ),
        AdminWrite::PutLogo { tenant, hash, png } => {
            statement!("upsert_logo", tenant.as_str(), hash.as_str(), png.as_str())
        }
        AdminWrite::ForgetTenant { tenant } => statement!("delete_tenant", tenant.as_str()),
        AdminWrite::RememberOperatorKey { key, request, made, at } => {
            statement!("insert_operator_key", key.as_str(), request.as_str(), made.as_str(), *at)
        }
        AdminWrite::DeleteLogo { tenant } => statement!("delete_logo", tenant.as_str()),
        AdminWrite::ReleaseDomains { tenant } => statement!("delete_domains", tenant.as_str()),
        AdminWrite::ReleaseSsoNames { tenant } => statement!("update_connections_nameless", tenant.as_str()),
        AdminWrite::RePointIdentity { tenant, connection, subject, new } => statement!(
            "update_identity_subject",
            tenant.as_str(),
            connection.as_str(),
            subject.as_str(),
            new.as_str(),
        ),
        AdminWrite::UnpinIdentity { tenant, connection, subject } => {
            statement!("update_identity_unpinned", tenant.as_str(), connection.as_str(), subject.as_str(),)
        }
        AdminWrite::WithdrawClaims { tenant, user, connection } => {
            statement!("delete_claims", tenant.as_str(), user.as_str(), connection.as_str())
        }
        AdminWrite::OfferClaim { tenant, token, user, connection, at, expires_at } => statement!(
            "insert_claim",
            tenant.as_str(),
            token.as_str(),
            user.as_str(),
            connection.as_str(),
            *at,
            *expires_at,
        ),
        AdminWrite::MigrateIdentities { tenant, connection, until } => {
            statement!("update_identities_migrate", tenant.as_str(), connection.as_str(), *until)
        }
        AdminWrite::BeginTrial { tenant, trial, connection, user, browser, at, expires_at } => statement!(
            "insert_trial",
            tenant.as_str(),
            trial.as_str(),
            connection.as_str(),
            user.as_str(),
            browser.as_str(),
            *at,
            *expires_at,
        ),
        AdminWrite::AnswerTrial { tenant, trial, sealed, at } => {
            statement!("insert_trial_report", tenant.as_str(), trial.as_str(), sealed.as_str(), *at)
        }
        AdminWrite::RememberSource { tenant, connection, provider, metadata_url } => statement!(
            "insert_connection_source",
            tenant.as_str(),
            connection.as_str(),
            provider.as_str(),
            metadata_url.as_deref(),
        ),
        AdminWrite::LeaveSource { tenant, connection } => {
            statement!("delete_metadata_before_source", tenant.as_str(), connection.as_str())
        }
        AdminWrite::UseSource { tenant, connection } => {
            statement!("update_source_active", tenant.as_str(), connection.as_str())
        }
        AdminWrite::PollSource { tenant, connection, at } => {
            statement!("insert_metadata_of_source", tenant.as_str(), connection.as_str(), *at)
        }
        AdminWrite::KeepPrevious { tenant, connection, at } => {
            statement!("insert_connection_previous", tenant.as_str(), connection.as_str(), *at)
        }
        AdminWrite::CreateNode { tenant, node, parent, name, at } => statement!(
            "insert_node",
            tenant.as_str(),
            node.as_str(),
            parent.as_ref().map(NodeId::as_str),
            name.as_str(),
            *at,
        ),
        AdminWrite::RenameNode { tenant, node, name } => {
            statement!("update_node_name", tenant.as_str(), node.as_str(), name.as_str())
        }
        AdminWrite::ForgetTokens { tenant, node, at } => {
            statement!("delete_tokens_of_node", tenant.as_str(), node.as_str(), *at)
        }
        AdminWrite::MoveDeleted { tenant, node, to } => {
            statement!("update_deleted_users_node", tenant.as_str(), node.as_str(), to.as_str())
        }
        AdminWrite::DeleteNode { tenant, node } => statement!("delete_node", tenant.as_str(), node.as_str()),
        AdminWrite::AddDefaultRole { tenant, node, role } => {
            statement!("insert_default_role", tenant.as_str(), node.as_str(), role.as_str())
        }
        AdminWrite::RemoveDefaultRole { tenant, node, role } => {
            statement!("delete_default_role", tenant.as_str(), node.as_str(), role.as_str())
        }
        AdminWrite::RenewNode { tenant, node } => {
            statement!("update_node_version", tenant.as_str(), node.as_str())
        }
        AdminWrite::InviteUser { tenant, user, node, email, name, at } => statement!(
            "insert_invited_user",
            tenant.as_str(),
            user.as_str(),
            node.as_str(),
            email.as_str(),
            name.as_str(),
            *at,
        ),
        AdminWrite::UpdateUser { tenant, user, status, node, name } => statement!(
            "update_user",
            tenant.as_str(),
            user.as_str(),
            status.as_str(),
            node.as_str(),
            name.as_str(),
        ),
        AdminWrite::TakeRole { tenant, user, role } => {
            statement!("delete_user_role", tenant.as_str(), user.as_str(), role.as_str())
        }
        AdminWrite::TakeAllRoles { tenant, user } => {
            statement!("delete_user_roles", tenant.as_str(), user.as_str())
        }
        AdminWrite::CreateRole { tenant, role, node, name, policies, privileges, at } => statement!(
            "insert_role",
            tenant.as_str(),
            role.as_str(),
            node.as_str(),
            name.as_str(),
            policies.to_json().to_string().as_str(),
            privileges.to_json().to_string().as_str(),
            *at,
        ),
        AdminWrite::UpdateRole { tenant, role, name, policies, privileges } => statement!(
            "update_role",
            tenant.as_str(),
            role.as_str(),
            name.as_str(),
            policies.to_json().to_string().as_str(),
            privileges.to_json().to_string().as_str(),
        ),
        AdminWrite::TakeRoleFromAll { tenant, role } => {
            statement!("delete_role_of_users", tenant.as_str(), role.as_str())
        }
        AdminWrite::RemoveRoleFromNodes { tenant, role } => {
            statement!("delete_role_of_nodes", tenant.as_str(), role.as_str())
        }
        AdminWrite::RemoveRoleFromGroups { tenant, role } => {
            statement!("delete_role_of_groups", tenant.as_str(), role.as_str())
        }
        AdminWrite::DeleteRole { tenant, role } => statement!("delete_role", tenant.as_str(), role.as_str()),
        AdminWrite::RouteDomain { tenant, domain, connection } => statement!(
            "update_domain_route",
            tenant.as_str(),
            domain.as_str(),
            connection.as_ref().map(ConnectionId::as_str),
        ),
        AdminWrite::CheckDomain { tenant, domain, at } => {
            statement!("update_domain_due", tenant.as_str(), domain.as_str(), *at)
        }
        AdminWrite::DeleteDomain { tenant, domain } => {
            statement!("delete_domain", tenant.as_str(), domain.as_str())
        }
        AdminWrite::CreateToken {
            tenant,
            id,
            hash,
            name,
            of,
            node,
            privileges,
            read_only,
            sets_up,
            at,
            expires_at,
        } => {
            statement!(
                "insert_api_token",
                tenant.as_str(),
                id.as_str(),
                hash.as_str(),
                name.as_str(),
                of.as_ref().map(UserId::as_str),
                node.as_str(),
                privileges.to_json().to_string().as_str(),
                *read_only,
                *sets_up,
                *at,
                *expires_at,
            )
        }
        AdminWrite::RevokeToken { tenant, id, at } => {
            statement!("update_api_token_revoked", tenant.as_str(), id.as_str(), *at)
        }
        AdminWrite::RememberKey { tenant, actor, key, request, made, at } => statement!(
            "insert_idempotency_key",
            tenant.as_str(),
            actor.as_str(),
            key.as_str(),
            request.as_str(),
            made.as_str(),
            *at,
        ),
        AdminWrite::CreateConnection { tenant, connection, node, sso_name, jit, at } => statement!(
            "insert_connection",
            tenant.as_str(),
            connection.as_str(),
            node.as_str(),
            sso_name.as_ref().map(SsoName::as_str),
            *jit,
            *at,
        ),
        AdminWrite::UpdateConnection {
            tenant,
            connection,
            status,
            sso_name,
            jit,
            idp_initiated,
            idp_initiated_paths,
            single_logout,
            force_authn,
        } => {
            let paths: Vec<&str> = idp_initiated_paths.iter().map(ReturnTo::as_str).collect();
            statement!(
                "update_connection",
                tenant.as_str(),
                connection.as_str(),
                status.as_str(),
                sso_name.as_ref().map(SsoName::as_str),
                *jit,
                *idp_initiated,
                serde_json::json!(paths).to_string().as_str(),
                *single_logout,
                *force_authn,
            )
        }
        AdminWrite::PutDraft(configured) => draft(configured),
        AdminWrite::UnpinDraft { tenant, connection } => {
            statement!("delete_certificates", tenant.as_str(), connection.as_str(), "draft")
        }
        AdminWrite::PinDraft { tenant, connection, fingerprint, certificate, at } => statement!(
            "insert_draft_certificate",
            tenant.as_str(),
            connection.as_str(),
            fingerprint.as_str(),
            certificate.as_str(),
            *at,
        ),
        AdminWrite::UnpinActive { tenant, connection } => {
            statement!("delete_certificates", tenant.as_str(), connection.as_str(), "active")
        }
        AdminWrite::ActivateDraft { tenant, connection, at } => {
            statement!("insert_active", tenant.as_str(), connection.as_str(), *at)
        }
        AdminWrite::ActivateCertificates { tenant, connection, at } => {
            statement!("insert_active_certificates", tenant.as_str(), connection.as_str(), *at)
        }
        AdminWrite::DeleteDraft { tenant, connection } => {
            statement!("delete_draft", tenant.as_str(), connection.as_str())
        }
        AdminWrite::PollMetadata { tenant, connection, url, at } => {
            statement!("insert_metadata", tenant.as_str(), connection.as_str(), url.as_str(), *at)
        }
        AdminWrite::StopPolling { tenant, connection } => {
            statement!("delete_metadata", tenant.as_str(), connection.as_str())
        }
        AdminWrite::ForgetGroups { tenant, connection } => {
            statement!("delete_group_map", tenant.as_str(), connection.as_str())
        }
        AdminWrite::MapGroup { tenant, connection, value, role } => {
            statement!(
                "insert_group_role",
                tenant.as_str(),
                connection.as_str(),
                value.as_str(),
                role.as_str()
            )
        }
    }
}

fn draft(configured: &Configured) -> Statement {
    let Configured { tenant, connection, configuration, at } = configured;
    let Configuration { mapping: AttributeMapping { email, first, last }, .. } = configuration;
    let mapping = serde_json::json!({ "email": email, "first": first, "last": last });
    statement!(
        "insert_draft",
        tenant.as_str(),
        connection.as_str(),
        configuration.idp_name.as_str(),
        configuration.idp_entity_id.as_str(),
        configuration.sso_url.as_str(),
        configuration.sso_binding.as_str(),
        configuration.login_hint,
        configuration.sign_requests,
        configuration.name_id_format.as_deref(),
        configuration.subject_attribute.as_deref(),
        configuration.pinned_attribute.as_deref(),
        configuration.groups_attribute.as_deref(),
        mapping.to_string().as_str(),
        configuration.slo_url.as_ref().map(SsoUrl::as_str),
        configuration.slo_response_url.as_ref().map(SsoUrl::as_str),
        configuration.slo_binding.as_str(),
        *at,
    )
}
