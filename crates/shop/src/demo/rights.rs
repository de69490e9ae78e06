//! Who gets what in the demo: a society with 15 % of gross, and shares for whoever makes a direct deal.

use money::Micros;

use crate::db::Tx;
use crate::declared::Refused;
use crate::rights::{
    Base, Holder, Licence, LicenceKind, Payee, PayeeKind, ShareScope, ShareSet, licences, payees, shares,
};
use crate::storefronts::{self, MAIN};

/// The demo's society.
pub const SOCIETY: &str = "demo-society";
/// The shares of everything; called as in the sample file, so that this may be applied to the demo.
const SHARES: &str = "everything";
/// What it gets of the price: 15 %.
pub const RATE_PPM: u32 = 150_000;
/// Of the demo's own; no party of DDEX has them.
const SHOP_PARTY_ID: &str = "PADPIDA2026112100D";
const SOCIETY_PARTY_ID: &str = "PADPIDA2026112100S";

/// Declares the demo's payees, licence and shares, once: what an operator changes later stays. `reader` is the address of the
/// user who reads the society's statements.
pub fn declare(tx: &mut Tx, reader: &str, now_us: i64) -> Result<(), Refused> {
    if payees::find(tx, SOCIETY)?.is_some() {
        return Ok(());
    }
    let currency = storefronts::get(tx, MAIN)?.map(|main| main.currency).unwrap_or_default();
    for (id, name, kind) in [
        (SOCIETY, "Demo Society of Authors", PayeeKind::Society),
        ("demo-label", "Gramovar Demo", PayeeKind::Label),
        ("demo-band", "The Demo Band", PayeeKind::Artist),
    ] {
        let is_society = kind == PayeeKind::Society;
        let payee = Payee {
            id: id.to_owned(),
            storefront: MAIN.to_owned(),
            name: name.to_owned(),
            kind,
            currency: currency.clone(),
            email: is_society.then(|| reader.to_owned()),
            party_id: is_society.then(|| SOCIETY_PARTY_ID.to_owned()),
            ipn: None,
        };
        payees::put(tx, &payee, now_us)?;
    }
    licences::put(tx, &licence(), now_us)?;
    let holder = |payee: &str, share_ppm| Holder { payee: payee.to_owned(), share_ppm };
    let holders = vec![holder("demo-label", 700_000), holder("demo-band", 300_000)];
    let (id, storefront, of) = (SHARES.to_owned(), MAIN.to_owned(), ShareScope::Storefront);
    shares::put(tx, &ShareSet { id, storefront, of, holders }, now_us)
}

/// What the demo's licence is called.
const LICENCE_NAME: &str = "Demo licence for downloads";
const LICENCE_NUMBER: &str = "DEMO-2026-1";

fn licence() -> Licence {
    Licence {
        id: SOCIETY.to_owned(),
        storefront: MAIN.to_owned(),
        name: LICENCE_NAME.to_owned(),
        number: LICENCE_NUMBER.to_owned(),
        kind: LicenceKind::Society,
        payee: SOCIETY.to_owned(),
        base: Base::Gross,
        rate_ppm: RATE_PPM,
        minimum: Micros::ZERO,
        minimum_when_free: false,
        to_holders: false,
        label: None,
        licensee_party_id: Some(SHOP_PARTY_ID.to_owned()),
        valid_from: None,
        valid_until: None,
    }
}
