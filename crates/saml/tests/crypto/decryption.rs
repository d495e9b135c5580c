//! Content keys and content are decrypted where they are right, and fail in one way where they are not.

use keyward_saml::crypto::algorithm::{BlockCipher, Digest, KeyTransport};
use keyward_saml::crypto::{PrivateKey, UnwrapKeyJob, decode_oaep, decrypt_block};
use keyward_testkit::Key;
use proptest::prelude::*;

use crate::vectors::{Vector, folder, vectors};

fn private_key() -> PrivateKey {
    let pem = std::fs::read_to_string(folder("wrapped-keys").join("private-key.pem")).expect("a key");
    PrivateKey::from_pkcs8_pem(&pem, 2048).expect("PKCS#8")
}

/// Bytes that differ from call to call; enough for a test, not for a secret.
fn counter() -> impl FnMut(&mut [u8]) {
    let mut state = 1_u64;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
    }
}

fn digest(name: &str) -> Digest {
    match name {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha384" => Digest::Sha384,
        "sha512" => Digest::Sha512,
        other => panic!("{other}"),
    }
}

fn unwrap_job(vector: &Vector) -> UnwrapKeyJob {
    UnwrapKeyJob {
        transport: KeyTransport { digest: digest(vector.text("digest")), mgf1: digest(vector.text("mgf1")) },
        key: 0,
        ciphertext: vector.octets("ciphertext"),
    }
}

#[test]
fn keys_are_unwrapped_with_every_pair_of_hashes_and_only_from_right_paddings() {
    let (key, mut random) = (private_key(), counter());
    let vectors = vectors("wrapped-keys");
    assert_eq!(vectors.iter().filter(|vector| vector.accept).count(), 16);
    assert!(vectors.iter().filter(|vector| !vector.accept).count() >= 13);
    for vector in &vectors {
        let unwrapped = unwrap_job(vector).unwrap_key(&key, &mut random);
        let expected = vector.accept.then(|| vector.octets("key"));
        assert_eq!(unwrapped.as_deref(), expected.as_ref(), "{}", vector.name);
    }
}

#[test]
fn content_is_decrypted_where_it_is_right_and_fails_alike_everywhere_else() {
    let vectors = vectors("content");
    assert!(vectors.iter().filter(|vector| vector.accept).count() >= 11);
    for vector in &vectors {
        let cipher = BlockCipher::from_uri(vector.text("cipher")).expect("a known cipher");
        let plaintext = decrypt_block(cipher, &vector.octets("key"), &vector.octets("ciphertext"));
        let expected = vector.accept.then(|| vector.octets("plaintext"));
        assert_eq!(plaintext, expected, "{}", vector.name);
    }
}

