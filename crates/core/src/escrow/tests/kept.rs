//! What is kept for the day on which all else is lost: recovery kits, and vaults that were put aside.

use super::*;

#[test]
fn a_kit_is_made_by_who_holds_all_and_brings_them_back_to_who_shows_that_it_opens() {
    let all: Vec<(i64, KeyPurpose)> = KeyPurpose::ALL.iter().map(|purpose| (2, *purpose)).collect();
    let facts = KeysFacts { sequence: 2, account: 1, holds: all.clone(), is_held: true };
    let made = |admin: &Admin, facts: &KeysFacts| made_kit(admin, facts, NOW, &mut Counter(0));
    let decision = made(&keeper(), &facts).expect("made");
    assert!(matches!(decision.writes.as_slice(), [Write::Escrow(EscrowWrite::KitMade { sequence: 2, .. })]));
    assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::EscrowKitMade));
    let some = KeysFacts { holds: all[..2].to_vec(), ..facts.clone() };
    let none = KeysFacts { sequence: 0, holds: Vec::new(), ..facts.clone() };
    for (admin, facts, expected) in [
        (approver(), &facts, VaultRefusal::PrivilegeMissing),
        (keeper(), &some, VaultRefusal::NotHolder),
        (keeper(), &none, VaultRefusal::NoKeys),
        (stale(&keeper()), &facts, VaultRefusal::SignInAgain),
    ] {
        assert_eq!(made(&admin, facts).err(), Some(expected));
    }
    // All holders lost theirs: nobody holds any.
    let lost = KeysFacts { holds: Vec::new(), ..facts };
    let sent = |purpose: &KeyPurpose| SentGrant {
        admin: user("u_admin"),
        account: 1,
        sequence: 2,
        purpose: *purpose,
        wrap: wrap(),
    };
    let grants: Vec<SentGrant> = KeyPurpose::ALL.iter().map(sent).collect();
    let go = |admin: &Admin, facts: &KeysFacts, is_proven, grants: &[SentGrant]| {
        regain(admin, facts, is_proven, grants, NOW, &mut Counter(0))
    };
    let decision = go(&keeper(), &lost, true, &grants).expect("regained");
    assert_eq!(decision.writes.len(), 3);
    assert!(
        decision
            .guards
            .iter()
            .any(|it| matches!(it, Guard::Escrow(EscrowGuard::TenantSequence { sequence: 2, .. })))
    );
    let with = |change: &dyn Fn(&mut SentGrant)| {
        let mut grants = grants.clone();
        change(grants.first_mut().expect("there"));
        go(&keeper(), &lost, true, &grants).err()
    };
    let malformed = Some(VaultRefusal::Malformed { what: "grants" });
    assert_eq!(with(&|it| it.admin = user("u_bob")), malformed);
    assert_eq!(with(&|it| it.purpose = KeyPurpose::Signing), malformed);
    assert_eq!(with(&|it| it.sequence = 1), Some(VaultRefusal::Changed));
    assert_eq!(with(&|it| it.account = 2), Some(VaultRefusal::Changed));
    assert_eq!(with(&|it| it.wrap = octets(2, 178)), Some(VaultRefusal::Malformed { what: "wrap" }));
    assert_eq!(go(&keeper(), &lost, true, &grants[..2]).err(), malformed);
    for (admin, facts, is_proven, expected) in [
        (approver(), &lost, true, VaultRefusal::PrivilegeMissing),
        (keeper(), &lost, false, VaultRefusal::NotHolder),
        (keeper(), &none, true, VaultRefusal::NoKeys),
        (keeper(), &KeysFacts { account: 0, ..lost.clone() }, true, VaultRefusal::Missing),
        (stale(&keeper()), &lost, true, VaultRefusal::SignInAgain),
    ] {
        assert_eq!(go(&admin, facts, is_proven, &grants).err(), Some(expected));
    }
    // What it is compared with is the key of the last statement.
    let last = statement("t_acme", 2, 1);
    let signature = octets(1, 64);
    assert!(
        proof_of_keys(&session(), "https://keyward.test", &last, &signature)
            .is_none_or(|job| !job.answer_pure())
    );
    assert!(proof_of_keys(&session(), "https://keyward.test", "", &signature).is_none());
}

