//! Vaults, as far as a server that cannot open them goes: what it is given has the right size and version and is about the
//! person whose session it is; a vault begins once; nothing but public keys leaves before a device is proven.
//!
//! The formats are those of `docs/vault-format.md`; nothing of the code that makes and opens them is linked here.

use core::fmt;

use keyward_saml::{Timestamp, base64};

mod writes;

pub use writes::{NewDevice, PhraseLock, VaultWrite};

use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::escrow::EscrowGuard;
use crate::id::{DeviceId, TenantId, UserId};
use crate::lock::LockFacts;
use crate::random::{Random, Token};
use crate::session::SessionFacts;

/// The version of every format.
pub(crate) const VERSION: u8 = 1;
pub(crate) const POINT: usize = 65;
pub(crate) const WRAP: usize = 178;
pub(crate) const SHARE: usize = 32;
/// The least of a sealed thing: version, wrapped key, nonce, the smallest bucket, tag.
pub(crate) const SEALED_LEAST: usize = 1 + 60 + 12 + 256 + 16;
/// The most of what a vault begins with: keys, a device, an empty manifest.
pub(crate) const BEGUN_MOST: usize = 4096;
/// The body of an account's statement: a point and a commitment.
const STATEMENT_BODY: usize = POINT + 32;

/// Why a vault is not begun, or its keys are not given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultRefusal {
    /// Not what a browser of ours sends.
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// A statement about somebody else.
    Elsewhere,
    /// There is a vault: another tab or device was faster.
    Exists,
    /// There is none.
    Missing,
    /// A device that this person does not have.
    UnknownDevice,
    /// The signature is not the device's, or is of another session; or no device was proven in this one.
    NotProven,
    /// It was locked in this device, and the person has not signed in at the IdP since.
    Locked,
    /// Its person blocked it.
    Blocked,
    /// The only device, of who has no recovery phrase, is not forgotten.
    LastDevice,
    /// A request that is too old, or was another.
    Expired,
    /// It is answered already.
    Answered,
    /// Too many wait already.
    TooMany,
    /// A recovery phrase that is not this person's.
    WrongPhrase,
    /// What is asked for is for who signed in at the IdP a moment ago.
    SignInAgain,
    /// The vault changed since: whoever wanted to change it looks again first.
    Changed,
    /// The privilege for it is not held, or not there.
    PrivilegeMissing,
    /// Nobody answers their own request.
    OwnRequest,
    /// Nobody answers a request of a connection that they edited lately.
    EditedConnection,
    /// It takes two, and no other admin approved yet.
    FirstOfTwo,
    /// The organisation has no keys for escrow.
    NoKeys,
    /// Who would give a key does not hold it.
    NotHolder,
    /// Somebody holds the organisation's keys: they are shared and changed, and not begun anew.
    KeysHeld,
    /// The person's vault key is not sealed to the organisation: they have not consented, or it is of an older state.
    NoEscrow,
    /// The person has to consent to escrow first.
    EscrowDue,
    /// Only the vault of who is locked is handed over.
    NotLocked,
    /// A fresh vault took the place of the one that this device opens.
    Replaced,
    /// A policy does not allow it.
    Restricted {
        /// Which.
        policy: &'static str,
    },
}

impl VaultRefusal {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            VaultRefusal::Malformed { .. } => "vault-malformed",
            VaultRefusal::Elsewhere => "vault-elsewhere",
            VaultRefusal::Exists => "vault-exists",
            VaultRefusal::Missing => "vault-missing",
            VaultRefusal::UnknownDevice => "device-unknown",
            VaultRefusal::NotProven => "device-not-proven",
            VaultRefusal::Locked => "device-locked",
            VaultRefusal::Blocked => "device-blocked",
            VaultRefusal::LastDevice => "last-device",
            VaultRefusal::Expired => "request-expired",
            VaultRefusal::Answered => "request-answered",
            VaultRefusal::TooMany => "too-many-requests",
            VaultRefusal::WrongPhrase => "phrase-wrong",
            VaultRefusal::SignInAgain => "sign-in-again",
            VaultRefusal::Changed => "vault-changed",
            VaultRefusal::PrivilegeMissing => "privilege-missing",
            VaultRefusal::OwnRequest => "own-request",
            VaultRefusal::EditedConnection => "edited-connection",
            VaultRefusal::FirstOfTwo => "first-of-two",
            VaultRefusal::NoKeys => "no-escrow-keys",
            VaultRefusal::NotHolder => "not-holder",
            VaultRefusal::KeysHeld => "keys-held",
            VaultRefusal::NoEscrow => "no-escrow",
            VaultRefusal::EscrowDue => "escrow-due",
            VaultRefusal::NotLocked => "not-locked",
            VaultRefusal::Replaced => "vault-replaced",
            VaultRefusal::Restricted { .. } => "restricted-by-policy",
        }
    }
}

