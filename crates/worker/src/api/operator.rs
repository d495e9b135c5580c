//! What the operator of a deployment does: organisations come, are limited, and go.

use keyward_core::Token;
use keyward_core::admin::{NewTenant, create_tenant, limit_tenant, set_up_token};
use keyward_core::facts::TenantStatus;
use keyward_core::id::{TenantId, TokenId};
use keyward_core::mail::secret_bound_to;
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::call::{Call, Made, created, done, page, shown};
use super::describe::{Described, Text, Whole, body};
use super::problem::Stop;
use super::views::TenantView;
use crate::host::OsRandom;
use crate::http::Reply;
use crate::keys::Owner;
use crate::seal::{open, seal};
use crate::store::{Answers, admin_load as load, factors, mail, sp_keys};

/// More than anybody has, and few enough to count.
const SEATS: i64 = 10_000_000;

body!(
    /// An organisation to make.
    NewTenantBody {
        name: Text<1, 100> = "What it is called",
        seats: Whole<0, SEATS> = "How many accounts it may have",
    }
);

body!(
    /// What to change of an organisation; what is left out stays.
    TenantLimits {
        seats: Option<Whole<0, SEATS>> = "How many accounts it may have; those that it has stay",
        status: Option<Status> = "Suspended: nobody is signed in, and nothing is lost",
    }
);

body!(
    /// How far our keys were looked through.
    RewrapBody {
        after: Option<Text<1, 200>> = "`next` of the answer before; left out, from the beginning",
    }
);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Status(TenantStatus);

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "active" => Ok(Status(TenantStatus::Active)),
            "suspended" => Ok(Status(TenantStatus::Suspended)),
            _ => Err(serde::de::Error::custom("the status is `active` or `suspended`")),
        }
    }
}

impl Described for Status {
    fn schema() -> Json {
        json!({ "type": "string", "enum": ["active", "suspended"] })
    }
}

#[derive(serde::Serialize)]
struct NewTenantView {
    #[serde(flatten)]
    tenant: TenantView,
    set_up_token: Option<String>,
    set_up_link: Option<String>,
}

/// With the token that sets it up.
pub(super) fn new_tenant_schema() -> Json {
    let mut schema = TenantView::schema();
    if let Some(Json::Object(properties)) = schema.get_mut("properties") {
        properties.insert("set_up_token".to_owned(), secret_schema());
        properties.insert("set_up_link".to_owned(), link_schema());
    }
    if let Some(Json::Array(required)) = schema.get_mut("required") {
        required.extend(["set_up_token".into(), "set_up_link".into()]);
    }
    schema
}

const SECRET: &str =
    "A token with every privilege, for a week; null where the request was sent before: it is shown once";

fn secret_schema() -> Json {
    json!({ "type": ["string", "null"], "description": SECRET })
}

fn link_schema() -> Json {
    json!({ "type": ["string", "null"], "description": LINK })
}

const LINK: &str = "What to give to the first admin: by this link they begin in their browser, once and within a week; the token ends then; null as the token";

pub(super) fn token_schema() -> Json {
    super::describe::object(vec![
        ("set_up_token", SECRET, secret_schema(), false),
        ("set_up_link", LINK, link_schema(), false),
    ])
}

/// Where the secret's holder begins in their browser.
fn link(call: &Call<'_>, secret: Option<&String>) -> Option<String> {
    secret.map(|secret| format!("{}/setup/{secret}", call.host.settings.origin))
}

pub(super) fn rewrapped_schema() -> Json {
    let count = || json!({ "type": "integer" });
    super::describe::object(vec![
        ("rewrapped", "Keys that are under the master key of now, and were not", count(), false),
        ("unopened", "Keys that neither master key opens", count(), false),
        ("next", "Ask on with it; null: that was all", json!({ "type": ["string", "null"] }), false),
    ])
}

/// A part of our private keys: those under the master key before are wrapped under the one of now.
pub(super) async fn rewrap(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: RewrapBody = call.read()?;
    let after = sent.after.map(|after| after.0).unwrap_or_default();
    if let Some(after) = after.strip_prefix(FACTORS) {
        return reseal(call, after).await;
    }
    if let Some(after) = after.strip_prefix(MAIL) {
        return reseal_mail(call, after).await;
    }
    let mut places = after.splitn(3, '|');
    let mut place = || places.next().unwrap_or_default();
    let database = &call.host.database;
    let keys = sp_keys::read(&mut database.batch(sp_keys::after([place(), place(), place()])).await?)?;
    let (mut writes, mut unopened) = (Vec::new(), 0);
    for key in &keys {
        let master_key = &call.host.settings.master_key;
        let owner = Owner { master_key, tenant: &key.tenant, connection: &key.connection };
        match owner.rewrap(&key.wrapped, &key.purpose).await {
            Ok(Some(wrapped)) => writes.push(sp_keys::rewrap(key, &wrapped)),
            Ok(None) => {}
            Err(_) => unopened += 1,
        }
    }
    let rewrapped = writes.len();
    if !writes.is_empty() {
        database.batch(writes).await?;
    }
    let next =
        keys.last().map(|key| format!("{}|{}|{}", key.tenant.as_str(), key.connection.as_str(), key.id));
    Ok(went_on(rewrapped, unopened, Some(next.unwrap_or_else(|| FACTORS.to_owned()))))
}

/// What a place begins with that is among second factors; they come after the keys.
const FACTORS: &str = "factors:";

/// The same for what services know organisations by, the last.
const MAIL: &str = "mail:";

