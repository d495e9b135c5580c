//! The organisation: itself, its tree, its roles.

use keyward_core::admin::{
    AdminRefusal, NewRole, NodeFacts, Privilege, Privileges, RoleChange, RoleFacts, RoleHolders,
    TenantChange, add_default_role, change_role, change_tenant, create_node, create_role, delete_logo,
    delete_node, delete_role, end_tenant_sessions, put_extension_link, put_logo, remove_default_role,
    rename_node,
};
use keyward_core::brand::LOGO_FILE;
use keyward_core::id::{NodeId, RoleId};
use keyward_saml::base64;

use super::call::{Call, Made, created, done, page, shown};
use super::describe::{Colour, Document, NodeRef, Patch, PoliciesJson, PrivilegesJson, Text, Whole, body};
use super::problem::Stop;
use super::views::{ExtensionLinkView, NodeView, RoleHoldersRow, RoleNamesRow, RoleView, TenantView};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::store::admin_load as load;

body!(
    /// What to change of the organisation; what is left out stays.
    TenantPatch {
        name: Option<Text<1, 100>> = "What it is called",
        group_privileges: Option<bool> = "Whether roles that groups of an identity provider give carry privileges too",
        audit_days: Option<Whole<30, 3650>> = "For how many days the audit log is kept",
        #[serde(default)]
        accent: Patch<Colour> = "The colour of its sign-in pages, which has to be legible on white and under white; null: ours",
    }
);

/// The base64 of the largest file that is read.
const LOGO_TEXT: usize = LOGO_FILE.div_ceil(3) * 4;

body!(
    /// A logo.
    LogoBody { png: Document<LOGO_TEXT> = "The base64 of a PNG of at most 512 × 512 pixels; it is written anew, in at most 64 KB" }
);

body!(
    /// Where the extension is.
    ExtensionLinkBody { url: Text<9, 500> = "The page of its store: https" }
);

body!(
    /// A node to make.
    NewNodeBody {
        parent: NodeRef = "The node above",
        name: Text<1, 100> = "What it is called",
    }
);

body!(
    /// What to change of a node.
    NodePatch { name: Text<1, 100> = "What it is called" }
);

body!(
    /// A role to make.
    NewRoleBody {
        node: NodeRef = "Where its privileges begin",
        name: Text<1, 100> = "What it is called; once at a node",
        policies: Option<PoliciesJson> = "What it asks of its holders",
        privileges: Option<PrivilegesJson> = "What it lets them do: nothing that you do not hold yourself",
    }
);

body!(
    /// What to change of a role; what is left out stays.
    RolePatch {
        name: Option<Text<1, 100>> = "What it is called",
        policies: Option<PoliciesJson> = "All that it asks of its holders",
        privileges: Option<PrivilegesJson> = "All that it lets them do",
    }
);

/// Who gives roles has to see them, and who makes them.
const SEES_ROLES: &[Privilege] = &[Privilege::ManageUsers, Privilege::ManageRoles];

