//! A small additive synthesizer of the demo's own, for machines without a sound font: struck and plucked strings,
//! bells, organ pipes, bowed strings and voices, winds, and a plain room. Each partial is a rotating, decaying phasor.

use std::f32::consts::TAU;

const CHANNELS: usize = 16;
const VOICES_LIMIT: usize = 48;
const PARTIALS: usize = 10;
const SILENT: f32 = 1e-4;

/// How a family of instruments sounds. Times are in seconds; a decay of 0 holds the tone.
#[derive(Clone, Copy)]
struct Timbre {
    attack_s: f32,
    decay_s: f32,
    release_s: f32,
    /// How fast the partials fall off: the amplitude of partial n is n^-slope.
    slope: f32,
    /// The strength of even partials (a clarinet has few).
    even: f32,
    /// How far partials are stretched out of tune (a bell's are).
    stretch: f32,
    level: f32,
}

const PIANO: Timbre = timbre(0.003, 2.6, 0.18, 1.5, 1.0, 0.0004, 1.0);
const HARPSICHORD: Timbre = timbre(0.001, 1.6, 0.12, 0.7, 0.9, 0.0001, 0.45);
const BELL: Timbre = timbre(0.002, 3.5, 1.2, 1.3, 1.0, 0.12, 0.8);
const ORGAN: Timbre = timbre(0.03, 0.0, 0.15, 1.2, 1.0, 0.0, 0.5);
const PLUCKED: Timbre = timbre(0.002, 1.3, 0.15, 1.2, 0.9, 0.0002, 1.0);
const BOWED: Timbre = timbre(0.09, 0.0, 0.3, 1.3, 1.0, 0.0, 0.5);
const VOICE: Timbre = timbre(0.12, 0.0, 0.4, 2.0, 1.0, 0.0, 0.8);
const BRASS: Timbre = timbre(0.05, 0.0, 0.15, 1.1, 1.0, 0.0, 0.45);
const REED: Timbre = timbre(0.04, 0.0, 0.12, 1.1, 0.25, 0.0, 0.5);
const FLUTE: Timbre = timbre(0.05, 0.0, 0.12, 2.4, 0.8, 0.0, 0.8);

const fn timbre(
    attack_s: f32,
    decay_s: f32,
    release_s: f32,
    slope: f32,
    even: f32,
    stretch: f32,
    level: f32,
) -> Timbre {
    Timbre { attack_s, decay_s, release_s, slope, even, stretch, level }
}

/// The family of a General MIDI program.
fn timbre_of(program: u8) -> Timbre {
    match program {
        6 | 7 => HARPSICHORD,
        0..=5 => PIANO,
        8..=15 => BELL,
        16..=23 => ORGAN,
        24..=39 | 45..=47 | 104..=108 => PLUCKED,
        40..=51 => BOWED,
        52..=55 => VOICE,
        56..=63 => BRASS,
        64..=71 => REED,
        72..=79 => FLUTE,
        _ => VOICE,
    }
}

#[derive(Clone, Copy)]
struct Seat {
    timbre: Timbre,
    left: f32,
    right: f32,
    room: f32,
}

struct Sounding {
    channel: u8,
    key: u8,
    partials: [Partial; PARTIALS],
    level: f32,
    attack_step: f32,
    release: f32,
    held: bool,
}

#[derive(Clone, Copy, Default)]
struct Partial {
    re: f32,
    im: f32,
    turn_re: f32,
    turn_im: f32,
}

/// The synthesizer: seats, sounding notes and the room they stand in.
pub struct Tones {
    rate_hz: f32,
    seats: [Seat; CHANNELS],
    sounding: Vec<Sounding>,
    room: Room,
}

impl Tones {
    pub fn new(rate_hz: u32) -> Self {
        let seat = Seat { timbre: PIANO, left: 0.7, right: 0.7, room: 0.4 };
        let rate_hz = rate_hz as f32;
        Self { rate_hz, seats: [seat; CHANNELS], sounding: Vec::new(), room: Room::new(rate_hz) }
    }

    /// Seats an instrument; the arguments count as in MIDI, 0 to 127.
    pub fn seat(&mut self, channel: u8, program: u8, pan: u8, volume: u8, reverb: u8) {
        let angle = f32::from(pan) / 127.0 * std::f32::consts::FRAC_PI_2;
        let gain = (f32::from(volume) / 127.0).powi(2) * 0.2;
        let (left, right) = (angle.cos() * gain, angle.sin() * gain);
        let room = f32::from(reverb) / 127.0;
        self.seats[usize::from(channel) % CHANNELS] = Seat { timbre: timbre_of(program), left, right, room };
    }

    /// Presses a key, or (`strength` 0) lets it go.
    pub fn strike(&mut self, channel: u8, key: u8, strength: u8) {
        if strength == 0 {
            let held = self.sounding.iter_mut().find(|s| s.channel == channel && s.key == key && s.held);
            return held.map_or((), |note| note.held = false);
        }
        if self.sounding.len() >= VOICES_LIMIT {
            self.sounding.remove(0);
        }
        let timbre = self.seats[usize::from(channel) % CHANNELS].timbre;
        let hardness = f32::from(strength) / 127.0;
        self.sounding.push(Sounding {
            channel,
            key,
            partials: partials(timbre, key, hardness, self.rate_hz),
            level: 0.0,
            attack_step: 1.0 / (timbre.attack_s * self.rate_hz),
            release: (-1.0 / (timbre.release_s * self.rate_hz)).exp(),
            held: true,
        });
    }

