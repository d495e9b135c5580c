//! Enveloped signatures of messages that we make (Core §5.4), for the POST binding and for metadata. The private key is
//! the host's: what has to be signed goes out, the signature comes in.

use crate::base64;
use crate::c14n::{self, Algorithm};
use crate::crypto::algorithm::{Digest, SignatureAlgorithm};
use crate::crypto::certificate::Certificate;
use crate::refusal::Refusal;
use crate::request::escape;
use crate::xml::{self, DS, Document};

/// A message of ours, before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The document.
    pub(crate) xml: String,
    /// The ID of its root.
    pub(crate) id: String,
    /// Where its schema wants the signature: a byte offset.
    pub(crate) signature_at: usize,
}

/// A message that waits for its signature.
#[must_use]
#[derive(Clone, Debug)]
pub struct ToSign {
    message: Message,
    signed_info: String,
}

impl ToSign {
    /// SHA-256 and exclusive canonicalization, which every implementation knows.
    ///
    /// # Errors
    /// [`Refusal::SignatureAlgorithm`] for an algorithm that has no identifier or is on for old providers only; what is
    /// wrong with the message, where an address or an ID was given that is none.
    pub(crate) fn new(message: Message, algorithm: SignatureAlgorithm) -> Result<ToSign, Refusal> {
        let Some(method) = algorithm.uri().filter(|_| !algorithm.is_legacy()) else {
            return Err(Refusal::SignatureAlgorithm { algorithm: algorithm.uri().unwrap_or("").to_owned() });
        };
        // The only ID that it has; what others put up with, ours need not.
        if !xml::is_ncname(&message.id) {
            return Err(Refusal::DuplicateId { id: message.id });
        }
        let document = Document::parse(message.xml.as_bytes())?;
        let octets = c14n::canonicalize(&document, document.root(), Algorithm::EXCLUSIVE, &[], None)
            .map_err(|error| Refusal::Canonicalization {
                algorithm: Algorithm::EXCLUSIVE.uri().to_owned(),
                error: Some(error),
            })?;
        let digest = base64::encode(&Digest::Sha256.hash(&octets));
        // Written as its own canonical form, but for the namespace that Signature declares.
        let signed_info = format!(
            "<ds:CanonicalizationMethod Algorithm=\"{exclusive}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{method}\"></ds:SignatureMethod>\
             <ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{DS}enveloped-signature\"></ds:Transform>\
             <ds:Transform Algorithm=\"{exclusive}\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{sha256}\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
            exclusive = Algorithm::EXCLUSIVE.uri(),
            id = message.id,
            sha256 = Digest::Sha256.uri(),
        );
        Ok(ToSign { message, signed_info })
    }

    /// The octets to sign: the canonical form of SignedInfo.
    pub fn octets(&self) -> Vec<u8> {
        format!("<ds:SignedInfo xmlns:ds=\"{DS}\">{}", self.signed_info).into_bytes()
    }

    /// The message with its signature (ECDSA as r‖s) and, where given, the certificate of the key that made it, as a hint
    /// to a provider that knows several.
    pub fn finish(self, signature: &[u8], certificate: Option<&Certificate>) -> String {
        let ToSign { message: Message { mut xml, signature_at, .. }, signed_info } = self;
        let value = base64::encode(signature);
        let key_info = certificate.map(|certificate| {
            let der = base64::encode(certificate.der());
            format!("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>")
        });
        let key_info = key_info.unwrap_or_default();
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo>{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>{key_info}\
             </ds:Signature>"
        );
        xml.insert_str(signature_at, &signature);
        xml
    }
}

/// Writes XML. Every text that comes from outside is escaped.
pub(crate) struct Writer {
    xml: String,
    signature_at: usize,
}

impl Writer {
    /// Begins with the start tag of the root, which [`Writer::open`] ends.
    pub(crate) fn new(root: &str) -> Writer {
        let mut xml = String::with_capacity(1024);
        xml.push('<');
        xml.push_str(root);
        Writer { xml, signature_at: 0 }
    }

    /// An attribute of the start tag that is being written.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) -> &mut Writer {
        self.raw(" ").raw(name).raw("=\"");
        escape(&mut self.xml, value);
        self.raw("\"")
    }

    /// The same, where there is a value.
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) -> &mut Writer {
        if let Some(value) = value {
            self.attribute(name, value);
        }
        self
    }

    /// Markup of ours.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Writer {
        self.xml.push_str(markup);
        self
    }

    /// An element with nothing but text in it.
    pub(crate) fn element(&mut self, name: &str, text: &str) -> &mut Writer {
        self.raw("<").raw(name).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// Text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Writer {
        escape(&mut self.xml, text);
        self
    }

    /// The signature, if there will be one, goes here.
    pub(crate) fn signature(&mut self) -> &mut Writer {
        self.signature_at = self.xml.len();
        self
    }

    pub(crate) fn finish(self, id: &str) -> Message {
        Message { xml: self.xml, id: id.to_owned(), signature_at: self.signature_at }
    }
}
