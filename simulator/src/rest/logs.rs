//! Call logs: calls that are over, in the API's words instead of those of `call_cdr`.

use serde_json::{Value, json};

use super::rows::rfc3339;
use crate::call::Stamp;

/// A call log of a `call_cdr`'s body, of any dialect.
pub fn call_log(cdr: &Value) -> Value {
    let first = |names: [&str; 2]| names.into_iter().map(|name| &cdr[name]).find(|value| !value.is_null());
    let text = |names| first(names).map(plain).filter(|text| !text.is_empty());
    let time = |name: &str| seconds(&cdr[name]).and_then(|seconds| rfc3339(Stamp(seconds * 1000)));
    let (answered, ended) = (seconds(&cdr["answered_time"]), seconds(&cdr["ended_time"]));
    let targets = cdr["call_targets"].as_array();
    let destination = targets.and_then(|targets| targets.last()).map(|target| &target["destination"]);
    let talked = answered.and_then(|answered| Some(ended?.saturating_sub(answered)));
    json!({
        "id": plain(&cdr["session_id"]),
        "session_id": plain(&cdr["session_id"]),
        "call_id": cdr["call_id"],
        "caller": cdr["caller"],
        "caller_domain": cdr["caller_domain"],
        "caller_display_name": text(["caller_display_name", "caller_display_name"]),
        "callee": cdr["callee"],
        "callee_domain": cdr["callee_domain"],
        "callee_display_name": null,
        "started_at": time("start_time"),
        "rang_at": time("ring_time"),
        "answered_at": time("answered_time"),
        "ended_at": time("ended_time"),
        "direction": direction(&plain(&cdr["direction"])),
        "end_reason": first(["ended_reason", "end_reason"]).and_then(|reason| end_reason(&plain(reason))),
        "reroute_reason": null,
        "status_code": plain(&cdr["status_code"]).parse::<u64>().unwrap_or(0),
        "destination": destination,
        "outbound_caller_id": text(["outbound_caller_id", "outbound_caller_id"]),
        "did_cid": text(["did", "did_cid"]),
        "trunk": text(["trunk_name", "trunk_name"]).map(|name| trunk(&name).to_owned()),
        "duration": talked.unwrap_or(0),
        "service_number": null,
        "user_data": text(["user_data", "user_data"]),
    })
}

/// A text or a number, as text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Whole seconds; `0` did not happen.
fn seconds(value: &Value) -> Option<u64> {
    plain(value).parse().ok().filter(|&seconds| seconds > 0)
}

fn direction(word: &str) -> Option<&'static str> {
    match word {
        "internal" | "ext" => Some("EXTENSION_CALL"),
        "inbound" | "in" => Some("INBOUND_CALL"),
        "outbound" | "out" => Some("OUTBOUND_CALL"),
        "inbound_outbound" | "in2out" => Some("INBOUND_OUTBOUND_CALL"),
        _ => None,
    }
}

/// The schema's words; `None` is blank.
fn end_reason(word: &str) -> Option<&'static str> {
    match word {
        "caller_disconnect" | "caller_disconnected" => Some("CALLER_DISCONNECTED"),
        "callee_disconnect" | "callee_disconnected" => Some("CALLEE_DISCONNECTED"),
        "replaced" => Some("REPLACED"),
        "referred" => Some("REFERRED"),
        "redirected" => Some("REDIRECTED"),
        "blind_transfer_complete" => Some("BLIND_TRANSFER_COMPLETED"),
        "attended_transfer_complete" => Some("CONSULT_TRANSFER_COMPLETED"),
        "cancelled" => Some("CANCELLED"),
        _ => None,
    }
}

/// The name of `name:id`.
fn trunk(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((name, id)) if id.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the pages' words for each other (Accessing CDRs; Event reference).
    #[test]
    fn a_log_has_the_apis_words_in_every_dialect() {
        let new = json!({"event_type":"call_cdr","session_id":"900000000000000001","direction":"inbound","did":"+44",
            "start_time":"1786000000","answered_time":"0","ended_time":"1786000065","status_code":"480",
            "ended_reason":"callee_disconnect","trunk_name":"north:sea:900000000000000077","outbound_caller_id":"",
            "call_targets":[{"destination":"sip:1@a"},{"destination":"sip:2@b"}]});
        let log = call_log(&new);
        for (name, value) in [
            ("session_id", json!("900000000000000001")),
            ("direction", json!("INBOUND_CALL")),
            ("did_cid", json!("+44")),
            ("started_at", json!("2026-08-06T07:06:40Z")),
            ("answered_at", Value::Null),
            ("ended_at", json!("2026-08-06T07:07:45Z")),
            ("status_code", json!(480)),
            ("end_reason", json!("CALLEE_DISCONNECTED")),
            ("trunk", json!("north:sea")),
            ("outbound_caller_id", Value::Null),
            ("destination", json!("sip:2@b")),
            ("duration", json!(0)),
        ] {
            assert_eq!(log[name], value, "{name}");
        }
        let old = json!({"session_id":900_000_000_000_000_001_u64,"direction":"ext","did_cid":"7","end_reason":"None",
            "answered_time":"1786000005","ended_time":"1786000065","trunk_name":"AudioCodes"});
        let log = call_log(&old);
        assert_eq!(log["session_id"], "900000000000000001");
        assert_eq!(log["direction"], "EXTENSION_CALL");
        assert_eq!((&log["did_cid"], &log["end_reason"]), (&json!("7"), &Value::Null));
        assert_eq!((&log["trunk"], &log["duration"]), (&json!("AudioCodes"), &json!(60)));
    }
}
