//! X.509 certificates as containers of a pinned key (RFC 5280 §4.1).
//!
//! An admin pins a certificate; nothing is judged about its issuer, its extensions or its signature, as the SAML
//! metadata interoperability profile asks (§2.6.1). So only what is shown or used is read: the key, the dates and the
//! subject. Serial numbers of 30 bytes, unsorted names and unknown extensions are none of our business.

use core::fmt;
use std::sync::Arc;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::PublicKey;
use crate::{Timestamp, limits};

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
/// RFC 7468 §5.1, which advises against the older names of the same.
const PEM_LABEL: &str = "CERTIFICATE-----";

/// A certificate that an admin pinned. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    der: Box<[u8]>,
    public_key: PublicKey,
    not_before: Timestamp,
    not_after: Timestamp,
    subject: String,
}

/// Why something is not a certificate that can be pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// Neither PEM nor base64.
    Base64,
    /// A PEM text with several certificates, where one belongs.
    Several,
    /// A PEM text of something else: a public key, a PKCS #7 file, …
    OtherPem,
    /// More than [`limits::CERTIFICATE_BYTES`] of DER.
    TooLarge {
        /// How many bytes there are.
        bytes: usize,
    },
    /// Not the DER of an X.509 certificate.
    Malformed,
    /// The key is neither RSA, nor ECDSA, nor Ed25519.
    KeyType {
        /// The key's algorithm, as a dotted object identifier.
        oid: String,
    },
    /// The key is on a curve other than P-256, P-384 and P-521.
    Curve {
        /// The curve, as a dotted object identifier.
        oid: String,
    },
    /// The RSA modulus is too short or too long.
    RsaBits {
        /// Its length in bits.
        bits: usize,
        /// The shortest accepted.
        smallest: usize,
        /// The longest accepted.
        largest: usize,
    },
    /// The RSA exponent is even, 1, or above 2³².
    RsaExponent,
    /// The key cannot be a key: an even modulus, a point off the curve, or a malformed encoding.
    PublicKey,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 => f.write_str("The certificate is neither PEM nor base64."),
            Self::Several => f.write_str("The text holds several certificates; give one at a time."),
            Self::OtherPem => f.write_str(
                "The PEM text holds something else; a certificate begins with -----BEGIN CERTIFICATE-----.",
            ),
            Self::TooLarge { bytes } => {
                write!(
                    f,
                    "The certificate has {bytes} bytes; at most {} are accepted.",
                    limits::CERTIFICATE_BYTES
                )
            }
            Self::Malformed => f.write_str("The data is not an X.509 certificate."),
            Self::KeyType { oid } => {
                write!(
                    f,
                    "The certificate's key is of an unsupported type ({oid}); use RSA, ECDSA or Ed25519."
                )
            }
            Self::Curve { oid } => write!(
                f,
                "The certificate's key is on an unsupported curve ({oid}); use P-256, P-384 or P-521."
            ),
            Self::RsaBits { bits, smallest, largest } => write!(
                f,
                "The certificate's RSA key has {bits} bits; from {smallest} to {largest} are accepted."
            ),
            Self::RsaExponent => {
                f.write_str("The certificate's RSA exponent is not an odd number from 3 to 2^32.")
            }
            Self::PublicKey => f.write_str("The certificate's public key is malformed."),
        }
    }
}

impl core::error::Error for CertificateError {}

