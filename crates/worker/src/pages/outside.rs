//! The pages of the first run, and of admins outside single sign-on.

use askama::Template;

use crate::store::outside::NextSteps as Done;

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
        let kit = NextStep {
            title: "Keep your recovery kit",
            text: "A page to print or save: what to do when your password or your second step is lost.",
            path: "/admin/kit",
            is_done: done.kit,
            is_current: false,
        };
        let rest = [
            NextStep {
                title: "Open your vault in this browser",
                text: "Its keys are made here, and never leave this browser in a form that the server can read.",
                path: "/vault/items",
                is_done: done.vault,
                is_current: false,
            },
            NextStep {
                title: "Write down your recovery phrase",
                text: "24 words that open your vault, and with it the organisation’s keys, when this browser is lost.",
                path: "/onboarding?step=recovery_phrase",
                is_done: done.phrase,
                is_current: false,
            },
            NextStep {
                title: "Make the organisation’s keys",
                text: "With them an admin lets a colleague’s new browser in, where the colleague agreed to it.",
                path: "/admin/approvals",
                is_done: done.keys,
                is_current: false,
            },
            NextStep {
                title: "Connect your identity provider",
                text: "Choose it from a list, follow its guide, try it, and activate it.",
                path: "/admin/connections",
                is_done: done.connection,
                is_current: false,
            },
            NextStep {
                title: "Reserve your e-mail domain",
                text: "One DNS record; from then on your colleagues sign in with their work e-mail.",
                path: "/admin/domains",
                is_done: done.domain,
                is_current: false,
            },
            NextStep {
                title: "Give a second admin a way in outside single sign-on",
                text: "Two people can mend what breaks, and one of them can be on holiday.",
                path: "/admin/people",
                is_done: done.second,
                is_current: false,
            },
        ];
        let mut steps: Vec<NextStep> = is_outside.then_some(kit).into_iter().chain(rest).collect();
        let current = steps.iter_mut().find(|step| !step.is_done);
        let is_done = current.is_none();
        if let Some(current) = current {
            current.is_current = true;
        }
        NextSteps { email: email.to_owned(), organisation, steps, is_done }
    }
}
