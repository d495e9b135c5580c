//! Escrow in the database: nothing sealed without a consent, a vault put aside whole and cleared in time, and who waits for whom.

use keyward_core::escrow::{EscrowGuard, EscrowWrite, ForgetStep, KeyPurpose, RestoreStep, RetireStep};
use keyward_core::id::DeviceId;
use keyward_core::upkeep::Horizons;

use super::*;
use crate::store::load_escrow;

/// What its statements load, and the rows of it.
pub(super) const ROWS: &[(&str, &[&str])] = &[
    ("load_tenant_statements", rows::VaultStatementRow::COLUMNS),
    ("load_tenant_grants", rows::TenantGrantRow::COLUMNS),
    ("load_tenant_holders", rows::TenantHolderRow::COLUMNS),
    ("load_tenant_rules", rows::TenantRulesRow::COLUMNS),
    ("load_tenant_anew", rows::TenantAnewRow::COLUMNS),
    ("load_escrow_consent", rows::EscrowConsentRow::COLUMNS),
    ("load_escrow", rows::EscrowRow::COLUMNS),
    ("load_escrow_domains", rows::EscrowDomainRow::COLUMNS),
    ("load_vault_notices", rows::VaultNoticeRow::COLUMNS),
    ("load_handovers", rows::HandoverRow::COLUMNS),
    ("load_handover_changes", rows::VaultChangeRow::COLUMNS),
    ("load_admin_requests", rows::AdminRequestRow::COLUMNS),
    ("load_admin_request", rows::AdminRequestRow::COLUMNS),
    ("load_person", rows::PersonRow::COLUMNS),
    ("load_former_device", rows::FormerDeviceRow::COLUMNS),
    ("load_former_phrases", rows::FormerPhraseRow::COLUMNS),
];

const DAY: core::time::Duration = core::time::Duration::from_secs(24 * 60 * 60);

/// Two people with vaults and sessions; Bob made the organisation's keys.
fn vaults() -> Sqlite {
    let mut sqlite = database();
    let bob = create_user("u_bob", "bob@acme.test");
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), bob, open_session(1)])
        .expect("in");
    let (wrap, share, point) = ("w".repeat(240), "s".repeat(44), "p".repeat(88));
    sqlite
        .execute_batch(&format!(
            "INSERT INTO vault_statement VALUES ('t_acme', 'u_alice', 1, 'one', 0), ('t_acme', 'u_bob', 1, 'bobs', 0);
             INSERT INTO device (tenant, user, id, encryption, signing, sequence, wrap, share, created_at)
               VALUES ('t_acme', 'u_alice', 'd_laptop', '{point}', '{point}', 1, '{wrap}', '{share}', 0);
             INSERT INTO vault_sealed (tenant, user, item, kind, revision, sealed, updated_at)
               VALUES ('t_acme', 'u_alice', 'root', 'manifest', 1, 'r', 0), ('t_acme', 'u_alice', 'account-keys', 'account-keys', 1, 'k', 0);
             INSERT INTO tenant_statement (tenant, sequence, statement, made_by, created_at) VALUES ('t_acme', 1, 'keys', 'u_bob', 0);
             INSERT INTO tenant_grant VALUES ('t_acme', 'u_alice', 1, 'approval', 1, '{wrap}', 'u_bob', 0);
             INSERT INTO device_request (tenant, user, device, name, encryption, signing, created_at, expires_at)
               VALUES ('t_acme', 'u_alice', 'd_phone', 'Phone', '{point}', '{point}', 0, 1);"
        ))
        .expect("seeds");
    sqlite
}

fn device(id: &str) -> DeviceId {
    DeviceId::parse(id).expect("id")
}

fn escrow(writes: Vec<EscrowWrite>) -> Vec<Write> {
    writes.into_iter().map(Write::Escrow).collect()
}

