//! The Event URL page's forms, sent as a browser sends them, and what they change for the PBX: from the next delivery on,
//! without a restart, and still after one.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{fs, process::Command};

use digest_auth::{AuthContext, HttpMethod};
use program::{Answer, ENDPOINT, Folder, Server, TOKEN, until};
use serde_json::{Value, json};

const PAGE: &str = "/settings/event-url";

const MARKUP: &str = "<img src=x onerror=alert(1)></textarea><script>alert(2)</script>";

/// Sends a form.
fn post(server: &Server, act: &str, fields: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
    let body: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let host = server.address.to_string();
    let origin = format!("http://{host}");
    let headers =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Host", &*host), ("Origin", &*origin)];
    server.ask("POST", &format!("{PAGE}/{act}"), &headers, body.join("&").as_bytes())
}

/// The text of an element by its id.
fn text(html: &str, id: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\""))?;
    Some(rest.split_once('>')?.1.split_once('<')?.0.to_owned())
}

/// The new secret in an answer, wherever the endpoint stands.
fn secret(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.header("Cache-Control")), (200, Some("no-store")), "{answer:?}");
    let html = answer.text();
    (0..9).find_map(|place| text(&html, &format!("secret-{place}"))).unwrap()
}

/// The path of an endpoint's URL, by its place on the page.
fn path(server: &Server, place: usize) -> String {
    let url = text(&server.get(PAGE).text(), &format!("url-{place}")).unwrap();
    url.strip_prefix(&format!("http://{}", server.address)).unwrap().to_owned()
}

fn deliver(server: &Server, path: &str, authorization: &str) -> u16 {
    let event = json!({"event_type": "extension_call", "tenant_id": "7000", "extension": "101", "call_status": "RINGING",
        "time": program::stamp(5)});
    server.ask("POST", path, &[("Authorization", authorization)], event.to_string().as_bytes()).status
}

/// The list's newest entry.
fn newest(server: &Server) -> Value {
    server.json("/api/v1/deliveries")["deliveries"][0].clone()
}

fn reason(server: &Server) -> String {
    newest(server)["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_endpoint_of_the_page_works_at_once_and_after_a_restart() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let token = secret(&post(&server, "make", &[("events", "cdr")]));
    let hook = path(&server, 1);
    assert_eq!(deliver(&server, &hook, &format!("Bearer {token}")), 200);
    assert!(!server.get(PAGE).text().contains(&token), "it is shown once");
    server.kill();

    let server = folder.start_ready();
    assert_eq!(path(&server, 1), hook);
    assert_eq!(deliver(&server, &hook, &format!("Bearer {token}")), 200);
    assert_eq!(deliver(&server, &hook, "Bearer other"), 401);
    // No file holds what was shown.
    for file in fs::read_dir(&folder.data).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    assert!(!folder.log().contains(&token) && !folder.log().contains(&hook["/hooks/".len()..]));
}

#[test]
fn a_secret_is_rotated_without_a_lost_delivery_and_a_retired_one_is_told_apart() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let old = secret(&post(&server, "make", &[("events", "cdr")]));
    let hook = path(&server, 1);
    let new = secret(&post(&server, "rotate", &[("endpoint", "cdr")]));
    for token in [&old, &new] {
        assert_eq!(deliver(&server, &hook, &format!("Bearer {token}")), 200);
    }
    assert_eq!(post(&server, "rotate", &[("endpoint", "cdr")]).status, 409, "two at most");
    let retired = post(&server, "retire", &[("endpoint", "cdr")]);
    assert_eq!((retired.status, retired.header("Location")), (303, Some(PAGE)));
    assert_eq!(deliver(&server, &hook, &format!("Bearer {new}")), 200);
    assert_eq!(deliver(&server, &hook, &format!("Bearer {old}")), 401);
    assert_eq!(reason(&server), "retired-secret");
    assert!(server.get(PAGE).text().contains("the secret was retired here"));
    assert_eq!(post(&server, "retire", &[("endpoint", "cdr")]).status, 409);
}

