//! The id of the request that is being answered: in the log, in the answer's header, in a problem document.

use axum::http::HeaderName;

/// The header that carries it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static ID: String;
}

/// Runs `answer` under an id.
pub async fn scope<T>(id: String, answer: impl Future<Output = T>) -> T {
    ID.scope(id, answer).await
}

/// The id under which this task answers, if it does.
pub fn current_id() -> Option<String> {
    ID.try_with(Clone::clone).ok()
}
