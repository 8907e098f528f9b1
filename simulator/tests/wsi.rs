//! The publish/subscribe interface, by a WebSocket client of another make. Oracles: PortSIP's pages for commands and
//! replies, the events that the webhooks get, and the PBX's own truth.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod served;
mod subscriber;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use simulator::{
    company::{Company, DEFAULT_TENANT_ID},
    day::Day,
    dialect::Dialect,
    interfaces::{Options, Wsi},
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message},
};

use served::{Served, extensions, queues};
use subscriber::{Client, PATIENCE, auth, subscribe};

/// Oracle: the replies that the page prints.
#[tokio::test]
async fn nobody_hears_anything_without_signing_in() {
    let served = Served::after(60, Dialect::V22_3, Options::default()).await;
    let mut client = Client::open(served.address, "/wsi").await;
    let reply = client.ask(&subscribe("queue_events", "queues", &queues())).await;
    assert_eq!((&reply["status"], &reply["id"]), (&json!(-1), &json!("1")));
    assert_eq!(
        client.ask(&auth("ringside", "wrong")).await,
        json!({"command":"auth","error":"access_token , username , domain or password error","id":"2","status":-1})
    );
    assert_eq!(
        client.ask(&auth("ringside", "harbourvale")).await,
        json!({"command":"auth","id":"3","status":0})
    );
    served.live_until(90);
    assert_eq!(client.rest().await, Vec::<Value>::new(), "nothing was subscribed to");
    client.say(&json!("not a command")).await;
    assert_eq!(client.hear().await["status"], -1);
}

#[tokio::test]
async fn a_subscription_begins_with_how_things_are() {
    for dialect in [Dialect::V22_2, Dialect::V22_3] {
        let served = Served::after(120, dialect, Options::default()).await;
        let truth = served.exchange.look(Day::truth);
        let mut client = Client::signed_in(&served).await;
        let reply = client.ask(&subscribe("extension_events", "extensions", &extensions())).await;
        assert_eq!(reply, json!({"command":"subscribe","id":"2","status":0}));
        let status = client.hear().await;
        assert_eq!(status["event_type"], "extension_status");
        let entries = status["status"].as_array().unwrap();
        assert_eq!(entries.len(), truth.extensions.len());
        for entry in entries {
            let number = entry["extension"].as_str().unwrap().strip_prefix("sip:").unwrap();
            let told = &truth.extensions[number.split('@').next().unwrap()];
            assert_eq!(entry["online"], told.online.unwrap().value.as_str() == "online", "{entry}");
            let call = told.call.map_or("idle", |call| call.value.as_str());
            let word = match call {
                "idle" => "",
                "ringing" => "RINGING",
                _ => "ON_CALL",
            };
            assert_eq!(entry["call_status"], word, "{entry}");
        }
        client.say(&subscribe("queue_events", "queues", &queues())).await;
        assert_eq!(client.hear().await["status"], 0);
        let mut seen = BTreeSet::new();
        for _ in 0..truth.queues.len() {
            let told = client.hear().await;
            assert_eq!(told["event_type"], "queue_status");
            let queue = &truth.queues[told["queue_id"].as_str().unwrap()];
            seen.insert(queue.number.clone());
            let sessions = |list: &Value| -> Vec<String> {
                list.as_array()
                    .unwrap()
                    .iter()
                    .map(|caller| caller["session_id"].as_str().unwrap().into())
                    .collect()
            };
            let waiting: Vec<String> = queue.waiting.iter().map(|caller| caller.session.clone()).collect();
            assert_eq!(sessions(&told["waiting_list"]), waiting);
            let agents: BTreeSet<&str> = told["agents"]
                .as_array()
                .unwrap()
                .iter()
                .map(|a| a["agent_extension_number"].as_str().unwrap())
                .collect();
            assert_eq!(agents, queue.agents.iter().map(|agent| agent.number.as_str()).collect());
        }
        assert_eq!(seen, queues().into_iter().collect());
    }
}

/// Oracle: the events that the webhooks get, in their order. By release: version 16 has no `call_update_info`, and only
/// 22.3 tells of targets.
#[tokio::test]
async fn whoever_subscribed_to_everything_hears_what_the_webhooks_get() {
    for dialect in Dialect::ALL {
        let served = Served::after(60, dialect, Options::default()).await;
        let mut client =
            Client::open(served.address, if dialect == Dialect::V16 { "/" } else { "/wsi" }).await;
        let first = client.ask(&auth("ringside", "harbourvale")).await;
        assert_eq!(first == json!({"status": 0}), dialect == Dialect::V16);
        client
            .say(&json!({"command":"subscribe","topics":["cdr_events","extension_events","queue_events"],
            "extensions": extensions(), "queues": queues()}))
            .await;
        assert_eq!(client.hear().await["status"], 0);
        client.rest().await;
        let told = served.live_until(400);
        let wanted: Vec<Value> = told
            .into_iter()
            .filter(|body| match body["event_type"].as_str().unwrap() {
                "call_update_info" => dialect != Dialect::V16,
                name => dialect == Dialect::V22_3 || !name.starts_with("cdr_target_"),
            })
            .collect();
        let kinds: BTreeSet<&str> = wanted.iter().map(|body| body["event_type"].as_str().unwrap()).collect();
        assert!(kinds.len() >= 7, "{kinds:?}");
        assert!(client.rest().await == wanted, "{dialect:?}: not the webhooks' events");
    }
}

