//! The Web Browser SSO profile (Profiles §4.1.4): what an assertion has to say before anybody is let in.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::engine::{Policy, Request};
use crate::limits;
use crate::refusal::{Refusal, StatusCode};
use crate::signature::local_name;
use crate::time::Timestamp;
use crate::xml::{self, Document, NodeId, XENC};

pub(crate) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// A NameID (Core §2.2.3): who the IdP says this is. Only all four parts together name somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameId {
    /// The name, exactly as sent.
    pub value: String,
    /// A URI; missing means unspecified.
    pub format: Option<String>,
    /// The domain that the name is unique in.
    pub name_qualifier: Option<String>,
    /// The service provider, or affiliation, that the name is for.
    pub sp_name_qualifier: Option<String>,
}

/// An Attribute (Core §2.7.3.1) with its values as strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Name, exactly as sent.
    pub name: String,
    /// NameFormat, a URI.
    pub name_format: Option<String>,
    /// For people; never to be compared.
    pub friendly_name: Option<String>,
    /// The text of each AttributeValue, in the order sent, trimmed where it has elements inside; of an EncryptedID the name
    /// that it holds. A nil value is left out, and so is a ciphertext that is not for us.
    pub values: Vec<String>,
}

/// What a verified assertion says. It can only be had from the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    pub(crate) issuer: String,
    pub(crate) id: String,
    pub(crate) name_id: Option<NameId>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) session_index: Option<String>,
    pub(crate) session_not_on_or_after: Option<Timestamp>,
    pub(crate) authn_instant: Timestamp,
    pub(crate) not_on_or_after: Timestamp,
    pub(crate) authn_context: Option<String>,
    pub(crate) one_time_use: bool,
    pub(crate) has_closed_values: bool,
}

impl Assertion {
    /// The IdP's entity ID.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The assertion's ID; unique together with the issuer.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who it is about; `None` where there is no NameID or an empty one.
    pub fn name_id(&self) -> Option<&NameId> {
        self.name_id.as_ref()
    }

    /// The attributes, those of the same Name and NameFormat merged.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The session at the IdP, for single logout.
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// When a session that rests on this has to end.
    pub fn session_not_on_or_after(&self) -> Option<Timestamp> {
        self.session_not_on_or_after
    }

    /// When the person signed in at the IdP.
    pub fn authn_instant(&self) -> Timestamp {
        self.authn_instant
    }

    /// Until when it could be presented (skew not included): how long replay has to be remembered.
    pub fn not_on_or_after(&self) -> Timestamp {
        self.not_on_or_after
    }

    /// How the person signed in: an AuthnContextClassRef or AuthnContextDeclRef.
    pub fn authn_context(&self) -> Option<&str> {
        self.authn_context.as_deref()
    }

    /// The IdP asked that it be used once only (Core §2.5.1.5). Every assertion has to be, here.
    pub fn one_time_use(&self) -> bool {
        self.one_time_use
    }

    /// Whether a value was left out since it is encrypted, and none of our keys opens it: worth a warning.
    pub fn has_closed_values(&self) -> bool {
        self.has_closed_values
    }
}

fn malformed<T>(what: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Malformed { what })
}

/// At most one child element of this name.
fn at_most_one(
    document: &Document,
    parent: NodeId,
    namespace: &str,
    local: &str,
    what: &'static str,
) -> Result<Option<NodeId>, Refusal> {
    let mut found = document.elements(parent).filter(|node| document.is(*node, namespace, local));
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => malformed(what),
    }
}

pub(crate) fn check_version(document: &Document, node: NodeId) -> Result<(), Refusal> {
    match document.attribute(node, "Version") {
        Some("2.0") => Ok(()),
        found => Err(Refusal::Version { found: found.unwrap_or_default().to_owned() }),
    }
}

