//! Links every public function of the pure crates, by taking its address. `cargo xtask purity` compares this list with
//! their sources, so a function that is missing here is noticed.

use std::hint::black_box;

use keyward_core::admin::{self, Actor, AdminRefusal, ApiTokenFacts, ConfiguredCertificate, Privilege, Privileges, Tree};
use keyward_core::address::{Domain, Email, SsoName};
use keyward_core::asserted::Subject;
use keyward_core::audit::Event;
use keyward_core::brand::{self, Accent, LogoRefusal};
use keyward_core::claim::ClaimFacts;
use keyward_core::dns::Lookup;
use keyward_core::domain::{self, ClaimRefusal, DomainFacts, DomainStatus};
use keyward_core::expiry::{self, CertificateFacts};
use keyward_core::facts::{Binding, ConnectionStatus, SpAddresses, SsoUrl, TenantStatus, UserStatus};
use keyward_core::change::Unchanged;
use keyward_core::id::{
    ConnectionId, DeviceId, EventId, FactorId, MailId, MessageId, NodeId, RoleId, SpKeyId, TenantId, TokenId, UserId,
};
use keyward_core::logout::{IdpName, LogoutRefusal, Outgoing, follow, read_name_id, refused, service, take_answer};
use keyward_core::mail::{self, DueMail, Provider};
use keyward_core::saml_log::{self, LoggedMessage, Proof, Stage};
use keyward_core::sp_key::SpKeyFacts;
use keyward_core::metadata::{MetadataFacts, may_be_polled};
use keyward_core::onboarding::{self, Plan, Progress, Step};
use keyward_core::advice;
use keyward_core::preset::{OurValue, Preset, Signs};
use keyward_core::trial::{self, Draft, Judged, Report, TrialFacts, TrialId, Unjudged};
use keyward_core::policy::{self, Addresses, DeadEnd, EffectivePolicy, Method, Policies, PolicyName};
use keyward_core::preview::{self, Described, Rules};
use keyward_core::redact;
use keyward_core::roles::RoleSource;
use keyward_core::sp_certificate::UnsignedCertificate;
use keyward_core::devices;
use keyward_core::escrow::{self, Admin, KeyPurpose, WaitingFacts};
use keyward_core::lock;
use keyward_core::items::{self, ProvenSession};
use keyward_core::session::{self, SessionLimits, VaultRules};
use keyward_core::start::Ready;
use keyward_core::outside::keep::{Outside, OutsideAdmin};
use keyward_core::outside::set_up::{self, LinkFacts};
use keyward_core::outside::{self, NotIn, OwnRefusal, StretchedKey};
use keyward_core::two_factor::webauthn::{self, Asserted, Ceremony, Shown, WebauthnRefusal};
use keyward_core::two_factor::{self, FactorFacts, FactorPolicy, FactorRefusal, Holder, codes, totp};
use keyward_core::upkeep::Horizons;
use keyward_core::vault;
use keyward_core::{
    AssertedIdentity, Attempt, ConfirmationFacts, Connection, Decision, Entry, Face, Reference, Refusal,
    RequestId, ReturnTo, SessionFacts, Token, TokenHash, Who, finish,
};
use keyward_saml::crypto::algorithm::{BlockCipher, Digest, KeyTransport, SignatureAlgorithm};
use keyward_saml::crypto::certificate::fingerprint_text;
use keyward_saml::crypto::{
    OpenJob, PrivateKey, PublicKey, UnwrapKeyJob, VerifyJob, decode_oaep, decrypt_block,
};
use keyward_saml::logout::{self, NewLogoutRequest, NewLogoutResponse, SignedLogoutRequest};
use keyward_saml::request::{self, AuthnRequest, SpMetadata};
use keyward_saml::xml::{self, Document};
use keyward_saml::{
    Assertion, Certificate, Check, Pending, Timestamp, ToSign, Unanswered, VerifiedAssertion, base64, c14n, metadata,
    pure, redirect,
};

macro_rules! link {
    ($($function:expr),+ $(,)?) => { $( black_box($function as *const ()); )+ };
}

