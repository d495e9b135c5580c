//! The examples of WebAuthn Level 3, §16, and everything that is not one.

use core::time::Duration;

use coset::cbor::value::Value;
use keyward_saml::base64;
use keyward_testkit::keys::Key;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{
    Asserting, Ceremony, Challenge, Credential, Registering, Shown, WebauthnRefusal, assert, challenge_of,
    raw_signature, register, rp_id,
};
use crate::provisioning::tests::NOW;
use crate::random::Token;
use crate::random::tests::Counter;

/// One that was verified, whatever it was.
pub(crate) fn shown(ceremony: Ceremony) -> Shown {
    Shown { ceremony, counter: 1 }
}

/// §16 says `example.org` throughout.
const ORIGIN: &str = "https://example.org";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hex")).collect()
}

fn awaited(token: &Token, ceremony: Ceremony) -> Challenge {
    Challenge {
        hash: token.hash(),
        ceremony,
        device: None,
        expires_at: NOW.plus(Duration::from_secs(60)),
        is_used: false,
    }
}

/// The challenge that the client data names, as if it had been asked for.
fn asked(client_data: &[u8], ceremony: Ceremony) -> Challenge {
    awaited(&challenge_of(client_data).expect("a challenge"), ceremony)
}

// §16.2, "ES256 credential with no attestation".
const NONE_CREATE: &str = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d";
const NONE_ATTESTATION: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
const NONE_GET: &str = "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d";
const NONE_DATA: &str = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000";
const NONE_SIGNATURE: &str = "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87";
// §16.3, "ES256 credential with self attestation".
const SELF_CREATE: &str = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d";
const SELF_ATTESTATION: &str = "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2";
// §16.5, "ES256 credential with topOrigin in clientDataJSON".
const TOP_CREATE: &str = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a225468394d595a68706e6a504254786b68555f53646667364f4e58665672454673587a72636b7151664a2d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a747275652c22746f704f726967696e223a2268747470733a2f2f6578616d706c652e636f6d227d";
const TOP_ATTESTATION: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5410000000097586fd09799a76401c200455099ef2a0020b8ad59b996047ab18e2ceb57206c362da57458793481f4a8ebf101c7ca7cc0f1a5010203262001215820a1c47c1d82da4ebe82cd72207102b380670701993bc35398ae2e5726427fe01d22582086c1080d82987028c7f54ecb1b01185de243b359294a0ed210cd47480f0adc88";

fn example(create: &str, attestation: &str) -> Result<Credential, WebauthnRefusal> {
    let (client_data, attestation) = (hex(create), hex(attestation));
    let challenge = asked(&client_data, Ceremony::Register);
    register(
        ORIGIN,
        Some(&challenge),
        Registering { client_data: &client_data, attestation: &attestation },
        NOW,
    )
}

#[test]
fn the_example_without_attestation_registers_and_signs_in() {
    let credential = example(NONE_CREATE, NONE_ATTESTATION).expect("registered");
    let id = base64::decode(credential.id.as_bytes()).expect("base64");
    assert_eq!(id, hex("f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4"));
    assert_eq!((credential.counter, credential.is_verified, credential.may_sync), (0, false, true));
    let (client_data, data, signature) = (hex(NONE_GET), hex(NONE_DATA), hex(NONE_SIGNATURE));
    let challenge = asked(&client_data, Ceremony::Show);
    let sent = Asserting {
        client_data: &client_data,
        authenticator_data: &data,
        signature: &signature,
        user_handle: &[],
    };
    let asserted =
        assert(ORIGIN, Ceremony::Show, Some(&challenge), &credential, "", sent, NOW).expect("well formed");
    assert!(asserted.job().answer_pure());
    assert_eq!(asserted.finish(true).expect("shown").counter(), 0);
    let mut other = signature.clone();
    *other.last_mut().expect("long") ^= 1;
    let sent = Asserting { signature: &other, ..sent };
    let asserted =
        assert(ORIGIN, Ceremony::Show, Some(&challenge), &credential, "", sent, NOW).expect("well formed");
    assert!(!asserted.job().answer_pure());
    assert_eq!(asserted.finish(false).err(), Some(WebauthnRefusal::Signature));
}

#[test]
fn examples_that_say_more_than_was_asked_for_are_refused() {
    assert_eq!(example(SELF_CREATE, SELF_ATTESTATION).err(), Some(WebauthnRefusal::Attestation));
    assert_eq!(example(TOP_CREATE, TOP_ATTESTATION).err(), Some(WebauthnRefusal::CrossOrigin));
}

