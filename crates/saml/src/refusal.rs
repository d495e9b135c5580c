//! Every reason for which a message is refused: an enum of facts, each with a stable code.

use core::fmt;

use crate::crypto::certificate::CertificateError;
use crate::time::Timestamp;
use crate::{c14n, xml};

/// The status of a response that is not Success (Core §3.2.2.2). It may come from an unsigned message: show it to an
/// admin as what was received, never as a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCode {
    /// The top-level code, a URI.
    pub top: String,
    /// The nested code, where there is one.
    pub second: Option<String>,
    /// The IdP's own words, where it gave any.
    pub message: Option<String>,
}

/// Why a message was refused. `Display` says it in a sentence that an admin can act on; [`Refusal::code`] is stable.
///
/// What the message itself said is quoted in it, so that it belongs into an admin's log and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Not strict base64.
    Base64,
    /// Longer than [`crate::limits::MESSAGE_BYTES`].
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// The XML reader's reason.
    Xml(xml::Error),
    /// The root is not the element that was expected.
    MessageType {
        /// Local name that was expected.
        expected: &'static str,
        /// Local name that was found.
        found: String,
    },
    /// An element or attribute that the schema requires is missing, doubled or of the wrong form.
    Malformed {
        /// What, in the schema's words.
        what: &'static str,
    },
    /// Version is not 2.0 (Core §2.3.3, §3.2.2).
    Version {
        /// What it was.
        found: String,
    },
    /// Two elements have one ID, or an ID has characters that none may have.
    DuplicateId {
        /// The ID.
        id: String,
    },
    /// A time is not an xs:dateTime with a zone.
    Time {
        /// The attribute.
        attribute: &'static str,
        /// What it said.
        found: String,
    },
    /// Neither the response nor its assertion is signed.
    SignatureMissing,
    /// A Signature somewhere else than directly in the response or its assertion, or two in one of them.
    SignaturePosition,
    /// A Signature whose structure is not the one the profile allows.
    SignatureMalformed {
        /// What, in the schema's words.
        what: &'static str,
    },
    /// A signature algorithm that is unknown or not allowed here.
    SignatureAlgorithm {
        /// Its identifier.
        algorithm: String,
    },
    /// A digest algorithm that is unknown or not allowed here.
    DigestAlgorithm {
        /// Its identifier.
        algorithm: String,
    },
    /// A canonicalization that is unknown, or that has no result.
    Canonicalization {
        /// Its identifier.
        algorithm: String,
        /// Why there is no result, where the algorithm is known.
        error: Option<c14n::Error>,
    },
    /// A transform other than enveloped-signature followed by a canonicalization.
    Transform {
        /// Its identifier.
        algorithm: String,
    },
    /// Not exactly one Reference.
    ReferenceCount {
        /// How many.
        found: usize,
    },
    /// The Reference does not name the element that the Signature stands in.
    ReferenceNotParent {
        /// The Reference's URI.
        uri: String,
    },
    /// What was signed is not what was received.
    DigestMismatch,
    /// The signature was not made by any of the pinned keys.
    SignatureInvalid {
        /// How many pinned keys fit the algorithm and were tried.
        tried: usize,
    },
    /// A pinned certificate cannot be used.
    Certificate(CertificateError),
    /// An encryption algorithm that is unknown or not allowed here.
    EncryptionAlgorithm {
        /// Its identifier.
        algorithm: String,
    },
    /// Something is encrypted, and there is nothing to decrypt it with.
    NoDecryptionKey,
    /// What was encrypted could not be read. One reason for every failure, so that none can be told from another.
    Decrypt,
    /// Encrypted, but signed neither outside nor inside.
    EncryptedUnsigned,
    /// The IdP answered with an error.
    Status {
        /// What it said.
        status: StatusCode,
    },
    /// An Issuer is not the connection's IdP.
    Issuer {
        /// The IdP's entity ID.
        expected: String,
        /// What it said; empty where there was none.
        found: String,
    },
    /// Destination is not the address the message came to.
    Destination {
        /// The address.
        expected: String,
        /// What it said.
        found: String,
    },
    /// InResponseTo is not the request that is being answered.
    InResponseTo {
        /// Where it was said: of the two places (Profiles §4.1.4.2), both have to.
        place: &'static str,
        /// The request, where one was pending.
        expected: Option<String>,
        /// What it said, where it said something.
        found: Option<String>,
    },
    /// Nobody asked, and the connection does not take unsolicited responses.
    Unsolicited,
    /// Not exactly one assertion.
    AssertionCount {
        /// How many.
        found: usize,
    },
    /// No usable bearer SubjectConfirmation (Profiles §4.1.4.2).
    SubjectConfirmation {
        /// What is wrong with it.
        what: &'static str,
    },
    /// Recipient is not our ACS.
    Recipient {
        /// Our ACS.
        expected: String,
        /// What it said.
        found: String,
    },
    /// Past its time, allowed skew included.
    Expired {
        /// What is over, as the beginning of a sentence that goes on with the time.
        what: &'static str,
        /// The time it was judged at.
        now: Timestamp,
        /// Its NotOnOrAfter.
        not_on_or_after: Timestamp,
    },
    /// Before its time, allowed skew included.
    NotYetValid {
        /// The time it was judged at.
        now: Timestamp,
        /// Its NotBefore.
        not_before: Timestamp,
    },
    /// An AudienceRestriction that leaves us out, or none at all.
    Audience {
        /// Our entity ID.
        expected: String,
        /// The audiences named.
        found: Vec<String>,
    },
    /// A Condition that is not understood (Core §2.5.1.1 demands refusal).
    Condition {
        /// Its local name.
        found: String,
    },
    /// No AuthnStatement, or one that cannot be read.
    AuthnStatement,
    /// ForceAuthn was asked, and the person did not sign in again.
    AuthnStale {
        /// When they did.
        authn_instant: Timestamp,
        /// When they should have, at the earliest.
        not_before: Timestamp,
    },
    /// RequestedAuthnContext was asked and not met.
    AuthnContext {
        /// What was given.
        found: Option<String>,
    },
    /// Valid for longer than the connection's cap.
    Lifetime {
        /// Until when.
        not_on_or_after: Timestamp,
    },
    /// Metadata past its validUntil.
    MetadataExpired {
        /// The time it was judged at.
        now: Timestamp,
        /// Its validUntil.
        valid_until: Timestamp,
    },
    /// Metadata without an IdP that speaks SAML 2.0, or without the one that was asked for.
    MetadataWithoutIdp,
    /// Metadata with an endpoint that is not https.
    MetadataEndpoint {
        /// What it said.
        location: String,
    },
    /// A NameID that is not for us, or cannot be read.
    NameId {
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Refusal {
    /// The stable code of the check that failed, kebab-case, one a check.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Base64 => "base64",
            Refusal::TooLarge { .. } => "too-large",
            Refusal::Xml(error) => match error.kind {
                xml::ErrorKind::Encoding => "xml-encoding",
                xml::ErrorKind::Malformed(_) => "xml-malformed",
                xml::ErrorKind::Doctype => "xml-doctype",
                xml::ErrorKind::ProcessingInstruction => "xml-processing-instruction",
                xml::ErrorKind::Character => "xml-character",
                xml::ErrorKind::Entity => "xml-entity",
                xml::ErrorKind::Namespace(_) => "xml-namespace",
                xml::ErrorKind::DuplicateAttribute => "xml-duplicate-attribute",
                xml::ErrorKind::Limit(_) => "xml-limit",
            },
            Refusal::MessageType { .. } => "message-type",
            Refusal::Malformed { .. } => "message-malformed",
            Refusal::Version { .. } => "version",
            Refusal::DuplicateId { .. } => "duplicate-id",
            Refusal::Time { .. } => "time",
            Refusal::SignatureMissing => "signature-missing",
            Refusal::SignaturePosition => "signature-position",
            Refusal::SignatureMalformed { .. } => "signature-malformed",
            Refusal::SignatureAlgorithm { .. } => "signature-algorithm",
            Refusal::DigestAlgorithm { .. } => "digest-algorithm",
            Refusal::Canonicalization { .. } => "canonicalization-algorithm",
            Refusal::Transform { .. } => "transform",
            Refusal::ReferenceCount { .. } => "reference-count",
            Refusal::ReferenceNotParent { .. } => "reference-not-parent",
            Refusal::DigestMismatch => "digest-mismatch",
            Refusal::SignatureInvalid { .. } => "signature-invalid",
            Refusal::Certificate(_) => "certificate",
            Refusal::EncryptionAlgorithm { .. } => "encryption-algorithm",
            Refusal::NoDecryptionKey | Refusal::Decrypt => "decrypt",
            Refusal::EncryptedUnsigned => "encrypted-unsigned",
            Refusal::Status { .. } => "status",
            Refusal::Issuer { .. } => "issuer",
            Refusal::Destination { .. } => "destination",
            Refusal::InResponseTo { .. } => "in-response-to",
            Refusal::Unsolicited => "unsolicited",
            Refusal::AssertionCount { .. } => "assertion-count",
            Refusal::SubjectConfirmation { .. } => "subject-confirmation",
            Refusal::Recipient { .. } => "recipient",
            Refusal::Expired { .. } => "expired",
            Refusal::NotYetValid { .. } => "not-yet-valid",
            Refusal::Audience { .. } => "audience",
            Refusal::Condition { .. } => "condition",
            Refusal::AuthnStatement => "authn-statement",
            Refusal::AuthnStale { .. } => "authn-stale",
            Refusal::AuthnContext { .. } => "authn-context",
            Refusal::Lifetime { .. } => "lifetime",
            Refusal::NameId { .. } => "name-id",
            Refusal::MetadataExpired { .. } => "metadata-expired",
            Refusal::MetadataWithoutIdp => "metadata-without-idp",
            Refusal::MetadataEndpoint { .. } => "metadata-endpoint",
        }
    }
}

