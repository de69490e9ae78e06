//! The operator's page of what is heard before it is bought, and of releases that are not sold in every class of formats.
use askama::Template;

use super::vouchers::FieldRefused;
use crate::pages::catalog::FormatOption;
use crate::pages::layout::Layout;

/// The settings as they hold, or as they were typed.
#[derive(Clone, Debug)]
pub struct PreviewForm {
    pub visitor_s: String,
    pub listener_s: String,
    /// Empty: the whole.
    pub buyer_s: String,
    pub buyer_from: String,
    pub opus: String,
    pub mp3: String,
}

/// What a wish is about.
#[derive(Clone, Debug)]
pub struct Named {
    /// `release`, `label` or `recording`.
    pub kind: &'static str,
    pub name: String,
    /// Its page, where it has one, without the language.
    pub path: Option<String>,
}

/// The most that anybody hears of something.
#[derive(Clone, Debug)]
pub struct LimitRow {
    pub id: String,
    pub of: Named,
    pub most_s: u64,
    pub note: String,
}

/// A release that is sold in some classes alone.
#[derive(Clone, Debug)]
pub struct ReleaseFormatsRow {
    pub id: String,
    pub of: Named,
    /// Fluent ids of the classes.
    pub classes: Vec<&'static str>,
}

/// `/en/operator/listening`. Its forms post `csrf` and `visitor_s`, `listener_s`, `buyer_s`, `buyer_from`, `opus`, `mp3` to the
/// same address; `kind`, `of`, `most_s`, `note` to `…/limits`; `release` and `lossy`, `lossless`, `hires` to `…/formats`; `id` to
/// `…/limits/remove` and `…/formats/remove`.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/listening.html")]
pub struct ListeningPage {
    pub page: Layout,
    pub form: PreviewForm,
    pub opus: Vec<FormatOption>,
    pub mp3: Vec<FormatOption>,
    pub limits: Vec<LimitRow>,
    pub releases: Vec<ReleaseFormatsRow>,
    pub refused: Option<FieldRefused>,
}

impl ListeningPage {
    fn classes(&self) -> [(&'static str, &'static str); 3] {
        [("lossy", "format-class-lossy"), ("lossless", "format-class-lossless"), ("hires", "format-class-hires")]
    }
}
