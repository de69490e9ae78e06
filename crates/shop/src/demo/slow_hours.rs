//! The music of « Heures lentes »: Satie and Chopin for piano. Scores only.

use super::perform::{Piece, Voice};
use super::score::{Line, Meter, QUARTER_TICKS, ScoreError};

const PIANO: u8 = 0;
const THREE: Meter = Meter::new(3, 4);
const FOUR: Meter = Meter::new(4, 4);

fn piano(upper: Line, lower: Line, pedal_ticks: u32) -> Vec<Voice> {
    vec![
        Voice::new(PIANO, upper).pan(70).pedal(pedal_ticks).reverb(64),
        Voice::new(PIANO, lower).pan(56).pedal(pedal_ticks).reverb(64).volume(92),
    ]
}

const GYMNOPEDIE: &str = "!pp r2. | r2. | r2. | r2. | !p r4 f#' a | g f# c# | b c# d | a2. | f#~ | f#~ | f#~ | f# |
    r4 f#' a | g f# c# | b c# d | a2. | c# | f# | e,~ | e~ | e | !mp a4 b c | e d b | d c b | d2.~ | d2 d4 | e f g |
    a c, d | !p e d b | d2.~ | d2 d4 |";
const GYMNOPEDIE_FIRST: &str = "!mp g''2. | f# | !p b,4 a b | c# d e | c# d e | f#,2. | <c' a e c> | <d a f# d> |";
const GYMNOPEDIE_LAST: &str = "!mp g''2. | f | !p b,4 c f | e d c | e d c | f,2. | !pp <c' a e c> | <d a f d> |";
const GYMNOPEDIE_CHORDS: &str = "!pp r4 <b d f#>2 | r4 <a c# f#>2 | r4 <b d f#>2 | r4 <a c# f#>2 |
    r4 <b d f#>2 | r4 <a c# f#>2 | r4 <b d f#>2 | r4 <a c# f#>2 | r4 <b d f#>2 | r4 <a c# f#>2 | r4 <b d f#>2 |
    r4 <a c# f#>2 | r4 <b d f#>2 | r4 <a c# f#>2 | r4 <b d f#>2 | r4 <a c# f#>2 | r4 <a c# f#>2 | r4 <b d f#>2 |
    r4 <g b>2 | r4 <b d g>2 | r4 <f a d>2 | r4 <a c e>2 | r4 <g b e>2 | r4 <d g b e>2 | r4 <c e a d>2 |
    r4 <c f# a d>2 | r4 <a' c f>2 | r4 <a c e>2 | r4 <d, g b e>2 | r4 <c e a d>2 | r4 <c f# a d>2 |";
const GYMNOPEDIE_CHORDS_FIRST: &str = "r4 <b e g>2 | r4 <a c# f#>2 | r4 <b d f#>2 | r4 <c# e a>2 |
    r4 <a c# f# a>2 | r4 <a d>4 <b d g> | r2. | r2. |";
const GYMNOPEDIE_CHORDS_LAST: &str = "r4 <b e g>2 | r4 <a d f a>2 | r4 <a c f>2 | r4 <c e a>2 | r4 <a c f a>2 |
    r4 <a d>4 <b d g> | r2. | r2. |";
const GYMNOPEDIE_BASS: &str = "!pp g,2. | d | g | d | g | d | g | d | g | d | g | d | g | d | g | d | f# | b, | e |
    e | d | a | d | d | d | d | d | d | d | d | d |";
const GYMNOPEDIE_BASS_FIRST: &str = "e,,2. | f# | b, | e | e | e | <a g'> | <d, a' d> |";
const GYMNOPEDIE_BASS_LAST: &str = "e,,2. | e | e | e | e | e | <a g'> | <d, a' d> |";

/// Satie, Gymnopédie no. 1, with its repeat.
pub fn gymnopedie() -> Result<Piece, ScoreError> {
    let read = |text: &str| Line::parse(text, THREE);
    let both = |whole: &str, first: &str, last: &str| -> Result<Line, ScoreError> {
        let whole = read(whole)?;
        Ok(whole.then(&read(first)?).then(&whole).then(&read(last)?))
    };
    let melody = both(GYMNOPEDIE, GYMNOPEDIE_FIRST, GYMNOPEDIE_LAST)?;
    let chords = both(GYMNOPEDIE_CHORDS, GYMNOPEDIE_CHORDS_FIRST, GYMNOPEDIE_CHORDS_LAST)?.louder(-2);
    let bass = both(GYMNOPEDIE_BASS, GYMNOPEDIE_BASS_FIRST, GYMNOPEDIE_BASS_LAST)?.louder(6);
    let voices = piano(melody.louder(6), chords.with(&bass), THREE.bar_ticks);
    Ok(Piece::new(76.0, THREE.bar_ticks * 4, voices)
        .slowing(THREE.bar_ticks * 3, 0.6)
        .rubato(0.05)
        .tail(4.0)
        .level(-2.5))
}

