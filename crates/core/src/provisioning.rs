//! Whose account a verified sign-in opens: a decision table. Each row is a test below.
//!
//! | identity known | account        | e-mail                      | outcome |
//! |----------------|----------------|-----------------------------|---------|
//! | –              | –              | domain not this tenant's    | `email-domain-not-reserved` |
//! | –              | –              | domain leads elsewhere      | `email-domain-routed-elsewhere` |
//! | yes            | deleted        |                             | `user-deleted` |
//! | yes            | locked         |                             | `user-locked` |
//! | yes            | invited        |                             | `invitation-unclaimed` |
//! | yes            | active         | pinned attribute differs    | `identity-changed` |
//! | yes            | active         | none pinned, one configured | signed in, pinned now |
//! | yes            | active         | the same                    | signed in |
//! | yes            | active         | changed, free               | signed in, e-mail updated |
//! | yes            | active         | changed, another account's  | as below: never linked by e-mail |
//! | no             | tombstone      | the tombstone's             | `user-deleted` |
//! | no             | invited        | that account's              | `invitation-unclaimed` |
//! | no             | of another connection | that account's       | `account-elsewhere` |
//! | no             | exists         | that account's              | `email-in-use` |
//! | no             | invited, exists | that account's, and the claim is to it | linked, active from now on |
//! | any            |                | not the claim's, or known already | `claim-of-another` |
//! | no             | active         | that account's, and the connection is migrated | known by the new name from now on |
//! | no             | none           | JIT off                     | `jit-off` |
//! | no             | none           | no seat                     | `no-seat` |
//! | no             | none           | free                        | account, identity and default roles created |
//!
//! Wherever one of these signs in, the request has to come from where the roles that the person then has let them come
//! (`ip_allow_list`): else `address-not-allowed`, and nothing of it is written.
//!
//! Whoever signs in has the roles that the groups map gives them from then on ([`crate::roles`]), and no role any longer that
//! only a group gave which they have left.
//!
//! A mapping that is incomplete, a transient NameID and the like are refused before, where the assertion is read
//! ([`crate::asserted`]).

use keyward_saml::Timestamp;

use crate::asserted::AssertedIdentity;
use crate::audit::{AuditEvent, Event};
use crate::claim::ClaimFacts;
use crate::decision::{Guard, Write};
use crate::facts::{Connection, User, UserStatus};
use crate::id::{ConnectionId, NodeId, RoleId, UserId};
use crate::policy::{Addresses, Policies};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::roles::{self, GroupRole, HeldRole};
use crate::session::allowed_addresses;

/// An identity that this connection has seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIdentity {
    /// Whose it is.
    pub user: User,
    /// The pinned attribute's value at first sign-in; `None` where none was configured then.
    pub pinned: Option<String>,
}

/// The account of this tenant that has the asserted e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailHolder {
    /// Whose it is.
    pub user: UserId,
    /// What that is.
    pub status: UserStatus,
    /// Where it signs in: the sign-in's connection, where that is one; `None` where no connection knows it.
    pub linked: Option<ConnectionId>,
    /// Until when this connection, which was migrated, may find it by its e-mail, once; `None`: it may not.
    pub migrates_until: Option<Timestamp>,
}

/// All that provisioning may look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvisioningFacts {
    /// The identity that the assertion names, where this connection has seen it.
    pub identity: Option<KnownIdentity>,
    /// The claim that the sign-in began with.
    pub claim: Option<ClaimFacts>,
    /// What is known of the account that the claim is to, or that migrates.
    pub email_holder_account: Option<User>,
    /// The account of this tenant that has the asserted e-mail.
    pub email_holder: Option<EmailHolder>,
    /// The asserted e-mail's domain, where this tenant has reserved it: the connection it leads to, if any.
    pub domain: Option<Option<ConnectionId>>,
    /// The default roles of the connection's node.
    pub default_roles: Vec<RoleId>,
    /// The lines of the groups map that the asserted groups meet.
    pub group_roles: Vec<GroupRole>,
    /// The roles of the identity's user.
    pub held_roles: Vec<HeldRole>,
    /// What the roles ask that the person may have after it: theirs, the defaults, the groups'. One that asks nothing may be
    /// left out.
    pub policies: Vec<(RoleId, Policies)>,
    /// Whether a seat is free.
    pub seat_free: bool,
}

