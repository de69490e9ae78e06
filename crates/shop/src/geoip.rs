//! In which country a visitor's address lies, by a database file (mmdb) that the operator points to. Guesses nothing: without a
//! file, or for an address that is not in it, the country is unknown.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use maxminddb::Reader;
use serde::Deserialize;

/// A country: two capital letters (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn code(&self) -> &str {
        // Only capital ASCII letters get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The text is not two capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is two capital letters, like DE")]
pub struct NotACountry;

impl FromStr for Country {
    type Err = NotACountry;

    fn from_str(text: &str) -> Result<Country, NotACountry> {
        let letters: [u8; 2] = text.as_bytes().try_into().map_err(|_| NotACountry)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Country(letters)) } else { Err(NotACountry) }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the GeoIP database {0} cannot be used: {1}")]
pub struct GeoIpError(PathBuf, maxminddb::MaxMindDbError);

/// Finds countries of addresses. Cheap to clone.
#[derive(Clone, Default)]
pub struct GeoIp {
    reader: Option<Arc<Reader<Vec<u8>>>>,
}

/// What the databases in use say of an address: MaxMind's nested form, or the flat one of the free lists.
#[derive(Default, Deserialize)]
struct Record {
    country: Option<Nested>,
    country_code: Option<String>,
}

#[derive(Deserialize)]
struct Nested {
    iso_code: Option<String>,
}

impl GeoIp {
    /// Opens the database; without a path every country is unknown.
    pub fn open(path: Option<&Path>) -> Result<GeoIp, GeoIpError> {
        let reader = path.map(|path| Reader::open_readfile(path).map_err(|e| GeoIpError(path.to_owned(), e)));
        Ok(GeoIp { reader: reader.transpose()?.map(Arc::new) })
    }

    /// Whether there is a database.
    pub fn is_open(&self) -> bool {
        self.reader.is_some()
    }

    /// The country of an address, where the database knows it.
    pub fn country(&self, address: IpAddr) -> Option<Country> {
        let reader = self.reader.as_ref()?;
        let found = reader.lookup(address.to_canonical()).and_then(|found| found.decode::<Record>());
        let record = found.unwrap_or_else(|e| {
            tracing::warn!(error = %e, "the GeoIP database could not be read");
            None
        })?;
        let code = record.country.and_then(|c| c.iso_code).or(record.country_code)?;
        code.to_ascii_uppercase().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capital_letters() {
        assert_eq!("DE".parse::<Country>().map(|c| c.to_string()), Ok("DE".to_owned()));
        for text in ["de", "D", "DEU", "Д", ""] {
            assert_eq!(text.parse::<Country>(), Err(NotACountry), "{text}");
        }
    }

    #[test]
    fn without_a_database_every_country_is_unknown() {
        let geo = GeoIp::open(None).unwrap();
        assert!(!geo.is_open());
        assert_eq!(geo.country("192.0.2.1".parse().unwrap()), None);
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "nothing").unwrap();
        let refused = GeoIp::open(Some(file.path())).err().unwrap();
        assert!(refused.to_string().contains(&file.path().display().to_string()), "{refused}");
    }

    #[test]
    fn both_forms_of_database_are_read() {
        for (form, address, country) in [
            (tiny::nested(), "0.0.0.1", Some("DE")),
            (tiny::nested(), "128.0.0.1", None),
            (tiny::flat(), "10.1.2.3", Some("DE")),
            (tiny::flat(), "::ffff:10.1.2.3", Some("DE")),
            (tiny::flat(), "200.1.2.3", None),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), form).unwrap();
            let geo = GeoIp::open(Some(file.path())).unwrap();
            let found = geo.country(address.parse().unwrap());
            assert_eq!(found.map(|c| c.to_string()).as_deref(), country, "{address}");
        }
    }

    /// The smallest databases by the format's description: one node, whose left half (addresses below 128.0.0.0) is in Germany.
    mod tiny {
        fn text(out: &mut Vec<u8>, text: &str) {
            out.push(0x40 | u8::try_from(text.len()).unwrap());
            out.extend_from_slice(text.as_bytes());
        }

        fn number(out: &mut Vec<u8>, key: &str, kind: u8, value: u8) {
            text(out, key);
            out.extend_from_slice(&[kind << 5 | 1, value]);
        }

        fn database(record: &[u8]) -> Vec<u8> {
            // One node of two 24-bit records: left the data at 1 + 16, right "not found", which is the node count.
            let mut out = vec![0, 0, 17, 0, 0, 1];
            out.extend_from_slice(&[0; 16]);
            out.extend_from_slice(record);
            out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
            out.push(0xe0 | 9);
            number(&mut out, "binary_format_major_version", 5, 2);
            number(&mut out, "binary_format_minor_version", 5, 0);
            text(&mut out, "build_epoch");
            out.extend_from_slice(&[0x01, 0x02, 1]);
            text(&mut out, "database_type");
            text(&mut out, "Tiny");
            text(&mut out, "description");
            out.push(0xe0);
            number(&mut out, "ip_version", 5, 4);
            text(&mut out, "languages");
            out.extend_from_slice(&[0x00, 0x04]);
            number(&mut out, "node_count", 6, 1);
            number(&mut out, "record_size", 5, 24);
            out
        }

        pub fn flat() -> Vec<u8> {
            let mut record = vec![0xe1];
            text(&mut record, "country_code");
            text(&mut record, "DE");
            database(&record)
        }

        pub fn nested() -> Vec<u8> {
            let mut record = vec![0xe1];
            text(&mut record, "country");
            record.push(0xe1);
            text(&mut record, "iso_code");
            text(&mut record, "DE");
            database(&record)
        }
    }
}
