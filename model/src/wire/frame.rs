//! The feed's frames: JSON text, one object a frame, `t` is the kind. `docs/feed.md` is the contract in words.
//!
//! Resume, coalescing and slow readers are one operation: *rows with rev > X, and ids gone since X*. The server makes
//! frames from parts that are already serialised, so these types are what a client reads, and what tests check it by.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Alerts, PbxTrouble, Row, RowId, tagged};
use crate::{id::Seq, time::UnixMillis};

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Show me this view. A second one replaces the first.
    Subscribe {
        /// `overview`, `queues`, `queue/{number}`, `agents`, `extensions`, `calls`, `wall/{board}`.
        view: String,
        /// The tenant; may be left out where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<String>,
        /// The build that the client is of; another one's server answers `reload`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        build: Option<String>,
        /// Where the client is already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<Resume>,
        /// At most one frame of changes a second, for who draws them; the first after a quiet moment leaves at once
        /// nevertheless.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        calm: bool,
    },
    /// Send nothing more.
    Unsubscribe {},
    /// A wall's state of health; the browser's program writes its own.
    #[cfg(not(target_arch = "wasm32"))]
    Report {
        /// Free-form for now.
        #[serde(flatten)]
        body: serde_json::Map<String, serde_json::Value>,
    },
}

/// A point in a view's history that a client has applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The history's name. Opaque.
    pub epoch: String,
    /// The point in it.
    pub offset: Seq,
}

/// What the server says. Its kind is the first field, `t`, and must be when it is read ([`super::tagged`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Everything.
    Snapshot(Snapshot),
    /// Everything, but too large for a frame: GET `url` with the feed's own credentials, take epoch and offset from the
    /// body (a [`Snapshot`]), and subscribe with them.
    Fetch {
        /// The view.
        view: String,
        /// The history's name.
        epoch: String,
        /// The newest offset.
        offset: Seq,
        /// Where to get it, kept for 60 s; later 410: subscribe again.
        url: String,
    },
    /// What changed.
    Changes(ChangeFrame),
    /// Nothing changed, and the server lives.
    Beat(Beat),
    /// The subscription was not accepted.
    Error {
        /// Why.
        code: ErrorCode,
        /// Why, for a person.
        text: String,
    },
    /// The client is of another build: load the page again.
    Reload {
        /// The server's build.
        build: String,
    },
    /// The server closes.
    Bye {
        /// Why.
        why: ByeReason,
    },
}

impl<'de> Deserialize<'de> for ServerFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::read::<FrameReader, D>(deserializer)
    }
}

struct FrameReader;

/// The kinds of [`ServerFrame`], as `t` says them.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum FrameKind {
    Snapshot,
    Fetch,
    Changes,
    Beat,
    Error,
    Reload,
    Bye,
}

/// The fields of the frames that have no type of their own; each has some of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    view: Option<String>,
    epoch: Option<String>,
    offset: Option<Seq>,
    url: Option<String>,
    code: Option<ErrorCode>,
    text: Option<String>,
    build: Option<String>,
    why: Option<ByeReason>,
}

impl tagged::Read for FrameReader {
    const TAG: &str = "t";
    type Kind = FrameKind;
    type Whole = ServerFrame;

    fn rest<'de, D: Deserializer<'de>>(kind: FrameKind, rest: D) -> Result<ServerFrame, D::Error> {
        fn given<T, E: serde::de::Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
            field.ok_or_else(|| E::missing_field(name))
        }
        let fields = match kind {
            FrameKind::Snapshot => return Snapshot::deserialize(rest).map(ServerFrame::Snapshot),
            FrameKind::Changes => return ChangeFrame::deserialize(rest).map(ServerFrame::Changes),
            FrameKind::Beat => return Beat::deserialize(rest).map(ServerFrame::Beat),
            _ => Fields::deserialize(rest)?,
        };
        Ok(match kind {
            FrameKind::Fetch => ServerFrame::Fetch {
                view: given(fields.view, "view")?,
                epoch: given(fields.epoch, "epoch")?,
                offset: given(fields.offset, "offset")?,
                url: given(fields.url, "url")?,
            },
            FrameKind::Error => {
                ServerFrame::Error { code: given(fields.code, "code")?, text: given(fields.text, "text")? }
            }
            FrameKind::Reload => ServerFrame::Reload { build: given(fields.build, "build")? },
            _ => ServerFrame::Bye { why: given(fields.why, "why")? },
        })
    }
}

