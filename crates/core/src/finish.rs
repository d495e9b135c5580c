//! The finish of a sign-in: a verified response and what the database knows → a session, a question, or a refusal.

use core::mem;
use core::net::IpAddr;
use core::time::Duration;

use keyward_saml::{Request, Timestamp, Unanswered, VerifiedAssertion};

use crate::asserted::AssertedIdentity;
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, NewConfirmation, Write};
use crate::facts::{Connection, ConnectionStatus, TenantStatus, check_active};
use crate::id::{ConnectionId, UserId};
use crate::logout::IdpName;
use crate::provisioning::{Account, ProvisioningFacts, provision};
use crate::random::{Random, RequestId, Token, TokenHash};
use crate::refusal::Refusal;
use crate::return_to::ReturnTo;
use crate::session::{self, Opening, SessionFacts};

/// How long a person may think about "Continue as …?".
pub const CONFIRMATION_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A request that somebody's browser waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLogin {
    /// The AuthnRequest's ID.
    pub request: RequestId,
    /// Whose IdP it was sent to.
    pub connection: ConnectionId,
    /// The browser that waits.
    pub browser: TokenHash,
    /// Where it wants to go.
    pub return_to: ReturnTo,
    /// Whether the person chose the organisation on a page of ours; a tile's address is anybody's to send them to.
    pub asked: bool,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it was answered.
    pub is_consumed: bool,
    /// The session that the answer opened, while there is a row of it.
    pub session: Option<SessionFacts>,
}

/// All that the finish may look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFacts {
    /// The organisation, now.
    pub tenant_status: TenantStatus,
    /// The connection, now.
    pub status: ConnectionStatus,
    /// Its version, now.
    pub version: i64,
    /// The request that the response says it answers, where this tenant has it.
    pub pending: Option<PendingLogin>,
    /// Whether the assertion was used.
    pub assertion_consumed: bool,
    /// What provisioning looks at.
    pub provisioning: ProvisioningFacts,
    /// The account that this browser was last signed in to, as (id, e-mail).
    pub browser_account: Option<(UserId, String)>,
}

/// How a sign-in ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// The browser gets a session.
    SignedIn {
        /// The secret of it.
        token: Token,
        /// Where to go.
        return_to: ReturnTo,
        /// Whether the person was never here before.
        is_first: bool,
    },
    /// The response is that of a sign-in that this browser finished before, and is still signed in from.
    AlreadySignedIn {
        /// Where to go.
        return_to: ReturnTo,
    },
    /// Nobody asked for it, or it would replace another account and may be somebody else's doing: the person is asked.
    Confirm {
        /// The secret of the question.
        token: Token,
        /// Whose account it is.
        email: String,
        /// What they are called.
        name: String,
        /// The e-mail of the other account that this browser knows.
        other_account: Option<String>,
    },
}

/// What a browser posted to the ACS.
#[derive(Debug)]
pub struct Posted<'a> {
    /// The response, verified in every respect but whether somebody here asked for it.
    pub response: Unanswered,
    /// The browser; one that was new to us when it posted has asked for nothing.
    pub browser: &'a TokenHash,
    /// The RelayState that came along.
    pub relay_state: Option<&'a str>,
    /// The address that it came from.
    pub from: Option<IpAddr>,
}

/// Decides.
///
/// # Errors
/// The refusal; nothing but its record is then written.
pub fn finish(
    connection: &Connection,
    sp_entity_id: &str,
    facts: &LoginFacts,
    posted: Posted<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Login>, Refusal> {
    let Posted { response, browser, relay_state, from } = posted;
    check_active(facts.tenant_status, facts.status)?;
    let answered = match response.in_response_to() {
        None => None,
        Some(id) => match check_request(connection, facts.pending.as_ref(), id, browser, from, now)? {
            Standing::Finished(return_to) => {
                return Ok(Decision::unchanged(Login::AlreadySignedIn { return_to }));
            }
            Standing::Open(pending) => Some(pending),
        },
    };
    let assertion = match answered {
        Some(pending) => response.answering(Request::Answers(pending.request.as_str()))?,
        None => response.answering(Request::Unsolicited)?,
    };
    if facts.assertion_consumed {
        return Err(Refusal::Replay { assertion: assertion.id().to_owned() });
    }
    let asserted = AssertedIdentity::read(connection, sp_entity_id, &assertion)?;
    let mut account = provision(connection, &facts.provisioning, &asserted, now, rng)?;
    if !account.allowed.allow(from) {
        return Err(Refusal::AddressNotAllowed { user: account.existing() });
    }

    let tenant = &connection.tenant;
    let mut guards = vec![Guard::ConnectionUnchanged {
        tenant: tenant.clone(),
        connection: connection.id.clone(),
        version: connection.version,
    }];
    guards.append(&mut account.guards);
    let mut writes = mem::take(&mut account.writes);
    let mut audit = mem::take(&mut account.audit);
    writes.push(Write::ConsumeAssertion {
        tenant: tenant.clone(),
        issuer: assertion.issuer().to_owned(),
        assertion: assertion.id().to_owned(),
        at: now,
        expires_at: assertion.not_on_or_after().plus(connection.policy(now).clock_skew),
    });
    let other_account = facts.browser_account.as_ref().filter(|(user, _)| *user != account.user);
    let idp_name = IdpName::of(&assertion, connection, sp_entity_id);
    let arrival = Arrival { connection, browser, assertion: &assertion, account: &account, idp_name, now };
    let outcome = match answered {
        Some(pending) if pending.asked || other_account.is_none() => {
            let (login, opened, event) = arrival.open(pending, rng);
            writes.extend(opened);
            audit.push(event);
            login
        }
        _ => {
            let return_to = match answered {
                Some(pending) => pending.return_to.clone(),
                None => allowed_relay_state(connection, relay_state),
            };
            let (login, question) = arrival.ask(return_to, other_account.map(|(_, email)| email), rng);
            writes.push(question);
            login
        }
    };
    Ok(Decision { outcome, guards, writes, audit })
}

/// Somebody who may come in: what their session, or the question before it, is made of.
struct Arrival<'a> {
    connection: &'a Connection,
    browser: &'a TokenHash,
    assertion: &'a VerifiedAssertion,
    account: &'a Account,
    idp_name: Option<IdpName>,
    now: Timestamp,
}

