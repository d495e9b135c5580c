//! Admins' decisions rest on what they saw.

use keyward_core::admin::{
    Actor, By, Grant, Privileges, RoleChange, RoleFacts, RoleHolders, Tree, UserFacts, change_role, give_role,
};
use keyward_core::facts::UserStatus;
use keyward_core::outside::keep::Outside;
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
        outside: Outside { version: 1, ..Outside::default() },
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
        change_role(&root, &role, &change, &RoleHolders::default(), false, NOW, &mut Seeded(50))
            .expect("allowed")
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

#[test]
fn an_activation_polls_what_its_draft_was_set_up_from_and_no_later_one_does_again() {
    use keyward_core::admin::AdminWrite;

    let mut sqlite = database();
    let remember = |url: Option<&str>| {
        Write::Admin(AdminWrite::RememberSource {
            tenant: tenant(),
            connection: connection(),
            provider: "okta".into(),
            metadata_url: url.map(str::to_owned),
        })
    };
    let activated = || {
        [
            AdminWrite::LeaveSource { tenant: tenant(), connection: connection() },
            AdminWrite::PollSource { tenant: tenant(), connection: connection(), at: NOW },
            AdminWrite::UseSource { tenant: tenant(), connection: connection() },
        ]
        .map(Write::Admin)
        .into()
    };
    let stop = || vec![Write::Admin(AdminWrite::StopPolling { tenant: tenant(), connection: connection() })];
    let polled = "connection_metadata WHERE url = 'https://idp.example.com/metadata'";
    commit(&mut sqlite, vec![], vec![remember(Some("https://idp.example.com/metadata"))]).expect("drafted");
    assert_eq!(count(&sqlite, "connection_metadata"), 0, "nothing before it is active");
    commit(&mut sqlite, vec![], activated()).expect("active");
    assert_eq!(count(&sqlite, polled), 1);
    commit(&mut sqlite, vec![], stop()).expect("stopped by an admin");
    commit(&mut sqlite, vec![], activated()).expect("active, with another draft by hand");
    assert_eq!(count(&sqlite, "connection_metadata"), 0, "it stays stopped");
    commit(&mut sqlite, vec![], vec![remember(Some("https://idp.example.com/metadata"))])
        .expect("drafted anew");
    commit(&mut sqlite, vec![], activated()).expect("active");
    assert_eq!(count(&sqlite, polled), 1);
    commit(&mut sqlite, vec![], vec![remember(None)]).expect("from a file");
    assert_eq!(count(&sqlite, polled), 1, "until it is active");
    commit(&mut sqlite, vec![], activated()).expect("active");
    assert_eq!(count(&sqlite, "connection_metadata"), 0, "a file takes the place of what was polled");
}
