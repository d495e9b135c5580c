//! The pages of the first run, and of admins outside single sign-on.

use askama::Template;

use crate::store::outside::NextSteps as Done;
use crate::words::{self, FirstStep};

/// Sign-in by a password.
#[derive(Clone, Debug, Template)]
#[template(path = "outside-sign-in.html")]
pub struct OutsideSignIn {
    /// Where to go afterwards.
    pub to: String,
    /// Whether the password was set just now.
    pub is_new: bool,
}

/// A new password by the recovery code.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "outside-recover.html")]
pub struct OutsideRecover;

/// Another password.
#[derive(Clone, Debug, Template)]
#[template(path = "outside-password.html")]
pub struct OutsidePassword {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// The recovery kit.
#[derive(Clone, Debug, Template)]
#[template(path = "outside-kit.html")]
pub struct OutsideKit {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// Where it is.
    pub origin: String,
    /// When it was made.
    pub made: String,
    /// Whether there is one already.
    pub has_one: bool,
    /// The code; `None`: it is not made yet, or not shown any more.
    pub code: Option<String>,
}

/// The first run.
#[derive(Clone, Debug, Template)]
#[template(path = "setup.html")]
pub struct SetUp {
    /// Whether there is anything to set up.
    pub is_open: bool,
    /// The organisation that was made already.
    pub begun: Option<String>,
}

/// Somebody sets their password.
#[derive(Clone, Debug, Template)]
#[template(path = "setup-admin.html")]
pub struct SetUpAdmin {
    /// The organisation.
    pub organisation: String,
    /// The secret of the link.
    pub token: String,
    /// Whose; `None`: they say so.
    pub email: Option<String>,
}

/// Something that an organisation begins with.
#[derive(Clone, Debug)]
pub struct NextStep {
    /// What.
    pub title: &'static str,
    /// Why.
    pub text: &'static str,
    /// Where.
    pub path: &'static str,
    /// Whether it is done.
    pub is_done: bool,
    /// Whether it is the first that is not.
    pub is_current: bool,
}

/// What an organisation begins with.
#[derive(Clone, Debug, Template)]
#[template(path = "setup-next.html")]
pub struct NextSteps {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// In order.
    pub steps: Vec<NextStep>,
    /// Whether all are done.
    pub is_done: bool,
}

impl NextSteps {
    /// By what is done; `is_outside`: in a session outside single sign-on.
    pub(crate) fn new(email: &str, organisation: String, is_outside: bool, done: &Done) -> NextSteps {
        let kit = is_outside.then_some((FirstStep::Kit, "/admin/kit", done.kit));
        let rest = [
            (FirstStep::Vault, "/vault/items", done.vault),
            (FirstStep::Phrase, "/onboarding?step=recovery_phrase", done.phrase),
            (FirstStep::Keys, "/admin/approvals", done.keys),
            (FirstStep::Connection, "/admin/connections", done.connection),
            (FirstStep::Domain, "/admin/domains", done.domain),
            (FirstStep::SecondAdmin, "/admin/people", done.second),
        ];
        let step = |(step, path, is_done)| {
            let (title, text) = words::first_step(step);
            NextStep { title, text, path, is_done, is_current: false }
        };
        let mut steps: Vec<NextStep> = kit.into_iter().chain(rest).map(step).collect();
        let current = steps.iter_mut().find(|step| !step.is_done);
        let is_done = current.is_none();
        if let Some(current) = current {
            current.is_current = true;
        }
        NextSteps { email: email.to_owned(), organisation, steps, is_done }
    }
}
