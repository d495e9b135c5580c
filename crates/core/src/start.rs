//! The start of a sign-in: who somebody says they are → a request to their organisation's IdP.
//!
//! It takes one trip to the database: the batch that looks the route up also leaves the pending request behind, or the
//! refusal where there is no route. So all that is random is made first ([`Attempt::begin`]), and what was found is
//! judged afterwards ([`Attempt::depart`]). No account is looked up, so that neither answer nor timing tells of one.

use core::time::Duration;

use keyward_saml::crypto::algorithm::{Digest, SignatureAlgorithm};
use keyward_saml::request::{AuthnRequest, Parameter, append_signature, percent_encode, redirect_query};
use keyward_saml::{Timestamp, ToSign};

use crate::address::{Domain, Email, SsoName, Who};
use crate::audit::{AuditEvent, Scope};
use crate::brand::Brand;
use crate::facts::{Binding, ConnectionStatus, SpAddresses, SsoUrl, TenantStatus, check_active};
use crate::id::{ConnectionId, NodeId, TenantId};
use crate::random::{Random, RequestId, TokenHash};
use crate::refusal::{Refusal, Refused};
use crate::return_to::ReturnTo;
use crate::trial::TrialId;

/// How long a request may wait for its answer: a person finds a phone, or resets a password.
pub const REQUEST_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// RSA PKCS#1 v1.5 with SHA-256 (RFC 9231 §2.3.2): what every IdP verifies.
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// What leads to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// What somebody typed, or the deep link `/sso/<name>`.
    Who(Who),
    /// The tile at the IdP: `/saml/<connection>/start`.
    Tile(ConnectionId),
    /// A link to claim an account, on whose page the person went on.
    Claim {
        /// By which connection.
        connection: ConnectionId,
        /// Which.
        claim: TokenHash,
        /// Of which account.
        email: Email,
    },
}

impl Entry {
    /// The domain to route by.
    pub fn domain(&self) -> Option<&Domain> {
        match self {
            Entry::Who(Who::Email(email)) => Some(email.domain()),
            _ => None,
        }
    }

    /// The SSO name to route by.
    pub fn sso_name(&self) -> Option<&SsoName> {
        match self {
            Entry::Who(Who::SsoName(name)) => Some(name),
            _ => None,
        }
    }

    /// The connection to go to.
    pub fn connection(&self) -> Option<&ConnectionId> {
        match self {
            Entry::Tile(connection) | Entry::Claim { connection, .. } => Some(connection),
            Entry::Who(_) => None,
        }
    }

    /// Whether the person chose it on a page of ours. A tile's address is a link, which anybody may send somebody to.
    fn is_asked(&self) -> bool {
        match self {
            Entry::Who(_) | Entry::Claim { .. } => true,
            Entry::Tile(_) => false,
        }
    }

    fn claim(&self) -> Option<&TokenHash> {
        match self {
            Entry::Claim { claim, .. } => Some(claim),
            _ => None,
        }
    }

    fn email(&self) -> Option<&Email> {
        match self {
            Entry::Who(Who::Email(email)) | Entry::Claim { email, .. } => Some(email),
            _ => None,
        }
    }

    fn unknown(&self) -> Refusal {
        match self {
            Entry::Who(Who::Email(email)) => Refusal::DomainUnknown { domain: email.domain().clone() },
            Entry::Who(Who::SsoName(name)) => Refusal::SsoNameUnknown { name: name.clone() },
            Entry::Tile(id) | Entry::Claim { connection: id, .. } => {
                Refusal::ConnectionUnknown { id: Some(id.clone()) }
            }
        }
    }
}

/// A sign-in that begins: what the batch writes, before anything is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    entry: Entry,
    request: RequestId,
    browser: TokenHash,
    return_to: ReturnTo,
    is_fresh: bool,
    at: Timestamp,
    if_unknown: AuditEvent,
    refused: Refused,
}

