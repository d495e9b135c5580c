//! The pages: plain data in, HTML out. Nothing here decides, and nothing here reads a request.
//!
//! Every value is escaped by its template. Addresses are given as validated values; a template only places them. All
//! pages work without JavaScript, and none contains any but those of the vault, which only a browser can open, [`Console`], and those
//! of second factors and the onboarding, for what only an authenticator or a vault can do.

mod outside;
pub mod qr;
mod two_factor;

use askama::Template;

pub use outside::{
    NextStep, NextSteps, OutsideKit, OutsidePassword, OutsideRecover, OutsideSignIn, SetUp, SetUpAdmin,
};
pub use two_factor::{
    BackupCodes, EnrolApp, FactorView, Onboarding, StepBody, StepView, StoreLink, TwoFactor, TwoFactorApp,
    TwoFactorSettings, Unlock,
};

/// The letter that stands for a name where no picture of it is known.
fn initial(name: &str) -> char {
    name.chars().find(|c| c.is_alphanumeric()).and_then(|c| c.to_uppercase().next()).unwrap_or('·')
}

/// What an organisation shows of itself.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The six digits of its colour.
    pub accent: Option<String>,
    /// The hash of its logo.
    pub logo: Option<String>,
}

impl From<&keyward_core::brand::Brand> for Look {
    fn from(brand: &keyward_core::brand::Brand) -> Look {
        Look { accent: brand.accent.map(keyward_core::brand::Accent::hex), logo: brand.logo.clone() }
    }
}

/// The organisation that this browser signed in with last.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Its name.
    pub organisation: String,
    /// The SSO name that leads to it.
    pub sso_name: String,
    /// What it shows.
    pub look: Look,
}

/// The first page: who is it?
#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign-in.html")]
pub struct SignIn {
    /// The path to go to afterwards.
    pub to: Option<String>,
    /// What was typed before.
    pub who: String,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Where this browser signed in last.
    pub remembered: Option<Remembered>,
    /// Where the person has just signed out.
    pub signed_out: Option<SignedOut>,
}

/// Where somebody has signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// Here.
    Here,
    /// Here, and at their organisation.
    Everywhere,
}

/// How the continue page sends the person on.
#[derive(Clone, Debug)]
pub enum Action {
    /// By a link.
    Redirect {
        /// The IdP's address with the request in its query.
        url: String,
    },
    /// By a form.
    Post {
        /// The IdP's address.
        url: String,
        /// The request, base64.
        saml_request: String,
        /// RelayState.
        relay_state: Option<String>,
    },
}

/// Where the person is being sent, and by whom.
#[derive(Clone, Debug, Template)]
#[template(path = "continue.html")]
pub struct Continue {
    /// The organisation's own name for itself.
    pub organisation: String,
    /// What it shows.
    pub look: Look,
    /// A domain that it proved.
    pub verified_domain: Option<String>,
    /// Host of the next page.
    pub idp_host: String,
    /// What people call the IdP.
    pub idp_name: String,
    /// Who is signing in, where an e-mail was typed.
    pub email: Option<String>,
    /// The path to go to afterwards, kept for those who go back to change who they are.
    pub to: Option<String>,
    /// The way on.
    pub action: Action,
}

/// Signed out here; the IdP is still to be told.
#[derive(Clone, Debug, Template)]
#[template(path = "leaving.html")]
pub struct Leaving {
    /// What people call the IdP; empty where it asked itself, and gets its answer.
    pub idp_name: String,
    /// Host of the next page.
    pub idp_host: String,
    /// The way there.
    pub way: LeavingBy,
}

/// How a message for single logout is taken along.
#[derive(Clone, Debug)]
pub enum LeavingBy {
    /// By a link, which the browser follows by itself.
    Redirect {
        /// The IdP's address with the message in its query.
        url: String,
    },
    /// By a form.
    Post {
        /// The IdP's address.
        url: String,
        /// `SAMLRequest` or `SAMLResponse`.
        field: &'static str,
        /// The message, base64.
        message: String,
        /// RelayState.
        relay_state: Option<String>,
    },
}

/// The database is older than the code: for whoever deploys it.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "not-migrated.html")]
pub struct NotMigrated;

/// A no, with a way forward and a reference.
#[derive(Clone, Debug, Template)]
#[template(path = "refused.html")]
pub struct Refused {
    /// The headline.
    pub title: String,
    /// What happened.
    pub text: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// What an admin finds the reason by.
    pub reference: String,
    /// When.
    pub time: String,
    /// Where trying again begins; `None` where it would not help.
    pub try_again: Option<String>,
}

/// No such page.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "not-found.html")]
pub struct NotFound;

/// A rate limit.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "too-many.html")]
pub struct TooMany;

