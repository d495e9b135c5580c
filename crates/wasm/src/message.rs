//! Messages of ours: what they say comes in as JSON, their signatures come from the host.

use keyward_saml::crypto::algorithm::SignatureAlgorithm;
use keyward_saml::logout::{LogoutOutcome, NewLogoutRequest, NewLogoutResponse};
use keyward_saml::request::{self, AuthnRequest, Comparison, Parameter, Scoping, SpMetadata};
use keyward_saml::{Certificate, NameId, Refusal, ToSign, xml};
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::input::{
    Failure, flag, only, optional, optional_count, optional_text, optional_time, parse, text, texts, time,
};

const NAME_ID: &[&str] = &["value", "format", "nameQualifier", "spNameQualifier"];
const SCOPING: &[&str] = &["proxyCount", "idps", "requesters"];
const AUTHN_REQUEST: &[&str] = &[
    "id",
    "now",
    "destination",
    "issuer",
    "acsUrl",
    "forceAuthn",
    "isPassive",
    "nameIdFormat",
    "subject",
    "authnContexts",
    "comparison",
    "scoping",
];
const LOGOUT_REQUEST: &[&str] =
    &["id", "now", "destination", "issuer", "nameId", "sessionIndex", "notOnOrAfter"];
const LOGOUT_RESPONSE: &[&str] = &["id", "now", "destination", "issuer", "inResponseTo", "outcome"];
const SP_METADATA: &[&str] = &[
    "entityId",
    "acsUrl",
    "singleLogoutUrl",
    "signingCertificates",
    "encryptionCertificate",
    "nameIdFormats",
    "validUntil",
    "id",
];

pub(crate) fn name_id(of: &Value) -> Result<NameId, Failure> {
    only(of, NAME_ID)?;
    let optional = |name: &str| -> Result<_, Failure> { Ok(optional_text(of, name)?.map(str::to_owned)) };
    Ok(NameId {
        value: text(of, "value")?.to_owned(),
        format: optional("format")?,
        name_qualifier: optional("nameQualifier")?,
        sp_name_qualifier: optional("spNameQualifier")?,
    })
}

/// A message, not signed yet.
#[wasm_bindgen]
pub struct Message {
    parameter: Parameter,
    xml: String,
    to_sign: Option<ToSign>,
}

#[wasm_bindgen]
impl Message {
    /// The message without a signature.
    #[wasm_bindgen(getter)]
    pub fn xml(&self) -> String {
        self.xml.clone()
    }

    /// The query of the Redirect binding. With an algorithm, by URI, these are the octets to sign.
    pub fn query(&self, relay_state: Option<String>, algorithm: Option<String>) -> String {
        request::redirect_query(self.parameter, &self.xml, relay_state.as_deref(), algorithm.as_deref())
    }

    /// The octets to sign for the message's own signature; none where it was made without an algorithm.
    pub fn octets(&self) -> Vec<u8> {
        self.to_sign.as_ref().map(ToSign::octets).unwrap_or_default()
    }

    /// The message with its own signature and, where given, the certificate of the key that made it.
    ///
    /// # Errors
    /// Code `certificate`; `invalid-input` where it was made without an algorithm.
    pub fn signed(self, signature: &[u8], certificate: Option<String>) -> Result<String, Failure> {
        let certificate = certificate.as_deref().map(read_certificate).transpose()?;
        match self.to_sign {
            Some(to_sign) => Ok(to_sign.finish(signature, certificate.as_ref())),
            None => Err(Failure::new("invalid-input", "The message was made without an algorithm.")),
        }
    }
}

fn read_certificate(text: &str) -> Result<Certificate, Failure> {
    Certificate::from_pem_or_base64(text).map_err(|error| Refusal::Certificate(error).into())
}

/// Checks what would make a message that nobody can answer.
fn checked_id(id: &str) -> Result<&str, Failure> {
    if xml::is_ncname(id) {
        return Ok(id);
    }
    Err(Failure::new("invalid-input", "The id has to be an NCName: begin it with `_`."))
}

fn algorithm(uri: Option<&String>) -> Result<Option<SignatureAlgorithm>, Failure> {
    let Some(uri) = uri else { return Ok(None) };
    match SignatureAlgorithm::from_uri(uri) {
        Some(known) => Ok(Some(known)),
        None => Err(Refusal::SignatureAlgorithm { algorithm: uri.to_owned() }.into()),
    }
}

