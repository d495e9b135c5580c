//! Escrow: an organisation's keys, made and held by its admins; what people seal to them; what admins open.

use js_sys::Uint8Array;
use keyward_vault::{
    Account, AccountKeys, Agreement, Binding, Fingerprint, Memory, Pair, PublicKey, Purpose, Sealed, Secret,
    TenantBegun, TenantKeys, Wrap, device_phrase, kit,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::devices::{Letting, let_in};
use crate::recovery::PagePhrase;
use crate::vault::PageVault;
use crate::{Failure, PageDevice, octets, point, random};

fn chain_of(chain: &[Uint8Array]) -> Vec<Vec<u8>> {
    chain.iter().map(Uint8Array::to_vec).collect()
}

fn none() -> Failure {
    Failure::of("escrow-missing")
}

fn lost() -> Failure {
    Failure::of("escrow-not-held")
}

/// Follows a tenant's chain from the statement that is trusted; those before it are not looked at.
fn follow(trusted: &Fingerprint, chain: &[Vec<u8>], tenant: &str) -> Result<TenantKeys, Failure> {
    let is_trusted = |statement: &&Vec<u8>| TenantKeys::claimed(statement, tenant) == Ok(*trusted);
    let from = chain.iter().position(|statement| is_trusted(&statement)).unwrap_or_default();
    let chain: Vec<&[u8]> = chain.iter().skip(from).map(Vec::as_slice).collect();
    Ok(TenantKeys::follow(trusted, &chain, tenant)?)
}

/// An organisation's public keys.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct PageTenant {
    keys: TenantKeys,
    is_known: bool,
}

#[wasm_bindgen]
impl PageTenant {
    /// What the server says they are, trusted by nobody yet.
    ///
    /// # Errors
    /// What is no chain of this organisation's.
    pub fn claimed(chain: Vec<Uint8Array>, tenant: &str) -> Result<PageTenant, Failure> {
        let chain = chain_of(&chain);
        let first = chain.first().ok_or_else(none)?;
        // Whole, so that nobody consents to a chain that the next browser would not follow.
        let trusted = TenantKeys::claimed(first, tenant)?;
        Ok(PageTenant { keys: follow(&trusted, &chain, tenant)?, is_known: false })
    }

    /// 64 hexadecimal digits.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> String {
        self.keys.fingerprint().hex()
    }

    /// Its words.
    #[wasm_bindgen(getter)]
    pub fn phrase(&self) -> String {
        self.keys.phrase().to_string()
    }

    /// The number of the statement.
    #[wasm_bindgen(getter)]
    pub fn sequence(&self) -> u32 {
        self.keys.sequence()
    }

    /// Whether this browser, or this person's signature, vouches for them.
    #[wasm_bindgen(getter, js_name = isKnown)]
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// The public half of one: `approval` or `transfer`.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self, purpose: &str) -> Vec<u8> {
        let key = if purpose == "transfer" { self.keys.transfer() } else { self.keys.approval() };
        key.as_bytes().to_vec()
    }
}

/// Somebody's public keys, as the server claims them: for who compares their words with them.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct PageAccount(Account);

#[wasm_bindgen]
impl PageAccount {
    /// Of their statements.
    ///
    /// # Errors
    /// What is no chain of theirs.
    #[wasm_bindgen(constructor)]
    pub fn new(chain: Vec<Uint8Array>, tenant: &str, user: &str) -> Result<PageAccount, Failure> {
        let chain = chain_of(&chain);
        let first = chain.first().ok_or_else(|| Failure::of("statement-count"))?;
        let trusted = Account::claimed(first, tenant, user)?;
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        Ok(PageAccount(Account::follow(&trusted, &chain, tenant, user)?))
    }

    /// Its words.
    #[wasm_bindgen(getter)]
    pub fn phrase(&self) -> String {
        self.0.phrase().to_string()
    }

