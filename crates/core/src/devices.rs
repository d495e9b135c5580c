//! A person's further devices, as far as a server that cannot open a vault goes: they ask, are answered once by a device that
//! is proven, or show that their person has the recovery phrase. What is compared by people is compared in browsers.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::id::{DeviceId, TenantId, UserId};
use crate::items::{Change, Checked, ProvenSession, check};
use crate::mail::{Kind, new_device, to_user};
use crate::random::{Random, Token};
use crate::session::SessionFacts;
use crate::vault::{NewDevice, POINT, PhraseLock, SHARE, VERSION, VaultRefusal, VaultWrite, WRAP, part};

/// How long a device waits for one of its person's own.
pub const REQUEST_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Most devices that wait at once: whoever approves is not to pick one of many.
pub const REQUESTS_MOST: i64 = 5;
/// A lock of docs/vault-format.md §9.
const LOCK: usize = 61;
/// The longest name, in characters.
const NAME: usize = 100;

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Its ID, which it made.
    pub device: DeviceId,
    /// What it calls itself.
    pub name: String,
    /// Base64 of its ECDH key.
    pub encryption: String,
    /// Base64 of its ECDSA key.
    pub signing: String,
}

/// A request of a device that has not expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// What it said of itself.
    pub asking: Asking,
    /// When.
    pub created_at: Timestamp,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
    /// Until when an admin may answer; 0 where none was asked.
    pub admin_expires_at: Timestamp,
    /// Whether an admin was asked for a fresh vault.
    pub wants_fresh: bool,
    /// Whether it was approved; `None` where nobody answered.
    pub approved: Option<bool>,
}

/// What a recovery phrase opens, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryFacts {
    /// Which statement's vault key is in the wrap.
    pub sequence: i64,
    /// At which statement the phrase was made.
    pub since: i64,
    /// What it opens.
    pub phrase: PhraseLock,
    /// The SHA-256 of the proof, hex.
    pub proof: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// What lets a device open the vault.
#[derive(Clone, PartialEq, Eq)]
pub struct Letting {
    /// Base64 of the vault key for it.
    pub wrap: String,
    /// Base64 of what opens the wrap beside its key.
    pub share: String,
}

fn check_asking(asking: &Asking) -> Result<(), VaultRefusal> {
    let is_name =
        (1..=NAME).contains(&asking.name.chars().count()) && !asking.name.chars().any(char::is_control);
    if !is_name {
        return Err(VaultRefusal::Malformed { what: "the device's name" });
    }
    part("encryption", &asking.encryption, Some(4), POINT..=POINT)?;
    part("signing", &asking.signing, Some(4), POINT..=POINT)?;
    Ok(())
}

fn user_unchanged(session: &SessionFacts) -> Guard {
    let SessionFacts { tenant, user, .. } = session;
    Guard::UserUnchanged { tenant: tenant.clone(), user: user.id.clone(), version: user.version }
}

pub(crate) fn sequence_unchanged(session: &SessionFacts, sequence: i64) -> Guard {
    Guard::VaultSequence { tenant: session.tenant.clone(), user: session.user.id.clone(), sequence }
}