/// An authenticator whose every answer can be made wrong on purpose.
#[derive(Clone)]
struct Authenticator {
    key: Key,
    flags: u8,
    counter: u32,
    rp: &'static str,
    id: Vec<u8>,
    tail: Vec<u8>,
}

fn authenticator(key: Key) -> Authenticator {
    Authenticator { key, flags: 0b101, counter: 7, rp: "example.org", id: vec![9; 32], tail: Vec::new() }
}

fn client_data(kind: &str, token: &Token) -> Json {
    json!({ "type": kind, "challenge": token.reveal(), "origin": ORIGIN, "crossOrigin": false })
}

fn octets(value: &Value) -> Vec<u8> {
    let mut octets = Vec::new();
    coset::cbor::ser::into_writer(value, &mut octets).expect("written");
    octets
}

impl Authenticator {
    /// The COSE key, taken out of the certificate's: what is at the end of its SubjectPublicKeyInfo.
    fn cose(&self) -> Value {
        let certificate = self.key.certificate();
        let spki = certificate.public_key().spki_der().to_vec();
        let end = |count: usize| spki[spki.len() - count..].to_vec();
        let pairs: Vec<(i64, Value)> = match self.key {
            Key::Ed25519 => vec![(1, 1.into()), (3, (-8).into()), (-1, 6.into()), (-2, end(32).into())],
            Key::P256 => vec![
                (1, 2.into()),
                (3, (-7).into()),
                (-1, 1.into()),
                (-2, end(64)[..32].to_vec().into()),
                (-3, end(32).into()),
            ],
            // A modulus of 2048 bits, then 65537.
            _ => vec![
                (1, 3.into()),
                (3, (-257).into()),
                (-1, end(261)[..256].to_vec().into()),
                (-2, vec![1_u8, 0, 1].into()),
            ],
        };
        Value::Map(pairs.into_iter().map(|(label, value)| (label.into(), value)).collect())
    }

    fn data(&self, attested: &[u8]) -> Vec<u8> {
        let hash = Sha256::digest(self.rp.as_bytes());
        [hash.as_slice(), &[self.flags], &self.counter.to_be_bytes(), attested, &self.tail].concat()
    }

    fn attested(&self, cose: &Value) -> Vec<u8> {
        let length = u16::try_from(self.id.len()).expect("short").to_be_bytes();
        [&[0; 16], length.as_slice(), &self.id, &octets(cose)].concat()
    }

    fn attestation(&self, cose: &Value) -> Vec<u8> {
        let its = Authenticator { flags: self.flags | 1 << 6, ..self.clone() };
        let data = its.data(&its.attested(cose));
        octets(&Value::Map(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Value::Map(Vec::new())),
            ("authData".into(), data.into()),
        ]))
    }

    fn register(&self, token: &Token) -> Result<Credential, WebauthnRefusal> {
        self.register_as(
            &client_data("webauthn.create", token),
            &self.cose(),
            Some(&awaited(token, Ceremony::Register)),
        )
    }

    fn register_as(
        &self,
        client_data: &Json,
        cose: &Value,
        challenge: Option<&Challenge>,
    ) -> Result<Credential, WebauthnRefusal> {
        let client_data = client_data.to_string().into_bytes();
        let attestation = self.attestation(cose);
        register(ORIGIN, challenge, Registering { client_data: &client_data, attestation: &attestation }, NOW)
    }

    /// Signs, and verifies in Rust.
    fn show(
        &self,
        known: &Credential,
        client_data: &Json,
        challenge: Option<&Challenge>,
        handle: &[u8],
    ) -> Result<i64, WebauthnRefusal> {
        self.show_for(Ceremony::Show, known, client_data, challenge, handle)
    }

    fn show_for(
        &self,
        ceremony: Ceremony,
        known: &Credential,
        client_data: &Json,
        challenge: Option<&Challenge>,
        handle: &[u8],
    ) -> Result<i64, WebauthnRefusal> {
        let client_data = client_data.to_string().into_bytes();
        let data = self.data(&[]);
        let message = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let mut signature = self.key.sign(self.key.usual_algorithm(), &message);
        if self.key == Key::P256 {
            signature = encoded(&signature);
        }
        let sent = Asserting {
            client_data: &client_data,
            authenticator_data: &data,
            signature: &signature,
            user_handle: handle,
        };
        let asserted = assert(ORIGIN, ceremony, challenge, known, &base64::encode(b"alice"), sent, NOW)?;
        let is_right = asserted.job().answer_pure();
        let shown = asserted.finish(is_right)?;
        assert_eq!(shown.ceremony(), ceremony);
        Ok(shown.counter())
    }
}