    /// The words that a device shows that wants to be let into their vault.
    #[wasm_bindgen(js_name = phraseOf)]
    pub fn phrase_of(&self, device: &PageDevice) -> String {
        device_phrase(&device.0, &self.0.fingerprint()).to_string()
    }

    /// What is sealed to.
    #[wasm_bindgen(getter)]
    pub fn encryption(&self) -> Vec<u8> {
        self.0.encryption().as_bytes().to_vec()
    }
}

/// A vault key for the organisation, twice.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Escrowed {
    /// For approvals.
    pub approval: Vec<u8>,
    /// For transfer.
    pub transfer: Vec<u8>,
}

#[wasm_bindgen]
impl PageVault {
    /// The organisation's keys: followed from those that this browser remembers, or from those that this person has sealed to
    /// before (`wrap`, of statement `sequence`). Else they are what the server claims, and not known.
    ///
    /// # Errors
    /// Keys that do not follow from the known ones.
    pub fn tenant(
        &mut self,
        chain: Vec<Uint8Array>,
        sequence: u32,
        wrap: Option<Vec<u8>>,
    ) -> Result<PageTenant, Failure> {
        let tenant = self.account.tenant().to_owned();
        if self.memory.escrow.is_none()
            && let Some(wrap) = wrap
        {
            let own = usize::try_from(sequence).ok().and_then(|at| chain.get(at.checked_sub(1)?));
            let vouched = match own {
                Some(own) => {
                    TenantKeys::vouched(&own.to_vec(), &tenant, &self.account, &Wrap::from_bytes(&wrap)?)?
                }
                None => None,
            };
            self.memory.escrow = vouched.map(|keys| keys.fingerprint());
        }
        let Some(known) = self.memory.escrow else { return PageTenant::claimed(chain, &tenant) };
        if chain.is_empty() {
            return Err(none());
        }
        let keys = follow(&known, &chain_of(&chain), &tenant)?;
        self.memory.escrow = Some(keys.fingerprint());
        Ok(PageTenant { keys, is_known: true })
    }

    /// The vault key for the organisation, whose keys are the ones that this browser knows: it followed them there, or its
    /// person agreed ([`PageVault::trust`]). The ephemeral keys agreed with the organisation's two.
    ///
    /// # Errors
    /// Keys that it does not know; a key that is none.
    pub fn escrow(
        &self,
        tenant: &PageTenant,
        ephemerals: Vec<Uint8Array>,
        shared: Vec<Uint8Array>,
    ) -> Result<Escrowed, Failure> {
        if self.memory.escrow != Some(tenant.keys.fingerprint()) {
            return Err(Failure::from(keyward_vault::StatementError::NotTrusted));
        }
        let secret = Secret::from_bytes(*self.key.as_bytes());
        let recipient = tenant.keys.recipient();
        let seal = |purpose, key: PublicKey, at: usize| {
            let part = |list: &[Uint8Array]| list.get(at).map(Uint8Array::to_vec).unwrap_or_default();
            let agreement = Agreement::new(point(&part(&ephemerals))?, key, octets(&part(&shared))?);
            let binding = tenant.keys.escrow(purpose, &self.account, &recipient);
            Ok::<_, Failure>(
                Wrap::seal(&secret, &binding, &agreement, self.keys.signing())?.as_bytes().to_vec(),
            )
        };
        let approval = seal(Purpose::Approval, tenant.keys.approval(), 0)?;
        let transfer = seal(Purpose::Transfer, tenant.keys.transfer(), 1)?;
        Ok(Escrowed { approval, transfer })
    }

    /// Whether this browser knows keys of the organisation's.
    #[wasm_bindgen(getter, js_name = knowsTenant)]
    pub fn knows_tenant(&self) -> bool {
        self.memory.escrow.is_some()
    }

    /// These are the organisation's keys: its person agreed to them, or an admin made them here, or compared their words with
    /// another.
    pub fn trust(&mut self, tenant: &PageTenant) {
        self.memory.escrow = Some(tenant.keys.fingerprint());
    }

