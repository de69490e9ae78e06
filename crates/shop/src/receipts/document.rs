//! What a paper says: one document for programs, signed as it is; people read the same as a page or as a PDF.

use money::Micros;
use serde::Serialize;
use serde_json::Value;

use crate::clock::moment_of;
use crate::db::{DbError, Row, Tx};
use crate::formats::Format;
use crate::orders;
use crate::storefronts::Storefront;
use crate::tax::{self, Billing, TaxSettings};
use crate::users::User;
use crate::{params, storefronts, users};

/// Names the form of a document; another form gets another name.
pub const FORM: &str = "gramovar-receipt-1";

#[derive(Debug, Serialize)]
pub(super) struct Document {
    form: &'static str,
    /// `receipt` or `credit_note`.
    pub kind: &'static str,
    pub number: String,
    storefront: String,
    issued_at: String,
    /// Of the buyer.
    language: String,
    currency: String,
    seller: Seller,
    buyer: Buyer,
    order: Order,
    place: Place,
    prices_include_tax: bool,
    pub lines: Vec<Line>,
    totals: Amounts,
    taxes: Vec<TaxOf>,
    paid_with: Credit,
    /// The number of the receipt that a credit note takes back a part of.
    corrects: Option<String>,
    /// Why.
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Seller {
    name: String,
    address: String,
    country: Option<String>,
    tax_number: String,
    note: String,
}

#[derive(Debug, Serialize)]
struct Buyer {
    id: String,
    email: String,
    name: String,
    address: String,
    country: Option<String>,
    tax_number: String,
}

#[derive(Debug, Serialize)]
struct Order {
    id: String,
    placed_at: String,
}

/// Where the buyer was when he ordered, and what said so.
#[derive(Debug, Default, Serialize)]
struct Place {
    country: Option<String>,
    card_country: Option<String>,
    stated_country: Option<String>,
    address_country: Option<String>,
    contradicted: bool,
    assumed: bool,
}

/// What was bought.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    line: String,
    track: String,
    title: String,
    artists: String,
    release: String,
    label: Option<String>,
    isrc: Option<String>,
    format: String,
    format_name: String,
    bytes: u64,
    payload_sha256: Option<String>,
    charged_at: String,
    list_micros: i64,
    discount_micros: i64,
    raised_by_floor_micros: i64,
    paid_before_micros: i64,
    /// The price was higher than what had been promised: the shop bears this.
    waived_micros: i64,
    net_micros: i64,
    tax_ppm: u32,
    tax_micros: i64,
    gross_micros: i64,
    #[serde(skip)]
    paid_with: Credit,
}

#[derive(Debug, Default, Serialize)]
struct Amounts {
    list_micros: i64,
    discount_micros: i64,
    net_micros: i64,
    tax_micros: i64,
    gross_micros: i64,
}

/// One rate, and what it came to.
#[derive(Debug, Serialize)]
struct TaxOf {
    ppm: u32,
    net_micros: i64,
    tax_micros: i64,
}

/// By which credit it was paid.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Credit {
    pub promotional_micros: i64,
    pub voucher_micros: i64,
    pub purchased_micros: i64,
}

/// What a document is about, read together.
pub(super) struct Facts {
    pub storefront: Storefront,
    pub user: User,
    order_id: String,
    placed_us: i64,
    currency: String,
    settings: TaxSettings,
    billing: Billing,
    place: Place,
    included: bool,
    lines: Vec<Line>,
}

/// What of a line is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenBack {
    /// The order line.
    pub line_id: String,
    /// With the tax in it.
    pub gross: Micros,
    /// The tax in it.
    pub tax: Micros,
    /// To which credit it went back.
    pub promotional: Micros,
    /// See [`TakenBack::promotional`].
    pub voucher: Micros,
    /// For people.
    pub reason: String,
}

