//! The music of «За околицей»: Russian folk songs in variations, Tchaikovsky and Mussorgsky for choir, folk instruments
//! and orchestra. Scores only.

use super::arrange::{Changes, Scale, divide, parallel};
use super::perform::{Piece, Voice};
use super::score::{Line, Meter, QUARTER_TICKS, ScoreError};

const GLOCKENSPIEL: u8 = 9;
const BELLS: u8 = 14;
const DULCIMER: u8 = 15;
const ACCORDION: u8 = 21;
const GUITAR: u8 = 24;
const MANDOLIN: u8 = 25;
const BASS: u8 = 32;
const VIOLIN: u8 = 40;
const CONTRABASS: u8 = 43;
const PIZZICATO: u8 = 45;
const TIMPANI: u8 = 47;
const STRINGS: u8 = 48;
const SLOW_STRINGS: u8 = 49;
const CHOIR: u8 = 52;
const OOHS: u8 = 53;
const TRUMPET: u8 = 56;
const TUBA: u8 = 58;
const HORN: u8 = 60;
const BRASS: u8 = 61;
const OBOE: u8 = 68;
const ENGLISH_HORN: u8 = 69;
const BASSOON: u8 = 70;
const CLARINET: u8 = 71;
const PICCOLO: u8 = 72;
const FLUTE: u8 = 73;

const EIGHTH: u32 = QUARTER_TICKS / 2;
const STROKE_TICKS: u32 = 60;
const TWO: Meter = Meter::new(2, 4);
const THREE: Meter = Meter::new(3, 4);
const FOUR: Meter = Meter::new(4, 4);

/// «Во поле берёза стояла», six verses.
pub fn birch_tree() -> Result<Piece, ScoreError> {
    let tune = Line::parse(
        "b'8 b b b | a a g g | f#4 e | b'8 b d b | a a g g | f#4 e | f#4. g8 | a4 g8 g | f#4 e | f#4. g8 |
         a4 g8 g | f#4 e |",
        TWO,
    )?;
    let changes = Changes::parse(
        "Em | Am Em | B7 Em | Em | Am Em | B7 Em | B7 | Am Em | B7 Em | B7 | Am Em | B7 Em",
        TWO.bar_ticks,
    )?;
    let scale = Scale::new(4, Scale::MINOR);
    let verse = tune.length_ticks;
    let thirds = parallel(&tune, scale, -2);
    let middle = changes.times(3);
    let voices = vec![
        Voice::new(ENGLISH_HORN, tune.louder(-10).then(&Line::rest(verse * 4)).then(&tune.louder(-14)))
            .pan(60)
            .reverb(80),
        Voice::new(MANDOLIN, tune.tremolo(STROKE_TICKS).louder(-4).times(2)).after(verse).pan(40).volume(92).chorus(20),
        Voice::new(GUITAR, changes.times(4).strum(60, QUARTER_TICKS, 2, &[1], 54)).after(verse).pan(86).volume(82),
        Voice::new(BASS, changes.times(4).walking_bass(35, QUARTER_TICKS, 66)).after(verse).pan(66).volume(86),
        Voice::new(CHOIR, tune.with(&changes.pad(59, 52)).louder(2)).after(verse * 2).pan(64).volume(92).reverb(90),
        Voice::new(ACCORDION, divide(&tune, scale, QUARTER_TICKS).then(&thirds)).after(verse * 3).pan(80).volume(80),
        Voice::new(DULCIMER, middle.broken(64, EIGHTH, &[0, 2, 1, 2], 48)).after(verse * 2).pan(28).volume(80),
        Voice::new(STRINGS, tune.transpose(12).louder(4)).after(verse * 4).pan(48).volume(84).reverb(70),
        Voice::new(MANDOLIN, tune.tremolo(STROKE_TICKS).louder(6)).after(verse * 4).pan(44).volume(84),
        Voice::new(GLOCKENSPIEL, tune.transpose(12).louder(-20)).after(verse * 4).pan(90).volume(70),
        Voice::new(OOHS, changes.pad(55, 46)).after(verse * 5).pan(64).volume(80).reverb(96),
    ];
    let piece = Piece::new(84.0, QUARTER_TICKS * 6, voices).tempo_at(verse * 3, 96.0).tempo_at(verse * 5, 76.0);
    Ok(piece.slowing(QUARTER_TICKS * 6, 0.5))
}

