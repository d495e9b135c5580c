//! The table of onboarding.rs, row by row.

use keyward_saml::Timestamp;
use serde_json::{Value as Json, json};

use super::{OnboardingFacts, OnboardingWrite, Plan, Progress, Step, StepRefusal, mark, plan, show};
use crate::decision::Write;
use crate::id::RoleId;
use crate::policy::{EffectivePolicy, Method, Methods, Policies};
use crate::session::SessionFacts;
use crate::session::tests::session;

const NOW: Timestamp = Timestamp::from_millis(1_795_439_045_678);
const DAY: i64 = 24 * 60 * 60 * 1000;

fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - days * DAY)
}

fn planned(policies: Json, facts: &OnboardingFacts) -> Plan {
    let policies = Policies::from_json(&policies).expect("policies");
    plan(&EffectivePolicy::of(&[("role", policies)]), facts, NOW)
}

fn steps(policies: Json) -> Vec<&'static str> {
    planned(policies, &OnboardingFacts::default()).steps.iter().map(|it| it.step.as_str()).collect()
}

#[test]
fn what_nobody_demands_holds_nobody() {
    let plan = planned(json!({}), &OnboardingFacts::default());
    assert!(plan.steps.iter().all(|step| !step.required && !step.holds && step.due.is_none()));
    assert!(!plan.is_restricted());
    assert_eq!(plan.next().map(|it| it.step), Some(Step::TwoFactor));
}

#[test]
fn a_required_second_factor_holds_at_once_and_cannot_be_put_off() {
    for disabled in [false, true] {
        let policies = json!({ "require_two_factor": true, "disable_onboarding": disabled });
        let skipped = OnboardingFacts { skipped: vec![Step::TwoFactor], ..OnboardingFacts::default() };
        let plan = planned(policies, &skipped);
        assert!(plan.is_restricted());
        let next = plan.next().expect("something to do");
        assert_eq!((next.step, next.required, next.progress), (Step::TwoFactor, true, Progress::Open));
    }
}

#[test]
fn escrow_holds_once_its_deadline_has_passed() {
    let asked = |at: Option<Timestamp>| OnboardingFacts { escrow_asked_at: at, ..OnboardingFacts::default() };
    let last_moment = Timestamp::from_millis(days_ago(7).as_millis() + 1);
    for (days, at, holds) in [
        (7, None, false),
        (7, Some(NOW), false),
        (7, Some(last_moment), false),
        (7, Some(days_ago(7)), true),
        (7, Some(days_ago(8)), true),
        (0, None, true),
        (0, Some(NOW), true),
    ] {
        for disabled in [false, true] {
            let plan = planned(json!({ "require_escrow": days, "disable_onboarding": disabled }), &asked(at));
            assert_eq!(plan.is_restricted(), holds, "{days} days, asked at {at:?}");
            let step = plan.steps[0];
            assert!(step.required && step.step == Step::EscrowConsent);
            assert_eq!(step.due.is_none(), holds);
        }
    }
    let due = planned(json!({ "require_escrow": 7 }), &asked(Some(days_ago(3)))).steps[0].due;
    assert_eq!(due, Some(days_ago(-4)));
    let consented = OnboardingFacts { done: vec![Step::EscrowConsent], ..asked(Some(days_ago(30))) };
    let plan = planned(json!({ "require_escrow": 7 }), &consented);
    assert!(!plan.is_restricted() && plan.steps[0].progress == Progress::Done && plan.steps[0].due.is_none());
}

#[test]
fn consent_can_be_put_off_until_its_deadline() {
    let facts = |asked| OnboardingFacts {
        escrow_asked_at: Some(asked),
        skipped: vec![Step::EscrowConsent],
        ..OnboardingFacts::default()
    };
    let policies = json!({ "require_escrow": 7, "disable_onboarding": true });
    let before = planned(policies.clone(), &facts(days_ago(6)));
    assert_eq!((before.steps[0].progress, before.next()), (Progress::Skipped, None));
    let after = planned(policies, &facts(days_ago(7)));
    assert_eq!(
        (after.steps[0].progress, after.next().map(|it| it.step)),
        (Progress::Open, Some(Step::EscrowConsent))
    );
}

#[test]
fn what_holds_comes_before_what_does_not() {
    let policies = json!({ "require_escrow": 7, "require_two_factor": true });
    let plan = planned(policies, &OnboardingFacts::default());
    assert_eq!(plan.steps[0].step, Step::EscrowConsent);
    assert_eq!(plan.next().map(|it| it.step), Some(Step::TwoFactor));
}

