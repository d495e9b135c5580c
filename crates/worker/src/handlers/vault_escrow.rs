//! Escrow as a person meets it: their consent, what admins did to their vault, the vaults that were handed over to them, and
//! asking an admin from a browser that waits. Answers are JSON; a no is `{"code"}`.

use keyward_core::devices::wrong_phrase;
use keyward_core::escrow::{self, ConsentFacts, FormerFacts, HandoverFacts, ReturnBy, SentConsent};
use keyward_core::id::{DeviceId, EventId, UserId};
use keyward_core::items::ProvenSession;
use keyward_core::vault::{VaultRefusal, proof_text};
use keyward_core::{Decision, Token};
use serde::Deserialize;
use serde_json::{Value as Json, json as object};

use super::vault::resume;
use super::vault_devices::{AskBody, body, facts, is_signed};
use super::vault_items::proven;
use super::vault_keys::{json, no, refused};
use crate::devices;
use crate::host::{ATTEMPTS, Committed, Failure, Host, OsRandom};
use crate::http::Reply;
use crate::http::form::field;
use crate::store::load;
use crate::store::load_escrow::{self, Handover, Notice, Sealed};

/// What a person's own page is told.
struct Facts {
    session: ProvenSession,
    consent: ConsentFacts,
    chain: Vec<String>,
    escrow: Vec<(String, Sealed)>,
    domains: Vec<(String, Option<String>)>,
    anew: Option<(i64, String)>,
    notices: Vec<Notice>,
    handovers: Vec<Handover>,
}

async fn load(host: &Host) -> Result<Result<Facts, Reply>, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(Err(no(401, "session-over"))) };
    let mut answers = host.database.batch(load_escrow::own(&token.hash())).await?;
    let session = load::read_session(&mut answers)?;
    let device = load::read_session_device(&mut answers)?;
    let consent = load_escrow::read_consent(&mut answers)?;
    let chain = load_escrow::read_tenant_statements(&mut answers)?;
    let escrow = load_escrow::read_escrow(&mut answers)?;
    let domains = load_escrow::read_domains(&mut answers)?;
    let anew = load_escrow::read_anew(&mut answers)?;
    let notices = load_escrow::read_notices(&mut answers)?;
    let handovers = load_escrow::read_handovers(&mut answers)?;
    Ok(match proven(host, session, device).await? {
        Ok(session) => Ok(Facts { session, consent, chain, escrow, domains, anew, notices, handovers }),
        Err(reply) => Err(reply),
    })
}