/// «Эй, ухнем»: it comes nearer, passes and goes away.
pub fn volga_boatmen() -> Result<Piece, ScoreError> {
    let call = "d4 b e2 | b2. c#4 | d b e2 | b2. c#4 |";
    let first = "d2 g | f#4 g8 f# e2 | d4 b e2 | b1 |";
    let middle = "d2. d4 | d c b a | g2 d' | b1 |";
    let last = "e2 e4 e | b2 b | g'2 f#4 e | d2 b | e2 g | f#4 g8 f# e2 | d4 b e2 | b2. c#4 | d b e2 | b2. c#4 |
                d b e2 | b1 |";
    let tune = Line::parse(&format!("!p {call} !mp {first} !mf {middle} !f {middle} !ff {last}"), FOUR)?;
    let changes = Changes::parse(
        "Bm Em | Bm | Bm Em | Bm | Bm G | Bm Em | Bm Em | Bm | G | G D | G | Bm | G | G D | G | Bm | Em | Bm | Em |
         Bm | Em | Bm Em | Bm Em | Bm | Bm Em | Bm | Bm Em | Bm",
        FOUR.bar_ticks,
    )?;
    let calls = Line::parse(&format!("!mp {call} !p {call} !pp d4 b e2 | b1"), FOUR)?;
    let away = Changes::parse("Bm Em | Bm | Bm Em | Bm | Bm Em | Bm | Bm Em | Bm | Bm Em | Bm", FOUR.bar_ticks)?;
    let intro = FOUR.bar_ticks * 2;
    let low = Line::parse("!pp b,2 f# | b f#", FOUR)?;
    let bass =
        low.then(&changes.walking_bass(35, QUARTER_TICKS * 2, 70)).then(&away.walking_bass(35, QUARTER_TICKS * 2, 52));
    let strings = changes.pad(59, 58).then(&away.pad(59, 40));
    let brass = Line {
        notes: tune.notes.iter().filter(|n| n.start_ticks >= FOUR.bar_ticks * 16).copied().collect(),
        ..tune.clone()
    };
    let voices = vec![
        Voice::new(CHOIR, tune.then(&calls)).after(intro).pan(64).volume(104).reverb(92).hold(99),
        Voice::new(OOHS, changes.pad(52, 56).then(&away.pad(52, 40)))
            .after(intro)
            .pan(50)
            .volume(88)
            .reverb(92)
            .hold(99),
        Voice::new(CONTRABASS, bass).pan(78).volume(100),
        Voice::new(SLOW_STRINGS, strings).after(intro).pan(70).volume(80).reverb(80),
        Voice::new(HORN, brass.transpose(-12)).after(intro).pan(40).volume(84).reverb(80),
        Voice::new(TUBA, brass.transpose(-24).louder(-16)).after(intro).pan(86).volume(80),
        Voice::new(TIMPANI, changes.bass(35, 50).held(50)).after(intro).pan(60).volume(84),
    ];
    Ok(Piece::new(76.0, QUARTER_TICKS * 16, voices).slowing(QUARTER_TICKS * 8, 0.6).tail(5.0))
}

