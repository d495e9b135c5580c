//! A connection's active configuration: from the isolate's memory, from KV, or from D1.
//!
//! What is at hand is good for one version of the connection, which the facts of whatever is decided compare, and a guard in the
//! batch once more: status, version and what was taken away are D1's to say, each time. An entry in KV has what was read of the
//! IdP's metadata, and the connection's settings; no key of ours, and nothing about people. It stands under a MAC, since whoever
//! writes there would else decide whose signatures count. One that is not there, not ours, of another connection or of another
//! version costs a look into D1, as KV that fails does, and no more.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hmac::{Hmac, KeyInit, Mac};
use keyward_core::Connection;
use keyward_core::id::ConnectionId;
use keyward_saml::base64;
use sha2::Sha256;
use worker::{Context, Env, console_error};

use super::brand::PUBLIC;
use crate::demo_keys::is_of_tests;
use crate::host::{Failure, Host};
use crate::settings::MasterKey;
use crate::store::load::{self, ConnectionKeys, StoredConnection};

/// How many connections an isolate remembers.
const REMEMBERED: usize = 256;
/// How long an entry stays in KV: an organisation that is gone is gone there, too.
const KEPT_SECONDS: u64 = 30 * 24 * 60 * 60;
/// How long a place of Cloudflare's remembers what KV said. What changed meanwhile costs an isolate that is new there a look into D1.
const NEAR_SECONDS: u64 = 60 * 60;
/// What the key of the MAC is made for, of the master key.
const PURPOSE: &[u8] = b"keyward connection in KV v1";

/// A connection as an isolate knows it.
#[derive(Debug)]
pub(super) struct LoadedConnection {
    pub(super) connection: Connection,
    /// `None` where it came from KV, which has none.
    pub(super) keys: Option<ConnectionKeys>,
}

/// What was found, and whether it was at hand: then it may be what is wrong, with a new certificate, another mapping, a switch.
pub(super) struct Known {
    pub(super) loaded: Rc<LoadedConnection>,
    pub(super) is_at_hand: bool,
}

/// KV, and what has to wait until something is put there.
pub(crate) struct Public<'a> {
    pub(crate) env: &'a Env,
    pub(crate) context: &'a Context,
}

thread_local! {
    static CONNECTIONS: RefCell<BTreeMap<ConnectionId, Rc<LoadedConnection>>> = const { RefCell::new(BTreeMap::new()) };
}

fn remembered(id: &ConnectionId) -> Option<Rc<LoadedConnection>> {
    CONNECTIONS.with_borrow(|connections| connections.get(id).cloned())
}

fn remember(host: &Host, mut connection: Connection, keys: Option<ConnectionKeys>) -> Rc<LoadedConnection> {
    if !host.settings.local {
        connection.certificates.retain(|certificate| !is_of_tests(&certificate.sha256_fingerprint()));
    }
    let id = connection.id.clone();
    let loaded = Rc::new(LoadedConnection { connection, keys });
    CONNECTIONS.with_borrow_mut(|connections| {
        if connections.len() >= REMEMBERED {
            connections.clear();
        }
        connections.insert(id, Rc::clone(&loaded));
    });
    loaded
}

/// A connection, without our keys where that is quicker; `None`: there is none.
pub(super) async fn find(
    host: &Host,
    public: &Public<'_>,
    id: &ConnectionId,
) -> Result<Option<Known>, Failure> {
    if let Some(loaded) = remembered(id) {
        return Ok(Some(Known { loaded, is_at_hand: true }));
    }
    if let Some(connection) = kept(host, public, id).await {
        return Ok(Some(Known { loaded: remember(host, connection, None), is_at_hand: true }));
    }
    from_database(host, Some(public), id, None).await
}

/// A connection with our keys.
pub(super) async fn find_with_keys(host: &Host, id: &ConnectionId) -> Result<Option<Known>, Failure> {
    match remembered(id).filter(|loaded| loaded.keys.is_some()) {
        Some(loaded) => Ok(Some(Known { loaded, is_at_hand: true })),
        None => from_database(host, None, id, None).await,
    }
}

/// A connection as D1 has it now, where one that was at hand did not do.
pub(super) async fn find_anew(
    host: &Host,
    public: Option<&Public<'_>>,
    before: &Connection,
) -> Result<Option<Known>, Failure> {
    CONNECTIONS.with_borrow_mut(|connections| connections.remove(&before.id));
    from_database(host, public, &before.id, Some(before.version)).await
}

/// `before`: the version that KV has as far as is known, which is not put there again, however often somebody is refused.
async fn from_database(
    host: &Host,
    public: Option<&Public<'_>>,
    id: &ConnectionId,
    before: Option<i64>,
) -> Result<Option<Known>, Failure> {
    let mut answers = host.database.batch(load::connection(id)).await?;
    let Some((stored, keys)) = load::read_connection(&mut answers)? else { return Ok(None) };
    let connection = stored.connection()?;
    if let Some(public) = public
        && before != Some(connection.version)
        && connection.check_active().is_ok()
    {
        keep(host, public, id, &stored);
    }
    Ok(Some(Known { loaded: remember(host, connection, Some(keys)), is_at_hand: false }))
}

