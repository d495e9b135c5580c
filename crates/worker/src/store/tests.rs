//! Every statement against the migrations, on SQLite itself: that it can be prepared, that its columns are those of its
//! row, that it scans no table; and every guard and write, that it does what it says.

use std::collections::BTreeSet;
use std::path::Path;

use keyward_core::address::{Domain, Email};
use keyward_core::audit::{AuditEvent, Event, Scope};
use keyward_core::decision::{NewConfirmation, NewSession};
use keyward_core::domain;
use keyward_core::facts::{ConnectionStatus, TenantStatus};
use keyward_core::id::{ConnectionId, EventId, NodeId, RoleId, TenantId, UserId};
use keyward_core::roles::RoleSource;
use keyward_core::session::{SessionsOf, end_all};
use keyward_core::{
    Attempt, Decision, Departure, Entry, Guard, Random, RequestId, ReturnTo, Token, TokenHash, Who, Write,
};
use keyward_saml::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection as Sqlite, params_from_iter};
use serde::de::DeserializeOwned;

use super::commit::{self, Visitor};

use super::{Answers, Statement, StoreError, Value, conflict, load, mail, rows};

mod admin;
mod connections;
mod due;
mod escrow;
mod factors;
mod purge;
mod sessions;

const NOW: Timestamp = Timestamp::from_millis(4_102_444_800_000); // 2100: past 2038, past 32 bits
const SEED: &str = "
  INSERT INTO tenant (id, name, status, seats, created_at) VALUES ('t_acme', 'Acme', 'active', 2, 0), ('t_evil', 'Evil', 'active', 9, 0);
  INSERT INTO node (tenant, id, parent, name, created_at) VALUES ('t_acme', 'n_root', NULL, 'Acme', 0), ('t_acme', 'n_eng', 'n_root', 'Engineering', 0), ('t_evil', 'n_root', NULL, 'Evil', 0);
  INSERT INTO connection (tenant, id, node, status, sso_name, jit, idp_initiated, idp_initiated_paths, created_at)
    VALUES ('t_acme', 'c_acme', 'n_eng', 'active', 'acme', 1, 1, '[\"/vault/activity\"]', 0), ('t_evil', 'c_evil', 'n_root', 'disabled', NULL, 1, 0, '[]', 0);
  INSERT INTO connection_configuration (tenant, connection, stage, idp_name, idp_entity_id, sso_url, sso_binding, created_at)
    VALUES ('t_acme', 'c_acme', 'active', 'Okta', 'https://idp.test', 'https://idp.test/sso', 'redirect', 0),
           ('t_acme', 'c_acme', 'draft', 'Draft', 'https://draft.test', 'https://draft.test/sso', 'post', 0),
           ('t_evil', 'c_evil', 'active', 'Okta', 'https://idp.test', 'https://idp.test/sso', 'redirect', 0);
  INSERT INTO sp_key (tenant, connection, id, purpose, status, certificate, wrapped, created_at) VALUES ('t_acme', 'c_acme', 'k_1', 'sign', 'active', 'AAAA', 'v1.00000000.AAAA', 0),
                            ('t_acme', 'c_acme', 'k_2', 'sign', 'next', 'BBBB', 'v1.00000000.BBBB', 1);
  INSERT INTO domain (tenant, name, status, connection, created_at) VALUES ('t_acme', 'acme.test', 'reserved', 'c_acme', 0), ('t_evil', 'acme.test', 'pending', 'c_evil', 0),
                            ('t_evil', 'evil.test', 'reserved', 'c_evil', 0);
  INSERT INTO role (tenant, id, node, name, created_at) VALUES ('t_acme', 'r_member', 'n_eng', 'Member', 0);
  INSERT INTO node_default_role VALUES ('t_acme', 'n_eng', 'r_member');
";

/// The texts of all migrations, in their order.
fn migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("migrations").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| std::fs::read_to_string(file).expect("readable")).collect()
}

