//! The grid against one serial encode of the same samples, which only this module can make.

use super::*;
use crate::pcm::Samples;

/// A chord that swells, a drum now and then, a little noise.
struct Music {
    samples: Vec<i32>,
    at: usize,
}

impl Music {
    fn new(frames: usize) -> Music {
        let mut noise = 1u32;
        let frame = |n: usize| {
            let t = n as f64 / 44_100.0;
            let beat = (-(n as f64 % 30_011.0) / 900.0).exp();
            let swell = 0.5 + 0.5 * (t * 0.7).sin();
            [196.0, 197.0].map(|hz: f64| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let hiss = f64::from(noise >> 8) / f64::from(1 << 24) - 0.5;
                let chord: f64 =
                    [1.0, 1.26, 1.5, 6.0, 9.1].iter().map(|k| (t * hz * k * std::f64::consts::TAU).sin()).sum();
                ((0.12 * swell * chord + (0.6 * beat + 0.01) * hiss) * 32_000.0) as i32
            })
        };
        Music { samples: (0..frames).flat_map(frame).collect(), at: 0 }
    }
}

impl Source for Music {
    fn spec(&self) -> Spec {
        Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false }
    }

    fn length_frames(&self) -> u64 {
        self.samples.len() as u64 / 2
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.at = 2 * frame as usize;
        Ok(())
    }

    fn read(&mut self, out: &mut Samples, max_frames: usize) -> Result<usize> {
        let end = (self.at + 2 * max_frames).min(self.samples.len());
        out.ints_mut().extend_from_slice(&self.samples[self.at..end]);
        let frames = (end - self.at) / 2;
        self.at = end;
        Ok(frames)
    }
}

/// Packets as they come.
struct Packets(Vec<Vec<u8>>);

impl BodySink for Packets {
    fn payload(&mut self, bytes: &[u8]) -> Result<()> {
        self.packet(bytes)
    }

    fn framing(&mut self, _: &[u8]) -> Result<()> {
        Err(Error::Encoder("AAC in MP4 has no framing in its body".into()))
    }

    fn packet(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.push(bytes.to_vec());
        Ok(())
    }
}

/// The packets of the grid and those of one encoder from the first to the last.
fn both_ways(music: &mut Music, setting: Setting) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let work = Work { setting, spec: music.spec(), length_frames: music.length_frames(), md5: None, stream_serial: 0 };
    let layout = Aac.layout(&work).expect("a layout");
    assert!(layout.segments > 2);
    let mut grid = Packets(Vec::new());
    for number in 0..layout.segments {
        let before = grid.0.iter().map(Vec::len).sum::<usize>() as u64;
        assert!(Aac.segment_at(&work, number).is_none_or(|at| at == before), "where segment {number} begins");
        Aac.encode_segment(&work, number, music, &mut grid).expect("a segment");
    }
    let mut serial = Vec::new();
    let mut encoder = ffi::Encoder::new(&work.spec, rate(&work).expect("a rate")).expect("an encoder");
    let first = -(lead_in_frames(&work) as i64);
    feed::each_packet(music, first, first + (packets(&work) * PACKET_FRAMES) as i64, &mut |samples| {
        serial.push(encoder.encode(samples)?.to_vec());
        Ok(())
    })
    .expect("a serial encode");
    assert_eq!(grid.0.len(), serial.len());
    (grid.0, serial)
}

#[test]
fn variable_packets_of_the_grid_are_those_of_one_serial_encode() {
    let mut music = Music::new(44_100 * 30);
    for quality in VBR_LEVELS {
        let (grid, serial) = both_ways(&mut music, Setting { mode: "vbr", quality });
        assert!(grid == serial, "level {quality}");
    }
}

#[test]
fn constant_packets_are_all_of_one_size_and_nearly_all_those_of_one_serial_encode() {
    let mut music = Music::new(44_100 * 30);
    for quality in CBR_KBPS {
        let (grid, serial) = both_ways(&mut music, Setting { mode: "cbr", quality });
        let bytes = constant_packet_bytes(44_100, quality.parse().expect("a number")) as usize;
        assert!(grid.iter().all(|packet| packet.len() == bytes), "{quality} kbit/s");
        let filled = |packet: &Vec<u8>| {
            let mut packet = packet.clone();
            fill::fill(&mut packet, bytes).map(|()| packet)
        };
        let serial: Vec<Vec<u8>> = serial.iter().map(filled).collect::<Result<_>>().expect("no packet is longer");
        let same = grid.iter().zip(&serial).filter(|(a, b)| a == b).count();
        // What remains is a bit here and there: where a fraction of a byte adds up depends on where an encoder began.
        println!("{quality} kbit/s: {same} of {} packets", grid.len());
        assert!(same * 100 > grid.len() * 90, "{quality} kbit/s: {same} of {} packets", grid.len());
    }
}
