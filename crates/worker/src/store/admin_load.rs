//! What the API asks. Each is one statement; its row is a type of [`crate::api::views`].

use keyward_core::TokenHash;
use keyward_core::admin::Search;
use keyward_core::asserted::Subject;
use keyward_core::id::{NodeId, RoleId, TenantId, UserId};
use keyward_saml::Timestamp;

use super::load::whole_session;
use super::statement::statement;
use super::{Statement, outside};

/// Where a page begins, and how long it is.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The last id of the page before; empty: the first page.
    pub(crate) after: String,
    /// One more than is shown, to know whether there is another page.
    pub(crate) rows: i64,
}

fn ids(nodes: &[&NodeId]) -> String {
    serde_json::json!(nodes.iter().map(|node| node.as_str()).collect::<Vec<_>>()).to_string()
}

/// A token with its person's privileges, the tree, and who signs in outside single sign-on.
pub(crate) fn api_token(hash: &TokenHash) -> Vec<Statement> {
    vec![
        statement!("load_api_token", hash.as_str()),
        statement!("load_api_token_tree", hash.as_str()),
        outside::admins(None, Some(hash)),
    ]
}

/// A session with its person's privileges, the tree, and who signs in outside single sign-on.
pub(crate) fn admin_session(token: &TokenHash) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_holds", token.as_str()),
        statement!("load_session_tree", token.as_str()),
        outside::admins(Some(token), None),
    ]
}

pub(crate) fn idempotency_key(tenant: &TenantId, actor: &str, key: &str) -> Statement {
    statement!("load_idempotency_key", tenant.as_str(), actor, key)
}

pub(crate) fn operator_key(key: &str) -> Statement {
    statement!("load_operator_key", key)
}

pub(crate) fn trial_count(tenant: &TenantId, user: &UserId, now: Timestamp) -> Statement {
    statement!("load_trial_count", tenant.as_str(), user.as_str(), now)
}

pub(crate) fn tenant(tenant: &str) -> Statement {
    statement!("load_tenant", tenant)
}

pub(crate) fn mail_settings(tenant: &TenantId) -> Statement {
    statement!("load_mail_settings", tenant.as_str())
}

/// Notices before this time, id and person.
pub(crate) fn mail(tenant: &TenantId, (time, id, user): (i64, &str, &str), rows: i64) -> Statement {
    statement!("load_mail", tenant.as_str(), time, id, user, rows)
}

pub(crate) fn extension_links(tenant: &str) -> Statement {
    statement!("load_extension_links", tenant)
}

pub(crate) fn tenants(page: &Page) -> Statement {
    statement!("load_tenants", page.after.as_str(), page.rows)
}

pub(crate) fn node(tenant: &TenantId, id: &str, now: Timestamp) -> Statement {
    statement!("load_node", tenant.as_str(), id, now)
}

pub(crate) fn nodes(tenant: &TenantId, page: &Page, nodes: &[&NodeId]) -> Statement {
    statement!("load_nodes", tenant.as_str(), page.after.as_str(), page.rows, ids(nodes).as_str())
}

pub(crate) fn user(tenant: &TenantId, id: &str) -> Statement {
    statement!("load_user", tenant.as_str(), id)
}

pub(crate) fn users(
    tenant: &TenantId,
    page: &Page,
    nodes: &[&NodeId],
    email: Option<&str>,
    status: Option<&str>,
) -> Statement {
    statement!(
        "load_users",
        tenant.as_str(),
        page.after.as_str(),
        page.rows,
        ids(nodes).as_str(),
        email,
        status
    )
}

/// The words that a search looks at: more people than this are found by more letters.
const WORDS: i64 = 1000;

/// Those of them one of whose words begins so.
pub(crate) fn users_found(
    tenant: &TenantId,
    page: &Page,
    nodes: &[&NodeId],
    search: &Search,
    status: Option<&str>,
) -> Statement {
    let texts = |texts: &[String]| serde_json::json!(texts).to_string();
    statement!(
        "load_users_found",
        tenant.as_str(),
        page.after.as_str(),
        page.rows,
        ids(nodes).as_str(),
        status,
        texts(&search.begins).as_str(),
        texts(&search.also).as_str(),
        WORDS
    )
}

/// The browsers that wait for an admin at these nodes.
pub(crate) fn waiting(tenant: &TenantId, now: Timestamp, nodes: &[&NodeId]) -> Statement {
    statement!("load_waiting", tenant.as_str(), now, ids(nodes).as_str())
}

pub(crate) fn seats(tenant: &TenantId, email: &str) -> Statement {
    statement!("load_seats", tenant.as_str(), email)
}

pub(crate) fn sessions(tenant: &TenantId, user: &str, page: &Page, now: Timestamp) -> Statement {
    statement!("load_sessions", tenant.as_str(), user, page.after.as_str(), page.rows, now)
}

pub(crate) fn session_user(tenant: &TenantId, user: &str, session: &str) -> Statement {
    statement!("load_session_user", tenant.as_str(), user, session)
}

pub(crate) fn role(tenant: &TenantId, id: &str) -> Statement {
    statement!("load_role", tenant.as_str(), id)
}

pub(crate) fn roles(tenant: &TenantId, page: &Page, nodes: &[&NodeId]) -> Statement {
    statement!("load_roles", tenant.as_str(), page.after.as_str(), page.rows, ids(nodes).as_str())
}

