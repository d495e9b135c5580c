//! What is due is done once, whoever does it.

use super::*;

#[test]
fn a_domain_is_claimed_checked_once_when_due_and_has_one_owner() {
    let mut sqlite = database();
    let name = Domain::parse("new.test").expect("domain");
    let evil = TenantId::parse("t_evil").expect("id");
    for tenant in [&tenant(), &evil] {
        let claimed = domain::claim(tenant, &name, false, NOW, &mut Seeded(0)).expect("free");
        batch(&mut sqlite, &commit::statements(&claimed, &Visitor::default())).expect("in");
    }
    let due = |sqlite: &mut Sqlite, at: Timestamp| {
        let mut answers = batch(sqlite, &load::due_domains(at)).expect("loads");
        load::read_due_domains(&mut answers).expect("reads")
    };
    assert!(due(&mut sqlite, NOW.minus(core::time::Duration::from_millis(1))).is_empty());
    let claims = due(&mut sqlite, NOW);
    assert_eq!(claims.iter().map(|claim| claim.taken).collect::<Vec<_>>(), [false, false]);
    let reserve = |sqlite: &mut Sqlite, claim: &domain::DomainFacts, seed: u8| {
        let decision = claim.check(domain::Proof::Present, NOW, &mut Seeded(seed));
        batch(sqlite, &commit::statements(&decision, &Visitor::default())).map(drop)
    };
    reserve(&mut sqlite, &claims[0], 1).expect("first");
    assert_eq!(reserve(&mut sqlite, &claims[0], 2), Err(StoreError::Conflict), "the check was made");
    assert_eq!(reserve(&mut sqlite, &claims[1], 3), Err(StoreError::Conflict), "somebody else holds it");
    let left = due(&mut sqlite, NOW);
    assert_eq!(left.iter().map(|claim| claim.taken).collect::<Vec<_>>(), [true]);
    assert_eq!(count(&sqlite, "domain WHERE name = 'new.test' AND status = 'reserved'"), 1);
}

#[test]
fn an_organisation_with_much_to_send_keeps_nobody_else_waiting() {
    let mut sqlite = database();
    sqlite
        .execute_batch(
            "INSERT INTO user (tenant, id, node, status, email, name, created_at)
               VALUES ('t_acme', 'u_one', 'n_root', 'active', 'one@acme.test', '', 0), ('t_evil', 'u_two', 'n_root', 'active', 'two@evil.test', '', 0);
             INSERT INTO mail (tenant, id, user, kind, about, created_at, due_at)
               WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 39)
               SELECT 't_evil', printf('m_%02d', n), 'u_two', 'test', '', 0, n FROM n;
             INSERT INTO mail (tenant, id, user, kind, about, created_at, due_at) VALUES ('t_acme', 'm_1', 'u_one', 'test', '', 0, 100);",
        )
        .expect("seeds");
    let due = |sqlite: &mut Sqlite, at: i64| {
        let mut answers = batch(sqlite, &mail::due(Timestamp::from_millis(at))).expect("loads");
        let due = mail::read_due(&mut answers).expect("reads");
        due.into_iter().map(|it| it.id.as_str().to_owned()).collect::<Vec<_>>()
    };
    let theirs = |count: usize| (0..count).map(|n| format!("m_{n:02}")).collect::<Vec<_>>();
    assert_eq!(due(&mut sqlite, 99), theirs(10), "who is alone has it all");
    let both = due(&mut sqlite, 100);
    assert_eq!(
        both.get(..3),
        Some(&["m_00".to_owned(), "m_1".to_owned(), "m_01".to_owned()][..]),
        "{both:?}"
    );
    assert_eq!(both.len(), 10);
    let few = |tenant: &str, most| {
        let tenant = TenantId::parse(tenant).expect("id");
        Guard::Mail(keyward_core::mail::MailGuard::Tests { tenant, most })
    };
    for (tenant, most, holds) in [("t_acme", 1, false), ("t_acme", 2, true), ("t_evil", 5, false)] {
        assert_eq!(commit(&mut sqlite, vec![few(tenant, most)], vec![]).is_ok(), holds, "{tenant} {most}");
    }
}
