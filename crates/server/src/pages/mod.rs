//! Pages: for each one typed context of plain data and the template that shows it. Rendering is pure: no shop, no clock, no I/O.
//! A handler fills a context and calls [`Template::render`]; every text comes from `locales/`, every file from `assets/`.
mod language;
mod figures;
mod reasons;
mod countries;
mod forms;
pub mod markdown;
pub mod site_text;
pub mod assets;
mod layout;
mod front;
mod feed;
mod sitemap;
mod account;
mod billing;
mod cards;
mod voices;
mod catalog;
mod charts;
mod structured;
mod embed;
mod basket;
mod downloads;
mod gifts;
mod orders;
mod receipt;
pub mod receipt_pdf;
mod problem;
mod topups;
mod wallet;
mod plot;
mod royalties;
pub mod operator;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod samples;

pub use account::{AccountPage, CloseAccountPage, NewPasswordPage, PasswordResetPage, SignInPage, SignUpPage};
pub use askama::Template;
pub use basket::{BasketItem, BasketPage, BasketSource, Consent, Reason};
pub use billing::{BillingPage, GivenConsent};
pub use cards::{Credit, NamedCount, ReleaseCard};
pub use catalog::{
    ArtistLink, ArtistPage, FacetGroup, FacetOption, FormatClass, FormatGroup, FormatOption, GenreGroup, GenresPage,
    HomePage, LabelLink, ListingKind, ListingPage, Medium, Preview, Price, ReleasePage, SearchKind, SearchPage, Sizing,
    Suggestion, SuggestionsPart, Track, TrackHit, WithdrawnPage,
};
pub use charts::{ChartChoice, ChartsPage, PlacedRelease, PlacedTrack};
pub use countries::CountryOption;
pub use downloads::{BadFilePage, Defect, DownloadFile, DownloadRelease, DownloadsPage, FileState};
pub use embed::{EmbedPage, EmbedTrack, HEIGHT_PX, WIDTH_PX};
pub use feed::{Feed, FeedEntry, xml_text};
pub use forms::{Field, Refusal};
pub use front::{ClosedPage, LicencePage, NewsPage, PostCard, PostPage, PublicLicence, TextPage};
pub use gifts::{GiftRow, GiftsPage};
pub use language::Lang;
pub use layout::{Layout, Notice, PRIVATE_PAGES, Pager, Visitor};
pub use orders::{OrderLine, OrderPage, OrderPaper, OrderState, OrderSummary, OrdersPage};
pub use plot::{BarOf, Plot};
pub use problem::{ApiDocsPage, ApiOperation, ApiParameter, ErrorPage};
pub use receipt::ReceiptPage;
pub use royalties::{PaidParty, PayoutRow, StatementLineRow, StatementPage, StatementRow, StatementsPage};
pub use sitemap::{Sitemap, SitemapEntry};
pub use topups::{TopUpForm, TopUpPage, TopUpRow, TopUpState, WayChoice};
pub use voices::{
    About, FollowsPage, LabelsPage, PicksPage, ReportPage, ReviewForm, ReviewsPage, STARS, Said, ShownPick,
    ShownRating, ShownReview, UnsubscribePage, WishesPage,
};
pub use wallet::{BalancePage, EntryKind, LedgerEntry, RedeemFormat, RedeemPage, RedeemRelease};
