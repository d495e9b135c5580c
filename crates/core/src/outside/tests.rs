use core::time::Duration;

use keyward_saml::Timestamp;
use serde_json::json;

use super::{
    CameIn, EVERYWHERE, Failures, IN_A_NETWORK, NotIn, OutsideAccount, OutsideFacts, OwnFacts, StretchedKey,
    Told, Visit, WHERE_KNOWN, change_password, counted_by, hour, recover, recovery_code, recovery_hash,
    renew_recovery, salt, sign_in, wrong_password,
};
use crate::address::Email;
use crate::audit::Event;
use crate::decision::{Guard, Write};
use crate::facts::{TenantStatus, UserStatus};
use crate::id::{EventId, RoleId, TenantId, UserId};
use crate::onboarding::OnboardingFacts;
use crate::outside::{OutsideGuard, OutsideWrite};
use crate::policy::{Method, Policies};
use crate::provisioning::tests::{NOW, user};
use crate::random::tests::Counter;
use crate::random::{Reference, Token, TokenHash};
use crate::refusal::Refusal;
use crate::session::tests::session;
use crate::session::{Closed, Hold, SessionFacts, SessionsOf, policy_of};
use crate::two_factor::FactorFacts;

const MS: Duration = Duration::from_millis(1);

fn key(octet: u8) -> StretchedKey {
    StretchedKey([octet; 32])
}

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).expect("id")
}

fn email() -> Email {
    Email::parse("ann@acme.test").expect("address")
}

fn account(of: &str, key: &StretchedKey) -> OutsideAccount {
    let tenant = tenant(of);
    let ann = UserId::parse("u_ann").expect("id");
    OutsideAccount {
        verifier: key.verifier(&tenant, &ann),
        recovery: recovery_hash(&tenant, &ann, &recovery_code(&mut Counter(3))),
        tenant,
        tenant_name: of.to_owned(),
        tenant_status: TenantStatus::Active,
        user: user("u_ann", UserStatus::Active, "ann@acme.test"),
        version: 4,
        policies: vec![],
        is_known_browser: false,
    }
}

fn facts(accounts: Vec<OutsideAccount>) -> OutsideFacts {
    OutsideFacts { accounts, failures: Failures::default(), told: vec![] }
}

fn browser() -> TokenHash {
    Token::generate(&mut Counter(1)).hash()
}

fn tried(facts: &OutsideFacts, key: &StretchedKey, of: Option<&str>) -> Result<CameIn, Box<NotIn>> {
    let (email, browser, of) = (email(), browser(), of.map(tenant));
    let from = "203.0.113.7".parse().ok();
    let visit = Visit { email: &email, browser: &browser, network: "203.0.113.0", from };
    sign_in(facts, &visit, key, of.as_ref(), NOW, &mut Counter(0)).map(|decision| decision.outcome)
}

fn code(facts: &OutsideFacts, key: &StretchedKey) -> Option<&'static str> {
    tried(facts, key, None).err().map(|not| not.refusal.code())
}

#[test]
fn whoever_knows_the_password_comes_in_and_nobody_else() {
    let known = facts(vec![account("t_acme", &key(1))]);
    assert!(matches!(tried(&known, &key(1), None), Ok(CameIn::Session(_))));
    assert_eq!(code(&known, &key(2)), Some("password-wrong"));
    assert_eq!(code(&facts(vec![]), &key(1)), Some("password-wrong"));
    let changed = |change: fn(&mut OutsideAccount)| {
        let mut its = account("t_acme", &key(1));
        change(&mut its);
        (code(&facts(vec![its.clone()]), &key(1)), code(&facts(vec![its]), &key(2)))
    };
    // Whoever does not know the password learns nothing of the account.
    for (change, expected) in [
        ((|it| it.tenant_status = TenantStatus::Suspended) as fn(&mut OutsideAccount), "tenant-not-active"),
        (|it| it.user.status = UserStatus::Locked, "user-locked"),
        (|it| it.user.status = UserStatus::Invited, "user-locked"),
        (|it| it.user.status = UserStatus::Deleted, "user-deleted"),
    ] {
        assert_eq!(changed(change), (Some(expected), Some("password-wrong")));
    }
    let far = Policies::from_json(&json!({ "ip_allow_list": ["10.0.0.0/8"] })).expect("policies");
    let far = OutsideAccount {
        policies: vec![(RoleId::parse("r_1").expect("id"), far)],
        ..account("t_acme", &key(1))
    };
    assert_eq!(code(&facts(vec![far]), &key(1)), Some("address-not-allowed"));
}

