//! The vectors are what the code makes: a change of a format is a change of a file that others read.

#[path = "../examples/vectors.rs"]
#[expect(dead_code, reason = "its command")]
mod vectors;

#[test]
fn the_file_is_what_the_code_makes() {
    assert_eq!(vectors::text().trim(), include_str!("../../../tests/vectors/vault/vectors.json").trim());
}
