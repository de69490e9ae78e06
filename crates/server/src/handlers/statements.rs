//! What somebody who is paid reads: his statements, what they come from, and their papers. Nothing of others.

use axum::extract::State;
use axum::response::Response;
use money::shares::ONE_PPM;
use shop::formats::FormatInfo;
use shop::royalties::{Line, Payout, Period, Statement, Sum, Words};

use super::purchases::AfterQuery;
use super::shown;
use crate::api::royalties::{own, paper};
use crate::http::{App, Path, Problem, Query, Signed, Visit};
use crate::pages::{
    BarOf, Lang, PaidParty, PayoutRow, Plot, StatementLineRow, StatementPage, StatementRow, StatementsPage,
};

/// Statements on a page.
const STATEMENTS_ON_A_PAGE: u32 = 36;
/// Months of a plot: the last so many.
const MONTHS_IN_A_PLOT: usize = 24;
/// Territories or formats of a plot: the largest so many.
const BARS_IN_A_PLOT: usize = 10;
/// Payments shown: the last so many.
const PAYOUTS_ON_A_PAGE: u32 = 24;

/// `/statements`
pub async fn statements(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Query(asked): Query<AfterQuery>,
) -> Result<Response, Problem> {
    let user = signed.session.user.id.clone();
    let payees = app.shop.db.read(move |tx| shop::rights::payees::of_user(tx, &user)).await?;
    let ids: Vec<String> = payees.iter().map(|payee| payee.id.clone()).collect();
    let (mut parties, mut payouts) = (Vec::new(), Vec::new());
    for payee in payees {
        let [months, territories, formats] = app.shop.royalties.sums(&payee.id).await?;
        let paid = app.shop.royalties.payouts(Some(payee.id.clone()), None, Some(PAYOUTS_ON_A_PAGE)).await?;
        payouts.extend(paid.items.into_iter().map(|payout| payout_row(payout, &payee.name)));
        parties.push(PaidParty {
            owed_micros: app.shop.royalties.owed(&payee.id).await?.0,
            plots: plots(visit.lang(), &payee.currency, months, territories, formats),
            id: payee.id,
            name: payee.name,
        });
    }
    let is_first = asked.after.is_none();
    let page = app.shop.royalties.statements(Some(ids), asked.after, Some(STATEMENTS_ON_A_PAGE)).await?;
    shown::html(StatementsPage {
        page: visit.layout(),
        parties,
        pager: shown::pager(&visit, "/statements", is_first, page.next.as_deref()),
        statements: page.items.into_iter().map(statement_row).collect(),
        payouts,
    })
}

/// `/statements/{id}`
pub async fn statement(
    State(app): State<App>,
    visit: Visit,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let statement = own(&app, &signed.session.user.id, &id).await?;
    let lines = app.shop.royalties.statement_lines(&statement.id).await?;
    shown::html(StatementPage {
        page: visit.layout(),
        brought_micros: statement.brought_micros,
        statement: statement_row(statement),
        lines: lines.into_iter().map(line_row).collect(),
    })
}

/// `/statements/{id}/{kind}`
pub async fn file(
    State(app): State<App>,
    signed: Signed,
    Path((id, kind)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let statement = own(&app, &signed.session.user.id, &id).await?;
    paper(&app, &statement, &kind).await
}

fn plots(lang: Lang, currency: &str, months: Vec<Sum>, territories: Vec<Sum>, formats: Vec<Sum>) -> Vec<Plot> {
    let known: Vec<FormatInfo> = shop::formats::list();
    let format_name = |id: &str| {
        let found = known.iter().find(|format| format.format.to_string() == id);
        found.map_or_else(|| id.to_owned(), |format| lang.format_name(&format.name))
    };
    let bar = |sum: &Sum, name: String| BarOf::named(name, sum.units, sum.due_micros);
    let by_territory = territories.iter().take(BARS_IN_A_PLOT).map(|sum| bar(sum, lang.country(&sum.of))).collect();
    let by_format = formats.iter().take(BARS_IN_A_PLOT).map(|sum| bar(sum, format_name(&sum.of))).collect();
    let plot = |text_id, of_id, is_time, bars| {
        let (measure_id, currency) = ("plot-due", currency.to_owned());
        Plot { text_id, of_id, measure_id, currency, is_time, bars }
    };
    vec![
        plot("plot-months", "statement-month", true, month_bars(lang, &months)),
        plot("plot-territories", "plot-of-territory", false, by_territory),
        plot("plot-formats", "plot-of-format", false, by_format),
    ]
}

/// A column for each month from the first with sales to the last, those without any too: a gap in time is one in the plot.
fn month_bars(lang: Lang, months: &[Sum]) -> Vec<BarOf> {
    let period = |sum: Option<&Sum>| sum.and_then(|sum| sum.of.parse::<Period>().ok());
    let (Some(first), Some(last)) = (period(months.first()), period(months.last())) else { return Vec::new() };
    let back = std::iter::successors(Some(last), |month| month.before_if()).take_while(|month| *month >= first);
    let bar = |month: Period| {
        let month = month.to_string();
        let found = months.iter().find(|sum| sum.of == month);
        BarOf::month(lang, &month, found.map_or(0, |sum| sum.units), found.map_or(0, |sum| sum.due_micros))
    };
    let mut bars: Vec<BarOf> = back.take(MONTHS_IN_A_PLOT).map(bar).collect();
    bars.reverse();
    bars
}

/// A statement in a list.
pub fn statement_row(statement: Statement) -> StatementRow {
    StatementRow {
        id: statement.id,
        payee_name: statement.payee_name,
        period: statement.period,
        due_micros: statement.due_micros,
        closed_us: statement.closed_us,
        files: statement.files.iter().map(|file| file.kind.as_str().to_owned()).collect(),
    }
}

/// A payment in a list.
pub fn payout_row(payout: Payout, payee: &str) -> PayoutRow {
    let Payout { at_us, reference, amount_micros, .. } = payout;
    PayoutRow { payee: payee.to_owned(), at_us, reference, amount_micros }
}

fn line_row(line: Line) -> StatementLineRow {
    StatementLineRow {
        title: line.recording.title,
        artists: line.recording.artists,
        isrc: line.recording.isrc,
        label: line.recording.label,
        units: line.units,
        bytes: line.bytes,
        gross_micros: line.gross.0,
        discount_micros: line.discount.0,
        tax_micros: line.tax.0,
        base_micros: line.base.0,
        rate_ppm: line.rate_ppm,
        share_ppm: (line.share_ppm != ONE_PPM).then_some(line.share_ppm),
        due_micros: line.due.0,
    }
}

/// The words of a statement's paper in the language of whoever reads it.
pub fn words(language: &str) -> Words {
    let lang = Lang::from_code(language).unwrap_or_else(|| Lang::from_accept_language(""));
    let t = |id: &str| lang.t(format!("statement-{id}"));
    Words {
        language: lang.code().to_owned(),
        statement: t("title"),
        payee: t("payee"),
        from: t("from"),
        number: t("number"),
        closed: t("closed"),
        brought: t("brought"),
        due: t("due"),
        owed: t("owed"),
        recording: t("recording"),
        label: t("label"),
        units: t("units"),
        bytes: t("bytes"),
        gross: t("gross"),
        discount: t("discount"),
        tax: t("tax"),
        base: t("base"),
        rate: t("rate"),
        share: t("share"),
        sum: t("sum"),
        note: t("note"),
    }
}
