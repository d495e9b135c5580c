//! What is asked of all bytes of a document before it is read.

use crate::eight;
use crate::name::is_space;
use crate::parse::fail;
use crate::{Error, ErrorKind};

/// How many nodes and attributes there are, or a few more: room is made for them once, as growing would leave holes that are
/// as large again. What stands in character data and comments is none.
pub(super) fn count(source: &str) -> (usize, usize) {
    let bytes = source.as_bytes();
    let (mut nodes, mut attributes) = (1, 0);
    let mut past = 0;
    for at in memchr::memchr3_iter(b'<', b'>', b'=', bytes) {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest {
            _ if at < past => {}
            [b'<', b'/', ..] | [b'>', b'<', ..] | [_] => {}
            [b'<', b'!', ..] => {
                let end: &[u8] = if rest.starts_with(b"<!-") { b"-->" } else { b"]]>" };
                past = at + rest.windows(3).position(|three| three == end).unwrap_or(rest.len());
                nodes += 1;
            }
            [b'=', b'"' | b'\'', ..] => attributes += 1,
            [b'=', ..] => {}
            _ => nodes += 1,
        }
    }
    (nodes, attributes)
}

/// Every character must be a Char, wherever it stands. What UTF-8 itself excludes (surrogates, overlong forms) is gone
/// by now, so only the C0 controls and the two non-characters are left to find.
pub(super) fn check_characters(source: &str) -> Result<(), Error> {
    let bytes = source.as_bytes();
    let is_bad = |at: usize| match bytes.get(at..) {
        Some([byte @ 0x00..0x20, ..]) => !is_space(*byte),
        Some([0xEF, 0xBF, 0xBE | 0xBF, ..]) => true,
        _ => false,
    };
    let mut from = 0;
    while let Some(at) =
        eight::position(bytes.get(from..).unwrap_or_default(), |it| it.below(0x20) | it.are(0xEF))
    {
        if is_bad(from + at) {
            return fail(ErrorKind::Character, from + at);
        }
        from += at + 1;
    }
    Ok(())
}
