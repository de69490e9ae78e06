//! Settings of payments: the part of the file called `[stripe]` and `[topups]`, with a flag and a variable for each line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use money::Micros;
use serde::Deserialize;
use shop::payments::stripe::{API_BASE, StripeSettings, TOLERANCE_S};
use shop::payments::{EXPIRY_S, HOLD_EXPIRY_S, LOOK_UP_S, Limits, PaymentSettings, TRANSFER_EXPIRY_S};

/// Decimals of a limit.
const LIMIT_DECIMALS: u32 = 2;

/// The settings of payments that every subcommand understands.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Payments")]
pub struct PaymentFlags {
    /// Stripe's address [default: https://api.stripe.com].
    #[arg(long, env = "STRIPE_API_BASE", value_name = "URL")]
    pub stripe_api_base: Option<String>,
    /// Stripe's secret key (better in the environment or the file); without it Stripe is not offered.
    #[arg(long, env = "STRIPE_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub stripe_secret_key: Option<String>,
    /// The secret that signs Stripe's messages to /webhooks/stripe; two with a comma while they are exchanged.
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub stripe_webhook_secret: Option<String>,
    /// Seconds that a signature's time may differ from ours [default: 300].
    #[arg(long, env = "STRIPE_TOLERANCE_S", value_name = "S")]
    pub stripe_tolerance_s: Option<u32>,
    /// An mmdb file that tells countries of addresses; without it every country is unknown.
    #[arg(long, env = "GRAMOVAR_GEOIP", value_name = "FILE")]
    pub geoip: Option<PathBuf>,
    /// The least of one top-up, like 5.00 [default: 5.00].
    #[arg(long, env = "GRAMOVAR_TOPUP_MIN", value_name = "AMOUNT")]
    pub topup_min: Option<String>,
    /// The most of one top-up [default: 200.00].
    #[arg(long, env = "GRAMOVAR_TOPUP_MAX", value_name = "AMOUNT")]
    pub topup_max: Option<String>,
    /// The most that a listener tops up within 24 hours [default: 500.00].
    #[arg(long, env = "GRAMOVAR_TOPUP_DAY_MAX", value_name = "AMOUNT")]
    pub topup_day_max: Option<String>,
    /// Top-ups that a listener may start within the window [default: 10].
    #[arg(long, env = "GRAMOVAR_TOPUP_STARTS", value_name = "N")]
    pub topup_starts: Option<u32>,
    /// Seconds of that window [default: 3600].
    #[arg(long, env = "GRAMOVAR_TOPUP_WINDOW_S", value_name = "S")]
    pub topup_window_s: Option<u64>,
    /// The most that comes from one card within 24 hours [default: 500.00].
    #[arg(long, env = "GRAMOVAR_CARD_DAY_MAX", value_name = "AMOUNT")]
    pub card_day_max: Option<String>,
    /// Listeners who may use one card within 30 days [default: 3].
    #[arg(long, env = "GRAMOVAR_CARD_USERS", value_name = "N")]
    pub card_users: Option<u32>,
    /// Seconds after which an unpaid top-up ends [default: 1800].
    #[arg(long, env = "GRAMOVAR_TOPUP_EXPIRY_S", value_name = "S")]
    pub topup_expiry_s: Option<u64>,
    /// Seconds after which a transfer that has not arrived ends [default: 1209600].
    #[arg(long, env = "GRAMOVAR_TRANSFER_EXPIRY_S", value_name = "S")]
    pub transfer_expiry_s: Option<u64>,
    /// Seconds after which the provider is asked about a top-up that it has said nothing of [default: 60].
    #[arg(long, env = "GRAMOVAR_TOPUP_LOOK_UP_S", value_name = "S")]
    pub topup_look_up_s: Option<u64>,
    /// Seconds after which what an order holds goes back if its file is not made [default: 604800].
    #[arg(long, env = "GRAMOVAR_HOLD_EXPIRY_S", value_name = "S")]
    pub hold_expiry_s: Option<u64>,
    /// Seconds after which promotional credit that is not spent expires; 0 for never [default: 0].
    #[arg(long, env = "GRAMOVAR_PROMOTIONAL_EXPIRY_S", value_name = "S")]
    pub promotional_expiry_s: Option<u64>,
}

/// `[stripe]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StripePart {
    api_base: Option<String>,
    secret_key: Option<String>,
    webhook_secret: Option<String>,
    tolerance_s: Option<u32>,
}

/// `[topups]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopUpsPart {
    min: Option<String>,
    max: Option<String>,
    day_max: Option<String>,
    starts: Option<u32>,
    window_s: Option<u64>,
    card_day_max: Option<String>,
    card_users: Option<u32>,
    expiry_s: Option<u64>,
    transfer_expiry_s: Option<u64>,
    look_up_s: Option<u64>,
    hold_expiry_s: Option<u64>,
    promotional_expiry_s: Option<u64>,
}

