//! The history's pages: a search, and a call's way. Rendered by the server (`ssr`) and never hydrated, so that a search is an
//! address to share and a plain link leads here.
//!
//! - [`search`]: what is looked for, what was found, and on from there.
//! - [`call`]: one call: what came of it, and its way in time.

pub mod call;
pub mod search;

use model::{
    time::Millis,
    wire::{CallResult, Direction, Party, VisitEnd},
};

use crate::words::word;

/// A direction in words.
pub fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Internal => word!(history.internal),
        Direction::Inbound => word!(history.inbound),
        Direction::Outbound => word!(history.outbound),
        Direction::Transit => word!(history.transit),
    }
}

/// A result in words.
pub fn result_word(result: CallResult) -> &'static str {
    match result {
        CallResult::Answered => word!(history.answered),
        CallResult::Abandoned => word!(history.abandoned),
        CallResult::NoAnswer => word!(history.no_answer),
        CallResult::Service => word!(history.service),
        CallResult::Failed => word!(history.failed),
        CallResult::Unknown => word!(history.unknown),
    }
}

/// How a visit ended, in words.
fn end_word(how: VisitEnd) -> &'static str {
    match how {
        VisitEnd::Answered => word!(history.answered),
        VisitEnd::Abandoned => word!(history.abandoned),
        VisitEnd::Overflowed => word!(history.overflowed),
        VisitEnd::LeftOtherwise => word!(history.left_otherwise),
    }
}

/// A party: the name where there is one, and the number.
fn party(party: &Party) -> String {
    let number = party.number.as_ref().map(ToString::to_string);
    match (&party.name, number) {
        (Some(name), Some(number)) if name.as_str() != number => format!("{} · {number}", name.as_str()),
        (_, Some(number)) => number,
        (Some(name), None) => name.to_string(),
        (None, None) => word!(history.withheld).to_owned(),
    }
}

/// `0:07`, `12:34`, `1:02:03`.
pub fn length(length: Millis) -> String {
    let seconds = (length.0.max(0) + 500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
