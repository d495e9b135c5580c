//! The combiners against what they are for: something is allowed by a combination exactly where every part allows it.

use core::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};

use super::{
    Class, DeadEnd, EffectivePolicy, Escrow, Method, Policies, PolicyError, PolicyName, Restrict, Set,
};

/// Something that a policy may forbid, one of each kind at once.
#[derive(Clone, Debug)]
struct Deed {
    /// The yes-or-no ones: signed in without second factor, made a folder, …
    is_done: bool,
    method: Method,
    number: u32,
    address: IpAddr,
    classes: Vec<Class>,
}

/// Whether one role allows a deed: worked out a second time, without the combiners.
fn allows(name: PolicyName, policies: &Policies, deed: &Deed) -> bool {
    let forbidden = |it: Option<super::Demand>| !(it.is_some_and(|it| it.0) && deed.is_done);
    let allowed = |it: Option<super::Allowance>| it.is_none_or(|it| it.0) || !deed.is_done;
    match name {
        PolicyName::RequireTwoFactor => forbidden(policies.require_two_factor),
        PolicyName::TwoFactorMethods => {
            policies.two_factor_methods.as_ref().is_none_or(|it| it.has(deed.method))
        }
        PolicyName::TwoFactorRemember => {
            policies.two_factor_remember.is_none_or(|it| deed.number <= it.get())
        }
        PolicyName::IpAllowList => policies.ip_allow_list.as_ref().is_none_or(|it| it.contains(deed.address)),
        PolicyName::SessionIdleMinutes => {
            policies.session_idle_minutes.is_none_or(|it| deed.number <= it.get())
        }
        PolicyName::SessionMaxHours => policies.session_max_hours.is_none_or(|it| deed.number <= it.get()),
        PolicyName::UnlockGraceMinutes => {
            policies.unlock_grace_minutes.is_none_or(|it| deed.number <= it.get())
        }
        PolicyName::RestrictRecoveryPhrase => forbidden(policies.restrict_recovery_phrase),
        PolicyName::DeviceApprovalByUser => allowed(policies.device_approval_by_user),
        PolicyName::DeviceApprovalByAdmin => allowed(policies.device_approval_by_admin),
        PolicyName::RequireEscrow => match policies.require_escrow {
            Some(Escrow::WithinDays(days)) => deed.number <= days,
            Some(Escrow::NotRequired) | None => true,
        },
        PolicyName::DisableOnboarding => forbidden(policies.disable_onboarding),
        PolicyName::DisableSetupTour => forbidden(policies.disable_setup_tour),
        PolicyName::RestrictImport => forbidden(policies.restrict_import),
        PolicyName::RestrictBrowserExtension => forbidden(policies.restrict_browser_extension),
        PolicyName::RestrictCreateRecord => forbidden(policies.restrict_create_record),
        PolicyName::RestrictCreateFolder => forbidden(policies.restrict_create_folder),
        PolicyName::RestrictExport => forbidden(policies.restrict_export),
        PolicyName::RestrictClipboardSeconds => {
            policies.restrict_clipboard_seconds.is_none_or(|it| deed.number <= it.get())
        }
        PolicyName::MaskWhileEditing => forbidden(policies.mask_while_editing),
        PolicyName::GeneratedPassword => policies.generated_password.as_ref().is_none_or(|it| {
            let has = |class: &Class| deed.classes.contains(class);
            let every = [Class::Lower, Class::Upper, Class::Digit, Class::Symbol];
            deed.number >= it.min_length && every.iter().all(|class| !it.classes.has(*class) || has(class))
        }),
        PolicyName::DaysBeforeTrashIsEmptied => {
            policies.days_before_trash_is_emptied.is_none_or(|it| deed.number <= it.get())
        }
        PolicyName::RestrictOffline => forbidden(policies.restrict_offline),
    }
}

