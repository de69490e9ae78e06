//! Which pairs of letters are countries: ISO 3166-1 alpha-2, as assigned, and XK, which everybody uses for Kosovo.

use crate::declared::Refused;
use crate::geoip::Country;

const ASSIGNED: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV \
    BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR \
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG \
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX \
    MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG \
    VI VN VU WF WS XK YE YT ZA ZM ZW";

/// The country that a field names.
pub(super) fn read(field: &str, text: &str) -> Result<Country, Refused> {
    let known = ASSIGNED.split(' ').any(|code| code == text);
    let country = text.parse().ok().filter(|_| known);
    country.ok_or_else(|| {
        let hint = if text == "EL" || text == "UK" { " (Greece is GR, the United Kingdom GB)" } else { "" };
        Refused::field(field, format!("{text:?} is no country: write two capital letters (ISO 3166-1) like DE{hint}"))
    })
}

/// The country that a field names, if it names one.
pub(super) fn read_if(field: &str, text: Option<&str>) -> Result<Option<Country>, Refused> {
    text.filter(|text| !text.is_empty()).map(|text| read(field, text)).transpose()
}

/// Every country's two letters, in order.
pub fn all() -> impl Iterator<Item = &'static str> {
    ASSIGNED.split(' ').filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_one_that_is_assigned() {
        assert_eq!(all().count(), 250);
        assert!(all().is_sorted() && all().all(|code| code.len() == 2));
        for (text, is_one) in
            [("DE", true), ("XK", true), ("EL", false), ("UK", false), ("de", false), ("", false), ("XX", false)]
        {
            assert_eq!(read("country", text).is_ok(), is_one, "{text:?}");
        }
    }
}
