//! Items, as far as a server that cannot open them goes: a change comes from a proven device, follows the state that is
//! there, is of sizes and versions that our browsers write, and is made whole or not at all.

use core::time::Duration;

use keyward_saml::Timestamp;
use serde_json::json;

use crate::audit::{AuditEvent, Event};
use crate::decision::{Decision, Guard, Write};
use crate::id::DeviceId;
use crate::random::Random;
use crate::session::SessionFacts;
use crate::vault::{SEALED_LEAST, VERSION, VaultRefusal, VaultWrite, part};

/// The most sealed bytes of one thing: a long note, or a page of the manifest.
pub const SEALED_MOST: usize = 128 * 1024;
/// The most things of one change; an import makes several.
pub const CHANGED_MOST: usize = 1000;
/// The most things that a vault holds: 20,000 items, and what lists them.
pub const VAULT_MOST: i64 = 20_100;
/// How long after a sign-in a vault may be exported.
pub const EXPORT_FRESH: Duration = Duration::from_secs(5 * 60);
/// Revisions are JavaScript's numbers too.
const REVISION_MOST: i64 = 1 << 53;

/// A session in a device that was proven in it and is trusted still. Whoever asks for one gets at a vault; there is no
/// other way to it.
///
/// ```compile_fail
/// fn f(session: keyward_core::SessionFacts, device: keyward_core::id::DeviceId) -> keyward_core::items::ProvenSession {
///     keyward_core::items::ProvenSession { session, device }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenSession {
    session: SessionFacts,
    device: DeviceId,
}

impl ProvenSession {
    /// Of a session that may be used, and the trusted device that the database has as proven in it.
    ///
    /// # Errors
    /// [`VaultRefusal::NotProven`] where there is none.
    pub fn of(session: SessionFacts, device: Option<DeviceId>) -> Result<ProvenSession, VaultRefusal> {
        device.map(|device| ProvenSession { session, device }).ok_or(VaultRefusal::NotProven)
    }

    /// The session.
    pub fn session(&self) -> &SessionFacts {
        &self.session
    }

    /// The device.
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// What has to hold still for anything that it changes.
    pub(crate) fn guards(&self) -> Vec<Guard> {
        let SessionFacts { tenant, user, token, .. } = &self.session;
        vec![
            Guard::UserUnchanged { tenant: tenant.clone(), user: user.id.clone(), version: user.version },
            Guard::DeviceTrusted {
                tenant: tenant.clone(),
                token: token.clone(),
                user: user.id.clone(),
                device: self.device.clone(),
            },
        ]
    }
}

/// Something sealed that is put, as its next revision.
#[derive(Clone, PartialEq, Eq)]
pub struct Put {
    /// Its ID.
    pub item: String,
    /// What it is.
    pub kind: String,
    /// From 1.
    pub revision: i64,
    /// Base64 of it.
    pub sealed: String,
}

/// One change of a vault, as a browser sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// What is put: items and folders, the pages that list them, and the root.
    pub put: Vec<Put>,
    /// What is gone, with the revision that it had.
    pub removed: Vec<(String, i64)>,
    /// Items and folders under a new vault key, else as they were: in the revisions that they have.
    pub rewrapped: Vec<Put>,
    /// Whose file the new records are from, where they are from one.
    pub imported: Option<String>,
}

/// A change that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
}

