//! A shop with much on sale, everything made already, and buyers with money. Nothing is measured here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use audio::format::Format;
use audio::pcm::{Spec, StreamInfo};
use money::Micros;
use sha2::{Digest, Sha256};
use shop::Shop;
use shop::clock::Clock;
use shop::db::{DatabaseUrl, DbError, Tx};
use shop::orders::{Item, OrderState};
use shop::params;

use crate::Failure;

/// Releases of two tracks each.
const RELEASES: usize = 5_000;
/// What a buyer who has bought all releases in one format goes on with.
const FORMATS: [&str; 6] =
    ["wav:pcm:16", "mp3:cbr:128", "mp3:cbr:192", "mp3:cbr:256", "mp3:cbr:320", "flac:lossless:5"];
/// Three minutes at 44.1 kHz.
const LENGTH_FRAMES: u64 = 180 * 44_100;
const RELEASES_PER_WRITE: usize = 250;
const CREDIT: Micros = Micros(1_000_000_000_000);

/// An open shop. Cheap to clone.
#[derive(Clone)]
pub struct Market {
    shop: Shop,
    formats: Arc<Vec<Format>>,
    buyers: Arc<AtomicUsize>,
}

/// A listener with credit, and how much he has bought.
pub struct Buyer {
    id: String,
    bought: AtomicUsize,
}

impl Market {
    /// Opens a shop in a folder and puts everything on sale.
    pub async fn open(folder: &Path, database: &DatabaseUrl) -> Result<Market, Failure> {
        let settings = shop::Settings {
            data: folder.to_owned(),
            database: database.clone(),
            files: shop::files::FilesUrl::Folder(folder.join("objects")),
            mail: shop::mail::MailSettings::Folder(folder.join("mail")),
            node: "bench".to_owned(),
            encode_threads: 1,
            cache_bytes: 1 << 40,
            cache_age_s: 1 << 30,
            size_ahead: vec![],
            examiner: shop::catalog::import::Examiner::Within,
            public_url: None,
            payments: Default::default(),
        };
        let shop = Shop::open(settings, Clock::system()).await?;
        let formats = FORMATS.iter().map(|f| f.parse()).collect::<Result<Vec<Format>, _>>()?;
        let market = Market { shop, formats: Arc::new(formats), buyers: Arc::default() };
        for first in (0..RELEASES).step_by(RELEASES_PER_WRITE) {
            let formats = market.formats.clone();
            let write =
                move |tx: &mut Tx| (first..first + RELEASES_PER_WRITE).try_for_each(|n| release(tx, n, &formats));
            market.shop.db.write::<_, DbError>(write).await?;
        }
        Ok(market)
    }

    /// Listeners whom nobody has seen before.
    pub async fn buyers(&self, count: usize) -> Result<Vec<Arc<Buyer>>, Failure> {
        let mut buyers = Vec::new();
        for _ in 0..count {
            let id = format!("buyer{}", self.buyers.fetch_add(1, Relaxed));
            let new = id.clone();
            let insert =
                "INSERT INTO users (id, email, email_key, password_hash, role, language, storefront, created_us)
                 VALUES ($1, $1, $1, '', 'listener', 'en', 'main', 0)";
            self.shop.db.write::<_, DbError>(move |tx| tx.execute(insert, params![&new])).await?;
            self.shop.wallet.credit(&id, CREDIT, "bench").await?;
            buyers.push(Arc::new(Buyer { id, bought: AtomicUsize::new(0) }));
        }
        Ok(buyers)
    }

    /// Buys the next release that this buyer does not have, as the API does it.
    pub async fn buy(&self, buyer: &Buyer) -> Result<(), Failure> {
        let n = buyer.bought.fetch_add(1, Relaxed);
        let format = *self.formats.get(n / RELEASES).ok_or("one buyer has bought everything: fewer seconds, please")?;
        // Neighbours in time are not neighbours in the catalogue.
        let item = Item::Release(release_id(n % RELEASES * 7_919 % RELEASES));
        let placed = self.shop.orders.place(&buyer.id, &format!("key {n}"), vec![item], format).await?.order;
        if placed.state != OrderState::Charged || placed.lines.len() != 2 || placed.charged_micros <= 0 {
            return Err(format!("not a whole order: {placed:?}").into());
        }
        Ok(())
    }
}

fn release_id(n: usize) -> String {
    format!("release{n:05}")
}

fn release(tx: &mut Tx, n: usize, formats: &[Format]) -> Result<(), DbError> {
    let id = release_id(n);
    tx.execute(
        "INSERT INTO releases (id, import_key, title, credit, state, created_us, updated_us)
         VALUES ($1, $1, 'Night Trains', 'The Conductors', 'on_sale', 0, 0)",
        params![&id],
    )?;
    (1..=2).try_for_each(|number| track(tx, &id, n, number, formats))
}

fn track(tx: &mut Tx, release: &str, n: usize, number: usize, formats: &[Format]) -> Result<(), DbError> {
    let id = format!("track{n:05}-{number}");
    let md5 = [number as u8; 16];
    tx.execute(
        "INSERT INTO masters (id, object_key, file_sha256, file_bytes, container, rate_hz, channels, bits, is_float,
             length_frames, samples_md5, peak_millionths, loudness_blocks, created_us)
         VALUES ($1, $1, $1, 1, 'wav', 44100, 2, 16, 0, $2, $3, 366000, $4, 0)",
        params![&id, LENGTH_FRAMES as i64, hex::encode(md5), Vec::<u8>::new()],
    )?;
    tx.execute("INSERT INTO recordings (id, master_id, created_us) VALUES ($1, $1, 0)", params![&id])?;
    tx.execute(
        "INSERT INTO tracks (id, release_id, medium, number, title, credit, recording_id, composers, tags, state,
             created_us, updated_us)
         VALUES ($1, $2, 1, $3, 'Departure', 'The Conductors', $1, '[]', '{}', 'on_sale', 0, 0)",
        params![&id, release, number as i64],
    )?;
    formats.iter().try_for_each(|format| rendition(tx, &id, md5, *format))
}

/// As the encoder would leave it behind: its id is what the shop computes, or no order would be charged at once.
fn rendition(tx: &mut Tx, master: &str, md5: [u8; 16], format: Format) -> Result<(), DbError> {
    let spec = Spec { rate_hz: 44_100, channels: 2, bits: 16, float: false };
    let plan = audio::encode::plan(format, &StreamInfo { spec, length_frames: LENGTH_FRAMES, md5 });
    let plan = plan.map_err(|e| DbError::Failed(e.to_string()))?;
    let id = hex::encode(&Sha256::digest(format!("{master} {} {}", plan.format, plan.encoder))[..20]);
    tx.execute(
        "INSERT INTO renditions (id, master_id, format, encoder, state, payload_bytes, payload_sha256, body_bytes,
             body_sha256, body_crc32, body_object, created_us, used_us)
         VALUES ($1, $2, $3, $4, 'ready', 4000000, $1, 4000000, $1, 0, $1, 0, 0)",
        params![id, master, plan.format.to_string(), plan.encoder],
    )?;
    Ok(())
}
