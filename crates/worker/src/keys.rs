//! The service provider's private keys: unwrapped by WebCrypto into handles that cannot be exported, so that no private
//! key is ever in our memory.
//!
//! The format at rest is written down at `sp_key` in `migrations/`.

use core::cell::RefCell;
use core::fmt;
use std::collections::BTreeMap;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use keyward_core::id::{ConnectionId, TenantId};
use keyward_saml::crypto::algorithm::{Digest, KeyTransport};
use keyward_saml::crypto::decode_oaep;
use keyward_saml::{Job, Outcome, base64};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use zeroize::Zeroizing;

use crate::settings::MasterKey;

/// Why a key could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The connection has no key for this.
    Missing,
    /// The row does not have the form of a wrapped key.
    Format,
    /// Another master key wrapped it.
    OtherMasterKey,
    /// WebCrypto said no: the key was altered, or moved here from elsewhere.
    Refused,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::Missing => "the connection has no active key for this",
            KeyError::Format => "a wrapped key is malformed",
            KeyError::OtherMasterKey => {
                "a key was wrapped under another KEYWARD_MASTER_KEY: put that one back, as KEYWARD_MASTER_KEY_PREVIOUS"
            }
            KeyError::Refused => "a wrapped key does not open",
        })
    }
}

const IV: usize = 12;

/// What a row holds, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Wrapped<'a> {
    master_key: &'a [u8; 32],
    /// Whether that is the master key of now, and not the one before it.
    is_current: bool,
    iv: Vec<u8>,
    /// Ciphertext and tag.
    sealed: Vec<u8>,
}

fn parse<'a>(wrapped: &str, master_key: &'a MasterKey) -> Result<Wrapped<'a>, KeyError> {
    let (id, sealed) =
        wrapped.strip_prefix("v1.").and_then(|rest| rest.split_once('.')).ok_or(KeyError::Format)?;
    let is_current = id == master_key.id;
    let master_key = master_key.named(id).ok_or(KeyError::OtherMasterKey)?;
    let octets = base64::decode(sealed.as_bytes()).ok_or(KeyError::Format)?;
    let (iv, sealed) = octets.split_at_checked(IV).ok_or(KeyError::Format)?;
    Ok(Wrapped { master_key, is_current, iv: iv.to_vec(), sealed: sealed.to_vec() })
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &Uint8Array,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = unwrapKey, catch)]
    fn unwrap_key(
        format: &str,
        wrapped: &Uint8Array,
        unwrapping_key: &JsValue,
        unwrap_algorithm: &JsValue,
        key_algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = generateKey, catch)]
    fn generate_key(algorithm: &JsValue, extractable: bool, usages: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = exportKey, catch)]
    fn export_key(format: &str, key: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = wrapKey, catch)]
    fn wrap_key(
        format: &str,
        key: &JsValue,
        wrapping_key: &JsValue,
        algorithm: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = sign, catch)]
    fn sign_with(algorithm: &JsValue, key: &JsValue, data: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = decrypt, catch)]
    fn decrypt_with(algorithm: &JsValue, key: &JsValue, data: &Uint8Array) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "node:crypto")]
extern "C" {
    /// A key that Node's functions take, of one of WebCrypto's, which stays where it is.
    type KeyObject;

    #[wasm_bindgen(static_method_of = KeyObject, js_name = from, catch)]
    fn from(key: &JsValue) -> Result<KeyObject, JsValue>;

    #[wasm_bindgen(js_name = privateDecrypt, catch)]
    fn private_decrypt(options: &JsValue, data: &Uint8Array) -> Result<Uint8Array, JsValue>;
}

/// Of the pairs that we make: what every IdP takes.
const MODULUS_BITS: u32 = 2048;

/// `crypto.constants.RSA_NO_PADDING`.
const RSA_NO_PADDING: u8 = 3;

/// How many keys an isolate remembers: importing one costs more than signing.
const REMEMBERED: usize = 64;

/// What a key does. WebCrypto binds a handle to one use, and to one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Sign,
    /// RSA-OAEP with this hash, by its name in WebCrypto.
    Decrypt(&'static str),
}

impl Use {
    /// As the table `sp_key` calls it.
    fn purpose(self) -> &'static str {
        match self {
            Use::Sign => "sign",
            Use::Decrypt(_) => "decrypt",
        }
    }

    fn algorithm(self) -> Result<JsValue, KeyError> {
        let (name, hash) = match self {
            Use::Sign => ("RSASSA-PKCS1-v1_5", "SHA-256"),
            Use::Decrypt(hash) => ("RSA-OAEP", hash),
        };
        object(&[("name", JsValue::from_str(name)), ("hash", JsValue::from_str(hash))])
    }
}

thread_local! {
    /// By the wrapped text, what it is bound to and its use: a new key is a new text.
    static KEYS: RefCell<BTreeMap<(String, String, Use), JsValue>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whose a key is.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) master_key: &'a MasterKey,
    pub(crate) tenant: &'a TenantId,
    pub(crate) connection: &'a ConnectionId,
}

