//! What pages say about times and events.

use keyward_saml::Timestamp;

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
