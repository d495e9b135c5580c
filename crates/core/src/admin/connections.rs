//! Connections: drafted, judged, activated, disabled. Each of these needs everything that the connection can reach: who
//! says which assertions count says who is whom.

use core::time::Duration;

use keyward_saml::crypto::certificate::fingerprint_text;
use keyward_saml::metadata::{Endpoint, parse_idp_metadata};
use keyward_saml::{Certificate, Timestamp, base64};

use crate::address::SsoName;
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{AttributeMapping, Binding, ConnectionStatus, SsoUrl};
use crate::id::{ConnectionId, NodeId};
use crate::random::Random;
use crate::return_to::ReturnTo;
use crate::session::{SessionsOf, end_all};

use super::MOST;
use super::actor::{About, Actor, Grant};
use super::privilege::Privilege;
use super::refusal::AdminRefusal;
use super::roles::RoleFacts;
use super::users::elsewhere;
use super::write::{AdminGuard, AdminWrite, Configured, Thing};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// Words that would be taken for ours.
const RESERVED: &[&str] = &[
    "admin", "api", "app", "auth", "billing", "help", "keyward", "login", "logout", "root", "saml",
    "security", "setup", "sign-in", "sign-out", "sso", "status", "support", "test", "vault", "www",
];

/// What is known of the IdP, and how its assertions are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// For people: Okta.
    pub idp_name: String,
    /// The IdP's entity ID.
    pub idp_entity_id: String,
    /// Where requests go.
    pub sso_url: SsoUrl,
    /// And how.
    pub sso_binding: Binding,
    /// Whether the e-mail is handed on.
    pub login_hint: bool,
    /// Whether requests are signed.
    pub sign_requests: bool,
    /// The NameID format that is asked for.
    pub name_id_format: Option<String>,
    /// The attribute that says who somebody is; `None`: the NameID does.
    pub subject_attribute: Option<String>,
    /// The attribute that is pinned at first sign-in.
    pub pinned_attribute: Option<String>,
    /// The attribute whose values are the groups.
    pub groups_attribute: Option<String>,
    /// Which attributes say what.
    pub mapping: AttributeMapping,
    /// Where the IdP takes LogoutRequests; `None`: it offers no single logout.
    pub slo_url: Option<SsoUrl>,
    /// Where it takes LogoutResponses; `None`: there, too.
    pub slo_response_url: Option<SsoUrl>,
    /// And how.
    pub slo_binding: Binding,
}

/// A certificate of the IdP's to pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredCertificate {
    /// The lower-case hex of its SHA-256.
    pub fingerprint: String,
    /// The base64 of its DER.
    pub certificate: String,
}

impl ConfiguredCertificate {
    /// Reads PEM or base64, of a certificate that a signature may be verified with.
    pub fn parse(text: &str) -> Option<ConfiguredCertificate> {
        Certificate::from_pem_or_base64(text).ok().map(|certificate| ConfiguredCertificate::of(&certificate))
    }

    fn of(certificate: &Certificate) -> ConfiguredCertificate {
        let fingerprint = fingerprint_text(&certificate.sha256_fingerprint());
        ConfiguredCertificate {
            fingerprint: fingerprint.replace(':', "").to_ascii_lowercase(),
            certificate: base64::encode(certificate.der()),
        }
    }
}

/// All of a connection's certificates are tried on every signature.
const CERTIFICATES: usize = 10;

/// What identifies people at an IdP: accounts are linked by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifies {
    /// The IdP's entity ID.
    pub idp_entity_id: String,
    /// The attribute that says who somebody is.
    pub subject_attribute: Option<String>,
}

/// A draft, as far as activating it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFacts {
    /// What it identifies people by.
    pub identifies: Identifies,
    /// How many certificates it pins.
    pub certificates: i64,
    /// Whether requests are signed.
    pub sign_requests: bool,
}

