//! `pbx-sim hostile`: everything that a receiver must survive, and whether it would lose an event of it.
//!
//! What a PBX makes of an answer decides (Receiving events via a webhook): 200 acknowledges, 404 ends the retries, and
//! everything else is tried again for a quarter of an hour and then given up. So a genuine body, however odd, must be
//! answered 200; what is no delivery must be answered, and never with 404 or a redirect; and half of a body must not be
//! acknowledged.
//!
//! It leaves traces: use a tenant of its own.

mod bodies;
mod oddities;
mod wire;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header::CONTENT_TYPE},
};
use clap::Args;
use tokio::time::Duration;

use crate::{
    clock,
    config::{ConfigError, Webhooks},
    console::say,
    event::Hook,
    post::{Credentials, Endpoint, PostError, Poster, json_headers},
    scan,
    target::Target,
};

/// How often a request is repeated for a 429 or 503, which say "later".
const LATER_MAX: u32 = 5;
/// Pause before that.
const LATER: Duration = Duration::from_millis(500);
/// How long before now `$early` is, in seconds.
const EARLY_S: u64 = 300;

/// The flags.
#[derive(Args)]
pub struct Hostile {
    #[command(flatten)]
    target: Target,
    /// How long half of a body waits for an answer, in seconds.
    #[arg(long, value_name = "S", default_value_t = 8)]
    stall: u64,
}

/// Why the receiver can't be trusted, or was not asked.
#[derive(Debug, thiserror::Error)]
pub enum HostileError {
    /// No target.
    #[error(transparent)]
    Target(#[from] ConfigError),
    /// The HTTP client.
    #[error("can't set up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// It would lose events.
    #[error("{0} of these answers would lose an event; see the lines that begin with LOST")]
    Lost(usize),
}

/// What may be answered, so that no event is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// 200 only.
    Kept,
    /// 200, or 413: no event is that long.
    KeptOrTooLarge,
    /// Something, no 404 and no redirect: a real PBX with a mistake in its set-up must be able to try again.
    Refused,
    /// Something, and no redirect.
    Answered,
    /// Anything but 404 or a redirect; also nothing.
    Survived,
    /// The same, and no acknowledgement either.
    NotKept,
}

impl Wanted {
    /// Whether an event would be lost with this answer.
    pub fn loses(self, status: Option<u16>) -> bool {
        let redirect = matches!(status, Some(300..400));
        match self {
            Self::Kept => status != Some(200),
            Self::KeptOrTooLarge => !matches!(status, Some(200 | 413)),
            Self::Refused => redirect || matches!(status, None | Some(404)),
            Self::Answered => redirect || status.is_none(),
            Self::Survived => redirect || status == Some(404),
            Self::NotKept => redirect || matches!(status, Some(200 | 404)),
        }
    }
}

/// One line of the report: bodies that are posted one after another.
pub struct Case {
    what: &'static str,
    wanted: Wanted,
    headers: HeaderMap,
    bodies: Vec<Bytes>,
}

impl Case {
    fn kept(what: &'static str, bodies: Vec<Bytes>) -> Self {
        Self { what, wanted: Wanted::Kept, headers: json_headers(), bodies }
    }
}

/// What stands for what in a body.
struct Words {
    now: u64,
    tenant: String,
}

impl Words {
    /// The body with its words; `nth` makes the session its own.
    fn fill(&self, body: &str, nth: usize) -> String {
        body.replace("$now", &(self.now / 1000).to_string())
            .replace("$early", &(self.now / 1000 - EARLY_S).to_string())
            .replace("$ms", &self.now.to_string())
            .replace("$tenant", &self.tenant)
            .replace("$session", &self.session(nth))
    }

    /// 18 digits, like the PBX's, and of this run.
    fn session(&self, nth: usize) -> String {
        format!("88{}{nth:03}", self.now)
    }

    /// Ends a case's call, if it began one.
    fn end_of(&self, nth: usize) -> String {
        let (session, now) = (self.session(nth), self.now / 1000);
        format!(
            r#"{{"event_type":"call_cdr","session_id":"{session}","tenant_id":"{}","start_time":"{now}","ended_time":"{now}"}}"#,
            self.tenant
        )
    }
}

/// The receiver, and what it answered so far.
struct Trial {
    webhooks: Webhooks,
    poster: Poster,
    lost: usize,
    answered: usize,
}

/// Posts everything and says what was answered.
pub async fn run(hostile: Hostile) -> Result<(), HostileError> {
    let webhooks = hostile.target.webhooks()?;
    let words = Words { now: clock::now().0, tenant: webhooks.tenant_id().to_owned() };
    let mut trial = Trial { webhooks, poster: Poster::new()?, lost: 0, answered: 0 };
    for (nth, oddity) in oddities::ODDITIES.iter().enumerate() {
        let mut bodies: Vec<Bytes> = oddity.bodies.iter().map(|body| words.fill(body, nth).into()).collect();
        if oddity.bodies.iter().any(|body| body.contains("$session")) {
            bodies.push(words.end_of(nth).into());
        }
        trial.post(&Case::kept(oddity.what, bodies)).await;
    }
    let event = words.fill(bodies::EVENT, 0);
    for case in bodies::cases(&event) {
        trial.post(&case).await;
    }
    trial.post_with_false_proof(&event).await;
    for exchange in &wire::EXCHANGES {
        let Some(endpoint) = trial.endpoint(Hook::Extension) else { continue };
        let status = exchange.run(endpoint, &event, Duration::from_secs(hostile.stall)).await;
        trial.say(exchange.what, exchange.wanted, &[status]);
    }
    say(&format!(
        "{} kinds of requests, {} of them answered so that an event is lost",
        trial.answered, trial.lost
    ));
    if trial.lost > 0 { Err(HostileError::Lost(trial.lost)) } else { Ok(()) }
}

