//! A file that says how the shop is to be set: read whole, put in one transaction or not at all, told as differences.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use shop::Shop;
use shop::catalog::genres::MAX_LEVELS;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::MAX_LIMIT;
use shop::tariffs::Rules;
use toml::Spanned;
use wire::operator::{
    ConsentText, Floor, Licence, Payee, PreviewLimit, PreviewSettings, Promotion, ReleaseFormats, ReleasePrice, Shares,
    Tariff, TaxRate, TaxSettings, TopUpRules, VoucherBatch,
};
use wire::operator::{Genre, News, Notice, Pick, Text};

use super::resource::{Resource, declare};

/// A file. Each section is a list (`[[tariff]]`); what nobody knows is refused. Sections are put in the order of
/// [`File::parts`]: what others refer to comes first.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    tariff: Vec<Spanned<Tariff>>,
    promotion: Vec<Spanned<Promotion>>,
    floor: Vec<Spanned<Floor>>,
    release_price: Vec<Spanned<ReleasePrice>>,
    voucher_batch: Vec<Spanned<VoucherBatch>>,
    payee: Vec<Spanned<Payee>>,
    licence: Vec<Spanned<Licence>>,
    shares: Vec<Spanned<Shares>>,
    topup_rules: Vec<Spanned<TopUpRules>>,
    tax_settings: Vec<Spanned<TaxSettings>>,
    tax_rate: Vec<Spanned<TaxRate>>,
    consent_text: Vec<Spanned<ConsentText>>,
    genre: Vec<Spanned<Genre>>,
    text: Vec<Spanned<Text>>,
    news: Vec<Spanned<News>>,
    notice: Vec<Spanned<Notice>>,
    pick: Vec<Spanned<Pick>>,
    preview_settings: Vec<Spanned<PreviewSettings>>,
    preview_limit: Vec<Spanned<PreviewLimit>>,
    release_formats: Vec<Spanned<ReleaseFormats>>,
}

impl File {
    fn parts(self) -> Vec<Box<dyn Part>> {
        let mut parts = Vec::new();
        add(&mut parts, self.tariff);
        add(&mut parts, self.promotion);
        add(&mut parts, self.floor);
        add(&mut parts, self.release_price);
        add(&mut parts, self.voucher_batch);
        add(&mut parts, self.payee);
        add(&mut parts, self.licence);
        add(&mut parts, self.shares);
        add(&mut parts, self.topup_rules);
        add(&mut parts, self.tax_settings);
        add(&mut parts, self.tax_rate);
        add(&mut parts, self.consent_text);
        add(&mut parts, widest_first(self.genre));
        add(&mut parts, self.text);
        add(&mut parts, self.news);
        add(&mut parts, self.notice);
        add(&mut parts, self.pick);
        add(&mut parts, self.preview_settings);
        add(&mut parts, self.preview_limit);
        add(&mut parts, self.release_formats);
        parts
    }
}

fn add<R: Resource>(parts: &mut Vec<Box<dyn Part>>, words: Vec<Spanned<R>>) {
    parts.extend(words.into_iter().map(|word| Box::new(word) as Box<dyn Part>));
}

/// A genre stands before those within it, wherever the file names it.
fn widest_first(mut genres: Vec<Spanned<Genre>>) -> Vec<Spanned<Genre>> {
    let parents: HashMap<String, Option<String>> =
        genres.iter().map(|genre| (genre.get_ref().id.clone(), genre.get_ref().parent.clone())).collect();
    let above = |genre: &Spanned<Genre>| {
        let parent = |id: &String| parents.get(id).cloned().flatten();
        std::iter::successors(genre.get_ref().parent.clone(), parent).take(MAX_LEVELS).count()
    };
    genres.sort_by_key(above);
    genres
}

/// One thing of a file.
trait Part: Send {
    /// What people call it.
    fn section(&self) -> &'static str;
    fn id(&self) -> &str;
    /// Where in the file it begins, in bytes.
    fn start(&self) -> usize;
    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<Change, Refused>;
}