#[unsafe(no_mangle)]
pub extern "C" fn saml() {
    link![base64::decode, base64::encode];
    link![c14n::Algorithm::from_uri, c14n::Algorithm::uri, c14n::canonicalize];
    link![Check::<()>::jobs, Check::<()>::finish];
    link![Digest::from_uri, Digest::uri, Digest::is_legacy, Digest::output_len, Digest::hash];
    link![
        SignatureAlgorithm::from_uri,
        SignatureAlgorithm::uri,
        SignatureAlgorithm::is_legacy,
        KeyTransport::from_uris
    ];
    link![BlockCipher::from_uri, BlockCipher::uri, BlockCipher::key_len, BlockCipher::is_unauthenticated];
    link![Certificate::from_der, Certificate::from_der_legacy];
    link![Certificate::from_pem_or_base64, Certificate::from_pem_or_base64_legacy];
    link![Certificate::der, Certificate::public_key, Certificate::not_before, Certificate::not_after];
    link![Certificate::sha256_fingerprint, Certificate::subject, fingerprint_text];
    link![
        UnwrapKeyJob::unwrap_key,
        UnwrapKeyJob::outcome,
        PrivateKey::from_pkcs8_pem,
        PrivateKey::from_pkcs8_der
    ];
    link![decode_oaep, decrypt_block, VerifyJob::answer_pure, VerifyJob::outcome];
    link![OpenJob::open, OpenJob::outcome];
    link![
        PublicKey::from_spki_der,
        PublicKey::spki_der,
        PublicKey::accepts,
        PublicKey::rsa_bits,
        PublicKey::describe
    ];
    link![VerifiedAssertion::signed, VerifiedAssertion::encrypted, VerifiedAssertion::legacy_algorithm];
    link![Unanswered::in_response_to, Unanswered::assertion_id, Unanswered::issuer, Unanswered::assertion];
    link![Unanswered::answering, keyward_saml::verify_response, Pending::jobs, Pending::resume];
    link![logout::verify_logout_request, logout::verify_logout_response];
    link![SignedLogoutRequest::jobs, SignedLogoutRequest::open];
    link![NewLogoutRequest::to_xml, NewLogoutRequest::to_sign, NewLogoutResponse::to_xml, NewLogoutResponse::to_sign, ToSign::octets, ToSign::finish];
    link![metadata::parse_idp_metadata, metadata::verify_idp_metadata, metadata::is_allowed_url];
    link![
        Assertion::issuer,
        Assertion::id,
        Assertion::name_id,
        Assertion::attributes,
        Assertion::session_index
    ];
    link![Assertion::session_not_on_or_after, Assertion::authn_instant, Assertion::not_on_or_after];
    link![Assertion::authn_context, Assertion::one_time_use, Assertion::has_closed_values];
    link![pure::verify_response, pure::verify_response_with, pure::answer, redirect::verify_redirect];
    link![redirect::unverified_xml];
    link![keyward_saml::Refusal::code, AuthnRequest::new, AuthnRequest::to_xml, AuthnRequest::to_sign, SpMetadata::to_xml, SpMetadata::to_sign];
    link![
        request::redirect_query,
        request::append_signature,
        request::percent_encode,
        keyward_saml::element_by_id
    ];
    link![Timestamp::from_millis, Timestamp::as_millis, Timestamp::plus, Timestamp::minus, Timestamp::parse];
    link![Document::parse, Document::parse_within, Document::document, Document::root, Document::view];
    link![
        Document::parent,
        Document::children,
        Document::elements,
        Document::descendant_elements,
        Document::is
    ];
    link![Document::attributes, Document::attribute, Document::simple_text, Document::string_value];
    link![
        Document::has_stray_text,
        Document::has_comment,
        xml::is_ncname,
        xml::is_id,
        keyward_saml::verify_xml_signature
    ];
    link![Document::parse_owned, Document::parse_canonical, Document::parse_in_context];
    link![Document::namespaces_in_scope, xml::Error::is_undeclared_prefix];
}

