//! Asking about escrow: an organisation's keys and who holds them, who consented, who waits for an admin.

use keyward_core::TokenHash;
use keyward_core::admin::Tree;
use keyward_core::audit::Event;
use keyward_core::escrow::{
    ConsentFacts, EDITED, EDITS_CONNECTION, EDITS_PERSON, FormerFacts, HolderFacts, KeyPurpose, LeaverFacts,
    SuccessorFacts, WaitingFacts,
};
use keyward_core::id::{NodeId, TenantId};
use keyward_saml::Timestamp;

use super::load::whole_session;
use super::rows::{
    AdminRequestRow, EscrowConsentRow, EscrowDomainRow, EscrowRow, FormerDeviceRow, FormerPhraseRow,
    HandoverRow, PersonRow, TenantAnewRow, TenantGrantRow, TenantHolderRow, TenantRulesRow, VaultNoticeRow,
    VaultStatementRow,
};
use super::statement::statement;
use super::{Answers, Statement, StoreError};

/// A session with its device, what its person holds, the tree, and when they signed in.
pub(crate) fn admin(token: &TokenHash) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        statement!("load_session_holds", token.as_str()),
        statement!("load_session_tree", token.as_str()),
        statement!("load_authenticated_at", token.as_str()),
    ]
}

/// The organisation's keys, and what the session's person has of them.
pub(crate) fn keys(token: &TokenHash) -> Vec<Statement> {
    vec![
        statement!("load_tenant_statements", token.as_str()),
        statement!("load_tenant_grants", token.as_str()),
        statement!("load_tenant_rules", token.as_str()),
    ]
}

/// One of the organisation's private keys, sealed to the session's person.
#[derive(Debug)]
pub(crate) struct HeldGrant {
    /// Of the organisation's statement with this number.
    pub(crate) sequence: i64,
    pub(crate) purpose: KeyPurpose,
    /// The number of the person's statement that it is sealed to.
    pub(crate) account: i64,
    pub(crate) wrap: String,
    pub(crate) by: String,
    /// The statements of who gave it.
    pub(crate) granter: Vec<String>,
}

/// What there is of an organisation's keys.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) chain: Vec<String>,
    pub(crate) grants: Vec<HeldGrant>,
    /// Whether approvals take two admins.
    pub(crate) two_persons: bool,
    /// When a recovery kit was made of the last keys; 0: none was.
    pub(crate) kit_at: i64,
    /// Whether anybody who is active holds what signs the next statement.
    pub(crate) is_held: bool,
    /// The number of the person's own statement; 0: they have no vault.
    pub(crate) account: i64,
}

pub(crate) fn read_keys(answers: &mut impl Answers) -> Result<Keys, StoreError> {
    let chain = read_tenant_statements(answers)?;
    let grants =
        answers.rows::<TenantGrantRow>()?.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    let rules = answers.row::<TenantRulesRow>()?;
    let two_persons = rules.as_ref().is_some_and(|rules| rules.two_person_approval != 0);
    let kit_at = rules.as_ref().map_or(0, |rules| rules.kit_at);
    let is_held = rules.as_ref().is_some_and(|rules| rules.is_held != 0);
    let account = rules.and_then(|rules| rules.account).unwrap_or_default();
    Ok(Keys { chain, grants, two_persons, kit_at, is_held, account })
}

pub(crate) fn read_tenant_statements(answers: &mut impl Answers) -> Result<Vec<String>, StoreError> {
    Ok(answers.rows::<VaultStatementRow>()?.into_iter().map(|row| row.statement).collect())
}

/// Who holds one of the keys.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) purpose: String,
    /// Of the organisation's statement with this number.
    pub(crate) sequence: i64,
}

/// Who holds the keys, what domains say of them, and whether they were begun anew.
pub(crate) fn holders(token: &TokenHash) -> Vec<Statement> {
    vec![
        statement!("load_tenant_holders", token.as_str()),
        statement!("load_escrow_domains", token.as_str()),
        statement!("load_tenant_anew", token.as_str()),
    ]
}

/// When the organisation's keys were begun anew, and the e-mail of who did it; `None`: they were not.
pub(crate) fn read_anew(answers: &mut impl Answers) -> Result<Option<(i64, String)>, StoreError> {
    Ok(answers.row::<TenantAnewRow>()?.map(|row| (row.created_at, row.email)))
}

