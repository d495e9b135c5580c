//! Who people are at identity providers, and what applies to them.

use keyward_core::admin::{AdminRefusal, RePoint, offer_claim, re_point};
use keyward_core::facts::SpAddresses;
use keyward_core::id::{ConnectionId, MailId, UserId};
use keyward_core::mail::{invitation, link_bound_to};
use keyward_core::policy::EffectivePolicy;
use keyward_saml::NameId;

use super::call::{Call, created, done, page};
use super::describe::{ConnectionRef, Text, Time, body};
use super::people::{facts, user};
use super::problem::Stop;
use super::views::{
    ClaimView, ConnectionView, EffectiveView, IdentityView, SubjectHolderRow, UserPoliciesRow,
};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::seal::seal;
use crate::store::admin_load as load;

body!(
    /// A name as an identity provider sends it.
    NameIdBody {
        value: Text<1, 1024> = "The name",
        format: Option<Text<1, 256>> = "Its Format",
        name_qualifier: Option<Text<1, 1024>> = "Its NameQualifier",
        sp_name_qualifier: Option<Text<1, 1024>> = "Its SPNameQualifier",
    }
);

body!(
    /// What the identity provider knows the same person by from now on; neither: by the same name, with another second attribute.
    IdentityBody {
        name_id: Option<NameIdBody> = "Another NameID",
        attribute: Option<Text<1, 1024>> = "Another value of the attribute that says who somebody is",
    }
);

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, user) = (call.page()?, user(call).await?);
    let identities = load::identities(&call.actor()?.tenant, &user.id, &asked);
    Ok(page(call.rows::<IdentityView>(identities).await?, &asked, |it| it.connection.clone()))
}

body!(
    /// How somebody is to claim an account.
    NewClaimBody {
        connection: ConnectionRef = "By which connection they sign in from then on",
        mail: Option<bool> = "Whether the link goes to them by mail, too; it does where this is left out, mail goes out, and their domain is reserved and leads to the connection, three times a day",
    }
);

pub(super) async fn offer_claim_(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: NewClaimBody = call.read()?;
    let id = sent.connection.0.as_str();
    let (secret, expires_at) = call
        .settle(async || {
            let user = facts(call).await?;
            let connection = load::admin_connection(&actor.tenant, id, &call.host.settings.origin);
            let connection = call.rows::<ConnectionView>(connection).await?.into_iter().next();
            let connection = connection.ok_or(AdminRefusal::Unknown { field: "connection" })?.facts()?;
            let identity = load::user_identity(&actor.tenant, user.id.as_str(), id);
            let is_linked = !call.rows::<IdentityView>(identity).await?.is_empty();
            let now = call.host.now;
            let mut decision = offer_claim(actor, &user, &connection, is_linked, now, &mut OsRandom)?;
            if sent.mail != Some(false) {
                let id = MailId::generate(&mut OsRandom);
                let (secret, bound_to) = (decision.outcome.0.reveal(), link_bound_to(&actor.tenant, &id));
                let sealed = seal(&call.host.settings.master_key, &bound_to, secret.as_bytes()).await;
                // Where it could not be sealed, there is the answer of this request.
                let mail =
                    sealed.map(|sealed| invitation(&actor.tenant, id, &user.id, &connection.id, sealed, now));
                decision.writes.extend(mail);
            }
            Ok(decision)
        })
        .await?;
    let view = ClaimView {
        link: format!("{}/claim/{}", call.host.settings.origin, secret.reveal()),
        connection: id.to_owned(),
        expires_at: Time(expires_at.as_millis()),
    };
    Ok(created(&view, None, &format!("/users/{}", call.parameter(0))))
}

pub(super) async fn re_point_(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let sent: IdentityBody = call.read()?;
    let text = |text: Option<Text<1, 1024>>| text.map(|text| text.0);
    let to = match (sent.name_id, sent.attribute) {
        (Some(name), None) => RePoint::NameId(NameId {
            value: name.value.0,
            format: name.format.map(|format| format.0),
            name_qualifier: text(name.name_qualifier),
            sp_name_qualifier: text(name.sp_name_qualifier),
        }),
        (None, Some(value)) => RePoint::Attribute(value.0),
        (None, None) => RePoint::Pinned,
        (Some(_), Some(_)) => return Err(AdminRefusal::NameUnusable.into()),
    };
    call.settle(async || {
        let user = facts(call).await?;
        let connection = ConnectionId::parse(call.parameter(1)).ok_or(AdminRefusal::NotFound)?;
        let sp_entity_id = SpAddresses::new(&call.host.settings.origin, &connection).entity_id;
        let identity = load::user_identity(&actor.tenant, user.id.as_str(), connection.as_str());
        let identity: IdentityView = call.one(identity).await?;
        let mut facts = identity.facts(sp_entity_id, None)?;
        if let Some(new) = to.subject(&facts)? {
            let holder = load::subject_holder(&actor.tenant, connection.as_str(), &new);
            let holder = call.rows::<SubjectHolderRow>(holder).await?.into_iter().next();
            facts.new_name_is_of = holder.and_then(|row| UserId::parse(&row.user));
        }
        Ok(re_point(actor, &user, &facts, &to, call.host.now, &mut OsRandom)?)
    })
    .await?;
    Ok(done())
}

pub(super) async fn policies(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, user) = (call.page()?, user(call).await?);
    let row: UserPoliciesRow = call.one(load::user_policies(&call.actor()?.tenant, &user.id)).await?;
    let effective = EffectivePolicy::of(&row.facts()?).to_json(|role| role.as_str().to_owned());
    let mut all: Vec<EffectiveView> = effective
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| **name > asked.after)
        .map(|(name, it)| EffectiveView {
            policy: name.clone(),
            value: it.get("value").cloned().unwrap_or_default(),
            because: it
                .get("because")
                .and_then(serde_json::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|role| role.as_str().map(str::to_owned))
                .collect(),
        })
        .collect();
    all.sort_by(|one, two| one.policy.cmp(&two.policy));
    Ok(page(all, &asked, |it| it.policy.clone()))
}
