//! What has to hold for every input whatever, one property for each door that bytes come in by. Fuzzers and the tests of
//! mutated messages call the same functions; each panics where its property does not hold.

use std::sync::LazyLock;

use keyward_saml::c14n::{self, Algorithm, Method};
use keyward_saml::crypto::algorithm::{BlockCipher, KeyTransport, SignatureAlgorithm};
use keyward_saml::crypto::{decode_oaep, decrypt_block};
use keyward_saml::logout::{
    Expected, LogoutRequest, NewLogoutRequest, Received, verify_logout_request, verify_logout_response,
};
use keyward_saml::request::{Parameter, append_signature, redirect_query};
use keyward_saml::xml::Document;
use keyward_saml::{
    Assertion, Encoding, NameId, Policy, Refusal, Request, ResponseInput, VerifiedAssertion, limits,
    metadata, pure,
};

use crate::signing::Signing;
use crate::{
    Encryption, IDP, Key, NOW, REQUEST, Response, SP, Signed, Style, handed, imports, sealed,
    service_provider, trust, wrapping,
};

/// Where messages for single logout come in.
pub const SLO: &str = "https://sp.example.test/slo";

/// A door: its name, what comes in by it honestly, and its property, which says whether the bytes were accepted.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// A file name.
    pub name: &'static str,
    /// Inputs to begin with. All of them are accepted, but for those that show an attack's shape.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Panics where the property does not hold.
    pub holds: fn(&[u8]) -> bool,
}

/// Every door.
pub const DOORS: [Door; 9] = [
    Door { name: "parse", seeds: documents, holds: parse },
    Door { name: "c14n", seeds: chosen_documents, holds: canonical },
    Door { name: "verify_response", seeds: responses, holds: verify_response },
    Door { name: "metadata", seeds: metadata_documents, holds: metadata },
    Door { name: "redirect", seeds: queries, holds: redirect },
    Door { name: "decrypt", seeds: ciphertexts, holds: decrypt },
    Door { name: "vault", seeds: sealed::seeds, holds: sealed::holds },
    Door { name: "import", seeds: imports::seeds, holds: imports::holds },
    Door { name: "core", seeds: handed::seeds, holds: handed::holds },
];

/// What is accepted has a canonical form, which is accepted, and is its own.
pub fn parse(bytes: &[u8]) -> bool {
    let Ok(document) = Document::parse(bytes) else { return false };
    assert!(bytes.len() <= limits::MESSAGE_BYTES);
    let form = |document: &Document| {
        let algorithm = Algorithm { method: Method::Inclusive10, with_comments: true };
        c14n::canonicalize(document, document.document(), algorithm, &[], None)
    };
    let Ok(first) = form(&document) else { return false };
    let again =
        Document::parse_within(&first, usize::MAX, limits::NODES).expect("a form that is well-formed");
    assert_eq!(form(&again).as_deref(), Ok(first.as_slice()));
    true
}

/// Each canonical form of each element is well-formed and is its own, with comments and without. The first byte chooses
/// the element.
pub fn canonical(bytes: &[u8]) -> bool {
    let Some((choice, bytes)) = bytes.split_first() else { return false };
    let Ok(document) = Document::parse(bytes) else { return false };
    let apex = document
        .descendant_elements(document.root())
        .nth(usize::from(*choice))
        .unwrap_or_else(|| document.root());
    for algorithm in Algorithm::ALL {
        for prefixes in [&[][..], &["#default", "saml", "xs"][..]] {
            let Ok(first) = c14n::canonicalize(&document, apex, algorithm, prefixes, None) else { continue };
            let again = Document::parse_within(&first, usize::MAX, limits::NODES)
                .expect("a form that is well-formed");
            let second = c14n::canonicalize(&again, again.root(), algorithm, prefixes, None);
            assert_eq!(second.as_deref(), Ok(first.as_slice()), "{}", algorithm.uri());
        }
    }
    true
}

fn verify(message: &[u8], request: Request<'_>) -> Result<VerifiedAssertion, Refusal> {
    let input = ResponseInput {
        response: message,
        encoding: Encoding::Xml,
        now: NOW,
        idp: &trust(),
        sp: &service_provider(),
        request: Request::Later,
        policy: &Policy::default(),
    };
    let keys = LazyLock::force(&OUR_KEYS);
    pure::verify_response_with(&input, keys, &mut |bytes| bytes.fill(7))?.answering(request)
}

static OUR_KEYS: LazyLock<[keyward_saml::crypto::PrivateKey; 1]> =
    LazyLock::new(|| [Key::Sp.decryption_key()]);

/// What the IdP signed, ever.
static SIGNED: LazyLock<Vec<Assertion>> = LazyLock::new(|| {
    let mut known: Vec<Assertion> = Vec::new();
    for response in honest() {
        let verified = verify(response.xml().as_bytes(), Request::Answers(REQUEST)).expect("accepted");
        if !known.contains(&verified) {
            known.push(Assertion::clone(&verified));
        }
    }
    known
});

