//! Letters: to operators about money, to listeners about those whom they follow, written in their language when something has
//! happened. What happened is the shop's to know.

use std::time::Duration;

use money::Micros;
use shop::db::DbError;
use shop::follows::Digest;
use shop::mail::Letter;
use shop::payments::Notice;
use shop::told::{self, ToldKind, ToldNotice};

use crate::http::App;
use crate::pages::Lang;

/// How often notices are looked for that nobody has written yet: those of refunds and of what a crash left.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Queues letters to all operators about what they have not been told yet.
pub async fn tell_operators(app: &App) -> Result<(), DbError> {
    if app.shop.payments.has_notices().await? {
        let address = app.address().to_owned();
        app.shop
            .payments
            .send_notices(&app.shop.mail, move |language, notice| letter(&address, language, notice))
            .await?;
    }
    Ok(())
}

/// Tells operators what there is to be told, until the program ends.
pub async fn keep_telling(app: App) {
    loop {
        if let Err(e) = tell_operators(&app).await {
            tracing::error!(error = %e, "operators are not told what they should know");
        }
        tell_followers(&app).await;
        if let Err(e) = tell_listeners(&app).await {
            tracing::error!(error = %e, "listeners are not told of their money");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Queues letters to listeners about money that went back and that they have not been told of.
pub async fn tell_listeners(app: &App) -> Result<(), DbError> {
    let address = app.address().to_owned();
    told::tell(&app.shop.db, &app.shop.mail, move |notice| money_letter(&address, notice)).await?;
    Ok(())
}

fn money_letter(address: &str, notice: &ToldNotice) -> Letter {
    let lang = Lang::from_code(&notice.language).unwrap_or_else(Lang::fallback);
    let name = format!("letter-{}", notice.kind.as_str().replace('_', "-"));
    let amount = lang.money(notice.amount_micros);
    let mut body = format!("{}\n", lang.t1(&format!("{name}-body"), "amount", &amount));
    match notice.detail.as_str() {
        "" | shop::refunds::NO_REASON => {}
        "bad_file" => body.push_str(&format!("{}\n", lang.t("paper-reason-bad-file"))),
        words => body.push_str(&format!("{}\n", lang.t1("letter-money-reason", "reason", words))),
    }
    let path = match notice.kind {
        ToldKind::CreditNote => format!("/orders/{}", notice.subject),
        ToldKind::RefundSent | ToldKind::RefundFailed => format!("/topups/{}", notice.subject),
    };
    body.push_str(&format!("\n{address}{}\n", lang.href(&path)));
    Letter { subject: lang.t1(&name, "amount", &amount), body, unsubscribe: None }
}

/// Tells people what is new of those whom they follow, once a week each.
async fn tell_followers(app: &App) {
    loop {
        let address = app.address().to_owned();
        match app.shop.follows.tell(move |digest| digest_letter(&address, digest)).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) => return tracing::error!(error = %e, "followers are not told what is new"),
        }
    }
}

fn digest_letter(address: &str, digest: &Digest) -> Letter {
    let lang = Lang::from_code(&digest.language).unwrap_or_else(Lang::fallback);
    let at = |path: String| format!("{address}{}", lang.href(&path));
    let mut body = format!("{}\n\n", lang.t("letter-digest-lead"));
    for release in &digest.releases {
        body.push_str(&format!(
            "{} — {}\n{}\n\n",
            release.credit,
            release.title,
            at(format!("/releases/{}", release.id))
        ));
    }
    body.push_str(&format!("{}\n{}\n\n", lang.t("letter-digest-follows"), at("/follows".to_owned())));
    body.push_str(&format!("{}\n{}\n", lang.t("letter-digest-stop"), at(format!("/unsubscribe/{}", digest.token))));
    let unsubscribe = Some(format!("{address}/unsubscribe/{}", digest.token));
    Letter { subject: lang.count("letter-digest-subject", digest.releases.len() as u64), body, unsubscribe }
}

fn letter(address: &str, language: &str, notice: &Notice) -> Letter {
    let lang = Lang::from_code(language).unwrap_or_else(Lang::fallback);
    let what = lang.t(format!("letter-payment-{}", notice.kind.as_str().replace('_', "-")));
    let amount = Micros(notice.amount_micros);
    let lines = [
        what.clone(),
        String::new(),
        lang.t2("letter-payment-amount", ("amount", amount), ("currency", &notice.currency)),
        lang.t1("letter-payment-listener", "email", &notice.email),
        lang.t2("letter-payment-names", ("topup", &notice.topup_id), ("detail", &notice.detail)),
        String::new(),
        format!("{address}{}", lang.href("/operator/payments")),
    ];
    Letter { subject: what, body: lines.join("\n") + "\n", unsubscribe: None }
}
