//! A simulated company with its interfaces on a socket, on one clock with the server, and its truth beside the server's board.
//!
//! Its clock runs as the server's does, from the server's start on. Its day stands still, however, but for the spans in which
//! it lives: so a test compares two things of which none moves. While it lives nothing is late: whoever looks at its clock
//! finds it after all that was due until then, however busy the machine is.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use model::wire::{CallerKind, Row, Snapshot};
use serde_json::Value;
use simulator::{
    call::Stamp,
    company::DEFAULT_TENANT_ID,
    day::Day,
    dialect::Dialect,
    exchange::Exchange,
    interfaces::{Bound, Options},
    truth::{self, Truth},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::program::{Folder, Server};

/// When the day begins, in unix ms.
const MORNING: u64 = 1_790_000_000_000;

/// How much faster than ours their clock runs.
const SPEED: u64 = 20;

/// A company.
pub struct Company {
    exchange: Arc<Exchange<Day>>,
    /// Where its interfaces are.
    pub address: SocketAddr,
    course: Arc<Mutex<Course>>,
    _end: DropGuard,
}

/// A company's clock, and how far its day is.
struct Course {
    /// What the clock showed at that moment; it runs from there on, or stands.
    clock: (u64, Option<Instant>),
    /// What the clock showed as the day began; later by all the time in which nothing happened.
    morning: u64,
    /// How much of the day is over, in ms.
    over: u64,
    /// The day goes on.
    lives: bool,
}

impl Course {
    fn now(&self) -> u64 {
        let ran = self.clock.1.map_or(Duration::ZERO, |since| since.elapsed());
        self.clock.0 + u64::try_from(ran.as_millis()).unwrap() * SPEED
    }

    /// From here on nothing happens.
    fn stand_still(&mut self) {
        self.lives = false;
    }

    /// The day goes on where it stood.
    fn go_on(&mut self) {
        self.morning = self.now() - self.over;
        self.lives = true;
    }

    /// Lets happen what is due; what the clock shows then.
    fn catch_up(&mut self, exchange: &Exchange<Day>) -> u64 {
        let now = self.now();
        if self.lives {
            let over = now - self.morning;
            while let Some(at) = exchange.look(Day::wakes_at).filter(|at| *at <= over) {
                exchange.happen(|day| day.run(Stamp(self.morning + at)));
            }
            self.over = over;
        }
        now
    }
}

fn lock(course: &Mutex<Course>) -> MutexGuard<'_, Course> {
    course.lock().unwrap_or_else(PoisonError::into_inner)
}

fn day(dialect: Dialect) -> Day {
    let mut company = simulator::company::Company::new(DEFAULT_TENANT_ID);
    company.language.dialect = dialect;
    Day::new(company, 7, 4.0)
}

impl Company {
    /// One that has lived for so many seconds, and stands still.
    pub async fn after(seconds: u64, dialect: Dialect, options: Options) -> Self {
        let company = Self::of(day(dialect), options).await;
        company.live_unseen(seconds);
        company
    }

    /// One whose administrator hires, renames and closes, before its day.
    pub async fn that_changes(dialect: Dialect) -> Self {
        Self::of(day(dialect).with_management(), Options::default()).await
    }

    async fn of(day: Day, options: Options) -> Self {
        let exchange = Exchange::new(day);
        let course = Course { clock: (MORNING, None), morning: MORNING, over: 0, lives: false };
        let course = Arc::new(Mutex::new(course));
        let (its, of) = (Arc::clone(&course), Arc::clone(&exchange));
        let clock = Arc::new(move || Stamp(lock(&its).catch_up(&of)));
        let options = Options { clock, password: super::PASSWORD.to_owned(), ..options };
        let bound = Bound::bind(([127, 0, 0, 1], 0).into(), options).await.unwrap();
        let (address, end) = (bound.address().unwrap(), CancellationToken::new());
        tokio::spawn(bound.serve(exchange.clone(), end.clone()));
        Self { exchange, address, course, _end: end.drop_guard() }
    }

    /// Its address as the configuration has it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What is true.
    pub fn truth(&self) -> Truth {
        self.exchange.look(Day::truth)
    }

    /// How it is set up.
    pub fn company(&self) -> simulator::company::Company {
        self.exchange.look(|day| day.company().clone())
    }

    /// Its clock.
    pub fn now(&self) -> u64 {
        lock(&self.course).now()
    }

    /// Starts a server on the same clock: some seconds after all that has happened.
    pub fn start(&self, folder: &Folder) -> Server {
        let now = self.now() + 10_000;
        lock(&self.course).clock = (now, Some(Instant::now()));
        let server = folder.start_with(&[("RINGSIDE_TEST_CLOCK", &format!("{now}@{SPEED}"))]);
        server.wait_until_ready();
        server
    }

    /// Lives for so many seconds, in no time.
    pub fn live_unseen(&self, seconds: u64) {
        let mut course = lock(&self.course);
        course.go_on();
        course.clock.0 += seconds * 1000;
        course.catch_up(&self.exchange);
        course.stand_still();
    }

