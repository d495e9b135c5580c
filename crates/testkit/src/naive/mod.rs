//! A verifier with the classic mistakes: it reads whatever looks like XML, finds things by name, resolves IDs by
//! searching, takes the identity from wherever it stands and checks nothing else. What fools it is an attack; what does
//! not proves nothing about a better one.

mod tree;

use core::fmt;

use keyward_saml::crypto::VerifyJob;
use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::{Certificate, base64};
use tree::Tree;

use crate::{Key, encryption};

/// Which of several candidates it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The first in document order.
    First,
    /// The last.
    Last,
}

impl Take {
    fn of<T: Copy>(self, candidates: &[T]) -> Option<T> {
        match self {
            Take::First => candidates.first().copied(),
            Take::Last => candidates.last().copied(),
        }
    }
}

impl fmt::Display for Take {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Take::First => "first",
            Take::Last => "last",
        })
    }
}

/// A mistake on top of those that every variant makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// Reads an element's first text node only.
    FirstText,
    /// Reads an element's last text node only.
    LastText,
    /// Reads an element's first child, be it text or a comment.
    FirstChild,
    /// Of two attributes of one name, takes the last.
    LastAttribute,
    /// Trusts the certificate in KeyInfo.
    TrustsKeyInfo,
    /// Takes a message without a signature.
    TakesUnsigned,
    /// Takes a signature without a reference.
    TakesNoReference,
    /// Skips references that it cannot resolve.
    SkipsUnresolved,
    /// Looks for the DigestValue in the whole document.
    DigestAnywhere,
    /// Reads the reference from the last SignedInfo and verifies the first.
    TwoSignedInfo,
    /// Takes the failure of a canonicalization for an empty result.
    VoidCanonicalization,
    /// Does HMAC with the public key, where the message says so.
    HmacWithPublicKey,
    /// Compares as many bits of an HMAC as the message says.
    TruncatedHmac,
    /// Computes ECDSA without looking at the range of r and s.
    PsychicEcdsa,
    /// Accepts RSA with SHA-1.
    TakesSha1,
    /// Skips the digest where the DigestMethod is unknown.
    SkipsUnknownDigest,
}

impl Quirk {
    const ALL: [Quirk; 16] = [
        Quirk::FirstText,
        Quirk::LastText,
        Quirk::FirstChild,
        Quirk::LastAttribute,
        Quirk::TrustsKeyInfo,
        Quirk::TakesUnsigned,
        Quirk::TakesNoReference,
        Quirk::SkipsUnresolved,
        Quirk::DigestAnywhere,
        Quirk::TwoSignedInfo,
        Quirk::VoidCanonicalization,
        Quirk::HmacWithPublicKey,
        Quirk::TruncatedHmac,
        Quirk::PsychicEcdsa,
        Quirk::TakesSha1,
        Quirk::SkipsUnknownDigest,
    ];
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Quirk::FirstText => "reads the first text node only",
            Quirk::LastText => "reads the last text node only",
            Quirk::FirstChild => "reads the first child, be it text or a comment",
            Quirk::LastAttribute => "takes the last of two attributes",
            Quirk::TrustsKeyInfo => "trusts the certificate in KeyInfo",
            Quirk::TakesUnsigned => "takes a message without a signature",
            Quirk::TakesNoReference => "takes a signature without a reference",
            Quirk::SkipsUnresolved => "skips references that it cannot resolve",
            Quirk::DigestAnywhere => "looks for DigestValue in the whole document",
            Quirk::TwoSignedInfo => "reads one SignedInfo and verifies another",
            Quirk::VoidCanonicalization => "takes a failed canonicalization for an empty one",
            Quirk::HmacWithPublicKey => "does HMAC with the public key",
            Quirk::TruncatedHmac => "compares as much of an HMAC as the message says",
            Quirk::PsychicEcdsa => "does not look at the range of r and s",
            Quirk::TakesSha1 => "accepts SHA-1",
            Quirk::SkipsUnknownDigest => "skips a digest of an unknown kind",
        })
    }
}

/// One naive verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naive {
    /// Which of several signatures it looks at.
    pub signature: Take,
    /// Which of several elements with the referenced ID it digests.
    pub reference: Take,
    /// Which of several assertions it takes the identity from.
    pub identity: Take,
    /// What else it does wrong.
    pub quirk: Option<Quirk>,
}

impl fmt::Display for Naive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Naive { signature, reference, identity, quirk } = self;
        write!(f, "{signature} signature, {reference} element of the ID, {identity} assertion")?;
        quirk.map_or(Ok(()), |quirk| write!(f, ", {quirk}"))
    }
}