const GNOSSIENNE_ONE: &str = "!p r4 c'8 eb d4 c | /c b2 /c b | r4 c8 eb d4 c | /e f2 /e f | r4 c8 eb d4 c |
    /c b2 /ab g | /f g4 /f g2~ g8 r | !mf /ab g4 /g f~ f2~ | f1 |";
const GNOSSIENNE_TWO: &str = "!mf /ab' bb2 /ab g | /ab bb /ab g | /ab g4 /g f~ f2~ | f1 |";
const GNOSSIENNE_THREE: &str =
    "!mp r8 c' d e f g b g | f4 /g f~ f2 | /g f2 /f e | /db c2 /c b | /ab g4 /g f~ f2~ | f1 |";
const GNOSSIENNE_FOUR: &str = "!p r4 c'8 eb d4 c | /c b1 | r4 c8 eb d4 c | /e f1 |";

/// One bar of the Gnossienne's left hand: the bass held, its chord on the second and the last beat.
#[derive(Clone, Copy)]
enum Ground {
    Tonic,
    Fifth,
    Fourth,
}

fn gnossienne_left(bars: &[Ground]) -> Result<Line, ScoreError> {
    let mut line = Line::default();
    for bar in bars {
        let (bass, chord) = match bar {
            Ground::Tonic => ("!pp f,,1", "!pp r4 <ab c f>2 <ab c f>4"),
            Ground::Fifth => ("!pp c,1", "!pp r4 <eb, g c>2 <eb g c>4"),
            Ground::Fourth => ("!pp bb,,1", "!pp r4 <f, bb db>2 <f bb db>4"),
        };
        line = line.then(&Line::parse(bass, FOUR)?.louder(8).with(&Line::parse(chord, FOUR)?));
    }
    Ok(line)
}

/// Satie, Gnossienne no. 1.
pub fn gnossienne() -> Result<Piece, ScoreError> {
    use Ground::{Fifth, Fourth, Tonic};
    let part = |text: &str, ground: &[Ground]| -> Result<(Line, Line), ScoreError> {
        Ok((Line::parse(text, FOUR)?, gnossienne_left(ground)?))
    };
    let one = part(GNOSSIENNE_ONE, &[Tonic, Tonic, Tonic, Tonic, Tonic, Tonic, Fifth, Tonic, Tonic])?;
    let two = part(GNOSSIENNE_TWO, &[Fourth, Fourth, Tonic, Tonic])?;
    let three = part(GNOSSIENNE_THREE, &[Tonic; 6])?;
    let four = part(GNOSSIENNE_FOUR, &[Tonic; 4])?;
    let order =
        [&one, &one, &two, &two, &three, &three, &two, &two, &four, &four, &two, &two, &three, &three, &two, &two];
    let (mut right, mut left) = (Line::default(), Line::default());
    for (index, (upper, lower)) in order.into_iter().enumerate() {
        // A repeat is an echo.
        let softer = if index % 2 == 1 { -9 } else { 0 };
        right = right.then(&upper.louder(softer));
        left = left.then(&lower.louder(softer / 2));
    }
    let voices = piano(right, left, FOUR.bar_ticks);
    Ok(Piece::new(84.0, FOUR.bar_ticks * 2, voices).slowing(FOUR.bar_ticks * 3, 0.7).rubato(0.06).tail(2.0).level(-2.0))
}

const PRELUDE_E_RIGHT: &str = "r2. !mp b8. b'16 | b2. c4 | b2. c4 | b2. c4 | b2. bb4 | a2. b4 | a2. b4 | a2. b8. a16 |
    a2. g#4~ | g# a8 b d c e, a | f#2. a4 | f#2. /b a4 | g8 f# c b d# f# { d'8 c b } | !p b2. c4 | b2. c4 | b2. c4 |
    !mf b8. a#16 a#4 g' f#8. e16 | !f e8 d# c' d#, d# e g b, | d c { e e, a } !mf f#4. a8 | !p f#2. /b a4 |
    f#2.~ f#8. e16 | !pp e2. f#4 | e2. f#4 | e2 r | <e, f# b e> <d# f# b d#> | <e g b e>1 |";
