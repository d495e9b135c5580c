//! What a test sign-in looks at: the draft of a connection, which no statement of a sign-in reads.

use keyward_core::address::SsoName;
use keyward_core::brand::{Accent, Brand};
use keyward_core::facts::{
    AttributeMapping, Binding, ConnectionStatus, SpAddresses, SsoUrl, SubjectSource, TenantStatus,
};
use keyward_core::id::{ConnectionId, NodeId, TenantId, UserId};
use keyward_core::preview::{Described, Rules};
use keyward_core::provisioning::ProvisioningFacts;
use keyward_core::trial::{Draft, TrialFacts, TrialId};
use keyward_core::{Route, TokenHash};
use keyward_saml::{Certificate, Timestamp};
use serde::Deserialize;

use super::rows::{
    CertificateRow, ConnectionKeyRow, ConnectionNowRow, DefaultRoleRow, DomainRow, EmailHolderRow,
    GroupRoleRow, HeldRoleRow, IdentityRow,
};
use super::statement::statement;
use super::{Answers, Statement, StoreError};
use crate::store::load::ConnectionNow;

macro_rules! row {
    ($name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name { $($field: $type),+ }

        #[cfg(test)]
        impl $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
        }
    };
}

row!(TrialRow {
    tenant: String,
    tenant_name: String,
    accent: Option<String>,
    logo: Option<String>,
    id: String,
    node: String,
    jit: i64,
    force_authn: i64,
    sso_name: Option<String>,
    trial_connection: String,
    trial: String,
    user: String,
    browser: String,
    expires_at: i64,
    sealed: Option<String>,
    idp_name: String,
    idp_entity_id: String,
    sso_url: String,
    sso_binding: String,
    sign_requests: i64,
    name_id_format: Option<String>,
    subject_attribute: Option<String>,
    pinned_attribute: Option<String>,
    groups_attribute: Option<String>,
    attribute_mapping: String,
    allow_sha1_until: Option<i64>,
});

