//! How an organisation begins, and how somebody comes to sign in outside single sign-on.
//!
//! **The first run** (`/setup`) is the deployer's, by a secret of 256 bits that the deployment made. It is open where a row says
//! so, which the migration made once, in a database without organisations: a table without the row, emptied or restored, is closed.
//! It makes the organisation and a link, and is closed for good with the first admin, whoever else signs in to what it made, and any
//! organisation beside that.
//!
//! **A link** is good once and for a week: the first run's, the operator's for a further organisation, an admin's for another one.
//! Whoever opens it sets a password, and has to set a second factor up before anything else ([`Hold`](crate::session::Hold)). Until
//! then it goes on where it ended: the secret gives another link, and who has a password signs in.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::address::Email;
use crate::admin::{AdminWrite, NewTenant, Privileges, new_tenant};
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{TenantStatus, User, UserStatus};
use crate::id::{NodeId, RoleId, TenantId, UserId};
use crate::policy::Policies;
use crate::random::{Random, Token, TokenHash};
use crate::refusal::Refusal;
use crate::roles::RoleSource;
use crate::session::{SessionsOf, end_all};

use super::write::{OutsideGuard, OutsideWrite};
use super::{MOST, StretchedKey, Visit, open, open_last};

/// How long a link is good.
pub const LINK_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The accounts of the organisation that a first run makes: whoever deploys limits it by the operator's command.
const SEATS: i64 = 10_000_000;
/// What the role is called that the first admin has.
const ADMINISTRATORS: &str = "Administrators";

/// Where the first run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUpFacts {
    /// The secret may be used: there is a row that does not say that it is over, no organisation that it did not make, and nobody
    /// in the one that it did.
    pub is_open: bool,
    /// What it made, with what that is called.
    pub tenant: Option<(TenantId, String)>,
}

/// Begins, or goes on with, the first run: makes the organisation, once, and a link for its first admin. `is_right`: the secret was
/// the deployment's.
///
/// # Errors
/// [`Refusal::SetUpSecretWrong`], [`Refusal::SetUpClosed`].
pub fn begin(
    facts: &SetUpFacts,
    is_right: bool,
    name: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Token>, Refusal> {
    if !is_right {
        return Err(Refusal::SetUpSecretWrong);
    }
    if !facts.is_open {
        return Err(Refusal::SetUpClosed);
    }
    let made = facts.tenant.as_ref().map(|(tenant, _)| tenant.clone());
    let guard = Guard::Outside(OutsideGuard::SetUp { tenant: made.clone() });
    let Some(tenant) = made else {
        let new = NewTenant { name: name.to_owned(), seats: SEATS };
        let made = new_tenant(&new, now, rng);
        let (tenant, token) = made.outcome;
        let mut writes = made.writes;
        writes.push(Write::Outside(OutsideWrite::BeginSetUp { tenant }));
        return Ok(Decision { outcome: token, guards: vec![guard], writes, audit: made.audit });
    };
    let token = Token::generate(rng);
    let mut decision = Decision { guards: vec![guard], ..Decision::unchanged(token.clone()) };
    decision.writes.push(Write::Outside(OutsideWrite::EndSetUpTokens { tenant: tenant.clone(), at: now }));
    decision.writes.extend(link(&tenant, &token, None, now));
    let scope = Scope { tenant: Some(tenant), ..Scope::default() };
    let detail = "Another link for the first admin, by the set-up secret.".to_owned();
    decision.audit.push(AuditEvent::of_system(Event::TenantChanged, &scope, detail, now, rng));
    Ok(decision)
}

/// A link in the place of those before it.
pub(crate) fn link(tenant: &TenantId, token: &Token, user: Option<&UserId>, now: Timestamp) -> [Write; 2] {
    let (tenant, user) = (|| tenant.clone(), || user.cloned());
    [
        OutsideWrite::WithdrawLinks { tenant: tenant(), user: user() },
        OutsideWrite::OfferLink {
            tenant: tenant(),
            token: token.hash(),
            user: user(),
            at: now,
            expires_at: now.plus(LINK_LIFETIME),
        },
    ]
    .map(Write::Outside)
}

/// A link, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFacts {
    /// Of which organisation.
    pub tenant: TenantId,
    /// What it is called.
    pub tenant_name: String,
    /// What it is.
    pub tenant_status: TenantStatus,
    /// The hash of its secret.
    pub token: TokenHash,
    /// Whose account; `None`: whoever opens it makes one.
    pub of: Option<User>,
    /// Whether they still have every privilege at the root, by roles that no group of an IdP gave.
    pub holds_all: bool,
    /// The e-mail that a password of theirs is for already.
    pub known_email: Option<Email>,
    /// The default roles of their node that they do not have.
    pub defaults: Vec<RoleId>,
    /// The root.
    pub root: NodeId,
    /// A role there with every privilege, that asks nothing.
    pub administrators: Option<RoleId>,
    /// Whether a role there has the name that such a one is made under.
    pub name_taken: bool,
    /// Whether there is a seat.
    pub seat_free: bool,
    /// How many sign in outside.
    pub admins: usize,
    /// The organisation's outside version.
    pub version: i64,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it was used.
    pub is_used: bool,
}

