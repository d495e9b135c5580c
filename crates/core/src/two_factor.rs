//! Second factors: an authenticator app, a passkey or a security key, and backup codes for the day on which both are lost.
//!
//! Whoever has a factor shows it in every session, unless this browser is remembered for as long as the policy lets it be; until
//! then the session is held ([`Hold`](crate::session::Hold)). Nothing here knows how the session began.
//!
//! # Guessing
//!
//! Only an app's code can be guessed: three of a million are good at any time. Wrong ones are counted
//!
//! - in the session ([`IN_A_SESSION`]): the next guess takes a new sign-in;
//! - in a network within an hour, and everywhere within a day ([`IN_A_NETWORK`], [`EVERYWHERE`]), **not** in browsers in which
//!   the person showed a factor before, and not for passkeys and backup codes, which nobody guesses.
//!
//! So an attacker who holds the person's account at the IdP has some 30 guesses a day, one chance in ten thousand, and cannot
//! lock the person out with them: in a browser of theirs, by a passkey or by a backup code they come in as ever.

use core::time::Duration;

use keyward_saml::Timestamp;
use serde_json::json;

use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::id::{DeviceId, EventId, FactorId, TenantId, UserId};
use crate::policy::{EffectivePolicy, Method, Methods};
use crate::random::{Random, Token, TokenHash};

use self::webauthn::{Ceremony, Credential, Shown, WebauthnRefusal};

pub mod codes;
mod refusal;
pub mod totp;
pub mod webauthn;
mod write;

pub use refusal::FactorRefusal;
pub use write::{FactorGuard, FactorWrite};

/// Wrong codes in one session.
pub const IN_A_SESSION: i64 = 10;
/// Wrong codes of one network within [`HOUR`].
pub const IN_A_NETWORK: i64 = 15;
/// Wrong codes of all networks within [`DAY`].
pub const EVERYWHERE: i64 = 30;
/// Wrong codes in browsers where the person showed a factor before, within [`DAY`]: only who has one of those gets at this count.
pub const WHERE_KNOWN: i64 = 50;
/// What a network's wrong codes are counted in.
pub const HOUR: Duration = Duration::from_secs(60 * 60);
/// What all wrong codes are counted in.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// For how long a factor that was shown counts as fresh: for changing factors.
pub const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long an authenticator may take.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Challenges of one session at once: a person tries again a few times.
const CHALLENGES: i64 = 20;
/// The most factors of one person.
const FACTORS: usize = 10;
/// The longest name, in characters.
const NAME: usize = 100;

/// What policies say of second factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorPolicy {
    /// `require_two_factor`.
    pub is_required: bool,
    /// `two_factor_methods`.
    pub methods: Methods,
    /// `two_factor_remember`, in days; 0: asked in each session.
    pub remember_days: u32,
}

impl FactorPolicy {
    /// Of all roles together.
    pub fn of<R>(policy: &EffectivePolicy<R>) -> FactorPolicy {
        FactorPolicy {
            is_required: policy.require_two_factor.value.0,
            methods: policy.two_factor_methods.value.clone(),
            remember_days: policy.two_factor_remember.value.get(),
        }
    }
}

/// What is known of a person's factors, seen from one of their sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorFacts {
    /// Which kinds they have: [`Method::Totp`], [`Method::Webauthn`].
    pub kinds: Vec<Method>,
    /// Backup codes that were not used.
    pub codes: u32,
    /// What was shown in this session, and when.
    pub shown: Option<(Method, Timestamp)>,
    /// What was shown in this browser when the person asked to be remembered there, and when that was.
    pub remembered: Option<(Method, Timestamp)>,
    /// Whether they showed a factor in this browser before.
    pub is_known_browser: bool,
}

impl FactorFacts {
    /// Of somebody who has none.
    pub fn none() -> FactorFacts {
        FactorFacts { kinds: Vec::new(), codes: 0, shown: None, remembered: None, is_known_browser: false }
    }

