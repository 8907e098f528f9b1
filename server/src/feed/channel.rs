//! One view of one tenant: its rows as of one offset, and what its readers share.
//!
//! One task follows the board and moves the offset; each reader takes what leads from its own offset to that one. Readers
//! that are up to date have the same offset, and so share a frame.
//!
//! The first change after a quiet moment leaves at once. What follows is taken together for four times as long as the last
//! change took to reach all readers, within 10 to 200 ms: the crowd sets the rate.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    io::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use flate2::{Compression, write::GzEncoder};
use model::{
    id::Seq,
    time::UnixMillis,
    wire::{Check, Lamps, Resume, RowId, ServerFrame, Snapshot},
};
use tokio::sync::watch;

use super::{FRAME_BYTES_MAX, View, can_resume, frames};
use crate::{
    clock::Clock,
    live::{LiveTenant, rows::Rows},
};

/// How many ids that left a view are remembered for those who resume.
const GONE_MAX: usize = 10_000;

/// How long a channel lives on without a reader, with all that it remembers.
pub const IDLE_AFTER: Duration = Duration::from_mins(15);

/// How often an idle channel looks whether it is one.
const IDLE_LOOK: Duration = Duration::from_mins(1);

/// How long a body that readers were sent to is kept.
const BODY_KEPT: Duration = Duration::from_mins(1);

/// Readers who come within this share a body.
const BODY_SHARED: Duration = Duration::from_secs(1);

/// Readers share a beat for no longer, since it tells the time.
const BEAT_SHARED_MS: i64 = 50;

/// The bounds of the pause between two frames.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// A view's channel.
#[derive(Debug)]
pub struct Channel {
    tenant: Arc<LiveTenant>,
    view: View,
    name: String,
    epoch: String,
    clock: Clock,
    state: Mutex<State>,
    moved: watch::Sender<Seq>,
    readers: AtomicUsize,
}

#[derive(Debug)]
struct Member {
    rev: Seq,
    /// The greater of its `rev` and of the offset at which it came into the view.
    since: Seq,
    json: Arc<str>,
}

#[derive(Debug)]
struct State {
    offset: Seq,
    members: BTreeMap<RowId, Member>,
    by_since: BTreeSet<(Seq, RowId)>,
    gone: VecDeque<(Seq, RowId)>,
    /// What left up to here is not remembered.
    floor: Seq,
    check: Check,
    shared: Option<Shared>,
    beat: Option<(UnixMillis, Utf8Bytes)>,
    bodies: VecDeque<Arc<Body>>,
    bodies_made: u64,
    fan_out: FanOut,
    last_used: Instant,
}

/// A frame that all readers at one offset are sent.
#[derive(Clone, Debug)]
struct Shared {
    from: Seq,
    text: Utf8Bytes,
    /// Where it leads to; nowhere yet for those who are sent to fetch the rows.
    offset: Option<Seq>,
}

/// How long the newest rows took to reach those who had them so far.
#[derive(Debug)]
struct FanOut {
    since: Instant,
    took: Duration,
}

/// All rows at one offset, as readers fetch them: the snapshot object.
#[derive(Debug)]
pub struct Body {
    /// Names it among the channel's bodies.
    pub id: String,
    /// Its offset.
    pub offset: Seq,
    /// The JSON.
    pub json: Bytes,
    /// The same, by gzip.
    pub gzip: Bytes,
    made: Instant,
}

/// What a reader is sent.
#[derive(Debug, Default)]
pub struct Out {
    /// What leads to [`Out::offset`], where the reader was not there.
    pub rows: Option<Utf8Bytes>,
    /// A beat at that offset.
    pub beat: Option<Utf8Bytes>,
    /// Where the reader is then.
    pub offset: Option<Seq>,
}

