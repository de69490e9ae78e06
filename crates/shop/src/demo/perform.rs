//! From written music to played music: tempo with its slowing at the end, phrasing, small human unevenness (seeded, so
//! that every performance is the same), pedal. Yields events in seconds; knows no synthesizer and no samples.

use super::score::{HARDEST, Line, QUARTER_TICKS};

/// One player: what he plays and how he is heard. `program` counts as in General MIDI, from 0.
#[derive(Clone, Debug)]
pub struct Voice {
    pub line: Line,
    pub program: u8,
    pub pan: u8,
    pub volume: u8,
    pub reverb: u8,
    pub chorus: u8,
    pub hold_percent: u32,
    pub pedal_ticks: u32,
    pub start_ticks: u32,
}

impl Voice {
    pub fn new(program: u8, line: Line) -> Self {
        let hold_percent = 96;
        Self {
            line,
            program,
            pan: 64,
            volume: 100,
            reverb: 50,
            chorus: 0,
            hold_percent,
            pedal_ticks: 0,
            start_ticks: 0,
        }
    }

    /// 0 is left, 64 the middle, 127 right.
    #[must_use]
    pub fn pan(self, pan: u8) -> Self {
        Self { pan, ..self }
    }

    #[must_use]
    pub fn volume(self, volume: u8) -> Self {
        Self { volume, ..self }
    }

    #[must_use]
    pub fn reverb(self, reverb: u8) -> Self {
        Self { reverb, ..self }
    }

    #[must_use]
    pub fn chorus(self, chorus: u8) -> Self {
        Self { chorus, ..self }
    }

    /// How much of its written length a note sounds.
    #[must_use]
    pub fn hold(self, hold_percent: u32) -> Self {
        Self { hold_percent, ..self }
    }

    /// The sustain pedal, changed each `pedal_ticks`.
    #[must_use]
    pub fn pedal(self, pedal_ticks: u32) -> Self {
        Self { pedal_ticks, ..self }
    }

    /// Comes in after `start_ticks`.
    #[must_use]
    pub fn after(self, start_ticks: u32) -> Self {
        Self { start_ticks, ..self }
    }

    pub fn end_ticks(&self) -> u32 {
        self.start_ticks + self.line.length_ticks
    }
}

/// A piece of music, ready to be played.
#[derive(Clone, Debug)]
pub struct Piece {
    pub voices: Vec<Voice>,
    /// Tempo in quarter notes a minute from each tick on; the first stands at 0.
    pub tempo: Vec<(u32, f64)>,
    /// Over how many ticks it slows down at the end, and to which part of the tempo.
    pub slowing: (u32, f64),
    /// How much the tempo breathes within a phrase: 0.03 is 3 %.
    pub rubato: f64,
    /// A phrase: what swells and falls back.
    pub phrase_ticks: u32,
    /// How long it rings on after the last bar, in seconds.
    pub tail_s: f64,
    /// Level against the other tracks of the release, in decibels.
    pub level_db: f64,
}

/// The most players there can be: the channels of General MIDI without the drums.
pub const VOICES_LIMIT: usize = 15;
const RUBATO_GRID_TICKS: u32 = 20;
/// How long before it is struck again a key is up.
const KEY_UP_S: f64 = 0.008;
/// Strokes of one key nearer than this are one.
const UNISON_S: f64 = 0.025;
/// Which part of the tail the last chord is held for.
const LAST_RING: f64 = 0.5;

impl Piece {
    /// A piece of these voices at `bpm` quarter notes a minute.
    pub fn new(bpm: f64, phrase_ticks: u32, voices: Vec<Voice>) -> Self {
        Self {
            voices,
            tempo: vec![(0, bpm)],
            slowing: (QUARTER_TICKS * 4, 0.55),
            rubato: 0.02,
            phrase_ticks,
            tail_s: 4.0,
            level_db: 0.0,
        }
    }

