//! Our own keys of a connection: made, published, used, retired, so that no change of them is an outage.
//!
//! | a key that is | signs            | decrypts                                         |
//! |---------------|------------------|--------------------------------------------------|
//! | next          | is in our metadata, not used yet | is not in our metadata, and decrypts already |
//! | active        | is in our metadata, and signs    | is in our metadata, and decrypts             |
//! | retired       | is gone                          | is not in our metadata, and decrypts still   |
//!
//! An IdP has to know the next signing key before we use it, so it is published for [`PUBLISHED_FIRST`] at least, or until an
//! admin says that the IdP has it (most IdPs load metadata once, by hand). An encryption certificate is the other way round:
//! the IdP uses what it has loaded, so the old key goes on decrypting for [`KEPT`]. One encryption certificate is published
//! at a time, since AD FS refuses two.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event, Scope};
use crate::change::Unchanged;
use crate::decision::{Decision, Guard, Write};
use crate::facts::status;
use crate::id::{ConnectionId, SpKeyId, TenantId};
use crate::random::Random;

/// IdPs that poll metadata do so once a day at the least.
pub const PUBLISHED_FIRST: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// How long a retired key is kept: an admin at the IdP loads the new certificate in that time. Cron removes it then.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Each retired key that decrypts is tried on every message, so they bound its work.
pub const DECRYPTING: usize = 4;

status!(
    /// What a key is for.
    KeyPurpose {
        /// Signs requests.
        Sign = "sign",
        /// Opens what IdPs encrypted to us.
        Decrypt = "decrypt",
    }
);
status!(
    /// What a key is.
    KeyStatus {
        /// To be used next.
        Next = "next",
        /// In use.
        Active = "active",
        /// No longer in use.
        Retired = "retired",
    }
);

/// One of a connection's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpKey {
    /// Its id.
    pub id: SpKeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// What it is.
    pub status: KeyStatus,
    /// Since when it is that.
    pub since: Timestamp,
}

/// A key pair that the host made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSpKey {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Its certificate: base64 of the DER.
    pub certificate: String,
    /// Its private half under the master key, as the table `sp_key` has it.
    pub wrapped: String,
}

/// What a change of keys rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpKeyFacts {
    /// Whose.
    pub tenant: TenantId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// The connection's version.
    pub version: i64,
    /// All there are.
    pub keys: Vec<SpKey>,
}

/// Whether the IdP knows the next key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It loads our metadata by itself, in time.
    ByMetadata,
    /// An admin has seen to it.
    Confirmed,
}

impl SpKeyFacts {
    fn find(&self, purpose: KeyPurpose, status: KeyStatus) -> Option<&SpKey> {
        self.keys.iter().find(|key| key.purpose == purpose && key.status == status)
    }

