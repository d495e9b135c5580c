//! Backup codes: ten, for the day on which everything else is lost, each good once.
//!
//! A code has 80 random bits, so that its plain SHA-256 cannot be searched, nobody guesses one, and nothing has to be counted
//! that an attacker could use up.

use sha2::{Digest, Sha256};

use crate::id::{TenantId, UserId};
use crate::random::{CROCKFORD, Random, letters};

/// How many there are.
pub const CODES: usize = 10;
const LETTERS: usize = 16;

/// Ten new ones, as people write them down: `XXXX-XXXX-XXXX-XXXX`.
pub fn generate(rng: &mut dyn Random) -> Vec<String> {
    (0..CODES).map(|_| written(LETTERS, rng)).collect()
}

/// A code of so many letters, in groups that people copy.
pub(crate) fn written(length: usize, rng: &mut dyn Random) -> String {
    let code = letters(rng, CROCKFORD, length);
    let groups: Vec<&str> = code.as_bytes().chunks(4).filter_map(|it| str::from_utf8(it).ok()).collect();
    groups.join("-")
}

/// The letters of a code as somebody typed it; `None` where they are none. Case, dashes and spaces do not count, and what is
/// easily misread is read as what it was (Crockford's base32).
pub(crate) fn read(typed: &str, length: usize) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    (code.len() == length && code.bytes().all(|byte| CROCKFORD.contains(&byte))).then_some(code)
}

/// What is kept of one: lower-case hex. `None` where it is no backup code.
pub fn hash(tenant: &TenantId, user: &UserId, typed: &str) -> Option<String> {
    read(typed, LETTERS).map(|code| {
        let text = format!("keyward backup code\n{}\n{}\n{code}", tenant.as_str(), user.as_str());
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CODES, generate, hash};
    use crate::id::{TenantId, UserId};
    use crate::random::tests::Counter;

    #[test]
    fn a_code_is_recognised_however_it_is_typed_and_only_as_its_own() {
        let (tenant, user) = (TenantId::parse("t_acme").expect("id"), UserId::parse("u_alice").expect("id"));
        let codes = generate(&mut Counter(0));
        assert_eq!(
            (codes.len(), codes.iter().collect::<BTreeSet<_>>().len()),
            (CODES, 2),
            "a counter's, of period 32"
        );
        let code = &codes[0];
        assert_eq!(code, "0123-4567-89AB-CDEF");
        let kept = hash(&tenant, &user, code).expect("a code");
        assert_eq!(kept.len(), 64);
        for typed in [
            "0123456789abcdef",
            " 0123 4567 89ab cdef",
            "O1234567-89ABCDEF",
            "oI23-4567-89ab-cdef",
            "0l23456789ABCDEF",
        ] {
            assert_eq!(hash(&tenant, &user, typed).as_ref(), Some(&kept), "{typed}");
        }
        for typed in [
            "",
            "123456",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDEFG",
            "0123-4567-89AB-CDEU",
            "0123_4567_89AB_CDE",
        ] {
            assert_eq!(hash(&tenant, &user, typed), None, "{typed}");
        }
        let other = UserId::parse("u_bob").expect("id");
        assert_ne!(hash(&tenant, &other, code).as_ref(), Some(&kept));
    }
}