fn event(
    event: Event,
    session: &SessionFacts,
    detail: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> AuditEvent {
    let mut event = AuditEvent::of_user(event, &session.user.id, &session.scope(), now, rng);
    event.detail = detail.to_owned();
    event
}

fn add(
    session: &SessionFacts,
    asking: &Asking,
    letting: &Letting,
    sequence: i64,
    now: Timestamp,
) -> Result<VaultWrite, VaultRefusal> {
    add_device(&session.tenant, &session.user.id, asking, letting, sequence, now)
}

pub(crate) fn add_device(
    tenant: &TenantId,
    user: &UserId,
    asking: &Asking,
    letting: &Letting,
    sequence: i64,
    now: Timestamp,
) -> Result<VaultWrite, VaultRefusal> {
    part("wrap", &letting.wrap, Some(VERSION), WRAP..=WRAP)?;
    part("share", &letting.share, None, SHARE..=SHARE)?;
    Ok(VaultWrite::AddDevice(NewDevice {
        tenant: tenant.clone(),
        user: user.clone(),
        id: asking.device.clone(),
        encryption: asking.encryption.clone(),
        signing: asking.signing.clone(),
        sequence,
        wrap: letting.wrap.clone(),
        share: letting.share.clone(),
        at: now,
    }))
}

/// A device asks to be let in. `is_signed`: the host verified its signature over `proof_text` with the key that it sent.
/// The outcome is until when it waits. Asked again it is the same request.
///
/// # Errors
/// [`VaultRefusal`].
pub fn ask(
    session: &SessionFacts,
    exists: bool,
    requests: &[RequestFacts],
    asking: &Asking,
    is_signed: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Timestamp>, VaultRefusal> {
    check_asking(asking)?;
    if !exists {
        return Err(VaultRefusal::Missing);
    }
    if !is_signed {
        return Err(VaultRefusal::NotProven);
    }
    if let Some(known) = requests.iter().find(|request| request.asking.device == asking.device) {
        let until = known.expires_at.max(known.admin_expires_at);
        let is_same = known.asking == *asking && now < until;
        return if is_same { Ok(Decision::unchanged(until)) } else { Err(VaultRefusal::Expired) };
    }
    let open =
        requests.iter().filter(|request| request.approved.is_none() && now < request.expires_at).count();
    if i64::try_from(open).unwrap_or(REQUESTS_MOST) >= REQUESTS_MOST {
        return Err(VaultRefusal::TooMany);
    }
    let (tenant, user) = (session.tenant.clone(), session.user.id.clone());
    let expires_at = now.plus(REQUEST_LIFETIME);
    let notice = to_user(&tenant, &user, Kind::DeviceAsks, &asking.name, now, rng);
    Ok(Decision {
        outcome: expires_at,
        guards: vec![
            user_unchanged(session),
            Guard::DeviceRequests {
                tenant: tenant.clone(),
                user: user.clone(),
                now,
                most: REQUESTS_MOST - 1,
            },
        ],
        writes: vec![
            Write::Vault(VaultWrite::Ask { tenant, user, asking: asking.clone(), at: now, expires_at }),
            notice,
        ],
        audit: vec![event(Event::DeviceApprovalRequested, session, "", now, rng)],
    })
}

/// The request of a device that may still be answered.
fn answerable<'a>(
    requests: &'a [RequestFacts],
    device: &DeviceId,
    now: Timestamp,
) -> Result<&'a RequestFacts, VaultRefusal> {
    let request = requests
        .iter()
        .find(|request| request.asking.device == *device)
        .ok_or(VaultRefusal::UnknownDevice)?;
    match request.approved {
        Some(_) => Err(VaultRefusal::Answered),
        None if now >= request.expires_at => Err(VaultRefusal::Expired),
        None => Ok(request),
    }
}

/// What a vault is at, as it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its counter.
    pub counter: Option<i64>,
    /// The number of its last statement.
    pub sequence: i64,
}

/// A proven device lets another in: with the vault key for it, and with the list of devices that has it.
///
/// # Errors
/// [`VaultRefusal`].
#[expect(clippy::too_many_arguments, reason = "the facts, what was sent, the clock and randomness")]
pub fn approve(
    session: &ProvenSession,
    at: At,
    requests: &[RequestFacts],
    device: &DeviceId,
    letting: &Letting,
    change: &Change,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    let its = session.session();
    if !its.rules.may_approve_devices {
        return Err(VaultRefusal::Restricted { policy: "device_approval_by_user" });
    }
    let request = answerable(requests, device, now)?;
    let new = add(its, &request.asking, letting, at.sequence, now)?;
    let Checked { mut guards, mut writes } = check(session, at.counter, change, &["devices"], now)?;
    guards.push(sequence_unchanged(its, at.sequence));
    writes.push(answer(session, device, "approved", now));
    writes.push(Write::Vault(new));
    writes.push(new_device(its, "It was let in from another browser of yours.", now, rng));
    let audit = vec![event(Event::DeviceApproved, its, "From another device of the same person.", now, rng)];
    Ok(Decision { outcome: (), guards, writes, audit })
}

