//! Letters: to operators about money, to listeners about those whom they follow, written in their language when something has
//! happened. What happened is the shop's to know.

use std::time::Duration;

use money::Micros;
use shop::db::DbError;
use shop::follows::Digest;
use shop::mail::Letter;
use shop::payments::Notice;

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
        tokio::time::sleep(LOOK_EVERY).await;
    }
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
