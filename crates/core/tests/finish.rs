//! The finish of a sign-in over responses that were really signed and really verified: what is opened, asked and refused.

#![expect(clippy::expect_used, reason = "a fixture that does not work should stop the test")]

use core::time::Duration;

use keyward_core::audit::Event;
use keyward_core::facts::{AttributeMapping, Connection, ConnectionStatus, SubjectSource, TenantStatus};
use keyward_core::id::{ConnectionId, NodeId, RoleId, TenantId, UserId};
use keyward_core::provisioning::ProvisioningFacts;
use keyward_core::{
    AssertedIdentity, Decision, Guard, Login, LoginFacts, PendingLogin, Posted, Random, Refusal, RequestId,
    ReturnTo, Token, TokenHash, Write, finish,
};
use keyward_saml::{Encoding, Request, ResponseInput, Timestamp, Unanswered, pure};
use keyward_testkit::{IDP, NOW, REQUEST, Response, SP, service_provider, trust};

struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

fn browser() -> TokenHash {
    Token::generate(&mut Counter(77)).hash()
}

fn connection() -> Connection {
    Connection {
        tenant: TenantId::parse("t_acme").expect("id"),
        id: ConnectionId::parse("c_acme").expect("id"),
        node: NodeId::parse("n_eng").expect("id"),
        version: 4,
        tenant_status: TenantStatus::Active,
        status: ConnectionStatus::Active,
        sso_name: None,
        jit: true,
        idp_initiated: false,
        idp_initiated_paths: ReturnTo::parse("/vault/activity").into_iter().collect(),
        idp_entity_id: IDP.into(),
        certificates: trust().certificates,
        subject_source: SubjectSource::NameId,
        pinned_attribute: None,
        groups_attribute: None,
        mapping: AttributeMapping { email: "Email".into(), first: None, last: None },
        allow_sha1_until: None,
        decryption_keys: 0,
        single_logout: None,
    }
}

fn facts() -> LoginFacts {
    LoginFacts {
        tenant_status: TenantStatus::Active,
        status: ConnectionStatus::Active,
        version: 4,
        pending: Some(PendingLogin {
            request: RequestId::from_stored(REQUEST.into()),
            connection: connection().id,
            browser: browser(),
            return_to: ReturnTo::parse("/vault/activity").expect("ours"),
            asked: true,
            expires_at: NOW.plus(Duration::from_secs(60)),
            is_consumed: false,
            session: None,
        }),
        assertion_consumed: false,
        provisioning: ProvisioningFacts {
            identity: None,
            email_holder: None,
            domain: Some(Some(connection().id)),
            default_roles: vec![RoleId::parse("r_member").expect("id")],
            group_roles: Vec::new(),
            held_roles: Vec::new(),
            seat_free: true,
            policies: Vec::new(),
            claim: None,
            email_holder_account: None,
        },
        browser_account: None,
    }
}

fn verified(connection: &Connection, response: &Response) -> Unanswered {
    let xml = response.xml();
    let input = ResponseInput {
        response: xml.as_bytes(),
        encoding: Encoding::Xml,
        now: NOW,
        idp: &connection.idp_trust(),
        sp: &service_provider(),
        request: Request::Later,
        policy: &connection.policy(NOW),
    };
    pure::verify_response(&input).expect("a good response")
}

fn decide(
    connection: &Connection,
    facts: &LoginFacts,
    response: &Response,
    relay_state: Option<&str>,
) -> Result<Decision<Login>, Refusal> {
    let posted =
        Posted { response: verified(connection, response), browser: &browser(), relay_state, from: None };
    finish(connection, SP, facts, posted, NOW, &mut Counter(0))
}

fn unsolicited() -> Response {
    Response { in_response_to: None, ..Response::default() }
}

fn open_to_tiles() -> Connection {
    Connection { idp_initiated: true, ..connection() }
}

