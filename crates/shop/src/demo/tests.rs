//! What the demo promises: scores that read, lengths, numbers, joins, levels, and that a second run is the same.

use super::score::{Line, Meter};
use super::*;

#[test]
fn every_score_reads_and_every_voice_of_a_piece_ends_together() {
    for release in releases() {
        for track in &release.tracks {
            let piece = (track.piece)().unwrap_or_else(|error| panic!("{}: {error}", track.title));
            println!("{:60} {:6.1} s", track.title, piece.music_s());
        }
    }
}
