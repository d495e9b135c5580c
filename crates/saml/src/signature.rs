//! XML Signature as SAML uses it (Core §5.4): one enveloped signature over the element that it stands in.

use crate::base64;
use crate::c14n;
use crate::crypto::algorithm::{Digest, SignatureAlgorithm};
use crate::crypto::{PublicKey, VerifyJob};
use crate::engine::Policy;
use crate::limits;
use crate::refusal::Refusal;
use crate::xml::{self, AttributeView, DS, Document, EXC_C14N, NodeId, View};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A signature whose digest matched, and what is left to ask: did a pinned key make it?
pub(crate) struct Digested {
    /// The canonical octets of the signed element, less the signature: what the signature speaks of, and all it does.
    pub(crate) octets: Vec<u8>,
    /// One for each pinned key that fits the algorithm. One valid answer is enough.
    pub(crate) jobs: Vec<VerifyJob>,
    /// Whether an algorithm was accepted only because the connection opted in.
    pub(crate) legacy: bool,
}

impl Digested {
    /// As much to do as a signature over `octets` asks for, and nothing that could come of it.
    pub(crate) fn stand_in(octets: &[u8], keys: &[PublicKey], policy: &Policy) -> Digested {
        let job = |key: &PublicKey| VerifyJob {
            algorithm: key.usual_algorithm(),
            key: key.clone(),
            message: Digest::Sha256.hash(octets),
            signature: key.wrong_signature(),
        };
        let jobs = keys.iter().filter(|key| is_long_enough(key, policy)).map(job).collect();
        Digested { octets: Vec::new(), jobs, legacy: false }
    }
}

fn is_long_enough(key: &PublicKey, policy: &Policy) -> bool {
    key.rsa_bits().is_none_or(|bits| bits >= policy.min_rsa_bits)
}

/// The Signature directly inside each of `parents`, where there is one.
///
/// # Errors
/// [`Refusal::SignaturePosition`] if the document has any other, or two in one parent.
pub(crate) fn locate<const N: usize>(
    document: &Document,
    parents: [Option<NodeId>; N],
) -> Result<[Option<NodeId>; N], Refusal> {
    let mut found = [None; N];
    for node in
        document.descendant_elements(document.root()).filter(|node| document.is(*node, DS, "Signature"))
    {
        let parent = document.parent(node);
        let slot = parents
            .iter()
            .position(|candidate| *candidate == Some(parent))
            .and_then(|index| found.get_mut(index));
        match slot {
            Some(slot @ None) => *slot = Some(node),
            _ => return Err(Refusal::SignaturePosition),
        }
    }
    Ok(found)
}

fn malformed<T>(what: &'static str) -> Result<T, Refusal> {
    Err(Refusal::SignatureMalformed { what })
}