/// A proven device refuses another. Who asked is not told: it waits until the request expires.
///
/// # Errors
/// [`VaultRefusal`].
pub fn deny(
    session: &ProvenSession,
    requests: &[RequestFacts],
    device: &DeviceId,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    answerable(requests, device, now)?;
    let audit = vec![event(Event::DeviceDenied, session.session(), "", now, rng)];
    let writes = vec![answer(session, device, "denied", now)];
    Ok(Decision { outcome: (), guards: session.guards(), writes, audit })
}

fn answer(session: &ProvenSession, device: &DeviceId, answer: &'static str, at: Timestamp) -> Write {
    Write::Vault(VaultWrite::Answer {
        tenant: session.session().tenant.clone(),
        user: session.session().user.id.clone(),
        device: device.clone(),
        answer,
        by: session.device().clone(),
        at,
    })
}

/// Blocks a device, or lets it in again. Nobody blocks the one that they use.
///
/// # Errors
/// [`VaultRefusal::UnknownDevice`].
pub fn block(
    session: &ProvenSession,
    device: &DeviceId,
    is_blocked: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if device == session.device() {
        return Err(VaultRefusal::UnknownDevice);
    }
    let its = session.session();
    let (tenant, user) = (its.tenant.clone(), its.user.id.clone());
    let mut guards = session.guards();
    guards.push(Guard::DeviceThere { tenant: tenant.clone(), user: user.clone(), device: device.clone() });
    let (kind, detail) = if is_blocked {
        (Event::DeviceDenied, "Blocked.")
    } else {
        (Event::DeviceApproved, "Not blocked any more.")
    };
    let since = is_blocked.then_some(now);
    let write = VaultWrite::Block { tenant, user, device: device.clone(), since };
    Ok(Decision {
        outcome: (),
        guards,
        writes: vec![Write::Vault(write)],
        audit: vec![event(kind, its, detail, now, rng)],
    })
}

/// Removes a device from the server and, by `change`, from the list that keys are wrapped to. Nobody removes the one that
/// they use.
///
/// # Errors
/// [`VaultRefusal`].
pub fn remove(
    session: &ProvenSession,
    counter: Option<i64>,
    device: &DeviceId,
    change: &Change,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if device == session.device() {
        return Err(VaultRefusal::UnknownDevice);
    }
    let its = session.session();
    let (tenant, user) = (its.tenant.clone(), its.user.id.clone());
    let Checked { mut guards, mut writes } = check(session, counter, change, &["devices"], now)?;
    guards.push(Guard::DeviceThere { tenant: tenant.clone(), user: user.clone(), device: device.clone() });
    writes.push(Write::Vault(VaultWrite::ForgetProofs {
        tenant: tenant.clone(),
        user: user.clone(),
        device: device.clone(),
    }));
    writes.push(Write::Vault(VaultWrite::RemoveDevice { tenant, user, device: device.clone() }));
    let audit = vec![event(Event::DeviceDenied, its, "Removed.", now, rng)];
    Ok(Decision { outcome: (), guards, writes, audit })
}

/// Forgets the device that is used, and signs out: whoever has the browser has nothing of the vault. `others`: how many more
/// devices there are.
///
/// # Errors
/// [`VaultRefusal::LastDevice`], so that nobody loses their vault by a click; as [`check`].
pub fn forget(
    session: &ProvenSession,
    counter: Option<i64>,
    others: usize,
    has_phrase: bool,
    change: &Change,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if others == 0 && !has_phrase {
        return Err(VaultRefusal::LastDevice);
    }
    let its = session.session();
    let (tenant, user, device) = (its.tenant.clone(), its.user.id.clone(), session.device().clone());
    let Checked { guards, mut writes } = check(session, counter, change, &["devices"], now)?;
    let out = its.sign_out(now, rng);
    writes.push(Write::Vault(VaultWrite::ForgetProofs {
        tenant: tenant.clone(),
        user: user.clone(),
        device: device.clone(),
    }));
    writes.push(Write::Vault(VaultWrite::RemoveDevice { tenant, user, device }));
    writes.extend(out.writes);
    let mut audit = out.audit;
    audit.push(event(Event::DeviceDenied, its, "Forgotten at sign-out.", now, rng));
    Ok(Decision { outcome: (), guards, writes, audit })
}

