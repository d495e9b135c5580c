//! The door by which everything else comes in that the server's core reads: answers of authenticators, pictures, answers of
//! resolvers, what people and admins type. The first byte chooses.

use std::sync::LazyLock;

use keyward_core::address::{Domain, Email, SsoName};
use keyward_core::admin::Privileges;
use keyward_core::brand::{self, LOGO_OCTETS};
use keyward_core::dns::Lookup;
use keyward_core::id::{TenantId, UserId};
use keyward_core::outside::{StretchedKey, recovery_hash};
use keyward_core::policy::{Addresses, Policies};
use keyward_core::redact::redact;
use keyward_core::two_factor::webauthn::{
    self, Asserting, Ceremony, Challenge, Credential, Registering, WebauthnRefusal, challenge_of,
};
use keyward_core::two_factor::{codes, totp};
use keyward_core::{ReturnTo, Token, Who};
use keyward_saml::base64;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::{Key, NOW, Response};

/// What `holds` knows.
const KINDS: u8 = 11;
const ORIGIN: &str = "https://sp.example.test";
const USER_PRESENT: u8 = 1;
const ATTESTED: u8 = 1 << 6;

/// An authenticator with a key that the testkit has.
struct Passkey {
    key: Key,
    known: Credential,
    signature: Vec<u8>,
}

struct Honest {
    token: Token,
    create: Vec<u8>,
    get: Vec<u8>,
    attestation: Vec<u8>,
    data: Vec<u8>,
    ed25519: Passkey,
    p256: Passkey,
}

fn client_data(kind: &str, token: &Token) -> Vec<u8> {
    let json = json!({ "type": kind, "challenge": token.reveal(), "origin": ORIGIN, "crossOrigin": false });
    json.to_string().into_bytes()
}

fn authenticator_data(flags: u8, rest: &[u8]) -> Vec<u8> {
    let rp = Sha256::digest(webauthn::rp_id(ORIGIN).as_bytes());
    [rp.as_slice(), &[flags], &[0, 0, 0, 7], rest].concat()
}

/// The last octets of a key's SubjectPublicKeyInfo, which are the key.
fn raw_key(key: Key, length: usize) -> Vec<u8> {
    let certificate = key.certificate();
    let spki = certificate.public_key().spki_der();
    spki.get(spki.len() - length..).expect("a key").to_vec()
}

/// An attestation of nothing (WebAuthn Level 3, §8.7), of an Ed25519 key (RFC 9053 §7.2).
fn attestation() -> Vec<u8> {
    let cose =
        [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20], &*raw_key(Key::Ed25519, 32)].concat();
    let attested = [&[0; 16], &[0, 32][..], &[9; 32], &cose].concat();
    let data = authenticator_data(USER_PRESENT | ATTESTED, &attested);
    let length = u8::try_from(data.len()).expect("short");
    let head = [b"\xa3cfmtdnonegattStmt\xa0hauthData".as_slice(), &[0x58, length]].concat();
    [head, data].concat()
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3) of r‖s.
fn encoded(raw: &[u8]) -> Vec<u8> {
    let number = |octets: &[u8]| {
        let rest: Vec<u8> = octets.iter().copied().skip_while(|byte| *byte == 0).collect();
        let padding: &[u8] = if rest.first().is_some_and(|byte| *byte >= 0x80) { &[0] } else { &[] };
        let value = [padding, &rest].concat();
        [&[2, u8::try_from(value.len()).expect("short")], &*value].concat()
    };
    let (r, s) = raw.split_at(32);
    let both = [number(r), number(s)].concat();
    [&[0x30, u8::try_from(both.len()).expect("short")], &*both].concat()
}

fn passkey(key: Key, message: &[u8]) -> Passkey {
    let raw = key.sign(key.usual_algorithm(), message);
    let signature = if key == Key::P256 { encoded(&raw) } else { raw };
    let spki = base64::encode(key.certificate().public_key().spki_der());
    let known = Credential {
        id: base64::encode(&[9; 32]),
        key: spki,
        counter: 0,
        is_verified: false,
        may_sync: false,
    };
    Passkey { key, known, signature }
}

