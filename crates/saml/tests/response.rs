//! Responses, one thing wrong at a time: each is refused for that, by its code.

use std::time::Duration;

use keyward_saml::{
    Encoding, IdpTrust, Policy, Refusal, Request, ResponseInput, Timestamp, VerifiedAssertion, base64, pure,
};
use keyward_testkit::{ACS, IDP, Key, NOW, REQUEST, Response, SP, Signed, Signing, service_provider, trust};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

struct Ask<'a> {
    now: Timestamp,
    request: Request<'a>,
    policy: Policy,
    idp: IdpTrust,
}

impl Default for Ask<'_> {
    fn default() -> Self {
        Ask { now: NOW, request: Request::Answers(REQUEST), policy: Policy::default(), idp: trust() }
    }
}

impl Ask<'_> {
    fn verify(&self, xml: &str) -> Result<VerifiedAssertion, Refusal> {
        let input = ResponseInput {
            response: xml.as_bytes(),
            encoding: Encoding::Xml,
            now: self.now,
            idp: &self.idp,
            sp: &service_provider(),
            request: self.request,
            policy: &self.policy,
        };
        pure::verify_response(&input)?.answering(self.request)
    }

    fn code(&self, xml: &str) -> &'static str {
        self.verify(xml).map_or_else(|refusal| refusal.code(), |_| "accepted")
    }
}

fn code(response: &Response) -> &'static str {
    Ask::default().code(&response.xml())
}

/// Changes the message after it was made; the change has to happen.
fn changed(response: &Response, from: &str, to: &str) -> String {
    let xml = response.xml();
    assert!(xml.contains(from), "{from} is not in the message");
    xml.replacen(from, to, 1)
}

#[test]
fn an_honest_response_is_accepted_by_every_canonicalization() {
    for uri in [
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    ] {
        for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
            let signing = Signing { canonicalization: uri.to_owned(), ..Signing::default() };
            let response = Response { signing, ..Response::signed(signed) };
            assert_eq!(code(&response), "accepted", "{uri} {signed:?}");
        }
    }
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
        let response = Response::signed(signed);
        for (from, to) in
            [(">alice<", ">mallory<"), ("alice@acme.test", "root@acme.test"), ("_session", "_other")]
        {
            assert_eq!(
                Ask::default().code(&changed(&response, from, to)),
                "digest-mismatch",
                "{signed:?} {from}"
            );
        }
    }
}

#[test]
fn signatures_count_only_where_they_stand_and_only_by_pinned_keys() {
    assert_eq!(code(&Response::signed(Signed::Nothing)), "signature-missing");
    assert_eq!(code(&Response { key: Key::Other, ..Response::default() }), "signature-invalid");
    let der = base64::encode(Key::Other.certificate().der());
    let key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let attacker = Response {
        key: Key::Other,
        signing: Signing { key_info, ..Signing::default() },
        ..Response::default()
    };
    assert_eq!(code(&attacker), "signature-invalid", "the attacker's own certificate is a hint at most");
    let both = IdpTrust { certificates: vec![Key::Other.certificate(), Key::Idp.certificate()], ..trust() };
    let rolled = Ask { idp: both, ..Ask::default() };
    assert_eq!(rolled.code(&Response::default().xml()), "accepted", "every pinned certificate is tried");
    let nobody = Ask { idp: IdpTrust { certificates: Vec::new(), ..trust() }, ..Ask::default() };
    assert_eq!(nobody.code(&Response::default().xml()), "signature-invalid");
    // One that is present and wrong is a refusal, even where the other is right.
    let xml = Response::signed(Signed::Both).xml();
    let at = xml.rfind("<ds:SignatureValue>").expect("two signatures");
    let (before, after) = xml.split_at(at + "<ds:SignatureValue>".len());
    let forged = format!("{before}{}{}", "AAAA", after.get(4..).expect("a value"));
    assert_ne!(Ask::default().code(&forged), "accepted");
}

