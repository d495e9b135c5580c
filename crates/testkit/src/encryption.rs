//! EncryptedAssertion (XML Encryption 1.1), with content keys and IVs from a seed.

use aes_gcm::aead::{Aead, KeyInit, consts::U12};
use aes_gcm::{AesGcm, Nonce};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use keyward_saml::base64;
use keyward_saml::crypto::algorithm::{BlockCipher, Digest, KeyTransport};
use keyward_saml::crypto::{UnwrapKeyJob, decrypt_block};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, hazmat};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::random::Random;

/// How an assertion is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Encryption {
    /// EncryptionMethod of the content, by URI.
    pub cipher: String,
    /// EncryptionMethod of the key, by URI.
    pub transport: String,
    /// DigestMethod of the key transport, by URI; left out where `None`, which means SHA-1.
    pub oaep_digest: Option<String>,
    /// MGF of the key transport, by URI; likewise.
    pub mgf: Option<String>,
    /// Put the EncryptedKey beside the EncryptedData and not into its KeyInfo.
    pub key_beside: bool,
    /// Whom it is encrypted to.
    pub recipient: Key,
    /// Where content key, IV and OAEP seed come from.
    pub seed: u64,
}

impl Default for Encryption {
    fn default() -> Encryption {
        Encryption {
            cipher: "http://www.w3.org/2009/xmlenc11#aes256-gcm".to_owned(),
            transport: "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p".to_owned(),
            oaep_digest: None,
            mgf: None,
            key_beside: false,
            recipient: Key::Sp,
            seed: 1,
        }
    }
}

/// The message with each EncryptedAssertion of [`Encryption::default`]'s kind, for [`Key::Sp`], replaced by its
/// plaintext, and what that holds in turn; `None` where there is none.
pub(crate) fn decrypted_in_place(message: &str) -> Option<String> {
    let mut message = message.to_owned();
    let mut any = false;
    // Each is shorter than what it came in, so this ends.
    while let Some((before, inside, after)) =
        split(&message, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>")
        && let Some(plaintext) = decrypt(inside)
    {
        message = format!("{before}{plaintext}{after}");
        any = true;
    }
    any.then_some(message)
}

fn split<'a>(text: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = text.split_once(start)?;
    let (inside, after) = rest.split_once(end)?;
    Some((before, inside, after))
}

fn decrypt(encrypted: &str) -> Option<String> {
    let algorithm = encrypted.split("EncryptionMethod Algorithm=\"").nth(1)?.split('"').next()?;
    let mut values = encrypted.split("<xenc:CipherValue>").skip(1).filter_map(|rest| rest.split('<').next());
    let mut value = || base64::decode(values.next()?.as_bytes());
    let (wrapped, content) = (value()?, value()?);
    let transport = KeyTransport::from_uris(&Encryption::default().transport, None, None)?;
    let job = UnwrapKeyJob { transport, key: 0, ciphertext: wrapped };
    let key = job.unwrap_key(&Key::Sp.decryption_key(), &mut |bytes| bytes.fill(7))?;
    String::from_utf8(decrypt_block(BlockCipher::from_uri(algorithm)?, &key, &content)?).ok()
}

fn digest(uri: Option<&str>) -> Digest {
    match uri.unwrap_or("sha1") {
        uri if uri.ends_with("sha256") => Digest::Sha256,
        uri if uri.ends_with("sha384") => Digest::Sha384,
        uri if uri.ends_with("sha512") => Digest::Sha512,
        _ => Digest::Sha1,
    }
}

