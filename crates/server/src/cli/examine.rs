//! `gramovar examine`: what import and encode start for each file of unknown origin. Not for people.

use std::io;
use std::path::PathBuf;

use shop::catalog::import::examiner;

use super::DONE;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The hash under which the file's samples are known already.
    #[arg(long)]
    known: Option<String>,
    /// The file.
    path: PathBuf,
}

pub(super) fn run(args: Args) -> anyhow::Result<u8> {
    examiner::answer(&args.path, args.known.as_deref(), &mut io::stdout().lock())?;
    Ok(DONE)
}
