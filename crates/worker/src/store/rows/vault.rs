//! The rows of vaults and devices.

use keyward_core::devices::{Asking, RequestFacts};
use keyward_core::id::DeviceId;
use serde::Deserialize;

use super::{flag, time};
use crate::store::StoreError;

row!(VaultStatementRow { statement: String });

row!(AuthenticatedRow { authenticated_at: i64 });
row!(VaultDeviceRow {
    signing: String,
    wrap: String,
    share: String,
    locked_at: i64,
    blocked_at: Option<i64>,
    authenticated_at: i64,
    unlocked_at: i64,
});

row!(VaultKeyRow { revision: i64, sealed: String });

row!(DeviceRequestRow {
    device: String,
    name: String,
    encryption: String,
    signing: String,
    created_at: i64,
    expires_at: i64,
    admin_expires_at: i64,
    wants_fresh: i64,
    answer: Option<String>,
});

impl TryFrom<DeviceRequestRow> for RequestFacts {
    type Error = StoreError;

    fn try_from(row: DeviceRequestRow) -> Result<RequestFacts, StoreError> {
        let device = read!("device_request", "device", DeviceId::parse(&row.device))?;
        let asking = Asking { device, name: row.name, encryption: row.encryption, signing: row.signing };
        Ok(RequestFacts {
            asking,
            created_at: time(row.created_at),
            expires_at: time(row.expires_at),
            admin_expires_at: time(row.admin_expires_at),
            wants_fresh: flag(row.wants_fresh),
            approved: row.answer.map(|answer| answer == "approved"),
        })
    }
}

row!(DeviceRow { id: String, created_at: i64, last_used_at: i64, blocked_at: Option<i64> });

row!(VaultRecoveryRow {
    sequence: i64,
    since: i64,
    locked: String,
    encryption: String,
    wrap: String,
    proof: String,
    created_at: i64,
});

row!(SessionDeviceRow { device: String });

row!(VaultCounterRow { revision: i64, sequence: i64 });

row!(VaultChangeRow { item: String, kind: String, revision: i64, changed: i64, sealed: String });
