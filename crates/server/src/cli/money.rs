//! `gramovar tariff`, `audit`.

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use money::{Currency, Micros};
use shop::audit::Progress;

use super::{DONE, PARTLY, open, say};
use crate::config::Flags;

#[derive(Debug, Subcommand)]
pub(super) enum TariffCommand {
    /// Set the price of 1,000,000 bytes of audio. Orders placed before keep theirs.
    #[command(after_help = "Example: gramovar tariff set --data data --price-per-mb 0.02")]
    Set {
        #[command(flatten)]
        flags: Flags,
        /// The price, like 0.02.
        #[arg(long, value_parser = price)]
        price_per_mb: Micros,
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
    let TariffCommand::Set { flags, price_per_mb } = command;
    open(&flags).await?.tariffs.set_price_per_mb(price_per_mb).await?;
    say(&format!("1 MB costs {price_per_mb} {} from now on\n", Currency::USD))
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