/// The left hand: chords, each written from middle C, and how many eighths each is struck.
const PRELUDE_E_LEFT: [(&str, usize); 56] = [
    ("<g b e>", 8),
    ("<f#, a e'>", 4),
    ("<f#, a d#>", 4),
    ("<f, a d#>", 4),
    ("<f, a d>", 2),
    ("<f, g# d'>", 2),
    ("<e, g# d'>", 4),
    ("<e, g d'>", 2),
    ("<e, g c#>", 2),
    ("<e, g c>", 4),
    ("<e, f# c'>", 8),
    ("<d#, f# c'>", 4),
    ("<d, f# c'>", 8),
    ("<d, f c'>", 4),
    ("<d, f b>", 4),
    ("<c, e b'>", 2),
    ("<c, e a>", 6),
    ("<b, e a>", 2),
    ("<b, d# a'>", 2),
    ("<c, e a>", 4),
    ("<b, d# a'>", 4),
    ("<c, e a>", 4),
    ("<b, d# a'>4 r r2", 1),
    ("<g b e>", 8),
    ("<f#, a e'>", 4),
    ("<f, a d#>", 4),
    ("<f, g# d#'>", 2),
    ("<f, g# d'>", 2),
    ("<e, g# d'>", 4),
    ("<e, g d'>", 2),
    ("<e, g c#>", 2),
    ("<c#, e a#>", 2),
    ("<c, e a>", 2),
    ("<b,, b'>", 1),
    ("<a c f# a>", 3),
    ("<g b d# f#>", 1),
    ("<g b e>", 3),
    ("<a c e>", 2),
    ("a,", 1),
    ("<e, f# c'>", 1),
    ("<b, e b'>", 2),
    ("<c, e a>", 2),
    ("<b, e b'>", 4),
    ("<c, e a>", 4),
    ("<b, e b'>", 4),
    ("<b, d# b'>", 2),
    ("<b, d# a'>", 2),
    ("<c, g'>", 4),
    ("<c, bb'>", 2),
    ("<c, e a>", 2),
    ("<b, e a>", 2),
    ("<b, e g#>", 2),
    ("<b, e g>", 4),
    ("<a#, c g'>2 r", 1),
    ("<b,, b'>2", 2),
    ("<e,,, e'>1", 1),
];

/// Chopin, Prelude in E minor, op. 28 no. 4.
pub fn prelude_in_e_minor() -> Result<Piece, ScoreError> {
    let right = Line::parse(PRELUDE_E_RIGHT, FOUR)?;
    let mut left = Line::rest(FOUR.bar_ticks);
    for (chord, count) in PRELUDE_E_LEFT {
        let written = if chord.ends_with('>') || chord.ends_with(',') { "8" } else { "" };
        left = left.then(&Line::parse(&format!("!p {chord}{written}"), Meter::FREE)?.times(count));
    }
    let voices = piano(right.louder(10), left.louder(-4), QUARTER_TICKS * 2);
    Ok(Piece::new(60.0, FOUR.bar_ticks * 4, voices)
        .slowing(FOUR.bar_ticks * 4, 0.55)
        .rubato(0.08)
        .tail(3.5)
        .level(-3.0))
}

const PRELUDE_A_RIGHT: &str = "e4 | c#'8. d16 <b g# d>4 <b g# d> | <b g# d>2 <d f#>4 |
    <b# d#>8. <c# e>16 <c# a'>4 <c# a'> | <c# a'>2 <c# e,>4 | <a# c#,>8. <b d,>16 <d f#, d>4 <d f#, d> |
    <d f#, d>2 <d, g#>4 | <d g#>8. <c# a'>16 <c# c#'>4 <c# c#'> | <c# c#'>2 e4 |
    <e g# c#>8. <e g# d'>16 <d g# b>4 <d g# b> | <d g# b>2 !mf <d' f#>4 |
    <b# d#>8. <c# e>16 <c# e a c#>4 <c# e a c#> | <a# c# e a# c#>2 <a# c#>4 |
    !mp <a# c#>8. <b d>16 <b f#'>4 <a f#'> | <g# f#'>2 !p <d g#>4 | <d b'>8. <c# a'>16 <a' c# a'>4 <a c# a'> |
    <a c# a'>2";
