//! Certificates give up their key and dates; keys outside the limits are refused, and nothing else is judged.

use keyward_saml::limits::{CERTIFICATE_BYTES, RSA_BITS, RSA_BITS_LEGACY};
use keyward_saml::{Certificate, CertificateError, Timestamp};
use proptest::prelude::*;

use crate::vectors::vectors;

#[test]
fn certificates_by_openssl_are_read_or_refused_for_their_reason() {
    let vectors = vectors("certificates");
    assert!(vectors.iter().filter(|vector| vector.accept).count() >= 8);
    assert!(vectors.iter().filter(|vector| !vector.accept).count() >= 6);
    for vector in &vectors {
        match Certificate::from_pem_or_base64(&vector.rest) {
            Ok(certificate) => {
                assert!(vector.accept, "{}", vector.name);
                assert_eq!(certificate.public_key().describe(), vector.text("kind"), "{}", vector.name);
                assert_eq!(certificate.subject(), "CN=idp.example, O=Åkeri AB, C=SE", "{}", vector.name);
                assert!(certificate.not_before() < certificate.not_after(), "{}", vector.name);
                assert_eq!(
                    certificate.not_after() > at("2050-01-01T00:00:00Z"),
                    vector.name.contains("2060")
                );
                let spki = certificate.public_key().spki_der();
                assert!(certificate.der().windows(spki.len()).any(|window| window == spki));
            }
            Err(error) => {
                assert!(!vector.accept, "{}: {error}", vector.name);
                let debug = format!("{error:?}");
                assert_eq!(debug.split([' ', '{']).next(), Some(vector.text("error")), "{}", vector.name);
            }
        }
    }
}

#[test]
fn short_rsa_keys_are_read_only_where_they_were_asked_for() {
    let vector =
        vectors("certificates").into_iter().find(|vector| vector.name == "rsa 1024").expect("it is there");
    let legacy = Certificate::from_pem_or_base64_legacy(&vector.rest).expect("1024 bits are accepted here");
    assert_eq!(legacy.public_key().rsa_bits(), Some(1024));
    assert_eq!(
        Certificate::from_der(legacy.der()),
        Err(CertificateError::RsaBits { bits: 1024, smallest: 2048, largest: 8192 })
    );
}

#[test]
fn rsa_keys_are_accepted_from_limit_to_limit() {
    let refused =
        |bits, smallest| Err(CertificateError::RsaBits { bits, smallest, largest: *RSA_BITS.end() });
    let bits_of = |certificate: Certificate| certificate.public_key().rsa_bits();
    for bits in [
        RSA_BITS_LEGACY - 1,
        RSA_BITS_LEGACY,
        *RSA_BITS.start() - 1,
        *RSA_BITS.start(),
        *RSA_BITS.end(),
        *RSA_BITS.end() + 1,
    ] {
        let der = certificate(&rsa_spki(&odd_number(bits), &[1, 0, 1]));
        let strict = if RSA_BITS.contains(&bits) { Ok(Some(bits)) } else { refused(bits, *RSA_BITS.start()) };
        assert_eq!(Certificate::from_der(&der).map(bits_of), strict, "{bits}");
        let legacy = if (RSA_BITS_LEGACY..=*RSA_BITS.end()).contains(&bits) {
            Ok(Some(bits))
        } else {
            refused(bits, RSA_BITS_LEGACY)
        };
        assert_eq!(Certificate::from_der_legacy(&der).map(bits_of), legacy, "{bits}");
    }
}

#[test]
fn rsa_exponents_are_odd_and_between_3_and_2_to_the_32() {
    let modulus = odd_number(2048);
    let read = |exponent: &[u8]| Certificate::from_der(&certificate(&rsa_spki(&modulus, exponent)));
    for exponent in [&[3][..], &[5], &[17], &[1, 0, 1], &[0xff, 0xff, 0xff, 0xff]] {
        assert!(read(exponent).is_ok(), "{exponent:?}");
    }
    for exponent in [&[0][..], &[1], &[2], &[4], &[1, 0, 0], &[1, 0, 0, 0, 0], &[1, 0, 0, 0, 1], &[0xff; 32]]
    {
        assert_eq!(read(exponent).err(), Some(CertificateError::RsaExponent), "{exponent:?}");
    }
}

#[test]
fn an_even_modulus_or_a_malformed_key_is_no_key() {
    let mut even = odd_number(2048);
    *even.last_mut().expect("not empty") &= 0xfe;
    let rsa = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let ec = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let p256 = tlv(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]]);
    let ed25519 = &[0x2b, 0x65, 0x70];
    let identity = [&[1][..], &[0; 31]].concat();
    for spki in [
        rsa_spki(&even, &[1, 0, 1]),
        spki(rsa, &[0x05, 0x00], b"not a sequence"),
        spki(ec, &p256, &[0x00]),
        spki(ec, &p256, &[&[0x04][..], &[1; 64]].concat()),
        spki(ec, &p256, &[&[0x02][..], &[1; 32]].concat()),
        spki(ec, &[], &[&[0x04][..], &[1; 64]].concat()),
        spki(ed25519, &[], &[1; 31]),
        spki(ed25519, &[], &identity),
    ] {
        assert_eq!(Certificate::from_der(&certificate(&spki)).err(), Some(CertificateError::PublicKey));
    }
}

