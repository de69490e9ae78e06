//! The page on which an operator sets the shop by a file: `gramovar apply` without a shell.
use askama::Template;

use crate::pages::language::Lang;
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

/// Sums over what was sold.
#[derive(Clone, Debug)]
pub struct SimulatedRow {
    /// `lossy`, `lossless`, `hires`; empty: all.
    pub class: String,
    /// `new`, `catalogue`, `free`; empty: all.
    pub tier: String,
    pub tracks: u64,
    pub bytes: i64,
    pub before_micros: i64,
    pub after_micros: i64,
}

impl SimulatedRow {
    fn kind_text(&self, lang: &Lang) -> String {
        if self.class.is_empty() {
            return lang.t("tariff-all");
        }
        format!("{}, {}", lang.t(format!("format-class-{}", self.class)), lang.t(format!("tier-{}", self.tier)))
    }
}

/// What would have been.
#[derive(Clone, Debug)]
pub struct Simulated {
    pub from_us: i64,
    pub until_us: i64,
    /// By kind, and all of it at the end.
    pub rows: Vec<SimulatedRow>,
    pub buyers: u64,
    pub dearer_for: u64,
    pub cheaper_for: u64,
}

impl Simulated {
    fn lead(&self, lang: &Lang) -> String {
        lang.t2("simulated-lead", ("from", lang.date(self.from_us)), ("until", lang.date(self.until_us)))
    }
}

/// What came of the text.
#[derive(Clone, Debug)]
pub enum ApplyOutcome {
    /// It would change this.
    Trial(Vec<ShownChange>),
    /// It changed this.
    Done(Vec<ShownChange>),
    /// What orders of a time would have cost.
    Simulated(Simulated),
    /// The days are none, or the second does not come after the first.
    NoDays,
    Refused {
        line: usize,
        reason: String,
    },
}

/// `/en/operator/apply`. Its form posts `csrf`, `text`, `from`, `until` and `do` (try|apply|simulate) to the
/// same address.
#[derive(Clone, Debug, Template)]
#[template(path = "operator/apply.html")]
pub struct ApplyPage {
    pub page: Layout,
    /// TOML.
    pub text: String,
    /// The days from which and until before which orders are simulated.
    pub from: String,
    pub until: String,
    pub outcome: Option<ApplyOutcome>,
}