impl Certificate {
    /// Reads DER (RFC 5280 §4.1). An RSA key has to lie in [`limits::RSA_BITS`].
    ///
    /// # Errors
    /// What cannot be read, or a key that is not supported.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::read(der, *limits::RSA_BITS.start())
    }

    /// Reads DER, RSA keys from [`limits::RSA_BITS_LEGACY`] bits included: for a connection that opted in.
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der).
    pub fn from_der_legacy(der: &[u8]) -> Result<Self, CertificateError> {
        Self::read(der, limits::RSA_BITS_LEGACY)
    }

    /// Reads one certificate in PEM, whatever text is around it, or in base64 as `ds:X509Certificate` has it, with
    /// white space anywhere. An RSA key has to lie in [`limits::RSA_BITS`].
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der), or neither PEM nor base64, or not one certificate.
    pub fn from_pem_or_base64(text: &str) -> Result<Self, CertificateError> {
        Self::from_der(&der_from_text(text)?)
    }

    /// As [`from_pem_or_base64`](Self::from_pem_or_base64), RSA keys from [`limits::RSA_BITS_LEGACY`] bits included.
    ///
    /// # Errors
    /// As [`from_pem_or_base64`](Self::from_pem_or_base64).
    pub fn from_pem_or_base64_legacy(text: &str) -> Result<Self, CertificateError> {
        Self::from_der_legacy(&der_from_text(text)?)
    }

    /// The certificate itself.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The key that verifies signatures.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// The start of the validity period: shown, and warned about, never judged.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// The end of the validity period: shown, and warned about, never judged.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// SHA-256 over the DER.
    pub fn sha256_fingerprint(&self) -> [u8; 32] {
        use sha2::Digest as _;
        sha2::Sha256::digest(self.der()).into()
    }

    /// The subject for people, most specific part first: `CN=idp.example, O=Example`. Never compare it.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    fn read(der: &[u8], smallest_rsa: usize) -> Result<Self, CertificateError> {
        if der.len() > limits::CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge { bytes: der.len() });
        }
        let fields = Fields::from_der(der).map_err(|_| CertificateError::Malformed)?;
        Ok(Self(Arc::new(Inner {
            der: der.into(),
            public_key: PublicKey::from_spki(fields.spki_der, smallest_rsa)?,
            not_before: fields.not_before,
            not_after: fields.not_after,
            subject: fields.subject,
        })))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?}, {:?})", self.subject(), self.public_key())
    }
}

/// PEM or base64 to DER.
fn der_from_text(text: &str) -> Result<Vec<u8>, CertificateError> {
    // Base64 is a third larger than what it stands for; white space and PEM's surroundings come on top.
    if text.len() > 4 * limits::CERTIFICATE_BYTES {
        return Err(CertificateError::TooLarge { bytes: text.len() });
    }
    let octets =
        crate::base64::decode_unpadded(inside_pem(text)?.as_bytes()).ok_or(CertificateError::Base64)?;
    // Some providers write the base64 of a whole PEM file into their metadata.
    match str::from_utf8(&octets) {
        Ok(pem) if pem.contains(PEM_BEGIN) => crate::base64::decode_unpadded(inside_pem(pem)?.as_bytes()),
        _ => Some(octets),
    }
    .filter(|der| !der.is_empty())
    .ok_or(CertificateError::Base64)
}

/// The base64 of the one certificate of a PEM text, or the text where it is none.
fn inside_pem(text: &str) -> Result<&str, CertificateError> {
    if !text.contains(PEM_BEGIN) {
        return Ok(text);
    }
    let mut certificates = text.split(PEM_BEGIN).skip(1).filter_map(|block| block.strip_prefix(PEM_LABEL));
    let first = certificates.next().ok_or(CertificateError::OtherPem)?;
    if certificates.next().is_some() {
        return Err(CertificateError::Several);
    }
    let (base64, end) = first.split_once(PEM_END).ok_or(CertificateError::Base64)?;
    if end.starts_with(PEM_LABEL) { Ok(base64) } else { Err(CertificateError::Base64) }
}

struct Fields<'a> {
    spki_der: &'a [u8],
    not_before: Timestamp,
    not_after: Timestamp,
    subject: String,
}

