//! Signature wrapping: whoever the message says it is about, only the signed name may come out.

use keyward_saml::{Encoding, Policy, Refusal, Request, ResponseInput, VerifiedAssertion, pure};
use keyward_testkit::{NOW, REQUEST, Response, Signed, naive, service_provider, trust, wrapping};

fn verify(xml: &str) -> Result<VerifiedAssertion, Refusal> {
    let input = ResponseInput {
        response: xml.as_bytes(),
        encoding: Encoding::Xml,
        now: NOW,
        idp: &trust(),
        sp: &service_provider(),
        request: Request::Answers(REQUEST),
        policy: &Policy::default(),
    };
    pure::verify_response(&input)?.answering(Request::Answers(REQUEST))
}

#[test]
fn the_honest_message_of_each_style_is_accepted() {
    for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
        let verified = verify(&Response::signed(signed).xml()).expect("accepted");
        assert_eq!(verified.name_id().map(|name_id| name_id.value.as_str()), Some("alice"), "{signed:?}");
    }
}

/// What each variant is refused for; variant 7 hides the evil assertion where nobody looks, and the signed one is taken.
fn expected(name: &str) -> &'static str {
    if name.contains("same ID") {
        return "duplicate-id";
    }
    match name.split(',').next() {
        // The assertion's own signature is moved along, to where none may be.
        Some("XSW1" | "XSW2") if name.contains("Both") => "signature-position",
        Some("XSW1" | "XSW8") => "signature-malformed",
        Some("XSW2") => "reference-not-parent",
        Some("XSW3" | "XSW5") => "assertion-count",
        Some("XSW4") => "signature-position",
        Some("XSW6") => "signature-malformed",
        _ => "accepted as alice",
    }
}

#[test]
fn every_variant_fools_the_naive_verifier_and_is_refused_by_its_code() {
    let all = wrapping::all();
    assert_eq!(all.len(), 32);
    for wrapped in &all {
        assert!(naive::is_fooled(&wrapped.xml, "alice"), "{} is no attack", wrapped.name);
        let got = match verify(&wrapped.xml) {
            Ok(verified) => format!("accepted as {}", verified.name_id().expect("a NameID").value),
            Err(refusal) => refusal.code().to_owned(),
        };
        assert_eq!(got, expected(&wrapped.name), "{}", wrapped.name);
    }
}
