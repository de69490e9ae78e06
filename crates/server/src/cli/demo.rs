//! `gramovar demo`: a shop that can be tried at once.

use std::path::PathBuf;

use anyhow::Context;
use money::Micros;
use shop::Shop;
use shop::consents::{ConsentText, Kind as ConsentKind, texts};
use shop::demo::stock::{Stocking, stock};
use shop::demo::synthetic::{MAX_TRACKS, Making, Wanted, fill};
use shop::storefronts::MAIN;
use shop::texts::{Place, Text};
use shop::users::{Role, UserError};

use super::{catalogue, say, serve};
use crate::config::Flags;
use crate::pages::site_text;

/// The demo's listener and operator. Known to everybody: a demo is not for the open net.
const LISTENER: (&str, &str) = ("listener@demo.example", "listen to music");
const OPERATOR: (&str, &str) = ("operator@demo.example", "operate the shop");
/// Who reads the statements of the demo's society.
const READER: (&str, &str) = ("society@demo.example", "read the statements");
/// What the listener starts with.
const CREDIT: Micros = Micros(25 * money::amount::PER_UNIT);
const VOUCHERS: u32 = 3;
const VOUCHER: Micros = Micros(10 * money::amount::PER_UNIT);
/// Id, kind, and the text in English and Russian. Ids and texts are those of the sample file, so that this may be applied to the demo.
const CONSENTS: [(&str, ConsentKind, &str, &str); 2] = [
    (
        "supply-1",
        ConsentKind::ImmediateSupply,
        "I ask for the files to be supplied at once, and I know that my right of withdrawal ends with that.",
        "Я прошу доставить файлы немедленно и знаю, что тем самым теряю право отказаться от покупки.",
    ),
    (
        "law-1",
        ConsentKind::LawfulCountry,
        "I may buy this music under the law of the country in which I am.",
        "Закон страны, в которой я нахожусь, позволяет мне купить эту музыку.",
    ),
];
/// How the demo is reached, below the text that every shop begins with. None of it exists.
const CONTACT: &[(&str, &str)] = &[
    (
        "en",
        "\nWrite to <help@demo.example>, or to Gramovar Demo, 1 Sample Street, Sampleton. We answer within two working days.\n",
    ),
    (
        "ru",
        "\nПишите на <help@demo.example> или по адресу: Gramovar Demo, Образцово, Примерная улица, 1. Отвечаем за два рабочих дня.\n",
    ),
];
/// Where the voucher codes are kept for a second start.
const VOUCHER_FILE: &str = "demo-vouchers.txt";

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: gramovar demo --data demo --listen 127.0.0.1:8080")]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, env = "GRAMOVAR_LISTEN")]
    listen: Option<String>,
    /// Sell this folder instead of the demo catalogue.
    #[arg(long, value_name = "PATH")]
    music: Option<PathBuf>,
    /// Sell a made-up catalogue of so many tracks instead, with a history of sales.
    #[arg(long, value_name = "N", conflicts_with = "music")]
    synthetic_tracks: Option<usize>,
    /// Which made-up catalogue: the same seed makes the same one.
    #[arg(long, value_name = "S", default_value_t = 1, requires = "synthetic_tracks")]
    seed: u64,
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    if let Some(music) = &args.music {
        anyhow::ensure!(music.exists(), "{} does not exist", music.display());
    }
    if let Some(tracks) = args.synthetic_tracks {
        anyhow::ensure!((1..=MAX_TRACKS).contains(&tracks), "--synthetic-tracks is 1 to {MAX_TRACKS}");
    }
    serve::serve(&args.flags, args.listen.as_deref(), async move |shop, url| {
        let vouchers = people_and_vouchers(&shop).await?;
        welcome(&url, &vouchers)?;
        tokio::spawn(async move {
            let stocked = match (args.music, args.synthetic_tracks) {
                (Some(music), _) => catalogue::run(&shop, vec![music], false, false).await.map(drop),
                (None, Some(tracks)) => made_up(&shop, Wanted { tracks, seed: args.seed }).await,
                (None, None) => demo_catalogue(&shop).await,
            };
            if let Err(e) = stocked {
                tracing::error!(error = format!("{e:#}"), "the catalogue could not be filled");
            }
        });
        Ok(())
    })
    .await
}

/// The instruments of the demo, where there are any.
async fn sound_font() -> anyhow::Result<Option<Vec<u8>>> {
    let Some(path) = shop::demo::find_sound_font() else { return Ok(None) };
    Ok(Some(tokio::fs::read(&path).await.with_context(|| format!("{path} cannot be read"))?))
}

/// Fills the shop with a made-up catalogue, and says how far it is.
async fn made_up(shop: &Shop, wanted: Wanted) -> anyhow::Result<()> {
    let said = std::sync::Mutex::new(None);
    let told = |making, done: usize, of: usize| {
        let mut said = said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(line) = step(&mut said, making, done, of) {
            eprintln!("{line}");
        }
    };
    fill(shop, wanted, sound_font().await?, told).await?;
    eprintln!("the made-up catalogue is on sale; the search index follows");
    Ok(())
}

