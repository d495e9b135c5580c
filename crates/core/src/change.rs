//! Why a change that an admin asked for is not made: an enum of facts, each with a stable code and a reason for admins.
//!
//! Who may ask for a change is not judged here.

use core::fmt;

use keyward_saml::Timestamp;

use crate::id::SpKeyId;

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unchanged {
    /// A next key waits already.
    KeyPending {
        /// Which.
        key: SpKeyId,
    },
    /// There are as many keys of a purpose as may be.
    KeyLimit {
        /// How many.
        limit: usize,
    },
    /// There is no such key.
    KeyMissing,
    /// The IdP cannot know the next key yet.
    KeyUnpublished {
        /// When it may be used.
        usable_at: Timestamp,
        /// The time it was judged at.
        now: Timestamp,
    },
    /// The key is in use.
    KeyInUse {
        /// Which.
        key: SpKeyId,
    },
}

impl Unchanged {
    /// The stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Unchanged::KeyPending { .. } => "key-pending",
            Unchanged::KeyLimit { .. } => "key-limit",
            Unchanged::KeyMissing => "key-missing",
            Unchanged::KeyUnpublished { .. } => "key-unpublished",
            Unchanged::KeyInUse { .. } => "key-in-use",
        }
    }
}

impl fmt::Display for Unchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unchanged::KeyPending { key } => {
                write!(
                    f,
                    "The key {} waits to be used. Use it, or remove it, before another is made.",
                    key.as_str()
                )
            }
            Unchanged::KeyLimit { limit } => {
                write!(f, "A connection has {limit} keys of a kind at most. Remove a retired one.")
            }
            Unchanged::KeyMissing => f.write_str("There is no such key."),
            Unchanged::KeyUnpublished { usable_at, now } => write!(
                f,
                "The IdP may not know the key yet: it is in our metadata for long enough at {usable_at}, and it is {now}. Load the \
                 certificate at the IdP, and say so."
            ),
            Unchanged::KeyInUse { key } => {
                write!(f, "The key {} is in use. Use the next one before this one is removed.", key.as_str())
            }
        }
    }
}