impl fmt::Display for VaultRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VaultRefusal::Malformed { what } => write!(f, "{what} does not have its form"),
            VaultRefusal::Elsewhere => f.write_str("the statement is about somebody else"),
            VaultRefusal::Exists => f.write_str("there is a vault already"),
            VaultRefusal::Missing => f.write_str("there is no vault"),
            VaultRefusal::UnknownDevice => f.write_str("the person has no such device"),
            VaultRefusal::NotProven => f.write_str("no device of the person's signed for this session"),
            VaultRefusal::Locked => f.write_str("it was locked, and the person has not signed in since"),
            VaultRefusal::Blocked => f.write_str("the person blocked the device"),
            VaultRefusal::LastDevice => f.write_str("nothing else opens the vault"),
            VaultRefusal::Expired => f.write_str("the request has expired"),
            VaultRefusal::Answered => f.write_str("the request is answered"),
            VaultRefusal::TooMany => f.write_str("too many devices wait to be let in"),
            VaultRefusal::WrongPhrase => f.write_str("it is not this person's recovery phrase"),
            VaultRefusal::SignInAgain => f.write_str("the person signed in too long ago"),
            VaultRefusal::Changed => f.write_str("the vault changed since"),
            VaultRefusal::PrivilegeMissing => f.write_str("the privilege for it is not held"),
            VaultRefusal::OwnRequest => f.write_str("nobody answers their own request"),
            VaultRefusal::EditedConnection => {
                f.write_str("nobody answers a request of a connection that they edited lately")
            }
            VaultRefusal::FirstOfTwo => f.write_str("another admin has to approve first"),
            VaultRefusal::NoKeys => f.write_str("the organisation has no keys for escrow"),
            VaultRefusal::NotHolder => f.write_str("the key is not held"),
            VaultRefusal::KeysHeld => f.write_str("somebody holds the organisation's keys"),
            VaultRefusal::NoEscrow => f.write_str("the vault key is not sealed to the organisation"),
            VaultRefusal::EscrowDue => f.write_str("the person has to consent to escrow first"),
            VaultRefusal::NotLocked => f.write_str("the person is not locked"),
            VaultRefusal::Replaced => f.write_str("a fresh vault took the place of this one"),
            VaultRefusal::Restricted { policy } => write!(f, "{policy} does not allow it"),
        }
    }
}

impl core::error::Error for VaultRefusal {}

/// What a device signs to prove that a session is in it: the session's hash is what no other session has.
pub fn proof_text(session: &SessionFacts, origin: &str, device: &DeviceId) -> String {
    format!(
        "keyward device proof\n{origin}\n{}\n{}\n{}\n{}",
        session.tenant.as_str(),
        session.user.id.as_str(),
        device.as_str(),
        session.token.as_str(),
    )
}

/// What a device signs to have its vault unlocked by a passkey: the challenge is that passkey's.
pub fn unlock_text(session: &SessionFacts, origin: &str, device: &DeviceId, challenge: &Token) -> String {
    format!("{}\n{}", proof_text(session, origin, device), challenge.reveal())
}

/// What a browser sends to begin a vault: all base64 but the ID.
#[derive(Clone, PartialEq, Eq)]
pub struct Begin {
    /// The account's first statement.
    pub statement: String,
    /// The account's private keys, sealed.
    pub keys: String,
    /// The list of devices, sealed.
    pub devices: String,
    /// The empty manifest, sealed.
    pub root: String,
    /// The device's ID.
    pub device: String,
    /// Its ECDH key.
    pub encryption: String,
    /// Its ECDSA key.
    pub signing: String,
    /// The vault key for it.
    pub wrap: String,
    /// What opens the wrap beside its key.
    pub share: String,
}

impl fmt::Debug for Begin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begin")
    }
}

/// The octets of one part: of one spelling, of its version where it has one, of its size.
pub(crate) fn part(
    what: &'static str,
    text: &str,
    first: Option<u8>,
    sizes: core::ops::RangeInclusive<usize>,
) -> Result<Vec<u8>, VaultRefusal> {
    base64::decode(text.as_bytes())
        .filter(|octets| {
            sizes.contains(&octets.len()) && first.is_none_or(|first| octets.first() == Some(&first))
        })
        .ok_or(VaultRefusal::Malformed { what })
}

