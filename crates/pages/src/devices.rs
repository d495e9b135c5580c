//! Letting devices in, by a phrase that two screens show; and the list of them.

use js_sys::Uint8Array;
use keyward_vault::{
    Account, AccountKeys, Agreement, Device, Edit, Fingerprint, FingerprintPhrase, Kind, Memory, Secret,
    Wrap, device_phrase,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::vault::{PageChange, PageVault};
use crate::{Failure, PageDevice, binding, follow, octets, point, random};

/// The fingerprint that the server claims for a person: nothing that two people, or a lock, did not vouch for.
fn claimed(chain: &[Uint8Array], tenant: &str, user: &str) -> Result<Fingerprint, Failure> {
    let last = chain.last().ok_or_else(|| Failure::of("statement-count"))?.to_vec();
    Ok(Account::claimed(&last, tenant, user)?)
}

/// What a device that waits to be let in remembers: the account whose fingerprint is in the words that it shows. Another
/// one does not open. A browser that has opened the vault before goes on from what it remembers.
///
/// # Errors
/// What is no statement about this person.
#[wasm_bindgen(js_name = waitingMemory)]
pub fn waiting_memory(
    chain: Vec<Uint8Array>,
    tenant: &str,
    user: &str,
    before: Option<Vec<u8>>,
) -> Result<Vec<u8>, Failure> {
    if let Some(before) = before {
        let before = Memory::from_bytes(&before)?;
        let account = follow(&before.account, &chain, tenant, user)?.fingerprint();
        return Ok(Memory { account, ..before }.to_bytes());
    }
    let account = claimed(&chain, tenant, user)?;
    let (tenant, user) = (tenant.to_owned(), user.to_owned());
    Ok(Memory { tenant, user, account, escrow: None, counter: 0 }.to_bytes())
}

/// The words that a device shows while it waits, for itself and the account that it remembers.
///
/// # Errors
/// A memory that is none.
#[wasm_bindgen(js_name = waitingPhrase)]
pub fn waiting_phrase(device: &PageDevice, memory: &[u8]) -> Result<String, Failure> {
    Ok(device_phrase(&device.0, &Memory::from_bytes(memory)?.account).to_string())
}

/// Words that stand for nothing, to be picked from beside the right ones.
#[wasm_bindgen(js_name = decoyPhrase)]
pub fn decoy_phrase() -> String {
    let mut bytes = [0; 32];
    random(&mut bytes);
    FingerprintPhrase::of("decoy", &[&bytes]).to_string()
}

/// The vault key for a device.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Letting {
    /// The wrap.
    pub wrap: Vec<u8>,
    /// What opens it beside the device's key.
    pub share: Vec<u8>,
}

pub(crate) fn let_in(
    account: &Account,
    keys: &AccountKeys,
    key: &Secret,
    device: &Device,
    ephemeral: &[u8],
    shared: &[u8],
) -> Result<Letting, Failure> {
    let mut share = [0; 32];
    random(&mut share);
    let agreement = Agreement::new(point(ephemeral)?, device.encryption, octets(shared)?);
    let wrap = Wrap::seal(key, &binding(account, &device.id, &share), &agreement, keys.signing())?;
    Ok(Letting { wrap: wrap.as_bytes().to_vec(), share: share.to_vec() })
}

#[wasm_bindgen]
impl PageVault {
    /// The words that a device has to show for it to be let in here.
    #[wasm_bindgen(js_name = phraseOf)]
    pub fn phrase_of(&self, device: &PageDevice) -> String {
        device_phrase(&device.0, &self.account.fingerprint()).to_string()
    }

    /// Whether the list of devices has one with these keys.
    pub fn knows(&self, device: &PageDevice) -> bool {
        self.devices.all().iter().any(|known| {
            (&known.id, &known.encryption, &known.signing)
                == (&device.0.id, &device.0.encryption, &device.0.signing)
        })
    }

    /// The vault key for a device, whose words its person has compared. The ephemeral key agreed with the device's.
    ///
    /// # Errors
    /// A key that is none.
    #[wasm_bindgen(js_name = letIn)]
    pub fn let_in(&self, device: &PageDevice, ephemeral: &[u8], shared: &[u8]) -> Result<Letting, Failure> {
        let key = Secret::from_bytes(*self.key.as_bytes());
        let_in(&self.account, &self.keys, &key, &device.0, ephemeral, shared)
    }

    /// The list of devices with one more, or with another name for one that it has.
    ///
    /// # Errors
    /// Too many.
    #[wasm_bindgen(js_name = listDevice)]
    pub fn list_device(&mut self, device: &PageDevice) -> Result<PageChange, Failure> {
        let mut devices = self.devices.clone();
        devices.set(device.0.clone())?;
        self.put_devices(devices)
    }

    /// The list of devices with another name for one.
    ///
    /// # Errors
    /// A name too long.
    #[wasm_bindgen(js_name = renameDevice)]
    pub fn rename_device(&mut self, id: &str, name: &str) -> Result<PageChange, Failure> {
        let mut devices = self.devices.clone();
        if let Some(device) = self.devices.all().iter().find(|device| device.id == id) {
            devices.set(Device { name: name.to_owned(), ..device.clone() })?;
        }
        self.put_devices(devices)
    }

    /// The list of devices without one.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(js_name = unlistDevice)]
    pub fn unlist_device(&mut self, id: &str) -> Result<PageChange, Failure> {
        let mut devices = self.devices.clone();
        devices.remove(id);
        self.put_devices(devices)
    }

    pub(crate) fn put_devices(&mut self, devices: keyward_vault::Devices) -> Result<PageChange, Failure> {
        let revision = self.contents.next_revision("devices");
        let sealed = devices.seal(&self.account, &self.key, revision, &mut random)?;
        let change = self.change(vec![Edit::Sealed { id: "devices", kind: Kind::Devices, sealed }])?;
        self.drafted_devices = Some(devices);
        Ok(change)
    }
}
