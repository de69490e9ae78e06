//! A receipt or credit note as a page, and the words that it shares with the PDF. No rules: the document says it all.
use askama::Template;
use wire::{Place, Receipt, ReceiptLine};

use super::language::Lang;
use super::layout::Layout;

/// `/en/papers/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "receipt.html")]
pub struct ReceiptPage {
    pub page: Layout,
    pub receipt: Receipt,
    /// As PDF, and as signed JSON.
    pub pdf_url: String,
    pub json_url: String,
}

impl ReceiptPage {
    fn amount(&self, micros: &i64) -> String {
        amount(self.page.lang, &self.receipt, *micros)
    }

    fn discount(&self, line: &ReceiptLine) -> String {
        amount(self.page.lang, &self.receipt, discount(line))
    }

    fn discounts(&self) -> String {
        amount(self.page.lang, &self.receipt, self.receipt.lines.iter().map(discount).sum())
    }

    fn title(&self) -> String {
        self.page.lang.t1(&format!("{}-title", kind_text(&self.receipt)), "number", &self.receipt.number)
    }

    fn seller(&self) -> String {
        let seller = &self.receipt.seller;
        party(self.page.lang, &seller.name, &seller.address, &seller.country, &seller.tax_number)
    }

    fn buyer(&self) -> String {
        buyer(self.page.lang, &self.receipt)
    }

    fn issued(&self) -> String {
        moment(self.page.lang, &self.receipt.issued_at)
    }

    fn ordered(&self) -> String {
        moment(self.page.lang, &self.receipt.order.placed_at)
    }

    fn reason(&self) -> Option<String> {
        reason_text(self.page.lang, &self.receipt)
    }

    /// What stands below the table: by what it was paid, and where the buyer was.
    fn facts(&self) -> Vec<(String, String)> {
        let lang = self.page.lang;
        paid_with(lang, &self.receipt).into_iter().chain(evidence(lang, &self.receipt.place)).collect()
    }

    fn bytes(&self, line: &ReceiptLine) -> String {
        self.page.lang.integer(i64::try_from(line.bytes).unwrap_or(i64::MAX))
    }
}

/// The Fluent id of the kind of paper: a receipt with a seller's and a buyer's address is an invoice.
pub(super) fn kind_text(receipt: &Receipt) -> &'static str {
    match receipt.kind.as_str() {
        "credit_note" => "paper-credit-note",
        _ if !receipt.seller.address.is_empty() && !receipt.buyer.name.is_empty() => "paper-invoice",
        _ => "paper-receipt",
    }
}

/// An amount in the paper's currency; all of a paper have the same decimals.
pub(super) fn amount(lang: Lang, receipt: &Receipt, micros: i64) -> String {
    let shown = lang.money_full(micros);
    if receipt.currency == "USD" { shown } else { format!("{} {}", shown.replace('$', "").trim(), receipt.currency) }
}

/// Everything that lies between the list price and the price before tax, as one figure: what was taken off is negative.
pub(super) fn discount(line: &ReceiptLine) -> i64 {
    line.raised_by_floor_micros - line.discount_micros - line.paid_before_micros - line.waived_micros
}

/// What a line is of, in lines: title and artists, release, label and number, format.
pub(super) fn lines_of(lang: Lang, line: &ReceiptLine) -> Vec<String> {
    let mut lines = vec![line.title.clone(), format!("{} · {}", line.artists, line.release)];
    let numbers: Vec<&str> = [&line.label, &line.isrc].into_iter().flatten().map(String::as_str).collect();
    let format_name = lang.format_name(&line.format_name);
    lines.push(numbers.into_iter().chain([format_name.as_str()]).collect::<Vec<_>>().join(" · "));
    lines
}

/// Name, address, country and number of a party, in lines.
pub(super) fn party(lang: Lang, name: &str, address: &str, country: &Option<String>, tax_number: &str) -> String {
    let number = Some(tax_number).filter(|n| !n.is_empty()).map(|n| lang.t1("paper-tax-number", "number", n));
    let country = country.as_ref().map(|code| lang.country(code));
    let parts = [Some(name.to_owned()), Some(address.replace("\r\n", "\n")), country, number];
    parts.into_iter().flatten().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

/// To whom a paper is made out, in lines.
pub(super) fn buyer(lang: Lang, receipt: &Receipt) -> String {
    let buyer = &receipt.buyer;
    let name = if buyer.name.is_empty() { buyer.email.clone() } else { format!("{}\n{}", buyer.name, buyer.email) };
    party(lang, &name, &buyer.address, &buyer.country, &buyer.tax_number)
}

/// Where the buyer was, and what said so.
pub(super) fn evidence(lang: Lang, place: &Place) -> Vec<(String, String)> {
    let unknown = || lang.t("paper-unknown");
    let shown = |country: &Option<String>| country.as_ref().map_or_else(unknown, |code| lang.country(code));
    let mut country = shown(&place.country);
    if place.contradicted {
        country = format!("{country} ({})", lang.t("paper-contradicted"));
    }
    if place.assumed {
        country = format!("{country} ({})", lang.t("paper-assumed"));
    }
    vec![
        (lang.t("paper-country"), country),
        (lang.t("paper-card-country"), shown(&place.card_country)),
        (lang.t("paper-stated-country"), shown(&place.stated_country)),
        (lang.t("paper-address-country"), shown(&place.address_country)),
    ]
}

/// By which credit it was paid; kinds that paid nothing are left out.
pub(super) fn paid_with(lang: Lang, receipt: &Receipt) -> Vec<(String, String)> {
    let paid = &receipt.paid_with;
    let kinds = [
        ("paper-paid-promotional", paid.promotional_micros),
        ("paper-paid-voucher", paid.voucher_micros),
        ("paper-paid-purchased", paid.purchased_micros),
    ];
    let kinds = kinds.into_iter().filter(|(_, micros)| *micros != 0);
    kinds.map(|(id, micros)| (lang.t(id), amount(lang, receipt, micros))).collect()
}

/// Why a credit note was made.
pub(super) fn reason_text(lang: Lang, receipt: &Receipt) -> Option<String> {
    receipt.reason.as_ref().map(|reason| match reason.as_str() {
        "bad_file" => lang.t("paper-reason-bad-file"),
        "refund" => lang.t("paper-reason-refund"),
        words => words.to_owned(),
    })
}

/// A moment of a document as people read it.
pub(super) fn moment(lang: Lang, rfc3339: &str) -> String {
    shop::clock::moment_from(rfc3339).map_or_else(|| rfc3339.to_owned(), |at_us| lang.moment(at_us))
}
