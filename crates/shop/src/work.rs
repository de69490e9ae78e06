//! Work: what a serving process does beside answering: it runs the queue's jobs, keeps the search index up to
//! date, ages the cache, seals the ledger's days.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::day_of;
use crate::db::DbError;
use crate::defects::CHECK;
use crate::jobs::{Job, JobError};
use crate::renditions::{ENCODE, SETTLE, SIZE};
use crate::{Shop, gifts, mail, wallet};

/// How long a claimed job belongs to its worker without a sign of life.
const LEASE: Duration = Duration::from_secs(60);
/// How often a worker gives that sign.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How long a worker waits without being woken: jobs queued by other processes are found after so long at the latest.
const POLL: Duration = Duration::from_millis(500);
/// Wait after the queue itself failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);
/// How often the cache is aged, yesterday is sealed and what a crash left is looked for.
const TIDY_EVERY: Duration = Duration::from_secs(300);
/// How often payments are looked after.
const PAY_EVERY: Duration = Duration::from_secs(1);
/// How often the search index looks for changes of the catalogue.
const FOLLOW_EVERY: Duration = Duration::from_millis(300);
/// How often the changes of the catalogue are looked through for what is to be sized.
const SIZE_EVERY: Duration = Duration::from_secs(2);
/// How often papers are sealed for orders that are decided.
const SEAL_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether sales are to be counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How long a stop waits for what is running.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The file whose lock says that a process serves from this data folder.
const LOCK_FILE: &str = "serve.lock";

/// Why the work did not start.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum StartError {
    #[error("another process serves from {0} already")]
    InUse(PathBuf),
    #[error("{0} cannot be locked: {1}")]
    Lock(PathBuf, std::io::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The running work of a process.
pub struct Work {
    /// Held as long as the work runs; the system frees it when the process dies.
    _lock: File,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Work {
    /// Takes up what an earlier process of this node left, and starts. One process for each node name and data folder.
    pub async fn start(shop: &Shop) -> Result<Work, StartError> {
        let lock = lock(&shop.settings.data)?;
        shop.jobs.release_leases(&shop.settings.node).await?;
        if let Err(e) = shop.renditions.clear_spool() {
            tracing::warn!(error = %e, "the spool could not be emptied");
        }
        shop.orders.renew_held().await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let shop = Arc::new(shop.clone());
        for _ in 0..shop.settings.encode_threads.max(1) {
            tasks.spawn(run_jobs(shop.clone(), &[ENCODE], stopped.clone()));
        }
        tasks.spawn(run_jobs(shop.clone(), &[SIZE], stopped.clone()));
        tasks.spawn(run_jobs(shop.clone(), &[SETTLE], stopped.clone()));
        tasks.spawn(run_jobs(shop.clone(), &[mail::KIND], stopped.clone()));
        tasks.spawn(run_jobs(shop.clone(), &[gifts::KIND], stopped.clone()));
        tasks.spawn(look_after_payments(shop.clone(), stopped.clone()));
        tasks.spawn(run_jobs(shop.clone(), &[CHECK], stopped.clone()));
        tasks.spawn(follow_catalogue(shop.clone(), stopped.clone()));
        tasks.spawn(size_ahead(shop.clone(), stopped.clone()));
        tasks.spawn(draw_waveforms(shop.clone(), stopped.clone()));
        tasks.spawn(seal_papers(shop.clone(), stopped.clone()));
        tasks.spawn(count_sales(shop.clone(), stopped.clone()));
        tasks.spawn(tidy(shop.clone(), stopped));
        Ok(Work { _lock: lock, stop, tasks })
    }

    /// Claims nothing new and waits a little for what is running; the rest is taken up by the next start.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            tracing::info!("work is left for the next start");
        }
        self.tasks.shutdown().await;
    }
}

fn lock(data: &std::path::Path) -> Result<File, StartError> {
    let path = data.join(LOCK_FILE);
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|e| StartError::Lock(path.clone(), e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(data.to_owned())),
        Err(TryLockError::Error(e)) => Err(StartError::Lock(path, e)),
    }
}

