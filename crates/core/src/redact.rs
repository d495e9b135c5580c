//! A SAML message without what it says about anybody: for admins who look why one was refused.
//!
//! Structure, names, algorithms, times, identifiers of messages and of parties stay. The text of every element goes but of
//! those listed here, and of attributes the values of those that SAML, XML Signature and XML Encryption do not define.

use core::fmt::Write as _;

use keyward_saml::xml::Document;

/// What stands for what was there.
const GONE: &str = "\u{2026}";

/// Elements whose text is about the parties and not about people, by local name.
const TEXTS: &[&str] = &["Issuer", "Audience", "AuthnContextClassRef", "StatusMessage"];

/// Attributes whose values are; others may hold anything.
const ATTRIBUTES: &[&str] = &[
    "ID",
    "Id",
    "Version",
    "IssueInstant",
    "Destination",
    "InResponseTo",
    "Consent",
    "Value",
    "Format",
    "Method",
    "NotBefore",
    "NotOnOrAfter",
    "Recipient",
    "AuthnInstant",
    "SessionNotOnOrAfter",
    "Name",
    "NameFormat",
    "FriendlyName",
    "Algorithm",
    "URI",
    "PrefixList",
    "Type",
    "Reason",
    "ProtocolBinding",
    "AssertionConsumerServiceURL",
    "ForceAuthn",
    "type",
];

/// The message redacted; `None` where it is not XML that the engine reads.
pub fn redact(xml: &[u8]) -> Option<String> {
    Document::parse(xml).ok()?;
    let text = core::str::from_utf8(xml).ok()?;
    let mut out = String::with_capacity(text.len());
    // Local names of the elements that are open.
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let keeps = open.last().is_some_and(|name| TEXTS.contains(name));
        if keeps || before.trim().is_empty() {
            out.push_str(before);
        } else {
            out.push_str(GONE);
        }
        // Comments, CDATA and instructions say nothing that is kept. It is well-formed: each has its end.
        let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")]
            .into_iter()
            .find_map(|(begin, end)| after.strip_prefix(begin).map(|inner| inner.split_once(end)));
        if let Some(skipped) = skipped {
            rest = skipped?.1;
            continue;
        }
        let end = end_of_tag(after)?;
        let (tag, after) = after.split_at_checked(end)?;
        rest = after.get(1..)?;
        if tag.starts_with('/') {
            open.pop();
            let _ = write!(out, "<{tag}>");
            continue;
        }
        let inner = tag.strip_suffix('/').unwrap_or(tag);
        let name = inner.split(|c: char| c.is_ascii_whitespace()).next()?;
        let _ = write!(out, "<{name}");
        attributes(inner.get(name.len()..)?, &mut out)?;
        if inner.len() == tag.len() {
            open.push(local(name));
            out.push('>');
        } else {
            out.push_str("/>");
        }
    }
    out.push_str(rest.trim());
    Some(out)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Where the `>` is that ends a tag: one in an attribute's value does not.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return true,
            _ => {}
        }
        false
    })
}

fn attributes(mut text: &str, out: &mut String) -> Option<()> {
    while let Some((name, after)) = text.split_once('=') {
        let (name, after) = (name.trim(), after.trim_start());
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        let is_namespace = name == "xmlns" || name.starts_with("xmlns:");
        let value = if is_namespace || ATTRIBUTES.contains(&local(name)) { value } else { GONE };
        let _ = write!(out, " {name}={quote}{value}{quote}");
        text = after;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn what_is_about_people_goes_and_what_an_admin_needs_stays() {
        let xml = r#"<?xml version="1.0"?><p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a='urn:a' ID="_1" InResponseTo="_2" Destination="https://sp.test/acs" nick="alice">
  <a:Issuer>https://idp.test</a:Issuer><!-- alice --><p:Status><p:StatusCode Value="urn:x"/></p:Status>
  <a:Subject><a:NameID Format="urn:f" NameQualifier="alice-tree">alice</a:NameID><a:SubjectLocality Address="203.0.113.7"/></a:Subject>
  <a:AttributeStatement><a:Attribute Name="Email"><a:AttributeValue>alice@acme.test</a:AttributeValue><a:AttributeValue><b>Alice</b> &gt; Example</a:AttributeValue></a:Attribute></a:AttributeStatement>
  <a:AuthnStatement SessionIndex="alice-7" AuthnInstant="2026-01-01T00:00:00Z"><a:AuthnContextClassRef>urn:password</a:AuthnContextClassRef></a:AuthnStatement></p:Response>"#;
        let redacted = redact(xml.as_bytes()).expect("redacted");
        for personal in ["alice", "Alice", "Example", "203.0.113"] {
            assert!(!redacted.contains(personal), "{redacted}");
        }
        for kept in [
            r#"<a:Issuer>https://idp.test</a:Issuer>"#,
            r#"InResponseTo="_2""#,
            r#"Destination="https://sp.test/acs""#,
            r#"<p:StatusCode Value="urn:x"/>"#,
            "<a:NameID Format=\"urn:f\" NameQualifier=\"\u{2026}\">\u{2026}</a:NameID>",
            r#"<a:Attribute Name="Email">"#,
            r#"AuthnInstant="2026-01-01T00:00:00Z""#,
            "<a:AuthnContextClassRef>urn:password</a:AuthnContextClassRef>",
            "</p:Response>",
        ] {
            assert!(redacted.contains(kept), "{kept}: {redacted}");
        }
    }

    #[test]
    fn a_value_may_hold_what_ends_a_tag_elsewhere() {
        let redacted = redact(b"<a b='x>alice' Name=\"1>2\">bob</a>").expect("redacted");
        assert_eq!(redacted, "<a b='\u{2026}' Name=\"1>2\">\u{2026}</a>");
    }

    #[test]
    fn what_is_not_xml_is_not_shown() {
        for rubbish in [&b"alice"[..], b"<a>alice", b"<a>alice</b>", b"\xff", b"<!DOCTYPE a><a/>"] {
            assert_eq!(redact(rubbish), None);
        }
    }

    #[test]
    fn what_is_in_cdata_goes_too() {
        let Some(redacted) = redact(b"<a>x<![CDATA[alice]]>y</a>") else { return };
        assert!(!redacted.contains("alice"), "{redacted}");
    }
}
