//! What is kept sealed under the master key, by WebCrypto: the messages of the SAML log, the reports of test
//! sign-ins.
//!
//! The format at rest is written down at `saml_message` in `migrations/`.

use core::cell::RefCell;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use keyward_saml::base64;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::settings::MasterKey;

const IV: usize = 12;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_aes_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &str,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = decrypt, catch)]
    fn decrypt_with(algorithm: &JsValue, key: &JsValue, data: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = encrypt, catch)]
    fn encrypt_with(algorithm: &JsValue, key: &JsValue, data: &Uint8Array) -> Result<Promise, JsValue>;
}

/// Opens what [`seal`] sealed for the same place. `None` where it does not open: another master key, or another place.
pub(crate) async fn open(master_key: &MasterKey, bound_to: &str, sealed: &str) -> Option<Vec<u8>> {
    let (id, octets) = sealed.strip_prefix("v1.")?.split_once('.')?;
    let octets = base64::decode(octets.as_bytes())?;
    let (iv, sealed) = octets.split_at_checked(IV)?;
    let usages = Array::of1(&JsValue::from_str("decrypt"));
    let raw = Uint8Array::from(master_key.named(id)?.as_slice());
    let key = JsFuture::from(import_aes_key("raw", &raw, "AES-GCM", false, &usages).ok()?).await.ok()?;
    let algorithm = gcm(iv, bound_to)?;
    let opened = decrypt_with(algorithm.unchecked_ref(), &key, &Uint8Array::from(sealed)).ok()?;
    Some(Uint8Array::new(&JsFuture::from(opened).await.ok()?).to_vec())
}

fn gcm(iv: &[u8], bound_to: &str) -> Option<Object> {
    let algorithm = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&algorithm, &JsValue::from_str(name), value).ok();
    set("name", &JsValue::from_str("AES-GCM"))?;
    set("iv", &Uint8Array::from(iv))?;
    set("additionalData", &Uint8Array::from(bound_to.as_bytes()))?;
    Some(algorithm)
}

thread_local! {
    /// The master key as WebCrypto takes it to seal, by its name: every sign-in seals, and importing is a hop of its own.
    static SEALING: RefCell<Option<(String, JsValue)>> = const { RefCell::new(None) };
}

async fn sealing_key(master_key: &MasterKey) -> Option<JsValue> {
    let known = |it: &Option<(String, JsValue)>| it.as_ref().filter(|(id, _)| *id == master_key.id).cloned();
    if let Some((_, key)) = SEALING.with_borrow(known) {
        return Some(key);
    }
    let usages = Array::of1(&JsValue::from_str("encrypt"));
    let raw = Uint8Array::from(master_key.bytes.as_slice());
    let key = JsFuture::from(import_aes_key("raw", &raw, "AES-GCM", false, &usages).ok()?).await.ok()?;
    SEALING.replace(Some((master_key.id.clone(), key.clone())));
    Some(key)
}

/// Seals octets for one place. `None` where WebCrypto says no: what is only a log keeps nobody out.
pub(crate) async fn seal(master_key: &MasterKey, bound_to: &str, octets: &[u8]) -> Option<String> {
    let key = sealing_key(master_key).await?;
    let mut iv = [0; IV];
    getrandom::fill(&mut iv).ok()?;
    let algorithm = gcm(&iv, bound_to)?;
    let encrypt = encrypt_with(algorithm.unchecked_ref(), &key, &Uint8Array::from(octets)).ok()?;
    let sealed = Uint8Array::new(&JsFuture::from(encrypt).await.ok()?).to_vec();
    Some(format!("v1.{}.{}", master_key.id, base64::encode(&[&iv, sealed.as_slice()].concat())))
}
