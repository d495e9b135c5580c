//! What the API shows. Each is a row as its statements in `store/sql` select it.

use keyward_core::ReturnTo;
use keyward_core::address::{Domain, SsoName};
use keyward_core::admin::{
    ApiTokenFacts, AtNode, ConnectionFacts, DomainChange, DraftFacts, Grant, Identifies, NodeFacts,
    Privileges, RoleFacts, RoleHolders, TenantFacts, Tree, UserFacts,
};
use keyward_core::brand::Accent;
use keyward_core::domain::DomainStatus;
use keyward_core::facts::{ConnectionStatus, TenantStatus, UserStatus};
use keyward_core::id::{ConnectionId, NodeId, RoleId, TenantId, TokenId, UserId};
use keyward_core::outside::keep::Outside;
use keyward_core::policy::Policies;
use keyward_core::roles::{HeldRole, RoleSource};
use keyward_core::session::SessionLimits;
use keyward_saml::Timestamp;
use serde_json::Value as Json;

use super::describe::{Flag, FromText, PoliciesJson, PrivilegesJson, Time, row, view};
use crate::store::StoreError;

mod trust;
pub(crate) use trust::*;

/// `[[node, [privilege, …]], …]`
pub(crate) type Held = FromText<Vec<(String, PrivilegesJson)>>;

/// `[[role, {policy: value, …}], …]`
pub(crate) type Asked = FromText<Vec<(String, PoliciesJson)>>;

fn asked(policies: &Asked) -> Option<Vec<(RoleId, Policies)>> {
    policies.0.iter().map(|(role, policies)| Some((RoleId::parse(role)?, policies.0.clone()))).collect()
}

fn grants(held: &Held) -> Option<Vec<Grant>> {
    held.0.iter().map(|(node, privileges)| grant(node, privileges.0)).collect()
}

fn grant(node: &str, privileges: Privileges) -> Option<Grant> {
    Some(Grant { node: NodeId::parse(node)?, privileges })
}

/// A row that is not what the migrations promise.
fn told<T>(of: &'static str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or(StoreError::Row { of, what: "a column that cannot be read" })
}

view!(
    /// Privileges at a node and below.
    GrantView {
        node: String = "Where: here and everywhere below",
        privileges: PrivilegesJson = "Which",
    }
);

view!(
    /// Who asks.
    MeView {
        tenant: String = "The organisation",
        user: Option<String> = "The person who asks, or whom the token acts for",
        token: Option<String> = "The token that is used",
        grants: Vec<GrantView> = "What they hold at this moment",
    }
);

view!(
    /// Where the browser extension is.
    ExtensionLinkView {
        browser: String = "chrome, edge, firefox or safari",
        url: String = "The page of its store",
    }
);

view!(
    /// An organisation.
    TenantView {
        id: String = "Its id",
        name: String = "What it is called",
        status: String = "active, suspended or deleted",
        seats: i64 = "How many accounts it may have",
        seats_used: i64 = "How many it has, deleted ones not counted",
        group_privileges: Flag = "Whether roles that groups of an identity provider give carry privileges too",
        audit_days: i64 = "For how many days the audit log is kept",
        accent: Option<String> = "The colour of its sign-in pages: six hexadecimal digits; null: ours",
        logo: Option<String> = "The SHA-256 of its logo, which is at /logo/<it>.png; null: none",
        created_at: Time = "When it was made",
    }
    hidden { version: i64, root: Option<String> }
);

impl TenantView {
    pub(crate) fn facts(&self) -> Result<TenantFacts, StoreError> {
        let facts = || {
            Some(TenantFacts {
                id: TenantId::parse(&self.id)?,
                version: self.version,
                status: TenantStatus::parse(&self.status)?,
                seats: self.seats,
                name: self.name.clone(),
                group_privileges: self.group_privileges.0,
                audit_days: self.audit_days,
                accent: self.accent.as_deref().and_then(Accent::parse),
                root: self.root.as_deref().and_then(NodeId::parse),
            })
        };
        told("tenant", facts())
    }
}

view!(
    /// A place in the organisation's tree.
    NodeView {
        id: String = "Its id",
        parent: Option<String> = "The node above; null: it is the root",
        name: String = "What it is called",
        default_roles: FromText<Vec<String>> = "The roles of accounts that are made here",
        created_at: Time = "When it was made",
    }
    hidden { version: i64, holds: FromText<Vec<u8>> }
);

