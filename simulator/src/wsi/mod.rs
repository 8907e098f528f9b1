//! The PBX's publish/subscribe interface: a client says who it is, subscribes, is told how things are, and then hears the
//! same events as the webhooks get.
//!
//! Source: "Going Real-Time with PortSIP PBX Pub/Sub" and its pages for 22.2 and 22.3. What they leave open and is
//! guessed here is listed in `docs/simulator.md`. Nothing is replayed to who comes back: a new subscription has a new
//! snapshot.

mod command;
mod topic;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use tokio::{
    sync::broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_util::sync::CancellationToken;

use self::{
    command::{AUTH_FAILED, Command, reply},
    topic::{About, Interests, Topic},
};
use crate::{
    dialect::Dialect,
    exchange::{Pbx, Told},
    interfaces::{Account, Claim, Options, Wsi},
    rest::tokens::Tokens,
};

/// Who does not say who it is within this is let go.
const AUTH_WITHIN: Duration = Duration::from_secs(30);
/// So often a client may fail to.
const AUTH_TRIES_MAX: u32 = 5;
/// How often a client is pinged.
const PING_EVERY: Duration = Duration::from_secs(30);
/// A client that is not heard of for so long, not even by a pong, is gone.
const SILENT_MAX: Duration = Duration::from_secs(90);
/// A message that a client does not take within this ends the connection.
const SEND_WITHIN: Duration = Duration::from_secs(30);

/// Said to a client for whom too many events wait.
const TOO_SLOW: &str = "too slow";

/// Said to a client that did not say who it is.
const NOT_SIGNED_IN: &str = "not signed in";

/// What every connection shares.
#[derive(Clone)]
pub struct Publisher {
    /// The PBX.
    pub pbx: Pbx,
    /// How to behave.
    pub options: Arc<Options>,
    /// The REST API's tokens, which are taken here too.
    pub tokens: Arc<Tokens>,
    /// Closes all connections.
    pub end: CancellationToken,
}

/// Answers a WebSocket's handshake.
pub async fn upgrade(State(publisher): State<Publisher>, upgrade: WebSocketUpgrade) -> Response {
    if publisher.options.wsi == Wsi::Off {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade.on_upgrade(move |socket| Connection::new(publisher, socket).run())
}

/// Why a connection ends.
enum End {
    /// The client is gone, or takes nothing.
    Gone,
    /// We close it, and say why.
    Closed(u16, &'static str),
}

struct Connection {
    publisher: Publisher,
    socket: WebSocket,
    dialect: Dialect,
    account: Option<Account>,
    interests: Interests,
    /// Everything that happens, heard from the sign-in on.
    events: Option<Receiver<Arc<Told>>>,
    replies: u64,
    tries: u32,
    heard: Instant,
}

impl Connection {
    fn new(publisher: Publisher, socket: WebSocket) -> Self {
        let dialect = publisher.pbx.look(|pbx| pbx.company().language.dialect);
        Self {
            publisher,
            socket,
            dialect,
            account: None,
            interests: Interests::default(),
            events: None,
            replies: 0,
            tries: 0,
            heard: Instant::now(),
        }
    }

    async fn run(mut self) {
        let (end, mut restarts) = (self.publisher.end.clone(), self.publisher.pbx.restarts());
        let why = tokio::select! {
            why = self.talk() => why,
            () = end.cancelled() => End::Closed(close_code::AWAY, "the PBX stops"),
            _ = restarts.changed() => End::Closed(close_code::RESTART, "the PBX restarts"),
        };
        if let End::Closed(code, reason) = why {
            let frame = CloseFrame { code, reason: reason.into() };
            // It may be gone already.
            let _: Result<_, _> = timeout(SEND_WITHIN, self.socket.send(Message::Close(Some(frame)))).await;
        }
    }

    async fn talk(&mut self) -> End {
        let begun = Instant::now();
        let mut pings = interval_at(begun + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
                told = next(&mut self.events) => match told {
                    Ok(told) => self.tell(&told).await,
                    Err(_) => Err(End::Closed(close_code::AGAIN, TOO_SLOW)),
                },
                _ = pings.tick() => self.ping().await,
                () = tokio::time::sleep_until(begun + AUTH_WITHIN), if self.account.is_none() => {
                    Err(End::Closed(close_code::POLICY, NOT_SIGNED_IN))
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.heard.elapsed() > SILENT_MAX {
            return Err(End::Closed(close_code::POLICY, "silent"));
        }
        self.send(Message::Ping(Vec::new().into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SEND_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn say(&mut self, body: &Value) -> Result<(), End> {
        self.send(Message::text(body.to_string())).await
    }

    /// Tells an event, as far as it was subscribed to.
    async fn tell(&mut self, told: &Told) -> Result<(), End> {
        match self.interests.of(told, self.dialect) {
            Some(body) => self.say(&body).await,
            None => Ok(()),
        }
    }

    /// Takes a message. Pings are answered by the library.
    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Binary(_) => return self.reply("", Some("invalid message")).await,
            Message::Close(_) => return Err(End::Gone),
        };
        if self.publisher.options.wsi == Wsi::Slow {
            tokio::time::sleep(self.publisher.options.slow_for).await;
        }
        // A reply comes after everything that happened before it.
        for told in waiting(&mut self.events)? {
            self.tell(&told).await?;
        }
        match Command::read(&text, self.dialect) {
            Ok(Command::Auth { claim, access_token }) => self.sign_in(&claim, access_token.as_deref()).await,
            Ok(command) => match self.account.clone() {
                Some(account) => self.change(&account, command).await,
                None => self.reply(command.word(), Some("not authenticated")).await,
            },
            Err((word, error)) => self.reply(&word, Some(&error.to_string())).await,
        }
    }

    async fn reply(&mut self, command: &str, error: Option<&str>) -> Result<(), End> {
        self.replies += 1;
        let reply = reply(self.dialect, command, self.replies, error);
        self.say(&reply).await
    }

    async fn sign_in(&mut self, claim: &Claim, access_token: Option<&str>) -> Result<(), End> {
        let Publisher { pbx, options, tokens, .. } = &self.publisher;
        let account = match access_token {
            Some(token) => tokens.account(token).ok(),
            None => pbx.look(|pbx| options.sign_in(claim, pbx)),
        };
        if let Some(account) = account {
            self.account = Some(account);
            self.events.get_or_insert_with(|| pbx.listen());
            return self.reply("auth", None).await;
        }
        self.tries += 1;
        self.reply("auth", Some(AUTH_FAILED)).await?;
        if self.tries < AUTH_TRIES_MAX { Ok(()) } else { Err(End::Closed(close_code::POLICY, NOT_SIGNED_IN)) }
    }

    /// Subscribes or unsubscribes; to a subscription the reply is followed by how things are.
    async fn change(&mut self, account: &Account, command: Command) -> Result<(), End> {
        let (word, added) = (command.word(), matches!(command, Command::Subscribe(_)));
        let (Command::Subscribe(topics) | Command::Unsubscribe(topics)) = command else { return Ok(()) };
        if !added {
            if topics.is_empty() {
                self.interests.take_all();
            }
            for (topic, named) in &topics {
                self.interests.take(*topic, named);
            }
            return self.reply(word, None).await;
        }
        let own = self.own_queues(account);
        if !topics.iter().all(|(topic, named)| topic.is_open_to(account, self.dialect, named, &own)) {
            return self.reply(word, Some("permission denied")).await;
        }
        self.reply(word, None).await?;
        // What happened before is told to the old interests, what is true now to the new ones, and then what happens.
        let Publisher { pbx, options, .. } = &self.publisher;
        let events = &mut self.events;
        let (now, before) = pbx.snapshot_and((options.clock)(), || waiting(events));
        for told in before? {
            self.tell(&told).await?;
        }
        let mut new = Interests::default();
        for (topic, named) in &topics {
            new.add(*topic, named);
            self.interests.add(*topic, named);
        }
        for told in &now {
            if let Some(body) = new.of(told, self.dialect) {
                self.say(&body).await?;
            }
        }
        self.tell_queues(&topics).await?;
        if self.publisher.options.wsi == Wsi::Mute {
            // Open, and dead.
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// All queues there are, for who subscribed to their coming and going.
    async fn tell_queues(&mut self, topics: &[(Topic, BTreeSet<String>)]) -> Result<(), End> {
        let of_queues = topics.iter().find(|(topic, _)| topic.about == About::QueueManagement);
        let Some((topic, tenants)) = of_queues else { return Ok(()) };
        let (tenant, numbers) = self.publisher.pbx.look(|pbx| {
            let numbers: Vec<String> = pbx.truth().queues.into_values().map(|queue| queue.number).collect();
            (pbx.company().tenant_id.clone(), numbers)
        });
        if topic.global && !tenants.contains(&tenant) {
            return Ok(());
        }
        for number in numbers {
            self.say(&json!({"event_type": "queue_created", "queue_number": number, "tenant_id": tenant}))
                .await?;
        }
        Ok(())
    }

    /// The queues that an extension answers for.
    fn own_queues(&self, account: &Account) -> Vec<String> {
        let Account::Extension(number) = account else { return Vec::new() };
        self.publisher.pbx.look(|pbx| {
            let company = pbx.company();
            let person = company.people.iter().find(|person| person.number == *number);
            let queues = person.map(|person| person.queues.as_slice()).unwrap_or_default();
            queues.iter().map(|queue| company.queues[queue.0].number.clone()).collect()
        })
    }
}

/// The events that are still to be told.
fn waiting(events: &mut Option<Receiver<Arc<Told>>>) -> Result<Vec<Arc<Told>>, End> {
    let mut waiting = Vec::new();
    loop {
        match events.as_mut().map(Receiver::try_recv) {
            Some(Ok(told)) => waiting.push(told),
            Some(Err(TryRecvError::Lagged(_))) => return Err(End::Closed(close_code::AGAIN, TOO_SLOW)),
            Some(Err(TryRecvError::Empty | TryRecvError::Closed)) | None => return Ok(waiting),
        }
    }
}

/// The next event, for who is signed in.
async fn next(events: &mut Option<Receiver<Arc<Told>>>) -> Result<Arc<Told>, RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}
