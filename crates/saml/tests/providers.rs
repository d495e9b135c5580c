//! How real providers write what is right: white space, prefixes, hints, several of what may be several. Each message says
//! the same as the plainest one, and has to be accepted as that.

#![expect(clippy::expect_used, reason = "a message that is refused should stop the test")]

use keyward_saml::{
    Encoding, IdpTrust, Policy, Refusal, Request, ResponseInput, VerifiedAssertion, base64, pure,
};
use keyward_testkit::signing::replaced;
use keyward_testkit::{
    ACS, Key, NOW, REQUEST, Response, SP, Signed, Signing, Style, service_provider, trust,
};

fn verify(response: &[u8], encoding: Encoding, idp: &IdpTrust) -> Result<VerifiedAssertion, Refusal> {
    let input = ResponseInput {
        response,
        encoding,
        now: NOW,
        idp,
        sp: &service_provider(),
        request: Request::Answers(REQUEST),
        policy: &Policy::default(),
    };
    pure::verify_response(&input)?.answering(Request::Answers(REQUEST))
}

fn accepted(xml: &str, what: &str) -> VerifiedAssertion {
    let verified = verify(xml.as_bytes(), Encoding::Xml, &trust());
    let verified = verified.map_err(|refusal| format!("{what}: {refusal}\n{xml}")).expect("accepted");
    assert_eq!(verified.name_id().map(|id| id.value.as_str()), Some("alice"), "{what}");
    verified
}

/// Changed before it was signed, in the assertion or around it; the change has to happen.
fn changed(from: &str, to: &str) -> Response {
    Response { before_signing: vec![(from.to_owned(), to.to_owned())], ..Response::default() }
}

/// The code for a message that is changed before it is signed.
fn refused(from: &str, to: &str) -> &'static str {
    match verify(changed(from, to).xml().as_bytes(), Encoding::Xml, &trust()) {
        Ok(_) => "accepted",
        Err(refusal) => refusal.code(),
    }
}

/// A line break between every two tags, as pretty-printers write it.
fn spread(xml: &str, line_end: &str) -> String {
    xml.replace("><", &format!(">{line_end}\t<"))
}

#[test]
fn any_prefixes_and_none() {
    let long = "urn_oasis-names.tc";
    for (protocol, assertion, signature) in [
        ("samlp", "saml", "ds"),
        ("saml2p", "saml2", "ds"),
        ("ns0", "ns1", "ns2"),
        ("ns2", "ns0", "ns1"),
        ("", "saml", "dsig"),
        ("samlp", "", ""),
        ("", "", ""),
        (long, "a", "\u{e9}"),
    ] {
        for declare_once in [false, true] {
            // One declaration cannot serve two default namespaces.
            if declare_once && protocol == assertion {
                continue;
            }
            for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
                let style = Style {
                    protocol: protocol.to_owned(),
                    assertion: assertion.to_owned(),
                    signature: signature.to_owned(),
                    declare_once,
                    ..Style::default()
                };
                let response = Response { style, ..Response::signed(signed) };
                accepted(&response.xml(), &format!("{protocol:?} {assertion:?} {signature:?} {signed:?}"));
            }
        }
    }
}

#[test]
fn a_message_on_many_lines() {
    let bare = Response::signed(Signed::Nothing);
    for line_end in ["\n", "\r\n", "\n\n    "] {
        let assertion = Response::default().sign(&spread(&bare.xml(), line_end), "_assertion");
        let response = Response::default().sign(&spread(&bare.xml(), line_end), "_response");
        for xml in [assertion.clone(), response, Response::default().sign(&assertion, "_response")] {
            accepted(&xml, "spread before it was signed");
            // A mailer's or a proxy's line ends are the same document.
            accepted(&xml.replace("\r\n", "\n").replace('\n', "\r\n"), "CRLF");
            accepted(&xml.replace("\r\n", "\n").replace('\n', "\r"), "CR");
        }
    }
}

