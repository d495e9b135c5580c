//! Messages we make: AuthnRequest (Core §3.4.1), SP metadata (Metadata §2.4.4), and the Redirect binding (Bindings §3.4).

use core::fmt::Write;

use crate::base64;
use crate::crypto::algorithm::SignatureAlgorithm;
use crate::profile::{NameId, SAML, SAMLP};
use crate::refusal::Refusal;
use crate::signing::{Message, ToSign, Writer};
use crate::time::Timestamp;
use crate::xml::DS;

const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";

/// A question to the IdP: who is this?
#[derive(Clone, Copy, Debug)]
pub struct AuthnRequest<'a> {
    /// Its ID, an NCName. Entra refuses one that begins with a digit; ours begin with `_`.
    pub id: &'a str,
    /// When it is made.
    pub issue_instant: Timestamp,
    /// The IdP's single sign-on URL.
    pub destination: &'a str,
    /// Our entity ID.
    pub issuer: &'a str,
    /// Where the answer is to go, by POST.
    pub acs_url: &'a str,
    /// Ask for a fresh sign-in.
    pub force_authn: bool,
    /// Ask that nothing be shown to the person.
    pub is_passive: bool,
    /// The NameID format to ask for; `None` leaves it to the IdP, which is what most are set up for.
    pub name_id_format: Option<&'a str>,
    /// Who is expected to sign in (Core §3.4.1): providers that read it fill in the name, others refuse the request.
    pub subject: Option<&'a NameId>,
    /// Authentication contexts of which one is to be met; empty for any.
    pub authn_contexts: &'a [&'a str],
    /// How they are to be met. The engine compares exactly ([`crate::Policy::authn_contexts`]): for the others, name
    /// there what is good enough.
    pub comparison: Comparison,
    /// How far the question may be passed on.
    pub scoping: Option<Scoping<'a>>,
}

/// How the context of an answer is to compare with those asked for (Core §3.3.2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// One of them.
    #[default]
    Exact,
    /// At least as strong as one of them.
    Minimum,
    /// As strong as can be, but no stronger than one of them.
    Maximum,
    /// Stronger than any of them.
    Better,
}

/// Scoping (Core §3.4.1.2), for an IdP that asks others in turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scoping<'a> {
    /// How often the question may be passed on; `Some(0)` forbids it.
    pub proxy_count: Option<u32>,
    /// Entity IDs of the IdPs to ask; empty for any.
    pub idps: &'a [&'a str],
    /// Entity IDs of those on whose behalf we ask.
    pub requesters: &'a [&'a str],
}

impl<'a> AuthnRequest<'a> {
    /// A request that asks for nothing special.
    pub fn new(
        id: &'a str,
        issue_instant: Timestamp,
        destination: &'a str,
        issuer: &'a str,
        acs_url: &'a str,
    ) -> AuthnRequest<'a> {
        AuthnRequest {
            id,
            issue_instant,
            destination,
            issuer,
            acs_url,
            force_authn: false,
            is_passive: false,
            name_id_format: None,
            subject: None,
            authn_contexts: &[],
            comparison: Comparison::Exact,
            scoping: None,
        }
    }

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
        let mut xml = Writer::new("samlp:AuthnRequest");
        begin(&mut xml, self.id, self.issue_instant, self.destination);
        xml.optional("ForceAuthn", self.force_authn.then_some("true"))
            .optional("IsPassive", self.is_passive.then_some("true"))
            .attribute("ProtocolBinding", HTTP_POST)
            .attribute("AssertionConsumerServiceURL", self.acs_url)
            .raw(">")
            .element("saml:Issuer", self.issuer)
            .signature();
        if let Some(subject) = self.subject {
            xml.raw("<saml:Subject>");
            name_id(&mut xml, subject);
            xml.raw("</saml:Subject>");
        }
        xml.raw("<samlp:NameIDPolicy")
            .optional("Format", self.name_id_format)
            .attribute("AllowCreate", "true")
            .raw("/>");
        if !self.authn_contexts.is_empty() {
            let comparison = match self.comparison {
                Comparison::Exact => "exact",
                Comparison::Minimum => "minimum",
                Comparison::Maximum => "maximum",
                Comparison::Better => "better",
            };
            xml.raw("<samlp:RequestedAuthnContext").attribute("Comparison", comparison).raw(">");
            for context in self.authn_contexts {
                xml.element("saml:AuthnContextClassRef", context);
            }
            xml.raw("</samlp:RequestedAuthnContext>");
        }
        if let Some(scoping) = &self.scoping {
            let count = scoping.proxy_count.map(|count| count.to_string());
            xml.raw("<samlp:Scoping").optional("ProxyCount", count.as_deref()).raw(">");
            if !scoping.idps.is_empty() {
                xml.raw("<samlp:IDPList>");
                for idp in scoping.idps {
                    xml.raw("<samlp:IDPEntry").attribute("ProviderID", idp).raw("/>");
                }
                xml.raw("</samlp:IDPList>");
            }
            for requester in scoping.requesters {
                xml.element("samlp:RequesterID", requester);
            }
            xml.raw("</samlp:Scoping>");
        }
        xml.raw("</samlp:AuthnRequest>");
        xml.finish(self.id)
    }
}

/// What every message of the protocol begins with (Core §3.2.1), up to its own attributes.
pub(crate) fn begin(xml: &mut Writer, id: &str, issue_instant: Timestamp, destination: &str) {
    xml.attribute("xmlns:samlp", SAMLP)
        .attribute("xmlns:saml", SAML)
        .attribute("ID", id)
        .attribute("Version", "2.0")
        .attribute("IssueInstant", &issue_instant.to_string())
        .attribute("Destination", destination);
}

