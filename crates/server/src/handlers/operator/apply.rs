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
    let (from, until) = last_month(&app);
    shown::html(ApplyPage { page: visit.layout(), text, from, until, outcome: None })
}

/// The first day of the last whole month, and that of the one that runs.
fn last_month(app: &App) -> (String, String) {
    let (from_us, until_us) = clock::month_before(app.shop.clock.now_us());
    (clock::day_of(from_us), clock::day_of(until_us))
}

/// A text, and whether it is a trial.
#[derive(Deserialize)]
pub struct ApplyForm {
    text: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
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
    let (last, this) = last_month(&app);
    let typed =
        |day: String, otherwise: String| Some(day.trim().to_owned()).filter(|day| !day.is_empty()).unwrap_or(otherwise);
    let (from, until) = (typed(form.from, last), typed(form.until, this));
    let outcome = match outcome(&app, &text, (&from, &until), &form.what).await {
        Ok(outcome) => outcome,
        Err(ApplyError::Line { line, reason }) => ApplyOutcome::Refused { line, reason },
        Err(ApplyError::Db(e)) => return Err(e.into()),
    };
    let is_refused = matches!(outcome, ApplyOutcome::Refused { .. } | ApplyOutcome::NoDays);
    let page = ApplyPage { page: visit.layout_of("/operator/apply"), text, from, until, outcome: Some(outcome) };
    if is_refused { shown::refused(None, page) } else { shown::html(page) }
}

async fn outcome(app: &App, text: &str, days: (&str, &str), what: &str) -> Result<ApplyOutcome, ApplyError> {
    Ok(match what {
        "apply" => ApplyOutcome::Done(told(&apply::apply(&app.shop, text, false).await?)),
        "simulate" => {
            let rules = apply::rules_under(&app.shop, text).await?;
            let (Some(from_us), Some(until_us)) = (clock::moment_from(days.0), clock::moment_from(days.1)) else {
                return Ok(ApplyOutcome::NoDays);
            };
            if from_us >= until_us {
                return Ok(ApplyOutcome::NoDays);
            }
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
