//! Turns a played piece into sound: through the instruments of a sound font, or, where there is none, through the
//! demo's own tones. Samples are stereo f32, interleaved, of any level; what level is right is decided in `master`.

use std::sync::Arc;

use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};

use super::DemoError;
use super::perform::{Piece, Voice};
use super::tones::Tones;

/// Where sound fonts of Debian's packages lie (`timgm6mb-soundfont` is the one the demo is balanced for).
pub const SOUND_FONT_PATHS: [&str; 4] = [
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/soundfonts/default.sf2",
];
/// Voices that sound at once; the oldest gives way.
const POLYPHONY: usize = 96;
/// Silence before the first note of a piece that stands alone.
const LEAD_S: f64 = 0.25;
const FADE_S: f64 = 1.5;
const CHUNK_FRAMES: usize = 4096;

/// The first of [`SOUND_FONT_PATHS`] that exists here.
pub fn find_sound_font() -> Option<&'static str> {
    SOUND_FONT_PATHS.into_iter().find(|path| std::path::Path::new(path).is_file())
}

/// The instruments to play on.
#[derive(Clone)]
pub enum Instruments {
    Font(Arc<SoundFont>),
    Own,
}

impl Instruments {
    /// Reads a sound font (SF2); without one, the demo's own tones.
    pub fn read(sound_font: Option<&[u8]>) -> Result<Self, DemoError> {
        let Some(mut bytes) = sound_font else {
            return Ok(Self::Own);
        };
        let font = SoundFont::new(&mut bytes).map_err(|error| DemoError::SoundFont(error.to_string()))?;
        Ok(Self::Font(Arc::new(font)))
    }
}

enum Player {
    Font(Box<Synthesizer>),
    Own(Box<Tones>),
}

impl Player {
    fn new(instruments: &Instruments, rate_hz: u32) -> Result<Self, DemoError> {
        let font = match instruments {
            Instruments::Own => return Ok(Self::Own(Box::new(Tones::new(rate_hz)))),
            Instruments::Font(font) => font,
        };
        let mut settings = SynthesizerSettings::new(rate_hz as i32);
        settings.maximum_polyphony = POLYPHONY;
        let synthesizer = Synthesizer::new(font, &settings).map_err(|error| DemoError::SoundFont(error.to_string()))?;
        Ok(Self::Font(Box::new(synthesizer)))
    }

    /// Seats a player on a channel. The font's percussion channel is passed over.
    fn seat(&mut self, channel: u8, voice: &Voice) {
        match self {
            Self::Own(tones) => tones.seat(channel, voice.program, voice.pan, voice.volume, voice.reverb),
            Self::Font(synthesizer) => {
                let channel = midi_channel(channel);
                synthesizer.process_midi_message(channel, 0xC0, i32::from(voice.program), 0);
                let controls = [(0x07, voice.volume), (0x0A, voice.pan), (0x5B, voice.reverb), (0x5D, voice.chorus)];
                for (control, value) in controls {
                    synthesizer.process_midi_message(channel, 0xB0, control, i32::from(value));
                }
            }
        }
    }

    fn strike(&mut self, channel: u8, key: u8, strength: u8) {
        match self {
            Self::Own(tones) => tones.strike(channel, key, strength),
            Self::Font(synthesizer) if strength > 0 => {
                synthesizer.note_on(midi_channel(channel), i32::from(key), i32::from(strength));
            }
            Self::Font(synthesizer) => synthesizer.note_off(midi_channel(channel), i32::from(key)),
        }
    }

    fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        match self {
            Self::Own(tones) => tones.render(left, right),
            Self::Font(synthesizer) => synthesizer.render(left, right),
        }
    }
}

fn midi_channel(channel: u8) -> i32 {
    let channel = i32::from(channel);
    if channel < Synthesizer::PERCUSSION_CHANNEL as i32 { channel } else { channel + 1 }
}

/// How a piece stands among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A moment of silence before it, a fade at the end of its tail.
    Alone,
    /// Its first note at the first sample, its tail left for the next piece to sound over.
    Joined,
}

/// How much later than written everything sounds; below zero where the score begins with rests.
fn lead_s(piece: &Piece, setting: Setting) -> f64 {
    if setting == Setting::Alone { LEAD_S - piece.first_note_s() } else { 0.0 }
}

/// Frames of the piece itself (without its tail) and with it.
pub fn lengths_frames(piece: &Piece, rate_hz: u32, setting: Setting) -> (usize, usize) {
    let lead_s = lead_s(piece, setting);
    let frames = |seconds: f64| (seconds * f64::from(rate_hz)).round() as usize;
    (frames(piece.music_s() + lead_s), frames(piece.music_s() + lead_s + piece.tail_s))
}

/// Plays a piece. `progress` is told each chunk's frames.
pub fn play(
    piece: &Piece,
    instruments: &Instruments,
    rate_hz: u32,
    seed: u32,
    setting: Setting,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<f32>, DemoError> {
    let mut player = Player::new(instruments, rate_hz)?;
    for (channel, voice) in piece.voices.iter().enumerate() {
        player.seat(channel as u8, voice);
    }
    let lead_s = lead_s(piece, setting);
    let (_, total) = lengths_frames(piece, rate_hz, setting);
    let mut samples = Vec::with_capacity(total * 2);
    for event in piece.events(seed) {
        let at = ((event.time_s + lead_s).max(0.0) * f64::from(rate_hz)) as usize;
        render_until(&mut player, &mut samples, at.min(total), progress);
        player.strike(event.channel, event.key, event.strength);
    }
    render_until(&mut player, &mut samples, total, progress);
    if setting == Setting::Alone {
        fade_out(&mut samples, (FADE_S * f64::from(rate_hz)) as usize);
    }
    Ok(samples)
}

fn render_until(player: &mut Player, samples: &mut Vec<f32>, frames: usize, progress: &mut dyn FnMut(usize)) {
    let (mut left, mut right) = ([0.0; CHUNK_FRAMES], [0.0; CHUNK_FRAMES]);
    while samples.len() / 2 < frames {
        let count = (frames - samples.len() / 2).min(CHUNK_FRAMES);
        player.render(&mut left[..count], &mut right[..count]);
        samples.extend(left[..count].iter().zip(&right[..count]).flat_map(|(l, r)| [*l, *r]));
        progress(count);
    }
}

pub fn fade_out(samples: &mut [f32], fade_frames: usize) {
    let frames = samples.len() / 2;
    let from = frames.saturating_sub(fade_frames);
    for (index, frame) in samples.chunks_exact_mut(2).enumerate().skip(from) {
        let place = (index - from) as f32 / (frames - from).max(1) as f32;
        let gain = 0.5 + 0.5 * (std::f32::consts::PI * place).cos();
        frame.iter_mut().for_each(|sample| *sample *= gain);
    }
}
