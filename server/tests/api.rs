//! Pages, the read API, health and the sockets of the real program, by plain HTTP.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{collections::BTreeSet, net::SocketAddr};

use serde_json::{Value, json};

use program::{ENDPOINT, Folder, Server, TOKEN, ask, stamp, until};

fn post_extensions(server: &Server, numbers: impl Iterator<Item = u32>) {
    for number in numbers {
        server.post(
            &json!({"event_type": "extension_call", "tenant_id": "7000", "extension": number.to_string(),
            "call_status": "RINGING", "time": stamp(5)}),
        );
    }
}

fn ids(list: &Value) -> Vec<&str> {
    list["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn a_list_is_read_in_pages_and_none_is_missed() {
    let folder = Folder::new();
    let server = folder.start_ready();
    post_extensions(&server, 101..108);
    until("folded", || (ids(&server.json("/api/v1/extensions")).len() == 7).then_some(()));
    let mut found = Vec::new();
    let mut path = "/api/v1/extensions?limit=3".to_owned();
    let mut pages = 0;
    loop {
        let page = server.json(&path);
        pages += 1;
        found.extend(ids(&page).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/extensions?limit=3&after={next}"),
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(found, ["101", "102", "103", "104", "105", "106", "107"]);
    let whole = server.json("/api/v1/extensions?limit=7");
    assert_eq!(whole["next"], Value::Null);
    assert_eq!(server.json("/api/v1/tenants/acme/extensions")["rows"], whole["rows"]);
    assert_eq!(server.get("/api/v1/tenants/other/extensions").status, 404);
}

#[test]
fn a_board_that_did_not_change_is_not_sent_again() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let first = server.get("/api/v1/board");
    let tag = first.header("ETag").unwrap().to_owned();
    let again = server.ask("GET", "/api/v1/board", &[("If-None-Match", &tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    post_extensions(&server, 101..102);
    let changed = until("another", || {
        let answer = server.ask("GET", "/api/v1/board", &[("If-None-Match", &tag)], b"");
        (answer.status == 200).then_some(answer)
    });
    assert_ne!(changed.header("ETag"), Some(&*tag));
    assert_eq!(ids(&changed.json()), ["101"]);
}

#[test]
fn the_document_names_every_address_and_each_answers() {
    let folder = Folder::new();
    let server = folder.start_ready();
    server.post(&json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": "800000000000000001",
        "queue_number": "8001", "queue_name": "Support", "waiting_list": [], "agents": []}));
    until("folded", || (ids(&server.json("/api/v1/queues")).len() == 1).then_some(()));
    let document = server.json("/api/v1/openapi.json");
    let paths: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let kinds = [
        "board",
        "extensions",
        "queues",
        "queues/{queue}",
        "callers",
        "agents",
        "calls",
        "alerts",
        "deliveries",
        "endpoints",
        "figures",
        "course",
        "diagnostics",
        "history/calls",
        "history/calls.csv",
        "history/calls/{call}",
        "history/queue-visits",
    ];
    let expected = kinds
        .iter()
        .flat_map(|kind| [format!("/api/v1/{kind}"), format!("/api/v1/tenants/{{tenant}}/{kind}")]);
    assert_eq!(paths, expected.chain(["/api/v1/openapi.json".to_owned()]).collect());
    for path in paths {
        let path = path.replace("{tenant}", "acme").replace("{queue}", "8001");
        if path.contains(".csv") {
            assert_eq!(server.get(&path).status, 200);
            continue;
        }
        // There is no finished call here.
        if path.ends_with("{call}") {
            assert_eq!(server.get(&path).status, 404);
            continue;
        }
        server.json(&path);
    }
    assert_eq!(ids(&server.json("/api/v1/queues/800000000000000001")), ["800000000000000001"]);
    for path in ["/api/v1/queues/9999", "/api/v1/board?view=nothing", "/api/v1/nothing"] {
        let answer = server.get(path);
        assert_eq!(
            (answer.status, answer.header("Content-Type")),
            (404, Some("application/problem+json")),
            "{path}"
        );
        assert!(answer.json()["detail"].is_string());
    }
}

/// Oracle: docs/metrics.md. The one visit that ended is in the half hour that runs, which is the last.
#[test]
fn the_day_is_answered_by_half_hours() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let (queue, call) = ("800000000000000001", "900000000000000001");
    let caller = |reason: &str, before: u64| {
        json!({"event_type": "queue_caller_status", "tenant_id": "7000", "queue_id": queue, "updated_callers": [{
            "position": "1", "session_id": call, "caller_number": "15550100", "reason": reason,
            "timestamp": stamp(before), "type": "normal"}]})
    };
    server.post(
        &json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": queue, "queue_number": "8001",
        "queue_name": "Support", "waiting_list": [], "agents": []}),
    );
    server.post(&caller("enqueue", 9));
    server.post(&caller("hangup", 2));
    let offered = |day: &Value| -> u64 {
        let halves = day["intervals"].as_array().into_iter().flatten();
        halves.map(|half| half["offered"].as_u64().unwrap()).sum()
    };
    let day = until("the first minute", || {
        let day = server.json("/api/v1/course")["day"].clone();
        (offered(&day) == 1).then_some(day)
    });
    let halves = day["intervals"].as_array().unwrap();
    let starts: Vec<_> = halves.iter().map(|half| half["start"].as_i64().unwrap()).collect();
    assert_eq!(starts[0], day["start"].as_i64().unwrap());
    assert!(starts.windows(2).all(|two| two[1] - two[0] == 1_800_000));
    assert_eq!(halves.iter().filter(|half| half["running"] == true).count(), 1);
    assert_eq!(halves.last().unwrap()["service_level"], Value::Null, "no target is set");
    assert_eq!(offered(&server.json("/api/v1/course?queue=8001")["day"]), 1);
    assert_eq!(offered(&server.json("/api/v1/tenants/acme/course?queue=800000000000000001")["day"]), 1);
    assert_eq!(server.get("/api/v1/course?queue=9999").status, 404);
}

