//! The store: rules, SQL, files, jobs. No HTTP server, no HTML, no environment variables.
//!
//! Modules stand in dependency order, each uses only those above it.

#[cfg(test)]
mod test_support;

pub mod db;
pub mod clock;
pub mod geoip;
pub mod page;
pub mod declared;
pub mod pdf;
pub mod files;
pub mod jobs;
pub mod signing;
pub mod mail;
pub mod storefronts;
pub mod users;
pub mod told;
pub mod tax;
pub mod catalog;
pub mod rights;
pub mod front;
pub mod texts;
pub mod news;
pub mod picks;
pub mod wishes;
pub mod follows;
pub mod wallet;
pub mod payments;
pub mod vouchers;
pub mod gifts;
pub mod tariffs;
pub mod formats;
pub mod renditions;
pub mod previews;
pub mod offers;
pub mod consents;
pub mod orders;
pub mod charts;
pub mod redemptions;
pub mod simulation;
pub mod downloads;
pub mod reviews;
pub mod together;
pub mod royalties;
pub mod volume;
pub mod receipts;
pub mod refunds;
pub mod defects;
pub mod closing;
pub mod work;
pub mod audit;
pub mod demo;

use std::path::PathBuf;
use std::sync::Arc;

/// Where a shop lives and how much it may use. Every field is a setting of the program.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder: the default place of the database, objects, the search index, the spool and letters.
    pub data: PathBuf,
    /// The database.
    pub database: db::DatabaseUrl,
    /// The object store.
    pub files: files::FilesUrl,
    /// How letters leave.
    pub mail: mail::MailSettings,
    /// Names this process in the ledger's chains and in the queue: one name for each node, and one for the command line.
    pub node: String,
    /// Encoder threads.
    pub encode_threads: usize,
    /// Bytes of renditions that are kept.
    pub cache_bytes: u64,
    /// Seconds without use after which a rendition leaves the cache.
    pub cache_age_s: u64,
    /// Formats whose sizes are found out as soon as something is on sale, so that their prices are exact.
    pub size_ahead: Vec<formats::Format>,
    /// Who looks at files of unknown origin.
    pub examiner: catalog::import::Examiner,
    /// The address under which people reach the shop, without a slash at the end; unknown until it is set.
    pub public_url: Option<String>,
    /// How money comes in.
    pub payments: payments::PaymentSettings,
}

