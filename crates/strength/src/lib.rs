//! How hard a password is to guess, by zxcvbn (Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", 2016). Its lists of
//! words are a megabyte, so this is a program of its own that pages load when somebody asks.

use std::alloc::System;

use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroize;
use zeroizing_alloc::ZeroAlloc;

/// What is freed is overwritten: passwords come in.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Overwrites what calls that are over left on the stack, which is nobody's to free. For who has just dropped a secret.
#[wasm_bindgen]
#[inline(never)]
pub fn wipe() {
    // Almost all of the megabyte that a program has (rustc's default): this call stands on top of the rest.
    [0_u8; (1 << 20) - (1 << 14)].zeroize();
}

/// From 0, guessed at once, to 4, hardly ever. `others` is what the password should not be made of: a name, an address.
#[wasm_bindgen]
pub fn strength(password: &str, others: Vec<String>) -> u8 {
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(password, &others).score().into()
}

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn what_everybody_uses_is_weak_and_what_nobody_thought_of_is_not() {
        for (password, score) in [
            ("", 0),
            ("password", 0),
            ("qwertyuiop", 0),
            ("P@ssw0rd1", 1),
            ("correct-horse-battery-staple", 4),
        ] {
            assert!(strength(password, Vec::new()).abs_diff(score) <= 1, "{password}");
        }
        assert_eq!(strength("tK7#mQ2v-Lr9x!Wd40sO", Vec::new()), 4);
        assert!(strength("annexample1", vec!["annexample".to_owned()]) < strength("hgqzmwplk1", Vec::new()));
    }
}
