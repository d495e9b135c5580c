//! Decryption (XML Encryption 1.1): RSA-OAEP unwraps a content key, AES reads the content.
//!
//! Whoever can send a message can see whether it was accepted, so every function here has exactly one failure, `None`,
//! and no step whose time depends on why it fails: a padding oracle (Manger's for OAEP, Vaudenay's for CBC) needs
//! that difference.

use core::convert::Infallible;

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{AesGcm, Nonce, aead::consts::U12};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, hazmat};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroizing;

use super::algorithm::{BlockCipher, KeyTransport};
use super::verify::xor_mgf1;
use crate::limits;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
const AES_BLOCK: usize = 16;
const AES_BLOCK_OCTETS: u8 = 16;
const GCM_IV: usize = 12;

/// A content key to unwrap, by the host or here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnwrapKeyJob {
    /// How the key was wrapped.
    pub transport: KeyTransport,
    /// Which of the service provider's decryption keys to use, counted from 0.
    pub key: usize,
    /// The `CipherValue` of the `EncryptedKey`, decoded.
    pub ciphertext: Vec<u8>,
}

impl UnwrapKeyJob {
    /// Unwraps the content key in Rust. `random` fills a buffer with unpredictable bytes: they blind the operation
    /// with the private key, whose running time would otherwise depend on the ciphertext.
    pub fn unwrap_key(
        &self,
        private_key: &PrivateKey,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Option<Zeroizing<Vec<u8>>> {
        decode_oaep(self.transport, &private_key.decrypt_raw(&self.ciphertext, random)?)
    }
}

/// A content to decrypt under the key that was unwrapped for it, by the host or here. Where none was, it is a stand-in that
/// nobody chose: what comes out is thrown away, and the work is the same.
#[derive(Clone)]
pub struct OpenJob {
    /// AES-GCM, by the length of its key.
    pub cipher: BlockCipher,
    /// The content key, as long as the cipher wants it.
    pub key: Zeroizing<Vec<u8>>,
    /// The `CipherValue` of the `EncryptedData`, decoded: IV, ciphertext, tag.
    pub octets: Vec<u8>,
}

impl OpenJob {
    /// Decrypts in Rust.
    pub fn open(&self) -> Option<Vec<u8>> {
        decrypt_block(self.cipher, &self.key, &self.octets)
    }
}

impl core::fmt::Debug for OpenJob {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "OpenJob({:?}, {} octets)", self.cipher, self.octets.len())
    }
}

/// An RSA private key of the service provider.
pub struct PrivateKey(rsa::PrivateKey);

impl PrivateKey {
    /// Reads PKCS#8 in PEM, unencrypted, whatever text is around it and however its lines are cut. `None` for another
    /// kind of key, a modulus of fewer than `min_bits` bits ([`limits::RSA_BITS_LEGACY`] at least), or one above
    /// [`limits::RSA_BITS`].
    pub fn from_pkcs8_pem(pem: &str, min_bits: usize) -> Option<Self> {
        let (_, rest) = pem.split_once(PEM_BEGIN)?;
        let (text, _) = rest.split_once(PEM_END)?;
        Self::from_pkcs8_der(&Zeroizing::new(crate::base64::decode(text.as_bytes())?), min_bits)
    }

    /// Reads PKCS#8 in DER, likewise.
    pub fn from_pkcs8_der(der: &[u8], min_bits: usize) -> Option<Self> {
        let key = rsa::PrivateKey::from_pkcs8_der(der).ok()?;
        let bits = usize::try_from(key.n().bit_width()).ok()?;
        let taken = min_bits.max(limits::RSA_BITS_LEGACY)..=*limits::RSA_BITS.end();
        taken.contains(&bits).then_some(Self(key))
    }

    /// RSADP (RFC 8017 §5.1.2), blinded: the encoded message in as many bytes as the modulus has.
    fn decrypt_raw(
        &self,
        ciphertext: &[u8],
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Option<Zeroizing<Vec<u8>>> {
        if ciphertext.len() != self.0.size() {
            return None;
        }
        let ciphertext = BoxedUint::from_be_slice(ciphertext, self.0.n().bits_precision()).ok()?;
        let message =
            hazmat::rsa_decrypt_and_check(&self.0, Some(&mut Blinding(random)), &ciphertext).ok()?;
        let bytes = Zeroizing::new(message.to_be_bytes());
        Some(Zeroizing::new(bytes.get(bytes.len().checked_sub(self.0.size())?..)?.to_vec()))
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PrivateKey(RSA {})", self.0.n().bit_width())
    }
}

/// The caller's random bytes, as the `rsa` crate takes them.
struct Blinding<'a>(&'a mut dyn FnMut(&mut [u8]));

impl TryRng for Blinding<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Blinding<'_> {}