/// Keeps what a recovery phrase opens, with the list of devices that has its public key: the next vault key is wrapped to it
/// too. `proof` is what whoever has the phrase can show.
///
/// # Errors
/// [`VaultRefusal`].
pub fn set_recovery(
    session: &ProvenSession,
    at: At,
    phrase: &PhraseLock,
    proof: &str,
    change: &Change,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    let its = session.session();
    if !its.rules.may_have_phrase {
        return Err(VaultRefusal::Restricted { policy: "restrict_recovery_phrase" });
    }
    part("locked", &phrase.locked, Some(VERSION), LOCK..=LOCK)?;
    part("encryption", &phrase.encryption, Some(4), POINT..=POINT)?;
    part("wrap", &phrase.wrap, Some(VERSION), WRAP..=WRAP)?;
    let proof = Token::parse(proof).ok_or(VaultRefusal::Malformed { what: "proof" })?.hash();
    let Checked { mut guards, mut writes } = check(session, at.counter, change, &["devices"], now)?;
    guards.push(sequence_unchanged(its, at.sequence));
    writes.push(Write::Vault(VaultWrite::SetRecovery {
        tenant: its.tenant.clone(),
        user: its.user.id.clone(),
        sequence: at.sequence,
        phrase: phrase.clone(),
        proof: proof.as_str().to_owned(),
        at: now,
    }));
    let audit = vec![event(Event::AccountRecoverySetup, its, "", now, rng)];
    Ok(Decision { outcome: (), guards, writes, audit })
}

/// Whether who asks has the phrase: then they may be given the lock that it opens.
///
/// # Errors
/// [`VaultRefusal`].
pub fn open_recovery<'a>(
    session: &SessionFacts,
    kept: Option<&'a RecoveryFacts>,
    proof: &str,
) -> Result<&'a RecoveryFacts, VaultRefusal> {
    if !session.rules.may_have_phrase {
        return Err(VaultRefusal::Restricted { policy: "restrict_recovery_phrase" });
    }
    let proof = Token::parse(proof).ok_or(VaultRefusal::Malformed { what: "proof" })?.hash();
    // The hash of 256 random bits: how long the comparison takes tells nothing that leads to them.
    kept.filter(|kept| kept.proof == proof.as_str()).ok_or(VaultRefusal::WrongPhrase)
}

/// Writes down that somebody showed a phrase that is none.
pub fn wrong_phrase(session: &SessionFacts, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
    let mut event = event(Event::AccountRecoveryUsed, session, "", now, rng);
    event.code = Some(VaultRefusal::WrongPhrase.code());
    Decision { audit: vec![event], ..Decision::unchanged(()) }
}

/// Lets in the device of who has the phrase, and proves the session with it. `sequence`: of which statement the wrap is that
/// it made for itself; keys that changed since it was given the lock make that another.
///
/// # Errors
/// [`VaultRefusal`].
#[expect(clippy::too_many_arguments, reason = "the facts, what was sent, the clock and randomness")]
pub fn recover(
    session: &SessionFacts,
    kept: Option<&RecoveryFacts>,
    proof: &str,
    sequence: i64,
    asking: &Asking,
    letting: &Letting,
    is_signed: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    check_asking(asking)?;
    let kept = open_recovery(session, kept, proof)?;
    if !is_signed {
        return Err(VaultRefusal::NotProven);
    }
    if sequence != kept.sequence {
        return Err(VaultRefusal::Changed);
    }
    let new = add(session, asking, letting, kept.sequence, now)?;
    let device = asking.device.clone();
    let prove = VaultWrite::ProveDevice { session: Box::new(session.clone()), device, at: now };
    let notice = new_device(session, "It was let in by your recovery phrase.", now, rng);
    Ok(Decision {
        outcome: (),
        guards: vec![user_unchanged(session), sequence_unchanged(session, kept.sequence)],
        writes: vec![Write::Vault(new), Write::Vault(prove), notice],
        audit: vec![
            event(Event::AccountRecoveryUsed, session, "", now, rng),
            event(Event::DeviceApproved, session, "By the recovery phrase.", now, rng),
        ],
    })
}