#[test]
fn one_password_in_two_organisations_asks_which() {
    let both = facts(vec![account("t_acme", &key(1)), account("t_other", &key(1))]);
    let Ok(CameIn::Choose(offered)) = tried(&both, &key(1), None) else { panic!("no choice") };
    assert_eq!(offered.len(), 2);
    assert!(matches!(tried(&both, &key(1), Some("t_other")), Ok(CameIn::Session(_))));
    assert!(tried(&both, &key(1), Some("t_third")).is_err());
    // Where each has its own, each opens its own.
    let each = facts(vec![account("t_acme", &key(1)), account("t_other", &key(2))]);
    assert!(matches!(tried(&each, &key(2), None), Ok(CameIn::Session(_))));
    assert!(tried(&each, &key(2), Some("t_acme")).is_err());
}

#[test]
fn guesses_are_counted_and_lock_nobody_out_of_a_known_browser() {
    let counted = |network, everywhere, here, is_known_browser| {
        let its = OutsideAccount { is_known_browser, ..account("t_acme", &key(1)) };
        let failures = Failures { network, everywhere, here };
        code(&OutsideFacts { failures, ..facts(vec![its]) }, &key(1))
    };
    let spent = Some("password-too-many");
    assert_eq!(counted(IN_A_NETWORK - 1, EVERYWHERE - 1, 0, false), None);
    assert_eq!(counted(IN_A_NETWORK, 0, 0, false), spent);
    assert_eq!(counted(0, EVERYWHERE, 0, false), spent);
    assert_eq!(counted(i64::MAX, i64::MAX, WHERE_KNOWN - 1, true), None);
    assert_eq!(counted(i64::MAX, i64::MAX, WHERE_KNOWN, true), spent);
    assert_eq!(counted(0, 0, WHERE_KNOWN, true), None, "as many as anybody has");
    // The same for an e-mail that is nobody's.
    let failures = Failures { network: IN_A_NETWORK, ..Failures::default() };
    assert_eq!(code(&OutsideFacts { failures, ..facts(vec![]) }, &key(1)), spent);
    // A wrong one is counted, whoever's it is; one that was refused unseen is not.
    let (email, browser) = (email(), browser());
    let visit = Visit { email: &email, browser: &browser, network: "n", from: None };
    for accounts in [vec![], vec![account("t_acme", &key(1))]] {
        let facts = facts(accounts);
        let not = sign_in(&facts, &visit, &key(9), None, NOW, &mut Counter(0)).expect_err("wrong");
        let written = not.record(&facts, &visit, NOW, &mut Counter(0));
        let [Write::Outside(OutsideWrite::Fail { email: by, network, browser: its, .. })] =
            written.writes.as_slice()
        else {
            panic!("not counted")
        };
        assert_eq!((by, network.as_str(), its), (&counted_by(&email), "n", &browser));
        assert_eq!(written.audit.first().map(|event| event.event), Some(Event::LoginFailure));
        // Of many at once, the wrong ones are judged again as the right one is.
        assert!(matches!(
            written.guards.as_slice(),
            [Guard::Outside(OutsideGuard::Failures { browser: None, .. })]
        ));
        let spent = OutsideFacts { failures, ..facts };
        let not = sign_in(&spent, &visit, &key(9), None, NOW, &mut Counter(0)).expect_err("spent");
        assert_eq!(not.refusal.code(), "password-too-many");
        // Nothing is counted beyond, and nobody waits for a guard.
        let written = not.record(&spent, &visit, NOW, &mut Counter(0));
        assert!(matches!(written.writes.as_slice(), [Write::Outside(OutsideWrite::Tell { .. })]));
        assert_eq!(written.guards, vec![]);
    }
}

