//! When calls come: at a lively pace, so that there is always something to look at, or each source by its own chance.

use rand::Rng;

use super::{Day, Due, Kind, SETTLE_MS, count, whole_ms};
use crate::company::{GroupIndex, Pace, PersonIndex, QueueIndex};

/// With fewer calls up than this (times the speed), the next comes sooner; a demo wants something to look at.
const CALLS_LOW: f64 = 4.0;
/// With more calls up than this (times the speed), the next comes later.
const CALLS_HIGH: f64 = 8.0;
/// Callers in all queues (times the speed) beyond which hardly anyone more calls a queue.
const WAITING_HIGH: f64 = 4.0;
/// The mean pause between two calls at speed 1.
const CALL_PAUSE_MS: f64 = 9000.0;
/// The pause between two rushes on a queue, at speed 1: at least this, at most twice this.
const RUSH_PAUSE_MS: u64 = 120_000;
/// How long a rush lasts.
const RUSH_MS: u64 = 40_000;
/// An hour.
const HOUR_MS: f64 = 3_600_000.0;
/// With arrivals by chance, each so many extensions make a stream of what people do besides calling.
const PEOPLE_PER_STREAM: usize = 40;

impl Day {
    /// All extensions register within the first second, agents log in within three, and the first calls come.
    pub(super) fn plan_the_morning(&mut self) {
        for index in 0..self.company.people.len() {
            let person = PersonIndex(index);
            let registers = self.rng.random_range(20..700);
            self.enter(registers, Due::Registers(person));
            if !self.company.people[index].queues.is_empty() {
                let late = self.rng.random_bool(0.1);
                let logs_in = registers + SETTLE_MS + if late { 25_000 } else { 100 };
                self.enter(logs_in, Due::LogsIn(person));
            }
        }
        for queue in 0..self.company.queues.len() {
            self.enter(750, Due::Opens(QueueIndex(queue)));
        }
        match self.company.pace {
            Pace::Lively => self.plan_a_lively_day(),
            Pace::Arrivals { .. } => self.plan_arrivals(),
        }
    }

    fn plan_a_lively_day(&mut self) {
        for (after, kind) in [
            (1200, Kind::Queue(None)),
            (1900, Kind::Queue(None)),
            (2300, Kind::Outbound),
            (2500, Kind::Internal),
            (2700, Kind::Direct),
            (2900, Kind::Queue(None)),
        ] {
            self.enter(after, Due::Starts(kind));
        }
        self.enter(4000, Due::CallComes);
        self.enter(6000, Due::PersonActs);
        let rush = self.shortened(RUSH_PAUSE_MS / 2);
        self.enter(rush, Due::RushBegins);
    }

    /// Each source of calls has its own chance.
    fn plan_arrivals(&mut self) {
        let queues = (0..self.company.queues.len()).map(|queue| Kind::Queue(Some(QueueIndex(queue))));
        let groups = (0..self.company.groups.len()).map(|group| Kind::Group(GroupIndex(group)));
        let kinds: Vec<Kind> =
            queues.chain(groups).chain([Kind::Direct, Kind::Outbound, Kind::Internal]).collect();
        for kind in kinds {
            self.plan_arrival(kind);
        }
        for _ in 0..self.company.people.len().div_ceil(PEOPLE_PER_STREAM) {
            let first = self.rng.random_range(4000..20_000);
            self.enter(first, Due::PersonActs);
        }
    }

    /// The next call of a source; none where its rate is 0.
    pub(super) fn plan_arrival(&mut self, kind: Kind) {
        let Pace::Arrivals { direct, outbound, internal } = self.company.pace else { return };
        let per_hour = match kind {
            Kind::Queue(queue) => queue.map_or(0.0, |queue| self.company.queues[queue.0].calls_per_hour),
            Kind::Group(group) => self.company.groups[group.0].calls_per_hour,
            Kind::Direct => direct,
            Kind::Outbound => outbound,
            Kind::Internal => internal,
        };
        if per_hour > 0.0 {
            let chance: f64 = self.rng.random_range(1e-6..1.0);
            let pause = whole_ms(-chance.ln() * HOUR_MS / per_hour / self.speed);
            // The morning's first three seconds are for registrations.
            self.enter(if self.at < 3000 { 3000 + pause } else { pause }, Due::Arrives(kind));
        }
    }

    /// A call starts, and the pause to the next one is drawn.
    pub(super) fn call_comes(&mut self) {
        let up = count(self.calls.len());
        let waiting = count(self.counts().waiting);
        let queue = if waiting >= WAITING_HIGH * self.speed { 6 } else { 46 };
        let group = GroupIndex(self.rng.random_range(0..self.company.groups.len().max(1)));
        let kind = match self.rng.random_range(0..queue + 54) {
            n if n < queue => Kind::Queue(None),
            n if n < queue + 13 => Kind::Direct,
            n if n < queue + 33 => Kind::Outbound,
            n if n < queue + 36 && group.0 < self.company.groups.len() => Kind::Group(group),
            _ => Kind::Internal,
        };
        let rush = self.rush.is_some_and(|(_, until)| self.at < until);
        if !self.resting {
            self.start(if rush && waiting < WAITING_HIGH * self.speed { Kind::Queue(None) } else { kind });
        }
        let crowd = if up < CALLS_LOW * self.speed {
            0.3
        } else if up > CALLS_HIGH * self.speed {
            2.5
        } else if rush {
            0.6
        } else {
            1.0
        };
        let pause = self.pause(CALL_PAUSE_MS * crowd / self.speed);
        self.enter(pause, Due::CallComes);
    }

    pub(super) fn begin_rush(&mut self) {
        let queue = QueueIndex(self.rng.random_range(0..self.company.queues.len()));
        self.rush = Some((queue, self.at + RUSH_MS));
        let pause = self.rng.random_range(RUSH_PAUSE_MS..2 * RUSH_PAUSE_MS);
        let pause = self.shortened(pause);
        self.enter(RUSH_MS + pause, Due::RushBegins);
    }
}