/// A value of each policy, in the form in which admins write it.
fn value(name: PolicyName) -> BoxedStrategy<Json> {
    let number = |min: u32, max: u32| (min..=max.min(40)).prop_map(Json::from).boxed();
    match name {
        PolicyName::TwoFactorMethods => {
            subsequence(vec!["totp", "webauthn", "backup_code"], 0..=3).prop_map(Json::from).boxed()
        }
        PolicyName::TwoFactorRemember => number(0, 365),
        PolicyName::IpAllowList => vec(range(), 0..6).prop_map(Json::from).boxed(),
        PolicyName::SessionIdleMinutes => number(1, 1440),
        PolicyName::SessionMaxHours => number(1, 720),
        PolicyName::UnlockGraceMinutes => number(0, 15),
        PolicyName::RequireEscrow => prop_oneof![Just(json!(false)), number(0, 90)].boxed(),
        PolicyName::RestrictClipboardSeconds => number(0, 3600),
        PolicyName::GeneratedPassword => {
            (8_u32..40, subsequence(vec!["lower", "upper", "digit", "symbol"], 0..=4))
                .prop_map(|(length, classes)| json!({ "min_length": length, "classes": classes }))
                .boxed()
        }
        PolicyName::DaysBeforeTrashIsEmptied => number(1, 365),
        _ => any::<bool>().prop_map(Json::from).boxed(),
    }
}

/// Few bits, so that ranges meet.
fn range() -> impl Strategy<Value = String> {
    let v4 = (0_u32..256, 24_u32..=32)
        .prop_map(|(low, prefix)| format!("192.0.2.{}/{prefix}", low & (0xff << (32 - prefix)) & 0xff));
    let v6 = (0_u32..16, 124_u32..=128)
        .prop_map(|(low, prefix)| format!("2001:db8::{:x}/{prefix}", low & (0xf << (128 - prefix)) & 0xf));
    prop_oneof![v4, v6]
}

