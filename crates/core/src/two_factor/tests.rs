//! Who has to show a factor, what changes factors, and what is counted, row by row.

use core::time::Duration;

use keyward_saml::Timestamp;
use serde_json::{Value as Json, json};

use super::{
    App, EVERYWHERE, FactorFacts, FactorGuard, FactorPolicy, FactorRefusal, FactorWrite, Failures, Holder,
    IN_A_NETWORK, IN_A_SESSION, Known, NewFactor, Typed, WHERE_KNOWN, add, challenge, codes, failed, remove,
    renew_codes, show_code, totp, wrong,
};
use crate::audit::{Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::id::{FactorId, TenantId, UserId};
use crate::policy::{EffectivePolicy, Method, Policies};
use crate::provisioning::tests::NOW;
use crate::random::tests::Counter;
use crate::random::{Token, TokenHash};
use crate::two_factor::webauthn::{Ceremony, Credential};

const SECRET: &[u8] = b"12345678901234567890";
const MINUTE: Duration = Duration::from_secs(60);

fn policy(json: &Json) -> FactorPolicy {
    let policies = Policies::from_json(json).expect("policies");
    FactorPolicy::of(&EffectivePolicy::of(&[("role", policies)]))
}

fn with(kinds: &[Method], codes: u32) -> FactorFacts {
    FactorFacts { kinds: kinds.to_vec(), codes, ..FactorFacts::none() }
}

fn fresh(kinds: &[Method], codes: u32) -> FactorFacts {
    FactorFacts { shown: kinds.first().map(|method| (*method, NOW)), ..with(kinds, codes) }
}

struct Person {
    tenant: TenantId,
    user: UserId,
    session: TokenHash,
    browser: TokenHash,
}

fn person() -> Person {
    Person {
        tenant: TenantId::parse("t_acme").expect("id"),
        user: UserId::parse("u_alice").expect("id"),
        session: Token::generate(&mut Counter(1)).hash(),
        browser: Token::generate(&mut Counter(2)).hash(),
    }
}

impl Person {
    fn holder<'a>(&'a self, facts: &'a FactorFacts, policies: &Json) -> Holder<'a> {
        Holder {
            tenant: &self.tenant,
            user: &self.user,
            version: 3,
            scope: Scope::default(),
            session: &self.session,
            browser: &self.browser,
            policy: policy(policies),
            facts,
        }
    }
}

fn id(id: &str) -> FactorId {
    FactorId::parse(id).expect("id")
}

/// The code of now.
fn code(at: Timestamp) -> String {
    format!("{:06}", totp::code(SECRET, at.as_millis() / 30_000).expect("a code"))
}

fn known(failures: Failures) -> Known {
    Known {
        apps: vec![App { id: id("f_app"), secret: SECRET.to_vec(), used: Vec::new() }],
        codes: Vec::new(),
        failures,
    }
}

fn typed(code: &str) -> Typed<'_> {
    Typed { code, remember: false, network: "203.0.113.7" }
}

fn factor_writes<T>(decision: &Decision<T>) -> Vec<&FactorWrite> {
    fn factor(write: &Write) -> Option<&FactorWrite> {
        match write {
            Write::Factor(write) => Some(write),
            _ => None,
        }
    }
    decision.writes.iter().filter_map(factor).collect()
}

