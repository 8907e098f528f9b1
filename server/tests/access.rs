//! Who comes in, how, and for how long: the real program, by browsers' requests. What each route needs is in `doors.rs`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{process::Command, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use model::id::TenantId;
use reqwest::Method;
use serde_json::json;
use server::access::{By, Role, Who, audit};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tungstenite::{Message, client::IntoClientRequest as _};

use program::{
    Folder, PATIENCE, Server, TOKEN,
    people::{Browser, PASSWORD, administrator, invited, location, set_up_path, set_up_path_at},
    stamp, until,
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn administrator_of(folder: &Folder, server: &Server) -> Browser {
    let mut anna = Browser::new(server);
    assert_eq!(anna.use_link(&set_up_path(folder, "acme"), "anna").await, 303);
    anna
}

/// The last line of the audit log that has this act.
fn last(folder: &Folder, act: &str) -> Option<audit::Noted> {
    let lines = audit::list(administrator(folder).store(), &"acme".into(), None, usize::MAX).unwrap();
    lines.into_iter().find(|line| line.act == act)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_sets_ringside_up_by_its_link_and_is_in() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let path = set_up_path(&folder, "acme");
    let mut anna = Browser::new(&server);
    let page = anna.get(&path).await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    for (form, status) in [
        ([("name", "anna"), ("password", "short"), ("again", "short")], 422),
        ([("name", "anna"), ("password", PASSWORD), ("again", "seven grey horse")], 422),
        ([("name", ""), ("password", PASSWORD), ("again", PASSWORD)], 422),
        ([("name", "anna"), ("password", PASSWORD), ("again", PASSWORD)], 303),
    ] {
        let answer = anna.post(&path, &form).await;
        assert_eq!(answer.status().as_u16(), status, "{form:?}");
        assert!(!answer.text().await.unwrap().contains(PASSWORD), "a password is never written back");
    }
    assert_eq!(anna.status("/").await, 200);
    assert_eq!(anna.status("/api/v1/deliveries").await, 200);
    assert_eq!(Browser::new(&server).get(&path).await.status().as_u16(), 410, "it was good once");
    assert_eq!(Browser::new(&server).use_link(&path, "eve").await, 410);
    assert_eq!(Browser::new(&server).get("/set-up/never-made").await.status().as_u16(), 404);
}

/// The same and on, as a person with curl does it: cookie jar, redirects, a form.
#[test]
fn the_way_in_and_out_works_with_curl() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let jar = tempfile::NamedTempFile::new().unwrap();
    let site = format!("http://{}", server.address);
    let curl = |words: &[&str]| {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--write-out",
            "\n%{http_code} %{redirect_url}",
            "--cookie",
        ]);
        command
            .arg(jar.path())
            .arg("--cookie-jar")
            .arg(jar.path())
            .args(["--header", &format!("Origin: {site}")]);
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.rsplit_once('\n').map(|(body, end)| (body.to_owned(), end.trim().to_owned())).unwrap()
    };
    let at = |path: &str| format!("{site}{path}");
    let password = format!("password={PASSWORD}");
    let again = format!("again={PASSWORD}");
    assert_eq!(curl(&[&at("/queues")]).1, format!("303 {}", at("/sign-in?next=/queues")));
    let link = at(&set_up_path(&folder, "acme"));
    let form = ["--data-urlencode", "name=anna", "--data-urlencode", &password, "--data-urlencode", &again];
    assert_eq!(curl(&[&form[..], &[&link]].concat()).1, format!("303 {}", at("/")));
    let (page, end) = curl(&[&at("/settings/me")]);
    assert!(page.contains("anna") && end == "200", "{page}");
    assert_eq!(curl(&["--data", "", &at("/sign-out")]).1, format!("303 {}", at("/sign-in")));
    assert_eq!(curl(&[&at("/api/v1/queues")]).1, "401");
    let form =
        ["--data-urlencode", "name=Anna", "--data-urlencode", &password, "--data", "next=/settings/me"];
    assert_eq!(curl(&[&form[..], &[&at("/sign-in")]].concat()).1, format!("303 {}", at("/settings/me")));
    assert_eq!(curl(&[&at("/api/v1/queues")]).1, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_planted_is_worth_nothing_after_sign_in() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    administrator_of(&folder, &server).await;
    // Eve has a session, and puts it into Anna's browser.
    let eve = invited(&folder, &server, "acme", "eve", Role::Viewer).await;
    let mut anna = eve.clone();
    assert_eq!(anna.sign_in("anna", PASSWORD).await, 303);
    assert_ne!(anna.cookie(), eve.cookie());
    assert_eq!(eve.status("/api/v1/queues").await, 401);
    assert_eq!(anna.status("/api/v1/deliveries").await, 200);
    // One that the server never made is not taken up.
    let mut planted = Browser::with_cookie(&server, "ringside=0123456789012345678901234567890123456789012");
    assert_eq!(planted.sign_in("anna", PASSWORD).await, 303);
    assert!(!planted.cookie().contains("0123456789"), "{}", planted.cookie());
    // Nor is one taken from an address.
    let session = anna.cookie().split_once('=').unwrap().1.to_owned();
    let nobody = Browser::new(&server);
    for name in ["ringside", "session", "token", "access_token"] {
        assert_eq!(nobody.status(&format!("/api/v1/queues?{name}={session}")).await, 401);
    }
}