/// EME-OAEP decoding (RFC 8017 §7.1.2, step 3) of what RSADP gave, in as many bytes as the modulus has, with an empty
/// label. For hosts that can do the private operation but not this pair of hashes; apart from the final decision it
/// takes the same time whatever the bytes are.
pub fn decode_oaep(transport: KeyTransport, encoded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let hash_len = transport.digest.output_len();
    if encoded.len() < 2 * hash_len + 2 {
        return None;
    }
    let mut encoded = Zeroizing::new(encoded.to_vec());
    let (first, rest) = encoded.split_first_mut()?;
    let (seed, block) = rest.split_at_mut_checked(hash_len)?;
    xor_mgf1(seed, transport.mgf1, block);
    xor_mgf1(block, transport.mgf1, seed);

    let (label_hash, padded) = block.split_at_checked(hash_len)?;
    let mut valid = first.ct_eq(&0) & label_hash.ct_eq(&transport.digest.hash(b""));
    let mut in_padding = Choice::from(1);
    let mut padding = 0_u32;
    for byte in padded {
        let (zero, one) = (byte.ct_eq(&0), byte.ct_eq(&1));
        valid &= !in_padding | zero | one;
        in_padding &= zero;
        padding.conditional_assign(&padding.wrapping_add(1), in_padding);
    }
    valid &= !in_padding;
    if bool::from(valid) {
        padded.get(usize::try_from(padding).ok()? + 1..).map(|key| Zeroizing::new(key.to_vec()))
    } else {
        None
    }
}

/// Decrypts a decoded `CipherValue`: GCM has its 96-bit IV before and its 128-bit tag after the ciphertext (§5.2.4),
/// CBC has its IV before (§5.2.1). `None` for a key of the wrong length and for every other failure alike.
pub fn decrypt_block(cipher: BlockCipher, key: &[u8], iv_and_ciphertext: &[u8]) -> Option<Vec<u8>> {
    match cipher {
        BlockCipher::Aes128Gcm => decrypt_gcm::<AesGcm<aes::Aes128, U12>>(key, iv_and_ciphertext),
        BlockCipher::Aes192Gcm => decrypt_gcm::<AesGcm<aes::Aes192, U12>>(key, iv_and_ciphertext),
        BlockCipher::Aes256Gcm => decrypt_gcm::<AesGcm<aes::Aes256, U12>>(key, iv_and_ciphertext),
        BlockCipher::Aes128Cbc => decrypt_cbc::<cbc::Decryptor<aes::Aes128>>(key, iv_and_ciphertext),
        BlockCipher::Aes192Cbc => decrypt_cbc::<cbc::Decryptor<aes::Aes192>>(key, iv_and_ciphertext),
        BlockCipher::Aes256Cbc => decrypt_cbc::<cbc::Decryptor<aes::Aes256>>(key, iv_and_ciphertext),
    }
}

fn decrypt_gcm<C: KeyInit + Aead<NonceSize = U12>>(key: &[u8], iv_and_ciphertext: &[u8]) -> Option<Vec<u8>> {
    let (iv, ciphertext) = iv_and_ciphertext.split_first_chunk::<GCM_IV>()?;
    C::new_from_slice(key).ok()?.decrypt(&Nonce::<U12>::from(*iv), ciphertext).ok()
}

fn decrypt_cbc<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv_and_ciphertext: &[u8]) -> Option<Vec<u8>> {
    let (plaintext, is_padded) = decrypt_cbc_whole::<C>(key, iv_and_ciphertext)?;
    bool::from(is_padded).then_some(plaintext)
}

/// Decrypts by CBC, and says whether the padding is right rather than stopping where it is not: then all of the last block
/// counts as padding. `None` for a length that no plaintext has, which everybody can see.
pub(crate) fn decrypt_unauthenticated(
    cipher: BlockCipher,
    key: &[u8],
    iv_and_ciphertext: &[u8],
) -> Option<(Vec<u8>, Choice)> {
    match cipher {
        BlockCipher::Aes128Cbc => decrypt_cbc_whole::<cbc::Decryptor<aes::Aes128>>(key, iv_and_ciphertext),
        BlockCipher::Aes192Cbc => decrypt_cbc_whole::<cbc::Decryptor<aes::Aes192>>(key, iv_and_ciphertext),
        BlockCipher::Aes256Cbc => decrypt_cbc_whole::<cbc::Decryptor<aes::Aes256>>(key, iv_and_ciphertext),
        BlockCipher::Aes128Gcm | BlockCipher::Aes192Gcm | BlockCipher::Aes256Gcm => None,
    }
}

/// The last octet of the plaintext counts the octets of padding, itself included; the others may be anything (§5.2.1).
fn decrypt_cbc_whole<C: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv_and_ciphertext: &[u8],
) -> Option<(Vec<u8>, Choice)> {
    let (iv, ciphertext) = iv_and_ciphertext.split_at_checked(AES_BLOCK)?;
    let cipher = C::new_from_slices(key, iv).ok()?;
    let mut plaintext = cipher.decrypt_padded_vec::<NoPadding>(ciphertext).ok()?;
    let count = *plaintext.last()?;
    let is_padded = !count.ct_eq(&0) & !count.ct_gt(&AES_BLOCK_OCTETS);
    let cut = u8::conditional_select(&AES_BLOCK_OCTETS, &count, is_padded);
    plaintext.truncate(plaintext.len().checked_sub(usize::from(cut))?);
    Some((plaintext, is_padded))
}