impl Attempt {
    /// Begins.
    pub fn begin(
        entry: Entry,
        return_to: Option<&str>,
        browser: TokenHash,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Attempt {
        let (refused, if_unknown) = entry.unknown().entry(Scope::default(), now, rng);
        Attempt {
            entry,
            request: RequestId::generate(rng),
            browser,
            return_to: return_to.and_then(ReturnTo::parse).unwrap_or_else(ReturnTo::vault),
            is_fresh: false,
            at: now,
            if_unknown,
            refused,
        }
    }

    /// Asks the IdP for a fresh sign-in (Core §3.4.1, ForceAuthn). Whether it was one is seen by its AuthnInstant where it
    /// counts.
    #[must_use]
    pub fn fresh(mut self, is_fresh: bool) -> Attempt {
        self.is_fresh = is_fresh;
        self
    }

    /// What to route by.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The pending request, written where there is an active route.
    pub fn pending(&self) -> PendingRequest<'_> {
        PendingRequest {
            request: &self.request,
            browser: &self.browser,
            return_to: &self.return_to,
            asked: self.entry.is_asked(),
            claim: self.entry.claim(),
            created_at: self.at,
            expires_at: self.at.plus(REQUEST_LIFETIME),
        }
    }

    /// The event, written where there is no route at all.
    pub fn if_unknown(&self) -> &AuditEvent {
        &self.if_unknown
    }

    /// Judges what was found.
    pub fn depart(self, route: Option<Route>, origin: &str) -> Departure {
        let Some(route) = route else { return Departure::RefusedAndRecorded(self.refused) };
        if let Err(refusal) = check_active(route.tenant_status, route.status) {
            return Departure::Refused(refusal, route.scope());
        }
        Departure::Ready(Box::new(Ready {
            email: self.entry.email().cloned(),
            return_to: self.return_to,
            request: self.request,
            is_fresh: self.is_fresh || route.force_authn,
            at: self.at,
            addresses: SpAddresses::new(origin, &route.connection),
            route,
        }))
    }
}

/// The row to leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingRequest<'a> {
    /// The AuthnRequest's ID.
    pub request: &'a RequestId,
    /// The browser that waits for the answer.
    pub browser: &'a TokenHash,
    /// Where it wants to go.
    pub return_to: &'a ReturnTo,
    /// Whether the person chose the organisation on a page of ours.
    pub asked: bool,
    /// The claim that it began with.
    pub claim: Option<&'a TokenHash>,
    /// When.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What the database knows of the way to an IdP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Whose it is.
    pub tenant: TenantId,
    /// What the organisation calls itself.
    pub tenant_name: String,
    /// What it is.
    pub tenant_status: TenantStatus,
    /// What it shows of itself.
    pub brand: Brand,
    /// The connection.
    pub connection: ConnectionId,
    /// Its node.
    pub node: NodeId,
    /// What it is.
    pub status: ConnectionStatus,
    /// The word that leads to it.
    pub sso_name: Option<SsoName>,
    /// A domain that was proved to be the organisation's: the one typed, or one that leads to this connection.
    pub verified_domain: Option<Domain>,
    /// What people call the IdP.
    pub idp_name: String,
    /// Its sign-in page.
    pub sso_url: SsoUrl,
    /// How requests reach it.
    pub binding: Binding,
    /// Whether to hand the e-mail on.
    pub login_hint: bool,
    /// Whether to sign requests.
    pub sign_requests: bool,
    /// The NameID format to ask for.
    pub name_id_format: Option<String>,
    /// Whether everybody is to sign in afresh there.
    pub force_authn: bool,
}

impl Route {
    fn scope(&self) -> Scope {
        Scope {
            tenant: Some(self.tenant.clone()),
            connection: Some(self.connection.clone()),
            node: Some(self.node.clone()),
        }
    }
}

/// How the start ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The pending row is written; the request can be sent.
    Ready(Box<Ready>),
    /// There is no route, and the batch has written that down.
    RefusedAndRecorded(Refused),
    /// There is a route, and it is closed; to be recorded.
    Refused(Refusal, Scope),
}

/// A request that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where it goes.
    pub route: Route,
    /// The e-mail that was typed.
    pub email: Option<Email>,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    request: RequestId,
    is_fresh: bool,
    at: Timestamp,
    addresses: SpAddresses,
}

