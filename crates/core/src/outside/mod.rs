//! Admins who sign in outside single sign-on: by an e-mail, a password and a second factor.
//!
//! The browser stretches the password (Argon2id) and sends 32 octets of it; the server keeps a hash of those. The salt is made of
//! the e-mail and a key of the deployment's ([`salt`]): nothing has to be looked up for it, so that it is the same work and the
//! same answer whether there is such an admin or not. What somebody types is compared with something in any case.
//!
//! # Guessing
//!
//! Wrong passwords are counted by the e-mail, in a network within an hour and everywhere within a day, whether the e-mail is
//! anybody's or not. Beyond that, a browser in which the person showed a second factor before has a count of its own. An attacker's guesses
//! lock nobody out: in such a browser, or by the recovery code, which nobody guesses and which signs in at once, the person comes in
//! as ever. What a browser is known for is judged for each account: an e-mail is anybody's to give in an organisation of their own.
//! What is refused beyond the count, and a wrong recovery code, is one entry in the audit log within an hour, and counted there, for
//! an e-mail that is nobody's too.
//!
//! - [`keep`]: at least one of them always remains able to sign in.
//! - [`set_up`]: how the first one, and every other, begins.

use core::net::IpAddr;
use core::time::Duration;

use keyward_saml::{Timestamp, base64};
use sha2::{Digest, Sha256};

use crate::address::Email;
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{TenantStatus, User, UserStatus};
use crate::id::{EventId, RoleId, TenantId, UserId};
use crate::policy::Policies;
use crate::random::{Random, Reference, Token, TokenHash};
use crate::refusal::{Refusal, Refused};
use crate::session::{self, Opening, SessionFacts, SessionsOf, allowed_addresses, end_all};
use crate::two_factor::{Holder, codes};

pub mod keep;
pub mod set_up;
mod write;

pub use write::{OutsideGuard, OutsideWrite};

/// Wrong passwords of one network within [`HOUR`], for browsers that are not known.
pub const IN_A_NETWORK: i64 = 15;
/// Wrong passwords of all networks within [`DAY`], for browsers that are not known.
pub const EVERYWHERE: i64 = 100;
/// Wrong passwords within [`DAY`] in a browser that is known: only who has it gets at this count.
pub const WHERE_KNOWN: i64 = 50;
/// What a network's wrong passwords are counted in.
pub const HOUR: Duration = Duration::from_secs(60 * 60);
/// What all wrong passwords are counted in.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many of them an organisation may have.
pub const MOST: usize = 20;
/// The octets of a salt, as Argon2id takes it.
const SALT: usize = 16;
/// The letters of a recovery code: 140 random bits.
const CODE: usize = 28;

/// The hash of some parts, each with its length: no two lists of parts make one text.
fn digest(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(label.as_bytes());
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn hashed(label: &str, parts: &[&[u8]]) -> TokenHash {
    TokenHash::of_digest(digest(label, parts))
}

/// The salt of an e-mail's password, in base64; `key` is the deployment's.
pub fn salt(key: &TokenHash, email: &Email) -> String {
    let all = digest("keyward outside salt v1", &[key.as_str().as_bytes(), email.as_str().as_bytes()]);
    base64::encode(all.get(..SALT).unwrap_or_default())
}

/// What wrong passwords of an e-mail are counted by.
pub fn counted_by(email: &Email) -> TokenHash {
    hashed("keyward outside e-mail v1", &[email.as_str().as_bytes()])
}

/// What a browser made of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct StretchedKey([u8; 32]);

impl StretchedKey {
    /// Reads the base64 of 32 octets.
    pub fn parse(text: &str) -> Option<StretchedKey> {
        base64::decode(text.as_bytes())?.try_into().ok().map(StretchedKey)
    }

    /// What is kept of it. Whoever has that alone signs nobody in, and guesses passwords at the price of Argon2id.
    pub fn verifier(&self, tenant: &TenantId, user: &UserId) -> TokenHash {
        let parts = [tenant.as_str().as_bytes(), user.as_str().as_bytes(), &self.0];
        hashed("keyward outside password v1", &parts)
    }
}

impl core::fmt::Debug for StretchedKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("StretchedKey(…)")
    }
}

/// A new recovery code, in groups that people copy.
pub fn recovery_code(rng: &mut dyn Random) -> String {
    codes::written(CODE, rng)
}

