//! The one way through for a Response: a state machine that stops where a private or public key has to be used.

use core::time::Duration;

use crate::base64;
use crate::crypto::PublicKey;
use crate::crypto::certificate::Certificate;
use crate::encryption::{Encrypted, Opening, Waiting};
use crate::job::{Answer, Job, Outcome, any_verified, content_keys};
use crate::limits;
use crate::profile::{self, Assertion, Decrypted, Judge, Part, SAML, SAMLP};
use crate::refusal::Refusal;
use crate::signature::{self, Digested};
use crate::time::Timestamp;
use crate::xml::{Document, NodeId};

/// How the message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As XML.
    Xml,
    /// As the form field of the POST binding (Bindings §3.5.4).
    Base64,
}

/// What the admin pinned about the IdP. Nothing that a message says can add to it.
#[derive(Clone, Debug)]
pub struct IdpTrust {
    /// The IdP's entity ID, compared exactly.
    pub entity_id: String,
    /// The certificates whose keys sign; at most [`limits::CERTIFICATES`] are tried. Their dates are not judged
    /// (SAML2Int): a certificate is trusted because an admin put it here.
    pub certificates: Vec<Certificate>,
}

/// Who we are to this IdP.
#[derive(Clone, Debug)]
pub struct ServiceProvider {
    /// Our entity ID: the audience.
    pub entity_id: String,
    /// The URL that the message was posted to: the recipient and the destination.
    pub acs_url: String,
    /// How many decryption keys the host holds; jobs name them by index.
    pub decryption_keys: usize,
}

/// What a connection may loosen or tighten.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Accept SHA-1 in digests and signatures. Off by default.
    pub allow_sha1: bool,
    /// The smallest RSA modulus, in bits. 2048 by default.
    pub min_rsa_bits: usize,
    /// Demand an AudienceRestriction. On by default.
    pub require_audience: bool,
    /// How far clocks may differ. 90 s by default.
    pub clock_skew: Duration,
    /// Take responses that nobody asked for. Off by default.
    pub allow_unsolicited: bool,
    /// The longest that an assertion may be presentable, from now. No cap by default.
    pub max_assertion_lifetime: Option<Duration>,
    /// ForceAuthn was asked at this time: the person must have signed in since.
    pub authn_not_before: Option<Timestamp>,
    /// Authentication contexts of which one was asked for; empty for any.
    pub authn_contexts: Vec<String>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            allow_sha1: false,
            min_rsa_bits: *limits::RSA_BITS.start(),
            require_audience: true,
            clock_skew: profile::DEFAULT_CLOCK_SKEW,
            allow_unsolicited: false,
            max_assertion_lifetime: None,
            authn_not_before: None,
            authn_contexts: Vec::new(),
        }
    }
}

/// The request that a response has to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// This one, by ID.
    Answers(&'a str),
    /// None: the IdP began.
    Unsolicited,
    /// Not looked up yet. [`Unanswered::answering`] will be told.
    Later,
}

/// A Response and all it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct ResponseInput<'a> {
    /// The message as received.
    pub response: &'a [u8],
    /// Its encoding.
    pub encoding: Encoding,
    /// The time.
    pub now: Timestamp,
    /// Whom it has to come from.
    pub idp: &'a IdpTrust,
    /// Whom it has to be for.
    pub sp: &'a ServiceProvider,
    /// What it has to answer.
    pub request: Request<'a>,
    /// The connection's rules.
    pub policy: &'a Policy,
}

/// What was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedPart {
    /// The Response.
    Response,
    /// The Assertion.
    Assertion,
}

/// Where the engine stands.
#[must_use]
#[derive(Debug)]
pub enum Step {
    /// It needs keys used.
    Need(Box<Pending>),
    /// It is done.
    Done(Box<Result<Unanswered, Refusal>>),
}

/// A verification that waits for its jobs.
#[derive(Debug)]
pub struct Pending {
    context: Context,
    state: State,
    jobs: Vec<Job>,
}

/// The input, owned, since the host may take its time.
#[derive(Debug)]
struct Context {
    now: Timestamp,
    idp: String,
    keys: Vec<PublicKey>,
    sp: ServiceProvider,
    request: OwnedRequest,
    policy: Policy,
}

