//! `gramovar voucher`: batches made, printed, looked up and stopped beside a running shop.

use std::fmt::Write;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use money::Micros;
use shop::Shop;
use shop::clock::{moment_from, moment_of};
use shop::geoip::Country;
use shop::storefronts::MAIN;
use shop::vouchers::{self, Batch, Card, Coded, NewBatch, VoucherRow, Worth};

use super::money::amount;
use super::{open, say};
use crate::api::operator::vouchers::words;
use crate::config::Flags;
use crate::pages::Lang;

/// Parts of a million in a per cent.
const PPM_PER_PERCENT_MICROS: i64 = 100;
/// Decimals of a per cent.
const PERCENT_DECIMALS: u32 = 4;

#[derive(Debug, Subcommand)]
pub(super) enum VoucherCommand {
    /// Make vouchers and print their codes, one a line. Only their hashes are kept: the codes cannot be read again.
    #[command(after_help = "Example: gramovar voucher create --data data --amount 10.00 --count 20 > codes.txt")]
    Create(Box<CreateArgs>),
    /// Make the codes of a batch that was declared by page, API or file.
    #[command(after_help = "Example: gramovar voucher print --data data spring --pdf spring.pdf --csv spring.csv")]
    Print {
        #[command(flatten)]
        flags: Flags,
        /// The batch.
        batch: String,
        #[command(flatten)]
        files: Files,
    },
    /// List the batches and what became of their codes.
    #[command(after_help = "Example: gramovar voucher list --data data")]
    List {
        #[command(flatten)]
        flags: Flags,
    },
    /// Say what became of a code, by its serial number.
    #[command(after_help = "Example: gramovar voucher show --data data spring-00042")]
    Show {
        #[command(flatten)]
        flags: Flags,
        /// It stands under the code.
        serial: String,
    },
    /// Stop what is open of a batch. This cannot be taken back.
    #[command(after_help = "Example: gramovar voucher stop --data data spring")]
    Stop {
        #[command(flatten)]
        flags: Flags,
        /// The batch.
        batch: String,
    },
}

/// Where codes go beside standard output.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// Write serial numbers and codes into this new file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write A4 sheets of cards with QR codes into this new file.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// The language of the sheets.
    #[arg(long, default_value = "en")]
    language: String,
}

#[derive(Debug, Args)]
#[group(id = "worth", required = true, multiple = false, args = ["amount", "percent", "release"])]
pub(super) struct CreateArgs {
    #[command(flatten)]
    flags: Flags,
    /// What each is worth, like 10.00.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Option<Micros>,
    /// A discount on the next order, in per cent.
    #[arg(long, value_parser = percent, allow_negative_numbers = true)]
    percent: Option<i64>,
    /// A release, by its id; --most says what it may cost.
    #[arg(long, requires = "most")]
    release: Option<String>,
    /// The most that a release may cost, like 10.00.
    #[arg(long, value_parser = amount, allow_negative_numbers = true, requires = "release")]
    most: Option<Micros>,
    /// How many.
    #[arg(long, default_value_t = 1)]
    count: u32,
    /// The batch's name; one is made when left out.
    #[arg(long)]
    id: Option<String>,
    /// From then on they are worth nothing: a day like 2027-12-31, or a moment.
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
    /// Where they may be redeemed; the first one's books carry them.
    #[arg(long = "storefront", default_value = MAIN)]
    storefronts: Vec<String>,
    /// Who sells them.
    #[arg(long)]
    reseller: Option<String>,
    /// What the reseller keeps, in per cent.
    #[arg(long, value_parser = percent, allow_negative_numbers = true, default_value = "0")]
    margin: i64,
    /// For the operator's eyes.
    #[arg(long, default_value = "")]
    note: String,
    /// Their credit may be refunded in money.
    #[arg(long)]
    refundable: bool,
    /// Vouchers for a release: the one country where they may be redeemed, like DE; its tax is declared at once.
    #[arg(long, value_name = "COUNTRY", requires = "release")]
    taxed_in: Option<Country>,
    #[command(flatten)]
    files: Files,
}

/// Millionths.
fn percent(text: &str) -> Result<i64, String> {
    Micros::parse(text, PERCENT_DECIMALS).map(|n| n.0 / PPM_PER_PERCENT_MICROS).map_err(|e| e.to_string())
}

pub(super) async fn run(command: VoucherCommand) -> anyhow::Result<u8> {
    match command {
        VoucherCommand::Create(args) => create(*args).await,
        VoucherCommand::Print { flags, batch, files } => {
            let (shop, files) = (open(&flags).await?, files.open()?);
            let codes = shop.vouchers.print(&batch, None).await?;
            given(&shop, &batch, codes, files).await
        }
        VoucherCommand::List { flags } => list(&open(&flags).await?).await,
        VoucherCommand::Show { flags, serial } => {
            let row = open(&flags).await?.vouchers.by_serial(&serial).await?;
            say(&shown(&row.with_context(|| format!("there is no voucher with the serial number {serial}"))?))
        }
        VoucherCommand::Stop { flags, batch } => {
            let batch = open(&flags).await?.vouchers.stop(&batch, None).await?;
            say(&format!("{}\n", told(&batch)))
        }
    }
}