    #[must_use]
    pub fn slowing(self, ticks: u32, part: f64) -> Self {
        Self { slowing: (ticks, part), ..self }
    }

    #[must_use]
    pub fn rubato(self, rubato: f64) -> Self {
        Self { rubato, ..self }
    }

    #[must_use]
    pub fn level(self, level_db: f64) -> Self {
        Self { level_db, ..self }
    }

    #[must_use]
    pub fn tail(self, tail_s: f64) -> Self {
        Self { tail_s, ..self }
    }

    /// From `tick` on, `bpm` quarter notes a minute.
    #[must_use]
    pub fn tempo_at(mut self, tick: u32, bpm: f64) -> Self {
        self.tempo.push((tick, bpm));
        self
    }

    pub fn length_ticks(&self) -> u32 {
        self.voices.iter().map(Voice::end_ticks).max().unwrap_or(0)
    }

    /// The written music in seconds, without the tail.
    pub fn music_s(&self) -> f64 {
        Clock::new(self).seconds(self.length_ticks())
    }

    /// How long the written music is silent before its first note, in seconds.
    pub fn first_note_s(&self) -> f64 {
        let starts = self.voices.iter().flat_map(|v| v.line.notes.iter().map(|n| v.start_ticks + n.start_ticks));
        starts.min().map_or(0.0, |tick| Clock::new(self).seconds(tick))
    }

    /// What is to be played, in the order of time.
    pub fn events(&self, seed: u32) -> Vec<Event> {
        let clock = Clock::new(self);
        let mut events = Vec::new();
        for (channel, voice) in self.voices.iter().take(VOICES_LIMIT).enumerate() {
            let mut uneven = Uneven::new(seed ^ (channel as u32 + 1).wrapping_mul(0x9E37_79B9));
            self.play(voice, channel as u8, &clock, &mut uneven, &mut events);
        }
        events.sort_by(|a, b| a.time_s.total_cmp(&b.time_s).then(a.strength.cmp(&b.strength)));
        events
    }

    fn play(&self, voice: &Voice, channel: u8, clock: &Clock, uneven: &mut Uneven, events: &mut Vec<Event>) {
        let mut last_start = (u32::MAX, 0);
        let mut strokes = Vec::new();
        for note in &voice.line.notes {
            let start = voice.start_ticks + note.start_ticks;
            let end = start + note.length_ticks * voice.hold_percent / 100;
            // A chord is never struck at one instant: its upper notes follow by some milliseconds.
            last_start = if last_start.0 == start { (start, last_start.1 + 1) } else { (start, 0) };
            let time_s = (clock.seconds(start) + uneven.about(0.006) + f64::from(last_start.1) * 0.004).max(0.0);
            let ring_s = if start + note.length_ticks >= self.length_ticks() { self.tail_s * LAST_RING } else { 0.0 };
            let end_s = clock.seconds(pedalled(start, end, voice.pedal_ticks)).max(time_s + 0.03) + ring_s;
            let strength = self.strength(start, note.strength, uneven);
            strokes.push(Stroke { key: note.key, time_s, end_s, strength });
        }
        release_before_repeats(&mut strokes);
        for Stroke { key, time_s, end_s, strength } in strokes {
            events.push(Event { time_s, channel, key, strength });
            events.push(Event { time_s: end_s, channel, key, strength: 0 });
        }
    }

    /// The phrase swells to its middle; the first beat of it is a little stronger.
    fn strength(&self, tick: u32, written: u8, uneven: &mut Uneven) -> u8 {
        let place = f64::from(tick % self.phrase_ticks) / f64::from(self.phrase_ticks);
        let swell = 9.0 * (std::f64::consts::PI * place).sin() - 4.0;
        let accent = if tick.is_multiple_of(QUARTER_TICKS) { 2.0 } else { 0.0 };
        let played = f64::from(written) + swell + accent + uneven.about(3.0);
        played.clamp(1.0, f64::from(HARDEST)) as u8
    }
}

