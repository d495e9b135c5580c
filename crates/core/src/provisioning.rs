//! Whose account a verified sign-in opens: a decision table. Each row is a test below.
//!
//! | identity known | account        | e-mail                      | outcome |
//! |----------------|----------------|-----------------------------|---------|
//! | –              | –              | domain not this tenant's    | `email-domain-not-reserved` |
//! | –              | –              | domain leads elsewhere      | `email-domain-routed-elsewhere` |
//! | yes            | deleted        |                             | `user-deleted` |
//! | yes            | locked         |                             | `user-locked` |
//! | yes            | invited        |                             | `invitation-unclaimed` |
//! | yes            | active         | pinned attribute differs    | `identity-changed` |
//! | yes            | active         | none pinned, one configured | signed in, pinned now |
//! | yes            | active         | the same                    | signed in |
//! | yes            | active         | changed, free               | signed in, e-mail updated |
//! | yes            | active         | changed, another account's  | as below: never linked by e-mail |
//! | no             | tombstone      | the tombstone's             | `user-deleted` |
//! | no             | invited        | that account's              | `invitation-unclaimed` |
//! | no             | of another connection | that account's       | `account-elsewhere` |
//! | no             | exists         | that account's              | `email-in-use` |
//! | no             | invited, exists | that account's, and the claim is to it | linked, active from now on |
//! | any            |                | not the claim's, or known already | `claim-of-another` |
//! | no             | active         | that account's, and the connection is migrated | known by the new name from now on |
//! | no             | none           | JIT off                     | `jit-off` |
//! | no             | none           | no seat                     | `no-seat` |
//! | no             | none           | free                        | account, identity and default roles created |
//!
//! Wherever one of these signs in, the request has to come from where the roles that the person then has let them come
//! (`ip_allow_list`): else `address-not-allowed`, and nothing of it is written.
//!
//! Whoever signs in has the roles that the groups map gives them from then on ([`crate::roles`]), and no role any longer that
//! only a group gave which they have left.
//!
//! A mapping that is incomplete, a transient NameID and the like are refused before, where the assertion is read
//! ([`crate::asserted`]).

use keyward_saml::Timestamp;

use crate::asserted::AssertedIdentity;
use crate::audit::{AuditEvent, Event};
use crate::claim::ClaimFacts;
use crate::decision::{Guard, Write};
use crate::facts::{Connection, User, UserStatus};
use crate::id::{ConnectionId, NodeId, RoleId, UserId};
use crate::policy::{Addresses, Policies};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::roles::{self, GroupRole, HeldRole};
use crate::session::allowed_addresses;

/// An identity that this connection has seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIdentity {
    /// Whose it is.
    pub user: User,
    /// The pinned attribute's value at first sign-in; `None` where none was configured then.
    pub pinned: Option<String>,
}

/// The account of this tenant that has the asserted e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailHolder {
    /// Whose it is.
    pub user: UserId,
    /// What that is.
    pub status: UserStatus,
    /// Where it signs in: the sign-in's connection, where that is one; `None` where no connection knows it.
    pub linked: Option<ConnectionId>,
    /// Until when this connection, which was migrated, may find it by its e-mail, once; `None`: it may not.
    pub migrates_until: Option<Timestamp>,
}

/// All that provisioning may look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvisioningFacts {
    /// The identity that the assertion names, where this connection has seen it.
    pub identity: Option<KnownIdentity>,
    /// The claim that the sign-in began with.
    pub claim: Option<ClaimFacts>,
    /// What is known of the account that the claim is to, or that migrates.
    pub email_holder_account: Option<User>,
    /// The account of this tenant that has the asserted e-mail.
    pub email_holder: Option<EmailHolder>,
    /// The asserted e-mail's domain, where this tenant has reserved it: the connection it leads to, if any.
    pub domain: Option<Option<ConnectionId>>,
    /// The default roles of the connection's node.
    pub default_roles: Vec<RoleId>,
    /// The lines of the groups map that the asserted groups meet.
    pub group_roles: Vec<GroupRole>,
    /// The roles of the identity's user.
    pub held_roles: Vec<HeldRole>,
    /// What the roles ask that the person may have after it: theirs, the defaults, the groups'. One that asks nothing may be
    /// left out.
    pub policies: Vec<(RoleId, Policies)>,
    /// Whether a seat is free.
    pub seat_free: bool,
}