/// r‖s as authenticators write it.
fn encoded(raw: &[u8]) -> Vec<u8> {
    let numbers: Vec<Vec<u8>> = raw
        .chunks(32)
        .map(|number| {
            let number: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
            let padding: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
            let number = [padding, &number].concat();
            [&[2, u8::try_from(number.len()).expect("short")], number.as_slice()].concat()
        })
        .collect();
    let numbers = numbers.concat();
    [&[0x30, u8::try_from(numbers.len()).expect("short")], numbers.as_slice()].concat()
}

fn token(seed: u8) -> Token {
    Token::generate(&mut Counter(seed))
}

fn ahead(mut authenticator: Authenticator) -> Authenticator {
    authenticator.counter += 1;
    authenticator
}

#[test]
fn every_algorithm_that_is_asked_for_works_and_no_other() {
    for key in [Key::P256, Key::Ed25519, Key::Idp] {
        let its = authenticator(key);
        let known = its.register(&token(1)).expect("registered");
        let get = client_data("webauthn.get", &token(2));
        let challenge = awaited(&token(2), Ceremony::Show);
        assert_eq!(ahead(its).show(&known, &get, Some(&challenge), b"alice"), Ok(8), "{key:?}");
    }
    let its = authenticator(Key::P256);
    let challenge = awaited(&token(1), Ceremony::Register);
    let create = client_data("webauthn.create", &token(1));
    let Value::Map(pairs) = its.cose() else { panic!("a map") };
    let without =
        |label: i64| Value::Map(pairs.iter().filter(|(its, _)| *its != label.into()).cloned().collect());
    let with = |label: i64, value: Value| {
        let Value::Map(mut pairs) = without(label) else { panic!("a map") };
        pairs.push((label.into(), value));
        Value::Map(pairs)
    };
    for (what, cose) in [
        ("ES384", with(3, (-35).into())),
        ("RS256 with a point", with(3, (-257).into())),
        ("no algorithm", without(3)),
        ("P-384", with(-1, 2.into())),
        ("another kind", with(1, 1.into())),
        ("no y", without(-3)),
        ("a sign for y", with(-3, true.into())),
        ("a short x", with(-2, vec![1_u8; 31].into())),
        ("not on the curve", with(-2, vec![1_u8; 32].into())),
        ("no map", Value::from(1)),
    ] {
        assert_eq!(
            its.register_as(&create, &cose, Some(&challenge)).err(),
            Some(WebauthnRefusal::Key),
            "{what}"
        );
    }
}

#[test]
fn what_unlocks_verifies_its_user_and_was_asked_to_unlock() {
    let mut its = authenticator(Key::P256);
    // UP alone, at registration and since: as a second factor it is good.
    its.flags = 1;
    let known = its.register(&token(1)).expect("registered");
    let get = client_data("webauthn.get", &token(2));
    let go = |flags: u8, ceremony: Ceremony, asked: Ceremony| {
        let its = ahead(Authenticator { flags, ..its.clone() });
        its.show_for(ceremony, &known, &get, Some(&awaited(&token(2), asked)), b"alice")
    };
    assert_eq!(go(1, Ceremony::Show, Ceremony::Show), Ok(8));
    assert_eq!(go(5, Ceremony::Unlock, Ceremony::Unlock), Ok(8));
    assert_eq!(go(1, Ceremony::Unlock, Ceremony::Unlock), Err(WebauthnRefusal::NotVerified));
    for (ceremony, asked) in [
        (Ceremony::Unlock, Ceremony::Show),
        (Ceremony::Show, Ceremony::Unlock),
        (Ceremony::Unlock, Ceremony::Register),
    ] {
        assert_eq!(go(5, ceremony, asked), Err(WebauthnRefusal::Challenge));
    }
}

