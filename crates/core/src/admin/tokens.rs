//! API tokens: for automation, never more than whoever they act for holds at the moment.

use core::net::IpAddr;
use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::{Decision, Write};
use crate::facts::{TenantStatus, UserStatus};
use crate::id::{NodeId, RoleId, TenantId, TokenId, UserId};
use crate::outside::keep::Outside;
use crate::policy::Policies;
use crate::random::{Random, Token};
use crate::session::allowed_addresses;

use super::MOST;
use super::actor::{About, Actor, By, Grant};
use super::privilege::{Privilege, Privileges};
use super::refusal::AdminRefusal;
use super::tree::Tree;
use super::users::elsewhere;
use super::write::AdminWrite;

/// The longest that a token lasts.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What a token rests on: all of it is judged on every request, from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokenFacts {
    /// Whose.
    pub tenant: TenantId,
    /// The organisation.
    pub tenant_status: TenantStatus,
    /// Which.
    pub id: TokenId,
    /// The person it acts for, and what their account is; `None`: it sets the organisation up, or was made by one that does.
    pub of: Option<(UserId, UserStatus)>,
    /// What that person holds now.
    pub of_holds: Vec<Grant>,
    /// What it is for.
    pub scope: Grant,
    /// It changes nothing.
    pub read_only: bool,
    /// It may make tokens.
    pub sets_up: bool,
    /// Its end.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// What the person's roles ask.
    pub policies: Vec<(RoleId, Policies)>,
    /// Who of the organisation signs in outside single sign-on.
    pub outside: Outside,
}

impl ApiTokenFacts {
    /// Who asks by it. `None`: the token is over, with its time, its organisation or its person.
    ///
    /// # Errors
    /// [`AdminRefusal::AddressNotAllowed`] where its person may not come from there.
    pub fn actor(
        self,
        tree: Tree,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Option<Actor>, AdminRefusal> {
        let is_live = self.tenant_status == TenantStatus::Active
            && self.revoked_at.is_none()
            && now < self.expires_at
            && self.of.as_ref().is_none_or(|(_, status)| *status == UserStatus::Active);
        if !is_live {
            return Ok(None);
        }
        if !allowed_addresses(&self.policies).allow(from) {
            return Err(AdminRefusal::AddressNotAllowed);
        }
        let grants = match &self.of {
            None => vec![self.scope],
            Some(_) => narrowed(&self.scope, &self.of_holds, &tree),
        };
        let of = self.of.map(|(user, _)| user);
        let by = By::Token { id: self.id, of, sets_up: self.sets_up, read_only: self.read_only };
        Ok(Some(Actor {
            tenant: self.tenant,
            by,
            grants,
            tree,
            policies: self.policies,
            from,
            authenticated_at: None,
            outside: self.outside,
        }))
    }
}

/// What two grants have in common: the lower node, and the privileges of both.
fn narrowed(scope: &Grant, holds: &[Grant], tree: &Tree) -> Vec<Grant> {
    let common = |held: &Grant| {
        let node = if tree.is_within(&scope.node, &held.node) {
            &scope.node
        } else if tree.is_within(&held.node, &scope.node) {
            &held.node
        } else {
            return None;
        };
        Some(Grant { node: node.clone(), privileges: held.privileges.common(scope.privileges) })
    };
    holds.iter().filter_map(common).collect()
}

/// A token to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiToken {
    /// What it is called, for whoever finds it in the list.
    pub name: String,
    /// Where its privileges begin.
    pub node: NodeId,
    /// What it is for.
    pub privileges: Privileges,
    /// It changes nothing.
    pub read_only: bool,
    /// Its end.
    pub expires_at: Timestamp,
}

