//! The handlers: load → decide → commit → show. None of them decides.

pub(crate) mod acs;
pub(crate) mod admin;
pub(crate) mod brand;
pub(crate) mod claim;
pub(crate) mod confirm;
pub(crate) mod connection;
pub(crate) mod cron;
pub(crate) mod factor_settings;
pub(crate) mod health;
pub(crate) mod logout;
pub(crate) mod mail;
pub(crate) mod metadata;
pub(crate) mod onboarding;
pub(crate) mod outside;
pub(crate) mod sessions;
pub(crate) mod set_up;
pub(crate) mod start;
pub(crate) mod two_factor;
pub(crate) mod unlock;
pub(crate) mod vault;
pub(crate) mod vault_devices;
pub(crate) mod vault_escrow;
pub(crate) mod vault_items;
pub(crate) mod vault_keys;
pub(crate) mod vault_organisation;

use keyward_core::ReturnTo;
use keyward_core::Token;
use keyward_core::address::SsoName;
use keyward_core::session::Hold;
use keyward_saml::request::percent_encode;

use crate::http::Reply;
use crate::http::cookies;

/// A session that is held: to what holds it, and back; what is no page is told why not.
pub(crate) fn held(hold: Hold, page: Option<&str>) -> Reply {
    match (hold, page) {
        (Hold::Unlock, Some(path)) => Reply::see_other(format!("/unlock?to={}", encoded(path))),
        (Hold::ShowFactor, Some(path)) => Reply::see_other(format!("/two-factor?to={}", encoded(path))),
        (Hold::Onboarding, Some(_)) => Reply::see_other("/onboarding".to_owned()),
        (hold, None) => vault_keys::no(403, code(hold)),
    }
}

fn encoded(path: &str) -> String {
    let mut out = String::new();
    percent_encode(&mut out, path);
    out
}

/// Stable, kebab-case.
pub(crate) fn code(hold: Hold) -> &'static str {
    match hold {
        Hold::Unlock => "unlock-needed",
        Hold::ShowFactor => "two-factor-needed",
        Hold::Onboarding => "onboarding-needed",
    }
}

/// A browser that is signed in now: where it goes, and what it remembers. Whoever comes for the first time is walked through
/// what their policies ask for and offer; where that is nothing, they are sent on.
fn signed_in(token: &Token, return_to: &ReturnTo, is_first: bool, sso_name: Option<&SsoName>) -> Reply {
    let to = if is_first {
        format!("/onboarding?to={}", encoded(return_to.as_str()))
    } else {
        return_to.as_str().to_owned()
    };
    Reply::see_other(to)
        .with_cookie(cookies::set_session(token))
        .with_cookie_if(sso_name.map(cookies::set_organisation))
}
