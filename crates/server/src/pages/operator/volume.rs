//! The operator's page of payment volume.
use askama::Template;

use crate::pages::layout::Layout;
use crate::pages::plot::Plot;

/// Sums of a country, a month, or of all.
#[derive(Clone, Debug, Default)]
pub struct VolumeRow {
    /// A country or a month, as its readers call it.
    pub name: String,
    pub payments: u64,
    pub paid_in_micros: i64,
    pub refunded_micros: i64,
    pub disputed_micros: i64,
    pub net_micros: i64,
    pub spent_micros: i64,
}

impl VolumeRow {
    /// Nothing was paid, went back or was spent: a row that is left out.
    fn is_nothing(&self) -> bool {
        self.payments == 0
            && [self.paid_in_micros, self.refunded_micros, self.disputed_micros, self.net_micros, self.spent_micros]
                == [0; 5]
    }
}

/// The volume of one storefront in one currency.
#[derive(Clone, Debug)]
pub struct VolumeOf {
    pub storefront: String,
    pub currency: String,
    /// What was paid in, by month and by country.
    pub plots: Vec<Plot>,
    pub countries: Vec<VolumeRow>,
    pub months: Vec<VolumeRow>,
    pub sum: VolumeRow,
}

/// `/en/operator/volume?until=2026-10`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/volume.html")]
pub struct VolumePage {
    pub page: Layout,
    /// The first and the last month, `2026-10`.
    pub from: String,
    pub until: String,
    /// The report that ends where this one begins.
    pub earlier_url: Option<String>,
    pub volumes: Vec<VolumeOf>,
}

impl VolumePage {
    fn range(&self) -> String {
        let lang = self.page.lang;
        lang.t2("volume-range", ("from", lang.release_date(&self.from)), ("until", lang.release_date(&self.until)))
    }
}
