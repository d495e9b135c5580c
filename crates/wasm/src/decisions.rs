//! The core's decisions: facts come in as JSON, what the core decides goes out.

use keyward_core::address::{Domain, Email};
use keyward_core::facts::{
    AttributeMapping, ConnectionStatus, SubjectSource, TenantStatus, User, UserStatus,
};
use keyward_core::id::{ConnectionId, NodeId, RoleId, TenantId, UserId};
use keyward_core::onboarding::{self, OnboardingFacts, Step};
use keyward_core::policy::{DeadEnd, EffectivePolicy, Methods, Policies};
use keyward_core::preview::{self, ReservedDomain, Rules};
use keyward_core::provisioning::{EmailHolder, KnownIdentity, ProvisioningFacts};
use keyward_core::roles::{GroupRole, HeldRole, RoleSource};
use keyward_saml::{Attribute, NameId};
use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::input::{
    Failure, flag, list, one, only, optional, optional_text, optional_time, parse, text, texts, timestamp,
};
use crate::message::name_id;
use crate::output::millis;

/// Inserted one by one: collecting them would sort them first, and bring a sort along.
fn object(members: &[(&str, Value)]) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert((*name).to_owned(), value.clone());
    }
    Value::Object(object)
}

const ID: &str = "1 to 64 of a-z, 0-9 and _";

/// Where somebody with this e-mail signs in, as JSON.
///
/// # Errors
/// The refusal, as JSON; `email-malformed` and `invalid-input` besides.
#[wasm_bindgen(js_name = routeEmail)]
pub fn route_email(input: &str) -> Result<String, Failure> {
    let input = parse(input)?;
    let email = Email::parse(text(&input, "email")?)
        .ok_or_else(|| Failure::new("email-malformed", "This is not an e-mail address."))?;
    let domain = |it: &Value| -> Result<ReservedDomain, Failure> {
        only(it, &["name", "tenant", "tenantStatus", "connection", "connectionStatus"])?;
        let status = match optional(it, "connectionStatus") {
            None => ConnectionStatus::Active,
            Some(_) => {
                one(it, "connectionStatus", "'draft', 'active' or 'disabled'", ConnectionStatus::parse)?
            }
        };
        Ok(ReservedDomain {
            name: one(it, "name", "a domain of two labels or more", Domain::parse)?,
            tenant: one(it, "tenant", ID, TenantId::parse)?,
            tenant_status: match optional(it, "tenantStatus") {
                None => TenantStatus::Active,
                Some(_) => {
                    one(it, "tenantStatus", "'active', 'suspended' or 'deleted'", TenantStatus::parse)?
                }
            },
            leads_to: leads_to(it)?.map(|connection| (connection, status)),
        })
    };
    let domains = list(&input, "domains")?.iter().map(domain).collect::<Result<Vec<_>, _>>()?;
    let (domain, connection) = preview::route_email(&email, &domains)?;
    Ok(object(&[
        ("email", email.as_str().into()),
        ("domain", domain.name.as_str().into()),
        ("tenant", domain.tenant.as_str().into()),
        ("connection", connection.as_str().into()),
    ])
    .to_string())
}

fn leads_to(of: &Value) -> Result<Option<ConnectionId>, Failure> {
    optional(of, "connection").map(|_| one(of, "connection", ID, ConnectionId::parse)).transpose()
}

const RULES: &[&str] = &[
    "id",
    "idpEntityId",
    "spEntityId",
    "subjectAttribute",
    "pinnedAttribute",
    "groupsAttribute",
    "mapping",
    "jit",
];

fn rules(of: &Value) -> Result<Rules, Failure> {
    only(of, RULES)?;
    let owned = |it: Option<&str>| it.map(str::to_owned);
    let mapping = of.get("mapping").unwrap_or(&Value::Null);
    only(mapping, &["email", "first", "last"])?;
    let mapped = |name: &str, default: &str| -> Result<String, Failure> {
        Ok(optional_text(mapping, name)?.unwrap_or(default).to_owned())
    };
    Ok(Rules {
        connection: one(of, "id", ID, ConnectionId::parse)?,
        idp_entity_id: text(of, "idpEntityId")?.to_owned(),
        sp_entity_id: text(of, "spEntityId")?.to_owned(),
        subject_source: match optional_text(of, "subjectAttribute")? {
            None => SubjectSource::NameId,
            Some(name) => SubjectSource::Attribute(name.to_owned()),
        },
        pinned_attribute: owned(optional_text(of, "pinnedAttribute")?),
        groups_attribute: owned(optional_text(of, "groupsAttribute")?),
        mapping: AttributeMapping {
            email: mapped("email", "Email")?,
            first: Some(mapped("first", "First")?),
            last: Some(mapped("last", "Last")?),
        },
        jit: flag(of, "jit")?,
    })
}

