//! The way out: `POST /sign-out`, and single logout at `/saml/<connection>/slo`, both ways and by both bindings.

use keyward_core::audit::Scope;
use keyward_core::facts::{Binding, SpAddresses};
use keyward_core::id::{ConnectionId, TenantId};
use keyward_core::logout::{
    AtIdp, Extent, IdpName, LogoutRefusal, Outgoing, PendingLogout, follow, refused, service, take_answer,
};
use keyward_core::saml_log::{Direction, LoggedMessage, MessageKind};
use keyward_core::{Connection, Refusal, Token, Write};
use keyward_saml::crypto::PublicKey;
use keyward_saml::logout::{Expected, Received, verify_logout_request, verify_logout_response};
use keyward_saml::request::Parameter;
use keyward_saml::{Job, base64, limits};

use super::acs::Body;
use super::connection::{self, Known, LoadedConnection};
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::form::{ACS_BYTES, field};
use crate::http::headers::{FormAction, is_same_origin};
use crate::http::{Reply, cookies};
use crate::keys::{KeyError, Owner};
use crate::pages::{Leaving, LeavingBy};
use crate::store::load;

/// `POST /sign-out`: of this browser, or of all; the IdP is told where it wants to be.
pub(crate) async fn sign_out(host: &Host, form: &str) -> Result<Reply, Failure> {
    if !is_same_origin(&host.head, &host.settings.origin) {
        return host.refuse(&Refusal::CrossSite, Scope::default()).await;
    }
    let done = || Reply::see_other("/?signed-out".to_owned()).with_cookie(cookies::clear_session());
    let Some(token) = &host.cookies.session else { return Ok(done()) };
    let mut answers = host.database.batch(load::session_to_leave(&token.hash())).await?;
    let session = load::read_session(&mut answers)?;
    let (at_idp, signing_key) = load::read_session_at_idp(&mut answers)?.unzip();
    let Some(session) = session.map(|loaded| loaded.facts) else { return Ok(done()) };
    let extent = match field(form, "everywhere").as_deref() {
        Some("yes") => Extent::Everywhere,
        _ => Extent::This,
    };
    let (browser, cookie) = host.browser();
    let mut decision =
        session.leave(extent, at_idp, &host.settings.origin, &browser.hash(), host.now, &mut OsRandom);
    let connection = session.connection.as_ref().map(|(id, _)| id);
    if let Some((outgoing, connection)) = decision.outcome.as_ref().zip(connection) {
        decision.writes.push(sent(host, (&session.tenant, connection), outgoing).await);
    }
    if host.commit(&decision).await? == Committed::Conflict {
        return Err(Failure::Busy);
    }
    let Some((outgoing, connection)) = decision.outcome.zip(connection) else { return Ok(done()) };
    let owner = Owner { master_key: &host.settings.master_key, tenant: &session.tenant, connection };
    // A form's answer may not lead to another site by itself, but its page may (form-action covers the former).
    let by = way(owner, signing_key.as_deref(), &outgoing).await?;
    let refresh = match &by {
        LeavingBy::Redirect { url } => Some(("refresh", format!("0; url={url}"))),
        LeavingBy::Post { .. } => None,
    };
    let mut reply = page(host, &outgoing, by)?;
    reply.headers.extend(refresh);
    Ok(reply.with_cookie(cookies::clear_session()).with_cookie_if(cookie))
}

/// `GET` and `POST /saml/<connection>/slo`: the IdP asks, or answers.
pub(crate) async fn single_logout(
    host: &Host,
    id: Option<ConnectionId>,
    post: Option<&Body>,
) -> Result<Reply, Failure> {
    let Some(id) = id else {
        return host.refuse(&Refusal::ConnectionUnknown { id: None }, Scope::default()).await;
    };
    let mut known = connection::find_with_keys(host, &id).await?;
    for _ in 0..ATTEMPTS {
        let Some(Known { loaded, is_at_hand }) = known else {
            return host.refuse(&Refusal::ConnectionUnknown { id: Some(id) }, Scope::default()).await;
        };
        let step = match attempt(host, &loaded, post).await? {
            Step::Refused(_) if is_at_hand => Step::Again,
            step => step,
        };
        match step {
            Step::Again => known = connection::find_anew(host, None, &loaded.connection).await?,
            Step::Done(reply) => return Ok(*reply),
            Step::Refused(refusal) => {
                let scope = loaded.connection.scope();
                // What is neither of the two messages is not one of the connection's.
                let Some(message) = logged(host, &loaded.connection, post).await else {
                    return host.refuse(&refusal, scope).await;
                };
                let awaited = awaited(host, &loaded.connection).await?;
                let refusal = refused(*refusal, message.kind, awaited.as_ref(), host.now);
                return host.refuse_message(&refusal, scope, message).await;
            }
        }
    }
    Err(Failure::Busy)
}

