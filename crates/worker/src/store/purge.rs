//! What is left of an organisation that was deleted: all of its rows, table by table, those first that refer to others. The
//! tables are a list here; a test compares it with the migrations, so that a table that is missing, or comes too early, is noticed.

use keyward_core::id::TenantId;
use serde::Deserialize;

use super::statement::statement;
use super::{Answers, Statement, StoreError, Value};

/// How many rows go at once: at least as many as an organisation has nodes, whose tree goes as a whole.
#[cfg(test)]
pub(super) const ROWS: i64 = 1000;

/// The tables whose rows are of no organisation, or not of one alone.
#[cfg(test)]
pub(super) const NOBODYS: &[&str] = &[
    "tenant",
    "audit_event",
    "guard",
    "operator_key",
    "outside_failure",
    "outside_refusal",
    "outside_salt",
    "set_up",
];

macro_rules! tables {
    ($($table:literal by $key:literal;)+) => {
        /// Of each table, in this order: its name, and what removes rows of it.
        pub(super) const TABLES: &[(&str, &str)] = &[$((
            $table,
            concat!("DELETE FROM ", $table, " WHERE (", $key, ") IN (SELECT ", $key, " FROM ", $table, " WHERE tenant = ?1 LIMIT 1000)"),
        )),+];
        /// The first table that has any.
        pub(super) const NEXT: &str =
            concat!("SELECT CASE ", $("WHEN EXISTS (SELECT 1 FROM ", $table, " WHERE tenant = ?1) THEN '", $table, "' ",)+ "END AS name");
    };
}

tables! {
    "api_token" by "tenant, id";
    "audit_event" by "id";
    "connection_certificate" by "tenant, connection, stage, fingerprint";
    "connection_group_role" by "tenant, connection, value, role";
    "connection_metadata" by "tenant, connection";
    "connection_previous" by "tenant, connection";
    "connection_source" by "tenant, connection";
    "consumed_assertion" by "tenant, issuer, assertion";
    "consumed_claim" by "tenant, token";
    "consumed_confirmation" by "tenant, token";
    "consumed_logout_answer" by "tenant, request";
    "consumed_logout_request" by "tenant, connection, request";
    "consumed_request" by "tenant, request";
    "device_answer" by "tenant, user, device";
    "device_vote" by "tenant, user, device, admin";
    "domain" by "tenant, name";
    "escrow" by "tenant, user, purpose";
    "extension_link" by "tenant, browser";
    "factor_browser" by "tenant, user, browser";
    "factor_failure" by "tenant, user, id";
    "former_vault_part" by "tenant, user, ended_at, part, key";
    "idempotency_key" by "tenant, actor, key";
    "identity" by "tenant, connection, subject";
    "mail_outbox" by "tenant, id, user";
    "mail_settings" by "tenant";
    "node_default_role" by "tenant, node, role";
    "onboarding" by "tenant, user";
    "onboarding_step" by "tenant, user, step";
    "outside_admin" by "tenant, user";
    "saml_message" by "tenant, connection, ring, slot";
    "session_device" by "tenant, token";
    "session_factor" by "tenant, token";
    "set_up" by "id";
    "sp_key" by "tenant, connection, id";
    "tenant_grant" by "tenant, admin, sequence, purpose";
    "tenant_logo" by "tenant";
    "trial_report" by "tenant, trial";
    "used_backup_code" by "tenant, user, hash";
    "used_factor_challenge" by "tenant, challenge";
    "used_factor_step" by "tenant, user, factor, step";
    "used_outside_link" by "tenant, token";
    "user_role" by "tenant, user, role";
    "user_word" by "tenant, word, user";
    "vault_handover" by "tenant, recipient, owner";
    "vault_notice_seen" by "tenant, user, notice, device";
    "vault_recovery" by "tenant, user";
    "vault_sealed" by "tenant, user, item";
    "backup_code" by "tenant, user, hash";
    "claim" by "tenant, token";
    "confirmation" by "tenant, token";
    "connection_configuration" by "tenant, connection, stage";
    "device" by "tenant, user, id";
    "device_request" by "tenant, user, device";
    "escrow_consent" by "tenant, user";
    "factor" by "tenant, user, id";
    "factor_challenge" by "tenant, challenge";
    "former_vault" by "tenant, user, ended_at";
    "outside_link" by "tenant, token";
    "mail" by "tenant, id, user";
    "pending_login" by "tenant, request";
    "pending_logout" by "tenant, request";
    "role" by "tenant, id";
    "trial" by "tenant, id";
    "vault_notice" by "tenant, user, id";
    "session" by "tenant, token";
    "tenant_statement" by "tenant, sequence";
    "vault_statement" by "tenant, user, sequence";
    "connection" by "tenant, id";
    "user" by "tenant, id";
    "node" by "tenant, id";
}

/// The organisation that was deleted longest ago, of those before a time.
pub(crate) fn due(before: keyward_saml::Timestamp) -> Vec<Statement> {
    vec![statement!("load_deleted_tenant", before)]
}

#[derive(Debug, Deserialize)]
struct TenantRow {
    id: String,
}

pub(crate) fn read_due(answers: &mut impl Answers) -> Result<Option<TenantId>, StoreError> {
    let read = |row: TenantRow| TenantId::parse(&row.id).ok_or(StoreError::Row { of: "tenant", what: "id" });
    answers.row::<TenantRow>()?.map(read).transpose()
}

#[derive(Debug, Deserialize)]
struct NextRow {
    name: Option<String>,
}

/// A part of what one table has of it, where one is named; then: which table has any.
pub(crate) fn step(tenant: &TenantId, table: Option<&str>) -> Vec<Statement> {
    let values = || vec![Value::from(tenant.as_str())];
    let removes = TABLES.iter().find(|(name, _)| Some(*name) == table);
    let removes = removes.map(|(_, sql)| Statement { sql, values: values() });
    removes.into_iter().chain([Statement { sql: NEXT, values: values() }]).collect()
}

/// The table that has any; `None`: none has. `removed`: the step began with a removal.
pub(crate) fn read_step(answers: &mut impl Answers, removed: bool) -> Result<Option<String>, StoreError> {
    if removed {
        answers.rows::<serde_json::Value>()?;
    }
    Ok(answers.row::<NextRow>()?.and_then(|row| row.name))
}
