//! The settings' pages of queues, the tenant and names: what is saved there is on the board at once and after a restart,
//! what is wrong is said at its field, and what the configuration says stays.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use model::id::TenantId;
use program::{
    Folder, Server,
    people::{Browser, invited, location},
    stamp, until,
};
use serde_json::{Value, json};
use server::{
    access::{Role, audit},
    store::Store,
};

const MARKUP: &str = "\"></textarea><script>alert(1)</script>";

/// A browser's answer to a form: its status, where it leads, its page.
async fn post(server: &Server, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
    let answer = Browser::new(server).post(path, form).await;
    let (status, leads) = (answer.status().as_u16(), location(&answer).to_owned());
    (status, leads, answer.text().await.unwrap())
}

/// Saved, and back to the page.
async fn save(server: &Server, path: &str, form: &[(&str, &str)]) {
    let (status, leads, text) = post(server, path, form).await;
    assert_eq!((status, leads.split('?').next().unwrap()), (303, back_of(path)), "{text}");
}

fn back_of(path: &str) -> &str {
    ["/settings/queues", "/settings/general", "/settings/names"]
        .into_iter()
        .find(|page| path.starts_with(page))
        .unwrap()
}

/// The tag of an element with that id.
fn tag<'a>(html: &'a str, id: &str) -> &'a str {
    let at = html.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {html}"));
    let start = html[..at].rfind('<').unwrap();
    &html[start..=start + html[start..].find('>').unwrap()]
}

/// The hint below a field.
fn hint<'a>(html: &'a str, id: &str) -> &'a str {
    let tag = tag(html, &format!("{id}-hint"));
    let after = &html[html.find(tag).unwrap() + tag.len()..];
    after.split('<').next().unwrap()
}

fn queue(server: &Server, number: &str) -> Value {
    server.json(&format!("/api/v1/queues/{number}"))["rows"][0].clone()
}

/// The window of a queue's figures, once the first minute has given them.
fn m60(server: &Server, number: &str) -> Value {
    until("figures", || {
        Some(queue(server, number)["figures"]["m60"].clone()).filter(|window| !window.is_null())
    })
}

/// A visit that began so many seconds ago, or at that moment of a test's clock.
fn visit(server: &Server, session: &str, from: &str, until: &str, end: &str) {
    for (reason, at) in [("enqueue", from), (end, until)] {
        server.post(&json!({"event_type": "queue_caller_status", "tenant_id": "7000", "queue_id": "800000000000008001",
            "updated_callers": [{"position": "1", "session_id": session, "caller_number": "15550100", "reason": reason,
                "timestamp": at, "type": "normal"}]}));
    }
}

fn acts(folder: &Folder) -> Vec<(String, String)> {
    let store = Store::open(&folder.data).unwrap();
    let lines = audit::list(&store, &TenantId::from("acme"), None, 100).unwrap();
    lines.into_iter().rev().map(|line| (line.act, line.about)).collect()
}

const LISTED: &str = "queue,8001,Sales,,800000000000008001\n";