#[test]
fn a_delivery_is_opened_with_its_body_as_text_and_the_audit_log_says_so() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let sent = |body: &[u8]| {
        let authorization = format!("Bearer {TOKEN}");
        let headers = [("Authorization", &*authorization)];
        assert_eq!(server.ask("POST", &format!("/hooks/{ENDPOINT}"), &headers, body).status, 200);
        newest(&server)["seq"].as_u64().unwrap()
    };
    let body =
        json!({"event_type": "extension_call", "caller_name": MARKUP, "time": program::stamp(5)}).to_string();
    let (plain, odd) = (sent(body.as_bytes()), sent(b"\xff\xfe\0<script>"));
    let page = server.get(&format!("{PAGE}/delivery?seq={plain}")).text();
    let shown = page.split_once("<bdi>{").unwrap().1.split_once("</bdi>").unwrap().0;
    assert_eq!(format!("{{{shown}").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), body);
    assert!(!page.contains("<img") && !page.contains("<script>alert"));
    let page = server.get(&format!("{PAGE}/delivery?seq={odd}"));
    assert!(page.status == 200 && page.text().contains("&lt;script"));
    for wrong in ["0", "-1", "x", "99999999", "18446744073709551615", "18446744073709551616", ""] {
        assert_eq!(server.get(&format!("{PAGE}/delivery?seq={wrong}")).status, 404, "{wrong}");
    }
    assert!(server.get(PAGE).text().contains(&format!("/delivery?seq={plain}")));
    let log = server.get("/settings/audit").text();
    assert_eq!(log.matches("Looked at the body of").count(), 2, "{log}");
    assert!(log.contains(&format!("delivery {plain}")) && !log.contains(MARKUP));
}

/// F12 with what the page made. Oracle for Digest: the `digest_auth` crate.
#[test]
fn a_delivery_under_a_secret_of_the_page_that_is_sent_again_is_refused() {
    let folder = Folder::new();
    let server = folder.start_ready();
    post(&server, "make", &[("events", "cdr")]);
    let hook = path(&server, 1);
    let answer = post(&server, "method", &[("endpoint", "cdr"), ("method", "digest")]);
    let (old, user) = (secret(&answer), text(&answer.text(), "user-1").unwrap());
    let new = secret(&post(&server, "rotate", &[("endpoint", "cdr")]));
    let signed = |password: &str| {
        let challenge = server.ask("POST", &hook, &[], b"{}");
        let mut prompt = digest_auth::parse(challenge.header("WWW-Authenticate").unwrap()).unwrap();
        let context = AuthContext::new_with_method(&user, password, &hook, None::<&[u8]>, HttpMethod::POST);
        prompt.respond(&context).unwrap().to_string()
    };
    for password in [&old, &new] {
        let captured = signed(password);
        assert_eq!(deliver(&server, &hook, &captured), 200);
        let again = server.ask("POST", &hook, &[("Authorization", &captured)], b"{}");
        assert_eq!(again.status, 401);
        assert!(again.header("WWW-Authenticate").unwrap().contains("stale=true"), "{again:?}");
    }
    let captured = signed(&old);
    post(&server, "retire", &[("endpoint", "cdr")]);
    assert_eq!(deliver(&server, &hook, &captured), 401, "signed before the secret was retired, sent after");
    assert_eq!(reason(&server), "retired-secret");
    assert_eq!(deliver(&server, &hook, &signed(&new)), 200);
}

