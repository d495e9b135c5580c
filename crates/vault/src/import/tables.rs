//! Tables: who wrote one is told by the names of its columns, and what each column is by who wrote it.

use super::csv::{Row, Rows};
use super::draft::{Draft, Kind};
use super::{Import, ImportError, Mapping, Reason, Record, Source, own};

/// What a column of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing that is kept.
    Ignore,
    /// A text of the record, by its member's name.
    Text(&'static str),
    /// The folder.
    Folder,
    /// Whether it is a favourite.
    Favourite,
    /// A custom field of the column's name.
    Field,
    /// A custom field that is hidden.
    Hidden,
    /// Lines of custom fields, `name: value`.
    Fields,
    /// What kind of record it is.
    Type,
    /// The month in which a card expires.
    Month,
    /// The year that goes with it.
    Year,
    /// A part of a person's name, after those before.
    NamePart,
}

const TEXTS: &[&str] = &[
    "title", "username", "password", "url", "note", "totp", "holder", "number", "expires", "code", "name",
    "email", "phone", "company", "address",
];

impl Target {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Target::Ignore => "ignore",
            Target::Text(member) => member,
            Target::Folder => "folder",
            Target::Favourite => "favourite",
            Target::Field => "field",
            Target::Hidden => "hidden",
            Target::Fields => "fields",
            Target::Type => "type",
            Target::Month => "month",
            Target::Year => "year",
            Target::NamePart => "name-part",
        }
    }

    /// By what is written.
    pub fn parse(text: &str) -> Option<Target> {
        let plain = [
            Target::Ignore,
            Target::Folder,
            Target::Favourite,
            Target::Field,
            Target::Hidden,
            Target::Fields,
            Target::Type,
            Target::Month,
            Target::Year,
            Target::NamePart,
        ];
        let text_of = || TEXTS.iter().find(|member| **member == text).map(|member| Target::Text(member));
        plain.into_iter().find(|target| target.as_str() == text).or_else(text_of)
    }
}

/// What one program writes.
struct Table {
    source: Source,
    /// What is there in every version of it, in lower case.
    needs: &'static [&'static str],
    /// How many columns it has at most, where another program's begin alike.
    most: usize,
    columns: &'static [(&'static str, Target)],
}

const IGNORE: Target = Target::Ignore;

