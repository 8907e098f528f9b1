//! Deliveries: who sent one, what we answer, and what became of the last ones.
//!
//! The one way of a delivery, in this order: method, id, networks, credentials, switched on, body, journal. Everything up
//! to the body is decided from the headers. [`answer`] has the words and the statuses, `docs/hooks.md` says them to people.
//!
//! Invariants
//! - 200 is written after the journal's commit, or for an empty body; never otherwise, and no redirect ever.
//! - An id that we never gave out, an address outside of the endpoint's networks, and false credentials are told apart
//!   neither by the answer nor by its time.
//! - Right credentials always pass, however many false ones came from the same address.
//! - A log line has an endpoint's name, or the first 4 characters of an unknown id; never credentials, never a body.

mod answer;
mod authenticate;
mod deliveries;
mod inflate;
mod lamps;
mod limits;
mod skew;

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{OriginalUri, Request},
    http::{
        HeaderMap, HeaderValue, Method, Response,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
        request::Parts,
    },
    routing::any,
};
use ipnet::IpNet;
use model::{
    event::{self, Decoded},
    id::{Seq, TenantId},
    time::{Skew, UnixMillis},
    wire::{EndpointLamp, Lamps},
};
use tokio::sync::watch;

pub use self::{
    answer::Reason,
    authenticate::{Examination, Verdict},
    deliveries::{DeliveriesError, Delivery, DeliveryVerdict},
    inflate::{INFLATED_BYTES_MAX, decode},
    limits::BODY_BYTES_MAX,
};
use self::{
    authenticate::{Decoys, Guard, Keys, Target},
    lamps::Light,
    limits::{BodyFault, Rates},
    skew::SkewMeter,
};
use crate::{
    client::Client,
    clock::Clock,
    config::{Endpoint, EventKind},
    journal::{EntryKind, Journal, NewEntry, StoredEntry},
    seldom::Seldom,
    store::{Refused, Store, StoreError},
};

/// Where all endpoints are.
const HOOKS: &str = "/hooks/";

/// How much of a header is kept with an entry, in characters.
const HEADER_CHARS_MAX: usize = 256;

/// How much of an unknown id is shown, in characters.
const ID_CHARS_SHOWN: usize = 4;

/// Headers that may carry a delivery's own id.
const EVENT_ID_HEADERS: [&str; 6] =
    ["webhook-id", "event-id", "message-id", "x-webhook-id", "x-event-id", "x-message-id"];

/// Takes deliveries. Cheap to clone.
#[derive(Clone)]
pub struct Ingest(Arc<Inner>);

/// What it works with.
pub struct Setup {
    /// Every endpoint of every tenant.
    pub endpoints: Vec<Endpoint>,
    /// Where deliveries go.
    pub journal: Journal,
    /// Where refused ones are listed.
    pub store: Store,
    /// Our clock.
    pub clock: Clock,
    /// Networks whose refused requests are not counted.
    pub hosts_exempt: Vec<IpNet>,
    /// The path of `external_url` without the last slash: what a proxy takes off before it asks us. Mostly empty.
    pub prefix: String,
}

/// Why no deliveries can be taken.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Two endpoints would have one URL.
    #[error("the endpoints {0} and {1} have the same id; give one of them another")]
    SameId(String, String),
    /// Two endpoints of a tenant would be one in every list.
    #[error("two endpoints of the tenant {0} are named {1}; give one of them another name")]
    SameName(TenantId, String),
    /// The data folder's key can't be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error("the system gives no random bytes: {0}; start again in a moment")]
    Random(getrandom::Error),
}

struct Inner {
    /// By id.
    endpoints: HashMap<String, Arc<Known>>,
    /// The same, in the order of the configuration.
    in_order: Vec<Arc<Known>>,
    keys: Keys,
    decoys: Decoys,
    journal: Journal,
    store: Store,
    clock: Clock,
    rates: Rates,
    said: Seldom,
    prefix: String,
    skews: Mutex<HashMap<TenantId, SkewMeter>>,
    /// Counts what an administrator's page shows beside the journal: what was not taken, and changes of endpoints.
    changes: watch::Sender<u64>,
    closed: AtomicBool,
}

/// An endpoint that we gave out, without its secrets.
struct Known {
    tenant: TenantId,
    name: String,
    events: EventKind,
    allow: Vec<IpNet>,
    enabled: bool,
    guard: Guard,
    light: Light,
}

/// What the headers say, before anybody is believed.
struct Asked<'a> {
    parts: &'a Parts,
    peer: IpAddr,
    /// The id in the URL; the whole path where it is another one.
    id: String,
    /// The endpoint, if we gave it out.
    known: Option<&'a Arc<Known>>,
}

