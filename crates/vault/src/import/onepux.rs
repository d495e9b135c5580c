//! 1PUX, what 1Password exports: a ZIP archive whose `export.data` is JSON. It is unpacked to a bound, whatever it says of its
//! own size, and compared with its checksum.

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use rawzip::{CompressionMethod, ZipArchive};
use serde_json::Value;

use super::draft::{Draft, Kind, day};
use super::json::{Members, Object, parse, shown};
use super::tables::expiry;
use super::{ARCHIVE_FILES_MOST, Import, ImportError, Reason, Record, Source, UNPACKED_MOST};

const DATA: &[u8] = b"export.data";

pub(super) fn read(bytes: &[u8]) -> Result<Import, ImportError> {
    let unpacked = unpack(bytes).ok_or(ImportError::Archive)?;
    let text = core::str::from_utf8(&unpacked).map_err(|_| ImportError::NotText)?;
    match parse(text)? {
        Value::Object(file) => records(&file),
        _ => Err(ImportError::Archive),
    }
}

fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let archive = ZipArchive::from_slice(bytes).ok()?;
    let mut entries = archive.entries();
    let mut found = None;
    for _ in 0..ARCHIVE_FILES_MOST {
        let Some(entry) = entries.next_entry().ok()? else { break };
        if entry.file_path().as_ref() == DATA {
            // Two of one name: which one is read would be anybody's choice.
            if found.is_some() {
                return None;
            }
            found = Some((entry.wayfinder(), entry.compression_method()));
        }
    }
    let (wayfinder, method) = found?;
    let entry = archive.get_entry(wayfinder).ok()?;
    let unpacked = match method {
        CompressionMethod::STORE if entry.data().len() <= UNPACKED_MOST => entry.data().to_vec(),
        CompressionMethod::DEFLATE => decompress_to_vec_with_limit(entry.data(), UNPACKED_MOST).ok()?,
        _ => return None,
    };
    let claimed = entry.claim_verifier();
    let is_whole = rawzip::crc32(&unpacked) == claimed.crc
        && u64::try_from(unpacked.len()).is_ok_and(|size| size == claimed.uncompressed_size);
    is_whole.then_some(unpacked)
}

pub(super) fn records(file: &Object) -> Result<Import, ImportError> {
    let mut import = Import::new(Source::OnePassword);
    let mut row = 0;
    for account in file.list("accounts").iter().filter_map(Value::as_object) {
        let vaults = account.list("vaults");
        for vault in vaults.iter().filter_map(Value::as_object) {
            let name = vault.object("attrs").map_or("", |attrs| attrs.text("name"));
            for item in vault.list("items") {
                row += 1;
                let Some(item) = item.as_object() else {
                    import.take(row, Err(Reason::Shape))?;
                    continue;
                };
                // Older versions wrap each item.
                let item = item.object("item").unwrap_or(item);
                if item.text("state") == "deleted" || item.is("trashed") {
                    import.trashed += 1;
                    continue;
                }
                // Where there is one vault only, its name says nothing.
                let folder = if vaults.len() > 1 { name } else { "" };
                let record = record(row, item, folder, &mut import.attachments);
                import.take(row, record)?;
            }
        }
    }
    Ok(import)
}

fn record(row: usize, item: &Object, vault: &str, attachments: &mut usize) -> Result<Record, Reason> {
    let overview = item.object("overview").ok_or(Reason::Shape)?;
    let details = item.object("details").ok_or(Reason::Shape)?;
    let kind = match item.text("categoryUuid") {
        "002" => Kind::Card,
        "003" | "006" => Kind::Note,
        "004" => Kind::Identity,
        _ => Kind::Login,
    };
    let tags: Vec<&str> = overview.list("tags").iter().filter_map(Value::as_str).collect();
    let folder = [vault, tags.first().copied().unwrap_or_default()].join("/");
    let is_favourite = item.get("favIndex").and_then(Value::as_i64).is_some_and(|index| index > 0);
    let mut draft = Draft::new(kind, folder, is_favourite);
    draft.set("title", overview.text("title"));
    draft.set("url", overview.text("url"));
    for url in overview.list("urls").iter().filter_map(Value::as_object) {
        draft.set("url", url.text("url"));
    }
    draft.set("note", details.text("notesPlain"));
    draft.set("password", details.text("password"));
    for field in details.list("loginFields").iter().filter_map(Value::as_object) {
        match (field.text("designation"), field.text("fieldType")) {
            ("username", _) => draft.set("username", field.text("value")),
            ("password", _) => draft.set("password", field.text("value")),
            // What forms send beside the two.
            (_, "T" | "E" | "P" | "N" | "U" | "TEL") if !field.text("name").is_empty() => {
                draft.field(field.text("name"), field.text("value"), field.text("fieldType") == "P");
            }
            _ => {}
        }
    }
    *attachments += usize::from(details.object("documentAttributes").is_some());
    for section in details.list("sections").iter().filter_map(Value::as_object) {
        for field in section.list("fields").iter().filter_map(Value::as_object) {
            section_field(&mut draft, section.text("title"), field, attachments);
        }
    }
    if tags.len() > 1 {
        draft.labelled("tags", &tags.join(", "), false);
    }
    for former in details.list("passwordHistory").iter().filter_map(Value::as_object) {
        let seconds = former.get("time").and_then(Value::as_i64);
        draft.former(former.text("value"), seconds.and_then(|seconds| seconds.checked_mul(1000)));
    }
    draft.finish(row)
}