/// A defect, or a database out of reach.
#[derive(Clone, Debug, Template)]
#[template(path = "server-error.html")]
pub struct ServerError {
    /// What the log has it under.
    pub reference: String,
}

/// Asks whether an unsolicited sign-in is wanted.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// Whose account.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
    /// The organisation.
    pub organisation: String,
    /// Another account that this browser knows.
    pub other_account: Option<String>,
    /// The secret of the question.
    pub token: String,
}

/// Asks whether an account is to be opened by an identity provider from now on.
#[derive(Clone, Debug, Template)]
#[template(path = "claim.html")]
pub struct Claim {
    /// Whose account.
    pub email: String,
    /// The organisation.
    pub organisation: String,
    /// What people call the identity provider.
    pub idp_name: String,
    /// The secret of the link.
    pub token: String,
}

/// Who is signed in, and what the sign-in gave them.
#[derive(Clone, Debug, Template)]
#[template(path = "vault.html")]
pub struct Vault {
    /// Their name, or their e-mail where no name is known.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// The organisation.
    pub organisation: String,
    /// Their node.
    pub node: String,
    /// Their roles, by name.
    pub roles: Vec<String>,
    /// Whether this sign-in made the account.
    pub created: bool,
    /// When they signed in.
    pub signed_in_at: String,
    /// When they did before.
    pub last_sign_in: Option<String>,
    /// Whether they have a second factor.
    pub has_second_step: bool,
    /// The first step of the onboarding that is not done, as addresses call it.
    pub unfinished: Option<String>,
}

/// One line of the activity page.
#[derive(Clone, Debug)]
pub struct ActivityEvent {
    /// What happened, in words.
    pub what: String,
    /// When.
    pub time: String,
    /// What they used, in words.
    pub browser: String,
    /// The network address; empty where none is known.
    pub address: String,
    /// Whether it was a no.
    pub refused: bool,
}

/// What happened to the person's account lately.
#[derive(Clone, Debug, Template)]
#[template(path = "activity.html")]
pub struct Activity {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// Newest first.
    pub events: Vec<ActivityEvent>,
}

/// One of a person's sessions.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// What it is called by.
    pub id: String,
    /// The browser that it is in, in words.
    pub browser: String,
    /// The network address that it was opened from; empty where none is known.
    pub address: String,
    /// When it began.
    pub began: String,
    /// When it was used.
    pub used: String,
    /// Whether it is the one that looks.
    pub is_this: bool,
}

/// What became of ending sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The one that was chosen.
    One,
    /// All others.
    Others,
}

/// Where a person is signed in.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct Sessions {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
    /// This one first, then by when they were used.
    pub sessions: Vec<SessionView>,
    /// What was done just now.
    pub ended: Option<Ended>,
}

/// Where a recovery phrase is made.
#[derive(Clone, Debug, Template)]
#[template(path = "vault-recovery.html")]
pub struct VaultRecovery {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// Where the vault opens.
#[derive(Clone, Debug, Template)]
#[template(path = "vault-items.html")]
pub struct VaultItems {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// Where browsers are let in, named and removed.
#[derive(Clone, Debug, Template)]
#[template(path = "vault-devices.html")]
pub struct VaultDevices {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// Where files of other programs are brought in.
#[derive(Clone, Debug, Template)]
#[template(path = "vault-import.html")]
pub struct VaultImport {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// Where a vault goes into a file.
#[derive(Clone, Debug, Template)]
#[template(path = "vault-export.html")]
pub struct VaultExport {
    /// Whose.
    pub email: String,
    /// Their organisation.
    pub organisation: String,
}

/// The console of admins, which its script draws.
#[derive(Clone, Debug, Template)]
#[template(path = "admin.html")]
pub struct Console {
    /// Who is signed in.
    pub email: String,
    /// Their account's id.
    pub user: String,
    /// Where they sign in afresh; the path to come back to follows.
    pub fresh: String,
    /// Their organisation.
    pub organisation: String,
    /// Whether it is the page of who waits for an admin, which opens this admin's vault.
    pub opens_vault: bool,
}

/// A test sign-in has come back; what it found is told in the console.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "tested.html")]
pub struct Tested {
    /// Whether a sign-in would have succeeded.
    pub passed: bool,
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{
        Action, Activity, ActivityEvent, BackupCodes, Claim, Confirm, Console, Continue, EnrolApp,
        FactorView, Leaving, LeavingBy, Look, NextSteps, NotFound, Onboarding, OutsideKit, OutsidePassword,
        OutsideSignIn, Refused, Remembered, ServerError, SetUp, SetUpAdmin, SignIn, SignedOut, StepBody,
        StepView, StoreLink, Tested, TooMany, TwoFactor, TwoFactorApp, TwoFactorSettings, Unlock, Vault,
        VaultDevices, VaultExport, VaultImport, VaultItems, initial,
    };
    use crate::store::outside::NextSteps as Done;

