//! `gramovar royalties`: closing months and noting payments.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use money::Micros;
use shop::Shop;
use shop::royalties::{Closing, Period, Statement};

use super::{open, say};
use crate::config::Flags;
use crate::handlers::statements::words;

/// Below the data folder: where papers are written unless another folder is named.
const PAPERS: &str = "statements";

#[derive(Debug, Subcommand)]
pub(super) enum RoyaltiesCommand {
    /// Close a month: a statement for each payee, as CSV, PDF and DDEX sales report. Twice changes nothing.
    #[command(after_help = "Example: gramovar royalties close --data data --period 2026-10")]
    Close {
        #[command(flatten)]
        flags: Flags,
        /// The month, like 2026-10. What is captured in it later falls into the next.
        #[arg(long)]
        period: Period,
        /// Say what would be in the statements and close nothing.
        #[arg(long)]
        dry_run: bool,
        /// Close a month that has not begun: what is in no statement yet goes into it.
        #[arg(long)]
        early: bool,
        /// Where the papers are written [default: DATA/statements/PERIOD].
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Note that a payee was paid; never more than is owed.
    #[command(after_help = "Example: gramovar royalties pay --data data --payee authors --reference 'SEPA 17'")]
    Pay {
        #[command(flatten)]
        flags: Flags,
        /// Whom, by the id.
        #[arg(long)]
        payee: String,
        /// How much, like 10.00; all that closed statements say and was not paid yet, when left out.
        #[arg(long, value_parser = exact, allow_negative_numbers = true)]
        amount: Option<Micros>,
        /// What the bank calls it.
        #[arg(long, default_value = "")]
        reference: String,
        /// Your own name for this payment: the same again notes nothing twice.
        #[arg(long)]
        key: Option<String>,
    },
    /// List the statements.
    #[command(after_help = "Example: gramovar royalties statements --data data")]
    Statements {
        #[command(flatten)]
        flags: Flags,
    },
}

/// Dues are finer than a coin, so a payment may be.
fn exact(text: &str) -> Result<Micros, String> {
    Micros::parse(text, 6).map_err(|e| e.to_string())
}

pub(super) async fn run(command: RoyaltiesCommand) -> anyhow::Result<u8> {
    match command {
        RoyaltiesCommand::Close { flags, period, dry_run, early, out } => {
            let shop = open(&flags).await?;
            if dry_run {
                let closing = shop.royalties.would_close(period, early).await?;
                return say(&(told(period, &closing) + "a trial: nothing was closed\n"));
            }
            let closing = shop.royalties.close(period, early, words).await?;
            let folder = out.unwrap_or_else(|| flags.data.join(PAPERS).join(period.to_string()));
            let written = write(&shop, &closing, &folder).await?;
            say(&(told(period, &closing) + &written))
        }
        RoyaltiesCommand::Pay { flags, payee, amount, reference, key } => {
            let shop = open(&flags).await?;
            let key = key.unwrap_or_else(|| shop.clock.new_id());
            let paid = shop.royalties.pay(&key, &payee, amount, &reference).await?;
            let payout = paid.payout;
            let again = if paid.repeated { " (it stood already)" } else { "" };
            say(&format!("{}: {} {} to {payee}{again}\n", payout.id, Micros(payout.amount_micros), payout.currency))
        }
        RoyaltiesCommand::Statements { flags } => {
            let shop = open(&flags).await?;
            let (mut text, mut after) = (String::new(), None);
            loop {
                let page = shop.royalties.statements(None, after, None).await?;
                text.extend(page.items.iter().map(line));
                after = page.next;
                if after.is_none() {
                    return say(&text);
                }
            }
        }
    }
}

fn told(period: Period, closing: &Closing) -> String {
    let mut text = String::new();
    if closing.was_closed {
        text += &format!("{period} was closed before: nothing changes\n");
    } else if closing.is_running {
        text += &format!("{period} is not over: what is captured from now on falls into {}\n", period.next());
    }
    if closing.statements.is_empty() {
        text += "nothing is due to anybody\n";
    }
    text + &closing.statements.iter().map(line).collect::<String>()
}

fn line(statement: &Statement) -> String {
    let Statement { id, payee_name, due_micros, currency, .. } = statement;
    format!("{id}\t{} {currency}\t{payee_name}\n", Micros(*due_micros))
}

/// Writes the papers, whole or not at all, and says where.
async fn write(shop: &Shop, closing: &Closing, folder: &Path) -> anyhow::Result<String> {
    if closing.statements.is_empty() {
        return Ok(String::new());
    }
    let told = || format!("{} cannot be written", folder.display());
    std::fs::create_dir_all(folder).with_context(told)?;
    for statement in &closing.statements {
        for paper in shop.royalties.papers(statement).await? {
            let (target, half) = (folder.join(&paper.name), folder.join(format!(".{}", paper.name)));
            std::fs::write(&half, &paper.bytes).with_context(told)?;
            std::fs::rename(&half, &target).with_context(told)?;
        }
    }
    Ok(format!("papers are in {}\n", folder.display()))
}
