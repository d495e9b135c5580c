//! Rows as the statements select them, and what they are in the domain. Each column is named as in the statement; a test
//! compares the two.

use keyward_core::address::{Domain, Email, SsoName};
use keyward_core::brand::{Accent, Brand};
use keyward_core::domain::{DomainFacts, DomainStatus};
use keyward_core::expiry::CertificateFacts;
use keyward_core::facts::{Binding, ConnectionStatus, SsoUrl, TenantStatus, User, UserStatus};
use keyward_core::id::{ConnectionId, NodeId, RoleId, TenantId, UserId};
use keyward_core::logout::{IdpName, LogoutService, NamedSession, PendingLogout, SessionAtIdp, read_name_id};
use keyward_core::metadata::{MetadataFacts, Pinned};
use keyward_core::provisioning::EmailHolder;
use keyward_core::session::{SessionLimits, VaultRules, allowed_addresses, policy_of};
use keyward_core::{ConfirmationFacts, PendingLogin, RequestId, ReturnTo, Route, SessionFacts, TokenHash};
use keyward_saml::{Certificate, Timestamp};
use serde::Deserialize;

use super::StoreError;

macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(in crate::store) struct $name { $(pub(in crate::store) $field: $type),+ }

        #[cfg(test)]
        impl $name {
            pub(in crate::store) const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
        }
    };
}

/// Reads a column, or says which one is not what it should be.
macro_rules! read {
    ($of:literal, $what:literal, $value:expr) => {
        $value.ok_or(StoreError::Row { of: $of, what: $what })
    };
}

