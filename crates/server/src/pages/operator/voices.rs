//! The operator's pages of what people say and what editors pick.
use askama::Template;

use super::front::Words;
use super::vouchers::FieldRefused;
use crate::pages::layout::{Layout, Pager};

/// A review with what is known of it.
#[derive(Clone, Debug)]
pub struct ReviewRow {
    pub id: String,
    pub release: String,
    /// The release's title.
    pub title: String,
    pub stars: u8,
    pub author: String,
    pub words: String,
    pub language: String,
    pub created_us: i64,
    pub is_hidden: bool,
    pub reports: i64,
    pub reasons: Vec<String>,
}

/// `/en/operator/reviews`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/reviews.html")]
pub struct OperatorReviewsPage {
    pub page: Layout,
    pub reviews: Vec<ReviewRow>,
    pub pager: Pager,
}

/// A pick.
#[derive(Clone, Debug)]
pub struct PickRow {
    pub id: String,
    pub release: String,
    /// The release's title.
    pub title: String,
    pub place: i64,
}

/// `/en/operator/picks`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/picks.html")]
pub struct OperatorPicksPage {
    pub page: Layout,
    pub picks: Vec<PickRow>,
    /// What is in the form.
    pub release: String,
    pub place: String,
    pub words: Vec<Words>,
    pub refused: Option<FieldRefused>,
}
