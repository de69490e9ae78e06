//! `gramovar notice`: closes the shop for maintenance and opens it again, on every node at once.

use std::collections::BTreeMap;

use anyhow::Context;
use clap::{Args, Subcommand};
use shop::front::{self, MAX_RETRY_AFTER_S, Notice, RETRY_AFTER_S};
use shop::storefronts::MAIN;

use super::{open, say};
use crate::config::Flags;
use crate::pages::Lang;

#[derive(Debug, Subcommand)]
pub(super) enum NoticeCommand {
    /// Close the shop: pages and API answer 503 with the message; downloads, health and metrics go on.
    On(OnArgs),
    /// Open it again.
    Off(OffArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: gramovar notice on --data data --message \"Back at noon.\" --message-in \"ru=Откроемся в полдень.\""
)]
pub(super) struct OnArgs {
    #[command(flatten)]
    flags: Flags,
    /// What visitors read, in every language that has no words of its own.
    #[arg(long, value_name = "TEXT")]
    message: String,
    /// The same in one language; may be given for each.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    message_in: Vec<String>,
    /// After how many seconds visitors and programs are to come back.
    #[arg(long, value_name = "SECONDS", default_value_t = RETRY_AFTER_S, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_RETRY_AFTER_S)))]
    retry_after: u32,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar notice off --data data")]
pub(super) struct OffArgs {
    #[command(flatten)]
    flags: Flags,
}

pub(super) async fn run(command: NoticeCommand) -> anyhow::Result<u8> {
    match command {
        NoticeCommand::On(args) => on(args).await,
        NoticeCommand::Off(args) => off(args).await,
    }
}

async fn on(args: OnArgs) -> anyhow::Result<u8> {
    let messages = messages(&args.message, &args.message_in)?;
    let shop = open(&args.flags).await?;
    let since_us = shop.clock.now_us();
    let notice = Notice { storefront: MAIN.to_owned(), messages, retry_after_s: args.retry_after, since_us };
    shop.db.write(move |tx| front::put(tx, &notice)).await?;
    say("the shop is closed; downloads go on\n")
}

fn messages(message: &str, others: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut messages: BTreeMap<String, String> =
        Lang::all().map(|lang| (lang.code().to_owned(), message.to_owned())).collect();
    for other in others {
        let (language, text) = other.split_once('=').with_context(|| format!("{other:?} is not LANGUAGE=TEXT"))?;
        anyhow::ensure!(messages.contains_key(language), "the shop does not speak {language:?}");
        messages.insert(language.to_owned(), text.to_owned());
    }
    Ok(messages)
}

async fn off(args: OffArgs) -> anyhow::Result<u8> {
    let shop = open(&args.flags).await?;
    let was_closed = shop.db.write(|tx| front::remove(tx, MAIN)).await?;
    say(if was_closed { "the shop is open\n" } else { "the shop was open\n" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_in_every_language_unless_one_has_its_own() {
        let told = messages("Back soon.", &["ru=Скоро вернёмся = правда.".to_owned()]).unwrap();
        assert_eq!((told["en"].as_str(), told["ru"].as_str()), ("Back soon.", "Скоро вернёмся = правда."));
        assert!(messages("x", &["ru".to_owned()]).is_err() && messages("x", &["tlh=x".to_owned()]).is_err());
    }
}
