//! What admins' decisions rest on and change.

use keyward_saml::Timestamp;

use crate::address::{Domain, Email, SsoName};
use crate::asserted::Subject;
use crate::brand::Accent;
use crate::facts::{ConnectionStatus, TenantStatus, UserStatus};
use crate::id::{ConnectionId, NodeId, RoleId, TenantId, TokenId, UserId};
use crate::policy::Policies;
use crate::random::TokenHash;
use crate::return_to::ReturnTo;
use crate::trial::TrialId;

use super::connections::Configuration;
use super::privilege::Privileges;

/// What has versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An organisation; its id is its own.
    Tenant,
    /// A node.
    Node,
    /// A role.
    Role,
    /// A person's account.
    User,
    /// A connection.
    Connection,
    /// A domain; its id is its name.
    Domain,
}

/// What an admin's decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminGuard {
    /// It is as it was judged.
    Unchanged {
        /// Whose.
        tenant: TenantId,
        /// What.
        thing: Thing,
        /// Which.
        id: String,
        /// As it was judged.
        version: i64,
    },
    /// Nobody who has the role has another beside it that was not looked at and gives power or has addresses of its own: who gave one
    /// meanwhile did not change the role itself.
    Holders {
        /// Whose.
        tenant: TenantId,
        /// Which.
        role: RoleId,
        /// What was looked at: roles, each as it was.
        seen: Vec<(RoleId, i64)>,
    },
    /// No more test sign-ins than these of one person may still be answered.
    Trials {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// At this time.
        now: Timestamp,
        /// How many may be there before the next.
        most: i64,
    },
}

/// A stage of a connection's configuration, written as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub connection: ConnectionId,
    /// What it says.
    pub configuration: Configuration,
    /// When.
    pub at: Timestamp,
}

/// One change by an admin. Every one of them but those of sessions and keys is a new version of what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of what each one names")]
pub enum AdminWrite {
    /// A new organisation, without anything.
    CreateTenant {
        tenant: TenantId,
        name: String,
        seats: i64,
        at: Timestamp,
    },
    /// What the operator says of an organisation.
    LimitTenant {
        tenant: TenantId,
        status: TenantStatus,
        seats: i64,
        at: Timestamp,
    },
    /// What its root admins say of it.
    UpdateTenant {
        tenant: TenantId,
        name: String,
        group_privileges: bool,
        audit_days: i64,
        accent: Option<Accent>,
    },
    /// Its logo, in base64, under its hash.
    PutLogo {
        tenant: TenantId,
        hash: String,
        png: String,
    },
    DeleteLogo {
        tenant: TenantId,
    },
    /// One that was deleted, of which nothing else is left.
    ForgetTenant {
        tenant: TenantId,
    },
    /// A deleted organisation's domains and SSO names are free.
    ReleaseDomains {
        tenant: TenantId,
    },
    ReleaseSsoNames {
        tenant: TenantId,
    },

    /// The IdP knows a person by another name; what was pinned beside it no longer counts.
    RePointIdentity {
        tenant: TenantId,
        connection: ConnectionId,
        subject: Subject,
        new: Subject,
    },
    /// What was pinned no longer counts.
    UnpinIdentity {
        tenant: TenantId,
        connection: ConnectionId,
        subject: Subject,
    },

    /// A link to claim an account; those before it are no longer good.
    WithdrawClaims {
        tenant: TenantId,
        user: UserId,
        connection: ConnectionId,
    },
    OfferClaim {
        tenant: TenantId,
        token: TokenHash,
        user: UserId,
        connection: ConnectionId,
        at: Timestamp,
        expires_at: Timestamp,
    },
    /// Each account of the connection may be found once by its e-mail.
    MigrateIdentities {
        tenant: TenantId,
        connection: ConnectionId,
        until: Timestamp,
    },

    /// A test sign-in that waits for its answer.
    BeginTrial {
        tenant: TenantId,
        trial: TrialId,
        connection: ConnectionId,
        user: UserId,
        browser: TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    },
    /// Its report.
    AnswerTrial {
        tenant: TenantId,
        trial: TrialId,
        sealed: String,
        at: Timestamp,
    },
    /// What a connection's draft was set up from.
    RememberSource {
        tenant: TenantId,
        connection: ConnectionId,
        provider: String,
        metadata_url: Option<String>,
    },
    /// Where the draft was set up from a file, nothing is polled any more.
    LeaveSource {
        tenant: TenantId,
        connection: ConnectionId,
    },
    /// Where it was set up from an address, that is polled from now on.
    PollSource {
        tenant: TenantId,
        connection: ConnectionId,
        at: Timestamp,
    },
    /// What it was set up from is a draft's no more: the next activation changes nothing about polling, unless a draft is set
    /// up anew.
    UseSource {
        tenant: TenantId,
        connection: ConnectionId,
    },
    /// What is active is kept, to go back to.
    KeepPrevious {
        tenant: TenantId,
        connection: ConnectionId,
        at: Timestamp,
    },