/// Whom a naive verifier takes a message to be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Believed {
    /// The NameID.
    pub name_id: String,
    /// Every attribute value of the same assertion.
    pub values: Vec<String>,
}

impl Believed {
    /// Whether it was said anywhere.
    pub fn says(&self, what: &str) -> bool {
        self.name_id == what || self.values.iter().any(|value| value == what)
    }
}

/// Every variant.
pub fn variants() -> Vec<Naive> {
    let both = [Take::First, Take::Last];
    let mut found = Vec::new();
    for quirk in core::iter::once(None).chain(Quirk::ALL.map(Some)) {
        for signature in both {
            for reference in both {
                for identity in both {
                    // Quirks are one mistake more than the plainest verifier makes, who may take either assertion.
                    if quirk.is_none() || (signature, reference) == (Take::First, Take::First) {
                        found.push(Naive { signature, reference, identity, quirk });
                    }
                }
            }
        }
    }
    found
}

/// The first variant that takes the message to say `wants`.
pub fn fooled(message: &[u8], wants: &str) -> Option<Naive> {
    variants().into_iter().find(|naive| naive.verify(message).is_some_and(|believed| believed.says(wants)))
}

/// Whether any variant of it takes the message for somebody else than `signed`.
pub fn is_fooled(xml: &str, signed: &str) -> bool {
    variants()
        .iter()
        .filter(|naive| naive.quirk.is_none())
        .any(|naive| naive.verify(xml.as_bytes()).is_some_and(|believed| believed.name_id != signed))
}

impl Naive {
    fn has(&self, quirk: Quirk) -> bool {
        self.quirk == Some(quirk)
    }

    /// Whom the message is about, if the one signature it looks at is valid.
    pub fn verify(&self, message: &[u8]) -> Option<Believed> {
        // Like many, it puts what was encrypted where it was, and reads on as if nothing had been.
        let decrypted = core::str::from_utf8(message).ok().and_then(encryption::decrypted_in_place);
        let tree = &Tree::parse(decrypted.as_ref().map_or(message, String::as_bytes), self.quirk);
        let everywhere = tree.below(0);
        let named = |name: &str| -> Vec<usize> {
            everywhere.iter().copied().filter(|node| tree.is(*node, name)).collect()
        };
        match self.signature.of(&named("Signature")) {
            Some(signature) if !self.is_valid(tree, &everywhere, signature)? => return None,
            None if !self.has(Quirk::TakesUnsigned) => return None,
            _ => {}
        }
        let assertion = self.identity.of(&named("Assertion"))?;
        let inside = tree.below(assertion);
        let named = |name: &'static str| inside.iter().copied().filter(move |node| tree.is(*node, name));
        // By its path where it has it, for the signature may hold another assertion.
        let by_path = named("NameID").find(|node| tree.parent(tree.parent(*node)) == assertion);
        let name_id = by_path.or_else(|| named("NameID").next()).map(|node| tree.text(node));
        let values = named("AttributeValue").map(|node| tree.text(node)).collect();
        Some(Believed { name_id: name_id.unwrap_or_default(), values })
    }

    fn is_valid(&self, tree: &Tree, everywhere: &[usize], signature: usize) -> Option<bool> {
        let inside = tree.below(signature);
        let named = |name: &'static str| inside.iter().copied().filter(move |node| tree.is(*node, name));
        let info = named("SignedInfo").next()?;
        let read = if self.has(Quirk::TwoSignedInfo) { named("SignedInfo").next_back()? } else { info };
        let within = tree.below(read);
        let first = |name: &str| within.iter().copied().find(|node| tree.is(*node, name));
        let digest_holds = match first("Reference") {
            Some(reference) => self.digest_holds(tree, everywhere, signature, reference)?,
            None => self.has(Quirk::TakesNoReference),
        };
        if !digest_holds {
            return Some(false);
        }
        let method = first("SignatureMethod")?;
        let value = base64::decode(tree.text(named("SignatureValue").next()?).as_bytes())?;
        let message = tree.canonical(info, None).into_bytes();
        let claimed = tree.attribute(method, "Algorithm").unwrap_or_default();
        let certificate = if self.has(Quirk::TrustsKeyInfo) {
            let sent = named("X509Certificate").next()?;
            Certificate::from_pem_or_base64(&tree.text(sent)).ok()?
        } else {
            Key::Idp.certificate()
        };
        if claimed.contains("hmac") {
            let mac = hmac(certificate.der(), &message);
            let bits =
                named("HMACOutputLength").next().and_then(|node| tree.text(node).parse::<usize>().ok());
            let length = match bits {
                Some(bits) if self.has(Quirk::TruncatedHmac) => bits / 8,
                _ if self.has(Quirk::HmacWithPublicKey) => mac.len(),
                _ => return Some(false),
            };
            return Some(mac.get(..length) == value.get(..length) && value.len() >= length);
        }
        if claimed.contains("ecdsa") && self.has(Quirk::PsychicEcdsa) {
            return Some(is_psychic(&message, &value));
        }
        let digest = if claimed.ends_with("#rsa-sha1") && self.has(Quirk::TakesSha1) {
            Digest::Sha1
        } else {
            Digest::Sha256
        };
        let job = VerifyJob {
            algorithm: SignatureAlgorithm::RsaPkcs1(digest),
            key: certificate.public_key().clone(),
            message,
            signature: value,
        };
        Some(job.answer_pure())
    }

