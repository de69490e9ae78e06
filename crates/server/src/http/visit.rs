//! A visit: what a page knows of the person before it, made once for every request, and the forms she sends.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;
use shop::declared::in_language;
use shop::formats::Format;
use shop::front::{Around, NamedLicence};
use shop::geoip::Country;
use shop::orders::{Item, OrderError, Quote, Wish};
use shop::storefronts::MAIN;
use shop::users::{Role, Session, SessionKind, Token, csrf_matches, csrf_token};
use shop::wallet::Balance;

use super::app::App;
use super::cookies::Cookies;
use super::extract::{Whereabouts, accepted_language, body, origin_of, without_nul};
use super::kept::{Kept, Public, key_of};
use super::packing::{Pierced, takes_gzip};
use super::problem::{Kind, Problem};
use super::request_id::current_id;
use super::security::is_vouched;
use crate::pages::{ClosedPage, ErrorPage, Lang, Layout, Notice, Template, Visitor};

/// The query parameter by which a page opens with a notice.
const NOTICE: &str = "notice";
/// Pages that stay open while the shop is closed, without their language: what was bought, and the way to it.
const OPEN_WHEN_CLOSED: [&str; 4] = ["/downloads", "/downloads/links.txt", "/sign-in", "/sign-out"];
/// The same of the API, by how their paths begin.
const OPEN_API_WHEN_CLOSED: [&str; 4] = ["/downloads", "/sessions", "/operator", "/openapi.json"];
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding");
const HTML_CACHING: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Somebody signed in.
#[derive(Clone)]
pub struct Signed {
    /// Her session.
    pub session: Session,
    /// Its token.
    pub token: Token,
    /// Her money.
    pub balance: Balance,
}

/// What a page knows. Cheap to clone.
#[derive(Clone)]
pub struct Visit {
    known: Arc<Known>,
}

struct Known {
    lang: Lang,
    storefront: String,
    origin: String,
    around: Arc<Around>,
    path: String,
    notice: Option<String>,
    signed: Option<Signed>,
    /// What the tokens of forms are derived from: the session, or before that a secret of the browser.
    secret: Token,
    cookies: Cookies,
    /// Country of the network address.
    address: Option<Country>,
    /// The page of ours that asked, as its browser says: path and query without the language.
    from: Option<String>,
    /// Its browser says that one of our pages sent it.
    is_vouched: bool,
}

impl Visit {
    async fn of(
        app: &App,
        (uri, headers, country): (&Uri, &HeaderMap, Option<Country>),
        cookies: Cookies,
        visitor: Token,
    ) -> Result<Visit, Problem> {
        let signed = match &cookies.session {
            Some(token) => signed(app, token).await?,
            None => None,
        };
        let (lang, path) = address(uri, headers);
        let (path, notice) = without_notice(&path);
        let secret = signed.as_ref().map_or(visitor, |signed| signed.token.clone());
        let around = app.shop.front.around(MAIN).await?;
        let (storefront, origin) = (around.storefront.name.clone(), origin_of(app, headers));
        let (from, is_vouched) =
            (page_before(headers, &origin), is_vouched(headers, app.shop.settings.public_url.as_deref()));
        let known = Known {
            lang,
            storefront,
            origin,
            around,
            path,
            notice,
            signed,
            secret,
            cookies,
            address: country,
            from,
            is_vouched,
        };
        Ok(Visit { known: Arc::new(known) })
    }

    /// The country that the visitor's network address lies in, where that is known.
    pub fn address(&self) -> Option<Country> {
        self.known.address
    }

    /// What items cost this visitor.
    pub async fn quote(&self, app: &App, items: Vec<Item>, format: Format) -> Result<Quote, OrderError> {
        self.quote_wish(app, Wish::new(items, format)).await
    }

    /// What a wish costs this visitor.
    pub async fn quote_wish(&self, app: &App, wish: Wish) -> Result<Quote, OrderError> {
        let user = self.signed().map(|signed| signed.session.user.id.as_str());
        app.shop.orders.seen_from(self.known.address).quote_for(user, wish).await
    }

    /// The language of the page.
    pub fn lang(&self) -> Lang {
        self.known.lang
    }

    /// The cookies it came with.
    pub fn cookies(&self) -> &Cookies {
        &self.known.cookies
    }

    /// Who is signed in, if anybody.
    pub fn signed(&self) -> Option<&Signed> {
        self.known.signed.as_ref()
    }

