//! A Response as a value: what it says, how it is written, what is signed and encrypted, and where it is wrong.

use core::time::Duration;

use keyward_saml::{Timestamp, base64};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encryption::Encryption;
use crate::keys::Key;
use crate::signing::{Signing, replaced};
use crate::{ACS, IDP, NOW, REQUEST, SP};

const ASSERTION_NS: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL_NS: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// What is signed, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signed {
    /// Nothing.
    #[serde(alias = "none")]
    Nothing,
    /// The Response.
    Response,
    /// The Assertion.
    Assertion,
    /// The Assertion, then the Response around it.
    Both,
}

/// An Attribute to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// NameFormat.
    pub name_format: Option<String>,
    /// FriendlyName.
    pub friendly_name: Option<String>,
    /// The values, as text.
    pub values: Vec<String>,
}

/// How a provider writes XML: none of it changes what is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Style {
    /// Prefix of the protocol's elements; empty for the default namespace.
    pub protocol: String,
    /// Prefix of the assertion's elements.
    pub assertion: String,
    /// Prefix of the signature's elements.
    pub signature: String,
    /// Declare the assertion's namespace at the Response only.
    pub declare_once: bool,
    /// Give attribute values the type `xs:string`.
    pub typed_values: bool,
    /// Begin with an XML declaration.
    pub declaration: bool,
    /// Put each element on a line of its own, where that changes no value.
    pub indented: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            protocol: "samlp".to_owned(),
            assertion: "saml".to_owned(),
            signature: "ds".to_owned(),
            declare_once: false,
            typed_values: false,
            declaration: false,
            indented: false,
        }
    }
}

impl Style {
    /// Writes what is in our prefixes (`samlp`, `saml`, `ds`) in this style's.
    pub(crate) fn applied(&self, xml: &str) -> String {
        let mut xml = xml.to_owned();
        if self.indented {
            for end in [
                "</saml:Issuer>",
                "</saml:Subject>",
                "</saml:Conditions>",
                "</samlp:Status>",
                "</ds:SignedInfo>",
            ] {
                xml = xml.replace(end, &format!("{end}\n  "));
            }
        }
        for (ours, theirs) in [("samlp", &self.protocol), ("saml", &self.assertion), ("ds", &self.signature)]
        {
            let (tag, declared) = if theirs.is_empty() {
                (String::new(), " xmlns=".to_owned())
            } else {
                (format!("{theirs}:"), format!(" xmlns:{theirs}="))
            };
            // Marked, so that no prefix of theirs is taken for one of ours.
            xml = xml
                .replace(&format!("<{ours}:"), &format!("<\u{1}{tag}"))
                .replace(&format!("</{ours}:"), &format!("</\u{1}{tag}"))
                .replace(&format!(" xmlns:{ours}="), &declared.replace(" xmlns", " \u{1}xmlns"));
        }
        xml.replace('\u{1}', "")
    }
}

/// A response to be made. [`Default`] is one that has to be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Response {
    /// NameID.
    pub name_id: String,
    /// Its Format.
    pub name_id_format: Option<String>,
    /// Its NameQualifier.
    pub name_qualifier: Option<String>,
    /// Its SPNameQualifier.
    pub sp_name_qualifier: Option<String>,
    /// The attributes; `None` for one, `Email`, made from the NameID.
    pub attributes: Option<Vec<Attribute>>,
    /// Issuer of both.
    pub issuer: String,
    /// Audience.
    pub audience: String,
    /// Recipient.
    pub recipient: String,
    /// Destination; `None` leaves it out.
    pub destination: Option<String>,
    /// InResponseTo in both places; `None` leaves it out.
    pub in_response_to: Option<String>,
    /// When it is issued; in JSON milliseconds since the epoch.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub issued: Timestamp,
    /// NotOnOrAfter in both places, seconds after `issued`.
    pub lifetime: u64,
    /// NotOnOrAfter of the confirmation, where it is another one.
    pub confirmed_for: Option<u64>,
    /// SessionNotOnOrAfter, seconds after `issued`.
    pub session_lifetime: Option<u64>,
    /// AuthnInstant, seconds before `issued`.
    pub authn_age: u64,
    /// SessionIndex.
    pub session_index: Option<String>,
    /// AuthnContextClassRef.
    pub authn_context: String,
    /// The status and those nested in it.
    pub status: Vec<String>,
    /// StatusMessage.
    pub status_message: Option<String>,
    /// ID of the Response.
    pub response_id: String,
    /// ID of the Assertion.
    pub assertion_id: String,
    /// Put between Conditions' audience and its end, as XML.
    pub more_conditions: String,
    /// Whole XML elements put after the assertion.
    pub more_content: String,
    /// What is signed.
    pub signed: Signed,
    /// With which key.
    pub key: Key,
    /// How the assertion, the response or both are signed.
    pub signing: Signing,
    /// How the assertion is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// How it is written.
    pub style: Style,
    /// Replaced before anything is signed, in the prefixes `samlp` and `saml` whatever the style; in the assertion alone
    /// where that is encrypted.
    pub before_signing: Vec<(String, String)>,
    /// Replaced after all is signed.
    pub after_signing: Vec<(String, String)>,
}

