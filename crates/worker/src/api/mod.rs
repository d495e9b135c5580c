//! The API of admins and of the operator, below `/api/v1`: JSON in and out.
//!
//! - [`routes`] is the list of operations, from which requests are routed and [`openapi`] is made.
//! - [`describe`] is how JSON is read, written and described; [`views`] is what is shown.
//! - Handlers load, have `keyward_core::admin` decide, commit, and show.
//!
//! Whoever asks is a token (`Authorization: Bearer`), or a person's session: then a state change has to come from one of our
//! own pages. What they hold is loaded on every request.

pub(crate) mod access;
pub(crate) mod call;
pub(crate) mod connect;
pub(crate) mod connections;
pub(crate) mod describe;
pub(crate) mod domains;
pub(crate) mod identities;
pub(crate) mod insight;
pub(crate) mod keys;
pub(crate) mod mail;
pub(crate) mod messages;
pub(crate) mod openapi;
pub(crate) mod operator;
pub(crate) mod people;
pub(crate) mod problem;
pub(crate) mod routes;
pub(crate) mod structure;
pub(crate) mod views;

use keyward_core::Token;
use keyward_core::admin::{Actor, By, Grant, Tree};
use keyward_saml::Timestamp;

use self::call::Call;
use self::problem::{Problem, Stop};
use self::routes::{Answer, Found, Needs, Operation, Verb, find};
use self::views::{ApiTokenRow, HoldsRow, TreeRow, tree};
use crate::handlers::vault::resume;
use crate::host::Host;
use crate::http::Reply;
use crate::http::headers::is_same_origin;
use crate::store::load::read_session;
use crate::store::outside::read_admins;
use crate::store::{Answers, StoreError, admin_load};

/// The largest body; metadata is larger than everything else.
pub(crate) const BODY_BYTES: usize = connections::METADATA_BYTES + 16 * 1024;

/// How often a request that met nothing but conflicts is begun anew.
const ROUNDS: usize = 3;

/// What of a request's head only the API reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApiHead {
    pub(crate) method: String,
    /// Below `/api/v1`.
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) if_match: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

/// Answers a request; `body` is `None` where it is too large.
pub(crate) async fn answer(host: &Host, head: &ApiHead, body: Option<String>) -> Result<Reply, Stop> {
    if head.path == "/openapi.json" && head.method == "GET" {
        let document = openapi::document(&host.settings.origin).to_string();
        return Ok(Reply::text(200, "application/json", document));
    }
    let (operation, parameters) = match find(Verb::parse(&head.method), &head.path) {
        Found::Operation(operation, parameters) => (operation, parameters),
        Found::Nothing => return Err(Problem::new(404, "not-found", "There is no such thing here.").into()),
        Found::Methods(methods) => {
            let mut reply = Problem::new(405, "method", "This is done by another method.").reply();
            reply.headers.push(("allow", methods.join(", ")));
            return Ok(reply);
        }
    };
    // Who asks comes first: nobody learns anything from what is wrong with a request of nobody's.
    let actor = match operation.needs {
        Needs::Operator => {
            operator(host, head)?;
            None
        }
        Needs::Actor => Some(actor(host, head, operation).await?),
    };
    let body = body.ok_or_else(|| Problem::new(413, "body-too-large", "The body is too large."))?;
    let is_json = head.content_type.as_deref().is_some_and(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    if operation.body.is_some() && !is_json {
        return Err(Problem::new(415, "content-type", "The body has to be application/json.").into());
    }
    let idempotency_key = match &head.idempotency_key {
        Some(key) if matches!(operation.answer, Answer::Created(_)) => {
            if !is_key(key) {
                let detail = "An Idempotency-Key has 1 to 64 letters, digits, - and _.";
                return Err(Problem::new(400, "idempotency-key-invalid", detail).into());
            }
            Some(key.clone())
        }
        _ => None,
    };
    let if_match = head.if_match.clone();
    let mut call = Call { host, operation, actor, parameters, body, if_match, idempotency_key };
    for _ in 1..ROUNDS {
        match (operation.handler)(&call).await {
            // What does not hold any longer may be what was known of whoever asks, and of the organisation.
            Err(Stop::Problem(problem)) if problem.code == "busy" && call.actor.is_some() => {
                call.actor = Some(self::actor(host, head, operation).await?);
            }
            answer => return answer,
        }
    }
    (operation.handler)(&call).await
}

fn is_key(key: &str) -> bool {
    matches!(key.len(), 1..=64)
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn bearer(head: &ApiHead) -> Option<Token> {
    let (scheme, token) = head.authorization.as_deref()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::parse(token.trim()))?
}

/// Whoever holds the deployment's token.
fn operator(host: &Host, head: &ApiHead) -> Result<(), Stop> {
    let sent = bearer(head).map(|token| token.hash());
    match (&host.settings.operator, sent) {
        // Hashes of 256 random bits: how alike they are tells nothing of the bits.
        (Some(known), Some(sent)) if *known == sent => Ok(()),
        _ => Err(Problem::unauthenticated().into()),
    }
}

/// Who asks, with what they hold now.
async fn actor(host: &Host, head: &ApiHead, operation: &Operation) -> Result<Actor, Stop> {
    let actor = if head.authorization.is_some() {
        by_token(host, head).await?
    } else {
        by_session(host, operation).await?
    };
    let actor = actor.ok_or_else(Problem::unauthenticated)?;
    if operation.verb != Verb::Get {
        actor.may_write()?;
    }
    Ok(actor)
}

async fn by_token(host: &Host, head: &ApiHead) -> Result<Option<Actor>, Stop> {
    let Some(token) = bearer(head) else { return Ok(None) };
    let mut answers = host.database.batch(admin_load::api_token(&token.hash())).await?;
    let Some(row) = answers.row::<ApiTokenRow>()? else { return Ok(None) };
    let tree = tree(&answers.rows::<TreeRow>()?)?;
    let outside = read_admins(&mut answers)?;
    Ok(row.facts(outside)?.actor(tree, host.from(), host.now)?)
}

/// What a session's person holds at this moment, and the tree.
pub(crate) fn read_actor(answers: &mut impl Answers) -> Result<(Vec<Grant>, Tree), StoreError> {
    let holds = answers.row::<HoldsRow>()?;
    let tree = tree(&answers.rows::<TreeRow>()?)?;
    let grants = match holds {
        Some(holds) => holds.grants()?,
        None => Vec::new(),
    };
    Ok((grants, tree))
}

async fn by_session(host: &Host, operation: &Operation) -> Result<Option<Actor>, Stop> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    if operation.verb != Verb::Get && !is_same_origin(&host.head, &host.settings.origin) {
        return Err(
            Problem::new(403, "cross-site", "With a session, changes come from our own pages only.").into()
        );
    }
    let mut answers = host.database.batch(admin_load::admin_session(&token.hash())).await?;
    let Some(loaded) = read_session(&mut answers)? else { return Ok(None) };
    let holds = answers.row::<HoldsRow>()?;
    let tree = tree(&answers.rows::<TreeRow>()?)?;
    let outside = read_admins(&mut answers)?;
    let Some(session) = resume(host, loaded.facts).await? else { return Ok(None) };
    let Some(holds) = holds else { return Ok(None) };
    let (grants, policies) = (holds.grants()?, holds.policies()?);
    let authenticated_at = Some(Timestamp::from_millis(holds.authenticated_at));
    let by = By::Person(session.user.id);
    Ok(Some(Actor {
        tenant: session.tenant,
        by,
        grants,
        tree,
        policies,
        from: host.from(),
        authenticated_at,
        outside,
    }))
}
