//! `gramovar encode` and `formats`: the engine alone.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::json;
use shop::catalog::import::examiner;
use shop::formats::{self, EncodeFileError, Format, FormatInfo, Output, Spooled};

use super::progress::Progress;
use super::{DONE, PARTLY, say};

/// Address space of a process that encodes one file, whose origin nobody knows; 64 threads reserve half of it.
const MAX_ENCODE_MEMORY_BYTES: u64 = 8 << 30;

/// Threads that can be asked for.
const MAX_THREADS: u64 = 256;
/// Standard input, or standard output.
const STANDARD: &str = "-";

#[derive(Debug, Args)]
#[command(after_help = "Example: gramovar encode master.flac song.mp3 --format mp3:cbr:320")]
pub(super) struct EncodeArgs {
    /// A lossless master: FLAC, WAV, AIFF, ALAC, WavPack, True Audio or Monkey's Audio; `-` is standard input.
    input: PathBuf,
    /// The file to be made; it appears only when it is complete. `-` is standard output and needs --format.
    output: PathBuf,
    /// codec:mode:quality, like mp3:vbr:0; `gramovar formats` lists them all [default: the usual one with OUTPUT's extension; for .wav and .aiff the one with the master's bits].
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Encoder threads; the bytes do not depend on it [default: one for each core].
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=MAX_THREADS))]
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
    let to_standard = args.output == Path::new(STANDARD);
    anyhow::ensure!(!(to_standard && args.json), "standard output has room for the file or for --json, not for both");
    let read = spooled(&args.input).map_err(|e| EncodeFileError::Input(e.into()));
    let made = read.and_then(|spooled| {
        let input = spooled.as_ref().map_or(args.input.as_path(), Spooled::path);
        let Some(format) = args.format.map_or_else(|| formats::usual(input, &args.output), |f| Ok(Some(f)))? else {
            return Ok(None);
        };
        warn_of_extension(format, &args.output);
        made(&args, input, format).map(Some)
    });
    let made = match made {
        Ok(Some(made)) => made,
        Ok(None) => anyhow::bail!(
            "{} does not tell the format: add --format, as `gramovar formats` lists them",
            args.output.display()
        ),
        Err(e @ EncodeFileError::Input(_)) => {
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

fn made(args: &EncodeArgs, input: &Path, format: Format) -> Result<formats::EncodedFile, EncodeFileError> {
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let progress = Progress::new(args.progress, "{wide_bar} {bytes}/{total_bytes} {eta}").map_err(io::Error::other)?;
    let mut show = |done, expected| progress.set(done, expected, String::new);
    let mut standard = io::stdout().lock();
    let output = match args.output.as_path() {
        path if path == Path::new(STANDARD) => Output::Stream(&mut standard),
        path => Output::File(path),
    };
    let made = formats::encode_file(input, output, format, threads, args.json, &mut show);
    progress.end();
    made
}

/// What cannot be read twice is kept for as long as it is needed.
fn spooled(input: &Path) -> io::Result<Option<Spooled>> {
    if input == Path::new(STANDARD) {
        return Spooled::of(&mut io::stdin().lock()).map(Some);
    }
    let kind = std::fs::metadata(input)?.file_type();
    if kind.is_fifo() || kind.is_char_device() { Spooled::of(&mut File::open(input)?).map(Some) } else { Ok(None) }
}

/// A file that is called otherwise than its format is made all the same: the name is the user's.
fn warn_of_extension(format: Format, output: &Path) {
    let info = format.info();
    let Some(named) = output.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase) else { return };
    // The list comes last: for it, programs are started and asked what they can do.
    if named != info.extension && formats::list().iter().any(|other| other.extension == named) {
        eprintln!("gramovar: {} will hold {}, whose files end in .{}", output.display(), info.name, info.extension);
    }
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
