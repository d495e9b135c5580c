//! Asking: each question is a batch of statements and a reader of its answers.

use keyward_core::address::SsoName;
use keyward_core::brand::{Accent, Brand};
use keyward_core::claim::ClaimFacts;
use keyward_core::domain::DomainFacts;
use keyward_core::expiry::CertificateFacts;
use keyward_core::facts::{ConnectionStatus, TenantStatus};
use keyward_core::id::{ConnectionId, DeviceId, TenantId};
use keyward_core::lock::LockFacts;
use keyward_core::logout::{Asked, IdpName, LogoutFacts, PendingLogout, SessionAtIdp};
use keyward_core::metadata::MetadataFacts;
use keyward_core::provisioning::ProvisioningFacts;
use keyward_core::session::OwnSession;
use keyward_core::{
    AssertedIdentity, Attempt, ConfirmationFacts, Connection, LoginFacts, Route, SessionFacts, TokenHash,
};
use keyward_saml::logout::LogoutRequest;
use keyward_saml::{Timestamp, Unanswered};
use serde::{Deserialize, Serialize};

use super::commit::Visitor;
use super::load_escrow;
use super::rows::{
    ActivityRow, AuthenticatedRow, BrowserAccountRow, CertificateRow, ClaimPlaceRow, ClaimRow,
    ConfirmationRow, ConnectionKeyRow, ConnectionNowRow, ConnectionRow, ConsumedAssertionRow,
    ConsumedLogoutRequestRow, DefaultRoleRow, DomainRow, DueCertificateRow, DueDomainRow, DueMetadataRow,
    EmailHolderRow, GroupRoleRow, HeldRoleRow, IdentityRow, LogoRow, LogoutSessionRow, MissingMigrationRow,
    OwnSessionRow, PendingLoginRow, PendingLogoutRow, PublishedKeyRow, RememberedRow, RoleNameRow,
    RolePoliciesRow, RouteRow, SessionAtIdpRow, SessionDeviceRow, SessionRow, VaultChangeRow,
    VaultCounterRow, VaultDeviceRow, VaultKeyRow, VaultStatementRow,
};
use super::statement::statement;
use super::{Answers, Statement, StoreError};

/// What a statement is not asked by.
const NONE: Option<&str> = None;

/// The start of a sign-in: looks the route up, and leaves the pending request or the refusal behind.
pub(crate) fn start(attempt: &Attempt, visitor: &Visitor) -> Vec<Statement> {
    let entry = attempt.entry();
    let domain = entry.domain().map(keyward_core::address::Domain::as_str);
    let sso_name = entry.sso_name().map(SsoName::as_str);
    let connection = entry.connection().map(ConnectionId::as_str);
    let pending = attempt.pending();
    let event = attempt.if_unknown();
    vec![
        statement!("load_route", domain, sso_name, connection),
        statement!(
            "insert_pending_login",
            domain,
            sso_name,
            connection,
            pending.request.as_str(),
            pending.browser.as_str(),
            pending.return_to.as_str(),
            pending.asked,
            pending.created_at,
            pending.expires_at,
            pending.claim.map(TokenHash::as_str),
        ),
        statement!(
            "insert_unroutable_event",
            domain,
            sso_name,
            connection,
            event.id.as_str(),
            event.time,
            event.event.as_str(),
            event.code,
            event.reference.as_ref().map(keyward_core::Reference::as_str),
            visitor.ip.as_deref(),
            visitor.user_agent.as_deref(),
            event.detail.as_str(),
        ),
    ]
}

/// The route, and the wrapped key that signs requests on it.
pub(crate) fn read_route(answers: &mut impl Answers) -> Result<Option<(Route, Option<String>)>, StoreError> {
    answers.row::<RouteRow>()?.map(TryInto::try_into).transpose()
}

/// What a remembered organisation calls itself, while its people sign in here.
pub(crate) fn remembered(name: &SsoName) -> Vec<Statement> {
    vec![statement!("load_remembered", name.as_str())]
}

/// The organisation's name, and what it shows.
pub(crate) fn read_remembered(answers: &mut impl Answers) -> Result<Option<(String, Brand)>, StoreError> {
    let brand = |accent: Option<&str>, logo| Brand { accent: accent.and_then(Accent::parse), logo };
    Ok(answers.row::<RememberedRow>()?.map(|row| (row.tenant_name, brand(row.accent.as_deref(), row.logo))))
}

