//! What we export ourselves, read again: the JSON, and the columns of the table.

use serde_json::{Map, Value};

use super::draft::{milliseconds, sized};
use super::{FIELDS_MOST, HISTORY_MOST, Import, ImportError, Reason, Record, Source, Target};

/// The columns of the table.
pub(super) const COLUMNS: &[(&str, Target)] = &[
    ("type", Target::Type),
    ("title", Target::Text("title")),
    ("url", Target::Text("url")),
    ("username", Target::Text("username")),
    ("password", Target::Text("password")),
    ("totp", Target::Text("totp")),
    ("note", Target::Text("note")),
    ("folder", Target::Folder),
    ("favourite", Target::Favourite),
    ("fields", Target::Fields),
];
/// What tells it from others' tables.
pub(super) const NEEDS: &[&str] =
    &["type", "title", "url", "username", "password", "totp", "note", "folder", "favourite", "fields"];

pub(super) fn read(value: &Map<String, Value>) -> Result<Import, ImportError> {
    let list = |name: &str| value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let folders: Vec<(&str, &str)> = list("folders")
        .iter()
        .filter_map(|folder| Some((folder.get("id")?.as_str()?, folder.get("title")?.as_str()?)))
        .collect();
    // Looked up by halves: both lists are somebody else's and may be long.
    let folders: std::collections::BTreeMap<&str, &str> = folders.into_iter().collect();
    let mut import = Import::new(Source::Keyward);
    for (row, item) in (1..).zip(list("items")) {
        import.take(row, record(row, item, &folders))?;
    }
    Ok(import)
}

fn record(
    row: usize,
    item: &Value,
    folders: &std::collections::BTreeMap<&str, &str>,
) -> Result<Record, Reason> {
    let item = item.as_object().ok_or(Reason::Shape)?;
    let folder = item.get("folder").and_then(Value::as_str).and_then(|id| folders.get(id)).copied();
    let mut kept = Map::new();
    for (name, value) in item {
        let is_of_its_form = match name.as_str() {
            // These are this vault's to say.
            "id" | "folder" | "imported" => continue,
            "type" => matches!(value.as_str(), Some("login" | "note" | "card" | "identity")),
            "title" => value.as_str().is_some_and(|title| !title.trim().is_empty()),
            "username" | "password" | "url" | "totp" | "note" | "holder" | "number" | "expires" | "code"
            | "name" | "email" | "phone" | "company" | "address" => value.is_string(),
            "favourite" => value.is_boolean(),
            "trashed" => value.is_null() || value.is_i64(),
            "urls" => each(value, FIELDS_MOST, Value::is_string),
            "fields" => each(value, FIELDS_MOST, |field| {
                let is_text = |name: &str| field.get(name).is_some_and(Value::is_string);
                is_text("name") && is_text("value") && field.get("hidden").is_none_or(Value::is_boolean)
            }),
            "history" => each(value, HISTORY_MOST, |former| {
                let is_time = former.get("until").is_none_or(|until| until.is_null() || until.is_i64());
                former.get("password").is_some_and(Value::is_string) && is_time
            }),
            // A later version's.
            _ => true,
        };
        if !is_of_its_form {
            return Err(Reason::Shape);
        }
        kept.insert(name.clone(), value.clone());
    }
    if !kept.contains_key("title") {
        return Err(Reason::Shape);
    }
    sized(kept, folder.unwrap_or_default().to_owned(), row)
}

fn each(value: &Value, most: usize, is_of_its_form: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|list| list.len() <= most && list.iter().all(is_of_its_form))
}

/// A time that a file writes in ISO 8601.
pub(super) fn time(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_str).and_then(milliseconds)
}
