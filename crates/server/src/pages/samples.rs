//! Made-up data for every page, in each of its shapes (full, empty, refused, waiting), for the tests and the gallery.
use askama::Template;

use super::*;

/// A page's name (its file in the gallery) and its HTML.
pub type Sample = (&'static str, String);

const MB: i64 = 1_000_000;
/// 2026-11-21T04:22:34Z.
const NOW_US: i64 = 1_795_234_954_000_000;

/// Every page in every shape.
pub fn all(lang: Lang) -> Vec<Sample> {
    let mut samples = Vec::new();
    catalogue(lang, &mut samples);
    buying(lang, &mut samples);
    topups(lang, &mut samples);
    bought(lang, &mut samples);
    account(lang, &mut samples);
    trouble(lang, &mut samples);
    operating(lang, &mut samples);
    paid(lang, &mut samples);
    front(lang, &mut samples);
    voices(lang, &mut samples);
    samples
}

fn show(page: &impl Template) -> String {
    page.render().expect("samples render")
}

fn visitor(lang: Lang, path: &str) -> Layout {
    Layout {
        lang,
        storefront: "Gramovar".into(),
        path: path.into(),
        query: String::new(),
        visitor: None,
        csrf: "b7c1f0".into(),
        origin: "https://music.example.org".into(),
        licences: vec!["Downloads of musical works, No. LS-3M-26-0117, Society of Authors".into()],
        currency: "USD".into(),
        is_closed: false,
        basket_count: 0,
        notice: None,
    }
}

fn listener(lang: Lang, path: &str) -> Layout {
    let visitor_shown = Visitor { email: "anna@example.org".into(), balance_micros: 8_123_456, is_operator: false };
    Layout { visitor: Some(visitor_shown), basket_count: 2, ..visitor(lang, path) }
}

fn credit(id: &str, name: &str, join: &str) -> Credit {
    Credit { artist_id: Some(id.into()), name: name.into(), join: join.into() }
}

fn cards() -> Vec<ReleaseCard> {
    let card = |id: &str, title: &str, artists, year, has_cover| ReleaseCard {
        id: id.into(),
        title: title.into(),
        artists,
        year,
        has_cover,
        is_heard: has_cover,
    };
    vec![
        card("1", "Pictures at an Exhibition", vec![credit("1", "Modest Mussorgsky", "")], Some(2026), true),
        card("2", "Времена года", vec![credit("2", "Пётр Ильич Чайковский", "")], Some(2025), true),
        card(
            "3",
            "Goldberg Variations",
            vec![credit("3", "J. S. Bach", " & "), credit("4", "The Plain Tuning Ensemble", "")],
            Some(2024),
            true,
        ),
        card(
            "4",
            "Songs <without> \"words\" & a very long title that will not fit on one line",
            vec![credit("5", "Anon", "")],
            None,
            false,
        ),
        card("5", "Русские народные песни", vec![credit("6", "Хор «Заря»", "")], Some(2023), true),
        card(
            "6",
            "Nocturnes",
            vec![Credit { artist_id: None, name: "Various artists".into(), join: String::new() }],
            Some(2022),
            true,
        ),
    ]
}

fn named(key: &str, name: &str, releases: u64) -> NamedCount {
    NamedCount { key: key.into(), name: name.into(), releases }
}

fn formats() -> Vec<FormatGroup> {
    let group = |class, options: &[(&str, &str)]| FormatGroup {
        class,
        options: options.iter().map(|(id, name)| FormatOption { id: (*id).into(), name: (*name).into() }).collect(),
    };
    vec![
        group(
            FormatClass::Lossy,
            &[
                ("mp3:cbr:320", "MP3 320 kbit/s"),
                ("mp3:vbr:0", "MP3 V0"),
                ("opus:vbr:128", "Opus 128 kbit/s"),
                ("vorbis:vbr:6", "Ogg Vorbis q6"),
            ],
        ),
        group(
            FormatClass::Lossless,
            &[("flac:lossless:8", "FLAC"), ("alac:lossless:default", "Apple Lossless"), ("wav:pcm:16", "WAV 16 bit")],
        ),
        group(FormatClass::Hires, &[("wav:pcm:24", "WAV 24 bit")]),
    ]
}

fn exact(bytes: i64) -> Price {
    Price { min_micros: bytes / 50, max_micros: bytes / 50, min_bytes: bytes, max_bytes: bytes }
}

fn range(min_bytes: i64, max_bytes: i64) -> Price {
    Price { min_micros: min_bytes / 50, max_micros: max_bytes / 50, min_bytes, max_bytes }
}

fn tracks() -> Vec<Track> {
    let titles = [
        "Promenade",
        "Gnomus",
        "Il vecchio castello",
        "Tuileries",
        "Bydło",
        "Балет невылупившихся птенцов",
        "Samuel Goldenberg and Schmuÿle, a conversation that goes on for a long while",
        "Limoges. Le marché",
        "Catacombae",
        "The Hut on Hen’s Legs",
        "The Great Gate of Kiev",
    ];
    let track = |i: usize, title: &str| Track {
        in_basket: i == 2,
        bought: None,
        composers: vec![],
        id: format!("t{i}"),
        number: i as u32 + 1,
        title: title.into(),
        artists: if i == 5 { vec![credit("6", "Хор «Заря»", "")] } else { vec![] },
        length_ms: 94_000 + 41_300 * i as i64,
        price: (i != 8).then(|| exact(3_760_000 + 1_652_000 * i as i64)),
        preview: (i != 9).then_some(Preview { start_ms: 23_500, length_ms: 30_000 }),
        waveform: if i == 3 { String::new() } else { "0KWgjmpqrqpnkgbVTUXbfinqstusqnkhea".repeat(3) },
    };
    titles.iter().enumerate().map(|(i, title)| track(i, title)).collect()
}

fn release(page: Layout) -> ReleasePage {
    ReleasePage {
        page,
        id: "1".into(),
        title: "Pictures at an Exhibition".into(),
        artists: vec![credit("1", "Modest Mussorgsky", " · "), credit("4", "The Plain Tuning Ensemble", "")],
        released: "2026-03-05".into(),
        labels: vec![named("7", "Plain Tuning", 4)],
        genres: vec![named("Classical", "Classical", 12), named("Piano & strings", "Piano & strings", 3)],
        gtin: "4006381333931".into(),
        has_cover: true,
        masters: vec![(24, 96_000), (16, 44_100)],
        media: vec![Medium { number: 1, title: String::new(), tracks: tracks() }],
        formats: formats(),
        is_limited: false,
        format: "mp3:cbr:320".into(),
        price: Some(exact(132 * MB)),
        unfit_tracks: 0,
        instead_of: String::new(),
        sizing: None,
        bought: None,
        is_lowered: false,
        composers: vec!["Modest Mussorgsky".into()],
        price_per_mb_micros: 20_000,
        in_basket: false,
        is_owned: false,
        said: said(),
    }
}

fn catalogue(lang: Lang, samples: &mut Vec<Sample>) {
    let home = |page, releases, genres| HomePage {
        page,
        best: Vec::clone(&releases),
        picks: Vec::clone(&releases),
        releases,
        genres,
        release_count: 4,
        track_count: 26,
    };
    let genres = vec![
        named("Classical", "Classical", 12),
        named("Folk / народная", "Folk / народная", 1234),
        named("Ambient", "Ambient", 2),
    ];
    samples.push(("home", show(&home(visitor(lang, "/"), cards(), genres))));
    samples.push(("home-empty", show(&home(listener(lang, "/"), vec![], vec![]))));

    let search = |query: &str, kind| SearchPage {
        page: Layout { query: query.into(), ..visitor(lang, "/search?q=bach&kind=track") },
        kind,
        releases: vec![],
        artists: vec![],
        tracks: vec![],
        labels: vec![],
        note: None,
        is_label_first: false,
        genres: vec![],
        all_results: lang.href("/search?q=bach"),
        facets: vec![],
        pager: Pager::default(),
    };
    let option = |text: &str, is_chosen| FacetOption {
        text: text.into(),
        href: lang.href("/search?q=bach&genre=x"),
        is_chosen,
        results: 1_234,
    };
    let hit = |i: usize| TrackHit {
        composers: vec!["Modest Mussorgsky".into(), "Народная".into()],
        id: format!("t{i}"),
        title: format!("Variatio {i}"),
        artists: vec![credit("3", "J. S. Bach", "")],
        release_id: "3".into(),
        release_title: "Goldberg Variations".into(),
        has_cover: true,
        length_ms: 61_000 * i as i64,
        is_heard: i > 0,
    };
    let full = SearchPage {
        releases: cards().split_off(2),
        artists: vec![ArtistLink { id: "3".into(), name: "J. S. Bach".into(), releases: 7 }],
        tracks: (1..5).map(hit).collect(),
        labels: vec![LabelLink { id: "4".into(), name: "Bachhaus".into() }],
        genres: vec![named("bachata", "Bachata", 12)],
        facets: vec![
            FacetGroup {
                text_id: "genre", options: vec![option("Folk / народная", true), option("<b>", false)]
            },
            FacetGroup { text_id: "price", options: vec![option("$0.10", false), option("$2.00", false)] },
        ],
        pager: Pager { first: Some("/en/search?q=bach".into()), next: Some("/en/search?q=bach&after=x".into()) },
        ..search("bach \"<&>\"", SearchKind::All)
    };
    samples.push(("search", show(&full)));
    let labels = vec![LabelLink { id: "4".into(), name: "Bachhaus".into() }];
    let similar = |note| SearchPage { note: Some(note), labels: labels.clone(), ..search("bahc", SearchKind::Labels) };
    samples.push(("search-similar", show(&similar("search-by-typos"))));
    samples.push(("search-sound", show(&similar("search-by-sound"))));
    samples.push(("search-keys", show(&similar("search-by-keys"))));
    samples.push(("search-some-words", show(&similar("search-by-some-words"))));
    samples.push(("search-nothing", show(&search("xyzzy", SearchKind::Tracks))));
    samples.push(("search-blank", show(&search("", SearchKind::All))));

    let choice = |text: &str, is_current| ChartChoice {
        text: text.into(),
        href: lang.href("/charts?period=week&kind=track"),
        is_current,
    };
    let charts = |releases: Vec<ReleaseCard>, tracks: Vec<TrackHit>| ChartsPage {
        page: visitor(lang, "/charts"),
        periods: vec![choice("24 h", false), choice("7 d", true)],
        kinds: vec![choice("A", true), choice("B", false)],
        genres: vec![choice("Folk / народная", true), choice("Ambient", false)],
        within: vec![choice("Bluegrass", false)],
        releases: releases.into_iter().map(|card| PlacedRelease { place: 1, card }).collect(),
        tracks: (98..).zip(tracks).map(|(place, hit)| PlacedTrack { place, hit }).collect(),
    };
    samples.push(("charts", show(&charts(cards(), vec![]))));
    samples.push(("charts-tracks", show(&charts(vec![], (1..5).map(hit).collect()))));
    samples.push(("charts-empty", show(&ChartsPage { genres: vec![], ..charts(vec![], vec![]) })));

    let artist = |releases, appearances| ArtistPage {
        page: visitor(lang, "/artists/3"),
        name: "J. S. Bach".into(),
        about: About {
            kind: "artist",
            id: "3".into(),
            text: "<p>Born at Eisenach.</p>".into(),
            language: "en".into(),
            ..About::default()
        },
        releases,
        appearances,
        pager: Pager::default(),
    };
    samples.push(("artist", show(&artist(cards(), cards().split_off(4)))));
    samples.push(("artist-empty", show(&artist(vec![], vec![]))));
    let listing = |kind, name: &str, releases| ListingPage {
        page: visitor(lang, "/genres/Classical"),
        kind,
        name: name.into(),
        key: if kind == ListingKind::Genre { name.into() } else { String::new() },
        trail: if kind == ListingKind::Genre { vec![named("music", "Music", 0)] } else { vec![] },
        within: if kind == ListingKind::Genre { vec![named("opera", "Opera", 12)] } else { vec![] },
        about: (kind == ListingKind::Label).then(|| About { kind: "label", id: "7".into(), ..About::default() }),
        releases,
        pager: Pager { first: None, next: Some("?after=x".into()) },
    };
    samples.push(("genre", show(&listing(ListingKind::Genre, "Classical", cards()))));
    samples.push(("label", show(&listing(ListingKind::Label, "Plain Tuning", vec![]))));
    samples.push(("newest", show(&listing(ListingKind::Newest, "", cards()))));

    let group = GenreGroup { genre: named("Classical", "Classical", 12), within: vec![named("opera", "Opera", 3)] };
    let genres = GenresPage {
        page: visitor(lang, "/genres"),
        groups: vec![group],
        others: vec![named("Folk / народная", "Folk / народная", 1234)],
    };
    samples.push(("genres", show(&genres)));
    samples.push(("genres-empty", show(&GenresPage { groups: vec![], others: vec![], ..genres })));

    samples.push(("release", show(&release(visitor(lang, "/releases/1")))));
    let mut two_discs = release(listener(lang, "/releases/1?format=flac:lossless:8"));
    let bonus = tracks().split_off(9).into_iter().map(|track| Track { id: format!("bonus-{}", track.id), ..track });
    two_discs.media.push(Medium { number: 2, title: "Bonus".into(), tracks: bonus.collect() });
    two_discs.format = "flac:lossless:8".into();
    two_discs.price = Some(range(312 * MB, 341 * MB));
    two_discs.in_basket = true;
    two_discs.is_limited = true;
    two_discs.formats.remove(0);
    two_discs.has_cover = false;
    samples.push(("release-range", show(&two_discs)));
    samples.push((
        "release-unavailable",
        show(&ReleasePage {
            price: None,
            gtin: String::new(),
            released: "2024".into(),
            ..release(visitor(lang, "/releases/1"))
        }),
    ));
    let mut partly = release(visitor(lang, "/releases/1?format=wav:pcm:24"));
    (partly.price, partly.unfit_tracks) = (None, 1);
    partly.media[0].tracks[0].price = None;
    samples.push(("release-partly", show(&partly)));
    let mut sizing = release(visitor(lang, "/releases/1?format=flac:lossless:8&sizing=1"));
    (sizing.price, sizing.instead_of) = (Some(range(112 * MB, 241 * MB)), "WAV 24 bit".into());
    sizing.media[0].tracks.iter_mut().for_each(|track| track.price = Some(range(3 * MB, 9 * MB)));
    samples.push(("release-range", show(&sizing)));
    sizing.sizing = Some(Sizing { known: 1, tracks: 3, is_late: false });
    samples.push(("release-sizing", show(&sizing)));
    sizing.sizing = Some(Sizing { known: 1, tracks: 3, is_late: true });
    samples.push(("release-sizing-late", show(&sizing)));
    let mut bought = release(listener(lang, "/releases/1"));
    bought.composers.clear();
    for track in &mut bought.media[0].tracks {
        (track.bought, track.composers) = (Some("/orders/1042".into()), vec!["Modest Mussorgsky".into()]);
    }
    bought.bought = Some("/orders/1042".into());
    samples.push(("release-bought", show(&bought)));
    let lowered = ReleasePage { is_lowered: true, ..release(listener(lang, "/releases/1")) };
    samples.push(("release-lowered", show(&lowered)));
}

fn shown_reviews() -> Vec<ShownReview> {
    let review = |id: &str, stars, author: &str, words: &str| ShownReview {
        is_own: stars == 3,
        id: id.into(),
        stars,
        author: author.into(),
        words: words.into(),
        language: "en".into(),
        created_us: NOW_US,
    };
    vec![
        review("1", 5, "Anna", "The bells are in the room.\nI have not heard them so since the tape."),
        review("2", 3, "", ""),
        review("3", 1, "A <b>", "Songs <without> \"words\""),
    ]
}

fn said() -> Said {
    Said {
        notes: "<p>Taped in a barn, <em>in one night</em>.</p>".into(),
        notes_language: "en".into(),
        rating: ShownRating { reviews: 21, average_hundredths: 428 },
        reviews: shown_reviews(),
        together: cards().split_off(2),
        embed: "<iframe src=\"https://music.example.org/en/embed/releases/1\"></iframe>".into(),
        ..Said::default()
    }
}

/// What people say and want.
fn voices(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{
        GenreRow, OperatorGenresPage, OperatorPicksPage, OperatorReviewsPage, PickRow, ReviewRow, Words,
    };
    let card = || cards().remove(0);
    let rating = ShownRating { reviews: 21, average_hundredths: 428 };
    let form = ReviewForm {
        stars: 4,
        author: Field::holding("Anna"),
        words: "Fine.".into(),
        is_standing: true,
        refused: lang.t("review-refused-stars"),
    };
    let path = "/releases/1/reviews";
    let reviews = ReviewsPage {
        page: listener(lang, path),
        release: card(),
        rating,
        reviews: shown_reviews(),
        pager: Pager::default(),
        form: Some(form),
    };
    samples.push(("reviews", show(&reviews)));
    let none = ReviewsPage {
        page: visitor(lang, path),
        rating: ShownRating::default(),
        reviews: vec![],
        form: None,
        ..reviews.clone()
    };
    samples.push(("reviews-empty", show(&none)));
    samples.push(("review-new", show(&ReviewsPage { form: Some(ReviewForm::default()), ..reviews })));
    let page = listener(lang, "/reviews/1/report");
    let refused = lang.t("review-refused-reason");
    samples.push(("report", show(&ReportPage { page, id: "1".into(), reason: Field::default(), refused })));
    samples.push(("wishes", show(&WishesPage { page: listener(lang, "/wishes"), releases: cards() })));
    samples.push(("wishes-empty", show(&WishesPage { page: listener(lang, "/wishes"), releases: vec![] })));
    let follows = |artists, labels, letters| FollowsPage { page: listener(lang, "/follows"), artists, labels, letters };
    let (artists, labels) =
        (vec![named("3", "J. S. Bach", 0), named("6", "Хор «Заря»", 0)], vec![named("7", "Plain Tuning", 0)]);
    samples.push(("follows", show(&follows(artists, labels, true))));
    samples.push(("follows-empty", show(&follows(vec![], vec![], false))));
    for (name, token) in [("unsubscribe", "a1b2"), ("unsubscribed", "")] {
        samples.push((name, show(&UnsubscribePage { page: visitor(lang, "/"), token: token.into() })));
    }
    let pick = |card, words: &str| ShownPick { card, words: words.into(), language: "en".into() };
    let picks = cards().into_iter().map(|card| pick(card, "Loud, slow, and worth every minute.")).collect();
    samples.push(("picks", show(&PicksPage { page: visitor(lang, "/picks"), picks })));
    samples.push(("picks-empty", show(&PicksPage { page: visitor(lang, "/picks"), picks: vec![] })));
    let labels = vec![named("7", "Plain Tuning", 4), named("8", "Северный лейбл", 1234)];
    samples.push(("labels", show(&LabelsPage { page: visitor(lang, "/labels"), labels, pager: Pager::default() })));
    let row = |is_hidden, reports| ReviewRow {
        id: "1".into(),
        release: "1".into(),
        title: "Pictures at an Exhibition".into(),
        stars: 1,
        author: "Anon".into(),
        words: "Rude words".into(),
        language: "en".into(),
        created_us: NOW_US,
        is_hidden,
        reports,
        reasons: if reports > 0 { vec!["rude".into(), "very rude".into()] } else { vec![] },
    };
    samples.push((
        "operator-reviews",
        show(&OperatorReviewsPage {
            page: operator(lang, "/operator/reviews"),
            reviews: vec![row(false, 2), row(true, 0), row(false, 0)],
            pager: Pager::default(),
        }),
    ));
    let words = |lang: Lang| Words { language: lang.code(), title: String::new(), text: String::new() };
    let row = |id: &str, name: &str, level| GenreRow { id: id.into(), name: name.into(), level };
    samples.push((
        "operator-genres",
        show(&OperatorGenresPage {
            page: operator(lang, "/operator/genres"),
            genres: vec![
                row("electronic", "Electronic", 0),
                row("ambient", "Ambient", 1),
                row("dark", "Dark Ambient", 2),
            ],
            id: "ambient".into(),
            parent: "electronic".into(),
            names: Lang::all().map(words).collect(),
            spellings: "Ambience".into(),
            refused: None,
        }),
    ));
    samples.push((
        "operator-picks",
        show(&OperatorPicksPage {
            page: operator(lang, "/operator/picks"),
            picks: vec![PickRow {
                id: "barn".into(),
                release: "1".into(),
                title: "Pictures at an Exhibition".into(),
                place: 1,
            }],
            release: String::new(),
            place: "0".into(),
            words: Lang::all().map(words).collect(),
            refused: None,
        }),
    ));
}

/// The shop's own pages, and the operator's where he writes them.
fn front(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{NewsRow, OperatorNewsPage, TextForm, TextRow, TextsPage, Words};
    let about = "Music **to keep**, from a small shop.\n\n## Contact\n\nWrite to [us](mailto:shop@example.org).\n\n- one\n- two";
    samples.push((
        "about",
        show(&TextPage {
            page: visitor(lang, "/about"),
            name: "about",
            html: markdown::html(about, 1),
            language: "en".into(),
            seller: "Northern Records\n1 Harbour Street\nRiga".into(),
            edit: None,
        }),
    ));
    let licence = |is_direct: bool, name: &str, number: &str| PublicLicence {
        name: name.into(),
        number: number.into(),
        payee: "Society of Authors".into(),
        is_direct,
        is_gross: !is_direct,
        rate_ppm: 150_000,
        minimum_micros: if is_direct { 0 } else { 70_000 },
        label: if is_direct { "Northern".into() } else { String::new() },
        from: "2026-01-01".into(),
        until: String::new(),
    };
    let licences = vec![licence(false, "Downloads of musical works", "LS-3M-26-0117"), licence(true, "Northern", "")];
    samples.push(("licence", show(&LicencePage { page: visitor(lang, "/licence"), licences })));
    samples.push(("licence-none", show(&LicencePage { page: visitor(lang, "/licence"), licences: vec![] })));
    let post = |id: &str, title: &str| PostCard {
        id: id.into(),
        title: title.into(),
        language: lang.code().into(),
        published_us: NOW_US,
        summary: "Seventy tapes from the town archive, cleaned and mastered, go on sale on Friday.".into(),
    };
    let posts = vec![post("tapes", "The tapes are here"), post("opening", "Songs <without> \"words\"")];
    samples.push(("news", show(&NewsPage { page: visitor(lang, "/news"), posts, pager: Pager::default() })));
    samples
        .push(("news-empty", show(&NewsPage { page: visitor(lang, "/news"), posts: vec![], pager: Pager::default() })));
    let html = markdown::html("Seventy tapes.\n\n# What is on them\n\n> Voices.\n\n1. Songs\n2. Speech", 1);
    let page = visitor(lang, "/news/tapes");
    samples.push(("post", show(&PostPage { page, post: post("tapes", "The tapes are here"), html })));
    let message = "We are moving to a larger machine.\nBack at noon.".into();
    let closed = ClosedPage { page: visitor(lang, "/"), message, language: "en".into(), retry_after_s: 600 };
    samples.push(("closed", show(&closed)));
    let words = |title: &str, text: &str| {
        let of = |lang: Lang| Words { language: lang.code(), title: title.into(), text: text.into() };
        Lang::all().map(of).collect::<Vec<_>>()
    };
    let row = |kind: &str, subject: &str, is_own| TextRow {
        kind_id: kind.into(),
        subject: subject.into(),
        edit: lang.href("/operator/texts?of=about"),
        href: lang.href("/about"),
        is_own,
    };
    let rows =
        vec![row("text-about", "", true), row("text-terms", "", false), row("text-of-artist", "J. S. Bach", true)];
    let texts = TextsPage {
        page: Layout { is_closed: true, ..operator(lang, "/operator/texts") },
        texts: rows,
        form: Some(TextForm {
            of: "about".into(),
            subject: String::new(),
            row: row("text-about", "", true),
            words: words("", about),
        }),
        notice: words("", "Back at noon."),
        retry_after_s: 600,
        is_shut: true,
        refused: Some(super::operator::FieldRefused { field: "texts.en".into(), reason: "a text is needed".into() }),
    };
    samples.push(("operator-texts", show(&texts)));
    let open =
        TextsPage { form: None, is_shut: false, refused: None, page: operator(lang, "/operator/texts"), ..texts };
    samples.push(("operator-texts-open", show(&open)));
    let post =
        |id: &str, is_out| NewsRow { id: id.into(), title: "The tapes are here".into(), published_us: NOW_US, is_out };
    let news = OperatorNewsPage {
        page: operator(lang, "/operator/news"),
        posts: vec![post("tapes", true), post("soon", false)],
        pager: Pager::default(),
        id: "tapes".into(),
        published: "2026-11-21T00:00:00Z".into(),
        words: words("The tapes are here", "Seventy tapes."),
        refused: None,
    };
    samples.push(("operator-news", show(&news)));
}

fn every_reason() -> Vec<Reason> {
    let discount = |sort, name: Option<&str>, ppm, spent_micros| Reason::Discount {
        sort,
        name: name.map(str::to_owned),
        ppm,
        amount_micros: i64::from(ppm) * 6,
        spent_micros,
    };
    vec![
        Reason::PerMegabyte { price_micros: 20_000 },
        discount("spent", None, 100_000, Some(100_000_000)),
        discount("code", None, 50_000, None),
        discount("first_order", None, 50_000, None),
        discount("happy_hour", None, 30_000, None),
        discount("means", None, 20_000, None),
        discount("promotion", Some("Лето <&>"), 150_000, None),
        discount("voucher", None, 250_000, None),
        Reason::Capped { asked_ppm: 650_000, given_ppm: 333_333, amount_micros: 2_266_664 },
        Reason::Floor { raised_micros: 50_000 },
        Reason::PaidBefore { format: "MP3 320 kbit/s".into(), paid_micros: 1_234_567 },
        Reason::Fixed { price_micros: 990_000, of_release: false },
        Reason::Fixed { price_micros: 9_990_000, of_release: true },
        Reason::Owned,
        Reason::Tax { ppm: 190_000, tax_micros: 456_789, included: true },
        Reason::Tax { ppm: 190_000, tax_micros: 456_789, included: false },
        Reason::SizeUnknown,
    ]
}

fn basket(page: Layout, source: BasketSource) -> BasketPage {
    let release_item = BasketItem {
        item: "release:1".into(),
        title: "Pictures at an Exhibition".into(),
        artists: vec![credit("1", "Modest Mussorgsky", "")],
        release_id: "1".into(),
        release_title: String::new(),
        has_cover: true,
        tracks: 11,
        price: Some(range(312 * MB + 17, 341 * MB)),
        unfit_tracks: 0,
        is_within: false,
        reasons: every_reason(),
    };
    let track_item = BasketItem {
        item: "track:t5".into(),
        title: "Балет невылупившихся птенцов".into(),
        artists: vec![credit("6", "Хор «Заря»", "")],
        release_id: "2".into(),
        release_title: "Русские народные песни".into(),
        has_cover: false,
        tracks: 1,
        price: Some(exact(5_321_600)),
        unfit_tracks: 0,
        is_within: false,
        reasons: vec![Reason::PerMegabyte { price_micros: 20_000 }, Reason::MadeBefore],
    };
    BasketPage {
        page,
        source,
        items: vec![release_item, track_item],
        formats: formats(),
        format: "flac:lossless:8".into(),
        format_name: "FLAC level 8".into(),
        sizing: None,
        total: Some(range(317 * MB, 346_321_600)),
        owned: None,
        code: Field::default(),
        code_applies: false,
        idempotency_key: "5f0c".into(),
        refusal: None,
        consents: vec![],
    }
}

fn buying(lang: Lang, samples: &mut Vec<Sample>) {
    let signed_in = |path| Layout { notice: Some(Notice::AddedToBasket), ..listener(lang, path) };
    samples.push(("basket", show(&basket(signed_in("/basket"), BasketSource::Basket))));
    let mut within = basket(signed_in("/basket"), BasketSource::Basket);
    within.items[1].is_within = true;
    samples.push(("basket-within", show(&within)));
    samples.push(("basket-visitor", show(&basket(visitor(lang, "/basket"), BasketSource::Basket))));
    let mut short = basket(listener(lang, "/basket"), BasketSource::Basket);
    short.page.visitor =
        Some(Visitor { email: "anna@example.org".into(), balance_micros: 1_000_000, is_operator: false });
    short.refusal = Some(Refusal::BalanceShort { missing_micros: 5_926_432 });
    samples.push(("basket-short", show(&short)));
    let with_code = BasketPage {
        code: Field::holding("SUMMER"),
        code_applies: true,
        ..basket(listener(lang, "/basket?code=SUMMER"), BasketSource::Basket)
    };
    samples.push(("basket-code-idle", show(&BasketPage { code_applies: false, ..with_code.clone() })));
    let unknown = Field::refused("SUMMAR", Refusal::CodeUnknown);
    samples.push(("basket-code-unknown", show(&BasketPage { code: unknown, ..with_code.clone() })));
    samples.push(("basket-code", show(&with_code)));
    let empty = BasketPage { items: vec![], total: None, ..basket(visitor(lang, "/basket"), BasketSource::Basket) };
    samples.push(("basket-empty", show(&empty)));
    let mut one = basket(listener(lang, "/buy?item=track:t5&format=flac:lossless:8"), BasketSource::BuyNow);
    one.items.remove(0);
    one.total = one.items[0].price;
    samples.push(("buy", show(&one)));
    samples.push(("buy-owned", show(&BasketPage { owned: Some("/orders/1".into()), ..one.clone() })));
    one.items[0].reasons.push(Reason::Tax { ppm: 255_000, included: true, tax_micros: 203_187 });
    one.items[0].reasons.push(Reason::Tax { ppm: 190_000, included: false, tax_micros: 190_000 });
    let consent = |kind: &str, country: &str, text: &str| Consent {
        kind: kind.into(),
        version: 2,
        country: country.into(),
        text: text.into(),
        language: "en".into(),
    };
    one.consents = vec![
        consent("immediate_supply", "", "The files are supplied at once,\nand the right of withdrawal ends. <&>"),
        consent("lawful_country", "DE", "I may buy under the law of where I am."),
        consent("lawful_country", "", "I may buy under the law of where I am."),
    ];
    one.refusal = Some(Refusal::ConsentMissing);
    samples.push(("buy-consents", show(&one)));
    let mut unavailable = basket(listener(lang, "/basket"), BasketSource::Basket);
    unavailable.items[0].price = None;
    unavailable.items[0].unfit_tracks = 2;
    unavailable.items[1].price = None;
    unavailable.items[1].unfit_tracks = 1;
    unavailable.total = None;
    samples.push(("basket-unavailable", show(&unavailable)));
    let mut sizing = basket(listener(lang, "/buy?item=release:1&sizing=1"), BasketSource::BuyNow);
    samples.push(("buy-range", show(&sizing)));
    sizing.sizing = Some(Sizing { known: 3, tracks: 11, is_late: false });
    samples.push(("buy-sizing", show(&sizing)));

    let entry = |kind: EntryKind, amount_micros, balance_micros| LedgerEntry {
        at_us: NOW_US,
        order_us: kind.order_id().map(|_| NOW_US),
        kind,
        amount_micros,
        balance_micros,
    };
    let order_id = || String::from("1042");
    let entries = vec![
        entry(EntryKind::Released { order_id: order_id() }, 413_568, Some(8_123_456)),
        entry(EntryKind::Charged { order_id: order_id() }, -3_420_012, None),
        entry(EntryKind::Refunded { order_id: order_id() }, 106_432, None),
        entry(EntryKind::Held { order_id: order_id(), became: OrderState::Held }, -3_940_012, Some(7_709_888)),
        entry(EntryKind::Held { order_id: order_id(), became: OrderState::Charged }, -3_940_012, None),
        entry(EntryKind::Held { order_id: order_id(), became: OrderState::PartCharged }, -3_940_012, None),
        entry(EntryKind::Held { order_id: order_id(), became: OrderState::Refunded }, -3_940_012, None),
        entry(EntryKind::GivenUp, -1_000_000, None),
        entry(EntryKind::ToppedUp, 10_000_000, None),
        entry(EntryKind::PaidBack, -1_000_000, None),
        entry(EntryKind::PaidBackFailed, 1_000_000, None),
        entry(EntryKind::Transferred, 1_000_000, None),
        entry(EntryKind::Expired, -1_000_000, None),
        entry(EntryKind::PriceBack { order_id: order_id() }, 1_000_000, None),
        entry(EntryKind::Disputed, -1_000_000, None),
        entry(EntryKind::Credited, 1_500_000, Some(11_500_000)),
        entry(EntryKind::ReleaseRedeemed, 413_568, Some(10_413_568)),
        entry(EntryKind::GiftReturned, 5_000_000, Some(10_000_000)),
        entry(EntryKind::Gift, -5_000_000, Some(5_000_000)),
        entry(EntryKind::VoucherRedeemed, 10_000_000, Some(10_000_000)),
    ];
    let balance = |code, entries, topup: TopUpForm| BalancePage {
        page: Layout {
            notice: Some(Notice::VoucherRedeemed { amount_micros: 10_000_000 }),
            ..listener(lang, "/balance")
        },
        balance_micros: 8_123_456,
        purchased_micros: 5_000_000,
        promotional_micros: 123_456,
        voucher_micros: 3_000_000,
        held_micros: 413_568,
        code,
        topups: topup_rows(),
        topup,
        entries,
        pager: Pager { first: None, next: Some("?after=x".into()) },
    };
    samples.push(("balance", show(&balance(Field::default(), entries, topup_form()))));
    let redeem = |code, release, refusal| RedeemPage {
        page: listener(lang, "/redeem"),
        code,
        consents: match &release {
            Some(_) => vec![super::Consent {
                kind: "lawful_country".into(),
                version: 2,
                country: "DE".into(),
                text: "At once,\nand no withdrawal <&>".into(),
                language: "en".into(),
            }],
            None => vec![],
        },
        release,
        refusal,
    };
    let release = |formats| RedeemRelease {
        id: "1".into(),
        title: "Pictures at an Exhibition".into(),
        credit: "Modest Mussorgsky".into(),
        most_micros: 3_000_000,
        formats,
    };
    let format = |id: &str, name: &str, price_micros| RedeemFormat { id: id.into(), name: name.into(), price_micros };
    let formats = vec![format("mp3:cbr:320", "MP3 320", 1_234_567), format("flac:lossless:5", "FLAC", 2_990_000)];
    samples.push(("redeem", show(&redeem(Field::holding("0000-0000-0000-0000-0"), None, None))));
    let unknown = Field::refused("<&>", Refusal::VoucherUnknown);
    samples.push(("redeem-refused", show(&redeem(unknown, None, None))));
    let refused = Some(Refusal::FormatUnavailable);
    samples.push(("redeem-release", show(&redeem(Field::default(), Some(release(formats)), refused))));
    samples.push(("redeem-nothing-fits", show(&redeem(Field::default(), Some(release(vec![])), None))));
    samples.push((
        "balance-refused",
        show(&balance(Field::refused("AAAA-BBBB", Refusal::VoucherUsed), vec![], no_topup())),
    ));
}

fn topup_form() -> TopUpForm {
    let way = |provider: &str, bonus_ppm| WayChoice { provider: provider.into(), bonus_ppm };
    TopUpForm {
        key: "01jd".into(),
        amounts_micros: vec![10_000_000, 15_000_000, 25_000_000, 50_000_000],
        chosen_micros: 0,
        between_micros: Some((5_000_000, 200_000_000)),
        other: Field::refused("<&>", Refusal::AmountMalformed),
        ways: vec![way("stripe", 0), way("transfer", 25_000)],
        owed_micros: 1_500_000,
        refusal: Some(Refusal::ProviderBusy),
    }
}

fn no_topup() -> TopUpForm {
    TopUpForm { ways: vec![], owed_micros: 0, refusal: None, ..topup_form() }
}

fn topup_rows() -> Vec<TopUpRow> {
    let states = [TopUpState::Pending, TopUpState::Posted, TopUpState::Failed, TopUpState::Expired];
    let row = |(n, state): (usize, TopUpState)| TopUpRow {
        id: format!("t{n}"),
        at_us: NOW_US,
        provider: if n % 2 == 0 { "stripe" } else { "transfer" }.into(),
        amount_micros: 10_000_000,
        state,
    };
    states.into_iter().enumerate().map(row).collect()
}

fn topups(lang: Lang, samples: &mut Vec<Sample>) {
    let page = |state| TopUpPage {
        page: listener(lang, "/topups/t1"),
        id: "t1".into(),
        provider: "stripe".into(),
        state,
        amount_micros: 25_000_000,
        received_micros: 0,
        settled_micros: 0,
        bonus_micros: 0,
        refunded_micros: 0,
        disputed_micros: 0,
        expires_us: NOW_US,
        redirect_url: None,
        reference: None,
        refundable_micros: 0,
        refund_key: "01je".into(),
        refusal: None,
    };
    let redirect_url = Some("https://checkout.stripe.com/c/pay/cs_1".to_owned());
    samples.push(("topup", show(&TopUpPage { redirect_url, ..page(TopUpState::Pending) })));
    let reference = Some(("RF18 5390 0754 7034".to_owned(), "Example Records <&>\nIBAN XX00 0000".to_owned()));
    let waiting = TopUpPage { provider: "transfer".into(), reference, ..page(TopUpState::Pending) };
    samples.push(("topup-transfer", show(&waiting)));
    let posted = TopUpPage {
        received_micros: 25_000_000,
        settled_micros: 1_500_000,
        bonus_micros: 500_000,
        refunded_micros: 2_000_000,
        disputed_micros: 3_000_000,
        refundable_micros: 18_500_000,
        refusal: Some(Refusal::NothingToRefund { left_micros: 18_500_000 }),
        ..page(TopUpState::Posted)
    };
    samples.push(("topup-posted", show(&posted)));
    samples.push(("topup-failed", show(&page(TopUpState::Failed))));
}

fn download(state: FileState, number: u32) -> DownloadFile {
    let has_file = !matches!(state, FileState::Failed | FileState::Refunded);
    DownloadFile {
        line_id: format!("l{number}"),
        number,
        title: "Promenade".into(),
        format_name: "MP3 320 kbit/s".into(),
        state,
        file_bytes: (state == FileState::Ready).then_some(5_412_345),
        again_url: (!has_file).then(|| "/en/buy?item=track:t5&format=mp3:cbr:320".into()),
        url: has_file.then(|| "/d/signed".into()),
        returned_micros: if state == FileState::Refunded { 106_432 } else { 0 },
        remade: number == 1,
        defect: None,
    }
}

const STATES: [FileState; 6] = [
    FileState::Ready,
    FileState::Encoding { percent: Some(42) },
    FileState::Encoding { percent: None },
    FileState::Queued,
    FileState::Failed,
    FileState::Refunded,
];

fn bought(lang: Lang, samples: &mut Vec<Sample>) {
    let parcel = |title: &str, states: &[FileState]| DownloadRelease {
        order_id: "1042".into(),
        release_id: "1".into(),
        title: title.into(),
        artists: "Modest Mussorgsky".into(),
        has_cover: true,
        bought_us: NOW_US,
        files: states.iter().zip(1..).map(|(state, number)| download(*state, number)).collect(),
        zip_url: Some("/d/zip".into()),
        links_url: "/d/links.txt".into(),
    };
    for (name, answered) in [("bad-file", ""), ("bad-file-nothing", "nothing"), ("bad-file-other", "other")] {
        let (title, format_name) = ("Gnomus".to_owned(), "FLAC level 8".to_owned());
        let page = listener(lang, "/downloads/l1/report");
        samples.push((name, show(&BadFilePage { page, line_id: "l1".into(), title, format_name, answered })));
    }
    let downloads = |releases: Vec<DownloadRelease>| DownloadsPage {
        page: Layout { notice: Some(Notice::OrderPlaced), ..listener(lang, "/downloads") },
        links_url: (!releases.is_empty()).then(|| "/d/links.txt".into()),
        releases,
        pager: Pager::default(),
    };
    samples.push((
        "downloads",
        show(&downloads(vec![
            parcel("Pictures at an Exhibition", &STATES),
            parcel("Songs and Dances of Death", &STATES[..1]),
        ])),
    ));
    samples.push(("downloads-ready", show(&downloads(vec![parcel("Pictures at an Exhibition", &STATES[..1])]))));
    let mut reported = parcel("Pictures at an Exhibition", &[FileState::Ready; 5]);
    let states = ["checking", "fine", "mended", "lost", "unclear"];
    for (file, state) in reported.files.iter_mut().zip(states) {
        let was_bad = ["mended", "lost"].contains(&state);
        file.defect = Some(Defect { state, credited_micros: if was_bad { 106_432 } else { 0 } });
    }
    samples.push(("downloads-reported", show(&downloads(vec![reported]))));
    samples.push(("downloads-empty", show(&downloads(vec![]))));

    let summary = |id: &str, state, held_micros, charged_micros| OrderSummary {
        id: id.into(),
        at_us: NOW_US,
        state,
        title: "Pictures at an Exhibition".into(),
        lines: 11,
        format_name: "FLAC".into(),
        held_micros,
        charged_micros,
    };
    let orders = vec![
        summary("1042", OrderState::Held, 3_940_012, 0),
        summary("1041", OrderState::Charged, 0, 3_420_012),
        summary("1040", OrderState::PartCharged, 0, 106_432),
        summary("1039", OrderState::Refunded, 0, 0),
    ];
    samples.push(("orders", show(&OrdersPage { page: listener(lang, "/orders"), orders, pager: Pager::default() })));
    samples.push((
        "orders-empty",
        show(&OrdersPage { page: listener(lang, "/orders"), orders: vec![], pager: Pager::default() }),
    ));
    let line = |state: &FileState| OrderLine {
        id: "l1".into(),
        title: "Promenade".into(),
        release_id: "1".into(),
        release_title: "Pictures at an Exhibition".into(),
        state: *state,
        bytes: (*state == FileState::Ready).then_some(5_321_600),
        held_micros: if state.is_pending() { 106_432 } else { 0 },
        charged_micros: if matches!(state, FileState::Ready | FileState::Refunded) { 106_432 } else { 0 },
        url: (!matches!(state, FileState::Failed | FileState::Refunded)).then(|| "/d/signed".into()),
    };
    let order = OrderPage {
        page: listener(lang, "/orders/1042"),
        id: "1042".into(),
        at_us: NOW_US,
        state: OrderState::Held,
        format_name: "FLAC".into(),
        held_micros: 319_296,
        charged_micros: 106_432,
        lines: STATES.iter().map(line).collect(),
        zips: vec![("Pictures at an Exhibition".into(), "/d/zip".into())],
        links_url: "/d/links.txt".into(),
        papers: vec![
            OrderPaper { id: "p1".into(), title_id: "paper-receipt-title", number: "2026-000017".into() },
            OrderPaper { id: "p2".into(), title_id: "paper-credit-note-title", number: "C2026-000001".into() },
        ],
    };
    samples.push(("order", show(&order)));
    for (name, receipt) in [("receipt", receipt_document()), ("credit-note", credit_note_document())] {
        let page = listener(lang, "/papers/p1");
        let (pdf_url, json_url) = ("/en/papers/p1/pdf".into(), "/en/papers/p1/json".into());
        samples.push((name, show(&ReceiptPage { page, receipt, pdf_url, json_url })));
    }
}

/// A receipt with everything that can stand on one.
pub fn receipt_document() -> wire::Receipt {
    let line = |title: &str, isrc: Option<&str>, bytes: u64, discount_micros: i64| wire::ReceiptLine {
        line: "l1".into(),
        track: "t1".into(),
        title: title.into(),
        artists: "Modest Mussorgsky & Хор «Заря»".into(),
        release: "Pictures at an Exhibition <&>".into(),
        label: Some("Plain Tuning".into()),
        isrc: isrc.map(str::to_owned),
        format: "flac:lossless:8".into(),
        format_name: "FLAC 8".into(),
        bytes,
        payload_sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
        charged_at: "2026-11-21T04:22:34Z".into(),
        list_micros: 119_000,
        discount_micros,
        raised_by_floor_micros: 0,
        paid_before_micros: 0,
        waived_micros: 0,
        net_micros: 100_000 - discount_micros,
        tax_ppm: 190_000,
        tax_micros: 19_000,
        gross_micros: 119_000 - discount_micros,
    };
    wire::Receipt {
        form: "gramovar-receipt-1".into(),
        kind: "receipt".into(),
        number: "2026-000017".into(),
        storefront: "main".into(),
        issued_at: "2026-11-21T04:22:36Z".into(),
        language: "en".into(),
        currency: "USD".into(),
        seller: wire::Seller {
            name: "Plain Tuning Records".into(),
            address: "1 Long Street\nDublin".into(),
            country: Some("IE".into()),
            tax_number: "IE1234567X".into(),
            note: "Thank you for listening.".into(),
        },
        buyer: wire::Buyer {
            id: "u1".into(),
            email: "anna@example.org".into(),
            name: "Анна Берг".into(),
            address: "Lindenallee 5\n10115 Berlin".into(),
            country: Some("DE".into()),
            tax_number: String::new(),
        },
        order: wire::ReceiptOrder { id: "1042".into(), placed_at: "2026-11-21T04:20:00Z".into() },
        place: wire::Place {
            country: Some("DE".into()),
            card_country: None,
            stated_country: Some("DE".into()),
            address_country: Some("FR".into()),
            contradicted: true,
            assumed: false,
        },
        prices_include_tax: true,
        lines: vec![
            line("Promenade", Some("QZAAA2600001"), 5_321_600, 0),
            line("Балет невылупившихся птенцов", None, 4_100_233, 10_000),
        ],
        totals: wire::ReceiptTotals {
            list_micros: 238_000,
            discount_micros: 10_000,
            net_micros: 190_000,
            tax_micros: 38_000,
            gross_micros: 228_000,
        },
        taxes: vec![wire::ReceiptTax { ppm: 190_000, net_micros: 190_000, tax_micros: 38_000 }],
        paid_with: wire::PaidWith { promotional_micros: 28_000, voucher_micros: 0, purchased_micros: 200_000 },
        corrects: None,
        reason: None,
    }
}

fn credit_note_document() -> wire::Receipt {
    let mut note = receipt_document();
    note.lines.truncate(1);
    let nobody = wire::Place {
        country: None,
        card_country: None,
        stated_country: None,
        address_country: None,
        contradicted: false,
        assumed: false,
    };
    wire::Receipt {
        kind: "credit_note".into(),
        number: "C2026-000001".into(),
        place: nobody,
        corrects: Some("2026-000017".into()),
        reason: Some("bad_file".into()),
        ..note
    }
}

fn account(lang: Lang, samples: &mut Vec<Sample>) {
    let email = || Field::holding("anna@example.org");
    let sign_up = |email, password, refusal| SignUpPage {
        page: visitor(lang, "/sign-up"),
        email,
        password,
        password_min_chars: 10,
        next: "/basket".into(),
        refusal,
    };
    samples.push(("sign-up", show(&sign_up(Field::default(), Field::default(), None))));
    let refused = sign_up(
        Field::refused("anna@", Refusal::EmailMalformed),
        Field::refused("never shown", Refusal::PasswordShort { min_chars: 10 }),
        Some(Refusal::FormExpired),
    );
    samples.push(("sign-up-refused", show(&refused)));
    let sign_in = |refusal| SignInPage {
        page: visitor(lang, "/sign-in"),
        email: email(),
        password: Field::holding("never shown"),
        next: String::new(),
        refusal,
    };
    samples.push(("sign-in", show(&sign_in(None))));
    samples.push(("sign-in-refused", show(&sign_in(Some(Refusal::CredentialsWrong)))));
    let reset =
        |sent| PasswordResetPage { page: visitor(lang, "/password-reset"), email: email(), sent, refusal: None };
    samples.push(("password-reset", show(&reset(false))));
    samples.push(("password-reset-sent", show(&reset(true))));
    let new_password = |refusal| NewPasswordPage {
        page: visitor(lang, "/password-reset/abc"),
        token: "abc".into(),
        password: Field::default(),
        password_min_chars: 10,
        refusal,
    };
    samples.push(("new-password", show(&new_password(None))));
    samples.push(("new-password-expired", show(&new_password(Some(Refusal::LinkExpired)))));
    let account = AccountPage {
        page: Layout { notice: Some(Notice::SettingsSaved), ..listener(lang, "/account") },
        is_paid: true,
        email: email(),
        language: "ru".into(),
        settings_password: Field::default(),
        password: Field::refused("never shown", Refusal::PasswordWrong),
        new_password: Field::refused("never shown", Refusal::PasswordLong { max_chars: 1000 }),
        password_min_chars: 10,
        sessions: 3,
        refusal: None,
    };
    let closing = CloseAccountPage {
        page: listener(lang, "/account/close"),
        in_the_way: vec![],
        lost_micros: 2_345_678,
        password: Field::default(),
        refusal: None,
        is_unspent: false,
    };
    samples.push(("account-close", show(&closing)));
    let password = Field::refused(String::new(), Refusal::PasswordWrong);
    samples.push(("account-close-refused", show(&CloseAccountPage { password, is_unspent: true, ..closing.clone() })));
    let in_the_way = [
        "a payment is disputed: wait until that is decided",
        "a payment is under way: wait until it has arrived, or until it expires on 2026-11-21T04:22:34Z",
        "3.50 of what you paid in are unspent: have them refunded first",
    ];
    let in_the_way = in_the_way.map(str::to_owned).into();
    samples.push(("account-close-not-yet", show(&CloseAccountPage { in_the_way, ..closing })));
    samples.push(("account", show(&account)));
    let billing = |country, consents| BillingPage {
        page: listener(lang, "/account/billing"),
        country,
        name: Field::holding("Анна Берг <&>"),
        address: Field::holding("Lindenallee 5\n10115 Berlin"),
        tax_number: Field::default(),
        refusal: None,
        consents,
    };
    let given = |kind: &str, country: &str| GivenConsent {
        kind: kind.into(),
        version: 1,
        country: country.into(),
        at_us: NOW_US,
    };
    let consents = vec![given("lawful_country", "DE"), given("immediate_supply", "")];
    samples.push(("billing", show(&billing(Field::holding("DE"), consents))));
    samples.push(("billing-refused", show(&billing(Field::refused("Atlantis", Refusal::CountryMalformed), vec![]))));
}

fn trouble(lang: Lang, samples: &mut Vec<Sample>) {
    let statuses = [
        ("403", 403),
        ("404", 404),
        ("405", 405),
        ("410", 410),
        ("418", 418),
        ("429", 429),
        ("500", 500),
        ("503", 503),
    ];
    let title = "Kill me".to_owned();
    let artists = vec![credit("01JA", "Anna & Co", "")];
    let withdrawn = WithdrawnPage { page: visitor(lang, "/releases/01J"), title, artists, is_owned: false };
    samples.push((
        "withdrawn-owned",
        show(&WithdrawnPage { is_owned: true, page: listener(lang, "/releases/01J"), ..withdrawn.clone() }),
    ));
    samples.push(("withdrawn", show(&withdrawn)));
    for (name, status) in statuses {
        let error = ErrorPage {
            page: visitor(lang, "/"),
            status,
            request_id: "01J9Z".into(),
            retry_after_s: matches!(status, 429 | 503).then_some(22),
            is_stale: false,
            back: None,
        };
        if status == 403 {
            let stale = ErrorPage { is_stale: true, back: Some("/releases/01JA".into()), ..error.clone() };
            samples.push(("stale", show(&stale)));
        }
        samples.push((name, show(&error)));
    }
    let parameter = |name: &str, place: &str, required| ApiParameter {
        name: name.into(),
        place: place.into(),
        type_name: "string".into(),
        required,
        description: "What it is.".into(),
    };
    let operation = |method: &str, path: &str, needs_token, parameters| ApiOperation {
        method: method.into(),
        path: path.into(),
        summary: "Place an order".into(),
        description: "The same key again gives the same order.".into(),
        needs_token,
        parameters,
        answers: vec![("201".into(), "The order".into()), ("402".into(), "Too little balance".into())],
    };
    let docs = ApiDocsPage {
        page: visitor(lang, "/api"),
        version: "1".into(),
        openapi_url: "/api/v1/openapi.json".into(),
        origin: "http://127.0.0.1:8080".into(),
        operations: vec![
            operation("POST", "/api/v1/orders", true, vec![parameter("Idempotency-Key", "header", true)]),
            operation("GET", "/api/v1/releases", false, vec![]),
        ],
    };
    samples.push(("api", show(&docs)));
}

/// Every refusal and notice there is.
pub fn sentences(lang: Lang) -> Vec<String> {
    let refusals = [
        Refusal::Required,
        Refusal::AmountMalformed,
        Refusal::CodeUnknown,
        Refusal::CodeUsed,
        Refusal::CountryMalformed,
        Refusal::TooLong,
        Refusal::DayMalformed,
        Refusal::MomentMalformed,
        Refusal::RateMalformed,
        Refusal::ConsentMissing,
        Refusal::CountryUnknown,
        Refusal::EmailMalformed,
        Refusal::EmailTaken,
        Refusal::CredentialsWrong,
        Refusal::PasswordShort { min_chars: 10 },
        Refusal::PasswordLong { max_chars: 1 },
        Refusal::PasswordWrong,
        Refusal::AmountOutOfRange { min_micros: 1, max_micros: 2 },
        Refusal::DayLimit { left_micros: 1 },
        Refusal::WayNotOffered,
        Refusal::ProviderBusy,
        Refusal::ProviderRefused,
        Refusal::NothingToRefund { left_micros: 1 },
        Refusal::VoucherUnknown,
        Refusal::VoucherUsed,
        Refusal::VoucherExpired,
        Refusal::VoucherStopped,
        Refusal::VoucherElsewhere,
        Refusal::VoucherAbroad,
        Refusal::PurchasedShort { missing_micros: 1 },
        Refusal::TooManyGifts,
        Refusal::GiftTooLate,
        Refusal::DateWrong,
        Refusal::TextLong { max_chars: 500 },
        Refusal::LinkExpired,
        Refusal::FormatUnavailable,
        Refusal::BalanceShort { missing_micros: 1 },
        Refusal::PriceChanged,
        Refusal::FormExpired,
        Refusal::NothingToBuy,
        Refusal::BasketFull { limit: 100 },
        Refusal::TooManyAttempts { retry_after_s: 61 },
    ];
    let notices = [
        Notice::AddedToBasket,
        Notice::InAlbumAlready,
        Notice::RemovedFromBasket,
        Notice::VoucherRedeemed { amount_micros: 1 },
        Notice::DiscountRedeemed,
        Notice::GiftBought,
        Notice::GiftCancelled,
        Notice::OrderPlaced,
        Notice::OwnedAlready,
        Notice::PasswordChanged,
        Notice::SettingsSaved,
        Notice::RefundBegun,
        Notice::SignedOut,
        Notice::SignedOutEverywhere,
        Notice::Welcome,
        Notice::DefectReported,
    ];
    refusals.iter().map(|refusal| refusal.text(&lang)).chain(notices.iter().map(|notice| notice.text(&lang))).collect()
}

fn gifts(lang: Lang, samples: &mut Vec<Sample>) {
    let gift = |state: &str, message: &str| GiftRow {
        id: "g1".into(),
        amount_micros: 10_000_000,
        recipient: "bob@example.org".into(),
        message: message.into(),
        state: state.into(),
        send_us: NOW_US,
    };
    let page = GiftsPage {
        page: listener(lang, "/gifts"),
        purchased_micros: 25_000_000,
        amount: Field::holding("10.00"),
        recipient: Field::refused("bob@", Refusal::EmailMalformed),
        from: Field::default(),
        message: Field::refused("<&>", Refusal::TextLong { max_chars: 500 }),
        send_on: Field::refused("2026-02-29", Refusal::DateWrong),
        language: "ru".into(),
        max_message_chars: 500,
        key: "key".into(),
        refusal: Some(Refusal::PurchasedShort { missing_micros: 5_000_000 }),
        gifts: ["waiting", "sending", "sent", "redeemed", "cancelled", "failed"]
            .map(|s| gift(s, "С днём <рождения>!"))
            .into(),
        pager: Pager { first: None, next: Some("?after=x".into()) },
    };
    samples.push(("gifts", show(&page)));
    let empty = GiftsPage { gifts: vec![], refusal: None, recipient: Field::default(), ..page };
    let empty = GiftsPage { message: Field::default(), send_on: Field::default(), ..empty };
    samples.push(("gifts-empty", show(&empty)));
}

fn operating_vouchers(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{
        BatchForm, BatchRow, CodeRow, FieldRefused, VoucherBatchPage, VoucherBatchesPage, VoucherCodesPage,
    };
    let batch = BatchRow {
        id: "spring-2027".into(),
        sort: "money".into(),
        value_micros: 10_000_000,
        discount_ppm: 0,
        release: String::new(),
        storefronts: "main".into(),
        expires_us: Some(NOW_US),
        reseller: "Kiosk <&>".into(),
        margin_ppm: 125_000,
        note: "Sold at the fair".into(),
        refundable_in_money: true,
        taxed_in: Some("DE".into()),
        count: Some(1_000),
        printed_us: Some(NOW_US),
        stopped_us: None,
        open: 800,
        redeemed: 200,
        stopped: 0,
        expired: 0,
        owed_micros: 8_000_000_000,
    };
    let percent = BatchRow {
        id: "tenth".into(),
        sort: "percent".into(),
        discount_ppm: 100_000,
        printed_us: None,
        ..batch.clone()
    };
    let release = "Modest Mussorgsky — Pictures at an Exhibition".to_owned();
    let release =
        BatchRow { id: "pictures".into(), sort: "release".into(), release, stopped_us: Some(NOW_US), ..batch.clone() };
    let gifts = BatchRow { id: "gifts".into(), count: None, note: String::new(), ..batch.clone() };
    let page = VoucherBatchesPage {
        page: operator(lang, "/operator/voucher-batches"),
        batches: vec![gifts, release, batch.clone(), percent.clone()],
        form: BatchForm { id: "Spring".into(), sort: "percent".into(), refundable: true, ..BatchForm::default() },
        refused: Some(FieldRefused { field: "id".into(), reason: "1 to 64 of <a-z>".into() }),
        unknown_serial: Some("spring-<9>".into()),
        pager: Pager::default(),
    };
    samples.push(("operator-vouchers", show(&page)));
    let empty =
        VoucherBatchesPage { batches: vec![], form: BatchForm::default(), refused: None, unknown_serial: None, ..page };
    samples.push(("operator-vouchers-empty", show(&empty)));
    let code = |n: u32, state: &str| CodeRow {
        serial: format!("spring-2027-{n:05}"),
        state: state.into(),
        redeemed_by: (state == "redeemed").then(|| "anna@example.org".into()),
        redeemed_us: (state == "redeemed").then_some(NOW_US),
    };
    let states = ["open", "redeemed", "stopped", "expired"];
    let one = VoucherBatchPage {
        page: operator(lang, "/operator/voucher-batches/spring-2027"),
        batch,
        codes: states.iter().zip(1..).map(|(state, n)| code(n, state)).collect(),
        refused: None,
        pager: Pager::default(),
    };
    samples.push(("operator-voucher-batch", show(&one)));
    let refused = Some(FieldRefused { field: "expires_at".into(), reason: "it has expired".into() });
    samples.push((
        "operator-voucher-batch-declared",
        show(&VoucherBatchPage { batch: percent, codes: vec![], refused, ..one }),
    ));
    let codes = VoucherCodesPage {
        page: operator(lang, "/operator/voucher-batches/spring-2027"),
        batch_id: "spring-2027".into(),
        codes: vec![("spring-2027-00001".into(), "0000-0000-0000-0000-0".into())],
        codes_text: "0000-0000-0000-0000-0\n".into(),
    };
    samples.push(("operator-voucher-codes", show(&codes)));
}

fn operator(lang: Lang, path: &str) -> Layout {
    let visitor_shown = Visitor { email: "keeper@example.org".into(), balance_micros: 0, is_operator: true };
    Layout { visitor: Some(visitor_shown), ..visitor(lang, path) }
}

fn operating(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{
        ApplyOutcome, ApplyPage, DisputeRow, LookedUp, OperatorHomePage, PaidRow, PaymentsPage, RefundOverRow,
        RefundRow, ShownChange, Simulated, SimulatedRow, TariffPeriodRow, TariffRow, TariffsPage, TransferRow,
    };
    operating_vouchers(lang, samples);
    operating_lists(lang, samples);
    gifts(lang, samples);
    samples.push(("operator", show(&OperatorHomePage { page: operator(lang, "/operator") })));
    let period = |from_us, until_us, price_per_mb_micros| TariffPeriodRow { from_us, until_us, price_per_mb_micros };
    let row = |id: &str, class: &str, tier: &str, periods| TariffRow {
        id: id.into(),
        storefront: "main".into(),
        class: class.into(),
        tier: tier.into(),
        periods,
    };
    let tariffs = vec![
        row("hires", "hires", "", vec![period(None, None, 30_000)]),
        row("new-lossy", "lossy", "new", vec![period(Some(NOW_US), Some(NOW_US + 86_400_000_000), 25_000)]),
        row("standard", "", "", vec![period(None, Some(NOW_US), 20_000), period(Some(NOW_US), None, 22_500)]),
    ];
    let (promotions, floors, release_prices) = special_prices();
    let page = TariffsPage {
        page: operator(lang, "/operator/tariffs"),
        tariffs,
        promotions,
        floors,
        release_prices,
        price: Field::default(),
    };
    samples.push(("operator-tariffs", show(&page)));
    let refused = Field::refused("two cents", Refusal::AmountMalformed);
    samples.push((
        "operator-tariffs-refused",
        show(&TariffsPage {
            price: refused,
            tariffs: vec![],
            promotions: vec![],
            floors: vec![],
            release_prices: vec![],
            ..page
        }),
    ));
    let transfer = TransferRow {
        id: "t1".into(),
        reference: "RF18 5390 0754 7034".into(),
        email: "<&>@example.org".into(),
        at_us: NOW_US,
        amount_micros: 50_000_000,
    };
    let email = || "anna@example.org".to_owned();
    let refund = |id: &str, provider: &str| RefundRow {
        id: id.into(),
        topup_id: "t1".into(),
        email: email(),
        at_us: NOW_US,
        paid_micros: 12_340_000,
        provider: provider.into(),
        came_as: "b<&> · RF18 5390 0754 7034".into(),
    };
    let over = |provider: &str, is_done, detail: &str| RefundOverRow {
        at_us: NOW_US,
        email: email(),
        provider: provider.into(),
        paid_micros: 12_340_000,
        is_done,
        detail: detail.into(),
    };
    let dispute = |stage: &str, frozen_micros, owed_micros| DisputeRow {
        id: format!("dp_<&>{stage}"),
        email: email(),
        at_us: NOW_US,
        stage: stage.into(),
        amount_micros: 10_000_000,
        frozen_micros,
        owed_micros,
    };
    let paid = |id: &str, state, left_micros| PaidRow {
        id: id.into(),
        at_us: NOW_US,
        provider: "stripe".into(),
        state,
        amount_micros: 25_000_000,
        left_micros,
        key: format!("key-{id}"),
    };
    let looked_up = LookedUp {
        email: email(),
        nobody: false,
        topups: vec![paid("t1", TopUpState::Posted, 20_000_000), paid("t2", TopUpState::Pending, 0)],
    };
    let payments = PaymentsPage {
        page: operator(lang, "/operator/payments"),
        transfers: vec![transfer],
        refunds: vec![refund("r1", "transfer"), refund("r2", "voucher")],
        refunds_over: vec![over("stripe", true, "re_<&>"), over("transfer", false, "the account is closed")],
        disputes: vec![
            dispute("inquiry", 0, 0),
            dispute("open", 4_000_000, 0),
            dispute("won", 0, 0),
            dispute("lost", 4_000_000, 6_000_000),
        ],
        looked_up,
        typed: ("RF18".into(), "<&>".into(), "b1".into()),
        refusal: Some(Refusal::AmountMalformed),
        reason: "this payment belongs to another transfer <&>".into(),
    };
    let calm = PaymentsPage {
        transfers: vec![],
        refunds: vec![],
        refunds_over: vec![],
        disputes: vec![],
        looked_up: LookedUp { email: "<&>".into(), nobody: true, topups: vec![] },
        typed: Default::default(),
        refusal: None,
        reason: String::new(),
        ..payments.clone()
    };
    samples.push(("operator-payments", show(&payments)));
    samples.push(("operator-payments-empty", show(&calm)));
    operating_tax(lang, samples);
    operating_listening(lang, samples);
    operating_volume(lang, samples);
    operating_ledger(lang, samples);
    let apply = |outcome| ApplyPage {
        page: operator(lang, "/operator/apply"),
        text: "# <&> nothing yet\n".into(),
        from: "2026-10-01".into(),
        until: "2026-11-01".into(),
        outcome,
    };
    let changes = vec![
        ShownChange {
            what: "tariff standard".into(), is_new: false, fields: vec!["periods[0].from: 1 → <&>".into()]
        },
        ShownChange { what: "tariff hires".into(), is_new: true, fields: vec![] },
    ];
    samples.push(("operator-apply", show(&apply(None))));
    samples.push(("operator-apply-trial", show(&apply(Some(ApplyOutcome::Trial(changes.clone()))))));
    samples.push(("operator-apply-done", show(&apply(Some(ApplyOutcome::Done(changes))))));
    let row = |class: &str, tier: &str, tracks, after_micros| SimulatedRow {
        class: class.into(),
        tier: tier.into(),
        tracks,
        bytes: 1_234_000_000,
        before_micros: 24_680_000,
        after_micros,
    };
    let rows = vec![row("lossy", "new", 120, 30_850_000), row("hires", "free", 1, 0), row("", "", 121, 30_850_000)];
    let simulated = Simulated {
        from_us: NOW_US - 30 * 86_400_000_000,
        until_us: NOW_US,
        rows,
        buyers: 42,
        dearer_for: 21,
        cheaper_for: 1,
    };
    samples.push(("operator-apply-simulated", show(&apply(Some(ApplyOutcome::Simulated(simulated))))));
    samples.push(("operator-apply-no-days", show(&apply(Some(ApplyOutcome::NoDays)))));
    samples.push(("operator-apply-same", show(&apply(Some(ApplyOutcome::Done(vec![]))))));
    let refused = ApplyOutcome::Refused { line: 3, reason: "unknown field `prise` <&>".into() };
    samples.push(("operator-apply-refused", show(&apply(Some(refused)))));
}

type SpecialPrices =
    (Vec<super::operator::PromotionRow>, Vec<super::operator::FloorRow>, Vec<super::operator::ReleasePriceRow>);

fn special_prices() -> SpecialPrices {
    use shop::tariffs::promotions::HappyHour;

    use super::operator::{Condition, FloorRow, PromotionRow, ReleasePriceRow};
    let regulars = PromotionRow {
        id: "regulars".into(),
        names: [("en", "For regulars <&>"), ("ru", "Постоянным <&>")].map(|(l, n)| (l.to_owned(), n.to_owned())).into(),
        conditions: vec![],
        discounts: vec![(Some(50_000_000), 50_000), (Some(200_000_000), 100_000)],
        from_us: None,
        until_us: None,
    };
    let winter = PromotionRow {
        id: "winter".into(),
        names: Default::default(),
        conditions: vec![Condition::Code("WINTER".into()), Condition::Once],
        discounts: vec![(None, 150_000)],
        from_us: Some(NOW_US),
        until_us: None,
    };
    let days = vec!["sat".to_owned(), "sun".to_owned()];
    let hour = HappyHour { days, from_min: 22 * 60, until_min: 2 * 60, time_zone: "Europe/Berlin".into() };
    let hours = Condition::Hours(vec![hour.clone(), HappyHour { days: vec![], from_min: 60, until_min: 90, ..hour }]);
    let genres = Condition::Genres(["rock", "jazz", "folk", "noise", "choral", "film"].map(str::to_owned).into());
    let means = Condition::Means(vec!["transfer".into(), "voucher".into()]);
    let happy = PromotionRow { conditions: vec![hours, genres, means], ..winter.clone() };
    let floor = FloorRow {
        id: "floor".into(),
        of_id: "shares-label",
        of: "Northern & <Co>".into(),
        per_track_micros: 100_000,
        per_mb_micros: 5_000,
    };
    let price = ReleasePriceRow {
        id: "fixed".into(),
        title: "Album <&>".into(),
        tier: "new".into(),
        class: "lossy".into(),
        release_micros: Some(4_990_000),
        track_micros: Some(690_000),
    };
    let by_age = ReleasePriceRow {
        tier: String::new(),
        class: String::new(),
        release_micros: None,
        track_micros: None,
        ..price.clone()
    };
    (vec![regulars, winter, happy], vec![floor], vec![price, by_age])
}

fn paid(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{LicenceRow, PayeeRow, RoyaltiesPage, SharesRow};
    use super::{BarOf, PaidParty, PayoutRow, Plot, StatementLineRow, StatementPage, StatementRow, StatementsPage};
    let statement = |period: &str, due_micros| StatementRow {
        id: format!("{period}-anna"),
        payee_name: "Anna & <sons>".into(),
        period: period.into(),
        due_micros,
        closed_us: NOW_US,
        files: ["csv", "dsr", "pdf"].map(str::to_owned).into(),
    };
    let bar = |name: &str, units, due_micros| BarOf::named(name.into(), units, due_micros);
    let plot = |text_id, of_id, is_time, bars| {
        let (measure_id, currency) = ("plot-due", "USD".to_owned());
        Plot { text_id, of_id, measure_id, currency, is_time, bars }
    };
    let month = |n: i64| {
        let due_micros = if n == 17 { -3_000_000 } else { n * n * 41_000 };
        BarOf::month(lang, &format!("{}-{:02}", 2025 + n / 12, n % 12 + 1), n * 31, due_micros)
    };
    let months = (0..24).map(month).collect();
    let plots = vec![
        plot("plot-months", "statement-month", true, months),
        plot(
            "plot-territories",
            "plot-of-territory",
            false,
            vec![bar("DE", 1_204, 31_500_000), bar(&lang.t("country-unknown"), 77, 2_123_457), bar("FR", 1, -12)],
        ),
        plot(
            "plot-formats",
            "plot-of-format",
            false,
            vec![bar("MP3 320", 900, 20_000_000), bar("FLAC", 300, 13_600_000)],
        ),
    ];
    let party = PaidParty { id: "anna".into(), name: "Anna & <sons>".into(), owed_micros: 33_612_345, plots };
    let payout =
        PayoutRow { payee: "anna".into(), at_us: NOW_US, reference: "SEPA <17>".into(), amount_micros: 9_000_000 };
    let list = StatementsPage {
        page: listener(lang, "/statements"),
        parties: vec![party],
        statements: vec![statement("2026-10", 33_612_345), statement("2026-09", -12)],
        payouts: vec![payout.clone()],
        pager: Pager { first: None, next: Some("/en/statements?after=2026-09-anna".into()) },
    };
    samples.push(("statements", show(&list)));
    samples.push(("statements-nobody", show(&StatementsPage { parties: vec![], ..list })));
    let line = StatementLineRow {
        title: "Waltz <&>".into(),
        artists: "Анна".into(),
        isrc: Some("QZGRM2600001".into()),
        label: Some("Northern & Co".into()),
        units: 1_204,
        bytes: 9_876_543_210,
        gross_micros: 210_000_000,
        discount_micros: 12_345_678,
        tax_micros: 31_500_000,
        base_micros: 178_500_000,
        rate_ppm: 150_000,
        share_ppm: Some(333_333),
        due_micros: 33_612_345,
    };
    let lines = vec![line.clone(), StatementLineRow { isrc: None, label: None, share_ppm: None, ..line }];
    let one = StatementPage {
        page: listener(lang, "/statements/2026-10-anna"),
        statement: statement("2026-10", 33_612_345),
        brought_micros: 1_000,
        lines,
    };
    samples.push(("statement", show(&one)));
    let text = |text: &str| text.to_owned();
    let page = RoyaltiesPage {
        page: operator(lang, "/operator/royalties"),
        payees: vec![
            PayeeRow {
                id: text("anna"),
                name: text("Anna & <sons>"),
                kind: text("artist"),
                email: None,
                owed_micros: 5,
            },
            PayeeRow {
                id: text("soc"),
                name: text("The Society"),
                kind: text("society"),
                email: Some(text("books@society.example")),
                owed_micros: 33_612_345,
            },
        ],
        licences: vec![LicenceRow {
            id: text("deal"),
            kind: text("direct"),
            payee: text("anna"),
            rate_ppm: 600_000,
            base: text("net"),
            minimum_micros: 10_000,
            label: Some(text("Northern & Co")),
            valid_from: Some(text("2026-01-01")),
            valid_until: None,
        }],
        shares: vec![SharesRow {
            id: text("all"),
            of_id: text("shares-isrc"),
            of: text("QZGRM2600001"),
            holders: vec![(text("Anna & <sons>"), 333_333), (text("The Society"), 666_667)],
        }],
        statements: vec![statement("2026-10", 33_612_345)],
        payouts: vec![payout],
        period: Field::holding("2026-10"),
        confirms: None,
        key: text("01key"),
        payee: String::new(),
        amount: Field::default(),
        reference: String::new(),
        refused: None,
    };
    samples.push(("operator-royalties", show(&page)));
    let (running, soc) = (Some("royalties-close-running"), text("soc"));
    let doubtful = RoyaltiesPage { confirms: running, payee: soc, reference: text("<17>"), ..page.clone() };
    samples.push(("operator-royalties-sure", show(&doubtful)));
    let earlier = RoyaltiesPage { confirms: Some("royalties-close-earlier"), ..page.clone() };
    samples.push(("operator-royalties-earlier", show(&earlier)));
    let refused = Some(text("0.05 is owed; 9.00 would be more <&>"));
    let empty = RoyaltiesPage {
        refused,
        payees: vec![],
        licences: vec![],
        shares: vec![],
        statements: vec![],
        payouts: vec![],
        ..page
    };
    samples.push(("operator-royalties-refused", show(&empty)));
}

fn operating_ledger(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{LedgerPage, TrialOf, TrialRow};
    let rows = money::ledger::Kind::ALL.iter().enumerate().map(|(n, kind)| TrialRow {
        kind: kind.name().to_owned(),
        owner: if kind.is_listeners() { lang.count("ledger-listeners", n + 1) } else { "Anna & <sons>".into() },
        balance: money::Total(if n % 2 == 0 { 1_234_567_890 } else { -1_234_567_890 }),
    });
    let trial = TrialOf {
        storefront: "main".into(),
        currency: "USD".into(),
        rows: rows.collect(),
        owes: money::Total(12_345_678_900),
        has: money::Total(11_111_111_010),
        sum: money::Total::ZERO,
    };
    let page = LedgerPage {
        page: operator(lang, "/operator/ledger"),
        at: Field::default(),
        at_us: None,
        trials: vec![trial.clone()],
    };
    samples.push(("operator-ledger", show(&page)));
    let off = vec![TrialOf { sum: money::Total(-1), ..trial }];
    samples.push(("operator-ledger-off", show(&LedgerPage { trials: off, at_us: Some(NOW_US), ..page.clone() })));
    let refused = Field::refused("soon", Refusal::MomentMalformed);
    samples.push(("operator-ledger-refused", show(&LedgerPage { trials: vec![], at: refused, ..page.clone() })));
    samples.push(("operator-ledger-empty", show(&LedgerPage { trials: vec![], ..page })));
}

fn operating_volume(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{VolumeOf, VolumePage, VolumeRow};
    use super::{BarOf, Plot};
    let row = |name: String, payments: u64, paid: i64| VolumeRow {
        name,
        payments,
        paid_in_micros: paid,
        refunded_micros: paid / 10,
        disputed_micros: 0,
        net_micros: paid - paid / 10,
        spent_micros: paid / 2,
    };
    let months: Vec<VolumeRow> =
        (1..=12).map(|n| row(lang.release_date(&format!("2026-{n:02}")), n, (n * n) as i64 * 10_000_000)).collect();
    let countries = vec![
        row(lang.country("DE"), 412, 6_500_000_000),
        row(lang.country("GS"), 1, 25_000_000),
        row(lang.country(""), 3, 0),
    ];
    let bars = |rows: &[VolumeRow]| {
        rows.iter().map(|row| BarOf::named(row.name.clone(), 1, row.paid_in_micros)).collect::<Vec<_>>()
    };
    let month_bars =
        (1..).zip(&months).map(|(n, row)| BarOf::month(lang, &format!("2026-{n:02}"), 1, row.paid_in_micros)).collect();
    let plot = |text_id, of_id, is_time, bars| {
        let (measure_id, currency) = ("plot-paid-in", "USD".to_owned());
        Plot { text_id, of_id, measure_id, currency, is_time, bars }
    };
    let volume = VolumeOf {
        storefront: "main".into(),
        currency: "USD".into(),
        plots: vec![
            plot("volume-by-month", "statement-month", true, month_bars),
            plot("volume-by-country", "plot-of-territory", false, bars(&countries)),
        ],
        sum: row(String::new(), 416, 6_525_000_000),
        countries,
        months,
    };
    let page = VolumePage {
        page: operator(lang, "/operator/volume"),
        from: "2026-01".into(),
        until: "2026-12".into(),
        earlier_url: Some(lang.href("/operator/volume?until=2025-12")),
        volumes: vec![volume],
    };
    samples.push(("operator-volume", show(&page)));
    samples.push(("operator-volume-empty", show(&VolumePage { volumes: vec![], earlier_url: None, ..page })));
}

fn operating_lists(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{
        FieldRefused, ListedReleaseRow, ListenerRow, OperatorListenerPage, OperatorListenersPage, OperatorOrderPage,
        OperatorOrdersPage, OperatorReleasesPage, SoldRow,
    };
    let release = |title: &str, on_sale: bool| ListedReleaseRow {
        id: "01k9zq3x5v8w2m4n6p7r8s9t0a".into(),
        title: title.into(),
        credit: "Анна & <Sons>".into(),
        gtin: on_sale.then(|| "4006381333931".into()),
        catalog_number: Some("CAT-7".into()),
        on_sale,
        created_us: NOW_US,
    };
    let releases = OperatorReleasesPage {
        page: operator(lang, "/operator/releases"),
        words: "bells".into(),
        state: "on_sale".into(),
        releases: vec![release("Bells <at> Noon", true), release("Зимний путь", false)],
        pager: Pager { first: Some("/en/operator/releases".into()), next: None },
    };
    samples.push(("operator-releases", show(&releases)));
    samples.push(("operator-releases-none", show(&OperatorReleasesPage { releases: vec![], ..releases })));
    let sold = |state, held_micros| SoldRow {
        order: OrderSummary {
            id: "01k9zq3x5v8w2m4n6p7r8s9t0b".into(),
            at_us: NOW_US,
            state,
            title: "Bells <at> Noon".into(),
            lines: 3,
            format_name: "MP3 320 kbit/s".into(),
            held_micros,
            charged_micros: 1_234_567,
        },
        user_id: "01k9zq3x5v8w2m4n6p7r8s9t0c".into(),
        email: "a.listener.with.a.long.address@example.org".into(),
    };
    let orders = OperatorOrdersPage {
        page: operator(lang, "/operator/orders"),
        listener: "nobody@example.org".into(),
        from: "2026-11-01".into(),
        until: String::new(),
        refused: None,
        orders: vec![sold(OrderState::Held, 500_000), sold(OrderState::Charged, 0)],
        pager: Pager { first: None, next: Some("/en/operator/orders?after=1-2".into()) },
    };
    samples.push(("operator-orders", show(&orders)));
    let why = FieldRefused { field: "listener".into(), reason: "nobody has this address or id".into() };
    samples
        .push(("operator-orders-refused", show(&OperatorOrdersPage { refused: Some(why), orders: vec![], ..orders })));
    let line = |state, held_micros| OrderLine {
        id: "01k9zq3x5v8w2m4n6p7r8s9t0d".into(),
        title: "First <bell>".into(),
        release_id: "r".into(),
        release_title: "Bells <at> Noon".into(),
        state,
        bytes: Some(4_211_322),
        held_micros,
        charged_micros: 1_234_567,
        url: None,
    };
    let order = OperatorOrderPage {
        page: operator(lang, "/operator/orders/01k9zq3x5v8w2m4n6p7r8s9t0b"),
        sold: sold(OrderState::PartCharged, 0),
        lines: vec![line(FileState::Ready, 0), line(FileState::Refunded, 0)],
        papers: vec![OrderPaper { id: "p".into(), title_id: "paper-receipt-title", number: "2026-000017".into() }],
    };
    samples.push(("operator-order", show(&order)));
    let making = vec![line(FileState::Encoding { percent: Some(40) }, 500_000)];
    let sold_now = sold(OrderState::Held, 500_000);
    samples.push((
        "operator-order-held",
        show(&OperatorOrderPage { sold: sold_now, lines: making, papers: vec![], ..order }),
    ));
    let listener = |standing, is_operator| ListenerRow {
        id: "01k9zq3x5v8w2m4n6p7r8s9t0c".into(),
        email: "a.listener.with.a.long.address@example.org".into(),
        is_operator,
        standing,
        created_us: NOW_US,
        balance_micros: 12_345_678,
        held_micros: 0,
    };
    let listeners = OperatorListenersPage {
        page: operator(lang, "/operator/listeners"),
        words: "a.li".into(),
        listeners: vec![listener("listener", false), listener("buyer", false), listener("listener", true)],
        pager: Pager::default(),
    };
    samples.push(("operator-listeners", show(&listeners)));
    samples.push(("operator-listeners-none", show(&OperatorListenersPage { listeners: vec![], ..listeners })));
    let entry = |kind: EntryKind, amount_micros| LedgerEntry {
        at_us: NOW_US,
        order_us: kind.order_id().map(|_| NOW_US),
        kind,
        amount_micros,
        balance_micros: Some(9_999_999),
    };
    let one = OperatorListenerPage {
        page: operator(lang, "/operator/listeners/01k9zq3x5v8w2m4n6p7r8s9t0c"),
        listener: listener("buyer", false),
        purchased_micros: 10_000_000,
        promotional_micros: 2_345_678,
        voucher_micros: 0,
        entries: vec![
            entry(
                EntryKind::Held { order_id: "01k9zq3x5v8w2m4n6p7r8s9t0b".into(), became: OrderState::Charged },
                -500_000,
            ),
            entry(EntryKind::ToppedUp, 10_000_000),
        ],
        pager: Pager::default(),
    };
    samples.push(("operator-listener", show(&one)));
    samples.push(("operator-listener-new", show(&OperatorListenerPage { entries: vec![], ..one })));
}

fn operating_tax(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{ConsentTextRow, TaxPage, TaxRateRow, TaxSettingsRow};
    let rate = |id: &str, country: &str, rate_ppm| TaxRateRow {
        id: id.into(),
        storefront: "main".into(),
        country: country.into(),
        from: "2021-01-01".into(),
        rate_ppm,
    };
    let text = |kind: &str| ConsentTextRow {
        id: "supply-1".into(),
        kind: kind.into(),
        version: 1,
        text: "At once,\nand no withdrawal <&>".into(),
        language: "en".into(),
    };
    let settings = TaxSettingsRow {
        storefront: "main".into(),
        prices_include_tax: true,
        unknown_country: "default".into(),
        default_country: "IE".into(),
        seller: "Plain Tuning Records Ltd\n1 Long Street\nDublin".into(),
    };
    let unset = TaxSettingsRow {
        prices_include_tax: false,
        unknown_country: "refuse".into(),
        default_country: String::new(),
        seller: String::new(),
        ..settings.clone()
    };
    let tax = TaxPage {
        page: operator(lang, "/operator/tax"),
        settings,
        rates: vec![rate("de-2021", "DE", 190_000), rate("fi-2024", "FI", 255_000)],
        texts: vec![text("immediate_supply"), text("lawful_country")],
        country: Field::default(),
        from: Field::default(),
        rate: Field::default(),
    };
    samples.push(("operator-tax", show(&tax)));
    let no_tax = TaxSettingsRow { unknown_country: "no_tax".into(), ..unset.clone() };
    samples.push(("operator-tax-added", show(&TaxPage { settings: no_tax, ..tax.clone() })));
    let refused = TaxPage {
        settings: unset,
        rates: vec![],
        texts: vec![],
        country: Field::refused("Atlantis", Refusal::CountryMalformed),
        from: Field::refused("soon", Refusal::DayMalformed),
        rate: Field::refused("a lot", Refusal::RateMalformed),
        ..tax
    };
    samples.push(("operator-tax-empty", show(&refused)));
}

fn operating_listening(lang: Lang, samples: &mut Vec<Sample>) {
    use super::operator::{FieldRefused, LimitRow, ListeningPage, Named, PreviewForm, ReleaseFormatsRow};
    let option = |id: &str, name: &str| FormatOption { id: id.into(), name: name.into() };
    let of = |kind, name: &str, path: Option<&str>| Named { kind, name: name.into(), path: path.map(str::to_owned) };
    let limit = |of: Named, most_s, note: &str| LimitRow { id: of.name.clone(), of, most_s, note: note.into() };
    let form = PreviewForm {
        visitor_s: "30".into(),
        listener_s: "90".into(),
        buyer_s: String::new(),
        buyer_from: "50.00".into(),
        opus: "opus:cbr:24".into(),
        mp3: "mp3:cbr:96".into(),
    };
    let empty = ListeningPage {
        page: operator(lang, "/operator/listening"),
        form,
        opus: vec![option("opus:cbr:32", "Opus 32 kbit/s"), option("opus:cbr:24", "Opus 24 kbit/s")],
        mp3: vec![option("mp3:cbr:96", "MP3 96 kbit/s")],
        limits: vec![],
        releases: vec![],
        refused: None,
    };
    samples.push(("operator-listening-empty", show(&empty)));
    let pictures = of("release", "Pictures at an Exhibition", Some("/releases/1"));
    let full = ListeningPage {
        limits: vec![
            limit(pictures.clone(), 10, "Plain Tuning <Records>"),
            limit(of("label", "Plain Tuning", Some("/labels/7")), 0, ""),
            limit(of("recording", "DEA123456789", None), 20, ""),
        ],
        releases: vec![ReleaseFormatsRow {
            id: "1".into(),
            of: pictures,
            classes: vec!["format-class-lossy", "format-class-hires"],
        }],
        ..empty.clone()
    };
    samples.push(("operator-listening", show(&full)));
    let refused = Some(FieldRefused { field: "listener_s".into(), reason: "no less than a visitor".into() });
    samples.push(("operator-listening-refused", show(&ListeningPage { refused, ..full })));
}
