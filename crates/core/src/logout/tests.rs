use keyward_saml::logout::{LogoutOutcome, LogoutRequest, LogoutResponse};
use keyward_saml::{NameId, StatusCode};
use serde_json::{Value as Json, json};

use super::{
    Asked, AtIdp, Body, Extent, IdpName, LogoutFacts, LogoutRefusal, LogoutService, NamedSession,
    PendingLogout, SESSIONS, SessionAtIdp, follow, refused, take_answer,
};
use crate::decision::Write;
use crate::face::Face;
use crate::facts::{Binding, Connection, ConnectionStatus, SsoUrl, TenantStatus};
use crate::id::{ConnectionId, UserId};
use crate::provisioning::tests::{NOW, connection};
use crate::random::tests::Counter;
use crate::random::{Token, TokenHash};
use crate::refusal::Refusal;
use crate::saml_log::{MessageKind, Stage};
use crate::session::SessionFacts;

const ORIGIN: &str = "https://keyward.test";

fn url(text: &str) -> SsoUrl {
    SsoUrl::parse(text).expect("url")
}

fn service() -> LogoutService {
    LogoutService {
        url: url("https://idp.test/slo"),
        response_url: url("https://idp.test/slo/answer"),
        binding: Binding::Redirect,
    }
}

fn with_logout() -> Connection {
    Connection { single_logout: Some(service()), ..connection() }
}

fn name(format: Option<&str>) -> NameId {
    let format = format.map(str::to_owned);
    NameId { value: "alice".into(), format, name_qualifier: None, sp_name_qualifier: None }
}

fn asked(session_indexes: &[&str]) -> LogoutRequest {
    LogoutRequest {
        id: "_theirs".into(),
        name_id: name(None),
        session_indexes: session_indexes.iter().map(|index| (*index).to_owned()).collect(),
        not_on_or_after: NOW,
        relay_state: Some("state".into()),
    }
}

fn hash(seed: u8) -> TokenHash {
    Token::generate(&mut Counter(seed)).hash()
}

fn session(seed: u8, index: Option<&str>, is_named: bool) -> NamedSession {
    let user = UserId::parse(if is_named { "u_alice" } else { "u_bob" }).expect("id");
    NamedSession { token: hash(seed), user, session_index: index.map(str::to_owned), is_named }
}

fn facts<T>(of: T) -> LogoutFacts<T> {
    LogoutFacts { tenant_status: TenantStatus::Active, status: ConnectionStatus::Active, version: 3, of }
}

/// What is told, and which sessions end.
fn followed(indexes: &[&str], sessions: &[NamedSession]) -> (LogoutOutcome, Vec<TokenHash>) {
    let facts = facts(Asked { is_consumed: false, sessions: sessions.to_vec() });
    let decision =
        follow(&with_logout(), ORIGIN, &facts, &asked(indexes), NOW, &mut Counter(0)).expect("followed");
    let Body::Response { outcome, .. } = decision.outcome.body else { panic!("a response") };
    assert_eq!(decision.outcome.to.as_str(), "https://idp.test/slo/answer");
    let ended = decision.writes.iter().filter_map(|write| match write {
        Write::RevokeSession { token, .. } => Some(token.clone()),
        _ => None,
    });
    (outcome, ended.collect())
}

