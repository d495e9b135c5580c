//! KeePass 2 XML, which `KeePassXC` writes too: groups within groups, entries with strings, each entry's history within it. The
//! text is read once, without a document type, entities or instructions, and no deeper than
//! [`XML_DEPTH_MOST`](super::XML_DEPTH_MOST).

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::draft::{Draft, Kind, day, milliseconds};
use super::{Import, ImportError, Reason, Record, Source, XML_DEPTH_MOST};

#[derive(Default)]
struct Entry {
    strings: BTreeMap<String, String>,
    /// Names of strings that are not shown in the open.
    masked: BTreeSet<String>,
    tags: String,
    /// When it expires, and whether it does.
    expiry: String,
    expires: bool,
    changed: Option<i64>,
    attachments: usize,
    is_protected: bool,
    /// Passwords of before, from its history.
    former: Vec<(String, Option<i64>)>,
}

#[derive(Default)]
struct Group {
    name: String,
    is_trash: bool,
}

#[derive(Default)]
struct State {
    open: Vec<String>,
    text: String,
    groups: Vec<Group>,
    trash: String,
    /// The entry that is open, and one of its history within.
    entries: Vec<Entry>,
    key: String,
    is_masked: bool,
    row: usize,
}

pub(super) fn read(text: &str) -> Result<Import, ImportError> {
    let mut reader = Reader::from_str(text);
    let mut import = Import::new(Source::KeePass);
    let mut state = State::default();
    let bad = |reader: &Reader<&[u8]>| {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(text.len());
        let line =
            text.as_bytes().get(..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        ImportError::Xml { line: line + 1 }
    };
    loop {
        let Ok(event) = reader.read_event() else { return Err(bad(&reader)) };
        match event {
            Event::Eof if state.open.is_empty() => return Ok(import),
            Event::Start(start) => {
                if state.open.len() == XML_DEPTH_MOST || !state.is_root(start.name().as_ref()) {
                    return Err(bad(&reader));
                }
                let has = |name: &str| {
                    start.attributes().with_checks(false).flatten().any(|attribute| {
                        attribute.key.as_ref() == name && attribute.value.eq_ignore_ascii_case("true")
                    })
                };
                state.begin(start.name().as_ref(), has("Protected"), has("ProtectInMemory"));
            }
            Event::Empty(empty) => {
                if state.open.is_empty() {
                    return Err(bad(&reader));
                }
                state.begin(empty.name().as_ref(), false, false);
                state.end(&mut import)?;
            }
            Event::End(_) => state.end(&mut import)?,
            Event::Text(text) => state.text.push_str(&text.xml10_content()),
            Event::CData(text) => state.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match character(&reference) {
                Some(character) => state.text.push(character),
                None => return Err(bad(&reader)),
            },
            Event::Comment(_) | Event::Decl(_) => {}
            Event::Eof | Event::DocType(_) | Event::PI(_) => return Err(bad(&reader)),
        }
    }
}

/// One of the five that XML has, or a number.
fn character(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character);
    }
    match reference.xml10_content().as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

impl State {
    fn is_root(&self, name: &str) -> bool {
        !self.open.is_empty() || name == "KeePassFile"
    }

