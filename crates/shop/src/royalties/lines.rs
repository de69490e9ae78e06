//! What a statement says: its rows summed up by recording, and by price for the DSR. Reads only.

use money::Micros;

use crate::catalog::composers_of;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// A recording as statements name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Recording {
    pub id: String,
    pub isrc: Option<String>,
    pub title: String,
    pub artists: String,
    pub composers: Vec<String>,
    pub label: Option<String>,
    pub length_ms: u64,
}

/// A line of a statement: a recording under one licence, at one rate and share.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Line {
    pub recording: Recording,
    pub licence: String,
    pub base_kind: String,
    pub rate_ppm: u32,
    pub share_ppm: u32,
    /// Sold less undone.
    pub units: i64,
    pub bytes: i64,
    pub list: Micros,
    pub discount: Micros,
    pub gross: Micros,
    pub tax: Micros,
    pub base: Micros,
    pub due: Micros,
}

/// Sales of a recording at one price in one territory, for the DSR.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sold {
    pub recording: String,
    pub territory: Option<String>,
    /// What the buyer paid for one, without tax.
    pub price: Micros,
    pub is_upgrade: bool,
    pub sold: i64,
    pub returned: i64,
    /// What all of these brought, without tax, less what went back.
    pub net: Micros,
}

/// The lines of a statement, by artists, title and recording.
pub(crate) fn of_statement(tx: &mut Tx, statement_id: &str) -> Result<Vec<Line>, DbError> {
    let rows = tx.rows(
        "SELECT s.recording_id, s.licence_id, s.base, s.rate_ppm, s.share_ppm,
             CAST(SUM(CASE WHEN k.id IS NULL THEN 1 ELSE k.units END) AS BIGINT),
             CAST(SUM(CASE WHEN k.id IS NULL THEN l.charged_bytes ELSE k.bytes END) AS BIGINT),
             CAST(SUM(CASE WHEN k.id IS NULL THEN l.list_micros ELSE k.list_micros END) AS BIGINT),
             CAST(SUM(CASE WHEN k.id IS NULL THEN l.discount_micros ELSE k.discount_micros END) AS BIGINT),
             CAST(SUM(CASE WHEN k.id IS NULL THEN l.charged_micros ELSE k.gross_micros END) AS BIGINT),
             CAST(SUM(CASE WHEN k.id IS NULL THEN l.tax_micros ELSE k.tax_micros END) AS BIGINT),
             CAST(SUM(s.base_micros) AS BIGINT), CAST(SUM(s.due_micros) AS BIGINT), MIN(l.track_id)
         FROM royalty_lines s JOIN order_lines l ON l.id = s.line_id LEFT JOIN sale_corrections k ON k.id = s.correction_id
         WHERE s.statement_id = $1 GROUP BY s.recording_id, s.licence_id, s.base, s.rate_ppm, s.share_ppm",
        params![statement_id],
    )?;
    let mut lines = rows.iter().map(|row| line(tx, row)).collect::<Result<Vec<_>, _>>()?;
    lines.sort_by(|a, b| key(a).cmp(&key(b)));
    Ok(lines)
}

fn key(line: &Line) -> (&str, &str, &str, &str, u32, u32) {
    let recording = &line.recording;
    (&recording.artists, &recording.title, &recording.id, &line.licence, line.rate_ppm, line.share_ppm)
}

fn line(tx: &mut Tx, row: &Row) -> Result<Line, DbError> {
    let figure = |place: usize| Ok::<_, DbError>(row.get::<Option<i64>>(place)?.unwrap_or(0));
    Ok(Line {
        recording: recording(tx, &row.get::<String>(0)?, &row.get::<String>(13)?)?,
        licence: row.get(1)?,
        base_kind: row.get(2)?,
        rate_ppm: row.get(3)?,
        share_ppm: row.get(4)?,
        units: figure(5)?,
        bytes: figure(6)?,
        list: Micros(figure(7)?),
        discount: Micros(figure(8)?),
        gross: Micros(figure(9)?),
        tax: Micros(figure(10)?),
        base: Micros(figure(11)?),
        due: Micros(figure(12)?),
    })
}