/// What statements of this file select, for the test of all.
#[cfg(test)]
pub(super) const STATEMENTS: &[(&str, &[&str])] =
    &[("load_trial", TrialRow::COLUMNS), ("load_draft_certificates", CertificateRow::COLUMNS)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingJson {
    email: String,
    first: Option<String>,
    last: Option<String>,
}

/// A test, with the draft that it tries.
#[derive(Debug)]
pub(crate) struct LoadedTrial {
    pub(crate) trial: TrialFacts,
    pub(crate) draft: Draft,
    /// Where its request goes.
    pub(crate) route: Route,
    pub(crate) signing_key: Option<String>,
    pub(crate) decryption_keys: Vec<String>,
}

/// A test of a connection.
pub(crate) fn trial(connection: &ConnectionId, trial: &TrialId) -> Vec<Statement> {
    vec![
        statement!("load_trial", connection.as_str(), trial.as_str()),
        statement!("load_draft_certificates", connection.as_str()),
        statement!("load_connection_keys", connection.as_str()),
    ]
}

fn told<T>(what: &'static str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or(StoreError::Row { of: "trial", what })
}

/// The test; `None` where there is none, or no draft any longer.
pub(crate) fn read_trial(
    answers: &mut impl Answers,
    origin: &str,
) -> Result<Option<LoadedTrial>, StoreError> {
    let row = answers.row::<TrialRow>()?;
    let certificates = answers.rows::<CertificateRow>()?;
    let keys = answers.rows::<ConnectionKeyRow>()?;
    let Some(row) = row else { return Ok(None) };
    let signing_key = keys.iter().find(|key| key.purpose == "sign").map(|key| key.wrapped.clone());
    let decryption_keys: Vec<String> =
        keys.into_iter().filter(|key| key.purpose == "decrypt").map(|key| key.wrapped).collect();
    let mapping: MappingJson = told("attribute_mapping", serde_json::from_str(&row.attribute_mapping).ok())?;
    let tenant = told("tenant", TenantId::parse(&row.tenant))?;
    let connection = told("id", ConnectionId::parse(&row.id))?;
    let node = told("node", NodeId::parse(&row.node))?;
    let certificates = certificates.iter().map(|it| Certificate::from_pem_or_base64(&it.certificate).ok());
    let rules = Rules {
        connection: connection.clone(),
        idp_entity_id: row.idp_entity_id,
        sp_entity_id: SpAddresses::new(origin, &connection).entity_id,
        subject_source: row.subject_attribute.map_or(SubjectSource::NameId, SubjectSource::Attribute),
        pinned_attribute: row.pinned_attribute,
        groups_attribute: row.groups_attribute,
        mapping: AttributeMapping { email: mapping.email, first: mapping.first, last: mapping.last },
        jit: row.jit != 0,
    };
    Ok(Some(LoadedTrial {
        trial: TrialFacts {
            tenant: tenant.clone(),
            connection: told("connection", ConnectionId::parse(&row.trial_connection))?,
            node: node.clone(),
            id: told("trial", TrialId::parse(&row.trial))?,
            user: told("user", UserId::parse(&row.user))?,
            browser: told("browser", TokenHash::from_stored(row.browser))?,
            expires_at: Timestamp::from_millis(row.expires_at),
            is_answered: row.sealed.is_some(),
        },
        draft: Draft {
            tenant: tenant.clone(),
            node: node.clone(),
            certificates: told("certificate", certificates.collect::<Option<Vec<Certificate>>>())?,
            allow_sha1_until: row.allow_sha1_until.map(Timestamp::from_millis),
            decryption_keys: decryption_keys.len(),
            rules,
        },
        route: Route {
            tenant,
            tenant_name: row.tenant_name,
            tenant_status: TenantStatus::Active,
            brand: Brand { accent: row.accent.as_deref().and_then(Accent::parse), logo: row.logo },
            connection,
            node,
            status: ConnectionStatus::Draft,
            sso_name: row.sso_name.as_deref().and_then(SsoName::parse),
            verified_domain: None,
            idp_name: row.idp_name,
            sso_url: told("sso_url", SsoUrl::parse(&row.sso_url))?,
            binding: told("sso_binding", Binding::parse(&row.sso_binding))?,
            login_hint: false,
            sign_requests: row.sign_requests != 0,
            name_id_format: row.name_id_format,
            force_authn: row.force_authn != 0,
        },
        signing_key,
        decryption_keys,
    }))
}

/// Whom an assertion names: by the statements of a sign-in.
pub(crate) fn facts(draft: &Draft, described: &Described) -> Vec<Statement> {
    let (tenant, connection) = (draft.tenant.as_str(), draft.rules.connection.as_str());
    let email = described.email();
    let groups = serde_json::json!(described.groups()).to_string();
    vec![
        statement!("load_connection_now", tenant, connection),
        statement!("load_identity", tenant, connection, described.subject()),
        statement!("load_email_holder", tenant, email.as_str(), connection),
        statement!("load_domain", tenant, email.domain().as_str()),
        statement!("load_default_roles", tenant, draft.node.as_str()),
        statement!("load_group_roles", tenant, connection, groups.as_str()),
        statement!("load_identity_roles", tenant, connection, described.subject(), email.as_str()),
    ]
}

/// The facts; `None` where the connection is gone.
pub(crate) fn read_facts(answers: &mut impl Answers) -> Result<Option<ProvisioningFacts>, StoreError> {
    let Some(now) = answers.row::<ConnectionNowRow>()? else { return Ok(None) };
    let now: ConnectionNow = now.try_into()?;
    let identity = answers.row::<IdentityRow>()?.map(TryInto::try_into).transpose()?;
    let email_holder = answers.row::<EmailHolderRow>()?;
    let email_holder_account = email_holder.as_ref().map(EmailHolderRow::account).transpose()?;
    let email_holder = email_holder.map(TryInto::try_into).transpose()?;
    let domain = answers.row::<DomainRow>()?.map(TryInto::try_into).transpose()?;
    let of = |rows: Vec<DefaultRoleRow>| rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>();
    let default_roles = of(answers.rows()?)?;
    let group_roles =
        answers.rows::<GroupRoleRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let held_roles =
        answers.rows::<HeldRoleRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    Ok(Some(ProvisioningFacts {
        identity,
        email_holder_account,
        email_holder,
        domain,
        default_roles,
        group_roles,
        held_roles,
        seat_free: now.seat_free,
        // A test is not begun by the person whom it names: neither their claim nor where they are counts.
        ..ProvisioningFacts::default()
    }))
}
