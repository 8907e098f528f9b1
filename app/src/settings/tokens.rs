//! API tokens: what programs show, what each may do and see, and a new one.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::{
    listing::{Listing, Named, Seen},
    parts::{Copied, Note, Tone},
    rights::{Known, Rights, RightsFields, Sees},
};
use crate::words::word;

/// The columns' names.
fn heads() -> [&'static str; 6] {
    [
        word!(tokens.name),
        word!(rights.role),
        word!(rights.sees),
        word!(tokens.expires),
        word!(tokens.used),
        word!(listing.acts),
    ]
}

/// After how many days a token may end; 0: never.
pub const DAYS: [u16; 4] = [30, 90, 365, 0];

/// A program's token, without its secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id; `None` for one of the configuration file.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// What it may do and see.
    pub rights: Rights,
    /// The day on which it ends; `None` for never.
    pub expires: Option<String>,
    /// That is over.
    pub expired: bool,
    /// When it was last used.
    pub used_at: Option<UnixMillis>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The configuration's first, then by name.
    pub tokens: Vec<Token>,
    /// The server's clock now.
    pub now: UnixMillis,
    /// What a scope can name.
    pub known: Known,
    /// One that was made just now: its name, and itself.
    pub fresh: Option<(String, String)>,
    /// Why nothing was changed.
    pub wrong: Option<String>,
    /// What was typed for the next one: name and rights.
    pub typed: (String, Rights),
}

/// The page's content.
pub fn tokens(page: Tokens) -> AnyView {
    let Tokens { tokens, now, known, fresh, wrong, typed: (name, rights) } = page;
    let rows = tokens.into_iter().map(|token| row(token, now)).collect();
    view! {
        <div class="settings-head"><div><h1>{word!(tokens.title)}</h1><p>{word!(tokens.about)}</p></div></div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        {fresh.map(|(name, token)| view! { <Fresh name token/> })}
        <section class="card"><Listing caption=word!(tokens.title) heads=heads() rows none=word!(tokens.none)/></section>
        <section class="card">
            <header class="card__head"><h2>{word!(tokens.make)}</h2></header>
            <form class="form" method="post" action="/settings/tokens/make">
                <div class="field">
                    <label class="field__label" for="name">{word!(tokens.name)}</label>
                    <input class="input" id="name" name="name" value=name required=true maxlength="64" autocomplete="off" dir="auto"/>
                    <p class="field__hint">{word!(tokens.name_hint)}</p>
                </div>
                <RightsFields rights known/>
                <div class="field">
                    <label class="field__label" for="days">{word!(tokens.ends)}</label>
                    <select class="input input--short" id="days" name="days">
                        {DAYS.map(|days| view! { <option value=days.to_string()>{after(days)}</option> }).into_iter().collect_view()}
                    </select>
                </div>
                <div><button class="button button--main">{word!(tokens.make)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn after(days: u16) -> String {
    match days {
        0 => word!(tokens.never_ends).into(),
        _ => word!(tokens.after_days, days),
    }
}

fn row(token: Token, now: UnixMillis) -> Vec<AnyView> {
    let Token { id, name, rights, expires, expired, used_at } = token;
    vec![
        view! { <Named name=name.clone()/> }.into_any(),
        rights.role.name().into_any(),
        view! { <Sees rights/> }.into_any(),
        match expires {
            Some(day) if expired => view! { <span class="listing__off">{word!(tokens.expired, day)}</span> }.into_any(),
            Some(day) => day.into_any(),
            None => view! { <span class="sub">{word!(listing.never)}</span> }.into_any(),
        },
        view! { <Seen at=used_at now/> }.into_any(),
        match id {
            None => view! { <span class="sub">{word!(tokens.in_file)}</span> }.into_any(),
            Some(id) => view! {
                <form method="post" action="/settings/tokens/revoke">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--danger">{word!(listing.revoke)} <span class="visually-hidden">{name}</span></button>
                </form>
            }
            .into_any(),
        },
    ]
}

/// The only time that a token is shown.
#[component]
fn Fresh(
    /// Its name.
    name: String,
    /// Itself.
    token: String,
) -> impl IntoView {
    view! {
        <section class="card">
            <div class="form form--fresh">
                <Copied id="token".to_owned() label=word!(tokens.fresh, name) value=token/>
                <p class="field__hint">{word!(tokens.use_it)}</p>
            </div>
        </section>
    }
    .into_any()
}
