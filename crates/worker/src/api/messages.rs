//! The SAML log of a connection: why was this refused?

use keyward_core::admin::{AdminRefusal, may_read_connection, read_message};
use keyward_core::id::MessageId;
use keyward_core::redact::redact;
use keyward_core::saml_log;
use keyward_saml::redirect;

use super::call::{Call, page, shown};
use super::connections::facts;
use super::problem::{Problem, Stop};
use super::views::{MessageRow, MessageXmlView, SealedMessageRow};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::seal::open;
use crate::store::admin_load as load;

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, Stop> {
    let (asked, (_, connection)) = (call.page()?, facts(call).await?);
    may_read_connection(call.actor()?, &connection)?;
    let before = match asked.after.as_str() {
        "" => i64::from(u32::MAX),
        number => number.parse::<u32>().map(i64::from).map_err(|_| {
            Problem::new(400, "query-invalid", "`after` is what the page before called `next`.")
        })?,
    };
    let tenant = &call.actor()?.tenant;
    let messages = load::messages(tenant, connection.id.as_str(), before, asked.rows);
    let messages = call.rows::<MessageRow>(messages).await?;
    let messages: Vec<_> = messages.into_iter().map(MessageRow::view).collect::<Result<_, _>>()?;
    Ok(page(messages, &asked, |message| message.number.to_string()))
}

pub(super) async fn read(call: &Call<'_>) -> Result<Reply, Stop> {
    let actor = call.actor()?;
    let row = call
        .settle(async || {
            let (_, connection) = facts(call).await?;
            may_read_connection(actor, &connection)?;
            let message = load::message(&actor.tenant, connection.id.as_str(), call.parameter(1));
            let row: SealedMessageRow = call.one(message).await?;
            let id = MessageId::parse(&row.id).ok_or(AdminRefusal::NotFound)?;
            let decision = read_message(actor, &connection, &id, call.host.now, &mut OsRandom)?;
            Ok(keyward_core::Decision {
                outcome: (row, saml_log::bound_to(&actor.tenant, &connection.id, &id)),
                guards: decision.guards,
                writes: decision.writes,
                audit: decision.audit,
            })
        })
        .await?;
    let (row, bound_to) = row;
    let opened = match &row.sealed {
        Some(sealed) => open(&call.host.settings.master_key, &bound_to, sealed).await,
        None => None,
    };
    // What came by Redirect is kept as its query.
    let xml = opened.and_then(|octets| match octets.first() {
        Some(b'<') => redact(&octets),
        _ => redact(redirect::unverified_xml(core::str::from_utf8(&octets).ok()?)?.as_bytes()),
    });
    Ok(shown(&MessageXmlView { xml }, None))
}