    /// The word of the notice that the page is to open with.
    pub fn notice(&self) -> Option<&str> {
        self.known.notice.as_deref()
    }

    /// `path` in the language of the page.
    pub fn href(&self, path: &str) -> String {
        self.known.lang.href(path)
    }

    /// Path and query without the language.
    pub fn path(&self) -> &str {
        &self.known.path
    }

    /// The page of the shop that this was sent from, where the browser says so: path and query without the language.
    pub fn from(&self) -> Option<&str> {
        self.known.from.as_deref()
    }

    /// The way to sign in, and then to `next`.
    pub fn sign_in(&self, next: &str) -> Redirect {
        let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        Redirect::to(&format!("{}?{next}", self.href("/sign-in")))
    }

    /// What surrounds the page.
    pub fn layout(&self) -> Layout {
        let known = &self.known;
        let visitor = known.signed.as_ref().map(|signed| Visitor {
            email: signed.session.user.email.clone(),
            balance_micros: signed.balance.balance_micros,
            is_operator: signed.session.user.role == Role::Operator,
        });
        Layout {
            lang: known.lang,
            storefront: known.storefront.clone(),
            path: known.path.clone(),
            query: String::new(),
            visitor,
            csrf: csrf_token(&known.secret),
            origin: known.origin.clone(),
            licences: known.around.licences.iter().map(|licence| licence_line(known.lang, licence)).collect(),
            currency: known.around.storefront.currency.clone(),
            is_closed: known.around.notice.is_some() && self.is_operator(),
            basket_count: u32::try_from(known.cookies.basket.items().len()).unwrap_or(u32::MAX),
            notice: known.notice.as_deref().and_then(notice),
        }
    }

    /// The address under which this visitor reached the shop.
    pub fn origin(&self) -> &str {
        &self.known.origin
    }

    /// Whether an operator is signed in.
    pub fn is_operator(&self) -> bool {
        self.signed().is_some_and(|signed| signed.session.user.role == Role::Operator)
    }

    /// The notice that keeps this visitor from this page: a closed shop still gives out what was bought, and operators see
    /// all of it.
    fn closed_by(&self) -> Option<&shop::front::Notice> {
        let path = self.known.path.split('?').next().unwrap_or_default();
        let stays_open = OPEN_WHEN_CLOSED.contains(&path) || path.starts_with("/operator");
        self.known.around.notice.as_ref().filter(|_| !stays_open && !self.is_operator())
    }

    /// The layout of a page that answers a form: its path is that of the page with the form.
    pub fn layout_of(&self, path: &str) -> Layout {
        Layout { path: path.to_owned(), ..self.layout() }
    }
}

/// A licence as the footer says it.
fn licence_line(lang: Lang, licence: &NamedLicence) -> String {
    let name = if licence.name.is_empty() { lang.t("licence-title") } else { licence.name.clone() };
    let NamedLicence { number, society, .. } = licence;
    match number.as_str() {
        "" => lang.t2("footer-licence", ("name", name), ("society", society)),
        number => lang.with("footer-licence-number", &[("name", &name), ("number", number), ("society", society)]),
    }
}

async fn signed(app: &App, token: &Token) -> Result<Option<Signed>, Problem> {
    let session = app.shop.users.by_token(token).await?;
    let Some(session) = session.filter(|session| session.kind == SessionKind::Browser) else { return Ok(None) };
    let balance = app.shop.wallet.balance(&session.user.id).await?;
    Ok(Some(Signed { session, token: token.clone(), balance }))
}

/// Language, and path with query behind it. An address without a language has the one that the browser asks for.
fn address(uri: &Uri, headers: &HeaderMap) -> (Lang, String) {
    let whole = uri.path_and_query().map_or("/", |whole| whole.as_str());
    let rest = whole.strip_prefix('/').unwrap_or(whole);
    let code = rest.split(['/', '?']).next().unwrap_or_default();
    match Lang::from_code(code) {
        Some(lang) if rest[code.len()..].starts_with('/') => (lang, rest[code.len()..].to_owned()),
        Some(lang) => (lang, "/".to_owned()),
        None => (accepted_language(headers), "/".to_owned()),
    }
}

/// The page of ours that a request names as the one before it.
fn page_before(headers: &HeaderMap, origin: &str) -> Option<String> {
    let uri: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = uri.authority()?.as_str();
    let is_ours = Some(authority) == host || origin.split_once("://").is_some_and(|(_, own)| own == authority);
    Lang::from_code(uri.path().split('/').nth(1)?)?;
    is_ours.then(|| without_notice(&address(&uri, headers).1).0)
}

