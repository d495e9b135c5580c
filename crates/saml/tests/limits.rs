//! Each limit of [`limits`] at its value and one past it. Those of keys are in `crypto/`, that of private-key operations
//! in `encryption.rs`, that of inflated messages in the module of the Redirect binding.

use keyward_saml::c14n::{self, Algorithm, Method};
use keyward_saml::xml::{Document, XML_NS};
use keyward_saml::{
    Encoding, IdpTrust, Policy, Refusal, Request, ResponseInput, base64, limits, metadata, pure, redirect,
    verify_xml_signature,
};
use keyward_testkit::signing::DS;
use keyward_testkit::{
    Key, NOW, REQUEST, Response, Signed, Signing, properties, service_provider, trust, trust_in,
};

fn verify(response: &[u8], encoding: Encoding, idp: &IdpTrust) -> Result<(), &'static str> {
    let input = ResponseInput {
        response,
        encoding,
        now: NOW,
        idp,
        sp: &service_provider(),
        request: Request::Answers(REQUEST),
        policy: &Policy::default(),
    };
    let answered = pure::verify_response(&input).and_then(|it| it.answering(Request::Answers(REQUEST)));
    answered.map(drop).map_err(|refusal| refusal.code())
}

/// With spaces before the assertion, up to a length.
fn padded(to: usize) -> String {
    let xml = Response::signed(Signed::Assertion).xml();
    xml.replacen("<saml:Assertion", &format!("{}<saml:Assertion", " ".repeat(to - xml.len())), 1)
}

#[test]
fn bytes_of_a_message() {
    for (bytes, expected) in [(limits::MESSAGE_BYTES, Ok(())), (limits::MESSAGE_BYTES + 1, Err("too-large"))]
    {
        let xml = padded(bytes);
        assert_eq!(verify(xml.as_bytes(), Encoding::Xml, &trust()), expected);
        assert_eq!(verify(base64::encode(xml.as_bytes()).as_bytes(), Encoding::Base64, &trust()), expected);
    }
}

#[test]
fn base64_that_is_mostly_white_space_is_not_decoded() {
    let field = |bytes: usize| format!("{}{}", Response::default().base64(), "\n".repeat(bytes));
    assert_eq!(verify(field(1000).as_bytes(), Encoding::Base64, &trust()), Ok(()));
    assert_eq!(
        verify(field(limits::MESSAGE_BYTES * 2).as_bytes(), Encoding::Base64, &trust()),
        Err("too-large")
    );
}

fn parsed(xml: &str) -> Result<(), &'static str> {
    Document::parse(xml.as_bytes()).map(drop).map_err(|error| Refusal::Xml(error).code())
}

/// The reader looks at characters some at a time: none may slip through between.
#[test]
fn a_character_that_is_none_is_found_wherever_it_stands() {
    for bad in ["\0", "\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        for at in 0..200 {
            for text in
                [format!("{}{bad}", "x".repeat(at)), format!("{}{bad}\n\u{fffd}\u{efff}", "é\t".repeat(at))]
            {
                let xml = format!("<a>{text}</a>");
                let found = Document::parse(xml.as_bytes()).map(drop).map_err(|error| error.at);
                assert_eq!(found, Err(xml.find(bad).expect("it was put there")), "{bad:?} at {at}");
            }
        }
    }
    for at in 0..200 {
        assert_eq!(parsed(&format!("<a>{}\u{fffd}\u{efff}\r\n</a>", "x".repeat(at))), Ok(()));
    }
}

#[test]
fn depth_of_elements() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(parsed(&nested(limits::DEPTH)), Ok(()));
    assert_eq!(parsed(&nested(limits::DEPTH + 1)), Err("xml-limit"));
}

/// So many parts, with white space behind them up to a length, are read as long as the bound of that length allows.
fn bounded(document: &dyn Fn(usize) -> String, counted: &dyn Fn(usize) -> usize) {
    let within = |bytes: usize| limits::NODES_BASE + bytes / limits::BYTES_PER_NODE;
    for bytes in [8192, 65_537, limits::MESSAGE_BYTES] {
        let most = (1..).take_while(|parts| counted(*parts) <= within(bytes)).last().unwrap_or(0);
        assert_eq!(counted(most), within(bytes), "at the limit itself");
        for (parts, expected) in [(most, Ok(())), (most + 1, Err("xml-limit"))] {
            let xml = document(parts);
            let xml = format!("{xml}{}", " ".repeat(bytes - xml.len()));
            assert_eq!(parsed(&xml), expected, "{parts} in {bytes}");
        }
    }
}

