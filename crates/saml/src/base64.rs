//! Base64 as xs:base64Binary and the POST binding mean it: the standard alphabet, padding required, no stray bits,
//! white space allowed between characters, nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The octets, or `None` where the text is not strict base64.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    // Mostly there is no white space. Looking for it first would take half as long again as decoding.
    STANDARD.decode(text).ok().or_else(|| {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let packed: Vec<u8> = text.iter().copied().filter(|byte| !is_space(byte)).collect();
        if packed.len() == text.len() { None } else { STANDARD.decode(packed).ok() }
    })
}

/// The text, on one line.
pub fn encode(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

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
