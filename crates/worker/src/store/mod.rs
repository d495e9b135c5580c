//! D1: every statement is a file in `sql/`, every row has a type here, every batch is one round trip.
//!
//! - [`load`] asks and makes facts of the answers, [`commit`] makes statements of a decision.
//! - [`conflict`] is the one place that reads the text of a database's error.
//! - Nothing here decides anything.

mod admin;
pub(crate) mod admin_load;
pub(crate) mod commit;
pub(crate) mod conflict;
pub(crate) mod database;
mod escrow;
pub(crate) mod factors;
pub(crate) mod load;
pub(crate) mod load_devices;
pub(crate) mod load_escrow;
pub(crate) mod load_trial;
pub(crate) mod mail;
pub(crate) mod outside;
pub(crate) mod purge;
pub(crate) mod rows;
pub(crate) mod sp_keys;
mod statement;
#[cfg(test)]
mod tests;

pub(crate) use database::Database;
pub(crate) use statement::{Answers, Statement, Value};

use core::fmt;

/// What to do about [`StoreError::NotMigrated`].
pub(crate) const NOT_MIGRATED: &str = "the database has not been migrated: run `npm run deploy`, or `npx wrangler d1 migrations apply DB --remote`";

/// Why the database did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// A guard did not hold, or what may be there once was there already: load and decide again.
    Conflict,
    /// It is older than this code.
    NotMigrated,
    /// It failed. The text names constraints and columns, never values.
    Database(String),
    /// A row is not what the migrations promise.
    Row {
        /// The table or statement.
        of: &'static str,
        /// The column, or what is wrong.
        what: &'static str,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Conflict => f.write_str("conflict"),
            StoreError::NotMigrated => f.write_str(NOT_MIGRATED),
            StoreError::Database(text) => write!(f, "database: {text}"),
            StoreError::Row { of, what } => write!(f, "row of {of}: {what}"),
        }
    }
}
