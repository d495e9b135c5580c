//! Passkeys and security keys: the relying party's part of WebAuthn Level 3, §7.1 (registration) and §7.2 (assertion), with
//! attestation `none`. The step numbers below are theirs.
//!
//! The one signature is a job for the host ([`Asserted::job`]); only its answer makes a [`Shown`], which nothing else does.

use core::fmt;

use coset::cbor::value::Value;
use coset::iana::{Algorithm, KeyType};
use coset::{AsCborValue, CoseKey, Label, RegisteredLabel, RegisteredLabelWithPrivate};
use keyward_saml::crypto::algorithm::{Digest as Hash, SignatureAlgorithm};
use keyward_saml::crypto::{PublicKey, VerifyJob};
use keyward_saml::{Timestamp, base64};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::id::{DeviceId, TenantId, UserId};
use crate::random::{Token, TokenHash};

/// The longest credential ID (§5.8.3 and step 25 of §7.1), in octets.
const CREDENTIAL_ID: usize = 1023;
const UP: u8 = 1;
const UV: u8 = 1 << 2;
const BE: u8 = 1 << 3;
const BS: u8 = 1 << 4;
const AT: u8 = 1 << 6;
const ED: u8 = 1 << 7;

/// The algorithms that are asked for, as COSE numbers them: ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Why an authenticator's answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebauthnRefusal {
    /// Not what a browser sends.
    Malformed,
    /// Another ceremony's.
    Type,
    /// A challenge of nobody's, of another session's or another ceremony's.
    Challenge,
    /// One that was answered.
    ChallengeUsed,
    /// Too late.
    Expired,
    /// A page elsewhere asked for it.
    Origin,
    /// A frame within a page elsewhere did.
    CrossOrigin,
    /// It is for another site.
    RelyingParty,
    /// Nobody touched the authenticator.
    NotPresent,
    /// The authenticator can tell who touches it, and did not.
    NotVerified,
    /// Its flags contradict each other, or what they were.
    Flags,
    /// An algorithm that was not asked for, or a key that is none.
    Key,
    /// An attestation, which was not asked for.
    Attestation,
    /// Another person's credential, or none of this person's.
    Credential,
    /// The signature is not the credential's.
    Signature,
    /// The counter did not grow: there may be a copy of the authenticator.
    Counter,
}

impl WebauthnRefusal {
    /// Stable, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            WebauthnRefusal::Malformed => "webauthn-malformed",
            WebauthnRefusal::Type => "webauthn-type",
            WebauthnRefusal::Challenge => "webauthn-challenge",
            WebauthnRefusal::ChallengeUsed => "webauthn-challenge-used",
            WebauthnRefusal::Expired => "webauthn-expired",
            WebauthnRefusal::Origin => "webauthn-origin",
            WebauthnRefusal::CrossOrigin => "webauthn-cross-origin",
            WebauthnRefusal::RelyingParty => "webauthn-relying-party",
            WebauthnRefusal::NotPresent => "webauthn-not-present",
            WebauthnRefusal::NotVerified => "webauthn-not-verified",
            WebauthnRefusal::Flags => "webauthn-flags",
            WebauthnRefusal::Key => "webauthn-key",
            WebauthnRefusal::Attestation => "webauthn-attestation",
            WebauthnRefusal::Credential => "webauthn-credential",
            WebauthnRefusal::Signature => "webauthn-signature",
            WebauthnRefusal::Counter => "webauthn-counter",
        }
    }
}

impl fmt::Display for WebauthnRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for WebauthnRefusal {}

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// A new credential.
    Register,
    /// One that is known.
    Show,
    /// The same, and its user has to be verified: to open what was locked in a device.
    Unlock,
}

impl Ceremony {
    /// As the database calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Ceremony::Register => "register",
            Ceremony::Show => "show",
            Ceremony::Unlock => "unlock",
        }
    }

    /// From the database or a page.
    pub fn parse(text: &str) -> Option<Ceremony> {
        [Ceremony::Register, Ceremony::Show, Ceremony::Unlock].into_iter().find(|it| it.as_str() == text)
    }

    fn kind(self) -> &'static str {
        match self {
            Ceremony::Register => "webauthn.create",
            Ceremony::Show | Ceremony::Unlock => "webauthn.get",
        }
    }
}

/// A challenge of this session's, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its hash.
    pub hash: TokenHash,
    /// What for.
    pub ceremony: Ceremony,
    /// In which device, where it is to open what was locked there.
    pub device: Option<DeviceId>,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it was answered.
    pub is_used: bool,
}

/// The challenge that an answer says it is to; by its hash it is looked up, before anything is believed.
pub fn challenge_of(client_data: &[u8]) -> Option<Token> {
    let json: Json = serde_json::from_slice(client_data).ok()?;
    Token::parse(json.get("challenge")?.as_str()?)
}

