//! Writes the vectors of the vault's formats: `cargo run -p keyward-vault --example vectors > tests/vectors/vault/vectors.json`.
//! `tests/vectors.rs` holds the file against this, `tests/judges/vault.py` opens it by another implementation.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a command that stops where it cannot go on")]

use keyward_testkit::Random;
use keyward_vault::{Context, FingerprintPhrase, RecoveryKey, Sealed, VaultKey};
use serde_json::{Value, json};

fn main() {
    println!("{}", text());
}

/// The file.
pub(crate) fn text() -> String {
    let all = json!({ "items": items(), "recovery": recovery(), "fingerprints": fingerprints() });
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
