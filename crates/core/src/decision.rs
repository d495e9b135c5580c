//! What a decision consists of: an outcome, what it depends on, what it changes, what is written down.
//!
//! The host makes one atomic batch of guards, writes and audit. A guard that no longer holds, or a write that is already
//! there, fails the whole batch; the host then loads the facts again and has it decided again.

use keyward_saml::Timestamp;

use crate::address::{Domain, Email};
use crate::admin::{AdminGuard, AdminWrite};
use crate::asserted::Subject;
use crate::audit::AuditEvent;
use crate::domain::DomainStatus;
use crate::escrow::{EscrowGuard, EscrowWrite};
use crate::id::{ConnectionId, DeviceId, NodeId, RoleId, SpKeyId, TenantId, UserId};
use crate::logout::IdpName;
use crate::mail::{MailGuard, MailWrite};
use crate::onboarding::OnboardingWrite;
use crate::outside::{OutsideGuard, OutsideWrite};
use crate::random::{RequestId, TokenHash};
use crate::return_to::ReturnTo;
use crate::roles::RoleSource;
use crate::saml_log::{Failed, LoggedMessage, Proof};
use crate::session::SessionsOf;
use crate::sp_key::{KeyStatus, NewSpKey};
use crate::two_factor::{FactorGuard, FactorWrite};
use crate::vault::VaultWrite;

/// A decision.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<T> {
    /// What to tell the caller once the batch is in.
    pub outcome: T,
    /// What has to hold still, in the batch.
    pub guards: Vec<Guard>,
    /// What changes, in this order.
    pub writes: Vec<Write>,
    /// What is written down.
    pub audit: Vec<AuditEvent>,
}

impl<T> Decision<T> {
    /// A decision that changes nothing.
    pub fn unchanged(outcome: T) -> Decision<T> {
        Decision { outcome, guards: Vec::new(), writes: Vec::new(), audit: Vec::new() }
    }
}

