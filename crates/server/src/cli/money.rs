//! `gramovar tariff`, `audit`.

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use money::{Currency, Micros};
use shop::audit::Progress;
use shop::clock;
use shop::simulation::{self, Simulated, Sums};

use super::{DONE, PARTLY, open, say};
use crate::api::operator::apply;
use crate::config::Flags;

#[derive(Debug, Subcommand)]
pub(super) enum TariffCommand {
    /// Set the price of 1,000,000 bytes of audio. Orders placed before keep theirs.
    #[command(after_help = "Example: gramovar tariff set --data data --price-per-mb 0.02")]
    Set {
        #[command(flatten)]
        flags: Flags,
        /// The price, like 0.02.
        #[arg(long, value_parser = price, allow_negative_numbers = true)]
        price_per_mb: Micros,
    },
    /// What would past orders have cost under a changed tariff? Changes nothing.
    #[command(
        after_help = "Example: gramovar tariff simulate --data data changed.toml --from 2026-10-01 --to 2026-11-01"
    )]
    Simulate {
        #[command(flatten)]
        flags: Flags,
        /// What would be changed: a file as for `gramovar apply`.
        file: std::path::PathBuf,
        /// The first instant, like 2026-10-01 [default: the beginning of last month].
        #[arg(long, value_parser = moment, value_name = "WHEN")]
        from: Option<i64>,
        /// The first instant after it [default: the end of last month].
        #[arg(long, value_parser = moment, value_name = "WHEN")]
        to: Option<i64>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar audit --data data && echo all is well")]
pub(super) struct AuditArgs {
    #[command(flatten)]
    flags: Flags,
    /// A public key that roots must be signed with, as `gramovar ledger key` printed it; may be given several times.
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// Roots that were kept elsewhere, as `gramovar ledger roots` printed them.
    #[arg(long, value_name = "FILE")]
    roots: Option<std::path::PathBuf>,
}

/// An amount in the shop's currency, with the decimals that people use.
pub(super) fn amount(text: &str) -> Result<Micros, String> {
    Micros::parse(text, Currency::USD.decimals()).map_err(|e| e.to_string())
}

/// A price, which may be finer than a coin.
fn price(text: &str) -> Result<Micros, String> {
    Micros::parse(text, 6).map_err(|e| e.to_string())
}

pub(super) async fn tariff(command: TariffCommand) -> anyhow::Result<u8> {
    let (flags, price_per_mb) = match command {
        TariffCommand::Set { flags, price_per_mb } => (flags, price_per_mb),
        TariffCommand::Simulate { flags, file, from, to } => return simulate(&flags, &file, from, to).await,
    };
    open(&flags).await?.tariffs.set_price_per_mb(price_per_mb).await?;
    say(&format!("1 MB costs {price_per_mb} {} from now on\n", Currency::USD))
}

async fn simulate(flags: &Flags, file: &std::path::Path, from: Option<i64>, to: Option<i64>) -> anyhow::Result<u8> {
    let text = super::apply::text_of(file)?;
    let shop = open(flags).await?;
    let (last, this) = clock::month_before(shop.clock.now_us());
    let (from_us, until_us) = (from.unwrap_or(last), to.unwrap_or(this));
    anyhow::ensure!(from_us < until_us, "--to is a time after --from");
    let rules = apply::rules_under(&shop, &text).await.with_context(|| file.display().to_string())?;
    let simulated = simulation::simulate(&shop, rules, from_us, until_us).await?;
    say(&simulated_text(&simulated, from_us, until_us))
}

fn simulated_text(simulated: &Simulated, from_us: i64, until_us: i64) -> String {
    let mut text = format!(
        "{} to {}, in {}\n{:<10} {:<10} {:>8} {:>16} {:>16} {:>16}\n",
        clock::moment_of(from_us),
        clock::moment_of(until_us),
        Currency::USD,
        "class",
        "tier",
        "tracks",
        "MB",
        "charged",
        "would be"
    );
    let row = |class: &str, tier: &str, sums: &Sums| {
        let megabytes = sums.bytes / money::price::BYTES_PER_MB;
        let (before, after) = (Micros(sums.before_micros).to_string(), Micros(sums.after_micros).to_string());
        format!("{class:<10} {tier:<10} {:>8} {megabytes:>16} {before:>16} {after:>16}\n", sums.lines)
    };
    for ((class, tier), sums) in &simulated.by_kind {
        text += &row(class, tier, sums);
    }
    text += &row("all", "", &simulated.total);
    let Simulated { buyers, dearer_for, cheaper_for, .. } = simulated;
    text + &format!("of {buyers} buyers, {dearer_for} would have paid more and {cheaper_for} less\n")
}

/// A moment, or a day.
fn moment(text: &str) -> Result<i64, String> {
    clock::moment_from(text).ok_or_else(|| "write it like 2026-10-01, or 2026-10-01T00:00:00Z".to_owned())
}

pub(super) async fn audit(args: AuditArgs) -> anyhow::Result<u8> {
    // Opening would make an empty shop, whose books are always right.
    anyhow::ensure!(args.flags.data.exists(), "there is no shop in {}", args.flags.data.display());
    let shop = open(&args.flags).await?;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {eta}")?);
    let shown = bar.clone();
    let roots = args.roots.map(|path| std::fs::read_to_string(&path).with_context(|| path.display().to_string()));
    let roots = roots.transpose()?.unwrap_or_default().lines().map(str::to_owned).collect();
    let trusted = shop::audit::Trusted { keys: args.key, roots };
    let found = shop::audit::audit_trusting(&shop, trusted, move |progress| match progress {
        Progress::Entries(n) => shown.set_message(format!("{n} ledger entries")),
        Progress::Files { done, of } => {
            shown.set_length(of);
            shown.set_position(done);
            shown.set_message("files");
        }
    })
    .await?;
    bar.finish_and_clear();
    for note in &found.notes {
        eprintln!("note: {note}");
    }
    let differences = found.differences;
    if differences.is_empty() {
        return say("0 differences\n").map(|_| DONE);
    }
    say(&differences.iter().map(|d| format!("{d}\n")).collect::<String>()).map(|_| PARTLY)
}
