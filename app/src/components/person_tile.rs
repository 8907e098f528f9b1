//! One extension: whose it is, what its owner does or says, since when, and whether calls reach it.

use leptos::prelude::*;
use model::{
    time::UnixMillis,
    wire::{ExtensionCall, ExtensionRow, Online, Presence},
};

use crate::{
    components::{elapsed::Elapsed, icon::Icon},
    live::Clock,
    signals::{RwSignal, Signal, derive, mark, memo, text},
    words::word,
};

/// What a tile says of a person: the first of call, registration, presence that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Doing {
    /// The role of its colour: `talk`, `ring`, `ready`, `pause` or `off`.
    tone: &'static str,
    icon: &'static str,
    word: String,
    since: Option<UnixMillis>,
    /// Seconds matter.
    exact: bool,
}

impl Doing {
    fn of(row: &ExtensionRow) -> Self {
        let quiet =
            |tone, icon, word: &str, since| Self { tone, icon, word: word.to_owned(), since, exact: false };
        match (row.call, row.online, row.presence, &row.presence_raw) {
            (Some(ExtensionCall::OnCall), ..) => {
                Self { exact: true, ..quiet("talk", "phone-call", word!(person.on_call), row.call_since) }
            }
            (Some(ExtensionCall::Ringing), ..) => {
                Self { exact: true, ..quiet("ring", "bell-ring", word!(person.ringing), row.call_since) }
            }
            (_, Some(Online::Offline), ..) => {
                quiet("off", "circle-slash", word!(person.offline), row.online_since)
            }
            (_, _, Some(presence), _) => {
                let (tone, icon, word) = presence_look(presence);
                quiet(tone, icon, word, row.presence_since)
            }
            (_, _, None, Some(raw)) => quiet("pause", "circle-pause", raw, row.presence_since),
            (_, Some(Online::Online | Online::Push), None, None) => {
                quiet("ready", "circle-check", word!(person.online), row.online_since)
            }
            (_, None, None, None) => quiet("off", "circle-question-mark", word!(person.unknown), None),
        }
    }
}

fn presence_look(presence: Presence) -> (&'static str, &'static str, &'static str) {
    match presence {
        Presence::Available => ("ready", "circle-check", word!(person.available)),
        Presence::Away => ("pause", "clock", word!(person.away)),
        Presence::DoNotDisturb => ("pause", "circle-minus", word!(person.do_not_disturb)),
        Presence::Lunch => ("pause", "utensils", word!(person.lunch)),
        Presence::BusinessTrip => ("pause", "plane", word!(person.business_trip)),
        Presence::Break => ("pause", "coffee", word!(person.break_)),
        Presence::Busy => ("pause", "circle-pause", word!(person.busy)),
    }
}

/// A person's tile.
#[component]
pub fn PersonTile(
    /// The extension.
    #[prop(into)]
    extension: Signal<ExtensionRow>,
    /// The page's clock.
    clock: Clock,
    /// A star beside the name, where people have favourites.
    #[prop(optional)]
    favourites: Option<RwSignal<Vec<String>>>,
) -> impl IntoView {
    let doing = memo(move |_| Doing::of(&extension.read()));
    let name = text(move || {
        let row = extension.read();
        row.name.as_ref().map_or_else(|| row.number.to_string(), ToString::to_string)
    });
    let number = text(move || {
        let row = extension.read();
        row.name.is_some().then(|| row.number.to_string())
    });
    // Few have either mark, and tiles are many.
    let has_push = memo(move |_| extension.read().online == Some(Online::Push));
    let push = move || {
        has_push.get().then(
            || view! { <span class="person__mark">" · "<Icon name="smartphone"/>{word!(person.push)}</span> },
        )
    };
    let unconfirmed = memo(move |_| extension.read().unconfirmed);
    let unsure = move || {
        unconfirmed
            .get()
            .then(|| view! { <span class="person__mark">" · "{word!(person.unconfirmed)}</span> })
    };
    let time = move || {
        let doing = doing.get();
        doing.since.map(|since| {
            if doing.exact {
                view! { <Elapsed since=Signal::stored(Some(since)) clock/> }
            } else {
                view! { <Elapsed since=Signal::stored(Some(since)) clock coarse=true/> }
            }
        })
    };
    let note = text(move || extension.read().note.as_ref().map(|note| format!(" · {note}")));
    let star = favourites.map(|favourites| view! { <Star extension favourites/> });
    view! {
        <li class="person" data-row tabindex="-1" data-tone=mark(move || doing.read().tone) data-unconfirmed=move || unconfirmed.get().then_some("yes")>
            <Icon name=derive(move || doing.read().icon)/>
            <b class="person__name" dir="auto">{name}</b> " "
            <span class="person__number">{number}{star}</span> " "
            <span class="person__doing">
                <span>{text(move || doing.read().word.clone())}</span>
                {push}
                {unsure}
                <span dir="auto">{note}</span>
            </span>
            <span class="person__time">{time}</span>
        </li>
    }
    .into_any()
}

/// Puts a person among the reader's favourites, or takes him out of them.
#[component]
fn Star(
    /// The extension.
    extension: Signal<ExtensionRow>,
    /// The numbers of the reader's favourites.
    favourites: RwSignal<Vec<String>>,
) -> impl IntoView {
    let number = memo(move |_| extension.read().number.to_string());
    let is_one = move || favourites.read().contains(&number.get());
    let turn = move |_| {
        favourites.update(|favourites| {
            let number = number.get_untracked();
            let count = favourites.len();
            favourites.retain(|favourite| *favourite != number);
            if favourites.len() == count {
                favourites.push(number);
            }
        });
    };
    let label = move || {
        let row = extension.read();
        word!(person.favourite, row.name.as_ref().map_or_else(|| row.number.to_string(), ToString::to_string))
    };
    view! {
        <button
            type="button"
            class="person__star"
            aria-pressed=move || if is_one() { "true" } else { "false" }
            aria-label=label
            on:click=turn
        >
            <Icon name="star"/>
        </button>
    }
    .into_any()
}
