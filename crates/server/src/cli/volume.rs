//! `gramovar volume`: payment volume by month and country.

use clap::Args;
use money::Micros;
use shop::royalties::Period;
use shop::volume::{MAX_MONTHS, MONTHS, Moved, Volume};

use super::{open_to_look, say};
use crate::api::operator::volume::word;
use crate::config::Flags;

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar volume --data data --until 2026-10 --csv > volume.csv")]
pub(super) struct VolumeArgs {
    #[command(flatten)]
    flags: Flags,
    /// The last month, like 2026-10 [default: the one that runs].
    #[arg(long, value_name = "MONTH")]
    until: Option<Period>,
    /// How many months.
    #[arg(long, value_name = "N", default_value_t = MONTHS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_MONTHS)))]
    months: u32,
    /// As JSON, with every month and provider.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV: a line for each month, country and provider in which something moved.
    #[arg(long)]
    csv: bool,
}

pub(super) async fn run(args: VolumeArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(args.flags.data.exists(), "there is no shop in {}", args.flags.data.display());
    let (shop, _passing) = open_to_look(&args.flags).await?;
    let report = shop.volume.report(args.until, Some(args.months)).await?;
    if args.json {
        return say(&format!("{:#}\n", serde_json::to_value(word(report))?));
    }
    if args.csv {
        return say(&csv(&report.volumes));
    }
    if report.volumes.is_empty() {
        return say(&format!("nothing moved from {} to {}\n", report.from, report.until));
    }
    let head = format!("{} to {}\n", report.from, report.until);
    say(&(head + &report.volumes.iter().map(table).collect::<String>()))
}

fn table(volume: &Volume) -> String {
    let line = |of: &str, moved: &Moved, spent: Micros| {
        let Moved { payments, paid_in, refunded, disputed } = moved;
        let [paid_in, refunded, disputed, net, spent] =
            [*paid_in, *refunded, *disputed, moved.net(), spent].map(|amount| amount.to_string());
        format!("  {of:<10} {payments:>9} {paid_in:>16} {refunded:>16} {disputed:>16} {net:>16} {spent:>16}\n")
    };
    let heads = format!(
        "  {:<10} {:>9} {:>16} {:>16} {:>16} {:>16} {:>16}\n",
        "country", "payments", "paid in", "refunded", "disputed", "net", "spent"
    );
    let countries = volume.countries.iter();
    let lines = countries.map(|c| line(c.country.as_deref().unwrap_or("unknown"), &c.moved, c.spent));
    let lines: String = lines.collect();
    let sum = line("all", &volume.moved, volume.spent);
    format!("\n{}, {}\n{heads}{lines}{sum}", volume.storefront, volume.currency)
}

fn csv(volumes: &[Volume]) -> String {
    let mut text =
        "month,storefront,currency,country,provider,payments,paid_in,refunded,disputed,net,spent\r\n".to_owned();
    for volume in volumes {
        for country in &volume.countries {
            for month in &country.months {
                let (storefront, currency) = (&volume.storefront, &volume.currency);
                let of =
                    format!("{},{storefront},{currency},{}", month.month, country.country.as_deref().unwrap_or(""));
                for (provider, moved) in &month.providers {
                    let Moved { payments, paid_in, refunded, disputed } = moved;
                    let net = moved.net();
                    text += &format!("{of},{provider},{payments},{paid_in},{refunded},{disputed},{net},\r\n");
                }
                // What is spent goes by no provider.
                if month.spent != Micros::ZERO {
                    text += &format!("{of},,,,,,,{}\r\n", month.spent);
                }
            }
        }
    }
    text
}
