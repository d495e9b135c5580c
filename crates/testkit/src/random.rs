//! Bytes that look random and are the same on every run.

use core::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

/// What an attacker would put into a message.
const PIECES: [&str; 16] = [
    "<!--x-->",
    "<![CDATA[x]]>",
    "<?x y?>",
    "&amp;",
    "&#0;",
    "&x;",
    "\" ID=\"_assertion",
    " xmlns=\"urn:x\"",
    " xmlns:saml=\"urn:x\"",
    "</saml:Assertion>",
    "<saml:NameID>mallory</saml:NameID>",
    "<samlp:Extensions>",
    "%26",
    "\u{feff}",
    "\r\n",
    "]]>",
];

/// SHA-256 of a seed and a counter, block after block.
#[derive(Clone, Debug)]
pub struct Random {
    seed: u64,
    block: u64,
    left: Vec<u8>,
}

impl Random {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Random {
        Random { seed, block: 0, left: Vec::new() }
    }

    /// The next bytes of the stream.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.left.is_empty() {
                let mut hash = Sha256::new();
                hash.update(self.seed.to_be_bytes());
                hash.update(self.block.to_be_bytes());
                self.left = hash.finalize().to_vec();
                self.block += 1;
            }
            *byte = self.left.pop().unwrap_or_default();
        }
    }

    /// So many bytes of it.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.fill(&mut bytes);
        bytes
    }

    /// A number below `end`, near enough to evenly for tests; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// The bytes with one to three changes of the kinds that fuzzers make: a bit, a letter, something cut out, put in or
    /// repeated elsewhere.
    pub fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(40)).min(bytes.len());
            let (bit, letter) = (1 << self.below(8), *self.pick(b"abcdefghijklmnopqrstuvwxyz"));
            let chosen = bytes.get(at..end).unwrap_or_default().to_vec();
            match self.below(5) {
                0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit),
                1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = letter),
                2 => drop(bytes.splice(at..end, [])),
                3 => drop(bytes.splice(at..at, self.pick(&PIECES).bytes())),
                _ => {
                    let other = self.below(bytes.len());
                    drop(bytes.splice(other..other, chosen));
                }
            }
        }
        bytes
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        from.get(self.below(from.len())).expect("something to pick from")
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

// It is anything but: it is for tests, and the traits want it said.
impl TryCryptoRng for Random {}
