//! What is sealed in the browser and opened there, and never on the server: formats, with every byte written down in
//! `docs/vault-format.md`.
//!
//! # The contract of this crate
//!
//! - **No clock, no randomness, no I/O, no async.** Unpredictable bytes come from [`Random`], the host's.
//! - **What does not open says nothing about why**, beyond a version that nobody should see ([`Sealed`] has the list).
//! - **Where a thing belongs is sealed with it.** [`Context`] is part of every ciphertext: a server that hands over one item
//!   for another, another person's, or an older revision is noticed.
//! - **Keys are wiped** when they are dropped, and are not for printing.

pub mod item;
pub mod phrase;

pub use item::{Context, Sealed, SealedError, VaultKey};
pub use phrase::{FingerprintPhrase, PhraseError, RecoveryKey};

/// Fills a buffer with bytes that nobody can predict.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);
