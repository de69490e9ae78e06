//! The operator's page of the genres.
use askama::Template;

use super::front::Words;
use super::vouchers::FieldRefused;
use crate::pages::layout::Layout;

/// A genre of the tree.
#[derive(Clone, Debug)]
pub struct GenreRow {
    pub id: String,
    pub name: String,
    /// Genres that it is within.
    pub level: usize,
}

/// `/en/operator/genres`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/genres.html")]
pub struct OperatorGenresPage {
    pub page: Layout,
    /// Each before those within it.
    pub genres: Vec<GenreRow>,
    /// What is in the form.
    pub id: String,
    pub parent: String,
    pub names: Vec<Words>,
    /// One a line.
    pub spellings: String,
    pub refused: Option<FieldRefused>,
}
