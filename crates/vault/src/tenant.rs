//! Tenant keys (vault format §7): what vault keys are sealed to for escrow, once their owners consented. One pair lets an
//! admin approve a device, another hand a vault over; who holds one need not hold the other.

use core::fmt;

use ed25519_dalek::{Signer, SigningKey};
use zeroize::Zeroizing;

use crate::hpke::{PUBLIC, PublicKey};
use crate::octets::Reader;
use crate::statement::{Fingerprint, Statement, StatementError, claimed, follow};
use crate::wrap::{Binding, Purpose, Secret, Wrap};
use crate::{Account, FingerprintPhrase, Random, account::Pair};

const KIND: &str = "tenant";

/// A tenant's public keys, trusted: pinned at first use, compared with the domain's TXT record where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantKeys {
    tenant: String,
    sequence: u32,
    approval: PublicKey,
    transfer: PublicKey,
    signing: [u8; 32],
    fingerprint: Fingerprint,
}

/// What begins or changes a tenant's keys: the private halves are granted to admins by wraps, one a key.
pub struct TenantBegun {
    /// The statement, for the server.
    pub statement: Vec<u8>,
    /// What it says.
    pub keys: TenantKeys,
    /// The private half of [`TenantKeys::approval`].
    pub approval: Secret,
    /// The private half of [`TenantKeys::transfer`].
    pub transfer: Secret,
    /// The seed of the key that signs the next statement.
    pub signing: Secret,
}

impl fmt::Debug for TenantBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantBegun({:?})", self.keys)
    }
}

impl TenantKeys {
    /// Begins a chain: the first admin's.
    pub fn begin(tenant: &str, approval: Pair, transfer: Pair, random: Random<'_>) -> TenantBegun {
        TenantKeys::make(tenant, approval, transfer, None, random)
    }

    /// Changes every key, when an admin leaves. `signing` is the seed that the last statement's signing key has.
    pub fn rotate(
        &self,
        signing: &Secret,
        approval: Pair,
        transfer: Pair,
        random: Random<'_>,
    ) -> TenantBegun {
        TenantKeys::make(&self.tenant, approval, transfer, Some((self, signing)), random)
    }

    fn make(
        tenant: &str,
        approval: Pair,
        transfer: Pair,
        former: Option<(&TenantKeys, &Secret)>,
        random: Random<'_>,
    ) -> TenantBegun {
        let mut seed = Zeroizing::new([0; 32]);
        random(seed.as_mut());
        let signing = SigningKey::from_bytes(&seed);
        let body = [&approval.public.as_bytes()[..], transfer.public.as_bytes()].concat();
        let statement = Statement {
            kind: KIND,
            tenant,
            subject: tenant,
            sequence: former.map_or(1, |(keys, _)| keys.sequence.saturating_add(1)),
            body: &body,
            signing: signing.verifying_key().to_bytes(),
            previous: former.map_or(Fingerprint::from_bytes([0; 32]), |(keys, _)| keys.fingerprint),
        };
        let signer = former.map(|(_, seed)| SigningKey::from_bytes(seed.as_bytes()));
        let keys = TenantKeys {
            tenant: tenant.to_owned(),
            sequence: statement.sequence,
            approval: approval.public,
            transfer: transfer.public,
            signing: statement.signing,
            fingerprint: statement.fingerprint(),
        };
        TenantBegun {
            statement: statement.sign(signer.as_ref().unwrap_or(&signing)),
            keys,
            approval: approval.private,
            transfer: transfer.private,
            signing: Secret::from_bytes(*seed),
        }
    }

