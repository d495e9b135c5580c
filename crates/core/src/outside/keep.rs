//! At least one admin outside single sign-on always remains able to sign in: where the identity provider is
//! gone, or its certificate, or somebody's mistake stands in the way, there is somebody who can mend it.
//!
//! Able is who has a password, an active account, every privilege at the root by roles that no group of an IdP gave, and whom
//! those roles' policies leave a way in: a second factor that may be set up, and the address that they came from last.
//!
//! Every decision that could end that asks `Outside::keep`, and rests on the organisation's outside version in the batch: two
//! changes that each leave one do not add up to one that leaves none. Where nobody is able, nothing can end it.
//!
//! A password is for who can mend everything, and ends with that (`Outside::demoted_by`): who is an admin of less from then on comes
//! in by the identity provider, which is where the organisation's people are let go.

use core::net::IpAddr;

use crate::admin::{AdminRefusal, Privileges};
use crate::decision::{Decision, Guard, Write};
use crate::facts::UserStatus;
use crate::id::{NodeId, RoleId, TenantId, UserId};
use crate::policy::{Demand, EffectivePolicy, Policies};

use super::write::{OutsideGuard, OutsideWrite};

/// A role of such an admin's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideRole {
    /// Which.
    pub id: RoleId,
    /// Where its privileges begin.
    pub node: NodeId,
    /// What it carries.
    pub privileges: Privileges,
    /// What it asks.
    pub policies: Policies,
}

/// Somebody with a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideAdmin {
    /// Who.
    pub user: UserId,
    /// Where.
    pub node: NodeId,
    /// What the account is.
    pub status: UserStatus,
    /// From where they signed in last.
    pub from: Option<IpAddr>,
    /// The roles that no group of an IdP gave.
    pub roles: Vec<OutsideRole>,
}

impl OutsideAdmin {
    /// Whether they can sign in, and mend everything.
    pub fn is_able(&self, root: &NodeId) -> bool {
        let roles: Vec<_> = self.roles.iter().map(|role| ((), role.policies.clone())).collect();
        let mut policy = EffectivePolicy::of(&roles);
        // Whatever policies say of it, theirs is demanded.
        policy.require_two_factor.value = Demand(true);
        let comes_in = policy.ip_allow_list.value.allow(self.from);
        self.status == UserStatus::Active && self.holds_all(root) && policy.dead_ends().is_empty() && comes_in
    }

    /// Whether they may have a password.
    fn holds_all(&self, root: &NodeId) -> bool {
        let at_root = self.roles.iter().filter(|role| role.node == *root);
        let held = at_root.fold(Privileges::default(), |all, role| all.with(role.privileges));
        held.contains(Privileges::all())
    }
}

/// All of an organisation's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Grows with whatever may decide who of them is able.
    pub version: i64,
    /// Its root.
    pub root: Option<NodeId>,
    /// Who.
    pub admins: Vec<OutsideAdmin>,
}

impl Outside {
    /// How many are able.
    pub fn able(&self) -> usize {
        let Some(root) = &self.root else { return 0 };
        self.admins.iter().filter(|admin| admin.is_able(root)).count()
    }

    /// Whether somebody, by their id, is able.
    pub fn is_able(&self, user: &str) -> bool {
        let is_theirs = |admin: &&OutsideAdmin| admin.user.as_str() == user;
        let (root, admin) = (self.root.as_ref(), self.admins.iter().find(is_theirs));
        root.zip(admin).is_some_and(|(root, admin)| admin.is_able(root))
    }

    /// Whether somebody is one of them.
    pub fn has(&self, user: &UserId) -> bool {
        self.admins.iter().any(|admin| admin.user == *user)
    }

    /// Who may have a password now and, by a change, would not any longer.
    pub(crate) fn demoted_by(
        &self,
        change: impl Fn(&OutsideAdmin) -> Option<OutsideAdmin>,
    ) -> Vec<&OutsideAdmin> {
        let Some(root) = &self.root else { return Vec::new() };
        let is_less = |admin: &&OutsideAdmin| {
            admin.holds_all(root) && change(admin).is_some_and(|after| !after.holds_all(root))
        };
        self.admins.iter().filter(is_less).collect()
    }

    /// Whether a change leaves one who is able: `change` makes of each what they would be, `None` where they would be none any
    /// longer. Where it does, the decision comes to rest on it.
    ///
    /// # Errors
    /// [`AdminRefusal::LastOutsideAdmin`].
    pub(crate) fn keep<T>(
        &self,
        tenant: &TenantId,
        decision: &mut Decision<T>,
        change: impl Fn(&OutsideAdmin) -> Option<OutsideAdmin>,
    ) -> Result<(), AdminRefusal> {
        let after = Outside {
            version: self.version,
            root: self.root.clone(),
            admins: self.admins.iter().filter_map(change).collect(),
        };
        if self.able() > 0 && after.able() == 0 {
            return Err(AdminRefusal::LastOutsideAdmin);
        }
        decision
            .guards
            .push(Guard::Outside(OutsideGuard::Unchanged { tenant: tenant.clone(), version: self.version }));
        if after != *self {
            decision.writes.push(Write::Outside(OutsideWrite::Renew { tenant: tenant.clone() }));
        }
        Ok(())
    }
}

