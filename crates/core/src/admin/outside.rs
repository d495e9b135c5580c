//! Who signs in outside single sign-on, beside the first one.

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::{Decision, Write};
use crate::facts::UserStatus;
use crate::id::UserId;
use crate::outside::OutsideWrite;
use crate::outside::keep::{self, OutsideAdmin};
use crate::outside::set_up::{LINK_LIFETIME, link};
use crate::random::{Random, Token};
use crate::roles::RoleSource;
use crate::session::{SessionsOf, end_all};

use super::actor::{About, Actor};
use super::privilege::Privileges;
use super::refusal::AdminRefusal;
use super::roles::RoleFacts;
use super::users::{UserFacts, may_manage, rests_on};

/// Gives a link by which somebody sets a password: the outcome is its secret, for this answer only, and its end. Whoever has a
/// password already sets another one by it. The link before it is no longer good. `roles` are the person's.
///
/// # Errors
/// Where the actor does not hold everything at the root, the person does not, the account is not in use, or it is the actor's own
/// and has a password.
pub fn offer_outside(
    actor: &Actor,
    user: &UserFacts,
    roles: &[RoleFacts],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<(Token, Timestamp)>, AdminRefusal> {
    may_manage(actor, user)?;
    actor.need_root()?;
    actor.need_fresh(now)?;
    // Whoever has a password changes it by the one of now, and keeps the recovery code.
    if actor.person() == Some(&user.id) && actor.outside.has(&user.id) {
        return Err(AdminRefusal::Oneself);
    }
    if !matches!(user.status, UserStatus::Active | UserStatus::Invited) {
        return Err(AdminRefusal::Status { status: user.status });
    }
    let by_group = |role: &RoleFacts| {
        user.roles.iter().any(|held| held.role == role.id && held.source == RoleSource::Group)
    };
    let own = roles.iter().filter(|role| Some(&role.node) == actor.tree.root() && !by_group(role));
    let held = own.fold(Privileges::default(), |all, role| all.with(role.privileges));
    if !held.contains(Privileges::all()) {
        return Err(AdminRefusal::NotRootAdmin);
    }
    let token = Token::generate(rng);
    let mut decision = Decision {
        guards: rests_on(actor, user).guards,
        ..Decision::unchanged((token.clone(), now.plus(LINK_LIFETIME)))
    };
    decision.writes.extend(link(&actor.tenant, &token, Some(&user.id), now));
    let about = About::user(&user.id, &user.node, "A link to set a password, good for a week.");
    // Who opened somebody's account in another way approves none of their devices for a while (escrow).
    decision.audit.push(actor.event(Event::UserChanged, about, now, rng));
    Ok(decision)
}

/// Takes the password from somebody, with the links to set one, and ends their sessions.
///
/// # Errors
/// Where the actor may not, there is none, or it is the last.
pub fn remove_outside(
    actor: &Actor,
    user: &UserFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    actor.need_root()?;
    actor.need_fresh(now)?;
    if !actor.outside.has(&user.id) {
        return Err(AdminRefusal::NotOutside);
    }
    let mut decision = rests_on(actor, user);
    actor.outside.keep(&actor.tenant, &mut decision, keep::of(&user.id, |_| None))?;
    take_password(actor, About::user(&user.id, &user.node, ""), &user.id, &mut decision, now, rng);
    Ok(decision)
}

/// Whether a change of roles leaves one who is able. Whoever can no longer mend everything by it has no password from then on.
///
/// # Errors
/// [`AdminRefusal::LastOutsideAdmin`].
pub(super) fn keep_with_roles<T>(
    actor: &Actor,
    decision: &mut Decision<T>,
    change: impl Fn(&OutsideAdmin) -> Option<OutsideAdmin>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<(), AdminRefusal> {
    actor.outside.keep(&actor.tenant, decision, &change)?;
    for admin in actor.outside.demoted_by(&change) {
        let about = About::user(&admin.user, &admin.node, "With the role that it was for.");
        take_password(actor, about, &admin.user, decision, now, rng);
    }
    Ok(())
}

fn take_password<T>(
    actor: &Actor,
    about: About<'_>,
    user: &UserId,
    decision: &mut Decision<T>,
    now: Timestamp,
    rng: &mut dyn Random,
) {
    let (tenant, id) = (&actor.tenant, user);
    decision.writes.extend(
        [
            OutsideWrite::Remove { tenant: tenant.clone(), user: id.clone() },
            OutsideWrite::WithdrawLinks { tenant: tenant.clone(), user: Some(id.clone()) },
        ]
        .map(Write::Outside),
    );
    decision.writes.push(end_all(tenant, SessionsOf::User(id.clone()), now));
    decision.audit.push(actor.event(Event::OutsideTaken, about, now, rng));
}
