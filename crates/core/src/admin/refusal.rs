//! Why an admin's request is refused.

use core::fmt;

use crate::brand::LogoRefusal;
use crate::change::Unchanged;
use crate::domain::ClaimRefusal;
use crate::facts::UserStatus;
use crate::policy::DeadEnd;

use super::nodes::AtNode;
use super::privilege::Privilege;

/// What kind of no it is; where it meets HTTP, a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing, or not for this actor.
    NotFound,
    /// The actor may not.
    Forbidden,
    /// What is there does not allow it.
    Conflict,
    /// What is asked makes no sense.
    Invalid,
    /// It is no longer as the actor saw it.
    Outdated,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $kind:ident $code:literal $text:literal;)+) => {
        /// An expected no.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum AdminRefusal {
            $($(#[$doc])* $name,)+
            /// The actor does not hold the privilege at that node.
            PrivilegeMissing {
                /// Which.
                privilege: Privilege,
            },
            /// What the body names is not there, or not for this actor.
            Unknown {
                /// The field.
                field: &'static str,
            },
            /// There are as many as there may be.
            TooMany {
                /// Of what.
                what: &'static str,
            },
            /// Something is still at the node.
            NodeInUse {
                /// What.
                by: Vec<AtNode>,
            },
            /// The account's status does not allow it.
            Status {
                /// What it is.
                status: UserStatus,
            },
            /// The policies leave nobody a way out.
            DeadEnd(DeadEnd),
            /// The domain cannot be claimed.
            Claim(ClaimRefusal),
            /// The keys stay as they are.
            Key(Unchanged),
            /// The metadata cannot be used.
            Metadata(keyward_saml::Refusal),
            /// The logo cannot be used.
            Logo(LogoRefusal),
        }

        impl AdminRefusal {
            /// Stable, kebab-case.
            pub fn code(&self) -> &'static str {
                match self {
                    $(AdminRefusal::$name => $code,)+
                    AdminRefusal::PrivilegeMissing { .. } => "privilege-missing",
                    AdminRefusal::Unknown { .. } => "reference-unknown",
                    AdminRefusal::TooMany { .. } => "too-many",
                    AdminRefusal::NodeInUse { .. } => "node-in-use",
                    AdminRefusal::Status { .. } => "user-status",
                    AdminRefusal::DeadEnd(end) => end.code(),
                    AdminRefusal::Claim(refusal) => refusal.code(),
                    AdminRefusal::Key(unchanged) => unchanged.code(),
                    AdminRefusal::Metadata(refusal) => refusal.code(),
                    AdminRefusal::Logo(refusal) => refusal.code(),
                }
            }

            /// What kind of no it is.
            pub fn kind(&self) -> Kind {
                match self {
                    $(AdminRefusal::$name => Kind::$kind,)+
                    AdminRefusal::PrivilegeMissing { .. } => Kind::Forbidden,
                    AdminRefusal::Key(Unchanged::KeyMissing) => Kind::NotFound,
                    AdminRefusal::TooMany { .. }
                    | AdminRefusal::Key(_)
                    | AdminRefusal::NodeInUse { .. }
                    | AdminRefusal::Status { .. }
                    | AdminRefusal::Claim(ClaimRefusal::Taken) => Kind::Conflict,
                    AdminRefusal::Unknown { .. }
                    | AdminRefusal::DeadEnd(_)
                    | AdminRefusal::Claim(_)
                    | AdminRefusal::Metadata(_)
                    | AdminRefusal::Logo(_) => Kind::Invalid,
                }
            }
        }

        impl fmt::Display for AdminRefusal {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(AdminRefusal::$name => f.write_str($text),)+
                    AdminRefusal::PrivilegeMissing { privilege } => {
                        write!(f, "This needs the privilege {} at this node or above it.", privilege.as_str())
                    }
                    AdminRefusal::Unknown { field } => write!(f, "What `{field}` names is not there."),
                    AdminRefusal::TooMany { what } => write!(f, "There are as many {what} as there may be."),
                    AdminRefusal::NodeInUse { by } => {
                        let by: Vec<&str> = by.iter().map(|it| it.advice()).collect();
                        write!(f, "At this node there still are {}.", by.join(", "))
                    }
                    AdminRefusal::Status { status } => write!(f, "The account is {}.", status.as_str()),
                    AdminRefusal::DeadEnd(end) => write!(f, "The policies leave nobody a way out: {}.", end.code()),
                    AdminRefusal::Claim(refusal) => refusal.fmt(f),
                    AdminRefusal::Key(unchanged) => unchanged.fmt(f),
                    AdminRefusal::Metadata(refusal) => refusal.fmt(f),
                    AdminRefusal::Logo(refusal) => refusal.fmt(f),
                }
            }
        }
    };
}