    /// The words of this account, for who seals something to it.
    #[wasm_bindgen(getter, js_name = accountPhrase)]
    pub fn account_phrase(&self) -> String {
        self.account.phrase().to_string()
    }

    /// The public half of what is sealed to this person.
    #[wasm_bindgen(getter)]
    pub fn encryption(&self) -> Vec<u8> {
        self.account.encryption().as_bytes().to_vec()
    }

    /// The private half, for WebCrypto to import.
    #[wasm_bindgen(getter)]
    pub fn decryption(&self) -> Vec<u8> {
        self.keys.decryption().as_bytes().to_vec()
    }

    /// This account, as others are given it.
    #[wasm_bindgen(getter, js_name = ownAccount)]
    pub fn own_account(&self) -> PageAccount {
        PageAccount(self.account.clone())
    }
}

fn purpose(text: &str) -> Result<Purpose<'static>, Failure> {
    match text {
        "approval" => Ok(Purpose::GrantApproval),
        "transfer" => Ok(Purpose::GrantTransfer),
        "signing" => Ok(Purpose::GrantSigning),
        _ => Err(Failure::of("input")),
    }
}

/// What an admin holds of one statement of the organisation's keys. Wiped when it is freed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PageKeys {
    keys: TenantKeys,
    statement: Vec<u8>,
    approval: Option<Secret>,
    transfer: Option<Secret>,
    signing: Option<Secret>,
}

impl PageKeys {
    /// A private half for an account, signed by that of who gives it.
    pub(crate) fn seal_to(
        &self,
        of: &str,
        to: &Account,
        by: &AccountKeys,
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let secret = self.secret(of).ok_or_else(lost)?;
        let binding = self.keys.grant(purpose(of)?, to.user());
        let agreement = Agreement::new(point(ephemeral)?, to.encryption(), octets(shared)?);
        Ok(Wrap::seal(secret, &binding, &agreement, by.signing())?.as_bytes().to_vec())
    }

    fn of(begun: TenantBegun) -> PageKeys {
        let TenantBegun { statement, keys, approval, transfer, signing } = begun;
        PageKeys {
            keys,
            statement,
            approval: Some(approval),
            transfer: Some(transfer),
            signing: Some(signing),
        }
    }

    fn secret(&self, of: &str) -> Option<&Secret> {
        match of {
            "approval" => self.approval.as_ref(),
            "transfer" => self.transfer.as_ref(),
            _ => self.signing.as_ref(),
        }
    }
}

fn pair(public: &[u8], private: &[u8]) -> Result<Pair, Failure> {
    Ok(Pair { public: point(public)?, private: Secret::from_bytes(octets(private)?) })
}

#[wasm_bindgen]
impl PageKeys {
    /// Makes an organisation's first keys, of two pairs of ECDH.
    ///
    /// # Errors
    /// A key that is none.
    pub fn begin(
        tenant: &str,
        approval: &[u8],
        approval_private: &[u8],
        transfer: &[u8],
        transfer_private: &[u8],
    ) -> Result<PageKeys, Failure> {
        let (approval, transfer) = (pair(approval, approval_private)?, pair(transfer, transfer_private)?);
        Ok(PageKeys::of(TenantKeys::begin(tenant, approval, transfer, &mut random)))
    }

    /// Makes the next ones.
    ///
    /// # Errors
    /// What signs them is not held.
    pub fn rotate(
        &self,
        approval: &[u8],
        approval_private: &[u8],
        transfer: &[u8],
        transfer_private: &[u8],
    ) -> Result<PageKeys, Failure> {
        let signing = self.signing.as_ref().ok_or_else(lost)?;
        let (approval, transfer) = (pair(approval, approval_private)?, pair(transfer, transfer_private)?);
        Ok(PageKeys::of(self.keys.rotate(signing, approval, transfer, &mut random)))
    }

