//! Messages of ours: what they say comes in as JSON, their signatures come from the host.

use keyward_saml::crypto::algorithm::SignatureAlgorithm;
use keyward_saml::logout::{LogoutOutcome, NewLogoutRequest, NewLogoutResponse};
use keyward_saml::request::{self, AuthnRequest, Comparison, Parameter, Scoping, SpMetadata};
use keyward_saml::{Certificate, Refusal, ToSign, xml};
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::input::{Failure, parse, timestamp};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NameId {
    value: String,
    format: Option<String>,
    name_qualifier: Option<String>,
    sp_name_qualifier: Option<String>,
}

impl From<NameId> for keyward_saml::NameId {
    fn from(input: NameId) -> keyward_saml::NameId {
        let NameId { value, format, name_qualifier, sp_name_qualifier } = input;
        keyward_saml::NameId { value, format, name_qualifier, sp_name_qualifier }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScopingInput {
    proxy_count: Option<u32>,
    #[serde(default)]
    idps: Vec<String>,
    #[serde(default)]
    requesters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AuthnRequestInput {
    id: String,
    now: f64,
    destination: String,
    issuer: String,
    acs_url: String,
    #[serde(default)]
    force_authn: bool,
    #[serde(default)]
    is_passive: bool,
    name_id_format: Option<String>,
    subject: Option<NameId>,
    #[serde(default)]
    authn_contexts: Vec<String>,
    comparison: Option<String>,
    scoping: Option<ScopingInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LogoutRequestInput {
    id: String,
    now: f64,
    destination: String,
    issuer: String,
    name_id: NameId,
    session_index: Option<String>,
    not_on_or_after: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LogoutResponseInput {
    id: String,
    now: f64,
    destination: String,
    issuer: String,
    in_response_to: String,
    outcome: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SpMetadataInput {
    entity_id: String,
    acs_url: String,
    single_logout_url: Option<String>,
    #[serde(default)]
    signing_certificates: Vec<String>,
    encryption_certificate: Option<String>,
    #[serde(default)]
    name_id_formats: Vec<String>,
    valid_until: Option<f64>,
    id: Option<String>,
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
fn check_id(id: &str) -> Result<(), Failure> {
    if xml::is_ncname(id) {
        return Ok(());
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

fn strs(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// An AuthnRequest. With an algorithm it can be signed for the POST binding.
///
/// # Errors
/// `invalid-input` with what is wrong, or `signature-algorithm`.
#[wasm_bindgen(js_name = authnRequest)]
pub fn authn_request(input: &str, sign_by: Option<String>) -> Result<Message, Failure> {
    let input: AuthnRequestInput = parse(input)?;
    check_id(&input.id)?;
    let comparison = match input.comparison.as_deref() {
        None | Some("exact") => Comparison::Exact,
        Some("minimum") => Comparison::Minimum,
        Some("maximum") => Comparison::Maximum,
        Some("better") => Comparison::Better,
        Some(_) => return Err(Failure::new("invalid-input", "There is no such comparison.")),
    };
    let subject = input.subject.map(Into::into);
    let (contexts, scoped) = (strs(&input.authn_contexts), input.scoping.as_ref());
    let idps = scoped.map(|scoping| strs(&scoping.idps)).unwrap_or_default();
    let requesters = scoped.map(|scoping| strs(&scoping.requesters)).unwrap_or_default();
    let now = timestamp(input.now);
    let made = AuthnRequest {
        force_authn: input.force_authn,
        is_passive: input.is_passive,
        name_id_format: input.name_id_format.as_deref(),
        subject: subject.as_ref(),
        authn_contexts: &contexts,
        comparison,
        scoping: scoped.map(|scoping| Scoping {
            proxy_count: scoping.proxy_count,
            idps: &idps,
            requesters: &requesters,
        }),
        ..AuthnRequest::new(&input.id, now, &input.destination, &input.issuer, &input.acs_url)
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
    let input: LogoutRequestInput = parse(input)?;
    check_id(&input.id)?;
    let made = NewLogoutRequest {
        id: &input.id,
        issue_instant: timestamp(input.now),
        destination: &input.destination,
        issuer: &input.issuer,
        not_on_or_after: input.not_on_or_after.map(timestamp),
        name_id: &input.name_id.into(),
        session_index: input.session_index.as_deref(),
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
    let input: LogoutResponseInput = parse(input)?;
    check_id(&input.id)?;
    let made = NewLogoutResponse {
        id: &input.id,
        issue_instant: timestamp(input.now),
        destination: &input.destination,
        issuer: &input.issuer,
        in_response_to: &input.in_response_to,
        outcome: match input.outcome.as_str() {
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
    let input: SpMetadataInput = parse(input)?;
    input.id.as_deref().map(check_id).transpose()?;
    let signing = input
        .signing_certificates
        .iter()
        .map(|text| read_certificate(text))
        .collect::<Result<Vec<_>, _>>()?;
    let signing: Vec<&[u8]> = signing.iter().map(Certificate::der).collect();
    let encryption = input.encryption_certificate.as_deref().map(read_certificate).transpose()?;
    let made = SpMetadata {
        entity_id: &input.entity_id,
        acs_url: &input.acs_url,
        single_logout_url: input.single_logout_url.as_deref(),
        signing_certificates: &signing,
        encryption_certificate: encryption.as_ref().map(Certificate::der),
        name_id_formats: &strs(&input.name_id_formats),
        valid_until: input.valid_until.map(timestamp),
        id: input.id.as_deref(),
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
