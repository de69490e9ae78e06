//! `gramovar user`.

use std::io::Read;

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use money::Micros;
use shop::users::{Role, User};

use super::{money::amount, open, say};
use crate::config::Flags;

/// Bytes of a password read from standard input.
const MAX_STDIN_BYTES: u64 = 4_096;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    Listener,
    Operator,
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make a user.
    #[command(
        after_help = "Example: gramovar user create --data data --email me@shop.example --role operator --password-stdin < password"
    )]
    Create {
        #[command(flatten)]
        flags: Flags,
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        /// Read the password from standard input; one line end at its end does not count.
        #[arg(long, required = true)]
        password_stdin: bool,
        /// What the user may do.
        #[arg(long, value_enum, default_value = "listener")]
        role: RoleName,
    },
    /// Give a user credit.
    #[command(after_help = "Example: gramovar user credit --data data --email me@shop.example --amount 10.00")]
    Credit {
        #[command(flatten)]
        flags: Flags,
        /// Whose balance.
        #[arg(long)]
        email: String,
        /// How much, like 10.00.
        #[arg(long, value_parser = amount, allow_negative_numbers = true)]
        amount: Micros,
    },
    /// Show a user and his balance.
    #[command(after_help = "Example: gramovar user show --data data --email me@shop.example --json")]
    Show {
        #[command(flatten)]
        flags: Flags,
        /// Whom.
        #[arg(long)]
        email: String,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(command: UserCommand) -> anyhow::Result<u8> {
    match command {
        UserCommand::Create { flags, email, role, .. } => {
            let password = password_of_stdin()?;
            let role = match role {
                RoleName::Listener => Role::Listener,
                RoleName::Operator => Role::Operator,
            };
            let user = open(&flags).await?.users.create(&email, &password, role, "en").await?;
            say(&format!("{}\n", user.id))
        }
        UserCommand::Credit { flags, email, amount } => {
            let shop = open(&flags).await?;
            let user = known(&shop, &email).await?;
            let balance = shop.wallet.credit(&user.id, amount, "by the command line").await?;
            say(&format!("{balance}\n"))
        }
        UserCommand::Show { flags, email, json } => show(&flags, &email, json).await,
    }
}

fn password_of_stdin() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin().take(MAX_STDIN_BYTES).read_to_string(&mut password).context("the password cannot be read")?;
    let password = password.strip_suffix('\n').unwrap_or(&password);
    Ok(password.strip_suffix('\r').unwrap_or(password).to_owned())
}

async fn known(shop: &shop::Shop, email: &str) -> anyhow::Result<User> {
    match shop.users.by_email(email).await? {
        Some(user) => Ok(user),
        None => bail!("nobody has the address {email}"),
    }
}

async fn show(flags: &Flags, email: &str, json: bool) -> anyhow::Result<u8> {
    let shop = open(flags).await?;
    let user = known(&shop, email).await?;
    let balance = shop.wallet.balance(&user.id).await?;
    if json {
        let shown = serde_json::json!({
            "id": user.id,
            "email": user.email,
            "role": user.role.as_str(),
            "balance_micros": balance.balance_micros,
            "held_micros": balance.held_micros,
            "currency": balance.currency,
        });
        return say(&format!("{shown}\n"));
    }
    say(&format!(
        "{}\n{}, id {}\nbalance {} {}, held {}\n",
        user.email,
        user.role.as_str(),
        user.id,
        Micros(balance.balance_micros),
        balance.currency,
        Micros(balance.held_micros)
    ))
}