/// Begins a vault, in one step with the device that made it. `is_proven`: the host verified the device's signature over
/// [`proof_text`] with the key in `begin`.
///
/// # Errors
/// [`VaultRefusal`].
pub fn begin(
    session: &SessionFacts,
    exists: bool,
    begin: &Begin,
    is_proven: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    let device = DeviceId::parse(&begin.device).ok_or(VaultRefusal::Malformed { what: "the device's ID" })?;
    let (tenant, user) = (&session.tenant, &session.user.id);
    check_statement(&begin.statement, tenant, user, 1, [0; 32])?;
    let sealed = SEALED_LEAST..=BEGUN_MOST;
    for (what, text) in [("keys", &begin.keys), ("devices", &begin.devices), ("root", &begin.root)] {
        part(what, text, Some(VERSION), sealed.clone())?;
    }
    part("encryption", &begin.encryption, Some(4), POINT..=POINT)?;
    part("signing", &begin.signing, Some(4), POINT..=POINT)?;
    part("wrap", &begin.wrap, Some(VERSION), WRAP..=WRAP)?;
    part("share", &begin.share, None, SHARE..=SHARE)?;
    if exists {
        return Err(VaultRefusal::Exists);
    }
    if !is_proven {
        return Err(VaultRefusal::NotProven);
    }
    let seal = |item: &'static str, kind: &'static str, sealed: &str| {
        Write::Vault(VaultWrite::Seal {
            tenant: tenant.clone(),
            user: user.clone(),
            item,
            kind,
            sealed: sealed.to_owned(),
            at: now,
        })
    };
    let mut event = AuditEvent::of_user(Event::DeviceApproved, user, &session.scope(), now, rng);
    event.detail = "The first device, which made the vault.".to_owned();
    Ok(Decision {
        outcome: (),
        guards: vec![
            Guard::UserUnchanged {
                tenant: tenant.clone(),
                user: user.clone(),
                version: session.user.version,
            },
            Guard::Escrow(EscrowGuard::FreshFor {
                tenant: tenant.clone(),
                user: user.clone(),
                device: device.clone(),
                encryption: begin.encryption.clone(),
                signing: begin.signing.clone(),
            }),
        ],
        // A second one meets the first's statement: a conflict, and then `Exists`.
        writes: vec![
            Write::Vault(VaultWrite::State {
                tenant: tenant.clone(),
                user: user.clone(),
                sequence: 1,
                statement: begin.statement.clone(),
                at: now,
            }),
            seal("account-keys", "account-keys", &begin.keys),
            seal("devices", "devices", &begin.devices),
            seal("root", "manifest", &begin.root),
            Write::Vault(VaultWrite::AddDevice(NewDevice {
                tenant: tenant.clone(),
                user: user.clone(),
                id: device.clone(),
                encryption: begin.encryption.clone(),
                signing: begin.signing.clone(),
                sequence: 1,
                wrap: begin.wrap.clone(),
                share: begin.share.clone(),
                at: now,
            })),
            Write::Vault(VaultWrite::ProveDevice { session: Box::new(session.clone()), device, at: now }),
        ],
        audit: vec![event],
    })
}

/// Vault format §5 and §6: about this person, of its size, with its number and the one before it. Whether it is signed is for
/// those to see who trust it.
pub(crate) fn check_statement(
    text: &str,
    tenant: &TenantId,
    user: &UserId,
    sequence: u32,
    previous: [u8; 32],
) -> Result<(), VaultRefusal> {
    let malformed = VaultRefusal::Malformed { what: "statement" };
    let length = |octets: usize| u32::try_from(octets).unwrap_or(u32::MAX).to_be_bytes();
    let mut about = vec![VERSION];
    for name in ["account", tenant.as_str(), user.as_str()] {
        about.extend(length(name.len()));
        about.extend(name.as_bytes());
    }
    let after = 4 + STATEMENT_BODY + 4 + 32 + 32 + 64;
    let octets = part("statement", text, Some(VERSION), 1 + 4 * 3 + "account".len() + after..=1024)?;
    let rest = octets.strip_prefix(about.as_slice()).ok_or(VaultRefusal::Elsewhere)?;
    let rest = rest.strip_prefix(&length(STATEMENT_BODY)).ok_or(malformed)?;
    let rest = rest.get(STATEMENT_BODY..).ok_or(malformed)?;
    let rest = rest.strip_prefix(&sequence.to_be_bytes()).ok_or(malformed)?;
    let before = rest.get(32..64).ok_or(malformed)?;
    if before != previous || rest.len() != 32 + 32 + 64 {
        return Err(malformed);
    }
    Ok(())
}

