//! Whatever an admin's request is, it gives nobody a privilege that the admin does not hold there, and
//! changes nobody who holds more. What is held where is worked out here a second time, by other means.

#![expect(clippy::expect_used, reason = "a fixture that does not work should stop the test")]

use keyward_core::Random;
use keyward_core::address::Email;
use keyward_core::admin::{
    Actor, AdminRefusal, By, ConnectionFacts, Grant, GroupLine, NewApiToken, NewRole, NewUser, NodeFacts,
    Privilege, Privileges, RoleChange, RoleFacts, RoleHolders, Tree, UserChange, UserFacts, add_default_role,
    change_role, change_user, create_api_token, create_role, delete_user, give_role, invite, map_groups,
};
use keyward_core::facts::{ConnectionStatus, UserStatus};
use keyward_core::id::{ConnectionId, NodeId, RoleId, TenantId, UserId};
use keyward_core::outside::keep::Outside;
use keyward_core::policy::Policies;
use keyward_testkit::NOW;
use proptest::prelude::*;

struct Zeros;

impl Random for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// The parents of nodes 1 and up; 0 is the root.
type Parents = Vec<usize>;
/// A node, and bits of privileges.
type Held = (usize, u8);

fn node(index: usize) -> NodeId {
    NodeId::parse(&format!("n{index}")).expect("an id")
}

fn set(bits: u8) -> Privileges {
    let of: Vec<Privilege> = Privilege::ALL
        .iter()
        .enumerate()
        .filter(|(index, _)| bits >> index & 1 == 1)
        .map(|(_, privilege)| *privilege)
        .collect();
    Privileges::of(&of)
}

fn grant((at, bits): Held) -> Grant {
    Grant { node: node(at), privileges: set(bits) }
}

/// The bits that are held at a node: its own and those of all above it.
fn held(parents: &Parents, grants: &[Held], at: usize) -> u8 {
    let here = grants.iter().filter(|(node, _)| *node == at).fold(0, |all, (_, bits)| all | bits);
    match at.checked_sub(1).and_then(|index| parents.get(index)) {
        Some(parent) => here | held(parents, grants, *parent),
        None => here,
    }
}

fn covers(parents: &Parents, grants: &[Held], (at, bits): Held) -> bool {
    bits & !held(parents, grants, at) == 0
}

fn actor(parents: &Parents, grants: &[Held]) -> Actor {
    let below = parents.iter().enumerate().map(|(index, parent)| (node(index + 1), Some(node(*parent))));
    Actor {
        tenant: TenantId::parse("t_acme").expect("an id"),
        by: By::Person(UserId::parse("u_admin").expect("an id")),
        grants: grants.iter().copied().map(grant).collect(),
        tree: Tree::new(core::iter::once((node(0), None)).chain(below).collect()),
        policies: Vec::new(),
        from: None,
        authenticated_at: None,
        outside: Outside::default(),
    }
}

fn role((at, bits): Held) -> RoleFacts {
    RoleFacts {
        id: RoleId::parse("r_one").expect("an id"),
        node: node(at),
        version: 1,
        name: "One".to_owned(),
        privileges: set(bits),
        policies: Policies::default(),
    }
}

fn somebody(at: usize, holds: &[Held]) -> UserFacts {
    UserFacts {
        id: UserId::parse("u_bob").expect("an id"),
        version: 1,
        status: UserStatus::Active,
        node: node(at),
        name: "Bob".to_owned(),
        roles: Vec::new(),
        holds: holds.iter().copied().map(grant).collect(),
    }
}

fn connection(at: usize, reach: &[Held]) -> ConnectionFacts {
    ConnectionFacts {
        id: ConnectionId::parse("c_acme").expect("an id"),
        node: node(at),
        status: ConnectionStatus::Active,
        version: 1,
        sso_name: None,
        jit: true,
        idp_initiated: false,
        idp_initiated_paths: Vec::new(),
        single_logout: false,
        force_authn: false,
        reach: reach.iter().copied().map(grant).collect(),
        active: None,
        draft: None,
        has_identities: false,
        has_key: true,
        node_taken: false,
    }
}

