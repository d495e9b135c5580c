//! Admins outside single sign-on, and the first run: what is asked, and what a decision changes.

use core::net::IpAddr;

use keyward_core::TokenHash;
use keyward_core::address::Email;
use keyward_core::admin::Privilege;
use keyward_core::id::{TenantId, UserId};
use keyward_core::outside::keep::Outside;
use keyward_core::outside::set_up::{LinkFacts, SetUpFacts};
use keyward_core::outside::{
    DAY, EVERYWHERE, Failures, HOUR, IN_A_NETWORK, OutsideFacts, OutsideGuard, OutsideWrite, OwnFacts,
    WHERE_KNOWN, counted_by, hour,
};
use keyward_saml::Timestamp;

use super::rows::{
    LinkRow, NextStepsRow, OutsideAccountRow, OutsideFailuresRow, OutsideRefusalRow, OutsideRow, OwnRow,
    SaltRow, SetUpRow,
};
use super::statement::statement;
use super::{Answers, Statement, StoreError};

#[cfg(test)]
pub(crate) const STATEMENTS: &[(&str, &[&str])] = &[
    ("load_outside_salt", SaltRow::COLUMNS),
    ("load_outside_accounts", OutsideAccountRow::COLUMNS),
    ("load_outside_failures", OutsideFailuresRow::COLUMNS),
    ("load_outside_refusals", OutsideRefusalRow::COLUMNS),
    ("load_outside_own", OwnRow::COLUMNS),
    ("load_outside_admins", OutsideRow::COLUMNS),
    ("load_outside_link", LinkRow::COLUMNS),
    ("load_set_up", SetUpRow::COLUMNS),
    ("load_next_steps", NextStepsRow::COLUMNS),
];

/// What is done of what an organisation begins with.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a list of what is done")]
pub(crate) struct NextSteps {
    pub(crate) kit: bool,
    pub(crate) vault: bool,
    pub(crate) phrase: bool,
    pub(crate) keys: bool,
    pub(crate) connection: bool,
    pub(crate) domain: bool,
    pub(crate) second: bool,
}

impl From<NextStepsRow> for NextSteps {
    fn from(row: NextStepsRow) -> NextSteps {
        NextSteps {
            kit: row.kit != 0,
            vault: row.vault != 0,
            phrase: row.phrase != 0,
            keys: row.keys != 0,
            connection: row.connection != 0,
            domain: row.domain != 0,
            second: row.second != 0,
        }
    }
}

/// What salts are made of.
pub(crate) fn salt() -> Vec<Statement> {
    vec![statement!("load_outside_salt")]
}

/// The key.
pub(crate) fn read_salt(answers: &mut impl Answers) -> Result<TokenHash, StoreError> {
    let missing = StoreError::Row { of: "outside_salt", what: "there is none" };
    let key = answers.row::<SaltRow>()?.and_then(|row| TokenHash::from_stored(row.key));
    key.ok_or(missing)
}

/// Who has an e-mail, and how often its password was wrong.
pub(crate) fn sign_in(email: &Email, browser: &TokenHash, network: &str, now: Timestamp) -> Vec<Statement> {
    vec![
        statement!("load_outside_accounts", email.as_str(), browser.as_str()),
        failures(email, browser, network, now),
        statement!("load_outside_refusals", counted_by(email).as_str(), hour(now)),
    ]
}

/// How often its password was wrong.
pub(crate) fn failures(email: &Email, browser: &TokenHash, network: &str, now: Timestamp) -> Statement {
    let email = counted_by(email);
    let (hour, day) = (now.minus(HOUR), now.minus(DAY));
    statement!("load_outside_failures", email.as_str(), browser.as_str(), network, hour, day)
}

/// The facts.
pub(crate) fn read_sign_in(answers: &mut impl Answers) -> Result<OutsideFacts, StoreError> {
    let rows = answers.rows::<OutsideAccountRow>()?;
    let accounts = rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let failures = read_failures(answers)?;
    let told =
        answers.rows::<OutsideRefusalRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    Ok(OutsideFacts { accounts, failures, told })
}

/// What was wrong.
pub(crate) fn read_failures(answers: &mut impl Answers) -> Result<Failures, StoreError> {
    Ok(answers.row::<OutsideFailuresRow>()?.map(Into::into).unwrap_or_default())
}

/// What a session's person signs in with.
pub(crate) fn own(token: &TokenHash) -> Statement {
    statement!("load_outside_own", token.as_str())
}

/// The e-mail that is typed, and the rest.
pub(crate) fn read_own(answers: &mut impl Answers) -> Result<Option<(Email, OwnFacts)>, StoreError> {
    answers.row::<OwnRow>()?.map(OwnRow::facts).transpose()
}

/// Who of an organisation signs in outside: that of a session, or of a token of the API.
pub(super) fn admins(session: Option<&TokenHash>, token: Option<&TokenHash>) -> Statement {
    statement!("load_outside_admins", session.map(TokenHash::as_str), token.map(TokenHash::as_str))
}

/// Who.
pub(crate) fn read_admins(answers: &mut impl Answers) -> Result<Outside, StoreError> {
    answers.row::<OutsideRow>()?.map_or_else(|| Ok(Outside::default()), TryInto::try_into)
}

