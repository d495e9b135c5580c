//! Our own keys of a connection, as admins change them ([`crate::sp_key`] says how they change hands).

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::Decision;
use crate::id::SpKeyId;
use crate::random::Random;
use crate::sp_key::{KeyPurpose, Known, NewSpKey, SpKey, SpKeyFacts};

use super::actor::Actor;
use super::connections::{ConnectionFacts, event, may_edit};
use super::refusal::AdminRefusal;

/// Whether the actor may change the keys of a connection at all: asked before a pair is made.
///
/// # Errors
/// Where they may not, or do not hold what the connection reaches.
pub fn may_change_keys(actor: &Actor, connection: &ConnectionFacts) -> Result<(), AdminRefusal> {
    may_edit(actor, connection)
}

/// Adds a key. The first of its purpose is used at once, any other is the next one.
///
/// # Errors
/// Where the actor may not, a next one waits, or there are too many.
pub fn add_key(
    actor: &Actor,
    connection: &ConnectionFacts,
    keys: &[SpKey],
    new: NewSpKey,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<SpKeyId>, AdminRefusal> {
    may_edit(actor, connection)?;
    let decision = facts(actor, connection, keys).add(new, now, rng).map_err(AdminRefusal::Key)?;
    Ok(by(actor, connection, decision, now, rng))
}

/// Begins to use the next key of a purpose, and retires the one in use.
///
/// # Errors
/// Where the actor may not, there is none, or the IdP cannot know it yet.
pub fn use_key(
    actor: &Actor,
    connection: &ConnectionFacts,
    keys: &[SpKey],
    purpose: KeyPurpose,
    known: Known,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    actor.need_fresh(now)?;
    let decision =
        facts(actor, connection, keys).promote(purpose, known, now, rng).map_err(AdminRefusal::Key)?;
    Ok(by(actor, connection, decision, now, rng))
}

/// Removes a key that is not in use.
///
/// # Errors
/// Where the actor may not, or it is in use.
pub fn remove_key(
    actor: &Actor,
    connection: &ConnectionFacts,
    keys: &[SpKey],
    key: &SpKeyId,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    actor.need_fresh(now)?;
    let decision = facts(actor, connection, keys).remove(key, now, rng).map_err(AdminRefusal::Key)?;
    Ok(by(actor, connection, decision, now, rng))
}

fn facts(actor: &Actor, connection: &ConnectionFacts, keys: &[SpKey]) -> SpKeyFacts {
    SpKeyFacts {
        tenant: actor.tenant.clone(),
        connection: connection.id.clone(),
        version: connection.version,
        keys: keys.to_vec(),
    }
}

/// The same, written down as the actor's.
fn by<T>(
    actor: &Actor,
    connection: &ConnectionFacts,
    decision: Decision<T>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<T> {
    let mut audit = Vec::new();
    for written in &decision.audit {
        audit.push(event(actor, connection, Event::SsoUpdated, &written.detail, now, rng));
    }
    Decision { audit, ..decision }
}
