//! Placing: what is to be bought is looked up ahead, beside other reads; the one transaction then writes order, hold, lines
//! and entitlements. Whether the quote still holds is asked again under the lock of the buyer's money.

use std::collections::BTreeSet;

use money::credit::Credit;
use money::{Currency, Micros};

use super::asked::{Ahead, Request, Seen, code_of};
use super::quote::{Asker, Buy, Quoted, Shown, Wish, quote};
use super::settle::{Of, Waiting};
use super::sold::Facts;
use super::{Line, LineState, Order, OrderError, OrderState, Orders, terms, together};
use crate::consents;
use crate::db::{DbError, Insert, Query, Tx, Value};
use crate::params;
use crate::renditions::{Rendition, State};
use crate::rights::Where;
use crate::storefronts::MAIN;
use crate::tariffs;
use crate::tax::{self, Due};
use crate::vouchers;
use crate::wallet;

/// An order. Its key is its buyer's: a second one under it is refused.
static ORDER: Insert = Insert::into(
    "INSERT INTO orders (id, user_id, storefront, idempotency_key, request_sha256, currency, created_us, code, tax_prepaid)",
);
/// An order's line: written once while its transaction runs, and once more, in its place, when it is charged at once.
static LINE: Insert = Insert {
    into: "INSERT INTO order_lines (id, order_id, place, track_id, release_id, master_id, format, rendition_id,
             held_micros, held_promotional_micros, held_voucher_micros, price_per_mb_micros, fixed_micros,
             discount_ppm, floor_per_track_micros, floor_per_mb_micros, paid_before_micros, tax_ppm, tax_included,
             tax_country, state, charged_micros, charged_bytes, settled_us, list_micros, discount_micros, tax_micros)",
    on_conflict: "ON CONFLICT (id) DO UPDATE SET state = excluded.state, charged_micros = excluded.charged_micros,
             charged_bytes = excluded.charged_bytes, settled_us = excluded.settled_us, list_micros = excluded.list_micros,
             discount_micros = excluded.discount_micros, tax_micros = excluded.tax_micros",
    last_of: Some(0),
};
static ENTITLEMENT: Insert =
    Insert::into("INSERT INTO entitlements (id, user_id, order_line_id, track_id, format, link_version, granted_us)");

/// An order as it was placed.
pub(super) struct Placing {
    pub id: String,
    /// It stood before.
    pub repeated: bool,
    /// The order as it stands, where all of it was charged at once: nothing of it will change by itself.
    pub whole: Option<Order>,
}

impl Placing {
    fn again(id: String) -> Placing {
        Placing { id, repeated: true, whole: None }
    }
}

/// Bytes and SHA-256 of audio payload that is made.
type Payload = (u64, Option<String>);

/// An order on its way into the database.
struct Opened<'a> {
    id: String,
    user_id: &'a str,
    now_us: i64,
    /// Where its buyer is.
    country: Option<String>,
    /// The tax was declared with the voucher that pays.
    tax_prepaid: bool,
}

impl Orders {
    /// Places an order within somebody's transaction. Returns its id, and whether it stood before.
    pub(crate) fn place_in(
        &self,
        tx: &mut Tx,
        user_id: &str,
        key: &str,
        wish: &Wish,
    ) -> Result<(String, bool), OrderError> {
        let request = self.request(user_id, key, wish.clone());
        let placing = self.place_now(tx, &request)?;
        Ok((placing.id, placing.repeated))
    }

    /// Looks and places within the same transaction.
    pub(super) fn place_now(&self, tx: &mut Tx, request: &Request) -> Result<Placing, OrderError> {
        let ahead = self.look_ahead(tx, request)?;
        self.place_ahead(tx, request, &ahead)
    }

    /// Looks, before the transaction, whether the order stands, and what it costs.
    pub(super) fn look_ahead(&self, tx: &mut Tx, request: &Request) -> Result<Ahead, OrderError> {
        let Before { standing, seen, rules_version } = before(tx, request)?;
        if let Some(standing) = standing {
            return Ok(Ahead::Standing(standing));
        }
        let due = tax::due(tx, MAIN, Some(&request.user_id), request.address, request.at_us)?;
        agreed(tx, request, &due)?;
        Ok(Ahead::Quoted { quoted: self.quoted(tx, request, &due, &rules_version)?, seen, due })
    }

