//! Certificates of our own keys: self-signed, since IdPs pin what is in a certificate and judge nothing else of it (SAML
//! metadata interoperability profile §2.6.1). Just enough DER (X.690) and X.509 (RFC 5280 §4.1) for a name, dates and a key;
//! the host signs.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::random::Random;

/// Some IdPs refuse what has ended; nobody wants to change it more often than needed.
const LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// Clocks differ.
const BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

const SEQUENCE: u8 = 0x30;
/// sha256WithRSAEncryption, with the NULL that it needs.
const SHA256_WITH_RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];
/// commonName.
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];

/// A certificate that nobody has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedCertificate(Vec<u8>);

impl UnsignedCertificate {
    /// Of an RSA key (`spki`: the DER of its SubjectPublicKeyInfo), valid from now on.
    pub fn new(common_name: &str, spki: &[u8], now: Timestamp, rng: &mut dyn Random) -> UnsignedCertificate {
        let mut serial = [0; 16];
        rng.fill(&mut serial);
        // Positive, and never shorter.
        if let Some(first) = serial.first_mut() {
            *first = *first & 0x7f | 0x40;
        }
        let name = der(
            SEQUENCE,
            &[&der(0x31, &[&der(SEQUENCE, &[COMMON_NAME, &der(0x0c, &[common_name.as_bytes()])])])],
        );
        let validity = der(SEQUENCE, &[&time(now.minus(BEFORE)), &time(now.plus(LIFETIME))]);
        let version_3 = der(0xa0, &[&der(0x02, &[&[2]])]);
        let serial = der(0x02, &[&serial]);
        UnsignedCertificate(der(
            SEQUENCE,
            &[&version_3, &serial, SHA256_WITH_RSA, &name, &validity, &name, spki],
        ))
    }

    /// What is signed, by RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The DER of the certificate.
    pub fn signed(&self, signature: &[u8]) -> Vec<u8> {
        der(SEQUENCE, &[&self.0, SHA256_WITH_RSA, &der(0x03, &[&[0], signature])])
    }
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut octets = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 128 => octets.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            octets.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            octets.extend(digits);
        }
    }
    for part in parts {
        octets.extend_from_slice(part);
    }
    octets
}

/// UTCTime, with two digits of the year, before 2050; GeneralizedTime after (RFC 5280 §4.1.2.5).
fn time(time: Timestamp) -> Vec<u8> {
    let digits: String = time.to_string().chars().take(19).filter(char::is_ascii_digit).collect();
    if digits.as_str() < "2050" {
        der(0x17, &[digits.get(2..).unwrap_or_default().as_bytes(), b"Z"])
    } else {
        der(0x18, &[digits.as_bytes(), b"Z"])
    }
}

#[cfg(test)]
mod tests {
    use keyward_saml::{Certificate, Timestamp, base64};

    use super::{LIFETIME, UnsignedCertificate};
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    /// An RSA key of 2048 bits.
    const SPKI: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA@KEY@IDAQAB";

    fn spki() -> Vec<u8> {
        // A modulus of the right length that ends in an odd byte.
        let mut octets =
            base64::decode(SPKI.split("@KEY@").next().expect("begins").as_bytes()).expect("base64");
        octets.truncate(33);
        octets.extend([0xc5; 256]);
        octets.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
        octets
    }

    #[test]
    fn a_certificate_reads_back() {
        let unsigned = UnsignedCertificate::new("Keyward c_1", &spki(), NOW, &mut Counter(0));
        let certificate = Certificate::from_der(&unsigned.signed(&[7; 256])).expect("a certificate");
        assert_eq!(certificate.subject(), "CN=Keyward c_1");
        assert!(certificate.not_before() < NOW);
        // Dates are whole seconds.
        let until = NOW.plus(LIFETIME).as_millis() / 1000;
        assert_eq!(certificate.not_after().as_millis(), until * 1000);
    }

    #[test]
    fn years_from_2050_on_have_four_digits() {
        let at = Timestamp::parse("2045-06-01T00:00:00Z").expect("a time");
        let unsigned = UnsignedCertificate::new("x", &spki(), at, &mut Counter(0));
        let certificate = Certificate::from_der(&unsigned.signed(&[7; 256])).expect("a certificate");
        assert_eq!(certificate.not_after().to_string().get(..4), Some("2055"));
    }
}
