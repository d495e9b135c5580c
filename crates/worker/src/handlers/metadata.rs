//! `GET /saml/<connection>/metadata`: what the IdP's admin loads.

use keyward_core::facts::SpAddresses;
use keyward_core::id::ConnectionId;
use keyward_saml::base64;
use keyward_saml::request::SpMetadata;

use crate::host::{Failure, Host};
use crate::http::Reply;
use crate::store::load;

/// The document, of a draft too: it is loaded before a connection is used. `None` where there is no such connection.
pub(crate) async fn metadata(host: &Host, id: Option<ConnectionId>) -> Result<Option<Reply>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let mut answers = host.database.batch(load::published_keys(&id)).await?;
    let Some((keys, single_logout)) = load::read_published_keys(&mut answers)? else { return Ok(None) };
    let addresses = SpAddresses::new(&host.settings.origin, &id);
    let certificates = |purpose: &'static str| {
        keys.iter()
            .filter(move |key| key.purpose == purpose)
            .filter_map(|key| Some((key, base64::decode(key.certificate.as_bytes())?)))
    };
    let signing: Vec<Vec<u8>> = certificates("sign").map(|(_, der)| der).collect();
    let signing: Vec<&[u8]> = signing.iter().map(Vec::as_slice).collect();
    // One at a time: AD FS refuses two.
    let encryption = certificates("decrypt").find(|(key, _)| key.status == "active").map(|(_, der)| der);
    let document = SpMetadata {
        entity_id: &addresses.entity_id,
        acs_url: &addresses.acs_url,
        signing_certificates: &signing,
        encryption_certificate: encryption.as_deref(),
        single_logout_url: single_logout.then_some(addresses.slo_url.as_str()),
        ..SpMetadata::default()
    };
    Ok(Some(Reply::text(200, "application/samlmetadata+xml", document.to_xml())))
}
