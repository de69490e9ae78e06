//! `make bench-search`: the search index over a made-up catalogue, beside SQLite's FTS5 ranked by bm25 over the same titles and
//! names, in one run. In process: as one types, with a typo, size, time until a change is visible. Over HTTP: suggestions asked
//! by 32 clients of the real program. Rules nothing of the shop.

#[path = "bench_search/questions.rs"]
mod questions;
#[path = "bench_search/fts.rs"]
mod fts;
#[path = "bench_search/web.rs"]
mod web;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shop::Shop;
use shop::catalog::search::Found;
use shop::clock::Clock;
use shop::db::DatabaseUrl;
use shop::demo::synthetic::{Wanted, fill};
use shop::work::Work;

use self::questions::Questions;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Hits of each kind, as the field on every page suggests them.
const SUGGESTED: u32 = 4;
/// What the rival is asked for: as many as all kinds together.
const HITS: usize = 16;
const CLIENTS: usize = 32;
/// Tracks of a catalogue of which the rival is asked every question.
const FTS_TRACKS: usize = 1_000_000;
/// Releases that are withdrawn and put back.
const CHANGED: u32 = 10;
const USAGE: &str =
    "usage: bench_search --data DIR --out FILE --gramovar PROGRAM [--tracks N] [--seed S] [--mrr NUMBER] [--rival no]";

struct Args {
    data: PathBuf,
    out: PathBuf,
    gramovar: Option<PathBuf>,
    tracks: usize,
    seed: u64,
    mrr: String,
    has_rival: bool,
}

fn args() -> Result<Args, Failure> {
    let (mut data, mut out) = (None, None);
    let mut args = Args {
        data: PathBuf::new(),
        out: PathBuf::new(),
        gramovar: None,
        tracks: 1_000_000,
        seed: 1,
        mrr: String::new(),
        has_rival: true,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--data" => data = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            "--gramovar" => args.gramovar = Some(value.into()),
            "--tracks" => args.tracks = value.parse()?,
            "--seed" => args.seed = value.parse()?,
            "--mrr" => args.mrr = value,
            "--rival" => args.has_rival = value != "no",
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Args { data: data.ok_or(USAGE)?, out: out.ok_or(USAGE)?, ..args })
}

/// Times of many calls.
struct Times(Vec<Duration>);

