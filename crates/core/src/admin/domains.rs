//! Domains, as admins see to them; what a check decides is in [`crate::domain`]. A domain is the whole organisation's, so
//! all of this needs the privilege at the root.

use keyward_saml::Timestamp;

use crate::address::Domain;
use crate::audit::Event;
use crate::decision::{Decision, Guard, Write};
use crate::domain::{DomainStatus, claim};
use crate::id::{ConnectionId, NodeId};
use crate::random::Random;

use super::MOST;
use super::actor::{About, Actor, Grant};
use super::privilege::Privilege;
use super::refusal::AdminRefusal;
use super::write::{AdminGuard, AdminWrite, Thing};

/// A domain, as an admin's decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainChange {
    /// Its name.
    pub name: Domain,
    /// What it is worth.
    pub status: DomainStatus,
    /// Grows with every change by an admin.
    pub version: i64,
    /// Whether there is a record to look for.
    pub has_token: bool,
}

/// Claims a domain. The outcome is what its record has to say.
///
/// # Errors
/// Where the actor may not, or it can be nobody's or is somebody's.
pub fn claim_domain(
    actor: &Actor,
    name: &Domain,
    is_ours: bool,
    taken: bool,
    count: i64,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<String>, AdminRefusal> {
    actor.need_at_root(Privilege::ManageDomains)?;
    if is_ours {
        return Err(AdminRefusal::NameTaken);
    }
    if count >= MOST {
        return Err(AdminRefusal::TooMany { what: "domains" });
    }
    let mut decision = claim(&actor.tenant, name, taken, now, rng).map_err(AdminRefusal::Claim)?;
    let about = About { detail: format!("{}.", name.as_str()), ..About::default() };
    decision.audit.push(actor.event(Event::DomainClaimed, about, now, rng));
    Ok(decision)
}

/// Says where a domain's people sign in; `None`: nowhere. The connection comes with its node and all that it can reach.
///
/// # Errors
/// Where the actor may not, at either, or the domain is not reserved.
pub fn route_domain(
    actor: &Actor,
    domain: &DomainChange,
    to: Option<(&ConnectionId, &NodeId, &[Grant])>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_at_root(Privilege::ManageDomains)?;
    // Whose people a domain's are.
    actor.need_fresh(now)?;
    if let Some((_, node, reach)) = to {
        actor.need(Privilege::ManageConnections, node)?;
        actor.need_cover(reach)?;
        if domain.status != DomainStatus::Reserved {
            return Err(AdminRefusal::DomainNotReserved);
        }
    }
    let connection = to.map(|(connection, _, _)| connection);
    let mut decision = rests_on(actor, domain);
    decision.writes.push(Write::Admin(AdminWrite::RouteDomain {
        tenant: actor.tenant.clone(),
        domain: domain.name.clone(),
        connection: connection.cloned(),
    }));
    let leads = connection.map_or("nowhere", ConnectionId::as_str);
    let detail = format!("{} leads to {leads}.", domain.name.as_str());
    let about = About { connection, detail, ..About::default() };
    decision.audit.push(actor.event(Event::DomainChanged, about, now, rng));
    Ok(decision)
}

/// Has the record looked for at the next run.
///
/// # Errors
/// Where the actor may not, or there is none to look for.
pub fn check_domain_now(
    actor: &Actor,
    domain: &DomainChange,
    now: Timestamp,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_at_root(Privilege::ManageDomains)?;
    if !domain.has_token {
        return Err(AdminRefusal::DomainWithoutToken);
    }
    let write =
        AdminWrite::CheckDomain { tenant: actor.tenant.clone(), domain: domain.name.clone(), at: now };
    Ok(Decision { writes: vec![Write::Admin(write)], ..Decision::unchanged(()) })
}

/// Gives a domain up: it leads nowhere from the next request on.
///
/// # Errors
/// Where the actor may not.
pub fn release_domain(
    actor: &Actor,
    domain: &DomainChange,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_at_root(Privilege::ManageDomains)?;
    // Somebody else may prove it then.
    actor.need_fresh(now)?;
    let mut decision = rests_on(actor, domain);
    decision.writes.push(Write::Admin(AdminWrite::DeleteDomain {
        tenant: actor.tenant.clone(),
        domain: domain.name.clone(),
    }));
    let about = About { detail: format!("{} was given up.", domain.name.as_str()), ..About::default() };
    decision.audit.push(actor.event(Event::DomainLost, about, now, rng));
    Ok(decision)
}

fn rests_on(actor: &Actor, domain: &DomainChange) -> Decision<()> {
    let guard = AdminGuard::Unchanged {
        tenant: actor.tenant.clone(),
        thing: Thing::Domain,
        id: domain.name.as_str().to_owned(),
        version: domain.version,
    };
    Decision { guards: vec![Guard::Admin(guard)], ..Decision::unchanged(()) }
}
