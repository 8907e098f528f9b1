//! The events that are posted: notes that carry a stamp, and a mixed stream of calls as a busy company's PBX sends them.

use std::time::{SystemTime, UNIX_EPOCH};

const TENANT: &str = "700000000000000001";
/// The first extension's number.
const FIRST_EXTENSION: u64 = 10_000;
/// The first call's id.
const FIRST_CALL: u64 = 900_000_000_000_000_000;

/// How many extensions the mixed stream is of.
pub const EXTENSIONS: u64 = 5_000;
/// How many queues.
pub const QUEUES: u64 = 200;
/// How many calls are live at any time.
pub const LIVE_CALLS: u64 = 2_000;
/// How many events a call has.
pub const CALL_EVENTS: u64 = 12;

/// Now in whole seconds, as the PBX's stamps are.
pub fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// An extension's owner notes event `k` and its stamp: what a board shows is what it was told, and when that was due.
pub fn note(extension: u64, k: u64, stamp: u64) -> String {
    presence(extension, &format!("{k}:{stamp}"))
}

fn presence(extension: u64, note: &str) -> String {
    let (number, seconds) = (FIRST_EXTENSION + extension, seconds_now());
    format!(
        r#"{{"event_type":"extension_presence","tenant_id":"{TENANT}","extension":"sip:{number}@acme.test","extension_id":"6000000000000{number}","presence":"AVAILABLE","presence_note":"{note}","time":"{seconds}"}}"#
    )
}

/// Bodies that make so many extensions known, a thousand in each.
pub fn extensions(count: u64) -> Vec<String> {
    let all: Vec<String> = (0..count).map(|extension| presence(extension, "")).collect();
    all.chunks(1_000).map(|thousand| format!("[{}]", thousand.join(","))).collect()
}

/// A mixed stream: 2,000 calls live, each one step further in turn, from a trunk through a queue to an extension and to its
/// end, then another one in its place.
///
/// Of one call's 12 events 3 are `extension_call`, 2 `queue_caller_status`, 3 `cdr_target_…`, and 4 of the call itself.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// When event 0 happens, by the PBX's clock, in seconds.
    pub begins: u64,
    /// How many events happen in a second of that clock.
    pub pace: u32,
}

impl Stream {
    /// Begins now.
    pub fn now(pace: u32) -> Self {
        Self { begins: seconds_now(), pace }
    }

    /// The PBX's clock at event `k`, in seconds.
    pub fn seconds(&self, k: u64) -> u64 {
        self.seconds_before(k, 0)
    }

    /// The same, so many of a call's steps earlier.
    fn seconds_before(&self, k: u64, steps: u64) -> u64 {
        let events = k as i64 - (steps * LIVE_CALLS) as i64;
        self.begins.saturating_add_signed(events.div_euclid(self.pace.into()))
    }

