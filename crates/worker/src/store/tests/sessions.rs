//! Sessions and confirmations: found, used, ended, answered once.

use keyward_core::asserted::Subject;

use super::*;

#[test]
fn a_session_is_found_touched_and_revoked() {
    let mut sqlite = database();
    let role = Write::AddRole {
        tenant: tenant(),
        user: user("u_alice"),
        role: RoleId::parse("r_member").expect("id"),
        source: RoleSource::Default,
        at: NOW,
    };
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), role, open_session(1)])
        .expect("in");
    let later = NOW.plus(core::time::Duration::from_secs(5));
    commit(&mut sqlite, vec![], vec![Write::TouchSession { tenant: tenant(), token: hash(1), at: later }])
        .expect("in");
    let mut answers = batch(&mut sqlite, &load::session_with_roles(&hash(1))).expect("loads");
    let loaded = load::read_session(&mut answers).expect("reads").expect("there");
    assert_eq!((loaded.tenant_name.as_str(), loaded.node_name.as_str()), ("Acme", "Engineering"));
    assert_eq!((loaded.facts.created_at, loaded.facts.last_seen_at), (NOW, later));
    assert_eq!(load::read_roles(&mut answers).expect("reads"), ["Member"]);
    assert_eq!(loaded.facts.limits.idle.as_secs(), 30 * 60);
    sqlite.execute(r#"UPDATE role SET policies = '{"session_idle_minutes": 5}'"#, []).expect("set");
    for (of, at) in
        [SessionsOf::User(user("u_alice")), SessionsOf::Connection(connection()), SessionsOf::Tenant]
            .into_iter()
            .zip([1, 2, 3])
    {
        let at = Timestamp::from_millis(at);
        commit(&mut sqlite, vec![], vec![end_all(&tenant(), of, at)]).expect("in");
        let mut answers = batch(&mut sqlite, &load::session(&hash(1))).expect("loads");
        let facts = load::read_session(&mut answers).expect("reads").expect("there").facts;
        assert_eq!((facts.sessions_ended_at, facts.limits.idle.as_secs()), (at, 5 * 60));
    }
    commit(&mut sqlite, vec![], vec![Write::RevokeSession { tenant: tenant(), token: hash(1), at: later }])
        .expect("in");
    let mut answers = batch(&mut sqlite, &load::session(&hash(1))).expect("loads");
    let revoked = load::read_session(&mut answers).expect("reads").expect("there");
    assert_eq!(revoked.facts.revoked_at, Some(later));
    assert!(revoked.facts.resume(None, later).is_err());
    let mut none = batch(&mut sqlite, &load::session(&hash(2))).expect("loads");
    assert_eq!(load::read_session(&mut none).expect("reads"), None);
}

#[test]
fn a_confirmation_is_answered_once() {
    let mut sqlite = database();
    let ask = Write::CreateConfirmation(NewConfirmation {
        idp_name: None,
        tenant: tenant(),
        token: hash(7),
        browser: hash(100),
        connection: connection(),
        connection_version: 1,
        user: user("u_alice"),
        created_user: true,
        session_index: None,
        session_not_on_or_after: Some(NOW),
        return_to: ReturnTo::vault(),
        at: NOW,
        expires_at: NOW.plus(core::time::Duration::from_secs(60)),
    });
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), ask]).expect("in");
    let load = |is_consumed: bool, sqlite: &mut Sqlite| {
        let mut answers = batch(sqlite, &load::confirmation(&hash(7))).expect("loads");
        let (facts, sso_name) = load::read_confirmation(&mut answers).expect("reads").expect("there");
        assert_eq!((facts.is_consumed, facts.created_user), (is_consumed, true));
        assert_eq!((facts.judged_version, facts.connection_version, facts.domain_routes), (1, 1, true));
        assert_eq!(sso_name.map(|name| name.as_str().to_owned()).as_deref(), Some("acme"));
    };
    load(false, &mut sqlite);
    // Not after sessions were ended, be it between what was loaded and this.
    let stands = || vec![Guard::ConfirmationStands { tenant: tenant(), token: hash(7) }];
    commit(&mut sqlite, stands(), vec![]).expect("stands");
    for table in ["tenant", "connection", "user"] {
        let end = |at: i64, sqlite: &mut Sqlite| {
            sqlite.execute(&format!("UPDATE {table} SET sessions_ended_at = ?1"), [at]).expect("set")
        };
        end(NOW.as_millis(), &mut sqlite);
        assert_eq!(commit(&mut sqlite, stands(), vec![]), Err(StoreError::Conflict), "{table}");
        end(0, &mut sqlite);
    }
    let answer = |session| Write::ConsumeConfirmation { tenant: tenant(), token: hash(7), session, at: NOW };
    commit(&mut sqlite, vec![], vec![open_session(1), answer(Some(hash(1)))]).expect("in");
    load(true, &mut sqlite);
    assert_eq!(commit(&mut sqlite, vec![], vec![answer(None)]), Err(StoreError::Conflict));
}

#[test]
fn an_identity_is_pointed_at_by_another_name_and_never_by_somebody_elses() {
    use keyward_core::admin::AdminWrite;
    let mut sqlite = database();
    let subject = |value: &str| Subject::from_stored(format!(r#"["name-id","","","","{value}"]"#));
    let identity = |user: &str, name: &str, pinned: &str| Write::CreateIdentity {
        tenant: tenant(),
        connection: connection(),
        subject: subject(name),
        user: self::user(user),
        pinned: Some(pinned.to_owned()),
        at: NOW,
    };
    let people = vec![
        create_user("u_alice", "alice@acme.test"),
        create_user("u_bob", "bob@acme.test"),
        identity("u_alice", "alice", "7"),
        identity("u_bob", "bob", "8"),
    ];
    commit(&mut sqlite, vec![], people).expect("in");
    let re_point = |from: &str, to: &str| {
        Write::Admin(AdminWrite::RePointIdentity {
            tenant: tenant(),
            connection: connection(),
            subject: subject(from),
            new: subject(to),
        })
    };
    assert_eq!(commit(&mut sqlite, vec![], vec![re_point("alice", "bob")]), Err(StoreError::Conflict));
    commit(&mut sqlite, vec![], vec![re_point("alice", "alice-2")]).expect("in");
    assert_eq!(
        count(&sqlite, "identity WHERE user = 'u_alice' AND subject LIKE '%alice-2%' AND pinned IS NULL"),
        1
    );
    let unpin =
        AdminWrite::UnpinIdentity { tenant: tenant(), connection: connection(), subject: subject("bob") };
    commit(&mut sqlite, vec![], vec![Write::Admin(unpin)]).expect("in");
    assert_eq!(count(&sqlite, "identity WHERE pinned IS NULL"), 2);
}