    /// The fingerprint that a statement claims: shown at consent, compared with the TXT record, then pinned.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn claimed(octets: &[u8], tenant: &str) -> Result<Fingerprint, StatementError> {
        let (statement, _) = claimed(octets, KIND, tenant, tenant)?;
        TenantKeys::read(&statement).map(|keys| keys.fingerprint)
    }

    /// Follows a chain from the statement that is trusted to the last one.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn follow(
        trusted: &Fingerprint,
        chain: &[&[u8]],
        tenant: &str,
    ) -> Result<TenantKeys, StatementError> {
        TenantKeys::read(&follow(trusted, chain, KIND, tenant, tenant)?)
    }

    /// The keys of a statement that this person has sealed their vault key to before: their own signature vouches for it, so
    /// another of their devices need not ask them again. `None`: it does not.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn vouched(
        octets: &[u8],
        tenant: &str,
        account: &Account,
        wrap: &Wrap,
    ) -> Result<Option<TenantKeys>, StatementError> {
        let (statement, _) = claimed(octets, KIND, tenant, tenant)?;
        let keys = TenantKeys::read(&statement)?;
        let recipient = keys.recipient();
        let binding = keys.escrow(Purpose::Approval, account, &recipient);
        let is_theirs = wrap.authenticate(&binding, &keys.approval, account.signing()).is_ok();
        Ok(is_theirs.then_some(keys))
    }

    /// What a vault key is bound to that is sealed to one of these keys. `recipient` is [`TenantKeys::recipient`].
    pub fn escrow<'a>(
        &'a self,
        purpose: Purpose<'a>,
        account: &'a Account,
        recipient: &'a str,
    ) -> Binding<'a> {
        Binding {
            purpose,
            tenant: &self.tenant,
            owner: account.user(),
            recipient,
            statement: account.fingerprint(),
        }
    }

    /// What one of these keys is bound to that is granted to an admin.
    pub fn grant<'a>(&'a self, purpose: Purpose<'a>, admin: &'a str) -> Binding<'a> {
        Binding {
            purpose,
            tenant: &self.tenant,
            owner: &self.tenant,
            recipient: admin,
            statement: self.fingerprint,
        }
    }

    /// Whether it is the seed of the key that signs the next statement.
    pub fn is_signed_by(&self, seed: &Secret) -> bool {
        SigningKey::from_bytes(seed.as_bytes()).verifying_key().to_bytes() == self.signing
    }

    /// What shows a server that this key is held: a signature over a text that begins as nothing else does which it signs (a
    /// statement begins with its version).
    pub fn prove(seed: &Secret, text: &str) -> [u8; 64] {
        SigningKey::from_bytes(seed.as_bytes())
            .sign(format!("keyward organisation keys proof\n{text}").as_bytes())
            .to_bytes()
    }

    /// Who gets what is sealed for escrow: the tenant in this very statement, so that whoever signs a wrap says which keys
    /// they agreed to.
    pub fn recipient(&self) -> String {
        format!("{}/{}", self.tenant, self.fingerprint.hex())
    }

    fn read(statement: &Statement<'_>) -> Result<TenantKeys, StatementError> {
        let read = || {
            let mut reader = Reader::new(statement.body);
            let approval = PublicKey::from_bytes(reader.array::<PUBLIC>()?)?;
            let transfer = PublicKey::from_bytes(reader.array::<PUBLIC>()?)?;
            reader.end()?;
            Some((approval, transfer))
        };
        let (approval, transfer) = read().ok_or(StatementError::Malformed)?;
        Ok(TenantKeys {
            tenant: statement.tenant.to_owned(),
            sequence: statement.sequence,
            approval,
            transfer,
            signing: statement.signing,
            fingerprint: statement.fingerprint(),
        })
    }

    /// What is pinned and published.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The words of the fingerprint, for people to compare.
    pub fn phrase(&self) -> FingerprintPhrase {
        FingerprintPhrase::of("tenant", &[self.fingerprint.as_bytes()])
    }

    /// Counts the changes of keys, from 1.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// What a vault key is sealed to so that an admin may approve its owner's next device.
    pub fn approval(&self) -> PublicKey {
        self.approval
    }

    /// What a vault key is sealed to so that an admin may hand the vault over.
    pub fn transfer(&self) -> PublicKey {
        self.transfer
    }

    /// The tenant's ID.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }
}
