//! Polls of metadata, over documents with real certificates: what is taken over, kept, and left to an admin.

#![expect(clippy::expect_used, reason = "a fixture that does not work should stop the test")]

use core::time::Duration;

use keyward_core::audit::Event;
use keyward_core::id::{ConnectionId, TenantId};
use keyward_core::metadata::{Fetched, MetadataFacts, OVERLAP, Pinned, may_be_polled};
use keyward_core::{Decision, Guard, Random, Write};
use keyward_saml::{Timestamp, base64};
use keyward_testkit::{IDP, Key, NOW};

const HOUR: Duration = Duration::from_secs(60 * 60);

struct Zeros;

impl Random for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn fingerprint(key: Key) -> String {
    key.certificate().sha256_fingerprint().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn facts(pinned: &[Key]) -> MetadataFacts {
    MetadataFacts {
        tenant: TenantId::parse("t_acme").expect("id"),
        connection: ConnectionId::parse("c_acme").expect("id"),
        version: 4,
        entity_id: IDP.into(),
        url: "https://idp.test/metadata".into(),
        etag: Some("\"one\"".into()),
        failures: 0,
        due_at: NOW,
        pinned: pinned
            .iter()
            .map(|key| Pinned { fingerprint: fingerprint(*key), missing_since: None })
            .collect(),
    }
}

fn document(entity_id: &str, keys: &[Key], attributes: &str) -> String {
    let descriptors: String = keys
        .iter()
        .map(|key| {
            let der = base64::encode(key.certificate().der());
            format!(
                r#"<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"#
            )
        })
        .collect();
    format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity_id}"{attributes}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{descriptors}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.test/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>"#
    )
}

fn poll(facts: &MetadataFacts, xml: &str, now: Timestamp) -> Decision<bool> {
    facts.refresh(Fetched::Document { xml: xml.as_bytes(), etag: Some("\"two\"") }, now, &mut Zeros)
}

/// What changes, in short.
fn changes(decision: &Decision<bool>) -> Vec<String> {
    let change = |write: &Write| match write {
        Write::PinCertificate { fingerprint, .. } => Some(format!("+{fingerprint}")),
        Write::UnpinCertificate { fingerprint, .. } => Some(format!("-{fingerprint}")),
        Write::MarkCertificate { fingerprint, missing_since: Some(_), .. } => Some(format!("?{fingerprint}")),
        Write::MarkCertificate { fingerprint, missing_since: None, .. } => Some(format!("!{fingerprint}")),
        Write::RenewConnection { .. } => Some("version".to_owned()),
        _ => None,
    };
    decision.writes.iter().filter_map(change).collect()
}

/// (etag, failures, wait) of the next poll.
fn next(decision: &Decision<bool>, now: Timestamp) -> (Option<String>, i64, u128) {
    let polled = decision.writes.iter().find_map(|write| match write {
        Write::UpdateMetadata { etag, failures, next_check_at, .. } => {
            Some((etag.clone(), *failures, *next_check_at))
        }
        _ => None,
    });
    let (etag, failures, at) = polled.expect("polled");
    (etag, failures, u128::try_from(at.as_millis() - now.as_millis()).expect("later"))
}

fn events(decision: &Decision<bool>) -> Vec<(Event, Option<&'static str>)> {
    decision.audit.iter().map(|event| (event.event, event.code)).collect()
}

#[test]
fn a_new_certificate_is_pinned_beside_the_old() {
    let decision = poll(&facts(&[Key::ALL[0]]), &document(IDP, &[Key::ALL[0], Key::ALL[1]], ""), NOW);
    assert_eq!(changes(&decision), [format!("+{}", fingerprint(Key::ALL[1])), "version".to_owned()]);
    assert_eq!(events(&decision), [(Event::MetadataRefreshed, None)]);
    assert_eq!(next(&decision, NOW), (Some("\"two\"".to_owned()), 0, (HOUR * 6).as_millis()));
    assert!(matches!(
        decision.guards.as_slice(),
        [Guard::MetadataDue { .. }, Guard::ConnectionUnchanged { version: 4, .. }]
    ));
}

#[test]
fn what_is_unchanged_changes_nothing() {
    let facts = MetadataFacts { failures: 3, ..facts(&[Key::ALL[0]]) };
    let same = poll(&facts, &document(IDP, &[Key::ALL[0]], ""), NOW);
    let not_modified = facts.refresh(Fetched::NotModified, NOW, &mut Zeros);
    for (decision, etag) in [(same, "\"two\""), (not_modified, "\"one\"")] {
        assert!(!decision.outcome && changes(&decision).is_empty() && decision.audit.is_empty());
        assert_eq!(next(&decision, NOW), (Some(etag.to_owned()), 0, (HOUR * 6).as_millis()));
    }
}