pub(crate) fn role_holders(tenant: &TenantId, id: &RoleId) -> Statement {
    statement!("load_role_holders", tenant.as_str(), id.as_str())
}

pub(crate) fn named_roles(tenant: &TenantId, roles: &[&str]) -> Statement {
    statement!("load_named_roles", tenant.as_str(), serde_json::json!(roles).to_string().as_str())
}

pub(crate) fn role_names(tenant: &TenantId, node: &str, name: &str) -> Statement {
    statement!("load_role_names", tenant.as_str(), node, name)
}

pub(crate) fn claimed_domain(tenant: &TenantId, name: &str) -> Statement {
    statement!("load_claimed_domain", tenant.as_str(), name)
}

pub(crate) fn claimed_domains(tenant: &TenantId, page: &Page) -> Statement {
    statement!("load_claimed_domains", tenant.as_str(), page.after.as_str(), page.rows)
}

pub(crate) fn domain_claims(tenant: &TenantId, name: &str) -> Statement {
    statement!("load_domain_claims", tenant.as_str(), name)
}

pub(crate) fn admin_connection(tenant: &TenantId, id: &str, origin: &str) -> Statement {
    statement!("load_admin_connection", tenant.as_str(), id, origin)
}

pub(crate) fn admin_connections(
    tenant: &TenantId,
    page: &Page,
    nodes: &[&NodeId],
    origin: &str,
) -> Statement {
    statement!(
        "load_admin_connections",
        tenant.as_str(),
        page.after.as_str(),
        page.rows,
        ids(nodes).as_str(),
        origin
    )
}

pub(crate) fn connection_set_up(tenant: &TenantId, id: &str) -> Statement {
    statement!("load_connection_set_up", tenant.as_str(), id)
}

pub(crate) fn connections_health(tenant: &TenantId, page: &Page, nodes: &[&NodeId]) -> Statement {
    let nodes = ids(nodes);
    statement!("load_connections_health", tenant.as_str(), page.after.as_str(), page.rows, nodes.as_str())
}

/// Who signs in outside single sign-on.
pub(crate) fn outside_health(tenant: &TenantId) -> Statement {
    statement!("load_outside_health", tenant.as_str())
}

pub(crate) fn trial_report(tenant: &TenantId, connection: &str, trial: &str, user: &str) -> Statement {
    statement!("load_trial_report", tenant.as_str(), connection, trial, user)
}

pub(crate) fn connection_names(tenant: &TenantId, node: &str, sso_name: Option<&str>) -> Statement {
    statement!("load_connection_names", tenant.as_str(), node, sso_name)
}

pub(crate) fn keys(tenant: &TenantId, connection: &str) -> Statement {
    statement!("load_keys", tenant.as_str(), connection)
}

/// Newest first.
pub(crate) fn messages(tenant: &TenantId, connection: &str, before: i64, rows: i64) -> Statement {
    statement!("load_messages", tenant.as_str(), connection, before, rows)
}

pub(crate) fn message(tenant: &TenantId, connection: &str, id: &str) -> Statement {
    statement!("load_message", tenant.as_str(), connection, id)
}

pub(crate) fn identities(tenant: &TenantId, user: &str, page: &Page) -> Statement {
    statement!("load_identities", tenant.as_str(), user, page.after.as_str(), page.rows)
}

pub(crate) fn user_identity(tenant: &TenantId, user: &str, connection: &str) -> Statement {
    statement!("load_user_identity", tenant.as_str(), user, connection)
}

pub(crate) fn subject_holder(tenant: &TenantId, connection: &str, subject: &Subject) -> Statement {
    statement!("load_subject_holder", tenant.as_str(), connection, subject.as_str())
}

pub(crate) fn user_policies(tenant: &TenantId, user: &str) -> Statement {
    statement!("load_user_policies", tenant.as_str(), user)
}

pub(crate) fn user_devices(tenant: &TenantId, user: &str, page: &Page) -> Statement {
    statement!("load_user_devices", tenant.as_str(), user, page.after.as_str(), page.rows)
}

/// Which events; `None`: whatever it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Not these: they were on the page before.
    pub(crate) before: (i64, String),
    pub(crate) since: i64,
    pub(crate) event: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) actor: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) connection: Option<String>,
    pub(crate) reference: Option<String>,
}

/// Newest first; `nodes`: only what happened at these, `None`: all of the organisation's.
pub(crate) fn events(tenant: &TenantId, wanted: &Wanted, rows: i64, nodes: Option<&[&NodeId]>) -> Statement {
    statement!(
        "load_events",
        tenant.as_str(),
        wanted.before.0,
        wanted.before.1.as_str(),
        rows,
        nodes.map(ids).as_deref(),
        wanted.since,
        wanted.event.as_deref(),
        wanted.code.as_deref(),
        wanted.actor.as_deref(),
        wanted.subject.as_deref(),
        wanted.connection.as_deref(),
        wanted.reference.as_deref(),
    )
}

pub(crate) fn token(tenant: &TenantId, id: &str) -> Statement {
    statement!("load_token", tenant.as_str(), id)
}

pub(crate) fn tokens(tenant: &TenantId, page: &Page, nodes: &[&NodeId], user: Option<&str>) -> Statement {
    statement!("load_tokens", tenant.as_str(), page.after.as_str(), page.rows, ids(nodes).as_str(), user)
}

pub(crate) fn token_count(tenant: &TenantId) -> Statement {
    statement!("load_token_count", tenant.as_str())
}