/// A server of the same folder at another moment.
async fn at(folder: &Folder, after: i64, cookie: &str) -> u16 {
    let server = folder.start_at(START + after);
    server.wait_until_ready();
    let status = Browser::with_cookie(&server, cookie).status("/api/v1/queues").await;
    if status == 200 {
        // That it was seen is written beside the answer.
        until("written", || {
            let anna = administrator(folder).person(1).unwrap().unwrap();
            anna.seen_at.filter(|seen| seen.0 >= START + after)
        });
    }
    status
}

const START: i64 = 1_786_000_000_000;
const HOUR: i64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_the_servers_clock_also_over_a_restart() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_at(START);
    server.wait_until_ready();
    let mut anna = Browser::new(&server);
    assert_eq!(anna.use_link(&set_up_path_at(&folder, START), "anna").await, 303);
    server.kill();
    assert_eq!(at(&folder, 11 * HOUR, anna.cookie()).await, 200);
    assert_eq!(at(&folder, 22 * HOUR, anna.cookie()).await, 200, "seen eleven hours ago");
    assert_eq!(at(&folder, 35 * HOUR, anna.cookie()).await, 401);
    let mut links = Vec::new();
    for after in [0, HOUR + 1] {
        let server = folder.start_at(START + after);
        if links.is_empty() {
            links.push(set_up_path_at(&folder, START));
        }
        let status = Browser::new(&server).get(&links[0]).await.status().as_u16();
        assert_eq!(status, if after == 0 { 200 } else { 410 });
        server.kill();
    }
}