#[derive(Debug)]
enum OwnedRequest {
    Answers(String),
    Unsolicited,
    Later,
}

impl OwnedRequest {
    fn borrow(&self) -> Request<'_> {
        match self {
            OwnedRequest::Answers(id) => Request::Answers(id),
            OwnedRequest::Unsolicited => Request::Unsolicited,
            OwnedRequest::Later => Request::Later,
        }
    }
}

/// A signature that is being verified: its share of the jobs.
#[derive(Debug)]
struct Claim {
    part: SignedPart,
    octets: Vec<u8>,
    jobs: usize,
    legacy: bool,
}

/// What a Response says around its assertion, judged; told where nothing before it is refused.
#[derive(Debug)]
struct Envelope {
    issuer: Result<(), Refusal>,
    /// Destination, and which request it answers.
    in_response_to: Result<Option<String>, Refusal>,
    /// The EncryptedAssertion.
    encrypted: Option<Result<Box<Encrypted>, Refusal>>,
}

/// What is known once the outer signatures hold.
#[derive(Debug, Default)]
struct Progress {
    signed: Vec<SignedPart>,
    legacy: bool,
    encrypted: bool,
    in_response_to: Option<String>,
}

#[derive(Debug)]
enum State {
    /// Signatures of the Response and of a plain Assertion. What was received is kept no longer than that, and of an
    /// unsigned Response only what is around the assertion.
    Outer { unsigned: Option<Envelope>, claims: Vec<Claim> },
    /// The EncryptedAssertion's key.
    Unwrap { encrypted: Box<Encrypted>, progress: Progress },
    /// The EncryptedAssertion's content. Without a key that was unwrapped, it comes to nothing.
    Open { encrypted: Box<Encrypted>, progress: Progress, is_unwrapped: bool },
    /// The signature inside a decrypted Assertion.
    Inner { claim: Claim, progress: Progress, fate: Fate },
    /// Keys of EncryptedID and EncryptedAttribute inside a verified assertion.
    Parts { document: Document, assertion: NodeId, parts: Vec<Waiting>, progress: Progress },
}

/// What follows from the signature inside a plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Where it does not hold, that is told.
    Told,
    /// Where it does not hold, the answer is the one to every ciphertext that cannot be opened.
    Hidden,
    /// It does not count: decryption failed before, and goes on for as long as if it had not.
    Failed,
}

/// An assertion that is verified in every respect but one: which request it answers.
#[derive(Debug)]
pub struct Unanswered {
    verified: VerifiedAssertion,
    in_response_to: Option<String>,
    allow_unsolicited: bool,
}

/// A verified assertion that answers the caller's request. It derefs to [`Assertion`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    assertion: Assertion,
    signed: Vec<SignedPart>,
    encrypted: bool,
    legacy: bool,
}

impl core::ops::Deref for VerifiedAssertion {
    type Target = Assertion;

    fn deref(&self) -> &Assertion {
        &self.assertion
    }
}

impl VerifiedAssertion {
    /// Which parts were signed; at least one.
    pub fn signed(&self) -> &[SignedPart] {
        &self.signed
    }

    /// Whether the assertion came encrypted.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether an algorithm was accepted only because the connection opted in: worth a warning.
    pub fn legacy_algorithm(&self) -> bool {
        self.legacy
    }
}

impl Unanswered {
    /// The request that the response says it answers, in both places that must say so.
    pub fn in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// The assertion's ID.
    pub fn assertion_id(&self) -> &str {
        self.verified.id()
    }

    /// The IdP's entity ID.
    pub fn issuer(&self) -> &str {
        self.verified.issuer()
    }

    /// What it says, to look up by: who is known under this name, in the trip that also looks up the request. Nobody is
    /// signed in by it; that takes the [`VerifiedAssertion`].
    pub fn assertion(&self) -> &Assertion {
        &self.verified
    }

