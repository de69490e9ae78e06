//! `gramovar ledger`: the trial balance, the key and the roots, and movements that only an operator makes.

use std::fmt::Write;

use clap::{Args, Subcommand};
use money::Micros;
use shop::Shop;
use shop::clock::moment_from;
use shop::wallet::Trial;

use super::{open, say};
use crate::api::operator::ledger::word;
use crate::config::Flags;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example: gramovar ledger --data data --currency USD --at 2026-11-01"
)]
pub(super) struct LedgerArgs {
    #[command(subcommand)]
    command: Option<LedgerCommand>,
    #[command(flatten)]
    flags: Flags,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Only this storefront.
    #[arg(long, value_name = "ID")]
    storefront: Option<String>,
    /// Only this currency.
    #[arg(long, value_name = "CODE")]
    currency: Option<money::Currency>,
    /// As it stood at the beginning of a day or at a moment (UTC, RFC 3339).
    #[arg(long, value_name = "DATE", value_parser = moment)]
    at: Option<i64>,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    /// Print the public keys that sign roots and receipts, the one in force first.
    #[command(after_help = "Example: gramovar ledger key --data data")]
    Key {
        #[command(flatten)]
        flags: Flags,
        /// Take a new key into use first. What the old one signed stays valid.
        #[arg(long)]
        replace: bool,
    },
    /// Print the root of each day, with its key and signature. Keep a copy elsewhere: `audit --roots` compares.
    #[command(after_help = "Example: gramovar ledger roots --data data > roots.txt")]
    Roots {
        #[command(flatten)]
        flags: Flags,
    },
    /// Move all free credit of one user to another, kind by kind.
    #[command(
        after_help = "Example: gramovar ledger transfer --data data --from old@shop.example --to new@shop.example"
    )]
    Transfer {
        #[command(flatten)]
        flags: Flags,
        /// Whose credit, by address.
        #[arg(long, value_name = "EMAIL")]
        from: String,
        /// Who gets it, by address.
        #[arg(long, value_name = "EMAIL")]
        to: String,
    },
    /// Give a part or all of what a charged order line cost back to the credit that paid it.
    #[command(after_help = "Example: gramovar ledger refund --data data --line 01m… --amount 0.50")]
    Refund {
        #[command(flatten)]
        flags: Flags,
        /// The line's id.
        #[arg(long, value_name = "ID")]
        line: String,
        /// How much [default: all that is left of it].
        #[arg(long, value_parser = micros, allow_negative_numbers = true)]
        amount: Option<Micros>,
        /// Why, for its buyer: it stands on the credit note.
        #[arg(long, default_value = "")]
        reason: String,
        /// Your own name for this refund: the same again gives nothing back twice.
        #[arg(long)]
        key: Option<String>,
    },
    /// Give up what a user owes, or a part of it.
    #[command(
        after_help = "Example: gramovar ledger write-off --data data --user me@shop.example --amount 9.50 --reason 2026-17"
    )]
    WriteOff {
        #[command(flatten)]
        flags: Flags,
        /// Who owes it, by address.
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// How much.
        #[arg(long, value_parser = micros, allow_negative_numbers = true)]
        amount: Micros,
        /// Why, for the ledger.
        #[arg(long)]
        reason: String,
    },
}

fn moment(text: &str) -> Result<i64, String> {
    moment_from(text).ok_or_else(|| "write a day like 2026-11-01 or a moment like 2026-11-01T12:00:00Z".to_owned())
}

fn micros(text: &str) -> Result<Micros, String> {
    Micros::parse(text, 6).map_err(|e| e.to_string())
}

