//! Hybrid public key encryption (RFC 9180) in one suite and as one message: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
//! AES-256-GCM, in the modes base and PSK.
//!
//! The Diffie–Hellman step is the host's, so that its private keys may be ones that nobody can export: WebCrypto's
//! `deriveBits` gives what [`Agreement`] wants. The host's import of a key is also what checks that it is on the curve.

use core::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The length of a public key.
pub const PUBLIC: usize = 65;
/// DHKEM(P-256, HKDF-SHA256), RFC 9180 §7.1.
const KEM: &[u8] = b"KEM\x00\x10";
/// The suite: the KEM, HKDF-SHA256 and AES-256-GCM, RFC 9180 §7.
const SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x02";

/// No salt is as many zeros as a hash has bytes (RFC 5869 §2.2).
const NO_SALT: [u8; 32] = [0; 32];

/// A point of P-256, uncompressed (SEC 1 §2.3.3), by its look: whether it is on the curve is found out by who computes
/// with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; PUBLIC]);

impl PublicKey {
    /// `None` where it does not begin as uncompressed points do.
    pub fn from_bytes(octets: [u8; PUBLIC]) -> Option<PublicKey> {
        (octets.first() == Some(&4)).then_some(PublicKey(octets))
    }

    /// The point.
    pub fn as_bytes(&self) -> &[u8; PUBLIC] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.0.iter().skip(1).take(8).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

/// What the host computed: who wants to seal makes a key pair for this once, and agrees with the recipient's public key;
/// the recipient agrees with the ephemeral one.
pub struct Agreement {
    pub(crate) ephemeral: PublicKey,
    pub(crate) recipient: PublicKey,
    /// The x coordinate of the common point, as `deriveBits` gives it.
    shared: Zeroizing<[u8; 32]>,
}

impl Agreement {
    /// Of an ephemeral key and a recipient's.
    pub fn new(ephemeral: PublicKey, recipient: PublicKey, shared: [u8; 32]) -> Agreement {
        Agreement { ephemeral, recipient, shared: Zeroizing::new(shared) }
    }

    /// `ExtractAndExpand` of §4.1.
    fn shared_secret(&self) -> Zeroizing<[u8; 32]> {
        let prk = extract(&NO_SALT, KEM, b"eae_prk", self.shared.as_ref());
        expand(&prk, KEM, b"shared_secret", &[self.ephemeral.0, self.recipient.0].concat())
    }
}

impl fmt::Debug for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agreement")
    }
}

/// A secret that both sides have beside the keys (mode PSK, §5.1.2).
#[derive(Clone, Copy)]
pub(crate) struct Psk<'a> {
    pub(crate) psk: &'a [u8],
    pub(crate) id: &'a [u8],
}

/// Seals the only message of a context (§6.1).
pub(crate) fn seal(
    agreement: &Agreement,
    psk: Option<Psk<'_>>,
    info: &[u8],
    associated: &[u8],
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    let (key, nonce) = schedule(&agreement.shared_secret(), psk, info);
    let payload = Payload { msg: plaintext, aad: associated };
    Aes256Gcm::new((&*key).into()).encrypt(&Nonce::from(nonce), payload).ok()
}

/// Opens it.
pub(crate) fn open(
    agreement: &Agreement,
    psk: Option<Psk<'_>>,
    info: &[u8],
    associated: &[u8],
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (key, nonce) = schedule(&agreement.shared_secret(), psk, info);
    let payload = Payload { msg: ciphertext, aad: associated };
    Aes256Gcm::new((&*key).into()).decrypt(&Nonce::from(nonce), payload).ok().map(Zeroizing::new)
}

/// The key and the nonce of the first message (`KeySchedule` of §5.1).
fn schedule(shared: &[u8; 32], psk: Option<Psk<'_>>, info: &[u8]) -> (Zeroizing<[u8; 32]>, [u8; 12]) {
    let mode = u8::from(psk.is_some());
    let Psk { psk, id } = psk.unwrap_or(Psk { psk: &[], id: &[] });
    let context = [
        &[mode][..],
        extract(&NO_SALT, SUITE, b"psk_id_hash", id).as_ref(),
        extract(&NO_SALT, SUITE, b"info_hash", info).as_ref(),
    ]
    .concat();
    let secret = extract(shared, SUITE, b"secret", psk);
    (expand(&secret, SUITE, b"key", &context), *expand(&secret, SUITE, b"base_nonce", &context))
}

/// `LabeledExtract` of §4.
fn extract(salt: &[u8; 32], suite: &[u8], label: &[u8], input: &[u8]) -> Zeroizing<[u8; 32]> {
    mac(salt, &[b"HPKE-v1", suite, label, input])
}

/// `LabeledExpand` of §4, for lengths that one block of HKDF-SHA256 has.
fn expand<const N: usize>(key: &[u8; 32], suite: &[u8], label: &[u8], info: &[u8]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 32, "one block") }
    let length = u16::try_from(N).unwrap_or(u16::MAX).to_be_bytes();
    let block = mac(key, &[&length, b"HPKE-v1", suite, label, info, &[1]]);
    let mut output = Zeroizing::new([0; N]);
    output.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
    output
}

/// HMAC-SHA256 of parts that follow one another.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // Zeros fill the key up to a block (RFC 2104 §2), so that it has the one length that cannot be refused.
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn hex(value: &Value) -> Vec<u8> {
        let text = value.as_str().expect("text");
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
    }

    /// The Diffie–Hellman step as a host does it.
    fn agree(private: &[u8], public: &[u8]) -> [u8; 32] {
        let private = p256::SecretKey::from_slice(private).expect("a private key");
        let public = p256::PublicKey::from_sec1_bytes(public).expect("a public key");
        let shared = p256::ecdh::diffie_hellman(private.to_nonzero_scalar(), public.as_affine());
        (*shared.raw_secret_bytes()).into()
    }

    #[test]
    fn the_vectors_of_rfc_9180_are_sealed_and_opened() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/vault/rfc9180.json")).expect("JSON");
        let vectors = vectors.as_array().expect("a list");
        assert_eq!(vectors.len(), 2, "modes base and PSK");
        for vector in vectors {
            let field = |name: &str| hex(&vector[name]);
            let key =
                |name: &str| PublicKey::from_bytes(field(name).try_into().expect("65 bytes")).expect("a key");
            let (psk, id) = (field("psk"), field("psk_id"));
            let psk = (vector["mode"] == 1).then_some(Psk { psk: &psk, id: &id });
            let sender = Agreement::new(key("enc"), key("pkRm"), agree(&field("skEm"), &field("pkRm")));
            let recipient = Agreement::new(key("enc"), key("pkRm"), agree(&field("skRm"), &field("enc")));
            assert_eq!(sender.shared_secret().to_vec(), field("shared_secret"));
            let (info, aad) = (field("info"), field("aad"));
            let (made, nonce) = schedule(&sender.shared_secret(), psk, &info);
            assert_eq!((made.to_vec(), nonce.to_vec()), (field("key"), field("base_nonce")));
            assert_eq!(seal(&sender, psk, &info, &aad, &field("pt")), Some(field("ct")));
            let opened = open(&recipient, psk, &info, &aad, &field("ct")).expect("opened");
            assert_eq!(*opened, field("pt"));
            assert!(open(&recipient, psk, &aad, &info, &field("ct")).is_none());
        }
    }
}