#[test]
fn algorithms_are_those_of_the_list() {
    let with = |signing| code(&Response { signing, ..Response::default() });
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "",
        "RSA",
    ] {
        assert_eq!(
            with(Signing { signature_method: Some(uri.to_owned()), ..Signing::default() }),
            "signature-algorithm",
            "{uri}"
        );
    }
    let old = |digest_method: &str| Signing {
        signature_method: Some("http://www.w3.org/2000/09/xmldsig#rsa-sha1".to_owned()),
        digest_method: digest_method.to_owned(),
        ..Signing::default()
    };
    // Where both are old, the signature's is told: an admin who changes that changes both.
    assert_eq!(with(old("http://www.w3.org/2000/09/xmldsig#sha1")), "signature-algorithm");
    // Right key, other algorithm: nobody guesses.
    assert_eq!(
        with(Signing {
            signature_method: Some("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512".to_owned()),
            signed_by: Some(RSA_SHA256.to_owned()),
            ..Signing::default()
        }),
        "signature-invalid"
    );
    assert_eq!(
        with(Signing {
            signature_method: Some("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256".to_owned()),
            ..Signing::default()
        }),
        "signature-invalid"
    );
    for uri in ["http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5", ""] {
        assert_eq!(
            with(Signing { digest_method: uri.to_owned(), ..Signing::default() }),
            "digest-algorithm",
            "{uri}"
        );
    }
    assert_eq!(
        with(Signing {
            digest_method: "http://www.w3.org/2001/04/xmlenc#sha512".to_owned(),
            digested_by: Some("http://www.w3.org/2001/04/xmlenc#sha256".to_owned()),
            ..Signing::default()
        }),
        "digest-mismatch"
    );
}

#[test]
fn transforms_are_the_envelope_and_a_canonicalization() {
    for uri in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    ] {
        let more_transforms = format!("<ds:Transform Algorithm=\"{uri}\"/>");
        let signing = Signing { more_transforms, ..Signing::default() };
        assert_eq!(code(&Response { signing, ..Response::default() }), "transform", "{uri}");
    }
}

#[test]
fn the_reference_names_the_parent() {
    for uri in [
        "",
        "#",
        "#_response",
        "#xpointer(/)",
        "#xpointer(id('_assertion'))",
        "http://evil.test/",
        "_assertion",
    ] {
        let signing = Signing { reference: Some(uri.to_owned()), ..Signing::default() };
        assert_eq!(code(&Response { signing, ..Response::default() }), "reference-not-parent", "{uri}");
    }
    // Empty means the whole document, so it names the parent where that is the root.
    let whole = Signing { reference: Some(String::new()), ..Signing::default() };
    assert_eq!(code(&Response { signing: whole, ..Response::signed(Signed::Response) }), "accepted");
    let reference = "</ds:Reference></ds:SignedInfo>";
    let two = changed(
        &Response::default(),
        reference,
        "</ds:Reference><ds:Reference URI=\"#_response\"/></ds:SignedInfo>",
    );
    assert_eq!(Ask::default().code(&two), "reference-count");
}

#[test]
fn the_signature_has_one_shape() {
    let with = |from, to| Ask::default().code(&changed(&Response::default(), from, to));
    assert_eq!(with("<ds:SignedInfo>", "<ds:SignedInfo><!-- x -->"), "signature-malformed", "a comment");
    assert_eq!(
        with("<ds:DigestValue>", "<ds:DigestValue><!-- x -->"),
        "signature-malformed",
        "a comment in the digest"
    );
    let digest = "<ds:DigestValue>";
    assert_eq!(with(digest, "<ds:DigestValue><?x y?>"), "xml-processing-instruction");
    assert_eq!(with(digest, "<ds:DigestValue><![CDATA[AAAA]]>"), "digest-mismatch", "its text counts");
    assert_eq!(
        with(digest, "<ds:DigestValue>\n <![CDATA[ ]]>"),
        "signature-invalid",
        "its white space is signed"
    );
    assert_eq!(with("<ds:SignatureValue>", "<ds:SignatureValue>!"), "signature-malformed", "not base64");
    assert_eq!(
        with("<ds:SignedInfo>", "<ds:SignedInfo></ds:SignedInfo><ds:SignedInfo>"),
        "signature-malformed",
        "two SignedInfo"
    );
    assert_eq!(with("</ds:Signature>", "<ds:Object/></ds:Signature>"), "signature-malformed", "an Object");
    let twice = Response { key: Key::Other, signed: Signed::Nothing, ..Response::default() };
    let twice = twice.sign(&Response::default().xml(), "_assertion");
    assert_eq!(Ask::default().code(&twice), "signature-position", "two signatures of one assertion");
    assert_eq!(
        with(
            "<samlp:Status>",
            "<samlp:Extensions><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></samlp:Extensions><samlp:Status>"
        ),
        "signature-position"
    );
}

