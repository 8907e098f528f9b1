//! Whether somebody is at a list, with the pointer or the keyboard: its rows stay where they are meanwhile, so that who wants one
//! hits it. A pointer that is left lying there holds them for half a minute, not for the day.

use leptos::{
    ev,
    tachys::html::{attribute::Attribute, event::on},
};
use model::time::{Millis, UnixMillis};

use crate::{
    live::Clock,
    signals::{RwSignal, Signal, derive},
};

/// How long rows stay after the last move.
const HOLD: Millis = Millis::seconds(30);

/// Somebody at a list.
#[derive(Clone, Copy)]
pub struct Pointing {
    moved: RwSignal<Option<UnixMillis>>,
    clock: Clock,
}

impl Pointing {
    /// Nobody yet.
    pub fn new(clock: Clock) -> Self {
        Self { moved: RwSignal::new(None), clock }
    }

    /// What the list's element hears of it.
    pub fn heard(self) -> impl Attribute {
        let come = move || self.moved.set(Some(self.clock.now.get_untracked()));
        (
            on(ev::pointermove, move |_| come()),
            on(ev::focusin, move |_| come()),
            on(ev::pointerleave, move |_| self.moved.set(None)),
        )
    }

    /// Whether the rows stay where they are.
    pub fn still(self) -> Signal<bool> {
        derive(move || self.moved.get().is_some_and(|moved| self.clock.now.get().since(moved) < HOLD))
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    #[test]
    fn a_pointer_left_lying_holds_rows_for_half_a_minute() {
        Owner::new().with(|| {
            let start = UnixMillis(1_800_000_000_000);
            let pointing = Pointing::new(Clock::new(start));
            let still = pointing.still();
            assert!(!still.get_untracked());
            pointing.moved.set(Some(start));
            assert!(still.get_untracked());
            pointing.clock.now.set(start + Millis::seconds(29));
            assert!(still.get_untracked());
            pointing.clock.now.set(start + Millis::seconds(30));
            assert!(!still.get_untracked());
        });
    }
}
