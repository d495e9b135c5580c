//! Policies: a role carries some, and all of a user's roles together make what applies to them.
//!
//! Per policy the most restrictive value wins. What that is stands with each kind of value ([`Restrict`]): the combined
//! value is the loosest that satisfies every role. A policy that no role carries has its default; one that some carry is
//! theirs alone, so a role may be looser than the default.
//!
//! [`EffectivePolicy`] keeps beside each value the roles that made it so, since the question that admins ask is why.

mod addresses;
mod value;

use core::fmt;

use serde_json::{Map, Value as Json};

pub use addresses::Addresses;
pub use value::{
    Allowance, AtMost, Class, Demand, Escrow, GeneratedPassword, Method, Methods, Restrict, Set,
};

/// Where a policy belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Sessions, second factor, devices, keys.
    SignIn,
    /// The steps after the first sign-in.
    Onboarding,
    /// What people do in the vault.
    Vault,
}

/// Who sees to it that a policy holds. The server cannot see into a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforced {
    /// The server refuses what the policy forbids.
    Server,
    /// Our pages do; somebody who writes a client of their own could do otherwise with what is theirs.
    Client,
    /// Our pages do, and the server refuses what it can see of it.
    Both,
}

macro_rules! policies {
    ($($(#[$doc:meta])* $field:ident, $name:ident, $type:ty, $default:expr, $group:ident, $enforced:ident;)+) => {
        /// A policy.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PolicyName { $($(#[$doc])* $name),+ }

        impl PolicyName {
            /// All there are.
            pub const ALL: &[PolicyName] = &[$(PolicyName::$name),+];

            /// As the API, the database and admins call it.
            pub fn as_str(self) -> &'static str {
                match self { $(PolicyName::$name => stringify!($field)),+ }
            }

            /// Where it belongs.
            pub fn group(self) -> Group {
                match self { $(PolicyName::$name => Group::$group),+ }
            }

            /// What its values look like, as JSON Schema (2020-12).
            pub fn schema(self) -> Json {
                match self { $(PolicyName::$name => <$type as Restrict>::schema()),+ }
            }

            /// Who sees to it that it holds.
            pub fn enforced(self) -> Enforced {
                match self { $(PolicyName::$name => Enforced::$enforced),+ }
            }
        }

        /// What one role carries.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Policies { $($(#[$doc])* pub $field: Option<$type>),+ }

        impl Policies {
            /// What satisfies both.
            #[must_use]
            pub fn and(&self, other: &Policies) -> Policies {
                Policies { $($field: both(self.$field.as_ref(), other.$field.as_ref())),+ }
            }

            /// Reads `{"require_two_factor": true, …}`. `null` is as good as left out.
            ///
            /// # Errors
            /// The first policy that is unknown or whose value is not as it should be.
            pub fn from_json(json: &Json) -> Result<Policies, PolicyError> {
                let mut policies = Policies::default();
                for (name, value) in json.as_object().ok_or(PolicyError::NotAnObject)? {
                    match name.as_str() {
                        $(stringify!($field) => policies.$field = read(PolicyName::$name, value)?,)+
                        _ => return Err(PolicyError::Unknown { name: name.clone() }),
                    }
                }
                Ok(policies)
            }

            /// What [`Policies::from_json`] reads.
            pub fn to_json(&self) -> Json {
                let mut object = Map::new();
                $(put(&mut object, stringify!($field), self.$field.as_ref().map(Restrict::to_json));)+
                Json::Object(object)
            }
        }

        /// All of a user's roles together. `R` is whatever names a role.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct EffectivePolicy<R> { $($(#[$doc])* pub $field: Effective<$type, R>),+ }

        impl<R: Clone> EffectivePolicy<R> {
            /// Combines what the roles carry; of no roles, the defaults.
            pub fn of(roles: &[(R, Policies)]) -> EffectivePolicy<R> {
                EffectivePolicy { $($field: Effective::of(roles, |it| it.$field.as_ref(), $default)),+ }
            }

            /// Every value with its reason, by the policy's name.
            pub fn to_json(&self, role: fn(&R) -> String) -> Json {
                let mut object = Map::new();
                $(put(&mut object, stringify!($field), Some(self.$field.to_json(role)));)+
                Json::Object(object)
            }
        }
    };
}

policies! {
    /// Nobody is signed in without a second factor. Default: false. The server keeps the session restricted.
    require_two_factor, RequireTwoFactor, Demand, Demand(false), SignIn, Server;
    /// Which second factors count. Default: all.
    two_factor_methods, TwoFactorMethods, Methods, Set::of(|_| true), SignIn, Server;
    /// For how many days a device that proved a second factor is not asked again; 0: asked each time. Default: 30.
    two_factor_remember, TwoFactorRemember, AtMost<0, 365>, AtMost::new(30), SignIn, Server;
    /// From which addresses people may sign in and stay signed in. Default: everywhere.
    ip_allow_list, IpAllowList, Addresses, Addresses::everywhere(), SignIn, Server;
    /// After how many minutes without use a session ends. Default: 30.
    session_idle_minutes, SessionIdleMinutes, AtMost<1, 1440>, AtMost::new(30), SignIn, Server;
    /// After how many hours a session ends, used or not. Default: 12.
    session_max_hours, SessionMaxHours, AtMost<1, 720>, AtMost::new(12), SignIn, Server;
    /// For how many minutes after a vault locked itself the same session opens it again; it lives that much longer. Default: 0.
    unlock_grace_minutes, UnlockGraceMinutes, AtMost<0, 15>, AtMost::new(0), SignIn, Server;
    /// Nobody has a recovery phrase. Default: false. The server takes no recovery wrap.
    restrict_recovery_phrase, RestrictRecoveryPhrase, Demand, Demand(false), SignIn, Both;
    /// People approve their own new devices. Default: true.
    device_approval_by_user, DeviceApprovalByUser, Allowance, Allowance(true), SignIn, Server;
    /// Admins approve new devices. Default: true.
    device_approval_by_admin, DeviceApprovalByAdmin, Allowance, Allowance(true), SignIn, Server;
    /// People have to consent to escrow. Default: false. The server restricts the session past the deadline.
    require_escrow, RequireEscrow, Escrow, Escrow::NotRequired, SignIn, Server;
    /// Nobody is walked through optional steps. Default: false.
    disable_onboarding, DisableOnboarding, Demand, Demand(false), Onboarding, Client;
    /// Nobody is shown around. Default: false.
    disable_setup_tour, DisableSetupTour, Demand, Demand(false), Onboarding, Client;
    /// Nobody imports a file. Default: false. The server refuses what says that it is from one, and cannot tell what does not.
    restrict_import, RestrictImport, Demand, Demand(false), Onboarding, Both;
    /// Nobody is offered the browser extension. Default: false.
    restrict_browser_extension, RestrictBrowserExtension, Demand, Demand(false), Onboarding, Client;
    /// Nobody makes records. Default: false. The server takes no new items.
    restrict_create_record, RestrictCreateRecord, Demand, Demand(false), Vault, Both;
    /// Nobody makes folders. Default: false. The server takes no new folders.
    restrict_create_folder, RestrictCreateFolder, Demand, Demand(false), Vault, Both;
    /// Nobody exports the vault. Default: false. Our page asks the server first; who may read something can write it down elsewhere.
    restrict_export, RestrictExport, Demand, Demand(false), Vault, Both;
    /// After how many seconds a copied secret is cleared from the clipboard; 0: nothing is copied. Default: 30.
    restrict_clipboard_seconds, RestrictClipboardSeconds, AtMost<0, 3600>, AtMost::new(30), Vault, Client;
    /// Secrets are hidden while they are edited. Default: false.
    mask_while_editing, MaskWhileEditing, Demand, Demand(false), Vault, Client;
    /// What generated passwords have at least. Default: 20 characters of every class.
    generated_password, GeneratedPassword, GeneratedPassword,
        GeneratedPassword { min_length: 20, classes: Set::of(|_| true) }, Vault, Client;
    /// After how many days what was thrown away is gone for good. Default: 30. Only browsers know what was.
    days_before_trash_is_emptied, DaysBeforeTrashIsEmptied, AtMost<1, 365>, AtMost::new(30), Vault, Client;
    /// Nothing is kept for reading without a connection. Default: true. What our page kept goes at its next word with the server.
    restrict_offline, RestrictOffline, Demand, Demand(true), Vault, Client;
}

/// A value, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective<T, R> {
    /// What applies.
    pub value: T,
    /// The roles whose value it is. Where it is nobody's alone (what two lists have in common, say), every role that has a
    /// say in it; where it is the default, none.
    pub because: Vec<R>,
}

