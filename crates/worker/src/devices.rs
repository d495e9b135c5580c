//! Whether a device signed: ECDSA with P-256 and SHA-256, verified by WebCrypto.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use keyward_saml::base64;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_public_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify, catch)]
    fn verify_with(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Whether `signature` (base64, r ‖ s) over the text is by `key` (base64, an uncompressed point). What is none of these is
/// no signature.
pub(crate) async fn signed(key: &str, text: &str, signature: &str) -> bool {
    verify(key, text, signature).await.unwrap_or(false)
}

async fn verify(key: &str, text: &str, signature: &str) -> Option<bool> {
    let octets = |text: &str| Some(Uint8Array::from(base64::decode(text.as_bytes())?.as_slice()));
    let ecdsa = |name: &str, value: &str| {
        let object = Object::new();
        let set = |name: &str, value: &str| {
            Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value)).ok()
        };
        set("name", "ECDSA")?;
        set(name, value)?;
        Some(object.unchecked_into::<JsValue>())
    };
    let usages = Array::of1(&JsValue::from_str("verify"));
    let import =
        import_public_key("raw", &octets(key)?, &ecdsa("namedCurve", "P-256")?, false, &usages).ok()?;
    let key = JsFuture::from(import).await.ok()?;
    let hash = ecdsa("hash", "SHA-256")?;
    let check = verify_with(&hash, &key, &octets(signature)?, &Uint8Array::from(text.as_bytes())).ok()?;
    JsFuture::from(check).await.ok()?.as_bool()
}