/// A logo, by its hash.
pub(crate) fn logo(hash: &str) -> Vec<Statement> {
    vec![statement!("load_logo", hash)]
}

/// Its base64.
pub(crate) fn read_logo(answers: &mut impl Answers) -> Result<Option<String>, StoreError> {
    Ok(answers.row::<LogoRow>()?.map(|row| row.png))
}

/// A connection with its active configuration.
pub(crate) fn connection(id: &ConnectionId) -> Vec<Statement> {
    vec![
        statement!("load_connection", id.as_str()),
        statement!("load_connection_certificates", id.as_str()),
        statement!("load_connection_keys", id.as_str()),
    ]
}

/// A connection as the rows have it, without our keys: what was read of its IdP's metadata, and its settings. Nothing of it is
/// secret, or about a person.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredConnection {
    connection: ConnectionRow,
    certificates: Vec<CertificateRow>,
    decryption_keys: usize,
}

impl StoredConnection {
    /// Reads it.
    pub(crate) fn connection(&self) -> Result<Connection, StoreError> {
        self.connection.clone().with(&self.certificates, self.decryption_keys)
    }
}

/// Our keys of a connection, as they are at rest.
#[derive(Debug)]
pub(crate) struct ConnectionKeys {
    /// What signs.
    pub(crate) signing: Option<String>,
    /// What decrypts, the one in use first, as jobs number them.
    pub(crate) decryption: Vec<String>,
}

/// The connection.
pub(crate) fn read_connection(
    answers: &mut impl Answers,
) -> Result<Option<(StoredConnection, ConnectionKeys)>, StoreError> {
    let row = answers.row::<ConnectionRow>()?;
    let certificates = answers.rows::<CertificateRow>()?;
    let keys = answers.rows::<ConnectionKeyRow>()?;
    let signing = keys.iter().find(|key| key.purpose == "sign").map(|key| key.wrapped.clone());
    let decryption: Vec<String> =
        keys.into_iter().filter(|key| key.purpose == "decrypt").map(|key| key.wrapped).collect();
    let stored = row.map(|connection| StoredConnection {
        connection,
        certificates,
        decryption_keys: decryption.len(),
    });
    Ok(stored.map(|stored| (stored, ConnectionKeys { signing, decryption })))
}

/// Whether all of these migrations were applied: a JSON array of their names.
pub(crate) fn missing_migration(names: &str) -> Vec<Statement> {
    vec![statement!("load_missing_migration", names)]
}

/// One that was not.
pub(crate) fn read_missing_migration(answers: &mut impl Answers) -> Result<Option<String>, StoreError> {
    Ok(answers.row::<MissingMigrationRow>()?.map(|row| row.name))
}

/// The keys that a connection publishes.
pub(crate) fn published_keys(id: &ConnectionId) -> Vec<Statement> {
    vec![statement!("load_published_keys", id.as_str())]
}

/// A certificate in our metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublishedKey {
    /// `sign` or `decrypt`.
    pub(crate) purpose: String,
    /// `active` or `next`.
    pub(crate) status: String,
    /// Base64 of the DER.
    pub(crate) certificate: String,
}

/// The keys, the ones in use first, and whether single logout is on; `None` where there is no such connection.
pub(crate) fn read_published_keys(
    answers: &mut impl Answers,
) -> Result<Option<(Vec<PublishedKey>, bool)>, StoreError> {
    let rows = answers.rows::<PublishedKeyRow>()?;
    let Some(first) = rows.first() else { return Ok(None) };
    let single_logout = first.single_logout != 0;
    let keys = rows.into_iter().filter_map(|row| match (row.purpose, row.status, row.certificate) {
        (Some(purpose), Some(status), Some(certificate)) => {
            Some(PublishedKey { purpose, status, certificate })
        }
        _ => None,
    });
    Ok(Some((keys.collect(), single_logout)))
}

/// The domains whose checks are due, the ones that wait longest first.
pub(crate) fn due_domains(now: Timestamp) -> Vec<Statement> {
    vec![statement!("load_due_domains", now)]
}

/// The domains.
pub(crate) fn read_due_domains(answers: &mut impl Answers) -> Result<Vec<DomainFacts>, StoreError> {
    answers.rows::<DueDomainRow>()?.into_iter().map(TryInto::try_into).collect()
}

