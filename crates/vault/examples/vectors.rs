//! Writes the vectors of the vault's formats: `cargo run -p keyward-vault --example vectors > tests/vectors/vault/vectors.json`.
//! `tests/vectors.rs` holds the file against this, `tests/judges/vault.py` opens it by another implementation.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a command that stops where it cannot go on")]

#[path = "../tests/support/mod.rs"]
mod support;

use keyward_testkit::Random;
use keyward_vault::{
    Account, Begun, Binding, Context, Devices, Entry, Fingerprint, FingerprintPhrase, LockingKey, Manifest,
    Memory, Place, Purpose, RecoveryKey, Sealed, Secret, Shelf, Stretching, TenantBegun, TenantKeys,
    VaultKey, device_phrase, export, kit,
};
use serde_json::{Value, json};
use support::{HostPair, TENANT, USER, begin, device, open, seal, secret};

fn main() {
    println!("{}", text());
}

/// The file.
pub(crate) fn text() -> String {
    let all = json!({
        "items": items(), "recovery": recovery(), "fingerprints": fingerprints(), "accounts": accounts(),
        "tenants": tenants(), "wraps": wraps(), "locks": locks(), "manifests": manifests(), "devices": devices(),
        "memories": memories(), "exports": exports(), "kits": kits(), "passwords": passwords(),
    });
    serde_json::to_string_pretty(&all).expect("JSON")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn items() -> Vec<Value> {
    let here = Context { tenant: "t_1", vault: "v_1", item: "i_1", kind: "item", revision: 7 };
    let cases = [
        (&b""[..], here),
        (b"{\"title\":\"Bank\",\"password\":\"correct horse\"}", here),
        (&[0; 255], Context { kind: "folder", revision: 0, ..here }),
        (&[0x80; 256], Context { tenant: "", vault: "", item: "", kind: "", revision: u64::MAX }),
        (&[7; 5000], Context { tenant: "Zürich", item: "i\u{0}1", ..here }),
    ];
    (1..)
        .zip(cases)
        .map(|(seed, (plaintext, context))| {
            let mut random = Random::new(seed);
            let key = VaultKey::generate(&mut |bytes| random.fill(bytes));
            let sealed = Sealed::seal(plaintext, &key, &context, &mut |bytes| random.fill(bytes)).expect("sealed");
            let Context { tenant, vault, item, kind, revision } = context;
            json!({
                "vaultKey": hex(key.as_bytes()), "tenant": tenant, "vault": vault, "item": item, "kind": kind,
                "revision": revision.to_string(), "plaintext": hex(plaintext), "sealed": hex(sealed.as_bytes()),
            })
        })
        .collect()
}

fn recovery() -> Vec<Value> {
    (1..4)
        .map(|seed| {
            let mut random = Random::new(seed);
            let key = RecoveryKey::generate(&mut |bytes| random.fill(bytes));
            json!({ "key": hex(key.as_bytes()), "phrase": key.phrase().as_str() })
        })
        .collect()
}

fn fingerprints() -> Vec<Value> {
    [("device", &[&b"device key"[..], b"account"][..]), ("account", &[b""]), ("tenant", &[])]
        .map(|(purpose, parts)| {
            let octets: Vec<String> = parts.iter().map(|part| hex(part)).collect();
            json!({ "purpose": purpose, "parts": octets, "phrase": FingerprintPhrase::of(purpose, parts).to_string() })
        })
        .to_vec()
}

/// An account with two states of its keys: what a chain, the sealed private keys and the words for a new device look like.
fn rotated() -> [Begun; 2] {
    let (first, mut random) = (begin(1), Random::new(3));
    let pair = HostPair::new(20).pair();
    let second = first.account.rotate(&first.keys, &first.vault_key, pair, &mut |bytes| random.fill(bytes));
    [first, second.expect("changed")]
}

fn accounts() -> Vec<Value> {
    let mut random = Random::new(4);
    let states = rotated();
    let chain: Vec<String> = states.iter().map(|begun| hex(&begun.statement)).collect();
    (1..)
        .zip(&states)
        .map(|(count, begun)| {
            let sealed = begun
                .keys
                .seal(&begun.account, &begun.vault_key, 9, &mut |bytes| random.fill(bytes))
                .expect("sealed");
            let former = begun.keys.former().map(|key| hex(key.as_bytes()));
            let phone = device("d_phone", 30);
            json!({
                "tenant": TENANT, "user": USER, "chain": chain.get(..count), "vaultKey": hex(begun.vault_key.as_bytes()),
                "fingerprint": hex(begun.account.fingerprint().as_bytes()), "keysRevision": "9",
                "keys": hex(sealed.as_bytes()), "signing": hex(begun.keys.signing().as_bytes()),
                "decryption": hex(begun.keys.decryption().as_bytes()), "former": former,
                "device": { "id": phone.id, "encryption": hex(phone.encryption.as_bytes()), "signing": hex(phone.signing.as_bytes()) },
                "phrase": begun.account.phrase().to_string(),
                "devicePhrase": device_phrase(&phone, &begun.account.fingerprint()).to_string(),
            })
        })
        .collect()
}

fn tenants() -> Vec<Value> {
    let mut random = Random::new(6);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let pair = |seed| HostPair::new(seed).pair();
    let first = TenantKeys::begin(TENANT, pair(50), pair(51), &mut random);
    let second = first.keys.rotate(&first.signing, pair(54), pair(55), &mut random);
    let chain = [hex(&first.statement), hex(&second.statement)];
    (1..)
        .zip([first, second])
        .map(|(count, begun)| {
            json!({
                "tenant": TENANT, "chain": chain.get(..count), "fingerprint": hex(begun.keys.fingerprint().as_bytes()),
                "phrase": begun.keys.phrase().to_string(), "escrowRecipient": begun.keys.recipient(), "approval": hex(begun.approval.as_bytes()),
                "transfer": hex(begun.transfer.as_bytes()), "signing": hex(begun.signing.as_bytes()),
            })
        })
        .collect()
}

fn organisation() -> TenantBegun {
    let mut random = Random::new(6);
    TenantKeys::begin(TENANT, HostPair::new(50).pair(), HostPair::new(51).pair(), &mut |bytes| {
        random.fill(bytes)
    })
}

/// Everything that one person, or one organisation, seals for another: each in the name of whose secret it is, by who may.
fn wraps() -> Vec<Value> {
    let (alice, tenant, share) = (begin(1), organisation(), [7; 32]);
    let mut random = Random::new(2);
    let pair = HostPair::new(1002).pair();
    let admin = Account::begin(TENANT, "u_admin", pair, &mut |bytes| random.fill(bytes));
    let (vault_key, escrow) = (secret(&alice), tenant.keys.recipient());
    let own = |purpose, recipient| {
        let (owner, statement) = (USER, alice.account.fingerprint());
        Binding { purpose, tenant: TENANT, owner, recipient, statement }
    };
    let grant = |purpose| tenant.keys.grant(purpose, "u_bob");
    let all = [
        ("device", own(Purpose::Device { share: &share }, "d_laptop"), &vault_key, &alice),
        ("recovery", own(Purpose::Recovery, USER), &vault_key, &alice),
        ("approval", own(Purpose::Approval, &escrow), &vault_key, &alice),
        ("transfer", own(Purpose::Transfer, &escrow), &vault_key, &alice),
        ("handover", own(Purpose::Handover, "u_bob"), &vault_key, &admin),
        ("grant-approval", grant(Purpose::GrantApproval), &tenant.approval, &admin),
        ("grant-transfer", grant(Purpose::GrantTransfer), &tenant.transfer, &admin),
        ("grant-signing", grant(Purpose::GrantSigning), &tenant.signing, &admin),
    ];
    (10..)
        .zip(all)
        .map(|(seed, (label, binding, secret, signer))| {
            let by = HostPair::new(seed);
            let wrap = seal(secret, &binding, &by.public(), signer.keys.signing(), seed + 100);
            let import = HostPair::import(&by.pair().private);
            let opened = open(&wrap, &binding, &import, signer.account.signing()).expect("opened");
            let Binding { owner, recipient, statement, .. } = binding;
            let chain = if owner == TENANT { &tenant.statement } else { &alice.statement };
            json!({
                "purpose": label, "tenant": TENANT, "owner": owner, "recipient": recipient, "chain": [hex(chain)],
                "statement": hex(statement.as_bytes()), "share": (label == "device").then(|| hex(&share)),
                "recipientKey": hex(by.pair().private.as_bytes()), "signer": hex(signer.account.signing()),
                "wrap": hex(wrap.as_bytes()), "secret": hex(opened.as_bytes()),
            })
        })
        .collect()
}

fn locks() -> Vec<Value> {
    let mut random = Random::new(8);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let stretching = Stretching::generate(&mut random);
    let recovery = RecoveryKey::generate(&mut random);
    let password = "pāsswörd with a space";
    let (kit, account) = (Fingerprint::from_bytes([9; 32]), begin(1).account.fingerprint());
    let keys = [
        (
            "recovery",
            LockingKey::of_phrase(&recovery),
            Place { what: "recovery", tenant: TENANT, owner: USER, statement: account },
        ),
        (
            "recovery",
            LockingKey::of_phrase(&recovery),
            Place { what: "approval", tenant: TENANT, owner: TENANT, statement: kit },
        ),
        (
            "password",
            LockingKey::of_password(password, &stretching).expect("stretched"),
            Place { what: "vault-key", tenant: TENANT, owner: USER, statement: account },
        ),
    ];
    keys.iter()
        .map(|(label, key, place)| {
            let locked = key.lock(&Secret::from_bytes([5; 32]), place, &mut random).expect("locked");
            let is_password = *label == "password";
            json!({
                "label": label, "phrase": (!is_password).then(|| recovery.phrase().to_string()),
                "password": is_password.then_some(password),
                "stretching": is_password.then(|| hex(&stretching.to_bytes())), "what": place.what, "tenant": place.tenant,
                "owner": place.owner, "statement": hex(place.statement.as_bytes()), "locked": hex(&locked),
                "secret": hex(&[5; 32]), "proof": hex(key.proof(place.tenant, place.owner).as_bytes()),
            })
        })
        .collect()
}

fn manifests() -> Vec<Value> {
    let alice = begin(1);
    let mut random = Random::new(5);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let mut page = Manifest::default();
    let mut entries = Vec::new();
    for (id, revision, sealed) in [("i_1", 3, &b"one"[..]), ("i_2", u64::MAX, b""), ("i_ü", 9, b"three")] {
        page.set(id, Entry::of(revision, sealed)).expect("room");
        entries.push(json!({
            "id": id, "revision": revision.to_string(), "sealed": hex(sealed), "page": Manifest::page_of(id),
        }));
    }
    [(Some(7), page, entries), (None, Manifest::default(), Vec::new())]
        .map(|(number, manifest, entries)| {
            let shelf = Shelf { tenant: TENANT, vault: USER, page: number };
            let sealed = manifest.seal(&shelf, 12, &alice.vault_key, &mut random).expect("sealed");
            json!({
                "tenant": TENANT, "vault": USER, "id": shelf.id(), "revision": "12", "entries": entries,
                "vaultKey": hex(alice.vault_key.as_bytes()), "sealed": hex(sealed.as_bytes()),
            })
        })
        .to_vec()
}

fn devices() -> Vec<Value> {
    let alice = begin(1);
    let mut random = Random::new(5);
    let mut devices = Devices::default();
    let all = [device("d_laptop", 10), device("d_phone", 30)];
    let listed: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({
                "id": one.id, "name": one.name, "encryption": hex(one.encryption.as_bytes()),
                "signing": hex(one.signing.as_bytes()),
            })
        })
        .collect();
    for one in all {
        devices.set(one).expect("room");
    }
    [None, Some(HostPair::new(40).public())]
        .map(|recovery| {
            devices.set_recovery(recovery);
            let sealed = devices
                .seal(&alice.account, &alice.vault_key, 5, &mut |bytes| random.fill(bytes))
                .expect("sealed");
            json!({
                "tenant": TENANT, "user": USER, "revision": "5", "vaultKey": hex(alice.vault_key.as_bytes()),
                "devices": listed, "recovery": recovery.map(|key| hex(key.as_bytes())), "sealed": hex(sealed.as_bytes()),
            })
        })
        .to_vec()
}

