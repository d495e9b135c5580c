//! The console's page, and the way of a test sign-in to the IdP and back.

use keyward_core::audit::Scope;
use keyward_core::id::ConnectionId;
use keyward_core::trial::{self, Judging, TrialId};
use keyward_core::{Refusal, ReturnTo};
use keyward_saml::base64;

use super::start::{self, continue_page};
use super::vault::{resume, to_sign_in};
use crate::demo_keys::is_of_tests;
use crate::host::{Committed, Failure, Host, OsRandom, refused_page};
use crate::http::Reply;
use crate::http::form::field;
use crate::keys::{KeyError, Owner};
use crate::pages;
use crate::seal::seal;
use crate::store::load;
use crate::store::load_trial::{self, LoadedTrial};

/// The console's page of who waits for an admin, and of the organisation's keys: it alone opens the admin's own vault.
pub(crate) const APPROVALS: &str = "/admin/approvals";

/// `GET /admin/…`: the console, whose script finds out what its person may do. Nothing of it is in the page.
pub(crate) async fn console(host: &Host, path: &str) -> Result<Reply, Failure> {
    let path = ReturnTo::parse(path).map_or_else(|| "/admin".to_owned(), |path| path.as_str().to_owned());
    let Some(token) = &host.cookies.session else { return Ok(to_sign_in(&path)) };
    let mut answers = host.database.batch(load::session(&token.hash())).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(to_sign_in(&path)) };
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(to_sign_in(&path)) };
    let page = pages::Console {
        email: session.user.email.as_str().to_owned(),
        user: session.user.id.as_str().to_owned(),
        fresh: session.fresh_start(),
        organisation: loaded.tenant_name,
        opens_vault: path == APPROVALS,
    };
    let reply = Reply::page(200, &page)?;
    Ok(if page.opens_vault { reply.with_scripts() } else { reply.with_plain_scripts() })
}

/// `GET /admin/trials/<connection>/<trial>`: on to the IdP, with the draft. `None` where this person began no such test.
pub(crate) async fn depart(
    host: &Host,
    connection: Option<ConnectionId>,
    trial: &str,
) -> Result<Option<Reply>, Failure> {
    let (Some(connection), Some(id)) = (connection, TrialId::parse(trial)) else { return Ok(None) };
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let mut statements = load::session(&token.hash());
    statements.extend(load_trial::trial(&connection, &id));
    let mut answers = host.database.batch(statements).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let Some(test) = load_trial::read_trial(&mut answers, &host.settings.origin)? else { return Ok(None) };
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(None) };
    let (browser, _) = host.browser();
    let is_theirs = session.user.id == test.trial.user && session.tenant == test.trial.tenant;
    if !is_theirs || test.trial.check(&connection, &browser.hash(), host.now).is_err() {
        return Ok(None);
    }
    let ready = trial::request(test.route, &id, &host.settings.origin, host.now);
    let action = start::action(host, &ready, test.signing_key.as_deref()).await?;
    match &action {
        pages::Action::Redirect { url } => Ok(Some(Reply::see_other(url.clone()))),
        pages::Action::Post { .. } => continue_page(host, &ready, action).map(Some),
    }
}

/// The test that a form at the ACS answers, if any: a sign-in's goes another way.
pub(super) fn answered(form: &str) -> Option<TrialId> {
    let response = field(form, "SAMLResponse")?;
    TrialId::answered_by(&base64::decode(response.as_bytes())?)
}

/// Judges what came back, and keeps the report for whoever began the test. Nobody is signed in: there is no way from here.
pub(super) async fn arrive(
    host: &Host,
    connection: &ConnectionId,
    id: &TrialId,
    form: &str,
) -> Result<Reply, Failure> {
    let mut answers = host.database.batch(load_trial::trial(connection, id)).await?;
    let unknown = || Refusal::RequestUnknown { in_response_to: id.as_str().to_owned() };
    let Some(mut test) = load_trial::read_trial(&mut answers, &host.settings.origin)? else {
        return host.refuse(&unknown(), Scope::default()).await;
    };
    let scope = Scope {
        tenant: Some(test.trial.tenant.clone()),
        connection: Some(test.trial.connection.clone()),
        node: Some(test.trial.node.clone()),
    };
    let (browser, _) = host.browser();
    if let Err(refusal) = test.trial.check(connection, &browser.hash(), host.now) {
        return host.refuse(&refusal, scope).await;
    }
    // As for a sign-in: keys that everybody has vouch for nobody.
    if !host.settings.local {
        test.draft.certificates.retain(|certificate| !is_of_tests(&certificate.sha256_fingerprint()));
    }
    let response = field(form, "SAMLResponse").unwrap_or_default();
    let judged = judge(host, &test, &response).await?;
    let facts = match judged.describe(&test.draft) {
        None => None,
        Some(described) => {
            let mut answers = host.database.batch(load_trial::facts(&test.draft, &described)).await?;
            load_trial::read_facts(&mut answers)?
        }
    };
    let report = judged.report(&test.draft, facts.as_ref(), host.now);
    let xml = base64::decode(response.as_bytes()).and_then(|xml| String::from_utf8(xml).ok());
    let told = serde_json::json!({ "report": report.to_json(), "message": xml });
    let sealed = seal(&host.settings.master_key, &test.trial.bound_to(), told.to_string().as_bytes()).await;
    let sealed = sealed.ok_or(Failure::Key(KeyError::Refused))?;
    let decision = test.trial.answer(&report, sealed, host.now, &mut OsRandom);
    match host.commit(&decision).await? {
        Committed::Yes => Ok(Reply::page(200, &pages::Tested { passed: report.failed.is_none() })?),
        // Somebody was faster: the same browser, twice.
        Committed::Conflict => {
            let decision = Refusal::RequestUsed.record(scope, host.now, &mut OsRandom);
            refused_page(&decision.outcome)
        }
    }
}

async fn judge(host: &Host, test: &LoadedTrial, response: &str) -> Result<trial::Judged, Failure> {
    let LoadedTrial { trial: facts, draft, decryption_keys, .. } = test;
    let owner =
        Owner { master_key: &host.settings.master_key, tenant: &facts.tenant, connection: &facts.connection };
    let mut judging = draft.judge(response, &host.settings.origin, &facts.id, host.now);
    loop {
        match judging {
            Judging::Done(judged) => return Ok(*judged),
            Judging::Need(unjudged) => {
                let mut outcomes = Vec::with_capacity(unjudged.jobs().len());
                for job in unjudged.jobs() {
                    outcomes.push(owner.answer(job, decryption_keys).await?);
                }
                judging = unjudged.resume(outcomes);
            }
        }
    }
}
