//! The OpenAPI 3.1 document, made of the operations and of what their types say of themselves.

use serde_json::{Map, Value as Json, json};

use super::call::LONGEST_PAGE;
use super::describe::id_schema;
use super::problem;
use super::routes::{Answer, Needs, OPERATIONS, Operation};
use super::views::page_schema;

/// The document, for a deployment at this origin.
pub(crate) fn document(origin: &str) -> Json {
    let mut paths: Map<String, Json> = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Json::Object(path) = path {
            path.insert(operation.verb.as_str().to_ascii_lowercase(), described(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyward",
            "version": "1",
            "description": "What admins do, and the operator. See docs/api.md.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": format!("{origin}/api/v1") }],
        "paths": paths,
        "components": {
            "schemas": { "Problem": problem::schema() },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "A token of the API" },
                "session": { "type": "apiKey", "in": "cookie", "name": crate::http::cookies::SESSION },
                "operator": { "type": "http", "scheme": "bearer", "description": "The deployment's KEYWARD_OPERATOR_TOKEN" },
            },
        },
    })
}

fn described(operation: &Operation) -> Json {
    let mut parameters: Vec<Json> = operation
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": parameter_schema(name) }))
        .collect();
    let mut query = |name: &str, meaning: &str, schema: Json| {
        parameters.push(json!({ "name": name, "in": "query", "description": meaning, "schema": schema }));
    };
    for (name, meaning) in operation.query {
        let schema = match *name {
            "since" => json!({ "type": "string", "format": "date-time", "example": "2026-11-24T13:04:05Z" }),
            "status" => json!({ "type": "string", "enum": ["invited", "active", "locked", "deleted"] }),
            _ => json!({ "type": "string" }),
        };
        query(name, meaning, schema);
    }
    if matches!(operation.answer, Answer::Page(_)) {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": LONGEST_PAGE });
        query("limit", "How many at the most; 50 where it is left out", limit);
        query("after", "What the page before called `next`", json!({ "type": "string" }));
    }
    let is_actors = operation.needs == Needs::Actor;
    if matches!(operation.answer, Answer::Created(_)) {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A request that is sent again under the same key within a day makes nothing again",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" },
        }));
    }
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        })
    };
    let (status, done) = match operation.answer {
        Answer::Nothing => ("204", json!({ "description": "It is done" })),
        Answer::One(schema) => ("200", answer("What is there", schema())),
        Answer::Created(schema) => ("201", answer("What was made", schema())),
        Answer::Page(schema) => ("200", answer("A page", page_schema(schema()))),
    };
    let mut responses = json!({
        "401": problem("Nobody, or nobody any longer"),
        "default": problem("It was not done, and why"),
    });
    if let Json::Object(responses) = &mut responses {
        responses.insert(status.to_owned(), done);
    }
    let security =
        if is_actors { json!([{ "token": [] }, { "session": [] }]) } else { json!([{ "operator": [] }]) };
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "responses": responses,
        "security": security,
    });
    if let (Some(body), Json::Object(described)) = (operation.body, &mut described) {
        let body = json!({ "required": true, "content": { "application/json": { "schema": body() } } });
        described.insert("requestBody".to_owned(), body);
    }
    described
}

fn answer(description: &str, schema: Json) -> Json {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn parameter_schema(name: &str) -> Json {
    match name {
        "domain" => json!({ "type": "string", "pattern": "^[a-z0-9.-]{3,253}$" }),
        "session" => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
        "trial" => json!({ "type": "string", "pattern": "^_trial-[a-z2-7]{20}$" }),
        _ => id_schema(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::document;
    use crate::api::routes::OPERATIONS;

    #[test]
    fn every_operation_is_described() {
        let document = document("https://keyward.test");
        let paths = document["paths"].as_object().expect("paths");
        let described: usize = paths.values().filter_map(Json::as_object).map(serde_json::Map::len).sum();
        assert_eq!(described, OPERATIONS.len());
        for operation in OPERATIONS {
            let it = &document["paths"][operation.path][operation.verb.as_str().to_ascii_lowercase()];
            assert_eq!(it["operationId"], operation.id);
            assert!(!it["security"].as_array().expect("security").is_empty());
            assert_eq!(it["requestBody"].is_object(), operation.body.is_some());
        }
        assert_eq!(document["openapi"], "3.1.0");
    }

    #[test]
    fn a_body_says_what_it_needs_and_takes_nothing_else() {
        let document = document("https://keyward.test");
        let schema =
            &document["paths"]["/users"]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(schema["required"], serde_json::json!(["email", "node"]));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["name"]["type"], serde_json::json!(["string", "null"]));
    }
}
