//! Modular exponentiation for RSA verification: an odd modulus, a small public exponent, public data.
//!
//! Montgomery multiplication with limbs of the machine's word. Everything here may take variable time, because
//! nothing here is secret: do not use it with a private exponent. It is its own module because the general-purpose
//! big integers of the `rsa` crate are constant-time and cost several times as much in wasm.

/// A machine word: products of two fit in `Wide`.
#[cfg(target_pointer_width = "64")]
type Limb = u64;
#[cfg(target_pointer_width = "64")]
type Wide = u128;
/// A machine word: products of two fit in `Wide`. wasm32 multiplies 32 by 32 into 64 bits in one instruction.
#[cfg(not(target_pointer_width = "64"))]
type Limb = u32;
#[cfg(not(target_pointer_width = "64"))]
type Wide = u64;

const LIMB_BYTES: usize = size_of::<Limb>();
const LIMB_BITS: usize = 8 * LIMB_BYTES;

/// An odd modulus with what Montgomery multiplication needs to know about it. R = 2^(limbs · `LIMB_BITS`).
#[derive(Clone)]
pub(crate) struct Modulus {
    /// n, least significant limb first, no leading zero limb.
    limbs: Box<[Limb]>,
    /// −n⁻¹ mod 2^`LIMB_BITS`.
    negated_inverse: Limb,
    /// R² mod n.
    r_squared: Box<[Limb]>,
    bits: usize,
}

impl Modulus {
    /// Reads a big-endian modulus; leading zeros do not matter. `None` unless it is odd and above 1.
    pub(crate) fn from_be_bytes(bytes: &[u8]) -> Option<Self> {
        let first = bytes.iter().position(|&byte| byte != 0)?;
        let bytes = bytes.get(first..)?;
        let limbs = limbs_from_be_bytes(bytes, bytes.len().div_ceil(LIMB_BYTES));
        let (&lowest, &highest) = (limbs.first()?, limbs.last()?);
        let bits = limbs.len() * LIMB_BITS - highest.leading_zeros() as usize;
        if lowest & 1 == 0 || bits < 2 {
            return None;
        }
        let mut modulus =
            Self { negated_inverse: inverse(lowest).wrapping_neg(), r_squared: Box::default(), limbs, bits };
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
        let mut work = Work::new(self.limbs.len());
        let mut power = vec![0; self.limbs.len()];
        if exponent == 0 {
            *power.first_mut()? = 1;
            return Some(self.to_be_bytes(&power));
        }
        // Left to right. Squarings keep the factor R that the first product brings in; a product with `base` as it is
        // takes that factor out again, so an odd exponent's last one leaves the plain result.
        let mut montgomery_base = vec![0; self.limbs.len()];
        self.multiply(&base, &self.r_squared, &mut work, &mut montgomery_base);
        power.copy_from_slice(&montgomery_base);
        let top = exponent.ilog2();
        for bit in (0..top).rev() {
            self.square(&mut power, &mut work);
            if exponent >> bit & 1 == 1 {
                let factor = if bit == 0 { &base } else { montgomery_base.as_slice() };
                let multiplicand = power.clone();
                self.multiply(&multiplicand, factor, &mut work, &mut power);
            }
        }
        if exponent & 1 == 0 || top == 0 {
            let mut one = vec![0; self.limbs.len()];
            *one.first_mut()? = 1;
            let multiplicand = power.clone();
            self.multiply(&multiplicand, &one, &mut work, &mut power);
        }
        Some(self.to_be_bytes(&power))
    }

    /// `out` = a·b/R mod n.
    fn multiply(&self, a: &[Limb], b: &[Limb], work: &mut Work, out: &mut [Limb]) {
        let product = work.product.as_mut_slice();
        product.fill(0);
        for (i, &factor) in b.iter().enumerate() {
            let Some(row) = product.get_mut(i..) else { return };
            add_multiple(row, a, factor);
        }
        self.reduce(product, out);
    }

    /// `a` = a²/R mod n. Each product of two different limbs is computed once and doubled.
    fn square(&self, a: &mut [Limb], work: &mut Work) {
        let product = work.product.as_mut_slice();
        product.fill(0);
        for (i, &factor) in a.iter().enumerate() {
            if let (Some(row), Some(rest)) = (product.get_mut(2 * i + 1..), a.get(i + 1..)) {
                add_multiple(row, rest, factor);
            }
        }
        let (mut shifted_out, mut carry) = (0, 0);
        let (pairs, _) = product.as_chunks_mut::<2>();
        for ([low, high], &limb) in pairs.iter_mut().zip(a.iter()) {
            let square = Wide::from(limb) * Wide::from(limb);
            let sum = Wide::from(*low << 1 | shifted_out) + Wide::from(low_half(square)) + Wide::from(carry);
            shifted_out = *low >> (LIMB_BITS - 1);
            *low = low_half(sum);
            let sum = Wide::from(*high << 1 | shifted_out)
                + Wide::from(high_half(square))
                + Wide::from(high_half(sum));
            shifted_out = *high >> (LIMB_BITS - 1);
            *high = low_half(sum);
            carry = high_half(sum);
        }
        self.reduce(product, a);
    }