/// «Коробейники», faster with each verse.
pub fn pedlars() -> Result<Piece, ScoreError> {
    let tune = Line::parse(
        "e'4 b8 c d4 c8 b | a4 a8 c e4 d8 c | b4. c8 d4 e | c a a2 | r8 d4 f8 a4 g8 f | e4. c8 e4 d8 c |
         b4 b8 c d4 e | c a a2 |",
        FOUR,
    )?;
    let changes = Changes::parse("E | Am | E | Am | Dm | C | E | Am", FOUR.bar_ticks)?;
    let scale = Scale::new(9, Scale::MINOR);
    let verse = tune.length_ticks;
    let seven = changes.times(6);
    let runs = |seed| changes.descant(scale, EIGHTH, (69, 88), seed, 62);
    let voices = vec![
        Voice::new(GUITAR, tune.transpose(-12).louder(-8)).pan(52).reverb(60),
        Voice::new(MANDOLIN, tune.tremolo(STROKE_TICKS).then(&tune.louder(6))).after(verse).pan(40).chorus(20),
        Voice::new(
            ACCORDION,
            tune.transpose(-12).then(&Line::rest(verse)).then(&tune.with(&parallel(&tune, scale, -2))).times(2),
        )
        .after(verse * 2)
        .pan(84)
        .volume(80),
        Voice::new(GUITAR, seven.strum(59, EIGHTH, 2, &[1], 52)).after(verse).pan(92).volume(84),
        Voice::new(BASS, seven.walking_bass(33, QUARTER_TICKS, 70)).after(verse).pan(64).volume(90),
        Voice::new(PICCOLO, runs(3).then(&Line::rest(verse)).then(&runs(10))).after(verse * 3).pan(30).volume(66),
        Voice::new(DULCIMER, changes.times(3).broken(64, EIGHTH, &[0, 1, 2, 3, 2, 1, 2, 1], 52))
            .after(verse * 4)
            .pan(26),
        Voice::new(STRINGS, tune.louder(8).times(3)).after(verse * 4).pan(60).volume(84).reverb(66),
        Voice::new(CHOIR, tune.transpose(-12).louder(10)).after(verse * 6).pan(64).volume(90).reverb(80),
        Voice::new(BRASS, changes.pad(62, 66).held(70)).after(verse * 6).pan(76).volume(72),
        Voice::new(TIMPANI, changes.walking_bass(38, QUARTER_TICKS * 2, 62).held(40)).after(verse * 6).pan(56),
    ];
    let piece = Piece::new(92.0, QUARTER_TICKS * 16, voices).rubato(0.01);
    let piece =
        (1..7).fold(piece, |piece, verse_no| piece.tempo_at(verse * verse_no, 100.0 + f64::from(verse_no) * 11.0));
    Ok(piece.slowing(QUARTER_TICKS * 2, 0.7).tail(3.5))
}

/// «Во саду ли, в огороде», nine verses: each instrument has its turn.
pub fn in_the_garden() -> Result<Piece, ScoreError> {
    let tune = Line::parse("c'8 c b b | a a a b | c c b b | a4 a | g8 g f# f# | e e e f# | g g f# f# | e4 e |", TWO)?;
    let changes = Changes::parse("Am Em | Am | Am Em | Am | Em B7 | Em | Em B7 | Em", TWO.bar_ticks)?;
    let scale = Scale::new(4, Scale::MINOR);
    let verse = tune.length_ticks;
    let sixteenths = |seed, range| changes.descant(scale, QUARTER_TICKS / 4, range, seed, 58);
    let lively = divide(&tune, scale, EIGHTH);
    let voices = vec![
        Voice::new(CLARINET, tune.louder(-6).then(&Line::rest(verse * 5)).then(&sixteenths(4, (62, 82))))
            .pan(50)
            .volume(90),
        Voice::new(FLUTE, tune.transpose(12).louder(-4).then(&Line::rest(verse)).then(&sixteenths(9, (74, 93))))
            .after(verse)
            .pan(74),
        Voice::new(BASSOON, tune.transpose(-12).then(&Line::rest(verse * 3)).then(&lively.transpose(-12)))
            .after(verse * 2)
            .pan(88),
        Voice::new(MANDOLIN, lively.then(&lively.louder(4))).after(verse * 4).pan(36).volume(92),
        Voice::new(ACCORDION, tune.with(&parallel(&tune, scale, -2)).times(2)).after(verse * 5).pan(80).volume(76),
        Voice::new(PIZZICATO, changes.times(8).broken(55, EIGHTH, &[0, 1, 2, 1], 62)).after(verse).pan(44).volume(88),
        Voice::new(CONTRABASS, changes.times(9).walking_bass(40, QUARTER_TICKS, 62).held(60)).pan(70).volume(90),
        Voice::new(STRINGS, tune.louder(4).then(&tune.louder(8))).after(verse * 7).pan(58).volume(84).reverb(66),
        Voice::new(PICCOLO, lively.transpose(12).louder(2)).after(verse * 8).pan(68).volume(66),
        Voice::new(GLOCKENSPIEL, tune.transpose(12).louder(-22)).after(verse * 8).pan(92).volume(70),
        Voice::new(HORN, changes.pad(57, 58)).after(verse * 8).pan(30).volume(78),
    ];
    let piece = Piece::new(88.0, QUARTER_TICKS * 8, voices).tempo_at(verse * 4, 96.0).tempo_at(verse * 7, 104.0);
    Ok(piece.slowing(QUARTER_TICKS * 3, 0.6).tail(3.5))
}

