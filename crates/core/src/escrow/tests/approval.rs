//! Which device an admin lets in, and what the first of two is worth.

use serde_json::Value as Json;

use super::*;
use crate::vectors::{grants as held, rows};

#[test]
fn which_device_an_admin_lets_in() {
    for row in rows(include_str!("../../../../../tests/vectors/decisions/approval.json")) {
        let status =
            |it: &Json| it.as_str().map_or(UserStatus::Active, |it| UserStatus::parse(it).expect("status"));
        let edited_at =
            |it: &Json| it.as_u64().map(|days| NOW.minus(DAY * u32::try_from(days).expect("days")));
        let voted = |it: &Json| VoteFacts {
            admin: user(it["admin"].as_str().expect("who")),
            status: status(&it["status"]),
            grants: held(&it["holds"]),
            edited_at: edited_at(&it["editedDaysAgo"]),
            ..vote("u_first")
        };
        let votes: Vec<VoteFacts> = row["votes"].as_array().into_iter().flatten().map(voted).collect();
        let facts = WaitingFacts {
            user: user(row["user"].as_str().unwrap_or("u_alice")),
            status: status(&row["status"]),
            edited_at: edited_at(&row["editedDaysAgo"]),
            may_ask_admins: row["forbidden"] != true,
            escrow: row.get("escrow").map_or(Some(1), Json::as_i64),
            two_persons: row["twoPersons"] == true,
            request: RequestFacts {
                approved: row["approved"].as_bool(),
                admin_expires_at: row["untilMs"]
                    .as_u64()
                    .map_or(NOW.plus(ADMIN_LIFETIME), |millis| NOW.plus(Duration::from_millis(millis))),
                ..request()
            },
            votes: votes.clone(),
            ..waiting()
        };
        let admin = match row.get("holds") {
            None => approver(),
            Some(holds) => Admin { actor: Actor { grants: held(holds), ..approver().actor }, ..approver() },
        };
        let decision = approved(&admin, &facts);
        let is = match &decision {
            Err(refusal) => refusal.code(),
            Ok(Decision { outcome: Approved::OneMore, .. }) => "one-more",
            Ok(Decision { outcome: Approved::Now, .. }) => "approved",
        };
        assert_eq!(row["is"], is, "{}", row["row"]);
        // Whoever was the first of two has not changed when the batch goes in.
        let guards = decision.map(|decision| decision.guards).unwrap_or_default();
        let is_guarded = |it: &VoteFacts| {
            guards.iter().any(
                |guard| matches!(guard, Guard::UserUnchanged { user, version: 4, .. } if *user == it.admin),
            )
        };
        assert_eq!(votes.iter().any(is_guarded), is == "approved" && facts.two_persons, "{}", row["row"]);
    }
}

#[test]
fn where_two_are_needed_the_first_only_votes() {
    let two = WaitingFacts { two_persons: true, ..waiting() };
    let voted = WaitingFacts { votes: vec![vote("u_admin")], ..two.clone() };
    let second = admin_with("u_second", &[("root", BOTH)]);
    let looked = |admin: &Admin, facts: &WaitingFacts| look(admin, facts, NOW, &mut Counter(0));
    let without = |admin: &Admin, facts: &WaitingFacts| {
        approve(admin, facts, false, None, NOW, &mut Counter(0)).map(|decision| decision.outcome)
    };
    // Nothing is opened for the first, before and after; what they send beside it is kept nowhere.
    for facts in [&two, &voted] {
        assert!(facts.is_first_of_two(&approver(), NOW));
        assert_eq!(looked(&approver(), facts).err(), Some(VaultRefusal::FirstOfTwo));
        assert_eq!(without(&approver(), facts), Ok(Approved::OneMore));
    }
    let first = approved(&approver(), &two).expect("a vote");
    assert_eq!(first.outcome, Approved::OneMore);
    assert!(matches!(first.writes.as_slice(), [Write::Escrow(EscrowWrite::Vote { .. })]));
    let again = approved(&approver(), &voted).expect("the same");
    assert_eq!((again.outcome, again.writes.len()), (Approved::OneMore, 0));
    // The second opens it, for as long as the first may still, and cannot approve without.
    assert!(!voted.is_first_of_two(&second, NOW));
    let guards = looked(&second, &voted).expect("may look").guards;
    let first_may_still = |guard: &Guard| matches!(guard, Guard::UserUnchanged { user: who, version: 4, .. } if *who == user("u_admin"));
    assert!(guards.iter().any(first_may_still));
    assert_eq!(without(&second, &voted), Err(VaultRefusal::Changed));
    assert_eq!(approved(&second, &voted).expect("the second").outcome, Approved::Now);
    // A vote of who edited the connection since opens nothing, either.
    let edited = VoteFacts { edited_at: Some(NOW), ..vote("u_admin") };
    let facts = WaitingFacts { votes: vec![edited], ..two };
    assert_eq!(looked(&second, &facts).err(), Some(VaultRefusal::FirstOfTwo));
    let root = admin_with("u_admin", &[("root", Privilege::ALL)]);
    assert!(need_two_persons(&root, true, NOW, &mut Counter(0)).is_ok());
    let refused = need_two_persons(&keeper(), false, NOW, &mut Counter(0)).err();
    assert_eq!(refused, Some(VaultRefusal::PrivilegeMissing));
}
