//! The extensions, `/extensions`: who is there, as tiles by department or letter, the reader's favourites first. Two keys find
//! anybody: `/`, and the first letter of a name.

use leptos::prelude::*;
use model::wire::ExtensionRow;

use crate::{
    components::{
        choice::Choices,
        connect::Connect,
        each::each,
        list::{Empty, Rest, Room},
        person_tile::PersonTile,
        pointing::Pointing,
        search::Search,
        settled::settled,
    },
    live::{Live, Table, keep, kept},
    order::{Placed, RowKey},
    page::is_reachable,
    query::Asked,
    rank,
    signals::{ArcRwSignal, RwSignal, Signal, derive, effect, text, when},
    words::word,
};

/// Where the browser keeps the favourites: numbers, one a line.
const FAVOURITES: &str = "ringside.favourites";

type Shown = Vec<Placed<ArcRwSignal<ExtensionRow>>>;

/// What stands in the grid of tiles.
#[derive(Clone)]
enum Entry {
    /// A heading over the tiles that follow, and how many these are.
    Group(String, usize),
    /// An extension.
    Tile(Placed<ArcRwSignal<ExtensionRow>>),
}

impl Entry {
    fn key(&self) -> RowKey {
        match self {
            // No number begins so.
            Self::Group(name, size) => (format!("\n{name}\n{size}").into(), 0),
            Self::Tile((key, _)) => key.clone(),
        }
    }
}

/// The page.
#[component]
pub fn Extensions(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let (extensions, query) = (live.tables.extensions, live.query);
    let total = live.total(|counts| counts.extensions, move || extensions.count());
    let reachable = live.total(
        |counts| counts.reachable,
        move || {
            let mut count = 0;
            extensions.each(&mut |row| count += usize::from(is_reachable(row.online)));
            count
        },
    );
    let groups = vec![("", word!(person.by_department)), ("letter", word!(person.by_letter))];
    let states = vec![
        ("", word!(list.all)),
        ("on_call", word!(person.on_call)),
        ("ringing", word!(person.ringing)),
        ("online", word!(person.free)),
        ("offline", word!(person.offline)),
    ];
    view! {
        <div class="page">
            <header class="page__head">
                <h1>
                    {word!(bar.extensions)} " "
                    <span class="dim">{text(move || word!(person.sub, reachable.get(), total.get()))}</span>
                </h1>
                <Search query label=word!(person.search)/>
                <Choices query key="sort" label=word!(person.group) choices=groups/>
            </header>
            <Choices query key="state" label=word!(agent.state) choices=states/>
            <Connect lamps=live.lamps/>
            <Board live total/>
        </div>
    }
}

/// The tiles.
#[component]
fn Board(
    /// The page's data.
    live: Live,
    /// How many extensions there are.
    total: Signal<usize>,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let query = live.query;
    let key = |row: &ArcRwSignal<ExtensionRow>, asked: &Asked| rank::listed(&row.read_untracked(), asked);
    let shown = settled(live.tables.extensions, Table::all, key, pointing.still(), live);
    let favourites = favourites();
    let count = derive(move || shown.read().len());
    let room = Room::of_tiles(query);
    let entries = move || {
        let entries = entries(shown.get(), room, &favourites.read(), &query.asked.read());
        entries.into_iter().map(|entry| (entry.key(), entry)).collect()
    };
    let draw = move |_: &str, entry: Entry| match entry {
        Entry::Group(name, size) => view! {
            <li class="people__group">
                <h2 dir="auto">{name}</h2> " " <data class="dim" value=size>{size}</data>
            </li>
        }
        .into_any(),
        Entry::Tile((_, extension)) => {
            view! { <PersonTile extension clock=live.clock favourites/> }.into_any()
        }
    };
    view! {
        <section class="card extensions" aria-label=word!(bar.extensions)>
            <Empty total shown=count none=word!(person.none)/>
            <ul
                class="people people--board"
                aria-label=word!(bar.extensions)
                hidden=when(move || count.get() == 0)
                {..pointing.heard()}
            >
                {each(entries, draw)}
            </ul>
            <Rest total=count shown=derive(move || room.of(count.get())) room/>
        </section>
    }
    .into_any()
}

/// The tiles with their headings: favourites, then group by group.
fn entries(shown: Shown, room: Room, favourites: &[String], asked: &Asked) -> Vec<Entry> {
    let (mut first, others): (Shown, Shown) = shown
        .into_iter()
        .partition(|((number, _), _)| favourites.iter().any(|favourite| **favourite == **number));
    let starred_count = first.len();
    first.extend(others);
    first.truncate(room.of(first.len()));
    let others = first.split_off(starred_count.min(first.len()));
    let mut groups: Vec<(String, Shown)> = Vec::new();
    if !first.is_empty() {
        groups.push((word!(person.favourites).to_owned(), first));
    }
    let starred = groups.len();
    for (key, row) in others {
        let group = rank::group(&row.read_untracked(), asked);
        match groups.get_mut(starred..).and_then(<[_]>::last_mut) {
            Some((last, rows)) if *last == group => rows.push((key, row)),
            _ => groups.push((group, vec![(key, row)])),
        }
    }
    let mut entries = Vec::new();
    for (name, rows) in groups {
        let name = if name.is_empty() { word!(person.no_group).to_owned() } else { name };
        entries.push(Entry::Group(name, rows.len()));
        entries.extend(rows.into_iter().map(Entry::Tile));
    }
    entries
}

/// The numbers of the reader's favourites, as this browser keeps them.
fn favourites() -> RwSignal<Vec<String>> {
    let favourites = RwSignal::new(Vec::<String>::new());
    effect(move |first: Option<()>| {
        if first.is_none() {
            // After the first render: the server knows of none.
            let kept = kept(FAVOURITES).unwrap_or_default();
            let kept: Vec<String> = kept.lines().map(str::to_owned).collect();
            if !kept.is_empty() {
                favourites.set(kept);
            }
            favourites.track();
        } else {
            let lines: Vec<_> = favourites.get().into_iter().collect();
            keep(FAVOURITES, &lines.join("\n"));
        }
    });
    favourites
}
