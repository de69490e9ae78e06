//! `sales/{id}/refund`: the price of a sold line goes back to the credit that paid it.

use axum::extract::State;
use axum::http::StatusCode;
use money::Micros;
use wire::operator::{LineRefund, RefundOfLine};

use super::routes::Operator;
use crate::http::{App, IdempotencyKey, Json, Path, Problem};

/// `POST /operator/sales/{id}/refund`
pub async fn refund(
    State(app): State<App>,
    _: Operator,
    Path(line): Path<String>,
    IdempotencyKey(key): IdempotencyKey,
    Json(asked): Json<RefundOfLine>,
) -> Result<(StatusCode, axum::Json<LineRefund>), Problem> {
    let amount = asked.amount_micros.map(Micros);
    let refund = app.shop.refunds.refund(&key, &line, amount, &asked.reason).await?;
    let status = if refund.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let word = LineRefund {
        line: refund.line_id,
        promotional_micros: refund.credit.promotional.0,
        voucher_micros: refund.credit.voucher.0,
        purchased_micros: refund.credit.purchased.0,
        left_micros: refund.left.0,
    };
    Ok((status, axum::Json(word)))
}
