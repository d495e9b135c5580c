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
    /// What is there that does not go with it.
    pub holds: Vec<AtNode>,
    /// What it gives.
    pub default_roles: Vec<RoleId>,
}

/// What keeps a node from being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtNode {
    /// Nodes below it.
    Nodes,
    /// Accounts that are not deleted.
    People,
    /// Roles whose privileges begin there.
    Roles,
    /// Connections that make accounts there.
    Connections,
    /// Tokens that may still be used.
    Tokens,
}

impl AtNode {
    /// All of them but the first, which the tree knows, in the order in which the database tells them.
    pub const STORED: [AtNode; 4] = [AtNode::People, AtNode::Roles, AtNode::Connections, AtNode::Tokens];

    /// What it is, and what is done about it.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            AtNode::Nodes => "nodes below it (delete them first)",
            AtNode::People => "people (move them to another node)",
            AtNode::Roles => "roles (delete them)",
            AtNode::Connections => {
                "connections (they stay, and so does their node: disable what is no longer used)"
            }
            AtNode::Tokens => "tokens of the API (revoke them)",
        }
    }
}

/// Makes a node. What its parent asks of everybody it asks too: it begins with those default roles of the parent's, `defaults`, that
/// carry no privileges and whose node is above. What lets people do something is added by who may.
///
/// # Errors
/// Where the actor may not at its parent.
pub fn create_node(
    actor: &Actor,
    parent: &NodeFacts,
    defaults: &[RoleFacts],
    name: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<NodeId>, AdminRefusal> {
    actor.need(Privilege::ManageUsers, &parent.id).map_err(|refusal| elsewhere(refusal, "parent"))?;
    if i64::try_from(actor.tree.len()).unwrap_or(i64::MAX) >= MOST {
        return Err(AdminRefusal::TooMany { what: "nodes" });
    }
    let node = NodeId::generate(rng);
    let mut decision =
        Decision { guards: rests_on(actor, parent).guards, ..Decision::unchanged(node.clone()) };
    decision.writes.push(Write::Admin(AdminWrite::CreateNode {
        tenant: actor.tenant.clone(),
        node: node.clone(),
        parent: Some(parent.id.clone()),
        name: name.to_owned(),
        at: now,
    }));
    let about = About::node(&node, format!("Below {}.", parent.id.as_str()));
    decision.audit.push(actor.event(Event::NodeCreated, about, now, rng));
    let is_above = |role: &&RoleFacts| actor.tree.is_within(&parent.id, &role.node);
    for role in defaults.iter().filter(is_above).filter(|role| role.privileges.is_empty()) {
        decision.guards.push(role.unchanged(actor));
        decision.writes.push(Write::Admin(AdminWrite::AddDefaultRole {
            tenant: actor.tenant.clone(),
            node: node.clone(),
            role: role.id.clone(),
        }));
        let about = About::node(&node, format!("{} is a default role, as above.", role.id.as_str()));
        decision.audit.push(actor.event(Event::NodeChanged, about, now, rng));
    }
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

/// Deletes a node at which nothing is left. What it gives by default goes with it, as do tokens that are over; who was deleted there
/// is remembered at the node above.
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
    let below = (!actor.tree.is_leaf(&node.id)).then_some(AtNode::Nodes);
    let by: Vec<AtNode> = below.into_iter().chain(node.holds.iter().copied()).collect();
    let parent = actor.tree.parent(&node.id).filter(|_| by.is_empty());
    let Some(parent) = parent else { return Err(AdminRefusal::NodeInUse { by }) };
    let (tenant, id) = (&actor.tenant, &node.id);
    let mut decision = rests_on(actor, node);
    decision.writes.extend(node.default_roles.iter().map(|role| {
        Write::Admin(AdminWrite::RemoveDefaultRole {
            tenant: tenant.clone(),
            node: id.clone(),
            role: role.clone(),
        })
    }));
    decision.writes.extend(
        [
            AdminWrite::ForgetTokens { tenant: tenant.clone(), node: id.clone(), at: now },
            AdminWrite::MoveDeleted { tenant: tenant.clone(), node: id.clone(), to: parent.clone() },
            AdminWrite::DeleteNode { tenant: tenant.clone(), node: id.clone() },
        ]
        .map(Write::Admin),
    );
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

#[cfg(test)]
mod tests {
    use super::super::actor::tests::{actor, grant, root};
    use super::super::tree::tests::node;
    use super::{AtNode, NodeFacts, create_node, delete_node};
    use crate::admin::{AdminRefusal, AdminWrite, Privilege, Privileges, RoleFacts};
    use crate::decision::Write;
    use crate::id::RoleId;
    use crate::policy::Policies;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    fn facts(id: &str) -> NodeFacts {
        NodeFacts { id: node(id), version: 3, holds: vec![], default_roles: vec![] }
    }

    fn role(id: &str, at: &str, privileges: &[Privilege]) -> RoleFacts {
        RoleFacts {
            id: RoleId::parse(id).expect("id"),
            node: node(at),
            version: 1,
            name: id.to_owned(),
            privileges: Privileges::of(privileges),
            policies: Policies::default(),
        }
    }

    #[test]
    fn a_node_begins_with_what_is_asked_above_and_with_nothing_that_gives_power() {
        let helper = actor(vec![grant("eng", &[Privilege::ManageUsers])]);
        let roles = [
            role("r_asks", "root", &[]),
            role("r_near", "eng", &[]),
            role("r_gives", "root", &[Privilege::ViewAudit]),
            role("r_far", "ops", &[]),
            role("r_below", "web", &[]),
        ];
        let made = create_node(&helper, &facts("eng"), &roles, "New", NOW, &mut Counter(0)).expect("made");
        let given = made.writes.iter().filter_map(|write| match write {
            Write::Admin(AdminWrite::AddDefaultRole { role, .. }) => Some(role.as_str()),
            _ => None,
        });
        assert_eq!(given.collect::<Vec<_>>(), ["r_asks", "r_near"]);
        // The node above, and both roles.
        assert_eq!((made.guards.len(), made.audit.len()), (3, 3));
        let elsewhere = create_node(&helper, &facts("ops"), &roles, "New", NOW, &mut Counter(0));
        assert_eq!(elsewhere.err(), Some(AdminRefusal::Unknown { field: "parent" }));
    }

    #[test]
    fn what_stands_in_the_way_of_deleting_a_node_is_told() {
        let delete = |facts: &NodeFacts| delete_node(&root(), facts, NOW, &mut Counter(0));
        let marked = NodeFacts { default_roles: vec![role("r_1", "root", &[]).id], ..facts("web") };
        let writes = delete(&marked).expect("deleted").writes;
        assert!(matches!(writes.first(), Some(Write::Admin(AdminWrite::RemoveDefaultRole { .. }))));
        for (of, holds, expected) in [
            ("eng", vec![], vec![AtNode::Nodes]),
            ("eng", vec![AtNode::Roles], vec![AtNode::Nodes, AtNode::Roles]),
            ("web", AtNode::STORED.to_vec(), AtNode::STORED.to_vec()),
        ] {
            let refused = delete(&NodeFacts { holds, ..facts(of) }).expect_err("in use");
            assert_eq!(refused, AdminRefusal::NodeInUse { by: expected.clone() });
            for it in expected {
                assert!(refused.to_string().contains(it.advice()), "{refused}");
            }
        }
        assert_eq!(delete(&facts("root")).err(), Some(AdminRefusal::RootNode));
    }
}