/// What is kept of a recovery code; `None`: no code looks like that.
pub fn recovery_hash(tenant: &TenantId, user: &UserId, typed: &str) -> Option<TokenHash> {
    let code = codes::read(typed, CODE)?;
    let parts = [tenant.as_str().as_bytes(), user.as_str().as_bytes(), code.as_bytes()];
    Some(hashed("keyward outside recovery v1", &parts))
}

/// An admin of this e-mail, in one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideAccount {
    /// Which organisation.
    pub tenant: TenantId,
    /// What it is called.
    pub tenant_name: String,
    /// What it is.
    pub tenant_status: TenantStatus,
    /// Who.
    pub user: User,
    /// What is kept of the password.
    pub verifier: TokenHash,
    /// What is kept of the recovery code.
    pub recovery: Option<TokenHash>,
    /// Grows with both.
    pub version: i64,
    /// What the roles ask that no group of an IdP gave.
    pub policies: Vec<(RoleId, Policies)>,
    /// Whether the person showed a second factor in this browser before.
    pub is_known_browser: bool,
}

impl OutsideAccount {
    fn scope(&self) -> Scope {
        Scope { tenant: Some(self.tenant.clone()), connection: None, node: Some(self.user.node.clone()) }
    }

    /// Whether the account may be opened from there.
    fn check(&self, from: Option<IpAddr>) -> Result<(), Refusal> {
        let user = self.user.id.clone();
        if self.tenant_status != TenantStatus::Active {
            return Err(Refusal::TenantNotActive { status: self.tenant_status });
        }
        match self.user.status {
            UserStatus::Active => {}
            UserStatus::Deleted => return Err(Refusal::UserDeleted { user }),
            UserStatus::Locked | UserStatus::Invited => return Err(Refusal::UserLocked { user }),
        }
        if !allowed_addresses(&self.policies).allow(from) {
            return Err(Refusal::AddressNotAllowed { user: Some(user) });
        }
        Ok(())
    }

    fn unchanged(&self) -> [Guard; 2] {
        let (tenant, user) = (self.tenant.clone(), self.user.id.clone());
        [
            Guard::UserUnchanged { tenant: tenant.clone(), user: user.clone(), version: self.user.version },
            Guard::Outside(OutsideGuard::Credential { tenant, user, version: self.version }),
        ]
    }
}

/// Wrong passwords of an e-mail, as they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// In this network, within an hour.
    pub network: i64,
    /// Within a day.
    pub everywhere: i64,
    /// In this browser, within a day.
    pub here: i64,
}

impl Failures {
    /// Whether a count leaves nothing more.
    fn are_spent(self, by: Count) -> bool {
        match by {
            Count::Everybody => self.network >= IN_A_NETWORK || self.everywhere >= EVERYWHERE,
            Count::Here => self.here >= WHERE_KNOWN,
        }
    }

    /// By which count something more is compared with an account: by everybody's, and after that by the one of this browser, if it
    /// is known for that account.
    fn allow(self, is_known: bool) -> Option<Count> {
        let counts = [Some(Count::Everybody), is_known.then_some(Count::Here)];
        counts.into_iter().flatten().find(|by| !self.are_spent(*by))
    }
}

/// Wrong passwords that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Everybody,
    Here,
}

/// What a sign-in looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideFacts {
    /// Those who have the e-mail: one an organisation at most.
    pub accounts: Vec<OutsideAccount>,
    /// What was wrong before.
    pub failures: Failures,
    /// What of it is written down for this hour.
    pub told: Vec<Told>,
}

/// A refusal that is in the audit log, and counted there for the rest of the hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its code.
    pub code: String,
    /// The entry.
    pub event: EventId,
    /// What everybody is shown who meets it.
    pub reference: Reference,
}

/// When the hour began that a moment lies in: what [`Told`] is asked by.
pub fn hour(at: Timestamp) -> Timestamp {
    let length = i64::try_from(HOUR.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis() - at.as_millis().rem_euclid(length))
}

/// Somebody at the page.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// What they typed.
    pub email: &'a Email,
    /// The browser.
    pub browser: &'a TokenHash,
    /// Its network, as it is counted.
    pub network: &'a str,
    /// Its address.
    pub from: Option<IpAddr>,
}

impl OutsideFacts {
    /// By which count anything more is looked at. An e-mail that is nobody's has everybody's, as one that is somebody's.
    fn allow(&self) -> Option<Count> {
        self.failures.allow(self.accounts.iter().any(|account| account.is_known_browser))
    }