/// The account that is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) created: bool,
    pub(crate) previous_sign_in_at: Option<Timestamp>,
    /// From where the roles that the person has by then let them come.
    pub(crate) allowed: Addresses,
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
    pub(crate) audit: Vec<AuditEvent>,
}

/// Decides by the table above.
pub(crate) fn provision(
    connection: &Connection,
    facts: &ProvisioningFacts,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Account, Refusal> {
    let domain = asserted.email.domain();
    match &facts.domain {
        None => return Err(Refusal::EmailDomainNotReserved { domain: domain.clone() }),
        Some(leads_to) if leads_to.as_ref() != Some(&connection.id) => {
            return Err(Refusal::EmailDomainRoutedElsewhere {
                domain: domain.clone(),
                connection: leads_to.clone(),
            });
        }
        Some(_) => {}
    }
    if let Some(claim) = &facts.claim {
        claim.check(&connection.id, now)?;
        // Somebody who has an account of their own here, or whose e-mail is another: neither is whom the link was for.
        if facts.identity.is_some() || facts.email_holder.as_ref().is_none_or(|it| it.user != claim.user.id) {
            return Err(Refusal::ClaimOfAnother { user: claim.user.id.clone() });
        }
    }
    let mut account = match (&facts.identity, &facts.email_holder) {
        (Some(identity), holder) => open(connection, identity, holder.as_ref(), asserted)?,
        (None, Some(holder)) => match (&facts.claim, &facts.email_holder_account) {
            (Some(claim), _) if claim.user.id == holder.user => {
                claim.is_of(asserted)?;
                link(connection, claim, asserted, now, rng)
            }
            (None, Some(user)) if migrates(holder, now) => migrate(connection, user, asserted, now, rng),
            _ => return Err(not_linked(connection, holder)),
        },
        (None, None) if !connection.jit => return Err(Refusal::JitOff),
        (None, None) if !facts.seat_free => return Err(Refusal::NoSeat),
        (None, None) => create(connection, asserted, now, rng),
    };
    let (held, defaults, policies) = match &facts.claim {
        // Whoever was invited to a node has its default roles, too.
        Some(claim) if claim.user.status == UserStatus::Invited => {
            (&claim.held_roles, claim.default_roles.as_slice(), &claim.policies)
        }
        Some(claim) => (&claim.held_roles, [].as_slice(), &claim.policies),
        None if account.created => (&facts.held_roles, facts.default_roles.as_slice(), &facts.policies),
        None => (&facts.held_roles, [].as_slice(), &facts.policies),
    };
    let changes = roles::changes(held, defaults, &facts.group_roles);
    let has = |role: &RoleId| {
        let given = changes.given.iter().any(|(given, ..)| given == role);
        let held = held.iter().any(|held| held.role == *role);
        given || held && !changes.taken.contains(role)
    };
    let asked = policies.iter().chain(facts.policies.iter().filter(|_| facts.claim.is_some()));
    let roles: Vec<_> = asked.filter(|(role, _)| has(role)).cloned().collect();
    account.allowed = allowed_addresses(&roles);
    account.apply(changes, connection, now, rng);
    account.guards.push(Guard::DomainRoutes {
        tenant: connection.tenant.clone(),
        domain: domain.clone(),
        connection: connection.id.clone(),
    });
    Ok(account)
}

/// The account that exists, under its new name.
fn link(
    connection: &Connection,
    claim: &ClaimFacts,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Account {
    let (tenant, user) = (&connection.tenant, &claim.user);
    let mut writes = vec![
        Write::ConsumeClaim { tenant: tenant.clone(), token: claim.token.clone(), at: now },
        Write::CreateIdentity {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            subject: asserted.subject.clone(),
            user: user.id.clone(),
            pinned: asserted.pinned.clone(),
            at: now,
        },
    ];
    if user.status == UserStatus::Invited {
        writes.push(Write::ActivateUser { tenant: tenant.clone(), user: user.id.clone() });
    }
    let mut event = AuditEvent::of_user(Event::AccountClaimed, &user.id, &connection.scope(), now, rng);
    event.detail = format!("Signs in by connection {} from now on.", connection.id.as_str());
    let guard = Guard::UserVersion { tenant: tenant.clone(), user: user.id.clone(), version: user.version };
    of_existing(user, asserted, vec![guard], writes, vec![event])
}

fn migrates(holder: &EmailHolder, now: Timestamp) -> bool {
    holder.status == UserStatus::Active && holder.migrates_until.is_some_and(|until| now < until)
}

/// The account that the connection knew before it was migrated, under its new name.
fn migrate(
    connection: &Connection,
    user: &User,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Account {
    let tenant = &connection.tenant;
    let writes = vec![Write::MigrateIdentity {
        tenant: tenant.clone(),
        connection: connection.id.clone(),
        user: user.id.clone(),
        subject: asserted.subject.clone(),
        pinned: asserted.pinned.clone(),
    }];
    let mut event = AuditEvent::of_user(Event::AccountClaimed, &user.id, &connection.scope(), now, rng);
    event.detail =
        format!("Known to connection {} by another name, since it was migrated.", connection.id.as_str());
    let guards = vec![
        Guard::UserUnchanged { tenant: tenant.clone(), user: user.id.clone(), version: user.version },
        Guard::IdentityMigrates {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            user: user.id.clone(),
        },
    ];
    of_existing(user, asserted, guards, writes, vec![event])
}

fn of_existing(
    user: &User,
    asserted: &AssertedIdentity,
    guards: Vec<Guard>,
    writes: Vec<Write>,
    audit: Vec<AuditEvent>,
) -> Account {
    Account {
        user: user.id.clone(),
        email: asserted.email.as_str().to_owned(),
        name: user.name.clone(),
        created: false,
        previous_sign_in_at: user.last_sign_in_at,
        allowed: Addresses::everywhere(),
        guards,
        writes,
        audit,
    }
}

/// Why somebody who is not known here does not get the account that has their e-mail.
fn not_linked(connection: &Connection, holder: &EmailHolder) -> Refusal {
    let user = holder.user.clone();
    match (holder.status, &holder.linked) {
        (UserStatus::Deleted, _) => Refusal::UserDeleted { user },
        (UserStatus::Invited, _) => Refusal::InvitationUnclaimed { user },
        (_, Some(linked)) if *linked != connection.id => {
            Refusal::AccountElsewhere { user, connection: linked.clone() }
        }
        (status, _) => Refusal::EmailInUse { user, status },
    }
}

impl Account {
    /// The account, where it was there before.
    pub(crate) fn existing(&self) -> Option<UserId> {
        (!self.created).then(|| self.user.clone())
    }

    fn apply(
        &mut self,
        changes: roles::Changes,
        connection: &Connection,
        now: Timestamp,
        rng: &mut dyn Random,
    ) {
        let tenant = &connection.tenant;
        for (role, source, group) in changes.given {
            let mut event =
                AuditEvent::of_user(Event::AddedToRole, &self.user, &connection.scope(), now, rng);
            event.detail = match group {
                Some(group) => format!("Role {}, by the group {group}.", role.as_str()),
                None => format!("Default role {}.", role.as_str()),
            };
            self.audit.push(event);
            let (tenant, user) = (tenant.clone(), self.user.clone());
            self.writes.push(Write::AddRole { tenant, user, role, source, at: now });
        }
        for role in changes.taken {
            let mut event =
                AuditEvent::of_user(Event::RemovedFromRole, &self.user, &connection.scope(), now, rng);
            event.detail = format!("Role {}: no group gives it any longer.", role.as_str());
            self.audit.push(event);
            let (tenant, user) = (tenant.clone(), self.user.clone());
            self.writes.push(Write::RemoveGroupRole { tenant, user, role });
        }
    }
}

fn open(
    connection: &Connection,
    identity: &KnownIdentity,
    email_holder: Option<&EmailHolder>,
    asserted: &AssertedIdentity,
) -> Result<Account, Refusal> {
    let user = &identity.user;
    match user.status {
        UserStatus::Deleted => return Err(Refusal::UserDeleted { user: user.id.clone() }),
        UserStatus::Locked => return Err(Refusal::UserLocked { user: user.id.clone() }),
        UserStatus::Invited => {
            return Err(Refusal::InvitationUnclaimed { user: user.id.clone() });
        }
        UserStatus::Active => {}
    }
    // What was pinned is compared also where the configuration names another attribute by now: changing it on a connection
    // with linked people needs a migration (PRODUCT.md §4.6).
    if let Some(pinned) = &identity.pinned
        && asserted.pinned.as_ref() != Some(pinned)
    {
        return Err(Refusal::IdentityChanged {
            user: user.id.clone(),
            attribute: connection.pinned_attribute.clone().unwrap_or_default(),
        });
    }
    let (tenant, mut writes) = (&connection.tenant, Vec::new());
    let mut guards =
        vec![Guard::UserUnchanged { tenant: tenant.clone(), user: user.id.clone(), version: user.version }];
    if identity.pinned.is_none()
        && let Some(pinned) = &asserted.pinned
    {
        let (connection, subject) = (connection.id.clone(), asserted.subject.clone());
        guards.push(Guard::IdentityUnpinned {
            tenant: tenant.clone(),
            connection: connection.clone(),
            subject: subject.clone(),
        });
        writes.push(Write::PinIdentity {
            tenant: tenant.clone(),
            connection,
            subject,
            pinned: pinned.clone(),
        });
    }
    let name = if asserted.name.is_empty() { &user.name } else { &asserted.name };
    match email_holder {
        Some(holder) if holder.user != user.id => return Err(not_linked(connection, holder)),
        _ if user.email == asserted.email && user.name == *name => {}
        _ => writes.push(Write::UpdateProfile {
            tenant: tenant.clone(),
            user: user.id.clone(),
            email: asserted.email.clone(),
            name: name.clone(),
        }),
    }
    Ok(Account {
        user: user.id.clone(),
        email: asserted.email.as_str().to_owned(),
        name: name.clone(),
        created: false,
        previous_sign_in_at: user.last_sign_in_at,
        allowed: Addresses::everywhere(),
        guards,
        writes,
        audit: Vec::new(),
    })
}

fn create(
    connection: &Connection,
    asserted: &AssertedIdentity,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Account {
    let (tenant, user, node): (_, _, &NodeId) = (&connection.tenant, UserId::generate(rng), &connection.node);
    let writes = vec![
        Write::CreateUser {
            tenant: tenant.clone(),
            user: user.clone(),
            node: node.clone(),
            email: asserted.email.clone(),
            name: asserted.name.clone(),
            at: now,
        },
        Write::CreateIdentity {
            tenant: tenant.clone(),
            connection: connection.id.clone(),
            subject: asserted.subject.clone(),
            user: user.clone(),
            pinned: asserted.pinned.clone(),
            at: now,
        },
    ];
    let audit = vec![AuditEvent::of_user(Event::CreateUser, &user, &connection.scope(), now, rng)];
    Account {
        user,
        email: asserted.email.as_str().to_owned(),
        name: asserted.name.clone(),
        created: true,
        previous_sign_in_at: None,
        allowed: Addresses::everywhere(),
        guards: vec![Guard::SeatFree { tenant: tenant.clone() }],
        writes,
        audit,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use keyward_saml::Timestamp;

    use super::{Account, EmailHolder, KnownIdentity, ProvisioningFacts, provision};
    use crate::address::Email;
    use crate::asserted::{AssertedIdentity, Subject};
    use crate::audit::Event;
    use crate::claim::ClaimFacts;
    use crate::claim::tests::claim;
    use crate::decision::{Guard, Write};
    use crate::facts::{
        AttributeMapping, Connection, ConnectionStatus, SubjectSource, TenantStatus, User, UserStatus,
    };
    use crate::id::{ConnectionId, NodeId, RoleId, TenantId, UserId};
    use crate::policy::Policies;
    use crate::random::tests::Counter;
    use crate::refusal::Refusal;
    use crate::roles::{GroupRole, HeldRole, RoleSource};

    pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_439_045_678);

    pub(crate) fn connection() -> Connection {
        Connection {
            tenant: TenantId::parse("t_acme").expect("id"),
            id: ConnectionId::parse("c_acme").expect("id"),
            node: NodeId::parse("n_eng").expect("id"),
            version: 3,
            tenant_name: "Acme".into(),
            tenant_status: TenantStatus::Active,
            status: ConnectionStatus::Active,
            sso_name: None,
            jit: true,
            idp_initiated: false,
            idp_initiated_paths: Vec::new(),
            idp_entity_id: "https://idp.test/metadata".into(),
            certificates: Vec::new(),
            subject_source: SubjectSource::NameId,
            pinned_attribute: None,
            groups_attribute: None,
            mapping: AttributeMapping {
                email: "Email".into(),
                first: Some("First".into()),
                last: Some("Last".into()),
            },
            allow_sha1_until: None,
            decryption_keys: 0,
            single_logout: None,
        }
    }

    fn email(text: &str) -> Email {
        Email::parse(text).expect("address")
    }

    pub(crate) fn asserted() -> AssertedIdentity {
        AssertedIdentity {
            subject: subject(),
            email: email("alice@acme.test"),
            name: "Alice Example".into(),
            pinned: None,
            groups: Vec::new(),
        }
    }

    fn subject() -> Subject {
        use keyward_saml::NameId;
        let name_id =
            NameId { value: "alice".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
        Subject::of_name_id_for_tests(&name_id)
    }

    pub(crate) fn user(id: &str, status: UserStatus, address: &str) -> User {
        User {
            id: UserId::parse(id).expect("id"),
            version: 5,
            status,
            node: NodeId::parse("n_eng").expect("id"),
            email: email(address),
            name: "Alice Example".into(),
            last_sign_in_at: Some(Timestamp::from_millis(1_795_000_000_000)),
        }
    }

    fn holder(id: &str, status: UserStatus, linked: Option<&str>) -> EmailHolder {
        EmailHolder {
            user: UserId::parse(id).expect("id"),
            status,
            linked: linked.and_then(ConnectionId::parse),
            migrates_until: None,
        }
    }

    /// Everything allows a new account.
    pub(crate) fn facts() -> ProvisioningFacts {
        ProvisioningFacts {
            identity: None,
            claim: None,
            email_holder_account: None,
            email_holder: None,
            domain: Some(Some(connection().id)),
            default_roles: vec![
                RoleId::parse("r_member").expect("id"),
                RoleId::parse("r_staff").expect("id"),
            ],
            group_roles: Vec::new(),
            held_roles: Vec::new(),
            policies: Vec::new(),
            seat_free: true,
        }
    }

    pub(crate) fn known(status: UserStatus) -> ProvisioningFacts {
        let user = user("u_alice", status, "alice@acme.test");
        ProvisioningFacts {
            identity: Some(KnownIdentity { user, pinned: None }),
            email_holder: Some(holder("u_alice", status, Some("c_acme"))),
            ..facts()
        }
    }

    fn decide(
        connection: &Connection,
        facts: &ProvisioningFacts,
        asserted: &AssertedIdentity,
    ) -> Result<Account, Refusal> {
        provision(connection, facts, asserted, NOW, &mut Counter(0))
    }

    #[test]
    fn an_account_is_linked_by_a_claim_to_it_and_by_nothing_less() {
        let held = |status| Some(holder("u_alice", status, None));
        let with =
            |status| ProvisioningFacts { claim: Some(claim(status)), email_holder: held(status), ..facts() };
        for (status, activates) in [(UserStatus::Invited, true), (UserStatus::Active, false)] {
            let account = decide(&connection(), &with(status), &asserted()).expect("linked");
            assert!(!account.created && account.user.as_str() == "u_alice");
            assert!(matches!(
                account.writes.as_slice(),
                [Write::ConsumeClaim { .. }, Write::CreateIdentity { .. }, ..]
            ));
            let has = |test: fn(&Write) -> bool| account.writes.iter().any(test);
            assert_eq!(has(|write| matches!(write, Write::ActivateUser { .. })), activates);
            // Its node's default roles, for whoever was invited there; and what it had.
            assert_eq!(has(|write| matches!(write, Write::AddRole { .. })), activates);
            assert!(matches!(account.guards.first(), Some(Guard::UserVersion { version: 5, .. })));
            assert!(account.audit.iter().any(|event| event.event == Event::AccountClaimed));
            let code = |facts: ProvisioningFacts, asserted: &AssertedIdentity| {
                decide(&connection(), &facts, asserted).expect_err("refused").code()
            };
            let other = AssertedIdentity { email: email("bob@acme.test"), ..asserted() };
            let elsewhere = || Some(holder("u_bob", UserStatus::Active, Some("c_acme")));
            assert_eq!(
                code(ProvisioningFacts { email_holder: elsewhere(), ..with(status) }, &other),
                "claim-of-another"
            );
            assert_eq!(
                code(ProvisioningFacts { email_holder: None, ..with(status) }, &other),
                "claim-of-another"
            );
            let known = known(UserStatus::Active).identity;
            assert_eq!(
                code(ProvisioningFacts { identity: known, ..with(status) }, &asserted()),
                "claim-of-another"
            );
            let used = ClaimFacts { is_consumed: true, ..claim(status) };
            assert_eq!(
                code(ProvisioningFacts { claim: Some(used), ..with(status) }, &asserted()),
                "claim-over"
            );
        }
        let without = ProvisioningFacts { email_holder: held(UserStatus::Invited), ..facts() };
        let refusal = decide(&connection(), &without, &asserted()).expect_err("an e-mail alone");
        assert_eq!(refusal.code(), "invitation-unclaimed");
    }

    #[test]
    fn a_migrated_connection_finds_each_of_its_accounts_once_by_e_mail() {
        let until = |until, status| ProvisioningFacts {
            email_holder: Some(EmailHolder {
                migrates_until: until,
                ..holder("u_alice", status, Some("c_acme"))
            }),
            email_holder_account: Some(user("u_alice", status, "alice@acme.test")),
            ..facts()
        };
        let later = Some(NOW.plus(core::time::Duration::from_millis(1)));
        let account = decide(&connection(), &until(later, UserStatus::Active), &asserted()).expect("found");
        assert!(matches!(account.writes.as_slice(), [Write::MigrateIdentity { .. }]));
        assert!(account.guards.iter().any(|guard| matches!(guard, Guard::IdentityMigrates { .. })));
        for (facts, code) in [
            (until(None, UserStatus::Active), "email-in-use"),
            (until(Some(NOW), UserStatus::Active), "email-in-use"),
            (until(later, UserStatus::Locked), "email-in-use"),
            (until(later, UserStatus::Deleted), "user-deleted"),
        ] {
            assert_eq!(decide(&connection(), &facts, &asserted()).expect_err("refused").code(), code);
        }
    }

    #[test]
    fn what_counts_is_what_the_roles_ask_that_somebody_has_by_then() {
        let list = |ranges: &[&str]| {
            Policies::from_json(&serde_json::json!({ "ip_allow_list": ranges })).expect("policies")
        };
        let role = |id: &str| RoleId::parse(id).expect("id");
        let may = |facts: ProvisioningFacts| {
            let account = decide(&connection(), &facts, &asserted()).expect("provisioned");
            ["203.0.113.7", "10.0.0.7", "198.51.100.7"].map(|from| account.allowed.allow(from.parse().ok()))
        };
        let office = || list(&["203.0.113.0/24"]);
        let both = || list(&["203.0.113.0/24", "10.0.0.0/8"]);
        let held = |source| vec![HeldRole { role: role("r_ops"), source }];
        let by_group = vec![GroupRole { group: "Ops".into(), role: role("r_ops") }];
        // The default roles count for a new account, and not for one that does not have them any longer.
        let policies = vec![(role("r_member"), both()), (role("r_ops"), office())];
        let new = ProvisioningFacts { policies: policies.clone(), ..facts() };
        assert_eq!(may(new.clone()), [true, true, false]);
        assert_eq!(may(ProvisioningFacts { group_roles: by_group.clone(), ..new }), [true, false, false]);
        let old = ProvisioningFacts { policies, ..known(UserStatus::Active) };
        assert_eq!(may(old.clone()), [true; 3]);
        assert_eq!(may(ProvisioningFacts { group_roles: by_group, ..old.clone() }), [true, false, false]);
        assert_eq!(
            may(ProvisioningFacts { held_roles: held(RoleSource::Direct), ..old.clone() }),
            [true, false, false]
        );
        // No group gives it any longer.
        assert_eq!(may(ProvisioningFacts { held_roles: held(RoleSource::Group), ..old }), [true; 3]);
    }

    #[test]
    fn unknown_person_gets_account_identity_and_default_roles() {
        let account = decide(&connection(), &facts(), &asserted()).expect("provisioned");
        assert!(account.created && account.previous_sign_in_at.is_none());
        assert!(matches!(
            account.writes.as_slice(),
            [
                Write::CreateUser { .. },
                Write::CreateIdentity { .. },
                Write::AddRole { .. },
                Write::AddRole { .. }
            ]
        ));
        let guards = [
            Guard::SeatFree { tenant: connection().tenant },
            Guard::DomainRoutes {
                tenant: connection().tenant,
                domain: email("x@acme.test").domain().clone(),
                connection: connection().id,
            },
        ];
        assert_eq!(account.guards, guards);
        let events: Vec<Event> = account.audit.iter().map(|event| event.event).collect();
        assert_eq!(events, [Event::CreateUser, Event::AddedToRole, Event::AddedToRole]);
    }

    #[test]
    fn unknown_person_at_a_node_without_default_roles_gets_none() {
        let facts = ProvisioningFacts { default_roles: Vec::new(), ..facts() };
        assert_eq!(decide(&connection(), &facts, &asserted()).expect("provisioned").writes.len(), 2);
    }

    #[test]
    fn known_person_is_signed_in_and_nothing_else_changes() {
        let account = decide(&connection(), &known(UserStatus::Active), &asserted()).expect("known");
        assert!(!account.created && account.writes.is_empty() && account.audit.is_empty());
        assert_eq!(account.previous_sign_in_at, Some(Timestamp::from_millis(1_795_000_000_000)));
        assert!(account.guards.contains(&Guard::UserUnchanged {
            tenant: connection().tenant,
            user: UserId::parse("u_alice").expect("id"),
            version: 5
        }));
    }

    #[test]
    fn known_person_needs_neither_jit_nor_seat() {
        let connection = Connection { jit: false, ..connection() };
        let facts = ProvisioningFacts { seat_free: false, ..known(UserStatus::Active) };
        assert!(decide(&connection, &facts, &asserted()).is_ok());
    }

    #[test]
    fn locked_person_is_refused() {
        let refusal = decide(&connection(), &known(UserStatus::Locked), &asserted()).expect_err("locked");
        assert_eq!(refusal.code(), "user-locked");
    }

    #[test]
    fn deleted_person_is_not_brought_back() {
        let refusal = decide(&connection(), &known(UserStatus::Deleted), &asserted()).expect_err("deleted");
        assert_eq!(refusal.code(), "user-deleted");
    }

    #[test]
    fn tombstone_with_that_email_is_not_brought_back_under_another_name_id() {
        let facts =
            ProvisioningFacts { email_holder: Some(holder("u_old", UserStatus::Deleted, None)), ..facts() };
        assert_eq!(decide(&connection(), &facts, &asserted()).expect_err("tombstone").code(), "user-deleted");
    }

    #[test]
    fn email_alone_never_links_an_account() {
        let elsewhere = Some("c_head_office");
        for (status, linked, code) in [
            (UserStatus::Active, None, "email-in-use"),
            (UserStatus::Active, Some("c_acme"), "email-in-use"),
            (UserStatus::Locked, Some("c_acme"), "email-in-use"),
            (UserStatus::Invited, None, "invitation-unclaimed"),
            (UserStatus::Invited, elsewhere, "invitation-unclaimed"),
            (UserStatus::Active, elsewhere, "account-elsewhere"),
            (UserStatus::Locked, elsewhere, "account-elsewhere"),
            (UserStatus::Deleted, elsewhere, "user-deleted"),
        ] {
            let holder = Some(holder("u_other", status, linked));
            let unknown = ProvisioningFacts { email_holder: holder.clone(), ..facts() };
            assert_eq!(decide(&connection(), &unknown, &asserted()).expect_err("not linked").code(), code);
            // Nor does it replace the account of somebody who is known and asserts it now.
            let known = ProvisioningFacts { email_holder: holder, ..known(UserStatus::Active) };
            assert_eq!(decide(&connection(), &known, &asserted()).expect_err("not theirs").code(), code);
        }
    }

    #[test]
    fn invited_account_has_to_be_claimed() {
        assert_eq!(
            decide(&connection(), &known(UserStatus::Invited), &asserted()).expect_err("invited").code(),
            "invitation-unclaimed"
        );
    }

    #[test]
    fn groups_give_and_take_roles_at_every_sign_in() {
        let role = |id: &str| RoleId::parse(id).expect("id");
        let lines = |ids: &[&str]| {
            ids.iter().map(|id| GroupRole { group: "Ops".into(), role: role(id) }).collect::<Vec<_>>()
        };
        let new = ProvisioningFacts { group_roles: lines(&["r_ops"]), ..facts() };
        let account = decide(&connection(), &new, &asserted()).expect("provisioned");
        let sources: Vec<RoleSource> = account
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::AddRole { source, .. } => Some(*source),
                _ => None,
            })
            .collect();
        assert_eq!(sources, [RoleSource::Default, RoleSource::Default, RoleSource::Group]);

        let had = HeldRole { role: role("r_audit"), source: RoleSource::Group };
        let back = ProvisioningFacts {
            group_roles: lines(&["r_ops"]),
            held_roles: vec![had],
            ..known(UserStatus::Active)
        };
        let account = decide(&connection(), &back, &asserted()).expect("known");
        assert!(
            matches!(account.writes.as_slice(), [Write::AddRole { role: given, source: RoleSource::Group, .. }, Write::RemoveGroupRole { role: taken, .. }]
                if *given == role("r_ops") && *taken == role("r_audit"))
        );
        let told: Vec<(Event, &str)> =
            account.audit.iter().map(|event| (event.event, event.detail.as_str())).collect();
        assert_eq!(
            told,
            [
                (Event::AddedToRole, "Role r_ops, by the group Ops."),
                (Event::RemovedFromRole, "Role r_audit: no group gives it any longer.")
            ]
        );
    }

    #[test]
    fn domain_of_nobody_or_of_another_tenant_is_refused() {
        for facts in [facts(), known(UserStatus::Active)] {
            let facts = ProvisioningFacts { domain: None, ..facts };
            let refusal = decide(&connection(), &facts, &asserted()).expect_err("not reserved");
            assert_eq!(refusal.code(), "email-domain-not-reserved");
        }
    }

    #[test]
    fn domain_that_leads_to_another_connection_is_refused() {
        for leads_to in [None, ConnectionId::parse("c_head_office")] {
            for facts in [facts(), known(UserStatus::Active)] {
                let facts = ProvisioningFacts { domain: Some(leads_to.clone()), ..facts };
                let refusal = decide(&connection(), &facts, &asserted()).expect_err("elsewhere");
                assert_eq!(refusal.code(), "email-domain-routed-elsewhere");
            }
        }
    }

    #[test]
    fn no_account_is_made_where_jit_is_off() {
        let connection = Connection { jit: false, ..connection() };
        assert_eq!(decide(&connection, &facts(), &asserted()).expect_err("off").code(), "jit-off");
    }

    #[test]
    fn no_account_is_made_without_a_seat() {
        let facts = ProvisioningFacts { seat_free: false, ..facts() };
        assert_eq!(decide(&connection(), &facts, &asserted()).expect_err("full").code(), "no-seat");
    }

    #[test]
    fn changed_email_is_taken_over_where_it_is_free() {
        let mut facts = known(UserStatus::Active);
        facts.email_holder = None;
        facts.identity = Some(KnownIdentity {
            user: user("u_alice", UserStatus::Active, "a.maiden@acme.test"),
            pinned: None,
        });
        let account = decide(&connection(), &facts, &asserted()).expect("known");
        assert!(
            matches!(account.writes.as_slice(), [Write::UpdateProfile { email, .. }] if email.as_str() == "alice@acme.test")
        );
    }

    #[test]
    fn changed_email_of_another_account_is_refused() {
        let mut facts = known(UserStatus::Active);
        facts.email_holder = Some(holder("u_bob", UserStatus::Active, None));
        assert_eq!(decide(&connection(), &facts, &asserted()).expect_err("taken").code(), "email-in-use");
    }

    #[test]
    fn changed_name_is_taken_over_and_a_missing_one_is_not() {
        let married = AssertedIdentity { name: "Alice Married".into(), ..asserted() };
        let account = decide(&connection(), &known(UserStatus::Active), &married).expect("known");
        assert!(
            matches!(account.writes.as_slice(), [Write::UpdateProfile { name, .. }] if name == "Alice Married")
        );
        let nameless = AssertedIdentity { name: String::new(), ..asserted() };
        let account = decide(&connection(), &known(UserStatus::Active), &nameless).expect("known");
        assert!(account.writes.is_empty() && account.name == "Alice Example");
    }

    #[test]
    fn name_given_to_somebody_else_is_refused() {
        let connection = Connection { pinned_attribute: Some("oid".into()), ..connection() };
        let mut facts = known(UserStatus::Active);
        if let Some(identity) = &mut facts.identity {
            identity.pinned = Some("7".into());
        }
        let with =
            |pinned: Option<&str>| AssertedIdentity { pinned: pinned.map(str::to_owned), ..asserted() };
        assert!(decide(&connection, &facts, &with(Some("7"))).is_ok());
        for other in [Some("8"), Some("7 "), None] {
            let refusal = decide(&connection, &facts, &with(other)).expect_err("somebody else");
            assert_eq!(refusal.code(), "identity-changed");
        }
        // What was pinned stays compared when the connection no longer names an attribute.
        let unpinning = Connection { pinned_attribute: None, ..connection };
        assert_eq!(decide(&unpinning, &facts, &with(None)).expect_err("pinned").code(), "identity-changed");
    }

    #[test]
    fn pinned_attribute_configured_later_is_pinned_at_the_next_sign_in() {
        let connection = Connection { pinned_attribute: Some("oid".into()), ..connection() };
        let with = AssertedIdentity { pinned: Some("7".into()), ..asserted() };
        let account = decide(&connection, &known(UserStatus::Active), &with).expect("known");
        assert!(matches!(account.writes.as_slice(), [Write::PinIdentity { pinned, .. }] if pinned == "7"));
        assert!(account.guards.iter().any(|guard| matches!(guard, Guard::IdentityUnpinned { .. })));
    }
}
