//! One operation of the API, and its two descriptions: for programs and for people.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::pages::{ApiOperation, ApiParameter};

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Something that goes with a request beside its body.
#[derive(Clone)]
pub(super) struct Parameter {
    name: &'static str,
    place: &'static str,
    kind: &'static str,
    required: bool,
    about: &'static str,
}

/// A parameter of the query.
pub(super) const fn query(name: &'static str, kind: &'static str, about: &'static str) -> Parameter {
    Parameter { name, place: "query", kind, required: false, about }
}

/// How many items a list gives.
pub(super) const LIMIT: Parameter = query("limit", "integer", "Items of a page, 1 to 200; 50 when left out.");
/// Where a list goes on.
pub(super) const AFTER: Parameter = query("after", "string", "The `next` of the page before.");
/// The name of an order that its buyer gives it.
pub(super) const KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: "header",
    kind: "string",
    required: true,
    about: "Your own name for what you ask for, up to 200 characters. The same again answers the same and does nothing twice.",
};

/// What any operation may answer.
const ALWAYS: [(u16, &str); 3] =
    [(400, "The request cannot be read."), (500, "Something went wrong here."), (503, "Busy at the moment.")];

/// What an answer holds.
#[derive(Clone, Copy)]
enum Content {
    Nothing,
    Json(SchemaOf),
    Other(&'static str),
}

/// An operation.
#[derive(Clone)]
pub(super) struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    summary: &'static str,
    about: &'static str,
    token: bool,
    optional_token: bool,
    parameters: Vec<Parameter>,
    takes: Option<SchemaOf>,
    answers: Vec<(u16, &'static str, Content)>,
    refusals: Vec<(u16, &'static str)>,
}

pub(super) fn get(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("GET", path, summary)
}

pub(super) fn post(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("POST", path, summary)
}

pub(super) fn put(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("PUT", path, summary)
}

pub(super) fn delete(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("DELETE", path, summary)
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Operation {
    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
        let id = Parameter { name: "id", place: "path", kind: "string", required: true, about: "The id." };
        let parameters = if path.contains("{id}") { vec![id] } else { Vec::new() };
        let (answers, refusals) = (Vec::new(), Vec::new());
        Operation {
            method,
            path,
            summary,
            about: "",
            token: false,
            optional_token: false,
            parameters,
            takes: None,
            answers,
            refusals,
        }
    }

    pub(super) fn about(self, about: &'static str) -> Operation {
        Operation { about, ..self }
    }

    /// It needs a bearer token.
    pub(super) fn token(mut self) -> Operation {
        self.refusals.push((401, "No token, or one that is not in force."));
        Operation { token: true, ..self }
    }

    /// It may have a bearer token.
    pub(super) fn token_if_any(mut self) -> Operation {
        self.refusals.push((401, "The token is not in force."));
        Operation { optional_token: true, ..self }
    }

    /// It needs the bearer token of an operator.
    pub(super) fn operator(self) -> Operation {
        self.token().refuses(&[(403, "The token is not an operator's.")])
    }

    pub(super) fn with(mut self, parameters: &[Parameter]) -> Operation {
        self.parameters.extend_from_slice(parameters);
        self
    }

    pub(super) fn takes<T: JsonSchema>(mut self) -> Operation {
        self.takes = Some(schema_of::<T>);
        self.refusals.extend([(413, "The body is too large."), (415, "The body is not JSON.")]);
        self
    }

    pub(super) fn gives<T: JsonSchema>(mut self, status: u16, about: &'static str) -> Operation {
        self.answers.push((status, about, Content::Json(schema_of::<T>)));
        self
    }

    pub(super) fn lists<T: JsonSchema>(self) -> Operation {
        self.with(&[LIMIT, AFTER])
            .gives::<T>(200, "A page of the list.")
            .refuses(&[(400, "The request cannot be read.")])
    }

    pub(super) fn file(mut self, mime: &'static str, answers: &[(u16, &'static str)]) -> Operation {
        let content = |status| if status == 304 { Content::Nothing } else { Content::Other(mime) };
        self.answers.extend(answers.iter().map(|(status, about)| (*status, *about, content(*status))));
        self
    }