/// What a Response and an Assertion begin with alike (Core §2.3.3, §3.2.2): Version, ID, IssueInstant. The last is used for
/// nothing here, so that a message without one is not refused for it.
pub(crate) fn check_header(document: &Document, node: NodeId) -> Result<(), Refusal> {
    check_version(document, node)?;
    if document.attribute(node, "ID").is_none() {
        return malformed("a Response or an Assertion without ID");
    }
    match document.attribute(node, "IssueInstant") {
        Some(text) if Timestamp::parse(collapsed(text)).is_none() => {
            Err(Refusal::Time { attribute: "IssueInstant", found: text.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Status (Core §3.2.2.1).
pub(crate) fn check_status(document: &Document, response: NodeId) -> Result<(), Refusal> {
    let Some(status) = at_most_one(document, response, SAMLP, "Status", "two Status")? else {
        return malformed("no Status");
    };
    let Some(code) = at_most_one(document, status, SAMLP, "StatusCode", "two StatusCode")? else {
        return malformed("no StatusCode");
    };
    let value = |node| document.attribute(node, "Value").map(str::to_owned);
    let Some(top) = value(code) else { return malformed("StatusCode without Value") };
    if top == SUCCESS {
        return Ok(());
    }
    let second = at_most_one(document, code, SAMLP, "StatusCode", "two nested StatusCode")?.and_then(value);
    let message = at_most_one(document, status, SAMLP, "StatusMessage", "two StatusMessage")?
        .and_then(|node| document.simple_text(node));
    Err(Refusal::Status { status: StatusCode { top, second, message } })
}

/// White space around a URI is not part of it (xs:anyURI collapses).
pub(crate) fn collapsed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

fn check_issuer(document: &Document, issuer: NodeId, expected: &str) -> Result<(), Refusal> {
    let found = document.simple_text(issuer).unwrap_or_default();
    if collapsed(&found) == expected {
        Ok(())
    } else {
        Err(Refusal::Issuer { expected: expected.to_owned(), found })
    }
}

/// The Issuer of a Response, which may have one.
pub(crate) fn check_response_issuer(document: &Document, response: NodeId, idp: &str) -> Result<(), Refusal> {
    match at_most_one(document, response, SAML, "Issuer", "two Issuer in the response")? {
        Some(issuer) => check_issuer(document, issuer, idp),
        None => Ok(()),
    }
}

/// What else the Response says beside its assertion, checked. Gives its InResponseTo.
pub(crate) fn check_response(
    document: &Document,
    response: NodeId,
    acs_url: &str,
) -> Result<Option<String>, Refusal> {
    if let Some(found) = document.attribute(response, "Destination")
        && collapsed(found) != acs_url
    {
        return Err(Refusal::Destination { expected: acs_url.to_owned(), found: found.to_owned() });
    }
    Ok(document.attribute(response, "InResponseTo").map(str::to_owned))
}

/// The Issuer of an assertion, which every assertion has.
pub(crate) fn check_assertion_issuer(
    document: &Document,
    assertion: NodeId,
    idp: &str,
) -> Result<(), Refusal> {
    match at_most_one(document, assertion, SAML, "Issuer", "two Issuer in the assertion")? {
        Some(issuer) => check_issuer(document, issuer, idp),
        None => Err(Refusal::Issuer { expected: idp.to_owned(), found: String::new() }),
    }
}

/// The places that say which request is answered.
pub(crate) const RESPONSE: &str = "The response";
const CONFIRMATION: &str = "The assertion's SubjectConfirmationData";

/// One of the two.
pub(crate) fn check_in_response_to(
    place: &'static str,
    request: Request<'_>,
    found: Option<&str>,
) -> Result<(), Refusal> {
    let refused = |expected: Option<&str>| {
        let [expected, found] = [expected, found].map(|id| id.map(str::to_owned));
        Err(Refusal::InResponseTo { place, expected, found })
    };
    match (request, found) {
        (Request::Answers(id), Some(found)) if found == id && !id.is_empty() => Ok(()),
        (Request::Answers(id), _) => refused(Some(id)),
        (Request::Unsolicited, None) => Ok(()),
        (Request::Unsolicited, Some(_)) => refused(None),
        (Request::Later, Some("")) => refused(None),
        (Request::Later, _) => Ok(()),
    }
}

/// Everything that an assertion is judged by.
pub(crate) struct Judge<'a> {
    pub(crate) now: Timestamp,
    pub(crate) idp: &'a str,
    pub(crate) sp: &'a str,
    pub(crate) acs_url: &'a str,
    pub(crate) request: Request<'a>,
    /// InResponseTo of the Response.
    pub(crate) in_response_to: Option<&'a str>,
    pub(crate) policy: &'a Policy,
}

/// The elements of an assertion that are decrypted after it was verified.
pub(crate) struct Decrypted<'a>(pub(crate) &'a [(NodeId, Document)]);

impl Decrypted<'_> {
    /// The decrypted form of an EncryptedID or EncryptedAttribute.
    fn get(&self, wrapper: NodeId) -> Option<&Document> {
        self.0.iter().find(|(node, _)| *node == wrapper).map(|(_, document)| document)
    }
}

/// What is encrypted inside an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// An EncryptedID of the subject, or an EncryptedAttribute: the assertion cannot be read without it.
    Needed,
    /// An EncryptedID as the value of an attribute: it may be for somebody else.
    Value,
}

/// Those elements, what is needed first.
pub(crate) fn encrypted_parts(document: &Document, assertion: NodeId) -> Vec<(NodeId, Part)> {
    let inside = || {
        document
            .elements(assertion)
            .filter(|it| document.is(*it, SAML, "Subject") || document.is(*it, SAML, "AttributeStatement"))
            .flat_map(|it| document.elements(it))
    };
    let needed = inside().filter(|node| {
        document.is(*node, SAML, "EncryptedID") || document.is(*node, SAML, "EncryptedAttribute")
    });
    let values = inside()
        .filter(|node| document.is(*node, SAML, "Attribute"))
        .flat_map(|attribute| document.elements(attribute))
        .filter_map(|value| encrypted_value(document, value));
    needed.map(|node| (node, Part::Needed)).chain(values.map(|node| (node, Part::Value))).collect()
}

/// The EncryptedID that an AttributeValue holds.
fn encrypted_value(document: &Document, value: NodeId) -> Option<NodeId> {
    let is_value = document.is(value, SAML, "AttributeValue");
    document.elements(value).find(|node| is_value && document.is(*node, SAML, "EncryptedID"))
}

impl Judge<'_> {
    /// Reads the assertion and checks every rule, in the order of the profile's document.
    pub(crate) fn assertion(
        &self,
        document: &Document,
        node: NodeId,
        decrypted: &Decrypted<'_>,
    ) -> Result<Assertion, Refusal> {
        check_header(document, node)?;
        check_assertion_issuer(document, node, self.idp)?;
        let id = document.attribute(node, "ID").unwrap_or_default();
        let Some(subject) = at_most_one(document, node, SAML, "Subject", "two Subject")? else {
            return Err(Refusal::SubjectConfirmation { what: "there is no Subject" });
        };
        let confirmed_until = self.subject_confirmation(document, subject)?;
        let one_time_use = self.conditions(document, node)?;
        let authn = self.authn_statement(document, node)?;
        if let Some(cap) = self.policy.max_assertion_lifetime
            && confirmed_until > self.now.plus(cap)
        {
            return Err(Refusal::Lifetime { not_on_or_after: confirmed_until });
        }
        let wanted = &self.policy.authn_contexts;
        if !wanted.is_empty() && !authn.context.as_ref().is_some_and(|context| wanted.contains(context)) {
            return Err(Refusal::AuthnContext { found: authn.context });
        }
        let name_id = self.name_id(document, subject, decrypted)?;
        let (attributes, has_closed_values) = self.attributes(document, node, decrypted)?;
        Ok(Assertion {
            issuer: self.idp.to_owned(),
            id: id.to_owned(),
            name_id,
            attributes,
            session_index: authn.session_index,
            session_not_on_or_after: authn.session_not_on_or_after,
            authn_instant: authn.instant,
            not_on_or_after: confirmed_until,
            authn_context: authn.context,
            one_time_use,
            has_closed_values,
        })
    }

    fn time(
        &self,
        document: &Document,
        node: NodeId,
        attribute: &'static str,
    ) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = document.attribute(node, attribute) else { return Ok(None) };
        match Timestamp::parse(collapsed(text)) {
            Some(time) => Ok(Some(time)),
            None => Err(Refusal::Time { attribute, found: text.to_owned() }),
        }
    }

    /// A millisecond past is past.
    fn check_not_on_or_after(&self, what: &'static str, not_on_or_after: Timestamp) -> Result<(), Refusal> {
        if self.now < not_on_or_after.plus(self.policy.clock_skew) {
            Ok(())
        } else {
            Err(Refusal::Expired { what, now: self.now, not_on_or_after })
        }
    }

    /// At least one bearer confirmation must hold (Profiles §4.1.4.3); the first one's reason is told where none does.
    fn subject_confirmation(&self, document: &Document, subject: NodeId) -> Result<Timestamp, Refusal> {
        let mut reason = Refusal::SubjectConfirmation { what: "there is no bearer SubjectConfirmation" };
        let bearers = document.elements(subject).filter(|node| {
            document.is(*node, SAML, "SubjectConfirmation")
                && document.attribute(*node, "Method").map(collapsed) == Some(BEARER)
        });
        for (index, bearer) in bearers.enumerate() {
            match self.bearer(document, bearer) {
                Ok(until) => return Ok(until),
                Err(refusal) if index == 0 => reason = refusal,
                Err(_) => {}
            }
        }
        Err(reason)
    }

    fn bearer(&self, document: &Document, confirmation: NodeId) -> Result<Timestamp, Refusal> {
        let refused = |what| Err(Refusal::SubjectConfirmation { what });
        let Some(data) = at_most_one(
            document,
            confirmation,
            SAML,
            "SubjectConfirmationData",
            "two SubjectConfirmationData",
        )?
        else {
            return refused("there is no SubjectConfirmationData");
        };
        let in_response_to = document.attribute(data, "InResponseTo");
        check_in_response_to(CONFIRMATION, self.request, in_response_to)?;
        if in_response_to != self.in_response_to {
            return Err(Refusal::InResponseTo {
                place: CONFIRMATION,
                expected: self.in_response_to.map(str::to_owned),
                found: in_response_to.map(str::to_owned),
            });
        }
        match document.attribute(data, "Recipient") {
            Some(recipient) if collapsed(recipient) == self.acs_url => {}
            found => {
                return Err(Refusal::Recipient {
                    expected: self.acs_url.to_owned(),
                    found: found.unwrap_or_default().to_owned(),
                });
            }
        }
        let Some(until) = self.time(document, data, "NotOnOrAfter")? else {
            return refused("it has no NotOnOrAfter");
        };
        self.check_not_on_or_after("The response was valid until", until)?;
        if document.attribute(data, "NotBefore").is_some() {
            return refused("it has a NotBefore, which a bearer confirmation must not have");
        }
        Ok(until)
    }

    /// Conditions (Core §2.5); gives whether OneTimeUse is among them.
    fn conditions(&self, document: &Document, assertion: NodeId) -> Result<bool, Refusal> {
        let no_audience = || Refusal::Audience { expected: self.sp.to_owned(), found: Vec::new() };
        let Some(conditions) = at_most_one(document, assertion, SAML, "Conditions", "two Conditions")? else {
            return if self.policy.require_audience { Err(no_audience()) } else { Ok(false) };
        };
        if let Some(not_before) = self.time(document, conditions, "NotBefore")?
            && self.now.plus(self.policy.clock_skew) < not_before
        {
            return Err(Refusal::NotYetValid { now: self.now, not_before });
        }
        if let Some(not_on_or_after) = self.time(document, conditions, "NotOnOrAfter")? {
            self.check_not_on_or_after("The response was valid until", not_on_or_after)?;
        }
        let is = |condition: &NodeId, local| document.is(*condition, SAML, local);
        let mut audiences =
            document.elements(conditions).filter(|condition| is(condition, "AudienceRestriction")).peekable();
        if self.policy.require_audience && audiences.peek().is_none() {
            return Err(no_audience());
        }
        for restriction in audiences {
            self.audience(document, restriction)?;
        }
        // ProxyRestriction binds who would pass the assertion on, which is not done here.
        let is_understood = |condition: &NodeId| {
            ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"].iter().any(|local| is(condition, local))
        };
        match document.elements(conditions).find(|condition| !is_understood(condition)) {
            Some(condition) => Err(Refusal::Condition { found: local_name(document, condition) }),
            None => Ok(document.elements(conditions).any(|condition| is(&condition, "OneTimeUse"))),
        }
    }

    fn audience(&self, document: &Document, restriction: NodeId) -> Result<(), Refusal> {
        let audiences: Vec<String> = document
            .elements(restriction)
            .filter(|node| document.is(*node, SAML, "Audience"))
            .filter_map(|node| document.simple_text(node))
            .collect();
        if audiences.iter().any(|audience| collapsed(audience) == self.sp) {
            Ok(())
        } else {
            Err(Refusal::Audience { expected: self.sp.to_owned(), found: audiences })
        }
    }

    /// The first AuthnStatement tells who and when; each one's SessionNotOnOrAfter counts.
    fn authn_statement(&self, document: &Document, assertion: NodeId) -> Result<Authn, Refusal> {
        let mut first: Option<Authn> = None;
        for statement in
            document.elements(assertion).filter(|node| document.is(*node, SAML, "AuthnStatement"))
        {
            let until = self.time(document, statement, "SessionNotOnOrAfter")?;
            if let Some(until) = until {
                self.check_not_on_or_after("The session at the IdP lasted until", until)?;
            }
            match &mut first {
                Some(first) => {
                    first.session_not_on_or_after = match (first.session_not_on_or_after, until) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
                None => {
                    let Some(instant) = self.time(document, statement, "AuthnInstant")? else {
                        return Err(Refusal::AuthnStatement);
                    };
                    first = Some(Authn {
                        instant,
                        session_index: document.attribute(statement, "SessionIndex").map(str::to_owned),
                        session_not_on_or_after: until,
                        context: authn_context(document, statement)?,
                    });
                }
            }
        }
        let authn = first.ok_or(Refusal::AuthnStatement)?;
        if let Some(not_before) = self.policy.authn_not_before {
            if authn.instant.plus(self.policy.clock_skew) < not_before {
                return Err(Refusal::AuthnStale { authn_instant: authn.instant, not_before });
            }
            // A sign-in that is still to come would be a fresh one for as long as that.
            if self.now.plus(self.policy.clock_skew) < authn.instant {
                return Err(Refusal::NotYetValid { now: self.now, not_before: authn.instant });
            }
        }
        Ok(authn)
    }

    fn name_id(
        &self,
        document: &Document,
        subject: NodeId,
        decrypted: &Decrypted<'_>,
    ) -> Result<Option<NameId>, Refusal> {
        let Some((node, is_encrypted)) = name(document, subject)? else { return Ok(None) };
        if is_encrypted {
            return decrypted_name_id(decrypted.get(node).ok_or(Refusal::Decrypt)?, self.sp);
        }
        read_name_id(document, node, self.sp)
    }

    /// The attributes, and whether a value among them stayed closed.
    fn attributes(
        &self,
        document: &Document,
        assertion: NodeId,
        decrypted: &Decrypted<'_>,
    ) -> Result<(Vec<Attribute>, bool), Refusal> {
        let mut attributes: Vec<Attribute> = Vec::new();
        let mut has_closed_values = false;
        // Where each (Name, NameFormat) stands, so that ten thousand attributes cost no more than ten thousand look-ups.
        let mut places = BTreeMap::new();
        let statements =
            document.elements(assertion).filter(|node| document.is(*node, SAML, "AttributeStatement"));
        for node in statements.flat_map(|statement| document.elements(statement)) {
            // There is no ciphertext in a ciphertext that would be opened.
            let (document, node, decrypted) = match decrypted.get(node) {
                Some(inner) => (inner, inner.root(), &Decrypted(&[])),
                None if document.is(node, SAML, "EncryptedAttribute") => return Err(Refusal::Decrypt),
                None => (document, node, decrypted),
            };
            if !document.is(node, SAML, "Attribute") {
                return malformed("AttributeStatement holds something else");
            }
            let Some(name) = document.attribute(node, "Name") else {
                return malformed("an Attribute without Name");
            };
            let name_format = document.attribute(node, "NameFormat");
            let values: Vec<String> = document
                .elements(node)
                .filter(|value| document.is(*value, SAML, "AttributeValue") && !is_nil(document, *value))
                .filter_map(|value| {
                    let text = self.value(document, value, decrypted);
                    has_closed_values |= text.is_none();
                    text
                })
                .collect();
            let key = (name.to_owned(), name_format.map(str::to_owned));
            let is_full = attributes.len() >= limits::SAML_ATTRIBUTES;
            match places.get(&key).and_then(|place: &usize| attributes.get_mut(*place)) {
                Some(known) => known.values.extend(values),
                None if is_full => {
                    return Err(Refusal::Xml(xml::Error {
                        kind: xml::ErrorKind::Limit("attributes of one assertion"),
                        at: 0,
                    }));
                }
                None => {
                    attributes.push(Attribute {
                        name: name.to_owned(),
                        name_format: name_format.map(str::to_owned),
                        friendly_name: document.attribute(node, "FriendlyName").map(str::to_owned),
                        values,
                    });
                    places.insert(key, attributes.len() - 1);
                }
            }
        }
        Ok((attributes, has_closed_values))
    }

    /// The text of a value; `None` where it is encrypted and was not opened.
    fn value(&self, document: &Document, value: NodeId, decrypted: &Decrypted<'_>) -> Option<String> {
        if let Some(inner) = encrypted_value(document, value).and_then(|node| decrypted.get(node)) {
            return decrypted_name_id(inner, self.sp).ok().flatten().map(|name| name.value);
        }
        let is_closed =
            |node| document.is(node, XENC, "EncryptedData") || document.is(node, XENC, "EncryptedKey");
        (!document.descendant_elements(value).any(is_closed)).then(|| value_text(document, value))
    }
}

