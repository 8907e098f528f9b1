//! What the board shows while a call, a queue or a person goes through its life. The oracle is PortSIP's documentation:
//! Webhook notifications ("Event reference"), Pub/Sub (22.2, 22.3), "Agent states and work modes", "Queue callback". No
//! page shows a whole sequence, so each story is put together from the descriptions of its events; what is inferred is
//! said.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use model::{
    board::{Board, Change},
    entry::{Content, Entry},
    event::{CallSaid, Event, Said},
    id::Seq,
    time::{Skew, UnixMillis},
    wire::{Row, RowId, RowKind},
};
use story::{Dialect, at, check, check_in, picture, tell};

/// 101 calls 102, who has a desk phone and an app, answers on the desk phone and hangs up.
/// Oracle: Event reference ("call target": one a device), Pub/Sub (`extension_call`).
#[test]
fn an_internal_call_rings_at_two_devices_and_is_answered_at_one() {
    check(
        "0 extension_status 101 online | 0 extension_status 102 online
         5 call_start A internal 101 -> 102 | 5 extension_call 101 ON_CALL
         6 cdr_target_add A 102@desk | 6 cdr_target_add A 102@mobile
         7 cdr_target_ringing A 102@desk | 7 cdr_target_ringing A 102@mobile | 7 extension_call 102 RINGING
         12 cdr_target_answer A 102@desk | 12 extension_call 102 ON_CALL
         40 cdr_target_end A 102@desk | 40 extension_call 101 idle | 40 extension_call 102 idle
         41 call_cdr A from 5",
        "5 call A internal 101->102 ringing@5
         5 extension 101 online@0 on_call@5 in A
         6 call A internal 101->102 ringing@5 1:102 added@6 2:102 added@6
         7 extension 102 online@0 ringing@7 in A
         12 call A internal 101->102 talking@5 1:102 answered@12 2:102 no_answer@12
         12 extension 102 online@0 on_call@12 in A
         40 call A internal 101->102 ending@5 1:102 ended@40 2:102 no_answer@12
         40 extension 102 online@0 idle@40
         41 no call A
         41 extension 101 online@0 idle@40",
    );
}

/// The portal's help text promises an event on answering; Pub/Sub does not list it. The call's own event heals it, and an
/// idle that is newer than the answer stands.
#[test]
fn a_phone_whose_on_call_never_came_is_on_the_call_that_it_answered() {
    check(
        "0 call_start A inbound 15550100 -> 102 | 1 cdr_target_add A 102@desk
         2 cdr_target_ringing A 102@desk | 2 extension_call 102 RINGING
         9 cdr_target_answer A 102@desk | 30 extension_call 102 idle",
        "2 extension 102 ringing@2 in A
         9 extension 102 on_call@9 in A
         30 extension 102 idle@30 in A",
    );
}

/// No answer, then the forward target. Oracle: Event reference (`cdr_target_noanswer`, `cdr_target_add`).
#[test]
fn an_unanswered_call_goes_to_the_next_target_in_the_same_call() {
    check(
        "0 directory extension:102:Alice extension:103:Bob
         1 call_start A inbound 15550100 -> 102 did=15550199 trunk=carrier
         2 cdr_target_add A 102@desk | 3 cdr_target_ringing A 102@desk
         20 cdr_target_noanswer A 102@desk | 21 cdr_target_add A 103@desk | 22 cdr_target_ringing A 103@desk
         25 cdr_target_answer A 103@desk",
        "3 call A inbound 15550100->102'Alice' did 15550199 trunk carrier ringing@1 1:102 ringing@3
         20 call A inbound 15550100->102'Alice' did 15550199 trunk carrier ending@1 1:102 no_answer@20
         22 extension 103 'Bob' ringing@22 in A
         22 extension 102 'Alice'
         25 call A inbound 15550100->102'Alice' did 15550199 trunk carrier talking@1 1:102 no_answer@20 2:103 answered@25",
    );
}

