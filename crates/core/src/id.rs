//! Names of things: opaque, of one type each, so that none is taken for another.

use crate::random::{Random, opaque_id};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// A new one: a prefix and 100 random bits.
            pub fn generate(rng: &mut dyn Random) -> $name {
                $name(opaque_id($prefix, rng))
            }

            /// From the database or a URL: up to 64 of `a-z`, `0-9`, `_`.
            pub fn parse(text: &str) -> Option<$name> {
                let is_id = matches!(text.len(), 1..=64)
                    && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
                is_id.then(|| $name(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// An organisation.
    TenantId,
    "t_"
);
id!(
    /// A place in an organisation's tree.
    NodeId,
    "n_"
);
id!(
    /// One SAML trust with one IdP.
    ConnectionId,
    "c_"
);
id!(
    /// A role.
    RoleId,
    "r_"
);
id!(
    /// A person's account.
    UserId,
    "u_"
);
id!(
    /// A browser with keys of its own.
    DeviceId,
    "d_"
);
id!(
    /// A second factor.
    FactorId,
    "f_"
);
id!(
    /// A key pair of ours.
    SpKeyId,
    "k_"
);
id!(
    /// A message in the SAML log.
    MessageId,
    "m_"
);
id!(
    /// An entry of the audit log.
    EventId,
    "e_"
);
id!(
    /// A notice by mail.
    MailId,
    "x_"
);
id!(
    /// A token of the API: its name, not its secret.
    TokenId,
    "a_"
);
