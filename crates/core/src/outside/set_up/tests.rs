use core::time::Duration;

use super::{LinkFacts, NotAccepted, SetUpFacts, accept, begin};
use crate::address::Email;
use crate::admin::{AdminWrite, Privileges};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{TenantStatus, User, UserStatus};
use crate::id::{NodeId, RoleId, TenantId};
use crate::outside::{MOST, OutsideGuard, OutsideWrite, StretchedKey, Visit};
use crate::provisioning::tests::{NOW, user};
use crate::random::Token;
use crate::random::tests::Counter;
use crate::roles::RoleSource;

fn tenant() -> TenantId {
    TenantId::parse("t_acme").expect("id")
}

#[test]
fn the_first_run_is_the_deployers_and_over_for_good() {
    let open = SetUpFacts { is_open: true, tenant: None };
    let begun = SetUpFacts { tenant: Some((tenant(), "Acme".into())), ..open.clone() };
    let told = |facts: &SetUpFacts, is_right| {
        begin(facts, is_right, "Acme", NOW, &mut Counter(0)).map_err(|refusal| refusal.code())
    };
    let first = told(&open, true).expect("open");
    assert!(matches!(first.guards.as_slice(), [Guard::Outside(OutsideGuard::SetUp { tenant: None })]));
    let made = |decision: &Decision<Token>, wanted: fn(&Write) -> bool| decision.writes.iter().any(wanted);
    let is_tenant: fn(&Write) -> bool = |it| matches!(it, Write::Admin(AdminWrite::CreateTenant { .. }));
    let is_link: fn(&Write) -> bool = |it| matches!(it, Write::Outside(OutsideWrite::OfferLink { .. }));
    assert!(made(&first, is_tenant) && made(&first, is_link));
    // Gone on with: the same organisation, and another link.
    let again = told(&begun, true).expect("open");
    assert!(!made(&again, is_tenant) && made(&again, is_link));
    assert!(made(&again, |it| matches!(it, Write::Outside(OutsideWrite::EndSetUpTokens { .. }))));
    for (facts, is_right, expected) in [
        (&open, false, "set-up-secret-wrong"),
        (&begun, false, "set-up-secret-wrong"),
        (&SetUpFacts { is_open: false, ..open.clone() }, true, "set-up-closed"),
        (&SetUpFacts { is_open: false, ..begun.clone() }, true, "set-up-closed"),
        (&SetUpFacts { is_open: false, ..open.clone() }, false, "set-up-secret-wrong"),
    ] {
        assert_eq!(told(facts, is_right).err(), Some(expected), "{facts:?}");
    }
}

fn facts(of: Option<User>) -> LinkFacts {
    LinkFacts {
        tenant: tenant(),
        tenant_name: "Acme".into(),
        tenant_status: TenantStatus::Active,
        token: Token::generate(&mut Counter(5)).hash(),
        of,
        holds_all: true,
        known_email: None,
        defaults: vec![RoleId::parse("r_member").expect("id")],
        root: NodeId::parse("n_root").expect("id"),
        administrators: None,
        name_taken: false,
        seat_free: true,
        admins: 0,
        version: 3,
        expires_at: NOW.plus(Duration::from_millis(1)),
        is_used: false,
    }
}

fn taken(facts: &LinkFacts, email_taken: bool) -> Result<Decision<Token>, NotAccepted> {
    let email = Email::parse("ann@acme.test").expect("address");
    let browser = Token::generate(&mut Counter(1)).hash();
    let visit = Visit { email: &email, browser: &browser, network: "n", from: None };
    let key = StretchedKey([7; 32]);
    accept(facts, &visit, "Ann", email_taken, &key, NOW, &mut Counter(0))
}

