//! People's accounts and their sessions.

use keyward_core::TokenHash;
use keyward_core::admin::{
    AdminRefusal, NewUser, Privilege, Privileges, RoleFacts, Search, UserChange, UserFacts, block_device,
    change_user, delete_user, end_user_sessions, give_role, invite, offer_outside, remove_outside,
    reset_two_factor, revoke_session, take_role,
};
use keyward_core::id::{DeviceId, UserId};
use keyward_core::session::SessionLimits;
use serde_json::json;

use super::call::{Call, Made, created, done, page, part, shown};
use super::describe::Time;
use super::describe::{Address, NodeRef, RoleRef, Text, body};
use super::problem::Stop;
use super::views::{
    DeviceView, NodeView, OutsideLinkView, RoleView, SeatsRow, SessionRow, SessionUserRow, SessionView,
    UserPoliciesRow, UserView,
};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::store::admin_load::{self as load, Page};

body!(
    /// Somebody to invite.
    NewUserBody {
        email: Address = "The address that the identity provider will assert",
        node: NodeRef = "Where they will be in the tree",
        name: Option<Text<0, 200>> = "What they are called",
        roles: Option<Vec<RoleRef>> = "What they have from the beginning, beside the node's default roles",
    }
);

body!(
    /// What to change of an account; what is left out stays.
    UserPatch {
        locked: Option<bool> = "Whether they are locked out; it counts for open sessions too",
        node: Option<NodeRef> = "Where they are in the tree",
        name: Option<Text<0, 200>> = "What they are called",
    }
);

const MANAGES: &[Privilege] = &[Privilege::ManageUsers];
/// More than anybody has.
const DEVICES: i64 = 200;
/// Roles that one request names.
const ROLES: usize = 50;

pub(super) async fn user(call: &Call<'_>) -> Result<UserView, Stop> {
    let actor = call.actor()?;
    let view: UserView = call.one(load::user(&actor.tenant, call.parameter(0))).await?;
    actor.need(Privilege::ManageUsers, &view.facts()?.node)?;
    Ok(view)
}

/// The account, as the client saw it.
pub(super) async fn facts(call: &Call<'_>) -> Result<UserFacts, Stop> {
    let view = user(call).await?;
    call.matches(view.version)?;
    Ok(view.facts()?)
}

async fn role(call: &Call<'_>) -> Result<RoleFacts, Stop> {
    let view: RoleView = call.one(load::role(&call.actor()?.tenant, call.parameter(1))).await?;
    Ok(view.facts()?)
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.must_see(Privileges::of(MANAGES))?;
    let (asked, nodes) = (call.page()?, actor.scope(Privileges::of(MANAGES)));
    let email = call.query("email").map(|text| {
        keyward_core::address::Email::parse(&text).map_or(text, |email| email.as_str().to_owned())
    });
    let status = call.query("status");
    let users = match call.query("search") {
        Some(text) => {
            // More than anybody is called finds nobody.
            let search = Search::parse(&text).unwrap_or(Search { begins: Vec::new(), also: Vec::new() });
            load::users_found(&actor.tenant, &asked, &nodes, &search, status.as_deref())
        }
        None => load::users(&actor.tenant, &asked, &nodes, email.as_deref(), status.as_deref()),
    };
    Ok(page(call.rows::<UserView>(users).await?, &asked, |user| user.id.clone()))
}