impl Ready {
    /// The request of a test sign-in: as a sign-in's, and nobody waits for it in `pending_login`.
    pub(crate) fn of_trial(route: Route, trial: &TrialId, origin: &str, now: Timestamp) -> Ready {
        Ready {
            email: None,
            return_to: ReturnTo::vault(),
            request: RequestId::from_stored(trial.as_str().to_owned()),
            is_fresh: route.force_authn,
            at: now,
            addresses: SpAddresses::new(origin, &route.connection),
            route,
        }
    }

    fn authn_request(&self) -> AuthnRequest<'_> {
        let SpAddresses { entity_id, acs_url, .. } = &self.addresses;
        AuthnRequest {
            name_id_format: self.route.name_id_format.as_deref(),
            force_authn: self.is_fresh,
            ..AuthnRequest::new(
                self.request.as_str(),
                self.at,
                self.route.sso_url.as_str(),
                entity_id,
                acs_url,
            )
        }
    }

    /// The message, unsigned.
    pub fn xml(&self) -> String {
        self.authn_request().to_xml()
    }

    /// The message for the POST binding, where requests are signed.
    ///
    /// # Errors
    /// A defect of ours: every part of the message is checked before it gets here.
    pub fn to_sign(&self) -> Result<ToSign, keyward_saml::Refusal> {
        self.authn_request().to_sign(SignatureAlgorithm::RsaPkcs1(Digest::Sha256))
    }

    /// The address that the POST binding's form goes to.
    pub fn post_url(&self) -> String {
        match self.login_hint() {
            Some(hint) => self.route.sso_url.with_query(&hint),
            None => self.route.sso_url.as_str().to_owned(),
        }
    }

    /// The query of the Redirect binding: the octets to sign, where requests are signed.
    pub fn redirect_query(&self) -> String {
        let algorithm = self.route.sign_requests.then_some(RSA_SHA256);
        redirect_query(Parameter::SamlRequest, &self.xml(), None, algorithm)
    }

    /// The address of the Redirect binding.
    pub fn redirect_url(&self, mut query: String, signature: Option<&[u8]>) -> String {
        if let Some(signature) = signature {
            append_signature(&mut query, signature);
        }
        if let Some(hint) = self.login_hint() {
            query.push('&');
            query.push_str(&hint);
        }
        self.route.sso_url.with_query(&query)
    }

    /// The e-mail as a query parameter beside the signed ones: Entra refuses a Subject in the request.
    fn login_hint(&self) -> Option<String> {
        let email = self.email.as_ref().filter(|_| self.route.login_hint)?;
        let mut hint = String::from("login_hint=");
        percent_encode(&mut hint, email.as_str());
        Some(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Departure, Entry, Route};
    use crate::address::{Domain, Who};
    use crate::audit::{Event, Scope};
    use crate::facts::{Binding, ConnectionStatus, SsoUrl, TenantStatus};
    use crate::id::{ConnectionId, NodeId, TenantId};
    use crate::provisioning::tests::NOW;
    use crate::random::Token;
    use crate::random::tests::Counter;

    const ORIGIN: &str = "https://keyward.test";

    fn route() -> Route {
        Route {
            tenant: TenantId::parse("t_acme").expect("id"),
            tenant_name: "Acme".into(),
            tenant_status: TenantStatus::Active,
            brand: super::Brand::default(),
            connection: ConnectionId::parse("c_acme").expect("id"),
            node: NodeId::parse("n_eng").expect("id"),
            status: ConnectionStatus::Active,
            sso_name: None,
            verified_domain: Domain::parse("acme.test"),
            idp_name: "Okta".into(),
            sso_url: SsoUrl::parse("https://idp.test/sso?app=1").expect("url"),
            binding: Binding::Redirect,
            login_hint: true,
            sign_requests: true,
            name_id_format: None,
            force_authn: false,
        }
    }

    fn attempt(who: &str, to: Option<&str>) -> Attempt {
        let browser = Token::generate(&mut Counter(9)).hash();
        Attempt::begin(Entry::Who(Who::parse(who).expect("who")), to, browser, NOW, &mut Counter(0))
    }

    #[test]
    fn a_request_names_us_and_hands_the_email_on() {
        let Departure::Ready(ready) = attempt("a+b@acme.test", None).depart(Some(route()), ORIGIN) else {
            panic!("the route is open");
        };
        assert!(
            ready.xml().contains(r#"AssertionConsumerServiceURL="https://keyward.test/saml/c_acme/acs""#)
        );
        assert!(ready.xml().contains("<saml:Issuer>https://keyward.test/saml/c_acme/metadata</saml:Issuer>"));
        let query = ready.redirect_query();
        assert!(
            query.starts_with("SAMLRequest=")
                && query.ends_with("&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256")
        );
        let url = ready.redirect_url(query.clone(), Some(b"signature"));
        // What is signed stays together; the hint stands outside.
        assert_eq!(
            url,
            format!("https://idp.test/sso?app=1&{query}&Signature=c2lnbmF0dXJl&login_hint=a%2Bb%40acme.test")
        );
    }

    #[test]
    fn a_posted_request_says_the_same_with_a_signature() {
        let Departure::Ready(ready) = attempt("a@acme.test", None).depart(Some(route()), ORIGIN) else {
            panic!("open")
        };
        let signed = ready.to_sign().expect("something to sign").finish(b"signature", None);
        let (before, rest) = signed.split_once("<ds:Signature ").expect("a signature");
        let (signature, after) = rest.split_once("</ds:Signature>").expect("its end");
        assert_eq!(format!("{before}{after}"), ready.xml());
        assert!(before.ends_with("</saml:Issuer>") && signature.contains("c2lnbmF0dXJl"));
    }

    #[test]
    fn no_email_no_hint() {
        let Departure::Ready(ready) = attempt("acme", None).depart(Some(route()), ORIGIN) else {
            panic!("open")
        };
        assert!(!ready.redirect_url(ready.redirect_query(), None).contains("login_hint"));
        let silent = Route { login_hint: false, ..route() };
        let Departure::Ready(ready) = attempt("a@acme.test", None).depart(Some(silent), ORIGIN) else {
            panic!("open")
        };
        assert!(!ready.redirect_url(ready.redirect_query(), None).contains("login_hint"));
    }

    #[test]
    fn an_unknown_domain_is_recorded_as_nobodys() {
        let attempt = attempt("alice@nowhere.test", None);
        let event = attempt.if_unknown().clone();
        assert_eq!(
            (event.event, event.code, &event.scope),
            (Event::LoginFailure, Some("domain-unknown"), &Scope::default())
        );
        // The local part says who somebody is; the log of an unknown domain has no business with it.
        assert!(event.detail.contains("nowhere.test") && !event.detail.contains("alice"));
        let Departure::RefusedAndRecorded(refused) = attempt.depart(None, ORIGIN) else { panic!("no route") };
        assert_eq!(Some(refused.reference), event.reference);
    }

    #[test]
    fn a_closed_route_is_refused_in_its_tenants_log() {
        for (tenant_status, status, code) in [
            (TenantStatus::Suspended, ConnectionStatus::Active, "tenant-not-active"),
            (TenantStatus::Deleted, ConnectionStatus::Active, "tenant-not-active"),
            (TenantStatus::Active, ConnectionStatus::Disabled, "connection-not-active"),
            (TenantStatus::Active, ConnectionStatus::Draft, "connection-not-active"),
        ] {
            let closed = Route { tenant_status, status, ..route() };
            let Departure::Refused(refusal, scope) =
                attempt("a@acme.test", None).depart(Some(closed), ORIGIN)
            else {
                panic!("closed");
            };
            assert_eq!(refusal.code(), code);
            assert_eq!(scope.tenant, Some(route().tenant));
        }
    }

    #[test]
    fn only_a_deep_link_of_ours_is_remembered() {
        assert_eq!(attempt("acme", Some("/vault/activity")).pending().return_to.as_str(), "/vault/activity");
        assert_eq!(attempt("acme", Some("//evil.test")).pending().return_to.as_str(), "/vault");
        assert_eq!(attempt("acme", None).pending().return_to.as_str(), "/vault");
    }
}
