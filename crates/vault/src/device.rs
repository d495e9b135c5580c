//! Devices (vault format §11): the list of a person's devices, kept under the vault key, so that the server can add none
//! when keys change; and what one device remembers so that it notices when the server lies.

use core::fmt;

use zeroize::Zeroizing;

use crate::hpke::PublicKey;
use crate::item::{self, Context, Sealed, SealedError, VaultKey};
use crate::octets::{Reader, framed, push};
use crate::statement::Fingerprint;
use crate::{Account, Random};

/// The version that is written, of both.
pub const VERSION: u8 = 1;
/// Most devices of a person.
pub const MOST: usize = 100;
/// The longest ID, and the longest name.
const ID: usize = 255;
const NAME: usize = 255;

/// A device's public keys. Both private halves stay in it, and nobody can export them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its ID.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// What the vault key is sealed to.
    pub encryption: PublicKey,
    /// What proves that a request comes from it (ECDSA with P-256 and SHA-256).
    pub signing: PublicKey,
}

/// Why a list of devices, or a memory, is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// Nobody with the key can have written it.
    Malformed,
    /// A version that this code does not know.
    Version {
        /// The version.
        found: u8,
    },
    /// More than [`MOST`], a name too long, or an ID twice.
    TooMany,
    /// The list does not open.
    NotOpened(SealedError),
}

impl DeviceError {
    /// A stable, kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            DeviceError::Malformed => "devices-malformed",
            DeviceError::Version { .. } => "devices-version",
            DeviceError::TooMany => "devices-too-many",
            DeviceError::NotOpened(error) => error.code(),
        }
    }
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceError::Malformed => f.write_str("The list of devices is not one."),
            DeviceError::Version { found } => {
                write!(f, "The list of devices has version {found}. Update this app.")
            }
            DeviceError::TooMany => {
                write!(f, "A person has {MOST} devices at most, each with a name of its own.")
            }
            DeviceError::NotOpened(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for DeviceError {}

/// A person's devices, and what else the vault key is wrapped to when it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    all: Vec<Device>,
    recovery: Option<PublicKey>,
}

impl Devices {
    /// Adds one, or replaces what is known of it.
    ///
    /// # Errors
    /// [`DeviceError::TooMany`].
    pub fn set(&mut self, device: Device) -> Result<(), DeviceError> {
        self.remove(&device.id);
        if self.all.len() >= MOST || device.id.len() > ID || device.name.len() > NAME {
            return Err(DeviceError::TooMany);
        }
        self.all.push(device);
        Ok(())
    }

    /// Removes one: whoever removes a device has to change the keys, since it knows them.
    pub fn remove(&mut self, id: &str) {
        self.all.retain(|device| device.id != id);
    }

    /// The public half of the pair whose private half is under the recovery phrase.
    pub fn recovery(&self) -> Option<&PublicKey> {
        self.recovery.as_ref()
    }

    /// With another recovery phrase, or none.
    pub fn set_recovery(&mut self, recovery: Option<PublicKey>) {
        self.recovery = recovery;
    }

    /// All of them.
    pub fn all(&self) -> &[Device] {
        &self.all
    }

