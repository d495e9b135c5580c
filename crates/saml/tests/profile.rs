//! The rules of the profile that `response.rs` does not ask about, one thing wrong at a time, in signed messages.

use core::time::Duration;

use keyward_saml::{
    Encoding, Policy, Refusal, Request, ResponseInput, VerifiedAssertion, pure, verify_xml_signature,
};
use keyward_testkit::{ACS, Attribute, Key, NOW, REQUEST, Response, SP, Signing, service_provider, trust};

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

fn verify(response: &Response, policy: &Policy) -> Result<VerifiedAssertion, Refusal> {
    let xml = response.xml();
    let input = ResponseInput {
        response: xml.as_bytes(),
        encoding: Encoding::Xml,
        now: NOW,
        idp: &trust(),
        sp: &service_provider(),
        request: Request::Answers(REQUEST),
        policy,
    };
    pure::verify_response(&input)?.answering(Request::Answers(REQUEST))
}

fn code_of(response: &Response) -> &'static str {
    verify(response, &Policy::default()).map_or_else(|refusal| refusal.code(), |_| "accepted")
}

/// The code for a response that is changed before it is signed.
fn changed(from: &str, to: &str) -> &'static str {
    code_of(&Response { before_signing: vec![(from.to_owned(), to.to_owned())], ..Response::default() })
}

/// One code may have several reasons, and an admin looks where the sentence says.
#[test]
fn the_sentence_names_the_place() {
    let answers = format!(" InResponseTo=\"{REQUEST}\"");
    let both = Response::default().xml();
    assert_eq!(both.matches(&answers).count(), 2);
    let sentence = |from: &str, to: &str| {
        let response =
            Response { before_signing: vec![(from.to_owned(), to.to_owned())], ..Response::default() };
        verify(&response, &Policy::default()).expect_err("refused").to_string()
    };
    let data = "SubjectConfirmationData Recipient=";
    for (from, to, expected) in [
        (
            format!("{answers}><saml:Issuer"),
            "><saml:Issuer".to_owned(),
            "The response does not say which request",
        ),
        (
            format!("{answers}/>"),
            "/>".to_owned(),
            "The assertion's SubjectConfirmationData does not say which",
        ),
        (format!("{answers}/>"), " InResponseTo=\"_x\"/>".to_owned(), "SubjectConfirmationData answers “_x”"),
        (format!("{data}\"{ACS}\""), "SubjectConfirmationData".to_owned(), "The recipient is not named"),
        (
            "<saml:AuthnStatement ".to_owned(),
            "<saml:AuthnStatement SessionNotOnOrAfter=\"2026-11-23T11:00:00Z\" ".to_owned(),
            "The session at the IdP lasted until 2026-11-23T11:00:00Z",
        ),
    ] {
        let sentence = sentence(&from, &to);
        assert!(sentence.contains(expected), "{sentence}");
    }
    let late = Response { issued: NOW.minus(Duration::from_secs(3600)), ..Response::default() };
    let sentence = verify(&late, &Policy::default()).expect_err("refused").to_string();
    assert!(sentence.starts_with("The response was valid until"), "{sentence}");
}

#[test]
fn a_bearer_confirmation_is_there_and_whole() {
    let data = "<saml:SubjectConfirmationData ";
    assert_eq!(changed(":cm:bearer", ":cm:holder-of-key"), "subject-confirmation");
    assert_eq!(changed(":cm:bearer", ":cm:sender-vouches"), "subject-confirmation");
    assert_eq!(changed("saml:SubjectConfirmation ", "saml:SubjectConfirmation x=\"\" "), "accepted");
    assert_eq!(
        changed(data, "<saml:SubjectConfirmationData NotBefore=\"2026-11-23T11:00:00Z\" "),
        "subject-confirmation"
    );
    assert_eq!(changed(&format!("Recipient=\"{ACS}\" "), ""), "recipient");
    assert_eq!(
        changed(&format!("Recipient=\"{ACS}\" NotOnOrAfter="), &format!("Recipient=\"{ACS}\" NotAfter=")),
        "subject-confirmation"
    );
    let other = format!(
        "</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         {data}Recipient=\"https://other.test\" NotOnOrAfter=\"2026-11-23T12:05:00Z\" InResponseTo=\"{REQUEST}\"/>\
         </saml:SubjectConfirmation>"
    );
    assert_eq!(changed("</saml:NameID>", &other), "accepted", "one that holds is enough");
    let none = Response {
        before_signing: vec![
            ("<saml:Subject>".into(), "<saml:Advice>".into()),
            ("</saml:Subject>".into(), "</saml:Advice>".into()),
        ],
        ..Response::default()
    };
    assert_eq!(code_of(&none), "subject-confirmation");
}

