//! Rules of the project that no compiler or linter knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// Which workspace crates each crate may use, by way of whatever other crates (dev-dependencies not counted).
const ARROWS: &[(&str, &[&str])] = &[
    ("keyward-xml", &[]),
    ("keyward-saml", &["keyward-xml"]),
    ("keyward-core", &["keyward-saml", "keyward-xml"]),
    ("keyward-vault", &[]),
    ("keyward-worker", &["keyward-core", "keyward-saml", "keyward-xml"]),
    ("keyward-wasm", &["keyward-core", "keyward-saml", "keyward-xml"]),
    ("keyward-pages", &["keyward-vault"]),
    ("keyward-transfer", &["keyward-vault"]),
    ("keyward-strength", &[]),
    ("keyward-testkit", &["keyward-vault", "keyward-core", "keyward-saml", "keyward-xml"]),
    ("xtask", &[]),
];

/// Crates that a pure crate must not reach: clocks, entropy, hosts, executors.
const IMPURE: &[&str] =
    &["getrandom", "js-sys", "web-sys", "wasm-bindgen", "worker", "tokio", "chrono", "time", "rand"];
const PURE: &[&str] = &["keyward-xml", "keyward-saml", "keyward-core", "keyward-vault"];

/// Where a file stops being read in one go. A longer one needs a reason here.
const LINES: usize = 700;
const LONG: &[(&str, &str)] = &[("package-lock.json", "generated"), ("Cargo.lock", "generated")];

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut problems = Vec::new();
    edges(root, &mut problems)?;
    files(root, &mut problems)?;
    sql(root, &mut problems)?;
    links(root, &mut problems)?;
    if problems.is_empty() {
        println!("tidy: nothing to mend");
        return Ok(());
    }
    problems.sort();
    Err(format!("tidy found {} problem(s):\n  {}", problems.len(), problems.join("\n  ")).into())
}

/// Every crate that `package` reaches through normal and build dependencies, for the target that it ships to.
fn reached(root: &Path, package: &str, target: &str) -> Result<BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--target", target])
        .args(["--format", "{p}", "--locked"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .filter(|name| name != package)
        .collect())
}

fn edges(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let present: BTreeMap<String, PathBuf> = fs::read_dir(root.join("crates"))?
        .filter_map(std::result::Result::ok)
        .filter_map(|entry| {
            let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).ok()?;
            let name =
                manifest.lines().find_map(|line| line.strip_prefix("name = \""))?.trim_end_matches('"');
            Some((name.to_owned(), entry.path()))
        })
        .collect();
    for name in present.keys() {
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| from == name) else {
            problems.push(format!("{name}: a crate that the arrows in xtask/src/tidy.rs do not know"));
            continue;
        };
        let reached = reached(root, name, "wasm32-unknown-unknown")?;
        for other in reached.iter().filter(|other| present.contains_key(*other)) {
            if !allowed.contains(&other.as_str()) {
                problems.push(format!("{name} reaches {other}, which is forbidden"));
            }
        }
        if PURE.contains(&name.as_str()) {
            for impure in reached.iter().filter(|other| IMPURE.contains(&other.as_str())) {
                problems.push(format!("{name} is pure and reaches {impure}"));
            }
        }
    }
    Ok(())
}

/// What git knows, so that build output is never looked at.
fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git").current_dir(root).args(["ls-files", "-z"]).output()?;
    if !output.status.success() {
        return Err("tidy needs git".into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text
        .split('\0')
        .filter(|path| !path.is_empty() && root.join(path).is_file())
        .map(str::to_owned)
        .collect())
}

fn files(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    // Split, so that this file does not find itself.
    let unfinished = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let machines =
        [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("C:", "\\")];
    for path in tracked(root)? {
        let Ok(text) = fs::read_to_string(root.join(&path)) else { continue };
        let extension =
            Path::new(&path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_source = matches!(extension, "rs" | "mjs" | "js" | "ts" | "css" | "html" | "sql" | "toml");
        let lines = text.lines().count();
        if is_source && lines > LINES && !LONG.iter().any(|(long, _)| *long == path) {
            problems.push(format!("{path}: {lines} lines; split it, or give a reason in xtask/src/tidy.rs"));
        }
        if is_source {
            for (number, line) in text.lines().enumerate() {
                if unfinished.iter().any(|word| line.contains(word)) {
                    problems.push(format!("{path}:{}: something unfinished", number + 1));
                }
                if machines.iter().any(|path| line.contains(path)) {
                    problems.push(format!("{path}:{}: a path of somebody's machine", number + 1));
                }
                if line.ends_with([' ', '\t']) {
                    problems.push(format!("{path}:{}: white space at the end of the line", number + 1));
                }
            }
        }
        if is_source && text.contains('\r') {
            problems.push(format!("{path}: carriage returns"));
        }
    }
    Ok(())
}

/// One statement a file: what is prepared, explained and broken on purpose in tests is one thing.
fn sql(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    for path in tracked(root)?.iter().filter(|path| path.starts_with("crates/worker/src/store/sql/")) {
        let text = fs::read_to_string(root.join(path))?;
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
        let statements = code.split(';').filter(|statement| !statement.trim().is_empty()).count();
        if statements != 1 {
            problems.push(format!("{path}: {statements} statements; exactly one is allowed"));
        }
    }
    Ok(())
}

/// Links between documents lead to files that are there, and to headings of theirs.
fn links(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let mut found = 0;
    for path in tracked(root)?.iter().filter(|path| path.ends_with(".md")) {
        let text = prose(&fs::read_to_string(root.join(path))?);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") || link.contains(char::is_whitespace) {
                continue;
            }
            found += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let at = root.join(path);
            let at = if file.is_empty() { at } else { at.with_file_name("").join(file) };
            let leads = at.exists()
                && (heading.is_empty() || headings(&fs::read_to_string(&at)?).any(|its| its == heading));
            if !leads {
                problems.push(format!("{path}: the link to {link} leads nowhere"));
            }
        }
    }
    if found == 0 {
        problems.push("no document has a link: they are not read as they are written".to_owned());
    }
    Ok(())
}

/// A document without its blocks of code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What GitHub makes of the headings, to be linked to.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let text = prose(text);
    let lines: Vec<String> =
        text.lines().filter(|line| line.starts_with('#')).map(str::to_lowercase).collect();
    lines.into_iter().map(|line| {
        let line = line.trim_start_matches('#').trim().replace(' ', "-");
        line.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    })
}