    /// The kinds, as the onboarding looks at them.
    pub fn methods(&self) -> Methods {
        Methods::new(&self.kinds)
    }

    fn has_any(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// Whether a method counts. Where policies forbid all that somebody has, what they have still keeps others out; whether
    /// they then need another is for the onboarding to say.
    fn counts(&self, policy: &FactorPolicy, method: Method) -> bool {
        policy.methods.has(method) || !self.kinds.iter().any(|kind| policy.methods.has(*kind))
    }

    /// What the person may show.
    pub fn offered(&self, policy: &FactorPolicy) -> Vec<Method> {
        let theirs = [Method::Totp, Method::Webauthn]
            .into_iter()
            .filter(|method| self.kinds.contains(method))
            .chain((self.codes > 0 && self.has_any()).then_some(Method::BackupCode));
        theirs.filter(|method| self.counts(policy, *method)).collect()
    }

    /// Whether a factor has to be shown before anything else.
    pub fn must_show(&self, policy: &FactorPolicy, now: Timestamp) -> bool {
        let until = |at: Timestamp| at.plus(DAY * policy.remember_days);
        let is_shown = self.shown.is_some_and(|(method, _)| self.counts(policy, method))
            || self.remembered.is_some_and(|(method, at)| self.counts(policy, method) && now < until(at));
        self.has_any() && !is_shown
    }

    /// Whether one was shown in this session just now.
    pub fn is_fresh(&self, policy: &FactorPolicy, now: Timestamp) -> bool {
        self.shown.is_some_and(|(method, at)| self.counts(policy, method) && now < at.plus(FRESH))
    }
}

/// Whose factors, in which session: what every decision here is about.
#[derive(Clone, Debug)]
pub struct Holder<'a> {
    /// Their organisation.
    pub tenant: &'a TenantId,
    /// Who.
    pub user: &'a UserId,
    /// The account's version.
    pub version: i64,
    /// Where in the audit log.
    pub scope: Scope,
    /// The session.
    pub session: &'a TokenHash,
    /// Its browser.
    pub browser: &'a TokenHash,
    /// What policies say.
    pub policy: FactorPolicy,
    /// What is known.
    pub facts: &'a FactorFacts,
}

/// An authenticator app of the person's.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    /// Which.
    pub id: FactorId,
    /// Its secret.
    pub secret: Vec<u8>,
    /// The steps whose codes were used lately.
    pub used: Vec<i64>,
}

/// Wrong codes, as they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// In this session.
    pub session: i64,
    /// In this network, within an hour, in browsers that are not known.
    pub network: i64,
    /// Within a day, in browsers that are not known.
    pub everywhere: i64,
    /// Within a day, in browsers that are known.
    pub known: i64,
}

/// What is compared with what somebody typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    /// The apps.
    pub apps: Vec<App>,
    /// The hashes of backup codes that were not used.
    pub codes: Vec<String>,
    /// What was wrong before.
    pub failures: Failures,
}

/// What somebody typed, and where.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a> {
    /// A code of an app, or a backup code.
    pub code: &'a str,
    /// Whether this browser is not to be asked again.
    pub remember: bool,
    /// The network it came from.
    pub network: &'a str,
}

