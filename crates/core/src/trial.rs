//! A test sign-in: the real way to the IdP and back, with a draft, and nobody is signed in.
//!
//! **A draft makes no session, by type.** [`Draft`] is no [`crate::Connection`], and what the engine verified
//! for it stays in [`Judged`], which gives neither the response nor the assertion away: [`crate::finish`] takes both.
//!
//! What comes of it is a [`Report`]: each check with what was received, and for the one that failed what to do about it.

use core::time::Duration;

use keyward_saml::{
    Certificate, Encoding, IdpTrust, Job, Outcome, Pending, Request, ResponseInput, ServiceProvider,
    SignedPart, Step, Timestamp, VerifiedAssertion, verify_response,
};
use serde_json::{Value as Json, json};

use crate::admin::{Actor, AdminGuard, AdminRefusal, AdminWrite, By, ConnectionFacts, Privilege, may_edit};
use crate::advice::fix;
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::facts::{SpAddresses, SubjectSource, rules_for_responses};
use crate::id::{ConnectionId, NodeId, TenantId, UserId};
use crate::preview::{Described, Rules};
use crate::provisioning::ProvisioningFacts;
use crate::random::{Random, TokenHash, opaque_id};
use crate::refusal::Refusal;
use crate::saml_log::Stage;
use crate::start::{REQUEST_LIFETIME, Ready, Route};

const PREFIX: &str = "_trial-";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// A certificate that ends sooner is told of.
const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Test sign-ins of one person that wait for their answers at once: each keeps a row for half an hour.
pub const OPEN: i64 = 10;
/// Values of one attribute that are shown.
const VALUES: usize = 20;

/// The ID of a test's AuthnRequest, by which its answer is told from that of a sign-in. Whoever writes it into a message gains
/// nothing: a test signs nobody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialId(String);

impl TrialId {
    /// A new one.
    pub fn generate(rng: &mut dyn Random) -> TrialId {
        TrialId(opaque_id(PREFIX, rng))
    }

    /// From the database, an address or a message.
    pub fn parse(text: &str) -> Option<TrialId> {
        let letters = text.strip_prefix(PREFIX)?;
        let is_id =
            letters.len() == 20 && letters.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        is_id.then(|| TrialId(text.to_owned()))
    }

    /// The one that a message says it answers, before anything of it is verified.
    pub fn answered_by(xml: &[u8]) -> Option<TrialId> {
        let text = core::str::from_utf8(xml).ok()?;
        ["InResponseTo=\"", "InResponseTo='"].iter().find_map(|name| {
            let (_, rest) = text.split_once(name)?;
            TrialId::parse(rest.get(..PREFIX.len() + 20)?)
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A configuration that is tried.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Whose.
    pub tenant: TenantId,
    /// Where the connection makes accounts.
    pub node: NodeId,
    /// The IdP's signing certificates.
    pub certificates: Vec<Certificate>,
    /// Until when SHA-1 is taken.
    pub allow_sha1_until: Option<Timestamp>,
    /// How many keys the host holds to decrypt with.
    pub decryption_keys: usize,
    /// What says whom its assertions are about.
    pub rules: Rules,
}

/// How far a response is judged.
pub enum Judging {
    /// Keys have to be used.
    Need(Box<Unjudged>),
    /// To the end, or as far as it went.
    Done(Box<Judged>),
}

/// A response of which signatures or keys are still to be looked at.
pub struct Unjudged {
    pending: Pending,
    trial: TrialId,
}

impl Unjudged {
    /// What to do with which key.
    pub fn jobs(&self) -> &[Job] {
        self.pending.jobs()
    }

    /// Goes on.
    pub fn resume(self, outcomes: Vec<Outcome>) -> Judging {
        Judging::of(self.pending.resume(outcomes), self.trial)
    }
}

impl Judging {
    fn of(step: Step, trial: TrialId) -> Judging {
        match step {
            Step::Need(pending) => Judging::Need(Box::new(Unjudged { pending: *pending, trial })),
            Step::Done(result) => {
                let answered = (*result).and_then(|it| it.answering(Request::Answers(trial.as_str())));
                Judging::Done(Box::new(Judged(answered)))
            }
        }
    }
}

/// What the engine made of a response to a test. Nothing of it can be had that a sign-in is made of:
///
/// ```compile_fail,E0616
/// fn sign_in(judged: keyward_core::trial::Judged) -> keyward_saml::VerifiedAssertion {
///     judged.0.unwrap()
/// }
/// ```
pub struct Judged(Result<VerifiedAssertion, keyward_saml::Refusal>);

impl Draft {
    /// Judges a response as a sign-in's is judged.
    pub fn judge(&self, response: &str, origin: &str, trial: &TrialId, now: Timestamp) -> Judging {
        let SpAddresses { entity_id, acs_url, .. } = SpAddresses::new(origin, &self.rules.connection);
        let idp =
            IdpTrust { entity_id: self.rules.idp_entity_id.clone(), certificates: self.certificates.clone() };
        let step = verify_response(&ResponseInput {
            response: response.as_bytes(),
            encoding: Encoding::Base64,
            now,
            idp: &idp,
            sp: &ServiceProvider { entity_id, acs_url, decryption_keys: self.decryption_keys },
            request: Request::Later,
            policy: &rules_for_responses(self.allow_sha1_until, false, now),
        });
        Judging::of(step, trial.clone())
    }
}

/// The request that a sign-in by the draft would send, to where `route` says.
pub fn request(route: Route, trial: &TrialId, origin: &str, now: Timestamp) -> Ready {
    Ready::of_trial(route, trial, origin, now)
}

impl Judged {
    /// Whom the assertion names, to look facts up by.
    pub fn describe(&self, draft: &Draft) -> Option<Described> {
        let assertion = self.0.as_ref().ok()?;
        draft.rules.describe(assertion.name_id(), assertion.attributes()).ok()
    }

    /// The report; `facts` are of whom it names, `None` where it names nobody.
    pub fn report(&self, draft: &Draft, facts: Option<&ProvisioningFacts>, now: Timestamp) -> Report {
        let mut report = Report { checks: Vec::new(), failed: None, received: None, account: None };
        let refusal = match &self.0 {
            Err(refusal) => Some(Refusal::Saml(refusal.clone())),
            Ok(assertion) => {
                report.received = Some(received(assertion));
                report.judge_person(draft, facts, assertion)
            }
        };
        report.tell(draft, self.0.as_ref().ok(), refusal, now);
        report
    }
}

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It held.
    Passed,
    /// It held, and somebody should know.
    Warned,
    /// It did not.
    Failed,
    /// It was not looked at.
    NotReached,
}

impl Verdict {
    /// For the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Warned => "warned",
            Verdict::Failed => "failed",
            Verdict::NotReached => "not-reached",
        }
    }
}

