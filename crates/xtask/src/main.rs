//! `cargo xtask <command>`: what building and checking need and cargo itself does not do.
//!
//! - `bindgen <wasm> <worker|web> <out-dir>` makes the JavaScript that goes with a compiled crate. The version of
//!   wasm-bindgen is the crate's own, from `Cargo.lock`, so the two cannot differ.
//! - `tidy` checks the rules of ARCHITECTURE.md that a compiler does not.
//! - `purity` checks that the pure crates import nothing, and that the check notices when they do.
//! - `fuzz <seconds> [door...]` fuzzes each door of the engine for so long; needs a C++ compiler.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to the terminal")]

mod fuzz;
mod purity;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["bindgen", wasm, target, out] => bindgen(Path::new(wasm), target, Path::new(out)),
        ["tidy"] => tidy::run(&root()),
        ["purity"] => purity::run(&root()),
        ["fuzz", seconds, doors @ ..] => {
            seconds.parse().map_err(Into::into).and_then(|seconds| fuzz::run(&root(), seconds, doors))
        }
        _ => Err("usage: cargo xtask bindgen <wasm> <worker|web> <out-dir> | tidy | purity | fuzz <seconds> [door...]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace: two folders above this crate's manifest.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

fn bindgen(wasm: &Path, target: &str, out: &Path) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).out_name("index").typescript(false).remove_producers_section(true);
    match target {
        // A trap poisons an instance; the Worker's entry replaces it by way of the reset function.
        "worker" => bindgen.module(true)?.reset_state_function(true).force_enable_abort_handler(true),
        "web" => bindgen.web(true)?.omit_default_module_path(true).reset_state_function(true),
        _ => return Err(format!("no such target: {target}").into()),
    };
    std::fs::create_dir_all(out)?;
    Ok(bindgen.generate(out)?)
}
