//! The threads behind [`super::Db`]: one writer with group commit, a few readers, and one for looks that are shared.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, select, tick};
use tokio::sync::oneshot;

use super::kept::{Kept, Schema};
use super::postgres::Use;
use super::seen::{LOOK_AROUND, TRUST};
use super::{DatabaseUrl, DbError, On, Pace, Prepare, Subject, Tx, postgres, sqlite};

/// Reader threads of a process.
const READERS: usize = 4;
/// Writes that may share one commit.
const MAX_BATCH: usize = 256;
/// Jobs that may wait for a thread before callers wait too.
const MAX_WAITING: usize = 4_096;
/// How far behind each other the orders of a crowd arrive that was answered together: one that went ahead of the others would cost
/// as many ways to the server as all of them.
const CROWD_GAP: Duration = Duration::from_micros(100);
/// How often a job that lost a deadlock is run again.
const MAX_RUNS: usize = 3;
/// How often a lost connection is opened again before a job is told so.
const MAX_CONNECTS: u32 = 5;

/// A write: run it, and later tell its caller what became of the commit.
trait Write: Send {
    /// What it would have looked up ahead, about what.
    fn prepare(&self) -> Option<Preparing>;
    /// Whether the work is to be kept; what it answers is held back.
    fn run(&mut self, tx: &mut Tx) -> Outcome;
    fn answer(self: Box<Self>, committed: Result<(), DbError>);
}

type Preparing = (&'static Prepare, Subject);

enum Outcome {
    Keep,
    Undo,
    Again,
}

type Read = Box<dyn FnOnce(Result<&mut Tx, DbError>) + Send>;

/// A look that can be prepared together with its like.
struct Look {
    prepare: Preparing,
    run: Read,
}

pub(super) struct Workers {
    writes: Sender<Box<dyn Write>>,
    reads: Sender<(Read, bool)>,
    /// Where looks are worth sharing; none where each reader does them alone.
    looks: Option<Sender<Look>>,
    seen: Arc<AtomicU64>,
    /// Writes whose callers wait, and looks ahead of writes.
    open_writes: Arc<AtomicUsize>,
}

/// A write whose caller waits, or a look ahead of one.
struct OpenWrite<'a>(&'a AtomicUsize);

impl<'a> OpenWrite<'a> {
    fn count(open: &'a AtomicUsize) -> OpenWrite<'a> {
        open.fetch_add(1, Ordering::AcqRel);
        OpenWrite(open)
    }
}

impl Drop for OpenWrite<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Workers {
    pub(super) fn start(url: &DatabaseUrl) -> Result<Workers, DbError> {
        let (writes, write_queue) = bounded(MAX_WAITING);
        let (reads, read_queue) = bounded::<(Read, bool)>(MAX_WAITING);
        let mut link = Link::open(url, false, Use::Orders)?;
        let schema = Arc::new(link.schema()?);
        let seen = Arc::new(AtomicU64::new(0));
        spawn("db-writer", writer(link, (schema, seen.clone()), write_queue))?;
        for n in 0..READERS {
            spawn(&format!("db-reader-{n}"), reader(Link::open(url, true, Use::Reads)?, read_queue.clone()))?;
        }
        let looks = match url {
            DatabaseUrl::Sqlite(_) => None,
            DatabaseUrl::Postgres(_) => {
                let (looks, look_queue) = bounded(MAX_WAITING);
                spawn("db-looks", looker(Link::open(url, true, Use::Orders)?, look_queue))?;
                Some(looks)
            }
        };
        Ok(Workers { writes, reads, looks, seen, open_writes: Arc::default() })
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Acquire)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open_writes.load(Ordering::Acquire) == 0
    }

    pub(super) async fn read<T, E>(
        &self,
        is_whole: bool,
        job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (run, answered) = boxed(job);
        put(&self.reads, (run, is_whole)).await?;
        answered.await.unwrap_or_else(|_| Err(stopped().into()))
    }

    pub(super) async fn look<T, E>(
        &self,
        prepare: Preparing,
        job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let _open = OpenWrite::count(&self.open_writes);
        let (run, answered) = boxed(job);
        match &self.looks {
            Some(looks) => put(looks, Look { prepare, run }).await?,
            None => put(&self.reads, (run, false)).await?,
        }
        answered.await.unwrap_or_else(|_| Err(stopped().into()))
    }

    pub(super) async fn write<T, E>(
        &self,
        prepare: Option<Preparing>,
        job: impl FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let _open = OpenWrite::count(&self.open_writes);
        let (answer, answered) = oneshot::channel();
        put(&self.writes, Box::new(Pending { prepare, job, result: None, answer }) as Box<dyn Write>).await?;
        answered.await.unwrap_or_else(|_| Err(stopped().into()))
    }
}