/// Checks the digest of the signature that stands directly inside its own parent, and prepares the rest.
pub(crate) fn digest(
    document: &Document,
    signature: NodeId,
    keys: &[PublicKey],
    policy: &Policy,
) -> Result<Digested, Refusal> {
    let parent = document.parent(signature);
    let mut children = document.elements(signature);
    let (Some(signed_info), Some(signature_value)) = (children.next(), children.next()) else {
        return malformed("Signature without SignedInfo and SignatureValue");
    };
    if !document.is(signed_info, DS, "SignedInfo") || !document.is(signature_value, DS, "SignatureValue") {
        return malformed("Signature does not begin with one SignedInfo and one SignatureValue");
    }
    match children.next() {
        None => {}
        Some(key_info) if document.is(key_info, DS, "KeyInfo") && children.next().is_none() => {}
        Some(_) => return malformed("Signature holds more than SignedInfo, SignatureValue and KeyInfo"),
    }
    if document.has_stray_text(signature) {
        return malformed("text in Signature");
    }
    if document.has_comment(signed_info) || document.has_comment(signature_value) {
        return malformed("a comment in the signature");
    }

    // From here on, SignedInfo is what its canonical octets say: those are what the key signed.
    let method = child(document, signed_info, "CanonicalizationMethod")?;
    let canonicalization = canonicalization_method(document, method)?;
    let message = canonicalize(document, signed_info, &canonicalization, None)?;
    if message.len() > limits::SIGNED_INFO_BYTES {
        return malformed("SignedInfo is too long");
    }
    let info = SignedInfo::read(&message, &canonicalization)?;

    // In this order: where both rest on SHA-1, the admin changes both by changing the signature's.
    let is_legacy = info.algorithm.is_legacy();
    if is_legacy && !policy.allow_sha1 {
        return Err(Refusal::SignatureAlgorithm {
            algorithm: info.algorithm.uri().unwrap_or_default().to_owned(),
        });
    }
    check_digest_algorithm(info.digest, policy)?;
    let Some(value) = document.simple_text(signature_value).and_then(|text| base64::decode(text.as_bytes()))
    else {
        return malformed("SignatureValue is not base64");
    };

    let names_parent = match info.uri.strip_prefix('#') {
        Some(id) => !id.is_empty() && id_of(document, parent) == Some(id),
        None => info.uri.is_empty() && parent == document.root(),
    };
    if !names_parent {
        return Err(Refusal::ReferenceNotParent { uri: info.uri });
    }
    let octets = canonicalize(document, parent, &info.transform, info.is_enveloped.then_some(signature))?;
    // Public data on both sides: nothing to hide from a clock.
    if info.digest.hash(&octets).as_slice() != info.digest_value.as_slice() {
        return Err(Refusal::DigestMismatch);
    }

    let jobs = keys
        .iter()
        .filter(|key| key.accepts(info.algorithm) && is_long_enough(key, policy))
        .map(|key| VerifyJob {
            algorithm: info.algorithm,
            key: key.clone(),
            message: message.clone(),
            signature: key.padded(&value),
        })
        .collect();
    Ok(Digested { octets, jobs, legacy: is_legacy || info.digest == Digest::Sha1 })
}

fn check_digest_algorithm(digest: Digest, policy: &Policy) -> Result<(), Refusal> {
    if digest == Digest::Sha1 && !policy.allow_sha1 {
        return Err(Refusal::DigestAlgorithm { algorithm: digest.uri().to_owned() });
    }
    Ok(())
}

/// A canonicalization with its parameters.
#[derive(PartialEq, Eq)]
struct Canonicalization {
    algorithm: c14n::Algorithm,
    prefix_list: Vec<String>,
}

fn canonicalize(
    document: &Document,
    apex: NodeId,
    canonicalization: &Canonicalization,
    without: Option<NodeId>,
) -> Result<Vec<u8>, Refusal> {
    let prefixes: Vec<&str> = canonicalization.prefix_list.iter().map(String::as_str).collect();
    c14n::canonicalize(document, apex, canonicalization.algorithm, &prefixes, without).map_err(|error| {
        Refusal::Canonicalization {
            algorithm: canonicalization.algorithm.uri().to_owned(),
            error: Some(error),
        }
    })
}

/// What SignedInfo says, read from its canonical octets.
struct SignedInfo {
    algorithm: SignatureAlgorithm,
    uri: String,
    is_enveloped: bool,
    transform: Canonicalization,
    digest: Digest,
    digest_value: Vec<u8>,
}

impl SignedInfo {
    fn read(octets: &[u8], canonicalization: &Canonicalization) -> Result<SignedInfo, Refusal> {
        let document = Document::parse(octets)?;
        let root = document.root();
        only_elements(&document, root)?;
        let mut children = document.elements(root);
        let (Some(method), Some(signature_method)) = (children.next(), children.next()) else {
            return malformed("SignedInfo without its methods");
        };
        if !document.is(root, DS, "SignedInfo")
            || !document.is(method, DS, "CanonicalizationMethod")
            || !document.is(signature_method, DS, "SignatureMethod")
            || canonicalization_method(&document, method)? != *canonicalization
        {
            return malformed("SignedInfo does not begin with CanonicalizationMethod and SignatureMethod");
        }
        let uri = required(&document, signature_method, "Algorithm")?;
        let Some(algorithm) = SignatureAlgorithm::from_uri(uri) else {
            return Err(Refusal::SignatureAlgorithm { algorithm: uri.to_owned() });
        };
        if !is_empty(&document, signature_method) {
            return malformed("SignatureMethod has parameters");
        }
        let references: Vec<NodeId> = children.collect();
        let [reference] = references.as_slice() else {
            return Err(Refusal::ReferenceCount { found: references.len() });
        };
        if !document.is(*reference, DS, "Reference") {
            return malformed("SignedInfo holds more than its methods and a Reference");
        }
        SignedInfo::read_reference(&document, *reference, algorithm)
    }

