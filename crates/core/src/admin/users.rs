//! People's accounts.

use keyward_saml::Timestamp;

use crate::address::Email;
use crate::audit::Event;
use crate::decision::{Decision, Guard, Write};
use crate::escrow::EscrowWrite;
use crate::facts::UserStatus;
use crate::id::{DeviceId, NodeId, RoleId, UserId};
use crate::outside::OutsideWrite;
use crate::outside::keep::{self, OutsideAdmin, OutsideRole};
use crate::policy::Policies;
use crate::random::{Random, TokenHash};
use crate::roles::{HeldRole, RoleSource};
use crate::session::{SessionsOf, end_all};
use crate::two_factor::remove_all;
use crate::vault::VaultWrite;

use super::actor::{About, Actor, Grant};
use super::outside::keep_with_roles;
use super::privilege::Privilege;
use super::refusal::AdminRefusal;
use super::roles::RoleFacts;
use super::write::{AdminGuard, AdminWrite, Thing};

/// An account, as an admin's decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFacts {
    /// Its id.
    pub id: UserId,
    /// Grows with every change.
    pub version: i64,
    /// What it is.
    pub status: UserStatus,
    /// Where.
    pub node: NodeId,
    /// What its owner is called.
    pub name: String,
    /// The roles, and why.
    pub roles: Vec<HeldRole>,
    /// The privileges that the roles carry.
    pub holds: Vec<Grant>,
}

/// Somebody to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// The address.
    pub email: Email,
    /// What they are called; empty where that is not known.
    pub name: String,
    /// Where.
    pub node: NodeId,
    /// What they are given at once.
    pub roles: Vec<RoleFacts>,
    /// The default roles of the node, which they have once they claim the account.
    pub defaults: Vec<RoleFacts>,
}

/// What to change of an account; `None`: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Lock, unlock.
    pub locked: Option<bool>,
    /// Move.
    pub node: Option<NodeId>,
    /// Rename.
    pub name: Option<String>,
}