#[test]
fn a_certificate_that_is_left_out_is_kept_for_a_week() {
    let (old, new) = (Key::ALL[0], Key::ALL[1]);
    let only_new = document(IDP, &[new], "");
    let both = facts(&[old, new]);
    assert_eq!(changes(&poll(&both, &only_new, NOW)), [format!("?{}", fingerprint(old))]);

    let mut missing = both.clone();
    missing.pinned[0].missing_since = Some(NOW);
    let last = NOW.plus(OVERLAP).minus(Duration::from_millis(1));
    assert!(changes(&poll(&missing, &only_new, last)).is_empty());
    let gone = [format!("-{}", fingerprint(old)), "version".to_owned()];
    assert_eq!(changes(&poll(&missing, &only_new, NOW.plus(OVERLAP))), gone);
    // Also where the server says only that nothing has changed.
    assert_eq!(changes(&missing.refresh(Fetched::NotModified, NOW.plus(OVERLAP), &mut Zeros)), gone);
    // It is back.
    let back = poll(&missing, &document(IDP, &[old, new], ""), NOW.plus(OVERLAP));
    assert_eq!(changes(&back), [format!("!{}", fingerprint(old))]);
}

#[test]
fn what_an_admin_has_to_look_at_changes_nothing() {
    let pinned = facts(&[Key::ALL[0]]);
    for (xml, code) in [
        (document("https://another.test/idp", &[Key::ALL[0]], ""), "metadata-without-idp"),
        (document(IDP, &[Key::ALL[1]], ""), "metadata-replaced"),
        (
            document(IDP, &[Key::ALL[0], Key::ALL[1]], r#" validUntil="2001-01-01T00:00:00Z""#),
            "metadata-expired",
        ),
        ("<html/>".to_owned(), "message-type"),
        ("nonsense".to_owned(), "xml-malformed"),
        (format!("<!DOCTYPE x>{}", document(IDP, &[Key::ALL[0], Key::ALL[1]], "")), "xml-doctype"),
    ] {
        let decision = poll(&pinned, &xml, NOW);
        assert!(!decision.outcome && changes(&decision).is_empty());
        assert_eq!(events(&decision), [(Event::MetadataRefreshFailed, Some(code))], "{xml}");
        assert_eq!(next(&decision, NOW), (None, 1, HOUR.as_millis()));
    }
    let crowd: Vec<Pinned> =
        (0..10).map(|index| Pinned { fingerprint: format!("{index:064}"), missing_since: None }).collect();
    let mut full = facts(&[Key::ALL[0]]);
    full.pinned.extend(crowd);
    let decision = poll(&full, &document(IDP, &[Key::ALL[0], Key::ALL[1]], ""), NOW);
    assert_eq!(events(&decision), [(Event::MetadataRefreshFailed, Some("metadata-certificates"))]);
}

#[test]
fn a_failure_is_written_down_once_and_tried_again_ever_later() {
    let waits: Vec<u128> = (0..8)
        .map(|failures| {
            let facts = MetadataFacts { failures, ..facts(&[Key::ALL[0]]) };
            let decision =
                facts.refresh(Fetched::Failed { reason: "nobody answers there in time" }, NOW, &mut Zeros);
            let expected = if failures == 0 {
                vec![(Event::MetadataRefreshFailed, Some("metadata-unreachable"))]
            } else {
                vec![]
            };
            assert_eq!(events(&decision), expected);
            next(&decision, NOW).2 / HOUR.as_millis()
        })
        .collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 24, 24, 24]);
}

#[test]
fn the_document_says_how_often_within_reason() {
    for (duration, hours) in [("PT1M", 1), ("PT2H", 2), ("P30D", 24)] {
        let xml = document(IDP, &[Key::ALL[0]], &format!(r#" cacheDuration="{duration}""#));
        let decision = poll(&facts(&[Key::ALL[0]]), &xml, NOW);
        assert_eq!(next(&decision, NOW).2, (HOUR * hours).as_millis(), "{duration}");
    }
}

#[test]
fn only_public_names_are_asked() {
    for url in
        ["https://idp.test/metadata", "https://login.example.com:8443/a?b=c", "https://a-1.example.co.uk"]
    {
        assert!(may_be_polled(url, false), "{url}");
    }
    for url in [
        "http://idp.test/metadata",
        "https://localhost/x",
        "https://idp.localhost/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[fd00::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://127.1/x",
        "https://0177.0.0.01/x",
        "https://metadata.google.internal/x",
        "https://printer.local/x",
        "https://wiki.corp/x",
        "https://intranet/x",
        "https://idp.test./x",
        "https://1.0.0.127.in-addr.arpa/x",
        "https://user@idp.test/x",
        "https://idp.test\\@10.0.0.1/x",
        "https:///x",
        "file:///etc/passwd",
        "javascript:1",
        "http://127.0.0.1:8788/metadata",
        "",
    ] {
        assert!(!may_be_polled(url, false), "{url}");
    }
    assert!(
        may_be_polled("http://127.0.0.1:8788/metadata", true) && may_be_polled("http://localhost:1/x", true)
    );
    for url in [
        "http://idp.test/x",
        "http://127.0.0.1.evil.test/x",
        "http://localhost:1@evil.test/x",
        "https://10.0.0.1/x",
    ] {
        assert!(!may_be_polled(url, true), "{url}");
    }
}
