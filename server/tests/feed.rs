//! The feed of the real program, by a WebSocket client of another make. Oracles: the wire's own types, the API's board, and
//! a client that is nothing but a map.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    time::Duration,
};

use flate2::read::GzDecoder;
use futures_util::{SinkExt as _, StreamExt as _};
use model::{
    id::Seq,
    wire::{ByeReason, ChangeFrame, Check, ErrorCode, Resume, Row, RowId, RowKind, ServerFrame, Snapshot},
};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        protocol::frame::{
            CloseFrame, Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

use program::{Folder, PATIENCE, Server, stamp};

/// A socket, and what it said.
struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn open(server: &Server) -> Self {
        let (socket, _) = connect_async(format!("ws://{}/feed", server.address)).await.unwrap();
        Self(socket)
    }

    async fn subscribed(server: &Server, view: &str, resume: Option<&Resume>) -> Self {
        let mut client = Self::open(server).await;
        client.subscribe(view, resume).await;
        client
    }

    async fn subscribe(&mut self, view: &str, resume: Option<&Resume>) {
        let frame = match resume {
            Some(resume) => json!({"t": "subscribe", "view": view, "resume": resume}),
            None => json!({"t": "subscribe", "view": view}),
        };
        self.say(&frame.to_string()).await;
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn message(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap()
    }

    async fn frame(&mut self) -> ServerFrame {
        match self.message().await {
            Some(Ok(Message::Text(text))) => {
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
            }
            other => panic!("no frame: {other:?}"),
        }
    }

    async fn snapshot(&mut self) -> Snapshot {
        match self.frame().await {
            ServerFrame::Snapshot(snapshot) => snapshot,
            other => panic!("no snapshot: {other:?}"),
        }
    }

    async fn changes(&mut self) -> ChangeFrame {
        loop {
            match self.frame().await {
                ServerFrame::Changes(changes) => return changes,
                ServerFrame::Beat(_) => {}
                other => panic!("no changes: {other:?}"),
            }
        }
    }

    async fn close_code(&mut self) -> Option<CloseCode> {
        loop {
            match self.message().await {
                Some(Ok(Message::Close(close))) => return close.map(|close| close.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// A client's whole knowledge: rows by id, and where it is.
#[derive(Default)]
struct Held {
    rows: BTreeMap<RowId, Row>,
    resume: Option<Resume>,
}

impl Held {
    fn all(&mut self, snapshot: Snapshot) {
        self.rows = snapshot.rows.into_iter().map(|row| (row.row_id(), row)).collect();
        self.resume = Some(Resume { epoch: snapshot.epoch, offset: snapshot.offset });
    }

    fn offset(&self) -> Seq {
        self.resume.as_ref().unwrap().offset
    }

    /// Takes a frame as docs/feed.md tells clients to; panics where the server breaks a promise.
    fn take(&mut self, server: &Server, frame: ServerFrame) {
        match frame {
            ServerFrame::Snapshot(snapshot) => self.all(snapshot),
            ServerFrame::Changes(changes) => {
                let mine = self.offset();
                assert!(changes.from <= mine && mine <= changes.offset, "{mine} {changes:?}");
                for id in &changes.gone {
                    assert!(changes.rows.iter().all(|row| row.row_id() != *id), "{id} is both");
                    self.rows.remove(id);
                }
                self.rows.extend(changes.rows.into_iter().map(|row| (row.row_id(), row)));
                self.resume.as_mut().unwrap().offset = changes.offset;
            }
            ServerFrame::Beat(beat) => {
                assert_eq!(beat.offset, self.offset());
                assert_eq!(beat.check, self.check(), "at {}", beat.offset);
            }
            ServerFrame::Fetch { url, .. } => self.all(serde_json::from_value(server.json(&url)).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    fn check(&self) -> Check {
        let mut check = Check::default();
        for row in self.rows.values() {
            check.add(row.rev());
        }
        check
    }
}

fn extension_call(number: &str, status: &str, at: &str) -> Value {
    json!({"event_type": "extension_call", "tenant_id": "7000", "extension": number, "call_status": status, "time": at})
}

fn queue(callers: &[(&str, &str)]) -> Value {
    let waiting: Vec<_> = callers
        .iter()
        .map(|(session, number)| {
            json!({"position": "1", "session_id": session, "caller_number": number, "caller_name": "", "timestamp": stamp(5), "type": "normal"})
        })
        .collect();
    json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": "800000000000000001", "queue_number": "8001",
        "queue_name": "Support", "waiting_list": waiting, "agents": []})
}

fn leaves(session: &str) -> Value {
    json!({"event_type": "queue_caller_status", "tenant_id": "7000", "queue_id": "800000000000000001",
        "updated_callers": [{"position": "1", "session_id": session, "caller_number": "15550100", "reason": "hangup",
        "timestamp": stamp(0), "type": "normal"}]})
}

fn call_start(session: &str) -> Value {
    json!({"event_type": "call_start", "tenant_id": "7000", "session_id": session, "cdr_id": format!("{session}1"),
        "direction": "inbound", "call_id": format!("{session}@acme.test"), "caller": "15550100",
        "caller_display_name": "", "callee": "8001", "callee_display_name": "", "did": "15550199",
        "outbound_caller_id": "", "user_data": "", "time": stamp(6)})
}

fn extension_row(rows: &[Row], number: &str) -> Option<Row> {
    rows.iter().find(|row| row.row_id() == RowId(RowKind::Extension, number.into())).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_the_board_by_a_frame_of_what_changed() {
    let folder = Folder::new();
    let server = folder.start_ready();
    server.post(&extension_call("101", "RINGING", &stamp(9)));
    // The answer waits for the journal, not for the board.
    while server.json("/api/v1/extensions")["rows"].as_array().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut client = Client::subscribed(&server, "overview", None).await;
    let first = client.snapshot().await;
    assert!(matches!(client.frame().await, ServerFrame::Beat(beat) if beat.offset == first.offset));
    server.post(&extension_call("102", "ON_CALL", &stamp(3)));
    let changes = client.changes().await;
    assert!(changes.from <= first.offset && changes.offset > first.offset);
    let Some(Row::Extension(row)) = extension_row(&changes.rows, "102") else { panic!("{changes:?}") };
    assert_eq!(row.call.map(model::wire::ExtensionCall::as_str), Some("on_call"));
    assert_eq!(extension_row(&changes.rows, "101"), None, "it did not change");
    let board: Snapshot = serde_json::from_value(server.json("/api/v1/board")).unwrap();
    assert_eq!(extension_row(&board.rows, "102"), Some(Row::Extension(row)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_is_told_what_it_missed_and_nothing_else() {
    let folder = Folder::new();
    let server = folder.start_ready();
    server.post(&extension_call("101", "RINGING", &stamp(9)));
    let mut client = Client::subscribed(&server, "overview", None).await;
    let mut held = Held::default();
    held.take(&server, client.frame().await);
    drop(client);
    server.post(&extension_call("102", "RINGING", &stamp(8)));

    let resume = held.resume.clone();
    let mut client = Client::subscribed(&server, "overview", resume.as_ref()).await;
    let missed = client.changes().await;
    assert_eq!(missed.from, held.offset());
    assert!(extension_row(&missed.rows, "102").is_some() && extension_row(&missed.rows, "101").is_none());
    held.take(&server, ServerFrame::Changes(missed));

    // Up to date: an empty frame, and at once a beat.
    let mut client = Client::subscribed(&server, "overview", held.resume.as_ref()).await;
    let nothing = client.changes().await;
    assert!(nothing.rows.is_empty() && nothing.gone.is_empty());
    held.take(&server, client.frame().await);

    let of_another = Resume { epoch: "another".into(), offset: held.offset() };
    Client::subscribed(&server, "overview", Some(&of_another)).await.snapshot().await;
    let of_the_future = Resume { offset: Seq(held.offset().0 + 1), ..held.resume.clone().unwrap() };
    Client::subscribed(&server, "overview", Some(&of_the_future)).await.snapshot().await;
    // The epoch is of one view.
    Client::subscribed(&server, "extensions", held.resume.as_ref()).await.snapshot().await;

    // A restart changes neither epoch, offset nor revs.
    server.kill();
    let server = folder.start_ready();
    let mut client = Client::subscribed(&server, "overview", held.resume.as_ref()).await;
    held.take(&server, client.frame().await);
    held.take(&server, client.frame().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_too_large_for_a_frame_is_fetched_compressed_and_resumed_from() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let status: Vec<_> = (0..300)
        .map(|number| {
            json!({"extension": format!("sip:{}@acme.test", 1000 + number), "call_status": "", "online": true,
                "presence": "ONLINE", "presence_note": "", "push_online": false, "time": stamp(9)})
        })
        .collect();
    server.post(&json!({"event_type": "extension_status", "tenant_id": "7000", "status": status}));
    let board = || server.json("/api/v1/board")["rows"].as_array().unwrap().len();
    program::until("on the board", || (board() == 300).then_some(()));

    let mut client = Client::subscribed(&server, "overview", None).await;
    let ServerFrame::Fetch { url, epoch, .. } = client.frame().await else { panic!("no fetch") };
    let plain = server.json(&url);
    let answer = server.ask("GET", &url, &[("Accept-Encoding", "gzip")], b"");
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    let unpacked: Value = serde_json::from_reader(GzDecoder::new(&answer.body[..])).unwrap();
    assert_eq!(unpacked, plain);
    let snapshot: Snapshot = serde_json::from_value(plain).unwrap();
    assert_eq!((snapshot.rows.len(), &snapshot.epoch), (300, &epoch));

    let mut held = Held::default();
    held.all(snapshot);
    let resume = held.resume.clone();
    client.subscribe("overview", resume.as_ref()).await;
    held.take(&server, ServerFrame::Changes(client.changes().await));
    held.take(&server, client.frame().await);

    let gone = server.get("/api/v1/board?view=overview&body=0-0");
    assert_eq!(gone.status, 410);
}

/// Clients come, go, resume and fall behind while events pour in; at rest each holds what the API says.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_client_missed_it_ends_with_the_servers_rows() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let sessions: Vec<String> = (0..6).map(|number| format!("90000000000000000{number}")).collect();
    let views = ["overview", "queues", "calls", "extensions", "agents", "queue/8001"];
    server.post(&queue(&[]));
    let mut held: Vec<Held> = views.iter().map(|_| Held::default()).collect();
    for round in 0..12_usize {
        let mut clients = Vec::new();
        for (view, held) in views.iter().zip(&mut held) {
            // Each third round a client forgets everything.
            let resume = held.resume.clone().filter(|_| (round + view.len()) % 3 != 0);
            clients.push(Client::subscribed(&server, view, resume.as_ref()).await);
            if resume.is_none() {
                *held = Held::default();
            }
        }
        for (place, session) in sessions.iter().enumerate() {
            match (round + place) % 4 {
                0 => server.post(&call_start(session)),
                1 => server.post(&queue(&[(session, "15550100")])),
                2 => server.post(&leaves(session)),
                _ => server.post(&extension_call(
                    &format!("10{place}"),
                    ["RINGING", "ON_CALL", ""][round % 3],
                    &stamp(0),
                )),
            }
        }
        // Half of the clients read to the end, the others only the beginning.
        for (place, (client, held)) in clients.iter_mut().zip(&mut held).enumerate() {
            held.take(&server, client.frame().await);
            if (place + round) % 2 == 0 {
                read_until_quiet(&server, client, held).await;
            }
        }
    }
    for (view, held) in views.iter().zip(&mut held) {
        let mut client = Client::subscribed(&server, view, held.resume.as_ref()).await;
        read_until_quiet(&server, &mut client, held).await;
        let board: Snapshot =
            serde_json::from_value(server.json(&format!("/api/v1/board?view={view}"))).unwrap();
        let rows: BTreeMap<_, _> = board.rows.into_iter().map(|row| (row.row_id(), row)).collect();
        assert_eq!(held.rows, rows, "{view}");
    }
}

/// Reads until nothing but a beat comes for a while.
async fn read_until_quiet(server: &Server, client: &mut Client, held: &mut Held) {
    while let Ok(message) = tokio::time::timeout(Duration::from_millis(400), client.0.next()).await {
        let Some(Ok(Message::Text(text))) = message else { panic!("{message:?}") };
        held.take(server, serde_json::from_str(&text).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queues_view_has_its_callers_and_their_calls_and_loses_both() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let (mine, other) = ("900000000000000001", "900000000000000002");
    server.post(&extension_call("101", "RINGING", &stamp(9)));
    server.post(&call_start(other));
    server.post(&call_start(mine));
    server.post(&queue(&[(mine, "15550100")]));
    let mut client = Client::subscribed(&server, "queue/8001", None).await;
    let snapshot = client.snapshot().await;
    let ids: Vec<_> = snapshot.rows.iter().map(|row| row.row_id().to_string()).collect();
    assert_eq!(
        ids,
        ["queue/800000000000000001", &format!("caller/800000000000000001/{mine}"), &format!("call/{mine}")]
    );
    server.post(&leaves(mine));
    let changes = client.changes().await;
    let gone: Vec<_> = changes.gone.iter().map(ToString::to_string).collect();
    assert!(gone.contains(&format!("caller/800000000000000001/{mine}")), "{gone:?}");
    assert!(gone.contains(&format!("call/{mine}")), "{gone:?}");

    let error = Client::subscribed(&server, "queue/9999", None).await.frame().await;
    assert!(matches!(error, ServerFrame::Error { code: ErrorCode::NoView, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_wrong_is_told_and_one_that_floods_is_let_go() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let mut client = Client::subscribed(&server, "nothing", None).await;
    assert!(matches!(client.frame().await, ServerFrame::Error { code: ErrorCode::NoView, .. }));
    client.say("{").await;
    assert!(matches!(client.frame().await, ServerFrame::Error { code: ErrorCode::BadFrame, .. }));
    // The second subscription takes the place of the first.
    client.subscribe("queues", None).await;
    client.subscribe("calls", None).await;
    loop {
        if let ServerFrame::Snapshot(snapshot) = client.frame().await
            && snapshot.view == "calls"
        {
            break;
        }
    }
    server.post(&queue(&[]));
    server.post(&call_start("900000000000000001"));
    assert_eq!(client.changes().await.view, "calls");

    for _ in 0..20 {
        client.say(r#"{"t":"report"}"#).await;
    }
    assert_eq!(client.close_code().await, Some(CloseCode::Policy));

    let mut client = Client::open(&server).await;
    client.say(&" ".repeat((16 << 10) + 1)).await;
    assert_eq!(client.close_code().await, Some(CloseCode::Size));
}

/// So many extensions, all of whose rows change with each post.
fn crowd(extensions: usize, note: usize) -> Value {
    let status: Vec<_> = (0..extensions)
        .map(|number| {
            json!({"extension": format!("sip:{}@acme.test", 1000 + number), "call_status": "", "online": true,
                "presence": "ONLINE", "presence_note": format!("note {note:03}"), "push_online": false,
                "time": (1_786_000_000 + note).to_string()})
        })
        .collect();
    json!({"event_type": "extension_status", "tenant_id": "7000", "status": status})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_is_let_go_and_holds_nobody_up() {
    const POSTS: usize = 250;
    let folder = Folder::new();
    let server = folder.start_ready();
    server.post(&crowd(60, 0));
    let mut client = Client::subscribed(&server, "extensions", None).await;
    let mut held = Held::default();
    held.take(&server, client.frame().await);
    let mut stuck = narrow(&server, 4 << 10).await;
    stuck.subscribe("extensions", None).await;

    for post in 1..=POSTS {
        server.post(&crowd(60, post));
        // The other reader has each change before the next, while one is stuck.
        let note = format!("note {post:03}");
        while !held
            .rows
            .values()
            .all(|row| matches!(row, Row::Extension(row) if row.note.as_deref() == Some(&*note)))
        {
            held.take(&server, client.frame().await);
        }
    }
    tokio::time::sleep(Duration::from_secs(12)).await;
    let ended = tokio::time::timeout(Duration::from_secs(10), async {
        while let Some(Ok(_)) = stuck.0.next().await {}
    });
    ended.await.expect("its connection was closed");
}

/// A client to which the server soon can't write, so small is its buffer.
async fn narrow(server: &Server, buffer_bytes: u32) -> Client {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(buffer_bytes).unwrap();
    let socket = socket.connect(server.address).await.unwrap();
    let url = format!("ws://{}/feed", server.address);
    Client(tokio_tungstenite::client_async(url, MaybeTlsStream::Plain(socket)).await.unwrap().0)
}

/// What the channel has begun to write, the reader's own task ends; its pongs don't come into the middle of it.
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_slowly_gets_whole_frames_and_ends_with_the_servers_rows() {
    const POSTS: usize = 50;
    let folder = Folder::new();
    let server = folder.start_ready();
    // Frames of 200 KiB: the system doesn't hold half of them for a client that does not read.
    server.post(&crowd(700, 0));
    let board = || server.json("/api/v1/board")["rows"].as_array().unwrap().len();
    program::until("on the board", || (board() == 700).then_some(()));
    let mut client = narrow(&server, 64 << 10).await;
    client.subscribe("extensions", None).await;
    let mut held = Held::default();
    held.take(&server, client.frame().await);
    client.subscribe("extensions", held.resume.as_ref()).await;
    let (mut pongs, mut reads) = (0, 0);
    let last = format!("note {POSTS:03}");
    while !held
        .rows
        .values()
        .all(|row| matches!(row, Row::Extension(row) if row.note.as_deref() == Some(&*last)))
    {
        // One message a post, when two and more are on their way.
        reads += 1;
        if reads <= POSTS {
            server.post(&crowd(700, reads));
            client.0.send(Message::Ping(reads.to_string().into())).await.unwrap();
        }
        match client.message().await.unwrap().unwrap() {
            Message::Text(text) => held.take(&server, serde_json::from_str(&text).unwrap()),
            Message::Pong(_) => pongs += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(pongs > 0);
    let board: Snapshot = serde_json::from_value(server.json("/api/v1/board?view=extensions")).unwrap();
    assert_eq!(held.rows.into_values().collect::<Vec<_>>(), board.rows);
}

/// More of them than are told in one go.
#[tokio::test(flavor = "multi_thread")]
async fn every_reader_of_a_view_has_each_change_and_beats_that_go_on() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let mut clients = Vec::new();
    for _ in 0..150 {
        let mut client = Client::subscribed(&server, "extensions", None).await;
        let mut held = Held::default();
        held.take(&server, client.frame().await);
        assert!(matches!(client.frame().await, ServerFrame::Beat(_)), "at once");
        clients.push((client, held));
    }
    // Some go, and others keep their places.
    clients =
        clients.into_iter().enumerate().filter(|(place, _)| place % 7 != 3).map(|(_, one)| one).collect();
    for number in ["101", "102", "103"] {
        server.post(&extension_call(number, "RINGING", &stamp(1)));
        for (client, held) in &mut clients {
            while extension_row(&held.rows.values().cloned().collect::<Vec<_>>(), number).is_none() {
                held.take(&server, client.frame().await);
            }
        }
    }
    for (client, held) in &mut clients {
        for _ in 0..2 {
            let beat = client.frame().await;
            assert!(matches!(beat, ServerFrame::Beat(_)), "{beat:?}");
            held.take(&server, beat);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calm_reader_has_a_second_between_changes_and_ends_with_the_servers_rows() {
    const CALM_MS: i64 = 1000;
    let folder = Folder::new();
    let server = folder.start_ready();
    let mut client = Client::open(&server).await;
    client.say(r#"{"t":"subscribe","view":"extensions","calm":true}"#).await;
    let mut held = Held::default();
    held.take(&server, client.frame().await);
    for number in 100..140 {
        server.post(&extension_call(&number.to_string(), "RINGING", &stamp(1)));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut frames = Vec::new();
    while held.rows.len() < 40 {
        let frame = client.frame().await;
        frames.push(frame.clone());
        held.take(&server, frame);
    }
    // What a beat brings along is no turn of its own.
    let of_turns =
        frames.iter().zip(frames.iter().skip(1).map(Some).chain([None])).filter_map(|(frame, next)| {
            let ServerFrame::Changes(changes) = frame else { return None };
            (!matches!(next, Some(ServerFrame::Beat(_)))).then_some(changes.at.0)
        });
    let at: Vec<_> = of_turns.collect();
    assert!(at.len() > 1, "{frames:?}");
    // The pause is measured by another clock than the frames' time, which may be set meanwhile.
    assert!(at.is_sorted_by(|one, next| next - one >= CALM_MS - 50), "{at:?}");
    let board: Snapshot = serde_json::from_value(server.json("/api/v1/board?view=extensions")).unwrap();
    assert_eq!(held.rows.into_values().collect::<Vec<_>>(), board.rows);
}

/// RFC 6455 1.3 has this key and its answer. What the client says behind it at once is heard.
#[test]
fn the_handshake_is_the_standards_and_what_comes_with_it_is_heard() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let request = |version: u8, key: &str| {
        format!(
            "GET /feed HTTP/1.1\r\nHost: {}\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
             Sec-WebSocket-Version: {version}\r\n{key}Sec-WebSocket-Protocol: other, ringside.v1\r\n\r\n",
            server.address
        )
    };
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let subscribe = br#"{"t":"subscribe","view":"calls"}"#;
    let mut bytes = request(13, key).into_bytes();
    bytes.extend([0x81, 0x80 | u8::try_from(subscribe.len()).unwrap(), 0, 0, 0, 0]);
    bytes.extend(subscribe);
    let mut stream = program::connect(server.address).unwrap();
    stream.write_all(&bytes).unwrap();
    let mut heard = String::new();
    while !heard.contains(r#""t":"snapshot""#) {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    let lower = heard.to_ascii_lowercase();
    assert!(lower.starts_with("http/1.1 101 "), "{heard}");
    assert!(heard.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{heard}");
    assert!(lower.contains("sec-websocket-protocol: ringside.v1\r\n"), "{heard}");

    for (request, what) in [(request(8, key), "an old version"), (request(13, ""), "no key")] {
        let mut stream = program::connect(server.address).unwrap();
        stream.write_all(request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut heard = [0; 12];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"HTTP/1.1 426", "{what}");
    }
    let plain = server.get("/feed");
    assert_eq!((plain.status, plain.header("Sec-WebSocket-Version")), (426, Some("13")));
}

/// RFC 6455 5.4 and 5.5.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_pieces_is_heard_a_ping_answered_and_a_close_returned() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let mut client = Client::open(&server).await;
    let piece =
        |text: &'static str, kind, last| Message::Frame(Frame::message(text, OpCode::Data(kind), last));
    client.0.send(piece(r#"{"t":"subscribe","#, Data::Text, false)).await.unwrap();
    client.0.send(Message::Ping("between".into())).await.unwrap();
    assert_eq!(client.message().await.unwrap().unwrap(), Message::Pong("between".into()));
    client.0.send(piece(r#""view":"#, Data::Continue, false)).await.unwrap();
    client.0.send(piece(r#""calls"}"#, Data::Continue, true)).await.unwrap();
    assert_eq!(client.snapshot().await.view, "calls");
    let close = CloseFrame { code: CloseCode::Library(4000), reason: "enough".into() };
    client.0.close(Some(close)).await.unwrap();
    assert_eq!(client.close_code().await, Some(CloseCode::Library(4000)));

    let mut client = Client::open(&server).await;
    client.0.send(Message::Binary("{}".into())).await.unwrap();
    assert_eq!(client.close_code().await, Some(CloseCode::Unsupported));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_build_is_told_to_load_again() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let mut client = Client::open(&server).await;
    client.say(r#"{"t":"subscribe","view":"overview","build":"another"}"#).await;
    client.snapshot().await;
    assert!(matches!(client.frame().await, ServerFrame::Beat(_)));
    assert!(matches!(client.frame().await, ServerFrame::Reload { build } if build != "another"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_gets_no_socket() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let open = |origin: String| {
        let mut request = format!("ws://{}/feed", server.address).into_client_request().unwrap();
        request.headers_mut().insert("Origin", origin.parse().unwrap());
        connect_async(request)
    };
    open(format!("http://{}", server.address)).await.unwrap();
    match open("http://evil.example".into()).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_goodbye() {
    let folder = Folder::new();
    let mut server = folder.start_ready();
    let mut client = Client::subscribed(&server, "overview", None).await;
    client.snapshot().await;
    server.signal("TERM");
    loop {
        match client.frame().await {
            ServerFrame::Beat(_) => {}
            ServerFrame::Bye { why } => {
                assert_eq!(why, ByeReason::Shutdown);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(client.close_code().await, Some(CloseCode::Away));
    let status = server.wait(Duration::from_secs(10)).expect("it ends within 10 s");
    assert_eq!(status.code(), Some(0));
}