const QUEUE_CALL: &str = "
     0 extension_status 102 online | 0 extension_status 103 online
     0 queue_status Q 8000 Sales waiting agents 102=READY@0 103=READY@0
     10 call_start A inbound 15550100 -> 5000
     10 cdr_target_add A 5000@pbx | 10 cdr_target_answer A 5000@pbx
     17 cdr_target_end A 5000@pbx | 17 cdr_target_add A 8000@pbx | 17 cdr_target_answer A 8000@pbx
     18 queue_caller_status Q A enqueue position=1 number=15550100
     19 cdr_target_add A 102@desk | 19 cdr_target_add A 103@desk
     20 cdr_target_ringing A 102@desk | 20 extension_call 102 RINGING | 20 queue_agent_status Q 102 QUEUE_CALL A 15550100
     20 cdr_target_ringing A 103@desk | 20 extension_call 103 RINGING | 20 queue_agent_status Q 103 QUEUE_CALL A 15550100
     31 cdr_target_answer A 102@desk | 31 queue_caller_status Q A agent_answered | 31 extension_call 102 ON_CALL
     31 extension_call 103 idle | 31 queue_agent_status Q 103 READY
     60 cdr_target_end A 102@desk | 60 cdr_target_end A 8000@pbx | 60 extension_call 102 idle
     60 queue_agent_status Q 102 WRAP_UP | 61 call_cdr A from 10 | 75 queue_agent_status Q 102 READY";

/// Through voice menu, queue and agents it is one call; it waits in the queue only; the phone that lost stops ringing
/// although nothing is sent for it. Oracle: Event reference ("Call End Event": trunk, IVR 5000, queue 8000, agents).
#[test]
fn a_call_through_menu_and_queue_waits_only_in_the_queue() {
    check(
        QUEUE_CALL,
        "0 queue Q 8000 'Sales' waiting 0 ready 2
         10 call A inbound 15550100->5000 ringing@10 1:5000 answered@10
         18 call A inbound 15550100->5000 queued@10 queue Q 1:5000 ended@17 2:8000 answered@17
         18 queue Q 8000 'Sales' waiting 1@18 ready 2
         18 caller Q/A normal@18 #1 15550100
         20 queue Q 8000 'Sales' waiting 1@18 queue_call 2
         20 agent Q/103 queue_call@20 in A with 15550100
         20 extension 103 online@0 ringing@20 in A
         31 call A inbound 15550100->5000 talking@10 queue Q 1:5000 ended@17 2:8000 answered@17 3:102 answered@31 4:103 no_answer@31
         31 no caller Q/A
         31 extension 102 online@0 on_call@31 in A
         31 extension 103 online@0 idle@31
         31 queue Q 8000 'Sales' waiting 0 ready 1 queue_call 1
         60 agent Q/102 wrap_up@60
         61 no call A
         75 queue Q 8000 'Sales' waiting 0 ready 2",
    );
}

/// The same where every event of the call bears its start, as the field is documented. One finished call shows it.
#[test]
fn times_that_are_the_calls_start_are_found_out_and_legs_shown_by_receipt() {
    check_in(
        Dialect::Frozen,
        &format!(
            "{QUEUE_CALL}
             100 call_start B internal 102 -> 103 | 101 cdr_target_add B 103@desk | 102 cdr_target_ringing B 103@desk
             107 cdr_target_answer B 103@desk"
        ),
        "61 no call A
         102 call B internal 102->103 ringing@100 1:103 ringing~@102
         107 call B internal 102->103 talking@100 1:103 answered~@107",
    );
}

/// Oracle: Pub/Sub (`hangup`: the caller gave up).
#[test]
fn an_abandoned_caller_leaves_the_queue_before_the_call_ends() {
    check(
        "0 call_start A inbound 15550100 -> 8000 | 0 cdr_target_answer A 8000@pbx
         1 queue_caller_status Q A enqueue position=1
         9 queue_caller_status Q A hangup | 10 call_cdr A from 0",
        "1 queue Q waiting 1@1 | 9 queue Q waiting 0 | 9 no caller Q/A
         9 call A inbound 15550100->8000 ringing@0 1:8000 answered@0 | 10 no call A",
    );
}

