//! Manifests (vault format §10): which items a vault has, and what they are like, so that a server which leaves one out or
//! gives out an older one is noticed. A page lists items, the root lists pages: a change writes an item, a page and the
//! root, however large the vault is.

use core::fmt;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::item::{Context, Sealed, SealedError, VaultKey};
use crate::octets::{Reader, push};
use crate::{Random, item};

/// The version that is written.
pub const VERSION: u8 = 1;
/// Most entries of one manifest: a page of so many still fits an item.
pub const MOST: usize = 10_000;
/// Pages of a vault.
pub const PAGES: u8 = 64;
/// The longest ID.
const ID: usize = 64;

/// What an item, or a page, has to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its revision.
    pub revision: u64,
    /// The first 16 bytes of the SHA-256 of its sealed octets: two devices may have sealed the same revision.
    pub digest: [u8; 16],
}

impl Entry {
    /// Of what was sealed.
    pub fn of(revision: u64, sealed: &[u8]) -> Entry {
        let digest = Sha256::digest(sealed);
        Entry { revision, digest: digest.first_chunk().copied().unwrap_or_default() }
    }
}

/// What is wrong with what the server handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// Not a manifest: nobody with the key can have written it.
    Malformed,
    /// A version that this code does not know.
    Version {
        /// The version.
        found: u8,
    },
    /// More than [`MOST`] entries, or an ID that is too long.
    TooLarge,
    /// The whole vault is from before what this device has seen.
    RolledBack {
        /// What the server gave.
        found: u64,
        /// What was seen.
        seen: u64,
    },
    /// Listed, and not handed over.
    LeftOut {
        /// The item.
        id: String,
    },
    /// Handed over, and not listed.
    Unlisted {
        /// The item.
        id: String,
    },
    /// Handed over as an older revision.
    Old {
        /// The item.
        id: String,
    },
    /// The same revision with other content, or a newer one that the manifest does not know.
    Other {
        /// The item.
        id: String,
    },
    /// The manifest itself does not open.
    NotOpened(SealedError),
}

impl ManifestError {
    /// A stable, kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            ManifestError::Malformed => "manifest-malformed",
            ManifestError::Version { .. } => "manifest-version",
            ManifestError::TooLarge => "manifest-too-large",
            ManifestError::RolledBack { .. } => "vault-rolled-back",
            ManifestError::LeftOut { .. } => "item-left-out",
            ManifestError::Unlisted { .. } => "item-unlisted",
            ManifestError::Old { .. } => "item-rolled-back",
            ManifestError::Other { .. } => "item-replaced",
            ManifestError::NotOpened(error) => error.code(),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ManifestError::Malformed => f.write_str("The list of items is not one."),
            ManifestError::Version { found } => {
                write!(f, "The list of items has version {found}. Update this app.")
            }
            ManifestError::TooLarge => write!(f, "A list of items has {MOST} at most."),
            ManifestError::RolledBack { found, seen } => write!(
                f,
                "The server gave an older state of the vault ({found}) than this device has seen ({seen})."
            ),
            ManifestError::LeftOut { id } => write!(f, "The server left out the item {id}."),
            ManifestError::Unlisted { id } => {
                write!(f, "The server gave an item that is not of this vault: {id}.")
            }
            ManifestError::Old { id } => write!(f, "The server gave an older state of the item {id}."),
            ManifestError::Other { id } => {
                write!(f, "The item {id} is not the one that was saved last.")
            }
            ManifestError::NotOpened(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for ManifestError {}

/// Where a manifest belongs.
#[derive(Clone, Copy, Debug)]
pub struct Shelf<'a> {
    /// The tenant's ID.
    pub tenant: &'a str,
    /// The vault's.
    pub vault: &'a str,
    /// `None` for the root.
    pub page: Option<u8>,
}

impl Shelf<'_> {
    /// The ID that it is kept and listed under.
    pub fn id(&self) -> String {
        self.page.map_or_else(|| "root".to_owned(), |page| format!("page-{page:02}"))
    }
}

/// Entries by ID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest(BTreeMap<String, Entry>);

impl Manifest {
    /// The page that an item is listed on.
    pub fn page_of(item: &str) -> u8 {
        Sha256::digest(item.as_bytes()).first().copied().unwrap_or_default() % PAGES
    }

