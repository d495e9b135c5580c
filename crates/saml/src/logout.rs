//! Single logout (Core §3.7, Profiles §4.4): LogoutRequest and LogoutResponse, both ways.

use crate::check::Check;
use crate::crypto::PublicKey;
use crate::crypto::algorithm::SignatureAlgorithm;
use crate::engine::Policy;
use crate::profile::{self, NameId, SAMLP};
use crate::redirect::verify_redirect;
use crate::refusal::{Refusal, StatusCode};
use crate::request::{Parameter, begin, name_id};
use crate::signature;
use crate::signing::{Message, ToSign, Writer};
use crate::time::Timestamp;
use crate::xml::Document;

/// How a message for single logout came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// By Redirect: the query, without `?`. The query's signature counts.
    Redirect(&'a str),
    /// By POST, decoded: the message's own signature counts.
    Post(&'a [u8]),
}

/// Whom a message has to come from and where it came to.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The IdP's entity ID.
    pub idp: &'a str,
    /// The keys pinned for it.
    pub keys: &'a [PublicKey],
    /// The URL that it came to.
    pub destination: &'a str,
    /// Our entity ID, for SPNameQualifier.
    pub sp: &'a str,
    /// The time.
    pub now: Timestamp,
    /// The connection's rules.
    pub policy: &'a Policy,
}

/// The IdP asks that sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Its ID, to be answered with.
    pub id: String,
    /// Who.
    pub name_id: NameId,
    /// Which of the person's sessions; empty for all.
    pub session_indexes: Vec<String>,
    /// RelayState, to be handed back unchanged (Redirect only; the form's field is the host's to keep).
    pub relay_state: Option<String>,
}

/// The IdP answers that it ended its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// Our request.
    pub in_response_to: String,
    /// `None` for Success; else what was said (PartialLogout among them).
    pub status: Option<StatusCode>,
    /// RelayState as handed back (Redirect only).
    pub relay_state: Option<String>,
}

/// Reads a LogoutRequest and prepares the check of its signature, without which nobody is signed out.
///
/// # Errors
/// The reason for which it is refused.
pub fn verify_logout_request(
    received: Received<'_>,
    expected: &Expected<'_>,
) -> Result<Check<LogoutRequest>, Refusal> {
    let (document, jobs, relay_state) = open(received, expected, "LogoutRequest", Parameter::SamlRequest)?;
    let root = document.root();
    envelope(&document, expected)?;
    if let Some(text) = document.attribute(root, "NotOnOrAfter") {
        let Some(not_on_or_after) = Timestamp::parse(text.trim()) else {
            return Err(Refusal::Time { attribute: "NotOnOrAfter", found: text.to_owned() });
        };
        if expected.now >= not_on_or_after.plus(expected.policy.clock_skew) {
            return Err(Refusal::Expired { now: expected.now, not_on_or_after });
        }
    }
    let Some(id) = document.attribute(root, "ID") else { return Err(Refusal::Malformed { what: "no ID" }) };
    let Some(name_id) = profile::plain_name_id(&document, root, expected.sp)? else {
        return Err(Refusal::NameId { what: "there is none" });
    };
    let session_indexes = document
        .elements(root)
        .filter(|node| document.is(*node, SAMLP, "SessionIndex"))
        .filter_map(|node| document.simple_text(node))
        .collect();
    Ok(jobs.map(LogoutRequest { id: id.to_owned(), name_id, session_indexes, relay_state }))
}

/// Reads a LogoutResponse and prepares the check of its signature.
///
/// # Errors
/// The reason for which it is refused; a status other than Success is not one.
pub fn verify_logout_response(
    received: Received<'_>,
    expected: &Expected<'_>,
) -> Result<Check<LogoutResponse>, Refusal> {
    let (document, jobs, relay_state) = open(received, expected, "LogoutResponse", Parameter::SamlResponse)?;
    let root = document.root();
    envelope(&document, expected)?;
    let Some(in_response_to) = document.attribute(root, "InResponseTo").filter(|id| !id.is_empty()) else {
        return Err(Refusal::InResponseTo { expected: None, found: None });
    };
    let status = match profile::check_status(&document, root) {
        Ok(()) => None,
        Err(Refusal::Status { status }) => Some(status),
        Err(refusal) => return Err(refusal),
    };
    Ok(jobs.map(LogoutResponse { in_response_to: in_response_to.to_owned(), status, relay_state }))
}

/// The signed document, with its jobs.
fn open(
    received: Received<'_>,
    expected: &Expected<'_>,
    local: &'static str,
    parameter: Parameter,
) -> Result<(Document, Check<()>, Option<String>), Refusal> {
    let wrong = |document: &Document| Refusal::MessageType {
        expected: local,
        found: signature::local_name(document, document.root()),
    };
    match received {
        Received::Redirect(query) => {
            let check = verify_redirect(query, expected.keys, expected.policy)?;
            let (message, check) = check.split();
            let document = Document::parse(message.xml.as_bytes())?;
            if message.parameter != parameter || !document.is(document.root(), SAMLP, local) {
                return Err(wrong(&document));
            }
            Ok((document, check, message.relay_state))
        }
        Received::Post(xml) => {
            let document = Document::parse(xml)?;
            let root = document.root();
            if !document.is(root, SAMLP, local) {
                return Err(wrong(&document));
            }
            signature::check_ids(&document)?;
            let [signature] = signature::locate(&document, [Some(root)])?;
            let signature = signature.ok_or(Refusal::SignatureMissing)?;
            let digested = signature::digest(&document, signature, expected.keys, expected.policy)?;
            let signed = Document::parse_within(&digested.octets, usize::MAX, crate::limits::NODES)?;
            let mut check = Check::new(());
            check.add(digested)?;
            Ok((signed, check, None))
        }
    }
}