    fn begin(&mut self, name: &str, is_protected: bool, is_masked: bool) {
        self.text.clear();
        self.is_masked = is_masked;
        match name {
            "Group" => {
                let is_trash = self.groups.last().is_some_and(|group| group.is_trash);
                self.groups.push(Group { is_trash, ..Group::default() });
            }
            "Entry" => self.entries.push(Entry::default()),
            "Value" if is_protected => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.is_protected = true;
                }
            }
            _ => {}
        }
        self.open.push(name.to_owned());
    }

    fn end(&mut self, import: &mut Import) -> Result<(), ImportError> {
        let Some(name) = self.open.pop() else { return Ok(()) };
        let text = core::mem::take(&mut self.text);
        let parent = self.open.last().map(String::as_str).unwrap_or_default();
        match (name.as_str(), parent) {
            ("RecycleBinUUID", "Meta") => text.trim().clone_into(&mut self.trash),
            ("Name", "Group") => {
                if let Some(group) = self.groups.last_mut() {
                    group.name = text;
                }
            }
            ("UUID", "Group") => {
                let is_trash = !self.trash.is_empty() && text.trim() == self.trash;
                if let Some(group) = self.groups.last_mut() {
                    group.is_trash |= is_trash;
                }
            }
            ("Group", _) => {
                self.groups.pop();
            }
            ("Key", "String" | "Binary") => self.key = text,
            ("Value", "String") => {
                let key = core::mem::take(&mut self.key);
                let is_masked = core::mem::take(&mut self.is_masked);
                if let Some(entry) = self.entries.last_mut() {
                    if is_masked {
                        entry.masked.insert(key.clone());
                    }
                    entry.strings.insert(key, text);
                }
            }
            ("Binary", "Entry") => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.attachments += 1;
                }
            }
            ("Tags", "Entry") => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.tags = text;
                }
            }
            ("ExpiryTime", "Times") => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.expiry = text;
                }
            }
            ("Expires", "Times") => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.expires = text.trim().eq_ignore_ascii_case("true");
                }
            }
            ("LastModificationTime", "Times") => {
                if let Some(entry) = self.entries.last_mut() {
                    entry.changed = milliseconds(text.trim());
                }
            }
            ("Entry", "History") => {
                let former = self.entries.pop();
                if let (Some(former), Some(entry)) = (former, self.entries.last_mut()) {
                    let password = former.strings.get("Password").cloned().unwrap_or_default();
                    entry.former.push((password, former.changed));
                }
            }
            ("Entry", _) => self.finish(import)?,
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, import: &mut Import) -> Result<(), ImportError> {
        let Some(entry) = self.entries.pop() else { return Ok(()) };
        self.row += 1;
        if self.groups.last().is_some_and(|group| group.is_trash) {
            import.trashed += 1;
            return Ok(());
        }
        import.attachments += entry.attachments;
        // The outermost group is the database.
        let names: Vec<String> =
            self.groups.iter().skip(1).map(|group| group.name.replace(['/', '\\'], "-")).collect();
        import.take(self.row, record(self.row, entry, names.join("/")))
    }
}

fn record(row: usize, mut entry: Entry, folder: String) -> Result<Record, Reason> {
    if entry.is_protected {
        return Err(Reason::Protected);
    }
    let mut draft = Draft::new(Kind::Login, folder, false);
    for (key, member) in [
        ("Title", "title"),
        ("UserName", "username"),
        ("Password", "password"),
        ("URL", "url"),
        ("Notes", "note"),
        ("otp", "totp"),
    ] {
        draft.set(member, &entry.strings.remove(key).unwrap_or_default());
    }
    if let Some(totp) = one_time(&mut entry.strings) {
        draft.set("totp", &totp);
    }
    let password = draft.text("password").to_owned();
    for (key, value) in entry.strings {
        let is_hidden = entry.masked.contains(&key)
            || ["password", "pin", "secret", "token", "key"]
                .iter()
                .any(|word| key.to_lowercase().contains(word));
        if key.starts_with("KP2A_URL") {
            draft.set("url", &value);
        } else {
            draft.field(&key, &value, is_hidden);
        }
    }
    draft.labelled("tags", &entry.tags.replace(';', ", "), false);
    if entry.expires {
        let date = milliseconds(entry.expiry.trim()).map(|at| day(at.div_euclid(86_400_000)));
        draft.labelled("expires", &date.unwrap_or(entry.expiry), false);
    }
    let mut last = password;
    entry.former.sort_by_key(|(_, changed)| core::cmp::Reverse(*changed));
    for (former, changed) in entry.former {
        if former != last {
            draft.former(&former, changed);
        }
        last = former;
    }
    draft.finish(row)
}

/// The two other ways of writing a secret for one-time codes.
fn one_time(strings: &mut BTreeMap<String, String>) -> Option<String> {
    let own = strings.remove("TimeOtp-Secret-Base32");
    let tray = strings.remove("TOTP Seed");
    let mut plain = |name: &str| strings.remove(name).unwrap_or_default();
    let (digits, period, algorithm, settings) = (
        plain("TimeOtp-Length"),
        plain("TimeOtp-Period"),
        plain("TimeOtp-Algorithm"),
        plain("TOTP Settings"),
    );
    let (secret, digits, period) = match (own, tray) {
        (Some(secret), _) => (secret, digits, period),
        (None, Some(secret)) => {
            let (period, digits) = settings.split_once(';').unwrap_or(("", ""));
            (secret, digits.to_owned(), period.to_owned())
        }
        (None, None) => return None,
    };
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    let secret: String = secret.chars().filter(|character| !character.is_whitespace()).collect();
    let (digits, period, algorithm) = (or(digits, "6"), or(period, "30"), or(algorithm, "SHA1"));
    Some(format!("otpauth://totp/?secret={secret}&digits={digits}&period={period}&algorithm={algorithm}"))
}
