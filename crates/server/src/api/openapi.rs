//! What the API says of itself: one table of operations, from which the OpenAPI 3.1 document and its page are made. The
//! schemas come from the types of `wire` themselves.

mod operation;

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operator::resource::{Removable, Resource};
use crate::pages::ApiOperation;
use operation::{KEY, Operation, Parameter, delete, get, post, put, query};

/// Version of the API, as its addresses have it.
pub const VERSION: &str = "1";
/// Where the operations live.
const BASE: &str = "/api/v1";

const UNREADABLE: (u16, &str) = (400, "The request cannot be read.");
const WITHOUT_KEY: (u16, &str) = (400, "The request cannot be read, or has no Idempotency-Key.");
const TOO_LITTLE: (u16, &str) = (402, "The balance is too small; needed_micros and balance_micros say by how much.");
const CONSENT_REQUIRED: (u16, &str) =
    (403, "Something has to be agreed to first (`consents` says what), or your country is unknown.");
const NOT_FOUND: (u16, &str) = (404, "Unknown, not on sale, or not yours.");
const NOT_YET: (u16, &str) =
    (409, "Something of the order is still in the making; Retry-After says when to come back.");
const INVALID: (u16, &str) = (422, "Something in the request is not right; `detail` says what.");
const TOO_MANY: (u16, &str) = (429, "Too many tries; Retry-After says when to come back.");

/// Every operation, in the order in which people read of them.
fn operations() -> Vec<Operation> {
    let mut all = open_operations();
    all.extend(front_operations());
    all.extend(voice_operations());
    all.extend(buying_operations());
    all.extend(operator_operations());
    all
}

/// Parameters that narrow a search down.
fn narrowing() -> [Parameter; 6] {
    [
        query("genre", "string", "Only of this genre and those within it, by its id."),
        query("label", "string", "Only of this label, by its id."),
        query("language", "string", "Only in this language: ISO 639-3."),
        query("quality", "string", "Only with masters of this quality: lossy (once, as it seems), cd, hires."),
        query("years", "string", "Only from these years: 1990-1999, or one year."),
        query("price", "string", "Only at this price as MP3 of 320 kbit/s by the tariff, in micros: 100000-250000."),
    ]
}

