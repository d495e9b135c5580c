//! The Redirect binding as received (Bindings §3.4): what is signed are the raw octets of the query, so they are never
//! decoded and encoded again.

use crate::base64;
use crate::check::Check;
use crate::crypto::algorithm::SignatureAlgorithm;
use crate::crypto::{PublicKey, VerifyJob};
use crate::engine::Policy;
use crate::job::Job;
use crate::limits;
use crate::refusal::Refusal;
use crate::request::Parameter;

const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// A message that came by Redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectMessage {
    /// Whether it is a request or a response.
    pub parameter: Parameter,
    /// The message, inflated.
    pub xml: String,
    /// RelayState, decoded; opaque and, unless signed, anybody's.
    pub relay_state: Option<String>,
    /// Whether it was accepted only because the connection opted in to SHA-1.
    pub legacy_algorithm: bool,
}

/// Reads a query (without `?`) and prepares the check of its signature, which has to be there.
///
/// # Errors
/// [`Refusal::SignatureMissing`], [`Refusal::SignatureAlgorithm`] for an unknown or switched-off SigAlg,
/// [`Refusal::Malformed`] for doubled or missing parameters, [`Refusal::TooLarge`] for what inflates too far.
pub fn verify_redirect(
    query: &str,
    keys: &[PublicKey],
    policy: &Policy,
) -> Result<Check<RedirectMessage>, Refusal> {
    if query.len() > limits::MESSAGE_BYTES {
        return Err(Refusal::TooLarge { limit: limits::MESSAGE_BYTES });
    }
    let raw = RawQuery::read(query)?;
    let (parameter, name, message) = match (raw.request, raw.response) {
        (Some(message), None) => (Parameter::SamlRequest, "SAMLRequest", message),
        (None, Some(message)) => (Parameter::SamlResponse, "SAMLResponse", message),
        _ => return malformed("not exactly one of SAMLRequest and SAMLResponse"),
    };
    if let Some(encoding) = raw.encoding
        && percent_decode(encoding)? != DEFLATE
    {
        return malformed("SAMLEncoding is not DEFLATE");
    }
    let (Some(algorithm), Some(signature)) = (raw.algorithm, raw.signature) else {
        return Err(Refusal::SignatureMissing);
    };
    let algorithm_uri = percent_decode(algorithm)?;
    let legal =
        SignatureAlgorithm::from_uri(&algorithm_uri).filter(|known| policy.allow_sha1 || !known.is_legacy());
    let Some(known) = legal else { return Err(Refusal::SignatureAlgorithm { algorithm: algorithm_uri }) };
    let Some(signature) = base64::decode(percent_decode(signature)?.as_bytes()) else {
        return Err(Refusal::SignatureMalformed { what: "Signature is not base64" });
    };

    // The order is fixed by the binding; the octets are the sender's.
    let mut octets = format!("{name}={message}");
    if let Some(relay_state) = raw.relay_state {
        octets.push_str("&RelayState=");
        octets.push_str(relay_state);
    }
    octets.push_str("&SigAlg=");
    octets.push_str(algorithm);

    let mut check = Check::new(RedirectMessage {
        parameter,
        xml: inflate(&percent_decode(message)?)?,
        relay_state: raw.relay_state.map(percent_decode).transpose()?,
        legacy_algorithm: known.is_legacy(),
    });
    let fits = |key: &&PublicKey| {
        key.accepts(known) && key.rsa_bits().is_none_or(|bits| bits >= policy.min_rsa_bits)
    };
    let job = |key: &PublicKey| {
        Job::Verify(VerifyJob {
            algorithm: known,
            key: key.clone(),
            message: octets.clone().into_bytes(),
            signature: signature.clone(),
        })
    };
    check.add_jobs(keys.iter().filter(fits).map(job).collect())?;
    Ok(check)
}

/// What a query carries, inflated, whoever sent it: for a log. `None` where it carries no one message.
pub fn unverified_xml(query: &str) -> Option<String> {
    let raw = RawQuery::read(query).ok()?;
    let message = match (raw.request, raw.response) {
        (Some(message), None) | (None, Some(message)) => message,
        _ => return None,
    };
    inflate(&percent_decode(message).ok()?).ok()
}

fn malformed<T>(what: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Malformed { what })
}

/// The parameters as they stand in the query, still encoded.
#[derive(Default)]
struct RawQuery<'a> {
    request: Option<&'a str>,
    response: Option<&'a str>,
    relay_state: Option<&'a str>,
    algorithm: Option<&'a str>,
    signature: Option<&'a str>,
    encoding: Option<&'a str>,
}

impl<'a> RawQuery<'a> {
    fn read(query: &'a str) -> Result<RawQuery<'a>, Refusal> {
        let mut raw = RawQuery::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // Other parameters are the sender's or the site's own, and nobody's business here.
            let slot = match percent_decode(name)?.as_str() {
                "SAMLRequest" => &mut raw.request,
                "SAMLResponse" => &mut raw.response,
                "RelayState" => &mut raw.relay_state,
                "SigAlg" => &mut raw.algorithm,
                "Signature" => &mut raw.signature,
                "SAMLEncoding" => &mut raw.encoding,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return malformed("a parameter stands twice in the query");
            }
        }
        Ok(raw)
    }
}

