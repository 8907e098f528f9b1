//! The oddities that PortSIP's pages show or allow, as bodies. Each is genuine: a receiver must acknowledge it with 200,
//! or the event is lost.
//!
//! In a body `$now`, `$ms` and `$early` are this second, the same in milliseconds, and five minutes before; `$tenant` is
//! the tenant's id and `$session` a session of the oddity's own. Numbers are of the ranges reserved for fiction.

/// An oddity, and the bodies that have it.
pub struct Oddity {
    /// What is odd.
    pub what: &'static str,
    /// Posted one after another.
    pub bodies: &'static [&'static str],
}

const fn odd(what: &'static str, bodies: &'static [&'static str]) -> Oddity {
    Oddity { what, bodies }
}

/// All of them, in the order of the pages: 1 to 48 without those that are of the transport (47, 48: `bodies`).
pub const ODDITIES: [Oddity; 46] = [
    odd(
        "an unknown event",
        &[r#"{"event_type":"coffee_machine_status","tenant_id":"$tenant","time":"$now"}"#],
    ),
    odd(
        "unknown fields",
        &[
            r#"{"event_type":"extension_call","tenant_id":"$tenant","extension":"sip:101@acme.test","call_status":"","time":"$now","flavour":{"of":["the",1,null]}}"#,
        ],
    ),
    odd(
        "everything but event_type missing",
        &[
            r#"{"event_type":"call_start"}"#,
            r#"{"event_type":"call_cdr"}"#,
            r#"{"event_type":"extension_status"}"#,
            r#"{"event_type":"queue_status"}"#,
            r#"{"event_type":"queue_caller_status","queue_id":"800000000000008001"}"#,
        ],
    ),
    odd(
        "destiantion, and destination",
        &[
            r#"{"event_type":"cdr_target_ringing","time":"$now","session_id":"$session","tenant_id":"$tenant","destiantion":"sip:102@192.0.2.10:5066","caller":"+447700900101"}"#,
            r#"{"event_type":"cdr_target_answer","time":"$now","session_id":"$session","tenant_id":"$tenant","destination":"sip:102@192.0.2.10:5066","caller":"+447700900101"}"#,
        ],
    ),
    odd(
        "end_reason, and ended_reason",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","tenant_id":"$tenant","caller":"+447700900101","callee":"102","start_time":"$early","ended_time":"$now","end_reason":"caller_disconnected","call_targets":[{"callee":"102","ended_reason":"callee_disconnect","start_time":"$early","ended_time":"$now"}]}"#,
        ],
    ),
    odd(
        "twelve words for four directions",
        &[
            r#"[{"event_type":"call_start","session_id":"$session","time":"$now","direction":"ext","caller":"101","callee":"102"},{"event_type":"call_update_info","session_id":"$session","time":"$now","direction":"EXTENSION_CALL"}]"#,
            r#"{"event_type":"call_update_info","session_id":"$session","time":"$now","direction":"in2out"}"#,
            r#"{"event_type":"call_update_info","session_id":"$session","time":"$now","direction":"sideways"}"#,
        ],
    ),
    odd(
        "call_status of two vocabularies",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","call_status":"ON_CALL","start_time":"$early","ended_time":"$now"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"answered","time":"$now"}"#,
        ],
    ),
    odd(
        "spellings of on a call, and of idle",
        &[
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"ON_ACLL","time":"$now"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"On Call","time":"$now"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","on_call":true,"time":"$now"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":null,"time":"$now"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"none","time":"$now"}"#,
        ],
    ),
    odd(
        "numbers as text, and text as numbers",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","caller":447700900101,"callee":102,"start_time":$early,"ring_time":"","answered_time":null,"ended_time":$now.25,"status_code":"480","talk_duration":"0","ring_duration":3.9}"#,
        ],
    ),
    odd(
        "ids above 2^53 as numbers",
        &[
            r#"{"event_type":"call_start","session_id":$session,"cdr_id":$session,"tenant_id":"$tenant","time":$now,"caller":"101","callee":"102","direction":"ext"}"#,
            r#"{"event_type":"extension_agent_status","extension":"sip:103@acme.test","extension_id":600000000000000103,"tenant_id":"$tenant","time":"$now","agent_status":[{"queue_number":"8001","status":"READY"}]}"#,
        ],
    ),
    odd(
        "times that did not happen",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","caller":"101","callee":"102","start_time":"$early","ring_time":"0","answered_time":0,"ended_time":"$now","call_targets":[{"callee":"102","start_time":"0","ring_time":"","ended_time":null}]}"#,
        ],
    ),
    odd(
        "times in milliseconds and RFC 3339",
        &[
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"","time":$ms}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"","time":"2026-01-02T03:04:05.678901Z"}"#,
        ],
    ),
    odd(
        "the call's start as every event's time",
        &[
            r#"{"event_type":"call_start","session_id":"$session","time":"$early","caller":"101","callee":"102","direction":"internal"}"#,
            r#"{"event_type":"cdr_target_add","session_id":"$session","time":"$early","destiantion":"sip:102@192.0.2.10:5066"}"#,
            r#"{"event_type":"cdr_target_answer","session_id":"$session","time":"$early","destiantion":"sip:102@192.0.2.10:5066"}"#,
        ],
    ),
    odd(
        "no time at all",
        &[
            r#"{"event_type":"queue_agent_status","tenant_id":"$tenant","queue_id":"800000000000008001","updated_agents":[{"agent_extension_number":"103","state":"READY"}]}"#,
            r#"{"event_type":"extension_status","tenant_id":"$tenant","status":[{"extension":"sip:101@acme.test","online":true}]}"#,
        ],
    ),
    odd(
        "timestamp for time",
        &[
            r#"{"event_type":"extension_presence","extension":"sip:101@acme.test","presence":"AWAY","timestamp":"$now"}"#,
        ],
    ),
    odd(
        "addresses of every form",
        &[
            r#"{"event_type":"call_start","session_id":"$session","time":"$now","direction":"inbound","caller":"\"A, B\" <sip:+447700900101@198.51.100.7:5060;user=phone?x=y>","callee":"tel:8001;phone-context=acme.test"}"#,
            r#"{"event_type":"call_update_info","session_id":"$session","time":"$now","caller":"sips:user%40x@[2001:db8::1]:5061","callee":"<>"}"#,
        ],
    ),
    odd(
        "nobody calls",
        &[
            r#"{"event_type":"call_start","session_id":"$session","time":"$now","direction":"inbound","caller":"anonymous","callee":""}"#,
            r#"{"event_type":"call_update_info","session_id":"$session","time":"$now","caller":"sip:anonymous@anonymous.invalid","caller_display_name":"Anonymous"}"#,
        ],
    ),
    odd(
        "did, and did_cid",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","did_cid":"+442079460100","start_time":"$early","ended_time":"$now","call_targets":[{"did":"","callee":"102"}]}"#,
        ],
    ),
    odd(
        "a trunk's name with its id",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","trunk_name":"north:sea:883631675865563136","start_time":"$early","ended_time":"$now"}"#,
        ],
    ),
    odd(
        "the tenant's id as every target's",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","tenant_id":"$tenant","start_time":"$early","ended_time":"$now","call_targets":[{"id":"$tenant","callee":"102"},{"id":"$tenant","callee":"103"}]}"#,
        ],
    ),
    odd(
        "targets out of order and overlapping",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","start_time":"$early","ended_time":"$now","call_targets":[{"callee":"103","start_time":"$now","ended_time":"$early"},{"callee":"102","start_time":"$early","ended_time":"$now"},null,7]}"#,
        ],
    ),
    odd(
        "the reason None",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","end_reason":"None","start_time":"$early","ended_time":"$now"}"#,
        ],
    ),
    odd(
        "call types of both spellings",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","start_time":"$early","ended_time":"$now","call_targets":[{"call_type":"callback","callee":"102"},{"call_type":"queue_callback_call","callee":"103"}]}"#,
        ],
    ),
    odd(
        "a status that is an object, or flat",
        &[
            r#"{"event_type":"extension_status","tenant_id":"$tenant","status":{"extension":"sip:101@acme.test","online":true,"time":"$now"}}"#,
            r#"{"event_type":"extension_status","tenant_id":"$tenant","extension":"sip:101@acme.test","online":"1","time":"$now"}"#,
        ],
    ),
    odd(
        "presence in the note",
        &[
            r#"{"event_type":"extension_presence","extension":"sip:101@acme.test","presence_note":"Away","time":"$now"}"#,
            r#"{"event_type":"extension_presence","extension":"sip:101@acme.test","note":"Lunch","time":"$now"}"#,
        ],
    ),
    odd(
        "three meanings of ONLINE",
        &[
            r#"{"event_type":"extension_presence","extension":"sip:101@acme.test","presence":"ONLINE","time":"$now"}"#,
            r#"{"event_type":"queue_agent_status","queue_id":"800000000000008001","updated_agents":[{"agent_extension_number":"103","state":"ONLINE","timestamp":"$now"}]}"#,
        ],
    ),
    odd(
        "status for state, titles for constants",
        &[
            r#"{"event_type":"queue_agent_status","queue_id":"800000000000008001","updated_agents":[{"agent_extension_number":"103","status":"Queue Call","timestamp":"$now"},{"agent_extension_number":"104","state":"Wrap-up","timestamp":"$now"}]}"#,
        ],
    ),
    odd(
        "agents inside the waiting list",
        &[
            r#"{"event_type":"queue_status","tenant_id":"$tenant","queue_id":"800000000000008001","queue_number":"8001","queue_name":"Sales","waiting_list":[{"position":"1","session_id":"$session","caller_number":"+447700900101","caller_name":"","timestamp":"$now","type":"normal"},{"agents":[{"state":"READY","agent_extension_number":"103","timestamp":"$now"}]}]}"#,
        ],
    ),
    odd(
        "JSON as printed: a full-width comma, a trailing one",
        &[
            "{\"event_type\":\"queue_status\",\"queue_id\":\"800000000000008001\"\u{ff0c}\"waiting_list\":[]}",
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"","time":"$now",}"#,
            r#"{"event_type":"extension_call","extension:"sip:101@acme.test"}"#,
        ],
    ),
    odd(
        "a key twice",
        &[
            r#"{"event_type":"extension_created","extension_number":"109","disp_name":"N","username":"a","username":"b","tenant_id":"$tenant"}"#,
        ],
    ),
    odd(
        "alternatives with a slash",
        &[
            r#"{"event_type":"queue_caller_status","queue_id":"800000000000008001","updated_callers":[{"position":"1","session_id":"$session","caller_number":"+447700900101","reason":"enqueue/agent_answered/overflow/hangup/callback","timestamp":"$now","type":"normal/callback"}]}"#,
        ],
    ),
    odd(
        "destroy, and destroyed",
        &[
            r#"{"event_type":"queue_destroyed","queue_number":"8099","tenant_id":"$tenant"}"#,
            r#"{"event_type":"extension_destroy","extension_number":"199","tenant_id":"$tenant"}"#,
        ],
    ),
    odd(
        "old names",
        &[
            r#"{"event_type":"extension_register","extension":"sip:101@acme.test","extension_id":600000000000000101,"time":"$now","registration_contacts":[{"contact_uri":"sip:101@192.0.2.5","expires":60,"reg_id":1}]}"#,
            r#"{"event_type":"call_established","session_id":"$session","call_target":"sip:102@acme.test","time":"$now"}"#,
            r#"{"event_type":"target_ended","session_id":"$session","destination":"sip:102@acme.test","time":"$now"}"#,
            r#"{"event_type":"call_fail","session_id":"$session","fail_code":486,"time":"$now"}"#,
            r#"{"event_type":"queue_member_state","queue_id":"800000000000008001","updated_agents":[]}"#,
        ],
    ),
    odd(
        "an old copy after newer ones",
        &[
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"","time":"$now"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"RINGING","time":"$early"}"#,
            r#"{"event_type":"extension_call","extension":"sip:101@acme.test","call_status":"RINGING","time":"$early"}"#,
        ],
    ),
    odd(
        "a CDR before the call's other events",
        &[
            r#"{"event_type":"call_cdr","session_id":"$session","caller":"101","callee":"102","start_time":"$early","ended_time":"$now"}"#,
            r#"{"event_type":"cdr_target_ringing","session_id":"$session","time":"$early","destiantion":"sip:102@192.0.2.10:5066"}"#,
            r#"{"event_type":"call_start","session_id":"$session","time":"$early","caller":"101","callee":"102","direction":"internal"}"#,
        ],
    ),
    odd(
        "a call whose CDR is late",
        &[
            r#"{"event_type":"call_start","session_id":"$session","time":"$early","caller":"101","callee":"102","direction":"internal"}"#,
        ],
    ),
    odd(
        "a phone without a call, and a call without a phone",
        &[
            r#"{"event_type":"extension_call","extension":"sip:104@acme.test","call_status":"ON_CALL","time":"$early"}"#,
            r#"{"event_type":"extension_call","extension":"sip:104@acme.test","call_status":"","time":"$now"}"#,
            r#"{"event_type":"cdr_target_answer","session_id":"$session","time":"$now","destiantion":"sip:105@192.0.2.10:5066"}"#,
        ],
    ),
    odd(
        "offline and on a call",
        &[
            r#"{"event_type":"extension_status","tenant_id":"$tenant","status":[{"extension":"sip:105@acme.test","call_status":"ON_CALL","online":false,"push_online":false,"time":"$early"}]}"#,
            r#"{"event_type":"extension_status","tenant_id":"$tenant","status":[{"extension":"sip:105@acme.test","call_status":"","online":true,"push_online":false,"time":"$now"}]}"#,
        ],
    ),
    odd(
        "a queue known by its id only",
        &[
            r#"{"event_type":"queue_agent_status","tenant_id":"$tenant","queue_id":"800000000000008999","updated_agents":[{"agent_extension_number":"103","state":"READY","timestamp":"$now"}]}"#,
        ],
    ),
    odd(
        "a caller nobody saw, a caller twice",
        &[
            r#"{"event_type":"queue_caller_status","queue_id":"800000000000008001","updated_callers":[{"position":"4","session_id":"$session","caller_number":"+447700900101","reason":"hangup","timestamp":"$now","type":"normal"}]}"#,
            r#"{"event_type":"queue_status","queue_id":"800000000000008001","queue_number":"8001","waiting_list":[{"position":"1","session_id":"$session","caller_number":"+447700900101","timestamp":"$early"},{"position":"2","session_id":"$session","caller_number":"+447700900101","timestamp":"$early"}],"agents":[]}"#,
            r#"{"event_type":"queue_status","queue_id":"800000000000008001","queue_number":"8001","waiting_list":[],"agents":[]}"#,
        ],
    ),
    odd(
        "all agents where some changed",
        &[
            r#"{"event_type":"queue_agent_status","queue_id":"800000000000008001","updated_agents":[{"agent_extension_number":"103","state":"READY","timestamp":"$early"},{"agent_extension_number":"104","state":"NOT_READY","reason":"Training","timestamp":"$now"}]}"#,
        ],
    ),
    odd(
        "agents removed, none updated",
        &[
            r#"{"event_type":"queue_agent_status","queue_id":"800000000000008001","removed_agents":[{"agent_extension_number":"104"}]}"#,
        ],
    ),
    odd(
        "a breach without a session",
        &[
            r#"{"event_type":"queue_sla_breached","queue_id":"800000000000008001","tenant_id":"$tenant","caller":"+447700900101","total_callers_breached":1,"sla_time_secs":0,"waiting_callers":1,"timestamp":"$now"}"#,
        ],
    ),
    odd(
        "an agent in many queues at once",
        &[
            r#"{"event_type":"extension_agent_status","extension":"sip:103@acme.test","time":"$now","agent_status":[{"queue_number":"8001","status":"QUEUE_CALL"},{"queue_number":"8002","status":"OTHER_CALL"},{"queue_number":"8003","status":"LOGGED_OUT"}]}"#,
        ],
    ),
    odd(
        "extensions that are services",
        &[
            r#"{"event_type":"extension_call","extension":"sip:8001@acme.test","call_status":"ON_CALL","time":"$early"}"#,
            r#"{"event_type":"extension_call","extension":"sip:888@acme.test","call_status":"","time":"$now"}"#,
        ],
    ),
    odd(
        "another tenant's event",
        &[
            r#"{"event_type":"extension_call","tenant_id":"799999999999999999","extension":"sip:101@other.test","call_status":"","time":"$now"}"#,
        ],
    ),
];
