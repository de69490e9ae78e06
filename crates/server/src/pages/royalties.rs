//! What somebody who is paid sees: his statements, and plots of what they come from. Plain data; a plot is worked out here.
use askama::Template;

use super::language::Lang;
use super::layout::{Layout, Pager};

/// A plot's width and height, in its own units.
const PLOT_WIDTH: i64 = 600;
const PLOT_HEIGHT: i64 = 160;
/// A horizontal bar with the room below it.
const BAR_STEP: i64 = 28;
const BAR_HEIGHT: i64 = 18;
/// How much of a column's room it fills, in hundredths.
const COLUMN_FILL: i64 = 70;

/// A bar of a plot: what it stands for, and its figures.
#[derive(Clone, Debug)]
pub struct BarOf {
    pub name: String,
    pub units: i64,
    pub due_micros: i64,
}

/// A rectangle of a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
}

/// Bars for months, territories or formats. Shown as a drawing and, for whoever cannot see it, as a table.
#[derive(Clone, Debug)]
pub struct Plot {
    /// Fluent id of its heading.
    pub text_id: &'static str,
    /// Fluent id of what the bars are.
    pub of_id: &'static str,
    /// Columns side by side, for time; else bars below each other.
    pub is_time: bool,
    pub bars: Vec<BarOf>,
}

impl Plot {
    /// The drawing's width and height.
    pub fn size(&self) -> (i64, i64) {
        let rows = i64::try_from(self.bars.len()).unwrap_or(1).max(1);
        (PLOT_WIDTH, if self.is_time { PLOT_HEIGHT } else { rows * BAR_STEP })
    }

    /// A rectangle for each bar; nothing is drawn of what is not above zero.
    pub fn rects(&self) -> Vec<Rect> {
        let most = self.bars.iter().map(|bar| bar.due_micros).max().unwrap_or(0).max(1);
        let scaled = |due: i64, whole: i64| (i128::from(due.max(0)) * i128::from(whole) / i128::from(most)) as i64;
        let count = i64::try_from(self.bars.len()).unwrap_or(1).max(1);
        let rect = |(n, bar): (i64, &BarOf)| {
            if self.is_time {
                let (step, height) = (PLOT_WIDTH / count, scaled(bar.due_micros, PLOT_HEIGHT));
                let width = (step * COLUMN_FILL / 100).max(1);
                Rect { x: n * step + (step - width) / 2, y: PLOT_HEIGHT - height, width, height }
            } else {
                let y = n * BAR_STEP + (BAR_STEP - BAR_HEIGHT) / 2;
                Rect { x: 0, y, width: scaled(bar.due_micros, PLOT_WIDTH), height: BAR_HEIGHT }
            }
        };
        (0..).zip(&self.bars).map(rect).collect()
    }

    /// The whole plot in words.
    pub fn told(&self, lang: &Lang) -> String {
        let bar = |bar: &BarOf| format!("{}: {}", bar.name, lang.money(bar.due_micros));
        self.bars.iter().map(bar).collect::<Vec<_>>().join("; ")
    }
}

/// Somebody whom the signed-in user reads for.
#[derive(Clone, Debug)]
pub struct PaidParty {
    pub id: String,
    pub name: String,
    /// Owed now, closed months or not.
    pub owed_micros: i64,
    pub plots: Vec<Plot>,
}

/// A closed month.
#[derive(Clone, Debug)]
pub struct StatementRow {
    pub id: String,
    pub payee_name: String,
    /// `2026-10`.
    pub period: String,
    pub due_micros: i64,
    pub closed_us: i64,
    /// `csv`, `pdf`, `dsr`.
    pub files: Vec<String>,
}

/// A payment that was made.
#[derive(Clone, Debug)]
pub struct PayoutRow {
    pub payee: String,
    pub at_us: i64,
    pub reference: String,
    pub amount_micros: i64,
}

/// `/en/statements?after=`
#[derive(Clone, Debug, Template)]
#[template(path = "statements.html")]
pub struct StatementsPage {
    pub page: Layout,
    pub parties: Vec<PaidParty>,
    /// The newest first.
    pub statements: Vec<StatementRow>,
    pub payouts: Vec<PayoutRow>,
    pub pager: Pager,
}

/// A line of a statement.
#[derive(Clone, Debug)]
pub struct StatementLineRow {
    pub title: String,
    pub artists: String,
    pub isrc: Option<String>,
    pub label: Option<String>,
    pub units: i64,
    pub bytes: i64,
    pub gross_micros: i64,
    pub discount_micros: i64,
    pub tax_micros: i64,
    pub base_micros: i64,
    /// In parts per million.
    pub rate_ppm: u32,
    /// In parts per million; none where it is the whole.
    pub share_ppm: Option<u32>,
    pub due_micros: i64,
}

/// `/en/statements/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "statement.html")]
pub struct StatementPage {
    pub page: Layout,
    pub statement: StatementRow,
    pub brought_micros: i64,
    pub lines: Vec<StatementLineRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_what_they_stand_for() {
        let bar = |due_micros| BarOf { name: "x".into(), units: 1, due_micros };
        let bars = vec![bar(0), bar(500), bar(1_000), bar(-7)];
        let mut plot = Plot { text_id: "a", of_id: "b", is_time: true, bars };
        let heights: Vec<i64> = plot.rects().iter().map(|rect| rect.height).collect();
        assert_eq!(heights, [0, 80, 160, 0]);
        assert!(
            plot.rects().iter().all(|rect| rect.y + rect.height == PLOT_HEIGHT && rect.x + rect.width <= PLOT_WIDTH)
        );
        plot.is_time = false;
        assert_eq!(plot.rects().iter().map(|rect| rect.width).collect::<Vec<_>>(), [0, 300, 600, 0]);
        let empty = Plot { bars: vec![], ..plot };
        assert_eq!((empty.rects(), empty.size()), (vec![], (600, 28)));
    }
}
