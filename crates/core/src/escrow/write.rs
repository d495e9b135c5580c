//! What escrow's decisions rest on and change.

use keyward_saml::Timestamp;

use crate::address::Domain;
use crate::id::{ConnectionId, DeviceId, EventId, TenantId, UserId};

use super::keys::KeyPurpose;

/// What a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EscrowGuard {
    /// No more of a person's devices than these wait for an admin.
    AdminRequests {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// The one that is asked for is not counted.
        device: DeviceId,
        /// Those that have not expired at this time.
        now: Timestamp,
        /// How many may be there before the next.
        most: i64,
    },
    /// The request asks an admin for the same as it was judged.
    Asked {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        device: DeviceId,
        /// For a vault that begins anew.
        wants_fresh: bool,
        /// Until when; every question has a new time.
        until: Timestamp,
    },
    /// Where an admin let a browser of the person's begin a fresh vault, it is this one.
    FreshFor {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which device begins.
        device: DeviceId,
        /// Base64 of its ECDH key, which is in the words that the admin compared.
        encryption: String,
        /// Base64 of its ECDSA key, which is too.
        signing: String,
    },
    /// The organisation's last statement has this number.
    TenantSequence {
        /// Whose.
        tenant: TenantId,
        /// Its number.
        sequence: i64,
    },
    /// Nobody who is active holds what signs the organisation's next statement.
    NobodyHolds {
        /// Whose.
        tenant: TenantId,
    },
    /// An admin holds as many of the organisation's keys, by the account that they have, as were looked at: nobody gave them one
    /// meanwhile.
    GrantsHeld {
        /// Whose.
        tenant: TenantId,
        /// By whom.
        admin: UserId,
        /// The number of their account's statement.
        account: i64,
        /// How many.
        count: i64,
    },
    /// The vault that was put aside then is there still.
    Former {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// When it was.
        ended_at: Timestamp,
    },
    /// The person is locked, and of this version.
    Locked {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// As it was judged.
        version: i64,
    },
}

/// A step of putting a vault aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetireStep {
    /// All of it is kept.
    Keep,
    /// Then it is taken away: what sessions proved of its devices,
    Proofs,
    /// its devices,
    Devices,
    /// the recovery phrase,
    Recovery,
    /// what is sealed for escrow,
    Escrow,
    /// the consent, which was to that,
    Consent,
    /// what the person held of the organisation's keys,
    Grants,
    /// vaults that were handed over to it, or would be of it,
    Handovers,
    /// its contents,
    Contents,
    /// and its statements.
    Statements,
}

impl RetireStep {
    /// All of them, in the order that references between rows want.
    pub const ALL: &[RetireStep] = &[
        RetireStep::Keep,
        RetireStep::Proofs,
        RetireStep::Devices,
        RetireStep::Recovery,
        RetireStep::Escrow,
        RetireStep::Consent,
        RetireStep::Grants,
        RetireStep::Handovers,
        RetireStep::Contents,
        RetireStep::Statements,
    ];
}

/// A step of forgetting an organisation's keys that nobody holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgetStep {
    /// What everybody sealed to them,
    Escrow,
    /// that they agreed to it, or were asked,
    Consents,
    /// what admins held,
    Grants,
    /// and the statements are gone.
    Statements,
}

impl ForgetStep {
    /// All of them, in the order that references between rows want.
    pub const ALL: &[ForgetStep] =
        &[ForgetStep::Escrow, ForgetStep::Consents, ForgetStep::Grants, ForgetStep::Statements];
}

/// A step of taking a vault back that was put aside; the place of it is empty by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreStep {
    /// Its statements,
    Statements,
    /// its devices,
    Devices,
    /// the recovery phrase,
    Recovery,
    /// and its contents are what they were;
    Contents,
    /// what was kept of it is kept no more.
    Parts,
    /// Nor that it was.
    Gone,
}