/// The queue's own `hangup` was lost, and the call's record came.
#[test]
fn a_caller_whose_call_is_over_waits_no_more() {
    check(
        "0 call_start A inbound 15550100 -> 8000 | 1 queue_caller_status Q A enqueue | 10 call_cdr A from 0",
        "1 queue Q waiting 1@1 | 10 queue Q waiting 0 | 10 no caller Q/A",
    );
}

/// Oracle: Pub/Sub (`overflow`), "a call can be in only one queue at a time". The second queue's first word may share a
/// second with the first queue's last, or be all there is.
#[test]
fn an_overflowing_caller_waits_in_the_next_queue_only() {
    check(
        "0 call_start A inbound 15550100 -> 8000 | 1 queue_caller_status Q1 A enqueue
         30 queue_caller_status Q1 A overflow | 30 queue_caller_status Q2 A enqueue
         50 queue_caller_status Q3 A enqueue",
        "1 call A inbound 15550100->8000 queued@0 queue Q1
         30 queue Q1 waiting 0 | 30 queue Q2 waiting 1@30 | 30 call A inbound 15550100->8000 queued@0 queue Q2
         50 queue Q2 waiting 0 | 50 queue Q3 waiting 1@50",
    );
}

/// Oracle: "Queue callback": the call ends by itself, the place in the queue is kept.
#[test]
fn a_caller_who_wants_a_callback_keeps_the_place_when_the_call_ends() {
    check(
        "0 call_start A inbound 15550100 -> 8000 | 1 queue_caller_status Q A enqueue position=2
         20 queue_caller_status Q A callback kind=callback | 25 call_cdr A from 0
         90 queue_caller_status Q A agent_answered",
        "20 queue Q waiting 0 callbacks 1 | 20 caller Q/A callback@1 #2
         25 queue Q waiting 0 callbacks 1 | 25 no call A
         90 queue Q waiting 0 | 90 no caller Q/A",
    );
}

/// Oracle: Pub/Sub, `queue_status` is the whole state: who is not in it and did nothing later is not there.
#[test]
fn a_full_list_removes_whom_it_does_not_name_and_adds_whom_it_does() {
    check(
        "0 queue_agent_status Q 102 READY | 0 queue_agent_status Q 103 READY
         5 queue_caller_status Q A enqueue | 6 queue_caller_status Q B enqueue
         90 queue_status Q 8000 Sales waiting B@6 C@80 D@90:callback agents 102=READY@0",
        "6 queue Q waiting 2@5 ready 2
         90 queue Q 8000 'Sales' waiting 2@6 callbacks 1 ready 1
         90 no caller Q/A | 90 no agent Q/103 | 90 caller Q/C normal@80",
    );
}

/// Oracle: Pub/Sub (`removed_agents`), "Agent states" (relative to the queue; ONLINE is a state of its own there).
#[test]
fn one_person_has_a_state_in_each_queue() {
    check(
        "0 directory extension:102:Alice queue:8000:Sales queue:8001:Support::Q2
         1 extension_agent_status 102 8000=READY 8001=NOT_READY:Lunch
         2 queue_agent_status Q1 102 QUEUE_CALL A 15550100 | 3 queue_status Q1 8000 - agents 102=QUEUE_CALL@2
         4 extension_agent_status 102 8001=OTHER_CALL | 9 queue_agent_status Q2 removed 102
         12 extension_agent_status 102 8000=DANCING",
        "0 queue n:8000 8000 'Sales' waiting 0 | 0 queue Q2 8001 'Support' waiting 0
         1 agent n:8000/102 'Alice' ready@1 | 1 agent Q2/102 'Alice' not_ready@1 (Lunch)
         1 queue n:8000 8000 'Sales' waiting 0 ready 1
         3 no queue n:8000 | 3 no agent n:8000/102 | 3 agent Q1/102 'Alice' queue_call@2 in A with 15550100
         3 queue Q1 8000 'Sales' waiting 0 queue_call 1
         4 agent Q2/102 'Alice' other_call@4
         9 no agent Q2/102 | 9 queue Q2 8001 'Support' waiting 0
         12 agent Q1/102 'Alice' unknown@12",
    );
}

