//! Walls: screens that show one board. A screen shows a code; here it is typed in, and here the screen is named, pointed to
//! another board, and revoked.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::parts::{Ago, Note, Tone};
use crate::words::word;

/// A screen that was paired.
#[derive(Clone, Debug)]
pub struct Wall {
    /// Its id.
    pub id: i64,
    /// Where it hangs.
    pub name: String,
    /// The board that it shows.
    pub board: String,
    /// When it was paired.
    pub made: String,
    /// When it was last seen.
    pub seen_at: Option<UnixMillis>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Walls {
    /// In the order in which they were paired.
    pub walls: Vec<Wall>,
    /// The server's clock now.
    pub now: UnixMillis,
    /// Queues that have a board: number and name.
    pub queues: Vec<(String, String)>,
    /// Where a screen gets its code.
    pub pair_url: String,
    /// Why nothing was changed.
    pub wrong: Option<String>,
    /// What was typed for the next one: code, name, board.
    pub typed: [String; 3],
}

/// The page's content.
pub fn walls(page: Walls) -> AnyView {
    let Walls { walls, now, queues, pair_url, wrong, typed } = page;
    let is_empty = walls.is_empty();
    let cards =
        walls.into_iter().map(|wall| view! { <WallCard wall now queues=queues.clone()/> }).collect_view();
    view! {
        <div class="settings-head"><div><h1>{word!(walls.title)}</h1><p>{word!(walls.about)}</p></div></div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        <PairForm typed pair_url queues=queues.clone()/>
        {is_empty.then(|| view! { <p class="empty">{word!(walls.none)}</p> })}
        <div class="walls">{cards}</div>
    }
    .into_any()
}

#[component]
fn PairForm(
    /// What was typed: code, name, board.
    typed: [String; 3],
    /// Where a screen gets its code.
    pair_url: String,
    /// Queues that have a board.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    let [code, name, board] = typed;
    view! {
        <section class="card">
            <header class="card__head"><h2>{word!(walls.pair)}</h2></header>
            <form class="form" method="post" action="/settings/walls/pair">
                <p class="field__hint">{word!(walls.pair_how)} " " <code>{pair_url}</code></p>
                <div class="two">
                    <div class="field">
                        <label class="field__label" for="code">{word!(walls.code)}</label>
                        <input class="input input--code" id="code" name="code" value=code required=true maxlength="16" autocomplete="off" autocapitalize="characters" spellcheck="false"/>
                    </div>
                    <NameField id="name" name/>
                    <BoardField id="board" board queues/>
                </div>
                <div><button class="button button--main">{word!(walls.pair)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn WallCard(
    /// The wall.
    wall: Wall,
    /// The server's clock now.
    now: UnixMillis,
    /// Queues that have a board.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    let Wall { id, name, board, made, seen_at } = wall;
    view! {
        <section class="card" aria-labelledby=format!("wall-{id}")>
            <header class="card__head">
                <h2 id=format!("wall-{id}")><bdi>{name.clone()}</bdi></h2>
                <span class="sub">
                    {match seen_at {
                        Some(at) => view! { {word!(walls.seen)} " " <Ago at now/> }.into_any(),
                        None => word!(walls.not_seen).into_any(),
                    }}
                    " · " {word!(walls.made, made)}
                </span>
            </header>
            <form class="form" method="post" action="/settings/walls/change">
                <input type="hidden" name="id" value=id.to_string()/>
                <div class="two">
                    <NameField id=format!("name-{id}") name=name.clone()/>
                    <BoardField id=format!("board-{id}") board queues/>
                </div>
                <div class="form__row">
                    <button class="button button--main">{word!(settings.save)} <span class="visually-hidden">{name.clone()}</span></button>
                    <button class="button button--danger" formaction="/settings/walls/revoke" formnovalidate=true>
                        {word!(listing.revoke)} <span class="visually-hidden">{name}</span>
                    </button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn NameField(
    /// The field's id.
    #[prop(into)]
    id: String,
    /// What it says at first.
    name: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{word!(walls.name)}</label>
            <input class="input" id=id name="name" value=name required=true maxlength="64" autocomplete="off" dir="auto"/>
        </div>
    }
}

#[component]
fn BoardField(
    /// The field's id.
    #[prop(into)]
    id: String,
    /// The board that is chosen at first.
    board: String,
    /// Queues that have a board.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    let mut boards: Vec<(String, String)> = vec![
        ("overview".into(), word!(walls.overview).into()),
        ("queues".into(), word!(walls.queues).into()),
        ("agents".into(), word!(walls.agents).into()),
        ("extensions".into(), word!(walls.extensions).into()),
        ("calls".into(), word!(walls.calls).into()),
    ];
    boards.extend(
        queues.into_iter().map(|(number, name)| {
            (format!("queue/{number}"), word!(walls.queue, format!("{number} {name}")))
        }),
    );
    // A queue that is no more, or not yet again.
    if !board.is_empty() && !boards.iter().any(|(value, _)| *value == board) {
        boards.push((board.clone(), board.clone()));
    }
    let options = boards.into_iter().map(|(value, name)| {
        let chosen = value == board;
        view! { <option value=value selected=chosen>{name}</option> }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{word!(walls.board)}</label>
            <select class="input" id=id name="board">{options.collect_view()}</select>
        </div>
    }
    .into_any()
}
