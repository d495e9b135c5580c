//! Decisions for those who want to know and not to do: an admin who tries a configuration, a developer who tries the rules.
//! They are the functions by which people are signed in, and what they give cannot be committed.

use crate::address::{Domain, Email};
use crate::facts::{ConnectionStatus, TenantStatus, check_active};
use crate::id::{ConnectionId, TenantId};
use crate::refusal::Refusal;

/// A domain that was proved to belong to an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservedDomain {
    /// Which.
    pub name: Domain,
    /// Whose.
    pub tenant: TenantId,
    /// What that is.
    pub tenant_status: TenantStatus,
    /// The connection that it leads to, and what that is.
    pub leads_to: Option<(ConnectionId, ConnectionStatus)>,
}

/// Where somebody with this e-mail signs in: by the exact domain, whoever has an account.
///
/// # Errors
/// `domain-unknown`, `tenant-not-active`, `connection-not-active`.
pub fn route_email<'a>(
    email: &Email,
    domains: &'a [ReservedDomain],
) -> Result<(&'a ReservedDomain, &'a ConnectionId), Refusal> {
    let found = domains.iter().find(|domain| domain.name == *email.domain());
    let (domain, (connection, status)) =
        found
            .and_then(|domain| Some((domain, domain.leads_to.as_ref()?)))
            .ok_or_else(|| Refusal::DomainUnknown { domain: email.domain().clone() })?;
    check_active(domain.tenant_status, *status)?;
    Ok((domain, connection))
}

#[cfg(test)]
mod tests {
    use super::{ReservedDomain, route_email};
    use crate::address::{Domain, Email};
    use crate::facts::{ConnectionStatus, TenantStatus};
    use crate::id::{ConnectionId, TenantId};

    fn reserved(name: &str, connection: Option<(&str, ConnectionStatus)>) -> ReservedDomain {
        ReservedDomain {
            name: Domain::parse(name).expect("domain"),
            tenant: TenantId::parse("t_acme").expect("id"),
            tenant_status: TenantStatus::Active,
            leads_to: connection.map(|(id, status)| (ConnectionId::parse(id).expect("connection"), status)),
        }
    }

    #[test]
    fn an_email_leads_where_its_exact_domain_does() {
        let active = |id| Some((id, ConnectionStatus::Active));
        let suspended = ReservedDomain {
            tenant_status: TenantStatus::Suspended,
            ..reserved("late.test", active("c_late"))
        };
        let domains = [
            reserved("acme.test", active("c_acme")),
            reserved("lab.acme.test", active("c_lab")),
            reserved("münchen.test", active("c_m")),
            reserved("parked.test", None),
            reserved("old.test", Some(("c_old", ConnectionStatus::Disabled))),
            suspended,
        ];
        let route = |text: &str| {
            route_email(&Email::parse(text).expect("e-mail"), &domains)
                .map(|(_, connection)| connection.as_str())
                .map_err(|refusal| refusal.code())
        };
        for (email, expected) in [
            ("Alice@ACME.test", Ok("c_acme")),
            ("alice@lab.acme.test", Ok("c_lab")),
            ("alice@MÜNCHEN.test", Ok("c_m")),
            ("alice@hr.acme.test", Err("domain-unknown")),
            ("alice@notacme.test", Err("domain-unknown")),
            ("alice@parked.test", Err("domain-unknown")),
            ("alice@old.test", Err("connection-not-active")),
            ("alice@late.test", Err("tenant-not-active")),
        ] {
            assert_eq!(route(email), expected, "{email}");
        }
    }
}
