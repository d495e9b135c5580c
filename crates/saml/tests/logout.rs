//! Messages for single logout as they come in: who may sign whom out, and what is refused with which code.

use keyward_saml::logout::{
    Expected, LOGOUT_LIFETIME, LogoutOutcome, LogoutRequest, LogoutResponse, NewLogoutRequest,
    NewLogoutResponse, Received, verify_logout_request, verify_logout_response,
};
use keyward_saml::request::Parameter;
use keyward_saml::{Check, NameId, Policy, Refusal, Timestamp, pure};
use keyward_testkit::properties::{SLO, signed_query};
use keyward_testkit::{Encryption, IDP, Key, NOW, SP, Signing, Style};

use core::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);

fn alice() -> NameId {
    NameId { value: "alice".to_owned(), format: None, name_qualifier: None, sp_name_qualifier: None }
}

/// What is given to a reader of either kind of message.
fn read<T>(
    received: Received<'_>,
    now: Timestamp,
    reader: impl FnOnce(Received<'_>, &Expected<'_>) -> Result<Check<T>, Refusal>,
) -> Result<T, &'static str> {
    let keys = [Key::Idp.certificate().public_key().clone()];
    let policy = Policy::default();
    let expected = Expected {
        idp: IDP,
        keys: &keys,
        destination: SLO,
        sp: SP,
        decryption_keys: 1,
        now,
        policy: &policy,
    };
    let check = reader(received, &expected).map_err(|refusal| refusal.code())?;
    let answers = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
    check.finish(answers).map_err(|refusal| refusal.code())
}

/// A request, opened with our key.
fn opened(received: Received<'_>, now: Timestamp) -> Result<LogoutRequest, &'static str> {
    let signed = read(received, now, verify_logout_request)?;
    let keys = [Key::Sp.decryption_key()];
    let answer = |job| pure::answer(job, &keys, &mut |bytes| bytes.fill(7));
    let answers = signed.jobs().iter().map(answer).collect();
    signed.open(answers).map_err(|refusal| refusal.code())
}

fn request() -> String {
    request_about(&alice(), Some("_session"))
}

fn request_about(name_id: &NameId, session_index: Option<&str>) -> String {
    let request = NewLogoutRequest {
        id: "_logout",
        issue_instant: NOW,
        destination: SLO,
        issuer: IDP,
        not_on_or_after: None,
        name_id,
        session_index,
    };
    request.to_xml()
}

fn response(outcome: LogoutOutcome) -> String {
    let response = NewLogoutResponse {
        id: "_answer",
        issue_instant: NOW,
        destination: SLO,
        issuer: IDP,
        in_response_to: "_ours",
        outcome,
    };
    response.to_xml()
}

/// The message as it comes by each binding, signed by a key.
fn by_each_binding(xml: &str, parameter: Parameter, key: Key) -> [(String, bool); 2] {
    let id = if parameter == Parameter::SamlRequest { "_logout" } else { "_answer" };
    let posted = Signing::default().sign(xml, id, key, &Style::default());
    [(signed_query(parameter, xml, None, key), true), (posted, false)]
}

fn received((message, is_redirect): &(String, bool)) -> Received<'_> {
    if *is_redirect { Received::Redirect(message) } else { Received::Post(message.as_bytes()) }
}

/// What comes of a request, by either binding: the same.
fn of_request(xml: &str, key: Key, now: Timestamp) -> Result<LogoutRequest, &'static str> {
    let [redirect, post] =
        by_each_binding(xml, Parameter::SamlRequest, key).map(|message| opened(received(&message), now));
    assert_eq!(redirect, post, "the bindings differ over {xml}");
    redirect
}

fn of_response(xml: &str, key: Key) -> Result<LogoutResponse, &'static str> {
    let [redirect, post] = by_each_binding(xml, Parameter::SamlResponse, key)
        .map(|message| read(received(&message), NOW, verify_logout_response));
    assert_eq!(redirect, post, "the bindings differ over {xml}");
    redirect
}

#[test]
fn a_request_of_the_idp_names_person_and_session() {
    let read = of_request(&request(), Key::Idp, NOW).expect("accepted");
    assert_eq!((read.id.as_str(), &read.name_id), ("_logout", &alice()));
    assert_eq!(read.session_indexes, ["_session"]);
    assert_eq!(read.not_on_or_after, NOW.plus(LOGOUT_LIFETIME));
    let all = of_request(&request_about(&alice(), None), Key::Idp, NOW).expect("accepted");
    assert!(all.session_indexes.is_empty());
}

