//! A statement and its parameters, before any database has seen them: so that tests can run the same ones on SQLite.

use keyward_saml::Timestamp;
use serde::de::DeserializeOwned;

use super::StoreError;

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// NULL.
    Null,
    /// Numbers go to D1 as JavaScript's, which hold every integer below 2^53: all times, counts and versions. (`D1Type::Integer`
    /// would bind 32 bits.) A STRICT column of INTEGER stores the integer back.
    Number(f64),
    /// Text.
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<Timestamp> for Value {
    #[expect(clippy::cast_precision_loss, reason = "a Timestamp is below 2^48")]
    fn from(time: Timestamp) -> Value {
        Value::Number(time.as_millis() as f64)
    }
}

impl From<i64> for Value {
    #[expect(clippy::cast_precision_loss, reason = "versions and counts stay below 2^53")]
    fn from(number: i64) -> Value {
        Value::Number(number as f64)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Number(if flag { 1.0 } else { 0.0 })
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// One statement of `sql/` with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value>,
}

/// How many parameters a statement has: the greatest number after a `?`.
pub(crate) const fn parameters(sql: &str) -> usize {
    let mut rest = sql.as_bytes();
    let (mut most, mut number, mut counts) = (0, 0, false);
    while let [first, others @ ..] = rest {
        if counts && first.is_ascii_digit() {
            number = number * 10 + (*first - b'0') as usize;
            if number > most {
                most = number;
            }
        } else {
            (number, counts) = (0, *first == b'?');
        }
        rest = others;
    }
    most
}

/// `statement!("name", a, b)`: the file `sql/name.sql` with `?1` = a, `?2` = b; no more of them and no fewer, or it does not compile.
macro_rules! statement {
    ($name:literal $(, $value:expr)* $(,)?) => {{
        const SQL: &str = include_str!(concat!("sql/", $name, ".sql"));
        const _: () = assert!(
            $crate::store::statement::parameters(SQL) == <[&str]>::len(&[$(stringify!($value)),*]),
            $name
        );
        $crate::store::Statement { sql: SQL, values: vec![$($crate::store::Value::from($value)),*] }
    }};
}
pub(crate) use statement;

/// What a batch answered, statement by statement.
pub(crate) trait Answers {
    /// The rows of the next statement.
    fn rows<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError>;

    /// The only row of the next statement, or none.
    fn row<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        Ok(self.rows()?.into_iter().next())
    }
}
