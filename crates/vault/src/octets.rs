//! How everything here is laid out: numbers big-endian, a part of any length after its length (vault format §1).

/// A version, and the parts, each after its length in four bytes: no two lists of parts give the same octets.
pub(crate) fn framed(version: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut octets = vec![version];
    parts.iter().for_each(|part| push(&mut octets, part));
    octets
}

/// A part after its length.
pub(crate) fn push(octets: &mut Vec<u8>, part: &[u8]) {
    // A part is a name or a key of ours, far shorter than 4 GiB; a longer one could not be told apart, so it is cut first.
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    octets.extend(length.to_be_bytes());
    octets.extend(part.iter().take(usize::try_from(length).unwrap_or(usize::MAX)));
}

/// Reads what somebody else wrote: every step may find that there is not enough.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Reader<'a> {
        Reader(octets)
    }

    /// So many bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A part after its length, at most so long.
    pub(crate) fn part(&mut self, longest: usize) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok().filter(|length| *length <= longest)?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }

    /// A part that is text.
    pub(crate) fn text(&mut self, longest: usize) -> Option<&'a str> {
        core::str::from_utf8(self.part(longest)?).ok()
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
