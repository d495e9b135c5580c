//! Base64 as xs:base64Binary and the POST binding mean it: the standard alphabet, padding required, no stray bits,
//! white space allowed between characters, nothing else.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// The padding may be there or not: without it the octets are the same.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The octets, or `None` where the text is not strict base64.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    decode_by(&STANDARD, text)
}

/// The same where the padding may be missing, as in certificates that people copy about. What a signature covers is strict.
pub(crate) fn decode_unpadded(text: &[u8]) -> Option<Vec<u8>> {
    decode_by(&UNPADDED, text)
}

fn decode_by(engine: &GeneralPurpose, text: &[u8]) -> Option<Vec<u8>> {
    // Mostly there is no white space. Looking for it first would take half as long again as decoding.
    engine.decode(text).ok().or_else(|| {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let packed: Vec<u8> = text.iter().copied().filter(|byte| !is_space(byte)).collect();
        if packed.len() == text.len() { None } else { engine.decode(packed).ok() }
    })
}

/// The text, on one line.
pub fn encode(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_unpadded, encode};

    #[test]
    fn white_space_is_skipped_and_nothing_else_is() {
        assert_eq!(decode(b"aGVs\r\n bG8=\t").as_deref(), Some(b"hello".as_slice()));
        for bad in [
            "aGVsbG8",
            "aGVsbG8==",
            "aGVsbG9=",
            "aGVs-bG8=",
            "aGVs\u{b}bG8=",
            "aGVs<!---->bG8=",
            "=",
            "a",
            "aGVsbG8=aGVs",
        ] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn padding_may_be_missing_but_not_be_wrong() {
        for good in ["aGVsbG8=", "aGVsbG8", "aGVs\r\n bG8"] {
            assert_eq!(decode_unpadded(good.as_bytes()).as_deref(), Some(b"hello".as_slice()), "{good}");
        }
        for bad in ["aGVsbG8==", "aGVsbG9", "aGVsb", "aGVs-bG8", "aGVsbG8=aGVs", "="] {
            assert_eq!(decode_unpadded(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn white_space_is_found_wherever_it_stands() {
        let text = encode(&[0xa5; 150]);
        for at in 0..=text.len() {
            let (before, after) = text.split_at(at);
            assert_eq!(
                decode(format!("{before}\n{after}").as_bytes()).as_deref(),
                Some([0xa5; 150].as_slice())
            );
        }
    }

    #[test]
    fn nothing_is_the_base64_of_nothing() {
        assert_eq!(decode(b"").as_deref(), Some(b"".as_slice()));
        assert_eq!(encode(b""), "");
    }
}
