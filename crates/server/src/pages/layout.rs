//! What surrounds every page: header, language switch, footer, the notice after a form. No page's own content.
use super::assets;
use super::language::Lang;

/// Where robots have no business, by how the path begins: what is somebody's own, and what costs work.
pub const PRIVATE_PAGES: [&str; 16] = [
    "/basket",
    "/buy",
    "/orders",
    "/downloads",
    "/balance",
    "/topups",
    "/account",
    "/gifts",
    "/redeem",
    "/wishes",
    "/follows",
    "/unsubscribe",
    "/operator",
    "/search",
    "/suggestions",
    "/embed",
];

/// The frame of a page, filled once per request.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Language of the page, from the first segment of its path.
    pub lang: Lang,
    /// The brand's name as visitors read it.
    pub storefront: String,
    /// Path and query of this page without the language prefix, beginning with `/`: `/search?q=bach`, and `/` for home.
    /// For a page answered to a POST, the path of the page that shows the form.
    pub path: String,
    /// What stands in the header's search field.
    pub query: String,
    /// Who is signed in, if anybody.
    pub visitor: Option<Visitor>,
    /// Token put into every form that writes (hidden field `csrf`).
    pub csrf: String,
    /// Items in the basket.
    pub basket_count: u32,
    /// The address of the shop, for links that machines follow: `https://music.example.org`.
    pub origin: String,
    /// ISO 4217 code of what prices are in.
    pub currency: String,
    /// What the shop sells under, a line for each licence.
    pub licences: Vec<String>,
    /// The shop is closed for visitors; this one is an operator.
    pub is_closed: bool,
    /// One sentence about what just happened, shown once at the top.
    pub notice: Option<Notice>,
}

/// A signed-in person, as far as the header shows him.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub email: String,
    /// Free balance (holds already taken off), in micros.
    pub balance_micros: i64,
    /// He runs the shop: the header leads to his pages.
    pub is_operator: bool,
}

/// Good news that a page opens with, usually after a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    AddedToBasket,
    /// A track whose release is in the basket.
    InAlbumAlready,
    RemovedFromBasket,
    VoucherRedeemed {
        amount_micros: i64,
    },
    /// A voucher for a discount waits for the next order.
    DiscountRedeemed,
    GiftBought,
    GiftCancelled,
    OrderPlaced,
    /// All that was asked for was bought before.
    OwnedAlready,
    PasswordChanged,
    SettingsSaved,
    RefundBegun,
    SignedOut,
    SignedOutEverywhere,
    AccountClosed,
    Welcome,
    DefectReported,
    Wished,
    Unwished,
    SizesBusy,
    Followed,
    ReviewReported,
}

impl Notice {
    /// The sentence in the page's language.
    pub fn text(&self, lang: &Lang) -> String {
        match self {
            Notice::AddedToBasket => lang.t("notice-added-to-basket"),
            Notice::InAlbumAlready => lang.t("notice-in-album-already"),
            Notice::RemovedFromBasket => lang.t("notice-removed-from-basket"),
            Notice::VoucherRedeemed { amount_micros } => {
                lang.t1("notice-voucher-redeemed", "amount", lang.money(*amount_micros))
            }
            Notice::DiscountRedeemed => lang.t("notice-discount-redeemed"),
            Notice::GiftBought => lang.t("notice-gift-bought"),
            Notice::GiftCancelled => lang.t("notice-gift-cancelled"),
            Notice::OrderPlaced => lang.t("notice-order-placed"),
            Notice::OwnedAlready => lang.t("notice-owned-already"),
            Notice::PasswordChanged => lang.t("notice-password-changed"),
            Notice::SettingsSaved => lang.t("notice-settings-saved"),
            Notice::RefundBegun => lang.t("notice-refund-begun"),
            Notice::SignedOut => lang.t("notice-signed-out"),
            Notice::SignedOutEverywhere => lang.t("notice-signed-out-everywhere"),
            Notice::AccountClosed => lang.t("notice-account-closed"),
            Notice::DefectReported => lang.t("notice-defect-reported"),
            Notice::Welcome => lang.t("notice-welcome"),
            Notice::Wished => lang.t("notice-wished"),
            Notice::Unwished => lang.t("notice-unwished"),
            Notice::SizesBusy => lang.t("notice-sizes-busy"),
            Notice::Followed => lang.t("notice-followed"),
            Notice::ReviewReported => lang.t("notice-review-reported"),
        }
    }
}

