//! Randomness as an argument, and what is made of it.

use core::fmt;

use keyward_saml::base64;
use sha2::{Digest, Sha256};

/// A source of unpredictable bytes. The host's is the operating system's; a test's is seeded.
pub trait Random {
    /// Fills the whole buffer.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// RFC 4648 base32 in lower case: safe in URLs, without case to lose.
pub(crate) const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Crockford's: what people read out has no I, L, O, U.
pub(crate) const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub(crate) fn letters(rng: &mut dyn Random, alphabet: &[u8; 32], length: usize) -> String {
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    // 32 divides 256: every letter is as likely as every other.
    bytes
        .iter()
        .filter_map(|byte| alphabet.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// 100 random bits in 20 letters, after a prefix.
pub(crate) fn opaque_id(prefix: &str, rng: &mut dyn Random) -> String {
    format!("{prefix}{}", letters(rng, BASE32, 20))
}

/// What a refusal page shows and the audit log keeps: `KW-XXXX-XXXX`, 40 random bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// A new one.
    pub fn generate(rng: &mut dyn Random) -> Reference {
        Reference(format!("KW-{}-{}", letters(rng, CROCKFORD, 4), letters(rng, CROCKFORD, 4)))
    }

    /// From the database.
    pub fn from_stored(text: String) -> Reference {
        Reference(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A secret that a browser holds: 256 random bits. It is shown once, to that browser; only its [`TokenHash`] is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    pub fn generate(rng: &mut dyn Random) -> Token {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes);
        Token(bytes)
    }

    /// Reads what [`Token::reveal`] wrote; nothing else.
    pub fn parse(text: &str) -> Option<Token> {
        let standard: String = text
            .chars()
            .map(|c| match c {
                '-' => Some('+'),
                '_' => Some('/'),
                c if c.is_ascii_alphanumeric() => Some(c),
                _ => None,
            })
            .chain([Some('=')])
            .collect::<Option<_>>()?;
        let bytes = base64::decode(standard.as_bytes())?;
        bytes.try_into().ok().map(Token)
    }

    /// The text for a cookie or a form field: 43 characters of base64url. Never for a log or the database.
    pub fn reveal(&self) -> String {
        base64::encode(&self.0).replace('+', "-").replace('/', "_").replace('=', "")
    }

    /// What is kept of it. The token has full entropy, so that a plain hash cannot be searched.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of_digest(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The SHA-256 of a [`Token`], in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// From the database.
    pub fn from_stored(text: String) -> Option<TokenHash> {
        let is_hex = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then_some(TokenHash(text))
    }

    /// Of 32 octets that are a hash already.
    pub(crate) fn of_digest(digest: [u8; 32]) -> TokenHash {
        TokenHash(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Whether it is the other, in a time that does not tell how alike they are.
    pub fn matches(&self, other: &TokenHash) -> bool {
        let pairs = self.0.bytes().zip(other.0.bytes());
        self.0.len() == other.0.len() && pairs.fold(0, |all, (one, two)| all | (one ^ two)) == 0
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ID of an AuthnRequest: an NCName (Entra refuses one that begins with a digit) with 160 random bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new one.
    pub fn generate(rng: &mut dyn Random) -> RequestId {
        RequestId(format!("_{}", letters(rng, BASE32, 32)))
    }

    /// From the database, or from an InResponseTo that is about to be looked up.
    pub fn from_stored(text: String) -> RequestId {
        RequestId(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Random, Reference, RequestId, Token};

    /// Counts up: unpredictable to nobody, and so for tests only.
    pub(crate) struct Counter(pub(crate) u8);

    impl Random for Counter {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
        }
    }

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let token = Token::generate(&mut Counter(200));
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        assert_eq!(token.reveal().len(), 43);
        let text = token.reveal();
        for bad in [
            "",
            "abc",
            &text[..42],
            &format!("{text}A"),
            &format!("{text}="),
            &text.replacen('_', "/", 1),
            &format!(" {text}"),
        ] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_does_not_print_itself() {
        let token = Token::generate(&mut Counter(7));
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert!(!token.hash().as_str().contains(&token.reveal()));
    }

    #[test]
    fn ids_have_the_form_that_others_rely_on() {
        let reference = Reference::generate(&mut Counter(0));
        assert_eq!(reference.as_str(), "KW-0123-4567");
        let request = RequestId::generate(&mut Counter(0));
        assert!(request.as_str().starts_with("_ab") && request.as_str().len() == 33);
    }
}
