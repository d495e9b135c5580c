//! Passwords that nobody thought of, and passphrases of BIP-39's English list. Every one of a kind is as likely as any other.

use bip39::Language;
use zeroize::Zeroizing;

use crate::Random;

/// The shortest and the longest that are made.
pub const LENGTHS: core::ops::RangeInclusive<usize> = 8..=128;
/// The fewest and the most words.
pub const WORDS: core::ops::RangeInclusive<usize> = 4..=12;
/// Lower case, upper case, digits, symbols: without letters and digits that look alike.
const CLASSES: [&str; 4] =
    ["abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#$%&*+-=?@_"];

/// Which kinds of characters there have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    /// `a` to `z`.
    pub lower: bool,
    /// `A` to `Z`.
    pub upper: bool,
    /// `2` to `9`.
    pub digits: bool,
    /// Punctuation.
    pub symbols: bool,
}

impl Classes {
    /// The alphabets that are asked for; all where none is.
    fn alphabets(self) -> Vec<&'static str> {
        let wanted = [self.lower, self.upper, self.digits, self.symbols];
        let any = wanted.contains(&true);
        CLASSES.into_iter().zip(wanted).filter(|(_, is)| *is || !any).map(|(letters, _)| letters).collect()
    }
}

/// A number below `bound`, which is at most 65,536.
fn below(bound: usize, random: Random<'_>) -> usize {
    let bound = bound.clamp(1, 1 << 16);
    // The rest of the range would make some numbers likelier.
    let fair = (1 << 16) / bound * bound;
    loop {
        let mut bytes = [0; 2];
        random(&mut bytes);
        let number = usize::from(u16::from_be_bytes(bytes));
        if number < fair {
            return number % bound;
        }
    }
}

fn one_of(letters: &str, random: Random<'_>) -> char {
    let at = below(letters.len(), random);
    letters.as_bytes().get(at).copied().map_or('x', char::from)
}

/// A password of a length within [`LENGTHS`], with at least one character of each class that is asked for, and none of others.
pub fn password(length: usize, classes: Classes, random: Random<'_>) -> Zeroizing<String> {
    let length = length.clamp(*LENGTHS.start(), *LENGTHS.end());
    let alphabets = classes.alphabets();
    let all: String = alphabets.concat();
    loop {
        let text: Zeroizing<String> = Zeroizing::new((0..length).map(|_| one_of(&all, random)).collect());
        // Another one where a class is missing: putting one in would favour some places.
        if alphabets.iter().all(|letters| text.contains(|letter| letters.contains(letter))) {
            return text;
        }
    }
}

/// Words with dashes between them, as many as asked for and as long as asked for. The first is capital where upper case is
/// asked for, and a digit stands at the end where digits are.
pub fn passphrase(words: usize, shortest: usize, classes: Classes, random: Random<'_>) -> Zeroizing<String> {
    let words = words.clamp(*WORDS.start(), *WORDS.end());
    let shortest = shortest.min(*LENGTHS.end());
    let list = Language::English.word_list();
    let mut text = Zeroizing::new(String::with_capacity(*LENGTHS.end() * 2));
    let mut count = 0;
    while count < words || text.len() + usize::from(classes.digits) < shortest {
        let word = list.get(below(list.len(), random)).copied().unwrap_or_default();
        if count == 0 {
            let (first, rest) = word.split_at_checked(1).unwrap_or_default();
            text.push_str(&if classes.upper { first.to_ascii_uppercase() } else { first.to_owned() });
            text.push_str(rest);
        } else {
            text.push('-');
            text.push_str(word);
        }
        count += 1;
    }
    if classes.digits {
        text.push(one_of(CLASSES.get(2).copied().unwrap_or("2"), random));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Classes, below, passphrase, password};

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut state = 1_u64;
        move |bytes: &mut [u8]| {
            for byte in bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = (state >> 56) as u8;
            }
        }
    }

    const ALL: Classes = Classes { lower: true, upper: true, digits: true, symbols: true };

    #[test]
    fn a_password_has_every_class_that_is_asked_for_and_no_other() {
        let mut random = counting();
        for length in [8, 20, 128] {
            for number in 0..16 {
                let classes = Classes {
                    lower: number & 1 > 0,
                    upper: number & 2 > 0,
                    digits: number & 4 > 0,
                    symbols: number & 8 > 0,
                };
                let text = password(length, classes, &mut random);
                assert_eq!(text.len(), length);
                for (bit, letters) in CLASSES.iter().enumerate() {
                    let is_asked = number == 0 || number & (1 << bit) > 0;
                    assert_eq!(
                        text.contains(|letter| letters.contains(letter)),
                        is_asked,
                        "{number} {}",
                        *text
                    );
                }
            }
        }
        assert_eq!(password(0, ALL, &mut random).len(), 8);
        assert_eq!(password(usize::MAX, ALL, &mut random).len(), 128);
    }

    #[test]
    fn a_passphrase_is_as_long_as_the_policy_wants() {
        let mut random = counting();
        let text = passphrase(
            5,
            0,
            Classes { lower: true, upper: false, digits: false, symbols: false },
            &mut random,
        );
        assert_eq!(text.split('-').count(), 5);
        for shortest in [20, 60, 128, 1000] {
            let text = passphrase(4, shortest, ALL, &mut random);
            assert!(text.len() >= shortest.min(128), "{}", *text);
            assert!(text.starts_with(|letter: char| letter.is_ascii_uppercase()));
            assert!(text.contains('-') && text.ends_with(|letter: char| letter.is_ascii_digit()));
        }
    }

    #[test]
    fn no_number_is_likelier_than_another() {
        // Every pair of bytes once: each number comes equally often.
        let mut next = 0_u32;
        let mut random = |bytes: &mut [u8]| {
            let pair = u16::try_from(next).expect("asked no more often than there are pairs");
            bytes.copy_from_slice(&pair.to_be_bytes());
            next += 1;
        };
        let mut seen = [0; 63];
        for _ in 0..(65_536 / 63 * 63) {
            seen[below(63, &mut random)] += 1;
        }
        assert!(seen.iter().all(|count| *count == 65_536 / 63), "{seen:?}");
    }
}
