//! The page of the PBX's own interfaces: where the PBX is, as whom it is asked, how that stands, and a try that says what is
//! wrong.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::{
    parts::{Ago, Line, LineField, Note, Tone},
    trouble::Trouble,
};
use crate::{locale, words::word};

/// Everything on the page.
#[derive(Clone, Debug, Default)]
pub struct Pbx {
    /// `https://…`.
    pub address: Line,
    /// The user.
    pub username: Line,
    /// Whether a password is kept. It is never shown.
    pub has_password: bool,
    /// Certificates in PEM.
    pub authority: String,
    /// Why those are none.
    pub authority_wrong: Option<String>,
    /// Why the password is none.
    pub password_wrong: Option<String>,
    /// The configuration says it all.
    pub of_file: bool,
    /// How it stands.
    pub status: Status,
    /// The last round of questions.
    pub round: Option<Round>,
    /// What a try came to.
    pub tried: Option<Tried>,
    /// The server's clock now.
    pub now: UnixMillis,
}

/// How the link stands.
#[derive(Clone, Debug, Default)]
pub enum Status {
    /// There is none.
    #[default]
    Off,
    /// It is being made.
    Trying,
    /// The PBX tells of everything by itself, since then.
    Live(UnixMillis),
    /// It fails since then, and why.
    Down(UnixMillis, Trouble),
}

/// What a round of questions came to.
#[derive(Clone, Debug)]
pub struct Round {
    /// When it ended.
    pub at: UnixMillis,
    /// Extensions, queues, calls that are up: as far as the PBX says it.
    pub counts: [Option<usize>; 3],
    /// What was left out.
    pub left_out: Vec<Trouble>,
}

/// What a try came to.
#[derive(Clone, Debug)]
pub enum Tried {
    /// It works: extensions and queues.
    Works(usize, usize),
    /// Why it doesn't.
    Fails(Trouble),
}

/// The page's content.
pub fn pbx(page: Pbx) -> AnyView {
    let has_account = page.has_password;
    let of_file = page.of_file;
    let tried = page.tried.clone();
    view! {
        <div class="settings-head">
            <div><h1>{word!(pbx.title)}</h1><p>{word!(pbx.intro)}</p></div>
        </div>
        {tried.map(|tried| match tried {
            Tried::Works(extensions, queues) => view! {
                <Note tone=Tone::Ready>{word!(pbx.works, extensions, queues)}</Note>
            }.into_any(),
            Tried::Fails(why) => view! { <Note tone=Tone::Act>{why.sentence()}</Note> }.into_any(),
        })}
        <section class="card settings-narrow" aria-labelledby="pbx-status-title">
            <header class="card__head"><h2 id="pbx-status-title">{word!(pbx.status)}</h2></header>
            <div class="form">
                <StatusPart status=page.status.clone() round=page.round.clone() now=page.now/>
                {has_account.then(|| view! {
                    <form class="form__row" method="post" action="/settings/pbx/ask">
                        <button class="button">{word!(pbx.ask)}</button>
                    </form>
                })}
            </div>
        </section>
        <section class="card settings-narrow" aria-labelledby="pbx-account-title">
            <header class="card__head"><h2 id="pbx-account-title">{word!(pbx.account)}</h2></header>
            <AccountForm page/>
        </section>
        {(has_account && !of_file).then(|| view! {
            <details class="more">
                <summary>{word!(pbx.forget)}</summary>
                <form class="form__row" method="post" action="/settings/pbx/forget">
                    <p class="field__hint">{word!(pbx.forget_means)}</p>
                    <button class="button button--danger">{word!(pbx.forget)}</button>
                </form>
            </details>
        })}
    }
    .into_any()
}

/// The part that `live.js` replaces.
pub fn live_part(status: Status, round: Option<Round>, now: UnixMillis) -> String {
    Owner::new().with(|| view! { <StatusPart status round now/> }.to_html())
}