#[test]
fn an_answered_request_opens_one_session_and_uses_everything_up() {
    let decision =
        decide(&connection(), &facts(), &Response::default(), Some("https://evil.test/")).expect("signed in");
    let Login::SignedIn { token, return_to, .. } = &decision.outcome else {
        panic!("{:?}", decision.outcome)
    };
    assert_eq!(
        return_to.as_str(),
        "/vault/activity",
        "the deep link that was asked for, whatever RelayState says"
    );
    let kinds: Vec<&str> = decision
        .writes
        .iter()
        .map(|write| match write {
            Write::CreateUser { .. } => "user",
            Write::CreateIdentity { .. } => "identity",
            Write::AddRole { .. } => "role",
            Write::ConsumeAssertion { .. } => "assertion",
            Write::OpenSession(_) => "session",
            Write::ConsumeRequest { .. } => "request",
            Write::RecordSignIn { .. } => "sign-in",
            _ => "other",
        })
        .collect();
    // In an order that every foreign key is satisfied by.
    assert_eq!(kinds, ["user", "identity", "role", "assertion", "session", "request", "sign-in"]);
    let session = decision.writes.iter().find_map(|write| match write {
        Write::OpenSession(session) => Some(session),
        _ => None,
    });
    let session = session.expect("a session");
    assert_eq!((&session.token, &session.browser), (&token.hash(), &browser()));
    assert_eq!((session.created_user, session.session_index.as_deref()), (true, Some("_session")));
    assert!(decision.guards.contains(&Guard::ConnectionUnchanged {
        tenant: connection().tenant,
        connection: connection().id,
        version: 4
    }));
    let events: Vec<Event> = decision.audit.iter().map(|event| event.event).collect();
    assert_eq!(events, [Event::AutoInviteUser, Event::CreateUser, Event::AddedToRole, Event::Login]);
}

#[test]
fn replay_is_remembered_for_as_long_as_the_assertion_could_be_presented() {
    let decision = decide(&connection(), &facts(), &Response::default(), None).expect("signed in");
    let until = decision.writes.iter().find_map(|write| match write {
        Write::ConsumeAssertion { expires_at, .. } => Some(*expires_at),
        _ => None,
    });
    assert!(until.expect("consumed") >= NOW.plus(Duration::from_secs(300 + 90)));
}

#[test]
fn a_used_assertion_is_refused_for_whichever_request() {
    let used = LoginFacts { assertion_consumed: true, ..facts() };
    assert_eq!(
        decide(&connection(), &used, &Response::default(), None).expect_err("replay").code(),
        "replay"
    );
    assert_eq!(decide(&open_to_tiles(), &used, &unsolicited(), None).expect_err("replay").code(), "replay");
}

#[test]
fn what_was_closed_is_refused_whatever_the_isolate_remembers() {
    let disabled = LoginFacts { status: ConnectionStatus::Disabled, ..facts() };
    let refusal = decide(&connection(), &disabled, &Response::default(), None).expect_err("closed");
    assert_eq!(refusal.code(), "connection-not-active");
    let suspended = LoginFacts { tenant_status: TenantStatus::Suspended, ..facts() };
    let refusal = decide(&connection(), &suspended, &Response::default(), None).expect_err("closed");
    assert_eq!(refusal.code(), "tenant-not-active");
}

#[test]
fn a_request_that_is_not_pending_is_refused() {
    let unknown = LoginFacts { pending: None, ..facts() };
    let refusal = decide(&connection(), &unknown, &Response::default(), None).expect_err("nobody asked");
    assert_eq!(refusal.code(), "request-unknown");
    // Also where the connection takes unsolicited responses: this one says that it answers something.
    let refusal = decide(&open_to_tiles(), &unknown, &Response::default(), None).expect_err("nobody asked");
    assert_eq!(refusal.code(), "request-unknown");
}

#[test]
fn an_unsolicited_response_is_refused_unless_the_connection_takes_them() {
    let refusal = decide(&connection(), &facts(), &unsolicited(), None).expect_err("off");
    assert_eq!(refusal.code(), "unsolicited");
    assert!(refusal.to_string().contains("start address"), "the admin is told the other way");
}

