//! Tax: where a buyer is by the evidence at hand, and which rate is in force there on a day. Pure: no table of rates stands
//! here (the operator keeps it), no amount is computed here (`price` does).
//!
//! **The rule of place.** Up to three pieces of evidence say where a buyer is: the country that issued the card he topped up
//! with, the country he stated, the country of his network address. The country that two of them name is the place. Where
//! no two agree, the one that is hardest to feign is taken, in the order just named, and the place counts as contradicted if
//! another one says otherwise. Without any the country is unknown, which is a case of its own.

/// What says where a buyer is. A country is whatever the caller takes for one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence<C> {
    /// Issued the card of his last top-up.
    pub card: Option<C>,
    /// Stated by him.
    pub stated: Option<C>,
    /// Of his network address.
    pub address: Option<C>,
}

/// Where a buyer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<C> {
    /// None when there is no evidence at all.
    pub country: Option<C>,
    /// Pieces of evidence that name it.
    pub agreeing: u8,
    /// No two agree, and there are several.
    pub contradicted: bool,
}

impl<C: Copy + PartialEq> Evidence<C> {
    /// Where the buyer is, by the rule of place.
    ///
    /// ```
    /// use money::tax::{Evidence, Place};
    /// let evidence = Evidence { card: Some("FR"), stated: Some("DE"), address: Some("DE") };
    /// assert_eq!(evidence.place(), Place { country: Some("DE"), agreeing: 2, contradicted: false });
    /// ```
    pub fn place(&self) -> Place<C> {
        let pieces = [self.card, self.stated, self.address];
        let naming = |country: C| pieces.iter().flatten().filter(|piece| **piece == country).count() as u8;
        let known = || pieces.into_iter().flatten();
        let country = known().find(|country| naming(*country) >= 2).or_else(|| known().next());
        let agreeing = country.map_or(0, naming);
        Place { country, agreeing, contradicted: agreeing == 1 && known().count() > 1 }
    }
}

/// A rate of tax in a country from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate<C> {
    /// Its name in the operator's table.
    pub id: String,
    /// Where.
    pub country: C,
    /// The first day, as `YYYY-MM-DD`.
    pub from_day: String,
    /// Parts per million of the price without tax.
    pub ppm: u32,
}

/// The rate in force in `country` on `day` (`YYYY-MM-DD`): the one that began last. None where no tax is charged, since the
/// table has no rate of that country, or none yet.
pub fn in_force<'r, C: PartialEq>(rates: &'r [Rate<C>], country: &C, day: &str) -> Option<&'r Rate<C>> {
    rates
        .iter()
        .filter(|rate| rate.country == *country && rate.from_day.as_str() <= day)
        .max_by(|a, b| (&a.from_day, &a.id).cmp(&(&b.from_day, &b.id)))
}

/// What happens where the country is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown<C> {
    /// Nothing is sold.
    Refuse,
    /// No tax is charged.
    NoTax,
    /// He is taken to be there.
    Default(C),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pieces_of_evidence_that_agree_say_where_the_buyer_is() {
        for (card, stated, address, country, agreeing, contradicted) in [
            (Some("DE"), Some("DE"), Some("DE"), Some("DE"), 3, false),
            (Some("DE"), Some("DE"), Some("FR"), Some("DE"), 2, false),
            (Some("DE"), Some("FR"), Some("DE"), Some("DE"), 2, false),
            (Some("FR"), Some("DE"), Some("DE"), Some("DE"), 2, false),
            (Some("DE"), Some("FR"), Some("IT"), Some("DE"), 1, true),
            (Some("DE"), Some("FR"), None, Some("DE"), 1, true),
            (None, Some("FR"), Some("IT"), Some("FR"), 1, true),
            (None, Some("FR"), Some("FR"), Some("FR"), 2, false),
            (None, None, Some("IT"), Some("IT"), 1, false),
            (None, Some("FR"), None, Some("FR"), 1, false),
            (Some("DE"), None, None, Some("DE"), 1, false),
            (None, None, None, None, 0, false),
        ] {
            let evidence = Evidence { card, stated, address };
            assert_eq!(evidence.place(), Place { country, agreeing, contradicted }, "{evidence:?}");
        }
    }

    #[test]
    fn a_rate_holds_from_its_first_day_until_the_next_one_of_its_country() {
        let rate =
            |id: &str, country, from_day: &str, ppm| Rate { id: id.into(), country, from_day: from_day.into(), ppm };
        let rates = [
            rate("fi-2024", "FI", "2024-09-01", 255_000),
            rate("fi", "FI", "2013-01-01", 240_000),
            rate("de", "DE", "2021-01-01", 190_000),
        ];
        for (country, day, ppm) in [
            ("FI", "2026-11-21", Some(255_000)),
            ("FI", "2024-09-01", Some(255_000)),
            ("FI", "2024-08-31", Some(240_000)),
            ("FI", "2012-12-31", None),
            ("DE", "2026-11-21", Some(190_000)),
            ("US", "2026-11-21", None),
        ] {
            assert_eq!(in_force(&rates, &country, day).map(|rate| rate.ppm), ppm, "{country} {day}");
        }
    }
}
