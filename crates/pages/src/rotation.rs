//! New keys for a vault: made here, wrapped to everybody who shall have them, and taken over once the server has them; and
//! what is under the former key is moved, a part at a time.

use js_sys::Uint8Array;
use keyward_vault::{Begun, Devices, Edit, Kind, Pair, PublicKey, Secret, StatementError};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::devices::{Letting, let_in};
use crate::escrow::PageKeys;
use crate::vault::{PageChange, PageVault};
use crate::{Failure, octets, point, random, recovery};

/// New keys that the server does not have yet, and whom they are wrapped to.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Rotation {
    begun: Begun,
    devices: Devices,
}

impl Rotation {
    fn secret(&self) -> Secret {
        Secret::from_bytes(*self.begun.vault_key.as_bytes())
    }
}

#[wasm_bindgen]
impl Rotation {
    /// The statement of the new keys, signed by the old.
    #[wasm_bindgen(getter)]
    pub fn statement(&self) -> Vec<u8> {
        self.begun.statement.clone()
    }

    /// The devices that get them.
    #[wasm_bindgen(getter)]
    pub fn ids(&self) -> Vec<String> {
        self.devices.all().iter().map(|device| device.id.clone()).collect()
    }

    /// Their public keys, in the same order.
    #[wasm_bindgen(getter)]
    pub fn keys(&self) -> Vec<Uint8Array> {
        let octets = |key: &PublicKey| Uint8Array::from(key.as_bytes().as_slice());
        self.devices.all().iter().map(|device| octets(&device.encryption)).collect()
    }

    /// The public half of the recovery phrase's pair.
    #[wasm_bindgen(getter)]
    pub fn recovery(&self) -> Option<Vec<u8>> {
        self.devices.recovery().map(|key| key.as_bytes().to_vec())
    }

    /// The new vault key for one of the devices. The ephemeral key agreed with its.
    ///
    /// # Errors
    /// A key that is none, or a device that is not among them.
    pub fn wrap(&self, id: &str, ephemeral: &[u8], shared: &[u8]) -> Result<Letting, Failure> {
        let device = self.devices.all().iter().find(|device| device.id == id);
        let device = device.ok_or_else(|| Failure::of("input"))?;
        let Begun { account, keys, .. } = &self.begun;
        let_in(account, keys, &self.secret(), device, ephemeral, shared)
    }

    /// The new vault key for the recovery phrase's pair. The ephemeral key agreed with its public half.
    ///
    /// # Errors
    /// A key that is none.
    #[wasm_bindgen(js_name = wrapForPhrase)]
    pub fn wrap_for_phrase(&self, ephemeral: &[u8], shared: &[u8]) -> Result<Vec<u8>, Failure> {
        let to = self.devices.recovery();
        let to = *to.ok_or_else(|| Failure::of("input"))?;
        let Begun { account, keys, .. } = &self.begun;
        recovery::wrap(account, keys, &self.secret(), to, ephemeral, shared)
    }
}

#[wasm_bindgen]
impl Rotation {
    /// The public half of what is sealed to the person from then on.
    #[wasm_bindgen(getter)]
    pub fn encryption(&self) -> Vec<u8> {
        self.begun.account.encryption().as_bytes().to_vec()
    }

    /// One of the organisation's keys that the person holds, for their new account, in its name. The ephemeral key agreed with
    /// [`Rotation::encryption`].
    ///
    /// # Errors
    /// It is not held.
    pub fn grant(
        &self,
        of: &str,
        held: &PageKeys,
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let Begun { account, keys, .. } = &self.begun;
        held.seal_to(of, account, keys, ephemeral, shared)
    }
}

#[wasm_bindgen]
impl PageVault {
    /// How often the keys changed, from 1.
    #[wasm_bindgen(getter)]
    pub fn sequence(&self) -> u32 {
        self.account.sequence()
    }

    /// Whether something may be under the former vault key still.
    #[wasm_bindgen(getter, js_name = isMoving)]
    pub fn is_moving(&self) -> bool {
        self.keys.former().is_some()
    }

