//! `/operator/apply`: the shop set by a text, tried first if one likes.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shop::{clock, simulation};

use crate::api::operator::apply::{self, ApplyError, Change};
use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Query, Visit};
use crate::pages::operator::{ApplyOutcome, ApplyPage, ShownChange, Simulated, SimulatedRow};

/// What the page begins with.
#[derive(Default, Deserialize)]
pub struct Shown {
    #[serde(default)]
    now: String,
}

/// `/operator/apply`; with `now=1` the text is what is set.
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<Shown>,
) -> Result<Response, Problem> {
    let text = if asked.now == "1" { apply::standing(&app.shop).await? } else { String::new() };
    shown::html(ApplyPage { page: visit.layout(), text, outcome: None })
}

/// A text, and whether it is a trial.
#[derive(Deserialize)]
pub struct ApplyForm {
    text: String,
    #[serde(rename = "do", default)]
    what: String,
}

/// `POST /operator/apply`
pub async fn apply(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Posted(form): Posted<ApplyForm>,
) -> Result<Response, Problem> {
    // A browser sends line ends of its own.
    let text = form.text.replace("\r\n", "\n");
    let outcome = match outcome(&app, &text, &form.what).await {
        Ok(outcome) => outcome,
        Err(ApplyError::Line { line, reason }) => ApplyOutcome::Refused { line, reason },
        Err(ApplyError::Db(e)) => return Err(e.into()),
    };
    let is_refused = matches!(outcome, ApplyOutcome::Refused { .. });
    let page = ApplyPage { page: visit.layout_of("/operator/apply"), text, outcome: Some(outcome) };
    if is_refused { shown::refused(None, page) } else { shown::html(page) }
}

async fn outcome(app: &App, text: &str, what: &str) -> Result<ApplyOutcome, ApplyError> {
    Ok(match what {
        "apply" => ApplyOutcome::Done(told(&apply::apply(&app.shop, text, false).await?)),
        "simulate" => {
            let rules = apply::rules_under(&app.shop, text).await?;
            let (from_us, until_us) = clock::month_before(app.shop.clock.now_us());
            let simulated = simulation::simulate(&app.shop, rules, from_us, until_us).await?;
            ApplyOutcome::Simulated(shown_simulated(&simulated, from_us, until_us))
        }
        _ => ApplyOutcome::Trial(told(&apply::apply(&app.shop, text, true).await?)),
    })
}

fn shown_simulated(simulated: &simulation::Simulated, from_us: i64, until_us: i64) -> Simulated {
    let row = |class: &str, tier: &str, sums: &simulation::Sums| SimulatedRow {
        class: class.to_owned(),
        tier: tier.to_owned(),
        tracks: sums.lines,
        bytes: shown::bytes(sums.bytes),
        before_micros: sums.before_micros,
        after_micros: sums.after_micros,
    };
    let mut rows: Vec<SimulatedRow> =
        simulated.by_kind.iter().map(|((class, tier), sums)| row(class, tier, sums)).collect();
    rows.push(row("", "", &simulated.total));
    let simulation::Simulated { buyers, dearer_for, cheaper_for, .. } = *simulated;
    Simulated { from_us, until_us, rows, buyers, dearer_for, cheaper_for }
}

fn told(changes: &[Change]) -> Vec<ShownChange> {
    let nothing = || "—".to_owned();
    let change = |change: &Change| ShownChange {
        what: format!("{} {}", change.section, change.id),
        is_new: change.is_new,
        fields: change
            .differences
            .iter()
            .map(|d| {
                let (before, after) =
                    (d.before.clone().unwrap_or_else(nothing), d.after.clone().unwrap_or_else(nothing));
                format!("{}: {before} → {after}", d.field)
            })
            .collect(),
    };
    changes.iter().filter(|change| !change.is_none()).map(change).collect()
}
