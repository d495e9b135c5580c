//! Statements (vault format §5): what an account's or a tenant's public keys are, each signed by the one before it, so that
//! who trusts one follows every change that its keeper made and none that anybody else did.

use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::octets::{Reader, framed};

/// The version that is written.
pub const VERSION: u8 = 1;
/// Most statements that are followed at once: keys change when a device is lost or an admin leaves.
pub const LONGEST_CHAIN: usize = 1000;
/// The longest ID, and the longest body: public keys.
const ID: usize = 255;
const BODY: usize = 512;
const SIGNATURE: usize = 64;

/// SHA-256 of a statement without its signature: what a device remembers, what two people compare, what a DNS record
/// publishes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// One that was kept.
    pub const fn from_bytes(octets: [u8; 32]) -> Fingerprint {
        Fingerprint(octets)
    }

    /// The hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash in 64 lower-case hexadecimal digits, as it is published.
    pub fn hex(&self) -> String {
        format!("{self:?}")
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why statements are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementError {
    /// Not a statement, or one too long.
    Malformed,
    /// A version that this code does not know.
    Version {
        /// The version.
        found: u8,
    },
    /// About another tenant, account, or kind of thing.
    Elsewhere,
    /// The first is not the one that is trusted.
    NotTrusted,
    /// One does not follow from the one before: not the next number, not its successor, or not signed by its key.
    Broken {
        /// Its number.
        sequence: u32,
    },
    /// None at all, or more than [`LONGEST_CHAIN`].
    Count {
        /// How many.
        found: usize,
    },
    /// A key of the vault that the statement does not name.
    OtherVaultKey,
    /// Keys are changed again only once everything is under those of the last change.
    Unfinished,
}

impl StatementError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            StatementError::Malformed => "statement-malformed",
            StatementError::Version { .. } => "statement-version",
            StatementError::Elsewhere => "statement-elsewhere",
            StatementError::NotTrusted => "statement-not-trusted",
            StatementError::Broken { .. } => "statement-broken",
            StatementError::Count { .. } => "statement-count",
            StatementError::OtherVaultKey => "statement-other-vault-key",
            StatementError::Unfinished => "statement-unfinished",
        }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatementError::Malformed => f.write_str("The server's answer is not a statement of keys."),
            StatementError::Version { found } => {
                write!(f, "The statement of keys has version {found}. Update this app.")
            }
            StatementError::Elsewhere => f.write_str("The statement of keys is about somebody else."),
            StatementError::NotTrusted => f.write_str(
                "The keys are not the ones that this device knows. Do not go on: ask your admin, and tell them so.",
            ),
            StatementError::Broken { sequence } => write!(
                f,
                "The change of keys number {sequence} was not made by their owner. Do not go on: ask your admin, and tell them so."
            ),
            StatementError::Count { found } => {
                write!(f, "The server gave {found} statements of keys, where 1 to {LONGEST_CHAIN} are read.")
            }
            StatementError::OtherVaultKey => {
                f.write_str("The key is not the one of this vault. Do not go on: ask your admin, and tell them so.")
            }
            StatementError::Unfinished => {
                f.write_str("The last change of keys is not finished yet. Wait until it is, then change them again.")
            }
        }
    }
}

impl core::error::Error for StatementError {}

/// What every statement has, whatever it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// `account` or `tenant`.
    pub(crate) kind: &'a str,
    pub(crate) tenant: &'a str,
    /// Whose keys: a user's ID, or the tenant's again.
    pub(crate) subject: &'a str,
    /// From 1.
    pub(crate) sequence: u32,
    /// What the kind adds.
    pub(crate) body: &'a [u8],
    /// Signs the next one.
    pub(crate) signing: [u8; 32],
    /// The one before; zeros for the first.
    pub(crate) previous: Fingerprint,
}

impl<'a> Statement<'a> {
    fn octets(&self) -> Vec<u8> {
        let mut octets = framed(
            VERSION,
            &[self.kind.as_bytes(), self.tenant.as_bytes(), self.subject.as_bytes(), self.body],
        );
        octets.extend(self.sequence.to_be_bytes());
        octets.extend(self.signing);
        octets.extend(self.previous.0);
        octets
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.octets()).into())
    }

    /// The first is signed by its own key, any other by that of the one before.
    pub(crate) fn sign(&self, by: &SigningKey) -> Vec<u8> {
        let mut octets = self.octets();
        octets.extend(by.sign(&octets).to_bytes());
        octets
    }

    fn parse(octets: &'a [u8]) -> Result<(Statement<'a>, Signature), StatementError> {
        match octets.first() {
            None => return Err(StatementError::Malformed),
            Some(&VERSION) => {}
            Some(&found) => return Err(StatementError::Version { found }),
        }
        let read = || {
            let mut reader = Reader::new(octets);
            reader.byte()?;
            let (kind, tenant, subject) = (reader.text(ID)?, reader.text(ID)?, reader.text(ID)?);
            let (body, sequence) = (reader.part(BODY)?, reader.u32()?);
            let (signing, previous) = (reader.array()?, Fingerprint(reader.array()?));
            let signature = Signature::from_bytes(&reader.array::<SIGNATURE>()?);
            reader.end()?;
            Some((Statement { kind, tenant, subject, sequence, body, signing, previous }, signature))
        };
        read().ok_or(StatementError::Malformed)
    }

    fn is_signed(&self, signature: &Signature, by: &[u8; 32]) -> bool {
        verify(by, &self.octets(), signature)
    }
}

/// Strictly (RFC 8032 §5.1.7, with small-order keys refused), so that all implementations agree about every signature.
pub(crate) fn verify(by: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(by).is_ok_and(|key| key.verify_strict(message, signature).is_ok())
}

/// A single statement, about whom it has to be: signed by itself where it is the first, by nobody that is known otherwise.
pub(crate) fn claimed<'a>(
    octets: &'a [u8],
    kind: &str,
    tenant: &str,
    subject: &str,
) -> Result<(Statement<'a>, Signature), StatementError> {
    let (statement, signature) = Statement::parse(octets)?;
    if (statement.kind, statement.tenant, statement.subject) != (kind, tenant, subject) {
        return Err(StatementError::Elsewhere);
    }
    let is_first = statement.previous == Fingerprint([0; 32]);
    if is_first != (statement.sequence == 1)
        || statement.sequence == 0
        || is_first && !statement.is_signed(&signature, &statement.signing)
    {
        return Err(StatementError::Broken { sequence: statement.sequence });
    }
    Ok((statement, signature))
}

/// The last of a chain whose first is trusted and in which each was signed by the key of the one before.
pub(crate) fn follow<'a>(
    trusted: &Fingerprint,
    chain: &[&'a [u8]],
    kind: &str,
    tenant: &str,
    subject: &str,
) -> Result<Statement<'a>, StatementError> {
    let (first, rest) = match chain.split_first() {
        Some(parts) if chain.len() <= LONGEST_CHAIN => parts,
        _ => return Err(StatementError::Count { found: chain.len() }),
    };
    let (mut current, _) = claimed(first, kind, tenant, subject)?;
    if current.fingerprint() != *trusted {
        return Err(StatementError::NotTrusted);
    }
    for octets in rest {
        let (next, signature) = claimed(octets, kind, tenant, subject)?;
        if Some(next.sequence) != current.sequence.checked_add(1)
            || next.previous != current.fingerprint()
            || !next.is_signed(&signature, &current.signing)
        {
            return Err(StatementError::Broken { sequence: next.sequence });
        }
        current = next;
    }
    Ok(current)
}
