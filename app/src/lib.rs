//! The face: Leptos components, rendered by the server (`ssr`), then made live in the browser (`hydrate`).
//!
//! In reading order, which is the data's order:
//! - [`page`]: what the server gives, and what of it travels to the browser.
//! - [`shell`]: the document around a page. `reference`: the API's own, for people; only the server has it.
//! - [`live`]: the feed's frames become signals.
//! - [`root`]: where the server's addresses begin.
//! - [`rank`]: the order of rows in lists.
//! - [`pages`], [`components`]: what people see. Every word comes from `locales/`.
//! - `history`: what is over, to be searched; `settings`: pages of forms. Both are rendered by the server (`ssr`) and never
//!   hydrated.
//!
//! Invariants
//! - Components get signals and plain values: no socket, no clock, no window. So each renders in a native test.
//! - The first render in the browser is the server's: same rows, same moment, times in UTC.
//! - No inline `style`: the content security policy forbids it.

// A page is one type, and nests as deeply as its elements do.
#![recursion_limit = "256"]

pub mod app;
pub mod components;
#[cfg(feature = "ssr")]
pub mod history;
pub mod live;
pub mod page;
pub mod pages;
pub mod rank;
#[cfg(feature = "ssr")]
pub mod reference;
pub mod root;
#[cfg(feature = "ssr")]
pub mod settings;
pub mod shell;
mod words;

pub use app::{App, SetStatus};
pub use page::{Assets, PageData};
pub use shell::shell;

/// Makes the server's page live: called by the page's own script once the wasm is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    live::socket::hydrate();
}
