//! Where a sign-in leads back to: a path of ours, or the vault.

/// A path within Keyward that is safe to send a browser to after a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

/// The parts of Keyward that a deep link may name. Whatever changes state is not among them.
const ROOTS: &[&str] = &["/vault", "/onboarding", "/admin", "/setup/next"];
/// The part of the console that leads on to an IdP.
const TRIALS: &str = "/admin/trials";

/// A deep link is a path and a few parameters.
const LONGEST: usize = 512;

impl ReturnTo {
    /// The deep link asked for, where it is one of ours; else `None`.
    ///
    /// What a browser may read as another host, another path or another header is refused, not repaired: `//`, `\`, dot
    /// segments in any spelling, control characters, anything but printable ASCII.
    pub fn parse(text: &str) -> Option<ReturnTo> {
        let in_root = |root: &&str| {
            text.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        let lower = text.to_ascii_lowercase();
        let is_safe = text.len() <= LONGEST
            && ROOTS.iter().any(in_root)
            && !in_root(&TRIALS)
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && !["//", "\\", "..", "/.", "#", "@", "%2e", "%2f", "%5c", "%0", "%1"]
                .iter()
                .any(|bad| lower.contains(bad));
        is_safe.then(|| ReturnTo(text.to_owned()))
    }

    /// The vault: where a sign-in leads that asked for nothing else.
    pub fn vault() -> ReturnTo {
        ReturnTo("/vault".to_owned())
    }

    /// The path and query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ReturnTo;

    #[test]
    fn a_deep_link_of_ours_is_kept() {
        for text in [
            "/vault",
            "/vault/",
            "/vault/activity",
            "/vault?tab=1",
            "/vault/item/abc?x=1&y=%20",
            "/admin",
            "/admin/person/u_1",
            "/admin/people",
            "/setup/next",
            "/vault/item/abc?x=1&y=%20",
        ] {
            assert_eq!(ReturnTo::parse(text).map(|to| to.as_str().to_owned()).as_deref(), Some(text));
        }
    }

    #[test]
    fn nothing_else_is() {
        let long = format!("/vault/{}", "a".repeat(600));
        for text in [
            "",
            "/",
            "vault",
            "//evil.test",
            "/administrator",
            "/admin/trials/c_acme/_trial-x",
            "/\\evil.test",
            "\\\\evil.test",
            "https://evil.test/vault",
            "javascript:alert(1)",
            "/vault\r\nSet-Cookie: a=b",
            "/vault\n",
            " /vault",
            "/vault ",
            "/vault//evil.test",
            "/vault/../sign-out",
            "/vault/./x",
            "/vault/%2e%2e/sign-out",
            "/vault/%2E./x",
            "/vault/%2f%2fevil.test",
            "/vault%5cevil",
            "/vault%0d%0aX: y",
            "/vaultevil",
            "/vault.evil.test",
            "/vault@evil.test",
            "/vault#x",
            "/sign-out",
            "/saml/c_x/start",
            "/vault/\u{e9}",
            "/vault/\u{202e}",
            "//vault",
            "data:text/html,x",
            &long,
        ] {
            assert_eq!(ReturnTo::parse(text), None, "{text}");
        }
    }
}
