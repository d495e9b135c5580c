//! What JavaScript hands over, checked for shape and nothing else.

use keyward_saml::{Refusal, Timestamp};
use serde::Deserialize;
use wasm_bindgen::JsValue;

/// Thrown as JSON text `{"code", "message"}`.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(code: &str, message: &str) -> Failure {
        Failure(serde_json::json!({ "code": code, "message": message }).to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::new(refusal.code(), &refusal.to_string())
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> JsValue {
        JsValue::from_str(&failure.0)
    }
}

pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::new("invalid-input", &format!("The input is not as documented: {error}.")))
}

/// Milliseconds since the epoch as JavaScript counts them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, and Timestamp clamps to the years 1 to 9999"
)]
pub(crate) fn timestamp(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as i64)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Trust {
    pub(crate) entity_id: String,
    pub(crate) certificates: Vec<String>,
    pub(crate) sp_entity_id: String,
    pub(crate) acs_url: String,
    #[serde(default)]
    pub(crate) decryption_keys: Vec<String>,
    #[serde(default)]
    pub(crate) policy: Policy,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    #[serde(default)]
    pub(crate) allow_sha1: bool,
    pub(crate) min_rsa_bits: Option<usize>,
    pub(crate) require_audience: Option<bool>,
    pub(crate) clock_skew_seconds: Option<f64>,
    #[serde(default)]
    pub(crate) allow_unsolicited: bool,
}
