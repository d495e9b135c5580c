//! The tree's nodes, and the roles that they give by default.

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::{Decision, Guard, Write};
use crate::id::{NodeId, RoleId};
use crate::random::Random;

use super::MOST;
use super::actor::{About, Actor};
use super::privilege::Privilege;
use super::refusal::AdminRefusal;
use super::roles::RoleFacts;
use super::users::elsewhere;
use super::write::{AdminGuard, AdminWrite, Thing};

/// A node, as an admin's decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// Its id.
    pub id: NodeId,
    /// Grows with every change.
    pub version: i64,
    /// Whether people, roles, connections or default roles are there.
    pub in_use: bool,
    /// What it gives.
    pub default_roles: Vec<RoleId>,
}

/// Makes a node, that gives nothing yet.
///
/// # Errors
/// Where the actor may not at its parent.
pub fn create_node(
    actor: &Actor,
    parent: &NodeId,
    name: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<NodeId>, AdminRefusal> {
    actor.need(Privilege::ManageUsers, parent).map_err(|refusal| elsewhere(refusal, "parent"))?;
    if i64::try_from(actor.tree.len()).unwrap_or(i64::MAX) >= MOST {
        return Err(AdminRefusal::TooMany { what: "nodes" });
    }
    let node = NodeId::generate(rng);
    let mut decision = Decision::unchanged(node.clone());
    decision.writes.push(Write::Admin(AdminWrite::CreateNode {
        tenant: actor.tenant.clone(),
        node: node.clone(),
        parent: Some(parent.clone()),
        name: name.to_owned(),
        at: now,
    }));
    let about = About::node(&node, format!("Below {}.", parent.as_str()));
    decision.audit.push(actor.event(Event::NodeCreated, about, now, rng));
    Ok(decision)
}

/// Renames a node.
///
/// # Errors
/// Where the actor may not.
pub fn rename_node(
    actor: &Actor,
    node: &NodeFacts,
    name: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need(Privilege::ManageUsers, &node.id)?;
    let mut decision = rests_on(actor, node);
    decision.writes.push(Write::Admin(AdminWrite::RenameNode {
        tenant: actor.tenant.clone(),
        node: node.id.clone(),
        name: name.to_owned(),
    }));
    let about = About::node(&node.id, "Renamed.");
    decision.audit.push(actor.event(Event::NodeChanged, about, now, rng));
    Ok(decision)
}

/// Deletes a node at which nothing is left.
///
/// # Errors
/// Where the actor may not, or something is left.
pub fn delete_node(
    actor: &Actor,
    node: &NodeFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need(Privilege::ManageUsers, &node.id)?;
    if actor.tree.root() == Some(&node.id) {
        return Err(AdminRefusal::RootNode);
    }
    if node.in_use || !actor.tree.is_leaf(&node.id) {
        return Err(AdminRefusal::NodeInUse);
    }
    let mut decision = rests_on(actor, node);
    decision
        .writes
        .push(Write::Admin(AdminWrite::DeleteNode { tenant: actor.tenant.clone(), node: node.id.clone() }));
    let about = About::node(&node.id, "");
    decision.audit.push(actor.event(Event::NodeDeleted, about, now, rng));
    Ok(decision)
}

/// From now on, accounts made at the node have the role.
///
/// # Errors
/// Where the actor may not, or does not hold what the role carries.
pub fn add_default_role(
    actor: &Actor,
    node: &NodeFacts,
    role: &RoleFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need(Privilege::ManageRoles, &node.id)?;
    if !actor.tree.is_within(&node.id, &role.node) && !actor.may(Privilege::ManageRoles, &role.node) {
        return Err(AdminRefusal::RoleElsewhere);
    }
    actor.need_cover(&[role.grant()])?;
    if node.default_roles.contains(&role.id) {
        return Ok(Decision::unchanged(()));
    }
    if !role.grant().privileges.is_empty() {
        actor.need_fresh(now)?;
    }
    let write = AdminWrite::AddDefaultRole {
        tenant: actor.tenant.clone(),
        node: node.id.clone(),
        role: role.id.clone(),
    };
    Ok(default_roles_changed(actor, node, role, write, "is a default role", now, rng))
}

/// From now on, accounts made at the node do not have the role; who has it keeps it.
///
/// # Errors
/// Where the actor may not, does not hold what the role carries, or it is no default role; where it asks something, also where it is of
/// a node at which they do not manage roles.
pub fn remove_default_role(
    actor: &Actor,
    node: &NodeFacts,
    role: &RoleFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need(Privilege::ManageRoles, &node.id)?;
    actor.need_cover(&[role.grant()])?;
    if !node.default_roles.contains(&role.id) {
        return Err(AdminRefusal::NotFound);
    }
    role.need_reach_to_take(actor, Privilege::ManageRoles)?;
    role.need_fresh_to_take(actor, now)?;
    let write = AdminWrite::RemoveDefaultRole {
        tenant: actor.tenant.clone(),
        node: node.id.clone(),
        role: role.id.clone(),
    };
    Ok(default_roles_changed(actor, node, role, write, "is no default role", now, rng))
}

fn default_roles_changed(
    actor: &Actor,
    node: &NodeFacts,
    role: &RoleFacts,
    write: AdminWrite,
    what: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<()> {
    let mut decision = rests_on(actor, node);
    decision.guards.push(role.unchanged(actor));
    let renewed = AdminWrite::RenewNode { tenant: actor.tenant.clone(), node: node.id.clone() };
    decision.writes.extend([write, renewed].map(Write::Admin));
    let about = About::node(&node.id, format!("{} {what}.", role.id.as_str()));
    decision.audit.push(actor.event(Event::NodeChanged, about, now, rng));
    decision
}

fn rests_on(actor: &Actor, node: &NodeFacts) -> Decision<()> {
    let guard = AdminGuard::Unchanged {
        tenant: actor.tenant.clone(),
        thing: Thing::Node,
        id: node.id.as_str().to_owned(),
        version: node.version,
    };
    Decision { guards: vec![Guard::Admin(guard)], ..Decision::unchanged(()) }
}
