//! The door by which everything that a browser opens comes in (docs/vault-format.md): the first byte chooses the format.
//! What a key vouches for is what was made with it; what has one spelling comes out as it came in.

use std::sync::LazyLock;

use keyward_vault::export::{self, Export};
use keyward_vault::{
    Account, AccountKeys, Agreement, Begun, Binding, Context, Device, Devices, Entry, Fingerprint,
    LockingKey, Manifest, Memory, Pair, Place, PublicKey, Purpose, RecoveryKey, Sealed, Secret, Shelf,
    Stretching, TenantBegun, TenantKeys, Totp, Wrap, kit,
};

use crate::Random;
use crate::states;

pub(crate) const TENANT: &str = "t_acme";
pub(crate) const USER: &str = "u_alice";
/// What the Diffie–Hellman step gives, whichever keys it is asked about: the step is the host's.
const SHARED: [u8; 32] = [9; 32];
const CONTEXT: Context<'_> = Context { tenant: TENANT, vault: USER, item: "i_1", kind: "item", revision: 7 };
/// The formats that `holds` knows.
const FORMATS: u8 = 15;

struct Honest {
    alice: Begun,
    changed: Begun,
    tenant: TenantBegun,
    changed_tenant: TenantBegun,
    wrap: Wrap,
    item: Sealed,
    phrase: RecoveryKey,
    locked: Vec<u8>,
    kit: String,
    export: Vec<u8>,
    /// Of the export's password.
    password: LockingKey,
}

static HONEST: LazyLock<Honest> = LazyLock::new(|| {
    let mut random = Random::new(1);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let alice = Account::begin(TENANT, USER, pair(1), &mut random);
    let changed = alice.account.rotate(&alice.keys, &alice.vault_key, pair(2), &mut random).expect("changed");
    let tenant = TenantKeys::begin(TENANT, pair(3), pair(4), &mut random);
    let changed_tenant = tenant.keys.rotate(&tenant.signing, pair(5), pair(6), &mut random);
    let agreement = Agreement::new(point(8), point(7), SHARED);
    let secret = Secret::from_bytes(*alice.vault_key.as_bytes());
    let wrap = Wrap::seal(&secret, &binding(&alice), &agreement, alice.keys.signing()).expect("sealed");
    let item = Sealed::seal(b"{}", &alice.vault_key, &CONTEXT, &mut random).expect("sealed");
    let phrase = RecoveryKey::generate(&mut random);
    let locked = LockingKey::of_phrase(&phrase).lock(&secret, &place(&alice), &mut random).expect("locked");
    let secrets = [&tenant.approval, &tenant.transfer, &tenant.signing];
    let kit = kit::seal(&tenant.keys, secrets, &phrase, &mut random).expect("sealed");
    let export = export::seal(b"{}", "password", &mut random).expect("sealed");
    let stretching = Export::parse(&export).expect("an export").stretching;
    let password = LockingKey::of_password("password", &stretching).expect("stretched");
    Honest { alice, changed, tenant, changed_tenant, wrap, item, phrase, locked, kit, export, password }
});

/// Looks like a point, which is all that is looked at here.
fn point(number: u8) -> PublicKey {
    let mut octets = [number; 65];
    octets.iter_mut().take(1).for_each(|first| *first = 4);
    PublicKey::from_bytes(octets).expect("uncompressed")
}

pub(crate) fn pair(number: u8) -> Pair {
    Pair { public: point(number), private: Secret::from_bytes([number; 32]) }
}

fn binding(alice: &Begun) -> Binding<'static> {
    let purpose = Purpose::Device { share: &[7; 32] };
    let statement = alice.account.fingerprint();
    Binding { purpose, tenant: TENANT, owner: USER, recipient: "d_laptop", statement }
}

fn place(alice: &Begun) -> Place<'static> {
    Place { what: "recovery", tenant: TENANT, owner: USER, statement: alice.account.fingerprint() }
}

fn memory() -> Memory {
    Memory {
        tenant: TENANT.to_owned(),
        user: USER.to_owned(),
        account: Fingerprint::from_bytes([1; 32]),
        escrow: Some(Fingerprint::from_bytes([2; 32])),
        counter: 3,
    }
}

