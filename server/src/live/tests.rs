//! Boards over restarts: from the journal alone, from snapshots, and with an entry that can't be folded.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{
    board::{Board, Change},
    entry::Entry,
    id::{Number, Seq, TenantId},
    time::{Millis, UnixMillis},
    wire::{LampState, Row},
};
use tempfile::TempDir;
use tokio::sync::watch;

use super::{
    LiveTenant,
    boards::{Apply, Poison, apply},
    fold::{Fold, Parts, Progress},
    keep::Keeper,
    snapshot::{self, Kind, SnapshotError},
    tenants,
    tick::Calendar,
};
use crate::{
    clock::Clock,
    config::{Auth, Endpoint, EventKind},
    ingest::{Ingest, Setup},
    journal::{EntryKind, Journal, NewEntry, Opened, Retention, Retentions},
    store::Store,
};

/// When the first entry came.
const START: UnixMillis = UnixMillis(1_786_000_000_000);

/// All that a reader can tell of a board.
#[derive(PartialEq, Debug)]
struct Seen {
    offset: Seq,
    rows_offset: Seq,
    rows: Vec<Row>,
    last_event: Option<UnixMillis>,
}

impl Seen {
    /// Fails at the first row that differs.
    fn assert_is(&self, other: &Self) {
        for (row, its) in self.rows.iter().zip(&other.rows) {
            assert_eq!(row, its);
        }
        assert_eq!(self.rows.len(), other.rows.len());
        assert_eq!(self, other);
    }
}

struct Site {
    data: TempDir,
    journal: Journal,
    live: Arc<LiveTenant>,
    ingest: Ingest,
    keeper: Keeper,
    progress: watch::Receiver<Progress>,
}

