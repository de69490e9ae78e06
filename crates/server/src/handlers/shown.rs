//! From the shop's nouns to what pages show.

use std::collections::HashSet;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use shop::formats::{Class, Format, FormatInfo};
use shop::orders::{Line, LineState, Quote, QuoteLine};
use shop::{catalog, offers};

use crate::http::{App, Problem, Public, Visit};
use crate::pages::{
    Credit, FileState, FormatClass, FormatGroup, FormatOption, NamedCount, Pager, Price, Refusal, ReleaseCard, Sizing,
    Template, TrackHit,
};

/// The format that prices are for until somebody chooses another.
const DEFAULT_FORMAT: &str = "mp3:cbr:320";

/// An amount as people type it: a dot or a comma before the decimals, nothing between the thousands. A comma before three digits
/// is refused: it means a thousand to some and a thousandth to others.
pub fn typed_amount(text: &str, decimals: u32) -> Result<money::Micros, money::amount::AmountError> {
    let text = text.trim();
    match text.split_once(',') {
        Some((_, after)) if after.len() == 3 => Err(money::amount::AmountError::NotANumber),
        _ => money::Micros::parse(&text.replace(',', "."), decimals),
    }
}

/// A page as an answer.
pub fn html(page: impl Template) -> Result<Response, Problem> {
    html_with(StatusCode::OK, page)
}

/// A page in place of one that was here before.
pub fn gone(page: impl Template) -> Result<Response, Problem> {
    html_with(StatusCode::GONE, page)
}

/// A page that is the same for everybody who is not signed in, wherever it is asked for with the same address.
pub fn public(page: impl Template) -> Result<Response, Problem> {
    let mut response = html(page)?;
    response.extensions_mut().insert(Public);
    Ok(response)
}

fn html_with(status: StatusCode, page: impl Template) -> Result<Response, Problem> {
    let text = page.render().map_err(Problem::internal)?;
    Ok((status, Html(text)).into_response())
}

