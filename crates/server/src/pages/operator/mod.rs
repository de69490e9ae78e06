//! The operator's pages: their menu, and a file for each. A page of the menu is a line in [`MENU`], a context, a template that
//! extends `operator.html`, and its texts. No rules.
mod apply;
mod payments;
mod tariffs;
mod royalties;
mod vouchers;
mod tax;
mod volume;
mod ledger;
mod front;
mod genres;
mod voices;
mod listening;
mod listed;

pub use apply::{ApplyOutcome, ApplyPage, ShownChange, Simulated, SimulatedRow};
pub use front::{NewsRow, OperatorNewsPage, TextForm, TextRow, TextsPage, Words};
pub use genres::{GenreRow, OperatorGenresPage};
pub use ledger::{LedgerPage, TrialOf, TrialRow};
pub use listed::{
    ListedReleaseRow, ListenerRow, OperatorListenerPage, OperatorListenersPage, OperatorOrderPage, OperatorOrdersPage,
    OperatorReleasesPage, SoldRow,
};
pub use listening::{LimitRow, ListeningPage, Named, PreviewForm, ReleaseFormatsRow};
pub use payments::{DisputeRow, LookedUp, PaidRow, PaymentsPage, RefundOverRow, RefundRow, TransferRow};
pub use royalties::{LicenceRow, PayeeRow, RoyaltiesPage, SharesRow};
pub use tariffs::{Condition, FloorRow, PromotionRow, ReleasePriceRow, TariffPeriodRow, TariffRow, TariffsPage};
pub use tax::{ConsentTextRow, TaxPage, TaxRateRow, TaxSettingsRow};
pub use voices::{OperatorPicksPage, OperatorReviewsPage, PickRow, ReviewRow};
pub use volume::{VolumeOf, VolumePage, VolumeRow};

pub use vouchers::{
    BatchForm, BatchRow, CodeRow, FieldRefused, VoucherBatchPage, VoucherBatchesPage, VoucherCodesPage,
};

use askama::Template;

use super::layout::Layout;

/// What the menu holds: the path of each page, and the Fluent id of its name. `ID-about` says in a sentence what it is for.
const MENU: &[(&str, &str)] = &[
    ("/operator/releases", "operator-releases"),
    ("/operator/orders", "operator-orders"),
    ("/operator/listeners", "operator-listeners"),
    ("/operator/tariffs", "operator-tariffs"),
    ("/operator/royalties", "operator-royalties"),
    ("/operator/payments", "operator-payments"),
    ("/operator/ledger", "operator-ledger"),
    ("/operator/volume", "operator-volume"),
    ("/operator/voucher-batches", "operator-vouchers"),
    ("/operator/tax", "operator-tax"),
    ("/operator/texts", "operator-texts"),
    ("/operator/news", "operator-news"),
    ("/operator/genres", "operator-genres"),
    ("/operator/picks", "operator-picks"),
    ("/operator/reviews", "operator-reviews"),
    ("/operator/listening", "operator-listening"),
    ("/operator/apply", "operator-apply"),
];

/// A line of the menu.
#[derive(Clone, Debug)]
pub struct MenuItem {
    pub href: String,
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The page it stands on is this one, or below it.
    pub is_current: bool,
}

impl Layout {
    /// The operator's menu, as it stands on this page.
    pub fn operator_menu(&self) -> Vec<MenuItem> {
        let path = self.path.split('?').next().unwrap_or_default();
        let below = |menu: &str| path.strip_prefix(menu).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let item = |(menu, id): &(&str, &str)| MenuItem {
            href: self.href(menu),
            name: self.t(id),
            about: self.t(format!("{id}-about")),
            is_current: below(menu),
        };
        MENU.iter().map(item).collect()
    }
}

/// `/en/operator`
#[derive(Clone, Debug, Template)]
#[template(path = "operator/home.html")]
pub struct OperatorHomePage {
    pub page: Layout,
}