#[test]
fn nodes_of_a_document() {
    // Besides the document and its root.
    bounded(&|parts| format!("<r>{}</r>", "<a/>".repeat(parts)), &|parts| parts + 2);
    let two = |parts: usize| format!("{}{}", "<a>x</a>".repeat(parts / 2), "<b/>".repeat(parts % 2));
    bounded(&|parts| format!("<r>{}</r>", two(parts)), &|parts| parts + 2);
    let two = |parts: usize| format!("{}{}", "x<!---->".repeat(parts / 2), "<b/>".repeat(parts % 2));
    bounded(&|parts| format!("<r>{}</r>", two(parts)), &|parts| parts + 2);
}

#[test]
fn attributes_of_a_document() {
    let each = limits::ATTRIBUTES_PER_ELEMENT;
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').collect();
    let name = |at: usize| format!("{}{}", letters[at % 52], if at < 52 { "" } else { "x" });
    let element = |count: usize| {
        format!("<a{}/>", (0..count).map(|at| format!(" {}=''", name(at))).collect::<String>())
    };
    let full = element(each);
    bounded(&|parts| format!("<r>{}{}</r>", full.repeat(parts / each), element(parts % each)), &|parts| {
        parts
    });
}

#[test]
fn attributes_of_an_assertion() {
    let with = |count: usize| {
        let more: String = (1..count).map(|at| format!("<saml:Attribute Name=\"n{at}\"/>")).collect();
        let before_signing =
            vec![("<saml:AttributeStatement>".to_owned(), format!("<saml:AttributeStatement>{more}"))];
        verify(Response { before_signing, ..Response::default() }.xml().as_bytes(), Encoding::Xml, &trust())
    };
    let own = Response::default().xml().matches("<saml:Attribute ").count();
    assert_eq!(with(limits::SAML_ATTRIBUTES + 1 - own), Ok(()));
    assert_eq!(with(limits::SAML_ATTRIBUTES + 2 - own), Err("xml-limit"));
}

#[test]
fn attributes_of_an_element() {
    let element = |count: usize| {
        let attributes: String = (0..count).map(|number| format!(" a{number}=''")).collect();
        format!("<r{attributes}/>")
    };
    assert_eq!(parsed(&element(limits::ATTRIBUTES_PER_ELEMENT)), Ok(()));
    assert_eq!(parsed(&element(limits::ATTRIBUTES_PER_ELEMENT + 1)), Err("xml-limit"));
    assert_eq!(parsed(&element(100_000)), Err("xml-limit"));
}

/// An element that declares so many namespaces, all of them new.
fn declaring(from: usize, count: usize, content: &str) -> String {
    let all: String = (from..from + count).map(|number| format!(" xmlns:n{number}='urn:{number}'")).collect();
    format!("<r{all}>{content}</r>")
}

#[test]
fn namespaces_of_an_element() {
    assert_eq!(parsed(&declaring(0, limits::NAMESPACES_PER_ELEMENT, "")), Ok(()));
    assert_eq!(parsed(&declaring(0, limits::NAMESPACES_PER_ELEMENT + 1, "")), Err("xml-limit"));
}

#[test]
fn namespaces_in_scope() {
    let each = limits::NAMESPACES_PER_ELEMENT;
    let full = |inner: &str| {
        (0..limits::NAMESPACES_IN_SCOPE / each)
            .rev()
            .fold(inner.to_owned(), |inner, level| declaring(level * each, each, &inner))
    };
    let one_more = declaring(limits::NAMESPACES_IN_SCOPE, 1, "");
    assert_eq!(parsed(&full("")), Ok(()));
    assert_eq!(parsed(&full(&one_more)), Err("xml-limit"));
    // Those of an element that ended are not in scope.
    assert_eq!(parsed(&format!("<r>{}{one_more}</r>", full(""))), Ok(()));
}

