//! Where somebody is signed in: their own sessions, ended one by one, or all but this one.

use keyward_core::TokenHash;
use keyward_core::audit::Scope;
use keyward_core::session::OwnSession;
use keyward_core::{Refusal, SessionFacts};

use super::vault::{resume, to_sign_in};
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::pages::{Ended, SessionView, Sessions};
use crate::store::load;
use crate::words;

const PATH: &str = "/vault/sessions";

struct Own {
    session: SessionFacts,
    organisation: String,
    all: Vec<OwnSession>,
}

async fn own(host: &Host) -> Result<Option<Own>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(None) };
    let mut answers = host.database.batch(load::own_sessions(&token.hash(), host.now)).await?;
    let Some(loaded) = load::read_session(&mut answers)? else { return Ok(None) };
    let all = load::read_own_sessions(&mut answers)?;
    let session = resume(host, loaded.facts).await?;
    Ok(session.map(|session| Own { session, organisation: loaded.tenant_name, all }))
}

/// `GET /vault/sessions`.
pub(crate) async fn page(host: &Host) -> Result<Reply, Failure> {
    let Some(Own { session, organisation, all }) = own(host).await? else { return Ok(to_sign_in(PATH)) };
    let view = |it: OwnSession| SessionView {
        is_this: it.token == session.token,
        id: it.token.as_str().to_owned(),
        browser: words::browser(it.user_agent.as_deref()),
        address: it.ip.unwrap_or_default(),
        began: words::time(it.created_at),
        used: words::time(it.last_seen_at),
    };
    let page = Sessions {
        email: session.user.email.as_str().to_owned(),
        organisation,
        sessions: session.open_sessions(all, host.now).into_iter().map(view).collect(),
        ended: match host.head.query.as_str() {
            "ended=one" => Some(Ended::One),
            "ended=others" => Some(Ended::Others),
            _ => None,
        },
    };
    Ok(Reply::page(200, &page)?)
}

/// `POST /vault/sessions/end`: one of them, or all others.
pub(crate) async fn end(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return host.refuse(&Refusal::CrossSite, Scope::default()).await;
    }
    let which = field(form, "session").and_then(TokenHash::from_stored);
    for _ in 0..ATTEMPTS {
        let Some(Own { session, all, .. }) = own(host).await? else { return Ok(to_sign_in(PATH)) };
        let (decision, said) = match &which {
            Some(which) => (session.end_other(&all, which, host.now, &mut OsRandom), "one"),
            None => (session.end_others(host.now, &mut OsRandom), "others"),
        };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(Reply::see_other(format!("{PATH}?ended={said}")));
        }
    }
    Err(Failure::Busy)
}
