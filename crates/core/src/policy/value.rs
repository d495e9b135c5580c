//! The kinds of values that policies have, each with its combiner.
//!
//! A combiner gives the loosest value that satisfies both sides, so it is commutative, associative, idempotent, and never
//! less strict than either: a meet-semilattice. `tests` holds each kind to that.

use serde_json::{Value as Json, json};

/// A value of a policy.
pub trait Restrict: Clone + PartialEq {
    /// What its JSON looks like, for the message to whoever wrote something else.
    const EXPECTED: &'static str;

    /// The loosest value that satisfies both.
    #[must_use]
    fn and(&self, other: &Self) -> Self;

    /// From the API or the database; `None` where it is something else.
    fn from_json(json: &Json) -> Option<Self>;

    /// For the API and the database.
    fn to_json(&self) -> Json;

    /// What [`Restrict::from_json`] takes, as JSON Schema (2020-12).
    fn schema() -> Json;

    /// Whether everything that this allows, `other` allows too.
    fn is_at_least_as_strict_as(&self, other: &Self) -> bool {
        self.and(other) == *self
    }
}

/// Something is demanded or forbidden: one role that says so is enough. Combiner: *or*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand(pub bool);

impl Restrict for Demand {
    const EXPECTED: &'static str = "true or false";

    fn and(&self, other: &Demand) -> Demand {
        Demand(self.0 || other.0)
    }

    fn from_json(json: &Json) -> Option<Demand> {
        json.as_bool().map(Demand)
    }

    fn to_json(&self) -> Json {
        self.0.into()
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

/// Something is allowed: one role that says no is enough. Combiner: *and*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance(pub bool);

impl Restrict for Allowance {
    const EXPECTED: &'static str = "true or false";

    fn and(&self, other: &Allowance) -> Allowance {
        Allowance(self.0 && other.0)
    }

    fn from_json(json: &Json) -> Option<Allowance> {
        json.as_bool().map(Allowance)
    }

    fn to_json(&self) -> Json {
        self.0.into()
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

/// An upper limit within `MIN..=MAX`, in the unit of the policy's name. Combiner: the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtMost<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> AtMost<MIN, MAX> {
    /// A limit; beyond what is possible it is the nearest that is.
    pub const fn new(limit: u32) -> AtMost<MIN, MAX> {
        AtMost(if limit < MIN {
            MIN
        } else if limit > MAX {
            MAX
        } else {
            limit
        })
    }

    /// The limit.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> Restrict for AtMost<MIN, MAX> {
    const EXPECTED: &'static str = "a whole number in its range";

    fn and(&self, other: &Self) -> Self {
        AtMost(self.0.min(other.0))
    }

    fn from_json(json: &Json) -> Option<Self> {
        whole(json, MIN, MAX).map(AtMost)
    }

    fn to_json(&self) -> Json {
        self.0.into()
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

fn whole(json: &Json, min: u32, max: u32) -> Option<u32> {
    json.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| (min..=max).contains(number))
}

/// Whether consent to escrow is asked for, and how many days somebody may put it off. Combiner: asked for where either
/// asks, within the fewer days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escrow {
    /// Nobody is asked.
    NotRequired,
    /// Everybody is asked, and let in without an answer for so many days; 0: at once.
    WithinDays(u32),
}

/// The longest that consent may be put off.
const ESCROW_DAYS: u32 = 90;

impl Restrict for Escrow {
    const EXPECTED: &'static str = "false, or the days (0 to 90) within which people have to consent";

    fn and(&self, other: &Escrow) -> Escrow {
        match (self, other) {
            (Escrow::NotRequired, it) | (it, Escrow::NotRequired) => *it,
            (Escrow::WithinDays(one), Escrow::WithinDays(two)) => Escrow::WithinDays(*one.min(two)),
        }
    }

    fn from_json(json: &Json) -> Option<Escrow> {
        match json {
            Json::Bool(false) => Some(Escrow::NotRequired),
            json => whole(json, 0, ESCROW_DAYS).map(Escrow::WithinDays),
        }
    }

    fn to_json(&self) -> Json {
        match self {
            Escrow::NotRequired => false.into(),
            Escrow::WithinDays(days) => (*days).into(),
        }
    }

    fn schema() -> Json {
        json!({ "oneOf": [{ "const": false }, { "type": "integer", "minimum": 0, "maximum": ESCROW_DAYS }] })
    }
}

/// A way to prove who one is, beside the sign-in at the IdP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A code from an app (RFC 6238).
    Totp,
    /// A passkey or a security key (WebAuthn Level 3).
    Webauthn,
    /// One of ten codes kept for the day on which the other is lost.
    BackupCode,
}

/// A kind of character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// a–z.
    Lower,
    /// A–Z.
    Upper,
    /// 0–9.
    Digit,
    /// ASCII punctuation.
    Symbol,
}

/// What a [`Set`] is of.
pub trait Named: Copy + PartialEq + 'static {
    /// All there are, in the order in which they are written.
    const ALL: &'static [(Self, &'static str)];
}