impl<R: Resource> Part for Spanned<R> {
    fn section(&self) -> &'static str {
        R::SECTION
    }

    fn id(&self) -> &str {
        self.get_ref().id()
    }

    fn start(&self) -> usize {
        self.span().start
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<Change, Refused> {
        shop::declared::check_id(self.id())?;
        let declared = declare(shop, tx, self.get_ref())?;
        let value = |word: &R| serde_json::to_value(word).map_err(|e| DbError::Failed(e.to_string()));
        let after = value(&declared.after)?;
        Ok(Change {
            section: R::SECTION,
            id: self.id().to_owned(),
            is_new: declared.before.is_none(),
            differences: declared.before.as_ref().map(value).transpose()?.map_or(vec![], |b| differences(&b, &after)),
        })
    }
}

/// What a file changes of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What people call such a thing.
    pub section: &'static str,
    /// Its id.
    pub id: String,
    /// There was none of this id.
    pub is_new: bool,
    /// Field by field, if there was.
    pub differences: Vec<Difference>,
}

impl Change {
    /// Whether it changes nothing.
    pub fn is_none(&self) -> bool {
        !self.is_new && self.differences.is_empty()
    }
}

/// One field that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its path: `periods[0].price_per_mb_micros`.
    pub field: String,
    /// As JSON; none where there was nothing.
    pub before: Option<String>,
    /// As JSON; none where nothing is left.
    pub after: Option<String>,
}

