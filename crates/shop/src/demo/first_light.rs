//! The music of "First Light": Bach, Petzold and Beethoven for keyboard, cello and a small orchestra. Scores only.

use super::arrange::{Changes, Scale, divide, parallel};
use super::perform::{Piece, Voice};
use super::score::{Line, Meter, Note, QUARTER_TICKS, ScoreError};

const PIANO: u8 = 0;
const HARPSICHORD: u8 = 6;
const CELLO: u8 = 42;
const CONTRABASS: u8 = 43;
const STRINGS: u8 = 48;
const CHOIR: u8 = 52;
const TRUMPET: u8 = 56;
const HORN: u8 = 60;
const BASSOON: u8 = 70;
const FLUTE: u8 = 73;
const OBOE: u8 = 68;
const TIMPANI: u8 = 47;

const COMMON: Meter = Meter::new(4, 4);

/// The broken chords of the prelude's first 32 bars, from the bass up.
const PRELUDE_CHORDS: &str = "<c e g c e>1 | <c d a' d f> | <b d g d' f> | <c e g c e> |
    <c e a e' a> | <c d f# a d> | <b d g d' g> | <b c e g c> | <a c e g c> | <d, a' d f# c'> |
    <g b d g b> | <g bb e g c#> | <f a d a' d> | <f ab d f b> | <e g c g' c> | <e f a c f> |
    <d f a c f> | <g, d' g b f'> | <c e g c e> | <c g' bb c e> | <f, f' a c e> | <f# c' a' c eb> |
    <ab f' b c d> | <g f' g b d> | <g e' g c e> | <g d' g c f> | <g d' g b f'> | <g eb' a c f#> |
    <g e' g c g'> | <g d' g c f> | <g d' g b f'> | <c, c' g' bb e>";

/// Bach, Prelude in C major, BWV 846.
pub fn prelude_in_c() -> Result<Piece, ScoreError> {
    let chords = Line::parse(PRELUDE_CHORDS, COMMON)?;
    let (mut upper, mut lower) = (Line::default(), Line::default());
    for bar in chords.notes.chunks(5) {
        let (high, low) = prelude_bar(bar);
        upper = upper.then(&high.times(2));
        lower = lower.then(&low.times(2));
    }
    let last = "!p r8 f,16 a c f c a c a f a f d f d | r8 g'16 b d f d b d b g b d, f e d | !pp <e g c>1";
    let upper = upper.then(&Line::parse(last, COMMON)?);
    let bass = Line::parse("!p c,,1~ | c~ | c", COMMON)?;
    let tenor = Line::parse("!p r16 c,8.~ c2. | r16 b8.~ b2. | c1", COMMON)?;
    let lower = lower.then(&bass.with(&tenor));
    let half = QUARTER_TICKS * 2;
    let voices = vec![
        Voice::new(PIANO, upper).pan(70).pedal(half).reverb(58),
        Voice::new(PIANO, lower).pan(54).pedal(half).reverb(58).volume(96),
    ];
    Ok(Piece::new(66.0, QUARTER_TICKS * 16, voices).slowing(QUARTER_TICKS * 7, 0.45).rubato(0.04).level(-1.5))
}

/// Half a bar of the prelude: bass and tenor held, the upper notes twice after them.
fn prelude_bar(chord: &[Note]) -> (Line, Line) {
    let step = QUARTER_TICKS / 4;
    let half = QUARTER_TICKS * 2;
    let at = |index: usize, start: u32, length_ticks: u32, strength: u8| Note {
        start_ticks: start * step,
        length_ticks,
        key: chord[index].key,
        strength,
    };
    let upper = (0..6).map(|i| at(2 + i % 3, 2 + i as u32, step, if i == 2 || i == 5 { 56 } else { 50 })).collect();
    let lower = vec![at(0, 0, half, 58), at(1, 1, half - step, 50)];
    (Line { notes: upper, length_ticks: half }, Line { notes: lower, length_ticks: half })
}

