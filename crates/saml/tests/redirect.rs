//! The Redirect binding as received: the signature is over the octets of the query as they came.

use keyward_saml::redirect::{RedirectMessage, verify_redirect};
use keyward_saml::request::{Parameter, append_signature, percent_encode};
use keyward_saml::{Policy, pure};
use keyward_testkit::properties::{logout_request, signed_query};
use keyward_testkit::{Key, signing::replaced};

fn read_with(query: &str, pinned: &[Key], policy: &Policy) -> Result<RedirectMessage, &'static str> {
    let keys: Vec<_> = pinned.iter().map(|key| key.certificate().public_key().clone()).collect();
    let check = verify_redirect(query, &keys, policy).map_err(|refusal| refusal.code())?;
    let answers = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
    check.finish(answers).map_err(|refusal| refusal.code())
}

fn read(query: &str) -> Result<RedirectMessage, &'static str> {
    read_with(query, &[Key::Idp], &Policy::default())
}

fn query(key: Key) -> String {
    signed_query(Parameter::SamlRequest, &logout_request(None), Some("a b+c/ä&d=e"), key)
}

/// As .NET writes it (AD FS): hexadecimal digits of escapes in lower case. The octets are signed in that spelling.
fn in_lower_case(query: &str) -> String {
    let mut parts = query.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| {
        let (digits, rest) = part.split_at(2);
        format!("{whole}%{}{rest}", digits.to_lowercase())
    })
}

#[test]
fn every_kind_of_key_signs_a_query() {
    for key in [Key::Idp, Key::P256, Key::P384, Key::P521, Key::Ed25519] {
        let message = read_with(&query(key), &[Key::Other, key], &Policy::default()).expect("accepted");
        assert_eq!(message.xml, logout_request(None), "{key:?}");
        assert_eq!(message.relay_state.as_deref(), Some("a b+c/ä&d=e"));
        assert_eq!(message.parameter, Parameter::SamlRequest);
    }
}

#[test]
fn escapes_in_lower_case_are_verified_as_they_came() {
    let query = query(Key::Idp);
    let (octets, _) = query.split_once("&Signature=").expect("a signature");
    let mut lower = in_lower_case(octets);
    assert_ne!(lower, octets);
    let signature = Key::Idp.sign(Key::Idp.usual_algorithm(), lower.as_bytes());
    append_signature(&mut lower, &signature);
    assert!(read(&lower).is_ok());
    assert!(read(&in_lower_case(&lower)).is_ok());
    // The same words in another spelling were not signed.
    assert_eq!(read(&in_lower_case(&query)).map(drop), Err("signature-invalid"));
}

#[test]
fn other_parameters_and_another_order_change_nothing() {
    let query = query(Key::Idp);
    let mut parts: Vec<&str> = query.split('&').collect();
    parts.reverse();
    assert!(read(&parts.join("&")).is_ok());
    assert!(read(&format!("tenant=1&{query}&x=%zz").replace("%zz", "y")).is_ok());
}

#[test]
fn nothing_that_is_signed_can_be_changed() {
    let query = query(Key::Idp);
    let other = signed_query(Parameter::SamlRequest, &logout_request(Some("_x")), None, Key::Idp);
    let parameter = |query: &str, name: &str| {
        query.split('&').find(|part| part.starts_with(name)).expect("the parameter").to_owned()
    };
    let mut sha512 = String::new();
    percent_encode(&mut sha512, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512");
    let mut sha256 = String::new();
    percent_encode(&mut sha256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
    for (what, changed, expected) in [
        ("RelayState", replaced(&query, "RelayState=a", "RelayState=b"), "signature-invalid"),
        (
            "no RelayState",
            replaced(&query, &format!("&{}", parameter(&query, "RelayState")), ""),
            "signature-invalid",
        ),
        (
            "the message",
            replaced(&query, &parameter(&query, "SAMLRequest"), &parameter(&other, "SAMLRequest")),
            "signature-invalid",
        ),
        ("the parameter", replaced(&query, "SAMLRequest=", "SAMLResponse="), "signature-invalid"),
        ("another algorithm", replaced(&query, &sha256, &sha512), "signature-invalid"),
        ("a public key as a secret", replaced(&query, "rsa-sha256", "hmac-sha256"), "signature-algorithm"),
        ("MD5", replaced(&query, "rsa-sha256", "rsa-md5"), "signature-algorithm"),
        ("no algorithm", replaced(&query, &sha256, ""), "signature-algorithm"),
        ("an ECDSA signature by RSA", replaced(&query, "rsa-sha256", "ecdsa-sha256"), "signature-invalid"),
        ("no signature", replaced(&query, "&Signature=", "&signature="), "signature-missing"),
        (
            "an empty signature",
            format!("{}&Signature=", query.split("&Signature").next().unwrap_or("")),
            "signature-invalid",
        ),
        ("a signature that is none", replaced(&query, "&Signature=", "&Signature=*"), "signature-malformed"),
        ("another encoding", format!("{query}&SAMLEncoding=urn%3Anone"), "message-malformed"),
        ("half an escape", format!("{query}&x%"), "message-malformed"),
        ("a request and a response", format!("{query}&SAMLResponse=x"), "message-malformed"),
    ] {
        assert_eq!(read(&changed).map(drop), Err(expected), "{what}");
    }
    assert_eq!(read_with(&query, &[Key::Other], &Policy::default()).map(drop), Err("signature-invalid"));
    assert_eq!(read_with(&query, &[], &Policy::default()).map(drop), Err("signature-invalid"));
}

#[test]
fn old_keys_and_algorithms_need_the_connection_to_opt_in() {
    let weak = signed_query(Parameter::SamlRequest, &logout_request(None), None, Key::Idp);
    let (octets, _) = weak.split_once("&Signature=").expect("a signature");
    let mut sha1 = octets.replace("2001%2F04%2Fxmldsig-more%23rsa-sha256", "2000%2F09%2Fxmldsig%23rsa-sha1");
    let algorithm = keyward_saml::crypto::algorithm::SignatureAlgorithm::RsaPkcs1(
        keyward_saml::crypto::algorithm::Digest::Sha1,
    );
    let signature = Key::Idp.sign(algorithm, sha1.as_bytes());
    append_signature(&mut sha1, &signature);
    assert_eq!(read(&sha1).map(drop), Err("signature-algorithm"));
    let opted = Policy { allow_sha1: true, ..Policy::default() };
    assert!(read_with(&sha1, &[Key::Idp], &opted).expect("accepted").legacy_algorithm);
}
