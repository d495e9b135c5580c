//! What the deployer says: variables and secrets.

use core::fmt;

use keyward_core::address::Email;
use keyward_core::{Token, TokenHash};
use keyward_saml::base64;
use keyward_saml::metadata::is_allowed_url;
use sha2::{Digest, Sha256};

/// What is wrong with what the deployer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingsError {
    /// KEYWARD_ORIGIN is missing or not `https://host[:port]`.
    Origin,
    /// KEYWARD_MASTER_KEY is missing or not the base64 of 32 bytes.
    MasterKey,
    /// KEYWARD_MASTER_KEY_PREVIOUS is there and not the base64 of 32 bytes.
    PreviousMasterKey,
    /// KEYWARD_RESOLVERS does not name two resolvers or more.
    Resolvers,
    /// KEYWARD_OPERATOR_TOKEN is there and is no token.
    Operator,
    /// KEYWARD_MAIL_FROM, KEYWARD_MAIL_URL or KEYWARD_MAIL_SECRET is there and does not fit the others.
    Mail,
    /// KEYWARD_SETUP_SECRET is there and is no token.
    SetUp,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SettingsError::Origin => {
                "KEYWARD_ORIGIN has to be https://host (http only where KEYWARD_LOCAL is 1)"
            }
            SettingsError::MasterKey => "KEYWARD_MASTER_KEY has to be the base64 of 32 bytes",
            SettingsError::PreviousMasterKey => {
                "KEYWARD_MASTER_KEY_PREVIOUS has to be the base64 of 32 bytes, or not to be there"
            }
            SettingsError::Resolvers => {
                "KEYWARD_RESOLVERS has to be two addresses of DNS-over-HTTPS resolvers or more, with a space between"
            }
            SettingsError::Operator => {
                "KEYWARD_OPERATOR_TOKEN has to be 32 random bytes in base64url, without padding (43 characters)"
            }
            SettingsError::Mail => {
                "KEYWARD_MAIL_FROM has to be an e-mail address; KEYWARD_MAIL_URL https, with KEYWARD_MAIL_SECRET and KEYWARD_MAIL_FROM beside it"
            }
            SettingsError::SetUp => {
                "KEYWARD_SETUP_SECRET has to be 32 random bytes in base64url, without padding (43 characters)"
            }
        })
    }
}

/// The key that wraps what is secret at rest.
pub(crate) struct MasterKey {
    pub(crate) bytes: [u8; 32],
    /// Which one it is, as rows that it wrapped say.
    pub(crate) id: String,
    /// The one before it, while it is being replaced: opens what it wrapped, and wraps nothing more.
    previous: Option<Box<MasterKey>>,
}

impl MasterKey {
    fn read(text: &str) -> Option<MasterKey> {
        let bytes: [u8; 32] = base64::decode(text.trim().as_bytes())?.try_into().ok()?;
        let id = Sha256::digest(bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Some(MasterKey { bytes, id, previous: None })
    }

    /// The bytes of the one that rows call by this name.
    pub(crate) fn named(&self, id: &str) -> Option<&[u8; 32]> {
        if id == self.id {
            return Some(&self.bytes);
        }
        self.previous.as_ref().and_then(|previous| previous.named(id))
    }
}

/// How this deployment sends mail.
pub(crate) struct DeploymentMail {
    pub(crate) from: Email,
    pub(crate) by: MailBy,
}

/// Who takes it.
pub(crate) enum MailBy {
    /// The platform.
    Binding,
    /// A service, in the form that docs/operating.md describes.
    Service { url: String, secret: String },
    /// Nobody: it is kept in the database, for who develops.
    Outbox,
}

/// The settings.
pub(crate) struct Settings {
    /// The address that people use, without a slash at the end.
    pub(crate) origin: String,
    /// Local development: http is allowed.
    pub(crate) local: bool,
    pub(crate) master_key: MasterKey,
    /// DNS-over-HTTPS resolvers that do not depend on each other.
    pub(crate) resolvers: Vec<String>,
    /// The hash of the operator's token. `None`: nobody is the operator.
    pub(crate) operator: Option<TokenHash>,
    /// `None`: it sends no mail itself.
    pub(crate) mail: Option<DeploymentMail>,
    /// The hash of the first run's secret. `None`: there is no first run.
    pub(crate) set_up: Option<TokenHash>,
}

impl Settings {
    /// Reads and checks them.
    pub(crate) fn read(
        origin: Option<&str>,
        local: Option<&str>,
        master_key: Option<&str>,
        resolvers: Option<&str>,
        operator: Option<&str>,
    ) -> Result<Settings, SettingsError> {
        let local = local == Some("1");
        let origin = origin.filter(|origin| is_origin(origin, local)).ok_or(SettingsError::Origin)?;
        let master_key = master_key.and_then(MasterKey::read).ok_or(SettingsError::MasterKey)?;
        let resolvers = resolvers.map_or_else(
            || RESOLVERS.map(str::to_owned).into(),
            |text| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<String>>(),
        );
        let is_resolver = |url: &String| is_outbound(url, local) && !url.contains('?');
        let (first, rest) = resolvers.split_first().ok_or(SettingsError::Resolvers)?;
        if rest.is_empty() || rest.contains(first) || !resolvers.iter().all(is_resolver) {
            return Err(SettingsError::Resolvers);
        }
        let operator = match operator {
            Some(text) => Some(Token::parse(text.trim()).ok_or(SettingsError::Operator)?.hash()),
            None => None,
        };
        let (mail, set_up) = (None, None);
        Ok(Settings { origin: origin.to_owned(), local, master_key, resolvers, operator, mail, set_up })
    }