/// A line for each twentieth of what is being made.
fn step(said: &mut Option<(Making, usize)>, making: Making, done: usize, of: usize) -> Option<String> {
    let reached = (making, done * 20 / of.max(1));
    if *said == Some(reached) {
        return None;
    }
    *said = Some(reached);
    let what = match making {
        Making::Masters => "masters",
        Making::Tracks => "tracks",
        Making::Orders => "orders",
    };
    Some(format!("{what}: {done} of {of}"))
}

async fn demo_catalogue(shop: &Shop) -> anyhow::Result<()> {
    let font = sound_font().await?;
    let told = |what: Stocking<'_>| match what {
        Stocking::OnSale(title) => eprintln!("on sale: {title}"),
        Stocking::Rendering(title, part) => tracing::debug!(title, part, "rendering"),
    };
    Ok(stock(shop, font, told).await?)
}

/// Makes the demo's people and vouchers, once; returns the voucher codes.
async fn people_and_vouchers(shop: &Shop) -> anyhow::Result<Vec<String>> {
    let file = shop.settings.data.join(VOUCHER_FILE);
    match shop.users.create(LISTENER.0, LISTENER.1, Role::Listener, "en").await {
        Ok(listener) => {
            shop.wallet.credit(&listener.id, CREDIT, "demo").await?;
            consent_texts(shop).await?;
            contact(shop).await?;
        }
        Err(UserError::EmailTaken) => {}
        Err(e) => return Err(e.into()),
    }
    match shop.users.create(OPERATOR.0, OPERATOR.1, Role::Operator, "en").await {
        Ok(_) | Err(UserError::EmailTaken) => {}
        Err(e) => return Err(e.into()),
    }
    match shop.users.create(READER.0, READER.1, Role::Listener, "en").await {
        Ok(_) | Err(UserError::EmailTaken) => {}
        Err(e) => return Err(e.into()),
    }
    let now_us = shop.clock.now_us();
    shop.db.write(move |tx| shop::demo::rights::declare(tx, READER.0, now_us)).await?;
    if let Ok(kept) = std::fs::read_to_string(&file) {
        return Ok(kept.lines().map(str::to_owned).collect());
    }
    let codes = shop.vouchers.create(VOUCHER, VOUCHERS).await?;
    std::fs::write(&file, codes.join("\n") + "\n").with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(codes)
}

/// What the demo's listeners agree to before they buy.
async fn consent_texts(shop: &Shop) -> anyhow::Result<()> {
    let now_us = shop.clock.now_us();
    let declared = shop.db.write(move |tx| {
        CONSENTS.iter().try_for_each(|(id, kind, english, russian)| {
            let texts = [("en", english), ("ru", russian)];
            let texts = texts.into_iter().map(|(language, text)| (language.to_owned(), (*text).to_owned())).collect();
            let (id, storefront) = ((*id).to_owned(), MAIN.to_owned());
            texts::put(tx, &ConsentText { id, storefront, kind: *kind, version: 1, texts }, now_us)
        })
    });
    Ok(declared.await?)
}

/// Says on the page about the shop whom one writes to: a shop without an address looks like none.
async fn contact(shop: &Shop) -> anyhow::Result<()> {
    let now_us = shop.clock.now_us();
    let mut texts = site_text::standing(&Place::About, "Gramovar");
    for (language, words) in CONTACT {
        if let Some(text) = texts.get_mut(*language) {
            text.push_str(words);
        }
    }
    let about = Text { id: "about".to_owned(), storefront: MAIN.to_owned(), place: Place::About, texts };
    Ok(shop.db.write(move |tx| shop::texts::put(tx, &about, now_us)).await?)
}

fn welcome(url: &str, vouchers: &[String]) -> anyhow::Result<()> {
    let mut text = format!(
        "\nOpen {url}/ in a browser.\n\n  sign in as   {}\n  password     {}\n  operator     {}  (password: {})\n  rights holder {}  (password: {})\n\n  vouchers worth {VOUCHER} each:\n",
        LISTENER.0, LISTENER.1, OPERATOR.0, OPERATOR.1, READER.0, READER.1
    );
    for code in vouchers {
        text += &format!("    {code}\n");
    }
    text += "\nThe catalogue fills while the shop is open. Ctrl+C closes it; the next start takes seconds.\n\n";
    say(&text).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{Making, step};

    #[test]
    fn each_twentieth_is_said_once() {
        let mut said = None;
        let lines: Vec<String> = (1..=100).filter_map(|done| step(&mut said, Making::Tracks, done, 100)).collect();
        assert_eq!(lines.len(), 21);
        assert_eq!(lines[20], "tracks: 100 of 100");
        assert_eq!(step(&mut said, Making::Orders, 1, 100).as_deref(), Some("orders: 1 of 100"));
    }
}
