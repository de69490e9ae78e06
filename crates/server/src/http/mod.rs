//! HTTP itself: what every request passes through, how refusals look, how files are sent. No routes, no pages, no rules of
//! the shop.

mod metrics;
mod range;
mod request_id;
mod problem;
mod packing;
mod cookies;
mod kept;
mod app;
pub mod request;
pub mod security;
mod json;
mod extract;
mod visit;
mod delivery;

pub use app::App;
pub use cookies::{Basket, Cookies, MAX_BASKET_ITEMS, item_of, item_text};
pub use delivery::{Disposition, deliver};
pub use extract::{
    Anybody, Client, IdempotencyKey, Json, Language, Member, Origin, Paging, Path, Query, Whereabouts,
    accepted_language,
};
pub use kept::{KeptPages, Public};
pub use metrics::Metrics;
pub use packing::takes_gzip;
pub use problem::{Kind, Problem, consent};
pub use visit::{Operating, Posted, Sent, Signed, Visit, open_hours, visit};