fn policies() -> impl Strategy<Value = Policies> {
    let one = |name: &PolicyName| proptest::option::of(value(*name));
    PolicyName::ALL.iter().map(one).collect::<Vec<_>>().prop_map(|values| {
        let named = PolicyName::ALL.iter().zip(values);
        let object: serde_json::Map<String, Json> =
            named.filter_map(|(name, value)| Some((name.as_str().to_owned(), value?))).collect();
        Policies::from_json(&Json::Object(object)).expect("every generated value is valid")
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    let address = prop_oneof![
        (0_u8..=255).prop_map(|low| IpAddr::from([192, 0, 2, low])),
        (0_u16..16).prop_map(|low| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, low])),
    ];
    let methods = select(vec![Method::Totp, Method::Webauthn, Method::BackupCode]);
    let classes = subsequence(vec![Class::Lower, Class::Upper, Class::Digit, Class::Symbol], 0..=4);
    (any::<bool>(), methods, 0_u32..45, address, classes).prop_map(
        |(is_done, method, number, address, classes)| Deed { is_done, method, number, address, classes },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_combination_allows_what_every_part_allows(parts in vec(policies(), 1..4), deed in deed()) {
        let combined = parts.iter().fold(Policies::default(), |all, part| all.and(part));
        for name in PolicyName::ALL {
            let by_all = parts.iter().all(|part| allows(*name, part, &deed));
            prop_assert_eq!(allows(*name, &combined, &deed), by_all, "{} {:?}", name.as_str(), deed);
        }
    }

    #[test]
    fn combining_is_commutative_associative_and_idempotent(a in policies(), b in policies(), c in policies()) {
        prop_assert_eq!(a.and(&b), b.and(&a));
        prop_assert_eq!(a.and(&b).and(&c), a.and(&b.and(&c)));
        prop_assert_eq!(a.and(&a), a.clone());
        prop_assert_eq!(a.and(&Policies::default()), a.clone());
        prop_assert_eq!(a.and(&b).and(&a), a.and(&b), "never less strict than a part");
    }

    #[test]
    fn what_is_written_reads_back(policies in policies()) {
        prop_assert_eq!(Policies::from_json(&policies.to_json()), Ok(policies));
    }

    #[test]
    fn what_applies_is_in_no_order_and_has_its_reasons(roles in vec(policies(), 0..4)) {
        let named: Vec<(usize, Policies)> = roles.iter().cloned().enumerate().collect();
        let all = EffectivePolicy::of(&named);
        let turned: Vec<(usize, Policies)> = named.iter().cloned().rev().collect();
        let values = |policy: &EffectivePolicy<usize>| {
            let json = policy.to_json(usize::to_string);
            PolicyName::ALL.iter().map(|name| json[name.as_str()]["value"].clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(values(&all), values(&EffectivePolicy::of(&turned)));
        // Its reasons alone make a value what it is.
        let json = all.to_json(usize::to_string);
        for name in PolicyName::ALL {
            let because = json[name.as_str()]["because"].as_array().expect("array").clone();
            let says = |role: &Policies| role.to_json().get(name.as_str()).is_some();
            prop_assert_eq!(because.is_empty(), !roles.iter().any(says), "{}", name.as_str());
            let is_reason = |(role, _): &&(usize, Policies)| because.contains(&json!(role.to_string()));
            let reasons: Vec<(usize, Policies)> = named.iter().filter(is_reason).cloned().collect();
            let by_them = EffectivePolicy::of(&reasons).to_json(usize::to_string);
            prop_assert_eq!(&by_them[name.as_str()], &json[name.as_str()]);
        }
    }
}

fn role(name: &'static str, policies: Json) -> (&'static str, Policies) {
    (name, Policies::from_json(&policies).expect("policies"))
}

#[test]
fn without_roles_the_defaults_apply() {
    let defaults = EffectivePolicy::<&str>::of(&[]).to_json(|role| (*role).to_owned());
    let values: serde_json::Map<String, Json> = defaults
        .as_object()
        .expect("object")
        .iter()
        .map(|(name, it)| (name.clone(), it["value"].clone()))
        .collect();
    assert_eq!(
        Json::Object(values),
        json!({
            "require_two_factor": false,
            "two_factor_methods": ["totp", "webauthn", "backup_code"],
            "two_factor_remember": 30,
            "ip_allow_list": ["0.0.0.0/0", "::/0"],
            "session_idle_minutes": 30,
            "session_max_hours": 12,
            "restrict_recovery_phrase": false,
            "device_approval_by_user": true,
            "device_approval_by_admin": true,
            "require_escrow": false,
            "disable_onboarding": false,
            "disable_setup_tour": false,
            "restrict_import": false,
            "restrict_browser_extension": false,
            "restrict_create_record": false,
            "restrict_create_folder": false,
            "restrict_export": false,
            "restrict_clipboard_seconds": 30,
            "mask_while_editing": false,
            "generated_password": { "min_length": 20, "classes": ["lower", "upper", "digit", "symbol"] },
            "days_before_trash_is_emptied": 30,
            "unlock_grace_minutes": 0,
            "restrict_offline": true,
        })
    );
    assert!(EffectivePolicy::<&str>::of(&[]).dead_ends().is_empty());
}

#[test]
fn a_role_may_be_looser_than_the_default_and_says_so() {
    let policy = EffectivePolicy::of(&[role(
        "sales",
        json!({ "session_idle_minutes": 60, "restrict_offline": false }),
    )]);
    assert_eq!((policy.session_idle_minutes.value.get(), policy.restrict_offline.value.0), (60, false));
    assert_eq!(policy.restrict_offline.because, ["sales"]);
    assert!(policy.session_max_hours.because.is_empty());
}

#[test]
fn the_reason_is_the_role_whose_value_it_is() {
    let policy = EffectivePolicy::of(&[
        role("member", json!({ "session_idle_minutes": 60, "ip_allow_list": ["10.0.0.0/8"] })),
        role(
            "finance",
            json!({ "session_idle_minutes": 5, "require_two_factor": true, "ip_allow_list": ["10.1.0.0/16"] }),
        ),
        role("auditor", json!({ "session_idle_minutes": 5, "two_factor_methods": ["webauthn", "totp"] })),
        role("on-call", json!({ "two_factor_methods": ["totp", "backup_code"] })),
    ]);
    assert_eq!(policy.session_idle_minutes.because, ["finance", "auditor"]);
    assert_eq!(policy.require_two_factor.because, ["finance"]);
    assert_eq!(policy.ip_allow_list.because, ["finance"]);
    // Only the two together leave one method.
    assert_eq!(policy.two_factor_methods.value, Set::of(|method| method == Method::Totp));
    assert_eq!(policy.two_factor_methods.because, ["auditor", "on-call"]);
}

#[test]
fn what_leaves_nobody_a_way_out_is_told() {
    let ends = |policies: Json| EffectivePolicy::of(&[role("r", policies)]).dead_ends();
    assert_eq!(ends(json!({ "ip_allow_list": [] })), [DeadEnd::NoAddress]);
    let only_codes = json!({ "require_two_factor": true, "two_factor_methods": ["backup_code"] });
    assert_eq!(ends(only_codes), [DeadEnd::NoTwoFactorMethod]);
    assert_eq!(ends(json!({ "two_factor_methods": [] })), []);
    let mut closed = json!({ "device_approval_by_user": false, "device_approval_by_admin": false });
    assert_eq!(ends(closed.clone()), []);
    closed["restrict_recovery_phrase"] = json!(true);
    assert_eq!(ends(closed), [DeadEnd::NoWayToANewDevice]);
    // Two roles that each allow something may leave nothing together.
    let apart = [
        role("a", json!({ "ip_allow_list": ["10.0.0.0/8"] })),
        role("b", json!({ "ip_allow_list": ["192.0.2.0/24"] })),
    ];
    assert_eq!(EffectivePolicy::of(&apart).dead_ends(), [DeadEnd::NoAddress]);
    let codes =
        [DeadEnd::NoAddress, DeadEnd::NoTwoFactorMethod, DeadEnd::NoWayToANewDevice].map(DeadEnd::code);
    assert_eq!(codes, ["no-address", "no-two-factor-method", "no-way-to-a-new-device"]);
}

#[test]
fn what_is_no_policy_is_refused_by_name() {
    assert_eq!(Policies::from_json(&json!([])), Err(PolicyError::NotAnObject));
    let unknown = Policies::from_json(&json!({ "requireTwoFactor": true }));
    assert_eq!(unknown, Err(PolicyError::Unknown { name: "requireTwoFactor".into() }));
    for (name, values) in [
        ("require_two_factor", vec![json!(1), json!("true"), json!([])]),
        ("device_approval_by_user", vec![json!("yes")]),
        ("two_factor_methods", vec![json!("totp"), json!(["sms"]), json!([1]), json!({})]),
        ("two_factor_remember", vec![json!(-1), json!(366), json!(1.5), json!("30"), json!(true)]),
        ("session_idle_minutes", vec![json!(0), json!(1441)]),
        ("session_max_hours", vec![json!(0), json!(721)]),
        ("require_escrow", vec![json!(true), json!(91), json!(-1)]),
        ("restrict_clipboard_seconds", vec![json!(3601)]),
        ("days_before_trash_is_emptied", vec![json!(0), json!(366)]),
        ("ip_allow_list", vec![json!("10.0.0.0/8"), json!([1]), json!(["10.0.0.1/8"])]),
        (
            "generated_password",
            vec![
                json!(20),
                json!({ "min_length": 20 }),
                json!({ "min_length": 7, "classes": [] }),
                json!({ "min_length": 129, "classes": [] }),
                json!({ "min_length": 20, "classes": ["emoji"] }),
                json!({ "min_length": 20, "classes": [], "max_length": 30 }),
            ],
        ),
    ] {
        for value in values {
            let error = Policies::from_json(&json!({ name: value })).expect_err(name);
            assert!(
                matches!(&error, PolicyError::Value { name: its, .. } if its.as_str() == name),
                "{name} {value}"
            );
            assert!(error.to_string().contains(name) && error.to_string().ends_with('.'), "{error}");
        }
    }
    assert_eq!(Policies::from_json(&json!({ "require_two_factor": null })), Ok(Policies::default()));
}

#[test]
fn limits_out_of_range_are_the_nearest_in_it() {
    use super::AtMost;
    assert_eq!([0, 1, 10, 11].map(|limit| AtMost::<1, 10>::new(limit).get()), [1, 1, 10, 10]);
    assert!(AtMost::<1, 10>::new(3).is_at_least_as_strict_as(&AtMost::new(4)));
    assert!(!AtMost::<1, 10>::new(5).is_at_least_as_strict_as(&AtMost::new(4)));
}
