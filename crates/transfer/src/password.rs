//! Passwords of admins outside single sign-on: what is sent in the place of one.

use keyward_vault::{LockingKey, Stretching};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure;

/// What the server is sent of a password (normalised, NFKC) that belongs to an e-mail, with the salt that it gave: 32 octets. It
/// takes 64 MiB and a third of a second, so it is for a worker.
///
/// # Errors
/// Where the salt is none.
#[wasm_bindgen(js_name = stretchPassword)]
pub fn stretch_password(password: &str, salt: &[u8], email: &str) -> Result<Vec<u8>, JsValue> {
    let salt = salt.try_into().map_err(|_| failure("salt", &[]))?;
    let (memory, passes, lanes) = Stretching::LEAST;
    let key = LockingKey::of_password(password, &Stretching { memory, passes, lanes, salt })
        .map_err(|error| failure(error.code(), &[]))?;
    Ok(key.proof("keyward outside single sign-on", email).as_bytes().to_vec())
}
