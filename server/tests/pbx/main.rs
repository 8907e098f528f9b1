//! The links to the PBX's own interfaces, from the real program to the simulator's servers: a fresh installation shows the
//! company at once, every gap is mended, and a PBX that is absent, slow or lying is survived and said.
//!
//! Oracle: what is true at the simulated PBX, by its own books.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "../program/mod.rs"]
mod program;

mod company;
mod faults;
mod liar;
mod page;
mod way;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use program::{ENDPOINT, Folder, PATIENCE, Server, TOKEN, until};
use serde_json::{Value, json};
use server::{
    clock::Clock,
    config::Secret,
    pbx::{Account, PbxError, check},
};
use simulator::{
    dialect::Dialect,
    interfaces::{Options, Rest, Wsi},
};

use company::{Company, differences, unclear};
use way::Way;

const USER: &str = "ringside@harbourvale.example";
const PASSWORD: &str = "s3cretpbxword";

/// How many rounds came to their end, by `/metrics`.
const DONE: &str = "ringside_resync_seconds_count{tenant=\"acme\"}";

/// The configuration's table.
fn table(url: &str, password: &str) -> String {
    format!("[tenant.pbx]\nurl = \"{url}\"\nusername = \"{USER}\"\npassword = \"{password}\"\n")
}

/// A folder whose PBX is the simulator's. The table of the tenant's first endpoint comes behind it.
fn folder(url: &str) -> Folder {
    Folder::with("", &table(url, PASSWORD))
}

fn account(url: &str) -> Account {
    Account::new(url, USER, Secret::new(PASSWORD), None).unwrap()
}

/// Waits until the board is the truth, to the last row.
fn becomes_true(server: &Server, company: &Company) {
    becomes_true_but_for(server, company, &BTreeSet::new());
}

