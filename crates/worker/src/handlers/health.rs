//! `GET /health`: would a sign-in work? For whoever deploys, and for what watches.

use worker::console_error;

use crate::host::{Failure, Host};
use crate::http::Reply;
use crate::store::{NOT_MIGRATED, StoreError, load};

/// `ok`, or what to do. The settings are sound where this is asked.
pub(crate) async fn health(host: &Host) -> Result<Reply, Failure> {
    let answers = host.database.batch(load::missing_migration(env!("KEYWARD_MIGRATIONS"))).await;
    let is_migrated = match answers {
        Ok(mut answers) => load::read_missing_migration(&mut answers)?.is_none(),
        Err(StoreError::NotMigrated) => false,
        Err(error) => return Err(error.into()),
    };
    if is_migrated { Ok(text(200, "ok")) } else { Ok(unwell(NOT_MIGRATED)) }
}

/// Nothing works before somebody mends this.
pub(crate) fn unwell(what: &str) -> Reply {
    console_error!("health: {what}");
    text(503, what)
}

fn text(status: u16, what: &str) -> Reply {
    Reply::text(status, "text/plain; charset=utf-8", format!("{what}\n"))
}
