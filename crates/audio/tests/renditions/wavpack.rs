//! WavPack, judged by Conifer's own wvunpack and by FFmpeg: every sample, every kind of sample, from any place.

use std::path::Path;

use audio::encode::{encode, plan, tail};
use audio::pcm::{Samples, Source, Spec, StreamInfo};
use audio::tags::Tags;

use crate::support::{Memory, Scratch, decoded, format, judge, render};

const FORMATS: [&str; 3] = ["wavpack:lossless:default", "wavpack:lossless:fast", "wavpack:lossless:high"];

/// What wvunpack makes of a file: raw little-endian samples, after it verified every checksum and the MD5.
fn unpacked(path: &Path, options: &[&str]) -> Vec<u8> {
    judge("wvunpack", &[options, &["-q", "-m", "-r", path.to_str().expect("a path"), "-o", "-"]].concat())
}

/// The samples as wvunpack writes them: in whole bytes, filled from the top.
fn raw(master: &Memory) -> Vec<u8> {
    let bytes = usize::from(master.spec.bits.div_ceil(8));
    let shift = 8 * bytes - usize::from(master.spec.bits);
    master.samples().iter().flat_map(|s| (s << shift).to_le_bytes()[..bytes].to_vec()).collect()
}

#[test]
fn wvunpack_gives_back_every_sample_of_every_shape() {
    let scratch = Scratch::new();
    for (rate_hz, bits, channels) in
        [(44_100, 16, 2), (96_000, 24, 2), (48_000, 20, 1), (22_050, 16, 1), (48_000, 24, 6), (192_000, 24, 8)]
    {
        let master = Memory::music(rate_hz, bits, channels, 70_001);
        for text in FORMATS {
            let made = render(&master, text, 2, &Tags::default()).expect(text);
            let path = scratch.rendition(&made);
            assert!(unpacked(&path, &[]) == raw(&master), "{text} of {rate_hz} Hz, {bits} bits, {channels} channels");
        }
    }
}

#[test]
fn odd_rates_and_odd_numbers_of_channels_come_out_whole() {
    let scratch = Scratch::new();
    for (rate_hz, channels) in [(8_000, 3), (37_800, 5), (384_000, 4), (44_100, 7)] {
        let master = Memory::music(rate_hz, 24, channels, 20_011);
        let path = scratch.rendition(&render(&master, FORMATS[0], 1, &Tags::default()).expect("a WavPack"));
        assert!(unpacked(&path, &[]) == raw(&master), "{rate_hz} Hz, {channels} channels");
        let shown = ["-v", "error", "-show_entries", "stream=sample_rate,channels", "-of", "csv=p=0"];
        let shown = judge("ffprobe", &[&shown[..], &[path.to_str().expect("a path")]].concat());
        assert_eq!(String::from_utf8_lossy(&shown).trim(), format!("{rate_hz},{channels}"));
    }
}

/// Noise, a full-scale square, silence, tiny steps, a pair of equal channels, samples with empty low bits.
fn ordeals(bits: u8) -> Vec<i32> {
    let full = (1 << (bits - 1)) - 1;
    let mut seed = 7u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed as i32 >> (32 - bits)
    };
    let mut samples: Vec<i32> = (0..60_000).map(|_| noise()).collect();
    samples.extend((0..60_000).map(|i| if i / 2 % 2 == 0 { full } else { -full - 1 }));
    samples.extend(vec![0; 60_000]);
    samples.extend((0..60_000).map(|i| i % 3 - 1));
    samples.extend((0..60_000).map(|i| (f64::from(i / 2) * 0.05).sin() as i32 * full));
    samples.extend((0..60_000).map(|_| noise() & !31));
    samples.extend((0..60_000).map(|i| i32::from(i == 30_001)));
    samples
}

#[test]
fn noise_silence_full_scale_and_empty_bits_come_back() {
    let scratch = Scratch::new();
    for bits in [8, 16, 24] {
        for channels in [1, 2] {
            let spec = Spec { rate_hz: 44_100, channels, bits, float: false };
            let master = Memory::new(spec, ordeals(bits));
            for text in FORMATS {
                let path = scratch.rendition(&render(&master, text, 1, &Tags::default()).expect(text));
                let in_32_bits: Vec<i32> = master.samples().iter().map(|s| s << (32 - bits)).collect();
                assert!(decoded(&path) == in_32_bits, "{text}: FFmpeg, {bits} bits, {channels} channels");
                if bits > 8 {
                    assert!(unpacked(&path, &[]) == raw(&master), "{text}: wvunpack, {bits} bits, {channels} channels");
                }
            }
        }
    }
}

/// Floats in memory.
#[derive(Clone)]
struct Floats {
    channels: u8,
    samples: Vec<f32>,
    at: usize,
}

impl Source for Floats {
    fn spec(&self) -> Spec {
        Spec { rate_hz: 48_000, channels: self.channels, bits: 32, float: true }
    }

    fn length_frames(&self) -> u64 {
        (self.samples.len() / usize::from(self.channels)) as u64
    }

