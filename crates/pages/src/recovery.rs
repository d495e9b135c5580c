//! Recovery phrases: the vault key is wrapped to a pair whose private half is under the phrase, so that new keys are wrapped
//! to it without anybody typing the phrase.

use js_sys::Uint8Array;
use keyward_vault::{
    Account, AccountKeys, Agreement, Binding, Fingerprint, LockingKey, Memory, Place, PublicKey, Purpose,
    RecoveryKey, Sealed, Secret, Wrap,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::devices::{Letting, let_in};
use crate::vault::{PageChange, PageVault};
use crate::{Failure, PageDevice, follow, octets, point, random};

/// A recovery phrase.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PagePhrase(pub(crate) RecoveryKey);

#[wasm_bindgen]
impl PagePhrase {
    /// A new one.
    pub fn generate() -> PagePhrase {
        PagePhrase(RecoveryKey::generate(&mut random))
    }

    /// As a person typed it.
    ///
    /// # Errors
    /// What is wrong with it, by the place of the word.
    pub fn parse(words: &str) -> Result<PagePhrase, Failure> {
        Ok(PagePhrase(RecoveryKey::from_phrase(words)?))
    }

    /// Its 24 words.
    #[wasm_bindgen(getter)]
    pub fn words(&self) -> String {
        self.0.phrase().to_string()
    }

    /// What the server is shown.
    pub fn proof(&self, tenant: &str, user: &str) -> Vec<u8> {
        LockingKey::of_phrase(&self.0).proof(tenant, user).as_bytes().to_vec()
    }
}

fn place(account: &Account) -> Place<'_> {
    Place {
        what: "recovery",
        tenant: account.tenant(),
        owner: account.user(),
        statement: account.fingerprint(),
    }
}

fn binding(account: &Account) -> Binding<'_> {
    Binding {
        purpose: Purpose::Recovery,
        tenant: account.tenant(),
        owner: account.user(),
        recipient: account.user(),
        statement: account.fingerprint(),
    }
}

/// The vault key for the phrase's pair. The ephemeral key agreed with its public half.
pub(crate) fn wrap(
    account: &Account,
    keys: &AccountKeys,
    key: &Secret,
    to: PublicKey,
    ephemeral: &[u8],
    shared: &[u8],
) -> Result<Vec<u8>, Failure> {
    let agreement = Agreement::new(point(ephemeral)?, to, octets(shared)?);
    Ok(Wrap::seal(key, &binding(account), &agreement, keys.signing())?.as_bytes().to_vec())
}

#[wasm_bindgen]
impl PageVault {
    /// The private half of a pair under a recovery phrase.
    ///
    /// # Errors
    /// A key that is none.
    #[wasm_bindgen(js_name = lockUnder)]
    pub fn lock_under(&self, phrase: &PagePhrase, private: &[u8]) -> Result<Vec<u8>, Failure> {
        let secret = Secret::from_bytes(octets(private)?);
        Ok(LockingKey::of_phrase(&phrase.0).lock(&secret, &place(&self.account), &mut random)?)
    }

    /// The vault key for the pair. The ephemeral key agreed with its public half.
    ///
    /// # Errors
    /// A key that is none.
    #[wasm_bindgen(js_name = wrapForPhrase)]
    pub fn wrap_for_phrase(
        &self,
        public: &[u8],
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let key = Secret::from_bytes(*self.key.as_bytes());
        wrap(&self.account, &self.keys, &key, point(public)?, ephemeral, shared)
    }

    /// The list of devices with the pair's public half: what the next vault key is wrapped to as well.
    ///
    /// # Errors
    /// A key that is none.
    #[wasm_bindgen(js_name = listPhrase)]
    pub fn list_phrase(&mut self, public: &[u8]) -> Result<PageChange, Failure> {
        let mut devices = self.devices.clone();
        devices.set_recovery(Some(point(public)?));
        self.put_devices(devices)
    }
}