    /// Every page, with the text wherever a text from outside can stand.
    fn pages_with(text: &str) -> Vec<String> {
        let text = || text.to_owned();
        let console = |opens_vault| Console {
            email: text(),
            user: text(),
            fresh: text(),
            organisation: text(),
            opens_vault,
        };
        let remembered = Some(Remembered {
            organisation: text(),
            sso_name: text(),
            look: Look { accent: Some(text()), logo: Some(text()) },
        });
        let sign_in = SignIn {
            to: Some(text()),
            who: text(),
            problem: Some(text()),
            remembered,
            signed_out: Some(SignedOut::Here),
        };
        let redirect = Continue {
            organisation: text(),
            look: Look { accent: Some(text()), logo: Some(text()) },
            verified_domain: Some(text()),
            idp_host: text(),
            idp_name: text(),
            email: Some(text()),
            to: Some(text()),
            action: Action::Redirect { url: text() },
        };
        let post = Continue {
            email: None,
            action: Action::Post { url: text(), saml_request: text(), relay_state: Some(text()) },
            ..redirect.clone()
        };
        let leave = Leaving { idp_name: text(), idp_host: text(), way: LeavingBy::Redirect { url: text() } };
        let leave_by_post = Leaving {
            way: LeavingBy::Post {
                url: text(),
                field: "SAMLRequest",
                message: text(),
                relay_state: Some(text()),
            },
            ..leave.clone()
        };
        let refused = Refused {
            title: text(),
            text: text(),
            steps: vec![text(), text()],
            reference: text(),
            time: text(),
            try_again: Some(text()),
        };
        let confirm = Confirm {
            email: text(),
            name: format!("{} {}", text(), text()),
            organisation: text(),
            other_account: Some(text()),
            token: text(),
        };
        let claim = Claim { email: text(), organisation: text(), idp_name: text(), token: text() };
        let vault = Vault {
            name: text(),
            email: text(),
            organisation: text(),
            node: text(),
            roles: vec![text()],
            created: true,
            signed_in_at: text(),
            last_sign_in: Some(text()),
            has_second_step: true,
            unfinished: Some(text()),
        };
        let event =
            ActivityEvent { what: text(), time: text(), browser: text(), address: text(), refused: true };
        let activity = Activity { email: text(), organisation: text(), events: vec![event] };
        let app = || EnrolApp {
            sealed: text(),
            path: "M0 0h1v1h-1z".to_owned(),
            size: 1,
            key: text(),
            uri: text(),
        };
        let two_factor = TwoFactor {
            email: text(),
            organisation: text(),
            to: text(),
            has_app: true,
            has_passkey: true,
            has_codes: true,
            remember_days: Some(1),
            problem: Some(text()),
            is_spent: false,
        };
        let factor = FactorView {
            id: text(),
            name: text(),
            kind: text(),
            added: text(),
            used: text(),
            is_allowed: false,
        };
        let kit = |code| OutsideKit {
            email: text(),
            organisation: text(),
            origin: text(),
            made: text(),
            has_one: true,
            code,
        };
        let settings = TwoFactorSettings {
            email: text(),
            organisation: text(),
            factors: vec![factor],
            codes: 1,
            may_have_codes: true,
            may_add_app: true,
            may_add_passkey: true,
            is_required: true,
            is_fresh: true,
            name: text(),
            problem: Some(text()),
        };
        let step = |current| Onboarding {
            email: text(),
            organisation: text(),
            number: 1,
            of: 1,
            steps: vec![StepView {
                step: text(),
                title: text(),
                note: text(),
                is_done: true,
                is_current: true,
            }],
            step: text(),
            name: text(),
            holds: true,
            is_held: false,
            may_skip: true,
            current,
            problem: Some(text()),
        };
        let link = StoreLink { browser: text(), url: text() };
        let steps = [
            StepBody::Done,
            StepBody::Escrow { due: Some(text()) },
            StepBody::TwoFactor { app: Some(app()), has_app: true, has_passkey: true, name: text() },
            StepBody::TwoFactor { app: None, has_app: true, has_passkey: true, name: text() },
            StepBody::TwoFactor { app: None, has_app: false, has_passkey: false, name: text() },
            StepBody::Phrase,
            StepBody::Import,
            StepBody::Extension { links: vec![link] },
            StepBody::FirstRecord,
            StepBody::Tour,
        ];
        let steps: Vec<_> = steps.map(|current| step(current).render()).into();
        [
            Unlock {
                email: text(),
                organisation: text(),
                tenant: text(),
                user: text(),
                session: text(),
                fresh: text(),
                to: text(),
            }
            .render(),
            two_factor.render(),
            TwoFactor { is_spent: true, ..two_factor.clone() }.render(),
            settings.render(),
            TwoFactorSettings { factors: Vec::new(), is_fresh: false, ..settings.clone() }.render(),
            TwoFactorApp { email: text(), organisation: text(), app: app(), problem: Some(text()) }.render(),
            BackupCodes { email: text(), organisation: text(), codes: vec![text()], next: text() }.render(),
            sign_in.render(),
            redirect.render(),
            post.render(),
            leave.render(),
            leave_by_post.render(),
            refused.render(),
            ServerError { reference: text() }.render(),
            confirm.render(),
            claim.render(),
            vault.render(),
            activity.render(),
            VaultItems { email: text(), organisation: text() }.render(),
            VaultDevices { email: text(), organisation: text() }.render(),
            console(false).render(),
            console(true).render(),
            OutsideSignIn { to: text(), is_new: true }.render(),
            OutsidePassword { email: text(), organisation: text() }.render(),
            kit(None).render(),
            kit(Some(text())).render(),
            SetUp { is_open: true, begun: Some(text()) }.render(),
            SetUpAdmin { organisation: text(), token: text(), email: Some(text()) }.render(),
            NextSteps::new(&text(), text(), true, &Done::default()).render(),
            Tested { passed: true }.render(),
            Tested { passed: false }.render(),
            VaultImport { email: text(), organisation: text() }.render(),
            VaultExport { email: text(), organisation: text() }.render(),
        ]
        .into_iter()
        .chain(steps)
        .map(|html| html.expect("renders"))
        .collect()
    }

