//! The document around the page, as the browser has it: the marks on `<html>` that the style sheet reads, the page's
//! embedded data, and loading it again.

use leptos::{
    prelude::{IntoView, document, window, window_event_listener_untyped},
    task::spawn_local,
};
use model::{
    time::UnixMillis,
    wire::{Alerts, read},
};
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::CloseEvent;

use super::Truth;
use crate::{
    look::{self, Language, Look, Theme},
    page::{ELEMENT_ID, Page},
    words,
};

/// Where the start script counts its tries, as `shell` writes it.
const TRIES_KEY: &str = "ringsideTries";

/// The close code of a session that ended, or whose rights are others now.
const SIGN_IN_AGAIN: u16 = 4401;

/// The data that the server embedded. Its words are said from now on, and the page is dressed as `<html>` says.
pub fn page() -> Option<Page> {
    let text = document().get_element_by_id(ELEMENT_ID)?.text_content()?;
    let mut page: Page = read(&text).ok()?;
    words::take(std::mem::take(&mut page.words));
    let html = document().document_element()?;
    look::set(Look {
        language: html.get_attribute("lang").and_then(|tag| Language::of(&tag)).unwrap_or_default(),
        theme: html.get_attribute("data-theme").and_then(|name| Theme::of(&name)).unwrap_or_default(),
        twelve: html.has_attribute("data-clock"),
        // How much it is, the browser knows better.
        east_s: html.has_attribute("data-local").then_some(0),
    });
    Some(page)
}

/// Draws a view as the body's content, in the place of what the server sent: both in one turn, so that nobody sees either.
pub fn replace_body<N: IntoView + 'static>(view: impl FnOnce() -> N + 'static) {
    let Some(body) = document().body() else { return };
    let count = body.child_nodes().length();
    // It lasts as long as the page.
    leptos::mount::mount_to(body.clone(), view).forget();
    for _ in 0..count {
        if let Some(old) = body.first_child() {
            _ = body.remove_child(&old);
        }
    }
}

/// Marks `<html>`: `data-live` while the page is live, `data-lost` once it was and is no more.
pub fn mark(truth: Truth) {
    let Some(html) = document().document_element() else { return };
    let (set, unset) = match truth {
        Truth::AsOf(_) => return,
        Truth::Live => ("data-live", "data-lost"),
        Truth::ServerLost(_) | Truth::PbxDown(_) => ("data-lost", "data-live"),
    };
    // These only fail on names that aren't attribute names.
    _ = html.set_attribute(set, "");
    _ = html.remove_attribute(unset);
}

/// Asks the start script to load the page again once the server answers, later each time.
pub fn load_again() {
    say("ringside:again");
}

/// Tells the page's scripts that something happened.
pub fn say(name: &str) {
    if let Ok(event) = web_sys::Event::new(name) {
        _ = window().dispatch_event(&event);
    }
}

/// What the socket of `feed`, an address, calls when it closes: `lost`. Where its session ended the page is loaded again too:
/// the server leads to sign-in, or shows it with other rights.
pub fn on_close(feed: String, lost: impl Fn() + 'static) -> Closure<dyn Fn(CloseEvent)> {
    Closure::new(move |event: CloseEvent| {
        if event.code() == SIGN_IN_AGAIN {
            load_again();
        } else {
            spawn_local(load_again_if_shut_out(feed.clone()));
        }
        lost();
    })
}

/// A session may end while the network is away. A browser tells no page with which status a socket was refused, so the same
/// address is asked once more in plain HTTP.
async fn load_again_if_shut_out(feed: String) {
    let Ok(response) = JsFuture::from(window().fetch_with_str(&feed)).await else { return };
    if response.dyn_into().is_ok_and(|response: web_sys::Response| response.status() == 401) {
        load_again();
    }
}

/// Shows what is raised now, and tells the page's scripts where some of it is new.
pub fn take_alerts(live: super::Live, alerts: Alerts) {
    let newest = live.alerts.read_untracked().newest();
    if *live.alerts.read_untracked() != alerts {
        if alerts.newest() > newest {
            say("ringside:alert");
        }
        live.alerts.set(alerts);
    }
}

/// The page is well: the next trouble may load it again soon.
pub fn forget_tries() {
    if let Ok(Some(storage)) = window().session_storage() {
        _ = storage.remove_item(TRIES_KEY);
    }
}

/// Writes the query into the page's address, which stays where it is in the browser's history.
pub fn write_query(query: &str) {
    let window = window();
    let address = match window.location().pathname() {
        Ok(path) if query.is_empty() => path,
        Ok(path) => format!("{path}?{query}"),
        Err(_) => return,
    };
    if let Ok(history) = window.history() {
        // Too many in a short time, and the browser refuses: the next one has it all again.
        _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
}

/// What the reader keeps in this browser under a name.
pub fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps it; where the browser keeps nothing, it is forgotten with the page.
pub fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        _ = storage.set_item(key, value);
    }
}

/// How high the window is that shows the page, in px.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a window's height is a few thousand px"
)]
pub fn height_px() -> Option<u32> {
    Some(window().inner_height().ok()?.as_f64()? as u32)
}

/// Scrolls a list by whole widths of itself, to the one that `which` says of so many; that one, and how many there are.
pub fn turn(id: &str, which: impl Fn(usize) -> usize) -> (usize, usize) {
    /// What rounding may add to a list that fits.
    const SLACK: i32 = 4;
    let Some(list) = document().get_element_by_id(id) else { return (0, 0) };
    let width = list.client_width();
    if width == 0 {
        return (0, 1);
    }
    let count = (list.scroll_width() - SLACK).div_euclid(width) + 1;
    let count = usize::try_from(count).unwrap_or(1).max(1);
    let at = which(count);
    let left = i32::try_from(at).unwrap_or_default() * width;
    if list.scroll_left() != left {
        list.set_scroll_left(left);
    }
    (at, count)
}

/// The keyboard's script asks for lists to stand still, or to go on.
pub fn follow_freezes(live: super::Live) {
    let handle = window_event_listener_untyped("ringside:freeze", move |_| {
        let now = live.clock.now.get_untracked();
        live.frozen.update(|since| *since = since.is_none().then_some(now));
    });
    std::mem::forget(handle);
}

/// The browser's own clock.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^63")]
pub fn browser_now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

/// Bytes that the page holds: the script's, where the browser tells, and the program's.
pub fn heap_bytes() -> f64 {
    let of_script = window().performance().and_then(|performance| {
        let memory = js_sys::Reflect::get(&performance, &"memory".into()).ok()?;
        js_sys::Reflect::get(&memory, &"usedJSHeapSize".into()).ok()?.as_f64()
    });
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    of_script.unwrap_or_default() + f64::from(buffer.byte_length())
}

/// Milliseconds since the page was opened; never goes back, and is not set by hand.
pub fn uptime_ms() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}