    /// With the secret of the first run, where there is one.
    pub(crate) fn with_set_up(mut self, text: Option<&str>) -> Result<Settings, SettingsError> {
        if let Some(text) = text {
            self.set_up = Some(Token::parse(text.trim()).ok_or(SettingsError::SetUp)?.hash());
        }
        Ok(self)
    }

    /// With the master key that is being replaced, where there is one.
    pub(crate) fn with_previous(mut self, text: Option<&str>) -> Result<Settings, SettingsError> {
        if let Some(text) = text {
            let previous = MasterKey::read(text).ok_or(SettingsError::PreviousMasterKey)?;
            self.master_key.previous = Some(Box::new(previous));
        }
        Ok(self)
    }
}

impl Settings {
    /// With how mail is sent, where it is: by a service that is named, else by the platform, else, in local development, to nobody.
    pub(crate) fn with_mail(
        mut self,
        from: Option<&str>,
        url: Option<&str>,
        secret: Option<&str>,
        has_binding: impl FnOnce() -> bool,
    ) -> Result<Settings, SettingsError> {
        let from = from.map(|from| Email::parse(from.trim()).ok_or(SettingsError::Mail)).transpose()?;
        let by = match (&from, url, secret) {
            (None, None, None) => None,
            (Some(_), None, None) if has_binding() => Some(MailBy::Binding),
            (Some(_), None, None) => self.local.then_some(MailBy::Outbox),
            (Some(_), Some(url), Some(secret)) if is_outbound(url, self.local) && !secret.is_empty() => {
                Some(MailBy::Service { url: url.to_owned(), secret: secret.to_owned() })
            }
            _ => return Err(SettingsError::Mail),
        };
        self.mail = from.zip(by).map(|(from, by)| DeploymentMail { from, by });
        Ok(self)
    }
}

/// Where nobody said which.
const RESOLVERS: [&str; 2] = ["https://cloudflare-dns.com/dns-query", "https://dns.google/resolve"];

/// Whether the Worker may ask there, where the deployer says so.
fn is_outbound(url: &str, local: bool) -> bool {
    let is_loopback =
        |url: &str| url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
    is_allowed_url(url) && (url.starts_with("https://") || local && is_loopback(url))
}

/// As browsers write it in the Origin header: no path, no default port, lower case.
fn is_origin(text: &str, local: bool) -> bool {
    let host = match text.strip_prefix("https://") {
        Some(host) => host,
        None if local => text.strip_prefix("http://").unwrap_or_default(),
        None => return false,
    };
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:".contains(&byte))
        && !(text.starts_with("https://") && host.ends_with(":443"))
}

#[cfg(test)]
mod tests {
    use super::{MailBy, Settings, SettingsError};

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn a_deployment_is_https() {
        let origin = |origin, local| {
            Settings::read(Some(origin), local, Some(KEY), None, None).map(|settings| settings.origin)
        };
        assert_eq!(origin("https://keyward.example", None).as_deref(), Ok("https://keyward.example"));
        assert_eq!(origin("http://localhost:8787", Some("1")).as_deref(), Ok("http://localhost:8787"));
        for bad in [
            "http://localhost:8787",
            "https://keyward.example/",
            "https://Keyward.example",
            "keyward.example",
            "https://",
            "https://keyward.example:443",
        ] {
            assert_eq!(origin(bad, None), Err(SettingsError::Origin), "{bad}");
        }
        assert_eq!(origin("http://localhost:8787", Some("0")), Err(SettingsError::Origin));
    }

