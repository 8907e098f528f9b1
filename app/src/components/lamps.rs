//! Two lamps, always at the top right: is this page live to the server, and the server to the PBX. As rendered by the
//! server they only say as of when; the browser alone makes them live.

use leptos::prelude::*;
use model::wire::{LampState, Lamps};

use crate::{
    components::moment::Moment,
    live::{Clock, Truth},
    signals::{Shown, Signal, derive, mark, text, when},
    words::word,
};

/// Both lamps, each with a word and a shape of its own.
#[component]
pub fn LampPair(
    /// What the server last said.
    #[prop(into)]
    lamps: Signal<Lamps>,
    /// Whether the page is live to the server.
    #[prop(into)]
    truth: Signal<Truth>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let (server_state, server_word) = server(truth);
    let rendered_at = derive(move || match truth.get() {
        Truth::AsOf(at) => Some(at),
        _ => None,
    });
    let pbx_state = mark(move || match truth.get() {
        Truth::AsOf(_) => "as-of",
        Truth::ServerLost(_) => "lost",
        Truth::Live | Truth::PbxDown(_) => state_name(lamps.read().pbx.state),
    });
    let pbx_word = text(move || match truth.get() {
        Truth::ServerLost(_) => word!(lamp.unknown),
        // Before it is live, the page repeats what was true when it was made, and says when that was.
        Truth::AsOf(_) if lamps.read().pbx.state == LampState::Live => word!(lamp.as_of),
        _ => state_word(lamps.read().pbx.state),
    });
    let pbx_rendered_at = derive(move || match truth.get() {
        Truth::AsOf(at) if lamps.read().pbx.state == LampState::Live => Some(at),
        _ => None,
    });
    let last_event_at = derive(move || lamps.read().pbx.last_event_at);
    let has_event = move || last_event_at.get().is_some();

    view! {
        <ul class="lamps" aria-label=word!(lamp.title)>
            <li class="lamp" data-lamp="server" data-state=server_state>
                <span class="lamp__state">
                    <span class="lamp__name">{word!(lamp.server)}</span>
                    <b class="lamp__word">{server_word}</b>
                    <Moment at=rendered_at clock/>
                </span>
            </li>
            <li class="lamp" data-lamp="pbx" data-state=pbx_state>
                <span class="lamp__state">
                    <span class="lamp__name">{word!(lamp.pbx)}</span>
                    <b class="lamp__word">{pbx_word}</b>
                    <Moment at=pbx_rendered_at clock/>
                </span>
                <span class="lamp__event" hidden=when(move || !has_event())>
                    {word!(lamp.last_event)} " " <Moment at=last_event_at clock/>
                </span>
            </li>
        </ul>
    }
}

/// The server's lamp: its state as the style sheet knows it, and its word.
fn server(truth: Signal<Truth>) -> (Shown<Option<&'static str>>, Shown<String>) {
    let state = mark(move || match truth.get() {
        Truth::AsOf(_) => "as-of",
        Truth::Live | Truth::PbxDown(_) => "live",
        Truth::ServerLost(_) => "lost",
    });
    let word = text(move || match truth.get() {
        Truth::AsOf(_) => word!(lamp.as_of),
        Truth::Live | Truth::PbxDown(_) => word!(lamp.live),
        Truth::ServerLost(_) => word!(lamp.lost),
    });
    (state, word)
}

/// The state as the style sheet knows it.
pub fn state_name(state: LampState) -> &'static str {
    match state {
        LampState::Never => "never",
        LampState::Live => "live",
        LampState::Quiet => "quiet",
        LampState::Refused => "refused",
        LampState::Down => "down",
    }
}

/// The state as people read it.
pub fn state_word(state: LampState) -> &'static str {
    match state {
        LampState::Never => word!(lamp.never),
        LampState::Live => word!(lamp.live),
        LampState::Quiet => word!(lamp.quiet),
        LampState::Refused => word!(lamp.refused),
        LampState::Down => word!(lamp.down),
    }
}
