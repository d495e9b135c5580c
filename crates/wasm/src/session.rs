//! A verification in progress, as JavaScript drives it.

use core::time::Duration;
use std::rc::Rc;

use keyward_saml::crypto::algorithm::{Digest, KeyTransport, SignatureAlgorithm};
use keyward_saml::crypto::{PrivateKey, PublicKey};
use keyward_saml::logout::{Expected, Received};
use keyward_saml::{
    Certificate, CertificateError, Check, Encoding, IdpTrust, Job, Outcome, Pending, Policy, Refusal,
    Request, ResponseInput, ServiceProvider, Step, Timestamp, Unanswered, limits, logout, pure, redirect,
    verify_response, verify_xml_signature,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::input::{self, Failure};
use crate::output;

const TRUST: &[&str] = &["entityId", "certificates", "spEntityId", "acsUrl", "decryptionKeys", "policy"];
const POLICY: &[&str] = &[
    "allowSha1",
    "minRsaBits",
    "requireAudience",
    "clockSkewSeconds",
    "allowUnsolicited",
    "maxAssertionLifetimeSeconds",
];

/// What an admin pinned, read once and used for many messages.
#[wasm_bindgen]
pub struct Trust {
    idp: IdpTrust,
    sp: ServiceProvider,
    policy: Policy,
    keys: Rc<Keys>,
}

struct Keys {
    public: Vec<PublicKey>,
    /// Read where it is first needed: a host that decrypts by itself never has them read here.
    private: Vec<String>,
    /// The shortest modulus that those may have.
    min_private_bits: usize,
}

#[wasm_bindgen]
impl Trust {
    /// Reads certificates and policy from JSON.
    ///
    /// # Errors
    /// Code `certificate` or `invalid-input`.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> Result<Trust, Failure> {
        let config = &input::parse(config)?;
        input::only(config, TRUST)?;
        let nothing = Value::Null;
        let rules = input::optional(config, "policy").unwrap_or(&nothing);
        input::only(rules, POLICY)?;
        let defaults = Policy::default();
        let min_rsa_bits = match input::optional_count(rules, "minRsaBits")? {
            None => defaults.min_rsa_bits,
            Some(bits) => usize::try_from(bits).unwrap_or(usize::MAX).max(limits::RSA_BITS_LEGACY),
        };
        let read = if min_rsa_bits < *limits::RSA_BITS.start() {
            Certificate::from_pem_or_base64_legacy
        } else {
            Certificate::from_pem_or_base64
        };
        let certificates = input::texts(config, "certificates")?;
        if certificates.len() > limits::CERTIFICATES {
            return Err(Failure::new(
                "certificate",
                "At most 10 certificates can be pinned for one identity provider.",
            ));
        }
        let certificates = certificates
            .into_iter()
            .map(|text| {
                let certificate = read(text)?;
                match certificate.public_key().rsa_bits() {
                    Some(bits) if bits < min_rsa_bits => Err(CertificateError::RsaBits {
                        bits,
                        smallest: min_rsa_bits,
                        largest: *limits::RSA_BITS.end(),
                    }),
                    _ => Ok(certificate),
                }
            })
            .collect::<Result<Vec<_>, CertificateError>>()
            .map_err(Refusal::Certificate)?;
        let skew = seconds(rules, "clockSkewSeconds")?.unwrap_or(defaults.clock_skew);
        let private: Vec<String> =
            input::texts(config, "decryptionKeys")?.into_iter().map(str::to_owned).collect();
        Ok(Trust {
            sp: ServiceProvider {
                entity_id: input::text(config, "spEntityId")?.to_owned(),
                acs_url: input::text(config, "acsUrl")?.to_owned(),
                decryption_keys: private.len(),
            },
            keys: Rc::new(Keys {
                public: certificates.iter().map(|certificate| certificate.public_key().clone()).collect(),
                private,
                min_private_bits: min_rsa_bits,
            }),
            idp: IdpTrust { entity_id: input::text(config, "entityId")?.to_owned(), certificates },
            policy: Policy {
                allow_sha1: input::flag(rules, "allowSha1")?,
                min_rsa_bits,
                require_audience: input::optional_flag(rules, "requireAudience")?
                    .unwrap_or(defaults.require_audience),
                clock_skew: skew,
                allow_unsolicited: input::flag(rules, "allowUnsolicited")?,
                max_assertion_lifetime: seconds(rules, "maxAssertionLifetimeSeconds")?,
                ..defaults
            },
        })
    }

    /// SubjectPublicKeyInfo of a pinned certificate's key, for a host to import.
    pub fn spki(&self, key: usize) -> Vec<u8> {
        self.keys.public.get(key).map(|key| key.spki_der().to_vec()).unwrap_or_default()
    }

    /// Begins to verify a Response. Without `request_id` it has to be unsolicited. `authn_not_before` and `authn_contexts`
    /// are what the request asked for.
    #[wasm_bindgen(js_name = verifyResponse)]
    pub fn verify_response(
        &self,
        response: &[u8],
        is_base64: bool,
        now: f64,
        request_id: Option<String>,
        authn_not_before: Option<f64>,
        authn_contexts: Vec<String>,
    ) -> Session {
        let now = input::timestamp(now);
        let authn_not_before = authn_not_before.map(input::timestamp);
        let policy = Policy { authn_not_before, authn_contexts, ..self.policy.clone() };
        let request = request_id.as_deref().map_or(Request::Unsolicited, Request::Answers);
        let step = verify_response(&ResponseInput {
            response,
            encoding: if is_base64 { Encoding::Base64 } else { Encoding::Xml },
            now,
            idp: &self.idp,
            sp: &self.sp,
            request,
            policy: &policy,
        });
        let expired = self.idp.certificates.iter().all(|certificate| certificate.not_after() < now);
        let is_short = |key: &PublicKey| key.rsa_bits().is_some_and(|bits| bits < *limits::RSA_BITS.start());
        let mut session = Session::new(self);
        if expired {
            session.warnings.push("certificate-expired: every pinned certificate is past its date");
        }
        if self.keys.public.iter().any(is_short) {
            session.warnings.push("rsa-bits: a pinned key is short, which this connection opted in to");
        }
        session.take(step, request_id);
        session
    }

    /// Begins to verify every signature of a document.
    #[wasm_bindgen(js_name = verifyXmlSignature)]
    pub fn verify_xml_signature(&self, xml: &str) -> Session {
        let check = verify_xml_signature(xml.as_bytes(), &self.keys.public, &self.policy);
        Session::new(self).checking(check, |ids| After::Done(output::signed(&ids)))
    }

    /// Begins to verify the signature of a Redirect query.
    #[wasm_bindgen(js_name = verifyRedirectSignature)]
    pub fn verify_redirect_signature(&self, query: &str) -> Session {
        let check = redirect::verify_redirect(query, &self.keys.public, &self.policy);
        Session::new(self).checking(check, |message| After::Done(output::redirect(&message)))
    }

    fn expected(&self, now: Timestamp) -> Expected<'_> {
        Expected {
            idp: &self.idp.entity_id,
            keys: &self.keys.public,
            destination: &self.sp.acs_url,
            sp: &self.sp.entity_id,
            decryption_keys: self.sp.decryption_keys,
            now,
            policy: &self.policy,
        }
    }

    /// Begins to verify a LogoutRequest that came to the URL given as `acsUrl`.
    #[wasm_bindgen(js_name = verifyLogoutRequest)]
    pub fn verify_logout_request(&self, message: &str, is_redirect: bool, now: f64) -> Session {
        let check = logout::verify_logout_request(
            received(message, is_redirect),
            &self.expected(input::timestamp(now)),
        );
        Session::new(self).checking(check, |signed| {
            let done = |request| After::Done(output::logout_request(&request));
            After::Jobs(signed.jobs().to_vec(), Box::new(move |outcomes| signed.open(outcomes).map(done)))
        })
    }

    /// Begins to verify a LogoutResponse that came to the URL given as `acsUrl`.
    #[wasm_bindgen(js_name = verifyLogoutResponse)]
    pub fn verify_logout_response(&self, message: &str, is_redirect: bool, now: f64) -> Session {
        let check = logout::verify_logout_response(
            received(message, is_redirect),
            &self.expected(input::timestamp(now)),
        );
        Session::new(self).checking(check, |response| After::Done(output::logout_response(&response)))
    }
}