/// The columns of a user in a row that has others too; its id, version and status may be named otherwise there.
macro_rules! user {
    ($row:ident) => {
        user!($row, id, version, status)
    };
    ($row:ident, $id:ident, $version:ident, $status:ident) => {
        UserRow {
            id: $row.$id,
            version: $row.$version,
            status: $row.$status,
            node: $row.node,
            email: $row.email,
            name: $row.name,
            last_sign_in_at: $row.last_sign_in_at,
        }
    };
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn flag(number: i64) -> bool {
    number != 0
}

mod connection;
mod escrow;
mod factors;
mod outside;
mod people;
mod vault;
pub(super) use connection::*;
pub(super) use escrow::*;
pub(crate) use factors::LoadedFactor;
pub(super) use factors::*;
pub(super) use outside::*;
pub(super) use people::*;
pub(super) use vault::*;

row!(RouteRow {
    tenant: String,
    tenant_name: String,
    tenant_status: String,
    accent: Option<String>,
    logo: Option<String>,
    connection: String,
    node: String,
    status: String,
    sso_name: Option<String>,
    verified_domain: Option<String>,
    idp_name: String,
    sso_url: String,
    sso_binding: String,
    login_hint: i64,
    sign_requests: i64,
    name_id_format: Option<String>,
    force_authn: i64,
    signing_key: Option<String>,
});

impl TryFrom<RouteRow> for (Route, Option<String>) {
    type Error = StoreError;

    fn try_from(row: RouteRow) -> Result<(Route, Option<String>), StoreError> {
        let route = Route {
            tenant: read!("route", "tenant", TenantId::parse(&row.tenant))?,
            tenant_name: row.tenant_name,
            tenant_status: read!("route", "tenant_status", TenantStatus::parse(&row.tenant_status))?,
            brand: Brand { accent: row.accent.as_deref().and_then(Accent::parse), logo: row.logo },
            connection: read!("route", "connection", ConnectionId::parse(&row.connection))?,
            node: read!("route", "node", NodeId::parse(&row.node))?,
            status: read!("route", "status", ConnectionStatus::parse(&row.status))?,
            sso_name: row.sso_name.as_deref().and_then(SsoName::parse),
            verified_domain: row.verified_domain.as_deref().and_then(Domain::parse),
            idp_name: row.idp_name,
            sso_url: read!("route", "sso_url", SsoUrl::parse(&row.sso_url))?,
            binding: read!("route", "sso_binding", Binding::parse(&row.sso_binding))?,
            login_hint: flag(row.login_hint),
            sign_requests: flag(row.sign_requests),
            name_id_format: row.name_id_format,
            force_authn: flag(row.force_authn),
        };
        Ok((route, row.signing_key))
    }
}

row!(RememberedRow { tenant_name: String, accent: Option<String>, logo: Option<String> });
row!(LogoRow { png: String });

/// Where an IdP takes messages for single logout.
fn logout_service(url: &str, response_url: Option<&str>, binding: &str) -> Result<LogoutService, StoreError> {
    Ok(LogoutService {
        url: read!("connection", "slo_url", SsoUrl::parse(url))?,
        response_url: read!("connection", "slo_response_url", SsoUrl::parse(response_url.unwrap_or(url)))?,
        binding: read!("connection", "slo_binding", Binding::parse(binding))?,
    })
}

row!(SessionAtIdpRow {
    name_id: String,
    session_index: Option<String>,
    idp_name: String,
    slo_url: String,
    slo_response_url: Option<String>,
    slo_binding: String,
    signing_key: String,
});

impl TryFrom<SessionAtIdpRow> for (SessionAtIdp, String) {
    type Error = StoreError;

    fn try_from(row: SessionAtIdpRow) -> Result<(SessionAtIdp, String), StoreError> {
        let at_idp = SessionAtIdp {
            idp_name: row.idp_name,
            service: logout_service(&row.slo_url, row.slo_response_url.as_deref(), &row.slo_binding)?,
            name_id: read!("session", "name_id", read_name_id(&row.name_id))?,
            session_index: row.session_index,
        };
        Ok((at_idp, row.signing_key))
    }
}

row!(LogoutSessionRow { token: String, user: String, session_index: Option<String>, is_named: i64 });

impl TryFrom<LogoutSessionRow> for NamedSession {
    type Error = StoreError;

    fn try_from(row: LogoutSessionRow) -> Result<NamedSession, StoreError> {
        Ok(NamedSession {
            token: read!("session", "token", TokenHash::from_stored(row.token))?,
            user: read!("session", "user", UserId::parse(&row.user))?,
            session_index: row.session_index,
            is_named: flag(row.is_named),
        })
    }
}

row!(
    #[expect(dead_code, reason = "only its being there counts")]
    ConsumedLogoutRequestRow { consumed_at: i64 }
);

row!(PendingLogoutRow { connection: String, browser: String, expires_at: i64, is_consumed: i64 });

impl TryFrom<PendingLogoutRow> for PendingLogout {
    type Error = StoreError;

    fn try_from(row: PendingLogoutRow) -> Result<PendingLogout, StoreError> {
        Ok(PendingLogout {
            connection: read!("pending_logout", "connection", ConnectionId::parse(&row.connection))?,
            browser: read!("pending_logout", "browser", TokenHash::from_stored(row.browser))?,
            expires_at: time(row.expires_at),
            is_consumed: flag(row.is_consumed),
        })
    }
}

row!(MissingMigrationRow { name: String });

row!(SpKeyRow { tenant: String, connection: String, id: String, purpose: String, wrapped: String });

row!(PublishedKeyRow {
    purpose: Option<String>,
    status: Option<String>,
    certificate: Option<String>,
    single_logout: i64,
});

row!(PendingLoginRow {
    request: String,
    connection: String,
    browser: String,
    return_to: String,
    asked: i64,
    expires_at: i64,
    is_consumed: i64,
});

impl PendingLoginRow {
    pub(super) fn with(self, session: Option<SessionFacts>) -> Result<PendingLogin, StoreError> {
        Ok(PendingLogin {
            request: RequestId::from_stored(self.request),
            connection: read!("pending_login", "connection", ConnectionId::parse(&self.connection))?,
            browser: read!("pending_login", "browser", TokenHash::from_stored(self.browser))?,
            return_to: ReturnTo::parse(&self.return_to).unwrap_or_else(ReturnTo::vault),
            asked: flag(self.asked),
            expires_at: time(self.expires_at),
            is_consumed: flag(self.is_consumed),
            session,
        })
    }
}

row!(SessionRow {
    tenant: String,
    tenant_name: String,
    tenant_status: String,
    token: String,
    connection: Option<String>,
    connection_status: Option<String>,
    user: String,
    user_version: i64,
    user_status: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
    node: String,
    node_name: String,
    created_user: i64,
    previous_sign_in_at: Option<i64>,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    locked_at: i64,
    sessions_ended_at: i64,
    policies: String,
    has_password: i64,
    browser: String,
    two_factor: String,
    onboarding: String,
});

impl TryFrom<SessionRow> for SessionFacts {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<SessionFacts, StoreError> {
        let user = user!(row, user, user_version, user_status);
        let roles = read!("role", "policies", policies(&row.policies))?;
        let factors = read!("session", "two_factor", two_factor(&row.two_factor))?;
        let connection = match row.connection.zip(row.connection_status) {
            None => None,
            Some((id, status)) => Some((
                read!("session", "connection", ConnectionId::parse(&id))?,
                read!("session", "connection_status", ConnectionStatus::parse(&status))?,
            )),
        };
        Ok(SessionFacts {
            tenant: read!("session", "tenant", TenantId::parse(&row.tenant))?,
            tenant_status: read!("session", "tenant_status", TenantStatus::parse(&row.tenant_status))?,
            token: read!("session", "token", TokenHash::from_stored(row.token))?,
            user: user.try_into()?,
            created_user: flag(row.created_user),
            previous_sign_in_at: row.previous_sign_in_at.map(time),
            created_at: time(row.created_at),
            last_seen_at: time(row.last_seen_at),
            expires_at: time(row.expires_at),
            revoked_at: row.revoked_at.map(time),
            is_locked: flag(row.locked_at),
            sessions_ended_at: time(row.sessions_ended_at),
            limits: SessionLimits::of(&roles),
            rules: VaultRules::of(&roles),
            allowed: allowed_addresses(&roles),
            browser: read!("session", "browser", TokenHash::from_stored(row.browser))?,
            policy: policy_of(&roles, flag(row.has_password), connection.is_none()),
            connection,
            onboarding: read!("session", "onboarding", onboarding(&row.onboarding, &factors))?,
            factors,
        })
    }
}

row!(RoleNameRow { name: String });

row!(ActivityRow {
    time: i64,
    event: String,
    code: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
});

/// The columns of a user, as several statements have them.
struct UserRow {
    id: String,
    version: i64,
    status: String,
    node: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<User, StoreError> {
        Ok(User {
            id: read!("user", "id", UserId::parse(&row.id))?,
            version: row.version,
            status: read!("user", "status", UserStatus::parse(&row.status))?,
            node: read!("user", "node", NodeId::parse(&row.node))?,
            email: read!("user", "email", Email::parse(&row.email))?,
            name: row.name,
            last_sign_in_at: row.last_sign_in_at.map(time),
        })
    }
}

row!(IdentityRow {
    pinned: Option<String>,
    id: String,
    version: i64,
    status: String,
    node: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
});

impl TryFrom<IdentityRow> for keyward_core::provisioning::KnownIdentity {
    type Error = StoreError;

    fn try_from(row: IdentityRow) -> Result<Self, StoreError> {
        let user = user!(row);
        Ok(keyward_core::provisioning::KnownIdentity { user: user.try_into()?, pinned: row.pinned })
    }
}

row!(EmailHolderRow {
    id: String,
    version: i64,
    status: String,
    node: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
    migrates_until: Option<i64>,
    linked: Option<String>,
});

impl EmailHolderRow {
    pub(super) fn account(&self) -> Result<User, StoreError> {
        let row = self.clone();
        user!(row).try_into()
    }
}

impl TryFrom<EmailHolderRow> for EmailHolder {
    type Error = StoreError;

    fn try_from(row: EmailHolderRow) -> Result<EmailHolder, StoreError> {
        Ok(EmailHolder {
            user: read!("user", "id", UserId::parse(&row.id))?,
            status: read!("user", "status", UserStatus::parse(&row.status))?,
            linked: row
                .linked
                .map(|id| read!("identity", "connection", ConnectionId::parse(&id)))
                .transpose()?,
            migrates_until: row.migrates_until.map(time),
        })
    }
}

row!(DomainRow { connection: Option<String> });

impl TryFrom<DomainRow> for Option<ConnectionId> {
    type Error = StoreError;

    fn try_from(row: DomainRow) -> Result<Option<ConnectionId>, StoreError> {
        row.connection.map(|id| read!("domain", "connection", ConnectionId::parse(&id))).transpose()
    }
}

row!(DueDomainRow {
    tenant: String,
    name: String,
    status: String,
    token: String,
    attempts: i64,
    missing_since: Option<i64>,
    created_at: i64,
    due_at: i64,
    taken: i64,
});

impl TryFrom<DueDomainRow> for DomainFacts {
    type Error = StoreError;

    fn try_from(row: DueDomainRow) -> Result<DomainFacts, StoreError> {
        Ok(DomainFacts {
            tenant: read!("domain", "tenant", TenantId::parse(&row.tenant))?,
            name: read!("domain", "name", Domain::parse(&row.name))?,
            status: read!("domain", "status", DomainStatus::parse(&row.status))?,
            token: row.token,
            attempts: row.attempts,
            missing_since: row.missing_since.map(time),
            created_at: time(row.created_at),
            due_at: time(row.due_at),
            taken: flag(row.taken),
        })
    }
}

row!(DueMetadataRow {
    tenant: String,
    connection: String,
    version: i64,
    entity_id: String,
    url: String,
    etag: Option<String>,
    failures: i64,
    due_at: i64,
    pinned: String,
});

impl TryFrom<DueMetadataRow> for MetadataFacts {
    type Error = StoreError;

    fn try_from(row: DueMetadataRow) -> Result<MetadataFacts, StoreError> {
        let pinned: Vec<(String, Option<i64>)> =
            read!("connection_certificate", "fingerprint", serde_json::from_str(&row.pinned).ok())?;
        Ok(MetadataFacts {
            tenant: read!("connection_metadata", "tenant", TenantId::parse(&row.tenant))?,
            connection: read!("connection_metadata", "connection", ConnectionId::parse(&row.connection))?,
            version: row.version,
            entity_id: row.entity_id,
            url: row.url,
            etag: row.etag,
            failures: row.failures,
            due_at: time(row.due_at),
            pinned: pinned
                .into_iter()
                .map(|(fingerprint, since)| Pinned { fingerprint, missing_since: since.map(time) })
                .collect(),
        })
    }
}

row!(DueCertificateRow {
    tenant: String,
    connection: String,
    fingerprint: String,
    certificate: String,
    looked_at: Option<i64>,
    due_at: i64,
});

impl TryFrom<DueCertificateRow> for CertificateFacts {
    type Error = StoreError;

    fn try_from(row: DueCertificateRow) -> Result<CertificateFacts, StoreError> {
        // As wide as an admin could pin it: what it may still verify is the policy's to say.
        let certificate = Certificate::from_pem_or_base64_legacy(&row.certificate).ok();
        Ok(CertificateFacts {
            tenant: read!("connection_certificate", "tenant", TenantId::parse(&row.tenant))?,
            connection: read!("connection_certificate", "connection", ConnectionId::parse(&row.connection))?,
            fingerprint: row.fingerprint,
            not_after: read!("connection_certificate", "certificate", certificate)?.not_after(),
            looked_at: row.looked_at.map(time),
            due_at: time(row.due_at),
        })
    }
}

row!(DefaultRoleRow { role: String });

impl TryFrom<DefaultRoleRow> for RoleId {
    type Error = StoreError;

    fn try_from(row: DefaultRoleRow) -> Result<RoleId, StoreError> {
        read!("node_default_role", "role", RoleId::parse(&row.role))
    }
}

row!(
    #[expect(dead_code, reason = "only its being there counts")]
    ConsumedAssertionRow { consumed_at: i64 }
);

row!(BrowserAccountRow { id: String, email: String });

impl TryFrom<BrowserAccountRow> for (UserId, String) {
    type Error = StoreError;

    fn try_from(row: BrowserAccountRow) -> Result<(UserId, String), StoreError> {
        Ok((read!("session", "user", UserId::parse(&row.id))?, row.email))
    }
}

row!(ConfirmationRow {
    tenant: String,
    tenant_status: String,
    token: String,
    browser: String,
    connection: String,
    connection_status: String,
    connection_version: i64,
    judged_version: i64,
    sso_name: Option<String>,
    user: String,
    user_version: i64,
    user_status: String,
    node: String,
    email: String,
    name: String,
    last_sign_in_at: Option<i64>,
    domain_routes: i64,
    created_user: i64,
    session_index: Option<String>,
    name_id: Option<String>,
    name_key: Option<String>,
    session_not_on_or_after: Option<i64>,
    return_to: String,
    expires_at: i64,
    is_consumed: i64,
    is_ended: i64,
});

impl TryFrom<ConfirmationRow> for ConfirmationFacts {
    type Error = StoreError;

    fn try_from(row: ConfirmationRow) -> Result<ConfirmationFacts, StoreError> {
        let user = user!(row, user, user_version, user_status);
        Ok(ConfirmationFacts {
            tenant: read!("confirmation", "tenant", TenantId::parse(&row.tenant))?,
            tenant_status: read!("confirmation", "tenant_status", TenantStatus::parse(&row.tenant_status))?,
            token: read!("confirmation", "token", TokenHash::from_stored(row.token))?,
            browser: read!("confirmation", "browser", TokenHash::from_stored(row.browser))?,
            connection: read!("confirmation", "connection", ConnectionId::parse(&row.connection))?,
            connection_status: read!(
                "confirmation",
                "connection_status",
                ConnectionStatus::parse(&row.connection_status)
            )?,
            connection_version: row.connection_version,
            judged_version: row.judged_version,
            user: user.try_into()?,
            domain_routes: flag(row.domain_routes),
            created_user: flag(row.created_user),
            session_index: row.session_index,
            idp_name: row
                .name_id
                .zip(row.name_key)
                .map(|(sent, key)| read!("confirmation", "name_id", IdpName::from_stored(&sent, key)))
                .transpose()?,
            session_not_on_or_after: row.session_not_on_or_after.map(time),
            return_to: ReturnTo::parse(&row.return_to).unwrap_or_else(ReturnTo::vault),
            expires_at: time(row.expires_at),
            is_consumed: flag(row.is_consumed),
            is_ended: flag(row.is_ended),
        })
    }
}