    fn digest_holds(
        &self,
        tree: &Tree,
        everywhere: &[usize],
        signature: usize,
        reference: usize,
    ) -> Option<bool> {
        let uri = tree.attribute(reference, "URI").unwrap_or_default();
        let id = uri.trim_start_matches(['#', '/']).trim_start_matches("xpointer(").trim_start_matches("id(");
        let id = id.trim_end_matches(')').trim_matches(['\'', '"']);
        let with_id: Vec<usize> = everywhere
            .iter()
            .copied()
            .filter(|node| ["ID", "Id", "id"].iter().any(|name| tree.attribute(*node, name) == Some(id)))
            .collect();
        let root = || everywhere.get(1).copied();
        let target = if id.is_empty() || id == "/" { root() } else { self.reference.of(&with_id) };
        let Some(target) = target else { return Some(self.has(Quirk::SkipsUnresolved)) };
        let inside = tree.below(reference);
        let places = if self.has(Quirk::DigestAnywhere) { everywhere } else { inside.as_slice() };
        let value = places.iter().copied().find(|node| tree.is(*node, "DigestValue"))?;
        let method = inside.iter().copied().find(|node| tree.is(*node, "DigestMethod"));
        let digest =
            match method.and_then(|node| tree.attribute(node, "Algorithm")).and_then(Digest::from_uri) {
                Some(Digest::Sha1) if !self.has(Quirk::TakesSha1) => return Some(false),
                Some(digest) => digest,
                None => return Some(self.has(Quirk::SkipsUnknownDigest)),
            };
        let octets = tree.canonical(target, Some(signature));
        Some(base64::decode(tree.text(value).as_bytes())? == digest.hash(octets.as_bytes()))
    }
}

/// HMAC with SHA-256 (RFC 2104).
pub fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { Digest::Sha256.hash(key) } else { key.to_vec() };
    block.resize(64, 0);
    let padded = |pad: u8| -> Vec<u8> { block.iter().map(|byte| byte ^ pad).collect() };
    let inner = Digest::Sha256.hash(&[padded(0x36), message.to_vec()].concat());
    Digest::Sha256.hash(&[padded(0x5c), inner].concat())
}

/// ECDSA over P-256 with arithmetic that takes the inverse of zero for zero (CVE-2022-21449).
fn is_psychic(message: &[u8], value: &[u8]) -> bool {
    use p256::elliptic_curve::ops::Reduce;
    use p256::elliptic_curve::sec1::ToSec1Point;
    use p256::{FieldBytes, ProjectivePoint, Scalar};

    let (Some((r, s)), Ok(hash)) = (value.split_at_checked(32), Digest::Sha256.hash(message).try_into())
    else {
        return false;
    };
    let hash: [u8; 32] = hash;
    let (Ok(r), Ok(s)) = (<[u8; 32]>::try_from(r), <[u8; 32]>::try_from(s)) else { return false };
    let scalar = |bytes: [u8; 32]| <Scalar as Reduce<FieldBytes>>::reduce(&bytes.into());
    let inverse = scalar(s).invert().unwrap_or(Scalar::ZERO);
    let key = ProjectivePoint::from(Key::P256.p256().verifying_key().as_affine());
    let point = ProjectivePoint::GENERATOR * (scalar(hash) * inverse) + key * (scalar(r) * inverse);
    let x = point.to_affine().to_sec1_point(false).x().copied().unwrap_or_default();
    scalar(x.into()) == scalar(r)
}
