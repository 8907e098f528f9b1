//! What a PBX sends, or may send, that its pages do not say plainly: a test each.
//!
//! `docs/events.md` has the list. Bodies and expectations are written from it; [`picture`] has the form of the lines.

mod picture;

use model::{
    event::{Problem, decode, newest_time},
    time::UnixMillis,
};
use picture::picture;

#[track_caller]
fn check(body: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(picture(&decode(body.as_ref())), expected);
}

/// The one line of an `extension_call` with `fields`.
#[track_caller]
fn check_call(fields: &str, expected: &str) {
    check(format!(r#"{{"event_type":"extension_call",{fields}}}"#), &[&format!("extension_call {expected}")]);
}

const RINGS: &str = r#"{"event_type":"extension_call","extension":"101","call_status":"RINGING"}"#;
const RINGS_LINE: &str = "extension_call extension=101 call=ringing(RINGING)";

#[test]
fn an_empty_body_says_nothing_and_is_no_problem() {
    for body in ["", " \r\n\t", "\u{feff}", "[]"] {
        check(body, &[]);
    }
}

#[test]
fn events_come_in_a_list_or_one_after_another_or_line_by_line_or_behind_a_byte_order_mark() {
    for body in [
        format!("[{RINGS},{RINGS}]"),
        format!("{RINGS}{RINGS}"),
        format!("{RINGS}\r\n\r\n{RINGS}\n"),
        format!("[{RINGS}] {RINGS}"),
        format!("\u{feff}{RINGS}\n{RINGS}"),
    ] {
        check(body, &[RINGS_LINE, RINGS_LINE]);
    }
}

#[test]
fn what_stands_before_a_broken_end_is_read() {
    check(format!("{RINGS}\n{{\"event_type\": oops}}\n{RINGS}"), &[RINGS_LINE, "not JSON at 89"]);
    let cut = &RINGS[..RINGS.len() - 1];
    check(
        format!("\u{feff}{RINGS}{cut}"),
        &[RINGS_LINE, &format!("not JSON at {}", 3 + RINGS.len() + cut.len())],
    );
}

#[test]
fn a_body_that_is_no_json_is_said_to_be_none() {
    for (body, at) in [("event_type=call_start", 0), ("{'a':1}", 1), ("{\"a\":1,}", 7), ("\0\0", 0)] {
        check(body, &[&format!("not JSON at {at}")]);
    }
    check(b"\x1f\x8b\x08\0", &["not JSON at 0"]);
    assert!(decode(b"\x1f\x8b").problems[0].quarantines());
}

#[test]
fn json_that_is_no_event_is_said_to_be_none() {
    for body in ["null", "1", "\"call_start\"", "[[]]", "[1, 2, 3]"] {
        check(body, &["not an event"]);
    }
    for body in ["{}", r#"{"event":"call_start"}"#, r#"{"event_type":null}"#, r#"{"event_type":" "}"#] {
        check(body, &["no type"]);
    }
    check(r#"{"event_type":{}}"#, &["odd  event_type: text", "no type"]);
    check(format!("[7,{RINGS},{{}}]"), &[RINGS_LINE, "not an event", "no type"]);
}

#[test]
fn an_unknown_event_is_kept_by_name_and_is_no_quarantine() {
    check(
        r#"{"event_type":" Call_Teleport ","tenant_id":7}"#,
        &["call_teleport tenant=7 other", "unknown call_teleport"],
    );
    assert!(!decode(br#"{"event_type":"call_teleport"}"#).problems[0].quarantines());
    check(
        r#"{"event_type":"call_teleport","tenant_id":[]}"#,
        &["call_teleport other", "unknown call_teleport", "odd call_teleport tenant_id: an id"],
    );
}

#[test]
fn a_name_given_by_the_sender_is_short_and_fit_for_a_log() {
    let name = format!("a\\nb c{}", "x".repeat(100));
    let expected = format!("a?b?c{}", "x".repeat(59));
    check(
        format!(r#"{{"event_type":"{name}"}}"#),
        &[&format!("{expected} other"), &format!("unknown {expected}")],
    );
}

#[test]
fn unknown_fields_are_counted_by_name_whatever_they_hold_and_the_rest_is_read() {
    let body = r#"{"event_type":"extension_call","extension":"101","call_status":"RINGING",
        "new":{"a":[1,{"b":null}],"event_type":"x"},"more":1e999,"ne\u0077":7,"a b\n":"","":[],"\ud83d":0}"#;
    let unknown = |name: &str| format!("unknown field extension_call {name}");
    check(
        body,
        &[
            "extension_call extension=101 call=ringing(RINGING)",
            &unknown("new"),
            &unknown("more"),
            &unknown("a?b"),
            &unknown(""),
            &unknown("?ud83d"),
        ],
    );
    assert!(decode(body.as_bytes()).problems.iter().all(|problem| !problem.quarantines()));
    let long = format!(r#"{{"event_type":"extension_call","extension":"101","{}":1}}"#, "x".repeat(100));
    check(&long, &["extension_call extension=101 call=idle()", &unknown(&"x".repeat(64))]);
}

#[test]
fn a_field_of_another_event_is_unknown_in_this_one() {
    check(
        r#"{"event_type":"call_start","session_id":"1","waiting_list":[]}"#,
        &["call_start call=1", "unknown field call_start waiting_list"],
    );
}

#[test]
fn an_unknown_field_of_a_list_s_elements_is_counted_once_a_body_behind_the_list_s_name() {
    check(
        r#"{"event_type":"extension_status","status":[{"extension":"101","mood":1},{"extension":"102","mood":2}]}
           {"event_type":"extension_status","status":{"extension":"103","mood":3}}"#,
        &[
            "extension_status extension=101 call=idle()",
            "extension_status extension=102 call=idle()",
            "extension_status extension=103 call=idle()",
            "unknown field extension_status status.mood",
        ],
    );
    for (list, element) in [
        ("waiting_list", r#""session_id":"1""#),
        ("agents", r#""agent_extension_number":"101","state":"READY""#),
    ] {
        let body =
            format!(r#"{{"event_type":"queue_status","queue_id":"q","{list}":[{{{element},"mood":1}}]}}"#);
        let problems = decode(body.as_bytes()).problems;
        let field = format!("{list}.mood");
        assert_eq!(problems, [Problem::UnknownField { event: "queue_status".into(), field }]);
    }
    check(
        r#"{"event_type":"call_cdr","session_id":"1","call_targets":[{"callee":"102","mood":1}]}"#,
        &["call_cdr call=1", "  leg 102 - - - - -", "unknown field call_cdr call_targets.mood"],
    );
}

#[test]
fn a_unique_id_that_the_page_promises_without_a_name_is_not_unknown() {
    for name in ["uuid", "event_id", "message_id", "tenant_name", "timestamp"] {
        check_call(
            &format!(r#""extension":"101","{name}":"1""#),
            match name {
                "timestamp" => "extension=101 at=1 call=idle()",
                _ => "extension=101 call=idle()",
            },
        );
    }
}

#[test]
fn unknown_fields_do_not_hide_that_something_was_not_read() {
    let fields = (0..200).map(|n| format!(r#","x{n}":0"#)).collect::<Vec<_>>().concat();
    let body =
        format!(r#"{{"event_type":"extension_call","extension":"101"{fields}}}{{"event_type":"call_cdr"}}"#);
    let problems = decode(body.as_bytes()).problems;
    assert_eq!(problems.len(), 101);
    assert!(problems[100].quarantines());
}

/// A body may have nothing but its name: the list says what it then lacks, if anything.
#[test]
fn everything_but_the_event_s_name_may_be_missing() {
    for (event, missing) in [
        ("call_start", "session_id"),
        ("call_update_info", "session_id"),
        ("call_cdr", "session_id"),
        ("call_ended", "session_id"),
        ("call_established", "destination"),
        ("cdr_target_add", "destination"),
        ("extension_status", "status"),
        ("extension_call", "extension"),
        ("extension_presence", "extension"),
        ("extension_register", "extension"),
        ("extension_agent_status", "extension"),
        ("queue_status", "queue_id"),
        ("queue_caller_status", "queue_id"),
        ("queue_agent_status", "queue_id"),
        ("queue_member_state", "queue_id"),
        ("queue_sla_breached", "queue_id"),
        ("queue_created", "queue_number"),
        ("queue_destroyed", "queue_number"),
        ("extension_updated", "extension_number"),
    ] {
        let problems = decode(format!(r#"{{"event_type":"{event}"}}"#).as_bytes()).problems;
        assert_eq!(problems, [Problem::Missing { event: event.into(), field: missing.into() }]);
    }
    for event in ["call_hold", "call_reroute", "trunk_connected"] {
        check(format!(r#"{{"event_type":"{event}"}}"#), &[&format!("{event} other")]);
    }
}

#[test]
fn every_spelling_of_a_phone_s_state_is_read() {
    for (words, ours) in [
        (&["RINGING", "Ringing", " ringing "][..], "ringing"),
        (&["ON_CALL", "On Call", "on_call", "ONCALL", "on-call", "ON_ACLL", "OTHER_CALL"], "on_call"),
        (&["none", "NONE"], "idle"),
        (&["Levitating", "ON_CALL/RINGING"], "?"),
    ] {
        for word in words {
            let raw = word.trim();
            check_call(
                &format!(r#""extension":"101","call_status":"{word}""#),
                &format!("extension=101 call={ours}({raw})"),
            );
        }
    }
    for fields in [r#","call_status":"""#, r#","call_status":null"#, ""] {
        check_call(&format!(r#""extension":"101"{fields}"#), "extension=101 call=idle()");
    }
    for (flag, ours) in [("true", "on_call"), ("false", "idle")] {
        for name in ["call_status", "on_call"] {
            check_call(
                &format!(r#""extension":"101","{name}":{flag}"#),
                &format!("extension=101 call={ours}({flag})"),
            );
        }
    }
}

#[test]
fn an_extension_is_an_address_in_any_form_or_a_number() {
    for sent in [
        "\"sip:101@acme.test\"",
        "\"<sip:101@acme.test;ob>\"",
        "\"101\"",
        "101",
        "\"Ann <SIPS:101@acme.test>\"",
    ] {
        check_call(&format!(r#""extension":{sent}"#), "extension=101 call=idle()");
    }
    check_call(r#""extension":"sip:ann.b@acme.test""#, "extension=ann.b call=idle()");
}

#[test]
fn a_time_is_read_in_every_form_and_under_both_names() {
    for (time, shown) in [
        ("\"1786000000\"", " at=1786000000"),
        ("1786000000", " at=1786000000"),
        ("1786000000.5", " at=1786000000.500"),
        ("\"1786000000123\"", " at=1786000000.123"),
        ("1786000000123", " at=1786000000.123"),
        ("\"2026-08-06T09:06:40+02:00\"", " at=1786000000"),
        ("\"0\"", ""),
        ("0", ""),
        ("\"\"", ""),
        ("null", ""),
    ] {
        for name in ["time", "timestamp"] {
            check_call(
                &format!(r#""extension":"101","{name}":{time}"#),
                &format!("extension=101{shown} call=idle()"),
            );
        }
    }
    check(
        r#"{"event_type":"extension_call","extension":"101","time":"soon","timestamp":"1786000000"}"#,
        &[
            "extension_call extension=101 at=1786000000 call=idle()",
            "odd extension_call time: a time in seconds",
        ],
    );
}

#[test]
fn an_item_without_a_time_has_the_event_s() {
    check(
        r#"{"event_type":"extension_status","time":"1786000000","status":[{"extension":"101"},{"extension":"102","time":"1786000009"}]}"#,
        &[
            "extension_status extension=101 at=1786000000 call=idle()",
            "extension_status extension=102 at=1786000009 call=idle()",
        ],
    );
}

#[test]
fn ids_keep_all_their_digits_also_as_numbers() {
    check(
        r#"{"event_type":"call_start","session_id":9007199254740993,"tenant_id":184467440737095516150001}"#,
        &["call_start tenant=184467440737095516150001 call=9007199254740993"],
    );
}

#[test]
fn the_last_of_two_members_of_one_name_counts() {
    check_call(r#""extension":"101","extension":"102""#, "extension=102 call=idle()");
}

#[test]
fn a_presence_is_read_in_every_spelling() {
    for (word, ours) in [
        ("AVAILABLE", "available"),
        ("ONLINE", "available"),
        ("Away", "away"),
        ("do not disturb", "do_not_disturb"),
        ("DND", "do_not_disturb"),
        ("LUNCH", "lunch"),
        ("Business-Trip", "business_trip"),
        ("BREAK", "break"),
        ("Busy", "busy"),
        ("Asleep", "?"),
    ] {
        check(
            format!(r#"{{"event_type":"extension_presence","extension":"101","presence":"{word}"}}"#),
            &[&format!("extension_presence extension=101 presence={ours}({word})")],
        );
    }
}

#[test]
fn a_phone_s_state_in_the_place_of_the_presence_says_nothing_of_the_person() {
    for word in ["ON_CALL", "OTHER_CALL", "RINGING", "OFFLINE"] {
        check(
            format!(r#"{{"event_type":"extension_presence","extension":"101","presence":"{word}"}}"#),
            &["extension_presence extension=101"],
        );
    }
}

#[test]
fn a_note_is_the_presence_only_where_there_is_no_presence_and_it_is_such_a_word() {
    for (fields, expected) in [
        (r#""presence":"AWAY","presence_note":"Lunch""#, r#"presence=away(AWAY) note="Lunch""#),
        (r#""presence_note":"Lunch""#, r#"presence=lunch(Lunch) note="""#),
        (r#""note":"Lunch""#, r#"presence=lunch(Lunch) note="""#),
        (r#""presence":"","presence_note":"Lunch""#, r#"presence=lunch(Lunch) note="""#),
        (r#""presence":"","presence_note":"Upstairs""#, r#"presence=available() note="Upstairs""#),
        (r#""presence_note":"Upstairs""#, r#"note="Upstairs""#),
        (r#""presence":"","presence_note":"""#, r#"presence=available() note="""#),
        (r#""presence":"""#, "presence=available()"),
    ] {
        check(
            format!(r#"{{"event_type":"extension_presence","extension":"101",{fields}}}"#),
            &[&format!("extension_presence extension=101 {expected}")],
        );
    }
}

#[test]
fn an_agent_s_state_is_read_in_every_spelling_and_under_both_names() {
    for (word, ours) in [
        ("READY", "ready"),
        ("Ready", "ready"),
        ("Queue Call", "queue_call"),
        ("TRANSFER", "queue_call"),
        ("CONSULT_TRANSFER", "queue_call"),
        ("ON_HOLD", "queue_call"),
        ("Other Call", "other_call"),
        ("Wrap-up", "wrap_up"),
        ("Wrap Up", "wrap_up"),
        ("NOT_READY", "not_ready"),
        ("LOGGED_OUT", "logged_out"),
        ("Logout", "logged_out"),
        ("ONLINE", "logged_out"),
        ("Offline", "offline"),
        ("LOGGED_IN", "?"),
        ("READY/NOT_READY", "?"),
    ] {
        for name in ["state", "status"] {
            check(
                format!(
                    r#"{{"event_type":"queue_agent_status","queue_id":"q","updated_agents":[{{"agent_extension_number":"101","{name}":"{word}"}}]}}"#
                ),
                &["queue_agent_status queue=q", &format!("  agent 101 state={ours}({word})")],
            );
            check(
                format!(
                    r#"{{"event_type":"extension_agent_status","extension":"101","agent_status":{{"queue_number":8001,"{name}":"{word}"}}}}"#
                ),
                &[&format!("extension_agent_status agent=101 queues=8001:{ours}({word})")],
            );
        }
    }
}

#[test]
fn a_break_in_the_place_of_the_state_is_not_ready_and_the_reason() {
    check(
        r#"{"event_type":"extension_agent_status","extension":"101","agent_status":[
            {"queue_number":"8001","status":"LUNCH"},
            {"queue_number":"8002","status":"BREAK","reason":"Tea"},
            {"queue_number":"8003","status":"NOT_READY","not_ready_reason":7}]}"#,
        &[
            "extension_agent_status agent=101 queues=8001:not_ready(LUNCH)/LUNCH,8002:not_ready(BREAK)/Tea,8003:not_ready(NOT_READY)/7",
        ],
    );
}

#[test]
fn a_direction_is_read_in_all_twelve_spellings() {
    for (words, ours) in [
        (["internal", "ext", "EXTENSION_CALL"], "internal"),
        (["inbound", "in", "INBOUND_CALL"], "inbound"),
        (["outbound", "out", "OUTBOUND_CALL"], "outbound"),
        (["inbound_outbound", "in2out", "INBOUND_OUTBOUND_CALL"], "transit"),
    ] {
        for word in words {
            check(
                format!(r#"{{"event_type":"call_start","session_id":"1","direction":"{word}"}}"#),
                &[&format!("call_start call=1 direction={ours}")],
            );
        }
    }
    check(
        r#"{"event_type":"call_start","session_id":"1","direction":"sideways"}"#,
        &["call_start call=1", "odd call_start direction: a direction"],
    );
}

#[test]
fn a_call_event_without_a_session_is_kept_and_put_into_quarantine() {
    for (event, line) in [
        ("call_start", ""),
        ("call_update_info", ""),
        ("call_cdr", ""),
        ("call_ended", ""),
        ("call_fail", ""),
    ] {
        for session in
            ["", r#","session_id":null"#, r#","session_id":"0""#, r#","session_id":0"#, r#","session_id":"""#]
        {
            check(
                format!(r#"{{"event_type":"{event}"{session}}}"#),
                &[&format!("{event}{line}"), &format!("missing {event} session_id")],
            );
        }
    }
    assert!(decode(br#"{"event_type":"call_start"}"#).problems[0].quarantines());
}

#[test]
fn an_anonymous_caller_keeps_the_word_and_an_empty_one_is_unknown() {
    check(
        r#"{"event_type":"call_start","session_id":"1","caller":"sip:anonymous@anonymous.invalid","caller_display_name":""}"#,
        &["call_start call=1 from=anonymous"],
    );
    check(
        r#"{"event_type":"call_start","session_id":"1","caller":"","callee":null}"#,
        &["call_start call=1"],
    );
}

#[test]
fn the_number_that_was_dialled_has_two_names() {
    for name in ["did", "did_cid"] {
        check(
            format!(r#"{{"event_type":"call_start","session_id":"1","{name}":"15550199"}}"#),
            &["call_start call=1 did=15550199"],
        );
    }
    check(
        r#"{"event_type":"call_start","session_id":"1","did":"","did_cid":"15550199"}"#,
        &["call_start call=1 did=15550199"],
    );
}

#[test]
fn a_trunk_s_id_is_left_out_of_its_name_and_a_port_is_not() {
    for (sent, name) in [
        ("122:883631675865563136", "122"),
        ("AudioCodes", "AudioCodes"),
        ("a:b:900000000000000077", "a:b"),
        ("sbc.acme.test:5060", "sbc.acme.test:5060"),
    ] {
        check(
            format!(r#"{{"event_type":"call_cdr","session_id":"1","trunk_name":"{sent}"}}"#),
            &[&format!("call_cdr call=1 trunk={name:?}")],
        );
    }
    check(
        r#"{"event_type":"call_cdr","session_id":"1","trunk_name":":900000000000000077"}"#,
        &["call_cdr call=1"],
    );
}

#[test]
fn a_target_has_one_key_however_its_address_is_written() {
    for (field, sent) in [
        ("destiantion", "sip:102@Phone.acme.test:5066"),
        ("destination", "<SIP:102@phone.acme.test:5066;transport=tcp>"),
        ("destination", "\\\"Ann\\\" <sip:102@PHONE.acme.test:5066>"),
    ] {
        check(
            format!(r#"{{"event_type":"cdr_target_end","session_id":"1","{field}":"{sent}"}}"#),
            &["cdr_target_end call=1 target=102@phone.acme.test:5066 number=102 ended"],
        );
    }
    check(
        r#"{"event_type":"cdr_target_end","session_id":"1","destiantion":"","destination":"102"}"#,
        &["cdr_target_end call=1 target=102 number=102 ended"],
    );
}

#[test]
fn a_target_event_without_a_target_is_put_into_quarantine() {
    check(r#"{"event_type":"cdr_target_add","session_id":"1"}"#, &["missing cdr_target_add destination"]);
}

#[test]
fn every_name_of_the_target_family_is_read() {
    for (name, phase) in [
        ("target_added", "added"),
        ("cdr_target_answered", "answered"),
        ("cdr_target_no_answer", "no_answer"),
        ("cdr_target_failed", "failed"),
        ("cdr_target_ended", "ended"),
        ("CDR_Target_Ringing", "ringing"),
    ] {
        let shown = name.to_lowercase();
        check(
            format!(r#"{{"event_type":"{name}","session_id":"1","destination":"102"}}"#),
            &[&format!("{shown} call=1 target=102 number=102 {phase}")],
        );
    }
    check(
        r#"{"event_type":"cdr_target_teleport","session_id":"1","destination":"102"}"#,
        &["cdr_target_teleport other", "unknown cdr_target_teleport"],
    );
}

#[test]
fn a_record_may_have_no_targets_or_one_in_the_place_of_the_list() {
    for targets in ["", r#","call_targets":null"#, r#","call_targets":[]"#] {
        check(
            format!(
                r#"{{"event_type":"call_cdr","session_id":"1","answered_time":"0","ended_time":"1786000009"{targets}}}"#
            ),
            &["call_cdr call=1 ended=1786000009"],
        );
    }
    check(
        r#"{"event_type":"call_cdr","session_id":"1","call_targets":{"destiantion":"sip:102@h","answered_time":0}}"#,
        &["call_cdr call=1", "  leg 102 102@h - - - -"],
    );
}

/// The reasons of the page's text, of its examples, and of the REST interface, under both names and at both levels.
#[test]
fn the_reason_of_an_end_is_read_in_every_spelling_and_under_both_names() {
    for (words, ours) in [
        (
            &["caller_disconnect", "caller_disconnected", "CALLER_DISCONNECTED", "Caller-Disconnect"][..],
            "CallerHungUp",
        ),
        (&["callee_disconnect", "callee_disconnected", "CALLEE_DISCONNECTED"], "CalleeHungUp"),
        (&["replaced", "REPLACED"], "Replaced"),
        (&["referred", "REFERRED"], "Referred"),
        (&["redirected", "REDIRECTED"], "Redirected"),
        (&["blind_transfer_complete", "BLIND_TRANSFER_COMPLETED"], "BlindTransfer"),
        (&["attended_transfer_complete", "CONSULT_TRANSFER_COMPLETED"], "AttendedTransfer"),
        (&["cancelled", "CANCELLED"], "Cancelled"),
        (&["bored", "caller_disconnect/callee_disconnect"], "?"),
    ] {
        for (word, name) in words.iter().flat_map(|word| [(word, "end_reason"), (word, "ended_reason")]) {
            check(
                format!(
                    r#"{{"event_type":"call_cdr","session_id":"1","{name}":"{word}","call_targets":[{{"callee":"102","{name}":"{word}"}}]}}"#
                ),
                &[
                    &format!("call_cdr call=1 reason={ours}({word})"),
                    &format!("  leg 102 - - - - - reason={ours}({word})"),
                ],
            );
        }
    }
    for nothing in ["\"None\"", "\"none\"", "\"\"", "null"] {
        check(
            format!(r#"{{"event_type":"call_cdr","session_id":"1","ended_reason":{nothing}}}"#),
            &["call_cdr call=1"],
        );
    }
}

#[test]
fn a_record_s_numbers_are_read_as_numbers_and_as_text_at_both_levels() {
    for (sent, shown) in [("\"21\"", "21"), ("21", "21"), ("21.7", "21"), ("0", "0"), ("\"0\"", "0")] {
        let fields = format!(r#""status_code":{sent},"ring_duration":{sent},"talk_duration":{sent}"#);
        let read = format!("code={shown} ring={shown} talk={shown}");
        check(
            format!(
                r#"{{"event_type":"call_cdr","session_id":"1",{fields},"call_targets":[{{"callee":"102",{fields}}}]}}"#
            ),
            &[&format!("call_cdr call=1 {read}"), &format!("  leg 102 - - - - - {read}")],
        );
    }
}

#[test]
fn one_name_has_two_vocabularies_and_the_event_decides_which() {
    for (word, of_call, of_phone) in [
        ("answered", "Answered", "?"),
        ("NoAnswer", "NoAnswer", "?"),
        ("fail", "Failed", "?"),
        ("ON_CALL", "?", "on_call"),
    ] {
        check(
            format!(r#"{{"event_type":"call_cdr","session_id":"1","call_status":"{word}"}}"#),
            &[&format!("call_cdr call=1 status={of_call}({word})")],
        );
        check_call(
            &format!(r#""extension":"101","call_status":"{word}""#),
            &format!("extension=101 call={of_phone}({word})"),
        );
    }
}

#[test]
fn a_target_s_type_is_read_in_the_words_of_both_texts_and_none_is_none() {
    for (word, ours) in [
        ("normal_call", " type=Normal(normal_call)"),
        ("queue_call", " type=Queue(queue_call)"),
        ("ring_group_call", " type=RingGroup(ring_group_call)"),
        ("queue_callback_call", " type=QueueCallback(queue_callback_call)"),
        ("queue_callback", " type=QueueCallback(queue_callback)"),
        ("callback_call", " type=Callback(callback_call)"),
        ("callback", " type=Callback(callback)"),
        ("conference", " type=?(conference)"),
        ("none", ""),
        ("", ""),
    ] {
        check(
            format!(
                r#"{{"event_type":"call_cdr","session_id":"1","call_targets":[{{"callee":"102","call_type":"{word}"}}]}}"#
            ),
            &["call_cdr call=1", &format!("  leg 102 - - - - -{ours}")],
        );
    }
}

/// The page's example has the loser of a ring-all first; they overlap, and all have the tenant's id.
#[test]
fn a_record_s_targets_stay_in_its_order_and_none_is_taken_for_another() {
    check(
        r#"{"event_type":"call_cdr","session_id":"1","tenant_id":"7","call_targets":[
            {"id":"7","callee":"103","start_time":"1786000004","ended_time":"1786000015"},
            {"id":"7","callee":"102","start_time":"1786000004","ended_time":"1786000065"},
            {"id":"7","callee":"103","start_time":"1786000001","ended_time":"1786000005"}]}"#,
        &[
            "call_cdr tenant=7 call=1",
            "  leg 103 - 1786000004 - - 1786000015",
            "  leg 102 - 1786000004 - - 1786000065",
            "  leg 103 - 1786000001 - - 1786000005",
        ],
    );
}

#[test]
fn a_breach_of_a_queue_without_a_target_has_none() {
    for (sent, shown) in [("0", ""), ("\"0\"", ""), ("\"20\"", " target=20"), ("null", "")] {
        check(
            format!(r#"{{"event_type":"queue_sla_breached","queue_id":"q","sla_time_secs":{sent}}}"#),
            &[&format!("queue_sla_breached queue=q{shown}")],
        );
    }
}

#[test]
fn a_registration_without_contacts_is_none_and_one_of_another_shape_says_nothing() {
    for (contacts, shown) in [
        ("", " online=false"),
        (r#","registration_contacts":[]"#, " online=false"),
        (r#","registration_contacts":null,"removed_contacts":[{}]"#, " online=false"),
        (r#","registration_contacts":{"contact_uri":"sip:101@h"}"#, " online=true"),
        (r#","registration_contacts":[{}],"removed_contacts":[{}]"#, " online=true"),
    ] {
        check(
            format!(r#"{{"event_type":"extension_register","extension":"101"{contacts}}}"#),
            &[&format!("extension_register extension=101{shown}")],
        );
    }
    check(
        r#"{"event_type":"extension_register","extension":"101","registration_contacts":2}"#,
        &[
            "extension_register extension=101",
            "odd extension_register registration_contacts: a list of objects",
        ],
    );
}

#[test]
fn an_answer_without_its_target_is_put_into_quarantine() {
    check(
        r#"{"event_type":"call_established","session_id":"1","call_target":""}"#,
        &["missing call_established destination"],
    );
}

#[test]
fn a_caller_twice_in_one_event_is_two_callers_in_its_order() {
    check(
        r#"{"event_type":"queue_caller_status","queue_id":"q","updated_callers":[
            {"session_id":"1","caller_number":"5","reason":"enqueue"},
            {"session_id":"1","caller_number":"5","reason":"hangup"},
            {"session_id":"2","caller_number":"5","reason":"enqueue"}]}"#,
        &[
            "queue_caller_status queue=q",
            "  caller 1 enqueue number=5",
            "  caller 1 hangup number=5",
            "  caller 2 enqueue number=5",
        ],
    );
}

/// The printed queue_status has a full-width comma and lacks a bracket; it is no JSON, and no PBX sends it so.
#[test]
fn json_as_some_pages_print_it_is_none() {
    for (body, at) in [
        ("{\"event_type\":\"queue_status\"，\"agents\":[]}", 28),
        (r#"{"command":"auth","username":"admin",}"#, 37),
        (r#"{"topics":["extension_events,"cdr_events"]}"#, 30),
    ] {
        check(body, &[&format!("not JSON at {at}")]);
    }
}

/// What a PBX answers to commands on its WebSocket is no event.
#[test]
fn the_answer_to_a_command_is_no_event() {
    check(r#"{"command":"auth","id":"1","status":0}"#, &["no type"]);
}

#[test]
fn events_of_several_tenants_keep_theirs() {
    check(
        r#"{"event_type":"trunk_connected","tenant_id":"7"}{"event_type":"trunk_connected","tenant_id":8}
           {"event_type":"trunk_connected","tenant_id":"0"}"#,
        &["trunk_connected tenant=7 other", "trunk_connected tenant=8 other", "trunk_connected other"],
    );
}

#[test]
fn a_record_without_a_start_has_the_event_s_time() {
    check(
        r#"{"event_type":"call_cdr","session_id":"1","start_time":"0","time":"1786000000"}"#,
        &["call_cdr call=1 at=1786000000"],
    );
}

#[test]
fn a_queue_without_an_id_goes_by_its_number() {
    check(
        r#"{"event_type":"queue_status","queue_number":8001,"waiting_list":[]}"#,
        &["queue_status queue=n:8001 number=8001 agents=none"],
    );
    check(r#"{"event_type":"queue_status","waiting_list":[]}"#, &["missing queue_status queue_id"]);
}

/// No page says what an id is made of.
#[test]
fn an_id_that_looks_like_a_queue_s_number_is_another_queue() {
    for (sent, read) in [
        ("n:8001", "%6E:8001"),
        ("%6E:8001", "%256E:8001"),
        ("n8001", "n8001"),
        ("a%n:", "a%n:"),
        ("%", "%25"),
    ] {
        check(
            format!(r#"{{"event_type":"queue_status","queue_id":"{sent}","waiting_list":[]}}"#),
            &[&format!("queue_status queue={read} agents=none")],
        );
    }
}

#[test]
fn a_list_that_is_missing_is_not_an_empty_one() {
    check(
        r#"{"event_type":"queue_status","queue_id":"q","waiting_list":null,"agents":[]}"#,
        &["queue_status queue=q waiting=none"],
    );
}

#[test]
fn a_word_printed_with_a_slash_means_nothing() {
    check(
        r#"{"event_type":"queue_caller_status","queue_id":"q","updated_callers":[
            {"session_id":"1","reason":"enqueue/agent_answered","type":"normal/callback"}]}"#,
        &[
            "queue_caller_status queue=q",
            "  caller 1 left(enqueue/agent_answered)",
            "odd queue_caller_status updated_callers.type: normal or callback",
        ],
    );
}

#[test]
fn a_caller_without_a_session_or_reason_is_left_out_and_the_others_are_read() {
    check(
        r#"{"event_type":"queue_caller_status","queue_id":"q","updated_callers":[
            {"reason":"enqueue"},{"session_id":"1"},{"session_id":2,"reason":" Hangup "},7]}"#,
        &[
            "queue_caller_status queue=q",
            "  caller 2 hangup",
            "odd queue_caller_status updated_callers: a list of objects",
            "missing queue_caller_status updated_callers.session_id",
            "missing queue_caller_status updated_callers.reason",
        ],
    );
}

#[test]
fn a_place_in_the_queue_is_a_number_or_text() {
    for (sent, shown) in
        [("\"2\"", " position=2"), ("2", " position=2"), ("2.0", " position=2"), ("\"\"", ""), ("null", "")]
    {
        check(
            format!(
                r#"{{"event_type":"queue_caller_status","queue_id":"q","updated_callers":{{"session_id":"1","reason":"enqueue","position":{sent}}}}}"#
            ),
            &["queue_caller_status queue=q", &format!("  caller 1 enqueue{shown}")],
        );
    }
    for sent in ["-1", "\"first\"", "[]", "true", "99999999999"] {
        check(
            format!(
                r#"{{"event_type":"queue_caller_status","queue_id":"q","updated_callers":{{"session_id":"1","reason":"enqueue","position":{sent}}}}}"#
            ),
            &[
                "queue_caller_status queue=q",
                "  caller 1 enqueue",
                "odd queue_caller_status updated_callers.position: a whole number",
            ],
        );
    }
}

#[test]
fn an_agent_without_a_state_is_one_of_unknown_state() {
    check(
        r#"{"event_type":"queue_status","queue_id":"q","agents":[{"agent_extension_number":101},{"state":"READY"}]}"#,
        &[
            "queue_status queue=q waiting=none",
            "  agent 101 state=?()",
            "missing queue_status agents.state",
            "missing queue_status agents.agent_extension_number",
        ],
    );
}

#[test]
fn the_time_of_an_agents_event_is_its_own_before_that_of_its_agents() {
    let agents =
        r#""updated_agents":[{"agent_extension_number":"101","state":"READY","timestamp":"1786000005"}]"#;
    check(
        format!(r#"{{"event_type":"queue_agent_status","queue_id":"q","timestamp":"1786000009",{agents}}}"#),
        &["queue_agent_status queue=q at=1786000009", "  agent 101 at=1786000005 state=ready(READY)"],
    );
}

#[test]
fn events_that_say_nothing_are_put_into_quarantine() {
    for (body, missing) in [
        (r#"{"event_type":"extension_status"}"#, "extension_status status"),
        (r#"{"event_type":"extension_status","status":[{}]}"#, "extension_status status.extension"),
        (r#"{"event_type":"extension_call"}"#, "extension_call extension"),
        (r#"{"event_type":"extension_presence","extension":"101"}"#, "extension_presence presence"),
        (
            r#"{"event_type":"extension_agent_status","extension":"101"}"#,
            "extension_agent_status agent_status",
        ),
        (r#"{"event_type":"queue_caller_status","queue_id":"q"}"#, "queue_caller_status updated_callers"),
        (r#"{"event_type":"queue_agent_status","queue_id":"q"}"#, "queue_agent_status updated_agents"),
    ] {
        check(body, &[&format!("missing {missing}")]);
        assert!(decode(body.as_bytes()).problems[0].quarantines());
    }
}

#[test]
fn flags_are_read_as_words_and_digits_too() {
    for (sent, shown) in
        [("true", "true"), ("\"True\"", "true"), ("1", "true"), ("\"0\"", "false"), ("false", "false")]
    {
        check(
            format!(
                r#"{{"event_type":"extension_status","status":[{{"extension":"101","online":{sent}}}]}}"#
            ),
            &[&format!("extension_status extension=101 call=idle() online={shown}")],
        );
    }
}

#[test]
fn text_that_is_not_utf_8_costs_only_the_letters_that_are_not() {
    check(
        b"{\"event_type\":\"call_start\",\"session_id\":\"1\",\"caller_display_name\":\"M\xfcller\"}",
        &["call_start call=1 \"M\u{fffd}ller\"", "not UTF-8 at 68"],
    );
    assert!(!Problem::NotUtf8 { offset: 1 }.quarantines());
}

#[test]
fn text_that_is_shown_is_cut_where_it_is_long_beyond_reason_and_an_id_is_not() {
    let start = |name: &str| {
        let id = "7".repeat(300);
        let name =
            format!(r#"{{"event_type":"call_start","session_id":"{id}","caller_display_name":"{name}"}}"#);
        let expected = move |name: &str| format!("call_start call={id} \"{name}\"");
        (name, expected)
    };
    let longest = "ä".repeat(200);
    let (body, expected) = start(&longest);
    check(body, &[&expected(&longest)]);
    let (body, expected) = start(&"ä".repeat(201));
    check(body, &[&expected(&format!("{}…", "ä".repeat(199)))]);
    let (body, expected) = start(&"Wordy ".repeat(1700));
    let cut = format!("{}…", &"Wordy ".repeat(40)[..199]);
    check(body, &[&expected(&cut)]);
}

#[test]
fn half_of_a_surrogate_pair_costs_only_its_field() {
    check(
        r#"{"event_type":"call_start","session_id":"1","caller_display_name":"\ud83d","callee_display_name":"\ud83d\ude00"}"#,
        &["call_start call=1 \"😀\"", "odd call_start caller_display_name: text"],
    );
}

#[test]
fn the_newest_time_is_the_greatest_stamp_and_of_a_finished_call_its_end() {
    let newest = |body: &str| newest_time(&decode(body.as_bytes()).events).map(|time| time.0 / 1000);
    let cdr =
        r#"{"event_type":"call_cdr","session_id":"1","start_time":"1786000000","ended_time":"1786000065"}"#;
    assert_eq!(newest(cdr), Some(1_786_000_065));
    assert_eq!(newest(include_str!("events/queue_status.json")), Some(1_786_000_095));
    assert_eq!(newest(include_str!("events/queue_caller_status.json")), Some(1_786_000_105));
    assert_eq!(newest(include_str!("events/extension_status.json")), Some(1_786_000_102));
    assert_eq!(newest(include_str!("events/queue_agent_status_removed_only.json")), None);
    assert_eq!(newest(include_str!("events/queue_sla_breached_22_3.json")), Some(1_786_000_100));
    assert_eq!(newest(include_str!("events/call_over_v12.json")), Some(1_786_000_062));
    assert_eq!(newest(include_str!("events/extension_managed_22_3.json")), None);
    let changed = r#"{"event_type":"queue_updated","queue_number":"8001","time":"1786000007"}"#;
    assert_eq!(newest(changed), Some(1_786_000_007));
    assert_eq!(newest(RINGS), None);
    let odd = r#"{"event_type":"extension_call","extension":"101","time":"#;
    assert_eq!(
        newest(&format!("{odd}5}}{odd}1786000000}}{odd}\"9999-01-01T00:00:00Z\"}}")),
        Some(1_786_000_000)
    );
    assert_eq!(newest_time(&[]), None::<UnixMillis>);
}