    CreateNode {
        tenant: TenantId,
        node: NodeId,
        parent: Option<NodeId>,
        name: String,
        at: Timestamp,
    },
    RenameNode {
        tenant: TenantId,
        node: NodeId,
        name: String,
    },
    /// The tokens at a node that are over: nothing refers to it any more.
    ForgetTokens {
        tenant: TenantId,
        node: NodeId,
        at: Timestamp,
    },
    /// Nor do those who were deleted there.
    MoveDeleted {
        tenant: TenantId,
        node: NodeId,
        to: NodeId,
    },
    DeleteNode {
        tenant: TenantId,
        node: NodeId,
    },
    AddDefaultRole {
        tenant: TenantId,
        node: NodeId,
        role: RoleId,
    },
    RemoveDefaultRole {
        tenant: TenantId,
        node: NodeId,
        role: RoleId,
    },
    /// The node's default roles changed.
    RenewNode {
        tenant: TenantId,
        node: NodeId,
    },

    /// A person that may come, and has not.
    InviteUser {
        tenant: TenantId,
        user: UserId,
        node: NodeId,
        email: Email,
        name: String,
        at: Timestamp,
    },
    UpdateUser {
        tenant: TenantId,
        user: UserId,
        status: UserStatus,
        node: NodeId,
        name: String,
    },
    /// Whatever gave it.
    TakeRole {
        tenant: TenantId,
        user: UserId,
        role: RoleId,
    },
    TakeAllRoles {
        tenant: TenantId,
        user: UserId,
    },

    CreateRole {
        tenant: TenantId,
        role: RoleId,
        node: NodeId,
        name: String,
        policies: Policies,
        privileges: Privileges,
        at: Timestamp,
    },
    UpdateRole {
        tenant: TenantId,
        role: RoleId,
        name: String,
        policies: Policies,
        privileges: Privileges,
    },
    /// Nobody has the role, no node gives it, no group does, and then there is none.
    TakeRoleFromAll {
        tenant: TenantId,
        role: RoleId,
    },
    RemoveRoleFromNodes {
        tenant: TenantId,
        role: RoleId,
    },
    RemoveRoleFromGroups {
        tenant: TenantId,
        role: RoleId,
    },
    DeleteRole {
        tenant: TenantId,
        role: RoleId,
    },

    RouteDomain {
        tenant: TenantId,
        domain: Domain,
        connection: Option<ConnectionId>,
    },
    CheckDomain {
        tenant: TenantId,
        domain: Domain,
        at: Timestamp,
    },
    DeleteDomain {
        tenant: TenantId,
        domain: Domain,
    },

    CreateConnection {
        tenant: TenantId,
        connection: ConnectionId,
        node: NodeId,
        sso_name: Option<SsoName>,
        jit: bool,
        at: Timestamp,
    },
    UpdateConnection {
        tenant: TenantId,
        connection: ConnectionId,
        status: ConnectionStatus,
        sso_name: Option<SsoName>,
        jit: bool,
        idp_initiated: bool,
        idp_initiated_paths: Vec<ReturnTo>,
        single_logout: bool,
        force_authn: bool,
    },
    PutDraft(Box<Configured>),
    UnpinDraft {
        tenant: TenantId,
        connection: ConnectionId,
    },
    PinDraft {
        tenant: TenantId,
        connection: ConnectionId,
        fingerprint: String,
        certificate: String,
        at: Timestamp,
    },
    /// The draft becomes what is active: the certificates make room, the configuration is copied, then they are, and the
    /// draft goes.
    UnpinActive {
        tenant: TenantId,
        connection: ConnectionId,
    },
    ActivateDraft {
        tenant: TenantId,
        connection: ConnectionId,
        at: Timestamp,
    },
    ActivateCertificates {
        tenant: TenantId,
        connection: ConnectionId,
        at: Timestamp,
    },
    DeleteDraft {
        tenant: TenantId,
        connection: ConnectionId,
    },
    /// Where the metadata is polled.
    PollMetadata {
        tenant: TenantId,
        connection: ConnectionId,
        url: String,
        at: Timestamp,
    },
    StopPolling {
        tenant: TenantId,
        connection: ConnectionId,
    },
    ForgetGroups {
        tenant: TenantId,
        connection: ConnectionId,
    },
    MapGroup {
        tenant: TenantId,
        connection: ConnectionId,
        value: String,
        role: RoleId,
    },

    CreateToken {
        tenant: TenantId,
        id: TokenId,
        hash: TokenHash,
        name: String,
        of: Option<UserId>,
        node: NodeId,
        privileges: Privileges,
        read_only: bool,
        sets_up: bool,
        at: Timestamp,
        expires_at: Timestamp,
    },
    RevokeToken {
        tenant: TenantId,
        id: TokenId,
        at: Timestamp,
    },
    /// A request that makes something is made once.
    RememberKey {
        tenant: TenantId,
        actor: String,
        key: String,
        request: String,
        made: String,
        at: Timestamp,
    },
    /// The same of the operator's.
    RememberOperatorKey {
        key: String,
        request: String,
        made: String,
        at: Timestamp,
    },
}