/// What an assertion says about a person, in the shape in which a verification gives it.
fn person(of: &Value) -> Result<(Option<NameId>, Vec<Attribute>), Failure> {
    let attribute = |it: &Value| -> Result<Attribute, Failure> {
        Ok(Attribute {
            name: text(it, "name")?.to_owned(),
            name_format: optional_text(it, "nameFormat")?.map(str::to_owned),
            friendly_name: None,
            values: texts(it, "values")?.into_iter().map(str::to_owned).collect(),
        })
    };
    let attributes = list(of, "attributes")?.iter().map(attribute).collect::<Result<_, _>>()?;
    Ok((optional(of, "nameId").map(name_id).transpose()?, attributes))
}

/// Whom an assertion names by a connection's rules, as JSON.
///
/// # Errors
/// The refusal, as JSON; `invalid-input` besides.
#[wasm_bindgen(js_name = readIdentity)]
pub fn read_identity(input: &str) -> Result<String, Failure> {
    let input = parse(input)?;
    let (name_id, attributes) = person(input.get("person").unwrap_or(&Value::Null))?;
    let rules = rules(input.get("connection").unwrap_or(&Value::Null))?;
    let described = rules.describe(name_id.as_ref(), &attributes)?;
    Ok(object(&[
        ("subject", described.subject().into()),
        ("email", described.email().as_str().into()),
        ("domain", described.email().domain().as_str().into()),
        ("name", described.name().into()),
        ("pinned", described.pinned().into()),
        ("groups", described.groups().into()),
    ])
    .to_string())
}

const STATUS: &str = "'invited', 'active', 'locked' or 'deleted'";

fn facts(of: &Value) -> Result<ProvisioningFacts, Failure> {
    let names = ["identity", "emailHolder", "domain", "defaultRoles", "groupRoles", "heldRoles", "seatFree"];
    only(of, &names)?;
    let identity = |it: &Value| -> Result<KnownIdentity, Failure> {
        let user = it.get("user").unwrap_or(&Value::Null);
        Ok(KnownIdentity {
            user: User {
                id: one(user, "id", ID, UserId::parse)?,
                version: 0,
                status: one(user, "status", STATUS, UserStatus::parse)?,
                // Where in the tree decides nothing.
                node: NodeId::parse("n").ok_or_else(|| Failure::wrong("node", ID))?,
                email: one(user, "email", "an e-mail address", Email::parse)?,
                name: optional_text(user, "name")?.unwrap_or_default().to_owned(),
                last_sign_in_at: None,
            },
            pinned: optional_text(it, "pinned")?.map(str::to_owned),
        })
    };
    let holder = |it: &Value| -> Result<EmailHolder, Failure> {
        Ok(EmailHolder {
            user: one(it, "user", ID, UserId::parse)?,
            status: one(it, "status", STATUS, UserStatus::parse)?,
            linked: leads_to(it)?,
            migrates_until: None,
        })
    };
    let role = |it: &Value| one(it, "role", ID, RoleId::parse);
    let default =
        |it: &str| RoleId::parse(it).ok_or_else(|| Failure::wrong("defaultRoles", "an array of ids"));
    let mapped = |it: &Value| -> Result<GroupRole, Failure> {
        Ok(GroupRole { group: text(it, "group")?.to_owned(), role: role(it)? })
    };
    let held = |it: &Value| -> Result<HeldRole, Failure> {
        let source = one(it, "source", "'default', 'group' or 'direct'", RoleSource::parse)?;
        Ok(HeldRole { role: role(it)?, source })
    };
    Ok(ProvisioningFacts {
        identity: optional(of, "identity").map(identity).transpose()?,
        email_holder: optional(of, "emailHolder").map(holder).transpose()?,
        domain: optional(of, "domain").map(leads_to).transpose()?,
        default_roles: texts(of, "defaultRoles")?.into_iter().map(default).collect::<Result<_, _>>()?,
        group_roles: list(of, "groupRoles")?.iter().map(mapped).collect::<Result<_, _>>()?,
        held_roles: list(of, "heldRoles")?.iter().map(held).collect::<Result<_, _>>()?,
        // From where somebody comes is no question of this decision's.
        policies: Vec::new(),
        // Nor are claims, and connections that are migrated.
        claim: None,
        email_holder_account: None,
        seat_free: flag(of, "seatFree")?,
    })
}