async fn open(server: &Server, browser: &Browser) -> Result<Socket, u16> {
    let mut request = format!("ws://{}/feed", server.address).into_client_request().unwrap();
    let (name, value) = browser.shows.clone().unwrap();
    request.headers_mut().insert(name, value.parse().unwrap());
    request.headers_mut().insert("origin", browser.site.parse().unwrap());
    match connect_async(request).await {
        Ok((mut socket, _)) => {
            let subscribe = json!({"t": "subscribe", "view": "overview"}).to_string();
            socket.send(Message::text(subscribe)).await.unwrap();
            let first = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
            assert!(first.to_text().unwrap().contains("snapshot"), "{first}");
            Ok(socket)
        }
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// The code that a socket closes with; the test ends if it doesn't.
async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.expect("it stays open") {
            Some(Ok(Message::Close(close))) => return close.unwrap().code.into(),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Whether it goes on: a beat comes.
async fn goes_on(socket: &mut Socket) -> bool {
    matches!(tokio::time::timeout(PATIENCE, socket.next()).await, Ok(Some(Ok(Message::Text(_)))))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_out_has_no_open_socket_any_more_and_others_keep_theirs() {
    let folder = Folder::with_sign_in(TOKEN_OF_GRAFANA, "");
    let server = folder.start_ready();
    let mut anna = administrator_of(&folder, &server).await;
    let mut vera = invited(&folder, &server, "acme", "vera", Role::Viewer).await;
    let grafana = Browser::with_token(&server, "token-of-grafana-0123");
    let mut annas = open(&server, &anna).await.unwrap();
    let mut veras = open(&server, &vera).await.unwrap();
    let mut grafanas = open(&server, &grafana).await.unwrap();
    let before = vera.clone();
    assert_eq!(vera.post("/sign-out", &[]).await.status().as_u16(), 303);
    assert_eq!(close_code(&mut veras).await, 4401);
    assert_eq!(open(&server, &before).await.err(), Some(401));
    assert!(goes_on(&mut annas).await && goes_on(&mut grafanas).await);
    // Everywhere is everywhere.
    let mut elsewhere = Browser::new(&server);
    assert_eq!(elsewhere.sign_in("anna", PASSWORD).await, 303);
    assert_eq!(anna.post("/settings/me/sign-out-everywhere", &[]).await.status().as_u16(), 303);
    assert_eq!(close_code(&mut annas).await, 4401);
    assert_eq!(elsewhere.status("/api/v1/queues").await, 401);
    assert!(goes_on(&mut grafanas).await);
}

const TOKEN_OF_GRAFANA: &str = "[[api_token]]
    name = \"grafana\"
    tenant = \"acme\"
    role = \"viewer\"
    token = \"token-of-grafana-0123\"
";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_other_session_and_its_sockets() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let anna = administrator_of(&folder, &server).await;
    let mut here = Browser::new(&server);
    assert_eq!(here.sign_in("anna", PASSWORD).await, 303);
    let mut socket = open(&server, &anna).await.unwrap();
    let new = "eight brown horses";
    let wrong = [("old", "wrong"), ("password", new), ("again", new)];
    assert_eq!(here.post("/settings/me/password", &wrong).await.status().as_u16(), 403);
    let right = [("old", PASSWORD), ("password", new), ("again", new)];
    let answer = here.post("/settings/me/password", &right).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/settings/me"));
    assert_eq!(close_code(&mut socket).await, 4401);
    assert_eq!((here.status("/").await, anna.status("/").await), (200, 303));
    let mut old = Browser::new(&server);
    assert_eq!(old.sign_in("anna", PASSWORD).await, 403);
    assert_eq!(old.sign_in("anna", new).await, 303);
}

/// F11 of the reliability reference: credential stuffing on sign-in.
#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_while_the_pbx_goes_on_posting() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let mut anna = administrator_of(&folder, &server).await;
    let mut statuses = Vec::new();
    for number in 0..100 {
        let mut guess = Browser::new(&server);
        // Many names, as lists of stolen passwords have them.
        let name = if number % 2 == 0 { "anna".to_owned() } else { format!("somebody-{number}") };
        let answer = guess.post("/sign-in", &[("name", &name), ("password", "wrong password")]).await;
        if answer.status().as_u16() == 429 {
            let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=11).contains(&wait), "{wait}");
        }
        statuses.push(answer.status().as_u16());
        server.post(
            &json!({"event_type": "extension_call", "tenant_id": "7000", "extension": number.to_string(),
            "call_status": "RINGING", "time": stamp(5)}),
        );
    }
    let wrong = statuses.iter().filter(|status| **status == 403).count();
    let slowed = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!(wrong + slowed, 100, "{statuses:?}");
    assert!(slowed >= 30, "{statuses:?}");
    assert_eq!(anna.status("/api/v1/deliveries").await, 200, "who is in stays in");
    assert_eq!(anna.post("/sign-out", &[]).await.status().as_u16(), 303);
    until("let in again", || {
        std::thread::sleep(Duration::from_millis(500));
        let again = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(anna.sign_in("anna", PASSWORD))
        });
        (again == 303).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_shows_one_code_and_sees_nothing_before_somebody_confirms_it() {
    let folder = Folder::with_sign_in("", "");
    let server = folder.start_ready();
    let mut screen = Browser::new(&server);
    let page = screen.get("/pair").await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = page.text().await.unwrap();
    let code = page.split_once("door__code\">").unwrap().1.split('<').next().unwrap().to_owned();
    assert_eq!(code.len(), 9, "{code}");
    assert!(page.contains("http-equiv=\"refresh\""));
    screen = Browser::with_cookie(&server, &cookie);
    assert!(screen.get("/pair").await.text().await.unwrap().contains(&code), "it stays the same");
    assert_eq!(screen.status("/api/v1/board").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sign_in_is_in_the_audit_log_and_no_secret_is_anywhere_in_logs() {
    let marked_password = "marked-password-4711-horses";
    let marked_number = "+4930555042317";
    let folder = Folder::with_sign_in(TOKEN_OF_GRAFANA, "");
    let server = folder.start_with(&[("RUST_LOG", "trace")]);
    server.wait_until_ready();
    let link = set_up_path(&folder, "acme");
    let mut anna = Browser::new(&server);
    let form = [("name", "anna"), ("password", marked_password), ("again", marked_password)];
    assert_eq!(anna.post(&link, &form).await.status().as_u16(), 303);
    let session = anna.cookie().split_once('=').unwrap().1.to_owned();
    let mut other = Browser::new(&server);
    assert_eq!(other.sign_in("anna", "a-marked-wrong-password").await, 403);
    assert_eq!(other.sign_in("a-marked-unknown-name", marked_password).await, 403);
    assert_eq!(other.sign_in("anna", marked_password).await, 303);
    assert_eq!(other.post("/sign-out", &[]).await.status().as_u16(), 303);
    let grafana = Browser::with_token(&server, "token-of-grafana-0123");
    assert_eq!(grafana.status("/api/v1/deliveries").await, 403);
    assert_eq!(Browser::with_token(&server, "a-marked-wrong-token").status("/api/v1/queues").await, 401);
    let mut socket = open(&server, &anna).await.unwrap();
    server.post(&json!({"event_type": "call_start", "tenant_id": "7000", "session_id": "900000000000000001",
        "caller": marked_number, "callee": "101", "time": stamp(5)}));
    assert!(goes_on(&mut socket).await);
    let acme = TenantId::from("acme");
    let made = administrator(&folder).make_token(
        By { tenant: &acme, who: &Who::Person(1) },
        "report",
        Role::Viewer,
        &[],
        None,
    );
    let made = made.unwrap();
    assert_eq!(Browser::with_token(&server, made.reveal()).status("/api/v1/queues").await, 200);

    is_in_the_audit_log(&folder);
    server.kill();
    let kept_nowhere = [
        marked_password,
        "a-marked-wrong-password",
        "a-marked-unknown-name",
        "a-marked-wrong-token",
        "token-of-grafana-0123",
        made.reveal(),
        &session,
        link.trim_start_matches("/set-up/"),
    ];
    is_nowhere(&folder, &kept_nowhere, &[TOKEN, marked_number, "555042317"]);
}

fn is_in_the_audit_log(folder: &Folder) {
    for (act, who, about) in [
        ("set-up-link", "console", ""),
        ("set-up", "person 1", "anna"),
        ("sign-in", "person 1", "from 127.0.0.1"),
        ("sign-out", "person 1", ""),
        ("sign-in-refused", "nobody", "an unknown name, from 127.0.0.1"),
        ("token-made", "person 1", "report as viewer"),
    ] {
        let noted = last(folder, act).unwrap_or_else(|| panic!("{act} is not in the log"));
        assert_eq!((&*noted.who, &*noted.about), (who, about), "{act}");
    }
}

/// Neither in the log, nor, of what opens a door or may be a password in the wrong field, in the store's file.
fn is_nowhere(folder: &Folder, kept_nowhere: &[&str], never_logged: &[&str]) {
    let log = folder.log();
    assert!(log.len() > 1000, "there is a log");
    for secret in kept_nowhere.iter().chain(never_logged) {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for name in ["ringside.db", "ringside.db-wal"] {
        let file = std::fs::read(folder.data.join(name)).unwrap_or_default();
        for secret in kept_nowhere {
            let found = file.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_access_is_open_every_page_says_so_and_nobody_signs_in() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let anybody = Browser::new(&server);
    let words = "open access: no sign-in";
    assert!(anybody.get("/").await.text().await.unwrap().contains(words));
    assert_eq!(anybody.status("/api/v1/deliveries").await, 200);
    let answer = anybody.get("/sign-in?next=/queues").await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/queues"));
    assert_eq!(
        anybody
            .ask(Method::POST, "/settings/me/password", Some(&[("password", ""), ("again", "")]))
            .await
            .status()
            .as_u16(),
        403
    );
}
