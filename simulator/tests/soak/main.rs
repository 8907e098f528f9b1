//! The soak: days of a simulated PBX in virtual time, whose deliveries go straight into decoder and fold; the board is
//! compared with the PBX's own truth, cell by cell. The number of differences is printed and must be 0.
//!
//! Short days of a small company run in every `cargo test`; `make soak` (`RINGSIDE_SOAK=day`) runs a busy day of 5,000
//! extensions and 100 queues. Left out are the cells that docs/fold.md lists as not promised; `compare` names them.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![expect(clippy::similar_names, reason = "seed and speed are the words of the field")]

mod compare;
mod world;

use std::{collections::BTreeSet, time::Duration};

use compare::{Scope, differences};
use model::wire::{CallRow, Row};
use simulator::{
    company::{Company, DEFAULT_TENANT_ID},
    day::Day,
    dialect::{Dialect, Language, TimeOf},
    fault::Faults,
};
use world::World;

const MINUTE_MS: u64 = 60_000;
/// Nothing begins for so long at most, until everything is over and delivered.
const REST_MAX_MS: u64 = 90 * MINUTE_MS;
/// Differences that are printed.
const PRINTED_MAX: usize = 12;

/// The faults of the long and the short form.
const FAULTS: Faults =
    Faults { duplicate: 0.1, reorder: 0.1, delay: 0.05, delay_max: Duration::from_mins(20) };

fn languages() -> impl Iterator<Item = Language> {
    Dialect::ALL.into_iter().flat_map(|dialect| {
        [TimeOf::Event, TimeOf::CallStart].map(|time| Language { dialect, time, untimed_queues: false })
    })
}

fn small(language: Language) -> Company {
    Company::new(DEFAULT_TENANT_ID).speaking(language)
}

fn scope(language: Language, ahead: i64) -> Scope {
    Scope {
        language,
        ahead,
        positions: true,
        extensions_since: true,
        calls: true,
        figures: !language.untimed_queues,
    }
}

/// What a run came to.
#[derive(Default)]
struct Result {
    compared: u64,
    differences: u64,
    printed: BTreeSet<String>,
}

impl Result {
    fn check(&mut self, world: &World, scope: Scope, what: &str) {
        let found = differences(&world.truth(), &world.board, scope);
        self.compared += 1;
        self.differences += u64::try_from(found.len()).unwrap();
        for line in found {
            if self.printed.len() < PRINTED_MAX && self.printed.insert(line.clone()) {
                println!("{what}, {} s: {line}", world.now / 1000);
            }
        }
    }

    fn end(&self, world: &World, what: &str) {
        println!(
            "{what}: {} differences at {} moments, {} deliveries",
            self.differences, self.compared, world.deliveries
        );
    }
}

/// A day in rounds: so many minutes of business, then a rest until no call is up and everything is delivered.
fn rounds(world: &mut World, rounds: u32, business_ms: u64, mut at_rest: impl FnMut(&mut World)) {
    for _ in 0..rounds {
        let until = world.now + business_ms;
        world.day.rest(false);
        while world.now < until {
            world.step();
        }
        world.day.rest(true);
        while !world.is_quiet() {
            assert!(world.now < until + REST_MAX_MS, "no quiet point");
            world.step();
        }
        at_rest(world);
    }
}

/// A day with all faults, in so many rounds; how many differences there were. `speed`: how much more happens than usual.
fn soak(company: Company, seed: u64, speed: f64, hours: u32, business_ms: u64) -> u64 {
    let language = company.language;
    let what = format!("{language:?}, seed {seed}");
    let ahead = 90_000;
    let scope = Scope { positions: false, ..scope(language, ahead) };
    let mut world = World::new(Day::new(company, seed, speed), seed, FAULTS, ahead);
    let mut result = Result::default();
    rounds(&mut world, hours, business_ms, |world| {
        result.check(world, scope, &what);
        result.end(world, &what);
    });
    result.differences
}

/// Doubled, late, out of order, from a clock that is a minute and a half off: at every quiet point the board is right.
#[test]
fn at_every_quiet_point_the_board_is_the_truth() {
    let found: u64 = languages()
        .zip(1..)
        .map(|(language, seed)| soak(small(language), seed, 2.0, 2, 20 * MINUTE_MS))
        .sum();
    assert_eq!(found, 0);
}

