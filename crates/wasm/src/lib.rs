//! JavaScript bindings. No logic lives here: text comes in, the engine decides, JSON goes out.
//!
//! What needs a key used is a [`Session`]: the host looks at its jobs, does them with WebCrypto or has
//! [`Session::answer_here`] do them in Rust, and calls [`Session::resume`] until there is nothing left to do. Errors are
//! thrown as JSON text `{"code", "message"}`; the package's JavaScript turns them into `KeywardError`.

mod decisions;
mod input;
mod message;
mod output;
mod session;

pub use decisions::{decide_provisioning, effective_policy, plan_onboarding, read_identity, route_email};
pub use message::{Message, append_signature, authn_request, logout_request, logout_response, sp_metadata};
pub use session::{Session, Trust};

use input::Failure;
use keyward_saml::c14n::{self, Algorithm};
use keyward_saml::xml::Document;
use keyward_saml::{Certificate, Refusal, Timestamp, base64, metadata};
use wasm_bindgen::prelude::wasm_bindgen;

/// The canonical form of a document, or of the element with the given ID.
///
/// # Errors
/// A refusal, as JSON.
#[wasm_bindgen]
pub fn canonicalize(
    xml: &str,
    algorithm: &str,
    prefix_list: Vec<String>,
    element_id: Option<String>,
) -> Result<String, Failure> {
    let Some(known) = Algorithm::from_uri(algorithm) else {
        return Err(Refusal::Canonicalization { algorithm: algorithm.to_owned(), error: None }.into());
    };
    let document = Document::parse(xml.as_bytes()).map_err(Refusal::from)?;
    let apex = match &element_id {
        None => document.document(),
        Some(id) => keyward_saml::element_by_id(&document, id)?,
    };
    let prefixes: Vec<&str> = prefix_list.iter().map(String::as_str).collect();
    let octets = c14n::canonicalize(&document, apex, known, &prefixes, None)
        .map_err(|error| Refusal::Canonicalization { algorithm: algorithm.to_owned(), error: Some(error) })?;
    Ok(String::from_utf8(octets).unwrap_or_default())
}

/// Every IdP of a metadata document, as a JSON array.
///
/// # Errors
/// A refusal, as JSON.
#[wasm_bindgen(js_name = parseIdpMetadata)]
pub fn parse_idp_metadata(xml: &str, entity_id: Option<String>, now: Option<f64>) -> Result<String, Failure> {
    let now = now.map(input::timestamp);
    let found = metadata::parse_idp_metadata(xml.as_bytes(), entity_id.as_deref(), now)?;
    Ok(output::json(&found.iter().map(output::IdpMetadata::from).collect::<Vec<_>>()))
}

/// What can be read of a certificate, as JSON.
///
/// # Errors
/// Code `certificate`, with what is wrong with it.
#[wasm_bindgen(js_name = readCertificate)]
pub fn read_certificate(text: &str) -> Result<String, Failure> {
    let certificate = Certificate::from_pem_or_base64_legacy(text).map_err(Refusal::Certificate)?;
    Ok(output::json(&output::CertificateView::from(&certificate)))
}

/// Strict base64, white space allowed.
///
/// # Errors
/// Code `base64`.
#[wasm_bindgen(js_name = decodeBase64)]
pub fn decode_base64(text: &str) -> Result<Vec<u8>, Failure> {
    Ok(base64::decode(text.as_bytes()).ok_or(Refusal::Base64)?)
}

/// Reads an xs:dateTime: milliseconds since the epoch, or nothing.
#[wasm_bindgen(js_name = parseTime)]
pub fn parse_time(text: &str) -> Option<f64> {
    Timestamp::parse(text).map(output::millis)
}