refusals! {
    /// There is no such thing, or not for this actor.
    NotFound NotFound "not-found" "There is no such thing here.";
    /// A token asked for what happens in somebody's browser.
    PersonOnly Forbidden "person-only" "Only a person does this, in their browser.";
    /// Nothing was active before what is.
    NothingBefore Conflict "connection-without-previous" "Nothing was active before: there is nothing to go back to.";
    /// No such identity provider has a preset.
    ProviderUnknown Invalid "provider-unknown" "There is no preset of this name.";
    /// It would give a privilege that the actor does not hold.
    GrantsMore Forbidden "grants-more-than-held" "This reaches privileges that you do not hold yourself at their node.";
    /// The person holds privileges that the actor does not.
    Outranked Forbidden "user-outranks" "This person holds privileges that you do not hold.";
    /// Nobody would be left who signs in outside single sign-on and can mend everything.
    LastOutsideAdmin Conflict "last-outside-admin" "This is the last admin who can sign in outside single sign-on and holds every privilege at the root: give another one that first.";
    /// Who signs in outside is to be able to mend everything.
    NotRootAdmin Conflict "outside-needs-root" "Only who holds every privilege at the root, by a role that no group gave, signs in outside single sign-on: give them such a role first.";
    /// There is nothing to take away.
    NotOutside NotFound "not-outside" "This person does not sign in outside single sign-on.";
    /// Nobody locks, deletes or moves themselves.
    Oneself Forbidden "user-is-self" "Another admin has to do this to your own account.";
    /// The actor's own requests would be refused after it.
    NoWayBack Conflict "no-way-back" "The ip_allow_list would shut out the address that you are asking from.";
    /// Requests from there are refused.
    AddressNotAllowed Forbidden "address-not-allowed" "The ip_allow_list of your roles does not have the address that you are asking from.";
    /// It needs every privilege at the root.
    RootOnly Forbidden "root-only" "This needs every privilege at the root.";
    /// The token only reads.
    ReadOnly Forbidden "token-read-only" "This token may only read.";
    /// Tokens make no tokens, but the one that sets an organisation up.
    TokenMakesTokens Forbidden "token-makes-tokens" "A token cannot make another one: a person has to.";
    /// Somebody has the address.
    EmailTaken Conflict "email-taken" "There is an account with this e-mail already, or there was one.";
    /// No seat is free.
    OutOfSeats Conflict "out-of-seats" "No seat is free.";
    /// Something there has the name.
    NameTaken Conflict "name-taken" "There is one of this name already.";
    /// The role is of another part of the tree.
    RoleElsewhere Conflict "role-elsewhere" "This role is of another part of the tree: who manages it there gives it elsewhere, and takes away what it asks.";
    /// A group of the IdP gives it, and would again.
    RoleByGroup Conflict "role-by-group" "A group gives this role: it is taken at the identity provider, or in the map.";
    /// The root stays.
    RootNode Conflict "node-is-root" "The root cannot be deleted.";
    /// Nobody signs in by it.
    ConnectionNotActive Conflict "connection-not-active" "Nobody signs in by this connection: activate it first.";
    /// There is nothing to claim.
    AlreadyLinked Conflict "account-linked" "The account signs in by this connection already.";
    /// They are the same.
    NothingMigrates Conflict "connection-nothing-migrates" "The draft knows people by the same names as what is active: activate it.";
    /// The person signed in too long ago for this.
    NotFresh Forbidden "fresh-sign-in-needed" "This needs a sign-in of the last 15 minutes: sign in again, and do it then.";
    /// Nothing to activate.
    NoDraft Conflict "connection-without-draft" "The connection has no draft.";
    /// Nothing to verify with.
    NoCertificate Conflict "connection-without-certificate" "The draft pins no certificate.";
    /// Nothing to sign with.
    NoKey Conflict "connection-without-key" "The draft signs requests, and the connection has no key to sign with.";
    /// Accounts are linked to what would change.
    IdentityChange Conflict "connection-identity-change" "Accounts are linked by this entity ID and this subject: the connection has to be migrated.";
    /// The name is none that the connection goes by.
    NameUnusable Invalid "name-unusable" "This connection does not go by such a name, or it says nothing about who somebody is.";
    /// The name is somebody's.
    IdentityTaken Conflict "identity-taken" "The identity provider's name opens another account already.";
    /// Another connection is active there.
    NodeTaken Conflict "node-has-connection" "Another connection is active at this node.";
    /// The domain is not this organisation's, so it leads nowhere.
    DomainNotReserved Conflict "domain-not-reserved" "The domain is not reserved yet.";
    /// The domain is never checked.
    DomainWithoutToken Conflict "domain-without-token" "This domain was put here by hand, without a record to look for.";
    /// Another connection has the word.
    SsoNameTaken Conflict "sso-name-taken" "Another connection has this SSO name.";
    /// Nobody has the word.
    SsoNameReserved Invalid "sso-name-reserved" "Nobody can have this SSO name.";
    /// The metadata describes several IdPs, or none that can be used.
    MetadataAmbiguous Invalid "metadata-ambiguous" "The document has to describe one identity provider with an endpoint for sign-in that we can use.";
    /// Nothing is asked for there.
    MetadataUrl Invalid "metadata-url" "Metadata is asked for at https addresses of public names only.";
    /// It could not be had.
    MetadataUnreachable Invalid "metadata-unreachable" "The document could not be had at that address.";
    /// Neither, or both.
    MetadataMissing Invalid "metadata-missing" "Send the document, or the address of it: one of both.";
    /// Nobody sends it.
    MailNotOffered Conflict "mail-not-offered" "This deployment sends no mail itself: name a service that does.";
    /// Nothing is sent there.
    MailUrl Invalid "mail-url" "Mail is handed over at https addresses of public names only.";
    /// Something is missing, or too much.
    MailIncomplete Invalid "mail-incomplete" "A service needs its `url`, its `secret` and `from`; the deployment needs none of them.";
    /// The certificate cannot be read.
    Certificate Invalid "certificate-invalid" "A certificate cannot be read or is not one that may be pinned.";
    /// Too far off, or over already.
    Expiry Invalid "token-expiry" "A token has to end later than now, and within a year.";
    /// Nothing in it is held.
    EmptyToken Invalid "token-empty" "A token without privileges can do nothing.";
    /// It changed in between.
    VersionMismatch Outdated "version-mismatch" "It was changed since: load it again.";
    /// Nobody could read it.
    AccentIllegible Invalid "accent-illegible" "The colour is too light to be read on our pages, or for white to be read on it: its contrast has to be 4.5 at the least.";
    /// The key was used for something else.
    KeyReused Invalid "idempotency-key-reused" "This Idempotency-Key was used for another request.";
}