    /// The assertion, given the request that was pending (or none).
    ///
    /// # Errors
    /// [`Refusal::InResponseTo`], or [`Refusal::Unsolicited`] where the policy does not allow that.
    /// [`Request::Later`] is never an answer.
    pub fn answering(self, request: Request<'_>) -> Result<VerifiedAssertion, Refusal> {
        if request == Request::Later {
            return Err(Refusal::InResponseTo {
                place: profile::RESPONSE,
                expected: None,
                found: self.in_response_to,
            });
        }
        profile::check_in_response_to(profile::RESPONSE, request, self.in_response_to.as_deref())?;
        if request == Request::Unsolicited && !self.allow_unsolicited {
            return Err(Refusal::Unsolicited);
        }
        Ok(self.verified)
    }
}

/// Begins to verify a Response (SAML Profiles §4.1.4). See the crate's documentation for the contract.
pub fn verify_response(input: &ResponseInput<'_>) -> Step {
    let certificates = input.idp.certificates.iter().take(limits::CERTIFICATES);
    let context = Context {
        now: input.now,
        idp: input.idp.entity_id.clone(),
        keys: certificates.map(|certificate| certificate.public_key().clone()).collect(),
        sp: input.sp.clone(),
        request: match input.request {
            Request::Answers(id) => OwnedRequest::Answers(id.to_owned()),
            Request::Unsolicited => OwnedRequest::Unsolicited,
            Request::Later => OwnedRequest::Later,
        },
        policy: input.policy.clone(),
    };
    finish(begin(input, context))
}

fn finish(step: Result<Step, Refusal>) -> Step {
    step.unwrap_or_else(|refusal| Step::Done(Box::new(Err(refusal))))
}

fn decode(input: &ResponseInput<'_>) -> Result<Vec<u8>, Refusal> {
    let too_large = Refusal::TooLarge { limit: limits::MESSAGE_BYTES };
    match input.encoding {
        Encoding::Xml if input.response.len() > limits::MESSAGE_BYTES => Err(too_large),
        Encoding::Xml => Ok(input.response.to_vec()),
        // Four characters for three octets, and room for line ends.
        Encoding::Base64 if input.response.len() > limits::MESSAGE_BYTES / 2 * 3 => Err(too_large),
        Encoding::Base64 => base64::decode(input.response).ok_or(Refusal::Base64),
    }
}

/// The Assertion and EncryptedAssertion elements directly inside a Response: exactly one together.
fn only_assertion(document: &Document, response: NodeId) -> Result<NodeId, Refusal> {
    let is_assertion = |node: &NodeId| {
        document.is(*node, SAML, "Assertion") || document.is(*node, SAML, "EncryptedAssertion")
    };
    let assertions: Vec<NodeId> = document.elements(response).filter(is_assertion).collect();
    match assertions.as_slice() {
        [only] => Ok(*only),
        _ => Err(Refusal::AssertionCount { found: assertions.len() }),
    }
}

fn begin(input: &ResponseInput<'_>, context: Context) -> Result<Step, Refusal> {
    let document = Document::parse_owned(decode(input)?)?;
    let response = document.root();
    if !document.is(response, SAMLP, "Response") {
        return Err(Refusal::MessageType {
            expected: "Response",
            found: signature::local_name(&document, response),
        });
    }
    signature::check_ids(&document)?;
    profile::check_header(&document, response)?;
    profile::check_status(&document, response)?;
    let assertion = match only_assertion(&document, response) {
        Ok(assertion) => assertion,
        Err(refusal) => {
            // What comes before it in the profile's order is told first.
            context.accept(&context.envelope(&document, None))?;
            return Err(refusal);
        }
    };
    let is_plain = document.is(assertion, SAML, "Assertion");

    let parents = [Some(response), is_plain.then_some(assertion)];
    let [of_response, of_assertion] = signature::locate(&document, parents)?;
    let mut claims = Vec::new();
    let mut jobs = Vec::new();
    for (signature, part) in [(of_response, SignedPart::Response), (of_assertion, SignedPart::Assertion)] {
        if let Some(signature) = signature {
            claims.push(claim(
                signature::digest(&document, signature, &context.keys, &context.policy)?,
                part,
                &mut jobs,
            )?);
        }
    }
    if claims.is_empty() && is_plain {
        return Err(Refusal::SignatureMissing);
    }
    let unsigned = of_response.is_none().then(|| context.envelope(&document, Some(assertion)));
    drop(document);
    let pending = Pending { context, state: State::Outer { unsigned, claims }, jobs };
    // Encrypted, and not signed outside: it may be signed inside.
    if pending.jobs.is_empty() { pending.advance(Vec::new()) } else { Ok(Step::Need(Box::new(pending))) }
}