#[test]
fn people_go_on_where_they_stopped_and_end_in_the_vault() {
    let mut facts =
        OnboardingFacts { two_factor: Methods::of(|it| it == Method::Totp), ..OnboardingFacts::default() };
    let next = |facts: &OnboardingFacts| planned(json!({}), facts).next().map(|it| it.step);
    assert_eq!(next(&facts), Some(Step::RecoveryPhrase));
    facts.done.push(Step::RecoveryPhrase);
    assert_eq!(next(&facts), Some(Step::Import));
    facts.skipped.extend([Step::Import, Step::BrowserExtension]);
    assert_eq!(next(&facts), Some(Step::FirstRecord));
    facts.done.extend([Step::FirstRecord, Step::Tour]);
    assert_eq!(next(&facts), None);
    let progress: Vec<&str> =
        planned(json!({}), &facts).steps.iter().map(|it| it.progress.as_str()).collect();
    assert_eq!(progress, ["done", "done", "skipped", "skipped", "done", "done"]);
    // What was skipped and done later is done.
    facts.done.push(Step::Import);
    assert_eq!(planned(json!({}), &facts).steps[2].progress, Progress::Done);
}

#[test]
fn a_policy_changed_midway_is_followed_at_once() {
    let facts = OnboardingFacts { done: vec![Step::RecoveryPhrase], ..OnboardingFacts::default() };
    assert!(!planned(json!({}), &facts).is_restricted());
    assert!(planned(json!({ "require_two_factor": true }), &facts).is_restricted());
    assert!(steps(json!({ "restrict_recovery_phrase": true })).iter().all(|step| *step != "recovery_phrase"));
}

#[test]
fn steps_have_names_that_read_back() {
    for step in Step::ALL {
        assert_eq!(Step::parse(step.as_str()), Some(*step));
    }
    assert_eq!(Step::parse("Tour"), None);
    assert!(Step::ALL.is_sorted(), "the order of the steps is their order");
}

fn somebody(policies: Json, onboarding: OnboardingFacts) -> SessionFacts {
    let policies = Policies::from_json(&policies).expect("policies");
    let role = RoleId::parse("r_1").expect("id");
    SessionFacts { policy: EffectivePolicy::of(&[(role, policies)]), onboarding, ..session() }
}

#[test]
fn a_step_is_marked_by_who_can_tell() {
    let none = OnboardingFacts::default;
    let toured = OnboardingFacts { done: vec![Step::Tour], ..none() };
    for (what, policies, facts, step, progress, expected) in [
        ("looked at", json!({}), none(), Step::Tour, Progress::Done, Ok(1)),
        ("put off", json!({}), none(), Step::RecoveryPhrase, Progress::Skipped, Ok(1)),
        ("done already", json!({}), toured, Step::Tour, Progress::Skipped, Ok(0)),
        ("shown by a factor", json!({}), none(), Step::TwoFactor, Progress::Done, Err(StepRefusal::NotSaid)),
        (
            "shown by a phrase",
            json!({}),
            none(),
            Step::RecoveryPhrase,
            Progress::Done,
            Err(StepRefusal::NotSaid),
        ),
        ("undone", json!({}), none(), Step::Tour, Progress::Open, Err(StepRefusal::NotSaid)),
        (
            "not theirs",
            json!({ "restrict_import": true }),
            none(),
            Step::Import,
            Progress::Skipped,
            Err(StepRefusal::NotPlanned),
        ),
        ("optional", json!({}), none(), Step::TwoFactor, Progress::Skipped, Ok(1)),
        (
            "demanded",
            json!({ "require_two_factor": true }),
            none(),
            Step::TwoFactor,
            Progress::Skipped,
            Err(StepRefusal::Holds),
        ),
        ("in time", json!({ "require_escrow": 7 }), none(), Step::EscrowConsent, Progress::Skipped, Ok(1)),
        (
            "too late",
            json!({ "require_escrow": 0 }),
            none(),
            Step::EscrowConsent,
            Progress::Skipped,
            Err(StepRefusal::Holds),
        ),
        (
            "consent is given elsewhere",
            json!({ "require_escrow": 7 }),
            none(),
            Step::EscrowConsent,
            Progress::Done,
            Err(StepRefusal::NotSaid),
        ),
    ] {
        let marked =
            mark(&somebody(policies, facts), step, progress, NOW).map(|decision| decision.writes.len());
        assert_eq!(marked, expected, "{what}");
    }
}

#[test]
fn that_somebody_was_shown_their_plan_is_written_down_once() {
    let shown = OnboardingFacts { is_started: true, ..OnboardingFacts::default() };
    for (policies, facts, expected) in [
        (json!({}), OnboardingFacts::default(), true),
        (json!({}), shown.clone(), false),
        (json!({ "require_escrow": 7 }), OnboardingFacts::default(), true),
        (json!({ "require_escrow": 7 }), shown, false),
        (json!({ "disable_onboarding": true }), OnboardingFacts::default(), false),
    ] {
        let decision = show(&somebody(policies.clone(), facts), NOW);
        let is_written = match decision.writes.as_slice() {
            [] => false,
            [Write::Onboarding(OnboardingWrite::Start { at, .. })] => *at == NOW,
            other => panic!("{other:?}"),
        };
        assert_eq!(is_written, expected, "{policies}");
    }
}