#[test]
fn it_is_said_how_and_when_the_person_signed_in() {
    assert_eq!(changed("AuthnInstant=", "Instant="), "authn-statement");
    assert_eq!(
        changed("AuthnInstant=\"2026-11-23T12:00:00Z\"", "AuthnInstant=\"2026-11-23T12:00:00\""),
        "time"
    );
    let renamed = |from: &str, to: &str| Response {
        before_signing: vec![
            (format!("<saml:{from}>"), format!("<saml:{to}>")),
            (format!("</saml:{from}>"), format!("</saml:{to}>")),
        ],
        ..Response::default()
    };
    assert_eq!(code_of(&renamed("AuthnContext", "SubjectLocality")), "authn-statement");
    let without = Response {
        before_signing: vec![
            ("<saml:AuthnStatement ".into(), "<saml:Advice ".into()),
            ("</saml:AuthnStatement>".into(), "</saml:Advice>".into()),
        ],
        ..Response::default()
    };
    assert_eq!(code_of(&without), "authn-statement");
}

#[test]
fn the_context_that_was_asked_for_is_met_exactly() {
    let with = |contexts: &[&str]| {
        let authn_contexts = contexts.iter().map(|context| (*context).to_owned()).collect();
        let policy = Policy { authn_contexts, ..Policy::default() };
        verify(&Response::default(), &policy).map_or_else(|refusal| refusal.code(), |_| "accepted")
    };
    assert_eq!(with(&[]), "accepted");
    assert_eq!(with(&["urn:other", PASSWORD]), "accepted");
    assert_eq!(with(&["urn:other"]), "authn-context");
    assert_eq!(with(&["urn:oasis:names:tc:SAML:2.0:ac:classes:password"]), "authn-context");
}

#[test]
fn a_session_that_is_over_at_the_idp_is_not_begun_here() {
    let at = |seconds| Response { session_lifetime: Some(seconds), ..Response::default() };
    let verified = verify(&at(60), &Policy::default()).expect("accepted");
    assert_eq!(verified.session_not_on_or_after(), Some(NOW.plus(Duration::from_secs(60))));
    // Long ago, by more than the clocks may differ.
    let over = Response {
        issued: NOW.minus(Duration::from_secs(150)),
        session_lifetime: Some(60),
        ..Response::default()
    };
    assert_eq!(code_of(&over), "expired");
}

#[test]
fn a_name_is_one_and_for_us() {
    let d = Response::default;
    assert_eq!(code_of(&Response { sp_name_qualifier: Some(SP.into()), ..d() }), "accepted");
    assert_eq!(code_of(&Response { sp_name_qualifier: Some("https://other.test".into()), ..d() }), "name-id");
    assert_eq!(code_of(&Response { sp_name_qualifier: Some(String::new()), ..d() }), "accepted");
    assert_eq!(changed("</saml:NameID>", "</saml:NameID><saml:NameID>bob</saml:NameID>"), "name-id");
    assert_eq!(changed(">alice</saml:NameID>", "><saml:b>alice</saml:b></saml:NameID>"), "name-id");
    let nobody = verify(&Response { name_id: String::new(), ..d() }, &Policy::default()).expect("accepted");
    assert_eq!(nobody.name_id(), None, "an attribute may say who it is");
    let spaced = verify(&Response::about(" alice "), &Policy::default()).expect("accepted");
    assert_eq!(
        spaced.name_id().map(|id| id.value.as_str()),
        Some(" alice "),
        "white space is part of a name"
    );
}

