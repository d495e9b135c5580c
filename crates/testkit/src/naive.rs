//! A verifier with the classic mistakes: it finds things by name, resolves IDs by searching, and reads the identity from
//! wherever it stands. What fools it is an attack; what does not proves nothing about a better one.

use keyward_saml::base64;
use keyward_saml::c14n::{self, Algorithm};
use keyward_saml::crypto::VerifyJob;
use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::xml::{Document, NodeId};

use crate::Key;

pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// Which of several candidates it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The first in document order.
    First,
    /// The last.
    Last,
}

fn take(mut nodes: impl Iterator<Item = NodeId>, which: Take) -> Option<NodeId> {
    match which {
        Take::First => nodes.next(),
        Take::Last => nodes.last(),
    }
}

/// The NameID that the naive verifier believes, if the one signature it looks at is valid.
pub fn verify(xml: &str, reference: Take, identity: Take) -> Option<String> {
    let document = &Document::parse(xml.as_bytes()).ok()?;
    let everywhere = || document.descendant_elements(document.root());
    let named = |name: &'static str| everywhere().filter(move |node| document.is(*node, DS, name));
    let signature = named("Signature").next()?;
    let info = named("SignedInfo").next()?;
    let uri = document.attribute(named("Reference").next()?, "URI")?.trim_start_matches('#');
    let target = take(everywhere().filter(|node| document.attribute(*node, "ID") == Some(uri)), reference)?;
    let octets = c14n::canonicalize(document, target, Algorithm::EXCLUSIVE, &[], Some(signature)).ok()?;
    let digest = document.simple_text(named("DigestValue").next()?)?;
    if base64::decode(digest.as_bytes())? != Digest::Sha256.hash(&octets) {
        return None;
    }
    let job = VerifyJob {
        algorithm: SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
        key: Key::Idp.certificate().public_key().clone(),
        message: c14n::canonicalize(document, info, Algorithm::EXCLUSIVE, &[], None).ok()?,
        signature: base64::decode(document.simple_text(named("SignatureValue").next()?)?.as_bytes())?,
    };
    if !job.answer_pure() {
        return None;
    }
    let name_id = take(everywhere().filter(|node| document.is(*node, SAML, "NameID")), identity)?;
    document.simple_text(name_id)
}

/// Whether any variant of it takes the message for somebody else than `signed`.
pub fn is_fooled(xml: &str, signed: &str) -> bool {
    let both = [Take::First, Take::Last];
    both.iter().any(|reference| {
        both.iter()
            .any(|identity| verify(xml, *reference, *identity).is_some_and(|believed| believed != signed))
    })
}
