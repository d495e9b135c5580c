//! What the vault's own page is not to carry: for import and export, files of other programs come in and records go out, and the
//! other way round; and for admins outside single sign-on, a password is stretched. `keyward_vault` does all of it.
//!
//! Errors are thrown as JSON text `{"code", "numbers"}`: the page has the words for each code (`www/app/words/`), and numbers are what
//! some of them are about.

use std::alloc::System;

use keyward_vault::export;
use keyward_vault::import::{self, Mapping, Source, Target};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroize;
use zeroizing_alloc::ZeroAlloc;

pub mod password;

/// What is freed is overwritten: keys and passwords come in and go out through memory that this code does not own, too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Overwrites what calls that are over left on the stack, which is nobody's to free. For who has just dropped a secret.
#[wasm_bindgen]
#[inline(never)]
pub fn wipe() {
    // Almost all of the megabyte that a program has (rustc's default): this call stands on top of the rest.
    [0_u8; (1 << 20) - (1 << 14)].zeroize();
}

/// The operating system's randomness.
#[expect(clippy::expect_used, reason = "without randomness nothing can be sealed: the page has to stop here")]
fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the browser has randomness");
}

fn failure(code: &str, numbers: &[usize]) -> JsValue {
    JsValue::from_str(&serde_json::json!({ "code": code, "numbers": numbers }).to_string())
}

/// Reads a file: JSON as [`import::Import::to_json`] writes it. `source` is empty where it is to be found out; `targets` say
/// what each column is, where the person said so.
///
/// # Errors
/// Why none of it can be read.
#[wasm_bindgen(js_name = readFile)]
pub fn read_file(
    bytes: &[u8],
    source: &str,
    has_header: bool,
    targets: Vec<String>,
) -> Result<String, JsValue> {
    let targets: Vec<Target> =
        targets.iter().map(|target| Target::parse(target).unwrap_or(Target::Ignore)).collect();
    let mapping = Some(Mapping { has_header, targets }).filter(|mapping| !mapping.targets.is_empty());
    import::read(bytes, Source::parse(source), mapping.as_ref())
        .map(|import| import.to_json())
        .map_err(|error| failure(error.code(), &error.numbers()))
}

/// The table of an export's JSON.
///
/// # Errors
/// It is no JSON.
#[wasm_bindgen(js_name = toTable)]
pub fn to_table(export: &str) -> Result<String, JsValue> {
    let export = serde_json::from_str(export).map_err(|_| failure("input", &[]))?;
    Ok(export::csv(&export))
}

/// An export under a password, which the page has normalised (NFKC).
///
/// # Errors
/// None in practice.
#[wasm_bindgen(js_name = sealFile)]
pub fn seal_file(export: &str, password: &str) -> Result<Vec<u8>, JsValue> {
    export::seal(export.as_bytes(), password, &mut random).map_err(|error| failure(error.code(), &[]))
}

/// What was sealed so.
///
/// # Errors
/// Another password, or changed since.
#[wasm_bindgen(js_name = openFile)]
pub fn open_file(file: &[u8], password: &str) -> Result<Vec<u8>, JsValue> {
    export::open(file, password)
        .map(|plaintext| plaintext.to_vec())
        .map_err(|error| failure(error.code(), &[]))
}
