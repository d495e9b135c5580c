//! What a person is walked through after sign-in: a function of their policy, what they have done and the
//! time, so that every client shows the same steps and the server holds the same sessions.
//!
//! | step              | is there                                   | required           | holds the session            |
//! |-------------------|--------------------------------------------|--------------------|------------------------------|
//! | escrow consent    | where `require_escrow` asks                | always             | once its deadline has passed |
//! | two-factor        | where required; else offered ¹, if a method is allowed | `require_two_factor` | at once, where required |
//! | recovery phrase   | ¹ unless `restrict_recovery_phrase`        | never              | never                        |
//! | import            | ¹ unless `restrict_import` or `restrict_create_record` | never  | never                        |
//! | browser extension | ¹ unless `restrict_browser_extension`      | never              | never                        |
//! | first record      | ¹ unless `restrict_create_record`          | never              | never                        |
//! | tour              | ¹ unless `disable_setup_tour`              | never              | never                        |
//!
//! ¹ and unless `disable_onboarding`: whoever is to go straight to the vault is offered nothing on the way.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::decision::{Decision, Write};
use crate::id::{TenantId, UserId};
use crate::policy::{EffectivePolicy, Escrow, Method, Methods};
use crate::session::SessionFacts;

/// A step. The order is the order in which people are walked through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Consent to escrow, or to refuse it.
    EscrowConsent,
    /// Set up a second factor.
    TwoFactor,
    /// Write down a recovery phrase.
    RecoveryPhrase,
    /// Bring what was kept elsewhere.
    Import,
    /// Install the browser extension.
    BrowserExtension,
    /// Make a first record.
    FirstRecord,
    /// Be shown around.
    Tour,
}

impl Step {
    /// All there are, in their order.
    pub const ALL: &[Step] = &[
        Step::EscrowConsent,
        Step::TwoFactor,
        Step::RecoveryPhrase,
        Step::Import,
        Step::BrowserExtension,
        Step::FirstRecord,
        Step::Tour,
    ];

    /// As the API and the database call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::EscrowConsent => "escrow_consent",
            Step::TwoFactor => "two_factor",
            Step::RecoveryPhrase => "recovery_phrase",
            Step::Import => "import",
            Step::BrowserExtension => "browser_extension",
            Step::FirstRecord => "first_record",
            Step::Tour => "tour",
        }
    }

    /// From the API or the database.
    pub fn parse(text: &str) -> Option<Step> {
        Step::ALL.iter().copied().find(|step| step.as_str() == text)
    }
}

/// What is known of a person. Whatever was done stays done; only the second factor is measured again, since methods may be
/// forbidden later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnboardingFacts {
    /// When the person was first asked for consent to escrow; `None`: not yet.
    pub escrow_asked_at: Option<Timestamp>,
    /// The second factors that the person has.
    pub two_factor: Methods,
    /// The other steps that were done.
    pub done: Vec<Step>,
    /// The steps that the person put off.
    pub skipped: Vec<Step>,
    /// Whether they were shown any of it before.
    pub is_started: bool,
}

impl Default for OnboardingFacts {
    fn default() -> OnboardingFacts {
        OnboardingFacts {
            escrow_asked_at: None,
            two_factor: Methods::new(&[]),
            done: Vec::new(),
            skipped: Vec::new(),
            is_started: false,
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// To be done.
    Open,
    /// Put off; to be found again later.
    Skipped,
    /// Done.
    Done,
}

impl Progress {
    /// As the API calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Progress::Open => "open",
            Progress::Skipped => "skipped",
            Progress::Done => "done",
        }
    }
}

/// One step of one person's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// Which.
    pub step: Step,
    /// How far it is. A step that holds the session is never skipped.
    pub progress: Progress,
    /// Whether a policy demands it.
    pub required: bool,
    /// Whether the session is restricted until it is done.
    pub holds: bool,
    /// From when on it will hold the session, where that is to come.
    pub due: Option<Timestamp>,
}

/// What one person is walked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In order, done ones included.
    pub steps: Vec<PlannedStep>,
}

impl Plan {
    /// Whether the session may do nothing but the steps that hold it.
    pub fn is_restricted(&self) -> bool {
        self.steps.iter().any(|step| step.holds)
    }

