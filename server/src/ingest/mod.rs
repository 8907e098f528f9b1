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
mod change;
mod counts;
mod deliveries;
mod endpoints;
mod inflate;
mod kept;
mod lamps;
mod limits;
mod recent;
mod skew;

use std::{
    collections::HashMap,
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
    wire::{EndpointLamp, Lamp, Lamps},
};
use tokio::sync::watch;

pub use self::{
    answer::Reason,
    authenticate::{Examination, Verdict},
    change::{Change, ChangeError, NewSecret, Origin},
    deliveries::{DeliveriesError, Delivery, DeliveryVerdict},
    inflate::{INFLATED_BYTES_MAX, decode},
    kept::TABLES as ENDPOINT_TABLES,
    lamps::{LinkState, is_quarantined},
    limits::BODY_BYTES_MAX,
};
use self::{
    authenticate::{Decoys, Guard, Keys, Target},
    change::Hand,
    counts::Counts,
    endpoints::{Endpoints, Known},
    kept::Standing,
    lamps::LinkLight,
    limits::{BodyFault, Rates},
    recent::Recent,
    skew::SkewMeter,
};
use crate::{
    access::{Who, audit},
    client::Client,
    clock::Clock,
    config::{Endpoint, EventKind, Method as AuthMethod},
    journal::{EntryKind, Journal, NewEntry, StoredEntry},
    live::Heard,
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
    /// Every endpoint of every tenant, as configured.
    pub endpoints: Vec<Endpoint>,
    /// Whether they were generated at the first start: then the settings page may change them.
    pub generated: bool,
    /// Every tenant.
    pub tenants: Vec<TenantId>,
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
    endpoints: Endpoints,
    keys: Keys,
    decoys: Decoys,
    journal: Journal,
    store: Store,
    clock: Clock,
    rates: Rates,
    said: Seldom,
    prefix: String,
    skews: Mutex<HashMap<TenantId, SkewMeter>>,
    /// Those of tenants whose PBX is asked.
    links: Mutex<HashMap<TenantId, LinkLight>>,
    /// Counts what an administrator's page shows beside the journal: what was not taken, and changes of endpoints.
    changes: watch::Sender<u64>,
    recent: Recent,
    counts: Counts,
    closed: AtomicBool,
}

/// An endpoint as an administrator sees it.
#[derive(Clone, Debug)]
pub struct EndpointShown {
    /// Its name.
    pub name: String,
    /// The end of its URL. A secret: for an administrator's eyes.
    pub id: String,
    /// The kind of events expected here.
    pub events: EventKind,
    /// How a sender proves itself.
    pub method: AuthMethod,
    /// The user's name, where the page made it.
    pub username: Option<String>,
    /// Who says all this.
    pub origin: Origin,
    /// Whether events are taken.
    pub enabled: bool,
    /// Who may post; empty: anybody.
    pub allow: Vec<IpNet>,
    /// When the current secret was made, where the page made it.
    pub secret_made: Option<UnixMillis>,
    /// When the old one was, while it is still valid; 0 for the first start's.
    pub old_made: Option<UnixMillis>,
    /// How many deliveries came by the current secret, and by the old one, since the last change or start.
    pub uses: [u64; 2],
    /// Its lamp.
    pub lamp: Lamp,
    /// The first good event.
    pub first_event_at: Option<UnixMillis>,
    /// Deliveries with a good event in the last minute.
    pub per_minute: u32,
}

/// What the headers say, before anybody is believed.
struct Asked<'a> {
    parts: &'a Parts,
    peer: IpAddr,
    /// The id in the URL; the whole path where it is another one.
    id: String,
    /// The endpoint, if we gave it out.
    known: Option<&'a Arc<Known>>,
    /// When the headers were there.
    since: Instant,
}