/// A signature on many lines: white space inside SignedInfo is signed, that around it is not.
#[test]
fn a_signature_on_many_lines() {
    let mut splices: Vec<(String, String)> = vec![
        ("<ds:SignedInfo>".into(), "<ds:SignedInfo>\n  ".into()),
        ("<ds:Transforms>".into(), "<ds:Transforms>\n  ".into()),
        ("</ds:Transforms>".into(), "\n</ds:Transforms>\n".into()),
        ("</ds:Reference>".into(), "\n  </ds:Reference>\n".into()),
        ("<ds:DigestValue>".into(), "<ds:DigestValue>\n    ".into()),
        ("</ds:DigestValue>".into(), "\n    </ds:DigestValue>".into()),
    ];
    let uri = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"";
    splices.push((format!("{uri}/>"), format!("{uri}>\n    </ds:SignatureMethod>")));
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature\"";
    splices.push((format!("{enveloped}/>"), format!("{enveloped}>\n    </ds:Transform>")));
    let signing = Signing { splices, ..Signing::default() };
    let xml = Response { signing, ..Response::default() }.xml();
    accepted(&xml, "white space inside");
    let around = replaced(&xml, "<ds:SignatureValue>", "\n<ds:SignatureValue>\n");
    accepted(&replaced(&around, "</ds:Signature>", "\n</ds:Signature>"), "white space around");

    // Base64 in lines of 64 and 76, with every line end there is.
    let value = |xml: &str| {
        let (_, rest) = xml.split_once("<ds:SignatureValue>").expect("a value");
        rest.split_once('<').expect("its end").0.to_owned()
    };
    let xml = Response::default().xml();
    let value = value(&xml);
    for width in [64, 76] {
        for line_end in ["\n", "\r\n", "&#13;\n", "&#xD;&#xA;", " "] {
            let lines: Vec<&str> =
                (0..value.len()).step_by(width).map(|at| &value[at..value.len().min(at + width)]).collect();
            accepted(&replaced(&xml, &value, &lines.join(line_end)), line_end);
        }
    }
    assert_eq!(
        verify(replaced(&xml, &value, &value.replace('=', "")).as_bytes(), Encoding::Xml, &trust())
            .expect_err("padding is required")
            .code(),
        "signature-malformed"
    );
}

#[test]
fn hints_about_the_key_are_passed_over() {
    let der = base64::encode(Key::Idp.certificate().der());
    let other = base64::encode(Key::Other.certificate().der());
    let lines = der.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>();
    let lines = lines.join("&#13;\n");
    for key_info in [
        "<ds:KeyInfo/>".to_owned(),
        "<ds:KeyInfo>\n</ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:KeyName>signing</ds:KeyName></ds:KeyInfo>".to_owned(),
        format!("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{lines}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"),
        format!(
            "<ds:KeyInfo Id=\"_k\"><ds:X509Data><ds:X509SubjectName>CN=x</ds:X509SubjectName><ds:X509IssuerSerial>\
             <ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial>\
             <ds:X509Certificate>{other}</ds:X509Certificate></ds:X509Data><ds:X509Data><ds:X509Certificate>{der}\
             </ds:X509Certificate><ds:X509SKI>AAAA</ds:X509SKI></ds:X509Data><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB\
             </ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
        ),
        "<ds:KeyInfo><wsse:SecurityTokenReference xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\"/></ds:KeyInfo>".to_owned(),
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"https://evil.test/key\"/></ds:KeyInfo>".to_owned(),
    ] {
        let signing = Signing { key_info: key_info.clone(), ..Signing::default() };
        accepted(&Response { signing, ..Response::default() }.xml(), &key_info);
    }
}

/// The JDK gives every part of a signature the prefix that it was told, and declares it again for parts of other namespaces.
#[test]
fn a_signature_that_declares_its_own_prefix_again() {
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let parameter = |prefix: &str| format!("<{prefix}:InclusiveNamespaces xmlns:{prefix}=\"{exclusive}\"");
    let key = |prefix: &str, name: &str| {
        format!(
            "<ds:KeyInfo><ds:KeyValue><{prefix}:ECKeyValue xmlns:{prefix}=\"{name}\"><{prefix}:NamedCurve URI=\"urn:oid:1\"/>\
             <{prefix}:PublicKey>AAAA</{prefix}:PublicKey></{prefix}:ECKeyValue></ds:KeyValue></ds:KeyInfo>"
        )
    };
    let dsig11 = "http://www.w3.org/2009/xmldsig11#";
    let response = |prefix: &str, key_info: String| {
        let splices = vec![(parameter("ec"), parameter(prefix))];
        let prefix_list = Some("saml samlp".to_owned());
        Response {
            signing: Signing { splices, key_info, prefix_list, ..Signing::default() },
            ..Response::default()
        }
        .xml()
    };
    accepted(&response("ds", key("ds", dsig11)), "with the signature's prefix");
    accepted(&response("saml", key("saml", dsig11)), "with another");
    // Only there, only for these, and only the prefix of the element itself.
    let xml = response("ds", key("ds", dsig11));
    for (from, to) in [
        (dsig11.to_owned(), "urn:another".to_owned()),
        ("<ds:NamedCurve ".to_owned(), "<ds:NamedCurve xmlns:saml=\"urn:another\" ".to_owned()),
        ("<ds:NamedCurve ".to_owned(), "<ds:NamedCurve xmlns:ds=\"urn:another\" ".to_owned()),
        ("<saml:Subject>".to_owned(), format!("<saml:Subject xmlns:saml=\"{dsig11}\">")),
        ("<saml:Subject>".to_owned(), format!("{}/><saml:Subject>", parameter("saml"))),
    ] {
        let wrong = replaced(&xml, &from, &to);
        let refusal = verify(wrong.as_bytes(), Encoding::Xml, &trust()).expect_err(&to);
        assert_eq!(refusal.code(), "xml-namespace", "{to}");
    }
}

