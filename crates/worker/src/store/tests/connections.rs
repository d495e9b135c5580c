//! Connections, as they are read for an answer and for KV.

use super::*;
use crate::store::load::StoredConnection;

#[test]
fn a_connection_and_its_published_keys_are_read() {
    let mut sqlite = database();
    let mut answers = batch(&mut sqlite, &load::connection(&connection())).expect("loads");
    let stored = load::read_connection(&mut answers).expect("reads").expect("there").0;
    let loaded = stored.connection().expect("whole");
    let json = serde_json::to_string(&stored).expect("JSON");
    let again: StoredConnection = serde_json::from_str(&json).expect("reads back");
    assert_eq!(format!("{:?}", again.connection().expect("whole")), format!("{loaded:?}"));
    assert_eq!((loaded.version, loaded.jit, loaded.idp_initiated), (1, true, true));
    assert_eq!(loaded.idp_initiated_paths, [ReturnTo::parse("/vault/activity").expect("ours")]);
    assert_eq!(loaded.mapping.first.as_deref(), Some("First"));
    let mut answers = batch(&mut sqlite, &load::published_keys(&connection())).expect("loads");
    let (keys, single_logout) = load::read_published_keys(&mut answers).expect("reads").expect("there");
    assert!(single_logout);
    let certificates: Vec<&str> = keys.iter().map(|key| key.certificate.as_str()).collect();
    assert_eq!(certificates, ["AAAA", "BBBB"], "the one in use first, then the next");
    let unknown = ConnectionId::parse("c_unknown").expect("id");
    let mut answers = batch(&mut sqlite, &load::published_keys(&unknown)).expect("loads");
    assert_eq!(load::read_published_keys(&mut answers).expect("reads"), None);
}