    /// Makes new keys, for the devices of the list whose IDs are given, and for the recovery phrase if it is to go on. The
    /// pair is one of ECDH that is kept under the new vault key.
    ///
    /// # Errors
    /// `statement-unfinished` while the last change is.
    pub fn rotate(
        &self,
        pair_public: &[u8],
        pair_private: &[u8],
        keep: Vec<String>,
        keep_recovery: bool,
    ) -> Result<Rotation, Failure> {
        let private = Secret::from_bytes(octets(pair_private)?);
        let pair = Pair { public: point(pair_public)?, private };
        let begun = self.account.rotate(&self.keys, &self.key, pair, &mut random)?;
        let mut devices = self.devices.clone();
        for device in self.devices.all().iter().filter(|device| !keep.contains(&device.id)) {
            devices.remove(&device.id);
        }
        if !keep_recovery {
            devices.set_recovery(None);
        }
        Ok(Rotation { begun, devices })
    }

    /// What goes with new keys in one step: they and the list of devices under the new vault key, and the root.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(js_name = changeTo)]
    pub fn change_to(&mut self, rotation: &Rotation) -> Result<PageChange, Failure> {
        let Rotation { begun: Begun { account, keys, vault_key, .. }, devices } = rotation;
        let next = |id: &str| self.contents.next_revision(id);
        let sealed = keys.seal(account, vault_key, next("account-keys"), &mut random)?;
        let listed = devices.seal(account, vault_key, next("devices"), &mut random)?;
        let edits = vec![
            Edit::Sealed { id: "account-keys", kind: Kind::AccountKeys, sealed },
            Edit::Sealed { id: "devices", kind: Kind::Devices, sealed: listed },
        ];
        let draft = self.contents.edit(edits, vault_key, &mut random)?;
        Ok(self.drafted(draft))
    }

    /// The server has the new keys, and what [`PageVault::change_to`] gave.
    #[wasm_bindgen(js_name = takeOver)]
    pub fn take_over(&mut self, rotation: Rotation) {
        let Rotation { begun: Begun { account, keys, vault_key, .. }, devices } = rotation;
        self.memory.account = account.fingerprint();
        (self.account, self.keys, self.key) = (account, keys, vault_key);
        self.commit();
        self.devices = devices;
    }

    /// Takes over the keys of a vault that was opened anew, since they were changed elsewhere. What is in it comes by
    /// [`PageVault::receive`].
    ///
    /// # Errors
    /// Keys from before those that this page has.
    pub fn follow(&mut self, opened: PageVault) -> Result<(), Failure> {
        let PageVault { account, keys, key, memory, .. } = opened;
        if account.sequence() < self.account.sequence() {
            return Err(StatementError::NotTrusted.into());
        }
        self.memory.account = account.fingerprint();
        self.memory.counter = self.memory.counter.max(memory.counter);
        (self.account, self.keys, self.key) = (account, keys, key);
        self.abandon();
        Ok(())
    }

    /// The next part of what is under the former key, under the new one; at the end the keys without the former. `undefined`
    /// where there is no former key.
    ///
    /// # Errors
    /// What is under neither.
    #[wasm_bindgen(js_name = moveOn)]
    pub fn move_on(&mut self) -> Result<Option<PageChange>, Failure> {
        let Some(former) = self.keys.former() else { return Ok(None) };
        if let Some(draft) = self.contents.rewrap(&self.key, former, &mut random)? {
            return Ok(Some(self.drafted(draft)));
        }
        let keys = self.keys.without_former();
        let revision = self.contents.next_revision("account-keys");
        let sealed = keys.seal(&self.account, &self.key, revision, &mut random)?;
        let edit = Edit::Sealed { id: "account-keys", kind: Kind::AccountKeys, sealed };
        let change = self.change(vec![edit])?;
        self.drafted_keys = Some(keys);
        Ok(Some(change))
    }
}
