//! What is sealed in the browser and opened there, and never on the server: formats, with every byte written down in
//! `docs/vault-format.md`.
//!
//! # The contract of this crate
//!
//! - **No clock, no randomness, no I/O, no async.** Unpredictable bytes come from [`Random`], the host's.
//! - **What does not open says nothing about why**, beyond a version that nobody should see ([`Sealed`] has the list).
//! - **Where a thing belongs is sealed with it.** [`Context`] is part of every ciphertext: a server that hands over one item
//!   for another, another person's, or an older revision is noticed.
//! - **What the server says is a claim** until a signature by a key that is trusted already, a phrase that two people
//!   compared, or a lock that only the phrase's holder can have made says so too. [`Account`] and [`TenantKeys`] are trusted
//!   by type; a vault key out of a wrap is only to be had through [`Account::vault_key`].
//! - **Private keys of devices never come here.** The Diffie–Hellman step is the host's ([`Agreement`]); it is taken with
//!   what a signature vouched for ([`Authentic`]).
//! - **Keys are wiped** when they are dropped, and are not for printing.

pub mod account;
pub mod contents;
pub mod device;
pub mod export;
pub mod generate;
pub mod hpke;
pub mod import;
pub mod item;
pub mod kit;
pub mod lock;
pub mod manifest;
mod octets;
pub mod phrase;
pub mod statement;
pub mod tenant;
pub mod totp;
pub mod wrap;

pub use account::{Account, AccountKeys, Begun, Pair, device_phrase};
pub use contents::{Contents, Draft, Edit, Given, Kind};
pub use device::{Device, DeviceError, Devices, Memory};
pub use hpke::{Agreement, PublicKey};
pub use item::{Context, Sealed, SealedError, VaultKey};
pub use lock::{LockError, LockingKey, Place, Stretching};
pub use manifest::{Entry, Manifest, ManifestError, Shelf};
pub use phrase::{FingerprintPhrase, PhraseError, RecoveryKey};
pub use statement::{Fingerprint, StatementError};
pub use tenant::{TenantBegun, TenantKeys};
pub use totp::Totp;
pub use wrap::{Authentic, Binding, Purpose, Secret, Wrap, WrapError};

/// Fills a buffer with bytes that nobody can predict.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);
