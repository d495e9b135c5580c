//! Locking a vault in a device: it opens again for who signed in at the IdP since, or showed a passkey there.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Write};
use crate::id::{DeviceId, FactorId};
use crate::items::ProvenSession;
use crate::random::{Random, Token};
use crate::session::SessionFacts;
use crate::two_factor::webauthn::{Ceremony, Challenge, Shown, WebauthnRefusal};
use crate::two_factor::{self, FactorRefusal};
use crate::vault::{VaultRefusal, VaultWrite};

/// How far an IdP's clock may be behind ours, and it writes whole seconds.
const CLOCKS: Duration = Duration::from_secs(60);

/// When a device was locked, and when the person of the session signed in at the IdP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockFacts {
    /// 0 where it never was.
    pub locked_at: Timestamp,
    /// AuthnInstant; 0 where none is known.
    pub authenticated_at: Timestamp,
    /// When a passkey unlocked this device in this session last; 0 where none did since.
    pub unlocked_at: Timestamp,
    /// Whether its person blocked it.
    pub is_blocked: bool,
}

impl LockFacts {
    /// With what a device says of when it locked itself: that can make it stricter only, and nobody's clock locks anybody
    /// out for longer than until they sign in again.
    #[must_use]
    pub fn or_locked(self, at: Timestamp, now: Timestamp) -> LockFacts {
        LockFacts { locked_at: self.locked_at.max(at.min(now)), ..self }
    }

    pub(crate) fn is_locked(self) -> bool {
        self.authenticated_at.max(self.unlocked_at).plus(CLOCKS) < self.locked_at
    }

    /// Whether the policy lets this session open what was locked: it was there before, and the lock is young. A session that
    /// began since is of who knows when; for it counts the sign-in at the IdP.
    pub(crate) fn is_within_grace(self, session: &SessionFacts, now: Timestamp) -> bool {
        let is_young = self.locked_at <= now && now < self.locked_at.plus(session.limits.grace);
        is_young && session.created_at <= self.locked_at
    }
}

/// Locks the vault in the device: the session ends, and the next one has to be of somebody who signed in at the IdP since.
/// Where it locked itself (`is_idle`) and the policy has a grace, the session stays, and has to prove the device again before
/// it gets at anything. Who locks it by hand wants it locked. Of who has a passkey it stays too, and does nothing before that was
/// shown. The outcome: whether the session is over.
pub fn lock(session: &ProvenSession, is_idle: bool, now: Timestamp, rng: &mut dyn Random) -> Decision<bool> {
    let its = session.session();
    let has_grace = is_idle && its.limits.grace > Duration::ZERO;
    let stays = has_grace || its.has_passkey();
    let Decision { guards, mut writes, audit, .. } =
        if stays { Decision::unchanged(()) } else { its.sign_out(now, rng) };
    if stays {
        let (tenant, token) = (its.tenant.clone(), its.token.clone());
        writes.push(Write::Vault(VaultWrite::ForgetProof { tenant, token }));
    }
    if stays && !has_grace {
        let (tenant, token) = (its.tenant.clone(), its.token.clone());
        writes.push(Write::Vault(VaultWrite::LockSession { tenant, token, at: now }));
    }
    writes.push(Write::Vault(VaultWrite::LockDevice {
        tenant: its.tenant.clone(),
        user: its.user.id.clone(),
        device: session.device().clone(),
        at: now,
    }));
    Decision { outcome: !stays, guards, writes, audit }
}

/// Why a passkey does not unlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlockRefusal {
    /// It is the passkey.
    Factor(FactorRefusal),
    /// It is the device.
    Vault(VaultRefusal),
}

impl From<FactorRefusal> for UnlockRefusal {
    fn from(refusal: FactorRefusal) -> UnlockRefusal {
        UnlockRefusal::Factor(refusal)
    }
}

impl From<WebauthnRefusal> for UnlockRefusal {
    fn from(refusal: WebauthnRefusal) -> UnlockRefusal {
        UnlockRefusal::Factor(refusal.into())
    }
}

impl UnlockRefusal {
    /// Stable, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            UnlockRefusal::Factor(refusal) => refusal.code(),
            UnlockRefusal::Vault(refusal) => refusal.code(),
        }
    }
}