/// Why a file was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Something in it cannot be as it says.
    #[error("line {line}: {reason}")]
    Line {
        /// From 1; of what is refused, or of the thing that it belongs to.
        line: usize,
        /// What and why.
        reason: String,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// All that is set, as a file that would set it so: applied to the shop it changes nothing.
pub async fn standing(shop: &Shop) -> Result<String, DbError> {
    shop.db.read(standing_in).await
}

fn standing_in(tx: &mut Tx) -> Result<String, DbError> {
    let sections = [
        section::<Tariff>(tx)?,
        section::<Promotion>(tx)?,
        section::<Floor>(tx)?,
        section::<ReleasePrice>(tx)?,
        section::<VoucherBatch>(tx)?,
        section::<Payee>(tx)?,
        section::<Licence>(tx)?,
        section::<Shares>(tx)?,
        section::<TopUpRules>(tx)?,
        section::<TaxSettings>(tx)?,
        section::<TaxRate>(tx)?,
        section::<ConsentText>(tx)?,
        section::<Genre>(tx)?,
        section::<Text>(tx)?,
        section::<News>(tx)?,
        section::<Notice>(tx)?,
        section::<Pick>(tx)?,
        section::<PreviewSettings>(tx)?,
        section::<PreviewLimit>(tx)?,
        section::<ReleaseFormats>(tx)?,
    ];
    Ok(sections.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n"))
}

/// One section of the file; empty where there is nothing.
fn section<R: Resource>(tx: &mut Tx) -> Result<String, DbError> {
    let (mut words, mut after) = (Vec::new(), None);
    loop {
        let page = R::list(tx, after.as_deref(), MAX_LIMIT)?;
        words.extend(page.items.into_iter().filter_map(R::declared));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if words.is_empty() {
        return Ok(String::new());
    }
    let file = std::collections::BTreeMap::from([(R::SECTION, words)]);
    toml::to_string(&file).map_err(|e| DbError::Failed(format!("{} cannot be written as TOML: {e}", R::SECTION)))
}

/// What ends the transaction without a trace.
enum Undone {
    /// It was a trial: these are the changes, and the rules of prices under them.
    Trial(Vec<Change>, Box<Rules>),
    Refused {
        part: usize,
        refused: Refused,
    },
    Db(DbError),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Undone {
        Undone::Db(error)
    }
}

/// Applies a file's text. Returns every thing of the file with what changes of it.
pub async fn apply(shop: &Shop, text: &str, is_trial: bool) -> Result<Vec<Change>, ApplyError> {
    run(shop, text, is_trial).await.map(|(changes, _)| changes)
}

/// The rules of prices as they would stand after a file, which is not applied.
pub async fn rules_under(shop: &Shop, text: &str) -> Result<Rules, ApplyError> {
    let (_, rules) = run(shop, text, true).await?;
    rules.map(|rules| *rules).ok_or_else(|| ApplyError::Db(DbError::Failed("a trial without rules".to_owned())))
}

async fn run(shop: &Shop, text: &str, is_trial: bool) -> Result<(Vec<Change>, Option<Box<Rules>>), ApplyError> {
    let file: File = toml::from_str(text).map_err(|e| ApplyError::Line {
        line: line_at(text, e.span().map_or(0, |span| span.start)),
        reason: told(text, &e),
    })?;
    let parts = file.parts();
    let named: Vec<(&'static str, String, usize)> =
        parts.iter().map(|part| (part.section(), part.id().to_owned(), part.start())).collect();
    if let Some((section, id, start)) = repeated(&named) {
        return Err(ApplyError::Line { line: line_at(text, *start), reason: format!("{section} {id:?} stands twice") });
    }
    let inner = shop.clone();
    let done = shop.db.write(move |tx| put_all(&inner, tx, &parts, is_trial)).await;
    match done {
        Ok(changes) => Ok((changes, None)),
        Err(Undone::Trial(changes, rules)) => Ok((changes, Some(rules))),
        Err(Undone::Db(e) | Undone::Refused { refused: Refused::Db(e), .. }) => Err(ApplyError::Db(e)),
        Err(Undone::Refused { part, refused }) => {
            let (section, id, start) = &named[part];
            let reason = format!("{section} {id:?}: {refused}");
            Err(ApplyError::Line { line: line_at(text, *start), reason })
        }
    }
}

/// What the parser says of a file, with the key that it stumbled over.
fn told(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    let key = line.rsplit(['{', ',', '[']).next().and_then(|last| last.split_once('=')).map(|(key, _)| key.trim());
    match key.filter(|key| !key.is_empty()) {
        Some(key) => format!("{key}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

fn put_all(shop: &Shop, tx: &mut Tx, parts: &[Box<dyn Part>], is_trial: bool) -> Result<Vec<Change>, Undone> {
    let put =
        |(part, word): (usize, &dyn Part)| word.put(shop, tx).map_err(|refused| Undone::Refused { part, refused });
    let changes = parts.iter().map(Box::as_ref).enumerate().map(put).collect::<Result<Vec<_>, _>>()?;
    if !is_trial {
        return Ok(changes);
    }
    let rules = Rules::read(tx)?;
    Err(Undone::Trial(changes, Box::new(rules)))
}

/// The first thing that stands in the file for the second time.
fn repeated<'n>(named: &'n [(&'static str, String, usize)]) -> Option<&'n (&'static str, String, usize)> {
    let mut seen = std::collections::HashSet::new();
    named.iter().find(|(section, id, _)| !seen.insert((*section, id.as_str())))
}

fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count() + 1
}

/// Every field that differs, by its path.
fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    differ("", Some(before), Some(after), &mut found);
    found
}

fn differ(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    let item = |list: &'_ Vec<Value>, n: usize| list.get(n).cloned();
    match (before, after) {
        (Some(Value::Object(b)), Some(Value::Object(a))) => {
            let added = a.keys().filter(|key| !b.contains_key(*key));
            for key in b.keys().chain(added) {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differ(&inner, b.get(key), a.get(key), found);
            }
        }
        (Some(Value::Array(b)), Some(Value::Array(a))) => {
            for n in 0..b.len().max(a.len()) {
                differ(&format!("{path}[{n}]"), item(b, n).as_ref(), item(a, n).as_ref(), found);
            }
        }
        _ if before == after => (),
        _ => found.push(Difference {
            field: path.to_owned(),
            before: before.map(Value::to_string),
            after: after.map(Value::to_string),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_field_and_both_values() {
        let before = serde_json::json!({ "a": 1, "list": [{ "x": 1 }, { "x": 2 }], "gone": "g" });
        let after = serde_json::json!({ "a": 1, "list": [{ "x": 3 }], "here": null });
        let told: Vec<String> = differences(&before, &after)
            .iter()
            .map(|d| format!("{} {:?} {:?}", d.field, d.before.as_deref(), d.after.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                "gone Some(\"\\\"g\\\"\") None",
                "list[0].x Some(\"1\") Some(\"3\")",
                "list[1] Some(\"{\\\"x\\\":2}\") None",
                "here None Some(\"null\")"
            ]
        );
        assert_eq!(differences(&before, &before), []);
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!([line_at("a\nb", 0), line_at("a\nb", 1), line_at("a\nb", 2)], [1, 1, 2]);
    }
}