/// The checks as they are told, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is a SAML response.
    Message,
    /// The IdP says that it succeeded.
    Status,
    /// A certificate of the draft signed it.
    Signature,
    /// It is of this IdP.
    Issuer,
    /// It answers the request of this test, at our ACS.
    Answer,
    /// What is encrypted opens.
    Encryption,
    /// The assertion is for us.
    Audience,
    /// It was sent to our ACS.
    Recipient,
    /// It counts now.
    Time,
    /// All else that the profile asks of it.
    Profile,
    /// It says who somebody is.
    Subject,
    /// It says by which address, and what more is configured.
    Attributes,
    /// The address is one that this connection may speak for.
    Domain,
    /// There is an account, or one would be made.
    Account,
    /// The certificates are in their time.
    Certificates,
}

impl Check {
    /// In their order.
    pub const ALL: [Check; 15] = [
        Check::Message,
        Check::Status,
        Check::Signature,
        Check::Issuer,
        Check::Answer,
        Check::Encryption,
        Check::Audience,
        Check::Recipient,
        Check::Time,
        Check::Profile,
        Check::Subject,
        Check::Attributes,
        Check::Domain,
        Check::Account,
        Check::Certificates,
    ];

    /// Its name, for the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Check::Message => "message",
            Check::Status => "status",
            Check::Signature => "signature",
            Check::Issuer => "issuer",
            Check::Answer => "answer",
            Check::Encryption => "encryption",
            Check::Audience => "audience",
            Check::Recipient => "recipient",
            Check::Time => "time",
            Check::Profile => "profile",
            Check::Subject => "subject",
            Check::Attributes => "attributes",
            Check::Domain => "domain",
            Check::Account => "account",
            Check::Certificates => "certificates",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Check::Message => "SAML response",
            Check::Status => "Status",
            Check::Signature => "Signature",
            Check::Issuer => "Issuer",
            Check::Answer => "Answers our request",
            Check::Encryption => "Encryption",
            Check::Audience => "Audience",
            Check::Recipient => "Recipient",
            Check::Time => "Time",
            Check::Profile => "Form of the assertion",
            Check::Subject => "Who it is about",
            Check::Attributes => "Attributes",
            Check::Domain => "E-mail domain",
            Check::Account => "Account",
            Check::Certificates => "Certificates",
        }
    }

    fn of(refusal: &Refusal) -> Check {
        use keyward_saml::Refusal as Saml;
        match refusal {
            Refusal::Saml(Saml::Issuer { .. }) => Check::Issuer,
            Refusal::Saml(Saml::Audience { .. }) => Check::Audience,
            Refusal::Saml(Saml::Recipient { .. } | Saml::SubjectConfirmation { .. }) => Check::Recipient,
            Refusal::Saml(
                Saml::Expired { .. } | Saml::NotYetValid { .. } | Saml::Lifetime { .. } | Saml::Time { .. },
            ) => Check::Time,
            Refusal::NameIdMissing | Refusal::NameIdTransient => Check::Subject,
            Refusal::EmailDomainNotReserved { .. } | Refusal::EmailDomainRoutedElsewhere { .. } => {
                Check::Domain
            }
            refusal => match Stage::of(refusal) {
                Stage::Connection | Stage::Message | Stage::Xml => Check::Message,
                Stage::Status => Check::Status,
                Stage::Signature => Check::Signature,
                Stage::Envelope | Stage::Request => Check::Answer,
                Stage::Decryption => Check::Encryption,
                Stage::Assertion => Check::Profile,
                Stage::Identity => Check::Attributes,
                Stage::Account | Stage::Session => Check::Account,
            },
        }
    }

    /// Which of them are judged together: of these, only the one that failed is known about.
    fn group(self) -> u8 {
        match self {
            Check::Message => 0,
            Check::Status => 1,
            Check::Signature => 2,
            Check::Issuer | Check::Answer => 3,
            Check::Encryption => 4,
            Check::Audience | Check::Recipient | Check::Time | Check::Profile => 5,
            Check::Subject => 6,
            Check::Attributes => 7,
            Check::Domain => 8,
            Check::Account => 9,
            Check::Certificates => 10,
        }
    }
}

