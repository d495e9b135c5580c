//! A provider's metadata, as XML.

use keyward_saml::base64;

use super::{EMAIL, POST, REDIRECT};
use crate::keys::Key;

/// What a provider's metadata says.
pub(super) struct Metadata<'a> {
    pub(super) entity_id: &'a str,
    /// The prefix of its elements; empty for the default namespace.
    pub(super) prefix: &'a str,
    pub(super) keys: &'a [Key],
    /// Whether a KeyDescriptor says what it is for.
    pub(super) says_use: bool,
    pub(super) redirect: &'a str,
    pub(super) post: &'a str,
    pub(super) logout: &'a [(&'a str, &'a str)],
    /// Put before the IDPSSODescriptor: roles of other protocols.
    pub(super) before: &'a str,
    pub(super) attributes: &'a str,
}

impl Metadata<'_> {
    pub(super) fn xml(&self) -> String {
        let (tag, xmlns) = match self.prefix {
            "" => (String::new(), "xmlns".to_owned()),
            prefix => (format!("{prefix}:"), format!("xmlns:{prefix}")),
        };
        let keys: String = self.keys.iter().map(|key| {
            let usage = if self.says_use { " use=\"signing\"" } else { "" };
            let der = base64::encode(key.certificate().der());
            format!(
                "<{tag}KeyDescriptor{usage}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
                 <ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></{tag}KeyDescriptor>"
            )
        }).collect();
        let logout: String = self
            .logout
            .iter()
            .map(|(binding, at)| {
                format!("<{tag}SingleLogoutService Binding=\"{binding}\" Location=\"{at}\"/>")
            })
            .collect();
        let at = |binding: &str, location: &str| match location {
            "" => String::new(),
            location => format!("<{tag}SingleSignOnService Binding=\"{binding}\" Location=\"{location}\"/>"),
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{tag}EntityDescriptor {xmlns}=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             entityID=\"{}\"{}>{}<{tag}IDPSSODescriptor WantAuthnRequestsSigned=\"false\" \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}{logout}<{tag}NameIDFormat>{EMAIL}\
             </{tag}NameIDFormat>{}{}</{tag}IDPSSODescriptor></{tag}EntityDescriptor>",
            self.entity_id,
            self.attributes,
            self.before,
            at(POST, self.post),
            at(REDIRECT, self.redirect),
        )
    }
}

pub(super) const PLAIN: Metadata<'static> = Metadata {
    entity_id: "",
    prefix: "md",
    keys: &[Key::Idp],
    says_use: true,
    redirect: "",
    post: "",
    logout: &[],
    before: "",
    attributes: "",
};