static TABLES: &[Table] = &[
    Table { source: Source::Keyward, needs: own::NEEDS, most: 10, columns: own::COLUMNS },
    Table {
        source: Source::LastPass,
        needs: &["url", "username", "password", "extra", "name", "grouping"],
        most: 10,
        columns: &[
            ("url", Known::URL),
            ("username", Known::USERNAME),
            ("password", Known::PASSWORD),
            ("totp", Known::TOTP),
            ("extra", Known::NOTE),
            ("name", Known::TITLE),
            ("grouping", Target::Folder),
            ("fav", Target::Favourite),
        ],
    },
    Table {
        source: Source::Bitwarden,
        needs: &["type", "name", "login_uri", "login_username", "login_password"],
        most: 12,
        columns: &[
            ("folder", Target::Folder),
            ("collections", Target::Folder),
            ("favorite", Target::Favourite),
            ("type", Target::Type),
            ("name", Known::TITLE),
            ("notes", Known::NOTE),
            ("fields", Target::Fields),
            ("reprompt", IGNORE),
            ("archiveddate", IGNORE),
            ("login_uri", Known::URL),
            ("login_username", Known::USERNAME),
            ("login_password", Known::PASSWORD),
            ("login_totp", Known::TOTP),
        ],
    },
    Table {
        source: Source::OnePassword,
        needs: &["title", "username", "password", "archived", "tags"],
        most: 10,
        columns: &[
            ("title", Known::TITLE),
            ("url", Known::URL),
            ("website", Known::URL),
            ("username", Known::USERNAME),
            ("password", Known::PASSWORD),
            ("otpauth", Known::TOTP),
            ("one-time password", Known::TOTP),
            ("favorite", Target::Favourite),
            ("favorite status", Target::Favourite),
            ("archived", IGNORE),
            ("archived status", IGNORE),
            ("tags", Target::Folder),
            ("notes", Known::NOTE),
        ],
    },
    Table {
        source: Source::Dashlane,
        needs: &["username", "title", "password", "username2", "category"],
        most: 10,
        columns: &[
            ("username", Known::USERNAME),
            ("username2", Target::Field),
            ("username3", Target::Field),
            ("title", Known::TITLE),
            ("password", Known::PASSWORD),
            ("note", Known::NOTE),
            ("url", Known::URL),
            ("category", Target::Folder),
            ("otpurl", Known::TOTP),
            ("otpsecret", Known::TOTP),
        ],
    },
    Table {
        source: Source::Dashlane,
        needs: &["account_name", "account_holder", "cc_number", "expiration_month", "expiration_year"],
        most: 20,
        columns: &[
            ("type", IGNORE),
            ("account_name", Known::TITLE),
            ("name", Known::TITLE),
            ("account_holder", Known::HOLDER),
            ("cc_number", Known::NUMBER),
            ("code", Known::CODE),
            ("expiration_month", Target::Month),
            ("expiration_year", Target::Year),
            ("account_number", Target::Hidden),
            ("routing_number", Target::Hidden),
            ("note", Known::NOTE),
        ],
    },
    Table {
        source: Source::Dashlane,
        needs: &["type", "number", "name", "issue_date", "expiration_date"],
        most: 12,
        columns: &[("type", Known::TITLE), ("number", Target::Hidden), ("name", Target::NamePart)],
    },
    Table {
        source: Source::Dashlane,
        needs: &["type", "first_name", "last_name", "item_name"],
        most: 30,
        columns: &[
            ("type", IGNORE),
            ("item_name", Known::TITLE),
            ("first_name", Target::NamePart),
            ("middle_name", Target::NamePart),
            ("last_name", Target::NamePart),
            ("login", Known::USERNAME),
            ("email", Target::Text("email")),
            ("phone_number", Target::Text("phone")),
            ("address", Target::Text("address")),
            ("url", Known::URL),
        ],
    },
    Table {
        source: Source::Dashlane,
        needs: &["title", "note"],
        most: 3,
        columns: &[("title", Known::TITLE), ("note", Known::NOTE), ("category", Target::Folder)],
    },
    Table {
        source: Source::Firefox,
        needs: &["url", "username", "password", "httprealm", "guid"],
        most: 9,
        columns: &[
            ("url", Known::URL),
            ("username", Known::USERNAME),
            ("password", Known::PASSWORD),
            ("httprealm", Target::Field),
            ("formactionorigin", IGNORE),
            ("guid", IGNORE),
            ("timecreated", IGNORE),
            ("timelastused", IGNORE),
            ("timepasswordchanged", IGNORE),
        ],
    },
    Table {
        source: Source::Safari,
        needs: &["title", "url", "username", "password", "otpauth"],
        most: 6,
        columns: &[
            ("title", Known::TITLE),
            ("url", Known::URL),
            ("username", Known::USERNAME),
            ("password", Known::PASSWORD),
            ("notes", Known::NOTE),
            ("otpauth", Known::TOTP),
        ],
    },
    Table {
        source: Source::Keeper,
        needs: &["folder", "title", "login", "password", "website address", "notes"],
        most: 500,
        columns: &[],
    },
    Table {
        source: Source::Chrome,
        needs: &["name", "url", "username", "password"],
        most: 5,
        columns: &[
            ("name", Known::TITLE),
            ("url", Known::URL),
            ("username", Known::USERNAME),
            ("password", Known::PASSWORD),
            ("note", Known::NOTE),
        ],
    },
];

/// The texts that most programs have.
struct Known;

