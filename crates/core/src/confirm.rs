//! The answer to "Continue as …?": an unsolicited response becomes a session only here.

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{ConnectionStatus, TenantStatus, User, UserStatus, check_active};
use crate::id::{ConnectionId, TenantId};
use crate::logout::IdpName;
use crate::random::{Random, Token, TokenHash};
use crate::refusal::Refusal;
use crate::return_to::ReturnTo;
use crate::session::{self, Opening};

/// A question that a browser was asked, and what its answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationFacts {
    /// Whose it is.
    pub tenant: TenantId,
    /// The organisation.
    pub tenant_status: TenantStatus,
    /// The hash of its token.
    pub token: TokenHash,
    /// The browser that was asked.
    pub browser: TokenHash,
    /// The connection it came by.
    pub connection: ConnectionId,
    /// What that is.
    pub connection_status: ConnectionStatus,
    /// Its version.
    pub connection_version: i64,
    /// The version that the response was judged by.
    pub judged_version: i64,
    /// Whose account.
    pub user: User,
    /// Whether the domain of the account's e-mail is still reserved and leads to the connection.
    pub domain_routes: bool,
    /// Whether the response made the account.
    pub created_user: bool,
    /// The IdP's name for its session.
    pub session_index: Option<String>,
    /// The IdP's name for the person.
    pub idp_name: Option<IdpName>,
    /// The IdP's limit for the session.
    pub session_not_on_or_after: Option<Timestamp>,
    /// Where to go.
    pub return_to: ReturnTo,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
    /// Whether it was answered.
    pub is_consumed: bool,
    /// Whether sessions such as it would open were ended since it was asked.
    pub is_ended: bool,
}

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// "Continue."
    Continue,
    /// "Not me."
    Decline,
}

/// How it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The browser gets a session.
    SignedIn {
        /// The secret of it.
        token: Token,
        /// Where to go.
        return_to: ReturnTo,
        /// Whether the person was never here before.
        is_first: bool,
    },
    /// It does not.
    Declined,
}

