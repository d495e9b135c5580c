//! What runs by itself, every minute: a bounded part of what is due. What fails is printed, and is due again.

use keyward_core::dns::Lookup;
use keyward_core::domain::DomainFacts;
use worker::console_error;

use crate::host::{Failure, Host, OsRandom};
use crate::outbound;
use crate::store::load;

/// The largest answer of a resolver that is read.
const ANSWER_BYTES: usize = 64 * 1024;

/// Runs all of it; one task that fails does not keep the others from running.
pub(crate) async fn run(host: &Host) {
    if let Err(failure) = domains(host).await {
        console_error!("cron: domains: {failure}");
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
        let decision = domain.check(domain.proof(&lookups), host.now, &mut OsRandom);
        // On a conflict somebody else has checked it, or reserved it at this moment: where it is still due, the next run
        // begins with what is true by then.
        if let Err(error) = host.commit(&decision).await {
            console_error!("cron: a domain: {error}");
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
