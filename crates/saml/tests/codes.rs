//! The codes are a contract: each is documented, and each is seen by a test.

#![expect(clippy::expect_used, reason = "a source that cannot be read should stop the test")]

use std::collections::BTreeSet;
use std::path::Path;

/// The codes of `Refusal::code`, read from its source.
fn codes() -> BTreeSet<&'static str> {
    let source = include_str!("../src/refusal.rs");
    let (_, body) = source.split_once("pub fn code(&self) -> &'static str {").expect("the function");
    let (body, _) = body.split_once("\n    }\n").expect("its end");
    let codes: BTreeSet<_> = body.split('"').skip(1).step_by(2).collect();
    assert!(codes.len() > 40, "only {codes:?} were found");
    codes
}

#[test]
fn every_code_is_documented_and_no_other() {
    let table = include_str!("../../../docs/saml-profile.md");
    let documented: BTreeSet<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code)
        .collect();
    assert_eq!(documented, codes());
}

#[test]
fn every_code_is_expected_by_a_test() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    let mut folders =
        vec![here.join("tests"), here.join("../../tests/vectors/saml"), here.join("../testkit/src/attacks")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                tests.push_str(&std::fs::read_to_string(entry).unwrap_or_default());
            }
        }
    }
    let unseen: Vec<_> = codes()
        .into_iter()
        .filter(|code| {
            !tests.contains(&format!("\"{code}\"")) && !tests.contains(&format!("refuse {code}\n"))
        })
        .collect();
    assert_eq!(unseen, [""; 0]);
}
