//! Accounts (vault format §6): a person's public keys and the commitment to their vault key, which a device that trusts
//! them accepts no other than; and the private keys, sealed under the vault key.

use core::fmt;

use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use crate::hpke::{PUBLIC, PublicKey, mac};
use crate::item::{Context, Sealed, SealedError, VaultKey};
use crate::octets::Reader;
use crate::statement::{Fingerprint, Statement, StatementError, claimed, follow};
use crate::wrap::Secret;
use crate::{FingerprintPhrase, Random};

const KIND: &str = "account";
/// The version of sealed account keys.
const VERSION: u8 = 1;

/// A key pair of P-256 that the host made: only the host computes with it.
pub struct Pair {
    /// The point.
    pub public: PublicKey,
    /// The number, 32 bytes.
    pub private: Secret,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pair({:?})", self.public)
    }
}

/// A person's private keys.
pub struct AccountKeys {
    signing: SigningKey,
    decryption: Secret,
    /// The vault key before the last change, until every item is under the new one.
    former: Option<VaultKey>,
}

impl AccountKeys {
    /// The key that signs wraps and the next statement.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The private half of [`Account::encryption`], for the host to import.
    pub fn decryption(&self) -> &Secret {
        &self.decryption
    }

    /// The vault key before the last change, under which items may still be.
    pub fn former(&self) -> Option<&VaultKey> {
        self.former.as_ref()
    }

    /// The same keys without it, once every item is under the new one.
    #[must_use]
    pub fn without_former(&self) -> AccountKeys {
        let decryption = Secret::from_bytes(*self.decryption.as_bytes());
        AccountKeys { signing: self.signing.clone(), decryption, former: None }
    }

    /// Seals them under the vault key. `revision` counts up with each sealing.
    ///
    /// # Errors
    /// None in practice: they are far from [`SealedError::TooLarge`].
    pub fn seal(
        &self,
        account: &Account,
        vault_key: &VaultKey,
        revision: u64,
        random: Random<'_>,
    ) -> Result<Sealed, SealedError> {
        let mut octets = Zeroizing::new(Vec::with_capacity(98));
        octets.push(VERSION);
        octets.extend(self.signing.as_bytes());
        octets.extend(self.decryption.as_bytes());
        octets.push(u8::from(self.former.is_some()));
        octets.extend(self.former.iter().flat_map(VaultKey::as_bytes));
        Sealed::seal(&octets, vault_key, &account.keys_context(revision), random)
    }

    /// Opens them, and sees that they are the ones of the account.
    ///
    /// # Errors
    /// What [`Sealed::open`] says, also where other keys are inside.
    pub fn open(
        sealed: &Sealed,
        account: &Account,
        vault_key: &VaultKey,
        revision: u64,
    ) -> Result<AccountKeys, SealedError> {
        let octets = sealed.open(vault_key, &account.keys_context(revision), crate::item::VERSION)?;
        let read = || {
            let mut reader = Reader::new(&octets);
            let version = reader.byte()?;
            let signing = SigningKey::from_bytes(&Zeroizing::new(reader.array()?));
            let decryption = Secret::from_bytes(reader.array()?);
            let former = match reader.byte()? {
                0 => None,
                1 => Some(VaultKey::from_bytes(reader.array()?)),
                _ => return None,
            };
            reader.end()?;
            (version == VERSION && signing.verifying_key().to_bytes() == account.signing)
                .then_some(AccountKeys { signing, decryption, former })
        };
        read().ok_or(SealedError::NotOpened)
    }
}

impl fmt::Debug for AccountKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountKeys")
    }
}

/// What begins or changes an account: to be kept in one step, with wraps of the vault key for everybody who shall have it.
#[derive(Debug)]
pub struct Begun {
    /// The statement, for the server.
    pub statement: Vec<u8>,
    /// What it says.
    pub account: Account,
    /// The private keys.
    pub keys: AccountKeys,
    /// The vault key.
    pub vault_key: VaultKey,
}

/// A person's public keys, trusted: by a fingerprint that a device kept, or that two people compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    tenant: String,
    user: String,
    sequence: u32,
    encryption: PublicKey,
    signing: [u8; 32],
    commitment: [u8; 32],
    fingerprint: Fingerprint,
}

impl Account {
    /// Begins one: a vault key, a signing key and a statement that nobody trusts yet but who made it.
    pub fn begin(tenant: &str, user: &str, pair: Pair, random: Random<'_>) -> Begun {
        Account::make(tenant, user, pair, None, random)
    }

    /// Changes every key: because somebody had a device who should not, or as often as somebody likes. What is kept of the
    /// old is the former vault key, for items that are not under the new one yet; so it may be interrupted anywhere.
    ///
    /// # Errors
    /// [`StatementError::Unfinished`] while there is a former key: there is room for one, and items may be under it.
    pub fn rotate(
        &self,
        keys: &AccountKeys,
        vault_key: &VaultKey,
        pair: Pair,
        random: Random<'_>,
    ) -> Result<Begun, StatementError> {
        if keys.former.is_some() {
            return Err(StatementError::Unfinished);
        }
        Ok(Account::make(&self.tenant, &self.user, pair, Some((self, keys, vault_key)), random))
    }

