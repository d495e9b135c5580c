//! A server that lies about escrow: keys of its own for the organisation, changes that the old keys did not sign, wraps of other
//! people, purposes and states. Whatever it gives out, nothing is sealed to keys that nobody agreed to, and nothing opens that was
//! not sealed for it.

#[expect(dead_code, reason = "devices, which other tests have")]
mod support;

use keyward_testkit::Random;
use keyward_vault::{
    Account, Begun, Binding, Purpose, Secret, StatementError, TenantBegun, TenantKeys, Wrap, WrapError,
};
use support::{HostPair, TENANT, USER, begin, open, seal, secret};

fn tenant(seed: u64) -> TenantBegun {
    let mut random = Random::new(seed);
    let pair = |seed| HostPair::new(seed).pair();
    TenantKeys::begin(TENANT, pair(seed + 50), pair(seed + 51), &mut |bytes| random.fill(bytes))
}

fn rotate(from: &TenantKeys, signing: &Secret, seed: u64) -> TenantBegun {
    let mut random = Random::new(seed);
    let pair = |seed| HostPair::new(seed).pair();
    from.rotate(signing, pair(seed + 50), pair(seed + 51), &mut |bytes| random.fill(bytes))
}

fn escrow(alice: &Begun, keys: &TenantKeys, purpose: Purpose<'static>) -> Wrap {
    let recipient = keys.recipient();
    let binding = keys.escrow(purpose, &alice.account, &recipient);
    let to = if matches!(purpose, Purpose::Transfer) { keys.transfer() } else { keys.approval() };
    seal(&secret(alice), &binding, &to, alice.keys.signing(), 61)
}

#[test]
fn another_device_takes_over_what_its_person_signed_and_nothing_else() {
    let (alice, mallory) = (begin(1), begin(2));
    let (acme, planted) = (tenant(6), tenant(7));
    let wrap = escrow(&alice, &acme.keys, Purpose::Approval);
    let vouched = |statement: &[u8], account: &Account, wrap: &Wrap| {
        TenantKeys::vouched(statement, TENANT, account, wrap)
    };
    assert_eq!(vouched(&acme.statement, &alice.account, &wrap), Ok(Some(acme.keys.clone())));
    // Keys of the server's own; the same approval key with others beside it; a wrap that another made; one for transfer.
    assert_eq!(vouched(&planted.statement, &alice.account, &wrap), Ok(None));
    let same_approval = {
        let mut random = Random::new(9);
        let transfer = HostPair::new(90).pair();
        TenantKeys::begin(TENANT, HostPair::new(56).pair(), transfer, &mut |bytes| random.fill(bytes))
    };
    assert_eq!(same_approval.keys.approval(), acme.keys.approval());
    assert_eq!(
        vouched(&same_approval.statement, &alice.account, &wrap),
        Ok(None),
        "the whole statement is signed for"
    );
    let by_mallory = {
        let recipient = planted.keys.recipient();
        let binding = planted.keys.escrow(Purpose::Approval, &alice.account, &recipient);
        seal(&secret(&alice), &binding, &planted.keys.approval(), mallory.keys.signing(), 62)
    };
    assert_eq!(vouched(&planted.statement, &alice.account, &by_mallory), Ok(None));
    let transfer = escrow(&alice, &acme.keys, Purpose::Transfer);
    assert_eq!(vouched(&acme.statement, &alice.account, &transfer), Ok(None));
    assert_eq!(vouched(&alice.statement, &alice.account, &wrap), Err(StatementError::Elsewhere));
}

#[test]
fn no_change_is_followed_that_the_old_key_did_not_sign() {
    let first = tenant(6);
    let second = rotate(&first.keys, &first.signing, 8);
    let trusted = first.keys.fingerprint();
    let follow = |chain: &[&[u8]]| TenantKeys::follow(&trusted, chain, TENANT);
    assert_eq!(follow(&[&first.statement, &second.statement]).as_ref(), Ok(&second.keys));
    assert!(first.keys.is_signed_by(&first.signing) && !first.keys.is_signed_by(&second.signing));
    // An admin who left, with the keys that they had, makes a third that follows from the first and not from the second.
    let by_leaver = rotate(&first.keys, &first.signing, 10);
    let broken = Err(StatementError::Broken { sequence: 2 });
    assert_eq!(follow(&[&first.statement, &second.statement, &by_leaver.statement]), broken);
    assert_eq!(
        TenantKeys::follow(&second.keys.fingerprint(), &[&by_leaver.statement], TENANT),
        Err(StatementError::NotTrusted)
    );
    let by_server = rotate(&first.keys, &tenant(7).signing, 8);
    assert_eq!(follow(&[&first.statement, &by_server.statement]), broken);
    // Nobody goes back, and no version below is read.
    let last = second.keys.fingerprint();
    assert_eq!(TenantKeys::follow(&last, &[&first.statement], TENANT), Err(StatementError::NotTrusted));
    let mut lowered = second.statement.clone();
    lowered[0] = 0;
    assert_eq!(follow(&[&first.statement, &lowered]), Err(StatementError::Version { found: 0 }));
    for index in 0..second.statement.len() {
        let mut changed = second.statement.clone();
        changed[index] ^= 1;
        follow(&[&first.statement, &changed]).expect_err("a changed byte");
    }
}