/// Links of a paged list: the API's `after` cursors as ready hrefs. `first` is set only away from the first page.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    pub first: Option<String>,
    pub next: Option<String>,
}

impl Layout {
    /// The text of `id` in the page's language.
    pub fn t(&self, id: impl AsRef<str>) -> String {
        self.lang.t(id)
    }

    /// `path` (beginning with `/`) under the page's language: `/basket` → `/en/basket`.
    pub fn href(&self, path: &str) -> String {
        self.lang.href(path)
    }

    /// Ways into the catalogue, for wide screens; the footer has them all on every screen.
    pub fn browse(&self) -> [(&'static str, &'static str); 5] {
        [
            ("/releases", "listing-newest"),
            ("/charts", "charts-title"),
            ("/genres", "genres-title"),
            ("/labels", "search-labels"),
            ("/news", "news-title"),
        ]
    }

    /// What a small screen has no room for in the header: what is the visitor's own, then the ways into the catalogue.
    pub fn menu(&self) -> Vec<(&'static str, &'static str)> {
        let mut menu = match &self.visitor {
            Some(_) => {
                vec![("/downloads", "downloads-title"), ("/orders", "orders-title"), ("/account", "account-title")]
            }
            None => vec![("/sign-up", "sign-up-title")],
        };
        menu.extend(
            self.visitor.as_ref().filter(|visitor| visitor.is_operator).map(|_| ("/operator", "operator-title")),
        );
        menu.extend(self.browse());
        menu
    }

    /// The address of an asset, its content hash in the name.
    pub fn asset(&self, name: &str) -> String {
        assets::href(name)
    }

    /// The address that machines are to know this page by: without what a visitor chose, but a page of a list is itself.
    pub fn canonical(&self) -> String {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let after = query.split('&').find(|part| part.starts_with("after="));
        let query = after.map(|after| format!("?{after}")).unwrap_or_default();
        format!("{}{}{query}", self.origin, self.href(path))
    }

    /// Where the player is, with places for the two times.
    pub fn player_position(&self) -> String {
        self.lang.t2("player-position", ("at", "{at}"), ("length", "{length}"))
    }

    /// Keys of the player, with the Fluent ids of what they do.
    pub fn player_keys(&self) -> [(&'static str, &'static str); 10] {
        [
            ("K", "player-toggle"),
            ("N", "player-next"),
            ("P", "player-back"),
            ("J", "player-earlier"),
            ("L", "player-later"),
            ("+", "player-louder"),
            ("−", "player-quieter"),
            ("M", "player-mute"),
            ("Q", "player-queue"),
            ("?", "player-keys"),
        ]
    }

    /// This page in every language on offer, in the order of the switch.
    pub fn translations(&self) -> Vec<(Lang, String)> {
        Lang::all().map(|lang| (lang, lang.href(&self.path))).collect()
    }

    /// Whether robots may know this page: it is the same for everybody.
    pub fn is_public(&self) -> bool {
        !PRIVATE_PAGES.iter().any(|private| self.path.starts_with(private))
    }

    /// This page for who asks for a language that there is not.
    pub fn default_translation(&self) -> String {
        Lang::fallback().href(&self.path)
    }

    /// The shop's own pages: path, and Fluent id of the name.
    pub fn own_pages(&self) -> [(String, &'static str); 10] {
        [
            ("/news", "news-title"),
            ("/picks", "picks-title"),
            ("/genres", "genres-title"),
            ("/labels", "search-labels"),
            ("/about", "text-about"),
            ("/help", "text-help"),
            ("/terms", "text-terms"),
            ("/privacy", "text-privacy"),
            ("/licence", "licence-title"),
            ("/api", "api-title"),
        ]
        .map(|(path, id)| (self.href(path), id))
    }
}
