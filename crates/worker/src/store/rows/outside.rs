//! The rows of admins outside single sign-on.

use keyward_core::address::Email;
use keyward_core::facts::{TenantStatus, UserStatus};
use keyward_core::id::{EventId, NodeId, RoleId, TenantId, UserId};
use keyward_core::outside::keep::{Outside, OutsideAdmin, OutsideRole};
use keyward_core::outside::set_up::{LinkFacts, SetUpFacts};
use keyward_core::outside::{Failures, OutsideAccount, OwnFacts, Told};
use keyward_core::policy::Policies;
use keyward_core::{Reference, TokenHash, admin::Privileges};
use serde::Deserialize;

use super::{UserRow, flag, policies, time};
use crate::store::StoreError;

row!(SaltRow { key: String });

row!(OutsideAccountRow {
    tenant: String,
    tenant_name: String,
    tenant_status: String,
    verifier: String,
    recovery: Option<String>,
    credential: i64,
    id: String,
    version: i64,
    status: String,
    node: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
    policies: String,
    is_known: i64,
});

fn hash(text: String) -> Result<TokenHash, StoreError> {
    read!("outside_admin", "verifier", TokenHash::from_stored(text))
}

impl TryFrom<OutsideAccountRow> for OutsideAccount {
    type Error = StoreError;

    fn try_from(row: OutsideAccountRow) -> Result<OutsideAccount, StoreError> {
        let user = user!(row);
        Ok(OutsideAccount {
            tenant: read!("outside_admin", "tenant", TenantId::parse(&row.tenant))?,
            tenant_name: row.tenant_name,
            tenant_status: read!("tenant", "status", TenantStatus::parse(&row.tenant_status))?,
            user: user.try_into()?,
            verifier: hash(row.verifier)?,
            recovery: row.recovery.map(hash).transpose()?,
            version: row.credential,
            policies: read!("role", "policies", policies(&row.policies))?,
            is_known_browser: flag(row.is_known),
        })
    }
}

row!(OutsideFailuresRow { network: i64, everywhere: i64, here: i64 });

impl From<OutsideFailuresRow> for Failures {
    fn from(row: OutsideFailuresRow) -> Failures {
        Failures { network: row.network, everywhere: row.everywhere, here: row.here }
    }
}

row!(OutsideRefusalRow { code: String, event: String, reference: String });

impl TryFrom<OutsideRefusalRow> for Told {
    type Error = StoreError;

    fn try_from(row: OutsideRefusalRow) -> Result<Told, StoreError> {
        Ok(Told {
            code: row.code,
            event: read!("outside_refusal", "event", EventId::parse(&row.event))?,
            reference: Reference::from_stored(row.reference),
        })
    }
}

row!(OwnRow { email: String, verifier: String, recovery: Option<String>, version: i64 });

impl OwnRow {
    /// The e-mail that is typed, and the rest without what was wrong.
    pub(in crate::store) fn facts(self) -> Result<(Email, OwnFacts), StoreError> {
        let email = read!("outside_admin", "email", Email::parse(&self.email))?;
        let facts = OwnFacts {
            verifier: hash(self.verifier)?,
            recovery: self.recovery.map(hash).transpose()?,
            version: self.version,
        };
        Ok((email, facts))
    }
}

row!(OutsideRow { version: i64, root: Option<String>, admins: String });

type AdminJson =
    (String, String, String, Option<String>, Vec<(String, String, serde_json::Value, serde_json::Value)>);

fn admins(json: &str) -> Option<Vec<OutsideAdmin>> {
    let all: Vec<AdminJson> = serde_json::from_str(json).ok()?;
    let role = |(id, node, privileges, policies): (String, String, serde_json::Value, serde_json::Value)| {
        Some(OutsideRole {
            id: RoleId::parse(&id)?,
            node: NodeId::parse(&node)?,
            privileges: Privileges::from_json(&privileges)?,
            policies: Policies::from_json(&policies).ok()?,
        })
    };
    let admin = |(user, node, status, from, roles): AdminJson| {
        Some(OutsideAdmin {
            user: UserId::parse(&user)?,
            node: NodeId::parse(&node)?,
            status: UserStatus::parse(&status)?,
            from: from.and_then(|from| from.parse().ok()),
            roles: roles.into_iter().map(role).collect::<Option<_>>()?,
        })
    };
    all.into_iter().map(admin).collect()
}