/// Bach, Invention no. 1, BWV 772.
pub fn invention_in_c() -> Result<Piece, ScoreError> {
    let right = Line::parse(
        "r16 c d e f d e c g'8 c b c | d16 g, a b c a b g d'8 g f g | e16 a g f e g f a g f e d c e d f |
         e d c b a c b d c b a g f# a g b | a8 d, c'8. d16 b a g f# e g f# a |
         g b a c b d c e d b32 c d16 g b,8 a16 g | g8 r r4 r16 g a b c a b g | f#8 r r4 r16 a b c d b c a |
         b8 r r4 r16 d c b a c b d | c8 r r4 r16 e d c b d c# e | d8 c# d e f a, b c# |
         d f#, g# a b c d4~ | d16 e, f# g# a f# g# e e' d c e d c b d | c a' g# b a e f d g#, f' e d c8 b16 a |
         a16 a' g f e g f a g2~ | g16 e f g a f g e f2~ | f16 g f e d f e g f2~ | f16 d e f g e f d e2~ |
         e16 c d e f d e c d e f g a f g e | f g a b c a b g c8 g e d16 c |
         c bb a g f a g bb a b c e, d c' f, b | <c g e>1",
        COMMON,
    )?;
    let left = Line::parse(
        "r2 r16 c, d e f d e c | g'8 g, r4 r16 g' a b c a b g | c8 b c d e g, a b | c e, f# g a b c4~ |
         c16 d, e f# g e f# d g8 b, c d | e f# g e b8. c16 d8 d, | r16 g a b c a b g d'8 g f# g |
         a16 d, e f# g e f# d a'8 d c d | g,16 g' f e d f e g f8 e f d | e16 a g f e g f a g8 f g e |
         f16 bb a g f a g bb a g f e d f e g | f e d c b d c e d c b a g# b a c |
         b8 e, d'8. e16 c b a g f# a g# b | a c b d c e d f e8 a, e' e, | a8 a, r4 r16 e'' d c b d c# e |
         d2~ d16 a b c d b c a | b2~ b16 d c b a c b d | c2~ c16 g a bb c a bb g | a8 bb a g f d' c bb |
         a f' e d e16 d, e f g e f d | e8 c d e f16 d e f g8 g, | <c c,>1",
        COMMON,
    )?;
    let voices = vec![
        Voice::new(HARPSICHORD, right).pan(74).hold(92).reverb(46),
        Voice::new(HARPSICHORD, left).pan(50).hold(92).reverb(46),
    ];
    Ok(Piece::new(71.0, QUARTER_TICKS * 8, voices).slowing(QUARTER_TICKS * 6, 0.55).tail(3.0).level(-1.0))
}

const MINUET: Meter = Meter::new(3, 4);
const MINUET_A: &str = "d'4 g,8 a b c | d4 g, g | e' c8 d e f# | g4 g, g | c d8 c b a | b4 c8 b a g |
    f#4 g8 a b g | /b a2. | d4 g,8 a b c | d4 g, g | e' c8 d e f# | g4 g, g | c d8 c b a | b4 c8 b a g |
    a4 b8 a g f# | g2. |";
const MINUET_B: &str = "b''4 g8 a b g | a4 d,8 e f# d | g4 e8 f# g d | c#4 b8 c# a4 | a8 b c# d e f# |
    g4 f# e | f# a, c# | d2. | d4 g,8 f# g4 | e' g,8 f# g4 | d' c b | a8 g f# g a4 | d,8 e f# g a b |
    c4 b a | b8 d g,4 f# | <g d b>2. |";
const MINUET_BASS_A: &str = "<g b d>2 a4 | b2. | c | b | a | g | d'4 b g | d' d,8 c' b a | b2 a4 | g b g |
    c2. | b4 c8 b a g | a2 f#4 | g2 b4 | c d d, | g2 g,4 |";
const MINUET_BASS_B: &str = "g2. | f# | e4 g e | a2 a,4 | a'2. | b4 d c# | d f#, a | d d, c' | b <b d>2 |
    c4 <c e>2 | b4 a g | d'2 r4 | d,2 <d f#>4 | e4 g f# | g b, d | g d g, |";

/// Petzold, Minuet in G, BWV Anh. 114; the repeats are played with divisions and with the four-foot stop drawn.
pub fn minuet_in_g() -> Result<Piece, ScoreError> {
    let (a, b) = (Line::parse(MINUET_A, MINUET)?, Line::parse(MINUET_B, MINUET)?);
    let (bass_a, bass_b) = (Line::parse(MINUET_BASS_A, MINUET)?, Line::parse(MINUET_BASS_B, MINUET)?);
    let scale = Scale::new(7, Scale::MAJOR);
    let varied = |line: &Line| divide(line, scale, QUARTER_TICKS * 3);
    let upper = a.then(&varied(&a)).then(&b).then(&varied(&b));
    let lower = bass_a.times(2).then(&bass_b.times(2));
    let silent = |line: &Line| Line::rest(line.length_ticks);
    let four_foot = silent(&a).then(&varied(&a).transpose(12)).then(&silent(&b)).then(&varied(&b).transpose(12));
    let voices = vec![
        Voice::new(HARPSICHORD, upper).pan(70).hold(88),
        Voice::new(HARPSICHORD, lower).pan(54).hold(88).volume(92),
        Voice::new(HARPSICHORD, four_foot.louder(-12)).pan(80).hold(85).volume(70),
    ];
    Ok(Piece::new(116.0, QUARTER_TICKS * 12, voices).slowing(QUARTER_TICKS * 5, 0.6).tail(3.0).level(-1.5))
}

