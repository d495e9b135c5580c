//! Second factors and the onboarding: what is asked, and what a decision changes.

use keyward_core::TokenHash;
use keyward_core::id::DeviceId;
use keyward_core::onboarding::OnboardingWrite;
use keyward_core::policy::Method;
use keyward_core::two_factor::webauthn::{Challenge, Credential};
use keyward_core::two_factor::{
    DAY, EVERYWHERE, FactorGuard, FactorWrite, Failures, HOUR, IN_A_NETWORK, IN_A_SESSION, WHERE_KNOWN,
};
use keyward_saml::Timestamp;

use super::load::whole_session;
use super::rows::{
    BackupCodeRow, FactorChallengeRow, FactorFailuresRow, FactorRow, LoadedFactor, SealedFactorRow,
};
use super::statement::statement;
use super::{Answers, Statement, StoreError};

/// A session with its person's factors, their codes, and how often codes were wrong.
pub(crate) fn factors(token: &TokenHash, network: &str, now: Timestamp) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_factors", token.as_str()),
        statement!("load_backup_codes", token.as_str()),
        statement!("load_factor_failures", token.as_str(), network, now.minus(HOUR), now.minus(DAY)),
    ]
}

/// The same, with a challenge of the session's.
pub(crate) fn factors_with_challenge(
    token: &TokenHash,
    network: &str,
    challenge: &TokenHash,
    now: Timestamp,
) -> Vec<Statement> {
    let mut statements = factors(token, network, now);
    statements.push(statement!("load_factor_challenge", token.as_str(), challenge.as_str()));
    statements
}

/// A session with its person's factors, a challenge of it, and a device of theirs.
pub(crate) fn unlocking(token: &TokenHash, device: &DeviceId, challenge: &TokenHash) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_factors", token.as_str()),
        statement!("load_factor_challenge", token.as_str(), challenge.as_str()),
        statement!("load_vault_device", token.as_str(), device.as_str()),
    ]
}

/// The factors, the oldest first.
pub(crate) fn read_factors(answers: &mut impl Answers) -> Result<Vec<LoadedFactor>, StoreError> {
    let rows = answers.rows::<FactorRow>()?;
    let mut factors: Vec<LoadedFactor> = rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    factors.sort_by_key(|factor| factor.created_at);
    Ok(factors)
}

/// The hashes of the codes that were not used.
pub(crate) fn read_codes(answers: &mut impl Answers) -> Result<Vec<String>, StoreError> {
    Ok(answers.rows::<BackupCodeRow>()?.into_iter().map(|row| row.hash).collect())
}

/// What was wrong.
pub(crate) fn read_failures(answers: &mut impl Answers) -> Result<Failures, StoreError> {
    Ok(answers.row::<FactorFailuresRow>()?.map(Into::into).unwrap_or_default())
}

/// The challenge.
pub(crate) fn read_challenge(
    answers: &mut impl Answers,
    hash: &TokenHash,
) -> Result<Option<Challenge>, StoreError> {
    answers.row::<FactorChallengeRow>()?.map(|row| row.with(hash.clone())).transpose()
}

/// A factor of anybody's, as it is at rest.
pub(crate) struct SealedFactor {
    pub(crate) tenant: String,
    pub(crate) user: String,
    pub(crate) id: String,
    pub(crate) is_app: bool,
    pub(crate) secret: String,
}

/// The next ones after a place: tenant, user and id of the last one seen.
pub(crate) fn sealed_after([tenant, user, id]: [&str; 3]) -> Vec<Statement> {
    vec![statement!("load_sealed_factors", tenant, user, id)]
}

/// The factors.
pub(crate) fn read_sealed(answers: &mut impl Answers) -> Result<Vec<SealedFactor>, StoreError> {
    let sealed = |SealedFactorRow { tenant, user, id, kind, secret }| SealedFactor {
        tenant,
        user,
        id,
        is_app: kind == "totp",
        secret,
    };
    Ok(answers.rows::<SealedFactorRow>()?.into_iter().map(sealed).collect())
}

/// Keeps it sealed anew, unless somebody else has meanwhile.
pub(crate) fn reseal(factor: &SealedFactor, sealed: &str) -> Statement {
    statement!(
        "update_factor_secret",
        factor.tenant.as_str(),
        factor.user.as_str(),
        factor.id.as_str(),
        factor.secret.as_str(),
        sealed
    )
}

/// What an app's secret is sealed for.
pub(crate) fn bound_to(tenant: &str, user: &str, id: &str) -> String {
    format!("{tenant}|{user}|{id}|totp")
}

fn named(method: Method) -> &'static str {
    match method {
        Method::Totp => "totp",
        Method::Webauthn => "webauthn",
        Method::BackupCode => "backup_code",
    }
}

pub(super) fn guard(guard: &FactorGuard) -> Statement {
    match guard {
        FactorGuard::None { tenant, user } => statement!("guard_no_factor", tenant.as_str(), user.as_str()),
        FactorGuard::Failures { tenant, user, session, network, is_known_browser, now } => statement!(
            "guard_factor_failures",
            tenant.as_str(),
            user.as_str(),
            session.as_str(),
            network.as_str(),
            *is_known_browser,
            now.minus(HOUR),
            now.minus(DAY),
            IN_A_SESSION,
            IN_A_NETWORK,
            EVERYWHERE,
            WHERE_KNOWN,
        ),
        FactorGuard::Counter { tenant, user, id, counter } => {
            statement!("guard_factor_counter", tenant.as_str(), user.as_str(), id.as_str(), *counter)
        }
        FactorGuard::Challenges { tenant, session, now, most } => {
            statement!("guard_factor_challenges", tenant.as_str(), session.as_str(), *now, *most)
        }
    }
}