impl Arrival<'_> {
    /// A session, which answers the request.
    fn open(&self, pending: &PendingLogin, rng: &mut dyn Random) -> (Login, [Write; 3], AuditEvent) {
        let Arrival { connection, browser, assertion, account, now, .. } = *self;
        let opening = Opening {
            tenant: &connection.tenant,
            connection: Some(&connection.id),
            user: &account.user,
            browser,
            session_index: assertion.session_index(),
            idp_name: self.idp_name.as_ref(),
            session_not_on_or_after: assertion.session_not_on_or_after(),
            created_user: account.created,
            previous_sign_in_at: account.previous_sign_in_at,
            // A clock of the IdP's that is ahead makes nobody fresh for longer.
            authenticated_at: Some(assertion.authn_instant().min(now)),
        };
        let (token, new) = session::open(&opening, now, rng);
        let (tenant, request) = (connection.tenant.clone(), pending.request.clone());
        let writes = [
            Write::OpenSession(new),
            Write::ConsumeRequest { tenant: tenant.clone(), request, session: token.hash(), at: now },
            Write::RecordSignIn { tenant, user: account.user.clone(), at: now },
        ];
        let event = AuditEvent::of_user(Event::Login, &account.user, &connection.scope(), now, rng);
        let is_first = account.previous_sign_in_at.is_none();
        (Login::SignedIn { token, return_to: pending.return_to.clone(), is_first }, writes, event)
    }

    /// A question on a page of ours, whose answer opens the session or does not.
    fn ask(
        self,
        return_to: ReturnTo,
        other_account: Option<&String>,
        rng: &mut dyn Random,
    ) -> (Login, Write) {
        let Arrival { connection, browser, assertion, account, idp_name, now } = self;
        let token = Token::generate(rng);
        let question = Write::CreateConfirmation(NewConfirmation {
            tenant: connection.tenant.clone(),
            token: token.hash(),
            browser: browser.clone(),
            connection: connection.id.clone(),
            connection_version: connection.version,
            user: account.user.clone(),
            created_user: account.created,
            session_index: assertion.session_index().map(str::to_owned),
            idp_name,
            session_not_on_or_after: assertion.session_not_on_or_after(),
            return_to,
            at: now,
            expires_at: now.plus(CONFIRMATION_LIFETIME),
        });
        let login = Login::Confirm {
            token,
            email: account.email.clone(),
            name: account.name.clone(),
            other_account: other_account.cloned(),
        };
        (login, question)
    }
}

enum Standing<'a> {
    Open(&'a PendingLogin),
    Finished(ReturnTo),
}

fn check_request<'a>(
    connection: &Connection,
    pending: Option<&'a PendingLogin>,
    in_response_to: &str,
    browser: &TokenHash,
    from: Option<IpAddr>,
    now: Timestamp,
) -> Result<Standing<'a>, Refusal> {
    let Some(pending) = pending.filter(|pending| pending.request.as_str() == in_response_to) else {
        return Err(Refusal::RequestUnknown { in_response_to: in_response_to.to_owned() });
    };
    if pending.connection != connection.id {
        return Err(Refusal::RequestOfAnotherConnection { connection: pending.connection.clone() });
    }
    if *browser != pending.browser {
        return Err(Refusal::RequestOfAnotherBrowser);
    }
    if pending.is_consumed {
        // Back, reload, a second click: the browser holds the session's cookie already.
        let still_in = pending.session.clone().is_some_and(|session| session.resume_held(from, now).is_ok());
        return if still_in {
            Ok(Standing::Finished(pending.return_to.clone()))
        } else {
            Err(Refusal::RequestUsed)
        };
    }
    if now >= pending.expires_at {
        return Err(Refusal::RequestExpired { expired_at: pending.expires_at, now });
    }
    Ok(Standing::Open(pending))
}

