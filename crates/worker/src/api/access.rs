//! Who asks, their tokens, and the audit log.

use keyward_core::Token;
use keyward_core::admin::{By, NewApiToken, Privilege, Privileges, create_api_token, revoke_api_token};
use keyward_core::id::{TokenId, UserId};
use keyward_saml::Timestamp;
use serde_json::{Value as Json, json};

use super::call::{Call, Made, created, done, page, shown};
use super::describe::{Described, NodeRef, PrivilegesJson, Text, When, body};
use super::problem::{Problem, Stop};
use super::views::{CountRow, EventView, GrantView, MeView, TokenView};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::store::admin_load::{self as load, Wanted};

body!(
    /// A token to make.
    NewTokenBody {
        name: Text<1, 100> = "What it is called, for whoever finds it in the list",
        node: NodeRef = "Where its privileges begin",
        privileges: PrivilegesJson = "What it is for: nothing that you do not hold yourself",
        read_only: Option<bool> = "It changes nothing; by default it may",
        expires_at: When = "Its end, within a year",
    }
);

/// A token with its secret, which is shown once.
#[derive(serde::Serialize)]
struct NewToken {
    #[serde(flatten)]
    token: TokenView,
    secret: Option<String>,
}

/// The same, for the document.
pub(super) fn new_token_schema() -> Json {
    let mut schema = TokenView::schema();
    let secret = json!({
        "type": ["string", "null"],
        "description": "What to send as `Authorization: Bearer …`; null where the request was sent before: it is shown once",
    });
    if let Some(Json::Object(properties)) = schema.get_mut("properties") {
        properties.insert("secret".to_owned(), secret);
    }
    if let Some(Json::Array(required)) = schema.get_mut("required") {
        required.push("secret".into());
    }
    schema
}

pub(super) async fn me(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let token = match &actor.by {
        By::Token { id, .. } => Some(id.as_str().to_owned()),
        By::Person(_) => None,
    };
    let grants = actor.grants.iter().map(|grant| GrantView {
        node: grant.node.as_str().to_owned(),
        privileges: PrivilegesJson(grant.privileges),
    });
    let me = MeView {
        tenant: actor.tenant.as_str().to_owned(),
        user: actor.person().map(|user| user.as_str().to_owned()),
        token,
        grants: grants.collect(),
    };
    Ok(shown(&me, None))
}

/// Who may end others' tokens sees them; everybody sees their own.
const SEES_TOKENS: &[Privilege] = &[Privilege::ManageRoles];

async fn token(call: &Call<'_>) -> Result<TokenView, Stop> {
    let actor = call.actor()?;
    let view: TokenView = call.one(load::token(&actor.tenant, call.parameter(0))).await?;
    let (_, of, scope) = view.facts()?;
    if of.is_none() || of.as_ref() != actor.person() {
        actor.need(Privilege::ManageRoles, &scope.node)?;
    }
    Ok(view)
}

pub(super) async fn list_tokens(call: &Call<'_>) -> Result<Reply, Stop> {
    let (actor, asked) = (call.actor()?, call.page()?);
    let nodes = actor.scope(Privileges::of(SEES_TOKENS));
    let tokens = load::tokens(&actor.tenant, &asked, &nodes, actor.person().map(UserId::as_str));
    Ok(page(call.rows::<TokenView>(tokens).await?, &asked, |token| token.id.clone()))
}

pub(super) async fn get_token(call: &Call<'_>) -> Result<Reply, Stop> {
    Ok(shown(&token(call).await?, None))
}

pub(super) async fn create_token(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewTokenBody = call.read()?;
    let new = NewApiToken {
        name: sent.name.0,
        node: sent.node.0,
        privileges: sent.privileges.0,
        read_only: sent.read_only.unwrap_or(false),
        expires_at: sent.expires_at.0,
    };
    let made = call
        .make(
            |made: &(TokenId, Token)| made.0.as_str(),
            async || {
                let there: CountRow = call.one(load::token_count(&actor.tenant)).await?;
                Ok(create_api_token(actor, &new, there.count, call.host.now, &mut OsRandom)?)
            },
        )
        .await?;
    let (id, secret) = match made {
        Made::Now((id, secret)) => (id.as_str().to_owned(), Some(secret.reveal())),
        Made::Before(id) => (id, None),
    };
    let token: TokenView = call.one(load::token(&actor.tenant, &id)).await?;
    Ok(created(&NewToken { token, secret }, None, &format!("/tokens/{id}")))
}

pub(super) async fn revoke_token(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    call.settle(async || {
        let (id, of, scope) = token(call).await?.facts()?;
        Ok(revoke_api_token(actor, &id, of.as_ref(), &scope, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

/// The page after is told by time and id, since many things happen in one millisecond.
fn before(text: Option<String>) -> Result<(i64, String), Stop> {
    let Some(text) = text else { return Ok((i64::from(u32::MAX) * 1000, String::new())) };
    text.split_once('.')
        .and_then(|(time, id)| Some((time.parse().ok()?, id.to_owned())))
        .filter(|(time, _)| (0..1 << 48).contains(time))
        .ok_or_else(|| {
            Problem::new(400, "query-invalid", "`after` is what the page before called `next`.").into()
        })
}

pub(super) async fn list_events(call: &Call<'_>) -> Result<Reply, Stop> {
    let view = Privileges::of(&[Privilege::ViewAudit]);
    let (actor, asked) = (call.must_see(view)?, call.page()?);
    let since = match call.query("since") {
        None => 0,
        Some(text) => Timestamp::parse(&text)
            .ok_or_else(|| {
                Problem::new(400, "query-invalid", "`since` is a time such as 2026-11-24T13:04:05Z.")
            })?
            .as_millis(),
    };
    let wanted = Wanted {
        before: before(call.query("after"))?,
        since,
        event: call.query("event"),
        code: call.query("code"),
        actor: call.query("actor"),
        subject: call.query("subject"),
        connection: call.query("connection"),
        reference: call.query("reference"),
    };
    let is_everywhere = actor.tree.root().is_some_and(|root| actor.may(Privilege::ViewAudit, root));
    let nodes = actor.scope(view);
    let events =
        load::events(&actor.tenant, &wanted, asked.rows, (!is_everywhere).then_some(nodes.as_slice()));
    let id = |event: &EventView| format!("{}.{}", event.time.0, event.id);
    Ok(page(call.rows::<EventView>(events).await?, &asked, id))
}
