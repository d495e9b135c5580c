//! What people type and what IdPs assert: e-mail addresses, domains, SSO names.

use std::borrow::Cow;

/// A DNS domain in lower-case ASCII (A-labels), so that every spelling of it is one text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(String);

impl Domain {
    /// Normalises by UTS 46 (IDNA, case, full-width dots); `None` where it is no domain of at least two labels.
    pub fn parse(text: &str) -> Option<Domain> {
        let ascii = to_ascii(text)?;
        let last = ascii.rsplit('.').next()?;
        // A last label of digits is an IPv4 address in the making, not a domain.
        let is_name = ascii.contains('.') && !last.bytes().all(|byte| byte.is_ascii_digit());
        is_name.then(|| Domain(ascii.into_owned()))
    }

    /// The A-labels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// UTS 46 §4.2 with STD3 rules and DNS lengths.
#[cfg(feature = "idna")]
fn to_ascii(text: &str) -> Option<Cow<'_, str>> {
    use idna::AsciiDenyList;
    use idna::uts46::{DnsLength, Hyphens, Uts46};
    Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .ok()
}

/// Without its tables the host has to hand over A-labels, which it made by UTS 46 itself: what is left to check is ASCII.
#[cfg(any(test, not(feature = "idna")))]
fn ascii_only(text: &str) -> Option<Cow<'_, str>> {
    let is_label = |label: &str| {
        matches!(label.len(), 1..=63)
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (text.len() <= 253 && text.split('.').all(is_label)).then(|| Cow::Owned(text.to_ascii_lowercase()))
}

#[cfg(not(feature = "idna"))]
use ascii_only as to_ascii;

/// An e-mail address: the local part with ASCII letters in lower case, the domain normalised. Two spellings of one
/// mailbox at any provider that people use are one text; what a provider does beyond that (dots, plus) is its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email {
    text: String,
    domain: Domain,
}

/// RFC 5321 §4.5.3.1.1.
const LOCAL_PART: usize = 64;
/// RFC 5321 §4.5.3.1.3, less the angle brackets.
const ADDRESS: usize = 254;

impl Email {
    /// Reads a dot-string address (RFC 5321 §4.1.2, letters of any script). Quoted local parts are not taken: nobody has one,
    /// and they hide a second `@`.
    pub fn parse(text: &str) -> Option<Email> {
        let (local, domain) = text.trim().rsplit_once('@')?;
        let is_atext = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let is_local = local.len() <= LOCAL_PART
            && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext));
        let domain = Domain::parse(domain)?;
        let text = format!("{}@{}", local.to_ascii_lowercase(), domain.as_str());
        (is_local && text.len() <= ADDRESS).then_some(Email { text, domain })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

/// A unique word for a connection, which people type instead of an e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SsoName(String);

impl SsoName {
    /// `[a-z0-9-]{3,40}`; upper case is taken for lower.
    pub fn parse(text: &str) -> Option<SsoName> {
        let text = text.trim().to_ascii_lowercase();
        let is_name = matches!(text.len(), 3..=40)
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        is_name.then_some(SsoName(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody typed to say who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// An e-mail address: its domain leads to the connection.
    Email(Email),
    /// An SSO name: it names the connection.
    SsoName(SsoName),
}

impl Who {
    /// Reads either; `None` where it is neither.
    pub fn parse(text: &str) -> Option<Who> {
        if text.contains('@') {
            Email::parse(text).map(Who::Email)
        } else {
            SsoName::parse(text).map(Who::SsoName)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Domain, Email, SsoName, Who};

    fn email(text: &str) -> Option<String> {
        Email::parse(text).map(|email| email.as_str().to_owned())
    }

    #[test]
    fn every_spelling_of_an_address_is_one() {
        for text in [
            "alice@acme.test",
            "Alice@ACME.test",
            "  alice@acme.test\n",
            "alice@acme。test",
            "ALICE@ａｃｍｅ.test",
        ] {
            assert_eq!(email(text).as_deref(), Some("alice@acme.test"), "{text}");
        }
        assert_eq!(email("jörg@MÜNCHEN.test").as_deref(), Some("jörg@xn--mnchen-3ya.test"));
        assert_eq!(email("a.b+c@xn--mnchen-3ya.test").as_deref(), Some("a.b+c@xn--mnchen-3ya.test"));
    }

    #[test]
    fn what_is_not_one_address_is_none() {
        let long = format!("{}@acme.test", "a".repeat(65));
        for text in [
            "",
            "@",
            "alice",
            "@acme.test",
            "alice@",
            "alice@acme",
            "alice@.test",
            "alice@acme..test",
            "alice@acme.test.",
            "alice@127.0.0.1",
            "alice@[127.0.0.1]",
            "a b@acme.test",
            "a\u{202e}b@acme.test",
            "a\r\nb@acme.test",
            "\"a@evil.test\"@acme.test",
            "alice@evil.test@acme.test",
            ".alice@acme.test",
            "al..ice@acme.test",
            "alice@acme.test/",
            "alice@ac_me.test",
            "alice@-acme.test",
            "<alice@acme.test>",
            "a,b@acme.test",
            &long,
        ] {
            assert_eq!(email(text), None, "{text}");
        }
    }

    #[test]
    fn a_local_part_keeps_letters_that_only_look_alike_apart() {
        // U+212A KELVIN SIGN lower-cases to k in Unicode.
        assert_ne!(email("\u{212a}im@acme.test"), email("kim@acme.test"));
    }

    #[cfg(feature = "idna")]
    #[test]
    fn ascii_is_judged_alike_with_tables_and_without() {
        let label = |length: usize| "a".repeat(length);
        let long = |labels: usize, last: usize| {
            format!("{}{}", format!("{}.", label(62)).repeat(labels), label(last))
        };
        for text in [
            "acme.test",
            "ACME.Test",
            "a",
            "a.b.c",
            "1.2",
            "a-b.test",
            "a--b.test",
            "-a.test",
            "a-.test",
            "a.-",
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a_b.test",
            "a b.test",
            "a/b.test",
            "a:1",
            "a@b",
            "a%41.test",
            &label(63),
            &label(64),
            &long(4, 1),
            &long(4, 2),
            &long(3, 63),
            &long(3, 64),
            &long(4, 3),
        ] {
            assert_eq!(super::ascii_only(text), super::to_ascii(text), "{text}");
        }
    }

    #[test]
    fn a_domain_has_two_labels_at_least() {
        assert!(Domain::parse("test").is_none());
        assert!(Domain::parse("acme.123").is_none());
        assert_eq!(
            Domain::parse("Sub.Acme.Test").map(|domain| domain.as_str().to_owned()).as_deref(),
            Some("sub.acme.test")
        );
    }

    #[test]
    fn who_is_an_address_or_an_sso_name() {
        assert!(matches!(Who::parse("bob@acme.test"), Some(Who::Email(_))));
        assert_eq!(Who::parse(" ACME-1 "), SsoName::parse("acme-1").map(Who::SsoName));
        for bad in ["", "ac", "acme test", "acme/..", "acme.test", &"a".repeat(41), "@"] {
            assert_eq!(Who::parse(bad), None, "{bad}");
        }
    }
}
