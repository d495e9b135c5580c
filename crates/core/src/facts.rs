//! What the host loads and decisions look at.

use core::time::Duration;

use keyward_saml::{Certificate, IdpTrust, Policy, ServiceProvider, Timestamp};

use crate::address::{Email, SsoName};
use crate::audit::Scope;
use crate::id::{ConnectionId, NodeId, TenantId, UserId};
use crate::logout::LogoutService;
use crate::refusal::Refusal;
use crate::return_to::ReturnTo;

macro_rules! status {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// From the database.
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)+ _ => None }
            }

            /// As the database and admins call it.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}

pub(crate) use status;

status!(
    /// What an organisation is.
    TenantStatus {
        /// In use.
        Active = "active",
        /// Nobody signs in for now.
        Suspended = "suspended",
        /// Gone.
        Deleted = "deleted",
    }
);
status!(
    /// What a connection is.
    ConnectionStatus {
        /// Not in use yet.
        Draft = "draft",
        /// In use.
        Active = "active",
        /// Nobody signs in by it.
        Disabled = "disabled",
    }
);
status!(
    /// What an account is.
    UserStatus {
        /// Nobody has claimed it yet.
        Invited = "invited",
        /// In use.
        Active = "active",
        /// Its owner may not sign in for now.
        Locked = "locked",
        /// A tombstone.
        Deleted = "deleted",
    }
);
status!(
    /// How a request reaches the IdP.
    Binding {
        /// In the address (Bindings §3.4).
        Redirect = "redirect",
        /// In a form (Bindings §3.5).
        Post = "post",
    }
);

/// The address of an IdP's sign-in page: https, or http on this machine. It cannot be script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoUrl {
    text: String,
    host: String,
}

impl SsoUrl {
    /// Reads an absolute address without user info and fragment.
    pub fn parse(text: &str) -> Option<SsoUrl> {
        let is_plain = text.len() <= 2048
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte));
        let (rest, needs_loopback) = match text.strip_prefix("https://") {
            Some(rest) => (rest, false),
            None => (text.strip_prefix("http://")?, true),
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let (name, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
        let is_loopback = name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1";
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        let is_port = !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        (is_plain && is_name && is_port && (is_loopback || !needs_loopback))
            .then(|| SsoUrl { text: text.to_owned(), host: authority.to_ascii_lowercase() })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port, for people to compare with what their browser shows.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address with something added to its query.
    pub fn with_query(&self, query: &str) -> String {
        let separator = if self.text.contains('?') { '&' } else { '?' };
        format!("{}{separator}{query}", self.text)
    }
}

/// Who we are to the IdP of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpAddresses {
    /// Our entity ID; our metadata is there.
    pub entity_id: String,
    /// Where responses are posted to.
    pub acs_url: String,
    /// Where messages for single logout come to.
    pub slo_url: String,
}

impl SpAddresses {
    /// The addresses of a connection below an origin such as `https://keyward.example`.
    pub fn new(origin: &str, connection: &ConnectionId) -> SpAddresses {
        let base = format!("{origin}/saml/{}", connection.as_str());
        SpAddresses {
            entity_id: format!("{base}/metadata"),
            acs_url: format!("{base}/acs"),
            slo_url: format!("{base}/slo"),
        }
    }
}

/// Which attributes say what, by their exact Names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeMapping {
    /// The e-mail.
    pub email: String,
    /// The given name.
    pub first: Option<String>,
    /// The family name.
    pub last: Option<String>,
}

/// What says who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectSource {
    /// The NameID, with format and qualifiers.
    NameId,
    /// An attribute, by its exact Name.
    Attribute(String),
}

/// A connection with its active configuration. Its version says how long it may be remembered.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: ConnectionId,
    /// The node at which it makes accounts.
    pub node: NodeId,
    /// Grows with every change.
    pub version: i64,
    /// The organisation.
    pub tenant_status: TenantStatus,
    /// The connection.
    pub status: ConnectionStatus,
    /// The word that leads to it.
    pub sso_name: Option<SsoName>,
    /// Whether it makes accounts at first sign-in.
    pub jit: bool,
    /// Whether it takes responses that nobody asked for.
    pub idp_initiated: bool,
    /// The paths that the RelayState of such a response may name.
    pub idp_initiated_paths: Vec<ReturnTo>,
    /// The IdP's entity ID.
    pub idp_entity_id: String,
    /// The IdP's signing certificates.
    pub certificates: Vec<Certificate>,
    /// What says who somebody is.
    pub subject_source: SubjectSource,
    /// The attribute that is pinned at first sign-in.
    pub pinned_attribute: Option<String>,
    /// The attribute whose values are the person's groups; `None` where groups give nothing.
    pub groups_attribute: Option<String>,
    /// Which attributes say what.
    pub mapping: AttributeMapping,
    /// Until when SHA-1 is taken.
    pub allow_sha1_until: Option<Timestamp>,
    /// How many keys the host holds to decrypt with; jobs name them by index.
    pub decryption_keys: usize,
    /// Where messages for single logout go; `None` where that is off, or the IdP offers none.
    pub single_logout: Option<LogoutService>,
}

