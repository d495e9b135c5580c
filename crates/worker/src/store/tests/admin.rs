//! Admins' decisions rest on what they saw.

use keyward_core::admin::{
    Actor, By, Grant, Privileges, RoleChange, RoleFacts, Tree, UserFacts, change_role, give_role,
};
use keyward_core::facts::UserStatus;
use keyward_core::policy::Policies;

use super::*;

#[test]
fn two_changes_that_are_each_allowed_do_not_add_up_to_one_that_is_not() {
    let node = |id: &str| NodeId::parse(id).expect("id");
    let tree = || Tree::new(vec![(node("n_root"), None), (node("n_eng"), Some(node("n_root")))]);
    let actor = |id: &str, privileges: Privileges| Actor {
        tenant: tenant(),
        by: By::Person(user(id)),
        grants: vec![Grant { node: node("n_root"), privileges }],
        tree: tree(),
        policies: vec![],
        from: None,
        authenticated_at: None,
    };
    let helper = actor(
        "u_helper",
        Privileges::from_json(&serde_json::json!(["manage_users", "view_audit"])).expect("privileges"),
    );
    let root = actor("u_root", Privileges::all());
    let role = RoleFacts {
        id: RoleId::parse("r_member").expect("id"),
        node: node("n_eng"),
        version: 1,
        name: "Member".into(),
        privileges: Privileges::default(),
        policies: Policies::default(),
    };
    let alice = UserFacts {
        id: user("u_alice"),
        version: 1,
        status: UserStatus::Active,
        node: node("n_eng"),
        name: "Alice".into(),
        roles: vec![],
        holds: vec![],
    };
    // Both have seen a role that carries nothing: one gives it, the other makes it carry everything.
    let give = || give_role(&helper, &alice, &role, NOW, &mut Seeded(1)).expect("allowed");
    let change = || {
        let change = RoleChange { privileges: Some(Privileges::all()), ..RoleChange::default() };
        change_role(&root, &role, &change, &[], false, NOW, &mut Seeded(50)).expect("allowed")
    };
    let statements = |decision: Decision<()>| commit::statements(&decision, &Visitor::default());
    let mut sqlite = database();
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test")]).expect("in");
    batch(&mut sqlite, &statements(change())).map(drop).expect("the role is raised");
    assert_eq!(
        batch(&mut sqlite, &statements(give())).map(drop),
        Err(StoreError::Conflict),
        "and not given after"
    );
    assert_eq!(count(&sqlite, "user_role"), 0);
    // The other way round, whoever raises it raises it for all who have it by then.
    let mut sqlite = database();
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test")]).expect("in");
    batch(&mut sqlite, &statements(give())).map(drop).expect("given");
    batch(&mut sqlite, &statements(change())).map(drop).expect("raised");
    assert_eq!(
        batch(&mut sqlite, &statements(give())).map(drop),
        Err(StoreError::Conflict),
        "the account changed"
    );
}
