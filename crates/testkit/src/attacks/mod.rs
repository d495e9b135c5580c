//! Attacks on the verification of a Response, each with what has to become of it and what its author wants. They are
//! written to `tests/vectors/saml` by `keyward-testkit vectors`.

mod encrypted;
mod identity;
mod markup;
mod signatures;

use core::fmt::Write as _;

use keyward_saml::base64;

use crate::naive::{self, Naive};
use crate::{Key, Response, Signed};

/// What has to become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is refused with this code.
    Refuse(String),
    /// It is accepted, and about this NameID.
    Accept(String),
}

/// A hostile message.
#[derive(Clone, Debug)]
pub struct Attack {
    /// What it does, as a sentence.
    pub name: String,
    /// What has to become of it.
    pub verdict: Verdict,
    /// Whom, or which attribute value, the attacker wants to be believed.
    pub wants: String,
    /// The key that is pinned.
    pub pinned: Key,
    /// The message.
    pub message: Vec<u8>,
}

impl Attack {
    fn refused(name: &str, code: &str, wants: &str, message: impl Into<Vec<u8>>) -> Attack {
        Attack {
            name: name.to_owned(),
            verdict: Verdict::Refuse(code.to_owned()),
            wants: wants.to_owned(),
            pinned: Key::Idp,
            message: message.into(),
        }
    }

    fn harmless(name: &str, name_id: &str, wants: &str, message: impl Into<Vec<u8>>) -> Attack {
        Attack { verdict: Verdict::Accept(name_id.to_owned()), ..Attack::refused(name, "", wants, message) }
    }

    /// The naive verifier that it fools; every attack fools one.
    pub fn fools(&self) -> Option<Naive> {
        naive::fooled(&self.message, &self.wants)
    }

    /// As a file of vectors (tests/vectors/saml/README.md).
    pub fn to_file(&self) -> String {
        let mut file = match &self.verdict {
            Verdict::Refuse(code) => format!("refuse {code}\n"),
            Verdict::Accept(name_id) => format!("accept {name_id}\n"),
        };
        let _ = writeln!(file, "wants: {}", self.wants);
        if let Some(naive) = self.fools() {
            let _ = writeln!(file, "fools: {naive}");
        }
        if self.pinned != Key::Idp {
            let _ = writeln!(file, "pinned: {}", serde_json::to_string(&self.pinned).unwrap_or_default());
        }
        match core::str::from_utf8(&self.message) {
            Ok(text) if !text.contains('\0') => {
                let _ = write!(file, "\n{text}");
            }
            _ => {
                let _ = write!(file, "encoding: base64\n\n{}", base64::encode(&self.message));
            }
        }
        file
    }

    /// Reads such a file.
    pub fn from_file(name: &str, file: &[u8]) -> (Attack, Option<String>) {
        let split = file.windows(2).position(|pair| pair == b"\n\n").expect("an empty line");
        let (head, body) = file.split_at(split + 2);
        let mut lines = core::str::from_utf8(head).expect("text before the message").lines();
        let verdict = match lines.next().and_then(|line| line.split_once(' ')) {
            Some(("refuse", code)) => Verdict::Refuse(code.to_owned()),
            Some(("accept", name_id)) => Verdict::Accept(name_id.to_owned()),
            _ => Verdict::Refuse("the first line is no verdict".to_owned()),
        };
        let mut attack = Attack {
            name: name.to_owned(),
            verdict,
            wants: String::new(),
            pinned: Key::Idp,
            message: body.to_vec(),
        };
        let mut fools = None;
        for (field, value) in lines.filter_map(|line| line.split_once(": ")) {
            match field {
                "wants" => attack.wants = value.to_owned(),
                "fools" => fools = Some(value.to_owned()),
                "pinned" => attack.pinned = serde_json::from_str(value).expect("a key of the testkit"),
                "encoding" => attack.message = base64::decode(body).expect("base64"),
                _ => attack.verdict = Verdict::Refuse(format!("{field} is no field")),
            }
        }
        (attack, fools)
    }
}

/// All of them.
pub fn all() -> Vec<Attack> {
    [encrypted::all(), identity::all(), markup::all(), signatures::all()].concat()
}

/// A message that has the evil assertion where a test wants it.
fn evil() -> Response {
    Response {
        response_id: "_evil-response".to_owned(),
        assertion_id: "_evil".to_owned(),
        signed: Signed::Nothing,
        ..Response::about("mallory")
    }
}
