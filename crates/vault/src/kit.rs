//! Recovery kits (vault format §14): an organisation's private keys under a recovery phrase, as a file.

use core::fmt;

use serde_json::Value;

use crate::lock::{LENGTH, LockError, LockingKey, Place};
use crate::{Random, RecoveryKey, Secret, StatementError, TenantKeys};

/// What the JSON says that it is.
pub const FORMAT: &str = "keyward-recovery-kit";
/// The longest that is read: a kit has half a thousand octets, and who keeps one may have written something beside it.
pub const LONGEST: usize = 10_000;

const VERSION: u64 = 1;
/// What is in one, in this order everywhere here.
const KEYS: [&str; 3] = ["approval", "transfer", "signing"];

/// Why a file brings no keys back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KitError {
    /// No kit, or another organisation's.
    Malformed,
    /// Of other keys than are followed.
    OtherKeys,
    /// The phrase is not its own, or something was changed.
    Lock(LockError),
    /// What came out is not what signs the next keys.
    NotTrusted,
}

impl KitError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            KitError::Malformed => "kit-malformed",
            KitError::OtherKeys => "kit-other-keys",
            KitError::Lock(LockError::NotOpened) => "kit-not-opened",
            KitError::Lock(error) => error.code(),
            KitError::NotTrusted => StatementError::NotTrusted.code(),
        }
    }
}

impl fmt::Display for KitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KitError::Malformed => f.write_str("That file is no recovery kit of your organisation."),
            KitError::OtherKeys => f.write_str("That kit is of other keys than your organisation has now."),
            KitError::Lock(LockError::NotOpened) => f.write_str("Those are not the words of that kit."),
            KitError::Lock(error) => write!(f, "{error}"),
            KitError::NotTrusted => write!(f, "{}", StatementError::NotTrusted),
        }
    }
}

impl core::error::Error for KitError {}

fn place<'a>(keys: &'a TenantKeys, what: &'a str) -> Place<'a> {
    Place { what, tenant: keys.tenant(), owner: keys.tenant(), statement: keys.fingerprint() }
}

/// Writes one: the private halves for approval, for transfer, and what signs.
///
/// # Errors
/// None in practice, as [`LockingKey::lock`].
pub fn seal(
    keys: &TenantKeys,
    secrets: [&Secret; 3],
    phrase: &RecoveryKey,
    random: Random<'_>,
) -> Result<String, LockError> {
    let key = LockingKey::of_phrase(phrase);
    let mut kit = format!(
        "{{\n  \"format\": \"{FORMAT}\",\n  \"version\": {VERSION},\n  \"tenant\": {},\n  \"number\": {},\n  \"fingerprint\": \"{}\"",
        Value::from(keys.tenant()),
        keys.sequence(),
        keys.fingerprint().hex(),
    );
    for (what, secret) in KEYS.into_iter().zip(secrets) {
        let locked = key.lock(secret, &place(keys, what), random)?;
        kit.push_str(&format!(",\n  \"{what}\": \"{}\"", base64(&locked)));
    }
    kit.push_str("\n}\n");
    Ok(kit)
}

/// Opens one of these keys. Whether a private half is the one of the public key is for the host to see, but for what signs.
///
/// # Errors
/// [`KitError`].
pub fn open(file: &[u8], keys: &TenantKeys, phrase: &RecoveryKey) -> Result<[Secret; 3], KitError> {
    let file = Some(file).filter(|file| file.len() <= LONGEST).ok_or(KitError::Malformed)?;
    let kit: Value = serde_json::from_slice(file).map_err(|_| KitError::Malformed)?;
    let text = |name: &str| kit.get(name).and_then(Value::as_str);
    let is_ours = text("format") == Some(FORMAT)
        && kit.get("version").and_then(Value::as_u64) == Some(VERSION)
        && text("tenant") == Some(keys.tenant());
    let locks = KEYS.map(|what| text(what).and_then(octets).filter(|_| is_ours));
    let [Some(approval), Some(transfer), Some(signing)] = locks else {
        return Err(KitError::Malformed);
    };
    if text("fingerprint") != Some(keys.fingerprint().hex().as_str()) {
        return Err(KitError::OtherKeys);
    }
    let key = LockingKey::of_phrase(phrase);
    let open = |what, locked: &[u8]| key.open(locked, &place(keys, what)).map_err(KitError::Lock);
    let [of_approval, of_transfer, of_signing] = KEYS;
    let signing = open(of_signing, &signing)?;
    if !keys.is_signed_by(&signing) {
        return Err(KitError::NotTrusted);
    }
    Ok([open(of_approval, &approval)?, open(of_transfer, &transfer)?, signing])
}

/// RFC 4648 §4.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(octets: &[u8]) -> String {
    let mut text = String::new();
    for group in octets.chunks(3) {
        let bits =
            (0..3).fold(0, |bits, at| bits << 8 | u32::from(group.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let six = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap_or_default();
            let letter = ALPHABET.get(six).copied().filter(|_| at <= group.len());
            text.push(char::from(letter.unwrap_or(b'=')));
        }
    }
    text
}

/// A lock's octets, in the one way in which they are written.
fn octets(text: &str) -> Option<[u8; LENGTH]> {
    let (mut octets, mut bits, mut count) = (Vec::with_capacity(LENGTH), 0_u32, 0_u32);
    for letter in text.strip_suffix("==")?.bytes() {
        let six = ALPHABET.iter().position(|it| *it == letter)?;
        bits = bits << 6 | u32::try_from(six).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push(u8::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    octets.try_into().ok().filter(|_| bits == 0)
}
