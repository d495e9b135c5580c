use super::super::actor::tests::{actor, grant, root};
use super::super::tree::tests::node;
use super::{
    ConnectionChange, ConnectionFacts, DraftFacts, GroupLine, Identifies, activate, change_connection,
    disable_connection, end_connection_sessions, map_groups, migrate,
};
use crate::address::SsoName;
use crate::admin::{Actor, AdminRefusal, AdminWrite, Privilege, Privileges, RoleFacts};
use crate::decision::Write;
use crate::facts::ConnectionStatus;
use crate::id::{ConnectionId, RoleId};
use crate::policy::Policies;
use crate::provisioning::tests::NOW;
use crate::random::tests::Counter;

fn identifies(entity_id: &str) -> Identifies {
    Identifies { idp_entity_id: entity_id.into(), subject_attribute: None }
}

pub(crate) fn facts() -> ConnectionFacts {
    ConnectionFacts {
        id: ConnectionId::parse("c_1").expect("id"),
        node: node("web"),
        status: ConnectionStatus::Draft,
        version: 1,
        sso_name: None,
        jit: true,
        idp_initiated: false,
        idp_initiated_paths: vec![],
        single_logout: true,
        force_authn: false,
        reach: vec![],
        active: None,
        draft: Some(DraftFacts { identifies: identifies("idp"), certificates: 1, sign_requests: true }),
        has_identities: false,
        has_key: true,
        node_taken: false,
    }
}

fn admin() -> Actor {
    actor(vec![grant("eng", &[Privilege::ManageConnections, Privilege::ViewAudit])])
}

fn code<T>(result: Result<T, AdminRefusal>) -> Option<&'static str> {
    result.err().map(|refusal| refusal.code())
}

#[test]
fn a_connection_is_edited_by_who_holds_all_that_it_reaches() {
    for (at, reach, expected) in [
        ("web", vec![], None),
        ("web", vec![grant("core", &[Privilege::ViewAudit])], None),
        ("web", vec![grant("root", &[Privilege::ViewAudit])], Some("grants-more-than-held")),
        ("web", vec![grant("web", &[Privilege::ManageUsers])], Some("grants-more-than-held")),
        ("ops", vec![], Some("not-found")),
    ] {
        let facts = ConnectionFacts { node: node(at), reach, ..facts() };
        let change = ConnectionChange::default();
        let rng = &mut Counter(0);
        assert_eq!(code(change_connection(&admin(), &facts, &change, false, NOW, rng)), expected);
        assert_eq!(code(activate(&admin(), &facts, NOW, rng)), expected);
        assert_eq!(code(disable_connection(&admin(), &facts, NOW, rng)), expected);
        assert_eq!(code(end_connection_sessions(&admin(), &facts, NOW, rng)), expected);
        assert_eq!(code(map_groups(&admin(), &facts, &[], &[], NOW, rng)), expected);
    }
}

#[test]
fn what_identifies_people_does_not_change_under_them() {
    let draft = |certificates, sign_requests| {
        Some(DraftFacts { identifies: identifies("new"), certificates, sign_requests })
    };
    for (facts, expected) in [
        (facts(), None),
        (ConnectionFacts { draft: None, ..facts() }, Some("connection-without-draft")),
        (ConnectionFacts { draft: draft(0, false), ..facts() }, Some("connection-without-certificate")),
        (ConnectionFacts { has_key: false, ..facts() }, Some("connection-without-key")),
        (ConnectionFacts { has_key: false, draft: draft(1, false), ..facts() }, None),
        (ConnectionFacts { node_taken: true, ..facts() }, Some("node-has-connection")),
        (ConnectionFacts { active: Some(identifies("old")), ..facts() }, None),
        (
            ConnectionFacts { active: Some(identifies("old")), has_identities: true, ..facts() },
            Some("connection-identity-change"),
        ),
        (ConnectionFacts { active: Some(identifies("idp")), has_identities: true, ..facts() }, None),
    ] {
        assert_eq!(code(activate(&admin(), &facts, NOW, &mut Counter(0))), expected, "{facts:?}");
    }
}