fn seal() -> EscrowWrite {
    EscrowWrite::Seal {
        tenant: tenant(),
        user: user("u_alice"),
        purpose: KeyPurpose::Approval,
        sequence: 1,
        tenant_sequence: 1,
        wrap: "w".repeat(240),
        at: NOW,
    }
}

fn consented() -> EscrowWrite {
    EscrowWrite::Consented { tenant: tenant(), user: user("u_alice"), tenant_sequence: 1, at: NOW }
}

#[test]
fn nothing_is_sealed_without_a_consent() {
    let mut sqlite = vaults();
    assert_eq!(commit(&mut sqlite, vec![], escrow(vec![seal()])), Err(StoreError::Conflict));
    let asked = EscrowWrite::Asked { tenant: tenant(), user: user("u_alice"), at: NOW };
    commit(&mut sqlite, vec![], escrow(vec![asked.clone(), asked])).expect("asked once");
    commit(&mut sqlite, vec![], escrow(vec![consented(), seal(), seal()])).expect("sealed, and anew");
    let mut answers = batch(&mut sqlite, &[load_escrow::consent(&hash(1))]).expect("loads");
    let facts = load_escrow::read_consent(&mut answers).expect("reads");
    assert_eq!((facts.tenant_sequence, facts.sequence, facts.consented_at), (1, 1, Some(NOW)));
    let unseal = EscrowWrite::Unseal { tenant: tenant(), user: user("u_alice") };
    let withdrawn = EscrowWrite::Withdrawn { tenant: tenant(), user: user("u_alice") };
    commit(&mut sqlite, vec![], escrow(vec![unseal, withdrawn])).expect("taken back");
    assert_eq!(count(&sqlite, "escrow"), 0);
    assert_eq!(count(&sqlite, "escrow_consent WHERE consented_at IS NULL AND asked_at > 0"), 1);
}

fn retire(at: Timestamp) -> Vec<EscrowWrite> {
    let clears_at = at.plus(DAY * 30);
    let (tenant, user, by) = (tenant(), user("u_alice"), user("u_bob"));
    let mut writes =
        vec![EscrowWrite::Retired { tenant: tenant.clone(), user: user.clone(), at, clears_at, by }];
    writes.extend(RetireStep::ALL.iter().map(|step| EscrowWrite::Retire {
        tenant: tenant.clone(),
        user: user.clone(),
        step: *step,
        at,
        clears_at,
    }));
    writes
}

