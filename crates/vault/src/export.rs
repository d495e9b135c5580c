//! What leaves a vault as a file: a table for spreadsheets and other programs, and anything at all sealed under a password
//! (vault format §13).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::Random;
use crate::lock::{LockError, LockingKey, Place, Stretching};
use crate::octets::framed;
use crate::statement::Fingerprint;
use crate::wrap::Secret;

/// How a sealed export begins.
pub const MAGIC: &[u8] = b"KEYWARD EXPORT\n";
/// What the JSON of an export says that it is.
pub const FORMAT: &str = "keyward-export";

const VERSION: u8 = 1;
const NONCE: usize = 12;
const COLUMNS: [&str; 10] =
    ["type", "title", "url", "username", "password", "totp", "note", "folder", "favourite", "fields"];
/// What a record has beside the columns, with what it is called in the last one.
const MORE: [(&str, &str); 9] = [
    ("holder", "Name on card"),
    ("number", "Card number"),
    ("expires", "Expires"),
    ("code", "Security code"),
    ("name", "Name"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("company", "Company"),
    ("address", "Address"),
];

/// What a formula begins with in a spreadsheet (OWASP, "CSV Injection"), and our own guard, so that it can be told from what was there
/// before.
const GUARDED: [char; 10] = ['=', '+', '-', '@', '\t', '\'', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// Whether a cell may begin behind it: a spreadsheet that separates by semicolons takes no notice of our quotes.
fn ends_cell(character: char) -> bool {
    matches!(character, ';' | '\r' | '\n')
}

fn guard(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len() + 1);
    let mut begins = true;
    for character in text.chars() {
        if begins && GUARDED.contains(&character) {
            guarded.push('\'');
        }
        guarded.push(character);
        begins = ends_cell(character);
    }
    guarded
}

/// A cell as it was before [`csv`] put guards into it.
pub(crate) fn without_guards(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut begins = true;
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        if begins && character == '\'' && characters.peek().is_some_and(|next| GUARDED.contains(next)) {
            begins = false;
            continue;
        }
        text.push(character);
        begins = ends_cell(character);
    }
    text
}

/// A table of an export's JSON: records as they are, and the titles of their folders. What a spreadsheet would run stands behind an
/// apostrophe.
pub fn csv(export: &Value) -> String {
    let list = |name: &str| export.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let folders: std::collections::BTreeMap<String, String> =
        list("folders").iter().map(|folder| (text(folder, "id"), text(folder, "title"))).collect();
    let mut table = COLUMNS.join(",");
    table.push_str("\r\n");
    for item in list("items") {
        let cells = COLUMNS.map(|column| match column {
            "type" if text(item, "type").is_empty() => "login".to_owned(),
            "folder" => folders.get(&text(item, "folder")).cloned().unwrap_or_default(),
            "favourite" => {
                let is = item.get("favourite").and_then(Value::as_bool).unwrap_or_default();
                (if is { "1" } else { "" }).to_owned()
            }
            "fields" => fields(item, &text),
            column => text(item, column),
        });
        let cells = cells.map(|cell| format!("\"{}\"", guard(&cell).replace('"', "\"\"")));
        table.push_str(&cells.join(","));
        table.push_str("\r\n");
    }
    table
}

fn fields(item: &Value, text: &impl Fn(&Value, &str) -> String) -> String {
    let own = MORE.iter().map(|(member, label)| ((*label).to_owned(), text(item, member)));
    let list = |name: &str| item.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let urls =
        list("urls").iter().map(|url| ("Website".to_owned(), url.as_str().unwrap_or_default().to_owned()));
    let custom = list("fields").iter().map(|field| (text(field, "name"), text(field, "value")));
    let lines = own.chain(urls).chain(custom).filter(|(_, value)| !value.is_empty());
    lines.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

const NOWHERE: Place<'static> =
    Place { what: "export", tenant: "", owner: "", statement: Fingerprint::from_bytes([0; 32]) };

/// Seals an export under a password, which the host has normalised (NFKC).
///
/// # Errors
/// None in practice: AES-GCM fails for lengths alone.
pub fn seal(plaintext: &[u8], password: &str, random: Random<'_>) -> Result<Vec<u8>, LockError> {
    let stretching = Stretching::generate(random);
    let mut key = Zeroizing::new([0; 32]);
    random(key.as_mut());
    let locked =
        LockingKey::of_password(password, &stretching)?.lock(&Secret::from_bytes(*key), &NOWHERE, random)?;
    let head = [MAGIC, &[VERSION], &stretching.to_bytes(), &locked].concat();
    let mut nonce = [0; NONCE];
    random(&mut nonce);
    let aad = framed(VERSION, &[b"export", &head]);
    let payload = Payload { msg: plaintext, aad: &aad };
    let sealed = Aes256Gcm::new((&*key).into())
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| LockError::Malformed)?;
    Ok([head.as_slice(), &nonce, &sealed].concat())
}

/// A sealed export, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export<'a> {
    /// How its password is stretched.
    pub stretching: Stretching,
    head: &'a [u8],
    locked: &'a [u8],
    nonce: &'a [u8; NONCE],
    sealed: &'a [u8],
}

impl<'a> Export<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// [`LockError`]: no sealed export, or a stretching that is not allowed.
    pub fn parse(file: &'a [u8]) -> Result<Export<'a>, LockError> {
        let rest = file.strip_prefix(MAGIC).ok_or(LockError::Malformed)?;
        let (version, rest) = rest.split_first().ok_or(LockError::Malformed)?;
        if *version != VERSION {
            return Err(LockError::Version { found: *version });
        }
        let (stretching, rest) = rest.split_at_checked(Stretching::LENGTH).ok_or(LockError::Malformed)?;
        let (locked, rest) = rest.split_at_checked(crate::lock::LENGTH).ok_or(LockError::Malformed)?;
        let head = file.get(..file.len() - rest.len()).unwrap_or_default();
        let (nonce, sealed) = rest.split_first_chunk().ok_or(LockError::Malformed)?;
        Ok(Export { stretching: Stretching::from_bytes(stretching)?, head, locked, nonce, sealed })
    }

    /// Opens it, by a key of its password.
    ///
    /// # Errors
    /// [`LockError`]: another password, or changed since.
    pub fn open(&self, key: &LockingKey) -> Result<Zeroizing<Vec<u8>>, LockError> {
        let key = key.open(self.locked, &NOWHERE)?;
        let aad = framed(VERSION, &[b"export", self.head]);
        Aes256Gcm::new(key.as_bytes().into())
            .decrypt(&Nonce::from(*self.nonce), Payload { msg: self.sealed, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| LockError::NotOpened)
    }
}

/// Opens one.
///
/// # Errors
/// [`LockError`]: another password, or changed since.
pub fn open(file: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, LockError> {
    let export = Export::parse(file)?;
    export.open(&LockingKey::of_password(password, &export.stretching)?)
}