    fn read_reference(
        document: &Document,
        reference: NodeId,
        algorithm: SignatureAlgorithm,
    ) -> Result<SignedInfo, Refusal> {
        only_elements(document, reference)?;
        let uri = required(document, reference, "URI")?.to_owned();
        let mut children = document.elements(reference).peekable();
        let mut is_enveloped = false;
        // Without a canonicalization among the transforms, XML Signature §4.4.3.2 means Canonical XML 1.0.
        let mut transform = Canonicalization {
            algorithm: c14n::Algorithm { method: c14n::Method::Inclusive10, with_comments: false },
            prefix_list: Vec::new(),
        };
        if let Some(transforms) = children.next_if(|node| document.is(*node, DS, "Transforms")) {
            only_elements(document, transforms)?;
            let mut steps = document.elements(transforms).peekable();
            if let Some(step) = steps.peek().copied() {
                check_transform(document, step)?;
                if document.attribute(step, "Algorithm") == Some(ENVELOPED) {
                    // It takes no parameters; xml-crypto writes those of the canonicalization here as well, in this namespace.
                    if document.has_stray_text(step)
                        || !document
                            .elements(step)
                            .all(|it| document.is(it, ENVELOPED, "InclusiveNamespaces"))
                    {
                        return malformed("the enveloped-signature transform has parameters");
                    }
                    is_enveloped = true;
                    steps.next();
                }
            }
            if let Some(step) = steps.next() {
                check_transform(document, step)?;
                let algorithm = required(document, step, "Algorithm")?;
                if c14n::Algorithm::from_uri(algorithm).is_none() {
                    return Err(Refusal::Transform { algorithm: algorithm.to_owned() });
                }
                transform = canonicalization_method(document, step)?;
                // A reference by ID selects a node set without comments (XML Signature §4.4.3.3), whatever comes after.
                transform.algorithm.with_comments = false;
            }
            if let Some(step) = steps.next() {
                return Err(Refusal::Transform {
                    algorithm: required(document, step, "Algorithm")?.to_owned(),
                });
            }
        }
        let (Some(method), Some(value), None) = (children.next(), children.next(), children.next()) else {
            return malformed("Reference holds more or less than Transforms, DigestMethod and DigestValue");
        };
        if !document.is(method, DS, "DigestMethod") || !document.is(value, DS, "DigestValue") {
            return malformed("Reference without DigestMethod and DigestValue");
        }
        let digest_uri = required(document, method, "Algorithm")?;
        let Some(digest) = Digest::from_uri(digest_uri) else {
            return Err(Refusal::DigestAlgorithm { algorithm: digest_uri.to_owned() });
        };
        let Some(digest_value) = document.simple_text(value).and_then(|text| base64::decode(text.as_bytes()))
        else {
            return malformed("DigestValue is not base64");
        };
        Ok(SignedInfo { algorithm, uri, is_enveloped, transform, digest, digest_value })
    }
}

fn check_transform(document: &Document, node: NodeId) -> Result<(), Refusal> {
    if document.is(node, DS, "Transform") { Ok(()) } else { malformed("Transforms holds something else") }
}