#[test]
fn a_link_makes_the_first_admin_with_everything_at_the_root() {
    let decision = taken(&facts(None), false).expect("good");
    let role = decision.writes.iter().find_map(|write| match write {
        Write::Admin(AdminWrite::CreateRole { role, node, privileges, .. }) => {
            assert_eq!((node.as_str(), *privileges), ("n_root", Privileges::all()));
            Some(role.clone())
        }
        _ => None,
    });
    let given = decision.writes.iter().find_map(|write| match write {
        Write::AddRole { role, source: RoleSource::Direct, .. } => Some(role.clone()),
        _ => None,
    });
    assert!(role.is_some() && role == given);
    let wanted: [fn(&Write) -> bool; 7] = [
        |it| matches!(it, Write::CreateUser { .. }),
        |it| matches!(it, Write::OpenSession(_)),
        |it| matches!(it, Write::Outside(OutsideWrite::Put { .. })),
        |it| matches!(it, Write::Outside(OutsideWrite::UseLink { .. })),
        |it| matches!(it, Write::Outside(OutsideWrite::EndSetUpTokens { .. })),
        |it| matches!(it, Write::Outside(OutsideWrite::CloseSetUp { .. })),
        |it| matches!(it, Write::Outside(OutsideWrite::Renew { .. })),
    ];
    for wanted in wanted {
        assert!(decision.writes.iter().any(wanted));
    }
    let has_guard = |wanted: fn(&Guard) -> bool| decision.guards.iter().any(wanted);
    assert!(has_guard(|it| matches!(it, Guard::SeatFree { .. })));
    assert!(has_guard(|it| matches!(it, Guard::Outside(OutsideGuard::Unchanged { version: 3, .. }))));
    // Where there is such a role, they have that one.
    let there = RoleId::parse("r_all").expect("id");
    let known = LinkFacts { administrators: Some(there.clone()), ..facts(None) };
    let decision = taken(&known, false).expect("good");
    assert!(decision.writes.iter().any(|it| matches!(it, Write::AddRole { role, .. } if *role == there)));
    assert!(!decision.writes.iter().any(|it| matches!(it, Write::Admin(AdminWrite::CreateRole { .. }))));
    let called = |facts: &LinkFacts| {
        taken(facts, false).expect("good").writes.into_iter().find_map(|it| match it {
            Write::Admin(AdminWrite::CreateRole { name, .. }) => Some(name),
            _ => None,
        })
    };
    assert_eq!(called(&facts(None)).as_deref(), Some("Administrators"));
    assert_ne!(called(&LinkFacts { name_taken: true, ..facts(None) }).as_deref(), Some("Administrators"));
}

#[test]
fn a_link_is_good_once_in_time_and_for_whom_it_is() {
    let of = |status| Some(user("u_ann", status, "ann@acme.test"));
    let refused = |facts: &LinkFacts| match taken(facts, false) {
        Err(NotAccepted::Refused(refusal)) => Some(refusal.code()),
        _ => None,
    };
    for (facts, expected) in [
        (facts(None), None),
        (LinkFacts { is_used: true, ..facts(None) }, Some("set-up-link-over")),
        (LinkFacts { expires_at: NOW, ..facts(None) }, Some("set-up-link-over")),
        (LinkFacts { tenant_status: TenantStatus::Suspended, ..facts(None) }, Some("tenant-not-active")),
        (facts(of(UserStatus::Active)), None),
        (facts(of(UserStatus::Invited)), None),
        (LinkFacts { holds_all: false, ..facts(of(UserStatus::Active)) }, Some("set-up-link-over")),
        (LinkFacts { holds_all: false, ..facts(None) }, None),
        (facts(of(UserStatus::Locked)), Some("user-locked")),
        (facts(of(UserStatus::Deleted)), Some("user-deleted")),
    ] {
        assert_eq!(refused(&facts), expected, "{facts:?}");
    }
    let full = LinkFacts { admins: MOST, ..facts(of(UserStatus::Active)) };
    assert_eq!(taken(&full, false).err(), Some(NotAccepted::TooMany));
    // Whoever is one already sets another password, and stays who they are.
    let known = Email::parse("old@acme.test");
    let again = taken(&LinkFacts { known_email: known.clone(), ..full }, false).expect("good");
    assert!(again.writes.iter().any(
        |it| matches!(it, Write::Outside(OutsideWrite::Put { email, .. }) if Some(email) == known.as_ref())
    ));
    // What was open by the password before it ends, and only what begins now is open.
    let began = again.writes.iter().find_map(|it| match it {
        Write::OpenSession(new) => Some(new.at),
        _ => None,
    });
    assert!(began.is_some_and(|began| began > NOW));
    assert!(again.writes.iter().any(|it| matches!(it, Write::EndSessions { at, .. } if *at == NOW)));
    assert_eq!(taken(&facts(None), true).err(), Some(NotAccepted::EmailTaken));
    assert_eq!(taken(&LinkFacts { seat_free: false, ..facts(None) }, false).err(), Some(NotAccepted::NoSeat));
    let roles = |status| {
        let writes = taken(&facts(of(status)), false).expect("good").writes;
        writes.iter().filter(|it| matches!(it, Write::AddRole { .. })).count()
    };
    assert_eq!((roles(UserStatus::Active), roles(UserStatus::Invited)), (0, 1));
}
