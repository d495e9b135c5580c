//! Metadata of identity providers: what is taken from it, and what is refused with which code.

use core::time::Duration;

use keyward_saml::metadata::{IdpMetadata, parse_idp_metadata, verify_idp_metadata};
use keyward_saml::{Policy, Refusal, Timestamp, base64, pure};
use keyward_testkit::properties::idp_metadata;
use keyward_testkit::{IDP, Key, NOW, Signing, Style, signing::replaced};

fn parse(xml: &str) -> Result<Vec<IdpMetadata>, &'static str> {
    parse_idp_metadata(xml.as_bytes(), None, Some(NOW)).map_err(|refusal| refusal.code())
}

fn only(xml: &str) -> IdpMetadata {
    match parse(xml) {
        Ok(mut all) if all.len() == 1 => all.remove(0),
        other => unreachable!("{other:?} instead of one IdP"),
    }
}

fn aggregate(attributes: &str, content: &str) -> String {
    format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"{attributes}>{content}</md:EntitiesDescriptor>"
    )
}

fn certificate(key: Key) -> String {
    base64::encode(key.certificate().der())
}

fn key_descriptor(usage: &str, certificate: &str) -> String {
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n {certificate} \n</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleLogoutService "
    )
}

/// With another KeyDescriptor after the one that is there.
fn with_key(usage: &str, certificate: &str) -> String {
    replaced(&idp_metadata(""), "<md:SingleLogoutService ", &key_descriptor(usage, certificate))
}

#[test]
fn what_an_idp_says_of_itself_is_read() {
    let idp = only(&idp_metadata(" cacheDuration=\"PT6H\" validUntil=\"2026-11-24T00:00:00Z\""));
    assert_eq!(idp.entity_id, IDP);
    assert_eq!(idp.signing_certificates, [Key::Idp.certificate()]);
    let locations = |all: &[keyward_saml::metadata::Endpoint]| {
        all.iter().map(|endpoint| endpoint.location.clone()).collect::<Vec<_>>()
    };
    assert_eq!(locations(&idp.single_sign_on), ["https://idp.example.test/sso"]);
    assert_eq!(locations(&idp.single_logout), ["https://idp.example.test/slo"]);
    assert!(idp.want_authn_requests_signed);
    assert_eq!(idp.name_id_formats, ["urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"]);
    assert_eq!(idp.cache_duration, Some(Duration::from_secs(6 * 3600)));
    assert_eq!(idp.valid_until, Timestamp::parse("2026-11-24T00:00:00Z"));
}

#[test]
fn certificates_to_sign_with_are_pinned_and_no_others() {
    let (idp, other, sp) = (Key::Idp.certificate(), Key::Other.certificate(), certificate(Key::Other));
    assert_eq!(only(&with_key(" use=\"signing\"", &sp)).signing_certificates, [idp.clone(), other.clone()]);
    for unsaid in ["", " use=\"\"", " use=\" \""] {
        assert_eq!(
            only(&with_key(unsaid, &sp)).signing_certificates,
            [idp.clone(), other.clone()],
            "{unsaid}"
        );
    }
    assert_eq!(only(&with_key(" use=\"encryption\"", &sp)).signing_certificates, std::slice::from_ref(&idp));
    assert_eq!(only(&with_key("", &certificate(Key::Idp))).signing_certificates, std::slice::from_ref(&idp));
    let pem = format!("\n-----BEGIN CERTIFICATE-----\n{sp}\n-----END CERTIFICATE-----\n");
    assert_eq!(only(&with_key("", &pem)).signing_certificates, [idp.clone(), Key::Other.certificate()]);
    let twice_encoded = base64::encode(pem.as_bytes());
    assert_eq!(only(&with_key("", &twice_encoded)).signing_certificates, [idp.clone(), other]);
    let unqualified = with_key("", &sp).replace("ds:X509", "md:X509").replace("ds:KeyInfo", "md:KeyInfo");
    assert_eq!(only(&unqualified).signing_certificates, [idp.clone(), Key::Other.certificate()]);
    let broken = only(&with_key("", "AAAA"));
    assert_eq!((broken.signing_certificates, broken.unusable_certificates), (vec![idp], 1));
    let none = idp_metadata("").replace(&certificate(Key::Idp), "AAAA");
    assert_eq!(parse(&none).map(drop), Err("certificate"));
}

