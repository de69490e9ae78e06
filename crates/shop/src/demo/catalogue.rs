//! The words of the demo catalogue: titles, artists, numbers, and which score each track plays.

use super::cover::Motif;
use super::perform::Piece;
use super::score::ScoreError;
use super::{DemoCredit, DemoRelease, DemoTrack};
use super::{bell_tower, first_light, six_grounds, slow_hours};

type Score = fn() -> Result<Piece, ScoreError>;

const BACH: &str = "Johann Sebastian Bach";
const CHOPIN: &str = "Frédéric Chopin";
const SATIE: &str = "Erik Satie";
const DEMO: &str = "Gramovar Demo";
const FOLK_RU: &str = "Русская народная песня";
const TCHAIKOVSKY_RU: &str = "Пётр Чайковский";

const fn credit(name: &'static str, join: &'static str) -> DemoCredit {
    DemoCredit { name, join }
}

/// The releases of the demo, the one that renders fastest first.
pub fn releases() -> Vec<DemoRelease> {
    vec![first_light(), bell_tower(), six_grounds(), slow_hours()]
}

/// `first_isrc` is the designation code of track 1; the rest count on.
fn tracks(first_isrc: u32, list: &[(&'static str, &'static str, Score)]) -> Vec<DemoTrack> {
    let track = |(number, (title, composer, piece)): (u32, &(&'static str, &'static str, Score))| DemoTrack {
        disc: 1,
        number,
        title,
        composer,
        isrc: format!("QZGRM26{:05}", first_isrc + number - 1),
        piece: *piece,
    };
    (1..).zip(list).map(track).collect()
}

fn first_light() -> DemoRelease {
    DemoRelease {
        title: "First Light",
        artists: vec![credit("The Gramovar Players", " & "), credit("Ada Keys", "")],
        label: "Gramovar Demo",
        gtin: "2000261120019",
        catalogue_number: "GRM 001",
        date: "2026-11-21",
        genres: &["Classical", "Baroque"],
        language: "eng",
        rate_hz: 44_100,
        bits: 16,
        gapless: false,
        tracks: tracks(
            1,
            &[
                ("Prelude in C major, BWV 846", BACH, first_light::prelude_in_c),
                ("Invention No. 1 in C major, BWV 772", BACH, first_light::invention_in_c),
                ("Minuet in G major, BWV Anh. 114", "Christian Petzold", first_light::minuet_in_g),
                ("Cello Suite No. 1 in G major, BWV 1007: Prelude", BACH, first_light::cello_prelude),
                ("Für Elise, WoO 59", "Ludwig van Beethoven", first_light::fuer_elise),
                ("Ode to Joy (four variations)", "Ludwig van Beethoven", first_light::ode_to_joy),
            ],
        ),
        motif: Motif::Sunrise,
    }
}

fn bell_tower() -> DemoRelease {
    DemoRelease {
        title: "За околицей",
        artists: vec![credit("Ансамбль «Граммовар»", " и "), credit("хор «Звонница»", "")],
        label: "Граммовар Демо",
        gtin: "2000261120026",
        catalogue_number: "ГРМ 002",
        date: "2026-11-21",
        genres: &["Народная музыка", "Классика"],
        language: "rus",
        rate_hz: 44_100,
        bits: 16,
        gapless: false,
        tracks: tracks(
            11,
            &[
                ("Во поле берёза стояла", FOLK_RU, bell_tower::birch_tree),
                ("Эй, ухнем", FOLK_RU, bell_tower::volga_boatmen),
                ("Во саду ли, в огороде", FOLK_RU, bell_tower::in_the_garden),
                ("Старинная французская песенка", TCHAIKOVSKY_RU, bell_tower::old_french_song),
                ("Утренняя молитва", TCHAIKOVSKY_RU, bell_tower::morning_prayer),
                ("Прогулка (Картинки с выставки)", "Модест Мусоргский", bell_tower::promenade),
                ("Коробейники", FOLK_RU, bell_tower::pedlars),
            ],
        ),
        motif: Motif::BirchWood,
    }
}

fn six_grounds() -> DemoRelease {
    DemoRelease {
        title: "Six Grounds",
        artists: vec![credit("Ada Keys", " with "), credit("The Night Consort", "")],
        label: "Gramovar Demo",
        gtin: "2000261120033",
        catalogue_number: "GRM 003",
        date: "2026-11-21",
        genres: &["Classical", "Early Music"],
        language: "eng",
        rate_hz: 44_100,
        bits: 16,
        gapless: true,
        tracks: tracks(
            21,
            &[
                ("Canon in D", "Johann Pachelbel", six_grounds::canon_in_d),
                ("La Folia", "Traditional", six_grounds::la_folia),
                ("Greensleeves", "Traditional", six_grounds::greensleeves),
                ("Passacaglia on the Circle of Fifths", DEMO, six_grounds::passacaglia),
                ("Bergamasca", DEMO, six_grounds::bergamasca),
                ("Lament and Close", DEMO, six_grounds::lament),
            ],
        ),
        motif: Motif::Waves,
    }
}

fn slow_hours() -> DemoRelease {
    DemoRelease {
        title: "Heures lentes",
        artists: vec![credit("Ada Keys", "")],
        label: "Gramovar Demo",
        gtin: "2000261120040",
        catalogue_number: "GRM 004",
        date: "2026-11-21",
        genres: &["Classique", "Piano"],
        language: "fra",
        rate_hz: 96_000,
        bits: 24,
        gapless: false,
        tracks: tracks(
            31,
            &[
                ("Gymnopédie n° 1", SATIE, slow_hours::gymnopedie),
                ("Gnossienne n° 1", SATIE, slow_hours::gnossienne),
                ("Prélude en mi mineur, op. 28 n° 4", CHOPIN, slow_hours::prelude_in_e_minor),
                ("Prélude en la majeur, op. 28 n° 7 (deux fois)", CHOPIN, slow_hours::prelude_in_a),
                ("Prélude en ut mineur, op. 28 n° 20", CHOPIN, slow_hours::prelude_in_c_minor),
                ("Prélude en ut majeur, BWV 846 (boîte à musique)", BACH, slow_hours::music_box_prelude),
            ],
        ),
        motif: Motif::Moon,
    }
}

/// A release of one track, `number` its ISRC's designation code.
pub(super) fn single(
    title: &'static str,
    composer: &'static str,
    gtin: &'static str,
    (number, piece): (u32, Score),
    (rate_hz, bits): (u32, u32),
    motif: Motif,
) -> DemoRelease {
    DemoRelease {
        title,
        artists: vec![credit("The Gramovar Players", "")],
        label: DEMO,
        gtin,
        catalogue_number: "GRM",
        date: "2026-11-21",
        genres: &["Classical"],
        language: "zxx",
        rate_hz,
        bits,
        gapless: false,
        tracks: tracks(number, &[(title, composer, piece)]),
        motif,
    }
}