static HONEST: LazyLock<Honest> = LazyLock::new(|| {
    let token = Token::parse(&"A".repeat(43)).expect("a token");
    let (create, get) = (client_data("webauthn.create", &token), client_data("webauthn.get", &token));
    let data = authenticator_data(USER_PRESENT, &[]);
    let message = [data.as_slice(), &Sha256::digest(&get)].concat();
    let [ed25519, p256] = [Key::Ed25519, Key::P256].map(|key| passkey(key, &message));
    Honest { token, create, get, attestation: attestation(), data, ed25519, p256 }
});

fn asked(ceremony: Ceremony) -> Challenge {
    let expires_at = NOW.plus(core::time::Duration::from_secs(60));
    Challenge { hash: HONEST.token.hash(), ceremony, device: None, expires_at, is_used: false }
}

fn register(client_data: &[u8], attestation: &[u8]) -> Result<Credential, WebauthnRefusal> {
    let sent = Registering { client_data, attestation };
    webauthn::register(ORIGIN, Some(&asked(Ceremony::Register)), sent, NOW)
}

/// Whether it is by the passkey.
fn shows(by: &Passkey, client_data: &[u8], authenticator_data: &[u8], signature: &[u8]) -> bool {
    let sent = Asserting { client_data, authenticator_data, signature, user_handle: &[] };
    let challenge = asked(Ceremony::Show);
    let asserted = webauthn::assert(ORIGIN, Ceremony::Show, Some(&challenge), &by.known, "", sent, NOW);
    asserted.is_ok_and(|asserted| {
        let is_right = asserted.job().answer_pure();
        asserted.finish(is_right).is_ok()
    })
}

/// The smallest picture there is: one grey pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\xdach\0\0\0\x82\0\x81\xdaE\x08;\0\0\0\0IEND\xaeB`\x82";

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let honest = &*HONEST;
    let of = |kind: u8, octets: &[u8]| [&[kind], octets].concat();
    let policies = r#"{"require_two_factor":true,"session_idle_minutes":30,"ip_allow_list":["192.0.2.0/24","2001:db8::/32"]}"#;
    let answer = r#"{"Status":0,"Answer":[{"name":"acme.test","type":16,"data":"\"keyward=\" \"abc\""}]}"#;
    let mut all = vec![
        of(0, &honest.attestation),
        of(1, &honest.create),
        of(2, &[&honest.ed25519.signature[..], &honest.data].concat()),
        of(3, &honest.p256.signature),
        of(4, &honest.get),
        of(5, PIXEL),
        of(6, answer.as_bytes()),
        of(8, policies.as_bytes()),
        of(8, br#"["approve_devices","transfer_vault"]"#),
        of(9, Response::default().xml().as_bytes()),
    ];
    for text in ["alice@acme.test", "acme.test", "acme", "/vault/items?x=1", "192.0.2.1", "2001:db8::/32"] {
        all.push(of(7, text.as_bytes()));
    }
    let token = honest.token.reveal();
    for text in ["123 456", "0123-4567-89AB-CDEF", "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV", token.as_str()] {
        all.push(of(10, text.as_bytes()));
    }
    all
}