#[test]
fn what_may_stand_around_the_response() {
    for (before, after) in [
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", ""),
        ("<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\r\n", "\r\n"),
        ("<?xml version=\"1.0\"?>\n<!-- from a template -->\n", "\n<!-- the end -->\n"),
        ("\n  \t", "\n"),
        ("\u{feff}", ""),
        ("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>", ""),
        ("<?xml version='1.0' encoding='ASCII'?>\n", ""),
        ("<?xml version='1.0' encoding='us-ascii'?>\n", ""),
        ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", ""),
    ] {
        let xml = format!("{before}{}{after}", Response::signed(Signed::Both).xml());
        accepted(&xml, before);
    }
    let declared_late = format!(" <?xml version=\"1.0\"?>{}", Response::default().xml());
    let code = verify(declared_late.as_bytes(), Encoding::Xml, &trust()).expect_err("ill-formed").code();
    assert_eq!(code, "xml-processing-instruction");
    for encoding in ["ASCII", "ISO-8859-1", "UTF-16", "windows-1252"] {
        let umlaut = Response { session_index: Some("\u{e4}".to_owned()), ..Response::default() }.xml();
        let xml = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{umlaut}");
        let code = verify(xml.as_bytes(), Encoding::Xml, &trust()).expect_err("another encoding").code();
        assert_eq!(code, "xml-encoding", "{encoding}");
    }
    // Names that libxml2 takes for UTF-8 as well.
    for encoding in ["UTF8", "utf8"] {
        let umlaut = Response { session_index: Some("\u{e4}".to_owned()), ..Response::default() }.xml();
        accepted(&format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{umlaut}"), encoding);
    }
}

#[test]
fn ids_of_random_numbers_and_of_base64() {
    for id in ["90171826354", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "9+qZ/x1=", "urn:uuid:1", "\u{e4}1"] {
        for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
            let (response_id, assertion_id) = (format!("{id}1"), format!("{id}2"));
            let verified =
                accepted(&Response { response_id, assertion_id, ..Response::signed(signed) }.xml(), id);
            assert_eq!(verified.id(), format!("{id}2"));
        }
    }
}

#[test]
fn the_parameters_of_the_canonicalization_stand_in_the_other_transform_too() {
    let enveloped = "#enveloped-signature\"/>";
    let holding = |content: &str| format!("#enveloped-signature\">{content}</ds:Transform>");
    let inclusive = "<InclusiveNamespaces PrefixList=\"xs\" xmlns=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let xpath = "<ds:XPath>not(ancestor-or-self::*)</ds:XPath>";
    let signed = |content: &str| {
        let splices = vec![(enveloped.to_owned(), holding(content))];
        Response { signing: Signing { splices, ..Signing::default() }, ..Response::default() }.xml()
    };
    accepted(&signed(inclusive), inclusive);
    for content in [xpath, "xs", &inclusive.replace("#enveloped", "#developed")] {
        let code =
            verify(signed(content).as_bytes(), Encoding::Xml, &trust()).expect_err("a parameter").code();
        assert_eq!(code, "signature-malformed", "{content}");
    }
}

#[test]
fn a_form_field_in_lines() {
    let field = Response::signed(Signed::Both).base64();
    for width in [60, 64, 76] {
        for line_end in ["\n", "\r\n", "\r", " ", "\t"] {
            let lines: Vec<&str> =
                (0..field.len()).step_by(width).map(|at| &field[at..field.len().min(at + width)]).collect();
            let field = format!("{line_end}{}{line_end}", lines.join(line_end));
            assert!(verify(field.as_bytes(), Encoding::Base64, &trust()).is_ok(), "{width} {line_end:?}");
        }
    }
    // What a proxy or a client broke is not guessed at.
    for broken in
        [field.replace('+', "-").replace('/', "_"), field.replace('=', ""), field.replace('=', "%3D")]
    {
        if broken != field {
            let code = verify(broken.as_bytes(), Encoding::Base64, &trust()).expect_err("broken").code();
            assert_eq!(code, "base64");
        }
    }
}

