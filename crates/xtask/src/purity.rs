//! The pure crates, linked alone for wasm32, import nothing: no clock, no entropy, no host call is reachable from them.
//!
//! A library that nothing calls has no imports either, so the probe links every public function, which is compared with
//! the sources, and a second probe with a planted violation has to be caught.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;

/// Links every public function of the pure crates; kept beside this file so that it reads as code.
const PROBE: &str = include_str!("purity/probe.rs");
/// Asks the host for the time of day: what the check has to notice.
const VIOLATION: &str = include_str!("purity/violation.rs");
const PURE: &[&str] = &["xml", "saml", "core", "vault"];

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut missing = Vec::new();
    let mut count = 0;
    for pure in PURE {
        let sources = root.join("crates").join(pure).join("src");
        if sources.is_dir() {
            let functions = public_functions(&sources)?;
            count += functions.len();
            missing.extend(functions.into_iter().filter(|function| !links(function)));
        }
    }
    if !missing.is_empty() {
        return Err(format!("crates/xtask/src/purity/probe.rs does not link: {}", missing.join(", ")).into());
    }
    let clean = imports(root, "clean", PROBE)?;
    if !clean.is_empty() {
        return Err(format!("the pure crates import from their host: {}", clean.join(", ")).into());
    }
    let planted = imports(root, "planted", &format!("{PROBE}\n{VIOLATION}"))?;
    if planted.is_empty() {
        return Err("the purity check did not notice a planted violation".into());
    }
    println!(
        "purity: {count} public functions import nothing; the planted violation was noticed ({})",
        planted.join(", ")
    );
    Ok(())
}

/// Whether the probe names a function, and not only one whose name begins alike.
fn links(function: &str) -> bool {
    // A generic type is linked for one argument; its sources do not say which.
    let probe = PROBE.replace("::<()>", "");
    let ends = |at: usize| {
        probe.get(at + function.len()..).is_some_and(|rest| rest.starts_with([',', ']', ';', '}', '\n']))
    };
    probe.match_indices(function).any(|(at, _)| ends(at))
}

/// The public functions of a crate, methods as `Type::name`, by reading its sources line by line: rustfmt sees to it that
/// this is enough. (What is `pub` is reachable: the lint `unreachable_pub` is on.)
fn public_functions(folder: &Path) -> Result<Vec<String>> {
    let mut functions = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            functions.extend(public_functions(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read_functions(&fs::read_to_string(&path)?, &mut functions);
        }
    }
    Ok(functions)
}

fn read_functions(text: &str, functions: &mut Vec<String>) {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let first_word = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
    };
    let mut of_macro = Vec::new();
    let mut of = None;
    let mut is_call = false;
    for line in code.lines() {
        let trimmed = line.trim_start();
        if let Some(header) = trimmed.strip_prefix("impl").filter(|header| !header.ends_with("{}")) {
            let header = header.trim_end_matches(" {");
            // Past the generic parameters, and past a trait.
            let header = if header.starts_with('<') {
                header.split_once("> ").map_or("", |(_, rest)| rest)
            } else {
                header
            };
            let name = header.rsplit(" for ").next().unwrap_or_default().trim();
            of = Some(if name == "$name" { name.to_owned() } else { first_word(name) });
        }
        let signature = trimmed.strip_prefix("pub const fn ").or_else(|| trimmed.strip_prefix("pub fn "));
        if let Some(name) = signature.map(first_word) {
            match &of {
                Some(of) if of == "$name" => of_macro.push(name),
                Some(of) => functions.push(format!("{of}::{name}")),
                None => functions.push(name),
            }
        }
        // A macro of this file that makes a type: the name stands first in the call, below its comment.
        is_call |= line.ends_with("!(") && !line.starts_with(' ');
        if is_call && line.starts_with("    ") && !trimmed.starts_with("//") {
            functions.extend(of_macro.iter().map(|name| format!("{}::{name}", first_word(trimmed))));
            is_call = false;
        }
        if line.starts_with('}') {
            of = None;
        }
    }
}

/// Builds the probe as a crate of its own and lists the imports of the result.
fn imports(root: &Path, name: &str, source: &str) -> Result<Vec<String>> {
    let folder = root.join("target/purity").join(name);
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), source)?;
    let crates = root.join("crates");
    let mut dependencies = String::new();
    for pure in PURE {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_functions_are_found_in_sources() {
        let source = r"
macro_rules! id {
    ($name:ident) => {
        impl $name {
            pub fn parse() {}
        }
    };
}
id!(
    /// One.
    One,
);
impl Marker for One {}
pub fn free() {}
fn hidden() {}
impl<'a> Display for Thing<'a> {
    pub const fn method() {}
    pub(crate) fn inner() {}
}
#[cfg(test)]
mod tests {
    pub fn helper() {}
}
";
        let mut functions = Vec::new();
        read_functions(source, &mut functions);
        assert_eq!(functions, ["One::parse", "free", "Thing::method"]);
    }

    #[test]
    fn a_name_that_only_begins_alike_is_not_linked() {
        assert!(links("Timestamp::parse"));
        assert!(!links("Timestamp::par"));
        assert!(!links("Timestamp::now"));
    }
}