impl Facts {
    /// Everything about an order's charged lines; none where there is no such order.
    pub fn read(tx: &mut Tx, order_id: &str) -> Result<Option<Facts>, DbError> {
        let row =
            tx.row("SELECT user_id, storefront, created_us, currency FROM orders WHERE id = $1", params![order_id])?;
        let Some(row) = row else { return Ok(None) };
        let (user_id, storefront): (String, String) = (row.get(0)?, row.get(1)?);
        let gone = |what: &str| DbError::Failed(format!("the {what} of order {order_id} is gone"));
        let (place, included) = place(tx, order_id)?;
        Ok(Some(Facts {
            storefront: storefronts::get(tx, &storefront)?.ok_or_else(|| gone("storefront"))?,
            user: users::get(tx, &user_id)?.ok_or_else(|| gone("buyer"))?,
            order_id: order_id.to_owned(),
            placed_us: row.get(2)?,
            currency: row.get(3)?,
            settings: tax::in_use(tx, &storefront)?,
            billing: tax::billing::of_user(tx, &user_id)?,
            place,
            included,
            lines: lines(tx, order_id)?,
        }))
    }

    /// Whether any line was charged.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The receipt.
    pub fn receipt(self, number: String, now_us: i64) -> Document {
        self.document("receipt", number, now_us)
    }

    /// The paper that takes back a part of one line; none where the line is not of this order.
    pub fn credit_note(mut self, number: String, corrects: String, back: &TakenBack, now_us: i64) -> Option<Document> {
        self.lines.retain(|line| line.line == back.line_id);
        let line = self.lines.first_mut()?;
        (line.list_micros, line.discount_micros, line.raised_by_floor_micros) = (back.gross.0, 0, 0);
        (line.paid_before_micros, line.waived_micros) = (0, 0);
        (line.net_micros, line.tax_micros, line.gross_micros) = (back.gross.0 - back.tax.0, back.tax.0, back.gross.0);
        line.paid_with = Credit {
            promotional_micros: back.promotional.0,
            voucher_micros: back.voucher.0,
            purchased_micros: back.gross.0 - back.promotional.0 - back.voucher.0,
        };
        let reason = Some(back.reason.clone());
        Some(Document { corrects: Some(corrects), reason, ..self.document("credit_note", number, now_us) })
    }

    fn document(self, kind: &'static str, number: String, now_us: i64) -> Document {
        let name = Some(self.settings.seller_name).filter(|name| !name.is_empty());
        Document {
            form: FORM,
            kind,
            number,
            issued_at: moment_of(now_us),
            language: self.user.language,
            currency: self.currency,
            seller: Seller {
                name: name.unwrap_or(self.storefront.name),
                address: self.settings.seller_address,
                country: self.settings.seller_country,
                tax_number: self.settings.seller_tax_number,
                note: self.settings.note,
            },
            storefront: self.storefront.id,
            buyer: Buyer {
                id: self.user.id,
                email: self.user.email,
                name: self.billing.name,
                address: self.billing.address,
                country: self.billing.country,
                tax_number: self.billing.tax_number,
            },
            order: Order { id: self.order_id, placed_at: moment_of(self.placed_us) },
            place: self.place,
            prices_include_tax: self.included,
            totals: totals(&self.lines),
            taxes: taxes(&self.lines),
            paid_with: paid_with(&self.lines),
            lines: self.lines,
            corrects: None,
            reason: None,
        }
    }
}

fn totals(lines: &[Line]) -> Amounts {
    lines.iter().fold(Amounts::default(), |sum, line| Amounts {
        list_micros: sum.list_micros + line.list_micros,
        discount_micros: sum.discount_micros + line.discount_micros,
        net_micros: sum.net_micros + line.net_micros,
        tax_micros: sum.tax_micros + line.tax_micros,
        gross_micros: sum.gross_micros + line.gross_micros,
    })
}