    fn make(
        tenant: &str,
        user: &str,
        pair: Pair,
        former: Option<(&Account, &AccountKeys, &VaultKey)>,
        random: Random<'_>,
    ) -> Begun {
        let vault_key = VaultKey::generate(random);
        let mut seed = Zeroizing::new([0; 32]);
        random(seed.as_mut());
        let signing = SigningKey::from_bytes(&seed);
        let body = [&pair.public.as_bytes()[..], commitment(&vault_key).as_ref()].concat();
        let statement = Statement {
            kind: KIND,
            tenant,
            subject: user,
            sequence: former.map_or(1, |(account, _, _)| account.sequence.saturating_add(1)),
            body: &body,
            signing: signing.verifying_key().to_bytes(),
            previous: former.map_or(Fingerprint::from_bytes([0; 32]), |(account, _, _)| account.fingerprint),
        };
        let octets = statement.sign(former.map_or(&signing, |(_, keys, _)| &keys.signing));
        let account = Account {
            tenant: tenant.to_owned(),
            user: user.to_owned(),
            sequence: statement.sequence,
            encryption: pair.public,
            signing: statement.signing,
            commitment: commitment(&vault_key),
            fingerprint: statement.fingerprint(),
        };
        let former = former.map(|(_, _, key)| VaultKey::from_bytes(*key.as_bytes()));
        let keys = AccountKeys { signing, decryption: pair.private, former };
        Begun { statement: octets, account, keys, vault_key }
    }

    /// The fingerprint that a statement claims, for people to compare: nothing else of it may be used before they did.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn claimed(octets: &[u8], tenant: &str, user: &str) -> Result<Fingerprint, StatementError> {
        let (statement, _) = claimed(octets, KIND, tenant, user)?;
        Account::read(&statement).map(|account| account.fingerprint)
    }

    /// Follows a chain from the statement that is trusted to the last one.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn follow(
        trusted: &Fingerprint,
        chain: &[&[u8]],
        tenant: &str,
        user: &str,
    ) -> Result<Account, StatementError> {
        Account::read(&follow(trusted, chain, KIND, tenant, user)?)
    }

    fn read(statement: &Statement<'_>) -> Result<Account, StatementError> {
        let read = || {
            let mut reader = Reader::new(statement.body);
            let encryption = PublicKey::from_bytes(reader.array::<PUBLIC>()?)?;
            let commitment = reader.array()?;
            reader.end()?;
            Some((encryption, commitment))
        };
        let (encryption, commitment) = read().ok_or(StatementError::Malformed)?;
        Ok(Account {
            tenant: statement.tenant.to_owned(),
            user: statement.subject.to_owned(),
            sequence: statement.sequence,
            encryption,
            signing: statement.signing,
            commitment,
            fingerprint: statement.fingerprint(),
        })
    }

    /// The vault key out of a wrap, if it is this account's: a server or an admin cannot give out another.
    ///
    /// # Errors
    /// [`StatementError::OtherVaultKey`].
    pub fn vault_key(&self, secret: &Secret) -> Result<VaultKey, StatementError> {
        let key = VaultKey::from_bytes(*secret.as_bytes());
        // Both are public to whoever has the key, so there is nothing that timing could tell.
        if commitment(&key) == self.commitment { Ok(key) } else { Err(StatementError::OtherVaultKey) }
    }

    /// What a device keeps and two people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The words of the fingerprint, for who seals something to this person and asks them whether it is theirs.
    pub fn phrase(&self) -> FingerprintPhrase {
        FingerprintPhrase::of("account", &[self.fingerprint.as_bytes()])
    }

    /// Counts the changes of keys, from 1.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// What others seal to.
    pub fn encryption(&self) -> PublicKey {
        self.encryption
    }

    /// What verifies this person's wraps.
    pub fn signing(&self) -> &[u8; 32] {
        &self.signing
    }

    /// The tenant's ID.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The person's.
    pub fn user(&self) -> &str {
        &self.user
    }

    fn keys_context(&self, revision: u64) -> Context<'_> {
        Context {
            tenant: &self.tenant,
            vault: &self.user,
            item: "account-keys",
            kind: "account-keys",
            revision,
        }
    }
}

/// HMAC-SHA256 under the vault key: AES-GCM alone would let one ciphertext open under two keys.
fn commitment(key: &VaultKey) -> [u8; 32] {
    *mac(key.as_bytes(), &[b"keyward vault key commitment"])
}

/// The words on both screens while a new device is let in: they stand for the device's keys and for the account, so that
/// neither is another without the words being others.
pub fn device_phrase(device: &crate::Device, account: &Fingerprint) -> FingerprintPhrase {
    FingerprintPhrase::of(
        "device",
        &[device.id.as_bytes(), device.encryption.as_bytes(), device.signing.as_bytes(), account.as_bytes()],
    )
}