#[cfg(test)]
mod tests {
    use keyward_saml::base64;

    use super::*;
    use crate::items::tests::{proven, put};
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::session::VaultRules;
    use crate::session::tests::session;

    fn octets(first: u8, length: usize) -> String {
        let mut octets = vec![9; length];
        octets[0] = first;
        base64::encode(&octets)
    }

    fn id(id: &str) -> DeviceId {
        DeviceId::parse(id).expect("id")
    }

    fn asking(device: &str) -> Asking {
        let name = "Chrome on Linux".to_owned();
        Asking { device: id(device), name, encryption: octets(4, 65), signing: octets(4, 65) }
    }

    fn request(device: &str) -> RequestFacts {
        let expires_at = NOW.plus(REQUEST_LIFETIME);
        let admin_expires_at = Timestamp::from_millis(0);
        RequestFacts {
            asking: asking(device),
            created_at: NOW,
            expires_at,
            admin_expires_at,
            wants_fresh: false,
            approved: None,
        }
    }

    fn letting() -> Letting {
        Letting { wrap: octets(1, 178), share: octets(0, 32) }
    }

    fn change() -> Change {
        let put = vec![put("devices", "devices", 2), put("root", "manifest", 8)];
        Change { put, removed: Vec::new(), rewrapped: Vec::new(), imported: None }
    }

    const AT: At = At { counter: Some(7), sequence: 1 };

    fn approved(
        requests: &[RequestFacts],
        letting: &Letting,
        now: Timestamp,
    ) -> Result<Decision<()>, VaultRefusal> {
        approve(&proven(), AT, requests, &id("d_phone"), letting, &change(), now, &mut Counter(0))
    }

