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
        default_roles: vec![RoleId::parse("r_member").expect("id"), RoleId::parse("r_staff").expect("id")],
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
        assert_eq!(code(ProvisioningFacts { claim: Some(used), ..with(status) }, &asserted()), "claim-over");
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
    assert_eq!(events, [Event::AutoInviteUser, Event::CreateUser, Event::AddedToRole, Event::AddedToRole]);
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
    facts.identity =
        Some(KnownIdentity { user: user("u_alice", UserStatus::Active, "a.maiden@acme.test"), pinned: None });
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
    let with = |pinned: Option<&str>| AssertedIdentity { pinned: pinned.map(str::to_owned), ..asserted() };
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
