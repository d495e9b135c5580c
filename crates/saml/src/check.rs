//! What is known about a message before its signatures are verified, kept shut until they are.

use crate::job::{Job, Outcome, any_verified};
use crate::refusal::Refusal;
use crate::signature::Digested;

/// A value read from signed octets, with the jobs that have to be answered before it may be had.
#[must_use]
#[derive(Debug)]
pub struct Check<T> {
    value: T,
    /// How many jobs each signature has.
    signatures: Vec<usize>,
    jobs: Vec<Job>,
}

impl<T> Check<T> {
    pub(crate) fn new(value: T) -> Check<T> {
        Check { value, signatures: Vec::new(), jobs: Vec::new() }
    }

    pub(crate) fn add(&mut self, digested: Digested) -> Result<(), Refusal> {
        self.add_jobs(digested.jobs.into_iter().map(Job::Verify).collect())
    }

    pub(crate) fn add_jobs(&mut self, jobs: Vec<Job>) -> Result<(), Refusal> {
        if jobs.is_empty() {
            return Err(Refusal::SignatureInvalid { tried: 0 });
        }
        self.signatures.push(jobs.len());
        self.jobs.extend(jobs);
        Ok(())
    }

    /// The same jobs for what was read from the value.
    pub(crate) fn map<U>(self, value: U) -> Check<U> {
        Check { value, signatures: self.signatures, jobs: self.jobs }
    }

    /// The unverified value and its jobs, for reading further before they are answered.
    pub(crate) fn split(self) -> (T, Check<()>) {
        (self.value, Check { value: (), signatures: self.signatures, jobs: self.jobs })
    }

    /// What has to be done, all of it, in any order.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The value, given one outcome for each job, in the order of [`Check::jobs`].
    ///
    /// # Errors
    /// [`Refusal::SignatureInvalid`] where a signature was made by none of the keys.
    pub fn finish(self, outcomes: Vec<Outcome>) -> Result<T, Refusal> {
        let mut outcomes = outcomes.into_iter();
        for jobs in self.signatures {
            if !any_verified(&mut outcomes, jobs) {
                return Err(Refusal::SignatureInvalid { tried: jobs });
            }
        }
        Ok(self.value)
    }
}
