//! Reading orders back: what happened, and how far what is being made has come.

use std::collections::{BTreeMap, HashMap};

use super::{Line, LineState, Order, OrderState, Orders, Placing, SoldOrder};
use crate::db::{DbError, Row, Tx, Value};
use crate::page::{Page, before_id, limit as page_limit, number_and_id};
use crate::params;

/// Columns of a line, for [`Orders::line_of`]; the entitlement is `e`.
pub(crate) const LINE_COLUMNS: &str =
    "l.id, l.order_id, l.track_id, l.release_id, a.title, t.medium, t.number, t.title,
    t.credit, l.format, CASE WHEN l.state = 'charged' AND e.revoked_us IS NOT NULL THEN 'returned' ELSE l.state END, r.state, l.charged_bytes, r.payload_bytes, l.held_micros, l.charged_micros,
    r.payload_sha256, l.rendition_id, o.user_id";
/// The tables of those columns.
pub(crate) const LINE_TABLES: &str = "order_lines l JOIN orders o ON o.id = l.order_id
    JOIN tracks t ON t.id = l.track_id JOIN releases a ON a.id = t.release_id
    JOIN renditions r ON r.id = l.rendition_id JOIN entitlements e ON e.order_line_id = l.id";

impl Orders {
    pub(super) fn read_one(&self, tx: &mut Tx, user_id: &str, order_id: &str) -> Result<Option<Order>, DbError> {
        let rows = tx.rows(
            "SELECT id, created_us, currency FROM orders WHERE user_id = $1 AND id = $2",
            params![user_id, order_id],
        )?;
        Ok(self.with_lines(tx, &rows)?.pop())
    }

