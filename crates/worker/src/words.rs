//! What pages say beside their templates: times, events, steps, and why something was not done. No handler has a sentence of its own
//! for members; what the public is told of a refused sign-in is `keyward_core::face`.

use keyward_core::onboarding::{Progress, Step};
use keyward_core::policy::Method;
use keyward_core::two_factor::FactorRefusal;
use keyward_core::two_factor::webauthn::WebauthnRefusal;
use keyward_saml::Timestamp;

/// Where what was typed is neither an address nor a name.
pub(crate) const WHO_MALFORMED: &str =
    "Enter your work e-mail address, such as alex@example.org, or your organisation's SSO name.";

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `23 Nov 2026, 13:04 UTC`: a page without script cannot know the reader's zone, so it names its own.
pub(crate) fn time(time: Timestamp) -> String {
    let iso = time.to_string();
    let part = |from: usize, to: usize| iso.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).copied();
    let day = part(8, 10).trim_start_matches('0');
    format!("{day} {} {}, {} UTC", month.unwrap_or_default(), part(0, 4), part(11, 16))
}

/// What happened, to the person it happened to. What can only happen to an organisation is no person's, and needs no words here.
pub(crate) fn event(event: &str, failed: bool) -> &'static str {
    match event {
        "login" => "Signed in",
        "logout" => "Signed out",
        "auto_invite_user" => "Invited by single sign-on",
        "create_user" => "Account created",
        "account_claim_offered" => "Link to claim the account made",
        "account_claimed" => "Account linked to an identity provider",
        "device_approved" => "Browser trusted",
        "device_approval_requested" => "Browser asked to be let in",
        "device_approved_by_admin" => "Browser let in by an admin",
        "device_denied" => "Browser not trusted",
        "fresh_vault_approved" => "Fresh vault allowed by an admin",
        "set_two_factor_on" => "Second factor added",
        "set_two_factor_off" => "Second factor removed",
        "accept_transfer" => "Agreed that admins can help",
        "escrow_withdrawn" => "Took back that admins can help",
        "vault_transferred" => "Vault handed over by an admin",
        "user_changed" => "Account moved or renamed",
        "lock_user" => "Account locked",
        "unlock_user" => "Account unlocked",
        "delete_user" => "Account deleted",
        "sso_updated" => "Account’s name at the identity provider changed",
        "out_of_seats" => "Account not made: no seat is free",
        "account_recovery_setup" => "Recovery phrase made",
        "account_recovery_used" if failed => "Recovery phrase refused",
        "account_recovery_used" => "Recovery phrase used",
        "vault_keys_changed" => "Vault’s keys changed",
        "imported_records" => "Items imported",
        "exported_records" => "Vault exported",
        "added_to_role" => "Role given",
        "removed_from_role" => "Role taken",
        "login_failure" | "login_failed_ip_allow_list" => "Sign-in refused",
        _ if failed => "Something was refused",
        _ => "Account changed",
    }
}

/// What people call a step.
pub(crate) fn step(step: Step) -> &'static str {
    match step {
        Step::EscrowConsent => "Help from your organisation",
        Step::TwoFactor => "Second step",
        Step::RecoveryPhrase => "Recovery phrase",
        Step::Import => "Import",
        Step::BrowserExtension => "Browser extension",
        Step::FirstRecord => "First record",
        Step::Tour => "Short tour",
    }
}

/// Something that an organisation begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FirstStep {
    Kit,
    Vault,
    Phrase,
    Keys,
    Connection,
    Domain,
    SecondAdmin,
}