impl Known {
    const TITLE: Target = Target::Text("title");
    const URL: Target = Target::Text("url");
    const USERNAME: Target = Target::Text("username");
    const PASSWORD: Target = Target::Text("password");
    const NOTE: Target = Target::Text("note");
    const TOTP: Target = Target::Text("totp");
    const HOLDER: Target = Target::Text("holder");
    const NUMBER: Target = Target::Text("number");
    const CODE: Target = Target::Text("code");
}

/// What columns are called elsewhere, in lower case.
const GUESSES: &[(&[&str], Target)] = &[
    (&["title", "name", "account", "entry", "item", "item name", "account name"], Known::TITLE),
    (
        &["username", "user", "user name", "login", "login name", "login_username", "userid", "user id"],
        Known::USERNAME,
    ),
    (&["password", "pass", "pwd", "passwort", "login_password"], Known::PASSWORD),
    (
        &["url", "website", "web site", "site", "link", "uri", "login_uri", "website address", "urls"],
        Known::URL,
    ),
    (&["note", "notes", "comment", "comments", "extra", "description"], Known::NOTE),
    (&["totp", "otp", "otpauth", "2fa", "one-time password", "authenticator", "login_totp"], Known::TOTP),
    (&["folder", "group", "category", "grouping", "vault", "tags"], Target::Folder),
    (&["favorite", "favourite", "fav", "starred"], Target::Favourite),
    (&["email", "e-mail"], Target::Text("email")),
];

fn lower(cell: &str) -> String {
    cell.trim().to_lowercase()
}

fn is_of(table: &Table, header: &[String]) -> bool {
    header.len() <= table.most && table.needs.iter().all(|need| header.iter().any(|name| name == need))
}

fn guess(name: &str) -> Target {
    let found = GUESSES.iter().find(|(names, _)| names.contains(&name));
    found.map_or(Target::Field, |(_, target)| *target)
}

pub(super) fn read(
    text: &str,
    source: Option<Source>,
    mapping: Option<&Mapping>,
) -> Result<Import, ImportError> {
    let mut rows = Rows::new(text).peekable();
    let first = rows.peek().and_then(|row| row.cells.as_ref().ok()).cloned();
    // What is not even a row is somebody's prose, or a picture.
    let first = first.ok_or(ImportError::Unknown)?;
    let header: Vec<String> = first.iter().map(|cell| lower(cell)).collect();
    let table =
        TABLES.iter().find(|table| source.is_none_or(|it| it == table.source) && is_of(table, &header));
    match (source, table) {
        (Some(Source::Csv), _) => other(rows, &first, mapping),
        (_, Some(table)) if table.source == Source::Keeper => {
            rows.next();
            keeper(rows)
        }
        (_, Some(table)) => {
            rows.next();
            let target = |name: &String| {
                table.columns.iter().find(|(its, _)| its == name).map_or(Target::Field, |(_, target)| *target)
            };
            let targets: Vec<Target> = header.iter().map(target).collect();
            let mut import = Import::new(table.source);
            for Row { line, cells } in rows {
                let record = cells
                    .and_then(|cells| fitted(cells, first.len()))
                    .and_then(|cells| record(table.source, line, &cells, &first, &targets));
                import.take(line, record)?;
            }
            Ok(import)
        }
        // It names no columns, and has seven at least.
        (Some(Source::Keeper), None) => keeper(rows),
        (None, None) if first.len() >= 7 && header.iter().all(|name| guess(name) == Target::Field) => {
            keeper(rows)
        }
        (None, None) if first.len() > 1 => other(rows, &first, mapping),
        (None, None) => Err(ImportError::Unknown),
        (Some(_), None) => Err(ImportError::OtherSource),
    }
}

/// As many cells as the header has. Empty ones past it are the leavings of spreadsheets.
fn fitted(mut cells: Vec<String>, expected: usize) -> Result<Vec<String>, Reason> {
    while cells.len() > expected && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    if cells.len() == expected { Ok(cells) } else { Err(Reason::Columns { found: cells.len(), expected }) }
}