/// The connections whose metadata is due.
pub(crate) fn due_metadata(now: Timestamp) -> Vec<Statement> {
    vec![statement!("load_due_metadata", now)]
}

/// The connections.
pub(crate) fn read_due_metadata(answers: &mut impl Answers) -> Result<Vec<MetadataFacts>, StoreError> {
    answers.rows::<DueMetadataRow>()?.into_iter().map(TryInto::try_into).collect()
}

/// The certificates whose ends are to be looked at.
pub(crate) fn due_certificates(now: Timestamp) -> Vec<Statement> {
    vec![statement!("load_due_certificates", now)]
}

/// The certificates; one that cannot be read keeps no other from being looked at.
pub(crate) fn read_due_certificates(
    answers: &mut impl Answers,
) -> Result<Vec<Result<CertificateFacts, StoreError>>, StoreError> {
    Ok(answers.rows::<DueCertificateRow>()?.into_iter().map(TryInto::try_into).collect())
}

/// What may have changed since a connection was remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionNow {
    pub(crate) tenant_name: String,
    pub(crate) tenant_status: TenantStatus,
    pub(crate) status: ConnectionStatus,
    pub(crate) version: i64,
    pub(crate) seat_free: bool,
}

/// All that the finish of a sign-in looks at. Where the assertion does not say who it is about, nobody is looked up; the
/// core then says what is missing.
pub(crate) fn login_facts(
    connection: &Connection,
    response: &Unanswered,
    asserted: Option<&AssertedIdentity>,
    browser: &TokenHash,
) -> Vec<Statement> {
    let tenant = connection.tenant.as_str();
    let email = asserted.map(AssertedIdentity::email);
    let address = email.map(keyward_core::address::Email::as_str);
    let subject = asserted.map(|asserted| asserted.subject().as_str());
    let groups = asserted.map(|asserted| serde_json::json!(asserted.groups()).to_string());
    vec![
        statement!("load_connection_now", tenant, connection.id.as_str()),
        statement!("load_pending_login", tenant, response.in_response_to()),
        statement!("load_session", NONE, tenant, response.in_response_to()),
        statement!("load_claim", NONE, tenant, response.in_response_to()),
        statement!("load_consumed_assertion", tenant, response.issuer(), response.assertion_id()),
        statement!("load_identity", tenant, connection.id.as_str(), subject),
        statement!("load_email_holder", tenant, address, connection.id.as_str()),
        statement!("load_domain", tenant, email.map(|email| email.domain().as_str())),
        statement!("load_default_roles", tenant, connection.node.as_str()),
        statement!("load_group_roles", tenant, connection.id.as_str(), groups.as_deref()),
        statement!("load_identity_roles", tenant, connection.id.as_str(), subject, address),
        statement!(
            "load_sign_in_policies",
            tenant,
            connection.id.as_str(),
            subject,
            address,
            connection.node.as_str(),
            groups.as_deref(),
        ),
        statement!("load_browser_account", browser.as_str()),
    ]
}

/// The facts, and what the organisation calls itself; `None` where the connection is gone.
pub(crate) fn read_login_facts(
    answers: &mut impl Answers,
) -> Result<Option<(LoginFacts, String)>, StoreError> {
    let Some(now) = answers.row::<ConnectionNowRow>()? else { return Ok(None) };
    let now: ConnectionNow = now.try_into()?;
    let pending = answers.row::<PendingLoginRow>()?;
    let session = answers.row::<SessionRow>()?.map(TryInto::try_into).transpose()?;
    let claim = answers.row::<ClaimRow>()?.map(TryInto::try_into).transpose()?;
    let assertion_consumed = answers.row::<ConsumedAssertionRow>()?.is_some();
    let identity = answers.row::<IdentityRow>()?.map(TryInto::try_into).transpose()?;
    let email_holder = answers.row::<EmailHolderRow>()?;
    let email_holder_account = email_holder.as_ref().map(EmailHolderRow::account).transpose()?;
    let email_holder = email_holder.map(TryInto::try_into).transpose()?;
    let domain = answers.row::<DomainRow>()?.map(TryInto::try_into).transpose()?;
    let default_roles =
        answers.rows::<DefaultRoleRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let group_roles =
        answers.rows::<GroupRoleRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let held_roles =
        answers.rows::<HeldRoleRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let policies =
        answers.rows::<RolePoliciesRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let browser_account = answers.row::<BrowserAccountRow>()?.map(TryInto::try_into).transpose()?;
    let facts = LoginFacts {
        tenant_status: now.tenant_status,
        status: now.status,
        version: now.version,
        pending: pending.map(|row| row.with(session)).transpose()?,
        assertion_consumed,
        provisioning: ProvisioningFacts {
            identity,
            claim,
            email_holder_account,
            email_holder,
            domain,
            default_roles,
            group_roles,
            held_roles,
            policies,
            seat_free: now.seat_free,
        },
        browser_account,
    };
    Ok(Some((facts, now.tenant_name)))
}

