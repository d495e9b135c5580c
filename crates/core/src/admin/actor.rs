//! Who asks, and what they hold.

use core::net::IpAddr;
use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event, Scope};
use crate::id::{ConnectionId, NodeId, RoleId, TenantId, TokenId, UserId};
use crate::outside::keep::Outside;
use crate::policy::Policies;
use crate::random::Random;
use crate::session::allowed_addresses;

use super::privilege::{Privilege, Privileges};
use super::refusal::AdminRefusal;
use super::tree::Tree;

/// Privileges at a node and below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where.
    pub node: NodeId,
    /// Which.
    pub privileges: Privileges,
}

/// In whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A person, in their browser.
    Person(UserId),
    /// A token.
    Token {
        /// Which.
        id: TokenId,
        /// Whose; `None`: it sets the organisation up, or was made by one that does.
        of: Option<UserId>,
        /// It may make tokens.
        sets_up: bool,
        /// It changes nothing.
        read_only: bool,
    },
}

/// Who asks, and what they hold at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Of which organisation.
    pub tenant: TenantId,
    /// In whose name.
    pub by: By,
    /// What they hold.
    pub grants: Vec<Grant>,
    /// The organisation's nodes.
    pub tree: Tree,
    /// What the roles ask of the person, where they are one or act for one.
    pub policies: Vec<(RoleId, Policies)>,
    /// The address that they ask from.
    pub from: Option<IpAddr>,
    /// When the person signed in at their identity provider (AuthnInstant); `None`: a token asks, and nobody is there to sign in.
    pub authenticated_at: Option<Timestamp>,
    /// Who of the organisation signs in outside single sign-on.
    pub outside: Outside,
}

/// How fresh a sign-in has to be for what is dangerous.
pub(crate) const FRESH: Duration = Duration::from_secs(15 * 60);

impl Actor {
    /// A person, as far as what they hold goes.
    pub fn holding(tenant: TenantId, user: UserId, grants: Vec<Grant>, tree: Tree) -> Actor {
        let by = By::Person(user);
        let (policies, outside) = (Vec::new(), Outside::default());
        Actor { tenant, by, grants, tree, policies, from: None, authenticated_at: None, outside }
    }

    /// What they hold at a node: all that is granted there or above.
    pub fn privileges_at(&self, node: &NodeId) -> Privileges {
        self.grants
            .iter()
            .filter(|grant| self.tree.is_within(node, &grant.node))
            .fold(Privileges::default(), |all, grant| all.with(grant.privileges))
    }

    /// Whether they hold a privilege at a node.
    pub fn may(&self, privilege: Privilege, node: &NodeId) -> bool {
        self.privileges_at(node).has(privilege)
    }

    /// Whether they hold everything of it.
    pub fn covers(&self, grants: &[Grant]) -> bool {
        grants.iter().all(|grant| self.privileges_at(&grant.node).contains(grant.privileges))
    }

    /// Every privilege at the root.
    pub fn is_root(&self) -> bool {
        self.tree.root().is_some_and(|root| self.privileges_at(root).contains(Privileges::all()))
    }

    /// The nodes at which they hold any of the privileges.
    pub fn scope(&self, any_of: Privileges) -> Vec<&NodeId> {
        let nodes = self.tree.nodes();
        nodes.into_iter().filter(|node| !self.privileges_at(node).common(any_of).is_empty()).collect()
    }

    /// Whether they hold the privilege at a node; where they hold nothing there, it is as if there were no such node.
    ///
    /// # Errors
    /// The refusal, where they do not.
    pub fn need(&self, privilege: Privilege, node: &NodeId) -> Result<(), AdminRefusal> {
        let held = self.privileges_at(node);
        if held.has(privilege) {
            Ok(())
        } else if held.is_empty() {
            Err(AdminRefusal::NotFound)
        } else {
            Err(AdminRefusal::PrivilegeMissing { privilege })
        }
    }

    /// Whether they may change anything at all.
    ///
    /// # Errors
    /// Where it is a token that only reads.
    pub fn may_write(&self) -> Result<(), AdminRefusal> {
        match self.by {
            By::Token { read_only: true, .. } => Err(AdminRefusal::ReadOnly),
            _ => Ok(()),
        }
    }

    /// Who they are, where they are a person or act for one.
    pub fn person(&self) -> Option<&UserId> {
        match &self.by {
            By::Person(user) => Some(user),
            By::Token { of, .. } => of.as_ref(),
        }
    }

    /// Whether the person could still come from where they are, were what the role asks this.
    pub(crate) fn need_way_back(&self, role: &RoleId, policies: &Policies) -> Result<(), AdminRefusal> {
        let mut roles: Vec<_> = self.policies.iter().filter(|(its, _)| its != role).cloned().collect();
        roles.push((role.clone(), policies.clone()));
        let is_in = self.person().is_none() || allowed_addresses(&roles).allow(self.from);
        if is_in { Ok(()) } else { Err(AdminRefusal::NoWayBack) }
    }

    /// Whether the person signed in just now: asked before what gives others power, takes somebody's account, or takes away what
    /// protects. A token was made by somebody who had.
    pub(crate) fn need_fresh(&self, now: Timestamp) -> Result<(), AdminRefusal> {
        match self.authenticated_at {
            Some(at) if now >= at.plus(FRESH) => Err(AdminRefusal::NotFresh),
            _ => Ok(()),
        }
    }

