//! Phrases: what was written down comes back, a slip is named, and other keys are other words.

use keyward_testkit::Random;
use keyward_vault::{FingerprintPhrase, PhraseError, RecoveryKey};

fn key(seed: u64) -> RecoveryKey {
    let mut random = Random::new(seed);
    RecoveryKey::generate(&mut |bytes| random.fill(bytes))
}

/// From the vectors of BIP-39: 256 bits of 0x80.
const KNOWN: &str = "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor \
                     acoustic avoid letter advice cage absurd amount doctor acoustic bless";

#[test]
fn a_phrase_is_read_as_people_type_it() {
    assert_eq!(RecoveryKey::from_phrase(KNOWN).map(|key| *key.as_bytes()), Ok([0x80; 32]));
    for seed in 0..50 {
        let (key, phrase) = (key(seed), key(seed).phrase());
        assert_eq!(phrase.split(' ').count(), 24);
        for typed in
            [phrase.to_string(), phrase.to_uppercase(), format!("\n {} ", phrase.replace(' ', "\n\t "))]
        {
            let read = RecoveryKey::from_phrase(&typed).map(|read| *read.as_bytes());
            assert_eq!(read.as_ref(), Ok(key.as_bytes()));
        }
    }
}

#[test]
fn a_slip_is_named_by_its_place() {
    let code =
        |phrase: &str| RecoveryKey::from_phrase(phrase).map(drop).map_err(|error| (error.code(), error));
    assert_eq!(code(""), Err(("phrase-count", PhraseError::Count { found: 0 })));
    assert_eq!(
        code(&KNOWN.replacen("letter ", "", 1)),
        Err(("phrase-count", PhraseError::Count { found: 23 }))
    );
    assert_eq!(
        code(&KNOWN.replacen("cage", "cagf", 1)),
        Err(("phrase-word", PhraseError::Word { position: 3 }))
    );
    assert_eq!(code(&KNOWN.replacen("cage", "zoo", 1)), Err(("phrase-checksum", PhraseError::Checksum)));
    assert_eq!(
        code(&KNOWN.replacen("letter advice", "advice letter", 1)),
        Err(("phrase-checksum", PhraseError::Checksum))
    );
    let said = PhraseError::Word { position: 3 }.to_string();
    assert!(said.contains('3') && !said.contains("cagf"), "what was typed is not repeated: {said}");
}

#[test]
fn a_key_is_not_for_printing() {
    assert_eq!(format!("{:?}", key(1)), "RecoveryKey");
}

#[test]
fn a_fingerprint_has_six_words_and_changes_with_every_part() {
    let of = |purpose: &str, parts: &[&[u8]]| FingerprintPhrase::of(purpose, parts);
    let phrase = of("device", &[b"key", b"account"]);
    assert_eq!(phrase.to_string().split(' ').count(), 6);
    assert_eq!(phrase, of("device", &[b"key", b"account"]));
    for other in [
        of("account", &[b"key", b"account"]),
        of("device", &[b"kez", b"account"]),
        of("device", &[b"keya", b"ccount"]),
        of("device", &[b"account", b"key"]),
        of("device", &[b"key"]),
        of("device", &[b"key", b"account", b""]),
    ] {
        assert_ne!(phrase, other);
    }
}
