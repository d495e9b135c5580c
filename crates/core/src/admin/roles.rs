//! Roles: what they carry.

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::{Decision, Guard, Write};
use crate::id::{NodeId, RoleId};
use crate::outside::keep::{self, OutsideRole};
use crate::policy::{EffectivePolicy, Policies};
use crate::random::Random;
use crate::session::{SessionsOf, end_all};

use super::MOST;
use super::actor::{About, Actor, Grant};
use super::outside::keep_with_roles;
use super::privilege::{Privilege, Privileges};
use super::refusal::AdminRefusal;
use super::users::elsewhere;
use super::write::{AdminGuard, AdminWrite, Thing};

/// A role, as an admin's decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFacts {
    /// Its id.
    pub id: RoleId,
    /// Where its privileges begin.
    pub node: NodeId,
    /// Grows with every change.
    pub version: i64,
    /// What it is called.
    pub name: String,
    /// What it lets its holders do.
    pub privileges: Privileges,
    /// What it asks of them.
    pub policies: Policies,
}

impl RoleFacts {
    pub(super) fn grant(&self) -> Grant {
        Grant { node: self.node.clone(), privileges: self.privileges }
    }

    /// What a role asks is not for who is asked, or for who manages only below it, to take away; `privilege` is the one that
    /// the actor needs at its node for that.
    pub(super) fn need_reach_to_take(&self, actor: &Actor, privilege: Privilege) -> Result<(), AdminRefusal> {
        let asks_nothing = self.policies == Policies::default();
        if asks_nothing || actor.may(privilege, &self.node) {
            Ok(())
        } else {
            Err(AdminRefusal::RoleElsewhere)
        }
    }

    /// Where a role is taken away, so is what it asks of its holders, or lets them do. One that carries neither is a name.
    pub(super) fn need_fresh_to_take(&self, actor: &Actor, now: Timestamp) -> Result<(), AdminRefusal> {
        let is_empty = self.privileges.is_empty() && self.policies == Policies::default();
        if is_empty { Ok(()) } else { actor.need_fresh(now) }
    }

    pub(super) fn unchanged(&self, actor: &Actor) -> Guard {
        Guard::Admin(AdminGuard::Unchanged {
            tenant: actor.tenant.clone(),
            thing: Thing::Role,
            id: self.id.as_str().to_owned(),
            version: self.version,
        })
    }
}

/// A role to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRole {
    /// Where its privileges begin.
    pub node: NodeId,
    /// What it is called; once at a node.
    pub name: String,
    /// What it asks of its holders.
    pub policies: Policies,
    /// What it lets them do.
    pub privileges: Privileges,
}

/// What to change of a role; `None`: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleChange {
    /// Rename.
    pub name: Option<String>,
    /// All of them.
    pub policies: Option<Policies>,
    /// All of them.
    pub privileges: Option<Privileges>,
}

/// Who has a role, as far as a change of it touches them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleHolders {
    /// The roles with addresses of their own that they have beside it.
    pub beside: Vec<(RoleId, Policies)>,
    /// What they hold, by any of their roles.
    pub hold: Vec<Grant>,
    /// The roles that say both, with their versions.
    pub by: Vec<(RoleId, i64)>,
}

impl RoleHolders {
    fn unchanged(&self, actor: &Actor, role: &RoleFacts) -> Guard {
        let (tenant, role, seen) = (actor.tenant.clone(), role.id.clone(), self.by.clone());
        Guard::Admin(AdminGuard::Holders { tenant, role, seen })
    }
}

