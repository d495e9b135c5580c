//! Messages we make: AuthnRequest (Core §3.4.1), SP metadata (Metadata §2.4.4), and the Redirect binding (Bindings §3.4).

use core::fmt::Write;

use crate::base64;
use crate::profile::{SAML, SAMLP};
use crate::time::Timestamp;

const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

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
    /// Authentication contexts of which exactly one is to be met; empty for any.
    pub authn_contexts: &'a [&'a str],
}

impl AuthnRequest<'_> {
    /// The message, unsigned: the Redirect binding signs its query instead.
    pub fn to_xml(&self) -> String {
        let mut xml = String::with_capacity(768);
        xml.push_str("<samlp:AuthnRequest");
        attribute(&mut xml, "xmlns:samlp", SAMLP);
        attribute(&mut xml, "xmlns:saml", SAML);
        attribute(&mut xml, "ID", self.id);
        attribute(&mut xml, "Version", "2.0");
        attribute(&mut xml, "IssueInstant", &self.issue_instant.to_string());
        attribute(&mut xml, "Destination", self.destination);
        if self.force_authn {
            attribute(&mut xml, "ForceAuthn", "true");
        }
        if self.is_passive {
            attribute(&mut xml, "IsPassive", "true");
        }
        attribute(&mut xml, "ProtocolBinding", HTTP_POST);
        attribute(&mut xml, "AssertionConsumerServiceURL", self.acs_url);
        xml.push('>');
        element(&mut xml, "saml:Issuer", self.issuer);
        xml.push_str("<samlp:NameIDPolicy");
        if let Some(format) = self.name_id_format {
            attribute(&mut xml, "Format", format);
        }
        attribute(&mut xml, "AllowCreate", "true");
        xml.push_str("/>");
        if !self.authn_contexts.is_empty() {
            xml.push_str("<samlp:RequestedAuthnContext Comparison=\"exact\">");
            for context in self.authn_contexts {
                element(&mut xml, "saml:AuthnContextClassRef", context);
            }
            xml.push_str("</samlp:RequestedAuthnContext>");
        }
        xml.push_str("</samlp:AuthnRequest>");
        xml
    }
}

/// Our metadata, for the IdP's admin to load.
#[derive(Clone, Copy, Debug)]
pub struct SpMetadata<'a> {
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Where answers go.
    pub acs_url: &'a str,
    /// DER of the certificates that our requests are signed with: the one in use and, during a rollover, the next.
    pub signing_certificates: &'a [&'a [u8]],
    /// DER of the certificate to encrypt to. One at most: AD FS refuses two.
    pub encryption_certificate: Option<&'a [u8]>,
}

impl SpMetadata<'_> {
    /// The document.
    pub fn to_xml(&self) -> String {
        let mut xml = String::with_capacity(4096);
        xml.push_str("<md:EntityDescriptor");
        attribute(&mut xml, "xmlns:md", METADATA);
        attribute(&mut xml, "xmlns:ds", DS);
        attribute(&mut xml, "entityID", self.entity_id);
        xml.push_str("><md:SPSSODescriptor");
        attribute(
            &mut xml,
            "AuthnRequestsSigned",
            if self.signing_certificates.is_empty() { "false" } else { "true" },
        );
        attribute(&mut xml, "WantAssertionsSigned", "true");
        attribute(&mut xml, "protocolSupportEnumeration", SAMLP);
        xml.push('>');
        for certificate in self.signing_certificates {
            key_descriptor(&mut xml, "signing", certificate);
        }
        if let Some(certificate) = self.encryption_certificate {
            key_descriptor(&mut xml, "encryption", certificate);
        }
        xml.push_str("<md:AssertionConsumerService");
        attribute(&mut xml, "Binding", HTTP_POST);
        attribute(&mut xml, "Location", self.acs_url);
        attribute(&mut xml, "index", "0");
        attribute(&mut xml, "isDefault", "true");
        xml.push_str("/></md:SPSSODescriptor></md:EntityDescriptor>");
        xml
    }
}

fn key_descriptor(xml: &mut String, usage: &str, certificate: &[u8]) {
    xml.push_str("<md:KeyDescriptor");
    attribute(xml, "use", usage);
    xml.push_str("><ds:KeyInfo><ds:X509Data>");
    element(xml, "ds:X509Certificate", &base64::encode(certificate));
    xml.push_str("</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>");
}

pub(crate) fn attribute(xml: &mut String, name: &str, value: &str) {
    xml.push(' ');
    xml.push_str(name);
    xml.push_str("=\"");
    escape(xml, value);
    xml.push('"');
}

pub(crate) fn element(xml: &mut String, name: &str, text: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    escape(xml, text);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
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
