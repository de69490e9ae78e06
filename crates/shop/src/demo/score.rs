//! The demo's score language: a line of music as text, read into notes. Knows pitches and lengths; knows nothing of
//! instruments, seconds or samples.
//!
//! A note is `letter`, accidentals `#` or `b`, octave marks `'` or `,`, a length `1 2 4 8 16 32` with dots, and `~`
//! to tie it to the next note of the same pitch: `c4 e8. g'16 <c e g>2~`. A length stays until another is written.
//! Octaves are relative: each note is the one nearest to the last (of a chord: to its first), and the first is
//! measured from middle C. `r` rests, `{ … }` holds triplets, `/b` is a grace note before the next note, `!p` to
//! `!ff` set how hard the notes are struck, and `|` must stand at the end of a bar, which is checked.

/// Ticks in a quarter note.
pub const QUARTER_TICKS: u32 = 480;
const WHOLE_TICKS: u32 = QUARTER_TICKS * 4;
const GRACE_TICKS: u32 = 50;
const MIDDLE_C_STEP: i32 = 28;
/// The hardest a note is struck, as in MIDI.
pub const HARDEST: i32 = 127;
const DYNAMICS: [(&str, i32); 8] =
    [("ppp", 30), ("pp", 40), ("p", 52), ("mp", 63), ("mf", 75), ("f", 90), ("ff", 106), ("fff", 116)];

/// One sounding note. `start_ticks` counts from the beginning of its line; `key` is a MIDI key (60 is middle C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    pub start_ticks: u32,
    pub length_ticks: u32,
    pub key: u8,
    pub strength: u8,
}

/// Notes in time, and how long the line lasts (rests at its end included).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub notes: Vec<Note>,
    pub length_ticks: u32,
}

/// What is wrong with a score, and at which word (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("word {word} of the score, `{text}`: {reason}")]
pub struct ScoreError {
    pub word: usize,
    pub text: String,
    pub reason: &'static str,
}

/// The bars of a line: `bar_ticks` each, after an upbeat of `upbeat_ticks`.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    pub bar_ticks: u32,
    pub upbeat_ticks: u32,
}

impl Meter {
    /// `beats` of a `unit`-th note to a bar, without an upbeat.
    pub const fn new(beats: u32, unit: u32) -> Self {
        Self { bar_ticks: WHOLE_TICKS / unit * beats, upbeat_ticks: 0 }
    }

    /// The same bars after an upbeat.
    pub const fn upbeat(self, upbeat_ticks: u32) -> Self {
        Self { bar_ticks: self.bar_ticks, upbeat_ticks }
    }

    /// Bars of any length.
    pub const FREE: Self = Self { bar_ticks: 1, upbeat_ticks: 0 };
}

impl Line {
    /// Reads a line of the score language, each bar line checked against `meter`.
    pub fn parse(text: &str, meter: Meter) -> Result<Self, ScoreError> {
        let mut reader = Reader::new(meter);
        for (index, word) in text.split_whitespace().enumerate() {
            reader.word(word).map_err(|reason| ScoreError { word: index + 1, text: word.to_owned(), reason })?;
        }
        let end = text.split_whitespace().count();
        reader.finish().map_err(|reason| ScoreError { word: end, text: String::new(), reason })
    }

    /// A silence of `length_ticks`.
    pub fn rest(length_ticks: u32) -> Self {
        Self { notes: Vec::new(), length_ticks }
    }

    /// This line, then the other.
    #[must_use]
    pub fn then(&self, other: &Self) -> Self {
        let offset = self.length_ticks;
        let mut whole = self.clone();
        whole.notes.extend(other.notes.iter().map(|n| Note { start_ticks: n.start_ticks + offset, ..*n }));
        whole.length_ticks += other.length_ticks;
        whole
    }

    /// This line `count` times in a row.
    #[must_use]
    pub fn times(&self, count: usize) -> Self {
        (0..count).fold(Self::default(), |whole, _| whole.then(self))
    }

