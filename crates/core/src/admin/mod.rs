//! What admins may do, decided: nobody gives what they do not hold (docs/api.md, Privileges).
//!
//! A role carries privileges; whoever has the role holds them at the role's node and everywhere below. An [`Actor`] is
//! whoever asks (a person's session, an API token) with what they hold at this moment. Each change is a function of the
//! actor, of what is there and of what is asked, and gives a [`Decision`](crate::Decision) or an [`AdminRefusal`].
//!
//! Three rules run through all of it:
//!
//! - **Nobody grants what they do not hold**, by role, default role, group map, connection, invitation or token: everything
//!   that gives somebody a role, or a role a privilege, asks [`Actor::covers`]; and it rests on the role's version, so that
//!   two changes that are each allowed do not add up to one that is not.
//! - **A connection is edited only by those who hold every privilege that it can reach**: who decides which assertions count
//!   decides who is whom.
//! - **What cannot be seen is not there**: an id of elsewhere gets the answer of an id of nowhere.

mod actor;
mod claims;
mod connections;
mod domains;
mod extension;
mod identities;
mod keys;
mod mail;
mod messages;
mod nodes;
mod operator;
mod outside;
mod privilege;
mod refusal;
mod roles;
mod search;
mod set_up;
mod tokens;
mod tree;
mod users;
mod write;

pub(crate) use actor::FRESH;
pub use actor::{Actor, By, Grant};
pub use claims::offer_claim;
pub(crate) use connections::may_edit;
pub use connections::{
    Configuration, ConfiguredCertificate, ConnectionChange, ConnectionFacts, DraftFacts, GroupLine,
    Identifies, NewConnection, activate, change_connection, create_connection, disable_connection,
    end_connection_sessions, map_groups, may_read_connection, migrate, poll_metadata, put_draft,
    read_metadata,
};
pub use domains::{DomainChange, check_domain_now, claim_domain, release_domain, route_domain};
pub use extension::{EXTENSION_BROWSERS, put_extension_link};
pub use identities::{IdentityFacts, RePoint, re_point};
pub use keys::{add_key, may_change_keys, remove_key, use_key};
pub use mail::{set_mail, test_mail};
pub use messages::read_message;
pub use nodes::{
    AtNode, NodeFacts, add_default_role, create_node, delete_node, remove_default_role, rename_node,
};
pub(crate) use operator::new_tenant;
pub use operator::{
    NewTenant, TenantChange, TenantFacts, change_tenant, create_tenant, delete_logo, end_tenant_sessions,
    forget_tenant, limit_tenant, put_logo, set_up_token,
};
pub use outside::{offer_outside, remove_outside};
pub use privilege::{Privilege, Privileges};
pub use refusal::{AdminRefusal, Kind};
pub use roles::{NewRole, RoleChange, RoleFacts, RoleHolders, change_role, create_role, delete_role};
pub use search::Search;
pub use set_up::{draft_by_preset, roll_back};
pub use tokens::{ApiTokenFacts, NewApiToken, create_api_token, revoke_api_token};
pub use tree::Tree;
pub use users::{
    NewUser, UserChange, UserFacts, block_device, change_user, delete_user, end_user_sessions, give_role,
    invite, reset_two_factor, revoke_session, take_role,
};
pub use write::{AdminGuard, AdminWrite, Configured, Thing};

/// How many nodes, roles, connections, domains and tokens an organisation may have, each: what is loaded in one go stays
/// small.
pub const MOST: i64 = 1000;