fn open_operations() -> Vec<Operation> {
    vec![
        get("/search", "Search artists, labels, releases and tracks")
            .about(
                "Every word must be answered: what is named so comes first, then whole words, then beginnings of words, then \
                 what sounds so in another alphabet; where there is nothing, what was meant on the other keyboard, or with \
                 a typo or two, or by some of the words; `found_by` says which. An ISRC, GTIN or catalogue number finds too.",
            )
            .with(&[
                query("q", "string", "What to look for."),
                query("kind", "string", "artist, label, release or track."),
            ])
            .with(&narrowing())
            .lists::<wire::Hits>()
            .refuses(&[UNREADABLE, INVALID]),
        get("/search/facets", "What a search can be narrowed down to")
            .about(
                "How many releases and tracks among the results have which genre, label, language, quality, decade and \
                 price. Each value is one for the parameter of that name, here and in GET /search. At most twelve of each.",
            )
            .with(&[
                query("q", "string", "What to look for."),
                query("kind", "string", "artist, label, release or track."),
            ])
            .with(&narrowing())
            .gives::<wire::SearchFacets>(200, "The facets.")
            .refuses(&[UNREADABLE, INVALID]),
        get("/charts", "What sells best")
            .about(
                "Counted from sales about once a minute: listeners who bought a track, each once; a release has the sum of \
                 its tracks. What sold equally often shares a place. At most 100 places.",
            )
            .with(&[
                query("period", "string", "day, week (the usual one) or all."),
                query("kind", "string", "release (the usual one) or track."),
                query("genre", "string", "Only of this genre and those within it, by its id."),
                query("limit", "integer", "Places, at most 100."),
            ])
            .gives::<wire::Chart>(200, "The chart.")
            .refuses(&[UNREADABLE, INVALID]),
        get("/suggestions", "What to go on to, while one still types")
            .about("At most four of each kind; `title` and `credit` come in parts, those that answer marked.")
            .with(&[query("q", "string", "What was typed so far.")])
            .gives::<wire::Suggestions>(200, "The suggestions: kinds of which something is named so, then the others, artists first.")
            .refuses(&[UNREADABLE]),
        get("/artists/{id}", "An artist")
            .about("His releases: GET /releases?artist=ID.")
            .gives::<wire::Artist>(200, "The artist.")
            .refuses(&[NOT_FOUND]),
        get("/releases", "Releases on sale, newest first")
            .with(&[
                query("genre", "string", "Only of this genre and those within it, by its id."),
                query("label", "string", "Only of this label, by its id."),
                query("artist", "string", "Only with this artist, by his id."),
            ])
            .lists::<wire::Page<wire::ReleaseSummary>>()
            .refuses(&[UNREADABLE, (422, "More than one of genre, label and artist.")]),
        get("/releases/{id}", "A release with its tracks")
            .gives::<wire::Release>(200, "The release.")
            .refuses(&[NOT_FOUND]),
        get("/tracks/{id}", "A track").gives::<wire::TrackDetails>(200, "The track.").refuses(&[NOT_FOUND]),
        get("/tracks/{id}/preview", "What you may hear of a track")
            .about("How much that is follows from who you are: GET /previews. The same address gives every standing a file of its own. Answers ranges like any file, except while it is made for the first time.")
            .with(&[
                query("codec", "string", "opus or mp3; by the header Accept when left out."),
                query("cue", "string", "Anything: ranges are answered also while it is made, and wait for what they need."),
            ])
            .token_if_any()
            .file("audio/ogg", &[(200, "All of it."), (206, "The part asked for."), (304, "It is what you have.")])
            .refuses(&[(403, "Its rights holder wants none."), NOT_FOUND, (416, "It ends before that."), INVALID, TOO_MANY]),
        get("/tracks/{id}/waveform", "How loud a track is from its beginning to its end")
            .about("For drawing. May be kept for a day.")
            .with(&[query("as", "string", "json, or svg for a picture; json when left out.")])
            .gives::<wire::Waveform>(200, "The points.")
            .refuses(&[NOT_FOUND, INVALID]),
        get("/previews", "How much of a track you may hear")
            .token_if_any()
            .gives::<wire::Hearing>(200, "What holds for you."),
        get("/genres", "Genres with something on sale, the fullest first")
            .about("A genre holds what the genres within it hold.")
            .lists::<wire::Page<wire::Genre>>(),
        get("/genres/{id}", "A genre, what it is within, and what is within it")
            .gives::<wire::GenreDetails>(200, "The genre.")
            .refuses(&[NOT_FOUND]),
        get("/labels", "Labels with something on sale, by name").lists::<wire::Page<wire::NamedCount>>(),
        get("/formats", "What a track can become")
            .about("A page holds all of them unless limit says otherwise.")
            .with(&[query("release", "string", "Only those that this release is sold in, by its id.")])
            .lists::<wire::Page<wire::Format>>()
            .refuses(&[UNREADABLE, NOT_FOUND]),
        post("/quotes", "What items cost in a format")
            .about("Where only encoding will tell the bytes, the price is the most it can be: a promise. With a token it is your price: with your discounts, and without what you own.")
            .token_if_any()
            .takes::<wire::QuoteRequest>()
            .gives::<wire::Quote>(200, "A line for each track, and the total.")
            .refuses(&[UNREADABLE, NOT_FOUND, INVALID]),
        get("/keys", "Public keys that this shop signs with, or did")
            .gives::<wire::Page<wire::PublicKey>>(200, "The newest first."),
        post("/users", "Sign up")
            .takes::<wire::Credentials>()
            .gives::<wire::Me>(201, "The new user. Signing in is another step.")
            .refuses(&[UNREADABLE, (409, "The e-mail address is taken."), INVALID, TOO_MANY]),
        post("/sessions", "Sign in")
            .takes::<wire::Credentials>()
            .gives::<wire::Session>(201, "The token, good for a year.")
            .refuses(&[UNREADABLE, (401, "The e-mail address or the password is wrong."), INVALID, TOO_MANY]),
    ]
}

/// What everybody may know of the shop itself.
fn front_operations() -> Vec<Operation> {
    vec![
        get("/texts/{id}", "A text of the shop in Markdown: about, terms, privacy or help")
            .gives::<wire::Text>(200, "The text, by language.")
            .refuses(&[NOT_FOUND]),
        get("/licences", "What the shop sells under, and what is paid for it")
            .gives::<wire::Page<wire::PublicLicence>>(200, "All licences in force."),
        get("/news", "News, the latest first").lists::<wire::Page<wire::Post>>().refuses(&[INVALID]),
        get("/news/{id}", "A post of the news").gives::<wire::Post>(200, "The post.").refuses(&[NOT_FOUND]),
        get("/releases/{id}/notes", "What the shop says of a release, in Markdown")
            .gives::<wire::Text>(200, "The text, by language.")
            .refuses(&[NOT_FOUND]),
        get("/artists/{id}/biography", "What the shop says of an artist, in Markdown")
            .gives::<wire::Text>(200, "The text, by language.")
            .refuses(&[NOT_FOUND]),
        get("/labels/{id}", "A label")
            .about("Its releases: GET /releases?label=ID.")
            .gives::<wire::Named>(200, "The label.")
            .refuses(&[NOT_FOUND]),
        get("/labels/{id}/text", "What the shop says of a label, in Markdown")
            .gives::<wire::Text>(200, "The text, by language.")
            .refuses(&[NOT_FOUND]),
    ]
}

