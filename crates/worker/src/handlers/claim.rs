//! `/claim/<token>`: an account that exists outside a connection comes to sign in by it.

use keyward_core::audit::Scope;
use keyward_core::claim::ClaimFacts;
use keyward_core::{Entry, Refusal, Token};

use super::start::{Way, depart};
use crate::host::{Failure, Host};
use crate::http::Reply;
use crate::http::form::field;
use crate::http::headers::is_same_origin;
use crate::pages::Claim;
use crate::store::load::{self, ClaimPlace};

/// `GET /claim/<token>`: whose account it is, and where it leads. Nothing happens yet: mail programs open links, too.
pub(crate) async fn page(host: &Host, token: &str) -> Result<Reply, Failure> {
    let Some(token) = Token::parse(token) else { return unknown(host).await };
    let (claim, place) = match claim(host, &token).await? {
        Ok(found) => found,
        Err(reply) => return Ok(reply),
    };
    let page = Claim {
        email: claim.user.email.as_str().to_owned(),
        organisation: place.tenant_name,
        idp_name: place.idp_name,
        token: token.reveal(),
    };
    Ok(Reply::page(200, &page)?)
}

/// `POST /claim`: on to the identity provider.
pub(crate) async fn go(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return host.refuse(&Refusal::CrossSite, Scope::default()).await;
    }
    let Some(token) = field(form, "token").as_deref().and_then(Token::parse) else {
        return unknown(host).await;
    };
    match claim(host, &token).await? {
        Ok((ClaimFacts { connection, token, user, .. }, _)) => {
            let entry = Entry::Claim { connection, claim: token, email: user.email };
            depart(host, entry, None, Way::Page).await
        }
        Err(reply) => Ok(reply),
    }
}

async fn unknown(host: &Host) -> Result<Reply, Failure> {
    host.refuse(&Refusal::ClaimUnknown, Scope::default()).await
}

/// The claim, where it is good.
async fn claim(host: &Host, token: &Token) -> Result<Result<(ClaimFacts, ClaimPlace), Reply>, Failure> {
    let mut answers = host.database.batch(load::claim(&token.hash())).await?;
    let Some((claim, place)) = load::read_claim(&mut answers)? else { return Ok(Err(unknown(host).await?)) };
    let scope = Scope {
        tenant: Some(place.tenant.clone()),
        connection: Some(claim.connection.clone()),
        node: Some(claim.user.node.clone()),
    };
    let refusal = if place.is_active {
        claim.check(&claim.connection, host.now).err()
    } else {
        Some(Refusal::ClaimOver { user: claim.user.id.clone() })
    };
    match refusal {
        None => Ok(Ok((claim, place))),
        Some(refusal) => Ok(Err(host.refuse(&refusal, scope).await?)),
    }
}