/// A read, and where its answer comes.
fn boxed<T, E>(job: impl FnOnce(&mut Tx) -> Result<T, E> + Send + 'static) -> (Read, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let run: Read = Box::new(move |tx| {
        let result = match tx {
            Ok(tx) => caught(|| job(tx)).unwrap_or_else(|e| Err(e.into())),
            Err(e) => Err(e.into()),
        };
        // The caller may have gone away; then nobody wants the answer.
        let _ = answer.send(result);
    });
    (run, answered)
}

/// Puts a job into its queue without ever blocking the thread of the caller.
async fn put<J: Send + 'static>(queue: &Sender<J>, job: J) -> Result<(), DbError> {
    let mut job = job;
    loop {
        match queue.try_send(job) {
            Ok(()) => return Ok(()),
            Err(crossbeam_channel::TrySendError::Disconnected(_)) => return Err(stopped()),
            Err(crossbeam_channel::TrySendError::Full(back)) => {
                job = back;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }
}

struct Pending<F, T, E> {
    prepare: Option<Preparing>,
    job: F,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Write for Pending<F, T, E>
where
    F: FnMut(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn prepare(&self) -> Option<Preparing> {
        self.prepare.clone()
    }

    fn run(&mut self, tx: &mut Tx) -> Outcome {
        let mut watched = Watched { tx, busy: false };
        let result = caught(|| watched.run(&mut self.job)).unwrap_or_else(|e| Err(e.into()));
        let outcome = match (&result, watched.busy) {
            (Ok(_), _) => Outcome::Keep,
            (Err(_), true) => Outcome::Again,
            (Err(_), false) => Outcome::Undo,
        };
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<(), DbError>) {
        let result = match (self.result, committed) {
            (Some(Err(e)), _) => Err(e),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Ok(_)), Err(e)) => Err(e.into()),
            (None, committed) => Err(committed.err().unwrap_or_else(stopped).into()),
        };
        // The caller may have gone away; what was committed stays committed.
        let _ = self.answer.send(result);
    }
}

/// Runs a job and notes whether the engine asked for another try.
struct Watched<'t, 'a> {
    tx: &'t mut Tx<'a>,
    busy: bool,
}

impl Watched<'_, '_> {
    fn run<T, E>(&mut self, job: &mut impl FnMut(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let result = job(self.tx);
        self.busy = result.is_err() && self.tx.lost_to_another();
        result
    }
}

fn caught<T>(run: impl FnOnce() -> T) -> Result<T, DbError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| DbError::Failed(format!("a job panicked: {}", said(&panic))))
}

fn said(panic: &Box<dyn Any + Send>) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned())
}

fn stopped() -> DbError {
    DbError::Failed("the database has been closed".to_owned())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let built = thread::Builder::new().name(name.to_owned()).spawn(run);
    built.map(drop).map_err(|e| DbError::Failed(format!("no thread for {name}: {e}")))
}

fn writer(
    mut link: Link,
    (schema, seen): (Arc<Schema>, Arc<AtomicU64>),
    queue: Receiver<Box<dyn Write>>,
) -> impl FnOnce() + Send {
    move || {
        let looks = tick(link.trust());
        let mut others = None;
        loop {
            let first = select! {
                recv(queue) -> job => job.ok(),
                recv(looks) -> _ => {
                    link.look_around(&mut others, &seen);
                    continue;
                }
            };
            let Some(first) = first else { return };
            let gap = first.prepare().and_then(|_| link.crowd_gap());
            let mut batch = group(first, &queue, gap);
            let committed = link.commit(&schema, &mut batch, &seen);
            for job in batch {
                job.answer(committed.clone());
            }
        }
    }
}

/// A job and those that wait behind it; with `gap` also those that come within so long of each other.
fn group<J>(first: J, queue: &Receiver<J>, gap: Option<Duration>) -> Vec<J> {
    let mut group = vec![first];
    while group.len() < MAX_BATCH
        && let Some(next) = queue.try_recv().ok().or_else(|| queue.recv_timeout(gap?).ok())
    {
        group.push(next);
    }
    group
}

fn looker(mut link: Link, queue: Receiver<Look>) -> impl FnOnce() + Send {
    move || {
        while let Ok(first) = queue.recv() {
            link.look(group(first, &queue, Some(CROWD_GAP)));
        }
    }
}

fn reader(mut link: Link, queue: Receiver<(Read, bool)>) -> impl FnOnce() + Send {
    move || {
        while let Ok(job) = queue.recv() {
            link.snapshot(job);
        }
    }
}

