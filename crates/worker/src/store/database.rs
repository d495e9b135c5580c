//! The D1 binding.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1Result};

use super::{Answers, Statement, StoreError, Value, conflict};

/// The database.
pub(crate) struct Database(D1Database);

impl Database {
    /// Of a binding.
    pub(crate) fn new(binding: D1Database) -> Database {
        Database(binding)
    }

    /// One round trip, one transaction: all statements or none.
    pub(crate) async fn batch(&self, statements: Vec<Statement>) -> Result<impl Answers, StoreError> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            let values: Vec<JsValue> = statement.values.iter().map(js_value).collect();
            prepared.push(self.0.prepare(statement.sql).bind(&values).map_err(|error| told(&error))?);
        }
        let results = self.0.batch(prepared).await.map_err(|error| told(&error))?;
        Ok(D1Answers(results.into_iter()))
    }
}

fn js_value(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Number(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn told(error: &worker::Error) -> StoreError {
    match error {
        worker::Error::D1(error) => {
            conflict::classify(&String::from(AsRef::<js_sys::Error>::as_ref(error).message()))
        }
        other => conflict::classify(&other.to_string()),
    }
}

struct D1Answers(std::vec::IntoIter<D1Result>);

impl Answers for D1Answers {
    fn rows<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, StoreError> {
        let result =
            self.0.next().ok_or(StoreError::Row { of: "batch", what: "fewer results than statements" })?;
        // What the error says of a row that does not fit quotes the row.
        result.results().map_err(|_| StoreError::Row { of: "answer", what: "a column of another type" })
    }
}
