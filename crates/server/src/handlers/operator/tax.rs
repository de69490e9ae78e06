//! `/operator/tax`: who sells, rates, texts to agree to; and a rate from a day on.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::consents::{ConsentText, texts};
use shop::declared::Refused;
use shop::page::MAX_LIMIT;
use shop::storefronts::MAIN;
use shop::tax::{TaxRate, TaxSettings, rates};

use crate::handlers::{front, shown};
use crate::http::{App, Operating, Posted, Problem, Visit};
use crate::pages::operator::{ConsentTextRow, TaxPage, TaxRateRow, TaxSettingsRow};
use crate::pages::{Field, Lang, Layout, Refusal};

/// Decimals of a rate in per cent: all that are kept.
const RATE_DECIMALS: u32 = 4;
/// Micros of a per cent that are one part per million.
const MICROS_PER_PPM: i64 = 100;

/// `/operator/tax`
pub async fn tax(State(app): State<App>, visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(page(&app, visit.layout(), [Field::default(), Field::default(), Field::default()]).await?)
}

/// A rate from a day on.
#[derive(Deserialize)]
pub struct RateForm {
    #[serde(default)]
    country: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    rate: String,
}

/// `POST /operator/tax`
pub async fn add(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<RateForm>,
) -> Result<Response, Problem> {
    let (country, from_day) = (form.country.trim().to_ascii_uppercase(), form.from.trim().to_owned());
    let refused = match rate_of(&form.rate) {
        Some(rate_ppm) => {
            let id = format!("{}-{from_day}", country.to_ascii_lowercase());
            let rate = TaxRate { id, storefront: MAIN.to_owned(), country, from_day, rate_ppm, note: String::new() };
            let now_us = app.shop.clock.now_us();
            app.shop.db.write(move |tx| rates::put(tx, &rate, now_us)).await
        }
        None => Err(Refused::field("rate_ppm", "it is no rate")),
    };
    let wrong = match refused {
        Ok(()) => return Ok(shown::go(&visit, "/operator/tax", "settings").into_response()),
        Err(Refused::Db(e)) => return Err(e.into()),
        Err(Refused::Field { field, .. } | Refused::Conflict { field, .. }) => field,
    };
    let field = |value: String, names: &[&str], refusal| match names.contains(&wrong.as_str()) {
        true => Field::refused(value, refusal),
        false => Field::holding(value),
    };
    let fields = [
        field(form.country, &["country"], Refusal::CountryMalformed),
        field(form.from, &["from", "id"], Refusal::DayMalformed),
        field(form.rate, &["rate_ppm"], Refusal::RateMalformed),
    ];
    shown::refused(None, page(&app, visit.layout_of("/operator/tax"), fields).await?)
}

/// Per cent as parts per million.
fn rate_of(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let micros = Micros::parse(&text, RATE_DECIMALS).ok()?;
    u32::try_from(micros.0 / MICROS_PER_PPM).ok()
}

async fn page(app: &App, layout: Layout, [country, from, rate]: [Field; 3]) -> Result<TaxPage, Problem> {
    let settings = app.shop.taxes.settings(MAIN).await?;
    let rates = app.shop.db.read(|tx| rates::list(tx, None, MAX_LIMIT)).await?;
    let texts = app.shop.db.read(|tx| texts::list(tx, None, MAX_LIMIT)).await?;
    Ok(TaxPage {
        settings: settings_row(settings, layout.lang),
        rates: rates.items.into_iter().map(rate_row).collect(),
        texts: texts.items.iter().map(|text| text_row(text, layout.lang)).collect(),
        page: layout,
        country,
        from,
        rate,
    })
}

fn settings_row(settings: TaxSettings, lang: Lang) -> TaxSettingsRow {
    let row = TaxSettingsRow {
        storefront: settings.storefront.clone(),
        prices_include_tax: settings.prices_include_tax,
        unknown_country: settings.unknown_country.clone(),
        default_country: settings.default_country.clone().unwrap_or_default(),
        seller: String::new(),
    };
    TaxSettingsRow { seller: front::seller(settings, lang), ..row }
}

fn rate_row(rate: TaxRate) -> TaxRateRow {
    let TaxRate { id, storefront, country, from_day, rate_ppm, .. } = rate;
    TaxRateRow { id, storefront, country, from: from_day, rate_ppm }
}

fn text_row(text: &ConsentText, lang: Lang) -> ConsentTextRow {
    let (language, words) = text.in_language(lang.code());
    ConsentTextRow {
        id: text.id.clone(),
        kind: text.kind.name().to_owned(),
        version: text.version,
        text: words.to_owned(),
        language: language.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_per_cent() {
        for (text, ppm) in [("19", Some(190_000)), (" 25,5 % ", Some(255_000)), ("0.0001", Some(1)), ("0", Some(0))] {
            assert_eq!(rate_of(text), ppm, "{text}");
        }
        for text in ["", "-1", "a", "0.00001", "1e3"] {
            assert_eq!(rate_of(text), None, "{text}");
        }
    }
}
