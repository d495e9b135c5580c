//! Where an organisation's people find the browser extension.

use keyward_saml::Timestamp;
use keyward_saml::metadata::is_allowed_url;

use crate::audit::Event;
use crate::decision::{Decision, Write};
use crate::onboarding::OnboardingWrite;
use crate::random::Random;

use super::actor::{About, Actor};
use super::refusal::AdminRefusal;

/// The browsers, as the API and the database call them, and as people do.
pub const EXTENSION_BROWSERS: &[(&str, &str)] =
    &[("chrome", "Chrome"), ("edge", "Edge"), ("firefox", "Firefox"), ("safari", "Safari")];
const LONGEST: usize = 500;

/// Names the store's page for a browser, or no page any more.
///
/// # Errors
/// Where the actor does not hold everything at the root, there is no such browser, or the address is none of https.
pub fn put_extension_link(
    actor: &Actor,
    browser: &str,
    url: Option<&str>,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_root()?;
    let (browser, name) =
        EXTENSION_BROWSERS.iter().find(|(known, _)| *known == browser).ok_or(AdminRefusal::NotFound)?;
    let is_store = |url: &str| url.len() <= LONGEST && url.starts_with("https://") && is_allowed_url(url);
    if url.is_some_and(|url| !is_store(url)) {
        return Err(AdminRefusal::Unknown { field: "url" });
    }
    // All members are sent there for what reads their passwords.
    if url.is_some() {
        actor.need_fresh(now)?;
    }
    let mut decision = Decision::unchanged(());
    decision.writes.push(Write::Onboarding(OnboardingWrite::PutExtension {
        tenant: actor.tenant.clone(),
        browser,
        url: url.map(str::to_owned),
    }));
    let about = About { detail: format!("Where the browser extension for {name} is."), ..About::default() };
    decision.audit.push(actor.event(Event::TenantChanged, about, now, rng));
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use super::super::actor::tests::{actor, root};
    use super::put_extension_link;
    use crate::admin::{Actor, AdminRefusal};
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    #[test]
    fn a_root_admin_names_pages_of_https_for_browsers_that_there_are() {
        let put = |actor: &Actor, browser: &str, url: Option<&str>| {
            let decision = put_extension_link(actor, browser, url, NOW, &mut Counter(0));
            decision.map(|decision| decision.audit.len()).map_err(|refusal| refusal.code())
        };
        let url = Some("https://store.example/keyward");
        assert_eq!(put(&root(), "chrome", url), Ok(1));
        assert_eq!(put(&root(), "safari", None), Ok(1));
        assert_eq!(put(&root(), "netscape", url), Err(AdminRefusal::NotFound.code()));
        let long = format!("https://store.example/{}", "x".repeat(500));
        for bad in ["http://store.example/", "javascript:alert(1)", "https://", "store", &long] {
            assert_eq!(put(&root(), "edge", Some(bad)), Err("reference-unknown"), "{bad}");
        }
        assert!(put(&actor(vec![]), "chrome", url).is_err());
    }
}
