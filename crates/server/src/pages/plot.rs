//! Plots: columns over time or bars below each other, with a scale of round amounts. Worked out in hundredths of a percent of the
//! drawing, so that it fits any width while its words keep their size. No markup: `parts.html` draws.
use super::language::Lang;

/// The whole of a drawing, in hundredths of a percent.
const WHOLE: i128 = 10_000;
/// Steps of the scale that a plot aims at; there may be one or two fewer.
const STEPS: i64 = 4;
/// How much of a column's room it fills, in hundredths.
const COLUMN_FILL: i128 = 70;
/// Columns that have their name below them on a small screen, and on a wide one.
const NAMED_NARROW: usize = 4;
const NAMED_WIDE: usize = 12;

/// A bar of a plot: what it stands for, and its figures.
#[derive(Clone, Debug)]
pub struct BarOf {
    pub name: String,
    /// What stands below its column, in two lines: the month and the year. Empty where the plot is not over time.
    pub below: (String, String),
    pub units: i64,
    pub due_micros: i64,
}

impl BarOf {
    /// A month, `2026-10`.
    pub fn month(lang: Lang, month: &str, units: i64, due_micros: i64) -> BarOf {
        BarOf { name: lang.release_date(month), below: lang.month_short(month), units, due_micros }
    }

    /// Anything but a time.
    pub fn named(name: String, units: i64, due_micros: i64) -> BarOf {
        BarOf { name, below: Default::default(), units, due_micros }
    }
}

/// A part of a drawing as SVG takes it: `12.5%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part(i128);

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}%", self.0 / 100, self.0 % 100)
    }
}

/// A rectangle of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub x: Part,
    pub y: Part,
    pub width: Part,
    pub height: Part,
}

/// A line of the scale: how far from the top it lies, and the amount that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    pub y: Part,
    pub amount_micros: i64,
}

/// How much is said below a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Always,
    OnWideScreens,
    Never,
}

/// Bars for months, territories or formats.
#[derive(Clone, Debug)]
pub struct Plot {
    /// Fluent id of its heading.
    pub text_id: &'static str,
    /// Fluent id of what the bars are.
    pub of_id: &'static str,
    /// Fluent id of what their length is, and the currency of it.
    pub measure_id: &'static str,
    pub currency: String,
    /// Columns side by side, for time; else bars below each other.
    pub is_time: bool,
    pub bars: Vec<BarOf>,
}

impl Plot {
    /// What the length of a bar says, with its unit.
    pub fn measure(&self, lang: &Lang) -> String {
        lang.t2("plot-measure", ("what", lang.t(self.measure_id)), ("currency", &self.currency))
    }

    /// The lines of the scale, the highest first: round amounts around all bars and zero.
    pub fn ticks(&self) -> Vec<Tick> {
        let scale = Scale::around(self.bars.iter().map(|bar| bar.due_micros));
        let tick = |n: i64| {
            let amount = scale.step_micros.saturating_mul(n);
            Tick { y: scale.below_top(amount), amount_micros: amount }
        };
        (scale.low..=scale.high).rev().map(tick).collect()
    }

    /// A rectangle for each bar: columns stand on zero or hang from it; of a bar that lies, nothing is drawn that is not above zero.
    pub fn rects(&self) -> Vec<Rect> {
        let scale = Scale::around(self.bars.iter().map(|bar| bar.due_micros));
        let most = self.bars.iter().map(|bar| bar.due_micros).max().unwrap_or(0).max(1);
        let step = WHOLE / self.bars.len().max(1) as i128;
        let width = step * COLUMN_FILL / 100;
        let rect = |(n, bar): (i128, &BarOf)| {
            if !self.is_time {
                let width = Part(i128::from(bar.due_micros.max(0)) * WHOLE / i128::from(most));
                return Rect { x: Part(0), y: Part(0), width, height: Part(WHOLE) };
            }
            let (top, bottom) = (scale.below_top(bar.due_micros.max(0)), scale.below_top(bar.due_micros.min(0)));
            Rect { x: Part(n * step + (step - width) / 2), y: top, width: Part(width), height: Part(bottom.0 - top.0) }
        };
        (0..).zip(&self.bars).map(rect).collect()
    }

    /// Below which columns their name stands. The last one always does, and the rest at even distances from it.
    pub fn said(&self) -> Vec<Said> {
        let count = self.bars.len();
        let (narrow, wide) = (count.div_ceil(NAMED_NARROW).max(1), count.div_ceil(NAMED_WIDE).max(1));
        let said = |from_end: usize| match (from_end.is_multiple_of(narrow), from_end.is_multiple_of(wide)) {
            (true, _) => Said::Always,
            (_, true) => Said::OnWideScreens,
            _ => Said::Never,
        };
        (0..count).rev().map(said).collect()
    }

