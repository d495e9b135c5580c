//! Sessions: opened by a sign-in, judged on every request, ended by limits, by sign-out, or with what they rest on.

mod own;

use core::net::IpAddr;
use core::time::Duration;

use keyward_saml::Timestamp;

use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, NewSession, Write};
use crate::facts::{ConnectionStatus, TenantStatus, User, UserStatus};
use crate::id::{ConnectionId, RoleId, TenantId, UserId};
use crate::logout::IdpName;
use crate::onboarding::{OnboardingFacts, Plan, PlannedStep, Step, plan};
use crate::policy::{Addresses, AtMost, Class, Demand, EffectivePolicy, Escrow, Method, Policies};
use crate::random::{Random, Token, TokenHash};
use crate::two_factor::{FactorFacts, FactorPolicy, Holder};

pub use own::OwnSession;

/// No policy lets a session be longer: `session_max_hours` at its largest.
pub const LONGEST: Duration = Duration::from_secs(720 * 60 * 60);
/// The shortest session. The IdP's limit may have passed by as much as clocks may differ, and is not to be lost for that.
const SHORTEST: Duration = Duration::from_secs(60);
/// How coarsely use is noted: a write a minute, not one a request.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

/// How long a session may be, by the policies of its user's roles. It is judged on every request, so that a change counts at
/// once, for sessions that are open too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// It ends when it was not used for so long.
    pub idle: Duration,
    /// And so much later: its vault locked itself, and it may open that again.
    pub grace: Duration,
    /// It ends so long after it began, used or not.
    pub longest: Duration,
}

impl SessionLimits {
    /// Of the roles that a user has.
    pub fn of(roles: &[(RoleId, Policies)]) -> SessionLimits {
        let policy = EffectivePolicy::of(roles);
        SessionLimits {
            idle: Duration::from_secs(u64::from(policy.session_idle_minutes.value.get()) * 60),
            grace: Duration::from_secs(u64::from(policy.unlock_grace_minutes.value.get()) * 60),
            longest: Duration::from_secs(u64::from(policy.session_max_hours.value.get()) * 60 * 60),
        }
    }

    /// When a session ends by itself: where it is not used until then, and in any case. `limit` is what it began with.
    pub fn ends(
        &self,
        created_at: Timestamp,
        last_seen_at: Timestamp,
        limit: Timestamp,
    ) -> (Timestamp, Timestamp) {
        let latest = limit.min(created_at.plus(self.longest));
        (latest.min(last_seen_at.plus(self.idle + self.grace)), latest)
    }
}

/// What the policies of a user's roles say of their vault, as far as the server sees to it or a page is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultRules {
    /// Not `restrict_create_record`.
    pub may_create_record: bool,
    /// Not `restrict_create_folder`.
    pub may_create_folder: bool,
    /// `device_approval_by_user`.
    pub may_approve_devices: bool,
    /// `device_approval_by_admin`.
    pub may_ask_admins: bool,
    /// `require_escrow`.
    pub escrow: Escrow,
    /// Not `restrict_recovery_phrase`.
    pub may_have_phrase: bool,
    /// `restrict_clipboard_seconds`; 0: nothing is copied.
    pub clipboard_seconds: u32,
    /// `days_before_trash_is_emptied`.
    pub trash_days: u32,
    /// Not `restrict_import`.
    pub may_import: bool,
    /// Not `restrict_export`.
    pub may_export: bool,
    /// `mask_while_editing`.
    pub mask_while_editing: bool,
    /// `generated_password`: the least length.
    pub password_length: u32,
    /// And which of lower case, upper case, digits and symbols there have to be.
    pub password_classes: [bool; 4],
    /// Not `restrict_offline`.
    pub may_read_offline: bool,
}