/// What the headers are not good for, and what to say to that.
struct Refusal {
    reason: Reason,
    reply: Reply,
}

enum Reply {
    /// What the reason's status says.
    Status,
    /// Who are you?
    Challenge(Option<HeaderValue>),
    /// Not before so long.
    Wait(Duration),
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, reply: Reply::Status }
    }
}

impl Refusal {
    fn into_response(self) -> Response<Body> {
        match self.reply {
            Reply::Status => answer::refused(self.reason),
            Reply::Challenge(challenge) => answer::unauthorized(challenge),
            Reply::Wait(wait) => answer::too_many(wait),
        }
    }
}

impl Ingest {
    /// Makes ready for deliveries. Passwords and tokens are turned into hashes here.
    pub fn new(setup: Setup) -> Result<Self, IngestError> {
        let keys = Keys::new().map_err(IngestError::Random)?;
        let decoys = Decoys::new(setup.store.secret_key()?).map_err(IngestError::Random)?;
        let mut endpoints: HashMap<String, Arc<Known>> = HashMap::new();
        let mut in_order: Vec<Arc<Known>> = Vec::new();
        for Endpoint { tenant, id, name, events, auth, allow, enabled } in setup.endpoints {
            if in_order.iter().any(|known| known.tenant == tenant && known.name == name) {
                return Err(IngestError::SameName(tenant, name));
            }
            let guard = Guard::new(&auth, &keys);
            let known = Known { tenant, name, events, allow, enabled, guard, light: Light::default() };
            match endpoints.entry(id) {
                Entry::Occupied(first) => {
                    return Err(IngestError::SameId(first.get().name.clone(), known.name));
                }
                Entry::Vacant(free) => in_order.push(Arc::clone(free.insert(Arc::new(known)))),
            }
        }
        Ok(Self(Arc::new(Inner {
            endpoints,
            in_order,
            keys,
            decoys,
            journal: setup.journal,
            store: setup.store,
            clock: setup.clock,
            rates: Rates::new(setup.hosts_exempt),
            said: Seldom::default(),
            prefix: setup.prefix,
            skews: Mutex::default(),
            changes: watch::Sender::default(),
            closed: AtomicBool::new(false),
        })))
    }

