//! People: who can sign in, what each may do and see, an invitation for somebody new, and the links that nobody has used yet.
//! A person has a page of his own.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::{
    listing::{Listing, Named, Seen},
    parts::{Ago, Copied, Note, Tone},
    rights::{Known, Rights, RightsFields, Sees},
};
use crate::words::word;

/// The page of all.
const LIST: &str = "/settings/people";

/// The columns' names.
fn heads() -> [&'static str; 6] {
    [
        word!(people.name),
        word!(rights.role),
        word!(rights.sees),
        word!(people.seen),
        word!(people.sessions),
        word!(listing.acts),
    ]
}

fn open_heads() -> [&'static str; 7] {
    [
        word!(people.name),
        word!(people.open_for),
        word!(rights.role),
        word!(rights.sees),
        word!(people.open_made),
        word!(people.open_until),
        word!(listing.acts),
    ]
}

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account's id.
    pub id: i64,
    /// The name to sign in with.
    pub name: String,
    /// What he may do and see.
    pub rights: Rights,
    /// When one of the sessions was last seen.
    pub seen_at: Option<UnixMillis>,
    /// On how many browsers.
    pub sessions: usize,
    /// Can't sign in.
    pub disabled: bool,
    /// Whoever looks at the page.
    pub own: bool,
}

/// A link that is shown once.
#[derive(Clone, Debug)]
pub struct Link {
    /// Whom it is for.
    pub name: String,
    /// Where it is.
    pub url: String,
}

/// A link that nobody has used yet.
#[derive(Clone, Debug)]
pub struct Open {
    /// Whom it is for.
    pub name: String,
    /// What the new account may do.
    pub rights: Rights,
    /// There is such an account already: the link gives it a new password.
    pub is_known: bool,
    /// When it was made.
    pub made_at: UnixMillis,
    /// Until when it is good.
    pub expires_at: UnixMillis,
}

/// What the page of all shows.
#[derive(Clone, Debug)]
pub struct People {
    /// By name.
    pub people: Vec<Person>,
    /// The open links, by name.
    pub open: Vec<Open>,
    /// The server's clock now.
    pub now: UnixMillis,
    /// What a scope can name.
    pub known: Known,
    /// An invitation that was made just now.
    pub link: Option<Link>,
    /// Why nothing was changed.
    pub wrong: Option<String>,
    /// What was typed for the next invitation: name and rights.
    pub typed: (String, Rights),
}

/// What a person's page shows.
#[derive(Clone, Debug)]
pub struct OnePerson {
    /// Who.
    pub person: Person,
    /// The server's clock now.
    pub now: UnixMillis,
    /// What a scope can name.
    pub known: Known,
    /// A link for a new password that was made just now.
    pub link: Option<Link>,
    /// Why nothing was changed.
    pub wrong: Option<String>,
}

