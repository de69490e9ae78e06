//! What counts as an e-mail address, and when two spellings are the same one.

use unicode_normalization::UnicodeNormalization;

/// RFC 5321 section 4.5.3.1.3: a path of 256 bytes with its brackets.
const MAX_EMAIL_BYTES: usize = 254;
/// RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL_BYTES: usize = 64;
/// RFC 1035 section 2.3.4.
const MAX_LABEL_BYTES: usize = 63;

/// An address as the person wrote it, trimmed, with its domain in lower case. Quoted local parts and domains without a dot
/// are refused: they are slips of the keyboard far more often than addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Email(String);

impl Email {
    /// `None` when it cannot be an address.
    pub(super) fn parse(text: &str) -> Option<Email> {
        let text: String = text.trim().nfc().collect();
        let (local, domain) = text.rsplit_once('@')?;
        let domain = domain.to_lowercase();
        let fits = text.len() <= MAX_EMAIL_BYTES && local.len() <= MAX_LOCAL_BYTES;
        if !fits || !is_local(local) || !is_domain(&domain) {
            return None;
        }
        let email = format!("{local}@{domain}");
        // What mail cannot be sent to is no address, whatever the rules here think.
        email.parse::<lettre::Address>().ok()?;
        Some(Email(email))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for all spellings of one address. Letter case is ignored in the local part too: no provider of note
    /// gives `Anna@` and `anna@` to two people.
    pub(super) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

fn is_local(local: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c);
    !local.is_empty() && local.chars().all(allowed) && local.split('.').all(|part| !part.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_sort_are_taken() {
        for good in
            ["a@b.cd", " anna+shop@Example.ORG ", "o'neil@example.co.uk", "анна@пример.рф", "x_y-z.1@a-b.museum"]
        {
            assert!(Email::parse(good).is_some(), "{good}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "@",
            "a@",
            "@b.cd",
            "a b@c.de",
            "a@b",
            "a@b..cd",
            "a@-b.cd",
            ".a@b.cd",
            "a..b@c.de",
            "a@b@c.de",
            "a@b.cd\r\nBcc: x@y.z",
            "\"a\"@b.cd",
            "<a@b.cd>",
            "a,b@c.de",
            &long,
        ] {
            assert_eq!(Email::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn two_spellings_of_an_address_have_one_key() {
        let one = Email::parse("Anna@Example.org").unwrap();
        let other = Email::parse(" anna@EXAMPLE.ORG").unwrap();
        assert_eq!(one.key(), other.key());
        assert_eq!(one.as_str(), "Anna@example.org");
    }
}