/// A NameID exactly as it is known: all its parts together name somebody (Core §2.2.3).
pub(crate) fn name_id(xml: &mut Writer, name_id: &NameId) {
    xml.raw("<saml:NameID")
        .optional("NameQualifier", name_id.name_qualifier.as_deref())
        .optional("SPNameQualifier", name_id.sp_name_qualifier.as_deref())
        .optional("Format", name_id.format.as_deref())
        .raw(">")
        .text(&name_id.value)
        .raw("</saml:NameID>");
}

/// Our metadata, for the IdP's admin to load.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpMetadata<'a> {
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Where answers go.
    pub acs_url: &'a str,
    /// Where messages for single logout go, by either binding, if we take any.
    pub single_logout_url: Option<&'a str>,
    /// DER of the certificates that our requests are signed with: the one in use and, during a rollover, the next.
    pub signing_certificates: &'a [&'a [u8]],
    /// DER of the certificate to encrypt to. One at most: AD FS refuses two.
    pub encryption_certificate: Option<&'a [u8]>,
    /// The NameID formats that we can use, best first; empty where any will do.
    pub name_id_formats: &'a [&'a str],
    /// Until when it may be used.
    pub valid_until: Option<Timestamp>,
    /// Its own ID, an NCName: needed where it is signed.
    pub id: Option<&'a str>,
}

impl SpMetadata<'_> {
    /// The document, unsigned.
    pub fn to_xml(&self) -> String {
        self.message().xml
    }

    /// The document, to be signed.
    ///
    /// # Errors
    /// [`Refusal::SignatureAlgorithm`] for one that is off; [`Refusal::Malformed`] without an ID, and
    /// [`Refusal::DuplicateId`] for one that is no NCName.
    pub fn to_sign(&self, algorithm: SignatureAlgorithm) -> Result<ToSign, Refusal> {
        if self.id.is_none() {
            return Err(Refusal::Malformed { what: "metadata without an ID cannot be signed" });
        }
        ToSign::new(self.message(), algorithm)
    }

    fn message(&self) -> Message {
        let until = self.valid_until.map(|until| until.to_string());
        let mut xml = Writer::new("md:EntityDescriptor");
        xml.attribute("xmlns:md", METADATA)
            .attribute("xmlns:ds", DS)
            .optional("ID", self.id)
            .attribute("entityID", self.entity_id)
            .optional("validUntil", until.as_deref())
            .raw(">")
            .signature();
        let signs = if self.signing_certificates.is_empty() { "false" } else { "true" };
        xml.raw("<md:SPSSODescriptor")
            .attribute("AuthnRequestsSigned", signs)
            .attribute("WantAssertionsSigned", "true")
            .attribute("protocolSupportEnumeration", SAMLP)
            .raw(">");
        for certificate in self.signing_certificates {
            key_descriptor(&mut xml, "signing", certificate);
        }
        if let Some(certificate) = self.encryption_certificate {
            key_descriptor(&mut xml, "encryption", certificate);
        }
        if let Some(url) = self.single_logout_url {
            for binding in [HTTP_REDIRECT, HTTP_POST] {
                xml.raw("<md:SingleLogoutService")
                    .attribute("Binding", binding)
                    .attribute("Location", url)
                    .raw("/>");
            }
        }
        for format in self.name_id_formats {
            xml.element("md:NameIDFormat", format);
        }
        xml.raw("<md:AssertionConsumerService")
            .attribute("Binding", HTTP_POST)
            .attribute("Location", self.acs_url)
            .attribute("index", "0")
            .attribute("isDefault", "true")
            .raw("/></md:SPSSODescriptor></md:EntityDescriptor>");
        xml.finish(self.id.unwrap_or_default())
    }
}

fn key_descriptor(xml: &mut Writer, usage: &str, certificate: &[u8]) {
    xml.raw("<md:KeyDescriptor")
        .attribute("use", usage)
        .raw("><ds:KeyInfo><ds:X509Data>")
        .element("ds:X509Certificate", &base64::encode(certificate))
        .raw("</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>");
}

/// Escapes for text and for attributes at once. Characters that XML does not allow become U+FFFD.
pub(crate) fn escape(xml: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\t' => xml.push_str("&#x9;"),
            '\n' => xml.push_str("&#xA;"),
            '\r' => xml.push_str("&#xD;"),
            '\u{0}'..' ' | '\u{FFFE}' | '\u{FFFF}' => xml.push('\u{FFFD}'),
            _ => xml.push(c),
        }
    }
}

/// The message parameter of the Redirect and POST bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// A request.
    SamlRequest,
    /// A response.
    SamlResponse,
}

/// The query of the Redirect binding with DEFLATE encoding (Bindings §3.4.4.1).
///
/// With `signature_algorithm` these are the octets to sign; [`append_signature`] completes them.
pub fn redirect_query(
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    signature_algorithm: Option<&str>,
) -> String {
    let mut query = String::from(match parameter {
        Parameter::SamlRequest => "SAMLRequest=",
        Parameter::SamlResponse => "SAMLResponse=",
    });
    let deflated = miniz_oxide::deflate::compress_to_vec(xml.as_bytes(), DEFLATE_LEVEL);
    percent_encode(&mut query, &base64::encode(&deflated));
    if let Some(relay_state) = relay_state {
        query.push_str("&RelayState=");
        percent_encode(&mut query, relay_state);
    }
    if let Some(algorithm) = signature_algorithm {
        query.push_str("&SigAlg=");
        percent_encode(&mut query, algorithm);
    }
    query
}

/// Requests are small; a higher level only costs time.
const DEFLATE_LEVEL: u8 = 6;

/// Appends the signature of the query's octets.
pub fn append_signature(query: &mut String, signature: &[u8]) {
    query.push_str("&Signature=");
    percent_encode(query, &base64::encode(signature));
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
pub fn percent_encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