/// What it is, and why.
pub(crate) fn first_step(step: FirstStep) -> (&'static str, &'static str) {
    match step {
        FirstStep::Kit => (
            "Keep your recovery kit",
            "A page to print or save: what to do when your password or your second step is lost.",
        ),
        FirstStep::Vault => (
            "Open your vault in this browser",
            "Its keys are made here, and never leave this browser in a form that the server can read.",
        ),
        FirstStep::Phrase => (
            "Write down your recovery phrase",
            "24 words that open your vault, and with it the organisation’s keys, when this browser is lost.",
        ),
        FirstStep::Keys => (
            "Make the organisation’s keys",
            "With them an admin lets a colleague’s new browser in, where the colleague agreed to it.",
        ),
        FirstStep::Connection => (
            "Connect your identity provider",
            "Choose it from a list, follow its guide, try it, and activate it.",
        ),
        FirstStep::Domain => (
            "Reserve your e-mail domain",
            "One DNS record; from then on your colleagues sign in with their work e-mail.",
        ),
        FirstStep::SecondAdmin => (
            "Give a second admin a way in outside single sign-on",
            "Two people can mend what breaks, and one of them can be on holiday.",
        ),
    }
}

/// How far a step is.
pub(crate) fn progress(progress: Progress, required: bool) -> &'static str {
    match (progress, required) {
        (Progress::Done, _) => "Done",
        (Progress::Skipped, _) => "Skipped",
        (Progress::Open, true) => "Required",
        (Progress::Open, false) => "Optional",
    }
}

/// What people call a method.
pub(crate) fn method(method: Method) -> &'static str {
    match method {
        Method::Totp => "Authenticator app",
        Method::Webauthn => "Passkey or security key",
        Method::BackupCode => "Backup code",
    }
}

/// Why a second factor was not taken, or not changed.
pub(crate) fn factor_refused(refusal: FactorRefusal) -> String {
    match refusal {
        FactorRefusal::Wrong => {
            "That is not the code. Type the one that is shown now, and check that your phone’s clock is right.".to_owned()
        }
        FactorRefusal::Used => "That code was used already. Wait for the next one.".to_owned(),
        FactorRefusal::SessionSpent => "Too many codes were wrong. Sign out, and sign in again.".to_owned(),
        FactorRefusal::TooMany => {
            "Too many wrong codes were tried for your account today. Use a backup code or a passkey, use a browser in which you have signed in before, or wait.".to_owned()
        }
        FactorRefusal::NotShown | FactorRefusal::NotFresh => {
            "Show your second factor once more, to change it.".to_owned()
        }
        FactorRefusal::Forbidden => "Your organisation does not allow this method.".to_owned(),
        FactorRefusal::LastRequired => {
            "Your organisation asks for a second factor, and this is your last. Add another one first.".to_owned()
        }
        FactorRefusal::Unknown => "You have no such factor any more.".to_owned(),
        FactorRefusal::Full => "You have as many as anybody can have. Remove one first.".to_owned(),
        FactorRefusal::Name => "Give it a name of at most 100 characters.".to_owned(),
        FactorRefusal::Taken => "That passkey is here already.".to_owned(),
        FactorRefusal::Webauthn(WebauthnRefusal::NotVerified) => {
            "Your passkey did not check that it was you. Use its PIN, fingerprint or face.".to_owned()
        }
        FactorRefusal::Webauthn(WebauthnRefusal::Expired | WebauthnRefusal::ChallengeUsed) => {
            "That took too long, or was sent twice. Try once more.".to_owned()
        }
        FactorRefusal::Webauthn(refusal) => {
            format!("Your passkey’s answer could not be accepted ({}). Try once more.", refusal.code())
        }
    }
}

/// `Firefox on Windows`: enough to tell one's own devices apart.
pub(crate) fn browser(user_agent: Option<&str>) -> String {
    let first = |names: &[(&str, &'static str)]| {
        let agent = user_agent.unwrap_or_default();
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use keyward_saml::Timestamp;

    use super::{browser, time};

    #[test]
    fn a_time_is_for_people() {
        assert_eq!(time(Timestamp::from_millis(1_795_439_045_678)), "23 Nov 2026, 13:04 UTC");
        assert_eq!(time(Timestamp::from_millis(0)), "1 Jan 1970, 00:00 UTC");
    }

    #[test]
    fn a_browser_is_told_by_its_signs() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(browser(Some(chrome)), "Chrome on Linux");
        assert_eq!(browser(None), "Unknown browser");
    }
}