impl Encryption {
    /// A `saml:EncryptedAssertion` that holds any plaintext, an assertion or not. An unknown cipher is AES-256-GCM under
    /// that name.
    pub fn encrypt(&self, plaintext: &str) -> String {
        let random = &mut Random::new(self.seed);
        let cipher = BlockCipher::from_uri(&self.cipher).unwrap_or(BlockCipher::Aes256Gcm);
        let content_key = random.bytes(cipher.key_len());
        let content = base64::encode(&encrypt_block(cipher, &content_key, random, plaintext.as_bytes()));
        let wrapped = base64::encode(&self.wrap(&content_key, random));
        let parameter = |uri: &Option<String>, name: &str, xmlns: &str| {
            uri.as_ref().map(|uri| format!("<{name} xmlns{xmlns} Algorithm=\"{uri}\"/>")).unwrap_or_default()
        };
        let digest =
            parameter(&self.oaep_digest, "ds:DigestMethod", ":ds=\"http://www.w3.org/2000/09/xmldsig#\"");
        let mgf = parameter(&self.mgf, "xenc11:MGF", ":xenc11=\"http://www.w3.org/2009/xmlenc11#\"");
        let key = format!(
            "<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"><xenc:EncryptionMethod \
             Algorithm=\"{}\">{digest}{mgf}</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{wrapped}\
             </xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
            self.transport
        );
        let (inside, beside) = if self.key_beside {
            (String::new(), key)
        } else {
            let key_info =
                format!("<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{key}</ds:KeyInfo>");
            (key_info, String::new())
        };
        format!(
            "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData \
             xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
             <xenc:EncryptionMethod Algorithm=\"{}\"/>{inside}<xenc:CipherData><xenc:CipherValue>{content}\
             </xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{beside}</saml:EncryptedAssertion>",
            self.cipher
        )
    }

    /// RSAES-OAEP (RFC 8017 §7.1.1) without a label, for any pair of hashes.
    fn wrap(&self, content_key: &[u8], random: &mut Random) -> Vec<u8> {
        let key = self.recipient.rsa().expect("an RSA key to encrypt to").to_public_key();
        let (hash, mgf1) = (digest(self.oaep_digest.as_deref()), digest(self.mgf.as_deref()));
        let size = key.size();
        let mut block = hash.hash(b"");
        block.resize(size - 2 - hash.output_len() - content_key.len(), 0);
        block.push(1);
        block.extend(content_key);
        let mut seed = random.bytes(hash.output_len());
        xor_mgf1(&mut block, mgf1, &seed);
        xor_mgf1(&mut seed, mgf1, &block);
        let encoded = [vec![0], seed, block].concat();
        let number = BoxedUint::from_be_slice(&encoded, key.n().bits_precision()).expect("below the modulus");
        let wrapped = hazmat::rsa_encrypt(&key, &number).expect("encrypted").to_be_bytes();
        wrapped.get(wrapped.len() - size..).expect("as long as the modulus").to_vec()
    }
}

/// MGF1 (RFC 8017 §B.2.1).
fn xor_mgf1(data: &mut [u8], digest: Digest, seed: &[u8]) {
    for (counter, chunk) in (0_u32..).zip(data.chunks_mut(digest.output_len())) {
        let mask = digest.hash(&[seed, &counter.to_be_bytes()].concat());
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

fn encrypt_block(cipher: BlockCipher, key: &[u8], random: &mut Random, plaintext: &[u8]) -> Vec<u8> {
    match cipher {
        BlockCipher::Aes128Gcm => gcm::<AesGcm<aes::Aes128, U12>>(key, random, plaintext),
        BlockCipher::Aes192Gcm => gcm::<AesGcm<aes::Aes192, U12>>(key, random, plaintext),
        BlockCipher::Aes256Gcm => gcm::<AesGcm<aes::Aes256, U12>>(key, random, plaintext),
        BlockCipher::Aes128Cbc => cbc::<cbc::Encryptor<aes::Aes128>>(key, random, plaintext),
        BlockCipher::Aes192Cbc => cbc::<cbc::Encryptor<aes::Aes192>>(key, random, plaintext),
        BlockCipher::Aes256Cbc => cbc::<cbc::Encryptor<aes::Aes256>>(key, random, plaintext),
    }
}

fn gcm<C: KeyInit + Aead<NonceSize = U12>>(key: &[u8], random: &mut Random, plaintext: &[u8]) -> Vec<u8> {
    let mut iv = [0; 12];
    random.fill(&mut iv);
    let cipher = C::new_from_slice(key).expect("a key of the cipher's length");
    [iv.to_vec(), cipher.encrypt(&Nonce::<U12>::from(iv), plaintext).expect("encrypted")].concat()
}

fn cbc<C: KeyIvInit + BlockModeEncrypt>(key: &[u8], random: &mut Random, plaintext: &[u8]) -> Vec<u8> {
    let iv = random.bytes(16);
    let cipher = C::new_from_slices(key, &iv).expect("a key of the cipher's length");
    [iv, cipher.encrypt_padded_vec::<Pkcs7>(plaintext)].concat()
}
