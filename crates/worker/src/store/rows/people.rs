//! The roles that a sign-in looks at, claims, and people's own sessions, as the statements select them.

use keyward_core::TokenHash;
use keyward_core::claim::ClaimFacts;
use keyward_core::facts::{ConnectionStatus, TenantStatus};
use keyward_core::id::{ConnectionId, RoleId, TenantId};
use keyward_core::policy::Policies;
use keyward_core::roles::{GroupRole, HeldRole, RoleSource};
use keyward_core::session::OwnSession;
use serde::Deserialize;

use super::{UserRow, flag, time};
use crate::store::StoreError;

/// `[[role, {policy: value, …}], …]`
pub(in crate::store) fn policies(json: &str) -> Option<Vec<(RoleId, Policies)>> {
    let roles: Vec<(String, serde_json::Value)> = serde_json::from_str(json).ok()?;
    roles
        .iter()
        .map(|(role, policies)| Some((RoleId::parse(role)?, Policies::from_json(policies).ok()?)))
        .collect()
}

row!(ClaimRow {
    token: String,
    connection: String,
    expires_at: i64,
    is_consumed: i64,
    is_linked: i64,
    id: String,
    version: i64,
    status: String,
    node: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
    roles: String,
    defaults: String,
});

impl TryFrom<ClaimRow> for ClaimFacts {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Result<ClaimFacts, StoreError> {
        type Held = Vec<(String, String, serde_json::Value)>;
        let held: Held = read!("claim", "roles", serde_json::from_str(&row.roles).ok())?;
        let mut policies = read!("claim", "defaults", policies(&row.defaults))?;
        let default_roles = policies.iter().map(|(role, _)| role.clone()).collect();
        let mut held_roles = Vec::new();
        for (role, source, asked) in held {
            let role = read!("user_role", "role", RoleId::parse(&role))?;
            policies.push((role.clone(), read!("role", "policies", Policies::from_json(&asked).ok())?));
            held_roles
                .push(HeldRole { role, source: read!("user_role", "source", RoleSource::parse(&source))? });
        }
        let user = user!(row);
        Ok(ClaimFacts {
            token: read!("claim", "token", TokenHash::from_stored(row.token))?,
            user: user.try_into()?,
            connection: read!("claim", "connection", ConnectionId::parse(&row.connection))?,
            is_linked: flag(row.is_linked),
            held_roles,
            default_roles,
            policies,
            expires_at: time(row.expires_at),
            is_consumed: flag(row.is_consumed),
        })
    }
}

row!(ClaimPlaceRow {
    tenant: String,
    tenant_name: String,
    tenant_status: String,
    connection_status: String,
    idp_name: String,
});

impl TryFrom<ClaimPlaceRow> for crate::store::load::ClaimPlace {
    type Error = StoreError;

    fn try_from(row: ClaimPlaceRow) -> Result<Self, StoreError> {
        let tenant_status = read!("claim", "tenant_status", TenantStatus::parse(&row.tenant_status))?;
        let status = read!("claim", "connection_status", ConnectionStatus::parse(&row.connection_status))?;
        Ok(crate::store::load::ClaimPlace {
            tenant: read!("claim", "tenant", TenantId::parse(&row.tenant))?,
            tenant_name: row.tenant_name,
            is_active: tenant_status == TenantStatus::Active && status == ConnectionStatus::Active,
            idp_name: row.idp_name,
        })
    }
}

row!(HeldRoleRow { role: String, source: String });

impl TryFrom<HeldRoleRow> for HeldRole {
    type Error = StoreError;

    fn try_from(row: HeldRoleRow) -> Result<HeldRole, StoreError> {
        Ok(HeldRole {
            role: read!("user_role", "role", RoleId::parse(&row.role))?,
            source: read!("user_role", "source", RoleSource::parse(&row.source))?,
        })
    }
}

row!(RolePoliciesRow { id: String, policies: String });

impl TryFrom<RolePoliciesRow> for (RoleId, Policies) {
    type Error = StoreError;

    fn try_from(row: RolePoliciesRow) -> Result<(RoleId, Policies), StoreError> {
        let json = read!("role", "policies", serde_json::from_str(&row.policies).ok())?;
        let policies = read!("role", "policies", Policies::from_json(&json).ok())?;
        Ok((read!("role", "id", RoleId::parse(&row.id))?, policies))
    }
}

row!(GroupRoleRow { value: String, role: String });

impl TryFrom<GroupRoleRow> for GroupRole {
    type Error = StoreError;

    fn try_from(row: GroupRoleRow) -> Result<GroupRole, StoreError> {
        let role = read!("connection_group_role", "role", RoleId::parse(&row.role))?;
        Ok(GroupRole { group: row.value, role })
    }
}

row!(OwnSessionRow {
    token: String,
    browser: String,
    created_at: i64,
    last_seen_at: i64,
    ip: Option<String>,
    user_agent: Option<String>,
});

impl TryFrom<OwnSessionRow> for OwnSession {
    type Error = StoreError;

    fn try_from(row: OwnSessionRow) -> Result<OwnSession, StoreError> {
        Ok(OwnSession {
            token: read!("session", "token", TokenHash::from_stored(row.token))?,
            browser: read!("session", "browser", TokenHash::from_stored(row.browser))?,
            created_at: time(row.created_at),
            last_seen_at: time(row.last_seen_at),
            ip: row.ip,
            user_agent: row.user_agent,
        })
    }
}
