//! Metadata of identity providers (Metadata §2): what an admin loads to pin an IdP.

use core::time::Duration;

use crate::check::Check;
use crate::crypto::PublicKey;
use crate::crypto::certificate::Certificate;
use crate::engine::Policy;
use crate::limits;
use crate::profile::{self, SAMLP};
use crate::refusal::Refusal;
use crate::signature;
use crate::time::Timestamp;
use crate::xml::{self, DS, Document, NodeId};

const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// An element of metadata has few children, but a federation's aggregate has thousands of entities.
const NODES: usize = 512 * 1024;

/// An endpoint: where to send what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The binding, a URI.
    pub binding: String,
    /// Where: https, or http on this machine.
    pub location: String,
    /// Where answers go, if elsewhere.
    pub response_location: Option<String>,
}

/// What one IDPSSODescriptor says.
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    /// The IdP's entity ID.
    pub entity_id: String,
    /// SingleSignOnService endpoints, in document order.
    pub single_sign_on: Vec<Endpoint>,
    /// SingleLogoutService endpoints; none means that the IdP offers no single logout.
    pub single_logout: Vec<Endpoint>,
    /// Certificates to sign with, doubles left out.
    pub signing_certificates: Vec<Certificate>,
    /// Certificates that could not be used: how many.
    pub unusable_certificates: usize,
    /// NameID formats that the IdP says it can give.
    pub name_id_formats: Vec<String>,
    /// The IdP wants requests to be signed.
    pub want_authn_requests_signed: bool,
    /// The earliest validUntil of the descriptor and all that contains it.
    pub valid_until: Option<Timestamp>,
    /// The shortest cacheDuration likewise.
    pub cache_duration: Option<Duration>,
}

/// Reads every IdP of an EntityDescriptor or EntitiesDescriptor, or only the one named. Service providers and
/// WS-Federation roles are passed over, and so is, in an EntitiesDescriptor where none is named, an IdP that cannot be used
/// (the errors below), as long as there is another that can.
///
/// # Errors
/// [`Refusal::MetadataExpired`] where `now` is given and past validUntil; [`Refusal::MetadataWithoutIdp`] where nothing is
/// left; [`Refusal::MetadataEndpoint`] for an endpoint that is not https; [`Refusal::Certificate`] where an IdP has only
/// certificates that cannot be used.
pub fn parse_idp_metadata(
    xml: &[u8],
    entity_id: Option<&str>,
    now: Option<Timestamp>,
) -> Result<Vec<IdpMetadata>, Refusal> {
    let document = parse(xml)?;
    read(&document, entity_id, now)
}

/// The same for signed metadata: the root's signature has to be made by one of the pinned keys.
///
/// # Errors
/// As [`parse_idp_metadata`], and what is wrong with the signature.
pub fn verify_idp_metadata(
    xml: &[u8],
    entity_id: Option<&str>,
    now: Option<Timestamp>,
    keys: &[PublicKey],
    policy: &Policy,
) -> Result<Check<Vec<IdpMetadata>>, Refusal> {
    let document = parse(xml)?;
    signature::check_ids(&document)?;
    let signature = document
        .elements(document.root())
        .find(|node| document.is(*node, DS, "Signature"))
        .ok_or(Refusal::SignatureMissing)?;
    let digested = signature::digest(&document, signature, keys, policy)?;
    let signed = Document::parse_within(&digested.octets, usize::MAX, NODES)?;
    let mut check = Check::new(read(&signed, entity_id, now)?);
    check.add(digested)?;
    Ok(check)
}

fn parse(xml: &[u8]) -> Result<Document, Refusal> {
    Ok(Document::parse_within(xml, limits::METADATA_BYTES, NODES)?)
}

fn malformed<T>(what: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Malformed { what })
}

/// What an element and its ancestors say about how long it may be used.
#[derive(Clone, Copy, Default)]
struct Validity {
    until: Option<Timestamp>,
    cache: Option<Duration>,
}

impl Validity {
    fn narrowed(self, document: &Document, node: NodeId) -> Result<Validity, Refusal> {
        let mut narrowed = self;
        if let Some(text) = document.attribute(node, "validUntil") {
            let Some(until) = Timestamp::parse(text.trim()) else {
                return Err(Refusal::Time { attribute: "validUntil", found: text.to_owned() });
            };
            narrowed.until = Some(self.until.map_or(until, |outer| outer.min(until)));
        }
        // How often to look again is a hint: one that cannot be read (`10:00:00:00`) is none, and keeps nobody out.
        if let Some(cache) =
            document.attribute(node, "cacheDuration").and_then(|text| parse_duration(text.trim()))
        {
            narrowed.cache = Some(self.cache.map_or(cache, |outer| outer.min(cache)));
        }
        Ok(narrowed)
    }
}