impl Owner<'_> {
    /// An RSASSA-PKCS1-v1_5 signature with SHA-256 by a wrapped key.
    pub(crate) async fn sign(self, wrapped: Option<&str>, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.key(wrapped.ok_or(KeyError::Missing)?, Use::Sign).await?;
        let signature =
            done(sign_with(&JsValue::from_str("RSASSA-PKCS1-v1_5"), &key, &Uint8Array::from(octets))).await?;
        Ok(Uint8Array::new(&signature).to_vec())
    }

    /// Does one job of the engine: signatures in Rust, which is as quick, and what takes a private key by the platform.
    /// `wrapped` are the keys as jobs number them.
    ///
    /// # Errors
    /// Where a key does not open: that is ours to mend. A message that does not is an outcome, and one for every reason.
    pub(crate) async fn answer(self, job: &Job, wrapped: &[String]) -> Result<Outcome, KeyError> {
        let job = match job {
            Job::Verify(job) => return Ok(job.outcome(job.answer_pure())),
            Job::Open(job) => return Ok(job.outcome(job.open())),
            Job::UnwrapKey(job) => job,
        };
        let wrapped = wrapped.get(job.key).ok_or(KeyError::Missing)?;
        let ciphertext = Uint8Array::from(job.ciphertext.as_slice());
        let KeyTransport { digest, mgf1 } = job.transport;
        let key = self.key(wrapped, Use::Decrypt(hash_name(digest))).await?;
        let opened = if digest == mgf1 {
            let oaep = object(&[("name", JsValue::from_str("RSA-OAEP"))])?;
            done(decrypt_with(&oaep, &key, &ciphertext)).await.ok().map(|key| Uint8Array::new(&key).to_vec())
        } else {
            // WebCrypto has one hash for both places.
            raw_rsa(&key, &ciphertext)?
                .and_then(|encoded| decode_oaep(job.transport, &encoded).map(|key| key.to_vec()))
        };
        Ok(job.outcome(opened.map(Zeroizing::new)))
    }

    /// The same key under the master key of now; `None` where it is already. WebCrypto hands it from one to the other: it is
    /// not in our memory.
    pub(crate) async fn rewrap(self, wrapped: &str, purpose: &str) -> Result<Option<String>, KeyError> {
        if parse(wrapped, self.master_key)?.is_current {
            return Ok(None);
        }
        let used = if purpose == "sign" { Use::Sign } else { Use::Decrypt("SHA-256") };
        let key = open(self.master_key, wrapped, &self.bound_to(purpose), used, true).await?;
        Ok(Some(self.wrap(&key, purpose).await?))
    }

    /// Wraps a key that WebCrypto has, under the master key of now.
    async fn wrap(self, key: &JsValue, purpose: &str) -> Result<String, KeyError> {
        let mut iv = [0; IV];
        getrandom::fill(&mut iv).map_err(|_| KeyError::Refused)?;
        let kek = wrapping_key(&self.master_key.bytes, "wrapKey").await?;
        let sealed = done(wrap_key("pkcs8", key, &kek, &gcm(&iv, &self.bound_to(purpose))?)).await?;
        let octets = [iv.as_slice(), Uint8Array::new(&sealed).to_vec().as_slice()].concat();
        Ok(format!("v1.{}.{}", self.master_key.id, base64::encode(&octets)))
    }

    fn bound_to(self, purpose: &str) -> String {
        format!("{}|{}|{purpose}", self.tenant.as_str(), self.connection.as_str())
    }

    async fn key(self, wrapped: &str, used: Use) -> Result<JsValue, KeyError> {
        let name = (wrapped.to_owned(), self.bound_to(used.purpose()), used);
        if let Some(known) = KEYS.with_borrow(|keys| keys.get(&name).cloned()) {
            return Ok(known);
        }
        let key = open(self.master_key, wrapped, &name.1, used, false).await?;
        KEYS.with_borrow_mut(|keys| {
            if keys.len() >= REMEMBERED {
                keys.clear();
            }
            keys.insert(name, key.clone());
        });
        Ok(key)
    }
}

/// A key pair of our own that is made now.
pub(crate) struct NewPair {
    /// The DER of the public key (SubjectPublicKeyInfo).
    pub(crate) spki: Vec<u8>,
    /// The private key under the master key, as the table `sp_key` has it.
    pub(crate) wrapped: String,
    private: JsValue,
}

impl NewPair {
    /// Signs its own certificate: RSASSA-PKCS1-v1_5 with SHA-256.
    pub(crate) async fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        let algorithm = JsValue::from_str("RSASSA-PKCS1-v1_5");
        let signature = done(sign_with(&algorithm, &self.private, &Uint8Array::from(octets))).await?;
        Ok(Uint8Array::new(&signature).to_vec())
    }
}

