//! The browser's side of the feed: one socket, kept up, whose frames move the page's signals.
//!
//! Rules
//! - Live is said only after this connection's first rows, and no longer than 8 s after its last frame.
//! - A lost connection is tried again after 0.5 s to 15 s with jitter; at once when the network or the page comes back.
//! - It asks for a calm feed: a page that is drawn a hundred times a second keeps a processor busy for what nobody can read.
//! - *Now* is the browser's clock, corrected by the server's in each frame; it ticks only while the page is live.

use std::{cell::RefCell, rc::Rc, time::Duration};

use leptos::{ev, leptos_dom::helpers::WindowListenerHandle, prelude::*, task::spawn_local};
use model::{
    time::UnixMillis,
    wire::{ClientFrame, LampState, ServerFrame, Snapshot, read},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CloseEvent, MessageEvent, PageTransitionEvent, WebSocket};

use super::{
    Live, Truth,
    backoff::Backoff,
    document,
    feed::{Feed, Outcome},
};
use crate::{age::Age, app::Draw, page::Page, signals::effect};

/// Without any frame for so long, the page is not live. The server sends one every 3 s at the latest.
const SILENCE_MAX_MS: f64 = 8_000.0;

/// A page that comes back to the front asks again if its last frame is older; a hidden page's timers may have slept.
const SILENCE_ON_RETURN_MS: f64 = 4_000.0;

/// So far may the estimate of the server's clock be off before a later frame, not only an earlier one, corrects it.
const CLOCK_STEP_MS: i64 = 500;

/// How long a wall gives a connection to begin; every fourth try has [`SILENCE_MAX_MS`], for a network that is slow.
const WALL_PATIENCE_MS: f64 = 1_500.0;

/// How long a wall waits for a calm moment to load a new build.
const CALM_WITHIN_MS: f64 = 300_000.0;

/// How often a wall says how it is.
const REPORT_EVERY_MS: f64 = 30_000.0;

/// Puts the live page, which `draw` draws, in the place of the server's. Without its data the page stays as it is, and goes
/// stale.
pub fn start(draw: Draw) {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        document::load_again();
    }));
    let Some(page) = document::page() else {
        leptos::logging::error!("the page's data is missing or of another version");
        document::load_again();
        return;
    };
    document::replace_body(move || draw(&page));
}

/// Follows the feed for as long as the page lives.
pub fn follow(live: Live, page: &Page) {
    let mut feed = Feed::new(&page.snapshot.view);
    if page.is_whole() {
        feed.hold(&page.snapshot);
    }
    let link = Link(Rc::new(RefCell::new(State {
        feed,
        live,
        build: page.build.clone(),
        root: page.root.clone(),
        socket: None,
        heard_ms: 0.0,
        followed_ms: 0.0,
        opened_ms: 0.0,
        backoff: Backoff::new(page.wall.is_some()),
        wall: page.wall.is_some(),
        due_ms: None,
        reported_ms: 0.0,
        tries: 0,
        ahead_ms: None,
        well: false,
    })));

    // Effects run after the page is there, so that the first render is the server's.
    effect(move |_| document::mark(live.truth.get()));
    effect({
        let link = link.clone();
        move |first: Option<()>| {
            if first.is_none() {
                live.clock.local.set(true);
                document::follow_freezes(live);
                link.connect();
                listen(&link);
            }
        }
    });
}

/// Everything but the socket that may wake the link. These last as long as the page.
fn listen(link: &Link) {
    let on_tick = link.clone();
    set_interval(move || on_tick.tick(), Duration::from_secs(1));
    let on_online = link.clone();
    let keep = |handle: WindowListenerHandle| std::mem::forget(handle);
    keep(window_event_listener(ev::online, move |_| on_online.come_back(0.0)));
    let on_show = link.clone();
    keep(window_event_listener_untyped("pageshow", move |event| {
        // From the back/forward cache: the socket is gone, whatever it says.
        if event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted) {
            on_show.come_back(0.0);
        }
    }));
    let on_visible = link.clone();
    let visible = Closure::<dyn Fn()>::new(move || {
        if leptos::prelude::document().visibility_state() == web_sys::VisibilityState::Visible {
            on_visible.come_back(SILENCE_ON_RETURN_MS);
        }
    });
    _ = leptos::prelude::document()
        .add_event_listener_with_callback("visibilitychange", visible.as_ref().unchecked_ref());
    visible.forget();
}