#[unsafe(no_mangle)]
pub extern "C" fn core() {
    link![Domain::parse, Domain::as_str, Email::parse, Email::as_str, Email::domain];
    link![SsoName::parse, SsoName::as_str, Who::parse];
    link![Subject::as_str, Subject::from_stored];
    link![AssertedIdentity::read, AssertedIdentity::subject, AssertedIdentity::email];
    link![AssertedIdentity::groups, RoleSource::parse, RoleSource::as_str];
    link![advice::fix, Signs::as_str, OurValue::as_str, Preset::find, Preset::configure];
    link![TrialId::generate, TrialId::parse, TrialId::answered_by, TrialId::as_str, Unjudged::jobs, Unjudged::resume];
    link![Draft::judge, trial::request, Judged::describe, Judged::report, trial::Verdict::as_str, trial::Check::as_str];
    link![trial::Check::title, Report::to_json, TrialFacts::check, TrialFacts::bound_to, TrialFacts::answer, trial::begin];
    link![Accent::parse, Accent::hex, Accent::is_legible, Accent::stylesheet, LogoRefusal::code, brand::logo];
    link![admin::put_logo, admin::delete_logo];
    link![admin::draft_by_preset, admin::roll_back, admin::Search::parse];
    link![Lookup::read, DomainStatus::parse, DomainStatus::as_str, ClaimRefusal::code, domain::claim];
    link![DomainFacts::record_name, DomainFacts::record_text, DomainFacts::proof, DomainFacts::check];
    link![may_be_polled, MetadataFacts::refresh, expiry::warning, CertificateFacts::look, Horizons::at];
    link![Event::as_str, ConfirmationFacts::scope, ConfirmationFacts::answer, Decision::<()>::unchanged];
    link![Face::title, Face::text, Face::steps, Face::may_retry];
    link![SsoUrl::parse, SsoUrl::as_str, SsoUrl::host, SsoUrl::with_query, SpAddresses::new];
    link![Connection::check_active, Connection::idp_trust, Connection::service_provider, Connection::policy];
    link![Connection::scope, finish];
    link![Reference::generate, Reference::from_stored, Reference::as_str, Token::generate, Token::parse, Token::reveal, Token::hash];
    link![TokenHash::from_stored, TokenHash::as_str];
    link![RequestId::generate, RequestId::from_stored, RequestId::as_str];
    link![Refusal::code, Refusal::face, Refusal::record, ReturnTo::parse, ReturnTo::vault, ReturnTo::as_str];
    link![SessionFacts::sign_out_everywhere, SessionLimits::of, SessionLimits::ends, session::end_all];
    link![SessionFacts::has_passkey, SessionFacts::is_asleep, SessionFacts::resume_locked];
    link![SessionFacts::open_sessions, SessionFacts::end_other, SessionFacts::end_others];
    link![SessionFacts::resume, SessionFacts::sign_out, Entry::domain, Entry::sso_name, Entry::connection];
    link![Attempt::begin, Attempt::entry, Attempt::pending, Attempt::if_unknown, Attempt::depart];
    link![Ready::xml, Ready::to_sign, Ready::post_url, Ready::redirect_query, Ready::redirect_url];
    link![TenantStatus::parse, ConnectionStatus::parse, UserStatus::parse, Binding::parse];
    link![TenantStatus::as_str, ConnectionStatus::as_str, UserStatus::as_str, Binding::as_str];
    link![
        TenantId::generate,
        NodeId::generate,
        ConnectionId::generate,
        RoleId::generate,
        UserId::generate,
        EventId::generate
    ];
    link![TenantId::parse, NodeId::parse, ConnectionId::parse, RoleId::parse, UserId::parse, EventId::parse];
    link![
        TenantId::as_str,
        NodeId::as_str,
        ConnectionId::as_str,
        RoleId::as_str,
        UserId::as_str,
        EventId::as_str
    ];
    type Set = policy::Set<Method>;
    type AtMost = policy::AtMost<0, 1>;
    link![Set::new, Set::has, Set::is_empty, Set::from_json, Set::to_json, AtMost::new, AtMost::get];
    link![Addresses::everywhere, Addresses::parse, Addresses::contains, Addresses::is_empty];
    link![Addresses::allow, session::allowed_addresses, redact::redact, saml_log::bound_to];
    link![UnsignedCertificate::new, UnsignedCertificate::octets, UnsignedCertificate::signed];
    link![admin::add_key, admin::may_change_keys, admin::use_key, admin::remove_key, admin::read_message];
    link![ClaimFacts::check, admin::block_device, admin::offer_claim, admin::migrate];
    link![admin::may_read_connection, admin::poll_metadata, admin::end_tenant_sessions];
    link![PolicyName::as_str, PolicyName::group, PolicyName::enforced, DeadEnd::code];
    link![Policies::and, Policies::from_json, Policies::to_json];
    link![EffectivePolicy::<()>::of, EffectivePolicy::<()>::to_json, EffectivePolicy::<()>::dead_ends];
    link![Step::as_str, Step::parse, Progress::as_str, Plan::is_restricted, Plan::next];
    link![SpKeyId::generate, SpKeyId::parse, SpKeyId::as_str, Unchanged::code];
    link![SpKeyFacts::add, SpKeyFacts::promote, SpKeyFacts::remove];
    link![IdpName::new, IdpName::from_stored, IdpName::sent, IdpName::key, read_name_id];
    link![Outgoing::parameter, Outgoing::relay_state, Outgoing::redirect_query, Outgoing::redirect_url];
    link![MessageId::generate, MessageId::parse, MessageId::as_str, Stage::of, saml_log::verdicts];
    link![Proof::of, saml_log::says_it_answers];
    link![LoggedMessage::new, LoggedMessage::bound_to, LoggedMessage::accepted, LoggedMessage::refused];
    link![Outgoing::xml, Outgoing::to_sign, SessionFacts::leave, LogoutRefusal::code, service, follow, take_answer, refused];
    link![vault::VaultRefusal::code, vault::proof_text, vault::begin, vault::prove, VaultRules::of];
    link![ProvenSession::of, ProvenSession::session, ProvenSession::device, items::change, items::export];
    link![DeviceId::generate, DeviceId::parse, DeviceId::as_str, PolicyName::schema];
    link![TokenId::generate, TokenId::parse, TokenId::as_str];
    link![Privilege::as_str, Privileges::of, Privileges::all, Privileges::from_json, Privileges::to_json];
    link![Privileges::has, Privileges::is_empty, Privileges::with, Privileges::common, Privileges::contains];
    link![Tree::new, Tree::root, Tree::len, Tree::is_empty, Tree::is_leaf, Tree::nodes, Tree::is_within];
    link![Actor::holding, Actor::privileges_at, Actor::may, Actor::covers, Actor::is_root, Actor::scope, Actor::need];
    link![Actor::may_write, Actor::person, AdminRefusal::code, AdminRefusal::kind, ApiTokenFacts::actor];
    link![admin::invite, admin::change_user, admin::delete_user, admin::end_user_sessions];
    link![admin::revoke_session, admin::give_role, admin::take_role, admin::re_point, admin::RePoint::subject];
    link![admin::create_role, admin::change_role, admin::delete_role];
    link![admin::create_node, admin::rename_node, admin::delete_node];
    link![admin::add_default_role, admin::remove_default_role];
    link![admin::claim_domain, admin::route_domain, admin::check_domain_now, admin::release_domain];
    link![admin::create_connection, admin::change_connection, admin::put_draft, admin::read_metadata];
    link![admin::map_groups, admin::activate, admin::disable_connection, admin::end_connection_sessions];
    link![admin::create_api_token, admin::revoke_api_token, ConfiguredCertificate::parse];
    link![admin::create_tenant, admin::limit_tenant, admin::set_up_token, admin::change_tenant, admin::forget_tenant];
    link![MailId::generate, MailId::parse, MailId::as_str, admin::set_mail, admin::test_mail];
    link![mail::Kind::parse, mail::Kind::as_str, mail::Kind::path, mail::Kind::subject, Provider::as_str];
    link![mail::secret_bound_to, mail::link_bound_to, mail::invitation, DueMail::take, DueMail::compose, DueMail::settle];
    link![devices::ask, devices::approve, devices::deny, devices::block, devices::remove, devices::recover];
    link![lock::challenge, lock::unlock, lock::UnlockRefusal::code, vault::unlock_text];
    link![lock::lock, lock::LockFacts::or_locked, devices::forget, Attempt::fresh];
    link![keyward_core::rotation::rotate, keyward_core::items::move_on];
    link![devices::set_recovery, devices::open_recovery, devices::wrong_phrase];
    link![FactorId::generate, FactorId::parse, FactorId::as_str, SessionFacts::resume_held, SessionFacts::held];
    link![SessionFacts::holder, SessionFacts::plan, onboarding::show, onboarding::mark, admin::reset_two_factor, admin::put_extension_link];
    link![totp::generate, totp::parse, totp::steps, totp::base32, totp::uri, codes::generate, codes::hash];
    link![webauthn::register, webauthn::assert, webauthn::challenge_of, webauthn::rp_id, webauthn::user_handle];
    link![Asserted::job, Asserted::finish, Shown::counter, Shown::ceremony, Ceremony::as_str, Ceremony::parse, WebauthnRefusal::code];
    link![FactorPolicy::of::<()>, FactorFacts::none, FactorFacts::methods, FactorFacts::offered, FactorFacts::must_show];
    link![FactorFacts::is_fresh, Holder::may_change, FactorRefusal::code, two_factor::show_code, two_factor::failed, two_factor::wrong];
    link![two_factor::challenge, two_factor::show_passkey, two_factor::add, two_factor::renew_codes];
    link![two_factor::remove, two_factor::remove_all];
    link![TokenHash::matches, outside::salt, outside::counted_by, outside::hour, StretchedKey::parse, StretchedKey::verifier];
    link![outside::recovery_code, outside::recovery_hash, outside::sign_in, NotIn::record, outside::recover];
    link![outside::change_password, outside::wrong_password, outside::renew_recovery, OwnRefusal::code];
    link![OutsideAdmin::is_able, Outside::able, Outside::is_able, Outside::has];
    link![admin::offer_outside, admin::remove_outside];
    link![set_up::begin, set_up::accept, LinkFacts::scope, LinkFacts::check, LinkFacts::email];
    link![session::policy_of, SessionFacts::fresh_start];
    link![Admin::of, Admin::session, Admin::actor, Admin::user, Admin::is_keeper, Admin::approves_at];
    link![KeyPurpose::as_str, KeyPurpose::parse, KeyPurpose::is_for, escrow::put_keys, escrow::begin_anew, escrow::share];
    link![escrow::due, escrow::is_held, escrow::asked, escrow::consent, escrow::withdraw, escrow::see];
    link![escrow::ask_admin, escrow::approve, escrow::deny, escrow::need_two_persons, escrow::replaced];
    link![WaitingFacts::voted, WaitingFacts::is_first_of_two];
    link![escrow::KeysFacts::kept_by, escrow::made_kit, escrow::regain, escrow::proof_of_keys];
    link![escrow::look, escrow::look_at_leaver, escrow::bring_back];
    link![escrow::leaver, escrow::hand_over, escrow::took_over, DomainFacts::published];
    link![onboarding::plan::<()>, preview::route_email, Rules::describe, Rules::provision];
    link![Described::subject, Described::email, Described::name, Described::pinned, Described::groups];
}

