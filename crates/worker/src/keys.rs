//! The service provider's private keys: unwrapped by WebCrypto into handles that cannot be exported, so that no private
//! key is ever in our memory.
//!
//! The format at rest is written down at `sp_key` in `migrations/`.

use core::cell::RefCell;
use core::fmt;
use std::collections::BTreeMap;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use keyward_core::id::{ConnectionId, TenantId};
use keyward_saml::base64;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::settings::MasterKey;

/// Why a key could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The connection signs its requests and has no key to sign with.
    Missing,
    /// The row does not have the form of a wrapped key.
    Format,
    /// Another master key wrapped it.
    OtherMasterKey,
    /// WebCrypto said no: the key was altered, or moved here from elsewhere.
    Refused,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::Missing => "the connection has no active signing key",
            KeyError::Format => "a wrapped key is malformed",
            KeyError::OtherMasterKey => "a key was wrapped under another KEYWARD_MASTER_KEY",
            KeyError::Refused => "a wrapped key does not open",
        })
    }
}

const IV: usize = 12;

/// What a row holds, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Wrapped {
    iv: Vec<u8>,
    /// Ciphertext and tag.
    sealed: Vec<u8>,
}

fn parse(wrapped: &str, master_key: &MasterKey) -> Result<Wrapped, KeyError> {
    let (id, sealed) =
        wrapped.strip_prefix("v1.").and_then(|rest| rest.split_once('.')).ok_or(KeyError::Format)?;
    if id != master_key.id {
        return Err(KeyError::OtherMasterKey);
    }
    let octets = base64::decode(sealed.as_bytes()).ok_or(KeyError::Format)?;
    let (iv, sealed) = octets.split_at_checked(IV).ok_or(KeyError::Format)?;
    Ok(Wrapped { iv: iv.to_vec(), sealed: sealed.to_vec() })
}

fn bound_to(tenant: &TenantId, connection: &ConnectionId) -> String {
    format!("{}|{}|sign", tenant.as_str(), connection.as_str())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = unwrapKey, catch)]
    fn unwrap_key(
        format: &str,
        wrapped: &Uint8Array,
        unwrapping_key: &JsValue,
        unwrap_algorithm: &JsValue,
        key_algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = sign, catch)]
    fn sign_with(algorithm: &JsValue, key: &JsValue, data: &Uint8Array) -> Result<Promise, JsValue>;
}

/// How many keys an isolate remembers: importing one costs more than signing.
const REMEMBERED: usize = 64;

thread_local! {
    /// By the wrapped text and what it is bound to: a new key is a new text.
    static KEYS: RefCell<BTreeMap<(String, String), JsValue>> = const { RefCell::new(BTreeMap::new()) };
}

/// An RSASSA-PKCS1-v1_5 signature with SHA-256 by a connection's wrapped key.
pub(crate) async fn sign(
    master_key: &MasterKey,
    tenant: &TenantId,
    connection: &ConnectionId,
    wrapped: Option<&str>,
    octets: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let wrapped = wrapped.ok_or(KeyError::Missing)?;
    let name = (wrapped.to_owned(), bound_to(tenant, connection));
    let remembered = KEYS.with_borrow(|keys| keys.get(&name).cloned());
    let key = match remembered {
        Some(key) => key,
        None => {
            let key = open(master_key, wrapped, &name.1).await?;
            KEYS.with_borrow_mut(|keys| {
                if keys.len() >= REMEMBERED {
                    keys.clear();
                }
                keys.insert(name, key.clone());
            });
            key
        }
    };
    let signature =
        done(sign_with(&JsValue::from_str("RSASSA-PKCS1-v1_5"), &key, &Uint8Array::from(octets))).await?;
    Ok(Uint8Array::new(&signature).to_vec())
}

async fn open(master_key: &MasterKey, wrapped: &str, bound_to: &str) -> Result<JsValue, KeyError> {
    let Wrapped { iv, sealed } = parse(wrapped, master_key)?;
    let usages = |usage: &str| Array::of1(&JsValue::from_str(usage));
    let raw = Uint8Array::from(master_key.bytes.as_slice());
    let kek =
        done(import_key("raw", &raw, &JsValue::from_str("AES-GCM"), false, &usages("unwrapKey"))).await?;
    let gcm = object(&[
        ("name", JsValue::from_str("AES-GCM")),
        ("iv", Uint8Array::from(iv.as_slice()).into()),
        ("additionalData", Uint8Array::from(bound_to.as_bytes()).into()),
    ])?;
    let rsa =
        object(&[("name", JsValue::from_str("RSASSA-PKCS1-v1_5")), ("hash", JsValue::from_str("SHA-256"))])?;
    let sealed = Uint8Array::from(sealed.as_slice());
    done(unwrap_key("pkcs8", &sealed, &kek, &gcm, &rsa, false, &usages("sign"))).await
}

async fn done(promise: Result<Promise, JsValue>) -> Result<JsValue, KeyError> {
    // What WebCrypto says of a failure says nothing that helps.
    JsFuture::from(promise.map_err(|_| KeyError::Refused)?).await.map_err(|_| KeyError::Refused)
}

fn object(fields: &[(&str, JsValue)]) -> Result<JsValue, KeyError> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), value).map_err(|_| KeyError::Refused)?;
    }
    Ok(object.unchecked_into())
}

#[cfg(test)]
mod tests {
    use super::{KeyError, Wrapped, parse};
    use crate::settings::Settings;

    #[test]
    fn a_wrapped_key_is_taken_apart() {
        let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let settings = Settings::read(Some("https://keyward.example"), None, Some(zeros), None);
        let master_key = settings.unwrap_or_else(|error| panic!("{error}")).master_key;
        let parsed = parse("v1.66687aad.AQEBAQEBAQEBAQEBAgI=", &master_key);
        assert_eq!(parsed, Ok(Wrapped { iv: vec![1; 12], sealed: vec![2; 2] }));
        for (wrapped, error) in [
            ("v2.66687aad.AQEBAQEBAQEBAQEBAgI=", KeyError::Format),
            ("v1.66687aad", KeyError::Format),
            ("v1.66687aad.AQE=", KeyError::Format),
            ("v1.66687aad.%", KeyError::Format),
            ("v1.00000000.AQEBAQEBAQEBAQEBAgI=", KeyError::OtherMasterKey),
        ] {
            assert_eq!(parse(wrapped, &master_key), Err(error), "{wrapped}");
        }
    }
}
