//! `preview-settings`, `preview-limits`, `release-formats`: what is heard before it is bought, and what a release is sold in.

use money::Micros;
use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::offers;
use shop::page::Page;
use shop::previews::{limits, settings};
use shop::tariffs::floors::FloorFor;
use shop::tariffs::tariff::class_of;
use wire::operator::{PreviewLimit, PreviewSettings, ReleaseFormats};

use super::resource::{Removable, Resource};

impl Resource for PreviewSettings {
    const LIST: &'static str = "/operator/preview-settings";
    const ONE: &'static str = "/operator/preview-settings/{id}";
    const SECTION: &'static str = "preview-settings";
    const ABOUT: &'static str = "Preview settings: how much of a track each standing hears, and in which formats";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<PreviewSettings>, DbError> {
        Ok(settings::list(tx, after, limit)?.map(settings_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<PreviewSettings>, DbError> {
        Ok(settings::find(tx, id)?.map(settings_word))
    }

    fn put(&self, _: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let PreviewSettings { id, visitor_s, listener_s, buyer_s, buyer_from_micros, opus, mp3 } = self.clone();
        let buyer_from = Micros(buyer_from_micros);
        let declared =
            settings::PreviewSettings { storefront: id, visitor_s, listener_s, buyer_s, buyer_from, opus, mp3 };
        settings::put(tx, &declared)
    }
}

impl Removable for PreviewSettings {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(settings::remove(tx, id)?)
    }
}

fn settings_word(settings: settings::PreviewSettings) -> PreviewSettings {
    let settings::PreviewSettings { storefront, visitor_s, listener_s, buyer_s, buyer_from, opus, mp3 } = settings;
    PreviewSettings { id: storefront, visitor_s, listener_s, buyer_s, buyer_from_micros: buyer_from.0, opus, mp3 }
}

impl Resource for PreviewLimit {
    const LIST: &'static str = "/operator/preview-limits";
    const ONE: &'static str = "/operator/preview-limits/{id}";
    const SECTION: &'static str = "preview-limit";
    const ABOUT: &'static str = "Preview limits: the most that rights holders let anybody hear";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<PreviewLimit>, DbError> {
        Ok(limits::list(tx, after, limit)?.map(limit_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<PreviewLimit>, DbError> {
        Ok(limits::find(tx, id)?.map(limit_word))
    }

    fn put(&self, _: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let whose = match (&self.label, &self.release, &self.recording) {
            (Some(label), None, None) => FloorFor::Label(label.clone()),
            (None, Some(release), None) => FloorFor::Release(release.clone()),
            (None, None, Some(recording)) => FloorFor::Recording(recording.clone()),
            _ => return Err(Refused::field("release", "a limit names one of label, release and recording")),
        };
        let limit =
            limits::PreviewLimit { id: self.id.clone(), whose, most_s: self.most_s, note: self.note.trim().to_owned() };
        limits::put(tx, &limit)
    }
}

impl Removable for PreviewLimit {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(limits::remove(tx, id)?)
    }
}

fn limit_word(limit: limits::PreviewLimit) -> PreviewLimit {
    let limits::PreviewLimit { id, whose, most_s, note } = limit;
    let (label, release, recording) = match whose {
        FloorFor::Label(id) => (Some(id), None, None),
        FloorFor::Release(id) => (None, Some(id), None),
        FloorFor::Recording(id) => (None, None, Some(id)),
    };
    PreviewLimit { id, label, release, recording, most_s, note }
}

impl Resource for ReleaseFormats {
    const LIST: &'static str = "/operator/release-formats";
    const ONE: &'static str = "/operator/release-formats/{id}";
    const SECTION: &'static str = "release-formats";
    const ABOUT: &'static str = "Release formats: releases that are sold in some classes of formats alone";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ReleaseFormats>, DbError> {
        Ok(offers::list(tx, after, limit)?.map(formats_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<ReleaseFormats>, DbError> {
        Ok(offers::find(tx, id)?.map(formats_word))
    }

    fn put(&self, _: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let class = |(n, text): (usize, &String)| {
            class_of(text).map_err(|reason| Refused::field(format!("classes[{n}]"), reason))
        };
        let classes = self.classes.iter().enumerate().map(class).collect::<Result<Vec<_>, _>>()?;
        let formats = offers::ReleaseFormats { id: self.id.clone(), release_id: self.release.clone(), classes };
        offers::put(tx, &formats)
    }
}

impl Removable for ReleaseFormats {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(offers::remove(tx, id)?)
    }
}

fn formats_word(formats: offers::ReleaseFormats) -> ReleaseFormats {
    let offers::ReleaseFormats { id, release_id, classes } = formats;
    ReleaseFormats { id, release: release_id, classes: classes.iter().map(|class| class.as_str().to_owned()).collect() }
}
