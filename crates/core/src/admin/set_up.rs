//! Setting a connection up: by a preset, and back to what was before.

use keyward_saml::Timestamp;

use crate::decision::{Decision, Write};
use crate::preset::Preset;
use crate::random::Random;

use super::actor::Actor;
use super::connections::{
    Configuration, ConfiguredCertificate, ConnectionFacts, DraftFacts, Identifies, activate, put_draft,
};
use super::refusal::AdminRefusal;
use super::write::AdminWrite;

/// Drafts by a preset: what a metadata document says, with what the preset knows of its provider.
///
/// # Errors
/// As [`put_draft`].
pub fn draft_by_preset(
    actor: &Actor,
    connection: &ConnectionFacts,
    preset: &Preset,
    (read, certificates): (Configuration, Vec<ConfiguredCertificate>),
    metadata_url: Option<&str>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    // Unsigned until there is a key: an admin turns it on, and back.
    let configuration = Configuration { sign_requests: connection.has_key, ..preset.configure(read) };
    let mut decision = put_draft(actor, connection, configuration, &certificates, now, rng)?;
    decision.writes.push(source(actor, connection, preset.id, metadata_url));
    Ok(decision)
}

fn source(actor: &Actor, connection: &ConnectionFacts, provider: &str, metadata_url: Option<&str>) -> Write {
    Write::Admin(AdminWrite::RememberSource {
        tenant: actor.tenant.clone(),
        connection: connection.id.clone(),
        provider: provider.to_owned(),
        metadata_url: metadata_url.map(str::to_owned),
    })
}

/// Makes what was active before active again, with its metadata polled where it was; what is active now can be gone back to in
/// turn. A draft is overwritten.
///
/// # Errors
/// As [`put_draft`] and [`activate`].
pub fn roll_back(
    actor: &Actor,
    connection: &ConnectionFacts,
    (configuration, certificates): (Configuration, Vec<ConfiguredCertificate>),
    (provider, metadata_url): (&str, Option<&str>),
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    let draft = DraftFacts {
        identifies: Identifies {
            idp_entity_id: configuration.idp_entity_id.clone(),
            subject_attribute: configuration.subject_attribute.clone(),
        },
        certificates: i64::try_from(certificates.len()).unwrap_or(i64::MAX),
        sign_requests: configuration.sign_requests,
    };
    let mut decision = put_draft(actor, connection, configuration, &certificates, now, rng)?;
    decision.writes.push(source(actor, connection, provider, metadata_url));
    let drafted = ConnectionFacts { draft: Some(draft), ..connection.clone() };
    let activated = activate(actor, &drafted, now, rng)?;
    // One guard of one version: the writes of both are one change.
    decision.writes.extend(activated.writes);
    decision.audit = activated.audit;
    Ok(decision)
}
