//! From the shop's nouns to the words of the API.

use money::Micros;
use shop::catalog::search::Way;
use shop::catalog::{self, CoverSize};
use shop::clock::day_of;
use shop::downloads::Download;
use shop::formats::{Class, Format, FormatInfo};
use shop::orders::{self, Item, Order, Quote};
use shop::page::Page;
use shop::payments::{Refund, State as TopUpState, TopUp, transfer};
use shop::redemptions::Redemption;
use shop::users::User;
use shop::vouchers::Redeemed;
use shop::wallet::{Balance, WalletEntry};

use crate::http::{Kind, Problem};
use crate::pages::{Lang, Reason as Shown};

/// A moment as RFC 3339, UTC, to the second.
pub fn moment(at_us: i64) -> String {
    let of_day_s = at_us.div_euclid(1_000_000).rem_euclid(86_400);
    format!("{}T{:02}:{:02}:{:02}Z", day_of(at_us), of_day_s / 3_600, of_day_s / 60 % 60, of_day_s % 60)
}

/// A page of anything.
pub fn page<T, U>(page: Page<T>, word: impl FnMut(T) -> U) -> wire::Page<U> {
    let Page { items, next } = page.map(word);
    wire::Page { items, next }
}

/// A person.
pub fn me(user: User) -> wire::Me {
    let User { id, email, role, language, created_us, .. } = user;
    wire::Me { id, email, role: role.as_str().to_owned(), language, created_at: moment(created_us) }
}

/// An artist credit.
pub fn credit(credit: catalog::Credit) -> wire::Credit {
    wire::Credit { id: credit.artist_id, name: credit.name, join: credit.join }
}

/// A label or genre.
pub fn named(named: catalog::Named) -> wire::Named {
    wire::Named { id: named.id, name: named.name }
}

/// A label or genre with its count.
pub fn named_count(named: catalog::NamedCount) -> wire::NamedCount {
    wire::NamedCount { id: named.id, name: named.name, releases: named.releases }
}

/// An artist.
pub fn artist(artist: catalog::Artist) -> wire::Artist {
    wire::Artist { id: artist.id, name: artist.name, sort_name: artist.sort_name, mbid: artist.mbid }
}

/// In which way a search found something.
pub fn found_by(way: Way) -> wire::FoundBy {
    match way {
        Way::Typed => wire::FoundBy::Typed,
        Way::Sound => wire::FoundBy::Sound,
        Way::OtherKeys => wire::FoundBy::OtherKeys,
        Way::Typos => wire::FoundBy::Typos,
        Way::SomeWords => wire::FoundBy::SomeWords,
    }
}

/// A release as lists show it.
pub fn summary(card: catalog::ReleaseCard) -> wire::ReleaseSummary {
    let cover = |size: CoverSize| {
        let side_px = size.side_px();
        wire::Cover { side_px, url: format!("/covers/{}/{side_px}.jpg", card.id) }
    };
    wire::ReleaseSummary {
        covers: card.cover.iter().flat_map(|_| CoverSize::ALL.map(cover)).collect(),
        id: card.id,
        title: card.title,
        artist_credit: card.credit,
        artists: card.artists.into_iter().map(credit).collect(),
        date: card.date,
        on_sale: card.on_sale,
        created_at: moment(card.created_us),
    }
}

/// A whole release.
pub fn release(release: catalog::Release, classes: &[Class]) -> wire::Release {
    wire::Release {
        summary: summary(release.card),
        label: release.label.map(named),
        genres: release.genres.into_iter().map(named).collect(),
        media: release.media.into_iter().map(medium).collect(),
        gtin: release.gtin,
        catalog_number: release.catalog_number,
        mbid: release.mbid,
        original_date: release.original_date,
        copyright: release.copyright,
        language: release.language,
        updated_at: moment(release.updated_us),
        format_classes: classes.iter().map(|class| class.as_str().to_owned()).collect(),
    }
}

fn medium(medium: catalog::Medium) -> wire::Medium {
    let tracks = medium.tracks.into_iter().map(track).collect();
    wire::Medium { number: medium.number, title: medium.title, tracks }
}

/// A track.
pub fn track(track: catalog::Track) -> wire::Track {
    wire::Track {
        length_ms: track.master.length_ms(),
        preview_url: format!("/api/v1/tracks/{}/preview", track.id),
        waveform_url: format!("/api/v1/tracks/{}/waveform", track.id),
        id: track.id,
        title: track.title,
        artist_credit: track.credit,
        artists: track.artists.into_iter().map(credit).collect(),
        composers: track.composers,
        medium: track.medium,
        number: track.number,
        isrc: track.isrc,
        rate_hz: track.master.rate_hz,
        bits: track.master.bits,
        channels: track.master.channels,
        on_sale: track.on_sale,
    }
}

/// A track with its release.
pub fn track_details(found: catalog::TrackPage) -> wire::TrackDetails {
    wire::TrackDetails { track: track(found.track), release: summary(found.release) }
}