impl LinkFacts {
    /// Where its events belong.
    pub fn scope(&self) -> Scope {
        let node = self.of.as_ref().map_or(&self.root, |user| &user.node);
        Scope { tenant: Some(self.tenant.clone()), connection: None, node: Some(node.clone()) }
    }

    /// Whether it may still be used.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        let user = || self.of.as_ref().map(|user| user.id.clone());
        if self.tenant_status != TenantStatus::Active {
            return Err(Refusal::TenantNotActive { status: self.tenant_status });
        }
        let may_not = self.of.is_some() && !self.holds_all;
        if self.is_used || may_not || now >= self.expires_at {
            return Err(Refusal::SetUpLinkOver { user: user() });
        }
        match self.of.as_ref().map(|user| (user.status, user.id.clone())) {
            None | Some((UserStatus::Active | UserStatus::Invited, _)) => Ok(()),
            Some((UserStatus::Locked, user)) => Err(Refusal::UserLocked { user }),
            Some((UserStatus::Deleted, user)) => Err(Refusal::UserDeleted { user }),
        }
    }

    /// The e-mail that a password is set for; `None`: the one that is typed.
    pub fn email(&self) -> Option<&Email> {
        self.known_email.as_ref().or(self.of.as_ref().map(|user| &user.email))
    }
}

/// Why a link that is good was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// As the public is told.
    Refused(Refusal),
    /// An account has the e-mail.
    EmailTaken,
    /// There is no seat.
    NoSeat,
    /// As many sign in outside as may.
    TooMany,
}

