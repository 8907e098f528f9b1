//! What a stored entry says to the fold: bytes become events, settings, or what time decided.

use std::collections::BTreeMap;

use model::{
    entry::{Admin, Clock, Content, Entry},
    event::Problem,
    time::UnixMillis,
};

use super::boards::Folded;
use crate::{
    ingest::{self, Ingest},
    journal::{EntryKind, StoredEntry},
};

/// How many different unknown fields are told apart.
const FIELDS_MAX: usize = 1000;

/// Counts fields that this version does not know.
fn count_fields(fields: &mut BTreeMap<String, u64>, problems: &[Problem]) {
    for problem in problems {
        if let Problem::UnknownField { event, field } = problem {
            let name = format!("{event}.{field}");
            if fields.len() < FIELDS_MAX || fields.contains_key(&name) {
                *fields.entry(name).or_default() += 1;
            }
        }
    }
}

/// What an entry says to the fold, `None` where it says nothing to this version; and what the PBX's clock shows, if the entry
/// makes it certain that it was set back. What it tells beside that is noted in `folded`.
pub fn meaning(
    stored: &StoredEntry,
    ingest: Option<&Ingest>,
    folded: &mut Folded,
) -> (Option<Entry>, Option<UnixMillis>) {
    let mut rebase = None;
    let content = match stored.entry.kind {
        EntryKind::Webhook => {
            let decoded = ingest::decode(&stored.entry);
            count_fields(&mut folded.unknown_fields, &decoded.problems);
            folded.hear(stored, &decoded);
            rebase = ingest.and_then(|ingest| ingest.decoded(stored, &decoded));
            Content::Events(decoded.events)
        }
        EntryKind::Admin => match serde_json::from_slice::<Admin>(&stored.entry.body) {
            Ok(admin) => Content::Admin(admin),
            Err(error) => {
                tracing::error!(seq = stored.seq.0, %error, "a setting in the journal is of a newer version and is left out");
                return (None, None);
            }
        },
        EntryKind::Clock => match serde_json::from_slice::<Clock>(&stored.entry.body) {
            Ok(clock) => Content::Clock(clock),
            Err(error) => {
                tracing::error!(seq = stored.seq.0, %error, "a clock's entry in the journal is of a newer version and is left out");
                return (None, None);
            }
        },
        // The WSI says the webhooks' events; what REST answers is told as such (`pbx::told`). Endpoints have no part in it.
        EntryKind::Wsi | EntryKind::Rest => {
            let decoded = ingest::decode(&stored.entry);
            if stored.entry.kind == EntryKind::Wsi {
                count_fields(&mut folded.unknown_fields, &decoded.problems);
            }
            Content::Events(decoded.events)
        }
    };
    let entry = Entry { seq: stored.seq, received: stored.entry.received, skew: stored.entry.skew, content };
    (Some(entry), rebase)
}