/// The relying party's ID: the host of our origin. A browser takes no address such as 127.0.0.1.
pub fn rp_id(origin: &str) -> &str {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    host.split_once(':').map_or(host, |(host, _)| host)
}

/// What an authenticator calls the account by; it tells nothing of the person (§14.6.1). Base64.
pub fn user_handle(tenant: &TenantId, user: &UserId) -> String {
    let text = format!("keyward user handle\n{}\n{}", tenant.as_str(), user.as_str());
    base64::encode(&Sha256::digest(text.as_bytes()))
}

/// A credential, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Base64 of its ID.
    pub id: String,
    /// Base64 of its public key, a SubjectPublicKeyInfo.
    pub key: String,
    /// The last signature counter.
    pub counter: i64,
    /// Whether the authenticator verified its user when it was made: it has to, from then on.
    pub is_verified: bool,
    /// Whether it may be copied to the person's other devices by whoever made the authenticator.
    pub may_sync: bool,
}

/// What a browser sends of a registration.
#[derive(Clone, Copy, Debug)]
pub struct Registering<'a> {
    /// clientDataJSON.
    pub client_data: &'a [u8],
    /// attestationObject.
    pub attestation: &'a [u8],
}

/// What a browser sends of an assertion.
#[derive(Clone, Copy, Debug)]
pub struct Asserting<'a> {
    /// clientDataJSON.
    pub client_data: &'a [u8],
    /// authenticatorData.
    pub authenticator_data: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// userHandle; empty where there is none.
    pub user_handle: &'a [u8],
}

/// Steps 5–11 of §7.1 and 6–12 of §7.2: what the browser says of the page that asked.
fn check_client_data(
    client_data: &[u8],
    ceremony: Ceremony,
    challenge: Option<&Challenge>,
    origin: &str,
    now: Timestamp,
) -> Result<(), WebauthnRefusal> {
    let json: Json = serde_json::from_slice(client_data).map_err(|_| WebauthnRefusal::Malformed)?;
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    if text("type") != Some(ceremony.kind()) {
        return Err(WebauthnRefusal::Type);
    }
    let answered = text("challenge").and_then(Token::parse).ok_or(WebauthnRefusal::Challenge)?.hash();
    let challenge = challenge
        .filter(|it| it.hash == answered && it.ceremony == ceremony)
        .ok_or(WebauthnRefusal::Challenge)?;
    if challenge.is_used {
        return Err(WebauthnRefusal::ChallengeUsed);
    }
    if challenge.expires_at <= now {
        return Err(WebauthnRefusal::Expired);
    }
    if text("origin") != Some(origin) {
        return Err(WebauthnRefusal::Origin);
    }
    // No page of ours is ever in somebody's frame.
    let is_framed = json.get("crossOrigin").is_some_and(|it| *it != Json::Bool(false));
    if is_framed || json.get("topOrigin").is_some() {
        return Err(WebauthnRefusal::CrossOrigin);
    }
    Ok(())
}