impl VaultRules {
    /// Of the roles that a user has.
    pub fn of(roles: &[(RoleId, Policies)]) -> VaultRules {
        let policy = EffectivePolicy::of(roles);
        VaultRules {
            may_create_record: !policy.restrict_create_record.value.0,
            may_create_folder: !policy.restrict_create_folder.value.0,
            may_approve_devices: policy.device_approval_by_user.value.0,
            may_ask_admins: policy.device_approval_by_admin.value.0,
            escrow: policy.require_escrow.value,
            may_have_phrase: !policy.restrict_recovery_phrase.value.0,
            clipboard_seconds: policy.restrict_clipboard_seconds.value.get(),
            trash_days: policy.days_before_trash_is_emptied.value.get(),
            may_import: !policy.restrict_import.value.0,
            may_export: !policy.restrict_export.value.0,
            mask_while_editing: policy.mask_while_editing.value.0,
            password_length: policy.generated_password.value.min_length,
            password_classes: [Class::Lower, Class::Upper, Class::Digit, Class::Symbol]
                .map(|class| policy.generated_password.value.classes.has(class)),
            may_read_offline: !policy.restrict_offline.value.0,
        }
    }
}

/// Whose sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionsOf {
    /// One person's.
    User(UserId),
    /// One person's but one.
    Others {
        /// Whose.
        user: UserId,
        /// Which one goes on.
        than: TokenHash,
    },
    /// Of everybody who has a role.
    Role(RoleId),
    /// All that came by a connection.
    Connection(ConnectionId),
    /// All of the organisation's.
    Tenant,
}

/// Ends all sessions that began until now, from the next request on. Who ends them, and that they may, is the caller's to
/// decide and to write down.
pub fn end_all(tenant: &TenantId, of: SessionsOf, now: Timestamp) -> Write {
    Write::EndSessions { tenant: tenant.clone(), of, at: now }
}

/// What a session rests on: all of it is judged on every request, from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// Whose it is.
    pub tenant: TenantId,
    /// The organisation.
    pub tenant_status: TenantStatus,
    /// The hash of its token.
    pub token: TokenHash,
    /// The connection it came by, and what that is; `None`: it came outside single sign-on.
    pub connection: Option<(ConnectionId, ConnectionStatus)>,
    /// Who.
    pub user: User,
    /// Whether its sign-in made the account.
    pub created_user: bool,
    /// The sign-in before it.
    pub previous_sign_in_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used.
    pub last_seen_at: Timestamp,
    /// The absolute limit.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Whether its vault was locked, and it waits for a passkey.
    pub is_locked: bool,
    /// When all sessions of its user, its connection or its organisation were ended last; those that began later go on.
    pub sessions_ended_at: Timestamp,
    /// How long it may be.
    pub limits: SessionLimits,
    /// What may be done with the vault.
    pub rules: VaultRules,
    /// From where it may be used.
    pub allowed: Addresses,
    /// The browser that it is in.
    pub browser: TokenHash,
    /// Everything that policies say of its user.
    pub policy: EffectivePolicy<RoleId>,
    /// Their second factors.
    pub factors: FactorFacts,
    /// How far they are with what they are walked through.
    pub onboarding: OnboardingFacts,
}

/// All that policies say of somebody. Whoever signs in outside single sign-on (`has_password`) has to have a second factor, and in a
/// session that began there (`is_outside`) it was shown: no browser is remembered instead.
pub fn policy_of(
    roles: &[(RoleId, Policies)],
    has_password: bool,
    is_outside: bool,
) -> EffectivePolicy<RoleId> {
    let mut policy = EffectivePolicy::of(roles);
    if has_password || is_outside {
        policy.require_two_factor.value = Demand(true);
    }
    if is_outside {
        policy.two_factor_remember.value = AtMost::new(0);
    }
    policy
}

/// From where people with these roles may come: `ip_allow_list`.
pub fn allowed_addresses(roles: &[(RoleId, Policies)]) -> Addresses {
    EffectivePolicy::of(roles).ip_allow_list.value
}

/// What a session is held by: until it is done, nothing else may be done but to sign out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It was locked, or not used for as long as policies say: a passkey opens it again.
    Unlock,
    /// A second factor is to be shown.
    ShowFactor,
    /// A second factor is to be set up.
    Onboarding,
}

/// Why a session may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It is over, and the person signs in again; why is nobody's business here.
    Over,
    /// It is held.
    Held(Hold),
}

impl SessionFacts {
    /// As far as the session itself goes; from where it is used is the request's.
    fn is_live(&self, now: Timestamp) -> bool {
        self.is_there(now) && !self.is_asleep(now)
    }

    /// Whether it was locked, or not used for as long as policies say.
    pub fn is_asleep(&self, now: Timestamp) -> bool {
        self.is_locked || now >= self.last_seen_at.plus(self.limits.idle + self.limits.grace)
    }

