//! Wraps (vault format §8): one secret of 32 bytes sealed to one key, signed by who sealed it, and good for one purpose,
//! owner, recipient and state of the keys.

use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey};
use zeroize::Zeroizing;

use crate::hpke::{self, Agreement, PUBLIC, Psk, PublicKey};
use crate::octets::framed;
use crate::statement::{Fingerprint, verify};

/// The version that is written. Another one may be another suite: a hybrid with a post-quantum KEM.
pub const VERSION: u8 = 1;
/// The length of every wrap of this version.
pub const LENGTH: usize = 1 + PUBLIC + SEALED + SIGNATURE;

const SEALED: usize = 32 + 16;
const SIGNATURE: usize = 64;

/// 32 bytes that only some may know: a vault key, the private half of a pair, a seed.
pub struct Secret(pub(crate) Zeroizing<[u8; 32]>);

impl Secret {
    /// Of its bytes.
    pub fn from_bytes(octets: [u8; 32]) -> Secret {
        Secret(Zeroizing::new(octets))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What a wrap is for. A wrap for one purpose does not open for another.
#[derive(Clone, Copy)]
pub enum Purpose<'a> {
    /// The vault key for a device of its owner. Opening it takes the share too, which the server gives out after sign-in
    /// only: a device's key alone, copied from its disk, opens nothing.
    Device {
        /// 32 random bytes, kept by the server beside the wrap.
        share: &'a [u8; 32],
    },
    /// The vault key for the pair whose private half is under the person's recovery phrase.
    Recovery,
    /// The vault key for the tenant's approval key.
    Approval,
    /// The vault key for the tenant's transfer key.
    Transfer,
    /// The vault key of somebody else, for who takes the vault over.
    Handover,
    /// The tenant's approval key for an admin.
    GrantApproval,
    /// The tenant's transfer key for an admin.
    GrantTransfer,
    /// The seed that signs the tenant's next statement, for an admin.
    GrantSigning,
}

impl<'a> Purpose<'a> {
    fn label(self) -> &'static str {
        match self {
            Purpose::Device { .. } => "device",
            Purpose::Recovery => "recovery",
            Purpose::Approval => "approval",
            Purpose::Transfer => "transfer",
            Purpose::Handover => "handover",
            Purpose::GrantApproval => "grant-approval",
            Purpose::GrantTransfer => "grant-transfer",
            Purpose::GrantSigning => "grant-signing",
        }
    }

    fn psk(self) -> Option<Psk<'a>> {
        match self {
            Purpose::Device { share } => Some(Psk { psk: share, id: b"share" }),
            _ => None,
        }
    }
}

impl fmt::Debug for Purpose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// What a wrap is bound to: all of it is in HPKE's `info` and in what is signed.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// What for.
    pub purpose: Purpose<'a>,
    /// The tenant's ID.
    pub tenant: &'a str,
    /// Whose secret it is: a user's ID, or the tenant's for its keys.
    pub owner: &'a str,
    /// Who gets it: a device's ID, a user's, or the tenant's for escrow.
    pub recipient: &'a str,
    /// The owner's statement that the secret belongs to: a wrap of keys that were changed is none of the new ones.
    pub statement: Fingerprint,
}

impl Binding<'_> {
    fn octets(&self) -> Vec<u8> {
        framed(
            VERSION,
            &[
                b"wrap",
                self.purpose.label().as_bytes(),
                self.tenant.as_bytes(),
                self.owner.as_bytes(),
                self.recipient.as_bytes(),
                self.statement.as_bytes(),
            ],
        )
    }
}

/// Why a wrap is not made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrapError {
    /// Not a wrap.
    Malformed,
    /// A version that this code does not know.
    Version {
        /// The version.
        found: u8,
    },
    /// Not signed by who has to have sealed it, or not for this purpose, owner, recipient or state of the keys.
    NotSigned,
    /// Signed, and not for the key that opens it.
    NotOpened,
}

impl WrapError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            WrapError::Malformed => "wrap-malformed",
            WrapError::Version { .. } => "wrap-version",
            WrapError::NotSigned => "wrap-not-signed",
            WrapError::NotOpened => "wrap-not-opened",
        }
    }
}