fn read(
    document: &Document,
    wanted: Option<&str>,
    now: Option<Timestamp>,
) -> Result<Vec<IdpMetadata>, Refusal> {
    let root = document.root();
    if !document.is(root, MD, "EntityDescriptor") && !document.is(root, MD, "EntitiesDescriptor") {
        return Err(Refusal::MessageType {
            expected: "EntityDescriptor",
            found: signature::local_name(document, root),
        });
    }
    // Among the thousands of a federation somebody always has an old address or key; that keeps nobody from the others.
    let passes_over = wanted.is_none() && document.is(root, MD, "EntitiesDescriptor");
    let mut unusable = None;
    let mut found = Vec::new();
    let mut open = vec![(root, Validity::default())];
    while let Some((node, outer)) = open.pop() {
        if document.is(node, MD, "EntitiesDescriptor") {
            let validity = outer.narrowed(document, node)?;
            let inner = document.elements(node).filter(|child| {
                document.is(*child, MD, "EntityDescriptor") || document.is(*child, MD, "EntitiesDescriptor")
            });
            let first = open.len();
            open.extend(inner.map(|child| (child, validity)));
            // A stack gives the last first; documents are read in their own order.
            if let Some(added) = open.get_mut(first..) {
                added.reverse();
            }
            continue;
        }
        match read_entity(document, node, wanted, outer, now, &mut found) {
            Err(refusal) if passes_over => unusable = unusable.or(Some(refusal)),
            read => read?,
        }
        if found.len() > limits::ENTITIES {
            return Err(Refusal::TooLarge { limit: limits::METADATA_BYTES });
        }
    }
    if found.is_empty() { Err(unusable.unwrap_or(Refusal::MetadataWithoutIdp)) } else { Ok(found) }
}

/// Adds the IdPs of one entity, which may be none.
fn read_entity(
    document: &Document,
    entity: NodeId,
    wanted: Option<&str>,
    outer: Validity,
    now: Option<Timestamp>,
    found: &mut Vec<IdpMetadata>,
) -> Result<(), Refusal> {
    let entity_id =
        document.attribute(entity, "entityID").map(profile::collapsed).filter(|id| !id.is_empty());
    if wanted.is_some() && wanted != entity_id {
        return Ok(());
    }
    let Some(entity_id) = entity_id else { return malformed("an entity without entityID") };
    let validity = outer.narrowed(document, entity)?;
    for descriptor in document.elements(entity).filter(|child| is_idp(document, *child)) {
        let validity = validity.narrowed(document, descriptor)?;
        found.push(read_idp(document, descriptor, entity_id, validity, now)?);
    }
    Ok(())
}

/// An IDPSSODescriptor that speaks SAML 2.0. Entra's metadata has WS-Federation roles beside it.
fn is_idp(document: &Document, node: NodeId) -> bool {
    document.is(node, MD, "IDPSSODescriptor")
        && document
            .attribute(node, "protocolSupportEnumeration")
            .is_some_and(|protocols| protocols.split_ascii_whitespace().any(|protocol| protocol == SAMLP))
}

fn read_idp(
    document: &Document,
    descriptor: NodeId,
    entity_id: &str,
    validity: Validity,
    now: Option<Timestamp>,
) -> Result<IdpMetadata, Refusal> {
    if let (Some(now), Some(until)) = (now, validity.until)
        && now >= until
    {
        return Err(Refusal::MetadataExpired { now, valid_until: until });
    }
    let mut signing_certificates: Vec<Certificate> = Vec::new();
    let mut first_error = None;
    let mut unusable_certificates = 0;
    for text in signing_certificate_texts(document, descriptor) {
        // Some are written by hand, PEM and all.
        match Certificate::from_pem_or_base64_legacy(&text) {
            Ok(certificate) if signing_certificates.iter().any(|known| known.der() == certificate.der()) => {}
            Ok(_) if signing_certificates.len() >= limits::METADATA_CERTIFICATES => {
                return Err(Refusal::Xml(xml::Error {
                    kind: xml::ErrorKind::Limit("certificates of one identity provider"),
                    at: 0,
                }));
            }
            Ok(certificate) => signing_certificates.push(certificate),
            Err(error) => {
                unusable_certificates += 1;
                first_error.get_or_insert(error);
            }
        }
    }
    if let (true, Some(error)) = (signing_certificates.is_empty(), first_error) {
        return Err(Refusal::Certificate(error));
    }
    let single_sign_on = endpoints(document, descriptor, "SingleSignOnService")?;
    if single_sign_on.is_empty() {
        return malformed("an IDPSSODescriptor without SingleSignOnService");
    }
    Ok(IdpMetadata {
        entity_id: entity_id.to_owned(),
        single_sign_on,
        single_logout: endpoints(document, descriptor, "SingleLogoutService")?,
        signing_certificates,
        unusable_certificates,
        name_id_formats: document
            .elements(descriptor)
            .filter(|node| document.is(*node, MD, "NameIDFormat"))
            .filter_map(|node| document.simple_text(node))
            .map(|format| format.trim().to_owned())
            .collect(),
        want_authn_requests_signed: matches!(
            document.attribute(descriptor, "WantAuthnRequestsSigned"),
            Some("true" | "1")
        ),
        valid_until: validity.until,
        cache_duration: validity.cache,
    })
}