    /// Of a statement of a chain whose first keys or whose last ones are trusted: none of its private halves yet.
    ///
    /// # Errors
    /// Keys that do not lead to the trusted ones.
    pub fn at(chain: Vec<Uint8Array>, sequence: u32, trusted: &PageTenant) -> Result<PageKeys, Failure> {
        let chain = chain_of(&chain);
        let tenant = trusted.keys.tenant();
        let wanted = usize::try_from(sequence).unwrap_or_default();
        let from = wanted.checked_sub(1).and_then(|at| chain.get(at)).ok_or_else(lost)?;
        // Whatever leads to the keys that are trusted was signed on the way there.
        let start = TenantKeys::claimed(from, tenant)?;
        let rest: Vec<&[u8]> = chain.iter().skip(wanted.saturating_sub(1)).map(Vec::as_slice).collect();
        if TenantKeys::follow(&start, &rest, tenant)?.fingerprint() != trusted.keys.fingerprint() {
            return Err(Failure::from(keyward_vault::StatementError::NotTrusted));
        }
        let keys = TenantKeys::follow(&start, &[from.as_slice()], tenant)?;
        Ok(PageKeys { keys, statement: Vec::new(), approval: None, transfer: None, signing: None })
    }

    /// The statement, where it was made here.
    #[wasm_bindgen(getter)]
    pub fn statement(&self) -> Vec<u8> {
        self.statement.clone()
    }

    /// Its public keys.
    #[wasm_bindgen(getter)]
    pub fn tenant(&self) -> PageTenant {
        PageTenant { keys: self.keys.clone(), is_known: true }
    }

    /// Whether a private half is held.
    pub fn holds(&self, of: &str) -> bool {
        self.secret(of).is_some()
    }

    /// A private half, for WebCrypto to import.
    ///
    /// # Errors
    /// It is not held.
    #[wasm_bindgen(js_name = privateKey)]
    pub fn private_key(&self, of: &str) -> Result<Vec<u8>, Failure> {
        Ok(self.secret(of).ok_or_else(lost)?.as_bytes().to_vec())
    }

    /// Looks at a grant, which the granter's account has to have signed for this admin: gives what the admin's key has to agree
    /// with.
    ///
    /// # Errors
    /// A grant of somebody else's, or for something else.
    #[wasm_bindgen(js_name = ephemeralOf)]
    pub fn ephemeral_of(
        &self,
        of: &str,
        wrap: &[u8],
        granter: &PageAccount,
        admin: &PageVault,
    ) -> Result<Vec<u8>, Failure> {
        let binding = self.keys.grant(purpose(of)?, admin.account.user());
        let wrap = Wrap::from_bytes(wrap)?;
        let authentic = wrap.authenticate(&binding, &admin.account.encryption(), granter.0.signing())?;
        Ok(authentic.ephemeral().as_bytes().to_vec())
    }

    /// Opens it. Whether a private half is the one of the public key is for WebCrypto to see, but for what signs.
    ///
    /// # Errors
    /// As [`PageKeys::ephemeral_of`]; another key than the organisation's.
    pub fn receive(
        &mut self,
        of: &str,
        wrap: &[u8],
        granter: &PageAccount,
        admin: &PageVault,
        shared: &[u8],
    ) -> Result<(), Failure> {
        let binding = self.keys.grant(purpose(of)?, admin.account.user());
        let wrap = Wrap::from_bytes(wrap)?;
        let secret = wrap
            .authenticate(&binding, &admin.account.encryption(), granter.0.signing())?
            .open(octets(shared)?)?;
        match of {
            "approval" => self.approval = Some(secret),
            "transfer" => self.transfer = Some(secret),
            _ if self.keys.is_signed_by(&secret) => self.signing = Some(secret),
            _ => return Err(Failure::from(keyward_vault::StatementError::NotTrusted)),
        }
        Ok(())
    }

    /// A private half for an admin, whose words were compared; in the name of this one. The ephemeral key agreed with theirs.
    ///
    /// # Errors
    /// It is not held.
    pub fn grant(
        &self,
        of: &str,
        to: &PageAccount,
        by: &PageVault,
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.seal_to(of, &to.0, &by.keys, ephemeral, shared)
    }

