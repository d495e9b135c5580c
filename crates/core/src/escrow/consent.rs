//! Consent: before it nothing of a person's is sealed to the organisation's keys; where a policy asks for it, it may be put
//! off until a deadline.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::dns::Lookup;
use crate::domain::DomainFacts;
use crate::id::EventId;
use crate::items::ProvenSession;
use crate::policy::Escrow;
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::VaultRefusal;

use super::check_wrap;
use super::keys::KeyPurpose;
use super::write::EscrowWrite;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of a person's consent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentFacts {
    /// The number of the organisation's last statement; 0: it has no keys.
    pub tenant_sequence: i64,
    /// The number of the person's last statement; 0: they have no vault.
    pub sequence: i64,
    /// When they were asked first.
    pub asked_at: Option<Timestamp>,
    /// When they consented; `None`: not, or not any more.
    pub consented_at: Option<Timestamp>,
}

/// Until when a person may put their consent off. `None`: they are not asked, have consented, or there is nothing to consent to.
pub fn due(escrow: Escrow, facts: &ConsentFacts, now: Timestamp) -> Option<Timestamp> {
    match escrow {
        Escrow::WithinDays(days) if facts.tenant_sequence > 0 && facts.consented_at.is_none() => {
            Some(facts.asked_at.unwrap_or(now).plus(DAY * days))
        }
        _ => None,
    }
}

/// Whether a person gets at their vault only once they have consented.
pub fn is_held(session: &SessionFacts, facts: &ConsentFacts, now: Timestamp) -> bool {
    facts.sequence > 0 && due(session.rules.escrow, facts, now).is_some_and(|due| due <= now)
}

/// The deadline counts from when a person was asked first: that is now, where a policy asks and they have not been.
pub fn asked(session: &ProvenSession, facts: &ConsentFacts, now: Timestamp) -> Decision<()> {
    let mut decision = Decision::unchanged(());
    let its = session.session();
    if facts.asked_at.is_none() && due(its.rules.escrow, facts, now).is_some() {
        let (tenant, user) = (its.tenant.clone(), its.user.id.clone());
        decision.writes.push(Write::Escrow(EscrowWrite::Asked { tenant, user, at: now }));
    }
    decision
}

/// What a browser sends once its person consented, or where either side's keys changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentConsent {
    /// The number of the person's statement.
    pub sequence: i64,
    /// And of the organisation's.
    pub tenant_sequence: i64,
    /// Base64 of the vault key for approvals.
    pub approval: String,
    /// Base64 of the vault key for transfer.
    pub transfer: String,
}

/// Keeps the consent, and what is sealed by it.
///
/// # Errors
/// [`VaultRefusal`].
pub fn consent(
    session: &ProvenSession,
    facts: &ConsentFacts,
    sent: &SentConsent,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if facts.tenant_sequence == 0 {
        return Err(VaultRefusal::NoKeys);
    }
    check_wrap(&sent.approval)?;
    check_wrap(&sent.transfer)?;
    if (sent.sequence, sent.tenant_sequence) != (facts.sequence, facts.tenant_sequence) {
        return Err(VaultRefusal::Changed);
    }
    let its = session.session();
    let (tenant, user) = (&its.tenant, &its.user.id);
    let mut guards = session.guards();
    guards.push(Guard::VaultSequence {
        tenant: tenant.clone(),
        user: user.clone(),
        sequence: facts.sequence,
    });
    let seal = |purpose, wrap: &String| {
        Write::Escrow(EscrowWrite::Seal {
            tenant: tenant.clone(),
            user: user.clone(),
            purpose,
            sequence: sent.sequence,
            tenant_sequence: sent.tenant_sequence,
            wrap: wrap.clone(),
            at: now,
        })
    };
    let consented = EscrowWrite::Consented {
        tenant: tenant.clone(),
        user: user.clone(),
        tenant_sequence: sent.tenant_sequence,
        at: facts.consented_at.unwrap_or(now),
    };
    let writes = vec![
        Write::Escrow(consented),
        seal(KeyPurpose::Approval, &sent.approval),
        seal(KeyPurpose::Transfer, &sent.transfer),
    ];
    // Keys that changed are no new consent: the browser followed what the old one signed.
    let audit = if facts.consented_at.is_some() {
        Vec::new()
    } else {
        let mut event = AuditEvent::of_user(Event::AcceptTransfer, user, &its.scope(), now, rng);
        event.detail = format!("To the organisation's keys number {}.", sent.tenant_sequence);
        vec![event]
    };
    Ok(Decision { outcome: (), guards, writes, audit })
}

/// Takes a consent back, and with it what was handed over and not taken yet. An admin who has opened the vault's key before knows it
/// until the keys are changed.
///
/// # Errors
/// [`VaultRefusal::Restricted`] where a policy asks for it.
pub fn withdraw(
    session: &ProvenSession,
    facts: &ConsentFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    let its = session.session();
    if its.rules.escrow != Escrow::NotRequired {
        return Err(VaultRefusal::Restricted { policy: "require_escrow" });
    }
    if facts.consented_at.is_none() {
        return Ok(Decision::unchanged(()));
    }
    let (tenant, user) = (its.tenant.clone(), its.user.id.clone());
    let event = AuditEvent::of_user(Event::EscrowWithdrawn, &user, &its.scope(), now, rng);
    Ok(Decision {
        outcome: (),
        guards: session.guards(),
        writes: vec![
            Write::Escrow(EscrowWrite::Unseal { tenant: tenant.clone(), user: user.clone() }),
            Write::Escrow(EscrowWrite::Withdrawn { tenant: tenant.clone(), user: user.clone() }),
            Write::Escrow(EscrowWrite::KeepsVault { tenant, owner: user }),
        ],
        audit: vec![event],
    })
}

/// A device has told its person what admins did.
pub fn see(session: &ProvenSession, notices: &[EventId], now: Timestamp) -> Decision<()> {
    let its = session.session();
    let notices = serde_json::Value::from_iter(notices.iter().map(EventId::as_str)).to_string();
    let write = EscrowWrite::Seen {
        tenant: its.tenant.clone(),
        user: its.user.id.clone(),
        notices,
        device: session.device().clone(),
        at: now,
    };
    Decision { guards: session.guards(), writes: vec![Write::Escrow(write)], ..Decision::unchanged(()) }
}

impl DomainFacts {
    /// What the record says of the organisation's keys: `keyward-escrow=` and 64 hexadecimal digits, beside the proof of the
    /// domain. `None`: the resolvers differ, or could not tell, and what was known stays.
    pub fn published(&self, lookups: &[Lookup]) -> Option<Write> {
        let read = |lookup: &Lookup| match lookup {
            Lookup::Failed => None,
            Lookup::Texts(texts) => {
                let mut found: Vec<&str> = texts.iter().filter_map(|text| fingerprint(text)).collect();
                found.sort_unstable();
                found.dedup();
                // Several are none: nobody could say which.
                Some(if let [one] = found.as_slice() { Some((*one).to_owned()) } else { None })
            }
        };
        let (first, rest) = lookups.split_first()?;
        let seen = read(first)?;
        let is_agreed = !rest.is_empty() && rest.iter().all(|other| read(other).as_ref() == Some(&seen));
        is_agreed.then(|| {
            Write::Escrow(EscrowWrite::Published {
                tenant: self.tenant.clone(),
                domain: self.name.clone(),
                fingerprint: seen,
            })
        })
    }
}

fn fingerprint(text: &str) -> Option<&str> {
    text.strip_prefix("keyward-escrow=")
        .filter(|it| it.len() == 64 && it.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}