    /// Both at once, as long as the longer.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.notes.extend_from_slice(&other.notes);
        both.notes.sort_by_key(|n| (n.start_ticks, n.key));
        both.length_ticks = both.length_ticks.max(other.length_ticks);
        both
    }

    /// Moved by `semitones`; what would leave the keyboard is left out.
    #[must_use]
    pub fn transpose(&self, semitones: i32) -> Self {
        let moved = |n: &Note| {
            let key = u8::try_from(i32::from(n.key) + semitones).ok().filter(|key| *key < 128)?;
            Some(Note { key, ..*n })
        };
        Self { notes: self.notes.iter().filter_map(moved).collect(), length_ticks: self.length_ticks }
    }

    /// Struck harder (or, below zero, softer).
    #[must_use]
    pub fn louder(&self, by: i32) -> Self {
        let strength = |n: &Note| (i32::from(n.strength) + by).clamp(1, HARDEST) as u8;
        self.map_notes(|n| Note { strength: strength(n), ..*n })
    }

    /// Every note held for `percent` of its written length.
    #[must_use]
    pub fn held(&self, percent: u32) -> Self {
        self.map_notes(|n| Note { length_ticks: (n.length_ticks * percent / 100).max(1), ..*n })
    }

    /// Every note, repeated each `step_ticks` for as long as it is written: how a domra or mandolin holds a note.
    #[must_use]
    pub fn tremolo(&self, step_ticks: u32) -> Self {
        let mut notes = Vec::new();
        for note in &self.notes {
            let strokes = (note.length_ticks / step_ticks).max(1);
            for stroke in 0..strokes {
                let softer = if stroke == 0 { 0 } else { 9 + (stroke % 2) as u8 * 5 };
                notes.push(Note {
                    start_ticks: note.start_ticks + stroke * step_ticks,
                    length_ticks: note.length_ticks / strokes,
                    strength: note.strength.saturating_sub(softer).max(1),
                    ..*note
                });
            }
        }
        Self { notes, length_ticks: self.length_ticks }
    }

    fn map_notes(&self, change: impl Fn(&Note) -> Note) -> Self {
        Self { notes: self.notes.iter().map(change).collect(), length_ticks: self.length_ticks }
    }
}

/// A written pitch: diatonic step (octave × 7 + letter) and semitones off the white key.
#[derive(Clone, Copy)]
struct Pitch {
    step: i32,
    alter: i32,
}

impl Pitch {
    fn key(self) -> Result<u8, &'static str> {
        const WHITE: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
        let key = (self.step.div_euclid(7) + 1) * 12 + WHITE[self.step.rem_euclid(7) as usize] + self.alter;
        u8::try_from(key).ok().filter(|key| *key < 128).ok_or("the note lies outside the keyboard")
    }
}

struct Reader {
    meter: Meter,
    line: Line,
    last_step: i32,
    chord: Option<Vec<Pitch>>,
    length_ticks: u32,
    strength: i32,
    triplet: bool,
    graces: Vec<u8>,
    tied: Vec<usize>,
}

impl Reader {
    fn new(meter: Meter) -> Self {
        Self {
            meter,
            line: Line::default(),
            last_step: MIDDLE_C_STEP,
            chord: None,
            length_ticks: QUARTER_TICKS,
            strength: 75,
            triplet: false,
            graces: Vec::new(),
            tied: Vec::new(),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), &'static str> {
        if let Some(rest) = word.strip_prefix('<') {
            if self.chord.is_some() {
                return Err("a chord inside a chord");
            }
            self.chord = Some(Vec::new());
            return self.chord_note(rest);
        }
        if self.chord.is_some() {
            return self.chord_note(word);
        }
        match word {
            "|" => self.bar_line(),
            "{" | "}" if self.triplet == (word == "{") => Err("triplet braces do not pair"),
            "{" | "}" => {
                self.triplet = word == "{";
                Ok(())
            }
            _ => self.plain(word),
        }
    }

