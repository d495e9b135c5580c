//! What the vault's page runs. Octets come in and go out; `keyward_vault` makes and opens them. The page's script has the
//! Diffie–Hellman steps taken by WebCrypto, with keys that neither it nor this code can read.
//!
//! Errors are thrown as JSON text `{"code", "numbers"}`: the page has the words for each code (`www/app/words/refusals.js`), and
//! numbers are what some of them are about.

pub mod devices;
pub mod escrow;
pub mod recovery;
pub mod rotation;
pub mod vault;

use std::alloc::System;

use js_sys::Uint8Array;
use keyward_vault::{
    Account, AccountKeys, Agreement, Binding, Contents, Device, Devices, Edit, Fingerprint, Kind, Memory,
    Pair, PhraseError, PublicKey, Purpose, Sealed, Secret, Wrap,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroize;
use zeroizing_alloc::ZeroAlloc;

/// What is freed is overwritten: keys and passwords come in and go out through memory that this code does not own, too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Overwrites what calls that are over left on the stack, which is nobody's to free. For who has just dropped a secret.
#[wasm_bindgen]
#[inline(never)]
pub fn wipe() {
    // Almost all of the megabyte that a program has (rustc's default): this call stands on top of the rest.
    [0_u8; (1 << 20) - (1 << 14)].zeroize();
}

/// The operating system's randomness.
#[expect(clippy::expect_used, reason = "without randomness no key can be made: the page has to stop here")]
pub(crate) fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the browser has randomness");
}

macro_rules! failures {
    ($($error:ty),+) => { $(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::of(error.code())
            }
        }
    )+ };
}

/// What is thrown.
#[derive(Debug)]
pub struct Failure(pub(crate) JsValue);

impl Failure {
    pub(crate) fn of(code: &str) -> Failure {
        Failure::about(code, &[])
    }

    fn about(code: &str, numbers: &[usize]) -> Failure {
        Failure(JsValue::from_str(&serde_json::json!({ "code": code, "numbers": numbers }).to_string()))
    }
}

impl From<PhraseError> for Failure {
    fn from(error: PhraseError) -> Failure {
        Failure::about(error.code(), error.number().as_slice())
    }
}

failures!(
    keyward_vault::WrapError,
    keyward_vault::StatementError,
    keyward_vault::SealedError,
    keyward_vault::ManifestError,
    keyward_vault::DeviceError,
    keyward_vault::LockError,
    keyward_vault::kit::KitError
);

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> JsValue {
        failure.0
    }
}

/// So many octets, or what the page's script gave is of another length.
pub(crate) fn octets<const N: usize>(octets: &[u8]) -> Result<[u8; N], Failure> {
    octets.try_into().map_err(|_| Failure::of("input"))
}

/// A public key, or what the page's script gave is no uncompressed point.
pub(crate) fn point(bytes: &[u8]) -> Result<PublicKey, Failure> {
    PublicKey::from_bytes(octets(bytes)?).ok_or_else(|| Failure::of("input"))
}

/// What WebCrypto has of a device.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct PageDevice(pub(crate) Device);

#[wasm_bindgen]
impl PageDevice {
    /// Of its ID, its name, and its public keys for ECDH and ECDSA.
    ///
    /// # Errors
    /// A key that is none.
    #[wasm_bindgen(constructor)]
    pub fn new(id: String, name: String, encryption: &[u8], signing: &[u8]) -> Result<PageDevice, Failure> {
        let encryption = point(encryption)?;
        let signing = point(signing)?;
        Ok(PageDevice(Device { id, name, encryption, signing }))
    }
}

/// A vault that is begun: what the server keeps of it, and what the device remembers.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Begun {
    /// The account's first statement.
    pub statement: Vec<u8>,
    /// Its private keys, sealed.
    pub keys: Vec<u8>,
    /// The list of its devices, sealed.
    pub devices: Vec<u8>,
    /// Its empty manifest, sealed.
    pub root: Vec<u8>,
    /// The vault key for the device.
    pub wrap: Vec<u8>,
    /// What opens the wrap beside the device's key.
    pub share: Vec<u8>,
    /// For the device to keep.
    pub memory: Vec<u8>,
}

