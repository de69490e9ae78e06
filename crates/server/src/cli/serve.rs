//! `gramovar serve`.

use std::time::Duration;

use anyhow::Context;
use shop::Shop;
use shop::clock::Clock;
use shop::work::Work;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{DONE, log_to_stderr, say};
use crate::config::{Config, Flags, Part};
use crate::http::{App, Metrics};
use crate::{letters, listen, router};

/// How long running downloads may go on after the shop was told to stop; they can be resumed after the next start.
const GRACE: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: gramovar serve --data data --listen 127.0.0.1:8080")]
pub(super) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, env = "GRAMOVAR_LISTEN")]
    listen: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    serve(&args.flags, args.listen.as_deref(), async |_, _| Ok(())).await
}

/// Opens the shop, listens, calls `opened` with the shop and its address, and serves until it is told to stop.
pub(super) async fn serve(
    flags: &Flags,
    listen: Option<&str>,
    opened: impl AsyncFnOnce(Shop, String) -> anyhow::Result<()>,
) -> anyhow::Result<u8> {
    let config = Config::read(flags, listen, Part::Serve)?;
    log_to_stderr(&config, "info");
    let listener = TcpListener::bind(&config.listen).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on", config.listen))?;
    let url = format!("http://{}", listener.local_addr()?);
    let shop = Shop::open(config.settings, Clock::system()).await?;
    let work = Work::start(&shop).await?;
    let app = App {
        shop: shop.clone().into(),
        metrics: Metrics::default(),
        kept: Default::default(),
        local_url: url.as_str().into(),
        trust_proxy: config.trust_proxy,
    };
    let stop = stop_signal()?;
    let telling = tokio::spawn(letters::keep_telling(app.clone()));
    let serving = tokio::spawn(listen::serve(listener, router::router(app), stop, GRACE));
    say(&format!("listening on {url}\n"))?;
    opened(shop, url).await?;
    serving.await.context("the listener failed")?;
    telling.abort();
    work.stop().await;
    Ok(DONE)
}

/// Ends at the first SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