fn other<'a>(
    mut rows: impl Iterator<Item = Row> + 'a,
    first: &[String],
    mapping: Option<&Mapping>,
) -> Result<Import, ImportError> {
    let guessed: Vec<Target> = first.iter().map(|cell| guess(&lower(cell))).collect();
    let is_known = guessed.iter().any(|target| *target != Target::Field);
    let mut import = Import::new(Source::Csv);
    import.has_header = mapping.map_or(is_known, |mapping| mapping.has_header);
    let names: Vec<String> = if import.has_header {
        rows.next();
        first.to_vec()
    } else {
        vec![String::new(); first.len()]
    };
    let targets: Vec<Target> = match mapping {
        Some(mapping) => {
            let given = mapping.targets.iter().copied().chain(core::iter::repeat(Target::Ignore));
            given.take(names.len()).collect()
        }
        None => guessed,
    };
    for Row { line, cells } in rows {
        let record = cells
            .and_then(|cells| fitted(cells, names.len()))
            .and_then(|cells| record(Source::Csv, line, &cells, &names, &targets));
        import.take(line, record)?;
    }
    import.columns = names.into_iter().zip(targets).collect();
    Ok(import)
}

fn is_yes(cell: &str) -> bool {
    matches!(lower(cell).as_str(), "1" | "true" | "yes" | "y" | "x")
}

fn record(
    source: Source,
    line: usize,
    cells: &[String],
    names: &[String],
    targets: &[Target],
) -> Result<Record, Reason> {
    let unquoted: Vec<String>;
    let cells = if source == Source::Keyward {
        unquoted = cells.iter().map(|cell| crate::export::without_guards(cell)).collect();
        &unquoted
    } else {
        cells
    };
    let mut draft = Draft::default();
    let kinds = cells.iter().zip(targets).filter(|(_, target)| **target == Target::Type);
    for (cell, _) in kinds {
        draft.kind = match lower(cell).as_str() {
            "note" | "securenote" | "secure note" => Kind::Note,
            "card" => Kind::Card,
            "identity" => Kind::Identity,
            _ => Kind::Login,
        };
    }
    if targets.contains(&Known::NUMBER) && draft.kind == Kind::Login {
        draft.kind = Kind::Card;
    }
    if targets.contains(&Target::NamePart) {
        draft.kind = Kind::Identity;
    }
    let (mut month, mut year) = ("", "");
    let mut places = Vec::new();
    for (number, ((cell, name), target)) in (1..).zip(cells.iter().zip(names).zip(targets)) {
        match target {
            Target::Ignore | Target::Type => {}
            Target::Text("url") if source == Source::LastPass && cell == "http://sn" => {
                draft.kind = Kind::Note
            }
            Target::Text("url") if source == Source::Bitwarden => {
                addresses(cell).iter().for_each(|url| draft.set("url", url));
            }
            Target::Text("note") if source == Source::LastPass => lastpass_note(&mut draft, cell),
            Target::Text(member) => draft.set(member, cell),
            // What stands for none.
            Target::Folder if source == Source::LastPass && cell == "(none)" => {}
            // Of several tags the first; what the others are stays readable.
            Target::Folder if source == Source::OnePassword => {
                let (first, others) = cell.split_once([';', ',']).unwrap_or((cell, ""));
                places.push(first);
                if !others.trim().is_empty() {
                    draft.field(name, cell, false);
                }
            }
            Target::Folder if source == Source::Bitwarden => places.extend(cell.split(',')),
            Target::Folder => places.push(cell),
            Target::Favourite => draft.is_favourite = is_yes(cell),
            Target::Field => draft.column(number, name, cell, false),
            Target::Hidden => draft.column(number, name, cell, true),
            Target::Fields => fields(&mut draft, cell),
            Target::Month => month = cell.trim(),
            Target::Year => year = cell.trim(),
            Target::NamePart => draft.name_part(cell.trim()),
        }
    }
    draft.folders(&places);
    if !month.is_empty() || !year.is_empty() {
        draft.set("expires", &expiry(month, year));
    }
    draft.finish(line)
}