/// Whose account a sign-in would open and what it would change, as JSON.
///
/// # Errors
/// The refusal, as JSON; `invalid-input` besides.
#[wasm_bindgen(js_name = decideProvisioning)]
pub fn decide_provisioning(input: &str) -> Result<String, Failure> {
    let input = parse(input)?;
    let (name_id, attributes) = person(input.get("person").unwrap_or(&Value::Null))?;
    let facts = facts(input.get("facts").unwrap_or(&Value::Null))?;
    let rules = rules(input.get("connection").unwrap_or(&Value::Null))?;
    let decided = rules.provision(name_id.as_ref(), &attributes, &facts)?;
    let given = decided
        .given
        .iter()
        .map(|(role, source)| object(&[("role", role.as_str().into()), ("source", source.as_str().into())]));
    Ok(object(&[
        ("user", decided.user.as_ref().map(UserId::as_str).into()),
        ("email", decided.email.into()),
        ("name", decided.name.into()),
        ("updatesProfile", decided.updates_profile.into()),
        ("pins", decided.pins.into()),
        ("rolesGiven", given.collect()),
        ("rolesTaken", decided.taken.iter().map(RoleId::as_str).collect()),
    ])
    .to_string())
}

fn policies(json: &Value) -> Result<Policies, Failure> {
    Policies::from_json(json).map_err(|error| Failure::new("invalid-input", &error.to_string()))
}

/// What applies to somebody with these roles, as JSON.
///
/// # Errors
/// `invalid-input`, with the policy that is wrong.
#[wasm_bindgen(js_name = effectivePolicy)]
pub fn effective_policy(roles: &str) -> Result<String, Failure> {
    let roles = parse(roles)?;
    let role = |it: &Value| -> Result<(String, Policies), Failure> {
        Ok((text(it, "role")?.to_owned(), policies(it.get("policies").unwrap_or(&Value::Null))?))
    };
    let roles = roles.as_array().ok_or_else(|| Failure::wrong("roles", "an array"))?;
    let policy = EffectivePolicy::of(&roles.iter().map(role).collect::<Result<Vec<_>, _>>()?);
    let ends: Value = policy.dead_ends().into_iter().map(DeadEnd::code).collect();
    Ok(object(&[("policy", policy.to_json(String::clone)), ("deadEnds", ends)]).to_string())
}

/// What somebody is walked through, as JSON.
///
/// # Errors
/// `invalid-input`, with what is wrong.
#[wasm_bindgen(js_name = planOnboarding)]
pub fn plan_onboarding(input: &str, now: f64) -> Result<String, Failure> {
    let input = parse(input)?;
    // What applies is what one role would say that says all of it.
    let applies = input
        .get("policy")
        .and_then(Value::as_object)
        .ok_or_else(|| Failure::wrong("policy", "an object"))?;
    let values =
        applies.iter().map(|(name, it)| (name.clone(), it.get("value").cloned().unwrap_or_default()));
    let policy = EffectivePolicy::of(&[(String::new(), policies(&Value::Object(values.collect()))?)]);
    let steps = |name: &str| -> Result<Vec<Step>, Failure> {
        let known = |it: &Value| it.as_str().and_then(Step::parse);
        list(&input, name)?
            .iter()
            .map(known)
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::wrong(name, "an array of steps"))
    };
    let two_factor = match optional(&input, "twoFactor") {
        None => Methods::new(&[]),
        Some(methods) => {
            Methods::from_json(methods).ok_or_else(|| Failure::wrong("twoFactor", "an array of methods"))?
        }
    };
    let facts = OnboardingFacts {
        escrow_asked_at: optional_time(&input, "escrowAskedAt")?,
        two_factor,
        done: steps("done")?,
        skipped: steps("skipped")?,
        is_started: true,
    };
    let plan = onboarding::plan(&policy, &facts, timestamp(now));
    let planned = plan.steps.iter().map(|it| {
        let mut members: Vec<(&str, Value)> = vec![
            ("step", it.step.as_str().into()),
            ("progress", it.progress.as_str().into()),
            ("required", it.required.into()),
            ("holds", it.holds.into()),
        ];
        members.extend(it.due.map(|due| ("due", millis(due).into())));
        object(&members)
    });
    let members = [
        ("steps", planned.collect()),
        ("restricted", plan.is_restricted().into()),
        ("next", plan.next().map(|it| it.step.as_str()).into()),
    ];
    Ok(object(&members).to_string())
}