/// The last request of ours that this browser took along.
async fn awaited(host: &Host, connection: &Connection) -> Result<Option<PendingLogout>, Failure> {
    let Some(browser) = &host.cookies.browser else { return Ok(None) };
    let asked = load::awaited_logout(connection, &browser.hash());
    Ok(load::read_awaited_logout(&mut host.database.batch(asked).await?)?)
}

/// What came, for the log.
async fn logged(host: &Host, connection: &Connection, post: Option<&Body>) -> Option<LoggedMessage> {
    let form = match post {
        None => host.head.query.as_str(),
        Some(Body::Form(form)) => form,
        Some(Body::TooLarge) => return None,
    };
    let (kind, message) = match (field(form, "SAMLRequest"), field(form, "SAMLResponse")) {
        (Some(message), None) => (MessageKind::LogoutRequest, message),
        (None, Some(message)) => (MessageKind::LogoutResponse, message),
        _ => return None,
    };
    let octets = match post {
        None => form.as_bytes().to_vec(),
        Some(_) => base64::decode(message.as_bytes()).unwrap_or_default(),
    };
    Some(host.logged((&connection.tenant, &connection.id), Direction::In, kind, &octets).await)
}

/// What goes, for the log.
async fn sent(host: &Host, of: (&TenantId, &ConnectionId), outgoing: &Outgoing) -> Write {
    let kind = match outgoing.parameter() {
        Parameter::SamlRequest => MessageKind::LogoutRequest,
        Parameter::SamlResponse => MessageKind::LogoutResponse,
    };
    host.logged(of, Direction::Out, kind, outgoing.xml().as_bytes()).await.accepted()
}

enum Step {
    Done(Box<Reply>),
    Refused(Box<Refusal>),
    Again,
}

/// What came: by which binding, and which of the two messages.
struct Message {
    parameter: Parameter,
    /// The document, by POST; by Redirect it is in the query.
    posted: Option<Vec<u8>>,
    relay_state: Option<String>,
}

fn read(host: &Host, post: Option<&Body>) -> Result<Message, Refusal> {
    let saml = |refusal| Refusal::from(LogoutRefusal::Saml(refusal));
    let form = match post {
        None => host.head.query.as_str(),
        Some(Body::Form(form)) => form,
        Some(Body::TooLarge) => return Err(saml(keyward_saml::Refusal::TooLarge { limit: ACS_BYTES })),
    };
    let (parameter, message) = match (field(form, "SAMLRequest"), field(form, "SAMLResponse")) {
        (Some(message), None) => (Parameter::SamlRequest, message),
        (None, Some(message)) => (Parameter::SamlResponse, message),
        _ => return Err(LogoutRefusal::Form.into()),
    };
    let posted = match post {
        None => None,
        Some(_) => {
            let octets = base64::decode(message.as_bytes()).ok_or(saml(keyward_saml::Refusal::Base64))?;
            if octets.len() > limits::MESSAGE_BYTES {
                return Err(saml(keyward_saml::Refusal::TooLarge { limit: limits::MESSAGE_BYTES }));
            }
            Some(octets)
        }
    };
    Ok(Message { parameter, posted, relay_state: field(form, "RelayState") })
}

