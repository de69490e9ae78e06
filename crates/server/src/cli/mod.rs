//! The command line. Names, flags and exit codes are a contract (docs/command-line.md).

mod progress;
mod catalogue;
mod serve;
mod demo;
mod doctor;
mod encode;
mod examine;
mod apply;
mod money;
mod ledger;
mod vouchers;
mod receipt;
mod royalties;
mod volume;
mod notice;
mod users;
mod ffi;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use shop::Shop;
use shop::clock::Clock;
use shop::db::DatabaseUrl;
use shop::files::FilesUrl;
use shop::mail::MailSettings;

use crate::config::{Config, Flags, Part};

/// An online music store in one program.
#[derive(Debug, Parser)]
#[command(name = "gramovar", version, about, after_help = "Start here: gramovar demo --data demo")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the shop.
    Serve(serve::Args),
    /// Open a shop with a demo catalogue, a listener with credit and some vouchers.
    Demo(demo::Args),
    /// Put folders of lossless masters on sale.
    Import(catalogue::ImportArgs),
    /// List the tracks whose masters seem to be lossy, upsampled or padded.
    Marked(catalogue::MarkedArgs),
    /// Make, print, look up and stop vouchers.
    #[command(subcommand, after_help = "Example: gramovar voucher create --data data --amount 10.00 --count 20")]
    Voucher(vouchers::VoucherCommand),
    /// Set the price.
    #[command(subcommand, after_help = "Example: gramovar tariff set --data data --price-per-mb 0.02")]
    Tariff(money::TariffCommand),
    /// Set the shop as a file says: tariffs and all else that an operator sets. Applied twice, the second time changes nothing.
    Apply(apply::ApplyArgs),
    /// Make and look after users.
    #[command(subcommand, after_help = "Example: gramovar user show --data data --email me@shop.example")]
    User(users::UserCommand),
    /// Print the trial balance; keys, roots and corrections.
    Ledger(Box<ledger::LedgerArgs>),
    /// Close months for those who are paid, and note payments to them.
    #[command(subcommand, after_help = "Example: gramovar royalties close --data data --period 2026-10")]
    Royalties(royalties::RoyaltiesCommand),
    /// Close the shop for maintenance, and open it again.
    #[command(subcommand, after_help = "Example: gramovar notice on --data data --message \"Back at noon.\"")]
    Notice(notice::NoticeCommand),
    /// Print what was paid in and spent, by country, over twelve months.
    Volume(Box<volume::VolumeArgs>),
    /// Check receipts without the shop.
    #[command(subcommand, after_help = "Example: gramovar receipt verify receipt.pdf")]
    Receipt(receipt::ReceiptCommand),
    /// Recompute the ledger and check every file; prints each difference.
    Audit(money::AuditArgs),
    /// Encode one file: the engine alone.
    Encode(encode::EncodeArgs),
    /// List the formats.
    Formats(encode::FormatsArgs),
    /// Look at one file under hard limits, for the process that started this one.
    #[command(hide = true)]
    Examine(examine::Args),
    /// Check the set-up and say what to mend.
    Doctor(doctor::Args),
    /// Print the version.
    #[command(after_help = "Example: gramovar version")]
    Version,
}

/// Exit codes that a script can rely on.
pub(crate) const DONE: u8 = 0;
/// Done in part, or differences were found.
pub(crate) const PARTLY: u8 = 1;
/// Nothing was done.
pub(crate) const FAILED: u8 = 2;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    ffi::return_large_blocks();
    let command = Cli::parse().command;
    if let Command::Examine(args) = command {
        return told(examine::run(args));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return told(Err(anyhow::anyhow!("no runtime: {e}"))),
    };
    let done = runtime.block_on(async {
        match command {
            Command::Serve(args) => serve::run(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Import(args) => catalogue::import(args).await,
            Command::Marked(args) => catalogue::marked(args).await,
            Command::Voucher(command) => vouchers::run(command).await,
            Command::Tariff(command) => money::tariff(command).await,
            Command::Apply(args) => apply::run(args).await,
            Command::User(command) => users::run(command).await,
            Command::Ledger(args) => ledger::run(*args).await,
            Command::Royalties(command) => royalties::run(command).await,
            Command::Notice(command) => notice::run(command).await,
            Command::Volume(args) => volume::run(*args).await,
            Command::Receipt(command) => receipt::run(command),
            Command::Audit(args) => money::audit(args).await,
            Command::Encode(args) => encode::encode(args),
            Command::Formats(args) => encode::formats(args),
            Command::Examine(args) => examine::run(args),
            Command::Doctor(args) => doctor::run(args).await,
            Command::Version => say(&format!("gramovar {}\n", env!("CARGO_PKG_VERSION"))),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    told(done)
}

fn told(done: anyhow::Result<u8>) -> ExitCode {
    match done {
        Ok(code) => code.into(),
        Err(e) => {
            eprintln!("gramovar: {e:#}");
            FAILED.into()
        }
    }
}

/// Prints to standard output. Whoever reads it may have seen enough: that is no failure.
pub(crate) fn say(text: &str) -> anyhow::Result<u8> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(DONE),
    }
}

/// Opens the shop for a command that ends.
pub(crate) async fn open(flags: &Flags) -> anyhow::Result<Shop> {
    let config = Config::read(flags, None, Part::Command)?;
    log_to_stderr(&config, "warn");
    Ok(Shop::open(config.settings, Clock::system()).await?)
}

/// Opens the shop for a command that writes nothing: what it has not made so far, and what it writes for itself, lies in a
/// folder that goes with the answer.
pub(crate) async fn open_to_look(flags: &Flags) -> anyhow::Result<(Shop, tempfile::TempDir)> {
    let mut config = Config::read(flags, None, Part::Command)?;
    log_to_stderr(&config, "warn");
    let (passing, settings) = (tempfile::tempdir()?, &mut config.settings);
    settings.data = passing.path().to_owned();
    if let DatabaseUrl::Sqlite(path) = &mut settings.database
        && !path.exists()
    {
        *path = passing.path().join("gramovar.sqlite");
    }
    if let FilesUrl::Folder(path) = &mut settings.files
        && !path.exists()
    {
        *path = passing.path().join("objects");
    }
    if let MailSettings::Folder(path) = &mut settings.mail
        && !path.exists()
    {
        *path = passing.path().join("mail");
    }
    Ok((Shop::open(config.settings, Clock::system()).await?, passing))
}

/// Starts logging; `quiet` is the filter where neither flag nor file sets one other than the default.
pub(crate) fn log_to_stderr(config: &Config, quiet: &str) {
    use tracing_subscriber::EnvFilter;
    let filter = if config.log == "info" { quiet } else { config.log.as_str() };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(quiet));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let subscriber = subscriber.with_ansi(io::stderr().is_terminal());
    // A second call (in tests) leaves the first in place.
    let _ = if config.log_json { subscriber.json().try_init() } else { subscriber.try_init() };
}
