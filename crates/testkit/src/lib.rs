//! For tests only: an identity provider that signs well and badly on purpose, a verifier that is naive on purpose, and
//! the attacks that tell the two kinds of verifier apart.
//!
//! Everything is deterministic: the keys are fixtures, the time is [`NOW`], what looks random comes from a seed.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a fixture that does not work should stop the test"
)]

pub mod attacks;
pub mod bench;
pub mod encryption;
mod handed;
mod imports;
pub mod keys;
pub mod messages;
pub mod naive;
pub mod properties;
pub mod providers;
pub mod random;
pub mod response;
mod sealed;
pub mod signing;
mod states;
pub mod tree;
pub mod wrapping;

use keyward_saml::{IdpTrust, ServiceProvider, Timestamp};

pub use encryption::Encryption;
pub use keys::Key;
pub use random::Random;
pub use response::{Attribute, Response, Signed, Style};
pub use signing::Signing;

/// The time at which everything here happens: 2026-11-23T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_435_200_000);
/// The IdP's entity ID.
pub const IDP: &str = "https://idp.example.test/metadata";
/// Our entity ID.
pub const SP: &str = "https://sp.example.test/metadata";
/// Our ACS.
pub const ACS: &str = "https://sp.example.test/acs";
/// The request that is pending.
pub const REQUEST: &str = "_request";

/// What an admin pinned: the IdP's one certificate.
pub fn trust() -> IdpTrust {
    trust_in(Key::Idp)
}

/// What an admin pinned where the IdP has another key.
pub fn trust_in(key: Key) -> IdpTrust {
    IdpTrust { entity_id: IDP.to_owned(), certificates: vec![key.certificate()] }
}

/// Who we are: with one decryption key, [`Key::Sp`].
pub fn service_provider() -> ServiceProvider {
    ServiceProvider { entity_id: SP.to_owned(), acs_url: ACS.to_owned(), decryption_keys: 1 }
}