impl Trial {
    /// The hook's endpoint, or the only one there is.
    fn endpoint(&self, hook: Hook) -> Option<&Endpoint> {
        let other = if hook == Hook::Cdr { Hook::Extension } else { Hook::Cdr };
        self.webhooks.endpoint(hook).or_else(|| self.webhooks.endpoint(other))
    }

    async fn post(&mut self, case: &Case) {
        let mut statuses = Vec::new();
        for body in &case.bodies {
            let Some(endpoint) = self.endpoint(scan::hook_of(body)) else { continue };
            statuses.push(self.answer(endpoint, &case.headers, body).await);
        }
        self.say(case.what, case.wanted, &statuses);
    }

    /// The answer; asked for again where it is "later", and once where the kept connection was closed meanwhile, as it is
    /// after a body that was refused unread.
    async fn answer(&self, endpoint: &Endpoint, headers: &HeaderMap, body: &Bytes) -> Option<u16> {
        let (mut later, mut closed) = (0, false);
        loop {
            match self.poster.post_as(endpoint, headers, body.clone()).await {
                Ok(429 | 503) if later < LATER_MAX => {
                    later += 1;
                    tokio::time::sleep(LATER).await;
                }
                Err(PostError::Unreachable) if !closed => closed = true,
                answer => return answer.ok(),
            }
        }
    }

    /// Whoever has no right credentials is refused, and told so: it may be the PBX with an old password.
    async fn post_with_false_proof(&mut self, event: &str) {
        let Some(endpoint) = self.endpoint(Hook::Extension) else { return };
        if matches!(endpoint.credentials, Credentials::None) {
            return;
        }
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let url = endpoint.url.clone();
        let false_proofs = [
            ("no credentials", Some(Credentials::None)),
            ("a false password", Credentials::basic("pbx", "false").ok()),
            ("a false token", Credentials::bearer("false").ok()),
            ("a false digest", Some(Credentials::digest("pbx", "false"))),
        ];
        for (what, credentials) in false_proofs {
            let Some(credentials) = credentials else { continue };
            let endpoint = Endpoint { url: url.clone(), credentials };
            let answer = self.poster.post_as(&endpoint, &headers, event.to_owned().into()).await;
            // A receiver that takes no Digest answers the first request, and its 401 has nothing to answer.
            let status = answer.or_else(|error| match error {
                PostError::Challenge => Ok(401),
                other => Err(other),
            });
            self.say(what, Wanted::Refused, &[status.ok()]);
        }
    }

    fn say(&mut self, what: &str, wanted: Wanted, statuses: &[Option<u16>]) {
        let lost = statuses.iter().any(|&status| wanted.loses(status));
        self.answered += 1;
        self.lost += usize::from(lost);
        let mut words: Vec<String> = statuses
            .iter()
            .map(|status| status.map_or("nothing".to_owned(), |status| status.to_string()))
            .collect();
        words.dedup();
        say(&format!("{} {:<7} {what}", if lost { "LOST" } else { "ok  " }, words.join(" ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: PortSIP's page on receiving events: 200 acknowledges, 404 drops, the rest is retried and then lost.
    #[test]
    fn an_answer_is_judged_by_what_the_pbx_makes_of_it() {
        use Wanted::{Answered, Kept, KeptOrTooLarge, NotKept, Refused, Survived};
        for (wanted, right, wrong) in [
            (
                Kept,
                vec![Some(200)],
                vec![Some(201), Some(204), Some(302), Some(400), Some(404), Some(503), None],
            ),
            (KeptOrTooLarge, vec![Some(200), Some(413)], vec![Some(404), Some(500), None]),
            (Refused, vec![Some(401), Some(403), Some(429), Some(200)], vec![Some(404), Some(301), None]),
            (Answered, vec![Some(405), Some(404)], vec![Some(308), None]),
            (Survived, vec![Some(200), Some(431), None], vec![Some(404), Some(302)]),
            (NotKept, vec![Some(408), Some(400), None], vec![Some(200), Some(404), Some(302)]),
        ] {
            for status in right {
                assert!(!wanted.loses(status), "{wanted:?} {status:?}");
            }
            for status in wrong {
                assert!(wanted.loses(status), "{wanted:?} {status:?}");
            }
        }
    }

    /// Most oddities are valid JSON: those that are not say so.
    #[test]
    fn oddities_are_json_where_they_should_be() {
        let words = Words { now: 1_790_000_000_000, tenant: "700000000000000041".into() };
        for oddity in &oddities::ODDITIES {
            for body in oddity.bodies {
                let filled = words.fill(body, 7);
                assert!(!filled.contains('$'), "{filled}");
                let valid = serde_json::from_str::<serde_json::Value>(&filled).is_ok();
                assert_eq!(valid, !oddity.what.starts_with("JSON as printed"), "{}: {filled}", oddity.what);
            }
        }
        assert_eq!(words.session(7).len(), 18);
    }
}