impl NodeView {
    pub(crate) fn facts(&self) -> Result<NodeFacts, StoreError> {
        let facts = || {
            Some(NodeFacts {
                id: NodeId::parse(&self.id)?,
                version: self.version,
                holds: AtNode::STORED
                    .into_iter()
                    .zip(&self.holds.0)
                    .filter(|(_, is)| **is == 1)
                    .map(|(it, _)| it)
                    .collect(),
                default_roles: self
                    .default_roles
                    .0
                    .iter()
                    .map(|role| RoleId::parse(role))
                    .collect::<Option<_>>()?,
            })
        };
        told("node", facts())
    }
}

view!(
    /// A role that somebody has.
    HeldRoleView {
        role: String = "Which",
        source: String = "Why: default (of the node), group (of the identity provider) or direct (an admin)",
    }
);

view!(
    /// A person's account.
    UserView {
        id: String = "Its id",
        email: String = "The address that the identity provider asserts",
        name: String = "What they are called; empty where that is not known",
        node: String = "Where they are in the tree",
        status: String = "invited, active, locked or deleted",
        roles: FromText<Vec<HeldRoleView>> = "What they have",
        created_at: Time = "When the account was made",
        last_sign_in_at: Option<Time> = "null: never",
        signs_in_outside: Flag = "Whether they have a password, for signing in outside single sign-on",
    }
    hidden { version: i64, holds: Held }
);

impl UserView {
    pub(crate) fn facts(&self) -> Result<UserFacts, StoreError> {
        let held = |held: &HeldRoleView| {
            Some(HeldRole { role: RoleId::parse(&held.role)?, source: RoleSource::parse(&held.source)? })
        };
        let facts = || {
            Some(UserFacts {
                id: UserId::parse(&self.id)?,
                version: self.version,
                status: UserStatus::parse(&self.status)?,
                node: NodeId::parse(&self.node)?,
                name: self.name.clone(),
                roles: self.roles.0.iter().map(held).collect::<Option<_>>()?,
                holds: grants(&self.holds)?,
            })
        };
        told("user", facts())
    }
}

view!(
    /// A signed-in browser.
    SessionView {
        id: String = "Its name, which opens nothing",
        connection: Option<String> = "The connection it came by; null: outside single sign-on",
        created_at: Time = "When it began",
        last_seen_at: Time = "When it was used, to a minute",
        ends_at: Time = "When it ends unless it is used before, by what their roles ask now; where that is over, a passkey alone may open it again",
        expires_at: Time = "The end that it has at the latest",
    }
);

row!(
    SessionRow { id: String, connection: Option<String>, created_at: Time, last_seen_at: Time, expires_at: Time }
);

impl SessionRow {
    /// `None`: it is over, by what its person's roles ask now.
    pub(crate) fn view(self, limits: &SessionLimits, now: Timestamp) -> Option<SessionView> {
        let at = |time: Time| Timestamp::from_millis(time.0);
        let (ends_at, latest) = limits.ends(at(self.created_at), at(self.last_seen_at), at(self.expires_at));
        (now < latest).then(|| SessionView {
            id: self.id,
            connection: self.connection,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            ends_at: Time(ends_at.as_millis()),
            expires_at: Time(latest.as_millis()),
        })
    }
}

view!(
    /// A role.
    RoleView {
        id: String = "Its id",
        node: String = "Where its privileges begin",
        name: String = "What it is called",
        policies: FromText<PoliciesJson> = "What it asks of its holders; of all their roles, the strictest value counts",
        privileges: FromText<PrivilegesJson> = "What it lets its holders do at its node and below",
        created_at: Time = "When it was made",
    }
    hidden { version: i64 }
);

impl RoleView {
    pub(crate) fn facts(&self) -> Result<RoleFacts, StoreError> {
        let facts = || {
            Some(RoleFacts {
                id: RoleId::parse(&self.id)?,
                node: NodeId::parse(&self.node)?,
                version: self.version,
                name: self.name.clone(),
                privileges: self.privileges.0.0,
                policies: self.policies.0.0.clone(),
            })
        };
        told("role", facts())
    }
}

view!(
    /// A claim to a domain.
    DomainView {
        name: String = "The domain",
        status: String = "pending, reserved or lost",
        connection: Option<String> = "Where its people sign in; null: nowhere",
        record_name: String = "Where the TXT record belongs",
        record_text: Option<String> = "What it has to say; null: none is looked for",
        created_at: Time = "When it was claimed",
        checked_at: Option<Time> = "When its record was looked for; null: never",
        next_check_at: Option<Time> = "When it is next; null: never",
        missing_since: Option<Time> = "Since when the record is gone; a week later the domain is lost",
    }
    hidden { version: i64 }
);

