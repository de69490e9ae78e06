//! What people say and want: reviews, wish list, whom they follow, picks. Contexts of pages and parts of pages.
use askama::Template;

use super::cards::{NamedCount, ReleaseCard};
use super::forms::Field;
use super::language::Lang;
use super::layout::{Layout, Pager};

/// The stars of a form, the best first.
pub const STARS: [u8; 5] = [5, 4, 3, 2, 1];

/// A review.
#[derive(Clone, Debug)]
pub struct ShownReview {
    pub id: String,
    pub stars: u8,
    /// Empty: its writer does not want to be named.
    pub author: String,
    pub words: String,
    pub language: String,
    pub created_us: i64,
    /// The visitor wrote it himself.
    pub is_own: bool,
}

impl ShownReview {
    /// The name that stands beside it.
    pub fn by(&self, lang: &Lang) -> String {
        if self.author.is_empty() { lang.t("review-by-listener") } else { self.author.clone() }
    }

    /// The stars as signs; a text beside them says it to those who do not see.
    pub fn signs(&self) -> String {
        let full = usize::from(self.stars).min(STARS.len());
        "★".repeat(full) + &"☆".repeat(STARS.len() - full)
    }
}

/// The form of a review.
#[derive(Clone, Debug, Default)]
pub struct ReviewForm {
    /// 0: none chosen.
    pub stars: u8,
    pub author: Field,
    pub words: String,
    /// Something stands already.
    pub is_standing: bool,
    /// What was refused, in words; empty: nothing.
    pub refused: String,
}

/// What is said of a release, on its page.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// HTML made of the operator's Markdown; empty where he wrote none.
    pub notes: String,
    /// The language that it is in.
    pub notes_language: String,
    pub rating: ShownRating,
    /// The latest ones.
    pub reviews: Vec<ShownReview>,
    /// Somebody signed in may review: he bought something of it.
    pub may_review: bool,
    /// He did.
    pub has_reviewed: bool,
    pub is_wished: bool,
    /// What buyers of this one own too.
    pub together: Vec<ReleaseCard>,
    /// For an operator: where he writes the notes.
    pub edit: Option<String>,
    /// HTML for other sites.
    pub embed: String,
}

/// All reviews in two numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShownRating {
    pub reviews: u64,
    pub average_hundredths: u64,
}

impl ShownRating {
    /// `4.3` or `4,3`.
    pub fn average(&self, lang: &Lang) -> String {
        let tenths = (self.average_hundredths + 5) / 10;
        format!("{}{}{}", tenths / 10, lang.t("figure-decimal"), tenths % 10)
    }

    /// As schema.org wants it.
    pub fn plain(&self) -> String {
        format!("{}.{:02}", self.average_hundredths / 100, self.average_hundredths % 100)
    }
}

/// `/en/releases/{id}/reviews`.
#[derive(Clone, Debug, Template)]
#[template(path = "reviews.html")]
pub struct ReviewsPage {
    pub page: Layout,
    pub release: ReleaseCard,
    pub rating: ShownRating,
    pub reviews: Vec<ShownReview>,
    pub pager: Pager,
    /// For who may write one.
    pub form: Option<ReviewForm>,
}

/// `/en/reviews/{id}/report`.
#[derive(Clone, Debug, Template)]
#[template(path = "report.html")]
pub struct ReportPage {
    pub page: Layout,
    pub id: String,
    pub reason: Field,
    /// What was refused, in words; empty: nothing.
    pub refused: String,
}

/// `/en/wishes`.
#[derive(Clone, Debug, Template)]
#[template(path = "wishes.html")]
pub struct WishesPage {
    pub page: Layout,
    pub releases: Vec<ReleaseCard>,
}

/// `/en/follows`.
#[derive(Clone, Debug, Template)]
#[template(path = "follows.html")]
pub struct FollowsPage {
    pub page: Layout,
    pub artists: Vec<NamedCount>,
    pub labels: Vec<NamedCount>,
    pub letters: bool,
}

/// `/en/unsubscribe/{token}`.
#[derive(Clone, Debug, Template)]
#[template(path = "unsubscribe.html")]
pub struct UnsubscribePage {
    pub page: Layout,
    /// Empty once it is done.
    pub token: String,
}

/// A release that the editors pick.
#[derive(Clone, Debug)]
pub struct ShownPick {
    pub card: ReleaseCard,
    /// Empty where they say nothing.
    pub words: String,
    pub language: String,
}

/// `/en/picks`.
#[derive(Clone, Debug, Template)]
#[template(path = "picks.html")]
pub struct PicksPage {
    pub page: Layout,
    pub picks: Vec<ShownPick>,
}

/// `/en/labels`.
#[derive(Clone, Debug, Template)]
#[template(path = "labels.html")]
pub struct LabelsPage {
    pub page: Layout,
    pub labels: Vec<NamedCount>,
    pub pager: Pager,
}

/// What artists' and labels' pages say beside their releases.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// HTML made of the operator's Markdown; empty where he wrote none.
    pub text: String,
    pub language: String,
    /// `artist` or `label`.
    pub kind: &'static str,
    pub id: String,
    pub is_followed: bool,
    /// For an operator: where he writes the text.
    pub edit: Option<String>,
}
