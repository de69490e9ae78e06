//! The pages about trouble and about the machine's door: errors, and the API for people. No inner error text.
use askama::Template;

use super::layout::Layout;

/// Any refused address: 403, 404, 405, 410, 429, 500, 503; another status reads as "something went wrong".
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub page: Layout,
    pub status: u16,
    /// The request's id, to quote to the operator; shown from 500 on.
    pub request_id: String,
    /// Seconds to wait, for 429 and 503.
    pub retry_after_s: Option<u32>,
    /// A form of ours that does not hold any more: its reader signed in or out meanwhile.
    pub is_stale: bool,
    /// The page with that form, without the language.
    pub back: Option<String>,
}

impl ErrorPage {
    /// Fluent id of its title.
    pub fn text_id(&self) -> &'static str {
        match self.status {
            403 if self.is_stale => "error-stale",
            403 => "error-403",
            404 => "error-404",
            405 => "error-405",
            410 => "error-410",
            429 => "error-429",
            503 => "error-503",
            400..=499 => "error-4xx",
            _ => "error-500",
        }
    }

    /// Fluent id of the sentence that says what to do.
    fn advice_id(&self) -> String {
        format!("{}-text", self.text_id())
    }
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct ApiParameter {
    pub name: String,
    /// `path`, `query`, `header` or `body`.
    pub place: String,
    /// `string`, `integer`, …
    pub type_name: String,
    pub required: bool,
    pub description: String,
}

/// One operation of the JSON API, as the OpenAPI document tells it.
#[derive(Clone, Debug)]
pub struct ApiOperation {
    /// Upper case.
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub needs_token: bool,
    pub parameters: Vec<ApiParameter>,
    /// Status and what it means, in order.
    pub answers: Vec<(String, String)>,
}

/// `/en/api`: the OpenAPI document as a page. Its texts are the document's own, in English.
#[derive(Clone, Debug, Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocsPage {
    pub page: Layout,
    /// The API's version.
    pub version: String,
    /// Address of the document itself.
    pub openapi_url: String,
    /// Absolute, for the examples: `http://127.0.0.1:8080`.
    pub origin: String,
    pub operations: Vec<ApiOperation>,
}

impl ApiDocsPage {
    /// The operations by what their paths begin with (`releases`, `me/wishes`), in the order
    /// in which these come first.
    fn contents(&self) -> Vec<ApiPart<'_>> {
        let mut contents: Vec<ApiPart<'_>> = Vec::new();
        for operation in &self.operations {
            let name = operation.noun();
            match contents.iter_mut().find(|part| part.name == name) {
                Some(part) => part.operations.push(operation),
                None => contents.push(ApiPart { name, operations: vec![operation] }),
            }
        }
        contents
    }
}

/// Operations on one noun.
struct ApiPart<'o> {
    name: String,
    operations: Vec<&'o ApiOperation>,
}

impl ApiOperation {
    /// What it is about, by its path: the first part behind the version, and one more where that says whose it is.
    fn noun(&self) -> String {
        let mut parts = self.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{')).skip(2);
        match (parts.next().unwrap_or_default(), parts.next()) {
            (whose @ ("me" | "operator"), Some(what)) => format!("{whose}/{what}"),
            (what, _) => what.to_owned(),
        }
    }
}