#[test]
fn a_code_lets_the_session_go_on_once() {
    let (person, facts) = (person(), with(&[Method::Totp], 0));
    let holder = person.holder(&facts, &json!({}));
    let show = |known: &Known, typed: Typed<'_>| show_code(&holder, known, typed, NOW, &mut Counter(0));
    let right = code(NOW);
    let decision = show(&known(Failures::default()), typed(&right)).expect("shown");
    assert_eq!(decision.outcome, Method::Totp);
    let step = NOW.as_millis() / 30_000;
    assert!(matches!(
        factor_writes(&decision).as_slice(),
        [FactorWrite::UseStep { step: used, .. }, FactorWrite::Use { .. }, FactorWrite::Show { .. }, FactorWrite::KnowBrowser { remembered_at, .. }]
            if *used == step && remembered_at.as_millis() == 0
    ));
    assert!(matches!(
        decision.guards.as_slice(),
        [Guard::UserUnchanged { version: 3, .. }, Guard::Factor(FactorGuard::Failures { .. })]
    ));
    let used = Known {
        apps: vec![App { used: vec![step], ..known(Failures::default()).apps[0].clone() }],
        ..known(Failures::default())
    };
    assert_eq!(show(&used, typed(&right)).err(), Some(FactorRefusal::Used));
    for wrong in ["000000", "", "12345", &code(NOW.minus(MINUTE * 2))] {
        assert_eq!(
            show(&known(Failures::default()), typed(wrong)).err(),
            Some(FactorRefusal::Wrong),
            "{wrong}"
        );
    }
    let remembered =
        show(&known(Failures::default()), Typed { remember: true, ..typed(&right) }).expect("shown");
    assert!(
        matches!(factor_writes(&remembered).last(), Some(FactorWrite::KnowBrowser { remembered_at, .. }) if *remembered_at == NOW)
    );
}

#[test]
fn nobody_is_remembered_where_policies_say_so_or_by_a_backup_code() {
    let (person, facts) = (person(), with(&[Method::Totp], 1));
    let made = codes::generate(&mut Counter(9));
    let hash = codes::hash(&person.tenant, &person.user, &made[0]).expect("a code");
    let known = Known { codes: vec![hash], ..known(Failures::default()) };
    for (policies, code) in [(json!({ "two_factor_remember": 0 }), code(NOW)), (json!({}), made[0].clone())] {
        let holder = person.holder(&facts, &policies);
        let decision =
            show_code(&holder, &known, Typed { remember: true, ..typed(&code) }, NOW, &mut Counter(0));
        let decision = decision.expect("shown");
        assert!(
            matches!(factor_writes(&decision).last(), Some(FactorWrite::KnowBrowser { remembered_at, .. }) if remembered_at.as_millis() == 0)
        );
    }
}

#[test]
fn a_backup_code_is_used_up_and_written_down() {
    let (person, facts) = (person(), with(&[Method::Totp], 2));
    let made = codes::generate(&mut Counter(9));
    let hash = codes::hash(&person.tenant, &person.user, &made[0]).expect("a code");
    let known = Known { codes: vec![hash.clone(), "0".repeat(64)], ..known(Failures::default()) };
    let holder = person.holder(&facts, &json!({}));
    let show = |holder: &Holder<'_>, code: &str| show_code(holder, &known, typed(code), NOW, &mut Counter(0));
    let decision = show(&holder, &made[0].to_lowercase()).expect("shown");
    assert_eq!(decision.outcome, Method::BackupCode);
    assert!(
        matches!(factor_writes(&decision).first(), Some(FactorWrite::UseCode { hash: used, .. }) if *used == hash)
    );
    assert_eq!(decision.audit[0].detail, "By a backup code; 1 are left.");
    assert_eq!(show(&holder, &made[1]).err(), Some(FactorRefusal::Wrong));
    let forbidden = person.holder(&facts, &json!({ "two_factor_methods": ["totp"] }));
    assert_eq!(show(&forbidden, &made[0]).err(), Some(FactorRefusal::Wrong));
}

