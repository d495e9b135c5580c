//! Passwords and recovery phrases: they open what was locked for this place, and a server that asks for less stretching is
//! told no.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use keyward_testkit::Random;
use keyward_vault::kit::{self, KitError};
use keyward_vault::{
    Fingerprint, LockError, LockingKey, Pair, Place, PublicKey, RecoveryKey, Secret, Stretching, TenantKeys,
};

const HERE: Place<'_> = Place {
    what: "vault-key",
    tenant: "t_acme",
    owner: "u_alice",
    statement: Fingerprint::from_bytes([3; 32]),
};

fn phrase(seed: u64) -> LockingKey {
    let mut random = Random::new(seed);
    LockingKey::of_phrase(&RecoveryKey::generate(&mut |bytes| random.fill(bytes)))
}

fn lock(key: &LockingKey) -> Vec<u8> {
    let mut random = Random::new(9);
    key.lock(&Secret::from_bytes([5; 32]), &HERE, &mut |bytes| random.fill(bytes)).expect("locked")
}

#[test]
fn a_phrase_opens_what_it_locked_and_nothing_else() {
    let (key, other) = (phrase(1), phrase(2));
    let locked = lock(&key);
    assert_eq!(key.open(&locked, &HERE).map(|secret| *secret.as_bytes()), Ok([5; 32]));
    assert_eq!(other.open(&locked, &HERE).map(drop), Err(LockError::NotOpened));
    for elsewhere in [
        Place { what: "approval", ..HERE },
        Place { tenant: "t_other", ..HERE },
        Place { owner: "u_bob", ..HERE },
        // An account of the server's making.
        Place { statement: Fingerprint::from_bytes([4; 32]), ..HERE },
    ] {
        assert_eq!(key.open(&locked, &elsewhere).map(drop), Err(LockError::NotOpened), "{elsewhere:?}");
    }
    for index in 0..locked.len() {
        let mut changed = locked.clone();
        changed[index] ^= 1;
        let expected = if index == 0 { LockError::Version { found: 0 } } else { LockError::NotOpened };
        assert_eq!(key.open(&changed, &HERE).map(drop), Err(expected), "byte {index}");
        assert_eq!(key.open(&locked[..index], &HERE).map(drop), Err(LockError::Malformed));
    }
}

#[test]
fn a_proof_is_for_one_account_and_opens_nothing() {
    let key = phrase(1);
    let proof = key.proof("t_acme", "u_alice");
    assert_eq!(proof.as_bytes(), phrase(1).proof("t_acme", "u_alice").as_bytes());
    for other in
        [key.proof("t_acme", "u_bob"), key.proof("t_other", "u_alice"), phrase(2).proof("t_acme", "u_alice")]
    {
        assert_ne!(proof.as_bytes(), other.as_bytes());
    }
    let mut random = Random::new(1);
    let recovery = RecoveryKey::generate(&mut |bytes| random.fill(bytes));
    assert_ne!(proof.as_bytes(), recovery.as_bytes());
}

#[test]
fn a_password_opens_what_it_locked_with_these_parameters_alone() {
    let mut random = Random::new(3);
    let stretching = Stretching::generate(&mut |bytes| random.fill(bytes));
    let derive = |password: &str, stretching: &Stretching| {
        LockingKey::of_password(password, stretching).expect("stretched")
    };
    let key = derive("correct horse", &stretching);
    let locked = lock(&key);
    assert_eq!(key.open(&locked, &HERE).map(|secret| *secret.as_bytes()), Ok([5; 32]));
    assert_eq!(
        derive("Correct horse", &stretching).open(&locked, &HERE).map(drop),
        Err(LockError::NotOpened)
    );
    let salted = Stretching { salt: [0; 16], ..stretching };
    assert_eq!(derive("correct horse", &salted).open(&locked, &HERE).map(drop), Err(LockError::NotOpened));
    assert_ne!(
        key.proof("t_acme", "u_alice").as_bytes(),
        derive("correct horse", &salted).proof("t_acme", "u_alice").as_bytes()
    );
}