/// A check with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Which.
    pub check: Check,
    /// What came of it.
    pub verdict: Verdict,
    /// What was received, or why it failed; may be empty.
    pub detail: String,
    /// What to do about it.
    pub fix: Option<&'static str>,
}

/// What a test found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// In their order.
    pub checks: Vec<Checked>,
    /// The code of the refusal with which a sign-in would have ended.
    pub failed: Option<&'static str>,
    received: Option<Json>,
    account: Option<String>,
}

impl Report {
    /// For the API.
    pub fn to_json(&self) -> Json {
        let checks = self.checks.iter().map(|it| {
            json!({
                "check": it.check.as_str(), "title": it.check.title(), "verdict": it.verdict.as_str(),
                "detail": it.detail, "fix": it.fix,
            })
        });
        json!({ "failed": self.failed, "checks": checks.collect::<Vec<_>>(), "received": self.received })
    }

    /// The core's own checks, by the functions that decide a sign-in.
    fn judge_person(
        &mut self,
        draft: &Draft,
        facts: Option<&ProvisioningFacts>,
        assertion: &VerifiedAssertion,
    ) -> Option<Refusal> {
        let (name_id, attributes) = (assertion.name_id(), assertion.attributes());
        if let Err(refusal) = draft.rules.describe(name_id, attributes) {
            return Some(refusal);
        }
        match draft.rules.provision(name_id, attributes, facts?) {
            Err(refusal) => Some(refusal),
            Ok(provisioned) => {
                let what = match provisioned.user {
                    Some(user) => format!("Opens the account {}.", user.as_str()),
                    None => "There is no account yet: a sign-in would make one.".to_owned(),
                };
                let roles = match provisioned.given.len() {
                    0 => String::new(),
                    1 => " It gives one role.".to_owned(),
                    many => format!(" It gives {many} roles."),
                };
                self.account = Some(format!("{what}{roles}"));
                None
            }
        }
    }

    fn tell(
        &mut self,
        draft: &Draft,
        assertion: Option<&VerifiedAssertion>,
        refusal: Option<Refusal>,
        now: Timestamp,
    ) {
        self.failed = refusal.as_ref().map(Refusal::code);
        let failed_at = refusal.as_ref().map(Check::of);
        for check in Check::ALL {
            if check == Check::Certificates {
                self.checks.push(certificates(&draft.certificates, now));
                continue;
            }
            let checked = match (&refusal, failed_at) {
                (Some(refusal), Some(at)) if at == check => Checked {
                    check,
                    verdict: Verdict::Failed,
                    detail: refusal.to_string(),
                    fix: fix(refusal.code()),
                },
                (Some(_), Some(at)) if at.group() <= check.group() => {
                    Checked { check, verdict: Verdict::NotReached, detail: String::new(), fix: None }
                }
                _ => {
                    let (verdict, detail) = self.passed(check, draft, assertion);
                    Checked { check, verdict, detail, fix: None }
                }
            };
            self.checks.push(checked);
        }
    }

