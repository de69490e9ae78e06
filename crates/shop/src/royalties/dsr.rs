//! A statement's sales as a DDEX Digital Sales Report: flat file, Basic Audio Profile 1.2, multi-record-block variant, the
//! newest of which DDEX has published the schema. Tab-separated records: HEAD; SY01.01 for each territory; for each recording a
//! block of AS02.02 and an SU01 for each territory and price; FOOT. A DSR tells what was sold; what is due, CSV and PDF say.

use money::Micros;

use super::lines::{Line, Recording, Sold};
use super::period::Period;
use super::read::Statement;
use crate::clock::moment_of;
use crate::rights::Payee;

/// Parts 1 and 2 of the standard in their first version, as DDEX writes it.
const MESSAGE_VERSION: &str = "dsrf/30";
const PROFILE: &str = "BasicAudioProfile";
const PROFILE_VERSION: &str = "1.2";
/// Where the buyer is not known.
const EVERYWHERE: &str = "Worldwide";
/// Characters of a party's name in a file's name at the most.
const MAX_NAME_PART_CHARS: usize = 40;
/// Cells of each record, beside its type.
pub(super) const CELLS: [(&str, usize); 6] =
    [("HEAD", 15), ("SY01.01", 14), ("AS02.02", 21), ("SU01", 11), ("FOOT", 5), ("", 0)];

/// Everything that a report says.
pub(super) struct Report<'a> {
    pub statement: &'a Statement,
    pub payee: &'a Payee,
    pub period: Period,
    pub storefront_name: &'a str,
    /// The shop's own DDEX party id, where it has one.
    pub sender: Option<&'a str>,
    pub lines: &'a [Line],
    pub sold: &'a [Sold],
}

impl Report<'_> {
    /// The file's name by the convention of the standard.
    pub fn file_name(&self) -> String {
        let recipient = self.payee.party_id.clone().unwrap_or_else(|| plain(&self.payee.name, &self.payee.id));
        let sender = self.sender.map_or_else(|| plain(self.storefront_name, &self.payee.storefront), str::to_owned);
        let created = moment_of(self.statement.closed_us).replace(['-', ':', 'Z'], "");
        let territory = match &self.territories()[..] {
            [one] => one.clone(),
            [] => EVERYWHERE.to_owned(),
            _ => "multi".to_owned(),
        };
        format!("DSR_{recipient}_{sender}_{}_{}_{territory}_1of1_{created}.tsv", self.service(), self.period)
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut records = vec![self.head()];
        let territories = self.territories();
        records.extend(territories.iter().enumerate().map(|(place, territory)| self.summary(place + 1, territory)));
        let mut blocks = 0;
        for recording in self.recordings() {
            blocks += 1;
            let block = format!("BL{blocks}");
            records.push(resource(&block, recording));
            let of = self.sold.iter().filter(|sold| sold.recording == recording.id);
            for (number, sold) in of.enumerate() {
                let summary = territories.iter().position(|t| t == territory_of(sold)).map_or(0, |place| place + 1);
                records.push(sale(&block, number + 1, summary, sold));
            }
        }
        let count = (records.len() + 1).to_string();
        let (summaries, blocks) = (territories.len().to_string(), blocks.to_string());
        records.push(vec!["FOOT".into(), count.clone(), count, summaries, blocks.clone(), blocks]);
        let line = |record: Vec<String>| record.iter().map(|cell| clean(cell)).collect::<Vec<_>>().join("\t") + "\n";
        records.into_iter().map(line).collect()
    }

    fn head(&self) -> Vec<String> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![
            "HEAD".into(),
            MESSAGE_VERSION.into(),
            PROFILE.into(),
            PROFILE_VERSION.into(),
            self.statement.id.clone(),
            moment_of(self.statement.closed_us),
            "1".into(),
            "1".into(),
            self.period.first_day(),
            self.period.last_day(),
            text(self.sender),
            self.storefront_name.to_owned(),
            self.service(),
            text(self.payee.party_id.as_deref()),
            self.payee.name.clone(),
            String::new(),
        ]
    }

    fn summary(&self, id: usize, territory: &str) -> Vec<String> {
        let of = || self.sold.iter().filter(|sold| territory_of(sold) == territory);
        let usages: i64 = of().map(|sold| sold.sold).sum();
        let net: i64 = of().map(|sold| sold.net.0).sum();
        let mut cells: Vec<String> =
            ["SY01.01", &id.to_string(), "", "", "PayAsYouGoModel", "PermanentDownload", territory]
                .map(str::to_owned)
                .into();
        cells.extend([self.service(), usages.to_string(), String::new(), self.statement.currency.clone()]);
        cells.extend([Micros(net).to_string(), String::new(), String::new(), String::new()]);
        cells
    }

    fn service(&self) -> String {
        plain(self.storefront_name, &self.payee.storefront)
    }

    /// Territories with sales, in order.
    fn territories(&self) -> Vec<String> {
        let mut all: Vec<String> = self.sold.iter().map(|sold| territory_of(sold).to_owned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Each recording once, in the order of the lines.
    fn recordings(&self) -> Vec<&Recording> {
        let mut all: Vec<&Recording> = Vec::new();
        for line in self.lines {
            if all.last().is_none_or(|last| last.id != line.recording.id) {
                all.push(&line.recording);
            }
        }
        all
    }
}

fn territory_of(sold: &Sold) -> &str {
    sold.territory.as_deref().unwrap_or(EVERYWHERE)
}

fn resource(block: &str, recording: &Recording) -> Vec<String> {
    let mut cells = vec![
        "AS02.02".to_owned(),
        block.to_owned(),
        "1".to_owned(),
        recording.id.clone(),
        recording.isrc.clone().unwrap_or_default(),
        recording.title.clone(),
        String::new(),
        recording.artists.clone(),
        String::new(),
        duration(recording.length_ms),
        "SoundRecording".to_owned(),
        String::new(),
        recording.composers.iter().map(|composer| clean(composer).replace('|', "/")).collect::<Vec<_>>().join("|"),
    ];
    // Nothing is known of arrangers, publishers and other numbers.
    cells.resize(CELLS[2].1 + 1, String::new());
    cells
}

fn sale(block: &str, number: usize, summary: usize, sold: &Sold) -> Vec<String> {
    vec![
        "SU01".to_owned(),
        block.to_owned(),
        summary.to_string(),
        format!("{block}-{number}"),
        String::new(),
        "1".to_owned(),
        "true".to_owned(),
        sold.is_upgrade.to_string(),
        sold.sold.to_string(),
        sold.returned.to_string(),
        sold.price.to_string(),
        String::new(),
    ]
}

/// ISO 8601, to the millisecond.
fn duration(length_ms: u64) -> String {
    let (hours, minutes) = (length_ms / 3_600_000, length_ms / 60_000 % 60);
    let seconds = format!("{}.{:03}", length_ms / 1_000 % 60, length_ms % 1_000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    match (hours, minutes) {
        (0, 0) => format!("PT{seconds}S"),
        (0, _) => format!("PT{minutes}M{seconds}S"),
        _ => format!("PT{hours}H{minutes}M{seconds}S"),
    }
}

/// A cell holds no tab and no line's end.
fn clean(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A name as it may stand between underscores, or else an id.
fn plain(name: &str, id: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(MAX_NAME_PART_CHARS).collect();
    if letters.is_empty() { id.replace('_', "-") } else { letters }
}
