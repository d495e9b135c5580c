//! Sealed items: what was sealed for a place opens there, and nothing else opens anywhere.

use keyward_testkit::Random;
use keyward_vault::item::{LARGEST, VERSION};
use keyward_vault::{Context, Sealed, SealedError, VaultKey};

const HERE: Context<'_> = Context { tenant: "t_1", vault: "v_1", item: "i_1", kind: "item", revision: 7 };

fn vault_key(seed: u64) -> VaultKey {
    let mut random = Random::new(seed);
    VaultKey::generate(&mut |bytes| random.fill(bytes))
}

fn seal(plaintext: &[u8], seed: u64) -> Sealed {
    let mut random = Random::new(seed);
    Sealed::seal(plaintext, &vault_key(1), &HERE, &mut |bytes| random.fill(bytes))
        .unwrap_or_else(|error| unreachable!("{error}"))
}

#[test]
fn what_was_sealed_opens() {
    for plaintext in [&b""[..], b"x", b"{}\x80\0\0", &[0; 255], &[0x80; 256], &[7; 70_000]] {
        let opened = seal(plaintext, 2).open(&vault_key(1), &HERE, VERSION).expect("opened");
        assert_eq!(opened.as_slice(), plaintext);
    }
}

#[test]
fn it_opens_nowhere_else() {
    let sealed = seal(b"secret", 2);
    for elsewhere in [
        Context { tenant: "t_2", ..HERE },
        Context { vault: "v_2", ..HERE },
        Context { item: "i_2", ..HERE },
        Context { kind: "folder", ..HERE },
        Context { revision: 6, ..HERE },
        Context { revision: 8, ..HERE },
        Context { tenant: "t_1v", vault: "_1", ..HERE },
    ] {
        assert_eq!(
            sealed.open(&vault_key(1), &elsewhere, VERSION),
            Err(SealedError::NotOpened),
            "{elsewhere:?}"
        );
    }
    assert_eq!(sealed.open(&vault_key(3), &HERE, VERSION), Err(SealedError::NotOpened));
}

#[test]
fn every_change_of_a_byte_and_every_length_is_refused_alike() {
    let sealed = seal(b"secret", 2);
    let octets = sealed.as_bytes();
    for (index, _) in octets.iter().enumerate() {
        let mut changed = octets.to_vec();
        changed[index] ^= 1;
        let expected =
            if index == 0 { SealedError::Version { found: VERSION ^ 1 } } else { SealedError::NotOpened };
        assert_eq!(
            Sealed::from_bytes(changed).open(&vault_key(1), &HERE, VERSION),
            Err(expected),
            "byte {index}"
        );
        let cut = octets[..index].to_vec();
        assert_eq!(Sealed::from_bytes(cut).open(&vault_key(1), &HERE, VERSION), Err(SealedError::NotOpened));
    }
    let longer = [octets, &[0]].concat();
    assert_eq!(Sealed::from_bytes(longer).open(&vault_key(1), &HERE, VERSION), Err(SealedError::NotOpened));
}

#[test]
fn no_version_below_what_was_seen_is_read() {
    assert_eq!(
        seal(b"secret", 2).open(&vault_key(1), &HERE, VERSION + 1),
        Err(SealedError::Version { found: VERSION })
    );
}

#[test]
fn the_same_plaintext_is_never_sealed_alike_and_lengths_hide_in_buckets() {
    assert_ne!(seal(b"secret", 2), seal(b"secret", 3));
    let length = |plaintext: &[u8]| seal(plaintext, 2).as_bytes().len();
    assert_eq!(length(b""), length(&[1; 255]));
    assert!(length(&[1; 256]) > length(&[1; 255]));
}

#[test]
fn an_item_has_a_largest_size() {
    let mut random = Random::new(2);
    let mut seal = |size: usize| {
        Sealed::seal(&vec![0; size], &vault_key(1), &HERE, &mut |bytes| random.fill(bytes)).map(drop)
    };
    assert_eq!(seal(LARGEST), Ok(()));
    assert_eq!(seal(LARGEST + 1), Err(SealedError::TooLarge));
}

#[test]
fn a_vault_key_is_not_for_printing() {
    assert_eq!(format!("{:?}", vault_key(1)), "VaultKey");
}
