//! Escrow's rules, as tables.

use core::time::Duration;

use keyward_saml::{Timestamp, base64};

use super::*;
use crate::admin::{FRESH, Grant, Privilege, Privileges, Tree};
use crate::decision::{Decision, Guard, Write};
use crate::devices::{Asking, Letting, REQUEST_LIFETIME, RequestFacts};
use crate::facts::UserStatus;
use crate::id::{ConnectionId, DeviceId, EventId, NodeId, TenantId, UserId};
use crate::items::ProvenSession;
use crate::mail::MailWrite;
use crate::policy::Escrow;
use crate::provisioning::tests::{NOW, user as a_user};
use crate::random::tests::Counter;
use crate::session::tests::session;
use crate::session::{SessionFacts, VaultRules};
use crate::vault::VaultWrite;

mod approval;

const MS: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn user(id: &str) -> UserId {
    UserId::parse(id).expect("id")
}

fn node(id: &str) -> NodeId {
    NodeId::parse(id).expect("id")
}

fn tree() -> Tree {
    Tree::new(vec![
        (node("root"), None),
        (node("eng"), Some(node("root"))),
        (node("ops"), Some(node("root"))),
    ])
}

fn octets(first: u8, length: usize) -> String {
    let mut octets = vec![9; length];
    octets[0] = first;
    base64::encode(&octets)
}

fn wrap() -> String {
    octets(1, 178)
}

fn grants(held: &[(&str, &[Privilege])]) -> Vec<Grant> {
    held.iter()
        .map(|(at, privileges)| Grant { node: node(at), privileges: Privileges::of(privileges) })
        .collect()
}

/// Somebody with these privileges, in a device of theirs.
fn admin_with(id: &str, held: &[(&str, &[Privilege])]) -> Admin {
    let session = SessionFacts { user: a_user(id, UserStatus::Active, "admin@acme.test"), ..session() };
    let proven = ProvenSession::of(session, DeviceId::parse("d_admin")).expect("proven");
    Admin::of(proven, NOW, grants(held), tree())
}

fn device_id(id: &str) -> DeviceId {
    DeviceId::parse(id).expect("id")
}

/// The same, who signed in long ago.
fn stale(admin: &Admin) -> Admin {
    Admin { authenticated_at: NOW.minus(FRESH), ..admin.clone() }
}

const BOTH: &[Privilege] = &[Privilege::ApproveDevices, Privilege::TransferVault];

fn keeper() -> Admin {
    admin_with("u_admin", &[("root", BOTH)])
}

fn statement(tenant: &str, sequence: u32, previous: u8) -> String {
    let mut octets = vec![1];
    for part in [b"tenant", tenant.as_bytes(), tenant.as_bytes(), &[5; 130]] {
        octets.extend(u32::try_from(part.len()).expect("short").to_be_bytes());
        octets.extend(part);
    }
    octets.extend(sequence.to_be_bytes());
    octets.extend([6; 32]);
    octets.extend([previous; 32]);
    octets.extend([7; 64]);
    base64::encode(&octets)
}

fn tenant() -> TenantId {
    session().tenant
}

fn grant(admin: &str, sequence: i64, purpose: KeyPurpose) -> SentGrant {
    SentGrant { admin: user(admin), account: 1, sequence, purpose, wrap: wrap() }
}

fn three(admin: &str, sequence: i64) -> Vec<SentGrant> {
    KeyPurpose::ALL.iter().map(|purpose| grant(admin, sequence, *purpose)).collect()
}

fn holds(sequence: i64) -> KeysFacts {
    let holds = KeyPurpose::ALL.iter().map(|purpose| (sequence, *purpose)).collect();
    KeysFacts {
        sequence,
        account: 1,
        holds: if sequence == 0 { Vec::new() } else { holds },
        is_held: sequence > 0,
    }
}

fn other(held: &[(&str, &[Privilege])]) -> HolderFacts {
    HolderFacts {
        actor: admin_with("u_second", held).actor().clone(),
        user: user("u_second"),
        node: node("eng"),
        status: UserStatus::Active,
        version: 1,
        account: 1,
    }
}

fn make(
    admin: &Admin,
    facts: &KeysFacts,
    statement: &str,
    grants: &[SentGrant],
) -> Result<Decision<i64>, VaultRefusal> {
    put_keys(admin, facts, &[], statement, grants, None, NOW, &mut Counter(0))
}