impl DomainView {
    pub(crate) fn facts(&self) -> Result<DomainChange, StoreError> {
        let facts = || {
            Some(DomainChange {
                name: Domain::parse(&self.name)?,
                status: DomainStatus::parse(&self.status)?,
                version: self.version,
                has_token: self.record_text.is_some(),
            })
        };
        told("domain", facts())
    }
}

view!(
    /// The Names of the attributes that say who somebody is.
    AttributesView {
        email: String = "The e-mail",
        first: Option<String> = "The given name",
        last: Option<String> = "The family name",
    }
);

view!(
    /// What is known of the IdP, and how its assertions are read.
    ConfigurationView {
        idp_name: String = "What people call it: Okta",
        idp_entity_id: String = "Its entity ID",
        sso_url: String = "Where requests go",
        sso_binding: String = "redirect or post",
        login_hint: Flag = "Whether the e-mail is handed on",
        sign_requests: Flag = "Whether requests are signed",
        name_id_format: Option<String> = "The NameID format that is asked for",
        subject_attribute: Option<String> = "The attribute that says who somebody is; null: the NameID does",
        pinned_attribute: Option<String> = "The attribute that is pinned at first sign-in",
        groups_attribute: Option<String> = "The attribute whose values are the groups",
        slo_url: Option<String> = "Where the identity provider takes LogoutRequests; null: it offers no single logout",
        slo_response_url: Option<String> = "Where it takes LogoutResponses; null: there, too",
        slo_binding: String = "redirect or post",
        attributes: AttributesView = "Which attributes say what",
        certificates: Vec<String> = "The pinned certificates, base64 of the DER",
    }
);

view!(
    /// A line of the groups map.
    GroupView {
        group: String = "The group, as the identity provider sends it",
        role: String = "What it gives",
    }
);

view!(
    /// A connection.
    ConnectionView {
        id: String = "Its id",
        node: String = "Where it makes accounts",
        status: String = "draft, active or disabled",
        sso_name: Option<String> = "The word that leads to it",
        jit: Flag = "Whether it makes accounts at first sign-in",
        idp_initiated: Flag = "Whether it takes responses that nobody asked for",
        idp_initiated_paths: FromText<Vec<String>> = "The paths that these may name",
        single_logout: Flag = "Whether messages for single logout are sent and taken",
        force_authn: Flag = "Whether the identity provider is asked to sign people in afresh each time",
        entity_id: String = "Our entity ID, and where our metadata is",
        acs_url: String = "Where responses are posted to",
        start_url: String = "What a tile points at",
        active: Option<FromText<ConfigurationView>> = "What members sign in with",
        draft: Option<FromText<ConfigurationView>> = "What is being prepared",
        groups: FromText<Vec<GroupView>> = "What groups give",
        metadata_url: Option<String> = "Where the identity provider's metadata is polled",
        metadata_checked_at: Option<Time> = "When it was; null: never",
        metadata_failures: Option<i64> = "How often in a row it could not be taken over",
        created_at: Time = "When it was made",
    }
    hidden { version: i64, reach: Held, has_identities: Flag, has_key: Flag, node_taken: Flag }
);

impl ConnectionView {
    pub(crate) fn facts(&self) -> Result<ConnectionFacts, StoreError> {
        let identifies = |it: &FromText<ConfigurationView>| Identifies {
            idp_entity_id: it.0.idp_entity_id.clone(),
            subject_attribute: it.0.subject_attribute.clone(),
        };
        let facts = || {
            Some(ConnectionFacts {
                id: ConnectionId::parse(&self.id)?,
                node: NodeId::parse(&self.node)?,
                status: ConnectionStatus::parse(&self.status)?,
                version: self.version,
                sso_name: self.sso_name.as_deref().and_then(SsoName::parse),
                jit: self.jit.0,
                idp_initiated: self.idp_initiated.0,
                idp_initiated_paths: self
                    .idp_initiated_paths
                    .0
                    .iter()
                    .filter_map(|path| ReturnTo::parse(path))
                    .collect(),
                single_logout: self.single_logout.0,
                force_authn: self.force_authn.0,
                reach: grants(&self.reach)?,
                active: self.active.as_ref().map(identifies),
                draft: self.draft.as_ref().map(|draft| DraftFacts {
                    identifies: identifies(draft),
                    certificates: i64::try_from(draft.0.certificates.len()).unwrap_or(i64::MAX),
                    sign_requests: draft.0.sign_requests.0,
                }),
                has_identities: self.has_identities.0,
                has_key: self.has_key.0,
                node_taken: self.node_taken.0,
            })
        };
        told("connection", facts())
    }
}

