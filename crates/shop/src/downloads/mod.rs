//! Downloads: signed links, and files put together from a head made now and a body from the cache or in the making.
//!
//! A link needs no sign-in and can be made void. The head (tags, cover, index) is made when a file is sent, so that a
//! correction of metadata changes files and re-encodes nothing.

mod links;
mod zip;

use std::io::Read;

use audio::encode;
use audio::tags::{Picture, Tags};
use sha2::{Digest, Sha256};

use self::links::Links;
use crate::catalog::{self, HeadInputs};
use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::files::Files;
use crate::orders::{self, LINE_COLUMNS, LINE_TABLES, Line, LineState, Orders};
use crate::page::{Page, before_id, id_of, limit as page_limit};
use crate::params;
use crate::renditions::delivery::Part;
use crate::renditions::{self, Broken, Delivery, DownloadError, MasterFile, Rendition, Renditions};

/// Bytes read at once while a file is hashed.
const HASH_PIECE_BYTES: usize = 256 << 10;

/// A bought track and its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The order line.
    pub line: Line,
    /// Signed path, to be put behind the shop's address; good without sign-in, from the first moment.
    pub path: String,
    /// `NN Title.ext`
    pub file_name: String,
    /// The file was made by an earlier encoder and is made anew, free of charge, when it is downloaded.
    pub made_anew: bool,
}

/// A bought release as one file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Zip {
    pub release_id: String,
    pub release_title: String,
    /// Signed path.
    pub path: String,
}

/// The downloads. Cheap to clone.
#[derive(Clone)]
pub struct Downloads {
    db: Db,
    files: Files,
    orders: Orders,
    renditions: Renditions,
    links: Links,
}

/// Everything that one file is made of.
struct FileFacts {
    line: Line,
    rendition: Rendition,
    master: MasterFile,
    head: HeadInputs,
}

impl Downloads {
    /// Opens the downloads; the secret of the links is made when there is none yet.
    pub async fn open_over(
        db: Db,
        files: Files,
        orders: Orders,
        renditions: Renditions,
        clock: &Clock,
    ) -> Result<Downloads, DbError> {
        let links = Links::open(&db, clock).await?;
        Ok(Downloads { db, files, orders, renditions, links })
    }

