//! For tests only: an identity provider that signs well and badly on purpose, a verifier that is naive on purpose, and
//! the attacks that tell the two kinds of verifier apart.
//!
//! Everything is deterministic: the keys are fixtures, the time is [`NOW`], RSA PKCS#1 v1.5 needs no randomness.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a fixture that does not work should stop the test"
)]

pub mod naive;
pub mod wrapping;

use keyward_saml::c14n::{self, Algorithm};
use keyward_saml::xml::Document;
use keyward_saml::{Certificate, IdpTrust, ServiceProvider, Timestamp, base64};
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{SignatureEncoding, Signer};
use sha2::{Digest, Sha256};

/// The time at which everything here happens: 2026-11-23T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_435_200_000);
/// The IdP's entity ID.
pub const IDP: &str = "https://idp.example.test/metadata";
/// Our entity ID.
pub const SP: &str = "https://sp.example.test/metadata";
/// Our ACS.
pub const ACS: &str = "https://sp.example.test/acs";
/// The request that is pending.
pub const REQUEST: &str = "_request";

/// A key with its certificate.
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// The IdP's, which is pinned.
    Idp,
    /// An attacker's.
    Other,
}

impl Key {
    /// The certificate, PEM.
    pub fn certificate_pem(self) -> &'static str {
        match self {
            Key::Idp => include_str!("../keys/idp.cert.pem"),
            Key::Other => include_str!("../keys/other.cert.pem"),
        }
    }

    /// The certificate.
    pub fn certificate(self) -> Certificate {
        Certificate::from_pem_or_base64(self.certificate_pem()).expect("a certificate")
    }

    fn sign(self, message: &[u8]) -> Vec<u8> {
        let pem = match self {
            Key::Idp => include_str!("../keys/idp.key.pem"),
            Key::Other => include_str!("../keys/other.key.pem"),
        };
        let key = rsa::PrivateKey::from_pkcs8_pem(pem).expect("a key");
        SigningKey::<Sha256>::new(key).sign(message).to_vec()
    }
}

/// What an admin pinned: the IdP's one certificate.
pub fn trust() -> IdpTrust {
    IdpTrust { entity_id: IDP.to_owned(), certificates: vec![Key::Idp.certificate()] }
}

/// Who we are.
pub fn service_provider() -> ServiceProvider {
    ServiceProvider { entity_id: SP.to_owned(), acs_url: ACS.to_owned(), decryption_keys: 0 }
}

/// What is signed, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Nothing.
    Nothing,
    /// The Response.
    Response,
    /// The Assertion.
    Assertion,
    /// The Assertion, then the Response around it.
    Both,
}

/// A response to be made. [`Default`] is one that has to be accepted.
#[derive(Clone, Debug)]
pub struct Response {
    /// NameID.
    pub name_id: String,
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
    /// When it is issued.
    pub issued: Timestamp,
    /// NotOnOrAfter in both places, seconds after `issued`.
    pub lifetime: u64,
    /// ID of the Response.
    pub response_id: String,
    /// ID of the Assertion.
    pub assertion_id: String,
    /// Put between Conditions' audience and its end.
    pub more_conditions: String,
    /// What is signed.
    pub signed: Signed,
    /// With which key.
    pub key: Key,
    /// Attributes of SignedInfo, for bad ones.
    pub signing: Signing,
}

/// How it is signed.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The canonicalization, of SignedInfo and as transform.
    pub canonicalization: Algorithm,
    /// The SignatureMethod that is claimed; the signature is RSA with SHA-256 whatever it says.
    pub signature_method: &'static str,
    /// The DigestMethod that is claimed; the digest is SHA-256.
    pub digest_method: &'static str,
    /// Put before the canonicalization transform.
    pub more_transforms: &'static str,
    /// The Reference's URI; `None` for `#` and the ID.
    pub reference: Option<&'static str>,
    /// A KeyInfo to put in.
    pub key_info: String,
}

impl Default for Signing {
    fn default() -> Signing {
        Signing {
            canonicalization: Algorithm::EXCLUSIVE,
            signature_method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            digest_method: "http://www.w3.org/2001/04/xmlenc#sha256",
            more_transforms: "",
            reference: None,
            key_info: String::new(),
        }
    }
}

impl Default for Response {
    fn default() -> Response {
        Response {
            name_id: "alice".to_owned(),
            issuer: IDP.to_owned(),
            audience: SP.to_owned(),
            recipient: ACS.to_owned(),
            destination: Some(ACS.to_owned()),
            in_response_to: Some(REQUEST.to_owned()),
            issued: NOW,
            lifetime: 300,
            response_id: "_response".to_owned(),
            assertion_id: "_assertion".to_owned(),
            more_conditions: String::new(),
            signed: Signed::Assertion,
            key: Key::Idp,
            signing: Signing::default(),
        }
    }
}