#[test]
fn a_ceremony_is_answered_once_in_time_and_by_its_own_kind() {
    let its = authenticator(Key::P256);
    let known = its.register(&token(1)).expect("registered");
    let its = ahead(its);
    let good = client_data("webauthn.get", &token(2));
    let edited = |name: &str, value: Json| {
        let mut client_data = good.clone();
        client_data[name] = value;
        client_data
    };
    let challenge = awaited(&token(2), Ceremony::Show);
    let show = |client_data: &Json, challenge: Option<&Challenge>| {
        its.show(&known, client_data, challenge, &[]).err()
    };
    assert_eq!(show(&good, Some(&challenge)), None);
    for (what, client_data, challenge, expected) in [
        (
            "of a registration",
            edited("type", "webauthn.create".into()),
            Some(challenge.clone()),
            WebauthnRefusal::Type,
        ),
        ("no type", edited("type", Json::Null), Some(challenge.clone()), WebauthnRefusal::Type),
        ("nobody asked", good.clone(), None, WebauthnRefusal::Challenge),
        (
            "another challenge",
            good.clone(),
            Some(awaited(&token(3), Ceremony::Show)),
            WebauthnRefusal::Challenge,
        ),
        (
            "a registration's challenge",
            good.clone(),
            Some(awaited(&token(2), Ceremony::Register)),
            WebauthnRefusal::Challenge,
        ),
        ("no challenge", edited("challenge", "".into()), Some(challenge.clone()), WebauthnRefusal::Challenge),
        (
            "used",
            good.clone(),
            Some(Challenge { is_used: true, ..challenge.clone() }),
            WebauthnRefusal::ChallengeUsed,
        ),
        (
            "too late",
            good.clone(),
            Some(Challenge { expires_at: NOW, ..challenge.clone() }),
            WebauthnRefusal::Expired,
        ),
        (
            "another origin",
            edited("origin", "https://evil.test".into()),
            Some(challenge.clone()),
            WebauthnRefusal::Origin,
        ),
        (
            "a port",
            edited("origin", "https://example.org:8443".into()),
            Some(challenge.clone()),
            WebauthnRefusal::Origin,
        ),
        (
            "http",
            edited("origin", "http://example.org".into()),
            Some(challenge.clone()),
            WebauthnRefusal::Origin,
        ),
        (
            "in a frame",
            edited("crossOrigin", true.into()),
            Some(challenge.clone()),
            WebauthnRefusal::CrossOrigin,
        ),
        (
            "in a frame, as text",
            edited("crossOrigin", "false".into()),
            Some(challenge.clone()),
            WebauthnRefusal::CrossOrigin,
        ),
        (
            "below another page",
            edited("topOrigin", ORIGIN.into()),
            Some(challenge.clone()),
            WebauthnRefusal::CrossOrigin,
        ),
    ] {
        assert_eq!(show(&client_data, challenge.as_ref()), Some(expected), "{what}");
    }
    assert_eq!(show(&edited("somethingNew", 1.into()), Some(&challenge)), None, "§5.8.1: there may be more");
}

#[test]
fn an_authenticator_is_for_this_site_touched_and_not_copied() {
    let its = authenticator(Key::P256);
    let known = its.register(&token(1)).expect("registered");
    assert_eq!((known.counter, known.is_verified, known.may_sync), (7, true, false));
    let unverified = Credential { is_verified: false, ..known.clone() };
    let zero = Credential { counter: 0, ..known.clone() };
    let its = ahead(its);
    let changed = |change: &dyn Fn(&mut Authenticator)| {
        let mut changed = its.clone();
        change(&mut changed);
        changed
    };
    let get = client_data("webauthn.get", &token(2));
    let challenge = awaited(&token(2), Ceremony::Show);
    for (what, known, authenticator, handle, expected) in [
        ("as it should be", &known, its.clone(), b"alice".as_slice(), None),
        (
            "another site",
            &known,
            changed(&|it| it.rp = "evil.test"),
            b"",
            Some(WebauthnRefusal::RelyingParty),
        ),
        (
            "nobody touched it",
            &known,
            changed(&|it| it.flags = 0b100),
            b"",
            Some(WebauthnRefusal::NotPresent),
        ),
        (
            "nobody was verified",
            &known,
            changed(&|it| it.flags = 0b001),
            b"",
            Some(WebauthnRefusal::NotVerified),
        ),
        ("it never verified anybody", &unverified, changed(&|it| it.flags = 0b001), b"", None),
        (
            "backed up without being able to",
            &known,
            changed(&|it| it.flags = 0b1_0101),
            b"",
            Some(WebauthnRefusal::Flags),
        ),
        (
            "able to from one day to the next",
            &known,
            changed(&|it| it.flags = 0b1101),
            b"",
            Some(WebauthnRefusal::Flags),
        ),
        (
            "a new key within",
            &known,
            changed(&|it| it.flags = 0b100_0101),
            b"",
            Some(WebauthnRefusal::Malformed),
        ),
        ("something after", &known, changed(&|it| it.tail = vec![0]), b"", Some(WebauthnRefusal::Malformed)),
        ("extensions", &known, changed(&|it| (it.flags, it.tail) = (0b1000_0101, vec![0xa0])), b"", None),
        (
            "extensions that are none",
            &known,
            changed(&|it| (it.flags, it.tail) = (0b1000_0101, vec![0x01])),
            b"",
            Some(WebauthnRefusal::Malformed),
        ),
        ("another key", &known, changed(&|it| it.key = Key::Ed25519), b"", Some(WebauthnRefusal::Signature)),
        ("the same counter", &known, changed(&|it| it.counter = 7), b"", Some(WebauthnRefusal::Counter)),
        ("an earlier counter", &known, changed(&|it| it.counter = 6), b"", Some(WebauthnRefusal::Counter)),
        ("no counter any more", &known, changed(&|it| it.counter = 0), b"", Some(WebauthnRefusal::Counter)),
        ("never a counter", &zero, changed(&|it| it.counter = 0), b"", None),
        ("somebody else's", &known, its.clone(), b"bob", Some(WebauthnRefusal::Credential)),
    ] {
        assert_eq!(authenticator.show(known, &get, Some(&challenge), handle).err(), expected, "{what}");
    }
}

