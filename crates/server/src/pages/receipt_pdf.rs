//! A receipt or credit note as a PDF: the same words and figures as the page, and the signed document attached. Pure.

use shop::pdf::{About, Column, Paper, PdfError, Row, Style};
use wire::Receipt;

use super::language::Lang;
use super::receipt::{amount, buyer, discount, evidence, kind_text, lines_of, moment, paid_with, party, reason_text};

/// What the attached document is called.
const ATTACHMENT: &str = "receipt.json";

/// The whole file. `envelope` is what `gramovar receipt verify` takes out of it.
pub fn print(lang: Lang, receipt: &Receipt, issued_us: i64, envelope: String) -> Result<Vec<u8>, PdfError> {
    let title = lang.t2(kind_text(receipt), ("number", &receipt.number), ("seller", &receipt.seller.name));
    let about = About { title: &title, author: &receipt.seller.name, language: lang.code(), made_us: issued_us };
    let mut paper = Paper::new(&about)?;
    paper.heading(&lang.t1(&format!("{}-title", kind_text(receipt)), "number", &receipt.number));
    paper.pairs(&pairs(&heads(lang, receipt)));
    paper.table(&columns(lang), &rows(lang, receipt));
    paper.pairs(&pairs(&sums(lang, receipt)));
    paper.subheading(&lang.t("paper-evidence"));
    paper.pairs(&pairs(&evidence(lang, &receipt.place)));
    paper.subheading(&lang.t("paper-hashes"));
    for (n, line) in receipt.lines.iter().enumerate() {
        if let Some(hash) = &line.payload_sha256 {
            paper.flow(&format!("{}. {hash}", n + 1), Style::NOTE.mono());
        }
    }
    paper.note(&lang.t("paper-verify"));
    if !receipt.seller.note.is_empty() {
        paper.note(&receipt.seller.note);
    }
    paper.attach(ATTACHMENT, "application/json", envelope.into_bytes());
    paper.finish()
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn heads(lang: Lang, receipt: &Receipt) -> Vec<(String, String)> {
    let seller = &receipt.seller;
    let seller = party(lang, &seller.name, &seller.address, &seller.country, &seller.tax_number);
    let mut heads = vec![
        (lang.t("paper-seller"), seller),
        (lang.t("paper-buyer"), buyer(lang, receipt)),
        (lang.t("paper-issued"), moment(lang, &receipt.issued_at)),
        (lang.t("paper-order"), format!("{} · {}", receipt.order.id, moment(lang, &receipt.order.placed_at))),
    ];
    heads.extend(receipt.corrects.clone().map(|number| (lang.t("paper-corrects"), number)));
    heads.extend(reason_text(lang, receipt).map(|reason| (lang.t("paper-reason"), reason)));
    heads
}

fn columns(lang: Lang) -> [Column; 6] {
    [
        Column::left(lang.t("paper-track"), 5.0),
        Column::right(lang.t("paper-bytes"), 1.5),
        Column::right(lang.t("paper-list"), 1.4),
        Column::right(lang.t("paper-discount"), 1.4),
        Column::right(lang.t("paper-tax"), 1.5),
        Column::right(lang.t("paper-gross"), 1.4),
    ]
}

fn rows(lang: Lang, receipt: &Receipt) -> Vec<Row> {
    let line = |line: &wire::ReceiptLine| {
        Row::new([
            lines_of(lang, line).join("\n"),
            lang.integer(bytes(line.bytes)),
            amount(lang, receipt, line.list_micros),
            amount(lang, receipt, discount(line)),
            format!("{}\n{}", amount(lang, receipt, line.tax_micros), lang.percent(line.tax_ppm)),
            amount(lang, receipt, line.gross_micros),
        ])
    };
    let totals = &receipt.totals;
    let sum = Row::strong([
        lang.t("paper-sum"),
        lang.integer(bytes(receipt.lines.iter().map(|line| line.bytes).sum())),
        amount(lang, receipt, totals.list_micros),
        amount(lang, receipt, receipt.lines.iter().map(discount).sum()),
        amount(lang, receipt, totals.tax_micros),
        amount(lang, receipt, totals.gross_micros),
    ]);
    receipt.lines.iter().map(line).chain([sum]).collect()
}

fn sums(lang: Lang, receipt: &Receipt) -> Vec<(String, String)> {
    let tax = |tax: &wire::ReceiptTax| {
        let name = lang.t1("paper-tax-at", "rate", lang.percent(tax.ppm));
        let of_net = lang.t1("paper-of-net", "net", amount(lang, receipt, tax.net_micros));
        (name, format!("{} ({of_net})", amount(lang, receipt, tax.tax_micros)))
    };
    receipt.taxes.iter().map(tax).chain(paid_with(lang, receipt)).collect()
}

fn bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
