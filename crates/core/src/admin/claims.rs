//! Links by which people claim accounts that exist outside a connection.

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::claim::CLAIM_LIFETIME;
use crate::decision::{Decision, Write};
use crate::facts::{ConnectionStatus, UserStatus};
use crate::random::{Random, Token};

use super::actor::{About, Actor};
use super::connections::ConnectionFacts;
use super::refusal::AdminRefusal;
use super::users::{UserFacts, may_manage, rests_on};
use super::write::AdminWrite;

/// Gives a link by which somebody claims an account: the outcome is its secret, for this answer only, and its end. The one
/// before it is no longer good.
///
/// # Errors
/// Where the actor may not, the connection is not there for them or not in use, or it knows the account already.
pub fn offer_claim(
    actor: &Actor,
    user: &UserFacts,
    connection: &ConnectionFacts,
    is_linked: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<(Token, Timestamp)>, AdminRefusal> {
    may_manage(actor, user)?;
    if actor.privileges_at(&connection.node).is_empty() {
        return Err(AdminRefusal::Unknown { field: "connection" });
    }
    if !matches!(user.status, UserStatus::Active | UserStatus::Invited) {
        return Err(AdminRefusal::Status { status: user.status });
    }
    if user.status == UserStatus::Active {
        actor.need_fresh(now)?;
    }
    if connection.status != ConnectionStatus::Active {
        return Err(AdminRefusal::ConnectionNotActive);
    }
    if is_linked {
        return Err(AdminRefusal::AlreadyLinked);
    }
    let (secret, expires_at) = (Token::generate(rng), now.plus(CLAIM_LIFETIME));
    let rests = rests_on(actor, user);
    let mut decision = Decision {
        outcome: (secret.clone(), expires_at),
        guards: rests.guards,
        writes: rests.writes,
        audit: rests.audit,
    };
    let (tenant, user_id, connection_id) = (&actor.tenant, &user.id, &connection.id);
    decision.writes.extend(
        [
            AdminWrite::WithdrawClaims {
                tenant: tenant.clone(),
                user: user_id.clone(),
                connection: connection_id.clone(),
            },
            AdminWrite::OfferClaim {
                tenant: tenant.clone(),
                token: secret.hash(),
                user: user_id.clone(),
                connection: connection_id.clone(),
                at: now,
                expires_at,
            },
        ]
        .map(Write::Admin),
    );
    let about = About {
        connection: Some(connection_id),
        ..About::user(user_id, &user.node, "A link to claim the account, good for a week.")
    };
    decision.audit.push(actor.event(Event::AccountClaimOffered, about, now, rng));
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use super::super::actor::tests::{actor, grant};
    use super::super::connections::tests::facts;
    use super::super::tree::tests::node;
    use super::offer_claim;
    use crate::admin::{AdminWrite, ConnectionFacts, Grant, Privilege, UserFacts};
    use crate::decision::Write;
    use crate::facts::{ConnectionStatus, UserStatus};
    use crate::id::UserId;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    fn user(at: &str, status: UserStatus, holds: Vec<Grant>) -> UserFacts {
        UserFacts {
            id: UserId::parse("u_alice").expect("id"),
            version: 1,
            status,
            node: node(at),
            name: "Alice".into(),
            roles: vec![],
            holds,
        }
    }

    #[test]
    fn who_gives_a_link_to_whose_account() {
        let admin = actor(vec![grant("eng", &[Privilege::ManageUsers])]);
        let active = || ConnectionFacts { status: ConnectionStatus::Active, ..facts() };
        let ops = || ConnectionFacts { node: node("ops"), ..active() };
        let boss = || vec![grant("root", &[Privilege::ManageUsers])];
        for (user, connection, is_linked, expected) in [
            (user("web", UserStatus::Invited, vec![]), active(), false, None),
            (user("web", UserStatus::Active, vec![]), active(), false, None),
            (user("web", UserStatus::Active, vec![]), active(), true, Some("account-linked")),
            (user("web", UserStatus::Locked, vec![]), active(), false, Some("user-status")),
            (user("web", UserStatus::Active, boss()), active(), false, Some("user-outranks")),
            (user("ops", UserStatus::Active, vec![]), active(), false, Some("not-found")),
            (user("web", UserStatus::Active, vec![]), ops(), false, Some("reference-unknown")),
            (user("web", UserStatus::Active, vec![]), facts(), false, Some("connection-not-active")),
        ] {
            let offered = offer_claim(&admin, &user, &connection, is_linked, NOW, &mut Counter(0));
            assert_eq!(offered.as_ref().err().map(|refusal| refusal.code()), expected);
            if let Ok(decision) = offered {
                // One at a time.
                assert!(matches!(
                    decision.writes.as_slice(),
                    [
                        Write::Admin(AdminWrite::WithdrawClaims { .. }),
                        Write::Admin(AdminWrite::OfferClaim { .. })
                    ]
                ));
            }
        }
    }
}