view!(
    /// An entry of the audit log.
    EventView {
        id: String = "Its id",
        time: Time = "When",
        event: String = "What happened",
        code: Option<String> = "Why not; null: it succeeded",
        reference: Option<String> = "What the person was shown",
        actor: Option<String> = "Who did it",
        subject: Option<String> = "Whom it was done to",
        connection: Option<String> = "By which connection",
        node: Option<String> = "At which node",
        ip: Option<String> = "From which address",
        user_agent: Option<String> = "With which browser",
        device: Option<String> = "With which device",
        detail: String = "Why, in a sentence; may be empty",
        repeats: i64 = "How often the same was refused again within its hour, and told under its reference",
    }
);

view!(
    /// A token of the API, without its secret.
    TokenView {
        id: String = "Its id",
        name: String = "What it is called",
        user: Option<String> = "The person it acts for; null: it sets the organisation up, or was made by one that does",
        node: String = "Where its privileges begin",
        privileges: FromText<PrivilegesJson> = "What it is for; it never holds more than its person does",
        read_only: Flag = "It changes nothing",
        sets_up: Flag = "It may make tokens",
        created_at: Time = "When it was made",
        expires_at: Time = "Its end",
        revoked_at: Option<Time> = "When it was ended before",
    }
);

impl TokenView {
    /// Its id, its person, and what it is for.
    pub(crate) fn facts(&self) -> Result<(TokenId, Option<UserId>, Grant), StoreError> {
        let facts = || {
            let user = match &self.user {
                Some(user) => Some(UserId::parse(user)?),
                None => None,
            };
            Some((TokenId::parse(&self.id)?, user, grant(&self.node, self.privileges.0.0)?))
        };
        told("api_token", facts())
    }
}

row!(
    /// What a token rests on.
    ApiTokenRow {
        tenant: String,
        tenant_status: String,
        id: String,
        user: Option<String>,
        user_status: Option<String>,
        node: String,
        privileges: FromText<PrivilegesJson>,
        read_only: Flag,
        sets_up: Flag,
        expires_at: i64,
        revoked_at: Option<i64>,
        holds: Held,
        policies: Asked,
    }
);

impl ApiTokenRow {
    pub(crate) fn facts(&self, outside: Outside) -> Result<ApiTokenFacts, StoreError> {
        let of = match (&self.user, &self.user_status) {
            (Some(user), Some(status)) => {
                Some(told("api_token", UserId::parse(user).zip(UserStatus::parse(status)))?)
            }
            _ => None,
        };
        let facts = || {
            Some(ApiTokenFacts {
                tenant: TenantId::parse(&self.tenant)?,
                tenant_status: TenantStatus::parse(&self.tenant_status)?,
                id: TokenId::parse(&self.id)?,
                of,
                of_holds: grants(&self.holds)?,
                scope: grant(&self.node, self.privileges.0.0)?,
                read_only: self.read_only.0,
                sets_up: self.sets_up.0,
                expires_at: Timestamp::from_millis(self.expires_at),
                revoked_at: self.revoked_at.map(Timestamp::from_millis),
                policies: asked(&self.policies)?,
                outside,
            })
        };
        told("api_token", facts())
    }
}

row!(
    /// What a session's person holds.
    HoldsRow { holds: Held, policies: Asked, authenticated_at: i64 }
);

impl HoldsRow {
    pub(crate) fn grants(&self) -> Result<Vec<Grant>, StoreError> {
        told("role", grants(&self.holds))
    }

    pub(crate) fn policies(&self) -> Result<Vec<(RoleId, Policies)>, StoreError> {
        told("role", asked(&self.policies))
    }
}

row!(
    /// What those who have a role have beside it.
    RoleHoldersRow { beside: Asked, hold: Held, by: FromText<Vec<(String, i64)>> }
);

impl RoleHoldersRow {
    pub(crate) fn facts(&self) -> Result<RoleHolders, StoreError> {
        let by = || self.by.0.iter().map(|(role, version)| Some((RoleId::parse(role)?, *version)));
        let facts = || {
            Some(RoleHolders {
                beside: asked(&self.beside)?,
                hold: grants(&self.hold)?,
                by: by().collect::<Option<_>>()?,
            })
        };
        told("role", facts())
    }
}