/// Invites somebody: an account that nobody has claimed yet. It takes a seat.
///
/// # Errors
/// Where the actor may not, would give more than they hold, or the address or the last seat is taken.
pub fn invite(
    actor: &Actor,
    new: &NewUser,
    is_taken: bool,
    seat_free: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<UserId>, AdminRefusal> {
    actor.need(Privilege::ManageUsers, &new.node).map_err(|refusal| elsewhere(refusal, "node"))?;
    for role in &new.roles {
        may_give(actor, &new.node, role)?;
        if !role.privileges.is_empty() {
            actor.need_fresh(now)?;
        }
    }
    for role in &new.defaults {
        actor.need_cover(&[role.grant()])?;
    }
    if is_taken {
        return Err(AdminRefusal::EmailTaken);
    }
    if !seat_free {
        return Err(AdminRefusal::OutOfSeats);
    }
    let tenant = &actor.tenant;
    let user = UserId::generate(rng);
    let mut decision = Decision::unchanged(user.clone());
    decision.guards.push(Guard::SeatFree { tenant: tenant.clone() });
    decision.writes.push(Write::Admin(AdminWrite::InviteUser {
        tenant: tenant.clone(),
        user: user.clone(),
        node: new.node.clone(),
        email: new.email.clone(),
        name: new.name.clone(),
        at: now,
    }));
    let about = |detail: &str| About::user(&user, &new.node, detail);
    decision.audit.push(actor.event(Event::CreateUser, about("Invited."), now, rng));
    for role in &new.roles {
        decision.guards.push(role.unchanged(actor));
        decision.writes.push(add_role(actor, &user, role, now));
        decision.audit.push(actor.event(
            Event::AddedToRole,
            about(&format!("{}.", role.id.as_str())),
            now,
            rng,
        ));
    }
    Ok(decision)
}

/// Locks or unlocks, moves, renames. A lock ends sessions, which no unlocking brings back; unlocking ends what was handed over and not
/// taken yet.
///
/// # Errors
/// Where the actor may not, at either node, or the person holds more than they do.
pub fn change_user(
    actor: &Actor,
    user: &UserFacts,
    change: &UserChange,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    let is_self = actor.person() == Some(&user.id);
    let locks = change.locked.filter(|locked| *locked != (user.status == UserStatus::Locked));
    let moves = change.node.as_ref().filter(|node| **node != user.node);
    if is_self && (locks.is_some() || moves.is_some()) {
        return Err(AdminRefusal::Oneself);
    }
    if locks == Some(false) {
        actor.need_fresh(now)?;
    }
    if let Some(node) = moves {
        actor.need(Privilege::ManageUsers, node).map_err(|refusal| elsewhere(refusal, "node"))?;
    }
    // What an invited account begins with was judged at its node: who is to begin elsewhere is invited there.
    if moves.is_some() && user.status == UserStatus::Invited {
        return Err(AdminRefusal::Status { status: user.status });
    }
    let status = match (user.status, locks) {
        (UserStatus::Deleted, _) => return Err(AdminRefusal::NotFound),
        (status, None) => status,
        (UserStatus::Active, Some(true)) => UserStatus::Locked,
        (UserStatus::Locked, Some(false)) => UserStatus::Active,
        (status, Some(_)) => return Err(AdminRefusal::Status { status }),
    };
    let node = moves.unwrap_or(&user.node);
    let about = |detail: &str| About::user(&user.id, node, detail);
    let mut decision = rests_on(actor, user);
    decision.writes.push(Write::Admin(AdminWrite::UpdateUser {
        tenant: actor.tenant.clone(),
        user: user.id.clone(),
        status,
        node: node.clone(),
        name: change.name.clone().unwrap_or_else(|| user.name.clone()),
    }));
    if status != user.status {
        let as_now = |admin| Some(OutsideAdmin { status, ..admin });
        actor.outside.keep(&actor.tenant, &mut decision, keep::of(&user.id, as_now))?;
    }
    match locks {
        Some(true) => {
            // For good: what an unlocked account does next, it does signed in anew.
            decision.writes.push(end_all(&actor.tenant, SessionsOf::User(user.id.clone()), now));
            decision.audit.push(actor.event(Event::LockUser, about(""), now, rng));
        }
        Some(false) => {
            // Who is locked once more later has what was handed over by then, by a consent of then.
            let (tenant, owner) = (actor.tenant.clone(), user.id.clone());
            decision.writes.push(Write::Escrow(EscrowWrite::KeepsVault { tenant, owner }));
            decision.audit.push(actor.event(Event::UnlockUser, about(""), now, rng));
        }
        None => {}
    }
    if moves.is_some() {
        let detail = format!("Moved from {}.", user.node.as_str());
        decision.audit.push(actor.event(Event::UserChanged, about(&detail), now, rng));
    }
    if change.name.as_ref().is_some_and(|name| *name != user.name) {
        decision.audit.push(actor.event(Event::UserChanged, about("Renamed."), now, rng));
    }
    Ok(decision)
}

/// Deletes: a tombstone stays, without roles, so that just-in-time provisioning does not bring the account back.
///
/// # Errors
/// Where the actor may not, or the person holds more than they do.
pub fn delete_user(
    actor: &Actor,
    user: &UserFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    if actor.person() == Some(&user.id) {
        return Err(AdminRefusal::Oneself);
    }
    actor.need_fresh(now)?;
    let mut decision = rests_on(actor, user);
    actor.outside.keep(&actor.tenant, &mut decision, keep::of(&user.id, |_| None))?;
    if actor.outside.has(&user.id) {
        let (tenant, user) = (actor.tenant.clone(), user.id.clone());
        decision.writes.push(Write::Outside(OutsideWrite::Remove { tenant, user }));
    }
    decision.writes.push(Write::Admin(AdminWrite::UpdateUser {
        tenant: actor.tenant.clone(),
        user: user.id.clone(),
        status: UserStatus::Deleted,
        node: user.node.clone(),
        name: String::new(),
    }));
    decision
        .writes
        .push(Write::Admin(AdminWrite::TakeAllRoles { tenant: actor.tenant.clone(), user: user.id.clone() }));
    decision.writes.push(end_all(&actor.tenant, SessionsOf::User(user.id.clone()), now));
    let about = About::user(&user.id, &user.node, "");
    decision.audit.push(actor.event(Event::DeleteUser, about, now, rng));
    Ok(decision)
}

/// Ends all of a person's sessions; one's own too.
///
/// # Errors
/// Where the actor may not.
pub fn end_user_sessions(
    actor: &Actor,
    user: &UserFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    let mut decision = Decision::unchanged(());
    decision.writes.push(end_all(&actor.tenant, SessionsOf::User(user.id.clone()), now));
    let about = About::user(&user.id, &user.node, "In all browsers, by an admin.");
    decision.audit.push(actor.event(Event::Logout, about, now, rng));
    Ok(decision)
}

/// Takes all second factors from somebody who lost theirs, and ends their sessions. Where one is required, the next sign-in
/// sets up another. Oneself does that in the settings, where the old one is shown first.
///
/// # Errors
/// Where the actor may not, or the person holds more than they do.
pub fn reset_two_factor(
    actor: &Actor,
    user: &UserFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    if actor.person() == Some(&user.id) {
        return Err(AdminRefusal::Oneself);
    }
    actor.need_fresh(now)?;
    let mut decision = rests_on(actor, user);
    decision.writes.extend(remove_all(&actor.tenant, &user.id));
    // What is added at this moment rests on the version before.
    decision.writes.push(renewed(actor, user));
    decision.writes.push(end_all(&actor.tenant, SessionsOf::User(user.id.clone()), now));
    let about = About::user(&user.id, &user.node, "All factors, by an admin.");
    decision.audit.push(actor.event(Event::SetTwoFactorOff, about, now, rng));
    Ok(decision)
}

/// Ends one of a person's sessions.
///
/// # Errors
/// Where the actor may not.
pub fn revoke_session(
    actor: &Actor,
    user: &UserFacts,
    session: &TokenHash,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    let mut decision = Decision::unchanged(());
    decision.writes.push(Write::RevokeSession {
        tenant: actor.tenant.clone(),
        token: session.clone(),
        at: now,
    });
    let about = About::user(&user.id, &user.node, "In one browser, by an admin.");
    decision.audit.push(actor.event(Event::Logout, about, now, rng));
    Ok(decision)
}

/// Blocks one of a person's devices: no session of theirs opens the vault with it, until they let it in again.
///
/// # Errors
/// Where the actor may not.
pub fn block_device(
    actor: &Actor,
    user: &UserFacts,
    device: &DeviceId,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    let (tenant, id) = (&actor.tenant, &user.id);
    let mut decision = Decision::unchanged(());
    decision.writes.push(Write::Vault(VaultWrite::Block {
        tenant: tenant.clone(),
        user: id.clone(),
        device: device.clone(),
        since: Some(now),
    }));
    decision.writes.push(Write::Vault(VaultWrite::ForgetProofs {
        tenant: tenant.clone(),
        user: id.clone(),
        device: device.clone(),
    }));
    let about = About::user(id, &user.node, format!("{}, blocked by an admin.", device.as_str()));
    decision.audit.push(actor.event(Event::DeviceDenied, about, now, rng));
    Ok(decision)
}

/// Gives a role. One that a group or a default gave becomes the person's own.
///
/// # Errors
/// Where the actor may not, or does not hold what the role carries.
pub fn give_role(
    actor: &Actor,
    user: &UserFacts,
    role: &RoleFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    may_give(actor, &user.node, role)?;
    if actor.person() == Some(&user.id) {
        actor.need_way_back(&role.id, &role.policies)?;
    }
    let mut decision = rests_on(actor, user);
    let held = user.roles.iter().find(|held| held.role == role.id);
    if held.is_some_and(|held| held.source == RoleSource::Direct) {
        return Ok(Decision::unchanged(()));
    }
    if held.is_some() {
        decision.writes.push(take(actor, &user.id, &role.id));
    }
    // What it asks may leave them no way in.
    let with = |mut admin: OutsideAdmin| {
        admin.roles.retain(|its| its.id != role.id);
        admin.roles.push(OutsideRole {
            id: role.id.clone(),
            node: role.node.clone(),
            privileges: role.privileges,
            policies: role.policies.clone(),
        });
        Some(admin)
    };
    actor.outside.keep(&actor.tenant, &mut decision, keep::of(&user.id, with))?;
    decision.guards.push(role.unchanged(actor));
    decision.writes.push(add_role(actor, &user.id, role, now));
    decision.writes.push(renewed(actor, user));
    // Whoever has more power has a new session for it. A role that a group gave may have carried none.
    if !role.privileges.is_empty() {
        actor.need_fresh(now)?;
        decision.writes.push(end_all(&actor.tenant, SessionsOf::User(user.id.clone()), now));
    }
    let about = About::user(&user.id, &user.node, format!("{}.", role.id.as_str()));
    decision.audit.push(actor.event(Event::AddedToRole, about, now, rng));
    Ok(decision)
}

/// Takes a role, that an admin or a default gave.
///
/// # Errors
/// Where the actor may not, the person does not have it, or a group would give it again; where the role asks something, also where
/// it is the actor's own, or of a node at which they do not manage people.
pub fn take_role(
    actor: &Actor,
    user: &UserFacts,
    role: &RoleFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    match user.roles.iter().find(|held| held.role == role.id).map(|held| held.source) {
        None => return Err(AdminRefusal::NotFound),
        Some(RoleSource::Group) => return Err(AdminRefusal::RoleByGroup),
        Some(_) => {}
    }
    role.need_reach_to_take(actor, Privilege::ManageUsers)?;
    if actor.person() == Some(&user.id) && role.policies != Policies::default() {
        return Err(AdminRefusal::Oneself);
    }
    role.need_fresh_to_take(actor, now)?;
    let mut decision = rests_on(actor, user);
    decision.guards.push(role.unchanged(actor));
    let without = |mut admin: OutsideAdmin| {
        admin.roles.retain(|its| its.id != role.id);
        Some(admin)
    };
    keep_with_roles(actor, &mut decision, keep::of(&user.id, without), now, rng)?;
    decision.writes.push(take(actor, &user.id, &role.id));
    decision.writes.push(renewed(actor, user));
    let about = About::user(&user.id, &user.node, format!("{}.", role.id.as_str()));
    decision.audit.push(actor.event(Event::RemovedFromRole, about, now, rng));
    Ok(decision)
}

/// Whoever manages people at somebody's node, and holds what that person holds: an admin is not locked out by a lesser one.
pub(super) fn may_manage(actor: &Actor, user: &UserFacts) -> Result<(), AdminRefusal> {
    actor.need(Privilege::ManageUsers, &user.node)?;
    if user.status == UserStatus::Deleted {
        return Err(AdminRefusal::NotFound);
    }
    if actor.covers(&user.holds) { Ok(()) } else { Err(AdminRefusal::Outranked) }
}

/// A role is for the people at its node and below; elsewhere it takes somebody who manages people at the role's node too.
fn may_give(actor: &Actor, to: &NodeId, role: &RoleFacts) -> Result<(), AdminRefusal> {
    let is_above = actor.tree.is_within(to, &role.node);
    if !is_above && !actor.may(Privilege::ManageUsers, &role.node) {
        return Err(AdminRefusal::RoleElsewhere);
    }
    actor.need_cover(&[role.grant()])
}

/// A node in a body that cannot be seen is an unknown one.
pub(super) fn elsewhere(refusal: AdminRefusal, field: &'static str) -> AdminRefusal {
    match refusal {
        AdminRefusal::NotFound => AdminRefusal::Unknown { field },
        refusal => refusal,
    }
}

pub(super) fn rests_on(actor: &Actor, user: &UserFacts) -> Decision<()> {
    let guard = AdminGuard::Unchanged {
        tenant: actor.tenant.clone(),
        thing: Thing::User,
        id: user.id.as_str().to_owned(),
        version: user.version,
    };
    Decision { guards: vec![Guard::Admin(guard)], ..Decision::unchanged(()) }
}

pub(super) fn renewed(actor: &Actor, user: &UserFacts) -> Write {
    Write::Admin(AdminWrite::UpdateUser {
        tenant: actor.tenant.clone(),
        user: user.id.clone(),
        status: user.status,
        node: user.node.clone(),
        name: user.name.clone(),
    })
}

fn add_role(actor: &Actor, user: &UserId, role: &RoleFacts, now: Timestamp) -> Write {
    Write::AddRole {
        tenant: actor.tenant.clone(),
        user: user.clone(),
        role: role.id.clone(),
        source: RoleSource::Direct,
        at: now,
    }
}

fn take(actor: &Actor, user: &UserId, role: &RoleId) -> Write {
    Write::Admin(AdminWrite::TakeRole {
        tenant: actor.tenant.clone(),
        user: user.clone(),
        role: role.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::actor::tests::{actor, grant, root};
    use super::super::tree::tests::node;
    use super::{
        NewUser, UserChange, UserFacts, change_user, delete_user, give_role, invite, renewed,
        reset_two_factor, take_role,
    };
    use crate::address::Email;
    use crate::admin::{Actor, By, Grant, Privilege, Privileges, RoleFacts};
    use crate::decision::Write;
    use crate::escrow::EscrowWrite;
    use crate::facts::UserStatus;
    use crate::id::{RoleId, UserId};
    use crate::policy::Policies;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::roles::{HeldRole, RoleSource};

    fn user(at: &str, holds: Vec<Grant>) -> UserFacts {
        UserFacts {
            id: UserId::parse("u_alice").expect("id"),
            version: 1,
            status: UserStatus::Active,
            node: node(at),
            name: "Alice".into(),
            roles: vec![],
            holds,
        }
    }

    fn role(at: &str, privileges: &[Privilege]) -> RoleFacts {
        RoleFacts {
            id: RoleId::parse("r_1").expect("id"),
            node: node(at),
            version: 1,
            name: "Role".into(),
            privileges: Privileges::of(privileges),
            policies: Policies::default(),
        }
    }

    fn eng() -> Actor {
        actor(vec![grant("eng", &[Privilege::ManageUsers, Privilege::ViewAudit])])
    }

    fn code<T>(result: Result<T, crate::admin::AdminRefusal>) -> Option<&'static str> {
        result.err().map(|refusal| refusal.code())
    }

    #[test]
    fn who_may_change_whom() {
        let lock = UserChange { locked: Some(true), ..UserChange::default() };
        let go = |at: &str| UserChange { node: Some(node(at)), ..UserChange::default() };
        let boss = || vec![grant("root", &[Privilege::ManageUsers])];
        let locked = || UserFacts { status: UserStatus::Locked, ..user("web", vec![]) };
        let of = |status| UserFacts { status, ..user("web", vec![]) };
        let unlock = UserChange { locked: Some(false), ..UserChange::default() };
        for (who, facts, change, expected) in [
            (eng(), user("web", vec![]), lock.clone(), None),
            (eng(), user("web", vec![grant("core", &[Privilege::ViewAudit])]), lock.clone(), None),
            (eng(), user("web", boss()), lock.clone(), Some("user-outranks")),
            (root(), user("web", boss()), lock.clone(), None),
            (eng(), user("ops", vec![]), lock.clone(), Some("not-found")),
            (eng(), user("web", vec![]), go("core"), None),
            (eng(), user("web", vec![]), go("ops"), Some("reference-unknown")),
            (eng(), user("web", vec![]), go("nowhere"), Some("reference-unknown")),
            (eng(), locked(), unlock.clone(), None),
            (eng(), of(UserStatus::Invited), lock.clone(), Some("user-status")),
            (eng(), of(UserStatus::Invited), go("core"), Some("user-status")),
            (eng(), of(UserStatus::Deleted), unlock, Some("not-found")),
            (
                actor(vec![grant("eng", &[Privilege::ViewAudit])]),
                user("web", vec![]),
                lock.clone(),
                Some("privilege-missing"),
            ),
        ] {
            assert_eq!(code(change_user(&who, &facts, &change, NOW, &mut Counter(0))), expected, "{facts:?}");
        }
        let me = Actor { by: By::Person(user("web", vec![]).id), ..eng() };
        assert_eq!(
            code(change_user(&me, &user("web", vec![]), &lock, NOW, &mut Counter(0))),
            Some("user-is-self")
        );
        assert_eq!(code(delete_user(&me, &user("web", vec![]), NOW, &mut Counter(0))), Some("user-is-self"));
        let ends_handovers = |change: &UserChange, facts: &UserFacts| {
            let decision = change_user(&eng(), facts, change, NOW, &mut Counter(0)).expect("changed");
            decision.writes.iter().any(|it| matches!(it, Write::Escrow(EscrowWrite::KeepsVault { .. })))
        };
        assert!(ends_handovers(&UserChange { locked: Some(false), ..UserChange::default() }, &locked()));
        assert!(!ends_handovers(&lock, &user("web", vec![])));
        let name = UserChange { name: Some("Al".into()), ..UserChange::default() };
        assert_eq!(code(change_user(&me, &user("web", vec![]), &name, NOW, &mut Counter(0))), None);
    }

    #[test]
    fn nobody_gives_a_role_that_carries_more_than_they_hold() {
        for (role, expected) in [
            (role("web", &[]), None),
            (role("root", &[]), None),
            (role("eng", &[Privilege::ViewAudit]), None),
            (role("eng", &[Privilege::ManageRoles]), Some("grants-more-than-held")),
            (role("root", &[Privilege::ViewAudit]), Some("grants-more-than-held")),
            (role("ops", &[]), Some("role-elsewhere")),
        ] {
            let given = give_role(&eng(), &user("web", vec![]), &role, NOW, &mut Counter(0));
            assert_eq!(code(given), expected, "{role:?}");
            let new = NewUser {
                email: Email::parse("a@acme.test").expect("address"),
                name: String::new(),
                node: node("web"),
                roles: vec![role],
                defaults: vec![],
            };
            assert_eq!(code(invite(&eng(), &new, false, true, NOW, &mut Counter(0))), expected);
        }
        let new = NewUser {
            email: Email::parse("a@acme.test").expect("address"),
            name: String::new(),
            node: node("web"),
            roles: vec![],
            defaults: vec![],
        };
        assert_eq!(code(invite(&eng(), &new, true, true, NOW, &mut Counter(0))), Some("email-taken"));
        assert_eq!(code(invite(&eng(), &new, false, false, NOW, &mut Counter(0))), Some("out-of-seats"));
        let more = NewUser { defaults: vec![role("web", &[Privilege::ManageRoles])], ..new };
        assert_eq!(
            code(invite(&eng(), &more, false, true, NOW, &mut Counter(0))),
            Some("grants-more-than-held")
        );
    }

    #[test]
    fn what_a_group_gave_is_not_taken_here() {
        let held = |source| {
            let held = HeldRole { role: role("web", &[]).id, source };
            UserFacts { roles: vec![held], ..user("web", vec![]) }
        };
        let take =
            |facts: &UserFacts| code(take_role(&eng(), facts, &role("web", &[]), NOW, &mut Counter(0)));
        assert_eq!(take(&held(RoleSource::Direct)), None);
        assert_eq!(take(&held(RoleSource::Default)), None);
        assert_eq!(take(&held(RoleSource::Group)), Some("role-by-group"));
        assert_eq!(take(&user("web", vec![])), Some("not-found"));
    }

    #[test]
    fn nothing_that_is_added_meanwhile_outlives_a_reset_of_second_factors() {
        let decision = reset_two_factor(&eng(), &user("web", vec![]), NOW, &mut Counter(0)).expect("reset");
        assert!(decision.writes.contains(&renewed(&eng(), &user("web", vec![]))));
    }

    #[test]
    fn what_a_role_asks_is_not_taken_from_below_it_or_from_oneself() {
        let policies =
            Policies::from_json(&serde_json::json!({ "session_idle_minutes": 5 })).expect("policies");
        let me = Actor { by: By::Person(user("web", vec![]).id), ..root() };
        for (who, at, asks, expected) in [
            (&eng(), "eng", true, None),
            (&eng(), "root", true, Some("role-elsewhere")),
            (&eng(), "root", false, None),
            (&root(), "root", true, None),
            (&me, "root", true, Some("user-is-self")),
            (&me, "root", false, None),
        ] {
            let policies = if asks { policies.clone() } else { Policies::default() };
            let role = RoleFacts { policies, ..role(at, &[]) };
            let held = HeldRole { role: role.id.clone(), source: RoleSource::Direct };
            let facts = UserFacts { roles: vec![held], ..user("web", vec![]) };
            assert_eq!(code(take_role(who, &facts, &role, NOW, &mut Counter(0))), expected, "{at} {asks}");
        }
    }
}