#[test]
fn keys_are_made_by_who_holds_both_privileges_at_the_root() {
    let of = tenant();
    let first = statement(of.as_str(), 1, 0);
    let good = make(&keeper(), &holds(0), &first, &three("u_admin", 1)).expect("made");
    assert_eq!((good.outcome, good.writes.len()), (1, 4));
    assert_eq!(good.audit.first().map(|it| it.event), Some(Event::EscrowKeysMade));
    for held in [
        &[("root", &[Privilege::ApproveDevices][..])][..],
        &[("root", &[Privilege::TransferVault])],
        &[("eng", BOTH)],
        &[],
    ] {
        let refused = make(&admin_with("u_admin", held), &holds(0), &first, &three("u_admin", 1)).err();
        assert_eq!(refused, Some(VaultRefusal::PrivilegeMissing), "{held:?}");
    }
    let no_vault = KeysFacts { account: 0, ..holds(0) };
    let refused = make(&keeper(), &no_vault, &first, &three("u_admin", 1)).err();
    assert_eq!(refused, Some(VaultRefusal::Missing));
    // Nobody makes keys that they do not hold themselves.
    let malformed = Some(VaultRefusal::Malformed { what: "grants" });
    assert_eq!(make(&keeper(), &holds(0), &first, &three("u_admin", 1)[..2]).err(), malformed);
    let elsewhere = three("u_second", 1);
    assert_eq!(make(&keeper(), &holds(0), &first, &elsewhere).err(), Some(VaultRefusal::NotHolder));
}

#[test]
fn a_statement_is_this_organisations_and_the_next() {
    let of = tenant();
    let refused = |text: &str, facts: &KeysFacts| {
        make(&keeper(), facts, text, &three("u_admin", facts.sequence + 1)).err()
    };
    let malformed = Some(VaultRefusal::Malformed { what: "statement" });
    assert_eq!(refused(&statement(of.as_str(), 2, 1), &holds(1)), None);
    assert_eq!(refused(&statement("t_other", 1, 0), &holds(0)), Some(VaultRefusal::Elsewhere));
    assert_eq!(refused(&statement(of.as_str(), 1, 1), &holds(0)), malformed);
    assert_eq!(refused(&statement(of.as_str(), 2, 0), &holds(1)), malformed);
    assert_eq!(refused(&statement(of.as_str(), 1, 0), &holds(1)), Some(VaultRefusal::Changed));
    assert_eq!(refused(&statement(of.as_str(), 3, 1), &holds(1)), Some(VaultRefusal::Changed));
    let whole = base64::decode(statement(of.as_str(), 1, 0).as_bytes()).expect("base64");
    for length in 0..whole.len() {
        assert!(refused(&base64::encode(&whole[..length]), &holds(0)).is_some(), "{length}");
    }
    assert!(refused(&base64::encode(&[&whole[..], &[0]].concat()), &holds(0)).is_some());
}

#[test]
fn who_leaves_holds_nothing_any_more_and_who_stays_is_given_the_new_ones() {
    let of = tenant();
    let second = statement(of.as_str(), 2, 1);
    let rotate =
        |others: &[HolderFacts], grants: &[SentGrant], leaving: Option<&UserId>, facts: &KeysFacts| {
            put_keys(&keeper(), facts, others, &second, grants, leaving, NOW, &mut Counter(0))
        };
    let leaver = user("u_second");
    let decision = rotate(&[], &three("u_admin", 2), Some(&leaver), &holds(1)).expect("changed");
    assert!(matches!(
        decision.writes.first(),
        Some(Write::Escrow(EscrowWrite::Revoke { admin, .. })) if *admin == leaver
    ));
    let stays = [three("u_admin", 2), three("u_second", 2)].concat();
    let there = [other(&[("root", BOTH)])];
    assert!(rotate(&there, &stays, None, &holds(1)).is_ok());
    // Who leaves is not given them in the same step.
    assert_eq!(rotate(&there, &stays, Some(&leaver), &holds(1)).err(), Some(VaultRefusal::NotHolder));
    // Nor who may not hold them.
    let refused = rotate(&[other(&[("eng", BOTH)])], &stays, None, &holds(1)).err();
    assert_eq!(refused, Some(VaultRefusal::PrivilegeMissing));
    let gone = HolderFacts { status: UserStatus::Locked, ..other(&[("root", BOTH)]) };
    assert_eq!(rotate(&[gone], &stays, None, &holds(1)).err(), Some(VaultRefusal::PrivilegeMissing));
    let changed = HolderFacts { account: 2, ..other(&[("root", BOTH)]) };
    assert_eq!(rotate(&[changed], &stays, None, &holds(1)).err(), Some(VaultRefusal::Changed));
    // Who cannot sign the next ones does not make them.
    let nothing = KeysFacts { holds: Vec::new(), ..holds(1) };
    assert_eq!(rotate(&[], &three("u_admin", 2), None, &nothing).err(), Some(VaultRefusal::NotHolder));
    let own = user("u_admin");
    let refused = rotate(&[], &three("u_admin", 2), Some(&own), &holds(1)).err();
    assert_eq!(refused, Some(VaultRefusal::Malformed { what: "grants" }));
}

