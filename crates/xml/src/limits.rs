//! Every bound that the crate puts on its input, with the reason for its value.

/// Bytes of one decoded message. Entra's answers with 150 groups come to about 40 KB; this leaves room for signed
/// and encrypted ones and keeps a Worker's isolate far from its memory limit.
pub const MESSAGE_BYTES: usize = 256 * 1024;

/// Nesting of elements. Real responses reach 12; encrypted ones with advice stay below 20.
pub const DEPTH: usize = 64;

/// Bytes of a message for each of its nodes (itself, elements, texts and comments), and for each of its attributes: what is read
/// of a message stays a few times as long as it is. Real ones have 16 and more.
pub const BYTES_PER_NODE: usize = 10;

/// Nodes, and attributes, that a message may have beside those: a small one is small anyway.
pub const NODES_BASE: usize = 256;

/// Nodes, and attributes, of the largest message.
pub const NODES: usize = NODES_BASE + MESSAGE_BYTES / BYTES_PER_NODE;

/// Attributes of one element. The longest standard element (`AuthnRequest`) has 11.
pub const ATTRIBUTES_PER_ELEMENT: usize = 64;

/// Namespace declarations of one element. ADFS and WS-Federation metadata reach a dozen.
pub const NAMESPACES_PER_ELEMENT: usize = 64;

/// Namespace declarations in scope at one place, so that canonicalization stays linear.
pub const NAMESPACES_IN_SCOPE: usize = 256;

/// Bytes of a canonical form for each byte of its document: values that are typed by a prefix of the root take it along, which
/// nearly doubles the shortest ones. A namespace name of 100 KB that each of a thousand elements uses stops here, and so does a text of quotes.
pub const CANONICAL_EXPANSION: usize = 2;

/// Bytes of a canonical form beyond those: a small document may repeat a few declarations.
pub const CANONICAL_BASE: usize = 8 * 1024;