#[test]
fn the_message_is_for_us_from_them_about_our_request() {
    let d = Response::default;
    assert_eq!(
        code(&Response { issuer: "https://idp.example.test/Metadata".into(), ..d() }),
        "issuer",
        "case counts"
    );
    assert_eq!(code(&Response { audience: "https://other.test".into(), ..d() }), "audience");
    assert_eq!(code(&Response { recipient: "https://other.test/acs".into(), ..d() }), "recipient");
    assert_eq!(code(&Response { recipient: format!("{ACS}/"), ..d() }), "recipient");
    assert_eq!(code(&Response { destination: Some("https://other.test/acs".into()), ..d() }), "destination");
    assert_eq!(code(&Response { destination: Some(String::new()), ..d() }), "destination");
    assert_eq!(code(&Response { destination: None, ..d() }), "accepted");
    // White space around a URI is not part of it.
    assert_eq!(code(&Response { destination: Some(format!("\n  {ACS} ")), ..d() }), "accepted");
    assert_eq!(code(&Response { destination: Some(" ".into()), ..d() }), "destination");
    assert_eq!(code(&Response { recipient: format!(" {ACS}\t"), ..d() }), "accepted");
    assert_eq!(code(&Response { recipient: format!("{ACS} x"), ..d() }), "recipient");
    assert_eq!(code(&Response { in_response_to: Some("_other".into()), ..d() }), "in-response-to");
    assert_eq!(code(&Response { in_response_to: None, ..d() }), "in-response-to");
    // A look-alike in another namespace is not the attribute.
    let evil = changed(
        &Response { destination: None, ..d() },
        " ID=\"_response\"",
        " xmlns:e=\"urn:e\" e:Destination=\"x\" ID=\"_response\"",
    );
    assert_eq!(Ask::default().code(&evil), "accepted");
}

/// Makes one thing right.
type Mend = fn(&mut Response);

