//! What the demo promises: scores that read, lengths, numbers, joins, levels, covers, and that a second run is the same.

use std::collections::{HashMap, HashSet};

use super::arrange::Changes;
use super::perform::Piece;
use super::score::{Line, Meter, QUARTER_TICKS};
use super::synth::{Instruments, Setting};
use super::*;

const SHORTEST_TRACK_S: f64 = 60.0;
const SHORTEST_CATALOGUE_S: f64 = 40.0 * 60.0;

fn keys(text: &str) -> Vec<u8> {
    Line::parse(text, Meter::FREE).unwrap().notes.iter().map(|note| note.key).collect()
}

fn refusal(text: &str) -> (usize, &'static str) {
    let error = Line::parse(text, Meter::new(4, 4)).unwrap_err();
    (error.word, error.reason)
}

/// A release of one or more pieces, as short as they are.
fn short_release(gapless: bool, pieces: &[fn() -> Result<Piece, ScoreError>]) -> DemoRelease {
    let mut release = releases().swap_remove(0);
    release.gapless = gapless;
    release.rate_hz = 22_050;
    release.tracks.truncate(pieces.len());
    release.tracks.iter_mut().zip(pieces).for_each(|(track, piece)| track.piece = *piece);
    release
}

fn short_scale() -> Result<Piece, ScoreError> {
    let line = Line::parse("!ff <c e g>4 d e f | <g b d>2 <c, e g>", Meter::new(4, 4))?;
    Ok(Piece::new(120.0, QUARTER_TICKS * 4, vec![perform::Voice::new(48, line)]).slowing(1, 1.0).tail(2.0))
}

fn rendered(release: &DemoRelease, sound_font: Option<&[u8]>) -> Vec<Vec<i32>> {
    let mut tracks = Vec::new();
    let mut take = |_: usize, samples: Vec<i32>| {
        tracks.push(samples);
        Ok(())
    };
    release.render(sound_font, &mut take, &mut |_| {}).unwrap();
    tracks
}

#[test]
fn a_note_is_the_nearest_one_to_the_last() {
    assert_eq!(keys("c e g c"), [60, 64, 67, 72]);
    assert_eq!(keys("c g' b, bb f#"), [60, 67, 59, 58, 54]);
    assert_eq!(keys("<c e g c>4 d <b d>"), [60, 64, 67, 72, 62, 59, 62]);
}

#[test]
fn lengths_dots_ties_and_triplets_add_up() {
    let line = Line::parse("c4. d8 | { e8 f g } a4~ | a2 r", Meter::new(2, 4)).unwrap();
    let lengths: Vec<u32> = line.notes.iter().map(|note| note.length_ticks).collect();
    assert_eq!(lengths, [720, 240, 160, 160, 160, 480 + 960]);
    assert_eq!(line.length_ticks, QUARTER_TICKS * 8);
}

#[test]
fn a_broken_score_is_refused_at_its_word() {
    assert_eq!(refusal("c4 d e f | g4 a |"), (8, "the bar is not full, or too full"));
    assert_eq!(refusal("c4 h"), (2, "not a note"));
    assert_eq!(refusal("c5"), (1, "not a length"));
    assert_eq!(refusal("c4... d"), (1, "too many dots"));
    assert_eq!(refusal("<c e g"), (3, "a chord is not closed"));
    assert_eq!(refusal("{ c8 d e"), (4, "a triplet is not closed"));
    assert_eq!(refusal("c }"), (2, "triplet braces do not pair"));
    assert_eq!(refusal("!loud c"), (1, "an unknown dynamic"));
    assert_eq!(refusal("c '"), (2, "not a note"));
    assert_eq!(refusal("c''''''''"), (1, "the note lies outside the keyboard"));
    assert_eq!(refusal("c /d"), (2, "a grace note without a note"));
    assert_eq!(refusal("я4"), (1, "not a note"));
}

