//! The history of the real program: what is found after kills, by whom, how it is searched and taken out.
//!
//! Oracle: the calls that the test itself made up and posted, by the rules of `docs/history.md`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "../program/mod.rs"]
mod program;

mod story;
mod truth;
mod upgrade;

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;
use serde_json::{Value, json};

use program::{Folder, Server, until};
use story::{Story, pages, rows};

/// How often the server is killed, the calls that have ended before, and the latest moment of a kill after that.
const KILLS: u64 = 8;
const CALLS_BEFORE: usize = 3;
const KILLED_WITHIN_MS: u64 = 400;

#[test]
fn the_history_is_as_new_as_the_journal_also_where_no_call_ends() {
    let folder = Folder::new();
    let server = folder.start_ready();
    for events in 1..=3 {
        server.post(&story::phone("109"));
        let upto = || server.json("/api/v1/history/calls")["offset"].as_u64().unwrap();
        until("told", || (upto() >= events).then_some(()));
    }
}

#[test]
fn kills_at_random_moments_lose_no_finished_call_and_double_none() {
    let folder = Folder::new();
    let mut ended = BTreeSet::new();
    let mut random: u64 = 20_261_126;
    for round in 0..KILLS {
        let server = folder.start();
        let address = server.address;
        let count = Arc::new(AtomicUsize::new(0));
        let its = Arc::clone(&count);
        let poster = thread::spawn(move || story::post_calls_until_it_breaks(address, round, &its));
        until("calls ended", || (count.load(Ordering::Relaxed) >= CALLS_BEFORE).then_some(()));
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        thread::sleep(Duration::from_millis((random >> 33) % KILLED_WITHIN_MS));
        server.kill();
        ended.extend(poster.join().unwrap());
    }
    let server = folder.start_ready();
    let found = until("all are told", || {
        let found = ids(&server);
        ended.iter().all(|call| found.contains(call)).then_some(found)
    });
    let once: BTreeSet<_> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "doubled: {found:?}");
    // At most the last call of a round is there without its answer having been heard.
    assert!(found.len() <= ended.len() + usize::try_from(KILLS).unwrap());
    let every = pages(&server, "/api/v1/history/calls?limit=7");
    assert!(
        every.iter().all(|call| {
            (&call["result"], &call["answered_by"], &call["talk_ms"])
                == (&json!("answered"), &json!("102"), &json!(20_000))
        }),
        "{every:?}"
    );
    let visits = pages(&server, "/api/v1/history/queue-visits?limit=1000");
    let visited: BTreeSet<_> = visits.iter().map(|visit| visit["call"].as_str().unwrap()).collect();
    assert_eq!(visited.len(), visits.len(), "doubled: {visits:?}");
    // A visit is over with its answer; the call of a round's last one may have no end.
    assert!(found.iter().all(|call| visited.contains(&**call)), "{visits:?}");
    assert!(visits.len() <= found.len() + usize::try_from(KILLS).unwrap());

    // A late word corrects the row, also after a restart, and a start that finds all told adds nothing.
    server.kill();
    let server = folder.start_ready();
    assert_eq!(ids(&server), found);
}

fn ids(server: &Server) -> Vec<String> {
    let rows = pages(server, "/api/v1/history/calls?limit=50");
    rows.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_late_event_corrects_the_row_and_its_place_in_every_list() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let story = Story::post(&server);
    let missed =
        |result: &str| rows(&server.json(&format!("/api/v1/history/calls?extension=103&result={result}")));
    until("told", || (missed("no_answer") == [story.missed.clone()]).then_some(()));
    let before = server.json(&format!("/api/v1/history/calls/{}", story.missed));
    assert_eq!((&before["talk_ms"], &before["answered_by"]), (&json!(0), &Value::Null));
    // The answer of 103, hours after it was heard: the PBX repeats what was not taken.
    story.answer_late(&server);
    until("corrected", || missed("no_answer").is_empty().then_some(()));
    assert_eq!(missed("answered"), std::slice::from_ref(&story.missed));
    let after = server.json(&format!("/api/v1/history/calls/{}", story.missed));
    assert_eq!((&after["answered_by"], &after["talk_ms"]), (&json!("103"), &json!(25_000)));
}

