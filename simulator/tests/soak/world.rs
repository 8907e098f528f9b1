//! A PBX and a board in one virtual time: the day happens, its deliveries take their way with its faults, and are decoded
//! and folded as they arrive.

use std::{cmp::Reverse, collections::BinaryHeap};

use model::{
    board::Board,
    entry::{Admin, Clock, Content, DirectoryEntry, Entry, NumberKind, QueueSettings, Settings},
    event::{self, Said},
    id::Seq,
    time::{Skew, UnixMillis},
};
use rand::{SeedableRng, rngs::StdRng};
use simulator::{call::Stamp, company::Company, day::Day, event::Event, fault::Faults, truth::Truth};

/// 2026-09-21T07:30:00Z, when every day begins: half an hour before a large company opens.
pub const MORNING: i64 = 1_789_975_800_000;

/// Both ends, and what is on its way.
pub struct World {
    pub day: Day,
    pub board: Board,
    pub deliveries: u64,
    faults: Faults,
    rng: StdRng,
    /// The PBX's clock minus ours, in ms.
    ahead: i64,
    /// Now, in ms since the morning.
    pub now: u64,
    /// By arrival, in order of their sending where that is the same.
    under_way: BinaryHeap<Reverse<(u64, u64, Vec<u8>)>>,
    sent: u64,
    seq: u64,
    /// The next whole minute, in ms since the morning.
    minute: u64,
}

impl World {
    pub fn new(day: Day, seed: u64, faults: Faults, ahead: i64) -> Self {
        let mut world = Self {
            day,
            board: Board::new(),
            deliveries: 0,
            faults,
            rng: StdRng::seed_from_u64(seed),
            ahead,
            now: 0,
            under_way: BinaryHeap::new(),
            sent: 0,
            seq: 0,
            minute: 0,
        };
        for admin in admin(world.day.company()) {
            world.enter(Content::Admin(admin));
        }
        world
    }

    /// What is true.
    pub fn truth(&self) -> Truth {
        self.day.truth()
    }

    /// Whether no call is up and everything was delivered.
    pub fn is_quiet(&self) -> bool {
        self.day.counts().calls == 0 && self.under_way.is_empty()
    }

    /// The next thing happens, or arrives.
    pub fn step(&mut self) {
        let wakes_at = self.day.wakes_at().unwrap_or(u64::MAX);
        self.begin_minute();
        let arrives_at = self.under_way.peek().map_or(u64::MAX, |Reverse((at, ..))| *at);
        if arrives_at <= wakes_at {
            self.receive();
        } else {
            self.now = wakes_at;
            let events = self.day.run(self.pbx_now());
            self.send(&events);
            // What nothing holds back has arrived before anything else happens.
            while self.under_way.peek().is_some_and(|Reverse((at, ..))| *at <= self.now) {
                self.receive();
            }
        }
    }

    /// The PBX restarts.
    pub fn restart(&mut self) {
        let now = self.pbx_now();
        self.day.restart(now);
    }

    /// Asks the PBX for everything, as a WebSocket's subscription is answered: at once, and as of when it was asked.
    pub fn resync(&mut self) {
        let now = self.pbx_now();
        for body in self.day.snapshot(now) {
            let mut decoded = event::decode(body.body.to_string().as_bytes());
            for event in &mut decoded.events {
                if let Said::QueueStatus(said) = &mut event.said {
                    said.at = Some(UnixMillis(i64::try_from(now.0).unwrap()));
                }
            }
            self.enter(Content::Events(decoded.events));
        }
    }

    /// What time alone decides, as a live board is told it: everything that is due so long from now.
    pub fn let_pass(&mut self, ms: u64) {
        let received = UnixMillis(self.our_now().0 + i64::try_from(ms).unwrap());
        let skew = Some(Skew(-self.ahead));
        loop {
            let due = self.board.due(received, skew);
            if due.is_empty() {
                break;
            }
            for clock in due {
                self.seq += 1;
                let content = Content::Clock(clock);
                self.board.apply(&Entry { seq: Seq(self.seq), received, skew, content });
            }
        }
    }

    fn pbx_now(&self) -> Stamp {
        Stamp(u64::try_from(self.our_now().0 + self.ahead).unwrap())
    }

    fn our_now(&self) -> UnixMillis {
        UnixMillis(MORNING + i64::try_from(self.now).unwrap())
    }

    fn send(&mut self, events: &[Event]) {
        for event in events {
            let body = event.body.to_string().into_bytes();
            for after in self.faults.deliveries(&mut self.rng) {
                self.sent += 1;
                self.under_way.push(Reverse((self.now + after, self.sent, body.clone())));
            }
        }
    }

    fn receive(&mut self) {
        let Some(Reverse((at, _, body))) = self.under_way.pop() else { return };
        self.now = at;
        self.deliveries += 1;
        let decoded = event::decode(&body);
        assert_eq!(decoded.problems, [], "{}", String::from_utf8_lossy(&body));
        self.enter(Content::Events(decoded.events));
    }

    /// Enters the minute that has begun, as a live board is told it: of one day, since none of ours is longer.
    fn begin_minute(&mut self) {
        if self.now >= self.minute {
            self.minute = self.now - self.now % 60_000 + 60_000;
            let (t, day_start) = (self.our_now(), UnixMillis(MORNING - MORNING.rem_euclid(86_400_000)));
            let t = UnixMillis(t.0 - t.0.rem_euclid(60_000));
            let day_end = UnixMillis(day_start.0 + 86_400_000);
            self.enter(Content::Clock(Clock::Minute { t, day_start, day_end }));
        }
    }

    fn enter(&mut self, content: Content) {
        self.seq += 1;
        let received = self.our_now();
        self.board.apply(&Entry { seq: Seq(self.seq), received, skew: Some(Skew(-self.ahead)), content });
    }
}

/// What the administrator of the board entered: the company's directory, and the queues' targets.
fn admin(company: &Company) -> [Admin; 2] {
    let line = |kind, number: &str, name: &str, department: &str, queue: Option<&str>| DirectoryEntry {
        kind,
        number: number.into(),
        name: name.into(),
        department: department.into(),
        queue: queue.map(Into::into),
    };
    let people = company
        .people
        .iter()
        .map(|person| line(NumberKind::Extension, &person.number, &person.name, &person.department, None));
    let queues = company
        .queues
        .iter()
        .map(|queue| line(NumberKind::Queue, &queue.number, &queue.name, "", Some(&queue.id)));
    let groups =
        company.groups.iter().map(|group| line(NumberKind::Group, &group.number, &group.name, "", None));
    let menu = line(NumberKind::Ivr, &company.menu.0, &company.menu.1, "", None);
    let targets = company.queues.iter().map(|queue| QueueSettings {
        queue: Some(queue.id.as_str().into()),
        target_s: u32::try_from(queue.sla_s).ok(),
        ..QueueSettings::default()
    });
    [
        Admin::Directory { entries: people.chain(queues).chain(groups).chain([menu]).collect() },
        Admin::Settings(Settings {
            pbx_tenant: Some(company.tenant_id.as_str().into()),
            queues: targets.collect(),
        }),
    ]
}
