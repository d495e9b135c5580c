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

use super::acs::{Body, Stop};
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
        match attempt(host, &loaded, post).await {
            Ok(reply) => return Ok(reply),
            Err(Stop::Failure(failure)) => return Err(failure),
            Err(Stop::Refused(refusal)) if !is_at_hand => {
                let scope = loaded.connection.scope();
                // What is neither of the two messages is not one of the connection's.
                let Some(message) = logged(host, &loaded.connection, post).await else {
                    return host.refuse(&refusal, scope).await;
                };
                let awaited = awaited(host, &loaded.connection).await?;
                let refusal = refused(*refusal, message.kind, awaited.as_ref(), host.now);
                return host.refuse_message(&refusal, scope, message).await;
            }
            // What is at hand may be what is wrong: a new certificate, a switch.
            Err(Stop::Refused(_) | Stop::Again) => {
                known = connection::find_anew(host, None, &loaded.connection).await?;
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

/// What came: by which binding, and which of the two messages.
struct Message {
    parameter: Parameter,
    /// The document, by POST; by Redirect it is in the query.
    posted: Option<Vec<u8>>,
    relay_state: Option<String>,
}

impl Message {
    fn received<'a>(&'a self, host: &'a Host) -> Received<'a> {
        match &self.posted {
            Some(xml) => Received::Post(xml),
            None => Received::Redirect(&host.head.query),
        }
    }
}

/// What the engine refuses of a message.
fn saml(refusal: keyward_saml::Refusal) -> Refusal {
    LogoutRefusal::Saml(refusal).into()
}

fn read(host: &Host, post: Option<&Body>) -> Result<Message, Refusal> {
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

async fn attempt(host: &Host, loaded: &LoadedConnection, post: Option<&Body>) -> Result<Reply, Stop> {
    let connection = &loaded.connection;
    service(connection)?;
    let message = read(host, post)?;
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
    match message.parameter {
        Parameter::SamlRequest => asked(host, loaded, post, message, &expected).await,
        Parameter::SamlResponse => answered(host, loaded, post, &message, &expected).await,
    }
}

/// The IdP asks that sessions end.
async fn asked(
    host: &Host,
    loaded: &LoadedConnection,
    post: Option<&Body>,
    message: Message,
    expected: &Expected<'_>,
) -> Result<Reply, Stop> {
    let connection = &loaded.connection;
    let owner = owner(host, loaded);
    let check = verify_logout_request(message.received(host), expected).map_err(saml)?;
    let outcomes = answers(owner, check.jobs(), loaded).await?;
    let signed = check.finish(outcomes).map_err(saml)?;
    let outcomes = answers(owner, signed.jobs(), loaded).await?;
    let mut request = signed.open(outcomes).map_err(saml)?;
    if message.posted.is_some() {
        request.relay_state = message.relay_state;
    }
    // A longer name than any that is kept with a session is none of ours.
    let name = IdpName::new(&request.name_id, &connection.idp_entity_id, expected.sp)
        .ok_or_else(|| saml(keyward_saml::Refusal::NameId { what: "it is too long" }))?;
    let questions = load::logout_request(connection, &name, &request, host.now);
    let mut found = host.database.batch(questions).await?;
    let facts = load::read_logout_request(&mut found)?.ok_or(Stop::Again)?;
    if facts.version != connection.version {
        return Err(Stop::Again);
    }
    let origin = &host.settings.origin;
    let mut decision = follow(connection, origin, &facts, &request, host.now, &mut OsRandom)?;
    let of = (&connection.tenant, &connection.id);
    decision.writes.extend(logged(host, connection, post).await.map(LoggedMessage::accepted));
    decision.writes.push(sent(host, of, &decision.outcome).await);
    if host.commit(&decision).await? == Committed::Conflict {
        return Err(Stop::Again);
    }
    let signing_key = loaded.keys.as_ref().and_then(|keys| keys.signing.as_deref());
    match way(owner, signing_key, &decision.outcome).await? {
        LeavingBy::Redirect { url } => Ok(Reply::see_other(url)),
        by => Ok(page(host, &decision.outcome, by)?),
    }
}

/// The IdP answers a request of ours.
async fn answered(
    host: &Host,
    loaded: &LoadedConnection,
    post: Option<&Body>,
    message: &Message,
    expected: &Expected<'_>,
) -> Result<Reply, Stop> {
    let connection = &loaded.connection;
    let check = verify_logout_response(message.received(host), expected).map_err(saml)?;
    let outcomes = answers(owner(host, loaded), check.jobs(), loaded).await?;
    let response = check.finish(outcomes).map_err(saml)?;
    let questions = load::logout_response(connection, &response.in_response_to);
    let mut found = host.database.batch(questions).await?;
    let facts = load::read_logout_response(&mut found)?.ok_or(Stop::Again)?;
    if facts.version != connection.version {
        return Err(Stop::Again);
    }
    let browser = host.cookies.browser.as_ref().map(Token::hash);
    let mut decision = take_answer(connection, &facts, &response, browser.as_ref(), host.now, &mut OsRandom)?;
    decision.writes.extend(logged(host, connection, post).await.map(LoggedMessage::accepted));
    if host.commit(&decision).await? == Committed::Conflict {
        return Err(Stop::Again);
    }
    let path = match decision.outcome {
        AtIdp::Ended => "/?signed-out=everywhere",
        AtIdp::NotAll => "/?signed-out",
    };
    Ok(Reply::see_other(path.to_owned()))
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
