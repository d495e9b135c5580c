//! Connections: drafted beside what is active, and then activated.

use keyward_core::ReturnTo;
use keyward_core::address::SsoName;
use keyward_core::admin::{
    AdminRefusal, Configuration, ConfiguredCertificate, ConnectionChange, ConnectionFacts, GroupLine,
    NewConnection, Privilege, Privileges, activate, change_connection, create_connection, disable_connection,
    end_connection_sessions, map_groups, may_read_connection, migrate, poll_metadata, put_draft,
    read_metadata,
};
use keyward_core::facts::{AttributeMapping, Binding, SsoUrl};
use keyward_core::id::ConnectionId;
use keyward_core::metadata::may_be_polled;
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::call::{Call, Made, created, done, page, shown};
use super::describe::{Described, Document, NodeRef, Patch, Path, Place, RoleRef, Text, Word, body};
use super::problem::Stop;
use super::views::{ConfigurationView, ConnectionNamesRow, ConnectionView, RoleView};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::outbound;
use crate::store::admin_load as load;

/// The largest metadata that is read here; a federation's aggregate is not.
pub(super) const METADATA_BYTES: usize = 512 * 1024;
/// Lines of a groups map: each is a statement of one batch.
const LINES: usize = 200;
const PATHS: usize = 20;

body!(
    /// A connection to make.
    NewConnectionBody {
        node: NodeRef = "Where it will make accounts",
        sso_name: Option<Word> = "The word that leads to it",
        jit: Option<bool> = "Whether it makes accounts at first sign-in; by default it does",
    }
);

body!(
    /// What to change of a connection; what is left out stays.
    ConnectionPatch {
        #[serde(default)]
        sso_name: Patch<Word> = "The word that leads to it; null: none",
        jit: Option<bool> = "Whether it makes accounts at first sign-in",
        idp_initiated: Option<bool> = "Whether it takes responses that nobody asked for",
        idp_initiated_paths: Option<Vec<Path>> = "The paths that these may name",
        single_logout: Option<bool> = "Whether messages for single logout are sent and taken",
        force_authn: Option<bool> = "Whether the identity provider is asked to sign people in afresh each time (ForceAuthn)",
    }
);

body!(
    /// Which attributes say what.
    AttributesBody {
        email: Text<1, 256> = "The e-mail",
        first: Option<Text<1, 256>> = "The given name",
        last: Option<Text<1, 256>> = "The family name",
    }
);

body!(
    /// What is known of the IdP, and how its assertions are read, as a whole.
    ConfigurationBody {
        idp_name: Text<1, 100> = "What people call it: Okta",
        idp_entity_id: Text<1, 1024> = "Its entity ID",
        sso_url: Place = "Where requests go",
        sso_binding: BindingName = "How they go there",
        login_hint: Option<bool> = "Whether the e-mail is handed on; by default it is",
        sign_requests: Option<bool> = "Whether requests are signed; by default they are",
        name_id_format: Option<Text<1, 256>> = "The NameID format to ask for",
        subject_attribute: Option<Text<1, 256>> = "The attribute that says who somebody is; null: the NameID does",
        pinned_attribute: Option<Text<1, 256>> = "An attribute to pin at first sign-in",
        groups_attribute: Option<Text<1, 256>> = "The attribute whose values are the groups",
        slo_url: Option<Place> = "Where the identity provider takes LogoutRequests; left out: it offers no single logout",
        slo_response_url: Option<Place> = "Where it takes LogoutResponses; left out: there, too",
        slo_binding: Option<BindingName> = "How they go there; by default redirect",
        attributes: Option<AttributesBody> = "Which attributes say what; by default Email, First and Last",
        certificates: Vec<Document<16384>> = "The certificates to pin, PEM or base64, ten at the most",
    }
);

body!(
    /// Metadata to read into the draft.
    MetadataBody {
        metadata: Option<Document<METADATA_BYTES>> = "The document",
        url: Option<Text<10, 2048>> = "Where it is, instead; from then on it is polled there",
        idp_name: Text<1, 100> = "What people call the identity provider, where there is no draft yet",
    }
);

body!(
    /// Where metadata is polled.
    MetadataUrlBody { url: Option<Text<10, 2048>> = "The address of the document; null or left out: nowhere" }
);

body!(
    /// A line of the groups map.
    GroupBody {
        group: Text<1, 256> = "The group, as the identity provider sends it",
        role: RoleRef = "What it gives",
    }
);

body!(
    /// The groups map, as a whole.
    GroupsBody { groups: Vec<GroupBody> = "Each line once, 200 at the most" }
);

#[derive(Clone, Copy, Debug)]
pub(crate) struct BindingName(Binding);

impl<'de> Deserialize<'de> for BindingName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BindingName, D::Error> {
        let text = String::deserialize(deserializer)?;
        Binding::parse(&text)
            .map(BindingName)
            .ok_or_else(|| serde::de::Error::custom("the binding is `redirect` or `post`"))
    }
}

impl Described for BindingName {
    fn schema() -> Json {
        json!({ "type": "string", "enum": ["redirect", "post"] })
    }
}

