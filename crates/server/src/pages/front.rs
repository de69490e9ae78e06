//! Pages of the shop itself: its texts, licences, news, and the notice when it is closed.
use askama::Template;

use super::language::Lang;
use super::layout::{Layout, Pager};

/// `/en/about`, `/en/terms`, `/en/privacy`, `/en/help`.
#[derive(Clone, Debug, Template)]
#[template(path = "text.html")]
pub struct TextPage {
    pub page: Layout,
    /// `about`, `terms`, `privacy` or `help`.
    pub name: &'static str,
    /// HTML made of Markdown.
    pub html: String,
    /// The language it is in.
    pub language: String,
    /// Who sells: name, address, country, tax number, in lines; empty while nobody has said.
    pub seller: String,
    /// For an operator: where he writes it.
    pub edit: Option<String>,
}

impl TextPage {
    fn title(&self) -> String {
        self.page.t(format!("text-{}", self.name))
    }
}

/// A licence in force.
#[derive(Clone, Debug)]
pub struct PublicLicence {
    pub name: String,
    /// Empty if it has none.
    pub number: String,
    /// Who gave it and is paid.
    pub payee: String,
    /// A deal with one holder of rights, not with a society.
    pub is_direct: bool,
    /// Counts on the price with tax.
    pub is_gross: bool,
    pub rate_ppm: u32,
    pub minimum_micros: i64,
    /// Empty: over everything.
    pub label: String,
    /// `YYYY-MM-DD`; empty: since always.
    pub from: String,
    /// Empty: for good.
    pub until: String,
}

impl PublicLicence {
    /// What is paid, as a sentence.
    fn paid(&self, lang: &Lang) -> String {
        let base = if self.is_gross { "licence-paid-gross" } else { "licence-paid-net" };
        let paid = lang.t1(base, "rate", lang.percent(self.rate_ppm));
        if self.minimum_micros == 0 {
            return paid;
        }
        lang.t2("licence-paid-minimum", ("paid", paid), ("minimum", lang.money(self.minimum_micros)))
    }

    fn covers(&self, lang: &Lang) -> String {
        match (self.is_direct, self.label.is_empty()) {
            (false, _) => lang.t("licence-covers-rest"),
            (true, true) => lang.t("licence-covers-all"),
            (true, false) => lang.t1("licence-covers-label", "label", &self.label),
        }
    }

    fn period(&self, lang: &Lang) -> String {
        let day = |day: &str| lang.release_date(day);
        match (self.from.as_str(), self.until.as_str()) {
            ("", "") => lang.t("licence-always"),
            (from, "") => lang.t1("licence-from", "from", day(from)),
            ("", until) => lang.t1("licence-until", "until", day(until)),
            (from, until) => lang.t2("licence-between", ("from", day(from)), ("until", day(until))),
        }
    }
}

/// `/en/licence`.
#[derive(Clone, Debug, Template)]
#[template(path = "licence.html")]
pub struct LicencePage {
    pub page: Layout,
    pub licences: Vec<PublicLicence>,
}

/// A post in a list.
#[derive(Clone, Debug)]
pub struct PostCard {
    pub id: String,
    pub title: String,
    /// The language it is in.
    pub language: String,
    pub published_us: i64,
    /// The beginning of its text, as plain words.
    pub summary: String,
}

/// `/en/news`.
#[derive(Clone, Debug, Template)]
#[template(path = "news.html")]
pub struct NewsPage {
    pub page: Layout,
    pub posts: Vec<PostCard>,
    pub pager: Pager,
}

/// `/en/news/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "post.html")]
pub struct PostPage {
    pub page: Layout,
    pub post: PostCard,
    /// HTML made of Markdown.
    pub html: String,
}

/// Any page of a shop that is closed.
#[derive(Clone, Debug, Template)]
#[template(path = "closed.html")]
pub struct ClosedPage {
    pub page: Layout,
    /// The operator's words, in lines.
    pub message: String,
    /// The language they are in.
    pub language: String,
    pub retry_after_s: u32,
}

impl ClosedPage {
    /// Whole minutes to wait, at least one.
    fn wait_minutes(&self) -> u32 {
        self.retry_after_s.div_ceil(60).max(1)
    }
}