#[test]
fn a_vault_that_was_put_aside_comes_back_as_it_was_and_the_other_is_put_aside_for_it() {
    let mut sqlite = vaults();
    let (wrap, point) = ("w".repeat(240), "p".repeat(88));
    sqlite
        .execute_batch(&format!(
            "INSERT INTO vault_recovery VALUES ('t_acme', 'u_alice', 1, 1, '{}', '{point}', '{wrap}', '{}', 7);
             UPDATE device SET blocked_at = 5, locked_at = 6 WHERE id = 'd_laptop';",
            "l".repeat(84),
            "f".repeat(64)
        ))
        .expect("seeds");
    let whole = |sqlite: &Sqlite| {
        let of = |table: &str| {
            let sql = format!("SELECT * FROM {table} WHERE user = 'u_alice' ORDER BY 1, 2, 3");
            let mut statement = sqlite.prepare(&sql).expect("prepares");
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| {
                (0..columns).map(|at| Ok(format!("{:?}", row.get_ref(at)?))).collect::<Result<Vec<_>, _>>()
            });
            rows.expect("rows").collect::<Result<Vec<_>, _>>().expect("reads")
        };
        ["vault_statement", "device", "vault_sealed", "vault_recovery"].map(of)
    };
    let before = whole(&sqlite);
    let first = NOW;
    commit(&mut sqlite, vec![], escrow(retire(first))).expect("put aside");
    let (wrap, share, point) = ("w".repeat(240), "s".repeat(44), "q".repeat(88));
    sqlite
        .execute_batch(&format!(
            "INSERT INTO vault_statement VALUES ('t_acme', 'u_alice', 1, 'fresh', 0);
             INSERT INTO device (tenant, user, id, encryption, signing, sequence, wrap, share, created_at)
               VALUES ('t_acme', 'u_alice', 'd_new', '{point}', '{point}', 1, '{wrap}', '{share}', 0);"
        ))
        .expect("a fresh one");
    let fresh = whole(&sqlite);
    let mut answers = batch(&mut sqlite, &load_escrow::former(&hash(1), "d_laptop")[3..]).expect("loads");
    let device = load_escrow::read_former_device(&mut answers).expect("reads").expect("kept");
    assert_eq!((device.signing.len(), device.is_blocked, device.is_own), (88, true, false));
    let phrases = load_escrow::read_former_phrases(&mut answers).expect("reads");
    assert_eq!(phrases.first().map(|(facts, proof)| (facts.ended_at, proof.len())), Some((first, 64)));
    let back = |ended_at: Timestamp, at: Timestamp| {
        let mut writes = retire(at);
        writes.extend(RestoreStep::ALL.iter().map(|step| EscrowWrite::Restore {
            tenant: tenant(),
            user: user("u_alice"),
            step: *step,
            ended_at,
        }));
        let guard = EscrowGuard::Former { tenant: tenant(), user: user("u_alice"), ended_at };
        (vec![Guard::Escrow(guard)], escrow(writes))
    };
    let second = NOW.plus(DAY);
    let (guards, writes) = back(first, second);
    commit(&mut sqlite, guards.clone(), writes.clone()).expect("back");
    assert_eq!(whole(&sqlite), before, "as it was");
    assert_eq!(commit(&mut sqlite, guards, writes), Err(StoreError::Conflict), "once");
    assert_eq!(count(&sqlite, "former_vault"), 1);
    let third = second.plus(DAY);
    let (guards, writes) = back(second, third);
    commit(&mut sqlite, guards, writes).expect("and to the other again");
    assert_eq!(whole(&sqlite), fresh);
}

#[test]
fn a_vault_is_put_aside_whole_and_cleared_in_time() {
    let mut sqlite = vaults();
    commit(&mut sqlite, vec![], escrow(vec![consented(), seal()])).expect("sealed");
    let (at, clears_at) = (NOW, NOW.plus(DAY * 30));
    let writes = retire(at);
    commit(&mut sqlite, vec![], escrow(writes)).expect("put aside");
    for table in ["vault_statement", "device", "vault_sealed", "escrow", "tenant_grant"] {
        let whose = if table == "tenant_grant" { "admin" } else { "user" };
        assert_eq!(count(&sqlite, &format!("{table} WHERE {whose} = 'u_alice'")), 0, "{table}");
    }
    assert_eq!(count(&sqlite, "vault_statement"), 1, "nobody else's");
    assert_eq!(count(&sqlite, "former_vault_part"), 4, "a statement, a device, two sealed things");
    let mut answers = batch(&mut sqlite, &[load_escrow::former_device(&hash(1), "d_laptop")]).expect("loads");
    let former = load_escrow::read_former_device(&mut answers).expect("reads");
    let former = former.expect("kept").facts;
    assert_eq!((former.ended_at, former.clears_at), (at, clears_at));
    batch(&mut sqlite, &commit::clear(&Horizons::at(clears_at))).expect("runs");
    assert_eq!(count(&sqlite, "former_vault_part"), 4, "not before its time");
    let later = clears_at.plus(core::time::Duration::from_millis(1));
    batch(&mut sqlite, &commit::clear(&Horizons::at(later))).expect("clears");
    assert_eq!((count(&sqlite, "former_vault_part"), count(&sqlite, "former_vault")), (0, 0));
}

