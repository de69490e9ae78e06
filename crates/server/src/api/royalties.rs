//! `/operator/sales`, `/operator/statements`, `/operator/payouts`, and `/me/statements` for those who are paid.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use money::Micros;
use serde::Deserialize;
use shop::clock::moment_of;
use shop::declared::Refused;
use shop::page::MAX_LIMIT;
use shop::royalties::{self, FileKind, RoyaltyError, Statement, StatementFile, sales, sales_csv};

use super::operator::resource::instant_if;
use super::operator::routes::Operator;
use super::words;
use crate::http::{App, Json, Kind, Member, Paging, Path, Problem, Query};

/// Which sales.
#[derive(Deserialize)]
pub struct SalesQuery {
    from: Option<String>,
    to: Option<String>,
    limit: Option<u32>,
    after: Option<String>,
}

impl SalesQuery {
    fn range(&self) -> Result<(i64, i64), Refused> {
        let from_us = instant_if("from", self.from.as_deref())?.unwrap_or(0);
        let until_us = instant_if("to", self.to.as_deref())?.unwrap_or(i64::MAX);
        if from_us <= until_us { Ok((from_us, until_us)) } else { Err(Refused::field("to", "it lies before from")) }
    }
}

/// `GET /operator/sales`
pub async fn sales(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<SalesQuery>,
) -> Result<axum::Json<wire::Page<wire::Sale>>, Problem> {
    let page = app.shop.royalties.sales(asked.range()?, asked.after, asked.limit).await?;
    Ok(axum::Json(words::page(page, sale)))
}

/// `GET /operator/sales.csv`: all of them, as long as it takes.
pub async fn sales_as_csv(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<SalesQuery>,
) -> Result<Response, Problem> {
    let range = asked.range()?;
    let first = (app, Some(asked.after), true);
    let pieces = stream::try_unfold(first, move |(app, after, is_first)| async move {
        let Some(after) = after else { return Ok::<_, shop::db::DbError>(None) };
        let page = app.shop.royalties.sales(range, after, Some(MAX_LIMIT)).await?;
        Ok(Some((sales_csv(&page.items, is_first), (app, page.next.map(Some), false))))
    });
    Ok(([(header::CONTENT_TYPE, FileKind::Csv.mime())], Body::from_stream(pieces)).into_response())
}

/// Which statements.
#[derive(Deserialize)]
pub struct StatementsQuery {
    payee: Option<String>,
    limit: Option<u32>,
    after: Option<String>,
}

/// `GET /operator/statements`
pub async fn all_statements(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<StatementsQuery>,
) -> Result<axum::Json<wire::Page<wire::Statement>>, Problem> {
    let payees = asked.payee.map(|payee| vec![payee]);
    let page = app.shop.royalties.statements(payees, asked.after, asked.limit).await?;
    Ok(axum::Json(words::page(page, |statement| statement_word(statement, "operator"))))
}

/// `GET /operator/statements/{id}`
pub async fn any_statement(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::StatementDetails>, Problem> {
    let statement = app.shop.royalties.statement(&id).await?.ok_or_else(|| Problem::not_found("statement"))?;
    details(&app, statement, "operator").await
}

/// `GET /operator/statements/{id}/{kind}`
pub async fn any_paper(
    State(app): State<App>,
    _: Operator,
    Path((id, kind)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let statement = app.shop.royalties.statement(&id).await?.ok_or_else(|| Problem::not_found("statement"))?;
    paper(&app, &statement, &kind).await
}

/// `GET /me/statements`
pub async fn own_statements(
    State(app): State<App>,
    member: Member,
    Query(paging): Query<Paging>,
) -> Result<axum::Json<wire::Page<wire::Statement>>, Problem> {
    let (own, limit) = (own_payees(&app, member.id()).await?, paging.limit());
    let page = app.shop.royalties.statements(Some(own), paging.after, Some(limit)).await?;
    Ok(axum::Json(words::page(page, |statement| statement_word(statement, "me"))))
}

/// `GET /me/statements/{id}`
pub async fn own_statement(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
) -> Result<axum::Json<wire::StatementDetails>, Problem> {
    let statement = own(&app, member.id(), &id).await?;
    details(&app, statement, "me").await
}

/// `GET /me/statements/{id}/{kind}`
pub async fn own_paper(
    State(app): State<App>,
    member: Member,
    Path((id, kind)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let statement = own(&app, member.id(), &id).await?;
    paper(&app, &statement, &kind).await
}

/// The ids of the payees that a user signs in for.
pub async fn own_payees(app: &App, user: &str) -> Result<Vec<String>, Problem> {
    let user = user.to_owned();
    let payees = app.shop.db.read(move |tx| shop::rights::payees::of_user(tx, &user)).await?;
    Ok(payees.into_iter().map(|payee| payee.id).collect())
}

/// A statement, if it is this user's; somebody else's is not there for him.
pub async fn own(app: &App, user: &str, id: &str) -> Result<Statement, Problem> {
    let own = own_payees(app, user).await?;
    let statement = app.shop.royalties.statement(id).await?.filter(|statement| own.contains(&statement.payee));
    statement.ok_or_else(|| Problem::not_found("statement"))
}

/// A paper of a statement as a file to keep.
pub async fn paper(app: &App, statement: &Statement, kind: &str) -> Result<Response, Problem> {
    let kind = FileKind::of_name(kind).ok_or_else(|| Problem::not_found("paper"))?;
    let file = statement.files.iter().find(|file| file.kind == kind).ok_or_else(|| Problem::not_found("paper"))?;
    let bytes = app.shop.royalties.statement_file(file).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.mime()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let name = format!("attachment; filename=\"{}\"", file.name);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(Problem::internal)?);
    Ok((headers, bytes).into_response())
}

/// Which payments.
#[derive(Deserialize)]
pub struct PayoutsQuery {
    payee: Option<String>,
    limit: Option<u32>,
    after: Option<String>,
}

/// `GET /operator/payouts`
pub async fn payouts(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<PayoutsQuery>,
) -> Result<axum::Json<wire::Page<wire::Payout>>, Problem> {
    let page = app.shop.royalties.payouts(asked.payee, asked.after, asked.limit).await?;
    Ok(axum::Json(words::page(page, payout)))
}

/// `POST /operator/payouts`
pub async fn pay(
    State(app): State<App>,
    _: Operator,
    headers: HeaderMap,
    Json(new): Json<wire::NewPayout>,
) -> Result<(StatusCode, axum::Json<wire::Payout>), Problem> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::trim);
    let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
        let detail = "Send the header Idempotency-Key with text of your own, a new one for each payment.";
        Problem::new(Kind::KeyMissing, detail)
    })?;
    let amount = new.amount_micros.map(Micros);
    let paid = app.shop.royalties.pay(key, &new.payee, amount, &new.reference).await?;
    let status = if paid.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(payout(paid.payout))))
}

