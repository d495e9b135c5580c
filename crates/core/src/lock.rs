//! Locking a vault in a device: it opens again for who signed in at the IdP since.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::decision::{Decision, Write};
use crate::items::ProvenSession;
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::VaultWrite;

/// How far an IdP's clock may be behind ours, and it writes whole seconds.
const CLOCKS: Duration = Duration::from_secs(60);

/// When a device was locked, and when the person of the session signed in at the IdP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockFacts {
    /// 0 where it never was.
    pub locked_at: Timestamp,
    /// AuthnInstant; 0 where none is known.
    pub authenticated_at: Timestamp,
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
        self.authenticated_at.plus(CLOCKS) < self.locked_at
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
/// it gets at anything. Who locks it by hand wants it locked. The outcome: whether the session is over.
pub fn lock(session: &ProvenSession, is_idle: bool, now: Timestamp, rng: &mut dyn Random) -> Decision<bool> {
    let its = session.session();
    let stays = is_idle && its.limits.grace > Duration::ZERO;
    let Decision { guards, mut writes, audit, .. } =
        if stays { Decision::unchanged(()) } else { its.sign_out(now, rng) };
    if stays {
        writes.push(Write::Vault(VaultWrite::ForgetProof {
            tenant: its.tenant.clone(),
            token: its.token.clone(),
        }));
    }
    writes.push(Write::Vault(VaultWrite::LockDevice {
        tenant: its.tenant.clone(),
        user: its.user.id.clone(),
        device: session.device().clone(),
        at: now,
    }));
    Decision { outcome: !stays, guards, writes, audit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::DeviceId;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::session::tests::session;
    use crate::vault::{VaultRefusal, prove};

    #[test]
    fn what_was_locked_opens_for_who_signed_in_since() {
        let device = DeviceId::parse("d_laptop").expect("id");
        let of = |authenticated_at| {
            let lock = LockFacts { locked_at: NOW, authenticated_at, is_blocked: false };
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
            let lock = LockFacts { locked_at, authenticated_at: old, is_blocked: false };
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
        let blocked = LockFacts { locked_at, authenticated_at: old, is_blocked: true };
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