#[test]
fn what_else_a_response_may_say() {
    let status = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
    let nested = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"><samlp:StatusCode Value=\"urn:x\"/>\
                  </samlp:StatusCode><samlp:StatusMessage>Success</samlp:StatusMessage><samlp:StatusDetail><x xmlns=\"urn:x\"/>\
                  </samlp:StatusDetail>";
    for (from, to) in [
        (
            " ID=\"_response\"",
            " ID=\"_response\" Consent=\"urn:oasis:names:tc:SAML:2.0:consent:unspecified\"",
        ),
        (" ID=\"_response\"", " xml:lang=\"en\" ID=\"_response\""),
        (
            "<samlp:Status>",
            "<samlp:Extensions><x:y xmlns:x=\"urn:x\">z</x:y></samlp:Extensions><samlp:Status>",
        ),
        ("<samlp:Status>", "<!-- a comment --><samlp:Status><!-- another -->"),
        (status, nested),
        (
            "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">",
            "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">\n ",
        ),
        (&format!(" Destination=\"{ACS}\""), ""),
        (" IssueInstant=\"2026-11-23T12:00:00Z\"", " IssueInstant=\"2026-11-23T14:00:00.0000000+02:00\""),
    ] {
        for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
            accepted(&Response { signed, ..changed(from, to) }.xml(), to);
        }
    }
    for (from, to, code) in [
        (" ID=\"_response\"", "", "message-malformed"),
        (" ID=\"_assertion\"", " ID=\"_assertion\" x=\"\"", "accepted"),
        (" IssueInstant=\"2026-11-23T12:00:00Z\"", " IssueInstant=\"2026-11-23T12:00:00\"", "time"),
        (" Version=\"2.0\"", " Version=\"1.1\"", "version"),
        (" Version=\"2.0\"", "", "version"),
        (status, "", "message-malformed"),
        (status, &status.repeat(2), "message-malformed"),
        ("<samlp:Status>", "<samlp:Status/><samlp:Status>", "message-malformed"),
    ] {
        assert_eq!(refused(from, to), code, "{from} -> {to}");
    }
}

#[test]
fn what_else_an_assertion_may_say() {
    let bearer = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">";
    let key = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:holder-of-key\">\
               <saml:SubjectConfirmationData><x xmlns=\"urn:x\"/></saml:SubjectConfirmationData></saml:SubjectConfirmation>";
    let expired = format!(
        "{bearer}<saml:SubjectConfirmationData Recipient=\"{ACS}\" NotOnOrAfter=\"2025-01-01T00:00:00Z\" \
         InResponseTo=\"{REQUEST}\"/></saml:SubjectConfirmation>"
    );
    let class = "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>";
    let audience = format!("<saml:Audience>{SP}</saml:Audience>");
    let advice = "</saml:Conditions><saml:Advice><saml:AssertionIDRef>_x</saml:AssertionIDRef><saml:Assertion ID=\"_advice\" \
                  Version=\"2.0\" IssueInstant=\"2026-11-23T12:00:00Z\"><saml:Issuer>urn:other</saml:Issuer><saml:Subject>\
                  <saml:NameID>mallory</saml:NameID></saml:Subject><saml:AttributeStatement><saml:Attribute Name=\"Email\">\
                  <saml:AttributeValue>root@acme.test</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>\
                  </saml:Assertion></saml:Advice>";
    for (from, to) in [
        (bearer, format!("{key}{expired}{bearer}")),
        (bearer, format!("{bearer}<saml:NameID>somebody who presents it</saml:NameID>")),
        ("<saml:SubjectConfirmationData ", "<saml:SubjectConfirmationData Address=\"192.0.2.1\" ".to_owned()),
        (&audience, format!("<saml:Audience>urn:other</saml:Audience>{audience}")),
        (&audience, format!("<saml:Audience>\n  {SP}\n  </saml:Audience>")),
        (
            "</saml:AudienceRestriction>",
            format!(
                "</saml:AudienceRestriction><saml:AudienceRestriction>{audience}</saml:AudienceRestriction><saml:OneTimeUse/>\
                 <saml:ProxyRestriction Count=\"0\"><saml:Audience>urn:other</saml:Audience></saml:ProxyRestriction>"
            ),
        ),
        ("</saml:Conditions>", advice.to_owned()),
        ("<saml:AuthnContext>", "<saml:SubjectLocality Address=\"192.0.2.1\"/><saml:AuthnContext>".to_owned()),
        (class, "<saml:AuthnContextDeclRef>urn:declared</saml:AuthnContextDeclRef>".to_owned()),
        (
            class,
            format!(
                "{class}<saml:AuthnContextDecl><x xmlns=\"urn:x\"/></saml:AuthnContextDecl>\
                 <saml:AuthenticatingAuthority>urn:upstream</saml:AuthenticatingAuthority>"
            ),
        ),
        (
            "</saml:AuthnStatement>",
            "</saml:AuthnStatement><saml:AuthnStatement AuthnInstant=\"2026-11-23T11:00:00Z\" SessionIndex=\"_2\">\
             <saml:AuthnContext/></saml:AuthnStatement>"
                .to_owned(),
        ),
        (
            "<saml:AttributeStatement>",
            "<saml:AuthzDecisionStatement Resource=\"urn:x\" Decision=\"Permit\"/><saml:AttributeStatement/><saml:AttributeStatement>"
                .to_owned(),
        ),
    ] {
        let verified = accepted(&changed(from, &to).xml(), &to);
        let emails: Vec<&str> =
            verified.attributes().iter().flat_map(|it| &it.values).map(String::as_str).collect();
        assert_eq!(emails, ["alice@acme.test"], "{to}");
        assert_eq!(verified.session_index(), Some("_session"));
    }
}