fn claim(digested: Digested, part: SignedPart, jobs: &mut Vec<Job>) -> Result<Claim, Refusal> {
    if digested.jobs.is_empty() {
        return Err(Refusal::SignatureInvalid { tried: 0 });
    }
    let claim = Claim { part, octets: digested.octets, jobs: digested.jobs.len(), legacy: digested.legacy };
    jobs.extend(digested.jobs.into_iter().map(Job::Verify));
    Ok(claim)
}

impl Pending {
    /// What has to be done, all of it, in any order.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Goes on, given one outcome for each job, in the order of [`Pending::jobs`].
    pub fn resume(self, outcomes: Vec<Outcome>) -> Step {
        finish(self.advance(outcomes))
    }

    fn advance(self, outcomes: Vec<Outcome>) -> Result<Step, Refusal> {
        let Pending { context, state, .. } = self;
        let mut outcomes = outcomes.into_iter();
        match state {
            State::Outer { unsigned, claims } => context.outer(unsigned, claims, &mut outcomes),
            State::Unwrap { mut encrypted, progress } => {
                match encrypted.begin_to_open(content_keys(outcomes)) {
                    Opening::Job { job, is_unwrapped } => Ok(Step::Need(Box::new(Pending {
                        context,
                        state: State::Open { encrypted, progress, is_unwrapped },
                        jobs: vec![Job::Open(job)],
                    }))),
                    Opening::Done { plaintext, is_right } => {
                        context.unauthenticated(&encrypted, progress, &plaintext, is_right)
                    }
                }
            }
            State::Open { encrypted, progress, is_unwrapped } => match outcomes.next() {
                Some(Outcome(Answer::Opened(Some(plaintext)))) if is_unwrapped => {
                    let read = context.read(&encrypted, &plaintext, &progress)?;
                    context.go_on(read, progress)
                }
                _ => Err(Refusal::Decrypt),
            },
            State::Inner { claim, progress, fate } => {
                let holds = any_verified(&mut outcomes, claim.jobs);
                match (holds, fate) {
                    // From here on the plaintext is the IdP's own: an altered ciphertext does not come this far.
                    (true, Fate::Told | Fate::Hidden) => context.inner(claim, progress),
                    (false, Fate::Told) => Err(Refusal::SignatureInvalid { tried: claim.jobs }),
                    (_, Fate::Failed) | (false, Fate::Hidden) => Err(Refusal::Decrypt),
                }
            }
            State::Parts { document, assertion, parts, progress } => {
                let mut opened = Vec::new();
                for Waiting { node, part, encrypted, jobs } in parts {
                    let octets = encrypted.open(content_keys(outcomes.by_ref().take(jobs)));
                    match octets.and_then(|octets| encrypted.parse(&octets).map_err(|_| Refusal::Decrypt)) {
                        Ok(inner) => opened.push((node, inner)),
                        Err(_) if part == Part::Value => {}
                        Err(refusal) => return Err(refusal),
                    }
                }
                context.judge(&document, assertion, &Decrypted(&opened), progress)
            }
        }
    }
}

impl Context {
    /// Reads what is around the assertion, which is read too where it is encrypted.
    fn envelope(&self, document: &Document, assertion: Option<NodeId>) -> Envelope {
        let root = document.root();
        let is_encrypted = |node: &NodeId| document.is(*node, SAML, "EncryptedAssertion");
        Envelope {
            issuer: profile::check_response_issuer(document, root, &self.idp),
            in_response_to: profile::check_response(document, root, &self.sp.acs_url),
            encrypted: assertion
                .filter(is_encrypted)
                .map(|node| Encrypted::read(document, node).map(Box::new)),
        }
    }