/// A link.
pub(crate) fn link(token: &TokenHash) -> Vec<Statement> {
    let all = i64::try_from(Privilege::ALL.len()).unwrap_or(i64::MAX);
    vec![statement!("load_outside_link", token.as_str(), all)]
}

/// The link.
pub(crate) fn read_link(answers: &mut impl Answers) -> Result<Option<LinkFacts>, StoreError> {
    answers.row::<LinkRow>()?.map(TryInto::try_into).transpose()
}

/// Where the first run stands.
pub(crate) fn set_up() -> Vec<Statement> {
    vec![statement!("load_set_up")]
}

/// Where. Without a row it is closed.
pub(crate) fn read_set_up(answers: &mut impl Answers) -> Result<SetUpFacts, StoreError> {
    let closed = SetUpFacts { is_open: false, tenant: None };
    answers.row::<SetUpRow>()?.map_or(Ok(closed), TryInto::try_into)
}

/// What is done of what an organisation begins with.
pub(crate) fn next_steps(token: &TokenHash) -> Statement {
    statement!("load_next_steps", token.as_str())
}

/// What.
pub(crate) fn read_next_steps(answers: &mut impl Answers) -> Result<NextSteps, StoreError> {
    Ok(answers.row::<NextStepsRow>()?.map(Into::into).unwrap_or_default())
}

pub(super) fn guard(guard: &OutsideGuard) -> Statement {
    match guard {
        OutsideGuard::Credential { tenant, user, version } => {
            statement!("guard_outside_credential", tenant.as_str(), user.as_str(), *version)
        }
        OutsideGuard::Unchanged { tenant, version } => {
            statement!("guard_outside_version", tenant.as_str(), *version)
        }
        OutsideGuard::Failures { email, network, browser, now } => statement!(
            "guard_outside_failures",
            email.as_str(),
            network.as_str(),
            browser.as_ref().map(TokenHash::as_str),
            now.minus(HOUR),
            now.minus(DAY),
            IN_A_NETWORK,
            EVERYWHERE,
            WHERE_KNOWN,
        ),
        OutsideGuard::SetUp { tenant } => {
            statement!("guard_set_up", tenant.as_ref().map(TenantId::as_str))
        }
    }
}

pub(super) fn write(write: &OutsideWrite) -> Statement {
    let address = |from: &Option<IpAddr>| from.map(|from| from.to_string());
    match write {
        OutsideWrite::Put { tenant, user, email, verifier, from, at } => statement!(
            "upsert_outside_admin",
            tenant.as_str(),
            user.as_str(),
            email.as_str(),
            verifier.as_str(),
            address(from).as_deref(),
            *at,
        ),
        OutsideWrite::PutPassword { tenant, user, verifier, recovery, at } => statement!(
            "update_outside_password",
            tenant.as_str(),
            user.as_str(),
            verifier.as_str(),
            recovery.as_ref().map(TokenHash::as_str),
            *at,
        ),
        OutsideWrite::PutRecovery { tenant, user, recovery, at } => {
            statement!("update_outside_recovery", tenant.as_str(), user.as_str(), recovery.as_str(), *at,)
        }
        OutsideWrite::Remove { tenant, user } => {
            statement!("delete_outside_admin", tenant.as_str(), user.as_str())
        }
        OutsideWrite::CameFrom { tenant, user, from, at } => {
            let from = address(from);
            statement!("update_outside_from", tenant.as_str(), user.as_str(), from.as_deref(), *at)
        }
        OutsideWrite::Renew { tenant } => statement!("update_tenant_outside", tenant.as_str()),
        OutsideWrite::Fail { email, id, network, browser, at } => statement!(
            "insert_outside_failure",
            email.as_str(),
            id.as_str(),
            network.as_str(),
            browser.as_str(),
            *at,
        ),
        OutsideWrite::Tell { email, code, hour, event, reference } => statement!(
            "insert_outside_refusal",
            email.as_str(),
            *code,
            *hour,
            event.as_str(),
            reference.as_str(),
        ),
        OutsideWrite::Again { event } => statement!("update_event_repeated", event.as_str()),
        OutsideWrite::OfferLink { tenant, token, user, at, expires_at } => statement!(
            "insert_outside_link",
            tenant.as_str(),
            token.as_str(),
            user.as_ref().map(UserId::as_str),
            *at,
            *expires_at,
        ),
        OutsideWrite::WithdrawLinks { tenant, user } => {
            statement!("delete_outside_links", tenant.as_str(), user.as_ref().map(UserId::as_str))
        }
        OutsideWrite::UseLink { tenant, token, at } => {
            statement!("insert_used_outside_link", tenant.as_str(), token.as_str(), *at)
        }
        OutsideWrite::EndSetUpTokens { tenant, at } => {
            statement!("update_set_up_tokens_ended", tenant.as_str(), *at)
        }
        OutsideWrite::BeginSetUp { tenant } => statement!("update_set_up_begun", tenant.as_str()),
        OutsideWrite::CloseSetUp { tenant, at } => {
            statement!("update_set_up_closed", tenant.as_ref().map(TenantId::as_str), *at)
        }
    }
}
