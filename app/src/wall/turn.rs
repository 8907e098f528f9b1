//! Which page of a wall is shown, and which screenful of a list that is longer than its place: by the server's clock alone, so
//! that a wall that loads again goes on where it was, and two walls of one board turn together.

use leptos::prelude::*;
use model::time::UnixMillis;

use crate::{
    live::{self, Clock},
    signals::{Memo, RwSignal, Signal, effect, memo, text, when},
    words::word,
};

/// How long a screenful stays; the first one, with what is worst, twice as long.
const SCREENFUL_MS: i64 = 8_000;

/// What is shown now.
#[derive(Clone, Copy)]
pub struct Turn {
    /// The page's place.
    pub page: Memo<usize>,
    /// Counts how often lists have turned.
    beat: Memo<i64>,
    clock: Clock,
}

impl Turn {
    /// Of `count` pages, each of which stays for `rotate_s` seconds.
    pub fn new(clock: Clock, count: usize, rotate_s: u16) -> Self {
        let (start, stay_ms) = (clock.now.get_untracked(), i64::from(rotate_s) * 1000);
        let pages = i64::try_from(count).unwrap_or(1).max(1);
        let page = move |now: UnixMillis| now.0.div_euclid(stay_ms).rem_euclid(pages);
        let beat = move |now: UnixMillis| {
            if pages == 1 {
                return now.since(start).0.max(0) / SCREENFUL_MS;
            }
            // As many as a page has time for, and on from there when it comes again.
            let each = (stay_ms / SCREENFUL_MS).max(1);
            let rounds = now.0.div_euclid(stay_ms * pages);
            rounds * each + (now.0.rem_euclid(stay_ms) / SCREENFUL_MS).min(each - 1)
        };
        Self {
            page: memo(move |_| usize::try_from(page(clock.now.get())).unwrap_or_default()),
            beat: memo(move |_| beat(clock.now.get())),
            clock,
        }
    }
}

/// A list that shows one screenful after another. The style sheet lays it out in columns as wide as its place, of whole rows;
/// all but one are out of sight.
#[derive(Clone, Copy)]
pub struct Paged {
    /// Which screenful, and of how many; of 0 until a browser has laid it out.
    at: RwSignal<(usize, usize)>,
    /// Whether its rows must stay where they are: somebody may be reading the later ones.
    pub still: RwSignal<bool>,
}

impl Paged {
    /// The list with this id.
    pub fn new(turn: Turn, id: &str) -> Self {
        let paged = Self { at: RwSignal::new((0, 0)), still: RwSignal::new(false) };
        let id = id.to_owned();
        effect(move |_| {
            turn.page.track();
            turn.clock.now.track();
            let beat = turn.beat.get();
            let at = live::turn(&id, |count| screenful(beat, count));
            if paged.at.get_untracked() != at {
                paged.at.set(at);
                paged.still.set(at.0 != 0);
            }
        });
        paged
    }
}

/// Which of `count` screenfuls is shown: the first one has two turns.
fn screenful(beat: i64, count: usize) -> usize {
    if count < 2 {
        return 0;
    }
    let turns = i64::try_from(count + 1).unwrap_or(i64::MAX);
    usize::try_from(beat.rem_euclid(turns)).unwrap_or_default().saturating_sub(1)
}

/// Where a list is: `2 / 4`. Where nobody can tell how much fits, how many there are in all.
#[component]
pub fn Place(
    /// The list.
    paged: Paged,
    /// How many rows it has.
    count: Signal<usize>,
) -> impl IntoView {
    let at = paged.at;
    let place = text(move || match at.get() {
        (_, 0) => word!(wall.all, count.get()),
        (place, count) => word!(wall.turn, place + 1, count),
    });
    view! { <span class="wall-place" hidden=when(move || at.get().1 == 1 || count.get() < 2)>{place}</span> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use model::time::Millis;

    use super::*;

    #[test]
    fn every_screenful_is_shown_and_the_first_twice_as_long() {
        assert_eq!((0..8).map(|beat| screenful(beat, 3)).collect::<Vec<_>>(), [0, 0, 1, 2, 0, 0, 1, 2]);
        assert!((0..9).all(|beat| screenful(beat, 1) == 0 && screenful(beat, 0) == 0));
    }

    #[test]
    fn pages_take_turns_by_the_clock_and_lists_go_on_where_they_were() {
        Owner::new().with(|| {
            let start = UnixMillis(1_800_000_000_000);
            let clock = Clock::new(start);
            let turn = Turn::new(clock, 3, 20);
            let at = |seconds: i64| {
                clock.now.set(start + Millis::seconds(seconds));
                (turn.page.get(), turn.beat.get())
            };
            let (first, beat) = at(0);
            assert_eq!(
                [at(19).0, at(20).0, at(40).0, at(60).0],
                [first, (first + 1) % 3, (first + 2) % 3, first]
            );
            // Two screenfuls a showing: 0 s and 8 s; the next showing begins with the third.
            assert_eq!([at(8).1, at(19).1, at(60).1], [beat + 1, beat + 1, beat + 2]);
        });
    }
}
