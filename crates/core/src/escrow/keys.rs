//! An organisation's keys: made and changed by admins at the root, held by those whom another holder gave them to.

use keyward_saml::Timestamp;

use crate::admin::{Actor, Privilege};
use crate::audit::Event;
use crate::decision::{Decision, Guard, Write};
use crate::facts::UserStatus;
use crate::id::{NodeId, UserId};
use crate::random::Random;
use crate::vault::VaultRefusal;

use super::write::{EscrowGuard, EscrowWrite, ForgetStep};
use super::{Admin, check_statement, check_wrap};

/// Most keys of one request: three of each statement.
const GRANTS_MOST: usize = 300;

/// Which of an organisation's private keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPurpose {
    /// Opens what a device is approved with.
    Approval,
    /// Opens what a vault is handed over with.
    Transfer,
    /// Signs the next statement.
    Signing,
}

impl KeyPurpose {
    /// All there are.
    pub const ALL: &[KeyPurpose] = &[KeyPurpose::Approval, KeyPurpose::Transfer, KeyPurpose::Signing];

    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyPurpose::Approval => "approval",
            KeyPurpose::Transfer => "transfer",
            KeyPurpose::Signing => "signing",
        }
    }

    /// From the database or a page.
    pub fn parse(text: &str) -> Option<KeyPurpose> {
        KeyPurpose::ALL.iter().copied().find(|purpose| purpose.as_str() == text)
    }

    /// Whether who holds these privileges may hold the key. Each opens what is everybody's, so it takes the privilege at the
    /// root: who may approve at one node only has the queue, and asks who holds the key.
    pub fn is_for(self, actor: &Actor) -> bool {
        let at_root = |privilege| actor.tree.root().is_some_and(|root| actor.may(privilege, root));
        let (approves, transfers) = (at_root(Privilege::ApproveDevices), at_root(Privilege::TransferVault));
        match self {
            KeyPurpose::Approval => approves,
            KeyPurpose::Transfer => transfers,
            KeyPurpose::Signing => approves && transfers,
        }
    }
}

/// What there is of an organisation's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysFacts {
    /// The number of the last statement; 0: there is none.
    pub sequence: i64,
    /// The number of the admin's own account statement; 0: they have no vault.
    pub account: i64,
    /// What the admin holds: of which statement, which.
    pub holds: Vec<(i64, KeyPurpose)>,
    /// Whether anybody who is active holds what signs the next statement.
    pub is_held: bool,
}

impl KeysFacts {
    /// What the admin goes on holding where their own keys change: what they could open until then, and may.
    pub fn kept_by(&self, actor: &Actor) -> Vec<(i64, KeyPurpose)> {
        self.holds.iter().copied().filter(|(_, purpose)| purpose.is_for(actor)).collect()
    }

    /// Whether the admin holds all of the last statement's.
    pub(super) fn has_all(&self) -> bool {
        KeyPurpose::ALL.iter().all(|purpose| self.holds.contains(&(self.sequence, *purpose)))
    }
}

/// A private half, sealed to an admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentGrant {
    /// Whose it is to be.
    pub admin: UserId,
    /// The number of the admin's account statement that it is sealed to.
    pub account: i64,
    /// Of which of the organisation's statements.
    pub sequence: i64,
    /// Which.
    pub purpose: KeyPurpose,
    /// Base64 of it.
    pub wrap: String,
}

/// Another admin, who is to hold keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderFacts {
    /// Who, with what they hold.
    pub actor: Actor,
    /// Their id.
    pub user: UserId,
    /// Where they are.
    pub node: NodeId,
    /// Only who is active holds anything.
    pub status: UserStatus,
    /// As it was judged.
    pub version: i64,
    /// The number of their account statement; 0: they have no vault.
    pub account: i64,
}

pub(super) fn grant(admin: &Admin, sent: &SentGrant, now: Timestamp) -> Write {
    Write::Escrow(EscrowWrite::Grant {
        tenant: admin.actor.tenant.clone(),
        admin: sent.admin.clone(),
        sequence: sent.sequence,
        purpose: sent.purpose,
        admin_sequence: sent.account,
        wrap: sent.wrap.clone(),
        by: admin.user().clone(),
        at: now,
    })
}