#[test]
fn a_browser_is_known_for_the_accounts_that_were_opened_in_it() {
    // Anybody may give somebody's e-mail in an organisation of their own, and show a factor there.
    let theirs = OutsideAccount { is_known_browser: true, ..account("t_evil", &key(1)) };
    let both =
        |failures| OutsideFacts { failures, ..facts(vec![theirs.clone(), account("t_acme", &key(2))]) };
    let spent = Failures { network: 0, everywhere: EVERYWHERE, here: 0 };
    assert_eq!(code(&both(Failures::default()), &key(2)), None);
    assert_eq!(code(&both(spent), &key(1)), None, "their own account");
    assert_eq!(code(&both(spent), &key(2)), Some("password-wrong"), "the right one is not looked at");
}

#[test]
fn a_sign_in_rests_on_the_password_and_the_count() {
    let known = facts(vec![account("t_acme", &key(1))]);
    let (email, browser) = (email(), browser());
    let visit = Visit { email: &email, browser: &browser, network: "n", from: None };
    let decision = sign_in(&known, &visit, &key(1), None, NOW, &mut Counter(0)).expect("right");
    assert!(matches!(
        decision.guards.as_slice(),
        [
            Guard::UserUnchanged { .. },
            Guard::Outside(OutsideGuard::Credential { version: 4, .. }),
            Guard::Outside(OutsideGuard::Failures { .. })
        ]
    ));
    let [Write::OpenSession(new), Write::RecordSignIn { .. }, Write::Outside(OutsideWrite::CameFrom { .. })] =
        decision.writes.as_slice()
    else {
        panic!("{:?}", decision.writes)
    };
    assert_eq!((new.connection.as_ref(), new.authenticated_at), (None, Some(NOW)));
}

#[test]
fn a_salt_is_the_same_each_time_and_of_each_email_its_own() {
    let of =
        |email: &str, octet| salt(&TokenHash::of_digest([octet; 32]), &Email::parse(email).expect("address"));
    assert_eq!(of("ann@acme.test", 1), of(" Ann@Acme.test ", 1));
    assert_ne!(of("ann@acme.test", 1), of("bob@acme.test", 1));
    assert_ne!(of("ann@acme.test", 1), of("ann@acme.test", 2));
    assert_eq!(of("ann@acme.test", 1).len(), 24);
}

