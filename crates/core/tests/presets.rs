//! Every identity provider with a preset signs somebody in through it unchanged: its metadata is read, its answer verified and
//! judged, by a test sign-in and by a sign-in. And a test sign-in tells what is wrong, in words that name the fix.

#![expect(clippy::expect_used, clippy::panic, reason = "a fixture that does not work should stop the test")]

use core::time::Duration;

use keyward_core::admin::{Configuration, ConfiguredCertificate, read_metadata};
use keyward_core::facts::{Connection, ConnectionStatus, SpAddresses, SubjectSource, TenantStatus};
use keyward_core::id::{ConnectionId, NodeId, TenantId};
use keyward_core::preset::{PRESETS, Preset, Signs};
use keyward_core::preview::Rules;
use keyward_core::provisioning::ProvisioningFacts;
use keyward_core::trial::{Check, Draft, Judged, Judging, Report, TrialId, Verdict};
use keyward_core::{Login, LoginFacts, PendingLogin, Posted, Random, RequestId, ReturnTo, Token, finish};
use keyward_saml::{Certificate, Encoding, Request, ResponseInput, Timestamp, pure};
use keyward_testkit::providers::{self, Provider};
use keyward_testkit::{Key, NOW, Response, Signed};

const ORIGIN: &str = "https://keyward.test";

struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

fn id() -> ConnectionId {
    ConnectionId::parse("c_acme").expect("id")
}

fn trial() -> TrialId {
    TrialId::generate(&mut Counter(1))
}

/// The provider's metadata, through its preset.
fn configured(provider: &Provider) -> (Configuration, Vec<Certificate>) {
    let preset = Preset::find(provider.id).expect("a preset");
    let (read, certificates) = read_metadata(provider.metadata.as_bytes(), preset.name, None, NOW)
        .unwrap_or_else(|refusal| panic!("{}: {refusal}", provider.id));
    let pinned =
        |it: &ConfiguredCertificate| Certificate::from_pem_or_base64(&it.certificate).expect("a certificate");
    (preset.configure(read), certificates.iter().map(pinned).collect())
}

fn subject_source(configuration: &Configuration) -> SubjectSource {
    configuration.subject_attribute.clone().map_or(SubjectSource::NameId, SubjectSource::Attribute)
}

fn draft(provider: &Provider) -> Draft {
    let (configuration, certificates) = configured(provider);
    Draft {
        tenant: TenantId::parse("t_acme").expect("id"),
        node: NodeId::parse("n_eng").expect("id"),
        certificates,
        allow_sha1_until: None,
        decryption_keys: 1,
        rules: Rules {
            connection: id(),
            idp_entity_id: configuration.idp_entity_id.clone(),
            sp_entity_id: SpAddresses::new(ORIGIN, &id()).entity_id,
            subject_source: subject_source(&configuration),
            pinned_attribute: configuration.pinned_attribute.clone(),
            groups_attribute: configuration.groups_attribute.clone(),
            mapping: configuration.mapping,
            jit: true,
        },
    }
}

/// The provider's answer to us.
fn answer(response: &Response, in_response_to: &str) -> Response {
    let SpAddresses { entity_id, acs_url, .. } = SpAddresses::new(ORIGIN, &id());
    Response {
        audience: entity_id,
        recipient: acs_url.clone(),
        destination: Some(acs_url),
        in_response_to: Some(in_response_to.to_owned()),
        ..response.clone()
    }
}

fn provisioning() -> ProvisioningFacts {
    ProvisioningFacts { domain: Some(Some(id())), seat_free: true, ..ProvisioningFacts::default() }
}

fn judged(draft: &Draft, response: &Response, now: Timestamp) -> Judged {
    let keys = [Key::Sp.decryption_key()];
    let mut judging = draft.judge(&response.base64(), ORIGIN, &trial(), now);
    loop {
        match judging {
            Judging::Done(judged) => return *judged,
            Judging::Need(unjudged) => {
                let answered = |job| pure::answer(job, &keys, &mut |bytes| bytes.fill(3));
                let outcomes = unjudged.jobs().iter().map(answered).collect();
                judging = unjudged.resume(outcomes);
            }
        }
    }
}

fn report(draft: &Draft, response: &Response, facts: &ProvisioningFacts, now: Timestamp) -> Report {
    let judged = judged(draft, response, now);
    let facts = judged.describe(draft).map(|_| facts);
    judged.report(draft, facts, now)
}

#[test]
fn every_preset_has_a_provider_and_every_provider_a_preset() {
    let mut presets: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
    let mut shapes: Vec<&str> = providers::all().iter().map(|provider| provider.id).collect();
    presets.sort_unstable();
    shapes.sort_unstable();
    assert_eq!(presets, shapes);
}

