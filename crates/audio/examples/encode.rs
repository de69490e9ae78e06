//! Encodes one master: `encode MASTER FORMAT OUT [THREADS]`; prints times, sizes and whether a re-parse agrees.

use std::fs::File;
use std::io::{BufReader, Write};
use std::time::Instant;

use audio::encode::{encode, head, payload, plan, tail};
use audio::pcm::{Source, StreamInfo};
use audio::tags::Tags;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, master, format, out, rest @ ..] = &args[..] else {
        return Err("usage: encode MASTER FORMAT OUT [THREADS]".into());
    };
    let threads = rest.first().map_or(Ok(2), |t| t.parse())?;
    let open = || -> audio::Result<Box<dyn Source>> {
        Ok(Box::new(audio::master::open(Box::new(BufReader::new(File::open(master)?)))?))
    };
    let opened = audio::master::open(Box::new(BufReader::new(File::open(master)?)))?;
    let info = StreamInfo {
        spec: opened.spec(),
        length_frames: opened.length_frames(),
        md5: opened.info().flac_md5.unwrap_or_default(),
    };
    let plan = plan(format.parse()?, &info)?;
    let mut body = Vec::new();
    let start = Instant::now();
    let mut first = None;
    let encoded = encode(&plan, &open, threads, &mut |chunk| {
        first.get_or_insert_with(|| start.elapsed());
        body.extend(chunk.bytes);
        Ok(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let tags = Tags { title: Some("Title".into()), ..Tags::default() };
    let start = Instant::now();
    let head = head(&plan, Some(&encoded.index), &tags)?.ok_or("no head")?;
    let head_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut file = File::create(out)?;
    file.write_all(&head)?;
    file.write_all(&body)?;
    file.write_all(&tail(&plan, &tags)?)?;
    let parsed = payload(&mut File::open(out)?)?;
    let duration = info.length_frames as f64 / f64::from(info.spec.rate_hz);
    let agrees = parsed.bytes == encoded.payload_bytes && parsed.sha256 == encoded.payload_sha256;
    println!(
        "{format} threads {threads}: {:.0} x, first {:.1} ms, head {head_ms:.1} ms, {} kbit/s, {} of {:?}, frames {}, re-parse {agrees}",
        duration / seconds,
        first.unwrap_or_default().as_secs_f64() * 1e3,
        (encoded.payload_bytes as f64 * 8.0 / duration / 1000.0).round(),
        encoded.payload_bytes,
        plan.payload,
        plan.length_frames,
    );
    Ok(())
}
