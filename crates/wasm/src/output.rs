//! What JavaScript gets, in the shapes that the package's types document.

use keyward_saml::{
    Certificate, SignedPart, Timestamp, VerifiedAssertion, base64, logout, metadata, redirect, request,
};
use serde::Serialize;

pub(crate) fn json(value: &impl Serialize) -> String {
    // Strings, numbers and lists cannot fail to become JSON.
    serde_json::to_string(value).unwrap_or_default()
}

/// The years 1 to 9999 in milliseconds are far below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "exact: |millis| < 2^48")]
pub(crate) fn millis(time: Timestamp) -> f64 {
    time.as_millis() as f64
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NameId<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_qualifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sp_name_qualifier: Option<&'a str>,
}

impl<'a> From<&'a keyward_saml::NameId> for NameId<'a> {
    fn from(name_id: &'a keyward_saml::NameId) -> NameId<'a> {
        NameId {
            value: &name_id.value,
            format: name_id.format.as_deref(),
            name_qualifier: name_id.name_qualifier.as_deref(),
            sp_name_qualifier: name_id.sp_name_qualifier.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attribute<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    friendly_name: Option<&'a str>,
    values: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified<'a> {
    name_id: Option<NameId<'a>>,
    attributes: Vec<Attribute<'a>>,
    issuer: &'a str,
    assertion_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_index: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_not_on_or_after: Option<f64>,
    authn_instant: f64,
    not_on_or_after: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    authn_context: Option<&'a str>,
    signed: Vec<&'static str>,
    encrypted: bool,
    warnings: Vec<&'static str>,
}

pub(crate) fn verified(assertion: &VerifiedAssertion, mut warnings: Vec<&'static str>) -> String {
    if assertion.legacy_algorithm() {
        warnings.push("sha1: the signature rests on SHA-1, which this connection opted in to");
    }
    if assertion.name_id().is_none() {
        warnings.push("name-id: there is no NameID; identify the person by a stable attribute");
    }
    if assertion.has_closed_values() {
        warnings.push("encrypted-value: an attribute has an encrypted value that none of our keys opens; it is left out");
    }
    json(&Verified {
        name_id: assertion.name_id().map(NameId::from),
        attributes: assertion
            .attributes()
            .iter()
            .map(|attribute| Attribute {
                name: &attribute.name,
                name_format: attribute.name_format.as_deref(),
                friendly_name: attribute.friendly_name.as_deref(),
                values: &attribute.values,
            })
            .collect(),
        issuer: assertion.issuer(),
        assertion_id: assertion.id(),
        session_index: assertion.session_index(),
        session_not_on_or_after: assertion.session_not_on_or_after().map(millis),
        authn_instant: millis(assertion.authn_instant()),
        not_on_or_after: millis(assertion.not_on_or_after()),
        authn_context: assertion.authn_context(),
        signed: assertion
            .signed()
            .iter()
            .map(|part| match part {
                SignedPart::Response => "response",
                SignedPart::Assertion => "assertion",
            })
            .collect(),
        encrypted: assertion.encrypted(),
        warnings,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint<'a> {
    binding: &'a str,
    location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_location: Option<&'a str>,
}

impl<'a> From<&'a metadata::Endpoint> for Endpoint<'a> {
    fn from(endpoint: &'a metadata::Endpoint) -> Endpoint<'a> {
        Endpoint {
            binding: &endpoint.binding,
            location: &endpoint.location,
            response_location: endpoint.response_location.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdpMetadata<'a> {
    entity_id: &'a str,
    single_sign_on: Vec<Endpoint<'a>>,
    single_logout: Vec<Endpoint<'a>>,
    /// base64 DER.
    certificates: Vec<String>,
    unusable_certificates: usize,
    name_id_formats: &'a [String],
    want_authn_requests_signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_duration_seconds: Option<u64>,
}

impl<'a> From<&'a metadata::IdpMetadata> for IdpMetadata<'a> {
    fn from(idp: &'a metadata::IdpMetadata) -> IdpMetadata<'a> {
        IdpMetadata {
            entity_id: &idp.entity_id,
            single_sign_on: idp.single_sign_on.iter().map(Endpoint::from).collect(),
            single_logout: idp.single_logout.iter().map(Endpoint::from).collect(),
            certificates: idp
                .signing_certificates
                .iter()
                .map(|certificate| base64::encode(certificate.der()))
                .collect(),
            unusable_certificates: idp.unusable_certificates,
            name_id_formats: &idp.name_id_formats,
            want_authn_requests_signed: idp.want_authn_requests_signed,
            valid_until: idp.valid_until.map(millis),
            cache_duration_seconds: idp.cache_duration.map(|duration| duration.as_secs()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateView<'a> {
    subject: &'a str,
    key: String,
    not_before: f64,
    not_after: f64,
    sha256_fingerprint: String,
}

impl<'a> From<&'a Certificate> for CertificateView<'a> {
    fn from(certificate: &'a Certificate) -> CertificateView<'a> {
        CertificateView {
            subject: certificate.subject(),
            key: certificate.public_key().describe(),
            not_before: millis(certificate.not_before()),
            not_after: millis(certificate.not_after()),
            sha256_fingerprint: keyward_saml::crypto::certificate::fingerprint_text(
                &certificate.sha256_fingerprint(),
            ),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signed<'a> {
    signed_element_ids: &'a [String],
}

pub(crate) fn signed(ids: &[String]) -> String {
    json(&Signed { signed_element_ids: ids })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Redirect<'a> {
    parameter: &'static str,
    xml: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_state: Option<&'a str>,
}

pub(crate) fn redirect(message: &redirect::RedirectMessage) -> String {
    json(&Redirect {
        parameter: match message.parameter {
            request::Parameter::SamlRequest => "SAMLRequest",
            request::Parameter::SamlResponse => "SAMLResponse",
        },
        xml: &message.xml,
        relay_state: message.relay_state.as_deref(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogoutRequest<'a> {
    id: &'a str,
    name_id: NameId<'a>,
    session_indexes: &'a [String],
    not_on_or_after: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_state: Option<&'a str>,
}

pub(crate) fn logout_request(request: &logout::LogoutRequest) -> String {
    json(&LogoutRequest {
        id: &request.id,
        name_id: NameId::from(&request.name_id),
        session_indexes: &request.session_indexes,
        not_on_or_after: millis(request.not_on_or_after),
        relay_state: request.relay_state.as_deref(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogoutResponse<'a> {
    in_response_to: &'a str,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_state: Option<&'a str>,
}

pub(crate) fn logout_response(response: &logout::LogoutResponse) -> String {
    let status = response.status.as_ref();
    json(&LogoutResponse {
        in_response_to: &response.in_response_to,
        success: status.is_none(),
        status: status.map(|status| status.second.as_deref().unwrap_or(&status.top)),
        relay_state: response.relay_state.as_deref(),
    })
}