/// Whoever comes out was signed, with all that is said of them.
pub fn verify_response(bytes: &[u8]) -> bool {
    let Ok(verified) = verify(bytes, Request::Answers(REQUEST)) else { return false };
    assert!(SIGNED.contains(&verified), "the IdP never said {verified:?}");
    assert!(!verified.signed().is_empty());
    true
}

/// What is read can be used: endpoints to send people to, certificates to pin.
pub fn metadata(bytes: &[u8]) -> bool {
    let Ok(found) = metadata::parse_idp_metadata(bytes, None, Some(NOW)) else { return false };
    assert!(!found.is_empty());
    for idp in &found {
        assert!(!idp.single_sign_on.is_empty());
        for endpoint in idp.single_sign_on.iter().chain(&idp.single_logout) {
            assert!(metadata::is_allowed_url(&endpoint.location), "{}", endpoint.location);
            let response = endpoint.response_location.as_deref();
            assert!(response.is_none_or(metadata::is_allowed_url), "{response:?}");
        }
        assert!(idp.valid_until.is_none_or(|until| until > NOW));
    }
    true
}

/// Whoever is to be signed out was named by the IdP, and what it said comes out unchanged, in whatever order and
/// spelling the query has its parameters. The bytes are tried as a query, as the message in a query that somebody else
/// signed, and as a message by POST.
pub fn redirect(bytes: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(bytes) else { return false };
    let forged = [Parameter::SamlRequest, Parameter::SamlResponse].map(|parameter| {
        let mut query = redirect_query(parameter, text, None, Key::Idp.usual_algorithm().uri());
        append_signature(&mut query, &[1; 256]);
        query
    });
    let received = [Received::Redirect(text), Received::Post(bytes)];
    let forged = forged.iter().map(|query| Received::Redirect(query));
    received.into_iter().chain(forged).fold(false, |any, received| any | is_logout(received))
}

fn is_logout(received: Received<'_>) -> bool {
    let (trust, policy) = (trust(), Policy::default());
    let keys: Vec<_> =
        trust.certificates.iter().map(|certificate| certificate.public_key().clone()).collect();
    let expected = Expected {
        idp: IDP,
        keys: &keys,
        destination: SLO,
        sp: SP,
        decryption_keys: 1,
        now: NOW,
        policy: &policy,
    };
    if let Ok(check) = verify_logout_response(received, &expected) {
        let answer = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
        assert!(check.finish(answer).is_err(), "the IdP never answered");
    }
    let Ok(check) = verify_logout_request(received, &expected) else { return false };
    let answer = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
    let Ok(signed) = check.finish(answer) else { return false };
    let answers = signed.jobs().iter().map(|job| pure::answer(job, &*OUR_KEYS, &mut |bytes| bytes.fill(7)));
    let answers = answers.collect();
    let Ok(request) = signed.open(answers) else { return false };
    let LogoutRequest { id, name_id, session_indexes, relay_state, .. } = &request;
    assert_eq!((id.as_str(), name_id), ("_logout", &alice()));
    assert!(session_indexes.is_empty() || session_indexes == &["_session"]);
    assert!(relay_state.as_deref().is_none_or(|state| state == "state of alice"));
    true
}

fn alice() -> NameId {
    NameId { value: "alice".to_owned(), format: None, name_qualifier: None, sp_name_qualifier: None }
}

/// The first byte chooses: a message with a ciphertext; the plaintext of a ciphertext in an unsigned message; octets
/// that a host's private operation or a wrapped key gave.
pub fn decrypt(bytes: &[u8]) -> bool {
    let Some((choice, bytes)) = bytes.split_first() else { return false };
    match choice % 3 {
        0 => verify_response(bytes),
        1 => {
            let Ok(plaintext) = core::str::from_utf8(bytes) else { return false };
            let message = Response::default().around(&Encryption::default().encrypt(plaintext));
            verify_response(message.as_bytes())
        }
        _ => {
            for cipher in BlockCipher::ALL {
                let key = bytes.get(..cipher.key_len()).unwrap_or_default();
                let plaintext = decrypt_block(cipher, key, bytes);
                assert!(plaintext.is_none_or(|plaintext| plaintext.len() < bytes.len()));
            }
            for (digest, mgf) in [(None, None), (Some("http://www.w3.org/2001/04/xmlenc#sha256"), None)] {
                let transport =
                    KeyTransport::from_uris("http://www.w3.org/2009/xmlenc11#rsa-oaep", digest, mgf);
                let key = decode_oaep(transport.expect("a known transport"), bytes);
                assert!(key.is_none_or(|key| key.len() < bytes.len()));
            }
            false
        }
    }
}

