//! Boards of walls: the presets, those that somebody made, and the form that adapts one. Tiles are added, moved and taken out by
//! buttons of the form, each of which keeps all else that it says.

use leptos::prelude::*;
use model::wall::{
    DISTANCES_M, Kind, Metric, Preset, ROTATE_S, SCREENS_INCHES, Shows, Tile, WallBoard, WallTheme,
};

use super::parts::{Note, Tone, in_query};
use crate::{route::encoded, words::word};

/// What the list shows.
#[derive(Clone, Debug)]
pub struct Boards {
    /// Those that somebody made: id and board.
    pub made: Vec<(String, WallBoard)>,
    /// The queues that are known: number and name.
    pub queues: Vec<(String, String)>,
    /// Why nothing was changed.
    pub wrong: Option<String>,
}

/// What the form shows.
#[derive(Clone, Debug)]
pub struct BoardForm {
    /// The board's id.
    pub id: String,
    /// The board, as it is kept or was sent.
    pub board: WallBoard,
    /// The queues that are known: number and name.
    pub queues: Vec<(String, String)>,
    /// Why nothing was changed.
    pub wrong: Option<String>,
}

/// A preset's name.
pub fn preset_name(preset: Preset) -> &'static str {
    match preset {
        Preset::Company => word!(boards.company),
        Preset::Queue => word!(boards.queue),
        Preset::Queues => word!(boards.queues),
        Preset::Presence => word!(boards.presence),
        Preset::Agents => word!(boards.agents),
    }
}

/// A board's name for people: its title, else its id.
pub fn board_name(id: &str, board: &WallBoard) -> String {
    if board.title.is_empty() { id.to_owned() } else { board.title.clone() }
}