/// Makes a role.
///
/// # Errors
/// Where the actor may not, does not hold what it would carry, or its policies leave nobody a way out.
pub fn create_role(
    actor: &Actor,
    new: &NewRole,
    name_taken: bool,
    count: i64,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<RoleId>, AdminRefusal> {
    actor.need(Privilege::ManageRoles, &new.node).map_err(|refusal| elsewhere(refusal, "node"))?;
    actor.need_cover(&[Grant { node: new.node.clone(), privileges: new.privileges }])?;
    leaves_a_way(&new.policies)?;
    if name_taken {
        return Err(AdminRefusal::NameTaken);
    }
    if count >= MOST {
        return Err(AdminRefusal::TooMany { what: "roles" });
    }
    let role = RoleId::generate(rng);
    let mut decision = Decision::unchanged(role.clone());
    decision.writes.push(Write::Admin(AdminWrite::CreateRole {
        tenant: actor.tenant.clone(),
        role: role.clone(),
        node: new.node.clone(),
        name: new.name.clone(),
        policies: new.policies.clone(),
        privileges: new.privileges,
        at: now,
    }));
    let detail = format!("{}: privileges {}.", role.as_str(), new.privileges.to_json());
    let about = About::node(&new.node, detail);
    decision.audit.push(actor.event(Event::RoleCreated, about, now, rng));
    Ok(decision)
}

/// Changes a role, for all who have it.
///
/// # Errors
/// Where the actor may not, does not hold what it carries now and would carry, or its policies leave nobody a way out; where the
/// policies change or privileges go, also where a holder holds more than the actor: they would be shut out, or lose their way in
/// outside single sign-on, by a lesser admin.
pub fn change_role(
    actor: &Actor,
    role: &RoleFacts,
    change: &RoleChange,
    holders: &RoleHolders,
    name_taken: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_change(actor, role)?;
    let privileges = change.privileges.unwrap_or(role.privileges);
    actor.need_cover(&[Grant { node: role.node.clone(), privileges }])?;
    let policies = change.policies.as_ref().unwrap_or(&role.policies);
    leaves_a_way(policies)?;
    let grows = !role.privileges.contains(privileges);
    let is_of_holders = *policies != role.policies || !privileges.contains(role.privileges);
    if is_of_holders {
        actor.need_cover(&holders.hold)?;
    }
    if policies.ip_allow_list != role.policies.ip_allow_list {
        if actor.policies.iter().any(|(its, _)| *its == role.id) {
            actor.need_way_back(&role.id, policies)?;
        }
        for (_, other) in &holders.beside {
            leaves_a_way(&Policies {
                ip_allow_list: policies.and(other).ip_allow_list,
                ..Policies::default()
            })?;
        }
    }
    // A policy that asks for less opens what it protected, and which one asks for less is not for a list of exceptions to say.
    if grows || is_of_holders {
        actor.need_fresh(now)?;
    }
    let name = change.name.as_ref().unwrap_or(&role.name);
    if name_taken && *name != role.name {
        return Err(AdminRefusal::NameTaken);
    }
    let mut decision = Decision { guards: vec![role.unchanged(actor)], ..Decision::unchanged(()) };
    if is_of_holders {
        decision.guards.push(holders.unchanged(actor, role));
    }
    let changed = |its| Some(OutsideRole { privileges, policies: policies.clone(), ..its });
    keep_with_roles(actor, &mut decision, keep::of_role(&role.id, changed), now, rng)?;
    decision.writes.push(Write::Admin(AdminWrite::UpdateRole {
        tenant: actor.tenant.clone(),
        role: role.id.clone(),
        name: name.clone(),
        policies: policies.clone(),
        privileges,
    }));
    // Whoever has more power has a new session for it.
    if grows {
        decision.writes.push(end_all(&actor.tenant, SessionsOf::Role(role.id.clone()), now));
    }
    let mut detail = format!("{}: changed.", role.id.as_str());
    if privileges != role.privileges {
        detail = format!(
            "{}: privileges {}, before {}.",
            role.id.as_str(),
            privileges.to_json(),
            role.privileges.to_json()
        );
    }
    let about = About::node(&role.node, detail);
    decision.audit.push(actor.event(Event::RoleEnforcementChanged, about, now, rng));
    Ok(decision)
}

/// Deletes a role, and takes it from all who have it.
///
/// # Errors
/// Where the actor may not, or does not hold what it carries, or what a holder holds.
pub fn delete_role(
    actor: &Actor,
    role: &RoleFacts,
    holders: &RoleHolders,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_change(actor, role)?;
    actor.need_cover(&holders.hold)?;
    role.need_fresh_to_take(actor, now)?;
    let guards = vec![role.unchanged(actor), holders.unchanged(actor, role)];
    let mut decision = Decision { guards, ..Decision::unchanged(()) };
    keep_with_roles(actor, &mut decision, keep::of_role(&role.id, |_| None), now, rng)?;
    let (tenant, id) = (&actor.tenant, &role.id);
    decision.writes.extend(
        [
            AdminWrite::TakeRoleFromAll { tenant: tenant.clone(), role: id.clone() },
            AdminWrite::RemoveRoleFromNodes { tenant: tenant.clone(), role: id.clone() },
            AdminWrite::RemoveRoleFromGroups { tenant: tenant.clone(), role: id.clone() },
            AdminWrite::DeleteRole { tenant: tenant.clone(), role: id.clone() },
        ]
        .map(Write::Admin),
    );
    let detail = format!("{}: privileges {}.", id.as_str(), role.privileges.to_json());
    let about = About::node(&role.node, detail);
    decision.audit.push(actor.event(Event::RoleDeleted, about, now, rng));
    Ok(decision)
}

fn may_change(actor: &Actor, role: &RoleFacts) -> Result<(), AdminRefusal> {
    actor.need(Privilege::ManageRoles, &role.node)?;
    actor.need_cover(&[role.grant()])
}

fn leaves_a_way(policies: &Policies) -> Result<(), AdminRefusal> {
    let effective = EffectivePolicy::of(&[((), policies.clone())]);
    effective.dead_ends().first().map_or(Ok(()), |end| Err(AdminRefusal::DeadEnd(*end)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::actor::tests::{actor, grant, root};
    use super::super::tree::tests::node;
    use super::{NewRole, RoleChange, RoleFacts, RoleHolders, change_role, create_role, delete_role};
    use crate::admin::{Actor, AdminRefusal, MOST, Privilege, Privileges};
    use crate::id::RoleId;
    use crate::policy::Policies;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    fn code<T>(result: Result<T, AdminRefusal>) -> Option<&'static str> {
        result.err().map(|refusal| refusal.code())
    }

    #[test]
    fn a_role_carries_no_more_than_whoever_shapes_it_holds() {
        let admin = actor(vec![grant("eng", &[Privilege::ManageRoles, Privilege::ViewAudit])]);
        let nobody = RoleHolders::default();
        for (at, carried, wanted, expected) in [
            ("web", &[][..], &[Privilege::ViewAudit][..], None),
            ("web", &[Privilege::ViewAudit], &[], None),
            ("web", &[], &[Privilege::ManageUsers], Some("grants-more-than-held")),
            // Taking away, and shaping what superiors are asked, is theirs too.
            ("web", &[Privilege::ManageUsers], &[], Some("grants-more-than-held")),
            ("root", &[], &[], Some("not-found")),
            ("ops", &[], &[], Some("not-found")),
        ] {
            let role = RoleFacts {
                id: RoleId::parse("r_1").expect("id"),
                node: node(at),
                version: 1,
                name: "Role".into(),
                privileges: Privileges::of(carried),
                policies: Policies::default(),
            };
            let change = RoleChange { privileges: Some(Privileges::of(wanted)), ..RoleChange::default() };
            let changed = change_role(&admin, &role, &change, &nobody, false, NOW, &mut Counter(0));
            assert_eq!(code(changed), expected, "{at} {carried:?} {wanted:?}");
            let deleted = code(delete_role(&admin, &role, &nobody, NOW, &mut Counter(0)));
            assert_eq!(
                deleted.is_some(),
                !carried.iter().all(|it| *it == Privilege::ViewAudit) || at != "web"
            );
            let new = NewRole {
                node: node(at),
                name: "New".into(),
                policies: Policies::default(),
                privileges: Privileges::of(wanted),
            };
            let created = code(create_role(&admin, &new, false, 0, NOW, &mut Counter(0)));
            let expected = if at == "web" {
                wanted.contains(&Privilege::ManageUsers).then_some("grants-more-than-held")
            } else {
                Some("reference-unknown")
            };
            assert_eq!(created, expected, "{at} {wanted:?}");
        }
    }

    #[test]
    fn nobody_shuts_themselves_or_everybody_out() {
        let list =
            |ranges: &[&str]| Policies::from_json(&json!({ "ip_allow_list": ranges })).expect("policies");
        let id = |id: &str| RoleId::parse(id).expect("id");
        let role = |policies: Policies| RoleFacts {
            id: id("r_1"),
            node: node("root"),
            version: 1,
            name: "Role".into(),
            privileges: Privileges::default(),
            policies,
        };
        let (office, vpn, both) = ("203.0.113.0/24", "10.0.0.0/8", &["203.0.113.0/24", "10.0.0.0/8"][..]);
        let at = |roles: Vec<(RoleId, Policies)>| Actor {
            policies: roles,
            from: "203.0.113.7".parse().ok(),
            ..root()
        };
        let mine = || (id("r_1"), Policies::default());
        for (admin, wanted, beside, expected) in [
            (at(vec![mine()]), list(both), vec![], None),
            (at(vec![mine()]), list(&[vpn]), vec![], Some("no-way-back")),
            // Of a role that is not one's own, others are asked.
            (at(vec![]), list(&[vpn]), vec![], None),
            (at(vec![mine(), (id("r_2"), list(both))]), list(&[office]), vec![], None),
            (at(vec![]), list(&[vpn]), vec![(id("r_2"), list(both))], None),
            (at(vec![]), list(&[vpn]), vec![(id("r_2"), list(&[office]))], Some("no-address")),
        ] {
            let change = RoleChange { policies: Some(wanted), ..RoleChange::default() };
            let changed = change_role(
                &admin,
                &role(Policies::default()),
                &change,
                &RoleHolders { beside: beside.clone(), ..RoleHolders::default() },
                false,
                NOW,
                &mut Counter(0),
            );
            assert_eq!(code(changed), expected, "{change:?} {beside:?}");
        }
        // What was saved before this was looked at can still be renamed.
        let rename = RoleChange { name: Some("Other".into()), ..RoleChange::default() };
        let old = role(list(&[vpn]));
        let renamed = change_role(
            &at(vec![(id("r_1"), list(&[vpn]))]),
            &old,
            &rename,
            &RoleHolders::default(),
            false,
            NOW,
            &mut Counter(0),
        );
        assert_eq!(code(renamed), None);
    }

    #[test]
    fn no_lesser_admin_shapes_what_a_holder_is_asked() {
        let admin = actor(vec![grant("eng", &[Privilege::ManageRoles, Privilege::ViewAudit])]);
        let role = RoleFacts {
            id: RoleId::parse("r_1").expect("id"),
            node: node("web"),
            version: 1,
            name: "Role".into(),
            privileges: Privileges::default(),
            policies: Policies::default(),
        };
        let list = Policies::from_json(&json!({ "ip_allow_list": ["203.0.113.0/24"] })).expect("policies");
        let asks = RoleChange { policies: Some(list), ..RoleChange::default() };
        let same = RoleChange { policies: Some(Policies::default()), ..RoleChange::default() };
        let rename = RoleChange { name: Some("Other".into()), ..RoleChange::default() };
        let boss = || vec![grant("root", &[Privilege::ManageUsers])];
        let more = Some("grants-more-than-held");
        for (who, hold, asked, deleted) in [
            (&admin, vec![], None, None),
            (&admin, vec![grant("core", &[Privilege::ViewAudit])], None, None),
            (&admin, boss(), more, more),
            (&root(), boss(), None, None),
        ] {
            let holders = RoleHolders { hold, ..RoleHolders::default() };
            let change =
                |change| code(change_role(who, &role, change, &holders, false, NOW, &mut Counter(0)));
            assert_eq!(change(&asks), asked, "{holders:?}");
            assert_eq!(code(delete_role(who, &role, &holders, NOW, &mut Counter(0))), deleted, "{holders:?}");
            for harmless in [&same, &rename] {
                assert_eq!(change(harmless), None, "{holders:?}");
            }
            // What a password outside single sign-on rests on is not taken by who could not take the password.
            let carries = RoleFacts {
                node: node("eng"),
                privileges: Privileges::of(&[Privilege::ViewAudit]),
                ..role.clone()
            };
            let empty = RoleChange { privileges: Some(Privileges::default()), ..RoleChange::default() };
            let lessened = |who| change_role(who, &carries, &empty, &holders, false, NOW, &mut Counter(0));
            assert_eq!(code(lessened(who)), asked, "{holders:?}");
            let stale =
                Actor { authenticated_at: Some(keyward_saml::Timestamp::from_millis(0)), ..who.clone() };
            assert!(lessened(&stale).is_err(), "{holders:?}");
        }
    }

    #[test]
    fn policies_that_leave_nobody_a_way_are_not_saved() {
        let new = |policies: serde_json::Value| NewRole {
            node: node("root"),
            name: "New".into(),
            policies: Policies::from_json(&policies).expect("policies"),
            privileges: Privileges::default(),
        };
        let create = |policies, taken, count| {
            code(create_role(&root(), &new(policies), taken, count, NOW, &mut Counter(0)))
        };
        assert_eq!(create(json!({}), false, 0), None);
        assert_eq!(create(json!({"ip_allow_list": []}), false, 0), Some("no-address"));
        assert_eq!(create(json!({}), true, 0), Some("name-taken"));
        assert_eq!(create(json!({}), false, MOST), Some("too-many"));
    }
}
