//! What admins look at: the policies there are, and what needs looking after.

use keyward_core::admin::{Privilege, Privileges};
use keyward_core::policy::{EffectivePolicy, Enforced, Group, PolicyName};
use serde_json::Value as Json;

use super::call::{Call, part, shown};
use super::describe::{Flag, FromText, Time, row, view};
use super::problem::Stop;
use crate::http::Reply;
use crate::store::admin_load as load;

view!(
    /// A policy that a role can carry.
    PolicyView {
        name: String = "As roles carry it",
        group: String = "sign-in, onboarding or vault",
        enforced: String = "server, client or both: who sees to it that it holds",
        default: Json = "What applies where no role carries it",
        schema: Json = "What its values look like (JSON Schema)",
    }
);

view!(
    /// All there are.
    PoliciesView { items: Vec<PolicyView> = "In the order of their groups" }
);

view!(
    /// What of a connection needs looking after.
    ConnectionHealthView {
        id: String = "The connection",
        idp_name: String = "What people call the identity provider",
        metadata_url: Option<String> = "Where its metadata is polled; null: nowhere",
        metadata_checked_at: Option<Time> = "When it was last; null: never",
        metadata_failures: i64 = "How many polls in a row have failed",
        certificates_end_at: Option<Time> = "When the last of its certificates ends; null: it has none that can be read",
        first_end_at: Option<Time> = "When the first of them does",
        has_key: Flag = "Whether there is a key to sign our requests with",
    }
);

row!(
/// A row of it.
ConnectionHealthRow {
    id: String,
    idp_name: String,
    metadata_url: Option<String>,
    metadata_checked_at: Option<Time>,
    metadata_failures: Option<i64>,
    certificates: FromText<Vec<String>>,
    has_key: Flag,
});

view!(
    /// Somebody who signs in outside single sign-on.
    OutsideHealthView {
        user: String = "Who",
        email: String = "The account's e-mail",
        name: String = "What they are called",
        is_able: Flag = "Whether they can sign in at this moment, and mend everything",
        signed_in_at: Option<Time> = "When their password was used last; null: not since this is kept",
        has_kit: Flag = "Whether a recovery kit of theirs is good",
    }
);

view!(
    /// What needs looking after.
    HealthView {
        connections: Vec<ConnectionHealthView> = "The active ones, a page of them",
        next: Option<String> = "What `after` says for the next page of them; null: this was the last",
        outside: Option<Vec<OutsideHealthView>> = "Who signs in outside single sign-on; null for who does not hold every privilege at the root",
    }
);

view!(
    /// What waits for an admin.
    ApprovalsView { waiting: i64 = "How many browsers do, at the nodes where one approves devices" }
);

/// What each statement selects.
#[cfg(test)]
pub(crate) const STATEMENTS: &[(&str, &[&str])] = {
    use super::describe::Columns;
    &[
        ("load_connections_health", ConnectionHealthRow::COLUMNS),
        ("load_outside_health", OutsideHealthView::COLUMNS),
        ("load_waiting", ApprovalsView::COLUMNS),
    ]
};

pub(super) async fn list_policies(call: &Call<'_>) -> Result<Reply, Stop> {
    call.must_see(Privileges::of(&[Privilege::ManageRoles, Privilege::ManageUsers]))?;
    let defaults = EffectivePolicy::<String>::of(&[]).to_json(Clone::clone);
    let described = |name: &PolicyName| PolicyView {
        name: name.as_str().to_owned(),
        group: match name.group() {
            Group::SignIn => "sign-in",
            Group::Onboarding => "onboarding",
            Group::Vault => "vault",
        }
        .to_owned(),
        enforced: match name.enforced() {
            Enforced::Server => "server",
            Enforced::Client => "client",
            Enforced::Both => "both",
        }
        .to_owned(),
        default: defaults.get(name.as_str()).and_then(|it| it.get("value")).cloned().unwrap_or_default(),
        schema: name.schema(),
    };
    Ok(shown(&PoliciesView { items: PolicyName::ALL.iter().map(described).collect() }, None))
}

pub(super) async fn approvals(call: &Call<'_>) -> Result<Reply, Stop> {
    let approves = Privileges::of(&[Privilege::ApproveDevices]);
    let actor = call.must_see(approves)?;
    let waiting = load::waiting(&actor.tenant, call.host.now, &actor.scope(approves));
    Ok(shown(&call.one::<ApprovalsView>(waiting).await?, None))
}

pub(super) async fn health(call: &Call<'_>) -> Result<Reply, Stop> {
    let manages = Privileges::of(&[Privilege::ManageConnections]);
    let actor = call.must_see(manages)?;
    let (asked, nodes) = (call.page()?, actor.scope(manages));
    let health = load::connections_health(&actor.tenant, &asked, &nodes);
    let (rows, next) = part(call.rows::<ConnectionHealthRow>(health).await?, &asked, |row| row.id.clone());
    let outside = if actor.is_root() {
        let mut admins = call.rows::<OutsideHealthView>(load::outside_health(&actor.tenant)).await?;
        for admin in &mut admins {
            admin.is_able = Flag(actor.outside.is_able(&admin.user));
        }
        Some(admins)
    } else {
        None
    };
    let connections = rows.into_iter().map(|row| {
        let ends = row.certificates.0.iter().filter_map(|text| {
            let certificate = keyward_saml::Certificate::from_pem_or_base64(text).ok()?;
            Some(certificate.not_after().as_millis())
        });
        let (first, last) = (ends.clone().min(), ends.max());
        ConnectionHealthView {
            id: row.id.clone(),
            idp_name: row.idp_name.clone(),
            metadata_url: row.metadata_url.clone(),
            metadata_checked_at: row.metadata_checked_at,
            metadata_failures: row.metadata_failures.unwrap_or_default(),
            certificates_end_at: last.map(Time),
            first_end_at: first.map(Time),
            has_key: row.has_key,
        }
    });
    Ok(shown(&HealthView { connections: connections.collect(), next, outside }, None))
}