#[test]
fn what_one_sealed_to_the_organisation_opens_for_that_alone() {
    let (alice, bob) = (begin(1), begin(3));
    let acme = tenant(6);
    let after = rotate(&acme.keys, &acme.signing, 8);
    let recipient = acme.keys.recipient();
    let here = acme.keys.escrow(Purpose::Approval, &alice.account, &recipient);
    let admin = HostPair::import(&acme.approval);
    let wrap = escrow(&alice, &acme.keys, Purpose::Approval);
    let opened = open(&wrap, &here, &admin, alice.account.signing()).expect("opened");
    assert!(alice.account.vault_key(&opened).is_ok());
    let refused = |wrap: &Wrap, binding: &Binding<'_>, account: &Account| {
        open(wrap, binding, &admin, account.signing()).map(drop)
    };
    // Swapped: another person's, for transfer, of other keys of either side.
    let next = after.keys.recipient();
    let not_signed = Err(WrapError::NotSigned);
    assert_eq!(refused(&escrow(&bob, &acme.keys, Purpose::Approval), &here, &alice.account), not_signed);
    assert_eq!(refused(&escrow(&alice, &acme.keys, Purpose::Transfer), &here, &alice.account), not_signed);
    assert_eq!(refused(&escrow(&alice, &after.keys, Purpose::Approval), &here, &alice.account), not_signed);
    let to_next = after.keys.escrow(Purpose::Approval, &alice.account, &next);
    assert_eq!(
        refused(&wrap, &to_next, &alice.account),
        not_signed,
        "a rotated key opens nothing of the former one"
    );
    let mut random = Random::new(5);
    let pair = HostPair::new(20).pair();
    let changed = alice
        .account
        .rotate(&alice.keys, &alice.vault_key, pair, &mut |bytes| random.fill(bytes))
        .expect("changed");
    let of_changed = acme.keys.escrow(Purpose::Approval, &changed.account, &recipient);
    assert_eq!(refused(&wrap, &of_changed, &changed.account), not_signed, "of the former vault key");
    // A server with a vault key of its own, and even the person's signing key.
    let planted = seal(&secret(&bob), &here, &acme.keys.approval(), alice.keys.signing(), 63);
    let opened = open(&planted, &here, &admin, alice.account.signing()).expect("signed");
    assert_eq!(alice.account.vault_key(&opened).map(drop), Err(StatementError::OtherVaultKey));
    let mut lowered = *wrap.as_bytes();
    lowered[0] = 0;
    assert_eq!(Wrap::from_bytes(&lowered), Err(WrapError::Version { found: 0 }));
    assert!(alice.account.phrase() != bob.account.phrase());
    assert_eq!(alice.account.user(), USER);
}

#[test]
fn a_grant_is_for_one_admin_key_and_state() {
    let (admin, second) = (begin(1), begin(60));
    let acme = tenant(6);
    let after = rotate(&acme.keys, &acme.signing, 8);
    let here = acme.keys.grant(Purpose::GrantApproval, "u_second");
    let to = second.account.encryption();
    let grant = seal(&acme.approval, &here, &to, admin.keys.signing(), 62);
    let key = HostPair::import(second.keys.decryption());
    let opened = open(&grant, &here, &key, admin.account.signing()).expect("granted");
    assert_eq!(HostPair::import(&opened).public(), acme.keys.approval());
    for elsewhere in [
        acme.keys.grant(Purpose::GrantApproval, "u_third"),
        acme.keys.grant(Purpose::GrantTransfer, "u_second"),
        acme.keys.grant(Purpose::GrantSigning, "u_second"),
        after.keys.grant(Purpose::GrantApproval, "u_second"),
    ] {
        let refused = open(&grant, &elsewhere, &key, admin.account.signing()).map(drop);
        assert_eq!(refused, Err(WrapError::NotSigned), "{elsewhere:?}");
    }
    assert_eq!(open(&grant, &here, &key, second.account.signing()).map(drop), Err(WrapError::NotSigned));
}
