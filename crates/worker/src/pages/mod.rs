//! The pages: plain data in, HTML out. Nothing here decides, and nothing here reads a request.
//!
//! Every value is escaped by its template. Addresses are given as validated values; a template only places them. All
//! pages work without JavaScript, and none contains any.

use askama::Template;

mod filters {
    /// The letter that stands for a name where no picture of it is known.
    #[askama::filter_fn]
    pub(super) fn initial(name: &str, _: &dyn askama::Values) -> askama::Result<char> {
        Ok(name.chars().find(|c| c.is_alphanumeric()).and_then(|c| c.to_uppercase().next()).unwrap_or('·'))
    }
}

/// The organisation that this browser signed in with last.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Its name.
    pub organisation: String,
    /// The SSO name that leads to it.
    pub sso_name: String,
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
    /// Whether the person has just signed out.
    pub signed_out: bool,
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

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{
        Action, Activity, ActivityEvent, Confirm, Continue, Refused, Remembered, ServerError, SignIn, Vault,
    };

    const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror='a' {{ 7*7 }} &amp; `";

    /// No page may contain the text raw, whichever field it stood in.
    fn assert_escaped(html: &str) {
        for raw in ["<script", "<img", "\"><script", "onerror='"] {
            assert!(!html.contains(raw), "{raw} came through:\n{html}");
        }
        assert!(
            html.contains("&#60;script&#62;") || html.contains("%3Cscript%3E"),
            "the text is not there at all:\n{html}"
        );
    }

    #[test]
    fn hostile_text_stays_text_on_every_page() {
        let text = || HOSTILE.to_owned();
        let remembered = Some(Remembered { organisation: text(), sso_name: "acme".into() });
        let sign_in =
            SignIn { to: Some(text()), who: text(), problem: Some(text()), remembered, signed_out: true };
        assert_escaped(&sign_in.render().expect("renders"));
        let redirect = Action::Redirect { url: text() };
        let post = Action::Post { url: text(), saml_request: text(), relay_state: Some(text()) };
        for action in [redirect, post] {
            let page = Continue {
                organisation: text(),
                verified_domain: Some(text()),
                idp_host: text(),
                idp_name: text(),
                email: Some(text()),
                to: Some(text()),
                action,
            };
            assert_escaped(&page.render().expect("renders"));
        }
        let refused = Refused {
            title: text(),
            text: text(),
            steps: vec![text()],
            reference: text(),
            time: text(),
            try_again: Some(text()),
        };
        assert_escaped(&refused.render().expect("renders"));
        assert_escaped(&ServerError { reference: text() }.render().expect("renders"));
        assert_escaped(
            &Confirm {
                email: text(),
                name: text(),
                organisation: text(),
                other_account: Some(text()),
                token: text(),
            }
            .render()
            .expect("renders"),
        );
        let vault = Vault {
            name: text(),
            email: text(),
            organisation: text(),
            node: text(),
            roles: vec![text()],
            created: true,
            signed_in_at: text(),
            last_sign_in: Some(text()),
        };
        assert_escaped(&vault.render().expect("renders"));
        let events = vec![ActivityEvent {
            what: text(),
            time: text(),
            browser: text(),
            address: text(),
            refused: true,
        }];
        assert_escaped(&Activity { email: text(), organisation: text(), events }.render().expect("renders"));
    }

    #[test]
    fn the_sign_in_page_is_small_and_has_no_script() {
        let html = SignIn::default().render().expect("renders");
        assert!(!html.contains("<script") && !html.contains("style="), "{html}");
        assert!(html.len() < 4096, "{} bytes", html.len());
    }
}