/// What listeners say and want.
fn voice_operations() -> Vec<Operation> {
    let done = "It is so.";
    let full = (409, "There are as many as one may have.");
    vec![
        get("/releases/{id}/reviews", "What those who bought a release say of it, the latest first")
            .lists::<wire::Page<wire::Review>>()
            .refuses(&[UNREADABLE, NOT_FOUND, INVALID]),
        get("/releases/{id}/rating", "All that is said of a release in two numbers")
            .gives::<wire::Rating>(200, "How many, and their average.")
            .refuses(&[NOT_FOUND]),
        get("/releases/{id}/bought-together", "What buyers of a release own too, those with most buyers first")
            .about("Counted from orders every hour; one buyer alone does not count.")
            .gives::<wire::Page<wire::ReleaseSummary>>(200, "All of them.")
            .refuses(&[NOT_FOUND]),
        get("/picks", "What the editors pick, in their order").gives::<wire::Page<wire::Pick>>(200, "All of them."),
        get("/releases/{id}/review", "What you say of a release")
            .token()
            .gives::<wire::Review>(200, "Your review.")
            .refuses(&[NOT_FOUND]),
        put("/releases/{id}/review", "Say something of a release, or something else than before")
            .about("For those who bought something of it.")
            .token()
            .takes::<wire::NewReview>()
            .gives::<wire::Review>(201, "It is new.")
            .gives::<wire::Review>(200, "It replaced what you said before.")
            .refuses(&[UNREADABLE, (403, "You bought nothing of it."), INVALID, (429, "Enough for a day.")]),
        delete("/releases/{id}/review", "Take back what you said of a release")
            .token()
            .nothing(204, "It is gone.")
            .refuses(&[NOT_FOUND]),
        post("/reviews/{id}/report", "Tell operators that a review should not be there")
            .token()
            .takes::<wire::Report>()
            .nothing(204, done)
            .refuses(&[UNREADABLE, NOT_FOUND, (409, "It is your own."), INVALID, (429, "Enough for a day.")]),
        get("/me/wishes", "Your wish list, the latest wish first")
            .token()
            .gives::<wire::Page<wire::ReleaseSummary>>(200, "All of it."),
        put("/me/wishes/{id}", "Wish for a release").token().nothing(204, done).refuses(&[NOT_FOUND, full]),
        delete("/me/wishes/{id}", "Take a wish back").token().nothing(204, "It is gone.").refuses(&[NOT_FOUND]),
        get("/me/follows", "Whom you follow").token().gives::<wire::Follows>(200, "Artists and labels."),
        put("/me/follows/artists/{id}", "Follow an artist")
            .about("A letter a week tells what is new, if anything is.")
            .token()
            .nothing(204, done)
            .refuses(&[NOT_FOUND, full]),
        delete("/me/follows/artists/{id}", "Follow an artist no more").token().nothing(204, done).refuses(&[NOT_FOUND]),
        put("/me/follows/labels/{id}", "Follow a label").token().nothing(204, done).refuses(&[NOT_FOUND, full]),
        delete("/me/follows/labels/{id}", "Follow a label no more").token().nothing(204, done).refuses(&[NOT_FOUND]),
    ]
}

/// `operator::voices::routes` has the same list.
fn review_operations() -> Vec<Operation> {
    use wire::operator::ModeratedReview;
    vec![
        get("/operator/reviews", "Reviews, the most reported first, then the latest")
            .operator()
            .lists::<wire::Page<ModeratedReview>>()
            .refuses(&[UNREADABLE, INVALID]),
        post("/operator/reviews/{id}/hide", "Take a review from sight; its reports are settled")
            .operator()
            .gives::<ModeratedReview>(200, "As it stands.")
            .refuses(&[NOT_FOUND]),
        post("/operator/reviews/{id}/show", "Show a review again, or keep it in spite of reports")
            .operator()
            .gives::<ModeratedReview>(200, "As it stands.")
            .refuses(&[NOT_FOUND]),
    ]
}