fn write_time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.as_millis())
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_millis)
}

impl Default for Response {
    fn default() -> Response {
        Response {
            name_id: "alice".to_owned(),
            name_id_format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
            attributes: None,
            issuer: IDP.to_owned(),
            audience: SP.to_owned(),
            recipient: ACS.to_owned(),
            destination: Some(ACS.to_owned()),
            in_response_to: Some(REQUEST.to_owned()),
            issued: NOW,
            lifetime: 300,
            confirmed_for: None,
            session_lifetime: None,
            authn_age: 0,
            session_index: Some("_session".to_owned()),
            authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned(),
            status: vec!["urn:oasis:names:tc:SAML:2.0:status:Success".to_owned()],
            status_message: None,
            response_id: "_response".to_owned(),
            assertion_id: "_assertion".to_owned(),
            more_conditions: String::new(),
            more_content: String::new(),
            signed: Signed::Assertion,
            key: Key::Idp,
            signing: Signing::default(),
            encryption: None,
            style: Style::default(),
            before_signing: Vec::new(),
            after_signing: Vec::new(),
        }
    }
}

/// Text as it stands in an element or between double quotes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\r', "&#13;")
}

fn attribute(name: &str, value: Option<&str>) -> String {
    value.map(|value| format!(" {name}=\"{}\"", escaped(value))).unwrap_or_default()
}

impl Response {
    /// One that is signed so.
    pub fn signed(signed: Signed) -> Response {
        Response { signed, ..Response::default() }
    }

    /// One about somebody.
    pub fn about(name_id: &str) -> Response {
        Response { name_id: name_id.to_owned(), ..Response::default() }
    }

    /// The assertion alone, signed where it has to be.
    pub fn assertion_xml(&self) -> String {
        let xml = self.spliced(&self.bare_assertion());
        if self.signs_assertion() { self.sign(&xml, &self.assertion_id) } else { xml }
    }

    /// The whole message.
    pub fn xml(&self) -> String {
        let style = &self.style;
        let mut xml = match &self.encryption {
            // What is encrypted is a document of its own, and signed as one.
            Some(encryption) => self.around(&encryption.encrypt(&self.assertion_xml())),
            None => {
                let mut bare = format!("{}{}", self.bare_assertion(), self.more_content);
                if style.declare_once {
                    bare = bare.replace(&format!(" xmlns:saml=\"{ASSERTION_NS}\""), "");
                }
                let xml = self.spliced(&self.bare_response(&bare));
                if self.signs_assertion() { self.sign(&xml, &self.assertion_id) } else { xml }
            }
        };
        if matches!(self.signed, Signed::Response | Signed::Both) {
            xml = self.sign(&xml, &self.response_id);
        }
        if style.declaration {
            xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{xml}");
        }
        self.after_signing.iter().fold(xml, |xml, (from, to)| replaced(&xml, from, to))
    }

    /// The whole message as the form field of the POST binding.
    pub fn base64(&self) -> String {
        base64::encode(self.xml().as_bytes())
    }

    /// An unsigned Response around whatever is given.
    pub fn around(&self, content: &str) -> String {
        let marked = self.style.applied(&self.bare_response("CONTENT"));
        marked.replacen("CONTENT", content, 1)
    }

    /// Signs the element with this ID, and puts the signature after its Issuer.
    pub fn sign(&self, xml: &str, id: &str) -> String {
        self.signing.sign(xml, id, self.key, &self.style)
    }

    fn signs_assertion(&self) -> bool {
        matches!(self.signed, Signed::Assertion | Signed::Both)
    }

    /// In this response's style, spliced.
    fn spliced(&self, xml: &str) -> String {
        let xml = self.before_signing.iter().fold(xml.to_owned(), |xml, (from, to)| replaced(&xml, from, to));
        self.style.applied(&xml)
    }

    fn after(&self, seconds: u64) -> Timestamp {
        self.issued.plus(Duration::from_secs(seconds))
    }