#[test]
fn a_registration_is_whole_and_asked_for() {
    let its = authenticator(Key::P256);
    let create = client_data("webauthn.create", &token(1));
    let challenge = awaited(&token(1), Ceremony::Register);
    let of = |change: &dyn Fn(&mut Authenticator)| {
        let mut changed = its.clone();
        change(&mut changed);
        changed.register_as(&create, &changed.cose(), Some(&challenge)).err()
    };
    assert_eq!(of(&|_| ()), None);
    for (what, refused, expected) in [
        ("another site", of(&|it| it.rp = "evil.test"), WebauthnRefusal::RelyingParty),
        ("nobody touched it", of(&|it| it.flags = 0b100), WebauthnRefusal::NotPresent),
        ("backed up without being able to", of(&|it| it.flags = 0b1_0101), WebauthnRefusal::Flags),
        ("no ID", of(&|it| it.id = Vec::new()), WebauthnRefusal::Malformed),
        ("a long ID", of(&|it| it.id = vec![1; 1024]), WebauthnRefusal::Malformed),
        ("something after", of(&|it| it.tail = vec![0]), WebauthnRefusal::Malformed),
    ] {
        assert_eq!(refused, Some(expected), "{what}");
    }
    let get = client_data("webauthn.get", &token(1));
    assert_eq!(its.register_as(&get, &its.cose(), Some(&challenge)).err(), Some(WebauthnRefusal::Type));
    // Cut off anywhere, it is nothing.
    let whole = its.attestation(&its.cose());
    let text = create.to_string().into_bytes();
    for end in 0..whole.len() {
        let sent = Registering { client_data: &text, attestation: &whole[..end] };
        assert!(register(ORIGIN, Some(&challenge), sent, NOW).is_err(), "{end}");
    }
    let deep = [vec![0x81; 100_000], vec![0]].concat();
    let sent = Registering { client_data: &text, attestation: &deep };
    assert_eq!(register(ORIGIN, Some(&challenge), sent, NOW).err(), Some(WebauthnRefusal::Malformed));
    for not_json in [&b""[..], b"{", b"[]", b"\xff"] {
        let sent = Registering { client_data: not_json, attestation: &whole };
        assert!(register(ORIGIN, Some(&challenge), sent, NOW).is_err());
        assert_eq!(challenge_of(not_json), None);
    }
}

#[test]
fn a_signature_has_one_spelling() {
    let raw: Vec<u8> = (1..=64).collect();
    let good = encoded(&raw);
    assert_eq!(raw_signature(&good), Some(raw));
    let mut long = vec![0x30, 0x81, 0x44];
    long.extend(&good[2..]);
    let mut padded = vec![0x30, 0x45, 2, 33, 0];
    padded.extend(&good[4..]);
    let mut negative = good.clone();
    negative[4] = 0x80;
    let [mut more, mut less] = [good.clone(), good.clone()];
    more.push(0);
    less.pop();
    for bad in
        [long, padded, negative, more, less, Vec::new(), vec![0x30], vec![0x30, 0], vec![0x30, 2, 2, 0]]
    {
        assert_eq!(raw_signature(&bad), None, "{bad:02x?}");
    }
}

#[test]
fn the_relying_party_is_the_host() {
    for (origin, id) in [
        ("https://keyward.example", "keyward.example"),
        ("http://localhost:8787", "localhost"),
        ("https://a.b.test:8443", "a.b.test"),
    ] {
        assert_eq!(rp_id(origin), id);
    }
}
