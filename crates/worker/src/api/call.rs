//! One request of the API: who asks, for what, and what every handler does with it.

use keyward_core::admin::{Actor, AdminRefusal, AdminWrite, By, Privileges};
use keyward_core::{Decision, Write};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::problem::{Problem, Stop};
use super::routes::Operation;
use super::views::KeyRow;
use crate::host::{ATTEMPTS, Committed, Failure, Host};
use crate::http::Reply;
use crate::http::form::field;
use crate::store::admin_load::{self, Page};
use crate::store::{Answers, Statement};

/// The longest page.
pub(crate) const LONGEST_PAGE: i64 = 100;
const PAGE: i64 = 50;

/// A request.
pub(crate) struct Call<'a> {
    pub(crate) host: &'a Host,
    pub(crate) operation: &'static Operation,
    /// `None`: nobody, or the operator.
    pub(crate) actor: Option<Actor>,
    /// What stands for the path's parameters, in order.
    pub(crate) parameters: Vec<String>,
    /// Empty where there is none.
    pub(crate) body: String,
    pub(crate) if_match: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

/// What came of a request that makes something.
pub(crate) enum Made<T> {
    Now(T),
    /// It was made before, under the same key: its id.
    Before(String),
}

impl Call<'_> {
    pub(crate) fn actor(&self) -> Result<&Actor, Stop> {
        self.actor.as_ref().ok_or_else(|| Problem::unauthenticated().into())
    }

    /// A path parameter.
    pub(crate) fn parameter(&self, index: usize) -> &str {
        self.parameters.get(index).map_or("", String::as_str)
    }

    /// A query parameter; one that stands there twice, or in no form that is read, is none.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        field(&self.host.head.query, name)
    }

    /// The body.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        serde_json::from_str(&self.body).map_err(|error| {
            let detail: String = error.to_string().chars().filter(|c| !c.is_control()).take(300).collect();
            Problem { status: 422, code: "body-invalid", detail }.into()
        })
    }

    /// The page that is asked for.
    pub(crate) fn page(&self) -> Result<Page, Stop> {
        let limit = match self.query("limit") {
            None => PAGE,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LONGEST_PAGE).contains(limit))
                .ok_or_else(|| Problem::new(400, "query-invalid", "`limit` is a number from 1 to 100."))?,
        };
        Ok(Page { after: self.query("after").unwrap_or_default(), rows: limit + 1 })
    }

    pub(crate) async fn rows<T: DeserializeOwned>(&self, statement: Statement) -> Result<Vec<T>, Stop> {
        Ok(self.host.database.batch(vec![statement]).await?.rows()?)
    }

    /// The row, or it is not found.
    pub(crate) async fn one<T: DeserializeOwned>(&self, statement: Statement) -> Result<T, Stop> {
        self.rows(statement).await?.into_iter().next().ok_or_else(|| AdminRefusal::NotFound.into())
    }

    /// Whether it is as the client saw it, where it says how that was.
    pub(crate) fn matches(&self, version: i64) -> Result<(), Stop> {
        let Some(wanted) = &self.if_match else { return Ok(()) };
        let is_any =
            wanted.trim() == "*" || wanted.split(',').any(|tag| tag.trim() == format!("\"{version}\""));
        if is_any { Ok(()) } else { Err(AdminRefusal::VersionMismatch.into()) }
    }

    /// Decides and commits; on a conflict again, with what is true by then.
    pub(crate) async fn settle<T>(
        &self,
        mut decide: impl AsyncFnMut() -> Result<Decision<T>, Stop>,
    ) -> Result<T, Stop> {
        for _ in 0..ATTEMPTS {
            let decision = decide().await?;
            if self.host.commit(&decision).await? == Committed::Yes {
                return Ok(decision.outcome);
            }
        }
        Err(Failure::Busy.into())
    }

    /// The same for what makes something; under an Idempotency-Key it is made once. `id` is what the outcome is called.
    pub(crate) async fn make<T>(
        &self,
        id: fn(&T) -> &str,
        mut decide: impl AsyncFnMut() -> Result<Decision<T>, Stop>,
    ) -> Result<Made<T>, Stop> {
        let request = self.fingerprint();
        for _ in 0..ATTEMPTS {
            if let Some(key) = &self.idempotency_key {
                let known = self.rows::<KeyRow>(self.known(key)).await?;
                match known.into_iter().next() {
                    Some(row) if row.request == request => return Ok(Made::Before(row.made)),
                    Some(_) => return Err(AdminRefusal::KeyReused.into()),
                    None => {}
                }
            }
            let mut decision = decide().await?;
            if let Some(key) = &self.idempotency_key {
                let made = id(&decision.outcome).to_owned();
                decision.writes.push(Write::Admin(self.remember(key, &request, made)));
            }
            if self.host.commit(&decision).await? == Committed::Yes {
                return Ok(Made::Now(decision.outcome));
            }
        }
        Err(Failure::Busy.into())
    }

    /// What was made under a key of whoever asks: of the operator, where it is nobody of an organisation.
    fn known(&self, key: &str) -> Statement {
        match &self.actor {
            Some(actor) => admin_load::idempotency_key(&actor.tenant, name(actor), key),
            None => admin_load::operator_key(key),
        }
    }

    fn remember(&self, key: &str, request: &str, made: String) -> AdminWrite {
        let (key, request, at) = (key.to_owned(), request.to_owned(), self.host.now);
        match &self.actor {
            Some(actor) => AdminWrite::RememberKey {
                tenant: actor.tenant.clone(),
                actor: name(actor).to_owned(),
                key,
                request,
                made,
                at,
            },
            None => AdminWrite::RememberOperatorKey { key, request, made, at },
        }
    }

    fn fingerprint(&self) -> String {
        let text = format!("{}\n{}\n{}", self.operation.id, self.parameters.join("/"), self.body);
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether they see anything of a kind: a list of nothing is for who may not know that it is one.
    pub(crate) fn must_see(&self, any_of: Privileges) -> Result<&Actor, Stop> {
        let actor = self.actor()?;
        let privilege = keyward_core::admin::Privilege::ALL.iter().find(|privilege| any_of.has(**privilege));
        match privilege {
            Some(privilege) if actor.scope(any_of).is_empty() => {
                Err(AdminRefusal::PrivilegeMissing { privilege: *privilege }.into())
            }
            _ => Ok(actor),
        }
    }
}