    /// The characters that end a context of HTML.
    fn marks(html: &str) -> String {
        html.chars().filter(|c| matches!(c, '<' | '>' | '"' | '\'')).collect()
    }

    #[test]
    fn hostile_text_never_leaves_its_context() {
        let harmless = pages_with("x");
        for hostile in [
            "\"><script>alert(1)</script>",
            "' autofocus onfocus='alert(1)",
            "</title></svg></form><base href=//evil.test>",
            "<!-- ",
            "]]>",
            "{{ 7 * 7 }}{% include \"x\" %}",
        ] {
            for (page, harmless) in pages_with(hostile).iter().zip(&harmless) {
                assert_eq!(marks(page), marks(harmless), "{hostile} in\n{page}");
                assert!(!page.contains("49"), "{page}");
            }
        }
    }

    #[test]
    fn text_in_a_reference_cannot_begin_another() {
        for page in pages_with("&lt;script&gt;") {
            assert!(!page.contains("&lt;script"), "{page}");
        }
    }

    #[test]
    fn what_stands_in_an_address_of_ours_adds_nothing_to_it() {
        let remembered = Some(Remembered {
            organisation: "Acme".into(),
            sso_name: "a/../b?c#d".into(),
            look: Look::default(),
        });
        let page = SignIn { to: Some("/vault?a=1&b=2#c".into()), remembered, ..SignIn::default() };
        let html = page.render().expect("renders");
        assert!(html.contains(r#"href="/sso/a%2F..%2Fb%3Fc%23d?to=%2Fvault%3Fa%3D1%26b%3D2%23c""#), "{html}");
    }

    #[test]
    fn no_page_needs_a_script_or_a_style_of_its_own() {
        let constant = [SignIn::default().render(), NotFound.render(), TooMany.render()]
            .map(|html| html.expect("renders"));
        // The vault's pages have a script of ours each, by its address, and nothing else of the kind.
        let pages = pages_with("x").into_iter().chain(constant);
        let pages = pages.map(|page| {
            [
                "vault",
                "devices",
                "import",
                "export",
                "admin/admin",
                "two-factor",
                "unlock-page",
                "phrase-step",
                "organisation",
                "password",
                "outside-kit",
            ]
            .iter()
            .fold(page, |page, name| {
                page.replace(&format!(r#"<script type="module" src="/app/{name}.js"></script>"#), "")
            })
        });
        for page in pages {
            for forbidden in ["<script", "<style", " style=", "javascript:", " onclick="] {
                assert!(!page.contains(forbidden), "{forbidden} in\n{page}");
            }
        }
    }

    #[test]
    fn the_initial_is_the_first_letter_or_digit() {
        for (name, letter) in
            [("acme", 'A'), ("  (éclair)", 'É'), ("3M", '3'), ("", '·'), ("--", '·'), ("ßtraße", 'S')]
        {
            assert_eq!(initial(name), letter, "{name}");
        }
    }
}
