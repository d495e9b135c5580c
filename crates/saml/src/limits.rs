//! Every bound that the crate puts on its input, with the reason for its value.

pub use keyward_xml::limits::*;

/// Bytes of one metadata document: a federation's aggregate is larger than any message.
pub const METADATA_BYTES: usize = 8 * 1024 * 1024;

/// Attributes that one assertion may tell of a person: each is kept by its name.
pub const SAML_ATTRIBUTES: usize = 1024;

/// Certificates pinned for one connection: all are tried, so they bound the work that one message can cause.
pub const CERTIFICATES: usize = 10;

/// Certificates to sign with that metadata may name for one IdP, doubles left out: each is compared with those before it.
pub const METADATA_CERTIFICATES: usize = 64;

/// RSA modulus, in bits. Below is forgeable or soon; above is a way to burn CPU.
pub const RSA_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;

/// The smallest RSA modulus that a connection may opt in to.
pub const RSA_BITS_LEGACY: usize = 1024;

/// Bytes of one certificate. Real ones have 1 to 3 KB; RSA 8192 and a long list of extensions stay below.
pub const CERTIFICATE_BYTES: usize = 16 * 1024;

/// Private-key operations that one message may ask for: its encrypted elements, times their keys, times ours.
pub const UNWRAP_JOBS: usize = 32;

/// Signatures in one document that is not a SAML message; each costs a canonicalization of what it covers.
pub const SIGNATURES: usize = 16;

/// Bytes that one byte of a deflated message may become. Messages of a hundred like attributes come to 20.
pub const INFLATE_RATIO: usize = 64;

/// Entities in one metadata document that are read when none is named.
pub const ENTITIES: usize = 16 * 1024;

/// Bytes of the canonical form of SignedInfo. Real ones have 1 to 2 KB; each pinned key gets a copy to verify.
pub const SIGNED_INFO_BYTES: usize = 16 * 1024;