    /// Seals the list. `revision` counts up with each sealing.
    ///
    /// # Errors
    /// [`DeviceError::NotOpened`] where it is larger than an item may be.
    pub fn seal(
        &self,
        account: &Account,
        vault_key: &VaultKey,
        revision: u64,
        random: Random<'_>,
    ) -> Result<Sealed, DeviceError> {
        let mut octets = vec![VERSION];
        octets.extend(u32::try_from(self.all.len()).unwrap_or(u32::MAX).to_be_bytes());
        for device in &self.all {
            push(&mut octets, device.id.as_bytes());
            push(&mut octets, device.name.as_bytes());
            octets.extend(device.encryption.as_bytes());
            octets.extend(device.signing.as_bytes());
        }
        octets.extend(self.recovery.iter().flat_map(PublicKey::as_bytes));
        let octets = Zeroizing::new(octets);
        Sealed::seal(&octets, vault_key, &context(account, revision), random).map_err(DeviceError::NotOpened)
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn open(
        sealed: &Sealed,
        account: &Account,
        vault_key: &VaultKey,
        revision: u64,
    ) -> Result<Devices, DeviceError> {
        let octets = sealed
            .open(vault_key, &context(account, revision), item::VERSION)
            .map_err(DeviceError::NotOpened)?;
        Devices::decode(&octets)
    }

    /// Reads what was opened.
    ///
    /// # Errors
    /// [`DeviceError::Malformed`], [`DeviceError::Version`], [`DeviceError::TooMany`].
    pub fn decode(octets: &[u8]) -> Result<Devices, DeviceError> {
        let mut reader = Reader::new(octets);
        version(&mut reader)?;
        let count = reader.u32().ok_or(DeviceError::Malformed)?;
        let mut devices = Devices::default();
        for _ in 0..count {
            let mut read = || {
                Some(Device {
                    id: reader.text(ID)?.to_owned(),
                    name: reader.text(NAME)?.to_owned(),
                    encryption: PublicKey::from_bytes(reader.array()?)?,
                    signing: PublicKey::from_bytes(reader.array()?)?,
                })
            };
            let device = read().ok_or(DeviceError::Malformed)?;
            if devices.all.iter().any(|other| other.id == device.id) {
                return Err(DeviceError::Malformed);
            }
            devices.set(device)?;
        }
        if !reader.is_empty() {
            let mut read = || PublicKey::from_bytes(reader.array()?);
            devices.recovery = Some(read().ok_or(DeviceError::Malformed)?);
        }
        reader.end().ok_or(DeviceError::Malformed)?;
        Ok(devices)
    }
}

fn context(account: &Account, revision: u64) -> Context<'_> {
    Context { tenant: account.tenant(), vault: account.user(), item: "devices", kind: "devices", revision }
}

/// What a device remembers of an account. The host keeps it under a key of the device that nobody can export, so that
/// what is read back is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The tenant's ID.
    pub tenant: String,
    /// The person's.
    pub user: String,
    /// The account's last statement that was followed.
    pub account: Fingerprint,
    /// The tenant's, once the person consented to escrow.
    pub escrow: Option<Fingerprint>,
    /// The highest counter of the manifest's root.
    pub counter: u64,
}

impl Memory {
    /// What is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let escrow = self.escrow.as_ref().map_or(&[][..], |escrow| escrow.as_bytes());
        let mut octets = framed(
            VERSION,
            &[b"memory", self.tenant.as_bytes(), self.user.as_bytes(), self.account.as_bytes(), escrow],
        );
        octets.extend(self.counter.to_be_bytes());
        octets
    }

    /// What was kept.
    ///
    /// # Errors
    /// [`DeviceError::Malformed`], [`DeviceError::Version`].
    pub fn from_bytes(octets: &[u8]) -> Result<Memory, DeviceError> {
        let mut reader = Reader::new(octets);
        version(&mut reader)?;
        let read = || {
            (reader.part(ID)? == b"memory").then_some(())?;
            let (tenant, user) = (reader.text(ID)?.to_owned(), reader.text(ID)?.to_owned());
            let account = Fingerprint::from_bytes(reader.part(32)?.try_into().ok()?);
            let escrow = match reader.part(32)? {
                [] => None,
                part => Some(Fingerprint::from_bytes(part.try_into().ok()?)),
            };
            let counter = reader.u64()?;
            reader.end()?;
            Some(Memory { tenant, user, account, escrow, counter })
        };
        read().ok_or(DeviceError::Malformed)
    }
}

fn version(reader: &mut Reader<'_>) -> Result<(), DeviceError> {
    match reader.byte() {
        None => Err(DeviceError::Malformed),
        Some(VERSION) => Ok(()),
        Some(found) => Err(DeviceError::Version { found }),
    }
}
