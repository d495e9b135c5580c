//! What is done with keys outside the engine, and the answers.

use zeroize::Zeroizing;

use crate::crypto::{OpenJob, UnwrapKeyJob, VerifyJob};

/// Something to do with a key, by the host or by [`crate::pure`].
#[derive(Clone, Debug)]
pub enum Job {
    /// Does this key verify this signature of this message?
    Verify(VerifyJob),
    /// Unwrap a content key with one of the service provider's keys.
    UnwrapKey(UnwrapKeyJob),
    /// Decrypt a content under its key.
    Open(OpenJob),
}

/// The answer to a [`Job`], made by it. It may hold a content key, so it is not for printing.
pub struct Outcome(pub(crate) Answer);

pub(crate) enum Answer {
    Verified(bool),
    Key(Option<Zeroizing<Vec<u8>>>),
    Opened(Option<Vec<u8>>),
}

impl VerifyJob {
    /// Whether the signature is valid.
    pub fn outcome(&self, is_valid: bool) -> Outcome {
        Outcome(Answer::Verified(is_valid))
    }
}

impl UnwrapKeyJob {
    /// The content key, or `None` for whatever went wrong.
    pub fn outcome(&self, key: Option<Zeroizing<Vec<u8>>>) -> Outcome {
        Outcome(Answer::Key(key))
    }
}

impl OpenJob {
    /// The plaintext, or `None` for whatever went wrong.
    pub fn outcome(&self, plaintext: Option<Vec<u8>>) -> Outcome {
        Outcome(Answer::Opened(plaintext))
    }
}

/// The content keys among outcomes.
pub(crate) fn content_keys(outcomes: impl IntoIterator<Item = Outcome>) -> Vec<Option<Zeroizing<Vec<u8>>>> {
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome(Answer::Key(key)) => key,
            Outcome(Answer::Verified(_) | Answer::Opened(_)) => None,
        })
        .collect()
}

/// Takes the next outcomes: whether any of them is a yes. All are taken.
pub(crate) fn any_verified(outcomes: &mut impl Iterator<Item = Outcome>, jobs: usize) -> bool {
    outcomes.take(jobs).fold(false, |any, outcome| any | matches!(outcome, Outcome(Answer::Verified(true))))
}