const FRENCH_A: &str = "g'8 a bb c | d4. d8 | c d eb c | d4. d8 | c d eb c | d eb16 d c8 bb | a4.. g16 |";
const FRENCH_B: &str = "g'4 g8 a | bb4. bb8 | c4 c | a4. a8 | d4. d8 | eb f16 eb d8 c | bb4 a8 g | <a f#>4. d,8 |";
const FRENCH_MIDDLE: &str = "bb8 c d c | bb2 | eb4 c | bb g | eb' c | bb g | c2 | bb |";
const FRENCH_BASS: &str = "g2 | g | g | g | g | g | f#4 d | g2 |";
const FRENCH_B_LEFT: &str = "c,8 g' c eb | g,, g' c eb | c, g' c eb | d, a' c f# | <g, bb>8 d' g r | <c, eb g>2 |
    <d g>4 r | d d |";

/// Tchaikovsky, the Old French Song from the Children's Album, op. 39 no. 16, twice through.
pub fn old_french_song() -> Result<Piece, ScoreError> {
    let up = Line::parse("r4. d8 |", TWO)?;
    let a = Line::parse(&format!("{FRENCH_A} g4. d8 |"), TWO)?;
    let a_close = Line::parse(&format!("{FRENCH_A} g2 |"), TWO)?;
    let b = Line::parse(FRENCH_B, TWO)?;
    let (middle, bass) = (Line::parse(FRENCH_MIDDLE, TWO)?, Line::parse(FRENCH_BASS, TWO)?);
    let b_left = Line::parse(FRENCH_B_LEFT, TWO)?;
    let part = a.length_ticks;
    let bar = TWO.bar_ticks;
    let rest = |parts: u32| Line::rest(part * parts);
    let inner = middle.times(2).then(&rest(1)).then(&middle).louder(-14);
    let pedal = bass.times(2).then(&rest(1)).then(&bass).louder(-12);
    let b_low = rest(2).then(&b_left).then(&rest(1)).louder(-12);
    let voices = vec![
        Voice::new(OBOE, up.then(&a).then(&rest(2)).then(&a_close).louder(-8)).pan(54).reverb(70),
        Voice::new(VIOLIN, rest(1).then(&a_close).then(&b).louder(-6)).after(bar).pan(44).reverb(70).volume(88),
        Voice::new(SLOW_STRINGS, inner.times(2)).after(bar).pan(74).volume(84).reverb(74),
        Voice::new(CONTRABASS, pedal.times(2)).after(bar).pan(84).volume(84),
        Voice::new(PIZZICATO, b_low.times(2)).after(bar).pan(60).volume(96),
        Voice::new(CLARINET, a.then(&rest(1)).then(&b).then(&a_close.transpose(-12)).louder(-8))
            .after(bar + part * 4)
            .pan(66),
        Voice::new(FLUTE, rest(1).then(&a_close.transpose(12)).louder(-12)).after(bar + part * 4).pan(40).volume(80),
        Voice::new(OOHS, rest(3).then(&middle.louder(-18))).after(bar + part * 4).pan(64).volume(76).reverb(96),
    ];
    Ok(Piece::new(66.0, QUARTER_TICKS * 8, voices).slowing(QUARTER_TICKS * 4, 0.5).rubato(0.04).tail(4.5))
}

const PRAYER_SOPRANO: &str = "!p b'4 b4. a8 | c4 b2 | a4 g a | b2. | b4 e,4. a8 | a4 d,4. f#8 | !mp g4 g e'8. a,16 |
    !mf a2. | !p b4 b4. a8 | c4 b4. b8 | !mp c4 d e | !f f#2 f#4 | d# e4. c#8 | !mf d4 b c | !mp b8. a16 a4 f# |
    !p g r g' | f#8. c16 c4 b8 a | b4 r g | f#8. c16 c4 b8 a | b4 e d | e2 f#4 | !pp g2 r4 | r g b | d2. |";
const PRAYER_ALTO: &str = "!p g'4 g4. f#8 | g4 g2 | f#4 e e | d#2. | d4 c#2 | c4 b c | !mp d e g | !mf g f#8 e f#4 |
    !p g4 g4. f#8 | g4 g4. g8 | !mp g4 <g b> <g c> | !f <f# c'>2. | b4 b a | !mf a g g | !mp e2 d8 c | !p b4 r b' |
    c8. c16 c4 f#, | g r b, | c8. c16 c4 f#, | g g g | c2 c4 | !pp b2 b4 | <b d>2. | <g' b> |";