#[test]
fn nobody_gives_a_key_that_they_do_not_hold_nor_one_that_the_other_may_not() {
    let give = |facts: &KeysFacts, to: &HolderFacts, grants: &[SentGrant]| {
        share(&keeper(), facts, to, grants, NOW, &mut Counter(0)).err()
    };
    let all = three("u_second", 1);
    let root = other(&[("root", BOTH)]);
    assert_eq!(give(&holds(1), &root, &all), None);
    assert_eq!(give(&holds(0), &root, &all), Some(VaultRefusal::NoKeys));
    let some = KeysFacts { holds: vec![(1, KeyPurpose::Approval)], ..holds(1) };
    assert_eq!(give(&some, &root, &all[..1]), None);
    assert_eq!(give(&some, &root, &all), Some(VaultRefusal::NotHolder));
    assert_eq!(give(&holds(1), &root, &three("u_second", 2)), Some(VaultRefusal::NotHolder));
    let approver = other(&[("root", &[Privilege::ApproveDevices])]);
    assert_eq!(give(&holds(1), &approver, &all[..1]), None);
    for purpose in [KeyPurpose::Transfer, KeyPurpose::Signing] {
        let refused = give(&holds(1), &approver, &[grant("u_second", 1, purpose)]);
        assert_eq!(refused, Some(VaultRefusal::PrivilegeMissing));
    }
    let no_vault = HolderFacts { account: 0, ..root.clone() };
    assert_eq!(give(&holds(1), &no_vault, &all), Some(VaultRefusal::Missing));
    let small = SentGrant { wrap: octets(1, 177), ..grant("u_second", 1, KeyPurpose::Approval) };
    assert_eq!(give(&holds(1), &root, &[small]), Some(VaultRefusal::Malformed { what: "wrap" }));
    let refused =
        share(&admin_with("u_admin", &[("eng", BOTH)]), &holds(1), &root, &all, NOW, &mut Counter(0)).err();
    assert_eq!(refused, Some(VaultRefusal::PrivilegeMissing));
}

fn member(escrow: Escrow) -> ProvenSession {
    let rules = VaultRules { escrow, ..VaultRules::of(&[]) };
    ProvenSession::of(SessionFacts { rules, ..session() }, DeviceId::parse("d_laptop")).expect("proven")
}

fn there() -> ConsentFacts {
    ConsentFacts { tenant_sequence: 2, sequence: 1, asked_at: None, consented_at: None }
}

fn agreed() -> SentConsent {
    SentConsent { sequence: 1, tenant_sequence: 2, approval: wrap(), transfer: wrap() }
}

