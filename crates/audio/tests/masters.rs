//! Masters of every kind, made by ffmpeg and flac from known samples, read back sample by sample, in turn and after
//! seeks, and examined. Needs the programs `ffmpeg` and `flac`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use audio::Error;
use audio::encode::plan;
use audio::input::Reader;
use audio::master::{Container, Examined, Master, Witness, examine, open};
use audio::pcm::{Samples, Source, Spec, StreamInfo};

/// Not a multiple of any block length.
const LENGTH_FRAMES: usize = 50_003;

/// Name, kind, bits, rate, channels, and how ffmpeg is told.
type Case = (&'static str, Container, u8, u32, usize, &'static [&'static str]);

/// Numbers that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// Tones with noise, another one for each channel, now and then at full scale.
fn samples(channels: usize, bits: u32) -> Vec<i32> {
    let mut numbers = Numbers(1);
    let full_scale = f64::from(1u32 << (bits - 1));
    let mut sample = |index: usize| {
        let (frame, channel) = (index / channels, index % channels);
        if numbers.next().is_multiple_of(5_000) {
            return if frame % 2 == 0 { full_scale as i32 - 1 } else { -full_scale as i32 };
        }
        let tone = (frame as f64 * (0.01 + 0.007 * channel as f64)).sin() * 0.6;
        let noise = (numbers.next() % 1_000) as f64 / 1e5;
        ((tone + noise) * full_scale) as i32
    };
    (0..LENGTH_FRAMES * channels).map(&mut sample).collect()
}

fn little_endian(samples: &[i32], bytes: usize) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes().into_iter().take(bytes)).collect()
}