/// Version, Issuer and Destination; the last is required where the message is signed (Bindings §3.4.5.2, §3.5.5.2).
fn envelope(document: &Document, expected: &Expected<'_>) -> Result<(), Refusal> {
    let root = document.root();
    profile::check_version(document, root)?;
    profile::check_assertion_issuer(document, root, expected.idp)?;
    match document.attribute(root, "Destination") {
        Some(destination) if destination == expected.destination => Ok(()),
        found => Err(Refusal::Destination {
            expected: expected.destination.to_owned(),
            found: found.unwrap_or_default().to_owned(),
        }),
    }
}

/// A LogoutRequest of ours.
#[derive(Clone, Copy, Debug)]
pub struct NewLogoutRequest<'a> {
    /// Its ID, an NCName.
    pub id: &'a str,
    /// When it is made.
    pub issue_instant: Timestamp,
    /// The IdP's single logout URL.
    pub destination: &'a str,
    /// Our entity ID.
    pub issuer: &'a str,
    /// Until when it may be acted on.
    pub not_on_or_after: Option<Timestamp>,
    /// Who, exactly as the assertion said.
    pub name_id: &'a NameId,
    /// The session at the IdP.
    pub session_index: Option<&'a str>,
}

impl NewLogoutRequest<'_> {
    /// The message, unsigned: the Redirect binding signs its query instead.
    pub fn to_xml(&self) -> String {
        self.message().xml
    }

    /// The message for the POST binding, to be signed.
    ///
    /// # Errors
    /// [`Refusal::SignatureAlgorithm`] for one that is off; [`Refusal::DuplicateId`] for an ID that is no NCName.
    pub fn to_sign(&self, algorithm: SignatureAlgorithm) -> Result<ToSign, Refusal> {
        ToSign::new(self.message(), algorithm)
    }

    fn message(&self) -> Message {
        let mut xml = Writer::new("samlp:LogoutRequest");
        begin(&mut xml, self.id, self.issue_instant, self.destination);
        let until = self.not_on_or_after.map(|until| until.to_string());
        xml.optional("NotOnOrAfter", until.as_deref())
            .raw(">")
            .element("saml:Issuer", self.issuer)
            .signature();
        name_id(&mut xml, self.name_id);
        if let Some(index) = self.session_index {
            xml.element("samlp:SessionIndex", index);
        }
        xml.raw("</samlp:LogoutRequest>");
        xml.finish(self.id)
    }
}

/// How a LogoutRequest was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// All sessions that it named are ended.
    Success,
    /// Some could not be (Core §3.2.2.2).
    Partial,
    /// It was refused.
    Refused,
}

/// A LogoutResponse of ours.
#[derive(Clone, Copy, Debug)]
pub struct NewLogoutResponse<'a> {
    /// Its ID, an NCName.
    pub id: &'a str,
    /// When it is made.
    pub issue_instant: Timestamp,
    /// The IdP's single logout URL (its ResponseLocation where it has one).
    pub destination: &'a str,
    /// Our entity ID.
    pub issuer: &'a str,
    /// The request that is answered.
    pub in_response_to: &'a str,
    /// The answer.
    pub outcome: LogoutOutcome,
}

impl NewLogoutResponse<'_> {
    /// The message, unsigned: the Redirect binding signs its query instead.
    pub fn to_xml(&self) -> String {
        self.message().xml
    }

    /// The message for the POST binding, to be signed.
    ///
    /// # Errors
    /// As [`NewLogoutRequest::to_sign`].
    pub fn to_sign(&self, algorithm: SignatureAlgorithm) -> Result<ToSign, Refusal> {
        ToSign::new(self.message(), algorithm)
    }

    fn message(&self) -> Message {
        const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
        let mut xml = Writer::new("samlp:LogoutResponse");
        begin(&mut xml, self.id, self.issue_instant, self.destination);
        xml.attribute("InResponseTo", self.in_response_to)
            .raw(">")
            .element("saml:Issuer", self.issuer)
            .signature();
        let (top, second) = match self.outcome {
            LogoutOutcome::Success => ("Success", None),
            LogoutOutcome::Partial => ("Success", Some("PartialLogout")),
            LogoutOutcome::Refused => ("Requester", Some("RequestDenied")),
        };
        xml.raw("<samlp:Status><samlp:StatusCode").attribute("Value", &format!("{STATUS}{top}")).raw(">");
        if let Some(second) = second {
            xml.raw("<samlp:StatusCode").attribute("Value", &format!("{STATUS}{second}")).raw("/>");
        }
        xml.raw("</samlp:StatusCode></samlp:Status></samlp:LogoutResponse>");
        xml.finish(self.id)
    }
}