#[test]
fn a_deadline_counts_from_when_somebody_was_asked() {
    let days = Escrow::WithinDays(3);
    let asked = ConsentFacts { asked_at: Some(NOW), ..there() };
    for (escrow, facts, now, expected) in [
        (Escrow::NotRequired, there(), NOW, None),
        (days, there(), NOW, Some(NOW.plus(DAY * 3))),
        (days, asked.clone(), NOW.plus(DAY), Some(NOW.plus(DAY * 3))),
        (days, ConsentFacts { consented_at: Some(NOW), ..there() }, NOW, None),
        (days, ConsentFacts { tenant_sequence: 0, ..there() }, NOW, None),
    ] {
        assert_eq!(due(escrow, &facts, now), expected);
    }
    let is_held = |escrow, facts: &ConsentFacts, now| is_held(member(escrow).session(), facts, now);
    assert!(!is_held(days, &asked, NOW.plus(DAY * 3).minus(MS)));
    assert!(is_held(days, &asked, NOW.plus(DAY * 3)));
    assert!(is_held(Escrow::WithinDays(0), &there(), NOW), "at once");
    assert!(!is_held(Escrow::WithinDays(0), &ConsentFacts { sequence: 0, ..there() }, NOW), "no vault yet");
    assert!(!is_held(Escrow::NotRequired, &asked, NOW.plus(DAY * 90)));
    assert_eq!(super::asked(&member(days), &there(), NOW).writes.len(), 1);
    assert!(super::asked(&member(days), &asked, NOW).writes.is_empty());
    assert!(super::asked(&member(Escrow::NotRequired), &there(), NOW).writes.is_empty());
}

