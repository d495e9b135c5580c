//! How long verification takes natively, keys read beforehand.

use std::hint::black_box;
use std::time::Instant;

use keyward_saml::{
    Certificate, Encoding, IdpTrust, Policy, Request, ResponseInput, ServiceProvider, Timestamp, pure,
    verify_xml_signature,
};
use serde::{Deserialize, Serialize};

/// Messages that are timed together, the best of some rounds: few enough that what else the machine does seldom comes
/// between them.
const FEW: usize = 10;

/// What is to be verified.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bench {
    /// Responses in base64, as the POST binding carries them.
    pub messages: Vec<String>,
    /// The IdP's certificate.
    pub certificate: String,
    /// Its entity ID.
    pub idp: String,
    /// Our entity ID.
    pub sp: String,
    /// Our ACS.
    pub acs: String,
    /// The request that all of them answer.
    pub request: String,
    /// The time, in milliseconds since the epoch.
    pub now: i64,
    /// How often each of them is verified.
    pub rounds: usize,
}

/// Microseconds a message.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    /// A whole verification: base64, XML, signature, profile.
    pub response: f64,
    /// XML and signature only, from decoded octets.
    pub signature: f64,
}

/// Measures. A message that is refused is a mistake of the caller.
pub fn measure(bench: &Bench) -> Times {
    let certificate = Certificate::from_pem_or_base64(&bench.certificate).expect("a certificate");
    let keys = [certificate.public_key().clone()];
    let idp = IdpTrust { entity_id: bench.idp.clone(), certificates: vec![certificate] };
    let sp = ServiceProvider { entity_id: bench.sp.clone(), acs_url: bench.acs.clone(), decryption_keys: 0 };
    let policy = Policy::default();
    let decoded: Vec<Vec<u8>> = bench
        .messages
        .iter()
        .map(|message| keyward_saml::base64::decode(message.as_bytes()).expect("base64"))
        .collect();
    let response = best(bench.rounds, &bench.messages, |message: &String| {
        let input = ResponseInput {
            response: message.as_bytes(),
            encoding: Encoding::Base64,
            now: Timestamp::from_millis(bench.now),
            idp: &idp,
            sp: &sp,
            request: Request::Answers(&bench.request),
            policy: &policy,
        };
        let verified = pure::verify_response(&input).expect("an acceptable response");
        black_box(verified.answering(Request::Answers(&bench.request)).expect("the answer"));
    });
    let signature = best(bench.rounds, &decoded, |xml: &Vec<u8>| {
        let check = verify_xml_signature(xml, &keys, &policy).expect("a digest that matches");
        let outcomes = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
        black_box(check.finish(outcomes).expect("a signature that holds"));
    });
    Times { response, signature }
}

#[expect(clippy::disallowed_methods, reason = "what is measured is time")]
fn best<T>(rounds: usize, messages: &[T], mut work: impl FnMut(&T)) -> f64 {
    let mut total = 0.0;
    for few in messages.chunks(FEW) {
        let mut best = f64::INFINITY;
        for _ in 0..rounds {
            let since = Instant::now();
            for message in few {
                work(message);
            }
            best = best.min(since.elapsed().as_secs_f64());
        }
        total += best;
    }
    total * 1e6 / u32::try_from(messages.len()).map_or(f64::NAN, f64::from)
}
