//! Speaking to Stripe over HTTP: forms out, JSON in, the same again when the answer was lost or says "later". Knows no endpoint.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::payments::provider::ProviderError;

/// The version whose fields are read here.
const API_VERSION: &str = "2024-06-20";
/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Tries of one call.
const TRIES: u32 = 4;
/// The wait before the second try; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest that `Retry-After` is obeyed within a call; who says more is asked again later.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// How long a call may take with all its tries: somebody waits for the page.
const CALL_TIMEOUT: Duration = Duration::from_secs(18);
/// Bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A connection to Stripe. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

/// What Stripe says when it refuses.
#[derive(Default, serde::Deserialize)]
struct Refusal {
    #[serde(default)]
    error: RefusalError,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct RefusalError {
    message: Option<String>,
    code: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// How one try ended.
enum Tried<T> {
    Done(T),
    Refused(String),
    Later(String, Option<Duration>),
}

impl Client {
    /// A client for the API at `base`. The environment's proxies are not asked: settings have one way in.
    pub(super) fn new(base: &str, key: &str) -> Result<Client, String> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TRY_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Client { http, base: base.trim_end_matches('/').to_owned(), key: key.to_owned() })
    }

    /// Reads something.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ProviderError> {
        self.call(|| self.http.get(format!("{}{path}", self.base))).await
    }

    /// Does something, once however often it is tried: `key` names it.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, String)],
        key: &str,
    ) -> Result<T, ProviderError> {
        let body = encoded(form);
        self.call(|| {
            self.http
                .post(format!("{}{path}", self.base))
                .header("idempotency-key", key)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone())
        })
        .await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<T, ProviderError> {
        let tries = async {
            let mut wait = FIRST_WAIT;
            for n in 1.. {
                let (why, asked) = match self.once(request()).await {
                    Tried::Done(value) => return Ok(value),
                    Tried::Refused(why) => return Err(ProviderError::Refused(why)),
                    Tried::Later(why, asked) => (why, asked),
                };
                tracing::warn!(why, attempt = n, "Stripe did not answer as it should");
                if n >= TRIES || asked.is_some_and(|asked| asked > MAX_WAIT) {
                    return Err(ProviderError::Later(why));
                }
                tokio::time::sleep(asked.unwrap_or(wait)).await;
                wait *= 2;
            }
            Err(ProviderError::Later("no try was made".to_owned()))
        };
        let whole = tokio::time::timeout(CALL_TIMEOUT, tries).await;
        whole.unwrap_or_else(|_| Err(ProviderError::Later("it took too long".to_owned())))
    }

    async fn once<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Tried<T> {
        let request = request.bearer_auth(&self.key).header("stripe-version", API_VERSION);
        let mut response = match request.send().await {
            Ok(response) => response,
            // The address may hold nothing secret, but need not be logged either.
            Err(e) => return Tried::Later(e.without_url().to_string(), None),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(part)) if body.len() + part.len() <= MAX_ANSWER_BYTES => body.extend_from_slice(&part),
                Ok(Some(_)) => return Tried::Refused("the answer is far too long".to_owned()),
                Ok(None) => break,
                Err(e) => return Tried::Later(e.without_url().to_string(), None),
            }
        }
        if status.is_success() {
            // It was done; what cannot be read is asked for again, under the same key.
            return match serde_json::from_slice(&body) {
                Ok(value) => Tried::Done(value),
                Err(e) => Tried::Later(format!("an answer that does not fit: {e}"), None),
            };
        }
        let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
        let why = sentence(status.as_u16(), refusal.error);
        let again = match text("stripe-should-retry") {
            Some("true") => true,
            Some("false") => false,
            _ => matches!(status.as_u16(), 408 | 409 | 425 | 429) || status.is_server_error(),
        };
        if !again {
            return Tried::Refused(why);
        }
        Tried::Later(why, text("retry-after").and_then(|s| s.parse().ok()).map(Duration::from_secs))
    }
}

fn sentence(status: u16, error: RefusalError) -> String {
    let said = [error.kind, error.code, error.message].into_iter().flatten().collect::<Vec<_>>().join(", ");
    format!("status {status} {said}").trim_end().to_owned()
}

/// As `application/x-www-form-urlencoded`.
fn encoded(form: &[(&str, String)]) -> String {
    let part = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
                other => out.push_str(&format!("%{other:02X}")),
            }
            out
        })
    };
    form.iter().map(|(name, value)| format!("{}={}", part(name), part(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_so_that_nothing_in_it_can_be_mistaken_for_its_punctuation() {
        let form = [("metadata[topup]", "a&b=c d+é".to_owned()), ("n", "1".to_owned())];
        assert_eq!(encoded(&form), "metadata%5Btopup%5D=a%26b%3Dc%20d%2B%C3%A9&n=1");
    }
}