/// CanonicalizationMethod or Transform: the algorithm and, for exclusive ones, InclusiveNamespaces.
fn canonicalization_method(document: &Document, node: NodeId) -> Result<Canonicalization, Refusal> {
    let uri = required(document, node, "Algorithm")?;
    let Some(algorithm) = c14n::Algorithm::from_uri(uri) else {
        return Err(Refusal::Canonicalization { algorithm: uri.to_owned(), error: None });
    };
    only_elements(document, node)?;
    let mut children = document.elements(node);
    let prefix_list = match children.next() {
        None => Vec::new(),
        Some(list)
            if algorithm.method == c14n::Method::Exclusive10
                && document.is(list, EXC_C14N, "InclusiveNamespaces") =>
        {
            let names = document.attribute(list, "PrefixList").unwrap_or_default();
            names.split([' ', '\t', '\r', '\n']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        }
        Some(_) => return malformed("a canonicalization has parameters that it does not take"),
    };
    if children.next().is_some() {
        return malformed("a canonicalization has more than one parameter");
    }
    Ok(Canonicalization { algorithm, prefix_list })
}

/// Nothing inside but white space, which some providers write between every two tags.
fn is_empty(document: &Document, node: NodeId) -> bool {
    document.elements(node).next().is_none() && !document.has_stray_text(node)
}

fn only_elements(document: &Document, node: NodeId) -> Result<(), Refusal> {
    if document.has_stray_text(node) {
        malformed("text between the elements of the signature")
    } else {
        Ok(())
    }
}

fn required<'a>(document: &'a Document, node: NodeId, attribute: &'static str) -> Result<&'a str, Refusal> {
    document.attribute(node, attribute).ok_or(Refusal::SignatureMalformed { what: "an attribute is missing" })
}

/// The first element child, which must be `{ds}local`.
fn child(document: &Document, parent: NodeId, local: &str) -> Result<NodeId, Refusal> {
    match document.elements(parent).next() {
        Some(node) if document.is(node, DS, local) => Ok(node),
        _ => malformed("SignedInfo without CanonicalizationMethod"),
    }
}

/// Every attribute that could be taken for an ID, whatever its namespace or case, can be one and is the only one of its value.
///
/// # Errors
/// [`Refusal::DuplicateId`].
pub(crate) fn check_ids(document: &Document) -> Result<(), Refusal> {
    let mut ids: Vec<&str> = document
        .descendant_elements(document.root())
        .flat_map(|node| document.attributes(node))
        .filter(|attribute| attribute.local.eq_ignore_ascii_case("id"))
        .map(|attribute| attribute.value)
        .collect();
    ids.sort_unstable();
    let twice = ids.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    });
    match twice.or_else(|| ids.into_iter().find(|id| !xml::is_id(id))) {
        Some(id) => Err(Refusal::DuplicateId { id: id.to_owned() }),
        None => Ok(()),
    }
}

/// The ID of an element: `ID` in SAML, `Id` in XML Signature and Encryption, `id` or `xml:id` elsewhere. [`check_ids`] has
/// made sure that no two of them, in the whole document, are equal.
pub(crate) fn id_of(document: &Document, node: NodeId) -> Option<&str> {
    let xml_id = || {
        let is_xml_id = |it: &AttributeView<'_>| it.namespace == xml::XML_NS && it.local == "id";
        document.attributes(node).find(is_xml_id).map(|it| it.value)
    };
    ["ID", "Id", "id"].iter().find_map(|name| document.attribute(node, name)).or_else(xml_id)
}

/// The element with this ID, in a document whose IDs are unique.
///
/// # Errors
/// [`Refusal::DuplicateId`], or [`Refusal::Malformed`] where there is none.
pub fn element_by_id(document: &Document, id: &str) -> Result<NodeId, Refusal> {
    check_ids(document)?;
    document
        .descendant_elements(document.root())
        .find(|node| id_of(document, *node) == Some(id))
        .ok_or(Refusal::Malformed { what: "no element has the ID that was asked for" })
}

/// Local name of an element, for messages to admins.
pub(crate) fn local_name(document: &Document, node: NodeId) -> String {
    match document.view(node) {
        View::Element { local, .. } => local.to_owned(),
        _ => String::new(),
    }
}