#[unsafe(no_mangle)]
pub extern "C" fn vault() {
    // Some names are the engine's too.
    use keyward_vault::*;
    link![VaultKey::generate, VaultKey::as_bytes];
    link![Sealed::seal, Sealed::open, Sealed::rewrap, Sealed::from_bytes, Sealed::as_bytes, SealedError::code];
    link![Sealed::is_under, Devices::recovery, Devices::set_recovery, Contents::rewrap];
    link![RecoveryKey::generate, RecoveryKey::from_phrase, RecoveryKey::phrase, RecoveryKey::as_bytes];
    link![PhraseError::code, PhraseError::number, FingerprintPhrase::of, FingerprintPhrase::words];
    link![PublicKey::from_bytes, PublicKey::as_bytes, Agreement::new];
    link![Secret::from_bytes, Secret::as_bytes, WrapError::code, Wrap::seal, Wrap::from_bytes, Wrap::as_bytes];
    link![Wrap::authenticate, Authentic::ephemeral, Authentic::open];
    link![Stretching::generate, Stretching::to_bytes, Stretching::from_bytes, LockError::code];
    link![LockingKey::of_password, LockingKey::of_phrase, LockingKey::proof, LockingKey::lock, LockingKey::open];
    link![Totp::parse, Totp::code, Totp::period, generate::password, generate::passphrase];
    link![import::read, import::Import::to_json, import::Source::as_str, import::Source::parse];
    link![import::Target::as_str, import::Target::parse, import::Reason::code, import::ImportError::code, import::ImportError::numbers];
    link![export::csv, export::seal, export::open, export::Export::parse, export::Export::open];
    link![kit::seal, kit::open, kit::KitError::code];
    link![Fingerprint::from_bytes, Fingerprint::as_bytes, Fingerprint::hex, Account::phrase, StatementError::code];
    link![AccountKeys::signing, AccountKeys::decryption, AccountKeys::former, AccountKeys::without_former];
    link![AccountKeys::seal, AccountKeys::open, Account::begin, Account::rotate, Account::claimed];
    link![Account::follow, Account::vault_key, Account::fingerprint, Account::sequence, Account::encryption];
    link![Account::signing, Account::tenant, Account::user, device_phrase];
    link![TenantKeys::begin, TenantKeys::rotate, TenantKeys::claimed, TenantKeys::follow];
    link![TenantKeys::fingerprint, TenantKeys::phrase, TenantKeys::sequence, TenantKeys::approval];
    link![TenantKeys::transfer, TenantKeys::tenant, TenantKeys::recipient, TenantKeys::vouched];
    link![TenantKeys::escrow, TenantKeys::grant, TenantKeys::is_signed_by, TenantKeys::prove];
    link![Entry::of, ManifestError::code, Shelf::id, Manifest::page_of, Manifest::set, Manifest::remove];
    link![Manifest::get, Manifest::check, Manifest::seal, Manifest::open, Manifest::decode];
    link![DeviceError::code, Devices::set, Devices::remove, Devices::all, Devices::seal, Devices::open];
    link![Devices::decode, Memory::to_bytes, Memory::from_bytes];
    link![Kind::as_str, Kind::parse, Contents::new, Contents::receive, Contents::edit, Contents::open];
    link![Contents::get, Contents::items, Contents::next_revision, Contents::counter];
}
