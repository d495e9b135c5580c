//! What runs by itself, every minute: a bounded part of what is due. What fails is printed, and is due again.

use keyward_core::admin::forget_tenant;
use keyward_core::dns::Lookup;
use keyward_core::domain::DomainFacts;
use keyward_core::metadata::{DOCUMENT_BYTES, Fetched, MetadataFacts, may_be_polled};
use keyward_core::upkeep::Horizons;
use worker::{SendEmail, console_error};

use super::mail::send_due;
use crate::host::{Failure, Host, OsRandom};
use crate::outbound::{self, Answer};
use crate::store::{commit, load, purge};

/// The largest answer of a resolver that is read.
const ANSWER_BYTES: usize = 64 * 1024;

/// Steps of a run by which a deleted organisation goes.
const PURGES: usize = 10;

/// Runs all of it; one task that fails does not keep the others from running.
pub(crate) async fn run(host: &Host, mail: Option<&SendEmail>) {
    let results = [
        ("domains", domains(host).await),
        ("metadata", metadata(host).await),
        ("certificates", certificates(host).await),
        ("clearing", clear(host).await),
        ("deleted organisations", forget(host).await),
        // Last: whoever takes mail may take their time.
        ("mail", send_due(host, mail).await),
    ];
    for (task, result) in results {
        if let Err(failure) = result {
            console_error!("cron: {task}: {failure}");
        }
    }
}

/// Looks for the records of domains, claimed and held.
async fn domains(host: &Host) -> Result<(), Failure> {
    let mut answers = host.database.batch(load::due_domains(host.now)).await?;
    for domain in load::read_due_domains(&mut answers)? {
        let mut lookups = Vec::new();
        for resolver in &host.settings.resolvers {
            lookups.push(look_up(resolver, &domain).await);
        }
        let mut decision = domain.check(domain.proof(&lookups), host.now, &mut OsRandom);
        // In the same record as the proof of the domain, what the organisation published of its keys.
        decision.writes.extend(domain.published(&lookups));
        // On a conflict somebody else has checked it, or reserved it at this moment: where it is still due, the next run
        // begins with what is true by then.
        if let Err(error) = host.commit(&decision).await {
            console_error!("cron: a domain: {error}");
        }
    }
    Ok(())
}

/// Polls the metadata of IdPs.
async fn metadata(host: &Host) -> Result<(), Failure> {
    let mut answers = host.database.batch(load::due_metadata(host.now)).await?;
    for facts in load::read_due_metadata(&mut answers)? {
        let answer = fetch(host, &facts).await;
        let fetched = match &answer {
            Ok(answer) if answer.status == 200 => {
                Fetched::Document { xml: &answer.body, etag: answer.etag.as_deref() }
            }
            Ok(answer) if answer.status == 304 && facts.etag.is_some() => Fetched::NotModified,
            Ok(answer) => Fetched::Failed { reason: &format!("the server answers {}", answer.status) },
            Err(reason) => Fetched::Failed { reason },
        };
        let decision = facts.refresh(fetched, host.now, &mut OsRandom);
        // On a conflict somebody else has polled, or changed the connection: where it is still due, the next run sees.
        if let Err(error) = host.commit(&decision).await {
            console_error!("cron: the metadata of {}: {error}", facts.connection.as_str());
        }
    }
    Ok(())
}

async fn fetch(host: &Host, facts: &MetadataFacts) -> Result<Answer, String> {
    if !may_be_polled(&facts.url, host.settings.local) {
        return Err("its address is none that may be asked".to_owned());
    }
    let mut headers = vec![("accept", "application/samlmetadata+xml, application/xml, text/xml")];
    headers.extend(facts.etag.as_deref().map(|etag| ("if-none-match", etag)));
    outbound::get(&facts.url, &headers, DOCUMENT_BYTES).await.map_err(|unanswered| unanswered.to_string())
}

/// Tells of certificates that end.
async fn certificates(host: &Host) -> Result<(), Failure> {
    let mut answers = host.database.batch(load::due_certificates(host.now)).await?;
    for facts in load::read_due_certificates(&mut answers)? {
        let committed = match facts {
            Ok(facts) => host.commit(&facts.look(host.now, &mut OsRandom)).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = committed {
            console_error!("cron: a certificate: {error}");
        }
    }
    Ok(())
}

/// Removes what has expired.
async fn clear(host: &Host) -> Result<(), Failure> {
    host.database.batch(commit::clear(&Horizons::at(host.now))).await?;
    Ok(())
}

/// Removes a part of what is left of an organisation that was deleted a month ago.
async fn forget(host: &Host) -> Result<(), Failure> {
    let before = Horizons::at(host.now).deleted_tenants;
    let due = purge::read_due(&mut host.database.batch(purge::due(before)).await?)?;
    let Some(tenant) = due else { return Ok(()) };
    let mut table = None;
    for _ in 0..PURGES {
        let mut answers = host.database.batch(purge::step(&tenant, table.as_deref())).await?;
        table = purge::read_step(&mut answers, table.is_some())?;
        if table.is_none() {
            // On a conflict something came in after all, and the next run begins with that.
            let _ = host.commit(&forget_tenant(&tenant, host.now, &mut OsRandom)).await?;
            return Ok(());
        }
    }
    Ok(())
}

async fn look_up(resolver: &str, domain: &DomainFacts) -> Lookup {
    let url = format!("{resolver}?name={}&type=TXT", domain.record_name());
    match outbound::get(&url, &[("accept", "application/dns-json")], ANSWER_BYTES).await {
        Ok(answer) if answer.status == 200 => Lookup::read(&answer.body),
        Ok(_) | Err(_) => Lookup::Failed,
    }
}
