//! D1 and SQLite tell constraint failures as text only. This is the one place that reads it.

use super::StoreError;

/// What a failed batch means.
///
/// A table or a column that is not there: the code is newer than the database. A failed guard or a key that is there already is a conflict: somebody was faster. A foreign key that leads nowhere is
/// one too: what was loaded is gone. Any other CHECK, a NULL, a type: a mistake of ours.
pub(crate) fn classify(message: &str) -> StoreError {
    let is_conflict = message.contains("CHECK constraint failed: guard")
        || message.contains("UNIQUE constraint failed")
        || message.contains("FOREIGN KEY constraint failed");
    let is_older = message.contains("no such table")
        || message.contains("no such column")
        || message.contains("has no column named");
    if is_conflict {
        StoreError::Conflict
    } else if is_older {
        StoreError::NotMigrated
    } else {
        StoreError::Database(message.chars().take(300).collect())
    }
}
