//! Every bound that the crate puts on its input, with the reason for its value.

/// Bytes of one decoded message. Entra's answers with 150 groups come to about 40 KB; this leaves room for signed
/// and encrypted ones and keeps a Worker's isolate far from its memory limit.
pub const MESSAGE_BYTES: usize = 256 * 1024;

/// Bytes of one metadata document: a federation's aggregate is larger than any message.
pub const METADATA_BYTES: usize = 8 * 1024 * 1024;

/// Nesting of elements. Real responses reach 12; encrypted ones with advice stay below 20.
pub const DEPTH: usize = 64;

/// Bytes of a message for each of its nodes (itself, elements, texts and comments), and for each of its attributes: what is read
/// of a message stays a few times as long as it is. Real ones have 16 and more.
pub const BYTES_PER_NODE: usize = 10;

/// Nodes, and attributes, that a message may have beside those: a small one is small anyway.
pub const NODES_BASE: usize = 256;

/// Nodes, and attributes, of the largest message.
pub const NODES: usize = NODES_BASE + MESSAGE_BYTES / BYTES_PER_NODE;

/// Attributes that one assertion may tell of a person: each is kept by its name.
pub const SAML_ATTRIBUTES: usize = 1024;

/// Attributes of one element. The longest standard element (`AuthnRequest`) has 11.
pub const ATTRIBUTES_PER_ELEMENT: usize = 64;

/// Namespace declarations of one element. ADFS and WS-Federation metadata reach a dozen.
pub const NAMESPACES_PER_ELEMENT: usize = 64;

/// Namespace declarations in scope at one place, so that canonicalization stays linear.
pub const NAMESPACES_IN_SCOPE: usize = 256;

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

/// Bytes of a canonical form for each byte of its document: values that are typed by a prefix of the root take it along, which
/// nearly doubles the shortest ones. A namespace name of 100 KB that each of a thousand elements uses stops here, and so does a text of quotes.
pub const CANONICAL_EXPANSION: usize = 2;

/// Bytes of a canonical form beyond those: a small document may repeat a few declarations.
pub const CANONICAL_BASE: usize = 8 * 1024;