/// Gives a device of the person's what it needs to open the vault. `is_proven`: the host verified its signature over
/// [`proof_text`] with the key that the server knows of it; `None` where the person has no such device.
///
/// # Errors
/// [`VaultRefusal`].
pub fn prove(
    session: &SessionFacts,
    exists: bool,
    device: &DeviceId,
    is_proven: Option<bool>,
    lock: LockFacts,
    now: Timestamp,
) -> Result<Decision<()>, VaultRefusal> {
    match (exists, is_proven) {
        (false, _) => Err(VaultRefusal::Missing),
        (true, None) => Err(VaultRefusal::UnknownDevice),
        (true, Some(false)) => Err(VaultRefusal::NotProven),
        (true, Some(true)) if lock.is_blocked => Err(VaultRefusal::Blocked),
        (true, Some(true)) if lock.is_locked() && !lock.is_within_grace(session, now) => {
            Err(VaultRefusal::Locked)
        }
        (true, Some(true)) => {
            let mut decision = Decision::unchanged(());
            if lock.is_locked() {
                decision.writes.push(Write::Vault(VaultWrite::LockDevice {
                    tenant: session.tenant.clone(),
                    user: session.user.id.clone(),
                    device: device.clone(),
                    at: Timestamp::from_millis(0),
                }));
            }
            decision.writes.push(Write::Vault(VaultWrite::ProveDevice {
                session: Box::new(session.clone()),
                device: device.clone(),
                at: now,
            }));
            decision.writes.push(Write::Vault(VaultWrite::UseDevice {
                tenant: session.tenant.clone(),
                user: session.user.id.clone(),
                device: device.clone(),
                at: now,
            }));
            Ok(decision)
        }
    }
}

#[cfg(test)]
mod tests {
    use keyward_saml::{Timestamp, base64};

    use super::{Begin, VaultRefusal, VaultWrite, begin, proof_text, prove};
    use crate::decision::{Guard, Write};
    use crate::escrow::EscrowGuard;
    use crate::id::DeviceId;
    use crate::lock::LockFacts;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::session::tests::session;

    fn statement(tenant: &str, user: &str, sequence: u32, previous: u8) -> String {
        let mut octets = vec![1];
        for part in [b"account", tenant.as_bytes(), user.as_bytes(), &[5; 97]] {
            octets.extend(u32::try_from(part.len()).expect("short").to_be_bytes());
            octets.extend(part);
        }
        octets.extend(sequence.to_be_bytes());
        octets.extend([6; 32]);
        octets.extend([previous; 32]);
        octets.extend([7; 64]);
        base64::encode(&octets)
    }

    fn octets(first: u8, length: usize) -> String {
        let mut octets = vec![9; length];
        octets[0] = first;
        base64::encode(&octets)
    }

    fn good() -> Begin {
        let session = session();
        Begin {
            statement: statement(session.tenant.as_str(), session.user.id.as_str(), 1, 0),
            keys: octets(1, 345),
            devices: octets(1, 345),
            root: octets(1, 345),
            device: "d_laptop".to_owned(),
            encryption: octets(4, 65),
            signing: octets(4, 65),
            wrap: octets(1, 178),
            share: octets(0, 32),
        }
    }

    fn refusal(sent: &Begin) -> Option<VaultRefusal> {
        begin(&session(), false, sent, true, NOW, &mut Counter(0)).err()
    }