#[test]
fn what_is_kept_is_of_one_person_of_one_organisation() {
    let (acme, other) = (tenant("t_acme"), tenant("t_other"));
    let (ann, bob) = (UserId::parse("u_ann").expect("id"), UserId::parse("u_bob").expect("id"));
    let kept = key(1).verifier(&acme, &ann);
    for other in [key(2).verifier(&acme, &ann), key(1).verifier(&other, &ann), key(1).verifier(&acme, &bob)] {
        assert!(!kept.matches(&other));
    }
    assert!(kept.matches(&key(1).verifier(&acme, &ann)));
    let code = recovery_code(&mut Counter(0));
    assert_eq!(code.len(), 34);
    let kept = recovery_hash(&acme, &ann, &code);
    assert_eq!(recovery_hash(&acme, &ann, &code.to_lowercase().replace('-', " ")), kept);
    assert_ne!(recovery_hash(&acme, &bob, &code), kept);
    assert_eq!(recovery_hash(&acme, &ann, "0123-4567"), None);
    for bad in ["", "AAAA", &"A".repeat(43), "not base64 at all"] {
        assert_eq!(StretchedKey::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_recovery_code_sets_a_password_once() {
    let its = account("t_acme", &key(1));
    let right = recovery_code(&mut Counter(3));
    let (email, browser) = (email(), browser());
    let visit = Visit { email: &email, browser: &browser, network: "n", from: None };
    let of = |account: OutsideAccount, typed: &str| {
        recover(&facts(vec![account]), &visit, typed, &key(2), NOW, &mut Counter(0))
    };
    let decision = of(its.clone(), &right).expect("right");
    let [
        Write::Outside(OutsideWrite::PutPassword { recovery: None, .. }),
        Write::Outside(OutsideWrite::WithdrawLinks { user: Some(_), .. }),
        Write::EndSessions { of: whose, at, .. },
        Write::OpenSession(new),
        ..,
    ] = decision.writes.as_slice()
    else {
        panic!("{:?}", decision.writes)
    };
    assert_eq!(*whose, SessionsOf::User(its.user.id.clone()));
    assert!(new.at > *at, "all that were open end, and this one begins after them");
    // However often a password was wrong.
    let spent = Failures { network: i64::MAX, everywhere: i64::MAX, here: i64::MAX };
    let spent = OutsideFacts { failures: spent, ..facts(vec![its.clone()]) };
    assert!(recover(&spent, &visit, &right, &key(2), NOW, &mut Counter(0)).is_ok());
    let code = |result: Result<_, Box<NotIn>>| result.map(|_| ()).map_err(|not| not.refusal.code());
    assert_eq!(code(of(its.clone(), "0000-0000")), Err("recovery-code-wrong"));
    assert_eq!(
        code(of(OutsideAccount { recovery: None, ..its.clone() }, &right)),
        Err("recovery-code-wrong")
    );
    let mut locked = its;
    locked.user.status = UserStatus::Locked;
    assert_eq!(code(of(locked, &right)), Err("user-locked"));
}

fn outside_session(shown_ago: Option<Duration>) -> SessionFacts {
    let kinds = if shown_ago.is_some() { vec![Method::Totp] } else { vec![] };
    let shown = shown_ago.map(|ago| (Method::Totp, NOW.minus(ago)));
    let factors = FactorFacts { kinds, shown, ..FactorFacts::none() };
    SessionFacts { connection: None, policy: policy_of(&[], true, true), factors, ..session() }
}

#[test]
fn a_session_outside_is_one_like_any_other_and_held_until_a_factor_was_shown() {
    let held = |session: SessionFacts| session.resume(None, NOW).err();
    assert_eq!(held(outside_session(None)), Some(Closed::Held(Hold::Onboarding)));
    let had = FactorFacts { kinds: vec![Method::Totp], ..FactorFacts::none() };
    let remembered = FactorFacts { remembered: Some((Method::Totp, NOW)), ..had.clone() };
    for factors in [had, remembered.clone()] {
        let its = SessionFacts { factors, ..outside_session(None) };
        assert_eq!(held(its), Some(Closed::Held(Hold::ShowFactor)));
    }
    // By single sign-on, the browser of the same person may be remembered; a factor they have to have there too.
    let onboarding = OnboardingFacts { two_factor: remembered.methods(), ..session().onboarding };
    let theirs = SessionFacts {
        policy: policy_of(&[], true, false),
        factors: remembered,
        onboarding: onboarding.clone(),
        ..session()
    };
    assert_eq!(theirs.held(NOW), None);
    let without = SessionFacts { policy: policy_of(&[], true, false), ..session() };
    assert_eq!(without.held(NOW), Some(Hold::Onboarding));
    let open = SessionFacts { onboarding, ..outside_session(Some(MS)) };
    assert_eq!(held(open.clone()), None);
    assert_eq!(held(SessionFacts { revoked_at: Some(NOW), ..open.clone() }), Some(Closed::Over));
    assert_eq!(
        held(SessionFacts { tenant_status: TenantStatus::Suspended, ..open.clone() }),
        Some(Closed::Over)
    );
    assert_eq!(open.fresh_start(), "/admin/sign-in?to=");
    assert_eq!(session().fresh_start(), "/saml/c_acme/start?fresh=yes&to=");
}

#[test]
fn settings_take_the_password_of_now_and_a_factor_shown_just_now() {
    let (ann, acme) = (session().user.id, session().tenant);
    let own = OwnFacts { verifier: key(1).verifier(&acme, &ann), recovery: None, version: 2 };
    let (email, browser) = (email(), browser());
    let visit = Visit { email: &email, browser: &browser, network: "203.0.113.0/24", from: None };
    let is_counted = |guards: &[Guard]| {
        guards.iter().any(|it| matches!(it, Guard::Outside(OutsideGuard::Failures { browser: Some(_), .. })))
    };
    let change = |session: &SessionFacts, here: i64, current: u8| {
        let failures = Failures { here, ..Failures::default() };
        let keys = (&key(current), &key(3));
        change_password(session, &own, failures, &visit, keys, NOW, &mut Counter(0))
            .map(|decision| assert!(is_counted(&decision.guards)))
            .map_err(|refusal| refusal.code())
    };
    let fresh = outside_session(Some(MS));
    assert_eq!(change(&fresh, WHERE_KNOWN - 1, 1), Ok(()));
    assert_eq!(change(&fresh, 0, 2), Err("password-wrong"));
    assert!(is_counted(&wrong_password(&fresh, &visit, NOW, &mut Counter(0)).guards));
    let stale = outside_session(Some(Duration::from_secs(11 * 60)));
    assert_eq!(change(&stale, 0, 1), Err("two-factor-not-fresh"));
    for current in [1, 2] {
        assert_eq!(change(&fresh, WHERE_KNOWN, current), Err("password-too-many"));
    }
    let code = renew_recovery(&fresh, &own, NOW, &mut Counter(0)).expect("fresh").outcome;
    assert!(recovery_hash(&acme, &ann, &code).is_some());
    assert!(renew_recovery(&stale, &own, NOW, &mut Counter(0)).is_err());
}

/// What is written where somebody is refused, by its kind.
fn recorded(facts: &OutsideFacts, not: &NotIn) -> (Vec<&'static str>, usize, String) {
    let (email, browser) = (email(), browser());
    let visit = Visit { email: &email, browser: &browser, network: "203.0.113.0", from: None };
    let decision = not.record(facts, &visit, NOW, &mut Counter(7));
    let kinds = decision.writes.iter().map(|write| match write {
        Write::Outside(OutsideWrite::Fail { .. }) => "fail",
        Write::Outside(OutsideWrite::Tell { .. }) => "tell",
        Write::Outside(OutsideWrite::Again { .. }) => "again",
        _ => "another",
    });
    (kinds.collect(), decision.audit.len(), decision.outcome.reference.as_str().to_owned())
}

#[test]
fn what_comes_as_often_as_somebody_likes_is_written_down_once_an_hour_and_counted() {
    let event = EventId::generate(&mut Counter(9));
    let reference = Reference::generate(&mut Counter(9));
    let told =
        |code: &str| vec![Told { code: code.to_owned(), event: event.clone(), reference: reference.clone() }];
    for accounts in [vec![account("t_acme", &key(1))], vec![]] {
        let new = facts(accounts);
        for refusal in [|user| Refusal::PasswordTooMany { user }, |user| Refusal::RecoveryCodeWrong { user }]
            as [fn(Option<UserId>) -> Refusal; 2]
        {
            let not = NotIn::nobody(&new, refusal);
            let (writes, events, shown) = recorded(&new, &not);
            assert_eq!((writes.as_slice(), events), (["tell"].as_slice(), 1));
            assert_ne!(shown, reference.as_str());
            let known = OutsideFacts { told: told(not.refusal.code()), ..new.clone() };
            let (writes, events, shown) = recorded(&known, &not);
            assert_eq!(
                (writes.as_slice(), events, shown.as_str()),
                (["again"].as_slice(), 0, reference.as_str())
            );
            let other = OutsideFacts { told: told("another-code"), ..new.clone() };
            assert_eq!(recorded(&other, &not).0, ["tell"]);
        }
        // Each of these is counted by its own row.
        let not = NotIn::nobody(&new, |user| Refusal::PasswordWrong { user });
        let known = OutsideFacts { told: told("password-wrong"), ..new };
        assert_eq!((recorded(&known, &not).0, recorded(&known, &not).1), (vec!["fail"], 1));
    }
    assert_eq!(hour(Timestamp::from_millis(7_200_001)), Timestamp::from_millis(7_200_000));
    assert_eq!(hour(Timestamp::from_millis(7_199_999)), Timestamp::from_millis(3_600_000));
}
