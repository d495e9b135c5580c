//! XML signatures, right and wrong.

use keyward_saml::base64;
use keyward_saml::c14n::{self, Algorithm};
use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::xml::{Document, NodeId};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::response::Style;

/// The namespace of XML Signature.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The first signature of a document, as it stands there.
pub fn signature_of(xml: &str) -> String {
    let (start, end) = ("<ds:Signature ", "</ds:Signature>");
    let inside = xml.split_once(start).and_then(|(_, rest)| rest.split_once(end));
    format!("{start}{}{end}", inside.expect("a signature").0)
}

/// How something is signed. [`Default`] is what the key usually does, with SHA-256 and exclusive canonicalization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Signing {
    /// CanonicalizationMethod, by URI; an unknown one is done as exclusive canonicalization.
    pub canonicalization: String,
    /// The canonicalization among the transforms, where it is another one.
    pub transform: Option<String>,
    /// PrefixList of InclusiveNamespaces, of the transform.
    pub prefix_list: Option<String>,
    /// SignatureMethod, by URI; `None` for what the key usually does.
    pub signature_method: Option<String>,
    /// What the signature is really made by, where it is not what SignatureMethod says.
    pub signed_by: Option<String>,
    /// DigestMethod, by URI; an unknown one is done as SHA-256.
    pub digest_method: String,
    /// What the digest is really made by, where it is not what DigestMethod says.
    pub digested_by: Option<String>,
    /// Put before the canonicalization transform.
    pub more_transforms: String,
    /// The Reference's URI; `None` for `#` and the ID.
    pub reference: Option<String>,
    /// A KeyInfo to put in.
    pub key_info: String,
    /// Replaced in SignedInfo before it is signed.
    pub splices: Vec<(String, String)>,
}

impl Default for Signing {
    fn default() -> Signing {
        Signing {
            canonicalization: Algorithm::EXCLUSIVE.uri().to_owned(),
            transform: None,
            prefix_list: None,
            signature_method: None,
            signed_by: None,
            digest_method: Digest::Sha256.uri().to_owned(),
            digested_by: None,
            more_transforms: String::new(),
            reference: None,
            key_info: String::new(),
            splices: Vec::new(),
        }
    }
}

/// A KeyInfo that holds a key's certificate.
pub fn certificate_key_info(key: Key) -> String {
    let der = base64::encode(key.certificate().der());
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
}

/// Replaces what has to be there.
///
/// # Panics
/// Where it is not.
pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

fn element(document: &Document, id: &str) -> NodeId {
    keyward_saml::element_by_id(document, id).expect("the element to sign")
}

impl Signing {
    /// Signs the element with this ID, and puts the signature after its Issuer or, in metadata, first of all.
    pub fn sign(&self, xml: &str, id: &str, key: Key, style: &Style) -> String {
        let algorithm = |uri: &str| Algorithm::from_uri(uri).unwrap_or(Algorithm::EXCLUSIVE);
        let transform = self.transform.as_ref().unwrap_or(&self.canonicalization);
        let prefixes: Vec<&str> =
            self.prefix_list.as_deref().unwrap_or_default().split_ascii_whitespace().collect();
        let document = Document::parse(xml.as_bytes()).expect("well-formed");
        // A reference by ID leaves comments out, whatever the transform's name says (XML Signature §4.4.3.3).
        let without_comments = Algorithm { with_comments: false, ..algorithm(transform) };
        let octets = c14n::canonicalize(&document, element(&document, id), without_comments, &prefixes, None)
            .expect("a canonical form");
        let digested_by = self.digested_by.as_ref().unwrap_or(&self.digest_method);
        let digest = Digest::from_uri(digested_by).unwrap_or(Digest::Sha256).hash(&octets);

        let usual = key.usual_algorithm();
        let claimed = self.signature_method.as_deref().or_else(|| usual.uri()).unwrap_or_default();
        let signed_by = self
            .signed_by
            .as_deref()
            .or(Some(claimed))
            .and_then(SignatureAlgorithm::from_uri)
            .filter(|algorithm| key.certificate().public_key().accepts(*algorithm))
            .unwrap_or(usual);
        let info = style.applied(&self.signed_info(id, claimed, transform, &base64::encode(&digest)));
        let placed = |value: &str| {
            let key_info = &self.key_info;
            let signature = style.applied(&format!(
                "<ds:Signature xmlns:ds=\"{DS}\">SIGNED-INFO<ds:SignatureValue>{value}</ds:SignatureValue>{key_info}</ds:Signature>"
            ));
            let signature = signature.replacen("SIGNED-INFO", &info, 1);
            let issuer = style.applied("</saml:Issuer>");
            let start = xml.find(&format!("ID=\"{id}\"")).expect("the ID");
            let rest = xml.get(start..).expect("the rest");
            let end = |text: &str| rest.find(text).map(|at| at + text.len());
            let at = end(&issuer).or_else(|| end(">")).expect("an Issuer, or a start tag");
            let (before, after) = xml.split_at(start + at);
            format!("{before}{signature}{after}")
        };
        // SignedInfo is canonicalized where it stands: inclusive forms take over namespaces from around it.
        let document = placed("");
        let document = Document::parse(document.as_bytes()).expect("well-formed");
        let info = document
            .elements(element(&document, id))
            .find(|child| document.is(*child, DS, "Signature"))
            .and_then(|signature| document.elements(signature).next())
            .expect("SignedInfo");
        let message = c14n::canonicalize(&document, info, algorithm(&self.canonicalization), &[], None)
            .expect("a canonical form");
        placed(&base64::encode(&key.sign(signed_by, &message)))
    }

    fn signed_info(&self, id: &str, signature_method: &str, transform: &str, digest: &str) -> String {
        let Signing { canonicalization, digest_method, more_transforms, .. } = self;
        let reference = self.reference.clone().unwrap_or_else(|| format!("#{id}"));
        let inclusive = self.prefix_list.as_ref().map(|list| {
            format!(
                "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"/>"
            )
        });
        let inclusive = inclusive.unwrap_or_default();
        let info = format!(
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{canonicalization}\"/><ds:SignatureMethod \
             Algorithm=\"{signature_method}\"/><ds:Reference URI=\"{reference}\"><ds:Transforms><ds:Transform \
             Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>{more_transforms}<ds:Transform \
             Algorithm=\"{transform}\">{inclusive}</ds:Transform></ds:Transforms><ds:DigestMethod \
             Algorithm=\"{digest_method}\"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        self.splices.iter().fold(info, |info, (from, to)| replaced(&info, from, to))
    }
}