    pub(super) fn nothing(mut self, status: u16, about: &'static str) -> Operation {
        self.answers.push((status, about, Content::Nothing));
        self
    }

    pub(super) fn refuses(mut self, refusals: &[(u16, &'static str)]) -> Operation {
        for refusal in refusals {
            self.refusals.retain(|(status, _)| *status != refusal.0);
            self.refusals.push(*refusal);
        }
        self
    }

    /// As an OpenAPI Operation Object.
    pub(super) fn describe(&self, generator: &mut SchemaGenerator) -> Value {
        let parameters = self.parameters.iter().map(|p| {
            json!({
                "name": p.name, "in": p.place, "required": p.required, "description": p.about,
                "schema": { "type": p.kind },
            })
        });
        let mut described = json!({
            "operationId": self.id(),
            "summary": self.summary,
            "parameters": parameters.collect::<Vec<_>>(),
            "responses": self.responses(generator),
            "security": match (self.token, self.optional_token) {
                (true, _) => json!([{ "token": [] }]),
                (_, true) => json!([{}, { "token": [] }]),
                _ => json!([]),
            },
        });
        if !self.about.is_empty() {
            described["description"] = json!(self.about);
        }
        if let Some(takes) = self.takes {
            described["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": takes(generator) } } });
        }
        described
    }

    /// `get_orders_id`
    fn id(&self) -> String {
        let path = self.path.replace(['/', '.'], "_").replace(['{', '}'], "");
        format!("{}{path}", self.method.to_lowercase())
    }

    fn responses(&self, generator: &mut SchemaGenerator) -> Map<String, Value> {
        let mut responses = Map::new();
        for (status, about, content) in &self.answers {
            let content = match content {
                Content::Nothing => json!({}),
                Content::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
                Content::Other(mime) => json!({ *mime: {} }),
            };
            responses.insert(status.to_string(), json!({ "description": about, "content": content }));
        }
        let always = ALWAYS.iter().filter(|(status, _)| self.refusals.iter().all(|(other, _)| other != status));
        for (status, about) in self.refusals.iter().chain(always) {
            let content =
                json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
            responses.insert(status.to_string(), json!({ "description": about, "content": content }));
        }
        responses
    }

    /// As people read it.
    pub(super) fn for_people(self, base: &str) -> ApiOperation {
        let parameter = |p: Parameter| ApiParameter {
            name: p.name.to_owned(),
            place: p.place.to_owned(),
            type_name: p.kind.to_owned(),
            required: p.required,
            description: p.about.to_owned(),
        };
        let body = self.takes.map(body_fields).unwrap_or_default();
        let mut answers: Vec<(String, String)> =
            self.answers.iter().map(|(status, about, _)| (status.to_string(), (*about).to_owned())).collect();
        answers.extend(self.refusals.iter().map(|(status, about)| (status.to_string(), (*about).to_owned())));
        answers.sort();
        ApiOperation {
            method: self.method.to_owned(),
            path: format!("{base}{}", self.path),
            summary: self.summary.to_owned(),
            description: self.about.to_owned(),
            needs_token: self.token,
            parameters: self.parameters.into_iter().map(parameter).chain(body).collect(),
            answers,
        }
    }
}

/// The fields of a body, out of its schema.
fn body_fields(takes: SchemaOf) -> Vec<ApiParameter> {
    let mut generator = SchemaGenerator::default();
    let name =
        takes(&mut generator).get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next()).map(str::to_owned);
    let definitions = generator.take_definitions(true);
    let schema = name.and_then(|name| definitions.get(&name).cloned()).unwrap_or_default();
    let required = |field: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|name| name == field));
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    fields
        .into_iter()
        .map(|(name, about)| ApiParameter {
            place: "body".to_owned(),
            type_name: about["type"].as_str().unwrap_or("object").to_owned(),
            required: required(&name),
            description: about["description"].as_str().unwrap_or_default().to_owned(),
            name,
        })
        .collect()
}