    fn quoted(&self, tx: &mut Tx, request: &Request, due: &Due, rules_version: &str) -> Result<Quoted, OrderError> {
        let asker = Asker { user_id: Some(&request.user_id), now_us: request.at_us, due };
        let rules = self.tariffs.rules_of(tx, rules_version)?;
        quote(tx, rules, &request.wish, asker)
    }

    /// Places an order. A quote that was made ahead serves if the buyer placed no other order since; else there is a new one.
    pub(super) fn place_ahead(&self, tx: &mut Tx, request: &Request, ahead: &Ahead) -> Result<Placing, OrderError> {
        let (quoted, seen, due) = match ahead {
            Ahead::Standing(id) => return Ok(Placing::again(id.clone())),
            Ahead::Quoted { quoted, seen, due } => (quoted, seen, due),
        };
        // From here on nobody else places an order for this user.
        let has = wallet::free(tx, &request.user_id)?;
        let holds = together::still_holds(tx, request, quoted, &seen.texts)?;
        if holds != Some(false)
            && let Some(placing) = self.try_in(tx, request, quoted, (seen, due), (has, holds == Some(true)))?
        {
            return Ok(placing);
        }
        let Before { standing, seen, rules_version } = before(tx, request)?;
        if let Some(standing) = standing {
            return Ok(Placing::again(standing));
        }
        agreed(tx, request, due)?;
        let quoted = self.quoted(tx, request, due, &rules_version)?;
        let total_micros = quoted.quote.total_micros;
        if let Some(promised_micros) = request.wish.promised_micros.filter(|promised| *promised < total_micros) {
            return Err(OrderError::PriceRose { total_micros, promised_micros });
        }
        match self.try_in(tx, request, &quoted, (&seen, due), (has, false))? {
            Some(placing) => Ok(placing),
            None => {
                let (needed_micros, balance_micros) = (total_micros, has.total().map_or(0, |has| has.0));
                match needed_micros > balance_micros {
                    true => Err(OrderError::TooLittle { needed_micros, balance_micros }),
                    false => Err(OrderError::Db(DbError::Busy)),
                }
            }
        }
    }

    /// Writes the order if its buyer has the money, it costs no more than was promised, and the quote is known to hold; where
    /// it is not, if his last order is the one that was seen, and so are the texts to be agreed to. Else nothing.
    fn try_in(
        &self,
        tx: &mut Tx,
        request: &Request,
        quoted: &Quoted,
        (seen, due): (&Seen, &Due),
        (has, holds): (Credit, bool),
    ) -> Result<Option<Placing>, OrderError> {
        let Quoted { quote, buys, voucher, .. } = quoted;
        if let Some(order_ids) = quote.owned().filter(|_| request.wish.only_new) {
            return Err(OrderError::Owned { order_ids });
        }
        let total = Micros(quote.total_micros);
        let is_kept = request.wish.promised_micros.is_none_or(|promised| total.0 <= promised);
        if !is_kept || has.total().ok_or(OrderError::Price)? < total {
            return Ok(None);
        }
        let country = due.country().map(|country| country.code().to_owned());
        let (id, now_us) = (self.clock.new_id(), self.clock.now_us());
        let tax_prepaid = request.wish.tax_prepaid;
        let order = Opened { id, user_id: &request.user_id, now_us, country, tax_prepaid };
        if !write(tx, request, &order, seen, holds)? {
            return Ok(None);
        }
        together::placed(tx, request, quoted, &order.id);
        tax::keep(tx, &order.id, due)?;
        let mut left = self.wallet.hold(tx, order.user_id, &order.id, total)?;
        let mut lines = Vec::new();
        for (place, buy) in buys.iter().enumerate() {
            // Each line takes its part of the order's credit, in the order of the lines.
            let held = left.take(buy.promised.gross).ok_or(OrderError::Price)?;
            left = left.minus(held).ok_or(OrderError::Price)?;
            lines.push(self.buy(tx, &order, place, buy, held)?);
        }
        self.spend(tx, &order, buys, voucher.as_deref())?;
        let whole = lines.into_iter().collect::<Option<Vec<Line>>>().map(|lines| Order {
            id: order.id.clone(),
            created_us: order.now_us,
            currency: quote.currency.clone(),
            state: OrderState::Charged,
            held_micros: lines.iter().map(|line| line.held_micros).sum(),
            charged_micros: lines.iter().map(|line| line.charged_micros).sum(),
            lines,
        });
        Ok(Some(Placing { id: order.id, repeated: false, whole }))
    }

