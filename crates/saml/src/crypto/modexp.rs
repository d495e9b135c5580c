//! Modular exponentiation for RSA verification: an odd modulus, a small public exponent, public data.
//!
//! Everything here may take variable time, because nothing here is secret: do not use it with a private exponent. It
//! is its own module because the general-purpose big integers of the `rsa` crate cost five times as much in wasm.
//!
//! Numbers are limbs of 27 bits, least significant first. Products of limbs are added up in columns of 64 bits without
//! carrying, which vectorises (SSE2, wasm simd128) and asks nothing of a 32-bit machine that it does badly; the carries
//! are settled once for each multiplication. 27 is the largest length for which a column cannot overflow: see
//! [`MAX_LIMBS`].

use crate::limits;

const LIMB_BITS: usize = 27;
const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// A column takes at most this many products of two numbers' limbs and as many of the reduction, each below
/// 2^(2·`LIMB_BITS`), and a carry from its neighbour, below 2^(64 − `LIMB_BITS`).
const MAX_LIMBS: usize = limits::RSA_BITS.end().div_ceil(LIMB_BITS).next_multiple_of(2);
const _: () = assert!(
    2 * (MAX_LIMBS as u128) * (1 << (2 * LIMB_BITS)) + (1 << (64 - LIMB_BITS)) <= u64::MAX as u128,
    "a column would overflow"
);

/// An odd modulus n with what Montgomery multiplication needs to know about it. R = 2^(limbs · `LIMB_BITS`) > n.
#[derive(Clone)]
pub(crate) struct Modulus {
    /// n, in an even number of limbs, because the reduction takes two at a time.
    limbs: Box<[u32]>,
    /// −n⁻¹ mod 2^`LIMB_BITS`.
    negated_inverse: u32,
    /// R² mod n.
    r_squared: Box<[u32]>,
    bits: usize,
}

impl Modulus {
    /// Reads a big-endian modulus; leading zeros do not matter. `None` unless it is odd, above 1 and no longer than
    /// [`limits::RSA_BITS`] allows.
    pub(crate) fn from_be_bytes(bytes: &[u8]) -> Option<Self> {
        let first = bytes.iter().position(|&byte| byte != 0)?;
        let bytes = bytes.get(first..)?;
        let bits = 8 * bytes.len() - bytes.first()?.leading_zeros() as usize;
        if bytes.last()? & 1 == 0 || bits < 2 || bits > *limits::RSA_BITS.end() {
            return None;
        }
        let limbs = limbs_from_be_bytes(bytes, bits.div_ceil(LIMB_BITS).next_multiple_of(2));
        let negated_inverse = low_limb(inverse(*limbs.first()?).wrapping_neg().into());
        let mut modulus = Self { limbs, negated_inverse, r_squared: Box::default(), bits };
        modulus.r_squared = modulus.compute_r_squared();
        Some(modulus)
    }

    /// The length in bits.
    pub(crate) fn bits(&self) -> usize {
        self.bits
    }

    /// The length in bytes, rounded up: k of RFC 8017.
    pub(crate) fn byte_len(&self) -> usize {
        self.bits.div_ceil(8)
    }

    /// `base`^`exponent` mod n, big-endian, in [`byte_len`](Self::byte_len) bytes; `base` has as many and is below n,
    /// or the answer is `None`.
    pub(crate) fn pow(&self, base: &[u8], exponent: u32) -> Option<Vec<u8>> {
        if base.len() != self.byte_len() {
            return None;
        }
        let base = limbs_from_be_bytes(base, self.limbs.len());
        if !is_below(&base, &self.limbs) {
            return None;
        }
        let one = limbs_from_be_bytes(&[1], self.limbs.len());
        if exponent == 0 {
            return Some(self.residue_to_be_bytes(&one));
        }
        // From the highest bit of the exponent down. Squarings keep the factor R that the first product brings in; a
        // product with a plain number takes it out again: with `base`, where the exponent ends in 1, otherwise with 1.
        let mut columns = self.columns();
        let mut montgomery_base = base.clone();
        self.multiply(&mut montgomery_base, &self.r_squared, &mut columns);
        let mut power = montgomery_base.clone();
        let ends_in_product = exponent & 1 == 1 && exponent > 1;
        for bit in (0..exponent.ilog2()).rev() {
            self.square(&mut power, &mut columns);
            if exponent >> bit & 1 == 1 {
                let factor = if bit == 0 { &base } else { &montgomery_base };
                self.multiply(&mut power, factor, &mut columns);
            }
        }
        if !ends_in_product {
            self.multiply(&mut power, &one, &mut columns);
        }
        Some(self.residue_to_be_bytes(&power))
    }

