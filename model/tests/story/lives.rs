//! Every life that PortSIP's documentation gives a call, and a person's day beside them, each told once and whole.
//!
//! Sources: Webhook notifications, "Event reference"; Pub/Sub 22.2 and 22.3; "Call queue", "Queue callback", "Agent states
//! and work modes". No page shows a whole sequence: a life is put together from what is said of its events.

use super::{Dialect, Told, tell};

/// One life.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    pub name: &'static str,
    story: &'static str,
}

impl Life {
    /// Told by a PBX that dates as `dialect` says. Where times are the call's start, an earlier call has shown that.
    pub fn told(self, dialect: Dialect) -> Vec<Told> {
        let before = match dialect {
            Dialect::True => "",
            Dialect::Frozen => EARLIER,
        };
        let told = tell(&format!("{before}\n{OPENING}\n{}", self.story), dialect);
        assert!(told.is_sorted_by_key(|told| told.second), "{}: a story is told in order", self.name);
        told
    }

    /// Whether a reader's line at a second says what is not promised where times are the call's start: that a leg is
    /// invited again and does not ring yet. Phones, agents and callers are as promised.
    pub fn unclear_if_frozen(self, second: i64, line: &str) -> bool {
        let of_a_call =
            line.starts_with("call ") || (line.starts_with("extension ") && line.contains(" in "));
        of_a_call && INVITED_AGAIN == (self.name, second)
    }
}

const INVITED_AGAIN: (&str, i64) = ("queue, one agent rung twice", 30);

const OPENING: &str =
    "0 directory extension:101:Ann extension:102:Bob extension:103:Cem extension:104:Dia extension:105:Eve queue:8000:Sales queue:8001:Support::Q2 group:6000:All ivr:5000:Menu
     0 extension_status 101 online | 0 extension_status 102 online";

const EARLIER: &str =
    "-20 call_start W internal 105 -> 104 | -18 cdr_target_answer W 104@desk | -9 cdr_target_end W 104@desk
     -9 call_cdr W from -20";

