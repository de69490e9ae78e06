//! The page on which an operator sets the shop by a file: `gramovar apply` without a shell.
use askama::Template;

use crate::pages::layout::Layout;

/// What a file changes of one thing.
#[derive(Clone, Debug)]
pub struct ShownChange {
    /// What it is: `tariff standard`.
    pub what: String,
    pub is_new: bool,
    /// `field: before → after`, for each.
    pub fields: Vec<String>,
}

/// What came of the text.
#[derive(Clone, Debug)]
pub enum ApplyOutcome {
    /// It would change this.
    Trial(Vec<ShownChange>),
    /// It changed this.
    Done(Vec<ShownChange>),
    Refused {
        line: usize,
        reason: String,
    },
}

/// `/en/operator/apply`. Its form posts `csrf`, `text` and `do` (try|apply) to the same address.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/apply.html")]
pub struct ApplyPage {
    pub page: Layout,
    /// TOML.
    pub text: String,
    pub outcome: Option<ApplyOutcome>,
}
