//! The rows of second factors, and what a session's row says of them.

use keyward_core::TokenHash;
use keyward_core::id::{DeviceId, FactorId};
use keyward_core::onboarding::{OnboardingFacts, Step};
use keyward_core::policy::Method;
use keyward_core::two_factor::webauthn::{Ceremony, Challenge, Credential};
use keyward_core::two_factor::{FactorFacts, Failures};
use keyward_saml::Timestamp;
use serde::Deserialize;

use super::{flag, time};
use crate::store::StoreError;

/// As tables call it.
pub(in crate::store) fn method(text: &str) -> Option<Method> {
    match text {
        "totp" => Some(Method::Totp),
        "webauthn" => Some(Method::Webauthn),
        "backup_code" => Some(Method::BackupCode),
        _ => None,
    }
}

#[derive(Deserialize)]
struct TwoFactorJson {
    kinds: Vec<String>,
    codes: u32,
    shown: Option<(String, i64)>,
    browser: Option<(String, i64)>,
}

pub(super) fn two_factor(json: &str) -> Option<FactorFacts> {
    let TwoFactorJson { kinds, codes, shown, browser } = serde_json::from_str(json).ok()?;
    let at = |(name, at): (String, i64)| Some((method(&name)?, time(at)));
    Some(FactorFacts {
        kinds: kinds.iter().map(|kind| method(kind)).collect::<Option<_>>()?,
        codes,
        shown: match shown {
            Some(shown) => Some(at(shown)?),
            None => None,
        },
        is_known_browser: browser.is_some(),
        remembered: match browser {
            Some((name, remembered)) if remembered > 0 => Some(at((name, remembered))?),
            _ => None,
        },
    })
}

#[derive(Deserialize)]
struct OnboardingJson {
    started: i64,
    asked: Option<i64>,
    consented: i64,
    steps: Vec<(String, String)>,
    phrase: i64,
    items: i64,
}

pub(super) fn onboarding(json: &str, factors: &FactorFacts) -> Option<OnboardingFacts> {
    let OnboardingJson { started, asked, consented, steps, phrase, items } =
        serde_json::from_str(json).ok()?;
    let marked = |state: &str| {
        let its = steps.iter().filter(move |(_, its)| its == state);
        its.filter_map(|(step, _)| Step::parse(step)).collect::<Vec<_>>()
    };
    let mut done = marked("done");
    // What the database shows by itself.
    done.extend(flag(consented).then_some(Step::EscrowConsent));
    done.extend(flag(phrase).then_some(Step::RecoveryPhrase));
    done.extend(flag(items).then_some(Step::FirstRecord));
    Some(OnboardingFacts {
        escrow_asked_at: asked.map(time),
        two_factor: factors.methods(),
        done,
        skipped: marked("skipped"),
        is_started: flag(started),
    })
}

row!(FactorRow {
    id: String,
    kind: String,
    name: String,
    secret: String,
    credential: Option<String>,
    counter: i64,
    is_verified: i64,
    may_sync: i64,
    created_at: i64,
    last_used_at: i64,
    used: String,
});

/// A factor of somebody's, as handlers look at it.
#[derive(Clone, Debug)]
pub(crate) struct LoadedFactor {
    pub(crate) id: FactorId,
    pub(crate) kind: Method,
    pub(crate) name: String,
    /// An app's: sealed under the master key.
    pub(crate) sealed: String,
    /// A passkey's.
    pub(crate) credential: Option<Credential>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    pub(crate) used: Vec<i64>,
}

impl TryFrom<FactorRow> for LoadedFactor {
    type Error = StoreError;

    fn try_from(row: FactorRow) -> Result<LoadedFactor, StoreError> {
        let credential = row.credential.map(|id| Credential {
            id,
            key: row.secret.clone(),
            counter: row.counter,
            is_verified: flag(row.is_verified),
            may_sync: flag(row.may_sync),
        });
        Ok(LoadedFactor {
            id: read!("factor", "id", FactorId::parse(&row.id))?,
            kind: read!("factor", "kind", method(&row.kind))?,
            name: row.name,
            sealed: row.secret,
            credential,
            created_at: time(row.created_at),
            last_used_at: time(row.last_used_at),
            used: read!("factor", "used", serde_json::from_str(&row.used).ok())?,
        })
    }
}

row!(
    /// A factor, looked through to seal its secret anew.
    SealedFactorRow { tenant: String, user: String, id: String, kind: String, secret: String }
);

row!(BackupCodeRow { hash: String });

row!(FactorFailuresRow { session: i64, network: i64, everywhere: i64, known: i64 });

impl From<FactorFailuresRow> for Failures {
    fn from(FactorFailuresRow { session, network, everywhere, known }: FactorFailuresRow) -> Failures {
        Failures { session, network, everywhere, known }
    }
}

row!(FactorChallengeRow { ceremony: String, device: Option<String>, expires_at: i64, is_used: i64 });

impl FactorChallengeRow {
    pub(in crate::store) fn with(self, hash: TokenHash) -> Result<Challenge, StoreError> {
        Ok(Challenge {
            hash,
            ceremony: read!("factor_challenge", "ceremony", Ceremony::parse(&self.ceremony))?,
            device: self.device.as_deref().and_then(DeviceId::parse),
            expires_at: time(self.expires_at),
            is_used: flag(self.is_used),
        })
    }
}