fn buying_operations() -> Vec<Operation> {
    let order = query("order", "string", "Only of this order.");
    vec![
        delete("/sessions/current", "Sign out").token().nothing(204, "The token is void."),
        delete("/me", "Close your account for good")
            .about(
                "Ends all sessions and links and forgets address, password and billing details; the books and papers stay. What was \
                 paid in and is unspent has to be refunded first, other credit given up by name.",
            )
            .token()
            .takes::<wire::CloseAccount>()
            .nothing(204, "It is closed.")
            .refuses(&[
                (401, "No token in force, or a wrong password."),
                (409, "Something stands in the way; `detail` says what."),
                INVALID,
                TOO_MANY,
            ]),
        get("/me", "Who you are").token().gives::<wire::Me>(200, "You."),
        get("/me/consents", "What you have to agree to before you buy, and what you agreed to")
            .token()
            .gives::<wire::Consents>(200, "Both lists."),
        post("/me/consents", "Agree to a text")
            .about("Once for immediate_supply, once in each country for lawful_country. It is confirmed by mail.")
            .token()
            .takes::<wire::NewConsent>()
            .gives::<wire::Consents>(200, "Both lists, as they are now.")
            .refuses(&[UNREADABLE, (404, "Nothing of this kind is asked for."), (409, "Another version is in force."), INVALID]),
        get("/me/billing", "To whom your papers are made out").token().gives::<wire::Billing>(200, "As you said."),
        put("/me/billing", "Say to whom your papers are made out")
            .about("The country is evidence of where you are, for tax.")
            .token()
            .takes::<wire::Billing>()
            .gives::<wire::Billing>(200, "As it is kept.")
            .refuses(&[UNREADABLE, INVALID]),
        post("/vouchers/redeem", "Redeem a voucher")
            .about(
                "It brings credit, a discount on the next order, or a release. For a release say the format; without it the \
                 answer is format-needed and the voucher stays as it is.",
            )
            .token()
            .takes::<wire::Voucher>()
            .gives::<wire::Redeemed>(200, "What it brought.")
            .refuses(&[
                UNREADABLE,
                (404, "No such voucher."),
                (409, "It was redeemed already, or is another shop's."),
                (410, "It has expired, or was stopped."),
                (422, "A format is needed, or costs more than the voucher covers."),
                TOO_MANY,
            ]),
        post("/gifts", "Buy a voucher for somebody")
            .about("Paid from purchased credit alone; its code goes by mail to the recipient, on a date.")
            .token()
            .with(&[KEY])
            .takes::<wire::NewGift>()
            .gives::<wire::Gift>(201, "The gift.")
            .gives::<wire::Gift>(200, "The gift that stands under this key.")
            .refuses(&[WITHOUT_KEY, (402, "There is too little purchased credit."), INVALID, (429, "Too many gifts a day.")]),
        get("/gifts", "Your gifts, newest first")
            .token()
            .lists::<wire::Page<wire::Gift>>()
            .refuses(&[UNREADABLE]),
        get("/gifts/{id}", "A gift").token().gives::<wire::Gift>(200, "The gift.").refuses(&[NOT_FOUND]),
        post("/gifts/{id}/cancel", "Take a gift back that was not sent")
            .about("Its money is purchased credit again.")
            .token()
            .gives::<wire::Gift>(200, "The gift, cancelled.")
            .refuses(&[NOT_FOUND, (409, "It was sent, or cancelled already.")]),
        get("/wallet", "What you have").token().gives::<wire::Wallet>(200, "Your balance."),
        get("/wallet/entries", "Every change of your balance, newest first")
            .token()
            .lists::<wire::Page<wire::WalletEntry>>()
            .refuses(&[UNREADABLE]),
        get("/topups/options", "How you can top up, and by how much")
            .about("Depends on the storefront, its currency, and the country that your address lies in.")
            .token()
            .gives::<wire::TopUpOptions>(200, "Amounts and ways."),
        post("/topups", "Top up")
            .about("`stripe` answers redirect_url, where you pay; `transfer` answers the reference that the transfer must name. The balance grows when the money has arrived, never before.")
            .token()
            .with(&[KEY])
            .takes::<wire::NewTopUp>()
            .gives::<wire::TopUp>(201, "The top-up, pending.")
            .gives::<wire::TopUp>(200, "The top-up that stands under this key.")
            .refuses(&[WITHOUT_KEY, (422, "The amount or the way is not offered, a limit is reached, or the key belongs to another top-up."), TOO_MANY, (502, "The provider refused."), (503, "The provider does not answer: send the same again.")]),
        get("/topups", "Your top-ups, newest first").token().lists::<wire::Page<wire::TopUp>>().refuses(&[UNREADABLE]),
        get("/topups/{id}", "A top-up")
            .about("While it is pending, the provider is asked, at most every two seconds.")
            .token()
            .gives::<wire::TopUp>(200, "The top-up.")
            .refuses(&[NOT_FOUND]),
        post("/topups/{id}/refund", "Get unspent credit of a top-up back")
            .about("It goes to where it came from, never to others. Purchased credit is spent first in, first out. A bonus goes back in proportion; what of it was spent is taken off.")
            .token()
            .with(&[KEY])
            .takes::<wire::NewRefund>()
            .gives::<wire::Refund>(201, "The refund, on its way.")
            .gives::<wire::Refund>(200, "The refund that stands under this key.")
            .refuses(&[WITHOUT_KEY, NOT_FOUND, (409, "So much of it is not unspent."), (422, "The key belongs to another refund, or something is not right.")]),
        get("/refunds", "What went back or is on its way, newest first")
            .token()
            .lists::<wire::Page<wire::Refund>>()
            .refuses(&[UNREADABLE]),
        post("/orders", "Buy")
            .about("Holds the most it can cost, charges what it does cost once the files are made, and gives back the rest by itself.")
            .token()
            .with(&[KEY])
            .takes::<wire::NewOrder>()
            .gives::<wire::Order>(201, "The order.")
            .gives::<wire::Order>(200, "The order that stands under this key.")
            .refuses(&[WITHOUT_KEY, TOO_LITTLE, CONSENT_REQUIRED, NOT_FOUND, (409, "It costs more by now than promised_total_micros; total_micros says what."), (422, "The key belongs to another order, or something is not right.")]),
        get("/orders", "Your orders, newest first; without ZIPs")
            .token()
            .lists::<wire::Page<wire::Order>>()
            .refuses(&[UNREADABLE]),
        get("/orders/{id}", "An order").token().gives::<wire::Order>(200, "The order.").refuses(&[NOT_FOUND]),
        get("/orders/{id}/receipt", "The receipt of an order, as it was signed")
            .about("As receipt.json and receipt.pdf too; `gramovar receipt verify` checks either without the shop.")
            .token()
            .gives::<wire::SignedReceipt>(200, "The document and its signature.")
            .refuses(&[NOT_FOUND, NOT_YET]),
        get("/orders/{id}/receipt.json", "The same as a file")
            .token()
            .gives::<wire::SignedReceipt>(200, "The document and its signature.")
            .refuses(&[NOT_FOUND, NOT_YET]),
        get("/orders/{id}/receipt.pdf", "The same for people, in the language of your letters")
            .token()
            .file("application/pdf", &[(200, "The receipt, with the signed document attached.")])
            .refuses(&[NOT_FOUND, NOT_YET]),
        get("/orders/{id}/papers", "The receipt and what corrects it")
            .token()
            .gives::<wire::Page<wire::Paper>>(200, "All of them, the first one first.")
            .refuses(&[NOT_FOUND]),
        get("/papers/{id}", "A receipt or credit note, as it was signed")
            .token()
            .gives::<wire::SignedReceipt>(200, "The document and its signature.")
            .refuses(&[NOT_FOUND]),
        get("/papers/{id}/pdf", "The same for people")
            .token()
            .file("application/pdf", &[(200, "The paper, with the signed document attached.")])
            .refuses(&[NOT_FOUND]),
        post("/downloads/{id}/report", "Report a bad file, by its line's id")
            .about("It is checked, made anew if it was bad, and then its price comes back at once. Ask again for the outcome.")
            .token()
            .gives::<wire::FileReport>(202, "It is being checked.")
            .refuses(&[NOT_FOUND, (409, "The file is not ready."), TOO_MANY]),
        get("/downloads/{id}/report", "The latest report of a file, by its line's id")
            .token()
            .gives::<wire::FileReport>(200, "The report.")
            .refuses(&[NOT_FOUND]),
        get("/downloads", "What you bought, with links")
            .about("A link needs no token, works from the first moment, and can be resumed.")
            .token()
            .with(std::slice::from_ref(&order))
            .lists::<wire::Page<wire::Download>>()
            .refuses(&[UNREADABLE, NOT_FOUND]),
        get("/downloads/links.txt", "The links alone, one a line")
            .about("Good for wget -i and aria2c -i.")
            .token()
            .with(&[order])
            .file("text/plain", &[(200, "The links.")])
            .refuses(&[UNREADABLE, NOT_FOUND]),
    ]
}