    fn seek(&mut self, frame: u64) -> audio::Result<()> {
        self.at = frame as usize * usize::from(self.channels);
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> audio::Result<usize> {
        let end = (self.at + max_frames.min(999) * usize::from(self.channels)).min(self.samples.len());
        *out = Samples::Float(self.samples[self.at..end].to_vec());
        let frames = (end - self.at) / usize::from(self.channels);
        self.at = end;
        Ok(frames)
    }
}

/// Music, sixteen-bit steps, halves, over-full scale, tiny numbers and every strange bit pattern.
fn strange_floats() -> Vec<f32> {
    let mut samples: Vec<f32> = (0..48_000).map(|i| (i as f32 * 0.013).sin() * 0.7).collect();
    samples.extend((0..48_000).map(|i| ((i * 37) % 65_536 - 32_768) as f32 / 32_768.0));
    samples.extend((0..48_000).map(|i| [0.0, 0.5, -0.5, 1.0][i % 4]));
    samples.extend((0..48_000).map(|i| (i as f32).exp2() * 1e-30));
    samples.extend((0..48_000).map(|i| (i as f32 * 0.02).cos() * 1e-42));
    let patterns = (0..48_000u32).map(|i| f32::from_bits(i.wrapping_mul(0x9E37_79B9)));
    samples.extend(patterns);
    samples.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MIN_POSITIVE / 2.0, f32::MAX, 0.0, 1.0]);
    samples.extend(vec![-0.0; 1_000]);
    samples
}

#[test]
fn floats_come_back_bit_for_bit() {
    let scratch = Scratch::new();
    for channels in [1, 2] {
        let master = Floats { channels, samples: strange_floats(), at: 0 };
        let info = StreamInfo { spec: master.spec(), length_frames: master.length_frames(), md5: [0; 16] };
        for text in FORMATS {
            let plan = plan(format(text), &info).expect(text);
            let mut file = Vec::new();
            let open = || -> audio::Result<Box<dyn Source>> { Ok(Box::new(master.clone())) };
            encode(&plan, &open, 2, &mut |chunk| {
                file.extend(chunk.bytes);
                Ok(())
            })
            .expect(text);
            file.extend(tail(&plan, &Tags::default()).expect(text));
            let bits: Vec<u8> = master.samples.iter().flat_map(|f| f.to_le_bytes()).collect();
            let found = unpacked(&scratch.file("floats.wv", &file), &[]);
            let first = found.chunks(4).zip(bits.chunks(4)).position(|(a, b)| a != b);
            assert!(found == bits, "{text}, {channels} channels: {first:?} of {}", master.samples.len());
        }
    }
}

#[test]
fn one_may_start_at_any_block() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100 * 11), Scratch::new());
    let made = render(&master, FORMATS[2], 2, &Tags::default()).expect("a WavPack");
    assert!(made.plan.segments > 1);
    let path = scratch.rendition(&made);
    for frame in [22_050, 176_400, 300_001, 485_099] {
        let rest = unpacked(&path, &[&format!("--skip={frame}")]);
        assert!(rest == raw(&master)[frame * 4..], "from frame {frame}");
    }
}

#[test]
fn the_md5_in_the_file_is_that_of_the_samples() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 50_000), Scratch::new());
    let mut made = render(&master, FORMATS[0], 1, &Tags::default()).expect("a WavPack");
    let told = |path: &Path| judge("wvunpack", &["-f7", path.to_str().expect("a path")]);
    let hex: String = master.info().md5.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(String::from_utf8_lossy(&told(&scratch.rendition(&made))).trim(), hex);
    let last = made.file.len() - 1;
    made.file[last] ^= 1;
    let broken = scratch.rendition(&made);
    let output =
        std::process::Command::new("wvunpack").args(["-q", "-m", "-v"]).arg(broken).output().expect("wvunpack");
    assert!(!output.status.success(), "a wrong MD5 must be noticed, or the other tests verify nothing");
}

#[test]
fn ffmpeg_has_nothing_to_say_about_the_end_of_a_file() {
    let scratch = Scratch::new();
    let made = render(&Memory::music(44_100, 16, 2, 50_000), FORMATS[0], 1, &Tags::default()).expect("a WavPack");
    let path = scratch.rendition(&made);
    let args = ["-v", "warning", "-i", path.to_str().expect("a path"), "-f", "null", "-"];
    let output = std::process::Command::new("ffmpeg").args(args).output().expect("ffmpeg");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn sizes_are_those_of_the_wavpack_program() {
    let (master, scratch) = (Memory::music(44_100, 16, 2, 44_100 * 30), Scratch::new());
    let wav = scratch.rendition(&render(&master, "wav:pcm:16", 1, &Tags::default()).expect("a WAV"));
    for (text, option) in FORMATS.into_iter().zip(["-q", "-f", "-h"]) {
        let ours = render(&master, text, 2, &Tags::default()).expect(text).encoded.payload_bytes as f64;
        let theirs = judge("wavpack", &["-q", option, wav.to_str().expect("a path"), "-o", "-"]).len() as f64;
        assert!(ours < theirs * 1.01, "{text}: {ours} bytes here, {theirs} there");
    }
}