/// A response that is wrong in many ways is told the first of them, in the order of the profile's list.
#[test]
fn the_first_of_several_reasons_is_told() {
    let wrong = |value: &str| format!("https://wrong.test/{value}");
    let mut response = Response {
        status: vec!["urn:oasis:names:tc:SAML:2.0:status:Responder".into()],
        issuer: wrong("idp"),
        destination: Some(wrong("destination")),
        in_response_to: Some("_wrong".into()),
        recipient: wrong("recipient"),
        confirmed_for: Some(0),
        audience: wrong("audience"),
        more_conditions: "<saml:Condition/>".into(),
        sp_name_qualifier: Some(wrong("sp")),
        before_signing: vec![
            (" Version=\"2.0\" IssueInstant".into(), " Version=\"1.1\" IssueInstant".into()),
            (
                "<saml:AuthnStatement ".into(),
                "<saml:AuthnStatement SessionNotOnOrAfter=\"2020-01-01T00:00:00Z\" ".into(),
            ),
        ],
        ..Response::default()
    };
    let in_order: [(&str, Mend); 11] = [
        ("version", |it| drop(it.before_signing.remove(0))),
        ("status", |it| it.status = Response::default().status),
        ("issuer", |it| it.issuer = Response::default().issuer),
        ("destination", |it| it.destination = None),
        ("in-response-to", |it| it.in_response_to = Response::default().in_response_to),
        ("recipient", |it| it.recipient = Response::default().recipient),
        ("expired", |it| it.confirmed_for = None),
        ("audience", |it| it.audience = Response::default().audience),
        ("condition", |it| it.more_conditions = String::new()),
        ("expired", |it| drop(it.before_signing.remove(0))),
        ("name-id", |it| it.sp_name_qualifier = None),
    ];
    let late = Ask { now: NOW.plus(Policy::default().clock_skew), ..Ask::default() };
    for (expected, mend) in in_order {
        assert_eq!(late.code(&response.xml()), expected);
        mend(&mut response);
    }
    assert_eq!(late.code(&response.xml()), "accepted");
    // An Issuer of the assertion alone comes before the Destination too.
    let of_the_assertion = Response {
        destination: Some(wrong("destination")),
        before_signing: vec![(format!("<saml:Issuer>{IDP}<"), format!("<saml:Issuer>{}<", wrong("idp")))],
        ..Response::default()
    };
    assert_eq!(code(&of_the_assertion), "issuer");
    // How many assertions there are comes after what is around them.
    let second = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_second\"/></samlp:Response>";
    let two = |response: &Response| Ask::default().code(&response.xml().replace("</samlp:Response>", second));
    assert_eq!(
        two(&Response { destination: Some(wrong("destination")), ..Response::default() }),
        "destination"
    );
    assert_eq!(
        two(&Response { in_response_to: Some("_wrong".into()), ..Response::default() }),
        "in-response-to"
    );
    assert_eq!(two(&Response::default()), "assertion-count");
    // And how the person signed in after how long the assertion may be shown.
    let context = vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:X509".to_owned()];
    let max = Some(Duration::from_millis(1));
    for (max_assertion_lifetime, expected) in [(max, "lifetime"), (None, "authn-context")] {
        let policy = Policy { max_assertion_lifetime, authn_contexts: context.clone(), ..Policy::default() };
        assert_eq!(Ask { policy, ..Ask::default() }.code(&Response::default().xml()), expected);
    }
}

#[test]
fn unsolicited_responses_need_a_connection_that_takes_them() {
    let unsolicited = Response { in_response_to: None, ..Response::default() };
    let asked = Ask { request: Request::Unsolicited, ..Ask::default() };
    assert_eq!(asked.code(&unsolicited.xml()), "unsolicited");
    let policy = Policy { allow_unsolicited: true, ..Policy::default() };
    let allowed = Ask { request: Request::Unsolicited, policy, ..Ask::default() };
    assert_eq!(allowed.code(&unsolicited.xml()), "accepted");
    for id in ["", "_nobody-asked"] {
        let claims = Response { in_response_to: Some(id.into()), ..Response::default() };
        assert_eq!(allowed.code(&claims.xml()), "in-response-to", "{id:?}");
    }
}

#[test]
fn an_empty_name_is_no_request() {
    let empty = Response { in_response_to: Some(String::new()), ..Response::default() };
    let asked = Ask { request: Request::Answers(""), ..Ask::default() };
    assert_eq!(asked.code(&empty.xml()), "in-response-to");
}

#[test]
fn a_request_that_is_looked_up_later_still_has_to_be_answered() {
    let input = |xml: &str| {
        pure::verify_response(&ResponseInput {
            response: xml.as_bytes(),
            encoding: Encoding::Xml,
            now: NOW,
            idp: &trust(),
            sp: &service_provider(),
            request: Request::Later,
            policy: &Policy::default(),
        })
    };
    let xml = Response::default().xml();
    let unanswered = || input(&xml).expect("verified");
    assert_eq!(unanswered().in_response_to(), Some(REQUEST));
    assert!(unanswered().answering(Request::Answers(REQUEST)).is_ok());
    for request in [Request::Later, Request::Unsolicited, Request::Answers("_other"), Request::Answers("")] {
        let refusal = unanswered().answering(request).expect_err("not that");
        assert_eq!(refusal.code(), "in-response-to", "{request:?}");
    }
    // The unsigned wrapper cannot claim another request than the signed assertion does.
    let wrapper = xml.replacen(&format!("InResponseTo=\"{REQUEST}\""), "InResponseTo=\"_other\"", 1);
    assert_eq!(input(&wrapper).expect_err("two requests").code(), "in-response-to");
}

