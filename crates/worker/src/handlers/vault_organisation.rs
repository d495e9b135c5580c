//! Escrow as admins meet it: the organisation's keys, who waits to be let in, and the vaults of those who left. All of it is for
//! an admin in a device that is proven, since only there is anything opened. Answers are JSON; a no is `{"code"}`.

use keyward_core::Decision;
use keyward_core::admin::Tree;
use keyward_core::devices::{Asking, Letting};
use keyward_core::escrow::{self, Admin, Approved, HolderFacts, KeyPurpose, KeysFacts, SentGrant};
use keyward_core::id::UserId;
use keyward_core::rotation::Held;
use keyward_core::vault::VaultRefusal;
use serde::Deserialize;
use serde_json::{Value as Json, json as object};

use super::vault_devices::body;
use super::vault_escrow::{anew, sealed};
use super::vault_items::proven;
use super::vault_keys::{json, no, refused};
use crate::api::read_actor;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::store::load;
use crate::store::load_escrow::{self, Keys, Person, Waiting};
use crate::store::{Answers, Statement};

/// The admin, whose privileges are read again on each request; with the answers to what else was asked.
async fn admin(host: &Host, more: Vec<Statement>) -> Result<Result<(Admin, impl Answers), Reply>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(Err(no(401, "session-over"))) };
    let mut statements = load_escrow::admin(&token.hash());
    statements.extend(more);
    let mut answers = host.database.batch(statements).await?;
    let session = load::read_session(&mut answers)?;
    let device = load::read_session_device(&mut answers)?;
    let (grants, tree) = read_actor(&mut answers)?;
    let authenticated_at = load::read_authenticated_at(&mut answers)?;
    Ok(match proven(host, session, device).await? {
        Ok(session) => Ok((Admin::of(session, authenticated_at, grants, tree), answers)),
        Err(reply) => Err(reply),
    })
}

/// What of the organisation's keys is to come along where the session's person changes their own: none where they are no admin.
pub(super) async fn held(host: &Host) -> Result<Held, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(Held::default()) };
    let hash = token.hash();
    let Ok((admin, mut answers)) = admin(host, load_escrow::keys(&hash)).await? else {
        return Ok(Held::default());
    };
    let facts = keys_facts(&load_escrow::read_keys(&mut answers)?);
    let count = i64::try_from(facts.holds.len()).unwrap_or(i64::MAX);
    Ok(Held { kept: facts.kept_by(admin.actor()), count })
}

fn keys_facts(keys: &Keys) -> KeysFacts {
    KeysFacts {
        sequence: i64::try_from(keys.chain.len()).unwrap_or_default(),
        account: keys.account,
        // What is sealed to keys that the admin had before opens no more.
        holds: keys
            .grants
            .iter()
            .filter(|grant| grant.account == keys.account)
            .map(|grant| (grant.sequence, grant.purpose))
            .collect(),
        is_held: keys.is_held,
    }
}

fn tree(admin: &Admin) -> &Tree {
    &admin.actor().tree
}

macro_rules! given {
    ($outcome:expr) => {
        match $outcome {
            Ok(given) => given,
            Err(reply) => return Ok(reply),
        }
    };
}

/// Commits what was decided, or says no; `None`: once more, with what is true by then.
async fn settle<T>(
    host: &Host,
    decision: Result<Decision<T>, VaultRefusal>,
    say: impl Fn(&T) -> Json,
) -> Result<Option<Reply>, Failure> {
    let decision = match decision {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Some(refused(refusal))),
    };
    let is_in = host.commit(&decision).await? == Committed::Yes;
    Ok(is_in.then(|| json(200, &say(&decision.outcome))))
}

fn done<T>(_: &T) -> Json {
    object!({})
}