/// §6.1, without what follows the counter.
struct AuthenticatorData<'a> {
    flags: u8,
    counter: i64,
    rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    fn read(octets: &'a [u8], origin: &str) -> Result<AuthenticatorData<'a>, WebauthnRefusal> {
        let (hash, rest) = octets.split_at_checked(32).ok_or(WebauthnRefusal::Malformed)?;
        let (flags, rest) = rest.split_first().ok_or(WebauthnRefusal::Malformed)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or(WebauthnRefusal::Malformed)?;
        if *hash != *Sha256::digest(rp_id(origin).as_bytes()) {
            return Err(WebauthnRefusal::RelyingParty);
        }
        let its = AuthenticatorData { flags: *flags, counter: u32::from_be_bytes(*counter).into(), rest };
        if !its.has(UP) {
            return Err(WebauthnRefusal::NotPresent);
        }
        if its.has(BS) && !its.has(BE) {
            return Err(WebauthnRefusal::Flags);
        }
        Ok(its)
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Extensions are a map, after which nothing comes; none was asked for, and what they say is nobody's business.
    fn check_end(&self, mut rest: &[u8]) -> Result<(), WebauthnRefusal> {
        if self.has(ED) && !cbor(&mut rest)?.is_map() {
            return Err(WebauthnRefusal::Malformed);
        }
        if rest.is_empty() { Ok(()) } else { Err(WebauthnRefusal::Malformed) }
    }
}

/// The next thing in CBOR, which moves past it.
fn cbor(octets: &mut &[u8]) -> Result<Value, WebauthnRefusal> {
    // An authenticator nests three deep.
    coset::cbor::de::from_reader_with_recursion_limit(octets, 8).map_err(|_| WebauthnRefusal::Malformed)
}

/// Registers a credential (§7.1).
///
/// # Errors
/// [`WebauthnRefusal`].
pub fn register(
    origin: &str,
    challenge: Option<&Challenge>,
    sent: Registering<'_>,
    now: Timestamp,
) -> Result<Credential, WebauthnRefusal> {
    check_client_data(sent.client_data, Ceremony::Register, challenge, origin, now)?;
    let mut rest = sent.attestation;
    let object = cbor(&mut rest)?;
    let object = object.as_map().filter(|_| rest.is_empty()).ok_or(WebauthnRefusal::Malformed)?;
    let member = |name: &str| object.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, it)| it);
    let data = member("authData").and_then(Value::as_bytes).ok_or(WebauthnRefusal::Malformed)?;
    let data = AuthenticatorData::read(data, origin)?;
    if !data.has(AT) {
        return Err(WebauthnRefusal::Malformed);
    }
    // §6.5.2: AAGUID, the length of the credential's ID, the ID, its key.
    let rest = data.rest.get(16..).ok_or(WebauthnRefusal::Malformed)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(WebauthnRefusal::Malformed)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, mut rest) = rest.split_at_checked(length).ok_or(WebauthnRefusal::Malformed)?;
    if !(1..=CREDENTIAL_ID).contains(&id.len()) {
        return Err(WebauthnRefusal::Malformed);
    }
    let key = CoseKey::from_cbor_value(cbor(&mut rest)?).map_err(|_| WebauthnRefusal::Key)?;
    data.check_end(rest)?;
    let key = public_key(&key).ok_or(WebauthnRefusal::Key)?;
    // Step 21 and §8.7.
    let has_none = member("fmt").and_then(Value::as_text) == Some("none")
        && member("attStmt").and_then(Value::as_map).is_some_and(Vec::is_empty);
    if !has_none {
        return Err(WebauthnRefusal::Attestation);
    }
    Ok(Credential {
        id: base64::encode(id),
        key: base64::encode(key.spki_der()),
        counter: data.counter,
        is_verified: data.has(UV),
        may_sync: data.has(BE),
    })
}

/// An assertion in which everything is right but the signature, which is yet to be looked at.
#[derive(Debug)]
pub struct Asserted {
    job: VerifyJob,
    ceremony: Ceremony,
    counter: i64,
    known: i64,
}

/// A credential that was shown. Nothing makes one but a signature that the host found right.
///
/// ```compile_fail
/// use keyward_core::two_factor::webauthn::{Ceremony, Shown};
/// let shown = Shown { ceremony: Ceremony::Show, counter: 1 };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    ceremony: Ceremony,
    counter: i64,
}

impl Shown {
    /// What for: nothing else is to be done upon it.
    pub fn ceremony(self) -> Ceremony {
        self.ceremony
    }

    /// The counter from now on.
    pub fn counter(self) -> i64 {
        self.counter
    }
}

impl Asserted {
    /// The signature to verify.
    pub fn job(&self) -> &VerifyJob {
        &self.job
    }

    /// With the host's answer to [`Asserted::job`].
    ///
    /// # Errors
    /// The signature is wrong, or the counter did not grow (step 23).
    pub fn finish(self, is_right: bool) -> Result<Shown, WebauthnRefusal> {
        let Asserted { ceremony, counter, known, .. } = self;
        if !is_right {
            return Err(WebauthnRefusal::Signature);
        }
        if (counter != 0 || known != 0) && counter <= known {
            return Err(WebauthnRefusal::Counter);
        }
        Ok(Shown { ceremony, counter })
    }
}

/// Looks at an assertion (§7.2) by one of the person's credentials.
///
/// # Errors
/// [`WebauthnRefusal`].
pub fn assert(
    origin: &str,
    ceremony: Ceremony,
    challenge: Option<&Challenge>,
    known: &Credential,
    handle: &str,
    sent: Asserting<'_>,
    now: Timestamp,
) -> Result<Asserted, WebauthnRefusal> {
    if !sent.user_handle.is_empty() && base64::encode(sent.user_handle) != handle {
        return Err(WebauthnRefusal::Credential);
    }
    check_client_data(sent.client_data, ceremony, challenge, origin, now)?;
    let data = AuthenticatorData::read(sent.authenticator_data, origin)?;
    if data.has(AT) {
        return Err(WebauthnRefusal::Malformed);
    }
    data.check_end(data.rest)?;
    if (known.is_verified || ceremony == Ceremony::Unlock) && !data.has(UV) {
        return Err(WebauthnRefusal::NotVerified);
    }
    if data.has(BE) != known.may_sync {
        return Err(WebauthnRefusal::Flags);
    }
    let key = base64::decode(known.key.as_bytes()).and_then(|der| PublicKey::from_spki_der(&der).ok());
    let key = key.ok_or(WebauthnRefusal::Key)?;
    let algorithm = algorithm_of(&key).ok_or(WebauthnRefusal::Key)?;
    let signature = match algorithm {
        SignatureAlgorithm::Ecdsa(_) => raw_signature(sent.signature).ok_or(WebauthnRefusal::Signature)?,
        _ => sent.signature.to_vec(),
    };
    let message = [sent.authenticator_data, &Sha256::digest(sent.client_data)].concat();
    let job = VerifyJob { algorithm, key, message, signature };
    Ok(Asserted { job, ceremony, counter: data.counter, known: known.counter })
}