/// A challenge for a passkey that is to unlock the vault in a device.
///
/// # Errors
/// The person has none that counts.
pub fn challenge(
    session: &SessionFacts,
    device: &DeviceId,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Token>, FactorRefusal> {
    if !session.has_passkey() {
        return Err(FactorRefusal::Unknown);
    }
    Ok(two_factor::ask(&session.holder(), Ceremony::Unlock, Some(device), now, rng))
}

/// What a browser shows to unlock its vault, as far as the host verified it.
#[derive(Debug)]
pub struct Unlocking<'a> {
    /// Which device.
    pub device: &'a DeviceId,
    /// Whether its key signed this challenge in this session ([`crate::vault::unlock_text`]); `None`: the person has no such device.
    pub is_signed: Option<bool>,
    /// Whether its person blocked it.
    pub is_blocked: bool,
    /// Which passkey.
    pub factor: &'a FactorId,
    /// The challenge that it answered.
    pub challenge: &'a Challenge,
    /// Its answer.
    pub shown: Shown,
}

/// Unlocks the vault in a device by a passkey: the session goes on, with the device proven in it. How long the session may be
/// counts from its sign-in all the same.
///
/// # Errors
/// [`UnlockRefusal`].
pub fn unlock(
    session: &SessionFacts,
    unlocking: &Unlocking<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, UnlockRefusal> {
    let Unlocking { device, is_signed, is_blocked, factor, challenge, shown } = *unlocking;
    match is_signed {
        None => return Err(UnlockRefusal::Vault(VaultRefusal::UnknownDevice)),
        Some(false) => return Err(UnlockRefusal::Vault(VaultRefusal::NotProven)),
        Some(true) if is_blocked => return Err(UnlockRefusal::Vault(VaultRefusal::Blocked)),
        Some(true) => {}
    }
    if shown.ceremony() != Ceremony::Unlock || challenge.device.as_ref() != Some(device) {
        return Err(WebauthnRefusal::Challenge.into());
    }
    let Decision { guards, mut writes, .. } =
        two_factor::accept(&session.holder(), factor, &challenge.hash, shown, false, now)?;
    let (tenant, user) = (session.tenant.clone(), session.user.id.clone());
    writes.push(Write::Vault(VaultWrite::WakeSession {
        tenant: tenant.clone(),
        token: session.token.clone(),
        at: now,
    }));
    writes.push(Write::Vault(VaultWrite::UnlockDevice {
        session: Box::new(session.clone()),
        device: device.clone(),
        at: now,
    }));
    let mut event = AuditEvent::of_user(Event::Login, &user, &session.scope(), now, rng);
    event.detail = "The vault was unlocked by a passkey.".to_owned();
    writes.push(Write::Vault(VaultWrite::UseDevice { tenant, user, device: device.clone(), at: now }));
    Ok(Decision { outcome: (), guards, writes, audit: vec![event] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::session::tests::{session, with_passkey};
    use crate::two_factor::FactorWrite;
    use crate::vault::prove;

    const NEVER: Timestamp = Timestamp::from_millis(0);

    #[test]
    fn what_was_locked_opens_for_who_signed_in_since() {
        let device = DeviceId::parse("d_laptop").expect("id");
        let of = |authenticated_at| {
            let lock = LockFacts { locked_at: NOW, authenticated_at, unlocked_at: NEVER, is_blocked: false };
            prove(&session(), true, &device, Some(true), lock, NOW).map(drop)
        };
        assert_eq!(of(NOW), Ok(()));
        // Clocks differ; whoever signed in that shortly before is taken for fresh.
        assert_eq!(of(NOW.minus(CLOCKS)), Ok(()));
        assert_eq!(of(NOW.minus(CLOCKS + Duration::from_millis(1))), Err(VaultRefusal::Locked));
        assert_eq!(
            of(Timestamp::from_millis(0)),
            Err(VaultRefusal::Locked),
            "an answer that nobody asked for"
        );
        let told = LockFacts {
            locked_at: Timestamp::from_millis(0),
            authenticated_at: NOW.minus(CLOCKS * 2),
            unlocked_at: NEVER,
            is_blocked: false,
        };
        assert!(!told.is_locked() && told.or_locked(NOW, NOW).is_locked());
        let fresh = LockFacts { authenticated_at: NOW, ..told };
        assert!(!fresh.or_locked(NOW.plus(CLOCKS * 9), NOW).is_locked(), "a clock that is ahead");
        for is_idle in [true, false] {
            let decision = lock(&crate::items::tests::proven(), is_idle, NOW, &mut Counter(0));
            assert!(decision.outcome, "by default there is no grace");
        }
        let decision = lock(&crate::items::tests::proven(), false, NOW, &mut Counter(0));
        assert!(matches!(
            decision.writes.as_slice(),
            [Write::RevokeSession { .. }, Write::Vault(VaultWrite::LockDevice { .. })]
        ));
    }

    #[test]
    fn of_who_has_a_passkey_the_session_waits_for_it() {
        let device = DeviceId::parse("d_laptop");
        let proven = ProvenSession::of(with_passkey(), device.clone()).expect("proven");
        for is_idle in [true, false] {
            let decision = lock(&proven, is_idle, NOW, &mut Counter(0));
            assert!(!decision.outcome && decision.audit.is_empty());
            assert!(matches!(
                decision.writes.as_slice(),
                [
                    Write::Vault(VaultWrite::ForgetProof { .. }),
                    Write::Vault(VaultWrite::LockSession { .. }),
                    Write::Vault(VaultWrite::LockDevice { .. })
                ]
            ));
        }
        let graceful = SessionFacts { factors: with_passkey().factors, ..graceful() };
        let proven = ProvenSession::of(graceful, device).expect("proven");
        let has_slept = |is_idle| {
            let decision = lock(&proven, is_idle, NOW, &mut Counter(0));
            decision.writes.iter().any(|it| matches!(it, Write::Vault(VaultWrite::LockSession { .. })))
        };
        assert!(!has_slept(true) && has_slept(false), "the grace is for what locked itself");
    }

    #[test]
    fn a_passkey_unlocks_the_device_and_the_session_that_it_was_asked_in() {
        let device = DeviceId::parse("d_laptop").expect("id");
        let other = DeviceId::parse("d_phone").expect("id");
        let factor = FactorId::parse("k_one").expect("id");
        let asleep = SessionFacts { is_locked: true, ..with_passkey() };
        let asked = challenge(&asleep, &device, NOW, &mut Counter(0)).expect("asked");
        assert!(matches!(
            asked.writes.as_slice(),
            [Write::Factor(FactorWrite::Challenge { ceremony: Ceremony::Unlock, device: Some(its), .. })] if *its == device
        ));
        assert_eq!(challenge(&session(), &device, NOW, &mut Counter(0)).err(), Some(FactorRefusal::Unknown));
        let its = |device: Option<&DeviceId>| Challenge {
            hash: asked.outcome.hash(),
            ceremony: Ceremony::Unlock,
            device: device.cloned(),
            expires_at: NOW.plus(CLOCKS),
            is_used: false,
        };
        let go = |session: &SessionFacts, challenge: &Challenge, is_signed, is_blocked, ceremony| {
            let shown = two_factor::webauthn::tests::shown(ceremony);
            let unlocking =
                Unlocking { device: &device, is_signed, is_blocked, factor: &factor, challenge, shown };
            unlock(session, &unlocking, NOW, &mut Counter(0))
        };
        let good = its(Some(&device));
        let decision = go(&asleep, &good, Some(true), false, Ceremony::Unlock).expect("unlocked");
        assert!(
            decision.writes.iter().any(|it| matches!(it, Write::Factor(FactorWrite::UseChallenge { .. })))
        );
        for wanted in [
            |it: &VaultWrite| matches!(it, VaultWrite::WakeSession { .. }),
            |it: &VaultWrite| matches!(it, VaultWrite::UnlockDevice { .. }),
        ] {
            assert!(decision.writes.iter().any(|it| matches!(it, Write::Vault(it) if wanted(it))));
        }
        assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::Login));
        let webauthn = |refusal: WebauthnRefusal| UnlockRefusal::from(refusal);
        let forbidden = SessionFacts { factors: two_factor::FactorFacts::none(), ..asleep.clone() };
        for (session, challenge, is_signed, is_blocked, ceremony, expected) in [
            (
                &asleep,
                &good,
                None,
                false,
                Ceremony::Unlock,
                UnlockRefusal::Vault(VaultRefusal::UnknownDevice),
            ),
            (
                &asleep,
                &good,
                Some(false),
                false,
                Ceremony::Unlock,
                UnlockRefusal::Vault(VaultRefusal::NotProven),
            ),
            (&asleep, &good, Some(true), true, Ceremony::Unlock, UnlockRefusal::Vault(VaultRefusal::Blocked)),
            (
                &asleep,
                &its(Some(&other)),
                Some(true),
                false,
                Ceremony::Unlock,
                webauthn(WebauthnRefusal::Challenge),
            ),
            (&asleep, &its(None), Some(true), false, Ceremony::Unlock, webauthn(WebauthnRefusal::Challenge)),
            (&asleep, &good, Some(true), false, Ceremony::Show, webauthn(WebauthnRefusal::Challenge)),
            (&forbidden, &good, Some(true), false, Ceremony::Unlock, FactorRefusal::Unknown.into()),
        ] {
            let refused = go(session, challenge, is_signed, is_blocked, ceremony).err();
            assert_eq!(refused, Some(expected));
            assert_eq!(refused.map(UnlockRefusal::code), Some(expected.code()));
        }
    }

    #[test]
    fn what_a_passkey_unlocked_opens_until_it_is_locked_again() {
        let device = DeviceId::parse("d_laptop").expect("id");
        let of = |unlocked_at| {
            let old = NOW.minus(CLOCKS * 60);
            let lock = LockFacts { locked_at: NOW, authenticated_at: old, unlocked_at, is_blocked: false };
            prove(&session(), true, &device, Some(true), lock, NOW).map(drop)
        };
        assert_eq!(of(NOW), Ok(()));
        assert_eq!(of(NEVER), Err(VaultRefusal::Locked));
        assert_eq!(of(NOW.minus(CLOCKS * 2)), Err(VaultRefusal::Locked), "it was locked again since");
    }

    const GRACE: Duration = Duration::from_secs(5 * 60);

    fn graceful() -> SessionFacts {
        let limits = crate::session::SessionLimits { grace: GRACE, ..session().limits };
        SessionFacts { limits, ..session() }
    }

    #[test]
    fn a_grace_opens_what_locked_itself_for_the_same_session_and_not_for_long() {
        let device = DeviceId::parse("d_laptop").expect("id");
        let locked_at = graceful().created_at.plus(Duration::from_secs(60 * 60));
        let old = locked_at.minus(CLOCKS * 9);
        let of = |session: &SessionFacts, now| {
            let lock = LockFacts { locked_at, authenticated_at: old, unlocked_at: NEVER, is_blocked: false };
            prove(session, true, &device, Some(true), lock, now)
        };
        let last = locked_at.plus(GRACE).minus(Duration::from_millis(1));
        let decision = of(&graceful(), last).expect("within the grace");
        // Opened again, it is not locked any more: what follows is not counted from before.
        assert!(decision.writes.iter().any(
            |it| matches!(it, Write::Vault(VaultWrite::LockDevice { at, .. }) if *at == Timestamp::from_millis(0))
        ));
        let locked = Some(VaultRefusal::Locked);
        assert_eq!(of(&graceful(), locked_at.plus(GRACE)).err(), locked);
        for now in [locked_at.minus(GRACE), locked_at, last] {
            assert_eq!(of(&session(), now).err(), locked, "by default there is none");
        }
        let later = SessionFacts { created_at: locked_at.plus(Duration::from_millis(1)), ..graceful() };
        assert_eq!(of(&later, last).err(), locked, "another session");
        let blocked = LockFacts { locked_at, authenticated_at: old, unlocked_at: NEVER, is_blocked: true };
        let refused = prove(&graceful(), true, &device, Some(true), blocked, last).err();
        assert_eq!(refused, Some(VaultRefusal::Blocked));
        // Nobody who cannot sign for it hears of that.
        let refused = prove(&graceful(), true, &device, Some(false), blocked, last).err();
        assert_eq!(refused, Some(VaultRefusal::NotProven));
    }

    #[test]
    fn a_session_that_stays_proves_its_device_again_and_one_that_is_locked_by_hand_is_over() {
        let proven = ProvenSession::of(graceful(), DeviceId::parse("d_laptop")).expect("proven");
        let decision = lock(&proven, true, NOW, &mut Counter(0));
        assert!(!decision.outcome && decision.audit.is_empty());
        assert!(matches!(
            decision.writes.as_slice(),
            [Write::Vault(VaultWrite::ForgetProof { .. }), Write::Vault(VaultWrite::LockDevice { .. })]
        ));
        let decision = lock(&proven, false, NOW, &mut Counter(0));
        assert!(decision.outcome);
        assert!(matches!(decision.writes.first(), Some(Write::RevokeSession { .. })));
    }
}
