//! What admins answer: a device that asks to be let in, and a person who lost everything and asks for a fresh vault.
//! Each request is answered once and in time; nobody answers their own, nor one of a connection that they edited lately.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::admin::{Grant, Privilege, Tree};
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::devices::{Asking, Letting, RequestFacts, add_device};
use crate::facts::UserStatus;
use crate::id::{ConnectionId, EventId, MailId, NodeId, TenantId, UserId};
use crate::mail::{Kind, MailWrite, to_user};
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::VaultRefusal;

use super::Admin;
use super::write::{EscrowGuard, EscrowWrite, RetireStep};

/// How long an admin may take.
pub const ADMIN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most devices of one person that wait for an admin at once.
pub const ADMIN_REQUESTS_MOST: i64 = 5;
/// For how long who edited a connection approves nothing of its people, nor who edited a person anything of theirs.
pub const EDITED: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// What edits a connection: who did it says whom its IdP may say that somebody is. Routing a domain to it is that, too: only then
/// may it assert the domain's people.
pub const EDITS_CONNECTION: [Event; 5] = [
    Event::SsoUpdated,
    Event::ConnectionActivated,
    Event::ConnectionDisabled,
    Event::ConnectionMigrated,
    Event::DomainChanged,
];
/// What edits a person: who did it may be who signed in as them since, by another name, a link, or without their second factor.
pub const EDITS_PERSON: [Event; 3] = [Event::UserChanged, Event::AccountClaimOffered, Event::SetTwoFactorOff];
/// How long a vault is kept that a fresh one took the place of.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A device that waits asks an admin: to be let in, or for a vault that begins anew. `is_signed`: the host verified its
/// signature. The outcome is until when an admin may answer.
///
/// # Errors
/// [`VaultRefusal`].
pub fn ask_admin(
    session: &SessionFacts,
    requests: &[RequestFacts],
    asking: &Asking,
    wants_fresh: bool,
    is_signed: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Timestamp>, VaultRefusal> {
    if !session.rules.may_ask_admins {
        return Err(VaultRefusal::Restricted { policy: "device_approval_by_admin" });
    }
    if !is_signed {
        return Err(VaultRefusal::NotProven);
    }
    let known = requests.iter().find(|request| request.asking == *asking);
    let known =
        known.filter(|it| now < it.expires_at.max(it.admin_expires_at)).ok_or(VaultRefusal::Expired)?;
    let is_asked = now < known.admin_expires_at && known.wants_fresh == wants_fresh;
    // A denial is not told.
    if is_asked || known.approved.is_some() {
        let until = if is_asked { known.admin_expires_at } else { now.plus(ADMIN_LIFETIME) };
        return Ok(Decision::unchanged(until));
    }
    let others = requests
        .iter()
        .filter(|it| it.asking.device != asking.device && it.approved.is_none() && now < it.admin_expires_at);
    if i64::try_from(others.count()).unwrap_or(ADMIN_REQUESTS_MOST) >= ADMIN_REQUESTS_MOST {
        return Err(VaultRefusal::TooMany);
    }
    let (tenant, user) = (session.tenant.clone(), session.user.id.clone());
    let expires_at = now.plus(ADMIN_LIFETIME);
    let guards = vec![
        Guard::UserUnchanged { tenant: tenant.clone(), user: user.clone(), version: session.user.version },
        Guard::Escrow(EscrowGuard::AdminRequests {
            tenant: tenant.clone(),
            user: user.clone(),
            device: asking.device.clone(),
            now,
            most: ADMIN_REQUESTS_MOST - 1,
        }),
    ];
    let mut event = AuditEvent::of_user(Event::DeviceApprovalRequested, &user, &session.scope(), now, rng);
    let what = if wants_fresh { "An admin was asked for a fresh vault." } else { "An admin was asked." };
    event.detail = what.to_owned();
    // Whoever approved the one did not approve the other.
    let forget = EscrowWrite::ForgetVotes {
        tenant: tenant.clone(),
        user: user.clone(),
        device: asking.device.clone(),
    };
    // Who changes their mind about what they ask for waits already.
    let is_news = now >= known.admin_expires_at;
    let notice = is_news.then(|| MailWrite::ToAdmins {
        tenant: tenant.clone(),
        id: MailId::generate(rng),
        privilege: Privilege::ApproveDevices,
        connection: None,
        user: Some(user.clone()),
        kind: Kind::ApprovalAsked,
        about: session.user.email.as_str().to_owned(),
        at: now,
    });
    let write = EscrowWrite::AskAdmin {
        tenant,
        user,
        device: asking.device.clone(),
        wants_fresh,
        connection: session.connection.as_ref().map(|(id, _)| id.clone()),
        expires_at,
    };
    let mut writes = vec![Write::Escrow(forget), Write::Escrow(write)];
    writes.extend(notice.map(Write::Mail));
    Ok(Decision { outcome: expires_at, guards, writes, audit: vec![event] })
}

/// A request that waits for an admin, with all that the answer depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingFacts {
    /// Who asks.
    pub user: UserId,
    /// Where they are.
    pub node: NodeId,
    /// Only who is active is let in.
    pub status: UserStatus,
    /// As it was judged.
    pub version: i64,
    /// What they asked.
    pub request: RequestFacts,
    /// By which connection they were signed in then, as it was judged; `None`: outside single sign-on.
    pub connection: Option<(ConnectionId, i64)>,
    /// When the admin edited that connection, or said whose a name at the IdP is, of this person; `None`: never, or long ago.
    pub edited_at: Option<Timestamp>,
    /// Whether the person's policies let admins approve.
    pub may_ask_admins: bool,
    /// The number of their last statement.
    pub sequence: i64,
    /// The number of the statement whose vault key is sealed for approvals; `None`: none is.
    pub escrow: Option<i64>,
    /// Who approved already, with what they hold now.
    pub votes: Vec<VoteFacts>,
    /// Whether it takes two.
    pub two_persons: bool,
}

