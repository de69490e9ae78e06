//! Settling: held money turns into the exact charge, or goes back.

use std::sync::atomic::Ordering::Relaxed;

use money::credit::Credit;
use money::price::{self, Terms};
use money::vouchers::Books;
use money::{Currency, Micros};

use super::{OrderError, Orders, sold, terms};
use crate::db::{DbError, Row, Tx, Value};
use crate::jobs::{Job, JobError};
use crate::params;
use crate::renditions::{self, State};
use crate::rights::{self, Sale};
use crate::storefronts::MAIN;
use crate::wallet::{Capture, WalletError};

/// A line whose money is held.
pub(super) struct Waiting {
    pub id: String,
    pub user_id: String,
    pub held: Credit,
    pub terms: Terms,
    /// The tax was declared with the voucher that pays.
    pub tax_prepaid: bool,
}

/// What is sold with a line, and where: for papers and rights.
pub(super) struct Of {
    pub facts: sold::Facts,
    pub at: rights::Where,
}

/// What a charge leaves in the line's row.
pub(super) struct Charged {
    pub charged: Micros,
    /// `charged_micros`, `charged_bytes`, `settled_us`, `list_micros`, `discount_micros`, `tax_micros`.
    pub columns: [Value; 6],
    /// What the shop bears, since less was promised.
    pub borne: Micros,
}

impl From<WalletError> for OrderError {
    fn from(error: WalletError) -> OrderError {
        match error {
            WalletError::Db(e) => OrderError::Db(e),
            other => OrderError::Ledger(other),
        }
    }
}

impl Orders {
    /// Does a settle job: settles every line that waits for the rendition that the job names.
    pub(crate) async fn run_job(&self, job: &Job) -> Result<(), JobError> {
        let (orders, job) = (self.clone(), job.clone());
        self.db
            .write(move |tx| {
                let settled = orders.settle(tx, &job.key);
                match settled {
                    Ok(missed) => orders.jobs_done(tx, &job).map(|()| missed),
                    Err(OrderError::Db(e)) => Err(JobError::Db(e)),
                    Err(e) => Err(JobError::Db(DbError::Failed(format!("settling {}: {e}", job.key)))),
                }
            })
            .await
            .map(|missed| self.count(&missed))
    }

    fn count(&self, missed: &[Micros]) {
        self.missed.count.fetch_add(missed.len() as u64, Relaxed);
        let micros: i64 = missed.iter().map(|micros| micros.0).sum();
        self.missed.micros.fetch_add(micros.unsigned_abs(), Relaxed);
    }

    fn jobs_done(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        self.renditions.jobs().done(tx, job)
    }

    /// Returns what the shop bears of each price that was promised too low.
    fn settle(&self, tx: &mut Tx, rendition_id: &str) -> Result<Vec<Micros>, OrderError> {
        let Some(rendition) = renditions::find(tx, rendition_id)? else { return Ok(vec![]) };
        let lines = waiting(tx, rendition_id)?;
        match (rendition.state, rendition.payload_bytes) {
            (State::Ready, Some(bytes)) => {
                let borne = lines.iter().map(|line| self.capture(tx, line, bytes)).collect::<Result<Vec<_>, _>>()?;
                return Ok(borne.into_iter().filter(|borne| borne.0 > 0).collect());
            }
            (State::Failed, _) => lines.iter().try_for_each(|line| self.give_back(tx, line))?,
            _ => (),
        }
        Ok(vec![])
    }

