//! Whose a domain is: claimed, proved by a TXT record, proved again for as long as it is held, and lost.
//!
//! | status   | the record        | then |
//! |----------|-------------------|------|
//! | pending  | there             | reserved, unless another tenant holds it: that one's proof stands first |
//! | pending  | not there         | looked for again, ever later; given up a month after the claim |
//! | reserved | there             | looked for again tomorrow |
//! | reserved | gone              | the owner has a week's notice; then it is lost, and routing and provisioning stop at once |
//! | lost     | there             | reserved, unless another tenant holds it |
//! | any      | resolvers differ  | looked for again soon; nothing else changes |
//!
//! Two owners at a time are impossible: reserving is an UPDATE under a unique index, and whoever is second is told so.

use core::fmt;
use core::time::Duration;

use keyward_saml::Timestamp;

use crate::address::Domain;
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::dns::Lookup;
use crate::id::TenantId;
use crate::public_mail::{is_public_mail, is_public_suffix};
use crate::random::{Random, opaque_id};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after each check that did not see the record the next one is; the last counts for all that follow.
const RETRIES: [Duration; 6] = [
    MINUTE,
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    HOUR,
    Duration::from_secs(6 * 60 * 60),
    DAY,
];
/// How often the record of a reserved domain is looked for.
const RECHECK: Duration = DAY;
/// How often while it is gone, or the resolvers differ.
const RECHECK_SOON: Duration = HOUR;
/// How long a domain is held without its record.
pub const NOTICE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a record is waited for.
pub const PATIENCE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a tenant's claim to a domain is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainStatus {
    /// Claimed.
    Pending,
    /// Proved.
    Reserved,
    /// Proved once.
    Lost,
}

impl DomainStatus {
    /// From the database.
    pub fn parse(text: &str) -> Option<DomainStatus> {
        match text {
            "pending" => Some(DomainStatus::Pending),
            "reserved" => Some(DomainStatus::Reserved),
            "lost" => Some(DomainStatus::Lost),
            _ => None,
        }
    }

    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            DomainStatus::Pending => "pending",
            DomainStatus::Reserved => "reserved",
            DomainStatus::Lost => "lost",
        }
    }
}

/// What a check rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainFacts {
    /// Whose claim.
    pub tenant: TenantId,
    /// To what.
    pub name: Domain,
    /// What it is worth.
    pub status: DomainStatus,
    /// What the record has to say.
    pub token: String,
    /// Checks in a row that did not see it.
    pub attempts: i64,
    /// Since when it is gone.
    pub missing_since: Option<Timestamp>,
    /// When it was claimed.
    pub created_at: Timestamp,
    /// When this check was due.
    pub due_at: Timestamp,
    /// Whether another tenant holds it.
    pub taken: bool,
}

/// What all resolvers together say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// All see the record.
    Present,
    /// None does, and all could tell.
    Absent,
    /// They differ, or some could not tell.
    Unknown,
}

impl DomainFacts {
    /// The name of the record.
    pub fn record_name(&self) -> String {
        format!("_keyward-challenge.{}", self.name.as_str())
    }

    /// What it has to say.
    pub fn record_text(&self) -> String {
        format!("keyward={}", self.token)
    }

    /// What the answers of independent resolvers amount to. One alone proves nothing, either way.
    pub fn proof(&self, lookups: &[Lookup]) -> Proof {
        let expected = self.record_text();
        let sees = |lookup: &Lookup| match lookup {
            Lookup::Texts(texts) => Some(texts.contains(&expected)),
            Lookup::Failed => None,
        };
        if lookups.len() < 2 {
            Proof::Unknown
        } else if lookups.iter().all(|lookup| sees(lookup) == Some(true)) {
            Proof::Present
        } else if lookups.iter().all(|lookup| sees(lookup) == Some(false)) {
            Proof::Absent
        } else {
            Proof::Unknown
        }
    }

