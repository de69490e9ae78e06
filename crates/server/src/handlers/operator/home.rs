//! `/operator`: where the pages of the door are.

use axum::response::Response;

use crate::handlers::shown;
use crate::http::{Operating, Problem, Visit};
use crate::pages::operator::OperatorHomePage;

/// `/operator`
pub async fn home(visit: Visit, _: Operating) -> Result<Response, Problem> {
    shown::html(OperatorHomePage { page: visit.layout() })
}
