//! The PBX's publish/subscribe interface (WSI): a subscription to everything, whose events go to the journal as they come.
//!
//! Source: PortSIP knowledge base, "Going Real-Time with PortSIP PBX Pub/Sub", versions 16 to 22.3. What the pages leave open
//! is asked for tolerantly: replies to `subscribe` need not come, and a topic that a release lacks may be refused.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _, stream::FuturesUnordered};
use model::time::{Skew, UnixMillis};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};

use super::{
    account::Account,
    connect::{Wire, connect},
    error::PbxError,
    link::Link,
    rest::Way,
    told,
};
use crate::journal::EntryKind;

/// The largest message: a status of all whom one subscription lists.
const MESSAGE_BYTES_MAX: usize = 8 << 20;

/// How long handshake, sign-in and a message of ours may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// How often it is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);

/// Without any sign of life for so long it is dead.
const SILENT_MAX: Duration = Duration::from_mins(1);

/// Numbers that share a subscription.
const EXTENSIONS_AT_ONCE: usize = 500;
const QUEUES_AT_ONCE: usize = 50;

/// How long the states may take that a subscription begins with.
const SNAPSHOT_WITHIN: Duration = Duration::from_secs(10);

/// Events on their way into the journal at a time; then the PBX waits.
const APPENDS_MAX: usize = 256;

/// Messages that are none, until it is given up.
const NONSENSE_MAX: usize = 100;

/// Where version 16 has it.
const PORT_V16: u16 = 8885;

/// An open connection, signed in.
pub struct Wsi(WebSocketStream<Box<dyn Wire>>);

/// Whom to hear of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Extensions.
    pub extensions: BTreeSet<String>,
    /// Queues.
    pub queues: BTreeSet<String>,
}

/// A wish to hear of them, from how they are now on.
pub struct Subscribe {
    /// Whom.
    pub numbers: Numbers,
    /// Our clock minus the PBX's.
    pub skew: Option<Skew>,
    /// Told when their states are in the journal.
    pub done: oneshot::Sender<()>,
}

/// What is subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Calls,
    Extensions,
    Queues,
    ExtensionManagement,
    QueueManagement,
}

impl Topic {
    const fn name(self) -> &'static str {
        match self {
            Self::Calls => "cdr_events",
            Self::Extensions => "extension_events",
            Self::Queues => "queue_events",
            Self::ExtensionManagement => "extension_management_events",
            Self::QueueManagement => "queue_management_events",
        }
    }
}

impl Wsi {
    /// Connects and signs in.
    pub async fn open(account: &Account, way: Way) -> Result<Self, PbxError> {
        let own = account.place.port;
        let places: &[(u16, &str)] =
            if way == Way::Tokens { &[(own, "/"), (PORT_V16, "/")] } else { &[(own, "/wsi")] };
        let mut failed = None;
        for (port, path) in places {
            match timeout(ANSWERED_WITHIN, Self::shake(account, *port, path)).await {
                Ok(Ok(socket)) => {
                    let mut wsi = Self(socket);
                    return match timeout(ANSWERED_WITHIN, wsi.sign_in(account)).await {
                        Ok(done) => done.map(|()| wsi),
                        Err(_) => Err(PbxError::WsiSilent),
                    };
                }
                // The first place is the likelier one.
                Ok(Err(error)) => _ = failed.get_or_insert(error),
                Err(_) => _ = failed.get_or_insert(PbxError::WsiSilent),
            }
        }
        Err(failed.unwrap_or(PbxError::WsiCut))
    }

    async fn shake(
        account: &Account,
        port: u16,
        path: &str,
    ) -> Result<WebSocketStream<Box<dyn Wire>>, PbxError> {
        let wire = connect(account, port).await?;
        let scheme = if account.place.tls { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{path}", account.place.authority(port));
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        match client_async_with_config(url, wire, Some(limits)).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(PbxError::WsiClosed(response.status().as_u16())),
            Err(Error::Protocol(_)) => Err(PbxError::NotData),
            Err(_) => Err(PbxError::WsiCut),
        }
    }