/// Begins a vault. The pair is one of ECDH that is kept under the vault key; the ephemeral key agreed with the device's.
///
/// # Errors
/// A key that is none.
#[wasm_bindgen]
pub fn begin(
    tenant: &str,
    user: &str,
    pair_public: &[u8],
    pair_private: &[u8],
    device: &PageDevice,
    ephemeral: &[u8],
    shared: &[u8],
) -> Result<Begun, Failure> {
    let private = Secret::from_bytes(octets(pair_private)?);
    let pair = Pair { public: point(pair_public)?, private };
    let begun = Account::begin(tenant, user, pair, &mut random);
    let mut share = [0; 32];
    random(&mut share);
    let binding = binding(&begun.account, &device.0.id, &share);
    let agreement = Agreement::new(point(ephemeral)?, device.0.encryption, octets(shared)?);
    let secret = Secret::from_bytes(*begun.vault_key.as_bytes());
    let wrap = Wrap::seal(&secret, &binding, &agreement, begun.keys.signing())?;
    let mut devices = Devices::default();
    devices.set(device.0.clone())?;
    let keys = begun.keys.seal(&begun.account, &begun.vault_key, 1, &mut random)?;
    let devices = devices.seal(&begun.account, &begun.vault_key, 1, &mut random)?;
    let draft = Contents::new(tenant, user).edit(
        vec![
            Edit::Sealed { id: "account-keys", kind: Kind::AccountKeys, sealed: keys.clone() },
            Edit::Sealed { id: "devices", kind: Kind::Devices, sealed: devices.clone() },
        ],
        &begun.vault_key,
        &mut random,
    )?;
    let root = draft.sealed.last().map(|root| root.sealed.as_bytes().to_vec()).unwrap_or_default();
    let memory = Memory {
        tenant: tenant.to_owned(),
        user: user.to_owned(),
        account: begun.account.fingerprint(),
        escrow: None,
        counter: 1,
    };
    Ok(Begun {
        keys: keys.as_bytes().to_vec(),
        devices: devices.as_bytes().to_vec(),
        root,
        statement: begun.statement,
        wrap: wrap.as_bytes().to_vec(),
        share: share.to_vec(),
        memory: memory.to_bytes(),
    })
}

pub(crate) fn binding<'a>(account: &'a Account, device: &'a str, share: &'a [u8; 32]) -> Binding<'a> {
    Binding {
        purpose: Purpose::Device { share },
        tenant: account.tenant(),
        owner: account.user(),
        recipient: device,
        statement: account.fingerprint(),
    }
}

/// Follows the chain that the server gave from the statement that is trusted; those before it are not looked at.
pub(crate) fn follow(
    trusted: &Fingerprint,
    chain: &[Uint8Array],
    tenant: &str,
    user: &str,
) -> Result<Account, Failure> {
    let chain: Vec<Vec<u8>> = chain.iter().map(Uint8Array::to_vec).collect();
    let is_trusted = |statement: &&Vec<u8>| Account::claimed(statement, tenant, user) == Ok(*trusted);
    let from = chain.iter().position(|statement| is_trusted(&statement)).unwrap_or_default();
    let chain: Vec<&[u8]> = chain.iter().skip(from).map(Vec::as_slice).collect();
    Ok(Account::follow(trusted, &chain, tenant, user)?)
}

/// A vault that is being opened: its account is the one that the device remembers, and its wrap is by that account.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Opening {
    account: Account,
    memory: Memory,
    device: Device,
    wrap: Wrap,
    share: [u8; 32],
    ephemeral: PublicKey,
}

#[wasm_bindgen]
impl Opening {
    /// Of what the device remembers, whose the vault has to be, and what the server gave.
    ///
    /// # Errors
    /// What is not of this account, or not for this device.
    #[wasm_bindgen(constructor)]
    pub fn new(
        memory: &[u8],
        tenant: &str,
        user: &str,
        chain: Vec<Uint8Array>,
        device: &PageDevice,
        wrap: &[u8],
        share: &[u8],
    ) -> Result<Opening, Failure> {
        let memory = Memory::from_bytes(memory)?;
        let account = follow(&memory.account, &chain, tenant, user)?;
        let (wrap, share) = (Wrap::from_bytes(wrap)?, octets(share)?);
        let device = device.0.clone();
        let ephemeral = {
            let binding = binding(&account, &device.id, &share);
            wrap.authenticate(&binding, &device.encryption, account.signing())?.ephemeral()
        };
        Ok(Opening { account, memory, device, wrap, share, ephemeral })
    }

    /// What the device's key has to agree with.
    #[wasm_bindgen(getter)]
    pub fn ephemeral(&self) -> Vec<u8> {
        self.ephemeral.as_bytes().to_vec()
    }

    /// Opens it with what WebCrypto agreed on, and the account's keys with it. What is in it comes by
    /// [`vault::PageVault::receive`].
    ///
    /// # Errors
    /// Whatever was changed since the account's owner sealed it.
    pub fn open(self, shared: &[u8], keys: Vec<u8>, revision: u64) -> Result<vault::PageVault, Failure> {
        let Opening { account, memory, device, wrap, share, .. } = self;
        let secret = wrap
            .authenticate(&binding(&account, &device.id, &share), &device.encryption, account.signing())?
            .open(octets(shared)?)?;
        let key = account.vault_key(&secret)?;
        let keys = AccountKeys::open(&Sealed::from_bytes(keys), &account, &key, revision)?;
        Ok(vault::PageVault::new(account, keys, key, memory))
    }
}
