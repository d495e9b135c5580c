//! What a vault holds, as one device sees it (vault format §10): everything sealed that the server gave, compared with the
//! manifest; and the changes that the device makes, each with the pages and the root that go with it.
//!
//! Nothing is opened here but manifests: an item is, when somebody looks at it.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use crate::item::{self, Context, Sealed, VaultKey};
use crate::manifest::{Entry, Manifest, ManifestError, PAGES, Shelf};
use crate::{AccountKeys, Random};

/// The ID of the manifest's root.
pub const ROOT: &str = "root";
/// About as many things are put under a new vault key at once: a server takes so many.
const MOVED_MOST: usize = 400;
/// And about as many octets.
const MOVED_OCTETS: usize = 800_000;

/// What a sealed thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A record: a login, a note.
    Item,
    /// A folder.
    Folder,
    /// A page of the manifest, or its root.
    Manifest,
    /// The list of devices.
    Devices,
    /// The account's private keys.
    AccountKeys,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Item, Kind::Folder, Kind::Manifest, Kind::Devices, Kind::AccountKeys];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Item => "item",
            Kind::Folder => "folder",
            Kind::Manifest => "manifest",
            Kind::Devices => "devices",
            Kind::AccountKeys => "account-keys",
        }
    }

    /// By what is written.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Something sealed, with what the server says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its ID.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its revision.
    pub revision: u64,
    /// Its octets.
    pub sealed: Sealed,
}

#[derive(Clone, Debug)]
struct Kept {
    given: Given,
    entry: Entry,
}

impl Kept {
    fn of(given: Given) -> Kept {
        let entry = Entry::of(given.revision, given.sealed.as_bytes());
        Kept { given, entry }
    }
}

/// One thing to change.
#[derive(Debug)]
pub enum Edit<'a> {
    /// Makes an item or a folder, or its next revision.
    Put {
        /// Its ID.
        id: &'a str,
        /// What it is.
        kind: Kind,
        /// What is in it.
        plaintext: &'a [u8],
    },
    /// Puts what was sealed as [`Contents::next_revision`] already: the list of devices, the account's keys.
    Sealed {
        /// Its ID.
        id: &'a str,
        /// What it is.
        kind: Kind,
        /// Its octets.
        sealed: Sealed,
    },
    /// Removes an item or a folder for good.
    Remove {
        /// Its ID.
        id: &'a str,
    },
}

/// A change that the server has not taken yet.
#[derive(Debug)]
pub struct Draft {
    /// What the vault holds once it has.
    pub contents: Contents,
    /// What is sealed anew: what was edited, its pages, and the root last.
    pub sealed: Vec<Given>,
    /// What is under the new vault key, and is else as it was: in its old revision.
    pub rewrapped: Vec<Given>,
    /// What is gone, with the revision that it had.
    pub removed: Vec<(String, u64)>,
}

/// Everything sealed of one vault, as its manifest lists it.
#[derive(Clone, Debug)]
pub struct Contents {
    tenant: String,
    user: String,
    counter: u64,
    root: Manifest,
    pages: BTreeMap<u8, Manifest>,
    kept: BTreeMap<String, Kept>,
    /// Nothing of the pages below this one is under the former vault key.
    moved: u8,
}

impl Contents {
    /// Of nothing, not even a root.
    pub fn new(tenant: &str, user: &str) -> Contents {
        Contents {
            tenant: tenant.to_owned(),
            user: user.to_owned(),
            counter: 0,
            root: Manifest::default(),
            pages: BTreeMap::new(),
            kept: BTreeMap::new(),
            moved: 0,
        }
    }

    /// Takes over what the server gave: at first everything, later what changed since. `seen` is the highest counter that
    /// this device knows of. `is_one_state`: it was read at one time, so that nothing in it can have been removed since. The
    /// root is under the vault key; what it lists may be under the former one still.
    ///
    /// # Errors
    /// [`ManifestError`], about the first thing that is not as the manifest says; nothing is taken over then.
    pub fn receive(
        &self,
        given: Vec<Given>,
        key: &VaultKey,
        former: Option<&VaultKey>,
        seen: u64,
        is_one_state: bool,
    ) -> Result<Contents, ManifestError> {
        let mut next = self.clone();
        let mut fresh = BTreeSet::new();
        for given in given {
            fresh.insert(given.id.clone());
            if given.kind == Kind::AccountKeys {
                next.moved = 0;
            }
            next.kept.insert(given.id.clone(), Kept::of(given));
        }
        let root = next.kept.get(ROOT).ok_or_else(|| ManifestError::LeftOut { id: ROOT.to_owned() })?;
        next.counter = root.given.revision;
        next.root =
            Manifest::open(&root.given.sealed, &self.shelf(None), next.counter, seen.max(self.counter), key)?;

        let mut found: BTreeMap<Option<u8>, BTreeMap<String, Entry>> = BTreeMap::new();
        for (id, kept) in next.kept.iter().filter(|(id, _)| *id != ROOT) {
            found.entry(place(&kept.given)).or_default().insert(id.clone(), kept.entry);
        }
        next.root.check(&found.remove(&None).unwrap_or_default())?;
        next.pages = self.open_pages(&next, key, former)?;

        let mut gone = Vec::new();
        for page in 0..PAGES {
            let mut items = found.remove(&Some(page)).unwrap_or_default();
            let manifest = next.pages.get(&page);
            items.retain(|id, _| {
                let is_listed = manifest.is_some_and(|manifest| manifest.get(id).is_some());
                // What this device had and is not listed any more was removed.
                let is_gone = !is_listed && (!is_one_state || !fresh.contains(id));
                if is_gone {
                    gone.push(id.clone());
                }
                !is_gone
            });
            manifest.unwrap_or(&Manifest::default()).check(&items)?;
        }
        for id in gone {
            next.kept.remove(&id);
        }
        Ok(next)
    }

