//! Single logout (Core §3.7, Profiles §4.4): LogoutRequest and LogoutResponse, both ways.

use core::time::Duration;

use crate::check::Check;
use crate::crypto::PublicKey;
use crate::crypto::algorithm::SignatureAlgorithm;
use crate::encryption::Encrypted;
use crate::engine::Policy;
use crate::job::{Job, Outcome, content_keys};
use crate::profile::{self, NameId, SAMLP};
use crate::redirect::verify_redirect;
use crate::refusal::{Refusal, StatusCode};
use crate::request::{Parameter, begin, name_id};
use crate::signature;
use crate::signing::{Message, ToSign, Writer};
use crate::time::Timestamp;
use crate::xml::{Document, NodeId};

/// How long a LogoutRequest counts that does not say it: such messages pass through a browser at once.
pub const LOGOUT_LIFETIME: Duration = Duration::from_secs(300);

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
    /// How many decryption keys the host holds, for a name that is encrypted.
    pub decryption_keys: usize,
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
    /// When it ends to count. Remember (issuer, ID) until then plus the clock skew, so that nobody plays it again.
    pub not_on_or_after: Timestamp,
    /// RelayState, to be handed back unchanged (Redirect only; the form's field is the host's to keep).
    pub relay_state: Option<String>,
}

/// A LogoutRequest whose signature holds; the name in it may be encrypted still.
pub struct SignedLogoutRequest {
    id: String,
    name: Name,
    session_indexes: Vec<String>,
    not_on_or_after: Timestamp,
    relay_state: Option<String>,
    jobs: Vec<Job>,
}

enum Name {
    Plain(NameId),
    Encrypted { encrypted: Encrypted, sp: String },
}

impl SignedLogoutRequest {
    /// What has to be done before it can be opened; nothing where the name is not encrypted.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The request, given one outcome for each job, in order.
    ///
    /// # Errors
    /// [`Refusal::NoDecryptionKey`], [`Refusal::Decrypt`], [`Refusal::NameId`].
    pub fn open(self, outcomes: Vec<Outcome>) -> Result<LogoutRequest, Refusal> {
        let SignedLogoutRequest { id, name, session_indexes, not_on_or_after, relay_state, jobs } = self;
        let name_id = match name {
            Name::Plain(name_id) => name_id,
            Name::Encrypted { .. } if jobs.is_empty() => return Err(Refusal::NoDecryptionKey),
            Name::Encrypted { encrypted, sp } => {
                let octets = encrypted.open(content_keys(outcomes))?;
                let inner = encrypted.parse(&octets).map_err(|_| Refusal::Decrypt)?;
                profile::decrypted_name_id(&inner, &sp)?.ok_or_else(no_name)?
            }
        };
        Ok(LogoutRequest { id, name_id, session_indexes, not_on_or_after, relay_state })
    }
}

fn no_name() -> Refusal {
    Refusal::NameId { what: "there is none" }
}

/// The IdP answers that it ended its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    /// Our request.
    pub in_response_to: String,
    /// `None` for Success and nothing more; else what was said, PartialLogout among it.
    pub status: Option<StatusCode>,
    /// RelayState as handed back (Redirect only).
    pub relay_state: Option<String>,
}

/// Reads a LogoutRequest and prepares the check of its signature, without which nobody is signed out. An encrypted name is
/// opened afterwards: what nobody signed makes no private key work.
///
/// # Errors
/// The reason for which it is refused.
pub fn verify_logout_request(
    received: Received<'_>,
    expected: &Expected<'_>,
) -> Result<Check<SignedLogoutRequest>, Refusal> {
    let (document, check, relay_state) = open(received, expected, "LogoutRequest", Parameter::SamlRequest)?;
    let root = document.root();
    envelope(&document, expected)?;
    let not_on_or_after = lifetime(&document, expected)?;
    let Some(id) = document.attribute(root, "ID") else { return Err(Refusal::Malformed { what: "no ID" }) };
    let (name, jobs) = match profile::name(&document, root)?.ok_or_else(no_name)? {
        (node, false) => {
            (Name::Plain(profile::read_name_id(&document, node, expected.sp)?.ok_or_else(no_name)?), vec![])
        }
        (node, true) => {
            let encrypted = Encrypted::read(&document, node)?;
            let jobs = encrypted.jobs(expected.decryption_keys).into_iter().map(Job::UnwrapKey).collect();
            (Name::Encrypted { encrypted, sp: expected.sp.to_owned() }, jobs)
        }
    };
    // One that cannot be read must not turn "this session" into "all of them".
    let session_indexes = document
        .elements(root)
        .filter(|node| document.is(*node, SAMLP, "SessionIndex"))
        .map(|node| document.simple_text(node))
        .collect::<Option<Vec<_>>>()
        .ok_or(Refusal::Malformed { what: "a SessionIndex that is no text" })?;
    let id = id.to_owned();
    Ok(check.map(SignedLogoutRequest { id, name, session_indexes, not_on_or_after, relay_state, jobs }))
}

/// Until when a request counts: its NotOnOrAfter or, without one, [`LOGOUT_LIFETIME`] after it was made. One that
/// counted for ever could be played again whenever nobody remembers it any more.
fn lifetime(document: &Document, expected: &Expected<'_>) -> Result<Timestamp, Refusal> {
    let root = document.root();
    let time = |attribute: &'static str| match document.attribute(root, attribute) {
        None => Ok(None),
        Some(text) => match Timestamp::parse(text.trim()) {
            Some(time) => Ok(Some(time)),
            None => Err(Refusal::Time { attribute, found: text.to_owned() }),
        },
    };
    let Some(issued) = time("IssueInstant")? else {
        return Err(Refusal::Malformed { what: "no IssueInstant" });
    };
    let (now, skew) = (expected.now, expected.policy.clock_skew);
    if now.plus(skew) < issued {
        return Err(Refusal::NotYetValid { now, not_before: issued });
    }
    let not_on_or_after = time("NotOnOrAfter")?.unwrap_or_else(|| issued.plus(LOGOUT_LIFETIME));
    if now >= not_on_or_after.plus(skew) {
        return Err(Refusal::Expired { what: "The request was valid until", now, not_on_or_after });
    }
    Ok(not_on_or_after)
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
        return Err(Refusal::InResponseTo { place: profile::RESPONSE, expected: None, found: None });
    };
    let status = match profile::check_status(&document, root) {
        // Success may have a second level that takes some of it back (Core §3.7.3.2).
        Ok(()) => partial(&document, root),
        Err(Refusal::Status { status }) => Some(status),
        Err(refusal) => return Err(refusal),
    };
    Ok(jobs.map(LogoutResponse { in_response_to: in_response_to.to_owned(), status, relay_state }))
}

fn partial(document: &Document, root: NodeId) -> Option<StatusCode> {
    let inside = |node, local| document.elements(node).find(|child| document.is(*child, SAMLP, local));
    let top = inside(inside(root, "Status")?, "StatusCode")?;
    let value = |node| document.attribute(node, "Value").map(str::to_owned);
    let second = value(inside(top, "StatusCode")?)?;
    Some(StatusCode { top: value(top)?, second: Some(second), message: None })
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
            let signed = Document::parse_canonical(digested.octets.clone())?;
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
        Some(destination) if profile::collapsed(destination) == expected.destination => Ok(()),
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
