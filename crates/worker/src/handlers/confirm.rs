//! `POST /confirm`: "Continue as …", or "not me".

use keyward_core::audit::Scope;
use keyward_core::{Answer, ConfirmationFacts, Confirmed, Refusal, Token};

use super::signed_in;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::store::load;

/// Answers the form of the confirmation page.
pub(crate) async fn confirm(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return host.refuse(&Refusal::CrossSite, Scope::default()).await;
    }
    let token = field(form, "token").as_deref().and_then(Token::parse);
    let answer = match field(form, "answer").as_deref() {
        Some("yes") => Some(Answer::Continue),
        Some("no") => Some(Answer::Decline),
        _ => None,
    };
    let (Some(token), Some(answer)) = (token, answer) else {
        return host.refuse(&Refusal::ConfirmationUnknown, Scope::default()).await;
    };
    let browser = host.cookies.browser.as_ref().map(Token::hash);
    for _ in 0..ATTEMPTS {
        let mut answers = host.database.batch(load::confirmation(&token.hash())).await?;
        let Some((facts, sso_name)) = load::read_confirmation(&mut answers)? else {
            return host.refuse(&Refusal::ConfirmationUnknown, Scope::default()).await;
        };
        let decision =
            match ConfirmationFacts::answer(&facts, answer, browser.as_ref(), host.now, &mut OsRandom) {
                Ok(decision) => decision,
                Err(refusal) => return host.refuse(&refusal, facts.scope()).await,
            };
        if host.commit(&decision).await? == Committed::Conflict {
            continue;
        }
        return Ok(match decision.outcome {
            Confirmed::SignedIn { token, return_to, is_first } => {
                signed_in(&token, &return_to, is_first, sso_name.as_ref())
            }
            Confirmed::Declined => Reply::see_other("/".to_owned()),
        });
    }
    Err(Failure::Busy)
}
