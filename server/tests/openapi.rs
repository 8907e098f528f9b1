//! The API's document held against the real program, by a tool of another make: schemathesis asks each address with what the
//! document allows and with what it does not, and reads each answer by it.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::process::Command;

use serde_json::{Value, json};

use program::{Folder, Server, stamp, tools::venv, until};

/// Rows of every kind.
fn fill(server: &Server) {
    let (queue, waits, talks) = ("800000000000000001", "900000000000000001", "900000000000000002");
    server.post(&json!({"event_type": "extension_call", "tenant_id": "7000", "extension": "101", "call_status": "ON_CALL",
        "time": stamp(5)}));
    server.post(&json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": queue, "queue_number": "8001",
        "queue_name": "Support",
        "waiting_list": [{"position": "1", "session_id": waits, "caller_number": "15550100", "caller_name": "Ada",
            "timestamp": stamp(5), "type": "normal"}],
        "agents": []}));
    server.post(&json!({"event_type": "queue_agent_status", "tenant_id": "7000", "queue_id": queue, "removed_agents": [],
        "updated_agents": [{"agent_extension_number": "101", "state": "OTHER_CALL", "session_id": talks,
            "caller_number": "15550101", "caller_name": "Bob", "timestamp": stamp(5)}]}));
    for session in [waits, talks] {
        server.post(&json!({"event_type": "call_start", "tenant_id": "7000", "session_id": session,
            "cdr_id": format!("{session}1"), "direction": "inbound", "call_id": format!("{session}@acme.test"),
            "caller": "15550100", "caller_display_name": "", "callee": "8001", "callee_display_name": "", "did": "15550199",
            "outbound_caller_id": "", "user_data": "", "time": stamp(6)}));
    }
    for kind in ["extensions", "queues", "callers", "agents", "calls"] {
        let rows = || server.json(&format!("/api/v1/{kind}"))["rows"].as_array().unwrap().len();
        until(kind, || (rows() > 0).then_some(()));
    }
}

/// What schemathesis finds at a server: nothing, at any address but the document's own, which it has asked already.
fn finds_nothing(folder: &Folder, server: &Server, accepted: &str, token: &str, options: &[&str]) {
    folder.write(
        "schemathesis.toml",
        &format!(
            "[parameters]\n\"path.tenant\" = \"acme\"\n\"path.queue\" = \"8001\"\n\"query.queue\" = \"8001\"\n\
             \"query.zone\" = \"Europe/Berlin\"\n\n\
             [checks.positive_data_acceptance]\nexpected-statuses = [{accepted}]\n\n\
             [auth.openapi.token]\nbearer = \"{token}\"\n"
        ),
    );
    let document = format!("http://{}/api/v1/openapi.json", server.address);
    let output = Command::new(venv("schemathesis"))
        .args([
            "--config-file",
            "schemathesis.toml",
            "--no-color",
            "run",
            &document,
            "--seed",
            "1",
            "-n",
            "10",
        ])
        .args(["--checks", "all", "--warnings", "off", "--suppress-health-check", "all"])
        .args(options)
        .current_dir(folder.data.parent().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let addresses = server.json("/api/v1/openapi.json")["paths"].as_object().unwrap().len() - 1;
    assert!(said.contains(&format!("Tested: {addresses}")), "{said}");
}

/// Every answer to every question is one that the document tells of, and what it does not allow is refused. Access is open
/// here, so that no credential is wanted.
#[test]
fn the_real_program_does_what_the_document_says() {
    let folder = Folder::new();
    let server = folder.start_ready();
    fill(&server);
    // A body that the feed never named is answered 410, which the document tells.
    let options = ["--exclude-checks", "ignored_auth", "--phases", "coverage,fuzzing"];
    finds_nothing(&folder, &server, "\"2xx\", 404, 410", "none-is-wanted", &options);
}

/// With real tokens: each is asked for at every address, and one of a low role hears of it in the document's words.
#[test]
fn tokens_are_asked_for_wherever_the_document_says_so() {
    const HIGH: &str = "0123456789abcdef0123456789abcdef";
    const LOW: &str = "fedcba9876543210fedcba9876543210";
    let token = |name: &str, role: &str, token: &str| {
        format!(
            "[[api_token]]\nname = \"{name}\"\ntenant = \"acme\"\nrole = \"{role}\"\ntoken = \"{token}\"\n"
        )
    };
    let tokens = token("high", "administrator", HIGH) + &token("low", "viewer", LOW);
    let folder = Folder::with_sign_in(&tokens, "");
    let server = folder.start_ready();
    for (token, accepted) in [(HIGH, "\"2xx\", 404, 410"), (LOW, "\"2xx\", 403, 404, 410")] {
        finds_nothing(&folder, &server, accepted, token, &["--phases", "coverage"]);
    }
}

/// Who can't read a document has a page that says the same.
#[test]
fn the_page_for_people_tells_every_address_of_the_document() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let page = server.get("/api");
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("Content-Security-Policy").unwrap().contains("style-src 'self'"));
    let text = page.text();
    assert!(!text.contains("<script"), "{text}");
    let document = server.json("/api/v1/openapi.json");
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(text.contains(&format!("{path}</code>")), "{path}");
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            assert!(
                text.contains(&format!("<code>{}</code>", parameter["name"].as_str().unwrap())),
                "{path}"
            );
        }
    }
}

/// Every address but the document's own says who may ask, and what may go wrong, by the one shape of problems.
#[test]
fn the_document_tells_of_every_problem() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let document = server.json("/api/v1/openapi.json");
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["session"]["in"], &schemes["token"]["scheme"]),
        (&json!("cookie"), &json!("bearer"))
    );
    assert_eq!(document["security"], json!([{"session": []}, {"token": []}]));
    for (path, item) in document["paths"].as_object().unwrap() {
        if path.ends_with("/openapi.json") {
            assert_eq!(item["get"]["security"], json!([{}]));
            continue;
        }
        assert_eq!(item["get"]["security"], Value::Null, "{path}");
        for status in ["400", "401", "403", "404", "503"] {
            let problem = &item["get"]["responses"][status]["content"]["application/problem+json"]["schema"];
            assert_eq!(problem["$ref"], "#/components/schemas/Problem", "{path} {status}");
        }
    }
    let wrong = server.get("/api/v1/extensions?limit=many");
    assert_eq!((wrong.status, wrong.header("Content-Type")), (400, Some("application/problem+json")));
    assert_eq!(server.get("/api/v1/extensions?limit=0").status, 400);
}
