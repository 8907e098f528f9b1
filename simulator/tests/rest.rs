//! The REST API, by a real client. Oracles: the field names and rules of PortSIP's pages, and the PBX's own truth.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod served;

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use simulator::{
    day::Day,
    dialect::Dialect,
    interfaces::{Options, Rest},
};

use served::{Served, extensions, queues};

struct Api {
    client: Client,
    address: SocketAddr,
    token: String,
}

impl Api {
    fn new(served: &Served) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, address: served.address, token: String::new() }
    }

    async fn signed_in(served: &Served) -> Self {
        let mut api = Self::new(served);
        let given = api.post("auth/sign_in", &claim("ringside", "harbourvale")).await;
        given.1["access_token"].as_str().unwrap().clone_into(&mut api.token);
        api
    }

    async fn ask(&self, method: Method, path: &str, body: String, content_type: &str) -> Response {
        self.client
            .request(method, format!("http://{}/api/{path}", self.address))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", content_type)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(self.ask(Method::POST, path, body.to_string(), "application/json").await).await
    }

    async fn form(&self, path: &str, form: &str) -> (u16, Value) {
        read(self.ask(Method::POST, path, form.to_owned(), "application/x-www-form-urlencoded").await).await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.ask(Method::GET, path, String::new(), "").await).await
    }

    /// What is answered 200.
    async fn got(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
}