impl Channel {
    /// A channel at the board's present offset. What left before is not remembered.
    pub fn new(tenant: Arc<LiveTenant>, view: View, epoch: String, clock: Clock) -> Self {
        let state = State::of(&view, &tenant.rows());
        Self {
            name: view.name(),
            moved: watch::Sender::new(state.offset),
            state: Mutex::new(state),
            readers: AtomicUsize::new(0),
            tenant,
            view,
            epoch,
            clock,
        }
    }

    /// Whose it is.
    pub fn tenant(&self) -> &Arc<LiveTenant> {
        &self.tenant
    }

    /// The view.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The view's epoch.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Moves with the board until `forget` agrees that it was idle for long.
    pub async fn follow(&self, forget: impl Fn() -> bool) {
        let mut newest = self.tenant.offset();
        loop {
            tokio::select! {
                changed = newest.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let pause = self.now().fan_out.pause();
                    drop(self.caught_up(&self.tenant.rows()));
                    tokio::time::sleep(pause).await;
                }
                () = tokio::time::sleep(IDLE_LOOK) => if self.is_idle() && forget() { return },
            }
        }
    }

    /// Somebody uses it.
    pub fn touch(&self) {
        self.now().last_used = Instant::now();
    }

    /// Whether nobody has used it for [`IDLE_AFTER`].
    pub fn is_idle(&self) -> bool {
        self.readers.load(Ordering::Acquire) == 0 && self.now().last_used.elapsed() >= IDLE_AFTER
    }

    /// A reader comes: it is told of each new offset, until it drops this.
    pub fn join(self: &Arc<Self>) -> Reader {
        self.readers.fetch_add(1, Ordering::AcqRel);
        Reader { channel: Arc::clone(self), moved: self.moved.subscribe(), mine: None }
    }

    /// All rows as of now, as the API's JSON, and their offset.
    pub fn json(&self) -> (Seq, String) {
        let state = self.caught_up(&self.tenant.rows());
        (state.offset, format!("{{{}}}", self.members_text(&state)))
    }

    /// All rows as of now.
    pub fn snapshot(&self) -> Snapshot {
        let rows = self.tenant.rows();
        let state = self.caught_up(&rows);
        Snapshot {
            view: self.name.clone(),
            epoch: self.epoch.clone(),
            offset: state.offset,
            at: self.clock.now(),
            rows: state.members.keys().filter_map(|id| Some(rows.get(id)?.row.clone())).collect(),
        }
    }

    /// A body that readers were sent to; `None` where it is kept no longer.
    pub fn kept_body(&self, id: &str) -> Option<Arc<Body>> {
        let mut state = self.now();
        state.drop_old_bodies();
        state.bodies.iter().find(|body| body.id == id).cloned()
    }

    fn now(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, moved to the board's offset; readers are told where it moved.
    fn caught_up(&self, rows: &Rows) -> MutexGuard<'_, State> {
        let mut state = self.now();
        let before = state.offset;
        state.advance(&self.view, rows);
        if state.offset != before {
            state.fan_out.since = Instant::now();
            self.moved.send_replace(state.offset);
        }
        state
    }

    fn body_of(&self, state: &mut State) -> Arc<Body> {
        state.drop_old_bodies();
        let last = state.bodies.back();
        if let Some(last) = last.filter(|last| last.made.elapsed() < BODY_SHARED) {
            return Arc::clone(last);
        }
        let json = format!("{{{}}}", self.members_text(state));
        state.bodies_made += 1;
        let body = Arc::new(Body {
            id: format!("{}-{}", state.offset, state.bodies_made),
            offset: state.offset,
            gzip: gzip(json.as_bytes()).into(),
            json: json.into(),
            made: Instant::now(),
        });
        state.bodies.push_back(Arc::clone(&body));
        body
    }

    fn members_text(&self, state: &State) -> String {
        let rows = state.members.values().map(|member| &*member.json);
        frames::snapshot_members(&self.name, &self.epoch, state.offset, self.clock.now(), rows)
    }

    /// The first frame of a subscription, and where the reader is then.
    fn first(&self, resume: Option<&Resume>) -> (Utf8Bytes, Option<Seq>) {
        let mut state = self.caught_up(&self.tenant.rows());
        state.last_used = Instant::now();
        let from = resume.filter(|resume| can_resume(resume, &self.epoch, state.floor, state.offset));
        let text = match from {
            Some(resume) => self.changes_text(&state, resume.offset),
            None => self.snapshot_text(&state),
        };
        self.framed(&mut state, text)
    }

    /// The frame that a reader is sent for this text: itself, or, if it is too long, where to fetch the rows. That reader
    /// has no offset until it subscribes with what it fetched.
    fn framed(&self, state: &mut State, text: String) -> (Utf8Bytes, Option<Seq>) {
        if text.len() <= FRAME_BYTES_MAX {
            return (text.into(), Some(state.offset));
        }
        let body = self.body_of(state);
        let view = url_encoded(&self.name);
        let url = format!("/api/v1/tenants/{}/board?view={view}&body={}", self.tenant.id, body.id);
        let (view, epoch) = (self.name.clone(), self.epoch.clone());
        let fetch = ServerFrame::Fetch { view, epoch, offset: body.offset, url };
        (frames::json(&fetch).into(), None)
    }

    fn snapshot_text(&self, state: &State) -> String {
        format!(r#"{{"t":"snapshot",{}}}"#, self.members_text(state))
    }

    fn changes_text(&self, state: &State, from: Seq) -> String {
        let rows = state.rows_after(from).map(|member| &*member.json);
        frames::changes(&self.name, (from, state.offset), self.clock.now(), rows, state.gone_after(from))
    }

    /// What leads a reader from `mine` to the present offset, and a beat where it is due.
    fn take(&self, mine: Option<Seq>, beat: Option<Lamps>) -> Out {
        let mut state = self.now();
        let mut out = Out { offset: mine, ..Out::default() };
        if let Some(mine) = mine.filter(|mine| *mine < state.offset) {
            let shared = state.shared.clone().filter(|shared| shared.from == mine);
            let shared = shared.unwrap_or_else(|| {
                // A reader whose rows can't be told any more is sent all of them.
                let text = if mine < state.floor {
                    self.snapshot_text(&state)
                } else {
                    self.changes_text(&state, mine)
                };
                let (text, offset) = self.framed(&mut state, text);
                Shared { from: mine, text, offset }
            });
            out.rows = Some(shared.text.clone());
            out.offset = shared.offset;
            state.shared = Some(shared);
        }
        if let Some(lamps) = beat {
            let at = self.clock.now();
            let shared = state.beat.as_ref().filter(|(made, _)| at.since(*made).0 < BEAT_SHARED_MS);
            let text = if let Some((_, text)) = shared {
                text.clone()
            } else {
                let text = frames::beat(&self.name, state.offset, at, state.check, lamps);
                let text = Utf8Bytes::from(text);
                state.beat = Some((at, text.clone()));
                text
            };
            out.beat = Some(text);
        }
        out
    }

    /// A reader has written what led to `offset`.
    fn delivered(&self, offset: Seq) {
        let mut state = self.now();
        // What a slow reader takes later says nothing of the crowd.
        if offset == state.offset {
            state.fan_out.took = state.fan_out.since.elapsed();
        }
    }
}

