//! What the Worker asks of others: a GET without redirects, bounded in time and size.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;

use futures_core::Stream;
use worker::web_sys;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

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

async fn ask(
    url: &str,
    headers: &[(&str, &str)],
    limit: usize,
) -> worker::Result<Result<Answer, Unanswered>> {
    let sent = Headers::new();
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(sent).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url, &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(PATIENCE_MS));
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    let status = response.status_code();
    if matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(Err(Unanswered::Redirect));
    }
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