pub(super) async fn get(call: &Call<'_>) -> Result<Reply, Stop> {
    let view = user(call).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn create(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewUserBody = call.read()?;
    let mut wanted: Vec<&str> = Vec::new();
    for role in sent.roles.iter().flatten() {
        if !wanted.contains(&role.0.as_str()) {
            wanted.push(role.0.as_str());
        }
    }
    if wanted.len() > ROLES {
        return Err(AdminRefusal::TooMany { what: "roles" }.into());
    }
    let made = call
        .make(UserId::as_str, async || {
            let seats: SeatsRow = call.one(load::seats(&actor.tenant, sent.email.0.as_str())).await?;
            let found = call.rows::<RoleView>(load::named_roles(&actor.tenant, &wanted)).await?;
            if found.len() != wanted.len() {
                return Err(AdminRefusal::Unknown { field: "roles" }.into());
            }
            let node = load::node(&actor.tenant, sent.node.0.as_str(), call.host.now);
            let node = call.rows::<NodeView>(node).await?.into_iter().next();
            let defaults = node.map(|node| node.default_roles.0).unwrap_or_default();
            let defaults: Vec<&str> = defaults.iter().map(String::as_str).collect();
            let defaults = call.rows::<RoleView>(load::named_roles(&actor.tenant, &defaults)).await?;
            let roles: Vec<RoleFacts> = found.iter().map(RoleView::facts).collect::<Result<_, _>>()?;
            let new = NewUser {
                email: sent.email.0.clone(),
                name: sent.name.clone().map(|name| name.0).unwrap_or_default(),
                node: sent.node.0.clone(),
                roles,
                defaults: defaults.iter().map(RoleView::facts).collect::<Result<_, _>>()?,
            };
            let (taken, free) = (seats.email_taken.0, seats.seat_free.0);
            Ok(invite(actor, &new, taken, free, call.host.now, &mut OsRandom)?)
        })
        .await?;
    let id = match &made {
        Made::Now(user) => user.as_str(),
        Made::Before(id) => id,
    };
    let view: UserView = call.one(load::user(&actor.tenant, id)).await?;
    Ok(created(&view, Some(view.version), &format!("/users/{}", view.id)))
}

pub(super) async fn update(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: UserPatch = call.read()?;
    let change = UserChange {
        locked: sent.locked,
        node: sent.node.map(|node| node.0),
        name: sent.name.map(|name| name.0),
    };
    call.settle(async || {
        let user = facts(call).await?;
        Ok(change_user(call.actor()?, &user, &change, call.host.now, &mut OsRandom)?)
    })
    .await?;
    let view: UserView = call.one(load::user(&call.actor()?.tenant, call.parameter(0))).await?;
    Ok(shown(&view, Some(view.version)))
}

pub(super) async fn delete(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        Ok(delete_user(call.actor()?, &user, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn end_sessions(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        Ok(end_user_sessions(call.actor()?, &user, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn reset_two_factor_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        Ok(reset_two_factor(call.actor()?, &user, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn offer_outside_(call: &Call<'_>) -> Result<Reply, Stop> {
    let (secret, expires_at) = call
        .settle(async || {
            let user = facts(call).await?;
            let held: Vec<&str> = user.roles.iter().map(|held| held.role.as_str()).collect();
            let roles = call.rows::<RoleView>(load::named_roles(&call.actor()?.tenant, &held)).await?;
            let roles: Vec<RoleFacts> = roles.iter().map(RoleView::facts).collect::<Result<_, _>>()?;
            Ok(offer_outside(call.actor()?, &user, &roles, call.host.now, &mut OsRandom)?)
        })
        .await?;
    let link = format!("{}/setup/{}", call.host.settings.origin, secret.reveal());
    let view = OutsideLinkView { link, expires_at: Time(expires_at.as_millis()) };
    Ok(created(&view, None, &format!("/users/{}", call.parameter(0))))
}

pub(super) async fn remove_outside_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        Ok(remove_outside(call.actor()?, &user, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn list_sessions(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, user) = (call.page()?, user(call).await?);
    let sessions = load::sessions(&call.actor()?.tenant, &user.id, &asked, call.host.now);
    let policies: UserPoliciesRow = call.one(load::user_policies(&call.actor()?.tenant, &user.id)).await?;
    let limits = SessionLimits::of(&policies.facts()?);
    let rows = call.rows::<SessionRow>(sessions).await?;
    let (rows, next) = part(rows, &asked, |session| session.id.clone());
    let open: Vec<SessionView> =
        rows.into_iter().filter_map(|row| row.view(&limits, call.host.now)).collect();
    Ok(shown(&json!({ "items": open, "next": next }), None))
}

pub(super) async fn end_session(call: &Call<'_>) -> Result<Reply, Stop> {
    let session = TokenHash::from_stored(call.parameter(1).to_owned());
    call.settle(async || {
        let user = facts(call).await?;
        let session = session.as_ref().ok_or(AdminRefusal::NotFound)?;
        let tenant = &call.actor()?.tenant;
        call.one::<SessionUserRow>(load::session_user(tenant, user.id.as_str(), session.as_str())).await?;
        Ok(revoke_session(call.actor()?, &user, session, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn put_role(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        let role = role(call).await?;
        Ok(give_role(call.actor()?, &user, &role, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn delete_role(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        let role = role(call).await?;
        Ok(take_role(call.actor()?, &user, &role, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn list_devices(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, user) = (call.page()?, user(call).await?);
    let devices = load::user_devices(&call.actor()?.tenant, &user.id, &asked);
    Ok(page(call.rows::<DeviceView>(devices).await?, &asked, |device| device.id.clone()))
}

pub(super) async fn block_device_(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let user = facts(call).await?;
        let device = DeviceId::parse(call.parameter(1)).ok_or(AdminRefusal::NotFound)?;
        let there = Page { after: String::new(), rows: DEVICES };
        let there = load::user_devices(&call.actor()?.tenant, user.id.as_str(), &there);
        if !call.rows::<DeviceView>(there).await?.iter().any(|it| it.id == device.as_str()) {
            return Err(AdminRefusal::NotFound.into());
        }
        Ok(block_device(call.actor()?, &user, &device, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}