/// Makes a token, with nothing that its maker does not hold. The outcome is the secret, for this answer only.
///
/// # Errors
/// Where the actor holds less, is a token that may not, or the end is none.
pub fn create_api_token(
    actor: &Actor,
    new: &NewApiToken,
    count: i64,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<(TokenId, Token)>, AdminRefusal> {
    if matches!(actor.by, By::Token { sets_up: false, .. }) {
        return Err(AdminRefusal::TokenMakesTokens);
    }
    if actor.privileges_at(&new.node).is_empty() {
        return Err(elsewhere(AdminRefusal::NotFound, "node"));
    }
    actor.need_fresh(now)?;
    if new.privileges.is_empty() {
        return Err(AdminRefusal::EmptyToken);
    }
    actor.need_cover(&[Grant { node: new.node.clone(), privileges: new.privileges }])?;
    if new.expires_at <= now || now.plus(LONGEST) < new.expires_at {
        return Err(AdminRefusal::Expiry);
    }
    if count >= MOST {
        return Err(AdminRefusal::TooMany { what: "tokens" });
    }
    let (id, secret) = (TokenId::generate(rng), Token::generate(rng));
    let mut decision = Decision::unchanged((id.clone(), secret.clone()));
    decision.writes.push(Write::Admin(AdminWrite::CreateToken {
        tenant: actor.tenant.clone(),
        id: id.clone(),
        hash: secret.hash(),
        name: new.name.clone(),
        of: actor.person().cloned(),
        node: new.node.clone(),
        privileges: new.privileges,
        read_only: new.read_only,
        sets_up: false,
        at: now,
        expires_at: new.expires_at,
    }));
    let detail = format!("{}: privileges {}.", id.as_str(), new.privileges.to_json());
    let about = About::node(&new.node, detail);
    decision.audit.push(actor.event(Event::TokenCreated, about, now, rng));
    Ok(decision)
}

/// Ends a token: one's own, or any that carries no more than one holds, by who manages roles at its node.
///
/// # Errors
/// Where the actor may not.
pub fn revoke_api_token(
    actor: &Actor,
    token: &TokenId,
    of: Option<&UserId>,
    scope: &Grant,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    let is_own = of.is_some() && of == actor.person();
    if !is_own {
        actor.need(Privilege::ManageRoles, &scope.node)?;
        actor.need_cover(core::slice::from_ref(scope))?;
    }
    let write = AdminWrite::RevokeToken { tenant: actor.tenant.clone(), id: token.clone(), at: now };
    let mut decision = Decision { writes: vec![Write::Admin(write)], ..Decision::unchanged(()) };
    let about = About::node(&scope.node, format!("{}.", token.as_str()));
    decision.audit.push(actor.event(Event::TokenRevoked, about, now, rng));
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::super::actor::tests::{actor, grant, root};
    use super::super::tree::tests::{node, tree};
    use super::{ApiTokenFacts, LONGEST, NewApiToken, create_api_token};
    use crate::admin::{Actor, AdminRefusal, By, Grant, Privilege, Privileges};
    use crate::facts::{TenantStatus, UserStatus};
    use crate::id::{RoleId, TenantId, TokenId, UserId};
    use crate::outside::keep::Outside;
    use crate::policy::Policies;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    fn facts(of: Option<UserStatus>, holds: Vec<Grant>) -> ApiTokenFacts {
        ApiTokenFacts {
            tenant: TenantId::parse("t_acme").expect("id"),
            tenant_status: TenantStatus::Active,
            id: TokenId::parse("a_1").expect("id"),
            of: of.map(|status| (UserId::parse("u_1").expect("id"), status)),
            of_holds: holds,
            scope: grant("eng", &[Privilege::ManageUsers, Privilege::ViewAudit]),
            read_only: false,
            sets_up: false,
            expires_at: NOW.plus(Duration::from_secs(1)),
            revoked_at: None,
            policies: vec![],
            outside: Outside::default(),
        }
    }

    #[test]
    fn a_token_ends_with_anything_it_rests_on() {
        let live = |facts: ApiTokenFacts| facts.actor(tree(), None, NOW).expect("from anywhere").is_some();
        assert!(live(facts(None, vec![])) && live(facts(Some(UserStatus::Active), vec![])));
        for over in [
            ApiTokenFacts { tenant_status: TenantStatus::Suspended, ..facts(None, vec![]) },
            ApiTokenFacts { revoked_at: Some(NOW), ..facts(None, vec![]) },
            ApiTokenFacts { expires_at: NOW, ..facts(None, vec![]) },
            facts(Some(UserStatus::Locked), vec![]),
            facts(Some(UserStatus::Deleted), vec![]),
            facts(Some(UserStatus::Invited), vec![]),
        ] {
            assert!(!live(over.clone()), "{over:?}");
        }
    }

    #[test]
    fn a_token_is_used_from_where_its_person_may_come() {
        let list = serde_json::json!({ "ip_allow_list": ["203.0.113.0/24"] });
        let policies = Policies::from_json(&list).expect("policies");
        let facts = || ApiTokenFacts {
            policies: vec![(RoleId::parse("r_1").expect("id"), policies.clone())],
            ..facts(Some(UserStatus::Active), vec![])
        };
        let from = |from: &str| facts().actor(tree(), from.parse().ok(), NOW).map(|actor| actor.is_some());
        assert_eq!(from("203.0.113.9"), Ok(true));
        for elsewhere in ["198.51.100.9", "::1", ""] {
            assert_eq!(from(elsewhere), Err(AdminRefusal::AddressNotAllowed), "{elsewhere}");
        }
    }

    #[test]
    fn a_token_never_holds_more_than_its_person_does_now() {
        let held = |holds: Vec<Grant>, at: &str| {
            let actor = facts(Some(UserStatus::Active), holds)
                .actor(tree(), None, NOW)
                .expect("from anywhere")
                .expect("live");
            actor.privileges_at(&node(at))
        };
        let all = |at: &str| vec![Grant { node: node(at), privileges: Privileges::all() }];
        let scope = Privileges::of(&[Privilege::ManageUsers, Privilege::ViewAudit]);
        assert_eq!(held(all("root"), "web"), scope);
        assert_eq!(held(all("root"), "root"), Privileges::default());
        assert_eq!(held(all("web"), "web"), scope);
        assert_eq!(held(all("web"), "core"), Privileges::default());
        assert_eq!(held(all("ops"), "ops"), Privileges::default());
        assert_eq!(held(vec![], "web"), Privileges::default());
        let some = vec![grant("root", &[Privilege::ViewAudit, Privilege::ManageRoles])];
        assert_eq!(held(some, "web"), Privileges::of(&[Privilege::ViewAudit]));
    }

    #[test]
    fn who_makes_which_token() {
        let second = Duration::from_secs(1);
        let new = |at: &str, privileges: &[Privilege], lasts: Duration| NewApiToken {
            name: "CI".into(),
            node: node(at),
            privileges: Privileges::of(privileges),
            read_only: false,
            expires_at: NOW.plus(lasts),
        };
        let eng = || actor(vec![grant("eng", &[Privilege::ViewAudit])]);
        let by = |sets_up| Actor {
            by: By::Token { id: TokenId::parse("a_1").expect("id"), of: None, sets_up, read_only: false },
            ..root()
        };
        let view: &[Privilege] = &[Privilege::ViewAudit];
        for (who, new, expected) in [
            (eng(), new("web", view, second), None),
            (eng(), new("web", &[Privilege::ManageUsers], second), Some("grants-more-than-held")),
            (eng(), new("root", view, second), Some("reference-unknown")),
            (eng(), new("nowhere", view, second), Some("reference-unknown")),
            (eng(), new("web", &[], second), Some("token-empty")),
            (eng(), new("web", view, Duration::ZERO), Some("token-expiry")),
            (eng(), new("web", view, LONGEST), None),
            (eng(), new("web", view, LONGEST + second), Some("token-expiry")),
            (by(true), new("root", view, second), None),
            (by(false), new("root", view, second), Some("token-makes-tokens")),
        ] {
            let made = create_api_token(&who, &new, 0, NOW, &mut Counter(0));
            assert_eq!(made.err().map(|refusal| refusal.code()), expected, "{new:?}");
        }
    }
}