    /// The file of a recovery kit, of what is held.
    ///
    /// # Errors
    /// Not all of it is held.
    pub fn kit(&self, phrase: &PagePhrase) -> Result<String, Failure> {
        let held = |of| self.secret(of).ok_or_else(lost);
        let secrets = [held("approval")?, held("transfer")?, held("signing")?];
        Ok(kit::seal(&self.keys, secrets, &phrase.0, &mut random)?)
    }

    /// Opens such a file. Whether a private half is the one of the public key is for WebCrypto to see, but for what signs.
    ///
    /// # Errors
    /// Another phrase, or no kit of these keys.
    #[wasm_bindgen(js_name = openKit)]
    pub fn open_kit(&mut self, file: &[u8], phrase: &PagePhrase) -> Result<(), Failure> {
        let [approval, transfer, signing] = kit::open(file, &self.keys, &phrase.0)?;
        (self.approval, self.transfer, self.signing) = (Some(approval), Some(transfer), Some(signing));
        Ok(())
    }

    /// What shows the server that the key is held which signs the next statement: a signature over a text of this session's.
    ///
    /// # Errors
    /// It is not held.
    pub fn prove(&self, text: &str) -> Result<Vec<u8>, Failure> {
        let signing = self.signing.as_ref().ok_or_else(lost)?;
        Ok(TenantKeys::prove(signing, text).to_vec())
    }

    /// Whether this admin gave such a key to this very account before: then its words were compared then.
    #[wasm_bindgen(js_name = gaveTo)]
    pub fn gave_to(&self, of: &str, wrap: &[u8], to: &PageAccount, by: &PageVault) -> bool {
        let (Ok(purpose), Ok(wrap)) = (purpose(of), Wrap::from_bytes(wrap)) else { return false };
        let binding = self.keys.grant(purpose, to.0.user());
        wrap.authenticate(&binding, &to.0.encryption(), by.account.signing()).is_ok()
    }

    fn of_escrow(of: &str) -> Purpose<'static> {
        if of == "transfer" { Purpose::Transfer } else { Purpose::Approval }
    }

    /// Looks at what a person sealed to the organisation: gives what its private half has to agree with.
    ///
    /// # Errors
    /// What that person did not seal, or not to these keys: there is no consent to them.
    #[wasm_bindgen(js_name = ephemeralOfEscrow)]
    pub fn ephemeral_of_escrow(
        &self,
        of: &str,
        wrap: &[u8],
        person: &PageAccount,
    ) -> Result<Vec<u8>, Failure> {
        let recipient = self.keys.recipient();
        let binding = self.keys.escrow(PageKeys::of_escrow(of), &person.0, &recipient);
        let key = if of == "transfer" { self.keys.transfer() } else { self.keys.approval() };
        let wrap = Wrap::from_bytes(wrap)?;
        Ok(wrap.authenticate(&binding, &key, person.0.signing())?.ephemeral().as_bytes().to_vec())
    }

    fn open_escrow(
        &self,
        of: &str,
        wrap: &[u8],
        person: &PageAccount,
        shared: &[u8],
    ) -> Result<Secret, Failure> {
        let recipient = self.keys.recipient();
        let binding = self.keys.escrow(PageKeys::of_escrow(of), &person.0, &recipient);
        let key = if of == "transfer" { self.keys.transfer() } else { self.keys.approval() };
        let wrap = Wrap::from_bytes(wrap)?;
        let secret = wrap.authenticate(&binding, &key, person.0.signing())?.open(octets(shared)?)?;
        person.0.vault_key(&secret)?;
        Ok(secret)
    }

    /// The vault key for a device of that person's, out of what they sealed for approvals. The first secret is agreed with
    /// what [`PageKeys::ephemeral_of_escrow`] gave, the second with the device's key.
    ///
    /// # Errors
    /// Whatever was changed since its person sealed it.
    #[wasm_bindgen(js_name = letIn)]
    #[expect(clippy::too_many_arguments, reason = "what the server gave, and two agreements")]
    pub fn let_in(
        &self,
        wrap: &[u8],
        person: &PageAccount,
        opened: &[u8],
        keys: Vec<u8>,
        revision: u64,
        device: &PageDevice,
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Letting, Failure> {
        let secret = self.open_escrow("approval", wrap, person, opened)?;
        let key = person.0.vault_key(&secret)?;
        let keys = AccountKeys::open(&Sealed::from_bytes(keys), &person.0, &key, revision)?;
        let_in(&person.0, &keys, &secret, &device.0, ephemeral, shared)
    }

    /// The vault key for who takes the vault over, out of what its person sealed for transfer.
    ///
    /// # Errors
    /// Whatever was changed since its person sealed it.
    #[wasm_bindgen(js_name = handOver)]
    #[expect(clippy::too_many_arguments, reason = "what the server gave, and two agreements")]
    pub fn hand_over(
        &self,
        wrap: &[u8],
        person: &PageAccount,
        opened: &[u8],
        to: &PageAccount,
        by: &PageVault,
        ephemeral: &[u8],
        shared: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let secret = self.open_escrow("transfer", wrap, person, opened)?;
        let binding = handover(&person.0, to.0.user());
        let agreement = Agreement::new(point(ephemeral)?, to.0.encryption(), octets(shared)?);
        Ok(Wrap::seal(&secret, &binding, &agreement, by.keys.signing())?.as_bytes().to_vec())
    }
}