/// Decides on a change of items and folders. `counter` is the vault's as it was loaded, `None` where there is no vault.
///
/// # Errors
/// [`VaultRefusal`].
pub fn change(
    session: &ProvenSession,
    counter: Option<i64>,
    change: &Change,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<i64>, VaultRefusal> {
    let Checked { guards, writes } = check(session, counter, change, &["item", "folder", "devices"], now)?;
    let outcome = counter.unwrap_or_default().saturating_add(1);
    let mut audit = Vec::new();
    if let Some(from) = &change.imported {
        if !is_source(from) {
            return Err(VaultRefusal::Malformed { what: "where an import is from" });
        }
        if !session.session.rules.may_import {
            return Err(VaultRefusal::Restricted { policy: "restrict_import" });
        }
        let count = change.put.iter().filter(|put| put.kind == "item" && put.revision == 1).count();
        audit.push(noted(session, Event::ImportedRecords, format!("{count} from {from}."), now, rng));
    }
    Ok(Decision { outcome, guards, writes, audit })
}

/// What a file may be called that records come from or go into.
fn is_source(name: &str) -> bool {
    matches!(name.len(), 1..=20)
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn noted(
    session: &ProvenSession,
    event: Event,
    detail: String,
    now: Timestamp,
    rng: &mut dyn Random,
) -> AuditEvent {
    let its = session.session();
    AuditEvent { detail, ..AuditEvent::of_user(event, &its.user.id, &its.scope(), now, rng) }
}

/// Lets a vault out as a file: to who signed in at the IdP a moment ago. The file is made in the browser; what is written down
/// is how many records it says that it has.
///
/// # Errors
/// [`VaultRefusal`].
pub fn export(
    session: &ProvenSession,
    authenticated_at: Timestamp,
    form: &str,
    records: u32,
    now: Timestamp,
    rng: &mut dyn Random,
) -> Result<Decision<()>, VaultRefusal> {
    if !is_source(form) {
        return Err(VaultRefusal::Malformed { what: "the form of an export" });
    }
    if !session.session.rules.may_export {
        return Err(VaultRefusal::Restricted { policy: "restrict_export" });
    }
    if authenticated_at.plus(EXPORT_FRESH) < now {
        return Err(VaultRefusal::SignInAgain);
    }
    let audit = vec![noted(session, Event::ExportedRecords, format!("{records} as {form}."), now, rng)];
    Ok(Decision { outcome: (), guards: session.guards(), writes: Vec::new(), audit })
}

/// Decides on a step of moving what is in a vault to its new key: what is moved, or at the end the account's keys without the
/// former one.
///
/// # Errors
/// [`VaultRefusal`].
pub fn move_on(
    session: &ProvenSession,
    counter: Option<i64>,
    change: &Change,
    now: Timestamp,
) -> Result<Decision<i64>, VaultRefusal> {
    let Checked { guards, writes } = check(session, counter, change, &["account-keys"], now)?;
    let outcome = counter.unwrap_or_default().saturating_add(1);
    Ok(Decision { outcome, guards, writes, audit: Vec::new() })
}

/// The ID that a thing of a kind has.
fn is_id(kind: &str, item: &str) -> bool {
    let opaque = |prefix: &str| {
        item.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest.len(), 1..=40)
                && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    };
    match kind {
        "item" => opaque("i_"),
        "folder" => opaque("f_"),
        "manifest" => {
            let page = item
                .strip_prefix("page-")
                .filter(|page| page.len() == 2 && page.bytes().all(|byte| byte.is_ascii_digit()));
            item == "root" || page.and_then(|page| page.parse::<u8>().ok()).is_some_and(|page| page < 64)
        }
        "devices" | "account-keys" => item == kind,
        _ => false,
    }
}

/// Looks at a change of things of these kinds, and of the manifest with them.
pub(crate) fn check(
    session: &ProvenSession,
    counter: Option<i64>,
    change: &Change,
    kinds: &[&str],
    now: Timestamp,
) -> Result<Checked, VaultRefusal> {
    let malformed = |what| Err(VaultRefusal::Malformed { what });
    let counter = counter.ok_or(VaultRefusal::Missing)?;
    let Change { put, removed, rewrapped, .. } = change;
    if put.len().saturating_add(removed.len()).saturating_add(rewrapped.len()) > CHANGED_MOST {
        return malformed("the number of changes");
    }
    let mut ids: Vec<&str> = put.iter().map(|put| put.item.as_str()).collect();
    ids.extend(removed.iter().map(|(item, _)| item.as_str()));
    ids.extend(rewrapped.iter().map(|put| put.item.as_str()));
    ids.sort_unstable();
    if ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return malformed("an ID that stands twice");
    }
    let of_kinds = put.iter().map(|put| (put, kinds, true));
    let moved = rewrapped.iter().map(|put| (put, &["item", "folder"][..], false));
    for (Put { item, kind, revision, sealed }, kinds, may_list) in of_kinds.chain(moved) {
        if !(may_list && kind == "manifest" || kinds.contains(&kind.as_str())) || !is_id(kind, item) {
            return malformed("an ID");
        }
        if !(1..REVISION_MOST).contains(revision) {
            return malformed("a revision");
        }
        part("sealed", sealed, Some(VERSION), SEALED_LEAST..=SEALED_MOST)?;
    }
    for (item, revision) in removed {
        if !(is_id("item", item) || is_id("folder", item)) || !(1..REVISION_MOST).contains(revision) {
            return malformed("what is removed");
        }
    }
    let makes = |kind: &str| put.iter().any(|put| put.kind == kind && put.revision == 1);
    let rules = session.session.rules;
    for (kind, policy, is_allowed) in [
        ("item", "restrict_create_record", rules.may_create_record),
        ("folder", "restrict_create_folder", rules.may_create_folder),
    ] {
        if makes(kind) && !is_allowed {
            return Err(VaultRefusal::Restricted { policy });
        }
    }
    let root = put.iter().find(|put| put.item == "root").map(|root| root.revision);
    match root {
        Some(revision) if revision == counter.saturating_add(1) => {}
        Some(_) => return Err(VaultRefusal::Changed),
        None => return malformed("the root"),
    }

    let SessionFacts { tenant, user, .. } = &session.session;
    let (tenant, user) = (tenant.clone(), user.id.clone());
    let there = put.iter().map(|put| json!([put.item, put.kind, put.revision - 1]));
    let gone = removed
        .iter()
        .map(|(item, revision)| json!([item, if is_id("item", item) { "item" } else { "folder" }, revision]));
    let moved = rewrapped.iter().map(|put| json!([put.item, put.kind, put.revision]));
    let revisions = serde_json::Value::from_iter(there.chain(gone).chain(moved)).to_string();
    let mut guards = session.guards();
    guards.push(Guard::VaultAt { tenant: tenant.clone(), user: user.clone(), counter });
    guards.push(Guard::VaultRevisions { tenant: tenant.clone(), user: user.clone(), revisions });
    if put.iter().any(|put| put.revision == 1) {
        let new = i64::try_from(put.len()).unwrap_or(VAULT_MOST);
        guards.push(Guard::VaultRoom { tenant: tenant.clone(), user: user.clone(), most: VAULT_MOST - new });
    }
    let rows = put
        .iter()
        .chain(rewrapped)
        .map(|Put { item, kind, revision, sealed }| json!([item, kind, revision, sealed]));
    let put = serde_json::Value::from_iter(rows).to_string();
    let mut writes = Vec::new();
    if !removed.is_empty() {
        let items = serde_json::Value::from_iter(removed.iter().map(|(item, _)| item.as_str())).to_string();
        writes.push(VaultWrite::Remove { tenant: tenant.clone(), user: user.clone(), items });
    }
    writes.push(VaultWrite::Put { tenant, user, put, counter: counter.saturating_add(1), at: now });
    Ok(Checked { guards, writes: writes.into_iter().map(Write::Vault).collect() })
}