fn database() -> Sqlite {
    let sqlite = Sqlite::open_in_memory().expect("opens");
    for migration in migrations() {
        sqlite.execute_batch(&migration).expect("migrates");
    }
    sqlite.execute_batch("PRAGMA foreign_keys = ON").expect("on, as in D1");
    sqlite.execute_batch(SEED).expect("seeds");
    sqlite
}

/// The steps of `load_vault_changes` and `load_handover_changes` that read what its subqueries have found.
const OF_A_SUBQUERY: [&str; 2] = ["SCAN c", "SCAN (subquery-3)"];
/// The table that is no migration's.
const D1_MIGRATIONS: &str = "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";

/// All statements, by their file names.
fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("statements")
        .map(|entry| entry.expect("entry").path())
        .map(|path| {
            let name = path.file_stem().expect("name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("readable"))
        })
        .collect();
    all.sort();
    assert!(all.len() > 30, "{}", all.len());
    all
}

struct Json(std::vec::IntoIter<Vec<serde_json::Value>>);

impl Answers for Json {
    fn rows<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError> {
        let rows = self.0.next().expect("one result a statement");
        Ok(rows.into_iter().map(|row| serde_json::from_value(row).expect("the row's type")).collect())
    }
}

/// As D1 does it: one transaction, all or nothing; rows as JSON.
fn batch(sqlite: &mut Sqlite, statements: &[Statement]) -> Result<Json, StoreError> {
    let told = |error: rusqlite::Error| conflict::classify(&error.to_string());
    let transaction = sqlite.transaction().expect("begins");
    let mut results = Vec::new();
    for Statement { sql, values } in statements {
        let mut prepared = transaction.prepare(sql).map_err(told)?;
        let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let values = values.iter().map(|value| match value {
            Value::Null => rusqlite::types::Value::Null,
            Value::Number(number) => rusqlite::types::Value::Real(*number),
            Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
        });
        let mut found = Vec::new();
        let mut rows = prepared.query(params_from_iter(values)).map_err(told)?;
        while let Some(row) = rows.next().map_err(told)? {
            let field = |(index, name): (usize, &String)| {
                let value = match row.get_ref(index).expect("column") {
                    ValueRef::Null => serde_json::Value::Null,
                    ValueRef::Integer(number) => number.into(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                    other => panic!("{name} is {other:?}"),
                };
                (name.clone(), value)
            };
            found.push(serde_json::Value::Object(names.iter().enumerate().map(field).collect()));
        }
        results.push(found);
    }
    transaction.commit().map_err(told)?;
    Ok(Json(results.into_iter()))
}

fn count(sqlite: &Sqlite, what: &str) -> i64 {
    sqlite.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).expect("counts")
}

#[test]
fn every_statement_fits_the_migrations_and_scans_no_table() {
    let sqlite = database();
    sqlite.execute_batch(D1_MIGRATIONS).expect("as wrangler makes it");
    for (name, sql) in statements() {
        sqlite.prepare(&sql).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut explain = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("explains");
        let parameters = vec![rusqlite::types::Value::Null; explain.parameter_count()];
        let plan: Vec<String> = explain
            .query_map(params_from_iter(parameters), |row| row.get::<_, String>(3))
            .expect("plans")
            .map(|step| step.expect("step"))
            .collect();
        // A list that came as one parameter is read to its end; it is no table. Nor are rows that a subquery found by an index.
        let is_table = |step: &str| {
            let is_list = step.contains("CONSTANT ROW") || step.contains("VIRTUAL TABLE");
            let is_found = ["load_vault_changes", "load_handover_changes"].contains(&name.as_str())
                && OF_A_SUBQUERY.contains(&step)
                || name == "insert_mail_to_admins" && step == "SCAN a"
                || name == "insert_saml_message" && step == "SCAN it"
                || name == "delete_old_events" && step == "SCAN o"
                || name == "load_due_mail" && (step == "SCAN w" || step.starts_with("SCAN (subquery-"));
            !is_list && !is_found
        };
        let scans: Vec<&String> =
            plan.iter().filter(|step| step.starts_with("SCAN") && is_table(step)).collect();
        assert!(scans.is_empty(), "{name} scans: {plan:#?}");
        // Sorting is allowed where an index cannot give the order and the rows are one person's, one connection's, or ten of each tenant.
        if plan.iter().any(|step| step.contains("TEMP B-TREE")) {
            let sorted = [
                "load_session_roles",
                "load_published_keys",
                "load_connection_keys",
                "load_due_mail",
                "load_messages",
            ];
            assert!(sorted.contains(&name.as_str()), "{name}: {plan:#?}");
        }
    }
}

