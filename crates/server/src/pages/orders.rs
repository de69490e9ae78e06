//! Orders: the list, and one order with its lines. No rules of charging.
use askama::Template;

use super::downloads::FileState;
use super::layout::{Layout, Pager};

/// The states of an order, as the API names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    Held,
    Charged,
    PartCharged,
    Refunded,
}

impl OrderState {
    /// Fluent id of its name.
    pub fn text_id(self) -> &'static str {
        match self {
            OrderState::Held => "order-state-held",
            OrderState::Charged => "order-state-charged",
            OrderState::PartCharged => "order-state-part-charged",
            OrderState::Refunded => "order-state-refunded",
        }
    }

    /// The word the API uses, for styles.
    pub fn name(self) -> &'static str {
        match self {
            OrderState::Held => "held",
            OrderState::Charged => "charged",
            OrderState::PartCharged => "part_charged",
            OrderState::Refunded => "refunded",
        }
    }
}

/// An order in the list.
#[derive(Clone, Debug)]
pub struct OrderSummary {
    pub id: String,
    /// Microseconds since 1970, UTC.
    pub at_us: i64,
    pub state: OrderState,
    /// What it is of, shortly: the first release's title.
    pub title: String,
    pub lines: u32,
    pub format_name: String,
    pub held_micros: i64,
    pub charged_micros: i64,
}

/// `/en/orders?after=`.
#[derive(Clone, Debug, Template)]
#[template(path = "orders.html")]
pub struct OrdersPage {
    pub page: Layout,
    /// Newest first.
    pub orders: Vec<OrderSummary>,
    pub pager: Pager,
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct OrderLine {
    pub id: String,
    pub title: String,
    pub release_id: String,
    pub release_title: String,
    pub state: FileState,
    /// Payload bytes, what is charged; none until known.
    pub bytes: Option<i64>,
    pub held_micros: i64,
    pub charged_micros: i64,
    /// Signed link; none if the file failed.
    pub url: Option<String>,
}

/// A paper about an order.
#[derive(Clone, Debug)]
pub struct OrderPaper {
    pub id: String,
    /// Fluent id of its title, which takes its number.
    pub title_id: &'static str,
    pub number: String,
}

/// `/en/orders/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "order.html")]
pub struct OrderPage {
    pub page: Layout,
    pub id: String,
    /// Microseconds since 1970, UTC.
    pub at_us: i64,
    pub state: OrderState,
    pub format_name: String,
    pub held_micros: i64,
    pub charged_micros: i64,
    pub lines: Vec<OrderLine>,
    /// Title of the release and the address of its ZIP.
    pub zips: Vec<(String, String)>,
    pub links_url: String,
    /// The receipt and what corrects it.
    pub papers: Vec<OrderPaper>,
}

impl OrderPage {
    /// What it is known by to whoever bought it: the day, and what it was of.
    fn heading(&self) -> String {
        let mut titles: Vec<&str> = Vec::new();
        for line in &self.lines {
            if !titles.contains(&line.release_title.as_str()) {
                titles.push(&line.release_title);
            }
        }
        let lang = &self.page.lang;
        let first = titles.first().copied().unwrap_or(&self.id);
        let what = match titles.len() {
            0 | 1 => first.to_owned(),
            n => format!("{first} {}", lang.count("order-and-more", n - 1)),
        };
        lang.t2("order-heading", ("date", lang.date(self.at_us)), ("what", what))
    }

    /// Whether any line will still change by itself.
    pub fn is_pending(&self) -> bool {
        self.lines.iter().any(|line| line.state.is_pending())
    }
}
