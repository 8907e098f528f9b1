//! Decode, fold and change in this process, by the model alone: no journal, no socket, one core.

use std::hint::black_box;

use model::{
    board::{Board, Change},
    entry::{Clock, Content, Entry},
    event::decode,
    id::Seq,
    time::{Millis, Skew, UnixMillis},
};

use crate::{
    events::{self, CALL_EVENTS, LIVE_CALLS, Stream},
    fault::Fault,
    machine,
};

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Folded {
    /// Decode alone: events a second of one core.
    pub decoded_per_second: f64,
    /// Decode, fold and change: events a second of one core.
    pub events_per_second: f64,
    /// The same with every changed row written as JSON, as the server does for the feed.
    pub with_json_per_second: f64,
    /// Rows on the board at the end.
    pub rows: usize,
    /// How many changes an event made.
    pub changes_per_event: f64,
    /// Growth of this process for each row of a board without a finished call, in bytes.
    pub bytes_per_row: f64,
    /// Growth for each finished call after that, in bytes.
    pub bytes_per_finished_call: f64,
}

/// How many events are made before they are folded; the making is not counted.
const BLOCK: u64 = 12_000;
/// Rounds of all live calls, after those that fill the board.
const BLOCKS: u64 = 16;

struct Bench {
    board: Board,
    next: u64,
    stream: Stream,
    entries: u64,
    changes: usize,
    json_bytes: usize,
}

/// Folds a mixed stream.
pub fn measure() -> Result<Folded, Fault> {
    let mut bench = Bench {
        board: Board::new(),
        next: 0,
        stream: Stream::now(LIVE_CALLS as u32),
        entries: 0,
        changes: 0,
        json_bytes: 0,
    };
    let empty = machine::pss_kib("self")?;
    for body in events::extensions(events::EXTENSIONS) {
        bench.apply(body.as_bytes());
    }
    // Every slot has one call, at any of its steps.
    bench.block(LIVE_CALLS, false)?;
    let rows = bench.board.rows().len();
    let filled = machine::pss_kib("self")?;
    let decode_nanos = bench.decode_block(BLOCK)?;
    let (changes, mut nanos, mut json_nanos) = (bench.changes, 0, 0);
    for _ in 0..BLOCKS {
        nanos += bench.block(BLOCK, false)?;
    }
    let events = BLOCKS * BLOCK;
    let changes_per_event = (bench.changes - changes) as f64 / events as f64;
    let after = machine::pss_kib("self")?;
    for _ in 0..BLOCKS / 2 {
        json_nanos += bench.block(BLOCK, true)?;
    }
    let per_second = |events: u64, nanos: u64| events as f64 * 1e9 / nanos.max(1) as f64;
    let growth = |from: u64, to: u64| to.saturating_sub(from) as f64 * 1024.0;
    Ok(Folded {
        decoded_per_second: per_second(BLOCK, decode_nanos),
        events_per_second: per_second(events, nanos),
        with_json_per_second: per_second(events / 2, json_nanos),
        rows,
        changes_per_event,
        bytes_per_row: growth(empty, filled) / rows.max(1) as f64,
        bytes_per_finished_call: growth(filled, after) / (events / CALL_EVENTS) as f64,
    })
}

impl Bench {
    /// The next events' bodies.
    fn bodies(&self, events: u64) -> Vec<String> {
        let numbers = self.next..self.next + events;
        numbers.map(|k| self.stream.event(k)).collect()
    }

    /// Decodes the next events without taking them; gives the nanoseconds that took.
    fn decode_block(&self, events: u64) -> Result<u64, Fault> {
        let bodies = self.bodies(events);
        let before = machine::thread_nanos()?;
        for body in &bodies {
            black_box(decode(body.as_bytes()));
        }
        Ok(machine::thread_nanos()? - before)
    }

    /// Folds that many events; gives the nanoseconds that took.
    fn block(&mut self, events: u64, with_json: bool) -> Result<u64, Fault> {
        let bodies = self.bodies(events);
        // As the server does once a minute: from then on visits that end change their queue's figures.
        self.minute();
        self.next += events;
        let before = machine::thread_nanos()?;
        for body in &bodies {
            let changes = self.apply(body.as_bytes());
            if with_json {
                for change in &changes {
                    if let Change::Set(row) = change {
                        self.json_bytes += serde_json::to_string(row).map_or(0, |text| text.len());
                    }
                }
            }
        }
        Ok(machine::thread_nanos()? - before)
    }

    fn minute(&mut self) {
        let t = self.now();
        let (day_start, day_end) = (t - Millis::hours(12), t + Millis::hours(12));
        self.take(Content::Clock(Clock::Minute { t, day_start, day_end }));
    }

    fn apply(&mut self, body: &[u8]) -> Vec<Change> {
        let changes = self.take(Content::Events(decode(body).events));
        self.changes += changes.len();
        changes
    }

    fn take(&mut self, content: Content) -> Vec<Change> {
        self.entries += 1;
        let (seq, received) = (Seq(self.entries), self.now());
        self.board.apply(&Entry { seq, received, skew: Some(Skew(0)), content })
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.stream.seconds(self.next) as i64 * 1000)
    }
}