fn claim(name: &str, password: &str) -> Value {
    json!({"username": name, "password": password, "domain": "harbourvale.example"})
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_release_has_its_ways_to_sign_in() {
    for dialect in Dialect::ALL {
        let served = Served::start(dialect, Options::default()).await;
        let mut api = Api::new(&served);
        let v16 = dialect == Dialect::V16;
        for (path, there) in [("auth/sign_in", !v16), ("login", !v16), ("tokens", v16)] {
            let (status, given) = api.post(path, &claim("ringside", "harbourvale")).await;
            assert_eq!(status, if there { 200 } else { 404 }, "{dialect:?} {path}");
            if there {
                assert_eq!(
                    keys(&given),
                    BTreeSet::from(["access_token", "expires_in", "refresh_token", "token_type"])
                );
                let (status, refused) = api.post(path, &claim("ringside", "wrong")).await;
                assert_eq!(
                    (status, keys(&refused["errors"][0])),
                    (401, BTreeSet::from(["code", "detail", "message"]))
                );
            }
        }
        if v16 {
            continue;
        }
        let form =
            "grant_type=password&username=ringside&password=harbourvale&domain=harbourvale.example&scope=all";
        let (status, given) = api.form("login/oauth/token", form).await;
        assert_eq!((status, &given["expires_in"]), (200, &json!(1800)));
        api.token = given["access_token"].as_str().unwrap().to_owned();
        api.got("users").await;
        assert_eq!(api.got("auth/user").await["name"], "ringside");
        assert_eq!(api.got("login").await["role"], "Admin");
        assert_eq!(api.form("login/oauth/revoke", "").await.0, 200);
        assert_eq!(api.get("users").await.0, 401);
    }
}

#[tokio::test]
async fn an_expired_token_is_401_and_a_refresh_token_is_good_once() {
    let options = Options { token_life: Duration::ZERO, ..Options::default() };
    let served = Served::start(Dialect::V22_3, options).await;
    let mut api = Api::new(&served);
    assert_eq!(api.get("users").await.0, 401);
    let (_, given) = api.post("auth/sign_in", &claim("ringside", "harbourvale")).await;
    api.token = given["access_token"].as_str().unwrap().to_owned();
    let (status, refused) = api.get("users").await;
    assert_eq!((status, &refused["errors"][0]["detail"]), (401, &json!("the access token has expired")));
    let refresh = json!({"refresh_token": given["refresh_token"]});
    let (status, again) = api.post("auth/refresh_token", &refresh).await;
    assert_eq!(status, 200);
    assert_ne!(again["access_token"], given["access_token"]);
    assert_eq!(api.post("auth/refresh_token", &refresh).await.0, 401);
    let form = format!("grant_type=refresh_token&refresh_token={}", again["refresh_token"].as_str().unwrap());
    assert_eq!(api.form("login/oauth/token", &form).await.0, 200);
}

#[tokio::test]
async fn with_a_second_factor_there_is_no_token() {
    let options = Options { two_factor: true, ..Options::default() };
    let served = Served::start(Dialect::V22_3, options).await;
    let (status, given) = Api::new(&served).post("auth/sign_in", &claim("ringside", "harbourvale")).await;
    assert_eq!((status, &given["two_factor_enabled"]), (200, &json!(true)));
    assert!(given.get("access_token").is_none());
}

/// Oracle: the fields of the reference's list of calls, and the truth.
#[tokio::test]
async fn everybody_is_listed_page_by_page_with_status() {
    let served = Served::after(120, Dialect::V22_3, Options::default()).await;
    let truth = served.exchange.look(Day::truth);
    let api = Api::signed_in(&served).await;
    let mut numbers = Vec::new();
    for skip in [0, 15, 30] {
        let page = api.got(&format!("users?skip={skip}&top=15&orderby=extension_number")).await;
        assert_eq!(page["count"], 40);
        for user in page["items"].as_array().unwrap() {
            for key in [
                "id",
                "name",
                "enabled",
                "email",
                "display_name",
                "role",
                "department",
                "created_at",
                "role_id",
            ] {
                assert!(keys(user).contains(key), "{key}");
            }
            let number = user["extension_number"].as_str().unwrap();
            let told = &truth.extensions[number];
            assert_eq!(user["display_name"], told.name);
            let status = api.got(&format!("users/{}/status", user["id"].as_str().unwrap())).await;
            let (online, call) =
                (told.online.unwrap().value.as_str(), told.call.map_or("idle", |call| call.value.as_str()));
            let word = if call == "on_call" {
                "OTHER_CALL"
            } else if online == "online" {
                "ONLINE"
            } else {
                "OFFLINE"
            };
            assert_eq!(status["status"], word, "{number}");
            assert_eq!(status["registration"].as_array().unwrap().is_empty(), online != "online");
            numbers.push(number.to_owned());
        }
    }
    assert_eq!(numbers, extensions());
    assert_eq!(api.got("users?search=okafor").await["count"], 1);
    assert_eq!(api.get("users?top=101").await.0, 400);
    assert_eq!(api.get("users/MTIz/status").await.0, 404);
}

#[tokio::test]
async fn queues_have_their_agents_states_and_who_waits() {
    let served = Served::after(200, Dialect::V22_3, Options::default()).await;
    let truth = served.exchange.look(Day::truth);
    let api = Api::signed_in(&served).await;
    let list = api.got("call_queues").await;
    let mut seen = BTreeSet::new();
    for row in list["items"].as_array().unwrap() {
        assert_eq!(
            keys(row),
            BTreeSet::from(["id", "name", "extension_number", "ring_time", "polling_strategy"])
        );
        let (id, number) = (row["id"].as_str().unwrap(), row["extension_number"].as_str().unwrap());
        let queue = truth.queues.values().find(|queue| queue.number == number).unwrap();
        seen.insert(number.to_owned());
        assert_eq!(api.got(&format!("call_queues/{id}")).await["sla_time"], queue.target_s);
        assert_eq!(api.got(&format!("call_queues/{}/status", queue.id)).await, json!({"status": "ONLINE"}));
        let waiting = api.got(&format!("call_queues/{id}/waiting")).await;
        let on_the_line: Vec<Value> = queue
            .waiting
            .iter()
            .filter(|caller| caller.kind.as_str() == "normal")
            .map(|caller| {
                json!({"session_id": caller.session, "extension_number": caller.number, "display_name": caller.name,
                    "waiting_time": (1_790_000_200_000 - caller.since.0).div_ceil(1000)})
            })
            .collect();
        assert_eq!(waiting, json!({"items": on_the_line}));
        for agent in api.got(&format!("call_queues/{id}/agents")).await["items"].as_array().unwrap() {
            assert_eq!(keys(agent), BTreeSet::from(["extension_number", "display_name", "skill_level"]));
            let number = agent["extension_number"].as_str().unwrap();
            let row = api.got(&format!("call_queues/{id}/agents/{number}")).await;
            let told = queue.agents.iter().find(|agent| agent.number == number);
            let word = told.map_or("logged_out", |agent| agent.state.as_str()).to_uppercase();
            assert_eq!(row["status"], word, "{number}");
        }
        assert_eq!(api.get(&format!("call_queues/{id}/agents/999")).await.0, 404);
    }
    assert_eq!(seen, queues().into_iter().collect());
    for (number, kind) in [("101", "EXTENSION"), ("8001", "CALL_QUEUE"), ("5000", "VIRTUAL_RECEPTIONIST")] {
        assert_eq!(api.got(&format!("extension_numbers/{number}")).await["type"], kind);
    }
    assert_eq!(api.get("extension_numbers/12345").await.0, 404);
    for path in ["ring_groups", "ivrs", "providers", "tenant/status"] {
        api.got(path).await;
    }
}

#[tokio::test]
async fn sessions_are_the_calls_that_are_up_and_logs_those_that_are_over() {
    let served = Served::after(100, Dialect::V22_3, Options::default()).await;
    let api = Api::signed_in(&served).await;
    let truth = served.exchange.look(Day::truth);
    let (status, list) = api.get("sessions").await;
    assert_eq!(status, 201, "as the document says");
    let sessions: BTreeSet<&str> =
        list["items"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap()).collect();
    assert!(!sessions.is_empty());
    assert_eq!(sessions, truth.calls.keys().map(String::as_str).collect());
    let one = sessions.first().unwrap();
    let session = api.got(&format!("sessions/{one}")).await;
    let call = &session["calls"][0];
    assert_eq!(
        keys(call),
        BTreeSet::from(["caller", "caller_display_name", "callee", "trunk", "started_at", "talking_time"])
    );
    assert_eq!(call["caller"], truth.calls[*one].from.number);
    assert!(call["started_at"].as_str().unwrap().ends_with('Z'));
    let told = served.live_until(900);
    assert_eq!(api.get(&format!("sessions/{one}")).await.0, 404, "the call is over");
    // From the second after, as the filter says below.
    let ended_later = |body: &&Value| body["ended_time"].as_str().is_some_and(|ended| ended > "1790000100");
    let cdrs = told.iter().filter(|body| body["event_type"] == "call_cdr").filter(ended_later);
    let cdrs: Vec<&Value> = cdrs.map(|body| &body["session_id"]).collect();
    assert!(cdrs.len() > 100, "more than a page");
    let mut logs = Vec::new();
    let filter = "filter=ended_at%20gt%20'2026-09-21T14:15:00Z'&orderby=ended_at%20asc";
    loop {
        let page = api.got(&format!("calllogs?{filter}&skip={}", logs.len())).await;
        let page = page["items"].as_array().unwrap();
        if page.is_empty() {
            break;
        }
        logs.extend(page.iter().map(|log| log["session_id"].clone()));
    }
    assert_eq!(logs.iter().collect::<Vec<_>>(), cdrs);
}

#[tokio::test]
async fn an_extension_may_not_ask_of_the_tenant() {
    let served = Served::after(30, Dialect::V22_3, Options::default()).await;
    let mut api = Api::new(&served);
    let (_, given) = api.post("auth/sign_in", &claim("101", "harbourvale")).await;
    api.token = given["access_token"].as_str().unwrap().to_owned();
    assert_eq!(api.get("users").await.0, 403);
}

#[tokio::test]
async fn past_the_rate_it_answers_429_with_when_to_come_again() {
    let options = Options { per_minute: Some(5), ..Options::default() };
    let served = Served::after(30, Dialect::V22_3, options).await;
    let api = Api::signed_in(&served).await;
    let mut refused = None;
    for _ in 0..20 {
        let response = api.ask(Method::GET, "call_queues", String::new(), "").await;
        if response.status() == 429 {
            refused = Some(response);
            break;
        }
    }
    let seconds: u64 = refused.unwrap().headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
}

#[tokio::test]
async fn it_can_be_slow_lie_or_be_absent() {
    let slow_for = Duration::from_millis(300);
    let slow =
        Served::after(30, Dialect::V22_3, Options { rest: Rest::Slow, slow_for, ..Options::default() }).await;
    let begun = std::time::Instant::now();
    assert_eq!(Api::new(&slow).get("users").await.0, 401);
    assert!(begun.elapsed() >= slow_for);
    let stale = Served::after(60, Dialect::V22_3, Options { rest: Rest::Stale, ..Options::default() }).await;
    let api = Api::signed_in(&stale).await;
    let before = api.get("sessions").await.1["items"].as_array().unwrap().len();
    let sessions = |body: &Value| -> Vec<Value> {
        body["items"].as_array().unwrap().iter().map(|session| session["id"].clone()).collect()
    };
    let first = sessions(&api.get("sessions").await.1);
    stale.live_until(600);
    assert_eq!(sessions(&api.get("sessions").await.1), first);
    assert_eq!(first.len(), before);
    let now: Vec<Value> = stale.exchange.look(Day::truth).calls.into_keys().map(Value::from).collect();
    assert_ne!(now, first, "it would be no lie");
    let off = Served::start(Dialect::V22_3, Options { rest: Rest::Off, ..Options::default() }).await;
    let response = Api::new(&off).ask(Method::GET, "users", String::new(), "").await;
    assert_eq!(response.status(), 503);
    assert!(response.text().await.unwrap().starts_with("<html>"));
}

#[tokio::test]
async fn ids_are_opaque_and_those_of_the_events_work_too() {
    let served = Served::after(30, Dialect::V22_3, Options::default()).await;
    let api = Api::signed_in(&served).await;
    let user = api.got("users?top=1").await["items"][0].clone();
    assert_eq!(user["id"], "NjAwMDAwMDAwMDAwMDAwMTAx", "base64 of the events' id");
    assert_eq!(api.got("users/600000000000000101").await, user);
    let old = Served::after(30, Dialect::V16, Options::default()).await;
    let mut api = Api::new(&old);
    let (_, given) = api.post("tokens", &claim("ringside", "harbourvale")).await;
    api.token = given["access_token"].as_str().unwrap().to_owned();
    assert_eq!(api.got("users?top=1").await["items"][0]["id"], "600000000000000101");
}