/// The open socket with what it calls; kept until the next one is opened.
struct Socket {
    inner: WebSocket,
    _on_open: Closure<dyn Fn()>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_close: Closure<dyn Fn(CloseEvent)>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.inner.set_onopen(None);
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        _ = self.inner.close();
    }
}

struct State {
    feed: Feed,
    live: Live,
    build: String,
    /// The path before every address.
    root: String,
    socket: Option<Socket>,
    /// When the last frame came, and when this socket was opened, by [`document::uptime_ms`].
    heard_ms: f64,
    /// When the rows held were last the server's newest, likewise.
    followed_ms: f64,
    opened_ms: f64,
    backoff: Backoff,
    /// The page is a wall's: nobody is there to help it.
    wall: bool,
    /// Since when a new build waits for a calm moment.
    due_ms: Option<f64>,
    /// When it was last said how the wall is.
    reported_ms: f64,
    /// Counts connections, so that an old one's retry is recognised.
    tries: u32,
    /// The server's clock minus the browser's; none before the first frame.
    ahead_ms: Option<i64>,
    /// Was live: the count of reloads is forgotten.
    well: bool,
}

#[derive(Clone)]
struct Link(Rc<RefCell<State>>);

impl Link {
    /// Opens a socket in place of any other.
    fn connect(&self) {
        let location = window().location();
        let scheme = if location.protocol().as_deref() == Ok("https:") { "wss" } else { "ws" };
        let feed = format!("{}/feed", self.0.borrow().root);
        let url = format!("{scheme}://{}{feed}", location.host().unwrap_or_default());
        let Ok(socket) = WebSocket::new_with_str(&url, "ringside.v1") else { return self.lost() };
        let (link_open, link_message, link_close) = (self.clone(), self.clone(), self.clone());
        let on_open = Closure::<dyn Fn()>::new(move || link_open.subscribe());
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                link_message.hear(&text);
            }
        });
        let on_close = document::on_close(feed, move || link_close.lost());
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let now = document::uptime_ms();
        let mut state = self.0.borrow_mut();
        state.tries += 1;
        state.opened_ms = now;
        state.socket =
            Some(Socket { inner: socket, _on_open: on_open, _on_message: on_message, _on_close: on_close });
    }

    /// Asks for the view, from where the rows held end.
    fn subscribe(&self) {
        let mut state = self.0.borrow_mut();
        let frame = ClientFrame::Subscribe {
            view: state.feed.view().to_owned(),
            tenant: None,
            build: Some(state.build.clone()),
            resume: state.feed.resume(),
            calm: true,
        };
        if let (Ok(text), Some(socket)) = (serde_json::to_string(&frame), &state.socket) {
            // A socket that closed meanwhile has its own event.
            _ = socket.inner.send_with_str(&text);
        }
    }

    /// Takes one frame.
    fn hear(&self, text: &str) {
        let frame = match read::<ServerFrame>(text) {
            Ok(frame) => frame,
            Err(error) => {
                leptos::logging::error!("a frame was not understood: {error}");
                return;
            }
        };
        let (outcome, live) = {
            let mut state = self.0.borrow_mut();
            state.heard_ms = document::uptime_ms();
            if let Some(at) = made_at(&frame) {
                state.correct_clock(at);
            }
            (state.feed.apply(frame), state.live)
        };
        match outcome {
            Outcome::Replace(rows) => {
                live.tables.replace(rows);
                live.hold_all();
                self.followed();
            }
            Outcome::Change(rows, gone) => {
                live.tables.change(rows, gone);
                live.hold_all();
                self.followed();
            }
            Outcome::Beat(lamps, alerts) => {
                if *live.lamps.read_untracked() != lamps {
                    live.lamps.set(lamps);
                }
                document::take_alerts(live, alerts);
                if self.0.borrow().feed.is_following() {
                    self.followed();
                }
            }
            Outcome::Astray => {
                let count = self.0.borrow().feed.astray_count;
                leptos::logging::warn!("rows were missed ({count} times): asking for all");
                self.subscribe();
            }
            Outcome::Fetch(url) => {
                let link = self.clone();
                let tries = self.0.borrow().tries;
                spawn_local(async move { link.fetch(&url, tries).await });
            }
            Outcome::Reload(build) => self.renew(&build),
            Outcome::Refused(code, text) => {
                leptos::logging::error!("the feed refused the view: {code:?} {text}");
            }
            Outcome::Bye(_) => self.lost(),
            Outcome::Nothing => {}
        }
    }

    /// Gets rows that were too many for a frame, then subscribes with them.
    async fn fetch(&self, url: &str, tries: u32) {
        let url = format!("{}{url}", self.0.borrow().root);
        let snapshot = fetch_text(&url).await.and_then(|text| read::<Snapshot>(&text).ok());
        let live = {
            let mut state = self.0.borrow_mut();
            if state.tries != tries {
                return;
            }
            if let Some(snapshot) = &snapshot {
                state.feed.hold(snapshot);
            }
            state.live
        };
        match snapshot {
            Some(snapshot) => {
                live.tables.replace(snapshot.rows);
                live.hold_all();
                self.subscribe();
            }
            // The body was kept no longer, or the connection failed: the next connection asks again.
            None => self.lost(),
        }
    }

    /// The rows held are the server's newest: the page is live, if the server is live to the PBX.
    fn followed(&self) {
        let (live, now) = {
            let mut state = self.0.borrow_mut();
            state.backoff.reset();
            state.followed_ms = document::uptime_ms();
            if !state.well {
                state.well = true;
                document::forget_tries();
            }
            (state.live, state.server_now())
        };
        let lamps = live.lamps.read_untracked();
        let down = (lamps.pbx.state == LampState::Down).then(|| lamps.pbx.since.unwrap_or(now));
        let truth = down.map_or(Truth::Live, Truth::PbxDown);
        if live.truth.get_untracked() != truth {
            live.truth.set(truth);
            live.clock.set(now);
        }
    }

    /// Loads the page again: at once, but a wall that only becomes of a new build waits for a calm moment.
    fn renew(&self, build: &str) {
        let mut state = self.0.borrow_mut();
        if state.wall && state.feed.is_following() && state.build != build {
            state.due_ms.get_or_insert_with(document::uptime_ms);
        } else {
            drop(state);
            document::load_again();
        }
    }

    /// A new build's moment has come: nobody waits too long, or it has waited long enough.
    fn renew_if_calm(&self) {
        let state = self.0.borrow();
        let Some(due_ms) = state.due_ms else { return };
        let (now, queues) = (state.server_now(), state.live.tables.queues);
        let is_calm = untrack(|| {
            queues.all().iter().all(|(_, queue)| Age::of_queue(&queue.read(), now) == Age::Within)
        });
        if is_calm || document::uptime_ms() - due_ms > CALM_WITHIN_MS {
            drop(state);
            self.0.borrow_mut().due_ms = None;
            document::load_again();
        }
    }

    /// Says how the wall is: what its page holds, and how old its last frame is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes and waits, far below 2^53"
    )]
    fn report(&self) {
        let mut state = self.0.borrow_mut();
        let now = document::uptime_ms();
        if !state.wall || now - state.reported_ms < REPORT_EVERY_MS {
            return;
        }
        state.reported_ms = now;
        // Whole numbers: the program needs no code that writes others.
        let (heap, age) = (document::heap_bytes() as u64, (now - state.heard_ms) as u64);
        let text = format!(r#"{{"t":"report","heap_bytes":{heap},"frame_ms":{age}}}"#);
        if let Some(socket) = &state.socket {
            // A socket that closed meanwhile has its own event.
            _ = socket.inner.send_with_str(&text);
        }
    }

    /// The connection is gone: says so, and tries again later.
    fn lost(&self) {
        let (live, now, wait, tries) = {
            let mut state = self.0.borrow_mut();
            // The closures of the socket may be running now: it is closed here, and dropped when the next one opens.
            if let Some(socket) = &state.socket {
                socket.inner.set_onclose(None);
                socket.inner.set_onmessage(None);
                _ = socket.inner.close();
            }
            state.tries += 1;
            let now = state.server_now();
            (state.live, now, state.backoff.next(js_sys::Math::random()), state.tries)
        };
        if !matches!(live.truth.get_untracked(), Truth::ServerLost(_)) {
            live.truth.set(Truth::ServerLost(now));
        }
        let link = self.clone();
        set_timeout(
            move || {
                if link.0.borrow().tries == tries {
                    link.connect();
                }
            },
            wait,
        );
    }

    /// Once a second: moves the clock of a live page, and notices silence.
    fn tick(&self) {
        let (live, silent, astray, now) = {
            let state = self.0.borrow();
            let is_lost = matches!(state.live.truth.get_untracked(), Truth::ServerLost(_));
            let is_hasty = state.wall && is_lost && !state.tries.is_multiple_of(4);
            let patience_ms = if is_hasty { WALL_PATIENCE_MS } else { SILENCE_MAX_MS };
            let silent = document::uptime_ms() - state.heard_ms.max(state.opened_ms) > patience_ms;
            // Frames come, but those with its rows are not understood: a newer server may write others.
            let astray = document::uptime_ms() - state.followed_ms > SILENCE_MAX_MS;
            (state.live, silent, astray, state.server_now())
        };
        match live.truth.get_untracked() {
            // Its next try is under way; one that hangs without an answer is given up too.
            Truth::ServerLost(_) => {
                let connecting = self.0.borrow().socket.as_ref().map(|socket| socket.inner.ready_state());
                if silent && matches!(connecting, Some(WebSocket::CONNECTING | WebSocket::OPEN)) {
                    self.lost();
                }
            }
            _ if silent => self.lost(),
            Truth::Live | Truth::PbxDown(_) if astray => self.lost(),
            Truth::Live | Truth::PbxDown(_) => {
                live.clock.set(now);
                self.report();
                self.renew_if_calm();
            }
            Truth::AsOf(_) => {}
        }
    }

    /// The page or the network is back: a connection that was silent for longer than `silence_ms` is opened anew.
    fn come_back(&self, silence_ms: f64) {
        let silent_ms = document::uptime_ms() - self.0.borrow().heard_ms;
        if silent_ms < silence_ms {
            return;
        }
        self.0.borrow_mut().backoff.reset();
        if silent_ms > SILENCE_MAX_MS {
            let (live, now) = (self.0.borrow().live, self.0.borrow().server_now());
            if live.truth.get_untracked().is_live() {
                live.truth.set(Truth::ServerLost(now));
            }
        }
        self.connect();
    }
}

