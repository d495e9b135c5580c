//! A server that does what it is told and lies about everything that it keeps: whatever it gives out that was not made for
//! this place is refused, and nothing of its own making is taken for a key.

mod support;

use std::collections::BTreeMap;

use keyward_testkit::Random;
use keyward_vault::statement::LONGEST_CHAIN;
use keyward_vault::{
    Account, AccountKeys, Binding, Context, Devices, Entry, Fingerprint, Manifest, ManifestError, Purpose,
    Sealed, SealedError, Secret, Shelf, StatementError, TenantKeys, Wrap, WrapError, device_phrase,
};
use support::{HostPair, TENANT, USER, begin, device, open, seal, secret};

const SHARE: [u8; 32] = [7; 32];
const PURPOSE: Purpose<'_> = Purpose::Device { share: &SHARE };

fn binding(statement: Fingerprint) -> Binding<'static> {
    Binding { purpose: PURPOSE, tenant: TENANT, owner: USER, recipient: "d_laptop", statement }
}

#[test]
fn a_wrap_opens_for_its_device_and_gives_the_vault_key() {
    let (alice, laptop) = (begin(1), HostPair::new(10));
    let binding = binding(alice.account.fingerprint());
    let wrap = seal(&secret(&alice), &binding, &laptop.public(), alice.keys.signing(), 11);
    let kept = Wrap::from_bytes(wrap.as_bytes()).expect("a wrap");
    let opened = open(&kept, &binding, &laptop, alice.account.signing()).expect("opened");
    let key = alice.account.vault_key(&opened).expect("this vault's");
    assert_eq!(key.as_bytes(), alice.vault_key.as_bytes());
}

#[test]
fn a_wrap_for_elsewhere_is_refused() {
    let (alice, laptop) = (begin(1), HostPair::new(10));
    let here = binding(alice.account.fingerprint());
    let other_share = [8; 32];
    let former = begin(2).account.fingerprint();
    let (public, signing) = (laptop.public(), alice.keys.signing());
    for elsewhere in [
        Binding { tenant: "t_other", ..here },
        Binding { owner: "u_bob", ..here },
        Binding { recipient: "d_phone", ..here },
        Binding { statement: former, ..here },
        Binding { purpose: Purpose::Recovery, ..here },
        Binding { purpose: Purpose::Approval, ..here },
        Binding { purpose: Purpose::Transfer, ..here },
        Binding { purpose: Purpose::Handover, ..here },
        // Where the parts end is a part of the binding too.
        Binding { owner: "u_aliced", recipient: "_laptop", ..here },
    ] {
        let wrap = seal(&secret(&alice), &elsewhere, &public, signing, 11);
        let refused = open(&wrap, &here, &laptop, alice.account.signing()).map(drop);
        assert_eq!(refused, Err(WrapError::NotSigned), "{elsewhere:?}");
    }
    // The share is no part of what is signed: it is what opens.
    let wrap = seal(
        &secret(&alice),
        &Binding { purpose: Purpose::Device { share: &other_share }, ..here },
        &public,
        signing,
        11,
    );
    assert_eq!(open(&wrap, &here, &laptop, alice.account.signing()).map(drop), Err(WrapError::NotOpened));
    let wrap = seal(&secret(&alice), &here, &HostPair::new(12).public(), signing, 11);
    assert_eq!(
        open(&wrap, &here, &laptop, alice.account.signing()).map(drop),
        Err(WrapError::NotSigned),
        "sealed to another device"
    );
}

#[test]
fn a_vault_key_of_the_servers_own_is_refused() {
    let (alice, mallory, laptop) = (begin(1), begin(2), HostPair::new(10));
    let here = binding(alice.account.fingerprint());
    let wrap = seal(&secret(&mallory), &here, &laptop.public(), mallory.keys.signing(), 11);
    assert_eq!(open(&wrap, &here, &laptop, alice.account.signing()).map(drop), Err(WrapError::NotSigned));
    // Whoever got the signing key, too, cannot give out another vault key: the account says which it is.
    assert_eq!(alice.account.vault_key(&secret(&mallory)).map(drop), Err(StatementError::OtherVaultKey));
    // Nor an account: this device knows whose it is.
    assert_eq!(
        Account::follow(&alice.account.fingerprint(), &[&mallory.statement], TENANT, USER),
        Err(StatementError::NotTrusted)
    );
}