/// Bach, Prelude of the first cello suite, BWV 1007.
pub fn cello_prelude() -> Result<Piece, ScoreError> {
    let line = Line::parse(
        "!mf g16 d' b' a b d, b' d, g, d' b' a b d, b' d, | g, e' c' b c e, c' e, g, e' c' b c e, c' e, |
         g, f#' c' b c f#, c' f#, g, f#' c' b c f#, c' f#, | g, g' b a b g b g g, g' b a b g b f# |
         g, e' b' a b g f# g e g f# g b, d c# b | !mp c# g' a g a g a g c#, g' a g a g a g |
         f# a d c# d a g a f# a g a d, f# e d | e, b' g' f# g b, g' b, e, b' g' f# g b, g' b, |
         e, c#' d e d c# b a g' f# e d' c# b a g | !mf f# e d d' a d f#, a d, e f# a g f# e d |
         g# d f e f d g# d b' d, f e f d g# d | c e a b c a e d c e a b c a f# e |
         d# f# d# f# a f# a f# d# f# d# f# a f# a f# | g f# e g f# g a f# g f# e d c b a g |
         !mp f# c' d c d c d c f#, c' d c d c d c | g b f' e f b, f' b, g b f' e f b, f' b, |
         g c e d e c e c g c e d e c e c | g f#' c' b c f#, c' f#, g, f#' c' b c f#, c' f#, |
         g, d' b' a b g f# e d c b a g f# e d | !mf c# a' e' f# g e f# g c#,, a' e' f# g e f# g |
         c,, a' d e f# d e f# c, a' d e f# d e f# | c, a' d f# a c# d8~ d16 a, b c d e f# g |
         !mp a f# d e f# g a b c a f# g a b c d | eb d c# d d c b c c a f# e d a b c |
         d, a' d f# a b c a b g d c b g a b | d, g b d g a b g c# bb a bb bb a g# a |
         a g f# g g e c# b a c# e g a c# d c# | !mf d a f# e f# a d, f# a, d c# b a g f# e |
         d8 c''16 b a g f# e d c' b a g f# e d | c b' a g f# e d c b a' g f# e d c b |
         a g' f# e f# a d, a' e a f# a g a e a | f# a d, a' g a e a f# a d, a' g a e a |
         f# a d, a' e a f# a g a a a b a d, a' | a a b a c a d, a' b a c a d a b a |
         c a b a c a a a b a a a b a g a | a a g a a a f# a g a f# a g a e a |
         !f f# a d, e f d f# d g d g# d a' d, bb' d, | b' d, c' d, c#' d, d' d, eb' d, e' d, f' d, f#' d, |
         !ff g' b, d, b' g' b, g' b, g' b, d, b' g' b, g' b, | g' a, d, a' g' a, g' a, g' a, d, a' g' a, g' a, |
         f#' c d, c' f# c f# c f# c d, c' f# c f# c | <g, b' g'>1",
        COMMON,
    )?;
    let voices = vec![Voice::new(CELLO, line).hold(112).reverb(78)];
    Ok(Piece::new(66.0, QUARTER_TICKS * 4, voices).slowing(QUARTER_TICKS * 8, 0.5).rubato(0.07).tail(4.5).level(-0.5))
}

const BAGATELLE: Meter = Meter::new(3, 8);
const ELISE_UPBEAT: &str = "r4 e'16 d# |";
const ELISE_HEAD: &str = "e'16 d# e b d c |";
const ELISE_A: &str = "a'8 r16 c, e a | b8 r16 e, g# b | c8 r16 e, e' d# | e d# e b d c | a8 r16 c, e a |
    b8 r16 e, c' b |";
const ELISE_A_LEFT: &str = "a,16 e' a r r8 | e,16 e' g# r r8 | a,16 e' a r r8 | r4. | a,16 e' a r r8 |
    e,16 e' g# r r8 |";
