//! The recovery kit of an organisation's keys: that it was made is noted; whoever brings one back shows that it opens them.

use keyward_saml::crypto::algorithm::SignatureAlgorithm;
use keyward_saml::crypto::{PublicKey, VerifyJob};
use keyward_saml::{Timestamp, base64};

use crate::audit::Event;
use crate::decision::{Decision, Write};
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::VaultRefusal;

use super::Admin;
use super::keys::{KeysFacts, SentGrant, check_keeper, check_own_grants, grant, same_keys};
use super::write::EscrowWrite;

/// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4), before the key.
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The signature that shows who brings a kit back that it opens the keys: by the signing key of the last statement (vault format
/// §5), over this session. `None`: there is no such key, or it is no signature.
pub fn proof_of_keys(
    session: &SessionFacts,
    origin: &str,
    statement: &str,
    signature: &str,
) -> Option<VerifyJob> {
    let octets = base64::decode(statement.as_bytes())?;
    let signing = octets.len().checked_sub(128).and_then(|at| octets.get(at..at + 32))?;
    let key = PublicKey::from_spki_der(&[ED25519.as_slice(), signing].concat()).ok()?;
    let (tenant, user, token) = (session.tenant.as_str(), session.user.id.as_str(), session.token.as_str());
    let message =
        format!("keyward organisation keys proof\n{origin}\n{tenant}\n{user}\n{token}").into_bytes();
    let signature = base64::decode(signature.as_bytes())?;
    Some(VerifyJob { algorithm: SignatureAlgorithm::Ed25519, key, message, signature })
}

/// Notes that a kit was made of the last keys, by who holds all of them.
///
/// # Errors
/// [`VaultRefusal`].
pub fn made_kit(
    admin: &Admin,
    facts: &KeysFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if !admin.is_keeper() {
        return Err(VaultRefusal::PrivilegeMissing);
    }
    if facts.sequence == 0 {
        return Err(VaultRefusal::NoKeys);
    }
    if !facts.has_all() {
        return Err(VaultRefusal::NotHolder);
    }
    admin.need_fresh(now)?;
    let tenant = admin.actor.tenant.clone();
    let write = EscrowWrite::KitMade { tenant, sequence: facts.sequence, at: now };
    let detail = format!("Of number {}.", facts.sequence);
    let audit = vec![admin.event(Event::EscrowKitMade, None, detail, now, rng)];
    Ok(Decision { outcome: (), guards: admin.guards(), writes: vec![Write::Escrow(write)], audit })
}

/// Whoever has a kit of the last keys holds them again. `is_proven`: the host verified [`proof_of_keys`].
///
/// # Errors
/// [`VaultRefusal`].
pub fn regain(
    admin: &Admin,
    facts: &KeysFacts,
    is_proven: bool,
    grants: &[SentGrant],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    check_keeper(admin, facts)?;
    if !is_proven {
        return Err(VaultRefusal::NotHolder);
    }
    admin.need_fresh(now)?;
    check_own_grants(admin, facts.account, facts.sequence, grants)?;
    let guards = same_keys(admin, facts);
    let writes = grants.iter().map(|sent| grant(admin, sent, now)).collect();
    let detail = format!("Of number {}, by a recovery kit.", facts.sequence);
    let audit = vec![admin.event(Event::EscrowKeysShared, None, detail, now, rng)];
    Ok(Decision { outcome: (), guards, writes, audit })
}
