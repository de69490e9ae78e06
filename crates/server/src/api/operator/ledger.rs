//! `ledger`: the trial balance.

use axum::extract::State;
use money::Currency;
use serde::Deserialize;
use shop::clock::moment_of;
use shop::declared::Refused;
use shop::wallet::Trial;
use wire::operator::{Ledger, TrialBalance, TrialLine};

use super::resource::instant_if;
use super::routes::Operator;
use crate::http::{App, Problem, Query};

/// Which accounts, and when.
#[derive(Debug, Default, Deserialize)]
pub struct LedgerQuery {
    at: Option<String>,
    storefront: Option<String>,
    currency: Option<String>,
}

impl LedgerQuery {
    /// As it was typed.
    pub fn at(&self) -> &str {
        self.at.as_deref().unwrap_or_default()
    }

    /// The moment before which everything is counted.
    pub fn at_us(&self) -> Result<Option<i64>, Refused> {
        instant_if("at", self.at.as_deref().filter(|text| !text.is_empty()))
    }

    fn wants(&self, trial: &Trial) -> bool {
        let same = |asked: &Option<String>, is: &str| asked.as_deref().is_none_or(|asked| asked == is);
        same(&self.storefront, &trial.storefront) && same(&self.currency, &trial.currency)
    }
}

/// `GET /operator/ledger`
pub async fn ledger(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<LedgerQuery>,
) -> Result<axum::Json<Ledger>, Problem> {
    let at_us = asked.at_us()?;
    if asked.currency.as_ref().is_some_and(|code| code.parse::<Currency>().is_err()) {
        return Err(Refused::field("currency", "three capital letters (ISO 4217), like USD").into());
    }
    let mut trials = app.shop.wallet.trial_balance(at_us.unwrap_or(i64::MAX)).await?;
    trials.retain(|trial| asked.wants(trial));
    Ok(axum::Json(word(at_us, trials)))
}

/// Trial balances in the words of the API.
pub fn word(at_us: Option<i64>, trials: Vec<Trial>) -> Ledger {
    Ledger { at: at_us.map(moment_of), trials: trials.into_iter().map(trial).collect() }
}

fn trial(trial: Trial) -> TrialBalance {
    let line = |line: shop::wallet::TrialLine| {
        let (payee_name, payee_kind) = line.payee.map(|payee| (payee.name, payee.kind)).unzip();
        TrialLine {
            kind: line.kind,
            owner: line.owner,
            payee_name,
            payee_kind,
            accounts: line.accounts,
            balance_micros: line.balance.0,
        }
    };
    TrialBalance {
        storefront: trial.storefront,
        currency: trial.currency,
        lines: trial.lines.into_iter().map(line).collect(),
        sum_micros: trial.sum.0,
    }
}
