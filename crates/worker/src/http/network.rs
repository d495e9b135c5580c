//! Whom a rate limit counts: a network, since one visitor has as many addresses as theirs has.

use core::net::IpAddr;

/// The network of an address: an IPv4 address itself, the /64 of an IPv6 one. What is no address counts as one network.
pub(crate) fn network(ip: Option<&str>) -> String {
    match ip.and_then(|ip| ip.parse::<IpAddr>().ok()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.to_string(),
            None => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_is_what_one_visitor_has() {
        assert_eq!(network(Some("203.0.113.7")), "203.0.113.7");
        assert_eq!(network(Some("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
        assert_eq!(network(Some("2001:db8:1:2::9")), network(Some("2001:db8:1:2:ffff::")));
        assert_ne!(network(Some("2001:db8:1:2::9")), network(Some("2001:db8:1:3::9")));
        assert_eq!(network(Some("::ffff:203.0.113.7")), "203.0.113.7");
        for none in [None, Some(""), Some("nonsense"), Some("203.0.113.7, 198.51.100.1")] {
            assert_eq!(network(none), "unknown");
        }
    }
}
