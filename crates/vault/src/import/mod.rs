//! Reading what other password managers write. A file is hostile input: it is bounded, every step is linear in its length, and
//! what cannot be read is listed with its place and its reason, beside everything else, which is read.
//!
//! What comes out are records as the vault keeps them (vault format §12). Nothing that a file says is dropped without a word:
//! what has no place of its own becomes a custom field, what is left out on purpose is counted.

mod csv;
mod draft;
mod error;
mod json;
mod keepass;
mod onepux;
mod own;
mod tables;
mod text;

use serde_json::{Map, Value, json};

pub use error::{ImportError, Reason, Unread};
pub use tables::Target;

/// The largest file.
pub const FILE_MOST: usize = 64 * 1024 * 1024;
/// The most that is unpacked of an archive, whatever it says of itself.
pub const UNPACKED_MOST: usize = 64 * 1024 * 1024;
/// The most files that an archive lists: it has one for each attachment.
pub const ARCHIVE_FILES_MOST: usize = 50_000;
/// The most records of a file: a vault holds no more.
pub const RECORDS_MOST: usize = 20_000;
/// The most bytes of one record as it is sealed: what the server takes of a thing, less what sealing and padding add.
pub const RECORD_MOST: usize = 100_000;
/// The most bytes of all records together: names of columns come again in every record.
pub const RECORDS_BYTES_MOST: usize = 128 * 1024 * 1024;
/// The most custom fields of one record.
pub const FIELDS_MOST: usize = 200;
/// The most former passwords that a record keeps; the newest stay.
pub const HISTORY_MOST: usize = 20;
/// The most columns of a table.
pub const COLUMNS_MOST: usize = 500;
/// How deep elements are nested in a file of KeePass. (JSON has `serde_json`'s limit of 128.)
pub const XML_DEPTH_MOST: usize = 64;
/// The most records that are listed as unread, each with its place; more are counted.
pub const UNREAD_MOST: usize = 1000;

/// Who wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Chrome, Edge, Brave and other browsers built on Chromium.
    Chrome,
    /// Firefox.
    Firefox,
    /// Safari and Apple's Passwords.
    Safari,
    /// Keeper.
    Keeper,
    /// Bitwarden.
    Bitwarden,
    /// 1Password.
    OnePassword,
    /// LastPass.
    LastPass,
    /// Dashlane.
    Dashlane,
    /// KeePass and `KeePassXC`, XML.
    KeePass,
    /// An export of ours.
    Keyward,
    /// Any table.
    Csv,
}

impl Source {
    /// All there are.
    pub const ALL: [Source; 11] = [
        Source::Chrome,
        Source::Firefox,
        Source::Safari,
        Source::Keeper,
        Source::Bitwarden,
        Source::OnePassword,
        Source::LastPass,
        Source::Dashlane,
        Source::KeePass,
        Source::Keyward,
        Source::Csv,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Chrome => "chrome",
            Source::Firefox => "firefox",
            Source::Safari => "safari",
            Source::Keeper => "keeper",
            Source::Bitwarden => "bitwarden",
            Source::OnePassword => "1password",
            Source::LastPass => "lastpass",
            Source::Dashlane => "dashlane",
            Source::KeePass => "keepass",
            Source::Keyward => "keyward",
            Source::Csv => "csv",
        }
    }

    /// By what is written.
    pub fn parse(text: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place in the file: the line of a table, the number of a record elsewhere, from 1.
    pub row: usize,
    /// The folder that it was in, by name, with `/` between levels; empty: in none.
    pub folder: String,
    /// The record, as it is sealed.
    pub item: Map<String, Value>,
    /// How many bytes that is.
    pub size: usize,
}