    /// Whether an answer comes from the IdP, to here, for the request. Gives which one that is.
    fn accept(&self, envelope: &Envelope) -> Result<Option<String>, Refusal> {
        envelope.issuer.clone()?;
        self.accept_answer(&envelope.in_response_to)
    }

    fn accept_answer(
        &self,
        in_response_to: &Result<Option<String>, Refusal>,
    ) -> Result<Option<String>, Refusal> {
        let in_response_to = in_response_to.clone()?;
        profile::check_in_response_to(profile::RESPONSE, self.request.borrow(), in_response_to.as_deref())?;
        if matches!(self.request, OwnedRequest::Unsolicited) && !self.policy.allow_unsolicited {
            return Err(Refusal::Unsolicited);
        }
        Ok(in_response_to)
    }

    fn outer(
        self,
        unsigned: Option<Envelope>,
        claims: Vec<Claim>,
        outcomes: &mut impl Iterator<Item = Outcome>,
    ) -> Result<Step, Refusal> {
        let mut progress = Progress::default();
        // The envelope is read from what was signed wherever it was, and the assertion likewise.
        let mut envelope = unsigned;
        let mut plain = None;
        for claim in claims {
            if !any_verified(outcomes, claim.jobs) {
                return Err(Refusal::SignatureInvalid { tried: claim.jobs });
            }
            progress.signed.push(claim.part);
            progress.legacy |= claim.legacy;
            drop(plain.take());
            let signed = Document::parse_canonical(claim.octets)?;
            let node = match claim.part {
                SignedPart::Assertion => signed.root(),
                SignedPart::Response => {
                    let inside = only_assertion(&signed, signed.root())?;
                    envelope = Some(self.envelope(&signed, Some(inside)));
                    inside
                }
            };
            plain = Some((signed, node));
        }
        let Some(Envelope { issuer, in_response_to, encrypted }) = envelope else {
            return Err(Refusal::SignatureMissing);
        };
        issuer?;
        let plain = match encrypted {
            // What is encrypted tells its Issuer later.
            Some(_) => None,
            None => plain,
        };
        if let Some((assertion, node)) = &plain {
            profile::check_assertion_issuer(assertion, *node, &self.idp)?;
        }
        progress.in_response_to = self.accept_answer(&in_response_to)?;
        if let Some((document, node)) = plain {
            return self.parts(document, node, progress);
        }
        // `begin` refuses a plain assertion without any signature.
        let encrypted = encrypted.ok_or(Refusal::SignatureMissing)??;
        progress.encrypted = true;
        let jobs: Vec<Job> =
            encrypted.jobs(self.sp.decryption_keys).into_iter().map(Job::UnwrapKey).collect();
        if jobs.is_empty() {
            return Err(Refusal::NoDecryptionKey);
        }
        Ok(Step::Need(Box::new(Pending {
            context: self,
            state: State::Unwrap { encrypted, progress },
            jobs,
        })))
    }

    /// The plaintext is a document of its own: its signature, if any, was made over it as such.
    fn read(
        &self,
        encrypted: &Encrypted,
        plaintext: &[u8],
        progress: &Progress,
    ) -> Result<Plaintext, Refusal> {
        let document = encrypted.parse(plaintext)?;
        let assertion = document.root();
        if !document.is(assertion, SAML, "Assertion") {
            return Err(Refusal::MessageType {
                expected: "Assertion",
                found: signature::local_name(&document, assertion),
            });
        }
        signature::check_ids(&document)?;
        let [signature] = signature::locate(&document, [Some(assertion)])?;
        let Some(signature) = signature else {
            return match progress.signed.as_slice() {
                [SignedPart::Response] => Ok(Plaintext::Covered(document)),
                _ => Err(Refusal::EncryptedUnsigned),
            };
        };
        Ok(Plaintext::Signed(signature::digest(&document, signature, &self.keys, &self.policy)?))
    }

    fn go_on(self, plaintext: Plaintext, progress: Progress) -> Result<Step, Refusal> {
        match plaintext {
            Plaintext::Covered(document) => {
                let assertion = document.root();
                self.parts(document, assertion, progress)
            }
            Plaintext::Signed(digested) => self.verify_inside(digested, progress, Fate::Told),
        }
    }