#[test]
fn every_change_of_a_byte_of_a_wrap_is_refused() {
    let (alice, laptop) = (begin(1), HostPair::new(10));
    let here = binding(alice.account.fingerprint());
    let wrap = seal(&secret(&alice), &here, &laptop.public(), alice.keys.signing(), 11);
    for index in 0..wrap.as_bytes().len() {
        let mut changed = *wrap.as_bytes();
        changed[index] ^= 1;
        let refused = Wrap::from_bytes(&changed)
            .and_then(|wrap| open(&wrap, &here, &laptop, alice.account.signing()))
            .map(drop);
        let expected = match index {
            0 => WrapError::Version { found: 0 },
            1 => WrapError::Malformed,
            _ => WrapError::NotSigned,
        };
        assert_eq!(refused, Err(expected), "byte {index}");
        assert_eq!(Wrap::from_bytes(&wrap.as_bytes()[..index]), Err(WrapError::Malformed));
    }
    let longer = [&wrap.as_bytes()[..], &[0]].concat();
    assert_eq!(Wrap::from_bytes(&longer), Err(WrapError::Malformed));
}

#[test]
fn changed_keys_are_followed_by_who_trusts_the_old_and_old_wraps_are_none() {
    let (first, laptop) = (begin(1), HostPair::new(10));
    let mut random = Random::new(3);
    let mut rotate = |from: &keyward_vault::Begun, seed| {
        from.account.rotate(&from.keys, &from.vault_key, HostPair::new(seed).pair(), &mut |bytes| {
            random.fill(bytes);
        })
    };
    let mut second = rotate(&first, 20).expect("changed");
    assert_eq!(rotate(&second, 21).map(drop), Err(StatementError::Unfinished));
    second.keys = second.keys.without_former();
    let third = rotate(&second, 21).expect("changed");
    let trusted = first.account.fingerprint();
    let chain = [&first.statement[..], &second.statement, &third.statement];
    assert_eq!(Account::follow(&trusted, &chain, TENANT, USER).as_ref(), Ok(&third.account));
    assert_eq!(third.account.sequence(), 3);
    // From where a device is.
    let from_second = second.account.fingerprint();
    assert_eq!(Account::follow(&from_second, &chain[1..], TENANT, USER).as_ref(), Ok(&third.account));
    // And never back.
    assert_eq!(Account::follow(&from_second, &chain[..1], TENANT, USER), Err(StatementError::NotTrusted));

    let old = seal(&secret(&first), &binding(trusted), &laptop.public(), first.keys.signing(), 11);
    let now = binding(third.account.fingerprint());
    assert_eq!(open(&old, &now, &laptop, third.account.signing()).map(drop), Err(WrapError::NotSigned));
    assert_eq!(third.account.vault_key(&secret(&first)).map(drop), Err(StatementError::OtherVaultKey));
}

