//! Endpoints and deliveries as the pages show them: addresses to paste, whether events come, and why something was refused.

use std::net::IpAddr;

use app::settings::{
    deliveries::{Delivered, Outcome, Why},
    event_url::{Endpoint, Kind, Method, OldSecret, Origin, Status},
    parts::Tone,
};
use model::{
    time::{Millis, UnixMillis},
    wire::LampState,
};

use super::Wall;
use crate::{
    config::{self, EventKind},
    ingest::{self, DeliveriesError, Delivery, DeliveryVerdict, EndpointShown},
    live::LiveTenant,
    serve::scheme,
    web::Web,
};

/// For so long the first event is news.
const FIRST_FOR: Millis = Millis::seconds(20);

/// How far refusals are counted back.
const A_DAY: Millis = Millis::hours(24);

/// So many are looked through for what wants a look, and for refusals of the last day.
const LOOKED_AT: usize = 1000;

/// What the page has of the server.
pub struct Shown {
    /// In order.
    pub endpoints: Vec<Endpoint>,
    /// Newest first.
    pub deliveries: Vec<Delivered>,
    /// Whether the URLs name this machine only.
    pub only_here: bool,
}

/// Looks at a tenant's endpoints and deliveries. `host` is the one by which the page was asked for. Blocks.
pub fn shown(
    web: &Web,
    tenant: &LiveTenant,
    host: &str,
    only_problems: bool,
    rows: usize,
) -> Result<Shown, DeliveriesError> {
    let (now, wall) = (web.hub().clock().now(), Wall::of(web, tenant));
    let known = web.0.ingest.endpoints(&tenant.id);
    let limit = if only_problems { LOOKED_AT } else { rows };
    let listed = web.0.ingest.deliveries(&tenant.id, None, limit)?;
    let refused = web.0.ingest.refused(&tenant.id)?;
    let reach = Reach::of(web, host);
    let endpoints = known.iter().map(|endpoint| {
        let refused = || refused.iter().filter(|one| one.endpoint == endpoint.name);
        let count = refused().filter(|one| now.since(one.at) <= A_DAY).count();
        let status = status(endpoint, count, refused().next(), now);
        of_endpoint(endpoint, status, &reach, web, &wall, now)
    });
    let endpoints = endpoints.collect();
    let deliveries = listed.iter().map(|one| of_delivery(one, &known, &wall, now));
    let deliveries =
        deliveries.filter(|one| !only_problems || one.outcome.tone() != Tone::Ready).take(rows).collect();
    Ok(Shown { endpoints, deliveries, only_here: reach.only_here })
}

/// One delivery as the pages show it.
pub fn delivered(web: &Web, tenant: &LiveTenant, delivery: &Delivery) -> Delivered {
    let (now, wall) = (web.hub().clock().now(), Wall::of(web, tenant));
    of_delivery(delivery, &web.0.ingest.endpoints(&tenant.id), &wall, now)
}

fn of_endpoint(
    endpoint: &EndpointShown,
    status: Status,
    reach: &Reach,
    web: &Web,
    wall: &Wall,
    now: UnixMillis,
) -> Endpoint {
    let file = || web.0.file.display().to_string();
    Endpoint {
        name: endpoint.name.clone(),
        kind: match endpoint.events {
            EventKind::Cdr => Kind::Cdr,
            EventKind::Extension => Kind::Extension,
        },
        url: format!("{}/hooks/{}", reach.base, endpoint.id),
        method: of_method(endpoint.method),
        username: endpoint.username.clone(),
        fresh: None,
        made: endpoint.secret_made.map(|made| wall.moment(made, now)),
        old: endpoint.old_made.map(|_| OldSecret { uses: endpoint.uses }),
        origin: match endpoint.origin {
            ingest::Origin::File => Origin::File(file()),
            ingest::Origin::Generated => Origin::Generated(file()),
            ingest::Origin::Page => Origin::Page,
        },
        enabled: endpoint.enabled,
        allow: endpoint.allow.iter().map(ToString::to_string).collect(),
        status,
    }
}

fn status(endpoint: &EndpointShown, count: usize, newest: Option<&Delivery>, now: UnixMillis) -> Status {
    let last = endpoint.lamp.last_event_at;
    // What was refused before the last good event is over.
    let newest = newest.filter(|newest| last.is_none_or(|last| last < newest.at));
    let why = newest.and_then(|newest| Some((why(newest)?, newest.at)));
    match (why, endpoint.first_event_at.zip(last)) {
        _ if !endpoint.enabled => Status::Off,
        (Some((why, at)), _) => Status::Refused(why, at, last),
        (None, None) => Status::Waiting,
        (None, Some((first, _))) if now.since(first) <= FIRST_FOR => Status::First(first),
        (None, Some((_, last))) if endpoint.lamp.state == LampState::Quiet => Status::Quiet(last, count),
        (None, Some((_, last))) => Status::Connected(last, endpoint.per_minute, count),
    }
}