/// Oracle for Digest: curl's own.
#[test]
fn each_method_takes_its_own_credentials_and_says_what_was_wrong_with_others() {
    let folder = Folder::new();
    let server = folder.start_ready();
    post(&server, "make", &[("events", "cdr")]);
    let hook = path(&server, 1);
    let url = format!("http://{}{hook}", server.address);
    let curl = |arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--data", "{}"]);
        String::from_utf8(curl.args(arguments).arg(&url).output().unwrap().stdout).unwrap()
    };
    for (method, flag) in [("basic", "--basic"), ("digest", "--digest")] {
        let answer = post(&server, "method", &[("endpoint", "cdr"), ("method", method)]);
        let (password, user) = (secret(&answer), text(&answer.text(), "user-1").unwrap());
        for generated in [&password, &user] {
            assert!((6..=64).contains(&generated.len()), "the PBX's own limits");
            assert!(generated.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        }
        assert_eq!(curl(&[flag, "--user", &format!("{user}:{password}")]), "200", "{method}");
        assert_eq!(curl(&[flag, "--user", &format!("{user}:other")]), "401", "{method}");
        assert_eq!(reason(&server), "wrong-password", "{method}");
        assert_eq!(curl(&[flag, "--user", &format!("other:{password}")]), "401", "{method}");
        assert_eq!(reason(&server), "wrong-credentials", "{method}");
        assert_eq!(curl(&["--header", "Authorization: Bearer x"]), "401", "{method}");
        let delivery = newest(&server);
        assert_eq!(
            (&delivery["reason"], &delivery["method"], &delivery["wanted"]),
            (&json!("other-method"), &json!("bearer"), &json!(method))
        );
    }
    assert_eq!(post(&server, "method", &[("endpoint", "cdr"), ("method", "none")]).status, 303);
    assert_eq!(curl(&[]), "200");
}

#[test]
fn switching_off_and_allowed_addresses_hold_from_the_next_delivery_on() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let bearer = format!("Bearer {}", secret(&post(&server, "make", &[("events", "extension")])));
    let hook = path(&server, 1);
    let change =
        |act: &str, value: (&str, &str)| post(&server, act, &[("endpoint", "extension"), value]).status;
    assert_eq!(change("switch", ("enabled", "no")), 303);
    assert_eq!(deliver(&server, &hook, &bearer), 404);
    assert_eq!(reason(&server), "off");
    assert_eq!(change("switch", ("enabled", "yes")), 303);
    assert_eq!(change("addresses", ("addresses", "192.0.2.0/24\r\n2001:db8::1\r\n")), 303);
    assert_eq!(deliver(&server, &hook, &bearer), 401);
    assert_eq!(reason(&server), "address");
    assert!(server.get(PAGE).text().contains("address 127.0.0.1 is not on the allowed list"));
    assert_eq!(change("addresses", ("addresses", "127.0.0.1, 192.0.2.0/24")), 303);
    assert_eq!(deliver(&server, &hook, &bearer), 200);
    assert_eq!(change("remove", ("", "")), 409, "it is in use");
    assert_eq!(change("switch", ("enabled", "no")), 303);
    assert_eq!(change("remove", ("", "")), 303);
    assert_eq!(deliver(&server, &hook, &bearer), 401);
}

#[test]
fn what_the_configuration_file_says_is_shown_and_not_changed() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let page = server.get(PAGE).text();
    assert!(page.contains("ringside.toml"), "it says where it is set");
    let (_, name) = page.split_once("data-endpoint=\"").unwrap();
    let name = name.split('"').next().unwrap();
    for (act, value) in [
        ("rotate", ("", "")),
        ("retire", ("", "")),
        ("remove", ("", "")),
        ("method", ("method", "none")),
        ("switch", ("enabled", "no")),
        ("addresses", ("addresses", "192.0.2.1")),
    ] {
        assert_eq!(post(&server, act, &[("endpoint", name), value]).status, 409, "{act}");
    }
    assert_eq!(deliver(&server, &format!("/hooks/{ENDPOINT}"), &format!("Bearer {TOKEN}")), 200);
}