fn name(actor: &Actor) -> &str {
    match &actor.by {
        By::Person(user) => user.as_str(),
        By::Token { id, .. } => id.as_str(),
    }
}

/// 200 with what is there.
pub(crate) fn shown(view: &impl Serialize, version: Option<i64>) -> Reply {
    answered(200, view, version)
}

/// 201 with what was made, and where it is.
pub(crate) fn created(view: &impl Serialize, version: Option<i64>, path: &str) -> Reply {
    let mut reply = answered(201, view, version);
    reply.headers.push(("location", format!("/api/v1{path}")));
    reply
}

fn answered(status: u16, view: &impl Serialize, version: Option<i64>) -> Reply {
    // Plain data of our own always has a form in JSON.
    let mut reply = Reply::text(status, "application/json", serde_json::to_string(view).unwrap_or_default());
    if let Some(version) = version {
        reply.headers.push(("etag", format!("\"{version}\"")));
    }
    reply
}

/// 204.
pub(crate) fn done() -> Reply {
    Reply::text(204, "application/json", String::new())
}

/// 200 with a page, of which one row more was loaded.
pub(crate) fn page<T: Serialize>(items: Vec<T>, page: &Page, id: fn(&T) -> String) -> Reply {
    let (items, next) = part(items, page, id);
    answered(200, &json!({ "items": items, "next": next }), None)
}

/// What is shown of what was loaded, and where the next page begins.
pub(crate) fn part<T>(mut items: Vec<T>, page: &Page, id: fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let shown = usize::try_from(page.rows - 1).unwrap_or(usize::MAX);
    let has_more = items.len() > shown;
    items.truncate(shown);
    let next = items.last().filter(|_| has_more).map(id);
    (items, next)
}