impl<'a> Fields<'a> {
    /// ```text
    /// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
    /// TBSCertificate ::= SEQUENCE {
    ///     version         [0]  EXPLICIT Version DEFAULT v1,
    ///     serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, … }
    /// ```
    fn from_der(der: &'a [u8]) -> Result<Self, der::Error> {
        let mut reader = SliceReader::new(der)?;
        let fields = reader.sequence(|certificate| {
            let fields = certificate.sequence(|tbs| {
                let first = AnyRef::decode(tbs)?;
                if first.tag() == (Tag::ContextSpecific { constructed: true, number: TagNumber(0) }) {
                    AnyRef::decode(tbs)?.tag().assert_eq(Tag::Integer)?;
                } else {
                    first.tag().assert_eq(Tag::Integer)?;
                }
                AnyRef::decode(tbs)?.tag().assert_eq(Tag::Sequence)?;
                AnyRef::decode(tbs)?.tag().assert_eq(Tag::Sequence)?;
                let (not_before, not_after) = tbs
                    .sequence(|validity| Ok::<_, der::Error>((read_time(validity)?, read_time(validity)?)))?;
                let subject = read_name(tbs)?;
                let spki_der = tbs.tlv_bytes()?;
                while !tbs.is_finished() {
                    AnyRef::decode(tbs)?;
                }
                Ok::<_, der::Error>(Self { spki_der, not_before, not_after, subject })
            })?;
            AnyRef::decode(certificate)?.tag().assert_eq(Tag::Sequence)?;
            AnyRef::decode(certificate)?.tag().assert_eq(Tag::BitString)?;
            Ok::<_, der::Error>(fields)
        })?;
        reader.finish()?;
        Ok(fields)
    }
}

/// `Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }` (RFC 5280 §4.1.2.5) of any year: a federation lists a
/// certificate that ends in 1918, since 32 bits for the seconds were not enough.
fn read_time<'a>(reader: &mut SliceReader<'a>) -> Result<Timestamp, der::Error> {
    let time = AnyRef::decode(reader)?;
    let digits = str::from_utf8(time.value()).unwrap_or_default();
    let text = match time.tag() {
        Tag::UtcTime if digits < "50" => format!("20{digits}"),
        Tag::UtcTime => format!("19{digits}"),
        Tag::GeneralizedTime => digits.to_owned(),
        other => return Err(other.unexpected_error(Some(Tag::UtcTime)).into()),
    };
    // `20260131235959Z` with what xs:dateTime has between.
    let part = |range| text.get(range).unwrap_or_default();
    let day = format!("{}-{}-{}", part(0..4), part(4..6), part(6..8));
    let second = text.get(12..).unwrap_or_default();
    Timestamp::parse(&format!("{day}T{}:{}:{second}", part(8..10), part(10..12)))
        .ok_or_else(|| time.tag().value_error().into())
}

/// `Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }`, as text for people.
fn read_name<'a>(reader: &mut SliceReader<'a>) -> Result<String, der::Error> {
    let mut parts = Vec::new();
    reader.sequence(|names| {
        while !names.is_finished() {
            let set = AnyRef::decode(names)?;
            set.tag().assert_eq(Tag::Set)?;
            let mut set = SliceReader::new(set.value())?;
            while !set.is_finished() {
                parts.push(set.sequence(|attribute| {
                    let kind = ObjectIdentifier::decode(attribute)?;
                    let value = AnyRef::decode(attribute)?;
                    Ok::<_, der::Error>(format!("{}={}", attribute_name(kind), readable(value)))
                })?);
            }
        }
        Ok::<_, der::Error>(())
    })?;
    parts.reverse();
    Ok(parts.join(", "))
}

/// The short names of RFC 4514 §3, and the address that self-made certificates like to carry.
fn attribute_name(oid: ObjectIdentifier) -> String {
    let oid = oid.to_string();
    match oid.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.6" => "C",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return oid,
    }
    .to_owned()
}

/// A string value without control characters; T61String is read as Latin-1, as everyone does.
fn readable(value: AnyRef<'_>) -> String {
    let bytes = value.value();
    let text: String = match value.tag() {
        Tag::BmpString => {
            let (units, _) = bytes.as_chunks::<2>();
            char::decode_utf16(units.iter().map(|&unit| u16::from_be_bytes(unit)))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        Tag::TeletexString => bytes.iter().copied().map(char::from).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The fingerprint for people: upper-case hexadecimal with colons, as every other tool shows it.
pub fn fingerprint_text(fingerprint: &[u8; 32]) -> String {
    fingerprint.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}