#[test]
fn a_broken_chord_line_is_refused() {
    assert!(Changes::parse("Am | H7", 1920).is_err());
    assert!(Changes::parse("Am | | C", 1920).is_err());
    let changes = Changes::parse("Am7b5/C Bb", 1920).unwrap();
    assert_eq!((changes.harmonies[0].bass, changes.harmonies[0].tones.as_slice()), (0, &[9, 0, 3, 7][..]));
    assert_eq!((changes.harmonies[1].bass, changes.harmonies[1].tones.as_slice()), (10, &[10, 2, 5][..]));
}

#[test]
fn every_score_reads_and_has_no_more_voices_than_can_be_seated() {
    for release in releases() {
        for track in &release.tracks {
            let piece = (track.piece)().unwrap_or_else(|error| panic!("{}: {error}", track.title));
            assert!(piece.voices.len() <= perform::VOICES_LIMIT, "{}", track.title);
        }
    }
}

#[test]
fn both_hands_of_the_piano_pieces_end_together() {
    for track in releases().iter().filter(|release| release.language == "fra").flat_map(|release| &release.tracks) {
        let piece = (track.piece)().unwrap();
        let ends: HashSet<u32> = piece.voices.iter().map(perform::Voice::end_ticks).collect();
        assert_eq!(ends.len(), 1, "{}: {ends:?}", track.title);
    }
}

#[test]
fn a_key_is_up_before_it_is_struck_again() {
    for track in releases().iter().flat_map(|release| &release.tracks) {
        let mut down = HashMap::new();
        for event in (track.piece)().unwrap().events(track.seed()) {
            let place = (event.channel, event.key);
            if event.strength == 0 {
                down.remove(&place);
            } else if let Some(since_s) = down.insert(place, event.time_s) {
                assert!(event.time_s - since_s < 0.05, "{}: key {} at {} s", track.title, event.key, event.time_s);
            }
        }
    }
}

#[test]
fn every_voice_of_a_joined_piece_ends_with_it_or_on_a_bar_before() {
    for track in releases().iter().filter(|release| release.gapless).flat_map(|release| &release.tracks) {
        let piece = (track.piece)().unwrap();
        for voice in &piece.voices {
            let before = piece.length_ticks() - voice.end_ticks();
            assert!(before.is_multiple_of(QUARTER_TICKS), "{}: {before}", track.title);
        }
    }
}

#[test]
fn every_track_lasts_a_minute_and_the_catalogue_forty() {
    let mut sum_s = 0.0;
    for release in releases() {
        let lengths = release.track_frames().unwrap();
        for (track, frames) in release.tracks.iter().zip(lengths) {
            let length_s = frames as f64 / f64::from(release.rate_hz);
            assert!(length_s >= SHORTEST_TRACK_S, "{} lasts {length_s} s", track.title);
            sum_s += length_s;
        }
    }
    assert!(sum_s >= SHORTEST_CATALOGUE_S, "{sum_s} s");
}

#[test]
fn the_catalogue_is_as_large_and_as_various_as_promised() {
    let releases = releases();
    assert!(releases.len() >= 4 && releases.iter().map(|release| release.tracks.len()).sum::<usize>() >= 24);
    assert!(releases.iter().any(|release| release.gapless && release.tracks.len() > 1));
    assert!(releases.iter().any(|release| release.bits == 24 && release.rate_hz == 96_000));
    let languages: HashSet<_> = releases.iter().map(|release| release.language).collect();
    assert!(languages.len() >= 2);
}

#[test]
fn the_russian_release_is_cyrillic_throughout() {
    let releases = releases();
    let release = releases.iter().find(|release| release.language == "rus").unwrap();
    let words = [release.title, release.label].into_iter().chain(release.genres.iter().copied());
    let words = words.chain(release.artists.iter().flat_map(|credit| [credit.name, credit.join]));
    let words = words.chain(release.tracks.iter().flat_map(|track| [track.title, track.composer]));
    for word in words {
        assert!(!word.chars().any(|letter| letter.is_ascii_alphabetic()), "{word}");
    }
}