#[test]
fn each_condition_of_a_search_finds_what_it_says_and_they_narrow_one_another() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let story = Story::post(&server);
    Story::wait(&server);
    let find = |query: &str| rows(&server.json(&format!("/api/v1/history/calls?{query}")));
    let (queued, gave_up, missed, out) = (&story.queued, &story.gave_up, &story.missed, &story.out);
    for (query, expected) in [
        (String::new(), vec![out, missed, gave_up, queued]),
        ("number=0100".into(), vec![queued]),
        ("number=%2B1555".into(), vec![out, missed, gave_up, queued]),
        ("number=(555)%200100".into(), vec![queued]),
        ("number=9999".into(), vec![]),
        ("number=15550199".into(), vec![gave_up, queued]),
        ("number=10".into(), vec![]),
        ("extension=102".into(), vec![queued]),
        ("extension=101".into(), vec![out]),
        ("extension=10".into(), vec![]),
        ("queue=8001".into(), vec![gave_up, queued]),
        (format!("queue={}", story::QUEUE), vec![gave_up, queued]),
        ("queue=8002".into(), vec![]),
        ("direction=outbound".into(), vec![out]),
        ("direction=inbound".into(), vec![missed, gave_up, queued]),
        ("result=abandoned".into(), vec![gave_up]),
        ("result=answered&direction=inbound".into(), vec![queued]),
        ("queue=8001&number=0200".into(), vec![gave_up]),
        ("queue=8001&extension=101".into(), vec![]),
        (format!("from={}", story.middle()), vec![out, missed]),
        (format!("to={}", story.middle()), vec![gave_up, queued]),
        (format!("from={0}&to={0}", story.middle()), vec![]),
    ] {
        assert_eq!(find(&query), expected.into_iter().cloned().collect::<Vec<_>>(), "{query}");
    }
    // Whatever is asked, pages of one are the whole in the same order.
    for query in ["", "number=555&", "queue=8001&"] {
        let whole = find(query);
        let paged = pages(&server, &format!("/api/v1/history/calls?{query}limit=1"));
        let paged: Vec<_> = paged.iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(paged, whole, "{query}");
    }
    let visits = |query: &str| rows(&server.json(&format!("/api/v1/history/queue-visits?{query}")));
    let visit = |call: &str| format!("{}/{call}/1", story::QUEUE);
    assert_eq!(visits(""), [visit(gave_up), visit(queued)]);
    assert_eq!(visits("result=answered"), [visit(queued)]);
    assert_eq!(visits("extension=102"), [visit(queued)]);
    assert_eq!(visits("queue=8001&number=0200"), [visit(gave_up)]);
    assert_eq!(server.get("/api/v1/history/calls/nothing").status, 404);
    for wrong in ["after=1", "limit=0", "limit=1001", "direction=up", "from=today"] {
        assert_eq!(server.get(&format!("/api/v1/history/calls?{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn nobody_finds_or_reads_what_is_hidden_from_him() {
    let folder = Folder::with_sign_in(story::TOKENS, "directory = \"directory.csv\"");
    folder.write("directory.csv", "kind,number,name,department,queue_id\nextension,101,Ada,Sales,\n");
    let server = folder.start_ready();
    let story = Story::post(&server);
    let ask = |token: &str, path: &str| {
        let bearer = format!("Bearer token-of-{token}");
        server.ask("GET", path, &[("Authorization", &bearer)], b"")
    };
    let find = |token: &str, query: &str| {
        let answer = ask(token, &format!("/api/v1/history/calls?{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        rows(&answer.json())
    };
    until("told", || (find("the-supervisor", "").len() == 4).then_some(()));
    // The queue's viewer: the queue's calls, without the last four digits.
    assert_eq!(find("a-viewer-of-8001", ""), [story.gave_up.clone(), story.queued.clone()]);
    let seen = ask("a-viewer-of-8001", "/api/v1/history/calls").text();
    assert!(
        seen.contains("+1555555••••") && !seen.contains("5550100") && !seen.contains("5550200"),
        "{seen}"
    );
    assert_eq!(find("a-viewer-of-8001", "number=0100"), Vec::<String>::new());
    assert_eq!(find("a-viewer-of-8001", "number=1555555"), [story.gave_up.clone(), story.queued.clone()]);
    assert_eq!(find("the-supervisor", "number=0100"), std::slice::from_ref(&story.queued));
    let file = ask("a-viewer-of-8001", "/api/v1/history/calls.csv").text();
    assert!(file.contains("••••") && !file.contains("5550100") && !file.contains(&story.out), "{file}");
    // A department's calls are those of its extensions.
    assert_eq!(find("a-supervisor-of-sales", ""), std::slice::from_ref(&story.out));
    for (token, call, status) in [
        ("a-viewer-of-8001", &story.queued, 200),
        ("a-viewer-of-8001", &story.out, 404),
        ("a-supervisor-of-sales", &story.out, 200),
        ("a-supervisor-of-sales", &story.queued, 404),
        ("the-supervisor", &story.missed, 200),
    ] {
        assert_eq!(ask(token, &format!("/api/v1/history/calls/{call}")).status, status, "{token} {call}");
        assert_eq!(ask(token, &format!("/history/{call}")).status, status, "{token} {call}");
    }
    let visits = ask("a-supervisor-of-sales", "/api/v1/history/queue-visits").json();
    assert_eq!(visits["rows"], json!([]));
    // Who took what out is in the log, and no number is.
    assert_eq!(ask("the-supervisor", "/api/v1/history/calls.csv?number=5550100").status, 200);
    let log = Connection::open(folder.data.join("ringside.db")).unwrap();
    let mut select =
        log.prepare("SELECT who || ' ' || about FROM audit WHERE act = 'history-export'").unwrap();
    let lines =
        select.query_map([], |row| row.get::<_, String>(0)).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(lines, ["token viewer calls.csv", "token supervisor calls.csv, of a number"]);
}

#[test]
fn the_file_is_a_table_of_text_in_the_readers_zone() {
    let folder = Folder::with("", "time_zone = \"Asia/Tokyo\"");
    let server = folder.start_ready();
    let story = Story::post(&server);
    Story::wait(&server);
    let file = |query: &str| server.get(&format!("/api/v1/history/calls.csv{query}"));
    let answer = file("");
    assert_eq!(answer.header("Content-Type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(answer.header("Content-Disposition").unwrap().starts_with("attachment"));
    let table = |text: &str| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let text = answer.text();
    let lines = table(&text);
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0][..4], ["call", "started", "answered", "ended"]);
    // A formula as a name, and a number that begins with a plus, are text for every spreadsheet.
    let queued = &lines[4];
    assert_eq!((&queued[0], &*queued[5]), (&story.queued, "'+15555550100"));
    assert_eq!(queued[6], "'=HYPERLINK(\"http://evil.example\";\"x\")");
    assert!(lines.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{text}");
    assert!(queued[1].ends_with("+09:00"), "{queued:?}");
    let elsewhere = table(&file("?zone=America/Bogota&number=0100").text());
    assert!(elsewhere[1][1].ends_with("-05:00"), "{elsewhere:?}");
    let marked = file("?bom=true&result=abandoned").body;
    assert_eq!(marked[..3], [0xef, 0xbb, 0xbf]);
    assert_eq!(table(std::str::from_utf8(&marked[3..]).unwrap()).len(), 2);
    assert_eq!(file("?zone=Nowhere/Land").status, 400);
}

/// Oracle: curl, which says whether an answer came whole.
#[test]
fn a_file_that_can_not_be_made_to_its_end_breaks_off() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let story = Story::post(&server);
    Story::wait(&server);
    let curl = || {
        let url = format!("http://{}/api/v1/history/calls.csv", server.address);
        Command::new("curl").args(["--silent", "--max-time", "20", &url]).output().unwrap()
    };
    let database = Connection::open(folder.data.join("ringside.db")).unwrap();
    // More than are read at once, all newer than the first.
    database
        .execute(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
             INSERT INTO past_call (tenant, call, id, at, way, result, pass, parties, record)
             SELECT tenant, call || '-' || i, id, at + 1000 * i, way, result, pass, parties, record FROM past_call, n
             WHERE call = ?1 AND id = ''",
            [&story.queued],
        )
        .unwrap();
    let whole = curl();
    assert!(whole.status.success(), "{whole:?}");
    database
        .execute("UPDATE past_call SET record = '{' WHERE call = ?1 AND id = ''", [&story.queued])
        .unwrap();
    let part = curl();
    assert!(!part.status.success(), "half a file looks like a whole one");
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().count();
    assert!(
        lines(&part.stdout) > 500 && lines(&part.stdout) < lines(&whole.stdout),
        "what could be read had come"
    );
}

#[test]
fn pages_show_what_is_found_and_a_calls_way() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let empty = server.get("/history").text();
    assert!(empty.contains("Nothing has ended yet"), "{empty}");
    let story = Story::post(&server);
    Story::wait(&server);
    let page = server.get("/history").text();
    for call in [&story.queued, &story.gave_up, &story.missed, &story.out] {
        assert!(page.contains(&format!("href=\"/history/{call}\"")), "{page}");
    }
    let narrow = server.get("/history?number=0200&result=abandoned").text();
    assert!(narrow.contains(&story.gave_up) && !narrow.contains(&story.queued), "{narrow}");
    assert!(narrow.contains("value=\"0200\""), "the search stays in its fields");
    let none = server.get("/history?number=9999").text();
    assert!(none.contains("Nothing was found"), "{none}");
    let call = server.get(&format!("/history/{}", story.queued));
    let text = call.text();
    assert_eq!(call.status, 200);
    assert!(text.contains("8001") && text.contains("102"), "{text}");
    assert!(!page.contains("<img") && page.contains("&lt;img"), "a name is text: {page}");
    assert_eq!(server.get("/history/nothing").status, 404);
    // Nothing that the policy forbids.
    assert!(!text.contains(" style=") && !page.contains(" style="));
}
