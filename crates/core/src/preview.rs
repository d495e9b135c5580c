//! Decisions for those who want to know and not to do: an admin who tries a configuration, a developer who tries the rules.
//! They are the functions by which people are signed in, and what they give cannot be committed.

use keyward_saml::{Attribute, NameId, Timestamp};

use crate::address::{Domain, Email};
use crate::asserted::{self, AssertedIdentity};
use crate::decision::Write;
use crate::facts::{
    AttributeMapping, Connection, ConnectionStatus, SubjectSource, TenantStatus, check_active,
};
use crate::id::{ConnectionId, RoleId, TenantId, UserId};
use crate::provisioning::{self, ProvisioningFacts};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::roles::RoleSource;

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

/// What of a connection says whom its assertions are about, and whether strangers get accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The connection.
    pub connection: ConnectionId,
    /// The IdP's entity ID.
    pub idp_entity_id: String,
    /// Ours.
    pub sp_entity_id: String,
    /// What says who somebody is.
    pub subject_source: SubjectSource,
    /// The attribute that is pinned at first sign-in.
    pub pinned_attribute: Option<String>,
    /// The attribute whose values are the person's groups.
    pub groups_attribute: Option<String>,
    /// Which attributes say what.
    pub mapping: AttributeMapping,
    /// Whether it makes accounts at first sign-in.
    pub jit: bool,
}

impl Rules {
    /// A connection of these rules in a tenant of its own.
    fn connection(&self) -> Option<Connection> {
        Some(Connection {
            tenant: TenantId::parse("t_preview")?,
            id: self.connection.clone(),
            node: crate::id::NodeId::parse("n_preview")?,
            version: 0,
            tenant_status: TenantStatus::Active,
            status: ConnectionStatus::Active,
            sso_name: None,
            jit: self.jit,
            idp_initiated: false,
            idp_initiated_paths: Vec::new(),
            idp_entity_id: self.idp_entity_id.clone(),
            certificates: Vec::new(),
            subject_source: self.subject_source.clone(),
            pinned_attribute: self.pinned_attribute.clone(),
            groups_attribute: self.groups_attribute.clone(),
            mapping: self.mapping.clone(),
            allow_sha1_until: None,
            decryption_keys: 0,
            single_logout: None,
        })
    }

    /// Whom an assertion names, by these rules.
    ///
    /// # Errors
    /// The refusal that names what is missing, doubled or of the wrong form.
    pub fn describe(&self, name_id: Option<&NameId>, attributes: &[Attribute]) -> Result<Described, Refusal> {
        self.read(name_id, attributes).map(|(_, asserted)| Described(asserted))
    }

    fn read(
        &self,
        name_id: Option<&NameId>,
        attributes: &[Attribute],
    ) -> Result<(Connection, AssertedIdentity), Refusal> {
        let connection = self.connection().ok_or(Refusal::ConnectionUnknown { id: None })?;
        let asserted = asserted::read(&connection, &self.sp_entity_id, name_id, attributes)?;
        Ok((connection, asserted))
    }

    /// Whose account the sign-in would open, and what would change ([`crate::provisioning`]).
    ///
    /// # Errors
    /// The refusal with which it would end.
    pub fn provision(
        &self,
        name_id: Option<&NameId>,
        attributes: &[Attribute],
        facts: &ProvisioningFacts,
    ) -> Result<Provisioned, Refusal> {
        let (connection, asserted) = self.read(name_id, attributes)?;
        // Ids and times of what is not going to be written.
        let account = provisioning::provision(
            &connection,
            facts,
            &asserted,
            Timestamp::from_millis(0),
            &mut NothingRandom,
        )?;
        let mut provisioned = Provisioned {
            user: (!account.created).then_some(account.user),
            updates_profile: false,
            pins: false,
            given: Vec::new(),
            taken: Vec::new(),
            email: account.email,
            name: account.name,
        };
        for write in account.writes {
            match write {
                Write::UpdateProfile { .. } => provisioned.updates_profile = true,
                Write::PinIdentity { .. } => provisioned.pins = true,
                Write::AddRole { role, source, .. } => provisioned.given.push((role, source)),
                Write::RemoveGroupRole { role, .. } => provisioned.taken.push(role),
                _ => {}
            }
        }
        Ok(provisioned)
    }
}

struct NothingRandom;

impl Random for NothingRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Whom an assertion names: to look facts up by. It is no [`AssertedIdentity`], so that nobody is signed in by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described(AssertedIdentity);