impl RestoreStep {
    /// All of them, in the order that references between rows want.
    pub const ALL: &[RestoreStep] = &[
        RestoreStep::Statements,
        RestoreStep::Devices,
        RestoreStep::Recovery,
        RestoreStep::Contents,
        RestoreStep::Parts,
        RestoreStep::Gone,
    ];
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EscrowWrite {
    /// A statement of an organisation's keys.
    Statement {
        /// Whose.
        tenant: TenantId,
        /// Its number.
        sequence: i64,
        /// Base64 of it.
        statement: String,
        /// Whether it begins the chain in the place of another.
        is_anew: bool,
        /// By whom.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// A step of forgetting an organisation's keys, and what was sealed to them.
    Forget {
        /// Whose.
        tenant: TenantId,
        /// Which.
        step: ForgetStep,
    },
    /// A recovery kit was made of the keys of a statement.
    KitMade {
        /// Whose.
        tenant: TenantId,
        /// Which statement.
        sequence: i64,
        /// When.
        at: Timestamp,
    },
    /// A private half for an admin.
    Grant {
        /// Whose.
        tenant: TenantId,
        /// For whom.
        admin: UserId,
        /// Of the organisation's statement with this number.
        sequence: i64,
        /// Which.
        purpose: KeyPurpose,
        /// The number of the admin's statement.
        admin_sequence: i64,
        /// Base64 of it.
        wrap: String,
        /// By whom.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// An admin holds none any more.
    Revoke {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        admin: UserId,
    },
    /// Somebody is asked for their consent.
    Asked {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// Somebody consented.
    Consented {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
        /// To the organisation's statement with this number.
        tenant_sequence: i64,
        /// When.
        at: Timestamp,
    },
    /// The vault key, sealed.
    Seal {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// For what: of the two that are sealed to.
        purpose: KeyPurpose,
        /// Of the person's statement with this number.
        sequence: i64,
        /// To the organisation's.
        tenant_sequence: i64,
        /// Base64 of it.
        wrap: String,
        /// When.
        at: Timestamp,
    },
    /// Nothing of a person's is sealed for escrow any more.
    Unseal {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
    },
    /// Somebody took their consent back.
    Withdrawn {
        /// Whose.
        tenant: TenantId,
        /// Who.
        user: UserId,
    },
    /// An admin is asked to answer a request.
    AskAdmin {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which device asked.
        device: DeviceId,
        /// For a vault that begins anew.
        wants_fresh: bool,
        /// By which connection; `None`: outside single sign-on.
        connection: Option<ConnectionId>,
        /// Until when.
        expires_at: Timestamp,
    },
    /// Nobody approved what is asked for now.
    ForgetVotes {
        /// Whose.
        tenant: TenantId,
        /// Of whom the device is.
        user: UserId,
        /// Which.
        device: DeviceId,
    },
    /// The first of two admins.
    Vote {
        /// Whose.
        tenant: TenantId,
        /// Of whom the device is.
        user: UserId,
        /// Which.
        device: DeviceId,
        /// Who.
        admin: UserId,
        /// When.
        at: Timestamp,
    },
    /// An admin answered a request.
    Answer {
        /// Whose.
        tenant: TenantId,
        /// Of whom the device is.
        user: UserId,
        /// Which.
        device: DeviceId,
        /// `approved` or `denied`.
        answer: &'static str,
        /// Who.
        admin: UserId,
        /// When.
        at: Timestamp,
    },
    /// Each of a person's devices is to tell them what an admin did.
    Notice {
        /// Whose.
        tenant: TenantId,
        /// To whom.
        user: UserId,
        /// Its id.
        id: EventId,
        /// `device`, `fresh`, `handover` or `return`.
        kind: &'static str,
        /// Who did it.
        admin: UserId,
        /// To which device.
        device: Option<DeviceId>,
        /// To whom.
        recipient: Option<UserId>,
        /// When.
        at: Timestamp,
    },
    /// A device told it.
    Seen {
        /// Whose.
        tenant: TenantId,
        /// To whom.
        user: UserId,
        /// JSON `[id, …]`.
        notices: String,
        /// Which device.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// A vault is put aside, to be kept for a while.
    Retired {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// When.
        at: Timestamp,
        /// Until when it is kept.
        clears_at: Timestamp,
        /// Who let it.
        by: UserId,
    },
    /// A step of that.
    Retire {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        step: RetireStep,
        /// When.
        at: Timestamp,
        /// Until when it is kept.
        clears_at: Timestamp,
    },
    /// A step of taking back what was put aside.
    Restore {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        user: UserId,
        /// Which.
        step: RestoreStep,
        /// When it was put aside.
        ended_at: Timestamp,
    },
    /// A vault for who takes it over.
    HandOver {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        owner: UserId,
        /// To whom.
        recipient: UserId,
        /// Of the owner's statement with this number.
        sequence: i64,
        /// Base64 of the vault key.
        wrap: String,
        /// By whom.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// It was taken over.
    TakenOver {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        owner: UserId,
        /// By whom.
        recipient: UserId,
    },
    /// Nobody takes it over any more: its owner is back, or consents no longer.
    KeepsVault {
        /// Whose.
        tenant: TenantId,
        /// Of whom.
        owner: UserId,
    },
    /// Whether two admins are needed.
    TwoPersons {
        /// Whose.
        tenant: TenantId,
        /// Whether.
        are_needed: bool,
    },
    /// What a domain's record says of the organisation's keys.
    Published {
        /// Whose.
        tenant: TenantId,
        /// Which domain.
        domain: Domain,
        /// The fingerprint, hex; `None` where the record is not there.
        fingerprint: Option<String>,
    },
}
