//! What a webhook is told: a body of JSON, and its signature after Standard Webhooks (<https://www.standardwebhooks.com>).
//! `docs/alerts.md` is the contract.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use model::{
    alert::Rule,
    id::TenantId,
    time::UnixMillis,
    wire::{Metric, Severity, Unit},
};
use serde::Serialize;
use sha2::Sha256;

use super::kept::Noted;
use crate::config::Secret;

/// How a secret begins.
const PREFIX: &str = "whsec_";

/// What is told of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is raised.
    Raised,
    /// Somebody knows of it.
    Acknowledged,
    /// It is over.
    Cleared,
    /// Nothing: somebody tries the webhook.
    Test,
}

impl Kind {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Acknowledged => "acknowledged",
            Self::Cleared => "cleared",
            Self::Test => "test",
        }
    }
}

/// A message's body.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    /// When it happened, as RFC 3339 says.
    timestamp: String,
    /// The whole in a sentence, for chats that show just that.
    text: String,
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
struct Data<'a> {
    tenant: &'a TenantId,
    alert: String,
    rule: String,
    severity: Severity,
    metric: Metric,
    unit: &'static str,
    window: Option<model::wire::Window>,
    queue: Option<Queue<'a>>,
    value: i64,
    limit: i64,
    below: bool,
    raised_at: UnixMillis,
    acknowledged_at: Option<UnixMillis>,
    cleared_at: Option<UnixMillis>,
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct Queue<'a> {
    id: &'a str,
    number: Option<&'a str>,
    name: Option<&'a str>,
}

/// The body of what is told of an alert.
pub fn body(kind: Kind, tenant: &TenantId, noted: &Noted, at: UnixMillis) -> String {
    let rule = &noted.rule;
    let data = Data {
        tenant,
        alert: noted.id.to_string(),
        rule: noted.rule_id.to_string(),
        severity: rule.severity,
        metric: rule.metric,
        unit: unit(rule.metric),
        window: rule.metric.has_window().then_some(rule.window),
        queue: noted.queue.as_deref().map(|id| Queue {
            id,
            number: noted.number.as_deref(),
            name: noted.name.as_deref(),
        }),
        value: noted.value,
        limit: noted.limit,
        below: rule.below,
        raised_at: noted.raised_at,
        acknowledged_at: noted.acknowledged_at,
        cleared_at: noted.cleared_at,
        why: noted.why.as_deref(),
    };
    json(kind, sentence(kind, noted), Some(data), at)
}

/// The body of a try.
pub fn test_body(at: UnixMillis) -> String {
    json(Kind::Test, "Test: Ringside reaches this webhook".to_owned(), None, at)
}

fn json(kind: Kind, text: String, data: Option<Data<'_>>, at: UnixMillis) -> String {
    let timestamp = Timestamp::from_millisecond(at.0).unwrap_or_default().to_string();
    let body = Body { kind: format!("alert.{}", kind.as_str()), timestamp, text, data };
    // Plain data: it can't fail to serialise.
    serde_json::to_string(&body).unwrap_or_default()
}

const fn unit(metric: Metric) -> &'static str {
    match metric.unit() {
        Unit::Count => "count",
        Unit::Millis => "ms",
        Unit::Share => "hundredths_of_percent",
    }
}

/// The whole in a sentence, in English as the API is.
fn sentence(kind: Kind, noted: &Noted) -> String {
    let Noted { rule, number, name, .. } = noted;
    let head = match (kind, rule.severity) {
        (Kind::Cleared, _) => "Over",
        (Kind::Acknowledged, _) => "Acknowledged",
        (_, Severity::Action) => "Action",
        (_, Severity::Attention) => "Attention",
    };
    let place = match (name, number.as_ref().or(noted.queue.as_ref())) {
        (Some(name), Some(number)) => format!("{name} ({number}): "),
        (Some(one), None) | (None, Some(one)) => format!("{one}: "),
        (None, None) => String::new(),
    };
    let (value, limit) = (spelled(rule.metric, noted.value), spelled(rule.metric, noted.limit));
    format!("{head}: {place}{} {value}, limit {limit}", what(rule))
}

/// What a rule is about, in English.
pub fn what(rule: &Rule) -> &'static str {
    match rule.metric {
        Metric::Waiting => "waiting callers",
        Metric::LongestWait => "longest wait",
        Metric::Ready => "agents ready",
        Metric::ServiceLevel => "service level",
        Metric::AbandonRate => "abandoned (share)",
        Metric::Abandoned => "abandoned",
        Metric::WrapUpTime => "longest wrap-up",
        Metric::NotReadyTime => "longest not ready",
        Metric::Calls => "calls up",
        Metric::PbxSilent => "PBX silent for",
    }
}

/// A value with its unit.
pub fn spelled(metric: Metric, value: i64) -> String {
    match metric.unit() {
        Unit::Count => value.to_string(),
        Unit::Millis => format!("{} s", value / 1000),
        Unit::Share => format!("{}.{:02} %", value / 100, value.rem_euclid(100)),
    }
}

/// A new secret: 256 random bits, as Standard Webhooks writes them.
pub fn fresh_secret() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes))))
}

/// A new message's id.
pub fn fresh_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 15];
    getrandom::fill(&mut bytes)?;
    Ok(format!("msg_{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// The value of `webhook-signature`: HMAC-SHA256 of `id.timestamp.body`; the timestamp is in seconds.
pub fn signature(secret: &Secret, id: &str, timestamp: i64, body: &str) -> String {
    let key = secret.reveal();
    // All are ours; what can't be read signs as it stands.
    let key = STANDARD.decode(key.trim_start_matches(PREFIX)).unwrap_or_else(|_| key.into());
    let mac = Hmac::<Sha256>::new_from_slice(&key).map(|mut mac| {
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        mac.finalize().into_bytes()
    });
    // A key of any length is one.
    format!("v1,{}", mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the example that all libraries of Standard Webhooks are tested with (standard-webhooks/standard-webhooks, libraries).
    #[test]
    fn a_message_is_signed_as_standard_webhooks_says() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn no_secret_and_no_id_is_made_twice() {
        let (one, other) = (fresh_secret().unwrap(), fresh_secret().unwrap());
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(STANDARD.decode(one.reveal().strip_prefix(PREFIX).unwrap()).unwrap().len(), 32);
        let id = fresh_id().unwrap();
        assert!(id != fresh_id().unwrap() && !id.contains('.'));
    }
}
