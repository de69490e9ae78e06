//! `payees`, `licences`, `shares`: who gets what.

use money::Micros;
use shop::Shop;
use shop::db::{DbError, Tx};
use shop::declared::Refused;
use shop::page::Page;
use shop::rights::{self, Base, LicenceKind, PayeeKind, ShareScope, ShareSet, licences, payees, shares};
use wire::operator::{Holder, Licence, Payee, Shares, SharesOf};

use super::resource::{Removable, Resource};

impl Resource for Payee {
    const LIST: &'static str = "/operator/payees";
    const ONE: &'static str = "/operator/payees/{id}";
    const SECTION: &'static str = "payee";
    const ABOUT: &'static str = "Payees: societies, labels, artists, publishers whom sales make something due to";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Payee>, DbError> {
        Ok(payees::list(tx, after, limit)?.map(payee_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Payee>, DbError> {
        Ok(payees::find(tx, id)?.map(payee_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let kind = PayeeKind::of_name(&self.kind);
        let kind = kind.ok_or_else(|| Refused::field("kind", "it is society, label, artist or publisher"))?;
        let payee = rights::Payee {
            id: self.id.clone(),
            storefront: self.storefront.clone(),
            name: self.name.clone(),
            kind,
            currency: self.currency.clone(),
            email: self.email.clone(),
            party_id: self.party_id.clone(),
            ipn: self.ipn.clone(),
        };
        payees::put(tx, &payee, shop.clock.now_us())
    }
}

impl Removable for Payee {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        payees::remove(tx, id)
    }
}

fn payee_word(payee: rights::Payee) -> Payee {
    let rights::Payee { id, storefront, name, kind, currency, email, party_id, ipn } = payee;
    Payee { id, storefront, name, kind: kind.as_str().to_owned(), currency, email, party_id, ipn }
}

impl Resource for Licence {
    const LIST: &'static str = "/operator/licences";
    const ONE: &'static str = "/operator/licences/{id}";
    const SECTION: &'static str = "licence";
    const ABOUT: &'static str = "Licences: what is due of each sale, and to whom";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Licence>, DbError> {
        Ok(licences::list(tx, after, limit)?.map(licence_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Licence>, DbError> {
        Ok(licences::find(tx, id)?.map(licence_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        licences::put(tx, &licence_noun(self)?, shop.clock.now_us())
    }
}

impl Removable for Licence {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(licences::remove(tx, id)?)
    }
}

fn licence_noun(word: &Licence) -> Result<rights::Licence, Refused> {
    let kind = LicenceKind::of_name(&word.kind);
    let kind = kind.ok_or_else(|| Refused::field("kind", "it is society or direct"))?;
    let is_direct = kind == LicenceKind::Direct;
    let base = match word.base.as_deref() {
        None if is_direct => Base::Net,
        None => Base::Gross,
        Some(name) => Base::of_name(name).ok_or_else(|| Refused::field("base", "it is gross or net"))?,
    };
    let to_holders = match word.pays.as_deref() {
        None => is_direct,
        Some("payee") => false,
        Some("holders") => true,
        Some(_) => return Err(Refused::field("pays", "it is payee or holders")),
    };
    let rate_ppm = u32::try_from(word.rate_ppm);
    let rate_ppm =
        rate_ppm.map_err(|_| Refused::field("rate_ppm", "a rate is between 0 and 1000000 parts per million"))?;
    Ok(rights::Licence {
        id: word.id.clone(),
        storefront: word.storefront.clone(),
        name: word.name.clone(),
        number: word.number.clone(),
        kind,
        payee: word.payee.clone(),
        base,
        rate_ppm,
        minimum: Micros(word.minimum_micros),
        minimum_when_free: word.minimum_when_free,
        to_holders,
        label: word.label.clone(),
        licensee_party_id: word.licensee_party_id.clone(),
        valid_from: word.valid_from.clone(),
        valid_until: word.valid_until.clone(),
    })
}

fn licence_word(licence: rights::Licence) -> Licence {
    Licence {
        id: licence.id,
        storefront: licence.storefront,
        name: licence.name,
        number: licence.number,
        kind: licence.kind.as_str().to_owned(),
        payee: licence.payee,
        base: Some(licence.base.as_str().to_owned()),
        rate_ppm: licence.rate_ppm.into(),
        minimum_micros: licence.minimum.0,
        minimum_when_free: licence.minimum_when_free,
        pays: Some(if licence.to_holders { "holders" } else { "payee" }.to_owned()),
        label: licence.label,
        licensee_party_id: licence.licensee_party_id,
        valid_from: licence.valid_from,
        valid_until: licence.valid_until,
    }
}

impl Resource for Shares {
    const LIST: &'static str = "/operator/shares";
    const ONE: &'static str = "/operator/shares/{id}";
    const SECTION: &'static str = "shares";
    const ABOUT: &'static str = "Shares: how the rights of recordings are split";

    fn id(&self) -> &str {
        &self.id
    }

    fn set_id(&mut self, id: String) {
        self.id = id;
    }

    fn list(tx: &mut Tx, after: Option<&str>, limit: u32) -> Result<Page<Shares>, DbError> {
        Ok(shares::list(tx, after, limit)?.map(shares_word))
    }

    fn find(tx: &mut Tx, id: &str) -> Result<Option<Shares>, DbError> {
        Ok(shares::find(tx, id)?.map(shares_word))
    }

    fn put(&self, shop: &Shop, tx: &mut Tx) -> Result<(), Refused> {
        let of = match &self.of {
            SharesOf::Track(id) => ShareScope::Track(id.clone()),
            SharesOf::Isrc(isrc) => ShareScope::Isrc(isrc.clone()),
            SharesOf::Release(id) => ShareScope::Release(id.clone()),
            SharesOf::Label(name) => ShareScope::Label(name.clone()),
            SharesOf::Storefront => ShareScope::Storefront,
        };
        let holder = |holder: &Holder| rights::Holder { payee: holder.payee.clone(), share_ppm: holder.share_ppm };
        let holders = self.holders.iter().map(holder).collect();
        let set = ShareSet { id: self.id.clone(), storefront: self.storefront.clone(), of, holders };
        shares::put(tx, &set, shop.clock.now_us())
    }
}

impl Removable for Shares {
    fn remove(_: &Shop, tx: &mut Tx, id: &str) -> Result<bool, Refused> {
        Ok(shares::remove(tx, id)?)
    }
}

fn shares_word(set: ShareSet) -> Shares {
    let of = match set.of {
        ShareScope::Track(id) => SharesOf::Track(id),
        ShareScope::Isrc(isrc) => SharesOf::Isrc(isrc),
        ShareScope::Release(id) => SharesOf::Release(id),
        ShareScope::Label(name) => SharesOf::Label(name),
        ShareScope::Storefront => SharesOf::Storefront,
    };
    let holder = |holder: rights::Holder| Holder { payee: holder.payee, share_ppm: holder.share_ppm };
    Shares { id: set.id, storefront: set.storefront, of, holders: set.holders.into_iter().map(holder).collect() }
}
