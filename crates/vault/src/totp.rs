//! One-time codes by the clock (RFC 6238 upon RFC 4226), from what sites give out: a `otpauth://totp/` address or the secret
//! alone in Base32 (RFC 4648 §6).

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// The longest text that is looked at.
pub const TEXT_MOST: usize = 4096;
const PERIOD: u64 = 30;
const DIGITS: u32 = 6;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// What makes the codes.
pub struct Totp {
    secret: Zeroizing<Vec<u8>>,
    algorithm: Algorithm,
    digits: u32,
    period: u64,
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp")
    }
}

impl Totp {
    /// Of an address or a secret. `None` for what gives no code by the clock.
    pub fn parse(text: &str) -> Option<Totp> {
        let text = text.trim();
        if text.len() > TEXT_MOST {
            return None;
        }
        let plain =
            |secret| Some(Totp { secret, algorithm: Algorithm::Sha1, digits: DIGITS, period: PERIOD });
        let Some((scheme, rest)) = text.split_once("://") else { return plain(base32(text)?) };
        let (place, query) = rest.split_once('?')?;
        if !scheme.eq_ignore_ascii_case("otpauth") || !is_totp(place) {
            return None;
        }
        let (mut secret, mut algorithm, mut digits, mut period) = (None, Algorithm::Sha1, DIGITS, PERIOD);
        for pair in query.split('#').next().unwrap_or_default().split('&') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = unescaped(value)?;
            match name.to_ascii_lowercase().as_str() {
                "secret" => secret = Some(base32(&value)?),
                "algorithm" => {
                    algorithm = match value.to_ascii_uppercase().replace('-', "").as_str() {
                        "SHA1" | "HMACSHA1" | "" => Algorithm::Sha1,
                        "SHA256" | "HMACSHA256" => Algorithm::Sha256,
                        "SHA512" | "HMACSHA512" => Algorithm::Sha512,
                        _ => return None,
                    }
                }
                "digits" => digits = value.parse().ok().filter(|digits| (5..=10).contains(digits))?,
                "period" => period = value.parse().ok().filter(|period| (1..=3600).contains(period))?,
                _ => {}
            }
        }
        Some(Totp { secret: secret?, algorithm, digits, period })
    }

    /// The code at a time, in seconds since 1970.
    pub fn code(&self, seconds: u64) -> String {
        let counter = (seconds / self.period).to_be_bytes();
        let mac = match self.algorithm {
            Algorithm::Sha1 => mac::<Hmac<Sha1>>(&self.secret, &counter),
            Algorithm::Sha256 => mac::<Hmac<Sha256>>(&self.secret, &counter),
            Algorithm::Sha512 => mac::<Hmac<Sha512>>(&self.secret, &counter),
        };
        // RFC 4226 §5.3: where the last four bits say, 31 bits.
        let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
        let number = mac
            .iter()
            .skip(offset)
            .take(4)
            .fold(0_u32, |number, byte| number.wrapping_shl(8) | u32::from(*byte));
        let number = u64::from(number & 0x7FFF_FFFF) % 10_u64.pow(self.digits);
        format!("{number:0width$}", width = self.digits as usize)
    }

    /// For how many seconds a code holds.
    pub fn period(&self) -> u64 {
        self.period
    }
}

fn is_totp(place: &str) -> bool {
    place.split('/').next().is_some_and(|kind| kind.eq_ignore_ascii_case("totp"))
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// RFC 4648 §6, in any case, with spaces, dashes and padding that people and sites put in.
fn base32(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            b' ' | b'-' => continue,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            octets.push(u8::try_from((bits >> count) & 0xFF).ok()?);
        }
    }
    Some(octets).filter(|octets| !octets.is_empty())
}

/// Percent-decoding.
fn unescaped(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::Totp;

    /// RFC 6238, Appendix B.
    #[test]
    fn the_vectors_of_the_rfc() {
        let seeds = [
            ("SHA1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            ("SHA256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"),
            (
                "SHA512",
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            ),
        ];
        for (seconds, codes) in [
            (59, ["94287082", "46119246", "90693936"]),
            (1_111_111_109, ["07081804", "68084774", "25091201"]),
            (1_111_111_111, ["14050471", "67062674", "99943326"]),
            (1_234_567_890, ["89005924", "91819424", "93441116"]),
            (2_000_000_000, ["69279037", "90698825", "38618901"]),
            (20_000_000_000, ["65353130", "77737706", "47863826"]),
        ] {
            for ((algorithm, secret), code) in seeds.iter().zip(codes) {
                let text = format!(
                    "otpauth://totp/A%20site:me?secret={secret}&algorithm={algorithm}&digits=8&issuer=A"
                );
                assert_eq!(Totp::parse(&text).expect("parsed").code(seconds), code, "{algorithm} {seconds}");
            }
        }
    }

    #[test]
    fn what_sites_give_out_is_read_and_the_rest_is_not() {
        let code = |text: &str| Totp::parse(text).map(|totp| totp.code(59));
        assert_eq!(code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").as_deref(), Some("287082"));
        assert_eq!(code(" gezd gnbv-gy3t qojq gezd gnbv gy3t qojq== ").as_deref(), Some("287082"));
        let slow = Totp::parse("OTPAUTH://TOTP/x?period=60&secret=GEZDGNBVGY3TQOJQ").expect("parsed");
        assert_eq!(slow.period(), 60);
        for text in [
            "",
            "  ",
            "not base32!",
            "0189",
            "steam://ABCDEFGH",
            "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ&counter=1",
            "otpauth://totp/x",
            "otpauth://totp/x?issuer=a",
            "otpauth://totp/x?secret=",
            "otpauth://totp/x?secret=GEZDGNBV&digits=4",
            "otpauth://totp/x?secret=GEZDGNBV&digits=11",
            "otpauth://totp/x?secret=GEZDGNBV&period=0",
            "otpauth://totp/x?secret=GEZDGNBV&algorithm=MD5",
            "otpauth://totp/x?secret=%G0",
        ] {
            assert_eq!(code(text), None, "{text}");
        }
        assert!(!format!("{:?}", Totp::parse("GEZDGNBV")).contains("GEZD"));
    }
}