/// An admin who approved already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteFacts {
    /// Who.
    pub admin: UserId,
    /// Only who is active counts.
    pub status: UserStatus,
    /// As it was judged.
    pub version: i64,
    /// What they hold at this moment.
    pub grants: Vec<Grant>,
    /// As [`WaitingFacts::edited_at`], of them.
    pub edited_at: Option<Timestamp>,
}

impl WaitingFacts {
    /// The approvals that count: of those who could give theirs at this moment, too.
    fn counted<'a>(&'a self, tree: &'a Tree, now: Timestamp) -> impl Iterator<Item = &'a VoteFacts> {
        self.votes.iter().filter(move |vote| {
            let is_over = |grant: &&Grant| tree.is_within(&self.node, &grant.node);
            vote.status == UserStatus::Active
                && vote.admin != self.user
                && vote
                    .grants
                    .iter()
                    .filter(is_over)
                    .any(|grant| grant.privileges.has(Privilege::ApproveDevices))
                && !is_edited(vote.edited_at, now)
        })
    }

    /// The approval of another admin that counts.
    fn other<'a>(&'a self, admin: &'a Admin, now: Timestamp) -> Option<&'a VoteFacts> {
        self.counted(&admin.actor.tree, now).find(|vote| vote.admin != *admin.user())
    }

    /// Whether the approval of this admin would be the first of two: it lets nobody in, and nothing is opened for it.
    pub fn is_first_of_two(&self, admin: &Admin, now: Timestamp) -> bool {
        self.two_persons && self.other(admin, now).is_none()
    }

    /// Where it takes two: whoever was the first may still when the batch goes in.
    fn first_may_still(&self, admin: &Admin, now: Timestamp) -> Option<Guard> {
        let first = self.other(admin, now).filter(|_| self.two_persons)?;
        let tenant = admin.actor.tenant.clone();
        Some(Guard::UserUnchanged { tenant, user: first.admin.clone(), version: first.version })
    }

    /// How many approvals count, and whether one of them is this admin's.
    pub fn voted(&self, admin: &Admin, now: Timestamp) -> (usize, bool) {
        let counted: Vec<_> = self.counted(&admin.actor.tree, now).collect();
        (counted.len(), counted.iter().any(|vote| vote.admin == *admin.user()))
    }
}

/// Whether an edit of the connection is too recent for who made it to approve anything.
fn is_edited(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| now < at.plus(EDITED))
}