    async fn sign_in(&mut self, account: &Account) -> Result<(), PbxError> {
        let (user, domain) = account.user_and_domain();
        let password = account.password.reveal();
        self.say(&json!({"command": "auth", "username": user, "password": password, "domain": domain}))
            .await?;
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    let reply: Value = serde_json::from_str(&text).map_err(|_| PbxError::WsiNonsense)?;
                    return match reply["status"].as_i64() {
                        Some(0) => Ok(()),
                        Some(_) => Err(PbxError::WsiCredentials),
                        None => Err(PbxError::WsiNonsense),
                    };
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Err(PbxError::WsiCut),
            }
        }
    }

    async fn say(&mut self, message: &Value) -> Result<(), PbxError> {
        self.send(Message::text(message.to_string())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), PbxError> {
        match timeout(ANSWERED_WITHIN, self.0.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(PbxError::WsiCut),
            Err(_) => Err(PbxError::WsiSilent),
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        _ = timeout(Duration::from_secs(1), self.0.close(None)).await;
    }
}

/// The states that a subscription begins with, while they come.
struct Snapshot {
    /// By which they are dated.
    at: UnixMillis,
    ends: Instant,
    /// How many messages of each are still to come.
    extensions: usize,
    queues: usize,
    done: oneshot::Sender<()>,
}

/// Hears a connection to its end, and says why that came.
pub struct Hearing {
    wsi: Wsi,
    link: Arc<Link>,
    /// Replies to come, in order.
    asked: VecDeque<Topic>,
    snapshot: Option<Snapshot>,
    skew: Option<Skew>,
    heard: Instant,
    nonsense: usize,
}

impl Hearing {
    /// Takes a connection.
    pub fn new(wsi: Wsi, link: Arc<Link>) -> Self {
        Self {
            wsi,
            link,
            asked: VecDeque::new(),
            snapshot: None,
            skew: None,
            heard: Instant::now(),
            nonsense: 0,
        }
    }

    /// Writes what it hears into the journal, and subscribes to what is wished.
    pub async fn run(mut self, mut wishes: mpsc::Receiver<Subscribe>) -> PbxError {
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let link = Arc::clone(&self.link);
        let mut appends = FuturesUnordered::new();
        loop {
            let done = tokio::select! {
                message = self.wsi.0.next(), if appends.len() < APPENDS_MAX => match message {
                    Some(Ok(message)) => self.hear(message).map(|event| {
                        appends.extend(event.map(|body| link.append(EntryKind::Wsi, body, self.skew)));
                    }),
                    _ => Err(PbxError::WsiCut),
                },
                Some(appended) = appends.next(), if !appends.is_empty() => {
                    let appended: Result<(), PbxError> = appended;
                    appended
                }
                wish = wishes.recv() => {
                    let Some(wish) = wish else {
                        self.wsi.close().await;
                        return PbxError::WsiCut;
                    };
                    self.subscribe(wish).await
                }
                _ = pings.tick() => self.ping().await,
            };
            if let Err(error) = done {
                return error;
            }
            if appends.is_empty() {
                self.settle();
            }
        }
    }

    async fn ping(&mut self) -> Result<(), PbxError> {
        if self.heard.elapsed() > SILENT_MAX {
            return Err(PbxError::WsiSilent);
        }
        self.wsi.send(Message::Ping(Vec::new().into())).await
    }

    /// The states have come, or won't.
    fn settle(&mut self) {
        let is_over = |of: &mut Snapshot| (of.extensions == 0 && of.queues == 0) || of.ends <= Instant::now();
        if let Some(snapshot) = self.snapshot.take_if(is_over) {
            // Who asked may have gone.
            _ = snapshot.done.send(());
        }
    }

    async fn subscribe(&mut self, wish: Subscribe) -> Result<(), PbxError> {
        let Subscribe { numbers: Numbers { extensions, queues }, skew, done } = wish;
        let at = told::moment(self.link.now(), skew);
        let extensions: Vec<_> = extensions.into_iter().collect();
        let queues: Vec<_> = queues.into_iter().collect();
        let chunks = extensions.chunks(EXTENSIONS_AT_ONCE);
        let ends = Instant::now() + SNAPSHOT_WITHIN;
        self.skew = skew;
        self.snapshot = Some(Snapshot { at, ends, extensions: chunks.len(), queues: queues.len(), done });
        for topic in [Topic::Calls, Topic::ExtensionManagement, Topic::QueueManagement] {
            self.ask(topic, json!({})).await?;
        }
        for chunk in chunks {
            self.ask(Topic::Extensions, json!({"extensions": chunk})).await?;
        }
        for chunk in queues.chunks(QUEUES_AT_ONCE) {
            self.ask(Topic::Queues, json!({"queues": chunk})).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, topic: Topic, mut message: Value) -> Result<(), PbxError> {
        message["command"] = "subscribe".into();
        message["topics"] = json!([topic.name()]);
        self.asked.push_back(topic);
        self.wsi.say(&message).await
    }

    /// Takes a message; where it is an event, its body.
    fn hear(&mut self, message: Message) -> Result<Option<Vec<u8>>, PbxError> {
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Pong(_) => {
                self.link.heard();
                return Ok(None);
            }
            Message::Close(_) => return Err(PbxError::WsiCut),
            _ => return Ok(None),
        };
        let Ok(value) = serde_json::from_str::<Value>(&text) else { return self.nonsense() };
        if value.get("event_type").is_some_and(Value::is_string) {
            return Ok(Some(self.event(&text, value)));
        }
        match value["status"].as_i64() {
            Some(status) => self.reply(status == 0).map(|()| None),
            None => self.nonsense(),
        }
    }

    fn nonsense(&mut self) -> Result<Option<Vec<u8>>, PbxError> {
        self.nonsense += 1;
        if self.nonsense > NONSENSE_MAX { Err(PbxError::WsiNonsense) } else { Ok(None) }
    }

    /// A reply to what was asked first. What a release doesn't have it refuses; without states and queues it is of no use.
    fn reply(&mut self, is_well: bool) -> Result<(), PbxError> {
        match self.asked.pop_front() {
            Some(Topic::Extensions) if !is_well => Err(PbxError::WsiForbidden("extensions")),
            Some(Topic::Queues) if !is_well => Err(PbxError::WsiForbidden("queues")),
            _ => Ok(()),
        }
    }

    /// An event's body: as it came, or, where it is how things are now, dated by the question.
    fn event(&mut self, text: &str, value: Value) -> Vec<u8> {
        let as_it_came = || text.as_bytes().to_vec();
        let Some(snapshot) = &mut self.snapshot else {
            if value["event_type"].as_str().is_some_and(|name| name.ends_with("_created")) {
                self.link.ask_again();
            }
            return as_it_came();
        };
        match value["event_type"].as_str() {
            Some("extension_status") => snapshot.extensions = snapshot.extensions.saturating_sub(1),
            Some("queue_status") => snapshot.queues = snapshot.queues.saturating_sub(1),
            Some("queue_created") => {}
            _ => return as_it_came(),
        }
        told::snapshot(value, snapshot.at).to_string().into_bytes()
    }
}
