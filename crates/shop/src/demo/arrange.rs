//! How the demo dresses a tune: chord changes read from text, and accompaniments, descants, thirds and divisions made
//! from them with plain voice-leading. Works on lines of notes only; instruments and time in seconds are elsewhere.

use super::score::{Line, Note, ScoreError};

/// The chord of one stretch of time: pitch classes (0 is C), the bass apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harmony {
    pub start_ticks: u32,
    pub length_ticks: u32,
    pub bass: u8,
    pub tones: Vec<u8>,
}

/// Chord changes in time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub harmonies: Vec<Harmony>,
    pub length_ticks: u32,
}

/// The seven pitch classes of a key.
#[derive(Clone, Copy, Debug)]
pub struct Scale(pub [u8; 7]);

impl Scale {
    pub const MAJOR: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
    pub const MINOR: [u8; 7] = [0, 2, 3, 5, 7, 8, 10];

    /// The scale `steps` on the tonic `root` (0 is C).
    pub fn new(root: u8, steps: [u8; 7]) -> Self {
        let mut pitches = steps.map(|step| (step + root) % 12);
        pitches.sort_unstable();
        Self(pitches)
    }

    /// The place of `key` on the ladder of scale notes (of a foreign note: the one below it).
    fn degree(&self, key: u8) -> i32 {
        let below = self.0.iter().filter(|pitch| **pitch <= key % 12).count() as i32;
        i32::from(key / 12) * 7 + below - 1
    }

    fn key(&self, degree: i32) -> u8 {
        let key = degree.div_euclid(7) * 12 + i32::from(self.0[degree.rem_euclid(7) as usize]);
        key.clamp(0, 127) as u8
    }
}

impl Changes {
    /// Reads chords such as `Am | Dm E7 | F/A`; the chords of a bar share it equally.
    pub fn parse(text: &str, bar_ticks: u32) -> Result<Self, ScoreError> {
        let mut changes = Self::default();
        for (index, bar) in text.split('|').enumerate() {
            let names: Vec<&str> = bar.split_whitespace().collect();
            let error = |text: &str, reason| ScoreError { word: index + 1, text: text.to_owned(), reason };
            if names.is_empty() || !bar_ticks.is_multiple_of(names.len() as u32) {
                return Err(error(bar, "the bar cannot be shared by its chords"));
            }
            let length_ticks = bar_ticks / names.len() as u32;
            for name in names {
                let (bass, tones) = chord(name).ok_or_else(|| error(name, "not a chord"))?;
                changes.harmonies.push(Harmony { start_ticks: changes.length_ticks, length_ticks, bass, tones });
                changes.length_ticks += length_ticks;
            }
        }
        Ok(changes)
    }

    /// The changes `count` times in a row.
    #[must_use]
    pub fn times(&self, count: usize) -> Self {
        let mut whole = Self::default();
        for _ in 0..count {
            let offset = whole.length_ticks;
            let moved = |h: &Harmony| Harmony { start_ticks: h.start_ticks + offset, ..h.clone() };
            whole.harmonies.extend(self.harmonies.iter().map(moved));
            whole.length_ticks += self.length_ticks;
        }
        whole
    }

    /// The bass: one note to a chord, within the octave above `low`.
    pub fn bass(&self, low: u8, strength: u8) -> Line {
        self.line(|h, out| out.push(note(h.start_ticks, h.length_ticks, above(low, h.bass), strength)))
    }

    /// The bass each `step_ticks`, the fifth or the octave on every second stroke.
    pub fn walking_bass(&self, low: u8, step_ticks: u32, strength: u8) -> Line {
        self.line(|h, out| {
            let root = above(low, h.bass);
            let fifth = h.tones.get(2).map_or(root + 12, |tone| above(root, *tone));
            for stroke in 0..h.length_ticks / step_ticks {
                let (key, softer) = if stroke % 2 == 0 { (root, 0) } else { (fifth, 8) };
                out.push(note(h.start_ticks + stroke * step_ticks, step_ticks, key, strength.saturating_sub(softer)));
            }
        })
    }

    /// Held chords near `center`, each voice moving as little as it can; a chord that returns is struck again.
    pub fn pad(&self, center: u8, strength: u8) -> Line {
        self.voiced(center, |h, keys, out| {
            out.extend(keys.iter().map(|key| note(h.start_ticks, h.length_ticks, *key, strength)));
        })
    }