    /// Decides by the table above.
    pub fn check(&self, proof: Proof, now: Timestamp, rng: &mut dyn Random) -> Decision<DomainStatus> {
        match (self.status, proof) {
            (DomainStatus::Pending | DomainStatus::Lost, _) if may_be_somebodys(&self.name).is_err() => {
                self.becomes(self.status, self.missing_since, None, now)
            }
            (DomainStatus::Pending | DomainStatus::Lost, Proof::Present) if !self.taken => {
                let mut decision = self.becomes(DomainStatus::Reserved, None, Some(now.plus(RECHECK)), now);
                decision.audit.push(self.event(Event::DomainReserved, String::new(), now, rng));
                decision
            }
            (DomainStatus::Pending | DomainStatus::Lost, _) => {
                let since = self.missing_since.unwrap_or(self.created_at);
                let next = (now < since.plus(PATIENCE)).then(|| now.plus(self.retry()));
                self.becomes(self.status, self.missing_since, next, now)
            }
            (DomainStatus::Reserved, Proof::Present) => {
                self.becomes(DomainStatus::Reserved, None, Some(now.plus(RECHECK)), now)
            }
            (DomainStatus::Reserved, Proof::Unknown) => {
                self.becomes(DomainStatus::Reserved, self.missing_since, Some(now.plus(RECHECK_SOON)), now)
            }
            (DomainStatus::Reserved, Proof::Absent) => self.is_gone(now, rng),
        }
    }

    fn is_gone(&self, now: Timestamp, rng: &mut dyn Random) -> Decision<DomainStatus> {
        let soon = Some(now.plus(RECHECK_SOON));
        match self.missing_since {
            Some(since) if now >= since.plus(NOTICE) => {
                let mut decision =
                    self.becomes(DomainStatus::Lost, Some(since), Some(now.plus(RECHECK)), now);
                let detail = format!("The record {} is gone since {since}.", self.record_name());
                decision.audit.push(self.event(Event::DomainLost, detail, now, rng));
                decision
            }
            Some(since) => self.becomes(DomainStatus::Reserved, Some(since), soon, now),
            None => {
                let mut decision = self.becomes(DomainStatus::Reserved, Some(now), soon, now);
                let detail = format!(
                    "The record {} is gone. Put it back by {}, or the domain is lost: nobody will sign in by it.",
                    self.record_name(),
                    now.plus(NOTICE)
                );
                let mut event = self.event(Event::DomainLost, detail, now, rng);
                event.code = Some("domain-notice");
                decision.audit.push(event);
                decision
            }
        }
    }

    fn retry(&self) -> Duration {
        let attempts = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        RETRIES.get(attempts).copied().unwrap_or(DAY)
    }

    fn becomes(
        &self,
        status: DomainStatus,
        missing_since: Option<Timestamp>,
        next_check_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Decision<DomainStatus> {
        let is_held = status == DomainStatus::Reserved && missing_since.is_none();
        Decision {
            outcome: status,
            guards: vec![Guard::DomainDue {
                tenant: self.tenant.clone(),
                domain: self.name.clone(),
                due_at: self.due_at,
            }],
            writes: vec![Write::UpdateDomain {
                tenant: self.tenant.clone(),
                domain: self.name.clone(),
                status,
                attempts: if is_held { 0 } else { self.attempts.saturating_add(1) },
                missing_since,
                checked_at: now,
                next_check_at,
            }],
            audit: Vec::new(),
        }
    }

    fn event(&self, event: Event, detail: String, now: Timestamp, rng: &mut dyn Random) -> AuditEvent {
        let scope = Scope { tenant: Some(self.tenant.clone()), ..Scope::default() };
        let detail = format!("{}. {detail}", self.name.as_str()).trim_end().to_owned();
        AuditEvent::of_system(event, &scope, detail, now, rng)
    }
}

/// Why a domain cannot be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// Everybody has addresses there.
    PublicMail,
    /// Everybody has names right below it.
    PublicSuffix,
    /// Another tenant holds it, and its proof stands.
    Taken,
}

impl ClaimRefusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            ClaimRefusal::PublicMail => "domain-public-mail",
            ClaimRefusal::PublicSuffix => "domain-public-suffix",
            ClaimRefusal::Taken => "domain-taken",
        }
    }
}

impl fmt::Display for ClaimRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClaimRefusal::PublicMail => {
                "Anybody can have an address at this domain, so it is nobody's to reserve."
            }
            ClaimRefusal::PublicSuffix => {
                "Anybody can have a name below this one, so it is nobody's to reserve: take your own, such as acme.co.uk."
            }
            ClaimRefusal::Taken => "Another organisation has reserved this domain, and its proof stands.",
        })
    }
}