impl ConfirmationFacts {
    /// Where events of this confirmation are written down.
    pub fn scope(&self) -> Scope {
        Scope {
            tenant: Some(self.tenant.clone()),
            connection: Some(self.connection.clone()),
            node: Some(self.user.node.clone()),
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// The refusal; nothing but its record is then written.
    pub fn answer(
        &self,
        answer: Answer,
        browser: Option<&TokenHash>,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Result<Decision<Confirmed>, Refusal> {
        let browser =
            browser.filter(|browser| **browser == self.browser).ok_or(Refusal::ConfirmationUnknown)?;
        if self.is_consumed {
            return Err(Refusal::ConfirmationUsed);
        }
        if now >= self.expires_at || self.session_not_on_or_after.is_some_and(|limit| now >= limit) {
            return Err(Refusal::ConfirmationExpired { expired_at: self.expires_at, now });
        }
        let consume = |session| Write::ConsumeConfirmation {
            tenant: self.tenant.clone(),
            token: self.token.clone(),
            session,
            at: now,
        };
        if answer == Answer::Decline {
            return Ok(Decision { writes: vec![consume(None)], ..Decision::unchanged(Confirmed::Declined) });
        }
        check_active(self.tenant_status, self.connection_status)?;
        if self.judged_version != self.connection_version || self.is_ended {
            return Err(Refusal::ConfirmationOutdated);
        }
        let domain = self.user.email.domain();
        if !self.domain_routes {
            return Err(Refusal::EmailDomainNotReserved { domain: domain.clone() });
        }
        match self.user.status {
            UserStatus::Active => {}
            UserStatus::Deleted => return Err(Refusal::UserDeleted { user: self.user.id.clone() }),
            UserStatus::Locked | UserStatus::Invited => {
                return Err(Refusal::UserLocked { user: self.user.id.clone() });
            }
        }
        let opening = Opening {
            tenant: &self.tenant,
            connection: Some(&self.connection),
            user: &self.user.id,
            browser,
            session_index: self.session_index.as_deref(),
            idp_name: self.idp_name.as_ref(),
            session_not_on_or_after: self.session_not_on_or_after,
            created_user: self.created_user,
            previous_sign_in_at: self.user.last_sign_in_at,
            // It was not kept with the question; who has to be fresh signs in again.
            authenticated_at: None,
        };
        let (token, new) = session::open(&opening, now, rng);
        Ok(Decision {
            guards: vec![
                Guard::ConnectionUnchanged {
                    tenant: self.tenant.clone(),
                    connection: self.connection.clone(),
                    version: self.connection_version,
                },
                Guard::UserUnchanged {
                    tenant: self.tenant.clone(),
                    user: self.user.id.clone(),
                    version: self.user.version,
                },
                Guard::ConfirmationStands { tenant: self.tenant.clone(), token: self.token.clone() },
                Guard::DomainRoutes {
                    tenant: self.tenant.clone(),
                    domain: domain.clone(),
                    connection: self.connection.clone(),
                },
            ],
            writes: vec![
                Write::OpenSession(new),
                consume(Some(token.hash())),
                Write::RecordSignIn { tenant: self.tenant.clone(), user: self.user.id.clone(), at: now },
            ],
            audit: vec![AuditEvent::of_user(Event::Login, &self.user.id, &self.scope(), now, rng)],
            outcome: Confirmed::SignedIn {
                token,
                return_to: self.return_to.clone(),
                is_first: self.user.last_sign_in_at.is_none(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{Answer, ConfirmationFacts, Confirmed};
    use crate::decision::Write;
    use crate::facts::{ConnectionStatus, TenantStatus, UserStatus};
    use crate::provisioning::tests::{NOW, connection, user};
    use crate::random::Token;
    use crate::random::tests::Counter;
    use crate::return_to::ReturnTo;

    fn facts() -> ConfirmationFacts {
        ConfirmationFacts {
            tenant: connection().tenant,
            tenant_status: TenantStatus::Active,
            token: Token::generate(&mut Counter(1)).hash(),
            browser: Token::generate(&mut Counter(2)).hash(),
            connection: connection().id,
            connection_status: ConnectionStatus::Active,
            connection_version: 3,
            judged_version: 3,
            user: user("u_alice", UserStatus::Active, "alice@acme.test"),
            domain_routes: true,
            created_user: true,
            session_index: None,
            idp_name: None,
            session_not_on_or_after: None,
            return_to: ReturnTo::vault(),
            expires_at: NOW.plus(Duration::from_millis(1)),
            is_consumed: false,
            is_ended: false,
        }
    }

    fn code(facts: &ConfirmationFacts) -> &'static str {
        facts
            .answer(Answer::Continue, Some(&facts.browser), NOW, &mut Counter(9))
            .expect_err("refused")
            .code()
    }

    #[test]
    fn the_browser_that_was_asked_may_continue() {
        let facts = facts();
        let decision =
            facts.answer(Answer::Continue, Some(&facts.browser), NOW, &mut Counter(9)).expect("fresh");
        assert!(matches!(decision.outcome, Confirmed::SignedIn { .. }));
        assert!(matches!(
            decision.writes.as_slice(),
            [
                Write::OpenSession(_),
                Write::ConsumeConfirmation { session: Some(_), .. },
                Write::RecordSignIn { .. }
            ]
        ));
        assert_eq!(decision.guards.len(), 4);
    }

    #[test]
    fn declining_uses_the_question_up_and_opens_nothing() {
        let facts = facts();
        let decision =
            facts.answer(Answer::Decline, Some(&facts.browser), NOW, &mut Counter(9)).expect("fresh");
        assert_eq!(decision.outcome, Confirmed::Declined);
        assert!(matches!(decision.writes.as_slice(), [Write::ConsumeConfirmation { session: None, .. }]));
    }

    #[test]
    fn another_browser_may_not_answer() {
        let facts = facts();
        let other = Token::generate(&mut Counter(3)).hash();
        for browser in [None, Some(&other)] {
            let refusal =
                facts.answer(Answer::Continue, browser, NOW, &mut Counter(9)).expect_err("not asked");
            assert_eq!(refusal.code(), "confirmation-unknown");
        }
    }

    #[test]
    fn a_question_is_answered_once_and_in_time() {
        assert_eq!(code(&ConfirmationFacts { is_consumed: true, ..facts() }), "confirmation-used");
        assert_eq!(code(&ConfirmationFacts { expires_at: NOW, ..facts() }), "confirmation-expired");
        assert_eq!(
            code(&ConfirmationFacts { session_not_on_or_after: Some(NOW), ..facts() }),
            "confirmation-expired"
        );
    }

    #[test]
    fn what_was_closed_meanwhile_stays_closed() {
        assert_eq!(
            code(&ConfirmationFacts { tenant_status: TenantStatus::Suspended, ..facts() }),
            "tenant-not-active"
        );
        let disabled = ConfirmationFacts { connection_status: ConnectionStatus::Disabled, ..facts() };
        assert_eq!(code(&disabled), "connection-not-active");
        assert_eq!(code(&ConfirmationFacts { judged_version: 2, ..facts() }), "confirmation-outdated");
        assert_eq!(code(&ConfirmationFacts { is_ended: true, ..facts() }), "confirmation-outdated");
        assert_eq!(code(&ConfirmationFacts { domain_routes: false, ..facts() }), "email-domain-not-reserved");
        let with = |status| ConfirmationFacts { user: user("u_alice", status, "alice@acme.test"), ..facts() };
        assert_eq!(code(&with(UserStatus::Locked)), "user-locked");
        assert_eq!(code(&with(UserStatus::Deleted)), "user-deleted");
    }
}