/// A key goes down (`strength` above 0) or up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    pub time_s: f64,
    pub channel: u8,
    pub key: u8,
    pub strength: u8,
}

/// A note as it is played.
struct Stroke {
    key: u8,
    time_s: f64,
    end_s: f64,
    strength: u8,
}

/// A key must be up before it is struck again, or letting go of the first note would end the second.
fn release_before_repeats(strokes: &mut [Stroke]) {
    strokes.sort_by(|a, b| a.key.cmp(&b.key).then(a.time_s.total_cmp(&b.time_s)));
    for index in 1..strokes.len() {
        let (before, after) = strokes.split_at_mut(index);
        let (note, next) = (&mut before[index - 1], &mut after[0]);
        if note.key != next.key {
            continue;
        }
        if next.time_s - note.time_s < UNISON_S {
            // Two voices on one key: one stroke, as long as the longer.
            next.end_s = next.end_s.max(note.end_s);
            note.end_s = next.end_s;
        } else {
            note.end_s = note.end_s.min(next.time_s - KEY_UP_S);
        }
    }
}

fn pedalled(start: u32, end: u32, pedal_ticks: u32) -> u32 {
    start.checked_div(pedal_ticks).map_or(end, |pedals| end.max((pedals + 1) * pedal_ticks))
}

/// Ticks to seconds: the tempo, its breathing and the last slowing added up on a fine grid.
struct Clock {
    grid_s: Vec<f64>,
}

impl Clock {
    fn new(piece: &Piece) -> Self {
        let steps = piece.length_ticks() / RUBATO_GRID_TICKS + 1;
        let mut grid_s = vec![0.0];
        for step in 0..steps {
            let bpm = tempo(piece, step * RUBATO_GRID_TICKS);
            let last = grid_s[step as usize];
            grid_s.push(last + 60.0 / bpm * f64::from(RUBATO_GRID_TICKS) / f64::from(QUARTER_TICKS));
        }
        Self { grid_s }
    }

    fn seconds(&self, tick: u32) -> f64 {
        let last = self.grid_s.len() - 1;
        let index = (tick / RUBATO_GRID_TICKS) as usize;
        if index >= last {
            // Past the last bar: the pedal's and the last notes' remains, at the last tempo.
            let beyond = f64::from(tick - last as u32 * RUBATO_GRID_TICKS) / f64::from(RUBATO_GRID_TICKS);
            return self.grid_s[last] + beyond * (self.grid_s[last] - self.grid_s[last - 1]);
        }
        let part = f64::from(tick % RUBATO_GRID_TICKS) / f64::from(RUBATO_GRID_TICKS);
        self.grid_s[index] + part * (self.grid_s[index + 1] - self.grid_s[index])
    }
}

fn tempo(piece: &Piece, tick: u32) -> f64 {
    let written = piece.tempo.iter().rev().find(|(from, _)| *from <= tick).map_or(90.0, |(_, bpm)| *bpm);
    let place = f64::from(tick % piece.phrase_ticks) / f64::from(piece.phrase_ticks);
    let breath = 1.0 + piece.rubato * ((std::f64::consts::PI * place).sin() * 1.6 - 1.0);
    let (over, to) = piece.slowing;
    let left = f64::from(piece.length_ticks().saturating_sub(tick)) / f64::from(over.max(1));
    let slowed = if left < 1.0 { 1.0 - (1.0 - to) * (1.0 - left).powi(2) } else { 1.0 };
    written * breath * slowed
}

/// Unevenness of a human hand: a seeded sequence, much nearer to 0 than to its limits.
pub struct Uneven(u32);

impl Uneven {
    pub fn new(seed: u32) -> Self {
        Self(seed | 1)
    }

    /// The next number in 0..1.
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f64::from(self.0) / f64::from(u32::MAX)
    }

    fn about(&mut self, limit: f64) -> f64 {
        (self.next() + self.next() + self.next() - 1.5) / 1.5 * limit
    }
}