#[test]
fn what_is_not_judged_does_not_matter() {
    let spki = rsa_spki(&odd_number(2048), &[1, 0, 1]);
    // A version 1 certificate, a serial number of 40 octets, an empty name, dates in the wrong order.
    let tbs = tlv(
        0x30,
        &[
            &tlv(0x02, &[&[0x55; 40]]),
            &algorithm(),
            &tlv(0x30, &[]),
            &validity("300101000000Z", "200101000000Z"),
            &tlv(0x30, &[]),
            &spki,
        ],
    );
    let der = tlv(0x30, &[&tbs, &algorithm(), &tlv(0x03, &[&[0, 1, 2]])]);
    let read = Certificate::from_der(&der).expect("it has a key and dates");
    assert_eq!(
        (read.not_before(), read.not_after()),
        (at("2030-01-01T00:00:00Z"), at("2020-01-01T00:00:00Z"))
    );
    assert_eq!(read.subject(), "");
}

#[test]
fn dates_are_of_any_year() {
    let spki = rsa_spki(&odd_number(2048), &[1, 0, 1]);
    let until = |time: Vec<u8>| {
        let validity = tlv(0x30, &[&tlv(0x17, &[b"120221083313Z"]), &time]);
        let name = tlv(0x30, &[]);
        let tbs = tlv(0x30, &[&tlv(0x02, &[&[1]]), &algorithm(), &name, &validity, &name, &spki]);
        let der = tlv(0x30, &[&tbs, &algorithm(), &tlv(0x03, &[&[0]])]);
        Certificate::from_der(&der).map(|certificate| certificate.not_after().to_string())
    };
    for (tag, time, expected) in [
        (0x17, "491231235959Z", "2049-12-31T23:59:59Z"),
        (0x17, "500101000000Z", "1950-01-01T00:00:00Z"),
        (0x18, "19180209020457Z", "1918-02-09T02:04:57Z"),
        (0x18, "99991231235959Z", "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(until(tlv(tag, &[time.as_bytes()])).as_deref(), Ok(expected));
    }
    for (tag, time) in [
        (0x17, "20180209020457Z"),
        (0x17, "4912312359Z"),
        (0x17, "491231235959"),
        (0x17, "491331235959Z"),
        (0x17, "\u{e9}49123123595Z"),
        (0x18, "180209020457Z"),
        (0x0c, "20180209020457Z"),
        (0x18, ""),
    ] {
        assert_eq!(until(tlv(tag, &[time.as_bytes()])), Err(CertificateError::Malformed), "{time}");
    }
}

#[test]
fn a_certificate_is_at_most_as_large_as_the_limit() {
    let spki = rsa_spki(&odd_number(2048), &[1, 0, 1]);
    // Four octets of length on each of the levels around the extensions keep the frame's size constant.
    let with_padding = |bytes: usize| certificate_with(&spki, &tlv(0xa3, &[&vec![0; bytes]]));
    let frame = with_padding(8_000).len() - 8_000;
    let fits = with_padding(CERTIFICATE_BYTES - frame);
    assert_eq!(fits.len(), CERTIFICATE_BYTES);
    assert!(Certificate::from_der(&fits).is_ok());
    let larger = with_padding(CERTIFICATE_BYTES - frame + 1);
    assert_eq!(
        Certificate::from_der(&larger),
        Err(CertificateError::TooLarge { bytes: CERTIFICATE_BYTES + 1 })
    );
}

#[test]
fn text_is_pem_or_base64_with_white_space_and_one_certificate() {
    let vector =
        vectors("certificates").into_iter().find(|vector| vector.name == "rsa 2048").expect("it is there");
    let pem = vector.rest.trim();
    let read = Certificate::from_pem_or_base64(pem).expect("PEM");
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let spaced = base64.chars().flat_map(|c| [c, '\n', '\t', ' ']).collect::<String>();
    assert!(base64.ends_with('='), "padding, which may be missing");
    for same in [
        base64.clone(),
        base64.trim_end_matches('=').to_owned(),
        spaced,
        format!("Bag Attributes\n{pem}\nmore text"),
        pem.replace('\n', "\r\n"),
        pem.replace('=', ""),
        format!("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n{pem}"),
    ] {
        assert_eq!(Certificate::from_pem_or_base64(&same).as_ref(), Ok(&read));
    }
    let error = |text: &str| Certificate::from_pem_or_base64(text).expect_err("it is not a certificate");
    assert_eq!(error(&format!("{pem}\n{pem}")), CertificateError::Several);
    for other in ["PUBLIC KEY", "PKCS7", "TRUSTED CERTIFICATE"] {
        assert_eq!(error(&pem.replace("CERTIFICATE", other)), CertificateError::OtherPem);
    }
    let headless = pem.replace("-----BEGIN ", "");
    assert_eq!(error(&format!("{headless}-----BEGIN PUBLIC KEY-----\n")), CertificateError::OtherPem);
    assert_eq!(Certificate::from_pem_or_base64(&format!("{headless}{pem}")).as_ref(), Ok(&read));
    assert_eq!(error(&pem.replace("END CERTIFICATE", "END PKCS7")), CertificateError::Base64);
    assert_eq!(error(""), CertificateError::Base64);
    assert_eq!(error("-----BEGIN CERTIFICATE-----\n"), CertificateError::Base64);
    assert_eq!(error(&format!("{base64}=")), CertificateError::Base64);
    assert_eq!(error(&base64.replace('A', "-")), CertificateError::Base64);
    assert_eq!(error("AAAA"), CertificateError::Malformed);
    assert!(matches!(error(&"A".repeat(4 * CERTIFICATE_BYTES + 4)), CertificateError::TooLarge { .. }));
    assert_eq!(Certificate::from_der(&[read.der(), &[0]].concat()), Err(CertificateError::Malformed));
}

#[test]
fn a_subject_has_no_control_characters() {
    let name = tlv(
        0x30,
        &[&tlv(0x31, &[&tlv(0x30, &[&tlv(0x06, &[&[0x55, 0x04, 0x03]]), &tlv(0x0c, &[b"a\x1b[2Jb\r\nc"])])])],
    );
    let spki = rsa_spki(&odd_number(2048), &[1, 0, 1]);
    let tbs = tlv(
        0x30,
        &[
            &tlv(0x02, &[&[1]]),
            &algorithm(),
            &name,
            &validity("200101000000Z", "300101000000Z"),
            &name,
            &spki,
        ],
    );
    let der = tlv(0x30, &[&tbs, &algorithm(), &tlv(0x03, &[&[0]])]);
    assert_eq!(
        Certificate::from_der(&der).expect("it is one").subject(),
        "CN=a\u{fffd}[2Jb\u{fffd}\u{fffd}c"
    );
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Certificate::from_der(&bytes).is_err());
        prop_assert!(Certificate::from_pem_or_base64(&String::from_utf8_lossy(&bytes)).is_err());
    }

    #[test]
    fn mutated_certificates_never_panic(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let vectors = vectors("certificates");
        let text = which.get(&vectors).rest.lines().filter(|line| !line.starts_with('-')).collect::<String>();
        let mut der = keyward_saml::base64::decode(text.as_bytes()).expect("base64");
        for (at, octet) in changes {
            let at = at.index(der.len());
            der[at] = octet;
        }
        if let Some(cut) = cut {
            der.truncate(cut.index(der.len()));
        }
        // Whatever is read is within the limits.
        if let Ok(certificate) = Certificate::from_der_legacy(&der) {
            prop_assert!(certificate.public_key().rsa_bits().is_none_or(|bits| (1024..=8192).contains(&bits)));
            prop_assert!(!certificate.subject().contains(char::is_control));
        }
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

/// DER by hand, so that certificates no tool would make can be written.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len().to_be_bytes();
    let length = &length[length.iter().position(|&octet| octet != 0).unwrap_or(length.len() - 1)..];
    let mut tlv = vec![tag];
    if value.len() >= 0x80 {
        tlv.push(0x80 | u8::try_from(length.len()).expect("a few octets"));
    }
    tlv.extend(length);
    tlv.extend(value);
    tlv
}

fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|&octet| octet >= 0x80) { &[0] } else { &[] };
    tlv(0x02, &[sign, number])
}

fn algorithm() -> Vec<u8> {
    tlv(0x30, &[&tlv(0x06, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]]), &[0x05, 0x00]])
}

fn validity(from: &str, to: &str) -> Vec<u8> {
    tlv(0x30, &[&tlv(0x17, &[from.as_bytes()]), &tlv(0x17, &[to.as_bytes()])])
}

fn spki(oid: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&tlv(0x30, &[&tlv(0x06, &[oid]), parameters]), &tlv(0x03, &[&[0], key])])
}

fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = tlv(0x30, &[&integer(modulus), &integer(exponent)]);
    spki(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], &[0x05, 0x00], &key)
}

fn certificate(spki: &[u8]) -> Vec<u8> {
    certificate_with(spki, &[])
}

fn certificate_with(spki: &[u8], extensions: &[u8]) -> Vec<u8> {
    let version = tlv(0xa0, &[&tlv(0x02, &[&[2]])]);
    let dates = validity("200101000000Z", "300101000000Z");
    let tbs = tlv(
        0x30,
        &[
            &version,
            &tlv(0x02, &[&[1]]),
            &algorithm(),
            &tlv(0x30, &[]),
            &dates,
            &tlv(0x30, &[]),
            spki,
            extensions,
        ],
    );
    tlv(0x30, &[&tbs, &algorithm(), &tlv(0x03, &[&[0, 1]])])
}

/// An odd number of exactly so many bits.
fn odd_number(bits: usize) -> Vec<u8> {
    let mut number = vec![0xa5; bits.div_ceil(8)];
    let top = (bits - 1) % 8;
    number[0] = (1 << top) | (number[0] & ((1 << top) - 1));
    number
}