    /// Lists an item, or its newer state.
    ///
    /// # Errors
    /// [`ManifestError::TooLarge`].
    pub fn set(&mut self, id: &str, entry: Entry) -> Result<(), ManifestError> {
        if id.len() > ID || self.0.len() >= MOST && !self.0.contains_key(id) {
            return Err(ManifestError::TooLarge);
        }
        self.0.insert(id.to_owned(), entry);
        Ok(())
    }

    /// Lists it no more.
    pub fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// What is listed under an ID.
    pub fn get(&self, id: &str) -> Option<Entry> {
        self.0.get(id).copied()
    }

    /// Compares what the server handed over: all that is listed, and nothing else, each as it was saved last.
    ///
    /// # Errors
    /// [`ManifestError`], about the first that is not.
    pub fn check(&self, found: &BTreeMap<String, Entry>) -> Result<(), ManifestError> {
        for (id, listed) in &self.0 {
            let entry = found.get(id).ok_or_else(|| ManifestError::LeftOut { id: id.clone() })?;
            if entry.revision < listed.revision {
                return Err(ManifestError::Old { id: id.clone() });
            }
            if entry != listed {
                return Err(ManifestError::Other { id: id.clone() });
            }
        }
        match found.keys().find(|id| !self.0.contains_key(*id)) {
            Some(id) => Err(ManifestError::Unlisted { id: id.clone() }),
            None => Ok(()),
        }
    }

    /// Seals it: the root under its counter, a page under its revision.
    ///
    /// # Errors
    /// [`ManifestError::NotOpened`] where it is larger than an item may be.
    pub fn seal(
        &self,
        shelf: &Shelf<'_>,
        revision: u64,
        vault_key: &VaultKey,
        random: Random<'_>,
    ) -> Result<Sealed, ManifestError> {
        let id = shelf.id();
        Sealed::seal(&self.encode(), vault_key, &context(shelf, &id, revision), random)
            .map_err(ManifestError::NotOpened)
    }

    /// Opens it. `seen` is the highest revision of it that this device knows of: for the root what it kept, for a page what
    /// the root lists.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn open(
        sealed: &Sealed,
        shelf: &Shelf<'_>,
        revision: u64,
        seen: u64,
        vault_key: &VaultKey,
    ) -> Result<Manifest, ManifestError> {
        if revision < seen {
            return Err(ManifestError::RolledBack { found: revision, seen });
        }
        let id = shelf.id();
        let octets = sealed
            .open(vault_key, &context(shelf, &id, revision), item::VERSION)
            .map_err(ManifestError::NotOpened)?;
        Manifest::decode(&octets)
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(vec![VERSION]);
        octets.extend(u32::try_from(self.0.len()).unwrap_or(u32::MAX).to_be_bytes());
        for (id, entry) in &self.0 {
            push(&mut octets, id.as_bytes());
            octets.extend(entry.revision.to_be_bytes());
            octets.extend(entry.digest);
        }
        octets
    }

    /// Reads what was opened: in the order of the IDs, each once.
    ///
    /// # Errors
    /// [`ManifestError::Malformed`], [`ManifestError::Version`], [`ManifestError::TooLarge`].
    pub fn decode(octets: &[u8]) -> Result<Manifest, ManifestError> {
        let mut reader = Reader::new(octets);
        match reader.byte() {
            None => return Err(ManifestError::Malformed),
            Some(VERSION) => {}
            Some(found) => return Err(ManifestError::Version { found }),
        }
        let count = reader.u32().ok_or(ManifestError::Malformed)?;
        if usize::try_from(count).map_or(true, |count| count > MOST) {
            return Err(ManifestError::TooLarge);
        }
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let mut read = || {
                let id = reader.text(ID)?;
                Some((id, Entry { revision: reader.u64()?, digest: reader.array()? }))
            };
            let (id, entry) = read().ok_or(ManifestError::Malformed)?;
            if entries.last_key_value().is_some_and(|(last, _): (&String, _)| last.as_str() >= id) {
                return Err(ManifestError::Malformed);
            }
            entries.insert(id.to_owned(), entry);
        }
        reader.end().ok_or(ManifestError::Malformed)?;
        Ok(Manifest(entries))
    }
}

fn context<'a>(shelf: &Shelf<'a>, id: &'a str, revision: u64) -> Context<'a> {
    Context { tenant: shelf.tenant, vault: shelf.vault, item: id, kind: "manifest", revision }
}