    /// The step to show: what holds the session comes before what does not; `None`: the vault.
    pub fn next(&self) -> Option<&PlannedStep> {
        let open = |step: &&PlannedStep| step.progress == Progress::Open;
        self.steps.iter().find(|step| step.holds).or_else(|| self.steps.iter().find(open))
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Plans, by the table above.
pub fn plan<R>(policy: &EffectivePolicy<R>, facts: &OnboardingFacts, now: Timestamp) -> Plan {
    let offers = !policy.disable_onboarding.value.0;
    let can_create = !policy.restrict_create_record.value.0;
    let allowed = &policy.two_factor_methods.value;
    // Backup codes come with another method and are none by themselves.
    let is_factor = |method| method != Method::BackupCode && allowed.has(method);
    let optional = |is_there: bool| (offers && is_there).then_some((false, None));
    let step = |step: Step| {
        // Where the step is there: whether it is required, and from when on it holds the session.
        let (required, due) = match step {
            Step::EscrowConsent => match policy.require_escrow.value {
                Escrow::NotRequired => None,
                Escrow::WithinDays(days) => {
                    Some((true, Some(facts.escrow_asked_at.unwrap_or(now).plus(DAY * days))))
                }
            },
            Step::TwoFactor if policy.require_two_factor.value.0 => Some((true, Some(now))),
            Step::TwoFactor => optional(is_factor(Method::Totp) || is_factor(Method::Webauthn)),
            Step::RecoveryPhrase => optional(!policy.restrict_recovery_phrase.value.0),
            Step::Import => optional(!policy.restrict_import.value.0 && can_create),
            Step::BrowserExtension => optional(!policy.restrict_browser_extension.value.0),
            Step::FirstRecord => optional(can_create),
            Step::Tour => optional(!policy.disable_setup_tour.value.0),
        }?;
        let is_done = match step {
            Step::TwoFactor => [Method::Totp, Method::Webauthn]
                .into_iter()
                .any(|method| is_factor(method) && facts.two_factor.has(method)),
            step => facts.done.contains(&step),
        };
        let holds = !is_done && due.is_some_and(|due| due <= now);
        let progress = if is_done {
            Progress::Done
        } else if facts.skipped.contains(&step) && !holds {
            Progress::Skipped
        } else {
            Progress::Open
        };
        Some(PlannedStep { step, progress, required, holds, due: due.filter(|due| !is_done && *due > now) })
    };
    Plan { steps: Step::ALL.iter().copied().filter_map(step).collect() }
}

/// One change of how far somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of what each one names")]
pub enum OnboardingWrite {
    /// They were shown the first of it.
    Start { tenant: TenantId, user: UserId, at: Timestamp },
    /// Where the organisation's people find the browser extension; `None`: nowhere any more.
    PutExtension { tenant: TenantId, browser: &'static str, url: Option<String> },
    /// A step is done, or put off.
    Mark { tenant: TenantId, user: UserId, step: Step, progress: Progress, at: Timestamp },
}

/// Why a step is not marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepRefusal {
    /// It is not in this person's plan.
    NotPlanned,
    /// It holds the session.
    Holds,
    /// It is not done by saying so.
    NotSaid,
}

/// Shows somebody their plan: that they were shown it is written down, once.
pub fn show(session: &SessionFacts, now: Timestamp) -> Decision<Plan> {
    let plan = session.plan(now);
    let mut decision = Decision::unchanged(plan);
    if !session.onboarding.is_started && !decision.outcome.steps.is_empty() {
        decision.writes.push(Write::Onboarding(OnboardingWrite::Start {
            tenant: session.tenant.clone(),
            user: session.user.id.clone(),
            at: now,
        }));
    }
    decision
}

/// Marks a step as put off, or as done where nobody but the person can tell.
///
/// # Errors
/// Where it is not for them to say.
pub fn mark(
    session: &SessionFacts,
    step: Step,
    progress: Progress,
    now: Timestamp,
) -> Result<Decision<()>, StepRefusal> {
    let plan = session.plan(now);
    let planned = plan.steps.iter().find(|it| it.step == step).ok_or(StepRefusal::NotPlanned)?;
    match (step, progress) {
        _ if planned.holds => return Err(StepRefusal::Holds),
        (Step::EscrowConsent | Step::TwoFactor | Step::RecoveryPhrase, Progress::Done)
        | (_, Progress::Open) => return Err(StepRefusal::NotSaid),
        (Step::TwoFactor, Progress::Skipped) if planned.required => return Err(StepRefusal::Holds),
        _ if planned.progress == Progress::Done => return Ok(Decision::unchanged(())),
        _ => {}
    }
    let mut decision = Decision::unchanged(());
    decision.writes.push(Write::Onboarding(OnboardingWrite::Mark {
        tenant: session.tenant.clone(),
        user: session.user.id.clone(),
        step,
        progress,
        at: now,
    }));
    Ok(decision)
}

#[cfg(test)]
mod tests;