#[test]
fn certificates_of_a_connection() {
    let with_the_right_one_at = |index: usize| {
        let mut trust = trust_in(Key::Other);
        trust.certificates = vec![Key::Other.certificate(); index];
        trust.certificates.push(Key::Idp.certificate());
        trust
    };
    let xml = Response::default().xml();
    for (index, expected) in
        [(limits::CERTIFICATES - 1, Ok(())), (limits::CERTIFICATES, Err("signature-invalid"))]
    {
        assert_eq!(verify(xml.as_bytes(), Encoding::Xml, &with_the_right_one_at(index)), expected);
    }
}

#[test]
fn signatures_of_a_document() {
    let keys = [Key::Idp.certificate().public_key().clone()];
    let document = |count: usize| {
        let all: String = (0..count)
            .map(|number| {
                let assertion_id = format!("_{number}");
                Response { assertion_id, ..Response::default() }.assertion_xml()
            })
            .collect();
        format!("<all>{all}</all>")
    };
    let verified = |count: usize| {
        let check = verify_xml_signature(document(count).as_bytes(), &keys, &Policy::default())?;
        let answers = check.jobs().iter().map(|job| pure::answer(job, &[], &mut |_| {})).collect();
        check.finish(answers).map(|ids| ids.len())
    };
    assert_eq!(verified(limits::SIGNATURES), Ok(limits::SIGNATURES));
    assert_eq!(verified(limits::SIGNATURES + 1).map_err(|refusal| refusal.code()), Err("signature-position"));
}

#[test]
fn bytes_of_a_signed_info() {
    let with = |spaces: usize| {
        let splices =
            vec![("</ds:SignedInfo>".to_owned(), format!("{}</ds:SignedInfo>", " ".repeat(spaces)))];
        Response { signing: Signing { splices, ..Signing::default() }, ..Response::default() }.xml()
    };
    let canonical = |xml: &str| {
        let document = Document::parse(xml.as_bytes()).expect("well-formed");
        let info = document
            .descendant_elements(document.root())
            .find(|node| document.is(*node, DS, "SignedInfo"))
            .expect("SignedInfo");
        c14n::canonicalize(&document, info, Algorithm::EXCLUSIVE, &[], None).expect("a canonical form").len()
    };
    let most = limits::SIGNED_INFO_BYTES - canonical(&with(0));
    assert_eq!(canonical(&with(most)), limits::SIGNED_INFO_BYTES);
    assert_eq!(verify(with(most).as_bytes(), Encoding::Xml, &trust()), Ok(()));
    assert_eq!(verify(with(most + 1).as_bytes(), Encoding::Xml, &trust()), Err("signature-malformed"));
}

/// A PrefixList that names thousands, over a document that declares thousands.
#[test]
fn a_long_prefix_list_costs_no_more_than_its_length() {
    let declared = "<b xmlns:a=\"x:\"></b>".repeat(8000);
    let xml = format!("<r>{declared}</r>");
    let document = Document::parse(xml.as_bytes()).expect("well-formed");
    let names: Vec<String> = (0..100_000).map(|number| format!("n{number}")).collect();
    let mut prefixes: Vec<&str> = names.iter().map(String::as_str).collect();
    let form = |prefixes: &[&str]| {
        let octets = c14n::canonicalize(&document, document.root(), Algorithm::EXCLUSIVE, prefixes, None);
        String::from_utf8(octets.expect("a canonical form")).expect("UTF-8")
    };
    assert_eq!(form(&prefixes), xml.replace(" xmlns:a=\"x:\"", ""));
    prefixes.extend(["a", "n1", "a"]);
    assert_eq!(form(&prefixes), xml);
}

/// Elements that each bring the same long namespace name into the canonical form, and some text.
fn repeating(name: usize, elements: usize, text: usize) -> String {
    let uri = format!("urn:{}", "u".repeat(name));
    format!("<r xmlns:a=\"{uri}\">{}{}</r>", "<a:x></a:x>".repeat(elements), "t".repeat(text))
}