    fn plain(&mut self, word: &str) -> Result<(), &'static str> {
        if let Some(name) = word.strip_prefix('!') {
            let known = DYNAMICS.iter().find(|(dynamic, _)| *dynamic == name);
            self.strength = known.ok_or("an unknown dynamic")?.1;
            return Ok(());
        }
        if let Some(grace) = word.strip_prefix('/') {
            let (pitch, rest) = self.pitch(grace)?;
            self.graces.push(pitch.key()?);
            return if rest.is_empty() { Ok(()) } else { Err("a grace note has no length") };
        }
        if let Some(rest) = word.strip_prefix('r') {
            let (ticks, tie) = self.length(rest)?;
            self.tied.clear();
            self.line.length_ticks += ticks;
            return if tie { Err("a rest cannot be tied") } else { Ok(()) };
        }
        let (pitch, rest) = self.pitch(word)?;
        let (ticks, tie) = self.length(rest)?;
        self.sound(&[pitch], ticks, tie)
    }

    /// One word of a chord; the last one ends in `>` and carries the length.
    fn chord_note(&mut self, word: &str) -> Result<(), &'static str> {
        let (name, tail) = word.split_once('>').map_or((word, None), |(name, tail)| (name, Some(tail)));
        let first_step = self.chord.as_ref().and_then(|notes| notes.first()).map(|pitch| pitch.step);
        let (pitch, rest) = self.pitch(name)?;
        if !rest.is_empty() {
            return Err("inside a chord only pitches may stand");
        }
        let mut notes = self.chord.take().unwrap_or_default();
        notes.push(pitch);
        let Some(tail) = tail else {
            self.chord = Some(notes);
            return Ok(());
        };
        self.last_step = first_step.unwrap_or(pitch.step);
        let (ticks, tie) = self.length(tail)?;
        self.sound(&notes, ticks, tie)
    }

    /// Reads letter, accidentals and octave marks; gives back what follows them.
    fn pitch<'a>(&mut self, word: &'a str) -> Result<(Pitch, &'a str), &'static str> {
        let letter = word.chars().next().and_then(|letter| "cdefgab".find(letter)).ok_or("not a note")? as i32;
        let mut rest = &word[1..];
        let mut alter = 0;
        while let Some(sign @ ('#' | 'b')) = rest.chars().next() {
            alter += if sign == '#' { 1 } else { -1 };
            rest = &rest[1..];
        }
        let mut step = self.last_step + (letter - self.last_step + 3).rem_euclid(7) - 3;
        while let Some(mark @ ('\'' | ',')) = rest.chars().next() {
            step += if mark == '\'' { 7 } else { -7 };
            rest = &rest[1..];
        }
        self.last_step = step;
        Ok((Pitch { step, alter }, rest))
    }

    fn length(&mut self, word: &str) -> Result<(u32, bool), &'static str> {
        let (word, tie) = word.strip_suffix('~').map_or((word, false), |word| (word, true));
        let digits = word.trim_end_matches('.');
        if !digits.is_empty() {
            let parts = digits.parse().ok().filter(|parts| [1, 2, 4, 8, 16, 32].contains(parts));
            let plain = WHOLE_TICKS / parts.ok_or("not a length")?;
            let dots = (word.len() - digits.len()) as u32;
            if dots > 2 {
                return Err("too many dots");
            }
            self.length_ticks = plain * 2 - plain / (1 << dots);
        } else if !word.is_empty() {
            return Err("a dot without a length");
        }
        Ok((if self.triplet { self.length_ticks * 2 / 3 } else { self.length_ticks }, tie))
    }

    fn sound(&mut self, pitches: &[Pitch], ticks: u32, tie: bool) -> Result<(), &'static str> {
        let start_ticks = self.line.length_ticks;
        self.sound_graces(start_ticks);
        let tied = std::mem::take(&mut self.tied);
        for pitch in pitches {
            let key = pitch.key()?;
            let held = tied.iter().copied().find(|index| self.line.notes[*index].key == key);
            let index = held.unwrap_or(self.line.notes.len());
            match held {
                Some(index) => self.line.notes[index].length_ticks += ticks,
                None => {
                    let strength = self.strength as u8;
                    self.line.notes.push(Note { start_ticks, length_ticks: ticks, key, strength });
                }
            }
            if tie {
                self.tied.push(index);
            }
        }
        self.line.length_ticks += ticks;
        Ok(())
    }

    /// Grace notes take their time from the note before.
    fn sound_graces(&mut self, start_ticks: u32) {
        let graces = std::mem::take(&mut self.graces);
        for (index, key) in graces.iter().enumerate() {
            let before = GRACE_TICKS * (graces.len() - index) as u32;
            let strength = (self.strength - 12).max(1) as u8;
            let start_ticks = start_ticks.saturating_sub(before);
            self.line.notes.push(Note { start_ticks, length_ticks: GRACE_TICKS, key: *key, strength });
        }
    }

    fn bar_line(&mut self) -> Result<(), &'static str> {
        let into = self.line.length_ticks + self.meter.bar_ticks - self.meter.upbeat_ticks;
        if into.is_multiple_of(self.meter.bar_ticks) { Ok(()) } else { Err("the bar is not full, or too full") }
    }

    fn finish(self) -> Result<Line, &'static str> {
        if self.chord.is_some() {
            return Err("a chord is not closed");
        }
        if self.triplet {
            return Err("a triplet is not closed");
        }
        if self.graces.is_empty() { Ok(self.line) } else { Err("a grace note without a note") }
    }
}