impl TryFrom<OutsideRow> for Outside {
    type Error = StoreError;

    fn try_from(row: OutsideRow) -> Result<Outside, StoreError> {
        Ok(Outside {
            version: row.version,
            root: row.root.as_deref().and_then(NodeId::parse),
            admins: read!("outside_admin", "admins", admins(&row.admins))?,
        })
    }
}

row!(LinkRow {
    tenant: String,
    tenant_name: String,
    tenant_status: String,
    token: String,
    expires_at: i64,
    root: String,
    version: i64,
    seat_free: i64,
    is_used: i64,
    admins: i64,
    held: String,
    known_email: Option<String>,
    administrators: Option<String>,
    name_taken: i64,
    person: Option<String>,
    defaults: String,
});

/// What several roles carry together.
fn held(json: &str) -> Option<Privileges> {
    let all: Vec<serde_json::Value> = serde_json::from_str(json).ok()?;
    all.iter().try_fold(Privileges::default(), |held, role| Some(held.with(Privileges::from_json(role)?)))
}

#[derive(Deserialize)]
struct PersonJson(String, i64, String, String, String, String, Option<i64>);

impl TryFrom<LinkRow> for LinkFacts {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<LinkFacts, StoreError> {
        let of = match row.person {
            None => None,
            Some(json) => {
                let person = serde_json::from_str::<PersonJson>(&json).ok();
                let PersonJson(id, version, status, node, email, name, last_sign_in_at) =
                    read!("outside_link", "user", person)?;
                let row = UserRow { id, version, status, node, email, name, last_sign_in_at };
                Some(row.try_into()?)
            }
        };
        let known_email = match row.known_email {
            None => None,
            Some(email) => Some(read!("outside_admin", "email", Email::parse(&email))?),
        };
        let defaults: Option<Vec<String>> = serde_json::from_str(&row.defaults).ok();
        let defaults = read!("node_default_role", "role", defaults)?;
        let defaults = defaults.iter().map(|role| RoleId::parse(role)).collect::<Option<_>>();
        Ok(LinkFacts {
            tenant: read!("outside_link", "tenant", TenantId::parse(&row.tenant))?,
            tenant_name: row.tenant_name,
            tenant_status: read!("tenant", "status", TenantStatus::parse(&row.tenant_status))?,
            token: read!("outside_link", "token", TokenHash::from_stored(row.token))?,
            of,
            holds_all: read!("role", "privileges", held(&row.held))?.contains(Privileges::all()),
            known_email,
            defaults: read!("node_default_role", "role", defaults)?,
            root: read!("node", "id", NodeId::parse(&row.root))?,
            administrators: row.administrators.as_deref().and_then(RoleId::parse),
            name_taken: flag(row.name_taken),
            seat_free: flag(row.seat_free),
            admins: usize::try_from(row.admins).unwrap_or(usize::MAX),
            version: row.version,
            expires_at: time(row.expires_at),
            is_used: flag(row.is_used),
        })
    }
}

row!(SetUpRow {
    is_open: i64,
    tenant: Option<String>,
    tenant_name: Option<String>,
});

impl TryFrom<SetUpRow> for SetUpFacts {
    type Error = StoreError;

    fn try_from(row: SetUpRow) -> Result<SetUpFacts, StoreError> {
        let tenant = match row.tenant.zip(row.tenant_name) {
            None => None,
            Some((id, name)) => Some((read!("set_up", "tenant", TenantId::parse(&id))?, name)),
        };
        Ok(SetUpFacts { is_open: flag(row.is_open), tenant })
    }
}

row!(NextStepsRow {
    kit: i64,
    vault: i64,
    phrase: i64,
    keys: i64,
    connection: i64,
    domain: i64,
    second: i64,
});
