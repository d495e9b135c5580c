//! Organisations: what the operator of a deployment does to them, and what their root admins say of them. The operator
//! sees no people and holds no privilege in an organisation; the way in is a token that sets it up.

use core::time::Duration;

use keyward_saml::{Timestamp, base64};

use crate::audit::{AuditEvent, Event, Scope};
use crate::brand::{self, Accent};
use crate::decision::{Decision, Guard, Write};
use crate::facts::TenantStatus;
use crate::id::{NodeId, TenantId, TokenId};
use crate::outside::OutsideWrite;
use crate::outside::set_up::link;
use crate::random::{Random, Token};
use crate::session::{SessionsOf, end_all};

use super::actor::{About, Actor};
use super::privilege::Privileges;
use super::refusal::AdminRefusal;
use super::write::{AdminGuard, AdminWrite, Thing};

/// How long the token that sets an organisation up lasts.
const SET_UP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An organisation, as a decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantFacts {
    /// Its id.
    pub id: TenantId,
    /// Grows with every change.
    pub version: i64,
    /// What it is.
    pub status: TenantStatus,
    /// How many accounts it may have.
    pub seats: i64,
    /// What it is called.
    pub name: String,
    /// Whether groups of an IdP can give admin privileges.
    pub group_privileges: bool,
    /// For how many days its audit log is kept.
    pub audit_days: i64,
    /// The colour that it shows; `None`: ours.
    pub accent: Option<Accent>,
    /// Its root.
    pub root: Option<NodeId>,
}

/// An organisation to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTenant {
    /// What it is called.
    pub name: String,
    /// How many accounts it may have.
    pub seats: i64,
}

/// What its root admins change; `None`: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantChange {
    /// Rename.
    pub name: Option<String>,
    /// Whether groups of an IdP can give admin privileges.
    pub group_privileges: Option<bool>,
    /// For how many days the audit log is kept.
    pub audit_days: Option<i64>,
    /// The colour that it shows; `Some(None)`: ours.
    pub accent: Option<Option<Accent>>,
}

/// Makes a further organisation ([`new_tenant`]). The first run, if it was still open, is over with it.
pub fn create_tenant(new: &NewTenant, now: Timestamp, rng: &mut dyn Random) -> Decision<(TenantId, Token)> {
    let mut decision = new_tenant(new, now, rng);
    decision.writes.push(Write::Outside(OutsideWrite::CloseSetUp { tenant: None, at: now }));
    decision
}

