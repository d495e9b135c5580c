//! An open vault: what the page reads of it and changes in it.

use js_sys::Uint8Array;
use keyward_vault::{
    Account, AccountKeys, Contents, Devices, Draft, Edit, Given, Kind, Manifest, Memory, Sealed, SealedError,
    Totp, VaultKey, generate,
};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Failure, random};

/// Things that are sealed, as the server gives and takes them: in every list the same place is the same thing.
#[wasm_bindgen(getter_with_clone)]
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// IDs.
    pub ids: Vec<String>,
    /// `item`, `folder`, ….
    pub kinds: Vec<String>,
    /// From 1.
    pub revisions: Vec<f64>,
    /// Octets.
    pub sealed: Vec<Uint8Array>,
}

#[wasm_bindgen]
impl Rows {
    /// Of lists of one length.
    #[wasm_bindgen(constructor)]
    pub fn new(ids: Vec<String>, kinds: Vec<String>, revisions: Vec<f64>, sealed: Vec<Uint8Array>) -> Rows {
        Rows { ids, kinds, revisions, sealed }
    }
}

impl Rows {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number that is no revision becomes another one, which nothing sealed has"
    )]
    fn into_given(self) -> Result<Vec<Given>, Failure> {
        let Rows { ids, kinds, revisions, sealed } = self;
        let rows = ids.into_iter().zip(kinds).zip(revisions).zip(sealed);
        rows.map(|(((id, kind), revision), sealed)| {
            let kind = Kind::parse(&kind).ok_or_else(|| Failure::of("item-kind"))?;
            Ok(Given { id, kind, revision: revision as u64, sealed: Sealed::from_bytes(sealed.to_vec()) })
        })
        .collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "a revision counts changes, far below 2^53")]
    fn of(given: &[Given]) -> Rows {
        Rows {
            ids: given.iter().map(|given| given.id.clone()).collect(),
            kinds: given.iter().map(|given| given.kind.as_str().to_owned()).collect(),
            revisions: given.iter().map(|given| given.revision as f64).collect(),
            sealed: given.iter().map(|given| Uint8Array::from(given.sealed.as_bytes())).collect(),
        }
    }
}

/// A change for the server to take; once it has, [`PageVault::commit`].
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct PageChange {
    /// IDs of what is sealed anew; the root is the last.
    pub ids: Vec<String>,
    /// Their kinds.
    pub kinds: Vec<String>,
    /// Their revisions.
    pub revisions: Vec<f64>,
    /// Their octets.
    pub sealed: Vec<Uint8Array>,
    /// IDs of what is gone.
    pub removed: Vec<String>,
    /// And the revisions that it had.
    #[wasm_bindgen(js_name = removedRevisions)]
    pub removed_revisions: Vec<f64>,
    /// What is under the new vault key, in its old revision.
    pub rewrapped: Rows,
}

/// An open vault: its keys are wiped when it is freed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PageVault {
    pub(crate) account: Account,
    pub(crate) keys: AccountKeys,
    pub(crate) key: VaultKey,
    pub(crate) devices: Devices,
    pub(crate) memory: Memory,
    pub(crate) contents: Contents,
    draft: Option<Contents>,
    /// What else is taken over with the draft.
    pub(crate) drafted_devices: Option<Devices>,
    pub(crate) drafted_keys: Option<AccountKeys>,
}

impl PageVault {
    pub(crate) fn new(account: Account, keys: AccountKeys, key: VaultKey, mut memory: Memory) -> PageVault {
        memory.account = account.fingerprint();
        let contents = Contents::new(account.tenant(), account.user());
        let devices = Devices::default();
        let (draft, drafted_devices, drafted_keys) = (None, None, None);
        PageVault { account, keys, key, devices, memory, contents, draft, drafted_devices, drafted_keys }
    }

    /// The server did not take the change, or it is of other keys.
    pub(crate) fn abandon(&mut self) {
        (self.draft, self.drafted_devices, self.drafted_keys) = (None, None, None);
    }

