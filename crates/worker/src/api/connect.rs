//! Setting a connection up: presets of identity providers, what was read of one, test sign-ins, and the way back.

use keyward_core::admin::{
    AdminRefusal, ConfiguredCertificate, ConnectionFacts, Privilege, Privileges, draft_by_preset,
    read_metadata, roll_back,
};
use keyward_core::advice::ADVICE;
use keyward_core::metadata::may_be_polled;
use keyward_core::preset::{PRESETS, Preset};
use keyward_core::trial::{self, TrialId};
use keyward_saml::{Certificate, Timestamp};
use serde_json::Value as Json;

use super::call::{Call, shown};
use super::connections::{METADATA_BYTES, configuration, facts, get};
use super::describe::{Document, FromText, Text, Time, body, row, view};
use super::problem::Stop;
use super::views::{ConfigurationView, ConnectionView, CountRow};
use crate::host::OsRandom;
use crate::http::Reply;
use crate::outbound;
use crate::seal::open;
use crate::store::admin_load as load;

view!(
    /// One of our values, and what a provider's screens call it.
    OurValueView {
        value: String = "entity_id, acs_url, slo_url, start_url, metadata_url or certificate",
        field: String = "What the provider's screens call it",
    }
);

view!(
    /// An attribute, and what it is made of at a provider.
    ClaimView {
        name: String = "The attribute, as it has to be called",
        made_of: String = "What the provider's screens call what goes into it",
    }
);

view!(
    /// An identity provider, as its admins meet it.
    ProviderView {
        id: String = "Its id here",
        name: String = "What people call it",
        signs: String = "What it signs by default: response, assertion or both",
        encrypts: bool = "Whether it encrypts as soon as our metadata offers a certificate",
        single_logout: bool = "Whether it offers single logout",
        steps: Vec<String> = "What to do there, in order",
        values: Vec<OurValueView> = "Our values that it has to be told",
        claims: Vec<ClaimView> = "The attributes to make there; empty where it sends them by itself",
        metadata: String = "Where its metadata is found",
        pitfalls: Vec<String> = "What goes wrong there",
    }
);

view!(
    /// The identity providers with a preset.
    ProvidersView { items: Vec<ProviderView> = "The best known first, the generic one last" }
);

view!(
    /// What to do about a code.
    FixView {
        code: String = "The code of a refusal",
        fix: String = "What an admin does about it",
    }
);

view!(
    /// What to do about each code.
    FixesView { items: Vec<FixView> = "Each code once" }
);

view!(
    /// A certificate, read.
    CertificateView {
        stage: String = "active or draft: pinned, of the identity provider; sign or decrypt: ours",
        fingerprint: String = "Its SHA-256, in hex",
        subject: String = "Whose it says it is",
        not_before: Time = "From when",
        not_after: Time = "Until when",
        days_left: i64 = "Whole days until then; less than 0: it has expired",
    }
);

view!(
    /// How a connection is set up.
    SetUpView {
        provider: Option<String> = "The preset of its draft; null: none was used",
        entity_id: String = "Our entity ID",
        acs_url: String = "Where responses are posted to",
        slo_url: String = "Where messages for single logout come to",
        start_url: String = "What a tile points at",
        metadata_url: String = "Where all of it stands as metadata",
        signing_certificate: Option<String> = "PEM of what our requests are signed with; null: there is no key yet",
        certificates: Vec<CertificateView> = "The identity provider's, and ours",
        polled_url: Option<String> = "Where the identity provider's metadata is polled; null: nowhere",
        polled_at: Option<Time> = "When it was last",
        polls_failed: i64 = "How many polls in a row have failed",
        previous_name: Option<String> = "What was active before; null: nothing",
        previous_replaced_at: Option<Time> = "Until when it was",
    }
);

row!(
/// A row of what a connection was set up from.
SetUpRow {
    provider: Option<String>,
    metadata_url: Option<String>,
    metadata_checked_at: Option<Time>,
    metadata_failures: Option<i64>,
    previous_replaced_at: Option<Time>,
    previous: Option<FromText<ConfigurationView>>,
    previous_metadata_url: Option<String>,
    keys: FromText<Vec<(String, String, String)>>,
});

view!(
    /// A test sign-in.
    TrialView {
        id: String = "Its id",
        url: String = "Where its person opens it, in the browser that began it",
        expires_at: Time = "Until when it can be answered",
        report: Option<Json> = "What was found: each check with its verdict, detail and fix; null: nothing has come back yet",
    }
);

row!(
/// A row of a test sign-in.
TrialRow {
    id: String,
    connection: String,
    expires_at: Time,
    sealed: Option<String>,
});

body!(
    /// What to draft from.
    ProviderBody {
        provider: Text<1, 40> = "The preset",
        metadata: Option<Document<METADATA_BYTES>> = "The identity provider's metadata",
        metadata_url: Option<Text<10, 2048>> = "Or where it is; polled from the activation on",
    }
);