/// The list of boards.
pub fn boards(page: Boards) -> AnyView {
    let Boards { made, queues, wrong } = page;
    let presets =
        Preset::ALL.iter().map(|preset| view! { <PresetLine preset=*preset queues=queues.clone()/> });
    let presets = presets.collect_view();
    let is_empty = made.is_empty();
    let made = made.into_iter().map(|(id, board)| view! { <MadeLine id board/> }).collect_view();
    view! {
        <div class="settings-head">
            <div><h1>{word!(boards.title)}</h1><p>{word!(boards.about)}</p></div>
            <a class="button settings-head__action" href="/settings/walls">{word!(walls.title)}</a>
        </div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        <section class="card">
            <header class="card__head"><h2>{word!(boards.presets)}</h2><span class="sub">{word!(boards.presets_about)}</span></header>
            <ul class="board-list">{presets}</ul>
        </section>
        <section class="card">
            <header class="card__head"><h2>{word!(boards.made)}</h2></header>
            {is_empty.then(|| view! { <p class="empty">{word!(boards.none)}</p> })}
            <ul class="board-list">{made}</ul>
        </section>
        <section class="card">
            <header class="card__head"><h2>{word!(boards.import)}</h2><span class="sub">{word!(boards.import_about)}</span></header>
            <form class="form" method="post" enctype="multipart/form-data" action="/settings/walls/boards/import">
                <div class="field">
                    <label class="field__label" for="file">{word!(boards.file)}</label>
                    <input class="input" id="file" type="file" name="file" accept=".json,application/json" required=true/>
                </div>
                <div><button class="button">{word!(boards.import)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn PresetLine(
    /// The preset.
    preset: Preset,
    /// The queues that are known.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    // Those of queues begin with the first ones; the form chooses others.
    let most = match preset {
        Preset::Queue => 1,
        Preset::Queues => 4,
        _ => 0,
    };
    let numbers: Vec<_> = queues.into_iter().take(most).map(|(number, _)| number).collect();
    let path = numbers.iter().map(|number| encoded(number)).collect::<Vec<_>>().join(",");
    let slash = if path.is_empty() { "" } else { "/" };
    let address = format!("/wall/{}{slash}{path}", preset.as_str());
    let fields = numbers.into_iter().map(|number| view! { <input type="hidden" name="queue" value=number/> });
    view! {
        <li class="board-list__entry">
            <b>{preset_name(preset)}</b>
            <a class="board-list__address" href=address.clone()><code>{address.clone()}</code></a>
            <form method="post" action="/settings/walls/boards/make">
                <input type="hidden" name="preset" value=preset.as_str()/>
                {fields.collect_view()}
                <button class="button">{word!(boards.make)} <span class="visually-hidden">{preset_name(preset)}</span></button>
            </form>
        </li>
    }
    .into_any()
}

#[component]
fn MadeLine(
    /// Its id.
    id: String,
    /// The board.
    board: WallBoard,
) -> impl IntoView {
    let name = board_name(&id, &board);
    let (query, address) = (in_query(&id), format!("/wall/{id}"));
    view! {
        <li class="board-list__entry">
            <b dir="auto">{name.clone()}</b>
            <a class="board-list__address" href=address.clone()><code>{address.clone()}</code></a>
            <form class="form__row" method="post" action="/settings/walls/boards/remove">
                <input type="hidden" name="id" value=id/>
                <a class="button" href=format!("/settings/walls/board?id={query}")>{word!(boards.change)} <span class="visually-hidden">{name.clone()}</span></a>
                <a class="button" href=format!("/settings/walls/boards/export?id={query}") download="">{word!(boards.export)} <span class="visually-hidden">{name.clone()}</span></a>
                <button class="button button--danger">{word!(boards.remove)} <span class="visually-hidden">{name}</span></button>
            </form>
        </li>
    }
    .into_any()
}

/// The form of one board.
pub fn board(form: BoardForm) -> AnyView {
    let BoardForm { id, board, queues, wrong } = form;
    let name = board_name(&id, &board);
    let address = format!("/wall/{id}");
    let count = board.pages.len();
    let pages = board.pages.iter().enumerate().map(|(place, page)| {
        view! { <PageFields place tiles=page.tiles.clone() is_only=count == 1/> }
    });
    let pages = pages.collect_view();
    view! {
        <div class="settings-head">
            <div><h1 dir="auto">{name}</h1><p>{word!(boards.form_about)} " " <a href=address.clone()><code>{address.clone()}</code></a></p></div>
            <a class="button settings-head__action" href="/settings/walls/boards">{word!(boards.title)}</a>
        </div>
        {wrong.map(|wrong| view! { <Note tone=Tone::Act>{wrong}</Note> })}
        <form class="settings-narrow board-form" method="post" action="/settings/walls/board">
            // What the enter key presses.
            <button class="visually-hidden" tabindex="-1" aria-hidden="true">{word!(settings.save)}</button>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="pages" value=count.to_string()/>
            <Looks board=board.clone()/>
            <QueueFields chosen=board.queues.iter().map(ToString::to_string).collect() queues/>
            {pages}
            <div class="form__row">
                <button class="button button--main">{word!(settings.save)}</button>
                <button class="button" name="act" value="page-add">{word!(boards.add_page)}</button>
            </div>
        </form>
    }
    .into_any()
}

/// Title, colours, sizes, rotation.
#[component]
fn Looks(
    /// The board.
    board: WallBoard,
) -> impl IntoView {
    let theme_name = |theme: WallTheme| match theme {
        WallTheme::Dark => word!(look.dark),
        WallTheme::Light => word!(look.light),
        WallTheme::Contrast => word!(look.contrast),
    };
    let themes = WallTheme::ALL.iter().map(|theme| {
        view! { <option value=theme.as_str() selected=*theme == board.theme>{theme_name(*theme)}</option> }
    });
    let distances = DISTANCES_M.map(|metres| {
        view! { <option value=metres.to_string() selected=metres == board.distance_m>{word!(boards.metres, metres)}</option> }
    });
    let screens = SCREENS_INCHES.map(|inches| {
        view! { <option value=inches.to_string() selected=inches == board.screen_inches>{word!(boards.inches, inches)}</option> }
    });
    view! {
        <section class="card">
            <header class="card__head"><h2>{word!(boards.looks)}</h2></header>
            <div class="form">
                <div class="field">
                    <label class="field__label" for="title">{word!(boards.name)}</label>
                    <input class="input" id="title" name="title" value=board.title maxlength="64" autocomplete="off" dir="auto" aria-describedby="title-hint"/>
                    <p class="field__hint" id="title-hint">{word!(boards.name_hint)}</p>
                </div>
                <div class="two">
                    <div class="field"><label class="field__label" for="theme">{word!(look.theme)}</label><select class="input" id="theme" name="theme">{themes.collect_view()}</select></div>
                    <div class="field"><label class="field__label" for="distance">{word!(boards.distance)}</label><select class="input" id="distance" name="distance">{distances.collect_view()}</select></div>
                    <div class="field"><label class="field__label" for="screen">{word!(boards.screen)}</label><select class="input" id="screen" name="screen">{screens.collect_view()}</select></div>
                    <div class="field">
                        <label class="field__label" for="rotate">{word!(boards.rotate)}</label>
                        <input class="input" id="rotate" name="rotate" type="number" min=ROTATE_S.start().to_string() max=ROTATE_S.end().to_string() value=board.rotate_s.to_string() required=true/>
                    </div>
                </div>
                <div class="field">
                    <label class="board-queues__entry"><input type="checkbox" name="sound" value="on" checked=board.sound aria-describedby="sound-hint"/> {word!(boards.sound)}</label>
                    <p class="field__hint" id="sound-hint">{word!(boards.sound_hint)}</p>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// Which queues the board is of.
#[component]
fn QueueFields(
    /// The numbers that are chosen.
    chosen: Vec<String>,
    /// The queues that are known: number and name.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    let unknown: Vec<_> =
        chosen.iter().filter(|number| !queues.iter().any(|(known, _)| known == *number)).cloned().collect();
    let unknown = unknown.join(", ");
    let boxes = queues.into_iter().map(|(number, name)| {
        let is_chosen = chosen.contains(&number);
        view! {
            <label class="board-queues__entry">
                <input type="checkbox" name="queue" value=number.clone() checked=is_chosen/>
                " " <b dir="auto">{name}</b> " " <span class="dim">{number.clone()}</span>
            </label>
        }
    });
    view! {
        <section class="card">
            <header class="card__head"><h2>{word!(queue.title)}</h2><span class="sub">{word!(boards.queues_hint)}</span></header>
            <div class="form">
                <div class="board-queues">{boxes.collect_view()}</div>
                <div class="field">
                    <label class="field__label" for="others">{word!(boards.others)}</label>
                    <input class="input" id="others" name="others" value=unknown autocomplete="off" spellcheck="false"/>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// The tiles of one page.
#[component]
fn PageFields(
    /// The page's place.
    place: usize,
    /// Its tiles.
    tiles: Vec<Tile>,
    /// Whether there is no other page.
    is_only: bool,
) -> impl IntoView {
    let tiles = tiles.into_iter().enumerate().map(|(at, tile)| view! { <TileFields place at tile/> });
    let act = |act: &str| format!("{act}-{place}");
    view! {
        <section class="card">
            <header class="card__head"><h2>{word!(boards.page, place + 1)}</h2></header>
            <div class="form">
                <ol class="board-tiles">{tiles.collect_view()}</ol>
                <div class="form__row">
                    <button class="button" name="act" value=act("add")>{word!(boards.add_tile)}</button>
                    {(!is_only).then(|| view! { <button class="button button--danger" name="act" value=act("page-remove")>{word!(boards.remove_page)}</button> })}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// One tile: what it is, an announcement's text, and where it goes.
#[component]
fn TileFields(
    /// The page's place.
    place: usize,
    /// The tile's place on it.
    at: usize,
    /// The tile.
    tile: Tile,
) -> impl IntoView {
    let chosen = match tile.shows() {
        Shows::Number(metric) => format!("number:{}", metric.as_str()),
        Shows::Announcement(_) => Kind::Announcement.as_str().to_owned(),
        Shows::Plain(kind) => kind.as_str().to_owned(),
        Shows::Newer(_) => "keep".to_owned(),
    };
    let newer = (chosen == "keep").then(|| {
        view! { <option value="keep" selected=true>{word!(boards.newer, tile.kind.clone())}</option> }
    });
    let numbers = Metric::ALL.iter().map(|metric| {
        let value = format!("number:{}", metric.as_str());
        let selected = value == chosen;
        view! { <option value=value selected=selected>{word!(boards.number, crate::wall::metric_name(*metric))}</option> }
    });
    let kinds = Kind::ALL.iter().filter(|kind| **kind != Kind::Number).map(|kind| {
        view! { <option value=kind.as_str() selected=kind.as_str() == chosen>{kind_name(*kind)}</option> }
    });
    let (kind, text) = (format!("p{place}t{at}"), format!("p{place}t{at}text"));
    let named = word!(boards.tile, at + 1);
    let act = |act: &str| format!("{act}-{place}-{at}");
    let line = |name: &str| format!("{name} {named}");
    view! {
        <li class="board-tile">
            <select class="input" name=kind aria-label=named.clone()>{newer}{numbers.collect_view()}{kinds.collect_view()}</select>
            <input class="input" name=text value=tile.text maxlength="200" placeholder=word!(boards.text) aria-label=line(word!(boards.text)) dir="auto"/>
            <button class="button" name="act" value=act("up") aria-label=line(word!(boards.up))>"↑"</button>
            <button class="button" name="act" value=act("down") aria-label=line(word!(boards.down))>"↓"</button>
            <button class="button button--danger" name="act" value=act("remove") aria-label=line(word!(boards.take))>"×"</button>
        </li>
    }
    .into_any()
}

/// A kind's name.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => word!(boards.kind_number),
        Kind::QueueTable => word!(boards.kind_queue_table),
        Kind::QueueCards => word!(boards.kind_queue_cards),
        Kind::AgentStates => word!(boards.kind_agent_states),
        Kind::WaitingList => word!(boards.kind_waiting_list),
        Kind::Presence => word!(boards.kind_presence),
        Kind::Chart => word!(boards.kind_chart),
        Kind::Clock => word!(boards.kind_clock),
        Kind::Announcement => word!(boards.kind_announcement),
    }
}