/// All the ways in which a privilege reaches somebody, tried for one role.
fn ways_to_grant(actor: &Actor, to: usize, more: Held) -> Vec<(&'static str, Result<(), AdminRefusal>)> {
    let given = role(more);
    let new_role = NewRole {
        node: node(more.0),
        name: "Two".to_owned(),
        policies: Policies::default(),
        privileges: set(more.1),
    };
    let new_user = NewUser {
        email: Email::parse("carol@acme.test").expect("an address"),
        name: String::new(),
        node: node(to),
        roles: vec![given.clone()],
        defaults: Vec::new(),
    };
    let token = NewApiToken {
        name: "t".to_owned(),
        node: node(more.0),
        privileges: set(more.1),
        read_only: false,
        expires_at: NOW.plus(core::time::Duration::from_secs(60)),
    };
    let at = NodeFacts { id: node(to), version: 1, holds: Vec::new(), default_roles: Vec::new() };
    let lines = [GroupLine { group: "g".to_owned(), role: given.clone() }];
    let change = RoleChange { privileges: Some(set(more.1)), ..RoleChange::default() };
    let before = RoleFacts { privileges: Privileges::default(), ..given.clone() };
    vec![
        ("a new role", create_role(actor, &new_role, false, 0, NOW, &mut Zeros).map(drop)),
        (
            "a changed role",
            change_role(actor, &before, &change, &RoleHolders::default(), false, NOW, &mut Zeros).map(drop),
        ),
        ("a role given", give_role(actor, &somebody(to, &[]), &given, NOW, &mut Zeros).map(drop)),
        ("an invitation", invite(actor, &new_user, false, true, NOW, &mut Zeros).map(drop)),
        ("a default role", add_default_role(actor, &at, &given, NOW, &mut Zeros).map(drop)),
        ("a token", create_api_token(actor, &token, 0, NOW, &mut Zeros).map(drop)),
        ("a groups map", map_groups(actor, &connection(to, &[]), &[], &lines, NOW, &mut Zeros).map(drop)),
    ]
}

const NODES: usize = 6;

fn parents() -> impl Strategy<Value = Parents> {
    let each: Vec<_> = (1..NODES).map(|index| 0..index).collect();
    each
}

fn some_held() -> impl Strategy<Value = Held> {
    (0..NODES, prop_oneof![Just(0x7f), 0_u8..0x80])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nobody_grants_what_they_do_not_hold(
        parents in parents(),
        grants in proptest::collection::vec(some_held(), 0..4),
        to in 0..NODES,
        more in some_held(),
    ) {
        for (way, answer) in ways_to_grant(&actor(&parents, &grants), to, more) {
            if answer.is_ok() {
                prop_assert!(covers(&parents, &grants, more), "{way}");
            }
        }
    }

    #[test]
    fn nobody_changes_somebody_who_holds_more(
        parents in parents(),
        grants in proptest::collection::vec(some_held(), 0..4),
        at in 0..NODES,
        theirs in proptest::collection::vec(some_held(), 0..3),
    ) {
        let actor = actor(&parents, &grants);
        let bob = somebody(at, &theirs);
        let lock = UserChange { locked: Some(true), ..UserChange::default() };
        let lines = [];
        let ways = [
            ("locked", change_user(&actor, &bob, &lock, NOW, &mut Zeros).map(drop)),
            ("deleted", delete_user(&actor, &bob, NOW, &mut Zeros).map(drop)),
            ("signed in by another map", map_groups(&actor, &connection(at, &theirs), &[], &lines, NOW, &mut Zeros).map(drop)),
        ];
        for (way, answer) in ways {
            if answer.is_ok() {
                prop_assert!(theirs.iter().all(|each| covers(&parents, &grants, *each)), "{way}");
            }
        }
    }

    /// The others would hold if everything were refused.
    #[test]
    fn a_root_admin_is_refused_none_of_it(parents in parents(), to in 0..NODES, more in (0..NODES, 1_u8..0x80)) {
        let root = actor(&parents, &[(0, 0x7f)]);
        for (way, answer) in ways_to_grant(&root, to, more) {
            prop_assert_eq!(answer, Ok(()), "{}", way);
        }
        let bob = somebody(to, &[more]);
        prop_assert!(delete_user(&root, &bob, NOW, &mut Zeros).is_ok());
    }
}
