//! One view of one tenant for one audience: its rows as of one offset, and what its readers share.
//!
//! One task follows the board, moves the offset and tells all readers: each what leads from its own offset to that one.
//! Readers that are up to date have the same offset, and so share a frame. The same task gives them their beats.
//!
//! The first change after a quiet moment leaves at once. What follows is taken together for four times as long as telling
//! all readers took, within 10 to 200 ms: the crowd sets the rate, and takes a quarter of a core at most. Calm readers have
//! a second between two frames of changes: their frames are shared too, since they are told in turns of their own.

use std::{
    fmt::Write as _,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use model::{
    id::Seq,
    time::UnixMillis,
    view::{Audience, Seen},
    wire::{self, Resume, ServerFrame, Snapshot},
};
use tokio::time::{Instant, interval};

use super::{
    CHANGES_BYTES_MAX, Key, SNAPSHOT_BYTES_MAX, View,
    bodies::{Bodies, Body},
    frames,
    line::{Line, Out},
    members::Members,
    pace::{PAUSE_CALM, Pace, Turn, pause},
    readers::Readers,
};
use crate::{
    alerts::Alerts,
    clock::Clock,
    ingest::Ingest,
    live::{LiveTenant, rows::Rows},
};

/// How long a channel lives on without a reader, with all that it remembers.
const IDLE_AFTER: Duration = Duration::from_mins(15);

/// How often an idle channel looks whether it is one.
const IDLE_LOOK: Duration = Duration::from_mins(1);

/// How often a reader hears that its rows are right.
const BEAT_EVERY: Duration = Duration::from_secs(3);

/// Readers get their beats in so many turns, lest a large crowd's come all at once.
const BEAT_TURNS: u32 = 16;

/// Readers share a beat for no longer, since it tells the time.
const BEAT_SHARED_MS: i64 = 50;

/// A view's channel.
pub struct Channel {
    tenant: Arc<LiveTenant>,
    /// What beats say of the PBX.
    ingest: Ingest,
    alerts: Alerts,
    view: View,
    audience: Audience,
    /// Its readers may see no other view: alerts of a queue are for them where its row is.
    narrow: bool,
    name: String,
    epoch: String,
    clock: Clock,
    state: Mutex<State>,
    readers: Readers,
}

/// What is behind the lock.
#[derive(Debug)]
struct State {
    members: Members,
    shared: Option<Shared>,
    beat: Option<(UnixMillis, Bytes)>,
    bodies: Bodies,
    last_used: Instant,
}

/// A frame that all readers at one offset are sent.
#[derive(Debug)]
struct Shared {
    from: Seq,
    frame: Bytes,
    /// Where it leads to; nowhere yet for those who are sent to fetch the rows.
    offset: Option<Seq>,
}

impl Channel {
    /// A channel at the board's present offset. What left before is not remembered.
    pub fn new(
        tenant: Arc<LiveTenant>,
        (ingest, alerts): (Ingest, Alerts),
        key: (View, Audience, bool),
        epoch: String,
        clock: Clock,
    ) -> Self {
        let (view, audience, narrow) = key;
        let members = Members::of(&view, &audience, &tenant.rows());
        Self {
            name: view.name(),
            state: Mutex::new(State {
                members,
                shared: None,
                beat: None,
                bodies: Bodies::default(),
                last_used: Instant::now(),
            }),
            readers: Readers::default(),
            tenant,
            ingest,
            alerts,
            view,
            audience,
            narrow,
            epoch,
            clock,
        }
    }

    /// Whose it is.
    pub fn tenant(&self) -> &Arc<LiveTenant> {
        &self.tenant
    }

    /// What it is of: tenant, view, audience, and whether its readers may see no other view.
    pub fn key(&self) -> Key {
        (self.tenant.id.clone(), self.view.clone(), self.audience.clone(), self.narrow)
    }

    /// The view's epoch.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Moves with the board and tells the readers, until `forget` agrees that the channel was idle for long.
    pub async fn follow(&self, forget: impl Fn() -> bool) {
        let (mut prompt, mut calm) = (Turn::new(self.tenant.offset()), Turn::new(self.tenant.offset()));
        let (mut beats, mut looks) = (interval(BEAT_EVERY / BEAT_TURNS), interval(IDLE_LOOK));
        let mut turn = 0;
        let mut raised = self.alerts.standing(&self.tenant.id);
        // Of a tenant without alerts nothing comes, and nothing is waited for.
        let mut is_told = true;
        loop {
            tokio::select! {
                moved = prompt.comes() => {
                    if moved.is_err() {
                        return;
                    }
                    let took = self.tell_paced(Pace::Prompt).await;
                    prompt.rest(pause(took));
                }
                // The board is gone where the other arm says so.
                Ok(()) = calm.comes() => {
                    self.tell_paced(Pace::Calm).await;
                    calm.rest(PAUSE_CALM);
                }
                _ = beats.tick() => {
                    turn = (turn + 1) % BEAT_TURNS;
                    self.tell(|seat, _| seat % u64::from(BEAT_TURNS) == u64::from(turn), true).await;
                }
                told = raised.changed(), if is_told => {
                    is_told = told.is_ok();
                    self.now().beat = None;
                    self.tell(|_, _| true, true).await;
                }
                _ = looks.tick() => if self.is_idle() && forget() { return },
            }
        }
    }

    /// Moves with the board and tells the readers of one pace. Gives how long telling took.
    async fn tell_paced(&self, pace: Pace) -> Duration {
        drop(self.caught_up(&self.tenant.rows()));
        self.tell(|_, its| its == pace, false).await
    }

    /// Tells readers what is newer, and gives them a beat where it is due. Gives how long it took.
    async fn tell(&self, among: impl Fn(u64, Pace) -> bool, with_beat: bool) -> Duration {
        self.readers.tell(among, |seat, line| line.offer(seat, |offset| self.take(offset, with_beat))).await
    }

    /// Somebody uses it.
    pub fn touch(&self) {
        self.now().last_used = Instant::now();
    }

    /// Whether nobody has used it for [`IDLE_AFTER`].
    pub fn is_idle(&self) -> bool {
        self.readers.is_empty() && self.now().last_used.elapsed() >= IDLE_AFTER
    }

    /// A reader comes, and stays until it drops this. It is told nothing before [`Reader::begin`].
    pub fn join(self: &Arc<Self>, pace: Pace, line: &Arc<Line>) -> Reader {
        let seat = self.readers.join(pace, Arc::clone(line));
        Reader { channel: Arc::clone(self), line: Arc::clone(line), seat }
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
            rows: state.members.seen(&rows).map(Seen::into_inner).collect(),
        }
    }

    /// The alerts that its readers may see.
    pub fn alerts(&self) -> wire::Alerts {
        self.alerts_of(&self.now())
    }

    fn alerts_of(&self, state: &State) -> wire::Alerts {
        let standing = self.alerts.now(&self.tenant.id);
        let members = &state.members;
        standing.seen(members.sight(), |alert| !self.narrow || self.view.shows(alert, |id| members.has(id)))
    }

    /// A body that readers were sent to; `None` where it is kept no longer.
    pub fn kept_body(&self, id: &str) -> Option<Arc<Body>> {
        self.now().bodies.get(id)
    }

    fn now(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, moved to the board's offset.
    fn caught_up(&self, rows: &Rows) -> MutexGuard<'_, State> {
        let mut state = self.now();
        if state.members.advance(&self.view, &self.audience, rows) {
            state.shared = None;
            state.beat = None;
        }
        state
    }

    fn members_text(&self, state: &State) -> String {
        let offset = state.members.offset();
        frames::snapshot_members(&self.name, &self.epoch, offset, self.clock.now(), state.members.rows())
    }

    /// The first frame of a subscription, and where the reader is then.
    fn first(&self, resume: Option<&Resume>) -> (Bytes, Option<Seq>) {
        let mut state = self.caught_up(&self.tenant.rows());
        state.last_used = Instant::now();
        let from = resume.filter(|resume| can_resume(resume, &self.epoch, &state.members));
        match from {
            Some(resume) => self.changes(&mut state, resume.offset),
            None => self.all(&mut state),
        }
    }

    /// All rows in a frame, or where to fetch them: then the reader has no offset until it subscribes with what it fetched.
    fn all(&self, state: &mut State) -> (Bytes, Option<Seq>) {
        // First the body that others fetch: a crowd that comes back must not have a large board written once for each.
        let offset = state.members.offset();
        let body = if let Some(body) = state.bodies.shared(offset) {
            body
        } else {
            let members = self.members_text(state);
            if members.len() <= SNAPSHOT_BYTES_MAX {
                let text = format!(r#"{{"t":"snapshot",{members}}}"#);
                return (frames::message(&text), Some(offset));
            }
            state.bodies.keep(offset, format!("{{{members}}}"))
        };
        let view = url_encoded(&self.name);
        let url = format!("/api/v1/tenants/{}/board?view={view}&body={}", self.tenant.id, body.id);
        let (view, epoch) = (self.name.clone(), self.epoch.clone());
        let fetch = ServerFrame::Fetch { view, epoch, offset: body.offset, url };
        (frames::message(&frames::json(&fetch)), None)
    }

    /// What leads from `from` to now; where that can't be told any more, or is longer than a reader may be told, all rows.
    fn changes(&self, state: &mut State, from: Seq) -> (Bytes, Option<Seq>) {
        let members = &state.members;
        if from < members.floor() {
            return self.all(state);
        }
        let (rows, gone) = (members.rows_after(from), members.gone_after(from));
        let text = frames::changes(&self.name, (from, members.offset()), self.clock.now(), rows, gone);
        if text.len() > CHANGES_BYTES_MAX {
            return self.all(state);
        }
        (frames::message(&text), Some(members.offset()))
    }

    /// What leads a reader from `mine` to the present offset, and a beat where it is due.
    fn take(&self, mine: Option<Seq>, with_beat: bool) -> Out {
        let mut state = self.now();
        let mut out = Out { offset: mine, ..Out::default() };
        if let Some(mine) = mine.filter(|mine| *mine < state.members.offset()) {
            let shared = match &state.shared {
                Some(shared) if shared.from == mine => shared,
                _ => {
                    let (frame, offset) = self.changes(&mut state, mine);
                    state.shared.insert(Shared { from: mine, frame, offset })
                }
            };
            out.rows = Some(shared.frame.clone());
            out.offset = shared.offset;
        }
        if with_beat {
            out.beat = Some(self.beat(&mut state));
        }
        out
    }

    /// A beat that is new enough.
    fn beat(&self, state: &mut State) -> Bytes {
        let at = self.clock.now();
        if let Some((made, frame)) = &state.beat
            && at.since(*made).0 < BEAT_SHARED_MS
        {
            return frame.clone();
        }
        let lamps = self.ingest.lamps(&self.tenant.id);
        let (offset, check) = (state.members.offset(), state.members.check());
        let alerts = self.alerts_of(state);
        let frame = frames::message(&frames::beat(&self.name, (offset, at), check, lamps, alerts));
        state.beat = Some((at, frame.clone()));
        frame
    }
}

/// One reader's place in a channel.
pub struct Reader {
    channel: Arc<Channel>,
    line: Arc<Line>,
    seat: u64,
}

impl Reader {
    /// What it reads.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Sends the first frame, and at once what is newer by then, and a beat. From then on the channel tells the reader.
    pub async fn begin(&self, resume: Option<&Resume>) -> io::Result<()> {
        let (frame, offset) = self.channel.first(resume);
        self.line.send(frame).await?;
        self.line.sit(self.seat, offset);
        self.catch_up();
        Ok(())
    }

    /// Sends what is newer, and a beat.
    pub fn catch_up(&self) {
        self.line.offer(self.seat, |offset| self.channel.take(offset, true));
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.line.stand_up();
        self.channel.readers.leave(self.seat);
        self.channel.touch();
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