    /// Lives for so many seconds of the server's clock, beside it, and stands still again until a while after that.
    pub async fn live(&self, server: &Server, seconds: u64) {
        let end = self.run_along(server) + seconds * 1000;
        lock(&self.course).go_on();
        loop {
            let now = lock(&self.course).catch_up(&self.exchange);
            if now >= end {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        lock(&self.course).stand_still();
        // A snapshot from now on is newer than all that has happened.
        let last = self.now();
        while time(server) < last + 5000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lives beside the server for that long, then kills it, and stands still.
    pub async fn live_until_killed(&self, server: Server, after: Duration) {
        self.run_along(&server);
        lock(&self.course).go_on();
        let begun = Instant::now();
        while begun.elapsed() < after {
            lock(&self.course).catch_up(&self.exchange);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.kill();
        let mut course = lock(&self.course);
        course.catch_up(&self.exchange);
        course.stand_still();
    }

    /// Has its clock run with the server's: never behind it, and ahead by no more than an answer's way takes. What it shows.
    fn run_along(&self, server: &Server) -> u64 {
        let asked = || (Instant::now(), time(server), Instant::now());
        let best = (0..10).map(|_| asked()).min_by_key(|(before, _, after)| *after - *before);
        let (before, shown, _) = best.unwrap();
        let mut course = lock(&self.course);
        course.clock = (shown, Some(before));
        course.now()
    }

    /// All calls are gone, and whoever listens is cut off.
    pub fn restart(&self) {
        let now = Stamp(self.now());
        self.exchange.restart(|day| day.restart(now));
    }
}

/// What a server's clock shows.
fn time(server: &Server) -> u64 {
    server.json("/api/v1/board?view=overview")["at"].as_u64().unwrap()
}

/// Those of whom REST can't tell: woken by push, or invited and not yet ringing.
pub fn unclear(truth: &Truth) -> BTreeSet<String> {
    let is_push = |of: &&truth::Extension| of.online.is_some_and(|told| told.value == truth::Online::Push);
    let push = truth.extensions.values().filter(is_push).map(|of| format!("online {}", of.number));
    let legs = truth.calls.values().flat_map(|call| &call.legs);
    let added = legs.filter(|leg| leg.phase == truth::LegPhase::Added);
    push.chain(added.map(|leg| format!("phone {}", leg.number))).collect()
}

/// What the board says otherwise than the truth, a line each.
pub fn differences(truth: &Truth, board: &Value) -> Vec<String> {
    let board: Snapshot = serde_json::from_value(board.clone()).unwrap();
    let (is, says, mut found) = (is(truth), says(truth, &board), Vec::new());
    found.extend(is.difference(&says).map(|line| format!("true, not on the board: {line}")));
    found.extend(says.difference(&is).map(|line| format!("on the board, not true: {line}")));
    found
}

/// What is true, a line each.
fn is(truth: &Truth) -> BTreeSet<String> {
    let mut is: BTreeSet<String> = BTreeSet::new();
    for extension in truth.extensions.values() {
        is.insert(format!("extension {} {} in {}", extension.number, extension.name, extension.department));
        is.extend(
            extension.online.map(|online| format!("online {} {}", extension.number, online.value.as_str())),
        );
        is.extend(extension.call.map(|call| format!("phone {} {}", extension.number, call.value.as_str())));
        let presence = extension.presence.map(|told| told.value.as_str());
        is.extend(presence.map(|presence| format!("presence {} {presence}", extension.number)));
    }
    for queue in truth.queues.values() {
        is.insert(format!("queue {} {} {}", queue.id, queue.number, queue.name));
        let line = queue.waiting.iter().filter(|caller| caller.kind == truth::CallerKind::Normal);
        is.extend(line.map(|caller| format!("caller {}/{} {}", queue.id, caller.session, caller.number)));
        is.extend(
            queue
                .agents
                .iter()
                .map(|agent| format!("agent {}/{} {}", queue.id, agent.number, agent.state.as_str())),
        );
    }
    is.extend(truth.calls.keys().map(|session| format!("call {session}")));
    is
}

/// What the board says of that, in the same lines.
fn says(truth: &Truth, board: &Snapshot) -> BTreeSet<String> {
    let mut says: BTreeSet<String> = BTreeSet::new();
    for row in &board.rows {
        match row {
            Row::Extension(row) => {
                let number = &row.number;
                let text = |text: &Option<model::id::Text>| {
                    text.as_ref().map(ToString::to_string).unwrap_or_default()
                };
                says.insert(format!("extension {number} {} in {}", text(&row.name), text(&row.department)));
                let told = &truth.extensions.get(number.as_str());
                let knows = |told: Option<bool>| told.unwrap_or(true);
                // Of what the PBX has told nobody yet the books say nothing.
                says.extend(
                    row.online
                        .filter(|_| knows(told.map(|of| of.online.is_some())))
                        .map(|online| format!("online {number} {}", online.as_str())),
                );
                says.extend(
                    row.call
                        .filter(|_| knows(told.map(|of| of.call.is_some())))
                        .map(|call| format!("phone {number} {}", call.as_str())),
                );
                says.extend(
                    row.presence
                        .filter(|_| knows(told.map(|of| of.presence.is_some())))
                        .map(|word| format!("presence {number} {}", word.as_str())),
                );
            }
            Row::Queue(row) => {
                let number = row.number.as_ref().map(ToString::to_string).unwrap_or_default();
                let name = row.name.as_ref().map(ToString::to_string).unwrap_or_default();
                says.insert(format!("queue {} {number} {name}", row.id));
            }
            Row::Caller(row) if row.kind == CallerKind::Normal => {
                let number = row.number.as_ref().map(ToString::to_string).unwrap_or_default();
                says.insert(format!("caller {} {number}", row.id));
            }
            Row::Caller(_) | Row::Course(_) => {}
            Row::Agent(row) => {
                let known = truth.queues.get(row.queue.as_str());
                let told = known.is_some_and(|queue| {
                    queue.agents.iter().any(|agent| agent.number == row.number.as_str())
                });
                if told || row.state != model::wire::AgentState::LoggedOut {
                    says.insert(format!("agent {} {}", row.id, row.state.as_str()));
                }
            }
            Row::Call(row) => {
                says.insert(format!("call {}", row.id));
            }
        }
    }
    says
}
