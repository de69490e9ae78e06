//! Signed links: who holds one may download without signing in. A link names an entitlement and the version that the
//! entitlement had; raising the version makes all earlier links void.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::params;

/// Bytes of a signature: 128 bits.
const SIGNATURE_BYTES: usize = 16;

#[derive(Clone)]
pub(super) struct Links {
    secret: Arc<[u8]>,
}

impl Links {
    pub(super) async fn open(db: &Db, clock: &Clock) -> Result<Links, DbError> {
        let fresh = hex::encode(clock.random::<32>());
        let secret: String = db
            .write::<_, DbError>(move |tx| {
                tx.execute(
                    "INSERT INTO settings_kept (name, value) VALUES ('link_secret', $1) ON CONFLICT (name) DO NOTHING",
                    params![&fresh],
                )?;
                let row = tx.row("SELECT value FROM settings_kept WHERE name = 'link_secret'", &[])?;
                row.ok_or_else(|| DbError::Failed("the link secret vanished".into()))?.get(0)
            })
            .await?;
        let secret = hex::decode(secret).map_err(|_| DbError::Failed("the link secret is damaged".into()))?;
        Ok(Links { secret: secret.into() })
    }

    fn sign(&self, text: &str) -> [u8; SIGNATURE_BYTES] {
        let mut signature = [0; SIGNATURE_BYTES];
        signature.copy_from_slice(&self.mac(text).finalize().into_bytes()[..SIGNATURE_BYTES]);
        signature
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes any key");
        mac.update(text.as_bytes());
        mac
    }

    /// `text.signature`
    fn signed(&self, text: &str) -> String {
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(self.sign(text)))
    }

    /// The text of a token whose signature is right, compared in constant time.
    fn verified<'t>(&self, token: &'t str) -> Option<&'t str> {
        let (text, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok().filter(|s| s.len() == SIGNATURE_BYTES)?;
        self.mac(text).verify_truncated_left(&signature).ok()?;
        Some(text)
    }

    /// The path of a file.
    pub(super) fn file(&self, entitlement: &str, version: i64, file_name: &str) -> String {
        format!("/d/{}/{}", self.signed(&format!("f.{entitlement}.{version}")), percent(file_name))
    }

    /// Entitlement and version of a file's token.
    pub(super) fn read_file(&self, token: &str) -> Option<(String, i64)> {
        let mut parts = self.verified(token)?.strip_prefix("f.")?.split('.');
        Some((parts.next()?.to_owned(), parts.next()?.parse().ok()?))
    }

    /// The path of a ZIP.
    pub(super) fn zip(&self, order: &str, release: &str, version: i64, title: &str) -> String {
        format!("/z/{}/{}.zip", self.signed(&format!("z.{order}.{release}.{version}")), percent(title))
    }

    /// Order, release and version of a ZIP's token.
    pub(super) fn read_zip(&self, token: &str) -> Option<(String, String, i64)> {
        let mut parts = self.verified(token)?.strip_prefix("z.")?.split('.');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.parse().ok()?))
    }
}

/// A name as one segment of a path (RFC 3986, section 2.1).
fn percent(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    name.replace(['/', '\\'], "_")
        .bytes()
        .map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_was_changed_anywhere_is_no_link() {
        let links = Links { secret: Arc::from([7; 32]) };
        let path = links.file("entitlement", 3, "01 A/b.mp3");
        let token = path.split('/').nth(2).unwrap();
        assert_eq!(links.read_file(token), Some(("entitlement".into(), 3)));
        for at in 0..token.len() {
            let mut changed = token.as_bytes().to_vec();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(links.read_file(std::str::from_utf8(&changed).unwrap()), None, "byte {at}");
        }
        assert_eq!(links.read_file("f.entitlement.3."), None);
        assert_eq!(links.read_zip(token), None);
        assert_eq!(Links { secret: Arc::from([8; 32]) }.read_file(token), None);
    }

    #[test]
    fn names_in_links_are_one_segment() {
        assert_eq!(percent("01 Ё/x.mp3"), "01%20%D0%81_x.mp3");
    }
}