/// The operator's door; `operator::routes` has the same list.
fn operator_operations() -> Vec<Operation> {
    use wire::operator::{Floor, Promotion, ReleasePrice, Tariff, VoucherBatch};
    let mut all =
        [removable::<Tariff>(), removable::<Promotion>(), removable::<Floor>(), removable::<ReleasePrice>()].concat();
    all.extend(removable::<VoucherBatch>());
    all.extend(listed_operations());
    all.extend(removable::<wire::operator::Payee>());
    all.extend(removable::<wire::operator::Licence>());
    all.extend(removable::<wire::operator::Shares>());
    all.extend(voucher_operations());
    all.extend(royalty_operations());
    all.extend(lasting::<wire::operator::TopUpRules>());
    all.extend(removable::<wire::operator::TaxRate>());
    all.extend(removable::<wire::operator::TaxSettings>());
    all.extend(removable::<wire::operator::ConsentText>());
    all.extend(removable::<wire::operator::Text>());
    all.extend(removable::<wire::operator::News>());
    all.extend(removable::<wire::operator::Notice>());
    all.extend(removable::<wire::operator::Pick>());
    all.extend(removable::<wire::operator::Genre>());
    all.extend(review_operations());
    all.extend(removable::<wire::operator::PreviewSettings>());
    all.extend(removable::<wire::operator::PreviewLimit>());
    all.extend(removable::<wire::operator::ReleaseFormats>());
    all.extend(payment_operations());
    all
}