/// A format.
pub fn format(info: FormatInfo) -> wire::Format {
    wire::Format {
        format: info.format.to_string(),
        name: info.name,
        codec: info.codec.to_owned(),
        mode: info.mode.to_owned(),
        quality: info.quality.to_owned(),
        extension: info.extension.to_owned(),
        mime: info.mime.to_owned(),
        class: info.class.as_str().to_owned(),
        size: info.size.as_str().to_owned(),
        starts: info.starts.as_str().to_owned(),
        serial: info.serial,
        surround: info.surround,
        available: info.available,
        why_not: info.why_not,
    }
}

/// A format as somebody wrote it, or what could stand there.
pub fn format_of(text: &str) -> Result<Format, Problem> {
    text.parse().map_err(|e: shop::formats::FormatError| {
        let problem = Problem::new(Kind::UnknownFormat, format!("There is {e}. GET /api/v1/formats lists all."));
        Problem { field: Some("format".to_owned()), ..problem }
    })
}

/// What somebody wants to buy.
pub fn items(items: Vec<wire::Item>) -> Vec<Item> {
    let item = |item| match item {
        wire::Item::Release(id) => Item::Release(id),
        wire::Item::Track(id) => Item::Track(id),
    };
    items.into_iter().map(item).collect()
}

/// A quote, its reasons in a language.
pub fn quote(quote: Quote, format: Format, sizing: bool, lang: &Lang) -> wire::Quote {
    let line = |line: orders::QuoteLine| wire::QuoteLine {
        track: line.track_id,
        title: line.title,
        release: line.release_id,
        bytes: (line.bytes_min == line.bytes_max).then_some(line.bytes_max),
        bytes_min: line.bytes_min,
        bytes_max: line.bytes_max,
        price_min_micros: line.price_min_micros,
        price_micros: line.price_micros,
        list_micros: line.list_micros,
        reasons: line.reasons.into_iter().map(|reason| self::reason(reason, lang)).collect(),
    };
    wire::Quote {
        format: format.to_string(),
        lines: quote.lines.into_iter().map(line).collect(),
        total_micros: quote.total_micros,
        currency: quote.currency,
        code_applies: quote.code_applies,
        sizing,
    }
}

fn reason(reason: orders::Reason, lang: &Lang) -> wire::Reason {
    let text = shown_reason(&reason, lang).text(lang);
    wire::Reason { text, step: step(reason) }
}

/// The figures of a step.
fn step(reason: orders::Reason) -> wire::Step {
    match reason {
        orders::Reason::PricePerMb { price_per_mb_micros, class, tier } => wire::Step::PricePerMb {
            price_per_mb_micros,
            class: class.as_str().to_owned(),
            tier: tier.as_str().to_owned(),
        },
        orders::Reason::FixedPrice { price_micros, of_release } => wire::Step::FixedPrice { price_micros, of_release },
        orders::Reason::Discount { id, sort, discount_ppm, amount_micros, spent_micros, .. } => {
            wire::Step::Discount { id, sort: sort.to_owned(), discount_ppm, amount_micros, spent_micros }
        }
        orders::Reason::Capped { asked_ppm, given_ppm, amount_micros } => {
            wire::Step::Capped { asked_ppm, given_ppm, amount_micros }
        }
        orders::Reason::Floor { floor_micros, raised_micros } => wire::Step::Floor { floor_micros, raised_micros },
        orders::Reason::PaidBefore { format, paid_micros } => {
            wire::Step::PaidBefore { format: format.to_string(), paid_micros }
        }
        orders::Reason::Owned { order_id } => wire::Step::Owned { order: order_id },
        orders::Reason::Tax { ppm, included, micros } => wire::Step::Tax { ppm, included, micros },
    }
}

/// A step as pages show it.
pub fn shown_reason(reason: &orders::Reason, lang: &Lang) -> Shown {
    match reason {
        orders::Reason::PricePerMb { price_per_mb_micros, .. } => {
            Shown::PerMegabyte { price_micros: *price_per_mb_micros }
        }
        orders::Reason::FixedPrice { price_micros, of_release } => {
            Shown::Fixed { price_micros: *price_micros, of_release: *of_release }
        }
        orders::Reason::Discount { sort, names, discount_ppm, amount_micros, spent_micros, .. } => Shown::Discount {
            sort,
            name: names.get(lang.code()).or_else(|| names.values().next()).cloned(),
            ppm: *discount_ppm,
            amount_micros: *amount_micros,
            spent_micros: *spent_micros,
        },
        orders::Reason::Capped { asked_ppm, given_ppm, amount_micros } => {
            Shown::Capped { asked_ppm: *asked_ppm, given_ppm: *given_ppm, amount_micros: *amount_micros }
        }
        orders::Reason::Floor { raised_micros, .. } => Shown::Floor { raised_micros: *raised_micros },
        orders::Reason::PaidBefore { format, paid_micros } => {
            Shown::PaidBefore { format: format.info().name, paid_micros: *paid_micros }
        }
        orders::Reason::Owned { .. } => Shown::Owned,
        orders::Reason::Tax { ppm, included, micros } => {
            Shown::Tax { ppm: *ppm, tax_micros: *micros, included: *included }
        }
    }
}

