//! Escrow, as far as a server that holds no key of it goes (docs/vault-format.md §7, §8): who of an organisation's admins may
//! make, hold and change its keys; who of its people consented, and until when they may put it off; which device an admin may
//! let in, when a vault begins anew, and to whom the vault of somebody who left may go.
//!
//! What is compared by people (words, fingerprints) is compared in browsers; what is opened is opened there.

mod approval;
mod consent;
mod former;
mod keys;
mod kit;
mod transfer;
mod write;

use keyward_saml::{Timestamp, base64};

use crate::admin::{Actor, FRESH, Grant, Privilege, Tree};
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::Guard;
use crate::id::{NodeId, UserId};
use crate::items::ProvenSession;
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::VaultRefusal;

pub use approval::{
    ADMIN_LIFETIME, ADMIN_REQUESTS_MOST, Approved, EDITED, EDITS_CONNECTION, EDITS_PERSON, VoteFacts,
    WaitingFacts, approve, ask_admin, deny, look, need_two_persons, replaced,
};
pub use consent::{ConsentFacts, SentConsent, asked, consent, due, is_held, see, withdraw};
pub use former::{FormerFacts, ReturnBy, bring_back};
pub use keys::{HolderFacts, KeyPurpose, KeysFacts, SentGrant, begin_anew, put_keys, share};
pub use kit::{made_kit, proof_of_keys, regain};
pub use transfer::{
    HandoverFacts, LeaverFacts, SuccessorFacts, hand_over, leaver, look_at_leaver, took_over,
};
pub use write::{EscrowGuard, EscrowWrite, ForgetStep, RestoreStep, RetireStep};

/// The body of an organisation's statement: two points.
const BODY: usize = 2 * crate::vault::POINT;
/// The version of every format.
const VERSION: u8 = crate::vault::VERSION;

/// An admin in a device that is proven: whoever is to open what is sealed to admins has a vault of their own.
#[derive(Clone, Debug)]
pub struct Admin {
    session: ProvenSession,
    actor: Actor,
    /// When they signed in at the IdP; 0 where that is not known.
    authenticated_at: Timestamp,
}

impl Admin {
    /// Of a session, when its person signed in, and what they hold at this moment.
    pub fn of(session: ProvenSession, authenticated_at: Timestamp, grants: Vec<Grant>, tree: Tree) -> Admin {
        let its = session.session();
        let actor = Actor::holding(its.tenant.clone(), its.user.id.clone(), grants, tree);
        Admin { session, actor, authenticated_at }
    }

    /// Their session.
    pub fn session(&self) -> &SessionFacts {
        self.session.session()
    }

    /// What they hold.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Who they are.
    pub fn user(&self) -> &UserId {
        &self.session.session().user.id
    }

    fn guards(&self) -> Vec<Guard> {
        self.session.guards()
    }

    /// What opens somebody's vault, or changes who can, is for who signed in lately: nobody does it in a browser that was left.
    fn need_fresh(&self, now: Timestamp) -> Result<(), VaultRefusal> {
        if now < self.authenticated_at.plus(FRESH) { Ok(()) } else { Err(VaultRefusal::SignInAgain) }
    }

    fn may_at_root(&self, privilege: Privilege) -> bool {
        self.actor.tree.root().is_some_and(|root| self.actor.may(privilege, root))
    }

    /// Whether the organisation's keys are theirs to make and change.
    pub fn is_keeper(&self) -> bool {
        self.may_at_root(Privilege::ApproveDevices) && self.may_at_root(Privilege::TransferVault)
    }

    /// The nodes whose people's devices they may approve.
    pub fn approves_at(&self) -> Vec<&NodeId> {
        self.actor.scope(crate::admin::Privileges::of(&[Privilege::ApproveDevices]))
    }

    fn event(
        &self,
        event: Event,
        subject: Option<(&UserId, &NodeId)>,
        detail: String,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> AuditEvent {
        let scope = Scope {
            tenant: Some(self.actor.tenant.clone()),
            connection: None,
            node: subject.map(|(_, node)| node.clone()),
        };
        AuditEvent {
            actor: Some(self.user().clone()),
            subject: subject.map(|(user, _)| user.clone()),
            ..AuditEvent::of_system(event, &scope, detail, now, rng)
        }
    }
}

/// Vault format §5 and §7: about this organisation, with this number, of its size. Whether it is signed is for those to see
/// who trust the one before.
fn check_statement(text: &str, tenant: &str, sequence: i64) -> Result<(), VaultRefusal> {
    let malformed = VaultRefusal::Malformed { what: "statement" };
    let length = |octets: usize| u32::try_from(octets).unwrap_or(u32::MAX).to_be_bytes();
    let mut about = vec![VERSION];
    for name in ["tenant", tenant, tenant] {
        about.extend(length(name.len()));
        about.extend(name.as_bytes());
    }
    let octets = base64::decode(text.as_bytes()).filter(|octets| octets.len() <= 1024).ok_or(malformed)?;
    let rest = octets.strip_prefix(about.as_slice()).ok_or(VaultRefusal::Elsewhere)?;
    let rest = rest.strip_prefix(&length(BODY)).ok_or(malformed)?;
    let rest = rest.get(BODY..).ok_or(malformed)?;
    let number = u32::try_from(sequence).map_err(|_| malformed)?.to_be_bytes();
    // Another number: somebody else was faster.
    let Some(rest) = rest.strip_prefix(&number) else { return Err(VaultRefusal::Changed) };
    let previous = rest.get(32..64).ok_or(malformed)?;
    let is_first = previous == [0; 32];
    if is_first != (sequence == 1) || rest.len() != 32 + 32 + 64 {
        return Err(malformed);
    }
    Ok(())
}

fn check_wrap(wrap: &str) -> Result<(), VaultRefusal> {
    let size = crate::vault::WRAP;
    crate::vault::part("wrap", wrap, Some(VERSION), size..=size).map(drop)
}

#[cfg(test)]
mod tests;