fn went_on(rewrapped: usize, unopened: usize, next: Option<String>) -> Reply {
    let body = json!({ "rewrapped": rewrapped, "unopened": unopened, "next": next });
    Reply::text(200, "application/json", body.to_string())
}

/// A part of the secrets of authenticator apps.
async fn reseal(call: &Call<'_>, after: &str) -> Result<Reply, Stop> {
    let mut places = after.splitn(3, '|');
    let mut place = || places.next().unwrap_or_default();
    let (database, master_key) = (&call.host.database, &call.host.settings.master_key);
    let asked = factors::sealed_after([place(), place(), place()]);
    let there = factors::read_sealed(&mut database.batch(asked).await?)?;
    let (mut writes, mut unopened) = (Vec::new(), 0);
    let is_current = |sealed: &str| sealed.starts_with(&format!("v1.{}.", master_key.id));
    for factor in there.iter().filter(|factor| factor.is_app && !is_current(&factor.secret)) {
        let bound_to = factors::bound_to(&factor.tenant, &factor.user, &factor.id);
        let secret = open(master_key, &bound_to, &factor.secret).await;
        let sealed = match &secret {
            Some(secret) => seal(master_key, &bound_to, secret).await,
            None => None,
        };
        match sealed {
            Some(sealed) => writes.push(factors::reseal(factor, &sealed)),
            None => unopened += 1,
        }
    }
    let rewrapped = writes.len();
    if !writes.is_empty() {
        database.batch(writes).await?;
    }
    let next = there.last().map(|it| format!("{FACTORS}{}|{}|{}", it.tenant, it.user, it.id));
    Ok(went_on(rewrapped, unopened, Some(next.unwrap_or_else(|| MAIL.to_owned()))))
}

/// A part of what services that send mail know organisations by.
async fn reseal_mail(call: &Call<'_>, after: &str) -> Result<Reply, Stop> {
    let (database, master_key) = (&call.host.database, &call.host.settings.master_key);
    let there = database.batch(mail::sealed_after(after)).await?.rows::<mail::SealedSecret>()?;
    let (mut writes, mut unopened) = (Vec::new(), 0);
    let is_current = |sealed: &str| sealed.starts_with(&format!("v1.{}.", master_key.id));
    for (tenant, secret) in
        there.iter().filter_map(|it| Some((TenantId::parse(&it.tenant)?, it.secret.as_ref()?)))
    {
        if is_current(secret) {
            continue;
        }
        let bound_to = secret_bound_to(&tenant);
        let opened = open(master_key, &bound_to, secret).await;
        let sealed = match &opened {
            Some(opened) => seal(master_key, &bound_to, opened).await,
            None => None,
        };
        match sealed {
            Some(sealed) => writes.push(mail::reseal(tenant.as_str(), secret, &sealed)),
            None => unopened += 1,
        }
    }
    let rewrapped = writes.len();
    if !writes.is_empty() {
        database.batch(writes).await?;
    }
    Ok(went_on(rewrapped, unopened, there.last().map(|it| format!("{MAIL}{}", it.tenant))))
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    let asked = call.page()?;
    let tenants = call.rows::<TenantView>(load::tenants(&asked)).await?;
    Ok(page(tenants, &asked, |tenant| tenant.id.clone()))
}

async fn tenant(call: &Call<'_>) -> Result<TenantView, Stop> {
    call.one(load::tenant(call.parameter(0))).await
}

pub(super) async fn get(call: &Call<'_>) -> Result<Reply, Stop> {
    let view = tenant(call).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: NewTenantBody = call.read()?;
    let new = NewTenant { name: sent.name.0, seats: sent.seats.0 };
    let decide = async || Ok(create_tenant(&new, call.host.now, &mut OsRandom));
    let (id, secret) = match call.make(|(id, _): &(TenantId, Token)| id.as_str(), decide).await? {
        Made::Now((id, secret)) => (id.as_str().to_owned(), Some(secret.reveal())),
        Made::Before(id) => (id, None),
    };
    let view: TenantView = call.one(load::tenant(&id)).await?;
    let (version, path) = (view.version, format!("/operator/tenants/{}", view.id));
    let set_up_link = link(call, secret.as_ref());
    let made = NewTenantView { tenant: view, set_up_token: secret, set_up_link };
    Ok(created(&made, Some(version), &path))
}

async fn limit(call: &Call<'_>, seats: Option<i64>, status: Option<TenantStatus>) -> Result<(), Stop> {
    call.settle(async || {
        let view = tenant(call).await?;
        call.matches(view.version)?;
        Ok(limit_tenant(&view.facts()?, seats, status, call.host.now, &mut OsRandom)?)
    })
    .await
}

pub(super) async fn update(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: TenantLimits = call.read()?;
    limit(call, sent.seats.map(|seats| seats.0), sent.status.map(|status| status.0)).await?;
    get(call).await
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Reply, Stop> {
    limit(call, None, Some(TenantStatus::Deleted)).await?;
    Ok(done())
}

pub(super) async fn set_up(call: &Call<'_>) -> Result<Reply, Stop> {
    let decide = async || {
        let view = tenant(call).await?;
        Ok(set_up_token(&view.facts()?, call.host.now, &mut OsRandom)?)
    };
    let secret = match call.make(|(id, _): &(TokenId, Token)| id.as_str(), decide).await? {
        Made::Now((_, secret)) => Some(secret.reveal()),
        Made::Before(_) => None,
    };
    let path = format!("/operator/tenants/{}", call.parameter(0));
    let link = link(call, secret.as_ref());
    Ok(created(&json!({ "set_up_token": secret, "set_up_link": link }), None, &path))
}
