//! What the public is told when a sign-in is refused: few faces for many reasons, each with a way forward.

/// The face of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// The IdP's answer was not accepted.
    NotFinished,
    /// Too late, used, or another browser's.
    Expired,
    /// No such organisation, domain, SSO name or connection.
    OrganisationNotFound,
    /// The organisation, or its connection, is not in use.
    OrganisationPaused,
    /// Signed in at the IdP, and there is no account to open.
    AskAdmin,
    /// The link to claim an account is over.
    LinkOver,
    /// There is an account, and not from this network.
    NotFromHere,
    /// The IdP said that the person may not use this.
    NotAssigned,
    /// The IdP could not sign the person in.
    IdpNotSignedIn,
    /// The IdP could not sign the person in as strongly as was asked.
    IdpOtherMethod,
    /// The IdP refused for a reason that only an admin can mend.
    IdpRefused,
    /// A message for single logout was not accepted.
    SignOutNotFinished,
    /// Signed out here, and the IdP's answer about its own sessions was not accepted.
    SignedOutHere,
    /// The e-mail or the password of an admin.
    PasswordNotRight,
    /// Too many were wrong.
    TooManyPasswords,
    /// The e-mail or the recovery code.
    RecoveryNotRight,
    /// The deployer's secret.
    SecretNotRight,
    /// There is nothing to set up any longer.
    SetUpDone,
}

impl Face {
    /// Every face, so that tests and translations miss none.
    pub const ALL: [Face; 18] = [
        Face::NotFinished,
        Face::Expired,
        Face::OrganisationNotFound,
        Face::OrganisationPaused,
        Face::AskAdmin,
        Face::LinkOver,
        Face::NotFromHere,
        Face::NotAssigned,
        Face::IdpNotSignedIn,
        Face::IdpOtherMethod,
        Face::IdpRefused,
        Face::SignOutNotFinished,
        Face::SignedOutHere,
        Face::PasswordNotRight,
        Face::TooManyPasswords,
        Face::RecoveryNotRight,
        Face::SecretNotRight,
        Face::SetUpDone,
    ];

