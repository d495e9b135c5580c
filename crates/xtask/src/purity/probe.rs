//! Reaches every public entry point of the pure crates with bytes that the compiler cannot foresee.

use std::time::Duration;

use keyward_saml::{
    Certificate, Encoding, IdpTrust, Policy, Request, ResponseInput, ServiceProvider, Timestamp, base64, c14n, crypto, logout,
    metadata, pure, redirect, request, verify_xml_signature, xml,
};

fn bytes<'a>(data: *const u8, length: usize) -> &'a [u8] {
    unsafe { std::slice::from_raw_parts(data, length) }
}

/// Keeps results alive: whatever they are, they end in a number that the caller gets.
fn weigh(value: &impl std::fmt::Debug) -> usize {
    format!("{value:?}").len()
}

#[unsafe(no_mangle)]
pub extern "C" fn saml(data: *const u8, length: usize, now: i64) -> usize {
    let input = bytes(data, length);
    let text = String::from_utf8_lossy(input);
    let now = Timestamp::from_millis(now).plus(Duration::from_secs(1));
    let certificates: Vec<Certificate> = Certificate::from_pem_or_base64_legacy(&text).into_iter().collect();
    let keys: Vec<crypto::PublicKey> = certificates.iter().map(|it| it.public_key().clone()).collect();
    let private: Vec<crypto::PrivateKey> = crypto::PrivateKey::from_pkcs8_pem(&text).into_iter().collect();
    let policy = Policy { allow_sha1: true, ..Policy::default() };
    let idp = IdpTrust { entity_id: text.to_string(), certificates };
    let sp = ServiceProvider { entity_id: text.to_string(), acs_url: text.to_string(), decryption_keys: private.len() };
    let mut sum = 0;
    for encoding in [Encoding::Xml, Encoding::Base64] {
        let input =
            ResponseInput { response: input, encoding, now, idp: &idp, sp: &sp, request: Request::Later, policy: &policy };
        let verified = pure::verify_response_with(&input, &private, &mut |out| out.fill(length as u8));
        sum += weigh(&verified.and_then(|it| it.answering(Request::Answers(&text))));
    }
    if let Ok(document) = xml::Document::parse(input) {
        for uri in text.split(' ') {
            if let Some(algorithm) = c14n::Algorithm::from_uri(uri) {
                sum += weigh(&c14n::canonicalize(&document, document.root(), algorithm, &[uri], None));
            }
        }
    }
    sum += weigh(&metadata::parse_idp_metadata(input, Some(&text), Some(now)));
    sum += weigh(&metadata::verify_idp_metadata(input, None, None, &keys, &policy));
    sum += weigh(&verify_xml_signature(input, &keys, &policy));
    sum += weigh(&redirect::verify_redirect(&text, &keys, &policy));
    let expected = logout::Expected { idp: &text, keys: &keys, destination: &text, sp: &text, now, policy: &policy };
    for received in [logout::Received::Post(input), logout::Received::Redirect(&text)] {
        sum += weigh(&logout::verify_logout_request(received, &expected));
        sum += weigh(&logout::verify_logout_response(received, &expected));
    }
    let authn = request::AuthnRequest {
        id: &text,
        issue_instant: now,
        destination: &text,
        issuer: &text,
        acs_url: &text,
        force_authn: true,
        is_passive: true,
        name_id_format: Some(&text),
        authn_contexts: &[&text],
    };
    let mut query = request::redirect_query(request::Parameter::SamlRequest, &authn.to_xml(), Some(&text), Some(&text));
    request::append_signature(&mut query, input);
    sum + query.len() + weigh(&base64::decode(input)) + weigh(&Timestamp::parse(&text))
}