#[test]
fn whose_sessions_an_idp_ends() {
    for row in crate::vectors::rows(include_str!("../../../../tests/vectors/decisions/logout.json")) {
        let connection = Connection { single_logout: (row["off"] != true).then(service), ..connection() };
        let its = |name: &Json| hash(name.as_str().expect("name").as_bytes()[0]);
        let found = row["sessions"].as_array().expect("sessions");
        let named =
            |it: &Json| NamedSession { token: its(&it[0]), ..session(0, it[1].as_str(), it[2] == true) };
        let facts = LogoutFacts {
            tenant_status: row["tenantStatus"]
                .as_str()
                .map_or(TenantStatus::Active, |it| TenantStatus::parse(it).expect("status")),
            status: row["connectionStatus"]
                .as_str()
                .map_or(ConnectionStatus::Active, |it| ConnectionStatus::parse(it).expect("status")),
            version: 3,
            of: Asked { is_consumed: row["consumed"] == true, sessions: found.iter().map(named).collect() },
        };
        let indexes: Vec<&str> =
            row["indexes"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let request = asked(&indexes);
        let decided = match follow(&connection, ORIGIN, &facts, &request, NOW, &mut Counter(0)) {
            Err(refusal) => json!(refusal.code()),
            Ok(decision) => {
                let Body::Response { outcome, .. } = decision.outcome.body else { panic!("a response") };
                let told = match outcome {
                    LogoutOutcome::Success => "success",
                    LogoutOutcome::Partial => "partial",
                    LogoutOutcome::Refused => "refused",
                };
                let is_ended = |name: &&Json| {
                    let hash = its(name);
                    decision
                        .writes
                        .iter()
                        .any(|it| matches!(it, Write::RevokeSession { token, .. } if *token == hash))
                };
                let ends: Vec<&Json> = found.iter().map(|it| &it[0]).filter(is_ended).collect();
                json!([told, ends])
            }
        };
        let expected = row.get("refused").cloned().unwrap_or_else(|| json!([row["told"], row["ends"]]));
        assert_eq!(decided, expected, "{}", row["row"]);
    }
}

#[test]
fn more_than_anybody_has_is_said_not_to_be_all() {
    let many = |count: usize| vec![session(1, None, true); count];
    assert_eq!(followed(&[], &many(SESSIONS)).0, LogoutOutcome::Success);
    let (outcome, ended) = followed(&[], &many(SESSIONS + 1));
    assert_eq!((outcome, ended.len()), (LogoutOutcome::Partial, SESSIONS));
}

#[test]
fn our_session_ends_and_the_idp_is_told_where_it_wants_to_be() {
    let at_idp = || SessionAtIdp {
        idp_name: "Okta".into(),
        service: service(),
        name_id: name(Some("urn:f")),
        session_index: Some("s-1".into()),
    };
    let session = crate::session::tests::session();
    let leave = |session: &SessionFacts, extent, at_idp| {
        session.leave(extent, at_idp, ORIGIN, &hash(7), NOW, &mut Counter(0))
    };
    let told = leave(&session, Extent::This, Some(at_idp()));
    assert!(matches!(told.writes.as_slice(), [Write::RevokeSession { .. }, Write::AwaitLogout { .. }]));
    let index = |outcome: Option<super::Outgoing>| match outcome.map(|outgoing| outgoing.body) {
        Some(Body::Request { session_index, .. }) => Some(session_index),
        _ => None,
    };
    assert_eq!(index(told.outcome), Some(Some("s-1".to_owned())));
    assert_eq!(index(leave(&session, Extent::Everywhere, Some(at_idp())).outcome), Some(None));
    assert_eq!(index(leave(&session, Extent::This, None).outcome), None);
    let over = SessionFacts { revoked_at: Some(NOW), ..session };
    let nothing = leave(&over, Extent::Everywhere, Some(at_idp()));
    assert!(nothing.outcome.is_none() && nothing.writes.is_empty());
}

#[test]
fn an_answer_is_of_this_connection_this_browser_in_time_and_once() {
    let pending = || PendingLogout {
        connection: connection().id,
        browser: hash(7),
        expires_at: NOW.plus(core::time::Duration::from_millis(1)),
        is_consumed: false,
    };
    let response = |status| LogoutResponse { in_response_to: "_ours".into(), status, relay_state: None };
    let take = |pending: Option<PendingLogout>, browser: Option<u8>, status| {
        let browser = browser.map(hash);
        take_answer(
            &with_logout(),
            &facts(pending),
            &response(status),
            browser.as_ref(),
            NOW,
            &mut Counter(0),
        )
        .map(|decision| (decision.outcome, decision.audit.len()))
        .map_err(|refusal| refusal.code())
    };
    assert_eq!(take(Some(pending()), Some(7), None), Ok((AtIdp::Ended, 0)));
    let partial = StatusCode { top: "Success".into(), second: Some("PartialLogout".into()), message: None };
    assert_eq!(take(Some(pending()), Some(7), Some(partial)), Ok((AtIdp::NotAll, 1)));
    assert_eq!(take(None, Some(7), None), Err("logout-answer-unknown"));
    let elsewhere = ConnectionId::parse("c_other").expect("id");
    let of = PendingLogout { connection: elsewhere, ..pending() };
    assert_eq!(take(Some(of), Some(7), None), Err("logout-answer-unknown"));
    for browser in [None, Some(8)] {
        assert_eq!(take(Some(pending()), browser, None), Err("logout-answer-browser"));
    }
    let used = PendingLogout { is_consumed: true, ..pending() };
    assert_eq!(take(Some(used), Some(7), None), Err("logout-answer-used"));
    let late = PendingLogout { expires_at: NOW, ..pending() };
    assert_eq!(take(Some(late), Some(7), None), Err("logout-answer-expired"));
}

#[test]
fn whoever_waits_for_an_answer_that_is_not_taken_was_signed_out_here() {
    let soon = NOW.plus(core::time::Duration::from_millis(1));
    let pending = |expires_at, is_consumed| {
        Some(PendingLogout { connection: connection().id, browser: hash(7), expires_at, is_consumed })
    };
    let unsigned = || Refusal::from(LogoutRefusal::Saml(keyward_saml::Refusal::SignatureMissing));
    let unknown = || Refusal::from(LogoutRefusal::AnswerUnknown);
    let paused = || Refusal::TenantNotActive { status: TenantStatus::Suspended };
    let (request, response) = (MessageKind::LogoutRequest, MessageKind::LogoutResponse);
    for (refusal, kind, awaited, face) in [
        (unsigned(), response, pending(soon, false), Face::SignedOutHere),
        (unknown(), response, pending(soon, false), Face::SignedOutHere),
        (unsigned(), response, pending(soon, true), Face::SignOutNotFinished),
        (unsigned(), response, pending(NOW, false), Face::SignOutNotFinished),
        (unsigned(), response, None, Face::SignOutNotFinished),
        (unsigned(), request, pending(soon, false), Face::SignOutNotFinished),
        (paused(), response, pending(soon, false), Face::OrganisationPaused),
    ] {
        let told = refused(refusal.clone(), kind, awaited.as_ref(), NOW);
        assert_eq!(told.face(), face, "{refusal} {kind:?} {awaited:?}");
        // Why, and of which check, is the same for the admin.
        let why = |refusal: &Refusal| (refusal.code(), refusal.to_string(), Stage::of(refusal));
        assert_eq!(why(&told), why(&refusal));
    }
}

#[test]
fn a_name_reads_back_as_it_was_sent() {
    let sent = NameId { sp_name_qualifier: Some("q\"".into()), ..name(Some("urn:f")) };
    let stored = IdpName::new(&sent, "idp", "sp").expect("short");
    assert_eq!(IdpName::from_stored(&stored.sent(), stored.key().to_owned()), Some(stored.clone()));
    assert_eq!(stored.sent, sent);
    let spelt = NameId { name_qualifier: Some("idp".into()), ..sent.clone() };
    assert_eq!(IdpName::new(&spelt, "idp", "sp").expect("short").key(), stored.key());
    assert_eq!(IdpName::new(&NameId { value: "x".repeat(1025), ..sent }, "idp", "sp"), None);
}
