//! A statement as a PDF for people. The words come from outside, in the language of whoever reads it.

use money::Micros;
use money::amount::PER_UNIT;

use super::RoyaltyError;
use super::csv::percent;
use super::lines::Line;
use super::read::Statement;
use crate::clock::moment_of;
use crate::pdf::{About, Column, Paper, Row};
use crate::rights::Payee;

/// The words of a statement, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Words {
    /// As in `en` or `ru`.
    pub language: String,
    pub statement: String,
    pub payee: String,
    pub from: String,
    pub number: String,
    pub closed: String,
    pub brought: String,
    pub due: String,
    pub owed: String,
    pub recording: String,
    pub label: String,
    pub units: String,
    pub bytes: String,
    pub gross: String,
    pub discount: String,
    pub tax: String,
    pub base: String,
    pub rate: String,
    pub share: String,
    pub sum: String,
    /// How the figures come about.
    pub note: String,
}

/// The paper of a statement.
pub(super) fn statement_pdf(
    words: &Words,
    statement: &Statement,
    payee: &Payee,
    storefront_name: &str,
    lines: &[Line],
) -> Result<Vec<u8>, RoyaltyError> {
    let title = format!("{} {} · {}", words.statement, statement.period, payee.name);
    let language = words.language.as_str();
    let mut paper =
        Paper::new(&About { title: &title, author: storefront_name, language, made_us: statement.closed_us })?;
    let money = |micros: i64| format!("{} {}", Micros(micros), statement.currency);
    paper.heading(&format!("{} {}", words.statement, statement.period));
    paper.pairs(&[
        (&words.payee, &payee.name),
        (&words.from, storefront_name),
        (&words.number, &statement.id),
        (&words.closed, &moment_of(statement.closed_us)),
        (&words.brought, &money(statement.brought_micros)),
        (&words.due, &money(statement.due_micros)),
        (&words.owed, &money(statement.brought_micros.saturating_add(statement.due_micros))),
    ]);
    let columns = [
        Column::left(&words.recording, 3.6),
        Column::right(&words.units, 1.0),
        Column::right(&words.bytes, 1.7),
        Column::right(&words.gross, 1.7),
        Column::right(&words.discount, 1.6),
        Column::right(&words.tax, 1.6),
        Column::right(&words.base, 1.7),
        Column::right(&words.rate, 1.6),
        Column::right(&words.due, 1.7),
    ];
    let mut rows: Vec<Row> = lines.iter().map(|line| row(words, line)).collect();
    rows.push(sum(words, lines));
    paper.table(&columns, &rows);
    paper.note(&words.note);
    Ok(paper.finish()?)
}

fn row(words: &Words, line: &Line) -> Row {
    let recording = &line.recording;
    let isrc = recording.isrc.as_deref().map(|isrc| format!("\n{isrc}")).unwrap_or_default();
    let label = recording.label.as_deref().map(|label| format!("\n{}: {label}", words.label)).unwrap_or_default();
    let share = match line.share_ppm {
        money::shares::ONE_PPM => String::new(),
        part => format!("\n{} {} %", words.share, percent(part)),
    };
    Row::new([
        format!("{} – {}{isrc}{label}", recording.artists, recording.title),
        line.units.to_string(),
        line.bytes.to_string(),
        full(line.gross),
        full(line.discount),
        full(line.tax),
        full(line.base),
        format!("{} %{share}", percent(line.rate_ppm)),
        full(line.due),
    ])
}

/// With all six decimals, so that figures stand under each other.
fn full(amount: Micros) -> String {
    let (sign, micros) = (if amount.0 < 0 { "-" } else { "" }, amount.0.unsigned_abs());
    format!("{sign}{}.{:06}", micros / PER_UNIT.unsigned_abs(), micros % PER_UNIT.unsigned_abs())
}

fn sum(words: &Words, lines: &[Line]) -> Row {
    let of = |figure: fn(&Line) -> i64| lines.iter().map(figure).sum::<i64>();
    let money = |figure: fn(&Line) -> i64| full(Micros(of(figure)));
    Row::strong([
        words.sum.clone(),
        of(|line| line.units).to_string(),
        of(|line| line.bytes).to_string(),
        money(|line| line.gross.0),
        money(|line| line.discount.0),
        money(|line| line.tax.0),
        money(|line| line.base.0),
        String::new(),
        money(|line| line.due.0),
    ])
}