fn of_delivery(delivery: &Delivery, known: &[EndpointShown], wall: &Wall, now: UnixMillis) -> Delivered {
    let endpoint = known.iter().find(|endpoint| endpoint.name == delivery.endpoint);
    let outcome = match delivery.verdict {
        DeliveryVerdict::Refused => why(delivery).map_or(Outcome::Probe, Outcome::Refused),
        DeliveryVerdict::Probe => Outcome::Probe,
        DeliveryVerdict::Quarantined => Outcome::KeptAside(delivery.problems.clone()),
        DeliveryVerdict::Taken => taken(delivery, endpoint, wall, now),
    };
    Delivered {
        seq: delivery.seq.map(|seq| seq.0),
        at: wall.moment_exact(delivery.at, now),
        outcome,
        events: delivery.events.clone(),
        endpoint: delivery.endpoint.clone(),
        method: match (delivery.method, delivery.verdict) {
            (Some(method), _) => Some(of_method(method)),
            // It was let in without any.
            (None, DeliveryVerdict::Taken) if delivery.took_us.is_some() => Some(Method::Disable),
            _ => None,
        },
        peer: delivery.peer.clone().unwrap_or_default(),
        bytes: delivery.bytes,
        took_us: delivery.took_us,
    }
}

fn taken(delivery: &Delivery, endpoint: Option<&EndpointShown>, wall: &Wall, now: UnixMillis) -> Outcome {
    if let Some(name) = &delivery.unknown_event {
        return Outcome::UnknownEvent(name.clone());
    }
    if let Some(problem) = delivery.problems.first() {
        return Outcome::Puzzling(problem.clone());
    }
    let other = endpoint.map(|endpoint| match endpoint.events {
        EventKind::Cdr => ["extension_", "queue_"].as_slice(),
        EventKind::Extension => ["call_", "cdr_", "target_"].as_slice(),
    });
    let is_other =
        |name: &String| other.is_some_and(|begins| begins.iter().any(|begin| name.starts_with(begin)));
    if delivery.events.iter().any(is_other)
        && !delivery.events.iter().any(|name| OF_BOTH.contains(&name.as_str()))
    {
        return Outcome::OtherBox;
    }
    match (delivery.same_as, delivery.times) {
        (Some(first), Some(times)) => Outcome::Repeated(wall.moment(first, now), times),
        _ => Outcome::Accepted,
    }
}

/// Names that old PBXs post by their one kind of webhook.
const OF_BOTH: [&str; 7] = [
    "call_hold",
    "call_unhold",
    "call_established",
    "call_ended",
    "call_noanswer",
    "call_fail",
    "call_reroute",
];

/// Why a delivery was refused; `None` for one that was not.
fn why(delivery: &Delivery) -> Option<Why> {
    let wanted = delivery.wanted.map_or(Method::Bearer, of_method);
    Some(match delivery.reason.as_deref()? {
        "no-credentials" => Why::NoCredentials(wanted),
        "challenge-not-answered" => Why::NoAnswer,
        "wrong-password" => Why::WrongPassword,
        "wrong-credentials" if wanted == Method::Bearer => Why::WrongToken,
        "wrong-credentials" => Why::WrongUser,
        "retired-secret" => Why::Retired,
        "other-method" => Why::OtherMethod(delivery.method.map(of_method), wanted),
        "digest-without-qop" => Why::OldDigest,
        "other-target" => Why::OtherTarget,
        "bad-authorization" => Why::Garbled,
        "address" => Why::Address(delivery.peer.clone().unwrap_or_default()),
        "too-many" => Why::TooMany,
        "off" => Why::Off,
        "method" => Why::NotPost,
        "too-large" => Why::TooLarge,
        "slow-body" | "broken-body" => Why::Cut,
        "not-kept" => Why::NotKept,
        "closing" => Why::Closing,
        _ => Why::UnknownUrl,
    })
}

const fn of_method(method: config::Method) -> Method {
    match method {
        config::Method::None => Method::Disable,
        config::Method::Basic => Method::Basic,
        config::Method::Digest => Method::Digest,
        config::Method::Bearer => Method::Bearer,
    }
}

/// How the PBX reaches the hooks.
struct Reach {
    /// The URL before `/hooks/…`.
    base: String,
    only_here: bool,
}

impl Reach {
    /// By the configured address; else by the host that the page was asked for, since the PBX may know it by that, too.
    fn of(web: &Web, host: &str) -> Self {
        if let Some(external) = &web.0.external_url {
            return Self { base: external.to_string(), only_here: false };
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (name, Some(port))
            }
            _ => (host, None),
        };
        let inside = name.trim_matches(['[', ']']);
        let only_here =
            name == "localhost" || inside.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let base = match (web.0.hooks_listen, port) {
            (Some(hooks), _) if !hooks.ip().is_unspecified() => hooks.to_string(),
            (Some(hooks), _) => format!("{name}:{}", hooks.port()),
            (None, Some(port)) => format!("{name}:{port}"),
            (None, None) => name.to_owned(),
        };
        Self { base: format!("{}://{base}", scheme(web.0.tls)), only_here }
    }
}