fn algorithm_of(key: &PublicKey) -> Option<SignatureAlgorithm> {
    let all = [
        SignatureAlgorithm::Ecdsa(Hash::Sha256),
        SignatureAlgorithm::Ed25519,
        SignatureAlgorithm::RsaPkcs1(Hash::Sha256),
    ];
    all.into_iter().find(|algorithm| key.accepts(*algorithm))
}

/// A COSE_Key (RFC 9053 §7, RFC 8230 §4) of an algorithm that was asked for, as a key of ours.
fn public_key(key: &CoseKey) -> Option<PublicKey> {
    let part =
        |label: i64| key.params.iter().find(|(its, _)| *its == Label::Int(label)).map(|(_, value)| value);
    let octets = |label: i64| part(label).and_then(Value::as_bytes);
    let coordinate = |label: i64| octets(label).filter(|it| it.len() == 32);
    let curve = part(-1).and_then(Value::as_integer).and_then(|it| i64::try_from(it).ok());
    let (RegisteredLabel::Assigned(kind), Some(RegisteredLabelWithPrivate::Assigned(algorithm))) =
        (&key.kty, &key.alg)
    else {
        return None;
    };
    let der = match (kind, algorithm, curve) {
        (KeyType::EC2, Algorithm::ES256, Some(1)) => {
            let point = [[0, 4].as_slice(), coordinate(-2)?, coordinate(-3)?].concat();
            // id-ecPublicKey, prime256v1
            let names = [
                0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
                0x3d, 0x03, 0x01, 0x07,
            ];
            spki(&names, &point)
        }
        (KeyType::OKP, Algorithm::EdDSA, Some(6)) => {
            let key = [[0].as_slice(), coordinate(-2)?].concat();
            spki(&[0x06, 0x03, 0x2b, 0x65, 0x70], &key)
        }
        (KeyType::RSA, Algorithm::RS256, _) => {
            let numbers = [unsigned(octets(-1)?)?, unsigned(octets(-2)?)?].concat();
            let key = [[0].as_slice(), &der(0x30, &numbers)].concat();
            // rsaEncryption, NULL
            let names = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
            spki(&names, &key)
        }
        _ => return None,
    };
    PublicKey::from_spki_der(&der).ok().filter(|key| algorithm_of(key).is_some())
}

fn spki(names: &[u8], bits: &[u8]) -> Vec<u8> {
    der(0x30, &[der(0x30, names), der(0x03, bits)].concat())
}

/// One value in DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let length = match significant.as_slice() {
        [] => vec![0],
        [short @ 0..=0x7f] => vec![*short],
        long => [&[0x80 | u8::try_from(long.len()).unwrap_or_default()], long].concat(),
    };
    [&[tag], length.as_slice(), content].concat()
}

/// An INTEGER of an unsigned number without leading zeros.
fn unsigned(octets: &[u8]) -> Option<Vec<u8>> {
    let first = octets.first().filter(|first| **first != 0)?;
    let padding: &[u8] = if *first >= 0x80 { &[0] } else { &[] };
    Some(der(0x02, &[padding, octets].concat()))
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3) as r‖s, each of 32 octets.
fn raw_signature(encoded: &[u8]) -> Option<Vec<u8>> {
    let rest = encoded.strip_prefix(&[0x30])?;
    let (length, mut rest) = rest.split_first()?;
    if usize::from(*length) != rest.len() || *length > 0x7f {
        return None;
    }
    let mut raw = Vec::with_capacity(64);
    for _ in 0..2 {
        let (length, after) = rest.strip_prefix(&[0x02])?.split_first()?;
        let (number, after) = after.split_at_checked(usize::from(*length))?;
        rest = after;
        let number = match number {
            [0, next, ..] if *next >= 0x80 => number.get(1..)?,
            [0, _, ..] | [0x80..=0xff, ..] | [] => return None,
            number => number,
        };
        raw.extend(core::iter::repeat_n(0, 32_usize.checked_sub(number.len())?));
        raw.extend(number);
    }
    rest.is_empty().then_some(raw)
}

#[cfg(test)]
pub(crate) mod tests;