impl<T: Restrict, R: Clone> Effective<T, R> {
    // Not inlined, here and below: 22 copies would be a tenth of what a browser loads.
    #[inline(never)]
    fn of(roles: &[(R, Policies)], get: fn(&Policies) -> Option<&T>, default: T) -> Effective<T, R> {
        let said: Vec<(&R, &T)> = roles.iter().filter_map(|(role, it)| Some((role, get(it)?))).collect();
        let combined = said.iter().fold(None, |all: Option<T>, (_, value)| both(all.as_ref(), Some(*value)));
        let Some(value) = combined else { return Effective { value: default, because: Vec::new() } };
        let names = |is_reason: &dyn Fn(&T) -> bool| -> Vec<R> {
            said.iter().filter(|(_, value)| is_reason(value)).map(|(role, _)| (*role).clone()).collect()
        };
        let because = Some(names(&|its| *its == value)).filter(|alone| !alone.is_empty());
        Effective { because: because.unwrap_or_else(|| names(&|_| true)), value }
    }

    #[inline(never)]
    fn to_json(&self, role: fn(&R) -> String) -> Json {
        let mut object = Map::new();
        put(&mut object, "value", Some(self.value.to_json()));
        put(&mut object, "because", Some(self.because.iter().map(role).collect()));
        Json::Object(object)
    }
}