const PRAYER_TENOR: &str = "!p d4 d4. d8 | c4 d2 | d4 b e, | f#2. | e4 e2 | d4 d2 | !mp g4 g a | !mf a2 d4 |
    !p d d4. d8 | c4 d f | !mp e d c8 b | !f a#2. | f#'4 e2 | !mf d4 d c | !mp g2 d4 | !p d r d | eb2. | d4 r d |
    eb2. | d4 c b | bb2 a4 | !pp r d2 | d2. | d |";
const PRAYER_BASS: &str = "!p g4 g4. d8 | e4 g2 | d4 e c | b2. | g#4 a g | f# g a | !mp b c c# | !mf d2. |
    !p g4 g4. d8 | e4 g r | r2. | r2. | !mf a4 g# g | f# g e | !mp c2 d4 | !p g,8 g g g g g | g g g g g g |
    g g g g g g | g g g g g g | g g g g g g | g g g g g g | !pp g2. | g | g |";

/// Tchaikovsky, the Morning Prayer from the Children's Album, op. 39 no. 1: by strings, then by a choir.
pub fn morning_prayer() -> Result<Piece, ScoreError> {
    let read = |text: &str| Line::parse(text, THREE);
    let (soprano, alto) = (read(PRAYER_SOPRANO)?, read(PRAYER_ALTO)?);
    let (tenor, bass) = (read(PRAYER_TENOR)?, read(PRAYER_BASS)?);
    let once = soprano.length_ticks;
    let upper = soprano.with(&alto);
    let voices = vec![
        Voice::new(SLOW_STRINGS, upper.clone()).pan(44).reverb(80).hold(100),
        Voice::new(SLOW_STRINGS, tenor.clone()).pan(72).volume(92).reverb(80).hold(100),
        Voice::new(CONTRABASS, bass.clone()).pan(84).volume(92).reverb(70),
        Voice::new(BELLS, Line::parse("!pp g2. | r2. | r2. | r2.", THREE)?).after(once).pan(90).volume(84).reverb(110),
        Voice::new(CHOIR, upper).after(once).pan(56).volume(104).reverb(100).hold(100),
        Voice::new(CHOIR, tenor.with(&bass)).after(once).pan(74).volume(100).reverb(100).hold(100),
        Voice::new(CONTRABASS, bass.louder(-14)).after(once).pan(84).volume(80),
    ];
    Ok(Piece::new(68.0, QUARTER_TICKS * 12, voices).slowing(QUARTER_TICKS * 7, 0.5).rubato(0.05).tail(5.0))
}

const PROMENADE: &str =
    "!f g'4 f bb c8 f d4 | c8 f d4 bb c g f | <bb, d g>4 <a c f> <bb d bb'> <c a' c>8 f' <f, a d>4 |
    <c a' c>8 f' <f, bb d>4 <d g bb> <e g c> <g, c g'> <a c f> | f'4 g d f8 g c,4 |
    g'8 a f4 <f f'> <f d'> <f c'>8 bb f4 | f g d f8 g eb4 | bb'8 c ab4 <ab ab'> <ab f'> <ab eb'>8 db ab4 |
    !mf <ab, ab'>4 <bb bb'> <ab ab'> <bb bb'>8 <c c'> <eb eb'> <bb bb'> <ab ab'>4 |
    !f <db f ab db>8 <eb ab c eb> <f ab db f> <ab ab'> <gb bb eb gb> <f ab db f> <eb ab c eb> <gb gb'> <f bb db f>
    <db db'> <eb ab c eb>4 | !mf <ab, ab'>4 <bb bb'> <ab ab'> <bb bb'>8 <c c'> <eb eb'> <bb bb'> |
    !f <c c'>4 <d d'> <c c'> <d d'>8 <f f'> <g g'> <d d'> <c c'>4 |
    <f a c f>8 <g c e g> <a c f a> <c c'> <bb d g bb> <a c f a> <g c e g> <bb bb'> <a d f a> <f f'> <g c e g>4 |
    <a c a'>8 e' <f, d' f>4 <a c a'> <e bb' d> <a c a'> <e bb' d> |
    <f a f'>8 c' <f, bb d>4 <f a f'> <f bb d> <f a f'>8 c' <f, bb d>4 |
    <eb g c>8 e <c f a>4 <d f bb> <eb g c>8 e <c f a>4 <d f bb>8 d' |
    <e, g c>4 <c d f a> <e g c> <f f'> <eb g bb eb>8 <d d'> <c f a c> <d f bb> |
    <c f c'>4 <d f d'> <f a c f> <g bb eb g>8 <bb bb'> <f f'>4 <g g'> |
    <f f'>4 <eb g bb eb>8 <d d'> <c f a c> <d f bb> <c f c'>4 <d f d'> <f a c f> |
    <g bb eb g>8 <bb bb'> <f f'>4 <g g'> <f f'> g f |
    <g bb e g>8 <bb bb'> <f f'>4 <g g'> <f f'> <bb, eb g> <a c f> |
    !ff <bb f' bb>4 <c f a c>8 <f f'> <d f bb d>4 <c f a c>8 <f f'> <d f bb d>4 <bb d f bb> |
    <c eb g c>4 <g c e g> <a c f> <g d' g> <a c f> <bb d bb'> |
    <c f a c>8 <f f'> <d f bb d>4 <bb d g bb> <eb g c eb> <c f a c> <d f bb> |";