/// One connection of either engine.
enum Link {
    Sqlite(rusqlite::Connection),
    Postgres { url: String, connection: Box<postgres::Connection> },
}

impl Link {
    fn open(url: &DatabaseUrl, read_only: bool, used: Use) -> Result<Link, DbError> {
        Ok(match url {
            DatabaseUrl::Sqlite(path) => Link::Sqlite(sqlite::open(&PathBuf::from(path), read_only)?),
            DatabaseUrl::Postgres(url) => {
                Link::Postgres { url: url.clone(), connection: Box::new(postgres::open(url, used)?) }
            }
        })
    }

    fn tx(&mut self, pace: Pace) -> Tx<'_> {
        let on = match self {
            Link::Sqlite(c) => On::Sqlite(c),
            Link::Postgres { connection, .. } => On::Postgres(connection),
        };
        Tx { on, busy: false, kept: Kept::default(), answers: Default::default(), pace, is_public: false }
    }

    /// Tables as the database knows them.
    fn schema(&mut self) -> Result<Schema, DbError> {
        let (keys, columns) = match self {
            Link::Sqlite(c) => (sqlite::rows(c, sqlite::FOREIGN_KEYS, &[])?, vec![]),
            Link::Postgres { connection, .. } => {
                (connection.rows(postgres::FOREIGN_KEYS, &[])?, connection.rows(postgres::COLUMN_TYPES, &[])?)
            }
        };
        let mut schema = Schema::default();
        for row in keys {
            schema.parents.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        for row in columns {
            schema.types.insert((row.get(0)?, row.get(1)?), row.get(2)?);
        }
        Ok(schema)
    }

    fn revive(&mut self) -> Result<(), DbError> {
        let Link::Postgres { url, connection } = self else { return Ok(()) };
        let mut tries = 0;
        while connection.is_closed() {
            match postgres::open(url, connection.used) {
                Ok(fresh) => **connection = fresh,
                Err(e) if tries >= MAX_CONNECTS => return Err(e),
                Err(_) => thread::sleep(Duration::from_millis(100 << tries)),
            }
            tries += 1;
        }
        Ok(())
    }

    /// Runs the writes of `batch` and commits them: first all together without savepoints, and when one of them cannot be
    /// undone alone that way, once more from the start with a savepoint each.
    fn commit(&mut self, schema: &Arc<Schema>, batch: &mut [Box<dyn Write>], seen: &AtomicU64) -> Result<(), DbError> {
        self.revive()?;
        match self.transaction((Pace::Together, schema, seen), batch, run_together) {
            Err(NotCommitted::Before(e)) => {
                tracing::debug!(error = %e, writes = batch.len(), "a group of writes is run again one by one");
                self.revive()?;
                self.transaction((Pace::AtOnce, schema, seen), batch, run_one_by_one).map_err(NotCommitted::into_error)
            }
            other => other.map_err(NotCommitted::into_error),
        }
    }

    fn transaction(
        &mut self,
        (pace, schema, seen): (Pace, &Arc<Schema>, &AtomicU64),
        batch: &mut [Box<dyn Write>],
        run: Run,
    ) -> Result<(), NotCommitted> {
        let mut tx = self.tx(pace);
        tx.kept = Kept::new(schema.clone());
        let begun = tx.control(match tx.engine() {
            super::Engine::Sqlite => "BEGIN IMMEDIATE",
            super::Engine::Postgres => "BEGIN",
        });
        let ran = begun.and_then(|()| run(&mut tx, batch)).map_err(NotCommitted::Before);
        let result = ran.and_then(|()| tx.control("COMMIT").map_err(NotCommitted::Perhaps));
        // A commit that failed may stand all the same.
        if tx.is_public && !matches!(result, Err(NotCommitted::Before(_))) {
            seen.fetch_add(1, Ordering::AcqRel);
        }
        if result.is_err() {
            // A connection that cannot even roll back is opened anew by `revive`.
            let _ = tx.control("ROLLBACK");
        }
        result
    }

    /// How long a write out of a crowd waits for the next, where each way costs.
    fn crowd_gap(&self) -> Option<Duration> {
        match self {
            Link::Sqlite(_) => None,
            Link::Postgres { .. } => Some(CROWD_GAP),
        }
    }

    /// How long nobody else is taken to have written.
    fn trust(&self) -> Duration {
        match self {
            Link::Sqlite(_) => LOOK_AROUND,
            Link::Postgres { .. } => TRUST,
        }
    }

    /// Counts one on if another process may have written since the last look; `last` is what SQLite said then.
    fn look_around(&mut self, last: &mut Option<i64>, seen: &AtomicU64) {
        // The connection's own writes do not change it. A look that fails is no reason to trust.
        let said = match self {
            Link::Sqlite(c) => {
                sqlite::rows(c, "PRAGMA data_version", &[]).ok().and_then(|rows| rows.first()?.get(0).ok())
            }
            Link::Postgres { .. } => None,
        };
        if said.is_none() || said != *last {
            seen.fetch_add(1, Ordering::AcqRel);
        }
        *last = said;
    }

    /// Runs looks one after the other, once they have asked together for what they can.
    fn look(&mut self, looks: Vec<Look>) {
        let revived = self.revive();
        let mut tx = self.tx(Pace::Reads);
        let (prepares, runs): (Vec<Preparing>, Vec<Read>) =
            looks.into_iter().map(|look| (look.prepare, look.run)).unzip();
        if let Err(e) = revived.clone().and_then(|()| prepare(&mut tx, prepares)) {
            tracing::debug!(error = %e, looks = runs.len(), "looks are done one by one");
        }
        for run in runs {
            run(revived.clone().map(|()| &mut tx));
        }
    }

    fn snapshot(&mut self, (job, is_whole): (Read, bool)) {
        if let Err(e) = self.revive() {
            return job(Err(e));
        }
        let mut tx = self.tx(Pace::Reads);
        if !is_whole && tx.engine() == super::Engine::Postgres {
            return job(Ok(&mut tx));
        }
        let begun = tx.control(match tx.engine() {
            super::Engine::Sqlite => "BEGIN DEFERRED",
            super::Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        });
        match begun {
            Ok(()) => job(Ok(&mut tx)),
            Err(e) => job(Err(e)),
        }
        // Nothing was written: a failure to end the snapshot harms nobody, and `revive` mends the connection.
        let _ = tx.control("ROLLBACK");
    }
}

