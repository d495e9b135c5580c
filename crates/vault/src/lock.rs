//! Locks (vault format §9): one secret under what a person remembers or keeps on paper, a password or a recovery phrase.
//! Whoever can make one that opens knew the password or the phrase, so nobody signs it.

use core::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::hpke::mac;
use crate::octets::{Reader, framed};
use crate::statement::Fingerprint;
use crate::wrap::Secret;
use crate::{Random, RecoveryKey};

/// The version that is written.
pub const VERSION: u8 = 1;
/// The length of every lock of this version.
pub const LENGTH: usize = 1 + NONCE + 32 + 16;

const NONCE: usize = 12;

/// What Argon2id (RFC 9106) is asked for. The server keeps them, so a client goes below no [`Stretching::LEAST`], which is
/// a part of this code, and above no [`Stretching::MOST`], which would stop a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretching {
    /// In KiB.
    pub memory: u32,
    /// How often it goes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Random, one for each password that is set.
    pub salt: [u8; 16],
}

impl Stretching {
    /// Memory, passes and lanes: 64 MiB and three passes, RFC 9106's second recommendation less lanes, since a browser
    /// has one.
    pub const LEAST: (u32, u32, u32) = (64 * 1024, 3, 1);
    /// 1 GiB, and some seconds.
    pub const MOST: (u32, u32, u32) = (1024 * 1024, 16, 4);
    /// The length of [`Stretching::to_bytes`].
    pub const LENGTH: usize = 1 + 3 * 4 + 16;

    /// What is asked for today, with a fresh salt.
    pub fn generate(random: Random<'_>) -> Stretching {
        let (memory, passes, lanes) = Stretching::LEAST;
        let mut salt = [0; 16];
        random(&mut salt);
        Stretching { memory, passes, lanes, salt }
    }

    /// What the server keeps.
    pub fn to_bytes(&self) -> [u8; Stretching::LENGTH] {
        let mut octets = [VERSION; Stretching::LENGTH];
        let numbers = [self.memory, self.passes, self.lanes].map(u32::to_be_bytes);
        octets
            .iter_mut()
            .skip(1)
            .zip(numbers.iter().flatten().chain(&self.salt))
            .for_each(|(to, from)| *to = *from);
        octets
    }

    /// What the server handed over.
    ///
    /// # Errors
    /// [`LockError::Malformed`], [`LockError::Version`], [`LockError::TooWeak`], [`LockError::TooCostly`].
    pub fn from_bytes(octets: &[u8]) -> Result<Stretching, LockError> {
        let mut reader = Reader::new(octets);
        match reader.byte() {
            None => return Err(LockError::Malformed),
            Some(VERSION) => {}
            Some(found) => return Err(LockError::Version { found }),
        }
        let mut read = || {
            let stretching = Stretching {
                memory: reader.u32()?,
                passes: reader.u32()?,
                lanes: reader.u32()?,
                salt: reader.array()?,
            };
            Some(stretching)
        };
        let stretching = read().ok_or(LockError::Malformed)?;
        reader.end().ok_or(LockError::Malformed)?;
        stretching.check()?;
        Ok(stretching)
    }

    fn check(&self) -> Result<(), LockError> {
        let Stretching { memory, passes, lanes, .. } = *self;
        let outside = |(m, p, l): (u32, u32, u32), is_outside: fn(&u32, &u32) -> bool| {
            is_outside(&memory, &m) || is_outside(&passes, &p) || is_outside(&lanes, &l)
        };
        if outside(Stretching::LEAST, u32::lt) {
            Err(LockError::TooWeak { memory, passes, lanes })
        } else if outside(Stretching::MOST, u32::gt) {
            Err(LockError::TooCostly { memory, passes, lanes })
        } else {
            Ok(())
        }
    }
}

/// Why something is not locked or unlocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockError {
    /// Not a lock, or not parameters.
    Malformed,
    /// A version that this code does not know.
    Version {
        /// The version.
        found: u8,
    },
    /// The server asks for less than [`Stretching::LEAST`]: who is sent the result could guess the password.
    TooWeak {
        /// KiB.
        memory: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// The server asks for more than [`Stretching::MOST`].
    TooCostly {
        /// KiB.
        memory: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// Another password or phrase, another place, or changed.
    NotOpened,
}

impl LockError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            LockError::Malformed => "lock-malformed",
            LockError::Version { .. } => "lock-version",
            LockError::TooWeak { .. } => "stretching-too-weak",
            LockError::TooCostly { .. } => "stretching-too-costly",
            LockError::NotOpened => "lock-not-opened",
        }
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Malformed => f.write_str("The server's answer is not a locked key."),
            LockError::Version { found } => write!(f, "The locked key has version {found}. Update this app."),
            LockError::TooWeak { memory, passes, lanes } | LockError::TooCostly { memory, passes, lanes } => {
                write!(
                    f,
                    "The server asks to stretch the password by {memory} KiB, {passes} passes and {lanes} lanes, which this app does not do. Do not go on: tell your admin."
                )
            }
            LockError::NotOpened => f.write_str("That is not the password or the phrase of this account."),
        }
    }
}

