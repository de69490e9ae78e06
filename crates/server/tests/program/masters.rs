//! Small lossless masters, made here.

use std::path::Path;

/// Writes a stereo 16-bit WAV of `seconds` with a title, whose tone differs by `n`.
pub fn wav(path: &Path, n: u32, seconds: u32, title: &str) {
    let frames = 44_100 * seconds;
    let info = info_chunk(&[(b"INAM", title), (b"IPRD", "Kill me"), (b"IART", "Nobody"), (b"IPRT", &n.to_string())]);
    let mut out = Vec::new();
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + info.len() as u32 + frames * 4).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    out.extend_from_slice(&44_100u32.to_le_bytes());
    out.extend_from_slice(&176_400u32.to_le_bytes());
    out.extend_from_slice(b"\x04\0\x10\0");
    out.extend_from_slice(&info);
    out.extend_from_slice(b"data");
    out.extend_from_slice(&(frames * 4).to_le_bytes());
    for i in 0..frames {
        let phase = f64::from(i) * f64::from(180 + n * 41) * std::f64::consts::TAU / 44_100.0;
        let sample = ((phase.sin() + (phase * 2.01).sin() * 0.4) * 9_000.0) as i16;
        out.extend_from_slice(&sample.to_le_bytes());
        out.extend_from_slice(&(sample / 2).to_le_bytes());
    }
    std::fs::write(path, out).unwrap();
}

fn info_chunk(values: &[(&[u8; 4], &str)]) -> Vec<u8> {
    let mut list = b"INFO".to_vec();
    for (id, value) in values {
        let mut text = value.as_bytes().to_vec();
        text.push(0);
        list.extend_from_slice(*id);
        list.extend_from_slice(&(text.len() as u32).to_le_bytes());
        list.extend_from_slice(&text);
        list.resize(list.len().next_multiple_of(2), 0);
    }
    let mut chunk = b"LIST".to_vec();
    chunk.extend_from_slice(&(list.len() as u32).to_le_bytes());
    chunk.extend_from_slice(&list);
    chunk
}
