//! The nouns of rights as they are declared and read. No SQL, no arithmetic.

use money::Micros;

macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$one:meta])* $variant:ident $text:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$one])* $variant),* }

        impl $name {
            /// As the database and the API write it.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The one of that name.
            pub fn of_name(name: &str) -> Option<$name> {
                [$($name::$variant),*].into_iter().find(|one| one.as_str() == name)
            }
        }
    };
}

named! {
    /// What sort of payee somebody is.
    PayeeKind {
        /// A collecting society.
        Society "society",
        /// A label.
        Label "label",
        /// An artist.
        Artist "artist",
        /// A publisher.
        Publisher "publisher",
    }
}

named! {
    /// What a licence is given by.
    LicenceKind {
        /// A society: it covers whatever no direct deal covers. Several may apply to one sale.
        Society "society",
        /// A deal with one who holds the rights; it takes the place of all societies.
        Direct "direct",
    }
}

named! {
    /// What a rate counts on.
    Base {
        /// The price after discount, tax included, whichever credit paid it.
        Gross "gross",
        /// The same without tax.
        Net "net",
    }
}

/// Somebody whom sales make something due to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// The operator's own id.
    pub id: String,
    /// The storefront whose sales pay.
    pub storefront: String,
    /// As statements name it.
    pub name: String,
    /// What sort.
    pub kind: PayeeKind,
    /// ISO 4217; that of the storefront.
    pub currency: String,
    /// The address of the user who signs in and reads the statements.
    pub email: Option<String>,
    /// DDEX party id (`PADPIDA…`).
    pub party_id: Option<String>,
    /// International performer number.
    pub ipn: Option<String>,
}

/// Under what the storefront sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// The operator's own id.
    pub id: String,
    /// The storefront that sells under it.
    pub storefront: String,
    /// What listeners read it is called; empty: the payee's name stands for it.
    pub name: String,
    /// The number that it was given; empty if it has none.
    pub number: String,
    /// By whom it is given.
    pub kind: LicenceKind,
    /// Who is paid, where shares do not say otherwise.
    pub payee: String,
    /// What the rate counts on.
    pub base: Base,
    /// Parts per million of the base.
    pub rate_ppm: u32,
    /// At least this is due for a track that is sold to somebody for the first time.
    pub minimum: Micros,
    /// Whether the minimum is due for a track of the free tier too.
    pub minimum_when_free: bool,
    /// Whether what is due is split by the recording's shares.
    pub to_holders: bool,
    /// A direct deal over this label's recordings alone, by its name.
    pub label: Option<String>,
    /// The shop's own DDEX party id under this licence.
    pub licensee_party_id: Option<String>,
    /// The first day (`YYYY-MM-DD`, UTC); always, when it is none.
    pub valid_from: Option<String>,
    /// The last day.
    pub valid_until: Option<String>,
}

/// What shares are about. The closest one counts: track, ISRC, release, label, storefront.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareScope {
    /// The recording of this track, by the track's id.
    Track(String),
    /// Recordings with this ISRC.
    Isrc(String),
    /// All tracks of a release, by its id.
    Release(String),
    /// All releases of a label, by its name.
    Label(String),
    /// Everything else that the storefront sells.
    Storefront,
}

impl ShareScope {
    /// The stable name, and what the operator wrote.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            ShareScope::Track(text) => ("track", text),
            ShareScope::Isrc(text) => ("isrc", text),
            ShareScope::Release(text) => ("release", text),
            ShareScope::Label(text) => ("label", text),
            ShareScope::Storefront => ("storefront", ""),
        }
    }

    /// The scope of a stable name.
    pub fn of_parts(scope: &str, text: String) -> Option<ShareScope> {
        Some(match scope {
            "track" => ShareScope::Track(text),
            "isrc" => ShareScope::Isrc(text),
            "release" => ShareScope::Release(text),
            "label" => ShareScope::Label(text),
            "storefront" => ShareScope::Storefront,
            _ => return None,
        })
    }
}

/// One who holds a part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The payee's id.
    pub payee: String,
    /// Parts per million.
    pub share_ppm: u32,
}

/// How the rights of some recordings are split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareSet {
    /// The operator's own id.
    pub id: String,
    /// The storefront whose sales it splits.
    pub storefront: String,
    /// What it is about.
    pub of: ShareScope,
    /// Who holds what; the parts add up to one.
    pub holders: Vec<Holder>,
}