/// Sets a password by a link, makes the account where there is none, and signs in. The second factor comes next.
///
/// # Errors
/// [`NotAccepted`].
pub fn accept(
    facts: &LinkFacts,
    visit: &Visit<'_>,
    name: &str,
    email_taken: bool,
    key: &StretchedKey,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Token>, NotAccepted> {
    facts.check(now).map_err(NotAccepted::Refused)?;
    let is_new = facts.known_email.is_none();
    if is_new && facts.admins >= MOST {
        return Err(NotAccepted::TooMany);
    }
    let tenant = &facts.tenant;
    let mut decision = Decision::unchanged(());
    let user = match &facts.of {
        Some(user) => {
            claimed(facts, user, now, &mut decision);
            user.clone()
        }
        None if email_taken => return Err(NotAccepted::EmailTaken),
        None if !facts.seat_free => return Err(NotAccepted::NoSeat),
        None => made(facts, visit.email, name, now, rng, &mut decision),
    };
    let version = facts.version;
    decision.guards.push(Guard::Outside(OutsideGuard::Unchanged { tenant: tenant.clone(), version }));
    let id = user.id.clone();
    let closing = match &facts.of {
        // Whoever came in by the password before it does not stay.
        Some(_) => end_all(tenant, SessionsOf::User(id.clone()), now),
        None => Write::Outside(OutsideWrite::EndSetUpTokens { tenant: tenant.clone(), at: now }),
    };
    decision.writes.push(closing);
    decision.writes.extend(
        [
            OutsideWrite::Put {
                tenant: tenant.clone(),
                user: id.clone(),
                email: facts.email().unwrap_or(visit.email).clone(),
                verifier: key.verifier(tenant, &id),
                from: visit.from,
                at: now,
            },
            OutsideWrite::Renew { tenant: tenant.clone() },
            OutsideWrite::UseLink { tenant: tenant.clone(), token: facts.token.clone(), at: now },
            OutsideWrite::CloseSetUp { tenant: Some(tenant.clone()), at: now },
        ]
        .map(Write::Outside),
    );
    let (token, opened) = if facts.of.is_some() {
        open_last(tenant, &user, visit, now, rng)
    } else {
        open(tenant, &user, visit, true, now, rng)
    };
    decision.writes.extend(opened);
    let scope = facts.scope();
    decision.audit.push(AuditEvent::of_user(Event::OutsideGiven, &id, &scope, now, rng));
    decision.audit.push(AuditEvent::of_user(Event::Login, &id, &scope, now, rng));
    let Decision { guards, writes, audit, .. } = decision;
    Ok(Decision { outcome: token, guards, writes, audit })
}

/// An account that is there: one that nobody has claimed yet is from now on.
fn claimed(facts: &LinkFacts, user: &User, now: Timestamp, decision: &mut Decision<()>) {
    let tenant = &facts.tenant;
    let (id, version) = (&user.id, user.version);
    decision.guards.push(Guard::UserVersion { tenant: tenant.clone(), user: id.clone(), version });
    if user.status == UserStatus::Invited {
        decision.writes.push(Write::ActivateUser { tenant: tenant.clone(), user: id.clone() });
        decision.writes.extend(facts.defaults.iter().map(|role| Write::AddRole {
            tenant: tenant.clone(),
            user: id.clone(),
            role: role.clone(),
            source: RoleSource::Default,
            at: now,
        }));
    }
}

/// A new account at the root, with every privilege there.
fn made(
    facts: &LinkFacts,
    email: &Email,
    name: &str,
    now: Timestamp,
    rng: &mut dyn Random,
    decision: &mut Decision<()>,
) -> User {
    let (tenant, root) = (&facts.tenant, &facts.root);
    let user = User {
        id: UserId::generate(rng),
        version: 1,
        status: UserStatus::Active,
        node: root.clone(),
        email: email.clone(),
        name: name.to_owned(),
        last_sign_in_at: None,
    };
    decision.guards.push(Guard::SeatFree { tenant: tenant.clone() });
    decision.writes.push(Write::CreateUser {
        tenant: tenant.clone(),
        user: user.id.clone(),
        node: root.clone(),
        email: email.clone(),
        name: user.name.clone(),
        at: now,
    });
    let role = facts.administrators.clone().unwrap_or_else(|| {
        let role = RoleId::generate(rng);
        let id = role.as_str();
        decision.writes.push(Write::Admin(AdminWrite::CreateRole {
            tenant: tenant.clone(),
            role: role.clone(),
            node: root.clone(),
            name: if facts.name_taken { format!("{ADMINISTRATORS} {id}") } else { ADMINISTRATORS.to_owned() },
            policies: Policies::default(),
            privileges: Privileges::all(),
            at: now,
        }));
        role
    });
    let event = |event, detail: String, rng: &mut dyn Random| AuditEvent {
        detail,
        ..AuditEvent::of_user(event, &user.id, &facts.scope(), now, rng)
    };
    decision.audit.push(event(Event::CreateUser, "By a set-up link.".to_owned(), rng));
    decision.audit.push(event(Event::AddedToRole, format!("{}.", role.as_str()), rng));
    decision.writes.push(Write::AddRole {
        tenant: tenant.clone(),
        user: user.id.clone(),
        role,
        source: RoleSource::Direct,
        at: now,
    });
    user
}

#[cfg(test)]
mod tests;
