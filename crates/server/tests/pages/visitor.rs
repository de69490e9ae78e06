//! Somebody before the shop: a browser without a window. It keeps cookies, fills the forms that a page really has, and
//! follows redirects when told to. It knows nothing of the shop's insides.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, header};
use tower::ServiceExt;

/// Bytes of an answer that a test reads.
const MAX_ANSWER_BYTES: usize = 10_000_000;

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub html: String,
}

impl Answer {
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The values of an attribute over the whole page, as a browser reads them.
    pub fn values(&self, attribute: &str) -> Vec<String> {
        let start = format!(" {attribute}=\"");
        self.html.split(start.as_str()).skip(1).map(|rest| unescaped(rest.split('"').next().unwrap())).collect()
    }

    /// The first link that begins like this.
    pub fn link(&self, beginning: &str) -> String {
        let found = self.values("href").into_iter().find(|href| href.starts_with(beginning));
        found.unwrap_or_else(|| panic!("no link {beginning}… on\n{}", self.html))
    }

    /// The page has these words.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(unescaped(&self.html).contains(words), "{words:?} is missing on\n{}", self.html);
    }
}

fn unescaped(text: &str) -> String {
    let named = text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">");
    named.replace("&#38;", "&").replace("&amp;", "&")
}

#[derive(Clone)]
pub struct Visitor {
    shop: Router,
    pub cookies: BTreeMap<String, String>,
    /// Headers his browser sends with everything.
    pub headers: Vec<(&'static str, &'static str)>,
    /// What he looks at.
    pub page: Answer,
    /// Where that is.
    at: String,
}

impl Visitor {
    pub fn new(shop: &Router) -> Visitor {
        Visitor {
            shop: shop.clone(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            page: Answer::default(),
            at: String::new(),
        }
    }

    /// Opens an address.
    pub async fn go(&mut self, address: &str) -> Answer {
        self.at = address.to_owned();
        self.page = self.ask(Method::GET, address, String::new()).await;
        self.page.clone()
    }

    /// Fills the form that posts to `action` on the page he looks at, sends it, and follows where it leads.
    pub async fn send(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.press(action, fields).await;
        match answer.status {
            303 => self.go(answer.header(header::LOCATION)).await,
            _ => answer,
        }
    }

    /// The same without following.
    pub async fn press(&mut self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = self.hidden_fields(action);
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(action, &all).await
    }

    /// Sends a form that no page has to have.
    pub async fn post(&mut self, action: &str, fields: &[(String, String)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.page = self.ask(Method::POST, action, body).await;
        self.page.clone()
    }

    /// What a form sends that nobody typed.
    pub fn hidden_fields(&self, action: &str) -> Vec<(String, String)> {
        let start = format!("method=\"post\" action=\"{action}\"");
        let found = self.page.html.split("<form ").find(|form| form.split('>').next().unwrap().contains(&start));
        let form = found.unwrap_or_else(|| panic!("no form for {action} at {} on\n{}", self.at, self.page.html));
        let form = form.split("</form>").next().unwrap();
        form.split("<input ")
            .filter(|input| input.starts_with("type=\"hidden\""))
            .map(|input| {
                let of = |name: &str| input.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
                (of("name").unwrap().to_owned(), unescaped(of("value").unwrap()))
            })
            .collect()
    }

    async fn ask(&mut self, method: Method, address: &str, body: String) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(address).header(header::HOST, "shop.example");
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let response = self.shop.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(set.to_str().unwrap());
        }
        let bytes = to_bytes(body, MAX_ANSWER_BYTES).await.unwrap().to_vec();
        let html = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes, html }
    }

    fn keep(&mut self, set: &str) {
        let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
        if set.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
