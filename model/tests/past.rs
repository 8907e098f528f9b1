//! What a board tells of calls and visits that are over. Each story is the PBX's events, put together from PortSIP's "Event
//! reference" as in `stories.rs`; what has to be told of it is worked out by hand from `docs/history.md`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use std::fmt::Write as _;

use model::{
    board::{Board, Past},
    entry::{Clock, Content, Entry},
    event,
    id::Seq,
    time::{Millis, Skew},
    wire::{PastCall, PastVisit},
};
use story::{
    Dialect, at,
    chance::Dice,
    post::{deliver, in_order},
    second, tell,
};

/// A call through a queue: 101 misses it, 102 answers after 20 s and talks for 60 s.
const BY_QUEUE: &str = "0 extension_status 101 online | 0 extension_status 102 online
    0 queue_status Q1 8001 Support waiting agents 101=READY@0 102=READY@0
    5 call_start A inbound 15550100 -> 8001 did=15550199
    5 cdr_target_answer A 8001@pbx | 6 queue_caller_status Q1 A enqueue position=1 number=15550100
    8 cdr_target_add A 101@desk | 9 cdr_target_ringing A 101@desk | 15 cdr_target_noanswer A 101@desk
    16 cdr_target_add A 102@desk | 17 cdr_target_ringing A 102@desk | 25 cdr_target_answer A 102@desk
    25 queue_caller_status Q1 A agent_answered
    85 cdr_target_end A 102@desk | 85 cdr_target_end A 8001@pbx | 86 call_cdr A from 5";

const BY_QUEUE_TOLD: &str =
    "A inbound 15550100->8001 did=15550199 queue=8001 answered 5..86 wait=20 by=102@25 talk=60
 1 8001 @5 answered@5 ended@85
 2 101 @8 no_answer@15
 3 102 @16 answered@25 ended@85
 visit Q1/A/1 15550100 6..25 answered by=102 wait=19
";

fn board(story: &str) -> Board {
    let mut board = Board::new();
    board.keep_past();
    go_on(&mut board, story);
    board
}

fn go_on(board: &mut Board, story: &str) {
    for told in tell(story, Dialect::True) {
        board.apply(&told.entry(1, at(told.second), Some(Skew(0))));
    }
}

fn picture(mut past: Vec<Past>) -> String {
    past.sort_by(|a, b| a.id.cmp(&b.id));
    let mut text = String::new();
    for Past { id, call, visits } in past {
        match &call {
            Some(call) => draw_call(&mut text, call),
            None => writeln!(text, "{id} is not over").unwrap(),
        }
        for visit in &visits {
            draw_visit(&mut text, visit);
        }
    }
    text
}

fn draw_call(text: &mut String, call: &PastCall) {
    let word = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let number = |party: &model::wire::Party| word(party.number.as_ref().map(model::id::Number::as_str));
    let direction = call.direction.map_or("-", model::wire::Direction::as_str);
    write!(text, "{} {direction} {}->{}", call.id, number(&call.from), number(&call.to)).unwrap();
    if let Some(did) = &call.did {
        write!(text, " did={}", did.as_str()).unwrap();
    }
    if let Some(queue) = &call.queue_number {
        write!(text, " queue={queue}").unwrap();
    }
    let started = call.started.map_or(-1, second);
    let wait = call.wait_ms.map_or(-1, |wait| wait.0 / 1000);
    write!(text, " {} {started}..{} wait={wait}", call.result.as_str(), second(call.ended)).unwrap();
    if let (Some(by), Some(at)) = (&call.answered_by, call.answered) {
        write!(text, " by={by}@{}", second(at)).unwrap();
    }
    write!(text, " talk={}", call.talk_ms.0 / 1000).unwrap();
    text.push_str(if call.unconfirmed { " unconfirmed\n" } else { "\n" });
    for leg in &call.legs {
        write!(text, " {} {} @{}", leg.id, leg.number, second(leg.since)).unwrap();
        if let Some(at) = leg.rang {
            write!(text, " rang@{}", second(at)).unwrap();
        }
        if let Some(at) = leg.answered {
            write!(text, " answered@{}", second(at)).unwrap();
        }
        writeln!(text, " {}@{}", leg.phase.as_str(), leg.ended.map_or(-1, second)).unwrap();
    }
    assert!(!call.masked);
}

