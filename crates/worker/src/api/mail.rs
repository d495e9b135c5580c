//! By whom an organisation's mail goes out, and what of it did.

use keyward_core::admin::{AdminRefusal, Privileges, set_mail, test_mail};
use keyward_core::mail::{Kind, Provider, secret_bound_to};
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::call::{Call, done, page, shown};
use super::describe::{Address, Described, Text, Time, body, row, view};
use super::problem::{Problem, Stop};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::seal::seal;
use crate::store::{StoreError, admin_load as load, mail};

body!(
    /// By whom mail goes out.
    MailBody {
        provider: ProviderName = "`deployment`: as this deployment sends its mail; `http`: by a service of yours",
        from: Option<Address> = "Whom mail is from, where a service sends it",
        url: Option<Text<10, 2048>> = "Where the service takes mail: https",
        secret: Option<Text<8, 500>> = "What the service knows us by; left out, it stays where `url` does",
    }
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProviderName {
    Deployment,
    Http,
}

impl<'de> Deserialize<'de> for ProviderName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ProviderName, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "deployment" => Ok(ProviderName::Deployment),
            "http" => Ok(ProviderName::Http),
            _ => Err(serde::de::Error::custom("the provider is `deployment` or `http`")),
        }
    }
}

impl Described for ProviderName {
    fn schema() -> Json {
        json!({ "type": "string", "enum": ["deployment", "http"] })
    }
}

view!(
    /// By whom mail goes out.
    MailView {
        provider: Option<String> = "`deployment` or `http`; null: no mail goes out",
        from: Option<String> = "Whom mail is from",
        url: Option<String> = "Where the service takes mail; null: there is none",
        offered: Option<String> = "Whom mail is from that this deployment sends itself; null: it sends none",
        waiting: i64 = "Notices that are yet to be sent",
    }
);

view!(
    /// A notice that was sent, or is to be.
    MessageView {
        id: String = "Its id",
        user: String = "Whom it is for",
        kind: String = "What it tells",
        subject: String = "What stands above it",
        link: Option<String> = "Where it leads; null: that is a secret of its reader's, which was in the answer to who made it",
        status: String = "`waiting`, `sent` or `failed`",
        created_at: Time = "When it was written",
        sent_at: Option<Time> = "When it was sent; null: it was not",
        next_at: Option<Time> = "When it is tried next; null: not again",
        attempts: i64 = "How often it was tried",
        failure: Option<String> = "Why it was not sent when it was tried last; null: it was, or was not tried",
    }
);

row!(
    /// By whom it goes out.
    MailRow {
        provider: Option<String>,
        from_address: Option<String>,
        url: Option<String>,
        secret: Option<String>,
        waiting: i64,
        tests: i64,
    }
);

row!(
    /// A notice.
    MessageRow {
        id: String,
        user: String,
        kind: String,
        created_at: Time,
        due_at: Option<Time>,
        attempts: i64,
        failure: Option<String>,
        sent_at: Option<Time>,
        organisation: String,
    }
);

/// What its statements load.
#[cfg(test)]
pub(crate) const STATEMENTS: &[(&str, &[&str])] = &[
    ("load_mail_settings", <MailRow as super::describe::Columns>::COLUMNS),
    ("load_mail", <MessageRow as super::describe::Columns>::COLUMNS),
];

async fn settings(call: &Call<'_>) -> Result<(MailRow, Option<Provider>), Stop> {
    let row: MailRow = call.one(load::mail_settings(&call.actor()?.tenant)).await?;
    let provider = mail::provider(
        row.provider.as_deref(),
        row.from_address.as_deref(),
        row.url.as_deref(),
        row.secret.as_deref(),
    );
    let provider = provider.ok_or(StoreError::Row { of: "mail_settings", what: "provider" })?;
    Ok((row, provider))
}

fn need_root(call: &Call<'_>) -> Result<(), Stop> {
    let actor = call.must_see(Privileges::all())?;
    if actor.is_root() { Ok(()) } else { Err(AdminRefusal::RootOnly.into()) }
}

