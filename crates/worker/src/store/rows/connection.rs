//! The rows of a connection: its active configuration, and what of it may change meanwhile.

use keyward_core::ReturnTo;
use keyward_core::address::SsoName;
use keyward_core::facts::{AttributeMapping, Connection, ConnectionStatus, SubjectSource, TenantStatus};
use keyward_core::id::{ConnectionId, NodeId, TenantId};
use keyward_saml::Certificate;
use serde::{Deserialize, Serialize};

use super::{flag, logout_service, time};
use crate::store::StoreError;
use crate::store::load::ConnectionNow;

row!(
    #[derive(Serialize)]
    ConnectionRow {
        tenant: String,
        tenant_status: String,
        id: String,
        node: String,
        status: String,
        version: i64,
        sso_name: Option<String>,
        jit: i64,
        idp_initiated: i64,
        idp_initiated_paths: String,
        idp_entity_id: String,
        subject_attribute: Option<String>,
        pinned_attribute: Option<String>,
        groups_attribute: Option<String>,
        attribute_mapping: String,
        allow_sha1_until: Option<i64>,
        single_logout: i64,
        slo_url: Option<String>,
        slo_response_url: Option<String>,
        slo_binding: String,
    }
);

row!(
    #[derive(Serialize)]
    CertificateRow { certificate: String }
);

row!(ConnectionKeyRow { purpose: String, wrapped: String });

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingJson {
    email: String,
    first: Option<String>,
    last: Option<String>,
}

impl ConnectionRow {
    pub(in crate::store) fn with(
        self,
        certificates: &[CertificateRow],
        decryption_keys: usize,
    ) -> Result<Connection, StoreError> {
        let paths: Vec<String> =
            read!("connection", "idp_initiated_paths", serde_json::from_str(&self.idp_initiated_paths).ok())?;
        let mapping: MappingJson =
            read!("connection", "attribute_mapping", serde_json::from_str(&self.attribute_mapping).ok())?;
        let certificates =
            certificates.iter().map(|row| Certificate::from_pem_or_base64(&row.certificate).ok());
        Ok(Connection {
            tenant: read!("connection", "tenant", TenantId::parse(&self.tenant))?,
            id: read!("connection", "id", ConnectionId::parse(&self.id))?,
            node: read!("connection", "node", NodeId::parse(&self.node))?,
            version: self.version,
            tenant_status: read!("connection", "tenant_status", TenantStatus::parse(&self.tenant_status))?,
            status: read!("connection", "status", ConnectionStatus::parse(&self.status))?,
            sso_name: self.sso_name.as_deref().and_then(SsoName::parse),
            jit: flag(self.jit),
            idp_initiated: flag(self.idp_initiated),
            idp_initiated_paths: paths.iter().filter_map(|path| ReturnTo::parse(path)).collect(),
            idp_entity_id: self.idp_entity_id,
            certificates: read!(
                "connection",
                "certificate",
                certificates.collect::<Option<Vec<Certificate>>>()
            )?,
            subject_source: self.subject_attribute.map_or(SubjectSource::NameId, SubjectSource::Attribute),
            pinned_attribute: self.pinned_attribute,
            groups_attribute: self.groups_attribute,
            mapping: AttributeMapping { email: mapping.email, first: mapping.first, last: mapping.last },
            allow_sha1_until: self.allow_sha1_until.map(time),
            decryption_keys,
            single_logout: match self.slo_url {
                Some(url) if flag(self.single_logout) => {
                    Some(logout_service(&url, self.slo_response_url.as_deref(), &self.slo_binding)?)
                }
                _ => None,
            },
        })
    }
}

row!(ConnectionNowRow {
    tenant_name: String,
    tenant_status: String,
    seat_free: i64,
    status: String,
    version: i64,
});

impl TryFrom<ConnectionNowRow> for ConnectionNow {
    type Error = StoreError;

    fn try_from(row: ConnectionNowRow) -> Result<Self, StoreError> {
        Ok(ConnectionNow {
            tenant_name: row.tenant_name,
            tenant_status: read!("connection", "tenant_status", TenantStatus::parse(&row.tenant_status))?,
            status: read!("connection", "status", ConnectionStatus::parse(&row.status))?,
            version: row.version,
            seat_free: flag(row.seat_free),
        })
    }
}