/// Compares at every moment of a day whose deliveries come at once and in order; how many differences there were.
fn follow(company: Company, seed: u64, speed: f64, management: bool, length_ms: u64) -> u64 {
    let language = company.language;
    let what = format!("in order, {language:?}, seed {seed}");
    let day = Day::new(company, seed, speed);
    let day = if management { day.with_management() } else { day };
    let mut world = World::new(day, seed, Faults::NONE, 0);
    let mut result = Result::default();
    while world.now < length_ms {
        world.step();
        result.check(&world, scope(language, 0), &what);
    }
    result.end(&world, &what);
    result.differences
}

/// Each delivery at once and in order: the board is right at every moment.
#[test]
fn in_order_the_board_is_the_truth_at_every_moment() {
    let untimed =
        Dialect::ALL.map(|dialect| Language { dialect, untimed_queues: true, ..Language::default() });
    let days = languages().chain(untimed).zip(11..);
    let found: u64 =
        days.map(|(language, seed)| follow(small(language), seed, 2.0, false, 6 * MINUTE_MS)).sum();
    assert_eq!(found, 0);
}

/// The same while an administrator changes the company. His events have no time, so that order is all they have.
#[test]
fn in_order_what_an_administrator_changes_is_seen_at_once() {
    let releases = languages().filter(|language| language.dialect.tells_updates()).zip(41..);
    let found: u64 =
        releases.map(|(language, seed)| follow(small(language), seed, 4.0, true, 8 * MINUTE_MS)).sum();
    assert_eq!(found, 0);
}

/// The PBX restarts amid its calls and tells nobody of their ends. After it was asked once for everything the board is right,
/// but for calls, of which a snapshot says nothing: those that are over are unconfirmed within a minute, and gone after hours.
#[test]
fn after_a_restart_one_resync_mends_the_board() {
    let mut found = 0;
    for (language, seed) in languages().zip(21..) {
        let what = format!("restart, {language:?}, seed {seed}");
        let ahead = -45_000;
        let scope = Scope {
            positions: false,
            extensions_since: false,
            calls: false,
            figures: false,
            ..scope(language, ahead)
        };
        let mut world = World::new(Day::new(small(language), seed, 2.0), seed, FAULTS, ahead);
        let mut result = Result::default();
        for _ in 0..2 {
            world.day.rest(false);
            while world.day.counts().calls < 5 {
                world.step();
            }
            world.restart();
            rounds(&mut world, 1, 5 * MINUTE_MS, |world| {
                world.resync();
                result.check(world, scope, &what);
            });
        }
        let calls = |world: &World| -> Vec<CallRow> {
            let rows = world.board.rows().into_iter();
            rows.filter_map(|row| if let Row::Call(call) = row { Some(call) } else { None }).collect()
        };
        assert_eq!(world.truth().calls.len(), 0);
        let lost = calls(&world);
        assert!(!lost.is_empty(), "{what}: nothing was lost");
        world.let_pass(121 * MINUTE_MS);
        let sure = calls(&world).into_iter().filter(|call| !call.unconfirmed).count();
        world.let_pass(15 * 60 * MINUTE_MS);
        println!(
            "{what}: {} calls were lost, {sure} of them not found out, {} left",
            lost.len(),
            calls(&world).len()
        );
        result.differences += u64::try_from(sure + calls(&world).len()).unwrap();
        result.end(&world, &what);
        found += result.differences;
    }
    assert_eq!(found, 0);
}

/// One busy day of a large company.
#[test]
#[ignore = "takes minutes: `make soak`"]
fn a_busy_day() {
    if std::env::var("RINGSIDE_SOAK").is_ok_and(|what| what == "day") {
        let found: u64 = languages()
            .zip(31..)
            .map(|(language, seed)| {
                soak(Company::large(5000, 100).speaking(language), seed, 1.0, 10, 60 * MINUTE_MS)
            })
            .sum();
        assert_eq!(found, 0);
    }
}