#[test]
fn an_unsolicited_response_asks_and_opens_nothing() {
    let decision =
        decide(&open_to_tiles(), &facts(), &unsolicited(), Some("/vault/activity")).expect("asked");
    let Login::Confirm { email, other_account, .. } = &decision.outcome else {
        panic!("{:?}", decision.outcome)
    };
    assert_eq!((email.as_str(), other_account), ("alice@acme.test", &None));
    assert!(
        !decision
            .writes
            .iter()
            .any(|write| matches!(write, Write::OpenSession(_) | Write::ConsumeRequest { .. }))
    );
    assert!(decision.writes.iter().any(|write| matches!(write, Write::ConsumeAssertion { .. })));
    let confirmation = decision.writes.iter().find_map(|write| match write {
        Write::CreateConfirmation(confirmation) => Some(confirmation),
        _ => None,
    });
    let confirmation = confirmation.expect("a question");
    assert_eq!((&confirmation.browser, confirmation.return_to.as_str()), (&browser(), "/vault/activity"));
    assert!(!decision.audit.iter().any(|event| event.event == Event::Login));
}

#[test]
fn the_question_warns_of_another_account_and_not_of_the_same() {
    let other = Some((UserId::parse("u_bob").expect("id"), "bob@acme.test".to_owned()));
    let knows_bob = LoginFacts { browser_account: other, ..facts() };
    let decision = decide(&open_to_tiles(), &knows_bob, &unsolicited(), None).expect("asked");
    assert!(
        matches!(decision.outcome, Login::Confirm { other_account: Some(email), .. } if email == "bob@acme.test")
    );
}

#[test]
fn a_tile_replaces_another_account_of_the_browser_only_when_the_person_says_so() {
    let by_tile = |browser_account: Option<(UserId, String)>| {
        let mut facts = LoginFacts { browser_account, ..facts() };
        if let Some(pending) = &mut facts.pending {
            pending.asked = false;
        }
        decide(&connection(), &facts, &Response::default(), Some("/vault")).expect("good")
    };
    let asked = by_tile(Some((UserId::parse("u_bob").expect("id"), "bob@acme.test".to_owned())));
    assert!(
        matches!(asked.outcome, Login::Confirm { other_account: Some(email), .. } if email == "bob@acme.test")
    );
    assert!(!asked.writes.iter().any(|write| matches!(write, Write::OpenSession(_))));
    let question = asked.writes.iter().find_map(|write| match write {
        Write::CreateConfirmation(confirmation) => Some(confirmation),
        _ => None,
    });
    assert_eq!(question.expect("a question").return_to.as_str(), "/vault/activity", "what was asked for");
    assert!(matches!(by_tile(None).outcome, Login::SignedIn { .. }));
}

#[test]
fn a_session_has_an_absolute_end() {
    let decision = decide(&connection(), &facts(), &Response::default(), None).expect("signed in");
    let ends: Vec<Timestamp> = decision
        .writes
        .iter()
        .filter_map(|write| match write {
            Write::OpenSession(session) => Some(session.expires_at),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [NOW.plus(keyward_core::session::LONGEST)]);
}

#[test]
fn a_clock_of_the_provider_that_is_ahead_makes_nobody_fresh_for_longer() {
    for (ahead, expected) in [(60, NOW), (0, NOW)] {
        let issued = NOW.plus(Duration::from_secs(ahead));
        let response = Response { issued, ..Response::default() };
        let decision = decide(&connection(), &facts(), &response, None).expect("signed in");
        let fresh: Vec<Option<Timestamp>> = decision
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::OpenSession(session) => Some(session.authenticated_at),
                _ => None,
            })
            .collect();
        assert_eq!(fresh, [Some(expected)], "{ahead} s ahead");
    }
    let response = Response { authn_age: 600, ..Response::default() };
    let decision = decide(&connection(), &facts(), &response, None).expect("signed in");
    let is_kept = decision.writes.iter().any(|write| {
        matches!(write, Write::OpenSession(session) if session.authenticated_at == Some(NOW.minus(Duration::from_secs(600))))
    });
    assert!(is_kept, "when they signed in there is what counts");
}

#[test]
fn the_identity_is_read_from_the_verified_assertion() {
    let connection = connection();
    let response = verified(&connection, &Response { name_id: "bob".into(), ..Response::default() });
    let asserted = AssertedIdentity::read(&connection, SP, response.assertion()).expect("complete");
    assert_eq!(asserted.email().as_str(), "bob@acme.test");
    assert!(asserted.subject().as_str().ends_with("\"bob\"]"));
}
