//! The decisions as tables that anybody can read (`tests/vectors/decisions`). Each row is one test case; what else is to be said of a
//! decision is in the tests of its module. The package's tests read the same files.

use keyward_saml::{Attribute, NameId, Timestamp};
use serde_json::{Map, Value as Json, json};

use crate::address::{Domain, Email};
use crate::admin::{Actor, Grant, NewRole, Privileges, Tree, create_role};
use crate::decision::{Decision, Write};
use crate::domain::{DomainFacts, DomainStatus, Proof};
use crate::facts::{AttributeMapping, ConnectionStatus, SubjectSource, TenantStatus, User, UserStatus};
use crate::id::{ConnectionId, NodeId, RoleId, TenantId, UserId};
use crate::onboarding::{OnboardingFacts, Step, plan};
use crate::policy::{EffectivePolicy, Method, Methods, Policies};
use crate::preview::{ReservedDomain, Rules, route_email};
use crate::provisioning::tests::{NOW, connection, user as account};
use crate::provisioning::{EmailHolder, KnownIdentity, ProvisioningFacts};
use crate::random::tests::Counter;
use crate::roles::{GroupRole, HeldRole, RoleSource};
use crate::session::tests::session;
use crate::session::{Closed, Hold, SessionFacts, SessionLimits, allowed_addresses};
use crate::two_factor::{FactorFacts, FactorPolicy};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The rows of a table, each upon the table's base.
pub(crate) fn rows(table: &str) -> Vec<Json> {
    let table: Json = serde_json::from_str(table).expect("JSON");
    let base = table["base"].as_object().expect("a base");
    let rows = table["rows"].as_array().expect("rows");
    assert!(rows.len() >= 10, "{}", table["what"]);
    let upon = |row: &Json| {
        let mut all: Map<String, Json> = base.clone();
        all.extend(row.as_object().expect("a row").clone());
        Json::Object(all)
    };
    rows.iter().map(upon).collect()
}

fn text(json: &Json) -> Option<&str> {
    json.as_str()
}

fn after(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + millis)
}