    /// The whole plot in words, for whoever cannot see it.
    pub fn told(&self, lang: &Lang) -> String {
        let bar = |bar: &BarOf| format!("{}: {}", bar.name, lang.money_near(bar.due_micros));
        let bars = self.bars.iter().map(bar).collect::<Vec<_>>().join("; ");
        format!("{}. {}. {bars}", lang.t(self.text_id), self.measure(lang))
    }
}

/// Round steps that hold all amounts and zero.
struct Scale {
    step_micros: i64,
    /// The lowest and the highest line, in steps.
    low: i64,
    high: i64,
}

impl Scale {
    fn around(amounts: impl Iterator<Item = i64> + Clone) -> Scale {
        let most = amounts.clone().max().unwrap_or(0).max(0);
        let least = amounts.min().unwrap_or(0).min(0);
        let range = most.saturating_sub(least);
        let step_micros = round_step((range / STEPS + i64::from(range % STEPS > 0)).max(1));
        let high = (most / step_micros + i64::from(most % step_micros > 0)).max(1);
        Scale { step_micros, low: least.div_euclid(step_micros), high }
    }

    fn below_top(&self, micros: i64) -> Part {
        let step = i128::from(self.step_micros);
        let range = step * i128::from(self.high - self.low);
        Part((step * i128::from(self.high) - i128::from(micros)) * WHOLE / range)
    }
}

/// The smallest of 1, 2, 5, 10, 20, … that is no less.
fn round_step(least: i64) -> i64 {
    let mut power = 1i64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step >= least {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(is_time: bool, dues: &[i64]) -> Plot {
        let bars = dues.iter().map(|due| BarOf::named("x".into(), 1, *due)).collect();
        Plot { text_id: "a", of_id: "b", measure_id: "c", currency: "USD".into(), is_time, bars }
    }

    #[test]
    fn bars_are_as_long_as_what_they_stand_for() {
        let columns = plot(true, &[0, 500, 1_000]).rects();
        assert_eq!(
            columns.iter().map(|rect| rect.height.to_string()).collect::<Vec<_>>(),
            ["0.00%", "50.00%", "100.00%"]
        );
        assert!(columns.iter().all(|rect| rect.y.0 + rect.height.0 == WHOLE && rect.x.0 + rect.width.0 <= WHOLE));
        let lying = plot(false, &[1_000, 500, -7]).rects();
        assert_eq!(lying.iter().map(|rect| rect.width.to_string()).collect::<Vec<_>>(), ["100.00%", "50.00%", "0.00%"]);
        assert_eq!(plot(false, &[]).rects(), []);
    }

    #[test]
    fn a_month_of_refunds_hangs_below_zero() {
        let plot = plot(true, &[3_000_000, -1_000_000]);
        let [up, down] = plot.rects()[..] else { panic!("two columns") };
        assert_eq!((up.y.0 + up.height.0, down.y), (7_500, Part(7_500)), "both begin at zero");
        assert_eq!(plot.ticks().last().map(|tick| tick.amount_micros), Some(-1_000_000));
    }

    #[test]
    fn a_scale_has_few_lines_at_round_amounts_that_hold_everything() {
        for (most, lines) in [
            (0, vec![1, 0]),
            (1, vec![1, 0]),
            (3_612_345, vec![4_000_000, 3_000_000, 2_000_000, 1_000_000, 0]),
            (5_000_000, vec![6_000_000, 4_000_000, 2_000_000, 0]),
            (1_440_000_000, vec![1_500_000_000, 1_000_000_000, 500_000_000, 0]),
        ] {
            let ticks: Vec<i64> = plot(true, &[most]).ticks().iter().map(|tick| tick.amount_micros).collect();
            assert_eq!(ticks, lines, "{most}");
        }
        let extreme = plot(true, &[i64::MAX, i64::MIN]);
        assert!(extreme.ticks().len() < 8 && extreme.rects().len() == 2);
    }

    #[test]
    fn names_below_columns_leave_each_other_room() {
        for count in [1, 4, 5, 12, 24] {
            let said = plot(true, &vec![1; count]).said();
            let always = said.iter().filter(|said| **said == Said::Always).count();
            let never = said.iter().filter(|said| **said == Said::Never).count();
            assert!(always <= NAMED_NARROW && count - never <= NAMED_WIDE, "{count}: {said:?}");
            assert_eq!(said.last(), Some(&Said::Always));
        }
    }
}
