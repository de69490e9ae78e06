//! `gramovar import` and `marked`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use shop::catalog::import::{FileOutcome, FileState, ImportOptions, Importer, Summary};
use shop::catalog::{Marked, Provenance};

use super::progress::Progress;
use super::{DONE, FAILED, PARTLY, open, open_to_look, say};
use crate::config::Flags;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: gramovar import --data data /music/masters\nExit code 0: nothing refused; 1: some files refused; 2: all refused, nothing found, or it could not run."
)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    flags: Flags,
    /// Say what would happen and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object for each file on standard output.
    #[arg(long)]
    json: bool,
    /// Files and folders with FLAC, WAV, AIFF, ALAC, WavPack or Monkey's Audio.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub(super) async fn import(args: ImportArgs) -> anyhow::Result<u8> {
    for path in &args.paths {
        anyhow::ensure!(path.exists(), "{} does not exist", path.display());
    }
    // What a dry run needs for itself goes when it ends.
    let (shop, _passing) = match args.dry_run {
        true => open_to_look(&args.flags).await.map(|(shop, passing)| (shop, Some(passing)))?,
        false => (open(&args.flags).await?, None),
    };
    let summary = run(&shop, args.paths, args.dry_run, args.json).await?;
    if !args.json {
        let Summary { imported, updated, unchanged, refused } = summary;
        eprintln!("{imported} imported, {updated} updated, {unchanged} unchanged, {refused} refused");
    }
    Ok(match (summary.files(), summary.refused) {
        (0, _) => FAILED,
        (_, 0) => DONE,
        (all, refused) if all == refused => FAILED,
        _ => PARTLY,
    })
}

/// Imports and shows how far it is on standard error; what was refused is named there, or everything as JSON Lines.
pub(super) async fn run(shop: &shop::Shop, paths: Vec<PathBuf>, dry_run: bool, json: bool) -> anyhow::Result<Summary> {
    let progress = Arc::new(Progress::new(true, "{wide_bar} {bytes}/{total_bytes} {msg} {eta} left")?);
    let shown = progress.clone();
    let on_progress = Arc::new(move |p: shop::catalog::import::Progress| {
        shown.set(p.bytes_done, p.bytes, || format!("{}/{} files", p.files_done, p.files));
    });
    let options = ImportOptions { dry_run, ..ImportOptions::default() };
    let mut printed = Ok(DONE);
    let summary = Importer::new(shop.catalog.clone(), shop.settings.examiner.clone())
        .run(paths, options, on_progress, |file| {
            if json {
                printed = printed.as_ref().map_or(Ok(DONE), |_| say(&format!("{}\n", as_json(file))));
            } else if file.state == FileState::Refused {
                let why = file.message.as_deref().unwrap_or("refused");
                progress.say(&format!("refused: {}: {why}", file.path.display()));
            } else if let Some(found) = file.provenance.filter(|p| p.is_marked() && file.state != FileState::Unchanged)
            {
                progress.say(&format!("marked: {}: {}", file.path.display(), found.notes().join("; ")));
            }
        })
        .await;
    progress.end();
    printed?;
    Ok(summary?)
}

fn as_json(file: &FileOutcome) -> serde_json::Value {
    json!({
        "path": file.path.to_string_lossy(),
        "state": file.state.as_str(),
        "reason": file.reason.map(|r| r.as_str()),
        "message": file.message,
        "release": file.release_id,
        "track": file.track_id,
        "master": file.master_id,
        "provenance": file.provenance.as_ref().map(provenance_json),
    })
}

fn provenance_json(found: &Provenance) -> serde_json::Value {
    json!({
        "marked": found.is_marked(),
        "lossy_percent": found.lossy_percent,
        "upsampled_percent": found.upsampled_percent,
        "padded_percent": found.padded_percent,
        "cutoff_hz": found.cutoff_hz,
        "real_bits": found.real_bits,
        "notes": found.notes(),
    })
}

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar marked --data data")]
pub(super) struct MarkedArgs {
    #[command(flatten)]
    flags: Flags,
    /// One JSON object for each track.
    #[arg(long)]
    json: bool,
}

/// Lists what is on sale and seems to be less than it claims.
pub(super) async fn marked(args: MarkedArgs) -> anyhow::Result<u8> {
    let shop = open(&args.flags).await?;
    for track in shop.catalog.marked().await? {
        let Marked { artist, title, release, .. } = &track;
        let notes = track.provenance.notes().join("; ");
        let line = if args.json {
            marked_json(&track).to_string()
        } else {
            format!("{artist} – {title} ({release}): {notes}")
        };
        say(&format!("{line}\n"))?;
    }
    Ok(DONE)
}

fn marked_json(track: &Marked) -> serde_json::Value {
    json!({
        "track": track.track_id,
        "release": track.release_id,
        "master": track.master_id,
        "artist": track.artist,
        "title": track.title,
        "release_title": track.release,
        "provenance": provenance_json(&track.provenance),
    })
}