impl Owner<'_> {
    /// Makes an RSA pair for a purpose. The private half goes from WebCrypto into WebCrypto's wrapping: it is never in our
    /// memory. What is to decrypt is made as a key that signs, for its certificate; PKCS#8 does not tell the two apart.
    pub(crate) async fn generate(self, purpose: &str) -> Result<NewPair, KeyError> {
        let algorithm = object(&[
            ("name", JsValue::from_str("RSASSA-PKCS1-v1_5")),
            ("hash", JsValue::from_str("SHA-256")),
            ("modulusLength", JsValue::from(MODULUS_BITS)),
            ("publicExponent", Uint8Array::from([1, 0, 1].as_slice()).into()),
        ])?;
        let usages = Array::of2(&JsValue::from_str("sign"), &JsValue::from_str("verify"));
        let pair = done(generate_key(&algorithm, true, &usages)).await?;
        let half = |name: &str| Reflect::get(&pair, &JsValue::from_str(name)).map_err(|_| KeyError::Refused);
        let private = half("privateKey")?;
        let spki = done(export_key("spki", &half("publicKey")?)).await?;
        let wrapped = self.wrap(&private, purpose).await?;
        Ok(NewPair { spki: Uint8Array::new(&spki).to_vec(), wrapped, private })
    }
}

fn hash_name(digest: Digest) -> &'static str {
    match digest {
        Digest::Sha1 => "SHA-1",
        Digest::Sha256 => "SHA-256",
        Digest::Sha384 => "SHA-384",
        Digest::Sha512 => "SHA-512",
    }
}

/// RSADP (RFC 8017 §5.1.2) by the platform, with the same handle. `None` for a ciphertext that is none of this key's.
fn raw_rsa(key: &JsValue, ciphertext: &Uint8Array) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let key = KeyObject::from(key).map_err(|_| KeyError::Refused)?;
    let options = object(&[("key", key.into()), ("padding", JsValue::from(RSA_NO_PADDING))])?;
    Ok(private_decrypt(&options, ciphertext).ok().map(|encoded| Zeroizing::new(encoded.to_vec())))
}

/// Unwraps a key. `is_passed_on`: into a handle that [`Owner::rewrap`] may wrap again, and that goes nowhere else.
async fn open(
    master_key: &MasterKey,
    wrapped: &str,
    bound_to: &str,
    used: Use,
    is_passed_on: bool,
) -> Result<JsValue, KeyError> {
    let Wrapped { master_key, iv, sealed, .. } = parse(wrapped, master_key)?;
    let kek = wrapping_key(master_key, "unwrapKey").await?;
    let sealed = Uint8Array::from(sealed.as_slice());
    let (gcm, algorithm) = (gcm(&iv, bound_to)?, used.algorithm()?);
    let usages = Array::of1(&JsValue::from_str(used.purpose()));
    done(unwrap_key("pkcs8", &sealed, &kek, &gcm, &algorithm, is_passed_on, &usages)).await
}

/// A master key as WebCrypto takes it, for one use.
async fn wrapping_key(bytes: &[u8; 32], usage: &str) -> Result<JsValue, KeyError> {
    let usages = Array::of1(&JsValue::from_str(usage));
    let raw = Uint8Array::from(bytes.as_slice());
    done(import_key("raw", &raw, &JsValue::from_str("AES-GCM"), false, &usages)).await
}

fn gcm(iv: &[u8], bound_to: &str) -> Result<JsValue, KeyError> {
    object(&[
        ("name", JsValue::from_str("AES-GCM")),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(bound_to.as_bytes()).into()),
    ])
}

async fn done(promise: Result<Promise, JsValue>) -> Result<JsValue, KeyError> {
    // What WebCrypto says of a failure says nothing that helps.
    JsFuture::from(promise.map_err(|_| KeyError::Refused)?).await.map_err(|_| KeyError::Refused)
}

fn object(fields: &[(&str, JsValue)]) -> Result<JsValue, KeyError> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), value).map_err(|_| KeyError::Refused)?;
    }
    Ok(object.unchecked_into())
}

#[cfg(test)]
mod tests {
    use super::{KeyError, Wrapped, parse};
    use crate::settings::Settings;

    #[test]
    fn a_wrapped_key_is_taken_apart() {
        let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let settings = Settings::read(Some("https://keyward.example"), None, Some(zeros), None, None);
        let master_key = settings.unwrap_or_else(|error| panic!("{error}")).master_key;
        let parsed = parse("v1.66687aad.AQEBAQEBAQEBAQEBAgI=", &master_key);
        let expected =
            Wrapped { master_key: &[0; 32], is_current: true, iv: vec![1; 12], sealed: vec![2; 2] };
        assert_eq!(parsed, Ok(expected));
        for (wrapped, error) in [
            ("v2.66687aad.AQEBAQEBAQEBAQEBAgI=", KeyError::Format),
            ("v1.66687aad", KeyError::Format),
            ("v1.66687aad.AQE=", KeyError::Format),
            ("v1.66687aad.%", KeyError::Format),
            ("v1.00000000.AQEBAQEBAQEBAQEBAgI=", KeyError::OtherMasterKey),
        ] {
            assert_eq!(parse(wrapped, &master_key), Err(error), "{wrapped}");
        }
    }
}