/// A NameID that must be for us, where it says for whom; `None` where it is empty or white space, as it may come with an
/// unspecified format: then it names nobody.
pub(crate) fn read_name_id(document: &Document, node: NodeId, sp: &str) -> Result<Option<NameId>, Refusal> {
    let Some(value) = document.simple_text(node) else {
        return Err(Refusal::NameId { what: "it has elements inside" });
    };
    let attribute = |name| document.attribute(node, name).map(str::to_owned);
    let sp_name_qualifier = attribute("SPNameQualifier");
    // An empty one says for whom no more than none does.
    if sp_name_qualifier.as_ref().is_some_and(|qualifier| !qualifier.is_empty() && qualifier != sp) {
        return Err(Refusal::NameId { what: "its SPNameQualifier is not our entity ID" });
    }
    Ok((!collapsed(&value).is_empty()).then(|| NameId {
        value,
        format: attribute("Format"),
        name_qualifier: attribute("NameQualifier"),
        sp_name_qualifier,
    }))
}

/// The one NameID or EncryptedID directly inside an element, and whether it is encrypted.
pub(crate) fn name(document: &Document, parent: NodeId) -> Result<Option<(NodeId, bool)>, Refusal> {
    let is_encrypted = |node| document.is(node, SAML, "EncryptedID");
    let mut found =
        document.elements(parent).filter(|node| document.is(*node, SAML, "NameID") || is_encrypted(*node));
    let Some(node) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Refusal::NameId { what: "there is more than one" });
    }
    Ok(Some((node, is_encrypted(node))))
}

