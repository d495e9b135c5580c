//! JSON: Bitwarden's, Keeper's, ours. Text and depth are `serde_json`'s to judge; a record that is not laid out as its source
//! lays records out costs itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::draft::{Draft, Kind, day};
use super::own::{self, time};
use super::tables::{expiry, keeper_field, keeper_folder, spaced};
use super::{Import, ImportError, Reason, Record, Source};

pub(super) type Object = Map<String, Value>;

pub(super) fn parse(text: &str) -> Result<Value, ImportError> {
    serde_json::from_str(text)
        .map_err(|error| ImportError::Json { line: error.line(), column: error.column() })
}

pub(super) fn read(text: &str, source: Option<Source>) -> Result<Import, ImportError> {
    let value = parse(text)?;
    let has = |name: &str| value.get(name).is_some_and(Value::is_array);
    let found = if value.get("format").and_then(Value::as_str) == Some(crate::export::FORMAT) {
        Source::Keyward
    } else if value.get("encrypted").is_some() || has("items") {
        Source::Bitwarden
    } else if has("records") || value.is_array() {
        Source::Keeper
    } else if has("accounts") {
        Source::OnePassword
    } else {
        return Err(ImportError::Unknown);
    };
    if source.is_some_and(|source| source != found) {
        return Err(ImportError::OtherSource);
    }
    match (found, &value) {
        (Source::Keyward, Value::Object(object)) => own::read(object),
        (Source::Bitwarden, Value::Object(object)) => bitwarden(object),
        (Source::OnePassword, Value::Object(object)) => super::onepux::records(object),
        _ => keeper(&value),
    }
}

/// The members of an object, of the types that they should have.
pub(super) trait Members {
    fn text(&self, name: &str) -> &str;
    fn list(&self, name: &str) -> &[Value];
    fn object(&self, name: &str) -> Option<&Object>;
    fn is(&self, name: &str) -> bool;
}

impl Members for Object {
    fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }
    fn list(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
    fn object(&self, name: &str) -> Option<&Object> {
        self.get(name).and_then(Value::as_object)
    }
    fn is(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}

/// A value as a person would read it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn bitwarden(file: &Object) -> Result<Import, ImportError> {
    if file.is("encrypted") || file.is("passwordProtected") {
        return Err(ImportError::Encrypted);
    }
    let named = |list: &str| -> BTreeMap<String, String> {
        let entries = file.list(list).iter().filter_map(Value::as_object);
        entries.map(|it| (it.text("id").to_owned(), it.text("name").to_owned())).collect()
    };
    let (folders, collections) = (named("folders"), named("collections"));
    let mut import = Import::new(Source::Bitwarden);
    for (row, item) in (1..).zip(file.list("items")) {
        if item.get("deletedDate").is_some_and(Value::is_string) {
            import.trashed += 1;
            continue;
        }
        import.attachments += item.as_object().map_or(0, |item| item.list("attachments").len());
        let record = item.as_object().ok_or(Reason::Shape).and_then(|item| {
            let shared = item.list("collectionIds").iter().filter_map(Value::as_str);
            let own = folders.get(item.text("folderId")).into_iter();
            let all = own.chain(shared.filter_map(|id| collections.get(id)));
            bitwarden_record(row, item, &all.map(String::as_str).collect::<Vec<_>>())
        });
        import.take(row, record)?;
    }
    Ok(import)
}

/// Kinds of records that a vault has none of, by the member that has their parts.
const NOTED: [&str; 4] = ["sshKey", "bankAccount", "driversLicense", "passport"];

fn bitwarden_record(row: usize, item: &Object, folders: &[&str]) -> Result<Record, Reason> {
    let kind = match item.get("type").and_then(Value::as_i64) {
        Some(1) => Kind::Login,
        Some(2) => Kind::Note,
        Some(3) => Kind::Card,
        Some(4) => Kind::Identity,
        // An SSH key, a bank account, a licence, a passport is what stands in its fields.
        Some(5..) if NOTED.iter().any(|name| item.object(name).is_some()) => Kind::Note,
        _ => return Err(Reason::Shape),
    };
    let mut draft = Draft::new(kind, String::new(), item.is("favorite"));
    draft.folders(folders);
    draft.set("title", item.text("name"));
    draft.set("note", item.text("notes"));
    if let Some(login) = item.object("login") {
        draft.set("username", login.text("username"));
        draft.set("password", login.text("password"));
        draft.set("totp", login.text("totp"));
        for uri in login.list("uris").iter().filter_map(Value::as_object) {
            draft.set("url", uri.text("uri"));
        }
        if !login.list("fido2Credentials").is_empty() {
            draft.passkey();
        }
    }
    if let Some(card) = item.object("card") {
        draft.set("holder", card.text("cardholderName"));
        draft.set("number", card.text("number"));
        draft.set("code", card.text("code"));
        draft.set("expires", &expiry(card.text("expMonth"), card.text("expYear")));
        draft.labelled("brand", card.text("brand"), false);
    }
    if let Some(identity) = item.object("identity") {
        bitwarden_identity(&mut draft, identity);
    }
    if let Some(key) = item.object("sshKey") {
        draft.labelled("private-key", key.text("privateKey"), true);
        draft.labelled("public-key", key.text("publicKey"), false);
        draft.labelled("fingerprint", key.text("keyFingerprint"), false);
    }
    for (name, value) in NOTED.iter().skip(1).filter_map(|name| item.object(name)).flatten() {
        draft.field(&spaced(name), &shown(value), name.ends_with("Number") || name == "pin");
    }
    for field in item.list("fields").iter().filter_map(Value::as_object) {
        let value = field.get("value").map(shown).unwrap_or_default();
        draft.field(field.text("name"), &value, field.get("type").and_then(Value::as_i64) == Some(1));
    }
    for former in item.list("passwordHistory").iter().filter_map(Value::as_object) {
        draft.former(former.text("password"), time(former.get("lastUsedDate")));
    }
    draft.finish(row)
}

