//! Sets of IP addresses, written as ranges (RFC 4632, RFC 4291 §2.3).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::policy::value::Restrict;

/// The addresses whose first `prefix` bits are those of `first`. Two ranges are nested or have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    is_v6: bool,
    /// The lowest address; an IPv4 address in the low 32 bits.
    first: u128,
    prefix: u32,
}

impl Range {
    fn new(address: IpAddr, prefix: u32) -> Range {
        match address {
            IpAddr::V4(v4) => Range { is_v6: false, first: u32::from(v4).into(), prefix },
            IpAddr::V6(v6) => Range { is_v6: true, first: u128::from(v6), prefix },
        }
    }

    fn width(is_v6: bool) -> u32 {
        if is_v6 { 128 } else { 32 }
    }

    /// One below the number of addresses: the bits that vary.
    fn varying(self) -> u128 {
        let free = Self::width(self.is_v6) - self.prefix;
        1_u128.checked_shl(free).map_or(u128::MAX, |size| size - 1)
    }

    /// `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the prefix have to be zero: `10.0.0.1/8` is more likely a
    /// slip than a wish. An IPv4 address in IPv6's clothes is IPv4.
    fn parse(text: &str) -> Option<Range> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().ok()?;
        let width = Self::width(address.is_ipv6());
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|prefix| *prefix <= width)?
            }
            Some(_) => return None,
        };
        let range = Range::new(address, prefix);
        if range.first & range.varying() != 0 {
            return None;
        }
        match address.to_canonical() {
            IpAddr::V4(v4) if range.is_v6 => {
                prefix.checked_sub(96).map(|prefix| Range::new(IpAddr::V4(v4), prefix))
            }
            _ => Some(range),
        }
    }

    fn contains(self, other: Range) -> bool {
        self.is_v6 == other.is_v6
            && self.prefix <= other.prefix
            && other.first & !self.varying() == self.first
    }

    /// The range twice as wide, where the other is its other half.
    fn joined(self, other: Range) -> Option<Range> {
        let wider = Range { prefix: self.prefix.checked_sub(1)?, ..self };
        let wider = Range { first: self.first & !wider.varying(), ..wider };
        (self != other && self.prefix == other.prefix && wider.contains(other)).then_some(wider)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_v6 {
            write!(f, "{}", Ipv6Addr::from(self.first))?;
        } else {
            write!(f, "{}", Ipv4Addr::from(u32::try_from(self.first).unwrap_or_default()))?;
        }
        if self.prefix < Self::width(self.is_v6) { write!(f, "/{}", self.prefix) } else { Ok(()) }
    }
}

/// A set of addresses in the one way to write it: sorted, without a range inside another, halves joined. Equal sets are
/// equal values.
///
/// Combiner: the addresses that both have, which may be none ([`DeadEnd`](crate::policy::DeadEnd)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(Vec<Range>);

/// A request's address is compared with each.
const RANGES: usize = 256;

impl Addresses {
    /// All there are.
    pub fn everywhere() -> Addresses {
        Addresses(vec![
            Range::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            Range::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
        ])
    }

    /// Reads ranges such as `203.0.113.0/24` and `2001:db8::/32`, and single addresses. At most 256.
    pub fn parse(ranges: &[&str]) -> Option<Addresses> {
        let ranges: Vec<Range> = ranges.iter().map(|range| Range::parse(range)).collect::<Option<_>>()?;
        (ranges.len() <= RANGES).then(|| Addresses::normal(ranges))
    }

    fn normal(ranges: Vec<Range>) -> Addresses {
        let mut sorted = BTreeSet::new();
        sorted.extend(ranges);
        let mut kept: Vec<Range> = Vec::with_capacity(sorted.len());
        for mut range in sorted {
            // Sorted, what holds this range can only be the last; and what it completes a pair with too.
            if kept.last().is_some_and(|last| last.contains(range)) {
                continue;
            }
            while let Some(wider) = kept.last().and_then(|last| last.joined(range)) {
                kept.pop();
                range = wider;
            }
            kept.push(range);
        }
        Addresses(kept)
    }

