//! The rows of escrow.

use keyward_core::admin::{Actor, Grant, Privileges, Tree};
use keyward_core::devices::{Asking, RequestFacts};
use keyward_core::escrow::{
    ConsentFacts, HolderFacts, KeyPurpose, LeaverFacts, SuccessorFacts, VoteFacts, WaitingFacts,
};
use keyward_core::facts::UserStatus;
use keyward_core::id::{ConnectionId, DeviceId, NodeId, TenantId, UserId};
use keyward_core::session::VaultRules;
use keyward_saml::Timestamp;
use serde::Deserialize;

use super::{flag, policies, time};
use crate::store::StoreError;
use crate::store::load_escrow::{HeldGrant, Holder, Person, Sealed, Waiting};

fn list(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}

fn count(list: &[String]) -> i64 {
    i64::try_from(list.len()).unwrap_or_default()
}

row!(TenantGrantRow {
    sequence: i64,
    purpose: String,
    admin_sequence: i64,
    wrap: String,
    granted_by: String,
    granter: String,
});

impl TryFrom<TenantGrantRow> for HeldGrant {
    type Error = StoreError;

    fn try_from(row: TenantGrantRow) -> Result<HeldGrant, StoreError> {
        Ok(HeldGrant {
            sequence: row.sequence,
            purpose: read!("tenant_grant", "purpose", KeyPurpose::parse(&row.purpose))?,
            account: row.admin_sequence,
            wrap: row.wrap,
            by: row.granted_by,
            granter: read!("tenant_grant", "granter", list(&row.granter))?,
        })
    }
}

row!(TenantHolderRow { id: String, email: String, name: String, purpose: String, sequence: i64 });

impl From<TenantHolderRow> for Holder {
    fn from(row: TenantHolderRow) -> Holder {
        let TenantHolderRow { id, email, name, purpose, sequence } = row;
        Holder { id, email, name, purpose, sequence }
    }
}

row!(TenantRulesRow { two_person_approval: i64, kit_at: i64, account: Option<i64>, is_held: i64 });

row!(TenantAnewRow { created_at: i64, email: String });

row!(EscrowConsentRow {
    tenant_sequence: Option<i64>,
    sequence: Option<i64>,
    asked_at: Option<i64>,
    consented_at: Option<i64>,
});

impl From<EscrowConsentRow> for ConsentFacts {
    fn from(row: EscrowConsentRow) -> ConsentFacts {
        ConsentFacts {
            tenant_sequence: row.tenant_sequence.unwrap_or_default(),
            sequence: row.sequence.unwrap_or_default(),
            asked_at: row.asked_at.map(time),
            consented_at: row.consented_at.map(time),
        }
    }
}

row!(EscrowRow { purpose: String, sequence: i64, tenant_sequence: i64, wrap: String });

row!(EscrowDomainRow { name: String, escrow: Option<String> });

row!(VaultNoticeRow {
    id: String,
    kind: String,
    device: Option<String>,
    at: i64,
    admin: String,
    recipient: Option<String>,
});

row!(HandoverRow {
    owner: String,
    sequence: i64,
    wrap: String,
    created_at: i64,
    email: String,
    made_by: String,
    made_by_email: String,
    chain: String,
    maker: String,
    keys_revision: i64,
    keys_sealed: String,
});

impl HandoverRow {
    /// The owner's statements, and the maker's.
    pub(in crate::store) fn chains(&self) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let chain = read!("vault_handover", "chain", list(&self.chain))?;
        Ok((chain, read!("vault_handover", "maker", list(&self.maker))?))
    }
}

row!(AdminRequestRow {
    user: String,
    email: String,
    person: String,
    node: String,
    status: String,
    version: i64,
    device: String,
    name: String,
    encryption: String,
    signing: String,
    created_at: i64,
    expires_at: i64,
    admin_expires_at: i64,
    wants_fresh: i64,
    connection: Option<String>,
    connection_version: Option<i64>,
    answer: Option<String>,
    two_person_approval: i64,
    edited_at: Option<i64>,
    policies: String,
    chain: String,
    votes: String,
    escrow_sequence: Option<i64>,
    escrow_tenant_sequence: Option<i64>,
    escrow_wrap: Option<String>,
    keys_revision: Option<i64>,
    keys_sealed: Option<String>,
});

impl TryFrom<AdminRequestRow> for Waiting {
    type Error = StoreError;

