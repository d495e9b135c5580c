//! Changing the keys of a vault, as far as a server that cannot open it goes: the next statement, the vault key for everybody
//! who shall have it, and what is sealed under it, in one step. What is in the vault follows in steps of its own
//! ([`crate::items::move_on`]), since a browser that follows opens both.

use keyward_saml::{Timestamp, base64};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::devices::{At, RecoveryFacts, sequence_unchanged};
use crate::escrow::{EscrowGuard, EscrowWrite, KeyPurpose, SentGrant};
use crate::id::{DeviceId, TenantId, UserId};
use crate::items::{Change, Checked, ProvenSession, check};
use crate::random::Random;
use crate::vault::{SHARE, VERSION, VaultRefusal, VaultWrite, WRAP, check_statement, part};

/// Most statements of a person: browsers follow no longer chain (vault format §5).
pub const STATEMENTS_MOST: i64 = 1000;
/// Most devices of a person (vault format §11).
const DEVICES_MOST: usize = 100;
/// The length of a signature, which a statement's fingerprint does not cover.
const SIGNATURE: usize = 64;

/// What somebody holds of the organisation's keys by the account that there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What they may go on holding, which comes along.
    pub kept: Vec<(i64, KeyPurpose)>,
    /// How many keys that is with those that they may not.
    pub count: i64,
}

/// New keys, as a browser sends them.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKeys {
    /// Base64 of the next statement.
    pub statement: String,
    /// Device, wrap and share, for each device that shall have the new vault key; the last two are base64.
    pub wraps: Vec<(String, String, String)>,
    /// Base64 of the new vault key for the recovery phrase; without it the phrase opens nothing any more.
    pub recovery: Option<String>,
    /// What the person holds of the organisation's keys, for their own new account.
    pub grants: Vec<SentGrant>,
    /// The account's keys and the list of devices, with the root.
    pub change: Change,
}

/// Decides on new keys. `last`: base64 of the statement that is there. `held`: what the person holds of the organisation's keys:
/// it comes along, all of it, so that nobody who alone holds them loses them. A device that
/// gets no wrap is out; who waits to be let in asks anew. Two that change keys at once make one change: the other meets its statement.
///
/// # Errors
/// [`VaultRefusal`].
#[expect(clippy::too_many_arguments, reason = "the facts, what was sent, the clock and randomness")]
pub fn rotate(
    session: &ProvenSession,
    at: At,
    last: &str,
    recovery: Option<&RecoveryFacts>,
    held: &Held,
    sent: &NewKeys,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    let its = session.session();
    let (tenant, user) = (its.tenant.clone(), its.user.id.clone());
    let malformed = |what| VaultRefusal::Malformed { what };
    let sequence = at.sequence.saturating_add(1);
    if sequence > STATEMENTS_MOST {
        return Err(malformed("the number of statements"));
    }
    let previous = fingerprint(last).ok_or(VaultRefusal::Missing)?;
    let number = u32::try_from(sequence).map_err(|_| malformed("the number of statements"))?;
    let kinds = ["account-keys", "devices"];
    // First, so that who met another's change is told so.
    let Checked { mut guards, writes: put } = check(session, at.counter, &sent.change, &kinds, now)?;
    check_statement(&sent.statement, &tenant, &user, number, previous)?;
    let is_whole = kinds.iter().all(|kind| sent.change.put.iter().any(|put| put.item == *kind));
    if !is_whole || !sent.change.removed.is_empty() || !sent.change.rewrapped.is_empty() {
        return Err(malformed("the keys and the devices"));
    }

    check_wraps(session, &sent.wraps)?;
    // Where the policy has no phrases any more, or there is none, nothing is kept of one.
    let has_phrase = its.rules.may_have_phrase && recovery.is_some();
    let wrap = sent.recovery.clone().filter(|_| has_phrase);
    if let Some(wrap) = &wrap {
        part("recovery", wrap, Some(VERSION), WRAP..=WRAP)?;
    }
    check_grants(&user, sequence, &held.kept, &sent.grants)?;

    guards.push(sequence_unchanged(its, at.sequence));
    let (account, count) = (at.sequence, held.count);
    guards.push(Guard::Escrow(EscrowGuard::GrantsHeld {
        tenant: tenant.clone(),
        admin: user.clone(),
        account,
        count,
    }));
    let wraps = sent.wraps.iter().map(|(device, wrap, share)| json!([device, wrap, share]));
    let wraps = serde_json::Value::from_iter(wraps).to_string();
    let statement = sent.statement.clone();
    let of = || (tenant.clone(), user.clone());
    let writes = [
        of_state(of(), |tenant, user| VaultWrite::State { tenant, user, sequence, statement, at: now }),
        of_state(of(), |tenant, user| VaultWrite::Rewrap { tenant, user, sequence, wraps }),
        of_state(of(), |tenant, user| VaultWrite::ForgetUnwrapped { tenant, user, sequence }),
        of_state(of(), |tenant, user| VaultWrite::DropUnwrapped { tenant, user, sequence }),
        of_state(of(), |tenant, user| VaultWrite::RewrapRecovery { tenant, user, sequence, wrap }),
        of_state(of(), |tenant, user| VaultWrite::DropRequests { tenant, user }),
    ];
    let mut event = AuditEvent::of_user(Event::VaultKeysChanged, &its.user.id, &its.scope(), now, rng);
    event.detail = match sent.wraps.len() {
        1 => "For 1 browser.".to_owned(),
        count => format!("For {count} browsers."),
    };
    let grants = sent.grants.iter().map(|grant| {
        Write::Escrow(EscrowWrite::Grant {
            tenant: tenant.clone(),
            admin: user.clone(),
            sequence: grant.sequence,
            purpose: grant.purpose,
            admin_sequence: sequence,
            wrap: grant.wrap.clone(),
            by: user.clone(),
            at: now,
        })
    });
    let writes = writes.into_iter().chain(grants).chain(put).collect();
    Ok(Decision { outcome: (), guards, writes, audit: vec![event] })
}