fn memories() -> Vec<Value> {
    [None, Some([8; 32])]
        .map(|escrow| {
            let memory = Memory {
                tenant: TENANT.to_owned(),
                user: USER.to_owned(),
                account: Fingerprint::from_bytes([7; 32]),
                escrow: escrow.map(Fingerprint::from_bytes),
                counter: 12,
            };
            json!({
                "tenant": TENANT, "user": USER, "account": hex(&[7; 32]), "escrow": escrow.map(|escrow| hex(&escrow)),
                "counter": "12", "octets": hex(&memory.to_bytes()),
            })
        })
        .to_vec()
}

fn exports() -> Vec<Value> {
    let json = "{\"format\":\"keyward-export\",\"version\":1,\"folders\":[],\"items\":[{\"id\":\"i_1\",\"title\":\"Zürich\"}]}";
    (1..)
        .zip([("correct horse battery", json), ("ein Paßwort", "")])
        .map(|(seed, (password, content))| {
            let mut random = Random::new(seed);
            let sealed = export::seal(content.as_bytes(), password, &mut |bytes| random.fill(bytes));
            let sealed = sealed.expect("sealed");
            json!({ "password": password, "content": content, "sealed": hex(&sealed) })
        })
        .collect()
}

/// A kit of each of two states of an organisation's keys, and what shows a server that one was brought back.
fn kits() -> Vec<Value> {
    let mut random = Random::new(12);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let first = organisation();
    let pair = |seed| HostPair::new(seed).pair();
    let second = first.keys.rotate(&first.signing, pair(54), pair(55), &mut random);
    let chain = [hex(&first.statement), hex(&second.statement)];
    (1..)
        .zip([first, second])
        .map(|(count, TenantBegun { keys, approval, transfer, signing, .. })| {
            let phrase = RecoveryKey::generate(&mut random);
            let file = kit::seal(&keys, [&approval, &transfer, &signing], &phrase, &mut random).expect("sealed");
            let (origin, session) = ("https://vault.acme.test", hex(&[3; 32]));
            let proof = TenantKeys::prove(&signing, &[origin, TENANT, USER, &session].join("\n"));
            json!({
                "tenant": TENANT, "chain": chain.get(..count), "phrase": phrase.phrase().to_string(), "file": file,
                "approval": hex(approval.as_bytes()), "transfer": hex(transfer.as_bytes()),
                "signing": hex(signing.as_bytes()), "origin": origin, "user": USER, "session": session,
                "proof": hex(&proof),
            })
        })
        .collect()
}

/// What is sent in the place of an admin's password; what is typed, a host has normalised.
fn passwords() -> Vec<Value> {
    let typed = [
        ("admin@acme.test", "four score & 7", "four score & 7"),
        ("zoë@acme.test", "\u{FB01}nd Zoe\u{308}", "find Zo\u{EB}"),
    ];
    (1..)
        .zip(typed)
        .map(|(seed, (email, typed, password))| {
            let mut random = Random::new(seed);
            let stretching = Stretching::generate(&mut |bytes| random.fill(bytes));
            let key = LockingKey::of_password(password, &stretching).expect("stretched");
            let sent = key.proof("keyward outside single sign-on", email);
            json!({ "email": email, "typed": typed, "salt": hex(&stretching.salt), "sent": hex(sent.as_bytes()) })
        })
        .collect()
}