/// A page with a form on it that was refused, for this reason if it was the whole form: who has to wait, hears how long.
pub fn refused(whole: Option<Refusal>, page: impl Template) -> Result<Response, Problem> {
    let status = match whole {
        Some(Refusal::TooManyAttempts { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(Refusal::LinkExpired) => StatusCode::GONE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut response = html_with(status, page)?;
    if let Some(Refusal::TooManyAttempts { retry_after_s }) = whole {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    }
    Ok(response)
}

/// To another page of the same language, which opens with a notice; what follows `#` stays where the browser looks for it.
pub fn go(visit: &Visit, path: &str, notice: &str) -> Redirect {
    let (path, place) = path.split_once('#').map_or((path, String::new()), |(path, place)| (path, format!("#{place}")));
    let mark = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&visit.href(&format!("{path}{mark}notice={notice}{place}")))
}

/// A path within the shop that somebody is to come back to; anything else is left out.
pub fn inner_path(next: &str) -> Option<&str> {
    let second = next.as_bytes().get(1);
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (next.starts_with('/') && second != Some(&b'/') && plain).then_some(next)
}

/// Links of a paged list at `path` (with its query, without `after`).
pub fn pager(visit: &Visit, path: &str, is_first: bool, next: Option<&str>) -> Pager {
    let mark = if path.contains('?') { '&' } else { '?' };
    let next = next.map(|next| {
        let after = form_urlencoded::Serializer::new(String::new()).append_pair("after", next).finish();
        visit.href(&format!("{path}{mark}{after}"))
    });
    Pager { first: (!is_first).then(|| visit.href(path)), next }
}

/// The formats to choose from.
pub fn formats() -> Vec<FormatGroup> {
    groups(shop::formats::list())
}

/// The formats that a release is sold in, where it is not sold in all.
pub fn formats_of(release: &catalog::Release, classes: &[Class]) -> Vec<FormatGroup> {
    groups(offers::formats_of(release, classes))
}

/// The formats that tracks of one release are sold in.
pub fn formats_of_masters(masters: &[catalog::MasterFacts], classes: &[Class]) -> Vec<FormatGroup> {
    groups(offers::formats_of_masters(masters.iter(), classes))
}

/// Those of `formats` that are among `others` too.
pub fn common(formats: Vec<FormatGroup>, others: &[FormatGroup]) -> Vec<FormatGroup> {
    let is_other = |option: &FormatOption| others.iter().flat_map(|group| &group.options).any(|o| o.id == option.id);
    let left = formats
        .into_iter()
        .map(|group| FormatGroup { options: group.options.into_iter().filter(is_other).collect(), ..group });
    left.filter(|group| !group.options.is_empty()).collect()
}

fn groups(formats: Vec<FormatInfo>) -> Vec<FormatGroup> {
    let all: Vec<FormatInfo> = formats.into_iter().filter(|format| format.available).collect();
    let classes = [
        (Class::Lossy, FormatClass::Lossy),
        (Class::Lossless, FormatClass::Lossless),
        (Class::Hires, FormatClass::Hires),
    ];
    let group = |(class, shown)| {
        let of_class = all.iter().filter(|format| format.class == class);
        let options = of_class.map(|f| FormatOption { id: f.format.to_string(), name: f.name.clone() }).collect();
        FormatGroup { class: shown, options }
    };
    classes.map(group).into_iter().filter(|group| !group.options.is_empty()).collect()
}

/// The format of the address, else the one last chosen, else the usual one.
pub fn chosen_format(visit: &Visit, asked: Option<&str>) -> Result<Format, Problem> {
    let known = asked.and_then(|text| text.parse().ok());
    let known = known.or_else(|| visit.cookies().format.as_deref().and_then(|text| text.parse().ok()));
    known.map_or_else(|| DEFAULT_FORMAT.parse().map_err(Problem::internal), Ok)
}

/// The same among the formats that a release is sold in: another one than is wanted, where it is not sold in that.
pub fn offered_format(visit: &Visit, asked: Option<&str>, offered: &[FormatGroup]) -> Result<Offered, Problem> {
    let chosen = chosen_format(visit, asked)?;
    let options = || offered.iter().flat_map(|group| &group.options);
    let text = chosen.to_string();
    // A format of the address that nobody is shown, such as one at a lower rate, may still be had.
    let is_hidden = !shop::formats::list().iter().any(|info| info.format == chosen);
    if is_hidden || options().any(|option| option.id == text) {
        return Ok(Offered { format: chosen, instead_of: None });
    }
    let Some(other) = options().find(|option| option.id == DEFAULT_FORMAT).or_else(|| options().next()) else {
        return Ok(Offered { format: chosen, instead_of: None });
    };
    Ok(Offered { format: other.id.parse().map_err(Problem::internal)?, instead_of: Some(chosen) })
}

/// The format that a page of a release shows prices for.
#[derive(Clone, Copy)]
pub struct Offered {
    pub format: Format,
    /// The one that was wanted, where that is not to be had.
    pub instead_of: Option<Format>,
}

/// Points of a waveform that a row of a list shows.
const ROW_POINTS: usize = 100;
/// A character for each of 64 heights.
const HEIGHTS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// A waveform in few points, the loudest as high as can be.
pub fn waveform(points: &[u8]) -> String {
    let loudest = usize::from(points.iter().copied().max().unwrap_or(0)).max(1);
    let step = points.len().div_ceil(ROW_POINTS).max(1);
    let most = points.chunks(step).map(|chunk| usize::from(chunk.iter().copied().max().unwrap_or(0)));
    most.map(|point| char::from(HEIGHTS[point * (HEIGHTS.len() - 1) / loudest])).collect()
}

/// An artist credit.
pub fn credits(credits: Vec<catalog::Credit>) -> Vec<Credit> {
    let credit = |c: catalog::Credit| Credit { artist_id: Some(c.artist_id), name: c.name, join: c.join };
    credits.into_iter().map(credit).collect()
}

/// A release in a grid.
pub fn card(card: catalog::ReleaseCard) -> ReleaseCard {
    ReleaseCard {
        year: card.date.as_deref().and_then(|date| date.get(..4)?.parse().ok()),
        id: card.id,
        title: card.title,
        artists: credits(card.artists),
        has_cover: card.cover.is_some(),
        is_heard: false,
    }
}

/// Marks the releases that this visitor hears something of.
pub async fn mark_heard(app: &App, visit: &Visit, cards: &mut [&mut ReleaseCard]) -> Result<(), Problem> {
    let heard = heard(app, visit, cards.iter().map(|card| card.id.clone()).collect()).await?;
    cards.iter_mut().for_each(|card| card.is_heard = heard.contains(&card.id));
    Ok(())
}

/// Those of these releases that this visitor hears something of.
pub async fn heard(app: &App, visit: &Visit, releases: Vec<String>) -> Result<HashSet<String>, Problem> {
    let user = visit.signed().map(|signed| signed.session.user.id.as_str());
    Ok(app.shop.previews.heard(user, releases).await?)
}

/// A track in a list, with its release.
pub fn track_hit(found: catalog::TrackPage) -> TrackHit {
    TrackHit {
        length_ms: bytes(found.track.master.length_ms()),
        id: found.track.id,
        title: found.track.title,
        artists: credits(found.track.artists),
        release_id: found.release.id,
        release_title: found.release.title,
        has_cover: found.release.cover.is_some(),
        composers: found.track.composers,
        is_heard: false,
    }
}

/// A genre in the visitor's language.
pub fn genre(visit: &Visit, counted: &catalog::GenreCount) -> NamedCount {
    let name = counted.genre.name(visit.lang().code()).to_owned();
    NamedCount { key: counted.genre.id.clone(), name, releases: counted.releases }
}

/// A label without its count.
pub fn named(named: catalog::Named) -> NamedCount {
    NamedCount { key: named.id, name: named.name, releases: 0 }
}

/// A label.
pub fn named_count(named: catalog::NamedCount) -> NamedCount {
    NamedCount { key: named.id, name: named.name, releases: named.releases }
}

/// What a line costs.
pub fn price(line: &QuoteLine) -> Price {
    Price {
        min_micros: line.price_min_micros,
        max_micros: line.price_micros,
        min_bytes: bytes(line.bytes_min),
        max_bytes: bytes(line.bytes_max),
    }
}

/// What all lines cost together.
pub fn total(quote: &Quote) -> Price {
    let zero = Price { min_micros: 0, max_micros: 0, min_bytes: 0, max_bytes: 0 };
    quote.lines.iter().map(price).fold(zero, |sum, line| Price {
        min_micros: sum.min_micros.saturating_add(line.min_micros),
        max_micros: sum.max_micros.saturating_add(line.max_micros),
        min_bytes: sum.min_bytes.saturating_add(line.min_bytes),
        max_bytes: sum.max_bytes.saturating_add(line.max_bytes),
    })
}

/// Seconds after which nobody is told to wait for exact sizes any more.
const SIZING_LATE_S: i64 = 600;

/// How far the sizes of a quote are found that somebody asked for at a moment; none where all are.
pub fn sizing(app: &App, quote: &Quote, since_s: i64) -> Option<Sizing> {
    let known = quote.lines.iter().filter(|line| line.bytes_min == line.bytes_max).count();
    let waited_s = (app.shop.clock.now_us() / 1_000_000).saturating_sub(since_s);
    let is_late = !(0..SIZING_LATE_S).contains(&waited_s);
    (known < quote.lines.len()).then_some(Sizing { known, tracks: quote.lines.len(), is_late })
}

/// Where to download what came with these orders.
pub fn files_of(orders: &[String]) -> String {
    match orders {
        [one] => format!("/orders/{one}"),
        _ => "/downloads".to_owned(),
    }
}

/// A number of bytes as pages count them.
pub fn bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// How far a bought file is.
pub fn file_state(line: &Line) -> FileState {
    match line.state {
        LineState::Queued => FileState::Queued,
        LineState::Encoding => FileState::Encoding { percent: line.progress_percent },
        LineState::Ready => FileState::Ready,
        LineState::Failed => FileState::Failed,
        LineState::Refunded => FileState::Refunded,
    }
}

/// What a line still holds.
pub fn still_held(line: &Line) -> i64 {
    if matches!(line.state, LineState::Queued | LineState::Encoding) { line.held_micros } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_typed_with_a_dot_or_a_comma_and_without_groups() {
        for text in ["1.5", " 1,50 ", "1,5"] {
            assert_eq!(typed_amount(text, 2), Ok(money::Micros(1_500_000)), "{text}");
        }
        for text in ["1,000", "1,500"] {
            assert!(typed_amount(text, 6).is_err(), "{text}");
        }
        for text in ["1,000.50", "1.000,50", "1 000", "1,,5", "-1"] {
            assert!(typed_amount(text, 2).is_err(), "{text}");
        }
    }

    #[test]
    fn a_visitor_is_only_sent_back_into_the_shop() {
        for (next, inner) in [
            ("/basket", true),
            ("/search?q=a", true),
            ("//evil.example/", false),
            ("/\\evil.example/", false),
            ("https://evil.example/", false),
            ("", false),
            ("/a\nb", false),
        ] {
            assert_eq!(inner_path(next).is_some(), inner, "{next:?}");
        }
    }
}