#[test]
fn guesses_are_counted_where_they_keep_nobody_else_out() {
    let person = person();
    let made = codes::generate(&mut Counter(9));
    let hash = codes::hash(&person.tenant, &person.user, &made[0]).expect("a code");
    let right = code(NOW);
    let unknown = with(&[Method::Totp], 1);
    let at_home = FactorFacts { is_known_browser: true, ..unknown.clone() };
    let none = Failures::default();
    let (spent, near) =
        (Failures { session: IN_A_SESSION, ..none }, Failures { network: IN_A_NETWORK, ..none });
    let far = Failures { everywhere: EVERYWHERE, ..none };
    let own = Failures { known: WHERE_KNOWN, ..none };
    let last = Failures {
        session: IN_A_SESSION - 1,
        network: IN_A_NETWORK - 1,
        everywhere: EVERYWHERE - 1,
        known: WHERE_KNOWN - 1,
    };
    for (failures, facts, code, expected) in [
        (last, &unknown, right.as_str(), None),
        (spent, &unknown, &right, Some(FactorRefusal::SessionSpent)),
        (near, &unknown, &right, Some(FactorRefusal::TooMany)),
        (far, &unknown, &right, Some(FactorRefusal::TooMany)),
        // In a browser of theirs, and by what cannot be guessed.
        (near, &at_home, &right, None),
        (far, &at_home, &right, None),
        (spent, &at_home, &right, Some(FactorRefusal::SessionSpent)),
        // Who has one of those does not guess in it for ever; that keeps nobody out elsewhere.
        (last, &at_home, &right, None),
        (own, &at_home, &right, Some(FactorRefusal::TooMany)),
        (own, &unknown, &right, None),
        (own, &at_home, &made[0], None),
        (near, &unknown, &made[0], None),
        (far, &unknown, &made[0], None),
    ] {
        let known = Known { codes: vec![hash.clone()], ..known(failures) };
        let holder = person.holder(facts, &json!({}));
        let shown = show_code(&holder, &known, typed(code), NOW, &mut Counter(0));
        assert_eq!(shown.err(), expected, "{failures:?} {}", facts.is_known_browser);
    }
    let holder = person.holder(&unknown, &json!({}));
    // Of guesses at once, no more are told that they were wrong than were allowed; what cannot be guessed rests on no count.
    for (tried, is_guess) in [("000000", true), (made[1].as_str(), false)] {
        let counted = wrong(&holder, typed(tried), NOW, &mut Counter(0));
        let guards = counted.guards.as_slice();
        assert_eq!(matches!(guards, [Guard::Factor(FactorGuard::Failures { .. })]), is_guess, "{guards:?}");
        assert!(matches!(factor_writes(&counted).as_slice(), [FactorWrite::Fail { is_unknown: true, .. }]));
        let event = &counted.audit[0];
        assert_eq!((event.event, event.code), (Event::LoginFailure, Some("code-wrong")));
    }
    // Anything else is written down and not counted.
    let refused = failed(&holder, FactorRefusal::Used, NOW, &mut Counter(0));
    assert!(factor_writes(&refused).is_empty() && refused.audit.len() == 1);
}

fn app<'a>(code: &'a str) -> NewFactor<'a> {
    NewFactor::App { secret: SECRET, sealed: "v1.00000000.AAAA".to_owned(), code }
}

fn passkey() -> NewFactor<'static> {
    let credential = Credential {
        id: "AAAA".to_owned(),
        key: "BBBB".to_owned(),
        counter: 0,
        is_verified: true,
        may_sync: true,
    };
    NewFactor::Passkey { credential, challenge: Token::generate(&mut Counter(3)).hash() }
}

#[test]
fn the_first_factor_comes_with_backup_codes_and_shows_itself() {
    let (person, none) = (person(), FactorFacts::none());
    for (new, policies, codes) in [
        (app(&code(NOW)), json!({}), 10),
        (passkey(), json!({}), 10),
        (passkey(), json!({ "two_factor_methods": ["webauthn"] }), 0),
    ] {
        let holder = person.holder(&none, &policies);
        let decision = add(&holder, id("f_new"), "Phone", new, NOW, &mut Counter(0)).expect("added");
        assert_eq!(decision.outcome.len(), codes);
        assert!(decision.guards.iter().any(|it| matches!(it, Guard::Factor(FactorGuard::None { .. }))));
        let writes = factor_writes(&decision);
        assert!(writes.iter().any(|it| matches!(it, FactorWrite::Show { .. })), "{writes:?}");
        let has_codes = writes.iter().any(|it| matches!(it, FactorWrite::AddCodes { .. }));
        assert_eq!(has_codes, codes > 0);
        assert_eq!(decision.audit[0].event, Event::SetTwoFactorOn);
    }
}