fn texts(json: &Json) -> Vec<&str> {
    json.as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

fn method(json: &Json) -> Method {
    let methods =
        [("totp", Method::Totp), ("webauthn", Method::Webauthn), ("backup_code", Method::BackupCode)];
    methods.into_iter().find(|(name, _)| json == name).expect("a method").1
}

fn methods(json: &Json) -> Vec<Method> {
    json.as_array().into_iter().flatten().map(method).collect()
}

fn roles(list: &Json) -> Vec<(RoleId, Policies)> {
    let role = |(index, json): (usize, &Json)| {
        (RoleId::parse(&format!("r_{index}")).expect("id"), Policies::from_json(json).expect("policies"))
    };
    list.as_array().into_iter().flatten().enumerate().map(role).collect()
}

pub(crate) fn grants(json: &Json) -> Vec<Grant> {
    let grant = |(node, privileges): (&String, &Json)| Grant {
        node: NodeId::parse(node).expect("node"),
        privileges: Privileges::from_json(privileges).expect("privileges"),
    };
    json.as_object().into_iter().flatten().map(grant).collect()
}

#[test]
fn where_somebody_signs_in() {
    for row in rows(include_str!("../../../tests/vectors/decisions/route.json")) {
        // How names are written otherwise is the host's to read where the package runs.
        if row["in"] == "package" {
            continue;
        }
        let domain = |it: &Json| ReservedDomain {
            name: Domain::parse(it["name"].as_str().expect("name")).expect("domain"),
            tenant: TenantId::parse(it["tenant"].as_str().expect("tenant")).expect("id"),
            tenant_status: TenantStatus::parse(text(&it["tenantStatus"]).unwrap_or("active"))
                .expect("status"),
            leads_to: text(&it["connection"]).map(|id| {
                let status = text(&it["connectionStatus"]).unwrap_or("active");
                (ConnectionId::parse(id).expect("id"), ConnectionStatus::parse(status).expect("status"))
            }),
        };
        let domains: Vec<ReservedDomain> =
            row["domains"].as_array().expect("domains").iter().map(domain).collect();
        let routed = match Email::parse(row["email"].as_str().expect("e-mail").trim()) {
            None => Err("email-malformed"),
            Some(email) => route_email(&email, &domains).map_err(|refusal| refusal.code()).map(|(domain, connection)| {
                json!({ "email": email.as_str(), "domain": domain.name.as_str(), "tenant": domain.tenant.as_str(), "connection": connection.as_str() })
            }),
        };
        let expected = text(&row["refused"]).map_or_else(|| Ok(row["routed"].clone()), Err);
        assert_eq!(routed, expected, "{}", row["row"]);
    }
}

/// A connection's rules, as the package takes them.
fn rules(json: &Json) -> Rules {
    let owned = |name: &str| text(&json[name]).map(str::to_owned);
    let mapping = AttributeMapping {
        email: "Email".to_owned(),
        first: Some("First".to_owned()),
        last: Some("Last".to_owned()),
    };
    Rules {
        connection: ConnectionId::parse(text(&json["id"]).expect("id")).expect("id"),
        idp_entity_id: owned("idpEntityId").expect("entity ID"),
        sp_entity_id: owned("spEntityId").expect("entity ID"),
        subject_source: owned("subjectAttribute").map_or(SubjectSource::NameId, SubjectSource::Attribute),
        pinned_attribute: owned("pinnedAttribute"),
        groups_attribute: owned("groupsAttribute"),
        mapping,
        jit: json["jit"] == true,
    }
}

/// What an assertion says about a person.
fn person(json: &Json) -> (Option<NameId>, Vec<Attribute>) {
    let name_id = text(&json["nameId"]["value"]).map(|value| NameId {
        value: value.to_owned(),
        format: text(&json["nameId"]["format"]).map(str::to_owned),
        name_qualifier: None,
        sp_name_qualifier: None,
    });
    let attribute = |it: &Json| Attribute {
        name: text(&it["name"]).expect("name").to_owned(),
        name_format: None,
        friendly_name: None,
        values: texts(&it["values"]).into_iter().map(str::to_owned).collect(),
    };
    (name_id, json["attributes"].as_array().into_iter().flatten().map(attribute).collect())
}

fn provisioning_facts(json: &Json) -> ProvisioningFacts {
    let user = |id: &Json| UserId::parse(text(id).expect("user")).expect("id");
    let status = |it: &Json| UserStatus::parse(text(it).expect("status")).expect("status");
    let connection = |it: &Json| text(&it["connection"]).map(|id| ConnectionId::parse(id).expect("id"));
    let role = |it: &Json| RoleId::parse(text(it).expect("role")).expect("id");
    let each = |name: &str| json[name].as_array().into_iter().flatten();
    let identity = |it: &Json| KnownIdentity {
        user: User {
            id: user(&it["user"]["id"]),
            email: Email::parse(text(&it["user"]["email"]).expect("e-mail")).expect("e-mail"),
            name: text(&it["user"]["name"]).unwrap_or_default().to_owned(),
            ..account("u_any", status(&it["user"]["status"]), "any@acme.test")
        },
        pinned: text(&it["pinned"]).map(str::to_owned),
    };
    let holder = |it: &Json| EmailHolder {
        user: user(&it["user"]),
        status: status(&it["status"]),
        linked: connection(it),
        migrates_until: None,
    };
    let mapped = |it: &Json| GroupRole {
        group: text(&it["group"]).expect("group").to_owned(),
        role: role(&it["role"]),
    };
    let held = |it: &Json| HeldRole {
        role: role(&it["role"]),
        source: RoleSource::parse(text(&it["source"]).expect("source")).expect("source"),
    };
    let there = |name: &str| Some(&json[name]).filter(|it| !it.is_null());
    ProvisioningFacts {
        identity: there("identity").map(identity),
        email_holder: there("emailHolder").map(holder),
        domain: there("domain").map(connection),
        default_roles: each("defaultRoles").map(role).collect(),
        group_roles: each("groupRoles").map(mapped).collect(),
        held_roles: each("heldRoles").map(held).collect(),
        policies: Vec::new(),
        claim: None,
        email_holder_account: None,
        seat_free: json["seatFree"] == true,
    }
}

#[test]
fn whose_account_a_sign_in_opens() {
    for row in rows(include_str!("../../../tests/vectors/decisions/provisioning.json")) {
        let (name_id, attributes) = person(&row["person"]);
        let facts = provisioning_facts(&row["facts"]);
        let decided = rules(&row["connection"]).provision(name_id.as_ref(), &attributes, &facts);
        let shown = decided.map_err(|refusal| refusal.code()).map(|it| {
            let given = it.given.iter().map(|(role, source)| json!({ "role": role.as_str(), "source": source.as_str() }));
            json!({
                "user": it.user.as_ref().map(UserId::as_str), "email": it.email, "name": it.name,
                "updatesProfile": it.updates_profile, "pins": it.pins, "rolesGiven": given.collect::<Vec<_>>(),
                "rolesTaken": it.taken.iter().map(RoleId::as_str).collect::<Vec<_>>(),
            })
        });
        let expected = text(&row["refused"]).map_or_else(|| Ok(row["decided"].clone()), Err);
        assert_eq!(shown, expected, "{}", row["row"]);
    }
}

#[test]
fn what_somebody_is_walked_through() {
    for row in rows(include_str!("../../../tests/vectors/decisions/onboarding.json")) {
        let facts = &row["facts"];
        let steps =
            |of: &str| texts(&facts[of]).into_iter().map(|it| Step::parse(it).expect("a step")).collect();
        let facts = OnboardingFacts {
            escrow_asked_at: facts["escrowAskedDaysAgo"].as_i64().map(|days| after(-days * DAY)),
            two_factor: Methods::new(&methods(&facts["twoFactor"])),
            done: steps("done"),
            skipped: steps("skipped"),
            ..OnboardingFacts::default()
        };
        let plan = plan(&EffectivePolicy::of(&roles(&json!([row["policies"]]))), &facts, NOW);
        let steps: Vec<&str> = plan.steps.iter().map(|it| it.step.as_str()).collect();
        let next = plan.next().map(|it| it.step.as_str());
        let decided = (json!(steps), json!(plan.is_restricted()), json!(next));
        assert_eq!(
            decided,
            (row["steps"].clone(), row["restricted"].clone(), row["next"].clone()),
            "{}",
            row["row"]
        );
    }
}

#[test]
fn whether_a_session_is_used() {
    for row in rows(include_str!("../../../tests/vectors/decisions/session.json")) {
        let base = session();
        let roles = roles(&row["policies"]);
        let at = |name: &str, default: Timestamp| row[name].as_i64().map_or(default, after);
        let mut facts = SessionFacts {
            tenant_status: text(&row["tenantStatus"])
                .map_or(base.tenant_status, |it| TenantStatus::parse(it).expect("status")),
            connection: text(&row["connectionStatus"]).map_or(base.connection.clone(), |it| {
                let status = ConnectionStatus::parse(it).expect("status");
                base.connection.as_ref().map(|(id, _)| (id.clone(), status))
            }),
            revoked_at: (row["revoked"] == true).then_some(NOW),
            sessions_ended_at: at("endedMs", Timestamp::from_millis(0)),
            // One that began long ago was used just now, unless the row says otherwise.
            created_at: at("createdMs", at("lastSeenMs", base.created_at)),
            last_seen_at: at("lastSeenMs", base.last_seen_at),
            expires_at: at("expiresMs", base.expires_at),
            limits: SessionLimits::of(&roles),
            allowed: allowed_addresses(&roles),
            policy: EffectivePolicy::of(&roles),
            factors: FactorFacts {
                kinds: methods(&row["has"]),
                shown: row.get("shown").map(|it| (method(it), NOW)),
                ..FactorFacts::none()
            },
            onboarding: OnboardingFacts {
                two_factor: Methods::new(&methods(&row["has"])),
                ..OnboardingFacts::default()
            },
            ..base
        };
        if let Some(status) = text(&row["userStatus"]) {
            facts.user.status = UserStatus::parse(status).expect("status");
        }
        let from = text(&row["from"]).map(|from| from.parse().expect("address"));
        let is = match facts.resume(from, NOW) {
            Ok(_) => "open",
            Err(Closed::Over) => "over",
            Err(Closed::Held(Hold::ShowFactor)) => "show-factor",
            Err(Closed::Held(Hold::Onboarding)) => "onboarding",
            Err(Closed::Held(Hold::Unlock)) => "unlock",
        };
        assert_eq!(row["is"], is, "{}", row["row"]);
    }
}

#[test]
fn what_becomes_of_a_domain() {
    for row in rows(include_str!("../../../tests/vectors/decisions/domain.json")) {
        let facts = DomainFacts {
            tenant: connection().tenant,
            name: Domain::parse(text(&row["name"]).unwrap_or("acme.test")).expect("domain"),
            status: text(&row["status"]).and_then(DomainStatus::parse).expect("status"),
            token: "abc".into(),
            attempts: row["attemptsBefore"].as_i64().unwrap_or_default(),
            missing_since: row["missingSinceMs"].as_i64().map(after),
            created_at: after(row["createdMs"].as_i64().unwrap_or_default()),
            due_at: NOW,
            taken: row["taken"] == true,
        };
        let proof = match text(&row["proof"]) {
            Some("present") => Proof::Present,
            Some("absent") => Proof::Absent,
            _ => Proof::Unknown,
        };
        let Decision { outcome, guards, writes, audit } = facts.check(proof, NOW, &mut Counter(0));
        assert_eq!(guards.len(), 1);
        let [Write::UpdateDomain { status, attempts, missing_since, checked_at, next_check_at, .. }] =
            writes.as_slice()
        else {
            panic!("{writes:?}");
        };
        assert_eq!((*status, *checked_at), (outcome, NOW));
        let millis = |at: &Option<Timestamp>| json!(at.map(|at| at.as_millis() - NOW.as_millis()));
        let event = |event: &crate::audit::AuditEvent| {
            format!("{} {}", event.event.as_str(), event.code.unwrap_or_default())
        };
        let events: Vec<String> = audit.iter().map(|it| event(it).trim().to_owned()).collect();
        let decided =
            json!([status.as_str(), attempts, millis(missing_since), millis(next_check_at), events]);
        let expected =
            json!([row["becomes"], row["attempts"], row["missingMs"], row["nextMs"], row["events"]]);
        assert_eq!(decided, expected, "{}", row["row"]);
    }
}

#[test]
fn who_shows_a_second_factor() {
    for row in rows(include_str!("../../../tests/vectors/decisions/two-factor.json")) {
        let policy = FactorPolicy::of(&EffectivePolicy::of(&roles(&json!([row["policies"]]))));
        let ago = |it: &Json| (method(&it[0]), after(-it[1].as_i64().expect("days") * DAY));
        let facts = FactorFacts {
            kinds: methods(&row["has"]),
            codes: row["codes"].as_u64().and_then(|codes| u32::try_from(codes).ok()).expect("codes"),
            shown: row.get("shown").map(ago),
            remembered: row.get("remembered").map(ago),
            is_known_browser: row["known"] == true,
        };
        assert_eq!(facts.offered(&policy), methods(&row["offered"]), "{}", row["row"]);
        assert_eq!(row["asked"], facts.must_show(&policy, NOW), "{}", row["row"]);
    }
}

#[test]
fn what_an_admin_puts_into_a_role() {
    let node = |id: &str| NodeId::parse(id).expect("node");
    let above = [
        ("root", None),
        ("eng", Some("root")),
        ("ops", Some("root")),
        ("web", Some("eng")),
        ("core", Some("eng")),
    ];
    for row in rows(include_str!("../../../tests/vectors/decisions/grants.json")) {
        let tree = Tree::new(above.map(|(id, parent)| (node(id), parent.map(node))).into());
        let admin = Actor::holding(
            connection().tenant,
            UserId::parse("u_admin").expect("id"),
            grants(&row["holds"]),
            tree,
        );
        let new = NewRole {
            node: text(&row["at"]).and_then(NodeId::parse).expect("node"),
            name: "New".into(),
            policies: Policies::default(),
            privileges: Privileges::from_json(&row["wants"]).expect("privileges"),
        };
        let code =
            create_role(&admin, &new, false, 0, NOW, &mut Counter(0)).err().map(|refusal| refusal.code());
        assert_eq!(json!(code), row["refused"], "{}", row["row"]);
    }
}
