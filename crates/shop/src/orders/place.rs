//! Placing: one transaction from quote to entitlement.

use audio::format::Format;
use money::credit::Credit;
use money::{Currency, Micros};
use sha2::{Digest, Sha256};

use super::quote::{Buy, quote};
use super::settle::Waiting;
use super::{Item, OrderError, Orders, terms};
use crate::db::{DbError, Tx, Value};
use crate::params;
use crate::renditions::{Rendition, State};
use crate::storefronts::MAIN;
use crate::wallet::{self, WalletError};

impl Orders {
    /// Returns the order's id, and whether it stood before.
    pub(crate) fn place_in(
        &self,
        tx: &mut Tx,
        user_id: &str,
        key: &str,
        items: &[Item],
        format: Format,
    ) -> Result<(String, bool), OrderError> {
        let request = digest(items, format);
        if let Some(standing) = standing(tx, user_id, key, &request)? {
            return Ok((standing, true));
        }
        let now_us = self.clock.now_us();
        let (quote, buys) = quote(tx, items, format, now_us)?;
        let order_id = self.clock.new_id();
        let fresh = tx.execute(
            "INSERT INTO orders (id, user_id, storefront, idempotency_key, request_sha256, currency, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, idempotency_key) DO NOTHING",
            params![&order_id, user_id, MAIN, key, &request, Currency::USD.code(), now_us],
        )?;
        if fresh == 0 {
            // Another node placed it between our look and our insert.
            let standing = standing(tx, user_id, key, &request)?;
            return standing.map(|id| (id, true)).ok_or(OrderError::Db(DbError::Busy));
        }
        let total = Micros(quote.total_micros);
        let held = self.wallet.hold(tx, user_id, &order_id, total).map_err(|e| too_little(tx, e, user_id, total))?;
        let mut left = held;
        for (place, buy) in buys.iter().enumerate() {
            // Each line takes its part of the order's credit, in the order of the lines.
            let held = left.take(buy.promised.gross).ok_or(OrderError::Price)?;
            left = left.minus(held).ok_or(OrderError::Price)?;
            self.buy(tx, (user_id, &order_id, place), buy, held, now_us)?;
        }
        Ok((order_id, false))
    }

    fn buy(
        &self,
        tx: &mut Tx,
        (user_id, order_id, place): (&str, &str, usize),
        buy: &Buy,
        held: Credit,
        now_us: i64,
    ) -> Result<(), OrderError> {
        let rendition = self.renditions.want(tx, &buy.master_id, &buy.plan, user_id)?;
        let line_id = self.clock.new_id();
        let row: [Value; 12] = [
            (&line_id).into(),
            order_id.into(),
            (place as i64).into(),
            (&buy.track_id).into(),
            buy.release_id.clone().into(),
            (&buy.master_id).into(),
            buy.plan.format.to_string().into(),
            (&rendition.id).into(),
            buy.promised.gross.0.into(),
            held.promotional.0.into(),
            held.voucher.0.into(),
            "held".into(),
        ];
        tx.execute(
            "INSERT INTO order_lines (id, order_id, place, track_id, release_id, master_id, format, rendition_id,
                 held_micros, held_promotional_micros, held_voucher_micros, state, price_per_mb_micros, fixed_micros,
                 discount_ppm, floor_per_track_micros, floor_per_mb_micros, paid_before_micros, tax_ppm, tax_included)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            &row.into_iter().chain(terms::values(&buy.terms)).collect::<Vec<_>>(),
        )?;
        tx.execute(
            "INSERT INTO entitlements (id, user_id, order_line_id, track_id, format, link_version, granted_us)
             VALUES ($1, $2, $3, $4, $5, 1, $6)",
            params![self.clock.new_id(), user_id, &line_id, &buy.track_id, buy.plan.format.to_string(), now_us],
        )?;
        if let Rendition { state: State::Ready, payload_bytes: Some(bytes), .. } = rendition {
            let line = Waiting { id: line_id, user_id: user_id.to_owned(), held, terms: buy.terms };
            self.capture(tx, &line, bytes)?;
        }
        Ok(())
    }
}

fn too_little(tx: &mut Tx, error: WalletError, user_id: &str, needed: Micros) -> OrderError {
    match error {
        WalletError::TooLittle => match wallet::balance(tx, user_id) {
            Ok(has) => OrderError::TooLittle { needed_micros: needed.0, balance_micros: has.balance_micros },
            Err(e) => OrderError::Db(e),
        },
        WalletError::Db(e) => OrderError::Db(e),
        other => OrderError::Ledger(other),
    }
}

/// The order that stands under this key, if any.
fn standing(tx: &mut Tx, user_id: &str, key: &str, request: &str) -> Result<Option<String>, OrderError> {
    let row = tx.row(
        "SELECT id, request_sha256 FROM orders WHERE user_id = $1 AND idempotency_key = $2",
        params![user_id, key],
    )?;
    let Some(row) = row else { return Ok(None) };
    if row.get::<String>(1)? == request { Ok(Some(row.get(0)?)) } else { Err(OrderError::KeyReused) }
}

/// What makes two requests the same.
fn digest(items: &[Item], format: Format) -> String {
    let mut text = format!("{format}\n");
    for item in items {
        match item {
            Item::Release(id) => text += &format!("release {id}\n"),
            Item::Track(id) => text += &format!("track {id}\n"),
        }
    }
    hex::encode(Sha256::digest(text))
}