/// A connection, as an admin's decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionFacts {
    /// Its id.
    pub id: ConnectionId,
    /// Where it makes accounts.
    pub node: NodeId,
    /// What it is.
    pub status: ConnectionStatus,
    /// Grows with every change.
    pub version: i64,
    /// The word that leads to it.
    pub sso_name: Option<SsoName>,
    /// Whether it makes accounts.
    pub jit: bool,
    /// Whether it takes responses that nobody asked for.
    pub idp_initiated: bool,
    /// The paths that these may name.
    pub idp_initiated_paths: Vec<ReturnTo>,
    /// Whether messages for single logout are sent and taken.
    pub single_logout: bool,
    /// Whether the IdP is asked to sign people in afresh each time.
    pub force_authn: bool,
    /// Every privilege that its users, who has a link to become one and what they begin with then, the default roles of its node,
    /// and its groups map can reach.
    pub reach: Vec<Grant>,
    /// What is active.
    pub active: Option<Identifies>,
    /// What is drafted.
    pub draft: Option<DraftFacts>,
    /// Whether accounts are linked by it.
    pub has_identities: bool,
    /// Whether there is a key to sign requests with.
    pub has_key: bool,
    /// Whether another connection is active at its node.
    pub node_taken: bool,
}

/// How long a migrated connection's people have to come.
const MIGRATION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl ConnectionFacts {
    /// Whether the draft knows people by other names.
    fn changes_names(&self) -> bool {
        match (&self.active, &self.draft) {
            (Some(active), Some(draft)) => *active != draft.identifies,
            _ => false,
        }
    }
}

/// A connection to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConnection {
    /// Where it will make accounts.
    pub node: NodeId,
    /// The word that leads to it.
    pub sso_name: Option<SsoName>,
    /// Whether it makes accounts.
    pub jit: bool,
}

/// What to change of a connection; `None`: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionChange {
    /// The word that leads to it; `Some(None)`: none.
    pub sso_name: Option<Option<SsoName>>,
    /// Whether it makes accounts.
    pub jit: Option<bool>,
    /// Whether it takes responses that nobody asked for.
    pub idp_initiated: Option<bool>,
    /// The paths that these may name.
    pub idp_initiated_paths: Option<Vec<ReturnTo>>,
    /// Whether messages for single logout are sent and taken.
    pub single_logout: Option<bool>,
    /// Whether the IdP is asked to sign people in afresh each time.
    pub force_authn: Option<bool>,
}

/// A line of the groups map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLine {
    /// The group, as the IdP sends it.
    pub group: String,
    /// What it gives.
    pub role: RoleFacts,
}