/// Entra, AD FS, Shibboleth and SimpleSAMLphp all write values in their own ways.
#[test]
fn values_as_providers_write_them() {
    let values = |content: &str| {
        let to = format!(
            "<saml:Attribute Name=\"Email\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{content}</saml:Attribute>"
        );
        let whole = "<saml:Attribute Name=\"Email\"><saml:AttributeValue>alice@acme.test</saml:AttributeValue></saml:Attribute>";
        let verified = accepted(&changed(whole, &to).xml(), content);
        verified.attributes().iter().flat_map(|it| it.values.clone()).collect::<Vec<_>>()
    };
    let value = |attributes: &str, content: &str| {
        values(&format!("<saml:AttributeValue{attributes}>{content}</saml:AttributeValue>"))
    };
    for kind in ["xs:string", "xs:anyType", "xs:boolean", "xs:base64Binary", "nobody:knows"] {
        assert_eq!(value(&format!(" xsi:type=\"{kind}\""), "a"), ["a"]);
    }
    assert_eq!(value("", ""), [""]);
    assert_eq!(values("<saml:AttributeValue/>"), [""]);
    assert_eq!(values("<saml:AttributeValue xsi:nil=\"true\"/>"), [""; 0]);
    assert_eq!(
        values(
            "<saml:AttributeValue xsi:nil=\"1\"></saml:AttributeValue><saml:AttributeValue>a</saml:AttributeValue>"
        ),
        ["a"]
    );
    assert_eq!(value(" xsi:nil=\"false\"", "a"), ["a"]);
    assert_eq!(value("", " M\u{fc}ller &amp; S&#246;hne&lt;x&gt; "), [" M\u{fc}ller & S\u{f6}hne<x> "]);
    assert_eq!(value("", "a\r\nb&#13;c"), ["a\nb\rc"]);
    // eduPersonTargetedID: a name in a value, laid out or not.
    let name =
        "<saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">opaque</saml:NameID>";
    assert_eq!(value("", name), ["opaque"]);
    assert_eq!(value("", &format!("\n    {name}\n  ")), ["opaque"]);
    assert_eq!(values(""), [""; 0]);
}

/// Prefixes that only values are typed by are kept for inclusive processing (Exclusive XML Canonicalization §2.1).
#[test]
fn prefixes_that_are_listed() {
    for list in ["xs", "xs xsi", "#default", "#default samlp saml ds xs xsi", "nobody", "", "\n xs\t xsi "] {
        let signing = Signing { prefix_list: Some(list.to_owned()), ..Signing::default() };
        let style = Style { typed_values: true, ..Style::default() };
        let response = Response { style, signing, ..Response::default() };
        accepted(&response.xml(), list);
        // Declared far above, where only the list brings them into the canonical form.
        let moved = Response {
            before_signing: vec![(
                "<samlp:Response ".to_owned(),
                "<samlp:Response xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                    .to_owned(),
            )],
            ..response
        };
        accepted(&moved.xml(), list);
    }
}

#[test]
fn a_name_of_white_space_names_nobody() {
    for nobody in ["", " ", "\n    "] {
        let xml = Response::about(nobody).xml();
        let verified = verify(xml.as_bytes(), Encoding::Xml, &trust()).expect("accepted");
        assert_eq!(verified.name_id(), None, "{nobody:?}");
    }
}
