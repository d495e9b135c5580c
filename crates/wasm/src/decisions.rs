//! The core's decisions: facts come in as JSON, what the core decides goes out.

use keyward_core::Refusal;
use keyward_core::address::{Domain, Email};
use keyward_core::facts::{ConnectionStatus, TenantStatus};
use keyward_core::id::{ConnectionId, TenantId};
use keyward_core::onboarding::{self, OnboardingFacts, Step};
use keyward_core::policy::{DeadEnd, EffectivePolicy, Methods, Policies};
use keyward_core::preview::{self, ReservedDomain};
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::input::{Failure, timestamp};
use crate::output::millis;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::new(refusal.code(), &refusal.to_string())
    }
}

fn read(input: &str) -> Result<Value, Failure> {
    serde_json::from_str(input).map_err(|_| Failure::new("invalid-input", "The input is not JSON."))
}

/// What is wrong with a member of the input.
fn wrong(name: &str, expected: &str) -> Failure {
    Failure::new("invalid-input", &format!("{name} has to be {expected}."))
}

fn text<'a>(of: &'a Value, name: &str) -> Result<&'a str, Failure> {
    of.get(name).and_then(Value::as_str).ok_or_else(|| wrong(name, "a string"))
}

fn list<'a>(of: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(name, "an array")),
    }
}

/// A string that has to be one of something: an id, a status, a domain.
fn one<T>(of: &Value, name: &str, expected: &str, parse: fn(&str) -> Option<T>) -> Result<T, Failure> {
    parse(text(of, name)?).ok_or_else(|| wrong(name, expected))
}

fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

const ID: &str = "1 to 64 of a-z, 0-9 and _";

/// Where somebody with this e-mail signs in, as JSON.
///
/// # Errors
/// The refusal, as JSON; `email-malformed` and `invalid-input` besides.
#[wasm_bindgen(js_name = routeEmail)]
pub fn route_email(input: &str) -> Result<String, Failure> {
    let input = read(input)?;
    let email = Email::parse(text(&input, "email")?)
        .ok_or_else(|| Failure::new("email-malformed", "This is not an e-mail address."))?;
    let status = |of: &Value, name: &str| -> Result<ConnectionStatus, Failure> {
        if of.get(name).is_none_or(Value::is_null) {
            return Ok(ConnectionStatus::Active);
        }
        one(of, name, "'draft', 'active' or 'disabled'", ConnectionStatus::parse)
    };
    let domain = |it: &Value| -> Result<ReservedDomain, Failure> {
        Ok(ReservedDomain {
            name: one(it, "name", "a domain of two labels or more", Domain::parse)?,
            tenant: one(it, "tenant", ID, TenantId::parse)?,
            tenant_status: if it.get("tenantStatus").is_none_or(Value::is_null) {
                TenantStatus::Active
            } else {
                one(it, "tenantStatus", "'active', 'suspended' or 'deleted'", TenantStatus::parse)?
            },
            leads_to: if it.get("connection").is_none_or(Value::is_null) {
                None
            } else {
                Some((one(it, "connection", ID, ConnectionId::parse)?, status(it, "connectionStatus")?))
            },
        })
    };
    let domains = list(&input, "domains")?.iter().map(domain).collect::<Result<Vec<_>, _>>()?;
    let (domain, connection) = preview::route_email(&email, &domains)?;
    let members = [
        ("email", email.as_str()),
        ("domain", domain.name.as_str()),
        ("tenant", domain.tenant.as_str()),
        ("connection", connection.as_str()),
    ];
    Ok(object(members.into_iter().map(|(name, value)| (name, value.into())).collect()).to_string())
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
    let roles = read(roles)?;
    let role = |it: &Value| -> Result<(String, Policies), Failure> {
        Ok((text(it, "role")?.to_owned(), policies(it.get("policies").unwrap_or(&Value::Null))?))
    };
    let roles = roles.as_array().ok_or_else(|| wrong("roles", "an array"))?;
    let policy = EffectivePolicy::of(&roles.iter().map(role).collect::<Result<Vec<_>, _>>()?);
    let ends: Value = policy.dead_ends().into_iter().map(DeadEnd::code).collect();
    Ok(object(vec![("policy", policy.to_json(String::clone)), ("deadEnds", ends)]).to_string())
}

/// What somebody is walked through, as JSON.
///
/// # Errors
/// `invalid-input`, with what is wrong.
#[wasm_bindgen(js_name = planOnboarding)]
pub fn plan_onboarding(input: &str, now: f64) -> Result<String, Failure> {
    let input = read(input)?;
    // What applies is what one role would say that says all of it.
    let applies =
        input.get("policy").and_then(Value::as_object).ok_or_else(|| wrong("policy", "an object"))?;
    let values =
        applies.iter().map(|(name, it)| (name.clone(), it.get("value").cloned().unwrap_or_default()));
    let policy = EffectivePolicy::of(&[(String::new(), policies(&Value::Object(values.collect()))?)]);
    let steps = |name: &str| -> Result<Vec<Step>, Failure> {
        let known = |it: &Value| it.as_str().and_then(Step::parse);
        list(&input, name)?
            .iter()
            .map(known)
            .collect::<Option<_>>()
            .ok_or_else(|| wrong(name, "an array of steps"))
    };
    let asked_at = match input.get("escrowAskedAt") {
        None | Some(Value::Null) => None,
        Some(at) => Some(timestamp(at.as_f64().ok_or_else(|| wrong("escrowAskedAt", "a number"))?)),
    };
    let two_factor = match input.get("twoFactor") {
        None | Some(Value::Null) => Methods::new(&[]),
        Some(methods) => {
            Methods::from_json(methods).ok_or_else(|| wrong("twoFactor", "an array of methods"))?
        }
    };
    let facts = OnboardingFacts {
        escrow_asked_at: asked_at,
        two_factor,
        done: steps("done")?,
        skipped: steps("skipped")?,
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
        object(members)
    });
    let members = vec![
        ("steps", planned.collect()),
        ("restricted", plan.is_restricted().into()),
        ("next", plan.next().map(|it| it.step.as_str()).into()),
    ];
    Ok(object(members).to_string())
}