/// What there is beside declaring batches of vouchers.
fn voucher_operations() -> Vec<Operation> {
    vec![
        post("/operator/voucher-batches/{id}/codes", "Make the codes of a batch")
            .about("Once: the answer is the only place where they ever stand. Lost codes are stopped, and another batch is declared.")
            .operator()
            .gives::<wire::operator::VoucherCodes>(201, "The codes.")
            .refuses(&[NOT_FOUND, (409, "They were made already, or the batch has expired.")]),
        get("/operator/voucher-batches/{id}/codes", "What became of the codes of a batch")
            .about("By serial number; the codes themselves are known to nobody.")
            .operator()
            .lists::<wire::Page<wire::operator::VoucherState>>()
            .refuses(&[UNREADABLE, NOT_FOUND]),
        post("/operator/voucher-batches/{id}/sheet", "Print codes that you still have")
            .about("A PDF of cards with QR codes, or a CSV of serial numbers and codes. Nothing of them is kept.")
            .operator()
            .takes::<wire::operator::VoucherSheet>()
            .file("application/pdf", &[(200, "The file; text/csv when that was asked for.")])
            .refuses(&[UNREADABLE, NOT_FOUND, INVALID]),
        post("/operator/voucher-batches/{id}/stop", "Stop what is open of a batch")
            .about("Stopped codes are worth nothing, and what was owed for them leaves the books. A second time changes nothing.")
            .operator()
            .gives::<wire::operator::VoucherBatch>(200, "As it stands.")
            .refuses(&[NOT_FOUND, (409, "Gifts are stopped by nobody but who gave them.")]),
        get("/operator/vouchers/{id}", "What became of a code")
            .about("By its serial number.")
            .operator()
            .gives::<wire::operator::VoucherState>(200, "As it stands.")
            .refuses(&[NOT_FOUND]),
    ]
}

/// Sales, statements and payments, for operators and for those who are paid.
fn royalty_operations() -> Vec<Operation> {
    let range = [
        query("from", "string", "The first moment or day, included; from the start when left out."),
        query("to", "string", "The moment or day before which it ends; up to now when left out."),
    ];
    let payee = query("payee", "string", "Only of this payee, by its id.");
    let papers = [(200, "The file, as it was made when the month was closed.")];
    vec![
        get("/operator/sales", "Every captured line and every correction, by time")
            .about("With all that statements are computed from, so that any program can compute them again.")
            .operator()
            .with(&range)
            .lists::<wire::Page<wire::Sale>>()
            .refuses(&[UNREADABLE, INVALID]),
        get("/operator/sales.csv", "The same as one CSV, a line for each payee of each sale")
            .operator()
            .with(&range)
            .file("text/csv", &[(200, "All of them.")])
            .refuses(&[UNREADABLE, INVALID]),
        get("/operator/statements", "Closed months of all payees, the newest first")
            .operator()
            .with(std::slice::from_ref(&payee))
            .lists::<wire::Page<wire::Statement>>()
            .refuses(&[UNREADABLE]),
        get("/operator/statements/{id}", "A statement with its lines")
            .operator()
            .gives::<wire::StatementDetails>(200, "The statement.")
            .refuses(&[NOT_FOUND]),
        get("/operator/statements/{id}/{kind}", "A paper of a statement: csv, pdf or dsr")
            .operator()
            .file("application/octet-stream", &papers)
            .refuses(&[NOT_FOUND]),
        get("/operator/payouts", "Payments to payees, the newest first")
            .operator()
            .with(std::slice::from_ref(&payee))
            .lists::<wire::Page<wire::Payout>>()
            .refuses(&[UNREADABLE]),
        post("/operator/payouts", "Note that a payee was paid")
            .about("An entry of the ledger. Never more than is owed.")
            .operator()
            .with(&[KEY])
            .takes::<wire::NewPayout>()
            .gives::<wire::Payout>(201, "It is noted.")
            .gives::<wire::Payout>(200, "The payment that stands under this key.")
            .refuses(&[WITHOUT_KEY, (409, "More than is owed."), INVALID]),
        post("/operator/sales/{id}/refund", "Give the price of a sold line back to the credit that paid it")
            .about("What was due to others for it goes back too, and the buyer gets a credit note. He keeps his file.")
            .operator()
            .with(&[KEY])
            .takes::<wire::operator::RefundOfLine>()
            .gives::<wire::operator::LineRefund>(201, "It went back.")
            .gives::<wire::operator::LineRefund>(200, "The refund that stands under this key.")
            .refuses(&[WITHOUT_KEY, NOT_FOUND, (409, "So much is not left of it."), INVALID]),
        get("/operator/ledger", "The trial balance: what stands on every account, by storefront and currency")
            .about("Its sum is always zero. What is owed to each society and holder of rights is a line of its own.")
            .operator()
            .with(&[
                query("at", "string", "The day or moment before which everything is counted; all when left out."),
                query("storefront", "string", "Only of this storefront."),
                query("currency", "string", "Only in this currency (ISO 4217)."),
            ])
            .gives::<wire::operator::Ledger>(200, "The trial balance.")
            .refuses(&[UNREADABLE, INVALID]),
        get("/operator/payment-volume", "What was paid in, went back and was spent, by month and country")
            .about(
                "Over twelve months up to the one that runs, unless told otherwise. The sums are those of the ledger.",
            )
            .operator()
            .with(&[
                query("until", "string", "The last month, like 2026-10; the one that runs when left out."),
                query("months", "integer", "How many months, 1 to 60; 12 when left out."),
            ])
            .gives::<wire::operator::PaymentVolume>(200, "The report.")
            .refuses(&[UNREADABLE, INVALID]),
        get("/me/statements", "Your closed months, the newest first, if sales make something due to you")
            .token()
            .lists::<wire::Page<wire::Statement>>()
            .refuses(&[UNREADABLE]),
        get("/me/statements/{id}", "A statement of yours with its lines")
            .token()
            .gives::<wire::StatementDetails>(200, "The statement.")
            .refuses(&[NOT_FOUND]),
        get("/me/statements/{id}/{kind}", "A paper of your statement: csv, pdf or dsr")
            .token()
            .file("application/octet-stream", &papers)
            .refuses(&[NOT_FOUND]),
    ]
}