/// What a client holds of phones from snapshot and events in order of arrival is what the PBX knows, however the two
/// fell together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshot_and_events_fit_together_while_the_day_goes_on() {
    let served = Served::after(30, Dialect::V22_3, Options::default()).await;
    let mut client = Client::signed_in(&served).await;
    let subscribing = async {
        let mut heard = Vec::new();
        for numbers in extensions().chunks(5) {
            client.say(&subscribe("extension_events", "extensions", numbers)).await;
            heard.push(client.hear().await);
        }
        heard.extend(client.rest().await);
        (client, heard)
    };
    let living = tokio::task::spawn_blocking(move || {
        for second in 31..1200 {
            served.live_until(second);
        }
        served
    });
    let ((mut client, mut heard), served) = tokio::join!(subscribing, living);
    let served = served.unwrap();
    heard.extend(client.rest().await);
    let mut phones: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for message in heard {
        let entries = message["status"].as_array().cloned().unwrap_or_else(|| vec![message.clone()]);
        for entry in entries.iter().filter(|entry| entry["extension"].is_string()) {
            let uri = entry["extension"].as_str().unwrap();
            let number = uri["sip:".len()..].split('@').next().unwrap();
            let phone = phones.entry(number.to_owned()).or_default();
            phone.0 = entry["online"].as_bool().unwrap_or(phone.0);
            phone.1 = entry["call_status"].as_str().map_or_else(|| phone.1.clone(), str::to_owned);
        }
    }
    let truth = served.exchange.look(Day::truth).extensions.into_iter().map(|(number, of)| {
        let call = match of.call.map_or("idle", |told| told.value.as_str()) {
            "idle" => "",
            "ringing" => "RINGING",
            _ => "ON_CALL",
        };
        (number, (of.online.unwrap().value.as_str() == "online", call.to_owned()))
    });
    assert_eq!(phones, truth.collect());
}

#[tokio::test]
async fn what_was_unsubscribed_from_is_not_heard_any_more() {
    let served = Served::after(60, Dialect::V22_3, Options::default()).await;
    let mut client = Client::signed_in(&served).await;
    for command in [
        subscribe("queue_events", "queues", &queues()),
        json!({"command": "subscribe", "topics": ["cdr_events"]}),
        json!({"command": "unsubscribe", "topics": ["queue_events"], "queues": ["8002", "8003"]}),
    ] {
        assert_eq!(client.ask(&command).await["status"], 0);
        client.rest().await;
    }
    let told = served.live_until(300);
    let of = |body: &Value, queue: &str| body["queue_id"] == format!("80000000000000{queue}");
    assert!(told.iter().any(|body| of(body, "8002")), "nothing happened there");
    let heard = client.rest().await;
    assert!(
        heard.iter().any(|body| of(body, "8001"))
            && heard.iter().any(|body| body["event_type"] == "call_cdr")
    );
    assert!(!heard.iter().any(|body| of(body, "8002") || of(body, "8003")));
    assert_eq!(client.ask(&json!({"command": "unsubscribe"})).await["status"], 0);
    served.live_until(400);
    assert_eq!(client.rest().await, Vec::<Value>::new());
}

