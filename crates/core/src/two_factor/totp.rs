//! Codes of an authenticator app: TOTP (RFC 6238) with what every app does: HMAC-SHA-1, six digits, 30 seconds.

use hmac::{Hmac, KeyInit, Mac};
use keyward_saml::Timestamp;
use sha1::Sha1;

use crate::random::{BASE32, Random};

/// The octets of a secret: as many as HMAC-SHA-1 has (RFC 4226 §4, R6).
pub const SECRET: usize = 20;
const STEP_MS: i64 = 30_000;
const DIGITS: u32 = 1_000_000;
/// How many steps a phone's clock may be off, either way (RFC 6238 §5.2 recommends one).
const WINDOW: i64 = 1;

/// A new secret.
pub fn generate(rng: &mut dyn Random) -> [u8; SECRET] {
    let mut secret = [0; SECRET];
    rng.fill(&mut secret);
    secret
}

/// The time step that a moment lies in.
fn step(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(STEP_MS)
}

/// RFC 4226 §5.3: the code of a step.
pub(super) fn code(secret: &[u8], step: i64) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0xf);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % DIGITS)
}

/// Six digits, with whatever white space somebody typed between them.
pub fn parse(typed: &str) -> Option<u32> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { digits.parse().ok() } else { None }
}

/// The steps within the window whose code it is: it is good for one that was not used.
pub fn steps(secret: &[u8], typed: u32, now: Timestamp) -> Vec<i64> {
    (step(now) - WINDOW..=step(now) + WINDOW).filter(|step| code(secret, *step) == Some(typed)).collect()
}

/// RFC 4648 base32 without padding, as people type it.
pub fn base32(octets: &[u8]) -> String {
    let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let letter = |five: &[u8]| {
        let value = five.iter().fold(0, |all: usize, bit| all << 1 | usize::from(*bit)) << (5 - five.len());
        BASE32.get(value).map(|letter| char::from(letter.to_ascii_uppercase()))
    };
    bits.chunks(5).filter_map(letter).collect()
}

/// What a QR code says to an app (the Key URI format that apps agree on).
pub fn uri(issuer: &str, account: &str, secret: &[u8]) -> String {
    let (issuer, account) = (escape(issuer), escape(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use keyward_saml::Timestamp;

    use super::{base32, code, generate, parse, step, steps, uri};
    use crate::random::tests::Counter;

    /// RFC 6238 appendix B, with SHA-1: the last six of its eight digits.
    const VECTORS: [(i64, u32); 6] = [
        (59, 287_082),
        (1_111_111_109, 81_804),
        (1_111_111_111, 50_471),
        (1_234_567_890, 5_924),
        (2_000_000_000, 279_037),
        (20_000_000_000, 353_130),
    ];
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, expected) in VECTORS {
            assert_eq!(code(SECRET, step(at(seconds))), Some(expected), "{seconds}");
        }
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        let expected =
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(code(SECRET, counter), Some(expected), "{counter}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_the_one_before_and_after() {
        let (seconds, typed) = VECTORS[2];
        let its = step(at(seconds));
        let start = its * 30;
        for (when, is_good) in
            [(start - 31, false), (start - 30, true), (start, true), (start + 59, true), (start + 60, false)]
        {
            assert_eq!(steps(SECRET, typed, at(when)) == [its], is_good, "{when}");
        }
    }

    #[test]
    fn a_code_is_six_digits() {
        for (typed, expected) in [
            ("005924", Some(5_924)),
            (" 005 924 ", Some(5_924)),
            ("00592", None),
            ("0059244", None),
            ("00592a", None),
            ("+05924", None),
            ("٠٠٥٩٢٤", None),
            ("", None),
        ] {
            assert_eq!(parse(typed), expected, "{typed}");
        }
    }

    #[test]
    fn an_app_is_told_whose_code_it_is() {
        // RFC 4648 §10.
        for (octets, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(octets.as_bytes()), text);
        }
        let told = uri("Acme & Söhne", "alice@acme.test", SECRET);
        assert_eq!(
            told,
            "otpauth://totp/Acme%20%26%20S%C3%B6hne:alice@acme.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%26%20S%C3%B6hne"
        );
        assert_ne!(generate(&mut Counter(0)), generate(&mut Counter(1)));
    }
}