#[test]
fn factors_change_only_right_after_one_was_shown() {
    use Method::{Totp, Webauthn};
    let person = person();
    let right = code(NOW);
    let stale = FactorFacts { shown: Some((Totp, NOW.minus(MINUTE * 10))), ..with(&[Totp], 5) };
    let remembered = FactorFacts { remembered: Some((Totp, NOW)), ..with(&[Totp], 5) };
    for (facts, expected) in [
        (with(&[], 0), None),
        (fresh(&[Totp], 5), None),
        (with(&[Totp], 5), Some(FactorRefusal::NotShown)),
        (stale, Some(FactorRefusal::NotFresh)),
        (remembered, Some(FactorRefusal::NotFresh)),
    ] {
        let holder = person.holder(&facts, &json!({}));
        let mut rng = Counter(0);
        assert_eq!(add(&holder, id("f_b"), "Phone", app(&right), NOW, &mut rng).err(), expected);
        assert_eq!(challenge(&holder, Ceremony::Register, NOW, &mut rng).err(), expected);
        if !facts.kinds.is_empty() {
            assert_eq!(renew_codes(&holder, NOW, &mut rng).err(), expected);
            assert_eq!(remove(&holder, &id("f_a"), Some(Totp), NOW, &mut rng).err(), expected);
        }
    }
    let full = fresh(&[Totp; 10], 5);
    let holder = person.holder(&full, &json!({}));
    assert_eq!(
        add(&holder, id("f_b"), "Phone", app(&right), NOW, &mut Counter(0)).err(),
        Some(FactorRefusal::Full)
    );
    let none = FactorFacts::none();
    let holder = person.holder(&none, &json!({ "two_factor_methods": ["webauthn"] }));
    let refused = |name: &str, new| add(&holder, id("f_b"), name, new, NOW, &mut Counter(0)).err();
    assert_eq!(refused("Phone", app(&right)), Some(FactorRefusal::Forbidden));
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        assert_eq!(refused(name, passkey()), Some(FactorRefusal::Name), "{name}");
    }
    let holder = person.holder(&none, &json!({}));
    let wrong = add(&holder, id("f_b"), "Phone", app("000000"), NOW, &mut Counter(0));
    assert_eq!(wrong.err(), Some(FactorRefusal::Wrong));
    assert_eq!(challenge(&holder, Ceremony::Show, NOW, &mut Counter(0)).err(), Some(FactorRefusal::Unknown));
    let theirs = with(&[Webauthn], 0);
    let holder = person.holder(&theirs, &json!({}));
    assert!(challenge(&holder, Ceremony::Show, NOW, &mut Counter(0)).is_ok());
}

#[test]
fn what_is_removed_is_asked_for_everywhere_else() {
    use Method::{Totp, Webauthn};
    let person = person();
    let required = json!({ "require_two_factor": true });
    let only_keys = json!({ "require_two_factor": true, "two_factor_methods": ["webauthn"] });
    for (facts, kind, policies, expected) in [
        (fresh(&[Totp], 5), Some(Totp), json!({}), Ok(true)),
        (fresh(&[Totp, Webauthn], 5), Some(Totp), json!({}), Ok(false)),
        (fresh(&[Totp], 5), Some(Totp), required.clone(), Err(FactorRefusal::LastRequired)),
        (fresh(&[Totp, Totp], 5), Some(Totp), required, Ok(false)),
        (fresh(&[Webauthn, Totp], 5), Some(Webauthn), only_keys.clone(), Err(FactorRefusal::LastRequired)),
        (fresh(&[Webauthn, Totp], 5), Some(Totp), only_keys, Ok(false)),
        (fresh(&[Totp], 5), None, json!({}), Err(FactorRefusal::Unknown)),
    ] {
        let holder = person.holder(&facts, &policies);
        let decision = remove(&holder, &id("f_a"), kind, NOW, &mut Counter(0));
        let codes_too = decision.as_ref().map_err(|refusal| *refusal).map(|decision| {
            let writes = factor_writes(decision);
            assert!(writes.iter().any(|it| matches!(it, FactorWrite::ForgetBrowsers { .. })));
            assert!(writes.iter().any(
                |it| matches!(it, FactorWrite::ForgetShown { except, .. } if except == person.session.as_str())
            ));
            assert_eq!(decision.audit[0].event, Event::SetTwoFactorOff);
            writes.iter().any(|it| matches!(it, FactorWrite::RemoveCodes { .. }))
        });
        assert_eq!(codes_too, expected);
    }
}