    /// Whether the person has a passkey that may open what is locked.
    pub fn has_passkey(&self) -> bool {
        self.factors.offered(&FactorPolicy::of(&self.policy)).contains(&Method::Webauthn)
    }

    /// Whether a passkey opens it, if it is asleep: for as long as the session is not over by anything else.
    fn may_wake(&self, now: Timestamp) -> bool {
        self.is_there(now) && self.has_passkey()
    }

    /// All that a session rests on but its use.
    fn is_there(&self, now: Timestamp) -> bool {
        self.tenant_status == TenantStatus::Active
            && self.connection.as_ref().is_none_or(|(_, status)| *status == ConnectionStatus::Active)
            && self.user.status == UserStatus::Active
            && self.revoked_at.is_none()
            && now < self.expires_at
            && self.sessions_ended_at < self.created_at
            && now < self.created_at.plus(self.limits.longest)
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope {
            tenant: Some(self.tenant.clone()),
            connection: self.connection.as_ref().map(|(id, _)| id.clone()),
            node: Some(self.user.node.clone()),
        }
    }

    /// Where a fresh sign-in of the person's begins; the path to come back to follows.
    pub fn fresh_start(&self) -> String {
        match &self.connection {
            Some((id, _)) => format!("/saml/{}/start?fresh=yes&to=", id.as_str()),
            None => "/admin/sign-in?to=".to_owned(),
        }
    }

    /// Whose second factors, in this session.
    pub fn holder(&self) -> Holder<'_> {
        Holder {
            tenant: &self.tenant,
            user: &self.user.id,
            version: self.user.version,
            scope: self.scope(),
            session: &self.token,
            browser: &self.browser,
            policy: FactorPolicy::of(&self.policy),
            facts: &self.factors,
        }
    }

    /// What its user is walked through.
    pub fn plan(&self, now: Timestamp) -> Plan {
        plan(&self.policy, &self.onboarding, now)
    }

    /// What it is held by, as policies are now. A factor comes first: nobody does anything in the name of somebody else.
    pub fn held(&self, now: Timestamp) -> Option<Hold> {
        if self.factors.must_show(&FactorPolicy::of(&self.policy), now) {
            Some(Hold::ShowFactor)
        } else {
            // Consent to escrow is given with the vault open, so that it is the vault that waits for it and not the session.
            let is_missing = |it: &PlannedStep| it.step == Step::TwoFactor && it.holds;
            self.plan(now).steps.iter().any(is_missing).then_some(Hold::Onboarding)
        }
    }

    /// Whether the session may be used, for everything, by a request that comes from there.
    ///
    /// # Errors
    /// Why not.
    pub fn resume(self, from: Option<IpAddr>, now: Timestamp) -> Result<Decision<SessionFacts>, Closed> {
        let hold = self.held(now);
        let decision = self.resume_held(from, now)?;
        hold.map_or(Ok(decision), |hold| Err(Closed::Held(hold)))
    }

    /// Whether the session may be used for that alone which it is held by.
    ///
    /// # Errors
    /// It is over, or asleep.
    pub fn resume_held(self, from: Option<IpAddr>, now: Timestamp) -> Result<Decision<SessionFacts>, Closed> {
        if !self.allowed.allow(from) {
            return Err(Closed::Over);
        }
        if self.is_asleep(now) && self.may_wake(now) {
            return Err(Closed::Held(Hold::Unlock));
        }
        if !self.is_live(now) {
            return Err(Closed::Over);
        }
        let mut decision = Decision::unchanged(self);
        let session = &decision.outcome;
        if now >= session.last_seen_at.plus(TOUCH_INTERVAL) {
            decision.writes.push(Write::TouchSession {
                tenant: session.tenant.clone(),
                token: session.token.clone(),
                at: now,
            });
        }
        Ok(decision)
    }

    /// The session, asleep or not, for opening what is locked by a passkey alone. `None`: it is over, or there is none.
    pub fn resume_locked(self, from: Option<IpAddr>, now: Timestamp) -> Option<SessionFacts> {
        (self.may_wake(now) && self.allowed.allow(from)).then_some(self)
    }

    /// Ends the session. One that is over already stays as it is; one that a passkey would open is ended.
    pub fn sign_out(&self, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
        if !self.is_live(now) && !self.may_wake(now) {
            return Decision::unchanged(());
        }
        Decision {
            outcome: (),
            guards: Vec::new(),
            writes: vec![Write::RevokeSession {
                tenant: self.tenant.clone(),
                token: self.token.clone(),
                at: now,
            }],
            audit: vec![AuditEvent::of_user(Event::Logout, &self.user.id, &self.scope(), now, rng)],
        }
    }

    /// Ends all of the person's sessions, this one too. One that is over ends nothing: whoever finds its cookie is not them.
    pub fn sign_out_everywhere(&self, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
        let mut decision = self.sign_out(now, rng);
        if !self.is_live(now) {
            return decision;
        }
        if let Some(event) = decision.audit.first_mut() {
            event.detail = "In all browsers.".to_owned();
            decision.writes.push(end_all(&self.tenant, SessionsOf::User(self.user.id.clone()), now));
        }
        decision
    }
}

