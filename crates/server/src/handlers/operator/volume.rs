//! `/operator/volume`: payment volume by month and country.

use axum::extract::State;
use axum::response::Response;
use shop::volume::{CountryVolume, Moved, Volume};

use crate::api::operator::volume::VolumeQuery;
use crate::handlers::shown;
use crate::http::{App, Operating, Problem, Query, Visit};
use crate::pages::operator::{VolumeOf, VolumePage, VolumeRow};
use crate::pages::{BarOf, Lang, Plot};

/// Countries in a plot; the table has all of them.
const BARS: usize = 12;

/// `/operator/volume`
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<VolumeQuery>,
) -> Result<Response, Problem> {
    let (until, months) = asked.range()?;
    let report = app.shop.volume.report(until, months).await?;
    let page = visit.layout();
    let lang = page.lang;
    let earlier = |month: shop::royalties::Period| lang.href(&format!("/operator/volume?until={month}"));
    shown::html(VolumePage {
        from: report.from.to_string(),
        until: report.until.to_string(),
        earlier_url: report.from.before_if().map(earlier),
        volumes: report.volumes.into_iter().map(|volume| shown_volume(lang, volume)).collect(),
        page,
    })
}

fn shown_volume(lang: Lang, volume: Volume) -> VolumeOf {
    let name = |country: &CountryVolume| lang.country(country.country.as_deref().unwrap_or_default());
    let countries: Vec<VolumeRow> = volume.countries.iter().map(|c| row(name(c), &c.moved, c.spent.0)).collect();
    let months = months(lang, &volume);
    let units = |row: &VolumeRow| i64::try_from(row.payments).unwrap_or(i64::MAX);
    let country = |row: &VolumeRow| BarOf::named(row.name.clone(), units(row), row.paid_in_micros);
    let of_months = volume.countries.first().into_iter().flat_map(|country| &country.months);
    let month = |(month, row): (String, &VolumeRow)| BarOf::month(lang, &month, units(row), row.paid_in_micros);
    let by_month = of_months.map(|cell| cell.month.to_string()).zip(&months).map(month).collect();
    let plot = |text_id, of_id, is_time, bars| {
        let (measure_id, currency) = ("plot-paid-in", volume.currency.clone());
        Plot { text_id, of_id, measure_id, currency, is_time, bars }
    };
    VolumeOf {
        plots: vec![
            plot("volume-by-month", "statement-month", true, by_month),
            plot("volume-by-country", "plot-of-territory", false, countries.iter().take(BARS).map(country).collect()),
        ],
        sum: row(String::new(), &volume.moved, volume.spent.0),
        storefront: volume.storefront,
        currency: volume.currency,
        countries,
        months,
    }
}

/// The months over all countries.
fn months(lang: Lang, volume: &Volume) -> Vec<VolumeRow> {
    let mut rows: Vec<VolumeRow> = Vec::new();
    for country in &volume.countries {
        for (place, month) in country.months.iter().enumerate() {
            let more = row(lang.release_date(&month.month.to_string()), &month.moved, month.spent.0);
            match rows.get_mut(place) {
                Some(row) => row.add(&more),
                None => rows.push(more),
            }
        }
    }
    rows
}

impl VolumeRow {
    fn add(&mut self, more: &VolumeRow) {
        self.payments += more.payments;
        self.paid_in_micros += more.paid_in_micros;
        self.refunded_micros += more.refunded_micros;
        self.disputed_micros += more.disputed_micros;
        self.net_micros += more.net_micros;
        self.spent_micros += more.spent_micros;
    }
}

fn row(name: String, moved: &Moved, spent_micros: i64) -> VolumeRow {
    VolumeRow {
        name,
        payments: moved.payments,
        paid_in_micros: moved.paid_in.0,
        refunded_micros: moved.refunded.0,
        disputed_micros: moved.disputed.0,
        net_micros: moved.net().0,
        spent_micros,
    }
}