/// A confirmation by the hash of its token.
pub(crate) fn confirmation(token: &TokenHash) -> Vec<Statement> {
    vec![statement!("load_confirmation", token.as_str())]
}

/// The confirmation, and the SSO name of its connection.
pub(crate) fn read_confirmation(
    answers: &mut impl Answers,
) -> Result<Option<(ConfirmationFacts, Option<SsoName>)>, StoreError> {
    let Some(row) = answers.row::<ConfirmationRow>()? else { return Ok(None) };
    let sso_name = row.sso_name.as_deref().and_then(SsoName::parse);
    Ok(Some((row.try_into()?, sso_name)))
}

/// A claim by the hash of its token, and where it leads.
pub(crate) fn claim(token: &TokenHash) -> Vec<Statement> {
    vec![statement!("load_claim", token.as_str(), NONE, NONE), statement!("load_claim_place", token.as_str())]
}

/// Whose a claim is, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimPlace {
    pub(crate) tenant: TenantId,
    pub(crate) tenant_name: String,
    pub(crate) is_active: bool,
    pub(crate) idp_name: String,
}

/// The claim.
pub(crate) fn read_claim(answers: &mut impl Answers) -> Result<Option<(ClaimFacts, ClaimPlace)>, StoreError> {
    let claim = answers.row::<ClaimRow>()?.map(TryInto::try_into).transpose()?;
    let place = answers.row::<ClaimPlaceRow>()?.map(TryInto::try_into).transpose()?;
    Ok(claim.zip(place))
}

/// A session with everything that it rests on, by the hash of its token.
pub(super) fn whole_session(token: &TokenHash) -> Statement {
    statement!("load_session", token.as_str(), NONE, NONE)
}

/// A session by the hash of its token.
pub(crate) fn session(token: &TokenHash) -> Vec<Statement> {
    vec![whole_session(token)]
}

/// A session, and how its IdP is told that it is over.
pub(crate) fn session_to_leave(token: &TokenHash) -> Vec<Statement> {
    vec![whole_session(token), statement!("load_session_at_idp", token.as_str())]
}

/// How the IdP is told, and the wrapped key that signs it; `None` where it is not.
pub(crate) fn read_session_at_idp(
    answers: &mut impl Answers,
) -> Result<Option<(SessionAtIdp, String)>, StoreError> {
    answers.row::<SessionAtIdpRow>()?.map(TryInto::try_into).transpose()
}

/// What a LogoutRequest is about.
pub(crate) fn logout_request(
    connection: &Connection,
    name: &IdpName,
    request: &LogoutRequest,
    now: Timestamp,
) -> Vec<Statement> {
    let (tenant, id) = (connection.tenant.as_str(), connection.id.as_str());
    let indexes = serde_json::json!(request.session_indexes).to_string();
    vec![
        statement!("load_connection_now", tenant, id),
        statement!("load_consumed_logout_request", tenant, id, request.id.as_str()),
        statement!("load_logout_sessions", tenant, id, name.key(), indexes.as_str(), now),
    ]
}

/// The facts; `None` where the connection is gone.
pub(crate) fn read_logout_request(
    answers: &mut impl Answers,
) -> Result<Option<LogoutFacts<Asked>>, StoreError> {
    let Some(now) = answers.row::<ConnectionNowRow>()? else { return Ok(None) };
    let ConnectionNow { tenant_status, status, version, .. } = now.try_into()?;
    let is_consumed = answers.row::<ConsumedLogoutRequestRow>()?.is_some();
    let sessions = answers.rows::<LogoutSessionRow>()?;
    let sessions = sessions.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    Ok(Some(LogoutFacts { tenant_status, status, version, of: Asked { is_consumed, sessions } }))
}

