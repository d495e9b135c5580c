//! Signatures of any XML document, for callers outside the SAML profiles.

use crate::check::Check;
use crate::crypto::PublicKey;
use crate::engine::Policy;
use crate::limits;
use crate::refusal::Refusal;
use crate::signature;
use crate::xml::{DS, Document};

/// Checks every Signature of a document: each has to cover the element that it stands directly in, and every one
/// present has to be valid. Gives the IDs of the signed elements in document order (empty for a root that was
/// referenced as a whole).
///
/// # Errors
/// [`Refusal::SignatureMissing`] where there is none, [`Refusal::SignaturePosition`] for more than
/// [`limits::SIGNATURES`], else what is wrong with one.
pub fn verify_xml_signature(
    xml: &[u8],
    keys: &[PublicKey],
    policy: &Policy,
) -> Result<Check<Vec<String>>, Refusal> {
    let document = Document::parse(xml)?;
    signature::check_ids(&document)?;
    let signatures: Vec<_> = document
        .descendant_elements(document.root())
        .filter(|node| document.is(*node, DS, "Signature"))
        .collect();
    if signatures.is_empty() {
        return Err(Refusal::SignatureMissing);
    }
    if signatures.len() > limits::SIGNATURES {
        return Err(Refusal::SignaturePosition);
    }
    let id = |node| signature::id_of(&document, node).unwrap_or_default().to_owned();
    let mut check = Check::new(signatures.iter().map(|node| id(document.parent(*node))).collect());
    for node in signatures {
        check.add(signature::digest(&document, node, keys, policy)?)?;
    }
    Ok(check)
}
