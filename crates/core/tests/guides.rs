//! The guides in docs/guides are what the presets say. `KEYWARD_WRITE=1 cargo test -p keyward-core --test guides` writes them.

#![expect(clippy::expect_used, reason = "a file that cannot be read should stop the test")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use keyward_core::preset::{OurValue, PRESETS, Preset, Signs, SubjectBy};

fn our(value: OurValue) -> &'static str {
    match value {
        OurValue::EntityId => "our entity ID: `<origin>/saml/<connection>/metadata`",
        OurValue::AcsUrl => "our ACS: `<origin>/saml/<connection>/acs`",
        OurValue::SloUrl => "our logout address: `<origin>/saml/<connection>/slo`",
        OurValue::StartUrl => "our start address: `<origin>/saml/<connection>/start`",
        OurValue::MetadataUrl => "our metadata: `<origin>/saml/<connection>/metadata`",
        OurValue::Certificate => "our signing certificate",
    }
}

fn guide(preset: &Preset) -> String {
    let mut text = format!("# {}\n\n", preset.name);
    text.push_str(
        "Written from the preset that the console uses (`crates/core/src/preset/providers.rs`); a test keeps the two alike. The console \
         shows the same with your values filled in.\n\n## What to do there\n\n",
    );
    for (at, step) in preset.steps.iter().enumerate() {
        writeln!(text, "{}. {step}", at + 1).expect("text");
    }
    text.push_str("\n| its screens say | what belongs there |\n| --- | --- |\n");
    for (value, field) in preset.values {
        writeln!(text, "| {field} | {} |", our(*value)).expect("text");
    }
    if !preset.claims.is_empty() {
        text.push_str("\n| attribute | made of |\n| --- | --- |\n");
        for (name, made_of) in preset.claims {
            writeln!(text, "| `{name}` | `{made_of}` |").expect("text");
        }
    }
    writeln!(text, "\n## Its metadata\n\n{}", preset.metadata).expect("text");
    text.push_str("\n## What the preset reads\n\n");
    let signs = match preset.signs {
        Signs::Response => "the response",
        Signs::Assertion => "the assertion",
        Signs::Both => "response and assertion",
    };
    writeln!(text, "- Signed by default: {signs}. One valid signature is enough, and one is required.")
        .expect("text");
    if preset.encrypts {
        text.push_str("- Encrypted, as soon as our metadata offers a certificate for that.\n");
    }
    match preset.subject {
        SubjectBy::NameId => text.push_str("- Who somebody is: the Name ID.\n"),
        SubjectBy::Attribute(name) => {
            writeln!(text, "- Who somebody is: the attribute `{name}`.").expect("text")
        }
    }
    let [email, first, last] = preset.attributes;
    writeln!(text, "- E-mail `{email}`, given name `{first}`, family name `{last}`.").expect("text");
    if let Some(pinned) = preset.pinned {
        writeln!(text, "- Pinned at first sign-in: `{pinned}`.").expect("text");
    }
    if let Some(groups) = preset.groups {
        writeln!(text, "- Groups: `{groups}`.").expect("text");
    }
    let offered = if preset.single_logout { "offered" } else { "not offered" };
    writeln!(text, "- Single logout: {offered}.\n\n## What goes wrong\n").expect("text");
    for pitfall in preset.pitfalls {
        writeln!(text, "- {pitfall}").expect("text");
    }
    writeln!(text, "\nCompared with: {}.", preset.source).expect("text");
    text
}

#[test]
fn each_guide_is_what_its_preset_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    let mut index = "# Connecting identity providers\n\nIn the console, under Connections, with your values filled in; here to read.\n\n".to_owned();
    let mut files = Vec::new();
    for preset in PRESETS {
        writeln!(index, "- [{}]({}.md)", preset.name, preset.id).expect("text");
        files.push((format!("{}.md", preset.id), guide(preset)));
    }
    index.push_str(
        "\nThe names of screens are those of the documents that each guide names, as they read in November 2026; providers rename them.\n\n\
         A tile that opens our start address begins a sign-in like any other. A tile whose provider sends an answer that nobody asked for is\n\
         refused (`unsolicited`), unless the connection takes sign-ins that begin at the identity provider; then the person is asked first.\n",
    );
    files.push(("README.md".to_owned(), index));
    if env::var_os("KEYWARD_WRITE").is_some() {
        fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in &files {
            fs::write(folder.join(name), text).expect("written");
        }
    }
    for (name, text) in &files {
        let there = fs::read_to_string(folder.join(name)).unwrap_or_default();
        if there != *text {
            panic!(
                "docs/guides/{name} is not what its preset says: KEYWARD_WRITE=1 cargo test -p keyward-core --test guides"
            );
        }
    }
    let there = fs::read_dir(&folder).expect("a folder").count();
    assert_eq!(there, files.len(), "a guide of no preset");
}