impl core::error::Error for LockError {}

/// What a password or a phrase gives.
pub struct LockingKey {
    root: Zeroizing<[u8; 32]>,
    label: &'static str,
    /// The parameters, so that a lock made with some opens with no others.
    parameters: Vec<u8>,
}

impl fmt::Debug for LockingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockingKey")
    }
}

impl LockingKey {
    /// Of a password, which the host has normalised (NFKC).
    ///
    /// # Errors
    /// [`LockError::TooWeak`], [`LockError::TooCostly`].
    pub fn of_password(password: &str, stretching: &Stretching) -> Result<LockingKey, LockError> {
        stretching.check()?;
        let Stretching { memory, passes, lanes, salt } = stretching;
        let mut root = Zeroizing::new([0; 32]);
        let costly = LockError::TooCostly { memory: *memory, passes: *passes, lanes: *lanes };
        let parameters = Params::new(*memory, *passes, *lanes, Some(root.len())).map_err(|_| costly)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(password.as_bytes(), salt, root.as_mut())
            .map_err(|_| costly)?;
        Ok(LockingKey { root, label: "password", parameters: stretching.to_bytes().to_vec() })
    }

    /// Of a recovery phrase.
    pub fn of_phrase(key: &RecoveryKey) -> LockingKey {
        LockingKey { root: Zeroizing::new(*key.as_bytes()), label: "recovery", parameters: Vec::new() }
    }

    /// What the server is shown as proof that the password or the phrase is known, and keeps a hash of. It opens nothing.
    pub fn proof(&self, tenant: &str, owner: &str) -> Secret {
        let parts = [b"proof", self.label.as_bytes(), tenant.as_bytes(), owner.as_bytes()];
        Secret(mac(&self.root, &[&framed(VERSION, &parts)]))
    }

    /// Locks a secret of an owner whose keys are in this state. `what` says which: `recovery`, `approval`, ….
    ///
    /// # Errors
    /// None in practice: AES-GCM fails for lengths alone.
    pub fn lock(&self, secret: &Secret, place: &Place<'_>, random: Random<'_>) -> Result<Vec<u8>, LockError> {
        let mut nonce = [0; NONCE];
        random(&mut nonce);
        let payload = Payload { msg: secret.as_bytes(), aad: &self.associated(place) };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload).map_err(|_| LockError::Malformed)?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`LockError::Malformed`], [`LockError::Version`], [`LockError::NotOpened`].
    pub fn open(&self, locked: &[u8], place: &Place<'_>) -> Result<Secret, LockError> {
        match locked.first() {
            None => return Err(LockError::Malformed),
            Some(&VERSION) => {}
            Some(&found) => return Err(LockError::Version { found }),
        }
        let locked: &[u8; LENGTH] = locked.try_into().map_err(|_| LockError::Malformed)?;
        let (nonce, sealed) = locked
            .split_first()
            .and_then(|(_, rest)| rest.split_first_chunk::<NONCE>())
            .ok_or(LockError::Malformed)?;
        let payload = Payload { msg: sealed, aad: &self.associated(place) };
        let opened = self.cipher().decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new);
        let opened = opened.map_err(|_| LockError::NotOpened)?;
        opened.as_slice().try_into().map(Secret::from_bytes).map_err(|_| LockError::NotOpened)
    }

    fn cipher(&self) -> Aes256Gcm {
        let key = mac(&self.root, &[&framed(VERSION, &[b"lock", self.label.as_bytes()])]);
        Aes256Gcm::new((&*key).into())
    }

    fn associated(&self, place: &Place<'_>) -> Vec<u8> {
        framed(
            VERSION,
            &[
                b"lock",
                self.label.as_bytes(),
                place.what.as_bytes(),
                place.tenant.as_bytes(),
                place.owner.as_bytes(),
                place.statement.as_bytes(),
                &self.parameters,
            ],
        )
    }
}

/// What a lock is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Which secret: `recovery`, the private half of the pair that the vault key is wrapped to; in a recovery kit
    /// `approval`, `transfer`, `signing`.
    pub what: &'a str,
    /// The tenant's ID.
    pub tenant: &'a str,
    /// Whose: a user's ID, or the tenant's.
    pub owner: &'a str,
    /// The owner's statement that the secret belongs to. Since only the phrase's holder can have made the lock, one that
    /// opens proves the statement too: a new device needs nobody else to trust it.
    pub statement: Fingerprint,
}