/// Why a shop did not open.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum OpenError {
    #[error("the data folder {0} cannot be used: {1}")]
    Data(PathBuf, std::io::Error),
    #[error(transparent)]
    Db(#[from] db::DbError),
    #[error(transparent)]
    Files(#[from] files::FilesError),
    #[error(transparent)]
    Mail(#[from] mail::MailError),
    #[error(transparent)]
    Users(#[from] users::UserError),
    #[error(transparent)]
    GeoIp(#[from] geoip::GeoIpError),
    #[error(transparent)]
    Payments(#[from] payments::provider::ProviderError),
}

/// An open shop. Cheap to clone.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Shop {
    pub settings: Arc<Settings>,
    pub db: db::Db,
    pub clock: clock::Clock,
    pub geoip: geoip::GeoIp,
    pub files: files::Files,
    pub jobs: jobs::Jobs,
    pub signing: signing::Signing,
    pub mail: mail::Mail,
    pub storefronts: storefronts::Storefronts,
    pub users: users::Users,
    pub taxes: tax::Taxes,
    pub catalog: catalog::Catalog,
    pub front: front::Front,
    pub texts: texts::Texts,
    pub news: news::News,
    pub picks: picks::Picks,
    pub wishes: wishes::Wishes,
    pub follows: follows::Follows,
    pub search: catalog::search::Search,
    pub wallet: wallet::Wallet,
    pub payments: payments::Payments,
    pub vouchers: vouchers::Vouchers,
    pub gifts: gifts::Gifts,
    pub tariffs: tariffs::Tariffs,
    pub renditions: renditions::Renditions,
    pub previews: previews::Previews,
    pub consents: consents::Consents,
    pub orders: orders::Orders,
    pub charts: charts::Charts,
    pub redemptions: redemptions::Redemptions,
    pub downloads: downloads::Downloads,
    pub reviews: reviews::Reviews,
    pub together: together::Together,
    pub royalties: royalties::Royalties,
    pub volume: volume::PaymentVolume,
    pub receipts: receipts::Receipts,
    pub refunds: refunds::Refunds,
    pub defects: defects::Defects,
    pub closing: closing::Closing,
}

impl Shop {
    /// Opens database and files; makes the data folder and the tables when they are absent. Nothing runs in the background
    /// yet: that is [`work::Work`].
    pub async fn open(settings: Settings, clock: clock::Clock) -> Result<Shop, OpenError> {
        std::fs::create_dir_all(&settings.data).map_err(|e| OpenError::Data(settings.data.clone(), e))?;
        let db = db::Db::open(&settings.database)?;
        let files = files::Files::open(&settings.files)?;
        let jobs = jobs::Jobs::new(db.clone(), clock.clone());
        let signing = signing::Signing::open(db.clone(), clock.clone()).await?;
        let mail = mail::Mail::open(db.clone(), clock.clone(), jobs.clone(), &settings.mail)?;
        let storefronts = storefronts::Storefronts::open(db.clone(), clock.clone()).await?;
        let users = users::Users::open(db.clone(), clock.clone(), mail.clone()).await?;
        let taxes = tax::Taxes::new(db.clone(), clock.clone());
        let catalog = catalog::Catalog::new(db.clone(), files.clone(), clock.clone());
        let front = front::Front::new(db.clone(), clock.clone());
        let texts = texts::Texts::new(db.clone());
        let news = news::News::new(db.clone(), clock.clone());
        let picks = picks::Picks::new(db.clone());
        let wishes = wishes::Wishes::new(db.clone(), clock.clone());
        let follows = follows::Follows::new(db.clone(), clock.clone(), mail.clone());
        let reviews = reviews::Reviews::new(db.clone(), clock.clone());
        let together = together::Together::new(db.clone(), clock.clone());
        let search = catalog::search::Search::open(&settings.data.join("search"));
        let wallet = wallet::Wallet::new(db.clone(), clock.clone(), &settings.node);
        let geoip = geoip::GeoIp::open(settings.payments.geoip.as_deref())?;
        let payments = payments::Payments::new(db.clone(), clock.clone(), wallet.clone(), &settings.payments)?;
        let vouchers = vouchers::Vouchers::new(db.clone(), clock.clone(), wallet.clone());
        let gifts = gifts::Gifts::new(db.clone(), clock.clone(), jobs.clone(), mail.clone(), wallet.clone());
        let tariffs = tariffs::Tariffs::new(db.clone(), clock.clone());
        let cache = renditions::CacheSettings {
            spool: settings.data.join("spool"),
            encode_threads: settings.encode_threads,
            cache_bytes: settings.cache_bytes,
            cache_age_s: settings.cache_age_s,
        };
        let renditions = renditions::Renditions::open(db.clone(), clock.clone(), files.clone(), jobs.clone(), cache)
            .map_err(|e| OpenError::Data(settings.data.clone(), e))?;
        let previews = previews::Previews::new(db.clone(), clock.clone(), renditions.clone());
        let consents = consents::Consents::new(db.clone(), clock.clone(), mail.clone());
        let orders =
            orders::Orders::new(db.clone(), clock.clone(), wallet.clone(), tariffs.clone(), renditions.clone());
        let charts = charts::Charts::new(db.clone(), clock.clone(), catalog.clone());
        let redemptions = redemptions::Redemptions::new(db.clone(), wallet.clone(), vouchers.clone(), orders.clone());
        let downloads =
            downloads::Downloads::open_over(db.clone(), files.clone(), orders.clone(), renditions.clone(), &clock)
                .await?;
        let royalties = royalties::Royalties::new(db.clone(), clock.clone(), files.clone(), wallet.clone());
        let volume = volume::PaymentVolume::new(db.clone(), clock.clone());
        let receipts = receipts::Receipts::new(db.clone(), clock.clone());
        let refunds = refunds::Refunds::new(db.clone(), clock.clone(), wallet.clone());
        let defects =
            defects::Defects::new(db.clone(), clock.clone(), jobs.clone(), wallet.clone(), renditions.clone());
        let closing = closing::Closing::new(db.clone(), users.clone(), wallet.clone(), receipts.clone());
        let settings = Arc::new(settings);
        Ok(Shop {
            settings,
            db,
            clock,
            geoip,
            files,
            jobs,
            signing,
            mail,
            storefronts,
            users,
            taxes,
            catalog,
            front,
            texts,
            news,
            picks,
            wishes,
            follows,
            search,
            wallet,
            payments,
            vouchers,
            gifts,
            tariffs,
            renditions,
            previews,
            consents,
            orders,
            charts,
            redemptions,
            downloads,
            reviews,
            together,
            royalties,
            volume,
            receipts,
            refunds,
            defects,
            closing,
        })
    }
}
