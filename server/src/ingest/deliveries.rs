//! The list of deliveries: what came of the last ones, newest first. Never a body, a caller's number, or a secret. A body is
//! shown by itself, one at a time, to whoever may see it: [`opened`].

use model::{
    event::Problem,
    id::{Seq, TenantId},
    time::UnixMillis,
};
use serde::{Serialize, Serializer};

use super::{Reason, decode, inflate, lamps::is_quarantined, recent::Recent};
use crate::{
    config::Method,
    journal::{EntryKind, Journal, ReadError, StoredEntry},
    store::{REFUSED_MAX, Refused, Store, StoreError},
};

/// How many rows are read at once. Each may be a mebibyte.
const ROWS_MAX: usize = 64;

/// One delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Delivery {
    /// Its place in the journal; none for what was not kept.
    pub seq: Option<Seq>,
    /// When it came.
    pub at: UnixMillis,
    /// The endpoint's name, or the first 4 characters of an id that we never gave out.
    pub endpoint: String,
    /// The sender's address.
    pub peer: Option<String>,
    /// What came of it.
    pub verdict: DeliveryVerdict,
    /// Why it was refused: a code of `docs/hooks.md`.
    pub reason: Option<String>,
    /// The names of the events in it, each once.
    pub events: Vec<String>,
    /// What was not understood, in words.
    #[serde(serialize_with = "in_words")]
    #[schema(value_type = Vec<String>)]
    pub problems: Vec<Problem>,
    /// The first event in it whose name this version doesn't know.
    pub unknown_event: Option<String>,
    /// The body's length, as sent.
    pub bytes: Option<usize>,
    /// By which method its sender proved itself, or tried to; null where that is not known any more, or it did neither.
    pub method: Option<Method>,
    /// The endpoint's method, where the delivery was refused.
    pub wanted: Option<Method>,
    /// From the headers to the answer, in microseconds; null where that is not known any more.
    pub took_us: Option<u32>,
    /// When the same bytes came first, where they came before.
    pub same_as: Option<UnixMillis>,
    /// How often the same bytes came by then; null where that is not known any more.
    pub times: Option<u32>,
}

/// Problems as programs read them: in English, whoever asks.
fn in_words<S: Serializer>(problems: &[Problem], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(problems.iter().map(Problem::to_string))
}