/// The account that is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) created: bool,
    pub(crate) previous_sign_in_at: Option<Timestamp>,
    /// From where the roles that the person has by then let them come.
    pub(crate) allowed: Addresses,
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
    pub(crate) audit: Vec<AuditEvent>,
}

/// Decides by the table above.
pub(crate) fn provision(
    connection: &Connection,
    facts: &ProvisioningFacts,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Account, Refusal> {
    let domain = asserted.email.domain();
    match &facts.domain {
        None => return Err(Refusal::EmailDomainNotReserved { domain: domain.clone() }),
        Some(leads_to) if leads_to.as_ref() != Some(&connection.id) => {
            return Err(Refusal::EmailDomainRoutedElsewhere {
                domain: domain.clone(),
                connection: leads_to.clone(),
            });
        }
        Some(_) => {}
    }
    if let Some(claim) = &facts.claim {
        claim.check(&connection.id, now)?;
        // Somebody who has an account of their own here, or whose e-mail is another: neither is whom the link was for.
        if facts.identity.is_some() || facts.email_holder.as_ref().is_none_or(|it| it.user != claim.user.id) {
            return Err(Refusal::ClaimOfAnother { user: claim.user.id.clone() });
        }
    }
    let mut account = match (&facts.identity, &facts.email_holder) {
        (Some(identity), holder) => open(connection, identity, holder.as_ref(), asserted)?,
        (None, Some(holder)) => match (&facts.claim, &facts.email_holder_account) {
            (Some(claim), _) if claim.user.id == holder.user => {
                claim.is_of(asserted)?;
                link(connection, claim, asserted, now, rng)
            }
            (None, Some(user)) if migrates(holder, now) => migrate(connection, user, asserted, now, rng),
            _ => return Err(not_linked(connection, holder)),
        },
        (None, None) if !connection.jit => return Err(Refusal::JitOff),
        (None, None) if !facts.seat_free => return Err(Refusal::NoSeat),
        (None, None) => create(connection, asserted, now, rng),
    };
    let (held, defaults, policies) = match &facts.claim {
        // Whoever was invited to a node has its default roles, too.
        Some(claim) if claim.user.status == UserStatus::Invited => {
            (&claim.held_roles, claim.default_roles.as_slice(), &claim.policies)
        }
        Some(claim) => (&claim.held_roles, [].as_slice(), &claim.policies),
        None if account.created => (&facts.held_roles, facts.default_roles.as_slice(), &facts.policies),
        None => (&facts.held_roles, [].as_slice(), &facts.policies),
    };
    let changes = roles::changes(held, defaults, &facts.group_roles);
    let has = |role: &RoleId| {
        let given = changes.given.iter().any(|(given, ..)| given == role);
        let held = held.iter().any(|held| held.role == *role);
        given || held && !changes.taken.contains(role)
    };
    let asked = policies.iter().chain(facts.policies.iter().filter(|_| facts.claim.is_some()));
    let roles: Vec<_> = asked.filter(|(role, _)| has(role)).cloned().collect();
    account.allowed = allowed_addresses(&roles);
    account.apply(changes, connection, now, rng);
    account.guards.push(Guard::DomainRoutes {
        tenant: connection.tenant.clone(),
        domain: domain.clone(),
        connection: connection.id.clone(),
    });
    Ok(account)
}

/// The account that exists, under its new name.
fn link(
    connection: &Connection,
    claim: &ClaimFacts,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Account {
    let (tenant, user) = (&connection.tenant, &claim.user);
    let mut writes = vec![
        Write::ConsumeClaim { tenant: tenant.clone(), token: claim.token.clone(), at: now },
        Write::CreateIdentity {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            subject: asserted.subject.clone(),
            user: user.id.clone(),
            pinned: asserted.pinned.clone(),
            at: now,
        },
    ];
    if user.status == UserStatus::Invited {
        writes.push(Write::ActivateUser { tenant: tenant.clone(), user: user.id.clone() });
    }
    let mut event = AuditEvent::of_user(Event::AccountClaimed, &user.id, &connection.scope(), now, rng);
    event.detail = format!("Signs in by connection {} from now on.", connection.id.as_str());
    let guard = Guard::UserVersion { tenant: tenant.clone(), user: user.id.clone(), version: user.version };
    of_existing(user, asserted, vec![guard], writes, vec![event])
}

fn migrates(holder: &EmailHolder, now: Timestamp) -> bool {
    holder.status == UserStatus::Active && holder.migrates_until.is_some_and(|until| now < until)
}

/// The account that the connection knew before it was migrated, under its new name.
fn migrate(
    connection: &Connection,
    user: &User,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Account {
    let tenant = &connection.tenant;
    let writes = vec![Write::MigrateIdentity {
        tenant: tenant.clone(),
        connection: connection.id.clone(),
        user: user.id.clone(),
        subject: asserted.subject.clone(),
        pinned: asserted.pinned.clone(),
    }];
    let mut event = AuditEvent::of_user(Event::AccountClaimed, &user.id, &connection.scope(), now, rng);
    event.detail =
        format!("Known to connection {} by another name, since it was migrated.", connection.id.as_str());
    let guards = vec![
        Guard::UserUnchanged { tenant: tenant.clone(), user: user.id.clone(), version: user.version },
        Guard::IdentityMigrates {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            user: user.id.clone(),
        },
    ];
    of_existing(user, asserted, guards, writes, vec![event])
}

fn of_existing(
    user: &User,
    asserted: &AssertedIdentity,
    guards: Vec<Guard>,
    writes: Vec<Write>,
    audit: Vec<AuditEvent>,
) -> Account {
    Account {
        user: user.id.clone(),
        email: asserted.email.as_str().to_owned(),
        name: user.name.clone(),
        created: false,
        previous_sign_in_at: user.last_sign_in_at,
        allowed: Addresses::everywhere(),
        guards,
        writes,
        audit,
    }
}

/// Why somebody who is not known here does not get the account that has their e-mail.
fn not_linked(connection: &Connection, holder: &EmailHolder) -> Refusal {
    let user = holder.user.clone();
    match (holder.status, &holder.linked) {
        (UserStatus::Deleted, _) => Refusal::UserDeleted { user },
        (UserStatus::Invited, _) => Refusal::InvitationUnclaimed { user },
        (_, Some(linked)) if *linked != connection.id => {
            Refusal::AccountElsewhere { user, connection: linked.clone() }
        }
        (status, _) => Refusal::EmailInUse { user, status },
    }
}

impl Account {
    /// The account, where it was there before.
    pub(crate) fn existing(&self) -> Option<UserId> {
        (!self.created).then(|| self.user.clone())
    }

    fn apply(
        &mut self,
        changes: roles::Changes,
        connection: &Connection,
        now: Timestamp,
        rng: &mut dyn Random,
    ) {
        let tenant = &connection.tenant;
        for (role, source, group) in changes.given {
            let mut event =
                AuditEvent::of_user(Event::AddedToRole, &self.user, &connection.scope(), now, rng);
            event.detail = match group {
                Some(group) => format!("Role {}, by the group {group}.", role.as_str()),
                None => format!("Default role {}.", role.as_str()),
            };
            self.audit.push(event);
            let (tenant, user) = (tenant.clone(), self.user.clone());
            self.writes.push(Write::AddRole { tenant, user, role, source, at: now });
        }
        for role in changes.taken {
            let mut event =
                AuditEvent::of_user(Event::RemovedFromRole, &self.user, &connection.scope(), now, rng);
            event.detail = format!("Role {}: no group gives it any longer.", role.as_str());
            self.audit.push(event);
            let (tenant, user) = (tenant.clone(), self.user.clone());
            self.writes.push(Write::RemoveGroupRole { tenant, user, role });
        }
    }
}

fn open(
    connection: &Connection,
    identity: &KnownIdentity,
    email_holder: Option<&EmailHolder>,
    asserted: &AssertedIdentity,
) -> Result<Account, Refusal> {
    let user = &identity.user;
    match user.status {
        UserStatus::Deleted => return Err(Refusal::UserDeleted { user: user.id.clone() }),
        UserStatus::Locked => return Err(Refusal::UserLocked { user: user.id.clone() }),
        UserStatus::Invited => {
            return Err(Refusal::InvitationUnclaimed { user: user.id.clone() });
        }
        UserStatus::Active => {}
    }
    // What was pinned is compared also where the configuration names another attribute by now: changing it on a connection
    // with linked people needs a migration.
    if let Some(pinned) = &identity.pinned
        && asserted.pinned.as_ref() != Some(pinned)
    {
        return Err(Refusal::IdentityChanged {
            user: user.id.clone(),
            attribute: connection.pinned_attribute.clone().unwrap_or_default(),
        });
    }
    let (tenant, mut writes) = (&connection.tenant, Vec::new());
    let mut guards =
        vec![Guard::UserUnchanged { tenant: tenant.clone(), user: user.id.clone(), version: user.version }];
    if identity.pinned.is_none()
        && let Some(pinned) = &asserted.pinned
    {
        let (connection, subject) = (connection.id.clone(), asserted.subject.clone());
        guards.push(Guard::IdentityUnpinned {
            tenant: tenant.clone(),
            connection: connection.clone(),
            subject: subject.clone(),
        });
        writes.push(Write::PinIdentity {
            tenant: tenant.clone(),
            connection,
            subject,
            pinned: pinned.clone(),
        });
    }
    let name = if asserted.name.is_empty() { &user.name } else { &asserted.name };
    match email_holder {
        Some(holder) if holder.user != user.id => return Err(not_linked(connection, holder)),
        _ if user.email == asserted.email && user.name == *name => {}
        _ => writes.push(Write::UpdateProfile {
            tenant: tenant.clone(),
            user: user.id.clone(),
            email: asserted.email.clone(),
            name: name.clone(),
        }),
    }
    Ok(Account {
        user: user.id.clone(),
        email: asserted.email.as_str().to_owned(),
        name: name.clone(),
        created: false,
        previous_sign_in_at: user.last_sign_in_at,
        allowed: Addresses::everywhere(),
        guards,
        writes,
        audit: Vec::new(),
    })
}

fn create(
    connection: &Connection,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Account {
    let (tenant, user, node): (_, _, &NodeId) = (&connection.tenant, UserId::generate(rng), &connection.node);
    let writes = vec![
        Write::CreateUser {
            tenant: tenant.clone(),
            user: user.clone(),
            node: node.clone(),
            email: asserted.email.clone(),
            name: asserted.name.clone(),
            at: now,
        },
        Write::CreateIdentity {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            subject: asserted.subject.clone(),
            user: user.clone(),
            pinned: asserted.pinned.clone(),
            at: now,
        },
    ];
    let scope = connection.scope();
    let invited =
        AuditEvent { actor: None, ..AuditEvent::of_user(Event::AutoInviteUser, &user, &scope, now, rng) };
    let audit = vec![invited, AuditEvent::of_user(Event::CreateUser, &user, &scope, now, rng)];
    Account {
        user,
        email: asserted.email.as_str().to_owned(),
        name: asserted.name.clone(),
        created: true,
        previous_sign_in_at: None,
        allowed: Addresses::everywhere(),
        guards: vec![Guard::SeatFree { tenant: tenant.clone() }],
        writes,
        audit,
    }
}

#[cfg(test)]
pub(crate) mod tests;