#[test]
fn a_database_that_is_older_than_a_statement_is_told_from_one_that_fails() {
    let empty = Sqlite::open_in_memory().expect("opens");
    for (name, sql) in statements() {
        let error = empty.prepare(&sql).expect_err("there is no table");
        assert_eq!(conflict::classify(&error.to_string()), StoreError::NotMigrated, "{name}");
    }
    let older = database();
    older.execute_batch("CREATE TABLE note (body TEXT)").expect("made");
    for sql in ["SELECT later FROM note", "INSERT INTO note (later) VALUES (1)", "UPDATE note SET later = 1"]
    {
        let error = older.prepare(sql).expect_err("there is no column");
        assert_eq!(conflict::classify(&error.to_string()), StoreError::NotMigrated, "{sql}");
    }
    let error = older.prepare("SELEC 1").expect_err("no SQL");
    assert!(matches!(conflict::classify(&error.to_string()), StoreError::Database(_)));
}

#[test]
fn a_scan_would_be_seen() {
    let sqlite = database();
    let plan: String = sqlite
        .query_row("EXPLAIN QUERY PLAN SELECT 1 FROM user WHERE name = 'x'", [], |row| row.get(3))
        .expect("plans");
    assert!(plan.starts_with("SCAN"), "{plan}");
}

