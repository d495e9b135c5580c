//! Keys as words: the recovery phrase that a person keeps, and fingerprint phrases that two people compare (vault format
//! §3 and §4). The words are BIP-39's English list: 2048 of them, told apart by their first four letters.

use core::fmt;

use bip39::{Language, Mnemonic};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Random;

/// Why a phrase is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhraseError {
    /// Not 24 words.
    Count {
        /// How many there are.
        found: usize,
    },
    /// A word that is not in the list.
    Word {
        /// Which, from 1.
        position: usize,
    },
    /// All are words, and the check does not add up: one of them is another, or two changed places.
    Checksum,
}

impl PhraseError {
    /// A stable, kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            PhraseError::Count { .. } => "phrase-count",
            PhraseError::Word { .. } => "phrase-word",
            PhraseError::Checksum => "phrase-checksum",
        }
    }

    /// How many words there are, or which one is none.
    pub fn number(&self) -> Option<usize> {
        match self {
            PhraseError::Count { found } => Some(*found),
            PhraseError::Word { position } => Some(*position),
            PhraseError::Checksum => None,
        }
    }
}

impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PhraseError::Count { found } => write!(f, "A recovery phrase has {WORDS} words; these are {found}."),
            // The word itself is a secret in the making, so it is not repeated.
            PhraseError::Word { position } => write!(f, "Word {position} is not one that recovery phrases have."),
            PhraseError::Checksum => {
                f.write_str("The words do not belong together. Look for one that was misread, or for two that changed places.")
            }
        }
    }
}

impl core::error::Error for PhraseError {}

/// Words of a recovery phrase: 256 bits and 8 of a checksum, 11 each.
const WORDS: usize = 24;

/// A key that a person keeps as words on paper.
pub struct RecoveryKey(Zeroizing<[u8; 32]>);

impl RecoveryKey {
    /// A new one.
    pub fn generate(random: Random<'_>) -> RecoveryKey {
        let mut key = Zeroizing::new([0; 32]);
        random(key.as_mut());
        RecoveryKey(key)
    }

    /// Reads a phrase as people type it: any white space between the words, any case.
    ///
    /// # Errors
    /// [`PhraseError`], naming the first word that is wrong by its place.
    pub fn from_phrase(phrase: &str) -> Result<RecoveryKey, PhraseError> {
        let normal: Zeroizing<String> =
            Zeroizing::new(phrase.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
        let found = normal.split(' ').filter(|word| !word.is_empty()).count();
        if found != WORDS {
            return Err(PhraseError::Count { found });
        }
        if let Some(index) = normal.split(' ').position(|word| Language::English.find_word(word).is_none()) {
            return Err(PhraseError::Word { position: index + 1 });
        }
        let mnemonic =
            Mnemonic::parse_in_normalized(Language::English, &normal).map_err(|_| PhraseError::Checksum)?;
        let (entropy, _) = mnemonic.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        match entropy.first_chunk() {
            Some(key) => Ok(RecoveryKey(Zeroizing::new(*key))),
            None => Err(PhraseError::Checksum),
        }
    }

    /// The words, to be shown once.
    pub fn phrase(&self) -> Zeroizing<String> {
        // 32 bytes are a length that the standard has.
        let words = Mnemonic::from_entropy_in(Language::English, self.0.as_ref())
            .map(|mnemonic| mnemonic.words().collect::<Vec<_>>().join(" "));
        Zeroizing::new(words.unwrap_or_default())
    }

    /// The key itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey")
    }
}

/// Six words, 66 bits, that stand for public octets: two people who see the same words see the same octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerprintPhrase([&'static str; 6]);

impl FingerprintPhrase {
    /// The phrase of some parts (keys, IDs), each hashed after its length, under a purpose, so that a phrase for one thing
    /// is never one for another.
    pub fn of(purpose: &str, parts: &[&[u8]]) -> FingerprintPhrase {
        let mut hash = Sha256::new();
        for part in core::iter::once(&purpose.as_bytes()).chain(parts) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let mut bits = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let list = Language::English.word_list();
        FingerprintPhrase([(); 6].map(|()| {
            bits = bits.rotate_left(11);
            let index = usize::try_from(bits & 0x7ff).unwrap_or(0);
            list.get(index).copied().unwrap_or_default()
        }))
    }

    /// The words, in order.
    pub fn words(&self) -> [&'static str; 6] {
        self.0
    }
}

impl fmt::Display for FingerprintPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}