/// One of each, and two of what has two forms.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let honest = &*HONEST;
    let alice = &honest.alice;
    let mut random = Random::new(2);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let mut manifest = Manifest::default();
    let mut devices = Devices::default();
    for (id, number) in [("a", 1), ("b", 2)] {
        manifest.set(id, Entry::of(number.into(), id.as_bytes())).expect("room");
        let (id, name) = (id.to_owned(), "a name".to_owned());
        devices.set(Device { id, name, encryption: point(number), signing: point(number) }).expect("room");
    }
    let key = &honest.alice.vault_key;
    let shelf = Shelf { tenant: TENANT, vault: USER, page: None };
    let manifest = manifest.seal(&shelf, 1, key, &mut random).expect("sealed");
    let plain = devices.seal(&honest.alice.account, key, 1, &mut random).expect("sealed");
    devices.set_recovery(Some(point(3)));
    let devices = devices.seal(&honest.alice.account, key, 1, &mut random).expect("sealed");
    // The plaintexts, since nobody else can make the ciphertexts.
    let opened = |sealed: &Sealed, item, kind| {
        let context = Context { tenant: TENANT, vault: USER, item, kind, revision: 1 };
        sealed.open(key, &context, 1).expect("opened").to_vec()
    };
    let of = |format: u8, octets: &[u8]| [&[format], octets].concat();
    let account_keys = |begun: &Begun| {
        let sealed = begun.keys.seal(&begun.account, key, 1, &mut |bytes| bytes.fill(7)).expect("sealed");
        opened(&sealed, "account-keys", "account-keys")
    };
    let all = vec![
        of(0, honest.wrap.as_bytes()),
        of(1, &honest.changed.statement),
        of(2, &honest.changed_tenant.statement),
        of(3, &opened(&manifest, "root", "manifest")),
        of(4, &opened(&plain, "devices", "devices")),
        of(4, &opened(&devices, "devices", "devices")),
        of(5, &memory().to_bytes()),
        of(5, &Memory { escrow: None, ..memory() }.to_bytes()),
        of(6, &Stretching::generate(&mut random).to_bytes()),
        of(7, honest.item.as_bytes()),
        of(8, &honest.locked),
        of(9, honest.phrase.phrase().as_bytes()),
        of(10, &account_keys(alice)),
        of(10, &account_keys(&honest.changed)),
        of(11, b"otpauth://totp/Acme:alice?secret=JBSWY3DPEHPK3PXP&algorithm=SHA512&digits=8&period=60"),
        of(11, b"jbsw y3dp-ehpk 3pxp"),
        of(12, &honest.export),
        of(13, honest.kit.as_bytes()),
    ];
    all.into_iter().chain(states::seeds().iter().map(|script| of(14, script))).collect()
}