/// What a program makes of raw samples.
fn run(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} cannot be started (apt install {program}): {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} {args:?}");
    output.stdout
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A file made by ffmpeg from raw samples written as `raw` (`s16le` and so on).
    fn ffmpeg(&self, name: &str, raw: &str, rate_hz: u32, channels: usize, input: &[u8], args: &[&str]) -> PathBuf {
        let path = self.0.path().join(name);
        let (rate, channels) = (rate_hz.to_string(), channels.to_string());
        let mut all = vec!["-loglevel", "error", "-f", raw, "-ar", &rate, "-ac", &channels, "-i", "-"];
        all.extend_from_slice(args);
        all.extend_from_slice(&["-y", path.to_str().unwrap()]);
        run("ffmpeg", &all, input);
        path
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn reader(path: &Path) -> Reader {
    Box::new(File::open(path).unwrap())
}

fn examined(path: &Path) -> audio::Result<Examined> {
    examine(reader(path), &mut |_, _| ())
}

/// Reads everything in blocks of odd sizes.
fn read_all(master: &mut Master) -> Samples {
    let mut all = Samples::empty(&master.spec());
    let mut block = Samples::empty(&master.spec());
    let mut numbers = Numbers(7);
    loop {
        let wanted = 1 + (numbers.next() % 9_999) as usize;
        let frames = master.read(&mut block, wanted).unwrap();
        assert!(frames <= wanted && block.len() == frames * usize::from(master.spec().channels));
        match (&mut all, &block) {
            (Samples::Int(all), Samples::Int(block)) => all.extend_from_slice(block),
            (Samples::Float(all), Samples::Float(block)) => all.extend_from_slice(block),
            _ => panic!("a block of another kind than the master"),
        }
        if frames == 0 {
            return all;
        }
    }
}

/// The file holds exactly `expected`, in turn and from any frame.
fn assert_holds(path: &Path, container: Container, spec: Spec, expected: &Samples) {
    let mut master = open(reader(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!((master.info().container, master.spec()), (container, spec), "{}", path.display());
    let channels = usize::from(spec.channels);
    assert_eq!(master.length_frames() as usize, expected.len() / channels, "{}", path.display());
    assert!(&read_all(&mut master) == expected, "{}: samples differ", path.display());
    let mut block = Samples::empty(&spec);
    let mut numbers = Numbers(3);
    for _ in 0..60 {
        let frame = numbers.next() as usize % (LENGTH_FRAMES + 1);
        master.seek(frame as u64).unwrap();
        // At a seek right behind a seek nothing may remain of the first.
        let mut at = frame * channels;
        for _ in 0..3 {
            let frames = master.read(&mut block, 1 + numbers.next() as usize % 3_000).unwrap();
            let end = at + frames * channels;
            assert!(same(&block, expected, at..end), "{}: wrong after a seek to {frame}", path.display());
            assert!(frames > 0 || at == expected.len());
            at = end;
        }
    }
}

fn same(block: &Samples, expected: &Samples, range: std::ops::Range<usize>) -> bool {
    match (block, expected) {
        (Samples::Int(block), Samples::Int(expected)) => block[..] == expected[range],
        (Samples::Float(block), Samples::Float(expected)) => block[..] == expected[range],
        _ => false,
    }
}

fn int_spec(rate_hz: u32, channels: usize, bits: u8) -> Spec {
    Spec { rate_hz, channels: channels as u8, bits, float: false }
}

#[test]
fn wav_and_aiff_hold_the_samples_that_were_put_in() {
    let folder = Folder::new();
    let cases: [Case; 12] = [
        ("16.wav", Container::Wav, 16, 44_100, 2, &[]),
        ("24.wav", Container::Wav, 24, 96_000, 2, &["-c:a", "pcm_s24le"]),
        ("24-of-6.wav", Container::Wav, 24, 48_000, 6, &["-c:a", "pcm_s24le"]),
        ("16-of-8.wav", Container::Wav, 16, 192_000, 8, &[]),
        ("8.wav", Container::Wav, 8, 8_000, 1, &["-c:a", "pcm_u8"]),
        ("16-long.wav", Container::Wav, 16, 44_100, 2, &["-rf64", "always"]),
        ("16.aiff", Container::Aiff, 16, 44_100, 2, &[]),
        ("24.aiff", Container::Aiff, 24, 384_000, 2, &["-c:a", "pcm_s24be"]),
        ("8.aiff", Container::Aiff, 8, 11_025, 1, &["-c:a", "pcm_s8"]),
        ("little.aiff", Container::Aiff, 16, 48_000, 2, &["-c:a", "pcm_s16le"]),
        ("16-of-1.aiff", Container::Aiff, 16, 22_050, 1, &[]),
        ("unknown-length.wav", Container::Wav, 16, 44_100, 2, &["-f", "wav", "-"]),
    ];
    for (name, container, bits, rate_hz, channels, args) in cases {
        let samples = samples(channels, bits.into());
        let (raw, bytes) = match bits {
            8 => ("s8", 1),
            16 => ("s16le", 2),
            _ => ("s24le", 3),
        };
        let input = little_endian(&samples, bytes);
        let path = if args.contains(&"-") {
            let piped = run("ffmpeg", &["-f", raw, "-ar", "44100", "-ac", "2", "-i", "-", "-f", "wav", "-"], &input);
            folder.write(name, &piped)
        } else {
            folder.ffmpeg(name, raw, rate_hz, channels, &input, args)
        };
        assert_holds(&path, container, int_spec(rate_hz, channels, bits), &Samples::Int(samples));
    }
}

#[test]
fn plain_samples_of_32_bits_keep_them_all_and_are_sold_as_they_are_or_reduced() {
    let folder = Folder::new();
    let samples = samples(2, 32);
    let input = little_endian(&samples, 4);
    let spec = int_spec(96_000, 2, 32);
    let wav = folder.ffmpeg("32.wav", "s32le", 96_000, 2, &input, &["-c:a", "pcm_s32le"]);
    let aiff = folder.ffmpeg("32.aiff", "s32le", 96_000, 2, &input, &["-c:a", "pcm_s32be"]);
    assert_holds(&wav, Container::Wav, spec, &Samples::Int(samples.clone()));
    assert_holds(&aiff, Container::Aiff, spec, &Samples::Int(samples));
    let info = StreamInfo { spec, length_frames: 1_000, md5: [0; 16] };
    let plan = |text: &str| plan(text.parse().unwrap(), &info);
    assert!(["wav:pcm:32", "aiff:pcm:32"].iter().all(|text| plan(text).unwrap().spec == spec));
    for codec in ["flac:lossless:5", "alac:lossless:default", "wavpack:lossless:default", "tta:lossless:default"] {
        assert!(matches!(plan(codec), Err(Error::Unsupported(why)) if why.contains("@RATE/24")), "{codec}");
        assert_eq!(plan(&format!("{codec}@96000/24")).unwrap().spec.bits, 24);
    }
    assert_eq!((plan("wav:pcm:24").unwrap().spec.bits, plan("mp3:vbr:0").unwrap().spec.float), (24, true));
    assert!(plan("wav:pcm:32f").is_err());
}

/// A WAV of words of four bytes whose samples have `valid` bits; `plain`: without the extended header that says so.
fn loose_wav(words: &[i32], valid: u16, plain: bool) -> Vec<u8> {
    let fields: &[u16] = match plain {
        true => &[1, 2, 48_000, 0, 56_576, 5, 8, valid],
        false => {
            &[0xfffe, 2, 48_000, 0, 56_576, 5, 8, 32, 22, valid, 3, 0, 1, 0, 0, 0x10, 0x80, 0xaa00, 0x3800, 0x719b]
        }
    };
    let format: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
    let data = little_endian(words, 4);
    let chunk = |id: &[u8], body: &[u8]| [id, &(body.len() as u32).to_le_bytes(), body].concat();
    let form = [b"WAVE".to_vec(), chunk(b"fmt ", &format), chunk(b"data", &data)].concat();
    chunk(b"RIFF", &form)
}

#[test]
fn samples_of_24_bits_in_four_bytes_are_found_wherever_they_lie() {
    let folder = Folder::new();
    let samples = samples(2, 24);
    let with = |f: fn(i32) -> i32| samples.iter().map(|sample| f(*sample)).collect::<Vec<i32>>();
    let high = with(|sample| sample << 8);
    let (signed, bare) = (with(|sample| sample), with(|sample| sample & 0xff_ffff));
    for (name, words, plain) in [
        ("high.wav", &high, false),
        ("high-plain.wav", &high, true),
        ("signed.wav", &signed, false),
        ("bare.wav", &bare, false),
        ("bare-plain.wav", &bare, true),
    ] {
        let path = folder.write(name, &loose_wav(words, 24, plain));
        assert_holds(&path, Container::Wav, int_spec(48_000, 2, 24), &Samples::Int(samples.clone()));
    }
    // More bits than were said: nothing of them is lost.
    let full = with(|sample| sample << 8 | 0x5a);
    let path = folder.write("full.wav", &loose_wav(&full, 24, false));
    assert_holds(&path, Container::Wav, int_spec(48_000, 2, 32), &Samples::Int(full));
    // After a megabyte of the one kind the other is noticed.
    let mut late = vec![256; 1 << 19];
    late.push(1);
    late.push(0);
    let path = folder.write("late.wav", &loose_wav(&late, 24, false));
    assert!(matches!(examine(reader(&path), &mut |_, _| ()), Err(Error::Malformed(_))));
}

#[test]
fn flac_in_ogg_is_read_as_the_flac_that_it_holds() {
    let folder = Folder::new();
    for (bits, raw, bytes, deep) in [(16, "s16le", 2, &[][..]), (24, "s24le", 3, &["-bits_per_raw_sample", "24"])] {
        let samples = samples(2, bits);
        let args = [deep, &["-c:a", "flac", "-metadata", "title=In Ogg", "-f", "ogg"]].concat();
        let path = folder.ffmpeg("in.oga", raw, 44_100, 2, &little_endian(&samples, bytes), &args);
        assert_holds(&path, Container::OggFlac, int_spec(44_100, 2, bits as u8), &Samples::Int(samples));
        assert_eq!(audio::tags::read(reader(&path)).unwrap().tags.title.as_deref(), Some("In Ogg"));
        let whole = std::fs::read(&path).unwrap();
        let cut = folder.write("cut.oga", &whole[..whole.len() * 2 / 3]);
        assert!(matches!(open(reader(&cut)), Err(Error::Truncated(_))));
        let pages: Vec<usize> = (0..whole.len() - 4).filter(|at| whole[*at..].starts_with(b"OggS\0")).collect();
        let hole = [&whole[..pages[2]], &whole[pages[3]..]].concat();
        let hole = folder.write("hole.oga", &hole);
        assert!(matches!(open(reader(&hole)), Err(Error::Malformed(why)) if why.contains("missing")));
        let twice = folder.write("twice.oga", &[whole.clone(), other_stream(&whole)].concat());
        assert!(matches!(open(reader(&twice)), Err(Error::Unsupported(_))));
    }
}

/// The same Ogg file under another serial number; nobody looks at its checksums before.
fn other_stream(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for at in 0..file.len() - 18 {
        if file[at..].starts_with(b"OggS\0") {
            file[at + 14] ^= 1;
        }
    }
    file
}

#[test]
fn float_samples_stay_what_they_are() {
    let folder = Folder::new();
    let floats: Vec<f32> = samples(2, 24).iter().map(|sample| *sample as f32 / 8_388_608.0 * 1.5).collect();
    let input: Vec<u8> = floats.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let spec = Spec { rate_hz: 96_000, channels: 2, bits: 32, float: true };
    let wav = folder.ffmpeg("f.wav", "f32le", 96_000, 2, &input, &["-c:a", "pcm_f32le"]);
    let aiff = folder.ffmpeg("f.aiff", "f32le", 96_000, 2, &input, &["-c:a", "pcm_f32be"]);
    let expected = Samples::Float(floats);
    assert_holds(&wav, Container::Wav, spec, &expected);
    assert_holds(&aiff, Container::Aiff, spec, &expected);
    assert_eq!(examined(&wav).unwrap().master_id, examined(&aiff).unwrap().master_id);
}

#[test]
fn flac_and_alac_hold_the_samples_that_were_put_in() {
    let folder = Folder::new();
    let alac: &[&str] = &["-c:a", "alac"];
    let cases: [Case; 11] = [
        ("16.flac", Container::Flac, 16, 44_100, 2, &[]),
        ("24.flac", Container::Flac, 24, 96_000, 2, &["-sample_fmt", "s32", "-bits_per_raw_sample", "24"]),
        ("16-of-1.flac", Container::Flac, 16, 8_000, 1, &[]),
        ("16-of-6.flac", Container::Flac, 16, 48_000, 6, &["-compression_level", "0"]),
        ("16-of-8.flac", Container::Flac, 16, 48_000, 8, &["-compression_level", "12"]),
        ("16.m4a", Container::Alac, 16, 44_100, 2, alac),
        (
            "24.m4a",
            Container::Alac,
            24,
            96_000,
            2,
            &["-c:a", "alac", "-sample_fmt", "s32p", "-bits_per_raw_sample", "24"],
        ),
        ("16-of-1.m4a", Container::Alac, 16, 48_000, 1, alac),
        ("16-of-6.m4a", Container::Alac, 16, 48_000, 6, &["-c:a", "alac", "-movflags", "+faststart"]),
        ("24-of-5.m4a", Container::Alac, 24, 48_000, 5, &["-c:a", "alac", "-sample_fmt", "s32p"]),
        ("16.mov", Container::Alac, 16, 44_100, 2, alac),
    ];
    for (name, container, bits, rate_hz, channels, args) in cases {
        let samples = samples(channels, bits.into());
        let (raw, input) = match bits {
            16 => ("s16le", little_endian(&samples, 2)),
            _ => ("s24le", little_endian(&samples, 3)),
        };
        let path = folder.ffmpeg(name, raw, rate_hz, channels, &input, args);
        assert_holds(&path, container, int_spec(rate_hz, channels, bits), &Samples::Int(samples));
    }
}

#[test]
fn a_flac_that_does_not_know_its_length_is_counted() {
    let folder = Folder::new();
    for (bits, bytes) in [(8, 1), (16, 2), (24, 3)] {
        let samples = samples(2, bits);
        let raw_format =
            ["--force-raw-format", "--sign=signed", "--endian=little", "--channels=2", "--sample-rate=44100"];
        let bps = format!("--bps={bits}");
        let mut args = vec!["-c", "--silent", "--no-padding", &bps];
        args.extend_from_slice(&raw_format);
        args.push("-");
        let path = folder.write("piped.flac", &run("flac", &args, &little_endian(&samples, bytes)));
        let stream_info = std::fs::read(&path).unwrap();
        assert_eq!(stream_info[21] & 15, 0);
        assert_eq!(stream_info[22..26], [0; 4], "flac should not know the length of a pipe");
        assert_holds(&path, Container::Flac, int_spec(44_100, 2, bits as u8), &Samples::Int(samples));
    }
}

#[test]
fn a_flac_of_few_and_large_packets_is_read_from_anywhere_whole_or_cut_out_of_a_longer_one() {
    const PACKET: usize = 4_096;
    let (folder, spec) = (Folder::new(), int_spec(44_100, 2, 24));
    let mut numbers = Numbers(5);
    let noise: Vec<i32> = (0..3 * PACKET * 2).map(|_| numbers.next() as i32 >> 8).collect();
    let args = ["-c:a", "flac", "-frame_size", "4096", "-bits_per_raw_sample", "24"];
    let path = folder.ffmpeg("noise.flac", "s24le", 44_100, 2, &little_endian(&noise, 3), &args);
    let whole = std::fs::read(&path).unwrap();
    let first = whole.windows(4).position(|bytes| bytes[..2] == [0xff, 0xf8] && bytes[3] & 1 == 0).unwrap();
    let packet = |number: u8| {
        let header = [&whole[first..first + 4], &[number]].concat();
        whole.windows(5).position(|bytes| bytes == header).unwrap_or(whole.len())
    };
    // Of all packets only these, with a STREAMINFO that says how many frames there are, or that nobody knows.
    for packets in [0..1u8, 0..2, 0..3, 1..2, 1..3, 2..3] {
        let expected = &noise[usize::from(packets.start) * PACKET * 2..usize::from(packets.end) * PACKET * 2];
        for known in [true, false] {
            let mut file = whole[..42].to_vec();
            file[4] |= 0x80;
            let total = if known { expected.len() as u32 / 2 } else { 0 };
            file[22..26].copy_from_slice(&total.to_be_bytes());
            file[26..42].fill(0);
            file.extend(&whole[packet(packets.start)..packet(packets.end)]);
            let mut master = open(reader(&folder.write("part.flac", &file))).unwrap();
            assert_eq!(master.length_frames() as usize, expected.len() / 2, "{packets:?} {known}");
            assert!(read_all(&mut master) == Samples::Int(expected.to_vec()), "{packets:?} {known}");
            let mut block = Samples::empty(&spec);
            for frame in (0..expected.len() / 2).step_by(511).rev() {
                master.seek(frame as u64).unwrap();
                let frames = master.read(&mut block, 300).unwrap();
                assert!(frames > 0 && same(&block, &Samples::Int(expected.to_vec()), frame * 2..(frame + frames) * 2));
            }
        }
    }
}

#[test]
fn the_same_audio_is_the_same_master_in_every_container() {
    let folder = Folder::new();
    let input = little_endian(&samples(2, 16), 2);
    let ids: Vec<_> = ["a.wav", "a.aiff", "a.flac"]
        .iter()
        .map(|name| examined(&folder.ffmpeg(name, "s16le", 44_100, 2, &input, &[])).unwrap())
        .chain([examined(&folder.ffmpeg("a.m4a", "s16le", 44_100, 2, &input, &["-c:a", "alac"])).unwrap()])
        .collect();
    for other in &ids[1..] {
        assert_eq!((ids[0].master_id, ids[0].md5, &ids[0].loudness), (other.master_id, other.md5, &other.loudness));
    }
    assert_eq!(ids[2].info.flac_md5, Some(ids[2].md5));
    let at_another_rate = examined(&folder.ffmpeg("b.wav", "s16le", 48_000, 2, &input, &[])).unwrap();
    assert_eq!(at_another_rate.md5, ids[0].md5);
    assert_ne!(at_another_rate.master_id, ids[0].master_id);
}

#[test]
fn an_edit_list_cuts_priming_and_padding_away() {
    let folder = Folder::new();
    let samples = samples(2, 16);
    let path = folder.ffmpeg(
        "a.m4a",
        "s16le",
        44_100,
        2,
        &little_endian(&samples, 2),
        &["-c:a", "alac", "-movie_timescale", "44100"],
    );
    let mut bytes = std::fs::read(&path).unwrap();
    let elst = bytes.windows(4).position(|window| window == b"elst").unwrap();
    let (duration, media_time) = (elst + 12, elst + 16);
    assert_eq!(bytes[duration..duration + 4], (LENGTH_FRAMES as u32).to_be_bytes());
    bytes[duration..duration + 4].copy_from_slice(&40_000u32.to_be_bytes());
    bytes[media_time..media_time + 4].copy_from_slice(&1_105u32.to_be_bytes());
    let path = folder.write("edited.m4a", &bytes);
    let mut master = open(reader(&path)).unwrap();
    assert_eq!(master.length_frames(), 40_000);
    let expected = Samples::Int(samples[1_105 * 2..41_105 * 2].to_vec());
    assert!(read_all(&mut master) == expected);
    master.seek(39_990).unwrap();
    let mut block = Samples::empty(&master.spec());
    assert_eq!(master.read(&mut block, 1_000).unwrap(), 10);
    assert!(same(&block, &expected, 39_990 * 2..40_000 * 2));
}

#[test]
fn a_cut_file_is_refused_as_truncated() {
    let folder = Folder::new();
    let input = little_endian(&samples(2, 16), 2);
    for (name, args) in
        [("a.wav", &[][..]), ("a.aiff", &[]), ("a.flac", &[]), ("a.m4a", &["-c:a", "alac", "-movflags", "+faststart"])]
    {
        let whole = std::fs::read(folder.ffmpeg(name, "s16le", 44_100, 2, &input, args)).unwrap();
        for part in [whole.len() / 2, whole.len() * 9 / 10, whole.len() - 3] {
            let error = examined(&folder.write(name, &whole[..part])).unwrap_err();
            assert!(matches!(error, Error::Truncated(_)), "{name} at {part}: {error:?}");
        }
    }
}

#[test]
fn a_flac_whose_samples_were_changed_is_refused() {
    let folder = Folder::new();
    let input = little_endian(&samples(2, 16), 2);
    let path = folder.ffmpeg("a.flac", "s16le", 44_100, 2, &input, &[]);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8 + 18] ^= 1;
    assert!(matches!(examined(&folder.write("signature.flac", &bytes)).unwrap_err(), Error::Md5Mismatch));
    bytes[8 + 18] ^= 1;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    let error = examined(&folder.write("frame.flac", &bytes)).unwrap_err();
    assert!(matches!(error, Error::Malformed(_)), "{error:?}");
}

#[test]
fn a_flac_between_foreign_tags_is_read() {
    let folder = Folder::new();
    let samples = samples(2, 16);
    let flac = std::fs::read(folder.ffmpeg("a.flac", "s16le", 44_100, 2, &little_endian(&samples, 2), &[])).unwrap();
    let mut bytes = b"ID3\x04\0\0\0\0\x40\0".to_vec();
    bytes.resize(10 + 64 * 128, 0);
    bytes.extend_from_slice(&flac);
    bytes.extend_from_slice(b"TAG");
    bytes.resize(bytes.len() + 125, b' ');
    let path = folder.write("between.flac", &bytes);
    assert_holds(&path, Container::Flac, int_spec(44_100, 2, 16), &Samples::Int(samples));
    examined(&path).unwrap();
}

#[test]
fn lossy_audio_is_named_whatever_the_file_is_called() {
    let folder = Folder::new();
    let input = little_endian(&samples(2, 16), 2);
    let cases: [(&str, &[&str], &str); 6] = [
        ("mp3", &["-f", "mp3"], "MP3"),
        ("bare-mp3", &["-f", "mp3", "-id3v2_version", "0", "-write_xing", "0"], "MP3"),
        ("vorbis", &["-c:a", "libvorbis", "-f", "ogg"], "Ogg Vorbis"),
        ("opus", &["-ar", "48000", "-c:a", "libopus", "-f", "ogg"], "Opus"),
        ("aac", &["-c:a", "aac", "-f", "adts"], "AAC"),
        ("m4a", &["-c:a", "aac", "-f", "ipod"], "AAC in MP4"),
    ];
    for (name, args, called) in cases {
        let path = folder.ffmpeg(&format!("{name}.flac"), "s16le", 44_100, 2, &input, args);
        let Err(Error::NotLossless(found)) = open(reader(&path)).map(|_| ()) else { panic!("{name} was taken") };
        assert_eq!(found, called);
        let mut head = std::fs::read(&path).unwrap();
        head.truncate(audio::master::HEAD_BYTES);
        assert!(audio::master::looks_like_audio(&head), "{name}");
    }
}

#[test]
fn progress_ends_at_the_whole_length() {
    let folder = Folder::new();
    let path = folder.ffmpeg("a.flac", "s16le", 44_100, 2, &little_endian(&samples(2, 16), 2), &[]);
    let mut seen = Vec::new();
    examine(reader(&path), &mut |done, all| seen.push((done, all))).unwrap();
    assert!(seen.len() > 1 && seen.is_sorted());
    assert_eq!(seen.last(), Some(&(LENGTH_FRAMES as u64, LENGTH_FRAMES as u64)));
}

/// A WavPack file that Conifer's program makes of a WAV.
fn wavpacked(folder: &Folder, wav: &Path, name: &str, options: &[&str]) -> PathBuf {
    let path = folder.0.path().join(name);
    let all = [options, &["-q", "-y", wav.to_str().unwrap(), "-o", path.to_str().unwrap()]].concat();
    run("wavpack", &all, &[]);
    path
}

#[test]
fn wavpack_of_every_mode_and_shape_holds_the_samples_that_were_put_in() {
    let folder = Folder::new();
    for (bits, raw, codec, rate_hz, channels) in [
        (16, "s16le", "pcm_s16le", 44_100, 2),
        (24, "s32le", "pcm_s24le", 96_000, 2),
        (24, "s32le", "pcm_s24le", 37_800, 6),
        (16, "s16le", "pcm_s16le", 48_000, 1),
    ] {
        let expected = samples(channels, bits);
        let input = match bits {
            16 => little_endian(&expected, 2),
            _ => little_endian(&expected.iter().map(|s| s << 8).collect::<Vec<_>>(), 4),
        };
        let wav = folder.ffmpeg("in.wav", raw, rate_hz, channels, &input, &["-c:a", codec]);
        for options in [&["-f"][..], &[], &["-h"], &["-hh", "-x6"], &["-x3", "--optimize-mono"], &["--blocksize=500"]] {
            let path = wavpacked(&folder, &wav, "made.wv", options);
            let expected = Samples::Int(expected.clone());
            assert_holds(&path, Container::WavPack, int_spec(rate_hz, channels, bits as u8), &expected);
        }
    }
}

#[test]
fn wavpack_keeps_floats_silence_equal_channels_and_empty_bits() {
    let folder = Folder::new();
    let spec = Spec { rate_hz: 48_000, channels: 2, bits: 32, float: true };
    let floats: Vec<f32> = (0..LENGTH_FRAMES * 2)
        .map(|i| match i / 20_000 {
            0 => (i as f32 * 0.01).sin() * 1.5,
            1 => (i % 7) as f32 * 1e-30,
            2 => ((i * 31) % 65_536) as f32 / 32_768.0 - 1.0,
            3 => {
                if i % 2 == 0 {
                    -0.0
                } else {
                    0.0
                }
            }
            _ => f32::from_bits((i as u32).wrapping_mul(0x9E37_79B9) & 0xBFFF_FFFF),
        })
        .collect();
    let input: Vec<u8> = floats.iter().flat_map(|f| f.to_le_bytes()).collect();
    let wav = folder.ffmpeg("float.wav", "f32le", 48_000, 2, &input, &["-c:a", "pcm_f32le"]);
    for options in [&["-f"][..], &["-h"], &["-x2"]] {
        let path = wavpacked(&folder, &wav, "float.wv", options);
        assert_holds(&path, Container::WavPack, spec, &Samples::Float(floats.clone()));
    }
    let ints: Vec<i32> = (0..LENGTH_FRAMES * 2)
        .map(|i| match i / 20_000 {
            0 => 0,
            1 => ((i / 2 * 97) % 60_000) as i32 - 30_000,
            2 => ((i as i32 * 1_001) % 30_000) & !15,
            3 => ((i as i32 * 1_001) % 30_000) | 15,
            _ => (i % 3) as i32 - 1,
        })
        .collect();
    let wav = folder.ffmpeg("odd.wav", "s16le", 44_100, 2, &little_endian(&ints, 2), &[]);
    for options in [&["-f"][..], &["-hx", "--optimize-mono", "--blocksize=2000"]] {
        let path = wavpacked(&folder, &wav, "odd.wv", options);
        assert_holds(&path, Container::WavPack, int_spec(44_100, 2, 16), &Samples::Int(ints.clone()));
    }
}

#[test]
fn wavpack_that_is_lossy_cut_off_or_damaged_is_refused_by_name() {
    let folder = Folder::new();
    let wav = folder.ffmpeg("in.wav", "s16le", 44_100, 2, &little_endian(&samples(2, 16), 2), &[]);
    let hybrid = wavpacked(&folder, &wav, "hybrid.wv", &["-b256"]);
    assert!(matches!(open(reader(&hybrid)), Err(Error::NotLossless(_))));
    let whole = std::fs::read(wavpacked(&folder, &wav, "whole.wv", &["-h", "--blocksize=5000"])).unwrap();
    for part in 1..40 {
        let cut = folder.write("cut.wv", &whole[..whole.len() * part / 40]);
        assert!(matches!(examined(&cut), Err(Error::Truncated(_))), "{part}: {:?}", examined(&cut).map(|e| e.info));
    }
    let mut numbers = Numbers(11);
    for _ in 0..200 {
        let mut damaged = whole.clone();
        let at = numbers.next() as usize % damaged.len();
        damaged[at] ^= 1 << (numbers.next() % 8);
        // A bit in what says nothing of the samples does no harm; any other is noticed.
        if let Ok(found) = examined(&folder.write("damaged.wv", &damaged)) {
            let all = examined(&folder.write("whole.wv", &whole)).unwrap();
            assert_eq!(found.md5, all.md5, "byte {at}");
        }
    }
}

#[test]
fn tags_of_wavpack_are_read_from_its_apev2_tag() {
    let folder = Folder::new();
    let wav = folder.ffmpeg("in.wav", "s16le", 44_100, 2, &little_endian(&samples(2, 16), 2), &[]);
    let options = ["-w", "Title=Рассвет", "-w", "Artist=Хор", "-w", "Track=3/12", "-w", "Year=1999"];
    let path = wavpacked(&folder, &wav, "tagged.wv", &options);
    let tags = audio::tags::read(reader(&path)).unwrap().tags;
    assert_eq!(tags.title.as_deref(), Some("Рассвет"));
    assert_eq!((tags.track_number, tags.track_total, tags.date.as_deref()), (Some(3), Some(12), Some("1999")));
    assert_eq!(tags.artists.first().map(|a| a.name.as_str()), Some("Хор"));
}

/// Reads the frames [from, to) in blocks of `block` frames.
fn read_part(source: &mut dyn Source, from: u64, to: u64, block: usize) {
    let mut samples = Samples::empty(&source.spec());
    source.seek(from).unwrap();
    let mut at = from;
    while at < to {
        at += source.read(&mut samples, block.min((to - at) as usize)).unwrap() as u64;
    }
}

#[test]
fn a_master_that_several_read_in_pieces_is_checked_and_measured_whole() {
    let folder = Folder::new();
    let raw = little_endian(&samples(2, 16), 2);
    let path = folder.ffmpeg("whole.flac", "s16le", 44_100, 2, &raw, &["-c:a", "flac"]);
    let (expected, length) = (examined(&path).unwrap(), LENGTH_FRAMES as u64);
    let open = || open(reader(&path)).unwrap();
    // In turn, out of turn with overlaps, with a gap, and not at all.
    let orders: [&[(u64, u64)]; 4] =
        [&[(0, length)], &[(30_000, length), (9_000, 31_000), (0, 9_500)], &[(0, 100), (40_000, length)], &[]];
    for order in orders {
        let witness = Witness::new(open().info(), true).unwrap();
        std::thread::scope(|scope| {
            for &(from, to) in order {
                let mut source = witness.watch(open());
                scope.spawn(move || read_part(source.as_mut(), from, to, 4_096));
            }
        });
        assert_eq!(witness.finish(open()).unwrap().as_ref(), Some(&expected.loudness), "{order:?}");
    }
    // Signed for other samples than it holds.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[26] ^= 1;
    let path = folder.write("other.flac", &bytes);
    let open = || audio::master::open(reader(&path)).unwrap();
    let witness = Witness::new(open().info(), false).unwrap();
    read_part(witness.watch(open()).as_mut(), 0, length, 1_000);
    assert!(matches!(witness.finish(open()), Err(Error::Md5Mismatch)));
}

#[test]
fn true_audio_by_ffmpeg_holds_the_samples_that_were_put_in() {
    let folder = Folder::new();
    for (bits, raw, rate_hz, channels) in [(16, "s16le", 44_100, 2), (24, "s32le", 96_000, 2), (16, "s16le", 48_000, 1)]
    {
        let expected = samples(channels, bits);
        let input = match bits {
            16 => little_endian(&expected, 2),
            _ => little_endian(&expected.iter().map(|s| s << 8).collect::<Vec<_>>(), 4),
        };
        let more: &[&str] = if bits == 24 { &["-sample_fmt", "s32", "-bits_per_raw_sample", "24"] } else { &[] };
        let path = folder.ffmpeg("made.tta", raw, rate_hz, channels, &input, more);
        let expected = Samples::Int(expected);
        assert_holds(&path, Container::TrueAudio, int_spec(rate_hz, channels, bits as u8), &expected);
        let whole = std::fs::read(&path).unwrap();
        for part in [1, 3, 7, 9] {
            let cut = folder.write("cut.tta", &whole[..whole.len() * part / 10]);
            let refused = examined(&cut);
            assert!(
                matches!(refused, Err(Error::Truncated(_) | Error::Malformed(_))),
                "{part}: {:?}",
                refused.map(|e| e.info)
            );
        }
    }
}

#[test]
fn tags_of_true_audio_are_read_from_behind_the_audio_and_from_before_it() {
    let folder = Folder::new();
    let input = little_endian(&samples(2, 16), 2);
    let tagged = |name: &str, title: &str| {
        let title = format!("title={title}");
        let more = ["-metadata", &title, "-metadata", "artist=Хор", "-metadata", "track=3/12"];
        std::fs::read(folder.ffmpeg(name, "s16le", 44_100, 2, &input, &more)).unwrap()
    };
    let title = |bytes: &[u8]| {
        let tags = audio::tags::read(reader(&folder.write("tagged.tta", bytes))).unwrap().tags;
        assert_eq!((tags.track_number, tags.track_total), (Some(3), Some(12)));
        assert_eq!(tags.artists.first().map(|a| a.name.as_str()), Some("Хор"));
        tags.title.unwrap_or_default()
    };
    let ape = tagged("made.tta", "Рассвет");
    assert_eq!(title(&ape), "Рассвет");
    let mp3 = tagged("made.mp3", "Dawn");
    let id3_bytes = 10 + mp3[6..10].iter().fold(0, |n, b| n << 7 | usize::from(*b));
    let plain =
        std::fs::read(folder.ffmpeg("plain.tta", "s16le", 44_100, 2, &input, &["-fflags", "+bitexact"])).unwrap();
    assert_eq!(title(&[&mp3[..id3_bytes], &plain].concat()), "Dawn");
    assert_eq!(title(&[&mp3[..id3_bytes], &ape].concat()), "Рассвет");
    let none = audio::tags::read(reader(&folder.write("plain.tta", &plain))).unwrap();
    assert_eq!(none.tags, audio::tags::Tags::default());
}