    /// Room for a product that is not carried yet.
    fn columns(&self) -> Box<[u64]> {
        vec![0; 2 * self.limbs.len()].into_boxed_slice()
    }

    /// `a` = a·b/R mod n.
    fn multiply(&self, a: &mut [u32], b: &[u32], columns: &mut [u64]) {
        columns.fill(0);
        for (i, &limb) in a.iter().enumerate() {
            if let Some(columns) = columns.get_mut(i..) {
                add_multiple(columns, b, limb);
            }
        }
        self.reduce(columns, a);
    }

    /// `a` = a²/R mod n. Each product of two different limbs is computed once and doubled.
    fn square(&self, a: &mut [u32], columns: &mut [u64]) {
        columns.fill(0);
        for (i, &limb) in a.iter().enumerate() {
            if let (Some([column, columns @ ..]), Some(rest)) = (columns.get_mut(2 * i..), a.get(i + 1..)) {
                *column += product(limb, limb);
                add_multiple(columns, rest, 2 * limb);
            }
        }
        self.reduce(columns, a);
    }

    /// `out` = columns/R mod n, for columns that stand for a number below n·R. Adds multiples of n so that the lower
    /// half of the columns becomes zero, two at a time: each pass over the columns costs as much as its arithmetic.
    fn reduce(&self, columns: &mut [u64], out: &mut [u32]) {
        let len = self.limbs.len();
        let [n0, higher @ ..] = &*self.limbs else { return };
        let [n1, highest @ ..] = higher else { return };
        for i in (0..len).step_by(2) {
            let Some([first, second, rest @ ..]) = columns.get_mut(i..=i + len) else { return };
            let q0 = self.quotient(*first);
            let carry = (*first + product(q0, *n0)) >> LIMB_BITS;
            let second = *second + product(q0, *n1) + carry;
            let q1 = self.quotient(second);
            let carry = (second + product(q1, *n0)) >> LIMB_BITS;

            for ((column, &above), &here) in rest.iter_mut().zip(highest).zip(higher) {
                *column += product(q0, above) + product(q1, here);
            }
            if let (Some(column), Some(&here)) = (rest.last_mut(), higher.last()) {
                *column += product(q1, here);
            }
            if let Some(column) = rest.first_mut() {
                *column += carry;
            }
        }
        let mut carry = 0;
        for (limb, &column) in out.iter_mut().zip(columns.iter().skip(len)) {
            let sum = column + carry;
            *limb = low_limb(sum);
            carry = sum >> LIMB_BITS;
        }
        // The result is below 2n.
        if carry != 0 || !is_below(out, &self.limbs) {
            subtract(out, &self.limbs);
        }
    }

    /// What n has to be multiplied with so that adding it makes the lowest limb of `column` zero.
    fn quotient(&self, column: u64) -> u32 {
        low_limb(u64::from(low_limb(column).wrapping_mul(self.negated_inverse)))
    }

    /// R² mod n.
    fn compute_r_squared(&self) -> Box<[u32]> {
        let r_bits = self.limbs.len() * LIMB_BITS;
        // R mod n: 2^(bits − 1) is below n, and the rest is doubling.
        let mut value = vec![0; self.limbs.len()].into_boxed_slice();
        if let Some(limb) = value.get_mut((self.bits - 1) / LIMB_BITS) {
            *limb = 1 << ((self.bits - 1) % LIMB_BITS);
        }
        for _ in self.bits - 1..r_bits {
            self.double(&mut value);
        }
        // In the Montgomery domain that is 1, and R² is what 2^r_bits is there: square and double.
        let mut columns = self.columns();
        for bit in (0..=r_bits.ilog2()).rev() {
            self.square(&mut value, &mut columns);
            if r_bits >> bit & 1 == 1 {
                self.double(&mut value);
            }
        }
        value
    }