fn recording(tx: &mut Tx, id: &str, track_id: &str) -> Result<Recording, DbError> {
    let row = tx.row(
        "SELECT c.isrc, t.title, t.credit, t.composers, n.name, m.length_frames, m.rate_hz
         FROM recordings c JOIN masters m ON m.id = c.master_id JOIN tracks t ON t.id = $2
         JOIN releases r ON r.id = t.release_id LEFT JOIN labels n ON n.id = r.label_id WHERE c.id = $1",
        params![id, track_id],
    )?;
    let Some(row) = row else { return Ok(Recording { id: id.to_owned(), ..Recording::default() }) };
    let composers: String = row.get(3)?;
    let (frames, rate_hz): (u64, u64) = (row.get(5)?, row.get(6)?);
    Ok(Recording {
        id: id.to_owned(),
        isrc: row.get(0)?,
        title: row.get(1)?,
        artists: row.get(2)?,
        composers: composers_of(&composers),
        label: row.get(4)?,
        length_ms: frames.saturating_mul(1_000) / rate_hz.max(1),
    })
}

/// The same rows by recording, territory and price; a sale under two licences of one payee counts once. Where a part of a
/// price went back, the sale is undone at what it still cost before and told again at what it costs since: so each row's
/// units times its price are what it brought.
pub(crate) fn sold(tx: &mut Tx, statement_id: &str) -> Result<Vec<Sold>, DbError> {
    let rows = tx.rows(
        "WITH told AS (
             SELECT DISTINCT s.line_id, s.correction_id, s.recording_id, s.territory,
                 CASE WHEN l.paid_before_micros > 0 THEN 1 ELSE 0 END AS is_upgrade,
                 CASE WHEN k.id IS NULL THEN l.charged_micros - l.tax_micros END AS sale,
                 CASE WHEN k.units < 0 THEN k.tax_micros - k.gross_micros
                     WHEN k.units = 0 THEN l.charged_micros - l.tax_micros + (
                         SELECT COALESCE(SUM(e.gross_micros - e.tax_micros), 0) FROM sale_corrections e
                         WHERE e.line_id = k.line_id AND e.id < k.id) END AS before,
                 CASE WHEN k.units = 0 THEN k.gross_micros - k.tax_micros END AS part
             FROM royalty_lines s JOIN order_lines l ON l.id = s.line_id
             LEFT JOIN sale_corrections k ON k.id = s.correction_id WHERE s.statement_id = $1)
         SELECT recording_id, territory, price, is_upgrade, CAST(SUM(sold) AS BIGINT), CAST(SUM(returned) AS BIGINT),
             CAST(SUM((sold - returned) * price) AS BIGINT)
         FROM (SELECT recording_id, territory, CAST(sale AS BIGINT) AS price, is_upgrade, 1 AS sold, 0 AS returned
               FROM told WHERE sale IS NOT NULL
               UNION ALL
               SELECT recording_id, territory, CAST(before AS BIGINT), is_upgrade, 0, 1 FROM told WHERE before IS NOT NULL
               UNION ALL
               SELECT recording_id, territory, CAST(before + part AS BIGINT), is_upgrade, 1, 0 FROM told
               WHERE part IS NOT NULL) m
         GROUP BY recording_id, territory, price, is_upgrade",
        params![statement_id],
    )?;
    let sold = |row: &Row| {
        Ok(Sold {
            recording: row.get(0)?,
            territory: row.get(1)?,
            price: Micros(row.get(2)?),
            is_upgrade: row.get(3)?,
            sold: row.get(4)?,
            returned: row.get(5)?,
            net: Micros(row.get(6)?),
        })
    };
    let mut sold = rows.iter().map(sold).collect::<Result<Vec<Sold>, DbError>>()?;
    // Not by the database, whose engines disagree on where an unknown territory stands.
    sold.sort_by(|a, b| {
        (&a.recording, &a.territory, a.price, a.is_upgrade).cmp(&(&b.recording, &b.territory, b.price, b.is_upgrade))
    });
    Ok(sold)
}
