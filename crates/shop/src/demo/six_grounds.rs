//! The music of "Six Grounds": pieces over a repeated bass, each running into the next. Pachelbel's canon, the Folia
//! and Greensleeves are as they were written; the rest is made here, from the old basses. Scores only.

use super::arrange::{Changes, Scale, divide, parallel};
use super::perform::{Piece, Voice};
use super::score::{Line, Meter, QUARTER_TICKS, ScoreError};

const HARPSICHORD: u8 = 6;
const CELESTA: u8 = 8;
const VIBRAPHONE: u8 = 11;
const BELLS: u8 = 14;
const ORGAN: u8 = 19;
const GUITAR: u8 = 24;
const VIOLIN: u8 = 40;
const VIOLA: u8 = 41;
const CELLO: u8 = 42;
const CONTRABASS: u8 = 43;
const PIZZICATO: u8 = 45;
const HARP: u8 = 46;
const STRINGS: u8 = 48;
const SLOW_STRINGS: u8 = 49;
const CHOIR: u8 = 52;
const OOHS: u8 = 53;
const HORN: u8 = 60;
const OBOE: u8 = 68;
const BASSOON: u8 = 70;
const FLUTE: u8 = 73;
const RECORDER: u8 = 74;

const EIGHTH: u32 = QUARTER_TICKS / 2;
const SIXTEENTH: u32 = QUARTER_TICKS / 4;
const FOUR: Meter = Meter::new(4, 4);
const THREE: Meter = Meter::new(3, 4);
const SIX: Meter = Meter::new(6, 8);

/// The tail each piece leaves for the next to sound over.
const OVERLAP_S: f64 = 4.0;

fn joined(piece: Piece) -> Piece {
    piece.slowing(1, 1.0).tail(OVERLAP_S)
}

/// The canon's voice: what each violin plays, one round of the bass after the one before.
const CANON: &str = "!mp f#'2 e | d c# | b a | b c# | d c# | b a | g f# | g e |
    !mf d4 f# a g | f# d f# e | d b d a' | g b a g | f# d e c#' | d f# a a, | b g a f# | d d' d4. c#8 |
    d8 c# d d, c# a' e f# | d d' c# b c# f# a b | g f# e g f# e d c# | b a g f# e g f# e |";

/// Pachelbel, Canon in D: three violins over the ground.
pub fn canon_in_d() -> Result<Piece, ScoreError> {
    let voice = Line::parse(CANON, FOUR)?;
    let ground = Changes::parse("D A | Bm F#m | G D | G A", FOUR.bar_ticks)?;
    let scale = Scale::new(2, Scale::MAJOR);
    let round = ground.length_ticks;
    let rounds = 7;
    let bass = Line::parse("d,2 a | b f# | g d | g a |", FOUR)?;
    let quick = ground.descant(scale, EIGHTH, (69, 90), 6, 64);
    let full = voice.then(&quick).then(&ground.descant(scale, QUARTER_TICKS, (66, 86), 4, 62));
    let trimmed = |line: &Line, length_ticks: u32| Line {
        notes: line.notes.iter().filter(|n| n.start_ticks < length_ticks).copied().collect(),
        length_ticks,
    };
    let violin = |entry: u32| trimmed(&full, round * (rounds - 1) - entry);
    let voices = vec![
        Voice::new(CELLO, bass.times(rounds as usize)).pan(84).hold(98).volume(92).reverb(64),
        Voice::new(HARPSICHORD, ground.times(rounds as usize).broken(54, EIGHTH, &[0, 1, 2, 1], 48)).pan(76).volume(72),
        Voice::new(VIOLIN, violin(0)).after(round).pan(34).reverb(70).hold(98),
        Voice::new(VIOLIN, violin(round)).after(round * 2).pan(60).volume(92).reverb(70).hold(98),
        Voice::new(VIOLIN, violin(round * 2)).after(round * 3).pan(92).volume(90).reverb(70).hold(98),
        Voice::new(SLOW_STRINGS, ground.times(3).pad(57, 50)).after(round * 4).pan(64).volume(72).reverb(80),
    ];
    Ok(joined(Piece::new(62.0, round, voices).rubato(0.01)).level(-4.0))
}

