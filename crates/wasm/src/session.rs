//! A verification in progress, as JavaScript drives it.

use core::time::Duration;

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
    keys: Vec<PublicKey>,
    /// Read where it is first needed: a host that decrypts by itself never has them read here.
    private_keys: Vec<String>,
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
        let private_keys: Vec<String> =
            input::texts(config, "decryptionKeys")?.into_iter().map(str::to_owned).collect();
        Ok(Trust {
            keys: certificates.iter().map(|certificate| certificate.public_key().clone()).collect(),
            idp: IdpTrust { entity_id: input::text(config, "entityId")?.to_owned(), certificates },
            sp: ServiceProvider {
                entity_id: input::text(config, "spEntityId")?.to_owned(),
                acs_url: input::text(config, "acsUrl")?.to_owned(),
                decryption_keys: private_keys.len(),
            },
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
            private_keys,
        })
    }

    /// SubjectPublicKeyInfo of a pinned certificate's key, for a host to import.
    pub fn spki(&self, key: usize) -> Vec<u8> {
        self.keys.get(key).map(|key| key.spki_der().to_vec()).unwrap_or_default()
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
        if self.keys.iter().any(is_short) {
            session.warnings.push("rsa-bits: a pinned key is short, which this connection opted in to");
        }
        session.take(step, request_id);
        session
    }

    /// Begins to verify every signature of a document.
    #[wasm_bindgen(js_name = verifyXmlSignature)]
    pub fn verify_xml_signature(&self, xml: &str) -> Session {
        let check = verify_xml_signature(xml.as_bytes(), &self.keys, &self.policy);
        Session::new(self).checking(check, |ids| After::Done(output::signed(&ids)))
    }

    /// Begins to verify the signature of a Redirect query.
    #[wasm_bindgen(js_name = verifyRedirectSignature)]
    pub fn verify_redirect_signature(&self, query: &str) -> Session {
        let check = redirect::verify_redirect(query, &self.keys, &self.policy);
        Session::new(self).checking(check, |message| After::Done(output::redirect(&message)))
    }

    fn expected(&self, now: Timestamp) -> Expected<'_> {
        Expected {
            idp: &self.idp.entity_id,
            keys: &self.keys,
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
    jobs: Vec<Job>,
    outcomes: Vec<Option<Outcome>>,
    keys: Vec<PublicKey>,
    private_keys: Vec<String>,
    warnings: Vec<&'static str>,
}

/// One job, as a host needs to see it.
#[wasm_bindgen(getter_with_clone)]
pub struct JobView {
    /// Which key: of the pinned certificates, or of the decryption keys.
    pub key: usize,
    /// `RSASSA-PKCS1-v1_5`, `RSA-PSS`, `ECDSA`, `Ed25519` or `RSA-OAEP`: the names of the Web Cryptography API.
    pub algorithm: String,
    /// `SHA-1`, `SHA-256`, `SHA-384`, `SHA-512`.
    pub hash: String,
    /// The hash inside MGF1 (RSA-OAEP).
    pub mgf1: String,
    /// The signed octets, or the wrapped key.
    pub message: Vec<u8>,
    /// The signature; empty for RSA-OAEP.
    pub signature: Vec<u8>,
}

fn hash_name(digest: Digest) -> String {
    match digest {
        Digest::Sha1 => "SHA-1",
        Digest::Sha256 => "SHA-256",
        Digest::Sha384 => "SHA-384",
        Digest::Sha512 => "SHA-512",
    }
    .to_owned()
}

