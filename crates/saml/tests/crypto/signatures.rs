//! Signatures are accepted exactly where the standards say so: vectors made by OpenSSL, and mutations of them.

use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::crypto::{PublicKey, VerifyJob};
use num_bigint::BigUint;
use proptest::prelude::*;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;

use crate::vectors::{Vector, vectors};

fn job(vector: &Vector) -> VerifyJob {
    VerifyJob {
        algorithm: SignatureAlgorithm::from_uri(vector.text("algorithm")).expect("a known algorithm"),
        key: PublicKey::from_spki_der(&vector.octets("spki")).expect("a key within the limits"),
        message: vector.octets("message"),
        signature: vector.octets("signature"),
    }
}

#[test]
fn the_verdict_on_every_vector_is_right() {
    let vectors = vectors("signatures");
    for vector in &vectors {
        assert_eq!(job(vector).answer_pure(), vector.accept, "{}", vector.name);
    }
    for kind in ["rsa pkcs1", "rsa pss", "ecdsa P-256", "ecdsa P-384", "ecdsa P-521", "ed25519"] {
        for accept in [true, false] {
            assert!(vectors.iter().any(|vector| vector.accept == accept && vector.name.starts_with(kind)));
        }
    }
}

/// A verifier as they were written before 2006: it wants the digest somewhere in what the signature yields.
fn looks_for_the_digest(vector: &Vector) -> bool {
    let key = rsa::PublicKey::from_public_key_der(&vector.octets("spki")).expect("an RSA key");
    let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
    let recovered = number(&vector.octets("signature"))
        .modpow(&number(&key.e().to_be_bytes()), &number(&key.n().to_be_bytes()))
        .to_bytes_be();
    let digest = Digest::Sha256.hash(&vector.octets("message"));
    recovered.windows(digest.len()).any(|window| window == digest)
}

#[test]
fn the_forged_paddings_fool_a_verifier_that_parses_them() {
    let forged: Vec<_> = vectors("signatures").into_iter().filter(|vector| vector.has("fools")).collect();
    assert!(forged.len() >= 14);
    for vector in forged {
        assert!(looks_for_the_digest(&vector), "{} would fool nobody", vector.name);
        assert!(!job(&vector).answer_pure(), "{}", vector.name);
    }
}

#[test]
fn no_bit_of_a_signature_may_change() {
    for name in ["rsa pkcs1 sha256", "rsa pss sha256", "ecdsa P-256 sha256", "ed25519"] {
        let vector =
            vectors("signatures").into_iter().find(|vector| vector.name == name).expect("it is there");
        let right = job(&vector);
        for bit in (0..right.signature.len() * 8).step_by(7) {
            let mut wrong = right.clone();
            wrong.signature[bit / 8] ^= 1 << (bit % 8);
            assert!(!wrong.answer_pure(), "{name}, bit {bit}");
        }
    }
}

#[test]
fn a_key_answers_no_to_the_algorithms_of_another_kind() {
    let all: Vec<_> = vectors("signatures").iter().filter(|vector| vector.accept).map(job).collect();
    let mut refused = 0;
    for right in &all {
        assert!(right.key.accepts(right.algorithm));
        for other in all.iter().filter(|other| !other.key.accepts(right.algorithm)) {
            let mixed = VerifyJob { key: other.key.clone(), ..right.clone() };
            assert!(!mixed.answer_pure());
            refused += 1;
        }
    }
    assert!(refused > all.len());
}

#[test]
fn identifiers_are_read_back_as_they_are_written() {
    let mut seen = 0;
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        assert_eq!(Digest::from_uri(digest.uri()), Some(digest));
        assert_eq!(digest.hash(b"").len(), digest.output_len());
        for algorithm in [
            SignatureAlgorithm::RsaPkcs1(digest),
            SignatureAlgorithm::RsaPss(digest),
            SignatureAlgorithm::Ecdsa(digest),
            SignatureAlgorithm::Ed25519,
        ] {
            let Some(uri) = algorithm.uri() else { continue };
            assert_eq!(SignatureAlgorithm::from_uri(uri), Some(algorithm));
            assert_eq!(algorithm.is_legacy(), uri.contains("sha1"));
            seen += 1;
        }
    }
    assert_eq!(seen, 15);
    for off in [
        "",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
    ] {
        assert_eq!(SignatureAlgorithm::from_uri(off), None, "{off}");
    }
    assert_eq!(Digest::from_uri("http://www.w3.org/2001/04/xmldsig-more#md5"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_signatures_are_wrong_and_never_panic(
        signature in proptest::collection::vec(any::<u8>(), 0..600),
        message in proptest::collection::vec(any::<u8>(), 0..64),
        length in 0_usize..5,
    ) {
        for vector in vectors("signatures").iter().filter(|vector| vector.accept).step_by(3) {
            let mut job = job(vector);
            let mut signature = signature.clone();
            if length > 0 {
                // Mostly the right length, so that more than the length check is reached.
                signature.resize(job.signature.len(), 0x5a);
            }
            job.signature = signature;
            job.message.clone_from(&message);
            prop_assert!(!job.answer_pure(), "{}", vector.name);
        }
    }
}