#[test]
fn hostile_forms_change_nothing_and_come_back_as_text() {
    let folder = Folder::new();
    let server = folder.start_ready();
    post(&server, "make", &[("events", "cdr")]);
    let answer = post(&server, "addresses", &[("endpoint", "cdr"), ("addresses", MARKUP)]);
    assert_eq!(answer.status, 422);
    let html = answer.text();
    assert!(!html.contains("<img") && !html.contains("<script>alert"), "{html}");
    let long = "1".repeat(10_000);
    for (act, fields, status) in [
        ("rotate", vec![("endpoint", MARKUP)], 404),
        ("rotate", vec![("endpoint", long.as_str())], 404),
        ("rotate", vec![], 404),
        ("make", vec![("events", MARKUP)], 400),
        ("make", vec![], 400),
        ("method", vec![("endpoint", "cdr"), ("method", "ntlm")], 400),
        ("switch", vec![("endpoint", "cdr"), ("enabled", "maybe")], 400),
        ("addresses", vec![("endpoint", "cdr"), ("addresses", long.as_str())], 422),
        ("explode", vec![("endpoint", "cdr")], 404),
    ] {
        let answer = post(&server, act, &fields);
        assert_eq!(answer.status, status, "{act} {fields:?}");
        assert!(!answer.text().contains("<img"), "{act}");
    }
    assert_eq!(
        server.ask("POST", &format!("{PAGE}/rotate"), &[], b"\xff\xfe{").status,
        400,
        "no form at all"
    );
    assert_eq!(server.get(&format!("{PAGE}/addresses?endpoint=%3Cimg%3E")).status, 404);
    let elsewhere =
        [("Origin", "http://evil.example"), ("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(server.ask("POST", &format!("{PAGE}/rotate"), &elsewhere, b"endpoint=cdr").status, 403);
    // GET changes nothing.
    assert_eq!(server.get(&format!("{PAGE}/rotate?endpoint=cdr")).status, 405);
}

#[test]
fn the_list_says_what_came_again_what_is_new_and_by_which_method() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let (hook, bearer) = (format!("/hooks/{ENDPOINT}"), format!("Bearer {TOKEN}"));
    let send = |body: &str| server.ask("POST", &hook, &[("Authorization", &bearer)], body.as_bytes()).status;
    let event = format!(
        r#"{{"event_type":"extension_presence","extension":"101","presence":"LUNCH","time":"{}"}}"#,
        program::stamp(9)
    );
    assert_eq!([send(&event), send(&event), send(r#"{"event_type":"queue_wrapup"}"#)], [200; 3]);
    let listed = server.json("/api/v1/deliveries")["deliveries"].clone();
    assert_eq!(listed[0]["unknown_event"], "queue_wrapup");
    assert_eq!((&listed[1]["times"], &listed[1]["same_as"]), (&json!(2), &listed[2]["at"]));
    assert_eq!((&listed[2]["times"], &listed[2]["same_as"]), (&json!(1), &Value::Null));
    assert_eq!(listed[2]["method"], "bearer");
    assert!(listed[2]["took_us"].as_u64().is_some_and(|took| took > 0));
    let page = server.get(PAGE).text();
    assert!(page.contains("event “queue_wrapup” is new to this version") && page.contains("same bytes as"));
    let problems = server.get(&format!("{PAGE}?only=problems")).text();
    assert!(problems.contains("queue_wrapup") && !problems.contains("same bytes as"), "{problems}");

    // A page says what is wrong in its reader's language, the API always in English.
    assert_eq!([send("<event/>"), send(r#"{"event_type":"queue_status","mood":1,"status":7}"#)], [200; 2]);
    let page = server.ask("GET", PAGE, &[("Accept-Language", "de")], b"").text();
    assert!(page.contains("Beiseitegelegt: der Inhalt ist kein JSON (etwa bei Byte 0)"), "{page}");
    let listed = server.json("/api/v1/deliveries")["deliveries"].clone();
    assert!(listed[1]["problems"][0].as_str().unwrap().starts_with("the body is not JSON"), "{listed}");
    let own = listed[0]["problems"].as_array().unwrap();
    assert!(!own.is_empty() && own.iter().all(|one| !page.contains(one.as_str().unwrap())), "{own:?}");
}

#[test]
fn the_live_part_answers_when_something_comes_and_says_so_when_nothing_does() {
    let folder = Folder::new();
    let server = folder.start_ready();
    // What the start itself wrote is seen first.
    let seen = until("quiet", || {
        let seen = server.get(&format!("{PAGE}/live?seen=")).header("x-seen")?.to_owned();
        (server.get(&format!("{PAGE}/live?seen={seen}")).status == 204).then_some(seen)
    });
    assert_eq!(deliver(&server, &format!("/hooks/{ENDPOINT}"), "Bearer wrong"), 401);
    let answer = server.get(&format!("{PAGE}/live?seen={seen}"));
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("another token than here"), "{answer:?}");
    assert_ne!(answer.header("x-seen"), Some(&*seen));
}