/// What a LogoutResponse is about.
pub(crate) fn logout_response(connection: &Connection, in_response_to: &str) -> Vec<Statement> {
    let tenant = connection.tenant.as_str();
    vec![
        statement!("load_connection_now", tenant, connection.id.as_str()),
        statement!("load_pending_logout", tenant, in_response_to),
    ]
}

/// The facts; `None` where the connection is gone.
pub(crate) fn read_logout_response(
    answers: &mut impl Answers,
) -> Result<Option<LogoutFacts<Option<PendingLogout>>>, StoreError> {
    let Some(now) = answers.row::<ConnectionNowRow>()? else { return Ok(None) };
    let ConnectionNow { tenant_status, status, version, .. } = now.try_into()?;
    let of = read_awaited_logout(answers)?;
    Ok(Some(LogoutFacts { tenant_status, status, version, of }))
}

/// The last request of ours that a browser took along to an IdP.
pub(crate) fn awaited_logout(connection: &Connection, browser: &TokenHash) -> Vec<Statement> {
    let (tenant, connection) = (connection.tenant.as_str(), connection.id.as_str());
    vec![statement!("load_awaited_logout", tenant, connection, browser.as_str())]
}

/// The request.
pub(crate) fn read_awaited_logout(answers: &mut impl Answers) -> Result<Option<PendingLogout>, StoreError> {
    answers.row::<PendingLogoutRow>()?.map(TryInto::try_into).transpose()
}

/// A session and what the vault's first page shows.
pub(crate) fn session_with_roles(token: &TokenHash) -> Vec<Statement> {
    vec![whole_session(token), statement!("load_session_roles", token.as_str())]
}

/// A session and what happened to its user.
pub(crate) fn session_with_activity(token: &TokenHash) -> Vec<Statement> {
    vec![whole_session(token), statement!("load_session_activity", token.as_str())]
}

/// A session and all that its person has.
pub(crate) fn own_sessions(token: &TokenHash, now: Timestamp) -> Vec<Statement> {
    vec![whole_session(token), statement!("load_own_sessions", token.as_str(), now)]
}

/// The sessions, in no order.
pub(crate) fn read_own_sessions(answers: &mut impl Answers) -> Result<Vec<OwnSession>, StoreError> {
    answers.rows::<OwnSessionRow>()?.into_iter().map(OwnSession::try_from).collect()
}

/// A session and its person's statements.
pub(crate) fn vault(token: &TokenHash) -> Vec<Statement> {
    vec![whole_session(token), statement!("load_vault_statements", token.as_str())]
}

/// A session, its person's statements, and what one of their devices opens the vault with.
pub(crate) fn vault_of_device(token: &TokenHash, device: &DeviceId) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_vault_statements", token.as_str()),
        statement!("load_vault_device", token.as_str(), device.as_str()),
        statement!("load_vault_keys", token.as_str()),
        load_escrow::former_device(token, device.as_str()),
    ]
}

/// The statements, base64, from the first on.
pub(crate) fn read_vault_statements(answers: &mut impl Answers) -> Result<Vec<String>, StoreError> {
    Ok(answers.rows::<VaultStatementRow>()?.into_iter().map(|row| row.statement).collect())
}

/// A device's key for signatures, and what it opens the vault with.
pub(crate) struct VaultDevice {
    pub(crate) signing: String,
    pub(crate) wrap: String,
    pub(crate) share: String,
    pub(crate) lock: LockFacts,
}

/// The device.
pub(crate) fn read_vault_device(answers: &mut impl Answers) -> Result<Option<VaultDevice>, StoreError> {
    let time = Timestamp::from_millis;
    let device = |row: VaultDeviceRow| VaultDevice {
        signing: row.signing,
        wrap: row.wrap,
        share: row.share,
        lock: LockFacts {
            locked_at: time(row.locked_at),
            authenticated_at: time(row.authenticated_at),
            unlocked_at: time(row.unlocked_at),
            is_blocked: row.blocked_at.is_some(),
        },
    };
    Ok(answers.row::<VaultDeviceRow>()?.map(device))
}