/// The same, but for what begins so.
fn becomes_true_but_for(server: &Server, company: &Company, unclear: &BTreeSet<String>) {
    let started = Instant::now();
    loop {
        let mut found = differences(&company.truth(), &server.json("/api/v1/board"));
        found.retain(|line| !unclear.iter().any(|of| line.contains(of)));
        if found.is_empty() {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "the board is not the truth:\n{}", found.join("\n"));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What the lamp shows, by the page's words, and why.
fn lamp(server: &Server) -> (String, String) {
    let said = server.json("/api/v1/diagnostics")["pbx"].clone();
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("why"))
}

/// A metric's value.
fn metric(server: &Server, name: &str) -> u64 {
    let text = server.get("/metrics").text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

fn becomes(server: &Server, state: &str) -> String {
    until(state, || Some(lamp(server)).filter(|(shown, _)| shown == state)).1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_installation_shows_the_whole_company_at_once() {
    for dialect in [Dialect::V22_2, Dialect::V22_3] {
        let company = Company::after(600, dialect, Options::default()).await;
        let server = company.start(&folder(&company.url()));
        becomes_true(&server, &company);
        assert_eq!(becomes(&server, "live"), "");
        let board = server.json("/api/v1/board");
        let rows = board["rows"].as_array().unwrap();
        let named =
            |kind: &str| rows.iter().filter(|row| row["k"] == kind && row["name"].is_string()).count();
        let truth = company.truth();
        assert_eq!((named("extension"), named("queue")), (truth.extensions.len(), truth.queues.len()));
        assert!(!truth.calls.is_empty(), "nobody calls");
        // Of ring groups and menus no event tells a name.
        let company = company.company();
        let named = |number: &str| {
            let mut parties = rows.iter().filter(|row| row["k"] == "call").map(|row| &row["to"]);
            parties.find(|to| to["number"] == number).map(|to| to["name"].clone())
        };
        let (menu, menu_name) = &company.menu;
        let groups = company.groups.iter().map(|group| (&group.number, &group.name));
        let mut seen = 0;
        for (number, name) in groups.chain([(menu, menu_name)]) {
            if let Some(shown) = named(number) {
                assert_eq!(shown, json!(name), "{number}");
                seen += 1;
            }
        }
        assert!(seen > 0, "nobody calls a menu or a group");
    }
}

/// Calls that nobody ended are asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_pbx_and_one_of_ours_are_mended() {
    let company = Company::after(600, Dialect::V22_3, Options::default()).await;
    let folder = folder(&company.url());
    let server = company.start(&folder);
    becomes_true(&server, &company);
    assert!(!company.truth().calls.is_empty(), "nobody calls");
    // Every call is gone, and nobody is told.
    company.restart();
    becomes_true(&server, &company);
    assert!(company.truth().calls.is_empty());
    // Down meanwhile: the board of before, then the truth.
    let now = company.now();
    server.kill();
    company.live_unseen(300);
    let server = company.start(&folder);
    assert!(company.now() > now);
    becomes_true(&server, &company);
    assert!(!folder.log().contains(PASSWORD), "{}", folder.log());
}

/// While nobody looked, people and queues came, were renamed, and went.
#[tokio::test(flavor = "multi_thread")]
async fn who_came_and_went_meanwhile_is_known() {
    let company = Company::that_changes(Dialect::V22_3).await;
    company.live_unseen(700);
    let folder = folder(&company.url());
    let server = company.start(&folder);
    becomes_true(&server, &company);
    let numbers = |company: &Company| -> BTreeSet<String> {
        let truth = company.truth();
        let queues = truth.queues.into_values().map(|queue| queue.number);
        truth.extensions.into_keys().chain(queues).collect()
    };
    let before = numbers(&company);
    server.kill();
    company.live_unseen(1500);
    let server = company.start(&folder);
    becomes_true(&server, &company);
    let after = numbers(&company);
    assert!(
        before.difference(&after).count() > 0 && after.difference(&before).count() > 0,
        "nothing changed"
    );
}

/// Deliveries that come again after many were refused: what was lost meanwhile is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_in_the_webhooks_is_mended() {
    let company = Company::after(60, Dialect::V22_3, Options::default()).await;
    let server = company.start(&folder(&company.url()));
    becomes(&server, "live");
    let asked = || server.json("/api/v1/diagnostics")["pbx"]["asked_at"].as_i64().unwrap();
    until("asked", || server.json("/api/v1/diagnostics")["pbx"]["asked_at"].as_i64());
    for _ in 0..20 {
        let path = format!("/hooks/{ENDPOINT}");
        assert_eq!(server.ask("POST", &path, &[("Authorization", "Bearer wrong")], b"{}").status, 401);
    }
    becomes(&server, "refused");
    // It is looked at every two seconds.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let before = asked();
    server.post(&json!({"event_type": "extension_call", "extension": "101", "call_status": "", "time": (company.now() / 1000).to_string()}));
    until("asked again", || (asked() > before).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_for_a_while_is_mended() {
    let company = Company::after(300, Dialect::V22_2, Options::default()).await;
    let way = Way::to(company.address).await;
    let server = company.start(&folder(&way.url()));
    becomes_true(&server, &company);
    way.cut();
    company.live(&server, 40).await;
    becomes(&server, "down");
    let failed = "ringside_resyncs_failed_total{tenant=\"acme\",reason=\"connection\"}";
    assert!(metric(&server, failed) > 0);
    // Webhooks are taken all the same.
    let bearer = format!("Bearer {TOKEN}");
    let answer = server.ask("POST", &format!("/hooks/{ENDPOINT}"), &[("Authorization", &*bearer)], b"");
    assert_eq!(answer.status, 200);
    way.mend();
    becomes_true(&server, &company);
    assert_eq!(becomes(&server, "live"), "");
}

/// Nothing is asked meanwhile: what the subscription tells is enough.
#[tokio::test(flavor = "multi_thread")]
async fn the_wsi_alone_keeps_the_board_true() {
    for dialect in [Dialect::V22_2, Dialect::V22_3] {
        let company = Company::after(300, dialect, Options::default()).await;
        let server = company.start(&folder(&company.url()));
        becomes_true(&server, &company);
        becomes(&server, "live");
        let rounds = || metric(&server, DONE);
        until("a whole round", || (rounds() == 1).then_some(()));
        let before = company.truth();
        company.live(&server, 100).await;
        becomes_true(&server, &company);
        let now = company.truth();
        let begun = now.calls.keys().filter(|call| !before.calls.contains_key(*call)).count();
        let over = before.calls.keys().filter(|call| !now.calls.contains_key(*call)).count();
        assert!(begun > 1 && over > 1, "{begun} calls began, {over} are over");
        assert_eq!(rounds(), 1, "it was asked");
        assert_eq!(metric(&server, "ringside_resyncs_started_total{tenant=\"acme\"}"), 1);
    }
}

/// Without the WSI everything is asked one by one; it is said, since nothing tells of what happens next.
#[tokio::test(flavor = "multi_thread")]
async fn rest_alone_shows_the_company_too() {
    for dialect in [Dialect::V16, Dialect::V22_3] {
        let options = Options { wsi: Wsi::Off, ..Options::default() };
        let company = Company::after(600, dialect, options).await;
        let server = company.start(&folder(&company.url()));
        let why = becomes(&server, "down");
        assert!(why.contains("WSI") && why.contains("503"), "{why}");
        until("asked", || (metric(&server, DONE) == 1).then_some(()));
        becomes_true_but_for(&server, &company, &unclear(&company.truth()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn version_16_has_it_without_a_path() {
    let company = Company::after(600, Dialect::V16, Options::default()).await;
    let server = company.start(&folder(&company.url()));
    becomes_true(&server, &company);
    becomes(&server, "live");
}

/// F22: down, slow or lying: the lamp shows it, and everything else goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_in_plain_words() {
    let clock = Clock::system();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = check(&account(&format!("http://{closed}")), clock).await.unwrap_err();
    assert!(matches!(refused, PbxError::Refused), "{refused}");
    let nowhere = check(&account("https://pbx.invalid"), clock).await.unwrap_err();
    assert!(matches!(nowhere, PbxError::Name), "{nowhere}");

    let company = Company::after(60, Dialect::V22_3, Options::default()).await;
    let found = check(&account(&company.url()), clock).await.unwrap();
    assert_eq!(
        (found.extensions, found.queues),
        (company.truth().extensions.len(), company.truth().queues.len())
    );
    let wrong = |user: &str, word: &str| Account::new(&company.url(), user, Secret::new(word), None).unwrap();
    for account in
        [wrong(USER, "wrong"), wrong("nobody@harbourvale.example", PASSWORD), wrong("ringside@x", PASSWORD)]
    {
        let error = check(&account, clock).await.unwrap_err();
        assert!(matches!(error, PbxError::Credentials), "{error}");
    }
    let extension = check(&wrong("101@harbourvale.example", PASSWORD), clock).await.unwrap_err();
    assert!(matches!(extension, PbxError::Forbidden("users")), "{extension}");
    let sealed = check(&account(&company.url().replace("http:", "https:")), clock).await.unwrap_err();
    assert!(matches!(sealed, PbxError::NoTls | PbxError::Cut), "{sealed}");

    for (options, says) in [
        (Options { two_factor: true, ..Options::default() }, "second factor"),
        (Options { rest: Rest::Off, ..Options::default() }, "503"),
        (Options { per_minute: Some(2), ..Options::default() }, "too often"),
        (Options { wsi: Wsi::Off, ..Options::default() }, "WSI"),
    ] {
        let company = Company::after(60, Dialect::V22_3, options).await;
        let error = check(&account(&company.url()), clock).await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let slow = Options { rest: Rest::Slow, slow_for: Duration::from_millis(200), ..Options::default() };
    let company = Company::after(60, Dialect::V22_3, slow).await;
    check(&account(&company.url()), clock).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_trusted_by_its_authority_or_as_it_is() {
    let company = Company::after(60, Dialect::V22_3, Options::default()).await;
    let folder = Folder::new();
    folder.certificate("own");
    folder.certificate("other");
    let way = Way::sealed(company.address, &folder.path("own.pem"), &folder.path("own.key")).await;
    let with = |url: &str, file: Option<&str>| {
        let pem = file.map(|file| std::fs::read_to_string(folder.path(file)).unwrap());
        Account::new(url, USER, Secret::new(PASSWORD), pem.as_deref()).unwrap()
    };
    let clock = Clock::system();
    check(&with(&way.url(), Some("own.pem")), clock).await.unwrap();
    for file in [None, Some("other.pem")] {
        let error = check(&with(&way.url(), file), clock).await.unwrap_err();
        assert!(matches!(error, PbxError::Untrusted | PbxError::NoAuthorities), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_pbx_answers_is_survived() {
    let clock = Clock::system();
    for (name, says) in liar::LIES {
        let liar = liar::start(name).await;
        let account = account(&liar);
        let checked = tokio::time::timeout(Duration::from_secs(20), check(&account, clock)).await;
        let error = checked.unwrap_or_else(|_| panic!("{name} takes for ever")).unwrap_err().to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

/// Rows that can't be, and lists that can't, are left out; the others are shown.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_list_with_nonsense_the_sound_rows_are_shown() {
    let liar = liar::start("odd rows").await;
    let tenant = format!("pbx_tenant_id = \"7000\"\n{}", table(&liar, PASSWORD));
    let server = Folder::with("", &tenant).start_ready();
    let why = becomes(&server, "down");
    assert!(why.contains("WSI"), "{why}");
    let rows = until("shown", || {
        let rows = server.json("/api/v1/extensions")["rows"].as_array().unwrap().clone();
        (!rows.is_empty()).then_some(rows)
    });
    let numbers: Vec<&Value> = rows.iter().map(|row| &row["number"]).collect();
    assert_eq!(numbers, [&json!("101"), &json!("102")]);
    assert_eq!((&rows[0]["name"], &rows[0]["online"]), (&json!("Ann <b>"), &json!(null)), "not known yet");
    assert_eq!(server.json("/api/v1/queues")["rows"].as_array().unwrap().len(), 0);
}