    /// The only account, where there is one: whose log a refusal belongs to.
    fn only(&self) -> Option<&OutsideAccount> {
        match self.accounts.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// No more passwords were wrong than may be.
fn guard(visit: &Visit<'_>, by: Count, now: Timestamp) -> Guard {
    Guard::Outside(OutsideGuard::Failures {
        email: counted_by(visit.email),
        network: visit.network.to_owned(),
        browser: (by == Count::Here).then(|| visit.browser.clone()),
        now,
    })
}

fn fail(visit: &Visit<'_>, now: Timestamp, rng: &mut dyn Random) -> Write {
    Write::Outside(OutsideWrite::Fail {
        email: counted_by(visit.email),
        id: EventId::generate(rng),
        network: visit.network.to_owned(),
        browser: visit.browser.clone(),
        at: now,
    })
}

/// Why somebody did not come in, and in whose log it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotIn {
    /// Why.
    pub refusal: Refusal,
    /// Where.
    pub scope: Scope,
}

impl NotIn {
    fn nobody(facts: &OutsideFacts, refusal: fn(Option<UserId>) -> Refusal) -> Box<NotIn> {
        let only = facts.only();
        Box::new(NotIn {
            refusal: refusal(only.map(|account| account.user.id.clone())),
            scope: only.map(OutsideAccount::scope).unwrap_or_default(),
        })
    }

    fn of(account: &OutsideAccount, refusal: Refusal) -> Box<NotIn> {
        Box::new(NotIn { refusal, scope: account.scope() })
    }

    /// The refusal written down; a wrong password is counted too, for whatever e-mail. Where others were counted meanwhile it is
    /// judged again, as a right one is: of many at once none is told apart by its answer.
    pub fn record(
        &self,
        facts: &OutsideFacts,
        visit: &Visit<'_>,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Decision<Refused> {
        let code = self.refusal.code();
        // How often a password is wrong is limited already; these come as often as somebody likes.
        let is_counted =
            matches!(self.refusal, Refusal::PasswordTooMany { .. } | Refusal::RecoveryCodeWrong { .. });
        if let Some(told) = facts.told.iter().find(|told| is_counted && told.code == code) {
            let (face, reference) = (self.refusal.face(), told.reference.clone());
            let again = OutsideWrite::Again { event: told.event.clone() };
            return Decision {
                writes: vec![Write::Outside(again)],
                ..Decision::unchanged(Refused { face, reference, time: now })
            };
        }
        let mut decision = self.refusal.record(self.scope.clone(), now, rng);
        if is_counted {
            let reference = decision.outcome.reference.clone();
            decision.writes.extend(decision.audit.iter().map(|event| {
                Write::Outside(OutsideWrite::Tell {
                    email: counted_by(visit.email),
                    code,
                    hour: hour(now),
                    event: event.id.clone(),
                    reference: reference.clone(),
                })
            }));
        }
        if matches!(self.refusal, Refusal::PasswordWrong { .. }) {
            // Of many guesses at once, as many are told that they were wrong as were allowed: beyond them this conflicts, as a
            // right one does, and neither is told apart.
            decision.guards.extend(facts.allow().map(|by| guard(visit, by, now)));
            decision.writes.push(fail(visit, now, rng));
        }
        decision
    }
}

/// What came of a password that was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameIn {
    /// Signed in: the session's token. A second factor holds the session.
    Session(Token),
    /// In several organisations: the person says which.
    Choose(Vec<(TenantId, String)>),
}

