//! What a role lets its holders do, at its node and below.

use serde_json::Value as Json;

/// An admin privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privilege {
    /// Invite, move, lock, unlock and delete people, give them roles, end their sessions, and shape the tree.
    ManageUsers,
    /// Make and change roles, and say which are a node's defaults.
    ManageRoles,
    /// Make and change connections.
    ManageConnections,
    /// Claim, route and release domains (at the root only: a domain is the whole organisation's).
    ManageDomains,
    /// Approve people's new devices.
    ApproveDevices,
    /// Take over the vaults of people who left, where they consented.
    TransferVault,
    /// Read the audit log.
    ViewAudit,
}

impl Privilege {
    /// All there are.
    pub const ALL: &[Privilege] = &[
        Privilege::ManageUsers,
        Privilege::ManageRoles,
        Privilege::ManageConnections,
        Privilege::ManageDomains,
        Privilege::ApproveDevices,
        Privilege::TransferVault,
        Privilege::ViewAudit,
    ];

    /// As the API and the database call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Privilege::ManageUsers => "manage_users",
            Privilege::ManageRoles => "manage_roles",
            Privilege::ManageConnections => "manage_connections",
            Privilege::ManageDomains => "manage_domains",
            Privilege::ApproveDevices => "approve_devices",
            Privilege::TransferVault => "transfer_vault",
            Privilege::ViewAudit => "view_audit",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Privilege::ManageUsers => 1,
            Privilege::ManageRoles => 2,
            Privilege::ManageConnections => 4,
            Privilege::ManageDomains => 8,
            Privilege::ApproveDevices => 16,
            Privilege::TransferVault => 32,
            Privilege::ViewAudit => 64,
        }
    }
}

/// A set of privileges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privileges(u8);

impl Privileges {
    /// These.
    pub fn of(privileges: &[Privilege]) -> Privileges {
        Privileges(privileges.iter().fold(0, |all, privilege| all | privilege.bit()))
    }

    /// Every one.
    pub fn all() -> Privileges {
        Privileges::of(Privilege::ALL)
    }

    /// Reads `["manage_users", …]`; `None` where anything in it is no privilege, or stands there twice.
    pub fn from_json(json: &Json) -> Option<Privileges> {
        let mut all = Privileges::default();
        for name in json.as_array()? {
            let name = name.as_str()?;
            let privilege = *Privilege::ALL.iter().find(|privilege| privilege.as_str() == name)?;
            if all.has(privilege) {
                return None;
            }
            all = all.with(Privileges::of(&[privilege]));
        }
        Some(all)
    }

    /// What [`Privileges::from_json`] reads, in one order.
    pub fn to_json(self) -> Json {
        let all = Privilege::ALL.iter().filter(|privilege| self.has(**privilege));
        all.map(|privilege| Json::from(privilege.as_str())).collect()
    }

    /// Whether it is in there.
    pub fn has(self, privilege: Privilege) -> bool {
        self.0 & privilege.bit() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Privileges) -> Privileges {
        Privileges(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub fn common(self, other: Privileges) -> Privileges {
        Privileges(self.0 & other.0)
    }

    /// Whether it has all that the other has.
    pub fn contains(self, other: Privileges) -> bool {
        self.0 & other.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Privilege, Privileges};

    #[test]
    fn a_set_reads_back_and_nothing_else_does() {
        for bits in 0..128 {
            let set = Privileges(bits);
            assert_eq!(Privileges::from_json(&set.to_json()), Some(set));
        }
        assert_eq!(Privileges::all().to_json().as_array().map(Vec::len), Some(Privilege::ALL.len()));
        for bad in [
            json!(null),
            json!("manage_users"),
            json!(["manage_everything"]),
            json!(["manage_users", "manage_users"]),
            json!([1]),
            json!({"manage_users": true}),
        ] {
            assert_eq!(Privileges::from_json(&bad), None, "{bad}");
        }
    }

    #[test]
    fn containing_is_per_privilege() {
        let (users, both) = (
            Privileges::of(&[Privilege::ManageUsers]),
            Privileges::of(&[Privilege::ManageUsers, Privilege::ViewAudit]),
        );
        assert!(both.contains(users) && !users.contains(both) && users.contains(Privileges::default()));
        assert_eq!(both.common(users), users);
    }
}
