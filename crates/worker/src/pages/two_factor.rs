//! The pages of second factors and of the onboarding.

use askama::Template;

use super::initial;

/// Asks for a passkey that unlocks the vault.
#[derive(Clone, Debug, Template)]
#[template(path = "unlock.html")]
pub struct Unlock {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// Its ID: what this browser keeps is found by that.
    pub tenant: String,
    /// The person's ID.
    pub user: String,
    /// What the device signs.
    pub session: String,
    /// Where a fresh sign-in begins; the path to come back to follows.
    pub fresh: String,
    /// Where to go afterwards.
    pub to: String,
}

/// Asks for a second factor.
#[derive(Clone, Debug, Template)]
#[template(path = "two-factor.html")]
pub struct TwoFactor {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// Where to go afterwards.
    pub to: String,
    /// Whether they may type an app's code.
    pub has_app: bool,
    /// Whether they may show a passkey.
    pub has_passkey: bool,
    /// Whether they may type a backup code.
    pub has_codes: bool,
    /// For how long this browser can be remembered; `None`: not at all.
    pub remember_days: Option<u32>,
    /// What was wrong.
    pub problem: Option<String>,
    /// Whether this session takes no more codes.
    pub is_spent: bool,
}

/// A factor in the list.
#[derive(Clone, Debug)]
pub struct FactorView {
    /// Its ID.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Since when.
    pub added: String,
    /// When it was used last.
    pub used: String,
    /// Whether policies allow it.
    pub is_allowed: bool,
}

/// The factors somebody has.
#[derive(Clone, Debug, Template)]
#[template(path = "two-factor-settings.html")]
pub struct TwoFactorSettings {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// The oldest first.
    pub factors: Vec<FactorView>,
    /// Backup codes that are left.
    pub codes: usize,
    /// Whether policies allow backup codes.
    pub may_have_codes: bool,
    /// Whether they allow apps.
    pub may_add_app: bool,
    /// Whether they allow passkeys.
    pub may_add_passkey: bool,
    /// Whether they demand one.
    pub is_required: bool,
    /// Whether anything may be changed now.
    pub is_fresh: bool,
    /// What a passkey is called unless somebody says otherwise.
    pub name: String,
    /// What was wrong.
    pub problem: Option<String>,
}

/// What an app scans.
#[derive(Clone, Debug)]
pub struct EnrolApp {
    /// The secret, sealed: it comes back with the first code.
    pub sealed: String,
    /// The QR code.
    pub path: String,
    /// The modules of its side.
    pub size: i32,
    /// The secret, to be typed.
    pub key: String,
    /// The address that the QR code says.
    pub uri: String,
}

/// Adds an app, from the settings.
#[derive(Clone, Debug, Template)]
#[template(path = "two-factor-app.html")]
pub struct TwoFactorApp {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// What it scans.
    pub app: EnrolApp,
    /// What was wrong.
    pub problem: Option<String>,
}

/// Backup codes, shown once.
#[derive(Clone, Debug, Template)]
#[template(path = "backup-codes.html")]
pub struct BackupCodes {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// The codes.
    pub codes: Vec<String>,
    /// Where to go on.
    pub next: String,
}

/// A step, as the list of steps shows it.
#[derive(Clone, Debug)]
pub struct StepView {
    /// As addresses call it.
    pub step: String,
    /// As people do.
    pub title: String,
    /// How far it is.
    pub note: String,
    /// Whether it is done.
    pub is_done: bool,
    /// Whether it is the one in hand.
    pub is_current: bool,
}

/// Where the extension is to be had.
#[derive(Clone, Debug)]
pub struct StoreLink {
    /// For which browser.
    pub browser: String,
    /// The store's page.
    pub url: String,
}

/// What is in hand.
#[derive(Clone, Debug)]
pub enum StepBody {
    /// It is done already.
    Done,
    /// Consent to escrow.
    Escrow {
        /// Until when; `None`: now.
        due: Option<String>,
    },
    /// A second factor.
    TwoFactor {
        /// Where an app is being set up.
        app: Option<EnrolApp>,
        /// Whether policies allow apps.
        has_app: bool,
        /// Whether they allow passkeys.
        has_passkey: bool,
        /// What a passkey is called.
        name: String,
    },
    /// A recovery phrase.
    Phrase,
    /// Import.
    Import,
    /// The browser extension.
    Extension {
        /// The stores that the admin named.
        links: Vec<StoreLink>,
    },
    /// A first record.
    FirstRecord,
    /// Being shown around.
    Tour,
}

/// One step of the onboarding.
#[derive(Clone, Debug, Template)]
#[template(path = "onboarding.html")]
pub struct Onboarding {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// Which one it is, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// All of them.
    pub steps: Vec<StepView>,
    /// The one in hand, as addresses call it.
    pub step: String,
    /// As people do.
    pub name: String,
    /// Whether the vault stays closed until it is done.
    pub holds: bool,
    /// Whether anything keeps the vault closed.
    pub is_held: bool,
    /// Whether it can be put off.
    pub may_skip: bool,
    /// What is in hand.
    pub current: StepBody,
    /// What was wrong.
    pub problem: Option<String>,
}
