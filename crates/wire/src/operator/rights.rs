//! Payees, licences and shares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody whom sales make something due to: a society, a label, an artist, a publisher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront whose sales pay; `main` when left out. Never changes.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// As statements name it.
    pub name: String,
    /// `society`, `label`, `artist` or `publisher`.
    pub kind: String,
    /// ISO 4217; that of the storefront.
    pub currency: String,
    /// The address of a user who exists: he signs in and reads the statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// DDEX party id (DPID): `PADPIDA` and letters and digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_id: Option<String>,
    /// International performer number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipn: Option<String>,
}

/// Under what a storefront sells. Societies' licences apply all at once to whatever no direct deal covers; a direct deal (over
/// one label's recordings, or over all) takes their place. For each sold line `rate_ppm` of the base is due, rounded half to
/// even, and no less than the minimum. The minimum is asked once for each track and buyer: not for an upgrade of a track that
/// he owns, and for a free track only if `minimum_when_free`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// The operator's name for it. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront that sells under it; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// What listeners read it is called; the payee's name when left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The number that it was given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// `society` or `direct`.
    pub kind: String,
    /// The payee's id.
    pub payee: String,
    /// What the rate counts on: `gross` is the price after discount, tax included, whichever credit paid it; `net` is the same
    /// without tax. When left out `gross` for a society, `net` for a direct deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Parts per million of the base: 150000 is 15 %.
    pub rate_ppm: i64,
    /// The least that is due for a track; 0 when left out.
    #[serde(default)]
    pub minimum_micros: i64,
    /// Whether the minimum is due for a track that costs nothing, too.
    #[serde(default)]
    pub minimum_when_free: bool,
    /// Who gets what is due: `payee`, or `holders` by the recording's shares (the payee where there are none). When left out
    /// `payee` for a society, `holders` for a direct deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays: Option<String>,
    /// The label's name, for a direct deal over its recordings alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The shop's own DDEX party id under this licence; the sender of DDEX sales reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licensee_party_id: Option<String>,
    /// The first day, `YYYY-MM-DD` in UTC; since always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// The last day; for good when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

/// How the rights of recordings are split among payees, under licences that pay holders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// The operator's name for them. In an address it may be left out of the body.
    #[serde(default)]
    pub id: String,
    /// The storefront whose sales they split; `main` when left out.
    #[serde(default = "super::main")]
    pub storefront: String,
    /// What they are about. Of several that fit, the closest counts: track, ISRC, release, label, storefront.
    pub of: SharesOf,
    /// They add up to 1000000 exactly. Each gets his share rounded down to the micro; what is left goes, a micro each, to the
    /// largest fractions, among equals to the id that sorts first.
    pub holders: Vec<Holder>,
}

/// What shares are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharesOf {
    /// The recording of this track, by the track's id.
    Track(String),
    /// Recordings with this ISRC.
    Isrc(String),
    /// The tracks of a release, by its id.
    Release(String),
    /// The releases of a label, by its name.
    Label(String),
    /// Everything else that is sold.
    Storefront,
}

/// One who holds a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The payee's id.
    pub payee: String,
    /// Parts per million.
    pub share_ppm: u32,
}
