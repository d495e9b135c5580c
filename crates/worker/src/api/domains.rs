//! Domains.

use keyward_core::address::Domain;
use keyward_core::admin::{
    AdminRefusal, DomainChange, Privilege, check_domain_now, claim_domain, release_domain, route_domain,
};

use super::call::{Call, Made, created, done, page, shown};
use super::describe::{ConnectionRef, DomainName, body};
use super::problem::Stop;
use super::views::{ClaimsRow, ConnectionView, DomainView};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::store::admin_load as load;

body!(
    /// A domain to claim.
    NewDomainBody { name: DomainName = "The domain; it and no subdomain" }
);

body!(
    /// Where a domain leads.
    DomainPatch { connection: Option<ConnectionRef> = "Where its people sign in; null or left out: nowhere" }
);

fn may_see(call: &Call<'_>) -> Result<(), Stop> {
    let actor = call.actor()?;
    let privilege = Privilege::ManageDomains;
    match actor.tree.root() {
        Some(root) if actor.may(privilege, root) => Ok(()),
        _ => Err(AdminRefusal::PrivilegeMissing { privilege }.into()),
    }
}

async fn domain(call: &Call<'_>) -> Result<DomainView, Stop> {
    may_see(call)?;
    let name = Domain::parse(call.parameter(0)).ok_or(AdminRefusal::NotFound)?;
    call.one(load::claimed_domain(&call.actor()?.tenant, name.as_str())).await
}

async fn facts(call: &Call<'_>) -> Result<DomainChange, Stop> {
    let view = domain(call).await?;
    call.matches(view.version)?;
    Ok(view.facts()?)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    may_see(call)?;
    let asked = call.page()?;
    let domains = load::claimed_domains(&call.actor()?.tenant, &asked);
    Ok(page(call.rows::<DomainView>(domains).await?, &asked, |domain| domain.name.clone()))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Reply, Stop> {
    let view = domain(call).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Reply, Stop> {
    may_see(call)?;
    let actor = call.actor()?;
    let sent: NewDomainBody = call.read()?;
    let name = sent.name.0;
    let made = call
        .make(String::as_str, async || {
            let claims: ClaimsRow = call.one(load::domain_claims(&actor.tenant, name.as_str())).await?;
            let (ours, taken) = (claims.is_ours.0, claims.taken.0);
            let mut decision =
                claim_domain(actor, &name, ours, taken, claims.count, call.host.now, &mut OsRandom)?;
            decision.outcome = name.as_str().to_owned();
            Ok(decision)
        })
        .await?;
    let (Made::Now(id) | Made::Before(id)) = made;
    let view: DomainView = call.one(load::claimed_domain(&actor.tenant, &id)).await?;
    Ok(created(&view, Some(view.version), &format!("/domains/{}", view.name)))
}

pub(super) async fn update(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: DomainPatch = call.read()?;
    call.settle(async || {
        let domain = facts(call).await?;
        let to = match &sent.connection {
            None => None,
            Some(connection) => {
                let origin = &call.host.settings.origin;
                let statement = load::admin_connection(&actor.tenant, connection.0.as_str(), origin);
                let view = call.rows::<ConnectionView>(statement).await?.into_iter().next();
                let facts = view.ok_or(AdminRefusal::Unknown { field: "connection" })?.facts()?;
                if actor.privileges_at(&facts.node).is_empty() {
                    return Err(AdminRefusal::Unknown { field: "connection" }.into());
                }
                Some(facts)
            }
        };
        let to = to.as_ref().map(|facts| (&facts.id, &facts.node, facts.reach.as_slice()));
        Ok(route_domain(actor, &domain, to, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn check(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let domain = facts(call).await?;
        Ok(check_domain_now(call.actor()?, &domain, call.host.now)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let domain = facts(call).await?;
        Ok(release_domain(call.actor()?, &domain, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}