fn key(id: &ConnectionId) -> String {
    format!("connection/{}", id.as_str())
}

/// What KV has of a connection.
async fn kept(host: &Host, public: &Public<'_>, id: &ConnectionId) -> Option<Connection> {
    let entry = public.env.kv(PUBLIC).ok()?.get(&key(id)).cache_ttl(NEAR_SECONDS).text().await.ok()??;
    let connection = open(&host.settings.master_key, &entry)?.connection().ok()?;
    // One that was moved here from elsewhere is whole, and another's.
    (connection.id == *id).then_some(connection)
}

/// Puts it into KV, once the request is answered.
fn keep(host: &Host, public: &Public<'_>, id: &ConnectionId, stored: &StoredConnection) {
    let Some(entry) = close(&host.settings.master_key, stored) else { return };
    let put = public.env.kv(PUBLIC).and_then(|kv| Ok(kv.put(&key(id), entry)?));
    public.context.wait_until(async move {
        let is_put = match put {
            Ok(put) => put.expiration_ttl(KEPT_SECONDS).execute().await.is_ok(),
            Err(_) => false,
        };
        if !is_put {
            console_error!("connection: it could not be put into KV");
        }
    });
}

/// HMAC-SHA-256 of an entry, under a key that is made of the master key for nothing else.
fn mac(master_key: &MasterKey, json: &str) -> Option<Hmac<Sha256>> {
    let derived = Hmac::<Sha256>::new_from_slice(&master_key.bytes).ok()?.chain_update(PURPOSE).finalize();
    Some(Hmac::<Sha256>::new_from_slice(&derived.into_bytes()).ok()?.chain_update(json))
}

/// An entry: `v1.<base64 of the MAC>.<JSON>`. The JSON says whose it is, which connection's, and of which version.
fn close(master_key: &MasterKey, stored: &StoredConnection) -> Option<String> {
    let json = serde_json::to_string(stored).ok()?;
    let mac = base64::encode(&mac(master_key, &json)?.finalize().into_bytes());
    Some(format!("v1.{mac}.{json}"))
}

/// Reads an entry that [`close`] made under the same master key.
fn open(master_key: &MasterKey, entry: &str) -> Option<StoredConnection> {
    let (tag, json) = entry.strip_prefix("v1.")?.split_once('.')?;
    mac(master_key, json)?.verify_slice(&base64::decode(tag.as_bytes())?).ok()?;
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::{close, open};
    use crate::settings::{MasterKey, Settings};
    use crate::store::load::StoredConnection;

    fn master_key(text: &str) -> MasterKey {
        let settings = Settings::read(Some("https://keyward.example"), None, Some(text), None, None);
        settings.unwrap_or_else(|error| panic!("{error}")).master_key
    }

    const STORED: &str = r#"{"connection":{"tenant":"t_acme","tenant_status":"active","id":"c_acme","node":"n_root","status":"active","version":3,"sso_name":null,"jit":1,"idp_initiated":0,"idp_initiated_paths":"[]","idp_entity_id":"https://idp.test","subject_attribute":null,"pinned_attribute":null,"groups_attribute":null,"attribute_mapping":"{\"email\":\"Email\",\"first\":null,\"last\":null}","allow_sha1_until":null,"single_logout":1,"slo_url":null,"slo_response_url":null,"slo_binding":"redirect"},"certificates":[],"decryption_keys":1}"#;

    #[test]
    fn an_entry_opens_as_it_was_closed_and_otherwise_not_at_all() {
        let ours = master_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let another = master_key("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        let stored: StoredConnection = serde_json::from_str(STORED).expect("reads");
        let entry = close(&ours, &stored).expect("closes");
        let read =
            |key: &MasterKey, entry: &str| open(key, entry).and_then(|stored| stored.connection().ok());
        let connection = read(&ours, &entry).expect("opens");
        assert_eq!((connection.tenant.as_str(), connection.id.as_str()), ("t_acme", "c_acme"));
        assert_eq!((connection.version, connection.decryption_keys), (3, 1));
        assert!(read(&another, &entry).is_none());
        for (of, altered) in [
            ("t_acme", "t_evil"),
            ("c_acme", "c_evil"),
            (r#""version":3"#, r#""version":4"#),
            ("idp.test", "idp.evil"),
        ] {
            assert!(entry.contains(of) && read(&ours, &entry.replace(of, altered)).is_none(), "{of}");
        }
        let (_, json) = entry.split_at(entry.find('{').expect("JSON"));
        for forged in [json, &format!("v1..{json}"), &format!("v2.{}", entry.split_at(3).1), "", "v1.AAAA.{}"]
        {
            assert!(read(&ours, forged).is_none(), "{forged}");
        }
    }
}