/// `operator::listed::routes` has the same list.
fn listed_operations() -> Vec<Operation> {
    use wire::operator::{ListedRelease, Listener, SoldOrder};
    let paper = [(200, "The paper.")];
    vec![
        get("/operator/releases", "Releases, on sale or not, the latest first")
            .about("By title withdrawn ones come first, then what the search finds on sale. A page may be short, and have a next one.")
            .operator()
            .with(&[
                query("q", "string", "Beginnings of words of a title, a catalogue number, an id or a GTIN."),
                query("state", "string", "`on_sale` or `withdrawn`; both when left out."),
            ])
            .lists::<wire::Page<ListedRelease>>()
            .refuses(&[UNREADABLE, INVALID]),
        post("/operator/releases/{id}/withdraw", "Take a release off sale; who bought it keeps it")
            .operator()
            .gives::<ListedRelease>(200, "As it stands.")
            .refuses(&[NOT_FOUND]),
        post("/operator/releases/{id}/restore", "Put a withdrawn release back on sale")
            .operator()
            .gives::<ListedRelease>(200, "As it stands.")
            .refuses(&[NOT_FOUND]),
        get("/operator/orders", "Everybody's orders, the newest first")
            .operator()
            .with(&[
                query("listener", "string", "A listener's id or e-mail address."),
                query("from", "string", "Placed then or later: a day, or a moment in RFC 3339."),
                query("until", "string", "Placed before this moment, or on this day at the latest."),
            ])
            .lists::<wire::Page<SoldOrder>>()
            .refuses(&[UNREADABLE, INVALID]),
        get("/operator/orders/{id}", "An order, whoever placed it")
            .operator()
            .gives::<SoldOrder>(200, "The order.")
            .refuses(&[NOT_FOUND]),
        get("/operator/orders/{id}/papers", "The papers of an order, whoever placed it")
            .operator()
            .gives::<wire::Page<wire::Paper>>(200, "Its receipt and what corrects it.")
            .refuses(&[NOT_FOUND]),
        get("/operator/papers/{id}", "Any receipt or credit note, as it was signed")
            .operator()
            .file("application/json", &paper)
            .refuses(&[NOT_FOUND]),
        get("/operator/papers/{id}/pdf", "The same as a PDF")
            .operator()
            .file("application/pdf", &paper)
            .refuses(&[NOT_FOUND]),
        get("/operator/listeners", "Listeners with what they have, the latest first")
            .operator()
            .with(&[query("q", "string", "The beginning of an e-mail address, or an id; then by address.")])
            .lists::<wire::Page<Listener>>()
            .refuses(&[UNREADABLE, INVALID]),
        get("/operator/listeners/{id}", "A listener with what he has")
            .operator()
            .gives::<Listener>(200, "The listener.")
            .refuses(&[NOT_FOUND]),
        get("/operator/listeners/{id}/entries", "The movements of a listener's balance, the newest first")
            .operator()
            .lists::<wire::Page<wire::WalletEntry>>()
            .refuses(&[UNREADABLE, NOT_FOUND, INVALID]),
    ]
}

