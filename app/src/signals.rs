//! Signals of few types for what changes in a page: each closure in a `view!` is a type of its own, and the wasm would have the
//! code that draws it once for each. Through these it has it once for all.

use leptos::prelude::*;

/// What a text can be made of.
pub trait Text {
    /// The text.
    fn text(self) -> String;
}

impl Text for String {
    fn text(self) -> String {
        self
    }
}

impl Text for &'static str {
    fn text(self) -> String {
        self.to_owned()
    }
}

impl Text for Option<String> {
    fn text(self) -> String {
        self.unwrap_or_default()
    }
}

impl Text for u32 {
    fn text(self) -> String {
        self.to_string()
    }
}

impl Text for usize {
    fn text(self) -> String {
        self.to_string()
    }
}

/// A text that follows what `make` reads.
pub fn text<T: Text>(make: impl Fn() -> T + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || make().text())
}

/// An attribute that is there with a word, or isn't.
pub fn mark<T: Into<Option<&'static str>>>(
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    Signal::derive(move || make().into())
}

/// Whether something is so.
pub fn when(is_so: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(is_so)
}