    pub(crate) fn change(&mut self, edits: Vec<Edit<'_>>) -> Result<PageChange, Failure> {
        let draft = self.contents.edit(edits, &self.key, &mut random)?;
        Ok(self.drafted(draft))
    }

    #[expect(clippy::cast_precision_loss, reason = "a revision counts changes, far below 2^53")]
    pub(crate) fn drafted(&mut self, draft: Draft) -> PageChange {
        let Draft { contents, sealed, rewrapped, removed } = draft;
        let Rows { ids, kinds, revisions, sealed } = Rows::of(&sealed);
        self.abandon();
        self.draft = Some(contents);
        let (removed, its): (Vec<String>, Vec<u64>) = removed.into_iter().unzip();
        let removed_revisions = its.into_iter().map(|revision| revision as f64).collect();
        let rewrapped = Rows::of(&rewrapped);
        PageChange { ids, kinds, revisions, sealed, removed, removed_revisions, rewrapped }
    }

    fn text(&self, id: &str) -> Result<String, Failure> {
        let octets = self.contents.open(id, &self.key, &self.keys)?;
        // Whoever has the key wrote it, so that it is text.
        String::from_utf8(octets.to_vec()).map_err(|_| Failure::from(SealedError::NotOpened))
    }
}

#[wasm_bindgen]
impl PageVault {
    /// Takes over what the server gave: at first everything, later what changed. `is_one_state`: in one answer.
    ///
    /// # Errors
    /// What is not as the manifest says; the vault stays as it was.
    pub fn receive(&mut self, rows: Rows, is_one_state: bool) -> Result<(), Failure> {
        let given = rows.into_given()?;
        let former = self.keys.former();
        let contents = self.contents.receive(given, &self.key, former, self.memory.counter, is_one_state)?;
        let devices = contents.get("devices").ok_or_else(|| Failure::of("item-left-out"))?;
        self.devices = Devices::open(&devices.sealed, &self.account, &self.key, devices.revision)?;
        self.memory.counter = contents.counter();
        self.contents = contents;
        Ok(())
    }

    /// For the device to keep.
    #[wasm_bindgen(getter)]
    pub fn memory(&self) -> Vec<u8> {
        self.memory.to_bytes()
    }

    /// How often the vault changed.
    #[wasm_bindgen(getter)]
    #[expect(clippy::cast_precision_loss, reason = "it counts changes, far below 2^53")]
    pub fn counter(&self) -> f64 {
        self.contents.counter() as f64
    }

    /// Its devices: JSON `[{"id", "name"}]`.
    #[wasm_bindgen(getter)]
    pub fn devices(&self) -> String {
        let device = |device: &keyward_vault::Device| json!({ "id": device.id, "name": device.name });
        Value::from_iter(self.devices.all().iter().map(device)).to_string()
    }

    /// The IDs of all that is kept, the manifest's too.
    #[wasm_bindgen(getter)]
    pub fn ids(&self) -> Vec<String> {
        self.contents.items().map(|given| given.id.clone()).collect()
    }

