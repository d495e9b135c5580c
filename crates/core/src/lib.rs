//! Who may sign in, decided.
//!
//! # The contract of this crate
//!
//! The host loads **facts**, the core decides **once**, the host commits. Each decision is a function of facts, an event,
//! `now` and randomness, and gives either a [`Decision`] or a [`Refusal`]:
//!
//! - a [`Decision`] holds the outcome and everything that has to happen for it to be true: guards (what has to hold
//!   still), writes and audit events, to be committed as one atomic batch or not at all;
//! - a [`Refusal`] is an expected no. It has a stable code, a reason for the admin and a [`Face`] for the public, and
//!   [`Refusal::record`] makes it a decision whose only effect is its entry in the audit log.
//!
//! Where a batch fails because a guard no longer holds or something was there already, the host loads the facts again
//! and asks again; the core never has to know.
//!
//! What the host must know:
//!
//! - **No clock, no randomness, no I/O, no async.**
//! - **Facts are fresh.** Statuses, versions, routes and what was consumed come from the database on every request. Only a
//!   connection's configuration ([`Connection`]) may be remembered, for as long as its version is the same; a guard
//!   compares it again in the batch.
//! - **Secrets leave once.** A [`Token`] goes to the browser; the database sees its hash.
//! - **An identity is read from verified assertions only** ([`AssertedIdentity`]), and an e-mail links nothing.
//!
//! The sign-in: [`Attempt::begin`] and [`Attempt::depart`] → the IdP → `keyward_saml::verify_response` → [`finish`] →
//! (unsolicited only) [`ConfirmationFacts::answer`] → [`SessionFacts::resume`] on every request after.

pub mod address;
pub mod admin;
pub mod advice;
pub mod asserted;
pub mod audit;
pub mod brand;
pub mod change;
pub mod claim;
pub mod confirm;
pub mod decision;
pub mod devices;
pub mod dns;
pub mod domain;
pub mod escrow;
pub mod expiry;
pub mod face;
pub mod facts;
pub mod id;
pub mod items;
pub mod lock;
pub mod logout;
pub mod mail;
pub mod metadata;
pub mod onboarding;
pub mod outside;
pub mod policy;
pub mod preset;
pub mod preview;
pub mod provisioning;
pub mod random;
pub mod redact;
pub mod refusal;
pub mod roles;
pub mod rotation;
pub mod saml_log;
pub mod session;
pub mod sp_certificate;
pub mod sp_key;
pub mod start;
pub mod trial;
pub mod two_factor;
pub mod upkeep;
pub mod vault;

mod finish;
mod public_mail;
mod return_to;
#[cfg(test)]
mod vectors;

pub use address::Who;
pub use asserted::AssertedIdentity;
pub use confirm::{Answer, ConfirmationFacts, Confirmed};
pub use decision::{Decision, Guard, Write};
pub use face::Face;
pub use facts::Connection;
pub use finish::{CONFIRMATION_LIFETIME, Login, LoginFacts, PendingLogin, Posted, finish};
pub use random::{Random, Reference, RequestId, Token, TokenHash};
pub use refusal::{Refusal, Refused};
pub use return_to::ReturnTo;
pub use session::SessionFacts;
pub use start::{Attempt, Departure, Entry, Route};
