//! Every expected no: an enum of facts, each with a stable code, a reason for admins and a face for the public.
//!
//! A refusal is not an error. It is an outcome that somebody has to be told about: the person, who gets a way forward
//! and a reference ([`Face`]), and the admin, who gets the reason (`Display`) under the same reference in the audit log.

use core::fmt;

use keyward_saml::{StatusCode, Timestamp};

use crate::address::{Domain, SsoName};
use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::Decision;
use crate::face::Face;
use crate::facts::{ConnectionStatus, TenantStatus, UserStatus};
use crate::id::{ConnectionId, EventId, UserId};
use crate::logout::LogoutRefusal;
use crate::random::{Random, Reference};

/// Why somebody was not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The response itself.
    Saml(keyward_saml::Refusal),
    /// A message for single logout.
    Logout(LogoutRefusal),
    /// The form carried no SAMLResponse, or several.
    Form,
    /// A form was posted from another site.
    CrossSite,
    /// No tenant has reserved the domain, or it leads to no connection.
    DomainUnknown {
        /// The domain.
        domain: Domain,
    },
    /// No connection has this SSO name.
    SsoNameUnknown {
        /// The name.
        name: SsoName,
    },
    /// No connection has this id.
    ConnectionUnknown {
        /// What the address said, where it has the form of an id.
        id: Option<ConnectionId>,
    },
    /// The organisation is suspended or deleted.
    TenantNotActive {
        /// What it is.
        status: TenantStatus,
    },
    /// The connection is not in use yet, or not any more.
    ConnectionNotActive {
        /// What it is.
        status: ConnectionStatus,
    },
    /// InResponseTo names no request of this tenant, or one that was cleared away.
    RequestUnknown {
        /// What it names.
        in_response_to: String,
    },
    /// The request was sent to another connection's IdP.
    RequestOfAnotherConnection {
        /// Whose it was.
        connection: ConnectionId,
    },
    /// Another browser waits for the answer to this request, or this one has lost its cookie.
    RequestOfAnotherBrowser,
    /// The person took too long.
    RequestExpired {
        /// When it expired.
        expired_at: Timestamp,
        /// The time it was judged at.
        now: Timestamp,
    },
    /// The request has been answered.
    RequestUsed,
    /// The assertion has been used.
    Replay {
        /// Its ID.
        assertion: String,
    },
    /// There is no NameID, and no attribute was configured to take its place.
    NameIdMissing,
    /// A transient NameID says nothing about who somebody is.
    NameIdTransient,
    /// An attribute that is needed did not come, or came empty.
    AttributeMissing {
        /// Its Name.
        name: String,
    },
    /// An attribute that needs one value came with several.
    AttributeValues {
        /// Its Name.
        name: String,
        /// How many values.
        count: usize,
    },
    /// A value is longer than anything sensible.
    ValueTooLong {
        /// What it is of.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// What the IdP sent as the e-mail is none.
    EmailMalformed {
        /// The attribute's Name.
        name: String,
    },
    /// The e-mail's domain does not belong to this tenant.
    EmailDomainNotReserved {
        /// The domain.
        domain: Domain,
    },
    /// The e-mail's domain leads to another connection of this tenant, or to none.
    EmailDomainRoutedElsewhere {
        /// The domain.
        domain: Domain,
        /// Where it leads.
        connection: Option<ConnectionId>,
    },
    /// The second attribute is not the one that was pinned.
    IdentityChanged {
        /// Whose account it would have opened.
        user: UserId,
        /// The attribute's Name.
        attribute: String,
    },
    /// The account is locked.
    UserLocked {
        /// Which.
        user: UserId,
    },
    /// The account was deleted.
    UserDeleted {
        /// Which.
        user: UserId,
    },
    /// An account that is invited and has yet to be claimed has the e-mail.
    InvitationUnclaimed {
        /// Which.
        user: UserId,
    },
    /// An account that signs in by another connection has the e-mail.
    AccountElsewhere {
        /// Which.
        user: UserId,
        /// By which.
        connection: ConnectionId,
    },
    /// Another account has the e-mail: one that no connection knows, or this one under another name.
    EmailInUse {
        /// Which.
        user: UserId,
        /// What it is.
        status: UserStatus,
    },
    /// There is no account, and the connection makes none.
    JitOff,
    /// There is no account, and no seat for one.
    NoSeat,
    /// The link to claim an account was used, is too old, or is of another connection.
    ClaimOver {
        /// Whose account.
        user: UserId,
    },
    /// Somebody else came back than whom the link was for.
    ClaimOfAnother {
        /// Whose account it was for.
        user: UserId,
    },
    /// There is no such link.
    ClaimUnknown,
    /// The policies of the person's roles do not let them come from that address.
    AddressNotAllowed {
        /// Whose account it would have opened; `None`: one that was not there.
        user: Option<UserId>,
    },
    /// The confirmation names nothing, or is of another browser.
    ConfirmationUnknown,
    /// The person took too long to confirm.
    ConfirmationExpired {
        /// When it expired.
        expired_at: Timestamp,
        /// The time it was judged at.
        now: Timestamp,
    },
    /// The confirmation has been answered.
    ConfirmationUsed,
    /// The connection was changed, or sessions were ended, after the person was asked.
    ConfirmationOutdated,
    /// The e-mail or the password of an admin outside single sign-on is not right.
    PasswordWrong {
        /// Whose e-mail it is; `None`: nobody's, or of several.
        user: Option<UserId>,
    },
    /// Too many were wrong.
    PasswordTooMany {
        /// Whose e-mail it is.
        user: Option<UserId>,
    },
    /// The e-mail or the recovery code is not right.
    RecoveryCodeWrong {
        /// Whose e-mail it is.
        user: Option<UserId>,
    },
    /// The secret of the first run is not right.
    SetUpSecretWrong,
    /// The first run is over, or was never open.
    SetUpClosed,
    /// There is no such set-up link.
    SetUpLinkUnknown,
    /// It was used, or is too old.
    SetUpLinkOver {
        /// Whose account it was for.
        user: Option<UserId>,
    },
}

