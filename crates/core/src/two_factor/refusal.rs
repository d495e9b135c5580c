//! Why a second factor is not accepted, added or removed.

use core::fmt;

use super::webauthn::WebauthnRefusal;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorRefusal {
    /// Not the code.
    Wrong,
    /// It was, and was used already.
    Used,
    /// Too many were wrong in this session.
    SessionSpent,
    /// Too many were wrong: wait, or use what cannot be guessed.
    TooMany,
    /// A factor has to be shown first.
    NotShown,
    /// It was not shown just now.
    NotFresh,
    /// Policies do not allow this method.
    Forbidden,
    /// Policies demand one, and it is the last.
    LastRequired,
    /// The person has no such factor.
    Unknown,
    /// They have as many as anybody may.
    Full,
    /// A name that is none.
    Name,
    /// Somebody has this passkey already.
    Taken,
    /// An answer of an authenticator that is none.
    Webauthn(WebauthnRefusal),
}

impl From<WebauthnRefusal> for FactorRefusal {
    fn from(refusal: WebauthnRefusal) -> FactorRefusal {
        FactorRefusal::Webauthn(refusal)
    }
}

impl FactorRefusal {
    /// Stable, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            FactorRefusal::Wrong => "code-wrong",
            FactorRefusal::Used => "code-used",
            FactorRefusal::SessionSpent => "two-factor-session-spent",
            FactorRefusal::TooMany => "two-factor-too-many",
            FactorRefusal::NotShown => "two-factor-needed",
            FactorRefusal::NotFresh => "two-factor-not-fresh",
            FactorRefusal::Forbidden => "two-factor-forbidden",
            FactorRefusal::LastRequired => "two-factor-last",
            FactorRefusal::Unknown => "two-factor-unknown",
            FactorRefusal::Full => "two-factor-full",
            FactorRefusal::Name => "two-factor-name",
            FactorRefusal::Taken => "two-factor-taken",
            FactorRefusal::Webauthn(refusal) => refusal.code(),
        }
    }
}

impl fmt::Display for FactorRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for FactorRefusal {}