    /// The pages of the next state; one that did not change is not opened again.
    fn open_pages(
        &self,
        next: &Contents,
        key: &VaultKey,
        former: Option<&VaultKey>,
    ) -> Result<BTreeMap<u8, Manifest>, ManifestError> {
        let mut pages = BTreeMap::new();
        for page in 0..PAGES {
            let shelf = next.shelf(Some(page));
            let Some(kept) = next.kept.get(&shelf.id()) else { continue };
            let same = self.kept.get(&shelf.id()).filter(|known| known.entry == kept.entry);
            let opened = match (same, self.pages.get(&page)) {
                (Some(_), Some(manifest)) => manifest.clone(),
                _ => {
                    let Given { revision, sealed, .. } = &kept.given;
                    let open = |key| Manifest::open(sealed, &shelf, *revision, *revision, key);
                    // What the root lists is what it is, whichever of the two it is under.
                    open(key).or_else(|error| former.map_or(Err(error), open))?
                }
            };
            pages.insert(page, opened);
        }
        Ok(pages)
    }

    /// Seals some changes with their pages and the root, as the next state of the vault.
    ///
    /// # Errors
    /// [`ManifestError::TooLarge`], [`ManifestError::NotOpened`] with what [`Sealed::seal`] says.
    pub fn edit(
        &self,
        edits: Vec<Edit<'_>>,
        key: &VaultKey,
        random: Random<'_>,
    ) -> Result<Draft, ManifestError> {
        let mut next = self.clone();
        let (mut changed, mut touched) = (Vec::new(), BTreeSet::new());
        let mut removed = Vec::new();
        for edit in edits {
            let (id, kind, plaintext) = match edit {
                Edit::Remove { id } => {
                    if let Some(kept) = next.kept.remove(id) {
                        let page = Manifest::page_of(id);
                        next.pages.entry(page).or_default().remove(id);
                        touched.insert(page);
                        removed.push((id.to_owned(), kept.given.revision));
                    }
                    continue;
                }
                Edit::Put { id, kind, plaintext } => (id, kind, Ok(plaintext)),
                Edit::Sealed { id, kind, sealed } => (id, kind, Err(sealed)),
            };
            let revision = next.next_revision(id);
            let sealed = match plaintext {
                Ok(plaintext) => Sealed::seal(plaintext, key, &next.context(id, kind, revision), random)
                    .map_err(ManifestError::NotOpened)?,
                Err(sealed) => sealed,
            };
            let kept = Kept::of(Given { id: id.to_owned(), kind, revision, sealed });
            match place(&kept.given) {
                None => next.root.set(id, kept.entry)?,
                Some(page) => {
                    next.pages.entry(page).or_default().set(id, kept.entry)?;
                    touched.insert(page);
                }
            }
            if kind == Kind::AccountKeys {
                next.moved = 0;
            }
            changed.push(kept.given.clone());
            next.kept.insert(id.to_owned(), kept);
        }
        self.close(next, &touched, changed, key, random).map(|draft| Draft { removed, ..draft })
    }