    #[test]
    fn a_vault_begins_with_all_that_the_next_sign_in_needs() {
        let decision = begin(&session(), false, &good(), true, NOW, &mut Counter(0)).expect("begun");
        assert!(matches!(
            decision.guards.as_slice(),
            [Guard::UserUnchanged { .. }, Guard::Escrow(EscrowGuard::FreshFor { .. })]
        ));
        let sealed: Vec<&str> = decision
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::Vault(VaultWrite::Seal { item, .. }) => Some(*item),
                _ => None,
            })
            .collect();
        assert_eq!(sealed, ["account-keys", "devices", "root"]);
        assert!(matches!(decision.writes.first(), Some(Write::Vault(VaultWrite::State { sequence: 1, .. }))));
        assert!(matches!(decision.writes.last(), Some(Write::Vault(VaultWrite::ProveDevice { .. }))));
        let event = decision.audit.first().expect("written down");
        assert_eq!(event.event.as_str(), "device_approved");
    }

    #[test]
    fn it_begins_once_and_in_a_device_that_is_there() {
        let refused =
            |exists, is_proven| begin(&session(), exists, &good(), is_proven, NOW, &mut Counter(0)).err();
        assert_eq!(refused(true, true), Some(VaultRefusal::Exists));
        assert_eq!(refused(false, false), Some(VaultRefusal::NotProven));
    }

    #[test]
    fn nothing_is_kept_that_is_not_this_persons() {
        let session = session();
        let (tenant, user) = (session.tenant.as_str(), session.user.id.as_str());
        for (text, expected) in [
            (statement("t_other", user, 1, 0), VaultRefusal::Elsewhere),
            (statement(tenant, "u_bob", 1, 0), VaultRefusal::Elsewhere),
            (statement(tenant, user, 2, 0), VaultRefusal::Malformed { what: "statement" }),
            (statement(tenant, user, 1, 1), VaultRefusal::Malformed { what: "statement" }),
            (octets(2, 300), VaultRefusal::Malformed { what: "statement" }),
            (octets(1, 300), VaultRefusal::Elsewhere),
            (String::new(), VaultRefusal::Malformed { what: "statement" }),
        ] {
            assert_eq!(refusal(&Begin { statement: text, ..good() }), Some(expected));
        }
        let whole = base64::decode(good().statement.as_bytes()).expect("base64");
        for length in 0..whole.len() {
            let cut = base64::encode(&whole[..length]);
            assert!(refusal(&Begin { statement: cut, ..good() }).is_some(), "{length}");
        }
        let longer = base64::encode(&[&whole[..], &[0]].concat());
        assert!(refusal(&Begin { statement: longer, ..good() }).is_some());
    }

    #[test]
    fn every_part_has_its_size_and_its_version() {
        assert_eq!(refusal(&good()), None);
        let malformed = |what| Some(VaultRefusal::Malformed { what });
        for wrong in
            [octets(1, 344), octets(1, 4097), octets(2, 345), octets(0, 345), "%".to_owned(), String::new()]
        {
            assert_eq!(refusal(&Begin { keys: wrong.clone(), ..good() }), malformed("keys"));
            assert_eq!(refusal(&Begin { devices: wrong.clone(), ..good() }), malformed("devices"));
            assert_eq!(refusal(&Begin { root: wrong, ..good() }), malformed("root"));
        }
        for wrong in [octets(2, 65), octets(4, 64), octets(4, 66), octets(2, 33)] {
            assert_eq!(refusal(&Begin { encryption: wrong.clone(), ..good() }), malformed("encryption"));
            assert_eq!(refusal(&Begin { signing: wrong, ..good() }), malformed("signing"));
        }
        for wrong in [octets(2, 178), octets(1, 177), octets(1, 179)] {
            assert_eq!(refusal(&Begin { wrap: wrong, ..good() }), malformed("wrap"));
        }
        for wrong in [octets(1, 31), octets(1, 33)] {
            assert_eq!(refusal(&Begin { share: wrong, ..good() }), malformed("share"));
        }
        for wrong in ["", "D", "d laptop", "../x"] {
            assert_eq!(refusal(&Begin { device: wrong.to_owned(), ..good() }), malformed("the device's ID"));
        }
    }

    #[test]
    fn only_a_device_that_proves_itself_is_given_anything() {
        let device = DeviceId::parse("d_laptop").expect("an ID");
        let never = LockFacts {
            locked_at: Timestamp::from_millis(0),
            authenticated_at: Timestamp::from_millis(0),
            unlocked_at: Timestamp::from_millis(0),
            is_blocked: false,
        };
        let of = |exists, is_proven| prove(&session(), exists, &device, is_proven, never, NOW).map(drop);
        assert_eq!(of(false, Some(true)), Err(VaultRefusal::Missing));
        assert_eq!(of(true, None), Err(VaultRefusal::UnknownDevice));
        assert_eq!(of(true, Some(false)), Err(VaultRefusal::NotProven));
        assert_eq!(of(true, Some(true)), Ok(()));
    }

    #[test]
    fn a_proof_is_for_one_session_origin_and_device() {
        let device = DeviceId::parse("d_laptop").expect("an ID");
        let text = proof_text(&session(), "https://keyward.test", &device);
        let other = session();
        assert_ne!(text, proof_text(&other, "https://evil.test", &device));
        let phone = DeviceId::parse("d_phone").expect("an ID");
        assert_ne!(text, proof_text(&other, "https://keyward.test", &phone));
        let mut later = session();
        later.token = crate::random::Token::generate(&mut Counter(99)).hash();
        assert_ne!(text, proof_text(&later, "https://keyward.test", &device));
        let [one, two] = [1, 2].map(|seed| crate::random::Token::generate(&mut Counter(seed)));
        let unlock = |challenge| super::unlock_text(&session(), "https://keyward.test", &device, challenge);
        assert!(unlock(&one) != unlock(&two) && unlock(&one) != text);
    }
}