/// Oracle: Pub/Sub (`extension_status`, `extension_presence`; AVAILABLE became ONLINE in 22.3).
#[test]
fn registration_and_presence_have_their_own_since() {
    check(
        "0 extension_status 101 online | 5 extension_presence 101 AWAY back at two | 9 extension_status 101 push
         20 extension_presence 101 AVAILABLE | 30 extension_presence 101 ONLINE | 40 extension_presence 101 GARDENING",
        "5 extension 101 online@0 away@5 (back at two)
         9 extension 101 push@9 away@5 (back at two)
         30 extension 101 push@9 available@20
         40 extension 101 push@9 GARDENING@40",
    );
}

/// Oracle: Event reference: 102 is left by `cdr_target_end`, 103 is a new target of the same call.
#[test]
fn a_blind_transfer_stays_one_call() {
    check(
        "0 directory extension:102:Alice extension:103:Bob | 1 call_start A inbound 15550100 -> 102
         2 cdr_target_answer A 102@desk | 30 cdr_target_end A 102@desk | 30 cdr_target_add A 103@desk
         31 cdr_target_ringing A 103@desk | 35 cdr_target_answer A 103@desk",
        "31 call A inbound 15550100->102'Alice' ringing@1 1:102 ended@30 2:103 ringing@31
         35 call A inbound 15550100->102'Alice' talking@1 1:102 ended@30 2:103 answered@35
         35 extension 102 'Alice' | 35 extension 103 'Bob' on_call@35 in A",
    );
}

/// Oracle: Event reference, an outbound call's target is the trunk.
#[test]
fn an_outbound_call_talks_when_the_trunk_answers() {
    check(
        "0 extension_call 101 ON_CALL | 0 call_start A outbound 101 -> 15550123
         1 cdr_target_fail A 15550123@trunk1 | 2 cdr_target_add A 15550123@trunk2 | 9 cdr_target_answer A 15550123@trunk2",
        "2 call A outbound 101->15550123 ringing@0 1:15550123 failed@1 2:15550123 added@2
         9 call A outbound 101->15550123 talking@0 1:15550123 failed@1 2:15550123 answered@9
         9 extension 101 on_call@0 in A",
    );
}

/// A delivery of the PBX may be repeated for a day. Oracle: Webhook notifications, "Retries".
#[test]
fn what_comes_late_neither_raises_the_dead_nor_rings_a_phone() {
    let told = tell(QUEUE_CALL, Dialect::True);
    let mut board = Board::new();
    for (told, seq) in told.iter().zip(1..) {
        board.apply(&told.entry(seq, at(told.second), Some(Skew(0))));
    }
    let before = board.rows();
    for (told, seq) in told.iter().zip(1000..) {
        let changes = board.apply(&told.entry(seq, at(80_000), Some(Skew(0))));
        assert_eq!(changes, [], "second {}", told.second);
    }
    assert_eq!(board.rows(), before);
}