#[test]
fn a_chain_with_anything_else_in_it_is_broken() {
    let (first, mallory) = (begin(1), begin(2));
    let mut random = Random::new(3);
    let mut rotate = |account: &Account, keys: &AccountKeys, vault_key, seed| {
        let pair = HostPair::new(seed).pair();
        account.rotate(keys, vault_key, pair, &mut |bytes| random.fill(bytes)).expect("changed")
    };
    let mut second = rotate(&first.account, &first.keys, &first.vault_key, 20);
    second.keys = second.keys.without_former();
    let third = rotate(&second.account, &second.keys, &second.vault_key, 21);
    // In the account's name, by another's key.
    let planted = rotate(&first.account, &mallory.keys, &mallory.vault_key, 22);
    let trusted = first.account.fingerprint();
    let follow = |chain: &[&[u8]]| Account::follow(&trusted, chain, TENANT, USER).map(drop);
    let (one, two, three) = (&first.statement[..], &second.statement[..], &third.statement[..]);
    assert_eq!(follow(&[one, &planted.statement]), Err(StatementError::Broken { sequence: 2 }));
    assert_eq!(follow(&[one, three]), Err(StatementError::Broken { sequence: 3 }));
    assert_eq!(follow(&[one, one]), Err(StatementError::Broken { sequence: 1 }));
    assert_eq!(follow(&[one, two, two]), Err(StatementError::Broken { sequence: 2 }));
    assert_eq!(follow(&[two, three]), Err(StatementError::NotTrusted));
    assert_eq!(follow(&[]), Err(StatementError::Count { found: 0 }));
    let endless = vec![one; LONGEST_CHAIN + 1];
    assert_eq!(follow(&endless), Err(StatementError::Count { found: LONGEST_CHAIN + 1 }));
    for (tenant, user) in [("t_other", USER), (TENANT, "u_bob")] {
        assert_eq!(Account::follow(&trusted, &[one], tenant, user), Err(StatementError::Elsewhere));
    }
    for index in 0..two.len() {
        let mut changed = two.to_vec();
        changed[index] ^= 1;
        follow(&[one, &changed]).expect_err("a changed byte");
        follow(&[one, &two[..index]]).expect_err("cut short");
    }
}

#[test]
fn a_planted_device_or_account_is_another_phrase() {
    let (alice, mallory) = (begin(1), begin(2));
    let phone = device("d_phone", 30);
    let claimed = Account::claimed(&alice.statement, TENANT, USER).expect("a statement");
    let words = device_phrase(&phone, &claimed);
    assert_eq!(words, device_phrase(&phone, &alice.account.fingerprint()), "both screens");
    let others = [
        device_phrase(&device("d_phone", 40), &claimed),
        device_phrase(&keyward_vault::Device { signing: device("d", 50).signing, ..phone.clone() }, &claimed),
        device_phrase(&keyward_vault::Device { id: "d_other".to_owned(), ..phone.clone() }, &claimed),
        device_phrase(&phone, &mallory.account.fingerprint()),
    ];
    assert!(others.iter().all(|other| *other != words));
    // What it is called is for its person to change.
    assert_eq!(words, device_phrase(&keyward_vault::Device { name: String::new(), ..phone }, &claimed));
}

#[test]
fn account_keys_and_devices_of_other_states_do_not_open() {
    let (alice, mallory) = (begin(1), begin(2));
    let mut random = Random::new(4);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let sealed = alice.keys.seal(&alice.account, &alice.vault_key, 1, &mut random).expect("sealed");
    let keys = AccountKeys::open(&sealed, &alice.account, &alice.vault_key, 1).expect("opened");
    assert_eq!(keys.signing().to_bytes(), alice.keys.signing().to_bytes());
    assert_eq!(keys.decryption().as_bytes(), alice.keys.decryption().as_bytes());
    let refused = AccountKeys::open(&sealed, &alice.account, &alice.vault_key, 2).map(drop);
    assert_eq!(refused, Err(SealedError::NotOpened));
    // Keys that are not the account's, by somebody who has the vault key.
    let planted = mallory.keys.seal(&alice.account, &alice.vault_key, 1, &mut random).expect("sealed");
    let refused = AccountKeys::open(&planted, &alice.account, &alice.vault_key, 1).map(drop);
    assert_eq!(refused, Err(SealedError::NotOpened));

    let mut devices = Devices::default();
    devices.set(device("d_laptop", 10)).expect("room");
    devices.set(device("d_phone", 30)).expect("room");
    let sealed = devices.seal(&alice.account, &alice.vault_key, 5, &mut random).expect("sealed");
    assert_eq!(Devices::open(&sealed, &alice.account, &alice.vault_key, 5).as_ref(), Ok(&devices));
    devices.set_recovery(Some(HostPair::new(40).public()));
    let with = devices.seal(&alice.account, &alice.vault_key, 6, &mut random).expect("sealed");
    assert_eq!(Devices::open(&with, &alice.account, &alice.vault_key, 6), Ok(devices));
    assert_eq!(
        Devices::open(&sealed, &alice.account, &alice.vault_key, 4).map_err(|error| error.code()),
        Err("item-not-opened")
    );
}

