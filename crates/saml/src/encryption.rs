//! XML Encryption as SAML uses it (Core §6): EncryptedAssertion, EncryptedID and EncryptedAttribute.

use zeroize::Zeroizing;

use crate::base64;
use crate::crypto::algorithm::{BlockCipher, KeyTransport};
use crate::crypto::{OpenJob, UnwrapKeyJob, decrypt_block, decrypt_unauthenticated};
use crate::limits;
use crate::profile::Part;
use crate::refusal::Refusal;
use crate::xml::{self, DS, Document, NodeId, XENC};

const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";

/// One encrypted element, read and not yet decrypted.
#[derive(Debug)]
pub(crate) struct Encrypted {
    cipher: BlockCipher,
    ciphertext: Vec<u8>,
    keys: Vec<(KeyTransport, Vec<u8>)>,
    /// What prefixes mean where it stands.
    context: Vec<(String, String)>,
}

/// An encrypted element inside a verified assertion, waiting for its share of the jobs.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) node: NodeId,
    pub(crate) part: Part,
    pub(crate) encrypted: Encrypted,
    pub(crate) jobs: usize,
}

/// Prefixes that values are typed by, where a signer's canonical form has left their declarations out.
const WELL_KNOWN: [(&str, &str); 2] =
    [("xs", "http://www.w3.org/2001/XMLSchema"), ("xsi", "http://www.w3.org/2001/XMLSchema-instance")];

fn malformed<T>(what: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Malformed { what })
}

impl Encrypted {
    /// Reads an EncryptedAssertion, EncryptedID or EncryptedAttribute. Its EncryptedKeys may stand inside the
    /// EncryptedData's KeyInfo or beside the EncryptedData.
    pub(crate) fn read(document: &Document, wrapper: NodeId) -> Result<Encrypted, Refusal> {
        let mut data = document.elements(wrapper).filter(|node| document.is(*node, XENC, "EncryptedData"));
        let (Some(data), None) = (data.next(), data.next()) else {
            return malformed("not exactly one EncryptedData");
        };
        if document.attribute(data, "Type").is_some_and(|kind| kind != ELEMENT) {
            return malformed("EncryptedData is not an encrypted element");
        }
        let method = one(document, data, XENC, "EncryptionMethod", "EncryptedData without EncryptionMethod")?;
        let uri = document.attribute(method, "Algorithm").unwrap_or_default();
        let Some(cipher) = BlockCipher::from_uri(uri) else {
            return Err(Refusal::EncryptionAlgorithm { algorithm: uri.to_owned() });
        };
        let ciphertext = cipher_value(document, data)?;

        let mut keys = Vec::new();
        let inside = document
            .elements(data)
            .filter(|node| document.is(*node, DS, "KeyInfo"))
            .flat_map(|key_info| document.elements(key_info));
        let mut off = None;
        for key in
            inside.chain(document.elements(wrapper)).filter(|node| document.is(*node, XENC, "EncryptedKey"))
        {
            // One of several may be for somebody else, in an algorithm that is off here.
            match read_key(document, key) {
                Ok(key) => keys.push(key),
                Err(refusal @ Refusal::EncryptionAlgorithm { .. }) => off = off.or(Some(refusal)),
                Err(refusal) => return Err(refusal),
            }
        }
        if keys.is_empty() {
            return off.map_or_else(|| malformed("no EncryptedKey"), Err);
        }
        Ok(Encrypted { cipher, ciphertext, keys, context: document.namespaces_in_scope(wrapper) })
    }

    /// Reads the plaintext: as a document of its own or, where it uses prefixes that it does not declare, as the part of
    /// the message that it was when it was encrypted (XML Encryption 1.1 §4.4): libxmlsec encrypts an element as it stands.
    pub(crate) fn parse(&self, plaintext: &[u8]) -> Result<Document, xml::Error> {
        let is_part =
            |read: &Result<_, xml::Error>| read.as_ref().is_err_and(|error| error.is_undeclared_prefix());
        let alone = Document::parse(plaintext);
        if !is_part(&alone) {
            return alone;
        }
        // What was signed here by inclusive canonicalization had these declarations, and no others.
        let in_place = Document::parse_in_context(plaintext, &self.context);
        if !is_part(&in_place) {
            return in_place;
        }
        let is_free = |prefix: &str| self.context.iter().all(|(known, _)| known != prefix);
        let more = WELL_KNOWN.iter().filter(|(prefix, _)| is_free(prefix));
        let more = more.map(|(prefix, uri)| ((*prefix).to_owned(), (*uri).to_owned()));
        Document::parse_in_context(plaintext, &self.context.iter().cloned().chain(more).collect::<Vec<_>>())
    }

