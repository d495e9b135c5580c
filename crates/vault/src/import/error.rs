//! Why a file, or a part of it, cannot be read: facts, which the page puts into words.

use core::fmt;

/// Why one record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A quotation mark is opened and never closed.
    QuoteOpen,
    /// Something stands between a closing quotation mark and the next column.
    QuoteInside,
    /// Not as many columns as the first line has.
    Columns {
        /// How many.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// There is nothing in it.
    Empty,
    /// It is larger than a vault takes.
    TooLarge {
        /// Bytes.
        found: usize,
        /// Bytes.
        most: usize,
    },
    /// It has more custom fields than a record takes.
    Fields {
        /// How many.
        found: usize,
        /// How many a record takes.
        most: usize,
    },
    /// It is not laid out as its source lays records out.
    Shape,
    /// Its values are encrypted.
    Protected,
}

impl Reason {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::QuoteOpen => "quote-open",
            Reason::QuoteInside => "quote-inside",
            Reason::Columns { .. } => "columns",
            Reason::Empty => "empty",
            Reason::TooLarge { .. } => "too-large",
            Reason::Fields { .. } => "fields",
            Reason::Shape => "shape",
            Reason::Protected => "protected",
        }
    }

    /// What was found, and what there should be.
    pub(super) fn numbers(self) -> (usize, usize) {
        match self {
            Reason::Columns { found, expected } => (found, expected),
            Reason::TooLarge { found, most } | Reason::Fields { found, most } => (found, most),
            _ => (0, 0),
        }
    }
}

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its place, as [`super::Record::row`].
    pub row: usize,
    /// Why.
    pub reason: Reason,
}

/// Why none of a file can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// It is larger than any export.
    TooLarge {
        /// Bytes.
        bytes: usize,
        /// Bytes.
        most: usize,
    },
    /// It has more records than a vault holds.
    TooMany,
    /// There are no records in it.
    Nothing,
    /// It is not text in UTF-8 or UTF-16.
    NotText,
    /// Nobody knows who wrote it.
    Unknown,
    /// Somebody else wrote it than was said.
    OtherSource,
    /// It is encrypted by who wrote it.
    Encrypted,
    /// It is an encrypted export of ours: it opens with its password.
    Sealed,
    /// It is no JSON, or nested too deep.
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is no XML, or has a document type, entities or instructions.
    Xml {
        /// From 1.
        line: usize,
    },
    /// It is no archive of 1Password's, or unpacks to more than it may.
    Archive,
}

impl ImportError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            ImportError::TooLarge { .. } => "file-too-large",
            ImportError::TooMany => "file-too-many",
            ImportError::Nothing => "file-empty",
            ImportError::NotText => "file-not-text",
            ImportError::Unknown => "file-unknown",
            ImportError::OtherSource => "file-other-source",
            ImportError::Encrypted => "file-encrypted",
            ImportError::Sealed => "file-sealed",
            ImportError::Json { .. } => "file-json",
            ImportError::Xml { .. } => "file-xml",
            ImportError::Archive => "file-archive",
        }
    }

    /// Where it cannot be read: line and column, or line.
    pub fn numbers(self) -> Vec<usize> {
        match self {
            ImportError::Json { line, column } => vec![line, column],
            ImportError::Xml { line } => vec![line],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::Json { line, column } => write!(f, "line {line}, column {column}"),
            ImportError::Xml { line } => write!(f, "line {line}"),
            ImportError::TooLarge { bytes, most } => write!(f, "{bytes} bytes, {most} at most"),
            _ => f.write_str(self.code()),
        }
    }
}

impl core::error::Error for ImportError {}
