//! The handlers: load → decide → commit → show. None of them decides.

pub(crate) mod acs;
pub(crate) mod admin;
pub(crate) mod claim;
pub(crate) mod confirm;
pub(crate) mod cron;
pub(crate) mod health;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod start;
pub(crate) mod vault;
pub(crate) mod vault_devices;
pub(crate) mod vault_items;
pub(crate) mod vault_keys;

use keyward_core::ReturnTo;
use keyward_core::Token;
use keyward_core::address::SsoName;

use crate::http::Reply;
use crate::http::cookies;

/// A browser that is signed in now: where it goes, and what it remembers.
fn signed_in(token: &Token, return_to: &ReturnTo, sso_name: Option<&SsoName>) -> Reply {
    Reply::see_other(return_to.as_str().to_owned())
        .with_cookie(cookies::set_session(token))
        .with_cookie_if(sso_name.map(cookies::set_organisation))
}