    /// `value` = 2·value mod n.
    fn double(&self, value: &mut [u32]) {
        let mut carry = 0;
        for limb in value.iter_mut() {
            let doubled = u64::from(*limb) << 1 | carry;
            *limb = low_limb(doubled);
            carry = doubled >> LIMB_BITS;
        }
        if carry != 0 || !is_below(value, &self.limbs) {
            subtract(value, &self.limbs);
        }
    }

    fn residue_to_be_bytes(&self, limbs: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; self.byte_len()];
        let (mut pending, mut pending_bits) = (0_u64, 0);
        let mut limbs = limbs.iter();
        for byte in bytes.iter_mut().rev() {
            if pending_bits < 8 {
                pending |= u64::from(limbs.next().copied().unwrap_or(0)) << pending_bits;
                pending_bits += LIMB_BITS;
            }
            *byte = (pending & 0xff) as u8;
            pending >>= 8;
            pending_bits -= 8;
        }
        bytes
    }
}

/// `columns` += `value`·`factor`.
fn add_multiple(columns: &mut [u64], value: &[u32], factor: u32) {
    for (column, &limb) in columns.iter_mut().zip(value) {
        *column += product(limb, factor);
    }
}

/// `value` −= `other`, modulo 2^(their length).
fn subtract(value: &mut [u32], other: &[u32]) {
    let mut borrow = 0;
    for (limb, &other) in value.iter_mut().zip(other) {
        let difference = u64::from(*limb).wrapping_sub(other.into()).wrapping_sub(borrow);
        *limb = low_limb(difference);
        borrow = difference >> 63;
    }
}

fn is_below(value: &[u32], bound: &[u32]) -> bool {
    value.iter().rev().lt(bound.iter().rev())
}

#[inline(always)]
fn product(a: u32, b: u32) -> u64 {
    u64::from(a) * u64::from(b)
}

#[inline(always)]
fn low_limb(number: u64) -> u32 {
    (number & LIMB_MASK) as u32
}

