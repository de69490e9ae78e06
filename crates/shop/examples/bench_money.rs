//! `make bench-money`: durable whole orders per second, in process, beside two floors of the same run: the smallest
//! purchase through the same group-committing writer on SQLite, and `pgbench -N` on PostgreSQL. Rules nothing of the shop.
//!
//! An order is quote, hold, order, two lines, two entitlements and the journal; both renditions are ready, so both lines
//! are captured at once. Every order buys what its buyer has not bought before. Floors and orders run by turns; the
//! medians are compared.

#[path = "bench_money/floors.rs"]
mod floors;
#[path = "bench_money/market.rs"]
mod market;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shop::clock::Clock;
use shop::db::DatabaseUrl;

use self::market::Market;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Clients at once, each with a balance of its own.
const CLIENTS: [usize; 3] = [1, 32, 128];
const USAGE: &str =
    "usage: bench_money --out FILE [--postgres URL] [--seconds N] [--rounds N] [--only sqlite|postgres]";

struct Args {
    out: Option<PathBuf>,
    postgres: Option<String>,
    seconds: u64,
    rounds: usize,
    only: Option<String>,
}

fn args() -> Result<Args, Failure> {
    let mut args = Args { out: None, postgres: None, seconds: 4, rounds: 5, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--out" => args.out = Some(value.into()),
            "--postgres" => args.postgres = Some(value),
            "--seconds" => args.seconds = value.parse()?,
            "--rounds" => args.rounds = value.parse()?,
            "--only" => args.only = Some(value),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(args)
}

/// One line of the table: per second, one number for each round.
struct Compared {
    engine: &'static str,
    what: String,
    floor: Vec<f64>,
    orders: Vec<f64>,
    /// What is asked of the ratio.
    target: Option<f64>,
}

impl Compared {
    fn ratio(&self) -> f64 {
        median(&self.orders) / median(&self.floor).max(1e-9)
    }

    fn line(&self) -> String {
        let target = self.target.map_or(String::new(), |t| format!("{:.0} %", t * 100.0));
        format!(
            "| {} | {} | {:.0} | {:.0} | {:.0} % | {target} |\n",
            self.engine,
            self.what,
            median(&self.floor),
            median(&self.orders),
            self.ratio() * 100.0
        )
    }
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

fn main() -> Result<(), Failure> {
    let args = args()?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table = Vec::new();
    if args.only.as_deref() != Some("postgres") {
        table.extend(runtime.block_on(sqlite(&args, folder.path()))?);
    }
    if let Some(url) = args.postgres.as_ref().filter(|_| args.only.as_deref() != Some("sqlite")) {
        table.extend(runtime.block_on(postgres(&args, folder.path(), url))?);
    }
    let mut text =
        "| engine | clients | floor per second | orders per second | ratio | asked |\n|---|---|---|---|---|---|\n"
            .to_owned();
    table.iter().for_each(|row| text += &row.line());
    print!("{text}");
    if let Some(out) = &args.out {
        // What stands above the table stays; a file that is not there yet has nothing above it.
        let before = if out.exists() { std::fs::read_to_string(out)? } else { String::new() };
        let kept = before.split("| engine |").next().unwrap_or_default();
        std::fs::write(out, format!("{kept}{text}"))?;
    }
    Ok(())
}

async fn sqlite(args: &Args, folder: &Path) -> Result<Vec<Compared>, Failure> {
    let floor = floors::Smallest::open(&folder.join("floor.sqlite")).await?;
    let market = Market::open(&folder.join("sqlite"), &DatabaseUrl::Sqlite(folder.join("shop.sqlite"))).await?;
    let mut table = Vec::new();
    for clients in CLIENTS {
        let target = [(1, 0.4), (128, 0.25)].iter().find(|(n, _)| *n == clients).map(|(_, t)| *t);
        let mut row = Compared { engine: "SQLite", what: clients.to_string(), floor: vec![], orders: vec![], target };
        for _ in 0..args.rounds {
            row.floor.push(floor.run(clients, args.seconds).await?);
            row.orders.push(run(&market, clients, clients, args.seconds).await?);
        }
        table.push(row);
    }
    let what = "128 on one balance".to_owned();
    let mut row = Compared { engine: "SQLite", what, floor: vec![], orders: vec![], target: None };
    for _ in 0..args.rounds {
        row.floor.push(floor.run(128, args.seconds).await?);
        row.orders.push(run(&market, 128, 1, args.seconds).await?);
    }
    table.push(row);
    Ok(table)
}

async fn postgres(args: &Args, folder: &Path, url: &str) -> Result<Vec<Compared>, Failure> {
    let (floor, shop) = floors::databases(url)?;
    let floor = floors::Pgbench::open(&floor)?;
    let market = Market::open(&folder.join("postgres"), &DatabaseUrl::Postgres(shop)).await?;
    let mut table = Vec::new();
    for (clients, users, target) in [(1, 1, None), (32, 32, Some(0.5)), (128, 128, None), (32, 1, Some(0.35))] {
        let what = if users == clients { clients.to_string() } else { format!("{clients} on one balance") };
        let mut row = Compared { engine: "PostgreSQL", what, floor: vec![], orders: vec![], target };
        for _ in 0..args.rounds {
            row.floor.push(floor.run(clients, args.seconds)?);
            row.orders.push(run(&market, clients, users, args.seconds).await?);
        }
        table.push(row);
    }
    Ok(table)
}

/// Orders per second of `clients` that share the balances of `users` fresh buyers.
async fn run(market: &Market, clients: usize, users: usize, seconds: u64) -> Result<f64, Failure> {
    let buyers = market.buyers(users).await?;
    let (market, done, clock) = (Arc::new(market.clone()), Arc::new(AtomicU64::new(0)), Clock::system());
    let start_us = clock.now_us();
    let end_us = start_us + seconds as i64 * 1_000_000;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..clients {
        let (market, buyer, done, clock) = (market.clone(), buyers[n % users].clone(), done.clone(), clock.clone());
        tasks.spawn(async move {
            while clock.now_us() < end_us {
                market.buy(&buyer).await?;
                done.fetch_add(1, Relaxed);
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(done.load(Relaxed) as f64 * 1e6 / (clock.now_us() - start_us) as f64)
}