const PROMENADE_BASS: &str = "!f r1 r4 | r1. | <g, g'>4 <a f'> <g g'> <f f'> <d d'> |
    <f f'> <bb bb'> <g g'> <c, c'> <e e'> <f f'> | r1 r4 | r2 <f f'>4 <bb bb'> <g g'> <f f'> | r1 r4 |
    r2 <ab ab'>4 <db db'> <bb bb'> <ab ab'> | !mf <gb, gb'>2 <f f'>4 <gb gb'> <gb gb'> <gb' gb'> |
    !f <f f'>8 <eb eb'> <db db'>4 <eb eb'>8 <f f'> <ab ab'>4 <bb bb'> <ab ab'> |
    !mf <gb, gb'>2 <f f'>4 <gb gb'> <gb' gb'>8 r | !f <bb, bb'>2 <a a'>4 <bb bb'> <bb bb'> <bb' bb'> |
    <a a'>8 <g g'> <f f'>4 <g g'>8 <a a'> <c c'>4 <d d'> <c c'> | <a a'> <bb bb'> <f f'> <g g'> <f f'> <g g'> |
    <d d'> <g g'> <d d'> <g g'> <d d'> <g g'> | <c, c'> <f f'> <g g'> <c, c'> <f f'> <g g'> |
    <c, c'> f <c c'> <f, f'> <g g'> <a a'>8 <bb bb'> | <a a'>4 <bb bb'> <a a'> <g g'> <f f'> <g g'> |
    <f f'> <g g'> <a a'>8 <bb bb'> <a a'>4 <bb bb'> <a a'> | <g g'> <f f'> <g g'> <f f'> g'' f |
    <c, c'> <f, f'> <g g'> <f f'> <eb' eb'> <f f'> | !ff <d d'> <c c'> <bb bb'> <a a'> <g g'> <g' g'> |
    <c, c'> <e e'> <f f'> <bb, bb'> <a a'> <g g'> | <f f'> <bb bb'> <g' g'> <c, c'> <f f'> <bb bb'> |";

/// Mussorgsky, the first Promenade of "Pictures at an Exhibition", for brass and orchestra.
pub fn promenade() -> Result<Piece, ScoreError> {
    let (upper, lower) = (Line::parse(PROMENADE, Meter::FREE)?, Line::parse(PROMENADE_BASS, Meter::FREE)?);
    let high = Line {
        notes: upper.notes.chunk_by(|a, b| a.start_ticks == b.start_ticks).filter_map(|c| c.last()).copied().collect(),
        ..upper.clone()
    };
    let voices = vec![
        Voice::new(BRASS, upper.clone()).pan(56).volume(92).hold(88).reverb(74),
        Voice::new(TRUMPET, high.louder(-4)).pan(44).volume(88).hold(90).reverb(74),
        Voice::new(STRINGS, upper.louder(-14)).pan(66).volume(78).reverb(78),
        Voice::new(TUBA, lower.clone()).pan(84).volume(84).hold(84),
        Voice::new(CONTRABASS, lower.louder(-6)).pan(90).volume(96).hold(90),
    ];
    Ok(Piece::new(88.0, QUARTER_TICKS * 11, voices).slowing(QUARTER_TICKS * 6, 0.6).rubato(0.015).tail(4.5))
}