fn bitwarden_identity(draft: &mut Draft, identity: &Object) {
    let joined = |names: &[&str], between: &str| {
        let parts = names.iter().map(|name| identity.text(name)).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(between)
    };
    draft.set("name", &joined(&["title", "firstName", "middleName", "lastName"], " "));
    let town = joined(&["postalCode", "city"], " ");
    let lines =
        [joined(&["address1", "address2", "address3"], "\n"), town, joined(&["state", "country"], ", ")];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    draft.set("address", &lines.join("\n"));
    for member in ["email", "phone", "company"] {
        draft.set(member, identity.text(member));
    }
    draft.labelled("username", identity.text("username"), false);
    for (name, label) in
        [("ssn", "social-security-number"), ("passportNumber", "passport"), ("licenseNumber", "licence")]
    {
        draft.labelled(label, identity.text(name), true);
    }
}

/// The object that Keeper writes now, and the list that it wrote before.
fn keeper(file: &Value) -> Result<Import, ImportError> {
    let records = match file {
        Value::Array(list) => list.as_slice(),
        Value::Object(object) => object.list("records"),
        _ => &[],
    };
    let mut import = Import::new(Source::Keeper);
    for (row, record) in (1..).zip(records) {
        if let Some(record) = record.as_object() {
            import.attachments += record.list("attachments").len();
        }
        import.take(row, record.as_object().ok_or(Reason::Shape).and_then(|it| keeper_record(row, it)))?;
    }
    Ok(import)
}

fn keeper_record(row: usize, record: &Object) -> Result<Record, Reason> {
    let kind = match record.text("$type") {
        "encryptedNotes" | "file" => Kind::Note,
        "bankCard" => Kind::Card,
        "contact" | "address" => Kind::Identity,
        _ => Kind::Login,
    };
    // Each is a shared folder, one of the person's own, or one within a shared one.
    let entries = record.list("folders").iter().filter_map(Value::as_object);
    let mut folders: Vec<String> =
        entries.map(|entry| keeper_folder(entry.text("shared_folder"), entry.text("folder"))).collect();
    folders.push(record.text("folder").to_owned());
    let mut draft = Draft::new(kind, String::new(), false);
    draft.folders(&folders.iter().map(String::as_str).collect::<Vec<_>>());
    draft.set("title", record.text("title"));
    draft.set("note", record.text("notes"));
    draft.set("username", record.text("login"));
    draft.set("password", record.text("password"));
    draft.set("url", record.text("login_url"));
    match record.get("custom_fields") {
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                // Several of one name are a list.
                let values = value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice);
                values.iter().for_each(|value| keeper_value(&mut draft, name, value));
            }
        }
        Some(Value::Array(fields)) => {
            for field in fields.iter().filter_map(Value::as_object) {
                keeper_value(&mut draft, field.text("name"), field.get("value").unwrap_or(&Value::Null));
            }
        }
        _ => {}
    }
    draft.finish(row)
}

/// In milliseconds.
const HALF_DAY: i64 = 12 * 60 * 60 * 1000;

fn keeper_value(draft: &mut Draft, name: &str, value: &Value) {
    let kind = name.trim_start_matches('$').split(':').next().unwrap_or_default();
    let Some(parts) = value.as_object() else {
        let text = match (kind, value.as_i64()) {
            // Midnight wherever it was exported, in milliseconds: half a day on, it is that day everywhere.
            ("date" | "birthDate" | "expirationDate", Some(at)) if name.starts_with('$') => {
                day(at.saturating_add(HALF_DAY).div_euclid(2 * HALF_DAY))
            }
            _ => shown(value),
        };
        return keeper_field(draft, name, &text);
    };
    let joined = |names: &[&str], between: &str| {
        let texts = names.iter().map(|name| parts.text(name)).filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>().join(between)
    };
    match kind {
        "paymentCard" => {
            draft.set("number", parts.text("cardNumber"));
            draft.set("code", parts.text("cardSecurityCode"));
            let expires = parts.text("cardExpirationDate");
            let (month, year) = expires.split_once('/').unwrap_or(("", expires));
            draft.set("expires", &expiry(month, year));
        }
        "name" => draft.set("name", &joined(&["first", "middle", "last"], " ")),
        "phone" => draft.set("phone", &joined(&["region", "number", "ext"], " ")),
        "address" => {
            let town = joined(&["zip", "city"], " ");
            let lines = [joined(&["street1", "street2"], "\n"), town, joined(&["state", "country"], ", ")];
            let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            draft.set("address", &lines.join("\n"));
        }
        _ => {
            for (part, value) in parts {
                let is_hidden = matches!(kind, "keyPair" | "securityQuestion" | "bankAccount" | "passkey");
                draft.field(&spaced(part), &shown(value), is_hidden);
            }
        }
    }
}