/// Signs somebody in by their password; `tenant` is the organisation that they said they mean.
///
/// # Errors
/// [`NotIn`], to be recorded.
pub fn sign_in(
    facts: &OutsideFacts,
    visit: &Visit<'_>,
    key: &StretchedKey,
    tenant: Option<&TenantId>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<CameIn>, Box<NotIn>> {
    // Refused unseen: whatever was typed, right or wrong.
    if facts.allow().is_none() {
        return Err(NotIn::nobody(facts, |user| Refusal::PasswordTooMany { user }));
    }
    let is_theirs = |account: &&OutsideAccount| {
        account.verifier.matches(&key.verifier(&account.tenant, &account.user.id))
    };
    let is_allowed = |account: &&OutsideAccount| facts.failures.allow(account.is_known_browser).is_some();
    // Compared with all of them in any case.
    let theirs: Vec<&OutsideAccount> = facts.accounts.iter().filter(is_theirs).filter(is_allowed).collect();
    let meant = |account: &&OutsideAccount| tenant.is_none_or(|tenant| account.tenant == *tenant);
    let mut theirs = theirs.into_iter().filter(meant).peekable();
    let Some(account) = theirs.next() else {
        return Err(NotIn::nobody(facts, |user| Refusal::PasswordWrong { user }));
    };
    if theirs.peek().is_some() {
        let all = core::iter::once(account).chain(theirs);
        let all = all.map(|account| (account.tenant.clone(), account.tenant_name.clone())).collect();
        return Ok(Decision::unchanged(CameIn::Choose(all)));
    }
    account.check(visit.from).map_err(|refusal| NotIn::of(account, refusal))?;
    let (tenant, user) = (&account.tenant, &account.user.id);
    let (token, writes) = open(tenant, &account.user, visit, false, now, rng);
    let mut event = AuditEvent::of_user(Event::Login, user, &account.scope(), now, rng);
    event.detail = "Outside single sign-on, by password; the second factor comes next.".to_owned();
    let mut decision = Decision::unchanged(CameIn::Session(token));
    decision.guards.extend(account.unchanged());
    // Of many guesses at once, the right one counts where as many were allowed.
    decision.guards.extend(facts.failures.allow(account.is_known_browser).map(|by| guard(visit, by, now)));
    decision.writes = writes;
    decision.writes.push(came_from(tenant, user, visit, now));
    decision.audit.push(event);
    Ok(decision)
}

/// A session outside single sign-on.
fn open(
    tenant: &TenantId,
    user: &User,
    visit: &Visit<'_>,
    created_user: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> (Token, Vec<Write>) {
    let opening = Opening {
        tenant,
        connection: None,
        user: &user.id,
        browser: visit.browser,
        session_index: None,
        idp_name: None,
        session_not_on_or_after: None,
        created_user,
        previous_sign_in_at: user.last_sign_in_at,
        authenticated_at: Some(now),
    };
    let (token, new) = session::open(&opening, now, rng);
    let at = Write::RecordSignIn { tenant: tenant.clone(), user: user.id.clone(), at: now };
    (token, vec![Write::OpenSession(new), at])
}

/// Sets a new password by the recovery code, which is used up, ends all sessions, and signs in here: how often a password was wrong
/// does not keep out who has the code. The second factor is asked for as ever.
///
/// # Errors
/// [`NotIn`], to be recorded.
pub fn recover(
    facts: &OutsideFacts,
    visit: &Visit<'_>,
    typed: &str,
    key: &StretchedKey,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Token>, Box<NotIn>> {
    let is_theirs = |account: &&OutsideAccount| {
        let hash = recovery_hash(&account.tenant, &account.user.id, typed);
        hash.zip(account.recovery.as_ref()).is_some_and(|(hash, kept)| hash.matches(kept))
    };
    let Some(account) = facts.accounts.iter().find(is_theirs) else {
        return Err(NotIn::nobody(facts, |user| Refusal::RecoveryCodeWrong { user }));
    };
    account.check(visit.from).map_err(|refusal| NotIn::of(account, refusal))?;
    let (tenant, user) = (&account.tenant, &account.user.id);
    let (token, opened) = open_last(tenant, &account.user, visit, now, rng);
    let mut decision = Decision::unchanged(token);
    decision.guards.extend(account.unchanged());
    decision.writes = new_password(tenant, user, key, None, now);
    decision.writes.extend(opened);
    decision.writes.push(came_from(tenant, user, visit, now));
    let mut event = AuditEvent::of_user(Event::AccountRecoveryUsed, user, &account.scope(), now, rng);
    event.detail = "Outside single sign-on: a new password, by the recovery code.".to_owned();
    decision.audit.push(event);
    let mut event = AuditEvent::of_user(Event::Login, user, &account.scope(), now, rng);
    event.detail = "Outside single sign-on, by the recovery code; the second factor comes next.".to_owned();
    decision.audit.push(event);
    Ok(decision)
}

/// A session outside, where all that were open by now end: it begins after them.
fn open_last(
    tenant: &TenantId,
    user: &User,
    visit: &Visit<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> (Token, Vec<Write>) {
    open(tenant, user, visit, false, now.plus(Duration::from_millis(1)), rng)
}

fn came_from(tenant: &TenantId, user: &UserId, visit: &Visit<'_>, now: Timestamp) -> Write {
    let (tenant, user) = (tenant.clone(), user.clone());
    Write::Outside(OutsideWrite::CameFrom { tenant, user, from: visit.from, at: now })
}

/// With it, every session and every link to set one ends.
fn new_password(
    tenant: &TenantId,
    user: &UserId,
    key: &StretchedKey,
    recovery: Option<&TokenHash>,
    now: Timestamp,
) -> Vec<Write> {
    let put = OutsideWrite::PutPassword {
        tenant: tenant.clone(),
        user: user.clone(),
        verifier: key.verifier(tenant, user),
        recovery: recovery.cloned(),
        at: now,
    };
    let links = OutsideWrite::WithdrawLinks { tenant: tenant.clone(), user: Some(user.clone()) };
    vec![Write::Outside(put), Write::Outside(links), end_all(tenant, SessionsOf::User(user.clone()), now)]
}

/// What an admin's own settings look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFacts {
    /// What is kept of the password.
    pub verifier: TokenHash,
    /// What is kept of the recovery code.
    pub recovery: Option<TokenHash>,
    /// Grows with both.
    pub version: i64,
}

/// Why a setting stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnRefusal {
    /// The password of now was not right.
    Wrong,
    /// Too many were wrong.
    TooMany,
    /// The second factor was not shown just now.
    NotFresh,
}

impl OwnRefusal {
    /// Stable, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            OwnRefusal::Wrong => "password-wrong",
            OwnRefusal::TooMany => "password-too-many",
            OwnRefusal::NotFresh => "two-factor-not-fresh",
        }
    }
}