/// The longest that an assertion may be presentable. IdPs say minutes, some an hour or so; more than a day is a mistake,
/// and replay would have to be remembered for as long.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl Connection {
    /// Whether people may sign in by it, as far as was known when it was loaded.
    ///
    /// # Errors
    /// The refusal, where they may not.
    pub fn check_active(&self) -> Result<(), Refusal> {
        check_active(self.tenant_status, self.status)
    }

    /// Whom responses have to come from.
    pub fn idp_trust(&self) -> IdpTrust {
        IdpTrust { entity_id: self.idp_entity_id.clone(), certificates: self.certificates.clone() }
    }

    /// Whom responses have to be for.
    pub fn service_provider(&self, origin: &str) -> ServiceProvider {
        let SpAddresses { entity_id, acs_url, .. } = SpAddresses::new(origin, &self.id);
        ServiceProvider { entity_id, acs_url, decryption_keys: self.decryption_keys }
    }

    /// The rules for responses.
    pub fn policy(&self, now: Timestamp) -> Policy {
        rules_for_responses(self.allow_sha1_until, self.idp_initiated, now)
    }

    /// Where events of this connection are written down.
    pub fn scope(&self) -> Scope {
        Scope {
            tenant: Some(self.tenant.clone()),
            connection: Some(self.id.clone()),
            node: Some(self.node.clone()),
        }
    }
}

/// The rules for responses, of a sign-in and of a test.
pub(crate) fn rules_for_responses(
    allow_sha1_until: Option<Timestamp>,
    allow_unsolicited: bool,
    now: Timestamp,
) -> Policy {
    Policy {
        allow_sha1: allow_sha1_until.is_some_and(|until| now < until),
        allow_unsolicited,
        max_assertion_lifetime: Some(ASSERTION_LIFETIME),
        ..Policy::default()
    }
}

/// Whether an organisation's people may sign in by a connection at all.
pub(crate) fn check_active(tenant: TenantStatus, connection: ConnectionStatus) -> Result<(), Refusal> {
    match (tenant, connection) {
        (TenantStatus::Active, ConnectionStatus::Active) => Ok(()),
        (TenantStatus::Active, status) => Err(Refusal::ConnectionNotActive { status }),
        (status, _) => Err(Refusal::TenantNotActive { status }),
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Grows with every change but sign-ins.
    pub version: i64,
    /// What it is.
    pub status: UserStatus,
    /// Where in the tree.
    pub node: NodeId,
    /// The e-mail.
    pub email: Email,
    /// What its owner is called; empty where that is not known.
    pub name: String,
    /// The last sign-in.
    pub last_sign_in_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::SsoUrl;

    #[test]
    fn an_idp_address_is_https_or_on_this_machine() {
        let host = |text| SsoUrl::parse(text).map(|url| url.host().to_owned());
        assert_eq!(host("https://IdP.acme.test/sso?x=1").as_deref(), Some("idp.acme.test"));
        assert_eq!(host("https://idp.acme.test:8443").as_deref(), Some("idp.acme.test:8443"));
        assert_eq!(host("http://127.0.0.1:8788/sso").as_deref(), Some("127.0.0.1:8788"));
        assert_eq!(host("http://idp.localhost:8788/sso").as_deref(), Some("idp.localhost:8788"));
        for bad in [
            "http://idp.acme.test/sso",
            "javascript:alert(1)",
            "data:text/html,x",
            "//idp.acme.test",
            "/sso",
            "https://",
            "https://user@idp.acme.test/",
            "https://user:pw@idp.acme.test/",
            "https://idp.acme.test/#x",
            "https://idp.acme.test/\"x",
            "https://idp.acme.test/\r\nX: y",
            "https://idp acme.test/",
            "https://idp.acme.test:/",
            "https:idp.acme.test",
            "https://[::1]/",
            "http://localhost.evil.test/",
            "http://127.0.0.1.evil.test/",
            "https://idp.acme.test\\@evil.test/",
        ] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_query_is_added_to_what_is_there() {
        let url = |text| SsoUrl::parse(text).expect("valid").with_query("a=b");
        assert_eq!(url("https://idp.test/sso"), "https://idp.test/sso?a=b");
        assert_eq!(url("https://idp.test/sso?tenant=1"), "https://idp.test/sso?tenant=1&a=b");
    }
}