impl Holder<'_> {
    fn must_show(&self, now: Timestamp) -> bool {
        self.facts.must_show(&self.policy, now)
    }

    /// Whether factors may be changed in this session: where there are some, one was shown just now.
    ///
    /// # Errors
    /// Where it was not.
    pub fn may_change(&self, now: Timestamp) -> Result<(), FactorRefusal> {
        if self.must_show(now) {
            Err(FactorRefusal::NotShown)
        } else if self.facts.has_any() && !self.facts.is_fresh(&self.policy, now) {
            Err(FactorRefusal::NotFresh)
        } else {
            Ok(())
        }
    }

    fn unchanged(&self) -> Guard {
        Guard::UserUnchanged { tenant: self.tenant.clone(), user: self.user.clone(), version: self.version }
    }

    /// No more codes were wrong than may be.
    fn may_guess(&self, network: &str, now: Timestamp) -> Guard {
        Guard::Factor(FactorGuard::Failures {
            tenant: self.tenant.clone(),
            user: self.user.clone(),
            session: self.session.clone(),
            network: network.to_owned(),
            is_known_browser: self.facts.is_known_browser,
            now,
        })
    }

    fn write(&self, write: impl FnOnce(TenantId, UserId) -> FactorWrite) -> Write {
        Write::Factor(write(self.tenant.clone(), self.user.clone()))
    }

    fn event(&self, event: Event, detail: &str, now: Timestamp, rng: &mut dyn Random) -> AuditEvent {
        let mut event = AuditEvent::of_user(event, self.user, &self.scope, now, rng);
        event.detail = detail.to_owned();
        event
    }

    /// What a factor that was shown changes: the session, and the browser.
    fn shown(&self, method: Method, remember: bool, now: Timestamp) -> [Write; 2] {
        let is_remembered = remember && self.policy.remember_days > 0 && method != Method::BackupCode;
        // Whoever shows a factor here again without asking anew stays remembered as long as before.
        let before = self.facts.remembered.map_or(Timestamp::from_millis(0), |(_, at)| at);
        let remembered_at = if is_remembered { now } else { before };
        [
            self.write(|tenant, user| FactorWrite::Show {
                tenant,
                user,
                session: self.session.clone(),
                method,
                at: now,
            }),
            self.write(|tenant, user| FactorWrite::KnowBrowser {
                tenant,
                user,
                browser: self.browser.clone(),
                method,
                remembered_at,
                at: now,
            }),
        ]
    }
}