#[test]
fn a_request_is_refused_with_the_reason() {
    let xml = request();
    let deep = "<samlp:SessionIndex><x>_session</x></samlp:SessionIndex>";
    for (what, from, to, expected) in [
        ("another issuer", IDP, "https://evil.test", "issuer"),
        ("no issuer", &*format!("<saml:Issuer>{IDP}</saml:Issuer>"), "<saml:Issuer></saml:Issuer>", "issuer"),
        ("another destination", SLO, "https://evil.test/slo", "destination"),
        ("no destination", &*format!(" Destination=\"{SLO}\""), "", "destination"),
        ("an older version", "Version=\"2.0\"", "Version=\"1.1\"", "version"),
        ("no person", "<saml:NameID>alice</saml:NameID>", "", "name-id"),
        ("two people", "</saml:NameID>", "</saml:NameID><saml:NameID>bob</saml:NameID>", "name-id"),
        ("no time", " IssueInstant=", " x=", "message-malformed"),
        (
            "a time without a zone",
            "IssueInstant=\"2026-11-23T12:00:00Z\"",
            "IssueInstant=\"2026-11-23T12:00:00\"",
            "time",
        ),
        (
            "a session that is no text",
            "<samlp:SessionIndex>_session</samlp:SessionIndex>",
            deep,
            "message-malformed",
        ),
        ("another message", "LogoutRequest", "AuthnRequest", "message-type"),
    ] {
        assert!(xml.contains(from), "{what}: {from} is not in {xml}");
        assert_eq!(of_request(&xml.replace(from, to), Key::Idp, NOW).map(drop), Err(expected), "{what}");
    }
    assert_eq!(of_request(&xml, Key::Other, NOW).map(drop), Err("signature-invalid"));
    let other = NameId { sp_name_qualifier: Some("https://other.test".to_owned()), ..alice() };
    assert_eq!(of_request(&request_about(&other, None), Key::Idp, NOW).map(drop), Err("name-id"));
}

/// As SimpleSAMLphp sends it with `nameid.encryption`.
#[test]
fn an_encrypted_name_is_opened_once_the_signature_holds() {
    let name = "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">alice</saml:NameID>";
    let with = |encryption: Encryption, inside: &str| {
        let encrypted = encryption.encrypt(inside).replace("EncryptedAssertion", "EncryptedID");
        request().replacen("<saml:NameID>alice</saml:NameID>", &encrypted, 1)
    };
    let cbc = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
    for encryption in [Encryption::default(), Encryption { cipher: cbc.to_owned(), ..Encryption::default() }]
    {
        let read = of_request(&with(encryption, name), Key::Idp, NOW).expect("accepted");
        assert_eq!(read.name_id, alice());
    }
    let refused = |encryption, inside: &str, key| of_request(&with(encryption, inside), key, NOW).map(drop);
    let usual = Encryption::default;
    let other = Encryption { recipient: Key::Other, ..usual() };
    assert_eq!(refused(other, name, Key::Idp), Err("decrypt"));
    assert_eq!(refused(usual(), &name.replace("NameID", "Issuer"), Key::Idp), Err("decrypt"));
    assert_eq!(refused(usual(), "alice", Key::Idp), Err("decrypt"));
    assert_eq!(refused(usual(), &name.replace("alice", ""), Key::Idp), Err("name-id"));
    assert_eq!(refused(usual(), name, Key::Other), Err("signature-invalid"));
    let both =
        with(usual(), name).replacen("</saml:Issuer>", "</saml:Issuer><saml:NameID>bob</saml:NameID>", 1);
    assert_eq!(of_request(&both, Key::Idp, NOW).map(drop), Err("name-id"));

    for message in by_each_binding(&with(usual(), name), Parameter::SamlRequest, Key::Idp) {
        let keyless = |received: Received<'_>, expected: &Expected<'_>| {
            verify_logout_request(received, &Expected { decryption_keys: 0, ..*expected })
        };
        let signed = read(received(&message), NOW, keyless).expect("signed");
        assert_eq!(signed.open(Vec::new()), Err(Refusal::NoDecryptionKey));
    }
}

#[test]
fn an_unsigned_message_signs_nobody_out() {
    let query = keyward_saml::request::redirect_query(Parameter::SamlRequest, &request(), None, None);
    assert_eq!(opened(Received::Redirect(&query), NOW).map(drop), Err("signature-missing"));
    let xml = request();
    assert_eq!(opened(Received::Post(xml.as_bytes()), NOW).map(drop), Err("signature-missing"));
    let answer = response(LogoutOutcome::Success);
    assert_eq!(
        read(Received::Post(answer.as_bytes()), NOW, verify_logout_response).map(drop),
        Err("signature-missing")
    );
}

/// The signature of a Redirect is over its query: one inside the message says nothing there, and the other way round.
#[test]
fn the_signature_of_another_binding_does_not_count() {
    let [(_, _), (posted, _)] = by_each_binding(&request(), Parameter::SamlRequest, Key::Idp);
    let query = keyward_saml::request::redirect_query(Parameter::SamlRequest, &posted, None, None);
    assert_eq!(opened(Received::Redirect(&query), NOW).map(drop), Err("signature-missing"));
}