/// RelayState is the sender's to choose: of an unsolicited response it is honoured where an admin has listed the path.
fn allowed_relay_state(connection: &Connection, relay_state: Option<&str>) -> ReturnTo {
    relay_state
        .and_then(ReturnTo::parse)
        .filter(|path| connection.idp_initiated_paths.contains(path))
        .unwrap_or_else(ReturnTo::vault)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{PendingLogin, Standing, allowed_relay_state, check_request};
    use crate::facts::{Connection, ConnectionStatus, TenantStatus, check_active};
    use crate::id::ConnectionId;
    use crate::provisioning::tests::{NOW, connection};
    use crate::random::tests::Counter;
    use crate::random::{RequestId, Token, TokenHash};
    use crate::return_to::ReturnTo;
    use crate::session::tests::session;

    const MS: Duration = Duration::from_millis(1);

    fn browser() -> TokenHash {
        Token::generate(&mut Counter(50)).hash()
    }

    fn pending() -> PendingLogin {
        PendingLogin {
            request: RequestId::from_stored("_r".into()),
            connection: connection().id,
            browser: browser(),
            return_to: ReturnTo::parse("/vault/activity").expect("ours"),
            asked: true,
            expires_at: NOW.plus(MS),
            is_consumed: false,
            session: None,
        }
    }

    fn standing(
        pending: Option<&PendingLogin>,
        browser: &TokenHash,
    ) -> Result<Option<ReturnTo>, &'static str> {
        match check_request(&connection(), pending, "_r", browser, None, NOW) {
            Ok(Standing::Open(_)) => Ok(None),
            Ok(Standing::Finished(to)) => Ok(Some(to)),
            Err(refusal) => Err(refusal.code()),
        }
    }

    #[test]
    fn an_answer_is_for_the_browser_that_asked() {
        assert_eq!(standing(Some(&pending()), &browser()), Ok(None));
        let other = Token::generate(&mut Counter(51)).hash();
        assert_eq!(standing(Some(&pending()), &other), Err("request-browser"));
    }

    #[test]
    fn an_answer_is_to_a_request_that_is_pending_here() {
        assert_eq!(standing(None, &browser()), Err("request-unknown"));
        let another = PendingLogin { request: RequestId::from_stored("_s".into()), ..pending() };
        assert_eq!(standing(Some(&another), &browser()), Err("request-unknown"));
        let elsewhere = PendingLogin { connection: ConnectionId::parse("c_other").expect("id"), ..pending() };
        assert_eq!(standing(Some(&elsewhere), &browser()), Err("request-connection"));
        let late = PendingLogin { expires_at: NOW, ..pending() };
        assert_eq!(standing(Some(&late), &browser()), Err("request-expired"));
    }

    #[test]
    fn a_request_is_answered_once_and_a_reload_goes_where_it_led() {
        let used = PendingLogin { is_consumed: true, ..pending() };
        assert_eq!(standing(Some(&used), &browser()), Err("request-used"));
        let still_in = PendingLogin { session: Some(session()), ..used.clone() };
        assert_eq!(standing(Some(&still_in), &browser()), Ok(ReturnTo::parse("/vault/activity")));
        let other = Token::generate(&mut Counter(51)).hash();
        assert_eq!(standing(Some(&still_in), &other), Err("request-browser"));
        let mut signed_out = session();
        signed_out.revoked_at = Some(NOW);
        let out = PendingLogin { session: Some(signed_out), ..used };
        assert_eq!(standing(Some(&out), &browser()), Err("request-used"));
    }

    #[test]
    fn relay_state_leads_only_where_an_admin_said() {
        let listed = Connection {
            idp_initiated_paths: ReturnTo::parse("/vault/activity").into_iter().collect(),
            ..connection()
        };
        assert_eq!(allowed_relay_state(&listed, Some("/vault/activity")).as_str(), "/vault/activity");
        for other in [
            None,
            Some("/vault/other"),
            Some("//evil.test"),
            Some("https://evil.test/vault/activity"),
            Some(""),
        ] {
            assert_eq!(allowed_relay_state(&listed, other), ReturnTo::vault());
        }
        assert_eq!(allowed_relay_state(&connection(), Some("/vault/activity")), ReturnTo::vault());
    }

    #[test]
    fn nobody_signs_in_by_what_is_not_active() {
        assert!(check_active(TenantStatus::Active, ConnectionStatus::Active).is_ok());
        for (tenant, connection) in [
            (TenantStatus::Suspended, ConnectionStatus::Active),
            (TenantStatus::Deleted, ConnectionStatus::Active),
            (TenantStatus::Active, ConnectionStatus::Disabled),
            (TenantStatus::Active, ConnectionStatus::Draft),
        ] {
            assert!(check_active(tenant, connection).is_err());
        }
    }
}