/// The inverse of an odd number modulo 2³², by Newton's iteration: each step doubles the correct bits.
fn inverse(odd: u32) -> u32 {
    let mut inverse = odd; // correct to 3 bits
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

/// Big-endian bytes into `len` limbs, which they fit into.
fn limbs_from_be_bytes(bytes: &[u8], len: usize) -> Box<[u32]> {
    let mut limbs = vec![0; len].into_boxed_slice();
    let (mut pending, mut pending_bits) = (0_u64, 0);
    let mut bytes = bytes.iter().rev();
    for limb in &mut limbs {
        while pending_bits < LIMB_BITS {
            pending |= u64::from(bytes.next().copied().unwrap_or(0)) << pending_bits;
            pending_bits += 8;
        }
        *limb = low_limb(pending);
        pending >>= LIMB_BITS;
        pending_bits -= LIMB_BITS;
    }
    limbs
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::Modulus;

    /// Compares with num-bigint; `base` is taken modulo n.
    fn check(n: &BigUint, base: &BigUint, exponent: u32) {
        let modulus = Modulus::from_be_bytes(&n.to_bytes_be()).expect("odd and above 1");
        assert_eq!(modulus.bits() as u64, n.bits());
        let power = modulus.pow(&padded(&(base % n), modulus.byte_len()), exponent).expect("below n");
        let expected = (base % n).modpow(&BigUint::from(exponent), n);
        assert_eq!(power, padded(&expected, modulus.byte_len()), "{base}^{exponent} mod {n}");
    }

    fn padded(number: &BigUint, len: usize) -> Vec<u8> {
        let bytes = number.to_bytes_be();
        let bytes = if bytes == [0] { Vec::new() } else { bytes };
        [vec![0; len - bytes.len()], bytes].concat()
    }

    /// An odd number of so many bits out of arbitrary octets.
    fn odd(bits: u64, octets: &[u8]) -> BigUint {
        let mut number = BigUint::from_bytes_be(octets) % (BigUint::from(1_u8) << bits);
        number.set_bit(0, true);
        number.set_bit(bits - 1, true);
        number
    }

    #[test]
    fn small_moduli_agree_everywhere() {
        for n in (3_u32..60).step_by(2) {
            for base in 0..n {
                for exponent in [0, 1, 2, 3, 4, 5, 6, 7, 8, 17, 65_536, 65_537, u32::MAX - 1, u32::MAX] {
                    check(&BigUint::from(n), &BigUint::from(base), exponent);
                }
            }
        }
    }

    #[test]
    fn moduli_at_the_edges_of_a_limb_agree() {
        let one = BigUint::from(1_u8);
        for bits in [31, 32, 33, 63, 64, 65, 127, 128, 129, 1024, 2047, 2048, 2049, 2080, 4096, 8191, 8192] {
            let highest: BigUint = (&one << bits) - &one;
            let lowest = (&one << (bits - 1)) + &one;
            // Limbs of zeros and of ones make the carries and the last subtraction work.
            let mixed = &highest - (&one << (bits / 2)) - (&one << (bits / 3));
            for n in [highest, lowest, mixed].into_iter().filter(|n| n.bit(0)) {
                for base in [
                    BigUint::ZERO,
                    one.clone(),
                    BigUint::from(2_u8),
                    &n - &one,
                    &n - BigUint::from(2_u8),
                    &n >> 1,
                ] {
                    for exponent in
                        if bits < 4096 { &[0, 1, 2, 3, 65_537, u32::MAX][..] } else { &[3, 65_537] }
                    {
                        check(&n, &base, *exponent);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_residue_or_not_a_modulus_is_refused() {
        let n = odd(2048, &[0xc3; 256]);
        let modulus = Modulus::from_be_bytes(&n.to_bytes_be()).expect("odd");
        let one = BigUint::from(1_u8);
        assert!(modulus.pow(&padded(&(&n - &one), 256), 3).is_some());
        assert_eq!(modulus.pow(&padded(&n, 256), 3), None);
        assert_eq!(modulus.pow(&padded(&(&n + &one), 256), 3), None);
        assert_eq!(modulus.pow(&[0xff; 256], 3), None);
        assert_eq!(modulus.pow(&padded(&one, 257), 3), None);
        assert_eq!(modulus.pow(&padded(&one, 255), 3), None);
        assert_eq!(modulus.pow(&[], 3), None);
        for bad in [&[][..], &[0], &[0, 0, 0], &[1], &[0, 1], &[2], &[1, 0], &[0xff, 0xfe]] {
            assert!(Modulus::from_be_bytes(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn leading_zeros_of_a_modulus_do_not_count() {
        let modulus = Modulus::from_be_bytes(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]).expect("257");
        assert_eq!((modulus.bits(), modulus.byte_len()), (9, 2));
        assert_eq!(modulus.pow(&[0, 2], 9), Some(vec![0, 255]));
    }

    proptest! {
        #[test]
        fn powers_agree_with_another_implementation(
            bits in 2_u64..1400,
            octets in proptest::collection::vec(any::<u8>(), 176),
            base in proptest::collection::vec(any::<u8>(), 176),
            exponent in prop_oneof![any::<u32>(), Just(3), Just(17), Just(65_537)],
        ) {
            check(&odd(bits, &octets), &BigUint::from_bytes_be(&base), exponent);
        }

        #[test]
        fn powers_of_the_lengths_in_use_agree(
            bits in prop_oneof![2040_u64..2110, Just(3072), Just(4096)],
            octets in proptest::collection::vec(any::<u8>(), 512),
            base in proptest::collection::vec(any::<u8>(), 512),
        ) {
            check(&odd(bits, &octets), &BigUint::from_bytes_be(&base), 65_537);
        }
    }
}
