//! `floors` and `release-prices`: what rights holders and operators say of single labels, releases and recordings.

use money::Micros;
use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::tariffs::floors::{self, FloorFor};
use shop::tariffs::releases;
use shop::tariffs::tariff::class_of;
use wire::operator::{FixedPrice, Floor, ReleasePrice};

use super::resource::{Removable, Resource};

impl Resource for Floor {
    const LIST: &'static str = "/operator/floors";
    const ONE: &'static str = "/operator/floors/{id}";
    const SECTION: &'static str = "floor";
    const ABOUT: &'static str = "Floors: the least that rights holders let their tracks be sold for";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Floor>, DbError> {
        Ok(floors::list(tx, after, limit)?.map(floor_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Floor>, DbError> {
        Ok(floors::find(tx, id)?.map(floor_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let whose = match (&self.label, &self.release, &self.recording) {
            (Some(label), None, None) => FloorFor::Label(label.clone()),
            (None, Some(release), None) => FloorFor::Release(release.clone()),
            (None, None, Some(recording)) => FloorFor::Recording(recording.clone()),
            _ => return Err(Refused::field("label", "a floor names one of label, release and recording")),
        };
        let floor = floors::Floor {
            id: self.id.clone(),
            whose,
            currency: self.currency.clone(),
            per_track: Micros(self.per_track_micros),
            per_mb: Micros(self.per_mb_micros),
        };
        shop.tariffs.put_floor(tx, &floor)
    }
}

impl Removable for Floor {
    fn remove(shop: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        shop.tariffs.remove_floor(tx, id)
    }
}

fn floor_word(floor: floors::Floor) -> Floor {
    let (label, release, recording) = match floor.whose {
        FloorFor::Label(id) => (Some(id), None, None),
        FloorFor::Release(id) => (None, Some(id), None),
        FloorFor::Recording(id) => (None, None, Some(id)),
    };
    Floor {
        id: floor.id,
        label,
        release,
        recording,
        currency: floor.currency,
        per_track_micros: floor.per_track.0,
        per_mb_micros: floor.per_mb.0,
    }
}

impl Resource for ReleasePrice {
    const LIST: &'static str = "/operator/release-prices";
    const ONE: &'static str = "/operator/release-prices/{id}";
    const SECTION: &'static str = "release-price";
    const ABOUT: &'static str = "Release prices: what is special about single releases, their tier and fixed prices";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<ReleasePrice>, DbError> {
        Ok(releases::list(tx, after, limit)?.map(release_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<ReleasePrice>, DbError> {
        Ok(releases::find(tx, id)?.map(release_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let fixed = |(n, fixed): (usize, &FixedPrice)| {
            let class = fixed.class.as_deref().map(class_of).transpose();
            Ok(releases::FixedPrice {
                class: class.map_err(|e| Refused::field(format!("fixed[{n}].class"), e))?,
                release: Micros(fixed.release_micros),
                track: fixed.track_micros.map(Micros),
            })
        };
        let price = releases::ReleasePrice {
            id: self.id.clone(),
            storefront: self.storefront.clone(),
            release_id: self.release.clone(),
            tier: self.tier.as_deref().map(str::parse).transpose().map_err(|e| Refused::field("tier", e))?,
            fixed: self.fixed.iter().enumerate().map(fixed).collect::<Result<_, Refused>>()?,
        };
        shop.tariffs.put_release(tx, &price)
    }
}

impl Removable for ReleasePrice {
    fn remove(shop: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        shop.tariffs.remove_release(tx, id)
    }
}

fn release_word(price: releases::ReleasePrice) -> ReleasePrice {
    let fixed = |fixed: releases::FixedPrice| FixedPrice {
        class: fixed.class.map(|class| class.as_str().to_owned()),
        release_micros: fixed.release.0,
        track_micros: fixed.track.map(|track| track.0),
    };
    ReleasePrice {
        id: price.id,
        storefront: price.storefront,
        release: price.release_id,
        tier: price.tier.map(|tier| tier.as_str().to_owned()),
        fixed: price.fixed.into_iter().map(fixed).collect(),
    }
}
