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