#[test]
fn a_connection_is_migrated_where_it_knows_people_by_other_names_then() {
    let to = |active: Option<&str>| ConnectionFacts {
        active: active.map(identifies),
        has_identities: true,
        ..facts()
    };
    for (facts, expected) in [
        (to(Some("old")), None),
        (to(Some("idp")), Some("connection-nothing-migrates")),
        (to(None), Some("connection-nothing-migrates")),
        (ConnectionFacts { draft: None, ..to(Some("old")) }, Some("connection-without-draft")),
        (
            ConnectionFacts { reach: vec![grant("root", &[Privilege::ViewAudit])], ..to(Some("old")) },
            Some("grants-more-than-held"),
        ),
    ] {
        assert_eq!(code(migrate(&admin(), &facts, NOW, &mut Counter(0))), expected, "{facts:?}");
    }
    let decision = migrate(&admin(), &to(Some("old")), NOW, &mut Counter(0)).expect("migrated");
    assert!(
        decision
            .writes
            .iter()
            .any(|write| matches!(write, Write::Admin(AdminWrite::MigrateIdentities { .. })))
    );
}

#[test]
fn a_group_gives_no_more_than_whoever_maps_it_holds() {
    for (at, privileges, expected) in [
        ("web", &[][..], None),
        ("root", &[], None),
        ("ops", &[], Some("role-elsewhere")),
        ("web", &[Privilege::ViewAudit], None),
        ("web", &[Privilege::ManageUsers], Some("grants-more-than-held")),
        ("root", &[Privilege::ViewAudit], Some("grants-more-than-held")),
    ] {
        let role = RoleFacts {
            id: RoleId::parse("r_1").expect("id"),
            node: node(at),
            version: 1,
            name: "Role".into(),
            privileges: Privileges::of(privileges),
            policies: Policies::default(),
        };
        let line = GroupLine { group: "Staff".into(), role };
        let lines = [line.clone(), line];
        assert_eq!(code(map_groups(&admin(), &facts(), &[], &lines, NOW, &mut Counter(0))), expected);
    }
}

#[test]
fn what_a_group_asks_is_dropped_by_who_manages_connections_where_it_is_asked() {
    let idle = Policies::from_json(&serde_json::json!({ "session_idle_minutes": 5 })).expect("policies");
    let line = |id: &str, at: &str, policies: &Policies| GroupLine {
        group: "Staff".into(),
        role: RoleFacts {
            id: RoleId::parse(id).expect("id"),
            node: node(at),
            version: 1,
            name: "Role".into(),
            privileges: Privileges::default(),
            policies: policies.clone(),
        },
    };
    let [above, name, own, far] = [
        line("r_above", "root", &idle),
        line("r_name", "root", &Policies::default()),
        line("r_own", "eng", &idle),
        line("r_far", "ops", &idle),
    ];
    let before = [above.clone(), name.clone(), own.clone(), far.clone()];
    let put = |who: &Actor, lines: &[GroupLine]| {
        map_groups(who, &facts(), &before, lines, NOW, &mut Counter(0)).map(|decision| {
            (decision.guards.len(), decision.audit.first().map(|it| it.detail.clone()).unwrap_or_default())
        })
    };
    let kept = "The groups map.".to_owned();
    // Once each: the connection, and the roles.
    assert_eq!(put(&admin(), &before), Ok((5, kept)), "what is there stays, of elsewhere too");
    let gone = "The groups map: lines are gone that gave r_name, r_own.".to_owned();
    assert_eq!(put(&admin(), &[above.clone(), far.clone()]), Ok((5, gone)));
    for lines in [vec![name.clone(), own.clone(), far.clone()], vec![above.clone()], vec![]] {
        assert_eq!(put(&admin(), &lines), Err(AdminRefusal::RoleElsewhere));
    }
    // By another group it is others who have it.
    let moved = GroupLine { group: "Others".into(), ..above.clone() };
    assert_eq!(put(&admin(), &[moved, name, own, far]), Err(AdminRefusal::RoleElsewhere));
    let all = put(&root(), &[]).expect("by who manages connections everywhere");
    assert!(all.1.ends_with("gave r_above, r_name, r_own, r_far."), "{all:?}");
}

#[test]
fn a_word_is_nobody_elses_and_not_ours() {
    let call = |name: &str, taken| {
        let change = ConnectionChange { sso_name: Some(SsoName::parse(name)), ..ConnectionChange::default() };
        code(change_connection(&admin(), &facts(), &change, taken, NOW, &mut Counter(0)))
    };
    assert_eq!(call("acme", false), None);
    assert_eq!(call("acme", true), Some("sso-name-taken"));
    assert_eq!(call("vault", false), Some("sso-name-reserved"));
}