/// Oracle: the pages' tables of who may subscribe.
#[tokio::test]
async fn who_may_not_subscribe_is_told_so() {
    let everything = || {
        [
            ("cdr_events", subscribe("cdr_events", "x", &[])),
            ("extension_events", subscribe("extension_events", "extensions", &extensions())),
            ("queue_events", subscribe("queue_events", "queues", &queues())),
            ("queue_management_events", subscribe("queue_management_events", "x", &[])),
            ("extension_management_events", subscribe("extension_management_events", "x", &[])),
            (
                "global_queue_events",
                subscribe("global_queue_events", "tenants", &["700000000000000041".to_owned()]),
            ),
            ("global_cdr_events", subscribe("global_cdr_events", "tenants", &["1".to_owned()])),
        ]
    };
    let system = json!({"command": "auth", "username": "admin", "password": "harbourvale"});
    let extension = json!({"command": "auth", "extension_number": "101", "password": "harbourvale",
        "domain": "harbourvale.example"});
    let tenant = auth("ringside", "harbourvale");
    for (dialect, who, allowed) in [
        (
            Dialect::V22_2,
            &tenant,
            vec!["cdr_events", "extension_events", "queue_events", "queue_management_events"],
        ),
        (
            Dialect::V22_3,
            &tenant,
            vec![
                "cdr_events",
                "extension_events",
                "queue_events",
                "queue_management_events",
                "extension_management_events",
            ],
        ),
        (Dialect::V22_2, &extension, vec!["extension_events"]),
        (Dialect::V22_3, &extension, vec![]),
        (Dialect::V22_3, &system, vec!["global_queue_events", "global_cdr_events"]),
    ] {
        let served = Served::after(30, dialect, Options::default()).await;
        let mut client = Client::open(served.address, "/wsi").await;
        assert_eq!(client.ask(who).await["status"], 0, "{who}");
        for (topic, command) in everything() {
            let reply = client.ask(&command).await;
            assert_eq!(reply["status"] == 0, allowed.contains(&topic), "{dialect:?} {who} {topic}: {reply}");
            let heard = client.rest().await;
            if topic == "global_queue_events" && reply["status"] == 0 {
                assert_eq!(heard.len(), queues().len(), "a snapshot of each queue");
            }
        }
    }
}

#[tokio::test]
async fn a_ping_is_answered() {
    let served = Served::start(Dialect::V22_3, Options::default()).await;
    let mut client = Client::open(served.address, "/wsi").await;
    client.0.send(Message::Ping("there?".into())).await.unwrap();
    let answer = tokio::time::timeout(PATIENCE, client.0.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(answer, Message::Pong("there?".into()));
}

#[tokio::test]
async fn it_can_be_absent_or_dead() {
    let off = Served::start(Dialect::V22_3, Options { wsi: Wsi::Off, ..Options::default() }).await;
    match connect_async(format!("ws://{}/wsi", off.address)).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 503),
        other => panic!("{other:?}"),
    }
    let mute = Served::after(30, Dialect::V22_3, Options { wsi: Wsi::Mute, ..Options::default() }).await;
    let mut client = Client::signed_in(&mute).await;
    client.say(&subscribe("queue_events", "queues", &["8001".to_owned()])).await;
    assert_eq!(client.hear().await["status"], 0);
    assert_eq!(client.hear().await["event_type"], "queue_status");
    mute.live_until(200);
    client.0.send(Message::Ping("there?".into())).await.unwrap();
    // What is dead says nothing in any time; an answer would come well within this.
    assert!(tokio::time::timeout(Duration::from_millis(500), client.0.next()).await.is_err());
}

/// Nothing is replayed: who comes back has a new snapshot, and the calls that were up are gone.
#[tokio::test]
async fn a_restart_of_the_pbx_closes_every_connection() {
    let served = Served::after(120, Dialect::V22_3, Options::default()).await;
    let mut client = Client::signed_in(&served).await;
    assert_eq!(client.ask(&json!({"command": "subscribe", "topics": ["cdr_events"]})).await["status"], 0);
    served.restart();
    match tokio::time::timeout(PATIENCE, client.0.next()).await.unwrap() {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(frame.reason, "the PBX restarts"),
        other => panic!("{other:?}"),
    }
    let mut client = Client::signed_in(&served).await;
    assert_eq!(client.ask(&subscribe("extension_events", "extensions", &extensions())).await["status"], 0);
    let status = client.hear().await;
    assert!(status["status"].as_array().unwrap().iter().all(|entry| entry["call_status"] == ""), "{status}");
}

/// Oracle: the events that the webhooks get. To queues the pages promise all that there are.
#[tokio::test]
async fn whoever_subscribed_to_the_administration_hears_of_it() {
    let day = Day::new(Company::new(DEFAULT_TENANT_ID), 7, 20.0).with_management();
    let served = Served::of(day, Options::default()).await;
    served.live_until(60);
    let mut client = Client::signed_in(&served).await;
    let topics = ["queue_management_events", "extension_management_events"];
    assert_eq!(client.ask(&json!({"command": "subscribe", "topics": topics})).await["status"], 0);
    let existing =
        client.rest().await.into_iter().map(|told| told["queue_number"].as_str().unwrap().to_owned());
    let existing: BTreeSet<String> = existing.collect();
    let truth = served.exchange.look(Day::truth);
    assert_eq!(existing, truth.queues.into_values().map(|queue| queue.number).collect());
    let told = served.live_until(600);
    let of_administration = |body: &Value| {
        let name = body["event_type"].as_str().unwrap();
        ["_created", "_updated", "_destroy", "_destroyed"].iter().any(|end| name.ends_with(end))
    };
    let wanted: Vec<Value> = told.into_iter().filter(of_administration).collect();
    assert!(wanted.len() > 5, "too little happened");
    assert_eq!(client.rest().await, wanted);
}