/// An AuthnRequest. With an algorithm it can be signed for the POST binding.
///
/// # Errors
/// `invalid-input` with what is wrong, or `signature-algorithm`.
#[wasm_bindgen(js_name = authnRequest)]
pub fn authn_request(input: &str, sign_by: Option<String>) -> Result<Message, Failure> {
    let input = &parse(input)?;
    only(input, AUTHN_REQUEST)?;
    let comparison = match optional_text(input, "comparison")? {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("maximum") => Comparison::Maximum,
        Some("better") => Comparison::Better,
        Some(_) => return Err(Failure::new("invalid-input", "There is no such comparison.")),
    };
    let subject = optional(input, "subject").map(name_id).transpose()?;
    let contexts = texts(input, "authnContexts")?;
    let nothing = Value::Null;
    let scoped = optional(input, "scoping").unwrap_or(&nothing);
    only(scoped, SCOPING)?;
    let (idps, requesters) = (texts(scoped, "idps")?, texts(scoped, "requesters")?);
    let scoping =
        Scoping { proxy_count: optional_count(scoped, "proxyCount")?, idps: &idps, requesters: &requesters };
    let made = AuthnRequest {
        force_authn: flag(input, "forceAuthn")?,
        is_passive: flag(input, "isPassive")?,
        name_id_format: optional_text(input, "nameIdFormat")?,
        subject: subject.as_ref(),
        authn_contexts: &contexts,
        comparison,
        scoping: (!scoped.is_null()).then_some(scoping),
        ..AuthnRequest::new(
            checked_id(text(input, "id")?)?,
            time(input, "now")?,
            text(input, "destination")?,
            text(input, "issuer")?,
            text(input, "acsUrl")?,
        )
    };
    let to_sign = algorithm(sign_by.as_ref())?.map(|algorithm| made.to_sign(algorithm)).transpose()?;
    Ok(Message { parameter: Parameter::SamlRequest, xml: made.to_xml(), to_sign })
}

/// A LogoutRequest, likewise.
///
/// # Errors
/// As [`authn_request`].
#[wasm_bindgen(js_name = logoutRequest)]
pub fn logout_request(input: &str, sign_by: Option<String>) -> Result<Message, Failure> {
    let input = &parse(input)?;
    only(input, LOGOUT_REQUEST)?;
    let name_id = name_id(input.get("nameId").unwrap_or(&Value::Null))?;
    let made = NewLogoutRequest {
        id: checked_id(text(input, "id")?)?,
        issue_instant: time(input, "now")?,
        destination: text(input, "destination")?,
        issuer: text(input, "issuer")?,
        not_on_or_after: optional_time(input, "notOnOrAfter")?,
        name_id: &name_id,
        session_index: optional_text(input, "sessionIndex")?,
    };
    let to_sign = algorithm(sign_by.as_ref())?.map(|algorithm| made.to_sign(algorithm)).transpose()?;
    Ok(Message { parameter: Parameter::SamlRequest, xml: made.to_xml(), to_sign })
}

/// A LogoutResponse, likewise.
///
/// # Errors
/// As [`authn_request`].
#[wasm_bindgen(js_name = logoutResponse)]
pub fn logout_response(input: &str, sign_by: Option<String>) -> Result<Message, Failure> {
    let input = &parse(input)?;
    only(input, LOGOUT_RESPONSE)?;
    let made = NewLogoutResponse {
        id: checked_id(text(input, "id")?)?,
        issue_instant: time(input, "now")?,
        destination: text(input, "destination")?,
        issuer: text(input, "issuer")?,
        in_response_to: text(input, "inResponseTo")?,
        outcome: match text(input, "outcome")? {
            "success" => LogoutOutcome::Success,
            "partial" => LogoutOutcome::Partial,
            "refused" => LogoutOutcome::Refused,
            _ => return Err(Failure::new("invalid-input", "There is no such outcome.")),
        },
    };
    let to_sign = algorithm(sign_by.as_ref())?.map(|algorithm| made.to_sign(algorithm)).transpose()?;
    Ok(Message { parameter: Parameter::SamlResponse, xml: made.to_xml(), to_sign })
}

/// SP metadata. With an algorithm, and an ID, it can be signed.
///
/// # Errors
/// As [`authn_request`], and `certificate`.
#[wasm_bindgen(js_name = spMetadata)]
pub fn sp_metadata(input: &str, sign_by: Option<String>) -> Result<Message, Failure> {
    let input = &parse(input)?;
    only(input, SP_METADATA)?;
    let signing = texts(input, "signingCertificates")?
        .into_iter()
        .map(read_certificate)
        .collect::<Result<Vec<_>, _>>()?;
    let signing: Vec<&[u8]> = signing.iter().map(Certificate::der).collect();
    let encryption = optional_text(input, "encryptionCertificate")?.map(read_certificate).transpose()?;
    let made = SpMetadata {
        entity_id: text(input, "entityId")?,
        acs_url: text(input, "acsUrl")?,
        single_logout_url: optional_text(input, "singleLogoutUrl")?,
        signing_certificates: &signing,
        encryption_certificate: encryption.as_ref().map(Certificate::der),
        name_id_formats: &texts(input, "nameIdFormats")?,
        valid_until: optional_time(input, "validUntil")?,
        id: optional_text(input, "id")?.map(checked_id).transpose()?,
    };
    let to_sign = algorithm(sign_by.as_ref())?.map(|algorithm| made.to_sign(algorithm)).transpose()?;
    Ok(Message { parameter: Parameter::SamlRequest, xml: made.to_xml(), to_sign })
}

/// Completes a Redirect query with its signature.
#[wasm_bindgen(js_name = appendSignature)]
pub fn append_signature(mut query: String, signature: &[u8]) -> String {
    request::append_signature(&mut query, signature);
    query
}