#[test]
fn keys_that_nobody_holds_are_begun_anew_and_what_was_sealed_to_them_is_gone() {
    let lost = KeysFacts { sequence: 4, account: 1, holds: Vec::new(), is_held: false };
    let (first, grants) = (statement("t_acme", 1, 0), three("u_admin", 1));
    let go = |admin: &Admin, facts: &KeysFacts, statement: &str, grants: &[SentGrant]| {
        begin_anew(admin, facts, statement, grants, NOW, &mut Counter(0))
    };
    let decision = go(&keeper(), &lost, &first, &grants).expect("begun");
    let forgotten: Vec<ForgetStep> = decision
        .writes
        .iter()
        .filter_map(|it| match it {
            Write::Escrow(EscrowWrite::Forget { step, .. }) => Some(*step),
            _ => None,
        })
        .collect();
    assert_eq!(forgotten, ForgetStep::ALL);
    assert!(matches!(
        decision.writes.get(ForgetStep::ALL.len()),
        Some(Write::Escrow(EscrowWrite::Statement { sequence: 1, is_anew: true, .. }))
    ));
    assert_eq!(decision.writes.len(), ForgetStep::ALL.len() + 1 + 3);
    assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::EscrowKeysBegunAnew));
    for is in [
        |it: &Guard| matches!(it, Guard::Escrow(EscrowGuard::NobodyHolds { .. })),
        |it: &Guard| matches!(it, Guard::Escrow(EscrowGuard::TenantSequence { sequence: 4, .. })),
    ] {
        assert!(decision.guards.iter().any(is));
    }
    let with = |change: fn(&mut KeysFacts)| {
        let mut facts = lost.clone();
        change(&mut facts);
        go(&keeper(), &facts, &first, &grants).err()
    };
    assert_eq!(with(|it| it.is_held = true), Some(VaultRefusal::KeysHeld));
    assert_eq!(with(|it| it.sequence = 0), Some(VaultRefusal::NoKeys));
    assert_eq!(with(|it| it.account = 0), Some(VaultRefusal::Missing));
    for (admin, expected) in [
        (approver(), VaultRefusal::PrivilegeMissing),
        (admin_with("u_admin", &[("eng", BOTH)]), VaultRefusal::PrivilegeMissing),
        (stale(&keeper()), VaultRefusal::SignInAgain),
    ] {
        assert_eq!(go(&admin, &lost, &first, &grants).err(), Some(expected));
    }
    // It is the first of a chain, and nobody but its maker is given it in the same step.
    let next = statement("t_acme", 5, 1);
    assert_eq!(go(&keeper(), &lost, &next, &grants).err(), Some(VaultRefusal::Changed));
    let malformed = Some(VaultRefusal::Malformed { what: "grants" });
    for wrong in [&grants[..2], &[three("u_admin", 1), three("u_second", 1)].concat()] {
        assert_eq!(go(&keeper(), &lost, &first, wrong).err(), malformed);
    }
    let refused = go(&keeper(), &lost, &first, &three("u_admin", 5)).err();
    assert_eq!(refused, Some(VaultRefusal::Changed));
}

#[test]
fn a_vault_that_was_put_aside_comes_back_to_who_has_a_browser_or_the_phrase_of_it() {
    let device = device_id("d_old");
    let signed = ReturnBy::Device { device: &device, is_signed: true, is_blocked: false };
    let former = FormerFacts { ended_at: NOW.minus(DAY), clears_at: NOW.plus(DAY * 29) };
    let go = |at: Timestamp, former: Option<&FormerFacts>, by: ReturnBy<'_>, sequence: i64| {
        bring_back(&session(), at, former, by, sequence, NOW, &mut Counter(0))
    };
    for by in [signed, ReturnBy::Phrase] {
        let decision = go(NOW, Some(&former), by, 1).expect("taken back");
        let steps: Vec<&EscrowWrite> = decision
            .writes
            .iter()
            .filter_map(|it| if let Write::Escrow(it) = it { Some(it) } else { None })
            .collect();
        // What is there is put aside whole, before anything takes its place.
        assert!(
            matches!(steps.first(), Some(EscrowWrite::Retired { at, clears_at, .. }) if *at == NOW && *clears_at == NOW.plus(DAY * 30))
        );
        let of = |is: fn(&EscrowWrite) -> bool| steps.iter().position(|it| is(it));
        let last_retired = steps.iter().rposition(|it| matches!(it, EscrowWrite::Retire { .. }));
        let first_restored = of(|it| matches!(it, EscrowWrite::Restore { .. }));
        assert!(last_retired < first_restored);
        let restored: Vec<RestoreStep> = steps
            .iter()
            .filter_map(|it| match it {
                EscrowWrite::Restore { step, ended_at, .. } if *ended_at == former.ended_at => Some(*step),
                _ => None,
            })
            .collect();
        assert_eq!(restored, RestoreStep::ALL);
        assert!(matches!(steps.last(), Some(EscrowWrite::Notice { kind: "return", .. })));
        assert!(decision.guards.iter().any(|it| matches!(it, Guard::Escrow(EscrowGuard::Former { .. }))));
        assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::FormerVaultReturned));
    }
    let over = FormerFacts { clears_at: NOW, ..former.clone() };
    let unsigned = ReturnBy::Device { device: &device, is_signed: false, is_blocked: false };
    let blocked = ReturnBy::Device { device: &device, is_signed: true, is_blocked: true };
    for (at, former, by, sequence, expected) in [
        (NOW, None, signed, 1, VaultRefusal::UnknownDevice),
        (NOW, Some(&over), signed, 1, VaultRefusal::UnknownDevice),
        (NOW, None, ReturnBy::Phrase, 1, VaultRefusal::WrongPhrase),
        (NOW, Some(&former), unsigned, 1, VaultRefusal::NotProven),
        (NOW, Some(&former), blocked, 1, VaultRefusal::Blocked),
        (NOW.minus(FRESH), Some(&former), signed, 1, VaultRefusal::SignInAgain),
        (NOW, Some(&former), signed, 0, VaultRefusal::Missing),
    ] {
        assert_eq!(go(at, former, by, sequence).err(), Some(expected));
    }
    let rules = VaultRules { may_have_phrase: false, ..VaultRules::of(&[]) };
    let refused = bring_back(
        &SessionFacts { rules, ..session() },
        NOW,
        Some(&former),
        ReturnBy::Phrase,
        1,
        NOW,
        &mut Counter(0),
    );
    assert_eq!(refused.err(), Some(VaultRefusal::Restricted { policy: "restrict_recovery_phrase" }));
}
