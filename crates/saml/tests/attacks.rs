//! The attacks of `tests/vectors/saml`, each of which fools a naive verifier and gets nothing from this one.

use std::collections::BTreeMap;
use std::path::Path;

use keyward_saml::{Encoding, Policy, Refusal, Request, ResponseInput, VerifiedAssertion, pure};
use keyward_testkit::attacks::{self, Attack, Verdict};
use keyward_testkit::{Key, NOW, REQUEST, service_provider, trust_in};

fn verify(attack: &Attack) -> Result<VerifiedAssertion, Refusal> {
    let input = ResponseInput {
        response: &attack.message,
        encoding: Encoding::Xml,
        now: NOW,
        idp: &trust_in(attack.pinned),
        sp: &service_provider(),
        request: Request::Answers(REQUEST),
        policy: &Policy::default(),
    };
    // The testkit's keys protect nothing, so neither does their blinding.
    let keys = [Key::Sp.decryption_key()];
    pure::verify_response_with(&input, &keys, &mut |bytes| bytes.fill(7))?
        .answering(Request::Answers(REQUEST))
}

fn verdict(attack: &Attack) -> Verdict {
    match verify(attack) {
        Ok(verified) => Verdict::Accept(verified.name_id().map(|id| id.value.clone()).unwrap_or_default()),
        Err(refusal) => Verdict::Refuse(refusal.code().to_owned()),
    }
}

#[test]
fn every_attack_fools_a_naive_verifier_and_not_this_one() {
    let mut wrong = Vec::new();
    for attack in attacks::all() {
        if attack.fools().is_none() {
            wrong.push(format!("{}: fools nobody, so it is no attack", attack.name));
        }
        let got = verdict(&attack);
        if got != attack.verdict {
            wrong.push(format!("{}: {got:?} instead of {:?}", attack.name, attack.verdict));
        }
        // Where it is harmless, what the attacker wanted to be believed is not there.
        let believed = verify(&attack).is_ok_and(|verified| {
            verified.name_id().is_some_and(|id| id.value == attack.wants)
                || verified.attributes().iter().any(|each| each.values.contains(&attack.wants))
        });
        if believed {
            wrong.push(format!("{}: the attacker is believed", attack.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_files_are_the_attacks_and_read_back_as_they_were_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/saml");
    let mut expected: BTreeMap<String, Attack> =
        attacks::all().into_iter().map(|attack| (attack.name.clone(), attack)).collect();
    for entry in std::fs::read_dir(&folder).expect("the folder of vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8").to_owned();
        let (read, fools) = Attack::from_file(&name, &std::fs::read(&path).expect("a file"));
        let attack = expected
            .remove(&name)
            .unwrap_or_else(|| panic!("{name}: `keyward-testkit vectors` does not write it"));
        assert_eq!(
            (&read.verdict, &read.wants, read.pinned),
            (&attack.verdict, &attack.wants, attack.pinned),
            "{name}"
        );
        assert_eq!(read.message, attack.message, "{name}: write it anew by `keyward-testkit vectors`");
        assert_eq!(fools, attack.fools().map(|naive| naive.to_string()), "{name}");
    }
    let missing: Vec<_> = expected.keys().collect();
    assert!(missing.is_empty(), "not written: {missing:?}");
}

/// Every name in the table of known attacks is a vector, or a test of this crate or of the Worker.
#[test]
fn every_known_attack_is_tried_by_what_the_table_names() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    let mut folders = vec![here.join("tests"), here.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                sources.push_str(&std::fs::read_to_string(entry).unwrap_or_default());
            }
        }
    }
    let mut scripts = String::new();
    for folder in ["../../tests/worker", "../../tests/package"] {
        for entry in std::fs::read_dir(here.join(folder)).expect("tests in JavaScript") {
            scripts.push_str(&std::fs::read_to_string(entry.expect("an entry").path()).unwrap_or_default());
        }
    }
    let vectors: Vec<String> = attacks::all().into_iter().map(|attack| attack.name).collect();
    let table = include_str!("../../../docs/known-attacks.md");
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(2);
    let mut rows_seen = 0;
    for row in rows {
        let tried_by = row.rsplit(" | ").next().unwrap_or_default();
        let names: Vec<&str> = tried_by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing tries: {row}");
        for name in names {
            let is_test = sources.contains(&format!("#[test]\nfn {name}() {{"))
                || sources.contains(&format!("#[test]\n    fn {name}() {{"))
                || ["'", "`"].iter().any(|quote| scripts.contains(&format!("test({quote}{name}{quote},")));
            assert!(
                is_test || vectors.iter().any(|vector| vector == name),
                "{name} is neither a vector nor a test"
            );
        }
        rows_seen += 1;
    }
    assert!(rows_seen > 45, "only {rows_seen} rows");
}
