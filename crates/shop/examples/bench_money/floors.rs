//! The floors: what the same machine does at most for somebody who needs far less than a shop.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shop::clock::Clock;
use shop::db::{DatabaseUrl, Db, DbError, Tx};
use shop::params;

use crate::Failure;

const USERS: u64 = 10_000;
const TABLES: [&str; 4] = [
    "CREATE TABLE floor_users (id TEXT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0))",
    "CREATE TABLE floor_orders (id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL, at_us BIGINT NOT NULL)",
    "CREATE TABLE floor_lines (order_id TEXT NOT NULL, place BIGINT NOT NULL, price BIGINT NOT NULL, PRIMARY KEY (order_id, place))",
    "CREATE TABLE floor_entries (order_id TEXT NOT NULL, place BIGINT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (order_id, place))",
];

/// The smallest purchase: debit, order, two lines, three entries.
pub struct Smallest {
    db: Db,
    clock: Clock,
}

impl Smallest {
    /// In a SQLite file of its own.
    pub async fn open(path: &Path) -> Result<Smallest, Failure> {
        let db = Db::open(&DatabaseUrl::Sqlite(path.to_owned()))?;
        db.write::<_, DbError>(|tx| {
            TABLES.iter().try_for_each(|sql| tx.execute(sql, &[]).map(drop))?;
            let insert = "INSERT INTO floor_users (id, balance) VALUES ($1, $2)";
            (0..USERS).try_for_each(|n| tx.execute(insert, params![format!("user{n}"), i64::MAX]).map(drop))
        })
        .await?;
        Ok(Smallest { db, clock: Clock::system() })
    }

    /// Purchases per second.
    pub async fn run(&self, clients: usize, seconds: u64) -> Result<f64, Failure> {
        let done = Arc::new(AtomicU64::new(0));
        let start_us = self.clock.now_us();
        let end_us = start_us + seconds as i64 * 1_000_000;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..clients as u64 {
            let (db, clock, done) = (self.db.clone(), self.clock.clone(), done.clone());
            tasks.spawn(async move {
                while clock.now_us() < end_us {
                    let (id, user, at_us) = (clock.new_id(), format!("user{}", n * 71 % USERS), clock.now_us());
                    db.write::<_, DbError>(move |tx| purchase(tx, &id, &user, at_us)).await?;
                    done.fetch_add(1, Relaxed);
                }
                Ok::<_, Failure>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(done.load(Relaxed) as f64 * 1e6 / (self.clock.now_us() - start_us) as f64)
    }
}

fn purchase(tx: &mut Tx, id: &str, user: &str, at_us: i64) -> Result<(), DbError> {
    let debit = "UPDATE floor_users SET balance = balance - $1 WHERE id = $2 AND balance >= $1";
    if tx.execute(debit, params![30, user])? != 1 {
        return Err(DbError::Failed("too little".into()));
    }
    tx.execute("INSERT INTO floor_orders (id, user_id, at_us) VALUES ($1, $2, $3)", params![id, user, at_us])?;
    for place in 0..2 {
        tx.execute("INSERT INTO floor_lines (order_id, place, price) VALUES ($1, $2, $3)", params![id, place, 15])?;
    }
    for (place, amount) in [(0, -30), (1, 20), (2, 10)] {
        let insert = "INSERT INTO floor_entries (order_id, place, amount) VALUES ($1, $2, $3)";
        tx.execute(insert, params![id, place, amount])?;
    }
    Ok(())
}

/// Two new databases of the cluster: for the floor and for the shop.
pub fn databases(url: &str) -> Result<(String, String), Failure> {
    let made = std::thread::scope(|scope| {
        let made = scope.spawn(|| -> Result<(), postgres::Error> {
            let mut client = postgres::Client::connect(url, postgres::NoTls)?;
            client.batch_execute("CREATE DATABASE bench_floor")?;
            client.batch_execute("CREATE DATABASE bench_shop")
        });
        made.join().map_err(|_| "connecting panicked")
    });
    made??;
    let (head, _) = url.rsplit_once('/').ok_or("the address ends in no database")?;
    Ok((format!("{head}/bench_floor"), format!("{head}/bench_shop")))
}

/// `pgbench -N`: an update, a select, an insert.
pub struct Pgbench {
    url: String,
}

impl Pgbench {
    /// Fills its tables.
    pub fn open(url: &str) -> Result<Pgbench, Failure> {
        pgbench(url, &["-i", "-q", "-s", "10"])?;
        Ok(Pgbench { url: url.to_owned() })
    }

    /// Transactions per second.
    pub fn run(&self, clients: usize, seconds: u64) -> Result<f64, Failure> {
        let (clients_text, threads) = (clients.to_string(), clients.min(2).to_string());
        let said = pgbench(&self.url, &["-N", "-n", "-c", &clients_text, "-j", &threads, "-T", &seconds.to_string()])?;
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        Ok(tps.ok_or(said)?)
    }
}

fn pgbench(url: &str, args: &[&str]) -> Result<String, Failure> {
    let ran = Command::new("pgbench").args(args).arg(url).output()?;
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}