    fn bare_response(&self, content: &str) -> String {
        let once =
            if self.style.declare_once { format!(" xmlns:saml=\"{ASSERTION_NS}\"") } else { String::new() };
        let each =
            if self.style.declare_once { String::new() } else { format!(" xmlns:saml=\"{ASSERTION_NS}\"") };
        let destination = attribute("Destination", self.destination.as_deref());
        let answering = attribute("InResponseTo", self.in_response_to.as_deref());
        let Response { response_id, issued, .. } = self;
        let issuer = escaped(&self.issuer);
        let status = self.status.iter().rev().fold(String::new(), |nested, code| {
            let code = escaped(code);
            if nested.is_empty() {
                format!("<samlp:StatusCode Value=\"{code}\"/>")
            } else {
                format!("<samlp:StatusCode Value=\"{code}\">{nested}</samlp:StatusCode>")
            }
        });
        let message = self
            .status_message
            .as_ref()
            .map(|message| format!("<samlp:StatusMessage>{}</samlp:StatusMessage>", escaped(message)));
        let message = message.unwrap_or_default();
        format!(
            "<samlp:Response xmlns:samlp=\"{PROTOCOL_NS}\"{once} ID=\"{response_id}\" Version=\"2.0\" \
             IssueInstant=\"{issued}\"{destination}{answering}><saml:Issuer{each}>{issuer}</saml:Issuer><samlp:Status>\
             {status}{message}</samlp:Status>{content}</samlp:Response>"
        )
    }

    fn bare_assertion(&self) -> String {
        let until = self.after(self.lifetime);
        let confirmed = self.after(self.confirmed_for.unwrap_or(self.lifetime));
        let answering = attribute("InResponseTo", self.in_response_to.as_deref());
        let Response { assertion_id, issued, more_conditions, .. } = self;
        let (issuer, recipient, audience) =
            (escaped(&self.issuer), escaped(&self.recipient), escaped(&self.audience));
        let (name_id, authn, attributes) =
            (self.name_id_xml(), self.authn_statement(), self.attribute_statement());
        format!(
            "<saml:Assertion xmlns:saml=\"{ASSERTION_NS}\" ID=\"{assertion_id}\" Version=\"2.0\" \
             IssueInstant=\"{issued}\"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject>{name_id}\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
             Recipient=\"{recipient}\" NotOnOrAfter=\"{confirmed}\"{answering}/></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{issued}\" NotOnOrAfter=\"{until}\"><saml:AudienceRestriction><saml:Audience>{audience}\
             </saml:Audience></saml:AudienceRestriction>{more_conditions}</saml:Conditions>\
             {authn}{attributes}</saml:Assertion>"
        )
    }

    fn name_id_xml(&self) -> String {
        let parts = [
            attribute("Format", self.name_id_format.as_deref()),
            attribute("NameQualifier", self.name_qualifier.as_deref()),
            attribute("SPNameQualifier", self.sp_name_qualifier.as_deref()),
        ]
        .concat();
        format!("<saml:NameID{parts}>{}</saml:NameID>", escaped(&self.name_id))
    }

    fn authn_statement(&self) -> String {
        let instant = self.issued.minus(Duration::from_secs(self.authn_age));
        let index = attribute("SessionIndex", self.session_index.as_deref());
        let until = self.session_lifetime.map(|seconds| self.after(seconds).to_string());
        let until = attribute("SessionNotOnOrAfter", until.as_deref());
        let context = escaped(&self.authn_context);
        format!(
            "<saml:AuthnStatement AuthnInstant=\"{instant}\"{index}{until}><saml:AuthnContext><saml:AuthnContextClassRef>\
             {context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        )
    }

    fn attribute_statement(&self) -> String {
        let email = || {
            let values = vec![format!("{}@acme.test", self.name_id)];
            vec![Attribute { name: "Email".to_owned(), values, ..Attribute::default() }]
        };
        let attributes = self.attributes.clone().unwrap_or_else(email);
        if attributes.is_empty() {
            return String::new();
        }
        let typed = if self.style.typed_values {
            " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\""
        } else {
            ""
        };
        let written: String = attributes
            .iter()
            .map(|each| {
                let parts = [
                    attribute("Name", Some(&each.name)),
                    attribute("NameFormat", each.name_format.as_deref()),
                    attribute("FriendlyName", each.friendly_name.as_deref()),
                ]
                .concat();
                let values: String = each
                    .values
                    .iter()
                    .map(|value| {
                        format!("<saml:AttributeValue{typed}>{}</saml:AttributeValue>", escaped(value))
                    })
                    .collect();
                format!("<saml:Attribute{parts}>{values}</saml:Attribute>")
            })
            .collect();
        format!("<saml:AttributeStatement>{written}</saml:AttributeStatement>")
    }
}
