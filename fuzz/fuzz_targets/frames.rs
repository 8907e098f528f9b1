//! The feed's frames: what is written is read as the same, and who was at one board and applies the changes is at the other.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use fuzz::{Heard, journal};
use libfuzzer_sys::fuzz_target;
use model::{
    board::{Board, Change},
    entry::Entry,
    id::Seq,
    time::UnixMillis,
    wire::{
        Alerts, Beat, ChangeFrame, Check, ClientFrame, EndpointLamp, Gone, Lamp, LampState, Lamps,
        PbxTrouble, Resume, Row, RowId, ServerFrame, ServerLamp, Snapshot,
    },
};
use serde_json::Value;

#[derive(Arbitrary, Debug)]
struct Input {
    /// What a client sends.
    bytes: Vec<u8>,
    view: String,
    tenant: Option<String>,
    build: Option<String>,
    resume: Option<(String, u64)>,
    calm: bool,
    lamp: (u8, Option<i64>, u64, Option<i64>),
    /// Heard before, and after, a client asks.
    before: Vec<Heard>,
    after: Vec<Heard>,
}

/// A client: the rows it has, and the point up to which.
#[derive(Default)]
struct Client {
    rows: BTreeMap<RowId, Row>,
    offset: Seq,
}

impl Client {
    /// Takes a frame as it comes from the network.
    fn take(&mut self, text: &str) {
        match serde_json::from_str(text).expect("a server's frame is read") {
            ServerFrame::Snapshot(snapshot) => {
                self.rows = snapshot.rows.into_iter().map(|row| (row.row_id(), row)).collect();
                self.offset = snapshot.offset;
            }
            ServerFrame::Changes(changes) => {
                assert!(changes.from <= self.offset && self.offset <= changes.offset);
                for id in &changes.gone {
                    self.rows.remove(id);
                }
                self.rows.extend(changes.rows.into_iter().map(|row| (row.row_id(), row)));
                self.offset = changes.offset;
            }
            _ => unreachable!("these two are sent"),
        }
    }

    fn check(&self) -> Check {
        let mut check = Check::default();
        self.rows.values().for_each(|row| check.add(row.rev()));
        check
    }
}

/// The frame's text, which is read as the same frame.
fn sent(frame: &ServerFrame) -> String {
    let text = serde_json::to_string(frame).expect("a frame is JSON");
    assert_eq!(serde_json::from_str::<ServerFrame>(&text).expect("it is read"), *frame);
    text
}

/// Folds the entries; the rows that are gone or new, each with the last word on it.
fn fold(board: &mut Board, entries: &[Entry]) -> BTreeMap<RowId, Option<Row>> {
    let mut touched = BTreeMap::new();
    for change in entries.iter().flat_map(|entry| board.apply(entry)) {
        match change {
            Change::Set(row) => touched.insert(row.row_id(), Some(row)),
            Change::Gone(id) => touched.insert(id, None),
        };
    }
    touched
}

/// Frames of any content are read as what was written.
fn round_trips(input: &Input) {
    let frame = ClientFrame::Subscribe {
        view: input.view.clone(),
        tenant: input.tenant.clone(),
        build: input.build.clone(),
        resume: input.resume.clone().map(|(epoch, offset)| Resume { epoch, offset: Seq(offset) }),
        calm: input.calm,
    };
    let text = serde_json::to_string(&frame).expect("a frame is JSON");
    assert_eq!(serde_json::from_str::<ClientFrame>(&text).expect("it is read"), frame);
    // Any bytes: refused, or read as something that is written and read as the same. A report may hold any JSON, whose
    // fractions are not kept to the last digit.
    if let Ok(frame) = serde_json::from_slice::<ClientFrame>(&input.bytes) {
        let text = serde_json::to_string(&frame).expect("a frame is JSON");
        let again = serde_json::from_str::<ClientFrame>(&text).expect("it is read");
        match (&frame, &again) {
            (ClientFrame::Report { body }, ClientFrame::Report { body: read }) => {
                assert!(body.keys().eq(read.keys()));
            }
            _ => assert_eq!(frame, again),
        }
    }
    let _ = serde_json::from_slice::<ServerFrame>(&input.bytes);
    let states = [LampState::Never, LampState::Live, LampState::Quiet, LampState::Refused, LampState::Down];
    let (state, last, refused, since) = input.lamp;
    let lamp = Lamp {
        state: states[usize::from(state) % states.len()],
        last_event_at: last.map(UnixMillis),
        refused,
        since: since.map(UnixMillis),
    };
    let endpoint =
        EndpointLamp { name: input.view.clone(), events: "cdr".into(), lamp: lamp.clone() };
    sent(&ServerFrame::Beat(Beat {
        view: input.view.clone(),
        offset: Seq(refused),
        at: UnixMillis(last.unwrap_or_default()),
        check: Check { rows: 1, sum: refused },
        lamps: Lamps {
            server: ServerLamp { state: LampState::Live },
            pbx: lamp,
            endpoints: vec![endpoint],
            why: None,
            trouble: PbxTrouble::ALL.get(usize::from(state)).copied(),
        },
        alerts: Alerts::default(),
    }));
}

fuzz_target!(|input: Input| {
    round_trips(&input);
    let count = input.before.len();
    let entries = journal(input.before.into_iter().chain(input.after).collect());
    let (early, late) = entries.split_at(count);
    let mut board = Board::new();
    fold(&mut board, early);
    let mut client = Client::default();
    client.take(&sent(&ServerFrame::Snapshot(Snapshot {
        view: input.view.clone(),
        epoch: "e".into(),
        offset: Seq(early.len() as u64),
        at: UnixMillis(0),
        rows: board.rows(),
    })));
    let before = client.rows.clone();
    let touched = fold(&mut board, late);
    let rows = board.rows();
    // The server's one operation: rows that are newer than the client's point, and ids that left since.
    let newer: Vec<Row> = rows.iter().filter(|row| row.rev() > client.offset).cloned().collect();
    let gone: Vec<Gone> =
        touched.iter().filter(|(_, row)| row.is_none()).map(|(id, _)| id.clone()).collect();
    let sets: Vec<Row> = touched.values().flatten().cloned().collect();
    assert_eq!(newer, sets, "what is newer is what changed");
    for row in rows.iter().filter(|row| row.rev() <= client.offset) {
        assert_eq!(before.get(&row.row_id()), Some(row), "what is not newer is as it was");
    }
    let frame = ServerFrame::Changes(ChangeFrame {
        view: input.view,
        from: client.offset,
        offset: Seq(entries.len() as u64),
        at: UnixMillis(0),
        rows: newer,
        gone,
    });
    let text = sent(&frame);
    for _ in 0..2 {
        // Twice: the same frame again is no harm.
        let offset = client.offset;
        client.take(&text);
        assert!(client.rows.values().eq(&rows));
        client.offset = offset;
    }
    let mut expected = Check::default();
    rows.iter().for_each(|row| expected.add(row.rev()));
    assert_eq!(client.check(), expected);
    // Read as any JSON, each row says its kind.
    let value: Value = serde_json::from_str(&text).expect("a frame is JSON");
    assert!(value["rows"].as_array().is_some_and(|rows| rows.iter().all(|row| row["k"].is_string())));
});