/// What a new session is for.
pub(crate) struct Opening<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) connection: Option<&'a ConnectionId>,
    pub(crate) user: &'a UserId,
    pub(crate) browser: &'a TokenHash,
    pub(crate) session_index: Option<&'a str>,
    pub(crate) idp_name: Option<&'a IdpName>,
    pub(crate) session_not_on_or_after: Option<Timestamp>,
    pub(crate) created_user: bool,
    pub(crate) previous_sign_in_at: Option<Timestamp>,
    pub(crate) authenticated_at: Option<Timestamp>,
}

/// Opens a session: the token for the browser, and the row.
pub(crate) fn open(opening: &Opening<'_>, now: Timestamp, rng: &mut dyn Random) -> (Token, NewSession) {
    let token = Token::generate(rng);
    let longest = now.plus(LONGEST);
    // The IdP may set an earlier end (Core §2.7.2); one that has passed by more than the clock skew was refused with the
    // assertion.
    let expires_at =
        opening.session_not_on_or_after.map_or(longest, |limit| limit.clamp(now.plus(SHORTEST), longest));
    let session = NewSession {
        tenant: opening.tenant.clone(),
        token: token.hash(),
        user: opening.user.clone(),
        connection: opening.connection.cloned(),
        browser: opening.browser.clone(),
        session_index: opening.session_index.map(str::to_owned),
        idp_name: opening.idp_name.cloned(),
        created_user: opening.created_user,
        previous_sign_in_at: opening.previous_sign_in_at,
        authenticated_at: opening.authenticated_at,
        at: now,
        expires_at,
    };
    (token, session)
}

#[cfg(test)]
pub(crate) mod tests {
    use core::time::Duration;

    use keyward_saml::Timestamp;
    use serde_json::json;

    use super::{
        Closed, Hold, LONGEST, Opening, SHORTEST, SessionFacts, SessionLimits, SessionsOf, VaultRules,
        allowed_addresses, open,
    };
    use crate::audit::Event;
    use crate::decision::Write;
    use crate::facts::{ConnectionStatus, TenantStatus, UserStatus};
    use crate::id::RoleId;
    use crate::onboarding::OnboardingFacts;
    use crate::policy::{EffectivePolicy, Method, Policies};
    use crate::provisioning::tests::{NOW, connection, user};
    use crate::random::Token;
    use crate::random::tests::Counter;
    use crate::two_factor::FactorFacts;

    const MS: Duration = Duration::from_millis(1);
    // By default.
    const IDLE_LIMIT: Duration = Duration::from_secs(30 * 60);
    const ABSOLUTE_LIMIT: Duration = Duration::from_secs(12 * 60 * 60);

    pub(crate) fn session() -> SessionFacts {
        SessionFacts {
            tenant: connection().tenant,
            tenant_status: TenantStatus::Active,
            token: Token::generate(&mut Counter(1)).hash(),
            connection: Some((connection().id, ConnectionStatus::Active)),
            user: user("u_alice", UserStatus::Active, "alice@acme.test"),
            created_user: false,
            previous_sign_in_at: None,
            created_at: NOW,
            last_seen_at: NOW,
            expires_at: NOW.plus(LONGEST),
            revoked_at: None,
            is_locked: false,
            sessions_ended_at: NOW.minus(MS),
            limits: SessionLimits::of(&[]),
            rules: VaultRules::of(&[]),
            allowed: allowed_addresses(&[]),
            browser: Token::generate(&mut Counter(2)).hash(),
            policy: EffectivePolicy::of(&[]),
            factors: FactorFacts::none(),
            onboarding: OnboardingFacts::default(),
        }
    }