    #[test]
    fn a_device_asks_once_and_for_a_while() {
        let ask = |requests: &[RequestFacts], asking: &Asking, is_signed, exists| {
            ask(&session(), exists, requests, asking, is_signed, NOW, &mut Counter(0))
        };
        let decision = ask(&[], &asking("d_phone"), true, true).expect("asked");
        assert_eq!(decision.outcome, NOW.plus(REQUEST_LIFETIME));
        assert!(matches!(decision.writes.as_slice(), [Write::Vault(VaultWrite::Ask { .. }), Write::Mail(_)]));
        assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::DeviceApprovalRequested));
        let again = ask(&[request("d_phone")], &asking("d_phone"), true, true).expect("the same request");
        assert!(again.writes.is_empty() && again.audit.is_empty());
        // A denial is not told.
        let denied = RequestFacts { approved: Some(false), ..request("d_phone") };
        assert_eq!(ask(&[denied], &asking("d_phone"), true, true), Ok(again));
        let other = Asking { signing: octets(4, 66), ..asking("d_phone") };
        assert_eq!(ask(&[], &other, true, true).err(), Some(VaultRefusal::Malformed { what: "signing" }));
        let other = Asking { name: "Another".to_owned(), ..asking("d_phone") };
        assert_eq!(ask(&[request("d_phone")], &other, true, true).err(), Some(VaultRefusal::Expired));
        let over = RequestFacts { expires_at: NOW, ..request("d_phone") };
        assert_eq!(ask(&[over], &asking("d_phone"), true, true).err(), Some(VaultRefusal::Expired));
        assert_eq!(ask(&[], &asking("d_phone"), false, true).err(), Some(VaultRefusal::NotProven));
        assert_eq!(ask(&[], &asking("d_phone"), true, false).err(), Some(VaultRefusal::Missing));
        for name in [String::new(), "x".repeat(101), "a\nb".to_owned()] {
            let asking = Asking { name, ..asking("d_phone") };
            let malformed = VaultRefusal::Malformed { what: "the device's name" };
            assert_eq!(ask(&[], &asking, true, true).err(), Some(malformed));
        }
        let many: Vec<RequestFacts> = ["d_1", "d_2", "d_3", "d_4", "d_5"].map(request).into();
        assert_eq!(ask(&many, &asking("d_phone"), true, true).err(), Some(VaultRefusal::TooMany));
    }

    #[test]
    fn it_is_answered_once_in_time_and_with_all_that_it_needs() {
        let decision = approved(&[request("d_phone")], &letting(), NOW).expect("approved");
        let kinds: Vec<&str> = decision
            .writes
            .iter()
            .map(|write| match write {
                Write::Vault(VaultWrite::Put { .. }) => "put",
                Write::Vault(VaultWrite::Answer { answer, .. }) => answer,
                Write::Vault(VaultWrite::AddDevice(device)) => device.id.as_str(),
                Write::Mail(_) => "mail",
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(kinds, ["put", "approved", "d_phone", "mail"]);
        assert!(decision.guards.iter().any(|it| matches!(it, Guard::VaultSequence { sequence: 1, .. })));
        assert!(decision.guards.iter().any(|it| matches!(it, Guard::DeviceTrusted { .. })));
        let refused = |request: RequestFacts| approved(&[request], &letting(), NOW).err();
        assert_eq!(refused(request("d_other")), Some(VaultRefusal::UnknownDevice));
        assert_eq!(
            refused(RequestFacts { expires_at: NOW, ..request("d_phone") }),
            Some(VaultRefusal::Expired)
        );
        for answer in [true, false] {
            let answered = RequestFacts { approved: Some(answer), ..request("d_phone") };
            assert_eq!(refused(answered.clone()), Some(VaultRefusal::Answered));
            let denied = deny(&proven(), &[answered], &id("d_phone"), NOW, &mut Counter(0));
            assert_eq!(denied.err(), Some(VaultRefusal::Answered));
        }
        for (wrap, share) in [
            (octets(1, 177), octets(0, 32)),
            (octets(2, 178), octets(0, 32)),
            (octets(1, 178), octets(0, 31)),
        ] {
            let refused = approved(&[request("d_phone")], &Letting { wrap, share }, NOW).err();
            assert!(matches!(refused, Some(VaultRefusal::Malformed { .. })));
        }
        let rules = VaultRules { may_approve_devices: false, ..VaultRules::of(&[]) };
        let restricted =
            ProvenSession::of(SessionFacts { rules, ..session() }, Some(id("d_laptop"))).expect("proven");
        let refused = approve(
            &restricted,
            AT,
            &[request("d_phone")],
            &id("d_phone"),
            &letting(),
            &change(),
            NOW,
            &mut Counter(0),
        );
        assert_eq!(refused.err(), Some(VaultRefusal::Restricted { policy: "device_approval_by_user" }));
    }

    #[test]
    fn nobody_blocks_or_removes_the_device_that_they_use() {
        let mut rng = Counter(0);
        assert!(block(&proven(), &id("d_phone"), true, NOW, &mut rng).is_ok());
        assert_eq!(
            block(&proven(), &id("d_laptop"), true, NOW, &mut rng).err(),
            Some(VaultRefusal::UnknownDevice)
        );
        assert!(remove(&proven(), Some(7), &id("d_phone"), &change(), NOW, &mut rng).is_ok());
        let own = remove(&proven(), Some(7), &id("d_laptop"), &change(), NOW, &mut rng);
        assert_eq!(own.err(), Some(VaultRefusal::UnknownDevice));
    }

    #[test]
    fn a_browser_is_forgotten_where_something_else_opens_the_vault() {
        let forget = |others, has_phrase| {
            forget(&proven(), Some(7), others, has_phrase, &change(), NOW, &mut Counter(0))
        };
        assert_eq!(forget(0, false).err(), Some(VaultRefusal::LastDevice));
        for decision in [forget(1, false), forget(0, true)] {
            let writes = decision.expect("forgotten").writes;
            assert!(writes.iter().any(|it| matches!(it, Write::RevokeSession { .. })));
            assert!(writes.iter().any(|it| matches!(it, Write::Vault(VaultWrite::RemoveDevice { .. }))));
        }
    }

    #[test]
    fn a_phrase_lets_in_who_shows_its_proof() {
        let mut rng = Counter(0);
        let proof = Token::generate(&mut Counter(5));
        let shown = proof.reveal();
        let phrase = PhraseLock { locked: octets(1, 61), encryption: octets(4, 65), wrap: octets(1, 178) };
        let set = |phrase: &PhraseLock, proof: &str, change: &Change| {
            set_recovery(&proven(), AT, phrase, proof, change, NOW, &mut Counter(0))
        };
        let decision = set(&phrase, &shown, &change()).expect("set");
        assert!(
            matches!(decision.writes.as_slice(), [Write::Vault(VaultWrite::Put { .. }), Write::Vault(VaultWrite::SetRecovery { sequence: 1, proof: kept, .. })] if kept == proof.hash().as_str())
        );
        assert!(decision.guards.iter().any(|it| matches!(it, Guard::VaultSequence { sequence: 1, .. })));
        for other in [
            PhraseLock { locked: octets(1, 60), ..phrase.clone() },
            PhraseLock { encryption: octets(2, 65), ..phrase.clone() },
            PhraseLock { wrap: octets(2, 178), ..phrase.clone() },
        ] {
            assert!(matches!(set(&other, &shown, &change()).err(), Some(VaultRefusal::Malformed { .. })));
        }
        assert!(set(&phrase, "x", &change()).is_err());
        let stale = Change { put: vec![put("root", "manifest", 7)], ..change() };
        assert_eq!(set(&phrase, &shown, &stale).err(), Some(VaultRefusal::Changed));
        let proof = proof.hash().as_str().to_owned();
        let kept = RecoveryFacts { sequence: 1, since: 1, phrase, proof, created_at: NOW };
        let try_with = |kept: Option<&RecoveryFacts>, proof: &str, is_signed| {
            let asking = asking("d_phone");
            recover(&session(), kept, proof, 1, &asking, &letting(), is_signed, NOW, &mut Counter(0))
        };
        let changed = RecoveryFacts { sequence: 2, ..kept.clone() };
        assert_eq!(try_with(Some(&changed), &shown, true).err(), Some(VaultRefusal::Changed));
        let decision = try_with(Some(&kept), &shown, true).expect("recovered");
        assert!(matches!(
            decision.writes.as_slice(),
            [
                Write::Vault(VaultWrite::AddDevice(_)),
                Write::Vault(VaultWrite::ProveDevice { .. }),
                Write::Mail(_)
            ]
        ));
        let other = Token::generate(&mut Counter(6)).reveal();
        assert_eq!(try_with(Some(&kept), &other, true).err(), Some(VaultRefusal::WrongPhrase));
        assert_eq!(try_with(None, &shown, true).err(), Some(VaultRefusal::WrongPhrase));
        assert_eq!(try_with(Some(&kept), &shown, false).err(), Some(VaultRefusal::NotProven));
        let rules = VaultRules { may_have_phrase: false, ..VaultRules::of(&[]) };
        let restricted = SessionFacts { rules, ..session() };
        let refused = open_recovery(&restricted, Some(&kept), &shown).err();
        assert_eq!(refused, Some(VaultRefusal::Restricted { policy: "restrict_recovery_phrase" }));
        assert_eq!(
            wrong_phrase(&session(), NOW, &mut rng).audit.first().and_then(|it| it.code),
            Some("phrase-wrong")
        );
    }
}