#[wasm_bindgen]
impl Session {
    fn new(trust: &Trust) -> Session {
        Session {
            state: State::Taken,
            jobs: Vec::new(),
            outcomes: Vec::new(),
            keys: trust.keys.clone(),
            private_keys: trust.private_keys.clone(),
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
                self.set_jobs(check.jobs().to_vec());
                self.state = State::Check(Box::new(move |outcomes| check.finish(outcomes).map(then)));
            }
        }
        self
    }

    fn go_on(&mut self, after: Result<After, Refusal>) {
        self.state = match after {
            Err(refusal) => State::Done(Err(refusal.into())),
            Ok(After::Done(json)) => State::Done(Ok(json)),
            Ok(After::Jobs(jobs, rest)) if jobs.is_empty() => return self.go_on(rest(Vec::new())),
            Ok(After::Jobs(jobs, rest)) => {
                self.set_jobs(jobs);
                State::Check(rest)
            }
        };
    }

    fn set_jobs(&mut self, jobs: Vec<Job>) {
        self.outcomes = jobs.iter().map(|_| None).collect();
        self.jobs = jobs;
    }

    fn take(&mut self, step: Step, request_id: Option<String>) {
        match step {
            Step::Done(result) => {
                let request = request_id.as_deref().map_or(Request::Unsolicited, Request::Answers);
                let verified = result.and_then(|unanswered: Unanswered| unanswered.answering(request));
                let warnings = core::mem::take(&mut self.warnings);
                self.set_jobs(Vec::new());
                self.state =
                    State::Done(verified.map(|it| output::verified(&it, warnings)).map_err(Failure::from));
            }
            Step::Need(pending) => {
                self.set_jobs(pending.jobs().to_vec());
                self.state = State::Response { pending, request_id };
            }
        }
    }

    /// How many jobs have to be answered before [`Session::resume`]; none means that it is done.
    #[wasm_bindgen(js_name = jobCount)]
    pub fn job_count(&self) -> usize {
        self.jobs.len()
    }

    /// One of the jobs.
    pub fn job(&self, index: usize) -> Option<JobView> {
        Some(match self.jobs.get(index)? {
            Job::Verify(job) => {
                let (algorithm, digest) = match job.algorithm {
                    SignatureAlgorithm::RsaPkcs1(digest) => ("RSASSA-PKCS1-v1_5", digest),
                    SignatureAlgorithm::RsaPss(digest) => ("RSA-PSS", digest),
                    SignatureAlgorithm::Ecdsa(digest) => ("ECDSA", digest),
                    SignatureAlgorithm::Ed25519 => ("Ed25519", Digest::Sha512),
                };
                JobView {
                    key: self.keys.iter().position(|key| key.spki_der() == job.key.spki_der())?,
                    algorithm: algorithm.to_owned(),
                    hash: hash_name(digest),
                    mgf1: String::new(),
                    message: job.message.clone(),
                    signature: job.signature.clone(),
                }
            }
            Job::UnwrapKey(job) => {
                let KeyTransport { digest, mgf1 } = job.transport;
                JobView {
                    key: job.key,
                    algorithm: "RSA-OAEP".to_owned(),
                    hash: hash_name(digest),
                    mgf1: hash_name(mgf1),
                    message: job.ciphertext.clone(),
                    signature: Vec::new(),
                }
            }
        })
    }

    /// Whether a job is one that Rust does about as quickly as a host: an RSA signature.
    #[wasm_bindgen(js_name = isRsaVerify)]
    pub fn is_rsa_verify(&self, index: usize) -> bool {
        matches!(self.jobs.get(index), Some(Job::Verify(job)) if job.key.rsa_bits().is_some())
    }

    /// Whether a job only verifies, and so needs nothing unpredictable.
    #[wasm_bindgen(js_name = isVerify)]
    pub fn is_verify(&self, index: usize) -> bool {
        matches!(self.jobs.get(index), Some(Job::Verify(_)))
    }

    fn set(&mut self, index: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = Some(outcome);
        }
    }

    /// Answers a signature job.
    #[wasm_bindgen(js_name = answerVerified)]
    pub fn answer_verified(&mut self, index: usize, is_valid: bool) {
        if let Some(Job::Verify(job)) = self.jobs.get(index) {
            let outcome = job.outcome(is_valid);
            self.set(index, outcome);
        }
    }

    /// Answers a key job: the content key, or nothing where it could not be unwrapped.
    #[wasm_bindgen(js_name = answerKey)]
    pub fn answer_key(&mut self, index: usize, key: Option<Vec<u8>>) {
        if let Some(Job::UnwrapKey(job)) = self.jobs.get(index) {
            let outcome = job.outcome(key.map(Into::into));
            self.set(index, outcome);
        }
    }

    /// Does a job in Rust. `seed` is 32 unpredictable bytes, which blind operations with a private key; a job that only
    /// verifies needs none.
    #[wasm_bindgen(js_name = answerHere)]
    pub fn answer_here(&mut self, index: usize, seed: &[u8]) {
        let Some(job) = self.jobs.get(index) else { return };
        let outcome = match job {
            Job::Verify(_) => pure::answer(job, &[], &mut |_| {}),
            Job::UnwrapKey(unwrap) => {
                let key = self.private_keys.get(unwrap.key).and_then(|pem| PrivateKey::from_pkcs8_pem(pem));
                let mut random = Expander { seed, counter: 0 };
                let opened = key.and_then(|key| unwrap.unwrap_key(&key, &mut |out| random.fill(out)));
                unwrap.outcome(opened)
            }
        };
        self.set(index, outcome);
    }

    /// Goes on with the answers. A job that was not answered counts as a no.
    pub fn resume(&mut self) {
        let jobs = core::mem::take(&mut self.jobs);
        let outcomes = core::mem::take(&mut self.outcomes)
            .into_iter()
            .zip(&jobs)
            .map(|(outcome, job)| {
                outcome.unwrap_or_else(|| match job {
                    Job::Verify(job) => job.outcome(false),
                    Job::UnwrapKey(job) => job.outcome(None),
                })
            })
            .collect();
        match core::mem::replace(&mut self.state, State::Taken) {
            State::Response { pending, request_id } => self.take(pending.resume(outcomes), request_id),
            State::Check(finish) => self.go_on(finish(outcomes)),
            done @ (State::Done(_) | State::Taken) => self.state = done,
        }
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
