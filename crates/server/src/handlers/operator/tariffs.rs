//! `/operator/tariffs`: the tariffs, and the general price from now on.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use money::Micros;
use serde::Deserialize;
use shop::declared::Refused;
use shop::page::MAX_LIMIT;
use shop::tariffs::{Tariff, tariff};

use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Visit};
use crate::pages::operator::{TariffPeriodRow, TariffRow, TariffsPage};
use crate::pages::{Field, Layout, Refusal};

/// Decimals of a price per megabyte: all that are kept.
const PRICE_DECIMALS: u32 = 6;

/// `/operator/tariffs`
pub async fn tariffs(State(app): State<App>, visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(page(&app, visit.layout(), Field::default()).await?)
}

/// A price from now on.
#[derive(Deserialize)]
pub struct PriceForm {
    #[serde(default)]
    price: String,
}

/// `POST /operator/tariffs`
pub async fn set(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<PriceForm>,
) -> Result<Response, Problem> {
    let set = match Micros::parse(form.price.trim(), PRICE_DECIMALS) {
        Ok(price) => app.shop.tariffs.set_price_per_mb(price).await,
        Err(e) => Err(Refused::field("price", e.to_string())),
    };
    match set {
        Ok(()) => Ok(shown::go(&visit, "/operator/tariffs", "settings").into_response()),
        Err(Refused::Db(e)) => Err(e.into()),
        Err(_) => {
            let field = Field::refused(form.price, Refusal::AmountMalformed);
            shown::refused(None, page(&app, visit.layout_of("/operator/tariffs"), field).await?)
        }
    }
}

async fn page(app: &App, layout: Layout, price: Field) -> Result<TariffsPage, Problem> {
    let tariffs = app.shop.db.read(|tx| tariff::list(tx, None, MAX_LIMIT)).await?;
    Ok(TariffsPage { page: layout, tariffs: tariffs.items.into_iter().map(row).collect(), price })
}

fn row(tariff: Tariff) -> TariffRow {
    let period = |period: tariff::Period| TariffPeriodRow {
        from_us: period.from_us,
        until_us: period.until_us,
        price_per_mb_micros: period.price_per_mb.0,
    };
    TariffRow {
        id: tariff.id,
        storefront: tariff.storefront,
        class: tariff.class.map_or(String::new(), |class| class.as_str().to_owned()),
        tier: tariff.tier.map_or(String::new(), |tier| tier.as_str().to_owned()),
        periods: tariff.periods.into_iter().map(period).collect(),
    }
}