/// The account's private keys, sealed.
pub(crate) struct VaultKey {
    pub(crate) revision: i64,
    pub(crate) sealed: String,
}

pub(crate) fn read_vault_keys(answers: &mut impl Answers) -> Result<Option<VaultKey>, StoreError> {
    let key = |VaultKeyRow { revision, sealed }| VaultKey { revision, sealed };
    Ok(answers.row::<VaultKeyRow>()?.map(key))
}

/// A session, the device that was proven in it, the counter of its person's vault, and whether they consented to escrow.
pub(crate) fn proven_with_counter(token: &TokenHash) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        statement!("load_vault_counter", token.as_str()),
        load_escrow::consent(token),
    ]
}

/// A session, the device that was proven in it, and when its person signed in at the IdP.
pub(crate) fn proven_with_sign_in(token: &TokenHash) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        statement!("load_authenticated_at", token.as_str()),
    ]
}

/// AuthnInstant; 0 where none is known.
pub(crate) fn read_authenticated_at(answers: &mut impl Answers) -> Result<Timestamp, StoreError> {
    let at = answers.row::<AuthenticatedRow>()?.map_or(0, |row| row.authenticated_at);
    Ok(Timestamp::from_millis(at))
}

/// A session, the device that was proven in it, and what changed in the vault after a place in its history.
pub(crate) fn proven_with_changes(token: &TokenHash, since: i64, after: &str) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        statement!("load_vault_changes", token.as_str(), since, after),
        statement!("load_vault_counter", token.as_str()),
        load_escrow::consent(token),
    ]
}

/// The device that was proven in the session, where it is trusted.
pub(crate) fn read_session_device(answers: &mut impl Answers) -> Result<Option<DeviceId>, StoreError> {
    Ok(answers.row::<SessionDeviceRow>()?.and_then(|row| DeviceId::parse(&row.device)))
}

/// The counter; `None` where there is no vault.
pub(crate) fn read_vault_counter(answers: &mut impl Answers) -> Result<Option<i64>, StoreError> {
    Ok(read_vault_at(answers)?.map(|(counter, _)| counter))
}

/// The counter, and the number of the last statement; `None` where there is no vault.
pub(crate) fn read_vault_at(answers: &mut impl Answers) -> Result<Option<(i64, i64)>, StoreError> {
    Ok(answers.row::<VaultCounterRow>()?.map(|row| (row.revision, row.sequence)))
}

/// Something sealed: its ID, its kind, its revision, the counter at which it came, base64 of it.
pub(crate) type VaultChange = (String, String, i64, i64, String);

/// What changed, the oldest change first.
pub(crate) fn read_vault_changes(answers: &mut impl Answers) -> Result<Vec<VaultChange>, StoreError> {
    let change = |row: VaultChangeRow| (row.item, row.kind, row.revision, row.changed, row.sealed);
    Ok(answers.rows::<VaultChangeRow>()?.into_iter().map(change).collect())
}

/// A session with what people call its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoadedSession {
    pub(crate) facts: SessionFacts,
    pub(crate) tenant_name: String,
    pub(crate) node_name: String,
}

/// The session.
pub(crate) fn read_session(answers: &mut impl Answers) -> Result<Option<LoadedSession>, StoreError> {
    let Some(row) = answers.row::<SessionRow>()? else { return Ok(None) };
    let (tenant_name, node_name) = (row.tenant_name.clone(), row.node_name.clone());
    Ok(Some(LoadedSession { facts: row.try_into()?, tenant_name, node_name }))
}

/// The names of its user's roles.
pub(crate) fn read_roles(answers: &mut impl Answers) -> Result<Vec<String>, StoreError> {
    Ok(answers.rows::<RoleNameRow>()?.into_iter().map(|row| row.name).collect())
}

/// One thing that happened to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(crate) time: Timestamp,
    pub(crate) event: String,
    pub(crate) code: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// What happened, newest first.
pub(crate) fn read_activity(answers: &mut impl Answers) -> Result<Vec<Happening>, StoreError> {
    let happening = |row: ActivityRow| Happening {
        time: Timestamp::from_millis(row.time),
        event: row.event,
        code: row.code,
        ip: row.ip,
        user_agent: row.user_agent,
    };
    Ok(answers.rows::<ActivityRow>()?.into_iter().map(happening).collect())
}
