//! Another identity than the signed one.

use super::{Attack, evil};
use crate::signing::replaced;
use crate::{Attribute, IDP, Response, SP, Signed};

const END: &str = "</samlp:Response>";

/// A comment, or something else, put into what was signed.
fn cut(mut response: Response, whole: &str, cut: &str) -> String {
    response.after_signing.push((whole.to_owned(), cut.to_owned()));
    response.xml()
}

pub(super) fn all() -> Vec<Attack> {
    let honest = Response::default();
    let (signed, evil_assertion) = (honest.assertion_xml(), evil().assertion_xml());
    let attribute = |value: &str| Response {
        attributes: Some(vec![Attribute {
            name: "Role".to_owned(),
            values: vec![value.to_owned()],
            ..Attribute::default()
        }]),
        ..Response::default()
    };
    let long = "alice@acme.test.evil.test";
    vec![
        Attack::refused(
            "an unsigned assertion before the signed one",
            "assertion-count",
            "mallory",
            honest.around(&format!("{evil_assertion}{signed}")),
        ),
        Attack::refused(
            "an unsigned assertion after the signed one",
            "assertion-count",
            "mallory",
            honest.around(&format!("{signed}{evil_assertion}")),
        ),
        Attack::refused(
            "an unsigned assertion beside an encrypted one",
            "assertion-count",
            "mallory",
            honest.around(&format!("{}{evil_assertion}", crate::Encryption::default().encrypt(&signed))),
        ),
        Attack::refused("the signature was taken out", "signature-missing", "mallory", evil().xml()),
        Attack::refused(
            "an unsigned response after the signed one",
            "xml-malformed",
            "mallory",
            format!("{}{}", honest.xml(), evil().xml()),
        ),
        Attack::refused(
            "an unsigned response before the signed one",
            "xml-malformed",
            "mallory",
            format!("{}{}", evil().xml(), honest.xml()),
        ),
        Attack::refused(
            "an unsigned response inside a wrapper with the signed one",
            "message-type",
            "mallory",
            format!("<both>{}{}</both>", evil().xml(), honest.xml()),
        ),
        Attack::harmless(
            "an unsigned assertion in the response's extensions",
            "alice",
            "mallory",
            replaced(
                &honest.xml(),
                "<samlp:Status>",
                &format!("<samlp:Extensions>{evil_assertion}</samlp:Extensions><samlp:Status>"),
            ),
        ),
        Attack::harmless(
            "an unsigned assertion in the status detail",
            "alice",
            "mallory",
            replaced(
                &honest.xml(),
                "</samlp:Status>",
                &format!("<samlp:StatusDetail>{evil_assertion}</samlp:StatusDetail></samlp:Status>"),
            ),
        ),
        Attack::harmless(
            "an assertion of another namespace beside the signed one",
            "alice",
            "mallory",
            replaced(
                &honest.xml(),
                END,
                &format!(
                    "{}{END}",
                    evil_assertion.replace("urn:oasis:names:tc:SAML:2.0:assertion", "urn:evil")
                ),
            ),
        ),
        Attack::harmless(
            "an assertion of no namespace beside the signed one",
            "alice",
            "mallory",
            replaced(
                &honest.xml(),
                END,
                &format!(
                    "{}{END}",
                    evil_assertion
                        .replace(" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", " xmlns=\"\"")
                        .replace("<saml:", "<")
                        .replace("</saml:", "</")
                ),
            ),
        ),
        Attack::harmless(
            "somebody else's assertion as signed advice",
            "alice",
            "mallory",
            Response {
                before_signing: vec![(
                    "</saml:Conditions>".to_owned(),
                    format!("</saml:Conditions><saml:Advice>{evil_assertion}</saml:Advice>"),
                )],
                ..Response::default()
            }
            .xml(),
        ),
        Attack::harmless(
            "a comment cuts the NameID short",
            long,
            "alice@acme.test",
            cut(Response::about(long), &format!(">{long}<"), ">alice@acme.test<!-- -->.evil.test<"),
        ),
        Attack::harmless(
            "a comment cuts the beginning off the NameID",
            "mallory+alice",
            "alice",
            cut(Response::about("mallory+alice"), ">mallory+alice<", ">mallory+<!-- -->alice<"),
        ),
        Attack::harmless(
            "a CDATA section cuts the NameID short",
            long,
            "alice@acme.test",
            cut(Response::about(long), &format!(">{long}<"), ">alice@acme.test<![CDATA[.evil.test]]><"),
        ),
        Attack::refused(
            "a processing instruction cuts the NameID short",
            "xml-processing-instruction",
            "alice@acme.test",
            cut(Response::about(long), &format!(">{long}<"), ">alice@acme.test<?x y?>.evil.test<"),
        ),
        Attack::refused(
            "an element cuts the NameID short",
            "name-id",
            "alice@acme.test",
            Response {
                before_signing: vec![(
                    format!(">{long}<"),
                    ">alice@acme.test<x xmlns=\"urn:x\"></x>.evil.test<".to_owned(),
                )],
                ..Response::about(long)
            }
            .xml(),
        ),
        Attack::refused(
            "a comment cuts a foreign issuer short",
            "issuer",
            "alice",
            cut(
                Response {
                    issuer: format!("{IDP}.evil.test"),
                    signed: Signed::Response,
                    ..Response::default()
                },
                &format!(">{IDP}.evil.test<"),
                &format!(">{IDP}<!-- -->.evil.test<"),
            ),
        ),
        Attack::refused(
            "a comment cuts a foreign audience short",
            "audience",
            "alice",
            cut(
                Response { audience: format!("{SP}.evil.test"), ..Response::default() },
                &format!(">{SP}.evil.test<"),
                &format!(">{SP}<!-- -->.evil.test<"),
            ),
        ),
        Attack::refused(
            "a CDATA section cuts a foreign issuer short",
            "issuer",
            "alice",
            cut(
                Response {
                    issuer: format!("{IDP}.evil.test"),
                    signed: Signed::Response,
                    ..Response::default()
                },
                &format!(">{IDP}.evil.test<"),
                &format!(">{IDP}<![CDATA[.evil.test]]><"),
            ),
        ),
        Attack::refused(
            "a CDATA section cuts a foreign audience short",
            "audience",
            "alice",
            cut(
                Response { audience: format!("{SP}.evil.test"), ..Response::default() },
                &format!(">{SP}.evil.test<"),
                &format!(">{SP}<![CDATA[.evil.test]]><"),
            ),
        ),
        Attack::refused(
            "a processing instruction cuts a foreign issuer short",
            "xml-processing-instruction",
            "alice",
            cut(
                Response {
                    issuer: format!("{IDP}.evil.test"),
                    signed: Signed::Response,
                    ..Response::default()
                },
                &format!(">{IDP}.evil.test<"),
                &format!(">{IDP}<?x y?>.evil.test<"),
            ),
        ),
        Attack::refused(
            "a processing instruction cuts a foreign audience short",
            "xml-processing-instruction",
            "alice",
            cut(
                Response { audience: format!("{SP}.evil.test"), ..Response::default() },
                &format!(">{SP}.evil.test<"),
                &format!(">{SP}<?x y?>.evil.test<"),
            ),
        ),
        Attack::refused(
            "a processing instruction cuts an attribute value short",
            "xml-processing-instruction",
            "admin",
            cut(attribute("admin-of-nothing"), ">admin-of-nothing<", ">admin<?x y?>-of-nothing<"),
        ),
        Attack::harmless(
            "a comment cuts an attribute value short",
            "alice",
            "admin",
            cut(attribute("admin-of-nothing"), ">admin-of-nothing<", ">admin<!-- -->-of-nothing<"),
        ),
        Attack::harmless(
            "a CDATA section cuts the beginning off an attribute value",
            "alice",
            "admin",
            cut(attribute("not-admin"), ">not-admin<", ">not-<![CDATA[admin]]><"),
        ),
        Attack::refused(
            "a success of another namespace beside the status that counts",
            "status",
            "alice",
            replaced(
                &honest.xml(),
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
                "<samlp:StatusCode xmlns:e=\"urn:e\" e:Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\" \
                 Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"/>",
            ),
        ),
        Attack::refused(
            "a recipient of another namespace",
            "recipient",
            "alice",
            Response {
                before_signing: vec![(
                    " Recipient=".to_owned(),
                    " xmlns:e=\"urn:e\" e:Recipient=".to_owned(),
                )],
                ..Response::default()
            }
            .xml(),
        ),
        Attack::refused(
            "an InResponseTo of the response alone, which nobody signed",
            "in-response-to",
            "alice",
            replaced(
                &Response { in_response_to: None, ..Response::default() }.xml(),
                " ID=\"_response\"",
                " ID=\"_response\" InResponseTo=\"_request\"",
            ),
        ),
        Attack::refused(
            "an InResponseTo of another namespace",
            "in-response-to",
            "alice",
            Response {
                before_signing: vec![(
                    "\" InResponseTo=\"_request\"/></saml:SubjectConfirmation>".to_owned(),
                    "\" xmlns:e=\"urn:e\" e:InResponseTo=\"_request\"/></saml:SubjectConfirmation>"
                        .to_owned(),
                )],
                ..Response::default()
            }
            .xml(),
        ),
    ]
}