    /// Whether a change of the ciphertext would go unnoticed.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.cipher.is_unauthenticated()
    }

    /// One job for each of its keys and each of ours.
    pub(crate) fn jobs(&self, own_keys: usize) -> Vec<UnwrapKeyJob> {
        let jobs = self.keys.iter().flat_map(|(transport, ciphertext)| {
            (0..own_keys).map(|key| UnwrapKeyJob {
                transport: *transport,
                key,
                ciphertext: ciphertext.clone(),
            })
        });
        jobs.take(limits::UNWRAP_JOBS).collect()
    }

    /// The content key among what was unwrapped: the first of the right length, or a stand-in, and whether it is one of them.
    fn content_key(&self, keys: Vec<Option<Zeroizing<Vec<u8>>>>) -> (Zeroizing<Vec<u8>>, bool) {
        let length = self.cipher.key_len();
        let unwrapped = keys.into_iter().flatten().find(|key| key.len() == length);
        let is_unwrapped = unwrapped.is_some();
        (unwrapped.unwrap_or_else(|| Zeroizing::new(vec![0; length])), is_unwrapped)
    }

    /// The next step towards the plaintext, which is the same whether or not there is a key: else the time that a failure
    /// takes would tell what failed.
    pub(crate) fn begin_to_open(&mut self, keys: Vec<Option<Zeroizing<Vec<u8>>>>) -> Opening {
        let (key, is_unwrapped) = self.content_key(keys);
        let octets = core::mem::take(&mut self.ciphertext);
        if self.is_unauthenticated() {
            return match decrypt_unauthenticated(self.cipher, &key, &octets) {
                Some((plaintext, is_padded)) => {
                    Opening::Done { plaintext, is_right: is_unwrapped & bool::from(is_padded) }
                }
                None => Opening::Done { plaintext: Vec::new(), is_right: false },
            };
        }
        Opening::Job { job: OpenJob { cipher: self.cipher, key, octets }, is_unwrapped }
    }

    /// The plaintext, at once: for what stands inside something verified, where nobody can try one ciphertext after another.
    pub(crate) fn open(&self, keys: Vec<Option<Zeroizing<Vec<u8>>>>) -> Result<Vec<u8>, Refusal> {
        let (key, is_unwrapped) = self.content_key(keys);
        decrypt_block(self.cipher, &key, &self.ciphertext).filter(|_| is_unwrapped).ok_or(Refusal::Decrypt)
    }
}

/// How far an encrypted element is opened.
pub(crate) enum Opening {
    /// The host may do it.
    Job {
        job: OpenJob,
        /// Otherwise its key is a stand-in.
        is_unwrapped: bool,
    },
    /// It is done.
    Done {
        plaintext: Vec<u8>,
        /// Whether that is the plaintext, or what a wrong key or a wrong padding gave.
        is_right: bool,
    },
}

fn read_key(document: &Document, key: NodeId) -> Result<(KeyTransport, Vec<u8>), Refusal> {
    let method = one(document, key, XENC, "EncryptionMethod", "EncryptedKey without EncryptionMethod")?;
    let uri = document.attribute(method, "Algorithm").unwrap_or_default();
    let mut digest = None;
    let mut mgf = None;
    for parameter in document.elements(method) {
        let algorithm = document.attribute(parameter, "Algorithm");
        if document.is(parameter, DS, "DigestMethod") && digest.is_none() {
            digest = algorithm;
        } else if document.is(parameter, XENC11, "MGF") && mgf.is_none() {
            mgf = algorithm;
        } else if !document.is(parameter, XENC, "KeySize") {
            // A label, which nobody sends.
            let what = if document.is(parameter, XENC, "OAEPparams") {
                "OAEPparams"
            } else {
                "an unknown parameter"
            };
            return Err(Refusal::EncryptionAlgorithm { algorithm: format!("{uri} with {what}") });
        }
    }
    let Some(transport) = KeyTransport::from_uris(uri, digest, mgf) else {
        let is_allowed = KeyTransport::from_uris(uri, None, None).is_some();
        let wrong = [Some(uri), digest.filter(|_| is_allowed), mgf.filter(|_| is_allowed)];
        let wrong: Vec<&str> = wrong.into_iter().flatten().collect();
        return Err(Refusal::EncryptionAlgorithm { algorithm: wrong.join(" with ") });
    };
    Ok((transport, cipher_value(document, key)?))
}

fn cipher_value(document: &Document, parent: NodeId) -> Result<Vec<u8>, Refusal> {
    let data = one(document, parent, XENC, "CipherData", "no CipherData")?;
    let value =
        one(document, data, XENC, "CipherValue", "no CipherValue: a CipherReference is not followed")?;
    if document.elements(data).count() != 1 {
        return malformed("CipherData holds more than a CipherValue");
    }
    match document.simple_text(value).and_then(|text| base64::decode(text.as_bytes())) {
        Some(value) => Ok(value),
        None => malformed("CipherValue is not base64"),
    }
}

fn one(
    document: &Document,
    parent: NodeId,
    ns: &str,
    local: &str,
    what: &'static str,
) -> Result<NodeId, Refusal> {
    let mut found = document.elements(parent).filter(|node| document.is(*node, ns, local));
    match (found.next(), found.next()) {
        (Some(node), None) => Ok(node),
        _ => malformed(what),
    }
}
