//! Sends the notices that are due: takes one, hands it over, writes down what came of it.

use keyward_core::id::TenantId;
use keyward_core::mail::{Composed, DueMail, Provider, link_bound_to, secret_bound_to};
use serde_json::json;
use worker::{EmailAddress, SendEmail, SendEmailBuilder, console_error};

use crate::host::{Committed, Failure, Host};
use crate::outbound;
use crate::seal::open;
use crate::settings::{DeploymentMail, MailBy};
use crate::store::mail;

/// A service did not answer.
const UNREACHABLE: &str = "unreachable";

/// Sends them, a bounded number.
pub(crate) async fn send_due(host: &Host, binding: Option<&SendEmail>) -> Result<(), Failure> {
    let mut answers = host.database.batch(mail::due(host.now)).await?;
    // Whose service did not answer: it is waited for once.
    let mut silent: Vec<TenantId> = Vec::new();
    for due in mail::read_due(&mut answers)? {
        if silent.contains(&due.tenant) {
            continue;
        }
        let taken = due.take(host.now);
        let sent = match host.commit(&taken).await {
            Ok(Committed::Yes) if taken.outcome => send(host, binding, &due).await,
            Ok(Committed::Yes) => Err("nobody-to-tell".to_owned()),
            // Somebody else sends it.
            Ok(Committed::Conflict) => continue,
            Err(error) => {
                console_error!("mail: a notice: {error}");
                continue;
            }
        };
        if sent.as_ref().err().is_some_and(|failure| failure == UNREACHABLE) {
            silent.push(due.tenant.clone());
        }
        // A kind of failure and no text of a service's: that may repeat the mail.
        let settled = due.settle(sent.err().as_deref(), host.now);
        if let Err(error) = host.commit(&settled).await {
            console_error!("mail: a notice: {error}");
        }
    }
    Ok(())
}

async fn send(host: &Host, binding: Option<&SendEmail>, due: &DueMail) -> Result<(), String> {
    let master_key = &host.settings.master_key;
    let unsealed = async |bound_to: String, sealed: &str| {
        let octets = open(master_key, &bound_to, sealed).await;
        octets.and_then(|octets| String::from_utf8(octets).ok()).ok_or("sealed-by-another-key")
    };
    let secret = match &due.sealed {
        Some(sealed) => Some(unsealed(link_bound_to(&due.tenant, &due.id), sealed).await?),
        None => None,
    };
    let composed = due.compose(&host.settings.origin, secret.as_deref());
    match (&due.provider, &host.settings.mail) {
        (Some(Provider::Http { from, url, secret }), _) => {
            let secret = unsealed(secret_bound_to(&due.tenant), secret).await?;
            post(due, &composed, from.as_str(), url, &secret).await
        }
        (Some(Provider::Deployment), Some(DeploymentMail { from, by })) => match by {
            MailBy::Service { url, secret } => post(due, &composed, from.as_str(), url, secret).await,
            MailBy::Binding => {
                let binding = binding.ok_or("not-offered")?;
                hand_over(binding, due, &composed, from.as_str()).await
            }
            MailBy::Outbox => {
                let Composed { subject, text } = &composed;
                let kept = mail::keep(due, from.as_str(), subject, text, host.now);
                host.database.batch(vec![kept]).await.map(drop).map_err(|_| "outbox".to_owned())
            }
        },
        (Some(Provider::Deployment), None) | (None, _) => Err("not-offered".to_owned()),
    }
}

/// To a service, in the form that docs/operating.md describes.
async fn post(due: &DueMail, mail: &Composed, from: &str, url: &str, secret: &str) -> Result<(), String> {
    let body = json!({
        "id": format!("{}-{}", due.id.as_str(), due.user.as_str()),
        "from": { "name": due.organisation, "address": from },
        "to": { "address": due.email.as_str() },
        "subject": mail.subject,
        "text": mail.text,
    });
    let authorization = format!("Bearer {secret}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    match outbound::post(url, &headers, &body.to_string()).await {
        Ok(status) if (200..300).contains(&status) => Ok(()),
        Ok(status) => Err(format!("answered-{status}")),
        Err(outbound::Unanswered::Redirect) => Err("redirected".to_owned()),
        Err(_) => Err(UNREACHABLE.to_owned()),
    }
}

/// To the platform.
async fn hand_over(binding: &SendEmail, due: &DueMail, mail: &Composed, from: &str) -> Result<(), String> {
    let message: SendEmailBuilder = wasm_bindgen::JsCast::unchecked_into(js_sys::Object::new());
    message.set_from_with_email_address(&EmailAddress::new(&due.organisation, from));
    message.set_to(due.email.as_str());
    message.set_subject(&mail.subject);
    message.set_text(&mail.text);
    binding.send_with_builder(&message).await.map(drop).map_err(|_| "refused".to_owned())
}