const MANAGES: &[Privilege] = &[Privilege::ManageConnections];

async fn load_one(call: &Call<'_>, id: &str) -> Result<ConnectionView, Stop> {
    let actor = call.actor()?;
    call.one(load::admin_connection(&actor.tenant, id, &call.host.settings.origin)).await
}

async fn connection(call: &Call<'_>) -> Result<(ConnectionView, ConnectionFacts), Stop> {
    let view = load_one(call, call.parameter(0)).await?;
    let facts = view.facts()?;
    call.actor()?.need(Privilege::ManageConnections, &facts.node)?;
    Ok((view, facts))
}

/// As the client saw it.
pub(super) async fn facts(call: &Call<'_>) -> Result<(ConnectionView, ConnectionFacts), Stop> {
    let (view, facts) = connection(call).await?;
    call.matches(view.version)?;
    Ok((view, facts))
}

async fn names(call: &Call<'_>, node: &str, name: Option<&SsoName>) -> Result<ConnectionNamesRow, Stop> {
    let name = name.map(SsoName::as_str);
    call.one(load::connection_names(&call.actor()?.tenant, node, name)).await
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.must_see(Privileges::of(MANAGES))?;
    let (asked, nodes) = (call.page()?, actor.scope(Privileges::of(MANAGES)));
    let connections = load::admin_connections(&actor.tenant, &asked, &nodes, &call.host.settings.origin);
    Ok(page(call.rows::<ConnectionView>(connections).await?, &asked, |connection| connection.id.clone()))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Reply, Stop> {
    let (view, _) = connection(call).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewConnectionBody = call.read()?;
    let new = NewConnection {
        node: sent.node.0,
        sso_name: sent.sso_name.map(|name| name.0),
        jit: sent.jit.unwrap_or(true),
    };
    let made = call
        .make(ConnectionId::as_str, async || {
            let there = names(call, new.node.as_str(), new.sso_name.as_ref()).await?;
            let (reach, taken) = (there.reach()?, there.name_taken.0);
            Ok(create_connection(actor, &new, &reach, taken, there.count, call.host.now, &mut OsRandom)?)
        })
        .await?;
    let id = match &made {
        Made::Now(connection) => connection.as_str(),
        Made::Before(id) => id,
    };
    let view = load_one(call, id).await?;
    Ok(created(&view, Some(view.version), &format!("/connections/{}", view.id)))
}

pub(super) async fn update(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: ConnectionPatch = call.read()?;
    let paths: Option<Vec<ReturnTo>> =
        sent.idp_initiated_paths.map(|paths| paths.into_iter().map(|path| path.0).collect());
    if paths.as_ref().is_some_and(|paths| paths.len() > PATHS) {
        return Err(AdminRefusal::TooMany { what: "paths" }.into());
    }
    let change = ConnectionChange {
        sso_name: match sent.sso_name {
            Patch::Keep => None,
            Patch::Set(name) => Some(name.map(|name| name.0)),
        },
        jit: sent.jit,
        idp_initiated: sent.idp_initiated,
        idp_initiated_paths: paths,
        single_logout: sent.single_logout,
        force_authn: sent.force_authn,
    };
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        let wanted = change.sso_name.as_ref().and_then(Option::as_ref);
        let taken = names(call, connection.node.as_str(), wanted).await?.name_taken.0;
        Ok(change_connection(call.actor()?, &connection, &change, taken, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn put_draft_(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: ConfigurationBody = call.read()?;
    let certificates: Vec<ConfiguredCertificate> = sent
        .certificates
        .iter()
        .map(|text| ConfiguredCertificate::parse(&text.0).ok_or(AdminRefusal::Certificate))
        .collect::<Result<_, _>>()?;
    let text = |text: Option<Text<1, 256>>| text.map(|text| text.0);
    let mapping = match sent.attributes {
        Some(it) => AttributeMapping { email: it.email.0, first: text(it.first), last: text(it.last) },
        None => AttributeMapping {
            email: "Email".to_owned(),
            first: Some("First".to_owned()),
            last: Some("Last".to_owned()),
        },
    };
    let configuration = Configuration {
        idp_name: sent.idp_name.0,
        idp_entity_id: sent.idp_entity_id.0,
        sso_url: sent.sso_url.0,
        sso_binding: sent.sso_binding.0,
        login_hint: sent.login_hint.unwrap_or(true),
        sign_requests: sent.sign_requests.unwrap_or(true),
        name_id_format: text(sent.name_id_format),
        subject_attribute: text(sent.subject_attribute),
        pinned_attribute: text(sent.pinned_attribute),
        groups_attribute: text(sent.groups_attribute),
        mapping,
        slo_url: sent.slo_url.map(|url| url.0),
        slo_response_url: sent.slo_response_url.map(|url| url.0),
        slo_binding: sent.slo_binding.map_or(Binding::Redirect, |binding| binding.0),
    };
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        let configuration = configuration.clone();
        Ok(put_draft(call.actor()?, &connection, configuration, &certificates, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn put_metadata(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: MetadataBody = call.read()?;
    let url = sent.url.as_ref().map(|url| url.0.as_str());
    let is_allowed = url.is_some_and(|url| may_be_polled(url, call.host.settings.local));
    let document = match (sent.metadata, url) {
        (Some(document), None) => document.0.into_bytes(),
        (None, Some(url)) => {
            // Who may not edit the connection has nothing asked for.
            let (_, connection) = facts(call).await?;
            may_read_connection(call.actor()?, &connection)?;
            if !is_allowed {
                return Err(AdminRefusal::MetadataUrl.into());
            }
            let accept = [("accept", "application/samlmetadata+xml, application/xml, text/xml")];
            match outbound::get(url, &accept, METADATA_BYTES).await {
                Ok(answer) if answer.status == 200 => answer.body,
                Ok(_) | Err(_) => return Err(AdminRefusal::MetadataUnreachable.into()),
            }
        }
        _ => return Err(AdminRefusal::MetadataMissing.into()),
    };
    call.settle(async || {
        let (view, connection) = facts(call).await?;
        let before = view.draft.as_ref().or(view.active.as_ref()).and_then(|it| configuration(&it.0));
        let (configuration, certificates) =
            read_metadata(&document, &sent.idp_name.0, before, call.host.now)?;
        let (actor, now) = (call.actor()?, call.host.now);
        let mut decision = put_draft(actor, &connection, configuration, &certificates, now, &mut OsRandom)?;
        if url.is_some() {
            let polled = poll_metadata(actor, &connection, url, is_allowed, now, &mut OsRandom)?;
            decision.writes.extend(polled.writes);
            decision.audit.extend(polled.audit);
        }
        Ok(decision)
    })
    .await?;
    get(call).await
}

/// What is there, to go on from.
pub(super) fn configuration(view: &ConfigurationView) -> Option<Configuration> {
    Some(Configuration {
        idp_name: view.idp_name.clone(),
        idp_entity_id: view.idp_entity_id.clone(),
        sso_url: SsoUrl::parse(&view.sso_url)?,
        sso_binding: Binding::parse(&view.sso_binding)?,
        login_hint: view.login_hint.0,
        sign_requests: view.sign_requests.0,
        name_id_format: view.name_id_format.clone(),
        subject_attribute: view.subject_attribute.clone(),
        pinned_attribute: view.pinned_attribute.clone(),
        groups_attribute: view.groups_attribute.clone(),
        mapping: AttributeMapping {
            email: view.attributes.email.clone(),
            first: view.attributes.first.clone(),
            last: view.attributes.last.clone(),
        },
        slo_url: view.slo_url.as_deref().and_then(SsoUrl::parse),
        slo_response_url: view.slo_response_url.as_deref().and_then(SsoUrl::parse),
        slo_binding: Binding::parse(&view.slo_binding)?,
    })
}

/// Lines of a map, with the roles that they give.
fn lines(lines: &[(&str, &str)], roles: &[RoleView]) -> Result<Vec<GroupLine>, Stop> {
    let line = |(group, id): &(&str, &str)| {
        let role = roles.iter().find(|role| role.id == *id);
        let role = role.ok_or(AdminRefusal::Unknown { field: "groups" })?.facts()?;
        Ok(GroupLine { group: (*group).to_owned(), role })
    };
    lines.iter().map(line).collect()
}

pub(super) async fn put_groups(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: GroupsBody = call.read()?;
    if sent.groups.len() > LINES {
        return Err(AdminRefusal::TooMany { what: "groups" }.into());
    }
    let wanted: Vec<(&str, &str)> =
        sent.groups.iter().map(|line| (line.group.0.as_str(), line.role.0.as_str())).collect();
    call.settle(async || {
        let (view, connection) = facts(call).await?;
        let there: Vec<(&str, &str)> =
            view.groups.0.iter().map(|line| (line.group.as_str(), line.role.as_str())).collect();
        let mut roles: Vec<&str> = wanted.iter().chain(&there).map(|(_, role)| *role).collect();
        roles.sort_unstable();
        roles.dedup();
        let found = call.rows::<RoleView>(load::named_roles(&call.actor()?.tenant, &roles)).await?;
        let (before, lines) = (lines(&there, &found)?, lines(&wanted, &found)?);
        Ok(map_groups(call.actor()?, &connection, &before, &lines, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn put_metadata_url(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: MetadataUrlBody = call.read()?;
    let url = sent.url.as_ref().map(|url| url.0.as_str());
    let is_allowed = url.is_some_and(|url| may_be_polled(url, call.host.settings.local));
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        Ok(poll_metadata(call.actor()?, &connection, url, is_allowed, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn activate_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        Ok(activate(call.actor()?, &connection, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn migrate_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        Ok(migrate(call.actor()?, &connection, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn disable(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        Ok(disable_connection(call.actor()?, &connection, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn end_sessions(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let (_, connection) = facts(call).await?;
        Ok(end_connection_sessions(call.actor()?, &connection, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}