impl Response {
    /// One that is signed so.
    pub fn signed(signed: Signed) -> Response {
        Response { signed, ..Response::default() }
    }

    /// The assertion alone, signed where it has to be.
    pub fn assertion_xml(&self) -> String {
        let until = self.issued.plus(core::time::Duration::from_secs(self.lifetime));
        let answering = self.answering();
        let Response { issuer, name_id, audience, recipient, assertion_id, issued, more_conditions, .. } =
            self;
        let xml = format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{assertion_id}\" Version=\"2.0\" \
             IssueInstant=\"{issued}\"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID>{name_id}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
             Recipient=\"{recipient}\" NotOnOrAfter=\"{until}\"{answering}/></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{issued}\" NotOnOrAfter=\"{until}\"><saml:AudienceRestriction><saml:Audience>{audience}\
             </saml:Audience></saml:AudienceRestriction>{more_conditions}</saml:Conditions><saml:AuthnStatement \
             AuthnInstant=\"{issued}\" SessionIndex=\"_session\"><saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement><saml:Attribute Name=\"Email\"><saml:AttributeValue>{name_id}@acme.test\
             </saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
        );
        match self.signed {
            Signed::Assertion | Signed::Both => self.sign(&xml, assertion_id),
            Signed::Response | Signed::Nothing => xml,
        }
    }

    /// The whole message.
    pub fn xml(&self) -> String {
        let xml = self.around(&self.assertion_xml());
        match self.signed {
            Signed::Response | Signed::Both => self.sign(&xml, &self.response_id),
            Signed::Assertion | Signed::Nothing => xml,
        }
    }

    /// An unsigned Response around whatever is given.
    pub fn around(&self, content: &str) -> String {
        let destination =
            self.destination.as_ref().map(|url| format!(" Destination=\"{url}\"")).unwrap_or_default();
        let answering = self.answering();
        let Response { issuer, response_id, issued, .. } = self;
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{response_id}\" Version=\"2.0\" \
             IssueInstant=\"{issued}\"{destination}{answering}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
             {issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>\
             </samlp:Status>{content}</samlp:Response>"
        )
    }

    fn answering(&self) -> String {
        self.in_response_to.as_ref().map(|id| format!(" InResponseTo=\"{id}\"")).unwrap_or_default()
    }

    /// Signs the element with this ID, and puts the signature after its Issuer.
    pub fn sign(&self, xml: &str, id: &str) -> String {
        let document = Document::parse(xml.as_bytes()).expect("well-formed");
        let element = keyward_saml::element_by_id(&document, id).expect("the element to sign");
        let algorithm = self.signing.canonicalization;
        let octets = c14n::canonicalize(&document, element, algorithm, &[], None).expect("a canonical form");
        let digest = base64::encode(&Sha256::digest(&octets));
        let Signing { signature_method, digest_method, more_transforms, key_info, .. } = &self.signing;
        let method = algorithm.uri();
        let reference = self.signing.reference.map_or_else(|| format!("#{id}"), str::to_owned);
        let info = format!(
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{method}\"/><ds:SignatureMethod Algorithm=\"{signature_method}\"/>\
             <ds:Reference URI=\"{reference}\"><ds:Transforms><ds:Transform \
             Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>{more_transforms}<ds:Transform \
             Algorithm=\"{method}\"/></ds:Transforms><ds:DigestMethod Algorithm=\"{digest_method}\"/><ds:DigestValue>{digest}\
             </ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        let signature = |value: &str| {
            format!(
                "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}<ds:SignatureValue>{value}\
                 </ds:SignatureValue>{key_info}</ds:Signature>"
            )
        };
        let insert = |value: &str| {
            let start = xml.find(&format!("ID=\"{id}\"")).expect("the ID");
            let issuer = xml.get(start..).and_then(|rest| rest.find("</saml:Issuer>")).expect("an Issuer");
            let (before, after) = xml.split_at(start + issuer + "</saml:Issuer>".len());
            format!("{before}{}{after}", signature(value))
        };
        // SignedInfo is canonicalized where it stands: inclusive forms take over namespaces from around it.
        let placed = insert("");
        let document = Document::parse(placed.as_bytes()).expect("well-formed");
        let node = keyward_saml::element_by_id(&document, id).expect("the element to sign");
        let node = document
            .elements(node)
            .find(|child| document.is(*child, naive::DS, "Signature"))
            .and_then(|signature| document.elements(signature).next())
            .expect("SignedInfo");
        let message = c14n::canonicalize(&document, node, algorithm, &[], None).expect("a canonical form");
        insert(&base64::encode(&self.key.sign(&message)))
    }
}