fn without_notice(path: &str) -> (String, Option<String>) {
    let Some((path, query)) = path.split_once('?') else { return (path.to_owned(), None) };
    let mark = format!("{NOTICE}=");
    let (notices, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(|part| part.starts_with(&mark));
    let notice = notices.first().map(|part| part[mark.len()..].to_owned());
    let query = others.join("&");
    (if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }, notice)
}

/// Notices that need no figures; the one about a voucher is the balance page's own.
fn notice(word: &str) -> Option<Notice> {
    Some(match word {
        "added" => Notice::AddedToBasket,
        "in-album" => Notice::InAlbumAlready,
        "removed" => Notice::RemovedFromBasket,
        "discount" => Notice::DiscountRedeemed,
        "gift" => Notice::GiftBought,
        "gift-cancelled" => Notice::GiftCancelled,
        "ordered" => Notice::OrderPlaced,
        "owned" => Notice::OwnedAlready,
        "password" => Notice::PasswordChanged,
        "settings" => Notice::SettingsSaved,
        "refund" => Notice::RefundBegun,
        "signed-out" => Notice::SignedOut,
        "signed-out-everywhere" => Notice::SignedOutEverywhere,
        "account-closed" => Notice::AccountClosed,
        "reported" => Notice::DefectReported,
        "wished" => Notice::Wished,
        "unwished" => Notice::Unwished,
        "sizes-busy" => Notice::SizesBusy,
        "followed" => Notice::Followed,
        "review-reported" => Notice::ReviewReported,
        "welcome" => Notice::Welcome,
        _ => return None,
    })
}

/// Makes the visit, lets the handler answer, and shows a refusal as a page. What was made before for everybody is shown again.
pub async fn visit(State(app): State<App>, request: Request, next: Next) -> Response {
    let cookies = Cookies::read(request.headers(), app.is_https());
    let known = cookies.visitor.clone();
    let visitor = known.clone().unwrap_or_else(|| Token::shown(&hex::encode(app.shop.clock.random::<32>())));
    let (mut parts, body) = request.into_parts();
    let Ok(Whereabouts(country)) = Whereabouts::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let asked = Asked::of(&app, &request, (&cookies, country));
    let (mut response, is_signed) = match asked.kept(&app) {
        Some(kept) => (asked.answer(&kept.page, &csrf_token(&visitor)), false),
        None => made(&app, (request, next), (cookies.clone(), visitor.clone(), country), asked).await,
    };
    if is_html(&response) {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HTML_CACHING);
        if known.is_none() && !is_signed {
            response.headers_mut().append(header::SET_COOKIE, cookies.set_visitor(&visitor));
        }
    }
    response
}

/// Lets the handler answer; also says whether somebody is signed in.
async fn made(
    app: &App,
    (mut request, next): (Request, Next),
    (cookies, visitor, country): (Cookies, Token, Option<Country>),
    asked: Asked,
) -> (Response, bool) {
    let made = Visit::of(app, (request.uri(), request.headers(), country), cookies, visitor).await;
    let visit = match made {
        Ok(visit) => visit,
        Err(problem) => return (problem.into_response(), false),
    };
    request.extensions_mut().insert(visit.clone());
    let mut response = match visit.closed_by() {
        Some(notice) => closed(&visit, notice),
        None => next.run(request).await,
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = page_of(&visit, problem, response);
    }
    let is_signed = visit.signed().is_some();
    (asked.pack(app, response, &csrf_token(&visit.known.secret)).await, is_signed)
}