/// Makes an organisation with its root, and what sets it up: the secret is a token of the API, and the one of a link by which the
/// first admin begins in their browser; it is for this answer only.
pub(crate) fn new_tenant(
    new: &NewTenant,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<(TenantId, Token)> {
    let (tenant, node) = (TenantId::generate(rng), NodeId::generate(rng));
    let (token, secret) = (TokenId::generate(rng), Token::generate(rng));
    let mut decision = Decision::unchanged((tenant.clone(), secret.clone()));
    decision.writes.extend(
        [
            AdminWrite::CreateTenant {
                tenant: tenant.clone(),
                name: new.name.clone(),
                seats: new.seats,
                at: now,
            },
            AdminWrite::CreateNode {
                tenant: tenant.clone(),
                node: node.clone(),
                parent: None,
                name: new.name.clone(),
                at: now,
            },
            setting_up(&tenant, &node, &token, &secret, now),
        ]
        .map(Write::Admin),
    );
    decision.writes.extend(link(&tenant, &secret, None, now));
    decision.audit.push(by_operator(&tenant, Event::TenantChanged, "Created.", now, rng));
    decision
}

/// Says how many accounts an organisation may have, and whether anybody signs in. Deleting one frees its domains and its SSO
/// names; it does not come back.
///
/// # Errors
/// Where it is deleted.
pub fn limit_tenant(
    tenant: &TenantFacts,
    seats: Option<i64>,
    status: Option<TenantStatus>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    if tenant.status == TenantStatus::Deleted {
        return Err(AdminRefusal::NotFound);
    }
    let status = status.unwrap_or(tenant.status);
    let seats = seats.unwrap_or(tenant.seats);
    let mut decision = rests_on(tenant);
    let id = &tenant.id;
    decision.writes.push(Write::Admin(AdminWrite::LimitTenant {
        tenant: id.clone(),
        status,
        seats,
        at: now,
    }));
    if status != TenantStatus::Active {
        decision.writes.push(end_all(id, SessionsOf::Tenant, now));
    }
    if status == TenantStatus::Deleted {
        let releases = [
            AdminWrite::ReleaseDomains { tenant: id.clone() },
            AdminWrite::ReleaseSsoNames { tenant: id.clone() },
        ];
        decision.writes.extend(releases.map(Write::Admin));
    }
    let detail = format!("{}, {seats} seats.", status.as_str());
    decision.audit.push(by_operator(id, Event::TenantChanged, &detail, now, rng));
    Ok(decision)
}

/// Another secret that sets an organisation up, where nobody is left who can: for the API, or as a link. Those before it do nothing
/// any longer.
///
/// # Errors
/// Where it is deleted.
pub fn set_up_token(
    tenant: &TenantFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<(TokenId, Token)>, AdminRefusal> {
    let (TenantStatus::Active | TenantStatus::Suspended, Some(root)) = (tenant.status, &tenant.root) else {
        return Err(AdminRefusal::NotFound);
    };
    let (token, secret) = (TokenId::generate(rng), Token::generate(rng));
    let mut decision = Decision::unchanged((token.clone(), secret.clone()));
    decision.writes.push(Write::Outside(OutsideWrite::EndSetUpTokens { tenant: tenant.id.clone(), at: now }));
    decision.writes.push(Write::Admin(setting_up(&tenant.id, root, &token, &secret, now)));
    decision.writes.extend(link(&tenant.id, &secret, None, now));
    let detail = format!("{}, to set it up.", token.as_str());
    decision.audit.push(by_operator(&tenant.id, Event::TokenCreated, &detail, now, rng));
    Ok(decision)
}

/// The end of one that was deleted, once nothing else of it is left. That it is gone is written down as nobody's.
pub fn forget_tenant(tenant: &TenantId, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
    let detail = format!("What was left of the deleted organisation {} is gone.", tenant.as_str());
    Decision {
        writes: vec![Write::Admin(AdminWrite::ForgetTenant { tenant: tenant.clone() })],
        audit: vec![AuditEvent::of_system(Event::TenantChanged, &Scope::default(), detail, now, rng)],
        ..Decision::unchanged(())
    }
}

/// What an organisation says of itself.
///
/// # Errors
/// Where the actor does not hold everything at the root.
pub fn change_tenant(
    actor: &Actor,
    tenant: &TenantFacts,
    change: &TenantChange,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_root()?;
    let group_privileges = change.group_privileges.unwrap_or(tenant.group_privileges);
    let audit_days = change.audit_days.unwrap_or(tenant.audit_days);
    // The one gives power; the other removes what was written down.
    if change.group_privileges == Some(true) || audit_days < tenant.audit_days {
        actor.need_fresh(now)?;
    }
    let accent = change.accent.unwrap_or(tenant.accent);
    if change.accent.is_some() && accent.is_some_and(|accent| !accent.is_legible()) {
        return Err(AdminRefusal::AccentIllegible);
    }
    let mut decision = rests_on(tenant);
    decision.writes.push(Write::Admin(AdminWrite::UpdateTenant {
        tenant: tenant.id.clone(),
        name: change.name.clone().unwrap_or_else(|| tenant.name.clone()),
        group_privileges,
        audit_days,
        accent,
    }));
    let mut changes = Vec::new();
    if change.name.as_ref().is_some_and(|name| *name != tenant.name) {
        changes.push("Renamed.".to_owned());
    }
    if group_privileges != tenant.group_privileges {
        let is = if group_privileges { "on" } else { "off" };
        changes.push(format!("Admin privileges by groups are {is}."));
    }
    if audit_days != tenant.audit_days {
        changes.push(format!("The audit log is kept for {audit_days} days."));
    }
    if accent != tenant.accent {
        changes.push("Its colour.".to_owned());
    }
    let detail = changes.join(" ");
    let about = About { detail, ..About::default() };
    decision.audit.push(actor.event(Event::TenantChanged, about, now, rng));
    Ok(decision)
}

/// Takes a logo: what it gives is its hash.
///
/// # Errors
/// Where the actor does not hold everything at the root, or the file cannot be one.
pub fn put_logo(
    actor: &Actor,
    file: &[u8],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<String>, AdminRefusal> {
    actor.need_root()?;
    let logo = brand::logo(file).map_err(AdminRefusal::Logo)?;
    let mut decision = Decision::unchanged(logo.hash.clone());
    decision.writes.push(Write::Admin(AdminWrite::PutLogo {
        tenant: actor.tenant.clone(),
        hash: logo.hash,
        png: base64::encode(&logo.png),
    }));
    let about = About { detail: "Its logo.".to_owned(), ..About::default() };
    decision.audit.push(actor.event(Event::TenantChanged, about, now, rng));
    Ok(decision)
}

/// Shows none any more.
///
/// # Errors
/// Where the actor does not hold everything at the root.
pub fn delete_logo(
    actor: &Actor,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_root()?;
    let mut decision = Decision::unchanged(());
    decision.writes.push(Write::Admin(AdminWrite::DeleteLogo { tenant: actor.tenant.clone() }));
    let about = About { detail: "Its logo, which is gone.".to_owned(), ..About::default() };
    decision.audit.push(actor.event(Event::TenantChanged, about, now, rng));
    Ok(decision)
}

/// Ends all sessions of the organisation, the actor's own too.
///
/// # Errors
/// Where the actor does not hold everything at the root.
pub fn end_tenant_sessions(
    actor: &Actor,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_root()?;
    actor.need_fresh(now)?;
    let mut decision = Decision::unchanged(());
    decision.writes.push(end_all(&actor.tenant, SessionsOf::Tenant, now));
    let about = About { detail: "All of the organisation's, by an admin.".to_owned(), ..About::default() };
    decision.audit.push(actor.event(Event::Logout, about, now, rng));
    Ok(decision)
}

fn setting_up(tenant: &TenantId, root: &NodeId, id: &TokenId, secret: &Token, now: Timestamp) -> AdminWrite {
    AdminWrite::CreateToken {
        tenant: tenant.clone(),
        id: id.clone(),
        hash: secret.hash(),
        name: "Set-up".to_owned(),
        of: None,
        node: root.clone(),
        privileges: Privileges::all(),
        read_only: false,
        sets_up: true,
        at: now,
        expires_at: now.plus(SET_UP),
    }
}

fn rests_on(tenant: &TenantFacts) -> Decision<()> {
    let guard = AdminGuard::Unchanged {
        tenant: tenant.id.clone(),
        thing: Thing::Tenant,
        id: tenant.id.as_str().to_owned(),
        version: tenant.version,
    };
    Decision { guards: vec![Guard::Admin(guard)], ..Decision::unchanged(()) }
}

fn by_operator(
    tenant: &TenantId,
    event: Event,
    detail: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> AuditEvent {
    let scope = Scope { tenant: Some(tenant.clone()), ..Scope::default() };
    AuditEvent::of_system(event, &scope, format!("{detail} By the operator."), now, rng)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::super::actor::tests::{actor, root};
    use super::{TenantChange, TenantFacts, change_tenant, forget_tenant, limit_tenant};
    use crate::admin::{Actor, AdminWrite};
    use crate::decision::Write;
    use crate::facts::TenantStatus;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    fn facts() -> TenantFacts {
        TenantFacts {
            id: root().tenant,
            version: 3,
            status: TenantStatus::Active,
            seats: 5,
            name: "Acme".into(),
            group_privileges: false,
            audit_days: 365,
            accent: None,
            root: None,
        }
    }

    #[test]
    fn what_removes_or_gives_needs_a_fresh_sign_in() {
        let stale = Actor { authenticated_at: Some(NOW.minus(Duration::from_secs(3600))), ..root() };
        let days = |days| TenantChange { audit_days: Some(days), ..TenantChange::default() };
        let groups = |is_on| TenantChange { group_privileges: Some(is_on), ..TenantChange::default() };
        let name = TenantChange { name: Some("Other".into()), ..TenantChange::default() };
        for (who, change, expected) in [
            (&root(), days(30), Ok("The audit log is kept for 30 days.")),
            (&stale, days(30), Err("fresh-sign-in-needed")),
            (&stale, days(366), Ok("The audit log is kept for 366 days.")),
            (&stale, days(365), Ok("")),
            (&stale, groups(true), Err("fresh-sign-in-needed")),
            (&stale, groups(false), Ok("")),
            (&root(), groups(true), Ok("Admin privileges by groups are on.")),
            (&stale, name, Ok("Renamed.")),
            (&actor(vec![]), days(366), Err("root-only")),
        ] {
            let changed = change_tenant(who, &facts(), &change, NOW, &mut Counter(0));
            let told = changed.map(|decision| decision.audit[0].detail.clone());
            assert_eq!(told.as_deref().map_err(|refusal| refusal.code()), expected, "{change:?}");
        }
    }

    #[test]
    fn what_is_deleted_stays_deleted_and_is_forgotten() {
        let deleted = Some(TenantStatus::Deleted);
        let decision = limit_tenant(&facts(), None, deleted, NOW, &mut Counter(0)).expect("deleted");
        let frees = |write: &Write| {
            matches!(
                write,
                Write::Admin(AdminWrite::ReleaseDomains { .. } | AdminWrite::ReleaseSsoNames { .. })
            )
        };
        assert_eq!(decision.writes.iter().filter(|write| frees(write)).count(), 2);
        let gone = TenantFacts { status: TenantStatus::Deleted, ..facts() };
        let active = Some(TenantStatus::Active);
        assert!(limit_tenant(&gone, None, active, NOW, &mut Counter(0)).is_err());
        let forgotten = forget_tenant(&gone.id, NOW, &mut Counter(0));
        assert_eq!(forgotten.audit[0].scope.tenant, None);
    }
}