async fn create(args: CreateArgs) -> anyhow::Result<u8> {
    let worth = match (args.amount, args.percent, args.release, args.most) {
        (_, Some(discount_ppm), ..) => Worth::Percent { discount_ppm },
        (_, _, Some(release_id), Some(most)) => Worth::Release { release_id, most },
        (amount, ..) => Worth::Money(amount.unwrap_or_default()),
    };
    let expires_us =
        args.expires.map(|text| moment_from(&text).with_context(|| format!("{text:?} is no day or moment")));
    let shop = open(&args.flags).await?;
    let batch = NewBatch {
        id: args.id.unwrap_or_else(|| shop.clock.new_id()),
        worth,
        currency: None,
        storefronts: args.storefronts,
        expires_us: expires_us.transpose()?,
        reseller: args.reseller,
        margin_ppm: args.margin,
        note: args.note,
        refundable_in_money: args.refundable,
        taxed_in: args.taxed_in,
        count: args.count,
    };
    let (id, files) = (batch.id.clone(), args.files.open()?);
    let codes = shop.vouchers.declare_and_print(batch).await?;
    given(&shop, &id, codes, files).await
}

/// Files that are there before the codes are: a name that is taken must not cost a batch.
struct Opened {
    csv: Option<(PathBuf, File)>,
    pdf: Option<(PathBuf, File)>,
    lang: Lang,
}

impl Files {
    fn open(self) -> anyhow::Result<Opened> {
        let lang = Lang::from_code(&self.language).with_context(|| format!("{:?} is no language", self.language))?;
        Ok(Opened { csv: fresh(self.csv)?, pdf: fresh(self.pdf)?, lang })
    }
}

/// A new file that nobody else reads.
fn fresh(path: Option<PathBuf>) -> anyhow::Result<Option<(PathBuf, File)>> {
    let Some(path) = path else { return Ok(None) };
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).with_context(|| path.display().to_string())?;
    Ok(Some((path, file)))
}

/// Hands codes over: first on standard output, where nothing can go wrong with them any more, unless files were named.
async fn given(shop: &Shop, batch: &str, codes: Vec<Coded>, files: Opened) -> anyhow::Result<u8> {
    let cards: Vec<Card> = codes.into_iter().map(|coded| Card { serial: coded.serial, code: coded.code }).collect();
    let is_told = files.csv.is_none() && files.pdf.is_none();
    if let Some((path, file)) = files.csv {
        write(file, &path, vouchers::csv(&cards).as_bytes())?;
    }
    if let Some((path, file)) = files.pdf {
        let batch = shop.vouchers.batch(batch).await?.context("the batch vanished")?;
        let words = words(shop, &batch, files.lang).await.map_err(|problem| anyhow::anyhow!(problem.detail))?;
        write(file, &path, &vouchers::pdf(&words, &cards)?)?;
    }
    if is_told {
        return say(&cards.iter().map(|card| format!("{}\n", card.code)).collect::<String>());
    }
    say(&format!("{} codes of batch {batch}\n", cards.len()))
}

fn write(mut file: File, path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    file.write_all(bytes).and_then(|()| file.sync_all()).with_context(|| path.display().to_string())
}

async fn list(shop: &Shop) -> anyhow::Result<u8> {
    let (mut text, mut after) = (String::new(), None::<String>);
    loop {
        let from = after.take();
        let page = shop.db.read(move |tx| vouchers::list(tx, from.as_deref(), shop::page::MAX_LIMIT)).await?;
        for batch in &page.items {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{}", told(batch));
        }
        after = page.next;
        if after.is_none() {
            return say(&text);
        }
    }
}

fn told(batch: &Batch) -> String {
    let worth = match &batch.worth {
        _ if batch.count.is_none() => "gifts".to_owned(),
        Worth::Money(amount) => format!("{amount} {}", batch.currency),
        Worth::Percent { discount_ppm } => format!("-{} %", Micros(discount_ppm * PPM_PER_PERCENT_MICROS)),
        Worth::Release { release_id, most } => format!("release {release_id} up to {most} {}", batch.currency),
    };
    let state = match (batch.printed_us, batch.stopped_us) {
        (_, Some(_)) => "stopped",
        (None, None) => "declared",
        _ => "printed",
    };
    let tally = batch.tally;
    format!(
        "{}\t{worth}\t{state}\topen {}\tredeemed {}\tstopped {}\texpired {}\towed {} {}",
        batch.id,
        tally.open,
        tally.redeemed,
        tally.stopped,
        tally.expired,
        Micros(tally.owed_micros),
        batch.currency
    )
}

fn shown(row: &VoucherRow) -> String {
    let mut text = format!("{}\t{}\t{}", row.serial, row.batch, row.state.as_str());
    if let Some(amount) = row.amount_micros {
        let _ = write!(text, "\t{} {}", Micros(amount), row.currency);
    }
    if let (Some((id, email)), Some(at_us)) = (&row.redeemed_by, row.redeemed_us) {
        let _ = write!(text, "\tby {email} ({id}) at {}", moment_of(at_us));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cents_are_read_exactly_or_refused() {
        for (text, ppm) in
            [("10", Some(100_000)), ("12.5", Some(125_000)), ("0.0001", Some(1)), ("0.00001", None), ("-1", None)]
        {
            assert_eq!(percent(text).ok(), ppm, "{text}");
        }
    }
}
