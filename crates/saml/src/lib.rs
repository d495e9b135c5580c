//! SAML 2.0 for a service provider.
//!
//! # The contract of this crate
//!
//! Bytes from anyone, keys pinned by an admin and the time go in; an [`Assertion`] or a [`Refusal`] comes out.
//! There is one way through, and it has no side doors:
//!
//! 1. The bytes are parsed once, strictly, into one tree ([`xml`]). Whatever libxml2 would not read the same way
//!    is refused here, before anything else looks at it.
//! 2. The signature is found by its *position* (a child of the root, or of the one assertion), never by searching.
//! 3. The signed element is canonicalized and its digest compared; `SignedInfo` is read from its own canonical
//!    bytes; the signature value is checked against pinned keys only.
//! 4. The identity is read from the bytes whose digest matched, parsed as a document of their own. Nothing reads the
//!    received document after that.
//! 5. The profile (SAML Core, Profiles §4.1) is checked, each rule with a code of its own.
//!
//! What the caller must know:
//!
//! - **No clock, no randomness, no I/O, no async.** `now` and random bytes are arguments. Public-key operations may
//!   be done by the host: the engine is a state machine that stops at [`Step::Need`] with a list of [`Job`]s and goes
//!   on with their [`Outcome`]s. [`pure`] answers them at once, in Rust.
//! - **An [`Assertion`] cannot be made by anyone else.** It has no public constructor and no public field.
//! - **A verified assertion is not yet an answered request.** [`verify_response`] yields [`Unanswered`]; only
//!   [`Unanswered::answering`] gives the [`VerifiedAssertion`], so that the request cannot be forgotten.
//! - **No input panics**, and time and memory are linear in the size of the input, which [`limits`] bounds.
//! - **Replay is the caller's.** The pair (issuer, assertion ID) has to be consumed once, in the transaction that opens
//!   the session; the engine keeps no state.
//!
//! ```compile_fail,E0451
//! // "Verified" is a type that cannot be forged.
//! let forged = keyward_saml::VerifiedAssertion { assertion: todo!(), signed: vec![], encrypted: false, legacy: false };
//! ```

pub mod base64;
pub mod crypto;
pub mod limits;
pub mod logout;
pub mod metadata;
pub mod pure;
pub mod redirect;
pub mod request;

mod check;
mod encryption;
mod engine;
mod job;
mod profile;
mod refusal;
mod signature;
mod signing;
mod time;
mod xml_signature;

pub use check::Check;
pub use crypto::certificate::{Certificate, CertificateError};
pub use engine::{
    Encoding, IdpTrust, Pending, Policy, Request, ResponseInput, ServiceProvider, SignedPart, Step,
    Unanswered, VerifiedAssertion, verify_response,
};
pub use job::{Job, Outcome};
pub use profile::{Assertion, Attribute, NameId};
pub use refusal::{Refusal, StatusCode};
pub use signature::element_by_id;
pub use signing::ToSign;
pub use time::Timestamp;
pub use xml_signature::verify_xml_signature;

pub use keyward_xml::{self as xml, c14n};
