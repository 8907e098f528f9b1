//! One view of one tenant: its rows as of one offset, and what its readers share.
//!
//! One task follows the board and moves the offset; each reader takes what leads from its own offset to that one. Readers
//! that are up to date have the same offset, and so share a frame.
//!
//! The first change after a quiet moment leaves at once. What follows is taken together for four times as long as the last
//! change took to reach all readers, within 10 to 200 ms: the crowd sets the rate.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::extract::ws::Utf8Bytes;
use model::{
    id::Seq,
    time::UnixMillis,
    wire::{Lamps, Resume, ServerFrame, Snapshot},
};
use tokio::sync::watch;

use super::{
    CHANGES_BYTES_MAX, SNAPSHOT_BYTES_MAX, View,
    bodies::{Bodies, Body},
    frames,
    members::Members,
};
use crate::{
    clock::Clock,
    live::{LiveTenant, rows::Rows},
};

/// How long a channel lives on without a reader, with all that it remembers.
const IDLE_AFTER: Duration = Duration::from_mins(15);

/// How often an idle channel looks whether it is one.
const IDLE_LOOK: Duration = Duration::from_mins(1);

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

/// What is behind the lock.
#[derive(Debug)]
struct State {
    members: Members,
    shared: Option<Shared>,
    beat: Option<(UnixMillis, Utf8Bytes)>,
    bodies: Bodies,
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
        let members = Members::of(&view, &tenant.rows());
        let now = Instant::now();
        let fan_out = FanOut { since: now, took: Duration::ZERO };
        Self {
            name: view.name(),
            moved: watch::Sender::new(members.offset()),
            state: Mutex::new(State {
                members,
                shared: None,
                beat: None,
                bodies: Bodies::default(),
                fan_out,
                last_used: now,
            }),
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
        (state.members.offset(), format!("{{{}}}", self.members_text(&state)))
    }

    /// All rows as of now.
    pub fn snapshot(&self) -> Snapshot {
        let rows = self.tenant.rows();
        let state = self.caught_up(&rows);
        Snapshot {
            view: self.name.clone(),
            epoch: self.epoch.clone(),
            offset: state.members.offset(),
            at: self.clock.now(),
            rows: state.members.ids().filter_map(|id| Some(rows.get(id)?.row.clone())).collect(),
        }
    }

    /// A body that readers were sent to; `None` where it is kept no longer.
    pub fn kept_body(&self, id: &str) -> Option<Arc<Body>> {
        self.now().bodies.get(id)
    }

    fn now(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, moved to the board's offset; readers are told where it moved.
    fn caught_up(&self, rows: &Rows) -> MutexGuard<'_, State> {
        let mut state = self.now();
        if state.members.advance(&self.view, rows) {
            state.shared = None;
            state.beat = None;
            state.fan_out.since = Instant::now();
            self.moved.send_replace(state.members.offset());
        }
        state
    }

    fn members_text(&self, state: &State) -> String {
        let offset = state.members.offset();
        frames::snapshot_members(&self.name, &self.epoch, offset, self.clock.now(), state.members.rows())
    }

    /// The first frame of a subscription, and where the reader is then.
    fn first(&self, resume: Option<&Resume>) -> (Utf8Bytes, Option<Seq>) {
        let mut state = self.caught_up(&self.tenant.rows());
        state.last_used = Instant::now();
        let from = resume.filter(|resume| can_resume(resume, &self.epoch, &state.members));
        match from {
            Some(resume) => self.changes(&mut state, resume.offset),
            None => self.all(&mut state),
        }
    }

    /// All rows in a frame, or where to fetch them: then the reader has no offset until it subscribes with what it fetched.
    fn all(&self, state: &mut State) -> (Utf8Bytes, Option<Seq>) {
        // First the body that others fetch: a crowd that comes back must not have a large board written once for each.
        let body = if let Some(body) = state.bodies.shared() {
            body
        } else {
            let (offset, members) = (state.members.offset(), self.members_text(state));
            let text = format!(r#"{{"t":"snapshot",{members}}}"#);
            if text.len() <= SNAPSHOT_BYTES_MAX {
                return (text.into(), Some(offset));
            }
            state.bodies.keep(offset, format!("{{{members}}}"))
        };
        let view = url_encoded(&self.name);
        let url = format!("/api/v1/tenants/{}/board?view={view}&body={}", self.tenant.id, body.id);
        let (view, epoch) = (self.name.clone(), self.epoch.clone());
        let fetch = ServerFrame::Fetch { view, epoch, offset: body.offset, url };
        (frames::json(&fetch).into(), None)
    }

    /// What leads from `from` to now; where that can't be told any more, or is longer than a reader may be told, all rows.
    fn changes(&self, state: &mut State, from: Seq) -> (Utf8Bytes, Option<Seq>) {
        let members = &state.members;
        if from < members.floor() {
            return self.all(state);
        }
        let (rows, gone) = (members.rows_after(from), members.gone_after(from));
        let text = frames::changes(&self.name, (from, members.offset()), self.clock.now(), rows, gone);
        if text.len() > CHANGES_BYTES_MAX {
            return self.all(state);
        }
        (text.into(), Some(members.offset()))
    }

    /// What leads a reader from `mine` to the present offset, and a beat where it is due.
    fn take(&self, mine: Option<Seq>, beat: Option<Lamps>) -> Out {
        let mut state = self.now();
        let mut out = Out { offset: mine, ..Out::default() };
        if let Some(mine) = mine.filter(|mine| *mine < state.members.offset()) {
            let shared = state.shared.clone().filter(|shared| shared.from == mine);
            let shared = shared.unwrap_or_else(|| {
                let (text, offset) = self.changes(&mut state, mine);
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
                let text = frames::beat(&self.name, state.members.offset(), at, state.members.check(), lamps);
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
        if offset == state.members.offset() {
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

/// Whether a reader with `resume` can be led on from there.
fn can_resume(resume: &Resume, epoch: &str, members: &Members) -> bool {
    resume.epoch == epoch && members.floor() <= resume.offset && resume.offset <= members.offset()
}