/// What each statement selects.
#[cfg(test)]
pub(crate) const STATEMENTS: &[(&str, &[&str])] = {
    use super::describe::Columns;
    &[("load_connection_set_up", SetUpRow::COLUMNS), ("load_trial_report", TrialRow::COLUMNS)]
};

const MANAGES: &[Privilege] = &[Privilege::ManageConnections];
const DAY: i64 = 24 * 60 * 60 * 1000;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn provider(preset: &Preset) -> ProviderView {
    let value = |(value, field): &(keyward_core::preset::OurValue, &str)| OurValueView {
        value: value.as_str().to_owned(),
        field: (*field).to_owned(),
    };
    let claim = |(name, made_of): &(&str, &str)| ClaimView {
        name: (*name).to_owned(),
        made_of: (*made_of).to_owned(),
    };
    ProviderView {
        id: preset.id.to_owned(),
        name: preset.name.to_owned(),
        signs: preset.signs.as_str().to_owned(),
        encrypts: preset.encrypts,
        single_logout: preset.single_logout,
        steps: texts(preset.steps),
        values: preset.values.iter().map(value).collect(),
        claims: preset.claims.iter().map(claim).collect(),
        metadata: preset.metadata.to_owned(),
        pitfalls: texts(preset.pitfalls),
    }
}

pub(super) async fn list_providers(call: &Call<'_>) -> Result<Reply, Stop> {
    call.must_see(Privileges::of(MANAGES))?;
    Ok(shown(&ProvidersView { items: PRESETS.iter().map(provider).collect() }, None))
}

pub(super) async fn list_fixes(call: &Call<'_>) -> Result<Reply, Stop> {
    call.must_see(Privileges::of(&[Privilege::ViewAudit, Privilege::ManageConnections]))?;
    let items = ADVICE.iter().flat_map(|(codes, fix)| {
        codes.iter().map(|code| FixView { code: (*code).to_owned(), fix: (*fix).to_owned() })
    });
    Ok(shown(&FixesView { items: items.collect() }, None))
}

async fn set_up_row(call: &Call<'_>) -> Result<(ConnectionView, ConnectionFacts, SetUpRow), Stop> {
    let (view, connection) = facts(call).await?;
    let row = call.one(load::connection_set_up(&call.actor()?.tenant, &view.id)).await?;
    Ok((view, connection, row))
}

fn certificate(stage: &str, base64: &str, now: Timestamp) -> Option<CertificateView> {
    let certificate = Certificate::from_pem_or_base64(base64).ok()?;
    let (from, until) = (certificate.not_before().as_millis(), certificate.not_after().as_millis());
    Some(CertificateView {
        stage: stage.to_owned(),
        fingerprint: certificate.sha256_fingerprint().iter().map(|byte| format!("{byte:02x}")).collect(),
        subject: certificate.subject().to_owned(),
        not_before: Time(from),
        not_after: Time(until),
        days_left: (until - now.as_millis()).div_euclid(DAY),
    })
}

fn pem(base64: &str) -> String {
    let mut lines = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, letter) in base64.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines.push_str("\n-----END CERTIFICATE-----\n");
    lines
}

pub(super) async fn get_set_up(call: &Call<'_>) -> Result<Reply, Stop> {
    let (view, _, row) = set_up_row(call).await?;
    let now = call.host.now;
    let of = |stage: &'static str, it: Option<&FromText<ConfigurationView>>| {
        it.map(|it| it.0.certificates.clone())
            .unwrap_or_default()
            .into_iter()
            .filter_map(move |text| certificate(stage, &text, now))
    };
    let keys = &row.keys.0;
    let ours = keys.iter().filter_map(|(purpose, _, text)| certificate(purpose, text, now));
    let signing = keys.iter().find(|(purpose, status, _)| purpose == "sign" && status == "active");
    let base = view.acs_url.strip_suffix("/acs").unwrap_or(&view.acs_url);
    let set_up = SetUpView {
        provider: row.provider.clone(),
        entity_id: view.entity_id.clone(),
        acs_url: view.acs_url.clone(),
        slo_url: format!("{base}/slo"),
        start_url: view.start_url.clone(),
        metadata_url: view.entity_id.clone(),
        signing_certificate: signing.map(|(_, _, text)| pem(text)),
        certificates: of("active", view.active.as_ref())
            .chain(of("draft", view.draft.as_ref()))
            .chain(ours)
            .collect(),
        polled_url: row.metadata_url,
        polled_at: row.metadata_checked_at,
        polls_failed: row.metadata_failures.unwrap_or_default(),
        previous_name: row.previous.map(|it| it.0.idp_name),
        previous_replaced_at: row.previous_replaced_at,
    };
    Ok(shown(&set_up, Some(view.version)))
}