    fn verify_inside(self, digested: Digested, progress: Progress, fate: Fate) -> Result<Step, Refusal> {
        let mut jobs = Vec::new();
        let claim = claim(digested, SignedPart::Assertion, &mut jobs)?;
        let state = State::Inner { claim, progress, fate };
        Ok(Step::Need(Box::new(Pending { context: self, state, jobs })))
    }

    /// Goes on with what CBC gave, which proves nothing. Where no signature outside vouches for the ciphertext, whoever alters
    /// it could learn the plaintext from what it is refused for, bit by bit: so every failure takes the same steps, up to
    /// signatures that are verified for nothing, to the same answer.
    fn unauthenticated(
        self,
        encrypted: &Encrypted,
        progress: Progress,
        plaintext: &[u8],
        is_right: bool,
    ) -> Result<Step, Refusal> {
        let read = self.read(encrypted, plaintext, &progress);
        if !progress.signed.is_empty() {
            return if is_right { self.go_on(read?, progress) } else { Err(Refusal::Decrypt) };
        }
        let step = match read {
            Ok(Plaintext::Signed(digested)) if !digested.jobs.is_empty() => {
                self.verify_inside(digested, progress, if is_right { Fate::Hidden } else { Fate::Failed })
            }
            _ => {
                let nothing = Digested::stand_in(plaintext, &self.keys, &self.policy);
                self.verify_inside(nothing, progress, Fate::Failed)
            }
        };
        step.map_err(|_| Refusal::Decrypt)
    }

    fn inner(self, claim: Claim, mut progress: Progress) -> Result<Step, Refusal> {
        progress.signed.push(SignedPart::Assertion);
        progress.legacy |= claim.legacy;
        let document = Document::parse_canonical(claim.octets)?;
        let node = document.root();
        self.parts(document, node, progress)
    }

    /// Decrypts what is encrypted inside a verified assertion.
    fn parts(self, document: Document, assertion: NodeId, progress: Progress) -> Result<Step, Refusal> {
        let mut parts = Vec::new();
        let mut jobs = Vec::new();
        for (node, part) in profile::encrypted_parts(&document, assertion) {
            let encrypted = match Encrypted::read(&document, node) {
                Err(_) if part == Part::Value => continue,
                read => read?,
            };
            let own = encrypted.jobs(self.sp.decryption_keys);
            if own.is_empty() || jobs.len() + own.len() > limits::UNWRAP_JOBS {
                if part == Part::Value {
                    continue;
                }
                return Err(if own.is_empty() { Refusal::NoDecryptionKey } else { Refusal::Decrypt });
            }
            parts.push(Waiting { node, part, encrypted, jobs: own.len() });
            jobs.extend(own.into_iter().map(Job::UnwrapKey));
        }
        if parts.is_empty() {
            return self.judge(&document, assertion, &Decrypted(&[]), progress);
        }
        Ok(Step::Need(Box::new(Pending {
            context: self,
            state: State::Parts { document, assertion, parts, progress },
            jobs,
        })))
    }

    fn judge(
        self,
        document: &Document,
        node: NodeId,
        decrypted: &Decrypted<'_>,
        progress: Progress,
    ) -> Result<Step, Refusal> {
        let judge = Judge {
            now: self.now,
            idp: &self.idp,
            sp: &self.sp.entity_id,
            acs_url: &self.sp.acs_url,
            request: self.request.borrow(),
            in_response_to: progress.in_response_to.as_deref(),
            policy: &self.policy,
        };
        let assertion = judge.assertion(document, node, decrypted)?;
        let verified = VerifiedAssertion {
            assertion,
            signed: progress.signed,
            encrypted: progress.encrypted,
            legacy: progress.legacy,
        };
        Ok(Step::Done(Box::new(Ok(Unanswered {
            verified,
            in_response_to: progress.in_response_to,
            allow_unsolicited: self.policy.allow_unsolicited,
        }))))
    }
}

/// A plaintext that was read.
enum Plaintext {
    /// Signed itself.
    Signed(Digested),
    /// Part of a Response that was signed around it.
    Covered(Document),
}
