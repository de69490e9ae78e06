//! Statements and sales as CSV (RFC 4180): commas, CRLF, quotes where needed. Amounts are plain decimals of the currency's
//! unit; column names are for programs and in English.

use money::Micros;

use super::lines::Line;
use super::read::Statement;
use super::sales::Sale;
use crate::clock::moment_of;

/// Letters with which a spreadsheet would take a text for a formula.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

const STATEMENT: &str = "statement,period,payee,currency,isrc,title,artists,label,recording,licence,units,bytes,list,discount,\
                         gross,tax,base_kind,base,rate_percent,share_percent,due";
const SALES: &str = "id,corrects,reason,at,order,storefront,currency,territory,track,recording,isrc,title,artists,label,release,\
                     release_title,gtin,format,units,bytes,list,discount,paid_before,gross,tax,net,promotional,voucher,\
                     purchased,payee,licence,shares,base_kind,base,rate_ppm,minimum,share_ppm,due,statement";

/// A statement, a line for each of its lines.
pub(super) fn statement_csv(statement: &Statement, lines: &[Line]) -> String {
    let mut out = format!("{STATEMENT}\r\n");
    for line in lines {
        let recording = &line.recording;
        let cells = [
            statement.id.clone(),
            statement.period.clone(),
            statement.payee.clone(),
            statement.currency.clone(),
            recording.isrc.clone().unwrap_or_default(),
            recording.title.clone(),
            recording.artists.clone(),
            recording.label.clone().unwrap_or_default(),
            recording.id.clone(),
            line.licence.clone(),
            line.units.to_string(),
            line.bytes.to_string(),
            line.list.to_string(),
            line.discount.to_string(),
            line.gross.to_string(),
            line.tax.to_string(),
            line.base_kind.clone(),
            line.base.to_string(),
            percent(line.rate_ppm),
            percent(line.share_ppm),
            line.due.to_string(),
        ];
        row(&mut out, cells);
    }
    out
}

/// Sales, a line for each payee of each (one without a payee where nothing is due). With the names of the columns first, if
/// `with_head`.
pub fn sales_csv(sales: &[Sale], with_head: bool) -> String {
    let mut out = if with_head { format!("{SALES}\r\n") } else { String::new() };
    for sale in sales {
        let own = of_sale(sale);
        if sale.dues.is_empty() {
            row(&mut out, own.clone().into_iter().chain(std::iter::repeat_n(String::new(), 10)));
        }
        for due in &sale.dues {
            let of_due = [
                due.payee.clone(),
                due.licence.clone(),
                due.shares.clone().unwrap_or_default(),
                due.base.clone(),
                Micros(due.base_micros).to_string(),
                due.rate_ppm.to_string(),
                Micros(due.minimum_micros).to_string(),
                due.share_ppm.to_string(),
                Micros(due.due_micros).to_string(),
                due.statement.clone().unwrap_or_default(),
            ];
            row(&mut out, own.clone().into_iter().chain(of_due));
        }
    }
    out
}

fn of_sale(sale: &Sale) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        sale.id.clone(),
        text(&sale.corrects),
        text(&sale.reason),
        moment_of(sale.at_us),
        sale.order.clone(),
        sale.storefront.clone(),
        sale.currency.clone(),
        text(&sale.territory),
        sale.track.clone(),
        sale.recording.clone(),
        text(&sale.isrc),
        sale.title.clone(),
        sale.artists.clone(),
        text(&sale.label),
        sale.release.clone(),
        sale.release_title.clone(),
        text(&sale.gtin),
        sale.format.clone(),
        sale.units.to_string(),
        sale.bytes.to_string(),
        sale.list.to_string(),
        sale.discount.to_string(),
        sale.paid_before.to_string(),
        sale.gross.to_string(),
        sale.tax.to_string(),
        Micros(sale.gross.0 - sale.tax.0).to_string(),
        sale.credit.promotional.to_string(),
        sale.credit.voucher.to_string(),
        sale.credit.purchased.to_string(),
    ]
}

/// Parts per million as per cent, with no more decimals than needed: `15`, `33.3333`.
pub fn percent(ppm: u32) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn row(out: &mut String, cells: impl IntoIterator<Item = String>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(&quoted(&cell));
    }
    out.push_str("\r\n");
}

/// A title that begins like a formula gets an apostrophe before it: nobody's spreadsheet computes what a tag says.
fn quoted(cell: &str) -> String {
    let is_number = cell.parse::<f64>().is_ok();
    let guard = if cell.starts_with(FORMULA) && !is_number { "'" } else { "" };
    if cell.contains([',', '"', '\r', '\n']) {
        return format!("\"{guard}{}\"", cell.replace('"', "\"\""));
    }
    format!("{guard}{cell}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_formulas() {
        for (cell, written) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("-0.50", "-0.50"),
            ("@home, away", "\"'@home, away\""),
        ] {
            assert_eq!(quoted(cell), written);
        }
        for (ppm, text) in [(150_000, "15"), (333_333, "33.3333"), (1_000_000, "100"), (1, "0.0001"), (0, "0")] {
            assert_eq!(percent(ppm), text);
        }
    }
}
