//! Reads `tests/vectors/crypto` (its README.md says what is in a file).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) accept: bool,
    fields: BTreeMap<String, String>,
    /// What follows the fields: PEM, in the folder of certificates.
    pub(crate) rest: String,
}

impl Vector {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.fields.get(field).unwrap_or_else(|| panic!("{}: no {field}", self.name))
    }

    pub(crate) fn octets(&self, field: &str) -> Vec<u8> {
        keyward_saml::base64::decode(self.text(field).as_bytes())
            .unwrap_or_else(|| panic!("{}: {field} is not base64", self.name))
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/crypto").join(name)
}

/// Every vector of a folder, in the order of their names.
pub(crate) fn vectors(folder_name: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = fs::read_dir(folder(folder_name))
        .expect("the vectors are in the repository")
        .map(|entry| entry.expect("a directory entry").path())
        .filter(|path| !path.ends_with("private-key.pem"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a vector is text");
            let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
            let (verdict, mut rest) = text.split_once('\n').expect("a first line");
            let accept = match verdict {
                "accept" => true,
                "reject" => false,
                other => panic!("{name}: {other} is no verdict"),
            };
            let mut fields = BTreeMap::new();
            while let Some((line, after)) = rest.split_once('\n')
                && let Some((field, value)) = line.split_once(':')
            {
                fields.insert(field.to_owned(), value.trim().to_owned());
                rest = after;
            }
            Vector { name, accept, fields, rest: rest.to_owned() }
        })
        .collect();
    vectors.sort_by(|a, b| a.name.cmp(&b.name));
    vectors
}