/// One reader's place in a channel.
#[derive(Debug)]
pub struct Reader {
    channel: Arc<Channel>,
    moved: watch::Receiver<Seq>,
    mine: Option<Seq>,
}

impl Reader {
    /// The channel.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The first frame.
    pub fn first(&mut self, resume: Option<&Resume>) -> Utf8Bytes {
        let (text, mine) = self.channel.first(resume);
        self.moved.mark_unchanged();
        self.mine = mine;
        text
    }

    /// Waits until there is something newer; for ever where the channel is no more.
    pub async fn moved(&mut self) {
        if self.moved.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What to send now.
    pub fn take(&mut self, beat: Option<Lamps>) -> Out {
        let out = self.channel.take(self.mine, beat);
        self.mine = out.offset;
        out
    }

    /// What was taken has been sent.
    pub fn delivered(&self) {
        if let Some(offset) = self.mine {
            self.channel.delivered(offset);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.channel.touch();
        self.channel.readers.fetch_sub(1, Ordering::AcqRel);
    }
}

impl FanOut {
    fn pause(&self) -> Duration {
        (4 * self.took).clamp(PAUSE_MIN, PAUSE_MAX)
    }
}

impl State {
    fn of(view: &View, rows: &Rows) -> Self {
        let now = Instant::now();
        let mut state = Self {
            offset: rows.offset(),
            members: BTreeMap::new(),
            by_since: BTreeSet::new(),
            gone: VecDeque::new(),
            floor: rows.offset(),
            check: Check::default(),
            shared: None,
            beat: None,
            bodies: VecDeque::new(),
            bodies_made: 0,
            fan_out: FanOut { since: now, took: Duration::ZERO },
            last_used: now,
        };
        for id in view.all(rows) {
            state.put(rows, id);
        }
        state
    }

    /// Moves to the board's offset.
    fn advance(&mut self, view: &View, rows: &Rows) {
        if rows.offset() == self.offset {
            return;
        }
        let Some(since) = rows.since(self.offset) else {
            // Further behind than the board remembers: all anew, and nobody resumes from before.
            let (bodies, fan_out) = (std::mem::take(&mut self.bodies), self.fan_out.took);
            *self = Self { bodies, bodies_made: self.bodies_made, ..Self::of(view, rows) };
            self.fan_out.took = fan_out;
            return;
        };
        let delta = view.delta(rows, since, &self.members);
        self.offset = rows.offset();
        self.shared = None;
        self.beat = None;
        for id in delta.gone {
            self.drop_row(id);
        }
        for id in delta.put {
            self.put(rows, id);
        }
    }

    fn put(&mut self, rows: &Rows, id: RowId) {
        let Some(shown) = rows.get(&id) else { return };
        let rev = shown.row.rev();
        // Into the view it comes now, whenever it was changed.
        let since = if self.members.contains_key(&id) { rev } else { rev.max(self.offset) };
        let member = Member { rev, since, json: Arc::clone(&shown.json) };
        self.check.add(rev);
        self.by_since.insert((since, id.clone()));
        if let Some(old) = self.members.insert(id.clone(), member) {
            self.check.remove(old.rev);
            if old.since != since {
                self.by_since.remove(&(old.since, id));
            }
        }
    }

    fn drop_row(&mut self, id: RowId) {
        let Some(old) = self.members.remove(&id) else { return };
        self.check.remove(old.rev);
        self.by_since.remove(&(old.since, id.clone()));
        if self.gone.len() == GONE_MAX
            && let Some((forgotten, _)) = self.gone.pop_front()
        {
            self.floor = self.floor.max(forgotten);
        }
        self.gone.push_back((self.offset, id));
    }

    fn rows_after(&self, from: Seq) -> impl Iterator<Item = &Member> {
        let first = (Seq(from.0 + 1), RowId(model::wire::RowKind::ALL[0], "".into()));
        self.by_since.range(first..).filter_map(|(_, id)| self.members.get(id))
    }

    fn gone_after(&self, from: Seq) -> impl Iterator<Item = &RowId> {
        let after = self.gone.iter().rev().take_while(move |(seq, _)| *seq > from);
        let ids: BTreeSet<&RowId> =
            after.map(|(_, id)| id).filter(|id| !self.members.contains_key(*id)).collect();
        ids.into_iter()
    }

    fn drop_old_bodies(&mut self) {
        while self.bodies.front().is_some_and(|body| body.made.elapsed() > BODY_KEPT) {
            self.bodies.pop_front();
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a Vec never fails.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A view's name as a query's value.
fn url_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a String never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
