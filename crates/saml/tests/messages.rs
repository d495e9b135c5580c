//! The messages that we make: what they say is what was given, whatever was given, and their signatures are good.

use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::logout::{LogoutOutcome, NewLogoutRequest, NewLogoutResponse};
use keyward_saml::request::{AuthnRequest, Comparison, Scoping, SpMetadata};
use keyward_saml::xml::{Document, NodeId};
use keyward_saml::{NameId, Policy, Refusal, Timestamp, ToSign, pure, verify_xml_signature};
use keyward_testkit::{Key, NOW};

/// Text that would be markup, another value or another character if it were not escaped.
const HOSTILE: &str = "a\"b'<c/>&amp;]]>\t\r\n\u{e9}\u{1f511}";

fn name_id() -> NameId {
    NameId {
        value: HOSTILE.to_owned(),
        format: Some("urn:format".to_owned()),
        name_qualifier: Some(HOSTILE.to_owned()),
        sp_name_qualifier: None,
    }
}

fn authn_request(name_id: &NameId) -> AuthnRequest<'_> {
    AuthnRequest {
        force_authn: true,
        is_passive: true,
        name_id_format: Some(HOSTILE),
        subject: Some(name_id),
        authn_contexts: &["urn:one", HOSTILE],
        comparison: Comparison::Minimum,
        scoping: Some(Scoping { proxy_count: Some(0), idps: &["urn:idp", HOSTILE], requesters: &[HOSTILE] }),
        ..AuthnRequest::new("_id", NOW, HOSTILE, HOSTILE, HOSTILE)
    }
}

fn logout_request(name_id: &NameId) -> NewLogoutRequest<'_> {
    NewLogoutRequest {
        id: "_id",
        issue_instant: NOW,
        destination: HOSTILE,
        issuer: HOSTILE,
        not_on_or_after: Some(NOW),
        name_id,
        session_index: Some(HOSTILE),
    }
}

fn logout_response(outcome: LogoutOutcome) -> NewLogoutResponse<'static> {
    NewLogoutResponse {
        id: "_id",
        issue_instant: NOW,
        destination: HOSTILE,
        issuer: HOSTILE,
        in_response_to: "_theirs",
        outcome,
    }
}

fn metadata() -> SpMetadata<'static> {
    SpMetadata {
        entity_id: HOSTILE,
        acs_url: HOSTILE,
        single_logout_url: Some(HOSTILE),
        signing_certificates: &[b"one", b"two"],
        encryption_certificate: Some(b"three"),
        name_id_formats: &["urn:format"],
        valid_until: Some(NOW),
        id: Some("_id"),
    }
}

/// The values of every attribute of this name and the texts of every element of it, in document order.
fn said(xml: &str, name: &str) -> Vec<String> {
    let Ok(document) = Document::parse(xml.as_bytes()) else { return vec!["ill-formed".to_owned()] };
    let mut all = Vec::new();
    for node in document.descendant_elements(document.root()) {
        all.extend(document.attribute(node, name).map(str::to_owned));
        if local(&document, node) == name {
            all.extend(document.simple_text(node));
        }
    }
    all
}

fn local(document: &Document, node: NodeId) -> String {
    match document.view(node) {
        keyward_saml::xml::View::Element { local, .. } => local.to_owned(),
        _ => String::new(),
    }
}

#[test]
fn an_authn_request_says_what_was_asked_for() {
    let name_id = name_id();
    let xml = authn_request(&name_id).to_xml();
    for (name, expected) in [
        ("ID", vec!["_id"]),
        ("Destination", vec![HOSTILE]),
        ("AssertionConsumerServiceURL", vec![HOSTILE]),
        ("Issuer", vec![HOSTILE]),
        ("ForceAuthn", vec!["true"]),
        ("IsPassive", vec!["true"]),
        ("NameID", vec![HOSTILE]),
        ("NameQualifier", vec![HOSTILE]),
        ("SPNameQualifier", vec![]),
        ("Format", vec!["urn:format", HOSTILE]),
        ("AllowCreate", vec!["true"]),
        ("Comparison", vec!["minimum"]),
        ("AuthnContextClassRef", vec!["urn:one", HOSTILE]),
        ("ProxyCount", vec!["0"]),
        ("ProviderID", vec!["urn:idp", HOSTILE]),
        ("RequesterID", vec![HOSTILE]),
    ] {
        assert_eq!(said(&xml, name), expected, "{name}");
    }
    let plain = AuthnRequest::new("_id", NOW, "https://a", "b", "https://c").to_xml();
    for name in
        ["ForceAuthn", "IsPassive", "Format", "Comparison", "Subject", "ProxyCount", "Scoping", "IDPList"]
    {
        assert_eq!(said(&plain, name), [""; 0], "{name}");
    }
}

