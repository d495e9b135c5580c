//! By whom an organisation's mail goes out.

use keyward_saml::Timestamp;

use crate::audit::Event;
use crate::decision::{Decision, Guard, Write};
use crate::mail::{Kind, MailGuard, MailWrite, Provider, to_user};
use crate::metadata::may_be_polled;
use crate::random::Random;

use super::actor::{About, Actor, By};
use super::refusal::AdminRefusal;

/// Says by whom it goes out; `None`: there is none any more. `is_offered`: the deployment sends mail itself. `local`: a service on
/// this machine counts, too.
///
/// Who gets the mail gets the links by which accounts are claimed: it takes everything at the root, and a fresh sign-in.
///
/// # Errors
/// Where the actor may not, or it could not go out that way.
pub fn set_mail(
    actor: &Actor,
    provider: Option<Provider>,
    is_offered: bool,
    local: bool,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_root()?;
    let detail = match &provider {
        None => "No mail goes out.".to_owned(),
        Some(Provider::Deployment) if !is_offered => return Err(AdminRefusal::MailNotOffered),
        Some(Provider::Deployment) => "Mail goes out as the deployment does it.".to_owned(),
        Some(Provider::Http { url, .. }) if !may_be_polled(url, local) => return Err(AdminRefusal::MailUrl),
        Some(Provider::Http { url, .. }) => format!("Mail goes out by the service at {url}."),
    };
    actor.need_fresh(now)?;
    let write = Write::Mail(MailWrite::SetProvider { tenant: actor.tenant.clone(), provider });
    let mut decision = Decision { writes: vec![write], ..Decision::unchanged(()) };
    let about = About { detail, ..About::default() };
    decision.audit.push(actor.event(Event::TenantChanged, about, now, rng));
    Ok(decision)
}

/// How many of these may wait: whoever tries it looks at what came before the next.
const TESTS: i64 = 5;

/// Sends the person who asks a mail, to see whether it arrives. `waiting` are those that are yet to be sent.
///
/// # Errors
/// Where the actor may not, is no person, or enough of them wait.
pub fn test_mail(
    actor: &Actor,
    waiting: i64,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, AdminRefusal> {
    actor.need_root()?;
    let By::Person(user) = &actor.by else { return Err(AdminRefusal::PersonOnly) };
    if waiting >= TESTS {
        return Err(AdminRefusal::TooMany { what: "mails to try it with" });
    }
    let guard = MailGuard::Tests { tenant: actor.tenant.clone(), most: TESTS };
    let write = to_user(&actor.tenant, user, Kind::Test, "", now, rng);
    Ok(Decision { guards: vec![Guard::Mail(guard)], writes: vec![write], ..Decision::unchanged(()) })
}

#[cfg(test)]
mod tests {
    use super::super::actor::tests::{actor, root};
    use super::{set_mail, test_mail};
    use crate::address::Email;
    use crate::admin::Actor;
    use crate::mail::Provider;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;

    #[test]
    fn who_says_by_whom_mail_goes_out() {
        let by = |url: &str| {
            let from = Email::parse("keyward@acme.test").expect("address");
            Some(Provider::Http { from, url: url.into(), secret: "v1.00000000.AAAA".into() })
        };
        let stale =
            Actor { authenticated_at: Some(NOW.minus(core::time::Duration::from_secs(3600))), ..root() };
        for (who, provider, is_offered, local, expected) in [
            (root(), None, false, false, None),
            (root(), Some(Provider::Deployment), true, false, None),
            (root(), Some(Provider::Deployment), false, false, Some("mail-not-offered")),
            (root(), by("https://mail.acme.test/send"), false, false, None),
            (root(), by("http://127.0.0.1:1/send"), false, true, None),
            (root(), by("http://127.0.0.1:1/send"), false, false, Some("mail-url")),
            (root(), by("https://10.0.0.1/send"), false, false, Some("mail-url")),
            (actor(vec![]), None, false, false, Some("root-only")),
            // Without it nobody is told of a new browser.
            (stale.clone(), None, false, false, Some("fresh-sign-in-needed")),
            (stale, by("https://mail.acme.test/send"), false, false, Some("fresh-sign-in-needed")),
        ] {
            let set = set_mail(&who, provider.clone(), is_offered, local, NOW, &mut Counter(0));
            assert_eq!(set.err().map(|refusal| refusal.code()), expected, "{provider:?}");
        }
        for (who, waiting, expected) in
            [(root(), 4, None), (root(), 5, Some("too-many")), (actor(vec![]), 0, Some("root-only"))]
        {
            let tried = test_mail(&who, waiting, NOW, &mut Counter(0));
            assert_eq!(tried.err().map(|refusal| refusal.code()), expected);
        }
    }
}