pub(crate) fn read_holders(answers: &mut impl Answers) -> Result<Vec<Holder>, StoreError> {
    Ok(answers.rows::<TenantHolderRow>()?.into_iter().map(Into::into).collect())
}

/// The names of the organisation's domains, and the fingerprint that each one's record has.
pub(crate) fn read_domains(answers: &mut impl Answers) -> Result<Vec<(String, Option<String>)>, StoreError> {
    Ok(answers.rows::<EscrowDomainRow>()?.into_iter().map(|row| (row.name, row.escrow)).collect())
}

/// Whether the session's person consented.
pub(crate) fn consent(token: &TokenHash) -> Statement {
    statement!("load_escrow_consent", token.as_str())
}

pub(crate) fn read_consent(answers: &mut impl Answers) -> Result<ConsentFacts, StoreError> {
    Ok(answers.row::<EscrowConsentRow>()?.map(Into::into).unwrap_or_default())
}

/// All that a person's own page asks: their consent and what is sealed by it, the organisation's keys, what admins did to their
/// vault, and which vaults were handed over to them.
pub(crate) fn own(token: &TokenHash) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        consent(token),
        statement!("load_tenant_statements", token.as_str()),
        statement!("load_escrow", token.as_str()),
        statement!("load_escrow_domains", token.as_str()),
        statement!("load_tenant_anew", token.as_str()),
        statement!("load_vault_notices", token.as_str()),
        statement!("load_handovers", token.as_str()),
    ]
}

/// A vault key, sealed to the organisation.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) sequence: i64,
    pub(crate) tenant_sequence: i64,
    pub(crate) wrap: String,
}

/// By purpose.
pub(crate) fn read_escrow(answers: &mut impl Answers) -> Result<Vec<(String, Sealed)>, StoreError> {
    let sealed = |row: EscrowRow| {
        let EscrowRow { purpose, sequence, tenant_sequence, wrap } = row;
        (purpose, Sealed { sequence, tenant_sequence, wrap })
    };
    Ok(answers.rows::<EscrowRow>()?.into_iter().map(sealed).collect())
}

/// What an admin did.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) device: Option<String>,
    pub(crate) at: i64,
    /// The admin's e-mail.
    pub(crate) admin: String,
    /// The e-mail of who it was handed over to.
    pub(crate) recipient: Option<String>,
}

pub(crate) fn read_notices(answers: &mut impl Answers) -> Result<Vec<Notice>, StoreError> {
    let notice = |VaultNoticeRow { id, kind, device, at, admin, recipient }| Notice {
        id,
        kind,
        device,
        at,
        admin,
        recipient,
    };
    Ok(answers.rows::<VaultNoticeRow>()?.into_iter().map(notice).collect())
}

/// A vault for who takes it over.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) owner: String,
    pub(crate) email: String,
    pub(crate) chain: Vec<String>,
    pub(crate) keys: (i64, String),
    pub(crate) sequence: i64,
    pub(crate) wrap: String,
    pub(crate) at: i64,
    pub(crate) by: String,
    pub(crate) by_email: String,
    pub(crate) maker: Vec<String>,
}

pub(crate) fn read_handovers(answers: &mut impl Answers) -> Result<Vec<Handover>, StoreError> {
    let handover = |row: HandoverRow| {
        let (chain, maker) = row.chains()?;
        Ok(Handover {
            owner: row.owner,
            email: row.email,
            chain,
            keys: (row.keys_revision, row.keys_sealed),
            sequence: row.sequence,
            wrap: row.wrap,
            at: row.created_at,
            by: row.made_by,
            by_email: row.made_by_email,
            maker,
        })
    };
    answers.rows::<HandoverRow>()?.into_iter().map(handover).collect()
}

/// What changed in a vault that was handed over to the session's person.
pub(crate) fn handover_changes(token: &TokenHash, owner: &str, since: i64, after: &str) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_session_device", token.as_str()),
        statement!("load_handover_changes", token.as_str(), owner, since, after),
    ]
}

/// A device that waits for an admin.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) facts: WaitingFacts,
    pub(crate) email: String,
    pub(crate) person: String,
    pub(crate) chain: Vec<String>,
    pub(crate) escrow: Option<Sealed>,
    /// The account's keys, with their revision.
    pub(crate) keys: Option<(i64, String)>,
}

