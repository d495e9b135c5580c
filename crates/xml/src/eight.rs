//! Looks at bytes eight at a time, in one number: compilers make no vectors of a loop that may end early.

const ONES: u64 = u64::MAX / 0xFF;
const HIGHS: u64 = 0x80 * ONES;

/// Eight bytes, the first of them lowest. What is asked of them gives a number that is 0 where none of them is meant, and whose
/// lowest bit that is set is the highest of the first byte that is.
#[derive(Clone, Copy)]
pub(crate) struct Eight(u64);

impl Eight {
    /// Those below `bound`, which is 0x80 at most.
    pub(crate) const fn below(self, bound: u8) -> u64 {
        // Borrows only go up, so that a mark that is wrong has a right one below it.
        self.0.wrapping_sub(bound as u64 * ONES) & !self.0 & HIGHS
    }

    /// Those that are `byte`.
    pub(crate) const fn are(self, byte: u8) -> u64 {
        Eight(self.0 ^ (byte as u64 * ONES)).below(1)
    }

    /// Those that are `byte`, or become it by clearing `bit`.
    pub(crate) const fn are_without(self, bit: u8, byte: u8) -> u64 {
        Eight(self.0 & !(bit as u64 * ONES)).are(byte)
    }
}

/// Where the first byte stands that is meant. A space never is.
pub(crate) fn position(bytes: &[u8], is_meant: impl Fn(Eight) -> u64) -> Option<usize> {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut last = [b' '; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    eights.iter().chain([&last]).enumerate().find_map(|(index, eight)| {
        let found = is_meant(Eight(u64::from_le_bytes(*eight)));
        (found != 0).then(|| index * 8 + found.trailing_zeros() as usize / 8)
    })
}

#[cfg(test)]
mod tests {
    use super::{Eight, position};

    /// Each byte at each place, among each other one and beside it.
    #[test]
    fn the_first_byte_that_is_meant_is_found_wherever_it_stands() {
        type Question = (fn(Eight) -> u64, fn(u8) -> bool);
        let questions: [Question; 3] = [
            (|it| it.below(0x20), |byte| byte < 0x20),
            (|it| it.are(b'&'), |byte| byte == b'&'),
            (|it| it.are_without(0b100, b'"'), |byte| matches!(byte, b'"' | b'&')),
        ];
        for (asked, meant) in questions {
            for byte in 0..=u8::MAX {
                for other in [0, 1, 0x1f, b' ', b'!', b'"', b'&', b'\'', 0x7f, 0x80, 0x81, 0xa0, 0xff] {
                    for at in 0..20 {
                        let mut bytes = [other; 20];
                        bytes[at] = byte;
                        let right = bytes.iter().position(|it| meant(*it));
                        assert_eq!(position(&bytes, asked), right, "{byte} at {at} among {other}");
                    }
                }
            }
        }
        assert_eq!(position(b"", |it| it.are(b'&')), None);
    }
}