/// A condition that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Of an admin's decision.
    Admin(AdminGuard),
    /// Of second factors.
    Factor(FactorGuard),
    /// Of one about escrow.
    Escrow(EscrowGuard),
    /// Of notices.
    Mail(MailGuard),
    /// Of admins outside single sign-on.
    Outside(OutsideGuard),
    /// The tenant is active, the connection is active and of this version.
    ConnectionUnchanged {
        /// Whose.
        tenant: TenantId,
        /// Which.
        connection: ConnectionId,
        /// As it was judged.
        version: i64,
    },
    /// The connection is of this version, whatever its status.
    ConnectionVersion {
        /// Whose.
        tenant: TenantId,
        /// Which.
        connection: ConnectionId,
        /// As it was judged.
        version: i64,
    },
    /// The user is active and of this version.
    UserUnchanged {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// As it was judged.
        version: i64,
    },
    /// The domain is reserved by the tenant and leads to the connection.
    DomainRoutes {
        /// Whose.
        tenant: TenantId,
        /// Which.
        domain: Domain,
        /// Where it leads.
        connection: ConnectionId,
    },
    /// The invited or active user is of this version.
    UserVersion {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// As it was judged.
        version: i64,
    },
    /// No sessions such as a confirmation would open were ended since it was asked.
    ConfirmationStands {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
    },
    /// The account's identity there has yet to migrate.
    IdentityMigrates {
        /// Whose.
        tenant: TenantId,
        /// At which IdP.
        connection: ConnectionId,
        /// Of whom.
        user: UserId,
    },
    /// The identity has no pinned value yet.
    IdentityUnpinned {
        /// Whose.
        tenant: TenantId,
        /// At which IdP.
        connection: ConnectionId,
        /// Under which name.
        subject: Subject,
    },
    /// The domain's check is still due: nobody else has made it.
    DomainDue {
        /// Whose claim.
        tenant: TenantId,
        /// To what.
        domain: Domain,
        /// Since when.
        due_at: Timestamp,
    },
    /// The poll of a connection's metadata is still due.
    MetadataDue {
        /// Whose.
        tenant: TenantId,
        /// Which.
        connection: ConnectionId,
        /// Since when.
        due_at: Timestamp,
    },
    /// The look at a certificate is still due.
    CertificateDue {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        fingerprint: String,
        /// Since when.
        due_at: Timestamp,
    },
    /// The device is proven in the session, and trusted.
    DeviceTrusted {
        /// Whose.
        tenant: TenantId,
        /// Which session.
        token: TokenHash,
        /// Of whom.
        user: UserId,
        /// Which device.
        device: DeviceId,
    },
    /// The person has the device.
    DeviceThere {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        device: DeviceId,
    },
    /// No more devices than these wait to be let in.
    DeviceRequests {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Those that have not expired at this time.
        now: Timestamp,
        /// How many may be there before the next.
        most: i64,
    },
    /// The last statement of the person's keys has this number.
    VaultSequence {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The number.
        sequence: i64,
    },
    /// The vault's counter is this one.
    VaultAt {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The counter.
        counter: i64,
    },
    /// Every one of these things is of its kind, and at its revision.
    VaultRevisions {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// JSON `[[item, kind, revision, or 0 where it is not there], …]`.
        revisions: String,
    },
    /// The vault holds no more things than this.
    VaultRoom {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// How many may be there before the change.
        most: i64,
    },
    /// A seat is free.
    SeatFree {
        /// Whose.
        tenant: TenantId,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Of a vault.
    Vault(VaultWrite),
    /// By an admin.
    Admin(AdminWrite),
    /// Of second factors.
    Factor(FactorWrite),
    /// Of what somebody is walked through.
    Onboarding(OnboardingWrite),
    /// Of escrow.
    Escrow(EscrowWrite),
    /// A notice, or what becomes of it.
    Mail(MailWrite),
    /// Of admins outside single sign-on.
    Outside(OutsideWrite),
    /// A new, active user.
    CreateUser {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// Where in the tree.
        node: NodeId,
        /// The e-mail.
        email: Email,
        /// What they are called; empty where that is not known.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// Who a user is at an IdP.
    CreateIdentity {
        /// Whose.
        tenant: TenantId,
        /// At which IdP.
        connection: ConnectionId,
        /// Under which name.
        subject: Subject,
        /// Who.
        user: UserId,
        /// The pinned attribute's value.
        pinned: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// A role is given.
    AddRole {
        /// Whose.
        tenant: TenantId,
        /// To whom.
        user: UserId,
        /// Which.
        role: RoleId,
        /// Why.
        source: RoleSource,
        /// When.
        at: Timestamp,
    },
    /// No group gives a role any longer; one that was given otherwise stays.
    RemoveGroupRole {
        /// Whose.
        tenant: TenantId,
        /// From whom.
        user: UserId,
        /// Which.
        role: RoleId,
    },
    /// The pinned attribute's value, of an identity that has none.
    PinIdentity {
        /// Whose.
        tenant: TenantId,
        /// At which IdP.
        connection: ConnectionId,
        /// Under which name.
        subject: Subject,
        /// The value.
        pinned: String,
    },
    /// The IdP knows a person under a new e-mail or name.
    UpdateProfile {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// The e-mail.
        email: Email,
        /// What they are called.
        name: String,
    },
    /// A claim to a domain.
    ClaimDomain {
        /// Whose.
        tenant: TenantId,
        /// To what.
        domain: Domain,
        /// What its record has to say.
        token: String,
        /// When.
        at: Timestamp,
    },
    /// A domain was looked at.
    UpdateDomain {
        /// Whose claim.
        tenant: TenantId,
        /// To what.
        domain: Domain,
        /// What it is worth now.
        status: DomainStatus,
        /// Checks in a row that did not see the record.
        attempts: i64,
        /// Since when it is gone.
        missing_since: Option<Timestamp>,
        /// When it was looked at.
        checked_at: Timestamp,
        /// When next; `None` where never.
        next_check_at: Option<Timestamp>,
    },
    /// A certificate of the IdP's is pinned.
    PinCertificate {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// The lower-case hex of its SHA-256.
        fingerprint: String,
        /// The base64 of its DER.
        certificate: String,
        /// When.
        at: Timestamp,
    },
    /// A pinned certificate is no longer in the metadata, or is again.
    MarkCertificate {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        fingerprint: String,
        /// Since when it is not.
        missing_since: Option<Timestamp>,
    },
    /// A certificate is no longer pinned.
    UnpinCertificate {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        fingerprint: String,
    },
    /// The end of a certificate was looked at.
    LookAtCertificate {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        fingerprint: String,
        /// When.
        at: Timestamp,
        /// When next; `None` where never.
        next_at: Option<Timestamp>,
    },
    /// The connection has a new version: what is remembered of it no longer counts.
    RenewConnection {
        /// Whose.
        tenant: TenantId,
        /// Which.
        connection: ConnectionId,
    },
    /// A key pair of ours.
    CreateSpKey {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Its id.
        key: SpKeyId,
        /// What it is.
        status: KeyStatus,
        /// The pair.
        new: NewSpKey,
        /// When.
        at: Timestamp,
    },
    /// A key of ours is used from now on, or no longer.
    ChangeSpKey {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        key: SpKeyId,
        /// What it is now.
        status: KeyStatus,
        /// When.
        at: Timestamp,
    },
    /// A key of ours is gone.
    DeleteSpKey {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Which.
        key: SpKeyId,
    },
    /// An invited account is active.
    ActivateUser {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
    },
    /// A claim is used.
    ConsumeClaim {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// The IdP of a migrated connection knows a person by this name.
    MigrateIdentity {
        /// Whose.
        tenant: TenantId,
        /// At which IdP.
        connection: ConnectionId,
        /// Of whom.
        user: UserId,
        /// The name.
        subject: Subject,
        /// The pinned attribute's value.
        pinned: Option<String>,
    },
    /// A message went between us and an IdP; the oldest one of its ring is forgotten.
    LogMessage {
        /// The message.
        message: LoggedMessage,
        /// Why it was refused; `None` where it was not.
        failed: Option<Failed>,
        /// What vouches for it.
        proof: Proof,
    },
    /// A connection's metadata was polled.
    UpdateMetadata {
        /// Whose.
        tenant: TenantId,
        /// Which.
        connection: ConnectionId,
        /// What the server calls the document that was taken over.
        etag: Option<String>,
        /// Polls in a row that failed.
        failures: i64,
        /// When.
        checked_at: Timestamp,
        /// When next.
        next_check_at: Timestamp,
    },
    /// The time of a user's last sign-in.
    RecordSignIn {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// The assertion is used up.
    ConsumeAssertion {
        /// Whose.
        tenant: TenantId,
        /// The IdP's entity ID.
        issuer: String,
        /// The assertion's ID.
        assertion: String,
        /// When.
        at: Timestamp,
        /// From when on it would be refused anyway.
        expires_at: Timestamp,
    },
    /// The request is answered.
    ConsumeRequest {
        /// Whose.
        tenant: TenantId,
        /// Which.
        request: RequestId,
        /// The session that the answer opened.
        session: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// A new session.
    OpenSession(NewSession),
    /// The session is over.
    RevokeSession {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// A LogoutRequest of ours goes to an IdP.
    AwaitLogout {
        /// Whose.
        tenant: TenantId,
        /// Its ID.
        request: RequestId,
        /// To whose IdP.
        connection: ConnectionId,
        /// The browser that brings the answer.
        browser: TokenHash,
        /// When.
        at: Timestamp,
        /// Until when it may be answered.
        expires_at: Timestamp,
    },
    /// It is answered.
    ConsumeLogoutAnswer {
        /// Whose.
        tenant: TenantId,
        /// Which.
        request: RequestId,
        /// When.
        at: Timestamp,
    },
    /// An IdP's LogoutRequest is followed.
    ConsumeLogoutRequest {
        /// Whose.
        tenant: TenantId,
        /// Of which connection.
        connection: ConnectionId,
        /// Its ID.
        request: String,
        /// When.
        at: Timestamp,
        /// From when on it would be refused anyway.
        expires_at: Timestamp,
    },
    /// All sessions that began until now are over.
    EndSessions {
        /// Whose.
        tenant: TenantId,
        /// Which of them.
        of: SessionsOf,
        /// When.
        at: Timestamp,
    },
    /// The session was used: its idle limit counts from now.
    TouchSession {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// The browser is to confirm an unsolicited sign-in.
    CreateConfirmation(NewConfirmation),
    /// The confirmation is answered.
    ConsumeConfirmation {
        /// Whose.
        tenant: TenantId,
        /// Which.
        token: TokenHash,
        /// The session it opened; `None` where the person declined.
        session: Option<TokenHash>,
        /// When.
        at: Timestamp,
    },
}

/// A session to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Whose.
    pub tenant: TenantId,
    /// The hash of the token that the browser will hold.
    pub token: TokenHash,
    /// Who.
    pub user: UserId,
    /// By which connection; `None`: outside single sign-on.
    pub connection: Option<ConnectionId>,
    /// In which browser.
    pub browser: TokenHash,
    /// The IdP's name for its session.
    pub session_index: Option<String>,
    /// The IdP's name for the person.
    pub idp_name: Option<IdpName>,
    /// Whether this sign-in made the account.
    pub created_user: bool,
    /// The sign-in before this one.
    pub previous_sign_in_at: Option<Timestamp>,
    /// When the person signed in at the IdP; `None` where that is not known any more.
    pub authenticated_at: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
    /// The absolute limit.
    pub expires_at: Timestamp,
}

/// A confirmation to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConfirmation {
    /// Whose.
    pub tenant: TenantId,
    /// The hash of the token in the form.
    pub token: TokenHash,
    /// In which browser.
    pub browser: TokenHash,
    /// By which connection.
    pub connection: ConnectionId,
    /// The connection's version that its response was judged by.
    pub connection_version: i64,
    /// Who.
    pub user: UserId,
    /// Whether this sign-in made the account.
    pub created_user: bool,
    /// The IdP's name for its session.
    pub session_index: Option<String>,
    /// The IdP's name for the person.
    pub idp_name: Option<IdpName>,
    /// The IdP's limit for the session.
    pub session_not_on_or_after: Option<Timestamp>,
    /// Where to go afterwards.
    pub return_to: ReturnTo,
    /// When.
    pub at: Timestamp,
    /// Until when it may be answered.
    pub expires_at: Timestamp,
}
