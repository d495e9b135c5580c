//! What travels in JSON, described once: each type reads itself strictly, writes itself, and says its schema, from which the
//! OpenAPI document is made.

use core::fmt;

use keyward_core::address::{Domain, Email, SsoName};
use keyward_core::admin::Privileges;
use keyward_core::id::{ConnectionId, NodeId, RoleId};
use keyward_core::policy::{Policies, PolicyName};
use keyward_saml::Timestamp;
use serde::de::{DeserializeOwned, Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

/// Something with a JSON Schema (2020-12).
pub(crate) trait Described {
    /// Whether an object may leave it out.
    const OPTIONAL: bool = false;

    /// The schema, without what it means where it stands.
    fn schema() -> Json;
}

/// What a row has, as its statements select it, in any order.
#[cfg(test)]
pub(crate) trait Columns {
    const COLUMNS: &'static [&'static str];
}

/// A field of an object: name, meaning, schema, whether it may be left out.
pub(crate) type Field = (&'static str, &'static str, Json, bool);

/// An object that has these fields and no other.
pub(crate) fn object(fields: Vec<Field>) -> Json {
    let required: Vec<&str> =
        fields.iter().filter(|(.., optional)| !optional).map(|(name, ..)| *name).collect();
    let mut properties = Map::new();
    for (name, meaning, mut schema, _) in fields {
        if let Json::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), meaning.into());
        }
        properties.insert(name.to_owned(), schema);
    }
    let mut object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (false, Json::Object(object)) = (required.is_empty(), &mut object) {
        object.insert("required".to_owned(), required.into());
    }
    object
}

/// What is sent to us: fields that may be left out are `Option`s, and an unknown field is refused.
macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty = $meaning:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $($(#[$attribute])* pub(crate) $field: $type),+ }

        impl $crate::api::describe::Described for $name {
            fn schema() -> serde_json::Value {
                $crate::api::describe::object(vec![$((
                    stringify!($field),
                    $meaning,
                    <$type as $crate::api::describe::Described>::schema(),
                    <$type as $crate::api::describe::Described>::OPTIONAL,
                )),+])
            }
        }
    };
}
pub(crate) use body;

/// What we send: a row of the database as it is read and as it is shown. What is hidden is for decisions only.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty = $meaning:literal),+ $(,)? } $(hidden { $($hidden:ident: $hidden_type:ty),+ $(,)? })?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)+
            $($(#[serde(skip_serializing)] pub(crate) $hidden: $hidden_type,)+)?
        }

        #[cfg(test)]
        impl $crate::api::describe::Columns for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field),)+ $($(stringify!($hidden)),+)?];
        }

        impl $crate::api::describe::Described for $name {
            fn schema() -> serde_json::Value {
                $crate::api::describe::object(vec![$((
                    stringify!($field),
                    $meaning,
                    <$type as $crate::api::describe::Described>::schema(),
                    false,
                )),+])
            }
        }
    };
}
pub(crate) use view;

/// A row that only decisions see.
macro_rules! row {
    ($(#[$attribute:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $(pub(crate) $field: $type),+ }

        #[cfg(test)]
        impl $crate::api::describe::Columns for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];
        }
    };
}
pub(crate) use row;

impl Described for String {
    fn schema() -> Json {
        json!({ "type": "string" })
    }
}

/// Whatever JSON it is; what it means is said where it stands.
impl Described for Json {
    fn schema() -> Json {
        json!({})
    }
}

impl Described for bool {
    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

impl Described for i64 {
    fn schema() -> Json {
        json!({ "type": "integer" })
    }
}

/// Left out, null, or there.
impl<T: Described> Described for Option<T> {
    const OPTIONAL: bool = true;

    fn schema() -> Json {
        let mut schema = T::schema();
        if let Json::Object(fields) = &mut schema {
            if let Some(Json::String(kind)) = fields.get("type") {
                let kinds = json!([kind, "null"]);
                fields.insert("type".to_owned(), kinds);
            }
            if let Some(Json::Array(values)) = fields.get_mut("enum") {
                values.push(Json::Null);
            }
        }
        schema
    }
}

impl<T: Described> Described for Vec<T> {
    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// A boolean that the database has as 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Flag, D::Error> {
        Ok(Flag(f64::deserialize(deserializer)? != 0.0))
    }
}

impl Serialize for Flag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(self.0)
    }
}

impl Described for Flag {
    fn schema() -> Json {
        bool::schema()
    }
}

/// A time that the database has in milliseconds, and clients as RFC 3339 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) i64);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        i64::deserialize(deserializer).map(Time)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Timestamp::from_millis(self.0).to_string())
    }
}

impl Described for Time {
    fn schema() -> Json {
        json!({ "type": "string", "format": "date-time" })
    }
}

/// A time that clients send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
        read(deserializer, "a time such as 2026-11-24T13:04:05Z", Timestamp::parse).map(When)
    }
}

impl Described for When {
    fn schema() -> Json {
        json!({ "type": "string", "format": "date-time", "example": "2026-11-24T13:04:05Z" })
    }
}

/// JSON that the database has as text, or as a value within such text.
#[derive(Clone, Debug)]
pub(crate) struct FromText<T>(pub(crate) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for FromText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FromText<T>, D::Error> {
        let value = match Json::deserialize(deserializer)? {
            Json::String(text) => serde_json::from_str(&text).map_err(D::Error::custom)?,
            value => T::deserialize(value).map_err(D::Error::custom)?,
        };
        Ok(FromText(value))
    }
}