    /// Event `k`.
    pub fn event(&self, k: u64) -> String {
        let (round, slot) = (k / LIVE_CALLS, k % LIVE_CALLS);
        // The slots are at different steps, so that every kind of event is always there.
        let at = round + slot % CALL_EVENTS;
        let (generation, step) = (at / CALL_EVENTS, at % CALL_EVENTS);
        let call = FIRST_CALL + generation * LIVE_CALLS + slot;
        let extension = FIRST_EXTENSION + (slot + generation * LIVE_CALLS) % EXTENSIONS;
        let queue = slot % QUEUES;
        let at_step = |its: u64| self.seconds_before(k, step - its.min(step));
        let (seconds, started) = (at_step(step), at_step(0));
        let of_extension = |status: &str| {
            format!(
                r#"{{"event_type":"extension_call","tenant_id":"{TENANT}","extension":"sip:{extension}@acme.test","extension_id":"6000000000000{extension}","call_status":"{status}","time":"{seconds}"}}"#
            )
        };
        let of_caller = |reason: &str| {
            format!(
                r#"{{"event_type":"queue_caller_status","tenant_id":"{TENANT}","queue_id":"8000000000000{queue:05}","queue_number":"8{queue:03}","updated_callers":[{{"position":"1","session_id":"{call}","caller_number":"1555{slot:06}","reason":"{reason}","timestamp":"{seconds}","type":"normal"}}]}}"#
            )
        };
        let of_target = |what: &str| {
            format!(
                r#"{{"event_type":"cdr_target_{what}","time":"{seconds}","session_id":"{call}","cdr_id":"{call}","tenant_id":"{TENANT}","direction":"inbound","destiantion":"sip:{extension}@192.0.2.10:5066","caller":"1555{slot:06}","did":"15550199","outbound_caller_id":""}}"#
            )
        };
        let of_call = |what: &str| {
            format!(
                r#"{{"event_type":"{what}","time":"{started}","session_id":"{call}","cdr_id":"{call}","direction":"inbound","call_id":"Zk3hQ-{call}","caller":"1555{slot:06}","caller_display_name":"Ann","callee":"8{queue:03}","callee_display_name":"Sales","tenant_id":"{TENANT}","did":"15550199","outbound_caller_id":"","user_data":""}}"#
            )
        };
        let (added, rang, answered) = (at_step(3), at_step(5), at_step(9));
        match step {
            0 => of_call("call_start"),
            1 => of_caller("enqueue"),
            2 | 6 => of_call("call_update_info"),
            3 => of_target("add"),
            4 => of_extension("RINGING"),
            5 => of_target("ringing"),
            7 => of_extension("ON_CALL"),
            8 => of_caller("agent_answered"),
            9 => of_target("answer"),
            10 => of_extension(""),
            _ => format!(
                r#"{{"event_type":"call_cdr","session_id":"{call}","call_id":"Zk3hQ-{call}","caller":"1555{slot:06}","caller_display_name":"Ann","callee":"8{queue:03}","did":"15550199","direction":"inbound","start_time":"{started}","ring_time":"{rang}","answered_time":"{answered}","ended_time":"{seconds}","call_status":"answered","status_code":"0","ended_reason":"callee_disconnect","ring_duration":"0","talk_duration":11,"tenant_id":"{TENANT}","trunk_name":"carrier:900000000000000077","call_targets":[{{"id":"{call}","call_type":"normal_call","caller":"1555{slot:06}","callee":"{extension}","destination":"sip:{extension}@192.0.2.10:5066","start_time":"{added}","ring_time":"{rang}","answered_time":"{answered}","ended_time":"{seconds}","status":"answered","status_code":0,"end_reason":"callee_disconnect","ring_duration":"0","talk_duration":"11"}}]}}"#
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::event::decode;

    use super::*;

    const STREAM: Stream = Stream { begins: 1_786_000_000, pace: 200 };

    /// The oracle is the decoder: what it can't read would measure the way of an unknown event.
    #[test]
    fn every_event_is_understood() {
        for k in 0..3 * LIVE_CALLS {
            let event = STREAM.event(k);
            let decoded = decode(event.as_bytes());
            assert_eq!((decoded.events.len(), decoded.problems), (1, Vec::new()), "{event}");
        }
        let decoded = decode(note(7, 1, 2).as_bytes());
        assert_eq!((decoded.events.len(), decoded.problems), (1, Vec::new()));
        let bodies = extensions(2_500);
        let known: usize = bodies.iter().map(|body| decode(body.as_bytes()).events.len()).sum();
        assert_eq!((bodies.len(), known), (3, 2_500));
    }

    #[test]
    fn a_call_has_its_events_in_order_and_ends_once() {
        let slot = 3;
        let of_slot = |round: u64| STREAM.event(round * LIVE_CALLS + slot);
        let ends: Vec<u64> =
            (0..3 * CALL_EVENTS).filter(|round| of_slot(*round).contains("call_cdr")).collect();
        assert_eq!(ends, [8, 20, 32]);
        assert!(of_slot(9).contains("call_start"));
        // Ten seconds of two hundred events are a call's step.
        let began = STREAM.seconds(9 * LIVE_CALLS + slot);
        assert!(of_slot(20).contains(&format!(r#""start_time":"{began}""#)), "{}", of_slot(20));
        assert!(of_slot(20).contains(&format!(r#""ring_time":"{}""#, began + 50)), "{}", of_slot(20));
    }
}