    fn passed(
        &self,
        check: Check,
        draft: &Draft,
        assertion: Option<&VerifiedAssertion>,
    ) -> (Verdict, String) {
        let plain = |text: &str| (Verdict::Passed, text.to_owned());
        let Some(assertion) = assertion else { return plain("") };
        match check {
            Check::Signature => {
                let what = match assertion.signed() {
                    [SignedPart::Response] => "The response is signed",
                    [SignedPart::Assertion] => "The assertion is signed",
                    _ => "Response and assertion are signed",
                };
                if assertion.legacy_algorithm() {
                    (Verdict::Warned, format!("{what}, with SHA-1: choose SHA-256 at the identity provider."))
                } else {
                    plain(&format!("{what}, by a certificate of the draft."))
                }
            }
            Check::Issuer => plain(assertion.issuer()),
            Check::Encryption => {
                let how = if assertion.encrypted() {
                    "encrypted to our certificate"
                } else {
                    "unencrypted, as most do"
                };
                if assertion.has_closed_values() {
                    let left_out =
                        "An encrypted value of an attribute is left out: none of our keys opens it.";
                    (Verdict::Warned, format!("The assertion came {how}. {left_out}"))
                } else {
                    plain(&format!("The assertion came {how}."))
                }
            }
            Check::Audience => plain(&draft.rules.sp_entity_id),
            Check::Time => plain(&format!("It counts until {}.", assertion.not_on_or_after())),
            Check::Subject => subject(draft, assertion),
            Check::Attributes => attributes(draft, assertion),
            Check::Domain => match draft.rules.describe(assertion.name_id(), assertion.attributes()) {
                Ok(described) => plain(described.email().domain().as_str()),
                Err(_) => plain(""),
            },
            Check::Account => plain(self.account.as_deref().unwrap_or_default()),
            _ => plain(""),
        }
    }
}

fn received(assertion: &VerifiedAssertion) -> Json {
    let name_id = assertion.name_id().map(|it| json!({ "value": it.value, "format": it.format }));
    let attributes = assertion.attributes().iter().map(|it| {
        let values: Vec<&String> = it.values.iter().take(VALUES).collect();
        json!({ "name": it.name, "values": values, "count": it.values.len() })
    });
    json!({
        "issuer": assertion.issuer(),
        "name_id": name_id,
        "attributes": attributes.collect::<Vec<_>>(),
        "authn_context": assertion.authn_context(),
    })
}

fn subject(draft: &Draft, assertion: &VerifiedAssertion) -> (Verdict, String) {
    match (&draft.rules.subject_source, assertion.name_id()) {
        (SubjectSource::Attribute(name), _) => {
            (Verdict::Passed, format!("By the attribute \u{201c}{name}\u{201d}."))
        }
        (SubjectSource::NameId, Some(name_id)) => {
            let format =
                name_id.format.as_deref().and_then(|uri| uri.rsplit(':').next()).unwrap_or("unspecified");
            let is_address = name_id.format.as_deref() == Some(EMAIL_FORMAT) || name_id.value.contains('@');
            if is_address && draft.rules.pinned_attribute.is_none() {
                let detail = format!(
                    "By the Name ID ({format}), which is an e-mail address: whoever is given the address later is taken for this \
                     person. A persistent Name ID, or a pinned attribute, tells them apart."
                );
                (Verdict::Warned, detail)
            } else {
                (Verdict::Passed, format!("By the Name ID ({format})."))
            }
        }
        (SubjectSource::NameId, None) => (Verdict::Passed, String::new()),
    }
}

fn attributes(draft: &Draft, assertion: &VerifiedAssertion) -> (Verdict, String) {
    let Ok(described) = draft.rules.describe(assertion.name_id(), assertion.attributes()) else {
        return (Verdict::Passed, String::new());
    };
    let mut detail = format!("E-mail {}", described.email().as_str());
    if !described.name().is_empty() {
        detail.push_str(&format!(", name {}", described.name()));
    }
    if draft.rules.groups_attribute.is_some() {
        detail.push_str(&format!(", {} groups", described.groups().len()));
    }
    detail.push('.');
    if described.name().is_empty() {
        detail.push_str(" No name came under the names of the draft: people are called by their address.");
        return (Verdict::Warned, detail);
    }
    (Verdict::Passed, detail)
}

