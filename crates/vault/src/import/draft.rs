//! A record while it is read: what a file says of it, put where a vault keeps it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{FIELDS_MOST, HISTORY_MOST, RECORD_MOST, Reason, Record};
use crate::totp::Totp;

/// The longest name of a field or a folder, in characters.
const NAME_MOST: usize = 200;
/// The longest title.
const TITLE_MOST: usize = 1000;

/// What a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Login,
    Note,
    Card,
    Identity,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Login => "login",
            Kind::Note => "note",
            Kind::Card => "card",
            Kind::Identity => "identity",
        }
    }

    /// The texts that its form has; every other one becomes a custom field.
    fn members(self) -> &'static [&'static str] {
        match self {
            Kind::Login => &["username", "password", "url", "totp"],
            Kind::Note => &[],
            Kind::Card => &["holder", "number", "expires", "code"],
            Kind::Identity => &["name", "email", "phone", "company", "address"],
        }
    }
}

/// Texts that are hidden where they stand as custom fields.
fn is_secret(member: &str) -> bool {
    matches!(member, "password" | "totp" | "number" | "code")
}

/// What a custom field is called.
enum Name {
    /// As the file calls it.
    Given(String),
    /// By what it is: the page has the words for it.
    Label(&'static str),
    /// By its column, from 1, where nothing names it.
    Column(usize),
}

#[derive(Default)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) folder: String,
    pub(super) is_favourite: bool,
    texts: BTreeMap<&'static str, String>,
    urls: Vec<String>,
    fields: Vec<(Name, String, bool)>,
    history: Vec<(String, Option<i64>)>,
}

impl Draft {
    pub(super) fn new(kind: Kind, folder: String, is_favourite: bool) -> Draft {
        Draft { kind, folder, is_favourite, ..Draft::default() }
    }

    /// A text of the record. A second one of the same name becomes a custom field.
    pub(super) fn set(&mut self, member: &'static str, text: &str) {
        // Spaces at the ends of these are somebody's, or a part of it.
        let text = if matches!(member, "password" | "note") { text } else { text.trim() };
        if text.trim().is_empty() && member != "password" || text.is_empty() {
            return;
        }
        match member {
            "url" => self.url(text),
            "totp" if Totp::parse(text).is_none() => self.labelled("totp", text, true),
            _ => match self.texts.get_mut(member) {
                None => {
                    self.texts.insert(member, text.to_owned());
                }
                Some(before) if before == text => {}
                Some(before) if member == "note" => {
                    before.push_str("\n\n");
                    before.push_str(text);
                }
                Some(_) => self.labelled(member, text, is_secret(member)),
            },
        }
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.texts.contains_key(member)
    }

    pub(super) fn text(&self, member: &str) -> &str {
        self.texts.get(member).map(String::as_str).unwrap_or_default()
    }

    /// A part of a name, after those before.
    pub(super) fn name_part(&mut self, part: &str) {
        if part.is_empty() {
            return;
        }
        let name = self.texts.entry("name").or_default();
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(part);
    }

    fn url(&mut self, text: &str) {
        if !self.urls.iter().any(|url| url == text) {
            self.urls.push(text.to_owned());
        }
    }

    /// A custom field that the file names.
    pub(super) fn field(&mut self, name: &str, value: &str, is_hidden: bool) {
        let name = name.trim();
        if name.is_empty() {
            self.labelled("field", value, is_hidden);
        } else if !value.trim().is_empty() {
            let name = Name::Given(name.chars().take(NAME_MOST).collect());
            self.fields.push((name, value.to_owned(), is_hidden));
        }
    }

    /// A custom field that the file has no name for.
    pub(super) fn labelled(&mut self, label: &'static str, value: &str, is_hidden: bool) {
        if !value.trim().is_empty() {
            self.fields.push((Name::Label(label), value.to_owned(), is_hidden));
        }
    }

    /// A custom field out of a column, whose name may be missing.
    pub(super) fn column(&mut self, number: usize, name: &str, value: &str, is_hidden: bool) {
        if !name.trim().is_empty() {
            self.field(name, value, is_hidden);
        } else if !value.trim().is_empty() {
            self.fields.push((Name::Column(number), value.to_owned(), is_hidden));
        }
    }

    /// Says that it has a passkey, which no file brings.
    pub(super) fn passkey(&mut self) {
        self.fields.push((Name::Label("passkey"), String::new(), false));
    }

    /// Folders that it is in: the first is its folder, and all of them stay readable where there are more.
    pub(super) fn folders(&mut self, all: &[&str]) {
        let mut names: Vec<&str> = Vec::new();
        for name in all.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.first().copied().unwrap_or_default().clone_into(&mut self.folder);
        if names.len() > 1 {
            self.labelled("folders", &names.join("\n"), false);
        }
    }

    /// A password of before, with the time until which it was used, in milliseconds since 1970.
    pub(super) fn former(&mut self, password: &str, until: Option<i64>) {
        if !password.is_empty() {
            self.history.push((password.to_owned(), until));
        }
    }

