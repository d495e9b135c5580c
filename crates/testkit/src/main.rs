//! `keyward-testkit`: the testkit's identity provider for tests in other languages.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to the terminal")]

use std::io::{Read, Write};
use std::process::ExitCode;

use keyward_saml::base64;
use keyward_testkit::properties::DOORS;
use keyward_testkit::{ACS, IDP, Key, NOW, REQUEST, Response, SP, attacks, bench, messages, tree};

const HELP: &str = "\
keyward-testkit mint       reads specifications of responses from stdin, writes one JSON object a line
keyward-testkit keys       prints the testkit's keys and certificates as JSON
keyward-testkit vectors D  writes the vectors of attacks into the folder D
keyward-testkit messages   reads {\"now\", \"sso\", \"slo\", \"inResponseTo\"} from stdin, writes every message that we make as a JSON line
keyward-testkit bench      reads what to verify from stdin (crates/testkit/src/bench.rs), writes microseconds a message
keyward-testkit trees      reads a JSON array of documents in base64 from stdin, writes what our parser makes of each
keyward-testkit seeds D    writes inputs for fuzzers into the folder D, a folder for each door

`mint` reads a JSON object, an array of them, or one a line. `{}` is a response that has to be accepted; every field
changes something (crates/testkit/src/response.rs lists them in snake case, here they are in camel case):

  {\"nameId\": \"bob\", \"issued\": 1795435200000, \"signed\": \"response\", \"key\": \"other\",
   \"signing\": {\"digestMethod\": \"http://www.w3.org/2001/04/xmlenc#sha512\"},
   \"encryption\": {\"cipher\": \"http://www.w3.org/2009/xmlenc11#aes128-gcm\"},
   \"style\": {\"assertion\": \"saml2\", \"protocol\": \"saml2p\"},
   \"beforeSigning\": [[\">bob<\", \">rob<\"]], \"afterSigning\": [[\"</samlp:Response>\", \"<!-- x --></samlp:Response>\"]]}

It writes {\"response\": \"base64 of the message\", \"xml\": \"the message\"}.
";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["mint"] => mint(),
        ["keys"] => keys(),
        ["trees"] => trees(),
        ["bench"] => measure(),
        ["messages"] => messages(),
        ["vectors", folder] => vectors(folder),
        ["seeds", folder] => seeds(folder),
        ["--help" | "help"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("usage:\n{HELP}").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn mint() -> Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let mut out = std::io::stdout().lock();
    for value in serde_json::Deserializer::from_str(&input).into_iter::<serde_json::Value>() {
        let specifications = match value? {
            serde_json::Value::Array(all) => all,
            one => vec![one],
        };
        for specification in specifications {
            let response: Response = serde_json::from_value(specification)?;
            let xml = response.xml();
            let minted = serde_json::json!({ "response": base64::encode(xml.as_bytes()), "xml": xml });
            writeln!(out, "{minted}")?;
        }
    }
    Ok(())
}

fn keys() -> Result<()> {
    let mut named = serde_json::Map::new();
    for key in Key::ALL {
        let pems =
            serde_json::json!({ "certificate": key.certificate_pem(), "privateKey": key.private_pem() });
        named.insert(serde_json::from_value(serde_json::to_value(key)?)?, pems);
    }
    let all = serde_json::json!({
        "now": NOW.as_millis(), "idp": IDP, "sp": SP, "acs": ACS, "request": REQUEST, "keys": named
    });
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}

fn trees() -> Result<()> {
    let input = std::io::read_to_string(std::io::stdin())?;
    let documents: Vec<String> = serde_json::from_str(&input)?;
    let mut out = std::io::stdout().lock();
    for document in documents {
        writeln!(out, "{}", tree::tree_of_base64(&document))?;
    }
    Ok(())
}

fn messages() -> Result<()> {
    let input = std::io::read_to_string(std::io::stdin())?;
    let mut out = std::io::stdout().lock();
    for made in messages::all(&serde_json::from_str(&input)?) {
        writeln!(out, "{}", serde_json::to_string(&made)?)?;
    }
    Ok(())
}

fn measure() -> Result<()> {
    let input = std::io::read_to_string(std::io::stdin())?;
    println!("{}", serde_json::to_string(&bench::measure(&serde_json::from_str(&input)?))?);
    Ok(())
}

fn vectors(folder: &str) -> Result<()> {
    let folder = std::path::Path::new(folder);
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            std::fs::remove_file(path)?;
        }
    }
    for attack in attacks::all() {
        if attack.fools().is_none() {
            return Err(format!("{}: no naive verifier falls for it, so it is no attack", attack.name).into());
        }
        std::fs::write(folder.join(format!("{}.txt", attack.name)), attack.to_file())?;
    }
    Ok(())
}

fn seeds(folder: &str) -> Result<()> {
    for door in DOORS {
        let folder = std::path::Path::new(folder).join(door.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (door.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("{number:03}")), seed)?;
        }
    }
    Ok(())
}