pub(super) fn write(write: &FactorWrite) -> Statement {
    match write {
        FactorWrite::AddApp { tenant, user, id, name, sealed, at } => statement!(
            "insert_factor",
            tenant.as_str(),
            user.as_str(),
            id.as_str(),
            "totp",
            name.as_str(),
            sealed.as_str(),
            None::<&str>,
            0_i64,
            false,
            false,
            *at,
        ),
        FactorWrite::AddPasskey { tenant, user, id, name, credential, at } => {
            let Credential { id: credential, key, counter, is_verified, may_sync } = credential;
            statement!(
                "insert_factor",
                tenant.as_str(),
                user.as_str(),
                id.as_str(),
                "webauthn",
                name.as_str(),
                key.as_str(),
                credential.as_str(),
                *counter,
                *is_verified,
                *may_sync,
                *at,
            )
        }
        FactorWrite::Use { tenant, user, id, counter, at } => {
            statement!("update_factor_used", tenant.as_str(), user.as_str(), id.as_str(), *counter, *at)
        }
        FactorWrite::UseStep { tenant, user, id, step, at } => {
            statement!("insert_used_factor_step", tenant.as_str(), user.as_str(), id.as_str(), *step, *at)
        }
        FactorWrite::UseCode { tenant, user, hash, at } => {
            statement!("insert_used_backup_code", tenant.as_str(), user.as_str(), hash.as_str(), *at)
        }
        FactorWrite::UseChallenge { tenant, challenge, at } => {
            statement!("insert_used_factor_challenge", tenant.as_str(), challenge.as_str(), *at)
        }
        FactorWrite::Challenge { tenant, challenge, session, ceremony, device, at, expires_at } => {
            statement!(
                "insert_factor_challenge",
                tenant.as_str(),
                challenge.as_str(),
                session.as_str(),
                ceremony.as_str(),
                device.as_ref().map(DeviceId::as_str),
                *at,
                *expires_at,
            )
        }
        FactorWrite::Remove { tenant, user, id } => {
            statement!("delete_factor", tenant.as_str(), user.as_str(), id.as_str())
        }
        FactorWrite::RemoveAll { tenant, user } => {
            statement!("delete_factors", tenant.as_str(), user.as_str())
        }
        FactorWrite::AddCodes { tenant, user, hashes, at } => {
            statement!("insert_backup_codes", tenant.as_str(), user.as_str(), hashes.as_str(), *at)
        }
        FactorWrite::RemoveCodes { tenant, user } => {
            statement!("delete_backup_codes", tenant.as_str(), user.as_str())
        }
        FactorWrite::Show { tenant, user, session, method, at } => statement!(
            "upsert_session_factor",
            tenant.as_str(),
            session.as_str(),
            user.as_str(),
            named(*method),
            *at,
        ),
        FactorWrite::ForgetShown { tenant, user, except } => {
            statement!("delete_session_factors", tenant.as_str(), user.as_str(), except.as_str())
        }
        FactorWrite::KnowBrowser { tenant, user, browser, method, remembered_at, at } => statement!(
            "upsert_factor_browser",
            tenant.as_str(),
            user.as_str(),
            browser.as_str(),
            named(*method),
            *remembered_at,
            *at,
        ),
        FactorWrite::ForgetBrowsers { tenant, user } => {
            statement!("delete_factor_browsers", tenant.as_str(), user.as_str())
        }
        FactorWrite::ForgetBrowser { tenant, user, browser } => {
            statement!("delete_factor_browser", tenant.as_str(), user.as_str(), browser.as_str())
        }
        FactorWrite::ForgetOtherBrowsers { tenant, user, browser } => {
            statement!("delete_other_factor_browsers", tenant.as_str(), user.as_str(), browser.as_str())
        }
        FactorWrite::Fail { tenant, user, id, session, network, is_unknown, at } => statement!(
            "insert_factor_failure",
            tenant.as_str(),
            user.as_str(),
            id.as_str(),
            session.as_str(),
            network.as_str(),
            *is_unknown,
            *at,
        ),
    }
}

pub(super) fn onboarding(write: &OnboardingWrite) -> Statement {
    match write {
        OnboardingWrite::Start { tenant, user, at } => {
            statement!("insert_onboarding", tenant.as_str(), user.as_str(), *at)
        }
        OnboardingWrite::PutExtension { tenant, browser, url: Some(url) } => {
            statement!("upsert_extension_link", tenant.as_str(), *browser, url.as_str())
        }
        OnboardingWrite::PutExtension { tenant, browser, url: None } => {
            statement!("delete_extension_link", tenant.as_str(), *browser)
        }
        OnboardingWrite::Mark { tenant, user, step, progress, at } => statement!(
            "upsert_onboarding_step",
            tenant.as_str(),
            user.as_str(),
            step.as_str(),
            progress.as_str(),
            *at,
        ),
    }
}
