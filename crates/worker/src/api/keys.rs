//! Our own keys of a connection: made, published, used, retired.

use keyward_core::admin::{AdminRefusal, ConnectionFacts, add_key, may_change_keys, remove_key, use_key};
use keyward_core::id::SpKeyId;
use keyward_core::sp_certificate::UnsignedCertificate;
use keyward_core::sp_key::{KeyPurpose, KeyStatus, Known, NewSpKey, SpKey};
use keyward_saml::base64;
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::call::{Call, Made, created, done, page, shown};
use super::connections::facts;
use super::describe::{Described, body};
use super::problem::Stop;
use super::views::KeyView;
use crate::host::{Failure, OsRandom};
use crate::http::Reply;
use crate::keys::Owner;
use crate::store::admin_load as load;

body!(
    /// A key pair to make.
    NewKeyBody { purpose: Purpose = "What it is for" }
);

body!(
    /// When the next key is used.
    UseKeyBody {
        known: Option<bool> = "Whether the identity provider has its certificate; left out: it loads our metadata by itself, and a key that signs is used two days after it was published at the earliest",
    }
);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose(KeyPurpose);

impl<'de> Deserialize<'de> for Purpose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Purpose, D::Error> {
        KeyPurpose::parse(&String::deserialize(deserializer)?)
            .map(Purpose)
            .ok_or_else(|| serde::de::Error::custom("the purpose is `sign` or `decrypt`"))
    }
}

impl Described for Purpose {
    fn schema() -> Json {
        json!({ "type": "string", "enum": ["sign", "decrypt"] })
    }
}

/// The keys, as they are with that version of the connection: the guard compares it.
async fn keys(call: &Call<'_>, connection: &ConnectionFacts) -> Result<Vec<KeyView>, Stop> {
    call.rows::<KeyView>(load::keys(&call.actor()?.tenant, connection.id.as_str())).await
}

fn judged(keys: &[KeyView]) -> Result<Vec<SpKey>, Stop> {
    Ok(keys.iter().map(KeyView::facts).collect::<Result<_, _>>()?)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, (_, connection)) = (call.page()?, facts(call).await?);
    // There are few of them: all are on the first page.
    let keys = if asked.after.is_empty() { keys(call, &connection).await? } else { Vec::new() };
    Ok(page(keys, &asked, |key| key.id.clone()))
}

async fn one(call: &Call<'_>, id: &str) -> Result<(KeyView, i64), Stop> {
    let (view, connection) = facts(call).await?;
    let key = keys(call, &connection).await?.into_iter().find(|key| key.id == id);
    Ok((key.ok_or(AdminRefusal::NotFound)?, view.version))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewKeyBody = call.read()?;
    let purpose = sent.purpose.0;
    // Judged before a pair is made, which takes longer than all else here.
    let (_, connection) = facts(call).await?;
    may_change_keys(actor, &connection)?;
    let there = judged(&keys(call, &connection).await?)?;
    let wanted = NewSpKey { purpose, certificate: String::new(), wrapped: String::new() };
    // Whether there is room for it; an Idempotency-Key may say that it was made.
    if call.idempotency_key.is_none() {
        drop(add_key(actor, &connection, &there, wanted, call.host.now, &mut OsRandom)?);
    }
    let owner = Owner {
        master_key: &call.host.settings.master_key,
        tenant: &actor.tenant,
        connection: &connection.id,
    };
    let pair = owner.generate(purpose.as_str()).await.map_err(Failure::Key)?;
    let name = format!("Keyward {}", connection.id.as_str());
    let unsigned = UnsignedCertificate::new(&name, &pair.spki, call.host.now, &mut OsRandom);
    let signature = pair.sign(unsigned.octets()).await.map_err(Failure::Key)?;
    let certificate = base64::encode(&unsigned.signed(&signature));
    let made = call
        .make(SpKeyId::as_str, async || {
            let (_, connection) = facts(call).await?;
            let there = judged(&keys(call, &connection).await?)?;
            let new = NewSpKey { purpose, certificate: certificate.clone(), wrapped: pair.wrapped.clone() };
            Ok(add_key(actor, &connection, &there, new, call.host.now, &mut OsRandom)?)
        })
        .await?;
    let id = match &made {
        Made::Now(key) => key.as_str(),
        Made::Before(id) => id,
    };
    let (view, _) = one(call, id).await?;
    let path = format!("/connections/{}/keys/{id}", connection.id.as_str());
    Ok(created(&view, None, &path))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Reply, Stop> {
    let (view, _) = one(call, call.parameter(1)).await?;
    Ok(shown(&view, None))
}

pub(super) async fn activate(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: UseKeyBody = call.read()?;
    let known = if sent.known == Some(true) { Known::Confirmed } else { Known::ByMetadata };
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        let there = judged(&keys(call, &connection).await?)?;
        let named = there.iter().find(|key| key.id.as_str() == call.parameter(1));
        let named = named.ok_or(AdminRefusal::NotFound)?;
        if named.status == KeyStatus::Active {
            return Ok(keyward_core::Decision::unchanged(()));
        }
        Ok(use_key(call.actor()?, &connection, &there, named.purpose, known, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        let there = judged(&keys(call, &connection).await?)?;
        let key = SpKeyId::parse(call.parameter(1)).ok_or(AdminRefusal::NotFound)?;
        Ok(remove_key(call.actor()?, &connection, &there, &key, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}