    fn policy(json: &serde_json::Value) -> EffectivePolicy<RoleId> {
        EffectivePolicy::of(&[(
            RoleId::parse("r_1").expect("id"),
            Policies::from_json(json).expect("policies"),
        )])
    }

    /// Of somebody who has a passkey.
    pub(crate) fn with_passkey() -> SessionFacts {
        let factors = FactorFacts { kinds: vec![Method::Webauthn], ..FactorFacts::none() };
        SessionFacts { factors, ..session() }
    }

    #[test]
    fn what_is_asleep_waits_for_a_passkey_until_it_is_over_by_something_else() {
        let unlock = Err(Closed::Held(Hold::Unlock));
        let resumed = |session: SessionFacts, now| session.resume(None, now).map(drop);
        let locked = SessionFacts { is_locked: true, ..with_passkey() };
        assert_eq!(resumed(locked.clone(), NOW), unlock);
        assert_eq!(resumed(with_passkey(), NOW), Err(Closed::Held(Hold::ShowFactor)), "it is awake");
        assert_eq!(resumed(with_passkey(), NOW.plus(IDLE_LIMIT)), unlock);
        assert_eq!(
            resumed(SessionFacts { is_locked: true, ..session() }, NOW),
            Err(Closed::Over),
            "no passkey"
        );
        let apps = policy(&json!({ "two_factor_methods": ["totp", "webauthn"] }));
        assert_eq!(resumed(SessionFacts { policy: apps, ..locked.clone() }, NOW), unlock);
        // What policies forbid opens nothing, unless it is all that somebody has.
        let forbidden = policy(&json!({ "two_factor_methods": ["totp"] }));
        let both = FactorFacts { kinds: vec![Method::Totp, Method::Webauthn], ..FactorFacts::none() };
        let its = SessionFacts { policy: forbidden, factors: both, ..locked.clone() };
        assert_eq!(resumed(its, NOW), Err(Closed::Over));
        let mut left = locked.clone();
        left.user.status = UserStatus::Locked;
        let late = NOW.plus(ABSOLUTE_LIMIT);
        let office = Policies::from_json(&json!({ "ip_allow_list": ["203.0.113.0/24"] })).expect("policies");
        let office = allowed_addresses(&[(RoleId::parse("r_1").expect("id"), office)]);
        for (over, now) in [
            (SessionFacts { revoked_at: Some(NOW), ..locked.clone() }, NOW),
            (SessionFacts { sessions_ended_at: NOW, ..locked.clone() }, NOW),
            (SessionFacts { allowed: office, ..locked.clone() }, NOW),
            (left, NOW),
            (locked.clone(), late),
        ] {
            assert_eq!(resumed(over.clone(), now), Err(Closed::Over));
            assert!(over.resume_locked(None, now).is_none());
        }
        assert!(locked.clone().resume_locked(None, late.minus(MS)).is_some());
        assert_eq!(
            locked.clone().resume_held(None, NOW),
            Err(Closed::Held(Hold::Unlock)),
            "nothing else is done"
        );
        // Signing out ends it, and nothing more than it.
        for out in [locked.sign_out(NOW, &mut Counter(0)), locked.sign_out_everywhere(NOW, &mut Counter(0))] {
            assert!(matches!(out.writes.as_slice(), [Write::RevokeSession { .. }]));
        }
    }