/// `operator::payments::routes` has the same list.
fn payment_operations() -> Vec<Operation> {
    use wire::operator::{Dispute, Refund, RefundByOperator, RefundNotSent, RefundSent, Transfer, TransferArrived};
    let conflict = (409, "It does not fit what has happened already.");
    vec![
        get("/operator/transfers", "Transfers that were announced, newest first")
            .with(&[query("state", "string", "Only these: pending, posted, failed or expired.")])
            .operator()
            .lists::<wire::Page<Transfer>>()
            .refuses(&[UNREADABLE]),
        get("/operator/transfers/{id}", "A transfer, by its id or its reference")
            .operator()
            .gives::<Transfer>(200, "The transfer.")
            .refuses(&[NOT_FOUND]),
        post("/operator/transfers/{id}/confirm", "Money arrived for a transfer")
            .about("What arrived is posted, be it less, more, or late. The bank's name for the payment makes it once: the same again changes nothing, another is a second payment and becomes a top-up of its own.")
            .operator()
            .takes::<TransferArrived>()
            .gives::<Transfer>(200, "The transfer, posted.")
            .refuses(&[UNREADABLE, NOT_FOUND, conflict, INVALID]),
        get("/operator/disputes", "Payers' complaints at their banks, newest first")
            .about("What is left of a disputed top-up is frozen. A lost dispute takes it, and what was spent already is owed by the listener.")
            .operator()
            .lists::<wire::Page<Dispute>>()
            .refuses(&[UNREADABLE]),
        get("/operator/refunds", "Money on its way back to its payers, newest first")
            .with(&[query("state", "string", "Only these: pending, by_hand, sent, done or failed.")])
            .operator()
            .lists::<wire::Page<Refund>>()
            .refuses(&[UNREADABLE]),
        post("/operator/refunds", "Give unspent credit of a top-up back to its payer")
            .operator()
            .with(&[KEY])
            .takes::<RefundByOperator>()
            .gives::<Refund>(201, "The refund, on its way.")
            .gives::<Refund>(200, "The refund that stands under this key.")
            .refuses(&[WITHOUT_KEY, NOT_FOUND, (409, "So much of it is not unspent."), INVALID]),
        get("/operator/refunds/{id}", "A refund").operator().gives::<Refund>(200, "The refund.").refuses(&[NOT_FOUND]),
        post("/operator/refunds/{id}/sent", "You have sent a refund that waited for you")
            .operator()
            .takes::<RefundSent>()
            .gives::<Refund>(200, "The refund, done.")
            .refuses(&[UNREADABLE, NOT_FOUND, conflict, INVALID]),
        post("/operator/refunds/{id}/failed", "A refund that waited for you cannot be sent: the credit is back")
            .operator()
            .takes::<RefundNotSent>()
            .gives::<Refund>(200, "The refund, failed.")
            .refuses(&[UNREADABLE, NOT_FOUND, conflict, INVALID]),
    ]
}

/// What there is to say of a resource that stays.
fn lasting<R: Resource>() -> Vec<Operation> {
    vec![
        get(R::LIST, R::ABOUT).about("By id.").operator().lists::<wire::Page<R>>(),
        get(R::ONE, "One of them").operator().gives::<R>(200, "As it stands.").refuses(&[NOT_FOUND]),
        put(R::ONE, "Make it, or replace it")
            .about("Put twice, the second time changes nothing. A refusal names the field and the reason.")
            .operator()
            .takes::<R>()
            .gives::<R>(201, "It is new.")
            .gives::<R>(200, "It replaced the one of this id.")
            .refuses(&[UNREADABLE, (409, "It does not fit what stands or has happened; `field` says where."), INVALID]),
    ]
}

/// What there is to say of a resource that can be taken away.
fn removable<R: Removable>() -> Vec<Operation> {
    let mut all = lasting::<R>();
    let removal = delete(R::ONE, "Take it away").operator().nothing(204, "It is gone.");
    all.push(removal.refuses(&[NOT_FOUND, (409, "The shop cannot do without it.")]));
    all
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths = Map::new();
    for operation in operations() {
        let described = operation.describe(&mut generator);
        let path = paths.entry(format!("{BASE}{}", operation.path)).or_insert_with(|| json!({}));
        path[operation.method.to_lowercase()] = described;
    }
    // Refusals of every operation name this one.
    generator.subschema_for::<wire::Problem>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gramovar",
            "version": VERSION,
            "description": "The catalogue, prices, buying and downloads of this shop. Ids are strings, an unknown value is null, \
                amounts are integers of a millionth of the currency's unit, and every refusal is a problem document (RFC 9457).",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// `GET /openapi.json`
pub async fn openapi() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], axum::Json(&*DOCUMENT)).into_response()
}

/// The operations for the page that people read.
pub fn for_people() -> Vec<ApiOperation> {
    operations().into_iter().map(|operation| operation.for_people(BASE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` below a value.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let (document, mut found) = (document(), Vec::new());
        references(&document, &mut found);
        assert!(found.len() > 40, "{}", found.len());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn an_operation_is_named_once_and_says_what_it_answers() {
        let document = document();
        let mut names = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                names.push(operation["operationId"].as_str().unwrap().to_owned());
                assert!(operation["responses"].as_object().unwrap().len() > 1, "{method} {path}");
            }
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
