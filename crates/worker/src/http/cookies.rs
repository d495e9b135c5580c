//! Our cookies. All are `__Host-`: bound to this host, to https and to every path, so that no neighbour can set them.

use keyward_core::Token;
use keyward_core::address::SsoName;

/// Who the browser is, to us: SameSite=None, since the IdP's answer is a POST from another site.
const BROWSER: &str = "__Host-keyward-browser";
/// The session: Lax, so that it arrives after the redirect from the ACS, and not with other sites' posts.
pub(crate) const SESSION: &str = "__Host-keyward-session";
/// The SSO name of the organisation that this browser signed in with last.
const ORGANISATION: &str = "__Host-keyward-org";

/// Half a year: the next sign-in still knows the browser; browsers cap at 400 days.
const LONG: u32 = 180 * 24 * 60 * 60;

/// What came in the Cookie header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cookies {
    pub(crate) browser: Option<Token>,
    pub(crate) session: Option<Token>,
    pub(crate) organisation: Option<SsoName>,
}

impl Cookies {
    /// Reads ours, and ignores what is malformed. A name that came twice counts as not sent: nobody can say which is ours.
    pub(crate) fn read(header: Option<&str>) -> Cookies {
        let value = |name: &str| {
            let mut values =
                header?.split(';').filter_map(|pair| pair.trim().split_once('=')).filter(|(n, _)| *n == name);
            match (values.next(), values.next()) {
                (Some((_, value)), None) => Some(value),
                _ => None,
            }
        };
        Cookies {
            browser: value(BROWSER).and_then(Token::parse),
            session: value(SESSION).and_then(Token::parse),
            organisation: value(ORGANISATION).and_then(SsoName::parse),
        }
    }
}

/// Sets the browser's.
pub(crate) fn set_browser(token: &Token) -> String {
    format!("{BROWSER}={}; Path=/; Secure; HttpOnly; SameSite=None; Max-Age={LONG}", token.reveal())
}

/// Sets the session's. It ends with the browser; the database ends it earlier.
pub(crate) fn set_session(token: &Token) -> String {
    format!("{SESSION}={}; Path=/; Secure; HttpOnly; SameSite=Lax", token.reveal())
}

/// Removes the session's.
pub(crate) fn clear_session() -> String {
    format!("{SESSION}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Remembers the organisation.
pub(crate) fn set_organisation(name: &SsoName) -> String {
    format!("{ORGANISATION}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={LONG}", name.as_str())
}

#[cfg(test)]
mod tests {
    use keyward_core::{Random, Token};

    use super::{Cookies, clear_session, set_browser, set_organisation, set_session};

    struct Zeros;
    impl Random for Zeros {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn what_we_set_comes_back() {
        let token = Token::generate(&mut Zeros);
        let pair = |cookie: String| cookie.split(';').next().unwrap_or_default().to_owned();
        let name = keyward_core::address::SsoName::parse("acme").expect("name");
        let header = format!(
            "other=1; {}; {};{}",
            pair(set_browser(&token)),
            pair(set_session(&token)),
            pair(set_organisation(&name))
        );
        let expected =
            Cookies { browser: Some(token.clone()), session: Some(token), organisation: Some(name) };
        assert_eq!(Cookies::read(Some(&header)), expected);
    }

    #[test]
    fn every_cookie_is_bound_to_host_and_https() {
        let token = Token::generate(&mut Zeros);
        let name = keyward_core::address::SsoName::parse("acme").expect("name");
        for cookie in [set_browser(&token), set_session(&token), clear_session(), set_organisation(&name)] {
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            for attribute in ["; Path=/;", "; Secure", "; HttpOnly", "; SameSite="] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }

    #[test]
    fn the_session_does_not_travel_with_other_sites_posts() {
        assert!(set_session(&Token::generate(&mut Zeros)).contains("SameSite=Lax"));
        assert!(set_browser(&Token::generate(&mut Zeros)).contains("SameSite=None"));
    }

    #[test]
    fn malformed_and_doubled_cookies_count_as_not_sent() {
        let token = Token::generate(&mut Zeros).reveal();
        for header in [
            String::new(),
            "__Host-keyward-session".to_owned(),
            "__Host-keyward-session=".to_owned(),
            "__Host-keyward-session=x".to_owned(),
            format!("keyward-session={token}"),
            format!("__Host-keyward-session=\"{token}\""),
            format!("__Host-keyward-session={token}; __Host-keyward-session={token}"),
        ] {
            assert_eq!(Cookies::read(Some(&header)).session, None, "{header}");
        }
        assert_eq!(Cookies::read(None), Cookies::default());
    }
}