impl fmt::Display for WrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WrapError::Malformed => f.write_str("The server's answer is not a sealed key."),
            WrapError::Version { found } => {
                write!(f, "The sealed key has version {found}. Update this app.")
            }
            WrapError::NotSigned => f.write_str(
                "The sealed key was not made for this device by its owner. Do not go on: ask your admin, and tell them so.",
            ),
            WrapError::NotOpened => f.write_str("The sealed key could not be opened with the key of this device."),
        }
    }
}

impl core::error::Error for WrapError {}

/// A wrap as the server keeps it: `version ‖ enc ‖ ciphertext ‖ tag ‖ signature`.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrap([u8; LENGTH]);

impl fmt::Debug for Wrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrap")
    }
}

impl Wrap {
    /// Seals a secret. `agreement` is of a key pair made for this wrap alone, and of the recipient's key; `signer` is the
    /// key of the account in whose name it is sealed.
    ///
    /// # Errors
    /// None in practice: AES-GCM fails for lengths alone.
    pub fn seal(
        secret: &Secret,
        binding: &Binding<'_>,
        agreement: &Agreement,
        signer: &SigningKey,
    ) -> Result<Wrap, WrapError> {
        let info = binding.octets();
        let sealed = hpke::seal(agreement, binding.purpose.psk(), &info, &[], secret.as_bytes())
            .ok_or(WrapError::Malformed)?;
        let mut octets = vec![VERSION];
        octets.extend(agreement.ephemeral.as_bytes());
        octets.extend(sealed);
        let signature = signer.sign(&signed(&info, &agreement.recipient, &octets));
        octets.extend(signature.to_bytes());
        octets.try_into().map(Wrap).map_err(|_| WrapError::Malformed)
    }

    /// What the server handed over.
    ///
    /// # Errors
    /// [`WrapError::Malformed`], [`WrapError::Version`].
    pub fn from_bytes(octets: &[u8]) -> Result<Wrap, WrapError> {
        match octets.first() {
            None => Err(WrapError::Malformed),
            Some(&VERSION) => octets.try_into().map(Wrap).map_err(|_| WrapError::Malformed),
            Some(&found) => Err(WrapError::Version { found }),
        }
    }

    /// What the server keeps.
    pub fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Sees that `signer` sealed it for this binding and recipient: only then is there an ephemeral key to compute with.
    ///
    /// # Errors
    /// [`WrapError::NotSigned`].
    pub fn authenticate<'a>(
        &self,
        binding: &'a Binding<'a>,
        recipient: &PublicKey,
        signer: &[u8; 32],
    ) -> Result<Authentic<'a>, WrapError> {
        let parts = || {
            let (unsigned, signature) = self.0.split_last_chunk::<SIGNATURE>()?;
            let (_, rest) = unsigned.split_first()?;
            let (ephemeral, sealed) = rest.split_first_chunk::<PUBLIC>()?;
            Some((
                unsigned,
                Signature::from_bytes(signature),
                PublicKey::from_bytes(*ephemeral)?,
                *sealed.first_chunk()?,
            ))
        };
        let (unsigned, signature, ephemeral, sealed) = parts().ok_or(WrapError::Malformed)?;
        if !verify(signer, &signed(&binding.octets(), recipient, unsigned), &signature) {
            return Err(WrapError::NotSigned);
        }
        Ok(Authentic { binding, recipient: *recipient, ephemeral, sealed })
    }
}

fn signed(info: &[u8], recipient: &PublicKey, unsigned: &[u8]) -> Vec<u8> {
    [info, recipient.as_bytes(), unsigned].concat()
}

/// A wrap whose signature was right.
#[derive(Debug)]
pub struct Authentic<'a> {
    binding: &'a Binding<'a>,
    recipient: PublicKey,
    ephemeral: PublicKey,
    sealed: [u8; SEALED],
}

impl Authentic<'_> {
    /// What the recipient's private key has to agree with.
    pub fn ephemeral(&self) -> PublicKey {
        self.ephemeral
    }

    /// Opens it with what the host's Diffie–Hellman step gave.
    ///
    /// # Errors
    /// [`WrapError::NotOpened`].
    pub fn open(self, shared: [u8; 32]) -> Result<Secret, WrapError> {
        let agreement = Agreement::new(self.ephemeral, self.recipient, shared);
        let opened =
            hpke::open(&agreement, self.binding.purpose.psk(), &self.binding.octets(), &[], &self.sealed)
                .ok_or(WrapError::NotOpened)?;
        let octets = opened.as_slice().try_into().map_err(|_| WrapError::NotOpened)?;
        Ok(Secret::from_bytes(octets))
    }
}