/// A folder whose directory's file lists a queue.
fn listed(tenant: &str) -> Folder {
    let folder = Folder::with("", &format!("directory = \"directory.csv\"\n{tenant}"));
    folder.write(
        "directory.csv",
        &format!("kind,number,name,department,queue_id\n{LISTED}extension,101,Jane,Sales,\n"),
    );
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queues_rules_count_at_once_and_after_a_restart() {
    let folder = listed("");
    let server = folder.start_ready();
    let id = "800000000000008001";
    assert_eq!(queue(&server, "8001")["target_s"], Value::Null);
    let rules = [
        ("queue", id),
        ("service_level", "6"),
        ("target_seconds", " 30 "),
        ("target_percent", "80"),
        ("short_abandon_seconds", "5"),
    ];
    save(&server, "/settings/queues", &rules).await;
    let row = queue(&server, "8001");
    assert_eq!(row["target_s"], 30);
    let wanted = || (queue(&server, "8001")["figures"]["target_percent"] == 80).then_some(());
    until("the wanted level", wanted);
    let page = server.get("/settings/queues").text();
    assert!(tag(&page, "target-0").contains("value=\"30\"") && tag(&page, "short-0").contains("value=\"5\""));
    assert!(page.contains("<option value=\"6\" selected>"));
    server.kill();

    let server = folder.start_ready();
    assert_eq!(queue(&server, "8001")["target_s"], 30);
    until("the wanted level", || (queue(&server, "8001")["figures"]["target_percent"] == 80).then_some(()));
    // A field that is empty goes back to what the PBX says, which is nothing yet.
    save(&server, "/settings/queues", &[("queue", id), ("target_seconds", "")]).await;
    assert_eq!(queue(&server, "8001")["target_s"], Value::Null);
    let acts = acts(&folder);
    assert_eq!(acts[0].0, "queue-settings");
    assert_eq!(acts[0].1, "8001: service level 6, target 30 s and 80 %, short abandon 5 s");
}

/// Oracle: docs/metrics.md. Of two answered after 10 s and 40 s and one who gave up after 3 s, within 20 s is 1 of 3 by
/// level 3; by level 6, which leaves out who gave up sooner than 5 s, and within 60 s, 2 of 2.
#[tokio::test(flavor = "multi_thread")]
async fn figures_are_counted_anew_by_new_rules() {
    let folder = listed("");
    let server = folder.start_ready();
    visit(&server, "1", &stamp(100), &stamp(90), "agent_answered");
    visit(&server, "2", &stamp(100), &stamp(60), "agent_answered");
    visit(&server, "3", &stamp(100), &stamp(97), "hangup");
    until("three", || (m60(&server, "8001")["offered"] == 3).then_some(()));
    let id = ("queue", "800000000000008001");
    save(&server, "/settings/queues", &[id, ("target_seconds", "20")]).await;
    assert_eq!(m60(&server, "8001")["service_level"], 3333);
    let six = [id, ("service_level", "6"), ("target_seconds", "60"), ("short_abandon_seconds", "5")];
    save(&server, "/settings/queues", &six).await;
    assert_eq!(m60(&server, "8001")["service_level"], 10_000);
    assert_eq!(queue(&server, "8001")["figures"]["formula"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_rule_is_said_at_its_field_and_nothing_is_saved() {
    let folder = listed("");
    let server = folder.start_ready();
    let id = ("queue", "800000000000008001");
    for wrong in ["0", "-1", "1.5", "86401", "x", MARKUP] {
        let form = [id, ("target_seconds", wrong), ("short_abandon_seconds", "7")];
        let (status, _, page) = post(&server, "/settings/queues", &form).await;
        assert_eq!(status, 422, "{wrong}");
        assert!(tag(&page, "target-0").contains("aria-invalid"), "{wrong}");
        assert_eq!(hint(&page, "target-0"), "Write a whole number of seconds, from 1 to 86400, or nothing.");
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(tag(&page, "short-0").contains("value=\"7\""), "what else was typed stays");
    }
    for wrong in ["0", "101", "80 %"] {
        let (status, _, page) = post(&server, "/settings/queues", &[id, ("target_percent", wrong)]).await;
        assert_eq!((status, tag(&page, "share-0").contains("aria-invalid")), (422, true), "{wrong}");
    }
    let (status, ..) = post(&server, "/settings/queues", &[id, ("service_level", "5")]).await;
    assert_eq!(status, 422);
    assert_eq!(post(&server, "/settings/queues", &[("queue", "nowhere")]).await.0, 404);
    assert_eq!(queue(&server, "8001")["target_s"], Value::Null);
    assert_eq!(acts(&folder), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_says_of_a_queue_is_refused_to_change_and_the_rest_is_not() {
    // Before the endpoint, so that its table is the tenant's.
    let folder = listed("queue = [{ number = \"8001\", target_seconds = 20 }]\n");
    let server = folder.start_ready();
    let id = ("queue", "800000000000008001");
    let (status, _, page) = post(&server, "/settings/queues", &[id, ("target_seconds", "99")]).await;
    assert_eq!(status, 409);
    assert!(hint(&page, "target-0").starts_with("The configuration file says this"));
    assert!(tag(&page, "target-0").contains("disabled") && tag(&page, "target-0").contains("value=\"20\""));
    save(&server, "/settings/queues", &[id, ("short_abandon_seconds", "4"), ("service_level", "4")]).await;
    let page = server.get("/settings/queues").text();
    assert!(tag(&page, "short-0").contains("value=\"4\"") && page.contains("<option value=\"4\" selected>"));
    assert_eq!(queue(&server, "8001")["target_s"], 20);
    until("figures", || (queue(&server, "8001")["figures"]["formula"] == 4).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_sets_anything() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let browser = invited(&folder, &server, "acme", "sue", Role::Supervisor).await;
    for page in ["/settings/queues", "/settings/general", "/settings/names"] {
        assert_eq!(browser.status(page).await, 403, "{page}");
    }
    let form = [("time_zone", "Europe/Berlin")];
    let refused = browser.clone().post("/settings/general", &form).await;
    assert_eq!(refused.status(), 403);
    assert_eq!(Browser::new(&server).status("/settings/names").await, 303, "to sign-in");
}

/// 2026-11-26 12:00:00 UTC, by `date -d 2026-11-26T12:00Z +%s`.
const NOON: i64 = 1_795_694_400;

/// A minute passes in a second. Berlin is an hour ahead of UTC in November, so that its 12:05 is 11:05.
#[tokio::test(flavor = "multi_thread")]
async fn another_start_of_day_and_another_time_zone_make_another_today() {
    let folder = listed("");
    let clock = format!("{}@60", NOON * 1000);
    let server = folder.start_with(&[("RINGSIDE_TEST_CLOCK", &clock)]);
    server.wait_until_ready();
    visit(&server, "1", &(NOON - 60).to_string(), &(NOON - 30).to_string(), "agent_answered");
    let today = || queue(&server, "8001")["figures"]["today"]["offered"].clone();
    save(&server, "/settings/general", &[("time_zone", "utc"), ("day_starts", "12:05")]).await;
    until("of the new day", || (today() == 0).then_some(()));
    save(&server, "/settings/general", &[("time_zone", "Europe/Berlin")]).await;
    until("of Berlin's day", || (today() == 1).then_some(()));
    let page = server.get("/settings/general").text();
    assert!(tag(&page, "time-zone").contains("value=\"Europe/Berlin\""));
    assert!(tag(&page, "day-starts").contains("value=\"12:05\""), "what isn't sent stays");
    assert!(page.contains("<option value=\"America/New_York\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_own_settings_are_checked_and_stay_after_a_restart() {
    let folder = Folder::new();
    let server = folder.start_ready();
    for (name, id, wrong) in [
        ("time_zone", "time-zone", "Berlin"),
        ("time_zone", "time-zone", "../../etc/passwd"),
        ("day_starts", "day-starts", "24:00"),
        ("day_starts", "day-starts", MARKUP),
        ("pbx_tenant_id", "pbx-tenant", "7000 1"),
        ("raw_days", "raw-days", "0"),
        ("raw_gib", "raw-gib", "1.5"),
        ("history_days", "history-days", "99999999999"),
    ] {
        let (status, _, page) = post(&server, "/settings/general", &[(name, wrong)]).await;
        assert_eq!(status, 422, "{wrong}");
        assert!(tag(&page, id).contains("aria-invalid"), "{wrong}");
        assert!(!page.contains("<script>alert"), "{page}");
    }
    assert_eq!(acts(&folder), []);
    save(
        &server,
        "/settings/general",
        &[("pbx_tenant_id", "7000"), ("time_zone", "Asia/Tokyo"), ("raw_days", "14")],
    )
    .await;
    server.kill();
    let server = folder.start_ready();
    let page = server.get("/settings/general").text();
    assert!(tag(&page, "pbx-tenant").contains("value=\"7000\""));
    assert!(tag(&page, "time-zone").contains("value=\"Asia/Tokyo\""));
    assert!(tag(&page, "raw-days").contains("value=\"14\""));
    // Another tenant's event changes nothing.
    let event = |tenant: &str, number: &str| {
        json!({"event_type": "extension_call", "tenant_id": tenant, "extension": number, "call_status": "RINGING",
            "time": stamp(5)})
    };
    server.post(&event("7001", "666"));
    server.post(&event("7000", "101"));
    let extensions = until("folded", || {
        Some(server.get("/api/v1/extensions").text()).filter(|all| all.contains("\"101\""))
    });
    assert!(!extensions.contains("666"));
    assert_eq!(
        acts(&folder),
        [(
            "general-settings".to_owned(),
            "time zone Asia/Tokyo, day starts -, PBX tenant 7000, deliveries 14 days or - GiB, history - days"
                .to_owned()
        )]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_says_of_a_tenant_is_refused_to_change() {
    let folder = Folder::with("", "time_zone = \"Europe/Madrid\"\npbx_tenant_id = \"7000\"");
    let server = folder.start_ready();
    for (name, id, value) in [("time_zone", "time-zone", "UTC"), ("pbx_tenant_id", "pbx-tenant", "")] {
        let (status, _, page) = post(&server, "/settings/general", &[(name, value)]).await;
        assert_eq!(status, 409, "{name}");
        assert!(hint(&page, id).starts_with("The configuration file says this"));
        assert!(tag(&page, id).contains("disabled"));
    }
    save(&server, "/settings/general", &[("day_starts", "06:00")]).await;
    let page = server.get("/settings/general").text();
    assert!(tag(&page, "time-zone").contains("value=\"Europe/Madrid\""));
}

/// The name of an extension as the board has it.
fn name(server: &Server, number: &str) -> Value {
    let rows = server.json("/api/v1/extensions")["rows"].as_array().unwrap().clone();
    rows.into_iter().find(|row| row["number"] == number).map_or(Value::Null, |row| row["name"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_added_changed_and_removed_and_the_files_stay() {
    let folder = listed("");
    let server = folder.start_ready();
    let joe = [
        ("kind", "extension"),
        ("number", "102"),
        ("name", "Joe"),
        ("department", "Sales"),
        ("queue_id", ""),
    ];
    save(&server, "/settings/names/set", &joe).await;
    assert_eq!((name(&server, "101"), name(&server, "102")), (json!("Jane"), json!("Joe")));
    let (status, _, page) = post(
        &server,
        "/settings/names/set",
        &[("kind", "extension"), ("number", "101"), ("name", "Not Jane")],
    )
    .await;
    assert_eq!(status, 409);
    assert!(hint(&page, "number").starts_with("The configuration file says this"));
    assert_eq!(post(&server, "/settings/names/remove", &[("number", "101")]).await.0, 409);
    server.kill();

    let server = folder.start_ready();
    assert_eq!((name(&server, "101"), name(&server, "102")), (json!("Jane"), json!("Joe")));
    save(&server, "/settings/names/set", &[("kind", "extension"), ("number", "102"), ("name", MARKUP)]).await;
    assert_eq!(name(&server, "102"), MARKUP);
    let page = server.get("/settings/names?change=102&find=102").text();
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(
        page.contains("data-number=\"102\"") && !page.contains("data-number=\"101\""),
        "what was searched for"
    );
    assert!(tag(&page, "number").contains("value=\"102\""));
    save(&server, "/settings/names/remove", &[("number", "102")]).await;
    assert_eq!(name(&server, "102"), Value::Null);
    let acts: Vec<_> = acts(&folder).into_iter().map(|(act, _)| act).collect();
    assert_eq!(acts, ["names", "names", "name-removed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_names_are_pasted_and_a_wrong_line_is_named() {
    let folder = listed("");
    let server = folder.start_ready();
    let lines =
        "\u{feff}number;kind;name\r\n103;extension;Kim\r\n101;extension;Not Jane\r\n8009;queue;Service\r\n";
    let (status, leads, _) = post(&server, "/settings/names/paste", &[("lines", lines)]).await;
    assert_eq!((status, &*leads), (303, "/settings/names?taken=2&of_file=1"));
    assert_eq!((name(&server, "101"), name(&server, "103")), (json!("Jane"), json!("Kim")));
    assert_eq!(queue(&server, "8009")["name"], "Service");
    assert!(server.get(&leads).text().contains("Lines taken: 2."));

    let wrong = "kind,number,name\nextension,104,x</textarea><script>alert(1)</script>\nphone,105,X\n";
    let (status, _, page) = post(&server, "/settings/names/paste", &[("lines", wrong)]).await;
    assert_eq!(status, 422);
    // The file's own words for the same mistake.
    assert_eq!(
        hint(&page, "lines"),
        "Line 3: the kind is none of extension, queue, group and ivr; write one of them."
    );
    assert!(!page.contains("<script>alert") && page.contains("phone,105,X"), "{page}");
    let mut german = Browser::with_cookie(&server, "ringside-language=de");
    let page = german.post("/settings/names/paste", &[("lines", wrong)]).await.text().await.unwrap();
    assert!(hint(&page, "lines").starts_with("Zeile 3: die Art ist keine von"), "{page}");
    assert_eq!(name(&server, "104"), Value::Null, "all or nothing");
    for (field, form) in [
        ("number", [("kind", "extension"), ("number", ""), ("queue_id", "")]),
        ("number", [("kind", "extension"), ("number", "1 2"), ("queue_id", "")]),
        ("queue-id", [("kind", "group"), ("number", "6000"), ("queue_id", "800")]),
    ] {
        let (status, _, page) = post(&server, "/settings/names/set", &form).await;
        assert_eq!(status, 422);
        assert!(tag(&page, field).contains("aria-invalid"), "{form:?}");
    }
}