impl From<RoyaltyError> for Problem {
    fn from(error: RoyaltyError) -> Problem {
        let text = error.to_string();
        let refused = match error {
            RoyaltyError::Db(e) => return e.into(),
            RoyaltyError::Files(e) => return e.into(),
            RoyaltyError::KeyReused => {
                return Problem::new(Kind::KeyReused, "Use a new Idempotency-Key for another payment.");
            }
            RoyaltyError::UnknownPayee(_) => Refused::field("payee", text),
            RoyaltyError::Amount => Refused::field("amount_micros", text),
            RoyaltyError::Reference => Refused::field("reference", text),
            RoyaltyError::TooMuch { .. } | RoyaltyError::NothingOwed => Refused::conflict("amount_micros", text),
            RoyaltyError::NotBegun(_) | RoyaltyError::TooLate { .. } => Refused::conflict("period", text),
            other => return Problem::internal(other),
        };
        refused.into()
    }
}

async fn details(app: &App, statement: Statement, door: &str) -> Result<axum::Json<wire::StatementDetails>, Problem> {
    let lines = app.shop.royalties.statement_lines(&statement.id).await?;
    let line = |line: royalties::Line| wire::StatementLine {
        recording: line.recording.id,
        isrc: line.recording.isrc,
        title: line.recording.title,
        artists: line.recording.artists,
        label: line.recording.label,
        licence: line.licence,
        units: line.units,
        bytes: line.bytes,
        list_micros: line.list.0,
        discount_micros: line.discount.0,
        gross_micros: line.gross.0,
        tax_micros: line.tax.0,
        base: line.base_kind,
        base_micros: line.base.0,
        rate_ppm: line.rate_ppm,
        share_ppm: line.share_ppm,
        due_micros: line.due.0,
    };
    let lines = lines.into_iter().map(line).collect();
    Ok(axum::Json(wire::StatementDetails { statement: statement_word(statement, door), lines }))
}

fn statement_word(statement: Statement, door: &str) -> wire::Statement {
    let id = statement.id.clone();
    let file = |file: StatementFile| wire::StatementFile {
        kind: file.kind.as_str().to_owned(),
        name: file.name,
        file_bytes: file.file_bytes,
        sha256: file.sha256,
        url: format!("/api/v1/{door}/statements/{id}/{}", file.kind.as_str()),
    };
    wire::Statement {
        files: statement.files.into_iter().map(file).collect(),
        id: statement.id,
        payee: statement.payee,
        payee_name: statement.payee_name,
        storefront: statement.storefront,
        period: statement.period,
        currency: statement.currency,
        brought_micros: statement.brought_micros,
        due_micros: statement.due_micros,
        closed_at: moment_of(statement.closed_us),
    }
}

fn payout(payout: royalties::Payout) -> wire::Payout {
    wire::Payout {
        id: payout.id,
        payee: payout.payee,
        amount_micros: payout.amount_micros,
        currency: payout.currency,
        reference: payout.reference,
        at: moment_of(payout.at_us),
    }
}

fn sale(sale: sales::Sale) -> wire::Sale {
    let due = |due: sales::DueRow| wire::SaleDue {
        payee: due.payee,
        licence: due.licence,
        shares: due.shares,
        base: due.base,
        base_micros: due.base_micros,
        rate_ppm: due.rate_ppm,
        minimum_micros: due.minimum_micros,
        share_ppm: due.share_ppm,
        due_micros: due.due_micros,
        statement: due.statement,
    };
    wire::Sale {
        id: sale.id,
        corrects: sale.corrects,
        reason: sale.reason,
        at: moment_of(sale.at_us),
        order: sale.order,
        storefront: sale.storefront,
        currency: sale.currency,
        territory: sale.territory,
        track: sale.track,
        recording: sale.recording,
        isrc: sale.isrc,
        title: sale.title,
        artists: sale.artists,
        label: sale.label,
        release: sale.release,
        release_title: sale.release_title,
        gtin: sale.gtin,
        format: sale.format,
        units: sale.units,
        bytes: sale.bytes,
        list_micros: sale.list.0,
        discount_micros: sale.discount.0,
        paid_before_micros: sale.paid_before.0,
        gross_micros: sale.gross.0,
        tax_micros: sale.tax.0,
        net_micros: sale.gross.0 - sale.tax.0,
        promotional_micros: sale.credit.promotional.0,
        voucher_micros: sale.credit.voucher.0,
        purchased_micros: sale.credit.purchased.0,
        dues: sale.dues.into_iter().map(due).collect(),
    }
}