/// X509Certificate of each KeyDescriptor whose use is signing, or not said (Metadata §2.4.1.1): left out, or empty. Metadata that
/// samlify's first versions made, and that is about still, has it in the namespace of metadata.
fn signing_certificate_texts(document: &Document, descriptor: NodeId) -> Vec<String> {
    document
        .elements(descriptor)
        .filter(|node| document.is(*node, MD, "KeyDescriptor"))
        .filter(|node| matches!(document.attribute(*node, "use").unwrap_or_default().trim(), "" | "signing"))
        .flat_map(|node| document.descendant_elements(node))
        .filter(|node| [DS, MD].iter().any(|namespace| document.is(*node, namespace, "X509Certificate")))
        .filter_map(|node| document.simple_text(node))
        .collect()
}

fn endpoints(document: &Document, descriptor: NodeId, local: &str) -> Result<Vec<Endpoint>, Refusal> {
    let mut endpoints = Vec::new();
    for node in document.elements(descriptor).filter(|node| document.is(*node, MD, local)) {
        // White space around a URI is not part of it (xs:anyURI collapses).
        let uri = |name| document.attribute(node, name).map(profile::collapsed);
        let (Some(binding), Some(location)) = (uri("Binding"), uri("Location")) else {
            return malformed("an endpoint without Binding or Location");
        };
        // Some leave the attribute there where they have nothing to say in it.
        let response_location = uri("ResponseLocation").filter(|uri| !uri.is_empty());
        for url in [Some(location), response_location].into_iter().flatten() {
            if !is_allowed_url(url) {
                return Err(Refusal::MetadataEndpoint { location: url.to_owned() });
            }
        }
        endpoints.push(Endpoint {
            binding: binding.to_owned(),
            location: location.to_owned(),
            response_location: response_location.map(str::to_owned),
        });
    }
    Ok(endpoints)
}

/// https anywhere, http on this machine only. The text becomes a form's action and a redirect: no user information, no
/// white space, no control characters, nothing but ASCII.
pub fn is_allowed_url(url: &str) -> bool {
    let split = |scheme: &str| {
        let (head, rest) = url.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let (rest, is_https) = match (split("https://"), split("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return false,
    };
    let is_clean = |byte: u8| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    if !rest.bytes().all(is_clean) {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if host.is_empty() || authority.contains('@') {
        return false;
    }
    is_https || is_this_machine(host)
}

fn is_this_machine(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_loopback = host.strip_prefix("127.").is_some_and(|rest| {
        let octets: Vec<&str> = rest.split('.').collect();
        octets.len() == 3 && octets.iter().all(|octet| octet.len() <= 3 && octet.parse::<u8>().is_ok())
    });
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback
}

/// xs:duration, a month counted as 30 days and a year as 365: cache times need no more. Negative ones are none; a `T` with
/// nothing after it, as OneLogin has written, is passed over.
fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('P')?;
    let mut seconds: u64 = 0;
    let mut in_time = false;
    let mut units = 0;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            if in_time {
                return None;
            }
            (in_time, rest) = (true, after);
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let mut chars = after.chars();
        let factor = match (in_time, chars.next()?) {
            (false, 'Y') => 365 * 86_400,
            (false, 'M') => 30 * 86_400,
            (false, 'D') => 86_400,
            (true, 'H') => 3600,
            (true, 'M') => 60,
            (true, 'S') => 1,
            _ => return None,
        };
        let whole = if factor == 1 { number.split('.').next()? } else { number };
        seconds = seconds.checked_add(whole.parse::<u64>().ok()?.checked_mul(factor)?)?;
        units += 1;
        rest = chars.as_str();
    }
    (units > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_or_this_machine() {
        for good in [
            "https://idp.example.com/sso",
            "https://idp.example.com:8443/sso?a=b",
            "HTTPS://IDP.test",
            "http://localhost:8080/x",
            "http://127.0.0.1/x",
            "http://idp.localhost/x",
            "http://[::1]:80/x",
        ] {
            assert!(is_allowed_url(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "http://idp.example.com/sso",
            "https://",
            "https:///x",
            "data:text/html,x",
            "https://a@b/",
            "https://a b/",
            "https://a/\"x",
            "https://a/\r\nx",
            "//evil.test",
            "http://localhost.evil.test/",
            "http://127.evil.test/",
            "http://127.0.0.1.evil.test/",
            "https://b\u{fc}cher.test/",
            "ftp://a/",
            "",
            "https:\\\\a",
        ] {
            assert!(!is_allowed_url(bad), "{bad}");
        }
    }

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("PT1H", Some(3600)),
            ("P1DT2H3M4.5S", Some(93_784)),
            ("P1Y", Some(31_536_000)),
            ("P2DT", Some(172_800)),
            ("PT", None),
            ("P", None),
            ("PTT1H", None),
            ("P1DTT", None),
            ("-PT1H", None),
            ("PT1", None),
            ("1H", None),
            ("P1H", None),
        ] {
            assert_eq!(parse_duration(text).map(|duration| duration.as_secs()), seconds, "{text}");
        }
    }
}
