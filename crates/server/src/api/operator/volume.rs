//! `payment-volume`: what was paid in and spent, by month and country.

use axum::extract::State;
use serde::Deserialize;
use shop::declared::Refused;
use shop::royalties::Period;
use shop::volume::{self, MAX_MONTHS, VolumeReport};
use wire::operator::{CountryVolume, MonthVolume, Moved, PaymentVolume, ProviderVolume, StorefrontVolume};

use super::routes::Operator;
use crate::http::{App, Problem, Query};

/// Which months.
#[derive(Debug, Default, Deserialize)]
pub struct VolumeQuery {
    until: Option<String>,
    months: Option<u32>,
}

impl VolumeQuery {
    /// The last month and how many, if anybody says.
    pub fn range(&self) -> Result<(Option<Period>, Option<u32>), Refused> {
        let until = self.until.as_deref().filter(|text| !text.is_empty());
        let until = until.map(|text| text.parse().map_err(|why: String| Refused::field("until", why))).transpose()?;
        if self.months.is_some_and(|months| months == 0 || months > MAX_MONTHS) {
            return Err(Refused::field("months", format!("between 1 and {MAX_MONTHS}")));
        }
        Ok((until, self.months))
    }
}

/// `GET /operator/payment-volume`
pub async fn volume(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<VolumeQuery>,
) -> Result<axum::Json<PaymentVolume>, Problem> {
    let (until, months) = asked.range()?;
    Ok(axum::Json(word(app.shop.volume.report(until, months).await?)))
}

/// The report in the words of the API.
pub fn word(report: VolumeReport) -> PaymentVolume {
    PaymentVolume {
        from: report.from.to_string(),
        until: report.until.to_string(),
        volumes: report.volumes.into_iter().map(of_storefront).collect(),
    }
}

fn of_storefront(volume: volume::Volume) -> StorefrontVolume {
    StorefrontVolume {
        storefront: volume.storefront,
        currency: volume.currency,
        moved: moved(&volume.moved),
        spent_micros: volume.spent.0,
        countries: volume.countries.into_iter().map(of_country).collect(),
    }
}

fn of_country(volume: volume::CountryVolume) -> CountryVolume {
    CountryVolume {
        country: volume.country,
        moved: moved(&volume.moved),
        spent_micros: volume.spent.0,
        months: volume.months.into_iter().map(of_month).collect(),
    }
}

fn of_month(month: volume::MonthVolume) -> MonthVolume {
    let provider = |(provider, of): (String, volume::Moved)| ProviderVolume { provider, moved: moved(&of) };
    MonthVolume {
        month: month.month.to_string(),
        moved: moved(&month.moved),
        spent_micros: month.spent.0,
        providers: month.providers.into_iter().map(provider).collect(),
    }
}

fn moved(moved: &volume::Moved) -> Moved {
    Moved {
        payments: moved.payments,
        paid_in_micros: moved.paid_in.0,
        refunded_micros: moved.refunded.0,
        disputed_micros: moved.disputed.0,
        net_micros: moved.net().0,
    }
}