/// The vault key for each device that shall have it, the one that is used among them, none twice.
fn check_wraps(session: &ProvenSession, wraps: &[(String, String, String)]) -> Result<(), VaultRefusal> {
    let malformed = |what| VaultRefusal::Malformed { what };
    if wraps.len() > DEVICES_MOST {
        return Err(malformed("the number of devices"));
    }
    let mut devices = Vec::new();
    for (device, wrap, share) in wraps {
        devices.push(DeviceId::parse(device).ok_or(malformed("a device"))?);
        part("wrap", wrap, Some(VERSION), WRAP..=WRAP)?;
        part("share", share, None, SHARE..=SHARE)?;
    }
    if !devices.contains(session.device()) {
        return Err(malformed("the device that is used"));
    }
    if (1..).zip(&devices).any(|(rest, device)| devices.iter().skip(rest).any(|other| other == device)) {
        return Err(malformed("a device that stands twice"));
    }
    Ok(())
}

/// All that the person holds of the organisation's keys, and nothing else, for their own new account.
fn check_grants(
    user: &UserId,
    account: i64,
    held: &[(i64, KeyPurpose)],
    sent: &[SentGrant],
) -> Result<(), VaultRefusal> {
    for grant in sent {
        part("wrap", &grant.wrap, Some(VERSION), WRAP..=WRAP)?;
        let is_held = held.contains(&(grant.sequence, grant.purpose));
        if grant.admin != *user || grant.account != account || !is_held {
            return Err(VaultRefusal::NotHolder);
        }
    }
    let is_sent = |of: &(i64, KeyPurpose)| sent.iter().any(|grant| (grant.sequence, grant.purpose) == *of);
    // One that was given to them while the browser made the others: it makes them again.
    if held.iter().all(is_sent) { Ok(()) } else { Err(VaultRefusal::Changed) }
}

fn of_state((tenant, user): (TenantId, UserId), write: impl FnOnce(TenantId, UserId) -> VaultWrite) -> Write {
    Write::Vault(write(tenant, user))
}

