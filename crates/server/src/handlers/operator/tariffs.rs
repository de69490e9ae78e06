//! `/operator/tariffs`: the tariffs, and the general price from now on.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::MAX_LIMIT;
use shop::tariffs::floors::{self, Floor, FloorFor};
use shop::tariffs::releases::{self, FixedPrice, ReleasePrice};
use shop::tariffs::{Promotion, Tariff, promotions, tariff};

use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Visit};
use crate::pages::operator::{
    Condition, FloorRow, PromotionRow, ReleasePriceRow, TariffPeriodRow, TariffRow, TariffsPage,
};
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
    let set = match shown::typed_amount(&form.price, PRICE_DECIMALS) {
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
    let declared = |tx: &mut Tx| -> Result<_, DbError> {
        let tariffs = tariff::list(tx, None, MAX_LIMIT)?.items;
        let promotions = promotions::list(tx, None, MAX_LIMIT)?.items;
        let floors = floors::list(tx, None, MAX_LIMIT)?.items;
        Ok((tariffs, promotions, floors, releases::list(tx, None, MAX_LIMIT)?.items))
    };
    let (tariffs, promotions, floors, prices) = app.shop.db.read(declared).await?;
    let labels = app.shop.catalog.labels(None, MAX_LIMIT).await?.items;
    let labels: HashMap<String, String> = labels.into_iter().map(|label| (label.id, label.name)).collect();
    let of_floors = floors.iter().filter_map(|floor| match &floor.whose {
        FloorFor::Release(id) => Some(id.clone()),
        _ => None,
    });
    let of_promotions = promotions.iter().flat_map(|promotion| promotion.releases.iter().cloned());
    let of_prices = prices.iter().map(|price| price.release_id.clone());
    let mut ids: Vec<String> = of_floors.chain(of_prices).chain(of_promotions).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut titles = HashMap::new();
    for ids in ids.chunks(MAX_LIMIT as usize) {
        titles.extend(app.shop.catalog.cards(ids.to_vec()).await?.into_iter().map(|card| (card.id, card.title)));
    }
    Ok(TariffsPage {
        page: layout,
        tariffs: tariffs.into_iter().map(row).collect(),
        promotions: promotions.into_iter().map(|promotion| promotion_row(promotion, &labels, &titles)).collect(),
        floors: floors.into_iter().map(|floor| floor_row(floor, &labels, &titles)).collect(),
        release_prices: prices.into_iter().flat_map(|price| price_rows(price, &titles)).collect(),
        price,
    })
}

/// Names by ids.
type Names = HashMap<String, String>;

fn named(names: &Names, id: String) -> String {
    names.get(&id).cloned().unwrap_or(id)
}

fn promotion_row(promotion: Promotion, labels: &Names, titles: &Names) -> PromotionRow {
    let conditions = conditions(&promotion, labels, titles);
    let rungs = promotion.ladder.iter().map(|(spent, ppm)| (Some(*spent), *ppm));
    let flat = Some((None, promotion.discount_ppm)).filter(|(_, ppm)| *ppm > 0);
    PromotionRow {
        conditions,
        discounts: flat.into_iter().chain(rungs).collect(),
        id: promotion.id,
        names: promotion.names,
        from_us: promotion.from_us,
        until_us: promotion.until_us,
    }
}

fn conditions(promotion: &Promotion, labels: &Names, titles: &Names) -> Vec<Condition> {
    let all = |names: &Names, ids: &[String]| ids.iter().map(|id| named(names, id.clone())).collect::<Vec<_>>();
    let lists = [
        Condition::Genres(promotion.genres.clone()),
        Condition::Labels(all(labels, &promotion.labels)),
        Condition::Releases(all(titles, &promotion.releases)),
        Condition::Means(promotion.means.clone()),
        Condition::Hours(promotion.happy_hours.clone()),
    ];
    let is_asked = |condition: &Condition| match condition {
        Condition::Genres(names) | Condition::Labels(names) | Condition::Releases(names) => !names.is_empty(),
        Condition::Means(means) => !means.is_empty(),
        Condition::Hours(hours) => !hours.is_empty(),
        _ => true,
    };
    let first = promotion.code.clone().map(Condition::Code);
    let flags = [(promotion.first_order, Condition::FirstOrder), (promotion.once_per_user, Condition::Once)];
    let flags = flags.into_iter().filter_map(|(is_set, condition)| is_set.then_some(condition));
    first.into_iter().chain(flags).chain(lists.into_iter().filter(is_asked)).collect()
}

fn floor_row(floor: Floor, labels: &Names, titles: &Names) -> FloorRow {
    let (of_id, of) = match floor.whose {
        FloorFor::Label(id) => ("shares-label", named(labels, id)),
        FloorFor::Release(id) => ("shares-release", named(titles, id)),
        FloorFor::Recording(id) => ("floor-recording", id),
    };
    FloorRow { id: floor.id, of_id, of, per_track_micros: floor.per_track.0, per_mb_micros: floor.per_mb.0 }
}

fn price_rows(price: ReleasePrice, titles: &Names) -> Vec<ReleasePriceRow> {
    let alone = ReleasePriceRow {
        id: price.id,
        title: named(titles, price.release_id),
        tier: price.tier.map_or(String::new(), |tier| tier.as_str().to_owned()),
        class: String::new(),
        release_micros: None,
        track_micros: None,
    };
    if price.fixed.is_empty() {
        return vec![alone];
    }
    let row = |fixed: FixedPrice| ReleasePriceRow {
        class: fixed.class.map_or(String::new(), |class| class.as_str().to_owned()),
        release_micros: Some(fixed.release.0),
        track_micros: fixed.track.map(|track| track.0),
        ..alone.clone()
    };
    price.fixed.into_iter().map(row).collect()
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