/// Refuses what can be nobody's, whoever puts a record there.
fn may_be_somebodys(name: &Domain) -> Result<(), ClaimRefusal> {
    if is_public_mail(name) {
        Err(ClaimRefusal::PublicMail)
    } else if is_public_suffix(name) {
        Err(ClaimRefusal::PublicSuffix)
    } else {
        Ok(())
    }
}

/// Claims a domain: from now on its record is looked for. The outcome is what the record has to say.
///
/// # Errors
/// Where it can be nobody's, or is somebody's.
pub fn claim(
    tenant: &TenantId,
    name: &Domain,
    taken: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<String>, ClaimRefusal> {
    may_be_somebodys(name)?;
    if taken {
        return Err(ClaimRefusal::Taken);
    }
    let token = opaque_id("", rng);
    let text = format!("keyward={token}");
    let write = Write::ClaimDomain { tenant: tenant.clone(), domain: name.clone(), token, at: now };
    Ok(Decision { writes: vec![write], ..Decision::unchanged(text) })
}

#[cfg(test)]
mod tests {
    use super::{ClaimRefusal, DomainFacts, DomainStatus, Proof, claim};
    use crate::address::Domain;
    use crate::decision::Write;
    use crate::dns::Lookup;
    use crate::provisioning::tests::{NOW, connection};
    use crate::random::tests::Counter;

    fn facts(status: DomainStatus) -> DomainFacts {
        DomainFacts {
            tenant: connection().tenant,
            name: Domain::parse("acme.test").expect("domain"),
            status,
            token: "abc".into(),
            attempts: 0,
            missing_since: None,
            created_at: NOW,
            due_at: NOW,
            taken: false,
        }
    }

    #[test]
    fn all_resolvers_have_to_agree_and_one_is_none() {
        let facts = facts(DomainStatus::Pending);
        assert_eq!(facts.record_name(), "_keyward-challenge.acme.test");
        let yes = || Lookup::Texts(vec!["other".into(), "keyward=abc".into()]);
        let no = || Lookup::Texts(vec!["keyward=abcd".into(), "KEYWARD=ABC".into(), " keyward=abc".into()]);
        for (lookups, proof) in [
            (vec![yes(), yes()], Proof::Present),
            (vec![no(), Lookup::Texts(vec![])], Proof::Absent),
            (vec![yes(), no()], Proof::Unknown),
            (vec![yes(), Lookup::Failed], Proof::Unknown),
            (vec![no(), Lookup::Failed], Proof::Unknown),
            (vec![Lookup::Failed, Lookup::Failed], Proof::Unknown),
            (vec![yes()], Proof::Unknown),
            (vec![no()], Proof::Unknown),
            (vec![], Proof::Unknown),
        ] {
            assert_eq!(facts.proof(&lookups), proof, "{lookups:?}");
        }
    }

    #[test]
    fn public_mail_and_public_suffixes_are_nobodys() {
        let gmail = Domain::parse("GMail.com").expect("domain");
        let refused = claim(&connection().tenant, &gmail, false, NOW, &mut Counter(0)).expect_err("public");
        assert_eq!((refused, refused.code()), (ClaimRefusal::PublicMail, "domain-public-mail"));
        let suffix = Domain::parse("co.uk").expect("domain");
        let refused = claim(&connection().tenant, &suffix, false, NOW, &mut Counter(0)).expect_err("public");
        assert_eq!((refused, refused.code()), (ClaimRefusal::PublicSuffix, "domain-public-suffix"));
        // What was claimed before the list had it is not reserved, whatever its record says.
        let pending = DomainFacts { name: suffix, ..facts(DomainStatus::Pending) };
        let decision = pending.check(Proof::Present, NOW, &mut Counter(0));
        assert_eq!(decision.outcome, DomainStatus::Pending);
    }

    #[test]
    fn a_claim_says_what_the_record_has_to_say() {
        let name = Domain::parse("acme.test").expect("domain");
        let tenant = connection().tenant;
        let refused = claim(&tenant, &name, true, NOW, &mut Counter(0)).expect_err("taken");
        assert_eq!(refused.code(), "domain-taken");
        let decision = claim(&tenant, &name, false, NOW, &mut Counter(0)).expect("free");
        let [Write::ClaimDomain { token, .. }] = decision.writes.as_slice() else { panic!("{decision:?}") };
        assert_eq!(decision.outcome, format!("keyward={token}"));
        assert_eq!(token.len(), 20);
    }
}
