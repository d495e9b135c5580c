//! Sealed items (vault format §2): one blob an item, under a fresh key of its own, which the vault key wraps.

use core::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use crate::Random;
use crate::octets::framed;

/// The version that is written.
pub const VERSION: u8 = 1;
/// The smallest padded plaintext, in bytes: a login with a short note fits.
pub const SMALLEST: usize = 256;
/// The largest plaintext, in bytes.
pub const LARGEST: usize = 1024 * 1024;

const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;
const WRAPPED: usize = NONCE + KEY + TAG;
/// Ends the plaintext; zeros fill up the rest (ISO/IEC 7816-4).
const END: u8 = 0x80;

/// The key of a vault. It never leaves the browser.
pub struct VaultKey(Zeroizing<[u8; KEY]>);

impl VaultKey {
    /// A new one.
    pub fn generate(random: Random<'_>) -> VaultKey {
        let mut key = Zeroizing::new([0; KEY]);
        random(key.as_mut());
        VaultKey(key)
    }

    /// One that was unwrapped: outside this crate only [`crate::Account::vault_key`] makes one of bytes.
    pub(crate) fn from_bytes(bytes: [u8; KEY]) -> VaultKey {
        VaultKey(Zeroizing::new(bytes))
    }

    /// The key itself, to be wrapped.
    pub fn as_bytes(&self) -> &[u8; KEY] {
        &self.0
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultKey")
    }
}

/// Where an item belongs: all of it is authenticated, none of it is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// The tenant's ID.
    pub tenant: &'a str,
    /// The vault's.
    pub vault: &'a str,
    /// The item's.
    pub item: &'a str,
    /// What it is: `item`, `folder`, `manifest`.
    pub kind: &'a str,
    /// Counts up with each change.
    pub revision: u64,
}

impl Context<'_> {
    /// The associated data: a purpose and the parts, each after its length, so that no two contexts give the same octets.
    fn octets(&self, version: u8, purpose: &str) -> Vec<u8> {
        let parts = [purpose, self.tenant, self.vault, self.item, self.kind].map(str::as_bytes);
        let mut octets = framed(version, &parts);
        octets.extend(self.revision.to_be_bytes());
        octets
    }
}

/// Why an item is not made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedError {
    /// Above [`LARGEST`].
    TooLarge,
    /// A version that this code does not know, or one below what the account has seen: somebody hands out old formats.
    Version {
        /// The version.
        found: u8,
    },
    /// Wrong key, wrong context, changed, cut short or not an item at all: not told apart.
    NotOpened,
}

impl SealedError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            SealedError::TooLarge => "item-too-large",
            SealedError::Version { .. } => "item-version",
            SealedError::NotOpened => "item-not-opened",
        }
    }
}

impl fmt::Display for SealedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SealedError::TooLarge => write!(f, "The item has more than {LARGEST} bytes."),
            SealedError::Version { found } => {
                write!(
                    f,
                    "The item has version {found}, which must not be used here. Update this app; if that does not help, somebody changed what the server keeps."
                )
            }
            SealedError::NotOpened => {
                f.write_str("The item could not be opened: it is not for this place, or somebody changed it.")
            }
        }
    }
}

impl core::error::Error for SealedError {}

