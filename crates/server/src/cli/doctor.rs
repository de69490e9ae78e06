//! `gramovar doctor`: checks a set-up and says what to mend.

use std::path::Path;

use shop::Shop;
use shop::clock::Clock;
use shop::db::DbError;
use shop::files::FilesUrl;
use shop::mail::MailSettings;
use shop::payments::stripe;

use super::{DONE, PARTLY, say};
use crate::config::{Config, Flags, Part};

/// Free space below which a shop soon stops.
const LITTLE_SPACE_BYTES: u64 = 2_000_000_000;
/// A clock that shows an earlier year is wrong: 1 January 2026.
const EARLIEST_US: i64 = 1_767_225_600_000_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: gramovar doctor --data data")]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// One thing that was looked at: what it is, and what is wrong with it or worth knowing.
struct Finding {
    what: &'static str,
    good: bool,
    said: String,
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let mut findings = Vec::new();
    match Config::read(&args.flags, None, Part::Command) {
        Err(e) => findings.push(bad("settings", format!("{e:#}"))),
        Ok(config) => {
            findings.push(good("settings", format!("{} and its gramovar.toml", args.flags.data.display())));
            look(config, &mut findings).await;
        }
    }
    findings.extend(formats());
    for f in &findings {
        say(&format!("{} {:<12} {}\n", if f.good { "ok  " } else { "MEND" }, f.what, f.said))?;
    }
    Ok(if findings.iter().all(|f| f.good) { DONE } else { PARTLY })
}

async fn look(config: Config, findings: &mut Vec<Finding>) {
    findings.push(data_folder(&config.settings.data));
    findings.push(match &config.settings.mail {
        MailSettings::Folder(folder) => {
            good("mail", format!("letters become files in {}; set smtp://… to send them", folder.display()))
        }
        MailSettings::Smtp { from, .. } => {
            good("mail", format!("sent as {from}; the server is asked at the first letter"))
        }
    });
    let files = config.settings.files.clone();
    let shop = match Shop::open(config.settings, Clock::system()).await {
        Ok(shop) => shop,
        Err(e) => return findings.push(bad("shop", format!("does not open: {e}"))),
    };
    if shop.clock.now_us() < EARLIEST_US {
        findings.push(bad("clock", "the system's clock is years behind: set it".into()));
    }
    let database = shop.db.read::<_, DbError>(|tx| Ok(format!("{:?} answers", tx.engine()))).await;
    findings.push(database.map_or_else(|e| bad("database", e.to_string()), |said| good("database", said)));
    findings.push(object_store(&shop, &files).await);
    findings.push(match shop.payments.check(stripe::NAME).await {
        None => good("stripe", "is not set up: set stripe.secret_key to offer it".into()),
        Some(Ok(said)) => good("stripe", said),
        Some(Err(e)) => bad("stripe", e.to_string()),
    });
    findings.push(match shop.geoip.is_open() {
        true => good("geoip", "tells countries of addresses".into()),
        false => good("geoip", "is not set up: every country is unknown".into()),
    });
    match shop.jobs.counts().await {
        Ok(counts) => findings.extend(
            counts
                .into_iter()
                .filter(|c| c.state == "failed")
                .map(|c| bad("queue", format!("{} jobs of kind {} were given up; the log says why", c.count, c.kind))),
        ),
        Err(e) => findings.push(bad("queue", e.to_string())),
    }
}

fn data_folder(data: &Path) -> Finding {
    let probe = data.join(".doctor");
    let written = std::fs::create_dir_all(data).and_then(|()| std::fs::write(&probe, b"x"));
    if let Err(e) = written.and_then(|()| std::fs::remove_file(&probe)) {
        return bad("data folder", format!("{} cannot be written: {e}", data.display()));
    }
    match free_bytes(data) {
        Some(free) if free < LITTLE_SPACE_BYTES => {
            bad("data folder", format!("only {} MB are free: make room, or lower cache_mb", free / 1_000_000))
        }
        Some(free) => good("data folder", format!("{} MB are free", free / 1_000_000)),
        None => good("data folder", "can be written; how much is free is not known".into()),
    }
}

/// Free space, asked of `df` so that no unsafe call is needed here.
fn free_bytes(folder: &Path) -> Option<u64> {
    let out = std::process::Command::new("df").args(["-B1", "--output=avail"]).arg(folder).output().ok()?;
    String::from_utf8(out.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
}

async fn object_store(shop: &Shop, url: &FilesUrl) -> Finding {
    let place = match url {
        FilesUrl::Folder(folder) => folder.display().to_string(),
        FilesUrl::S3 { bucket, prefix, .. } => format!("s3://{bucket}/{prefix}"),
    };
    let name = format!("doctor/{}", shop.clock.new_id());
    let tried = async {
        shop.files.put(&name, b"x".to_vec().into()).await?;
        let back = shop.files.get(&name).await?;
        shop.files.delete(&name).await?;
        Ok::<_, shop::files::FilesError>(back.as_ref() == b"x")
    };
    match tried.await {
        Ok(true) => good("objects", format!("{place} takes and gives")),
        Ok(false) => bad("objects", format!("{place} gives back something else than it took")),
        Err(e) => bad("objects", format!("{place}: {e}")),
    }
}

fn formats() -> Vec<Finding> {
    let list = shop::formats::list();
    let (can, cannot): (Vec<_>, Vec<_>) = list.iter().partition(|f| f.available);
    let mut findings = vec![good("formats", format!("{} formats can be made", can.len()))];
    findings.extend(cannot.iter().map(|f| {
        good("formats", format!("{} is not offered: {}", f.format, f.why_not.as_deref().unwrap_or("unknown reason")))
    }));
    findings
}

fn good(what: &'static str, said: String) -> Finding {
    Finding { what, good: true, said }
}

fn bad(what: &'static str, said: String) -> Finding {
    Finding { what, good: false, said }
}