    /// Notes what the order used up: promotions, and a percentage voucher.
    fn spend(&self, tx: &mut Tx, order: &Opened, buys: &[Buy], voucher: Option<&str>) -> Result<(), OrderError> {
        // Nobody but an order of this user spends it, and then the quote was not the last word.
        if let Some(serial) = voucher
            && !vouchers::spend_percent(tx, serial, &order.id)?
        {
            return Err(OrderError::Db(DbError::Busy));
        }
        let promotions: BTreeSet<String> = buys.iter().flat_map(|buy| buy.promotions.iter().cloned()).collect();
        Ok(self.tariffs.used(tx, promotions, &order.id, order.user_id)?)
    }

    /// Writes a line, and charges it if its rendition is there; returns it then.
    fn buy(
        &self,
        tx: &mut Tx,
        order: &Opened,
        place: usize,
        buy: &Buy,
        held: Credit,
    ) -> Result<Option<Line>, OrderError> {
        let (line_id, format) = (self.clock.new_id(), buy.plan.format.to_string());
        let (rendition_id, ready) = match &buy.size {
            Some(size) if size.is_ready => (buy.rendition_id.clone(), Some((size.bytes, size.sha256.clone()))),
            _ => self.wanted(tx, buy, order.user_id)?,
        };
        let row: [Value; 11] = [
            (&line_id).into(),
            (&order.id).into(),
            (place as i64).into(),
            (&buy.track_id).into(),
            buy.release_id.clone().into(),
            (&buy.master_id).into(),
            (&format).into(),
            (&rendition_id).into(),
            buy.promised.gross.0.into(),
            held.promotional.0.into(),
            held.voucher.0.into(),
        ];
        let country = Value::from(order.country.clone());
        let row: Vec<Value> = row.into_iter().chain(terms::values(&buy.terms)).chain([country]).collect();
        let of_charge = [Value::Null, Value::Null, Value::Null, Value::Null, Value::Null, Value::Null];
        tx.later(&LINE, row.iter().cloned().chain(["held".into()]).chain(of_charge).collect())?;
        let granted = params![self.clock.new_id(), order.user_id, &line_id, &buy.track_id, &format, 1, order.now_us];
        tx.later(&ENTITLEMENT, granted.to_vec())?;
        let Some((bytes, payload_sha256)) = ready else { return Ok(None) };
        let line = Waiting {
            id: line_id,
            user_id: order.user_id.to_owned(),
            held,
            terms: buy.terms,
            tax_prepaid: order.tax_prepaid,
        };
        let charged = self.charge(tx, &line, &of_sale(order, buy, payload_sha256.clone()), bytes)?;
        let line = Line { payload_sha256, ..bought(line, &order.id, buy, rendition_id, (bytes, charged.charged)) };
        tx.later(&LINE, row.into_iter().chain(["charged".into()]).chain(charged.columns).collect())?;
        Ok(Some(line))
    }

    /// Has a rendition made; its payload where somebody else had it made meanwhile.
    fn wanted(&self, tx: &mut Tx, buy: &Buy, user_id: &str) -> Result<(String, Option<Payload>), DbError> {
        let rendition = self.renditions.want(tx, &buy.master_id, &buy.plan, user_id)?;
        let Rendition { id, state, payload_bytes, payload_sha256, .. } = rendition;
        Ok((id, payload_bytes.filter(|_| state == State::Ready).map(|bytes| (bytes, payload_sha256))))
    }
}