/// What a recovery phrase gave a device.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Recovered {
    /// The wrap.
    pub wrap: Vec<u8>,
    /// What opens it beside the device's key.
    pub share: Vec<u8>,
    /// For the device to keep.
    pub memory: Vec<u8>,
}

/// A vault that a phrase opens. The lock proves the statement that it was made at, since only who has the phrase can have
/// made it; from there the chain is followed, and the last account has signed the wrap.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Recovery {
    account: Account,
    private: Secret,
    public: PublicKey,
    wrap: Wrap,
    ephemeral: PublicKey,
    before: Option<Memory>,
}

#[wasm_bindgen]
impl Recovery {
    /// `since`: at which statement, from 1, the lock was made. `before`: what the browser remembers, where it has opened the vault.
    ///
    /// # Errors
    /// Another phrase, or whatever was changed; keys from before those that the browser remembers.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "what the server gave, and the phrase")]
    pub fn new(
        phrase: &PagePhrase,
        tenant: &str,
        user: &str,
        chain: Vec<Uint8Array>,
        since: u32,
        locked: &[u8],
        public: &[u8],
        wrap: &[u8],
        before: Option<Vec<u8>>,
    ) -> Result<Recovery, Failure> {
        let before = before.map(|memory| Memory::from_bytes(&memory)).transpose()?;
        if let Some(before) = &before {
            follow(&before.account, &chain, tenant, user)?;
        }
        let from = usize::try_from(since).unwrap_or_default().saturating_sub(1);
        let chain: Vec<Vec<u8>> = chain.iter().skip(from).map(Uint8Array::to_vec).collect();
        let first = chain.first().ok_or_else(|| Failure::of("statement-count"))?;
        let fingerprint: Fingerprint = Account::claimed(first, tenant, user)?;
        let made_at = Account::follow(&fingerprint, &[first], tenant, user)?;
        let private = LockingKey::of_phrase(&phrase.0).open(locked, &place(&made_at))?;
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        let account = Account::follow(&fingerprint, &chain, tenant, user)?;
        let (public, wrap) = (point(public)?, Wrap::from_bytes(wrap)?);
        let ephemeral = wrap.authenticate(&binding(&account), &public, account.signing())?.ephemeral();
        Ok(Recovery { account, private, public, wrap, ephemeral, before })
    }

    /// What the pair's private half has to agree with.
    #[wasm_bindgen(getter)]
    pub fn ephemeral(&self) -> Vec<u8> {
        self.ephemeral.as_bytes().to_vec()
    }

    /// The pair's private half, for WebCrypto.
    #[wasm_bindgen(getter)]
    pub fn private(&self) -> Vec<u8> {
        self.private.as_bytes().to_vec()
    }

    /// Makes a wrap for this device of what WebCrypto agreed on; the second ephemeral key agreed with the device's.
    ///
    /// # Errors
    /// Whatever was changed.
    pub fn open(
        self,
        agreed: &[u8],
        keys: Vec<u8>,
        revision: u64,
        device: &PageDevice,
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Recovered, Failure> {
        let Recovery { account, public, wrap, before, .. } = self;
        let secret =
            wrap.authenticate(&binding(&account), &public, account.signing())?.open(octets(agreed)?)?;
        let key = account.vault_key(&secret)?;
        let keys = AccountKeys::open(&Sealed::from_bytes(keys), &account, &key, revision)?;
        let Letting { wrap, share } = let_in(&account, &keys, &secret, &device.0, ephemeral, shared)?;
        let memory = Memory {
            tenant: account.tenant().to_owned(),
            user: account.user().to_owned(),
            account: account.fingerprint(),
            escrow: before.as_ref().and_then(|before| before.escrow),
            counter: before.map_or(0, |before| before.counter),
        };
        Ok(Recovered { wrap, share, memory: memory.to_bytes() })
    }

    /// The number of the statement that the wrap for the device is of.
    #[wasm_bindgen(getter)]
    pub fn sequence(&self) -> u32 {
        self.account.sequence()
    }
}