#[test]
fn bytes_of_a_canonical_form() {
    let canonical = |xml: &str, algorithm| {
        let document = Document::parse(xml.as_bytes()).expect("well-formed");
        c14n::canonicalize(&document, document.root(), algorithm, &[], None).map(|octets| octets.len())
    };
    let mut seen = [0, 0];
    for (name, text) in (2400..3000).flat_map(|name| (0..10).map(move |text| (name, text))) {
        let xml = repeating(name, 5, text);
        let declared = format!(" xmlns:a=\"urn:{}\"", "u".repeat(name)).len();
        // The declaration moves from the root to each of the elements.
        let long = xml.len() - declared + 5 * declared;
        let limit = (xml.len() + XML_NS.len()) * limits::CANONICAL_EXPANSION + limits::CANONICAL_BASE;
        if long == limit {
            assert_eq!(canonical(&xml, Algorithm::EXCLUSIVE), Ok(long));
            seen[0] += 1;
        }
        if long == limit + 1 {
            assert_eq!(canonical(&xml, Algorithm::EXCLUSIVE), Err(c14n::Error::TooLarge));
            let inclusive = Algorithm { method: Method::Inclusive10, with_comments: false };
            assert_eq!(canonical(&xml, inclusive), Ok(xml.len()), "where it is declared but once");
            seen[1] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    // One text alone may be too long as well.
    assert_eq!(
        canonical(&format!("<r a='{}'/>", "\"".repeat(20_000)), Algorithm::EXCLUSIVE),
        Err(c14n::Error::TooLarge)
    );
    // And as a message: the signed element need not be large for its form to be.
    let bomb = Response {
        before_signing: vec![(
            "</saml:Conditions>".to_owned(),
            format!("</saml:Conditions><saml:Advice>{}</saml:Advice>", repeating(1000, 8, 0)),
        )],
        ..Response::default()
    };
    assert_eq!(verify(bomb.xml().as_bytes(), Encoding::Xml, &trust()), Ok(()), "a few are no attack");
    let more = "<a:x></a:x>".repeat(2000);
    let bomb = bomb.xml().replacen("<a:x></a:x>", &more, 1);
    assert_eq!(verify(bomb.as_bytes(), Encoding::Xml, &trust()), Err("canonicalization-algorithm"));
}

#[test]
fn a_canonical_form_that_is_none() {
    let document = Document::parse(b"<r/>").expect("well-formed");
    let root = document.root();
    for algorithm in Algorithm::ALL {
        assert_eq!(c14n::canonicalize(&document, root, algorithm, &[], Some(root)), Err(c14n::Error::Empty));
    }
}

#[test]
fn a_canonical_form_below_xml_base() {
    let document = Document::parse(
        b"<a xml:base='http://a.test/foo/bar'><b xml:base='..'><c xml:base='..'><d xml:base='x'><e/></d></c></b>\
          <b xml:base='baz/'/><b xml:base=''/><b/></a>",
    )
    .expect("well-formed");
    let child = |node, index: usize| document.elements(node).nth(index).expect("an element");
    let a = document.root();
    let [b, c] = [child(a, 0), child(child(a, 0), 0)];
    let d = child(c, 0);
    let form = |node, method, without| {
        let algorithm = Algorithm { method, with_comments: false };
        let octets = c14n::canonicalize(&document, node, algorithm, &[], without).expect("a canonical form");
        String::from_utf8(octets).expect("UTF-8")
    };
    let without_content = |node| form(node, Method::Inclusive11, document.elements(node).next());
    assert_eq!(without_content(b), "<b xml:base=\"http://a.test/\"></b>");
    assert_eq!(without_content(c), "<c xml:base=\"http://a.test/\"></c>");
    assert_eq!(without_content(child(d, 0)), "<e xml:base=\"http://a.test/x\"></e>");
    assert_eq!(without_content(child(a, 1)), "<b xml:base=\"http://a.test/foo/baz/\"></b>");
    assert_eq!(without_content(child(a, 2)), "<b xml:base=\"http://a.test/foo/bar\"></b>");
    assert_eq!(without_content(child(a, 3)), "<b xml:base=\"http://a.test/foo/bar\"></b>");
    assert!(
        form(a, Method::Inclusive11, None).contains("<d xml:base=\"x\"><e></e></d>"),
        "below the apex as it is"
    );
    assert_eq!(
        form(child(d, 0), Method::Inclusive10, None),
        "<e xml:base=\"x\"></e>",
        "1.0 takes the nearest"
    );
    assert_eq!(form(child(d, 0), Method::Exclusive10, None), "<e></e>");
    // What joins to nothing is left out.
    let document = Document::parse(b"<a xml:base='abc/'><b xml:base='../'/></a>").expect("well-formed");
    let b = document.elements(document.root()).next().expect("an element");
    let algorithm = Algorithm { method: Method::Inclusive11, with_comments: true };
    assert_eq!(c14n::canonicalize(&document, b, algorithm, &[], None), Ok(b"<b></b>".to_vec()));
}

#[test]
fn bytes_of_metadata() {
    let read = |bytes: usize| {
        let xml = properties::idp_metadata("");
        let xml = format!("{xml}{}", "\n".repeat(bytes - xml.len()));
        metadata::parse_idp_metadata(xml.as_bytes(), None, None).map(|all| all.len()).map_err(|it| it.code())
    };
    assert_eq!(read(limits::METADATA_BYTES), Ok(1));
    assert_eq!(read(limits::METADATA_BYTES + 1), Err("too-large"));
    let said = |limit| Refusal::TooLarge { limit }.to_string();
    assert!(said(limits::METADATA_BYTES).contains("Load the provider's own"));
    assert!(said(limits::MESSAGE_BYTES).contains("Send fewer attributes"));
}

#[test]
fn entities_of_metadata() {
    let one = "<e entityID='a'><IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>\
               <SingleSignOnService Binding='b' Location='https://a'/></IDPSSODescriptor></e>"
        .replace("<e ", "<EntityDescriptor ")
        .replace("</e>", "</EntityDescriptor>");
    let read = |count: usize| {
        let all = one.repeat(count);
        let xml = format!(
            "<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'>{all}</EntitiesDescriptor>"
        );
        metadata::parse_idp_metadata(xml.as_bytes(), None, None).map(|all| all.len()).map_err(|it| it.code())
    };
    assert_eq!(read(limits::ENTITIES), Ok(limits::ENTITIES));
    assert_eq!(read(limits::ENTITIES + 1), Err("too-large"));
}

#[test]
fn certificates_of_metadata() {
    // Its signature is nobody's to check, so that another octet in it is another certificate.
    let numbered = |number: usize| {
        let mut der = Key::Idp.certificate().der().to_vec();
        let [.., high, low] = der.as_mut_slice() else { unreachable!("it is longer") };
        [*high, *low] = u16::try_from(number).expect("few").to_be_bytes();
        base64::encode(&der)
    };
    let read = |count: usize, times: usize| {
        let keys: String = (0..count)
            .map(|number| {
                format!(
                    "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
                     </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                    numbered(number)
                )
            })
            .collect();
        let xml = properties::idp_metadata("").replacen(
            "<md:SingleLogoutService ",
            &format!("{}<md:SingleLogoutService ", keys.repeat(times)),
            1,
        );
        metadata::parse_idp_metadata(xml.as_bytes(), None, None)
            .map(|all| all.iter().map(|idp| idp.signing_certificates.len()).sum())
            .map_err(|refusal| refusal.code())
    };
    let own = 1;
    assert_eq!(read(limits::METADATA_CERTIFICATES - own, 2), Ok(limits::METADATA_CERTIFICATES));
    assert_eq!(read(limits::METADATA_CERTIFICATES - own + 1, 1), Err("xml-limit"));
}

#[test]
fn bytes_of_a_query() {
    let xml = properties::logout_request(None);
    let query = properties::signed_query(keyward_saml::request::Parameter::SamlRequest, &xml, None, Key::Idp);
    let keys = [Key::Idp.certificate().public_key().clone()];
    let read = |bytes: usize| {
        let query = format!("{query}&x={}", "y".repeat(bytes - query.len() - 3));
        redirect::verify_redirect(&query, &keys, &Policy::default()).map(drop).map_err(|it| it.code())
    };
    assert_eq!(read(limits::MESSAGE_BYTES), Ok(()));
    assert_eq!(read(limits::MESSAGE_BYTES + 1), Err("too-large"));
}
