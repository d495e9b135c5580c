//! Our private keys, looked through one after the other: to wrap them under another master key.

use keyward_core::id::{ConnectionId, TenantId};

use super::rows::SpKeyRow;
use super::statement::statement;
use super::{Answers, Statement, StoreError};

/// A key of ours as it is at rest.
pub(crate) struct SpKey {
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) id: String,
    /// `sign` or `decrypt`.
    pub(crate) purpose: String,
    pub(crate) wrapped: String,
}

/// The next ones after a place: tenant, connection and id of the last one seen.
pub(crate) fn after([tenant, connection, id]: [&str; 3]) -> Vec<Statement> {
    vec![statement!("load_sp_keys", tenant, connection, id)]
}

/// The keys.
pub(crate) fn read(answers: &mut impl Answers) -> Result<Vec<SpKey>, StoreError> {
    let row_error = |what| StoreError::Row { of: "sp_key", what };
    answers
        .rows::<SpKeyRow>()?
        .into_iter()
        .map(|row| {
            Ok(SpKey {
                tenant: TenantId::parse(&row.tenant).ok_or(row_error("tenant"))?,
                connection: ConnectionId::parse(&row.connection).ok_or(row_error("connection"))?,
                id: row.id,
                purpose: row.purpose,
                wrapped: row.wrapped,
            })
        })
        .collect()
}

/// Keeps it wrapped anew, unless somebody else has meanwhile.
pub(crate) fn rewrap(key: &SpKey, wrapped: &str) -> Statement {
    statement!(
        "update_sp_key_wrapped",
        key.tenant.as_str(),
        key.connection.as_str(),
        key.id.as_str(),
        key.wrapped.as_str(),
        wrapped
    )
}