pub(super) async fn run(args: LedgerArgs) -> anyhow::Result<u8> {
    match args.command {
        None => trial(args).await,
        Some(LedgerCommand::Key { flags, replace }) => keys(&flags, replace).await,
        Some(LedgerCommand::Roots { flags }) => {
            let roots = standing(&flags).await?.wallet.roots().await?;
            say(&roots.iter().map(|root| root.line() + "\n").collect::<String>())
        }
        Some(LedgerCommand::Transfer { flags, from, to }) => {
            let shop = standing(&flags).await?;
            let (from, to) = (user(&shop, &from).await?, user(&shop, &to).await?);
            let moved = shop.wallet.transfer_all(&from, &to).await?;
            if moved == money::credit::Credit::default() {
                return say("nothing to move\n");
            }
            say(&format!(
                "moved: purchased {}, promotional {}, voucher {}\n",
                moved.purchased, moved.promotional, moved.voucher
            ))
        }
        Some(LedgerCommand::Refund { flags, line, amount, reason, key }) => {
            let shop = standing(&flags).await?;
            let key = key.unwrap_or_else(|| shop.clock.new_id());
            let refund = shop.refunds.refund(&key, &line, amount, &reason).await?;
            let (back, again) = (refund.credit, if refund.repeated { " (it stood already)" } else { "" });
            say(&format!(
                "given back: purchased {}, promotional {}, voucher {}; left {}{again}\n",
                back.purchased, back.promotional, back.voucher, refund.left
            ))
        }
        Some(LedgerCommand::WriteOff { flags, user: email, amount, reason }) => {
            let shop = standing(&flags).await?;
            let user = user(&shop, &email).await?;
            shop.wallet.write_off(&user, amount, &reason).await?;
            say(&format!("written off: {amount}\n"))
        }
    }
}

/// Opens a shop that is there: opening would make an empty one.
async fn standing(flags: &Flags) -> anyhow::Result<Shop> {
    anyhow::ensure!(flags.data.exists(), "there is no shop in {}", flags.data.display());
    open(flags).await
}

async fn user(shop: &Shop, email: &str) -> anyhow::Result<String> {
    let found = shop.users.by_email(email).await?;
    found.map(|user| user.id).ok_or_else(|| anyhow::anyhow!("nobody here has the address {email}"))
}

async fn keys(flags: &Flags, replace: bool) -> anyhow::Result<u8> {
    let shop = standing(flags).await?;
    if replace {
        shop.signing.replace().await?;
    }
    let keys = shop.signing.public_keys().await?;
    let line = |key: &shop::signing::PublicKey| {
        let state = key.retired_us.map_or("in force".to_owned(), |us| format!("until {}", shop::clock::moment_of(us)));
        format!("{} since {}, {state}\n", key.public_key, shop::clock::moment_of(key.created_us))
    };
    say(&keys.iter().map(line).collect::<String>())
}

async fn trial(args: LedgerArgs) -> anyhow::Result<u8> {
    let shop = standing(&args.flags).await?;
    let mut trials = shop.wallet.trial_balance(args.at.unwrap_or(i64::MAX)).await?;
    trials.retain(|t| args.storefront.as_ref().is_none_or(|s| *s == t.storefront));
    trials.retain(|t| args.currency.is_none_or(|c| c.code() == t.currency));
    if args.json {
        return say(&format!("{}\n", serde_json::to_string_pretty(&word(args.at, trials).trials)?));
    }
    if trials.is_empty() {
        return say("nothing is booked\n");
    }
    say(&trials.iter().map(table_of).collect::<Vec<_>>().join("\n"))
}

fn table_of(trial: &Trial) -> String {
    let mut text = format!("{}, {}\n", trial.storefront, trial.currency);
    for line in &trial.lines {
        let name = match (&line.payee, &line.owner) {
            (Some(payee), Some(owner)) => format!("{} {owner} ({}, {})", line.kind, payee.kind, payee.name),
            (_, Some(owner)) if *owner != trial.storefront => format!("{} {owner}", line.kind),
            (_, Some(_)) => line.kind.clone(),
            (_, None) if line.accounts == 1 => format!("{} of 1 listener", line.kind),
            (_, None) => format!("{} of {} listeners", line.kind, line.accounts),
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {name:<50} {:>20}", line.balance.to_string());
    }
    let _ = writeln!(text, "  {:<50} {:>20}", "sum", trial.sum.to_string());
    text
}
