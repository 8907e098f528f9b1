//! Where this client stands in the view's history, and what a frame makes of that. Pure: no socket, no clock, no signals.
//!
//! Rules (`docs/feed.md` has them in words)
//! - `changes` are applied when `from` ≤ mine ≤ `offset`; anything else means that something was missed: ask again.
//! - A beat comes after the changes up to its offset, so its check must agree with the rows held; else ask again.
//! - *Mine* is the offset of the last frame of any kind.

use std::collections::HashMap;

use model::{
    id::Seq,
    wire::{Alerts, ByeReason, Check, ErrorCode, Lamps, Resume, Row, RowId, ServerFrame, Snapshot},
};

/// What a frame asks for.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// These are all rows of the view.
    Replace(Vec<Row>),
    /// These rows are new or differ; those are gone.
    Change(Vec<Row>, Vec<RowId>),
    /// The rows held are right, the lamps show this, and these alerts are raised.
    Beat(Lamps, Alerts),
    /// Rows were missed: subscribe again, without resume.
    Astray,
    /// GET this address, give its body to [`Feed::hold`], then subscribe again.
    Fetch(String),
    /// Load the page again: the server is of this build.
    Reload(String),
    /// The server won't serve this subscription.
    Refused(ErrorCode, String),
    /// The server closes.
    Bye(ByeReason),
    /// A frame of an earlier subscription; nothing to do.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Holds nothing it could resume from.
    Empty,
    /// Holds rows, and is not subscribed with them yet or has not heard the answer.
    Held,
    /// Was told to fetch the rows.
    Fetching,
    /// Holds rows and follows their changes.
    Following,
}

/// One client's place in one view's history.
#[derive(Debug)]
pub struct Feed {
    view: String,
    stage: Stage,
    epoch: String,
    offset: Seq,
    /// The `rev` of each row held, for the check.
    revs: HashMap<RowId, Seq>,
    check: Check,
    /// How often rows were missed since the start.
    pub astray_count: u32,
}

impl Feed {
    /// A client of `view` that holds nothing yet.
    pub fn new(view: &str) -> Self {
        Self {
            view: view.to_owned(),
            stage: Stage::Empty,
            epoch: String::new(),
            offset: Seq(0),
            revs: HashMap::new(),
            check: Check::default(),
            astray_count: 0,
        }
    }

    /// The view that is followed.
    pub fn view(&self) -> &str {
        &self.view
    }

    /// Takes all rows of the view, from the page or from a fetched body.
    pub fn hold(&mut self, snapshot: &Snapshot) {
        self.stage = Stage::Held;
        self.epoch.clone_from(&snapshot.epoch);
        self.offset = snapshot.offset;
        self.revs.clear();
        self.check = Check::default();
        for row in &snapshot.rows {
            self.put(row);
        }
    }

    /// What to resume from in the next `subscribe`; none if all rows are wanted.
    pub fn resume(&mut self) -> Option<Resume> {
        match self.stage {
            Stage::Held | Stage::Following => {
                self.stage = Stage::Held;
                Some(Resume { epoch: self.epoch.clone(), offset: self.offset })
            }
            Stage::Empty | Stage::Fetching => {
                self.stage = Stage::Empty;
                None
            }
        }
    }

    /// Whether the rows held are the newest, as far as the server has told.
    pub fn is_following(&self) -> bool {
        self.stage == Stage::Following
    }

    /// What `frame` asks for. The place in the history moves with it.
    pub fn apply(&mut self, frame: ServerFrame) -> Outcome {
        match frame {
            ServerFrame::Snapshot(snapshot) if snapshot.view == self.view => {
                self.hold(&snapshot);
                self.stage = Stage::Following;
                Outcome::Replace(snapshot.rows)
            }
            ServerFrame::Fetch { view, url, .. } if view == self.view => {
                self.stage = Stage::Fetching;
                Outcome::Fetch(url)
            }
            ServerFrame::Changes(changes) if changes.view == self.view => {
                if matches!(self.stage, Stage::Empty | Stage::Fetching) {
                    return Outcome::Nothing;
                }
                if self.offset < changes.from || changes.offset < self.offset {
                    return self.astray();
                }
                self.stage = Stage::Following;
                self.offset = changes.offset;
                for id in &changes.gone {
                    self.drop_row(id);
                }
                for row in &changes.rows {
                    self.put(row);
                }
                Outcome::Change(changes.rows, changes.gone)
            }
            ServerFrame::Beat(beat) if beat.view == self.view => {
                if self.stage == Stage::Following {
                    if beat.check != self.check || beat.offset < self.offset {
                        return self.astray();
                    }
                    self.offset = beat.offset;
                }
                Outcome::Beat(beat.lamps, beat.alerts)
            }
            ServerFrame::Error { code, text } => Outcome::Refused(code, text),
            ServerFrame::Reload { build } => Outcome::Reload(build),
            ServerFrame::Bye { why } => Outcome::Bye(why),
            ServerFrame::Snapshot(_)
            | ServerFrame::Fetch { .. }
            | ServerFrame::Changes(_)
            | ServerFrame::Beat(_) => Outcome::Nothing,
        }
    }

    fn astray(&mut self) -> Outcome {
        self.stage = Stage::Empty;
        self.astray_count += 1;
        Outcome::Astray
    }

    fn put(&mut self, row: &Row) {
        if let Some(old) = self.revs.insert(row.row_id(), row.rev()) {
            self.check.remove(old);
        }
        self.check.add(row.rev());
    }

    fn drop_row(&mut self, id: &RowId) {
        if let Some(old) = self.revs.remove(id) {
            self.check.remove(old);
        }
    }
}