#[test]
fn every_table_keeps_the_conventions() {
    let sqlite = database();
    let migrations: String = migrations().join("\n");
    let mut tables =
        sqlite.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").expect("prepares");
    let all: Vec<(String, String)> = tables
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("lists")
        .map(|row| row.expect("row"))
        .collect();
    assert!(all.len() > 15);
    for (table, sql) in all {
        assert!(sql.contains("STRICT"), "{table} is not STRICT");
        let mut columns = sqlite
            .prepare("SELECT name, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid")
            .expect("prepares");
        let columns: Vec<(String, bool, i64)> = columns
            .query_map([&table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .expect("lists")
            .map(|row| row.expect("row"))
            .collect();
        for (column, not_null, _) in &columns {
            // A column that may be NULL says in a comment what that means, on its line or the one above.
            let lines: Vec<&str> = sql.lines().chain(migrations.lines()).collect();
            let declares = |line: &&str| {
                let line = line.trim_start();
                line.starts_with(&format!("{column} "))
                    || line.starts_with(&format!("ALTER TABLE {table} ADD COLUMN {column} "))
            };
            let at = lines.iter().position(declares).expect("line");
            let comments = format!("{} {}", lines.get(at.wrapping_sub(1)).unwrap_or(&""), lines[at]);
            assert!(*not_null || comments.contains("NULL:"), "{table}.{column} may be NULL without a reason");
        }
        if super::purge::NOBODYS.contains(&table.as_str()) {
            continue;
        }
        let first = columns.iter().find(|(_, _, pk)| *pk == 1).expect("primary key");
        assert_eq!(first.0, "tenant", "{table}");
        let mut keys = sqlite
            .prepare("SELECT \"table\", group_concat(\"from\") FROM pragma_foreign_key_list(?1) GROUP BY id")
            .expect("prepares");
        let keys = keys
            .query_map([&table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .expect("lists");
        for key in keys {
            let (target, from) = key.expect("key");
            assert!(from.split(',').any(|column| column == "tenant"), "{table} → {target} ({from})");
        }
    }
}

#[test]
fn every_row_has_the_columns_of_its_statement() {
    let sqlite = database();
    sqlite.execute_batch(D1_MIGRATIONS).expect("as wrangler makes it");
    let all = statements();
    let rows = [
        ("load_route", rows::RouteRow::COLUMNS),
        ("load_remembered", rows::RememberedRow::COLUMNS),
        ("load_logo", rows::LogoRow::COLUMNS),
        ("load_connection", rows::ConnectionRow::COLUMNS),
        ("load_connection_certificates", rows::CertificateRow::COLUMNS),
        ("load_connection_keys", rows::ConnectionKeyRow::COLUMNS),
        ("load_published_keys", rows::PublishedKeyRow::COLUMNS),
        ("load_missing_migration", rows::MissingMigrationRow::COLUMNS),
        ("load_sp_keys", rows::SpKeyRow::COLUMNS),
        ("load_connection_now", rows::ConnectionNowRow::COLUMNS),
        ("load_pending_login", rows::PendingLoginRow::COLUMNS),
        ("load_session", rows::SessionRow::COLUMNS),
        ("load_session_roles", rows::RoleNameRow::COLUMNS),
        ("load_session_activity", rows::ActivityRow::COLUMNS),
        ("load_own_sessions", rows::OwnSessionRow::COLUMNS),
        ("load_identity", rows::IdentityRow::COLUMNS),
        ("load_email_holder", rows::EmailHolderRow::COLUMNS),
        ("load_group_roles", rows::GroupRoleRow::COLUMNS),
        ("load_identity_roles", rows::HeldRoleRow::COLUMNS),
        ("load_claim", rows::ClaimRow::COLUMNS),
        ("load_claim_place", rows::ClaimPlaceRow::COLUMNS),
        ("load_sign_in_policies", rows::RolePoliciesRow::COLUMNS),
        ("load_due_domains", rows::DueDomainRow::COLUMNS),
        ("load_due_metadata", rows::DueMetadataRow::COLUMNS),
        ("load_due_certificates", rows::DueCertificateRow::COLUMNS),
        ("load_domain", rows::DomainRow::COLUMNS),
        ("load_default_roles", rows::DefaultRoleRow::COLUMNS),
        ("load_session_at_idp", rows::SessionAtIdpRow::COLUMNS),
        ("load_logout_sessions", rows::LogoutSessionRow::COLUMNS),
        ("load_consumed_logout_request", rows::ConsumedLogoutRequestRow::COLUMNS),
        ("load_pending_logout", rows::PendingLogoutRow::COLUMNS),
        ("load_awaited_logout", rows::PendingLogoutRow::COLUMNS),
        ("load_consumed_assertion", rows::ConsumedAssertionRow::COLUMNS),
        ("load_browser_account", rows::BrowserAccountRow::COLUMNS),
        ("load_confirmation", rows::ConfirmationRow::COLUMNS),
        ("load_vault_statements", rows::VaultStatementRow::COLUMNS),
        ("load_vault_device", rows::VaultDeviceRow::COLUMNS),
        ("load_vault_keys", rows::VaultKeyRow::COLUMNS),
        ("load_session_device", rows::SessionDeviceRow::COLUMNS),
        ("load_authenticated_at", rows::AuthenticatedRow::COLUMNS),
        ("load_device_requests", rows::DeviceRequestRow::COLUMNS),
        ("load_devices", rows::DeviceRow::COLUMNS),
        ("load_vault_recovery", rows::VaultRecoveryRow::COLUMNS),
        ("load_vault_counter", rows::VaultCounterRow::COLUMNS),
        ("load_vault_changes", rows::VaultChangeRow::COLUMNS),
        ("load_factors", rows::FactorRow::COLUMNS),
        ("load_sealed_factors", rows::SealedFactorRow::COLUMNS),
        ("load_backup_codes", rows::BackupCodeRow::COLUMNS),
        ("load_factor_failures", rows::FactorFailuresRow::COLUMNS),
        ("load_factor_challenge", rows::FactorChallengeRow::COLUMNS),
    ];
    let rows = rows
        .into_iter()
        .chain(crate::api::views::STATEMENTS.iter().chain(escrow::ROWS).copied())
        .chain(crate::api::connect::STATEMENTS.iter().copied())
        .chain(crate::api::insight::STATEMENTS.iter().copied())
        .chain(super::load_trial::STATEMENTS.iter().chain(super::outside::STATEMENTS).copied())
        .chain(crate::api::mail::STATEMENTS.iter().chain(mail::STATEMENTS).copied());
    let rows = rows.chain([("load_deleted_tenant", &["id"] as &[&str])]);
    let rows: Vec<(&str, &[&str])> = rows.collect();
    let checked: BTreeSet<&str> = rows.iter().map(|(name, _)| *name).collect();
    let loads: BTreeSet<&str> =
        all.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("load_")).collect();
    assert_eq!(checked, loads);
    for (name, columns) in rows {
        let (_, sql) = all.iter().find(|(other, _)| other == name).expect("checked above");
        let statement = sqlite.prepare(sql).expect("prepares");
        // By name: in which order they come, no row knows.
        let found: BTreeSet<&str> = statement.column_names().collect();
        assert_eq!(found, columns.iter().copied().collect(), "{name}");
        assert_eq!(statement.column_count(), columns.len(), "{name}");
    }
}

struct Seeded(u8);

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}

fn hash(seed: u8) -> TokenHash {
    Token::generate(&mut Seeded(seed)).hash()
}

fn tenant() -> TenantId {
    TenantId::parse("t_acme").expect("id")
}

fn connection() -> ConnectionId {
    ConnectionId::parse("c_acme").expect("id")
}

fn user(id: &str) -> UserId {
    UserId::parse(id).expect("id")
}

fn create_user(id: &str, email: &str) -> Write {
    Write::CreateUser {
        tenant: tenant(),
        user: user(id),
        node: NodeId::parse("n_eng").expect("id"),
        email: Email::parse(email).expect("address"),
        name: "Alice".into(),
        at: NOW,
    }
}

fn open_session(token: u8) -> Write {
    Write::OpenSession(NewSession {
        tenant: tenant(),
        token: hash(token),
        user: user("u_alice"),
        connection: Some(connection()),
        browser: hash(100),
        session_index: Some("s-1".into()),
        idp_name: None,
        created_user: true,
        previous_sign_in_at: None,
        authenticated_at: Some(NOW),
        at: NOW,
        expires_at: NOW.plus(core::time::Duration::from_secs(60)),
    })
}

fn commit(sqlite: &mut Sqlite, guards: Vec<Guard>, writes: Vec<Write>) -> Result<(), StoreError> {
    let decision = Decision { guards, writes, ..Decision::unchanged(()) };
    batch(sqlite, &commit::statements(&decision, &Visitor::default())).map(drop)
}

fn attempt(who: &str, seed: u8) -> Attempt {
    Attempt::begin(
        Entry::Who(Who::parse(who).expect("who")),
        Some("/vault/activity"),
        hash(100),
        NOW,
        &mut Seeded(seed),
    )
}

fn start(sqlite: &mut Sqlite, attempt: &Attempt) -> Option<keyward_core::Route> {
    let mut answers = batch(sqlite, &load::start(attempt, &Visitor::default())).expect("starts");
    load::read_route(&mut answers).expect("reads").map(|(route, _)| route)
}

#[test]
fn a_start_leaves_one_pending_request_behind() {
    for who in ["alice@acme.test", "acme"] {
        let mut sqlite = database();
        let attempt = attempt(who, 0);
        let route = start(&mut sqlite, &attempt);
        assert_eq!(route.as_ref().map(|route| route.idp_name.as_str()), Some("Okta"), "never the draft");
        let domain = route.as_ref().and_then(|route| route.verified_domain.as_ref());
        assert_eq!(domain.map(Domain::as_str), Some("acme.test"));
        assert!(matches!(attempt.depart(route, "https://keyward.test"), Departure::Ready(_)));
        assert_eq!((count(&sqlite, "pending_login"), count(&sqlite, "audit_event")), (1, 0));
        let stored: i64 = sqlite
            .query_row("SELECT created_at FROM pending_login", [], |row| row.get(0))
            .expect("an INTEGER, past 2038");
        assert_eq!(stored, NOW.as_millis());
    }
}

#[test]
fn a_start_without_a_route_leaves_one_event_behind() {
    for who in ["alice@nowhere.test", "nowhere"] {
        let mut sqlite = database();
        let attempt = attempt(who, 0);
        assert_eq!(start(&mut sqlite, &attempt), None);
        assert_eq!(
            (count(&sqlite, "pending_login"), count(&sqlite, "audit_event WHERE tenant IS NULL")),
            (0, 1)
        );
    }
}

#[test]
fn a_start_at_a_closed_door_leaves_nothing_behind_but_what_is_decided() {
    let mut sqlite = database();
    let attempt = attempt("mallory@evil.test", 0);
    let route = start(&mut sqlite, &attempt).expect("known");
    assert_eq!((route.status, route.tenant_status), (ConnectionStatus::Disabled, TenantStatus::Active));
    assert_eq!((count(&sqlite, "pending_login"), count(&sqlite, "audit_event")), (0, 0));
}

#[test]
fn a_domain_that_is_only_claimed_leads_nowhere() {
    let mut sqlite = database();
    sqlite.execute_batch("UPDATE domain SET status = 'lost' WHERE tenant = 't_acme'").expect("lost");
    assert_eq!(start(&mut sqlite, &attempt("alice@acme.test", 0)), None);
}

#[test]
fn a_first_sign_in_is_all_or_nothing() {
    let mut sqlite = database();
    let attempt = attempt("alice@acme.test", 0);
    start(&mut sqlite, &attempt).expect("route");
    let request = attempt.pending().request.clone();
    let guards = || {
        vec![
            Guard::ConnectionUnchanged { tenant: tenant(), connection: connection(), version: 1 },
            Guard::SeatFree { tenant: tenant() },
            Guard::DomainRoutes {
                tenant: tenant(),
                domain: Email::parse("a@acme.test").expect("address").domain().clone(),
                connection: connection(),
            },
        ]
    };
    let writes = |id: &str, email: &str, token: u8, request: &RequestId| {
        let mut session = open_session(token);
        if let Write::OpenSession(new) = &mut session {
            new.user = user(id);
        }
        vec![
            create_user(id, email),
            Write::AddRole {
                tenant: tenant(),
                user: user(id),
                role: RoleId::parse("r_member").expect("id"),
                source: RoleSource::Default,
                at: NOW,
            },
            Write::ConsumeAssertion {
                tenant: tenant(),
                issuer: "https://idp.test".into(),
                assertion: "_a".into(),
                at: NOW,
                expires_at: NOW,
            },
            session,
            Write::ConsumeRequest {
                tenant: tenant(),
                request: request.clone(),
                session: hash(token),
                at: NOW,
            },
            Write::RecordSignIn { tenant: tenant(), user: user(id), at: NOW },
        ]
    };
    commit(&mut sqlite, guards(), writes("u_alice", "alice@acme.test", 1, &request))
        .expect("the first is in");
    assert_eq!(count(&sqlite, "session"), 1);
    // The same assertion again, as if it were somebody else's.
    let again = commit(&mut sqlite, guards(), writes("u_bob", "bob@acme.test", 2, &request));
    assert_eq!(again, Err(StoreError::Conflict));
    assert_eq!((count(&sqlite, "session"), count(&sqlite, "user"), count(&sqlite, "user_role")), (1, 1, 1));
    let used: i64 = sqlite
        .query_row("SELECT seats_used FROM tenant WHERE id = 't_acme'", [], |row| row.get(0))
        .expect("row");
    assert_eq!(used, 1);
}

#[test]
fn a_request_nobody_sent_cannot_be_answered() {
    let mut sqlite = database();
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), open_session(1)])
        .expect("in");
    let consume = Write::ConsumeRequest {
        tenant: tenant(),
        request: RequestId::from_stored("_unknown".into()),
        session: hash(1),
        at: NOW,
    };
    assert_eq!(commit(&mut sqlite, vec![], vec![consume]), Err(StoreError::Conflict));
}