/// The Folia: its theme and five variations.
pub fn la_folia() -> Result<Piece, ScoreError> {
    let theme = Line::parse(
        "d'4 d4. e8 | c#2. | d4 d4. e8 | e2. | f4 f4. g8 | e2. | d4 d4. e8 | c#2. |
         d4 d4. e8 | c#2. | d4 d4. e8 | e2. | f4 f4. g8 | e2. | d4 c#2 | d2. |",
        THREE,
    )?;
    let changes =
        Changes::parse("Dm | A | Dm | C | F | C | Dm | A | Dm | A | Dm | C | F | C | Dm A A | Dm", THREE.bar_ticks)?;
    let scale = Scale::new(2, [0, 2, 3, 5, 7, 8, 10]);
    let part = theme.length_ticks;
    let voices = vec![
        Voice::new(GUITAR, theme.transpose(-12).louder(-8)).pan(56).reverb(64),
        Voice::new(GUITAR, changes.times(3).broken(50, EIGHTH, &[0, 1, 2, 3, 2, 1], 52)).pan(80).volume(88),
        Voice::new(CELLO, changes.times(4).bass(38, 62)).pan(90).volume(88).hold(98).reverb(64),
        Voice::new(RECORDER, theme.then(&changes.descant(scale, EIGHTH, (69, 88), 2, 60)))
            .after(part)
            .pan(44)
            .volume(86),
        Voice::new(VIOLIN, changes.descant(scale, EIGHTH, (62, 86), 7, 70)).after(part * 2).pan(36).volume(90).hold(90),
        Voice::new(HARPSICHORD, changes.times(2).strum(62, QUARTER_TICKS, 3, &[1, 2], 60))
            .after(part * 2)
            .pan(70)
            .volume(80),
        Voice::new(STRINGS, theme.louder(8)).after(part * 3).pan(50).volume(88).reverb(70),
        Voice::new(VIOLA, parallel(&theme, scale, -2).louder(2)).after(part * 3).pan(78).volume(84),
        Voice::new(VIOLIN, changes.descant(scale, SIXTEENTH, (66, 90), 11, 62))
            .after(part * 3)
            .pan(28)
            .volume(72)
            .hold(88),
    ];
    Ok(joined(Piece::new(104.0, THREE.bar_ticks * 4, voices)))
}

/// Greensleeves over the romanesca, in G minor.
pub fn greensleeves() -> Result<Piece, ScoreError> {
    let meter = SIX.upbeat(EIGHTH);
    let verse = "g8 | bb4 c8 d8. eb16 d8 | c4 a8 f8. g16 a8 | bb4 g8 g8. f#16 g8 | a4 f#8 d4 g8 |
        bb4 c8 d8. eb16 d8 | c4 a8 f8. g16 a8 | bb8. a16 g8 f#8. e16 f#8 | g4. g4 r8 |";
    let refrain = "!mf f4. f8. e16 d8 | c4 a8 f8. g16 a8 | bb4 g8 g8. f#16 g8 | a4 f#8 d4. |
        f'4. f8. e16 d8 | c4 a8 f8. g16 a8 | bb8. a16 g8 f#8. e16 f#8 | g4. g4.";
    let changes_text = "Gm | F | Gm | D | Gm | F | Gm D | Gm | Bb | F | Gm | D | Bb | F | Gm D | Gm";
    // The upbeat shares its bar with the rest before it.
    let upbeat = Line::rest(SIX.bar_ticks - EIGHTH);
    let tune = Line::parse(&format!("!mp {verse}"), meter)?;
    let after = Line::parse(refrain, SIX)?;
    let song = |octave: i32| tune.then(&after).transpose(octave);
    let changes = Changes::parse(changes_text, SIX.bar_ticks)?;
    let scale = Scale::new(7, Scale::MINOR);
    let part = changes.length_ticks;
    let bar = SIX.bar_ticks;
    let lead_in = bar;
    let sung = |octave: i32| upbeat.then(&song(octave));
    let descant = changes.descant(scale, EIGHTH, (67, 86), 14, 52);
    let voices = vec![
        Voice::new(RECORDER, sung(12)).pan(48).volume(88).reverb(74),
        Voice::new(GUITAR, changes.times(2).broken(43, EIGHTH, &[0, 2, 3, 4, 3, 2], 54))
            .after(lead_in)
            .pan(82)
            .volume(92),
        Voice::new(HARP, Line::parse("!p g,8 d' g bb g d |", SIX)?).pan(70).volume(90),
        Voice::new(OBOE, sung(12)).after(part).pan(40).volume(86).reverb(72),
        Voice::new(SLOW_STRINGS, changes.pad(58, 48)).after(lead_in + part).pan(66).volume(78).reverb(84),
        Voice::new(HARP, changes.broken(55, EIGHTH, &[0, 1, 2, 3, 4, 3], 50)).after(lead_in + part).pan(92).volume(84),
        Voice::new(FLUTE, descant).after(lead_in + part).pan(26).volume(62).reverb(80),
        Voice::new(CELLO, changes.times(2).bass(36, 58)).after(lead_in).pan(74).volume(84).hold(98),
    ];
    Ok(joined(Piece::new(76.0, bar * 4, voices).rubato(0.03)).level(1.0))
}