#[test]
fn an_interrupted_change_of_keys_leaves_every_item_readable() {
    let first = begin(1);
    let mut random = Random::new(3);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let here = Context { tenant: TENANT, vault: USER, item: "i_1", kind: "item", revision: 7 };
    let item = Sealed::seal(b"secret", &first.vault_key, &here, &mut random).expect("sealed");
    let pair = HostPair::new(20).pair();
    let second = first.account.rotate(&first.keys, &first.vault_key, pair, &mut random).expect("changed");
    let kept = second.keys.seal(&second.account, &second.vault_key, 1, &mut random).expect("sealed");

    let keys = AccountKeys::open(&kept, &second.account, &second.vault_key, 1).expect("opened");
    let former = keys.former().expect("kept until the end");
    assert_eq!(item.open(&second.vault_key, &here, 1), Err(SealedError::NotOpened));
    assert_eq!(item.open(former, &here, 1).expect("opened").as_slice(), b"secret");
    let moved = item.rewrap(former, &second.vault_key, &here, &mut random).expect("moved");
    assert_eq!(moved.open(&second.vault_key, &here, 1).expect("opened").as_slice(), b"secret");
    assert_eq!(moved.open(former, &here, 1), Err(SealedError::NotOpened));
    let elsewhere = Context { revision: 8, ..here };
    assert_eq!(item.rewrap(former, &second.vault_key, &elsewhere, &mut random), Err(SealedError::NotOpened));
    assert!(keys.without_former().former().is_none());
}

#[test]
fn items_left_out_rolled_back_replaced_or_planted_are_noticed() {
    let alice = begin(1);
    let mut random = Random::new(5);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let mut page = Manifest::default();
    let mut found = BTreeMap::new();
    for (id, revision) in [("i_1", 3), ("i_2", 1), ("i_3", 9)] {
        let entry = Entry::of(revision, id.as_bytes());
        page.set(id, entry).expect("room");
        found.insert(id.to_owned(), entry);
    }
    let shelf = Shelf { tenant: TENANT, vault: USER, page: Some(7) };
    let sealed = page.seal(&shelf, 12, &alice.vault_key, &mut random).expect("sealed");
    let opened = Manifest::open(&sealed, &shelf, 12, 12, &alice.vault_key).expect("opened");
    assert_eq!(opened, page);
    assert_eq!(opened.check(&found), Ok(()));

    let with = |id: &str, entry: Option<Entry>| {
        let mut changed = found.clone();
        changed.remove(id);
        changed.extend(entry.map(|entry| (id.to_owned(), entry)));
        opened.check(&changed).map_err(|error| error.code())
    };
    assert_eq!(with("i_2", None), Err("item-left-out"));
    assert_eq!(with("i_1", Some(Entry::of(2, b"older"))), Err("item-rolled-back"));
    assert_eq!(with("i_1", Some(Entry::of(3, b"other"))), Err("item-replaced"));
    assert_eq!(with("i_1", Some(Entry::of(4, b"newer"))), Err("item-replaced"));
    assert_eq!(with("i_4", Some(Entry::of(1, b"new"))), Err("item-unlisted"));

    let refused = |shelf: &Shelf<'_>, revision, seen| {
        Manifest::open(&sealed, shelf, revision, seen, &alice.vault_key).map_err(|error| error.code())
    };
    assert_eq!(refused(&shelf, 12, 13), Err("vault-rolled-back"));
    assert_eq!(refused(&shelf, 13, 12), Err("item-not-opened"), "an old one under a new number");
    assert_eq!(refused(&Shelf { page: Some(8), ..shelf }, 12, 0), Err("item-not-opened"));
    assert_eq!(refused(&Shelf { page: None, ..shelf }, 12, 0), Err("item-not-opened"));
    assert_eq!(refused(&Shelf { vault: "u_bob", ..shelf }, 12, 0), Err("item-not-opened"));
    let text = ManifestError::LeftOut { id: "i_2".to_owned() }.to_string();
    assert!(text.contains("i_2"), "{text}");
}