    /// Charges a line for `bytes` of audio payload: the exact price, but never more than was promised. Books it; the line's
    /// row is the caller's to write.
    pub(super) fn charge(&self, tx: &mut Tx, line: &Waiting, of: &Of, bytes: u64) -> Result<Charged, OrderError> {
        let held = line.held.total().ok_or(OrderError::Price)?;
        let exact = line.terms.price(bytes).ok_or(OrderError::Price)?;
        let borne = Micros((exact.gross.0 - held.0).max(0));
        if borne > Micros::ZERO {
            tracing::warn!(line = line.id, shop_bears_micros = borne.0, "a promised price was missed");
        }
        let charged = price::charged(exact.gross, held);
        let tax = line.terms.tax_in(charged).ok_or(OrderError::Price)?;
        let sale = Sale { line: &line.id, at: &of.at, gross: charged, tax, paid_before: line.terms.paid_before };
        let payables = rights::split(tx, &self.clock, &sale)?;
        self.wallet.capture(
            tx,
            &Capture { user_id: &line.user_id, line_id: &line.id, held: line.held, charged, tax, payables: &payables },
        )?;
        if line.tax_prepaid {
            let books = Books { storefront: MAIN, currency: Currency::USD };
            self.wallet.tax_was_prepaid(tx, books, &line.id, tax)?;
        }
        sold::keep(tx, &line.id, &of.facts, line.held.take(charged).ok_or(OrderError::Price)?)?;
        let columns: [Value; 6] = [
            charged.0.into(),
            (bytes as i64).into(),
            self.clock.now_us().into(),
            exact.list.0.into(),
            exact.discount.0.into(),
            tax.0.into(),
        ];
        Ok(Charged { charged, columns, borne })
    }

    /// Charges a line whose row waits. Returns what the shop bears of it.
    fn capture(&self, tx: &mut Tx, line: &Waiting, bytes: u64) -> Result<Micros, OrderError> {
        let of = Of { facts: sold::facts_of(tx, &line.id)?, at: rights::where_sold(tx, &line.id)? };
        let Charged { columns, borne, .. } = self.charge(tx, line, &of, bytes)?;
        tx.execute(
            "UPDATE order_lines SET state = 'charged', charged_micros = $1, charged_bytes = $2, settled_us = $3,
                 list_micros = $4, discount_micros = $5, tax_micros = $6 WHERE id = $7",
            &columns.into_iter().chain([(&line.id).into()]).collect::<Vec<_>>(),
        )?;
        Ok(borne)
    }

    fn give_back(&self, tx: &mut Tx, line: &Waiting) -> Result<(), OrderError> {
        self.wallet.give_back(tx, &line.user_id, &line.id, line.held)?;
        let now_us = self.clock.now_us();
        tx.execute(
            "UPDATE order_lines SET state = 'refunded', charged_micros = 0, settled_us = $1 WHERE id = $2",
            params![now_us, &line.id],
        )?;
        tx.execute(
            "UPDATE entitlements SET revoked_us = $1 WHERE order_line_id = $2 AND revoked_us IS NULL",
            params![now_us, &line.id],
        )?;
        Ok(())
    }

    /// Gives back every hold that is older than `life_us`, whatever keeps its file from being made; one whose file is made is
    /// charged instead. Returns how many lines that were.
    pub(crate) async fn expire_holds(&self, life_us: i64) -> Result<usize, OrderError> {
        let before_us = self.clock.now_us().saturating_sub(life_us);
        if self.db.read(move |tx| expired(tx, before_us)).await?.is_empty() {
            return Ok(0);
        }
        let orders = self.clone();
        self.db
            .write(move |tx| {
                let mut given_back = 0;
                for rendition in expired(tx, before_us)? {
                    for line in waiting(tx, &rendition)? {
                        if is_older(tx, &line.id, before_us)? {
                            orders.give_back(tx, &line)?;
                            given_back += 1;
                        }
                    }
                }
                Ok(given_back)
            })
            .await
    }

    /// After an upgrade of an encoder: lines whose money is held wait for a rendition by the new one from now on.
    pub(crate) async fn renew_held(&self) -> Result<(), DbError> {
        let orders = self.clone();
        self.db
            .write(move |tx| {
                let rows = tx.rows(
                    "SELECT DISTINCT l.rendition_id, o.user_id FROM order_lines l JOIN orders o ON o.id = l.order_id
                     JOIN renditions r ON r.id = l.rendition_id
                     WHERE l.state = 'held' AND r.state NOT IN ('ready', 'failed')",
                    &[],
                )?;
                rows.iter().try_for_each(|row| orders.renew_waiting(tx, &row.get::<String>(0)?, &row.get::<String>(1)?))
            })
            .await
    }

