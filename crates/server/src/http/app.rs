//! What every handler can reach.

use std::sync::Arc;

use shop::Shop;

use super::kept::KeptPages;
use super::metrics::Metrics;

/// The running program. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The shop.
    pub shop: Arc<Shop>,
    /// What is counted.
    pub metrics: Metrics,
    /// Pages that are the same for everybody.
    pub kept: KeptPages,
    /// Where the program itself listens: `http://127.0.0.1:8080`. For links that no request asked for.
    pub local_url: Arc<str>,
    /// Whether `X-Forwarded-For` is believed.
    pub trust_proxy: bool,
}

impl App {
    /// The address for links in letters: never taken from a request, whose headers anybody can write.
    pub fn address(&self) -> &str {
        self.shop.settings.public_url.as_deref().unwrap_or(&self.local_url)
    }

    /// Whether people reach the shop over TLS.
    pub fn is_https(&self) -> bool {
        self.shop.settings.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}