const ELISE_TO_A: &str = "a'4 e'16 d# |";
const ELISE_TO_B: &str = "a'8 r16 b c d |";
const ELISE_TO_C: &str = "a'8 r16 <e c'> <f c'> <e g c> |";
const ELISE_TO_C_LEFT: &str = "a,16 e' a <bb c> <a c> <g bb c> |";
const ELISE_TO_LEFT: &str = "a,16 e' a r r8 |";
const ELISE_B: &str = "!mp e'8. g,16 f' e | d8. f,16 e' d | c8. e,16 d' c | !p b8 r16 e, e' r | r e e' r r d#, |
    e8 r16 d# e d# |";
const ELISE_B_LEFT: &str = "!mp c,16 g' c r r8 | g,16 g' b r r8 | a,16 e' a r r8 | !p e,16 e' e' r r e |
    e' r r d# e r | r d# e r r8 |";
const ELISE_C: &str = "!mp /f /a c4 f16. e32 | e8 d bb'16. a32 | a16 g f e d c | bb8 a /bb a32 g a bb | c4 d16 d# |
    e8. e16 f a, | c4 d16. b32 | !mf c g' g, g' a, g' b, g' c, g' d g | e g c b a g f e d g f d |
    c g' g, g' a, g' b, g' c, g' d g | e g c b a g f e d g f d | !p e f e d# e b e d# e b e d# | e8. b16 e d# |
    e8. b16 e d# | e d# e d# e d# |";
const ELISE_C_LEFT: &str = "!mp f,16 a c a c a | f bb d bb d bb | f e' <f, g bb> e' <f, g bb> e' | f, a c a c a |
    f a c a c a | e a c a <d, d'> f | g e' g, e' g, f' | <c e>8 r16 <f g> <e g> <d f g> | <c e g>8 <f, a> <g b> |
    c8 r16 <f g> <e g> <d f g> | <c e g>8 <f, a> <g b> | !p <g# b>8 r r | r4. | r4. | r4. |";
