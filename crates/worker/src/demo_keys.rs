//! Certificates whose private keys stand in this repository, for tests: whoever reads it could sign as such an IdP.

/// SHA-256 of the DER of `crates/testkit/keys/*.cert.pem`, hexadecimal.
const OF_TESTS: [&str; 8] = [
    "c0437000912602408fb5a284a7f831a4013a4f695fb0ab1d42edeb843756603d",
    "db76d756d78fff331cd9baed8f1ddf900afce35cb57f118fe1257aaa406ded45",
    "8878288318f53c2eefa5fde199a145deff1478db435c8cc63d0c8d49a45593f2",
    "7d38f3bb38843f6ae9118d9aa6b23dceb6a386717b1566ee5754c5e44bd2b688",
    "8467eac5d16c803058c148a75123c38dcffe39f52fb1a6c45e4032ab5a15ccef",
    "7eedfeaac7a791a976fc7962f0a909ff10d0def0ca6f97c769c69d670a3188ed",
    "b5488dc25aa0f77ee3b1743281c7584841ebee98b7e2f94dcfe28d346abcf4b9",
    "ce0362338ce4e70f1f1a6832d3e3f5169f77fe41a1b2eec61e082b5a505ea17c",
];

/// Whether a certificate is one of them. A deployment pins none, whoever asks for it; local development may.
pub(crate) fn is_of_tests(fingerprint: &[u8; 32]) -> bool {
    let text: String = fingerprint.iter().map(|byte| format!("{byte:02x}")).collect();
    OF_TESTS.contains(&text.as_str())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use keyward_saml::Certificate;

    use super::{OF_TESTS, is_of_tests};

    #[test]
    fn every_certificate_of_the_testkit_is_known_here() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/keys");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).expect("keys") {
            let path = entry.expect("entry").path();
            if !path.to_string_lossy().ends_with(".cert.pem") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            let certificate = Certificate::from_pem_or_base64_legacy(&text).expect("a certificate");
            assert!(is_of_tests(&certificate.sha256_fingerprint()), "{path:?}");
            count += 1;
        }
        assert_eq!(count, OF_TESTS.len());
        assert!(!is_of_tests(&[0; 32]));
    }
}
