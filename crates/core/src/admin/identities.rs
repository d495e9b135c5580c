//! Who somebody is at their IdP, changed by hand: the steps that a sign-in never takes by itself.

use keyward_saml::{NameId, Timestamp};

use crate::asserted::{Subject, TRANSIENT};
use crate::audit::Event;
use crate::decision::{Decision, Write};
use crate::facts::SubjectSource;
use crate::id::{ConnectionId, UserId};
use crate::random::Random;
use crate::session::{SessionsOf, end_all};

use super::actor::{About, Actor};
use super::refusal::AdminRefusal;
use super::users::{UserFacts, may_manage, renewed, rests_on};
use super::write::AdminWrite;

/// An identity, as an admin's decision looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts {
    /// At which connection's IdP.
    pub connection: ConnectionId,
    /// Under which name.
    pub subject: Subject,
    /// What that connection identifies people by.
    pub source: SubjectSource,
    /// The IdP's entity ID, which a NameID's qualifier is by default.
    pub idp_entity_id: String,
    /// Ours to it, likewise.
    pub sp_entity_id: String,
    /// Whose account the new name opens already; `None` where it is free.
    pub new_name_is_of: Option<UserId>,
}

/// What the IdP knows the same person by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RePoint {
    /// The same name. The second attribute is another one, and is pinned anew at the next sign-in.
    Pinned,
    /// Another NameID.
    NameId(NameId),
    /// Another value of the attribute that says who somebody is.
    Attribute(String),
}

impl RePoint {
    /// The new name, to look up whose it is; `None` where it stays.
    ///
    /// # Errors
    /// [`AdminRefusal::NameUnusable`] for a name that the connection does not go by, or that says nothing about who somebody is.
    pub fn subject(&self, identity: &IdentityFacts) -> Result<Option<Subject>, AdminRefusal> {
        match (self, &identity.source) {
            (RePoint::Pinned, _) => Ok(None),
            (RePoint::NameId(name_id), SubjectSource::NameId) => {
                let is_transient = name_id.format.as_deref() == Some(TRANSIENT);
                if is_transient
                    || name_id.value.is_empty()
                    || name_id.value.len() > crate::asserted::SUBJECT_BYTES
                {
                    return Err(AdminRefusal::NameUnusable);
                }
                Ok(Some(Subject::of_name_id(name_id, &identity.idp_entity_id, &identity.sp_entity_id)))
            }
            (RePoint::Attribute(value), SubjectSource::Attribute(name))
                if (1..=crate::asserted::SUBJECT_BYTES).contains(&value.len()) =>
            {
                Ok(Some(Subject::of_attribute(name, value)))
            }
            (RePoint::NameId(_) | RePoint::Attribute(_), _) => Err(AdminRefusal::NameUnusable),
        }
    }
}