fn draw_visit(text: &mut String, visit: &PastVisit) {
    let number = visit.number.as_ref().map_or("-", |number| number.as_str());
    let entered = visit.entered.map_or(-1, second);
    write!(text, " visit {} {number} {entered}..{}", visit.id.as_str(), second(visit.ended)).unwrap();
    write!(text, " {}", visit.how.as_str()).unwrap();
    if let Some(agent) = &visit.agent {
        write!(text, " by={agent}").unwrap();
    }
    if visit.callback {
        text.push_str(" callback");
    }
    writeln!(text, "{}", visit.wait_ms.map_or(String::new(), |wait| format!(" wait={}", wait.0 / 1000)))
        .unwrap();
}

#[test]
fn a_call_through_a_queue_is_told_with_its_way() {
    let mut board = board(BY_QUEUE);
    assert_eq!(board.past_count(), 1);
    assert_eq!(picture(board.take_past()), BY_QUEUE_TOLD);
    assert_eq!((board.past_count(), board.take_past()), (0, vec![]));
}

/// Oracle: docs/fold.md's promise, that no order, repetition or delay makes another state.
#[test]
fn any_order_and_repetition_ends_in_the_same() {
    let story = tell(BY_QUEUE, Dialect::True);
    for seed in 0..200 {
        let mut board = Board::new();
        board.keep_past();
        let mut told = Vec::new();
        let entries = deliver(&story, 600, &mut Dice(seed));
        for (entry, seq) in entries.into_iter().chain(in_order(&story)).zip(1..) {
            board.apply(&Entry { seq: Seq(seq), ..entry });
            if seq % 7 == seed % 7 {
                told.extend(board.take_past());
            }
        }
        told.extend(board.take_past());
        let last = told.into_iter().rev().find(|past| past.id.as_str() == "A").unwrap();
        assert_eq!(last.call.as_ref().unwrap().talk_ms, Millis::seconds(60), "seed {seed}");
        assert_eq!(picture(vec![last]), picture(vec![reference(&story)]), "seed {seed}");
    }
}

/// The PBX is an hour behind, and that is learnt while the call goes on: each event finds another opinion about its clock.
#[test]
fn what_is_learnt_of_the_pbxs_clock_meanwhile_bends_no_length() {
    let (hour, story) = (Millis::hours(1), tell(BY_QUEUE, Dialect::True));
    for learnt_at in 0..=story.len() {
        let mut board = Board::new();
        board.keep_past();
        for (told, place) in story.iter().zip(0..) {
            let skew =
                (place >= learnt_at).then_some(Skew(hour.0 + 2000 - 100 * i64::try_from(place).unwrap()));
            board.apply(&told.entry(1, at(told.second) + hour, skew));
        }
        let past = board.take_past().pop().unwrap();
        let call = past.call.unwrap();
        assert_eq!(
            (call.wait_ms, call.talk_ms),
            (Some(Millis::seconds(20)), Millis::seconds(60)),
            "{learnt_at}"
        );
        assert_eq!(call.ended.since(call.started.unwrap()), Millis::seconds(81), "{learnt_at}");
        let legs: Vec<_> = call.legs.iter().map(|leg| leg.ended.unwrap().since(leg.since).0 / 1000).collect();
        assert_eq!(legs, [80, 7, 69], "{learnt_at}");
        let visit = &past.visits[0];
        assert_eq!(visit.ended.since(visit.entered.unwrap()), Millis::seconds(19), "{learnt_at}");
    }
}

fn reference(story: &[story::Told]) -> Past {
    let mut board = Board::new();
    board.keep_past();
    for entry in in_order(story) {
        board.apply(&entry);
    }
    board.take_past().pop().unwrap()
}