/// What came of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approved {
    /// It is done.
    Now,
    /// Another admin has to do the same.
    OneMore,
}

/// Who may answer, and whether it can be answered still.
fn answerable(admin: &Admin, facts: &WaitingFacts, now: Timestamp) -> Result<(), VaultRefusal> {
    // What cannot be seen is not there.
    if !admin.actor.may(Privilege::ApproveDevices, &facts.node) {
        return Err(VaultRefusal::UnknownDevice);
    }
    match facts.request.approved {
        Some(_) => Err(VaultRefusal::Answered),
        None if now >= facts.request.admin_expires_at => Err(VaultRefusal::Expired),
        None => Ok(()),
    }
}

/// Who may approve, and what: a device, or a vault that begins anew.
fn approvable(
    admin: &Admin,
    facts: &WaitingFacts,
    is_fresh: bool,
    now: Timestamp,
) -> Result<(), VaultRefusal> {
    answerable(admin, facts, now)?;
    if facts.user == *admin.user() {
        return Err(VaultRefusal::OwnRequest);
    }
    if is_edited(facts.edited_at, now) {
        return Err(VaultRefusal::EditedConnection);
    }
    if !facts.may_ask_admins {
        return Err(VaultRefusal::Restricted { policy: "device_approval_by_admin" });
    }
    if facts.status != UserStatus::Active {
        return Err(VaultRefusal::UnknownDevice);
    }
    // It is asked for the other now: whoever approves looks again.
    if facts.request.wants_fresh != is_fresh {
        return Err(VaultRefusal::Changed);
    }
    if !is_fresh && facts.escrow != Some(facts.sequence) {
        return Err(VaultRefusal::NoEscrow);
    }
    admin.need_fresh(now)
}

/// Whether an admin is given what opens a person's vault, to let their device in. That they were is written down, whatever they
/// do with it. Where it takes two, nobody is given it alone.
///
/// # Errors
/// [`VaultRefusal`].
pub fn look(
    admin: &Admin,
    facts: &WaitingFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    approvable(admin, facts, false, now)?;
    if facts.is_first_of_two(admin, now) {
        return Err(VaultRefusal::FirstOfTwo);
    }
    let about = Some((&facts.user, &facts.node));
    let detail = "To let a device in.".to_owned();
    let audit = vec![admin.event(Event::EscrowOpened, about, detail, now, rng)];
    let mut guards = admin.guards();
    guards.extend(facts.first_may_still(admin, now));
    Ok(Decision { guards, audit, ..Decision::unchanged(()) })
}

