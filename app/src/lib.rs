//! The face: Leptos components, rendered by the server (`ssr`), then drawn again, live, by the browser (`browser`).
//!
//! In reading order, which is the data's order:
//! - [`page`]: what the server gives, and what of it travels to the browser.
//! - [`shell`]: the document around a page. `reference`: the API's own, for people; only the server has it.
//! - [`live`]: the feed's frames become signals.
//! - [`root`]: where the server's addresses begin. [`route`], [`query`]: what an address shows, and how much of it.
//! - [`rank`]: which rows a list shows, and by what they are put in order. [`order`]: puts them so. [`window`]: of which time its figures are.
//! - [`age`]: how long is long. [`signals`]: signals of few types, for a small wasm.
//! - [`look`]: language, theme and clock of whoever looks. [`locale`]: numbers and times as the language writes them. Every
//!   word comes from `locales/`. [`head`]: what all documents begin with.
//! - [`pages`], [`components`]: what people see; [`wall`]: what a room does.
//! - `history`: what is over, to be searched; `settings`: pages of forms. Both are rendered by the server (`ssr`) and never
//!   hydrated.
//!
//! Invariants
//! - Components get signals and plain values: no socket, no clock, no window. So each renders in a native test.
//! - The first render in the browser is the server's: same rows, same moment, times in UTC.
//! - No inline `style`: the content security policy forbids it.

// A page is one type, and nests as deeply as its elements do.
#![recursion_limit = "256"]

pub mod age;
pub mod app;
pub mod components;
pub mod head;
#[cfg(feature = "ssr")]
pub mod history;
pub mod live;
pub mod locale;
pub mod look;
pub mod order;
pub mod page;
pub mod pages;
pub mod query;
pub mod rank;
#[cfg(feature = "ssr")]
pub mod reference;
pub mod root;
pub mod route;
#[cfg(feature = "ssr")]
pub mod settings;
pub mod shell;
pub mod signals;
pub mod wall;
pub mod window;
mod words;

pub use app::App;
#[cfg(feature = "browser")]
pub use live::socket::start;
pub use page::{Assets, PageData};
pub use route::{Part, Route};
pub use shell::shell;
