//! A decoder of True Audio (TTA1), written after the format's description alone, as the judge of our encoder. It takes our
//! files for whole and panics where they are not.

/// The samples of a file, right-justified in `bits`.
pub fn decode(file: &[u8], bits: u8) -> Vec<i32> {
    let at = file.windows(4).position(|w| w == b"TTA1").expect("a True Audio file");
    let file = &file[at..];
    let word = |at: usize| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
    let (channels, stored) = (usize::from(file[6]), u32::from(file[8]));
    let (rate_hz, length) = (word(10) as usize, word(14) as usize);
    assert_eq!(word(18), crc32(&file[..18]));
    let frame_length = rate_hz * 256 / 245;
    let frames = length.div_ceil(frame_length);
    assert_eq!(word(22 + frames * 4), crc32(&file[22..22 + frames * 4]));
    let (mut samples, mut from) = (Vec::new(), 26 + frames * 4);
    for frame in 0..frames {
        let to = from + word(22 + frame * 4) as usize;
        assert_eq!(word(to - 4), crc32(&file[from..to - 4]));
        let here = frame_length.min(length - frame * frame_length);
        decode_frame(&file[from..to - 4], channels, stored, here, &mut samples);
        from = to;
    }
    samples.iter_mut().for_each(|s| *s >>= stored - u32::from(bits));
    samples
}

/// The usual CRC-32, a bit at a time.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| crc >> 1 ^ if crc & 1 != 0 { 0xEDB8_8320 } else { 0 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// Bits, lowest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> u32 {
        let bit = self.bytes[self.at / 8] >> (self.at % 8) & 1;
        self.at += 1;
        bit.into()
    }

    fn bits(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, n| value | self.bit() << n)
    }

    fn ones(&mut self) -> u32 {
        let mut ones = 0;
        while self.bit() == 1 {
            ones += 1;
        }
        ones
    }
}

/// The parameter of a Rice code.
struct Rice {
    k: u32,
    sum: u32,
}

impl Rice {
    fn learn(&mut self, value: u32) {
        self.sum = self.sum.wrapping_add(value.wrapping_sub(self.sum >> 4));
        if self.k > 0 && self.sum < 1 << (self.k + 4) {
            self.k -= 1;
        } else if self.sum > 1 << (self.k + 5) {
            self.k += 1;
        }
    }
}

/// One channel of a frame.
struct Channel {
    rice: [Rice; 2],
    shift: u32,
    error: i32,
    weights: [i32; 8],
    steps: [i32; 8],
    past: [i32; 8],
    last: i32,
}

impl Channel {
    fn new(stored: u32) -> Channel {
        let rice = || Rice { k: 10, sum: 1 << 14 };
        let shift = if stored <= 16 { 9 } else { 10 };
        Channel { rice: [rice(), rice()], shift, error: 0, weights: [0; 8], steps: [0; 8], past: [0; 8], last: 0 }
    }

    fn residual(&mut self, bits: &mut Bits) -> i32 {
        let ones = bits.ones();
        let value = if ones == 0 {
            bits.bits(self.rice[0].k)
        } else {
            let rest = ((ones - 1) << self.rice[1].k) + bits.bits(self.rice[1].k);
            self.rice[1].learn(rest);
            rest + (1 << self.rice[0].k)
        };
        self.rice[0].learn(value);
        if value & 1 == 1 { (value >> 1) as i32 + 1 } else { -((value >> 1) as i32) }
    }

    fn next(&mut self, bits: &mut Bits) -> i32 {
        let residual = self.residual(bits);
        for i in 0..8 {
            self.weights[i] = self.weights[i].wrapping_add(self.error.signum() * self.steps[i]);
        }
        let products = (0..8).map(|i| self.weights[i].wrapping_mul(self.past[i]));
        let sum = products.fold(1i32 << (self.shift - 1), i32::wrapping_add);
        let value = residual.wrapping_add(sum >> self.shift);
        self.error = residual;
        self.steps.rotate_left(1);
        for (to, size) in [(4, 1), (5, 2), (6, 2), (7, 4)] {
            self.steps[to] = if self.past[to] < 0 { -size } else { size };
        }
        let [.., d2, d1, v] = self.past;
        self.past.rotate_left(1);
        self.past[7] = value;
        self.past[6] = value.wrapping_sub(v);
        self.past[5] = self.past[6].wrapping_sub(d1);
        self.past[4] = self.past[5].wrapping_sub(d2);
        self.last = value.wrapping_add(((i64::from(self.last) * 31) >> 5) as i32);
        self.last
    }
}

fn decode_frame(bytes: &[u8], channels: usize, stored: u32, frames: usize, out: &mut Vec<i32>) {
    let mut bits = Bits { bytes, at: 0 };
    let mut states: Vec<Channel> = (0..channels).map(|_| Channel::new(stored)).collect();
    for _ in 0..frames {
        let mut frame: Vec<i32> = states.iter_mut().map(|state| state.next(&mut bits)).collect();
        if let Some(last) = channels.checked_sub(1).filter(|last| *last > 0) {
            // The last holds the middle, those before it the step to the next.
            frame[last] += frame[last - 1] / 2;
            (0..last).rev().for_each(|i| frame[i] = frame[i + 1] - frame[i]);
        }
        out.extend(frame);
    }
}