#[test]
fn how_a_call_came_out_is_said_from_who_called() {
    let result = |story: &str| picture(board(story).take_past()).lines().next().unwrap().to_owned();
    let queue = "0 queue_status Q1 8001 Support waiting agents |";
    let phone = "0 extension_status 102 online |";
    for (story, expected) in [
        (
            format!("{queue} 5 call_start A inbound 15550100 -> 8001 | 6 queue_caller_status Q1 A enqueue position=1 number=15550100
                36 queue_caller_status Q1 A hangup | 37 call_cdr A from 5"),
            "A inbound 15550100->8001 queue=8001 abandoned 5..37 wait=32 talk=0",
        ),
        (
            format!("{queue} 5 call_start A inbound 15550100 -> 8001 | 6 queue_caller_status Q1 A enqueue position=1 number=15550100
                66 queue_caller_status Q1 A overflow | 67 call_cdr A from 5"),
            "A inbound 15550100->8001 queue=8001 no_answer 5..67 wait=62 talk=0",
        ),
        (
            format!("{phone} 5 call_start A internal 101 -> 102 | 6 cdr_target_add A 102@desk | 7 cdr_target_ringing A 102@desk
                20 cdr_target_noanswer A 102@desk | 20 call_cdr A from 5"),
            "A internal 101->102 no_answer 5..20 wait=15 talk=0",
        ),
        (
            format!("{phone} 5 call_start A internal 101 -> 102 | 6 cdr_target_add A 102@desk | 7 cdr_target_fail A 102@desk
                8 call_cdr A from 5"),
            "A internal 101->102 failed 5..8 wait=3 talk=0",
        ),
        (
            "5 call_start A inbound 15550100 -> 5000 | 5 cdr_target_answer A 5000@pbx | 30 cdr_target_end A 5000@pbx | 31 call_cdr A from 5".into(),
            "A inbound 15550100->5000 service 5..31 wait=26 talk=0",
        ),
        (
            "0 extension_status 101 online | 5 call_start A outbound 101 -> 15550100 | 6 cdr_target_ringing A 15550100@trunk
             15 cdr_target_answer A 15550100@trunk | 45 cdr_target_end A 15550100@trunk | 45 call_cdr A from 5".into(),
            "A outbound 101->15550100 answered 5..45 wait=10 by=15550100@15 talk=30",
        ),
        ("5 call_start A inbound 15550100 -> 102 | 9 call_cdr A from 5".into(), "A inbound 15550100->102 unknown 5..9 wait=4 talk=0"),
    ] {
        assert_eq!(result(&story), expected, "{story}");
    }
}

/// Two phones of one transfer: 102 talks from 10 to 40, 103 from 30 to 70; somebody has the call for a minute.
#[test]
fn who_talks_at_once_counts_once() {
    let told = picture(
        board(
            "0 extension_status 102 online | 0 extension_status 103 online | 5 call_start A inbound 15550100 -> 102
             10 cdr_target_answer A 102@desk | 30 cdr_target_answer A 103@desk | 40 cdr_target_end A 102@desk
             70 cdr_target_end A 103@desk | 70 call_cdr A from 5",
        )
        .take_past(),
    );
    assert!(told.starts_with("A inbound 15550100->102 answered 5..70 wait=5 by=102@10 talk=60\n"), "{told}");
}

#[test]
fn a_late_event_tells_the_call_again_and_a_call_that_goes_on_is_not_over() {
    let mut board = board(
        "0 extension_status 102 online | 5 call_start A inbound 15550100 -> 102 | 6 cdr_target_ringing A 102@desk
         50 call_cdr A from 5",
    );
    let first = picture(board.take_past());
    assert!(first.starts_with("A inbound 15550100->102 no_answer 5..50 wait=45 talk=0"), "{first}");
    go_on(&mut board, "20 cdr_target_answer A 102@desk");
    let corrected = picture(board.take_past());
    assert!(
        corrected.starts_with("A inbound 15550100->102 answered 5..50 wait=15 by=102@20 talk=30"),
        "{corrected}"
    );
    go_on(&mut board, "90 cdr_target_answer A 102@app");
    assert_eq!(picture(board.take_past()), "A is not over\n");
    go_on(&mut board, "100 call_cdr A from 5");
    let again = picture(board.take_past());
    assert!(again.starts_with("A inbound 15550100->102 answered 5..100"), "{again}");
}

#[test]
fn a_visit_is_told_as_soon_as_it_is_over_and_a_callback_has_no_wait() {
    let mut board = board(
        "0 queue_status Q1 8001 Support waiting agents | 5 call_start A inbound 15550100 -> 8001
         6 queue_caller_status Q1 A enqueue position=1 number=15550100 kind=normal
         26 queue_caller_status Q1 A callback kind=callback | 30 call_cdr A from 5",
    );
    assert_eq!(picture(board.take_past()), "A inbound 15550100->8001 unknown 5..30 wait=25 talk=0\n");
    go_on(&mut board, "400 queue_caller_status Q1 A agent_answered");
    assert_eq!(
        picture(board.take_past()),
        "A inbound 15550100->8001 queue=8001 answered 5..30 wait=25 talk=0\n visit Q1/A/1 15550100 6..400 answered callback\n"
    );
}

/// PortSIP's own record of a call through a queue ("Call End Event"): its targets' `ring_duration` and `talk_duration` say
/// that 102 answered after 15 s and talked for 50 s.
#[test]
fn the_record_tells_each_targets_own_times() {
    let body = include_bytes!("events/call_cdr.json");
    let mut board = Board::new();
    board.keep_past();
    let received = at(66);
    for number in ["102", "103"] {
        let said = format!(
            r#"{{"event_type":"extension_call","extension":"{number}","call_status":"","time":"1786000000"}}"#
        );
        let events = event::decode(said.as_bytes()).events;
        board.apply(&Entry { seq: Seq(1), received, skew: Some(Skew(0)), content: Content::Events(events) });
    }
    let events = event::decode(body).events;
    board.apply(&Entry { seq: Seq(2), received, skew: Some(Skew(0)), content: Content::Events(events) });
    assert_eq!(
        picture(board.take_past()),
        "900000000000000001 inbound 15550100->8000 did=15550199 answered 0..65 wait=15 by=102@15 talk=50
 1 8000 @1 rang@1 answered@2 ended@15
 2 102 @4 rang@5 answered@15 ended@65
 3 103 @4 rang@5 no_answer@15
"
    );
}

#[test]
fn what_the_board_forgets_before_it_was_taken_is_told_all_the_same() {
    let mut board = board(BY_QUEUE);
    let t = at(86 + 28 * 3600);
    board.apply(&Entry {
        seq: Seq(99),
        received: t,
        skew: Some(Skew(0)),
        content: Content::Clock(Clock::Horizon { t }),
    });
    assert!(!board.has_calls());
    assert_eq!(picture(board.take_past()), BY_QUEUE_TOLD);
}

#[test]
fn a_call_whose_end_nobody_told_is_over_when_the_board_hides_it_and_says_so() {
    let mut board = board(
        "0 extension_status 102 online | 5 call_start A inbound 15550100 -> 102 | 6 cdr_target_answer A 102@desk
         40 cdr_target_end A 102@desk",
    );
    assert_eq!(board.take_past(), vec![]);
    for clock in board.due(at(140), Some(Skew(0))) {
        board.apply(&Entry {
            seq: Seq(9),
            received: at(140),
            skew: Some(Skew(0)),
            content: Content::Clock(clock),
        });
    }
    let told = picture(board.take_past());
    assert!(
        told.starts_with("A inbound 15550100->102 answered 5..40 wait=1 by=102@6 talk=34 unconfirmed\n"),
        "{told}"
    );
}

#[test]
fn who_does_not_keep_the_past_remembers_none() {
    let mut board = Board::new();
    go_on(&mut board, BY_QUEUE);
    assert_eq!((board.past_count(), board.take_past()), (0, vec![]));
}