#[test]
fn who_waits_for_an_admin_is_found_at_their_node_with_what_the_admin_edited() {
    let mut sqlite = vaults();
    let ask = EscrowWrite::AskAdmin {
        tenant: tenant(),
        user: user("u_alice"),
        device: device("d_phone"),
        wants_fresh: false,
        connection: Some(connection()),
        expires_at: NOW.plus(DAY * 7),
    };
    let guard = |most| {
        Guard::Escrow(EscrowGuard::AdminRequests {
            tenant: tenant(),
            user: user("u_alice"),
            device: device("d_tablet"),
            now: NOW,
            most,
        })
    };
    commit(&mut sqlite, vec![guard(0)], escrow(vec![ask])).expect("asked");
    assert_eq!(commit(&mut sqlite, vec![guard(0)], vec![]), Err(StoreError::Conflict), "one waits now");
    let nodes = [NodeId::parse("n_eng").expect("id")];
    let elsewhere = [NodeId::parse("n_root").expect("id")];
    let mut waiting = |at: &[NodeId], now| {
        let nodes: Vec<&NodeId> = at.iter().collect();
        let mut answers =
            batch(&mut sqlite, &load_escrow::waiting(&hash(1), now, &nodes, 50)).expect("loads");
        load_escrow::read_waiting(&mut answers).expect("reads")
    };
    assert!(waiting(&elsewhere, NOW).is_empty());
    assert!(waiting(&nodes, NOW.plus(DAY * 7)).is_empty(), "too old");
    let found = waiting(&nodes, NOW);
    let facts = &found.first().expect("waits").facts;
    assert_eq!((facts.edited_at, facts.escrow, facts.sequence), (None, None, 1));
    // It was the session's own person here who edited the connection.
    let edited = |id: &str, event: &str, connection: &str, subject: &str| {
        format!(
            "INSERT INTO audit_event (id, tenant, time, event, actor, connection, subject, detail)
             VALUES ('{id}', 't_acme', {}, '{event}', 'u_alice', {connection}, {subject}, '')",
            NOW.minus(DAY).as_millis()
        )
    };
    let seen = |sqlite: &mut Sqlite| {
        let request = load_escrow::request(&hash(1), "u_alice", "d_phone", NOW);
        let mut answers = batch(sqlite, &[request]).expect("loads");
        let found = load_escrow::read_waiting(&mut answers).expect("reads");
        let facts = &found.first().expect("there").facts;
        (facts.edited_at, facts.votes.first().expect("theirs").edited_at)
    };
    let vote = EscrowWrite::Vote {
        tenant: tenant(),
        user: user("u_alice"),
        device: device("d_phone"),
        admin: user("u_alice"),
        at: NOW,
    };
    commit(&mut sqlite, vec![], escrow(vec![vote])).expect("votes");
    for (id, event, on, subject, expected) in [
        ("e_1", "sso_updated", "'c_other'", "NULL", None),
        ("e_2", "user_changed", "NULL", "'u_bob'", None),
        ("e_3", "user_changed", "NULL", "'u_alice'", Some(NOW.minus(DAY))),
        ("e_4", "sso_updated", "'c_acme'", "NULL", Some(NOW.minus(DAY))),
        ("e_5", "connection_migrated", "'c_acme'", "NULL", Some(NOW.minus(DAY))),
        // A connection of one's own, to which the person's domain leads now, and a link to their account.
        ("e_6", "domain_changed", "'c_acme'", "NULL", Some(NOW.minus(DAY))),
        ("e_7", "domain_changed", "'c_other'", "NULL", None),
        ("e_8", "account_claim_offered", "'c_other'", "'u_alice'", Some(NOW.minus(DAY))),
        ("e_9", "account_claim_offered", "'c_other'", "'u_bob'", None),
        ("e_10", "set_two_factor_off", "NULL", "'u_alice'", Some(NOW.minus(DAY))),
        ("e_11", "device_approved_by_admin", "'c_acme'", "'u_alice'", None),
    ] {
        sqlite.execute_batch("DELETE FROM audit_event").expect("forgets");
        sqlite.execute_batch(&edited(id, event, on, subject)).expect("edits");
        assert_eq!(seen(&mut sqlite), (expected, expected), "{event} {on} {subject}");
    }
    // Who waits longest is told first, and so many as are asked for.
    for (device, earlier) in [("d_first", 2), ("d_second", 1)] {
        sqlite
            .execute_batch(&format!(
                "INSERT INTO device_request (tenant, user, device, name, encryption, signing, created_at, expires_at, admin_expires_at, via)
                 SELECT tenant, user, '{device}', name, encryption, signing, created_at, expires_at, admin_expires_at - {earlier}, via
                 FROM device_request WHERE device = 'd_phone'"
            ))
            .expect("asks");
    }
    let mut first = |most| {
        let nodes: Vec<&NodeId> = nodes.iter().collect();
        let asked = load_escrow::waiting(&hash(1), NOW, &nodes, most);
        let mut answers = batch(&mut sqlite, &asked).expect("loads");
        let found = load_escrow::read_waiting(&mut answers).expect("reads");
        found.iter().map(|it| it.facts.request.asking.device.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(first(2), ["d_first", "d_second"]);
    assert_eq!(first(9).len(), 3);
    sqlite.execute_batch("DELETE FROM device_request WHERE device <> 'd_phone'").expect("forgets");
    // Answered once.
    let answer = || EscrowWrite::Answer {
        tenant: tenant(),
        user: user("u_alice"),
        device: device("d_phone"),
        answer: "approved",
        admin: user("u_bob"),
        at: NOW,
    };
    commit(&mut sqlite, vec![], escrow(vec![answer()])).expect("answered");
    assert_eq!(commit(&mut sqlite, vec![], escrow(vec![answer()])), Err(StoreError::Conflict));
}

#[test]
fn two_that_change_the_keys_at_once_make_one_change() {
    let mut sqlite = vaults();
    let next = || EscrowWrite::Statement {
        tenant: tenant(),
        sequence: 2,
        statement: "next".into(),
        is_anew: false,
        by: user("u_bob"),
        at: NOW,
    };
    commit(&mut sqlite, vec![], escrow(vec![next()])).expect("the first");
    assert_eq!(commit(&mut sqlite, vec![], escrow(vec![next()])), Err(StoreError::Conflict));
    let locked = || Guard::Escrow(EscrowGuard::Locked { tenant: tenant(), user: user("u_bob"), version: 1 });
    assert_eq!(commit(&mut sqlite, vec![locked()], vec![]), Err(StoreError::Conflict), "active");
    sqlite.execute_batch("UPDATE user SET status = 'locked' WHERE id = 'u_bob'").expect("locks");
    commit(&mut sqlite, vec![locked()], vec![]).expect("holds");
}

#[test]
fn what_somebody_is_given_while_their_keys_change_ends_the_change() {
    let mut sqlite = vaults();
    let held = |account, count| {
        let (tenant, admin) = (tenant(), user("u_alice"));
        vec![Guard::Escrow(EscrowGuard::GrantsHeld { tenant, admin, account, count })]
    };
    commit(&mut sqlite, held(1, 1), vec![]).expect("as it was looked at");
    commit(&mut sqlite, held(2, 0), vec![]).expect("by another account nothing");
    let given = EscrowWrite::Grant {
        tenant: tenant(),
        admin: user("u_alice"),
        sequence: 1,
        purpose: KeyPurpose::Signing,
        admin_sequence: 1,
        wrap: "w".repeat(240),
        by: user("u_bob"),
        at: NOW,
    };
    commit(&mut sqlite, vec![], escrow(vec![given])).expect("given");
    assert_eq!(commit(&mut sqlite, held(1, 1), vec![]), Err(StoreError::Conflict));
    commit(&mut sqlite, held(1, 2), vec![]).expect("looked at again");
}

#[test]
fn keys_are_begun_anew_where_nobody_holds_them_and_nothing_of_before_is_left() {
    let mut sqlite = vaults();
    commit(&mut sqlite, vec![], escrow(vec![consented(), seal()])).expect("sealed");
    let begin = || {
        let forget = |step: &ForgetStep| EscrowWrite::Forget { tenant: tenant(), step: *step };
        let mut writes: Vec<EscrowWrite> = ForgetStep::ALL.iter().map(forget).collect();
        writes.push(EscrowWrite::Statement {
            tenant: tenant(),
            sequence: 1,
            statement: "anew".into(),
            is_anew: true,
            by: user("u_bob"),
            at: NOW,
        });
        (vec![Guard::Escrow(EscrowGuard::NobodyHolds { tenant: tenant() })], escrow(writes))
    };
    let is_held = |sqlite: &mut Sqlite| {
        let mut answers = batch(sqlite, &load_escrow::keys(&hash(1))).expect("loads");
        load_escrow::read_keys(&mut answers).expect("reads").is_held
    };
    let signs = "INSERT INTO tenant_grant SELECT tenant, 'u_bob', 1, 'signing', 1, wrap, 'u_bob', 0 FROM tenant_grant";
    sqlite.execute_batch(signs).expect("holds");
    for (change, holds) in [
        ("UPDATE user SET status = 'active' WHERE id = 'u_bob'", true),
        ("UPDATE user SET status = 'locked' WHERE id = 'u_bob'", false),
        ("UPDATE user SET status = 'active' WHERE id = 'u_bob'", true),
        ("INSERT INTO vault_statement VALUES ('t_acme', 'u_bob', 2, 'changed', 0)", false),
    ] {
        sqlite.execute_batch(change).expect("changes");
        assert_eq!(is_held(&mut sqlite), holds, "{change}");
        let committed = commit(&mut sqlite, begin().0, vec![]);
        assert_eq!(committed.is_err(), holds, "{change}");
    }
    let anew = |sqlite: &mut Sqlite| {
        let mut answers = batch(sqlite, &load_escrow::holders(&hash(1))[2..]).expect("loads");
        load_escrow::read_anew(&mut answers).expect("reads")
    };
    assert_eq!(anew(&mut sqlite), None);
    let (guards, writes) = begin();
    commit(&mut sqlite, guards, writes).expect("begun");
    for table in ["escrow", "escrow_consent", "tenant_grant"] {
        assert_eq!(count(&sqlite, table), 0, "{table}");
    }
    assert_eq!(count(&sqlite, "tenant_statement WHERE statement = 'anew'"), 1);
    assert_eq!(anew(&mut sqlite), Some((NOW.as_millis(), "bob@acme.test".to_owned())));
}

/// Alice's phone asks an admin.
fn asks(wants_fresh: bool, expires_at: Timestamp) -> EscrowWrite {
    EscrowWrite::AskAdmin {
        tenant: tenant(),
        user: user("u_alice"),
        device: device("d_phone"),
        wants_fresh,
        connection: Some(connection()),
        expires_at,
    }
}

#[test]
fn an_answer_is_to_what_is_asked_for_now() {
    let mut sqlite = vaults();
    let (first, second) = (NOW.plus(DAY), NOW.plus(DAY * 2));
    let asked = |wants_fresh, until| {
        Guard::Escrow(EscrowGuard::Asked {
            tenant: tenant(),
            user: user("u_alice"),
            device: device("d_phone"),
            wants_fresh,
            until,
        })
    };
    let vote = || EscrowWrite::Vote {
        tenant: tenant(),
        user: user("u_alice"),
        device: device("d_phone"),
        admin: user("u_bob"),
        at: NOW,
    };
    commit(&mut sqlite, vec![], escrow(vec![asks(false, first)])).expect("asked");
    commit(&mut sqlite, vec![asked(false, first)], escrow(vec![vote()])).expect("voted");
    let forget =
        EscrowWrite::ForgetVotes { tenant: tenant(), user: user("u_alice"), device: device("d_phone") };
    commit(&mut sqlite, vec![], escrow(vec![forget, asks(true, second)])).expect("asked for something else");
    assert_eq!(count(&sqlite, "device_vote"), 0, "who approved the device did not approve a fresh vault");
    for (wants_fresh, until, holds) in
        [(false, first, false), (true, first, false), (false, second, false), (true, second, true)]
    {
        let committed = commit(&mut sqlite, vec![asked(wants_fresh, until)], vec![]);
        assert_eq!(committed.is_ok(), holds, "{wants_fresh} {until:?}");
    }
}

#[test]
fn a_fresh_vault_is_begun_by_the_browser_that_it_was_approved_for() {
    let mut sqlite = vaults();
    let begins = |id: &str, encryption: &str, signing: &str| {
        Guard::Escrow(EscrowGuard::FreshFor {
            tenant: tenant(),
            user: user("u_alice"),
            device: device(id),
            encryption: encryption.repeat(88),
            signing: signing.repeat(88),
        })
    };
    commit(&mut sqlite, vec![begins("d_tablet", "q", "q")], vec![]).expect("nobody was let begin one");
    commit(&mut sqlite, vec![], escrow(vec![asks(true, NOW.plus(DAY))])).expect("asked");
    let answer = EscrowWrite::Answer {
        tenant: tenant(),
        user: user("u_alice"),
        device: device("d_phone"),
        answer: "approved",
        admin: user("u_bob"),
        at: NOW,
    };
    commit(&mut sqlite, vec![], escrow(vec![answer])).expect("approved");
    for (id, encryption, signing, holds) in [
        ("d_tablet", "p", "p", false),
        ("d_phone", "q", "p", false),
        ("d_phone", "p", "q", false),
        ("d_phone", "p", "p", true),
    ] {
        let committed = commit(&mut sqlite, vec![begins(id, encryption, signing)], vec![]);
        assert_eq!(committed.is_ok(), holds, "{id} {encryption} {signing}");
    }
}

#[test]
fn a_vault_that_was_handed_over_is_there_while_its_owner_is_locked() {
    let mut sqlite = vaults();
    sqlite
        .execute_batch(&format!(
            "INSERT INTO vault_sealed (tenant, user, item, kind, revision, sealed, updated_at)
               VALUES ('t_acme', 'u_bob', 'account-keys', 'account-keys', 1, 'k', 0);
             INSERT INTO vault_handover (tenant, recipient, owner, sequence, wrap, made_by, created_at)
               VALUES ('t_acme', 'u_alice', 'u_bob', 1, '{}', 'u_alice', 0);",
            "w".repeat(240)
        ))
        .expect("seeds");
    for (status, expected) in [("active", 0), ("locked", 1), ("active", 0), ("deleted", 0)] {
        sqlite.execute("UPDATE user SET status = ?1 WHERE id = 'u_bob'", [status]).expect("set");
        let mut answers =
            batch(&mut sqlite, load_escrow::own(&hash(1)).get(8..).expect("its statements")).expect("loads");
        assert_eq!(load_escrow::read_handovers(&mut answers).expect("reads").len(), expected, "{status}");
    }
    // For good, once its owner is back or consents no longer; what came to them stays.
    sqlite
        .execute_batch(&format!(
            "INSERT INTO vault_handover (tenant, recipient, owner, sequence, wrap, made_by, created_at)
               VALUES ('t_acme', 'u_bob', 'u_alice', 1, '{}', 'u_alice', 0);",
            "w".repeat(240)
        ))
        .expect("seeds");
    let keeps = EscrowWrite::KeepsVault { tenant: tenant(), owner: user("u_bob") };
    commit(&mut sqlite, vec![], escrow(vec![keeps])).expect("kept");
    assert_eq!(count(&sqlite, "vault_handover WHERE owner = 'u_bob'"), 0);
    assert_eq!(count(&sqlite, "vault_handover"), 1);
}