pub(super) async fn get_tenant(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.must_see(Privileges::all())?;
    let view: TenantView = call.one(load::tenant(actor.tenant.as_str())).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn update_tenant(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: TenantPatch = call.read()?;
    let change = TenantChange {
        name: sent.name.map(|name| name.0),
        group_privileges: sent.group_privileges,
        audit_days: sent.audit_days.map(|days| days.0),
        accent: match sent.accent {
            Patch::Keep => None,
            Patch::Set(accent) => Some(accent.map(|accent| accent.0)),
        },
    };
    call.settle(async || {
        let view: TenantView = call.one(load::tenant(actor.tenant.as_str())).await?;
        call.matches(view.version)?;
        Ok(change_tenant(actor, &view.facts()?, &change, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get_tenant(call).await
}

pub(super) async fn put_logo_(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: LogoBody = call.read()?;
    // What is no base64 is no PNG either.
    let file = base64::decode(sent.png.0.as_bytes()).unwrap_or_default();
    call.settle(async || Ok(put_logo(call.actor()?, &file, call.host.now, &mut OsRandom)?)).await?;
    get_tenant(call).await
}

pub(super) async fn delete_logo_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || Ok(delete_logo(call.actor()?, call.host.now, &mut OsRandom)?)).await?;
    Ok(done())
}

pub(super) async fn end_tenant_sessions_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || Ok(end_tenant_sessions(call.actor()?, call.host.now, &mut OsRandom)?)).await?;
    Ok(done())
}

pub(super) async fn list_extension_links(call: &Call<'_>) -> Result<Reply, Stop> {
    let (actor, asked) = (call.must_see(Privileges::all())?, call.page()?);
    let links = call.rows::<ExtensionLinkView>(load::extension_links(actor.tenant.as_str())).await?;
    Ok(page(links, &asked, |link| link.browser.clone()))
}

async fn extension_link(call: &Call<'_>, url: Option<&str>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    call.settle(async || {
        Ok(put_extension_link(actor, call.parameter(0), url, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn put_extension_link_(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: ExtensionLinkBody = call.read()?;
    extension_link(call, Some(&sent.url.0)).await
}

pub(super) async fn delete_extension_link(call: &Call<'_>) -> Result<Reply, Stop> {
    extension_link(call, None).await
}

async fn node(call: &Call<'_>) -> Result<NodeView, Stop> {
    let actor = call.actor()?;
    let view: NodeView = call.one(load::node(&actor.tenant, call.parameter(0), call.host.now)).await?;
    if actor.privileges_at(&view.facts()?.id).is_empty() {
        return Err(AdminRefusal::NotFound.into());
    }
    Ok(view)
}

async fn node_facts(call: &Call<'_>) -> Result<NodeFacts, Stop> {
    let view = node(call).await?;
    call.matches(view.version)?;
    Ok(view.facts()?)
}

pub(super) async fn list_nodes(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.must_see(Privileges::all())?;
    let (asked, nodes) = (call.page()?, actor.scope(Privileges::all()));
    let nodes = load::nodes(&actor.tenant, &asked, &nodes);
    Ok(page(call.rows::<NodeView>(nodes).await?, &asked, |node| node.id.clone()))
}

pub(super) async fn get_node(call: &Call<'_>) -> Result<Reply, Stop> {
    let view = node(call).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn create_node_(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewNodeBody = call.read()?;
    let made = call
        .make(NodeId::as_str, async || {
            let above = load::node(&actor.tenant, sent.parent.0.as_str(), call.host.now);
            let Some(above) = call.rows::<NodeView>(above).await?.into_iter().next() else {
                return Err(AdminRefusal::Unknown { field: "parent" }.into());
            };
            let defaults: Vec<&str> = above.default_roles.0.iter().map(String::as_str).collect();
            let defaults = call.rows::<RoleView>(load::named_roles(&actor.tenant, &defaults)).await?;
            let defaults: Vec<RoleFacts> = defaults.iter().map(RoleView::facts).collect::<Result<_, _>>()?;
            let (now, rng) = (call.host.now, &mut OsRandom);
            Ok(create_node(actor, &above.facts()?, &defaults, &sent.name.0, now, rng)?)
        })
        .await?;
    let id = match &made {
        Made::Now(node) => node.as_str(),
        Made::Before(id) => id,
    };
    let view: NodeView = call.one(load::node(&actor.tenant, id, call.host.now)).await?;
    Ok(created(&view, Some(view.version), &format!("/nodes/{}", view.id)))
}

pub(super) async fn update_node(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: NodePatch = call.read()?;
    call.settle(async || {
        let node = node_facts(call).await?;
        Ok(rename_node(call.actor()?, &node, &sent.name.0, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get_node(call).await
}

pub(super) async fn delete_node_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let node = node_facts(call).await?;
        Ok(delete_node(call.actor()?, &node, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn put_default_role(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let node = node_facts(call).await?;
        let role: RoleView = call.one(load::role(&call.actor()?.tenant, call.parameter(1))).await?;
        Ok(add_default_role(call.actor()?, &node, &role.facts()?, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn delete_default_role(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let node = node_facts(call).await?;
        let role: RoleView = call.one(load::role(&call.actor()?.tenant, call.parameter(1))).await?;
        Ok(remove_default_role(call.actor()?, &node, &role.facts()?, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

/// The nodes whose roles they see: where they hold any of it, and above, whose roles are for the people below too.
fn seen<'a>(call: &'a Call<'_>) -> Result<Vec<&'a NodeId>, Stop> {
    let actor = call.must_see(Privileges::of(SEES_ROLES))?;
    let held = actor.scope(Privileges::of(SEES_ROLES));
    let mut nodes = actor.tree.nodes();
    nodes.retain(|node| held.iter().any(|below| actor.tree.is_within(below, node)));
    Ok(nodes)
}

async fn role(call: &Call<'_>) -> Result<RoleView, Stop> {
    // Before anything is looked up: who sees no role at all learns nothing of any.
    let nodes = seen(call)?;
    let view: RoleView = call.one(load::role(&call.actor()?.tenant, call.parameter(0))).await?;
    if !nodes.contains(&&view.facts()?.node) {
        return Err(AdminRefusal::NotFound.into());
    }
    Ok(view)
}

async fn role_facts(call: &Call<'_>) -> Result<RoleFacts, Stop> {
    let view = role(call).await?;
    call.matches(view.version)?;
    Ok(view.facts()?)
}

async fn holders(call: &Call<'_>, role: &RoleFacts) -> Result<RoleHolders, Stop> {
    let row: RoleHoldersRow = call.one(load::role_holders(&call.actor()?.tenant, &role.id)).await?;
    Ok(row.facts()?)
}

async fn names(call: &Call<'_>, node: &NodeId, name: &str) -> Result<RoleNamesRow, Stop> {
    call.one(load::role_names(&call.actor()?.tenant, node.as_str(), name)).await
}

pub(super) async fn list_roles(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, nodes) = (call.page()?, seen(call)?);
    let roles = load::roles(&call.actor()?.tenant, &asked, &nodes);
    Ok(page(call.rows::<RoleView>(roles).await?, &asked, |role| role.id.clone()))
}

pub(super) async fn get_role(call: &Call<'_>) -> Result<Reply, Stop> {
    let view = role(call).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn create_role_(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewRoleBody = call.read()?;
    let new = NewRole {
        node: sent.node.0,
        name: sent.name.0,
        policies: sent.policies.map(|policies| policies.0).unwrap_or_default(),
        privileges: sent.privileges.map(|privileges| privileges.0).unwrap_or_default(),
    };
    let made = call
        .make(RoleId::as_str, async || {
            let there = names(call, &new.node, &new.name).await?;
            let taken = there.name_taken.0;
            Ok(create_role(actor, &new, taken, there.count, call.host.now, &mut OsRandom)?)
        })
        .await?;
    let id = match &made {
        Made::Now(role) => role.as_str(),
        Made::Before(id) => id,
    };
    let view: RoleView = call.one(load::role(&actor.tenant, id)).await?;
    Ok(created(&view, Some(view.version), &format!("/roles/{}", view.id)))
}

pub(super) async fn update_role(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: RolePatch = call.read()?;
    let change = RoleChange {
        name: sent.name.map(|name| name.0),
        policies: sent.policies.map(|policies| policies.0),
        privileges: sent.privileges.map(|privileges| privileges.0),
    };
    call.settle(async || {
        let role = role_facts(call).await?;
        let taken = match &change.name {
            Some(name) => names(call, &role.node, name).await?.name_taken.0,
            None => false,
        };
        let holders = holders(call, &role).await?;
        Ok(change_role(call.actor()?, &role, &change, &holders, taken, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get_role(call).await
}

pub(super) async fn delete_role_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let role = role_facts(call).await?;
        let holders = holders(call, &role).await?;
        Ok(delete_role(call.actor()?, &role, &holders, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}