    /// The chord on the beats named in `beats` (of `beat_ticks` each, counted within `bar_beats`), short.
    pub fn strum(&self, center: u8, beat_ticks: u32, bar_beats: u32, beats: &[u32], strength: u8) -> Line {
        self.voiced(center, |h, keys, out| {
            for beat in 0..h.length_ticks / beat_ticks {
                let start_ticks = h.start_ticks + beat * beat_ticks;
                if beats.contains(&(start_ticks / beat_ticks % bar_beats)) {
                    out.extend(keys.iter().map(|key| note(start_ticks, beat_ticks * 4 / 5, *key, strength)));
                }
            }
        })
    }

    /// Broken chords: `pattern` counts up the chord from its lowest note at or above `low`, a note each `step_ticks`.
    pub fn broken(&self, low: u8, step_ticks: u32, pattern: &[usize], strength: u8) -> Line {
        self.line(|h, out| {
            let mut tones: Vec<u8> = h.tones.iter().map(|tone| above(low, *tone)).collect();
            tones.sort_unstable();
            for step in 0..h.length_ticks / step_ticks {
                let place = pattern[step as usize % pattern.len()];
                let key = tones[place % tones.len()] + 12 * (place / tones.len()) as u8;
                let lift = if step == 0 { 8 } else { 0 };
                out.push(note(h.start_ticks + step * step_ticks, step_ticks, key, strength + lift));
            }
        })
    }

    /// A new melody over the changes: a note each `step_ticks`, chord notes where a chord begins, scale steps between,
    /// wandering between `low` and `high`. The same seed gives the same melody.
    pub fn descant(&self, scale: Scale, step_ticks: u32, (low, high): (u8, u8), seed: u32, strength: u8) -> Line {
        let targets = self.targets((low, high), seed);
        let mut line = Line::rest(self.length_ticks);
        for (index, h) in self.harmonies.iter().enumerate() {
            let from = scale.degree(targets[index]);
            let to = scale.degree(*targets.get(index + 1).unwrap_or(&targets[index]));
            let steps = (h.length_ticks / step_ticks).max(1) as i32;
            line.notes.push(note(h.start_ticks, h.length_ticks / steps as u32, targets[index], strength));
            for step in 1..steps {
                let degree = from + between(to - from, step, steps);
                let start_ticks = h.start_ticks + h.length_ticks / steps as u32 * step as u32;
                let key = fit(scale.key(degree), h, step, steps);
                line.notes.push(note(start_ticks, h.length_ticks / steps as u32, key, strength.saturating_sub(6)));
            }
        }
        line
    }

    /// The chord notes a descant aims at: near the last one, bending back at the edges of its range.
    fn targets(&self, (low, high): (u8, u8), seed: u32) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut last = i32::from(low) + i32::from(high - low) * 2 / 3;
        let mut rising = seed.is_multiple_of(2);
        let mut targets = Vec::new();
        for h in &self.harmonies {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let leap = 2 + (state >> 24) as i32 % 5;
            let aim = last + if rising { leap } else { -leap };
            let candidates = (low..=high).filter(|key| h.tones.contains(&(key % 12)) && i32::from(*key) != last);
            let best = candidates.min_by_key(|key| (i32::from(*key) - aim).abs()).unwrap_or(low);
            rising = match best {
                key if key + 4 >= high => false,
                key if key <= low + 4 => true,
                // One time in three it turns back by itself.
                _ => rising != (state >> 16).is_multiple_of(3),
            };
            last = i32::from(best);
            targets.push(best);
        }
        targets
    }

    fn line(&self, mut each: impl FnMut(&Harmony, &mut Vec<Note>)) -> Line {
        let mut line = Line::rest(self.length_ticks);
        for harmony in &self.harmonies {
            each(harmony, &mut line.notes);
        }
        line
    }

    fn voiced(&self, center: u8, mut each: impl FnMut(&Harmony, &[u8], &mut Vec<Note>)) -> Line {
        let mut last: Option<Vec<u8>> = None;
        self.line(|h, out| {
            let keys = closest_voicing(h, center, last.as_deref());
            each(h, &keys, out);
            last = Some(keys);
        })
    }
}

/// The close position of the chord that moves least from the last one and stays about `center`.
fn closest_voicing(harmony: &Harmony, center: u8, last: Option<&[u8]>) -> Vec<u8> {
    let inversions =
        (0..harmony.tones.len()).flat_map(|inversion| [center - 12, center - 6, center].map(|low| (inversion, low)));
    let voicings = inversions.map(|(inversion, low)| {
        let mut floor = low;
        let order = harmony.tones.iter().cycle().skip(inversion).take(harmony.tones.len());
        let keys = order.map(|tone| {
            floor = above(floor, *tone) + 1;
            floor - 1
        });
        keys.collect::<Vec<u8>>()
    });
    let cost = |keys: &Vec<u8>| {
        let middle = keys.iter().map(|key| i32::from(*key)).sum::<i32>() / keys.len() as i32;
        let drift = (middle - i32::from(center)).abs();
        let moved = last.map_or(0, |last| last.iter().zip(keys).map(|(a, b)| i32::from(a.abs_diff(*b))).sum::<i32>());
        moved * 2 + drift * 3
    };
    voicings.min_by_key(cost).unwrap_or_default()
}

