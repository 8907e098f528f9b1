//! `ringside backup`, `restore` and `verify` by the real program, beside a server that runs under load.
//!
//! Oracle: what the test's clients were answered 200, and files that the test itself damaged.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use rusqlite::Connection;

use program::{
    Folder,
    poster::{Clients, assert_none_lost, journalled},
    until,
};

/// Another command of the program on a data folder.
fn run(words: &[&str], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringside"));
    command.args(words).arg("--data").arg(data).env_remove("RINGSIDE_CONFIG");
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_backup_that_is_made_under_load_holds_all_that_was_answered_before_and_is_restored_by_one_command() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let clients = Clients::start(server.address, "before");
    clients.wait_for_an_answer();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let before = clients.end();
    let under_load = Clients::start(server.address, "while");
    under_load.wait_for_an_answer();
    let backup = folder.path("backup");
    let made = run(&["backup", backup.to_str().unwrap()], &folder.data);
    under_load.end();
    assert!(made.status.success(), "{}", said(&made));
    assert!(
        said(&made).contains("journal.db 100 %") && said(&made).contains("the backup is in"),
        "{}",
        said(&made)
    );
    // It is for the server's user only, and once made it is left alone.
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&backup).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    let again = run(&["backup", backup.to_str().unwrap()], &folder.data);
    assert!(!again.status.success() && said(&again).contains("is there already"), "{}", said(&again));

    // A folder in use, or with something in it, is not written to.
    let in_use = run(&["restore", backup.to_str().unwrap()], &folder.data);
    assert!(
        !in_use.status.success() && said(&in_use).contains("another Ringside server"),
        "{}",
        said(&in_use)
    );
    let epoch = server.json("/api/v1/board")["epoch"].clone();
    server.kill();
    let full = run(&["restore", backup.to_str().unwrap()], &folder.data);
    assert!(!full.status.success() && said(&full).contains("--replace"), "{}", said(&full));
    assert!(
        !run(&["restore", folder.path("nothing").to_str().unwrap()], &folder.path("new")).status.success()
    );

    let restored = run(&["restore", backup.to_str().unwrap(), "--replace"], &folder.data);
    assert!(restored.status.success(), "{}", said(&restored));
    let aside = fs::read_dir(&folder.data).unwrap().filter_map(Result::ok).map(|file| file.file_name());
    let aside = aside.filter(|name| name.to_str().unwrap().starts_with("replaced-")).count();
    assert_eq!(aside, 1, "what was there before is still there");
    assert_none_lost(&before, &journalled(&folder), "in the restored journal");
    let server = folder.start_ready();
    assert_ne!(server.json("/api/v1/board")["epoch"], epoch, "nobody goes on with the old line of entries");
    let list = server.json("/api/v1/extensions?limit=100000");
    let shown = list["rows"].as_array().unwrap().iter().map(|row| row["number"].as_str().unwrap().to_owned());
    assert_none_lost(&before, &shown.collect(), "on the restored board");
    let verified = run(&["verify"], &folder.data);
    assert!(verified.status.success() && said(&verified).contains("all is right"), "{}", said(&verified));
}

#[test]
fn verify_finds_a_flipped_bit_a_missing_call_and_one_that_was_never_there() {
    let folder = Folder::new();
    let server = folder.start_ready();
    for session in ["900000000000000001", "900000000000000002"] {
        server.post(
            &serde_json::json!({"event_type": "call_start", "tenant_id": "7000", "session_id": session,
            "direction": "inbound", "caller": "15550100", "callee": "101", "time": program::stamp(60)}),
        );
        server
            .post(&serde_json::json!({"event_type": "call_cdr", "tenant_id": "7000", "session_id": session,
            "start_time": program::stamp(60), "ended_time": program::stamp(30)}));
    }
    until("told", || {
        let calls = server.json("/api/v1/history/calls");
        (calls["rows"].as_array().unwrap().len() == 2).then_some(())
    });
    let backup = folder.path("backup");
    assert!(run(&["backup", backup.to_str().unwrap()], &folder.data).status.success());
    server.kill();
    let verify = || {
        let output = run(&["verify", backup.to_str().unwrap()], &folder.data);
        (output.status.success(), said(&output))
    };
    let (right, text) = verify();
    assert!(right && text.contains("2 finished calls were held against"), "{text}");

    let own = Connection::open(backup.join("ringside.db")).unwrap();
    let change = |sql: &str| own.execute(sql, []).unwrap();
    change("UPDATE past_call SET record = replace(record, '15550100', '15550109') WHERE call LIKE '%1'");
    let (right, text) = verify();
    assert!(!right && text.contains("1 finished calls say something else"), "{text}");
    change("UPDATE past_call SET call = 'never' WHERE call LIKE '%1'");
    let (right, text) = verify();
    assert!(
        !right
            && text.contains("1 finished calls are in the history")
            && text.contains("1 finished calls of the journal"),
        "{text}"
    );

    let journal = Connection::open(backup.join("journal.db")).unwrap();
    let flipped = "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '15550100', '15550101') AS BLOB)
        WHERE seq = (SELECT max(seq) FROM entry WHERE kind = 'webhook' AND body LIKE '%call_start%')";
    assert_eq!(journal.execute(flipped, []).unwrap(), 1);
    let (right, text) = verify();
    assert!(!right && text.contains("can't be read: its checksum is wrong"), "{text}");
}

#[test]
fn metrics_are_in_prometheus_form_and_need_a_token_but_on_their_own_socket() {
    let folder = Folder::with_sign_in(
        "operate_listen = \"127.0.0.1:0\"\n[[api_token]]\nname = \"monitor\"\ntenant = \"acme\"\nrole = \"viewer\"\n\
         token = \"token-of-the-monitoring\"\n",
        "",
    );
    let server = folder.start_ready();
    let clients = Clients::start(server.address, "m");
    clients.wait_for_an_answer();
    let posted = clients.end();
    assert_eq!(server.get("/metrics").status, 401);
    let bearer = [("Authorization", "Bearer token-of-the-monitoring")];
    let answer = server.ask("GET", "/metrics", &bearer, b"");
    assert_eq!(
        (answer.status, answer.header("Content-Type")),
        (200, Some("text/plain; version=0.0.4; charset=utf-8"))
    );
    let text = answer.text();
    let value = |name: &str| -> &str {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    let count = |name: &str| value(name).parse::<usize>().unwrap();
    // What the clients counted themselves; the configuration's own entries come on top.
    let taken = count("ringside_delivery_seconds_count");
    assert!((posted.acknowledged.len()..=posted.sent).contains(&taken), "{taken} of {}", posted.sent);
    assert!(count("ringside_journal_entries_total") >= taken);
    assert_eq!(value("ringside_ready"), "1");
    for name in [
        "ringside_fold_behind_entries",
        "ringside_history_newest_entry",
        "ringside_feed_readers",
        "ringside_pbx_live{tenant=\"acme\"}",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        value(name).parse::<f64>().unwrap();
    }
    // The form: each metric has its type before its values, a counter's name ends in _total, no name comes twice.
    let mut types = std::collections::BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let of_histogram = ["_bucket", "_sum", "_count"].iter().filter_map(|end| name.strip_suffix(end));
            assert!(
                types.contains_key(name) || of_histogram.into_iter().any(|name| types.contains_key(name)),
                "{line}"
            );
        }
    }
    assert!(!text.contains("test-extension-events"), "an endpoint's id is a secret");
}