    /// The record, or why it is none.
    pub(super) fn finish(mut self, row: usize) -> Result<Record, Reason> {
        let title = self.texts.remove("title");
        let note = self.texts.remove("note");
        let is_empty = self.texts.is_empty() && self.urls.is_empty() && self.fields.is_empty();
        if is_empty && note.is_none() && title.is_none() {
            return Err(Reason::Empty);
        }
        if self.kind == Kind::Login && is_empty && note.is_some() {
            self.kind = Kind::Note;
        }
        let host = self.urls.first().map(|url| host(url).to_owned()).filter(|host| !host.is_empty());
        let named =
            || ["name", "username", "email"].iter().find_map(|member| self.texts.get(member).cloned());
        let title = title.or(host).or_else(named);
        let title: Option<String> = title.map(|title| title.chars().take(TITLE_MOST).collect());

        let mut item = Map::new();
        let mut put = |name: &str, value: Value| {
            item.insert(name.to_owned(), value);
        };
        put("type", self.kind.as_str().into());
        // Without one the page has a word for it.
        if let Some(title) = title {
            put("title", title.into());
        }
        let own = self.kind.members();
        for (member, text) in core::mem::take(&mut self.texts) {
            if own.contains(&member) {
                put(member, text.into());
            } else {
                self.labelled(member, &text, is_secret(member));
            }
        }
        let mut urls = core::mem::take(&mut self.urls).into_iter();
        if own.contains(&"url") {
            if let Some(first) = urls.next() {
                put("url", first.into());
            }
            let more: Vec<String> = urls.collect();
            if !more.is_empty() {
                put("urls", more.into());
            }
        } else {
            urls.for_each(|url| self.labelled("url", &url, false));
        }
        if let Some(note) = note {
            put("note", note.into());
        }
        if self.is_favourite {
            put("favourite", true.into());
        }
        if self.fields.len() > FIELDS_MOST {
            return Err(Reason::Fields { found: self.fields.len(), most: FIELDS_MOST });
        }
        if !self.fields.is_empty() {
            let field = |(name, value, hidden)| match name {
                Name::Given(name) => json!({ "name": name, "value": value, "hidden": hidden }),
                Name::Label(label) => json!({ "label": label, "value": value, "hidden": hidden }),
                Name::Column(number) => json!({ "column": number, "value": value, "hidden": hidden }),
            };
            put("fields", self.fields.into_iter().map(field).collect());
        }
        if !self.history.is_empty() {
            self.history.sort_by_key(|(_, until)| core::cmp::Reverse(*until));
            self.history.truncate(HISTORY_MOST);
            let former = |(password, until)| json!({ "password": password, "until": until });
            put("history", self.history.into_iter().map(former).collect());
        }
        sized(item, self.folder, row)
    }
}

/// A record that is not larger than a vault takes.
pub(super) fn sized(item: Map<String, Value>, folder: String, row: usize) -> Result<Record, Reason> {
    let value = Value::Object(item);
    let size = value.to_string().len();
    if size > RECORD_MOST {
        return Err(Reason::TooLarge { found: size, most: RECORD_MOST });
    }
    let Value::Object(item) = value else { return Err(Reason::Shape) };
    Ok(Record { row, folder: path(&folder), item, size })
}

/// One form for the names of nested folders, whoever wrote them.
fn path(folder: &str) -> String {
    let parts = folder.split(['\\', '/']).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/").chars().take(NAME_MOST).collect()
}

/// The host of an address, as people read it.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// `2024-01-31T12:34:56…` in milliseconds since 1970; times without a zone are taken for UTC.
pub(super) fn milliseconds(iso: &str) -> Option<i64> {
    let number = |from: usize, to: usize| iso.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970 of the proleptic Gregorian calendar, in years that begin with March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    let clock = |from, to, most| number(from, to).filter(|part| (0..=most).contains(part)).unwrap_or(0);
    Some((((days * 24 + clock(11, 13, 23)) * 60 + clock(14, 16, 59)) * 60 + clock(17, 19, 60)) * 1000)
}

/// `2024-02-29`, of days since 1970.
pub(super) fn day(days: i64) -> String {
    let days = days.clamp(-719_000, 2_900_000) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400)
}

#[cfg(test)]
mod tests {
    use super::{day, host, milliseconds, path};

    #[test]
    fn days_are_dates() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(19_782), "2024-02-29");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(day(i64::MAX).len(), 10);
    }

    #[test]
    fn values_that_are_written_in_several_ways() {
        assert_eq!(host("https://me:x@www.example.test:8443/path?q"), "example.test:8443");
        assert_eq!(host("example.test"), "example.test");
        assert_eq!(path(r"Work\ Servers / old\\"), "Work/Servers/old");
        assert_eq!(milliseconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(milliseconds("2024-02-29T12:34:56.789Z"), Some(1_709_210_096_000));
        assert_eq!(milliseconds("2026-11-23"), Some(1_795_392_000_000));
        for bad in ["", "yesterday", "2024-13-01", "0001-01-01T00:00:00", "2024-02-éé"] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
    }
}
