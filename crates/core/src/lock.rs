//! Locking a vault in a device: it opens again for who signed in at the IdP since.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::decision::{Decision, Write};
use crate::items::ProvenSession;
use crate::random::Random;
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
}

/// Locks the vault in the device: the session ends, and the next one has to be of somebody who signed in at the IdP since.
pub fn lock(session: &ProvenSession, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
    let its = session.session();
    let mut decision = its.sign_out(now, rng);
    decision.writes.push(Write::Vault(VaultWrite::LockDevice {
        tenant: its.tenant.clone(),
        user: its.user.id.clone(),
        device: session.device().clone(),
        at: now,
    }));
    decision
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
            let lock = LockFacts { locked_at: NOW, authenticated_at };
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
        let told =
            LockFacts { locked_at: Timestamp::from_millis(0), authenticated_at: NOW.minus(CLOCKS * 2) };
        assert!(!told.is_locked() && told.or_locked(NOW, NOW).is_locked());
        let fresh = LockFacts { authenticated_at: NOW, ..told };
        assert!(!fresh.or_locked(NOW.plus(CLOCKS * 9), NOW).is_locked(), "a clock that is ahead");
        let decision = lock(&crate::items::tests::proven(), NOW, &mut Counter(0));
        assert!(matches!(
            decision.writes.as_slice(),
            [Write::RevokeSession { .. }, Write::Vault(VaultWrite::LockDevice { .. })]
        ));
    }
}