#[cfg(test)]
pub(crate) mod tests {
    use core::time::Duration;

    use keyward_saml::{Timestamp, base64};

    use super::{CHANGED_MOST, Change, EXPORT_FRESH, ProvenSession, Put, SEALED_MOST, export, move_on};
    use crate::audit::Event;
    use crate::decision::{Decision, Guard, Write};
    use crate::id::DeviceId;
    use crate::provisioning::tests::NOW;
    use crate::random::tests::Counter;
    use crate::session::tests::session;
    use crate::session::{SessionFacts, VaultRules};
    use crate::vault::{VaultRefusal, VaultWrite};

    pub(crate) fn proven() -> ProvenSession {
        ProvenSession::of(session(), DeviceId::parse("d_laptop")).expect("proven")
    }

    pub(crate) fn put(item: &str, kind: &str, revision: i64) -> Put {
        let mut octets = vec![9; 345];
        octets[0] = 1;
        Put { item: item.to_owned(), kind: kind.to_owned(), revision, sealed: base64::encode(&octets) }
    }

    fn good() -> Change {
        let put = vec![put("i_a", "item", 1), put("page-07", "manifest", 3), put("root", "manifest", 8)];
        Change { put, removed: vec![("f_old".to_owned(), 2)], rewrapped: Vec::new(), imported: None }
    }

    fn change(
        session: &ProvenSession,
        counter: Option<i64>,
        sent: &Change,
        now: Timestamp,
    ) -> Result<Decision<i64>, VaultRefusal> {
        super::change(session, counter, sent, now, &mut Counter(0))
    }

    fn refused(sent: &Change) -> Option<VaultRefusal> {
        change(&proven(), Some(7), sent, NOW).err()
    }