/// What each column of a table is, where nobody can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Whether the first line names the columns.
    pub has_header: bool,
    /// A target for each column.
    pub targets: Vec<Target>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// Who wrote it.
    pub source: Source,
    /// What could be read.
    pub records: Vec<Record>,
    /// What could not, at most [`UNREAD_MOST`] of them.
    pub unread: Vec<Unread>,
    /// How many could not.
    pub unread_count: usize,
    /// How many were in a trash, and stay there.
    pub trashed: usize,
    /// How many attachments stay behind: a vault keeps none.
    pub attachments: usize,
    /// The names of a table's columns, with what each is taken for; empty where the source says what they are.
    pub columns: Vec<(String, Target)>,
    /// Whether the first line was taken for these names.
    pub has_header: bool,
    /// The bytes of all records.
    size: usize,
}

impl Import {
    fn new(source: Source) -> Import {
        Import {
            source,
            records: Vec::new(),
            unread: Vec::new(),
            unread_count: 0,
            trashed: 0,
            attachments: 0,
            columns: Vec::new(),
            has_header: true,
            size: 0,
        }
    }

    fn take(&mut self, row: usize, record: Result<Record, Reason>) -> Result<(), ImportError> {
        match record {
            Ok(_) if self.records.len() == RECORDS_MOST => Err(ImportError::TooMany),
            Ok(record) => {
                self.size += record.size;
                if self.size > RECORDS_BYTES_MOST {
                    return Err(ImportError::TooLarge { bytes: self.size, most: RECORDS_BYTES_MOST });
                }
                self.records.push(record);
                Ok(())
            }
            Err(reason) => {
                self.unread_count += 1;
                if self.unread.len() < UNREAD_MOST {
                    self.unread.push(Unread { row, reason });
                }
                Ok(())
            }
        }
    }

    /// For the page.
    pub fn to_json(&self) -> String {
        let records = self
            .records
            .iter()
            .map(|record| json!({ "row": record.row, "folder": record.folder, "item": record.item }));
        let unread = self.unread.iter().map(|unread| {
            let (found, expected) = unread.reason.numbers();
            json!({ "row": unread.row, "code": unread.reason.code(), "found": found, "expected": expected })
        });
        let columns = self.columns.iter().map(|(name, target)| json!([name, target.as_str()]));
        json!({
            "source": self.source.as_str(),
            "records": Value::from_iter(records),
            "unread": Value::from_iter(unread),
            "unreadCount": self.unread_count,
            "trashed": self.trashed,
            "attachments": self.attachments,
            "columns": Value::from_iter(columns),
            "hasHeader": self.has_header,
        })
        .to_string()
    }
}

/// Reads a file. Who wrote it is found out where nobody says; a mapping is for [`Source::Csv`].
///
/// # Errors
/// [`ImportError`], where none of it can be read.
pub fn read(bytes: &[u8], source: Option<Source>, mapping: Option<&Mapping>) -> Result<Import, ImportError> {
    if bytes.len() > FILE_MOST {
        return Err(ImportError::TooLarge { bytes: bytes.len(), most: FILE_MOST });
    }
    if bytes.starts_with(crate::export::MAGIC) {
        return Err(ImportError::Sealed);
    }
    let is_archive = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    if is_archive {
        let is_ours = matches!(source, None | Some(Source::OnePassword));
        return if is_ours { onepux::read(bytes) } else { Err(ImportError::OtherSource) };
    }
    let text = text::decode(bytes)?;
    let first = text.trim_start().chars().next().ok_or(ImportError::Nothing)?;
    let import = match (first, source) {
        ('<', None | Some(Source::KeePass)) => keepass::read(&text),
        // A table's first cell may begin so, too: who says that it is a table is believed.
        (
            '{' | '[',
            None | Some(Source::Bitwarden | Source::Keeper | Source::Keyward | Source::OnePassword),
        ) => json::read(&text, source),
        (_, Some(Source::KeePass)) => Err(ImportError::OtherSource),
        _ => tables::read(&text, source, mapping),
    }?;
    if import.records.is_empty() && import.unread_count == 0 && import.trashed == 0 {
        return Err(ImportError::Nothing);
    }
    Ok(import)
}