/// Who waits at these nodes, so many at the most: who does longest.
pub(crate) fn waiting(token: &TokenHash, now: Timestamp, nodes: &[&NodeId], most: i64) -> Vec<Statement> {
    let nodes = serde_json::json!(nodes.iter().map(|node| node.as_str()).collect::<Vec<_>>()).to_string();
    let since = now.minus(EDITED);
    let (connection, person) = (names(&EDITS_CONNECTION), names(&EDITS_PERSON));
    let (nodes, connection, person) = (nodes.as_str(), connection.as_str(), person.as_str());
    vec![statement!("load_admin_requests", token.as_str(), now, nodes, since, connection, person, most)]
}

/// One that waits, or did.
pub(crate) fn request(token: &TokenHash, user: &str, device: &str, now: Timestamp) -> Statement {
    let since = now.minus(EDITED);
    let (connection, person) = (names(&EDITS_CONNECTION), names(&EDITS_PERSON));
    let (connection, person) = (connection.as_str(), person.as_str());
    statement!("load_admin_request", token.as_str(), user, device, since, connection, person)
}

fn names(events: &[Event]) -> String {
    serde_json::json!(events.iter().map(|event| event.as_str()).collect::<Vec<_>>()).to_string()
}

pub(crate) fn read_waiting(answers: &mut impl Answers) -> Result<Vec<Waiting>, StoreError> {
    answers.rows::<AdminRequestRow>()?.into_iter().map(TryInto::try_into).collect()
}

/// Somebody of the organisation.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) holder: HolderFacts,
    pub(crate) leaver: LeaverFacts,
    pub(crate) successor: SuccessorFacts,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) chain: Vec<String>,
    /// Their vault key, sealed for transfer.
    pub(crate) escrow: Option<Sealed>,
}

/// By e-mail, or by id.
pub(crate) fn person(token: &TokenHash, email: Option<&str>, user: Option<&str>) -> Statement {
    statement!("load_person", token.as_str(), email, user)
}

pub(crate) fn read_person(
    answers: &mut impl Answers,
    tenant: &TenantId,
    tree: &Tree,
) -> Result<Option<Person>, StoreError> {
    answers.row::<PersonRow>()?.map(|row| row.with(tenant, tree)).transpose()
}

/// The vault that a device opened before a fresh one took its place.
pub(crate) fn former_device(token: &TokenHash, device: &str) -> Statement {
    statement!("load_former_device", token.as_str(), device)
}

/// A device of a vault that was put aside.
#[derive(Debug)]
pub(crate) struct FormerDevice {
    pub(crate) facts: FormerFacts,
    /// Whether its person went back to another vault, rather than began a fresh one.
    pub(crate) is_own: bool,
    pub(crate) signing: String,
    pub(crate) is_blocked: bool,
}

fn put_aside(ended_at: i64, clears_at: i64) -> FormerFacts {
    FormerFacts { ended_at: Timestamp::from_millis(ended_at), clears_at: Timestamp::from_millis(clears_at) }
}

pub(crate) fn read_former_device(answers: &mut impl Answers) -> Result<Option<FormerDevice>, StoreError> {
    let device = |row: FormerDeviceRow| FormerDevice {
        facts: put_aside(row.ended_at, row.clears_at),
        is_own: row.is_own != 0,
        signing: row.signing,
        is_blocked: row.blocked_at.is_some(),
    };
    Ok(answers.row::<FormerDeviceRow>()?.map(device))
}

/// The vaults that were put aside and have a recovery phrase, with the hash of its proof.
pub(crate) fn former_phrases(token: &TokenHash) -> Statement {
    statement!("load_former_phrases", token.as_str())
}

pub(crate) fn read_former_phrases(
    answers: &mut impl Answers,
) -> Result<Vec<(FormerFacts, String)>, StoreError> {
    let rows = answers.rows::<FormerPhraseRow>()?.into_iter();
    Ok(rows.map(|row| (put_aside(row.ended_at, row.clears_at), row.proof)).collect())
}

/// A session, when its person signed in, their statements, and what they may go back to.
pub(crate) fn former(token: &TokenHash, device: &str) -> Vec<Statement> {
    vec![
        whole_session(token),
        statement!("load_authenticated_at", token.as_str()),
        statement!("load_vault_statements", token.as_str()),
        former_device(token, device),
        former_phrases(token),
    ]
}
