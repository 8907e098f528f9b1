//! Rows, the feed's frames, and what is over: what server, browser and API exchange. These types are the protocol's document;
//! `docs/feed.md` tells it in words.
//!
//! Numbers and ids are strings, times are unix milliseconds, and what is unknown is `null`, never 0 or "".

mod alert;
mod course;
mod figures;
mod frame;
mod past;
mod read;
mod row;
mod tagged;
mod trouble;

pub use alert::{Alert, Alerts, Metric, Severity, Unit, Window};
pub use course::{Breach, CourseRow, DayCourse, HALF_HOUR, Interval, SLOT};
pub use figures::{AgentFigures, Figures, NoServiceLevel, ServiceLevel, Share, WindowFigures};
pub use frame::{
    Beat, ByeReason, ChangeFrame, Check, ClientFrame, EndpointLamp, ErrorCode, Gone, Lamp, LampState, Lamps,
    Resume, ServerFrame, ServerLamp, Snapshot,
};
pub use past::{CallResult, PastCall, PastLeg, PastVisit, VisitEnd};
pub use read::{Unread, read};
pub use row::{
    AgentCounts, AgentRow, AgentState, CallRow, CallState, CallerKind, CallerRow, Direction, ExtensionCall,
    ExtensionRow, Leg, Online, Party, Phase, Presence, QueueRow, Row, RowId, RowKind,
};
pub use trouble::PbxTrouble;

/// The version of rows and frames. It is part of the feed's epoch, so that no client resumes across a change of shape.
pub const VERSION: u32 = 3;