/// A refusal that is written down, and what the person is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the public is told.
    pub face: Face,
    /// Under which the admin finds the reason.
    pub reference: Reference,
    /// When.
    pub time: Timestamp,
}

impl From<keyward_saml::Refusal> for Refusal {
    fn from(refusal: keyward_saml::Refusal) -> Refusal {
        Refusal::Saml(refusal)
    }
}

impl Refusal {
    /// The stable code, kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Saml(refusal) => refusal.code(),
            Refusal::Logout(refusal) => refusal.code(),
            Refusal::Form => "form",
            Refusal::CrossSite => "cross-site",
            Refusal::DomainUnknown { .. } => "domain-unknown",
            Refusal::SsoNameUnknown { .. } => "sso-name-unknown",
            Refusal::ConnectionUnknown { .. } => "connection-unknown",
            Refusal::TenantNotActive { .. } => "tenant-not-active",
            Refusal::ConnectionNotActive { .. } => "connection-not-active",
            Refusal::RequestUnknown { .. } => "request-unknown",
            Refusal::RequestOfAnotherConnection { .. } => "request-connection",
            Refusal::RequestOfAnotherBrowser => "request-browser",
            Refusal::RequestExpired { .. } => "request-expired",
            Refusal::RequestUsed => "request-used",
            Refusal::Replay { .. } => "replay",
            Refusal::NameIdMissing => "name-id-missing",
            Refusal::NameIdTransient => "name-id-transient",
            Refusal::AttributeMissing { .. } => "attribute-missing",
            Refusal::AttributeValues { .. } => "attribute-values",
            Refusal::ValueTooLong { .. } => "value-too-long",
            Refusal::EmailMalformed { .. } => "email-malformed",
            Refusal::EmailDomainNotReserved { .. } => "email-domain-not-reserved",
            Refusal::EmailDomainRoutedElsewhere { .. } => "email-domain-routed-elsewhere",
            Refusal::IdentityChanged { .. } => "identity-changed",
            Refusal::UserLocked { .. } => "user-locked",
            Refusal::UserDeleted { .. } => "user-deleted",
            Refusal::InvitationUnclaimed { .. } => "invitation-unclaimed",
            Refusal::AccountElsewhere { .. } => "account-elsewhere",
            Refusal::EmailInUse { .. } => "email-in-use",
            Refusal::JitOff => "jit-off",
            Refusal::NoSeat => "no-seat",
            Refusal::ClaimOver { .. } => "claim-over",
            Refusal::ClaimOfAnother { .. } => "claim-of-another",
            Refusal::ClaimUnknown => "claim-unknown",
            Refusal::AddressNotAllowed { .. } => "address-not-allowed",
            Refusal::ConfirmationUnknown => "confirmation-unknown",
            Refusal::ConfirmationExpired { .. } => "confirmation-expired",
            Refusal::ConfirmationUsed => "confirmation-used",
            Refusal::ConfirmationOutdated => "confirmation-outdated",
            Refusal::PasswordWrong { .. } => "password-wrong",
            Refusal::PasswordTooMany { .. } => "password-too-many",
            Refusal::RecoveryCodeWrong { .. } => "recovery-code-wrong",
            Refusal::SetUpSecretWrong => "set-up-secret-wrong",
            Refusal::SetUpClosed => "set-up-closed",
            Refusal::SetUpLinkUnknown => "set-up-link-unknown",
            Refusal::SetUpLinkOver { .. } => "set-up-link-over",
        }
    }

    /// What the public is told. Many reasons share a face: none says which check failed.
    pub fn face(&self) -> Face {
        match self {
            Refusal::Saml(keyward_saml::Refusal::Status { status }) => status_face(status),
            Refusal::Saml(_) | Refusal::Form | Refusal::CrossSite => Face::NotFinished,
            Refusal::Logout(LogoutRefusal::Unconfirmed(_)) => Face::SignedOutHere,
            Refusal::Logout(_) => Face::SignOutNotFinished,
            Refusal::DomainUnknown { .. }
            | Refusal::SsoNameUnknown { .. }
            | Refusal::ConnectionUnknown { .. } => Face::OrganisationNotFound,
            Refusal::TenantNotActive { .. } | Refusal::ConnectionNotActive { .. } => Face::OrganisationPaused,
            Refusal::RequestUnknown { .. }
            | Refusal::RequestOfAnotherConnection { .. }
            | Refusal::RequestOfAnotherBrowser
            | Refusal::RequestExpired { .. }
            | Refusal::RequestUsed
            | Refusal::Replay { .. }
            | Refusal::ConfirmationUnknown
            | Refusal::ConfirmationExpired { .. }
            | Refusal::ConfirmationUsed
            | Refusal::ConfirmationOutdated => Face::Expired,
            Refusal::ClaimOver { .. }
            | Refusal::ClaimUnknown
            | Refusal::SetUpLinkUnknown
            | Refusal::SetUpLinkOver { .. } => Face::LinkOver,
            Refusal::PasswordWrong { .. } => Face::PasswordNotRight,
            Refusal::PasswordTooMany { .. } => Face::TooManyPasswords,
            Refusal::RecoveryCodeWrong { .. } => Face::RecoveryNotRight,
            Refusal::SetUpSecretWrong => Face::SecretNotRight,
            Refusal::SetUpClosed => Face::SetUpDone,
            Refusal::NameIdMissing
            | Refusal::NameIdTransient
            | Refusal::AttributeMissing { .. }
            | Refusal::AttributeValues { .. }
            | Refusal::ValueTooLong { .. }
            | Refusal::EmailMalformed { .. }
            | Refusal::EmailDomainNotReserved { .. }
            | Refusal::EmailDomainRoutedElsewhere { .. }
            | Refusal::IdentityChanged { .. }
            | Refusal::UserLocked { .. }
            | Refusal::UserDeleted { .. }
            | Refusal::InvitationUnclaimed { .. }
            | Refusal::AccountElsewhere { .. }
            | Refusal::EmailInUse { .. }
            | Refusal::ClaimOfAnother { .. }
            | Refusal::JitOff
            | Refusal::NoSeat => Face::AskAdmin,
            Refusal::AddressNotAllowed { .. } => Face::NotFromHere,
        }
    }

    fn event(&self) -> Event {
        match self {
            Refusal::NoSeat => Event::OutOfSeats,
            Refusal::AddressNotAllowed { .. } => Event::LoginFailedIpAllowList,
            Refusal::Logout(_) => Event::Logout,
            _ => Event::LoginFailure,
        }
    }

    fn subject(&self) -> Option<&UserId> {
        match self {
            Refusal::IdentityChanged { user, .. }
            | Refusal::UserLocked { user }
            | Refusal::UserDeleted { user }
            | Refusal::InvitationUnclaimed { user }
            | Refusal::AccountElsewhere { user, .. }
            | Refusal::EmailInUse { user, .. }
            | Refusal::ClaimOver { user }
            | Refusal::ClaimOfAnother { user } => Some(user),
            Refusal::AddressNotAllowed { user }
            | Refusal::PasswordWrong { user }
            | Refusal::PasswordTooMany { user }
            | Refusal::RecoveryCodeWrong { user }
            | Refusal::SetUpLinkOver { user } => user.as_ref(),
            _ => None,
        }
    }

    /// The refusal as a decision: one entry in the audit log, and nothing else.
    pub fn record(&self, scope: Scope, now: Timestamp, rng: &mut dyn Random) -> Decision<Refused> {
        let (outcome, event) = self.entry(scope, now, rng);
        Decision { audit: vec![event], ..Decision::unchanged(outcome) }
    }

    /// What the person is shown, and what is written down, under one reference.
    pub(crate) fn entry(&self, scope: Scope, now: Timestamp, rng: &mut dyn Random) -> (Refused, AuditEvent) {
        let reference = Reference::generate(rng);
        let event = AuditEvent {
            id: EventId::generate(rng),
            scope,
            time: now,
            event: self.event(),
            code: Some(self.code()),
            reference: Some(reference.clone()),
            actor: None,
            subject: self.subject().cloned(),
            detail: self.to_string(),
        };
        (Refused { face: self.face(), reference, time: now }, event)
    }
}