    /// A user's bought tracks, also those that could not be made or whose money went back, the newest order first and each in its own sequence; with `order` those of that one.
    pub async fn list(
        &self,
        user_id: &str,
        order: Option<String>,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<Download>, DbError> {
        let (downloads, user) = (self.clone(), user_id.to_owned());
        let page = self.db.read(move |tx| downloads.page(tx, &user, order.as_deref(), after.as_deref(), limit)).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for mut download in page.items {
            self.fill_file_facts(&mut download).await;
            items.push(download);
        }
        Ok(Page { items, next: page.next })
    }

    fn page(
        &self,
        tx: &mut Tx,
        user_id: &str,
        order: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<Download>, DbError> {
        let limit = page_limit(Some(limit));
        let columns = format!("SELECT {LINE_COLUMNS}, e.id, e.link_version, r.encoder, l.place FROM {LINE_TABLES}");
        let rows = match order {
            Some(order) => tx.rows(
                &format!(
                    "{columns} WHERE o.user_id = $1 AND o.id = $2 AND l.place > $3
                     ORDER BY l.place LIMIT $4"
                ),
                params![user_id, order, place_of(after)?, i64::from(limit) + 1],
            )?,
            None => {
                let (order, place) = match after {
                    None => (before_id(None)?, None),
                    Some(after) => {
                        after.split_once('.').map(|(order, place)| (order, Some(place))).ok_or(DbError::NoSuchPlace)?
                    }
                };
                let order = if place.is_some() { id_of(order)? } else { order };
                tx.rows(
                    &format!(
                        "{columns} WHERE o.user_id = $1
                         AND (o.id < $2 OR (o.id = $2 AND l.place > $3)) ORDER BY o.id DESC, l.place LIMIT $4"
                    ),
                    params![user_id, order, place_of(place)?, i64::from(limit) + 1],
                )?
            }
        };
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let line = self.orders.line_of(row)?;
            let (entitlement, version): (String, i64) = (row.get(19)?, row.get(20)?);
            let file_name = file_name(&line);
            let place = row.get::<i64>(22)?.to_string();
            let place = if order.is_some() { place } else { format!("{}.{place}", line.order_id) };
            let made_anew = is_outdated(tx, &line, &row.get::<String>(21)?)?;
            let path = self.links.file(&entitlement, version, &file_name);
            items.push((place, Download { path, file_name, line, made_anew }));
        }
        Ok(Page::cut(items, limit, |(place, _)| place.clone()).map(|(_, download)| download))
    }

    /// The releases that were bought whole in an order, each as one ZIP.
    pub async fn zips(&self, user_id: &str, order_id: &str) -> Result<Vec<Zip>, DbError> {
        let (downloads, user, order) = (self.clone(), user_id.to_owned(), order_id.to_owned());
        self.db
            .read(move |tx| {
                let rows = tx.rows(
                    "SELECT a.id, a.title, max(e.link_version), min(l.place) FROM order_lines l
                     JOIN orders o ON o.id = l.order_id JOIN releases a ON a.id = l.release_id
                     JOIN entitlements e ON e.order_line_id = l.id
                     WHERE o.user_id = $1 AND o.id = $2 AND e.revoked_us IS NULL
                     GROUP BY a.id, a.title ORDER BY min(l.place)",
                    params![&user, &order],
                )?;
                rows.iter()
                    .map(|row| {
                        let (release_id, release_title): (String, String) = (row.get(0)?, row.get(1)?);
                        let path = downloads.links.zip(&order, &release_id, row.get(2)?, &release_title);
                        Ok(Zip { release_id, release_title, path })
                    })
                    .collect()
            })
            .await
    }

    /// Makes every link that was given out for an order line void; new ones work.
    pub async fn revoke_links(&self, user_id: &str, line_id: &str) -> Result<bool, DbError> {
        let (user, line) = (user_id.to_owned(), line_id.to_owned());
        self.db.write(move |tx| orders::void_links(tx, &user, &line)).await
    }

    /// The file behind a link's token, ready to be sent also while it is being made.
    pub async fn open(&self, token: &str) -> Result<Delivery, DownloadError> {
        let (entitlement, version) = self.links.read_file(token).ok_or(DownloadError::Unknown)?;
        let downloads = self.clone();
        let line = self.db.read(move |tx| downloads.line_of_link(tx, &entitlement, version)).await?;
        self.file(line.ok_or(DownloadError::Unknown)?).await
    }

    fn line_of_link(&self, tx: &mut Tx, entitlement: &str, version: i64) -> Result<Option<Line>, DbError> {
        let row = tx.row(
            &format!(
                "SELECT {LINE_COLUMNS} FROM {LINE_TABLES}
                 WHERE e.id = $1 AND e.link_version = $2"
            ),
            params![entitlement, version],
        )?;
        row.as_ref().map(|row| self.orders.line_of(row)).transpose()
    }

    /// The file of a line.
    async fn file(&self, line: Line) -> Result<Delivery, DownloadError> {
        match line.state {
            LineState::Failed => return Err(DownloadError::Failed),
            LineState::Refunded => return Err(DownloadError::Refunded),
            _ => {}
        }
        let line = self.renewed(line).await?;
        let facts = self.facts(line).await?;
        let (rendition, body) = self.renditions.body(&facts.rendition.id, &facts.line.user_id).await?;
        let tags = self.with_cover(&facts).await?;
        let plan = renditions::plan(facts.line.format, &facts.master).map_err(|_| DownloadError::Failed)?;
        let info = facts.line.format.info();
        let mut delivery = Delivery {
            file_name: file_name(&facts.line),
            mime: info.mime.to_owned(),
            etag: etag(&rendition.id, &tags),
            parts: Vec::new(),
        };
        let tail = Part::Bytes(encode::tail(&plan, &tags).map_err(|e| DownloadError::Io(e.to_string()))?.into());
        match encode::head(&plan, rendition.index.as_deref(), &tags).map_err(|e| DownloadError::Io(e.to_string()))? {
            Some(head) => delivery.parts = vec![Part::Bytes(head.into()), body, tail],
            None => {
                // The container's index comes first: nothing can be sent before the encode has ended.
                let Part::Growing(growing) = body else { return Err(DownloadError::Io("an index is missing".into())) };
                delivery.parts = vec![Part::later(async move {
                    let made = growing.finished().await?;
                    let head = encode::head(&plan, Some(&made.index), &tags);
                    let head = head.map_err(|e| Broken::Encoder(e.to_string()))?.ok_or_else(Broken::no_head)?;
                    Ok(vec![Part::Bytes(head.into()), Part::Growing(growing), tail])
                })];
            }
        }
        Ok(delivery)
    }

    /// After an upgrade of an encoder a line whose body has left the cache gets a rendition by the new one.
    async fn renewed(&self, line: Line) -> Result<Line, DownloadError> {
        let renditions = self.renditions.clone();
        let line = self
            .db
            .write::<_, DbError>(move |tx| {
                let mut line = line.clone();
                let Some(rendition) = renditions::find(tx, &line.rendition_id)? else { return Ok(line) };
                if !is_outdated(tx, &line, &rendition.encoder)? || line.state != LineState::Ready {
                    return Ok(line);
                }
                let Some(master) = renditions::master(tx, &rendition.master_id)? else { return Ok(line) };
                let Ok(plan) = renditions::plan(line.format, &master) else { return Ok(line) };
                let fresh = renditions.want(tx, &master.id, &plan, "")?;
                orders::renew(tx, &line.id, &fresh.id)?;
                line.rendition_id = fresh.id;
                Ok(line)
            })
            .await?;
        Ok(line)
    }

    async fn facts(&self, line: Line) -> Result<FileFacts, DownloadError> {
        let found = self.db.read::<_, DbError>(move |tx| {
            let Some(rendition) = renditions::find(tx, &line.rendition_id)? else { return Ok(None) };
            let Some(master) = renditions::master(tx, &rendition.master_id)? else { return Ok(None) };
            let Some(head) = catalog::head_inputs(tx, &line.track_id)? else { return Ok(None) };
            Ok(Some(FileFacts { line, rendition, master, head }))
        });
        found.await?.ok_or(DownloadError::Unknown)
    }

    async fn with_cover(&self, facts: &FileFacts) -> Result<Tags, DownloadError> {
        let mut tags = facts.head.tags.clone();
        if let Some(cover) = &facts.head.cover {
            let data = self.files.get(&cover.object_key).await.map_err(|e| DownloadError::Io(e.to_string()))?;
            tags.picture = Some(Picture {
                mime: cover.mime.clone(),
                width: cover.width,
                height: cover.height,
                data: data.to_vec(),
            });
        }
        Ok(tags)
    }

    /// Length and hash of the whole file: from the table, or computed now where the body is at hand. What cannot be known
    /// yet stays unknown.
    async fn fill_file_facts(&self, download: &mut Download) {
        match self.file_facts(&download.line).await {
            Ok(Some((file_bytes, sha256))) => {
                download.line.file_bytes = Some(file_bytes);
                download.line.sha256 = Some(sha256);
            }
            Ok(None) => {}
            Err(e) => tracing::warn!(line = download.line.id, error = %e, "a file's hash could not be told"),
        }
    }

    async fn file_facts(&self, line: &Line) -> Result<Option<(u64, String)>, DownloadError> {
        if line.state != LineState::Ready {
            return Ok(None);
        }
        let facts = self.facts(line.clone()).await?;
        if facts.rendition.state != renditions::State::Ready {
            return Ok(None);
        }
        let tags = self.with_cover(&facts).await?;
        let (id, etag) = (facts.rendition.id.clone(), etag(&facts.rendition.id, &tags));
        let (wanted, tag) = (id.clone(), etag.clone());
        let known = self.db.read::<_, DbError>(move |tx| {
            let row = tx.row(
                "SELECT file_bytes, sha256 FROM served_files WHERE rendition_id = $1 AND etag = $2",
                params![&wanted, &tag],
            )?;
            row.map(|r| Ok((r.get(0)?, r.get(1)?))).transpose()
        });
        if let Some(known) = known.await? {
            return Ok(Some(known));
        }
        let hashed = self.hash(&facts, &tags).await?;
        let (file_bytes, sha256) = hashed.clone();
        self.db
            .write::<_, DbError>(move |tx| {
                tx.execute(
                    "INSERT INTO served_files (rendition_id, etag, file_bytes, sha256) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (rendition_id, etag) DO NOTHING",
                    params![&id, &etag, file_bytes as i64, &sha256],
                )
            })
            .await?;
        Ok(Some(hashed))
    }

    async fn hash(&self, facts: &FileFacts, tags: &Tags) -> Result<(u64, String), DownloadError> {
        let plan = renditions::plan(facts.line.format, &facts.master).map_err(|_| DownloadError::Failed)?;
        let head = encode::head(&plan, facts.rendition.index.as_deref(), tags);
        let head = head.map_err(|e| DownloadError::Io(e.to_string()))?.unwrap_or_default();
        let tail = encode::tail(&plan, tags).map_err(|e| DownloadError::Io(e.to_string()))?;
        let (files, object) = (self.files.clone(), facts.rendition.object());
        let runtime = tokio::runtime::Handle::current();
        let hashed = tokio::task::spawn_blocking(move || {
            let mut body = files.open_blocking(&object, &runtime).map_err(|e| e.to_string())?;
            let mut hash = Sha256::new();
            let mut length = (head.len() + tail.len()) as u64;
            hash.update(&head);
            let mut piece = vec![0; HASH_PIECE_BYTES];
            loop {
                let read = body.read(&mut piece).map_err(|e| e.to_string())?;
                if read == 0 {
                    break;
                }
                length += read as u64;
                hash.update(&piece[..read]);
            }
            hash.update(&tail);
            Ok((length, hex::encode(hash.finalize())))
        });
        hashed.await.map_err(|e| DownloadError::Io(e.to_string()))?.map_err(DownloadError::Io)
    }

    /// An order of this user with all that is known of its files.
    pub async fn order(&self, user_id: &str, order_id: &str) -> Result<Option<crate::orders::Order>, DbError> {
        let Some(mut order) = self.orders.get(user_id, order_id).await? else { return Ok(None) };
        for line in &mut order.lines {
            match self.file_facts(line).await {
                Ok(Some((file_bytes, sha256))) => (line.file_bytes, line.sha256) = (Some(file_bytes), Some(sha256)),
                Ok(None) => {}
                Err(e) => tracing::warn!(line = line.id, error = %e, "a file's hash could not be told"),
            }
        }
        Ok(Some(order))
    }

    /// The ZIP behind a link's token.
    pub async fn open_zip(&self, token: &str) -> Result<Delivery, DownloadError> {
        let (order, release, version) = self.links.read_zip(token).ok_or(DownloadError::Unknown)?;
        let downloads = self.clone();
        let (lines, title) = self.db.read(move |tx| downloads.lines_of_zip(tx, &order, &release, version)).await?;
        let Some(title) = title else { return Err(DownloadError::Unknown) };
        let mut entries = Vec::with_capacity(lines.len());
        let several_media = lines.iter().any(|line| line.medium != lines[0].medium);
        for line in lines {
            entries.push(self.zip_entry(line, several_media).await?);
        }
        Ok(zip::delivery(&title, entries))
    }

    fn lines_of_zip(
        &self,
        tx: &mut Tx,
        order: &str,
        release: &str,
        version: i64,
    ) -> Result<(Vec<Line>, Option<String>), DbError> {
        let rows = tx.rows(
            &format!(
                "SELECT {LINE_COLUMNS}, e.link_version FROM {LINE_TABLES}
                 WHERE o.id = $1 AND l.release_id = $2 AND e.revoked_us IS NULL ORDER BY l.place"
            ),
            params![order, release],
        )?;
        let versions = rows.iter().map(|r| r.get::<i64>(19)).collect::<Result<Vec<_>, _>>()?;
        if versions.into_iter().max() != Some(version) {
            return Ok((Vec::new(), None));
        }
        let lines = rows.iter().map(|row| self.orders.line_of(row)).collect::<Result<Vec<_>, _>>()?;
        let title = lines.first().map(|line| line.release_title.clone());
        Ok((lines, title))
    }

    async fn zip_entry(&self, line: Line, several_media: bool) -> Result<zip::Entry, DownloadError> {
        let medium = line.medium;
        let delivery = self.file(line).await?;
        let name =
            if several_media { format!("{medium:02}/{}", delivery.file_name) } else { delivery.file_name.clone() };
        Ok(zip::Entry { name, delivery })
    }
}

/// The file of this line would be made by another encoder than the one that made it, and the old body is gone.
fn is_outdated(tx: &mut Tx, line: &Line, encoder: &str) -> Result<bool, DbError> {
    let Some(rendition) = renditions::find(tx, &line.rendition_id)? else { return Ok(false) };
    if rendition.state == renditions::State::Ready {
        return Ok(false);
    }
    let Some(master) = renditions::master(tx, &rendition.master_id)? else { return Ok(false) };
    Ok(renditions::plan(line.format, &master).is_ok_and(|plan| plan.encoder != encoder))
}

/// `NN Title.ext`, without what file systems refuse.
fn file_name(line: &Line) -> String {
    let title: String =
        line.title.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let title: String = title.trim().trim_end_matches('.').chars().take(120).collect();
    format!("{:02} {title}.{}", line.number, line.format.info().extension)
}

/// Rendition and tags: all that a file's bytes depend on. The rendition's id stands first in it.
fn etag(rendition_id: &str, tags: &Tags) -> String {
    let mut hash = Sha256::new();
    let mut words = tags.clone();
    if let Some(picture) = words.picture.take() {
        hash.update(Sha256::digest(&picture.data));
    }
    hash.update(format!("{words:?}"));
    format!("\"{rendition_id}-{}\"", hex::encode(&hash.finalize()[..8]))
}

/// After which line a list goes on.
fn place_of(after: Option<&str>) -> Result<i64, DbError> {
    after.map_or(Ok(-1), |after| after.parse().map_err(|_| DbError::NoSuchPlace))
}

#[cfg(test)]
mod tests;