    /// The next samples of both ears.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        for (l, r) in left.iter_mut().zip(right.iter_mut()) {
            let (mut dry, mut wet) = ((0.0, 0.0), (0.0, 0.0));
            for note in &mut self.sounding {
                let seat = &self.seats[usize::from(note.channel) % CHANNELS];
                let sample = note.next();
                let heard = (sample * seat.left, sample * seat.right);
                dry = (dry.0 + heard.0, dry.1 + heard.1);
                wet = (wet.0 + heard.0 * seat.room, wet.1 + heard.1 * seat.room);
            }
            let room = self.room.next(wet);
            (*l, *r) = (dry.0 + room.0, dry.1 + room.1);
        }
        self.sounding.retain(|note| note.held && note.energy() > SILENT * SILENT || note.level > SILENT && !note.held);
    }
}

impl Sounding {
    fn next(&mut self) -> f32 {
        self.level = if self.held { (self.level + self.attack_step).min(1.0) } else { self.level * self.release };
        let mut sum = 0.0;
        for partial in &mut self.partials {
            let re = partial.re * partial.turn_re - partial.im * partial.turn_im;
            partial.im = partial.re * partial.turn_im + partial.im * partial.turn_re;
            partial.re = re;
            sum += partial.im;
        }
        sum * self.level
    }

    fn energy(&self) -> f32 {
        self.partials.iter().map(|p| p.re * p.re + p.im * p.im).sum()
    }
}

fn partials(timbre: Timbre, key: u8, hardness: f32, rate_hz: f32) -> [Partial; PARTIALS] {
    let base_hz = 440.0 * ((f32::from(key) - 69.0) / 12.0).exp2();
    // A low string rings longer than a high one.
    let decay_s = timbre.decay_s * ((60.0 - f32::from(key)) / 24.0).exp2();
    std::array::from_fn(|index| {
        let number = (index + 1) as f32;
        let hz = base_hz * number * (1.0 + timbre.stretch * (number - 1.0) * number.sqrt());
        if hz > rate_hz * 0.45 {
            return Partial::default();
        }
        let balance = if index % 2 == 1 { timbre.even } else { 1.0 };
        let slope = timbre.slope + (1.0 - hardness) * 0.9;
        let fading = if timbre.decay_s > 0.0 { (-(0.7 + 0.3 * number) / (decay_s * rate_hz)).exp() } else { 1.0 };
        let (sin, cos) = (TAU * hz / rate_hz).sin_cos();
        let size = timbre.level * hardness * hardness * balance * number.powf(-slope);
        Partial { re: size, im: 0.0, turn_re: cos * fading, turn_im: sin * fading }
    })
}

/// A plain room: for each ear four combs of different length, then an all-pass that blurs them.
struct Room {
    combs: [[Delay; 4]; 2],
    blur: [Delay; 2],
}

struct Delay {
    samples: Vec<f32>,
    at: usize,
    damped: f32,
}

const COMBS_S: [f32; 4] = [0.0297, 0.0371, 0.0411, 0.0437];
const EAR_S: f32 = 0.0005;
const BLUR_S: f32 = 0.0089;
const FEEDBACK: f32 = 0.82;
const DAMPING: f32 = 0.3;

impl Room {
    fn new(rate_hz: f32) -> Self {
        let comb = |ear: usize| COMBS_S.map(|seconds| Delay::new((seconds + EAR_S * ear as f32) * rate_hz));
        Self { combs: [comb(0), comb(1)], blur: [Delay::new(BLUR_S * rate_hz), Delay::new((BLUR_S + EAR_S) * rate_hz)] }
    }

    fn next(&mut self, (left, right): (f32, f32)) -> (f32, f32) {
        let mut ear = |index: usize, input: f32| {
            let mixed = self.combs[index].iter_mut().map(|comb| comb.echo(input)).sum::<f32>() * 0.3;
            self.blur[index].all_pass(mixed)
        };
        (ear(0, left + right * 0.3), ear(1, right + left * 0.3))
    }
}

impl Delay {
    fn new(frames: f32) -> Self {
        Self { samples: vec![0.0; frames.max(1.0) as usize], at: 0, damped: 0.0 }
    }

    fn echo(&mut self, input: f32) -> f32 {
        let out = self.samples[self.at];
        self.damped = out * (1.0 - DAMPING) + self.damped * DAMPING;
        self.put(input + self.damped * FEEDBACK);
        out
    }

    fn all_pass(&mut self, input: f32) -> f32 {
        let out = self.samples[self.at] - input * 0.5;
        self.put(input + out * 0.5);
        out
    }

    fn put(&mut self, sample: f32) {
        self.samples[self.at] = sample;
        self.at = (self.at + 1) % self.samples.len();
    }
}