/// Whether a code lets the session go on.
///
/// # Errors
/// [`FactorRefusal`]; one that was wrong is to be counted ([`wrong`]).
pub fn show_code(
    holder: &Holder<'_>,
    known: &Known,
    typed: Typed<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Method>, FactorRefusal> {
    let offered = holder.facts.offered(&holder.policy);
    let Failures { session, network, everywhere, known: where_known } = known.failures;
    if session >= IN_A_SESSION {
        return Err(FactorRefusal::SessionSpent);
    }
    let mut decision = Decision::unchanged(Method::Totp);
    decision.guards.push(holder.unchanged());
    decision.guards.push(holder.may_guess(typed.network, now));
    if let Some(hash) = codes::hash(holder.tenant, holder.user, typed.code) {
        if !offered.contains(&Method::BackupCode) || !known.codes.contains(&hash) {
            return Err(FactorRefusal::Wrong);
        }
        // What cannot be guessed rests on no count but the session's, which is its own.
        decision.guards.pop();
        decision.outcome = Method::BackupCode;
        decision.writes.push(holder.write(|tenant, user| FactorWrite::UseCode {
            tenant,
            user,
            hash,
            at: now,
        }));
        let left = known.codes.len().saturating_sub(1);
        let detail = format!("By a backup code; {left} are left.");
        decision.audit.push(holder.event(Event::Login, &detail, now, rng));
    } else {
        let is_known = holder.facts.is_known_browser;
        let is_spent = if is_known {
            where_known >= WHERE_KNOWN
        } else {
            network >= IN_A_NETWORK || everywhere >= EVERYWHERE
        };
        if is_spent {
            return Err(FactorRefusal::TooMany);
        }
        let code = totp::parse(typed.code).filter(|_| offered.contains(&Method::Totp));
        let code = code.ok_or(FactorRefusal::Wrong)?;
        let mut good = known
            .apps
            .iter()
            .flat_map(|app| totp::steps(&app.secret, code, now).into_iter().map(move |step| (app, step)));
        let first = good.next().ok_or(FactorRefusal::Wrong)?;
        let unused = core::iter::once(first).chain(good).find(|(app, step)| !app.used.contains(step));
        let (app, step) = unused.ok_or(FactorRefusal::Used)?;
        decision.writes.extend(used_app(holder, &app.id, step, now));
    }
    decision.writes.extend(holder.shown(decision.outcome, typed.remember, now));
    Ok(decision)
}

fn used_app(holder: &Holder<'_>, id: &FactorId, step: i64, now: Timestamp) -> [Write; 2] {
    [
        holder.write(|tenant, user| FactorWrite::UseStep { tenant, user, id: id.clone(), step, at: now }),
        holder.write(|tenant, user| FactorWrite::Use { tenant, user, id: id.clone(), counter: 0, at: now }),
    ]
}

/// Writes down what was not accepted.
pub fn failed(
    holder: &Holder<'_>,
    refusal: FactorRefusal,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<()> {
    let mut event = holder.event(Event::LoginFailure, "The second factor was not accepted.", now, rng);
    event.code = Some(refusal.code());
    Decision { audit: vec![event], ..Decision::unchanged(()) }
}

/// Counts a code that was wrong, and writes it down. Of many guesses at once, as many are told that they were wrong as were
/// allowed: beyond them this conflicts, as a right one does, and neither is told apart.
pub fn wrong(holder: &Holder<'_>, typed: Typed<'_>, now: Timestamp, rng: &mut dyn Random) -> Decision<()> {
    let mut decision = failed(holder, FactorRefusal::Wrong, now, rng);
    if codes::hash(holder.tenant, holder.user, typed.code).is_none() {
        decision.guards.push(holder.may_guess(typed.network, now));
    }
    let id = EventId::generate(rng);
    decision.writes.push(holder.write(|tenant, user| FactorWrite::Fail {
        tenant,
        user,
        id,
        session: holder.session.clone(),
        network: typed.network.to_owned(),
        is_unknown: !holder.facts.is_known_browser,
        at: now,
    }));
    decision
}

/// A challenge for an authenticator.
///
/// # Errors
/// Where factors may not be changed now, or there is no passkey that counts.
pub fn challenge(
    holder: &Holder<'_>,
    ceremony: Ceremony,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Token>, FactorRefusal> {
    match ceremony {
        Ceremony::Register => holder.may_change(now)?,
        Ceremony::Show if holder.facts.offered(&holder.policy).contains(&Method::Webauthn) => {}
        // Where a vault is locked, its device asks (`lock`).
        Ceremony::Show | Ceremony::Unlock => return Err(FactorRefusal::Unknown),
    }
    Ok(ask(holder, ceremony, None, now, rng))
}

/// A challenge of this session's, for a ceremony that it may have.
pub(crate) fn ask(
    holder: &Holder<'_>,
    ceremony: Ceremony,
    device: Option<&DeviceId>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Decision<Token> {
    let token = Token::generate(rng);
    let mut decision = Decision::unchanged(token.clone());
    decision.guards.push(Guard::Factor(FactorGuard::Challenges {
        tenant: holder.tenant.clone(),
        session: holder.session.clone(),
        now,
        most: CHALLENGES - 1,
    }));
    decision.writes.push(Write::Factor(FactorWrite::Challenge {
        tenant: holder.tenant.clone(),
        challenge: token.hash(),
        session: holder.session.clone(),
        ceremony,
        device: device.cloned(),
        at: now,
        expires_at: now.plus(CHALLENGE_LIFETIME),
    }));
    decision
}

/// Lets the session go on that a passkey was shown in.
///
/// # Errors
/// Where the person has none that counts.
pub fn show_passkey(
    holder: &Holder<'_>,
    id: &FactorId,
    challenge: &TokenHash,
    shown: Shown,
    remember: bool,
    now: Timestamp,
) -> Result<Decision<Method>, FactorRefusal> {
    if shown.ceremony() != Ceremony::Show {
        return Err(WebauthnRefusal::Challenge.into());
    }
    accept(holder, id, challenge, shown, remember, now)
}

/// What a passkey changes that was shown, whatever for.
pub(crate) fn accept(
    holder: &Holder<'_>,
    id: &FactorId,
    challenge: &TokenHash,
    shown: Shown,
    remember: bool,
    now: Timestamp,
) -> Result<Decision<Method>, FactorRefusal> {
    if !holder.facts.offered(&holder.policy).contains(&Method::Webauthn) {
        return Err(FactorRefusal::Unknown);
    }
    let mut decision = Decision::unchanged(Method::Webauthn);
    decision.guards.push(holder.unchanged());
    decision.writes.push(use_challenge(holder, challenge, now));
    let counter = shown.counter();
    // Judged by what was loaded: by now it may be removed, or have counted further.
    let (tenant, user) = (holder.tenant.clone(), holder.user.clone());
    decision.guards.push(Guard::Factor(FactorGuard::Counter { tenant, user, id: id.clone(), counter }));
    decision.writes.push(holder.write(|tenant, user| FactorWrite::Use {
        tenant,
        user,
        id: id.clone(),
        counter,
        at: now,
    }));
    decision.writes.extend(holder.shown(Method::Webauthn, remember, now));
    Ok(decision)
}

fn use_challenge(holder: &Holder<'_>, challenge: &TokenHash, now: Timestamp) -> Write {
    Write::Factor(FactorWrite::UseChallenge {
        tenant: holder.tenant.clone(),
        challenge: challenge.clone(),
        at: now,
    })
}

/// A factor to add.
#[derive(Clone, Debug)]
pub enum NewFactor<'a> {
    /// An authenticator app, which showed its first code.
    App {
        /// Its secret.
        secret: &'a [u8],
        /// The secret, sealed for its place.
        sealed: String,
        /// The code.
        code: &'a str,
    },
    /// A passkey or a security key.
    Passkey {
        /// What it registered.
        credential: Credential,
        /// The challenge that it answered.
        challenge: TokenHash,
    },
}

/// Adds a factor. With somebody's first come backup codes, where policies allow them: they are shown once.
///
/// # Errors
/// [`FactorRefusal`].
pub fn add(
    holder: &Holder<'_>,
    id: FactorId,
    name: &str,
    new: NewFactor<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Vec<String>>, FactorRefusal> {
    holder.may_change(now)?;
    let name = name.trim();
    if !(1..=NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(FactorRefusal::Name);
    }
    if holder.facts.kinds.len() >= FACTORS {
        return Err(FactorRefusal::Full);
    }
    let (method, detail) = match new {
        NewFactor::App { .. } => (Method::Totp, "An authenticator app."),
        NewFactor::Passkey { .. } => (Method::Webauthn, "A passkey or a security key."),
    };
    if !holder.policy.methods.has(method) {
        return Err(FactorRefusal::Forbidden);
    }
    let mut decision = Decision::unchanged(Vec::new());
    decision.guards.push(holder.unchanged());
    if !holder.facts.has_any() {
        // Two that add the first at once: the other has to be shown what this one added.
        let (tenant, user) = (holder.tenant.clone(), holder.user.clone());
        decision.guards.push(Guard::Factor(FactorGuard::None { tenant, user }));
    }
    let name = name.to_owned();
    match new {
        NewFactor::App { secret, sealed, code } => {
            let code = totp::parse(code).ok_or(FactorRefusal::Wrong)?;
            let step = totp::steps(secret, code, now).first().copied().ok_or(FactorRefusal::Wrong)?;
            let its = id.clone();
            decision.writes.push(holder.write(|tenant, user| FactorWrite::AddApp {
                tenant,
                user,
                id,
                name,
                sealed,
                at: now,
            }));
            decision.writes.extend(used_app(holder, &its, step, now));
        }
        NewFactor::Passkey { credential, challenge } => {
            decision.writes.push(use_challenge(holder, &challenge, now));
            decision.writes.push(holder.write(|tenant, user| FactorWrite::AddPasskey {
                tenant,
                user,
                id,
                name,
                credential,
                at: now,
            }));
        }
    }
    decision.writes.extend(holder.shown(method, false, now));
    decision.audit.push(holder.event(Event::SetTwoFactorOn, detail, now, rng));
    if holder.facts.codes == 0 && holder.policy.methods.has(Method::BackupCode) {
        decision.outcome = put_codes(holder, &mut decision.writes, now, rng);
    }
    Ok(decision)
}

/// Ten backup codes in the place of those that there were.
fn put_codes(
    holder: &Holder<'_>,
    writes: &mut Vec<Write>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Vec<String> {
    let made = codes::generate(rng);
    let hashes: Vec<String> =
        made.iter().filter_map(|code| codes::hash(holder.tenant, holder.user, code)).collect();
    let hashes = json!(hashes).to_string();
    writes.push(holder.write(|tenant, user| FactorWrite::RemoveCodes { tenant, user }));
    writes.push(holder.write(|tenant, user| FactorWrite::AddCodes { tenant, user, hashes, at: now }));
    made
}

/// New backup codes: those before are worth nothing any more.
///
/// # Errors
/// [`FactorRefusal`].
pub fn renew_codes(
    holder: &Holder<'_>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<Vec<String>>, FactorRefusal> {
    holder.may_change(now)?;
    if !holder.facts.has_any() || !holder.policy.methods.has(Method::BackupCode) {
        return Err(FactorRefusal::Forbidden);
    }
    let mut decision = Decision::unchanged(Vec::new());
    decision.guards.push(holder.unchanged());
    decision.outcome = put_codes(holder, &mut decision.writes, now, rng);
    decision.audit.push(holder.event(Event::SetTwoFactorOn, "New backup codes.", now, rng));
    Ok(decision)
}

/// Removes a factor; `kind` is that of the one with this ID, `None` where the person has none such. Every browser is asked
/// again, and every other session.
///
/// # Errors
/// [`FactorRefusal`].
pub fn remove(
    holder: &Holder<'_>,
    id: &FactorId,
    kind: Option<Method>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, FactorRefusal> {
    holder.may_change(now)?;
    let kind = kind.ok_or(FactorRefusal::Unknown)?;
    let mut others = holder.facts.kinds.clone();
    if let Some(at) = others.iter().position(|other| *other == kind) {
        others.remove(at);
    }
    if holder.policy.is_required && !others.iter().any(|other| holder.policy.methods.has(*other)) {
        return Err(FactorRefusal::LastRequired);
    }
    let mut decision = Decision::unchanged(());
    decision.guards.push(holder.unchanged());
    decision.writes.push(holder.write(|tenant, user| FactorWrite::Remove { tenant, user, id: id.clone() }));
    if others.is_empty() {
        decision.writes.push(holder.write(|tenant, user| FactorWrite::RemoveCodes { tenant, user }));
    }
    decision.writes.push(holder.write(|tenant, user| FactorWrite::ForgetBrowsers { tenant, user }));
    let except = holder.session.as_str().to_owned();
    decision.writes.push(holder.write(|tenant, user| FactorWrite::ForgetShown { tenant, user, except }));
    let detail = match kind {
        Method::Totp => "An authenticator app.",
        _ => "A passkey or a security key.",
    };
    decision.audit.push(holder.event(Event::SetTwoFactorOff, detail, now, rng));
    Ok(decision)
}

/// What takes every factor from somebody; that it may be, and who did it, is the caller's to decide and to write down.
pub fn remove_all(tenant: &TenantId, user: &UserId) -> Vec<Write> {
    let (tenant, user) = (|| tenant.clone(), || user.clone());
    [
        FactorWrite::RemoveAll { tenant: tenant(), user: user() },
        FactorWrite::RemoveCodes { tenant: tenant(), user: user() },
        FactorWrite::ForgetBrowsers { tenant: tenant(), user: user() },
        FactorWrite::ForgetShown { tenant: tenant(), user: user(), except: String::new() },
    ]
    .map(Write::Factor)
    .into()
}

#[cfg(test)]
mod tests;
