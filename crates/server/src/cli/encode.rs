//! `gramovar encode` and `formats`: the engine alone.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use shop::catalog::import::examiner;
use shop::formats::{self, EncodeFileError, Format, FormatInfo};

use super::progress::Progress;
use super::{DONE, PARTLY, say};

/// Address space of a process that encodes one file, whose origin nobody knows; 64 threads reserve half of it.
const MAX_ENCODE_MEMORY_BYTES: u64 = 8 << 30;

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar encode master.flac song.mp3 --format mp3:cbr:320")]
pub(super) struct EncodeArgs {
    /// A lossless master: FLAC, WAV, AIFF, ALAC, WavPack or Monkey's Audio.
    input: PathBuf,
    /// The file to be made; it appears only when it is complete.
    output: PathBuf,
    /// codec:mode:quality, like mp3:vbr:0; `gramovar formats` lists them all [default: the usual one with OUTPUT's extension; for .wav and .aiff the one with the master's bits].
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Encoder threads; the bytes do not depend on it [default: one for each core].
    #[arg(long)]
    threads: Option<usize>,
    /// Show how far it is: a bar, or a line every five seconds where standard error is no terminal.
    #[arg(long)]
    progress: bool,
    /// Print what was made as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar formats --json")]
pub(super) struct FormatsArgs {
    /// As one JSON array.
    #[arg(long)]
    json: bool,
}

fn format(text: &str) -> Result<Format, String> {
    text.parse().map_err(|e: formats::FormatError| e.to_string())
}

pub(super) fn encode(args: EncodeArgs) -> anyhow::Result<u8> {
    examiner::limit_memory(MAX_ENCODE_MEMORY_BYTES)?;
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let progress = Progress::new(args.progress, "{wide_bar} {bytes}/{total_bytes} {eta}")?;
    let mut show = |done, expected| progress.set(done, expected, String::new);
    let format = args.format.map_or_else(|| formats::usual(&args.input, &args.output), |format| Ok(Some(format)));
    let made = match format {
        Ok(Some(format)) => formats::encode_file(&args.input, &args.output, format, threads, args.json, &mut show),
        Ok(None) => anyhow::bail!(
            "{} does not tell the format: add --format, as `gramovar formats` lists them",
            args.output.display()
        ),
        Err(e) => Err(e),
    };
    progress.end();
    let made = match made {
        Ok(made) => made,
        Err(EncodeFileError::Input(e)) => {
            eprintln!("gramovar: {}: {e}", args.input.display());
            return Ok(PARTLY);
        }
        Err(e) => return Err(e).with_context(|| format!("{} was not made", args.output.display())),
    };
    if args.json {
        let made = json!({
            "bytes": made.bytes,
            "file_bytes": made.file_bytes,
            "sha256": made.sha256,
            "payload_sha256": made.payload_sha256,
        });
        return say(&format!("{made}\n"));
    }
    Ok(DONE)
}

pub(super) fn formats(args: FormatsArgs) -> anyhow::Result<u8> {
    let list = formats::list();
    if args.json {
        let all: Vec<_> = list.iter().map(as_json).collect();
        return say(&format!("{}\n", serde_json::to_string_pretty(&all)?));
    }
    let line = |f: &FormatInfo| {
        let channels = if f.surround { "5.1 kept" } else { "stereo" };
        let note = f.why_not.as_deref().unwrap_or(if f.serial { "in one piece" } else { "" });
        let (format, class, size, starts) =
            (f.format.to_string(), f.class.as_str(), f.size.as_str(), f.starts.as_str());
        format!("{format:<24} {:<28} {class:<9} {size:<6} {starts:<13} {channels:<9} {note}\n", f.name)
    };
    say(&list.iter().map(line).collect::<String>())
}

fn as_json(f: &FormatInfo) -> serde_json::Value {
    json!({
        "format": f.format.to_string(),
        "name": f.name,
        "codec": f.codec,
        "mode": f.mode,
        "quality": f.quality,
        "extension": f.extension,
        "mime": f.mime,
        "class": f.class.as_str(),
        "size": f.size.as_str(),
        "starts": f.starts.as_str(),
        "serial": f.serial,
        "surround": f.surround,
        "available": f.available,
        "why_not": f.why_not,
    })
}
