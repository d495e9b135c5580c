//! Claims: how an account that exists outside a connection comes to sign in by it.
//!
//! An admin gives the person a link, which is good once and for a week. Whoever opens it is told whose account it is and by which
//! identity provider it will be opened from then on, and agrees by going there. What comes back has to be of the account's
//! e-mail: neither the link alone nor the e-mail alone links anything.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::asserted::AssertedIdentity;
use crate::facts::{User, UserStatus};
use crate::id::{ConnectionId, RoleId};
use crate::policy::Policies;
use crate::random::TokenHash;
use crate::refusal::Refusal;
use crate::roles::HeldRole;

/// How long a link is good: a person comes back from their holidays, and nobody keeps it for later.
pub const CLAIM_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A claim, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimFacts {
    /// The hash of its token.
    pub token: TokenHash,
    /// To whose account.
    pub user: User,
    /// By which connection it will be opened.
    pub connection: ConnectionId,
    /// Whether the account is known there already.
    pub is_linked: bool,
    /// The roles of the account.
    pub held_roles: Vec<HeldRole>,
    /// The default roles of its node.
    pub default_roles: Vec<RoleId>,
    /// What these ask.
    pub policies: Vec<(RoleId, Policies)>,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it was used.
    pub is_consumed: bool,
}

impl ClaimFacts {
    /// Whether it may still be used, by that connection.
    ///
    /// # Errors
    /// The refusal, where it may not.
    pub fn check(&self, connection: &ConnectionId, now: Timestamp) -> Result<(), Refusal> {
        let user = self.user.id.clone();
        if self.is_consumed || self.is_linked || now >= self.expires_at || self.connection != *connection {
            return Err(Refusal::ClaimOver { user });
        }
        match self.user.status {
            UserStatus::Active | UserStatus::Invited => Ok(()),
            UserStatus::Locked => Err(Refusal::UserLocked { user }),
            UserStatus::Deleted => Err(Refusal::UserDeleted { user }),
        }
    }

    /// Whether the assertion is of the claimed account.
    pub(crate) fn is_of(&self, asserted: &AssertedIdentity) -> Result<(), Refusal> {
        if self.user.email == *asserted.email() {
            Ok(())
        } else {
            Err(Refusal::ClaimOfAnother { user: self.user.id.clone() })
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use core::time::Duration;

    use super::ClaimFacts;
    use crate::facts::UserStatus;
    use crate::id::{ConnectionId, RoleId};
    use crate::provisioning::tests::{NOW, connection, user};
    use crate::random::Token;
    use crate::random::tests::Counter;
    use crate::roles::{HeldRole, RoleSource};

    pub(crate) fn claim(status: UserStatus) -> ClaimFacts {
        ClaimFacts {
            token: Token::generate(&mut Counter(9)).hash(),
            user: user("u_alice", status, "alice@acme.test"),
            connection: connection().id,
            is_linked: false,
            held_roles: vec![HeldRole {
                role: RoleId::parse("r_own").expect("id"),
                source: RoleSource::Direct,
            }],
            default_roles: vec![RoleId::parse("r_member").expect("id")],
            policies: Vec::new(),
            expires_at: NOW.plus(Duration::from_millis(1)),
            is_consumed: false,
        }
    }

    #[test]
    fn a_claim_is_good_once_in_time_and_there() {
        let code = |claim: ClaimFacts| claim.check(&connection().id, NOW).err().map(|refusal| refusal.code());
        for status in [UserStatus::Active, UserStatus::Invited] {
            assert_eq!(code(claim(status)), None);
            for over in [
                ClaimFacts { is_consumed: true, ..claim(status) },
                ClaimFacts { is_linked: true, ..claim(status) },
                ClaimFacts { expires_at: NOW, ..claim(status) },
                ClaimFacts { connection: ConnectionId::parse("c_other").expect("id"), ..claim(status) },
            ] {
                assert_eq!(code(over), Some("claim-over"));
            }
        }
        assert_eq!(code(claim(UserStatus::Locked)), Some("user-locked"));
        assert_eq!(code(claim(UserStatus::Deleted)), Some("user-deleted"));
    }
}