    pub(super) fn read_page(
        &self,
        tx: &mut Tx,
        user_id: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Order>, DbError> {
        let limit = page_limit(Some(limit));
        // Ids sort by time.
        let rows = tx.rows(
            "SELECT id, created_us, currency FROM orders WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            params![user_id, before_id(after)?, i64::from(limit) + 1],
        )?;
        let page = Page::cut(rows, limit, |row| row.get::<String>(0).unwrap_or_default());
        Ok(Page { items: self.with_lines(tx, &page.items)?, next: page.next })
    }

    pub(super) fn read_all(
        &self,
        tx: &mut Tx,
        which: &Placing,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<SoldOrder>, DbError> {
        let limit = page_limit(Some(limit));
        let until = (which.until_us.unwrap_or(i64::MAX), "");
        let behind = after.map(number_and_id).transpose()?.map_or(until, |place| place.min(until));
        let from_us = which.from_us.unwrap_or(0);
        let mut values = params![behind.0, behind.1, from_us, i64::from(limit) + 1].to_vec();
        values.extend(which.user_id.as_ref().map(Value::from));
        let of_user = if which.user_id.is_some() { "AND user_id = $5" } else { "" };
        let sql = format!(
            "SELECT id, created_us, currency, user_id FROM orders WHERE (created_us, id) < ($1, $2) AND created_us >= $3
             {of_user} ORDER BY created_us DESC, id DESC LIMIT $4"
        );
        let rows = tx.rows(&sql, &values)?;
        let place = |row: &Row| Ok::<_, DbError>(format!("{}-{}", row.get::<i64>(1)?, row.get::<String>(0)?));
        let page = Page::cut(rows, limit, |row| place(row).unwrap_or_default());
        Ok(Page { items: self.sold(tx, &page.items)?, next: page.next })
    }

    pub(super) fn read_anybodys(&self, tx: &mut Tx, order_id: &str) -> Result<Option<SoldOrder>, DbError> {
        let rows = tx.rows("SELECT id, created_us, currency, user_id FROM orders WHERE id = $1", params![order_id])?;
        Ok(self.sold(tx, &rows)?.pop())
    }

    fn sold(&self, tx: &mut Tx, rows: &[Row]) -> Result<Vec<SoldOrder>, DbError> {
        let users = rows.iter().map(|row| row.get::<String>(3)).collect::<Result<Vec<_>, _>>()?;
        let orders = self.with_lines(tx, rows)?;
        Ok(orders.into_iter().zip(users).map(|(order, user_id)| SoldOrder { order, user_id }).collect())
    }

    /// The orders of a user's lines, by the lines' ids; other people's are left out.
    pub(super) fn read_orders_of_lines(
        &self,
        tx: &mut Tx,
        user_id: &str,
        lines: &[String],
    ) -> Result<HashMap<String, String>, DbError> {
        if lines.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (2..lines.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT l.id, o.id FROM order_lines l JOIN orders o ON o.id = l.order_id
             WHERE o.user_id = $1 AND l.id IN ({})",
            places.join(", ")
        );
        let values: Vec<Value> = std::iter::once(Value::from(user_id)).chain(lines.iter().map(Value::from)).collect();
        tx.rows(&sql, &values)?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// When some orders of a user were placed, and what became of them.
    pub(super) fn read_outcomes(
        &self,
        tx: &mut Tx,
        user_id: &str,
        orders: &[String],
    ) -> Result<HashMap<String, (i64, OrderState)>, DbError> {
        if orders.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (2..orders.len() + 2).map(|n| format!("${n}")).collect();
        let is_back = "l.state = 'refunded' OR (l.state = 'charged' AND e.revoked_us IS NOT NULL)";
        let sum = |is: &str| format!("CAST(SUM(CASE WHEN {is} THEN 1 ELSE 0 END) AS BIGINT)");
        let sql = format!(
            "SELECT o.id, o.created_us, {}, {}, {} FROM orders o JOIN order_lines l ON l.order_id = o.id
             JOIN entitlements e ON e.order_line_id = l.id
             WHERE o.user_id = $1 AND o.id IN ({}) GROUP BY o.id, o.created_us",
            sum("l.state = 'held'"),
            sum(is_back),
            sum("l.state = 'charged' AND e.revoked_us IS NULL"),
            places.join(", ")
        );
        let values: Vec<Value> = std::iter::once(Value::from(user_id)).chain(orders.iter().map(Value::from)).collect();
        let outcome = |row: &Row| Ok((row.get(0)?, (row.get(1)?, state_by(row.get(2)?, row.get(3)?, row.get(4)?))));
        tx.rows(&sql, &values)?.iter().map(outcome).collect()
    }

    fn with_lines(&self, tx: &mut Tx, orders: &[Row]) -> Result<Vec<Order>, DbError> {
        let ids = orders.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()?;
        let mut lines = self.lines_of(tx, &ids)?;
        orders
            .iter()
            .map(|row| {
                let id: String = row.get(0)?;
                let lines = lines.remove(&id).unwrap_or_default();
                Ok(Order {
                    created_us: row.get(1)?,
                    currency: row.get(2)?,
                    state: state_of(&lines),
                    held_micros: lines.iter().map(|l| l.held_micros).sum(),
                    charged_micros: lines.iter().map(|l| l.charged_micros).sum(),
                    lines: lines.into_iter().map(|l| l.line).collect(),
                    id,
                })
            })
            .collect()
    }

    fn lines_of(&self, tx: &mut Tx, orders: &[String]) -> Result<BTreeMap<String, Vec<Settled>>, DbError> {
        let mut found = BTreeMap::<String, Vec<Settled>>::new();
        if orders.is_empty() {
            return Ok(found);
        }
        let places: Vec<String> = (1..=orders.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT {LINE_COLUMNS} FROM {LINE_TABLES} WHERE l.order_id IN ({}) ORDER BY l.order_id, l.place",
            places.join(", ")
        );
        let values: Vec<Value> = orders.iter().map(Value::from).collect();
        for row in tx.rows(&sql, &values)? {
            let line = self.line_of(&row)?;
            let settled = Settled {
                held_micros: line.held_micros,
                charged_micros: line.charged_micros,
                state: row.get(10)?,
                line,
            };
            found.entry(settled.line.order_id.clone()).or_default().push(settled);
        }
        Ok(found)
    }

    /// A line out of [`LINE_COLUMNS`]; `file_bytes` and `sha256` are for `downloads` to fill in.
    pub(crate) fn line_of(&self, row: &Row) -> Result<Line, DbError> {
        let (state, made): (String, String) = (row.get(10)?, row.get(11)?);
        let rendition_id: String = row.get(17)?;
        let format: String = row.get(9)?;
        let charged_bytes: Option<u64> = row.get(12)?;
        Ok(Line {
            id: row.get(0)?,
            order_id: row.get(1)?,
            track_id: row.get(2)?,
            release_id: row.get(3)?,
            release_title: row.get(4)?,
            medium: row.get(5)?,
            number: row.get(6)?,
            title: row.get(7)?,
            credit: row.get(8)?,
            format: format.parse().map_err(|e| DbError::Failed(format!("a stored format: {e}")))?,
            state: match (state.as_str(), made.as_str()) {
                ("charged", _) => LineState::Ready,
                ("refunded", _) => LineState::Failed,
                ("returned", _) => LineState::Refunded,
                (_, "queued" | "sized") if self.renditions.percent(&rendition_id).is_none() => LineState::Queued,
                _ => LineState::Encoding,
            },
            progress_percent: self.renditions.percent(&rendition_id),
            bytes: charged_bytes.or(row.get(13)?),
            file_bytes: None,
            held_micros: row.get(14)?,
            charged_micros: row.get::<Option<i64>>(15)?.unwrap_or(0),
            sha256: None,
            payload_sha256: row.get(16)?,
            rendition_id,
            user_id: row.get(18)?,
        })
    }
}

/// A line, and what its row says of the money.
struct Settled {
    held_micros: i64,
    charged_micros: i64,
    state: String,
    line: Line,
}

fn state_of(lines: &[Settled]) -> OrderState {
    let count = |state: &str| lines.iter().filter(|l| l.state == state).count() as i64;
    state_by(count("held"), count("refunded") + count("returned"), count("charged"))
}

/// The state of an order with so many lines that are held, whose price is back, and that are charged.
fn state_by(held: i64, back: i64, charged: i64) -> OrderState {
    match (held, back, charged) {
        (1.., ..) => OrderState::Held,
        (_, 0, _) => OrderState::Charged,
        (.., 0) => OrderState::Refunded,
        _ => OrderState::PartCharged,
    }
}
