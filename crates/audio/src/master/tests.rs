//! Headers made by hand: limits, contradictions, and files that are no masters.

use std::io::Cursor;

use super::*;
use crate::Error;

fn reader(bytes: &[u8]) -> Reader {
    Box::new(Cursor::new(bytes.to_vec()))
}

fn refusal(bytes: &[u8]) -> Error {
    match open(reader(bytes)) {
        Ok(_) => panic!("taken: {}", bytes.escape_ascii()),
        Err(error) => error,
    }
}

/// A WAV of four bytes of samples (or what `data_bytes` says) behind a plain `fmt ` chunk.
fn wav(tag: u16, channels: u16, rate_hz: u32, bits: u16, data_bytes: u32) -> Vec<u8> {
    let block_bytes = channels.wrapping_mul(bits.div_ceil(8));
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    for field in [tag, channels] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    bytes.extend_from_slice(&rate_hz.to_le_bytes());
    bytes.extend_from_slice(&rate_hz.wrapping_mul(block_bytes.into()).to_le_bytes());
    for field in [block_bytes, bits] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data_bytes.to_le_bytes());
    bytes.extend_from_slice(&[1, 2, 0xfe, 0xff]);
    bytes
}

/// The same with WAVE_FORMAT_EXTENSIBLE: `valid_bits` of `bits`.
fn extensible(bits: u16, valid_bits: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff\x01\0\x44\xac\0\0\0\0\0\0".to_vec();
    for field in [bits / 8, bits, 22, valid_bits] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    bytes.extend_from_slice(&[4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
    bytes.extend_from_slice(data);
    bytes
}

#[test]
fn shapes_outside_the_limits_are_refused_by_the_limits_name() {
    let cases = [
        (wav(1, 2, 7_999, 16, 4), "MIN_RATE_HZ"),
        (wav(1, 2, u32::MAX, 16, 4), "MAX_RATE_HZ"),
        (wav(1, 9, 44_100, 16, 4), "MAX_CHANNELS"),
        (wav(1, 1, 44_100, 33, 4), "MAX_PCM_BITS"),
    ];
    for (bytes, wanted) in cases {
        let error = refusal(&bytes);
        assert!(matches!(error, Error::Limit { name, .. } if name == wanted), "{error:?}");
    }
}

#[test]
fn zeros_and_contradictions_are_malformed() {
    let mut contradiction = wav(1, 2, 44_100, 16, 4);
    contradiction[32] = 5;
    let cases = [
        wav(1, 2, 0, 16, 4),
        wav(1, 0, 44_100, 16, 4),
        wav(1, 2, 44_100, 0, 4),
        wav(1, 2, 44_100, 16, 0),
        contradiction,
        b"plain text, whatever it is called".to_vec(),
        vec![0; 5_000],
        vec![0xff; 5_000],
    ];
    for bytes in cases {
        let error = refusal(&bytes);
        assert!(matches!(error, Error::Malformed(_)), "{error:?}");
    }
}

#[test]
fn an_empty_or_cut_header_is_truncated() {
    let whole = wav(1, 2, 44_100, 16, 4);
    for bytes in [&b""[..], &whole[..12], &whole[..30], &whole[..whole.len() - 1], b"fLaC", b"FORM\0\0\0\x04AIFF"] {
        let error = refusal(bytes);
        assert!(matches!(error, Error::Truncated(_)), "{error:?} for {}", bytes.escape_ascii());
    }
}

#[test]
fn lossy_audio_in_a_wav_is_named() {
    for (tag, wanted) in [(0x55, "MP3 in WAV"), (7, "mu-law in WAV"), (2, "Microsoft ADPCM in WAV")] {
        let error = refusal(&wav(tag, 1, 44_100, 8, 4));
        assert!(matches!(&error, Error::NotLossless(name) if name == wanted), "{error:?}");
    }
}

#[test]
fn only_the_valid_bits_of_a_wider_container_are_samples() {
    let mut master = open(reader(&extensible(32, 24, &[0, 1, 2, 3, 0, 0xff, 0xff, 0xff]))).unwrap();
    assert_eq!((master.spec().bits, master.length_frames()), (24, 2));
    let mut block = Samples::empty(&master.spec());
    assert_eq!(master.read(&mut block, 10).unwrap(), 2);
    assert_eq!(block, Samples::Int(vec![0x03_02_01, -1]));
    let mut master = open(reader(&extensible(24, 20, &[0x10, 0x02, 0x80]))).unwrap();
    master.read(&mut block, 10).unwrap();
    assert_eq!((master.spec().bits, &block), (20, &Samples::Int(vec![-0x80_000 + 0x21])));
}

#[test]
fn a_float_that_is_no_number_is_refused_when_it_is_read() {
    let mut bytes = wav(3, 1, 44_100, 32, 4);
    let at = bytes.len() - 4;
    bytes[at..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut master = open(reader(&bytes)).unwrap();
    let mut block = Samples::empty(&master.spec());
    assert!(matches!(master.read(&mut block, 1), Err(Error::Malformed(_))));
}

#[test]
fn a_seek_behind_the_end_ends_the_reading() {
    let mut master = open(reader(&wav(1, 1, 44_100, 16, 4))).unwrap();
    let mut block = Samples::empty(&master.spec());
    for frame in [2, 3, u64::MAX] {
        master.seek(frame).unwrap();
        assert_eq!(master.read(&mut block, 10).unwrap(), 0);
    }
    master.seek(1).unwrap();
    assert_eq!((master.read(&mut block, 10).unwrap(), &block), (1, &Samples::Int(vec![-2])));
}

#[test]
fn pictures_text_and_archives_do_not_look_like_audio() {
    let others: [&[u8]; 7] = [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"[playlist]",
        &[0xff; 64],
    ];
    for head in others {
        assert!(!looks_like_audio(head), "{}", head.escape_ascii());
    }
    let audio: [&[u8]; 6] = [
        b"fLaC\0\0\0\x22",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"FORM\0\0\0\0AIFCCOMM",
        b"ID3\x03\0\0\0\0\0\0\xff\xfb\x90\x64\0\0\0\0\0\0\0\0",
        b"\0\0\0\x1cftypM4A \0\0\0\0",
        b"wvpk\0\0\0\0",
    ];
    for head in audio {
        assert!(looks_like_audio(head), "{}", head.escape_ascii());
    }
}
