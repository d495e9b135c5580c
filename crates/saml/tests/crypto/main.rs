//! Keys, signatures and decryption, against vectors made by OpenSSL.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a failure there is a failed test"
)]

mod certificates;
mod decryption;
mod signatures;
mod vectors;