fn handover<'a>(owner: &'a Account, recipient: &'a str) -> Binding<'a> {
    Binding {
        purpose: Purpose::Handover,
        tenant: owner.tenant(),
        owner: owner.user(),
        recipient,
        statement: owner.fingerprint(),
    }
}

/// A vault that was handed over to this person.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PageHandover {
    owner: PageAccount,
    wrap: Wrap,
    maker: [u8; 32],
    recipient: String,
    key: PublicKey,
    ephemeral: PublicKey,
}

#[wasm_bindgen]
impl PageHandover {
    /// Of what the server gave: whose it was, and who made it.
    ///
    /// # Errors
    /// What that admin did not seal for this person.
    #[wasm_bindgen(constructor)]
    pub fn new(
        owner: &PageAccount,
        wrap: &[u8],
        maker: &PageAccount,
        own: &PageVault,
    ) -> Result<PageHandover, Failure> {
        let wrap = Wrap::from_bytes(wrap)?;
        let (recipient, key) = (own.account.user().to_owned(), own.account.encryption());
        let maker = *maker.0.signing();
        let ephemeral = wrap.authenticate(&handover(&owner.0, &recipient), &key, &maker)?.ephemeral();
        Ok(PageHandover { owner: owner.clone(), wrap, maker, recipient, key, ephemeral })
    }

    /// What this person's key has to agree with.
    #[wasm_bindgen(getter)]
    pub fn ephemeral(&self) -> Vec<u8> {
        self.ephemeral.as_bytes().to_vec()
    }

    /// Opens it.
    ///
    /// # Errors
    /// Whatever was changed since.
    pub fn open(self, shared: &[u8], keys: Vec<u8>, revision: u64) -> Result<PageVault, Failure> {
        let binding = handover(&self.owner.0, &self.recipient);
        let secret = self.wrap.authenticate(&binding, &self.key, &self.maker)?.open(octets(shared)?)?;
        let account = self.owner.0;
        let key = account.vault_key(&secret)?;
        let keys = AccountKeys::open(&Sealed::from_bytes(keys), &account, &key, revision)?;
        let memory = Memory {
            tenant: account.tenant().to_owned(),
            user: account.user().to_owned(),
            account: account.fingerprint(),
            escrow: None,
            counter: 0,
        };
        Ok(PageVault::new(account, keys, key, memory))
    }
}