/// The page of all.
pub fn people(page: People) -> AnyView {
    let People { people, open, now, known, link, wrong, typed: (name, rights) } = page;
    let rows = people.into_iter().map(|person| row(person, now)).collect();
    view! {
        <div class="settings-head"><div><h1>{word!(people.title)}</h1><p>{word!(people.about)}</p></div></div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        {link.map(|link| view! { <ShownOnce link words=word!(people.send)/> })}
        <section class="card"><Listing caption=word!(people.title) heads=heads() rows none=word!(people.none)/></section>
        {(!open.is_empty()).then(|| view! { <OpenLinks open now/> })}
        <section class="card">
            <header class="card__head"><h2>{word!(people.invite)}</h2></header>
            <form class="form" method="post" action="/settings/people/invite">
                <div class="field">
                    <label class="field__label" for="name">{word!(people.name)}</label>
                    <input class="input" id="name" name="name" value=name required=true maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" dir="auto"/>
                    <p class="field__hint">{word!(people.invite_hint)}</p>
                </div>
                <RightsFields rights known/>
                <div><button class="button button--main">{word!(people.make_link)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn row(person: Person, now: UnixMillis) -> Vec<AnyView> {
    let Person { id, name, rights, seen_at, sessions, disabled, own } = person;
    vec![
        view! {
            <Named name=name.clone()/>
            {own.then(|| view! { <span class="sub">" " {word!(people.you)}</span> })}
            {disabled.then(|| view! { <span class="listing__off">{word!(people.disabled)}</span> })}
        }
        .into_any(),
        rights.role.name().into_any(),
        view! { <Sees rights/> }.into_any(),
        view! { <Seen at=seen_at now/> }.into_any(),
        sessions.into_any(),
        view! { <a class="button" href=format!("{LIST}/person?id={id}")>{word!(listing.change)} <span class="visually-hidden">{name}</span></a> }
            .into_any(),
    ]
}

/// The links that nobody has used yet, each with its end.
#[component]
fn OpenLinks(
    /// By name.
    open: Vec<Open>,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let rows = open.into_iter().map(|link| {
        let Open { name, rights, is_known, made_at, expires_at } = link;
        let purpose = if is_known { word!(people.open_password) } else { word!(people.open_new) };
        let days = expires_at.since(now).0.max(0).unsigned_abs().div_ceil(86_400_000);
        vec![
            view! { <Named name=name.clone()/> }.into_any(),
            purpose.into_any(),
            rights.role.name().into_any(),
            view! { <Sees rights/> }.into_any(),
            view! { <Ago at=made_at now/> }.into_any(),
            word!(people.open_days, usize::try_from(days).unwrap_or_default()).into_any(),
            view! {
                <form method="post" action="/settings/people/withdraw">
                    <input type="hidden" name="name" value=name.clone()/>
                    <button class="button button--danger">{word!(people.withdraw)} <span class="visually-hidden">{name}</span></button>
                </form>
            }
            .into_any(),
        ]
    });
    let rows = rows.collect();
    view! {
        <section class="card">
            <header class="card__head"><h2>{word!(people.open)}</h2></header>
            <Listing caption=word!(people.open) heads=open_heads() rows none=""/>
        </section>
    }
    .into_any()
}

/// A person's page.
pub fn person(page: OnePerson) -> AnyView {
    let OnePerson { person, now, known, link, wrong } = page;
    let Person { id, name, rights, seen_at, sessions, disabled, own } = person;
    view! {
        <div class="settings-head">
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p>
                    {disabled.then(|| view! { <span class="listing__off">{word!(people.disabled)}</span> " " })}
                    {word!(people.seen_at)} " " <Seen at=seen_at now/>
                </p>
            </div>
            <a class="button settings-head__action" href=LIST>{word!(people.back)}</a>
        </div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        {link.map(|link| view! { <ShownOnce link words=word!(people.send)/> })}
        {own.then(|| view! { <Note tone=Tone::Wait>{word!(people.own)}</Note> })}
        <section class="card">
            <header class="card__head"><h2>{word!(people.rights)}</h2></header>
            <form class="form" method="post" action="/settings/people/rights">
                <input type="hidden" name="id" value=id.to_string()/>
                <RightsFields rights known/>
                <div><button class="button button--main">{word!(settings.save)}</button></div>
            </form>
        </section>
        <section class="card">
            <header class="card__head"><h2>{word!(people.account)}</h2></header>
            <div class="form">
                <Act act="sign-out" id name=word!(people.sign_out, sessions) hint=word!(people.sign_out_hint) danger=false/>
                {(!own).then(|| view! {
                    <Act act="link" id name=word!(people.password_link).into() hint=word!(people.password_hint) danger=false/>
                    {if disabled {
                        view! {
                            <Act act="enable" id name=word!(people.enable).into() hint=word!(people.enable_hint) danger=false/>
                            <Act act="remove" id name=word!(people.remove).into() hint=word!(people.remove_hint) danger=true/>
                        }
                        .into_any()
                    } else {
                        view! { <Act act="disable" id name=word!(people.disable).into() hint=word!(people.disable_hint) danger=true/> }
                            .into_any()
                    }}
                })}
            </div>
        </section>
    }
    .into_any()
}

/// A button that does something to a person, and what it does.
#[component]
fn Act(
    /// Its address's last part.
    act: &'static str,
    /// The person.
    id: i64,
    /// What it is called.
    name: String,
    /// What it does.
    hint: &'static str,
    /// Whether it takes something away.
    danger: bool,
) -> impl IntoView {
    let class = if danger { "button button--danger" } else { "button" };
    view! {
        <form class="act" method="post" action=format!("{LIST}/{act}")>
            <input type="hidden" name="id" value=id.to_string()/>
            <button class=class>{name}</button>
            <p class="field__hint">{hint}</p>
        </form>
    }
    .into_any()
}

#[component]
fn ShownOnce(
    /// The link.
    link: Link,
    /// What to do with it.
    words: &'static str,
) -> impl IntoView {
    let label = word!(people.link_for, link.name);
    view! {
        <section class="card">
            <div class="form form--fresh">
                <Copied id="link".to_owned() label value=link.url/>
                <p class="field__hint">{words}</p>
            </div>
        </section>
    }
    .into_any()
}