/// The document at an address, where that is one that may be asked.
async fn fetched(call: &Call<'_>, url: &str) -> Result<String, Stop> {
    if !may_be_polled(url, call.host.settings.local) {
        return Err(AdminRefusal::MetadataUrl.into());
    }
    let accept = [("accept", "application/samlmetadata+xml, application/xml, text/xml")];
    let answer = outbound::get(url, &accept, METADATA_BYTES).await;
    let answer =
        answer.ok().filter(|answer| answer.status == 200).ok_or(AdminRefusal::MetadataUnreachable)?;
    Ok(String::from_utf8(answer.body).map_err(|_| AdminRefusal::MetadataUnreachable)?)
}

pub(super) async fn draft_from_provider(call: &Call<'_>) -> Result<Reply, Stop> {
    let sent: ProviderBody = call.read()?;
    // Nobody else has addresses asked in our name.
    let (_, connection) = facts(call).await?;
    call.actor()?.need(Privilege::ManageConnections, &connection.node)?;
    let preset = Preset::find(&sent.provider.0).ok_or(AdminRefusal::ProviderUnknown)?;
    let url = sent.metadata_url.map(|url| url.0);
    let document = match (&sent.metadata, &url) {
        (Some(document), None) => document.0.clone(),
        (None, Some(url)) => fetched(call, url).await?,
        _ => return Err(AdminRefusal::MetadataMissing.into()),
    };
    call.settle(async || {
        let (view, connection) = facts(call).await?;
        let before = view.draft.as_ref().or(view.active.as_ref()).and_then(|it| configuration(&it.0));
        let read = read_metadata(document.as_bytes(), preset.name, before, call.host.now)?;
        let actor = call.actor()?;
        let (url, now) = (url.as_deref(), call.host.now);
        Ok(draft_by_preset(actor, &connection, preset, read, url, now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

pub(super) async fn go_back(call: &Call<'_>) -> Result<Reply, Stop> {
    call.settle(async || {
        let (_, connection, row) = set_up_row(call).await?;
        let previous = row.previous.ok_or(AdminRefusal::NothingBefore)?;
        let certificates = previous.0.certificates.iter().map(|text| ConfiguredCertificate::parse(text));
        let kept = configuration(&previous.0).zip(certificates.collect::<Option<Vec<_>>>());
        let kept = kept.ok_or(AdminRefusal::NothingBefore)?;
        let source = (row.provider.as_deref().unwrap_or("generic"), row.previous_metadata_url.as_deref());
        Ok(roll_back(call.actor()?, &connection, kept, source, call.host.now, &mut OsRandom)?)
    })
    .await?;
    get(call).await
}

fn address(connection: &str, trial: &str) -> String {
    format!("/admin/trials/{connection}/{trial}")
}

pub(super) async fn begin_trial(call: &Call<'_>) -> Result<Reply, Stop> {
    let (browser, cookie) = call.host.browser();
    let id = call
        .settle(async || {
            let (_, connection) = facts(call).await?;
            let (actor, now) = (call.actor()?, call.host.now);
            let open = match actor.person() {
                Some(user) => call.one::<CountRow>(load::trial_count(&actor.tenant, user, now)).await?.count,
                None => 0,
            };
            Ok(trial::begin(actor, &connection, open, &browser.hash(), now, &mut OsRandom)?)
        })
        .await?;
    Ok(shown(&trial_view(call, &id).await?, None).with_cookie_if(cookie))
}

async fn trial_view(call: &Call<'_>, id: &TrialId) -> Result<TrialView, Stop> {
    let actor = call.actor()?;
    let user = actor.person().ok_or(AdminRefusal::NotFound)?;
    let statement = load::trial_report(&actor.tenant, call.parameter(0), id.as_str(), user.as_str());
    let row: TrialRow = call.one(statement).await?;
    let bound_to = format!("{}|{}|{}|trial", actor.tenant.as_str(), row.connection, row.id);
    let report = match &row.sealed {
        None => None,
        Some(sealed) => open(&call.host.settings.master_key, &bound_to, sealed).await,
    };
    Ok(TrialView {
        url: address(&row.connection, &row.id),
        id: row.id,
        expires_at: row.expires_at,
        report: report.and_then(|octets| serde_json::from_slice(&octets).ok()),
    })
}

/// Of whoever began it, in their session: a token reads none, whomever it acts for.
pub(super) async fn get_trial(call: &Call<'_>) -> Result<Reply, Stop> {
    let (_, _) = facts(call).await?;
    let is_person = matches!(call.actor()?.by, keyward_core::admin::By::Person(_));
    let id = TrialId::parse(call.parameter(1)).filter(|_| is_person).ok_or(AdminRefusal::NotFound)?;
    Ok(shown(&trial_view(call, &id).await?, None))
}