/// The NameID that an EncryptedID held.
pub(crate) fn decrypted_name_id(inner: &Document, sp: &str) -> Result<Option<NameId>, Refusal> {
    if inner.is(inner.root(), SAML, "NameID") {
        read_name_id(inner, inner.root(), sp)
    } else {
        Err(Refusal::Decrypt)
    }
}

struct Authn {
    instant: Timestamp,
    session_index: Option<String>,
    session_not_on_or_after: Option<Timestamp>,
    context: Option<String>,
}

fn authn_context(document: &Document, statement: NodeId) -> Result<Option<String>, Refusal> {
    let Some(context) = at_most_one(document, statement, SAML, "AuthnContext", "two AuthnContext")? else {
        return Err(Refusal::AuthnStatement);
    };
    let reference = document.elements(context).find(|node| {
        document.is(*node, SAML, "AuthnContextClassRef") || document.is(*node, SAML, "AuthnContextDeclRef")
    });
    let text = reference.and_then(|node| document.simple_text(node));
    Ok(text.map(|text| collapsed(&text).to_owned()).filter(|text| !text.is_empty()))
}

/// All text of a value. Around elements inside it (a NameID, as eduPersonTargetedID has one) white space is layout.
fn value_text(document: &Document, value: NodeId) -> String {
    let text = document.string_value(value);
    match document.elements(value).next() {
        Some(_) => collapsed(&text).to_owned(),
        None => text,
    }
}

fn is_nil(document: &Document, value: NodeId) -> bool {
    document.attributes(value).any(|attribute| {
        attribute.namespace == "http://www.w3.org/2001/XMLSchema-instance"
            && attribute.local == "nil"
            && matches!(attribute.value, "true" | "1")
    })
}

/// How far clocks may differ by default.
pub(crate) const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(90);
