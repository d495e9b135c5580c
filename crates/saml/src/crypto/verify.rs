//! Signature verification in Rust.

use p256::ecdsa::signature::hazmat::PrehashVerifier;

use super::PublicKey;
use super::algorithm::{Digest, SignatureAlgorithm};
use super::public_key::{Kind, RsaPublicKey};

/// One signature to verify, by the host or here.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// How it was made. The key [`accepts`](PublicKey::accepts) it, or the answer is no.
    pub algorithm: SignatureAlgorithm,
    /// A pinned key.
    pub key: PublicKey,
    /// What was signed, before hashing.
    pub message: Vec<u8>,
    /// The `SignatureValue`, decoded: ECDSA as r‖s.
    pub signature: Vec<u8>,
}

impl VerifyJob {
    /// Whether the signature is right, found out in Rust.
    pub fn answer_pure(&self) -> bool {
        let (message, signature) = (self.message.as_slice(), self.signature.as_slice());
        match (self.key.kind(), self.algorithm) {
            (Kind::Rsa(key), SignatureAlgorithm::RsaPkcs1(digest)) => {
                verify_pkcs1(key, digest, message, signature)
            }
            (Kind::Rsa(key), SignatureAlgorithm::RsaPss(digest)) => {
                verify_pss(key, digest, message, signature)
            }
            (Kind::P256(key), SignatureAlgorithm::Ecdsa(digest)) => {
                p256::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_prehash(&digest.hash(message), &signature).is_ok())
            }
            (Kind::P384(key), SignatureAlgorithm::Ecdsa(digest)) => {
                p384::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_prehash(&digest.hash(message), &signature).is_ok())
            }
            (Kind::P521(key), SignatureAlgorithm::Ecdsa(digest)) => {
                p521::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_prehash(&digest.hash(message), &signature).is_ok())
            }
            (Kind::Ed25519(key), SignatureAlgorithm::Ed25519) => {
                ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }
            _ => false,
        }
    }
}

/// RSAVP1 (RFC 8017 §5.2.2): the encoded message, in as many bytes as the modulus has; `None` unless the signature
/// has exactly that length and is below the modulus.
fn recover(key: &RsaPublicKey, signature: &[u8]) -> Option<Vec<u8>> {
    key.modulus.pow(signature, key.exponent)
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2). The encoded message is built again and compared as a whole: parsing what the
/// signature yields is where forgeries come from.
fn verify_pkcs1(key: &RsaPublicKey, digest: Digest, message: &[u8], signature: &[u8]) -> bool {
    let Some(recovered) = recover(key, signature) else { return false };
    let hash = digest.hash(message);
    let prefix = digest_info_prefix(digest);
    let Some(padding) = recovered.len().checked_sub(3 + prefix.len() + hash.len()) else { return false };
    if padding < 8 {
        return false;
    }
    let mut expected = Vec::with_capacity(recovered.len());
    expected.extend([0x00, 0x01]);
    expected.extend(core::iter::repeat_n(0xff, padding));
    expected.push(0x00);
    expected.extend(prefix);
    expected.extend(hash);
    recovered == expected
}

/// The DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1), with the NULL parameters that it prescribes.
fn digest_info_prefix(digest: Digest) -> &'static [u8] {
    match digest {
        Digest::Sha1 => {
            &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14]
        }
        Digest::Sha256 => &[
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
            0x00, 0x04, 0x20,
        ],
        Digest::Sha384 => &[
            0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
            0x00, 0x04, 0x30,
        ],
        Digest::Sha512 => &[
            0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
            0x00, 0x04, 0x40,
        ],
    }
}

/// RSASSA-PSS (RFC 8017 §8.1.2 and §9.1.2) with MGF1 over the same digest and a salt of its length, neither shorter
/// nor longer.
fn verify_pss(key: &RsaPublicKey, digest: Digest, message: &[u8], signature: &[u8]) -> bool {
    recover(key, signature).is_some_and(|recovered| {
        verify_pss_encoding(&recovered, key.modulus.bits() - 1, digest, message).is_some()
    })
}

/// EMSA-PSS-VERIFY. `recovered` has ⌈modBits/8⌉ bytes; EM has ⌈emBits/8⌉, one less where modBits − 1 is a multiple
/// of 8, and then that first byte is zero.
fn verify_pss_encoding(recovered: &[u8], em_bits: usize, digest: Digest, message: &[u8]) -> Option<()> {
    let ensure = |condition: bool| condition.then_some(());
    let em_len = em_bits.div_ceil(8);
    let (excess, em) = recovered.split_at_checked(recovered.len().checked_sub(em_len)?)?;
    ensure(excess.iter().all(|&byte| byte == 0))?;

    let hash_len = digest.output_len();
    let (masked_db, rest) = em.split_at_checked(em_len.checked_sub(hash_len + 1)?)?;
    let (hash, trailer) = rest.split_at_checked(hash_len)?;
    ensure(trailer == [0xbc])?;

    let unused_bits = 8 * em_len - em_bits;
    let used = 0xff_u8 >> unused_bits;
    ensure(masked_db.first()? & !used == 0)?;
    let mut db = masked_db.to_vec();
    xor_mgf1(&mut db, digest, hash);
    *db.first_mut()? &= used;

    let (padding, salt) = db.split_at_checked(db.len().checked_sub(hash_len)?)?;
    let (one, zeros) = padding.split_last()?;
    ensure(*one == 0x01 && zeros.iter().all(|&byte| byte == 0))?;
    ensure(digest.hash_parts(&[&[0; 8], &digest.hash(message), salt]) == hash)
}

/// Applies the mask MGF1(seed) to `data` (RFC 8017 §B.2.1).
pub(super) fn xor_mgf1(data: &mut [u8], digest: Digest, seed: &[u8]) {
    for (counter, chunk) in (0_u32..).zip(data.chunks_mut(digest.output_len())) {
        let mask = digest.hash_parts(&[seed, &counter.to_be_bytes()]);
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}