#[test]
fn a_change_names_each_row_once_and_carries_the_entrys_number() {
    let mut board = Board::new();
    for (told, seq) in tell(QUEUE_CALL, Dialect::True).iter().zip(1..) {
        let before = board.rows();
        let changes = board.apply(&told.entry(seq, at(told.second), Some(Skew(0))));
        let mut ids: Vec<RowId> = Vec::new();
        for change in &changes {
            match change {
                Change::Set(row) => {
                    assert_eq!(row.rev(), Seq(seq));
                    assert_eq!(board.row(&row.row_id()).as_ref(), Some(row));
                    assert!(
                        before.iter().all(|old| old.clone().with_rev(Seq(seq)) != *row),
                        "unchanged: {row:?}"
                    );
                    ids.push(row.row_id());
                }
                Change::Gone(id) => {
                    assert_eq!(board.row(id), None);
                    assert!(before.iter().any(|old| old.row_id() == *id));
                    ids.push(id.clone());
                }
            }
        }
        let after = board.rows();
        let named = |row: &&Row| ids.contains(&row.row_id());
        let untouched = |rows: &[Row]| rows.iter().filter(|row| !named(row)).cloned().collect::<Vec<_>>();
        assert_eq!(untouched(&before), untouched(&after), "the rest is as it was");
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

#[test]
fn another_tenants_events_change_nothing_and_are_counted() {
    let mut board = Board::new();
    let mut apply = |seq, content| {
        let entry = Entry { seq: Seq(seq), received: at(0), skew: None, content };
        board.apply(&entry)
    };
    let start = |tenant: &str, call: Option<&str>| {
        let said = CallSaid { call: call.map(Into::into), at: Some(at(0)), ..CallSaid::default() };
        let event =
            Event { name: "call_start".into(), pbx_tenant: Some(tenant.into()), said: Said::CallStart(said) };
        Content::Events(vec![event])
    };
    apply(1, tell("0 settings tenant=700 8000=20", Dialect::True)[0].content.clone());
    assert_eq!(apply(2, start("701", Some("B"))), []);
    assert_eq!(apply(3, start("700", Some("A"))).len(), 1);
    assert_eq!(apply(4, start("700", None)), []);
    apply(
        5,
        Content::Events(vec![Event { name: "queue_danced".into(), pbx_tenant: None, said: Said::Other }]),
    );
    let counts = board.counts();
    assert_eq!((counts.foreign, counts.without_call), (1, 1));
    assert_eq!(counts.pbx_tenants, [("700".into(), 2), ("701".into(), 1)].into());
    assert_eq!(counts.unknown, [("queue_danced".to_owned(), 1)].into());
    assert_eq!(board.row(&RowId(RowKind::Call, "B".into())), None);
    assert_eq!(board.settings().unwrap().pbx_tenant, Some("700".into()));
}

#[test]
fn settings_and_directory_are_the_newest_as_a_whole() {
    let mut board = Board::new();
    let mut say = |second, story: &str| {
        let told = tell(story, Dialect::True);
        board.apply(&told[0].entry(1, at(second), None));
        picture(&board)
    };
    assert_eq!(
        say(0, "0 directory extension:101:Alice queue:8000:Sales"),
        ["extension 101 'Alice'", "queue n:8000 8000 'Sales' waiting 0"]
    );
    assert_eq!(say(1, "0 settings 8000=20")[1], "queue n:8000 8000 'Sales' waiting 0 target 20");
    assert_eq!(
        say(3, "0 directory extension:102:Bob queue:8000:Sales::Q1"),
        ["extension 102 'Bob'", "queue Q1 8000 'Sales' waiting 0 target 20"]
    );
    // What was written earlier comes too late.
    assert_eq!(say(2, "0 directory extension:101:Alice").len(), 2);
    assert_eq!(board.directory().unwrap().len(), 2);
}

/// Oracle: a stamp is taken as true unless it is absent, 0, or from the future; then the fact is of when we heard it.
#[test]
fn a_fact_without_a_usable_time_stands_as_of_its_receipt() {
    let presence =
        |second: i64| tell(&format!("{second} extension_presence 101 AWAY"), Dialect::True).remove(0);
    let shown = |stamp: i64, received: i64, skew: Option<i64>| {
        let mut board = Board::new();
        board.apply(&presence(stamp).entry(1, UnixMillis(at(received).0), skew.map(Skew)));
        (picture(&board), board.counts().untimed)
    };
    assert_eq!(shown(100, 160, Some(50_000)), (vec!["extension 101 away@150".to_owned()], 0));
    assert_eq!(shown(100, 120, Some(50_000)), (vec!["extension 101 away@120".to_owned()], 0));
    assert_eq!(shown(1000, 120, Some(0)), (vec!["extension 101 away@120".to_owned()], 1));
    assert_eq!(shown(1000, 120, None), (vec!["extension 101 away@120".to_owned()], 0));
    assert_eq!(shown(-1_786_000_000, 120, None), (vec!["extension 101 away@120".to_owned()], 1));
}