/// What a hostile message says may be long; an admin needs its beginning.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 200;
        let mut chars = self.0.chars();
        f.write_str("\u{201c}")?;
        for c in chars.by_ref().take(SHOWN) {
            if c.is_control() { f.write_str("\u{fffd}")? } else { fmt::Write::write_char(f, c)? }
        }
        f.write_str(if chars.next().is_some() { "…\u{201d}" } else { "\u{201d}" })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Base64 => f.write_str("The message is not valid base64. Something between the IdP and here changed it."),
            Refusal::TooLarge { limit: crate::limits::METADATA_BYTES } => f.write_str(
                "The metadata is longer than 8 MiB, or names too many providers. Load the provider's own, not its federation's.",
            ),
            Refusal::TooLarge { limit } => {
                write!(f, "The message is longer than {limit} bytes. Send fewer attributes or groups from the IdP.")
            }
            Refusal::Xml(error) => write!(f, "The message cannot be read: {error}."),
            Refusal::MessageType { expected, found } if found == expected => {
                write!(f, "{expected} was sent in another namespace than that of SAML 2.0: of an older version, perhaps.")
            }
            Refusal::MessageType { expected, found } => {
                write!(f, "{expected} was expected, and {} was sent.", Quoted(found))
            }
            Refusal::Malformed { what } => write!(f, "The message does not follow the SAML schema: {what}."),
            Refusal::Version { found } => write!(f, "The message is of SAML version {}, not 2.0.", Quoted(found)),
            Refusal::DuplicateId { id } => {
                write!(f, "The ID {} stands twice in the message, or is not a valid ID.", Quoted(id))
            }
            Refusal::Time { attribute, found } => {
                write!(f, "{attribute} is {}, which is not a time with a zone.", Quoted(found))
            }
            Refusal::SignatureMissing => {
                f.write_str("Neither the message nor an assertion in it is signed. Turn signing on at the IdP.")
            }
            Refusal::SignaturePosition => f.write_str("The message has a signature where none may be."),
            Refusal::SignatureMalformed { what } => write!(f, "The signature has a form that is not allowed: {what}."),
            Refusal::SignatureAlgorithm { algorithm } => write!(
                f,
                "The signature algorithm {} is not allowed. Choose RSA with SHA-256 at the IdP.",
                Quoted(algorithm)
            ),
            Refusal::DigestAlgorithm { algorithm } => {
                write!(f, "The digest algorithm {} is not allowed. Choose SHA-256 at the IdP.", Quoted(algorithm))
            }
            Refusal::Canonicalization { algorithm, error: None } => {
                write!(f, "The canonicalization {} is not allowed. Choose exclusive canonicalization.", Quoted(algorithm))
            }
            Refusal::Canonicalization { error: Some(error), .. } => write!(f, "Canonicalization failed: {error}."),
            Refusal::Transform { algorithm } => write!(
                f,
                "The transform {} is not allowed where it stands. Allowed are enveloped-signature and, after it, one canonicalization.",
                Quoted(algorithm)
            ),
            Refusal::ReferenceCount { found } => write!(f, "The signature has {found} references; exactly one is allowed."),
            Refusal::ReferenceNotParent { uri } => {
                write!(f, "The signature refers to {} and not to the element that it stands in.", Quoted(uri))
            }
            Refusal::DigestMismatch => f.write_str("The message was changed after it was signed."),
            Refusal::SignatureInvalid { tried: 0 } => {
                f.write_str("None of the IdP's certificates on file has a key for this signature's algorithm.")
            }
            Refusal::SignatureInvalid { tried } => write!(
                f,
                "The signature was not made with any of the IdP's certificates on file ({tried} tried). If the IdP has a new \
                 certificate, load its metadata again."
            ),
            Refusal::Certificate(error) => write!(f, "A certificate on file cannot be used: {error}"),
            Refusal::EncryptionAlgorithm { algorithm } => write!(
                f,
                "The encryption algorithm {} is not allowed. Choose AES-256-GCM with RSA-OAEP at the IdP.",
                Quoted(algorithm)
            ),
            Refusal::NoDecryptionKey => f.write_str(
                "The message is encrypted, and there is no key here to decrypt it with. Add the key whose certificate the IdP has, \
                 or turn encryption off there.",
            ),
            Refusal::Decrypt => f.write_str(
                "The assertion could not be decrypted. Check that the IdP encrypts to the certificate in our metadata.",
            ),
            Refusal::EncryptedUnsigned => {
                f.write_str("The assertion is encrypted but nothing is signed. Turn signing on at the IdP.")
            }
            Refusal::Status { status } => {
                write!(f, "The IdP answered with the status {}", Quoted(&status.top))?;
                if let Some(second) = &status.second {
                    write!(f, " and {}", Quoted(second))?;
                }
                match &status.message {
                    Some(message) => write!(f, ", saying {}.", Quoted(message)),
                    None => f.write_str("."),
                }
            }
            Refusal::Issuer { expected, found } => write!(
                f,
                "The issuer is {}, and the connection expects {}. Entity IDs are case-sensitive.",
                Quoted(found),
                Quoted(expected)
            ),
            Refusal::Destination { expected, found } => {
                write!(f, "The destination is {}, and the message came to {}.", Quoted(found), Quoted(expected))
            }
            Refusal::InResponseTo { place, expected: None, found } => write!(
                f,
                "{place} says that it answers {}, a request that nobody made here.",
                Quoted(found.as_deref().unwrap_or_default())
            ),
            Refusal::InResponseTo { place, expected: Some(expected), found: None } => {
                write!(f, "{place} does not say which request it answers, and the pending one is {}.", Quoted(expected))
            }
            Refusal::InResponseTo { place, expected: Some(expected), found: Some(found) } => {
                write!(f, "{place} answers {}, and the pending request is {}.", Quoted(found), Quoted(expected))
            }
            Refusal::Unsolicited => f.write_str(
                "The response was started at the IdP, which this connection does not allow. Point the tile at the start \
                 address instead, or allow it.",
            ),
            Refusal::AssertionCount { found } => write!(f, "The response has {found} assertions; exactly one is allowed."),
            Refusal::SubjectConfirmation { what } => write!(f, "The subject is not confirmed for us: {what}."),
            Refusal::Recipient { expected, found } if found.is_empty() => {
                write!(f, "The recipient is not named, and the ACS is {}.", Quoted(expected))
            }
            Refusal::Recipient { expected, found } => {
                write!(f, "The recipient is {}, and the ACS is {}.", Quoted(found), Quoted(expected))
            }
            Refusal::Expired { what, now, not_on_or_after } => {
                write!(f, "{what} {not_on_or_after}, and it is {now}. Check the IdP's clock if this is frequent.")
            }
            Refusal::NotYetValid { now, not_before } => {
                write!(f, "The response is valid from {not_before}, and it is {now}. Check the IdP's clock.")
            }
            Refusal::Audience { expected, found } => {
                write!(f, "The audience is ")?;
                for (index, audience) in found.iter().take(5).enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { ", " }, Quoted(audience))?;
                }
                if found.is_empty() {
                    f.write_str("not named")?;
                }
                write!(f, ", and our entity ID is {}.", Quoted(expected))
            }
            Refusal::Condition { found } => write!(f, "The condition {} is not understood.", Quoted(found)),
            Refusal::AuthnStatement => f.write_str("The assertion does not say how and when the person signed in (AuthnStatement)."),
            Refusal::AuthnStale { authn_instant, not_before } => write!(
                f,
                "A fresh sign-in was asked for after {not_before}, and the person signed in at {authn_instant}."
            ),
            Refusal::AuthnContext { found } => write!(
                f,
                "The IdP signed the person in by {}, which is not what the connection asks for.",
                Quoted(found.as_deref().unwrap_or("no named method"))
            ),
            Refusal::Lifetime { not_on_or_after } => {
                write!(f, "The assertion is valid until {not_on_or_after}, longer than the connection allows.")
            }
            Refusal::MetadataExpired { now, valid_until } => {
                write!(f, "The metadata was valid until {valid_until}, and it is {now}. Get it from the IdP again.")
            }
            Refusal::MetadataWithoutIdp => f.write_str(
                "The metadata describes no SAML 2.0 identity provider. Check that it is the IdP's metadata and not a service's.",
            ),
            Refusal::MetadataEndpoint { location } => {
                write!(f, "The metadata names the address {}, which is not https.", Quoted(location))
            }
            Refusal::NameId { what } => write!(f, "The NameID cannot be used: {what}."),
        }
    }
}

impl core::error::Error for Refusal {}

impl From<xml::Error> for Refusal {
    fn from(error: xml::Error) -> Refusal {
        match error.kind {
            xml::ErrorKind::Limit("bytes") => Refusal::TooLarge { limit: error.at },
            _ => Refusal::Xml(error),
        }
    }
}