fn section_field(draft: &mut Draft, section: &str, field: &Object, attachments: &mut usize) {
    // One member, whose name is the type.
    let Some((kind, value)) = field.object("value").and_then(|value| value.iter().next()) else { return };
    let text = shown(value);
    let name = if field.text("title").is_empty() { field.text("id") } else { field.text("title") };
    // What becomes a custom field keeps the name of its section: two sections may have a field of one name.
    let titled = [section.trim(), name].into_iter().filter(|part| !part.is_empty());
    let name = &titled.collect::<Vec<_>>().join(" · ");
    match (kind.as_str(), field.text("id"), draft.kind) {
        ("file", ..) => *attachments += 1,
        ("totp", ..) => draft.set("totp", &text),
        ("creditCardNumber", _, Kind::Card) => draft.set("number", &text),
        (_, "cardholder", Kind::Card) => draft.set("holder", &text),
        (_, "cvv", Kind::Card) => draft.set("code", &text),
        ("monthYear", id, card) => {
            // 202704
            let (year, month) = text.split_at_checked(4).unwrap_or((&text, ""));
            let date = expiry(month, year);
            if card == Kind::Card && id == "expiry" {
                draft.set("expires", &date);
            } else if text != "0" {
                draft.field(name, &date, false);
            }
        }
        ("date", ..) => {
            let day = value.as_i64().map(|seconds| seconds.div_euclid(86_400)).map(day);
            draft.field(name, &day.unwrap_or(text), false);
        }
        ("email", ..) if value.is_object() => {
            let email = value.get("email_address").map(shown).unwrap_or_default();
            email_of(draft, name, &email);
        }
        ("email", ..) => email_of(draft, name, &text),
        ("phone", ..) if draft.kind == Kind::Identity && !draft.has("phone") => draft.set("phone", &text),
        ("address", ..) => address(draft, name, value),
        (_, "firstname" | "initial" | "lastname", Kind::Identity) => draft.name_part(&text),
        (_, "company", Kind::Identity) => draft.set("company", &text),
        (_, "username", Kind::Login) if !draft.has("username") => draft.set("username", &text),
        (_, "password", Kind::Login) if !draft.has("password") => draft.set("password", &text),
        (_, "hostname" | "URL", Kind::Login) => draft.set("url", &text),
        ("sshKey", ..) => {
            let key = value.get("privateKey").map_or_else(|| text.clone(), shown);
            draft.field(name, &key, true);
        }
        ("concealed", ..) => draft.field(name, &text, true),
        _ => draft.field(name, &text, false),
    }
}

fn email_of(draft: &mut Draft, name: &str, email: &str) {
    if draft.kind == Kind::Identity && !draft.has("email") {
        draft.set("email", email);
    } else {
        draft.field(name, email, false);
    }
}

fn address(draft: &mut Draft, name: &str, value: &Value) {
    let Some(parts) = value.as_object() else { return };
    let joined = |names: &[&str], between: &str| {
        let texts = names.iter().map(|name| parts.text(name)).filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>().join(between)
    };
    let lines = [joined(&["street"], ""), joined(&["zip", "city"], " "), joined(&["state", "country"], ", ")];
    let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    if draft.kind == Kind::Identity && !draft.has("address") {
        draft.set("address", &text);
    } else {
        draft.field(name, &text, false);
    }
}
