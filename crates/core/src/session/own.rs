//! A person's own sessions: which are open, and ending those that are not this one.

use keyward_saml::Timestamp;

use super::{SessionFacts, SessionsOf, end_all};
use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Write};
use crate::random::{Random, TokenHash};
use crate::two_factor::FactorWrite;

/// One of a person's sessions that nobody has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// The hash of its token: what it is called by.
    pub token: TokenHash,
    /// The browser that it is in.
    pub browser: TokenHash,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used.
    pub last_seen_at: Timestamp,
    /// The address that it was opened from; `None` where none is known.
    pub ip: Option<String>,
    /// And the browser, as it called itself.
    pub user_agent: Option<String>,
}

impl SessionFacts {
    /// Those of the person's sessions that policies let go on: this one first, then by when they were used.
    pub fn open_sessions(&self, mut all: Vec<OwnSession>, now: Timestamp) -> Vec<OwnSession> {
        let limits = self.limits;
        all.retain(|it| {
            now < it.created_at.plus(limits.longest) && now < it.last_seen_at.plus(limits.idle + limits.grace)
        });
        all.sort_by_key(|it| (it.token != self.token, core::cmp::Reverse(it.last_seen_at)));
        all
    }

    /// Ends another of the person's sessions, `all` being those that they have. What is none of them, or is this one (which ends
    /// by signing out), changes nothing. The browser that it is in is asked for a second factor again.
    pub fn end_other(
        &self,
        all: &[OwnSession],
        which: &TokenHash,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Decision<()> {
        let mut decision = Decision::unchanged(());
        let Some(its) = all.iter().find(|it| it.token == *which && it.token != self.token) else {
            return decision;
        };
        decision.writes.push(Write::RevokeSession {
            tenant: self.tenant.clone(),
            token: its.token.clone(),
            at: now,
        });
        if its.browser != self.browser {
            decision.writes.push(Write::Factor(FactorWrite::ForgetBrowser {
                tenant: self.tenant.clone(),
                user: self.user.id.clone(),
                browser: its.browser.clone(),
            }));
        }
        decision.audit.push(self.ended("In one browser, from another one.", now, rng));
        decision
    }

    /// Ends all of the person's sessions but this one, and has every other browser asked for a second factor again.
    pub fn end_others(&self, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
        let mut decision = Decision::unchanged(());
        let of = SessionsOf::Others { user: self.user.id.clone(), than: self.token.clone() };
        decision.writes.push(end_all(&self.tenant, of, now));
        decision.writes.push(Write::Factor(FactorWrite::ForgetOtherBrowsers {
            tenant: self.tenant.clone(),
            user: self.user.id.clone(),
            browser: self.browser.clone(),
        }));
        decision.audit.push(self.ended("In all other browsers.", now, rng));
        decision
    }

    fn ended(&self, detail: &str, now: Timestamp, rng: &mut dyn Random) -> AuditEvent {
        let mut event = AuditEvent::of_user(Event::Logout, &self.user.id, &self.scope(), now, rng);
        event.detail = detail.to_owned();
        event
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::provisioning::tests::NOW;
    use crate::random::Token;
    use crate::random::tests::Counter;
    use crate::session::tests::session;

    const MINUTE: Duration = Duration::from_secs(60);

    fn own(seed: u8, created: Duration, used: Duration) -> OwnSession {
        OwnSession {
            token: Token::generate(&mut Counter(seed)).hash(),
            browser: Token::generate(&mut Counter(seed + 100)).hash(),
            created_at: NOW.minus(created),
            last_seen_at: NOW.minus(used),
            ip: None,
            user_agent: None,
        }
    }

    #[test]
    fn sessions_that_policies_ended_are_not_listed_and_this_one_comes_first() {
        let this = OwnSession { token: session().token, ..own(1, MINUTE * 9, MINUTE * 8) };
        let [used, unused] = [own(5, MINUTE * 3, MINUTE), own(6, MINUTE * 3, MINUTE * 3)];
        let idle = own(7, MINUTE * 90, MINUTE * 30);
        let old = own(8, MINUTE * 60 * 12, MINUTE);
        let all = vec![unused.clone(), idle, old, this.clone(), used.clone()];
        assert_eq!(session().open_sessions(all, NOW), [this, used, unused]);
    }

    #[test]
    fn another_session_of_ones_own_is_ended_and_nothing_else() {
        let this = OwnSession { token: session().token, ..own(1, MINUTE, MINUTE) };
        let (there, same) =
            (own(5, MINUTE, MINUTE), OwnSession { browser: session().browser, ..own(6, MINUTE, MINUTE) });
        let all = [this.clone(), there.clone(), same.clone()];
        let end = |which: &TokenHash| session().end_other(&all, which, NOW, &mut Counter(0));
        let decision = end(&there.token);
        assert!(matches!(
            decision.writes.as_slice(),
            [Write::RevokeSession { token, .. }, Write::Factor(FactorWrite::ForgetBrowser { browser, .. })]
                if *token == there.token && *browser == there.browser
        ));
        assert_eq!(decision.audit.first().map(|it| it.event), Some(Event::Logout));
        // A second one in this very browser does not have it asked again here.
        assert!(matches!(end(&same.token).writes.as_slice(), [Write::RevokeSession { .. }]));
        for nobodys in [&this.token, &own(9, MINUTE, MINUTE).token] {
            let decision = end(nobodys);
            assert!(decision.writes.is_empty() && decision.audit.is_empty());
        }
    }

    #[test]
    fn all_others_are_ended_and_this_one_goes_on() {
        let decision = session().end_others(NOW, &mut Counter(0));
        assert!(matches!(
            decision.writes.as_slice(),
            [
                Write::EndSessions { of: SessionsOf::Others { than, .. }, .. },
                Write::Factor(FactorWrite::ForgetOtherBrowsers { browser, .. }),
            ] if *than == session().token && *browser == session().browser
        ));
        assert_eq!(decision.audit.len(), 1);
    }
}