const PRELUDE_A_LEFT: &str = "r4 | e,,4 <e' e'> <e e'> | <e e'>2 r4 | a, <a' e'> <a e'> | <a e'>2 r4 |
    e, <e' b'> <e b'> | <e b'>2 r4 | a,, <e'' a e'> <e a e'> | <e a e'>2 r4 | e, <e' e'> <e e'> | <e e'>2 r4 |
    a, <a' e' a> <a e' a> | <f# c#' e f#>2 r4 | b,, <f#'' d'> <f# b d> | <e b' d>2 r4 |
    a,, <e'' a e'> <e a e'> | <e a e'>2";

/// Chopin, Prelude in A major, op. 28 no. 7, twice: the second time as from afar.
pub fn prelude_in_a() -> Result<Piece, ScoreError> {
    let meter = THREE.upbeat(QUARTER_TICKS);
    let right = Line::parse(&format!("!mp {PRELUDE_A_RIGHT}"), meter)?;
    let left = Line::parse(&format!("!p {PRELUDE_A_LEFT}"), meter)?;
    let again = |line: Line| Line::rest(QUARTER_TICKS * 2).then(&line.then(&line.louder(-14)));
    let voices = piano(again(right), again(left), THREE.bar_ticks);
    Ok(Piece::new(63.0, THREE.bar_ticks * 4, voices)
        .slowing(THREE.bar_ticks * 3, 0.55)
        .rubato(0.08)
        .tail(3.0)
        .level(-3.0))
}

const PRELUDE_C_FIRST: &str = "!ff <g c eb g>4 <ab c eb ab> <g b eb g>8. <g b d f>16 <eb g c eb>4 |
    <eb ab c eb> <f ab db f> <db eb g c eb>8. <db eb g bb db>16 <c eb ab c>4 |
    <d f b d> <e g bb c e> <ab c g'>8. <ab c f>16 <g c eb>4 |
    <f# c' d> <g b d g> <c d f# b>8. <c d f# a>16 <b d g>4 |";
const PRELUDE_C_SECOND: &str = "!p <eb g eb'>4 <eb ab eb'> <d ab' d>8. <d f# d'>16 <d g d'>4 |
    <c g' c> <c d f# d'> <d g b>8. <c a'>16 <b d g>4 | <c g' c> <ab c ab'> <g d' g>8. <g d' f>16 <g c eb>4 |
    <eb ab c eb> <f ab db f> <f g b eb>8. <f g b d>16 <eb g c>4 |";
const PRELUDE_C_FIRST_LEFT: &str = "!ff <c,, c'>4 <f, f'> <g g'> <c g' c> | <ab ab'> <db db,> <eb eb,> <ab ab,> |
    <g g,> <c, c,> <f f,> <c' c,> | <d, a' d> <g, g'> <d d'> <g g'> |";
const PRELUDE_C_SECOND_LEFT: &str = "!p <c,, c'>4 <c' c'> <b b'> <bb bb'> | <a a'> <ab ab'> <g g'> <f f'> |
    <eb eb'> <f f'> <b, b'> <c c'> | <ab ab'> <db, db'> <g g'> <c, c'> |";

/// Chopin, Prelude in C minor, op. 28 no. 20.
pub fn prelude_in_c_minor() -> Result<Piece, ScoreError> {
    let read = |text: &str| Line::parse(text, FOUR);
    let (second, second_left) = (read(PRELUDE_C_SECOND)?, read(PRELUDE_C_SECOND_LEFT)?);
    let right = read(PRELUDE_C_FIRST)?.then(&second).then(&second.louder(-14)).then(&read("!p <c eb g c>1")?);
    let left =
        read(PRELUDE_C_FIRST_LEFT)?.then(&second_left).then(&second_left.louder(-14)).then(&read("!p <c, g'>1")?);
    let voices = piano(right, left, QUARTER_TICKS);
    Ok(Piece::new(43.0, FOUR.bar_ticks * 4, voices)
        .slowing(FOUR.bar_ticks * 2, 0.75)
        .rubato(0.04)
        .tail(1.5)
        .level(-1.5))
}

/// Bach's prelude from the first release belongs to the evening too: here an octave higher, as on a music box.
pub fn music_box_prelude() -> Result<Piece, ScoreError> {
    const MUSIC_BOX: u8 = 10;
    const CELESTA: u8 = 8;
    let mut piece = super::first_light::prelude_in_c()?;
    piece.voices = piece
        .voices
        .iter()
        .zip([MUSIC_BOX, CELESTA])
        .map(|(voice, program)| {
            Voice::new(program, voice.line.transpose(12)).pan(voice.pan).reverb(90).pedal(QUARTER_TICKS * 2)
        })
        .collect();
    piece.tempo = vec![(0, 72.0)];
    Ok(piece.level(-2.0))
}
