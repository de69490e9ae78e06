//! Bank transfers: the listener pays from his bank, naming a reference; an operator says what arrived. Asks nobody anything.

use futures_util::future::{BoxFuture, FutureExt};

use super::provider::{
    Card, Forged, Message, Provider, ProviderError, Received, RefundOrder, RefundSeen, Seen, Start, Started,
};
use crate::clock::Clock;

/// The name of this provider.
pub const NAME: &str = "transfer";
/// Digits of a reference behind its check digits.
const DIGITS: usize = 12;

/// Transfers.
pub struct Transfer;

impl Provider for Transfer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn start<'a>(&'a self, payment: &'a Start) -> BoxFuture<'a, Result<Started, ProviderError>> {
        async move { Err(ProviderError::Refused(format!("top-up {} has its reference already", payment.topup_id))) }
            .boxed()
    }

    fn read(&self, _: &Message) -> Result<Received, Forged> {
        Err(Forged::NotExpected)
    }

    fn look_up<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Seen, ProviderError>> {
        async { Ok(Seen::Pending) }.boxed()
    }

    fn cancel<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), ProviderError>> {
        async { Ok(()) }.boxed()
    }

    fn card<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Card>, ProviderError>> {
        async { Ok(None) }.boxed()
    }

    fn refund<'a>(&'a self, _: &'a RefundOrder) -> BoxFuture<'a, Result<RefundSeen, ProviderError>> {
        async { Ok(RefundSeen::ByHand) }.boxed()
    }

    fn look_up_refund<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<RefundSeen, ProviderError>> {
        async { Ok(RefundSeen::ByHand) }.boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, ProviderError>> {
        async { Ok("operators confirm what arrives".to_owned()) }.boxed()
    }
}

/// A new reference: a creditor reference by ISO 11649, which banks check when it is typed; digits only, in groups of four.
pub(super) fn new_reference(clock: &Clock) -> String {
    let chance = u64::from_be_bytes(clock.random::<8>()) % 10u64.pow(DIGITS as u32);
    let body = format!("{chance:0DIGITS$}");
    let check = 98 - remainder(&format!("{body}RF00"));
    grouped(&format!("RF{check:02}{body}"))
}

/// A reference as a person or a bank writes it, in our own way; `None` when a digit is wrong or it is none.
pub fn reference(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase();
    let digits = plain.strip_prefix("RF")?;
    let fits = digits.len() == DIGITS + 2 && digits.bytes().all(|b| b.is_ascii_digit());
    (fits && remainder(&format!("{}RF{}", &digits[2..], &digits[..2])) == 1).then(|| grouped(&plain))
}

fn grouped(plain: &str) -> String {
    plain.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

/// By 97, letters counting from 10.
fn remainder(text: &str) -> u32 {
    text.bytes().fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        other => (rest * 100 + u32::from(other - b'A') + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_people_write_it_and_a_wrong_digit_is_noticed() {
        let (clock, _) = Clock::by_hand(0);
        for _ in 0..200 {
            let made = new_reference(&clock);
            assert_eq!((made.len(), made.chars().filter(|c| *c == ' ').count()), (19, 3), "{made}");
            assert_eq!(reference(&made.to_lowercase().replace(' ', "-")).as_deref(), Some(made.as_str()));
            assert_eq!(reference(&format!(" {} ", made.replace(' ', ""))).as_deref(), Some(made.as_str()));
            for place in (2..19).filter(|place| made.as_bytes()[*place].is_ascii_digit()) {
                let mut slip = made.clone().into_bytes();
                slip[place] = if slip[place] == b'9' { b'0' } else { slip[place] + 1 };
                assert_eq!(reference(std::str::from_utf8(&slip).unwrap()), None, "{made}");
            }
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in
            ["", "RF", "RF18", "RF18 5390 0754 70", "AB12 3456 7890 1234", "RF1a 0000 0000 0000", "RF00 0000 0000 000Ж"]
        {
            assert_eq!(reference(text), None, "{text}");
        }
    }

    #[test]
    fn check_digits_follow_the_standard() {
        // The example of ISO 11649.
        assert_eq!(remainder("539007547034RF18"), 1);
        assert_eq!(reference("RF18 5390 0754 7034").as_deref(), Some("RF18 5390 0754 7034"));
    }
}