#[test]
fn each_guard_fails_the_batch_when_what_it_rests_on_changed() {
    let alice = || vec![create_user("u_alice", "alice@acme.test")];
    let domain = || Email::parse("a@acme.test").expect("address").domain().clone();
    let unchanged = || Guard::ConnectionUnchanged { tenant: tenant(), connection: connection(), version: 1 };
    let routes = || Guard::DomainRoutes { tenant: tenant(), domain: domain(), connection: connection() };
    let free = || Guard::SeatFree { tenant: tenant() };
    let same = || Guard::UserUnchanged { tenant: tenant(), user: user("u_alice"), version: 1 };
    let cases: Vec<(Guard, &str)> = vec![
        (unchanged(), "UPDATE connection SET version = 2 WHERE id = 'c_acme'"),
        (unchanged(), "UPDATE connection SET status = 'disabled' WHERE id = 'c_acme'"),
        (unchanged(), "UPDATE tenant SET status = 'suspended' WHERE id = 't_acme'"),
        (routes(), "UPDATE domain SET status = 'lost' WHERE tenant = 't_acme'"),
        (routes(), "UPDATE domain SET connection = NULL WHERE tenant = 't_acme'"),
        (free(), "UPDATE tenant SET seats = 1 WHERE id = 't_acme'"),
        (same(), "UPDATE user SET version = 2 WHERE id = 'u_alice'"),
        (same(), "UPDATE user SET status = 'locked' WHERE id = 'u_alice'"),
    ];
    for (guard, change) in cases {
        let mut sqlite = database();
        commit(&mut sqlite, vec![], alice()).expect("in");
        commit(&mut sqlite, vec![guard.clone()], vec![]).expect("holds before");
        sqlite.execute_batch(change).expect("changes");
        let bob = vec![create_user("u_bob", "bob@acme.test")];
        assert_eq!(commit(&mut sqlite, vec![guard], bob), Err(StoreError::Conflict), "{change}");
        assert_eq!(count(&sqlite, "user"), 1, "{change}");
        assert_eq!(count(&sqlite, "guard"), 0, "{change}");
    }
}