    /// Everything at and under `/hooks`. Needs [`Client`].
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let ingest = self.clone();
        let take = any(move |request: Request| {
            let ingest = ingest.clone();
            async move { ingest.0.receive(request).await }
        });
        Router::new().route("/hooks", take.clone()).route(HOOKS, take.clone()).route("/hooks/{*rest}", take)
    }

    /// The same and nothing else: every other path is answered like an unknown endpoint, whatever the method.
    pub fn hooks_only(&self) -> Router {
        let ingest = self.clone();
        self.routes().fallback(move |request: Request| {
            let ingest = ingest.clone();
            async move { ingest.0.receive(request).await }
        })
    }

    /// Learns what a kept delivery said. Called once for each webhook entry, in order. Says what the PBX's clock shows now,
    /// where the delivery makes it certain that it was set back.
    pub fn decoded(&self, delivery: &StoredEntry, decoded: &Decoded) -> Option<UnixMillis> {
        let entry = &delivery.entry;
        let name = entry.endpoint.as_ref();
        if let Some(known) = self.0.of_tenant(&entry.tenant).find(|known| Some(&known.name) == name) {
            known.light.decoded(entry.received, decoded);
        }
        let newest = event::newest_time(&decoded.events)?;
        let mut skews = self.0.skews.lock().unwrap_or_else(PoisonError::into_inner);
        skews.entry(entry.tenant.clone()).or_default().add(entry.received, newest)
    }

    /// Our clock minus a tenant's PBX's, as far as known.
    pub fn skew(&self, tenant: &TenantId) -> Option<Skew> {
        self.0.skew(tenant)
    }

    /// A tenant's lamps now.
    pub fn lamps(&self, tenant: &TenantId) -> Lamps {
        let now = self.0.clock.now();
        let shown = |known: &Arc<Known>| {
            self.0.give_up_waiting(known);
            EndpointLamp {
                name: known.name.clone(),
                events: known.events.as_str().into(),
                lamp: known.light.shows(now),
            }
        };
        lamps::of_tenant(self.0.of_tenant(tenant).map(shown).collect())
    }

    /// A tenant's last deliveries, newest first: at most `limit` that were kept, of those before `before` where it is
    /// given, and between them what was refused in the same time. Blocks: it reads files.
    pub fn deliveries(
        &self,
        tenant: &TenantId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<Delivery>, DeliveriesError> {
        self.0.of_tenant(tenant).for_each(|known| self.0.give_up_waiting(known));
        deliveries::list(&self.0.journal, &self.0.store, tenant, before, limit)
    }

    /// Changes with each delivery that is not taken, and with each change of an endpoint. What is taken changes the journal.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// From now on every request is answered 503: the PBX keeps its events until we are back.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    /// A request's whole way.
    async fn receive(&self, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Some(client) = parts.extensions.get::<Client>() else {
            tracing::error!("nobody found out who asks; please report it");
            return answer::failed();
        };
        let path = parts.uri.path();
        let id = match path.strip_prefix(HOOKS) {
            Some(id) => String::from_utf8_lossy(&authenticate::percent_decoded(id.as_bytes())).into_owned(),
            None => path.to_owned(),
        };
        let known = self.endpoints.get(&id);
        let asked = Asked { parts: &parts, peer: client.address, id, known };
        let known = match self.admit(&asked) {
            Ok(known) => known,
            Err(refusal) => {
                self.note(&asked, refusal.reason);
                // Whoever waits for "100 Continue" hears the answer instead, and sends no body.
                let is_read = body.is_end_stream()
                    || !parts.headers.contains_key(EXPECT) && limits::discard_body(body).await;
                let response = refusal.into_response();
                return if is_read { response } else { answer::last(response) };
            }
        };
        match self.take(known, &asked, body).await {
            Ok(()) => answer::taken(),
            Err(reason) => {
                self.note(&asked, reason);
                let is_read = !matches!(reason, Reason::TooLarge | Reason::SlowBody | Reason::BrokenBody);
                let response = answer::refused(reason);
                if is_read { response } else { answer::last(response) }
            }
        }
    }

    /// Decides from the headers whether a body is to be read.
    fn admit<'a>(&self, asked: &Asked<'a>) -> Result<&'a Arc<Known>, Refusal> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Reason::Closing.into());
        }
        let path = asked.parts.uri.path();
        let is_hook = path == "/hooks" || path.starts_with(HOOKS);
        if asked.parts.method != Method::POST && is_hook {
            return Err(Reason::Method.into());
        }
        let Some(known) = asked.known else {
            return Err(self.as_unknown(asked, Reason::UnknownEndpoint));
        };
        if !known.allow.is_empty() && !known.allow.iter().any(|network| network.contains(&asked.peer)) {
            return Err(self.as_unknown(asked, Reason::Address));
        }
        let verdict = self.examine(&known.guard, asked);
        if verdict != Verdict::Missing {
            // What came too late is counted before.
            self.give_up_waiting(known);
            known.light.answered(asked.peer);
        }
        if let Some(refusal) = self.judge(&known.guard, verdict, asked) {
            return Err(refusal);
        }
        if !known.enabled {
            return Err(Reason::Off.into());
        }
        let length = asked.parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > BODY_BYTES_MAX)
        {
            return Err(Reason::TooLarge.into());
        }
        Ok(known)
    }

    fn examine(&self, guard: &Guard, asked: &Asked<'_>) -> Verdict {
        let original =
            asked.parts.extensions.get::<OriginalUri>().map_or(&asked.parts.uri, |OriginalUri(uri)| uri);
        let path = original.path_and_query().map_or("/", |path| path.as_str());
        let target = Target { path, prefix: &self.prefix };
        guard.examine(&asked.parts.headers, &asked.id, &target, &self.keys)
    }

    /// Answers somebody who may not know that the endpoint exists, as if it did not, whatever the credentials are.
    fn as_unknown(&self, asked: &Asked<'_>, reason: Reason) -> Refusal {
        let guard = self.decoys.of(&asked.id);
        let refusal = self.judge(guard, self.examine(guard, asked), asked);
        match refusal.map_or(Reply::Challenge(None), |refusal| refusal.reply) {
            // A garbled header is answered 400 for every id.
            Reply::Status => Refusal { reason: Reason::BadAuthorization, reply: Reply::Status },
            reply => Refusal { reason, reply },
        }
    }

    /// The answer to credentials that are not right.
    fn judge(&self, guard: &Guard, verdict: Verdict, asked: &Asked<'_>) -> Option<Refusal> {
        let (reason, rate) = match verdict {
            Verdict::Right => return None,
            Verdict::OtherTarget => return Some(Reason::OtherTarget.into()),
            Verdict::Malformed => (Reason::BadAuthorization, self.rates.wrong(asked.peer)),
            Verdict::Missing if guard.is_digest() => {
                (Reason::ChallengeNotAnswered, self.rates.missing(asked.peer))
            }
            Verdict::Missing => (Reason::NoCredentials, self.rates.missing(asked.peer)),
            Verdict::Stale => (Reason::ChallengeNotAnswered, Ok(())),
            Verdict::Wrong => (Reason::WrongCredentials, self.rates.wrong(asked.peer)),
            Verdict::OtherMethod => (Reason::OtherMethod, self.rates.wrong(asked.peer)),
            Verdict::WithoutQop => (Reason::DigestWithoutQop, self.rates.wrong(asked.peer)),
        };
        Some(match rate {
            Err(wait) => Refusal { reason: Reason::TooMany, reply: Reply::Wait(wait) },
            Ok(()) if reason == Reason::BadAuthorization => reason.into(),
            Ok(()) => {
                let challenge = guard.challenge(verdict, &asked.id, &self.keys);
                Refusal { reason, reply: Reply::Challenge(challenge) }
            }
        })
    }

    /// Reads the body and keeps it.
    async fn take(&self, known: &Known, asked: &Asked<'_>, body: Body) -> Result<(), Reason> {
        let body = limits::read_body(body).await.map_err(|fault| match fault {
            BodyFault::TooLarge => Reason::TooLarge,
            BodyFault::Slow => Reason::SlowBody,
            BodyFault::Broken => Reason::BrokenBody,
        })?;
        if body.is_empty() {
            return Err(Reason::Probe);
        }
        let headers = &asked.parts.headers;
        let entry = NewEntry {
            tenant: known.tenant.clone(),
            kind: EntryKind::Webhook,
            endpoint: Some(known.name.clone()),
            received: self.clock.now(),
            peer: Some(asked.peer.to_string()),
            skew: self.skew(&known.tenant),
            content_type: header(headers, CONTENT_TYPE.as_str()),
            content_encoding: header(headers, CONTENT_ENCODING.as_str()),
            event_id: EVENT_ID_HEADERS.iter().find_map(|name| header(headers, name)),
            body,
        };
        self.journal.append(entry).await.map(|_| ()).map_err(|error| {
            if let Some(unsaid) = self.said.say("append", tokio::time::Instant::now()) {
                tracing::error!(endpoint = known.name, %error, unsaid, "a delivery was not kept; the PBX was told to repeat it");
            }
            Reason::NotKept
        })
    }

    fn skew(&self, tenant: &TenantId) -> Option<Skew> {
        self.skews.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).and_then(SkewMeter::skew)
    }

    /// Lists what was not taken, tells the lamp, and at times the log.
    fn note(&self, asked: &Asked<'_>, reason: Reason) {
        let counts = matches!(
            reason,
            Reason::NoCredentials
                | Reason::WrongCredentials
                | Reason::OtherMethod
                | Reason::DigestWithoutQop
                | Reason::BadAuthorization
                | Reason::OtherTarget
                | Reason::TooMany
        );
        match asked.known {
            Some(known) if reason == Reason::ChallengeNotAnswered => {
                known.light.challenged(asked.peer, Instant::now());
            }
            Some(known) => {
                if counts {
                    known.light.refused(self.clock.now());
                }
                self.list(Some(&known.tenant), &known.name, asked.peer, reason);
            }
            None => {
                let shown: String = asked.id.chars().take(ID_CHARS_SHOWN).collect();
                self.list(None, &shown, asked.peer, reason);
            }
        }
    }

    fn list(&self, tenant: Option<&TenantId>, endpoint: &str, peer: IpAddr, reason: Reason) {
        self.store.refuse(Refused {
            tenant: tenant.cloned(),
            at: self.clock.now(),
            endpoint: endpoint.to_owned(),
            peer: peer.to_string(),
            reason: reason.as_str().to_owned(),
        });
        self.changes.send_modify(|count| *count += 1);
        if let Some(unsaid) = self.said.say(reason.as_str(), tokio::time::Instant::now()) {
            tracing::info!(endpoint, %peer, reason = reason.as_str(), unsaid, "a delivery was not taken");
        }
    }

    /// Lists the endpoint's Digest challenges that nobody answered.
    fn give_up_waiting(&self, known: &Known) {
        for peer in known.light.give_up_waiting(self.clock.now(), Instant::now()) {
            self.list(Some(&known.tenant), &known.name, peer, Reason::ChallengeNotAnswered);
        }
    }

    fn of_tenant(&self, tenant: &TenantId) -> impl Iterator<Item = &Arc<Known>> {
        self.in_order.iter().filter(move |known| known.tenant == *tenant)
    }
}

/// A header's text, cut to what is kept; `None` where it is missing or empty.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let text: String = text.trim().chars().take(HEADER_CHARS_MAX).collect();
    (!text.is_empty()).then_some(text)
}