pub(super) async fn get(call: &Call<'_>) -> Result<Reply, Stop> {
    need_root(call)?;
    let (row, provider) = settings(call).await?;
    let offered = call.host.settings.mail.as_ref().map(|mail| mail.from.as_str().to_owned());
    let view = MailView {
        from: match &provider {
            None => None,
            Some(Provider::Deployment) => offered.clone(),
            Some(Provider::Http { from, .. }) => Some(from.as_str().to_owned()),
        },
        provider: row.provider,
        url: row.url,
        offered,
        waiting: row.waiting,
    };
    Ok(shown(&view, None))
}

pub(super) async fn put(call: &Call<'_>) -> Result<Reply, Stop> {
    need_root(call)?;
    let sent: MailBody = call.read()?;
    let provider = match (sent.provider, sent.from, sent.url) {
        (ProviderName::Deployment, None, None) if sent.secret.is_none() => Provider::Deployment,
        (ProviderName::Http, Some(from), Some(url)) => {
            let tenant = &call.actor()?.tenant;
            let secret = match (sent.secret, settings(call).await?.1) {
                (Some(secret), _) => {
                    let master_key = &call.host.settings.master_key;
                    let sealed = seal(master_key, &secret_bound_to(tenant), secret.0.as_bytes()).await;
                    sealed.ok_or(StoreError::Row { of: "mail_settings", what: "secret" })?
                }
                (None, Some(Provider::Http { url: before, secret, .. })) if before == url.0 => secret,
                (None, _) => return Err(AdminRefusal::MailIncomplete.into()),
            };
            Provider::Http { from: from.0, url: url.0, secret }
        }
        _ => return Err(AdminRefusal::MailIncomplete.into()),
    };
    set(call, Some(provider)).await?;
    get(call).await
}

async fn set(call: &Call<'_>, provider: Option<Provider>) -> Result<(), Stop> {
    let (settings, now) = (&call.host.settings, call.host.now);
    let is_offered = settings.mail.is_some();
    call.settle(async || {
        let provider = provider.clone();
        Ok(set_mail(call.actor()?, provider, is_offered, settings.local, now, &mut OsRandom)?)
    })
    .await
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Reply, Stop> {
    set(call, None).await?;
    Ok(done())
}

pub(super) async fn test(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let waiting = settings(call).await?.0.tests;
        Ok(test_mail(call.actor()?, waiting, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

/// Where a page begins: before this time, id and person.
fn before(after: Option<String>) -> Result<(i64, String, String), Stop> {
    let Some(after) = after else { return Ok((i64::from(u32::MAX) * 1000, String::new(), String::new())) };
    let mut places = after.split('.').map(str::to_owned);
    let read = (|| Some((places.next()?.parse().ok()?, places.next()?, places.next()?)))();
    read.filter(|(time, ..)| (0..1 << 48).contains(time)).ok_or_else(|| {
        Problem::new(400, "query-invalid", "`after` is what the page before called `next`.").into()
    })
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    need_root(call)?;
    let asked = call.page()?;
    let (time, id, user) = before(call.query("after"))?;
    let statement = load::mail(&call.actor()?.tenant, (time, &id, &user), asked.rows);
    let origin = &call.host.settings.origin;
    let view = |row: MessageRow| {
        let kind = Kind::parse(&row.kind);
        MessageView {
            subject: kind.map(|kind| kind.subject(&row.organisation)).unwrap_or_default(),
            link: kind.and_then(Kind::path).map(|path| format!("{origin}{path}")),
            status: match (row.sent_at, row.due_at) {
                (Some(_), _) => "sent",
                (None, Some(_)) => "waiting",
                (None, None) => "failed",
            }
            .to_owned(),
            id: row.id,
            user: row.user,
            kind: row.kind,
            created_at: row.created_at,
            sent_at: row.sent_at,
            next_at: row.due_at,
            attempts: row.attempts,
            failure: row.failure,
        }
    };
    let items: Vec<MessageView> = call.rows::<MessageRow>(statement).await?.into_iter().map(view).collect();
    Ok(page(items, &asked, |it| format!("{}.{}.{}", it.created_at.0, it.id, it.user)))
}