/// Puts flags and environment over the file over the defaults.
pub(super) fn read(
    flags: &PaymentFlags,
    stripe: StripePart,
    topups: TopUpsPart,
    geoip: Option<PathBuf>,
) -> Result<PaymentSettings> {
    let settings = PaymentSettings {
        stripe: stripe_settings(flags, stripe)?,
        geoip: flags.geoip.clone().filter(|path| !path.as_os_str().is_empty()).or(geoip),
        limits: limits(flags, &topups)?,
        expiry_s: flags.topup_expiry_s.or(topups.expiry_s).unwrap_or(EXPIRY_S),
        transfer_expiry_s: flags.transfer_expiry_s.or(topups.transfer_expiry_s).unwrap_or(TRANSFER_EXPIRY_S),
        look_up_s: flags.topup_look_up_s.or(topups.look_up_s).unwrap_or(LOOK_UP_S),
        hold_expiry_s: flags.hold_expiry_s.or(topups.hold_expiry_s).unwrap_or(HOLD_EXPIRY_S),
        promotional_expiry_s: flags.promotional_expiry_s.or(topups.promotional_expiry_s).filter(|s| *s > 0),
    };
    let lives = [settings.expiry_s, settings.transfer_expiry_s, settings.look_up_s, settings.hold_expiry_s];
    if lives.contains(&0) {
        bail!("topups: expiry_s, transfer_expiry_s, look_up_s and hold_expiry_s are at least one second");
    }
    Ok(settings)
}

fn stripe_settings(flags: &PaymentFlags, file: StripePart) -> Result<Option<StripeSettings>> {
    let one = |flag: &Option<String>, line: Option<String>| flag.clone().or(line).filter(|text| !text.is_empty());
    let api_base = one(&flags.stripe_api_base, file.api_base).unwrap_or_else(|| API_BASE.to_owned());
    let webhook = one(&flags.stripe_webhook_secret, file.webhook_secret).unwrap_or_default();
    let Some(secret_key) = one(&flags.stripe_secret_key, file.secret_key) else { return Ok(None) };
    if !api_base.starts_with("https://") && !api_base.starts_with("http://") {
        bail!("stripe.api_base is an address like {API_BASE}, not {api_base:?}");
    }
    if secret_key.contains(|c: char| c.is_whitespace() || c.is_control()) {
        bail!("stripe.secret_key has a space or a line break in it");
    }
    let secrets = webhook.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    Ok(Some(StripeSettings {
        api_base: api_base.trim_end_matches('/').to_owned(),
        secret_key,
        webhook_secrets: secrets.map(str::to_owned).collect(),
        tolerance_s: flags.stripe_tolerance_s.or(file.tolerance_s).unwrap_or(TOLERANCE_S),
    }))
}

fn limits(flags: &PaymentFlags, file: &TopUpsPart) -> Result<Limits> {
    let usual = Limits::default();
    let amount =
        |name: &str, flag: &Option<String>, line: &Option<String>, usual: Micros| match flag.as_ref().or(line.as_ref())
        {
            Some(text) => Micros::parse(text, LIMIT_DECIMALS).with_context(|| format!("topups.{name}: {text:?}")),
            None => Ok(usual),
        };
    let limits = Limits {
        min: amount("min", &flags.topup_min, &file.min, usual.min)?,
        max: amount("max", &flags.topup_max, &file.max, usual.max)?,
        day: amount("day_max", &flags.topup_day_max, &file.day_max, usual.day)?,
        starts: flags.topup_starts.or(file.starts).unwrap_or(usual.starts),
        window_s: flags.topup_window_s.or(file.window_s).unwrap_or(usual.window_s),
        card_day: amount("card_day_max", &flags.card_day_max, &file.card_day_max, usual.card_day)?,
        card_users: flags.card_users.or(file.card_users).unwrap_or(usual.card_users),
    };
    if limits.min <= Micros::ZERO || limits.max < limits.min {
        bail!("topups: min is above 0, and max is not below it");
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, flags: PaymentFlags) -> Result<PaymentSettings> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct File {
            stripe: StripePart,
            topups: TopUpsPart,
        }
        let file: File = toml::from_str(text)?;
        read(&flags, file.stripe, file.topups, None)
    }

    #[test]
    fn stripe_is_set_up_by_its_secret_key() {
        assert_eq!(of("", PaymentFlags::default()).unwrap(), PaymentSettings::default());
        let text = "[stripe]\nsecret_key = \"sk\"\nwebhook_secret = \"one, two\"\napi_base = \"http://127.0.0.1:1/\"\n\
            [topups]\nmax = \"25.50\"\nexpiry_s = 1\n";
        let settings = of(text, PaymentFlags::default()).unwrap();
        let stripe = settings.stripe.unwrap();
        assert_eq!(stripe.webhook_secrets, ["one", "two"]);
        assert_eq!((stripe.api_base.as_str(), stripe.tolerance_s), ("http://127.0.0.1:1", TOLERANCE_S));
        assert_eq!((settings.expiry_s, settings.limits.max), (1, Micros(25_500_000)));
        assert!(!format!("{stripe:?}").contains("sk"), "a secret stays out of logs");
        let flags = PaymentFlags { topup_max: Some("30".into()), ..PaymentFlags::default() };
        assert_eq!(of(text, flags).unwrap().limits.max, Micros(30_000_000));
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        for text in [
            "[stripe]\nsecret_key = \"sk\"\napi_base = \"stripe\"",
            "[stripe]\nsecret_key = \"s k\"",
            "[topups]\nmin = \"-1\"",
            "[topups]\nmin = \"0\"",
            "[topups]\nmin = \"10\"\nmax = \"5\"",
            "[topups]\nmax = \"1e3\"",
            "[topups]\nexpiry_s = 0",
            "[topups]\nexpires = 1",
        ] {
            assert!(of(text, PaymentFlags::default()).is_err(), "{text}");
        }
    }
}