/// SHA-256 of a statement without its signature.
fn fingerprint(statement: &str) -> Option<[u8; 32]> {
    let octets = base64::decode(statement.as_bytes())?;
    let signed = octets.len().checked_sub(SIGNATURE).and_then(|end| octets.get(..end))?;
    Some(Sha256::digest(signed).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::tests::{proven, put};
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::session::tests::session;
    use crate::session::{SessionFacts, VaultRules};
    use crate::vault::PhraseLock;

    const AT: At = At { counter: Some(7), sequence: 2 };

    fn octets(first: u8, length: usize) -> String {
        let mut octets = vec![9; length];
        octets[0] = first;
        base64::encode(&octets)
    }

    /// Of this person, as docs/vault-format.md §5 has it.
    fn statement(user: &str, sequence: u32, previous: [u8; 32]) -> String {
        let mut octets = vec![VERSION];
        for part in ["account".as_bytes(), session().tenant.as_str().as_bytes(), user.as_bytes(), &[4; 97]] {
            octets.extend(u32::try_from(part.len()).expect("short").to_be_bytes());
            octets.extend(part);
        }
        octets.extend(sequence.to_be_bytes());
        octets.extend([5; 32]);
        octets.extend(previous);
        octets.extend([6; 64]);
        base64::encode(&octets)
    }

    fn last() -> String {
        statement("u_alice", 2, [1; 32])
    }

    fn new_keys() -> NewKeys {
        let wrap = |device: &str| (device.to_owned(), octets(1, 178), octets(0, 32));
        let put = vec![
            put("account-keys", "account-keys", 3),
            put("devices", "devices", 5),
            put("root", "manifest", 8),
        ];
        NewKeys {
            statement: statement("u_alice", 3, fingerprint(&last()).expect("a statement")),
            wraps: vec![wrap("d_laptop"), wrap("d_phone")],
            recovery: Some(octets(1, 178)),
            grants: Vec::new(),
            change: Change { put, removed: Vec::new(), rewrapped: Vec::new(), imported: None },
        }
    }

    fn kept() -> RecoveryFacts {
        let phrase = PhraseLock { locked: String::new(), encryption: String::new(), wrap: String::new() };
        RecoveryFacts { sequence: 2, since: 1, phrase, proof: String::new(), created_at: NOW }
    }

    fn decide(sent: &NewKeys) -> Result<Decision<()>, VaultRefusal> {
        rotate(&proven(), AT, &last(), Some(&kept()), &Held::default(), sent, NOW, &mut Counter(0))
    }

    #[test]
    fn new_keys_come_whole_with_a_wrap_for_everybody_who_shall_have_them() {
        let decision = decide(&new_keys()).expect("changed");
        let [
            Guard::UserUnchanged { .. },
            Guard::DeviceTrusted { .. },
            Guard::VaultAt { counter: 7, .. },
            Guard::VaultRevisions { .. },
            Guard::VaultSequence { sequence: 2, .. },
            Guard::Escrow(EscrowGuard::GrantsHeld { account: 2, count: 0, .. }),
        ] = decision.guards.as_slice()
        else {
            panic!("{:?}", decision.guards)
        };
        let [
            Write::Vault(VaultWrite::State { sequence: 3, .. }),
            Write::Vault(VaultWrite::Rewrap { sequence: 3, wraps, .. }),
            Write::Vault(VaultWrite::ForgetUnwrapped { sequence: 3, .. }),
            Write::Vault(VaultWrite::DropUnwrapped { sequence: 3, .. }),
            Write::Vault(VaultWrite::RewrapRecovery { sequence: 3, wrap: Some(_), .. }),
            Write::Vault(VaultWrite::DropRequests { .. }),
            Write::Vault(VaultWrite::Put { counter: 8, .. }),
        ] = decision.writes.as_slice()
        else {
            panic!("{:?}", decision.writes)
        };
        assert!(wraps.starts_with(r#"[["d_laptop","AQ"#), "{wraps}");
        let event = decision.audit.first().expect("written down");
        assert_eq!((event.event, event.detail.as_str()), (Event::VaultKeysChanged, "For 2 browsers."));
    }

    #[test]
    fn nothing_else_is_taken_for_new_keys() {
        let previous = fingerprint(&last()).expect("a statement");
        let malformed = |what| Some(VaultRefusal::Malformed { what });
        let with = |change: &dyn Fn(&mut NewKeys)| {
            let mut sent = new_keys();
            change(&mut sent);
            decide(&sent).err()
        };
        assert_eq!(with(&|_| {}), None);
        assert_eq!(with(&|it| it.statement = statement("u_alice", 4, previous)), malformed("statement"));
        assert_eq!(with(&|it| it.statement = statement("u_alice", 3, [1; 32])), malformed("statement"));
        assert_eq!(with(&|it| it.statement = last()), malformed("statement"));
        assert_eq!(with(&|it| it.statement = statement("u_bob", 3, previous)), Some(VaultRefusal::Elsewhere));
        assert_eq!(with(&|it| it.wraps.clear()), malformed("the device that is used"));
        assert_eq!(with(&|it| drop(it.wraps.remove(0))), malformed("the device that is used"));
        assert_eq!(with(&|it| it.wraps[1] = it.wraps[0].clone()), malformed("a device that stands twice"));
        assert_eq!(with(&|it| it.wraps[1].0 = "d x".to_owned()), malformed("a device"));
        assert_eq!(with(&|it| it.wraps[1].1 = octets(2, 178)), malformed("wrap"));
        assert_eq!(with(&|it| it.wraps[1].2 = octets(0, 31)), malformed("share"));
        assert_eq!(with(&|it| it.wraps = vec![it.wraps[0].clone(); 101]), malformed("the number of devices"));
        assert_eq!(with(&|it| it.recovery = Some(octets(1, 177))), malformed("recovery"));
        for index in [0, 1] {
            let refused = with(&|it| drop(it.change.put.remove(index)));
            assert_eq!(refused, malformed("the keys and the devices"));
        }
        let more = |it: &mut NewKeys| it.change.removed.push(("i_a".to_owned(), 1));
        assert_eq!(with(&more), malformed("the keys and the devices"));
        let more = |it: &mut NewKeys| it.change.put.insert(0, put("i_a", "item", 1));
        assert_eq!(with(&more), malformed("an ID"));
    }

    #[test]
    fn what_somebody_holds_of_the_organisations_keys_comes_along() {
        let held = [(1, KeyPurpose::Approval), (2, KeyPurpose::Signing)];
        let grant = |(sequence, purpose): (i64, KeyPurpose)| SentGrant {
            admin: session().user.id,
            account: 3,
            sequence,
            purpose,
            wrap: octets(1, 178),
        };
        let loaded = Held { kept: held.to_vec(), count: 3 };
        let go = |grants: Vec<SentGrant>| {
            let sent = NewKeys { grants, ..new_keys() };
            rotate(&proven(), AT, &last(), Some(&kept()), &loaded, &sent, NOW, &mut Counter(0))
        };
        let all: Vec<SentGrant> = held.into_iter().map(grant).collect();
        let decision = go(all.clone()).expect("changed");
        let kept = decision.writes.iter().filter(|it| {
            matches!(it, Write::Escrow(EscrowWrite::Grant { admin_sequence: 3, admin, by, .. }) if admin == by)
        });
        assert_eq!(kept.count(), 2);
        let is_guarded = |it: &Guard| matches!(it, Guard::Escrow(EscrowGuard::GrantsHeld { account: 2, count: 3, admin, .. }) if *admin == session().user.id);
        assert!(decision.guards.iter().any(is_guarded), "nobody gives them another one meanwhile");
        // What they were given since the browser looked: it looks again.
        assert_eq!(go(Vec::new()).err(), Some(VaultRefusal::Changed));
        assert_eq!(go(all[..1].to_vec()).err(), Some(VaultRefusal::Changed));
        let with = |change: &dyn Fn(&mut SentGrant)| {
            let mut grants = all.clone();
            grants.push(grant(held[0]));
            change(grants.last_mut().expect("there"));
            go(grants).err()
        };
        let refused = Some(VaultRefusal::NotHolder);
        assert_eq!(with(&|it| it.sequence = 2), refused, "what they do not hold");
        assert_eq!(with(&|it| it.account = 2), refused);
        assert_eq!(with(&|it| it.admin = UserId::parse("u_bob").expect("id")), refused);
        assert_eq!(with(&|it| it.wrap = octets(2, 178)), Some(VaultRefusal::Malformed { what: "wrap" }));
    }

    #[test]
    fn who_met_another_change_is_told_so_and_chains_have_an_end() {
        let at = |at: At| {
            rotate(&proven(), at, &last(), Some(&kept()), &Held::default(), &new_keys(), NOW, &mut Counter(0))
                .err()
        };
        // Another rotation, or any other change, was faster.
        assert_eq!(at(At { counter: Some(8), sequence: 3 }), Some(VaultRefusal::Changed));
        assert_eq!(at(At { counter: Some(8), ..AT }), Some(VaultRefusal::Changed));
        assert_eq!(at(At { counter: None, ..AT }), Some(VaultRefusal::Missing));
        let what = "the number of statements";
        assert_eq!(at(At { sequence: STATEMENTS_MOST, ..AT }), Some(VaultRefusal::Malformed { what }));
    }

    #[test]
    fn a_phrase_that_is_not_there_or_not_allowed_gets_nothing() {
        let wrap_of = |session: &ProvenSession, recovery: Option<&RecoveryFacts>, sent: &NewKeys| {
            let decision =
                rotate(session, AT, &last(), recovery, &Held::default(), sent, NOW, &mut Counter(0))
                    .expect("changed");
            decision.writes.iter().find_map(|write| match write {
                Write::Vault(VaultWrite::RewrapRecovery { wrap, .. }) => Some(wrap.is_some()),
                _ => None,
            })
        };
        let rules = VaultRules { may_have_phrase: false, ..VaultRules::of(&[]) };
        let device = DeviceId::parse("d_laptop");
        let restricted = ProvenSession::of(SessionFacts { rules, ..session() }, device).expect("proven");
        assert_eq!(wrap_of(&proven(), Some(&kept()), &new_keys()), Some(true));
        assert_eq!(wrap_of(&proven(), None, &new_keys()), Some(false));
        assert_eq!(wrap_of(&restricted, Some(&kept()), &new_keys()), Some(false));
        let without = NewKeys { recovery: None, ..new_keys() };
        assert_eq!(wrap_of(&proven(), Some(&kept()), &without), Some(false));
    }
}