#[test]
fn every_gtin_is_valid_and_their_own() {
    let gtins: HashSet<_> = releases().iter().map(|release| release.gtin).collect();
    assert_eq!(gtins.len(), releases().len());
    for gtin in gtins {
        let digits: Vec<u32> = gtin.chars().map(|digit| digit.to_digit(10).unwrap()).collect();
        let weighted = digits.iter().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight);
        assert!(digits.len() == 13 && weighted.sum::<u32>().is_multiple_of(10) && gtin.starts_with("200"), "{gtin}");
    }
}

#[test]
fn every_isrc_is_well_formed_and_unique() {
    let isrcs: Vec<_> = releases().into_iter().flat_map(|release| release.tracks).map(|track| track.isrc).collect();
    for isrc in &isrcs {
        assert!(isrc.len() == 12 && isrc.starts_with("QZGRM26"), "{isrc}");
        assert!(isrc[7..].chars().all(|digit| digit.is_ascii_digit()), "{isrc}");
    }
    assert_eq!(isrcs.iter().collect::<HashSet<_>>().len(), isrcs.len());
}

#[test]
fn the_covers_are_square_small_and_different() {
    let mut seen = HashSet::new();
    for release in releases() {
        let jpeg = release.cover().unwrap();
        assert!(jpeg.len() <= cover::SIZE_LIMIT_BYTES, "{}: {} bytes", release.title, jpeg.len());
        let picture = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((picture.width(), picture.height()), (cover::SIDE_PX, cover::SIDE_PX));
        assert!(seen.insert(jpeg));
    }
}

#[test]
fn a_second_performance_is_the_same_to_the_sample() {
    let release = short_release(false, &[short_scale]);
    assert_eq!(rendered(&release, None), rendered(&release, None));
}

#[test]
fn a_loud_piece_sounds_and_is_never_clipped() {
    for bits in [16, 24] {
        let mut release = short_release(false, &[short_scale]);
        release.bits = bits;
        let limit = f64::from((1 << (bits - 1)) - 1) * 10f64.powf(master::PEAK_DBFS / 20.0);
        for samples in rendered(&release, None) {
            let peak = samples.iter().map(|sample| sample.abs()).max().unwrap();
            assert!(f64::from(peak) <= limit + 2.0, "{peak} of {limit} at {bits} bits");
            assert!(f64::from(peak) > limit / 10.0, "{peak} of {limit} at {bits} bits");
        }
    }
}

#[test]
fn a_gapless_release_keeps_every_frame_and_is_cut_where_music_sounds() {
    let release = short_release(true, &[short_scale, short_scale, short_scale]);
    let tracks = rendered(&release, None);
    let frames: Vec<usize> = tracks.iter().map(|samples| samples.len() / 2).collect();
    assert_eq!(frames, release.track_frames().unwrap());
    let piece = short_scale().unwrap();
    let (music, with_tail) = synth::lengths_frames(&piece, release.rate_hz, Setting::Joined);
    assert_eq!(frames.iter().sum::<usize>(), music * 2 + with_tail);
    for (before, after) in tracks.iter().zip(&tracks[1..]) {
        assert!(!before.len().is_multiple_of(588 * 2), "a cut must not lie on a CD sector");
        let (last, first) = (&before[before.len() - 400..], &after[..400]);
        assert!(last.iter().chain(first).any(|sample| sample.abs() > 300), "silence at the cut");
        let step = |a: &[i32]| a.windows(3).map(|w| (w[2] - w[0]).abs()).max().unwrap_or(0);
        let across = [before[before.len() - 2], before[before.len() - 1], after[0], after[1]];
        assert!(step(&across) <= step(last).max(step(first)) * 2, "a click at the cut");
    }
}

#[test]
fn a_failing_sink_stops_the_rendering() {
    let release = short_release(false, &[short_scale, short_scale]);
    let mut calls = 0;
    let result = release.render(
        None,
        &mut |_, _| {
            calls += 1;
            Err("the disk is full".into())
        },
        &mut |_| {},
    );
    assert!(matches!(result, Err(DemoError::Sink(_))));
    assert_eq!(calls, 1);
}

#[test]
fn a_file_that_is_no_sound_font_is_refused() {
    assert!(matches!(Instruments::read(Some(b"RIFF no font at all")), Err(DemoError::SoundFont(_))));
}