    /// Whether the address is one of them. An IPv4 address in IPv6's clothes is IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let one = match address.to_canonical() {
            address @ IpAddr::V4(_) => Range::new(address, 32),
            address @ IpAddr::V6(_) => Range::new(address, 128),
        };
        self.0.iter().any(|range| range.contains(one))
    }

    /// Whether somebody may come from there. Where nobody knows from where they come, only "everywhere" allows it.
    pub fn allow(&self, from: Option<IpAddr>) -> bool {
        match from {
            Some(address) => self.contains(address),
            None => *self == Addresses::everywhere(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Restrict for Addresses {
    const EXPECTED: &'static str =
        "an array of at most 256 ranges such as \"203.0.113.0/24\" or \"2001:db8::/32\"";

    fn and(&self, other: &Addresses) -> Addresses {
        let narrower = |one: &Range, two: &Range| {
            if one.contains(*two) { Some(*two) } else { two.contains(*one).then_some(*one) }
        };
        Addresses::normal(
            self.0.iter().flat_map(|one| other.0.iter().filter_map(move |two| narrower(one, two))).collect(),
        )
    }

    fn from_json(json: &Json) -> Option<Addresses> {
        let texts: Vec<&str> = json.as_array()?.iter().map(Json::as_str).collect::<Option<_>>()?;
        Addresses::parse(&texts)
    }

    fn to_json(&self) -> Json {
        self.0.iter().map(|range| Json::from(range.to_string())).collect()
    }

    fn schema() -> Json {
        serde_json::json!({ "type": "array", "items": { "type": "string", "example": "203.0.113.0/24" } })
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;
    use crate::policy::value::Restrict;

    fn set(ranges: &[&str]) -> Addresses {
        Addresses::parse(ranges).unwrap_or_else(|| panic!("{ranges:?}"))
    }

    #[test]
    fn a_set_is_written_in_one_way() {
        let written = |ranges: &[&str]| set(ranges).to_json().to_string();
        assert_eq!(written(&["10.1.0.0/16", "10.0.0.0/8"]), r#"["10.0.0.0/8"]"#);
        assert_eq!(written(&["10.0.0.128/25", "10.0.0.0/25"]), r#"["10.0.0.0/24"]"#);
        assert_eq!(
            written(&["10.0.0.0/26", "10.0.0.128/25", "10.0.0.64/26", "10.0.0.7"]),
            r#"["10.0.0.0/24"]"#
        );
        // Neighbours that are no halves of one range stay two.
        assert_eq!(written(&["10.0.1.0/24", "10.0.2.0/24"]), r#"["10.0.1.0/24","10.0.2.0/24"]"#);
        assert_eq!(
            written(&["2001:DB8:0::/32", "::1/128", "127.0.0.1"]),
            r#"["127.0.0.1","::1","2001:db8::/32"]"#
        );
        assert_eq!(written(&["::ffff:10.0.0.0/104", "::ffff:192.0.2.1"]), r#"["10.0.0.0/8","192.0.2.1"]"#);
        assert_eq!(written(&["0.0.0.0/1", "128.0.0.0/1", "::/0"]), r#"["0.0.0.0/0","::/0"]"#);
        assert_eq!(set(&["0.0.0.0/0", "::/0"]), Addresses::everywhere());
        assert_eq!(written(&[]), "[]");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for bad in [
            "",
            "10",
            "10.0.0",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08x",
            "10.0.0.1/8",
            "010.0.0.0/8",
            "::/129",
            "2001:db8::1/64",
            "fe80::1%eth0",
            "acme.test",
            " 10.0.0.1",
            "10.0.0.0/8/8",
            "::ffff:0.0.0.0/95",
        ] {
            assert_eq!(Addresses::parse(&[bad]), None, "{bad}");
        }
        assert!(Addresses::parse(&["10.0.0.1"; 256]).is_some());
        assert!(Addresses::parse(&["10.0.0.1"; 257]).is_none());
    }

    #[test]
    fn an_address_is_in_or_out() {
        let office = set(&["203.0.113.0/24", "2001:db8::/32"]);
        let has = |address: &str| office.contains(address.parse().expect("address"));
        for inside in ["203.0.113.0", "203.0.113.255", "::ffff:203.0.113.9", "2001:db8::1", "2001:db8:ffff::"]
        {
            assert!(has(inside), "{inside}");
        }
        for outside in ["203.0.112.255", "203.0.114.0", "2001:db9::", "::", "::203.0.113.9", "0.0.0.0"] {
            assert!(!has(outside), "{outside}");
        }
        assert!(Addresses::everywhere().contains("203.0.113.9".parse().expect("address")));
        assert!(
            !set(&["::/0"]).contains("203.0.113.9".parse().expect("address")),
            "a family is not the other"
        );
        assert!(!set(&[]).contains("203.0.113.9".parse().expect("address")));
    }

    #[test]
    fn what_two_have_in_common_is_the_narrower() {
        let both = |one: &[&str], two: &[&str]| set(one).and(&set(two));
        assert_eq!(both(&["10.0.0.0/8"], &["10.1.0.0/16", "192.0.2.1"]), set(&["10.1.0.0/16"]));
        assert_eq!(
            both(&["10.0.0.0/8", "192.0.2.0/24"], &["10.1.0.0/16", "192.0.2.1"]),
            set(&["10.1.0.0/16", "192.0.2.1"])
        );
        assert!(both(&["10.0.0.0/8"], &["192.0.2.1"]).is_empty());
        assert!(both(&["0.0.0.0/0"], &["::/0"]).is_empty());
    }
}
