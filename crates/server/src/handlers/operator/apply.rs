//! `/operator/apply`: the shop set by a text, tried first if one likes.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::api::operator::apply::{self, ApplyError, Change};
use crate::handlers::shown;
use crate::http::{App, Operating, Posted, Problem, Visit};
use crate::pages::operator::{ApplyOutcome, ApplyPage, ShownChange};

/// `/operator/apply`
pub async fn page(visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(ApplyPage { page: visit.layout(), text: String::new(), outcome: None })
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
    let is_trial = form.what != "apply";
    // A browser sends line ends of its own.
    let text = form.text.replace("\r\n", "\n");
    let outcome = match apply::apply(&app.shop, &text, is_trial).await {
        Ok(changes) if is_trial => ApplyOutcome::Trial(told(&changes)),
        Ok(changes) => ApplyOutcome::Done(told(&changes)),
        Err(ApplyError::Line { line, reason }) => ApplyOutcome::Refused { line, reason },
        Err(ApplyError::Db(e)) => return Err(e.into()),
    };
    let is_refused = matches!(outcome, ApplyOutcome::Refused { .. });
    let page = ApplyPage { page: visit.layout_of("/operator/apply"), text, outcome: Some(outcome) };
    if is_refused { shown::refused(None, page) } else { shown::html(page) }
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