    pub(crate) fn need_root(&self) -> Result<(), AdminRefusal> {
        if self.is_root() { Ok(()) } else { Err(AdminRefusal::RootOnly) }
    }

    /// As [`Actor::need`], at the root: of what is the whole organisation's.
    pub(crate) fn need_at_root(&self, privilege: Privilege) -> Result<(), AdminRefusal> {
        match self.tree.root() {
            Some(root) if self.may(privilege, root) => Ok(()),
            _ => Err(AdminRefusal::PrivilegeMissing { privilege }),
        }
    }

    pub(crate) fn need_cover(&self, grants: &[Grant]) -> Result<(), AdminRefusal> {
        if self.covers(grants) { Ok(()) } else { Err(AdminRefusal::GrantsMore) }
    }

    /// An entry of the audit log for what they do.
    pub(crate) fn event(
        &self,
        event: Event,
        about: About<'_>,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> AuditEvent {
        let by = match &self.by {
            By::Person(_) => String::new(),
            By::Token { id, .. } => format!(" By the token {}.", id.as_str()),
        };
        let scope = Scope {
            tenant: Some(self.tenant.clone()),
            connection: about.connection.cloned(),
            node: about.node.cloned(),
        };
        let detail = format!("{}{by}", about.detail).trim().to_owned();
        AuditEvent {
            actor: self.person().cloned(),
            subject: about.user.cloned(),
            ..AuditEvent::of_system(event, &scope, detail, now, rng)
        }
    }
}

/// What an event is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct About<'a> {
    pub(crate) user: Option<&'a UserId>,
    pub(crate) node: Option<&'a NodeId>,
    pub(crate) connection: Option<&'a ConnectionId>,
    /// A sentence; never a person's name or address, which the log names by id.
    pub(crate) detail: String,
}

impl<'a> About<'a> {
    /// Somebody, who is at that node.
    pub(crate) fn user(user: &'a UserId, node: &'a NodeId, detail: impl Into<String>) -> About<'a> {
        About { user: Some(user), ..About::node(node, detail) }
    }

    /// A node, or what belongs to it.
    pub(crate) fn node(node: &'a NodeId, detail: impl Into<String>) -> About<'a> {
        About { node: Some(node), detail: detail.into(), ..About::default() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tree::tests::{node, tree};
    use super::{Actor, By, Grant};
    use crate::admin::{AdminRefusal, Privilege, Privileges};
    use crate::id::{TenantId, UserId};
    use crate::outside::keep::Outside;

    pub(crate) fn grant(at: &str, privileges: &[Privilege]) -> Grant {
        Grant { node: node(at), privileges: Privileges::of(privileges) }
    }

    pub(crate) fn actor(grants: Vec<Grant>) -> Actor {
        Actor {
            tenant: TenantId::parse("t_acme").expect("id"),
            by: By::Person(UserId::parse("u_admin").expect("id")),
            grants,
            tree: tree(),
            policies: vec![],
            from: None,
            authenticated_at: None,
            outside: Outside::default(),
        }
    }

    pub(crate) fn root() -> Actor {
        actor(vec![Grant { node: node("root"), privileges: Privileges::all() }])
    }

    #[test]
    fn a_privilege_holds_at_its_node_and_below() {
        let admin =
            actor(vec![grant("eng", &[Privilege::ManageUsers]), grant("web", &[Privilege::ManageRoles])]);
        let may = |privilege, at: &str| admin.may(privilege, &node(at));
        for at in ["eng", "web", "core"] {
            assert!(may(Privilege::ManageUsers, at), "{at}");
        }
        for at in ["root", "ops", "elsewhere"] {
            assert!(!may(Privilege::ManageUsers, at), "{at}");
        }
        assert!(may(Privilege::ManageRoles, "web") && !may(Privilege::ManageRoles, "core"));
        assert!(!admin.is_root() && root().is_root());
        assert_eq!(admin.scope(Privileges::of(&[Privilege::ManageRoles])), [&node("web")]);
    }

    #[test]
    fn what_one_holds_nothing_at_is_not_there() {
        let admin = actor(vec![grant("eng", &[Privilege::ManageUsers])]);
        let need = |privilege, at: &str| admin.need(privilege, &node(at)).map_err(|refusal| refusal.code());
        assert_eq!(need(Privilege::ManageUsers, "web"), Ok(()));
        assert_eq!(need(Privilege::ManageRoles, "web"), Err("privilege-missing"));
        assert_eq!(need(Privilege::ManageUsers, "ops"), Err("not-found"));
        assert_eq!(need(Privilege::ManageUsers, "nowhere"), Err("not-found"));
    }

    #[test]
    fn covering_is_at_each_node() {
        let admin = actor(vec![grant("eng", &[Privilege::ManageUsers, Privilege::ViewAudit])]);
        assert!(admin.covers(&[]) && admin.covers(&[grant("web", &[Privilege::ViewAudit])]));
        for more in [
            grant("root", &[Privilege::ViewAudit]),
            grant("web", &[Privilege::ManageRoles]),
            grant("nowhere", &[Privilege::ViewAudit]),
        ] {
            assert_eq!(admin.need_cover(&[more]), Err(AdminRefusal::GrantsMore));
        }
    }
}
