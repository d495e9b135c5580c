//! The algorithms that are on, and the identifiers (URIs) that XML Signature and XML Encryption know them by.
//!
//! `from_uri` answers `None` for everything else; in particular MD5, HMAC, DSA, RSA 1.5 key transport and 3DES are not
//! known here at all. What is on but weak says so by `is_legacy`; whether that is accepted is the policy's decision.

/// A message digest (XML Signature 1.1 §6.2, XML Encryption 1.1 §5.8, RFC 9231 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-1. Legacy as a digest of signed content; still the usual hash inside RSA-OAEP, where it is sound.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// Reads a `DigestMethod` identifier.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#sha1" => Self::Sha1,
            "http://www.w3.org/2001/04/xmlenc#sha256" => Self::Sha256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => Self::Sha384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => Self::Sha512,
            _ => return None,
        })
    }

    /// The `DigestMethod` identifier.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            Self::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            Self::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        }
    }

    /// Collisions are practical: accepted for signatures only by a connection that opted in.
    pub fn is_legacy(self) -> bool {
        self == Self::Sha1
    }

    /// Bytes of the result.
    pub fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Hashes `message`; the result has [`output_len`](Self::output_len) bytes.
    pub fn hash(self, message: &[u8]) -> Vec<u8> {
        self.hash_parts(&[message])
    }

    /// Hashes the concatenation of `parts`.
    pub(crate) fn hash_parts(self, parts: &[&[u8]]) -> Vec<u8> {
        fn digest<D: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut state = D::new();
            for part in parts {
                state.update(part);
            }
            state.finalize().to_vec()
        }
        match self {
            Self::Sha1 => digest::<sha1::Sha1>(parts),
            Self::Sha256 => digest::<sha2::Sha256>(parts),
            Self::Sha384 => digest::<sha2::Sha384>(parts),
            Self::Sha512 => digest::<sha2::Sha512>(parts),
        }
    }
}

/// A signature algorithm with its digest (XML Signature 1.1 §6.4, RFC 9231 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(Digest),
    /// RSASSA-PSS (RFC 8017 §8.1) "without parameters": MGF1 with the same digest, a salt as long as the digest.
    /// The identifier with parameters (`#rsa-pss`) and PSS over SHA-1 are not on.
    RsaPss(Digest),
    /// ECDSA over P-256, P-384 or P-521, whichever the key is on; the value is r‖s of fixed length.
    Ecdsa(Digest),
    /// Ed25519 (RFC 8032), without prehash.
    Ed25519,
}

impl SignatureAlgorithm {
    /// Reads a `SignatureMethod` identifier, or the `SigAlg` of the Redirect binding.
    pub fn from_uri(uri: &str) -> Option<Self> {
        use Digest::{Sha1, Sha256, Sha384, Sha512};
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Self::RsaPkcs1(Sha1),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Self::RsaPkcs1(Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::RsaPkcs1(Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::RsaPkcs1(Sha512),
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => Self::RsaPss(Sha256),
            "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => Self::RsaPss(Sha384),
            "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => Self::RsaPss(Sha512),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1" => Self::Ecdsa(Sha1),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Self::Ecdsa(Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Self::Ecdsa(Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Self::Ecdsa(Sha512),
            "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519" => Self::Ed25519,
            _ => return None,
        })
    }

    /// The `SignatureMethod` identifier; `None` for a combination that [`from_uri`](Self::from_uri) never gives.
    pub fn uri(self) -> Option<&'static str> {
        use Digest::{Sha1, Sha256, Sha384, Sha512};
        Some(match self {
            Self::RsaPkcs1(Sha1) => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::RsaPkcs1(Sha256) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaPkcs1(Sha384) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaPkcs1(Sha512) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::RsaPss(Sha1) => return None,
            Self::RsaPss(Sha256) => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            Self::RsaPss(Sha384) => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            Self::RsaPss(Sha512) => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Self::Ecdsa(Sha1) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            Self::Ecdsa(Sha256) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::Ecdsa(Sha384) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::Ecdsa(Sha512) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
            Self::Ed25519 => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        })
    }

    /// The digest is one whose collisions are practical.
    pub fn is_legacy(self) -> bool {
        match self {
            Self::RsaPkcs1(digest) | Self::RsaPss(digest) | Self::Ecdsa(digest) => digest.is_legacy(),
            Self::Ed25519 => false,
        }
    }
}

/// RSA-OAEP key transport (XML Encryption 1.1 §5.5.2), without a label (`OAEPparams`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyTransport {
    /// The hash of the (empty) label.
    pub digest: Digest,
    /// The hash inside MGF1.
    pub mgf1: Digest,
}

impl KeyTransport {
    /// Reads the identifiers of an `EncryptionMethod`: its own, that of its `ds:DigestMethod` and that of its
    /// `xenc11:MGF`, either of which defaults to SHA-1. `rsa-oaep-mgf1p` fixes MGF1 with SHA-1, so another MGF beside it
    /// is refused, as everything else is.
    pub fn from_uris(algorithm: &str, digest: Option<&str>, mgf: Option<&str>) -> Option<Self> {
        let digest = match digest {
            None => Digest::Sha1,
            Some(uri) => Digest::from_uri(uri)?,
        };
        let mgf1 = match (algorithm, mgf) {
            (
                "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
                None | Some("http://www.w3.org/2009/xmlenc11#mgf1sha1"),
            )
            | ("http://www.w3.org/2009/xmlenc11#rsa-oaep", None) => Digest::Sha1,
            ("http://www.w3.org/2009/xmlenc11#rsa-oaep", Some(mgf)) => match mgf {
                "http://www.w3.org/2009/xmlenc11#mgf1sha1" => Digest::Sha1,
                "http://www.w3.org/2009/xmlenc11#mgf1sha256" => Digest::Sha256,
                "http://www.w3.org/2009/xmlenc11#mgf1sha384" => Digest::Sha384,
                "http://www.w3.org/2009/xmlenc11#mgf1sha512" => Digest::Sha512,
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { digest, mgf1 })
    }
}

/// A block cipher for content (XML Encryption 1.1 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockCipher {
    /// AES-128-GCM: 96-bit IV before, 128-bit tag after.
    Aes128Gcm,
    /// AES-192-GCM.
    Aes192Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// AES-128-CBC: unauthenticated; only where a signature covers the ciphertext or the plaintext.
    Aes128Cbc,
    /// AES-192-CBC: likewise.
    Aes192Cbc,
    /// AES-256-CBC: likewise.
    Aes256Cbc,
}

impl BlockCipher {
    /// All of them.
    pub const ALL: [BlockCipher; 6] = [
        Self::Aes128Gcm,
        Self::Aes192Gcm,
        Self::Aes256Gcm,
        Self::Aes128Cbc,
        Self::Aes192Cbc,
        Self::Aes256Cbc,
    ];

    /// Reads the identifier of an `EncryptionMethod`.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Self::Aes128Gcm,
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Self::Aes192Gcm,
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Self::Aes256Gcm,
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => Self::Aes128Cbc,
            "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => Self::Aes192Cbc,
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => Self::Aes256Cbc,
            _ => return None,
        })
    }

    /// The identifier.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes192Gcm => "http://www.w3.org/2009/xmlenc11#aes192-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes192Cbc => "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        }
    }

    /// Bytes of the key.
    pub fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
            Self::Aes192Gcm | Self::Aes192Cbc => 24,
            Self::Aes256Gcm | Self::Aes256Cbc => 32,
        }
    }

    /// The ciphertext proves nothing about who made it.
    pub fn is_unauthenticated(self) -> bool {
        matches!(self, Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc)
    }
}
