//! The door that files of other password managers come in by.

use keyward_vault::import::{
    FIELDS_MOST, HISTORY_MOST, Mapping, RECORD_MOST, RECORDS_MOST, Source, Target, UNREAD_MOST, read,
};
use serde_json::Value;

/// What one byte of a file may become: a field with a letter in it has a name, of 200 characters at most.
const GROWTH: usize = 512;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(include_bytes!(concat!("../../../tests/vectors/vault/import/", $name)).as_slice()),+]
    };
}

/// One of each. The first byte says which source is chosen; 0: none.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    files!(
        "chrome.csv",
        "firefox.csv",
        "safari.csv",
        "keeper.csv",
        "keeper.json",
        "bitwarden.csv",
        "bitwarden.json",
        "1password.csv",
        "1password.1pux",
        "lastpass.csv",
        "dashlane-credentials.csv",
        "dashlane-payments.csv",
        "keepass.xml",
        "keyward.json",
        "keyward.csv",
        "other.csv",
        "other-utf16.csv",
    )
    .iter()
    .map(|file| [&[0], *file].concat())
    .collect()
}

/// What is read is what a vault takes, there is no more of it than the file can hold, and it is the same when it is read again.
pub(crate) fn holds(bytes: &[u8]) -> bool {
    let Some((choice, bytes)) = bytes.split_first() else { return false };
    let source =
        usize::from(*choice).checked_sub(1).and_then(|number| Source::ALL.into_iter().cycle().nth(number));
    let targets = ["title", "password", "field", "url", "totp", "folder"];
    let targets = targets.iter().filter_map(|target| Target::parse(target)).collect();
    let mapping = Mapping { has_header: choice % 2 == 0, targets };
    let mapping = Some(&mapping).filter(|_| *choice > 127);
    let Ok(import) = read(bytes, source, mapping) else { return false };
    assert!(source.is_none_or(|source| source == import.source));
    assert!(import.records.len() <= RECORDS_MOST && import.unread.len() <= UNREAD_MOST);
    assert!(import.unread.len() <= import.unread_count);
    let mut length = 0;
    for record in &import.records {
        let item = &record.item;
        let text = Value::Object(item.clone()).to_string();
        assert!(text.len() <= RECORD_MOST);
        length += text.len();
        // One without a title is named by the page, in the words of its language.
        assert!(
            item.get("title")
                .is_none_or(|title| title.as_str().is_some_and(|title| !title.trim().is_empty()))
        );
        let list = |name: &str| item.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        assert!(list("fields") <= FIELDS_MOST && list("history") <= HISTORY_MOST);
        for member in ["imported", "folder", "id"] {
            assert!(!item.contains_key(member), "{member} is the vault's to say");
        }
    }
    // An archive is packed; what bounds it has tests of its own.
    assert!(bytes.starts_with(b"PK") || length <= (bytes.len() + 1) * GROWTH, "{length} of {}", bytes.len());
    assert_eq!(read(bytes, source, mapping).as_ref(), Ok(&import));
    serde_json::from_str::<Value>(&import.to_json()).expect("JSON");
    true
}
