//! Which namespace names are absolute URIs (RFC 3986).

/// An absolute URI. Canonical XML is undefined for relative names, libxml2 canonicalizes no document that has a name it
/// cannot read as one, and implementations differ on how they write characters that no URI has. Stricter than the
/// grammar in that a port has one to five digits and a host is no IPv6 address.
pub(super) fn is_absolute(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let (hierarchy, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && has_uri_characters(hierarchy)
        && has_uri_characters(fragment)
        && hierarchy.strip_prefix("//").is_none_or(has_authority)
}

/// `unreserved / reserved / pct-encoded` (§2), less `#`, `[` and `]`, which have places of their own.
fn has_uri_characters(text: &str) -> bool {
    let is_allowed = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'$'..=b'/' | b':' | b';' | b'=' | b'?' | b'@' | b'_' | b'~')
    };
    let is_encoded =
        |after: &str| after.as_bytes().iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2;
    text.bytes().all(is_allowed) && text.split('%').skip(1).all(is_encoded)
}

/// `[ userinfo "@" ] host [ ":" port ]` (§3.2), at the beginning.
fn has_authority(rest: &str) -> bool {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.split_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    !name.contains('@') && (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_absolute;

    #[test]
    fn names_that_are_absolute_uris() {
        for uri in [
            "urn:oasis:names:tc:SAML:2.0:assertion",
            "http://www.w3.org/2000/09/xmldsig#",
            "http://two.test/x?y=z;w#f",
            "https://user:word@host:8443/%7Ehome",
            "x:",
            "file:///x",
        ] {
            assert!(is_absolute(uri), "{uri}");
        }
    }

    #[test]
    fn names_that_are_not() {
        for uri in [
            "relative",
            "",
            ":x",
            "1x:y",
            "/a:b",
            "#a:b",
            "http://two.t:st/x",
            "http://host:",
            "http://host:123456/",
            "http://a:1:2/",
            "http://a@b@c/",
            "http://[::1]/",
            "urn:a b",
            "urn:a%2",
            "urn:%zz",
            "urn:a#b#c",
            "urn:ü",
            "urn:{x}",
            "urn:\u{7f}",
        ] {
            assert!(!is_absolute(uri), "{uri}");
        }
    }
}