type Run = fn(&mut Tx, &mut [Box<dyn Write>]) -> Result<(), DbError>;

/// Why a group was not committed.
enum NotCommitted {
    /// Nothing of it stands.
    Before(DbError),
    /// The commit itself failed: it may stand or not.
    Perhaps(DbError),
}

impl NotCommitted {
    fn into_error(self) -> DbError {
        match self {
            NotCommitted::Before(e) | NotCommitted::Perhaps(e) => e,
        }
    }
}

/// Without savepoints: a job that fails before it wrote anything leaves nothing behind but what is forgotten here.
fn run_together(tx: &mut Tx, batch: &mut [Box<dyn Write>]) -> Result<(), DbError> {
    prepare(tx, batch.iter().filter_map(|job| job.prepare()))?;
    for job in batch {
        tx.busy = false;
        tx.kept.begin_job();
        match job.run(tx) {
            Outcome::Keep => {}
            Outcome::Undo if !tx.kept.wrote() => tx.kept.drop_job(),
            Outcome::Undo | Outcome::Again => {
                return Err(DbError::Failed("a job failed after it had written".to_owned()));
            }
        }
    }
    tx.insert_pending()
}

/// Lets jobs of one sort look up together what they need, where there are several.
fn prepare(tx: &mut Tx, asked: impl IntoIterator<Item = Preparing>) -> Result<(), DbError> {
    let mut sorts: Vec<(&'static Prepare, Vec<Subject>)> = Vec::new();
    for (prepare, subject) in asked {
        match sorts.iter_mut().find(|(known, _)| std::ptr::eq(*known, prepare)) {
            Some((_, subjects)) => subjects.push(subject),
            None => sorts.push((prepare, vec![subject])),
        }
    }
    for (prepare, subjects) in sorts.iter().filter(|(_, subjects)| subjects.len() > 1) {
        caught(|| (prepare.look)(tx, subjects)).and_then(|looked| looked)?;
    }
    Ok(())
}

fn run_one_by_one(tx: &mut Tx, batch: &mut [Box<dyn Write>]) -> Result<(), DbError> {
    for job in batch {
        for run in 1..=MAX_RUNS {
            tx.busy = false;
            tx.kept.begin_job();
            tx.control("SAVEPOINT job")?;
            let outcome = job.run(tx);
            if !matches!(outcome, Outcome::Keep) {
                tx.kept.drop_job();
                tx.control("ROLLBACK TO SAVEPOINT job")?;
            }
            tx.control("RELEASE SAVEPOINT job")?;
            if !matches!(outcome, Outcome::Again) || run == MAX_RUNS {
                break;
            }
        }
    }
    Ok(())
}