    /// `out` = product/R mod n, for a product below n·R; leaves `product` spoilt.
    fn reduce(&self, product: &mut [Limb], out: &mut [Limb]) {
        let len = self.limbs.len();
        let mut overflow = 0;
        for i in 0..len {
            let Some(row) = product.get_mut(i..) else { return };
            let Some(&lowest) = row.first() else { return };
            let factor = lowest.wrapping_mul(self.negated_inverse);
            let carry = add_multiple_open(row, &self.limbs, factor);
            let Some(next) = row.get_mut(len) else { return };
            let sum = Wide::from(*next) + Wide::from(carry) + Wide::from(overflow);
            *next = low_half(sum);
            overflow = high_half(sum);
        }
        let Some(upper) = product.get(len..) else { return };
        out.copy_from_slice(upper);
        if overflow != 0 || !is_below(out, &self.limbs) {
            subtract(out, &self.limbs);
        }
    }

    /// R² mod n: R·2^m by doubling, then squared in the Montgomery domain until 2^m has become R.
    fn compute_r_squared(&self) -> Box<[Limb]> {
        let total_bits = self.limbs.len() * LIMB_BITS;
        let squarings = total_bits.trailing_zeros();
        // 2^(bits − 1) is below n.
        let mut value = vec![0; self.limbs.len()];
        if let Some(highest) = value.last_mut() {
            *highest = 1 << ((self.bits - 1) % LIMB_BITS);
        }
        for _ in 0..(total_bits - (self.bits - 1)) + (total_bits >> squarings) {
            let mut shifted_out = 0;
            for limb in &mut value {
                let next = *limb >> (LIMB_BITS - 1);
                *limb = *limb << 1 | shifted_out;
                shifted_out = next;
            }
            if shifted_out != 0 || !is_below(&value, &self.limbs) {
                subtract(&mut value, &self.limbs);
            }
        }
        let mut work = Work::new(self.limbs.len());
        for _ in 0..squarings {
            self.square(&mut value, &mut work);
        }
        value.into_boxed_slice()
    }

    fn to_be_bytes(&self, limbs: &[Limb]) -> Vec<u8> {
        let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        bytes.truncate(self.byte_len());
        bytes.reverse();
        bytes
    }
}

/// Room for a double-length product, allocated once per exponentiation.
struct Work {
    product: Vec<Limb>,
}

impl Work {
    fn new(limbs: usize) -> Self {
        Self { product: vec![0; 2 * limbs] }
    }
}

/// `row` += `value`·`factor`, where the limb of `row` above `value` is still zero and takes the carry.
#[inline]
fn add_multiple(row: &mut [Limb], value: &[Limb], factor: Limb) {
    let carry = add_multiple_open(row, value, factor);
    if let Some(next) = row.get_mut(value.len()) {
        *next = carry;
    }
}

/// `row` += `value`·`factor` over the limbs of `value`; gives the carry.
#[inline]
fn add_multiple_open(row: &mut [Limb], value: &[Limb], factor: Limb) -> Limb {
    let mut carry = 0;
    for (limb, &other) in row.iter_mut().zip(value) {
        let sum = Wide::from(other) * Wide::from(factor) + Wide::from(*limb) + Wide::from(carry);
        *limb = low_half(sum);
        carry = high_half(sum);
    }
    carry
}

/// `value` −= `other`, modulo 2^(their length).
fn subtract(value: &mut [Limb], other: &[Limb]) {
    let mut borrow = false;
    for (limb, &other) in value.iter_mut().zip(other) {
        let (difference, first) = limb.overflowing_sub(other);
        let (difference, second) = difference.overflowing_sub(Limb::from(borrow));
        *limb = difference;
        borrow = first | second;
    }
}

fn is_below(value: &[Limb], bound: &[Limb]) -> bool {
    value.iter().rev().lt(bound.iter().rev())
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
#[inline(always)]
fn low_half(wide: Wide) -> Limb {
    wide as Limb
}

#[inline(always)]
fn high_half(wide: Wide) -> Limb {
    (wide >> LIMB_BITS) as Limb
}

/// The inverse of an odd number modulo 2^`LIMB_BITS`, by Newton's iteration: each step doubles the correct bits.
fn inverse(odd: Limb) -> Limb {
    let mut inverse = odd; // correct to 3 bits
    for _ in 0..5 {
        inverse = inverse.wrapping_mul((2 as Limb).wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

/// Big-endian bytes into `len` limbs, least significant first; `bytes` fit.
fn limbs_from_be_bytes(bytes: &[u8], len: usize) -> Box<[Limb]> {
    let mut limbs: Vec<Limb> = bytes
        .rchunks(LIMB_BYTES)
        .map(|chunk| chunk.iter().fold(0, |limb, &byte| limb << 8 | Limb::from(byte)))
        .collect();
    limbs.resize(len, 0);
    limbs.into_boxed_slice()
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