pub(crate) fn holds(bytes: &[u8]) -> bool {
    let Some((format, bytes)) = bytes.split_first() else { return false };
    let honest = &*HONEST;
    let alice = &honest.alice;
    match format % FORMATS {
        0 => {
            let Ok(wrap) = Wrap::from_bytes(bytes) else { return false };
            assert_eq!(wrap.as_bytes().as_slice(), bytes);
            let binding = binding(alice);
            let Ok(authentic) = wrap.authenticate(&binding, &point(7), alice.account.signing()) else {
                return false;
            };
            assert_eq!(wrap, honest.wrap, "nobody else can sign");
            let secret = authentic.open(SHARED).expect("what was signed opens");
            assert_eq!(secret.as_bytes(), alice.vault_key.as_bytes());
            true
        }
        1 => {
            let own = Account::claimed(bytes, TENANT, USER);
            let chain = [&alice.statement[..], bytes];
            let Ok(account) = Account::follow(&alice.account.fingerprint(), &chain, TENANT, USER) else {
                return false;
            };
            assert_eq!(account, honest.changed.account, "nobody else can sign");
            assert_eq!(own, Ok(account.fingerprint()));
            true
        }
        2 => {
            let chain = [&honest.tenant.statement[..], bytes];
            let Ok(keys) = TenantKeys::follow(&honest.tenant.keys.fingerprint(), &chain, TENANT) else {
                return false;
            };
            assert_eq!(keys, honest.changed_tenant.keys, "nobody else can sign");
            true
        }
        3 => {
            let Ok(manifest) = Manifest::decode(bytes) else { return false };
            let shelf = Shelf { tenant: TENANT, vault: USER, page: Some(1) };
            let sealed =
                manifest.seal(&shelf, 5, &alice.vault_key, &mut |bytes| bytes.fill(7)).expect("sealed");
            let again = Manifest::open(&sealed, &shelf, 5, 5, &alice.vault_key);
            assert_eq!(again, Ok(manifest));
            true
        }
        4 => {
            let Ok(devices) = Devices::decode(bytes) else { return false };
            let sealed = devices
                .seal(&alice.account, &alice.vault_key, 5, &mut |bytes| bytes.fill(7))
                .expect("sealed");
            assert_eq!(Devices::open(&sealed, &alice.account, &alice.vault_key, 5), Ok(devices));
            true
        }
        5 => {
            let Ok(memory) = Memory::from_bytes(bytes) else { return false };
            assert_eq!(memory.to_bytes(), bytes);
            true
        }
        6 => {
            let Ok(stretching) = Stretching::from_bytes(bytes) else { return false };
            assert_eq!(stretching.to_bytes().as_slice(), bytes);
            let asked = (stretching.memory, stretching.passes, stretching.lanes);
            let ((m, p, l), (most_m, most_p, most_l)) = (Stretching::LEAST, Stretching::MOST);
            assert!(m <= asked.0 && asked.0 <= most_m && p <= asked.1 && asked.1 <= most_p, "{asked:?}");
            assert!(l <= asked.2 && asked.2 <= most_l, "{asked:?}");
            true
        }
        7 => {
            let Ok(plaintext) = Sealed::from_bytes(bytes.to_vec()).open(&alice.vault_key, &CONTEXT, 1) else {
                return false;
            };
            assert_eq!((bytes, plaintext.as_slice()), (honest.item.as_bytes(), &b"{}"[..]));
            true
        }
        8 => {
            let key = LockingKey::of_phrase(&honest.phrase);
            let Ok(secret) = key.open(bytes, &place(alice)) else { return false };
            assert_eq!((bytes, secret.as_bytes()), (&honest.locked[..], alice.vault_key.as_bytes()));
            true
        }
        9 => {
            let Some(key) =
                core::str::from_utf8(bytes).ok().and_then(|text| RecoveryKey::from_phrase(text).ok())
            else {
                return false;
            };
            let again = RecoveryKey::from_phrase(&key.phrase()).expect("a phrase");
            assert_eq!(again.as_bytes(), key.as_bytes());
            true
        }
        10 => {
            let context = Context { item: "account-keys", kind: "account-keys", ..CONTEXT };
            let seal = |octets: &[u8]| {
                Sealed::seal(octets, &alice.vault_key, &context, &mut |bytes| bytes.fill(7)).expect("sealed")
            };
            let sealed = seal(bytes);
            let open = |account| AccountKeys::open(&sealed, account, &alice.vault_key, context.revision);
            let accounts = [&alice.account, &honest.changed.account];
            let opened = accounts.into_iter().find_map(|account| Some((open(account).ok()?, account)));
            let Some((keys, account)) = opened else { return false };
            assert_eq!(keys.signing().verifying_key().as_bytes(), account.signing());
            let again = keys.seal(account, &alice.vault_key, context.revision, &mut |bytes| bytes.fill(7));
            assert_eq!(again, Ok(sealed), "one spelling");
            true
        }
        11 => {
            let Some(totp) = core::str::from_utf8(bytes).ok().and_then(Totp::parse) else { return false };
            assert!((1..=3600).contains(&totp.period()));
            for time in [0, u64::MAX] {
                let code = totp.code(time);
                assert!((5..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()));
            }
            true
        }
        12 => {
            let Ok(export) = Export::parse(bytes) else { return false };
            // Who has another password is not here, and stretching one takes a third of a second.
            let Ok(plaintext) = export.open(&honest.password) else { return false };
            assert_eq!((bytes, plaintext.as_slice()), (&honest.export[..], &b"{}"[..]));
            true
        }
        13 => {
            let Ok(secrets) = kit::open(bytes, &honest.tenant.keys, &honest.phrase) else { return false };
            let TenantBegun { approval, transfer, signing, .. } = &honest.tenant;
            assert_eq!(
                secrets.each_ref().map(Secret::as_bytes),
                [approval, transfer, signing].map(Secret::as_bytes)
            );
            true
        }
        _ => states::holds(bytes),
    }
}