    /// What lists show of items and folders: JSON, without the secrets in them.
    ///
    /// # Errors
    /// One that does not open.
    pub fn summaries(&self, ids: Vec<String>) -> Result<String, Failure> {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(given) = self.contents.get(&id) else { continue };
            let value: Value = serde_json::from_str(&self.text(&id)?).unwrap_or_default();
            let field = |name: &str| value.get(name).cloned().unwrap_or_default();
            all.push(json!({
                "id": id,
                "kind": given.kind.as_str(),
                "revision": given.revision,
                "title": field("title"),
                "username": field("username"),
                "url": field("url"),
                "folder": field("folder"),
                "trashed": field("trashed"),
                "type": field("type"),
                "favourite": field("favourite"),
                "imported": field("imported"),
                "email": field("email"),
                "ends": value.get("number").and_then(Value::as_str).map(last_four),
                "hasCode": value.get("totp").and_then(Value::as_str).is_some_and(|totp| !totp.is_empty()),
            }));
        }
        Ok(Value::from(all).to_string())
    }

    /// One item or folder, whole: JSON as it was put.
    ///
    /// # Errors
    /// It is not there, or does not open.
    pub fn read(&self, id: &str) -> Result<String, Failure> {
        self.text(id)
    }

    /// All records, whole: JSON `[{"id", "revision", …}]`.
    ///
    /// # Errors
    /// One does not open.
    #[wasm_bindgen(js_name = readItems)]
    pub fn read_items(&self) -> Result<String, Failure> {
        let items = self.contents.items().filter(|given| given.kind == Kind::Item);
        let all: Result<Vec<Value>, Failure> = items
            .map(|given| {
                let mut value: Value = serde_json::from_str(&self.text(&given.id)?).unwrap_or_default();
                if let Some(object) = value.as_object_mut() {
                    object.insert("id".to_owned(), given.id.clone().into());
                    object.insert("revision".to_owned(), given.revision.into());
                }
                Ok(value)
            })
            .collect();
        Ok(Value::from(all?).to_string())
    }

    /// The page of the manifest that lists an item: what changes together travels in fewer of them when it is on one.
    #[wasm_bindgen(js_name = pageOf)]
    pub fn page_of(&self, id: &str) -> u8 {
        Manifest::page_of(id)
    }

    /// The revision that an item has; 0 where it is not there.
    #[expect(clippy::cast_precision_loss, reason = "it counts changes, far below 2^53")]
    pub fn revision(&self, id: &str) -> f64 {
        self.contents.get(id).map_or(0.0, |given| given.revision as f64)
    }

    /// Seals items and folders, each of an ID, a kind and a text, and removes others.
    ///
    /// # Errors
    /// What is too large.
    pub fn edit(
        &mut self,
        ids: Vec<String>,
        kinds: Vec<String>,
        texts: Vec<String>,
        removed: Vec<String>,
    ) -> Result<PageChange, Failure> {
        let put = ids.iter().zip(&kinds).zip(&texts).map(|((id, kind), text)| Edit::Put {
            id,
            kind: if kind == "folder" { Kind::Folder } else { Kind::Item },
            plaintext: text.as_bytes(),
        });
        let remove = removed.iter().map(|id| Edit::Remove { id });
        self.change(put.chain(remove).collect())
    }

    /// The server took the change.
    pub fn commit(&mut self) {
        if let Some(contents) = self.draft.take() {
            self.memory.counter = contents.counter();
            self.contents = contents;
        }
        if let Some(devices) = self.drafted_devices.take() {
            self.devices = devices;
        }
        if let Some(keys) = self.drafted_keys.take() {
            self.keys = keys;
        }
    }
}

/// What a list shows of a card's number.
fn last_four(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(4)).collect()
}

/// The one-time code at a time in seconds since 1970, and for how many seconds a code holds: `[code, period]`; nothing where
/// the text gives none.
#[wasm_bindgen(js_name = oneTimeCode)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the time of a browser's clock")]
pub fn one_time_code(totp: &str, seconds: f64) -> Vec<String> {
    let parts = Totp::parse(totp).map(|totp| vec![totp.code(seconds as u64), totp.period().to_string()]);
    parts.unwrap_or_default()
}

/// A password of a length with these classes, or a passphrase of at least that length where `words` is not 0.
#[wasm_bindgen]
pub fn generated(
    length: usize,
    words: usize,
    lower: bool,
    upper: bool,
    digits: bool,
    symbols: bool,
) -> String {
    let classes = generate::Classes { lower, upper, digits, symbols };
    let text = if words == 0 {
        generate::password(length, classes, &mut random)
    } else {
        generate::passphrase(words, length, classes, &mut random)
    };
    text.to_string()
}