async fn attempt(host: &Host, loaded: &LoadedConnection, post: Option<&Body>) -> Result<Step, Failure> {
    let connection = &loaded.connection;
    let not = |refusal: Refusal| Ok(Step::Refused(Box::new(refusal)));
    let saml = |refusal| not(LogoutRefusal::Saml(refusal).into());
    if let Err(refusal) = service(connection) {
        return not(refusal);
    }
    let message = match read(host, post) {
        Ok(message) => message,
        Err(refusal) => return not(refusal),
    };
    let SpAddresses { entity_id: sp, slo_url, .. } = SpAddresses::new(&host.settings.origin, &connection.id);
    let keys: Vec<PublicKey> = connection
        .certificates
        .iter()
        .take(limits::CERTIFICATES)
        .map(|certificate| certificate.public_key().clone())
        .collect();
    let expected = Expected {
        idp: &connection.idp_entity_id,
        keys: &keys,
        destination: &slo_url,
        sp: &sp,
        decryption_keys: connection.decryption_keys,
        now: host.now,
        policy: &connection.policy(host.now),
    };
    let received = match &message.posted {
        Some(xml) => Received::Post(xml),
        None => Received::Redirect(&host.head.query),
    };
    let owner = owner(host, loaded);
    match message.parameter {
        Parameter::SamlRequest => {
            let check = match verify_logout_request(received, &expected) {
                Ok(check) => check,
                Err(refusal) => return saml(refusal),
            };
            let outcomes = answers(owner, check.jobs(), loaded).await?;
            let signed = match check.finish(outcomes) {
                Ok(signed) => signed,
                Err(refusal) => return saml(refusal),
            };
            let outcomes = answers(owner, signed.jobs(), loaded).await?;
            let mut request = match signed.open(outcomes) {
                Ok(request) => request,
                Err(refusal) => return saml(refusal),
            };
            if message.posted.is_some() {
                request.relay_state = message.relay_state;
            }
            // A longer name than any that is kept with a session is none of ours.
            let Some(name) = IdpName::new(&request.name_id, &connection.idp_entity_id, &sp) else {
                return saml(keyward_saml::Refusal::NameId { what: "it is too long" });
            };
            let mut found =
                host.database.batch(load::logout_request(connection, &name, &request, host.now)).await?;
            let Some(facts) = load::read_logout_request(&mut found)? else {
                return Ok(Step::Again);
            };
            if facts.version != connection.version {
                return Ok(Step::Again);
            }
            let mut decision =
                match follow(connection, &host.settings.origin, &facts, &request, host.now, &mut OsRandom) {
                    Ok(decision) => decision,
                    Err(refusal) => return not(refusal),
                };
            let of = (&connection.tenant, &connection.id);
            decision.writes.extend(logged(host, connection, post).await.map(LoggedMessage::accepted));
            decision.writes.push(sent(host, of, &decision.outcome).await);
            if host.commit(&decision).await? == Committed::Conflict {
                return Ok(Step::Again);
            }
            let by =
                way(owner, loaded.keys.as_ref().and_then(|keys| keys.signing.as_deref()), &decision.outcome)
                    .await?;
            let reply = match by {
                LeavingBy::Redirect { url } => Reply::see_other(url),
                by => page(host, &decision.outcome, by)?,
            };
            Ok(Step::Done(Box::new(reply)))
        }
        Parameter::SamlResponse => {
            let check = match verify_logout_response(received, &expected) {
                Ok(check) => check,
                Err(refusal) => return saml(refusal),
            };
            let outcomes = answers(owner, check.jobs(), loaded).await?;
            let response = match check.finish(outcomes) {
                Ok(response) => response,
                Err(refusal) => return saml(refusal),
            };
            let questions = load::logout_response(connection, &response.in_response_to);
            let mut found = host.database.batch(questions).await?;
            let Some(facts) = load::read_logout_response(&mut found)? else {
                return Ok(Step::Again);
            };
            if facts.version != connection.version {
                return Ok(Step::Again);
            }
            let browser = host.cookies.browser.as_ref().map(Token::hash);
            let taken = take_answer(connection, &facts, &response, browser.as_ref(), host.now, &mut OsRandom);
            let mut decision = match taken {
                Ok(decision) => decision,
                Err(refusal) => return not(refusal),
            };
            decision.writes.extend(logged(host, connection, post).await.map(LoggedMessage::accepted));
            if host.commit(&decision).await? == Committed::Conflict {
                return Ok(Step::Again);
            }
            let path = match decision.outcome {
                AtIdp::Ended => "/?signed-out=everywhere",
                AtIdp::NotAll => "/?signed-out",
            };
            Ok(Step::Done(Box::new(Reply::see_other(path.to_owned()))))
        }
    }
}

fn owner<'a>(host: &'a Host, loaded: &'a LoadedConnection) -> Owner<'a> {
    let connection = &loaded.connection;
    let master_key = &host.settings.master_key;
    Owner { master_key, tenant: &connection.tenant, connection: &connection.id }
}

async fn answers(
    owner: Owner<'_>,
    jobs: &[Job],
    loaded: &LoadedConnection,
) -> Result<Vec<keyward_saml::Outcome>, KeyError> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    let keys = loaded.keys.as_ref().map(|keys| keys.decryption.as_slice()).unwrap_or_default();
    for job in jobs {
        outcomes.push(owner.answer(job, keys).await?);
    }
    Ok(outcomes)
}

/// The message, signed, and the way it goes.
async fn way(owner: Owner<'_>, signing_key: Option<&str>, outgoing: &Outgoing) -> Result<LeavingBy, Failure> {
    Ok(match outgoing.binding {
        Binding::Redirect => {
            let query = outgoing.redirect_query();
            let signature = owner.sign(signing_key, query.as_bytes()).await?;
            LeavingBy::Redirect { url: outgoing.redirect_url(query, &signature) }
        }
        Binding::Post => {
            let to_sign = outgoing.to_sign().map_err(Failure::Request)?;
            let signature = owner.sign(signing_key, &to_sign.octets()).await?;
            let field = match outgoing.parameter() {
                Parameter::SamlRequest => "SAMLRequest",
                Parameter::SamlResponse => "SAMLResponse",
            };
            LeavingBy::Post {
                url: outgoing.to.as_str().to_owned(),
                field,
                message: base64::encode(to_sign.finish(&signature, None).as_bytes()),
                relay_state: outgoing.relay_state().map(str::to_owned),
            }
        }
    })
}

fn page(host: &Host, outgoing: &Outgoing, way: LeavingBy) -> Result<Reply, Failure> {
    let form_action = match way {
        LeavingBy::Redirect { .. } => FormAction::Own,
        LeavingBy::Post { .. } => FormAction::Idp { local: host.settings.local },
    };
    let page = Leaving { idp_name: outgoing.idp_name.clone(), idp_host: outgoing.to.host().to_owned(), way };
    Ok(Reply::page(200, &page)?.with_form_action(form_action))
}
