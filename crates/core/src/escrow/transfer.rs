//! Handing the vault of somebody who was locked over to another, where they consented.

use keyward_saml::Timestamp;

use crate::admin::Privilege;
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::facts::UserStatus;
use crate::id::{EventId, NodeId, UserId};
use crate::items::ProvenSession;
use crate::random::Random;
use crate::vault::VaultRefusal;

use super::write::{EscrowGuard, EscrowWrite};
use super::{Admin, check_wrap};

/// Whose vault is to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaverFacts {
    /// Who.
    pub user: UserId,
    /// Where they are.
    pub node: NodeId,
    /// Only who is locked has left.
    pub status: UserStatus,
    /// As it was judged.
    pub version: i64,
    /// When they consented; `None`: not, or not any more.
    pub consented_at: Option<Timestamp>,
    /// The number of their last statement; 0: they have no vault.
    pub sequence: i64,
    /// The number of the statement whose vault key is sealed for transfer; `None`: none is.
    pub escrow: Option<i64>,
}

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessorFacts {
    /// Who.
    pub user: UserId,
    /// Only who is active takes anything over.
    pub status: UserStatus,
    /// As it was judged.
    pub version: i64,
    /// The number of their last statement; 0: they have no vault.
    pub sequence: i64,
}

/// Whether an admin may be given what opens somebody's vault.
///
/// # Errors
/// [`VaultRefusal`].
pub fn leaver(admin: &Admin, facts: &LeaverFacts) -> Result<(), VaultRefusal> {
    if facts.user == *admin.user() || !admin.actor.may(Privilege::TransferVault, &facts.node) {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if facts.status != UserStatus::Locked {
        return Err(VaultRefusal::NotLocked);
    }
    if facts.sequence == 0 {
        return Err(VaultRefusal::Missing);
    }
    if facts.consented_at.is_none() || facts.escrow != Some(facts.sequence) {
        return Err(VaultRefusal::NoEscrow);
    }
    Ok(())
}

/// Whether an admin is given what opens the vault of somebody who left. That they were is written down, whatever they do with it.
///
/// # Errors
/// [`VaultRefusal`].
pub fn look_at_leaver(
    admin: &Admin,
    facts: &LeaverFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    leaver(admin, facts)?;
    admin.need_fresh(now)?;
    let about = Some((&facts.user, &facts.node));
    let detail = "To hand the vault over.".to_owned();
    let audit = vec![admin.event(Event::EscrowOpened, about, detail, now, rng)];
    Ok(Decision { guards: admin.guards(), audit, ..Decision::unchanged(()) })
}

/// Hands it over: `wrap` is the vault key for the successor's account, whose number is `account`.
///
/// # Errors
/// [`VaultRefusal`].
pub fn hand_over(
    admin: &Admin,
    facts: &LeaverFacts,
    to: &SuccessorFacts,
    account: i64,
    wrap: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    leaver(admin, facts)?;
    admin.need_fresh(now)?;
    check_wrap(wrap)?;
    if to.user == facts.user || to.status != UserStatus::Active {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if to.sequence == 0 {
        return Err(VaultRefusal::Missing);
    }
    if to.sequence != account {
        return Err(VaultRefusal::Changed);
    }
    let tenant = admin.actor.tenant.clone();
    let mut guards = admin.guards();
    let (owner, recipient) = (facts.user.clone(), to.user.clone());
    guards.push(Guard::Escrow(EscrowGuard::Locked {
        tenant: tenant.clone(),
        user: owner.clone(),
        version: facts.version,
    }));
    guards.push(Guard::UserUnchanged {
        tenant: tenant.clone(),
        user: recipient.clone(),
        version: to.version,
    });
    for (user, sequence) in [(&owner, facts.sequence), (&recipient, to.sequence)] {
        guards.push(Guard::VaultSequence { tenant: tenant.clone(), user: user.clone(), sequence });
    }
    let detail = format!("To {}.", recipient.as_str());
    // Its owner is told at their next visit, should there be one.
    let notice = EscrowWrite::Notice {
        tenant: tenant.clone(),
        user: owner.clone(),
        id: EventId::generate(rng),
        kind: "handover",
        admin: admin.user().clone(),
        device: None,
        recipient: Some(recipient.clone()),
        at: now,
    };
    let write = EscrowWrite::HandOver {
        tenant,
        owner,
        recipient,
        sequence: facts.sequence,
        wrap: wrap.to_owned(),
        by: admin.user().clone(),
        at: now,
    };
    let about = Some((&facts.user, &facts.node));
    let audit = vec![admin.event(Event::VaultTransferred, about, detail, now, rng)];
    Ok(Decision { outcome: (), guards, writes: vec![Write::Escrow(write), Write::Escrow(notice)], audit })
}

/// A vault that was handed over to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverFacts {
    /// Whose it was.
    pub owner: UserId,
}

/// Its items are in the vault of who took it over, or they do not want it.
pub fn took_over(
    session: &ProvenSession,
    facts: &HandoverFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<()> {
    let its = session.session();
    let mut event = AuditEvent::of_user(Event::VaultTransferred, &its.user.id, &its.scope(), now, rng);
    event.subject = Some(facts.owner.clone());
    event.detail = "Taken over.".to_owned();
    let write = EscrowWrite::TakenOver {
        tenant: its.tenant.clone(),
        owner: facts.owner.clone(),
        recipient: its.user.id.clone(),
    };
    Decision { outcome: (), guards: session.guards(), writes: vec![Write::Escrow(write)], audit: vec![event] }
}