#[test]
fn a_body_that_nobody_understands_is_taken_and_listed_and_the_board_is_untouched() {
    let folder = Folder::new();
    let server = folder.start_ready();
    post_extensions(&server, 101..102);
    until("folded", || (ids(&server.json("/api/v1/extensions")).len() == 1).then_some(()));
    let before = server.json("/api/v1/board")["rows"].clone();
    let bearer = format!("Bearer {TOKEN}");
    for body in ["<xml/>", "{\"event_type\": ", "[1, 2, 3]"] {
        let answer = server.ask(
            "POST",
            &format!("/hooks/{ENDPOINT}"),
            &[("Authorization", &bearer), ("Content-Type", "application/json")],
            body.as_bytes(),
        );
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{body}");
    }
    let wrong =
        server.ask("POST", &format!("/hooks/{ENDPOINT}"), &[("Authorization", "Bearer wrong")], b"{}");
    assert_eq!(wrong.status, 401);
    let listed = server.json("/api/v1/deliveries");
    let listed = listed["deliveries"].as_array().unwrap();
    assert_eq!(listed.len(), 5, "{listed:?}");
    let quarantined = listed.iter().filter(|delivery| delivery.to_string().contains("quarantined"));
    assert_eq!(quarantined.count(), 3, "{listed:?}");
    assert!(listed.iter().any(|delivery| delivery.to_string().contains("wrong-credentials")), "{listed:?}");
    let text = serde_json::to_string(&listed).unwrap();
    assert!(!text.contains(ENDPOINT) && !text.contains(TOKEN), "{text}");
    assert_eq!(server.json("/api/v1/board")["rows"], before);
    let log = folder.log();
    assert!(!log.contains(ENDPOINT) && !log.contains(TOKEN) && !log.contains("wrong\""), "{log}");
}