#[test]
fn one_person_is_one_user() {
    let mut sqlite = database();
    let identity = |id: &str| Write::CreateIdentity {
        tenant: tenant(),
        connection: connection(),
        subject: keyward_core::asserted::Subject::from_stored("[\"name-id\",\"alice\"]".into()),
        user: user(id),
        pinned: None,
        at: NOW,
    };
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), identity("u_alice")])
        .expect("in");
    let twin = vec![create_user("u_twin", "twin@acme.test"), identity("u_twin")];
    assert_eq!(commit(&mut sqlite, vec![], twin), Err(StoreError::Conflict));
    let namesake = vec![create_user("u_namesake", "alice@acme.test")];
    assert_eq!(commit(&mut sqlite, vec![], namesake), Err(StoreError::Conflict));
    assert_eq!(count(&sqlite, "user"), 1);
}

#[test]
fn a_changed_profile_is_a_new_version() {
    let mut sqlite = database();
    let update = Write::UpdateProfile {
        tenant: tenant(),
        user: user("u_alice"),
        email: Email::parse("alice.m@acme.test").expect("address"),
        name: "Alice M".into(),
    };
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), update]).expect("in");
    let row: (String, i64) = sqlite
        .query_row("SELECT email, version FROM user", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("row");
    assert_eq!(row, ("alice.m@acme.test".to_owned(), 2));
}