#[test]
fn a_logout_request_and_its_answer_say_what_was_given() {
    let name_id = name_id();
    let xml = logout_request(&name_id).to_xml();
    assert_eq!(said(&xml, "NameID"), [HOSTILE]);
    assert_eq!(said(&xml, "SessionIndex"), [HOSTILE]);
    assert_eq!(said(&xml, "NotOnOrAfter"), [NOW.to_string()]);
    for (outcome, expected) in [
        (LogoutOutcome::Success, &["Success"][..]),
        (LogoutOutcome::Partial, &["Success", "PartialLogout"]),
        (LogoutOutcome::Refused, &["Requester", "RequestDenied"]),
    ] {
        let xml = logout_response(outcome).to_xml();
        let expected: Vec<String> =
            expected.iter().map(|code| format!("urn:oasis:names:tc:SAML:2.0:status:{code}")).collect();
        assert_eq!(said(&xml, "Value"), expected);
        assert_eq!(said(&xml, "InResponseTo"), ["_theirs"]);
    }
}

#[test]
fn metadata_says_what_we_are() {
    let xml = metadata().to_xml();
    assert_eq!(said(&xml, "entityID"), [HOSTILE]);
    assert_eq!(said(&xml, "validUntil"), [NOW.to_string()]);
    assert_eq!(said(&xml, "X509Certificate"), ["b25l", "dHdv", "dGhyZWU="]);
    assert_eq!(said(&xml, "use"), ["signing", "signing", "encryption"]);
    assert_eq!(said(&xml, "Location"), [HOSTILE, HOSTILE, HOSTILE]);
    assert_eq!(said(&xml, "NameIDFormat"), ["urn:format"]);
}

/// A way to have a message signed.
type Sign<'a> = &'a dyn Fn(SignatureAlgorithm) -> Result<ToSign, Refusal>;

#[test]
fn every_message_can_be_signed_in_every_algorithm() {
    let name_id = name_id();
    let made: [Sign<'_>; 4] = [
        &|algorithm| authn_request(&name_id).to_sign(algorithm),
        &|algorithm| logout_request(&name_id).to_sign(algorithm),
        &|algorithm| logout_response(LogoutOutcome::Partial).to_sign(algorithm),
        &|algorithm| metadata().to_sign(algorithm),
    ];
    for to_sign in made {
        for (key, algorithm) in [
            (Key::Sp, SignatureAlgorithm::RsaPkcs1(Digest::Sha256)),
            (Key::Sp, SignatureAlgorithm::RsaPkcs1(Digest::Sha512)),
            (Key::Sp, SignatureAlgorithm::RsaPss(Digest::Sha256)),
            (Key::P256, SignatureAlgorithm::Ecdsa(Digest::Sha256)),
            (Key::P521, SignatureAlgorithm::Ecdsa(Digest::Sha512)),
            (Key::Ed25519, SignatureAlgorithm::Ed25519),
        ] {
            let waiting = to_sign(algorithm).expect("something to sign");
            let signature = key.sign(algorithm, &waiting.octets());
            let certificate = key.certificate();
            for hint in [None, Some(&certificate)] {
                let signed = waiting.clone().finish(&signature, hint);
                assert_eq!(verified(&signed, key), Ok(vec!["_id".to_owned()]), "{algorithm:?}");
                assert_eq!(verified(&signed, Key::Other), Err("signature-invalid"));
                let changed = signed.replacen("a&quot;b", "a&quot;c", 1);
                assert_eq!(verified(&changed, key), Err("digest-mismatch"));
            }
        }
    }
}

fn verified(xml: &str, key: Key) -> Result<Vec<String>, &'static str> {
    let keys = [key.certificate().public_key().clone()];
    let check = verify_xml_signature(xml.as_bytes(), &keys, &Policy::default());
    let check = check.map_err(|refusal| match refusal {
        // No key of this kind is pinned at all.
        Refusal::SignatureInvalid { .. } => "signature-invalid",
        other => other.code(),
    })?;
    let answers = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
    check.finish(answers).map_err(|refusal| refusal.code())
}

#[test]
fn what_cannot_be_signed_is_said() {
    let rsa = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);
    let code = |result: Result<ToSign, Refusal>| result.map(drop).map_err(|refusal| refusal.code());
    assert_eq!(
        code(metadata().to_sign(SignatureAlgorithm::RsaPkcs1(Digest::Sha1))),
        Err("signature-algorithm")
    );
    assert_eq!(code(SpMetadata { id: None, ..metadata() }.to_sign(rsa)), Err("message-malformed"));
    for id in ["", "1", "a b", "\" x=\""] {
        let request = AuthnRequest::new(id, Timestamp::from_millis(0), "https://a", "b", "https://c");
        assert_eq!(code(request.to_sign(rsa)), Err("duplicate-id"), "{id}");
    }
}
