//! Bytes to text: UTF-8, or UTF-16 as Windows programs write it, with a byte order mark or without.

use std::borrow::Cow;

use super::ImportError;

pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ImportError> {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| read(*pair));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok().filter(|_| rest.is_empty()).map(Cow::Owned).ok_or(ImportError::NotText)
    };
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => narrow(rest),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        // Every format begins with a character of ASCII.
        [1..=255, 0, ..] => wide(bytes, u16::from_le_bytes),
        [0, 1..=255, ..] => wide(bytes, u16::from_be_bytes),
        _ => narrow(bytes),
    }?;
    // Text has none, and whatever else has is not text.
    if text.contains('\0') { Err(ImportError::NotText) } else { Ok(text) }
}

fn narrow(bytes: &[u8]) -> Result<Cow<'_, str>, ImportError> {
    core::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| ImportError::NotText)
}
