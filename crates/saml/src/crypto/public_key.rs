//! Public keys, as certificates carry them (`SubjectPublicKeyInfo`, RFC 5280 §4.1.2.7).

use core::fmt;
use std::sync::Arc;

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Reader, SliceReader};

use super::algorithm::{Digest, SignatureAlgorithm};
use super::certificate::CertificateError;
use super::modexp::Modulus;
use crate::limits;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A public key that can verify signatures: RSA, ECDSA over P-256, P-384 or P-521, or Ed25519. Cheap to clone; what
/// verification needs precomputed is computed once, when the key is read.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    spki_der: Box<[u8]>,
    kind: Kind,
}

pub(super) enum Kind {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

pub(super) struct RsaPublicKey {
    pub(super) modulus: Modulus,
    pub(super) exponent: u32,
}

impl PublicKey {
    /// Reads the DER of a `SubjectPublicKeyInfo`; an RSA modulus has to lie in [`limits::RSA_BITS`].
    ///
    /// # Errors
    /// What cannot be read, or a key that is not supported.
    pub fn from_spki_der(spki_der: &[u8]) -> Result<Self, CertificateError> {
        Self::from_spki(spki_der, *limits::RSA_BITS.start())
    }

    /// As [`from_spki_der`](Self::from_spki_der), with another smallest length of an RSA modulus, in bits.
    pub(super) fn from_spki(spki_der: &[u8], smallest_rsa: usize) -> Result<Self, CertificateError> {
        let spki = Spki::from_der(spki_der)?;
        let kind = match spki.algorithm {
            RSA_ENCRYPTION => Kind::Rsa(RsaPublicKey::from_pkcs1_der(spki.key, smallest_rsa)?),
            EC_PUBLIC_KEY => spki.elliptic_curve_key()?,
            ED25519 => spki
                .key
                .try_into()
                .ok()
                .and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(bytes).ok())
                .filter(|key| !key.is_weak())
                .map(Kind::Ed25519)
                .ok_or(CertificateError::PublicKey)?,
            other => return Err(CertificateError::KeyType { oid: other.to_string() }),
        };
        Ok(Self(Arc::new(Inner { spki_der: spki_der.into(), kind })))
    }

    /// The `SubjectPublicKeyInfo` in DER, as WebCrypto's `importKey("spki", …)` takes it.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki_der
    }

    /// Whether a signature by `algorithm` can be verified with this key. A mismatch is not a wrong signature but a
    /// confusion of algorithm and key (CVE-2009-0217 and its kin) and is never tried.
    pub fn accepts(&self, algorithm: SignatureAlgorithm) -> bool {
        matches!(
            (&self.0.kind, algorithm),
            (Kind::Rsa(_), SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_))
                | (Kind::P256(_) | Kind::P384(_) | Kind::P521(_), SignatureAlgorithm::Ecdsa(_))
                | (Kind::Ed25519(_), SignatureAlgorithm::Ed25519)
        )
    }

    /// A SignatureValue with r and s as long as the curve's numbers (XML Signature 1.1 §6.4.3). Santuario 2 writes both as long
    /// as the longer of them, which leaves no doubt where one ends; every other value stays as it is.
    pub(crate) fn padded(&self, value: &[u8]) -> Vec<u8> {
        let length = match &self.0.kind {
            Kind::P256(_) => 32,
            Kind::P384(_) => 48,
            Kind::P521(_) => 66,
            Kind::Rsa(_) | Kind::Ed25519(_) => return value.to_vec(),
        };
        let (r, s) = value.split_at(value.len() / 2);
        if r.len() != s.len() || r.is_empty() || r.len() >= length {
            return value.to_vec();
        }
        let zeros = vec![0; length - r.len()];
        [&zeros, r, &zeros, s].concat()
    }

    /// The length of an RSA modulus in bits; `None` for the other kinds.
    pub fn rsa_bits(&self) -> Option<usize> {
        match &self.0.kind {
            Kind::Rsa(key) => Some(key.modulus.bits()),
            _ => None,
        }
    }

    /// The kind for people: `RSA 2048`, `P-256`, `P-384`, `P-521` or `Ed25519`.
    pub fn describe(&self) -> String {
        match &self.0.kind {
            Kind::Rsa(key) => format!("RSA {}", key.modulus.bits()),
            Kind::P256(_) => "P-256".to_owned(),
            Kind::P384(_) => "P-384".to_owned(),
            Kind::P521(_) => "P-521".to_owned(),
            Kind::Ed25519(_) => "Ed25519".to_owned(),
        }
    }

    /// The algorithm that most signatures by such a key have.
    pub(crate) fn usual_algorithm(&self) -> SignatureAlgorithm {
        match &self.0.kind {
            Kind::Rsa(_) => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
            Kind::P256(_) => SignatureAlgorithm::Ecdsa(Digest::Sha256),
            Kind::P384(_) => SignatureAlgorithm::Ecdsa(Digest::Sha384),
            Kind::P521(_) => SignatureAlgorithm::Ecdsa(Digest::Sha512),
            Kind::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    /// Of the form that a signature by this key has, in range, and of nothing.
    pub(crate) fn wrong_signature(&self) -> Vec<u8> {
        // A number below every modulus and order of this length.
        let number = |octets: usize| core::iter::once(0).chain(core::iter::repeat_n(0x55, octets - 1));
        match &self.0.kind {
            Kind::Rsa(key) => number(key.modulus.bits().div_ceil(8)).collect(),
            Kind::P256(_) => number(32).chain(number(32)).collect(),
            Kind::P384(_) => number(48).chain(number(48)).collect(),
            Kind::P521(_) => number(66).chain(number(66)).collect(),
            Kind::Ed25519(_) => vec![0x55; 64],
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0.kind
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki_der() == other.spki_der()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.describe())
    }
}

/// ```text
/// SubjectPublicKeyInfo ::= SEQUENCE {
///     algorithm         SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL },
///     subjectPublicKey  BIT STRING }
/// ```
struct Spki<'a> {
    algorithm: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
    key: &'a [u8],
}