/// Says that the IdP knows a person by another name, or another second attribute, from now on. All of the person's sessions
/// end: whoever goes on has signed in as that person since.
///
/// # Errors
/// Where the actor may not, would do it to themselves, or the name is unusable or somebody's.
pub fn re_point(
    actor: &Actor,
    user: &UserFacts,
    identity: &IdentityFacts,
    to: &RePoint,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    may_manage(actor, user)?;
    if actor.person() == Some(&user.id) {
        return Err(AdminRefusal::Oneself);
    }
    actor.need_fresh(now)?;
    let (tenant, connection) = (actor.tenant.clone(), identity.connection.clone());
    let subject = identity.subject.clone();
    let (write, what) = match to.subject(identity)? {
        Some(new) if new != subject => {
            if identity.new_name_is_of.is_some() {
                return Err(AdminRefusal::IdentityTaken);
            }
            (AdminWrite::RePointIdentity { tenant, connection, subject, new }, "another name")
        }
        _ => (AdminWrite::UnpinIdentity { tenant, connection, subject }, "a second attribute yet to be seen"),
    };
    let mut decision = rests_on(actor, user);
    decision.writes.push(Write::Admin(write));
    decision.writes.push(renewed(actor, user));
    decision.writes.push(end_all(&actor.tenant, SessionsOf::User(user.id.clone()), now));
    let detail = format!("Known to connection {} by {what} from now on.", identity.connection.as_str());
    let about = About::user(&user.id, &user.node, detail);
    decision.audit.push(actor.event(Event::UserChanged, about, now, rng));
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use keyward_saml::NameId;

    use super::super::actor::tests::{actor, grant, root};
    use super::super::tree::tests::node;
    use super::{IdentityFacts, RePoint, re_point};
    use crate::admin::{AdminWrite, Grant, Privilege, UserFacts};
    use crate::asserted::{Subject, TRANSIENT};
    use crate::decision::Write;
    use crate::facts::{SubjectSource, UserStatus};
    use crate::id::UserId;
    use crate::provisioning::tests::{NOW, connection};
    use crate::random::tests::Counter;
    use crate::session::SessionsOf;

    const IDP: &str = "https://idp.test";
    const SP: &str = "https://sp.test";

    fn name_id(value: &str, format: Option<&str>) -> NameId {
        let format = format.map(str::to_owned);
        NameId { value: value.into(), format, name_qualifier: None, sp_name_qualifier: None }
    }

    fn user(id: &str, holds: Vec<Grant>) -> UserFacts {
        UserFacts {
            id: UserId::parse(id).expect("id"),
            version: 1,
            status: UserStatus::Active,
            node: node("web"),
            name: "Alice".into(),
            roles: vec![],
            holds,
        }
    }

    fn identity(source: SubjectSource) -> IdentityFacts {
        IdentityFacts {
            connection: connection().id,
            subject: Subject::of_name_id(&name_id("alice", None), IDP, SP),
            source,
            idp_entity_id: IDP.into(),
            sp_entity_id: SP.into(),
            new_name_is_of: None,
        }
    }

    fn by_name(value: &str) -> RePoint {
        RePoint::NameId(name_id(value, None))
    }

    #[test]
    fn the_name_is_another_and_everybody_has_to_sign_in_again() {
        let alice = user("u_alice", vec![]);
        let identity = identity(SubjectSource::NameId);
        let decision =
            re_point(&root(), &alice, &identity, &by_name("alice-2"), NOW, &mut Counter(0)).expect("done");
        let [Write::Admin(AdminWrite::RePointIdentity { subject, new, .. }), .., end] =
            decision.writes.as_slice()
        else {
            panic!("{:?}", decision.writes)
        };
        assert_eq!(
            (subject, new),
            (&identity.subject, &Subject::of_name_id(&name_id("alice-2", None), IDP, SP))
        );
        assert!(matches!(end, Write::EndSessions { of: SessionsOf::User(user), .. } if *user == alice.id));
        assert_eq!((decision.guards.len(), decision.audit.len()), (1, 1));
        assert!(
            !decision.audit.iter().any(|event| event.detail.contains("alice")),
            "no name of the IdP's in the log"
        );
        for to in [RePoint::Pinned, by_name("alice")] {
            let decision = re_point(&root(), &alice, &identity, &to, NOW, &mut Counter(0)).expect("done");
            assert!(matches!(decision.writes.first(), Some(Write::Admin(AdminWrite::UnpinIdentity { .. }))));
        }
    }

    #[test]
    fn whoever_may_not_or_would_take_somebody_elses_name_does_not() {
        let manages = || actor(vec![grant("eng", &[Privilege::ManageUsers])]);
        let audits = actor(vec![grant("eng", &[Privilege::ViewAudit])]);
        let free = || identity(SubjectSource::NameId);
        let taken = IdentityFacts { new_name_is_of: UserId::parse("u_bob"), ..free() };
        let by_attribute = identity(SubjectSource::Attribute("oid".into()));
        let boss = vec![grant("root", &[Privilege::ManageUsers])];
        let value = |value: &str| RePoint::Attribute(value.into());
        for (who, facts, identity, to, expected) in [
            (manages(), user("u_alice", vec![]), free(), by_name("x"), None),
            (audits, user("u_alice", vec![]), free(), by_name("x"), Some("privilege-missing")),
            (manages(), user("u_alice", boss), free(), by_name("x"), Some("user-outranks")),
            (manages(), user("u_admin", vec![]), free(), by_name("x"), Some("user-is-self")),
            (manages(), user("u_alice", vec![]), taken.clone(), by_name("x"), Some("identity-taken")),
            (manages(), user("u_alice", vec![]), taken, RePoint::Pinned, None),
            (manages(), user("u_alice", vec![]), free(), by_name(""), Some("name-unusable")),
            (manages(), user("u_alice", vec![]), free(), by_name(&"x".repeat(1025)), Some("name-unusable")),
            (
                manages(),
                user("u_alice", vec![]),
                free(),
                RePoint::NameId(name_id("x", Some(TRANSIENT))),
                Some("name-unusable"),
            ),
            (manages(), user("u_alice", vec![]), free(), value("7"), Some("name-unusable")),
            (manages(), user("u_alice", vec![]), by_attribute.clone(), value("7"), None),
            (manages(), user("u_alice", vec![]), by_attribute.clone(), value(""), Some("name-unusable")),
            (manages(), user("u_alice", vec![]), by_attribute, by_name("x"), Some("name-unusable")),
        ] {
            let found = re_point(&who, &facts, &identity, &to, NOW, &mut Counter(0));
            assert_eq!(found.err().map(|refusal| refusal.code()), expected, "{to:?}");
        }
    }
}