/// Where a run stands after `step` of `steps`: straight to its goal, or round its own note when it has nowhere to go.
fn between(distance: i32, step: i32, steps: i32) -> i32 {
    if distance.abs() >= steps / 2 || steps == 2 && distance != 0 {
        return distance * step / steps;
    }
    let turn: i32 = [0, 1, 2, 1, 0, -1, -2, -1][(step % 8) as usize];
    if step * 2 > steps { distance + turn.signum() * (steps - step).min(2) } else { turn }
}

/// On the second half of a chord a run prefers its notes: a clash of a semitone gives way to the chord note.
fn fit(key: u8, harmony: &Harmony, step: i32, steps: i32) -> u8 {
    let strong = step * 2 == steps;
    let clash = harmony.tones.iter().find(|tone| (key + 12 - **tone) % 12 == 1);
    match clash {
        Some(_) if strong => key - 1,
        _ if strong && !harmony.tones.contains(&(key % 12)) && harmony.tones.contains(&((key + 11) % 12)) => key - 1,
        _ => key,
    }
}

/// The line again, `degrees` scale steps away: −2 is a third below.
pub fn parallel(line: &Line, scale: Scale, degrees: i32) -> Line {
    let moved = |n: &Note| Note { key: scale.key(scale.degree(n.key) + degrees), ..*n };
    Line { notes: line.notes.iter().map(moved).collect(), length_ticks: line.length_ticks }
}

/// Divisions: every note of at least `least_ticks` is broken into itself, its upper neighbour and itself again.
pub fn divide(line: &Line, scale: Scale, least_ticks: u32) -> Line {
    let mut divided = Line::rest(line.length_ticks);
    for n in &line.notes {
        if n.length_ticks < least_ticks {
            divided.notes.push(*n);
            continue;
        }
        let quarter = n.length_ticks / 4;
        let degree = scale.degree(n.key);
        let turn = [(0, 2, n.key), (2, 1, scale.key(degree + 1)), (3, 1, n.key)];
        divided
            .notes
            .extend(turn.map(|(at, long, key)| note(n.start_ticks + quarter * at, quarter * long, key, n.strength)));
    }
    divided
}

fn note(start_ticks: u32, length_ticks: u32, key: u8, strength: u8) -> Note {
    Note { start_ticks, length_ticks, key, strength }
}

/// The lowest key at or above `low` with the pitch class `tone`.
fn above(low: u8, tone: u8) -> u8 {
    low + (tone + 120 - low % 12) % 12
}

fn chord(name: &str) -> Option<(u8, Vec<u8>)> {
    let (name, bass) = name.split_once('/').map_or((name, None), |(name, bass)| (name, Some(bass)));
    let (root, kind) = root(name)?;
    let intervals: &[u8] = match kind {
        "" => &[0, 4, 7],
        "m" => &[0, 3, 7],
        "7" => &[0, 4, 7, 10],
        "m7" => &[0, 3, 7, 10],
        "maj7" => &[0, 4, 7, 11],
        "dim" => &[0, 3, 6],
        "m7b5" => &[0, 3, 6, 10],
        "sus4" => &[0, 5, 7],
        _ => return None,
    };
    let bass = match bass {
        Some(bass) => root_only(bass)?,
        None => root,
    };
    Some((bass, intervals.iter().map(|interval| (root + interval) % 12).collect()))
}

fn root_only(name: &str) -> Option<u8> {
    root(name).filter(|(_, rest)| rest.is_empty()).map(|(root, _)| root)
}

fn root(name: &str) -> Option<(u8, &str)> {
    let letter = name.chars().next()?;
    let natural = [('C', 0), ('D', 2), ('E', 4), ('F', 5), ('G', 7), ('A', 9), ('B', 11)];
    let pitch = natural.iter().find(|(name, _)| *name == letter)?.1;
    match name.as_bytes().get(1) {
        Some(b'#') => Some(((pitch + 1) % 12, &name[2..])),
        Some(b'b') => Some(((pitch + 11) % 12, &name[2..])),
        _ => Some((pitch, &name[1..])),
    }
}