async fn run_jobs(shop: Arc<Shop>, kinds: &'static [&'static str], mut stopped: watch::Receiver<bool>) {
    let mut woken = shop.jobs.watch();
    while !*stopped.borrow() {
        woken.mark_unchanged();
        let wait = match shop.jobs.claim(kinds, &shop.settings.node, LEASE).await {
            Ok(Some(job)) => {
                run(&shop, &job).await;
                continue;
            }
            Ok(None) => POLL,
            Err(e) => {
                tracing::error!(error = %e, "the queue failed");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(wait) => {}
            _ = woken.changed() => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Runs one job, with a sign of life now and then.
async fn run(shop: &Shop, job: &Job) {
    let done = async {
        match job.kind.as_str() {
            ENCODE | SIZE => shop.renditions.run_job(job).await,
            SETTLE => shop.orders.run_job(job).await,
            gifts::KIND => shop.gifts.run_job(job).await,
            CHECK => shop.defects.run_job(job).await,
            _ => deliver(shop, job).await,
        }
    };
    let alive = async {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            if let Err(e) = shop.jobs.extend(job, LEASE).await {
                return e;
            }
        }
    };
    let outcome = tokio::select! {
        outcome = done => outcome,
        lost = alive => Err(lost),
    };
    if let Err(e) = outcome {
        tracing::error!(job = ?job, error = %e, "a job failed; it will be taken up again");
    }
}

async fn deliver(shop: &Shop, job: &Job) -> Result<(), JobError> {
    let sent = shop.mail.deliver(job).await;
    let (jobs, job) = (shop.jobs.clone(), job.clone());
    let (error, retry) = match &sent {
        Ok(()) => (None, false),
        Err(e) => (Some(e.to_string()), e.may_retry()),
    };
    shop.db
        .write(move |tx| match &error {
            None => jobs.done(tx, &job),
            Some(error) => jobs.failed(tx, &job, error, retry).map(drop),
        })
        .await
}

/// Takes promotional credit back whose time is over, where the shop sets one.
async fn expire_promotional(shop: &Shop) {
    let Some(seconds) = shop.settings.payments.promotional_expiry_s else { return };
    let micros = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    match shop.wallet.expire_promotional(shop.clock.now_us().saturating_sub(micros)).await {
        Ok(0) => {}
        Ok(balances) => tracing::info!(balances, "promotional credit expired"),
        Err(e) => tracing::error!(error = %e, "promotional credit does not expire"),
    }
}

/// Ends vouchers whose moment has come since the last look, and says up to when it looked.
async fn expire_vouchers(shop: &Shop, since_us: i64) -> i64 {
    let now_us = shop.clock.now_us();
    match shop.vouchers.expire(Some(since_us)).await {
        Ok(0) => now_us,
        Ok(batches) => {
            tracing::info!(batches, "vouchers expired");
            now_us
        }
        Err(e) => {
            tracing::error!(error = %e, "vouchers do not expire");
            since_us
        }
    }
}

/// Keeps asking about payments that nobody has told of, ends what is over, sends refunds.
async fn look_after_payments(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    let mut looked_us = i64::MIN;
    while !*stopped.borrow() {
        looked_us = expire_vouchers(&shop, looked_us).await;
        let hold_us = i64::try_from(shop.settings.payments.hold_expiry_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        match shop.orders.expire_holds(hold_us).await {
            Ok(0) => {}
            Ok(lines) => tracing::warn!(lines, "holds expired and went back"),
            Err(e) => tracing::error!(error = %e, "holds do not expire"),
        }
        expire_promotional(&shop).await;
        let wait = match shop.payments.tick().await {
            Ok(0) => PAY_EVERY,
            Ok(_) => Duration::ZERO,
            Err(e) => {
                tracing::error!(error = %e, "payments are not looked after");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Keeps the search index at the catalogue's present state.
async fn follow_catalogue(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let wait = match shop.search.follow(&shop.db).await {
            Ok(_) => FOLLOW_EVERY,
            Err(e) => {
                tracing::error!(error = %e, "the search index does not follow");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Keeps finding out how large the favourite formats of what is on sale become.
async fn size_ahead(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let wait = match shop.renditions.size_ahead(&shop.settings.size_ahead).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => SIZE_EVERY,
            Err(e) => {
                tracing::error!(error = %e, "sizes are not found ahead");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Draws the outlines of masters that were imported before there were any; every import since draws its own.
async fn draw_waveforms(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    let mut after = String::new();
    while !*stopped.borrow() {
        let wait = match shop.catalog.draw_missing(&after).await {
            Ok(Some(last)) => {
                after = last;
                Duration::ZERO
            }
            Ok(None) => return,
            Err(e) => {
                tracing::error!(error = %e, "outlines are not drawn");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Keeps sealing the papers that are due.
async fn seal_papers(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let wait = match shop.receipts.seal_due().await {
            Ok(0) => SEAL_EVERY,
            Ok(_) => Duration::ZERO,
            Err(e) => {
                tracing::error!(error = %e, "papers are not sealed");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(wait) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Keeps counting what sells.
async fn count_sales(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(e) = shop.charts.count_due().await {
            tracing::error!(error = %e, "sales are not counted");
        }
        tokio::select! {
            _ = tokio::time::sleep(COUNT_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn tidy(shop: Arc<Shop>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(e) = tidy_once(&shop).await {
            tracing::error!(error = %e, "tidying failed");
        }
        tokio::select! {
            _ = tokio::time::sleep(TIDY_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn tidy_once(shop: &Shop) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let taken_up = shop.orders.recover().await?;
    if taken_up > 0 {
        tracing::info!(renditions = taken_up, "took up orders that were left in the middle");
    }
    let forgotten = shop.renditions.evict().await?;
    if forgotten > 0 {
        tracing::info!(renditions = forgotten, "bodies left the cache");
    }
    shop.users.sweep().await?;
    let expired = shop.vouchers.expire(None).await?;
    if expired > 0 {
        tracing::info!(batches = expired, "vouchers expired");
    }
    if shop.together.count_if_due().await? {
        tracing::info!("counted what was bought together");
    }
    let yesterday = day_of(shop.clock.now_us() - 86_400_000_000);
    shop.wallet.seal_day(yesterday).await?;
    let (roots, data) = (shop.wallet.roots().await?, shop.settings.data.clone());
    tokio::task::spawn_blocking(move || wallet::roots::remember(&data, &roots)).await??;
    Ok(())
}