impl Site {
    fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap(), apply)
    }

    /// Opens the folder's journal as the server does, and folds it with `apply`.
    fn open(data: TempDir, apply: Apply) -> Self {
        let base = snapshot::head(data.path(), Kind::Base).unwrap_or_default();
        let base = base.map_or(Seq(0), |head| head.seq);
        let Opened { journal, committed, .. } = Journal::open_above(data.path(), base).unwrap();
        let ingest = Ingest::new(Setup {
            endpoints: vec![endpoint()],
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
        let poison = Poison::default();
        let keeper = Keeper {
            data: data.path().to_owned(),
            journal: journal.clone(),
            progress: progress.clone(),
            poison: Arc::clone(&poison),
            tenants: vec![TenantId::from("acme")],
            apply,
            retentions: Retentions::default(),
            clock: Clock::system(),
        };
        let parts = Parts {
            journal: journal.clone(),
            committed,
            tenants,
            ingest: ingest.clone(),
            clock: Clock::system(),
            days: Calendar::default(),
            data: data.path().to_owned(),
            retentions: Retentions::default(),
            history: None,
        };
        tokio::spawn(Fold::new(parts, sender, poison, apply).run());
        Self { data, journal, live, ingest, keeper, progress }
    }

    async fn again(self) -> Self {
        let (data, apply) = self.stop().await;
        Self::open(data, apply)
    }

    async fn stop(self) -> (TempDir, Apply) {
        self.journal.close().await;
        (self.data, self.keeper.apply)
    }

    async fn append(&self, number: &str) {
        self.append_at(number, START, 0).await;
    }

    /// An extension rings; the body is so many bytes longer than it needs be.
    async fn append_at(&self, number: &str, received: UnixMillis, padding: usize) {
        let body = format!(
            r#"{{"event_type":"extension_call","extension":"{number}","call_status":"RINGING","time":"{}"}}{}"#,
            received.0 / 1000,
            " ".repeat(padding)
        );
        self.append_body(received, body.into_bytes()).await;
    }

    async fn append_body(&self, received: UnixMillis, body: Vec<u8>) {
        let entry = NewEntry {
            tenant: TenantId::from("acme"),
            kind: EntryKind::Webhook,
            endpoint: Some("extension".into()),
            received,
            peer: None,
            skew: None,
            content_type: None,
            content_encoding: None,
            event_id: None,
            body,
        };
        self.journal.append(entry).await.unwrap();
    }

    /// Waits until all that is durable is folded.
    async fn folded(&mut self) {
        let newest = *self.journal.newest().borrow();
        self.progress.wait_for(|progress| progress.caught_up && progress.folded == newest).await.unwrap();
    }

    /// Numbers and revs on the board once all that is durable is folded.
    async fn rows(&mut self) -> Vec<(Number, Seq)> {
        self.folded().await;
        let rows = self.live.rows();
        let extensions = rows.all().filter_map(|(_, shown)| match shown.row() {
            Row::Extension(row) => Some((row.number.clone(), row.rev)),
            _ => None,
        });
        extensions.collect()
    }

    async fn seen(&mut self) -> Seen {
        self.folded().await;
        let rows = self.live.rows();
        let all = rows.all().map(|(_, shown)| shown.row().clone()).collect();
        let last = self.ingest.lamps(&self.live.id).endpoints[0].lamp.last_event_at;
        Seen { offset: *self.live.offset().borrow(), rows_offset: rows.offset(), rows: all, last_event: last }
    }

    fn entries(&self) -> Vec<Seq> {
        self.journal.read_from(Seq(0), usize::MAX).unwrap().entries.iter().map(|entry| entry.seq).collect()
    }

    fn path(&self, kind: Kind) -> PathBuf {
        kind.path(self.data.path())
    }

    fn head(&self, kind: Kind) -> Option<Seq> {
        snapshot::head(self.data.path(), kind).unwrap().map(|head| head.seq)
    }
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: "acme-extension-events".into(),
        tenant: "acme".into(),
        name: "extension".into(),
        events: EventKind::Extension,
        auth: Auth::None,
        allow: Vec::new(),
        enabled: true,
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

    let mut again = site.again().await;
    assert_eq!(numbers(&again.rows().await), [("101", 1), ("102", 3), ("103", 4)]);

    // A snapshot leaves it out too, and a board is folded anew from there.
    assert!(again.keeper.work(1).unwrap());
    let mut again = again.again().await;
    for number in ["104", "666", "105"] {
        again.append(number).await;
    }
    let all = [("101", 1), ("102", 3), ("103", 4), ("104", 5), ("105", 7)];
    assert_eq!(numbers(&again.rows().await), all);

    // A version that can fold it does: it makes nothing of the other version's work.
    let (data, _) = again.stop().await;
    fs::remove_file(Kind::Work.path(data.path())).unwrap();
    let mut mended = Site::open(data, apply);
    assert_eq!(numbers(&mended.rows().await), [&all[..], &[("666", 2)]].concat());
}

/// Oracle: the start without a snapshot.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_from_a_snapshot_shows_what_a_start_from_the_whole_journal_does() {
    let mut site = Site::new();
    for number in 0..3_000 {
        site.append_at(&(100 + number % 700).to_string(), START + Millis::seconds(number), 0).await;
    }
    site.folded().await;
    assert!(!site.keeper.work(3_001).unwrap());
    assert!(site.keeper.work(3_000).unwrap());
    assert!(!site.keeper.work(1).unwrap(), "nothing is new");
    assert_eq!(snapshot::newest(site.data.path(), Seq(3_000)).unwrap().seq, Seq(3_000));
    for number in 0..50 {
        site.append_at(&(700 + number).to_string(), START + Millis::hours(2), 0).await;
    }
    let live = site.seen().await;
    assert_eq!((live.offset, live.rows.len()), (Seq(3_050), 700));

    let mut from_snapshot = site.again().await;
    from_snapshot.seen().await.assert_is(&live);
    assert_eq!(from_snapshot.head(Kind::Work), Some(Seq(3_000)));
    // What went away before is not known, so a reader of before gets all rows.
    assert!(from_snapshot.live.rows().since(Seq(2_999)).is_none());

    fs::remove_file(from_snapshot.path(Kind::Work)).unwrap();
    from_snapshot.again().await.seen().await.assert_is(&live);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_leave_by_age_when_a_base_holds_them_and_the_board_stays() {
    let now = Clock::system().now();
    let mut site = Site::new();
    for number in 0..2_500 {
        site.append_at(&(100 + number).to_string(), now - Millis::days(31) + Millis::seconds(number), 0)
            .await;
    }
    for number in 0..10 {
        site.append_at(&(100 + number).to_string(), now - Millis::days(29), 0).await;
    }
    let live = site.seen().await;
    assert_eq!(site.keeper.retain().unwrap(), 2_500);
    assert_eq!(site.entries(), (2_501..=2_510).map(Seq).collect::<Vec<_>>());
    assert_eq!(site.head(Kind::Base), Some(Seq(2_500)));
    assert_eq!(site.keeper.retain().unwrap(), 0);

    let mut again = site.again().await;
    again.seen().await.assert_is(&live);

    // A journal that lost all that it had goes on above its base.
    let (data, _) = again.stop().await;
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let _ = fs::remove_file(data.path().join(name));
    }
    let mut anew = Site::open(data, apply);
    anew.append_at("9999", now, 0).await;
    assert_eq!(numbers(&anew.rows().await).last(), Some(&("9999", 2_501)));
    assert_eq!(anew.rows().await.len(), 2_501);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_leave_where_there_are_too_many_bytes_and_the_newest_never() {
    let now = Clock::system().now();
    let mut site = Site::new();
    for number in 0..100 {
        site.append_at(&(100 + number).to_string(), now, 10_000).await;
    }
    let live = site.seen().await;
    // A row is its body, which is 10,095 bytes with a number of three digits, and 250.
    let body = site.journal.read_from(Seq(0), 1).unwrap().entries[0].entry.body.len() as u64;
    let tenant = TenantId::from("acme");
    site.keeper.retentions.set(&tenant, Retention { days: 30, bytes: 40 * (body + 250) });
    assert_eq!(site.keeper.retain().unwrap(), 60);
    assert_eq!(site.entries().first(), Some(&Seq(61)));

    site.keeper.retentions.set(&tenant, Retention { days: 30, bytes: 0 });
    assert_eq!(site.keeper.retain().unwrap(), 39);
    assert_eq!(site.entries(), [Seq(100)]);
    site.again().await.seen().await.assert_is(&live);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_cannot_be_used_costs_time_or_is_said() {
    let mut site = Site::new();
    for number in ["101", "102", "103"] {
        site.append(number).await;
    }
    let live = site.seen().await;
    site.keeper.work(1).unwrap();
    // What a power cut leaves beside is no snapshot.
    let beside = site.path(Kind::Work).with_extension("new");
    fs::write(&beside, "half").unwrap();
    spoil(&site.path(Kind::Work));
    let mut again = site.again().await;
    again.seen().await.assert_is(&live);
    assert!(again.path(Kind::Work).with_extension("damaged").exists());
    assert!(again.keeper.work(1).unwrap());

    // Without its base, the work holds what the journal has no more.
    let base = again.path(Kind::Base);
    fs::write(&base, "no snapshot").unwrap();
    let mut again = again.again().await;
    again.seen().await.assert_is(&live);
    assert_eq!(again.head(Kind::Base), Some(Seq(3)));
    fs::remove_file(&base).unwrap();

    let newer = "{\"form\":99,\"fold\":1,\"seq\":3}\n";
    let mut gzip =
        flate2::write::GzEncoder::new(fs::File::create(&base).unwrap(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, newer.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let newest = snapshot::newest(again.data.path(), Seq(3));
    assert!(matches!(newest, Err(SnapshotError::Newer { found: 99, .. })), "{newest:?}");
}

/// Turns a byte in the middle over.
fn spoil(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(path, bytes).unwrap();
}

/// The forms of bases that were ever written, each with the rows that it showed then.
#[test]
fn a_base_of_every_form_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bases");
    let mut forms = 0;
    for form in fs::read_dir(folder).unwrap() {
        let form = form.unwrap().path();
        let boards = snapshot::read(&form, Kind::Base).unwrap().unwrap();
        let rows = boards.tenants.values().next().unwrap().board.rows();
        let shown: Vec<Row> = serde_json::from_slice(&fs::read(form.join("rows.json")).unwrap()).unwrap();
        assert_eq!(rows, shown, "{}", form.display());
        forms += 1;
    }
    assert!(forms > 0);
}

/// Makes the base that the test above reads, of all events there are. Run it once where a form is new; what is released
/// stays as it is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it writes into the source tree"]
async fn write_the_base_of_a_new_form() {
    let mut site = Site::new();
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/events");
    let mut bodies: Vec<_> = fs::read_dir(events).unwrap().map(|event| event.unwrap().path()).collect();
    bodies.sort_unstable();
    for body in bodies.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        site.append_body(START, fs::read(body).unwrap()).await;
    }
    site.folded().await;
    site.keeper.work(1).unwrap();
    let form = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bases/new");
    fs::create_dir_all(&form).unwrap();
    fs::copy(site.path(Kind::Work), Kind::Base.path(&form)).unwrap();
    fs::write(form.join("rows.json"), serde_json::to_vec_pretty(&site.seen().await.rows).unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_of_long_ago_is_remembered_by_a_snapshot() {
    let mut site = Site::new();
    site.append("101").await;
    site.folded().await;
    site.keeper.work(1).unwrap();
    let site = site.again().await;
    let mut progress = site.progress.clone();
    progress.wait_for(|progress| progress.caught_up).await.unwrap();
    let lamp = &site.ingest.lamps(&site.live.id).endpoints[0].lamp;
    assert_eq!((lamp.state, lamp.last_event_at), (LampState::Quiet, Some(START)));
}