/// A passacaglia on the circle of fifths, in G minor: nine variations, each livelier.
pub fn passacaglia() -> Result<Piece, ScoreError> {
    let changes = Changes::parse("Gm Cm | F Bb | Eb Am7b5 | D Gm", FOUR.bar_ticks)?;
    let scale = Scale::new(7, Scale::MINOR);
    let round = changes.length_ticks;
    let line = |step: u32, range: (u8, u8), seed: u32| changes.descant(scale, step, range, seed, 64);
    let slow = line(QUARTER_TICKS * 2, (62, 82), 1);
    let calm = line(QUARTER_TICKS, (62, 84), 3);
    let running = line(EIGHTH, (62, 86), 8);
    let quick = line(SIXTEENTH, (60, 88), 5);
    let voices = vec![
        Voice::new(HARPSICHORD, changes.pad(60, 58).then(&slow)).pan(58).volume(88),
        Voice::new(HARPSICHORD, changes.times(9).walking_bass(43, QUARTER_TICKS, 58)).pan(74).volume(84),
        Voice::new(CELLO, changes.times(9).bass(36, 58)).pan(92).volume(84).hold(98),
        Voice::new(OBOE, slow.then(&calm)).after(round).pan(40).volume(84).reverb(70),
        Voice::new(BASSOON, line(QUARTER_TICKS, (43, 64), 9)).after(round * 3).pan(86).volume(86),
        Voice::new(VIOLIN, running.then(&quick)).after(round * 3).pan(32).volume(88).hold(94),
        Voice::new(VIOLA, parallel(&calm, scale, -5)).after(round * 4).pan(70).volume(80),
        Voice::new(HARPSICHORD, changes.broken(60, SIXTEENTH, &[0, 1, 2, 3, 4, 3, 2, 1], 58))
            .after(round * 5)
            .pan(56)
            .volume(84),
        Voice::new(VIOLIN, calm.louder(4).then(&running).then(&quick)).after(round * 6).pan(36).volume(90).hold(94),
        Voice::new(
            VIOLIN,
            parallel(&calm, scale, -2).then(&parallel(&running, scale, -2)).then(&parallel(&quick, scale, -2)),
        )
        .after(round * 6)
        .pan(88)
        .volume(78)
        .hold(94),
        Voice::new(STRINGS, changes.times(3).pad(62, 58)).after(round * 6).pan(62).volume(80).reverb(72),
        Voice::new(HORN, changes.times(2).pad(55, 52)).after(round * 7).pan(46).volume(72).reverb(74),
    ];
    Ok(joined(Piece::new(88.0, round, voices).tempo_at(round * 5, 94.0).rubato(0.01)).level(1.0))
}