fn is_html(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// How a page was asked for, and what it may be kept under.
struct Asked {
    key: Option<String>,
    is_get: bool,
    takes_gzip: bool,
    /// The state of the shop and the time before the page was made.
    begun: (u64, i64),
}

impl Asked {
    fn of(app: &App, request: &Request, (cookies, country): (&Cookies, Option<Country>)) -> Asked {
        let (method, headers) = (request.method(), request.headers());
        Asked {
            key: key_of(method, request.uri(), &origin_of(app, headers), (cookies, country)),
            is_get: *method == Method::GET,
            takes_gzip: takes_gzip(headers),
            // Both only grow: while the sum is the same, neither did.
            begun: (app.shop.db.seen() + app.shop.search.seen(), app.shop.clock.now_us()),
        }
    }

    fn kept(&self, app: &App) -> Option<Arc<Kept>> {
        app.kept.find(self.key.as_deref()?, self.begun.0, self.begun.1)
    }

    /// A page with this token in its forms.
    fn answer(&self, page: &Pierced, token: &str) -> Response {
        let about = [(header::CONTENT_TYPE, HTML), (header::VARY, VARY)];
        match page.gzip(token).filter(|_| self.takes_gzip) {
            Some(gzip) => (about, [(header::CONTENT_ENCODING, GZIP)], gzip).into_response(),
            None => (about, page.plain(token)).into_response(),
        }
    }

    /// Packs a page for the line, and keeps it where it is for everybody.
    async fn pack(self, app: &App, mut response: Response, token: &str) -> Response {
        let is_public = response.extensions_mut().remove::<Public>().is_some() && response.status() == StatusCode::OK;
        let key = self.key.as_ref().filter(|_| is_public).cloned();
        if !self.is_get || !is_html(&response) || (key.is_none() && !self.takes_gzip) {
            return response;
        }
        let (head, body) = response.into_parts();
        // Pages are whole in memory already.
        let page = match to_bytes(body, usize::MAX).await {
            Ok(bytes) => Pierced::of(&bytes, token),
            Err(e) => return Problem::internal(e).into_response(),
        };
        let mut answer = match key {
            Some(key) => self.answer(&app.kept.keep(key, page, self.begun).page, token),
            None => self.answer(&page, token),
        };
        *answer.status_mut() = head.status;
        for (name, value) in head.headers.iter().filter(|(name, _)| *name != header::CONTENT_TYPE) {
            answer.headers_mut().append(name, value.clone());
        }
        answer
    }
}

/// What a closed shop answers.
fn closed(visit: &Visit, notice: &shop::front::Notice) -> Response {
    let (language, message) = in_language(&notice.messages, visit.lang().code()).unwrap_or_default();
    let page = ClosedPage {
        page: visit.layout_of("/"),
        message: message.to_owned(),
        language: language.to_owned(),
        retry_after_s: notice.retry_after_s,
    };
    let text = match page.render() {
        Ok(text) => text,
        Err(e) => return Problem::internal(e).into_response(),
    };
    let headers = [(header::RETRY_AFTER, HeaderValue::from(notice.retry_after_s))];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(text)).into_response()
}

/// Turns programs away while the shop is closed; what they bought they still get, and operators may open it again.
pub async fn open_hours(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Nested: the path begins below the API's base, or with it.
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    if OPEN_API_WHEN_CLOSED.iter().any(|open| path.starts_with(open)) {
        return next.run(request).await;
    }
    match app.shop.front.notice(MAIN).await {
        Ok(None) => next.run(request).await,
        Ok(Some(notice)) => {
            let language = accepted_language(request.headers());
            let (_, message) = in_language(&notice.messages, language.code()).unwrap_or_default();
            Problem::closed(message, notice.retry_after_s).into_response()
        }
        Err(e) => Problem::from(e).into_response(),
    }
}

fn page_of(visit: &Visit, problem: Problem, refusal: Response) -> Response {
    let is_stale = problem.kind == Kind::ForeignForm;
    let page = ErrorPage {
        page: visit.layout(),
        is_stale,
        back: visit.from().filter(|_| is_stale).map(str::to_owned),
        status: problem.kind.status().as_u16(),
        request_id: current_id().unwrap_or_default(),
        retry_after_s: problem.retry_after_s.and_then(|s| u32::try_from(s).ok()),
    };
    let Ok(text) = page.render() else { return refusal };
    let mut response = (problem.kind.status(), Html(text)).into_response();
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = refusal.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Problem> {
        parts.extensions.get::<Visit>().cloned().ok_or_else(|| Problem::internal("a page outside a visit"))
    }
}

/// Somebody signed in, or the way to sign in and come back.
pub struct SignInFirst(Response);

impl IntoResponse for SignInFirst {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = SignInFirst;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Signed, SignInFirst> {
        let visit =
            Visit::from_request_parts(parts, state).await.map_err(|problem| SignInFirst(problem.into_response()))?;
        visit.signed().cloned().ok_or_else(|| {
            // Who sent a form comes back to the page that has it.
            let form = visit.from().filter(|_| parts.method != Method::GET && parts.method != Method::HEAD);
            SignInFirst(visit.sign_in(form.unwrap_or(visit.path())).into_response())
        })
    }
}

/// An operator, on his pages; who is not signed in is sent there first.
pub struct Operating {
    /// Who.
    pub signed: Signed,
}

