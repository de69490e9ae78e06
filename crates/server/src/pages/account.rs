//! Forms of a person's own account: sign-up, sign-in, password reset, settings. No passwords are kept, no rules.
use askama::Template;

use super::forms::{Field, Refusal};
use super::layout::Layout;

/// `/en/sign-up`. Posts `csrf`, `email`, `password`, `next`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_up.html")]
pub struct SignUpPage {
    pub page: Layout,
    pub email: Field,
    /// Its value is never shown.
    pub password: Field,
    /// Shortest password, told beside the field.
    pub password_min_chars: u32,
    /// Path to go to afterwards, beginning with `/`, or empty.
    pub next: String,
    /// Of the form as a whole.
    pub refusal: Option<Refusal>,
}

/// `/en/sign-in?next=`. Posts `csrf`, `email`, `password`, `next`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub page: Layout,
    pub email: Field,
    /// Its value is never shown.
    pub password: Field,
    /// Path to go to afterwards, beginning with `/`, or empty.
    pub next: String,
    /// Of the form as a whole.
    pub refusal: Option<Refusal>,
}

/// `/en/password-reset`. Posts `csrf`, `email`; the answer is the same whether the address is known or not.
#[derive(Clone, Debug, Template)]
#[template(path = "password_reset.html")]
pub struct PasswordResetPage {
    pub page: Layout,
    pub email: Field,
    /// Set once the form was accepted: the page then says to look into the mail.
    pub sent: bool,
    pub refusal: Option<Refusal>,
}

/// `/en/password-reset/{token}`. Posts `csrf`, `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "new_password.html")]
pub struct NewPasswordPage {
    pub page: Layout,
    /// The token of the link, part of the form's address.
    pub token: String,
    /// Its value is never shown.
    pub password: Field,
    pub password_min_chars: u32,
    /// With [`Refusal::LinkExpired`] the form gives way to a link for a new mail.
    pub refusal: Option<Refusal>,
}

/// `/en/account/close`. Posts `csrf`, `password` and, where something would be lost, `give_up`.
#[derive(Clone, Debug, Template)]
#[template(path = "close_account.html")]
pub struct CloseAccountPage {
    pub page: Layout,
    /// Why it cannot be closed now, in the words of the engine.
    pub in_the_way: Vec<String>,
    /// Credit that would be lost.
    pub lost_micros: i64,
    /// Its value is never shown.
    pub password: Field,
    /// Of the form as a whole.
    pub refusal: Option<Refusal>,
    /// He did not say that what is left may be lost.
    pub is_unspent: bool,
}

/// `/en/account`. Three forms, each with `csrf`: `/en/account/settings` (`email`, `language`, `password`: the present one, needed for a new e-mail),
/// `/en/account/password` (`password`: the present one, `new_password`), `/en/account/sign-out-everywhere`.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub page: Layout,
    /// Sales make something due to him: he has statements to read.
    pub is_paid: bool,
    pub email: Field,
    /// Code of the language mails are written in.
    pub language: String,
    /// Present password of the settings form; its value is never shown.
    pub settings_password: Field,
    /// Present password of the password form; its value is never shown.
    pub password: Field,
    /// Its value is never shown.
    pub new_password: Field,
    pub password_min_chars: u32,
    /// Signed-in browsers and programs, this one included.
    pub sessions: u64,
    /// Of a form as a whole.
    pub refusal: Option<Refusal>,
}