/// An order; its ZIPs are put in by whoever has their links.
pub fn order(order: Order, zips: Vec<wire::OrderZip>) -> wire::Order {
    wire::Order {
        id: order.id,
        created_at: moment(order.created_us),
        state: order.state.as_str().to_owned(),
        currency: order.currency,
        held_micros: order.held_micros,
        charged_micros: order.charged_micros,
        lines: order.lines.into_iter().map(line).collect(),
        zips,
    }
}

fn line(line: orders::Line) -> wire::Line {
    wire::Line {
        id: line.id,
        order: line.order_id,
        track: line.track_id,
        release: line.release_id,
        release_title: line.release_title,
        medium: line.medium,
        number: line.number,
        title: line.title,
        artist_credit: line.credit,
        format: line.format.to_string(),
        state: line.state.as_str().to_owned(),
        progress_percent: line.progress_percent,
        bytes: line.bytes,
        file_bytes: line.file_bytes,
        held_micros: line.held_micros,
        charged_micros: line.charged_micros,
        sha256: line.sha256,
        payload_sha256: line.payload_sha256,
    }
}

/// A bought track with its link under `origin`.
pub fn download(download: Download, origin: &str) -> wire::Download {
    wire::Download {
        url: format!("{origin}{}", download.path),
        file_name: download.file_name,
        made_anew: download.made_anew,
        line: line(download.line),
    }
}

/// What somebody has.
pub fn wallet(balance: Balance) -> wire::Wallet {
    let Balance { balance_micros, purchased_micros, promotional_micros, voucher_micros, held_micros, currency } =
        balance;
    wire::Wallet { balance_micros, purchased_micros, promotional_micros, voucher_micros, held_micros, currency }
}

/// A change of the balance.
pub fn entry(entry: WalletEntry) -> wire::WalletEntry {
    wire::WalletEntry {
        id: entry.id,
        at: moment(entry.at_us),
        kind: entry.kind,
        subject: entry.subject,
        amount_micros: entry.amount_micros,
        purchased_micros: entry.purchased_micros,
        promotional_micros: entry.promotional_micros,
        voucher_micros: entry.voucher_micros,
        balance_micros: entry.balance_micros,
    }
}

/// A top-up; `left` of it is unspent.
pub fn topup(topup: TopUp, left: Micros, transfer_details: Option<String>) -> wire::TopUp {
    let is_pending = topup.state == TopUpState::Pending;
    let is_transfer = topup.provider == transfer::NAME;
    wire::TopUp {
        id: topup.id,
        state: topup.state.as_str().to_owned(),
        currency: topup.currency,
        amount_micros: topup.amount_micros,
        received_micros: topup.received_micros,
        settled_micros: topup.settled_micros,
        bonus_micros: topup.bonus_micros,
        refundable_micros: left.0,
        refunded_micros: topup.refunded_micros,
        disputed_micros: topup.disputed_micros,
        redirect_url: topup.redirect_url.filter(|_| is_pending),
        reference: topup.provider_ref.filter(|_| is_pending && is_transfer),
        transfer_details: transfer_details.filter(|_| is_pending && is_transfer),
        failure: topup.failure,
        provider: topup.provider,
        created_at: moment(topup.created_us),
        expires_at: moment(topup.expires_us),
        posted_at: topup.posted_us.map(moment),
    }
}

/// A refund.
pub fn refund(refund: Refund) -> wire::Refund {
    wire::Refund {
        id: refund.id,
        topup: refund.topup_id,
        provider: refund.provider,
        state: refund.state.as_str().to_owned(),
        currency: refund.currency,
        taken_micros: refund.taken_micros,
        paid_micros: refund.paid_micros,
        promotional_micros: refund.promotional_micros,
        kept_micros: refund.kept_micros,
        failure: refund.failure,
        created_at: moment(refund.created_us),
        ended_at: refund.ended_us.map(moment),
    }
}

/// What a voucher brought.
pub fn redeemed(redemption: Redemption, balance: Balance) -> wire::Redeemed {
    let Balance { balance_micros, currency, .. } = balance;
    let mut word = wire::Redeemed {
        sort: "money".to_owned(),
        amount_micros: 0,
        balance_micros,
        currency,
        discount_ppm: None,
        expires_at: None,
        order: None,
    };
    match redemption {
        Redemption::Credit(Redeemed::Money { amount_micros, balance_micros }) => {
            wire::Redeemed { amount_micros, balance_micros, ..word }
        }
        Redemption::Credit(Redeemed::Percent { discount_ppm, expires_us }) => {
            word.sort = "percent".to_owned();
            wire::Redeemed { discount_ppm: Some(discount_ppm), expires_at: expires_us.map(moment), ..word }
        }
        Redemption::Release(order) => {
            word.sort = "release".to_owned();
            wire::Redeemed { order: Some(order.id), ..word }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_by_rfc_3339() {
        assert_eq!(moment(1_795_219_199_999_999), "2026-11-20T23:59:59Z");
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
    }
}
