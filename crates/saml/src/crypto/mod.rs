//! Keys, signatures and decryption.
//!
//! [`algorithm`] names what is on; [`certificate`] reads the keys that an admin pins; [`VerifyJob`], [`UnwrapKeyJob`] and
//! [`OpenJob`] are the operations that a host may do in its own way (WebCrypto), and that this module can do in Rust
//! ([`VerifyJob::answer_pure`], [`UnwrapKeyJob::unwrap_key`], [`OpenJob::open`]). An answer from either has to be the same.
//!
//! Verification works on public data only and may take variable time. What touches a private key or a content key
//! ([`decrypt`]) says where it does not.

pub mod algorithm;
pub mod certificate;
pub mod decrypt;
pub mod public_key;

mod modexp;
mod verify;

pub(crate) use decrypt::decrypt_unauthenticated;
pub use decrypt::{OpenJob, PrivateKey, UnwrapKeyJob, decode_oaep, decrypt_block};
pub use public_key::PublicKey;
pub use verify::VerifyJob;
