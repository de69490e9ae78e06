//! What masters' samples say about their past: `provenance FILE...`; a line for each.

use std::fs::File;
use std::io::BufReader;

use audio::pcm::{Samples, Source};
use audio::provenance::{Provenance, Watch};

const STEP_FRAMES: usize = 32_768;

fn watch(path: &str) -> audio::Result<Provenance> {
    let mut master = audio::master::open(Box::new(BufReader::new(File::open(path)?)))?;
    let mut watch = Watch::new(&master.spec());
    let mut block = Samples::empty(&master.spec());
    while master.read(&mut block, STEP_FRAMES)? > 0 {
        watch.add(&block);
    }
    Ok(watch.finish())
}

fn main() {
    for path in std::env::args().skip(1) {
        match watch(&path) {
            Ok(p) => println!(
                "{path}\tlossy {}\tupsampled {}\tpadded {}\tcutoff {}\tbits {}",
                p.lossy_percent,
                p.upsampled_percent,
                p.padded_percent,
                p.cutoff_hz.unwrap_or(0),
                p.real_bits
            ),
            Err(error) => println!("{path}\t{error}"),
        }
    }
}