#[test]
fn attributes_of_one_name_and_format_are_one() {
    let attribute = |name: &str, format: Option<&str>, values: &[&str]| Attribute {
        name: name.into(),
        name_format: format.map(str::to_owned),
        friendly_name: None,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let response = Response {
        attributes: Some(vec![
            attribute("groups", None, &["a", "b"]),
            attribute("groups", Some("urn:format"), &["evil"]),
            attribute("groups", None, &["c", ""]),
            attribute("Groups", None, &["d"]),
            attribute("none", None, &[]),
        ]),
        ..Response::default()
    };
    let verified = verify(&response, &Policy::default()).expect("accepted");
    let read: Vec<(&str, Option<&str>, Vec<&str>)> = verified
        .attributes()
        .iter()
        .map(|each| {
            (
                each.name.as_str(),
                each.name_format.as_deref(),
                each.values.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            ("groups", None, vec!["a", "b", "c", ""]),
            ("groups", Some("urn:format"), vec!["evil"]),
            ("Groups", None, vec!["d"]),
            ("none", None, vec![]),
        ]
    );
    assert_eq!(changed("<saml:Attribute Name=", "<saml:Attribute FriendlyName="), "message-malformed");
    assert_eq!(
        changed("<saml:AttributeStatement>", "<saml:AttributeStatement><saml:Attributes/>"),
        "message-malformed"
    );
}

#[test]
fn a_value_is_its_text_and_nil_is_no_value() {
    let value = |xml: &str| {
        let response = Response {
            before_signing: vec![(
                "<saml:AttributeValue>alice@acme.test</saml:AttributeValue>".to_owned(),
                xml.to_owned(),
            )],
            ..Response::default()
        };
        let verified = verify(&response, &Policy::default()).expect("accepted");
        verified.attributes().iter().flat_map(|each| each.values.clone()).collect::<Vec<_>>()
    };
    let typed = |attributes: &str, text: &str| {
        format!(
            "<saml:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" {attributes}>{text}</saml:AttributeValue>"
        )
    };
    assert_eq!(value(&typed("", "a<!-- b -->c")), ["ac"]);
    assert_eq!(value(&typed("", "<![CDATA[<a>]]>&amp;")), ["<a>&"]);
    assert_eq!(value(&typed("", "<x>a</x> <y>b</y>")), ["a b"]);
    assert_eq!(value(&typed("xsi:nil=\"true\"", "")), [""; 0]);
    assert_eq!(value(&typed("nil=\"true\"", "a")), ["a"]);
}

#[test]
fn a_canonicalization_that_is_none_is_said() {
    for uri in ["", "http://www.w3.org/2001/10/xml-exc-c14n", "http://www.w3.org/2010/xml-c14n2"] {
        let signing = Signing {
            canonicalization: uri.into(),
            transform: Some("http://www.w3.org/2001/10/xml-exc-c14n#".into()),
            ..Signing::default()
        };
        assert_eq!(
            code_of(&Response { signing, ..Response::default() }),
            "canonicalization-algorithm",
            "{uri}"
        );
    }
}

#[test]
fn a_document_of_any_kind_is_as_good_as_its_worst_signature() {
    let signed = |assertion_id: &str, key| {
        Response { assertion_id: assertion_id.into(), key, ..Response::default() }.assertion_xml()
    };
    let keys = [Key::Idp.certificate().public_key().clone()];
    let code = |xml: &str| {
        let check = verify_xml_signature(xml.as_bytes(), &keys, &Policy::default());
        let check = check.map_err(|refusal| refusal.code())?;
        let answers = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
        check.finish(answers).map_err(|refusal| refusal.code())
    };
    let (one, two) = (signed("_1", Key::Idp), signed("_2", Key::Idp));
    assert_eq!(code(&format!("<all>{one}{two}</all>")), Ok(vec!["_1".to_owned(), "_2".to_owned()]));
    assert_eq!(code(&format!("<all>{one}{}</all>", signed("_2", Key::Other))), Err("signature-invalid"));
    assert_eq!(code(&format!("<all>{one}{one}</all>")), Err("duplicate-id"));
    assert_eq!(code("<all/>"), Err("signature-missing"));
}