#[test]
fn roles_of_other_protocols_are_passed_over() {
    let federation = "<md:RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                      xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" \
                      xsi:type=\"fed:SecurityTokenServiceType\" \
                      protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\"/>";
    let xml =
        replaced(&idp_metadata(""), "<md:IDPSSODescriptor", &format!("{federation}<md:IDPSSODescriptor"));
    assert_eq!(only(&xml).entity_id, IDP);
    let old = idp_metadata("").replace(
        "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"",
        "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\"",
    );
    assert_eq!(parse(&old).map(drop), Err("metadata-without-idp"));
}

#[test]
fn an_aggregate_is_read_in_its_order_or_for_the_one_named() {
    let (one, other) = (idp_metadata(""), idp_metadata("").replace(IDP, "urn:other"));
    let xml = aggregate("", &format!("{one}{}", aggregate("", &other)));
    let ids = |wanted: Option<&str>| {
        parse_idp_metadata(xml.as_bytes(), wanted, Some(NOW))
            .map(|all| all.into_iter().map(|idp| idp.entity_id).collect::<Vec<_>>())
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(ids(None), Ok(vec![IDP.to_owned(), "urn:other".to_owned()]));
    assert_eq!(ids(Some("urn:other")), Ok(vec!["urn:other".to_owned()]));
    assert_eq!(ids(Some("urn:OTHER")), Err("metadata-without-idp"));
    assert_eq!(parse(&aggregate("", "")).map(drop), Err("metadata-without-idp"));
}

/// A federation's aggregate is not worth less for the worst of it, unless that one was asked for.
#[test]
fn of_an_aggregate_what_cannot_be_used_is_passed_over() {
    let good = idp_metadata("");
    let other = good.replace(IDP, "urn:other");
    for (what, bad, code) in [
        (
            "address",
            other.replace("https://idp.example.test/sso", "http://idp.example.test/sso"),
            "metadata-endpoint",
        ),
        ("script", other.replace("https://idp.example.test/sso", "javascript:alert(1)"), "metadata-endpoint"),
        ("certificate", other.replace(&certificate(Key::Idp), "AAAA"), "certificate"),
        (
            "end",
            other.replacen(" entityID", " validUntil=\"2020-01-01T00:00:00Z\" entityID", 1),
            "metadata-expired",
        ),
        ("time", other.replacen(" entityID", " validUntil=\"2027\" entityID", 1), "time"),
    ] {
        let read = |xml: &str, wanted: Option<&str>| {
            parse_idp_metadata(xml.as_bytes(), wanted, Some(NOW))
                .map(|all| all.into_iter().map(|idp| idp.entity_id).collect::<Vec<_>>())
                .map_err(|refusal| refusal.code())
        };
        for xml in [aggregate("", &format!("{bad}{good}")), aggregate("", &format!("{good}{bad}"))] {
            assert_eq!(read(&xml, None), Ok(vec![IDP.to_owned()]), "{what}");
            assert_eq!(read(&xml, Some("urn:other")), Err(code), "{what}");
        }
        assert_eq!(read(&aggregate("", &bad), None), Err(code), "{what}: nothing is left");
        assert_eq!(read(&bad, None), Err(code), "{what}");
    }
}

#[test]
fn the_earliest_end_and_the_shortest_time_count() {
    let inner = idp_metadata(" validUntil=\"2027-01-01T00:00:00Z\" cacheDuration=\"PT2H\"");
    let idp = only(&aggregate(" validUntil=\"2026-12-01T00:00:00Z\" cacheDuration=\"P1D\"", &inner));
    assert_eq!(idp.valid_until, Timestamp::parse("2026-12-01T00:00:00Z"));
    assert_eq!(idp.cache_duration, Some(Duration::from_secs(7200)));
}

#[test]
fn a_hint_that_cannot_be_read_is_none() {
    for hint in ["10:00:00:00", "soon", "", "-PT1H", "86400", "PT99999999999999999999H"] {
        let inner = idp_metadata(&format!(" cacheDuration=\"{hint}\""));
        assert_eq!(only(&inner).cache_duration, None, "{hint}");
        let idp = only(&aggregate(" cacheDuration=\"PT1H\"", &inner));
        assert_eq!(idp.cache_duration, Some(Duration::from_secs(3600)), "{hint}");
    }
}

#[test]
fn what_is_past_its_end_is_refused_to_the_millisecond() {
    let xml = idp_metadata(" validUntil=\"2026-11-23T12:00:00Z\"");
    let at = |now: Timestamp| {
        parse_idp_metadata(xml.as_bytes(), None, Some(now)).map(drop).map_err(|refusal| refusal.code())
    };
    assert_eq!(at(NOW.minus(Duration::from_millis(1))), Ok(()));
    assert_eq!(at(NOW), Err("metadata-expired"));
    assert!(parse_idp_metadata(xml.as_bytes(), None, None).is_ok());
    assert_eq!(
        parse(&aggregate(" validUntil=\"2026-11-23T12:00:00Z\"", &idp_metadata(""))).map(drop),
        Err("metadata-expired")
    );
}

#[test]
fn white_space_around_an_address_is_not_part_of_it() {
    let plain = only(&idp_metadata(""));
    let xml = idp_metadata("")
        .replace(" Location=\"", " Location=\"\n      ")
        .replace(" Binding=\"", " Binding=\" ")
        .replace(" entityID=\"", " entityID=\"\n ");
    assert_ne!(xml, idp_metadata(""));
    let spaced = only(&xml);
    assert_eq!((spaced.single_sign_on, spaced.single_logout), (plain.single_sign_on, plain.single_logout));
    assert_eq!(spaced.entity_id, plain.entity_id);
    assert_eq!(parse_idp_metadata(xml.as_bytes(), Some(IDP), Some(NOW)).map(|all| all.len()).ok(), Some(1));
}

#[test]
fn an_address_for_answers_that_is_empty_is_none() {
    let xml = idp_metadata("");
    let answers =
        |xml: &str| only(xml).single_logout.into_iter().map(|it| it.response_location).collect::<Vec<_>>();
    assert_eq!(answers(&xml), [Some("https://idp.example.test/slo/done".to_owned())]);
    for empty in ["", " ", "\n "] {
        assert_eq!(answers(&replaced(&xml, "https://idp.example.test/slo/done", empty)), [None]);
    }
}

/// An entity that cannot even be named keeps nobody from another.
#[test]
fn an_entity_without_a_name_is_not_the_one_asked_for() {
    let without = replaced(&idp_metadata(""), " entityID", " name");
    let empty = replaced(&idp_metadata(""), &format!("entityID=\"{IDP}\""), "entityID=\" \"");
    for nameless in [without, empty] {
        let xml = aggregate("", &format!("{nameless}{}", idp_metadata("")));
        for wanted in [None, Some(IDP)] {
            let found = parse_idp_metadata(xml.as_bytes(), wanted, Some(NOW)).expect("one that can be used");
            assert_eq!(found.len(), 1);
        }
        assert_eq!(parse(&nameless).map(drop), Err("message-malformed"));
    }
}

#[test]
fn nobody_is_sent_to_an_address_that_is_none() {
    for hostile in [
        "javascript:alert(1)",
        "http://idp.example.test/sso",
        "//evil.test",
        "https://idp@evil.test/",
        "https://evil.test/&#xA;x",
        "data:text/html,x",
        "",
    ] {
        for honest in ["https://idp.example.test/sso", "https://idp.example.test/slo/done"] {
            // An empty address for answers is none.
            if hostile.is_empty() && honest.ends_with("done") {
                continue;
            }
            let xml = replaced(&idp_metadata(""), &format!("\"{honest}\""), &format!("\"{hostile}\""));
            assert_eq!(parse(&xml).map(drop), Err("metadata-endpoint"), "{hostile}");
        }
    }
}

#[test]
fn what_is_no_metadata_is_said() {
    for (xml, expected) in [
        ("<a/>", "message-type"),
        ("<EntityDescriptor xmlns=\"urn:liberty:metadata:2003-08\"/>", "message-type"),
        ("<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"/>", "message-malformed"),
        ("<!DOCTYPE a><a/>", "xml-doctype"),
        ("", "xml-malformed"),
    ] {
        assert_eq!(parse(xml).map(drop), Err(expected), "{xml}");
    }
    for (from, to, expected) in [
        (" validUntil=\"2026-12-01T00:00:00Z\"", " validUntil=\"tomorrow\"", "time"),
        ("<md:SingleSignOnService ", "<md:NameIDMappingService ", "message-malformed"),
    ] {
        let xml = replaced(&idp_metadata(" validUntil=\"2026-12-01T00:00:00Z\""), from, to);
        assert_eq!(parse(&xml).map(drop), Err(expected), "{to}");
    }
}

fn verify(xml: &str, pinned: Key) -> Result<Vec<String>, &'static str> {
    let keys = [pinned.certificate().public_key().clone()];
    let code = |refusal: Refusal| refusal.code();
    let check =
        verify_idp_metadata(xml.as_bytes(), None, Some(NOW), &keys, &Policy::default()).map_err(code)?;
    let answers = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
    check.finish(answers).map_err(code).map(|all| all.into_iter().map(|idp| idp.entity_id).collect())
}

/// By the federation's key, which is not the IdP's.
fn sign(xml: &str, id: &str) -> String {
    Signing::default().sign(xml, id, Key::Sp, &Style::default())
}

#[test]
fn where_a_key_is_pinned_the_root_has_to_be_signed_by_it() {
    let xml = idp_metadata("");
    let signed = sign(&xml, "_metadata");
    assert_eq!(verify(&signed, Key::Sp), Ok(vec![IDP.to_owned()]));
    assert_eq!(verify(&signed, Key::Other), Err("signature-invalid"));
    assert_eq!(verify(&xml, Key::Sp), Err("signature-missing"));
    // The IdP's own key is not the federation's.
    assert_eq!(verify(&signed, Key::Idp), Err("signature-invalid"));
    assert_eq!(
        verify(&signed.replace("idp.example.test/sso", "evil.test/sso"), Key::Sp),
        Err("digest-mismatch")
    );
}

#[test]
fn a_signed_entity_in_an_unsigned_aggregate_proves_nothing_of_the_others() {
    let signed = sign(&idp_metadata(""), "_metadata");
    let evil = idp_metadata("").replace("_metadata", "_evil").replace(IDP, "urn:evil");
    assert_eq!(verify(&aggregate("", &format!("{signed}{evil}")), Key::Sp), Err("signature-missing"));
    // Its signature, moved to the root.
    let (_, rest) = signed.split_once("<ds:Signature ").expect("a signature");
    let (inside, _) = rest.split_once("</ds:Signature>").expect("its end");
    let signature = format!("<ds:Signature {inside}</ds:Signature>");
    let bare = signed.replacen(&signature, "", 1);
    let moved = aggregate(" ID=\"_all\"", &format!("{signature}{bare}{evil}"));
    assert_eq!(verify(&moved, Key::Sp), Err("reference-not-parent"));
}