impl Described {
    /// Who it is at the IdP: the key of the identity.
    pub fn subject(&self) -> &str {
        self.0.subject.as_str()
    }

    /// The e-mail.
    pub fn email(&self) -> &Email {
        &self.0.email
    }

    /// What they are called; empty where the IdP does not say.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The pinned attribute's value.
    pub fn pinned(&self) -> Option<&str> {
        self.0.pinned.as_deref()
    }

    /// Their groups at the IdP.
    pub fn groups(&self) -> &[String] {
        &self.0.groups
    }
}

/// What a sign-in would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// Whose account it opens; `None`: a new one.
    pub user: Option<UserId>,
    /// The account's e-mail from then on.
    pub email: String,
    /// Its name from then on.
    pub name: String,
    /// Whether e-mail or name of a known account change.
    pub updates_profile: bool,
    /// Whether the pinned attribute of a known identity is noted now.
    pub pins: bool,
    /// Roles that are given, and why.
    pub given: Vec<(RoleId, RoleSource)>,
    /// Roles that no group gives any longer.
    pub taken: Vec<RoleId>,
}

#[cfg(test)]
mod tests {
    use keyward_saml::{Attribute, NameId};

    use super::Rules;
    use crate::facts::UserStatus;
    use crate::id::RoleId;
    use crate::provisioning::tests::{connection, facts, known};
    use crate::roles::{GroupRole, HeldRole, RoleSource};

    fn rules() -> Rules {
        let connection = connection();
        Rules {
            connection: connection.id,
            idp_entity_id: connection.idp_entity_id,
            sp_entity_id: "https://sp.test/metadata".into(),
            subject_source: connection.subject_source,
            pinned_attribute: None,
            groups_attribute: Some("groups".into()),
            mapping: connection.mapping,
            jit: true,
        }
    }

    fn person() -> (NameId, Vec<Attribute>) {
        let attribute = |name: &str, values: &[&str]| Attribute {
            name: name.into(),
            name_format: None,
            friendly_name: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let name_id =
            NameId { value: "alice".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
        let attributes = vec![
            attribute("Email", &["Alice@Acme.test"]),
            attribute("First", &["Alice"]),
            attribute("Last", &["Example"]),
            attribute("groups", &["Ops"]),
        ];
        (name_id, attributes)
    }

    fn role(id: &str) -> RoleId {
        RoleId::parse(id).expect("id")
    }

    #[test]
    fn somebody_new_gets_an_account_with_the_roles_of_node_and_groups() {
        let (name_id, attributes) = person();
        let described = rules().describe(Some(&name_id), &attributes).expect("described");
        assert_eq!((described.email().as_str(), described.name()), ("alice@acme.test", "Alice Example"));
        assert_eq!((described.pinned(), described.groups()), (None, &["Ops".to_owned()][..]));
        assert!(described.subject().contains("alice"));
        let mut facts = facts();
        facts.group_roles = vec![GroupRole { group: "Ops".into(), role: role("r_ops") }];
        let made = rules().provision(Some(&name_id), &attributes, &facts).expect("provisioned");
        assert_eq!((made.user, made.updates_profile, made.taken), (None, false, vec![]));
        let default = |id| (role(id), RoleSource::Default);
        assert_eq!(made.given, [default("r_member"), default("r_staff"), (role("r_ops"), RoleSource::Group)]);
    }

    #[test]
    fn somebody_known_is_signed_in_and_refused_as_the_table_says() {
        let (name_id, attributes) = person();
        let mut facts = known(UserStatus::Active);
        facts.held_roles = vec![HeldRole { role: role("r_left"), source: RoleSource::Group }];
        let opened = rules().provision(Some(&name_id), &attributes, &facts).expect("known");
        assert_eq!(opened.user.as_ref().map(|user| user.as_str()), Some("u_alice"));
        assert_eq!((opened.given, opened.taken), (vec![], vec![role("r_left")]));
        for (facts, code) in [
            (known(UserStatus::Locked), "user-locked"),
            (known(UserStatus::Deleted), "user-deleted"),
            (known(UserStatus::Invited), "invitation-unclaimed"),
        ] {
            let refusal = rules().provision(Some(&name_id), &attributes, &facts).expect_err("refused");
            assert_eq!(refusal.code(), code);
        }
        let refusal = rules().provision(None, &attributes, &facts).expect_err("nobody");
        assert_eq!(refusal.code(), "name-id-missing");
    }
}