/// An admin approves: the person's vault is put aside for a fresh one (`is_fresh`), or the device is let in by the vault key that
/// `letting` has for it, which the first of two has not.
///
/// # Errors
/// [`VaultRefusal`].
pub fn approve(
    admin: &Admin,
    facts: &WaitingFacts,
    is_fresh: bool,
    letting: Option<&Letting>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Approved>, VaultRefusal> {
    approvable(admin, facts, is_fresh, now)?;
    let tenant = admin.actor.tenant.clone();
    let (user, device) = (facts.user.clone(), facts.request.asking.device.clone());
    let mut guards = admin.guards();
    guards.push(Guard::UserUnchanged { tenant: tenant.clone(), user: user.clone(), version: facts.version });
    guards.push(Guard::Escrow(EscrowGuard::Asked {
        tenant: tenant.clone(),
        user: user.clone(),
        device: device.clone(),
        wants_fresh: facts.request.wants_fresh,
        until: facts.request.admin_expires_at,
    }));
    guards.push(Guard::VaultSequence {
        tenant: tenant.clone(),
        user: user.clone(),
        sequence: facts.sequence,
    });
    guards.extend(facts.connection.iter().map(|(connection, version)| Guard::ConnectionVersion {
        tenant: tenant.clone(),
        connection: connection.clone(),
        version: *version,
    }));
    let about = Some((&facts.user, &facts.node));
    if facts.is_first_of_two(admin, now) {
        let event = Event::DeviceApprovedByAdmin;
        let audit = vec![admin.event(event, about, "The first of two admins.".to_owned(), now, rng)];
        if facts.votes.iter().any(|vote| vote.admin == *admin.user()) {
            return Ok(Decision::unchanged(Approved::OneMore));
        }
        let vote = EscrowWrite::Vote { tenant, user, device, admin: admin.user().clone(), at: now };
        return Ok(Decision { outcome: Approved::OneMore, guards, writes: vec![Write::Escrow(vote)], audit });
    }
    guards.extend(facts.first_may_still(admin, now));
    let new = match letting {
        _ if is_fresh => None,
        Some(letting) => {
            Some(add_device(&tenant, &user, &facts.request.asking, letting, facts.sequence, now)?)
        }
        // Another admin was the first meanwhile: whoever approves now opens the vault, too.
        None => return Err(VaultRefusal::Changed),
    };
    let mut writes = vec![answer(admin, facts, "approved", now)];
    match new {
        Some(new) => {
            writes.push(Write::Vault(new));
            writes.push(to_user(&tenant, &user, Kind::NewDevice, "An admin let it in.", now, rng));
        }
        None => writes.extend(retire(&tenant, &user, admin.user(), now)),
    }
    writes.push(Write::Escrow(EscrowWrite::Notice {
        tenant,
        user,
        id: EventId::generate(rng),
        kind: if is_fresh { "fresh" } else { "device" },
        admin: admin.user().clone(),
        device: Some(device),
        recipient: None,
        at: now,
    }));
    let (event, detail) = if is_fresh {
        (Event::FreshVaultApproved, "What was there is kept for 30 days.")
    } else {
        (Event::DeviceApprovedByAdmin, "")
    };
    let audit = vec![admin.event(event, about, detail.to_owned(), now, rng)];
    Ok(Decision { outcome: Approved::Now, guards, writes, audit })
}

fn answer(admin: &Admin, facts: &WaitingFacts, answer: &'static str, at: Timestamp) -> Write {
    Write::Escrow(EscrowWrite::Answer {
        tenant: admin.actor.tenant.clone(),
        user: facts.user.clone(),
        device: facts.request.asking.device.clone(),
        answer,
        admin: admin.user().clone(),
        at,
    })
}

/// Puts a vault aside, sealed as it is.
pub(super) fn retire(tenant: &TenantId, user: &UserId, by: &UserId, at: Timestamp) -> Vec<Write> {
    let clears_at = at.plus(KEPT);
    let retired =
        EscrowWrite::Retired { tenant: tenant.clone(), user: user.clone(), at, clears_at, by: by.clone() };
    let steps = RetireStep::ALL.iter().map(|step| EscrowWrite::Retire {
        tenant: tenant.clone(),
        user: user.clone(),
        step: *step,
        at,
        clears_at,
    });
    core::iter::once(retired).chain(steps).map(Write::Escrow).collect()
}

/// An admin refuses. Who asked is not told: they wait until the request expires.
///
/// # Errors
/// [`VaultRefusal`].
pub fn deny(
    admin: &Admin,
    facts: &WaitingFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    answerable(admin, facts, now)?;
    let about = Some((&facts.user, &facts.node));
    let audit = vec![admin.event(Event::DeviceDenied, about, "By an admin.".to_owned(), now, rng)];
    let writes = vec![answer(admin, facts, "denied", now)];
    Ok(Decision { outcome: (), guards: admin.guards(), writes, audit })
}

/// Whether approvals need two admins.
///
/// # Errors
/// [`VaultRefusal::PrivilegeMissing`].
pub fn need_two_persons(
    admin: &Admin,
    are_needed: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if !admin.actor.is_root() {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    admin.need_fresh(now)?;
    let detail = if are_needed { "Two admins approve a device." } else { "One admin approves a device." };
    let write = EscrowWrite::TwoPersons { tenant: admin.actor.tenant.clone(), are_needed };
    Ok(Decision {
        outcome: (),
        guards: admin.guards(),
        writes: vec![Write::Escrow(write)],
        audit: vec![admin.event(Event::TenantChanged, None, detail.to_owned(), now, rng)],
    })
}

/// What a device is told that is of a vault that a fresh one took the place of.
///
/// # Errors
/// [`VaultRefusal::Replaced`].
pub fn replaced(is_known: bool, was_replaced: bool) -> Result<(), VaultRefusal> {
    if !is_known && was_replaced { Err(VaultRefusal::Replaced) } else { Ok(()) }
}