/// Form decoding: `+` is a space, as senders of either habit mean it (base64 with a bare `+` is then refused).
fn percent_decode(text: &str) -> Result<String, Refusal> {
    let mut octets = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => octets.push(b' '),
            b'%' => match (bytes.next().and_then(hex), bytes.next().and_then(hex)) {
                (Some(high), Some(low)) => octets.push(high << 4 | low),
                _ => return malformed("a percent sign that begins no escape"),
            },
            _ => octets.push(byte),
        }
    }
    String::from_utf8(octets).map_or_else(|_| malformed("a parameter is not UTF-8"), Ok)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Undoes the DEFLATE encoding; a bomb stops at the limit.
pub(crate) fn inflate(text: &str) -> Result<String, Refusal> {
    let deflated = base64::decode(text.as_bytes()).ok_or(Refusal::Base64)?;
    let limit = limits::MESSAGE_BYTES.min(deflated.len().saturating_mul(limits::INFLATE_RATIO));
    let inflated = miniz_oxide::inflate::decompress_to_vec_with_limit(&deflated, limit);
    match inflated {
        Ok(octets) => String::from_utf8(octets)
            .map_err(|error| crate::xml::Error {
                kind: crate::xml::ErrorKind::Encoding,
                at: error.utf8_error().valid_up_to(),
            })
            .map_err(Refusal::Xml),
        Err(error) if error.status == miniz_oxide::inflate::TINFLStatus::HasMoreOutput => {
            Err(Refusal::TooLarge { limit })
        }
        Err(_) => malformed("the message is not DEFLATE-encoded"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::redirect_query;

    const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

    fn refused(query: &str) -> &'static str {
        verify_redirect(query, &[], &Policy::default()).expect_err("refused").code()
    }

    #[test]
    fn a_query_without_a_signature_is_refused() {
        let query = redirect_query(Parameter::SamlRequest, "<a/>", Some("x"), None);
        assert_eq!(refused(&query), "signature-missing");
        let query = redirect_query(Parameter::SamlRequest, "<a/>", Some("x"), Some(RSA_SHA256));
        assert_eq!(refused(&query), "signature-missing");
    }

    #[test]
    fn an_unknown_algorithm_is_refused_and_never_guessed() {
        for algorithm in [
            "",
            "urn:x",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        ] {
            let query = redirect_query(Parameter::SamlRequest, "<a/>", None, Some(algorithm));
            assert_eq!(refused(&format!("{query}&Signature=AAAA")), "signature-algorithm", "{algorithm}");
        }
    }

    #[test]
    fn doubled_parameters_are_refused_however_they_are_spelt() {
        let query = redirect_query(Parameter::SamlRequest, "<a/>", None, Some(RSA_SHA256));
        for extra in
            ["SAMLRequest=x", "SAMLResponse=x", "SigAlg=x", "%53igAlg=x", "Signature=AAAA&Signature=AAAA"]
        {
            assert_eq!(refused(&format!("{query}&{extra}")), "message-malformed", "{extra}");
        }
    }

    #[test]
    fn a_deflate_bomb_stops_at_the_limit() {
        let numbers = |length: usize| {
            let mut text: String = (0..length).map(|number| format!("{number:x} ")).collect();
            text.truncate(length);
            text
        };
        let (fits, bomb) = (numbers(limits::MESSAGE_BYTES), numbers(limits::MESSAGE_BYTES + 1));
        let deflated = |text: &str| miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6);
        let packed = |text: &str| base64::encode(&deflated(text));
        assert_eq!(inflate(&packed(&fits)).as_deref(), Ok(fits.as_str()));
        assert_eq!(inflate(&packed(&bomb)), Err(Refusal::TooLarge { limit: limits::MESSAGE_BYTES }));
        // A text that is as many times as long as it was packed as is allowed, and the same with a letter more.
        let exact = (100..400).find_map(|length| {
            let with = |letters: usize| format!("{}{}", numbers(length), "a".repeat(letters));
            let mut letters = 0;
            for _ in 0..5 {
                letters = (limits::INFLATE_RATIO * deflated(&with(letters)).len()).checked_sub(length)?;
            }
            let (fits, bomb) = (with(letters), with(letters + 1));
            let bytes = deflated(&fits).len();
            let is_exact = fits.len() == limits::INFLATE_RATIO * bytes && deflated(&bomb).len() == bytes;
            is_exact.then_some((fits, bomb))
        });
        let (fits, bomb) = exact.expect("a text");
        assert_eq!(inflate(&packed(&fits)).as_deref(), Ok(fits.as_str()));
        assert_eq!(inflate(&packed(&bomb)), Err(Refusal::TooLarge { limit: fits.len() }));
        assert_eq!(inflate("AAAA").map_err(|refusal| refusal.code()), Err("message-malformed"));
    }
}