#[inline(never)]
fn put(object: &mut Map<String, Json>, name: &str, value: Option<Json>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

fn both<T: Restrict>(one: Option<&T>, two: Option<&T>) -> Option<T> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.and(two)),
        (one, two) => one.or(two).cloned(),
    }
}

#[inline(never)]
fn read<T: Restrict>(name: PolicyName, json: &Json) -> Result<Option<T>, PolicyError> {
    match json {
        Json::Null => Ok(None),
        json => T::from_json(json).map(Some).ok_or(PolicyError::Value { name, expected: T::EXPECTED }),
    }
}

/// Why something is not what a role can carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// Policies are an object.
    NotAnObject,
    /// There is no policy of this name.
    Unknown {
        /// The name.
        name: String,
    },
    /// A value is of another type or out of its range.
    Value {
        /// Whose.
        name: PolicyName,
        /// What it should be.
        expected: &'static str,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyError::NotAnObject => f.write_str("Policies are an object: a value by each policy's name."),
            PolicyError::Unknown { name } => {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
                write!(f, "There is no policy \u{201c}{shown}\u{201d}.")
            }
            PolicyError::Value { name, expected } => {
                write!(f, "The policy {} has to be {expected}.", name.as_str())
            }
        }
    }
}

/// What a combination leaves nobody a way out of: to be told before it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    /// No address is allowed.
    NoAddress,
    /// A second factor is required, and none but backup codes is allowed.
    NoTwoFactorMethod,
    /// A second device can be opened in no way.
    NoWayToANewDevice,
}

impl DeadEnd {
    /// Stable, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            DeadEnd::NoAddress => "no-address",
            DeadEnd::NoTwoFactorMethod => "no-two-factor-method",
            DeadEnd::NoWayToANewDevice => "no-way-to-a-new-device",
        }
    }
}

impl<R> EffectivePolicy<R> {
    /// What in it leaves nobody a way out.
    pub fn dead_ends(&self) -> Vec<DeadEnd> {
        let methods = &self.two_factor_methods.value;
        let has_method = methods.has(Method::Totp) || methods.has(Method::Webauthn);
        let is_reachable = self.device_approval_by_user.value.0
            || self.device_approval_by_admin.value.0
            || !self.restrict_recovery_phrase.value.0;
        [
            (self.ip_allow_list.value.is_empty(), DeadEnd::NoAddress),
            (self.require_two_factor.value.0 && !has_method, DeadEnd::NoTwoFactorMethod),
            (!is_reachable, DeadEnd::NoWayToANewDevice),
        ]
        .into_iter()
        .filter_map(|(is_so, end)| is_so.then_some(end))
        .collect()
    }
}

#[cfg(test)]
mod tests;