pub const LIVES: &[Life] = &[
    Life {
        name: "internal, two devices",
        story: "10 call_start A internal 101 -> 102 from=Ann | 10 extension_call 101 ON_CALL
            11 cdr_target_add A 102@desk | 11 cdr_target_add A 102@app
            12 cdr_target_ringing A 102@desk | 12 cdr_target_ringing A 102@app | 12 extension_call 102 RINGING
            20 cdr_target_answer A 102@desk | 20 extension_call 102 ON_CALL
            21 call_update_info A internal 101 -> 102 from=Anne | 50 cdr_target_end A 102@desk
            50 extension_call 101 idle | 50 extension_call 102 idle | 51 call_cdr A from 10",
    },
    Life {
        name: "inbound to an extension",
        story: "10 call_start A inbound 15550100 -> 102 did=15550199 trunk=carrier | 11 cdr_target_add A 102@desk
            12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING | 12 extension_agent_status 102 8001=OTHER_CALL
            20 cdr_target_answer A 102@desk | 21 extension_call 102 ON_CALL
            80 cdr_target_end A 102@desk | 80 extension_call 102 idle | 80 extension_agent_status 102 8001=READY
            81 call_cdr A from 10",
    },
    Life {
        name: "no answer",
        story: "10 call_start A inbound 15550100 -> 102 did=15550199 | 11 cdr_target_add A 102@desk
            11 cdr_target_add A 102@app | 12 cdr_target_ringing A 102@desk | 13 cdr_target_ringing A 102@app
            13 extension_call 102 RINGING | 40 cdr_target_noanswer A 102@desk | 40 cdr_target_noanswer A 102@app
            40 extension_call 102 idle | 41 call_cdr A from 10",
    },
    Life {
        name: "forwarded when nobody answers",
        story: "10 call_start A inbound 15550100 -> 102 did=15550199 | 11 cdr_target_add A 102@desk
            12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING | 30 cdr_target_noanswer A 102@desk
            30 extension_call 102 idle | 31 cdr_target_add A 103@desk | 31 call_update_info A inbound 15550100 -> 103
            32 cdr_target_ringing A 103@desk | 32 extension_call 103 RINGING | 38 cdr_target_answer A 103@desk
            38 extension_call 103 ON_CALL | 70 cdr_target_end A 103@desk | 70 extension_call 103 idle | 71 call_cdr A from 10",
    },
    Life {
        name: "forwarded over a trunk",
        story: "10 call_start A inbound 15550100 -> 102 did=15550199 | 11 cdr_target_add A 102@desk
            11 cdr_target_fail A 102@desk | 12 call_update_info A transit 15550100 -> 15550123 trunk=carrier
            12 cdr_target_add A 15550123@carrier | 15 cdr_target_ringing A 15550123@carrier
            22 cdr_target_answer A 15550123@carrier | 60 cdr_target_end A 15550123@carrier | 61 call_cdr A from 10",
    },
    Life {
        name: "busy",
        story: "10 call_start A internal 101 -> 102 | 10 extension_call 101 ON_CALL | 11 cdr_target_add A 102@desk
            11 cdr_target_add A 102@app | 12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING
            12 cdr_target_ringing A 102@app | 18 cdr_target_fail A 102@desk | 18 cdr_target_fail A 102@app
            18 extension_call 102 idle | 19 extension_call 101 idle | 19 call_cdr A from 10",
    },
    Life {
        name: "failed at once",
        story: "10 extension_call 101 ON_CALL | 10 call_start A outbound 101 -> 15550123 | 11 cdr_target_add A 15550123@carrier
            11 cdr_target_fail A 15550123@carrier | 12 extension_call 101 idle | 12 call_cdr A from 10
            13 extension_call 101 ON_CALL | 13 call_start B internal 101 -> 199 | 14 extension_call 101 idle | 14 call_cdr B from 13",
    },
    Life {
        name: "ring group",
        story: "10 call_start A inbound 15550100 -> 6000 | 10 cdr_target_add A 6000@pbx | 10 cdr_target_answer A 6000@pbx
            11 cdr_target_add A 102@desk | 11 cdr_target_add A 103@desk | 11 cdr_target_add A 104@desk
            12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING | 12 cdr_target_ringing A 103@desk
            12 extension_call 103 RINGING | 13 cdr_target_fail A 104@desk | 25 cdr_target_answer A 103@desk
            25 extension_call 103 ON_CALL | 25 extension_call 102 idle | 60 cdr_target_end A 103@desk
            60 cdr_target_end A 6000@pbx | 60 extension_call 103 idle | 61 call_cdr A from 10",
    },
    Life {
        name: "ring group, who lost it rings for another call",
        story: "10 call_start A inbound 15550100 -> 6000 | 10 cdr_target_answer A 6000@pbx
            12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING | 12 cdr_target_ringing A 103@desk
            12 extension_call 103 RINGING | 25 cdr_target_answer A 103@desk | 25 extension_call 103 ON_CALL
            25 extension_call 102 idle | 30 call_start B inbound 15550101 -> 102 | 31 cdr_target_ringing B 102@desk
            31 extension_call 102 RINGING | 36 cdr_target_noanswer B 102@desk | 36 extension_call 102 idle
            37 call_cdr B from 30 | 40 cdr_target_end A 103@desk | 40 extension_call 103 idle | 41 call_cdr A from 10",
    },
    Life {
        name: "queue, answered at the second try",
        story: "2 queue_status Q1 8000 Sales waiting agents 102=READY@1 103=READY@2
            3 queue_agent_status Q2 102 READY | 10 call_start A inbound 15550100 -> 5000 did=15550199
            10 cdr_target_answer A 5000@pbx | 14 cdr_target_end A 5000@pbx | 14 cdr_target_answer A 8000@pbx
            15 queue_caller_status Q1 A enqueue position=2 number=15550100 kind=normal
            16 cdr_target_add A 102@desk | 17 cdr_target_ringing A 102@desk | 17 extension_call 102 RINGING
            17 queue_agent_status Q1 102 QUEUE_CALL A 15550100 | 17 queue_agent_status Q2 102 OTHER_CALL
            17 extension_agent_status 102 8000=QUEUE_CALL 8001=OTHER_CALL
            18 cdr_target_add A 103@desk | 19 cdr_target_ringing A 103@desk | 19 extension_call 103 RINGING
            19 queue_agent_status Q1 103 QUEUE_CALL A 15550100
            25 queue_sla_breached Q1 15550100 | 26 queue_caller_status Q1 A enqueue position=1
            30 cdr_target_noanswer A 102@desk | 30 extension_call 102 idle | 30 queue_agent_status Q1 102 READY
            30 queue_agent_status Q2 102 READY | 35 cdr_target_answer A 103@desk | 35 queue_caller_status Q1 A agent_answered
            36 extension_call 103 ON_CALL | 36 queue_agent_status Q1 103 QUEUE_CALL A 15550100
            90 cdr_target_end A 103@desk | 90 cdr_target_end A 8000@pbx | 90 extension_call 103 idle
            90 queue_agent_status Q1 103 WRAP_UP | 91 call_cdr A from 10 | 99 queue_agent_status Q1 103 READY
            99 extension_agent_status 103 8000=READY",
    },
    Life {
        name: "queue, one agent rung twice",
        story: "2 queue_agent_status Q1 102 READY | 10 call_start A inbound 15550100 -> 8000 | 10 cdr_target_answer A 8000@pbx
            11 queue_caller_status Q1 A enqueue position=1 number=15550100
            12 cdr_target_add A 102@desk | 13 cdr_target_ringing A 102@desk | 13 extension_call 102 RINGING
            13 queue_agent_status Q1 102 QUEUE_CALL A 15550100 | 25 cdr_target_noanswer A 102@desk
            25 extension_call 102 idle | 25 queue_agent_status Q1 102 READY | 30 cdr_target_add A 102@desk
            31 cdr_target_ringing A 102@desk | 31 extension_call 102 RINGING | 31 queue_agent_status Q1 102 QUEUE_CALL A 15550100
            36 cdr_target_answer A 102@desk | 36 queue_caller_status Q1 A agent_answered | 36 extension_call 102 ON_CALL
            70 cdr_target_end A 102@desk | 70 extension_call 102 idle | 70 queue_agent_status Q1 102 WRAP_UP
            71 call_cdr A from 10 | 80 queue_agent_status Q1 102 NOT_READY",
    },
    Life {
        name: "queue, abandoned",
        story: "2 queue_status Q1 8000 Sales waiting agents 102=READY@2 | 10 call_start A inbound 15550100 -> 8000
            10 cdr_target_answer A 8000@pbx | 11 queue_caller_status Q1 A enqueue position=1 number=15550100
            12 cdr_target_add A 102@desk | 13 cdr_target_ringing A 102@desk | 13 extension_call 102 RINGING
            13 queue_agent_status Q1 102 QUEUE_CALL A 15550100 | 20 queue_caller_status Q1 A hangup
            20 cdr_target_noanswer A 102@desk | 20 extension_call 102 idle | 20 queue_agent_status Q1 102 READY
            20 cdr_target_end A 8000@pbx | 21 call_cdr A from 10
            30 call_start B inbound 15550101 -> 8000 | 30 queue_caller_status Q1 B enqueue position=1
            31 queue_caller_status Q1 B hangup | 31 call_cdr B from 30",
    },
    Life {
        name: "queue, overflow into the next queue",
        story: "2 queue_agent_status Q2 103 READY | 10 call_start A inbound 15550100 -> 8000 | 10 cdr_target_answer A 8000@pbx
            11 queue_caller_status Q1 A enqueue position=1 | 40 queue_caller_status Q1 A overflow
            40 queue_caller_status Q2 A enqueue position=3 | 40 cdr_target_end A 8000@pbx | 40 cdr_target_answer A 8001@pbx
            44 queue_caller_status Q2 A enqueue position=1 | 45 cdr_target_add A 103@desk | 46 cdr_target_ringing A 103@desk
            46 extension_call 103 RINGING | 46 queue_agent_status Q2 103 QUEUE_CALL A 15550100
            50 cdr_target_answer A 103@desk | 50 queue_caller_status Q2 A agent_answered | 50 extension_call 103 ON_CALL
            90 cdr_target_end A 103@desk | 90 extension_call 103 idle | 90 queue_agent_status Q2 103 READY | 91 call_cdr A from 10",
    },
    Life {
        name: "queue, overflow to an extension; another caller leaves by a key",
        story: "10 call_start A inbound 15550100 -> 8000 | 10 cdr_target_answer A 8000@pbx
            11 queue_caller_status Q1 A enqueue position=1 | 12 call_start B inbound 15550101 -> 8000
            12 queue_caller_status Q1 B enqueue position=2 name=Zoë | 40 queue_caller_status Q1 A overflow
            40 cdr_target_end A 8000@pbx | 41 cdr_target_add A 104@desk | 41 queue_caller_status Q1 B enqueue position=1
            42 cdr_target_ringing A 104@desk | 42 extension_call 104 RINGING | 50 cdr_target_answer A 104@desk
            50 extension_call 104 ON_CALL | 55 queue_caller_status Q1 B exit_key | 58 call_cdr B from 12
            70 cdr_target_end A 104@desk | 70 extension_call 104 idle | 71 call_cdr A from 10",
    },
    Life {
        name: "queue, called back",
        story: "2 queue_agent_status Q1 102 READY | 10 call_start A inbound 15550100 -> 8000 | 10 cdr_target_answer A 8000@pbx
            11 queue_caller_status Q1 A enqueue position=2 number=15550100 kind=normal
            30 queue_caller_status Q1 A callback position=2 kind=callback | 33 cdr_target_end A 8000@pbx
            34 call_cdr A from 10 | 60 queue_caller_status Q1 A callback position=1 kind=callback
            90 call_start B outbound 8000 -> 15550100 | 91 cdr_target_add B 102@desk | 92 cdr_target_ringing B 102@desk
            92 extension_call 102 RINGING | 92 queue_agent_status Q1 102 QUEUE_CALL B 15550100
            97 cdr_target_answer B 102@desk | 97 extension_call 102 ON_CALL | 98 cdr_target_add B 15550100@carrier
            105 cdr_target_answer B 15550100@carrier | 105 queue_caller_status Q1 A agent_answered
            140 cdr_target_end B 15550100@carrier | 140 cdr_target_end B 102@desk | 140 extension_call 102 idle
            140 queue_agent_status Q1 102 WRAP_UP | 141 call_cdr B from 90 | 150 queue_agent_status Q1 102 READY",
    },
    Life {
        name: "blind transfer",
        story: "10 call_start A inbound 15550100 -> 102 from=Zoë | 11 cdr_target_add A 102@desk | 12 cdr_target_ringing A 102@desk
            12 extension_call 102 RINGING | 20 cdr_target_answer A 102@desk | 20 extension_call 102 ON_CALL
            40 cdr_target_end A 102@desk | 40 extension_call 102 idle | 40 cdr_target_add A 103@desk
            41 call_update_info A inbound 15550100 -> 103 | 42 cdr_target_ringing A 103@desk | 42 extension_call 103 RINGING
            50 cdr_target_answer A 103@desk | 50 extension_call 103 ON_CALL | 90 cdr_target_end A 103@desk
            90 extension_call 103 idle | 91 call_cdr A from 10",
    },
    Life {
        name: "attended transfer, the first call goes on",
        story: "10 call_start A inbound 15550100 -> 102 | 12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING
            20 cdr_target_answer A 102@desk | 20 extension_call 102 ON_CALL | 40 call_start B internal 102 -> 103
            41 cdr_target_add B 103@desk | 42 cdr_target_ringing B 103@desk | 42 extension_call 103 RINGING
            47 cdr_target_answer B 103@desk | 47 extension_call 103 ON_CALL | 60 cdr_target_end B 103@desk
            60 cdr_target_end A 102@desk | 60 cdr_target_answer A 103@desk | 61 call_cdr B from 40 | 61 extension_call 102 idle
            62 call_update_info A inbound 15550100 -> 103 | 90 cdr_target_end A 103@desk | 90 extension_call 103 idle
            91 call_cdr A from 10",
    },
    Life {
        name: "attended transfer, the second call goes on",
        story: "10 call_start A inbound 15550100 -> 102 | 12 cdr_target_ringing A 102@desk | 12 extension_call 102 RINGING
            20 cdr_target_answer A 102@desk | 20 extension_call 102 ON_CALL | 40 call_start B internal 102 -> 103
            42 cdr_target_ringing B 103@desk | 42 extension_call 103 RINGING | 47 cdr_target_answer B 103@desk
            47 extension_call 103 ON_CALL | 60 cdr_target_end A 102@desk | 60 call_cdr A from 10 | 60 extension_call 102 idle
            61 call_update_info B inbound 15550100 -> 103 | 90 cdr_target_end B 103@desk | 90 extension_call 103 idle
            91 call_cdr B from 40",
    },
    Life {
        name: "transferred back into the queue",
        story: "2 queue_agent_status Q1 102 READY | 3 queue_agent_status Q1 103 READY | 10 call_start A inbound 15550100 -> 8000
            11 queue_caller_status Q1 A enqueue position=1 | 13 cdr_target_ringing A 102@desk | 13 extension_call 102 RINGING
            20 cdr_target_answer A 102@desk | 20 queue_caller_status Q1 A agent_answered | 20 extension_call 102 ON_CALL
            20 queue_agent_status Q1 102 QUEUE_CALL A 15550100 | 50 cdr_target_end A 102@desk
            50 queue_caller_status Q1 A enqueue position=1 | 50 extension_call 102 idle | 51 queue_agent_status Q1 102 READY
            55 cdr_target_ringing A 103@desk | 55 extension_call 103 RINGING | 62 cdr_target_answer A 103@desk
            62 queue_caller_status Q1 A agent_answered | 62 extension_call 103 ON_CALL | 63 queue_agent_status Q1 103 QUEUE_CALL A 15550100
            90 cdr_target_end A 103@desk | 90 extension_call 103 idle | 90 queue_agent_status Q1 103 WRAP_UP | 91 call_cdr A from 10",
    },
    Life {
        name: "outbound, the second trunk answers",
        story: "10 extension_call 101 ON_CALL | 10 call_start A outbound 101 -> 15550123 trunk=one from=Ann
            11 cdr_target_add A 15550123@one | 12 cdr_target_fail A 15550123@one | 12 cdr_target_add A 15550123@two
            15 cdr_target_ringing A 15550123@two | 22 cdr_target_answer A 15550123@two
            23 call_update_info A outbound 101 -> 15550123 trunk=two | 70 cdr_target_end A 15550123@two
            70 extension_call 101 idle | 71 call_cdr A from 10",
    },
    Life {
        name: "transferred back into the queue, to the same agent",
        story: "2 queue_agent_status Q1 102 READY | 10 call_start A inbound 15550100 -> 8000
            11 queue_caller_status Q1 A enqueue position=1 | 13 cdr_target_ringing A 102@desk | 13 extension_call 102 RINGING
            20 cdr_target_answer A 102@desk | 20 queue_caller_status Q1 A agent_answered | 20 extension_call 102 ON_CALL
            50 cdr_target_end A 102@desk | 50 queue_caller_status Q1 A enqueue position=1 | 50 extension_call 102 idle
            55 cdr_target_ringing A 102@desk | 55 extension_call 102 RINGING | 62 cdr_target_answer A 102@desk
            62 queue_caller_status Q1 A agent_answered | 62 extension_call 102 ON_CALL
            90 cdr_target_end A 102@desk | 90 extension_call 102 idle | 91 call_cdr A from 10",
    },
    Life {
        name: "click to call",
        story: "10 call_start A outbound 101 -> 15550123 | 10 cdr_target_add A 101@desk | 11 cdr_target_ringing A 101@desk
            11 extension_call 101 RINGING | 16 cdr_target_answer A 101@desk | 16 extension_call 101 ON_CALL
            17 cdr_target_add A 15550123@one | 18 cdr_target_ringing A 15550123@one | 25 cdr_target_answer A 15550123@one
            60 cdr_target_end A 15550123@one | 60 cdr_target_end A 101@desk | 60 extension_call 101 idle | 61 call_cdr A from 10",
    },
    Life {
        name: "a person's day",
        story: "5 extension_status 103 online | 6 queue_agent_status Q1 103 NOT_READY | 7 extension_presence 103 AVAILABLE
            8 extension_agent_status 103 8000=READY 8001=READY | 9 queue_status Q1 8000 Sales waiting agents 103=READY@8
            700 extension_presence 103 AWAY back at two | 701 queue_agent_status Q1 103 READY
            900 extension_agent_status 103 8000=NOT_READY:Lunch 8001=NOT_READY:Lunch | 1500 extension_presence 103 AWAY back at three
            1600 queue_agent_status Q1 103 NOT_READY | 1700 extension_status 103 push | 1701 queue_agent_status Q1 103 OFFLINE
            1710 extension_agent_status 103 8001=OFFLINE | 1900 extension_status 103 online | 1901 extension_presence 103 ONLINE
            1905 extension_agent_status 103 8000=LOGGED_OUT 8001=READY | 1990 queue_agent_status Q2 removed 103",
    },
];