#[test]
fn parameters_outside_of_what_the_client_does_are_refused() {
    let good = Stretching { memory: 64 * 1024, passes: 3, lanes: 1, salt: [1; 16] };
    assert_eq!(Stretching::from_bytes(&good.to_bytes()), Ok(good));
    for (bad, code) in [
        (Stretching { memory: 64 * 1024 - 1, ..good }, "stretching-too-weak"),
        (Stretching { memory: 0, ..good }, "stretching-too-weak"),
        (Stretching { passes: 2, ..good }, "stretching-too-weak"),
        (Stretching { lanes: 0, ..good }, "stretching-too-weak"),
        (Stretching { memory: u32::MAX, ..good }, "stretching-too-costly"),
        (Stretching { passes: 17, ..good }, "stretching-too-costly"),
        (Stretching { lanes: 5, ..good }, "stretching-too-costly"),
        (Stretching { memory: 1, passes: u32::MAX, ..good }, "stretching-too-weak"),
    ] {
        let refused = Stretching::from_bytes(&bad.to_bytes()).map_err(LockError::code);
        assert_eq!(refused, Err(code), "{bad:?}");
        let refused = LockingKey::of_password("x", &bad).map(drop).map_err(LockError::code);
        assert_eq!(refused, Err(code), "{bad:?}");
    }
    let octets = good.to_bytes();
    assert_eq!(Stretching::from_bytes(&octets[..28]), Err(LockError::Malformed));
    assert_eq!(Stretching::from_bytes(&[&octets[..], &[0]].concat()), Err(LockError::Malformed));
    assert_eq!(Stretching::from_bytes(&[&[0], &octets[1..]].concat()), Err(LockError::Version { found: 0 }));
    assert_eq!(Stretching::from_bytes(&[]), Err(LockError::Malformed));
}

#[test]
fn a_recovery_kit_opens_with_its_words_for_its_keys_and_nothing_else_does() {
    let mut random = Random::new(4);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let pair = |seed: u8| Pair {
        public: PublicKey::from_bytes([4; 65]).expect("by its look"),
        private: Secret::from_bytes([seed; 32]),
    };
    let begun = TenantKeys::begin("t_acme", pair(1), pair(2), &mut random);
    let next = begun.keys.rotate(&begun.signing, pair(3), pair(4), &mut random);
    let (phrase, other) = (RecoveryKey::generate(&mut random), RecoveryKey::generate(&mut random));
    let secrets = [&begun.approval, &begun.transfer, &begun.signing];
    let file = kit::seal(&begun.keys, secrets, &phrase, &mut random).expect("sealed");
    let opened = kit::open(file.as_bytes(), &begun.keys, &phrase).expect("opened");
    assert_eq!(opened.each_ref().map(Secret::as_bytes), secrets.map(Secret::as_bytes));
    let refused = |file: &str, keys: &TenantKeys, phrase: &RecoveryKey| {
        kit::open(file.as_bytes(), keys, phrase).err().map(KitError::code)
    };
    assert_eq!(refused(&file, &begun.keys, &other), Some("kit-not-opened"));
    assert_eq!(refused(&file, &next.keys, &phrase), Some("kit-other-keys"));
    // Of other keys, under the fingerprint of these: the locks are of those.
    let (old, new) = (begun.keys.fingerprint().hex(), next.keys.fingerprint().hex());
    assert_eq!(refused(&file.replace(&old, &new), &next.keys, &phrase), Some("kit-not-opened"));
    // By somebody who has the phrase, with a key that signs nothing here.
    let secrets = [&begun.approval, &begun.transfer, &next.signing];
    let planted = kit::seal(&begun.keys, secrets, &phrase, &mut random).expect("sealed");
    assert_eq!(refused(&planted, &begun.keys, &phrase), Some("statement-not-trusted"));
    for (from, to) in [
        ("keyward-recovery-kit", "keyward-export"),
        ("\"version\": 1", "\"version\": 2"),
        ("t_acme", "t_other"),
        ("approval", "approvals"),
        ("==\"", "=\""),
        ("==\"", "=A\""),
        ("{", "["),
    ] {
        assert_eq!(refused(&file.replacen(from, to, 1), &begun.keys, &phrase), Some("kit-malformed"), "{to}");
    }
    let long = format!("{file}{}", " ".repeat(kit::LONGEST));
    assert_eq!(refused(&long, &begun.keys, &phrase), Some("kit-malformed"));
}
