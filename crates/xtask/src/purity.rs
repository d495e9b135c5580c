//! The pure crates, linked alone for wasm32, import nothing: no clock, no entropy, no host call is reachable from them.
//!
//! A library that nothing calls has no imports either, so the probe calls every public entry point, and a second probe
//! with a planted violation has to be caught.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;

/// Calls into every public entry point of the pure crates; kept beside this file so that it reads as code.
const PROBE: &str = include_str!("purity/probe.rs");
/// Asks the host for the time of day: what the check has to notice.
const VIOLATION: &str = include_str!("purity/violation.rs");

pub(crate) fn run(root: &Path) -> Result<()> {
    let clean = imports(root, "clean", PROBE)?;
    if !clean.is_empty() {
        return Err(format!("the pure crates import from their host: {}", clean.join(", ")).into());
    }
    let planted = imports(root, "planted", &format!("{PROBE}\n{VIOLATION}"))?;
    if planted.is_empty() {
        return Err("the purity check did not notice a planted violation".into());
    }
    println!("purity: no imports; the planted violation was noticed ({})", planted.join(", "));
    Ok(())
}

/// Builds the probe as a crate of its own and lists the imports of the result.
fn imports(root: &Path, name: &str, source: &str) -> Result<Vec<String>> {
    let folder = root.join("target/purity").join(name);
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), source)?;
    let crates = root.join("crates");
    let mut dependencies = String::new();
    for pure in ["saml", "core", "vault"] {
        let path = crates.join(pure);
        if path.join("Cargo.toml").is_file() {
            // Quoted as a JSON string, which TOML reads alike, so that a Windows path survives.
            let path = serde_json::to_string(&path)?;
            dependencies.push_str(&format!("keyward-{pure} = {{ path = {path} }}\n"));
        }
    }
    let manifest = format!(
        "[package]\nname = \"purity-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\n{dependencies}\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // The versions that ship, not the newest.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let target = root.join("target");
    let status = Command::new(env!("CARGO"))
        .current_dir(&folder)
        .args(["build", "--quiet", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .status()?;
    if !status.success() {
        return Err("the purity probe does not compile: does it still fit the public items?".into());
    }
    let wasm = target.join(format!("wasm32-unknown-unknown/debug/purity_{name}.wasm"));
    let module = walrus::Module::from_file(&wasm).map_err(|error| error.to_string())?;
    if module.exports.iter().count() == 0 {
        return Err("the purity probe exports nothing, so it proves nothing".into());
    }
    Ok(module.imports.iter().map(|import| format!("{}.{}", import.module, import.name)).collect())
}