#[test]
fn an_event_is_written_down_with_where_it_came_from() {
    let mut sqlite = database();
    let scope =
        Scope { tenant: Some(tenant()), connection: Some(connection()), node: NodeId::parse("n_eng") };
    let event = |event: Event, id: &str| AuditEvent {
        id: EventId::parse(id).expect("id"),
        scope: scope.clone(),
        time: NOW,
        event,
        code: Some("expired"),
        reference: None,
        actor: None,
        subject: Some(user("u_alice")),
        detail: "Why.".into(),
    };
    // Each name that the core writes is one that the schema knows.
    let names = [
        Event::Login,
        Event::LoginFailure,
        Event::Logout,
        Event::CreateUser,
        Event::AddedToRole,
        Event::RemovedFromRole,
        Event::DomainReserved,
        Event::DomainLost,
        Event::CertificateExpiring,
        Event::MetadataRefreshed,
        Event::MetadataRefreshFailed,
        Event::OutOfSeats,
    ];
    let audit: Vec<AuditEvent> = names
        .iter()
        .zip(["e_1", "e_2", "e_3", "e_4", "e_5", "e_6", "e_7", "e_8", "e_9", "e_a", "e_b", "e_c"])
        .map(|(name, id)| event(*name, id))
        .collect();
    let decision = Decision { audit, ..Decision::unchanged(()) };
    let visitor = Visitor { ip: Some("203.0.113.7".into()), ..Visitor::default() };
    batch(&mut sqlite, &commit::statements(&decision, &visitor)).expect("in");
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test"), open_session(1)])
        .expect("in");
    let mut answers = batch(&mut sqlite, &load::session_with_activity(&hash(1))).expect("loads");
    load::read_session(&mut answers).expect("reads");
    let happenings = load::read_activity(&mut answers).expect("reads");
    assert_eq!(happenings.len(), names.len());
    assert!(happenings.iter().all(|happening| happening.ip.as_deref() == Some("203.0.113.7")));
}