fn taxes(lines: &[Line]) -> Vec<TaxOf> {
    let mut rates = std::collections::BTreeMap::<u32, (i64, i64)>::new();
    for line in lines {
        let (net, tax) = rates.entry(line.tax_ppm).or_default();
        *net += line.net_micros;
        *tax += line.tax_micros;
    }
    rates.into_iter().map(|(ppm, (net_micros, tax_micros))| TaxOf { ppm, net_micros, tax_micros }).collect()
}

fn paid_with(lines: &[Line]) -> Credit {
    lines.iter().fold(Credit::default(), |sum, line| Credit {
        promotional_micros: sum.promotional_micros + line.paid_with.promotional_micros,
        voucher_micros: sum.voucher_micros + line.paid_with.voucher_micros,
        purchased_micros: sum.purchased_micros + line.paid_with.purchased_micros,
    })
}

fn place(tx: &mut Tx, order_id: &str) -> Result<(Place, bool), DbError> {
    let row = tx.row(
        "SELECT country, card_country, stated_country, address_country, contradicted, assumed, tax_included
         FROM order_places WHERE order_id = $1",
        params![order_id],
    )?;
    // Orders from before evidence was kept were not taxed.
    let Some(row) = row else { return Ok((Place::default(), true)) };
    let place = Place {
        country: row.get(0)?,
        card_country: row.get(1)?,
        stated_country: row.get(2)?,
        address_country: row.get(3)?,
        contradicted: row.get(4)?,
        assumed: row.get(5)?,
    };
    Ok((place, row.get(6)?))
}

fn lines(tx: &mut Tx, order_id: &str) -> Result<Vec<Line>, DbError> {
    let rows = tx.rows(
        &format!(
            "SELECT l.id, l.track_id, f.title, f.credit, f.release_title, f.label, f.isrc, l.format, l.charged_bytes,
                 f.payload_sha256, l.settled_us, l.charged_micros, COALESCE(l.tax_micros, 0), f.promotional_micros, f.voucher_micros,
                 {}
             FROM order_lines l JOIN order_line_facts f ON f.line_id = l.id
             WHERE l.order_id = $1 AND l.state = 'charged' ORDER BY l.place",
            orders::TERMS
        ),
        params![order_id],
    )?;
    rows.iter().map(line).collect()
}

fn line(row: &Row) -> Result<Line, DbError> {
    let (bytes, gross, tax): (u64, i64, i64) = (row.get(8)?, row.get(11)?, row.get(12)?);
    let (promotional_micros, voucher_micros): (i64, i64) = (row.get(13)?, row.get(14)?);
    let format: String = row.get(7)?;
    let parsed: Format = format.parse().map_err(|e| DbError::Failed(format!("a stored format: {e}")))?;
    let terms = orders::terms_of(row, 15)?;
    let price = terms.price(bytes).ok_or_else(|| DbError::Failed("a charged line has no price".into()))?;
    Ok(Line {
        line: row.get(0)?,
        track: row.get(1)?,
        title: row.get(2)?,
        artists: row.get(3)?,
        release: row.get(4)?,
        label: row.get(5)?,
        isrc: row.get(6)?,
        format_name: parsed.info().name,
        format,
        bytes,
        payload_sha256: row.get(9)?,
        charged_at: moment_of(row.get(10)?),
        list_micros: price.list.0,
        discount_micros: price.discount.0,
        raised_by_floor_micros: price.raised_by_floor.0,
        paid_before_micros: price.paid_before.0,
        waived_micros: price.gross.0 - gross,
        net_micros: gross - tax,
        tax_ppm: terms.tax_ppm,
        tax_micros: tax,
        gross_micros: gross,
        paid_with: Credit {
            promotional_micros,
            voucher_micros,
            purchased_micros: gross - promotional_micros - voucher_micros,
        },
    })
}

/// JSON with the fields of each object in the order of their names and without spaces: one text for one document, however it
/// was laid out before (RFC 8785 for documents without fractions).
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: std::collections::BTreeMap<_, _> = fields.iter().collect();
            let fields =
                sorted.into_iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}