/// A view's rows at one offset; also the body of `GET /api/v1/board`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snapshot {
    /// The view.
    pub view: String,
    /// The history's name.
    pub epoch: String,
    /// The point in it.
    pub offset: Seq,
    /// The server's clock when it was made.
    pub at: UnixMillis,
    /// All rows of the view.
    pub rows: Vec<Row>,
}

/// What changed between two offsets. Apply when `from` ≤ mine ≤ `offset`, else subscribe again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeFrame {
    /// The view.
    pub view: String,
    /// It holds everything after this offset.
    pub from: Seq,
    /// Up to and with this one.
    pub offset: Seq,
    /// The server's clock when it was made.
    pub at: UnixMillis,
    /// Rows that are new or differ, whole.
    pub rows: Vec<Row>,
    /// Rows that are no more in the view.
    pub gone: Vec<Gone>,
}

/// A row that left, `["call","900000000000000001"]`.
pub type Gone = RowId;

/// A sign of life every 3 s. 8 s without any frame: not live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// The view.
    pub view: String,
    /// The newest offset.
    pub offset: Seq,
    /// The server's clock.
    pub at: UnixMillis,
    /// What the client's own rows should come to.
    pub check: Check,
    /// The lamps.
    pub lamps: Lamps,
    /// The alerts that are raised, as the reader may see them. Left out where none is.
    #[serde(default, skip_serializing_if = "Alerts::is_empty")]
    pub alerts: Alerts,
}

/// A view's rows in two numbers. A client whose rows come to others subscribes again, and counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// How many rows.
    pub rows: u64,
    /// The sum of their `rev`, modulo 2^53.
    pub sum: u64,
}

impl Check {
    const MODULUS: u64 = 1 << 53;

    /// Counts a row that came.
    pub const fn add(&mut self, rev: Seq) {
        self.rows += 1;
        self.sum = (self.sum + rev.0 % Self::MODULUS) % Self::MODULUS;
    }

    /// Counts a row that left, with the `rev` it had.
    pub const fn remove(&mut self, rev: Seq) {
        self.rows -= 1;
        self.sum = (self.sum + Self::MODULUS - rev.0 % Self::MODULUS) % Self::MODULUS;
    }
}

/// Both truth indicators, and each endpoint's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lamps {
    /// Live to the server: what a client that gets this frame knows anyway.
    pub server: ServerLamp,
    /// Live to the PBX.
    pub pbx: Lamp,
    /// Why the PBX's is `down`: a sentence that names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The same as a word, for who says it in another language.
    ///
    /// The browser's program does not say it, and would carry every word to read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(target_family = "wasm", serde(skip_deserializing))]
    pub trouble: Option<PbxTrouble>,
    /// Each endpoint.
    pub endpoints: Vec<EndpointLamp>,
}

/// The server's lamp, `{"state":"live"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerLamp {
    /// Always live in a beat.
    pub state: LampState,
}

/// What a lamp shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LampState {
    /// No event yet: show how to connect.
    Never,
    /// An event within 15 min.
    Live,
    /// None within 15 min; no alarm.
    Quiet,
    /// Since the last good event, deliveries were refused or could not be understood.
    Refused,
    /// The connection to the PBX is configured, and fails.
    Down,
}

/// A lamp with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lamp {
    /// What it shows.
    pub state: LampState,
    /// The newest good event, by our clock.
    pub last_event_at: Option<UnixMillis>,
    /// Deliveries refused, or not understood, since then.
    pub refused: u64,
    /// Since when it shows this, by our clock.
    pub since: Option<UnixMillis>,
}

/// One endpoint's lamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FlatLamp")]
pub struct EndpointLamp {
    /// The endpoint's name.
    pub name: String,
    /// `cdr` or `extension`.
    pub events: String,
    /// Its lamp.
    #[serde(flatten)]
    pub lamp: Lamp,
}

/// The same as it is read, field by field.
#[derive(Deserialize)]
struct FlatLamp {
    name: String,
    events: String,
    state: LampState,
    last_event_at: Option<UnixMillis>,
    refused: u64,
    since: Option<UnixMillis>,
}

impl From<FlatLamp> for EndpointLamp {
    fn from(FlatLamp { name, events, state, last_event_at, refused, since }: FlatLamp) -> Self {
        Self { name, events, lamp: Lamp { state, last_event_at, refused, since } }
    }
}

/// Why a subscription was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// No such view, or not for you.
    NoView,
    /// The frame was not understood.
    BadFrame,
}

/// Why the server closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByeReason {
    /// It is shutting down; come back.
    Shutdown,
    /// The reader took nothing for 10 s; come back.
    Slow,
}
