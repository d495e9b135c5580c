//! What the Worker asks of others, without redirects, bounded in time and size.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;

use futures_core::Stream;
use worker::web_sys;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response};

/// Whoever answers later does not answer.
const PATIENCE_MS: u32 = 5_000;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why nothing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Nobody is there, or answers in time.
    Unreachable,
    /// It leads elsewhere. Where a redirect leads was not checked by anybody.
    Redirect,
    /// More than was asked for.
    TooLarge,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unanswered::Unreachable => "nobody answers there in time",
            Unanswered::Redirect => "the answer leads elsewhere",
            Unanswered::TooLarge => "the answer is too large",
        })
    }
}

/// Asks. The address is one that a caller has checked.
pub(crate) async fn get(url: &str, headers: &[(&str, &str)], limit: usize) -> Result<Answer, Unanswered> {
    ask(url, headers, limit).await.unwrap_or(Err(Unanswered::Unreachable))
}

/// Hands something over; what is answered is its status. The address is one that a caller has checked.
pub(crate) async fn post(url: &str, headers: &[(&str, &str)], body: &str) -> Result<u16, Unanswered> {
    let answer = send(Method::Post, url, headers, Some(body)).await;
    answer.unwrap_or(Err(Unanswered::Unreachable)).map(|response| response.status_code())
}

async fn send(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> worker::Result<Result<Response, Unanswered>> {
    let sent = Headers::new();
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(method).with_headers(sent).with_redirect(RequestRedirect::Manual);
    init.with_body(body.map(Into::into));
    let request = Request::new_with_init(url, &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(PATIENCE_MS));
    let response = Fetch::Request(request).send_with_signal(&signal).await?;
    let is_redirect = matches!(response.status_code(), 301 | 302 | 303 | 307 | 308);
    Ok(if is_redirect { Err(Unanswered::Redirect) } else { Ok(response) })
}

async fn ask(
    url: &str,
    headers: &[(&str, &str)],
    limit: usize,
) -> worker::Result<Result<Answer, Unanswered>> {
    let mut response = match send(Method::Get, url, headers, None).await? {
        Ok(response) => response,
        Err(unanswered) => return Ok(Err(unanswered)),
    };
    let status = response.status_code();
    let etag = response.headers().get("etag")?;
    let mut body = Vec::new();
    if status == 200 {
        let mut stream = response.stream()?;
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
            let chunk = chunk?;
            if body.len() + chunk.len() > limit {
                return Ok(Err(Unanswered::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
    }
    Ok(Ok(Answer { status, etag, body }))
}