const ELISE_D: &str = "a'8 r r | !mf <e g bb c#>4. | <f a d>4 <c#' e>16 <d f> | <g#, d' f>4 <g# d' f>8 | <a c e>4. |
    <f d'>4 <e c'>16 <d b'> | <c f# a>4 <c a'>8 | <c a'>8 <e c'> <d b'> | <c a'>4. | <e g bb c#>4. |
    <f a d>4 <c#' e>16 <d f> | <d f>4 <d f>8 | <d f>4. | <g, eb'>4 <f d'>16 <eb c'> | <d f bb>4 <d f a>8 |
    <d f g#>4 <d f g#>8 | !mp <c e a>4 r8 | <e b'> r r | !pp { a,16 c e a c e d c b } | { a c e a c e d c b } |
    { a c e a c e d c b } | { bb a g# g f# f e d# d } | { c# c b bb a g# g f# f } |";
const ELISE_D_LEFT: [(&str, usize); 10] = [
    ("a,16 a a a a a |", 5),
    ("<d,, a'>16 <d a'> <d a'> <d a'> <d a'> <d a'> |", 1),
    ("<d#,, a'>16 <d# a'> <d# a'> <d# a'> <d# a'> <d# a'> |", 1),
    ("<e,, a>16 <e a> <e a> <e a> <e g#> <e g#> |", 1),
    ("<a,, a'>16 a' a a a a |", 1),
    ("a,16 a a a a a |", 3),
    ("bb,16 bb bb bb bb bb |", 3),
    ("b,16 b b b b b |", 1),
    ("!mp c,4 r8 | <e g#>8 r r | !pp a,,8 r <a'' c e> |", 1),
    ("!pp <a c e>8 r <a c e> | <a c e> r <a c e> | <a c e> r r | r4. |", 1),
];

/// Beethoven, "Für Elise", WoO 59, whole, with its repeats.
pub fn fuer_elise() -> Result<Piece, ScoreError> {
    let read = |text: &str| Line::parse(text, BAGATELLE);
    let bar = Line::rest(BAGATELLE.bar_ticks);
    let soft = |line: Line| line.louder(-17);
    let (head, a, to_left) = (soft(read(ELISE_HEAD)?), soft(read(ELISE_A)?), soft(read(ELISE_TO_LEFT)?));
    let theme = head.then(&a);
    let theme_left = bar.then(&soft(read(ELISE_A_LEFT)?)).louder(-4);
    let (b, b_left) = (read(ELISE_B)?, read(ELISE_B_LEFT)?.louder(-4));
    let (to_a, to_b) = (soft(read(ELISE_TO_A)?), read(ELISE_TO_B)?.louder(-12));
    let episode = read(ELISE_D)?;
    let mut episode_left = Line::default();
    for (text, count) in ELISE_D_LEFT {
        episode_left = episode_left.then(&read(text)?.louder(-6).times(count));
    }
    let last = soft(read("a'4. |")?).with(&soft(read("<a,, a'>4. |")?));
    let b_and_theme = b.then(&theme);
    let b_and_theme_left = b_left.then(&theme_left);
    let right =
        soft(read(ELISE_UPBEAT)?).then(&theme).then(&to_a).then(&theme).then(&to_b).then(&b_and_theme).then(&to_b);
    let right = right.then(&b_and_theme).then(&read(ELISE_TO_C)?).then(&read(ELISE_C)?).then(&theme).then(&to_b);
    let right = right.then(&b_and_theme).then(&episode).then(&theme).then(&to_b).then(&b_and_theme).then(&last);
    let left =
        bar.then(&theme_left).then(&to_left).then(&theme_left).then(&to_left).then(&b_and_theme_left).then(&to_left);
    let left = left.then(&b_and_theme_left).then(&read(ELISE_TO_C_LEFT)?).then(&read(ELISE_C_LEFT)?.louder(-4));
    let left = left.then(&theme_left).then(&to_left).then(&b_and_theme_left).then(&episode_left).then(&theme_left);
    let left = left.then(&to_left).then(&b_and_theme_left);
    let voices = vec![
        Voice::new(PIANO, right).pan(70).pedal(BAGATELLE.bar_ticks).reverb(56),
        Voice::new(PIANO, left).pan(54).pedal(BAGATELLE.bar_ticks).reverb(56),
    ];
    Ok(Piece::new(70.0, BAGATELLE.bar_ticks * 4, voices)
        .slowing(BAGATELLE.bar_ticks * 4, 0.55)
        .rubato(0.05)
        .level(-1.5))
}

const ODE: &str = "f#4 f# g a | a g f# e | d d e f# | f#4. e8 e2 | f#4 f# g a | a g f# e | d d e f# | e4. d8 d2 |
    e4 e f# d | e f#8 g f#4 d | e f#8 g f#4 e | d e a,2 | f#'4 f# g a | a g f# e | d d e f# | e4. d8 d2 |";
const ODE_CHORDS: &str = "D | A | D | D A | D | A | D | A D | A D | A D | A B7 | Em A | D | A | D | A D";

/// Beethoven, the "Ode to Joy" from the Ninth Symphony, in four variations for a small orchestra.
pub fn ode_to_joy() -> Result<Piece, ScoreError> {
    let theme = Line::parse(ODE, COMMON)?;
    let changes = Changes::parse(ODE_CHORDS, COMMON.bar_ticks)?;
    let scale = Scale::new(2, Scale::MAJOR);
    let span = theme.length_ticks;
    let descant = |seed, range| changes.descant(scale, QUARTER_TICKS, range, seed, 62);
    let thirds = parallel(&theme, scale, -2);
    let from_third = changes.times(2);
    let voices = vec![
        Voice::new(CELLO, theme.transpose(-12).louder(-14).times(2)).pan(84).hold(98).reverb(70),
        Voice::new(CONTRABASS, theme.transpose(-24).louder(-16)).pan(92).hold(96),
        Voice::new(BASSOON, descant(5, (50, 69))).after(span).pan(74).volume(88).reverb(70),
        Voice::new(STRINGS, theme.louder(-6).then(&theme.louder(14))).after(span * 2).pan(44).reverb(74),
        Voice::new(STRINGS, changes.pad(62, 58).then(&changes.pad(62, 74)))
            .after(span * 2)
            .pan(60)
            .volume(84)
            .reverb(74),
        Voice::new(CONTRABASS, from_third.walking_bass(36, QUARTER_TICKS * 2, 70)).after(span * 2).pan(88).hold(90),
        Voice::new(FLUTE, descant(8, (74, 90)).then(&theme.transpose(12).louder(4))).after(span * 2).pan(56).volume(84),
        Voice::new(OBOE, thirds.transpose(12).louder(4)).after(span * 3).pan(70).volume(78),
        Voice::new(TRUMPET, theme.louder(6).held(90)).after(span * 3).pan(80).volume(80),
        Voice::new(HORN, changes.pad(57, 66)).after(span * 3).pan(36).volume(80),
        Voice::new(CHOIR, theme.with(&changes.pad(60, 70))).after(span * 3).pan(64).volume(96).reverb(90),
        Voice::new(TIMPANI, changes.bass(38, 62).held(60)).after(span * 3).pan(48).volume(90),
    ];
    Ok(Piece::new(122.0, QUARTER_TICKS * 16, voices).slowing(QUARTER_TICKS * 6, 0.55).tail(4.5))
}
