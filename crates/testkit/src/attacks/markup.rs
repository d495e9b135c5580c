//! Markup that readers disagree on.

use super::{Attack, evil};
use crate::signing::replaced;
use crate::{Response, Signed};

pub(super) fn all() -> Vec<Attack> {
    let honest = Response::default().xml();
    // In front of the assertion, where the honest signature does not reach.
    let beside = |what: &str| replaced(&honest, "<samlp:Status>", &format!("{what}<samlp:Status>"));
    let in_front = |what: &str| format!("{what}{honest}");
    let unsigned = |name_id: &str| Response { signed: Signed::Nothing, ..Response::about(name_id) }.xml();
    let bomb: String = (1..10)
        .map(|level| format!("<!ENTITY b{level} \"{}\">", format!("&b{};", level - 1).repeat(10)))
        .collect();
    let mut attacks = vec![
        Attack::refused(
            "a document type declaration",
            "xml-doctype",
            "alice",
            in_front("<!DOCTYPE Response>"),
        ),
        Attack::refused(
            "a document type declaration in lower case",
            "xml-doctype",
            "alice",
            in_front("<!doctype Response>"),
        ),
        Attack::refused(
            "an entity says who it is",
            "xml-doctype",
            "mallory",
            format!(
                "<!DOCTYPE Response [<!ENTITY who \"mallory\">]>{}",
                unsigned("alice").replace(">alice<", ">&who;<")
            ),
        ),
        Attack::refused(
            "an external entity is fetched",
            "xml-doctype",
            "what was fetched",
            format!(
                "<!DOCTYPE Response [<!ENTITY file SYSTEM \"file:///etc/passwd\">]>{}",
                unsigned("alice").replace(">alice<", ">&file;<")
            ),
        ),
        Attack::refused(
            "entities that grow tenfold nine times",
            "xml-doctype",
            "alice",
            format!(
                "<!DOCTYPE Response [<!ENTITY b0 \"ha\">{bomb}]>{}",
                beside("<samlp:Extensions>&b9;</samlp:Extensions>")
            ),
        ),
        Attack::refused(
            "a document type declaration that ends in a string for some readers",
            "xml-doctype",
            "mallory",
            format!("<!DOCTYPE Response [<!ENTITY e '\"]><x>'>]>{}{honest}", evil().xml()),
        ),
        Attack::refused(
            "a processing instruction before the response",
            "xml-processing-instruction",
            "alice",
            in_front("<?xml-stylesheet href=\"https://evil.test/\"?>"),
        ),
        Attack::refused(
            "a processing instruction in the response",
            "xml-processing-instruction",
            "alice",
            beside("<?php system('id') ?>"),
        ),
        Attack::refused(
            "an XML declaration in the middle",
            "xml-processing-instruction",
            "alice",
            beside("<?xml version=\"1.0\"?>"),
        ),
        Attack::refused(
            "the declaration of XML 1.1",
            "xml-encoding",
            "alice",
            in_front("<?xml version=\"1.1\"?>"),
        ),
        Attack::refused(
            "the declaration of another encoding",
            "xml-encoding",
            "alice",
            in_front("<?xml version=\"1.0\" encoding=\"UTF-7\"?>"),
        ),
        Attack::refused("text after the response", "xml-malformed", "alice", format!("{honest}x")),
        Attack::refused(
            "an unclosed element",
            "xml-malformed",
            "alice",
            honest.replace("</samlp:Response>", ""),
        ),
        Attack::refused(
            "an end tag that closes another element",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions></samlp:Ending>"),
        ),
        Attack::refused(
            "an end tag too many",
            "xml-malformed",
            "alice",
            format!("{honest}</samlp:Response>"),
        ),
        Attack::refused(
            "an undefined entity",
            "xml-entity",
            "alice",
            beside("<samlp:Extensions>&nbsp;</samlp:Extensions>"),
        ),
        Attack::refused(
            "an ampersand alone",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions>a & b</samlp:Extensions>"),
        ),
        Attack::refused(
            "a CDATA section's end in text",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions>]]></samlp:Extensions>"),
        ),
        Attack::refused("two hyphens in a comment", "xml-malformed", "alice", beside("<!-- a -- b -->")),
        Attack::refused(
            "a less-than sign in an attribute",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions a=\"<\"/>"),
        ),
        Attack::refused(
            "an attribute without quotes",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions a=1 />"),
        ),
        Attack::refused(
            "an attribute without a value",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions a />"),
        ),
        Attack::refused(
            "attributes without a space between",
            "xml-malformed",
            "alice",
            beside("<samlp:Extensions a=\"1\"b=\"2\"/>"),
        ),
        Attack::refused(
            "a reference to the character NUL",
            "xml-character",
            "alice",
            beside("<samlp:Extensions>&#0;</samlp:Extensions>"),
        ),
        Attack::refused(
            "a reference to half a character",
            "xml-character",
            "alice",
            beside("<samlp:Extensions>&#xD800;</samlp:Extensions>"),
        ),
        Attack::refused(
            "a control character",
            "xml-character",
            "alice",
            beside("<samlp:Extensions>\u{1}</samlp:Extensions>"),
        ),
        Attack::refused(
            "a character that is none",
            "xml-character",
            "alice",
            beside("<samlp:Extensions>\u{FFFE}</samlp:Extensions>"),
        ),
        Attack::refused(
            "two attributes of one name",
            "xml-duplicate-attribute",
            "alice",
            beside("<samlp:Extensions a=\"1\" a=\"2\"/>"),
        ),
        Attack::refused(
            "two IDs, one of which is the other assertion's",
            "xml-duplicate-attribute",
            "alice",
            replaced(&honest, " ID=\"_response\"", " ID=\"_response\" ID=\"_assertion2\""),
        ),
        Attack::refused(
            "two attributes of one expanded name",
            "xml-duplicate-attribute",
            "alice",
            beside("<samlp:Extensions xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:y=\"1\" b:y=\"2\"/>"),
        ),
        Attack::refused(
            "two declarations of one prefix",
            "xml-duplicate-attribute",
            "alice",
            beside("<x xmlns:a=\"urn:x\" xmlns:a=\"urn:y\"/>"),
        ),
        Attack::refused("an undeclared prefix", "xml-namespace", "alice", beside("<nobody:Extensions/>")),
        Attack::refused(
            "an undeclared prefix of an attribute",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions nobody:a=\"1\"/>"),
        ),
        Attack::refused(
            "a prefix that changes its meaning",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions xmlns:samlp=\"urn:evil\"/>"),
        ),
        Attack::refused(
            "a prefix bound to nothing",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions xmlns:x=\"\"/>"),
        ),
        Attack::refused(
            "a namespace name that is relative",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions xmlns:x=\"other\"/>"),
        ),
        Attack::refused(
            "the prefix xml bound to another name",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions xmlns:xml=\"urn:x\"/>"),
        ),
        Attack::refused(
            "the prefix xmlns declared",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions xmlns:xmlns=\"urn:x\"/>"),
        ),
        Attack::refused(
            "an attribute that begins with two colons",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions ::a=\"1\"/>"),
        ),
        Attack::refused(
            "an attribute that is a colon",
            "xml-namespace",
            "alice",
            beside("<samlp:Extensions :=\"1\"/>"),
        ),
        Attack::refused(
            "an element with two colons",
            "xml-namespace",
            "alice",
            beside("<samlp::Extensions/>"),
        ),
        Attack::refused(
            "an element that begins with a colon",
            "xml-namespace",
            "alice",
            beside("<:Extensions/>"),
        ),
        Attack::refused("a name that begins with a digit", "xml-malformed", "alice", beside("<1/>")),
        Attack::refused(
            "the document in UTF-16",
            "xml-encoding",
            "alice",
            [vec![0xFE, 0xFF], honest.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat(),
        ),
        Attack::refused(
            "a less-than sign in an overlong form",
            "xml-encoding",
            "alice",
            overlong(&beside("<samlp:Extensions/>"), b"<samlp:Extensions/>"),
        ),
        Attack::refused(
            "a NUL after which some readers stop",
            "xml-character",
            "alice",
            format!("{honest}\0{}", evil().xml()),
        ),
    ];
    for (name, id) in [
        ("an ID with quotes that would close a query", "_a' or '1'='1"),
        ("an ID that is an XPointer", "element(/1/3)"),
        ("an ID with a space", "_a b"),
        ("an empty ID", ""),
    ] {
        let message = beside(&format!("<samlp:Extensions ID=\"{id}\"/>"));
        attacks.push(Attack::refused(name, "duplicate-id", "alice", message));
    }
    for (name, attribute) in [
        ("an ID that stands twice", "ID=\"_assertion\""),
        ("an ID that stands twice, once in other letters", "Id=\"_assertion\""),
        ("an ID that stands twice, once in another namespace", "xmlns:e=\"urn:e\" e:ID=\"_assertion\""),
        ("an ID that stands twice, once as xml:id", "xml:id=\"_assertion\""),
    ] {
        let wrapped = evil().assertion_xml().replace(" ID=\"_evil\"", &format!(" {attribute}"));
        let message = beside(&format!("<samlp:Extensions>{wrapped}</samlp:Extensions>"));
        attacks.push(Attack::refused(name, "duplicate-id", "mallory", message));
    }
    attacks
}

/// The first `<` of a place in two bytes, as UTF-8 forbids.
fn overlong(xml: &str, at: &[u8]) -> Vec<u8> {
    let bytes = xml.as_bytes();
    let start = bytes.windows(at.len()).position(|window| window == at).unwrap_or(0);
    let (before, after) = bytes.split_at(start);
    [before, &[0xC0, 0xBC], after.get(1..).unwrap_or_default()].concat()
}