/// What came of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryVerdict {
    /// Kept and understood.
    Taken,
    /// Kept, and not understood in full.
    Quarantined,
    /// Nothing in it, from somebody with right credentials.
    Probe,
    /// Not kept.
    Refused,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum DeliveriesError {
    /// The journal's part.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// The refused ones.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A tenant's deliveries that were kept, newest first: at most `limit`, of those before `before` where it is given. Between
/// them those of the same time that were not kept, and those to ids that we never gave out. So a page that begins before
/// the last `seq` of another neither repeats nor leaves out any. Blocks.
pub fn list(
    journal: &Journal,
    store: &Store,
    recent: &Recent,
    tenant: &TenantId,
    before: Option<Seq>,
    limit: usize,
) -> Result<Vec<Delivery>, DeliveriesError> {
    // A page ends where the entry came that the next one begins before.
    let until = match before {
        None => None,
        Some(Seq(seq)) => journal.read_from(Seq(seq.saturating_sub(1)), 1)?.entries.first().map(came),
    };
    let mut kept = kept(journal, tenant, before, limit)?;
    for delivery in &mut kept {
        if let Some(told) = delivery.seq.and_then(|seq| recent.told(tenant, seq)) {
            (delivery.method, delivery.took_us) = (told.method, Some(told.took_us));
            delivery.same_as = told.same_as.map(|(first, _)| first);
            delivery.times = Some(told.same_as.map_or(1, |(_, times)| times));
        }
    }
    let from = if kept.len() < limit { None } else { kept.last().map(|last| last.at) };

    let mut refused = store.refused(Some(tenant), REFUSED_MAX)?;
    refused.extend(store.refused(None, REFUSED_MAX)?);
    refused.retain(|one| from.is_none_or(|from| from <= one.at) && until.is_none_or(|until| one.at < until));
    // Stable, so those of one moment stay newest first.
    refused.sort_by_key(|one| std::cmp::Reverse(one.at));
    Ok(merged(kept, refused.into_iter().map(not_kept).collect()))
}

/// One of a tenant's deliveries that were kept, and its body as it can be read: inflated, where it came compressed. `None`
/// where there is none of that number, or not any more. Blocks.
pub fn opened(
    journal: &Journal,
    tenant: &TenantId,
    seq: Seq,
) -> Result<Option<(Delivery, String)>, DeliveriesError> {
    let Some(before) = seq.0.checked_sub(1) else { return Ok(None) };
    let read = journal.read_from(Seq(before), 1)?;
    let found = read.entries.first().filter(|stored| {
        stored.seq == seq && stored.entry.kind == EntryKind::Webhook && stored.entry.tenant == *tenant
    });
    Ok(found.map(|stored| (of_entry(stored), inflate::text(&stored.entry))))
}

/// A tenant's deliveries that were refused, newest first. Blocks.
pub fn refused(store: &Store, tenant: &TenantId) -> Result<Vec<Delivery>, StoreError> {
    let refused = store.refused(Some(tenant), REFUSED_MAX)?.into_iter().map(not_kept);
    Ok(refused.filter(|one| one.verdict == DeliveryVerdict::Refused).collect())
}

fn came(stored: &StoredEntry) -> UnixMillis {
    stored.entry.received
}

fn kept(
    journal: &Journal,
    tenant: &TenantId,
    before: Option<Seq>,
    limit: usize,
) -> Result<Vec<Delivery>, ReadError> {
    let mut before = before.unwrap_or(Seq(u64::MAX));
    let mut kept = Vec::new();
    while kept.len() < limit {
        let read = journal.read_back(before, ROWS_MAX)?;
        if read.entries.is_empty() && read.damaged.is_empty() {
            break;
        }
        before = read.upto;
        let ours = read
            .entries
            .iter()
            .filter(|stored| stored.entry.kind == EntryKind::Webhook && stored.entry.tenant == *tenant);
        kept.extend(ours.take(limit - kept.len()).map(of_entry));
    }
    Ok(kept)
}

fn of_entry(stored: &StoredEntry) -> Delivery {
    let entry = &stored.entry;
    let decoded = decode(entry);
    let mut events: Vec<String> = Vec::new();
    for event in &decoded.events {
        if !events.iter().any(|known| *known == event.name) {
            events.push(event.name.clone().into_owned());
        }
    }
    let verdict =
        if is_quarantined(&decoded) { DeliveryVerdict::Quarantined } else { DeliveryVerdict::Taken };
    Delivery {
        seq: Some(stored.seq),
        at: entry.received,
        endpoint: entry.endpoint.clone().unwrap_or_default(),
        peer: entry.peer.clone(),
        verdict,
        reason: None,
        events,
        unknown_event: decoded.problems.iter().find_map(|problem| match problem {
            Problem::UnknownEvent { name } => Some(name.clone()),
            _ => None,
        }),
        problems: decoded.problems,
        bytes: Some(entry.body.len()),
        method: None,
        wanted: None,
        took_us: None,
        same_as: None,
        times: None,
    }
}

fn not_kept(refused: Refused) -> Delivery {
    let is_probe = refused.reason == Reason::Probe.as_str();
    Delivery {
        seq: None,
        at: refused.at,
        endpoint: refused.endpoint,
        peer: Some(refused.peer),
        verdict: if is_probe { DeliveryVerdict::Probe } else { DeliveryVerdict::Refused },
        reason: (!is_probe).then_some(refused.reason),
        events: Vec::new(),
        problems: Vec::new(),
        unknown_event: None,
        bytes: None,
        method: refused.method,
        wanted: refused.wanted,
        took_us: refused.took_us,
        same_as: None,
        times: None,
    }
}

/// Both lists in one, newest first; what was kept stays in order of `seq`, also where the clock was set back.
fn merged(kept: Vec<Delivery>, refused: Vec<Delivery>) -> Vec<Delivery> {
    let mut all = Vec::with_capacity(kept.len() + refused.len());
    let mut refused = refused.into_iter().peekable();
    for one in kept {
        while let Some(newer) = refused.next_if(|refused| refused.at >= one.at) {
            all.push(newer);
        }
        all.push(one);
    }
    all.extend(refused);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::NewEntry;

    const START: UnixMillis = UnixMillis(1_786_000_000_000);
    const EVENT: &str = r#"{"event_type":"extension_status","status":[{"extension":"sip:101@acme.test","online":true,"time":"1786000100"}]}"#;

    fn entry(tenant: &str, second: i64, body: &str) -> NewEntry {
        NewEntry {
            tenant: TenantId::from(tenant),
            kind: EntryKind::Webhook,
            endpoint: Some("extension".into()),
            received: UnixMillis(START.0 + second * 1000),
            peer: Some("192.0.2.7".into()),
            skew: None,
            content_type: None,
            content_encoding: None,
            event_id: None,
            body: body.into(),
        }
    }

    fn refused(tenant: Option<&str>, second: i64, reason: &str) -> Refused {
        Refused {
            tenant: tenant.map(TenantId::from),
            at: UnixMillis(START.0 + second * 1000),
            endpoint: "extension".into(),
            peer: "192.0.2.8".into(),
            reason: reason.into(),
            method: None,
            wanted: None,
            took_us: None,
        }
    }

    /// Each as its second, with its reason where it was not kept.
    fn short(deliveries: &[Delivery]) -> Vec<String> {
        let second = |one: &Delivery| (one.at.0 - START.0) / 1000;
        deliveries
            .iter()
            .map(|one| format!("{}{}", second(one), one.reason.as_deref().unwrap_or("")))
            .collect()
    }

    #[tokio::test]
    async fn both_kinds_are_merged_newest_first_and_pages_leave_nothing_out() {
        let data = tempfile::tempdir().unwrap();
        let journal = Journal::open(data.path()).unwrap().journal;
        let store = Store::open(data.path()).unwrap();
        for second in [1, 3, 5, 7] {
            journal.append(entry("acme", second, EVENT)).await.unwrap();
            journal.append(entry("other", second, EVENT)).await.unwrap();
            journal.append(NewEntry { kind: EntryKind::Admin, ..entry("acme", second, "{}") }).await.unwrap();
        }
        for second in [0, 2, 4, 8] {
            store.refuse(refused(Some("acme"), second, "off"));
            store.refuse(refused(Some("other"), second, "off"));
        }
        store.refuse(refused(None, 6, "unknown-endpoint"));
        let acme = TenantId::from("acme");
        let page = |before, limit| list(&journal, &store, &Recent::default(), &acme, before, limit).unwrap();
        let all = ["8off", "7", "6unknown-endpoint", "5", "4off", "3", "2off", "1", "0off"];
        assert_eq!(short(&page(None, 100)), all);

        let first = page(None, 2);
        let last = first.iter().filter_map(|one| one.seq).next_back();
        let second = page(last, 100);
        assert_eq!(
            (first.len(), [short(&first), short(&second)].concat()),
            (4, all.map(String::from).to_vec())
        );
        assert_eq!(page(Some(Seq(1)), 10).len(), 1);
    }

    #[tokio::test]
    async fn a_body_is_opened_by_its_tenant_only_and_of_deliveries_only() {
        let data = tempfile::tempdir().unwrap();
        let journal = Journal::open(data.path()).unwrap().journal;
        let acme = TenantId::from("acme");
        journal.append(entry("other", 1, EVENT)).await.unwrap();
        journal.append(entry("acme", 2, EVENT)).await.unwrap();
        journal.append(NewEntry { kind: EntryKind::Admin, ..entry("acme", 3, "{}") }).await.unwrap();
        let body = |seq| opened(&journal, &acme, Seq(seq)).unwrap().map(|(_, body)| body);
        assert_eq!([0, 1, 2, 3, 4, u64::MAX].map(body), [None, None, Some(EVENT.into()), None, None, None]);
    }

    #[tokio::test]
    async fn a_verdict_has_the_events_names_and_the_problems_words_and_nothing_else_of_the_body() {
        let data = tempfile::tempdir().unwrap();
        let journal = Journal::open(data.path()).unwrap().journal;
        let store = Store::open(data.path()).unwrap();
        let acme = TenantId::from("acme");
        let two = format!("{EVENT}{EVENT}{}", r#"{"event_type":"brand_new"}"#);
        journal.append(entry("acme", 1, &two)).await.unwrap();
        journal.append(entry("acme", 2, "+49 30 1234567")).await.unwrap();
        store.refuse(refused(Some("acme"), 3, "probe"));
        let found = list(&journal, &store, &Recent::default(), &acme, None, 10).unwrap();
        assert_eq!(
            found.iter().map(|one| one.verdict).collect::<Vec<_>>(),
            [DeliveryVerdict::Probe, DeliveryVerdict::Quarantined, DeliveryVerdict::Taken]
        );
        assert_eq!(found[2].events, ["extension_status", "brand_new"]);
        assert_eq!((found[2].problems.len(), found[2].bytes), (1, Some(two.len())));
        assert_eq!(found[1].problems, [Problem::NotJson { offset: 0 }]);
        let told = serde_json::to_value(&found[1]).unwrap();
        assert_eq!(told["problems"], serde_json::json!([found[1].problems[0].to_string()]));
        let text = serde_json::to_string(&found).unwrap();
        assert!(!text.contains("1234567") && !text.contains("101"), "{text}");
    }
}