fn rests_on(session: &SessionFacts, own: &OwnFacts) -> [Guard; 2] {
    let (tenant, user) = (session.tenant.clone(), session.user.id.clone());
    let version = session.user.version;
    [
        Guard::UserUnchanged { tenant: tenant.clone(), user: user.clone(), version },
        Guard::Outside(OutsideGuard::Credential { tenant, user, version: own.version }),
    ]
}

fn may_change(holder: &Holder<'_>, now: Timestamp) -> Result<(), OwnRefusal> {
    holder.may_change(now).map_err(|_| OwnRefusal::NotFresh)
}

/// Changes one's own password; all sessions end, this one too.
///
/// # Errors
/// [`OwnRefusal`]; one that was wrong is to be counted ([`wrong_password`]).
pub fn change_password(
    session: &SessionFacts,
    own: &OwnFacts,
    failures: Failures,
    visit: &Visit<'_>,
    (current, new): (&StretchedKey, &StretchedKey),
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, OwnRefusal> {
    may_change(&session.holder(), now)?;
    if failures.are_spent(Count::Here) {
        return Err(OwnRefusal::TooMany);
    }
    let (tenant, user) = (&session.tenant, &session.user.id);
    if !own.verifier.matches(&current.verifier(tenant, user)) {
        return Err(OwnRefusal::Wrong);
    }
    let mut decision = Decision::unchanged(());
    decision.guards.extend(rests_on(session, own));
    // Of many guesses at once, the right one counts where as many were allowed.
    decision.guards.push(guard(visit, Count::Here, now));
    decision.writes = new_password(tenant, user, new, own.recovery.as_ref(), now);
    decision.audit.push(AuditEvent::of_user(Event::PasswordChanged, user, &session.scope(), now, rng));
    Ok(decision)
}

/// Counts and writes down a password that was wrong where one is changed, as long as that many may be. (Only who showed the
/// second factor gets there, so that the browser is known.)
pub fn wrong_password(
    session: &SessionFacts,
    visit: &Visit<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<()> {
    let mut event = AuditEvent::of_user(Event::PasswordChanged, &session.user.id, &session.scope(), now, rng);
    event.code = Some(OwnRefusal::Wrong.code());
    Decision {
        guards: vec![guard(visit, Count::Here, now)],
        writes: vec![fail(visit, now, rng)],
        audit: vec![event],
        ..Decision::unchanged(())
    }
}

/// Makes a recovery code in the place of the one before. The outcome is shown once.
///
/// # Errors
/// [`OwnRefusal::NotFresh`].
pub fn renew_recovery(
    session: &SessionFacts,
    own: &OwnFacts,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<String>, OwnRefusal> {
    may_change(&session.holder(), now)?;
    let (tenant, user) = (&session.tenant, &session.user.id);
    let code = recovery_code(rng);
    let mut decision = Decision::unchanged(code.clone());
    decision.guards.extend(rests_on(session, own));
    if let Some(recovery) = recovery_hash(tenant, user, &code) {
        decision.writes.push(Write::Outside(OutsideWrite::PutRecovery {
            tenant: tenant.clone(),
            user: user.clone(),
            recovery,
            at: now,
        }));
    }
    let mut event = AuditEvent::of_user(Event::AccountRecoverySetup, user, &session.scope(), now, rng);
    event.detail = "Outside single sign-on: a recovery code.".to_owned();
    decision.audit.push(event);
    Ok(decision)
}

#[cfg(test)]
mod tests;