impl Times {
    fn of<T>(questions: &[String], mut ask: impl FnMut(&str) -> Result<T, Failure>) -> Result<Times, Failure> {
        let mut times = Vec::with_capacity(questions.len());
        for question in questions {
            let begun = Instant::now();
            std::hint::black_box(ask(question)?);
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        Ok(Times(times))
    }

    fn ms(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

fn main() -> Result<(), Failure> {
    let args = args()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(args))
}

async fn run(args: Args) -> Result<(), Failure> {
    let shop = open(&args.data).await?;
    let filled = Instant::now();
    let said = AtomicU64::new(0);
    let told = |making, done: usize, of: usize| {
        let reached = (done * 10 / of.max(1)) as u64;
        if said.swap(reached, Relaxed) != reached {
            eprintln!("{making:?}: {done} of {of}");
        }
    };
    fill(&shop, Wanted { tracks: args.tracks, seed: args.seed }, None, told).await?;
    let filled = filled.elapsed();
    let built = Instant::now();
    while shop.search.follow(&shop.db).await? > 0 {}
    let built = built.elapsed();
    eprintln!("filled in {filled:?}, index built in {built:?}");

    let database = args.data.join("gramovar.sqlite");
    let questions = Questions::of(&database, args.tracks)?;
    let search = |question: &str| Ok(shop.search.overview(question, SUGGESTED)?);
    // Other questions first, as a shop that is open has heard; both sides alike.
    Times::of(&questions.before, search)?;
    let ours = [Times::of(&questions.typed, search)?, Times::of(&questions.typos, search)?];
    let kept = kept_percent([&questions.before, &questions.typed], search)?;
    // Of a larger catalogue the rival is asked less, or it would take the hour.
    let step = args.tracks.div_ceil(FTS_TRACKS).max(1);
    let some = |questions: &[String]| questions.iter().step_by(step).cloned().collect::<Vec<_>>();
    let rival = match args.has_rival {
        true => Some(beside(&args.data, &database, [&some(&questions.before), &some(&questions.typed)])?),
        false => None,
    };
    let visible = visible(&shop).await?;
    let where_it_lies = shop.search.bytes()?;
    let index_mb = folder_bytes(&args.data.join("search"))? as f64 / 1e6;
    drop(shop);
    let web = match &args.gramovar {
        Some(program) => Some(Times({
            let mut times = web::ask(program, &args.data, [&questions.before, &questions.typed], CLIENTS)?;
            times.sort_unstable();
            times
        })),
        None => None,
    };

    let millions = args.tracks as f64 / 1e6;
    let row = |what: &str, target: &str, got: f64| format!("| {what} | {target} | {got:.2} |\n");
    let mut text = format!(
        "# Search\n\nWritten by `make bench-search`: {} tracks made by `gramovar demo --synthetic-tracks {} --seed {}`; {} questions \
         as people type them, from the second letter on, and {} whole words with one typo. In process, one thread, after as \
         many other questions; what comes back are kinds and ids, four of each kind. Over HTTP it is the real program with the \
         titles and names that the dropdown shows, after the same other questions, asked by the same clients, who share the \
         questions, and the processors with the program. It keeps \
         titles that were found before, no answers. The rival is SQLite FTS5 over the same titles and names with prefix indexes, \
         ranked by bm25, in the same run; it gives sixteen ids and forgives nothing{}.\n\n\
         | what | target | measured |\n|---|---|---|\n",
        args.tracks,
        args.tracks,
        args.seed,
        questions.typed.len(),
        questions.typos.len(),
        if step > 1 { format!(", and is asked every {step}th question") } else { String::new() }
    );
    let most = if args.tracks > 2_000_000 { "≤ 5" } else { "≤ 2" };
    text += &row("as one types, p50, ms", "", ours[0].ms(50));
    text += &row("as one types, p99, ms", most, ours[0].ms(99));
    text += &row("one typo, p50, ms", "", ours[1].ms(50));
    text += &row("one typo, p99, ms", "≤ 5", ours[1].ms(99));
    if let Some(rival) = &rival {
        let theirs = &rival.times;
        text += &row("FTS5 as one types, p50, ms", "", theirs.ms(50));
        text += &row("FTS5 as one types, p99, ms", "", theirs.ms(99));
        text += &row("FTS5 / ours, p50", "", theirs.ms(50) / ours[0].ms(50).max(1e-6));
        text += &row("FTS5 / ours, p99", "", theirs.ms(99) / ours[0].ms(99).max(1e-6));
    }
    if let Some(web) = &web {
        text += &row(&format!("over HTTP, {CLIENTS} clients, p50, ms"), "", web.ms(50));
        text += &row(&format!("over HTTP, {CLIENTS} clients, p99, ms"), "≤ 10", web.ms(99));
        text += &row("of the titles over HTTP those kept from an earlier question, %", "", kept);
    }
    text += &row("index, MB for a million tracks", "≤ 60", index_mb / millions);
    text += &row("index built anew, s", "", built.as_secs_f64());
    if let Some(rival) = &rival {
        text += &row("FTS5, MB for a million tracks", "", rival.mb / millions);
        text += &row("FTS5 built, s", "", rival.built.as_secs_f64());
    }
    text += &row("a change is visible after, s", "≤ 1", visible.as_secs_f64());
    if !args.mrr.is_empty() {
        text += &format!("| mean reciprocal rank of the golden file | | {} |\n", args.mrr);
    }
    text += "\n## Where the bytes of the index lie\n\n| what | MB for a million tracks |\n|---|---|\n";
    for (what, bytes) in where_it_lies {
        text += &format!("| {what} | {:.2} |\n", bytes as f64 / 1e6 / millions);
    }
    print!("{text}");
    Ok(std::fs::write(&args.out, text)?)
}

/// What the rival took.
struct Rival {
    built: Duration,
    mb: f64,
    times: Times,
}

fn beside(data: &Path, database: &Path, [before, questions]: [&[String]; 2]) -> Result<Rival, Failure> {
    let file = data.join("bench-fts.sqlite");
    let (rival, built) = fts::Rival::build(database, &file)?;
    Times::of(before, |question| rival.ask(question, HITS))?;
    let times = Times::of(questions, |question| rival.ask(question, HITS))?;
    Ok(Rival { built, mb: std::fs::metadata(&file)?.len() as f64 / 1e6, times })
}

/// How many of a hundred titles were found by an earlier question too: the program does not look them up again.
fn kept_percent<F>([before, questions]: [&[String]; 2], search: F) -> Result<f64, Failure>
where
    F: Fn(&str) -> Result<Vec<Found>, Failure>,
{
    let (mut known, mut kept, mut all) = (HashSet::new(), 0u64, 0u64);
    for question in before {
        known.extend(search(question)?);
    }
    for question in questions {
        for found in search(question)? {
            all += 1;
            kept += u64::from(!known.insert(found));
        }
    }
    Ok(kept as f64 * 100.0 / all.max(1) as f64)
}

async fn open(data: &Path) -> Result<Shop, Failure> {
    let settings = shop::Settings {
        data: data.to_owned(),
        database: DatabaseUrl::Sqlite(data.join("gramovar.sqlite")),
        files: shop::files::FilesUrl::Folder(data.join("objects")),
        mail: shop::mail::MailSettings::Folder(data.join("mail")),
        node: "bench".to_owned(),
        encode_threads: 2,
        cache_bytes: 1 << 30,
        cache_age_s: 86_400,
        size_ahead: Vec::new(),
        examiner: shop::catalog::import::Examiner::Within,
        public_url: None,
        payments: Default::default(),
    };
    Ok(Shop::open(settings, Clock::system()).await?)
}

/// How long after its withdrawal, and after it was put back, a release is gone or found again while the shop works: the longest of
/// some times.
async fn visible(shop: &Shop) -> Result<Duration, Failure> {
    let work = Work::start(shop).await?;
    let some = shop.catalog.releases(shop::catalog::ReleaseFilter::All, None, CHANGED).await?;
    let mut longest = Duration::ZERO;
    for card in some.items {
        let release = shop.catalog.release(&card.id).await?.ok_or("it is gone")?;
        let track = release.tracks().next().ok_or("it has no track")?;
        let code = track.isrc.clone().ok_or("it has no ISRC")?;
        let is_found = || -> Result<bool, Failure> {
            Ok(shop.search.find(&code, None, None, 10)?.items.iter().any(|found| found.owner == card.id))
        };
        for is_on_sale in [false, true] {
            match is_on_sale {
                false => shop.catalog.withdraw(&card.id).await?,
                true => shop.catalog.restore(&card.id).await?,
            };
            let begun = Instant::now();
            while is_found()? != is_on_sale {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            longest = longest.max(begun.elapsed());
        }
    }
    work.stop().await;
    Ok(longest)
}

fn folder_bytes(folder: &Path) -> Result<u64, Failure> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() { folder_bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}
