//! Keys with self-signed certificates, made once by OpenSSL. Everybody has them: they protect nothing.

use std::sync::LazyLock;

use keyward_saml::crypto::PrivateKey;
use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::{Certificate, limits};
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::DecodePrivateKey;
use rsa::pss;
use rsa::signature::hazmat::PrehashSigner;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer};
use serde::{Deserialize, Serialize};

use crate::random::Random;

/// A key with its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// The IdP's, which is pinned: RSA 2048.
    Idp,
    /// An attacker's: RSA 2048.
    Other,
    /// Ours, which assertions are encrypted to: RSA 2048.
    Sp,
    /// RSA 1024, which a connection has to opt in to.
    Rsa1024,
    /// ECDSA P-256.
    P256,
    /// ECDSA P-384.
    P384,
    /// ECDSA P-521.
    P521,
    /// Ed25519.
    Ed25519,
}

/// A private key as its own crate wants it.
enum Private {
    Rsa(Box<rsa::PrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

/// Reading an RSA key checks its primes, which is too slow to do for each message.
static PRIVATE: LazyLock<Vec<Private>> = LazyLock::new(|| Key::ALL.map(Key::read).into());

impl Key {
    /// All of them.
    pub const ALL: [Key; 8] =
        [Key::Idp, Key::Other, Key::Sp, Key::Rsa1024, Key::P256, Key::P384, Key::P521, Key::Ed25519];

    /// The certificate, PEM.
    pub fn certificate_pem(self) -> &'static str {
        match self {
            Key::Idp => include_str!("../keys/idp.cert.pem"),
            Key::Other => include_str!("../keys/other.cert.pem"),
            Key::Sp => include_str!("../keys/sp.cert.pem"),
            Key::Rsa1024 => include_str!("../keys/rsa-1024.cert.pem"),
            Key::P256 => include_str!("../keys/p256.cert.pem"),
            Key::P384 => include_str!("../keys/p384.cert.pem"),
            Key::P521 => include_str!("../keys/p521.cert.pem"),
            Key::Ed25519 => include_str!("../keys/ed25519.cert.pem"),
        }
    }

    /// The private key, PKCS#8 PEM.
    pub fn private_pem(self) -> &'static str {
        match self {
            Key::Idp => include_str!("../keys/idp.key.pem"),
            Key::Other => include_str!("../keys/other.key.pem"),
            Key::Sp => include_str!("../keys/sp.key.pem"),
            Key::Rsa1024 => include_str!("../keys/rsa-1024.key.pem"),
            Key::P256 => include_str!("../keys/p256.key.pem"),
            Key::P384 => include_str!("../keys/p384.key.pem"),
            Key::P521 => include_str!("../keys/p521.key.pem"),
            Key::Ed25519 => include_str!("../keys/ed25519.key.pem"),
        }
    }

    /// The certificate.
    pub fn certificate(self) -> Certificate {
        Certificate::from_pem_or_base64(self.certificate_pem()).expect("a certificate")
    }

    /// The private key, for decryption by the engine.
    pub fn decryption_key(self) -> PrivateKey {
        PrivateKey::from_pkcs8_pem(self.private_pem(), limits::RSA_BITS_LEGACY).expect("an RSA key")
    }

    fn read(self) -> Private {
        let pem = self.private_pem();
        match self {
            Key::Idp | Key::Other | Key::Sp | Key::Rsa1024 => {
                Private::Rsa(Box::new(rsa::PrivateKey::from_pkcs8_pem(pem).expect("a key")))
            }
            Key::P256 => Private::P256(p256::ecdsa::SigningKey::from_pkcs8_pem(pem).expect("a key")),
            Key::P384 => Private::P384(p384::ecdsa::SigningKey::from_pkcs8_pem(pem).expect("a key")),
            Key::P521 => Private::P521(p521::ecdsa::SigningKey::from_pkcs8_pem(pem).expect("a key")),
            Key::Ed25519 => Private::Ed25519(ed25519_dalek::SigningKey::from_pkcs8_pem(pem).expect("a key")),
        }
    }

    fn private(self) -> &'static Private {
        let at = Key::ALL.iter().position(|key| *key == self).expect("every key is in the list");
        PRIVATE.get(at).expect("every key was read")
    }

    pub(crate) fn rsa(self) -> Option<&'static rsa::PrivateKey> {
        match self.private() {
            Private::Rsa(key) => Some(key),
            _ => None,
        }
    }

    pub(crate) fn p256(self) -> &'static p256::ecdsa::SigningKey {
        match self.private() {
            Private::P256(key) => key,
            _ => Key::P256.p256(),
        }
    }

    /// The algorithm that goes without saying.
    pub fn usual_algorithm(self) -> SignatureAlgorithm {
        match self {
            Key::Idp | Key::Other | Key::Sp | Key::Rsa1024 => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
            Key::P256 => SignatureAlgorithm::Ecdsa(Digest::Sha256),
            Key::P384 => SignatureAlgorithm::Ecdsa(Digest::Sha384),
            Key::P521 => SignatureAlgorithm::Ecdsa(Digest::Sha512),
            Key::Ed25519 => SignatureAlgorithm::Ed25519,
        }
    }

    /// The signature value, ECDSA as r‖s. An algorithm that is not the key's is a mistake of the test.
    pub fn sign(self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        match (self.private(), algorithm) {
            (Private::Rsa(key), SignatureAlgorithm::RsaPkcs1(digest)) => {
                let info = [digest_info(digest), &digest.hash(message)].concat();
                key.sign(Pkcs1v15Sign::new_unprefixed(), &info).expect("a signature")
            }
            (Private::Rsa(key), SignatureAlgorithm::RsaPss(digest)) => {
                let (key, rng) = (rsa::PrivateKey::clone(key), &mut Random::new(1));
                match digest {
                    Digest::Sha1 => None,
                    Digest::Sha256 => {
                        Some(pss::SigningKey::<sha2::Sha256>::new(key).sign_with_rng(rng, message))
                    }
                    Digest::Sha384 => {
                        Some(pss::SigningKey::<sha2::Sha384>::new(key).sign_with_rng(rng, message))
                    }
                    Digest::Sha512 => {
                        Some(pss::SigningKey::<sha2::Sha512>::new(key).sign_with_rng(rng, message))
                    }
                }
                .expect("PSS over SHA-1 has no identifier")
                .to_vec()
            }
            (Private::P256(key), SignatureAlgorithm::Ecdsa(digest)) => {
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(&digest.hash(message)).expect("a signature");
                signature.to_vec()
            }
            (Private::P384(key), SignatureAlgorithm::Ecdsa(digest)) => {
                let signature: p384::ecdsa::Signature =
                    key.sign_prehash(&digest.hash(message)).expect("a signature");
                signature.to_vec()
            }
            (Private::P521(key), SignatureAlgorithm::Ecdsa(digest)) => {
                let signature: p521::ecdsa::Signature =
                    key.sign_prehash(&digest.hash(message)).expect("a signature");
                signature.to_vec()
            }
            (Private::Ed25519(key), SignatureAlgorithm::Ed25519) => key.sign(message).to_vec(),
            _ => Vec::new(),
        }
    }
}

/// The DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1).
fn digest_info(digest: Digest) -> &'static [u8] {
    match digest {
        Digest::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        Digest::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Digest::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Digest::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    }
}
