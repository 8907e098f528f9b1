//! What time does to a board, what leaves it, and what the PBX's administrator changes. Bodies are the PBX's own, so that the
//! way from its words to the rows is whole.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use model::{
    board::{Board, Change},
    entry::{Clock, Content, Entry},
    event::decode,
    id::Seq,
    time::{Millis, Skew, UnixMillis},
    wire::{AgentState, CallState, ExtensionCall, Row, RowId, RowKind, Share, WindowFigures},
};

const START: i64 = 1_786_000_000;

fn at(second: i64) -> UnixMillis {
    UnixMillis((START + second) * 1000)
}

#[derive(Default)]
struct Site {
    board: Board,
    seq: u64,
}

impl Site {
    fn take(&mut self, second: i64, content: Content) -> Vec<Change> {
        self.seq += 1;
        let entry = Entry { seq: Seq(self.seq), received: at(second), skew: Some(Skew(0)), content };
        self.board.apply(&entry)
    }

    /// Hears an event at a second: its name, and members without braces. `~12` stands for that second in the PBX's form.
    fn hear(&mut self, second: i64, name: &str, members: &str) -> Vec<Change> {
        let mut body = format!(r#"{{"event_type":"{name}",{members}}}"#);
        while let Some(place) = body.find('~') {
            let end = body[place + 1..].find(|c: char| !c.is_ascii_digit()).unwrap() + place + 1;
            let stamp = START + body[place + 1..end].parse::<i64>().unwrap();
            body.replace_range(place..end, &format!("\"{stamp}\""));
        }
        let decoded = decode(body.as_bytes());
        assert_eq!((decoded.events.len(), &decoded.problems[..]), (1, &[][..]), "{body}");
        self.take(second, Content::Events(decoded.events))
    }

    fn clock(&mut self, second: i64, clock: &Clock) -> Vec<Change> {
        let json = serde_json::to_string(clock).unwrap();
        self.take(second, Content::Clock(serde_json::from_str(&json).unwrap()))
    }

    /// Takes what is due, and says what that was.
    fn tick(&mut self, second: i64) -> Vec<Clock> {
        let due = self.board.due(at(second), Some(Skew(0)));
        for clock in &due {
            self.clock(second, clock);
        }
        due
    }

    fn minute(&mut self, second: i64, day: (i64, i64)) {
        self.clock(second, &Clock::Minute { t: at(second), day_start: at(day.0), day_end: at(day.1) });
    }

    fn row(&self, kind: RowKind, id: &str) -> Option<Row> {
        self.board.row(&RowId(kind, id.into()))
    }

    /// A call from outside to an extension, which answers.
    fn call(&mut self, second: i64, id: &str, number: &str) {
        let head =
            format!(r#""session_id":"{id}","direction":"inbound","caller":"15550100","time":~{second}"#);
        self.hear(second, "call_start", &format!(r#"{head},"callee":"{number}""#));
        let target = format!(r#"{head},"destination":"sip:{number}@192.0.2.10:5066""#);
        self.hear(second, "cdr_target_answer", &target);
    }

    fn cdr(&mut self, second: i64, id: &str, started: i64) -> Vec<Change> {
        let times = format!(r#""start_time":~{started},"ended_time":~{second}"#);
        self.hear(
            second,
            "call_cdr",
            &format!(r#""session_id":"{id}","direction":"inbound","caller":"15550100",{times}"#),
        )
    }

    fn caller(&mut self, second: i64, id: &str, reason: &str) {
        let caller = format!(
            r#"{{"session_id":"{id}","caller_number":"15550100","reason":"{reason}","timestamp":~{second},"position":"1","type":"normal"}}"#
        );
        self.hear(second, "queue_caller_status", &format!(r#""queue_id":"Q1","updated_callers":[{caller}]"#));
    }

    fn agent(&mut self, second: i64, queue: &str, number: &str, state: &str, call: &str) {
        let agent = format!(
            r#"{{"agent_extension_number":"{number}","state":"{state}","session_id":"{call}","timestamp":~{second}}}"#
        );
        self.hear(
            second,
            "queue_agent_status",
            &format!(r#""queue_id":"{queue}","updated_agents":[{agent}]"#),
        );
    }

    fn is_unconfirmed(&self, kind: RowKind, id: &str) -> bool {
        match self.row(kind, id).unwrap() {
            Row::Extension(row) => row.unconfirmed,
            Row::Caller(row) => row.unconfirmed,
            Row::Call(row) => row.unconfirmed,
            Row::Queue(_) | Row::Agent(_) | Row::Course(_) => false,
        }
    }

    fn today(&self) -> WindowFigures {
        let Some(Row::Queue(row)) = self.row(RowKind::Queue, "Q1") else { panic!("no queue") };
        row.figures.unwrap().today
    }
}

const HOUR: i64 = 3600;

#[test]
fn a_call_without_news_is_unconfirmed_then_hidden_and_back_when_it_is_heard_of() {
    let mut site = Site::default();
    site.call(0, "1", "101");
    assert_eq!(site.tick(2 * HOUR - 1), []);
    let silence = Clock::Silence { row: RowId(RowKind::Call, "1".into()), seen: at(0), t: at(2 * HOUR) };
    assert_eq!(site.tick(2 * HOUR), [silence]);
    assert!(site.is_unconfirmed(RowKind::Call, "1"));
    assert_eq!(site.tick(3 * HOUR), [], "it is said once");
    site.hear(3 * HOUR, "call_update_info", r#""session_id":"1","caller":"15550100","time":~10800"#);
    assert!(!site.is_unconfirmed(RowKind::Call, "1"), "news void the silence");
    site.tick(5 * HOUR);
    assert!(site.is_unconfirmed(RowKind::Call, "1"));
    assert_eq!(site.tick(17 * HOUR - 1), []);
    let gone = Clock::Gone { row: RowId(RowKind::Call, "1".into()), seen: at(3 * HOUR) };
    assert_eq!(site.tick(17 * HOUR), [gone]);
    assert_eq!(site.row(RowKind::Call, "1"), None);
    site.hear(17 * HOUR, "call_update_info", r#""session_id":"1","caller":"15550100","time":~61200"#);
    assert!(site.row(RowKind::Call, "1").is_some(), "what was hidden is not deleted");
}

#[test]
fn a_silence_that_knew_less_than_is_known_says_nothing() {
    let mut site = Site::default();
    site.call(60, "1", "101");
    site.clock(70, &Clock::Silence { row: RowId(RowKind::Call, "1".into()), seen: at(59), t: at(70) });
    site.clock(70, &Clock::Gone { row: RowId(RowKind::Call, "1".into()), seen: at(59) });
    assert!(!site.is_unconfirmed(RowKind::Call, "1"));
}

#[test]
fn a_call_whose_phones_are_idle_is_unconfirmed_after_half_a_minute() {
    let mut site = Site::default();
    site.hear(0, "extension_call", r#""extension":"101","call_status":"ON_CALL","time":~0"#);
    site.call(1, "1", "101");
    site.hear(60, "extension_call", r#""extension":"101","call_status":"","time":~60"#);
    assert_eq!(site.tick(89), []);
    site.tick(90);
    assert!(site.is_unconfirmed(RowKind::Call, "1"));
}

#[test]
fn a_call_that_is_ending_is_hidden_after_a_minute_and_its_record_may_still_come() {
    let mut site = Site::default();
    site.call(0, "1", "101");
    let end = r#""session_id":"1","destination":"sip:101@192.0.2.10:5066","caller":"15550100","time":~30"#;
    site.hear(30, "cdr_target_end", end);
    let Some(Row::Call(row)) = site.row(RowKind::Call, "1") else { panic!("no call") };
    assert_eq!(row.state, CallState::Ending);
    assert_eq!(site.tick(89), []);
    assert_eq!(site.tick(90), [Clock::Gone { row: RowId(RowKind::Call, "1".into()), seen: at(30) }]);
    assert_eq!(site.row(RowKind::Call, "1"), None);
    assert_eq!(site.cdr(100, "1", 0), []);
}

#[test]
fn a_caller_without_news_for_an_hour_and_a_phone_on_nobodys_call_for_four_are_unconfirmed() {
    let mut site = Site::default();
    site.caller(0, "1", "enqueue");
    site.hear(0, "extension_call", r#""extension":"101","call_status":"ON_CALL","time":~0"#);
    site.tick(HOUR - 1);
    assert!(!site.is_unconfirmed(RowKind::Caller, "Q1/1"));
    site.tick(HOUR);
    assert!(site.is_unconfirmed(RowKind::Caller, "Q1/1"));
    assert!(!site.is_unconfirmed(RowKind::Extension, "101"));
    site.tick(4 * HOUR);
    assert!(site.is_unconfirmed(RowKind::Extension, "101"));
    site.tick(13 * HOUR);
    assert_eq!(site.row(RowKind::Caller, "Q1/1"), None);
    let Some(Row::Queue(queue)) = site.row(RowKind::Queue, "Q1") else { panic!("no queue") };
    assert_eq!(queue.waiting, 0);
}

/// By hand: one waited 10 s and was answered, one 30 s and gave up; the target is 15 s: 1 ÷ 2.
#[test]
fn figures_are_null_until_a_minute_then_of_the_day_and_corrected_by_what_comes_late() {
    let mut site = Site::default();
    site.hear(0, "queue_sla_breached", r#""queue_id":"Q1","caller":"15550100","total_callers_breached":1,"sla_time_secs":15,"waiting_callers":1,"timestamp":~0"#);
    site.caller(10, "1", "enqueue");
    site.caller(20, "1", "agent_answered");
    let Some(Row::Queue(row)) = site.row(RowKind::Queue, "Q1") else { panic!("no queue") };
    assert_eq!(
        (row.figures, row.target_s, row.sla_breaches),
        (None, Some(15), None),
        "the PBX's target, and no figure yet"
    );
    site.minute(60, (0, 86_400));
    site.caller(70, "2", "enqueue");
    site.caller(100, "2", "hangup");
    let breaches = |site: &Site| match site.row(RowKind::Queue, "Q1") {
        Some(Row::Queue(row)) => row.sla_breaches,
        _ => None,
    };
    assert_eq!(breaches(&site), Some(1), "what was before the day's first minute is of the day all the same");
    let today = site.today();
    assert_eq!((today.offered, today.answered, today.abandoned), (2, 1, 1));
    assert_eq!((today.service_level, today.asa_ms), (Some(Share(5000)), Some(Millis::seconds(10))));
    // An enqueue that comes late was earlier: the wait was longer than the target.
    let late = r#"{"session_id":"1","caller_number":"15550100","reason":"enqueue","timestamp":~0,"position":"1","type":"normal"}"#;
    site.hear(200, "queue_caller_status", &format!(r#""queue_id":"Q1","updated_callers":[{late}]"#));
    assert_eq!(site.today().service_level, Some(Share(0)));
    assert_eq!(site.today().asa_ms, Some(Millis::seconds(20)));
    // The next day begins: counters, never states.
    site.caller(86_300, "3", "enqueue");
    site.minute(86_400, (86_400, 172_800));
    assert_eq!((site.today().offered, breaches(&site)), (0, Some(0)));
    let Some(Row::Queue(row)) = site.row(RowKind::Queue, "Q1") else { panic!("no queue") };
    assert_eq!(row.waiting, 1);
    site.minute(60, (0, 86_400));
    assert_eq!(site.today().offered, 0, "an older minute moves nothing");
    assert_eq!(site.board.figures().unwrap().today.offered, 0);
}

/// The course stands still while a half hour runs, takes what comes late, and shows the PBX's newest breaches, the newest first.
#[test]
fn a_queues_course_goes_on_by_half_hours_and_is_corrected_by_what_comes_late() {
    let mut site = Site::default();
    let course = |site: &Site| match site.row(RowKind::Course, "Q1") {
        Some(Row::Course(row)) => Some(row),
        _ => None,
    };
    for (second, id) in [(10, "1"), (2000, "2")] {
        site.caller(second, id, "enqueue");
        site.caller(second + 20, id, "agent_answered");
    }
    assert_eq!(course(&site), None, "before the first minute");
    site.minute(2040, (0, 86_400));
    let first = course(&site).unwrap();
    assert_eq!((first.offered.clone(), first.answered.clone()), (vec![1], vec![1]));
    site.caller(2100, "3", "enqueue");
    site.caller(2200, "3", "hangup");
    site.minute(2220, (0, 86_400));
    assert_eq!(course(&site), Some(first), "the half hour that runs is not in it");
    site.minute(3600, (0, 86_400));
    let row = course(&site).unwrap();
    assert_eq!((row.offered, row.abandoned), (vec![1, 2], vec![0, 1]));
    assert_eq!(
        (row.longest_ms[0], row.longest_ms[7]),
        (Some(Millis::seconds(20)), Some(Millis::seconds(100)))
    );
    // The first one came earlier than we knew, so it waited longer.
    let late = r#"{"session_id":"1","caller_number":"15550100","reason":"enqueue","timestamp":~0,"position":"1","type":"normal"}"#;
    site.hear(3650, "queue_caller_status", &format!(r#""queue_id":"Q1","updated_callers":[{late}]"#));
    assert_eq!(course(&site).unwrap().longest_ms[0], Some(Millis::seconds(30)));
    for second in 3700..3712 {
        let head = format!(r#""queue_id":"Q1","caller":"{second}","sla_time_secs":"15""#);
        site.hear(second, "queue_sla_breached", &format!(r#"{head},"timestamp":~{second}"#));
    }
    let breaches = course(&site).unwrap().breaches;
    let told: Vec<_> =
        breaches.iter().map(|breach| (breach.at, breach.number.as_ref().unwrap().to_string())).collect();
    let expected: Vec<_> = (3702..3712).rev().map(|second| (at(second), second.to_string())).collect();
    assert_eq!(told, expected);
    site.minute(86_400, (86_400, 172_800));
    let row = course(&site).unwrap();
    assert_eq!((row.offered.len(), row.breaches.len()), (0, 0), "a new day begins with nothing");
    assert_eq!(row.answered_in_target, Some(vec![]), "the PBX's target makes a level");
}

#[test]
fn a_visit_that_ended_with_its_call_counts_as_answered_or_abandoned() {
    let mut site = Site::default();
    site.hear(0, "extension_call", r#""extension":"101","call_status":"","time":~0"#);
    site.minute(0, (0, 86_400));
    for (second, id, answered) in [(10, "1", true), (100, "2", false)] {
        let head =
            format!(r#""session_id":"{id}","direction":"inbound","caller":"15550100","time":~{second}"#);
        site.hear(second, "call_start", &format!(r#"{head},"callee":"8001""#));
        site.caller(second, id, "enqueue");
        if answered {
            let time = second + 5;
            site.hear(time, "cdr_target_answer", &format!(r#""session_id":"{id}","destination":"sip:101@192.0.2.10:5066","caller":"15550100","time":~{time}"#));
        }
        site.cdr(second + 40, id, second);
    }
    let today = site.today();
    assert_eq!((today.offered, today.answered, today.abandoned), (2, 1, 1));
}

#[test]
fn an_agents_day_stands_on_the_row_and_a_person_in_two_queues_counts_once() {
    let mut site = Site::default();
    site.minute(0, (0, 86_400));
    site.hear(0, "extension_call", r#""extension":"101","call_status":"","time":~0"#);
    site.agent(0, "Q1", "101", "READY", "");
    site.agent(0, "Q2", "101", "READY", "");
    site.caller(50, "1", "enqueue");
    site.agent(60, "Q1", "101", "QUEUE_CALL", "1");
    site.agent(60, "Q2", "101", "OTHER_CALL", "1");
    site.caller(70, "1", "agent_answered");
    let target = r#""session_id":"1","destination":"sip:101@192.0.2.10:5066","caller":"15550100""#;
    site.hear(70, "cdr_target_answer", &format!(r#"{target},"time":~70"#));
    assert_eq!(site.board.persons().queue_call, 1);
    assert_eq!(AgentState::ALL.iter().map(|state| site.board.persons().get(*state)).sum::<u32>(), 1);
    site.hear(170, "cdr_target_end", &format!(r#"{target},"time":~170"#));
    site.agent(170, "Q1", "101", "WRAP_UP", "");
    site.agent(170, "Q2", "101", "READY", "");
    site.agent(200, "Q1", "101", "READY", "");
    site.minute(240, (0, 86_400));
    let Some(Row::Agent(row)) = site.row(RowKind::Agent, "Q1/101") else { panic!("no agent") };
    let figures = row.figures.unwrap();
    assert_eq!((figures.answered, figures.missed, figures.wrap_ups), (1, 0, 1));
    let seconds = |ms: Millis| ms.0 / 1000;
    assert_eq!((seconds(figures.ringing_sum_ms), seconds(figures.talk_sum_ms)), (10, 100));
    assert_eq!((seconds(figures.wrap_up_sum_ms), seconds(figures.ready_sum_ms)), (30, 60));
    // 130 s of 190 s.
    assert_eq!(figures.occupancy, Some(Share(6842)));
    let today = site.today();
    assert_eq!((today.talk_ms, today.wrap_up_ms), (Some(Millis::seconds(100)), Some(Millis::seconds(30))));
    // The person is ready while one queue has him so: 60 s and 70 s, beside the 130 s.
    site.agent(255, "Q1", "101", "LOGGED_OUT", "");
    site.agent(270, "Q2", "101", "NOT_READY", "");
    for id in ["Q1/101", "Q2/101"] {
        let Some(Row::Agent(row)) = site.row(RowKind::Agent, id) else { panic!("no agent") };
        assert_eq!(row.occupancy, Some(Share(5000)), "{id}");
    }
    let Some(Row::Agent(row)) = site.row(RowKind::Agent, "Q1/101") else { panic!("no agent") };
    assert_eq!(row.figures.unwrap().occupancy, Some(Share(5306)), "130 s of 245 s in this queue");
}

#[test]
fn what_is_over_is_forgotten_after_27_hours_and_not_made_anew_by_what_comes_later() {
    let mut site = Site::default();
    site.call(0, "1", "101");
    site.cdr(60, "1", 0);
    site.call(30, "2", "101");
    let held = |site: &Site| serde_json::to_string(&site.board).unwrap().matches("15550100").count();
    site.clock(27 * HOUR + 60, &Clock::Horizon { t: at(27 * HOUR + 60) });
    let kept = held(&site);
    assert_eq!(site.board.counts().too_old, 0);
    site.clock(27 * HOUR + 61, &Clock::Horizon { t: at(27 * HOUR + 61) });
    assert!(held(&site) < kept, "the call that is over is forgotten");
    assert!(site.row(RowKind::Call, "2").is_some(), "the one that is up is not");
    let again = site.cdr(60, "1", 0);
    let start = site.hear(60, "call_start", r#""session_id":"1","caller":"15550100","time":~0"#);
    assert_eq!((again, start, site.board.counts().too_old), (vec![], vec![], 2));
    site.hear(60, "call_update_info", r#""session_id":"2","caller":"15550111","time":~31"#);
    let Some(Row::Call(row)) = site.row(RowKind::Call, "2") else { panic!("no call") };
    assert_eq!(row.from.number.unwrap().as_str(), "15550111");
}

#[test]
fn past_55_000_calls_the_oldest_are_forgotten_those_that_are_over_first() {
    let mut site = Site::default();
    site.hear(0, "call_start", r#""session_id":"live","caller":"101","callee":"102","time":~0"#);
    for call in 0..55_000 {
        let (id, second) = (format!("over-{call}"), 1 + call / 100);
        let times = format!(r#""start_time":~{second},"ended_time":~{second}"#);
        site.hear(second, "call_cdr", &format!(r#""session_id":"{id}","caller":"101",{times}"#));
    }
    assert_eq!(site.board.counts().shed, 5001);
    assert!(site.row(RowKind::Call, "live").is_some());
}

#[test]
fn a_pbx_whose_clock_went_back_is_believed_again() {
    let mut site = Site::default();
    site.hear(0, "extension_call", r#""extension":"101","call_status":"RINGING","time":~7200"#);
    let state = |site: &Site| match site.row(RowKind::Extension, "101") {
        Some(Row::Extension(row)) => row.call,
        _ => None,
    };
    // Its clock was two hours fast and is set right.
    let entry = |second: i64, skew: i64, body: &str| Entry {
        seq: Seq(100 + second.unsigned_abs()),
        received: at(second),
        skew: Some(Skew(skew)),
        content: Content::Events(decode(body.as_bytes()).events),
    };
    let body = |status: &str, t: i64| {
        format!(
            r#"{{"event_type":"extension_call","extension":"101","call_status":"{status}","time":"{}"}}"#,
            START + t
        )
    };
    let mut board = Board::new();
    board.apply(&entry(1, -7_200_000, &body("RINGING", 7201)));
    board.apply(&entry(60, -7_200_000, &body("", 60)));
    let row = |board: &Board| match board.row(&RowId(RowKind::Extension, "101".into())) {
        Some(Row::Extension(row)) => row.call,
        _ => None,
    };
    assert_eq!(row(&board), Some(ExtensionCall::Ringing), "what is later by the old clock stands");
    let rebase = Entry {
        seq: Seq(900),
        received: at(61),
        skew: Some(Skew(0)),
        content: Content::Clock(Clock::Rebase { t: at(61) }),
    };
    board.apply(&rebase);
    board.apply(&entry(70, 0, &body("", 70)));
    assert_eq!(row(&board), Some(ExtensionCall::Idle));
    assert_eq!(state(&site), Some(ExtensionCall::Ringing));
}

#[test]
fn what_the_pbxs_administrator_does_is_on_the_rows() {
    let mut site = Site::default();
    let name = |site: &Site, kind, id: &str| {
        match site.row(kind, id)? {
            Row::Extension(row) => row.name,
            Row::Agent(row) => row.name,
            Row::Call(row) => row.to.name,
            _ => None,
        }
        .map(|name| name.to_string())
    };
    let managed =
        |name: &str| format!(r#""extension_number":"101","disp_name":"{name}","department":"Sales""#);
    site.hear(0, "extension_created", &managed("Ann"));
    assert_eq!(name(&site, RowKind::Extension, "101").as_deref(), Some("Ann"));
    site.agent(1, "Q1", "101", "READY", "");
    site.call(2, "1", "101");
    assert_eq!(name(&site, RowKind::Agent, "Q1/101").as_deref(), Some("Ann"));
    site.hear(3, "extension_updated", &managed("Anne"));
    for (kind, id) in [(RowKind::Extension, "101"), (RowKind::Agent, "Q1/101"), (RowKind::Call, "1")] {
        assert_eq!(name(&site, kind, id).as_deref(), Some("Anne"), "{id}");
    }
    site.hear(10, "extension_destroyed", &managed("Anne"));
    assert_eq!(site.row(RowKind::Extension, "101"), None);
    site.hear(9, "extension_call", r#""extension":"101","call_status":"","time":~9"#);
    assert_eq!(site.row(RowKind::Extension, "101"), None, "what was before does not bring it back");
    site.hear(11, "extension_call", r#""extension":"101","call_status":"","time":~11"#);
    assert!(site.row(RowKind::Extension, "101").is_some());

    site.hear(
        0,
        "queue_status",
        r#""queue_id":"Q1","queue_number":"8001","queue_name":"Sales","waiting_list":[],"agents":[]"#,
    );
    site.hear(20, "queue_destroy", r#""queue_number":"8001""#);
    assert_eq!(site.row(RowKind::Queue, "Q1"), None);
    site.hear(30, "queue_created", r#""queue_number":"8001""#);
    assert!(site.row(RowKind::Queue, "Q1").is_some());
}