/// An IdP's error status in people's words (Core §3.2.2.2). The status may be anybody's: nothing of it is quoted.
fn status_face(status: &StatusCode) -> Face {
    let local = |uri: &str| uri.rsplit(':').next().unwrap_or_default().to_owned();
    match local(status.second.as_deref().unwrap_or(&status.top)).as_str() {
        "RequestDenied" | "UnknownPrincipal" => Face::NotAssigned,
        "AuthnFailed" | "NoPassive" => Face::IdpNotSignedIn,
        "NoAuthnContext" => Face::IdpOtherMethod,
        _ => Face::IdpRefused,
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Saml(refusal @ keyward_saml::Refusal::Unsolicited) => write!(
                f,
                "{refusal} Let the tile at the IdP open this connection's start address, or allow responses that the IdP begins."
            ),
            Refusal::Saml(refusal) => refusal.fmt(f),
            Refusal::Logout(refusal) => refusal.fmt(f),
            Refusal::Form => f.write_str("The form posted here has no field SAMLResponse, or more than one."),
            Refusal::CrossSite => f.write_str("A form was posted from another site."),
            Refusal::DomainUnknown { domain } => {
                write!(f, "No organisation has reserved the domain {}, or it leads to no connection.", domain.as_str())
            }
            Refusal::SsoNameUnknown { name } => write!(f, "No connection has the SSO name {}.", name.as_str()),
            Refusal::ConnectionUnknown { id: Some(id) } => write!(f, "There is no connection {}.", id.as_str()),
            Refusal::ConnectionUnknown { id: None } => f.write_str("The address names no connection."),
            Refusal::TenantNotActive { status } => write!(f, "The organisation is {}.", status.as_str()),
            Refusal::ConnectionNotActive { status } => write!(f, "The connection is {}.", status.as_str()),
            Refusal::RequestUnknown { in_response_to } => {
                let shown: String = in_response_to.chars().filter(|c| !c.is_control()).take(80).collect();
                write!(
                    f,
                    "The response says that it answers the request \u{201c}{shown}\u{201d}, and no such request is pending. \
                     Some IdPs put an InResponseTo into responses that they begin themselves."
                )
            }
            Refusal::RequestOfAnotherConnection { connection } => {
                write!(f, "The response answers a request that connection {} sent.", connection.as_str())
            }
            Refusal::RequestOfAnotherBrowser => f.write_str(
                "The response answers a request that another browser sent, or this browser has lost its cookie since.",
            ),
            Refusal::RequestExpired { expired_at, now } => {
                write!(f, "The request expired at {expired_at}, and the response came at {now}.")
            }
            Refusal::RequestUsed => f.write_str("The request that the response answers has been answered already."),
            Refusal::Replay { assertion } => {
                let shown: String = assertion.chars().filter(|c| !c.is_control()).take(80).collect();
                write!(f, "The assertion \u{201c}{shown}\u{201d} has been used already.")
            }
            Refusal::NameIdMissing => f.write_str(
                "The assertion has no NameID. Let the IdP send one, or configure the attribute that says who somebody is.",
            ),
            Refusal::NameIdTransient => f.write_str(
                "The NameID is transient: it is another one at each sign-in. Let the IdP send a persistent one, or configure \
                 the attribute that says who somebody is.",
            ),
            Refusal::AttributeMissing { name } => {
                write!(f, "The attribute \u{201c}{name}\u{201d} is missing or empty. Let the IdP send it, or change the mapping.")
            }
            Refusal::AttributeValues { name, count } => {
                write!(f, "The attribute \u{201c}{name}\u{201d} has {count} values, and one is needed.")
            }
            Refusal::ValueTooLong { what, limit } => write!(f, "The {what} is longer than {limit} bytes."),
            Refusal::EmailMalformed { name } => {
                write!(f, "The attribute \u{201c}{name}\u{201d} is mapped to the e-mail, and its value is not an e-mail address.")
            }
            Refusal::EmailDomainNotReserved { domain } => {
                write!(f, "The e-mail's domain {} is not reserved by this organisation.", domain.as_str())
            }
            Refusal::EmailDomainRoutedElsewhere { domain, connection: Some(connection) } => write!(
                f,
                "People of {} sign in by connection {}, so this one cannot speak for them.",
                domain.as_str(),
                connection.as_str()
            ),
            Refusal::EmailDomainRoutedElsewhere { domain, connection: None } => {
                write!(f, "The domain {} is reserved, and leads to no connection.", domain.as_str())
            }
            Refusal::IdentityChanged { attribute, .. } => write!(
                f,
                "The attribute \u{201c}{attribute}\u{201d} is not what it was when this person first signed in. The name may \
                 have been given to somebody else; if it is the same person, re-point the identity."
            ),
            Refusal::UserLocked { .. } => f.write_str("The account is locked."),
            Refusal::UserDeleted { .. } => {
                f.write_str("The account was deleted, and a sign-in does not bring it back. Restore it, or remove its record.")
            }
            Refusal::InvitationUnclaimed { .. } => f.write_str(
                "An account with this e-mail is invited and has not been claimed. An e-mail alone never links: the person has \
                 to claim the invitation, by the link that an admin gives them.",
            ),
            Refusal::AccountElsewhere { connection, .. } => write!(
                f,
                "An account with this e-mail signs in by connection {}. An e-mail alone never links: an admin has to give the \
                 person a link to claim it by this connection.",
                connection.as_str()
            ),
            Refusal::EmailInUse { status, .. } => write!(
                f,
                "An account with this e-mail ({}) exists, and this sign-in is not linked to it. An e-mail alone never links: \
                 an admin has to link the account, or to re-point its identity where the IdP knows the same person by another \
                 name now.",
                status.as_str()
            ),
            Refusal::JitOff => {
                f.write_str("There is no account for this person, and the connection does not make accounts at first sign-in.")
            }
            Refusal::NoSeat => f.write_str("There is no account for this person, and every seat is taken."),
            Refusal::ClaimOver { .. } => f.write_str(
                "The link to claim this account was used, is too old, or is of another connection. An admin can give a new one.",
            ),
            Refusal::ClaimOfAnother { .. } => f.write_str(
                "The link was for another account than the one that the IdP asserts: the e-mails differ, or this person has an \
                 account already.",
            ),
            Refusal::ClaimUnknown => f.write_str("A link to claim an account was opened that there is not, or not any more."),
            Refusal::AddressNotAllowed { .. } => f.write_str(
                "The request came from an address that the ip_allow_list of this person's roles does not have.",
            ),
            Refusal::ConfirmationUnknown => f.write_str("A sign-in was confirmed that this browser was not asked about."),
            Refusal::ConfirmationExpired { expired_at, now } => {
                write!(f, "The sign-in was to be confirmed until {expired_at}, and was at {now}.")
            }
            Refusal::ConfirmationUsed => f.write_str("The sign-in has been confirmed or declined already."),
            Refusal::ConfirmationOutdated => {
                f.write_str("The connection was changed, or sessions were ended, after the person was asked to confirm: the response no longer counts.")
            }
            Refusal::PasswordWrong { user: Some(_) } => {
                f.write_str("The password of an admin outside single sign-on was not right.")
            }
            Refusal::PasswordWrong { user: None } => {
                f.write_str("Nobody signs in outside single sign-on with this e-mail, or admins of several organisations do.")
            }
            Refusal::PasswordTooMany { .. } => f.write_str(
                "Too many wrong passwords were tried for this e-mail, in this network or everywhere. Browsers in which the admin \
                 showed a second factor before are counted apart, and the recovery code is not counted.",
            ),
            Refusal::RecoveryCodeWrong { .. } => f.write_str("The recovery code of an admin outside single sign-on was not right."),
            Refusal::SetUpSecretWrong => {
                f.write_str("The set-up page was sent a secret that is not this deployment's.")
            }
            Refusal::SetUpClosed => f.write_str(
                "The set-up page was sent the deployment's secret, and the first run is over. A further organisation begins with a \
                 link of the operator's.",
            ),
            Refusal::SetUpLinkUnknown => f.write_str("A set-up link was opened that there is not, or not any more."),
            Refusal::SetUpLinkOver { .. } => {
                f.write_str("The set-up link was used, or is too old. Whoever gave it can give another.")
            }
        }
    }
}