    #[test]
    fn a_change_follows_the_state_that_it_was_made_for() {
        let decision = change(&proven(), Some(7), &good(), NOW).expect("changed");
        assert_eq!(decision.outcome, 8);
        let [
            Guard::UserUnchanged { .. },
            Guard::DeviceTrusted { .. },
            Guard::VaultAt { counter: 7, .. },
            Guard::VaultRevisions { revisions, .. },
            Guard::VaultRoom { most: 20_097, .. },
        ] = decision.guards.as_slice()
        else {
            panic!("{:?}", decision.guards)
        };
        let expected =
            r#"[["i_a","item",0],["page-07","manifest",2],["root","manifest",7],["f_old","folder",2]]"#;
        assert_eq!(revisions, expected);
        let [
            Write::Vault(VaultWrite::Remove { items, .. }),
            Write::Vault(VaultWrite::Put { counter: 8, .. }),
        ] = decision.writes.as_slice()
        else {
            panic!("{:?}", decision.writes)
        };
        assert_eq!(items, r#"["f_old"]"#);
    }

    #[test]
    fn a_change_of_another_state_is_told_so() {
        assert_eq!(change(&proven(), Some(8), &good(), NOW).err(), Some(VaultRefusal::Changed));
        assert_eq!(change(&proven(), Some(6), &good(), NOW).err(), Some(VaultRefusal::Changed));
        assert_eq!(change(&proven(), None, &good(), NOW).err(), Some(VaultRefusal::Missing));
    }

    #[test]
    fn nothing_else_is_kept() {
        let with = |put: Put| {
            let mut change = good();
            change.put.push(put);
            change
        };
        let malformed = |what| Some(VaultRefusal::Malformed { what });
        for (item, kind) in [
            ("a", "item"),
            ("i_", "item"),
            ("i_A", "item"),
            ("i_a/b", "item"),
            ("f_a", "item"),
            ("i_b", "folder"),
            ("root2", "manifest"),
            ("page-64", "manifest"),
            ("page-+1", "manifest"),
            ("page-1", "manifest"),
            ("i_b", "manifest"),
            ("account-keys", "account-keys"),
            ("i_b", "secret"),
        ] {
            assert_eq!(refused(&with(put(item, kind, 1))), malformed("an ID"), "{item} {kind}");
        }
        assert_eq!(refused(&with(put("i_b", "item", 0))), malformed("a revision"));
        assert_eq!(refused(&with(put("i_b", "item", 1 << 53))), malformed("a revision"));
        assert_eq!(refused(&with(put("i_a", "item", 1))), malformed("an ID that stands twice"));
        assert_eq!(refused(&with(put("f_old", "folder", 3))), malformed("an ID that stands twice"));
        for sealed in [
            String::new(),
            "!".to_owned(),
            base64::encode(&[1; 344]),
            base64::encode(&[2; 345]),
            base64::encode(&vec![1; SEALED_MOST + 1]),
        ] {
            assert_eq!(refused(&with(Put { sealed, ..put("i_b", "item", 1) })), malformed("sealed"));
        }
        for (item, revision) in [("root", 7), ("devices", 1), ("page-07", 2), ("i_x", 0), ("i_x", 1 << 53)] {
            let change = Change { removed: vec![(item.to_owned(), revision)], ..good() };
            let what = if item == "page-07" { "an ID that stands twice" } else { "what is removed" };
            let what = if item == "root" { "an ID that stands twice" } else { what };
            assert_eq!(refused(&change), malformed(what), "{item}");
        }
        let mut rootless = good();
        rootless.put.pop();
        assert_eq!(refused(&rootless), malformed("the root"));
        let many = (0..CHANGED_MOST).map(|index| put(&format!("i_{index}"), "item", 1)).collect();
        assert_eq!(
            refused(&Change { put: many, removed: vec![("i_x".to_owned(), 1)], ..good() }),
            malformed("the number of changes")
        );
    }

    #[test]
    fn a_policy_keeps_new_records_and_folders_out_and_lets_old_ones_change() {
        let rules = VaultRules { may_create_record: false, may_create_folder: false, ..VaultRules::of(&[]) };
        let session = SessionFacts { rules, ..session() };
        let proven = ProvenSession::of(session, DeviceId::parse("d_laptop")).expect("proven");
        let decide = |one: Put| {
            let put = vec![one, put("root", "manifest", 8)];
            let sent = Change { put, removed: Vec::new(), ..good() };
            change(&proven, Some(7), &sent, NOW).err()
        };
        let restricted = |policy| Some(VaultRefusal::Restricted { policy });
        assert_eq!(decide(put("i_a", "item", 1)), restricted("restrict_create_record"));
        assert_eq!(decide(put("f_a", "folder", 1)), restricted("restrict_create_folder"));
        assert_eq!(decide(put("i_a", "item", 2)), None);
    }

    #[test]
    fn what_is_moved_to_a_new_key_keeps_its_revision() {
        let pages = vec![put("page-07", "manifest", 3), put("root", "manifest", 8)];
        let with = |rewrapped: Vec<Put>| {
            move_on(
                &proven(),
                Some(7),
                &Change { put: pages.clone(), removed: Vec::new(), rewrapped, imported: None },
                NOW,
            )
        };
        let decision = with(vec![put("i_a", "item", 4), put("f_a", "folder", 1)]).expect("moved");
        let expected =
            r#"[["page-07","manifest",2],["root","manifest",7],["i_a","item",4],["f_a","folder",1]]"#;
        assert!(
            decision
                .guards
                .iter()
                .any(|it| matches!(it, Guard::VaultRevisions { revisions, .. } if revisions == expected))
        );
        assert!(!decision.guards.iter().any(|it| matches!(it, Guard::VaultRoom { .. })), "nothing is new");
        let malformed = |what| Some(VaultRefusal::Malformed { what });
        for (item, kind) in [
            ("page-08", "manifest"),
            ("devices", "devices"),
            ("account-keys", "account-keys"),
            ("f_b", "item"),
        ] {
            assert_eq!(with(vec![put(item, kind, 1)]).err(), malformed("an ID"), "{item}");
        }
        assert_eq!(with(vec![put("i_a", "item", 0)]).err(), malformed("a revision"));
        let twice = vec![put("i_a", "item", 1), put("i_a", "item", 1)];
        assert_eq!(with(twice).err(), malformed("an ID that stands twice"));
        // And at the end the account's keys, which no other change has.
        let keys = vec![put("account-keys", "account-keys", 3), put("root", "manifest", 8)];
        let last = Change { put: keys, removed: Vec::new(), rewrapped: Vec::new(), imported: None };
        assert!(move_on(&proven(), Some(7), &last, NOW).is_ok());
        assert_eq!(refused(&last), malformed("an ID"));
        let item = Change { put: vec![put("i_a", "item", 2), put("root", "manifest", 8)], ..last };
        assert_eq!(move_on(&proven(), Some(7), &item, NOW).err(), malformed("an ID"));
    }

    #[test]
    fn an_import_is_written_down_with_what_it_brings_and_a_policy_keeps_it_out() {
        let sent = |from: &str| Change { imported: Some(from.to_owned()), ..good() };
        let decision = change(&proven(), Some(7), &sent("1password"), NOW).expect("changed");
        let [event] = decision.audit.as_slice() else { panic!("{:?}", decision.audit) };
        assert_eq!((event.event, event.detail.as_str()), (Event::ImportedRecords, "1 from 1password."));
        for from in ["", "Chrome", "a b", "<script>", "a-very-long-name-of-a-source"] {
            let what = "where an import is from";
            assert_eq!(refused(&sent(from)), Some(VaultRefusal::Malformed { what }), "{from}");
        }
        let rules = VaultRules { may_import: false, ..VaultRules::of(&[]) };
        let session = SessionFacts { rules, ..session() };
        let proven = ProvenSession::of(session, DeviceId::parse("d_laptop")).expect("proven");
        let restricted = Some(VaultRefusal::Restricted { policy: "restrict_import" });
        assert_eq!(change(&proven, Some(7), &sent("chrome"), NOW).err(), restricted);
        assert!(change(&proven, Some(7), &good(), NOW).is_ok(), "what is typed is no import");
    }

    #[test]
    fn an_export_is_for_who_signed_in_a_moment_ago_and_is_written_down() {
        let export = |proven: &ProvenSession, at, form| export(proven, at, form, 12, NOW, &mut Counter(0));
        let decision = export(&proven(), NOW.minus(EXPORT_FRESH), "csv").expect("exported");
        let [event] = decision.audit.as_slice() else { panic!("{:?}", decision.audit) };
        assert_eq!((event.event, event.detail.as_str()), (Event::ExportedRecords, "12 as csv."));
        assert!(matches!(
            decision.guards.as_slice(),
            [Guard::UserUnchanged { .. }, Guard::DeviceTrusted { .. }]
        ));
        let late = NOW.minus(EXPORT_FRESH + Duration::from_millis(1));
        assert_eq!(export(&proven(), late, "csv").err(), Some(VaultRefusal::SignInAgain));
        let never = Timestamp::from_millis(0);
        assert_eq!(export(&proven(), never, "csv").err(), Some(VaultRefusal::SignInAgain));
        assert!(matches!(export(&proven(), NOW, "C S V").err(), Some(VaultRefusal::Malformed { .. })));
        let rules = VaultRules { may_export: false, ..VaultRules::of(&[]) };
        let session = SessionFacts { rules, ..session() };
        let restricted = ProvenSession::of(session, DeviceId::parse("d_laptop")).expect("proven");
        let expected = Some(VaultRefusal::Restricted { policy: "restrict_export" });
        assert_eq!(export(&restricted, NOW, "csv").err(), expected);
    }

    #[test]
    fn no_device_no_vault() {
        assert_eq!(ProvenSession::of(session(), None), Err(VaultRefusal::NotProven));
    }
}