/// Why somebody does not see an operator's page.
pub enum NoOperator {
    /// He may be one: he is not signed in.
    SignIn(SignInFirst),
    /// He is none.
    Refused(Problem),
}

impl IntoResponse for NoOperator {
    fn into_response(self) -> Response {
        match self {
            NoOperator::SignIn(way) => way.into_response(),
            NoOperator::Refused(problem) => problem.into_response(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operating {
    type Rejection = NoOperator;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Operating, NoOperator> {
        let signed = Signed::from_request_parts(parts, state).await.map_err(NoOperator::SignIn)?;
        if signed.session.user.role != Role::Operator {
            return Err(NoOperator::Refused(Problem::new(Kind::OperatorNeeded, "Sign in as an operator of the shop.")));
        }
        Ok(Operating { signed })
    }
}

/// A form as it was sent; who sent it is still to be asked.
pub struct Sent<T> {
    form: Result<T, Problem>,
    /// Its token is the one that our pages have for this visitor now.
    is_proved: bool,
    /// The browser says that one of our pages sent it.
    is_vouched: bool,
}

impl<T> Sent<T> {
    /// The form, if its token proves that one of our pages sent it.
    pub fn proved(self) -> Result<T, Problem> {
        if self.is_proved { self.form } else { Err(stale()) }
    }

    /// The form, if one of our pages sent it by its token or by the browser's word. Enough where nothing changes but what the
    /// browser itself keeps: a page that was open while somebody signed in or out has a token that is nobody's any more.
    pub fn harmless(self) -> Result<T, Problem> {
        if self.is_proved || self.is_vouched { self.form } else { Err(stale()) }
    }

    /// What stands in it, whoever sent it: for the way back, and nothing else.
    pub fn unproved(self) -> Option<T> {
        self.form.ok()
    }
}

fn stale() -> Problem {
    Problem::new(Kind::ForeignForm, "Open the page again and send the form from there.")
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Sent<T>, Problem> {
        let visit = request.extensions_mut().get::<Visit>().cloned();
        let visit = visit.ok_or_else(|| Problem::internal("a form outside a visit"))?;
        let bytes = body(Bytes::from_request(request, state).await)?;
        let shown = form_urlencoded::parse(&bytes).find(|(name, _)| name == "csrf").map(|(_, value)| value);
        let is_proved = shown.is_some_and(|shown| csrf_matches(&visit.known.secret, &shown));
        Ok(Sent { form: form_of(&bytes), is_proved, is_vouched: visit.known.is_vouched })
    }
}

fn form_of<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Problem> {
    without_nul(bytes, b"%00")?;
    without_nul(bytes, b"\0")?;
    serde_urlencoded::from_bytes(bytes).map_err(|e| Problem::new(Kind::Invalid, format!("The form does not fit: {e}.")))
}

/// A form whose token proves that one of our pages sent it. It cannot be read before.
pub struct Posted<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Posted<T>, Problem> {
        Sent::from_request(request, state).await?.proved().map(Posted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_language_and_its_path_without_the_notice() {
        for (uri, lang, path, notice) in [
            ("/ru/search?q=a&notice=added&kind=track", "ru", "/search?q=a&kind=track", Some("added")),
            ("/en/basket?notice=removed", "en", "/basket", Some("removed")),
            ("/en", "en", "/", None),
            ("/en/", "en", "/", None),
            ("/english/", "en", "/", None),
            ("/", "en", "/", None),
        ] {
            let (found, whole) = address(&uri.parse().unwrap(), &HeaderMap::new());
            let (without, said) = without_notice(&whole);
            assert_eq!((found.code(), without.as_str(), said.as_deref()), (lang, path, notice), "{uri}");
        }
    }

    #[test]
    fn the_page_before_is_one_of_ours_or_none() {
        for (referer, before) in [
            ("http://shop.example/ru/releases/1?format=a&notice=added", Some("/releases/1?format=a")),
            ("https://music.example/en/basket", Some("/basket")),
            ("http://shop.example/en//evil.example/", Some("//evil.example/")),
            ("http://evil.example/en/basket", None),
            ("http://shop.example/d/token/name.flac", None),
            ("/en/basket", None),
        ] {
            let referer = HeaderValue::from_static(referer);
            let host = HeaderValue::from_static("shop.example");
            let headers = HeaderMap::from_iter([(header::REFERER, referer), (header::HOST, host)]);
            assert_eq!(page_before(&headers, "https://music.example").as_deref(), before, "{headers:?}");
        }
    }
}
