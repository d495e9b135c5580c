//! Second factors in the database: what is counted where, and until when a browser is known.

use keyward_core::id::{EventId, FactorId};
use keyward_core::policy::Method;
use keyward_core::two_factor::{FactorGuard, FactorWrite};

use super::*;

/// Alice, with a session in a browser and a passkey that counted to 5.
fn furnished() -> Sqlite {
    let mut sqlite = database();
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), open_session(1)])
        .expect("in");
    sqlite
        .execute_batch(
            "INSERT INTO factor (tenant, user, id, kind, name, secret, credential, counter, created_at, last_used_at)
             VALUES ('t_acme', 'u_alice', 'f_key', 'webauthn', 'Key', 'k', 'Y3JlZA==', 5, 0, 0)",
        )
        .expect("seeds");
    sqlite
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(core::time::Duration::from_secs(seconds))
}

#[test]
fn a_passkey_that_counts_goes_on_counting() {
    let mut sqlite = furnished();
    for (stored, shown, holds) in
        [(5, 6, true), (5, 5, false), (5, 4, false), (5, 0, false), (0, 0, true), (0, 1, true)]
    {
        sqlite.execute("UPDATE factor SET counter = ?1", [stored]).expect("set");
        let id = FactorId::parse("f_key").expect("id");
        let guard = FactorGuard::Counter { tenant: tenant(), user: user("u_alice"), id, counter: shown };
        let committed = commit(&mut sqlite, vec![Guard::Factor(guard)], vec![]);
        assert_eq!(committed.is_ok(), holds, "{stored} then {shown}");
    }
    let gone = FactorId::parse("f_gone").expect("id");
    let guard = FactorGuard::Counter { tenant: tenant(), user: user("u_alice"), id: gone, counter: 6 };
    assert_eq!(
        commit(&mut sqlite, vec![Guard::Factor(guard)], vec![]),
        Err(StoreError::Conflict),
        "one that was removed"
    );
}

#[test]
fn guesses_in_known_browsers_and_elsewhere_are_counted_apart_and_each_to_an_end() {
    let mut sqlite = furnished();
    let fail = |index: i64, is_unknown: bool| {
        Write::Factor(FactorWrite::Fail {
            tenant: tenant(),
            user: user("u_alice"),
            id: EventId::parse(&format!("e_{index:04}")).expect("id"),
            session: hash(200),
            network: format!("192.0.2.{}", index % 50),
            is_unknown,
            at: NOW,
        })
    };
    let may = |sqlite: &mut Sqlite, is_known_browser: bool, now: Timestamp| {
        let guard = FactorGuard::Failures {
            tenant: tenant(),
            user: user("u_alice"),
            session: hash(1),
            network: "203.0.113.1".into(),
            is_known_browser,
            now,
        };
        commit(sqlite, vec![Guard::Factor(guard)], vec![]).is_ok()
    };
    for index in 0..30 {
        assert!(may(&mut sqlite, false, NOW), "{index} elsewhere");
        commit(&mut sqlite, vec![], vec![fail(index, true)]).expect("counted");
    }
    assert!(!may(&mut sqlite, false, NOW), "nobody guesses on in a browser that is not known");
    for index in 30..80 {
        assert!(may(&mut sqlite, true, NOW), "{index}: what strangers did costs a known browser nothing");
        commit(&mut sqlite, vec![], vec![fail(index, false)]).expect("counted");
    }
    assert!(!may(&mut sqlite, true, NOW), "and in a known one there is an end, too");
    assert!(may(&mut sqlite, true, later(24 * 60 * 60 + 1)), "until a day later");
}

#[test]
fn a_browser_is_remembered_until_sessions_end() {
    let mut sqlite = furnished();
    let know = |at: Timestamp| {
        Write::Factor(FactorWrite::KnowBrowser {
            tenant: tenant(),
            user: user("u_alice"),
            browser: hash(100),
            method: Method::Totp,
            remembered_at: at,
            at,
        })
    };
    let remembered = |sqlite: &mut Sqlite| {
        let mut answers = batch(sqlite, &load::session(&hash(1))).expect("loads");
        let its = load::read_session(&mut answers).expect("reads").expect("there").facts.factors;
        assert_eq!(its.is_known_browser, its.remembered.is_some());
        its.is_known_browser
    };
    assert!(!remembered(&mut sqlite));
    for (turn, of) in (1..).zip([
        SessionsOf::User(user("u_alice")),
        SessionsOf::Connection(connection()),
        SessionsOf::Tenant,
    ]) {
        commit(&mut sqlite, vec![], vec![know(later(turn * 10))]).expect("in");
        assert!(remembered(&mut sqlite), "{of:?}");
        let ended = end_all(&tenant(), of.clone(), later(turn * 10));
        commit(&mut sqlite, vec![], vec![ended]).expect("in");
        assert!(!remembered(&mut sqlite), "{of:?}");
    }
}