/// Honest responses of every style of writing and signing, all about Alice.
pub fn honest() -> Vec<Response> {
    let styles = [
        Style::default(),
        Style { assertion: String::new(), declare_once: false, declaration: true, ..Style::default() },
        Style {
            protocol: "saml2p".to_owned(),
            assertion: "saml2".to_owned(),
            signature: String::new(),
            indented: true,
            typed_values: true,
            ..Style::default()
        },
    ];
    let mut all = Vec::new();
    for style in styles {
        for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
            for method in [Method::Exclusive10, Method::Inclusive10] {
                let canonicalization = Algorithm { method, with_comments: false }.uri().to_owned();
                let signing = Signing { canonicalization, ..Signing::default() };
                all.push(Response { signed, signing, style: style.clone(), ..Response::default() });
            }
        }
    }
    all
}

fn responses() -> Vec<Vec<u8>> {
    let honest = honest().into_iter().map(|response| response.xml());
    honest.chain(wrapping::all().into_iter().map(|wrapped| wrapped.xml)).map(String::into_bytes).collect()
}

fn documents() -> Vec<Vec<u8>> {
    let odd = "<a xmlns='urn:a' xmlns:b='urn:b' b:c='&#xD;&lt;\"' c='\t'>x<!-- y --><![CDATA[<z>]]>&#169;<b:d xml:lang='en' xml:space='preserve'/></a>";
    let mut all: Vec<_> = honest().into_iter().map(|response| response.xml().into_bytes()).collect();
    all.push(odd.as_bytes().to_vec());
    all
}

/// With the choice that [`canonical`] makes of an element.
fn chosen_documents() -> Vec<Vec<u8>> {
    (0..).zip(documents()).map(|(choice, document)| [&[choice], document.as_slice()].concat()).collect()
}

/// Metadata of an IdP, alone and in an aggregate, as providers write it.
pub fn idp_metadata(more: &str) -> String {
    let certificate = keyward_saml::base64::encode(Key::Idp.certificate().der());
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID=\"_metadata\" entityID=\"{IDP}\"{more}><md:IDPSSODescriptor \
         WantAuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleLogoutService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example.test/slo\" \
         ResponseLocation=\"https://idp.example.test/slo/done\"/><md:NameIDFormat>\
         urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat><md:SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.example.test/sso\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

fn metadata_documents() -> Vec<Vec<u8>> {
    let one = idp_metadata(" validUntil=\"2026-12-01T00:00:00Z\" cacheDuration=\"P1DT6H\"");
    let other = one.replace("idp.example.test/metadata", "other.example.test");
    let many = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" Name=\"urn:all\">{one}{other}</md:EntitiesDescriptor>"
    );
    vec![one.into_bytes(), many.into_bytes()]
}

/// The IdP's request that Alice be signed out.
pub fn logout_request(session_index: Option<&str>) -> String {
    let request = NewLogoutRequest {
        id: "_logout",
        issue_instant: NOW,
        destination: SLO,
        issuer: IDP,
        not_on_or_after: None,
        name_id: &alice(),
        session_index,
    };
    request.to_xml()
}

/// A message as the signed query of the Redirect binding.
pub fn signed_query(parameter: Parameter, xml: &str, relay_state: Option<&str>, key: Key) -> String {
    signed_query_by(parameter, xml, relay_state, key, key.usual_algorithm())
}

/// The same, by an algorithm of the key's.
pub fn signed_query_by(
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    key: Key,
    algorithm: SignatureAlgorithm,
) -> String {
    let uri = algorithm.uri().expect("an algorithm with a URI");
    let mut query = redirect_query(parameter, xml, relay_state, Some(uri));
    let signature = key.sign(algorithm, query.as_bytes());
    append_signature(&mut query, &signature);
    query
}

fn queries() -> Vec<Vec<u8>> {
    let query = |index, state| signed_query(Parameter::SamlRequest, &logout_request(index), state, Key::Idp);
    let by_post = Signing::default().sign(&logout_request(None), "_logout", Key::Idp, &Style::default());
    [query(None, None), query(Some("_session"), None), query(None, Some("state of alice")), by_post]
        .map(String::into_bytes)
        .to_vec()
}

fn ciphertexts() -> Vec<Vec<u8>> {
    let ciphers = BlockCipher::ALL
        .map(|cipher| Encryption { cipher: cipher.uri().to_owned(), ..Encryption::default() });
    let messages = ciphers.into_iter().flat_map(|encryption| {
        [Signed::Assertion, Signed::Response, Signed::Both].map(|signed| {
            let response = Response { signed, encryption: Some(encryption.clone()), ..Response::default() };
            (0, response.xml())
        })
    });
    let plaintext = Response::default().assertion_xml();
    let all = messages.chain([(1, plaintext), (2, "key and ciphertext".repeat(16))]);
    all.map(|(choice, text)| [&[choice], text.as_bytes()].concat()).collect()
}
