//! `/operator/ledger`: the trial balance.

use axum::extract::State;
use axum::response::Response;
use money::Total;
use shop::wallet::{Trial, TrialLine};

use crate::api::operator::ledger::LedgerQuery;
use crate::handlers::shown;
use crate::http::{App, Operating, Problem, Query, Visit};
use crate::pages::operator::{LedgerPage, TrialOf, TrialRow};
use crate::pages::{Field, Lang, Refusal};

/// `/operator/ledger`
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    _: Operating,
    Query(asked): Query<LedgerQuery>,
) -> Result<Response, Problem> {
    let page = visit.layout();
    let Ok(at_us) = asked.at_us() else {
        let at = Field::refused(asked.at(), Refusal::MomentMalformed);
        return shown::refused(None, LedgerPage { page, at, at_us: None, trials: vec![] });
    };
    let trials = app.shop.wallet.trial_balance(at_us.unwrap_or(i64::MAX)).await?;
    let lang = page.lang;
    let trials = trials.into_iter().map(|trial| shown_trial(lang, trial)).collect();
    shown::html(LedgerPage { page, at: Field::holding(asked.at()), at_us, trials })
}

fn shown_trial(lang: Lang, trial: Trial) -> TrialOf {
    let side = |sign: i128| Total(trial.lines.iter().map(|line| (line.balance.0 * sign).max(0)).sum());
    TrialOf {
        owes: side(1),
        has: side(-1),
        rows: trial.lines.iter().map(|line| row(lang, &trial.storefront, line)).collect(),
        storefront: trial.storefront,
        currency: trial.currency,
        sum: trial.sum,
    }
}

fn row(lang: Lang, storefront: &str, line: &TrialLine) -> TrialRow {
    let owner = match (&line.payee, &line.owner) {
        (Some(payee), _) => format!("{} ({})", payee.name, lang.t(format!("payee-{}", payee.kind))),
        (None, None) => lang.count("ledger-listeners", line.accounts),
        (None, Some(owner)) if owner == storefront => String::new(),
        (None, Some(owner)) => owner.strip_prefix(&format!("{storefront}.")).unwrap_or(owner).to_owned(),
    };
    TrialRow { kind: line.kind.clone(), owner, balance: line.balance }
}