#[test]
fn a_key_of_a_cipher_s_length_and_no_other_is_used() {
    for cipher in BlockCipher::ALL {
        assert_eq!(BlockCipher::from_uri(cipher.uri()), Some(cipher));
        for length in 0..64 {
            let plaintext = decrypt_block(cipher, &vec![0; length], &[0; 64]);
            // Unauthenticated, anything may come out; authenticated, and with a key of another length, nothing.
            assert!(plaintext.is_none() || (cipher.is_unauthenticated() && length == cipher.key_len()));
        }
    }
    for off in
        ["http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "http://www.w3.org/2001/04/xmlenc#kw-aes128", ""]
    {
        assert_eq!(BlockCipher::from_uri(off), None, "{off}");
    }
}

#[test]
fn key_transport_is_read_with_the_defaults_of_the_standard() {
    const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
    const MGF_SHA512: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha512";
    let transport = |digest, mgf1| Some(KeyTransport { digest, mgf1 });
    assert_eq!(KeyTransport::from_uris(MGF1P, None, None), transport(Digest::Sha1, Digest::Sha1));
    assert_eq!(KeyTransport::from_uris(MGF1P, Some(SHA256), None), transport(Digest::Sha256, Digest::Sha1));
    assert_eq!(KeyTransport::from_uris(OAEP, None, None), transport(Digest::Sha1, Digest::Sha1));
    assert_eq!(
        KeyTransport::from_uris(OAEP, Some(SHA256), Some(MGF_SHA512)),
        transport(Digest::Sha256, Digest::Sha512)
    );
    let own_mgf = Some("http://www.w3.org/2009/xmlenc11#mgf1sha1");
    assert_eq!(KeyTransport::from_uris(MGF1P, None, own_mgf), transport(Digest::Sha1, Digest::Sha1));
    assert_eq!(KeyTransport::from_uris(MGF1P, Some(SHA256), Some(MGF_SHA512)), None);
    assert_eq!(KeyTransport::from_uris(OAEP, Some("http://www.w3.org/2001/04/xmldsig-more#md5"), None), None);
    assert_eq!(KeyTransport::from_uris(OAEP, None, Some("http://www.w3.org/2009/xmlenc11#mgf1sha224")), None);
    assert_eq!(KeyTransport::from_uris("http://www.w3.org/2001/04/xmlenc#rsa-1_5", None, None), None);
}

#[test]
fn a_short_encoding_or_another_kind_of_key_is_refused() {
    let transport = KeyTransport { digest: Digest::Sha512, mgf1: Digest::Sha1 };
    for length in 0..=2 * 64 + 2 {
        assert!(decode_oaep(transport, &vec![0; length]).is_none());
    }
    assert!(PrivateKey::from_pkcs8_pem("", 2048).is_none());
    assert!(PrivateKey::from_pkcs8_der(&[0x30, 0x00], 2048).is_none());
    assert_eq!(format!("{:?}", private_key()), "PrivateKey(RSA 2048)");
}

#[test]
fn a_key_has_as_many_bits_as_are_asked_for() {
    let short = Key::Rsa1024.private_pem();
    for (min_bits, is_taken) in [(2048, false), (1025, false), (1024, true), (0, true)] {
        assert_eq!(PrivateKey::from_pkcs8_pem(short, min_bits).is_some(), is_taken, "{min_bits}");
    }
    let usual = Key::Sp.private_pem();
    for (min_bits, is_taken) in [(1024, true), (2048, true), (2049, false)] {
        assert_eq!(PrivateKey::from_pkcs8_pem(usual, min_bits).is_some(), is_taken, "{min_bits}");
    }
}

proptest! {
    #[test]
    fn arbitrary_encodings_unwrap_to_nothing(
        encoded in proptest::collection::vec(any::<u8>(), 0..300),
        first in 0_u8..2,
    ) {
        for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
            let mut encoded = encoded.clone();
            if let Some(octet) = encoded.first_mut() {
                *octet = first;
            }
            let transport = KeyTransport { digest, mgf1: Digest::Sha1 };
            prop_assert!(decode_oaep(transport, &encoded).is_none());
        }
    }

    #[test]
    fn arbitrary_ciphertexts_never_panic(
        key in proptest::collection::vec(any::<u8>(), 0..40),
        ciphertext in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        for cipher in [BlockCipher::Aes128Gcm, BlockCipher::Aes192Gcm, BlockCipher::Aes256Gcm] {
            let key: Vec<u8> = key.iter().copied().cycle().take(if key.is_empty() { 0 } else { cipher.key_len() }).collect();
            prop_assert!(decrypt_block(cipher, &key, &ciphertext).is_none());
        }
        for cipher in [BlockCipher::Aes128Cbc, BlockCipher::Aes192Cbc, BlockCipher::Aes256Cbc] {
            let key: Vec<u8> = key.iter().copied().cycle().take(if key.is_empty() { 0 } else { cipher.key_len() }).collect();
            if let Some(plaintext) = decrypt_block(cipher, &key, &ciphertext) {
                prop_assert!(plaintext.len() + 16 < ciphertext.len());
                prop_assert_eq!(ciphertext.len() % 16, 0);
            }
        }
    }
}
