//! Admins' decisions rest on what they saw.

use keyward_core::admin::{
    Actor, By, Grant, Privilege, Privileges, RoleChange, RoleFacts, RoleHolders, Tree, UserFacts,
    change_role, delete_role, give_role,
};
use keyward_core::facts::UserStatus;
use keyward_core::outside::keep::Outside;
use keyward_core::policy::Policies;

use super::*;
use crate::api::views::RoleHoldersRow;
use crate::store::admin_load;

fn node(id: &str) -> NodeId {
    NodeId::parse(id).expect("id")
}

/// Somebody with these privileges at a node.
fn actor(id: &str, at: &str, privileges: Privileges) -> Actor {
    Actor {
        tenant: tenant(),
        by: By::Person(user(id)),
        grants: vec![Grant { node: node(at), privileges }],
        tree: Tree::new(vec![(node("n_root"), None), (node("n_eng"), Some(node("n_root")))]),
        policies: vec![],
        from: None,
        authenticated_at: None,
        outside: Outside { version: 1, ..Outside::default() },
    }
}

/// The role that gives nothing.
fn member() -> RoleFacts {
    RoleFacts {
        id: RoleId::parse("r_member").expect("id"),
        node: node("n_eng"),
        version: 1,
        name: "Member".into(),
        privileges: Privileges::default(),
        policies: Policies::default(),
    }
}

#[test]
fn two_changes_that_are_each_allowed_do_not_add_up_to_one_that_is_not() {
    let helper = actor(
        "u_helper",
        "n_root",
        Privileges::from_json(&serde_json::json!(["manage_users", "view_audit"])).expect("privileges"),
    );
    let root = actor("u_root", "n_root", Privileges::all());
    let role = member();
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

/// The rule "what a role asks is changed by who holds all that its holders do" looks at who has it by the time that it is changed: a
/// role that somebody was given meanwhile is no new version of it.
#[test]
fn who_has_a_role_is_looked_at_where_it_is_changed() {
    let admin = actor("u_helper", "n_eng", Privileges::of(&[Privilege::ManageRoles]));
    let member = member();
    let asks = Policies::from_json(&serde_json::json!({ "session_idle_minutes": 5 })).expect("policies");
    let change = RoleChange { policies: Some(asks), ..RoleChange::default() };
    let statements = |decision: Decision<()>| commit::statements(&decision, &Visitor::default());
    let roles = "
      INSERT INTO role (tenant, id, node, name, privileges, policies, created_at) VALUES
        ('t_acme', 'r_name', 'n_eng', 'Name', '[]', '{}', 0),
        ('t_acme', 'r_power', 'n_root', 'Power', '[\"view_audit\"]', '{}', 0),
        ('t_acme', 'r_list', 'n_root', 'List', '[]', '{\"ip_allow_list\":[\"10.0.0.0/8\"]}', 0);
      INSERT INTO user_role (tenant, user, role, source, created_at) VALUES ('t_acme', 'u_alice', 'r_member', 'direct', 0);";
    let meanwhile = |sql: &str| {
        let mut sqlite = database();
        commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test")]).expect("in");
        sqlite.execute_batch(roles).expect("given");
        let loaded = admin_load::role_holders(&tenant(), &member.id);
        let mut loaded = batch(&mut sqlite, &[loaded]).expect("loads");
        let before: Vec<RoleHoldersRow> = loaded.rows().expect("one");
        let before = before.first().expect("one").facts().expect("read");
        sqlite.execute_batch(sql).expect("meanwhile");
        let changed = change_role(&admin, &member, &change, &before, false, NOW, &mut Seeded(50));
        let changed = batch(&mut sqlite, &statements(changed.expect("allowed by what was loaded"))).map(drop);
        // What was changed is another version of it.
        let version = if changed.is_ok() { 2 } else { 1 };
        let role = RoleFacts { version, ..member.clone() };
        let deleted = delete_role(&admin, &role, &before, NOW, &mut Seeded(60)).expect("allowed");
        (changed, batch(&mut sqlite, &statements(deleted)).map(drop))
    };
    let give = |role: &str, source: &str| {
        format!(
            "INSERT INTO user_role (tenant, user, role, source, created_at) VALUES ('t_acme', 'u_alice', '{role}', '{source}', 1);"
        )
    };
    let (fine, conflict) = ((Ok(()), Ok(())), (Err(StoreError::Conflict), Err(StoreError::Conflict)));
    assert_eq!(meanwhile(""), fine);
    assert_eq!(meanwhile(&give("r_name", "direct")), fine, "a role that is a name gives nothing");
    assert_eq!(meanwhile(&give("r_power", "direct")), conflict);
    assert_eq!(meanwhile(&give("r_list", "group")), conflict, "addresses count, whoever gave them");
    assert_eq!(meanwhile(&give("r_power", "group")), fine, "groups give no privileges here");
    let on = "UPDATE tenant SET group_privileges = 1 WHERE id = 't_acme';";
    assert_eq!(meanwhile(&format!("{}{on}", give("r_power", "group"))), conflict, "until they do");
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