/// Loads, decides, commits.
async fn act<T>(
    host: &Host,
    decide: impl Fn(&Facts) -> Result<Decision<T>, VaultRefusal>,
) -> Result<Reply, Failure> {
    for _ in 0..ATTEMPTS {
        let facts = match load(host).await? {
            Ok(facts) => facts,
            Err(reply) => return Ok(reply),
        };
        let decision = match decide(&facts) {
            Ok(decision) => decision,
            Err(refusal) => return Ok(refused(refusal)),
        };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(json(200, &object!({})));
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

pub(super) fn anew((at, by): &(i64, String)) -> Json {
    object!({ "at": at, "by": by })
}

pub(super) fn sealed(it: &Sealed) -> Json {
    object!({ "sequence": it.sequence, "tenantSequence": it.tenant_sequence, "wrap": it.wrap })
}

/// `GET /vault/escrow`: what there is to consent to, and what is. Who is asked for the first time has been asked now.
pub(crate) async fn own(host: &Host) -> Result<Reply, Failure> {
    let facts = match load(host).await? {
        Ok(facts) => facts,
        Err(reply) => return Ok(reply),
    };
    let asked = escrow::asked(&facts.session, &facts.consent, host.now);
    // Somebody else asked at this moment: it counts from then.
    let _: Committed = host.commit(&asked).await?;
    let rules = facts.session.session().rules;
    let due = escrow::due(rules.escrow, &facts.consent, host.now);
    let wrap = |purpose: &str| facts.escrow.iter().find(|(its, _)| its == purpose).map(|(_, it)| sealed(it));
    let handover = |it: &Handover| {
        object!({
            "owner": it.owner, "email": it.email, "chain": it.chain, "sequence": it.sequence, "wrap": it.wrap,
            "keys": { "revision": it.keys.0, "sealed": it.keys.1 }, "at": it.at,
            "by": { "user": it.by, "email": it.by_email, "chain": it.maker },
        })
    };
    let notice = |it: &Notice| object!({ "id": it.id, "kind": it.kind, "device": it.device, "at": it.at, "admin": it.admin, "recipient": it.recipient });
    let domain = |(name, seen): &(String, Option<String>)| object!({ "name": name, "fingerprint": seen });
    Ok(json(
        200,
        &object!({
            "chain": facts.chain,
            "sequence": facts.consent.sequence,
            "consentedAt": facts.consent.consented_at.map(keyward_saml::Timestamp::as_millis),
            "due": due.map(keyward_saml::Timestamp::as_millis),
            "required": rules.escrow != keyward_core::policy::Escrow::NotRequired,
            "approval": wrap("approval"),
            "transfer": wrap("transfer"),
            "domains": facts.domains.iter().map(domain).collect::<Vec<_>>(),
            "anew": facts.anew.as_ref().map(anew),
            "notices": facts.notices.iter().map(notice).collect::<Vec<_>>(),
            "handovers": facts.handovers.iter().map(handover).collect::<Vec<_>>(),
        }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ConsentBody {
    sequence: i64,
    tenant_sequence: i64,
    approval: String,
    transfer: String,
}

/// `POST /vault/escrow/consent`.
pub(crate) async fn consent(host: &Host, text: &str) -> Result<Reply, Failure> {
    let ConsentBody { sequence, tenant_sequence, approval, transfer } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let sent = SentConsent { sequence, tenant_sequence, approval, transfer };
    act(host, |facts| escrow::consent(&facts.session, &facts.consent, &sent, host.now, &mut OsRandom)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `POST /vault/escrow/withdraw`.
pub(crate) async fn withdraw(host: &Host, text: &str) -> Result<Reply, Failure> {
    if let Err(reply) = body::<Nothing>(host, text) {
        return Ok(reply);
    }
    act(host, |facts| escrow::withdraw(&facts.session, &facts.consent, host.now, &mut OsRandom)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenBody {
    notices: Vec<String>,
}

/// `POST /vault/escrow/seen`: this device has told its person.
pub(crate) async fn seen(host: &Host, text: &str) -> Result<Reply, Failure> {
    let SeenBody { notices } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let notices: Vec<EventId> = notices.iter().take(50).filter_map(|id| EventId::parse(id)).collect();
    act(host, |facts| Ok(escrow::see(&facts.session, &notices, host.now))).await
}

/// `GET /vault/escrow/handover?owner=&since=&after=`: what is in a vault that was handed over.
pub(crate) async fn handover(host: &Host) -> Result<Reply, Failure> {
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let query = &host.head.query;
    let since = field(query, "since").and_then(|since| since.parse::<i64>().ok());
    let owner = field(query, "owner").and_then(|owner| UserId::parse(&owner));
    let (Some(since), Some(owner)) = (since.filter(|since| (0..1 << 53).contains(since)), owner) else {
        return Ok(refused(VaultRefusal::Malformed { what: "since" }));
    };
    let after = field(query, "after").unwrap_or_else(|| "~".to_owned());
    let statements = load_escrow::handover_changes(&token.hash(), owner.as_str(), since, &after);
    let mut answers = host.database.batch(statements).await?;
    let session = load::read_session(&mut answers)?;
    let device = load::read_session_device(&mut answers)?;
    let rows = load::read_vault_changes(&mut answers)?;
    Ok(match proven(host, session, device).await? {
        Ok(_) => json(200, &object!({ "rows": rows })),
        Err(reply) => reply,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TookOverBody {
    owner: String,
}

/// `POST /vault/escrow/took-over`: what was handed over is in this vault now, or is not wanted.
pub(crate) async fn took_over(host: &Host, text: &str) -> Result<Reply, Failure> {
    let TookOverBody { owner } = match body(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    act(host, |facts| {
        let there = facts.handovers.iter().find(|it| it.owner == owner);
        let owner = there.and_then(|it| UserId::parse(&it.owner)).ok_or(VaultRefusal::Missing)?;
        Ok(escrow::took_over(&facts.session, &HandoverFacts { owner }, host.now, &mut OsRandom))
    })
    .await
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum ReturnBody {
    Device { device: String, proof: String },
    Phrase { phrase: String },
}

/// `POST /vault/former/return`: back to the vault that another took the place of, by a browser of it or its recovery phrase.
pub(crate) async fn bring_back(host: &Host, text: &str) -> Result<Reply, Failure> {
    let sent = match body::<ReturnBody>(host, text) {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    let Some(token) = &host.cookies.session else { return Ok(no(401, "session-over")) };
    let token = token.hash();
    let device = match &sent {
        ReturnBody::Device { device, .. } => DeviceId::parse(device),
        ReturnBody::Phrase { .. } => None,
    };
    for _ in 0..ATTEMPTS {
        let asked = load_escrow::former(&token, device.as_ref().map_or("", DeviceId::as_str));
        let mut answers = host.database.batch(asked).await?;
        let Some(loaded) = load::read_session(&mut answers)? else { return Ok(no(401, "session-over")) };
        let authenticated_at = load::read_authenticated_at(&mut answers)?;
        let sequence = i64::try_from(load::read_vault_statements(&mut answers)?.len()).unwrap_or_default();
        let former = load_escrow::read_former_device(&mut answers)?;
        let phrases = load_escrow::read_former_phrases(&mut answers)?;
        let Some(session) = resume(host, loaded.facts).await? else { return Ok(no(401, "session-over")) };
        let (facts, by) = match (&sent, &device) {
            (ReturnBody::Device { proof, .. }, Some(device)) => {
                let is_signed = match &former {
                    Some(former) => {
                        let text = proof_text(&session, &host.settings.origin, device);
                        devices::signed(&former.signing, &text, proof).await
                    }
                    None => false,
                };
                let is_blocked = former.as_ref().is_some_and(|former| former.is_blocked);
                let by = ReturnBy::Device { device, is_signed, is_blocked };
                (former.as_ref().map(|former| &former.facts), by)
            }
            (ReturnBody::Phrase { phrase }, _) => {
                // The hash of 256 random bits: how long the comparison takes tells nothing that leads to them.
                let proof = Token::parse(phrase).map(|proof| proof.hash());
                let is_its =
                    |(_, its): &&(FormerFacts, String)| proof.as_ref().is_some_and(|it| it.as_str() == its);
                (phrases.iter().find(is_its).map(|(facts, _)| facts), ReturnBy::Phrase)
            }
            _ => return Ok(refused(VaultRefusal::Malformed { what: "the device's ID" })),
        };
        let decision =
            escrow::bring_back(&session, authenticated_at, facts, by, sequence, host.now, &mut OsRandom);
        let decision = match decision {
            Ok(decision) => decision,
            Err(refusal) => {
                if refusal == VaultRefusal::WrongPhrase {
                    // Nothing in it can conflict.
                    let event = wrong_phrase(&session, host.now, &mut OsRandom);
                    let _: Committed = host.commit(&event).await?;
                }
                return Ok(refused(refusal));
            }
        };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(json(200, &object!({})));
        }
    }
    Ok(refused(VaultRefusal::Changed))
}

#[derive(Deserialize)]
struct AskAdminBody {
    fresh: bool,
    #[serde(flatten)]
    asking: AskBody,
}

/// `POST /vault/devices/ask-admin`: this browser waits for an admin, too; or wants a fresh vault.
pub(crate) async fn ask_admin(host: &Host, text: &str) -> Result<Reply, Failure> {
    let sent = body::<AskAdminBody>(host, text)
        .and_then(|AskAdminBody { fresh, asking }| Ok((fresh, asking.read().map_err(refused)?)));
    let (fresh, (asking, proof)) = match sent {
        Ok(sent) => sent,
        Err(reply) => return Ok(reply),
    };
    for _ in 0..ATTEMPTS {
        let Some(facts) = facts(host).await? else { return Ok(no(401, "session-over")) };
        let is_signed = is_signed(host, &facts.session, &asking, &proof).await;
        let (session, requests) = (&facts.session, &facts.requests);
        let decision =
            escrow::ask_admin(session, requests, &asking, fresh, is_signed, host.now, &mut OsRandom);
        let decision = match decision {
            Ok(decision) => decision,
            Err(refusal) => return Ok(refused(refusal)),
        };
        if host.commit(&decision).await? == Committed::Yes {
            return Ok(json(200, &object!({ "until": decision.outcome.as_millis() })));
        }
    }
    Ok(refused(VaultRefusal::Changed))
}