row!(
    /// A node and its parent.
    TreeRow { id: String, parent: Option<String> }
);

/// The tree.
pub(crate) fn tree(rows: &[TreeRow]) -> Result<Tree, StoreError> {
    let node = |row: &TreeRow| {
        let parent = match &row.parent {
            Some(parent) => Some(NodeId::parse(parent)?),
            None => None,
        };
        Some((NodeId::parse(&row.id)?, parent))
    };
    told("node", rows.iter().map(node).collect::<Option<Vec<_>>>()).map(Tree::new)
}

row!(
    /// What was made under an Idempotency-Key.
    KeyRow { request: String, made: String }
);

row!(
    /// Whether somebody new may come.
    SeatsRow { seat_free: Flag, email_taken: Flag }
);

row!(
    /// Whether there is a role of the name.
    RoleNamesRow { name_taken: Flag, count: i64 }
);

row!(
    /// Whose a domain is.
    ClaimsRow { is_ours: Flag, taken: Flag, count: i64 }
);

row!(
    /// What a connection at a node would reach.
    ConnectionNamesRow { reach: Held, name_taken: Flag, count: i64 }
);

impl ConnectionNamesRow {
    pub(crate) fn reach(&self) -> Result<Vec<Grant>, StoreError> {
        told("role", grants(&self.reach))
    }
}

row!(
    /// How many there are.
    CountRow { count: i64 }
);

row!(
    /// Whose a session is.
    #[expect(dead_code, reason = "only its being there counts")]
    SessionUserRow { user: String }
);

/// One page of a list.
pub(crate) fn page_schema(item: Json) -> Json {
    super::describe::object(vec![
        ("items", "This page", serde_json::json!({ "type": "array", "items": item }), false),
        (
            "next",
            "What `after` is for the next page; null: there is none",
            serde_json::json!({ "type": ["string", "null"] }),
            false,
        ),
    ])
}

#[cfg(test)]
use super::describe::Columns;

/// What each statement selects.
#[cfg(test)]
pub(crate) const STATEMENTS: &[(&str, &[&str])] = &[
    ("load_api_token", ApiTokenRow::COLUMNS),
    ("load_api_token_tree", TreeRow::COLUMNS),
    ("load_session_tree", TreeRow::COLUMNS),
    ("load_session_holds", HoldsRow::COLUMNS),
    ("load_idempotency_key", KeyRow::COLUMNS),
    ("load_tenant", TenantView::COLUMNS),
    ("load_extension_links", ExtensionLinkView::COLUMNS),
    ("load_tenants", TenantView::COLUMNS),
    ("load_node", NodeView::COLUMNS),
    ("load_nodes", NodeView::COLUMNS),
    ("load_user", UserView::COLUMNS),
    ("load_users", UserView::COLUMNS),
    ("load_users_found", UserView::COLUMNS),
    ("load_seats", SeatsRow::COLUMNS),
    ("load_sessions", SessionRow::COLUMNS),
    ("load_session_user", SessionUserRow::COLUMNS),
    ("load_role", RoleView::COLUMNS),
    ("load_roles", RoleView::COLUMNS),
    ("load_named_roles", RoleView::COLUMNS),
    ("load_role_holders", RoleHoldersRow::COLUMNS),
    ("load_role_names", RoleNamesRow::COLUMNS),
    ("load_claimed_domain", DomainView::COLUMNS),
    ("load_claimed_domains", DomainView::COLUMNS),
    ("load_domain_claims", ClaimsRow::COLUMNS),
    ("load_admin_connection", ConnectionView::COLUMNS),
    ("load_admin_connections", ConnectionView::COLUMNS),
    ("load_connection_names", ConnectionNamesRow::COLUMNS),
    ("load_events", EventView::COLUMNS),
    ("load_keys", KeyView::COLUMNS),
    ("load_messages", MessageRow::COLUMNS),
    ("load_message", SealedMessageRow::COLUMNS),
    ("load_identities", IdentityView::COLUMNS),
    ("load_user_identity", IdentityView::COLUMNS),
    ("load_subject_holder", SubjectHolderRow::COLUMNS),
    ("load_user_policies", UserPoliciesRow::COLUMNS),
    ("load_user_devices", DeviceView::COLUMNS),
    ("load_token", TokenView::COLUMNS),
    ("load_tokens", TokenView::COLUMNS),
    ("load_token_count", CountRow::COLUMNS),
    ("load_trial_count", CountRow::COLUMNS),
    ("load_operator_key", KeyRow::COLUMNS),
];
