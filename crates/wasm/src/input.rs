//! What JavaScript hands over, checked for shape and nothing else.
//!
//! Read member by member and not by derived code, which is a twentieth of what a browser would load.

use keyward_saml::{Refusal, Timestamp};
use serde_json::Value;
use wasm_bindgen::JsValue;

/// Thrown as JSON text `{"code", "message"}`.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(code: &str, message: &str) -> Failure {
        Failure(serde_json::json!({ "code": code, "message": message }).to_string())
    }

    /// A member of the input is not what it should be.
    pub(crate) fn wrong(name: &str, expected: &str) -> Failure {
        Failure::new("invalid-input", &format!("{name} has to be {expected}."))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::new(refusal.code(), &refusal.to_string())
    }
}

impl From<keyward_core::Refusal> for Failure {
    fn from(refusal: keyward_core::Refusal) -> Failure {
        Failure::new(refusal.code(), &refusal.to_string())
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> JsValue {
        JsValue::from_str(&failure.0)
    }
}

/// Milliseconds since the epoch as JavaScript counts them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, and Timestamp clamps to the years 1 to 9999"
)]
pub(crate) fn timestamp(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as i64)
}

/// Reads what `JSON.stringify` wrote.
pub(crate) fn parse(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|_| Failure::new("invalid-input", "The input is not JSON."))
}

/// Refuses what is no object, and a member that nobody reads: a misspelt option would be one that silently does nothing.
pub(crate) fn only(of: &Value, names: &[&str]) -> Result<(), Failure> {
    if !of.is_object() && !of.is_null() {
        return Err(Failure::wrong("What has options", "an object"));
    }
    let unknown = of.as_object().and_then(|it| it.keys().find(|name| !names.contains(&name.as_str())));
    match unknown {
        None => Ok(()),
        Some(name) => Err(Failure::new("invalid-input", &format!("There is no option {name}."))),
    }
}

/// A member, where it is there and not `null`.
pub(crate) fn optional<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    of.get(name).filter(|value| !value.is_null())
}

pub(crate) fn optional_text<'a>(of: &'a Value, name: &str) -> Result<Option<&'a str>, Failure> {
    match optional(of, name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| Failure::wrong(name, "a string")),
    }
}

pub(crate) fn text<'a>(of: &'a Value, name: &str) -> Result<&'a str, Failure> {
    optional_text(of, name)?.ok_or_else(|| Failure::wrong(name, "a string"))
}

pub(crate) fn optional_number(of: &Value, name: &str) -> Result<Option<f64>, Failure> {
    match optional(of, name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| Failure::wrong(name, "a number")),
    }
}

pub(crate) fn optional_time(of: &Value, name: &str) -> Result<Option<Timestamp>, Failure> {
    Ok(optional_number(of, name)?.map(timestamp))
}

pub(crate) fn time(of: &Value, name: &str) -> Result<Timestamp, Failure> {
    optional_time(of, name)?.ok_or_else(|| Failure::wrong(name, "a number"))
}

/// A whole number from 0 up.
pub(crate) fn optional_count(of: &Value, name: &str) -> Result<Option<u32>, Failure> {
    let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok());
    match optional(of, name) {
        None => Ok(None),
        Some(value) => count(value).map(Some).ok_or_else(|| Failure::wrong(name, "a whole number")),
    }
}

pub(crate) fn optional_flag(of: &Value, name: &str) -> Result<Option<bool>, Failure> {
    match optional(of, name) {
        None => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or_else(|| Failure::wrong(name, "true or false")),
    }
}

pub(crate) fn flag(of: &Value, name: &str) -> Result<bool, Failure> {
    Ok(optional_flag(of, name)?.unwrap_or_default())
}

/// Empty where it is left out.
pub(crate) fn list<'a>(of: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    match optional(of, name) {
        None => Ok(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| Failure::wrong(name, "an array")),
    }
}

pub(crate) fn texts<'a>(of: &'a Value, name: &str) -> Result<Vec<&'a str>, Failure> {
    let each = |value: &'a Value| value.as_str().ok_or_else(|| Failure::wrong(name, "an array of strings"));
    list(of, name)?.iter().map(each).collect()
}

/// A string that has to be one of something: an id, a status, a domain.
pub(crate) fn one<T>(
    of: &Value,
    name: &str,
    expected: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, Failure> {
    parse(text(of, name)?).ok_or_else(|| Failure::wrong(name, expected))
}