pub(crate) fn holds(bytes: &[u8]) -> bool {
    let Some((kind, bytes)) = bytes.split_first() else { return false };
    let honest = &*HONEST;
    match kind % KINDS {
        0 => {
            let Ok(credential) = register(&honest.create, bytes) else { return false };
            let id = base64::decode(credential.id.as_bytes()).expect("base64");
            assert!((1..=1023).contains(&id.len()));
            // What is kept is a key that an assertion is compared with later.
            let by = Passkey { key: honest.ed25519.key, known: credential, signature: Vec::new() };
            shows(&by, &honest.get, &honest.data, &honest.ed25519.signature);
            true
        }
        1 => {
            let is_taken = register(bytes, &honest.attestation).is_ok();
            assert!(!is_taken || challenge_of(bytes).is_some_and(|it| it.hash() == honest.token.hash()));
            is_taken
        }
        2 => {
            let Some((signature, data)) = bytes.split_at_checked(64) else { return false };
            let is_shown = shows(&honest.ed25519, &honest.get, data, signature);
            assert!(
                !is_shown || (signature, data) == (&honest.ed25519.signature, &honest.data),
                "nobody else can sign"
            );
            is_shown
        }
        3 => shows(&honest.p256, &honest.get, &honest.data, bytes),
        4 => {
            let Some(token) = challenge_of(bytes) else { return false };
            assert_eq!(Token::parse(&token.reveal()).map(|it| it.hash()), Some(token.hash()));
            true
        }
        5 => {
            let Ok(logo) = brand::logo(bytes) else { return false };
            assert!(logo.png.len() <= LOGO_OCTETS);
            assert_eq!(brand::logo(&logo.png).as_ref(), Ok(&logo));
            true
        }
        6 => {
            let Lookup::Texts(texts) = Lookup::read(bytes) else { return false };
            assert!(texts.iter().map(String::len).sum::<usize>() <= bytes.len());
            true
        }
        7 => core::str::from_utf8(bytes).is_ok_and(is_typed),
        8 => serde_json::from_slice(bytes).is_ok_and(|json| is_set(&json)),
        9 => {
            let Some(redacted) = redact(bytes) else { return false };
            // Nothing is added but what stands for a text.
            assert!(redacted.len() <= bytes.len() * 4);
            true
        }
        _ => core::str::from_utf8(bytes).is_ok_and(is_code),
    }
}

/// What is read as an address is written in one way, which is read as the same.
fn is_typed(text: &str) -> bool {
    let email = Email::parse(text);
    assert_eq!(email.as_ref().and_then(|it| Email::parse(it.as_str())), email);
    let domain = Domain::parse(text);
    assert_eq!(domain.as_ref().and_then(|it| Domain::parse(it.as_str())), domain);
    let name = SsoName::parse(text);
    assert_eq!(name.as_ref().and_then(|it| SsoName::parse(it.as_str())), name);
    let path = ReturnTo::parse(text);
    assert!(
        path.as_ref().is_none_or(|path| path.as_str().starts_with('/') && !path.as_str().starts_with("//"))
    );
    let ranges = Addresses::parse(&[text]);
    Who::parse(text).is_some() || email.is_some() || domain.is_some() || path.is_some() || ranges.is_some()
}

/// What an admin sets comes back as it was read.
fn is_set(json: &Json) -> bool {
    let policies = Policies::from_json(json).ok();
    assert_eq!(policies.as_ref().and_then(|it| Policies::from_json(&it.to_json()).ok()), policies);
    let privileges = Privileges::from_json(json);
    assert_eq!(privileges.and_then(|it| Privileges::from_json(&it.to_json())), privileges);
    policies.is_some() || privileges.is_some()
}

/// Codes and tokens, as somebody typed them.
fn is_code(text: &str) -> bool {
    let (tenant, user) =
        (TenantId::parse("t_acme").expect("an ID"), UserId::parse("u_alice").expect("an ID"));
    let token = Token::parse(text);
    assert!(token.as_ref().is_none_or(|token| token.reveal() == text), "one spelling");
    let typed = totp::parse(text);
    assert!(typed.is_none_or(|code| code < 1_000_000));
    let key = StretchedKey::parse(text).map(|key| key.verifier(&tenant, &user));
    let hashes = [codes::hash(&tenant, &user, text).is_some(), recovery_hash(&tenant, &user, text).is_some()];
    token.is_some() || typed.is_some() || key.is_some() || hashes.contains(&true)
}