/// Several addresses in one cell, with commas between, which addresses have too: but no host has one, and what begins with a scheme
/// begins an address.
fn addresses(cell: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in cell.split(',') {
        let begins = part.trim().split_once("://").is_some_and(|(scheme, _)| {
            let is_of_one = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
            scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) && scheme.chars().all(is_of_one)
        });
        let has_path = |before: &String| {
            before.split_once("://").map_or(before.as_str(), |(_, rest)| rest).contains(['/', '?', '#'])
        };
        match all.last_mut().filter(|before| !begins && has_path(before)) {
            Some(before) => {
                before.push(',');
                before.push_str(part);
            }
            None => all.push(part.to_owned()),
        }
    }
    all
}

/// `2027-04`, of whatever a program writes for month and year.
pub(super) fn expiry(month: &str, year: &str) -> String {
    let (month, year) = (month.trim(), year.trim());
    let year = if year.len() == 2 { format!("20{year}") } else { year.to_owned() };
    match (month.is_empty(), year.is_empty()) {
        (true, _) => year,
        (_, true) => month.to_owned(),
        _ => format!("{year}-{month:0>2}"),
    }
}

/// Lines that each begin with a name, as `split` finds it. One that has none goes on with the value before, and so do all lines of a
/// key in PEM, which have colons of their own.
fn named<'a>(text: &'a str, split: impl Fn(&'a str) -> Option<(&'a str, &'a str)>) -> Vec<(&'a str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    let mut is_in_key = false;
    for line in text.lines() {
        match (split(line).filter(|_| !is_in_key), all.last_mut()) {
            (Some((name, value)), _) => all.push((name, value.to_owned())),
            (None, Some((_, value))) => {
                value.push('\n');
                value.push_str(line);
            }
            (None, None) => all.push(("", line.to_owned())),
        }
        is_in_key = (is_in_key || line.contains("-----BEGIN ")) && !line.contains("-----END ");
    }
    all
}

/// Lines of `name: value`.
fn fields(draft: &mut Draft, cell: &str) {
    let pairs =
        named(cell, |line| line.split_once(": ").or_else(|| line.strip_suffix(':').map(|name| (name, ""))));
    for (name, value) in pairs {
        draft.field(name, &value, false);
    }
}

/// A note of LastPass is prose, or begins with `NoteType:` and has a line for each field, `Notes:` last.
fn lastpass_note(draft: &mut Draft, cell: &str) {
    let Some(rest) = cell.strip_prefix("NoteType:") else { return draft.set("note", cell) };
    let (kind, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    if kind.trim() == "Credit Card" {
        draft.kind = Kind::Card;
    }
    // The last one goes over all lines that follow.
    let (lines, note) = match rest.strip_prefix("Notes:") {
        Some(note) => ("", note),
        None => rest.split_once("\nNotes:").unwrap_or((rest, "")),
    };
    for (name, value) in named(lines, |line| line.split_once(':')) {
        match (name.trim(), draft.kind) {
            ("Language", _) => {}
            _ if value.trim() == "," => {}
            ("", _) => draft.set("note", &value),
            ("Name on Card", Kind::Card) => draft.set("holder", &value),
            ("Number", Kind::Card) => draft.set("number", &value),
            ("Security Code", Kind::Card) => draft.set("code", &value),
            ("Expiration Date", Kind::Card) => {
                let (month, year) = value.split_once(',').unwrap_or(("", &value));
                draft.set("expires", &expiry(month_number(month), year));
            }
            (name, _) => draft.field(name, &value, is_hidden(name)),
        }
    }
    draft.set("note", note);
}

/// Whether a name of LastPass's is of something that it hides.
fn is_hidden(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "passphrase", "pin", "private key", "license key", "ssn", "security code", "account number"]
        .iter()
        .any(|word| name.contains(word))
}

