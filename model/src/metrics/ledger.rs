//! A queue's ledger: what was put, by minute, and the running sums of its windows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Contribution, Day, Rules, Sums, Visit, sums::Item, waits::bump};
use crate::{time::UnixMillis, wire::Figures};

/// What a clock entry says once a minute: where the windows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Minute {
    /// A moment of the running minute, by our clock.
    pub t: UnixMillis,
    /// The tenant's day that it is in.
    pub day: Day,
}

/// A span of time that figures are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// The last 15 whole minutes, and the running one.
    M15,
    /// The last 30 whole minutes, and the running one.
    M30,
    /// The last 60 whole minutes, and the running one.
    M60,
    /// The tenant's day.
    Today,
}

impl Window {
    /// Every window, in the order of its declaration.
    pub const ALL: [Self; 4] = [Self::M15, Self::M30, Self::M60, Self::Today];

    /// Its minutes. What ended after the newest minute entry counts at once, unless it is of the next day.
    fn span(self, minute: &Minute) -> Span {
        let now = minute_of(minute.t);
        let last = |minutes: i64| Span { first: now - minutes, end: i64::MAX };
        match self {
            Self::M15 => last(15),
            Self::M30 => last(30),
            Self::M60 => last(60),
            Self::Today => {
                let first = minute_of(minute.day.start);
                Span { first, end: minute_of(minute.day.end).max(first) }
            }
        }
    }
}

/// Minutes since 1970, from `first` to before `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    first: i64,
    end: i64,
}

impl Span {
    fn has(self, minute: i64) -> bool {
        (self.first..self.end).contains(&minute)
    }

    fn overlaps(self, other: Self) -> bool {
        self.first < other.end && other.first < self.end
    }
}

/// A window where it stands: always the sum of what is kept of its minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    span: Span,
    sums: Sums,
}

type Kept = BTreeMap<(i64, Item), i32>;

impl Running {
    /// Moves the window, to either side; only minutes that it leaves or enters are looked at.
    fn shift(&mut self, to: Span, kept: &Kept) {
        let from = std::mem::replace(&mut self.span, to);
        if !from.overlaps(to) {
            self.sums = Sums::default();
            self.count(to.first, to.end, 1, kept);
            return;
        }
        self.count(from.first, to.first, -1, kept);
        self.count(to.first, from.first, 1, kept);
        self.count(to.end, from.end, -1, kept);
        self.count(from.end, to.end, 1, kept);
    }

    /// Adds (1) or takes away (−1) the minutes from `first` to before `end`; none, if they are the other way round.
    fn count(&mut self, first: i64, end: i64, sign: i32, kept: &Kept) {
        if first < end {
            for ((_, item), times) in kept.range((first, Item::LEAST)..(end, Item::LEAST)) {
                self.sums.count(*item, sign * times);
            }
        }
    }
}

/// A queue's contributions, and the sums of its windows.
///
/// It is a function of what it holds, of the newest [`roll`](Self::roll) and of the furthest [`forget`](Self::forget):
/// no order of [`put`](Self::put) and [`take_back`](Self::take_back) makes another ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    #[serde(with = "crate::pairs")]
    kept: Kept,
    /// Minutes before this one are forgotten.
    begin: Option<i64>,
    /// `None` before the first minute entry.
    windows: Option<[Running; 4]>,
}

impl Ledger {
    /// Adds a contribution.
    pub fn put(&mut self, contribution: &Contribution) {
        self.count(contribution, 1);
    }

    /// Takes a contribution back that was put, or will be.
    pub fn take_back(&mut self, contribution: &Contribution) {
        self.count(contribution, -1);
    }

    fn count(&mut self, contribution: &Contribution, times: i32) {
        let minute = minute_of(ended(contribution));
        if self.begin.is_some_and(|begin| minute < begin) {
            return;
        }
        let item = Item::from(contribution);
        bump(&mut self.kept, (minute, item), times);
        for window in self.windows.iter_mut().flatten() {
            if window.span.has(minute) {
                window.sums.count(item, times);
            }
        }
    }

    /// Moves the windows to where a minute entry says that they stand. It may go back as well.
    pub fn roll(&mut self, minute: &Minute) {
        let windows = self.windows.get_or_insert_default();
        for (window, running) in Window::ALL.into_iter().zip(windows) {
            running.shift(window.span(minute), &self.kept);
        }
    }

    /// Forgets what ended in minutes before the one of `before`, also what of it comes or is taken back later. Keep the day
    /// and an hour: figures of a window that reaches further back lose it.
    pub fn forget(&mut self, before: UnixMillis) {
        let begin = minute_of(before);
        if self.begin.is_some_and(|known| begin <= known) {
            return;
        }
        self.begin = Some(begin);
        let left = self.kept.split_off(&(begin, Item::LEAST));
        let gone = std::mem::replace(&mut self.kept, left);
        for window in self.windows.iter_mut().flatten() {
            let Span { first, end } = window.span;
            window.count(first, end, -1, &gone);
        }
    }

    /// A window's sums; `None` before the first minute entry.
    pub fn window(&self, window: Window) -> Option<&Sums> {
        self.windows.as_ref().map(|windows| &windows[window as usize].sums)
    }

    /// The queue's figures by its rules; `None` before the first minute entry. The cost does not hang on how much there is:
    /// a few microseconds.
    pub fn figures(&self, rules: &Rules) -> Option<Figures> {
        let [m15, m30, m60, today] =
            self.windows.as_ref()?.each_ref().map(|running| running.sums.figures(rules));
        Some(Figures { m15, m30, m60, today, ..rules.named() })
    }

    /// The sums of the minutes from `first` to before `end`, counted from 1970. It reads what ended in them.
    pub(super) fn sums(&self, first: i64, end: i64) -> Sums {
        let mut running = Running::default();
        running.count(first, end, 1, &self.kept);
        running.sums
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

fn ended(contribution: &Contribution) -> UnixMillis {
    match *contribution {
        Contribution::Visit(Visit { ended, .. })
        | Contribution::Talk { ended, .. }
        | Contribution::WrapUp { ended, .. } => ended,
    }
}

/// The minute of a moment, counted from 1970.
pub(super) fn minute_of(t: UnixMillis) -> i64 {
    t.0.div_euclid(60_000)
}