#[test]
fn tenant_keys_of_the_servers_own_are_refused() {
    let mut random = Random::new(6);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let pair = |seed| HostPair::new(seed).pair();
    let first = TenantKeys::begin(TENANT, pair(50), pair(51), &mut random);
    let planted = TenantKeys::begin(TENANT, pair(52), pair(53), &mut random);
    let trusted = first.keys.fingerprint();
    assert_eq!(TenantKeys::claimed(&first.statement, TENANT), Ok(trusted));
    let follow = |chain: &[&[u8]]| TenantKeys::follow(&trusted, chain, TENANT);
    assert_eq!(follow(&[&planted.statement]), Err(StatementError::NotTrusted));
    let second = first.keys.rotate(&first.signing, pair(54), pair(55), &mut random);
    assert_eq!(follow(&[&first.statement, &second.statement]).as_ref(), Ok(&second.keys));
    let by_other = first.keys.rotate(&planted.signing, pair(54), pair(55), &mut random);
    assert_eq!(follow(&[&first.statement, &by_other.statement]), Err(StatementError::Broken { sequence: 2 }));
    assert_ne!(first.keys.phrase(), planted.keys.phrase());
    // An account's statement is no tenant's, and the other way round.
    let alice = begin(1);
    assert_eq!(TenantKeys::claimed(&alice.statement, TENANT), Err(StatementError::Elsewhere));
    assert_eq!(Account::claimed(&first.statement, TENANT, TENANT), Err(StatementError::Elsewhere));
}

#[test]
fn escrow_opens_in_the_admins_browser_and_seals_to_the_new_device() {
    let (alice, admin) = (begin(1), begin(60));
    let mut random = Random::new(6);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let tenant = TenantKeys::begin(TENANT, HostPair::new(50).pair(), HostPair::new(51).pair(), &mut random);
    // Alice consents: a wrap for approvals, and none for transfer.
    let escrow = Binding {
        purpose: Purpose::Approval,
        tenant: TENANT,
        owner: USER,
        recipient: TENANT,
        statement: alice.account.fingerprint(),
    };
    let wrap = seal(&secret(&alice), &escrow, &tenant.keys.approval(), alice.keys.signing(), 61);
    // The first admin grants the approval key to a second.
    let grant = Binding {
        purpose: Purpose::GrantApproval,
        tenant: TENANT,
        owner: TENANT,
        recipient: "u_admin",
        statement: tenant.keys.fingerprint(),
    };
    let granted = seal(&tenant.approval, &grant, &admin.account.encryption(), alice.keys.signing(), 62);
    let admins = HostPair::import(admin.keys.decryption());
    let approval = open(&granted, &grant, &admins, alice.account.signing()).expect("granted");
    assert_eq!(approval.as_bytes(), tenant.approval.as_bytes());
    for purpose in [Purpose::GrantTransfer, Purpose::GrantSigning] {
        let other = Binding { purpose, ..grant };
        assert_eq!(
            open(&granted, &other, &admins, alice.account.signing()).map(drop),
            Err(WrapError::NotSigned)
        );
    }
    // The admin opens the escrow and lets the phone in, in Alice's name: with the vault key come her keys.
    let opened = open(&wrap, &escrow, &HostPair::import(&approval), alice.account.signing()).expect("opened");
    let vault_key = alice.account.vault_key(&opened).expect("this vault's");
    let kept = alice.keys.seal(&alice.account, &alice.vault_key, 1, &mut random).expect("sealed");
    let keys = AccountKeys::open(&kept, &alice.account, &vault_key, 1).expect("opened");
    let phone = HostPair::new(30);
    let to_phone = Binding { recipient: "d_phone", ..binding(alice.account.fingerprint()) };
    let wrap = seal(&opened, &to_phone, &phone.public(), keys.signing(), 63);
    let opened = open(&wrap, &to_phone, &phone, alice.account.signing()).expect("opened");
    assert_eq!(opened.as_bytes(), alice.vault_key.as_bytes());
    assert_eq!(format!("{:?}", Secret::from_bytes([1; 32])), "Secret");
}