/// As `Outside::keep` takes it: one person's account becomes something else.
pub(crate) fn of(
    user: &UserId,
    change: impl Fn(OutsideAdmin) -> Option<OutsideAdmin>,
) -> impl Fn(&OutsideAdmin) -> Option<OutsideAdmin> {
    move |admin| if admin.user == *user { change(admin.clone()) } else { Some(admin.clone()) }
}

/// And: one role does, for all who have it.
pub(crate) fn of_role(
    role: &RoleId,
    change: impl Fn(OutsideRole) -> Option<OutsideRole>,
) -> impl Fn(&OutsideAdmin) -> Option<OutsideAdmin> {
    move |admin| {
        let its = |it: &OutsideRole| if it.id == *role { change(it.clone()) } else { Some(it.clone()) };
        Some(OutsideAdmin { roles: admin.roles.iter().filter_map(its).collect(), ..admin.clone() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Outside, OutsideAdmin, OutsideRole, of, of_role};
    use crate::admin::{Privilege, Privileges};
    use crate::decision::{Decision, Guard, Write};
    use crate::facts::UserStatus;
    use crate::id::{NodeId, RoleId, TenantId, UserId};
    use crate::outside::{OutsideGuard, OutsideWrite};
    use crate::policy::Policies;

    fn role(id: &str, node: &str, privileges: Privileges, policies: &serde_json::Value) -> OutsideRole {
        OutsideRole {
            id: RoleId::parse(id).expect("id"),
            node: NodeId::parse(node).expect("id"),
            privileges,
            policies: Policies::from_json(policies).expect("policies"),
        }
    }

    fn admin(id: &str, roles: Vec<OutsideRole>) -> OutsideAdmin {
        OutsideAdmin {
            user: UserId::parse(id).expect("id"),
            node: NodeId::parse("root").expect("id"),
            status: UserStatus::Active,
            from: "203.0.113.7".parse().ok(),
            roles,
        }
    }

    fn all(id: &str) -> OutsideAdmin {
        admin(id, vec![role("r_all", "root", Privileges::all(), &json!({}))])
    }

    fn outside(admins: Vec<OutsideAdmin>) -> Outside {
        Outside { version: 7, root: NodeId::parse("root"), admins }
    }

    #[test]
    fn able_is_who_gets_in_and_can_mend_everything() {
        let half = Privileges::of(&Privilege::ALL[..3]);
        let other = Privileges::of(&Privilege::ALL[3..]);
        let asks = |policies: serde_json::Value| {
            vec![role("r_all", "root", Privileges::all(), &json!({})), role("r_2", "web", half, &policies)]
        };
        for (roles, expected) in [
            (vec![role("r_all", "root", Privileges::all(), &json!({}))], true),
            (vec![role("r_1", "root", half, &json!({})), role("r_2", "root", other, &json!({}))], true),
            (vec![], false),
            (vec![role("r_1", "root", half, &json!({}))], false),
            (vec![role("r_1", "web", Privileges::all(), &json!({}))], false),
            (asks(json!({ "ip_allow_list": ["203.0.113.0/24"] })), true),
            (asks(json!({ "ip_allow_list": ["198.51.100.0/24"] })), false),
            (asks(json!({ "two_factor_methods": ["webauthn"] })), true),
            (asks(json!({ "two_factor_methods": ["backup_code"] })), false),
            (asks(json!({ "two_factor_methods": [] })), false),
        ] {
            let its = admin("u_1", roles);
            assert_eq!(outside(vec![its.clone()]).able() == 1, expected, "{its:?}");
        }
        for status in [UserStatus::Invited, UserStatus::Locked, UserStatus::Deleted] {
            assert_eq!(outside(vec![OutsideAdmin { status, ..all("u_1") }]).able(), 0);
        }
        let unknown = OutsideAdmin { from: None, ..all("u_1") };
        assert_eq!(outside(vec![unknown.clone()]).able(), 1);
        let listed = json!({ "ip_allow_list": ["203.0.113.0/24"] });
        let listed = vec![role("r_all", "root", Privileges::all(), &listed)];
        assert_eq!(outside(vec![OutsideAdmin { roles: listed, ..unknown }]).able(), 0);
        assert_eq!(Outside { root: None, ..outside(vec![all("u_1")]) }.able(), 0);
    }

    #[test]
    fn a_password_is_for_who_can_mend_everything() {
        let part = || role("r_part", "root", Privileges::of(&Privilege::ALL[..3]), &json!({}));
        let both = || admin("u_both", vec![part(), role("r_all", "root", Privileges::all(), &json!({}))]);
        let locked = OutsideAdmin { status: UserStatus::Locked, ..all("u_locked") };
        let before = outside(vec![all("u_1"), both(), locked, admin("u_part", vec![part()])]);
        let id = RoleId::parse("r_all").expect("id");
        let demoted = |change: &dyn Fn(&OutsideAdmin) -> Option<OutsideAdmin>| {
            before.demoted_by(change).iter().map(|it| it.user.as_str().to_owned()).collect::<Vec<_>>()
        };
        let three = ["u_1", "u_both", "u_locked"];
        assert_eq!(demoted(&of_role(&id, |_| None)), three, "taken from all who have it");
        let lessen = |its| Some(OutsideRole { privileges: Privileges::of(&Privilege::ALL[1..]), ..its });
        let both_have_it = ["u_1", "u_locked"];
        assert_eq!(
            demoted(&of_role(&id, lessen)),
            both_have_it,
            "less is not enough, but for what another role adds"
        );
        let one = UserId::parse("u_both").expect("id");
        let none = |admin| Some(OutsideAdmin { roles: vec![], ..admin });
        assert_eq!(demoted(&of(&one, none)), ["u_both"]);
        let lock = |admin| Some(OutsideAdmin { status: UserStatus::Locked, ..admin });
        assert!(demoted(&of(&one, lock)).is_empty(), "a lock can be undone");
        assert!(demoted(&of(&one, |_| None)).is_empty(), "whoever is none any more is nobody's to demote");
        let other = RoleId::parse("r_part").expect("id");
        assert!(demoted(&of_role(&other, |_| None)).is_empty(), "what they have beside it");
    }

    /// Every change there is, of every pair of admins out of these: what is left is never nobody, where there was somebody.
    #[test]
    fn no_change_ends_the_last_one() {
        let kinds = || {
            let list = json!({ "ip_allow_list": ["203.0.113.0/24"] });
            [
                all("u_1"),
                OutsideAdmin { status: UserStatus::Locked, ..all("u_1") },
                admin("u_1", vec![role("r_all", "root", Privileges::all(), &list)]),
                admin("u_1", vec![role("r_other", "root", Privileges::all(), &json!({}))]),
                admin("u_1", vec![]),
            ]
        };
        let tenant = TenantId::parse("t_acme").expect("id");
        let far = Policies::from_json(&json!({ "ip_allow_list": ["10.0.0.0/8"] })).expect("policies");
        let (mut refused, mut kept) = (0, 0);
        for one in kinds() {
            for two in kinds() {
                let two = OutsideAdmin { user: UserId::parse("u_2").expect("id"), ..two };
                let before = outside(vec![one.clone(), two]);
                let (user, id) = (&one.user, RoleId::parse("r_all").expect("id"));
                type Change<'a> = Box<dyn Fn(&OutsideAdmin) -> Option<OutsideAdmin> + 'a>;
                let lock = |admin| Some(OutsideAdmin { status: UserStatus::Locked, ..admin });
                let narrow = |role| Some(OutsideRole { policies: far.clone(), ..role });
                let lessen = |role| Some(OutsideRole { privileges: Privileges::default(), ..role });
                let changes: [Change<'_>; 6] = [
                    Box::new(of(user, |_| None)),
                    Box::new(of(user, lock)),
                    Box::new(of_role(&id, |_| None)),
                    Box::new(of_role(&id, narrow)),
                    Box::new(of_role(&id, lessen)),
                    Box::new(|admin| Some(admin.clone())),
                ];
                for change in changes {
                    let mut decision = Decision::unchanged(());
                    let after = outside(before.admins.iter().filter_map(&change).collect());
                    match before.keep(&tenant, &mut decision, &change) {
                        Err(refusal) => {
                            refused += 1;
                            assert_eq!(refusal.code(), "last-outside-admin");
                            assert!(before.able() > 0 && after.able() == 0);
                            assert!(decision.guards.is_empty() && decision.writes.is_empty());
                        }
                        Ok(()) => {
                            kept += 1;
                            assert!(before.able() == 0 || after.able() > 0);
                            assert!(matches!(
                                decision.guards.as_slice(),
                                [Guard::Outside(OutsideGuard::Unchanged { version: 7, .. })]
                            ));
                            let is_renewed = matches!(
                                decision.writes.as_slice(),
                                [Write::Outside(OutsideWrite::Renew { .. })]
                            );
                            assert_eq!(is_renewed, before != after);
                        }
                    }
                }
            }
        }
        assert!(refused > 10 && kept > 50, "{refused} {kept}");
    }
}