/// Makes a connection, that signs nobody in yet. `reach` is what the default roles of its node carry.
///
/// # Errors
/// Where the actor may not, does not hold what it would reach, or the word is taken.
pub fn create_connection(
    actor: &Actor,
    new: &NewConnection,
    reach: &[Grant],
    name_taken: bool,
    count: i64,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<ConnectionId>, AdminRefusal> {
    actor.need(Privilege::ManageConnections, &new.node).map_err(|refusal| elsewhere(refusal, "node"))?;
    actor.need_cover(reach)?;
    may_be_called(new.sso_name.as_ref(), name_taken)?;
    if count >= MOST {
        return Err(AdminRefusal::TooMany { what: "connections" });
    }
    let connection = ConnectionId::generate(rng);
    let mut decision = Decision::unchanged(connection.clone());
    decision.writes.push(Write::Admin(AdminWrite::CreateConnection {
        tenant: actor.tenant.clone(),
        connection: connection.clone(),
        node: new.node.clone(),
        sso_name: new.sso_name.clone(),
        jit: new.jit,
        at: now,
    }));
    let about = About { connection: Some(&connection), ..About::node(&new.node, "Created.") };
    decision.audit.push(actor.event(Event::SsoUpdated, about, now, rng));
    Ok(decision)
}

/// Changes how people come in by a connection, from the next request on.
///
/// # Errors
/// Where the actor may not, does not hold what it reaches, or the word is taken.
pub fn change_connection(
    actor: &Actor,
    connection: &ConnectionFacts,
    change: &ConnectionChange,
    name_taken: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    // Each of these lets more people in, or in with less; which way round is not for a list of exceptions to say.
    actor.need_fresh(now)?;
    let sso_name = change.sso_name.as_ref().unwrap_or(&connection.sso_name);
    may_be_called(sso_name.as_ref(), name_taken && *sso_name != connection.sso_name)?;
    let mut decision = rests_on(actor, connection);
    decision.writes.push(Write::Admin(AdminWrite::UpdateConnection {
        tenant: actor.tenant.clone(),
        connection: connection.id.clone(),
        status: connection.status,
        sso_name: sso_name.clone(),
        jit: change.jit.unwrap_or(connection.jit),
        idp_initiated: change.idp_initiated.unwrap_or(connection.idp_initiated),
        idp_initiated_paths: change
            .idp_initiated_paths
            .clone()
            .unwrap_or_else(|| connection.idp_initiated_paths.clone()),
        single_logout: change.single_logout.unwrap_or(connection.single_logout),
        force_authn: change.force_authn.unwrap_or(connection.force_authn),
    }));
    decision.audit.push(event(actor, connection, Event::SsoUpdated, "How people come in.", now, rng));
    Ok(decision)
}

/// Writes the draft, as a whole. Nothing changes for members before it is activated.
///
/// # Errors
/// Where the actor may not, does not hold what the connection reaches, or there are too many certificates.
pub fn put_draft(
    actor: &Actor,
    connection: &ConnectionFacts,
    configuration: Configuration,
    certificates: &[ConfiguredCertificate],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    if certificates.len() > CERTIFICATES {
        return Err(AdminRefusal::TooMany { what: "certificates" });
    }
    let (tenant, id) = (&actor.tenant, &connection.id);
    let mut decision = rests_on(actor, connection);
    decision.writes.push(Write::Admin(AdminWrite::PutDraft(Box::new(Configured {
        tenant: tenant.clone(),
        connection: id.clone(),
        configuration,
        at: now,
    }))));
    decision
        .writes
        .push(Write::Admin(AdminWrite::UnpinDraft { tenant: tenant.clone(), connection: id.clone() }));
    let mut pinned: Vec<&ConfiguredCertificate> = Vec::new();
    for certificate in certificates {
        if !pinned.contains(&certificate) {
            pinned.push(certificate);
        }
    }
    decision.writes.extend(pinned.into_iter().map(|it| {
        Write::Admin(AdminWrite::PinDraft {
            tenant: tenant.clone(),
            connection: id.clone(),
            fingerprint: it.fingerprint.clone(),
            certificate: it.certificate.clone(),
            at: now,
        })
    }));
    decision.writes.push(Write::RenewConnection { tenant: tenant.clone(), connection: id.clone() });
    decision.audit.push(event(actor, connection, Event::SsoUpdated, "The draft.", now, rng));
    Ok(decision)
}

/// Whether the actor may see what goes through a connection: whoever may edit it.
///
/// # Errors
/// Where they may not, or do not hold what it reaches.
pub fn may_read_connection(actor: &Actor, connection: &ConnectionFacts) -> Result<(), AdminRefusal> {
    may_edit(actor, connection)
}

/// Where the IdP's metadata is polled from now on; `None`: nowhere. `is_allowed` is whether it may be asked for there.
///
/// # Errors
/// Where the actor may not, does not hold what the connection reaches, or the address is none that may be asked.
pub fn poll_metadata(
    actor: &Actor,
    connection: &ConnectionFacts,
    url: Option<&str>,
    is_allowed: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    let mut decision = rests_on(actor, connection);
    let (tenant, id) = (actor.tenant.clone(), connection.id.clone());
    let write = match url {
        Some(_) if !is_allowed => return Err(AdminRefusal::MetadataUrl),
        // Whoever answers there says which certificates count.
        Some(_) if actor.need_fresh(now).is_err() => return Err(AdminRefusal::NotFresh),
        Some(url) => AdminWrite::PollMetadata { tenant, connection: id, url: url.to_owned(), at: now },
        None => AdminWrite::StopPolling { tenant, connection: id },
    };
    decision.writes.push(Write::Admin(write));
    let (tenant, id) = (actor.tenant.clone(), connection.id.clone());
    decision.writes.push(Write::RenewConnection { tenant, connection: id });
    let detail = if url.is_some() { "Its metadata is polled." } else { "Its metadata is no longer polled." };
    decision.audit.push(event(actor, connection, Event::SsoUpdated, detail, now, rng));
    Ok(decision)
}

/// What a metadata document says of its one IdP; the rest of a configuration is as it was, or as by default.
///
/// # Errors
/// Where it cannot be read, or is not of one IdP that people can be sent to.
pub fn read_metadata(
    xml: &[u8],
    name: &str,
    before: Option<Configuration>,
    now: Timestamp,
) -> Result<(Configuration, Vec<ConfiguredCertificate>), AdminRefusal> {
    let idps = parse_idp_metadata(xml, None, Some(now)).map_err(AdminRefusal::Metadata)?;
    let [idp] = idps.as_slice() else { return Err(AdminRefusal::MetadataAmbiguous) };
    let (endpoint, sso_binding) = usable(&idp.single_sign_on).ok_or(AdminRefusal::MetadataAmbiguous)?;
    let sso_url = SsoUrl::parse(&endpoint.location).ok_or(AdminRefusal::MetadataAmbiguous)?;
    let logout = usable(&idp.single_logout);
    let slo_url = logout.and_then(|(it, _)| SsoUrl::parse(&it.location));
    let slo_response_url = logout.and_then(|(it, _)| it.response_location.as_deref()).and_then(SsoUrl::parse);
    let slo_binding = logout.map_or(Binding::Redirect, |(_, binding)| binding);
    let certificates = idp.signing_certificates.iter().map(ConfiguredCertificate::of).collect();
    let before = before.unwrap_or_else(|| Configuration {
        idp_name: name.to_owned(),
        idp_entity_id: String::new(),
        sso_url: sso_url.clone(),
        sso_binding,
        login_hint: true,
        sign_requests: true,
        name_id_format: None,
        subject_attribute: None,
        pinned_attribute: None,
        groups_attribute: None,
        mapping: AttributeMapping {
            email: "Email".to_owned(),
            first: Some("First".to_owned()),
            last: Some("Last".to_owned()),
        },
        slo_url: None,
        slo_response_url: None,
        slo_binding,
    });
    let idp_entity_id = idp.entity_id.clone();
    let read = Configuration {
        idp_entity_id,
        sso_url,
        sso_binding,
        slo_url,
        slo_response_url,
        slo_binding,
        ..before
    };
    Ok((read, certificates))
}

/// The endpoint whose binding we send by, Redirect before POST.
fn usable(endpoints: &[Endpoint]) -> Option<(&Endpoint, Binding)> {
    let by = |uri: &str| endpoints.iter().find(|endpoint| endpoint.binding == uri);
    by(REDIRECT).map(|it| (it, Binding::Redirect)).or_else(|| by(POST).map(|it| (it, Binding::Post)))
}

/// Says which groups give which roles, as a whole, from the next sign-in of each person on; `before` is what they give now.
///
/// # Errors
/// Where the actor may not, or does not hold what the roles carry and what the connection reaches; where a line goes whose role
/// asks something, also where they do not manage connections at its node.
pub fn map_groups(
    actor: &Actor,
    connection: &ConnectionFacts,
    before: &[GroupLine],
    lines: &[GroupLine],
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    actor.need_fresh(now)?;
    let is_in = |all: &[GroupLine], line: &GroupLine| {
        all.iter().any(|it| it.group == line.group && it.role.id == line.role.id)
    };
    let mut gone: Vec<&RoleFacts> = Vec::new();
    for GroupLine { role, .. } in before.iter().filter(|line| !is_in(lines, line)) {
        role.need_reach_to_take(actor, Privilege::ManageConnections)?;
        if !gone.iter().any(|its| its.id == role.id) {
            gone.push(role);
        }
    }
    let mut decision = rests_on(actor, connection);
    decision.guards.extend(gone.iter().map(|role| role.unchanged(actor)));
    let (tenant, id) = (&actor.tenant, &connection.id);
    decision
        .writes
        .push(Write::Admin(AdminWrite::ForgetGroups { tenant: tenant.clone(), connection: id.clone() }));
    let mut mapped: Vec<(&str, &RoleFacts)> = Vec::new();
    for line in lines {
        let GroupLine { group, role } = line;
        // What is there stays, whoever put it there.
        if !is_in(before, line)
            && !actor.tree.is_within(&connection.node, &role.node)
            && !actor.may(Privilege::ManageUsers, &role.node)
        {
            return Err(AdminRefusal::RoleElsewhere);
        }
        actor.need_cover(&[role.grant()])?;
        if mapped.iter().any(|(other, its)| *other == group && its.id == role.id) {
            continue;
        }
        if !mapped.iter().map(|(_, its)| its).chain(&gone).any(|its| its.id == role.id) {
            decision.guards.push(role.unchanged(actor));
        }
        mapped.push((group, role));
        decision.writes.push(Write::Admin(AdminWrite::MapGroup {
            tenant: tenant.clone(),
            connection: id.clone(),
            value: group.clone(),
            role: role.id.clone(),
        }));
    }
    decision.writes.push(Write::RenewConnection { tenant: tenant.clone(), connection: id.clone() });
    let mut detail = "The groups map.".to_owned();
    if !gone.is_empty() {
        let gone: Vec<&str> = gone.iter().map(|role| role.id.as_str()).collect();
        detail = format!("The groups map: lines are gone that gave {}.", gone.join(", "));
    }
    decision.audit.push(event(actor, connection, Event::SsoUpdated, &detail, now, rng));
    Ok(decision)
}

/// Makes the draft what members sign in with.
///
/// # Errors
/// Where the actor may not, does not hold what the connection reaches, the draft is not whole, another connection is active
/// at the node, or accounts are linked by what would change.
pub fn activate(
    actor: &Actor,
    connection: &ConnectionFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    actor.need_fresh(now)?;
    may_activate(connection)?;
    if connection.changes_names() && connection.has_identities {
        return Err(AdminRefusal::IdentityChange);
    }
    Ok(activated(actor, connection, now, rng))
}

/// The same where what identifies people changes: each account that is linked may be found once by its e-mail, in a month, and
/// is known by its new name from then on. Whoever does not come in that time claims their account.
///
/// # Errors
/// As for [`activate`]; and where nothing of it changes.
pub fn migrate(
    actor: &Actor,
    connection: &ConnectionFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    actor.need_fresh(now)?;
    may_activate(connection)?;
    if !connection.changes_names() {
        return Err(AdminRefusal::NothingMigrates);
    }
    let mut decision = activated(actor, connection, now, rng);
    let (tenant, id) = (actor.tenant.clone(), connection.id.clone());
    let until = now.plus(MIGRATION);
    decision.writes.push(Write::Admin(AdminWrite::MigrateIdentities { tenant, connection: id, until }));
    // Whoever signs in next is known by the new name.
    decision.writes.push(end_all(&actor.tenant, SessionsOf::Connection(connection.id.clone()), now));
    let detail = "For a month its accounts are found by their e-mails, each once.";
    decision.audit.push(event(actor, connection, Event::ConnectionMigrated, detail, now, rng));
    Ok(decision)
}

fn may_activate(connection: &ConnectionFacts) -> Result<(), AdminRefusal> {
    let draft = connection.draft.as_ref().ok_or(AdminRefusal::NoDraft)?;
    if draft.certificates == 0 {
        return Err(AdminRefusal::NoCertificate);
    }
    if draft.sign_requests && !connection.has_key {
        return Err(AdminRefusal::NoKey);
    }
    if connection.node_taken {
        return Err(AdminRefusal::NodeTaken);
    }
    Ok(())
}

fn activated(
    actor: &Actor,
    connection: &ConnectionFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<()> {
    let mut decision = rests_on(actor, connection);
    let (tenant, id) = (&actor.tenant, &connection.id);
    decision.writes.extend(
        [
            AdminWrite::KeepPrevious { tenant: tenant.clone(), connection: id.clone(), at: now },
            AdminWrite::UnpinActive { tenant: tenant.clone(), connection: id.clone() },
            AdminWrite::ActivateDraft { tenant: tenant.clone(), connection: id.clone(), at: now },
            AdminWrite::ActivateCertificates { tenant: tenant.clone(), connection: id.clone(), at: now },
            AdminWrite::UnpinDraft { tenant: tenant.clone(), connection: id.clone() },
            AdminWrite::DeleteDraft { tenant: tenant.clone(), connection: id.clone() },
            AdminWrite::LeaveSource { tenant: tenant.clone(), connection: id.clone() },
            AdminWrite::PollSource { tenant: tenant.clone(), connection: id.clone(), at: now },
            AdminWrite::UseSource { tenant: tenant.clone(), connection: id.clone() },
            with_status(actor, connection, ConnectionStatus::Active),
        ]
        .map(Write::Admin),
    );
    decision.audit.push(event(actor, connection, Event::ConnectionActivated, "", now, rng));
    decision
}

/// Nobody signs in by it from the next request on, and who did is signed out.
///
/// # Errors
/// Where the actor may not, or does not hold what the connection reaches.
pub fn disable_connection(
    actor: &Actor,
    connection: &ConnectionFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    if connection.status == ConnectionStatus::Disabled {
        return Ok(Decision::unchanged(()));
    }
    let mut decision = rests_on(actor, connection);
    decision.writes.push(Write::Admin(with_status(actor, connection, ConnectionStatus::Disabled)));
    decision.writes.push(end_all(&actor.tenant, SessionsOf::Connection(connection.id.clone()), now));
    decision.audit.push(event(actor, connection, Event::ConnectionDisabled, "", now, rng));
    Ok(decision)
}

/// Ends all sessions that came by it.
///
/// # Errors
/// Where the actor may not, or does not hold what the connection reaches.
pub fn end_connection_sessions(
    actor: &Actor,
    connection: &ConnectionFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_edit(actor, connection)?;
    let mut decision = Decision::unchanged(());
    decision.writes.push(end_all(&actor.tenant, SessionsOf::Connection(connection.id.clone()), now));
    let detail = "All that came by the connection, by an admin.";
    decision.audit.push(event(actor, connection, Event::Logout, detail, now, rng));
    Ok(decision)
}

pub(crate) fn may_edit(actor: &Actor, connection: &ConnectionFacts) -> Result<(), AdminRefusal> {
    actor.need(Privilege::ManageConnections, &connection.node)?;
    actor.need_cover(&connection.reach)
}

fn may_be_called(name: Option<&SsoName>, is_taken: bool) -> Result<(), AdminRefusal> {
    match name {
        Some(name) if RESERVED.contains(&name.as_str()) => Err(AdminRefusal::SsoNameReserved),
        Some(_) if is_taken => Err(AdminRefusal::SsoNameTaken),
        _ => Ok(()),
    }
}

fn with_status(actor: &Actor, connection: &ConnectionFacts, status: ConnectionStatus) -> AdminWrite {
    AdminWrite::UpdateConnection {
        tenant: actor.tenant.clone(),
        connection: connection.id.clone(),
        status,
        sso_name: connection.sso_name.clone(),
        jit: connection.jit,
        idp_initiated: connection.idp_initiated,
        idp_initiated_paths: connection.idp_initiated_paths.clone(),
        single_logout: connection.single_logout,
        force_authn: connection.force_authn,
    }
}

fn rests_on(actor: &Actor, connection: &ConnectionFacts) -> Decision<()> {
    let guard = AdminGuard::Unchanged {
        tenant: actor.tenant.clone(),
        thing: Thing::Connection,
        id: connection.id.as_str().to_owned(),
        version: connection.version,
    };
    Decision { guards: vec![Guard::Admin(guard)], ..Decision::unchanged(()) }
}

pub(super) fn event(
    actor: &Actor,
    connection: &ConnectionFacts,
    event: Event,
    detail: &str,
    now: Timestamp,
    rng: &mut dyn Random,
) -> AuditEvent {
    let about = About { connection: Some(&connection.id), ..About::node(&connection.node, detail) };
    actor.event(event, about, now, rng)
}

#[cfg(test)]
pub(crate) mod tests;
