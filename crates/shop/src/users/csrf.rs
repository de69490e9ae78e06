//! Form tokens: what a page holds and a stranger's page cannot know. Derived from the session, so nothing is stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Token;

/// Sets this use of the session's secret apart from any other.
const PURPOSE: &[u8] = b"gramovar form token, version 1";

/// The form token of a browser session. Safe to put into a page: the session cannot be told from it.
pub fn csrf_token(session: &Token) -> String {
    URL_SAFE_NO_PAD.encode(mac(session).finalize().into_bytes())
}

/// Whether a form came from a page of this session. Takes the same time wherever the two differ.
pub fn csrf_matches(session: &Token, shown: &str) -> bool {
    let Ok(shown) = URL_SAFE_NO_PAD.decode(shown) else { return false };
    mac(session).verify_slice(&shown).is_ok()
}

fn mac(session: &Token) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.as_str().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(PURPOSE);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_fits_its_own_session_only() {
        let (one, other) = (Token::shown("one"), Token::shown("other"));
        assert!(csrf_matches(&one, &csrf_token(&one)));
        assert!(!csrf_matches(&other, &csrf_token(&one)));
        for forged in ["", "one", "====", &csrf_token(&one)[1..]] {
            assert!(!csrf_matches(&one, forged), "{forged}");
        }
    }
}