#[test]
fn a_millisecond_past_is_past() {
    const MS: Duration = Duration::from_millis(1);
    let xml = Response::default().xml();
    let skew = Policy::default().clock_skew;
    let end = NOW.plus(Duration::from_secs(300)).plus(skew);
    let at = |now| Ask { now, ..Ask::default() }.code(&xml);
    assert_eq!(at(end.minus(MS)), "accepted");
    assert_eq!(at(end), "expired");
    assert_eq!(at(NOW.minus(skew)), "accepted");
    assert_eq!(at(NOW.minus(skew).minus(MS)), "not-yet-valid");
}

#[test]
fn conditions_are_understood_or_refused() {
    let with = |more: &str| code(&Response { more_conditions: more.into(), ..Response::default() });
    assert_eq!(with("<saml:OneTimeUse/>"), "accepted");
    assert_eq!(with("<saml:ProxyRestriction Count=\"0\"/>"), "accepted");
    assert_eq!(with("<saml:Condition/>"), "condition");
    assert_eq!(with("<x:Custom xmlns:x=\"urn:x\"/>"), "condition");
    assert_eq!(
        with(&format!(
            "<saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction>"
        )),
        "accepted"
    );
    assert_eq!(
        with(
            "<saml:AudienceRestriction><saml:Audience>https://other.test</saml:Audience></saml:AudienceRestriction>"
        ),
        "audience",
        "every restriction has to name us"
    );
}

#[test]
fn an_error_status_is_told_with_its_nested_code_even_beside_an_assertion() {
    let status = "urn:oasis:names:tc:SAML:2.0:status:";
    let success = format!("<samlp:StatusCode Value=\"{status}Success\"/>");
    let denied = format!(
        "<samlp:StatusCode Value=\"{status}Responder\"><samlp:StatusCode Value=\"{status}RequestDenied\"/></samlp:StatusCode>"
    );
    let xml = changed(&Response::default(), &success, &denied);
    match Ask::default().verify(&xml) {
        Err(Refusal::Status { status: told }) => {
            assert_eq!(told.top, format!("{status}Responder"));
            assert_eq!(told.second, Some(format!("{status}RequestDenied")));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cap_on_the_lifetime_is_kept() {
    let policy =
        |seconds| Policy { max_assertion_lifetime: Some(Duration::from_secs(seconds)), ..Policy::default() };
    let xml = Response::default().xml();
    assert_eq!(Ask { policy: policy(300), ..Ask::default() }.code(&xml), "accepted");
    assert_eq!(Ask { policy: policy(299), ..Ask::default() }.code(&xml), "lifetime");
}

/// Where a fresh sign-in was asked for, it is one since then, and none that is still to come. Elsewhere AuthnInstant is told and not
/// judged.
#[test]
fn a_fresh_sign_in_is_one_since_it_was_asked_for() {
    let skew = 90_000;
    for (asked, signed_in, now, expected) in [
        (Some(0), 0, 0, "accepted"),
        (Some(skew), 0, 0, "accepted"),
        (Some(skew + 1), 0, 0, "authn-stale"),
        (Some(0), skew, 0, "accepted"),
        (Some(0), skew + 1_000, 0, "not-yet-valid"),
        (Some(0), skew + 1_000, 1_000, "accepted"),
        (Some(0), skew + 1_000, 999, "not-yet-valid"),
        (Some(skew + 200_001), 200_000, 0, "authn-stale"),
        (None, 3_600_000, 0, "accepted"),
        (None, -3_600_000, 0, "accepted"),
    ] {
        let at = |millis: i64| Timestamp::from_millis(NOW.as_millis() + millis);
        let instant = |at: Timestamp| (format!("AuthnInstant=\"{NOW}\""), format!("AuthnInstant=\"{at}\""));
        let response = Response { before_signing: vec![instant(at(signed_in))], ..Response::default() };
        let policy = Policy { authn_not_before: asked.map(at), ..Policy::default() };
        let ask = Ask { policy, now: at(now), ..Ask::default() };
        assert_eq!(ask.code(&response.xml()), expected, "asked {asked:?}, signed in {signed_in}, now {now}");
    }
}