impl<T: Serialize> Serialize for FromText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Described> Described for FromText<T> {
    fn schema() -> Json {
        T::schema()
    }
}

/// Null takes away what is there; left out, it stays.
#[derive(Clone, Debug, Default)]
pub(crate) enum Patch<T> {
    #[default]
    Keep,
    Set(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Patch<T>, D::Error> {
        Option::deserialize(deserializer).map(Patch::Set)
    }
}

impl<T: Described> Described for Patch<T> {
    const OPTIONAL: bool = true;

    fn schema() -> Json {
        Option::<T>::schema()
    }
}

fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    // What was sent is not repeated: it may be somebody's address.
    parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Other("this text"), &expected))
}

/// Text on one line, without control characters and without white space at its ends, of so many characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<const MIN: usize, const MAX: usize>(pub(crate) String);

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "a line of text of the right length", |text| {
            let is_line = text.trim() == text && !text.chars().any(char::is_control);
            (is_line && (MIN..=MAX).contains(&text.chars().count())).then(|| Text(text.to_owned()))
        })
    }
}

impl<const MIN: usize, const MAX: usize> Described for Text<MIN, MAX> {
    fn schema() -> Json {
        // Printable and without white space at the ends.
        let pattern = if MIN == 0 {
            r"^([^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f\u2028\u2029]*[^\s\u0000-\u001f\u007f-\u009f])?)?$"
        } else {
            r"^[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f\u2028\u2029]*[^\s\u0000-\u001f\u007f-\u009f])?$"
        };
        json!({ "type": "string", "minLength": MIN, "maxLength": MAX, "pattern": pattern })
    }
}

/// A document, of at most so many octets.
#[derive(Clone)]
pub(crate) struct Document<const MAX: usize>(pub(crate) String);

impl<const MAX: usize> fmt::Debug for Document<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} octets)", self.0.len())
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Document<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "a document that is not too large", |text| {
            (!text.is_empty() && text.len() <= MAX).then(|| Document(text.to_owned()))
        })
    }
}

impl<const MAX: usize> Described for Document<MAX> {
    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

/// A whole number in a range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole<const MIN: i64, const MAX: i64>(pub(crate) i64);

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        if (MIN..=MAX).contains(&number) {
            Ok(Whole(number))
        } else {
            Err(D::Error::invalid_value(Unexpected::Signed(number), &"a whole number in its range"))
        }
    }
}

impl<const MIN: i64, const MAX: i64> Described for Whole<MIN, MAX> {
    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// Wraps a type of the core's that reads itself from text.
macro_rules! of_text {
    ($($name:ident($inner:ty), $expected:literal, $schema:expr;)+) => { $(
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                read(deserializer, $expected, <$inner>::parse).map($name)
            }
        }

        impl Described for $name {
            fn schema() -> Json {
                $schema
            }
        }
    )+ };
}

/// An id in a body or a path.
pub(crate) fn id_schema() -> Json {
    json!({ "type": "string", "pattern": "^[a-z0-9_]{1,64}$" })
}

of_text! {
    NodeRef(NodeId), "the id of a node", id_schema();
    RoleRef(RoleId), "the id of a role", id_schema();
    ConnectionRef(ConnectionId), "the id of a connection", id_schema();
    Address(Email), "an e-mail address", json!({ "type": "string", "format": "email", "maxLength": 254 });
    DomainName(Domain), "a domain", json!({ "type": "string", "maxLength": 253, "example": "acme.test" });
    Word(SsoName), "an SSO name", json!({ "type": "string", "pattern": "^[a-z0-9-]{3,40}$" });
    Colour(keyward_core::brand::Accent), "a colour of six hexadecimal digits",
        json!({ "type": "string", "pattern": "^#?[0-9A-Fa-f]{6}$", "example": "0f5257" });
    Place(keyward_core::facts::SsoUrl), "an https address",
        json!({ "type": "string", "maxLength": 2048, "example": "https://idp.acme.test/sso" });
    Path(keyward_core::ReturnTo), "a path of ours",
        json!({ "type": "string", "maxLength": 1024, "example": "/vault/activity" });
}

/// What a role carries.
#[derive(Clone, Debug)]
pub(crate) struct PoliciesJson(pub(crate) Policies);

impl<'de> Deserialize<'de> for PoliciesJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PoliciesJson, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Policies::from_json(&json).map(PoliciesJson).map_err(D::Error::custom)
    }
}

impl Serialize for PoliciesJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().serialize(serializer)
    }
}

impl Described for PoliciesJson {
    fn schema() -> Json {
        let mut properties = Map::new();
        for name in PolicyName::ALL {
            properties.insert(name.as_str().to_owned(), name.schema());
        }
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}

/// Privileges by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrivilegesJson(pub(crate) Privileges);

impl<'de> Deserialize<'de> for PrivilegesJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PrivilegesJson, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Privileges::from_json(&json)
            .map(PrivilegesJson)
            .ok_or_else(|| D::Error::custom("privileges are a list of their names, each once"))
    }
}

impl Serialize for PrivilegesJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().serialize(serializer)
    }
}

impl Described for PrivilegesJson {
    fn schema() -> Json {
        json!({
            "type": "array",
            "items": { "type": "string", "enum": Privileges::all().to_json() },
            "uniqueItems": true,
        })
    }
}