/// Makes the keys, or changes them: because an admin leaves, who then holds none any more. Whoever does it holds all three; who
/// else is to go on holding them is given them in the same step. The outcome is the statement's number.
///
/// # Errors
/// [`VaultRefusal`].
#[expect(clippy::too_many_arguments, reason = "the facts, what was sent, the clock and randomness")]
pub fn put_keys(
    admin: &Admin,
    facts: &KeysFacts,
    others: &[HolderFacts],
    statement: &str,
    grants: &[SentGrant],
    leaving: Option<&UserId>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<i64>, VaultRefusal> {
    if !admin.is_keeper() {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if facts.account == 0 {
        return Err(VaultRefusal::Missing);
    }
    let sequence = facts.sequence.saturating_add(1);
    check_statement(statement, admin.actor.tenant.as_str(), sequence)?;
    if facts.sequence > 0 && !facts.holds.contains(&(facts.sequence, KeyPurpose::Signing)) {
        return Err(VaultRefusal::NotHolder);
    }
    admin.need_fresh(now)?;
    if leaving == Some(admin.user()) || grants.len() > GRANTS_MOST {
        return Err(VaultRefusal::Malformed { what: "grants" });
    }
    let mut guards = admin.guards();
    for sent in grants {
        check_wrap(&sent.wrap)?;
        let account = if sent.admin == *admin.user() {
            facts.account
        } else {
            let other = others.iter().find(|other| other.user == sent.admin && leaving != Some(&other.user));
            let other = other.ok_or(VaultRefusal::NotHolder)?;
            may_hold(other, sent.purpose)?;
            guards.push(unchanged(admin, other));
            other.account
        };
        if sent.sequence != sequence || sent.account != account {
            return Err(VaultRefusal::Changed);
        }
    }
    let own = |purpose: &KeyPurpose| {
        grants.iter().any(|sent| sent.admin == *admin.user() && sent.purpose == *purpose)
    };
    if !KeyPurpose::ALL.iter().all(own) {
        return Err(VaultRefusal::Malformed { what: "grants" });
    }
    let tenant = admin.actor.tenant.clone();
    let mut writes = Vec::new();
    if let Some(leaving) = leaving {
        let revoke = EscrowWrite::Revoke { tenant: tenant.clone(), admin: leaving.clone() };
        writes.push(Write::Escrow(revoke));
    }
    writes.push(Write::Escrow(EscrowWrite::Statement {
        tenant,
        sequence,
        statement: statement.to_owned(),
        is_anew: false,
        by: admin.user().clone(),
        at: now,
    }));
    writes.extend(grants.iter().map(|sent| grant(admin, sent, now)));
    let event = if sequence == 1 { Event::EscrowKeysMade } else { Event::EscrowKeysChanged };
    let detail = format!("Number {sequence}.");
    Ok(Decision {
        outcome: sequence,
        guards,
        writes,
        audit: vec![admin.event(event, None, detail, now, rng)],
    })
}

/// Whether the admin may hold all of the keys, which there are, in a vault of theirs.
pub(super) fn check_keeper(admin: &Admin, facts: &KeysFacts) -> Result<(), VaultRefusal> {
    if !admin.is_keeper() {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if facts.sequence == 0 {
        return Err(VaultRefusal::NoKeys);
    }
    if facts.account == 0 { Err(VaultRefusal::Missing) } else { Ok(()) }
}

/// Three grants of a statement's keys to the admin themselves, and nothing else.
pub(super) fn check_own_grants(
    admin: &Admin,
    account: i64,
    sequence: i64,
    grants: &[SentGrant],
) -> Result<(), VaultRefusal> {
    let is_whole = grants.len() == KeyPurpose::ALL.len()
        && KeyPurpose::ALL.iter().all(|purpose| grants.iter().any(|sent| sent.purpose == *purpose));
    if !is_whole || grants.iter().any(|sent| sent.admin != *admin.user()) {
        return Err(VaultRefusal::Malformed { what: "grants" });
    }
    for sent in grants {
        check_wrap(&sent.wrap)?;
        if sent.sequence != sequence || sent.account != account {
            return Err(VaultRefusal::Changed);
        }
    }
    Ok(())
}

/// What the admin's own grants, and what there is of the organisation's keys, are judged by.
pub(super) fn same_keys(admin: &Admin, facts: &KeysFacts) -> Vec<Guard> {
    let (tenant, user) = (admin.actor.tenant.clone(), admin.user().clone());
    let mut guards = admin.guards();
    guards.push(Guard::VaultSequence { tenant: tenant.clone(), user, sequence: facts.account });
    guards.push(Guard::Escrow(EscrowGuard::TenantSequence { tenant, sequence: facts.sequence }));
    guards
}

/// Begins the keys anew, where nobody holds those before. These sign nothing any more, so nobody's browser follows: what was
/// sealed to them is gone, and everybody is asked again.
///
/// # Errors
/// [`VaultRefusal`].
pub fn begin_anew(
    admin: &Admin,
    facts: &KeysFacts,
    statement: &str,
    grants: &[SentGrant],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<i64>, VaultRefusal> {
    check_keeper(admin, facts)?;
    if facts.is_held {
        return Err(VaultRefusal::KeysHeld);
    }
    check_statement(statement, admin.actor.tenant.as_str(), 1)?;
    admin.need_fresh(now)?;
    check_own_grants(admin, facts.account, 1, grants)?;
    let tenant = admin.actor.tenant.clone();
    let mut guards = same_keys(admin, facts);
    guards.push(Guard::Escrow(EscrowGuard::NobodyHolds { tenant: tenant.clone() }));
    let forget = |step: &ForgetStep| EscrowWrite::Forget { tenant: tenant.clone(), step: *step };
    let mut writes: Vec<Write> = ForgetStep::ALL.iter().map(forget).map(Write::Escrow).collect();
    writes.push(Write::Escrow(EscrowWrite::Statement {
        tenant: tenant.clone(),
        sequence: 1,
        statement: statement.to_owned(),
        is_anew: true,
        by: admin.user().clone(),
        at: now,
    }));
    writes.extend(grants.iter().map(|sent| grant(admin, sent, now)));
    let detail = format!("In the place of number {}, which nobody held.", facts.sequence);
    let audit = vec![admin.event(Event::EscrowKeysBegunAnew, None, detail, now, rng)];
    Ok(Decision { outcome: 1, guards, writes, audit })
}

fn unchanged(admin: &Admin, other: &HolderFacts) -> Guard {
    Guard::UserUnchanged {
        tenant: admin.actor.tenant.clone(),
        user: other.user.clone(),
        version: other.version,
    }
}

fn may_hold(other: &HolderFacts, purpose: KeyPurpose) -> Result<(), VaultRefusal> {
    if other.status != UserStatus::Active || !purpose.is_for(&other.actor) {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if other.account == 0 { Err(VaultRefusal::Missing) } else { Ok(()) }
}

/// Gives keys to another admin: nobody more than they hold themselves, and nobody what the other's privileges do not cover.
///
/// # Errors
/// [`VaultRefusal`].
pub fn share(
    admin: &Admin,
    facts: &KeysFacts,
    other: &HolderFacts,
    grants: &[SentGrant],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if !admin.is_keeper() {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if facts.sequence == 0 {
        return Err(VaultRefusal::NoKeys);
    }
    admin.need_fresh(now)?;
    if other.user == *admin.user() || grants.is_empty() || grants.len() > GRANTS_MOST {
        return Err(VaultRefusal::Malformed { what: "grants" });
    }
    for sent in grants {
        check_wrap(&sent.wrap)?;
        may_hold(other, sent.purpose)?;
        if sent.admin != other.user || !facts.holds.contains(&(sent.sequence, sent.purpose)) {
            return Err(VaultRefusal::NotHolder);
        }
        if sent.account != other.account {
            return Err(VaultRefusal::Changed);
        }
    }
    let mut guards = admin.guards();
    guards.push(unchanged(admin, other));
    let (tenant, user) = (admin.actor.tenant.clone(), other.user.clone());
    guards.push(Guard::VaultSequence { tenant, user, sequence: other.account });
    let writes = grants.iter().map(|sent| grant(admin, sent, now)).collect();
    let about = Some((&other.user, &other.node));
    let audit = vec![admin.event(Event::EscrowKeysShared, about, String::new(), now, rng)];
    Ok(Decision { outcome: (), guards, writes, audit })
}
