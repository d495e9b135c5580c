//! Every message that we make, in variants, signed for both bindings: for others to judge.

use core::time::Duration;

use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::logout::{LogoutOutcome, NewLogoutRequest, NewLogoutResponse};
use keyward_saml::request::{AuthnRequest, Comparison, Parameter, Scoping, SpMetadata};
use keyward_saml::{NameId, Refusal, Timestamp, ToSign};
use serde::{Deserialize, Serialize};

use crate::properties::{SLO, signed_query_by};
use crate::{ACS, Key, SP};

/// What the messages are about.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    /// When they are made, in milliseconds since the epoch.
    pub now: i64,
    /// The IdP's single sign-on URL.
    pub sso: String,
    /// The IdP's single logout URL.
    pub slo: String,
    /// The request that a LogoutResponse answers.
    pub in_response_to: String,
}

/// A message of ours.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// `AuthnRequest`, `LogoutRequest`, `LogoutResponse` or `EntityDescriptor`.
    pub kind: &'static str,
    /// What is special about it.
    pub name: String,
    /// Whose key signs it.
    pub key: Key,
    /// Unsigned, as the Redirect binding carries it.
    pub xml: String,
    /// Signed, as the POST binding carries it and as metadata are published.
    pub post: String,
    /// The query of the Redirect binding, signed; nothing for metadata.
    pub redirect: Option<String>,
}

/// Text that would be markup if it were not escaped.
const AWKWARD: &str = "M\u{fc}ller & S\u{f6}hne <x> \"y\" 'z' ]]>";

/// All of them: every variant by our usual key, and the plainest by every algorithm that is on.
pub fn all(wanted: &Wanted) -> Vec<Made> {
    let Wanted { now, sso, slo, in_response_to } = wanted;
    let now = Timestamp::from_millis(*now);
    let later = now.plus(Duration::from_secs(3600));
    let usual = [(Key::Sp, Key::Sp.usual_algorithm())];
    let awkward = name_id(AWKWARD, Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"));
    let plain = name_id("alice", None);

    let mut all = Vec::new();
    let mut add =
        |kind, name: &str, xml: String, to_sign: &dyn Fn(SignatureAlgorithm) -> Signable, by: &[_]| {
            for (key, algorithm) in by.iter().copied() {
                all.push(made(kind, name, key, algorithm, &xml, to_sign(algorithm)));
            }
        };
    let request = AuthnRequest::new("_request", now, sso, SP, ACS);
    let everything = AuthnRequest {
        force_authn: true,
        is_passive: true,
        name_id_format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
        subject: Some(&awkward),
        authn_contexts: &[
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:X509",
        ],
        comparison: Comparison::Minimum,
        scoping: Some(Scoping { proxy_count: Some(0), idps: &["urn:idp:a&b"], requesters: &[SP] }),
        ..request
    };
    let comparisons = [Comparison::Exact, Comparison::Maximum, Comparison::Better]
        .map(|comparison| ("a comparison", AuthnRequest { comparison, scoping: None, ..everything }));
    let no_answers = AuthnRequest { scoping: Some(Scoping::default()), ..request };
    add("AuthnRequest", "plain", request.to_xml(), &|by| request.to_sign(by), &algorithms());
    for (name, request) in
        [("everything", everything), ("empty scoping", no_answers)].into_iter().chain(comparisons)
    {
        add("AuthnRequest", name, request.to_xml(), &|by| request.to_sign(by), &usual);
    }

    let logout = NewLogoutRequest {
        id: "_logout",
        issue_instant: now,
        destination: slo,
        issuer: SP,
        not_on_or_after: None,
        name_id: &plain,
        session_index: None,
    };
    let everything = NewLogoutRequest {
        not_on_or_after: Some(later),
        name_id: &awkward,
        session_index: Some(AWKWARD),
        ..logout
    };
    add("LogoutRequest", "plain", logout.to_xml(), &|by| logout.to_sign(by), &algorithms());
    add("LogoutRequest", "everything", everything.to_xml(), &|by| everything.to_sign(by), &usual);

    for (name, outcome) in [
        ("success", LogoutOutcome::Success),
        ("partial", LogoutOutcome::Partial),
        ("refused", LogoutOutcome::Refused),
    ] {
        let answer = NewLogoutResponse {
            id: "_answer",
            issue_instant: now,
            destination: slo,
            issuer: SP,
            in_response_to,
            outcome,
        };
        add("LogoutResponse", name, answer.to_xml(), &|by| answer.to_sign(by), &algorithms());
    }

    let (ours, next) = (Key::Sp.certificate(), Key::P256.certificate());
    let metadata = SpMetadata {
        entity_id: SP,
        acs_url: ACS,
        signing_certificates: &[ours.der()],
        id: Some("_metadata"),
        ..SpMetadata::default()
    };
    let everything = SpMetadata {
        single_logout_url: Some(SLO),
        signing_certificates: &[ours.der(), next.der()],
        encryption_certificate: Some(ours.der()),
        name_id_formats: &[
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ],
        valid_until: Some(later),
        ..metadata
    };
    let unsigned = SpMetadata { signing_certificates: &[], ..metadata };
    add("EntityDescriptor", "plain", metadata.to_xml(), &|by| metadata.to_sign(by), &algorithms());
    add("EntityDescriptor", "everything", everything.to_xml(), &|by| everything.to_sign(by), &usual);
    add("EntityDescriptor", "requests unsigned", unsigned.to_xml(), &|by| unsigned.to_sign(by), &usual);
    all
}

type Signable = Result<ToSign, Refusal>;

/// Every algorithm that other implementations may know, with a key for it.
fn algorithms() -> Vec<(Key, SignatureAlgorithm)> {
    let digests = [Digest::Sha256, Digest::Sha384, Digest::Sha512];
    let rsa = digests.map(|digest| (Key::Sp, SignatureAlgorithm::RsaPkcs1(digest)));
    let curves = [Key::P256, Key::P384, Key::P521].map(|key| (key, key.usual_algorithm()));
    let pss = digests.map(|digest| (Key::Sp, SignatureAlgorithm::RsaPss(digest)));
    [rsa, curves, pss].concat()
}

fn name_id(value: &str, format: Option<&str>) -> NameId {
    NameId {
        value: value.to_owned(),
        format: format.map(str::to_owned),
        name_qualifier: format.map(|_| "https://idp.example.test/a?b=c&d".to_owned()),
        sp_name_qualifier: format.map(|_| SP.to_owned()),
    }
}

fn made(
    kind: &'static str,
    name: &str,
    key: Key,
    algorithm: SignatureAlgorithm,
    xml: &str,
    to_sign: Signable,
) -> Made {
    let to_sign = to_sign.expect("a message that can be signed");
    let signature = key.sign(algorithm, &to_sign.octets());
    let parameter = match kind {
        "AuthnRequest" | "LogoutRequest" => Some(Parameter::SamlRequest),
        "LogoutResponse" => Some(Parameter::SamlResponse),
        _ => None,
    };
    let uri = algorithm.uri().expect("an algorithm with a URI");
    Made {
        kind,
        name: format!("{name}, {}", uri.rsplit_once('#').map_or(uri, |(_, name)| name)),
        key,
        xml: xml.to_owned(),
        post: to_sign.finish(&signature, Some(&key.certificate())),
        redirect: parameter
            .map(|parameter| signed_query_by(parameter, xml, Some("/vault?a=b&c=ü+e"), key, algorithm)),
    }
}