    #[test]
    fn two_resolvers_are_asked_over_https() {
        let resolvers = |text, local| {
            Settings::read(Some("https://keyward.example"), local, Some(KEY), text, None)
                .map(|settings| settings.resolvers)
        };
        assert_eq!(resolvers(None, None).map(|all| all.len()), Ok(2));
        let two = Some("https://one.test/dns-query  https://two.test/resolve");
        assert_eq!(resolvers(two, None).map(|all| all.len()), Ok(2));
        let here = Some("http://127.0.0.1:1/a http://localhost:2/b");
        assert!(resolvers(here, Some("1")).is_ok());
        for (text, local) in [
            ("", None),
            ("https://one.test/dns-query", None),
            ("https://one.test/x https://one.test/x", None),
            ("http://127.0.0.1:1/a http://localhost:2/b", None),
            ("http://one.test/x https://two.test/x", Some("1")),
            ("https://one.test/x?a=b https://two.test/x", None),
            ("one two", None),
        ] {
            assert_eq!(resolvers(Some(text), local), Err(SettingsError::Resolvers), "{text}");
        }
    }

    #[test]
    fn mail_is_sent_by_a_service_or_by_the_platform_or_kept_by_who_develops() {
        let by = |local, from, url, secret, has_binding: bool| {
            let read = Settings::read(Some("https://keyward.example"), local, Some(KEY), None, None);
            read.and_then(|settings| settings.with_mail(from, url, secret, || has_binding)).map(|settings| {
                settings.mail.map(|mail| match mail.by {
                    MailBy::Binding => "binding",
                    MailBy::Service { .. } => "service",
                    MailBy::Outbox => "outbox",
                })
            })
        };
        let (from, url, secret) = (Some("keyward@acme.test"), Some("https://mail.test/send"), Some("secret"));
        assert_eq!(by(None, None, None, None, true), Ok(None));
        assert_eq!(by(None, from, None, None, true), Ok(Some("binding")));
        assert_eq!(by(None, from, None, None, false), Ok(None));
        assert_eq!(by(Some("1"), from, None, None, false), Ok(Some("outbox")));
        assert_eq!(by(None, from, url, secret, true), Ok(Some("service")));
        assert_eq!(by(Some("1"), from, Some("http://127.0.0.1:9/"), secret, true), Ok(Some("service")));
        for (from, url, secret) in [
            (Some("nobody"), None, None),
            (None, url, secret),
            (from, url, None),
            (from, None, secret),
            (from, url, Some("")),
            (from, Some("http://mail.test/send"), secret),
        ] {
            assert_eq!(by(None, from, url, secret, true), Err(SettingsError::Mail));
        }
    }

    #[test]
    fn a_master_key_has_256_bits_and_a_name() {
        let id = |key| {
            Settings::read(Some("https://keyward.example"), None, key, None, None)
                .map(|settings| settings.master_key.id)
        };
        // The beginning of the SHA-256 of 32 zero bytes.
        assert_eq!(id(Some(KEY)).as_deref(), Ok("66687aad"));
        for bad in [None, Some(""), Some("AAAA"), Some("not base64")] {
            assert_eq!(id(bad), Err(SettingsError::MasterKey));
        }
    }

    #[test]
    fn a_master_key_that_is_being_replaced_is_known_by_its_name() {
        let read = |previous| {
            Settings::read(Some("https://keyward.example"), None, Some(KEY), None, None)
                .and_then(|settings| settings.with_previous(previous))
                .map(|settings| settings.master_key)
        };
        // The beginning of the SHA-256 of 32 bytes of 1.
        let ones = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        let both = read(Some(ones)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(both.named("66687aad"), Some(&[0; 32]));
        assert_eq!(both.named("72cd6e84"), Some(&[1; 32]));
        assert_eq!(both.named("00000000"), None);
        assert_eq!(both.id, "66687aad", "what is sealed now is sealed under the new one");
        let alone = read(None).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(alone.named("72cd6e84"), None);
        assert_eq!(read(Some("")).err(), Some(SettingsError::PreviousMasterKey));
    }

    #[test]
    fn an_operator_has_a_whole_token_or_there_is_none() {
        let operator = |text| {
            Settings::read(Some("https://keyward.example"), None, Some(KEY), None, text)
                .map(|settings| settings.operator.is_some())
        };
        let set_up = |text| {
            Settings::read(Some("https://keyward.example"), None, Some(KEY), None, None)
                .and_then(|settings| settings.with_set_up(text))
                .map(|settings| settings.set_up.is_some())
        };
        assert_eq!((set_up(None), set_up(Some(""))), (Ok(false), Err(SettingsError::SetUp)));
        assert_eq!(set_up(Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), Ok(true));
        assert_eq!(operator(None), Ok(false));
        assert_eq!(operator(Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), Ok(true));
        for bad in ["", "secret", KEY] {
            assert_eq!(operator(Some(bad)), Err(SettingsError::Operator), "{bad}");
        }
    }
}
