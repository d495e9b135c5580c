//! The SAML log, as admins read it.

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::Decision;
use crate::id::MessageId;
use crate::random::Random;

use super::actor::Actor;
use super::connections::{ConnectionFacts, event, may_edit};
use super::refusal::AdminRefusal;

/// Shows a message of a connection, redacted; that it was looked at is written down.
///
/// # Errors
/// Where the actor may not edit the connection, or does not hold what it reaches.
pub fn read_message(
    actor: &Actor,
    connection: &ConnectionFacts,
    message: &MessageId,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    let detail = format!("{}, redacted.", message.as_str());
    let audit = vec![event(actor, connection, Event::SamlMessageRead, &detail, now, rng)];
    Ok(Decision { audit, ..Decision::unchanged(()) })
}