#[test]
fn a_consent_is_kept_once_with_what_is_sealed_by_it() {
    let try_with = |facts: &ConsentFacts, sent: &SentConsent| {
        consent(&member(Escrow::NotRequired), facts, sent, NOW, &mut Counter(0))
    };
    let first = try_with(&there(), &agreed()).expect("kept");
    assert_eq!(first.audit.first().map(|it| it.event), Some(Event::AcceptTransfer));
    let kinds: Vec<&str> = first
        .writes
        .iter()
        .map(|write| match write {
            Write::Escrow(EscrowWrite::Consented { .. }) => "consented",
            Write::Escrow(EscrowWrite::Seal { purpose, .. }) => purpose.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["consented", "approval", "transfer"], "the consent comes first");
    // Either side's keys changed: what was sealed is sealed anew, and nobody consented again.
    let before = ConsentFacts { consented_at: Some(NOW.minus(DAY)), ..there() };
    let again = try_with(&before, &agreed()).expect("kept");
    assert!(again.audit.is_empty());
    assert!(matches!(
        again.writes.first(),
        Some(Write::Escrow(EscrowWrite::Consented { at, .. })) if *at == NOW.minus(DAY)
    ));
    let none = ConsentFacts { tenant_sequence: 0, ..there() };
    assert_eq!(try_with(&none, &agreed()).err(), Some(VaultRefusal::NoKeys));
    for sent in [
        SentConsent { sequence: 2, ..agreed() },
        SentConsent { tenant_sequence: 1, ..agreed() },
        SentConsent { tenant_sequence: 3, ..agreed() },
    ] {
        assert_eq!(try_with(&there(), &sent).err(), Some(VaultRefusal::Changed));
    }
    for sent in [
        SentConsent { approval: octets(2, 178), ..agreed() },
        SentConsent { transfer: octets(1, 179), ..agreed() },
        SentConsent { transfer: String::new(), ..agreed() },
    ] {
        assert_eq!(try_with(&there(), &sent).err(), Some(VaultRefusal::Malformed { what: "wrap" }));
    }
}

#[test]
fn a_consent_is_taken_back_unless_a_policy_asks_for_it() {
    let before = ConsentFacts { consented_at: Some(NOW), ..there() };
    let take = |escrow, facts: &ConsentFacts| withdraw(&member(escrow), facts, NOW, &mut Counter(0));
    let taken = take(Escrow::NotRequired, &before).expect("taken back");
    assert!(matches!(
        taken.writes.as_slice(),
        [
            Write::Escrow(EscrowWrite::Unseal { .. }),
            Write::Escrow(EscrowWrite::Withdrawn { .. }),
            Write::Escrow(EscrowWrite::KeepsVault { .. })
        ]
    ));
    assert!(take(Escrow::NotRequired, &there()).expect("nothing to take").writes.is_empty());
    let refused = take(Escrow::WithinDays(5), &before).err();
    assert_eq!(refused, Some(VaultRefusal::Restricted { policy: "require_escrow" }));
}

fn request() -> RequestFacts {
    let asking = Asking {
        device: DeviceId::parse("d_phone").expect("id"),
        name: "Chrome on Linux".to_owned(),
        encryption: octets(4, 65),
        signing: octets(4, 65),
    };
    RequestFacts {
        asking,
        created_at: NOW,
        expires_at: NOW.plus(REQUEST_LIFETIME),
        admin_expires_at: NOW.plus(ADMIN_LIFETIME),
        wants_fresh: false,
        approved: None,
    }
}

fn waiting() -> WaitingFacts {
    WaitingFacts {
        user: user("u_alice"),
        node: node("eng"),
        status: UserStatus::Active,
        version: 1,
        request: request(),
        connection: ConnectionId::parse("c_acme").map(|id| (id, 1)),
        edited_at: None,
        may_ask_admins: true,
        sequence: 1,
        escrow: Some(1),
        votes: Vec::new(),
        two_persons: false,
    }
}

fn letting() -> Letting {
    Letting { wrap: wrap(), share: octets(0, 32) }
}

fn approver() -> Admin {
    admin_with("u_admin", &[("eng", &[Privilege::ApproveDevices])])
}

fn vote(admin: &str) -> VoteFacts {
    VoteFacts {
        admin: user(admin),
        status: UserStatus::Active,
        version: 4,
        grants: grants(&[("root", &[Privilege::ApproveDevices])]),
        edited_at: None,
    }
}

fn approved(admin: &Admin, facts: &WaitingFacts) -> Result<Decision<Approved>, VaultRefusal> {
    approve(admin, facts, false, Some(&letting()), NOW, &mut Counter(0))
}

#[test]
fn an_admin_is_asked_once_for_a_week_by_who_waits() {
    let unasked = RequestFacts { admin_expires_at: Timestamp::from_millis(0), ..request() };
    let ask = |requests: &[RequestFacts], fresh, is_signed, now| {
        let asking = request().asking;
        ask_admin(&session(), requests, &asking, fresh, is_signed, now, &mut Counter(0))
    };
    let decision = ask(std::slice::from_ref(&unasked), false, true, NOW).expect("asked");
    assert_eq!(decision.outcome, NOW.plus(ADMIN_LIFETIME));
    let kinds = |decision: &Decision<Timestamp>| {
        matches!(
            decision.writes.as_slice(),
            [
                Write::Escrow(EscrowWrite::ForgetVotes { .. }),
                Write::Escrow(EscrowWrite::AskAdmin { .. }),
                Write::Mail(MailWrite::ToAdmins { privilege: Privilege::ApproveDevices, .. })
            ]
        )
    };
    assert!(kinds(&decision));
    assert!(ask(&[request()], false, true, NOW).expect("asked before").writes.is_empty());
    // Who approved the one has not approved the other; that somebody waits is told once.
    let other = ask(&[request()], true, true, NOW).expect("for something else");
    assert!(matches!(
        other.writes.as_slice(),
        [Write::Escrow(EscrowWrite::ForgetVotes { .. }), Write::Escrow(EscrowWrite::AskAdmin { .. })]
    ));
    // A denial is not told.
    let denied = RequestFacts { approved: Some(false), ..request() };
    assert_eq!(ask(&[denied], false, true, NOW), ask(&[request()], false, true, NOW));
    assert_eq!(ask(std::slice::from_ref(&unasked), false, false, NOW).err(), Some(VaultRefusal::NotProven));
    let late = NOW.plus(REQUEST_LIFETIME);
    assert_eq!(ask(std::slice::from_ref(&unasked), false, true, late).err(), Some(VaultRefusal::Expired));
    assert_eq!(ask(&[], false, true, NOW).err(), Some(VaultRefusal::Expired));
    let mut many: Vec<RequestFacts> = ["d_1", "d_2", "d_3", "d_4", "d_5"]
        .map(|id| {
            let device = DeviceId::parse(id).expect("id");
            RequestFacts { asking: Asking { device, ..request().asking }, ..request() }
        })
        .into();
    many.push(unasked.clone());
    assert_eq!(ask(&many, false, true, NOW).err(), Some(VaultRefusal::TooMany));
    let rules = VaultRules { may_ask_admins: false, ..VaultRules::of(&[]) };
    let restricted = SessionFacts { rules, ..session() };
    let asking = request().asking;
    let refused = ask_admin(&restricted, &[unasked], &asking, false, true, NOW, &mut Counter(0)).err();
    assert_eq!(refused, Some(VaultRefusal::Restricted { policy: "device_approval_by_admin" }));
}

#[test]
fn an_admin_answers_once_in_time_at_their_nodes_and_never_themselves() {
    let decision = approved(&approver(), &waiting()).expect("approved");
    assert_eq!(decision.outcome, Approved::Now);
    assert!(matches!(
        decision.writes.as_slice(),
        [
            Write::Escrow(EscrowWrite::Answer { answer: "approved", .. }),
            Write::Vault(VaultWrite::AddDevice(_)),
            Write::Mail(MailWrite::ToUser { .. }),
            Write::Escrow(EscrowWrite::Notice { kind: "device", .. })
        ]
    ));
    let event = decision.audit.first().expect("written down");
    assert_eq!(event.event, Event::DeviceApprovedByAdmin);
    assert_eq!(
        (event.actor.as_ref(), event.subject.as_ref()),
        (Some(&user("u_admin")), Some(&user("u_alice")))
    );
    let restricted = VaultRefusal::Restricted { policy: "device_approval_by_admin" };
    let with = |request: RequestFacts| WaitingFacts { request, ..waiting() };
    let week = NOW.minus(EDITED);
    for (facts, expected) in [
        (WaitingFacts { user: user("u_admin"), ..waiting() }, Some(VaultRefusal::OwnRequest)),
        (WaitingFacts { node: node("ops"), ..waiting() }, Some(VaultRefusal::UnknownDevice)),
        (WaitingFacts { edited_at: Some(NOW), ..waiting() }, Some(VaultRefusal::EditedConnection)),
        (WaitingFacts { edited_at: Some(week.plus(MS)), ..waiting() }, Some(VaultRefusal::EditedConnection)),
        (WaitingFacts { edited_at: Some(week), ..waiting() }, None),
        (WaitingFacts { may_ask_admins: false, ..waiting() }, Some(restricted)),
        (WaitingFacts { status: UserStatus::Locked, ..waiting() }, Some(VaultRefusal::UnknownDevice)),
        (WaitingFacts { escrow: None, ..waiting() }, Some(VaultRefusal::NoEscrow)),
        (WaitingFacts { sequence: 2, ..waiting() }, Some(VaultRefusal::NoEscrow)),
        (with(RequestFacts { approved: Some(true), ..request() }), Some(VaultRefusal::Answered)),
        (with(RequestFacts { approved: Some(false), ..request() }), Some(VaultRefusal::Answered)),
        (with(RequestFacts { admin_expires_at: NOW, ..request() }), Some(VaultRefusal::Expired)),
        (with(RequestFacts { admin_expires_at: NOW.plus(MS), ..request() }), None),
        (with(RequestFacts { wants_fresh: true, ..request() }), Some(VaultRefusal::Changed)),
    ] {
        assert_eq!(approved(&approver(), &facts).err(), expected, "{facts:?}");
    }
    for held in [&[("eng", &[Privilege::TransferVault][..])][..], &[]] {
        let refused = approved(&admin_with("u_admin", held), &waiting()).err();
        assert_eq!(refused, Some(VaultRefusal::UnknownDevice));
    }
    let refused = approved(&stale(&approver()), &waiting()).err();
    assert_eq!(refused, Some(VaultRefusal::SignInAgain));
    let lately = Admin { authenticated_at: NOW.minus(FRESH).plus(MS), ..approver() };
    assert!(approved(&lately, &waiting()).is_ok());
    // What is given out to look at is written down, and given to nobody who could not approve.
    let looked = look(&approver(), &waiting(), NOW, &mut Counter(0)).expect("may look");
    let event = looked.audit.first().expect("written down");
    assert_eq!((event.event, event.subject.as_ref()), (Event::EscrowOpened, Some(&user("u_alice"))));
    assert!(looked.writes.is_empty());
    for (admin, facts, expected) in [
        (stale(&approver()), waiting(), VaultRefusal::SignInAgain),
        (approver(), WaitingFacts { user: user("u_admin"), ..waiting() }, VaultRefusal::OwnRequest),
        (approver(), WaitingFacts { escrow: None, ..waiting() }, VaultRefusal::NoEscrow),
        (approver(), with(RequestFacts { wants_fresh: true, ..request() }), VaultRefusal::Changed),
        (approver(), with(RequestFacts { approved: Some(true), ..request() }), VaultRefusal::Answered),
    ] {
        assert_eq!(look(&admin, &facts, NOW, &mut Counter(0)).err(), Some(expected));
    }
    let bad = Letting { wrap: octets(2, 178), share: octets(0, 32) };
    assert!(approve(&approver(), &waiting(), false, Some(&bad), NOW, &mut Counter(0)).is_err());
    let denied = deny(&approver(), &waiting(), NOW, &mut Counter(0)).expect("denied");
    assert!(matches!(
        denied.writes.as_slice(),
        [Write::Escrow(EscrowWrite::Answer { answer: "denied", .. })]
    ));
    let answered = with(RequestFacts { approved: Some(true), ..request() });
    assert_eq!(deny(&approver(), &answered, NOW, &mut Counter(0)).err(), Some(VaultRefusal::Answered));
    let elsewhere = WaitingFacts { node: node("ops"), ..waiting() };
    assert_eq!(deny(&approver(), &elsewhere, NOW, &mut Counter(0)).err(), Some(VaultRefusal::UnknownDevice));
}

/// Whatever the facts: nobody's own request is approved, nor one of a connection that they edited, nor twice, nor late.
#[test]
fn no_combination_of_facts_approves_against_the_rules() {
    let mut count = 0;
    for bits in 0_u32..1 << 9 {
        let is = |bit: u32| bits & (1 << bit) != 0;
        let facts = WaitingFacts {
            user: user(if is(0) { "u_admin" } else { "u_alice" }),
            edited_at: is(1).then_some(NOW),
            may_ask_admins: !is(2),
            node: node(if is(3) { "ops" } else { "eng" }),
            status: if is(4) { UserStatus::Locked } else { UserStatus::Active },
            escrow: (!is(5)).then_some(1),
            two_persons: is(6),
            votes: if is(7) { vec![vote("u_admin")] } else { Vec::new() },
            request: RequestFacts { approved: is(8).then_some(true), ..request() },
            ..waiting()
        };
        let is_now = matches!(approved(&approver(), &facts), Ok(Decision { outcome: Approved::Now, .. }));
        let may = !(0..=6).any(is) && !is(8);
        assert_eq!(is_now, may, "{bits:b}");
        count += u32::from(is_now);
    }
    assert_eq!(count, 2);
}

#[test]
fn a_fresh_vault_puts_the_old_one_aside_and_is_asked_for() {
    let wanted = RequestFacts { wants_fresh: true, ..request() };
    let facts = WaitingFacts { request: wanted, escrow: None, ..waiting() };
    let decision = approve(&approver(), &facts, true, None, NOW, &mut Counter(0)).expect("approved");
    let steps: Vec<RetireStep> = decision
        .writes
        .iter()
        .filter_map(|write| match write {
            Write::Escrow(EscrowWrite::Retire { step, .. }) => Some(*step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, RetireStep::ALL);
    assert_eq!(steps.first(), Some(&RetireStep::Keep), "nothing is taken away that is not kept");
    assert!(decision.writes.iter().any(|write| matches!(
        write,
        Write::Escrow(EscrowWrite::Retired { clears_at, .. }) if *clears_at == NOW.plus(DAY * 30)
    )));
    assert!(matches!(decision.writes.last(), Some(Write::Escrow(EscrowWrite::Notice { kind: "fresh", .. }))));
    assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::FreshVaultApproved));
    // Nobody who asked to be let in loses their vault.
    let refused = approve(&approver(), &waiting(), true, None, NOW, &mut Counter(0)).err();
    assert_eq!(refused, Some(VaultRefusal::Changed));
    let own = WaitingFacts { user: user("u_admin"), ..facts };
    assert_eq!(
        approve(&approver(), &own, true, None, NOW, &mut Counter(0)).err(),
        Some(VaultRefusal::OwnRequest)
    );
    assert_eq!(replaced(false, true), Err(VaultRefusal::Replaced));
    assert!(replaced(true, true).is_ok() && replaced(false, false).is_ok());
}

#[test]
fn a_vault_goes_to_another_only_of_who_is_locked_and_consented() {
    let leaver = LeaverFacts {
        user: user("u_bob"),
        node: node("eng"),
        status: UserStatus::Locked,
        version: 1,
        consented_at: Some(NOW),
        sequence: 1,
        escrow: Some(1),
    };
    let to = SuccessorFacts { user: user("u_alice"), status: UserStatus::Active, version: 1, sequence: 1 };
    let go = |admin: &Admin, leaver: &LeaverFacts, to: &SuccessorFacts, account, wrap: &str| {
        hand_over(admin, leaver, to, account, wrap, NOW, &mut Counter(0))
    };
    let decision = go(&keeper(), &leaver, &to, 1, &wrap()).expect("handed over");
    assert!(matches!(
        decision.writes.as_slice(),
        [
            Write::Escrow(EscrowWrite::HandOver { .. }),
            Write::Escrow(EscrowWrite::Notice { kind: "handover", user: owner, recipient: Some(to), .. })
        ] if *owner == user("u_bob") && *to == user("u_alice")
    ));
    assert_eq!(go(&stale(&keeper()), &leaver, &to, 1, &wrap()).err(), Some(VaultRefusal::SignInAgain));
    let looked = look_at_leaver(&keeper(), &leaver, NOW, &mut Counter(0)).expect("may look");
    assert_eq!(looked.audit.first().map(|it| it.event), Some(Event::EscrowOpened));
    let refused = look_at_leaver(&stale(&keeper()), &leaver, NOW, &mut Counter(0)).err();
    assert_eq!(refused, Some(VaultRefusal::SignInAgain));
    assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::VaultTransferred));
    for (facts, expected) in [
        (LeaverFacts { status: UserStatus::Active, ..leaver.clone() }, VaultRefusal::NotLocked),
        (LeaverFacts { consented_at: None, ..leaver.clone() }, VaultRefusal::NoEscrow),
        (LeaverFacts { escrow: None, ..leaver.clone() }, VaultRefusal::NoEscrow),
        (LeaverFacts { sequence: 2, ..leaver.clone() }, VaultRefusal::NoEscrow),
        (LeaverFacts { sequence: 0, ..leaver.clone() }, VaultRefusal::Missing),
        (LeaverFacts { user: user("u_admin"), ..leaver.clone() }, VaultRefusal::PrivilegeMissing),
    ] {
        assert_eq!(go(&keeper(), &facts, &to, 1, &wrap()).err(), Some(expected), "{facts:?}");
    }
    for (facts, expected) in [
        (SuccessorFacts { user: user("u_bob"), ..to.clone() }, VaultRefusal::PrivilegeMissing),
        (SuccessorFacts { status: UserStatus::Locked, ..to.clone() }, VaultRefusal::PrivilegeMissing),
        (SuccessorFacts { sequence: 0, ..to.clone() }, VaultRefusal::Missing),
        (SuccessorFacts { sequence: 2, ..to.clone() }, VaultRefusal::Changed),
    ] {
        assert_eq!(go(&keeper(), &leaver, &facts, 1, &wrap()).err(), Some(expected), "{facts:?}");
    }
    for held in [&[("root", &[Privilege::ApproveDevices][..])][..], &[("ops", BOTH)], &[]] {
        let refused = go(&admin_with("u_admin", held), &leaver, &to, 1, &wrap()).err();
        assert_eq!(refused, Some(VaultRefusal::PrivilegeMissing));
    }
    assert!(go(&keeper(), &leaver, &to, 1, &octets(1, 61)).is_err());
}

#[test]
fn a_device_says_what_it_told() {
    let ids: Vec<EventId> = ["e_1", "e_2"].iter().filter_map(|id| EventId::parse(id)).collect();
    let decision = see(&member(Escrow::NotRequired), &ids, NOW);
    assert!(matches!(
        decision.writes.as_slice(),
        [Write::Escrow(EscrowWrite::Seen { notices, .. })] if notices == r#"["e_1","e_2"]"#
    ));
    let facts = HandoverFacts { owner: user("u_bob") };
    let took = took_over(&member(Escrow::NotRequired), &facts, NOW, &mut Counter(0));
    assert!(matches!(took.writes.as_slice(), [Write::Escrow(EscrowWrite::TakenOver { .. })]));
}

mod kept;
mod published;
