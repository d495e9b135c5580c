//! Encrypted assertions: anybody can encrypt to us.

use super::{Attack, evil};
use crate::encryption::Encryption;
use crate::signing::{certificate_key_info, replaced};
use crate::{Key, Response, Signed, Signing, wrapping};

const AES_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";

fn encrypt(plaintext: &str) -> String {
    Encryption::default().encrypt(plaintext)
}

pub(super) fn all() -> Vec<Attack> {
    let honest = Response::default();
    let (signed, evil_assertion) = (honest.assertion_xml(), evil().assertion_xml());
    let refused = |name: &str, code: &str, content: &str| {
        Attack::refused(name, code, "mallory", honest.around(content))
    };
    let signing = Signing { key_info: certificate_key_info(Key::Other), ..Signing::default() };
    let by_attacker = Response { key: Key::Other, signed: Signed::Assertion, signing, ..evil() };
    let mut attacks = vec![
        refused("an unsigned assertion, encrypted", "encrypted-unsigned", &encrypt(&evil_assertion)),
        refused(
            "an unsigned assertion, encrypted by a cipher that nothing vouches for",
            "decrypt",
            &Encryption { cipher: AES_CBC.to_owned(), ..Encryption::default() }.encrypt(&evil_assertion),
        ),
        Attack::refused(
            "an assertion signed by the attacker, encrypted",
            "signature-invalid",
            "mallory",
            honest.around(&encrypt(&by_attacker.assertion_xml())),
        ),
        refused(
            "an unsigned assertion, encrypted, before the signed one",
            "assertion-count",
            &format!("{}{signed}", encrypt(&evil_assertion)),
        ),
        refused(
            "an unsigned assertion, encrypted, after the signed one",
            "assertion-count",
            &format!("{signed}{}", encrypt(&evil_assertion)),
        ),
        refused(
            "two encrypted assertions, one of them signed",
            "assertion-count",
            &format!("{}{}", encrypt(&signed), encrypt(&evil_assertion)),
        ),
        refused(
            "two assertions in one ciphertext",
            "xml-malformed",
            &encrypt(&format!("{evil_assertion}{signed}")),
        ),
        refused(
            "a whole response in the ciphertext",
            "message-type",
            &encrypt(&honest.around(&format!("{evil_assertion}{signed}"))),
        ),
        refused(
            "a ciphertext in the ciphertext",
            "message-type",
            &encrypt(&encrypt(&format!("{evil_assertion}{signed}"))),
        ),
        refused(
            "a document type declaration in the ciphertext",
            "xml-doctype",
            &encrypt(&format!(
                "<!DOCTYPE x [<!ENTITY who \"mallory\">]>{}{signed}",
                evil_assertion.replace(">mallory<", ">&who;<")
            )),
        ),
        Attack::harmless(
            "an unsigned assertion, encrypted, in the response's extensions",
            "alice",
            "mallory",
            replaced(
                &honest.xml(),
                "<samlp:Status>",
                &format!("<samlp:Extensions>{}</samlp:Extensions><samlp:Status>", encrypt(&evil_assertion)),
            ),
        ),
    ];
    for (variant, new_id_code) in
        [(4, "signature-position"), (6, "signature-malformed"), (8, "signature-malformed")]
    {
        for (same_id, code) in [(true, "duplicate-id"), (false, new_id_code)] {
            let name = format!("XSW{variant} in the ciphertext, {} ID", if same_id { "same" } else { "new" });
            attacks.push(refused(&name, code, &encrypt(&wrapping::assertion(variant, same_id))));
        }
    }
    attacks
}