/// Writes the order's row; where the quote is not known to hold only if the database says so.
fn write(tx: &mut Tx, request: &Request, order: &Opened, seen: &Seen, holds: bool) -> Result<bool, DbError> {
    let row = params![
        &order.id,
        order.user_id,
        MAIN,
        &request.key,
        request.digest(),
        Currency::USD.code(),
        order.now_us,
        code_of(&request.wish),
        order.tax_prepaid
    ];
    if holds {
        return tx.later(&ORDER, row.to_vec()).map(|()| true);
    }
    let sql = format!(
        "{} SELECT $1, $2, $3, $4, $5, $6, CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS BIGINT)
         WHERE (SELECT id FROM orders WHERE user_id = $2 ORDER BY created_us DESC, id DESC LIMIT 1)
             IS NOT DISTINCT FROM $10 AND {} = $11
         ON CONFLICT (user_id, idempotency_key) DO NOTHING",
        ORDER.into,
        consents::version_sql("$3")
    );
    let guard: [Value; 2] = [seen.last.clone().into(), (&seen.texts).into()];
    Ok(tx.execute(&sql, &row.iter().cloned().chain(guard).collect::<Vec<_>>())? > 0)
}

/// Refuses a buyer who still has to agree to something.
fn agreed(tx: &mut Tx, request: &Request, due: &Due) -> Result<(), OrderError> {
    let missing = consents::missing(tx, &request.user_id, MAIN, consents::whereabouts(due.evidence()))?;
    if missing.is_empty() { Ok(()) } else { Err(OrderError::ConsentRequired(missing)) }
}

/// How things stand before an order: what a quote has to be made of, and what it rests on.
struct Before {
    /// The order that stands under the request's key.
    standing: Option<String>,
    seen: Seen,
    /// The rules of prices in force.
    rules_version: String,
}

fn before(tx: &mut Tx, request: &Request) -> Result<Before, OrderError> {
    let rows = tx.ask(&before_query(request))?;
    let row = rows.first().ok_or_else(|| DbError::Failed("an answer without a row".to_owned()))?;
    let standing: Option<String> = row.get(0)?;
    if standing.is_some() && row.get::<String>(1)? != request.digest() {
        return Err(OrderError::KeyReused);
    }
    let seen = Seen { last: row.get(2)?, texts: row.get(3)? };
    Ok(Before { standing, seen, rules_version: row.get::<Option<String>>(4)?.unwrap_or_default() })
}

/// What is asked first of an order.
pub(super) fn before_query(request: &Request) -> Query {
    let sql = format!(
        "SELECT o.id, o.request_sha256,
             (SELECT id FROM orders WHERE user_id = $1 ORDER BY created_us DESC, id DESC LIMIT 1), {}, {}
         FROM (SELECT 1 AS one) asked LEFT JOIN orders o ON o.user_id = $1 AND o.idempotency_key = $2",
        consents::version_sql("$3"),
        tariffs::RULES_VERSION_SQL
    );
    Query::new(sql, params![&request.user_id, &request.key, MAIN])
}

/// What is sold with a line of this order, and where.
fn of_sale(order: &Opened, buy: &Buy, payload_sha256: Option<String>) -> Of {
    let Shown { title, credit, release_title, label, .. } = buy.shown.clone();
    let facts = Facts {
        order_id: order.id.clone(),
        title,
        credit,
        release_title,
        label,
        isrc: buy.sold.isrc.clone(),
        payload_sha256,
    };
    let (storefront, currency) = (MAIN.to_owned(), Currency::USD.code().to_owned());
    Of { facts, at: Where { storefront, currency, territory: order.country.clone(), sold: buy.sold.clone() } }
}

/// A line that was charged at once.
fn bought(line: Waiting, order_id: &str, buy: &Buy, rendition_id: String, (bytes, charged): (u64, Micros)) -> Line {
    Line {
        id: line.id,
        order_id: order_id.to_owned(),
        track_id: buy.track_id.clone(),
        release_id: buy.release_id.clone(),
        release_title: buy.shown.release_title.clone(),
        medium: buy.shown.medium,
        number: buy.shown.number,
        title: buy.shown.title.clone(),
        credit: buy.shown.credit.clone(),
        format: buy.plan.format,
        state: LineState::Ready,
        progress_percent: None,
        bytes: Some(bytes),
        file_bytes: None,
        held_micros: buy.promised.gross.0,
        charged_micros: charged.0,
        sha256: None,
        payload_sha256: None,
        rendition_id,
        user_id: line.user_id,
    }
}