impl Named for Method {
    const ALL: &'static [(Method, &'static str)] =
        &[(Method::Totp, "totp"), (Method::Webauthn, "webauthn"), (Method::BackupCode, "backup_code")];
}

impl Named for Class {
    const ALL: &'static [(Class, &'static str)] = &[
        (Class::Lower, "lower"),
        (Class::Upper, "upper"),
        (Class::Digit, "digit"),
        (Class::Symbol, "symbol"),
    ];
}

/// Some of the few that there are, in their written order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T: Named> Set<T> {
    /// Those, each once.
    pub fn new(members: &[T]) -> Set<T> {
        Set::of(|each| members.contains(&each))
    }

    /// Those for which it is true.
    pub(crate) fn of(is_in: impl Fn(T) -> bool) -> Set<T> {
        Set(T::ALL.iter().map(|(each, _)| *each).filter(|each| is_in(*each)).collect())
    }

    /// Whether it is one of them.
    pub fn has(&self, one: T) -> bool {
        self.0.contains(&one)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From an array of their names.
    pub fn from_json(json: &Json) -> Option<Set<T>> {
        let names = json.as_array()?;
        let is_known =
            |name: &Json| T::ALL.iter().any(|(_, known)| name.as_str().is_some_and(|name| name == *known));
        names.iter().all(is_known).then(|| {
            let named: Vec<&str> = names.iter().filter_map(Json::as_str).collect();
            Set(T::ALL.iter().filter(|(_, name)| named.contains(name)).map(|(each, _)| *each).collect())
        })
    }

    fn names() -> Json {
        let names: Vec<&str> = T::ALL.iter().map(|(_, name)| *name).collect();
        json!({ "type": "array", "items": { "type": "string", "enum": names } })
    }

    /// An array of their names.
    pub fn to_json(&self) -> Json {
        T::ALL.iter().filter(|(each, _)| self.has(*each)).map(|(_, name)| Json::from(*name)).collect()
    }
}

/// The methods that are allowed. Combiner: those that both allow, which may be none
/// ([`DeadEnd`](crate::policy::DeadEnd)).
pub type Methods = Set<Method>;

impl Restrict for Methods {
    const EXPECTED: &'static str = "an array of \"totp\", \"webauthn\", \"backup_code\"";

    fn and(&self, other: &Methods) -> Methods {
        Set::of(|method| self.has(method) && other.has(method))
    }

    fn from_json(json: &Json) -> Option<Methods> {
        Set::from_json(json)
    }

    fn to_json(&self) -> Json {
        Set::to_json(self)
    }

    fn schema() -> Json {
        Set::<Method>::names()
    }
}

/// What a generated password has at least. Combiner: the greater length, and the classes of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedPassword {
    /// Characters.
    pub min_length: u32,
    /// Each occurs once at least.
    pub classes: Set<Class>,
}

/// Below, a password that nobody has to remember is needlessly weak; above, sites begin to refuse it.
const PASSWORD_LENGTHS: core::ops::RangeInclusive<u32> = 8..=128;

impl Restrict for GeneratedPassword {
    const EXPECTED: &'static str =
        "{\"min_length\": 8 to 128, \"classes\": an array of \"lower\", \"upper\", \"digit\", \"symbol\"}";

    fn and(&self, other: &GeneratedPassword) -> GeneratedPassword {
        GeneratedPassword {
            min_length: self.min_length.max(other.min_length),
            classes: Set::of(|class| self.classes.has(class) || other.classes.has(class)),
        }
    }

    fn from_json(json: &Json) -> Option<GeneratedPassword> {
        let object = json.as_object().filter(|object| object.len() == 2)?;
        Some(GeneratedPassword {
            min_length: whole(object.get("min_length")?, *PASSWORD_LENGTHS.start(), *PASSWORD_LENGTHS.end())?,
            classes: Set::from_json(object.get("classes")?)?,
        })
    }

    fn to_json(&self) -> Json {
        json!({ "min_length": self.min_length, "classes": self.classes.to_json() })
    }

    fn schema() -> Json {
        json!({
            "type": "object",
            "properties": {
                "min_length": {
                    "type": "integer",
                    "minimum": *PASSWORD_LENGTHS.start(),
                    "maximum": *PASSWORD_LENGTHS.end(),
                },
                "classes": Set::<Class>::names(),
            },
            "required": ["min_length", "classes"],
            "additionalProperties": false,
        })
    }
}
