//! What character data and attribute values say: line ends, white space, references (XML 1.0).

use crate::name::{is_char, is_ncname};
use crate::parse::{fail, malformed};
use crate::{Error, ErrorKind};

/// Line ends become `\n` (§2.11).
pub(super) fn push_with_line_ends(out: &mut String, raw: &str) {
    let mut rest = raw;
    while let Some(at) = rest.find('\r') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        out.push('\n');
        rest = after.get(1..).unwrap_or_default();
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
}

/// White space becomes spaces, references their characters (§3.3.3, attributes of type CDATA).
pub(super) fn push_attribute_value(out: &mut String, raw: &str, at: usize) -> Result<(), Error> {
    let mut rest = raw;
    while let Some(found) = rest.find(['&', '\t', '\r', '\n']) {
        let (before, after) = rest.split_at(found);
        out.push_str(before);
        let here = at + raw.len() - after.len();
        rest = if after.starts_with('&') {
            let Some(end) = after.find(';') else { return malformed("a reference without an end", here) };
            let (reference, after) = after.split_at(end + 1);
            out.push(decode_reference(reference, here)?);
            after
        } else {
            out.push(' ');
            after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default()
        };
    }
    out.push_str(rest);
    Ok(())
}

/// `&name;`, `&#10;`, `&#xA;` (§4.1).
pub(super) fn decode_reference(reference: &str, at: usize) -> Result<char, Error> {
    let Some(body) = reference.strip_prefix('&').and_then(|raw| raw.strip_suffix(';')) else {
        return malformed("an ampersand that begins no reference", at);
    };
    let Some(number) = body.strip_prefix('#') else {
        return match body {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ if is_ncname(body) => fail(ErrorKind::Entity, at),
            _ => malformed("a reference that is not one", at),
        };
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` takes a sign; the grammar does not.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return malformed("a character reference that is not one", at);
    }
    match u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) {
        Some(c) if is_char(c) => Ok(c),
        _ => fail(ErrorKind::Character, at),
    }
}
