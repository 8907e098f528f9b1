//! Walls: screens that show one board. A screen shows a code; here it is typed in, and here the screen is named, pointed to
//! another board, and revoked.

use leptos::prelude::*;
use model::{
    time::{Millis, UnixMillis},
    wall::{Preset, WallBoard},
};

use super::{
    boards::{board_name, preset_name},
    parts::{Ago, Note, Tone},
};
use crate::{route::encoded, words::word};

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
    /// What it said of itself last.
    pub report: Option<Report>,
}

/// What a screen says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// When it was heard.
    pub at: UnixMillis,
    /// Bytes that its page holds.
    pub heap_bytes: Option<u64>,
    /// Milliseconds from its last frame to the report.
    pub frame_ms: Option<u64>,
}

/// A board that a wall can be pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardChoice {
    /// The name of its view.
    pub view: String,
    /// What it is called.
    pub name: String,
}

/// All of them: presets of the whole company and of each queue, boards that somebody made (id and board), and the pages.
pub fn choices(queues: &[(String, String)], made: &[(String, WallBoard)]) -> Vec<BoardChoice> {
    let of = |view: &str, name: String| BoardChoice { view: view.to_owned(), name };
    let wall = |name: &str| word!(walls.wall, name);
    let mut choices = Vec::new();
    for (id, board) in made {
        choices.push(of(&format!("wall/{id}"), wall(&board_name(id, board))));
    }
    for preset in [Preset::Company, Preset::Queues, Preset::Agents, Preset::Presence] {
        choices.push(of(&format!("wall/{}", preset.as_str()), wall(preset_name(preset))));
    }
    for (number, name) in queues {
        let queue = word!(walls.queue, format!("{number} {name}"));
        choices.push(of(&format!("wall/queue/{}", encoded(number)), wall(&queue)));
    }
    for (view, name) in [
        ("overview", word!(walls.overview)),
        ("queues", word!(walls.queues)),
        ("agents", word!(walls.agents)),
        ("extensions", word!(walls.extensions)),
        ("calls", word!(walls.calls)),
    ] {
        choices.push(of(view, word!(walls.page, name)));
    }
    for (number, name) in queues {
        let queue = word!(walls.queue, format!("{number} {name}"));
        choices.push(of(&format!("queue/{number}"), word!(walls.page, queue)));
    }
    choices
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Walls {
    /// In the order in which they were paired.
    pub walls: Vec<Wall>,
    /// The server's clock now.
    pub now: UnixMillis,
    /// What a wall can show.
    pub boards: Vec<BoardChoice>,
    /// Where a screen gets its code.
    pub pair_url: String,
    /// Why nothing was changed.
    pub wrong: Option<String>,
    /// What was typed for the next one: code, name, board.
    pub typed: [String; 3],
}

/// The page's content.
pub fn walls(page: Walls) -> AnyView {
    let Walls { walls, now, boards, pair_url, wrong, typed } = page;
    let is_empty = walls.is_empty();
    let cards =
        walls.into_iter().map(|wall| view! { <WallCard wall now boards=boards.clone()/> }).collect_view();
    view! {
        <div class="settings-head">
            <div><h1>{word!(walls.title)}</h1><p>{word!(walls.about)}</p></div>
            <a class="button settings-head__action" href="/settings/walls/boards">{word!(boards.title)}</a>
        </div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        <PairForm typed pair_url boards=boards.clone()/>
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
    /// What a wall can show.
    boards: Vec<BoardChoice>,
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
                    <BoardField id="board" board boards/>
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
    /// What a wall can show.
    boards: Vec<BoardChoice>,
) -> impl IntoView {
    let Wall { id, name, board, made, seen_at, report } = wall;
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
                    {report.map(|report| view! { " · " <Health report now/> })}
                </span>
            </header>
            <form class="form" method="post" action="/settings/walls/change">
                <input type="hidden" name="id" value=id.to_string()/>
                <div class="two">
                    <NameField id=format!("name-{id}") name=name.clone()/>
                    <BoardField id=format!("board-{id}") board boards/>
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

/// How a screen is: what its page holds, and the age of its last frame, as it said a moment ago.
#[component]
fn Health(
    /// What it said.
    report: Report,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    let Report { at, heap_bytes, frame_ms } = report;
    let heap = heap_bytes.map(|bytes| word!(walls.heap, bytes.div_ceil(1 << 20)));
    let frame = frame_ms.and_then(|ms| i64::try_from(ms).ok());
    view! {
        {heap} {frame.map(|ms| view! { " · " {word!(walls.frame)} " " <Ago at=at - Millis(ms) now/> })}
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
    /// What a wall can show.
    boards: Vec<BoardChoice>,
) -> impl IntoView {
    let mut boards = boards;
    // One that is no more, or not yet again.
    if !board.is_empty() && !boards.iter().any(|choice| choice.view == board) {
        boards.push(BoardChoice { view: board.clone(), name: board.clone() });
    }
    let options = boards.into_iter().map(|BoardChoice { view, name }| {
        let chosen = view == board;
        view! { <option value=view selected=chosen>{name}</option> }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{word!(walls.board)}</label>
            <select class="input" id=id name="board">{options.collect_view()}</select>
        </div>
    }
    .into_any()
}
