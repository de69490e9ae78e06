//! Writes small real files for the fuzz targets to start from: `seeds FOLDER` fills `FOLDER/TARGET/`.

use std::path::Path;

use audio::Result;
use audio::encode::{encode, head, plan, tail};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::{Credit, Picture, Tags};

/// Codecs whose files can be masters, and the target that reads them.
const LOSSLESS: [(&str, &str); 6] =
    [("flac", "any"), ("alac", "mp4"), ("wav", "wav"), ("aiff", "aiff"), ("wavpack", "wavpack"), ("tta", "by_program")];
/// Shapes of masters: rate, channels, bits (32: floats), frames.
const SHAPES: [(u32, u8, u8, usize); 5] =
    [(44_100, 2, 16, 500), (96_000, 1, 24, 5_000), (48_000, 6, 16, 300), (8_000, 2, 8, 900), (44_100, 2, 32, 700)];

/// A tone that fades.
#[derive(Clone)]
struct Tone {
    spec: Spec,
    frames: usize,
    at: usize,
}

impl Source for Tone {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn length_frames(&self) -> u64 {
        self.frames as u64
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.at = frame as usize;
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let frames = max_frames.min(self.frames - self.at);
        let channels = self.spec.channels;
        let places = (self.at..self.at + frames).flat_map(|at| (0..channels).map(move |channel| (at, channel)));
        let levels = places.map(|(at, channel)| (at as f64 * 0.05 * f64::from(channel + 1)).sin() * 0.7);
        if self.spec.float {
            out.floats_mut().extend(levels.map(|level| level as f32));
        } else {
            let full = f64::from(1 << (self.spec.bits - 1)) - 1.0;
            out.ints_mut().extend(levels.map(|level| (level * full) as i32));
        }
        self.at += frames;
        Ok(frames)
    }
}

fn tags() -> Tags {
    let credit = |name: &str| Credit { name: name.into(), ..Credit::default() };
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0".to_vec();
    Tags {
        title: Some("Ель".into()),
        artists: vec![credit("A"), credit("B")],
        album: Some("Album".into()),
        track_number: Some(1),
        track_total: Some(2),
        date: Some("1999-12-31".into()),
        genres: vec!["Folk".into()],
        isrc: Some("RUA000000001".into()),
        picture: Some(Picture { mime: "image/png".into(), width: 2, height: 3, data: png }),
        ..Tags::default()
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: seeds FOLDER")?;
    let put = |target: &str, name: &str, bytes: &[u8]| -> std::io::Result<()> {
        let target = Path::new(&folder).join(target);
        std::fs::create_dir_all(&target)?;
        std::fs::write(target.join(name), bytes)
    };
    for (shape, (rate_hz, channels, bits, frames)) in SHAPES.into_iter().enumerate() {
        let spec = Spec { rate_hz, channels, bits, float: bits == 32 };
        let tone = Tone { spec, frames, at: 0 };
        let mut last = "";
        for info in audio::format::all().into_iter().filter(|info| info.available) {
            let again = std::mem::replace(&mut last, info.codec) == info.codec;
            let master = StreamInfo { spec, length_frames: frames as u64, md5: [0; 16] };
            let (false, Ok(plan)) = (again, plan(info.format, &master)) else { continue };
            let mut body = Vec::new();
            let open = || -> Result<Box<dyn Source>> { Ok(Box::new(tone.clone())) };
            let encoded = encode(&plan, &open, 1, &mut |chunk| {
                body.extend(chunk.bytes);
                Ok(())
            })?;
            let mut file = head(&plan, Some(&encoded.index), &tags())?.ok_or("no head")?;
            file.extend(body);
            file.extend(tail(&plan, &tags())?);
            let name = format!("{}-{shape}.{}", info.codec, info.extension);
            put("payload", &name, &file)?;
            put("any", &name, &file)?;
            if let Some((_, target)) = LOSSLESS.iter().find(|(codec, _)| *codec == info.codec) {
                put("tags", &name, &file)?;
                put(target, &name, &file)?;
            }
            put("index", &name, &encoded.index)?;
            put("format", info.codec, info.format.to_string().as_bytes())?;
        }
    }
    put("cover", "png", &tags().picture.ok_or("no picture")?.data)?;
    put("cover", "jpeg", b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x02\xff\xc2\0\x11\x08\x01\x90\x02\x58\x03")?;
    Ok(())
}
