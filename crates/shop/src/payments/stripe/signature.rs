//! Stripe's proof that a message is its own: `t=SECONDS,v1=HEX`, an HMAC-SHA256 over time and body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::payments::provider::Forged;

/// Signatures that one header may carry; Stripe sends one for each secret that is being exchanged.
const MAX_SIGNATURES: usize = 8;

/// Whether one of `secrets` signed `body`, no further from `now_s` than `tolerance_s`. Compared in constant time.
pub(super) fn prove(
    header: Option<&str>,
    body: &[u8],
    secrets: &[String],
    (now_s, tolerance_s): (i64, i64),
) -> Result<(), Forged> {
    let (signed_s, signatures) = header.and_then(parts).ok_or(Forged::Unsigned)?;
    let is_signed = |secret: &String| {
        signatures.iter().any(|signature| {
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
            mac.is_ok_and(|mac| {
                let mac = mac.chain_update(signed_s.as_bytes()).chain_update(b".").chain_update(body);
                mac.verify_slice(signature).is_ok()
            })
        })
    };
    if !secrets.iter().any(is_signed) {
        return Err(Forged::Wrong);
    }
    let signed_s: i64 = signed_s.parse().map_err(|_| Forged::Unsigned)?;
    if now_s.abs_diff(signed_s) > tolerance_s.unsigned_abs() {
        return Err(Forged::Old);
    }
    Ok(())
}

/// The time as it is written, and every `v1` that could be a signature.
fn parts(header: &str) -> Option<(&str, Vec<Vec<u8>>)> {
    let pairs = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let signed_s = pairs().find(|(name, _)| *name == "t").map(|(_, value)| value)?;
    let signatures: Vec<Vec<u8>> = pairs()
        .filter(|(name, _)| *name == "v1")
        .take(MAX_SIGNATURES)
        .filter_map(|(_, value)| hex::decode(value).ok())
        .collect();
    (!signatures.is_empty() && !signed_s.is_empty()).then_some((signed_s, signatures))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{\"id\":\"evt_1\"}";
    const NOW_S: i64 = 1_795_219_200;

    fn signed(secret: &str, at_s: i64) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{at_s}.").as_bytes()).chain_update(BODY);
        hex::encode(mac.finalize().into_bytes())
    }

    fn proved(header: &str) -> Result<(), Forged> {
        prove(Some(header), BODY, &["old".to_owned(), "new".to_owned()], (NOW_S, 300))
    }

    #[test]
    fn only_a_fresh_signature_by_one_of_our_secrets_over_this_very_body_is_believed() {
        let good = signed("new", NOW_S);
        assert_eq!(proved(&format!("t={NOW_S},v1={good}")), Ok(()));
        assert_eq!(proved(&format!("t={NOW_S}, v1={}, v1={good},v0=junk", signed("other", NOW_S))), Ok(()));
        assert_eq!(proved(&format!("v1={},t={}", signed("old", NOW_S - 300), NOW_S - 300)), Ok(()));
        for (header, refusal) in [
            (format!("t={NOW_S},v1={}", signed("other", NOW_S)), Forged::Wrong),
            (format!("t={},v1={good}", NOW_S - 1), Forged::Wrong),
            (format!("t={},v1={}", NOW_S - 301, signed("new", NOW_S - 301)), Forged::Old),
            (format!("t={},v1={}", NOW_S + 301, signed("new", NOW_S + 301)), Forged::Old),
            (format!("t={NOW_S},v0={good}"), Forged::Unsigned),
            (format!("v1={good}"), Forged::Unsigned),
            (format!("t=,v1={good}"), Forged::Unsigned),
            (format!("t={NOW_S},v1=nothex"), Forged::Unsigned),
            (format!("t={NOW_S},v1="), Forged::Wrong),
            (String::new(), Forged::Unsigned),
        ] {
            assert_eq!(proved(&header), Err(refusal), "{header}");
        }
        let header = format!("t={NOW_S},v1={good}");
        assert_eq!(prove(Some(&header), b"{}", &["new".into()], (NOW_S, 300)), Err(Forged::Wrong));
        assert_eq!(prove(None, BODY, &["new".into()], (NOW_S, 300)), Err(Forged::Unsigned));
        assert_eq!(prove(Some(&header), BODY, &[], (NOW_S, 300)), Err(Forged::Wrong));
    }
}