fn certificates(certificates: &[Certificate], now: Timestamp) -> Checked {
    let check = Check::Certificates;
    let ends = certificates.iter().map(Certificate::not_after);
    let (first, last) = (ends.clone().min(), ends.max());
    let (verdict, detail, fix) = match (first, last) {
        (Some(first), _) if first <= now => {
            let detail = format!(
                "A certificate of the draft expired at {first}. It still counts here, since you pinned it, but the identity \
                 provider may stop using it at any time."
            );
            (Verdict::Warned, detail, fix("certificate-expired"))
        }
        (_, Some(last)) if last <= now.plus(SOON) => {
            let detail = format!("The last one ends at {last}, in less than a month.");
            (Verdict::Warned, detail, fix("certificate-expired"))
        }
        (Some(first), _) => (Verdict::Passed, format!("The first one ends at {first}."), None),
        (None, _) => (Verdict::NotReached, String::new(), None),
    };
    Checked { check, verdict, detail, fix }
}

/// A test that waits for its answer, or had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialFacts {
    /// Whose.
    pub tenant: TenantId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// Where that is.
    pub node: NodeId,
    /// Which.
    pub id: TrialId,
    /// The admin who began it.
    pub user: UserId,
    /// The browser that they began it in.
    pub browser: TokenHash,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it was answered.
    pub is_answered: bool,
}

impl TrialFacts {
    /// Whether this browser may go on with it.
    ///
    /// # Errors
    /// As a sign-in's request.
    pub fn check(
        &self,
        connection: &ConnectionId,
        browser: &TokenHash,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if *connection != self.connection {
            return Err(Refusal::RequestOfAnotherConnection { connection: self.connection.clone() });
        }
        if *browser != self.browser {
            return Err(Refusal::RequestOfAnotherBrowser);
        }
        if self.is_answered {
            return Err(Refusal::RequestUsed);
        }
        if now >= self.expires_at {
            return Err(Refusal::RequestExpired { expired_at: self.expires_at, now });
        }
        Ok(())
    }

    /// What the report is sealed for: nowhere else does it open.
    pub fn bound_to(&self) -> String {
        format!("{}|{}|{}|trial", self.tenant.as_str(), self.connection.as_str(), self.id.as_str())
    }

    /// The report, sealed by the host, is kept for whoever began the test. It is a conflict where there is one.
    pub fn answer(
        &self,
        report: &Report,
        sealed: String,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Decision<()> {
        let mut decision = Decision::unchanged(());
        decision.writes.push(Write::Admin(AdminWrite::AnswerTrial {
            tenant: self.tenant.clone(),
            trial: self.id.clone(),
            sealed,
            at: now,
        }));
        let scope = Scope {
            tenant: Some(self.tenant.clone()),
            connection: Some(self.connection.clone()),
            node: Some(self.node.clone()),
        };
        decision.audit.push(AuditEvent {
            code: report.failed,
            actor: Some(self.user.clone()),
            ..AuditEvent::of_system(Event::ConnectionTested, &scope, String::new(), now, rng)
        });
        decision
    }
}

/// Begins a test of a connection's draft, in this browser. `open`: how many of the actor's wait for their answers.
///
/// # Errors
/// Where the actor is no person, may not edit the connection, or there is no draft that could be sent anywhere.
pub fn begin(
    actor: &Actor,
    connection: &ConnectionFacts,
    open: i64,
    browser: &TokenHash,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<TrialId>, AdminRefusal> {
    actor.need(Privilege::ManageConnections, &connection.node)?;
    let By::Person(user) = &actor.by else { return Err(AdminRefusal::PersonOnly) };
    may_edit(actor, connection)?;
    let draft = connection.draft.as_ref().ok_or(AdminRefusal::NoDraft)?;
    if draft.certificates == 0 {
        return Err(AdminRefusal::NoCertificate);
    }
    if draft.sign_requests && !connection.has_key {
        return Err(AdminRefusal::NoKey);
    }
    if open >= OPEN {
        return Err(AdminRefusal::TooMany { what: "test sign-ins" });
    }
    let id = TrialId::generate(rng);
    let mut decision = Decision::unchanged(id.clone());
    decision.guards.push(Guard::Admin(AdminGuard::Trials {
        tenant: actor.tenant.clone(),
        user: user.clone(),
        now,
        most: OPEN - 1,
    }));
    decision.writes.push(Write::Admin(AdminWrite::BeginTrial {
        tenant: actor.tenant.clone(),
        trial: id,
        connection: connection.id.clone(),
        user: user.clone(),
        browser: browser.clone(),
        at: now,
        expires_at: now.plus(REQUEST_LIFETIME),
    }));
    Ok(decision)
}
