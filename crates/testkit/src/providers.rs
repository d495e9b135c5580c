//! How known identity providers describe themselves and answer: the shape of their metadata and of their responses, with names,
//! formats, prefixes and signatures as each sends them. Organisations, people and keys are made up.
//!
//! Each names the outside source of its shape. Where a vendor publishes no message, the shape follows what its
//! documentation says of its settings, and the source says so.

mod metadata;

use crate::encryption::Encryption;
use crate::keys::Key;
use crate::response::{Attribute, Response, Signed, Style};

use self::metadata::{Metadata, PLAIN};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
const URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
const NO_FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified";
const WINDOWS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";

/// One identity provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The id of its preset.
    pub id: &'static str,
    /// Where its shape is from.
    pub source: &'static str,
    /// Its metadata.
    pub metadata: String,
    /// Its answer; audience, recipient and the rest of what is ours are the reader's to fill in.
    pub response: Response,
}

fn attribute(name: &str, format: Option<&str>, friendly: Option<&str>, values: &[&str]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        name_format: format.map(str::to_owned),
        friendly_name: friendly.map(str::to_owned),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

/// What a guide has an admin make.
fn made(format: Option<&str>, more: &[(&str, &[&str])]) -> Vec<Attribute> {
    let mut attributes = vec![
        attribute("Email", format, None, &["alice@acme.test"]),
        attribute("First", format, None, &["Alice"]),
        attribute("Last", format, None, &["Müller & Söhne"]),
    ];
    attributes.extend(more.iter().map(|(name, values)| attribute(name, format, None, values)));
    attributes
}

fn style(protocol: &str, assertion: &str, typed_values: bool) -> Style {
    Style {
        protocol: protocol.to_owned(),
        assertion: assertion.to_owned(),
        typed_values,
        declaration: true,
        ..Style::default()
    }
}

fn answer(
    issuer: &str,
    signed: Signed,
    style: Style,
    (name_id, format): (&str, &str),
    attributes: Vec<Attribute>,
) -> Response {
    Response {
        issuer: issuer.to_owned(),
        signed,
        style,
        name_id: name_id.to_owned(),
        name_id_format: Some(format.to_owned()),
        attributes: Some(attributes),
        ..Response::default()
    }
}

/// All of them.
pub fn all() -> Vec<Provider> {
    vec![
        okta(),
        entra(),
        google(),
        adfs(),
        onelogin(),
        ping("pingone"),
        ping("pingfederate"),
        jumpcloud(),
        duo(),
        cyberark(),
        auth0(),
        keycloak(),
        aws(),
        shibboleth(),
        cas(),
        simplesamlphp(),
        lemonldap(),
        rippling(),
        f5(),
        generic(),
    ]
}

fn okta() -> Provider {
    let entity_id = "http://www.okta.com/exk1fcia6d6EMsf331d8";
    let at = "https://acme.okta.test/app/acme_keyward_1/exk1fcia6d6EMsf331d8/sso/saml";
    let logout = "https://acme.okta.test/app/acme_keyward_1/exk1fcia6d6EMsf331d8/slo/saml";
    let mut attributes = made(Some(NO_FORMAT), &[("groups", &["Everyone", "Ops"])]);
    attributes.push(attribute("Id", Some(NO_FORMAT), None, &["00u1f8qjlrTHkS5ev1d8"]));
    Provider {
        id: "okta",
        source: "Okta Developer: SAML FAQ and Understanding SAML, sample response; the fixtures of passport-saml and python3-saml have the same shape",
        metadata: Metadata {
            entity_id,
            redirect: at,
            post: at,
            logout: &[(REDIRECT, logout), (POST, logout)],
            ..PLAIN
        }
        .xml(),
        response: Response {
            before_signing: vec![(
                "<saml:Issuer>".to_owned(),
                "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">".to_owned(),
            )],
            ..answer(
                entity_id,
                Signed::Both,
                style("saml2p", "saml2", true),
                ("alice@acme.test", UNSPECIFIED),
                attributes,
            )
        },
    }
}

fn entra() -> Provider {
    let tenant = "3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
    let entity_id = &format!("https://sts.windows.net/{tenant}/");
    let at = &format!("https://login.microsoftonline.com/{tenant}/saml2");
    // WS-Federation's roles, with keys of their own: they are none of this profile's.
    let before = "<RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                  xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" xsi:type=\"fed:SecurityTokenServiceType\" \
                  protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\"/>\
                  <RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                  xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" xsi:type=\"fed:ApplicationServiceType\" \
                  protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\"/>";
    let microsoft = "http://schemas.microsoft.com/identity/claims/";
    let claim = |name: &str, values: &[&str]| attribute(name, None, None, values);
    let attributes = vec![
        claim(&format!("{microsoft}tenantid"), &[tenant]),
        claim(&format!("{microsoft}objectidentifier"), &["9a0b1c2d-1111-4222-8333-444455556666"]),
        claim(&format!("{microsoft}displayname"), &["Alice Müller"]),
        claim(
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
            &["11111111-2222-4333-8444-555566667777", "21111111-2222-4333-8444-555566667777"],
        ),
        claim(&format!("{microsoft}identityprovider"), &[entity_id]),
        claim(
            "http://schemas.microsoft.com/claims/authnmethodsreferences",
            &[
                "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
                "http://schemas.microsoft.com/claims/multipleauthn",
            ],
        ),
        claim(&format!("{WINDOWS}givenname"), &["Alice"]),
        claim(&format!("{WINDOWS}surname"), &["Müller"]),
        claim(&format!("{WINDOWS}emailaddress"), &["alice@acme.test"]),
        claim(&format!("{WINDOWS}name"), &["alice@acme.test"]),
    ];
    Provider {
        id: "entra",
        source: "Microsoft Learn: Single sign-on SAML protocol (sample response), Federation metadata (two signing keys, WS-Federation roles)",
        metadata: Metadata {
            entity_id,
            prefix: "",
            keys: &[Key::Other, Key::Idp],
            redirect: at,
            post: at,
            logout: &[(REDIRECT, at)],
            before,
            attributes: " ID=\"_5c2d1b8e\"",
            ..PLAIN
        }
        .xml(),
        response: Response {
            lifetime: 3600,
            session_index: Some("_assertion".to_owned()),
            ..answer(
                entity_id,
                Signed::Assertion,
                style("samlp", "", false),
                ("alice@acme.test", EMAIL),
                attributes,
            )
        },
    }
}

fn google() -> Provider {
    let entity_id = "https://accounts.google.com/o/saml2?idpid=C01abc234";
    let at = "https://accounts.google.com/o/saml2/idp?idpid=C01abc234";
    Provider {
        id: "google",
        source: "Google Workspace Admin Help: Set up your own custom SAML app, and SAML app error messages; the fixtures of ruby-saml users have the same shape",
        metadata: Metadata {
            entity_id,
            redirect: at,
            post: at,
            attributes: " validUntil=\"2030-09-18T08:15:34.000Z\"",
            ..PLAIN
        }
        .xml(),
        response: answer(
            entity_id,
            Signed::Assertion,
            style("saml2p", "saml2", true),
            ("alice@acme.test", EMAIL),
            made(None, &[("groups", &["Engineering"])]),
        ),
    }
}

fn adfs() -> Provider {
    let entity_id = "http://sts.acme.test/adfs/services/trust";
    let at = "https://sts.acme.test/adfs/ls/";
    let before = "<RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                  xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" xsi:type=\"fed:ApplicationServiceType\" \
                  protocolSupportEnumeration=\"http://docs.oasis-open.org/ws-sx/ws-trust/200512 http://schemas.xmlsoap.org/ws/2005/02/trust http://docs.oasis-open.org/wsfed/federation/200706\" \
                  ServiceDisplayName=\"Acme\"/>\
                  <SPSSODescriptor WantAssertionsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
                  <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sts.acme.test/adfs/ls/\" index=\"0\"/>\
                  </SPSSODescriptor>";
    let claim = |name: String, values: &[&str]| attribute(&name, None, None, values);
    let attributes = vec![
        claim(format!("{WINDOWS}emailaddress"), &["alice@acme.test"]),
        claim(format!("{WINDOWS}givenname"), &["Alice"]),
        claim(format!("{WINDOWS}surname"), &["Müller"]),
        claim("http://schemas.xmlsoap.org/claims/Group".to_owned(), &["Domain Users", "Ops"]),
    ];
    Provider {
        id: "adfs",
        source: "Microsoft Learn: AD FS 2.0 federation metadata, and AD FS token encryption; the sample response of the OneLogin SAML toolkits' AD FS guide",
        metadata: Metadata {
            entity_id,
            prefix: "",
            redirect: at,
            post: at,
            logout: &[(REDIRECT, at), (POST, at)],
            before,
            attributes: " ID=\"_0f9a\"",
            ..PLAIN
        }
        .xml(),
        response: Response {
            lifetime: 3600,
            encryption: Some(Encryption {
                cipher: "http://www.w3.org/2001/04/xmlenc#aes256-cbc".to_owned(),
                ..Encryption::default()
            }),
            authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".to_owned(),
            ..answer(
                entity_id,
                Signed::Assertion,
                style("samlp", "", false),
                ("alice@acme.test", EMAIL),
                attributes,
            )
        },
    }
}

fn onelogin() -> Provider {
    let entity_id = "https://app.onelogin.com/saml/metadata/5a0f8c2e-1d3b-4c6a-9e7f-0b1c2d3e4f5a";
    let at = "https://acme.onelogin.test/trust/saml2/http-post/sso/5a0f8c2e";
    Provider {
        id: "onelogin",
        source: "OneLogin Developers: SAML response examples (signed message, unsigned assertion)",
        metadata: Metadata {
            entity_id,
            prefix: "",
            redirect: "https://acme.onelogin.test/trust/saml2/http-redirect/sso/5a0f8c2e",
            post: at,
            logout: &[(REDIRECT, "https://acme.onelogin.test/trust/saml2/http-redirect/slo/1234567")],
            ..PLAIN
        }
        .xml(),
        response: Response {
            lifetime: 180,
            session_lifetime: Some(24 * 60 * 60),
            ..answer(
                entity_id,
                Signed::Response,
                style("samlp", "saml", true),
                ("alice@acme.test", EMAIL),
                made(Some(BASIC), &[("Id", &["134567890"]), ("groups", &["Ops"])]),
            )
        },
    }
}

fn ping(id: &'static str) -> Provider {
    let (entity_id, at) = if id == "pingone" {
        (
            "https://auth.pingone.eu/0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8",
            "https://auth.pingone.eu/0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8/saml20/idp/sso",
        )
    } else {
        ("https://ping.acme.test:9031", "https://ping.acme.test:9031/idp/SSO.saml2")
    };
    let logout = at.replace("sso", "slo").replace("SSO", "SLO");
    // PingOne: Sign Assertion. PingFederate: Sign Response As Required.
    let signed = if id == "pingone" { Signed::Assertion } else { Signed::Response };
    Provider {
        id,
        source: "Ping Identity Documentation: SAML 2.0 profiles, signature policy, and metadata export; no message is published, the shape follows its settings",
        metadata: Metadata {
            entity_id,
            redirect: at,
            post: at,
            logout: &[(POST, &logout), (REDIRECT, &logout)],
            ..PLAIN
        }
        .xml(),
        response: answer(
            entity_id,
            signed,
            style("samlp", "saml", true),
            ("b8f0d9a2-77a1-4b6e-8f54-0d1a2b3c4d5e", UNSPECIFIED),
            made(Some(BASIC), &[]),
        ),
    }
}

fn jumpcloud() -> Provider {
    let at = "https://sso.jumpcloud.test/saml2/keyward";
    Provider {
        id: "jumpcloud",
        source: "JumpCloud Help Center: SSO with Custom SAML 2.0 Application Connectors; no message is published, the shape follows its settings",
        metadata: Metadata { entity_id: "JumpCloud", redirect: at, post: at, ..PLAIN }.xml(),
        response: answer(
            "JumpCloud",
            Signed::Response,
            style("saml2p", "saml2", true),
            ("alice@acme.test", EMAIL),
            made(Some(BASIC), &[("memberOf", &["Ops", "All Users"])]),
        ),
    }
}

fn duo() -> Provider {
    let entity_id = "https://sso-4ad2e1f0.sso.duosecurity.test/saml2/sp/DI1ABCDEFGH2IJKLMNOP/metadata";
    let at = "https://sso-4ad2e1f0.sso.duosecurity.test/saml2/sp/DI1ABCDEFGH2IJKLMNOP/sso";
    Provider {
        id: "duo",
        source: "Duo Documentation: Duo Single Sign-On for Generic SAML Service Providers; no message is published, the shape follows its settings",
        metadata: Metadata {
            entity_id,
            redirect: at,
            post: at,
            logout: &[(
                REDIRECT,
                "https://sso-4ad2e1f0.sso.duosecurity.test/saml2/sp/DI1ABCDEFGH2IJKLMNOP/slo",
            )],
            ..PLAIN
        }
        .xml(),
        response: answer(
            entity_id,
            Signed::Both,
            style("ns0", "ns1", true),
            ("alice@acme.test", EMAIL),
            made(Some(BASIC), &[]),
        ),
    }
}

fn cyberark() -> Provider {
    let entity_id = "https://aab1234.id.cyberark.test/0c1d2e3f-4a5b-4c6d-8e9f-001122334455";
    let at = "https://aab1234.id.cyberark.test/applogin/appKey/0c1d2e3f/customerId/AAB1234";
    Provider {
        id: "cyberark",
        source: "CyberArk Docs: Custom SAML app, and SAML response script; a published answer of its API with the template's defaults; no message is published, the shape follows its settings",
        metadata: Metadata {
            entity_id,
            prefix: "",
            redirect: at,
            post: at,
            logout: &[(
                REDIRECT,
                "https://aab1234.id.cyberark.test/applogout/appkey/0c1d2e3f/customerid/AAB1234",
            )],
            ..PLAIN
        }
        .xml(),
        response: answer(
            entity_id,
            Signed::Response,
            style("", "saml", false),
            ("alice@acme.test", UNSPECIFIED),
            made(Some(BASIC), &[("groups", &["Ops", "Everybody"])]),
        ),
    }
}

fn auth0() -> Provider {
    let entity_id = "urn:acme.eu.auth0.com";
    let at = "https://acme.eu.auth0.test/samlp/AbCdEf123";
    let claim = |name: String, values: &[&str]| attribute(&name, Some(URI), None, values);
    let attributes = vec![
        claim(format!("{WINDOWS}nameidentifier"), &["auth0|64f0c0ffee"]),
        claim(format!("{WINDOWS}emailaddress"), &["alice@acme.test"]),
        claim(format!("{WINDOWS}name"), &["Alice Müller"]),
        claim(format!("{WINDOWS}givenname"), &["Alice"]),
        claim(format!("{WINDOWS}surname"), &["Müller"]),
        claim(format!("{WINDOWS}upn"), &["alice@acme.test"]),
        claim("http://schemas.auth0.com/identities/default/provider".to_owned(), &["auth0"]),
        claim("http://schemas.auth0.com/email_verified".to_owned(), &["true"]),
    ];
    Provider {
        id: "auth0",
        source: "the code of Auth0's node-samlp, whose messages this repository's demo serves; Auth0 Docs: Customize SAML assertions",
        metadata: Metadata {
            entity_id,
            prefix: "",
            redirect: at,
            post: at,
            logout: &[
                (REDIRECT, "https://acme.eu.auth0.test/samlp/AbCdEf123/logout"),
                (POST, "https://acme.eu.auth0.test/samlp/AbCdEf123/logout"),
            ],
            ..PLAIN
        }
        .xml(),
        response: Response {
            lifetime: 3600,
            ..answer(
                entity_id,
                Signed::Assertion,
                style("samlp", "saml", true),
                ("auth0|64f0c0ffee", UNSPECIFIED),
                attributes,
            )
        },
    }
}

fn keycloak() -> Provider {
    let entity_id = "https://keycloak.acme.test/realms/acme";
    let at = "https://keycloak.acme.test/realms/acme/protocol/saml";
    let mut attributes = made(Some(BASIC), &[("groups", &["Ops", "Staff"])]);
    // The role_list scope, which every client has.
    attributes.push(attribute("Role", Some(BASIC), Some("Role"), &["offline_access", "uma_authorization"]));
    Provider {
        id: "keycloak",
        source: "Keycloak Server Administration Guide: SAML clients; its code that imports an entity descriptor (ours wants signed assertions, and may offer a certificate to encrypt to); the samples in its test suite (saml-adapter)",
        metadata: Metadata {
            entity_id,
            redirect: at,
            post: at,
            logout: &[(POST, at), (REDIRECT, at)],
            ..PLAIN
        }
        .xml(),
        response: Response {
            lifetime: 60,
            encryption: Some(Encryption {
                cipher: "http://www.w3.org/2001/04/xmlenc#aes128-cbc".to_owned(),
                ..Encryption::default()
            }),
            session_lifetime: Some(10 * 60 * 60),
            session_index: Some("5f1c0a4d-2e7b-4f8e-9a61::0d3c".to_owned()),
            ..answer(
                entity_id,
                Signed::Both,
                style("samlp", "saml", true),
                ("G-6d2f1c1e-8a8f-4a2e-a5d7-3f0a1b2c3d4e", PERSISTENT),
                attributes,
            )
        },
    }
}

fn aws() -> Provider {
    let entity_id = "https://portal.sso.eu-central-1.amazonaws.com/saml/assertion/MTIzNDU2Nzg5MDEyX2lucy0x";
    Provider {
        id: "aws",
        source: "AWS IAM Identity Center User Guide: Map attributes, and application SAML metadata; no message is published, the shape follows its settings",
        metadata: Metadata { entity_id, redirect: entity_id, post: entity_id, ..PLAIN }.xml(),
        response: Response {
            lifetime: 3600,
            ..answer(
                entity_id,
                Signed::Assertion,
                style("saml2p", "saml2", true),
                ("93a402c4-7051-70f1-3a2b", PERSISTENT),
                made(Some(BASIC), &[("groups", &["93a402c4-8071-70aa-2b1c-0d9e8f7a6b5c"])]),
            )
        },
    }
}

fn shibboleth() -> Provider {
    let entity_id = "https://idp.acme.test/idp/shibboleth";
    let attributes = vec![
        attribute("urn:oid:0.9.2342.19200300.100.1.3", Some(URI), Some("mail"), &["alice@acme.test"]),
        attribute("urn:oid:2.5.4.42", Some(URI), Some("givenName"), &["Alice"]),
        attribute("urn:oid:2.5.4.4", Some(URI), Some("sn"), &["Müller"]),
        attribute("urn:oasis:names:tc:SAML:attribute:subject-id", Some(URI), None, &["alice-7f2a@acme.test"]),
        attribute("urn:oid:1.3.6.1.4.1.5923.1.5.1.1", Some(URI), Some("isMemberOf"), &["ops"]),
    ];
    Provider {
        id: "shibboleth",
        source: "Shibboleth Consortium Wiki: IdP 5, SAML2 SSO profile configuration; the attribute names of MACE-Dir and SAML V2.0 Subject Identifier Attributes",
        metadata: Metadata {
            entity_id,
            prefix: "",
            redirect: "https://idp.acme.test/idp/profile/SAML2/Redirect/SSO",
            post: "https://idp.acme.test/idp/profile/SAML2/POST/SSO",
            logout: &[
                (REDIRECT, "https://idp.acme.test/idp/profile/SAML2/Redirect/SLO"),
                (POST, "https://idp.acme.test/idp/profile/SAML2/POST/SLO"),
            ],
            ..PLAIN
        }
        .xml(),
        response: Response {
            encryption: Some(Encryption {
                cipher: "http://www.w3.org/2009/xmlenc11#aes128-gcm".to_owned(),
                ..Encryption::default()
            }),
            name_qualifier: Some(entity_id.to_owned()),
            ..answer(
                entity_id,
                Signed::Response,
                style("saml2p", "saml2", false),
                ("AAdzZWNyZXQx7YwK", TRANSIENT),
                attributes,
            )
        },
    }
}

fn cas() -> Provider {
    let entity_id = "https://cas.acme.test/cas/idp";
    Provider {
        id: "cas",
        source: "Apereo CAS Documentation: SAML2 services; no message is published, the shape is that of OpenSAML, which it uses",
        metadata: Metadata {
            entity_id,
            redirect: "https://cas.acme.test/cas/idp/profile/SAML2/Redirect/SSO",
            post: "https://cas.acme.test/cas/idp/profile/SAML2/POST/SSO",
            logout: &[
                (POST, "https://cas.acme.test/cas/idp/profile/SAML2/POST/SLO"),
                (REDIRECT, "https://cas.acme.test/cas/idp/profile/SAML2/Redirect/SLO"),
            ],
            ..PLAIN
        }
        .xml(),
        response: answer(
            entity_id,
            Signed::Response,
            style("saml2p", "saml2", false),
            ("b7c1f0de", PERSISTENT),
            made(Some(BASIC), &[]),
        ),
    }
}

fn simplesamlphp() -> Provider {
    let entity_id = "https://idp.acme.test/simplesaml/saml2/idp/metadata.php";
    let attributes = vec![
        attribute("mail", Some(BASIC), None, &["alice@acme.test"]),
        attribute("givenName", Some(BASIC), None, &["Alice"]),
        attribute("sn", Some(BASIC), None, &["Müller"]),
        attribute("groups", Some(BASIC), None, &["ops"]),
    ];
    Provider {
        id: "simplesamlphp",
        source: "a real SimpleSAMLphp 1.19, which this repository's tests run (tests/idp/simplesamlphp)",
        metadata: Metadata {
            entity_id,
            redirect: "https://idp.acme.test/simplesaml/saml2/idp/SSOService.php",
            logout: &[(REDIRECT, "https://idp.acme.test/simplesaml/saml2/idp/SingleLogoutService.php")],
            ..PLAIN
        }
        .xml(),
        response: Response {
            session_lifetime: Some(8 * 60 * 60),
            ..answer(
                entity_id,
                Signed::Both,
                style("samlp", "saml", true),
                ("alice-0001", PERSISTENT),
                attributes,
            )
        },
    }
}

fn lemonldap() -> Provider {
    let entity_id = "https://auth.acme.test/saml/metadata";
    Provider {
        id: "lemonldap",
        source: "LemonLDAP::NG Documentation: SAML service configuration; the shape is that of messages which 2.16 made",
        metadata: Metadata {
            entity_id,
            prefix: "",
            says_use: false,
            redirect: "https://auth.acme.test/saml/singleSignOn",
            post: "https://auth.acme.test/saml/singleSignOn",
            logout: &[(REDIRECT, "https://auth.acme.test/saml/singleLogout")],
            ..PLAIN
        }
        .xml(),
        response: answer(
            entity_id,
            Signed::Both,
            style("samlp", "saml", false),
            ("_3F2A9C0D11", PERSISTENT),
            made(Some(BASIC), &[]),
        ),
    }
}

fn rippling() -> Provider {
    let entity_id = "https://www.rippling.com/api/platform/sso/saml/metadata/keyward";
    let at = "https://www.rippling.test/api/platform/sso/SP-IDP/SSO/?id=6412";
    Provider {
        id: "rippling",
        source: "Rippling Help Center: Custom SAML applications; no message is published, the shape is that of pysaml2",
        metadata: Metadata { entity_id, prefix: "ns0", redirect: at, post: at, ..PLAIN }.xml(),
        response: answer(
            entity_id,
            Signed::Both,
            style("ns0", "ns1", true),
            ("alice@acme.test", EMAIL),
            made(Some(URI), &[]),
        ),
    }
}

fn f5() -> Provider {
    let entity_id = "https://apm.acme.test/idp";
    let at = "https://apm.acme.test/saml/idp/profile/redirectorpost/sso";
    Provider {
        id: "f5",
        source: "F5 Documentation: BIG-IP Access Policy Manager, SAML Configuration; no message is published, the shape follows its settings",
        metadata: Metadata {
            entity_id,
            redirect: at,
            post: at,
            logout: &[(POST, "https://apm.acme.test/saml/idp/profile/post/sls")],
            ..PLAIN
        }
        .xml(),
        response: Response {
            lifetime: 600,
            ..answer(
                entity_id,
                Signed::Assertion,
                style("saml2p", "saml2", false),
                ("S-1-5-21-1004", UNSPECIFIED),
                made(Some(BASIC), &[]),
            )
        },
    }
}

fn generic() -> Provider {
    let entity_id = "https://idp.example.test/metadata";
    Provider {
        id: "generic",
        source: "OASIS: Profiles for SAML V2.0, §4.1, in its plainest form",
        metadata: Metadata {
            entity_id,
            redirect: "https://idp.example.test/sso",
            logout: &[(REDIRECT, "https://idp.example.test/slo")],
            ..PLAIN
        }
        .xml(),
        response: answer(entity_id, Signed::Both, Style::default(), ("alice-1", PERSISTENT), made(None, &[])),
    }
}