impl Asked<'_> {
    fn method(&self) -> Option<AuthMethod> {
        authenticate::method_of(&self.parts.headers)
    }

    /// Microseconds since the headers.
    fn took_us(&self) -> u32 {
        u32::try_from(self.since.elapsed().as_micros()).unwrap_or(u32::MAX)
    }
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
        let endpoints =
            Endpoints::new(setup.endpoints, setup.generated, &setup.tenants, &setup.store, &keys)?;
        Ok(Self(Arc::new(Inner {
            endpoints,
            keys,
            decoys,
            journal: setup.journal,
            store: setup.store,
            clock: setup.clock,
            rates: Rates::new(setup.hosts_exempt),
            said: Seldom::default(),
            prefix: setup.prefix,
            skews: Mutex::default(),
            links: Mutex::default(),
            changes: watch::Sender::default(),
            recent: Recent::default(),
            counts: Counts::default(),
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
        let book = self.0.endpoints.book();
        let its = |known: &&Arc<Known>| known.tenant == entry.tenant && Some(&known.name) == name;
        if let Some(known) = book.in_order.iter().find(its) {
            known.light.decoded(entry.received, decoded);
        }
        let newest = event::newest_time(&decoded.events)?;
        let mut skews = self.0.skews.lock().unwrap_or_else(PoisonError::into_inner);
        skews.entry(entry.tenant.clone()).or_default().add(entry.received, newest)
    }

    /// Learns when an endpoint had events, from a snapshot of them.
    pub fn heard(&self, tenant: &TenantId, endpoint: &str, heard: Heard) {
        let book = self.0.endpoints.book();
        let its = |known: &&Arc<Known>| known.tenant == *tenant && known.name == endpoint;
        if let Some(known) = book.in_order.iter().find(its) {
            known.light.heard(heard);
        }
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
        let endpoints = self.0.endpoints.of_tenant(tenant).iter().map(shown).collect();
        let links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        lamps::of_tenant(endpoints, links.get(tenant))
    }

    /// Takes how a tenant's link to its PBX stands; `None` where there is none.
    pub fn set_link(&self, tenant: &TenantId, state: Option<LinkState>) {
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            None => drop(links.remove(tenant)),
            Some(state) => links.entry(tenant.clone()).or_default().state = state,
        }
        drop(links);
        self.0.changes.send_modify(|changes| *changes += 1);
    }

    /// Takes that a tenant's PBX told something by its link.
    pub fn link_told(&self, tenant: &TenantId, at: UnixMillis) {
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(light) = links.get_mut(tenant) {
            light.told_at = light.told_at.max(Some(at));
        }
    }

    /// A tenant's last deliveries, newest first: at most `limit` that were kept, of those before `before` where it is
    /// given, and between them what was refused in the same time. Blocks: it reads files.
    pub fn deliveries(
        &self,
        tenant: &TenantId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<Vec<Delivery>, DeliveriesError> {
        self.0.endpoints.of_tenant(tenant).iter().for_each(|known| self.0.give_up_waiting(known));
        deliveries::list(&self.0.journal, &self.0.store, &self.0.recent, tenant, before, limit)
    }

    /// One delivery that was kept, and its body as text. Noted in the audit log as looked at by `who`: it names people and
    /// numbers. `None` where there is none of that number. Blocks.
    pub fn open(
        &self,
        tenant: &TenantId,
        seq: Seq,
        who: &Who,
    ) -> Result<Option<(Delivery, String)>, DeliveriesError> {
        let opened = deliveries::opened(&self.0.journal, tenant, seq)?;
        if opened.is_some() {
            let (now, about) = (self.0.clock.now(), format!("delivery {}", seq.0));
            self.0
                .store
                .with(|change| audit::note(change, Some(tenant), who, now, "delivery-opened", &about))
                .map_err(|error: rusqlite::Error| StoreError::from(error))?;
        }
        Ok(opened)
    }

    /// A tenant's last refused deliveries, newest first, without those to addresses that nobody gave out. Blocks.
    pub fn refused(&self, tenant: &TenantId) -> Result<Vec<Delivery>, DeliveriesError> {
        Ok(deliveries::refused(&self.0.store, tenant)?)
    }

    /// A tenant's endpoints as they are now.
    pub fn endpoints(&self, tenant: &TenantId) -> Vec<EndpointShown> {
        let now = self.0.clock.now();
        let shown = |known: &Arc<Known>| {
            let secret = |standing| known.secrets.iter().find(move |secret| secret.standing == standing);
            let current = secret(Standing::Current);
            let (first_event_at, per_minute) = known.light.pace(now);
            EndpointShown {
                name: known.name.clone(),
                id: known.id.clone(),
                events: known.events,
                method: known.method,
                username: current.map(|one| one.username.clone()).filter(|name| !name.is_empty()),
                origin: known.origin,
                enabled: known.enabled,
                allow: known.allow.clone(),
                secret_made: current.map(|one| one.made).filter(|made| made.0 > 0),
                old_made: secret(Standing::Old).map(|one| one.made),
                uses: known.guard.uses(),
                lamp: known.light.shows(now),
                first_event_at,
                per_minute,
            }
        };
        self.0.endpoints.of_tenant(tenant).iter().map(shown).collect()
    }

    /// Gives a tenant another endpoint, by Bearer, and says its token. Blocks.
    pub fn make(&self, tenant: &TenantId, events: EventKind, who: &Who) -> Result<NewSecret, ChangeError> {
        let new = self.0.endpoints.make(tenant, events, self.0.hand(who))?;
        self.0.changed();
        Ok(new)
    }

    /// Changes an endpoint, from its next delivery on, and says the secret that was made, if one was. Blocks.
    pub fn change(
        &self,
        tenant: &TenantId,
        name: &str,
        change: Change,
        who: &Who,
    ) -> Result<Option<NewSecret>, ChangeError> {
        let new = self.0.endpoints.change(tenant, name, change, self.0.hand(who))?;
        self.0.changed();
        Ok(new)
    }

    /// Changes with each delivery that is not taken, and with each change of an endpoint. What is taken changes the journal.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Writes what became of deliveries for a monitoring.
    pub fn write_metrics(&self, text: &mut String) {
        self.0.counts.write(text);
    }

    /// From now on every request is answered 503: the PBX keeps its events until we are back.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    /// A request's whole way.
    async fn receive(&self, request: Request) -> Response<Body> {
        let since = Instant::now();
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
        let known = known.as_ref();
        let asked = Asked { parts: &parts, peer: client.address, id, known, since };
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
            Ok(()) => {
                self.counts.taken(since.elapsed());
                answer::taken()
            }
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
            Verdict::WrongPassword => (Reason::WrongPassword, self.rates.wrong(asked.peer)),
            Verdict::Retired => (Reason::RetiredSecret, self.rates.wrong(asked.peer)),
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
        let (received, fingerprint) = (self.clock.now(), recent::fingerprint(&body));
        let entry = NewEntry {
            tenant: known.tenant.clone(),
            kind: EntryKind::Webhook,
            endpoint: Some(known.name.clone()),
            received,
            peer: Some(asked.peer.to_string()),
            skew: self.skew(&known.tenant),
            content_type: header(headers, CONTENT_TYPE.as_str()),
            content_encoding: header(headers, CONTENT_ENCODING.as_str()),
            event_id: EVENT_ID_HEADERS.iter().find_map(|name| header(headers, name)),
            body,
        };
        let kept = self.journal.append(entry).await;
        let seq = kept.map_err(|error| {
            if let Some(unsaid) = self.said.say("append", tokio::time::Instant::now()) {
                tracing::error!(endpoint = known.name, %error, unsaid, "a delivery was not kept; the PBX was told to repeat it");
            }
            Reason::NotKept
        })?;
        self.recent.took(&known.tenant, seq, received, fingerprint, asked.method(), asked.took_us());
        Ok(())
    }

    fn skew(&self, tenant: &TenantId) -> Option<Skew> {
        self.skews.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).and_then(SkewMeter::skew)
    }

    /// Lists what was not taken, tells the lamp, and at times the log.
    fn note(&self, asked: &Asked<'_>, reason: Reason) {
        self.counts.not_taken(reason);
        let counts = matches!(
            reason,
            Reason::NoCredentials
                | Reason::WrongCredentials
                | Reason::WrongPassword
                | Reason::RetiredSecret
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
                let sent = (asked.method(), Some(asked.took_us()));
                self.list(Ok(known), asked.peer, reason, sent);
            }
            None => {
                let shown: String = asked.id.chars().take(ID_CHARS_SHOWN).collect();
                self.list(Err(&shown), asked.peer, reason, (asked.method(), Some(asked.took_us())));
            }
        }
    }

    /// Lists a delivery to an endpoint, or to what begins like that; by what its sender tried, and how soon it was answered.
    fn list(
        &self,
        endpoint: Result<&Known, &str>,
        peer: IpAddr,
        reason: Reason,
        (method, took_us): (Option<AuthMethod>, Option<u32>),
    ) {
        let name = endpoint.map_or_else(|begins| begins, |known| known.name.as_str());
        self.store.refuse(Refused {
            tenant: endpoint.ok().map(|known| known.tenant.clone()),
            at: self.clock.now(),
            endpoint: name.to_owned(),
            peer: peer.to_string(),
            reason: reason.as_str().to_owned(),
            method,
            wanted: endpoint.ok().map(|known| known.method),
            took_us,
        });
        let endpoint = name;
        self.changed();
        if let Some(unsaid) = self.said.say(reason.as_str(), tokio::time::Instant::now()) {
            tracing::info!(endpoint, %peer, reason = reason.as_str(), unsaid, "a delivery was not taken");
        }
    }

    /// Lists the endpoint's Digest challenges that nobody answered.
    fn give_up_waiting(&self, known: &Known) {
        for peer in known.light.give_up_waiting(self.clock.now(), Instant::now()) {
            self.list(Ok(known), peer, Reason::ChallengeNotAnswered, (None, None));
        }
    }

    /// What a change is made with.
    fn hand<'a>(&'a self, who: &'a Who) -> Hand<'a> {
        Hand { who, at: self.clock.now(), store: &self.store, keys: &self.keys }
    }

    /// There is something new for an administrator's page.
    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// A header's text, cut to what is kept; `None` where it is missing or empty.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let text: String = text.trim().chars().take(HEADER_CHARS_MAX).collect();
    (!text.is_empty()).then_some(text)
}