#[test]
fn names_come_from_the_directory_and_again_on_sighup() {
    let folder = Folder::with("", "directory = \"directory.csv\"");
    folder.write("directory.csv", "kind,number,name,department,queue_id\nextension,101,Ada Example,Sales,\n");
    let server = folder.start_ready();
    let name = || server.json("/api/v1/extensions")["rows"][0]["name"].as_str().map(str::to_owned);
    until("named", || (name().as_deref() == Some("Ada Example")).then_some(()));
    folder.write("directory.csv", "kind,number,name,department,queue_id\nextension,101,Ada Sample,Sales,\n");
    server.signal("HUP");
    until("named anew", || (name().as_deref() == Some("Ada Sample")).then_some(()));
    // What the configuration says is an entry: a start that finds it said adds nothing.
    let offset = server.json("/api/v1/board")["offset"].clone();
    server.kill();
    let server = folder.start_ready();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(server.json("/api/v1/board")["offset"], offset);
}

#[test]
fn a_page_has_the_rows_its_policy_and_no_cache() {
    let folder = Folder::new();
    let server = folder.start_ready();
    post_extensions(&server, 4711..4712);
    until("folded", || server.get("/").text().contains("4711").then_some(()));
    let page = server.get("/");
    assert_eq!((page.status, page.header("Cache-Control")), (200, Some("no-store")));
    let policy = page.header("Content-Security-Policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert_ne!(
        server.get("/").header("Content-Security-Policy"),
        Some(policy),
        "each answer has a nonce of its own"
    );
    assert_eq!(server.get("/nothing").status, 404);
    for path in ["/", "/api/v1/board", "/healthz", "/nothing"] {
        let answer = server.get(path);
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("Referrer-Policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None, "{path}");
    }
}

#[test]
fn who_asks_for_another_host_or_through_an_undeclared_proxy_sees_nothing() {
    let folder = Folder::new();
    let server = folder.start_ready();
    for path in ["/", "/api/v1/board", "/feed", "/main.css"] {
        assert_eq!(server.ask("GET", path, &[("Host", "evil.example")], b"").status, 421, "{path}");
        assert_eq!(server.ask("GET", path, &[("X-Forwarded-For", "192.0.2.1")], b"").status, 400, "{path}");
        assert_eq!(server.ask("GET", path, &[("Origin", "http://evil.example")], b"").status, 403, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.ask("GET", path, &[("Host", "10.0.0.7")], b"").status, 200, "{path}");
    }
}

#[test]
fn the_hooks_own_socket_takes_events_and_shows_nothing() {
    let folder = Folder::with("hooks_listen = \"127.0.0.1:0\"", "");
    let mut server = folder.start();
    let line = server.line();
    let (_, address) = line.split_once("http://").unwrap();
    let hooks: SocketAddr = address.trim().parse().unwrap();
    assert_ne!(hooks, server.address);
    let event = json!({"event_type": "extension_call", "tenant_id": "7000", "extension": "101", "call_status": "RINGING",
        "time": stamp(5)});
    let bearer = format!("Bearer {TOKEN}");
    let path = format!("/hooks/{ENDPOINT}");
    let answer = ask(hooks, "POST", &path, &[("Authorization", &bearer)], event.to_string().as_bytes());
    assert_eq!(answer.status, 200);
    server.wait_until_ready();
    until("folded", || (ids(&server.json("/api/v1/extensions")) == ["101"]).then_some(()));

    let refused = ask(hooks, "POST", &path, &[], b"{}");
    assert_eq!(refused.status, 401);
    for path in [
        "/",
        "/feed",
        "/api/v1/board",
        "/api/v1/openapi.json",
        "/healthz",
        "/readyz",
        "/main.css",
        "/hooks",
        "/hooks/",
        "/nothing",
    ] {
        for method in ["GET", "POST"] {
            let answer = ask(hooks, method, path, &[("Host", &hooks.to_string())], b"");
            assert!([401, 405].contains(&answer.status), "{method} {path}: {answer:?}");
            assert!(!answer.text().contains("101"), "{method} {path}");
        }
    }
}