#[test]
fn the_text_of_a_conflict_is_known_and_other_texts_are_not() {
    for text in [
        "D1_ERROR: CHECK constraint failed: guard: SQLITE_CONSTRAINT",
        "D1_ERROR: UNIQUE constraint failed: consumed_assertion.tenant, consumed_assertion.issuer: SQLITE_CONSTRAINT",
        "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT",
    ] {
        assert_eq!(conflict::classify(text), StoreError::Conflict, "{text}");
    }
    for text in [
        "D1_ERROR: CHECK constraint failed: length(token) = 64",
        "D1_ERROR: NOT NULL constraint failed: user.name",
        "D1_ERROR: Network connection lost.",
    ] {
        assert!(matches!(conflict::classify(text), StoreError::Database(_)), "{text}");
    }
}

#[test]
fn another_tenants_rows_cannot_be_referenced() {
    let mut sqlite = database();
    commit(&mut sqlite, vec![], vec![create_user("u_alice", "alice@acme.test")]).expect("in");
    for (sql, values) in [
        ("INSERT INTO user_role VALUES (?1, ?2, ?3, 'direct', 0)", ["t_evil", "u_alice", "r_member"]),
        ("INSERT INTO node_default_role VALUES (?1, ?2, ?3)", ["t_evil", "n_root", "r_member"]),
        (
            "INSERT INTO domain (tenant, name, status, connection, created_at) VALUES (?1, ?2, 'pending', ?3, 0)",
            ["t_evil", "x.test", "c_acme"],
        ),
    ] {
        let error = sqlite.execute(sql, values).expect_err(sql);
        assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
    }
    let twice = sqlite
        .execute("UPDATE domain SET status = 'reserved' WHERE tenant = 't_evil' AND name = 'acme.test'", []);
    assert!(twice.expect_err("one owner").to_string().contains("UNIQUE"));
}