/// A sealed item as the server keeps it: `version ‖ wrapped item key ‖ nonce ‖ ciphertext ‖ tag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Seals a plaintext under a fresh key.
    ///
    /// # Errors
    /// [`SealedError::TooLarge`].
    pub fn seal(
        plaintext: &[u8],
        vault_key: &VaultKey,
        context: &Context<'_>,
        random: Random<'_>,
    ) -> Result<Sealed, SealedError> {
        if plaintext.len() > LARGEST {
            return Err(SealedError::TooLarge);
        }
        let mut item_key = Zeroizing::new([0; KEY]);
        random(item_key.as_mut());
        let mut padded = Zeroizing::new(Vec::with_capacity(padded_len(plaintext.len())));
        padded.extend(plaintext);
        padded.push(END);
        padded.resize(padded_len(plaintext.len()), 0);

        let mut octets = vec![VERSION];
        let key_context = context.octets(VERSION, "item-key");
        octets.extend(encrypt(&vault_key.0, item_key.as_ref(), &key_context, random)?);
        octets.extend(encrypt(&item_key, &padded, &context.octets(VERSION, "item"), random)?);
        Ok(Sealed(octets))
    }

    /// Opens it. `lowest` is the highest version that the account has seen: nothing below it is read, so that nobody can
    /// lead a client back to a format that was given up.
    ///
    /// # Errors
    /// [`SealedError::Version`], [`SealedError::NotOpened`].
    pub fn open(
        &self,
        vault_key: &VaultKey,
        context: &Context<'_>,
        lowest: u8,
    ) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let (&version, rest) = self.0.split_first().ok_or(SealedError::NotOpened)?;
        if version != VERSION || version < lowest {
            return Err(SealedError::Version { found: version });
        }
        let (wrapped, content) = rest.split_at_checked(WRAPPED).ok_or(SealedError::NotOpened)?;
        let item_key = decrypt(&vault_key.0, wrapped, &context.octets(version, "item-key"))?;
        let item_key =
            Zeroizing::new(<[u8; KEY]>::try_from(item_key.as_slice()).map_err(|_| SealedError::NotOpened)?);
        let mut padded = decrypt(&item_key, content, &context.octets(version, "item"))?;
        let end = padded.iter().rposition(|byte| *byte != 0).ok_or(SealedError::NotOpened)?;
        if padded.get(end) != Some(&END) || padded.len() != padded_len(end) {
            return Err(SealedError::NotOpened);
        }
        padded.truncate(end);
        Ok(padded)
    }

    /// Puts it under another vault key: only the item key is sealed anew. Who had the old vault key may keep the item key
    /// and open what they could open before; the next change of the item has a fresh one.
    ///
    /// # Errors
    /// As [`Sealed::open`].
    pub fn rewrap(
        &self,
        old: &VaultKey,
        new: &VaultKey,
        context: &Context<'_>,
        random: Random<'_>,
    ) -> Result<Sealed, SealedError> {
        // The content is authenticated too, so that nothing is taken over that its reader would refuse later.
        self.open(old, context, VERSION)?;
        let (_, rest) = self.0.split_first().ok_or(SealedError::NotOpened)?;
        let (wrapped, content) = rest.split_at_checked(WRAPPED).ok_or(SealedError::NotOpened)?;
        let key_context = context.octets(VERSION, "item-key");
        let item_key = decrypt(&old.0, wrapped, &key_context)?;
        let mut octets = vec![VERSION];
        octets.extend(encrypt(&new.0, &item_key, &key_context, random)?);
        octets.extend(content);
        Ok(Sealed(octets))
    }

    /// Whether its item key is under this vault key. Its content is not looked at.
    pub fn is_under(&self, vault_key: &VaultKey, context: &Context<'_>) -> bool {
        let wrapped = || {
            let (&version, rest) = self.0.split_first()?;
            let (wrapped, _) = rest.split_at_checked(WRAPPED)?;
            decrypt(&vault_key.0, wrapped, &context.octets(version, "item-key")).ok()
        };
        wrapped().is_some()
    }

    /// What the server handed over; whether it is anything is found out by [`Sealed::open`].
    pub fn from_bytes(octets: Vec<u8>) -> Sealed {
        Sealed(octets)
    }

    /// What the server keeps.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The length that a plaintext is padded to, its end marker included: at least [`SMALLEST`], then Padmé (Nikitin et al.,
/// "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019), which adds 12 % at most and
/// tells O(log log n) bits of the length.
fn padded_len(plaintext: usize) -> usize {
    let len = plaintext.saturating_add(1).max(SMALLEST);
    let exponent = len.ilog2();
    let kept = exponent.checked_ilog2().unwrap_or(0) + 1;
    let mask = (1_usize << exponent.saturating_sub(kept)) - 1;
    len.saturating_add(mask) & !mask
}

/// `nonce ‖ ciphertext ‖ tag`.
fn encrypt(
    key: &[u8; KEY],
    plaintext: &[u8],
    associated: &[u8],
    random: Random<'_>,
) -> Result<Vec<u8>, SealedError> {
    let mut nonce = [0; NONCE];
    random(&mut nonce);
    let payload = Payload { msg: plaintext, aad: associated };
    // AES-GCM fails for lengths alone, and those were checked.
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| SealedError::TooLarge)?;
    Ok([nonce.to_vec(), sealed].concat())
}

fn decrypt(key: &[u8; KEY], sealed: &[u8], associated: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or(SealedError::NotOpened)?;
    let payload = Payload { msg: ciphertext, aad: associated };
    Aes256Gcm::new(key.into())
        .decrypt(&Nonce::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| SealedError::NotOpened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fall_into_buckets_that_waste_little() {
        for (plaintext, expected) in
            [(0, 256), (255, 256), (256, 272), (1000, 1024), (1024, 1088), (100_000, 100_352)]
        {
            assert_eq!(padded_len(plaintext), expected, "{plaintext}");
        }
        for plaintext in (SMALLEST..LARGEST).step_by(997) {
            let padded = padded_len(plaintext);
            assert!(padded > plaintext && padded * 100 <= (plaintext + 1) * 112, "{plaintext} to {padded}");
            assert_eq!(padded_len(padded - 1), padded, "the largest of a bucket fills it");
        }
    }

    #[test]
    fn no_two_contexts_have_the_same_octets() {
        let context = |tenant, vault| Context { tenant, vault, item: "i", kind: "item", revision: 1 };
        assert_ne!(context("ab", "c").octets(1, "item"), context("a", "bc").octets(1, "item"));
        assert_ne!(context("", "abc").octets(1, "item"), context("abc", "").octets(1, "item"));
    }
}
