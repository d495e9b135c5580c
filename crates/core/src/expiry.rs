//! When people are told that an IdP's certificate expires: 60, 30, 14, 7 and 1 days before, and when it has.
//!
//! An expired certificate still counts (SAML2Int: the pin is what is trusted, not the date). IdPs change theirs around that
//! time, though, and whoever is told in time is not surprised.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::admin::Privilege;
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::id::{ConnectionId, MailId, TenantId};
use crate::mail::{Kind, MailWrite};
use crate::random::Random;

/// Days before the end at which an event is written, the earliest first.
const WARNINGS: [u64; 6] = [60, 30, 14, 7, 1, 0];

/// What to do now, and when next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Write it down.
    pub is_due: bool,
    /// When to look again; `None` where nothing is left to tell.
    pub next_at: Option<Timestamp>,
}

/// Decides, for a certificate that was not looked at since `looked_at`; a new one never was.
pub fn warning(not_after: Timestamp, looked_at: Option<Timestamp>, now: Timestamp) -> Warning {
    let moment = |days: u64| not_after.minus(Duration::from_secs(days * 24 * 60 * 60));
    let passed = WARNINGS.iter().map(|days| moment(*days)).rfind(|moment| *moment <= now);
    let next_at = WARNINGS.iter().map(|days| moment(*days)).find(|moment| *moment > now);
    let is_due = passed.is_some_and(|passed| looked_at.is_none_or(|looked_at| looked_at < passed));
    Warning { is_due, next_at }
}

/// A pinned certificate whose end is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whose.
    pub tenant: TenantId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// The lower-case hex of its SHA-256.
    pub fingerprint: String,
    /// Its end.
    pub not_after: Timestamp,
    /// When that was looked at.
    pub looked_at: Option<Timestamp>,
    /// Since when that is due.
    pub due_at: Timestamp,
}

impl CertificateFacts {
    /// Looks. The outcome: whether somebody is told.
    pub fn look(&self, now: Timestamp, rng: &mut dyn Random) -> Decision<bool> {
        let Warning { is_due, next_at } = warning(self.not_after, self.looked_at, now);
        let (tenant, connection) = (&self.tenant, &self.connection);
        let mut audit = Vec::new();
        let mut notices = Vec::new();
        if is_due {
            let scope =
                Scope { tenant: Some(tenant.clone()), connection: Some(connection.clone()), node: None };
            let verb = if self.not_after <= now { "expired" } else { "expires" };
            let detail = format!(
                "The identity provider's certificate {} {verb} at {}. Pin its next one beside it.",
                self.fingerprint, self.not_after
            );
            notices.push(Write::Mail(MailWrite::ToAdmins {
                tenant: tenant.clone(),
                id: MailId::generate(rng),
                privilege: Privilege::ManageConnections,
                connection: Some(connection.clone()),
                user: None,
                kind: Kind::CertificateExpiring,
                about: detail.clone(),
                at: now,
            }));
            audit.push(AuditEvent::of_system(Event::CertificateExpiring, &scope, detail, now, rng));
        }
        Decision {
            outcome: is_due,
            guards: vec![Guard::CertificateDue {
                tenant: tenant.clone(),
                connection: connection.clone(),
                fingerprint: self.fingerprint.clone(),
                due_at: self.due_at,
            }],
            writes: core::iter::once(Write::LookAtCertificate {
                tenant: tenant.clone(),
                connection: connection.clone(),
                fingerprint: self.fingerprint.clone(),
                at: now,
                next_at,
            })
            .chain(notices)
            .collect(),
            audit,
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use keyward_saml::Timestamp;

    use super::{CertificateFacts, Warning, warning};
    use crate::audit::Event;
    use crate::decision::Write;
    use crate::provisioning::tests::{NOW, connection};
    use crate::random::tests::Counter;

    fn days(days: u64) -> Duration {
        Duration::from_secs(days * 24 * 60 * 60)
    }

    #[test]
    fn each_warning_comes_once_whenever_it_is_looked_at() {
        let end = NOW.plus(days(100));
        let (mut told, mut looked_at, mut now) = (Vec::new(), None, NOW);
        loop {
            let Warning { is_due, next_at } = warning(end, looked_at, now);
            if is_due {
                told.push((end.as_millis() - now.as_millis()) / 86_400_000);
            }
            looked_at = Some(now);
            match next_at {
                Some(next) => now = next,
                None => break,
            }
        }
        assert_eq!(told, [60, 30, 14, 7, 1, 0]);
    }

    #[test]
    fn a_certificate_that_comes_late_is_told_of_once() {
        let second = |at: Timestamp| warning(NOW.plus(days(10)), Some(at), at);
        assert_eq!(
            warning(NOW.plus(days(10)), None, NOW),
            Warning { is_due: true, next_at: Some(NOW.plus(days(3))) }
        );
        assert_eq!(second(NOW), Warning { is_due: false, next_at: Some(NOW.plus(days(3))) });
        // Long expired.
        assert_eq!(warning(NOW.minus(days(400)), None, NOW), Warning { is_due: true, next_at: None });
        // Many warnings missed are one.
        assert!(warning(NOW.plus(days(2)), Some(NOW.minus(days(90))), NOW).is_due);
    }

    #[test]
    fn whoever_looks_writes_down_what_is_due_and_when_to_look_again() {
        let facts = CertificateFacts {
            tenant: connection().tenant,
            connection: connection().id,
            fingerprint: "ab".repeat(32),
            not_after: NOW.plus(days(30)),
            looked_at: Some(NOW.minus(days(30))),
            due_at: NOW,
        };
        let decision = facts.look(NOW, &mut Counter(0));
        assert!(decision.outcome);
        assert!(
            matches!(decision.audit.as_slice(), [event] if event.event == Event::CertificateExpiring && event.detail.contains(" expires at "))
        );
        assert!(
            matches!(decision.writes.as_slice(), [Write::LookAtCertificate { next_at: Some(next), .. }, Write::Mail(_)] if *next == NOW.plus(days(16)))
        );
        let over = CertificateFacts { not_after: NOW, ..facts }.look(NOW, &mut Counter(0));
        assert!(matches!(over.audit.as_slice(), [event] if event.detail.contains(" expired at ")));
        assert!(matches!(
            over.writes.as_slice(),
            [Write::LookAtCertificate { next_at: None, .. }, Write::Mail(_)]
        ));
    }

    #[test]
    fn a_moment_is_exact() {
        let end = NOW.plus(days(60));
        assert!(warning(end, Some(NOW.minus(days(1))), NOW).is_due);
        let early = NOW.minus(Duration::from_millis(1));
        assert_eq!(warning(end, None, early), Warning { is_due: false, next_at: Some(NOW) });
    }
}