#[test]
fn every_provider_signs_in_through_its_preset_unchanged() {
    for provider in providers::all() {
        let preset = Preset::find(provider.id).expect("a preset");
        let (configuration, certificates) = configured(&provider);
        let browser = Token::generate(&mut Counter(77)).hash();
        let connection = Connection {
            tenant: TenantId::parse("t_acme").expect("id"),
            id: id(),
            node: NodeId::parse("n_eng").expect("id"),
            version: 1,
            tenant_status: TenantStatus::Active,
            status: ConnectionStatus::Active,
            sso_name: None,
            jit: true,
            idp_initiated: false,
            idp_initiated_paths: Vec::new(),
            idp_entity_id: configuration.idp_entity_id.clone(),
            certificates,
            subject_source: subject_source(&configuration),
            pinned_attribute: configuration.pinned_attribute.clone(),
            groups_attribute: configuration.groups_attribute.clone(),
            mapping: configuration.mapping.clone(),
            allow_sha1_until: None,
            decryption_keys: 1,
            single_logout: None,
        };
        let encoded = answer(&provider.response, "_request").base64();
        let keys = [Key::Sp.decryption_key()];
        let (idp, sp, policy) =
            (connection.idp_trust(), connection.service_provider(ORIGIN), connection.policy(NOW));
        let input = ResponseInput {
            response: encoded.as_bytes(),
            encoding: Encoding::Base64,
            now: NOW,
            idp: &idp,
            sp: &sp,
            request: Request::Later,
            policy: &policy,
        };
        let verified = pure::verify_response_with(&input, &keys, &mut |bytes| bytes.fill(5))
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", provider.id));
        let facts = LoginFacts {
            tenant_status: TenantStatus::Active,
            status: ConnectionStatus::Active,
            version: 1,
            pending: Some(PendingLogin {
                request: RequestId::from_stored("_request".into()),
                connection: id(),
                browser: browser.clone(),
                return_to: ReturnTo::vault(),
                asked: true,
                expires_at: NOW.plus(Duration::from_secs(60)),
                is_consumed: false,
                session: None,
            }),
            assertion_consumed: false,
            provisioning: provisioning(),
            browser_account: None,
        };
        let sp_entity_id = SpAddresses::new(ORIGIN, &id()).entity_id;
        let posted = Posted { response: verified, browser: &browser, relay_state: None, from: None };
        let login = finish(&connection, &sp_entity_id, &facts, posted, NOW, &mut Counter(0))
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", provider.id));
        assert!(matches!(login.outcome, Login::SignedIn { .. }), "{}", provider.id);

        // And a test says so, of the part that the guide says is signed.
        let trial = trial();
        let response = answer(&provider.response, trial.as_str());
        let report = report(&draft(&provider), &response, &provisioning(), NOW);
        assert_eq!(report.failed, None, "{}: {report:?}", provider.id);
        let signature = report.checks.iter().find(|it| it.check == Check::Signature).expect("told");
        let expected = match preset.signs {
            Signs::Response => "The response is signed",
            Signs::Assertion => "The assertion is signed",
            Signs::Both => "Response and assertion are signed",
        };
        assert!(signature.detail.starts_with(expected), "{}: {}", provider.id, signature.detail);
        assert_eq!(preset.encrypts, provider.response.encryption.is_some(), "{}", provider.id);
        assert_eq!(preset.single_logout, configuration.slo_url.is_some(), "{}: single logout", provider.id);
        assert!(!provider.source.is_empty());
    }
}

/// Which part is signed is a setting of each provider, that admins change: the preset reads it whatever they chose.
#[test]
fn every_provider_signs_in_whatever_part_of_its_answer_is_signed() {
    for provider in providers::all() {
        for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
            let response = Response { signed, ..answer(&provider.response, trial().as_str()) };
            let report = report(&draft(&provider), &response, &provisioning(), NOW);
            assert_eq!(report.failed, None, "{}, {signed:?}: {report:?}", provider.id);
        }
    }
}

/// A generic draft, and an answer to it with something changed.
fn tried(change: impl Fn(&mut Response, &mut Draft)) -> Report {
    let provider = providers::all().pop().expect("the generic one");
    let mut draft = draft(&provider);
    let mut response = answer(&provider.response, trial().as_str());
    change(&mut response, &mut draft);
    report(&draft, &response, &provisioning(), NOW)
}