    /// The headline.
    pub fn title(self) -> &'static str {
        match self {
            Face::NotFinished => "This sign-in could not be finished",
            Face::Expired => "This sign-in has expired",
            Face::OrganisationNotFound => "We do not know this organisation",
            Face::OrganisationPaused => "Sign-in is paused for this organisation",
            Face::AskAdmin => "Your account is not ready",
            Face::LinkOver => "This link is no longer good",
            Face::NotFromHere => "You cannot sign in from this network",
            Face::NotAssigned => "You are not assigned to this app",
            Face::IdpNotSignedIn => "Your organisation did not sign you in",
            Face::IdpOtherMethod => "Your organisation asks for another way to sign in",
            Face::IdpRefused => "Your organisation refused this sign-in",
            Face::SignOutNotFinished => "This sign-out could not be finished",
            Face::SignedOutHere => "You have been signed out here",
            Face::PasswordNotRight => "Wrong e-mail or password",
            Face::TooManyPasswords => "Too many wrong passwords were tried",
            Face::RecoveryNotRight => "Wrong e-mail or recovery code",
            Face::SecretNotRight => "That is not the set-up secret",
            Face::SetUpDone => "This Keyward is set up already",
        }
    }

    /// What happened.
    pub fn text(self) -> &'static str {
        match self {
            Face::NotFinished => {
                "Your organisation's answer could not be accepted. You have not been signed in."
            }
            Face::Expired => {
                "It took too long, was used before, or was started in another browser. You have not been signed in."
            }
            Face::OrganisationNotFound => {
                "No organisation here uses that e-mail domain, SSO name or address."
            }
            Face::OrganisationPaused => "Your organisation's admin can turn it on again.",
            Face::AskAdmin => {
                "Your organisation knows you, but there is no account here that this sign-in may open."
            }
            Face::LinkOver => "It was used, has expired, or another one was sent since.",
            Face::NotFromHere => {
                "Your organisation knows you, and lets you come in from its own networks only."
            }
            Face::NotAssigned => "Your organisation knows you, but has not given you access to this app.",
            Face::IdpNotSignedIn => "The sign-in there did not succeed or was cancelled.",
            Face::IdpOtherMethod => "The way you signed in there is not enough for this app.",
            Face::IdpRefused => "Its sign-in page answered with an error.",
            Face::PasswordNotRight => "Nothing has been changed, and you are not signed in.",
            Face::TooManyPasswords => {
                "From here nobody is let in with this e-mail for now, whatever they type."
            }
            Face::RecoveryNotRight => "Nothing has been changed.",
            Face::SecretNotRight => "Nothing has been set up.",
            Face::SetUpDone => "Its first admin has been made. This page does not open again.",
            Face::SignOutNotFinished => {
                "A message from your organisation about signing out could not be accepted, and has changed nothing here."
            }
            Face::SignedOutHere => {
                "Your organisation's answer to that could not be confirmed, so you may still be signed in there."
            }
        }
    }

    /// What to do, in order.
    pub fn steps(self) -> &'static [&'static str] {
        match self {
            Face::NotFinished => {
                &["Try once more.", "If it happens again, give your admin the reference below."]
            }
            Face::Expired => &["Start again, in this browser and with cookies on."],
            Face::OrganisationNotFound => &[
                "Check the spelling of your work e-mail or SSO name.",
                "If it is right, ask your admin whether your organisation uses Keyward.",
            ],
            Face::OrganisationPaused => &["Ask your admin, and give the reference below."],
            Face::AskAdmin => &["Ask your admin to check your account, and give the reference below."],
            Face::LinkOver => {
                &["Sign in as usual, if you have used it.", "Otherwise ask your admin for a new one."]
            }
            Face::NotFromHere => &[
                "Join your organisation's network or its VPN, and try again.",
                "If you are there already, give your admin the reference below.",
            ],
            Face::NotAssigned => &["Ask your admin to assign you to this app, and give the reference below."],
            Face::IdpNotSignedIn => &["Try once more.", "If you cannot sign in there, ask your admin."],
            Face::IdpOtherMethod => &[
                "Try once more, and use the method your organisation asks for, such as a second factor.",
                "If none is offered, ask your admin.",
            ],
            Face::SignOutNotFinished => &[
                "Open Keyward, and sign out there if you are still signed in.",
                "Close your browser if you share this computer.",
            ],
            Face::SignedOutHere => &[
                "Sign out at your organisation too, or close your browser, if you share this computer.",
                "If it happens each time, give your admin the reference below.",
            ],
            Face::IdpRefused => {
                &["Try once more.", "If it happens again, give your admin the reference below."]
            }
            Face::PasswordNotRight => &[
                "Check both, and try once more.",
                "If you forgot the password, use the recovery code of your recovery kit.",
                "If your organisation has single sign-on, go back and sign in with that.",
            ],
            Face::TooManyPasswords => &[
                "Sign in from a browser in which you have signed in before.",
                "Or use the recovery code of your recovery kit.",
                "Or wait an hour.",
            ],
            Face::RecoveryNotRight => &[
                "Check both: a code is good once, and a newer kit replaces an older one.",
                "Another admin, or whoever runs this Keyward, can give you a new link.",
            ],
            Face::SecretNotRight => &[
                "Copy it once more from where “npm run deploy” printed it.",
                "If it is lost, put another in its place: the operating guide says how.",
            ],
            Face::SetUpDone => &[
                "Sign in, if you are its admin.",
                "For another organisation, ask whoever runs this Keyward for a set-up link.",
            ],
        }
    }

    /// Whether trying again may help.
    pub fn may_retry(self) -> bool {
        match self {
            Face::NotFinished
            | Face::Expired
            | Face::OrganisationNotFound
            | Face::LinkOver
            | Face::NotFromHere
            | Face::PasswordNotRight
            | Face::RecoveryNotRight
            | Face::SecretNotRight
            | Face::IdpNotSignedIn
            | Face::IdpOtherMethod
            | Face::IdpRefused => true,
            Face::OrganisationPaused
            | Face::AskAdmin
            | Face::NotAssigned
            | Face::SignOutNotFinished
            | Face::SignedOutHere
            | Face::TooManyPasswords
            | Face::SetUpDone => false,
        }
    }
}