/// A length of time, where it is given.
fn seconds(of: &Value, name: &str) -> Result<Option<Duration>, Failure> {
    let duration = |seconds| {
        Duration::try_from_secs_f64(seconds)
            .map_err(|_| Failure::wrong(name, "a number of seconds, 0 or more"))
    };
    input::optional_number(of, name)?.map(duration).transpose()
}

fn received(message: &str, is_redirect: bool) -> Received<'_> {
    if is_redirect { Received::Redirect(message) } else { Received::Post(message.as_bytes()) }
}

/// What is done with the outcomes: a result, or further jobs.
type Rest = Box<dyn FnOnce(Vec<Outcome>) -> Result<After, Refusal>>;

enum After {
    Done(String),
    Jobs(Vec<Job>, Rest),
}

enum State {
    Response { pending: Box<Pending>, request_id: Option<String> },
    Check(Rest),
    Done(Result<String, Failure>),
    Taken,
}

/// A verification: jobs to answer, then a result.
#[wasm_bindgen]
pub struct Session {
    state: State,
    /// Those of a [`State::Check`]; a pending Response has its own.
    jobs: Vec<Job>,
    outcomes: Vec<Option<Outcome>>,
    keys: Rc<Keys>,
    warnings: Vec<&'static str>,
}

fn hash_code(digest: Digest) -> u32 {
    match digest {
        Digest::Sha1 => 0,
        Digest::Sha256 => 1,
        Digest::Sha384 => 2,
        Digest::Sha512 => 3,
    }
}

