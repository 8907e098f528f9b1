//! An entry that can't be folded, live and at a start.

use model::{board::Change, id::Number, wire::Row};
use tempfile::TempDir;

use super::*;
use crate::{
    ingest::Setup,
    journal::{NewEntry, Opened},
    live::{LiveTenant, tenants},
    store::Store,
};

struct Site {
    data: TempDir,
    journal: Journal,
    live: Arc<LiveTenant>,
    progress: watch::Receiver<Progress>,
}

impl Site {
    /// Opens the folder's journal, and folds it with `apply`.
    fn open(data: TempDir, apply: Apply) -> Self {
        let Opened { journal, committed, .. } = Journal::open(data.path()).unwrap();
        let ingest = Ingest::new(Setup {
            endpoints: Vec::new(),
            generated: false,
            tenants: vec![TenantId::from("acme")],
            journal: journal.clone(),
            store: Store::open(data.path()).unwrap(),
            clock: Clock::system(),
            hosts_exempt: Vec::new(),
            prefix: String::new(),
        })
        .unwrap();
        let tenants = tenants([TenantId::from("acme")]);
        let live = Arc::clone(&tenants.get("acme").unwrap());
        let (sender, progress) = watch::channel(Progress::default());
        let (clock, days) = (Clock::system(), Calendar::default());
        let parts = Parts { journal: journal.clone(), committed, tenants, ingest, clock, days };
        tokio::spawn(Fold::new(parts, sender, apply).run());
        Self { data, journal, live, progress }
    }

    async fn append(&self, number: &str) {
        let body = format!(
            r#"{{"event_type":"extension_call","extension":"{number}","call_status":"RINGING","time":"1786000000"}}"#
        );
        let entry = NewEntry {
            tenant: TenantId::from("acme"),
            kind: EntryKind::Webhook,
            endpoint: Some("extension".into()),
            received: UnixMillis(1_786_000_000_000),
            peer: None,
            skew: None,
            content_type: None,
            content_encoding: None,
            event_id: None,
            body: body.into_bytes(),
        };
        self.journal.append(entry).await.unwrap();
    }

    /// Numbers and revs on the board once all that is durable is folded.
    async fn rows(&mut self) -> Vec<(Number, Seq)> {
        let newest = *self.journal.newest().borrow();
        self.progress.wait_for(|progress| progress.caught_up && progress.folded == newest).await.unwrap();
        let rows = self.live.rows();
        let extensions = rows.all().filter_map(|(_, shown)| match shown.row() {
            Row::Extension(row) => Some((row.number.clone(), row.rev)),
            _ => None,
        });
        extensions.collect()
    }
}

/// Folds half of the entry of 666, then panics.
fn panicking(board: &mut Board, entry: &Entry) -> Vec<Change> {
    let changes = board.apply(entry);
    assert!(changes.iter().all(|change| !matches!(change, Change::Set(row) if row.id() == "666")));
    changes
}

fn numbers(rows: &[(Number, Seq)]) -> Vec<(&str, u64)> {
    rows.iter().map(|(number, rev)| (number.as_str(), rev.0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_panics_is_left_out_live_and_at_start_and_the_others_stand() {
    let mut site = Site::open(tempfile::tempdir().unwrap(), panicking);
    for number in ["101", "666", "102"] {
        site.append(number).await;
    }
    assert_eq!(numbers(&site.rows().await), [("101", 1), ("102", 3)]);
    site.append("103").await;
    assert_eq!(numbers(&site.rows().await), [("101", 1), ("102", 3), ("103", 4)]);

    site.journal.close().await;
    let mut again = Site::open(site.data, panicking);
    assert_eq!(numbers(&again.rows().await), [("101", 1), ("102", 3), ("103", 4)]);

    // A version that can fold it does.
    again.journal.close().await;
    let mut mended = Site::open(again.data, apply);
    assert_eq!(numbers(&mended.rows().await), [("101", 1), ("102", 3), ("103", 4), ("666", 2)]);
}
