//! Signatures that are none, or are of something else.

use keyward_saml::base64;
use keyward_saml::crypto::algorithm::Digest;
use keyward_saml::xml::Document;

use super::Attack;
use crate::naive::hmac;
use crate::signing::{certificate_key_info, replaced, signature_of};
use crate::{Key, Response, Signed, Signing};

const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const HMAC: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

/// A message about mallory that is signed in every way but by the IdP.
fn forged(signing: Signing, key: Key) -> Response {
    Response { signing, key, ..Response::about("mallory") }
}

fn between<'a>(xml: &'a str, start: &str, end: &str) -> &'a str {
    xml.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(found, _)| found)
        .expect("it is there")
}

/// Honest for alice, then changed to mallory; and the digest that mallory's assertion has.
fn tampered() -> (String, String) {
    let xml = replaced(&Response::default().xml(), ">alice<", ">mallory<");
    let digest = between(&replaced_digest_source(), "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
    (xml, digest)
}

/// What the IdP would have signed, had it been asked for the changed message.
fn replaced_digest_source() -> String {
    let before_signing = vec![(">alice<".to_owned(), ">mallory<".to_owned())];
    Response { before_signing, ..Response::default() }.xml()
}

/// The canonical octets of the SignedInfo of a message.
fn signed_info(xml: &str) -> Vec<u8> {
    let document = Document::parse(xml.as_bytes()).expect("well-formed");
    let info = document
        .descendant_elements(document.root())
        .find(|node| document.is(*node, crate::signing::DS, "SignedInfo"))
        .expect("SignedInfo");
    keyward_saml::c14n::canonicalize(&document, info, keyward_saml::c14n::Algorithm::EXCLUSIVE, &[], None)
        .expect("a canonical form")
}

/// Puts another signature value in.
fn with_value(xml: &str, value: &[u8]) -> String {
    let old = between(xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    xml.replacen(&format!(">{old}<"), &format!(">{}<", base64::encode(value)), 1)
}

pub(super) fn all() -> Vec<Attack> {
    [algorithms(), digests(), transforms_and_references()].concat()
}

fn algorithms() -> Vec<Attack> {
    let key_info = Signing { key_info: certificate_key_info(Key::Other), ..Signing::default() };
    let retrieved = Signing {
        key_info: certificate_key_info(Key::Other).replace(
            "<ds:X509Data>",
            "<ds:RetrievalMethod Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\" URI=\"#_data\"/><ds:X509Data Id=\"_data\">",
        ),
        ..Signing::default()
    };
    let confused =
        forged(Signing { signature_method: Some(HMAC.to_owned()), ..Signing::default() }, Key::Other).xml();
    let mac = hmac(Key::Idp.certificate().der(), &signed_info(&confused));
    let length = (
        format!("<ds:SignatureMethod Algorithm=\"{HMAC}\"/>"),
        format!(
            "<ds:SignatureMethod Algorithm=\"{HMAC}\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>"
        ),
    );
    let truncated = forged(
        Signing { signature_method: Some(HMAC.to_owned()), splices: vec![length], ..Signing::default() },
        Key::Other,
    )
    .xml();
    let mut first_byte = hmac(Key::Idp.certificate().der(), &signed_info(&truncated));
    first_byte.truncate(1);
    let psychic = forged(Signing::default(), Key::P256).xml();
    let sha1 = |method: Option<&str>, digest: &str| {
        let signing = Signing {
            signature_method: method.map(str::to_owned),
            digest_method: digest.to_owned(),
            ..Signing::default()
        };
        Response { signing, ..Response::default() }.xml()
    };
    vec![
        Attack::refused(
            "signed by the attacker, whose certificate is in KeyInfo",
            "signature-invalid",
            "mallory",
            forged(key_info, Key::Other).xml(),
        ),
        Attack::refused(
            "signed by the attacker, whose certificate a RetrievalMethod points at",
            "signature-invalid",
            "mallory",
            forged(retrieved, Key::Other).xml(),
        ),
        Attack::refused(
            "an HMAC made with the public certificate",
            "signature-algorithm",
            "mallory",
            with_value(&confused, &mac),
        ),
        Attack::refused(
            "an HMAC of eight bits",
            "signature-algorithm",
            "mallory",
            with_value(&truncated, &first_byte),
        ),
        Attack {
            pinned: Key::P256,
            ..Attack::refused(
                "an ECDSA signature whose r and s are zero",
                "signature-invalid",
                "mallory",
                with_value(&psychic, &[0; 64]),
            )
        },
        Attack::refused(
            "a signature with SHA-1",
            "signature-algorithm",
            "alice",
            sha1(Some("http://www.w3.org/2000/09/xmldsig#rsa-sha1"), SHA256),
        ),
        Attack::refused(
            "a digest with SHA-1",
            "digest-algorithm",
            "alice",
            sha1(None, "http://www.w3.org/2000/09/xmldsig#sha1"),
        ),
        Attack::refused(
            "a digest of an unknown kind",
            "digest-algorithm",
            "alice",
            sha1(None, "http://www.w3.org/2001/04/xmldsig-more#md5"),
        ),
        Attack::refused(
            "a signature algorithm of an unknown name",
            "signature-algorithm",
            "alice",
            sha1(Some("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 "), SHA256),
        ),
    ]
}

fn digests() -> Vec<Attack> {
    let (tampered, digest) = tampered();
    let original = between(&tampered, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
    let smuggled =
        format!("<ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{digest}</ds:DigestValue>");
    let info = format!(
        "<ds:SignedInfo>{}</ds:SignedInfo>",
        between(&tampered, "<ds:SignedInfo>", "</ds:SignedInfo>")
    );
    let evil_info = info.replace(&original, &digest);
    // The digest is of nothing, and so is what the IdP signed.
    let void = replaced(
        &forged(Signing::default(), Key::Idp).xml(),
        "<samlp:Status>",
        "<samlp:Extensions xmlns:x=\"relative\"/><samlp:Status>",
    );
    let void_digest = between(&void, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
    let void = void.replace(&void_digest, &base64::encode(&Digest::Sha256.hash(b"")));
    let void = with_value(&void, &Key::Idp.sign(Key::Idp.usual_algorithm(), b""));
    vec![
        Attack::refused(
            "the digest of the forgery in a comment before the signed digest",
            "signature-malformed",
            "mallory",
            tampered.replace(&format!(">{original}<"), &format!("><!--{digest}-->{original}<")),
        ),
        Attack::refused(
            "the digest of the forgery in the response's extensions",
            "digest-mismatch",
            "mallory",
            replaced(
                &tampered,
                "<samlp:Status>",
                &format!("<samlp:Extensions>{smuggled}</samlp:Extensions><samlp:Status>"),
            ),
        ),
        Attack::refused(
            "the digest of the forgery in the status detail",
            "digest-mismatch",
            "mallory",
            replaced(
                &tampered,
                "</samlp:Status>",
                &format!("<samlp:StatusDetail>{smuggled}</samlp:StatusDetail></samlp:Status>"),
            ),
        ),
        Attack::refused(
            "a second SignedInfo with the digest of the forgery",
            "signature-malformed",
            "mallory",
            tampered.replace("</ds:SignedInfo>", &format!("</ds:SignedInfo>{evil_info}")),
        ),
        Attack::refused(
            "a second SignedInfo in KeyInfo",
            "digest-mismatch",
            "mallory",
            tampered
                .replace("</ds:Signature>", &format!("<ds:KeyInfo>{evil_info}</ds:KeyInfo></ds:Signature>")),
        ),
        Attack::refused(
            "a second SignedInfo in an Object",
            "signature-malformed",
            "mallory",
            tampered
                .replace("</ds:Signature>", &format!("<ds:Object>{evil_info}</ds:Object></ds:Signature>")),
        ),
        Attack::refused(
            "an honest signature in the response's extensions, for the assertion that has none",
            "signature-position",
            "alice",
            moved("<samlp:Status>", |signature| {
                format!("<samlp:Extensions>{signature}</samlp:Extensions><samlp:Status>")
            }),
        ),
        Attack::refused(
            "an honest signature in the status detail, for the assertion that has none",
            "signature-position",
            "alice",
            moved("</samlp:Status>", |signature| {
                format!("<samlp:StatusDetail>{signature}</samlp:StatusDetail></samlp:Status>")
            }),
        ),
        Attack::refused(
            "the response has the assertion's signature",
            "reference-not-parent",
            "alice",
            moved("<samlp:Status>", |signature| format!("{signature}<samlp:Status>")),
        ),
        Attack::refused("a digest and a signature of nothing", "xml-namespace", "mallory", void),
        Attack::refused(
            "a comment in the signature value",
            "signature-malformed",
            "alice",
            Response::default().xml().replace("</ds:SignatureValue>", "<!-- --></ds:SignatureValue>"),
        ),
        Attack::refused(
            "a comment in SignedInfo",
            "signature-malformed",
            "alice",
            Response::default().xml().replace("<ds:SignedInfo>", "<ds:SignedInfo><!-- -->"),
        ),
    ]
}

/// The assertion's signature, taken out of it and put somewhere else.
fn moved(to: &str, put: impl Fn(&str) -> String) -> String {
    let xml = Response::default().xml();
    let signature = signature_of(&xml);
    replaced(&xml.replace(&signature, ""), to, &put(&signature))
}

fn transforms_and_references() -> Vec<Attack> {
    let with = |signing: Signing| Response { signing, ..Response::default() }.xml();
    let transform = |name: &str, uri: &str, content: &str| {
        let more_transforms = format!("<ds:Transform Algorithm=\"{uri}\">{content}</ds:Transform>");
        Attack::refused(name, "transform", "alice", with(Signing { more_transforms, ..Signing::default() }))
    };
    let reference = |name: &str, uri: &str, wants: &str| {
        let signing = Signing { reference: Some(uri.to_owned()), ..Signing::default() };
        Attack::refused(name, "reference-not-parent", wants, forged(signing.clone(), Key::Idp).xml())
            .for_whom(wants, &with(signing))
    };
    let splice = |from: &str, to: &str| Signing {
        splices: vec![(from.to_owned(), to.to_owned())],
        ..Signing::default()
    };
    let whole = with(Signing::default());
    let one =
        format!("<ds:Reference {}</ds:Reference>", between(&whole, "<ds:Reference ", "</ds:Reference>"));
    let both = Response { signed: Signed::Response, ..Response::default() };
    vec![
        transform(
            "an XSLT transform",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
            "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>",
        ),
        transform(
            "an XPath transform that leaves the NameID out",
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            "<ds:XPath>not(ancestor-or-self::*[local-name()='NameID'])</ds:XPath>",
        ),
        transform("an XPath filter", "http://www.w3.org/2002/06/xmldsig-filter2", ""),
        transform("a base64 transform", "http://www.w3.org/2000/09/xmldsig#base64", ""),
        transform(
            "the enveloped-signature transform twice",
            "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
            "",
        ),
        transform("two canonicalizations", "http://www.w3.org/2001/10/xml-exc-c14n#", ""),
        Attack::refused(
            "a signature without a reference",
            "reference-count",
            "alice",
            with(splice(&one, "")),
        ),
        Attack::refused(
            "a signature with two references",
            "reference-count",
            "alice",
            with(splice("</ds:Reference>", "</ds:Reference><ds:Reference URI=\"#_response\"/>")),
        ),
        reference("a reference that is an XPointer to the ID", "#xpointer(id('_assertion'))", "alice"),
        reference("a reference to another host", "https://evil.test/assertion.xml", "mallory"),
        reference("a reference to an element that does not exist", "#_nobody", "mallory"),
        reference("a reference to a file", "file:///etc/passwd", "mallory"),
        Attack::refused(
            "a reference to the whole document that stands in the assertion",
            "reference-not-parent",
            "alice",
            {
                // What is digested is the whole message without the signature, which stands in its assertion.
                let digest = between(&both.xml(), "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
                let own = between(&whole, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
                with(Signing {
                    splices: vec![(own, digest), ("#_assertion".to_owned(), String::new())],
                    ..Signing::default()
                })
            },
        ),
    ]
}

impl Attack {
    /// Another message where the wish is for the honest name.
    fn for_whom(self, wants: &str, honest: &str) -> Attack {
        if wants == "alice" { Attack { message: honest.as_bytes().to_vec(), ..self } } else { self }
    }
}