    fn renew_waiting(&self, tx: &mut Tx, rendition_id: &str, user_id: &str) -> Result<(), DbError> {
        let Some(old) = renditions::find(tx, rendition_id)? else { return Ok(()) };
        let Some(master) = renditions::master(tx, &old.master_id)? else { return Ok(()) };
        let Ok(plan) = renditions::plan(old.format, &master) else { return Ok(()) };
        if renditions::id_of(&master.id, &plan) == old.id {
            return Ok(());
        }
        let fresh = self.renditions.want(tx, &master.id, &plan, user_id)?;
        tx.execute(
            "UPDATE order_lines SET rendition_id = $1 WHERE rendition_id = $2 AND state = 'held'",
            params![&fresh.id, rendition_id],
        )?;
        if fresh.state == State::Ready { self.renditions.queue_settling(tx, &fresh.id) } else { Ok(()) }
    }

    /// Queues what a crash may have left between two steps: lines that wait for a rendition that is already made or failed,
    /// and renditions that lines wait for and nobody makes. Returns how many renditions that were.
    pub(crate) async fn recover(&self) -> Result<usize, DbError> {
        let orders = self.clone();
        let found = self
            .db
            .write::<_, DbError>(move |tx| {
                let rows = tx.rows(
                    "SELECT DISTINCT l.rendition_id, r.state, o.user_id FROM order_lines l
                     JOIN renditions r ON r.id = l.rendition_id JOIN orders o ON o.id = l.order_id
                     WHERE l.state = 'held' AND NOT EXISTS (
                         SELECT 1 FROM jobs j WHERE j.job_key = l.rendition_id AND j.state IN ('queued', 'running'))",
                    &[],
                )?;
                for row in &rows {
                    let (id, state, user): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    match state.as_str() {
                        "ready" | "failed" => orders.renditions.queue_settling(tx, &id)?,
                        _ => orders.renditions.queue_encode(tx, &id, &user)?,
                    }
                }
                Ok(rows.len())
            })
            .await?;
        self.renditions.wake();
        Ok(found)
    }
}

/// Renditions that are not made and that lines of orders before `before_us` wait for.
fn expired(tx: &mut Tx, before_us: i64) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(
        "SELECT DISTINCT l.rendition_id FROM order_lines l JOIN orders o ON o.id = l.order_id
         JOIN renditions r ON r.id = l.rendition_id
         WHERE l.state = 'held' AND o.created_us < $1 AND r.state <> 'ready'",
        params![before_us],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

fn is_older(tx: &mut Tx, line_id: &str, before_us: i64) -> Result<bool, DbError> {
    let sql = "SELECT l.id FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.id = $1 AND o.created_us < $2";
    Ok(tx.row(sql, params![line_id, before_us])?.is_some())
}

fn waiting(tx: &mut Tx, rendition_id: &str) -> Result<Vec<Waiting>, DbError> {
    let lock = match tx.engine() {
        crate::db::Engine::Sqlite => "",
        crate::db::Engine::Postgres => " FOR UPDATE OF l",
    };
    let rows = tx.rows(
        &format!(
            "SELECT l.id, o.user_id, l.held_micros, l.held_promotional_micros, l.held_voucher_micros,
                 o.tax_prepaid, {}
             FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.rendition_id = $1 AND l.state = 'held' ORDER BY l.id{lock}",
            terms::COLUMNS
        ),
        params![rendition_id],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                id: row.get(0)?,
                user_id: row.get(1)?,
                held: held(row, 2)?,
                tax_prepaid: row.get(5)?,
                terms: terms::of_row(row, 6)?,
            })
        })
        .collect()
}

/// A line's hold by kind, out of its three columns.
fn held(row: &Row, at: usize) -> Result<Credit, DbError> {
    let (all, promotional, voucher): (i64, i64, i64) = (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?);
    let purchased = Micros(all - promotional - voucher);
    Ok(Credit { promotional: Micros(promotional), voucher: Micros(voucher), purchased })
}
