//! Notices: what is written of them, and which are due.

use keyward_core::address::Email;
use keyward_core::facts::{TenantStatus, UserStatus};
use keyward_core::id::{ConnectionId, MailId, TenantId, UserId};
use keyward_core::mail::{DueMail, INVITATIONS_A_DAY, Kind, MailGuard, MailWrite, Provider};
use keyward_saml::Timestamp;
use serde::Deserialize;

use super::statement::statement;
use super::{Answers, Statement, StoreError};

/// A notice that is due, as the database has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DueMailRow {
    tenant: String,
    organisation: String,
    tenant_status: String,
    id: String,
    user: String,
    user_status: String,
    email: String,
    kind: String,
    about: String,
    sealed: Option<String>,
    attempts: i64,
    due_at: i64,
    provider: Option<String>,
    from_address: Option<String>,
    url: Option<String>,
    secret: Option<String>,
}

/// The secret of an organisation's service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealedSecret {
    pub(crate) tenant: String,
    /// `None`: the deployment sends its mail.
    pub(crate) secret: Option<String>,
}

/// What its statements load.
#[cfg(test)]
pub(super) const STATEMENTS: &[(&str, &[&str])] = &[
    (
        "load_due_mail",
        &[
            "tenant",
            "organisation",
            "tenant_status",
            "id",
            "user",
            "user_status",
            "email",
            "kind",
            "about",
            "sealed",
            "attempts",
            "due_at",
            "provider",
            "from_address",
            "url",
            "secret",
        ],
    ),
    ("load_sealed_mail_settings", &["tenant", "secret"]),
];

/// By whom mail goes out, of the columns that say it; `None` where a column is not what the migrations promise.
pub(crate) fn provider(
    name: Option<&str>,
    from: Option<&str>,
    url: Option<&str>,
    secret: Option<&str>,
) -> Option<Option<Provider>> {
    match name {
        None => Some(None),
        Some("deployment") => Some(Some(Provider::Deployment)),
        Some("http") => {
            let (from, url, secret) = (Email::parse(from?)?, url?.to_owned(), secret?.to_owned());
            Some(Some(Provider::Http { from, url, secret }))
        }
        Some(_) => None,
    }
}

impl DueMailRow {
    fn facts(self) -> Option<DueMail> {
        Some(DueMail {
            tenant: TenantId::parse(&self.tenant)?,
            tenant_status: TenantStatus::parse(&self.tenant_status)?,
            id: MailId::parse(&self.id)?,
            user: UserId::parse(&self.user)?,
            user_status: UserStatus::parse(&self.user_status)?,
            email: Email::parse(&self.email)?,
            kind: Kind::parse(&self.kind)?,
            attempts: usize::try_from(self.attempts).ok()?,
            due_at: Timestamp::from_millis(self.due_at),
            provider: provider(
                self.provider.as_deref(),
                self.from_address.as_deref(),
                self.url.as_deref(),
                self.secret.as_deref(),
            )?,
            organisation: self.organisation,
            about: self.about,
            sealed: self.sealed,
        })
    }
}

/// The notices that are due.
pub(crate) fn due(now: Timestamp) -> Vec<Statement> {
    vec![statement!("load_due_mail", now)]
}

pub(crate) fn read_due(answers: &mut impl Answers) -> Result<Vec<DueMail>, StoreError> {
    let read = |row: DueMailRow| row.facts().ok_or(StoreError::Row { of: "mail", what: "a column" });
    answers.rows::<DueMailRow>()?.into_iter().map(read).collect()
}

/// Secrets of services, after an organisation's.
pub(crate) fn sealed_after(tenant: &str) -> Vec<Statement> {
    vec![statement!("load_sealed_mail_settings", tenant)]
}

/// Keeps a secret sealed anew, unless another one has come meanwhile.
pub(crate) fn reseal(tenant: &str, before: &str, sealed: &str) -> Statement {
    statement!("update_mail_secret", tenant, before, sealed)
}

/// What a Worker in local development would send, and to whom.
pub(crate) fn keep(mail: &DueMail, sender: &str, subject: &str, text: &str, at: Timestamp) -> Statement {
    statement!(
        "insert_mail_outbox",
        mail.tenant.as_str(),
        mail.id.as_str(),
        mail.user.as_str(),
        sender,
        mail.email.as_str(),
        subject,
        text,
        at,
    )
}

pub(super) fn guard(guard: &MailGuard) -> Statement {
    match guard {
        MailGuard::Due { tenant, id, user, due_at } => {
            statement!("guard_mail_due", tenant.as_str(), id.as_str(), user.as_str(), *due_at)
        }
        MailGuard::Tests { tenant, most } => {
            statement!("guard_mail_tests", tenant.as_str(), Kind::Test.as_str(), *most)
        }
    }
}

pub(super) fn write(write: &MailWrite) -> Statement {
    match write {
        MailWrite::ToUser { tenant, id, user, kind, about, at } => statement!(
            "insert_mail",
            tenant.as_str(),
            id.as_str(),
            user.as_str(),
            kind.as_str(),
            about.as_str(),
            *at,
        ),
        MailWrite::Invite { tenant, id, user, connection, sealed, at, since } => statement!(
            "insert_invitation",
            tenant.as_str(),
            id.as_str(),
            user.as_str(),
            Kind::Invitation.as_str(),
            connection.as_str(),
            sealed.as_str(),
            *at,
            *since,
            INVITATIONS_A_DAY,
        ),
        MailWrite::ToAdmins { tenant, id, privilege, connection, user, kind, about, at } => statement!(
            "insert_mail_to_admins",
            tenant.as_str(),
            id.as_str(),
            privilege.as_str(),
            connection.as_ref().map(ConnectionId::as_str),
            user.as_ref().map(UserId::as_str),
            kind.as_str(),
            about.as_str(),
            *at,
        ),
        MailWrite::SetProvider { tenant, provider: None } => {
            statement!("delete_mail_settings", tenant.as_str())
        }
        MailWrite::SetProvider { tenant, provider: Some(provider) } => {
            let (from, url, secret) = match provider {
                Provider::Deployment => (None, None, None),
                Provider::Http { from, url, secret } => {
                    (Some(from.as_str()), Some(url.as_str()), Some(secret.as_str()))
                }
            };
            statement!("upsert_mail_settings", tenant.as_str(), provider.as_str(), from, url, secret)
        }
        MailWrite::Take { tenant, id, user, next_at } => {
            statement!("update_mail_taken", tenant.as_str(), id.as_str(), user.as_str(), *next_at)
        }
        MailWrite::Sent { tenant, id, user, at } => {
            statement!("update_mail_sent", tenant.as_str(), id.as_str(), user.as_str(), *at)
        }
        MailWrite::Failed { tenant, id, user, failure } => {
            statement!("update_mail_failed", tenant.as_str(), id.as_str(), user.as_str(), failure.as_str())
        }
    }
}