impl State {
    /// Takes the server's clock from a frame. The fastest frame is the most exact; a jump of either clock is followed.
    fn correct_clock(&mut self, at: UnixMillis) {
        let ahead_ms = at.0 - document::browser_now().0;
        if self.ahead_ms.is_none_or(|known| ahead_ms > known || known - ahead_ms > CLOCK_STEP_MS) {
            self.ahead_ms = Some(ahead_ms);
        }
    }

    /// The server's clock now; before its first frame, the page's moment.
    fn server_now(&self) -> UnixMillis {
        match self.ahead_ms {
            Some(ahead_ms) => UnixMillis(document::browser_now().0 + ahead_ms),
            None => self.live.clock.now.get_untracked(),
        }
    }
}

/// The server's clock in a frame.
fn made_at(frame: &ServerFrame) -> Option<UnixMillis> {
    match frame {
        ServerFrame::Snapshot(snapshot) => Some(snapshot.at),
        ServerFrame::Changes(changes) => Some(changes.at),
        ServerFrame::Beat(beat) => Some(beat.at),
        _ => None,
    }
}

/// A body by GET with the page's own credentials; none unless it was answered 200.
async fn fetch_text(url: &str) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let text: JsValue = JsFuture::from(response.text().ok()?).await.ok()?;
    text.as_string()
}