    #[test]
    fn limits_are_the_strictest_of_all_roles_and_count_for_open_sessions() {
        let limits = |roles: &[&str]| {
            let roles: Vec<(RoleId, Policies)> = roles
                .iter()
                .map(|json| {
                    let json = serde_json::from_str(json).expect("JSON");
                    (RoleId::parse("r_1").expect("id"), Policies::from_json(&json).expect("policies"))
                })
                .collect();
            let SessionLimits { idle, longest, .. } = SessionLimits::of(&roles);
            (idle.as_secs() / 60, longest.as_secs() / 3600)
        };
        assert_eq!(limits(&[]), (30, 12));
        assert_eq!(limits(&["{}"]), (30, 12));
        assert_eq!(limits(&[r#"{"session_idle_minutes":5}"#, r#"{"session_max_hours":1}"#]), (5, 1));
        assert_eq!(limits(&[r#"{"session_idle_minutes":600}"#, r#"{"session_idle_minutes":60}"#]), (60, 12));
        let hours = |hours: u64| NOW.plus(Duration::from_secs(hours * 3600));
        let limits_of =
            SessionLimits { idle: IDLE_LIMIT, grace: IDLE_LIMIT, longest: Duration::from_secs(7200) };
        let ends = |last_seen_at, limit| limits_of.ends(NOW, last_seen_at, limit);
        assert_eq!(ends(NOW, hours(9)), (hours(1), hours(2)), "unused, and at the latest by policy");
        assert_eq!(
            ends(hours(1).plus(IDLE_LIMIT), hours(9)),
            (hours(2), hours(2)),
            "used, it ends all the same"
        );
        assert_eq!(
            ends(NOW, NOW.plus(IDLE_LIMIT)),
            (NOW.plus(IDLE_LIMIT), NOW.plus(IDLE_LIMIT)),
            "as it began"
        );
        let long = SessionFacts { last_seen_at: NOW.plus(IDLE_LIMIT), ..session() };
        assert!(long.clone().resume(None, NOW.plus(IDLE_LIMIT)).is_ok());
        let short = SessionLimits { longest: IDLE_LIMIT, ..session().limits };
        assert!(SessionFacts { limits: short, ..long }.resume(None, NOW.plus(IDLE_LIMIT)).is_err());
    }

    #[test]
    fn signing_out_everywhere_ends_all_that_began_until_then() {
        let decision = session().sign_out_everywhere(NOW, &mut Counter(0));
        assert!(matches!(
            decision.writes.as_slice(),
            [Write::RevokeSession { .. }, Write::EndSessions { of: SessionsOf::User(_), at, .. }] if *at == NOW
        ));
        let over =
            SessionFacts { revoked_at: Some(NOW), ..session() }.sign_out_everywhere(NOW, &mut Counter(0));
        assert!(over.writes.is_empty() && over.audit.is_empty());
    }

    #[test]
    fn use_is_noted_once_a_minute() {
        let minute = Duration::from_secs(60);
        assert!(session().resume(None, NOW.plus(minute).minus(MS)).expect("live").writes.is_empty());
        assert!(matches!(
            session().resume(None, NOW.plus(minute)).expect("live").writes.as_slice(),
            [Write::TouchSession { .. }]
        ));
    }

    #[test]
    fn signing_out_revokes_and_is_written_down_once() {
        let decision = session().sign_out(NOW, &mut Counter(0));
        assert!(matches!(decision.writes.as_slice(), [Write::RevokeSession { .. }]));
        assert_eq!(decision.audit.first().map(|event| event.event), Some(Event::Logout));
        let again = SessionFacts { revoked_at: Some(NOW), ..session() }.sign_out(NOW, &mut Counter(0));
        assert!(again.writes.is_empty() && again.audit.is_empty());
    }

    #[test]
    fn the_idp_may_end_a_session_earlier_and_not_later() {
        let connection = connection();
        let until = |limit: Option<Timestamp>| {
            let opening = Opening {
                tenant: &connection.tenant,
                connection: Some(&connection.id),
                user: &session().user.id,
                browser: &session().token,
                session_index: None,
                idp_name: None,
                session_not_on_or_after: limit,
                created_user: false,
                previous_sign_in_at: None,
                authenticated_at: None,
            };
            open(&opening, NOW, &mut Counter(0)).1.expires_at
        };
        assert_eq!(until(None), NOW.plus(LONGEST));
        assert_eq!(until(Some(NOW.plus(SHORTEST).plus(MS))), NOW.plus(SHORTEST).plus(MS));
        // One that has passed, by as much as clocks may differ, does not make it the longest.
        assert_eq!(until(Some(NOW.minus(MS))), NOW.plus(SHORTEST));
        assert_eq!(until(Some(NOW.plus(LONGEST).plus(MS))), NOW.plus(LONGEST));
    }
}
