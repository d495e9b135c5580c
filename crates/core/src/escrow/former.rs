//! Going back, within its 30 days, to the vault that another took the place of: by a browser of it, or by its recovery phrase. The
//! other is put aside in turn, so nothing is lost by it that is not kept as long.

use keyward_saml::Timestamp;

use crate::admin::FRESH;
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::id::{DeviceId, EventId};
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::VaultRefusal;

use super::approval::retire;
use super::write::{EscrowGuard, EscrowWrite, RestoreStep};

/// A vault that was put aside, which the browser or the phrase at hand is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerFacts {
    /// When it was.
    pub ended_at: Timestamp,
    /// Until when it is kept.
    pub clears_at: Timestamp,
}

/// By what its person shows that it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnBy<'a> {
    /// A browser of it.
    Device {
        /// Which.
        device: &'a DeviceId,
        /// Whether its key signed in this session.
        is_signed: bool,
        /// Whether its person blocked it.
        is_blocked: bool,
    },
    /// The phrase, whose proof the host compared.
    Phrase,
}

/// Takes the former vault back, in one step, and puts the present one aside as that was. `sequence` is the number of the present
/// one's last statement.
///
/// # Errors
/// [`VaultRefusal`].
pub fn bring_back(
    session: &SessionFacts,
    authenticated_at: Timestamp,
    former: Option<&FormerFacts>,
    by: ReturnBy<'_>,
    sequence: i64,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    let missing = match by {
        ReturnBy::Device { .. } => VaultRefusal::UnknownDevice,
        ReturnBy::Phrase => VaultRefusal::WrongPhrase,
    };
    let former = former.filter(|former| now < former.clears_at).ok_or(missing)?;
    let how = match by {
        ReturnBy::Device { is_signed: false, .. } => return Err(VaultRefusal::NotProven),
        ReturnBy::Device { is_blocked: true, .. } => return Err(VaultRefusal::Blocked),
        ReturnBy::Device { .. } => "By a browser of it.",
        ReturnBy::Phrase if !session.rules.may_have_phrase => {
            return Err(VaultRefusal::Restricted { policy: "restrict_recovery_phrase" });
        }
        ReturnBy::Phrase => "By its recovery phrase.",
    };
    if now >= authenticated_at.plus(FRESH) {
        return Err(VaultRefusal::SignInAgain);
    }
    if sequence == 0 {
        return Err(VaultRefusal::Missing);
    }
    let (tenant, user) = (session.tenant.clone(), session.user.id.clone());
    let guards = vec![
        Guard::UserUnchanged { tenant: tenant.clone(), user: user.clone(), version: session.user.version },
        Guard::VaultSequence { tenant: tenant.clone(), user: user.clone(), sequence },
        Guard::Escrow(EscrowGuard::Former {
            tenant: tenant.clone(),
            user: user.clone(),
            ended_at: former.ended_at,
        }),
    ];
    let mut writes = retire(&tenant, &user, &user, now);
    writes.extend(RestoreStep::ALL.iter().map(|step| {
        let (tenant, user) = (tenant.clone(), user.clone());
        Write::Escrow(EscrowWrite::Restore { tenant, user, step: *step, ended_at: former.ended_at })
    }));
    let device = match by {
        ReturnBy::Device { device, .. } => Some(device.clone()),
        ReturnBy::Phrase => None,
    };
    writes.push(Write::Escrow(EscrowWrite::Notice {
        tenant,
        user: user.clone(),
        id: EventId::generate(rng),
        kind: "return",
        admin: user.clone(),
        device,
        recipient: None,
        at: now,
    }));
    let mut event = AuditEvent::of_user(Event::FormerVaultReturned, &user, &session.scope(), now, rng);
    event.detail = format!("{how} The vault that was there is kept for 30 days.");
    Ok(Decision { outcome: (), guards, writes, audit: vec![event] })
}
