//! The operator's pages of words: texts with the notice, and news.
use askama::Template;

use super::vouchers::FieldRefused;
use crate::pages::language::Lang;
use crate::pages::layout::{Layout, Pager};

/// Words in one language, in a form.
#[derive(Clone, Debug)]
pub struct Words {
    /// `en`.
    pub language: &'static str,
    /// One line; empty where there is none.
    pub title: String,
    pub text: String,
}

impl Words {
    /// The language's name in the reader's.
    pub(super) fn language_name(&self, lang: &Lang) -> String {
        lang.t(format!("language-{}", self.language))
    }
}

/// A text that stands somewhere, or could.
#[derive(Clone, Debug)]
pub struct TextRow {
    /// Fluent id of what it is: `text-about`, `text-of-release`.
    pub kind_id: String,
    /// The name of what it is about; empty for a page of its own.
    pub subject: String,
    /// Where it is edited, and where it is read.
    pub edit: String,
    pub href: String,
    /// The operator wrote it.
    pub is_own: bool,
}

/// A text in its form.
#[derive(Clone, Debug)]
pub struct TextForm {
    /// The place's name: `about`, `release`.
    pub of: String,
    /// The id of what it is about; empty for a page of its own.
    pub subject: String,
    pub row: TextRow,
    pub words: Vec<Words>,
}

/// `/en/operator/texts?of=&subject=`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/texts.html")]
pub struct TextsPage {
    pub page: Layout,
    pub texts: Vec<TextRow>,
    /// What is being written.
    pub form: Option<TextForm>,
    /// What the notice says, or could.
    pub notice: Vec<Words>,
    pub retry_after_s: u32,
    pub is_shut: bool,
    pub refused: Option<FieldRefused>,
}

/// A post of the operator's list.
#[derive(Clone, Debug)]
pub struct NewsRow {
    pub id: String,
    pub title: String,
    pub published_us: i64,
    pub is_out: bool,
}

/// `/en/operator/news?edit=`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/news.html")]
pub struct OperatorNewsPage {
    pub page: Layout,
    pub posts: Vec<NewsRow>,
    pub pager: Pager,
    /// The id in the form; empty for a new post.
    pub id: String,
    pub published: String,
    pub words: Vec<Words>,
    pub refused: Option<FieldRefused>,
}
