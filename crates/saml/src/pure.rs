//! Public-key operations in Rust, at once: for tests, for hosts without WebCrypto, and to compare a host with.

use crate::crypto::PrivateKey;
use crate::engine::{self, ResponseInput, Step, Unanswered};
use crate::job::{Job, Outcome};
use crate::refusal::Refusal;

/// Verifies a Response without decryption keys.
///
/// # Errors
/// The reason for which it is refused.
pub fn verify_response(input: &ResponseInput<'_>) -> Result<Unanswered, Refusal> {
    verify_response_with(input, &[], &mut |_| {})
}

/// Verifies a Response, decrypting with `keys` where it is encrypted. `random` fills a buffer with unpredictable bytes,
/// which blind the private operations; it is not called where nothing is encrypted.
///
/// # Errors
/// The reason for which it is refused.
pub fn verify_response_with(
    input: &ResponseInput<'_>,
    keys: &[PrivateKey],
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Unanswered, Refusal> {
    let mut step = engine::verify_response(input);
    loop {
        match step {
            Step::Done(result) => return *result,
            Step::Need(pending) => {
                let outcomes = pending.jobs().iter().map(|job| answer(job, keys, random)).collect();
                step = pending.resume(outcomes);
            }
        }
    }
}

/// Does one job.
pub fn answer(job: &Job, keys: &[PrivateKey], random: &mut dyn FnMut(&mut [u8])) -> Outcome {
    match job {
        Job::Verify(job) => job.outcome(job.answer_pure()),
        Job::Open(job) => job.outcome(job.open()),
        Job::UnwrapKey(job) => job.outcome(keys.get(job.key).and_then(|key| job.unwrap_key(key, random))),
    }
}
