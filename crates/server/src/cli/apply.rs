//! `gramovar apply`: the shop set as a file says.

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{open, say};
use crate::api::operator::apply::{self, Change};
use crate::config::Flags;

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar apply --data data shop.toml --dry-run")]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    flags: Flags,
    /// What to set, as TOML (docs/sample-apply.toml shows all of it); - reads standard input.
    #[arg(required_unless_present = "show")]
    file: Option<PathBuf>,
    /// Say what would change and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what is set now as such a file, and set nothing.
    #[arg(long, conflicts_with_all = ["file", "dry_run"])]
    show: bool,
}

pub(super) async fn run(args: ApplyArgs) -> anyhow::Result<u8> {
    let Some(file) = args.file else { return say(&apply::standing(&open(&args.flags).await?).await?) };
    let text = text_of(&file)?;
    let shop = open(&args.flags).await?;
    let changes = apply::apply(&shop, &text, args.dry_run).await;
    let changes = changes.with_context(|| format!("{}: nothing of it was applied", file.display()))?;
    say(&told(&changes, args.dry_run))
}

/// The text of a file, or of standard input.
pub(super) fn text_of(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn told(changes: &[Change], is_trial: bool) -> String {
    let mut text = String::new();
    for change in changes.iter().filter(|change| !change.is_none()) {
        let what = if change.is_new { "new" } else { "changed" };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{} {}: {what}", change.section, change.id);
        for d in &change.differences {
            let value = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
            let _ = writeln!(text, "  {}: {} -> {}", d.field, value(&d.before), value(&d.after));
        }
    }
    if text.is_empty() {
        return "nothing changes\n".to_owned();
    }
    if is_trial { text + "a trial: nothing was changed\n" } else { text }
}