/// `GET /vault/organisation/state`: the organisation's keys, what this admin holds of them, who else does.
pub(crate) async fn state(host: &Host) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let hash = token.hash();
    let more = [load_escrow::keys(&hash), load_escrow::holders(&hash)].concat();
    let (admin, mut answers) = given!(admin(host, more).await?);
    let keys = load_escrow::read_keys(&mut answers)?;
    let holders = load_escrow::read_holders(&mut answers)?;
    let domains = load_escrow::read_domains(&mut answers)?;
    let begun = load_escrow::read_anew(&mut answers)?;
    let is_approver = !admin.approves_at().is_empty();
    if !is_approver && !admin.is_keeper() && !KeyPurpose::Transfer.is_for(admin.actor()) {
        return Ok(refused(VaultRefusal::PrivilegeMissing));
    }
    let grants = keys.grants.iter().map(|it| {
        object!({
            "sequence": it.sequence, "purpose": it.purpose.as_str(), "account": it.account, "wrap": it.wrap,
            "by": it.by, "granter": it.granter,
        })
    });
    let holders = holders.iter().map(|it| {
        object!({
            "user": it.id, "email": it.email, "name": it.name, "purpose": it.purpose, "sequence": it.sequence,
        })
    });
    let domains = domains.iter().map(|(name, seen)| object!({ "name": name, "fingerprint": seen }));
    Ok(json(
        200,
        &object!({
            "chain": keys.chain,
            "grants": grants.collect::<Vec<_>>(),
            "holders": holders.collect::<Vec<_>>(),
            "domains": domains.collect::<Vec<_>>(),
            "anew": begun.as_ref().map(anew),
            "isHeld": keys.is_held,
            "twoPersons": keys.two_persons,
            "kitAt": keys.kit_at,
            "account": keys.account,
            "isKeeper": admin.is_keeper(),
            "isRoot": admin.actor().is_root(),
            "mayApprove": is_approver,
            "mayTransfer": KeyPurpose::Transfer.is_for(admin.actor()),
        }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantBody {
    admin: String,
    account: i64,
    sequence: i64,
    purpose: String,
    wrap: String,
}

pub(super) fn grants(sent: Vec<GrantBody>) -> Result<Vec<SentGrant>, VaultRefusal> {
    let read = |GrantBody { admin, account, sequence, purpose, wrap }: GrantBody| {
        Some(SentGrant {
            admin: UserId::parse(&admin)?,
            account,
            sequence,
            purpose: KeyPurpose::parse(&purpose)?,
            wrap,
        })
    };
    sent.into_iter().map(read).collect::<Option<_>>().ok_or(VaultRefusal::Malformed { what: "grants" })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysBody {
    statement: String,
    grants: Vec<GrantBody>,
    #[serde(default)]
    leaving: Option<String>,
    /// In the place of keys that nobody holds.
    #[serde(default)]
    anew: bool,
}

/// `POST /vault/organisation/keys`: makes the organisation's keys, changes them, or begins them anew.
pub(crate) async fn put_keys(host: &Host, text: &str) -> Result<Reply, Failure> {
    let KeysBody { statement, grants: sent, leaving, anew } = given!(body(host, text));
    let sent = match grants(sent) {
        Ok(sent) => sent,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let leaving = leaving.as_deref().and_then(UserId::parse);
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let hash = token.hash();
    for _ in 0..ATTEMPTS {
        let mut others: Vec<&UserId> = sent.iter().map(|grant| &grant.admin).collect();
        others.sort_unstable();
        others.dedup();
        let mut more = load_escrow::keys(&hash);
        more.extend(others.iter().map(|user| load_escrow::person(&hash, None, Some(user.as_str()))));
        let (admin, mut answers) = given!(admin(host, more).await?);
        let keys = load_escrow::read_keys(&mut answers)?;
        let mut holders: Vec<HolderFacts> = Vec::new();
        for _ in &others {
            let person = load_escrow::read_person(&mut answers, &admin.actor().tenant, tree(&admin))?;
            holders.extend(person.map(|person| person.holder));
        }
        let facts = keys_facts(&keys);
        let decision = if anew {
            escrow::begin_anew(&admin, &facts, &statement, &sent, host.now, &mut OsRandom)
        } else {
            let leaving = leaving.as_ref();
            escrow::put_keys(&admin, &facts, &holders, &statement, &sent, leaving, host.now, &mut OsRandom)
        };
        if let Some(reply) = settle(host, decision, |sequence| object!({ "sequence": sequence })).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonBody {
    email: String,
}

/// Who is asked about by e-mail, for an admin who may be told.
async fn person(host: &Host, email: &str) -> Result<Result<(Admin, Person), Reply>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(Err(no(401, "session-over"))) };
    let email = email.trim().to_lowercase();
    let asked = load_escrow::person(&token.hash(), Some(&email), None);
    let (admin, mut answers) = match admin(host, vec![asked]).await? {
        Ok(given) => given,
        Err(reply) => return Ok(Err(reply)),
    };
    let found = load_escrow::read_person(&mut answers, &admin.actor().tenant, tree(&admin))?;
    if !admin.is_keeper() && !KeyPurpose::Transfer.is_for(admin.actor()) {
        return Ok(Err(refused(VaultRefusal::PrivilegeMissing)));
    }
    Ok(match found {
        Some(person) => Ok((admin, person)),
        None => Err(no(404, "person-unknown")),
    })
}

/// `POST /vault/organisation/person`: somebody's public keys, and which of the organisation's they may hold.
pub(crate) async fn find_person(host: &Host, text: &str) -> Result<Reply, Failure> {
    let PersonBody { email } = given!(body(host, text));
    let (_, person) = given!(person(host, &email).await?);
    let may_hold = KeyPurpose::ALL.iter().filter(|purpose| purpose.is_for(&person.holder.actor));
    Ok(json(
        200,
        &object!({
            "user": person.holder.user.as_str(), "email": person.email, "name": person.name,
            "status": person.holder.status.as_str(), "chain": person.chain,
            "mayHold": may_hold.map(|purpose| purpose.as_str()).collect::<Vec<_>>(),
        }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareBody {
    user: String,
    grants: Vec<GrantBody>,
}

/// `POST /vault/organisation/share`: gives keys to another admin.
pub(crate) async fn share(host: &Host, text: &str) -> Result<Reply, Failure> {
    let ShareBody { user, grants: sent } = given!(body(host, text));
    let sent = match grants(sent) {
        Ok(sent) => sent,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let hash = token.hash();
    for _ in 0..ATTEMPTS {
        let mut more = load_escrow::keys(&hash);
        more.push(load_escrow::person(&hash, None, Some(&user)));
        let (admin, mut answers) = given!(admin(host, more).await?);
        let keys = load_escrow::read_keys(&mut answers)?;
        let person = load_escrow::read_person(&mut answers, &admin.actor().tenant, tree(&admin))?;
        let Some(person) = person else { return Ok(no(404, "person-unknown")) };
        let decision =
            escrow::share(&admin, &keys_facts(&keys), &person.holder, &sent, host.now, &mut OsRandom);
        if let Some(reply) = settle(host, decision, done).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `POST /vault/organisation/kit`: a recovery kit is made of the keys.
pub(crate) async fn kit(host: &Host, text: &str) -> Result<Reply, Failure> {
    let Nothing {} = given!(body(host, text));
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let hash = token.hash();
    for _ in 0..ATTEMPTS {
        let (admin, mut answers) = given!(admin(host, load_escrow::keys(&hash)).await?);
        let keys = load_escrow::read_keys(&mut answers)?;
        let decision = escrow::made_kit(&admin, &keys_facts(&keys), host.now, &mut OsRandom);
        if let Some(reply) = settle(host, decision, done).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegainBody {
    /// By the key that signs the next statement.
    proof: String,
    grants: Vec<GrantBody>,
}

/// `POST /vault/organisation/regain`: who has a recovery kit holds the keys again.
pub(crate) async fn regain(host: &Host, text: &str) -> Result<Reply, Failure> {
    let RegainBody { proof, grants: sent } = given!(body(host, text));
    let sent = match grants(sent) {
        Ok(sent) => sent,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let hash = token.hash();
    for _ in 0..ATTEMPTS {
        let (admin, mut answers) = given!(admin(host, load_escrow::keys(&hash)).await?);
        let keys = load_escrow::read_keys(&mut answers)?;
        let last = keys.chain.last().map(String::as_str).unwrap_or_default();
        let job = escrow::proof_of_keys(admin.session(), &host.settings.origin, last, &proof);
        let is_proven = job.is_some_and(|job| job.answer_pure());
        let decision = escrow::regain(&admin, &keys_facts(&keys), is_proven, &sent, host.now, &mut OsRandom);
        if let Some(reply) = settle(host, decision, done).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RulesBody {
    two_persons: bool,
}

/// `POST /vault/organisation/rules`.
pub(crate) async fn rules(host: &Host, text: &str) -> Result<Reply, Failure> {
    let RulesBody { two_persons } = given!(body(host, text));
    for _ in 0..ATTEMPTS {
        let (admin, _) = given!(admin(host, Vec::new()).await?);
        let decision = escrow::need_two_persons(&admin, two_persons, host.now, &mut OsRandom);
        if let Some(reply) = settle(host, decision, done).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

fn waiting_view(admin: &Admin, it: &Waiting, now: keyward_saml::Timestamp) -> Json {
    let facts = &it.facts;
    let Asking { device, name, encryption, signing } = &facts.request.asking;
    // Why this admin cannot approve it, where they cannot.
    let letting = Letting { wrap: String::new(), share: String::new() };
    let is_fresh = facts.request.wants_fresh;
    let refusal = escrow::approve(admin, facts, is_fresh, Some(&letting), now, &mut OsRandom).err();
    let refusal = refusal.filter(|it| !matches!(it, VaultRefusal::Malformed { .. }));
    let (votes, voted) = facts.voted(admin, now);
    object!({
        "user": facts.user.as_str(), "email": it.email, "person": it.person, "chain": it.chain,
        "device": device.as_str(), "name": name, "encryption": encryption, "signing": signing,
        "at": facts.request.created_at.as_millis(), "until": facts.request.admin_expires_at.as_millis(),
        "fresh": facts.request.wants_fresh,
        "votes": votes, "voted": voted, "first": facts.is_first_of_two(admin, now),
        "refusal": refusal.map(VaultRefusal::code),
        // Of which statement's keys what they sealed is, and so who can open it.
        "sealedTo": it.escrow.as_ref().map(|it| it.tenant_sequence),
    })
}

/// How many of those who wait are told at once, and how many more each time that more are asked for.
const QUEUE: i64 = 50;
/// More than this at once nobody answers; each comes with what it takes to let them in.
const LONGEST_QUEUE: i64 = 500;

/// `GET /vault/organisation/queue`: who waits at the nodes where this admin approves devices, the longest first; `?most=` says how many.
pub(crate) async fn queue(host: &Host) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let (admin, _) = given!(admin(host, Vec::new()).await?);
    let nodes = admin.approves_at();
    if nodes.is_empty() {
        return Ok(refused(VaultRefusal::PrivilegeMissing));
    }
    let most = field(&host.head.query, "most").and_then(|most| most.parse::<i64>().ok()).unwrap_or(QUEUE);
    let most = most.clamp(QUEUE, LONGEST_QUEUE);
    let asked = load_escrow::waiting(&token.hash(), host.now, &nodes, most + 1);
    let mut answers = host.database.batch(asked).await?;
    let mut waiting = load_escrow::read_waiting(&mut answers)?;
    let shown = usize::try_from(most).unwrap_or(usize::MAX);
    let has_more = waiting.len() > shown;
    waiting.truncate(shown);
    let waiting: Vec<Json> = waiting.iter().map(|it| waiting_view(&admin, it, host.now)).collect();
    Ok(json(200, &object!({ "waiting": waiting, "hasMore": has_more })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproveBody {
    user: String,
    device: String,
    /// Whether it is a fresh vault that is approved.
    fresh: bool,
    /// Of an approval of a device, that is not the first of two: the vault key for it.
    #[serde(default)]
    wrap: Option<String>,
    #[serde(default)]
    share: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestBody {
    user: String,
    device: String,
}

/// Loads one request, decides, commits.
async fn answer<T>(
    host: &Host,
    user: &str,
    device: &str,
    decide: impl Fn(&Admin, &Waiting) -> Result<Decision<T>, VaultRefusal>,
    say: impl Fn(&T) -> Json,
) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    for _ in 0..ATTEMPTS {
        let asked = load_escrow::request(&token.hash(), user, device, host.now);
        let (admin, mut answers) = given!(admin(host, vec![asked]).await?);
        let waiting = load_escrow::read_waiting(&mut answers)?;
        let Some(waiting) = waiting.first() else { return Ok(refused(VaultRefusal::UnknownDevice)) };
        if let Some(reply) = settle(host, decide(&admin, waiting), &say).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

/// `POST /vault/organisation/open`: what opens a person's vault, for who may let their device in now.
pub(crate) async fn open(host: &Host, text: &str) -> Result<Reply, Failure> {
    let RequestBody { user, device } = given!(body(host, text));
    let decide = |admin: &Admin, waiting: &Waiting| -> Result<Decision<Json>, VaultRefusal> {
        let Decision { guards, writes, audit, .. } =
            escrow::look(admin, &waiting.facts, host.now, &mut OsRandom)?;
        let keys = waiting
            .keys
            .as_ref()
            .map(|(revision, sealed)| object!({ "revision": revision, "sealed": sealed }));
        let outcome = object!({ "escrow": waiting.escrow.as_ref().map(sealed), "keys": keys });
        Ok(Decision { outcome, guards, writes, audit })
    };
    answer(host, &user, &device, decide, Json::clone).await
}

/// `POST /vault/organisation/approve`.
pub(crate) async fn approve(host: &Host, text: &str) -> Result<Reply, Failure> {
    let ApproveBody { user, device, fresh, wrap, share } = given!(body(host, text));
    let letting = wrap.zip(share).map(|(wrap, share)| Letting { wrap, share });
    let decide = |admin: &Admin, waiting: &Waiting| {
        escrow::approve(admin, &waiting.facts, fresh, letting.as_ref(), host.now, &mut OsRandom)
    };
    answer(host, &user, &device, decide, |approved| object!({ "oneMore": *approved == Approved::OneMore }))
        .await
}

/// `POST /vault/organisation/deny`.
pub(crate) async fn deny(host: &Host, text: &str) -> Result<Reply, Failure> {
    let RequestBody { user, device } = given!(body(host, text));
    let decide =
        |admin: &Admin, waiting: &Waiting| escrow::deny(admin, &waiting.facts, host.now, &mut OsRandom);
    answer(host, &user, &device, decide, done).await
}

/// `POST /vault/organisation/leaver`: what opens the vault of somebody who left, for an admin who may hand it over.
pub(crate) async fn leaver(host: &Host, text: &str) -> Result<Reply, Failure> {
    let PersonBody { email } = given!(body(host, text));
    let (admin, person) = given!(person(host, &email).await?);
    let decision = escrow::look_at_leaver(&admin, &person.leaver, host.now, &mut OsRandom);
    let say = |(): &()| {
        object!({
            "user": person.leaver.user.as_str(), "email": person.email, "name": person.name, "chain": person.chain,
            "escrow": person.escrow.as_ref().map(sealed),
        })
    };
    Ok(settle(host, decision, say).await?.unwrap_or_else(|| refused(VaultRefusal::Changed)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferBody {
    user: String,
    to: String,
    /// The number of the successor's statement.
    account: i64,
    wrap: String,
}

/// `POST /vault/organisation/transfer`.
pub(crate) async fn transfer(host: &Host, text: &str) -> Result<Reply, Failure> {
    let TransferBody { user, to, account, wrap } = given!(body(host, text));
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let hash = token.hash();
    for _ in 0..ATTEMPTS {
        let more = [user.as_str(), to.as_str()].map(|id| load_escrow::person(&hash, None, Some(id)));
        let (admin, mut answers) = given!(admin(host, more.into()).await?);
        let mut read = || load_escrow::read_person(&mut answers, &admin.actor().tenant, tree(&admin));
        let (Some(leaver), Some(successor)) = (read()?, read()?) else {
            return Ok(no(404, "person-unknown"));
        };
        let decision = escrow::hand_over(
            &admin,
            &leaver.leaver,
            &successor.successor,
            account,
            &wrap,
            host.now,
            &mut OsRandom,
        );
        if let Some(reply) = settle(host, decision, done).await? {
            return Ok(reply);
        }
    }
    Ok(refused(VaultRefusal::Changed))
}
