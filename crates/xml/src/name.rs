//! Characters and names (XML 1.0 fifth edition §2.2–2.3, Namespaces in XML §3).

/// White space as the grammar means it.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The production Char.
pub(super) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// What an ID is taken for: an NCName, as its type in the schemas asks, or what providers make of random numbers and base64
/// instead. No white space, no quotes, no brackets: nothing that an XPath or an XPointer could be made of.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_name_char(c) || matches!(c, ':' | '+' | '/' | '='))
}

/// What an ASCII character is to a name.
enum Class {
    Start,
    Inside,
    Colon,
    /// White space or `=`.
    Past,
    Other,
}

const fn class(byte: u8) -> Class {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => Class::Start,
        b'0'..=b'9' | b'-' | b'.' => Class::Inside,
        b':' => Class::Colon,
        b' ' | b'\t' | b'\r' | b'\n' | b'=' => Class::Past,
        _ => Class::Other,
    }
}

/// Where the local part begins and where it ends, of a qualified name in ASCII that `bytes` begin with; `None` where there is
/// none, and where that takes a closer look.
pub(super) fn plain_name(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut local = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match class(*byte) {
            Class::Start => {}
            Class::Inside if at > local => {}
            Class::Colon if local == 0 && at > 0 => local = at + 1,
            Class::Past => break,
            _ => return None,
        }
        at += 1;
    }
    (at > local).then_some((local, at))
}

/// The production NCName: a name without a colon.
pub fn is_ncname(text: &str) -> bool {
    // Names are nearly always ASCII, and right; this decides those without decoding.
    let is_ascii_name =
        |byte: &u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9' | b'-' | b'.');
    let bytes = text.as_bytes();
    if bytes.iter().all(is_ascii_name) {
        return matches!(bytes.first(), Some(b'A'..=b'Z' | b'a'..=b'z' | b'_'));
    }
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}