#[test]
fn what_is_wrong_is_told_with_what_came_and_what_to_do() {
    /// What is changed, the check that fails, the code, words of the reason, words of the fix.
    type Case = (fn(&mut Response, &mut Draft), Check, &'static str, &'static str, &'static str);
    let cases: [Case; 9] = [
        (
            |response, _| response.key = Key::Other,
            Check::Signature,
            "signature-invalid",
            "not made with any",
            "Load its metadata again",
        ),
        (
            |response, _| response.signed = Signed::Nothing,
            Check::Signature,
            "signature-missing",
            "Neither",
            "Turn on signing",
        ),
        (
            |response, _| response.audience = "https://old.test/sp".into(),
            Check::Audience,
            "audience",
            "https://old.test/sp",
            "set the audience",
        ),
        (
            |response, _| response.recipient = "https://old.test/acs".into(),
            Check::Recipient,
            "recipient",
            "https://old.test/acs",
            "set the ACS",
        ),
        (
            |response, _| response.issuer = "https://idp.example.test/other".into(),
            Check::Issuer,
            "issuer",
            "https://idp.example.test/other",
            "entity ID",
        ),
        (
            |response, _| response.issued = NOW.minus(Duration::from_secs(3600)),
            Check::Time,
            "expired",
            "was valid until",
            "clock",
        ),
        (
            |response, _| {
                let attributes = response.attributes.as_mut().expect("some");
                attributes[0].name = "email".into();
            },
            Check::Attributes,
            "attribute-missing",
            "\u{201c}Email\u{201d} is missing",
            "Names are compared exactly",
        ),
        (
            |response, _| {
                response.name_id_format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient".into())
            },
            Check::Subject,
            "name-id-transient",
            "another one at each sign-in",
            "persistent",
        ),
        (
            |response, _| response.in_response_to = Some("_another".into()),
            Check::Answer,
            "in-response-to",
            "_another",
            "start address",
        ),
    ];
    for (change, check, code, reason, fix) in cases {
        let report = tried(change);
        assert_eq!(report.failed, Some(code));
        let failed: Vec<_> = report.checks.iter().filter(|it| it.verdict == Verdict::Failed).collect();
        let [failed] = failed.as_slice() else { panic!("{code}: {report:?}") };
        assert_eq!(failed.check, check, "{code}");
        assert!(failed.detail.contains(reason), "{code}: {}", failed.detail);
        assert!(failed.fix.is_some_and(|told| told.contains(fix)), "{code}: {:?}", failed.fix);
        // Nothing after it is said to have passed.
        let after = report.checks.iter().skip_while(|it| it.check != check).skip(1);
        assert!(
            after.filter(|it| it.check != Check::Certificates).all(|it| it.verdict == Verdict::NotReached),
            "{code}"
        );
    }
}

#[test]
fn an_expired_certificate_is_told_and_still_counts() {
    let provider = providers::all().pop().expect("the generic one");
    let draft = draft(&provider);
    let late = draft.certificates[0].not_after().plus(Duration::from_secs(1));
    let mut response = answer(&provider.response, trial().as_str());
    response.issued = late;
    let report = report(&draft, &response, &provisioning(), late);
    assert_eq!(report.failed, None, "the pin is what is trusted");
    let told = report.checks.iter().find(|it| it.check == Check::Certificates).expect("told");
    assert_eq!(told.verdict, Verdict::Warned);
    assert!(
        told.detail.contains("expired at")
            && told.fix.is_some_and(|fix| fix.contains("new signing certificate"))
    );
}

#[test]
fn a_value_that_no_key_opens_is_told_and_left_out() {
    let closed = "<saml:AttributeValue><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/></saml:AttributeValue>";
    for (end, verdict) in [(closed, Verdict::Warned), ("", Verdict::Passed)] {
        let report = tried(|response, _| {
            let change = ("</saml:Attribute>".to_owned(), format!("{end}</saml:Attribute>"));
            response.before_signing.push(change);
        });
        assert_eq!(report.failed, None);
        let told = report.checks.iter().find(|it| it.check == Check::Encryption).expect("told");
        assert_eq!((told.verdict, told.detail.contains("left out")), (verdict, !end.is_empty()));
    }
}

#[test]
fn what_the_organisation_lacks_is_told_too() {
    let provider = providers::all().pop().expect("the generic one");
    let draft = draft(&provider);
    let response = answer(&provider.response, trial().as_str());
    for (facts, check, code) in [
        (ProvisioningFacts { domain: None, ..provisioning() }, Check::Domain, "email-domain-not-reserved"),
        (
            ProvisioningFacts { domain: Some(None), ..provisioning() },
            Check::Domain,
            "email-domain-routed-elsewhere",
        ),
        (ProvisioningFacts { seat_free: false, ..provisioning() }, Check::Account, "no-seat"),
    ] {
        let report = report(&draft, &response, &facts, NOW);
        let failed = report.checks.iter().find(|it| it.verdict == Verdict::Failed).expect("one failed");
        assert_eq!((report.failed, failed.check), (Some(code), check));
        assert!(failed.fix.is_some(), "{code}");
    }
}

#[test]
fn a_test_is_told_from_a_sign_in_by_what_it_answers() {
    let trial = trial();
    let response = |id: &str| answer(&Response::default(), id).xml();
    assert_eq!(TrialId::answered_by(response(trial.as_str()).as_bytes()), Some(trial.clone()));
    for other in ["_request", "_trial-", "_trial-x", "_trial-0123456789012345678!", ""] {
        assert_eq!(TrialId::answered_by(response(other).as_bytes()), None, "{other}");
    }
    // A person who is called like a test is none.
    let named = Response { name_id: trial.as_str().to_owned(), ..Response::default() };
    assert_eq!(TrialId::answered_by(named.xml().as_bytes()), None);
}