    fn try_from(row: AdminRequestRow) -> Result<Waiting, StoreError> {
        let chain = read!("vault_statement", "statements", list(&row.chain))?;
        let roles = read!("role", "policies", policies(&row.policies))?;
        let asking = Asking {
            device: read!("device_request", "device", DeviceId::parse(&row.device))?,
            name: row.name,
            encryption: row.encryption,
            signing: row.signing,
        };
        let connection = match row.connection.zip(row.connection_version) {
            None => None,
            Some((id, version)) => {
                Some((read!("device_request", "connection", ConnectionId::parse(&id))?, version))
            }
        };
        let facts = WaitingFacts {
            user: read!("user", "id", UserId::parse(&row.user))?,
            node: read!("user", "node", NodeId::parse(&row.node))?,
            status: read!("user", "status", UserStatus::parse(&row.status))?,
            version: row.version,
            request: RequestFacts {
                asking,
                created_at: time(row.created_at),
                expires_at: time(row.expires_at),
                admin_expires_at: time(row.admin_expires_at),
                wants_fresh: flag(row.wants_fresh),
                approved: row.answer.map(|answer| answer == "approved"),
            },
            connection,
            edited_at: row.edited_at.map(time),
            may_ask_admins: VaultRules::of(&roles).may_ask_admins,
            sequence: count(&chain),
            escrow: row.escrow_sequence,
            votes: read!("device_vote", "votes", votes(&row.votes))?,
            two_persons: flag(row.two_person_approval),
        };
        Ok(Waiting {
            facts,
            email: row.email,
            person: row.person,
            chain,
            escrow: sealed(row.escrow_sequence, row.escrow_tenant_sequence, row.escrow_wrap),
            keys: row.keys_revision.zip(row.keys_sealed),
        })
    }
}

fn sealed(sequence: Option<i64>, tenant_sequence: Option<i64>, wrap: Option<String>) -> Option<Sealed> {
    Some(Sealed { sequence: sequence?, tenant_sequence: tenant_sequence?, wrap: wrap? })
}

row!(PersonRow {
    id: String,
    email: String,
    name: String,
    node: String,
    status: String,
    version: i64,
    holds: String,
    chain: String,
    consented_at: Option<i64>,
    escrow_sequence: Option<i64>,
    escrow_tenant_sequence: Option<i64>,
    escrow_wrap: Option<String>,
});

fn votes(json: &str) -> Option<Vec<VoteFacts>> {
    type Vote = (String, String, i64, Vec<(String, serde_json::Value)>, Option<i64>);
    let votes: Vec<Vote> = serde_json::from_str(json).ok()?;
    let vote = |(admin, status, version, holds, edited_at): Vote| {
        Some(VoteFacts {
            admin: UserId::parse(&admin)?,
            status: UserStatus::parse(&status)?,
            version,
            grants: held(&holds)?,
            edited_at: edited_at.map(time),
        })
    };
    votes.into_iter().map(vote).collect()
}

fn grants(json: &str) -> Option<Vec<Grant>> {
    held(&serde_json::from_str::<Vec<(String, serde_json::Value)>>(json).ok()?)
}

fn held(holds: &[(String, serde_json::Value)]) -> Option<Vec<Grant>> {
    holds
        .iter()
        .map(|(node, privileges)| {
            Some(Grant { node: NodeId::parse(node)?, privileges: Privileges::from_json(privileges)? })
        })
        .collect()
}

impl PersonRow {
    /// What decisions about them look at, in an organisation with these nodes.
    pub(in crate::store) fn with(self, tenant: &TenantId, tree: &Tree) -> Result<Person, StoreError> {
        let user = read!("user", "id", UserId::parse(&self.id))?;
        let node = read!("user", "node", NodeId::parse(&self.node))?;
        let status = read!("user", "status", UserStatus::parse(&self.status))?;
        let chain = read!("vault_statement", "statements", list(&self.chain))?;
        let held = read!("role", "privileges", grants(&self.holds))?;
        let actor = Actor::holding(tenant.clone(), user.clone(), held, tree.clone());
        let (version, account) = (self.version, count(&chain));
        Ok(Person {
            holder: HolderFacts { actor, user: user.clone(), node: node.clone(), status, version, account },
            leaver: LeaverFacts {
                user: user.clone(),
                node,
                status,
                version,
                consented_at: self.consented_at.map(Timestamp::from_millis),
                sequence: account,
                escrow: self.escrow_sequence,
            },
            successor: SuccessorFacts { user, status, version, sequence: account },
            email: self.email,
            name: self.name,
            chain,
            escrow: sealed(self.escrow_sequence, self.escrow_tenant_sequence, self.escrow_wrap),
        })
    }
}

row!(FormerDeviceRow { ended_at: i64, clears_at: i64, is_own: i64, signing: String, blocked_at: Option<i64> });

row!(FormerPhraseRow { ended_at: i64, clears_at: i64, proof: String });