/// How it stands, and what the last round came to.
#[component]
fn StatusPart(
    /// How it stands.
    status: Status,
    /// The last round.
    round: Option<Round>,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let (tone, sentence) = match status {
        Status::Off => (Tone::Wait, view! { <b>{word!(pbx.off)}</b> " " {word!(pbx.off_means)} }.into_any()),
        Status::Trying => (Tone::Wait, view! { <b>{word!(pbx.trying)}</b> }.into_any()),
        Status::Live(since) => (
            Tone::Ready,
            view! { <b>{word!(pbx.live)}</b> " " {word!(pbx.since)} " " <Ago at=since now/> }.into_any(),
        ),
        Status::Down(since, why) => (
            Tone::Act,
            view! { <b>{word!(pbx.down)}</b> " " {word!(pbx.since)} " " <Ago at=since now/> <br/> {why.sentence()} }
                .into_any(),
        ),
    };
    let round = round.map(|Round { at, counts, left_out }| {
        let counts = counts.map(|count| count.map_or_else(|| "–".to_owned(), locale::number));
        let [extensions, queues, calls] = counts;
        view! {
            <p class="sub">{word!(pbx.round, extensions, queues, calls)} " " <Ago at now/></p>
            {left_out.into_iter().map(|why| view! { <Note tone=Tone::Heed>{why.sentence()}</Note> }).collect_view()}
        }
    });
    view! {
        <div id="pbx-status"><Note tone>{sentence}</Note>{round}</div>
    }
    .into_any()
}

/// The account's fields.
#[component]
fn AccountForm(
    /// What stands in them.
    page: Pbx,
) -> impl IntoView {
    let Pbx { address, username, has_password, authority, authority_wrong, password_wrong, of_file, .. } =
        page;
    // Leptos takes a textarea's content for text that needs no escaping; a browser ends it at `</textarea>`.
    let authority = authority.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let password_hint = match (password_wrong.clone(), of_file, has_password) {
        (Some(wrong), ..) => wrong,
        (None, true, _) => word!(settings.of_file).to_owned(),
        (None, false, true) => word!(pbx.password_kept).to_owned(),
        (None, false, false) => word!(pbx.password_means).to_owned(),
    };
    let (is_wrong, is_odd) = (password_wrong.is_some(), authority_wrong.is_some());
    let authority_hint = authority_wrong.unwrap_or_else(|| word!(pbx.authority_means).to_owned());
    view! {
        <form class="form" method="post" action="/settings/pbx/save">
            <LineField id="address".to_owned() name="url" label=word!(pbx.address) line=address hint=word!(pbx.address_means).to_owned()/>
            <LineField id="username".to_owned() name="username" label=word!(pbx.username) line=username hint=word!(pbx.username_means).to_owned()/>
            <div class="field" data-wrong=is_wrong.then_some("")>
                <label class="field__label" for="password">{word!(pbx.password)}</label>
                <input class="input" id="password" name="password" type="password" disabled=of_file autocomplete="new-password" aria-describedby="password-hint" aria-invalid=is_wrong.then_some("true")/>
                <p class="field__hint" id="password-hint">{password_hint}</p>
            </div>
            <div class="field" data-wrong=is_odd.then_some("")>
                <label class="field__label" for="authority">{word!(pbx.authority)}</label>
                <textarea class="input" id="authority" name="authority" rows="5" spellcheck="false" disabled=of_file aria-describedby="authority-hint">
                    {authority}
                </textarea>
                <p class="field__hint" id="authority-hint">{authority_hint}</p>
            </div>
            <div class="form__row">
                {(!of_file).then(|| view! { <button class="button button--main">{word!(settings.save)}</button> })}
                <button class="button" formaction="/settings/pbx/test">{word!(pbx.test)}</button>
            </div>
        </form>
    }
    .into_any()
}

/// What is wrong with an address that was written.
pub fn address_wrong() -> &'static str {
    word!(pbx.address_wrong)
}

/// What is wrong with an address by which the password could be read on its way.
pub fn in_the_clear() -> &'static str {
    word!(pbx.in_the_clear)
}

/// What is wrong with a user's name that was written.
pub fn username_wrong() -> &'static str {
    word!(pbx.username_wrong)
}

/// What is said where a password is missing.
pub fn password_missing() -> &'static str {
    word!(pbx.password_missing)
}

/// What is wrong with certificates that were written.
pub fn authority_wrong() -> &'static str {
    word!(pbx.authority_wrong)
}