    /// Puts what is under the former vault key under the new one, as much as one step holds, with its pages and the root;
    /// `None` where nothing is left. Revisions stay, and so does what is in it: other devices may edit meanwhile.
    ///
    /// # Errors
    /// [`ManifestError::NotOpened`], about what is under neither.
    pub fn rewrap(
        &self,
        key: &VaultKey,
        former: &VaultKey,
        random: Random<'_>,
    ) -> Result<Option<Draft>, ManifestError> {
        let mut next = self.clone();
        let (mut rewrapped, mut octets, mut touched) = (Vec::new(), 0_usize, BTreeSet::new());
        let mut listed: BTreeMap<u8, Vec<&Given>> = BTreeMap::new();
        for given in self.items() {
            listed.entry(Manifest::page_of(&given.id)).or_default().push(given);
        }
        'pages: for page in self.moved..PAGES {
            let id = self.shelf(Some(page)).id();
            let is_under = |given: &Given| {
                given.sealed.is_under(key, &self.context(&given.id, given.kind, given.revision))
            };
            if self.get(&id).is_some_and(|page| !is_under(page)) {
                touched.insert(page);
            }
            for given in listed.remove(&page).unwrap_or_default() {
                if is_under(given) {
                    continue;
                }
                if rewrapped.len() >= MOVED_MOST || octets >= MOVED_OCTETS {
                    break 'pages;
                }
                let context = self.context(&given.id, given.kind, given.revision);
                let sealed =
                    given.sealed.rewrap(former, key, &context, random).map_err(ManifestError::NotOpened)?;
                octets = octets.saturating_add(sealed.as_bytes().len());
                let kept = Kept::of(Given { sealed, ..given.clone() });
                next.pages.entry(page).or_default().set(&given.id, kept.entry)?;
                touched.insert(page);
                rewrapped.push(kept.given.clone());
                next.kept.insert(given.id.clone(), kept);
            }
            next.moved = page.saturating_add(1);
        }
        if touched.is_empty() {
            return Ok(None);
        }
        self.close(next, &touched, Vec::new(), key, random).map(|draft| Some(Draft { rewrapped, ..draft }))
    }

    /// Seals the pages that were touched, and the root.
    fn close(
        &self,
        mut next: Contents,
        touched: &BTreeSet<u8>,
        mut changed: Vec<Given>,
        key: &VaultKey,
        random: Random<'_>,
    ) -> Result<Draft, ManifestError> {
        for page in touched.iter().copied() {
            let id = next.shelf(Some(page)).id();
            let revision = next.next_revision(&id);
            let manifest = next.pages.get(&page).cloned().unwrap_or_default();
            let sealed = manifest.seal(&next.shelf(Some(page)), revision, key, random)?;
            let kept = Kept::of(Given { id: id.clone(), kind: Kind::Manifest, revision, sealed });
            next.root.set(&id, kept.entry)?;
            changed.push(kept.given.clone());
            next.kept.insert(id, kept);
        }
        next.counter = self.counter.saturating_add(1);
        let sealed = next.root.seal(&next.shelf(None), next.counter, key, random)?;
        let root = Given { id: ROOT.to_owned(), kind: Kind::Manifest, revision: next.counter, sealed };
        changed.push(root.clone());
        next.kept.insert(ROOT.to_owned(), Kept::of(root));
        Ok(Draft { contents: next, sealed: changed, rewrapped: Vec::new(), removed: Vec::new() })
    }

    /// Opens one thing; under the former vault key where it is not under the new one yet.
    ///
    /// # Errors
    /// [`ManifestError::LeftOut`], [`ManifestError::NotOpened`].
    pub fn open(
        &self,
        id: &str,
        key: &VaultKey,
        keys: &AccountKeys,
    ) -> Result<Zeroizing<Vec<u8>>, ManifestError> {
        let given = self.get(id).ok_or_else(|| ManifestError::LeftOut { id: id.to_owned() })?;
        let context = self.context(id, given.kind, given.revision);
        given
            .sealed
            .open(key, &context, item::VERSION)
            .or_else(|error| match keys.former() {
                Some(former) => given.sealed.open(former, &context, item::VERSION),
                None => Err(error),
            })
            .map_err(ManifestError::NotOpened)
    }

    /// What is kept under an ID.
    pub fn get(&self, id: &str) -> Option<&Given> {
        self.kept.get(id).map(|kept| &kept.given)
    }

    /// All items and folders.
    pub fn items(&self) -> impl Iterator<Item = &Given> {
        self.kept.values().map(|kept| &kept.given).filter(|given| place(given).is_some())
    }

    /// The revision that the next state of something has.
    pub fn next_revision(&self, id: &str) -> u64 {
        self.get(id).map_or(1, |given| given.revision.saturating_add(1))
    }

    /// The counter of the vault: how often it changed.
    pub fn counter(&self) -> u64 {
        self.counter
    }

    fn shelf(&self, page: Option<u8>) -> Shelf<'_> {
        Shelf { tenant: &self.tenant, vault: &self.user, page }
    }

    fn context<'a>(&'a self, id: &'a str, kind: Kind, revision: u64) -> Context<'a> {
        Context { tenant: &self.tenant, vault: &self.user, item: id, kind: kind.as_str(), revision }
    }
}

/// Where a thing is listed: on a page, or in the root.
fn place(given: &Given) -> Option<u8> {
    match given.kind {
        Kind::Item | Kind::Folder => Some(Manifest::page_of(&given.id)),
        Kind::Manifest | Kind::Devices | Kind::AccountKeys => None,
    }
}