fn month_number(name: &str) -> &str {
    const MONTHS: [(&str, &str); 12] = [
        ("january", "01"),
        ("february", "02"),
        ("march", "03"),
        ("april", "04"),
        ("may", "05"),
        ("june", "06"),
        ("july", "07"),
        ("august", "08"),
        ("september", "09"),
        ("october", "10"),
        ("november", "11"),
        ("december", "12"),
    ];
    let lowered = lower(name);
    MONTHS.iter().find(|(month, _)| *month == lowered).map_or(name, |(_, number)| number)
}

/// Keeper names no columns: folder, title, login, password, address, notes, shared folder, then names and values of fields.
fn keeper(rows: impl Iterator<Item = Row>) -> Result<Import, ImportError> {
    let mut import = Import::new(Source::Keeper);
    for Row { line, cells } in rows {
        let record = cells.and_then(|cells| keeper_record(line, &cells));
        import.take(line, record)?;
    }
    Ok(import)
}

fn keeper_record(line: usize, cells: &[String]) -> Result<Record, Reason> {
    let [folder, title, login, password, url, note, rest @ ..] = cells else {
        return Err(Reason::Columns { found: cells.len(), expected: 7 });
    };
    let mut draft = Draft::default();
    for (member, text) in [("title", title), ("username", login), ("password", password), ("url", url)] {
        draft.set(member, text);
    }
    draft.set("note", note);
    let (shared, fields) =
        rest.split_first().map_or(("", rest), |(shared, fields)| (shared.as_str(), fields));
    // Its rights stand behind its name.
    let shared = shared.trim().trim_end_matches("#reshare").trim_end_matches("#edit");
    draft.folder = keeper_folder(shared.trim_end_matches("#reshare"), folder);
    for pair in fields.chunks(2) {
        match pair {
            [name, value] => keeper_field(&mut draft, name, value),
            [value] => draft.labelled("field", value, false),
            _ => {}
        }
    }
    draft.finish(line)
}

/// A folder of Keeper's, which may be within a shared one.
pub(super) fn keeper_folder(shared: &str, own: &str) -> String {
    let parts = [shared.trim(), own.trim()].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
}

/// A field of Keeper's, whose name may begin with its type: `$oneTimeCode`, `$text:Name:1`.
pub(super) fn keeper_field(draft: &mut Draft, name: &str, value: &str) {
    let (kind, label) = match name.strip_prefix('$') {
        None => ("", name),
        Some(typed) => typed.split_once(':').unwrap_or((typed, "")),
    };
    // Numbered, where there are several.
    let label =
        label.rsplit_once(':').filter(|(_, n)| n.parse::<u8>().is_ok()).map_or(label, |(label, _)| label);
    match kind {
        "oneTimeCode" | "otp" => draft.set("totp", value),
        "url" => draft.set("url", value),
        "note" if draft.kind == Kind::Note => draft.set("note", value),
        "email" if draft.kind == Kind::Identity => draft.set("email", value),
        "text" if label == "company" && draft.kind == Kind::Identity => draft.set("company", value),
        "text" if label == "cardholderName" => draft.set("holder", value),
        // IDs of other records, which say nothing outside Keeper.
        "fileRef" | "cardRef" | "addressRef" => {}
        _ => {
            let is_hidden = matches!(
                kind,
                "secret" | "pinCode" | "password" | "keyPair" | "securityQuestion" | "note" | "passkey"
            );
            let name = if label.is_empty() { spaced(kind) } else { label.to_owned() };
            draft.field(&name, value, is_hidden);
        }
    }
}

/// `Account number`, of `accountNumber`.
pub(super) fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        match letter {
            _ if text.is_empty() => text.extend(letter.to_uppercase()),
            'A'..='Z' => {
                text.push(' ');
                text.push(letter.to_ascii_lowercase());
            }
            _ => text.push(letter),
        }
    }
    text
}
