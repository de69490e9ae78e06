//! My Downloads: what was bought and how far its files are. No signing of links: they come ready.
use askama::Template;

use super::layout::{Layout, Pager};

/// How far a bought file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    Queued,
    /// `percent` of the master is encoded; none before the first figure.
    Encoding {
        percent: Option<u8>,
    },
    Ready,
    /// Could not be made; its hold went back.
    Failed,
    /// All that it cost went back.
    Refunded,
}

impl FileState {
    /// Fluent id of its name.
    pub fn text_id(self) -> &'static str {
        match self {
            FileState::Queued => "state-queued",
            FileState::Encoding { .. } => "state-encoding",
            FileState::Ready => "state-ready",
            FileState::Failed => "state-failed",
            FileState::Refunded => "state-refunded",
        }
    }

    /// The word the API uses, for scripts and styles.
    pub fn name(self) -> &'static str {
        match self {
            FileState::Queued => "queued",
            FileState::Encoding { .. } => "encoding",
            FileState::Ready => "ready",
            FileState::Failed => "failed",
            FileState::Refunded => "refunded",
        }
    }

    /// Whether it will still change by itself.
    pub fn is_pending(self) -> bool {
        matches!(self, FileState::Queued | FileState::Encoding { .. })
    }

    /// Percent done, if a figure is known.
    pub fn percent(self) -> Option<u8> {
        match self {
            FileState::Encoding { percent } => percent,
            _ => None,
        }
    }
}

/// A report that a file is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    /// `checking`, `fine`, `mended`, `lost` or `unclear`.
    pub state: &'static str,
    /// What came back to the balance.
    pub credited_micros: i64,
}

/// One bought track.
#[derive(Clone, Debug)]
pub struct DownloadFile {
    /// Id of the order line.
    pub line_id: String,
    pub number: u32,
    pub title: String,
    pub format_name: String,
    pub state: FileState,
    /// Length of the file; none until known.
    pub file_bytes: Option<i64>,
    /// Signed link; works from the first moment, so it is there unless the file failed or was refunded.
    pub url: Option<String>,
    /// Where it can be bought again, once there is no file.
    pub again_url: Option<String>,
    /// What went back of a file that was refunded.
    pub returned_micros: i64,
    /// Made anew by a newer encoder, free of charge.
    pub remade: bool,
    /// The latest report of it, if there is one. Its form posts `csrf` to `/en/downloads/{line_id}/report`.
    pub defect: Option<Defect>,
}

impl DownloadFile {
    /// Whether it can be reported as bad now.
    fn may_be_reported(&self) -> bool {
        self.state == FileState::Ready && self.defect.is_none_or(|defect| defect.state != "checking")
    }
}

/// The bought tracks of one release in one order.
#[derive(Clone, Debug)]
pub struct DownloadRelease {
    pub order_id: String,
    pub release_id: String,
    pub title: String,
    pub artists: String,
    pub has_cover: bool,
    /// Microseconds since 1970, UTC.
    pub bought_us: i64,
    pub files: Vec<DownloadFile>,
    /// All in one ZIP; none where only single tracks were bought or none was made.
    pub zip_url: Option<String>,
    /// The list of links, one URL a line.
    pub links_url: String,
}

impl DownloadRelease {
    /// Whether any file will still change by itself.
    pub fn is_pending(&self) -> bool {
        let checked = |file: &DownloadFile| file.defect.is_some_and(|defect| defect.state == "checking");
        self.files.iter().any(|file| file.state.is_pending() || checked(file))
    }
}

/// `/en/downloads?after=`.
#[derive(Clone, Debug, Template)]
#[template(path = "downloads.html")]
pub struct DownloadsPage {
    pub page: Layout,
    /// Newest purchase first.
    pub releases: Vec<DownloadRelease>,
    /// The list of links of everything on this page's orders; none when there is nothing.
    pub links_url: Option<String>,
    pub pager: Pager,
}

impl DownloadsPage {
    /// Whether the page has anything to wait for: then, without scripts, it loads itself again.
    pub fn is_pending(&self) -> bool {
        self.releases.iter().any(DownloadRelease::is_pending)
    }
}

/// `/en/downloads/{line}/report`: what is wrong with this file?
#[derive(Clone, Debug, Template)]
#[template(path = "bad_file.html")]
pub struct BadFilePage {
    pub page: Layout,
    pub line_id: String,
    pub title: String,
    pub format_name: String,
    /// Empty before there is an answer; `nothing`, or `other`: something that no check finds.
    pub answered: &'static str,
}

impl BadFilePage {
    /// What can be wrong: the word of the form, and the Fluent id.
    fn choices(&self) -> [(&'static str, &'static str); 3] {
        [("breaks", "bad-file-breaks"), ("noise", "bad-file-noise"), ("other", "bad-file-other")]
    }
}