    /// Adds a key: the first of its purpose is used at once, any other is the next one.
    ///
    /// # Errors
    /// [`Unchanged::KeyPending`] where there is a next one; [`Unchanged::KeyLimit`] where too many would have to be tried.
    pub fn add(
        &self,
        new: NewSpKey,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Result<Decision<SpKeyId>, Unchanged> {
        let purpose = new.purpose;
        if let Some(pending) = self.find(purpose, KeyStatus::Next) {
            return Err(Unchanged::KeyPending { key: pending.id.clone() });
        }
        if self.keys.iter().filter(|key| key.purpose == purpose).count() >= DECRYPTING {
            return Err(Unchanged::KeyLimit { limit: DECRYPTING });
        }
        let id = SpKeyId::generate(rng);
        let status = match self.find(purpose, KeyStatus::Active) {
            Some(_) => KeyStatus::Next,
            None => KeyStatus::Active,
        };
        let write = Write::CreateSpKey {
            tenant: self.tenant.clone(),
            connection: self.connection.clone(),
            key: id.clone(),
            status,
            new,
            at: now,
        };
        let detail =
            format!("The key {} ({}) was made; it is {}.", id.as_str(), purpose.as_str(), status.as_str());
        Ok(self.decide(id, vec![write], detail, now, rng))
    }

    /// Begins to use the next key, and retires the one in use.
    ///
    /// # Errors
    /// [`Unchanged::KeyMissing`] where there is no next one; [`Unchanged::KeyUnpublished`] where the IdP cannot know it yet.
    pub fn promote(
        &self,
        purpose: KeyPurpose,
        known: Known,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Result<Decision<()>, Unchanged> {
        let next = self.find(purpose, KeyStatus::Next).ok_or(Unchanged::KeyMissing)?;
        let usable_at = next.since.plus(PUBLISHED_FIRST);
        if purpose == KeyPurpose::Sign && known == Known::ByMetadata && now < usable_at {
            return Err(Unchanged::KeyUnpublished { usable_at, now });
        }
        let to = |key: &SpKey, status| Write::ChangeSpKey {
            tenant: self.tenant.clone(),
            connection: self.connection.clone(),
            key: key.id.clone(),
            status,
            at: now,
        };
        // In this order: one key of a purpose is active, by a unique index.
        let mut writes: Vec<Write> = self
            .find(purpose, KeyStatus::Active)
            .map(|active| to(active, KeyStatus::Retired))
            .into_iter()
            .collect();
        writes.push(to(next, KeyStatus::Active));
        let detail = format!("The key {} ({}) is used from now on.", next.id.as_str(), purpose.as_str());
        Ok(self.decide((), writes, detail, now, rng))
    }

    /// Removes a key that is not in use: one that was never used, or one that may be lost, whatever still waits for it.
    ///
    /// # Errors
    /// [`Unchanged::KeyMissing`]; [`Unchanged::KeyInUse`].
    pub fn remove(
        &self,
        id: &SpKeyId,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Result<Decision<()>, Unchanged> {
        let key = self.keys.iter().find(|key| key.id == *id).ok_or(Unchanged::KeyMissing)?;
        if key.status == KeyStatus::Active {
            return Err(Unchanged::KeyInUse { key: id.clone() });
        }
        let write = Write::DeleteSpKey {
            tenant: self.tenant.clone(),
            connection: self.connection.clone(),
            key: id.clone(),
        };
        let detail = format!("The key {} ({}) was removed.", id.as_str(), key.purpose.as_str());
        Ok(self.decide((), vec![write], detail, now, rng))
    }

    fn decide<T>(
        &self,
        outcome: T,
        mut writes: Vec<Write>,
        detail: String,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Decision<T> {
        let (tenant, connection) = (self.tenant.clone(), self.connection.clone());
        let scope = Scope { tenant: Some(tenant.clone()), connection: Some(connection.clone()), node: None };
        // What isolates remember of the connection has its keys.
        writes.push(Write::RenewConnection { tenant: tenant.clone(), connection: connection.clone() });
        Decision {
            outcome,
            guards: vec![Guard::ConnectionVersion { tenant, connection, version: self.version }],
            writes,
            audit: vec![AuditEvent::of_system(Event::SsoUpdated, &scope, detail, now, rng)],
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use keyward_saml::Timestamp;

    use super::{DECRYPTING, KeyPurpose, KeyStatus, Known, NewSpKey, PUBLISHED_FIRST, SpKey, SpKeyFacts};
    use crate::decision::{Guard, Write};
    use crate::id::SpKeyId;
    use crate::provisioning::tests::{NOW, connection};
    use crate::random::tests::Counter;

    const MS: Duration = Duration::from_millis(1);

    fn key(id: &str, purpose: KeyPurpose, status: KeyStatus, since: Timestamp) -> SpKey {
        SpKey { id: SpKeyId::parse(id).expect("id"), purpose, status, since }
    }

    fn facts(keys: &[SpKey]) -> SpKeyFacts {
        let of = connection();
        SpKeyFacts { tenant: of.tenant, connection: of.id, version: of.version, keys: keys.to_vec() }
    }

    fn new(purpose: KeyPurpose) -> NewSpKey {
        NewSpKey { purpose, certificate: "AAAA".into(), wrapped: "v1.00000000.AAAA".into() }
    }

    /// The statuses that a decision leaves, in the order of its writes.
    fn changes(writes: &[Write]) -> Vec<(String, KeyStatus)> {
        writes
            .iter()
            .filter_map(|write| match write {
                Write::CreateSpKey { status, .. } => Some(("new".to_owned(), *status)),
                Write::ChangeSpKey { key, status, .. } => Some((key.as_str().to_owned(), *status)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_first_key_is_used_at_once_and_the_second_waits() {
        for purpose in [KeyPurpose::Sign, KeyPurpose::Decrypt] {
            let first = facts(&[]).add(new(purpose), NOW, &mut Counter(0)).expect("added");
            assert_eq!(changes(&first.writes), [("new".to_owned(), KeyStatus::Active)]);
            assert!(matches!(first.guards.as_slice(), [Guard::ConnectionVersion { version: 3, .. }]));
            assert!(
                matches!(first.writes.last(), Some(Write::RenewConnection { .. })),
                "no isolate goes on with the old ones"
            );
            assert_eq!(first.audit.len(), 1);
            let used = key("k_1", purpose, KeyStatus::Active, NOW);
            let second =
                facts(std::slice::from_ref(&used)).add(new(purpose), NOW, &mut Counter(0)).expect("added");
            assert_eq!(changes(&second.writes), [("new".to_owned(), KeyStatus::Next)]);
            let pending = facts(&[used, key("k_2", purpose, KeyStatus::Next, NOW)]);
            let refused = pending.add(new(purpose), NOW, &mut Counter(0)).expect_err("one at a time");
            assert_eq!(refused.code(), "key-pending");
        }
    }

    #[test]
    fn keys_of_another_purpose_do_not_count() {
        let sign = key("k_1", KeyPurpose::Sign, KeyStatus::Active, NOW);
        let decision = facts(&[sign]).add(new(KeyPurpose::Decrypt), NOW, &mut Counter(0)).expect("added");
        assert_eq!(changes(&decision.writes), [("new".to_owned(), KeyStatus::Active)]);
    }

    #[test]
    fn every_retired_key_is_tried_so_there_are_few() {
        let mut keys = vec![key("k_0", KeyPurpose::Decrypt, KeyStatus::Active, NOW)];
        while keys.len() < DECRYPTING - 1 {
            keys.push(key(&format!("k_{}", keys.len()), KeyPurpose::Decrypt, KeyStatus::Retired, NOW));
        }
        assert!(facts(&keys).add(new(KeyPurpose::Decrypt), NOW, &mut Counter(0)).is_ok());
        keys.push(key("k_last", KeyPurpose::Decrypt, KeyStatus::Retired, NOW));
        let refused = facts(&keys).add(new(KeyPurpose::Decrypt), NOW, &mut Counter(0)).expect_err("too many");
        assert_eq!(refused.code(), "key-limit");
    }

    #[test]
    fn a_signing_key_is_published_before_it_is_used_unless_somebody_has_seen_to_it() {
        let both = facts(&[
            key("k_1", KeyPurpose::Sign, KeyStatus::Active, NOW),
            key("k_2", KeyPurpose::Sign, KeyStatus::Next, NOW),
        ]);
        let at = |known, now| both.promote(KeyPurpose::Sign, known, now, &mut Counter(0));
        let early = at(Known::ByMetadata, NOW.plus(PUBLISHED_FIRST).minus(MS)).expect_err("early");
        assert_eq!(early.code(), "key-unpublished");
        for decision in [at(Known::ByMetadata, NOW.plus(PUBLISHED_FIRST)), at(Known::Confirmed, NOW)] {
            let decision = decision.expect("promoted");
            // The old one first: two active ones would be a conflict.
            assert_eq!(
                changes(&decision.writes),
                [("k_1".to_owned(), KeyStatus::Retired), ("k_2".to_owned(), KeyStatus::Active)]
            );
        }
    }

    #[test]
    fn an_encryption_key_is_published_by_being_used() {
        let both = facts(&[
            key("k_1", KeyPurpose::Decrypt, KeyStatus::Active, NOW),
            key("k_2", KeyPurpose::Decrypt, KeyStatus::Next, NOW),
        ]);
        assert!(both.promote(KeyPurpose::Decrypt, Known::ByMetadata, NOW, &mut Counter(0)).is_ok());
        let none = both.promote(KeyPurpose::Sign, Known::Confirmed, NOW, &mut Counter(0)).expect_err("none");
        assert_eq!(none.code(), "key-missing");
    }

    #[test]
    fn a_key_in_use_is_not_removed() {
        let keys = facts(&[
            key("k_1", KeyPurpose::Sign, KeyStatus::Active, NOW),
            key("k_2", KeyPurpose::Sign, KeyStatus::Next, NOW),
            key("k_3", KeyPurpose::Sign, KeyStatus::Retired, NOW),
        ]);
        let remove = |id| keys.remove(&SpKeyId::parse(id).expect("id"), NOW, &mut Counter(0));
        assert_eq!(remove("k_1").expect_err("in use").code(), "key-in-use");
        assert_eq!(remove("k_9").expect_err("none").code(), "key-missing");
        for id in ["k_2", "k_3"] {
            let decision = remove(id).expect("removed");
            assert!(
                matches!(decision.writes.first(), Some(Write::DeleteSpKey { key, .. }) if key.as_str() == id)
            );
        }
    }
}