/// A bergamasca in G: plucked strings and bells over the simplest of grounds.
pub fn bergamasca() -> Result<Piece, ScoreError> {
    let changes = Changes::parse("G C | D G | G C | D G | Em Am | D G | C D | G", FOUR.bar_ticks)?;
    let tune = Line::parse("!mf b'4 b c c | a a b2 | b4 b c c | a d b2 | e4 e d c | d c b2 | c4 b a d | g,1 |", FOUR)?;
    let scale = Scale::new(7, Scale::MAJOR);
    let round = changes.length_ticks;
    let patter = |seed, range| changes.descant(scale, EIGHTH, range, seed, 60);
    let voices = vec![
        Voice::new(PIZZICATO, changes.times(6).walking_bass(43, QUARTER_TICKS, 68)).pan(76).volume(100),
        Voice::new(GUITAR, changes.times(6).broken(55, EIGHTH, &[0, 2, 1, 2], 56)).pan(88).volume(92),
        Voice::new(GUITAR, tune.transpose(-12)).pan(48).volume(100),
        Voice::new(VIBRAPHONE, tune.then(&patter(4, (67, 84)))).after(round).pan(36).volume(88).reverb(74),
        Voice::new(CELESTA, patter(7, (72, 91)).then(&divide(&tune, scale, QUARTER_TICKS)))
            .after(round * 2)
            .pan(26)
            .volume(82),
        Voice::new(HARP, changes.times(3).broken(48, EIGHTH, &[0, 1, 2, 3, 4, 5, 4, 3], 52))
            .after(round * 3)
            .pan(58)
            .volume(90),
        Voice::new(PIZZICATO, tune.louder(8).times(2)).after(round * 4).pan(44).volume(96),
        Voice::new(RECORDER, parallel(&tune, scale, 2).then(&tune.transpose(12))).after(round * 4).pan(66).volume(76),
        Voice::new(VIBRAPHONE, patter(12, (67, 86))).after(round * 5).pan(30).volume(78).reverb(74),
    ];
    Ok(joined(Piece::new(116.0, FOUR.bar_ticks * 4, voices).rubato(0.005)))
}

/// A lament on the falling fourth, D minor, that ends in the major: organ, voices, strings and bells.
pub fn lament() -> Result<Piece, ScoreError> {
    let changes = Changes::parse("Dm C | Bb A | Dm C | Bb A", FOUR.bar_ticks)?;
    let close = Changes::parse("Dm C | Bb A | Gm D/F# | A7 | D | D", FOUR.bar_ticks)?;
    let scale = Scale::new(2, Scale::MINOR);
    let round = changes.length_ticks;
    let line = |step: u32, range: (u8, u8), seed: u32| changes.descant(scale, step, range, seed, 62);
    let song = line(QUARTER_TICKS * 2, (62, 81), 21).then(&line(QUARTER_TICKS, (64, 84), 17));
    let all = changes.times(6);
    let voices = vec![
        Voice::new(ORGAN, all.pad(57, 46).then(&close.pad(57, 46))).pan(64).volume(74).reverb(90).hold(100),
        Voice::new(CONTRABASS, all.bass(33, 58).then(&close.bass(33, 56))).pan(80).volume(92).hold(99),
        Voice::new(OOHS, song.clone()).after(round).pan(58).volume(92).reverb(96).hold(100),
        Voice::new(CELLO, line(QUARTER_TICKS, (45, 66), 6).then(&line(EIGHTH, (45, 67), 10)))
            .after(round * 2)
            .pan(86)
            .volume(86),
        Voice::new(HARP, changes.times(3).broken(57, EIGHTH, &[0, 1, 2, 3, 4, 3, 2, 1], 50))
            .after(round * 3)
            .pan(36)
            .volume(88),
        Voice::new(CHOIR, changes.times(2).pad(62, 60).then(&close.pad(62, 54)))
            .after(round * 4)
            .pan(64)
            .volume(90)
            .reverb(100)
            .hold(100),
        Voice::new(VIOLIN, song.transpose(12).louder(6)).after(round * 4).pan(40).volume(80).reverb(80).hold(99),
        Voice::new(STRINGS, close.pad(69, 52)).after(round * 6).pan(48).volume(80).reverb(84).hold(100),
        Voice::new(BELLS, Line::parse("!p d1 | r1 | r1 | r1 | !mp d1 | r1", FOUR)?)
            .after(round * 6)
            .pan(96)
            .volume(80)
            .reverb(110),
    ];
    let piece = Piece::new(80.0, round, voices).rubato(0.02);
    Ok(piece.slowing(QUARTER_TICKS * 10, 0.5).tail(6.0))
}