/// What a job is, in one number: the algorithm in three bits, its hash in two, the hash inside MGF1 in two, and the key's
/// place among ours from the ninth on.
fn code(algorithm: u32, hash: u32, mgf1: u32, key: usize) -> u32 {
    algorithm | hash << 3 | mgf1 << 5 | u32::try_from(key).unwrap_or(u32::MAX >> 8) << 8
}

#[wasm_bindgen]
impl Session {
    fn new(trust: &Trust) -> Session {
        Session {
            state: State::Taken,
            jobs: Vec::new(),
            outcomes: Vec::new(),
            keys: trust.keys.clone(),
            warnings: Vec::new(),
        }
    }

    fn checking<T: 'static>(
        mut self,
        check: Result<Check<T>, Refusal>,
        then: impl FnOnce(T) -> After + 'static,
    ) -> Session {
        match check {
            Err(refusal) => self.state = State::Done(Err(refusal.into())),
            Ok(check) => {
                self.jobs = check.jobs().to_vec();
                self.state = State::Check(Box::new(move |outcomes| check.finish(outcomes).map(then)));
            }
        }
        self.expect_answers();
        self
    }

    fn go_on(&mut self, after: Result<After, Refusal>) {
        self.state = match after {
            Err(refusal) => State::Done(Err(refusal.into())),
            Ok(After::Done(json)) => State::Done(Ok(json)),
            Ok(After::Jobs(jobs, rest)) if jobs.is_empty() => return self.go_on(rest(Vec::new())),
            Ok(After::Jobs(jobs, rest)) => {
                self.jobs = jobs;
                State::Check(rest)
            }
        };
    }

    fn take(&mut self, step: Step, request_id: Option<String>) {
        self.state = match step {
            Step::Done(result) => {
                let request = request_id.as_deref().map_or(Request::Unsolicited, Request::Answers);
                let verified = result.and_then(|unanswered: Unanswered| unanswered.answering(request));
                let warnings = core::mem::take(&mut self.warnings);
                State::Done(verified.map(|it| output::verified(&it, warnings)).map_err(Failure::from))
            }
            Step::Need(pending) => State::Response { pending, request_id },
        };
        self.expect_answers();
    }

    fn expect_answers(&mut self) {
        self.outcomes = self.jobs().iter().map(|_| None).collect();
    }

    fn jobs(&self) -> &[Job] {
        match &self.state {
            State::Response { pending, .. } => pending.jobs(),
            State::Check(_) => &self.jobs,
            State::Done(_) | State::Taken => &[],
        }
    }

    fn answer(&mut self, index: usize, answer: impl FnOnce(&Job) -> Option<Outcome>) {
        let outcome = self.jobs().get(index).and_then(answer);
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = outcome;
        }
    }

    /// How many jobs have to be answered before [`Session::resume`]; none means that it is done.
    #[wasm_bindgen(js_name = jobCount)]
    pub fn job_count(&self) -> usize {
        self.outcomes.len()
    }

    /// One of the jobs, as one number. Algorithms are `RSASSA-PKCS1-v1_5`, `RSA-PSS`, `ECDSA`, `Ed25519`, `RSA-OAEP` and
    /// `AES-GCM`; hashes `SHA-1`, `SHA-256`, `SHA-384` and `SHA-512`.
    pub fn job(&self, index: usize) -> u32 {
        match self.jobs().get(index) {
            Some(Job::Verify(job)) => {
                let (algorithm, digest) = match job.algorithm {
                    SignatureAlgorithm::RsaPkcs1(digest) => (0, digest),
                    SignatureAlgorithm::RsaPss(digest) => (1, digest),
                    SignatureAlgorithm::Ecdsa(digest) => (2, digest),
                    SignatureAlgorithm::Ed25519 => (3, Digest::Sha512),
                };
                let key = self.keys.public.iter().position(|key| *key == job.key);
                code(algorithm, hash_code(digest), 0, key.unwrap_or(usize::MAX))
            }
            Some(Job::UnwrapKey(job)) => {
                let KeyTransport { digest, mgf1 } = job.transport;
                code(4, hash_code(digest), hash_code(mgf1), job.key)
            }
            Some(Job::Open(_)) => code(5, 0, 0, 0),
            None => u32::MAX,
        }
    }

    /// The signed octets, the wrapped key, or the IV with the ciphertext and the tag.
    pub fn message(&self, index: usize) -> Vec<u8> {
        match self.jobs().get(index) {
            Some(Job::Verify(job)) => job.message.clone(),
            Some(Job::UnwrapKey(job)) => job.ciphertext.clone(),
            Some(Job::Open(job)) => job.octets.clone(),
            None => Vec::new(),
        }
    }

    /// The signature, or the content key.
    pub fn operand(&self, index: usize) -> Vec<u8> {
        match self.jobs().get(index) {
            Some(Job::Verify(job)) => job.signature.clone(),
            Some(Job::Open(job)) => job.key.to_vec(),
            Some(Job::UnwrapKey(_)) | None => Vec::new(),
        }
    }

    /// Answers a signature job.
    #[wasm_bindgen(js_name = answerVerified)]
    pub fn answer_verified(&mut self, index: usize, is_valid: bool) {
        self.answer(index, |job| match job {
            Job::Verify(job) => Some(job.outcome(is_valid)),
            Job::UnwrapKey(_) | Job::Open(_) => None,
        });
    }

    /// Answers a key job with the content key, or an AES job with the plaintext; with nothing where it failed.
    #[wasm_bindgen(js_name = answerOpened)]
    pub fn answer_opened(&mut self, index: usize, opened: Option<Vec<u8>>) {
        self.answer(index, |job| match job {
            Job::UnwrapKey(job) => Some(job.outcome(opened.map(Into::into))),
            Job::Open(job) => Some(job.outcome(opened)),
            Job::Verify(_) => None,
        });
    }

    /// Does a job in Rust. `seed` is 32 unpredictable bytes, which blind operations with a private key; no other job needs it.
    #[wasm_bindgen(js_name = answerHere)]
    pub fn answer_here(&mut self, index: usize, seed: &[u8]) {
        let keys = self.keys.clone();
        self.answer(index, |job| match job {
            Job::Verify(_) | Job::Open(_) => Some(pure::answer(job, &[], &mut |_| {})),
            Job::UnwrapKey(unwrap) => {
                let pem = keys.private.get(unwrap.key);
                let key = pem.and_then(|pem| PrivateKey::from_pkcs8_pem(pem, keys.min_private_bits));
                let mut random = Expander { seed, counter: 0 };
                let opened = key.and_then(|key| unwrap.unwrap_key(&key, &mut |out| random.fill(out)));
                Some(unwrap.outcome(opened))
            }
        });
    }

    /// Goes on with the answers, and says how many jobs there are next. A job that was not answered counts as a no.
    pub fn resume(&mut self) -> usize {
        let answers = core::mem::take(&mut self.outcomes);
        let outcomes = answers
            .into_iter()
            .zip(self.jobs())
            .map(|(outcome, job)| {
                outcome.unwrap_or_else(|| match job {
                    Job::Verify(job) => job.outcome(false),
                    Job::UnwrapKey(job) => job.outcome(None),
                    Job::Open(job) => job.outcome(None),
                })
            })
            .collect();
        match core::mem::replace(&mut self.state, State::Taken) {
            State::Response { pending, request_id } => self.take(pending.resume(outcomes), request_id),
            State::Check(finish) => {
                self.go_on(finish(outcomes));
                self.expect_answers();
            }
            done @ (State::Done(_) | State::Taken) => self.state = done,
        }
        self.job_count()
    }

    /// The result as JSON, once there are no jobs left.
    ///
    /// # Errors
    /// The refusal, as JSON.
    pub fn result(&mut self) -> Result<String, Failure> {
        match core::mem::replace(&mut self.state, State::Taken) {
            State::Done(result) => result,
            _ => Err(Failure::new("internal", "The verification was not finished.")),
        }
    }
}

/// As many bytes as blinding asks for, from 32: SHA-256 in counter mode.
struct Expander<'a> {
    seed: &'a [u8],
    counter: u64,
}

impl Expander<'_> {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let block =
                Sha256::new().chain_update(self.seed).chain_update(self.counter.to_le_bytes()).finalize();
            self.counter += 1;
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
    }
}
