//! What a person is walked through after their first sign-in: the plan is the core's, and each step is a page of its own, which
//! works without JavaScript where what it does can.

use keyward_core::ReturnTo;
use keyward_core::admin::EXTENSION_BROWSERS;
use keyward_core::onboarding::{self as decide, Plan, PlannedStep, Progress, Step};
use keyward_core::policy::Method;
use keyward_core::session::Hold;

use super::factor_settings::new_app;
use super::two_factor::{Facts, facts};
use super::vault::to_sign_in;
use super::vault_keys::no;
use crate::api::views::ExtensionLinkView;
use crate::host::{Committed, Failure, Host};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::pages::{EnrolApp, Onboarding, StepBody, StepView, StoreLink};
use crate::store::{Answers, admin_load};
use crate::words as say;

const PATH: &str = "/onboarding";

/// `GET /onboarding`: the step that is next, or the one that `?step=` names; where nothing is left to do, the vault.
pub(crate) async fn page(host: &Host) -> Result<Reply, Failure> {
    let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(PATH)) };
    if facts.session.held(host.now) == Some(Hold::ShowFactor) {
        return Err(Failure::Held(Hold::ShowFactor));
    }
    let decision = decide::show(&facts.session, host.now);
    if host.commit(&decision).await? == Committed::Conflict {
        return Err(Failure::Busy);
    }
    let plan = decision.outcome;
    let asked = field(&host.head.query, "step").as_deref().and_then(Step::parse);
    let asked = asked.and_then(|step| plan.steps.iter().find(|it| it.step == step));
    // What holds the session cannot be passed by.
    let first = plan.steps.iter().find(|it| it.holds && it.step == Step::TwoFactor);
    // Whoever signs in outside single sign-on begins the organisation, and is walked through that.
    if facts.session.connection.is_none() && first.is_none() && asked.is_none() {
        return Ok(Reply::see_other("/setup/next".to_owned()));
    }
    let Some(shown) = first.or(asked).or_else(|| plan.next()) else {
        let to = field(&host.head.query, "to").as_deref().and_then(ReturnTo::parse);
        let to = to.map_or_else(|| "/vault/items".to_owned(), |to| to.as_str().to_owned());
        return Ok(Reply::see_other(to));
    };
    let body = body(host, &facts, shown).await?;
    show(&facts, &plan, shown, body, None)
}

async fn body(host: &Host, facts: &Facts, shown: &PlannedStep) -> Result<StepBody, Failure> {
    Ok(match shown.step {
        _ if shown.progress == Progress::Done => StepBody::Done,
        Step::EscrowConsent => StepBody::Escrow { due: shown.due.map(say::time) },
        Step::TwoFactor => {
            let methods = &facts.session.policy.two_factor_methods.value;
            let wants_passkey = field(&host.head.query, "method").as_deref() == Some("passkey");
            let (has_app, has_passkey) = (methods.has(Method::Totp), methods.has(Method::Webauthn));
            let app = if has_app && !(wants_passkey && has_passkey) {
                Some(new_app(host, facts).await?)
            } else {
                None
            };
            StepBody::TwoFactor {
                app,
                has_app,
                has_passkey,
                name: say::browser(host.visitor.user_agent.as_deref()),
            }
        }
        Step::RecoveryPhrase => StepBody::Phrase,
        Step::Import => StepBody::Import,
        Step::BrowserExtension => {
            let asked = admin_load::extension_links(facts.session.tenant.as_str());
            let links = host.database.batch(vec![asked]).await?.rows::<ExtensionLinkView>()?;
            let name = |browser: &str| EXTENSION_BROWSERS.iter().find(|(its, _)| *its == browser);
            let link = |link: ExtensionLinkView| {
                let browser =
                    name(&link.browser).map_or(link.browser.clone(), |(_, name)| (*name).to_owned());
                StoreLink { browser, url: link.url }
            };
            StepBody::Extension { links: links.into_iter().map(link).collect() }
        }
        Step::FirstRecord => StepBody::FirstRecord,
        Step::Tour => StepBody::Tour,
    })
}

/// The step of the second factor once more, with what was wrong.
pub(super) fn two_factor_again(
    host: &Host,
    facts: &Facts,
    app: EnrolApp,
    problem: String,
) -> Result<Reply, Failure> {
    let plan = facts.session.plan(host.now);
    let Some(shown) = plan.steps.iter().find(|it| it.step == Step::TwoFactor) else {
        return Ok(Reply::see_other(PATH.to_owned()));
    };
    let methods = &facts.session.policy.two_factor_methods.value;
    let body = StepBody::TwoFactor {
        app: methods.has(Method::Totp).then_some(app),
        has_app: methods.has(Method::Totp),
        has_passkey: methods.has(Method::Webauthn),
        name: say::browser(host.visitor.user_agent.as_deref()),
    };
    show(facts, &plan, shown, body, Some(problem))
}

fn show(
    facts: &Facts,
    plan: &Plan,
    shown: &PlannedStep,
    body: StepBody,
    problem: Option<String>,
) -> Result<Reply, Failure> {
    let steps: Vec<StepView> = plan
        .steps
        .iter()
        .map(|it| StepView {
            step: it.step.as_str().to_owned(),
            title: say::step(it.step).to_owned(),
            note: say::progress(it.progress, it.required).to_owned(),
            is_done: it.progress == Progress::Done,
            is_current: it.step == shown.step,
        })
        .collect();
    let number = plan.steps.iter().position(|it| it.step == shown.step).map_or(1, |at| at + 1);
    let may_skip = !shown.holds
        && shown.progress != Progress::Done
        && !(shown.step == Step::TwoFactor && shown.required);
    let page = Onboarding {
        email: facts.session.user.email.as_str().to_owned(),
        organisation: facts.organisation.clone(),
        number,
        of: steps.len(),
        steps,
        step: shown.step.as_str().to_owned(),
        name: say::step(shown.step).to_owned(),
        holds: shown.holds,
        is_held: plan.steps.iter().any(|it| it.holds && it.step == Step::TwoFactor),
        may_skip,
        current: body,
        problem,
    };
    let status = if page.problem.is_some() { 403 } else { 200 };
    Ok(Reply::page(status, &page)?.with_scripts())
}

/// `POST /onboarding/mark`: a step is put off, or done where only the person can tell.
pub(crate) async fn mark(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return Ok(no(403, "cross-site"));
    }
    let Some(facts) = facts(host, None).await? else { return Ok(to_sign_in(PATH)) };
    if facts.session.held(host.now) == Some(Hold::ShowFactor) {
        return Err(Failure::Held(Hold::ShowFactor));
    }
    let step = field(form, "step").as_deref().and_then(Step::parse);
    let progress = match field(form, "progress").as_deref() {
        Some("done") => Some(Progress::Done),
        Some("skipped") => Some(Progress::Skipped),
        _ => None,
    };
    // What is not for them to say leaves them where they are, and the page shows what is.
    if let (Some(step), Some(progress)) = (step, progress)
        && let Ok(decision) = decide::mark(&facts.session, step, progress, host.now)
        && host.commit(&decision).await? == Committed::Conflict
    {
        return Err(Failure::Busy);
    }
    Ok(Reply::see_other(PATH.to_owned()))
}