impl<'a> Spki<'a> {
    fn from_der(spki_der: &'a [u8]) -> Result<Self, CertificateError> {
        let read = || {
            let mut reader = SliceReader::new(spki_der)?;
            let spki = reader.sequence(|reader| {
                let (algorithm, parameters) = reader.sequence(|reader| {
                    let algorithm = ObjectIdentifier::decode(reader)?;
                    let parameters = if reader.is_finished() { None } else { Some(AnyRef::decode(reader)?) };
                    Ok::<_, der::Error>((algorithm, parameters))
                })?;
                let key = BitStringRef::decode(reader)?;
                Ok::<_, der::Error>((algorithm, parameters, key))
            })?;
            reader.finish()?;
            Ok::<_, der::Error>(spki)
        };
        let (algorithm, parameters, key) = read().map_err(|_| CertificateError::PublicKey)?;
        let key = key.as_bytes().ok_or(CertificateError::PublicKey)?;
        Ok(Self { algorithm, parameters, key })
    }

    /// RFC 5480: a named curve and an uncompressed point, which is not the point at infinity and lies on the curve.
    fn elliptic_curve_key(&self) -> Result<Kind, CertificateError> {
        let curve = self
            .parameters
            .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok())
            .ok_or(CertificateError::PublicKey)?;
        // RFC 5480 lets a point be compressed, but not every WebCrypto reads one.
        if self.key.first() != Some(&0x04) && matches!(curve, SECP256R1 | SECP384R1 | SECP521R1) {
            return Err(CertificateError::PublicKey);
        }
        match curve {
            SECP256R1 => p256::ecdsa::VerifyingKey::from_sec1_bytes(self.key).map(Kind::P256),
            SECP384R1 => p384::ecdsa::VerifyingKey::from_sec1_bytes(self.key).map(Kind::P384),
            SECP521R1 => p521::ecdsa::VerifyingKey::from_sec1_bytes(self.key).map(Kind::P521),
            other => return Err(CertificateError::Curve { oid: other.to_string() }),
        }
        .map_err(|_| CertificateError::PublicKey)
    }
}

impl RsaPublicKey {
    /// ```text
    /// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
    /// ```
    fn from_pkcs1_der(pkcs1_der: &[u8], smallest_rsa: usize) -> Result<Self, CertificateError> {
        let read = || {
            let mut reader = SliceReader::new(pkcs1_der)?;
            let numbers = reader.sequence(|reader| {
                Ok::<_, der::Error>((UintRef::decode(reader)?, UintRef::decode(reader)?))
            })?;
            reader.finish()?;
            Ok::<_, der::Error>(numbers)
        };
        let (modulus, exponent) = read().map_err(|_| CertificateError::PublicKey)?;

        let largest_rsa = *limits::RSA_BITS.end();
        let modulus = modulus.as_bytes();
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !(smallest_rsa..=largest_rsa).contains(&bits) {
            return Err(CertificateError::RsaBits { bits, smallest: smallest_rsa, largest: largest_rsa });
        }

        // Below 2³², because the cost of a verification grows with it; everyone uses 65537, a few old keys 3 or 17.
        let exponent = exponent.as_bytes();
        let exponent = match exponent.len() {
            0..=4 => exponent.iter().fold(0, |value: u32, &byte| value << 8 | u32::from(byte)),
            _ => return Err(CertificateError::RsaExponent),
        };
        if exponent < 3 || exponent % 2 == 0 {
            return Err(CertificateError::RsaExponent);
        }
        let modulus = Modulus::from_be_bytes(modulus).ok_or(CertificateError::PublicKey)?;
        Ok(Self { modulus, exponent })
    }
}
