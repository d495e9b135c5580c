//! Why a request of the API is not done, as problem+json (RFC 9457). Nothing of what was asked for is repeated: an id of
//! elsewhere gets the octets that an id of nowhere gets.

use keyward_core::Reference;
use keyward_core::admin::{AdminRefusal, Kind};
use serde_json::{Value as Json, json};

use crate::host::Failure;
use crate::http::Reply;
use crate::store::StoreError;

/// Why a handler stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Expected.
    Problem(Problem),
    /// Not expected.
    Failure(Failure),
}

/// An expected no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// Stable, kebab-case.
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, detail: &str) -> Problem {
        Problem { status, code, detail: detail.to_owned() }
    }

    /// Nobody, or nobody any longer.
    pub(crate) fn unauthenticated() -> Problem {
        Problem::new(401, "unauthenticated", "Send a token that is valid, as `Authorization: Bearer …`.")
    }

    pub(crate) fn reply(&self) -> Reply {
        let body = json!({
            "type": format!("https://keyward.invalid/problems/{}", self.code),
            "title": title(self.status),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        });
        let mut reply = Reply::text(self.status, "application/problem+json", body.to_string());
        if self.status == 401 {
            reply.headers.push(("www-authenticate", "Bearer".to_owned()));
        }
        reply
    }
}

/// What nobody expects, under the reference that the log has.
pub(crate) fn failed(reference: &Reference) -> Reply {
    let detail = format!("Something failed here. Its reference is {}.", reference.as_str());
    Problem { status: 500, code: "failed", detail }.reply()
}

/// The schema of every problem.
pub(crate) fn schema() -> Json {
    json!({
        "type": "object",
        "description": "Why it was not done (RFC 9457)",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "description": "Stable" },
            "detail": { "type": "string", "description": "For people" },
        },
        "required": ["type", "title", "status", "code", "detail"],
    })
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

impl From<AdminRefusal> for Stop {
    fn from(refusal: AdminRefusal) -> Stop {
        let status = match refusal.kind() {
            Kind::NotFound => 404,
            Kind::Forbidden => 403,
            Kind::Conflict => 409,
            Kind::Invalid => 422,
            Kind::Outdated => 412,
        };
        Stop::Problem(Problem { status, code: refusal.code(), detail: refusal.to_string() })
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        match failure {
            Failure::Held(hold) => {
                let detail = "The session is held: finish what its pages ask for first.";
                Problem::new(403, crate::handlers::code(hold), detail).into()
            }
            Failure::Busy => {
                Stop::Problem(Problem::new(503, "busy", "Others were faster, again and again: try again."))
            }
            failure => Stop::Failure(failure),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Failure(Failure::Store(error))
    }
}