#[test]
fn a_message_does_not_come_as_the_other_parameter() {
    let query = signed_query(Parameter::SamlResponse, &request(), None, Key::Idp);
    assert_eq!(opened(Received::Redirect(&query), NOW).map(drop), Err("message-type"));
}

#[test]
fn a_request_counts_until_its_end_and_not_a_millisecond_longer() {
    let skew = Policy::default().clock_skew;
    let until = |seconds| NOW.plus(Duration::from_secs(seconds));
    let limited =
        request().replacen(" Destination=", &format!(" NotOnOrAfter=\"{}\" Destination=", until(60)), 1);
    for (xml, end) in [(request(), NOW.plus(LOGOUT_LIFETIME)), (limited, until(60))] {
        let end = end.plus(skew);
        assert!(of_request(&xml, Key::Idp, end.minus(MILLISECOND)).is_ok());
        assert_eq!(of_request(&xml, Key::Idp, end).map(drop), Err("expired"));
        let begin = NOW.minus(skew);
        assert!(of_request(&xml, Key::Idp, begin).is_ok());
        assert_eq!(of_request(&xml, Key::Idp, begin.minus(MILLISECOND)).map(drop), Err("not-yet-valid"));
    }
}

#[test]
fn a_wrapped_request_signs_out_whom_the_idp_named_or_nobody() {
    let [_, (posted, _)] = by_each_binding(&request(), Parameter::SamlRequest, Key::Idp);
    let evil = posted.replace("_logout", "_evil").replace("alice", "bob");
    let (_, rest) = posted.split_once("<ds:Signature ").expect("a signature");
    let (signature, _) = rest.split_once("</ds:Signature>").expect("its end");
    let signature = format!("<ds:Signature {signature}</ds:Signature>");
    let unsigned = evil.replacen(&signature.replace("_logout", "_evil"), "", 1);
    assert!(!unsigned.contains("Signature"));
    let with = |content: &str| unsigned.replacen("</saml:Issuer>", &format!("</saml:Issuer>{content}"), 1);
    for (what, xml, expected) in [
        (
            "the original in Extensions",
            with(&format!("<samlp:Extensions>{posted}</samlp:Extensions>")),
            "signature-position",
        ),
        ("the signature moved out", with(&signature), "reference-not-parent"),
        // What the IdP signed at a sign-in says nothing at a sign-out.
        (
            "a signed assertion inside",
            with(&keyward_testkit::Response::default().assertion_xml()),
            "signature-position",
        ),
        (
            "the signature of an assertion",
            with(&keyward_testkit::signing::signature_of(
                &keyward_testkit::Response::default().assertion_xml(),
            )),
            "reference-not-parent",
        ),
        (
            "the original in the signature",
            with(&signature.replacen(
                "</ds:Signature>",
                &format!("<ds:Object>{}</ds:Object></ds:Signature>", request()),
                1,
            )),
            "signature-malformed",
        ),
        ("another person", posted.replace("alice", "bob"), "digest-mismatch"),
        ("a comment in the name", posted.replace("alice", "alice<!---->.evil"), "digest-mismatch"),
    ] {
        let got = opened(Received::Post(xml.as_bytes()), NOW);
        assert_eq!(got.map(|request| request.name_id.value), Err(expected), "{what}");
    }
}

#[test]
fn an_answer_says_how_much_was_done() {
    let code = |outcome| {
        let read = of_response(&response(outcome), Key::Idp).expect("accepted");
        assert_eq!(read.in_response_to, "_ours");
        read.status.map(|status| status.second.expect("a second level"))
    };
    assert_eq!(code(LogoutOutcome::Success), None);
    assert_eq!(
        code(LogoutOutcome::Partial).as_deref(),
        Some("urn:oasis:names:tc:SAML:2.0:status:PartialLogout")
    );
    assert_eq!(
        code(LogoutOutcome::Refused).as_deref(),
        Some("urn:oasis:names:tc:SAML:2.0:status:RequestDenied")
    );
}

#[test]
fn an_answer_is_refused_with_the_reason() {
    let xml = response(LogoutOutcome::Success);
    for (what, from, to, expected) in [
        ("another issuer", IDP, "https://evil.test", "issuer"),
        ("another destination", SLO, "https://evil.test/slo", "destination"),
        ("no request", " InResponseTo=\"_ours\"", "", "in-response-to"),
        ("an empty request", " InResponseTo=\"_ours\"", " InResponseTo=\"\"", "in-response-to"),
        ("another message", "LogoutResponse", "Response", "message-type"),
    ] {
        assert!(xml.contains(from), "{what}: {from} is not in {xml}");
        assert_eq!(of_response(&xml.replace(from, to), Key::Idp).map(drop), Err(expected), "{what}");
    }
    assert_eq!(of_response(&xml, Key::Other).map(drop), Err("signature-invalid"));
}
